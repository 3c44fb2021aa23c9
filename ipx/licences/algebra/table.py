"""The truth table: may two grants that share something both stand? docs/spec/grant-algebra.md prints it.

The rows are what exists, the columns what is proposed. For each shared cell of territory, field, time and act.
"""

from enum import StrEnum

from ipx.licences.algebra.grants import Grant
from ipx.licences.terms_v2.grant import Exclusivity, GrantKind


class Verdict(StrEnum):
    """What sharing a cell means."""

    TOGETHER = "together"  # both may stand
    COUNTED = "counted"  # both may stand while their number allows it
    ASK = "ask"  # somebody has to be asked first, so people decide
    CLASH = "clash"


_EXCLUDING = frozenset((Exclusivity.EXCLUSIVE, Exclusivity.SOLE, Exclusivity.CO_EXCLUSIVE))
_OPTIONS = frozenset((GrantKind.OPTION, GrantKind.SPONSOR_OPTION))
_PLEDGES = frozenset((GrantKind.SECURITY, GrantKind.RIGHT_IN_REM))
_ASKED = frozenset((GrantKind.RIGHT_OF_FIRST_REFUSAL, GrantKind.STANDSTILL, *_PLEDGES))


def verdict(existing: Grant, had: Exclusivity, proposed: Grant, wanted: Exclusivity) -> Verdict:
    """Return whether the proposed grant may share a cell with the existing one."""
    if existing.kind in _PLEDGES:
        # UCC § 9-321(b): who takes a non-exclusive licence in ordinary course takes it free of a security interest.
        return Verdict.TOGETHER if wanted is Exclusivity.NON_EXCLUSIVE else Verdict.ASK
    if _is_own(existing, proposed):
        return Verdict.TOGETHER
    if existing.kind is GrantKind.STANDSTILL:
        return Verdict.CLASH
    if existing.kind in _ASKED or proposed.kind in _ASKED:
        return Verdict.ASK
    return _between_users(existing, had, proposed, wanted)


def _between_users(existing: Grant, had: Exclusivity, proposed: Grant, wanted: Exclusivity) -> Verdict:
    if existing.is_own_use or proposed.is_own_use:
        return _own_use(existing, had, proposed, wanted)
    if GrantKind.GOVERNMENT_LICENCE in (existing.kind, proposed.kind):
        return _government(existing, had, proposed, wanted)
    return of_exclusivity(had, wanted)


def of_exclusivity(had: Exclusivity, wanted: Exclusivity) -> Verdict:
    """Return the verdict on two licences by their exclusivity alone; it is the same whichever came first."""
    if had is wanted is Exclusivity.CO_EXCLUSIVE:
        return Verdict.COUNTED
    return Verdict.CLASH if had in _EXCLUDING or wanted in _EXCLUDING else Verdict.TOGETHER


def _is_own(existing: Grant, proposed: Grant) -> bool:
    """Tell whether the proposed grant is what its taker's own option or right of first refusal is about."""
    own_rights = _OPTIONS | {GrantKind.RIGHT_OF_FIRST_REFUSAL, GrantKind.STANDSTILL}
    return existing.kind in own_rights and existing.holder is not None and existing.holder == proposed.holder


def _own_use(existing: Grant, had: Exclusivity, proposed: Grant, wanted: Exclusivity) -> Verdict:
    """The licensor's own use: an exclusive grant ends it but for the purposes that it keeps; no other one does."""
    own, other, how = (existing, proposed, wanted) if existing.is_own_use else (proposed, existing, had)
    if how is not Exclusivity.EXCLUSIVE or other.is_own_use:
        return Verdict.TOGETHER
    return Verdict.TOGETHER if own.keeps and own.keeps <= other.keeps else Verdict.CLASH


def _government(existing: Grant, had: Exclusivity, proposed: Grant, wanted: Exclusivity) -> Verdict:
    """A government's licence (35 USC 202(c)(4)) stands beside grants that keep room for it."""
    is_old = existing.kind is GrantKind.GOVERNMENT_LICENCE
    other, how = (proposed, wanted) if is_old else (existing, had)
    if how not in _EXCLUDING or "government" in other.keeps:
        return Verdict.TOGETHER
    return Verdict.CLASH
