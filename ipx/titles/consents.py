"""Whose consent an act on a jointly held right needs: by the joint owners' agreement, or failing it by the country.

The country's rule comes from ``co_ownership_rules.json``, each with its source and with what it was checked against and
when; where none is written there the answer is *not known*. Nothing here is legal advice. Pure.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ipx.titles.entries import Consent, CoOwnership
from ipx.titles.names import match, name_key
from ipx.titles.rules import ConsentRule, JointAct

BY_AGREEMENT = "agreement"
_FILE = Path(__file__).with_name("co_ownership_rules.json")


class Against(StrEnum):
    """What a rule was checked against."""

    TEXT = "text"  # of the statute
    REPORTS = "reports"  # of others about it


@dataclass(frozen=True)
class CountryRule:
    """What a country's law asks for each act, where it says so, and what else a joint owner should know.

    ``read``: what was read on ``checked_on``, and what was not to be had. No lawyer has checked any of it.
    """

    country: str
    acts: Mapping[JointAct, ConsentRule]
    source: str
    note: str
    checked_on: date
    against: Against
    read: str


@dataclass(frozen=True)
class Requirement:
    """What an act needs. ``source``: the agreement, a statute, or nothing where no rule is known; ``by_report``: that
    statute was read in reports of others alone.

    ``missing``: the other joint owners whose consent, notice or vote is asked for and not recorded.
    """

    act: JointAct
    rule: ConsentRule
    source: str
    note: str
    others: tuple[str, ...]
    missing: tuple[str, ...]
    by_report: bool = False

    @property
    def is_open(self) -> bool:
        """Tell whether somebody has to be asked, or the rule looked up, before the act."""
        return bool(self.missing)


@cache
def country_rules() -> Mapping[str, CountryRule]:
    """Return the rules of all countries that are known, by the code of the office that grants there (ST.3)."""
    content = json.loads(_FILE.read_text(encoding="utf-8"))
    return {code: _country_rule(code, said) for code, said in content["countries"].items()}


def _country_rule(code: str, said: Mapping[str, Any]) -> CountryRule:
    acts = {act: ConsentRule(said[act]) for act in JointAct}
    checked = said["checked"]
    on, against = date.fromisoformat(checked["on"]), Against(checked["against"])
    return CountryRule(code, acts, said["source"], said["note"], on, against, checked["read"])


def requirement(
    act: JointAct,
    *,
    by: Iterable[str],
    holders: Mapping[str, Fraction],
    agreements: Sequence[CoOwnership],
    consents: Sequence[Consent],
    office: str | None,
) -> Requirement:
    """Return what ``by``, who are joint owners or one of them, need of the others for an act."""
    acting = {name for each in by if (name := match(each, holders)[0]) is not None}
    others = tuple(name for name in holders if name not in acting)
    said = _said(act, agreements, office)
    agreed = [name for name in others if _has_consented(name, act, consents)]
    missing = tuple(name for name in others if name not in agreed)
    if said.rule is ConsentRule.FREE or (said.rule is ConsentRule.MAJORITY and _is_majority(holders, acting, agreed)):
        missing = ()
    return Requirement(act, said.rule, said.source, said.note, others, missing, said.by_report)


class _Said(NamedTuple):
    rule: ConsentRule
    source: str
    note: str
    by_report: bool = False


def _said(act: JointAct, agreements: Sequence[CoOwnership], office: str | None) -> _Said:
    for agreement in reversed(agreements):  # the newest comes first
        if act in agreement.rules:
            return _Said(agreement.rules[act], BY_AGREEMENT, agreement.words)
    country = country_rules().get(office or "")
    if country is None:
        return _Said(ConsentRule.NOT_KNOWN, "", "")
    return _Said(country.acts[act], country.source, country.note, country.against is Against.REPORTS)


def _is_majority(holders: Mapping[str, Fraction], acting: Iterable[str], agreed: Iterable[str]) -> bool:
    """Tell whether more than half of the right, by shares, is for it (BGB § 745(1) counts shares)."""
    named = {*acting, *agreed}
    return sum(share for name, share in holders.items() if name in named) * 2 > sum(holders.values())


def _has_consented(name: str, act: JointAct, consents: Sequence[Consent]) -> bool:
    """Consent to an exclusive licence covers a lesser one."""
    covers = {act, JointAct.EXCLUSIVE_LICENCE} if act is JointAct.NON_EXCLUSIVE_LICENCE else {act}
    return any(each.act in covers and name_key(each.by) == name_key(name) for each in consents)
