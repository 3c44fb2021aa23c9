"""The gaps of a chain of title, beside those that following it shows. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ipx.titles.consents import requirement
from ipx.titles.entries import Consent, CoOwnership
from ipx.titles.holdings import Chain, Dated, Gap, Step, follow
from ipx.titles.names import are_alike, match, name_key
from ipx.titles.recordation import recordation_gaps
from ipx.titles.rules import GIVEN_BY_WILL, ConsentRule, ConveyanceKind, GapCode, JointAct

# "Agrees to assign" is a promise, "hereby assigns" a conveyance (FilmTec v. Allied-Signal, 939 F.2d 1568;
# Stanford v. Roche, 563 U.S. 776).
_PROMISES = re.compile(
    r"\b(agrees?|agreed|undertakes?|promises?|will|shall)\s+(?:\w+\s+){0,3}?(?:to\s+)?assign", re.IGNORECASE
)
_CONVEYS = re.compile(r"\b(hereby|does|do)\s+(?:\w+[\s,]+){0,6}?(assigns?|transfers?|conveys?|sells?)", re.IGNORECASE)


@dataclass(frozen=True)
class Facts:
    """What is known besides the conveyances. ``owner``: the organisation that keeps the right here."""

    owner: str
    office: str | None
    inventors: Sequence[str]
    agreements: Sequence[CoOwnership]
    consents: Sequence[Consent]
    with_document: frozenset[str]  # ids of the entries that a document, or a block, stands behind
    today: date


def chain_with_gaps(entries: Sequence[Dated], facts: Facts) -> Chain:
    """Return the chain with every gap that can be seen, those of the whole first, then in the order of effect."""
    chain = follow(entries, inventors=facts.inventors)
    found = [*chain.gaps, *_of_the_end(chain, facts), *_of_entries(chain, facts)]
    found += recordation_gaps(entries, office=facts.office, today=facts.today)
    order = {step.dated.id: place for place, step in enumerate(chain.steps, start=1)}
    return replace(chain, gaps=tuple(sorted(dict.fromkeys(found), key=lambda gap: order.get(gap.entry_id or "", 0))))


def _of_the_end(chain: Chain, facts: Facts) -> Iterator[Gap]:
    for name in facts.inventors:
        holder, _ = match(name, chain.holders)
        if holder is not None and name_key(holder) == name_key(name) and not _same(name, facts.owner):
            yield Gap(GapCode.INVENTOR_WITHOUT_ASSIGNMENT, None, name)
    if chain.steps and not any(_same(name, facts.owner) for name in chain.holders):
        yield Gap(GapCode.OWNER_NOT_HOLDER, None, facts.owner)
    for interest in chain.interests:
        if interest.kind is ConveyanceKind.SECURITY_INTEREST and interest.released_by is None:
            yield Gap(GapCode.SECURITY_INTEREST_NOT_RELEASED, interest.entry_id, interest.holder)


def _of_entries(chain: Chain, facts: Facts) -> Iterator[Gap]:
    for step in chain.steps:
        entry_id, said = step.dated.id, step.dated.conveyance
        if said.executed_on is None:
            yield Gap(GapCode.UNDATED, entry_id)
        if entry_id not in facts.with_document:
            yield Gap(GapCode.NO_INSTRUMENT, entry_id)
        if said.kind is ConveyanceKind.AGREEMENT_TO_ASSIGN:
            still = [giver.name for giver in said.givers if match(giver.name, chain.holders)[0] is not None]
            yield from (Gap(GapCode.AGREES_TO_ASSIGN, entry_id, name, said.receiver) for name in still)
        elif only_promises(said.words):
            yield Gap(GapCode.AGREES_TO_ASSIGN, entry_id, said.givers[0].name, said.receiver)
        yield from _consents(chain, step, facts)


def only_promises(words: str) -> bool:
    """Tell whether the words of an instrument promise an assignment and do not make one."""
    return bool(_PROMISES.search(words)) and not _CONVEYS.search(words)


def _consents(chain: Chain, step: Step, facts: Facts) -> Iterator[Gap]:
    """Yield the consents that an act of one joint owner needed by the rule, and that are not recorded.

    Nobody is asked who conveyed to the same receiver, as inventors of one employer do, nor that receiver.
    """
    act = joint_act(step)
    before = {name: share for name, share in step.before.items() if share}
    if act is None or len(before) < 2:
        return
    givers = [giver.name for giver in step.dated.conveyance.givers]
    if not any(match(name, before)[0] for name in givers):
        return
    needed = requirement(
        act,
        by=givers,
        holders=before,
        agreements=facts.agreements,
        consents=facts.consents,
        office=facts.office,
    )
    known = needed.rule is not ConsentRule.NOT_KNOWN
    code = GapCode.JOINT_OWNER_WITHOUT_CONSENT if known else GapCode.CONSENT_RULE_NOT_KNOWN
    receiver = step.dated.conveyance.receiver
    agreeing = {name_key(receiver), *(name_key(name) for name in _givers_to(chain, receiver))}
    asked = needed.missing if act is not JointAct.ASSIGN_SHARE else _without(needed.missing, agreeing)
    yield from (Gap(code, step.dated.id, name, needed.source.partition(";")[0]) for name in asked)


def _givers_to(chain: Chain, receiver: str) -> Iterator[str]:
    for step in chain.steps:
        yield from (move.giver for move in step.moves if name_key(move.receiver) == name_key(receiver))


def _without(names: Sequence[str], keys: set[str]) -> list[str]:
    return [name for name in names if name_key(name) not in keys]


def joint_act(step: Step) -> JointAct | None:
    """Return what a joint owner did here. A licence that does not say whether it is exclusive counts as exclusive."""
    said = step.dated.conveyance
    if said.kind is ConveyanceKind.LICENCE:
        return JointAct.NON_EXCLUSIVE_LICENCE if said.is_exclusive is False else JointAct.EXCLUSIVE_LICENCE
    return JointAct.ASSIGN_SHARE if said.kind in GIVEN_BY_WILL else None


def _same(one: str, other: str) -> bool:
    return name_key(one) == name_key(other) or are_alike(one, other)
