"""Example calls of an invented city, one for each scenario of the smart city, with entries: data/challenges.json."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from importlib.resources import files
from typing import Any

from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.catalogue.need_rules import NeedDraft
from ipx.catalogue.service import CatalogueService
from ipx.challenges.records import CallDraft
from ipx.challenges.rules import Criterion, Scenario
from ipx.challenges.service import ChallengeService
from ipx.challenges.terms import AwardKind, EntryTerms, Ownership, make_entry_terms
from ipx.core.errors import NotFound
from ipx.core.money import Money
from ipx.core.ports import Clock
from ipx.demo.steps import Steps
from ipx.licences.rules import Act, Exclusivity, RoyaltyBase, Sublicensing, TermEnd, TransferRule
from ipx.licences.terms import Royalty, make_terms
from ipx.licences.terms_v2.from_v1 import as_v2
from ipx.licences.terms_v2.price import Period, Reports
from ipx.licences.terms_v2.terms import LicenceTerms

ORGANISER = "city"


class DemoChallenges:
    """Loads the calls, opens them, and enters."""

    def __init__(
        self,
        *,
        steps: Steps,
        clock: Clock,
        catalogue: CatalogueService,
        challenges: ChallengeService,
        actor: Callable[[str, Role], Actor],
    ) -> None:
        self._steps = steps
        self._clock = clock
        self._catalogue = catalogue
        self._challenges = challenges
        self._actor = actor

    def load(self) -> None:
        """Load what is missing."""
        data = json.loads((files("ipx.demo") / "data" / "challenges.json").read_text("utf-8"))
        organiser = self._actor(ORGANISER, Role.LICENSING_MANAGER)
        for call in data["calls"]:
            self._steps.once(f"challenge:{call['key']}", partial(self._call, organiser, call))
        for entry in data["entries"]:
            challenge_id, technology_id = (
                self._made(f"challenge:{entry['call']}"),
                self._made(f"technology:{entry['technology']}"),
            )
            entrant = self._actor(entry["owner"], Role.LICENSING_MANAGER)
            step = partial(self._enter, entrant, challenge_id, technology_id, entry)
            self._steps.once(f"entry:{entry['call']}:{entry['technology']}", step)

    def _call(self, actor: Actor, call: Mapping[str, Any], session: Session) -> str:
        needs = [
            self._catalogue.post_need(session, actor=actor, draft=NeedDraft(title=title, text=text)).id
            for title, text in call["needs"].items()
        ]
        calls = self._challenges.calls
        challenge_id = calls.draft(session, actor=actor, call=_draft(call, self._clock.now(), needs))
        calls.open(session, actor=actor, challenge_id=challenge_id)
        return challenge_id

    def _enter(
        self, actor: Actor, challenge_id: str, technology_id: str, entry: Mapping[str, Any], session: Session
    ) -> str:
        entries = self._challenges.entries
        seen = self._challenges.calls.challenge(session, actor=actor, challenge_id=challenge_id).terms_hash
        entries.accept_terms(session, actor=actor, challenge_id=challenge_id, seen=seen)
        made = entries.begin(session, actor=actor, challenge_id=challenge_id, technology_id=technology_id)
        entries.save(session, actor=actor, entry_id=made, title=entry["title"], text=entry["text"])
        entries.submit(session, actor=actor, entry_id=made)
        return made

    def _made(self, step: str) -> str:
        made = self._steps.made(step)
        if made is None:
            raise NotFound(f"The demo step {step} is not done yet.")
        return made


def _draft(call: Mapping[str, Any], now: datetime, needs: Sequence[str]) -> CallDraft:
    """Return a call whose deadline is so many days ahead, at 16:00 UTC."""
    return CallDraft(
        title=call["title"],
        text=call["text"],
        scenario=Scenario(call["scenario"]),
        deadline=(now + timedelta(days=call["days"])).replace(hour=16, minute=0, second=0, microsecond=0),
        zone="Europe/Berlin",
        criteria=[Criterion(name, weight) for name, weight in call["criteria"]],
        terms=_entry_terms(call),
        need_ids=needs,
    )


def _entry_terms(call: Mapping[str, Any]) -> EntryTerms:
    return make_entry_terms(
        ownership=Ownership.ENTRANT,
        confidential_months=24,
        award=AwardKind.LICENCE if call["option_days"] is None else AwardKind.OPTION,
        option_days=call["option_days"],
        licence=_licence(call).to_json(),
    )


def _licence(call: Mapping[str, Any]) -> LicenceTerms:
    terms = make_terms(
        exclusivity=Exclusivity(call["exclusivity"]),
        acts=(Act.MAKE, Act.HAVE_MADE, Act.USE, Act.SELL),
        field_text="Utilities of cities",
        field_codes=(),
        territory=("DE", "AT", "CH"),
        end=TermEnd.FIXED,
        months=60,
        upfront=Money(call["fee"] * 100, "EUR"),
        royalty=Royalty(RoyaltyBase.NET_SALES, 150),
        transfer=TransferRule.CONSENT,
        sublicensing=Sublicensing.CONSENT,
        governing_law="Germany",
    )
    return replace(as_v2(terms), reports=Reports(statement_period=Period.YEARLY))
