"""On the pages of an offer and an agreement, for the licensor: whose consent joint ownership asks for first."""

from collections.abc import Sequence

from ipx.deals.rules import Side
from ipx.licences.terms_v2.grant import Exclusivity
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.technologies.records import Right
from ipx.titles.consents import Requirement
from ipx.titles.rules import JointAct
from ipx.titles.service import TitleService
from ipx.web.guards import current_actor
from ipx.web.services import provided
from ipx.web.transactions import db


def open_consents(
    side: Side, *, technology_id: str, terms: LicenceTerms, is_open: bool
) -> Sequence[tuple[Right, Requirement]]:
    """Return which joint owners are still to be asked; nothing for the other side, as a chain of title is its owner's.

    ``is_open``: something can still be decided. A sole or co-exclusive licence keeps others out, as an exclusive one.
    """
    if side is not Side.LICENSOR or not is_open:
        return ()
    free = terms.grant.exclusivity is Exclusivity.NON_EXCLUSIVE
    act = JointAct.NON_EXCLUSIVE_LICENCE if free else JointAct.EXCLUSIVE_LICENCE
    return provided(TitleService).open_consents(db(), actor=current_actor(), technology_id=technology_id, act=act)
