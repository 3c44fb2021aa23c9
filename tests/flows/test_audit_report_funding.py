"""Encumbrances by law in the as-of report: as the disclosure stated its funding by the date, never called proven."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from ipx.accounts.rules import Role
from ipx.inventions.drafts import Answer, TypedSection
from ipx.inventions.rules import Step
from ipx.inventions.service import InventionService
from tests.invention_steps import disclosed, judged, keep, officer_of
from tests.pages import Person
from tests.world import World

NSF = {"funder": "National Science Foundation", "grant_number": "DMR-2041", "us_federal": "yes"}
SPONSOR = {"funder": "Acme Foundation", "us_federal": "no", "obligations": ["sponsor-option"]}


@pytest.fixture(scope="module")
def officer(world: World, owner: Person) -> Person:
    return officer_of(world, owner)


def technology_of(world: World, owner: Person, officer: Person, *funding: dict[str, Any]) -> str:
    """Disclose, state the funding when the office asks, submit again, and let the technology begin."""
    service = world.service(InventionService)
    invention_id = disclosed(world, owner, title="A membrane")
    judged(world, officer, invention_id, Step.RETURNED, words="Who paid for it?")

    def state(session: Any) -> None:
        typed = TypedSection(Answer.LISTED if funding else Answer.NONE, funding)
        keep(world, session, owner, invention_id, "funding", typed)
        service.submit(session, actor=owner.actor, invention_id=invention_id)

    world.write(state)
    return begun(world, officer, invention_id)


def begun(world: World, officer: Person, invention_id: str) -> str:
    """Accept a disclosure, and let its technology begin."""
    judged(world, officer, invention_id, Step.ACCEPTED)
    technology_id = world.technology(officer, document=False, titles=False)
    review = world.service(InventionService).review
    link = partial(review.link_technology, actor=officer.actor, invention_id=invention_id)
    world.write(partial(link, technology_id=technology_id))
    return technology_id


def report_of(world: World, owner: Person, technology_id: str, query: str = "") -> dict[str, Any]:
    administrator = world.colleague(owner, Role.LAB_ADMINISTRATOR)
    answer = administrator.get(f"/history/report.json?technology={technology_id}{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = json.loads(answer.data)
    return found


def encumbrances(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [line for line in report["lines"] if line["section"] == "encumbrance"]


def test_report_when_federal_money_is_stated_then_names_each_right_by_its_statute(
    world: World, owner: Person, officer: Person
) -> None:
    technology = technology_of(world, owner, officer, NSF, SPONSOR)
    lines = encumbrances(report_of(world, owner, technology))
    of_nsf = [line for line in lines if line["subject"] == "National Science Foundation, DMR-2041"]
    statutes = ("35 USC 202(c)(4)", "35 USC 203", "35 USC 204")
    assert [next(name for name in statutes if name in line["what"]) for line in of_nsf] == list(statutes)
    (option,) = [line for line in lines if line["subject"] == "Acme Foundation"]
    assert "option of the sponsor" in option["what"]
    assert {line["proof"] for line in lines} == {"platform record only"}
    day = world.clock.now().date().isoformat()
    assert all(f"the invention disclosure of {day} states" in line["what"] for line in lines)


def test_report_when_of_a_day_before_the_disclosure_then_knows_nothing_of_it(
    world: World, owner: Person, officer: Person
) -> None:
    technology = technology_of(world, owner, officer, NSF)
    before = (world.clock.now() - timedelta(days=2)).date().isoformat()
    assert encumbrances(report_of(world, owner, technology, f"&as_of={before}")) == []


def test_report_when_funding_is_none_then_says_nothing_and_when_not_known_then_an_exception(
    world: World, owner: Person, officer: Person
) -> None:
    none = report_of(world, owner, technology_of(world, owner, officer))
    assert encumbrances(none) == []
    assert "funding is not known" not in json.dumps(none)
    invention_id = disclosed(world, owner, title="A glaze")
    report = report_of(world, owner, begun(world, officer, invention_id))
    assert encumbrances(report) == []
    assert [one for one in report["exceptions"] if "its funding is not known yet" in one]
