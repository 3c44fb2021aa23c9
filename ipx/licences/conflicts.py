"""Whether a licence can be granted beside those that exist: the algebra, applied to our own licences. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ipx.core.errors import Conflict
from ipx.licences.algebra.conflicts import Answer, conflicts
from ipx.licences.algebra.grants import Declared, Grant
from ipx.licences.algebra.reading import grant_of
from ipx.licences.algebra.truth import Truth
from ipx.licences.records import Licence
from ipx.licences.rules import State
from ipx.licences.terms_v2.grant import End, EndEvent, Exclusivity
from ipx.licences.terms_v2.terms import LicenceTerms

ALIVE = (State.GRANTING, State.ACTIVE, State.SUSPENDED)
_NON_EXCLUSIVE: dict[str, Any] = {
    "exclusivity": Exclusivity.NON_EXCLUSIVE,
    "co_exclusive_up_to": None,
    "exclusivity_until": None,
}
PROPOSED = "proposed"
"""What a grant that is not made yet is called in answers."""


def grants_in_force(licences: Iterable[Licence], *, now: datetime) -> list[Grant]:
    """Return the licences that are alive, as grants."""
    alive = [licence for licence in licences if licence.state in ALIVE and not licence.is_over(now)]
    return [
        grant_of(_terms_now(licence), id=licence.id, at=now.date(), begins=licence.activated_at) for licence in alive
    ]


def _terms_now(licence: Licence) -> LicenceTerms:
    """Return the terms as the life of the licence has changed them: converted, and until when it was renewed."""
    terms = licence.terms
    if licence.is_converted:
        terms = replace(terms, grant=replace(terms.grant, **_NON_EXCLUSIVE))
    if licence.renewed_to is not None:
        last = (licence.renewed_to - timedelta(microseconds=1)).date()
        terms = replace(terms, term=replace(terms.term, end=End(EndEvent.DATE, date=last)))
    return terms


def compare(
    proposed: LicenceTerms, existing: Sequence[Grant], *, now: datetime, declared: Declared | None = None
) -> Answer:
    """Return whether terms can be granted beside what exists; ``declared``: the owner's latest statement."""
    return conflicts(grant_of(proposed, id=PROPOSED, at=now.date()), existing, declared=declared)


def refuse_clash(answer: Answer) -> None:
    """Raise Conflict where both surely cannot stand; what is undecided passes."""
    if answer.conflict is Truth.YES:
        refuse(answer)


def refuse(answer: Answer) -> None:
    """Raise Conflict unless the answer is a clear no; the text tells nothing about what stands in the way."""
    if answer.conflict is Truth.YES:
        raise Conflict(
            "Another licence of this technology, or an option, stands in the way: both cannot be in force for the same"
            " territory."
        )
    if answer.conflict is Truth.UNDECIDED:
        raise Conflict(
            "Its terms leave open whether this licence can stand beside others of this technology: fields of use or"
            " dates may meet. The licensor decides that on the page of the offer; then it can go on."
        )
