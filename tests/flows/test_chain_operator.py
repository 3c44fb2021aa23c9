"""The operator's page of the chain: who sees it, and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from ipx.chain.service import ChainService
from ipx.doctor import examine
from tests.exchanges import running_exchange
from tests.pages import Person, words_of
from tests.world import World

PAGE = "/operator/chain"
MAILED = "ops@operator.example"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("operated")
    with running_exchange(folder, IPX_OPERATOR_EMAIL=MAILED) as exchange, World(exchange) as world:
        yield world


@pytest.fixture(scope="module")
def operator(world: World) -> Person:
    """The settings name her."""
    person = world.organisation("Operations")
    object.__setattr__(world.exchange, "settings", replace(world.exchange.settings, operators=(person.email,)))
    return person


def find(findings: list[Any], name: str) -> Any:
    return next(finding for finding in findings if finding.name == name)


def test_nobody_but_an_operator_sees_it(world: World, operator: Person) -> None:
    somebody = world.organisation("Institute")
    assert somebody.get(PAGE).status_code == 403
    assert somebody.get("/operator").status_code == 403
    assert "/operator" not in somebody.get("/").text
    answer = world.app.test_client().get(PAGE)
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/sign-in")
    assert world.app.test_client().get(PAGE, headers={"Accept": "application/json"}).status_code in (302, 401)
    assert operator.get(PAGE).status_code == 200
    assert operator.get("/operator").headers["Location"] == PAGE
    assert 'href="/operator"' in operator.get("/").text


def test_it_shows_queue_purse_spending_endpoints_and_contracts(world: World, operator: Person) -> None:
    world.technology(operator)
    world.exchange.health.advance()
    said = operator.json(PAGE)
    assert (said["chain_id"], said["endpoints"][0]["state"], said["alarms"]) == (31337, "ok", [])
    assert said["relayer"] == world.service(ChainService).relayer()
    assert int(said["balance"]) > int(said["needed"]) > 0
    counts = {line["state"]: line["count"] for line in said["counts"]}
    assert counts["FINAL"] > 0
    today = said["spent"][-1]
    assert today["transactions"] == counts["FINAL"]
    assert int(today["wei"]) > today["gas"] > 21_000
    assert {contract["name"] for contract in said["contracts"]} >= {"EvidenceLog", "TitleRegistry"}
    page = operator.get(PAGE, headers={"Accept-Language": "en"}).text
    assert page.count("day-bars__bar") == len(said["spent"])
    assert "style=" not in page
    words = words_of(page)
    assert "No alarm" in words
    assert "Nothing waits: every transaction is final." in words


def test_an_alarm_is_shown_mailed_and_told_by_the_doctor_until_it_is_over(world: World, operator: Person) -> None:
    chain: Any = world.exchange.outside.chain
    assert find(examine(world.exchange), "alarms").ok
    balance = chain.balance()
    chain._nodes.call("anvil_setBalance", chain.relayer(), "0x1")
    try:
        for _ in range(3):
            world.exchange.health.advance()
        page = words_of(operator.get(PAGE, headers={"Accept-Language": "en"}).text)
        assert "The money for gas runs out" in page
        found = find(examine(world.exchange), "alarms")
        assert (found.ok, "MONEY" in found.line) == (False, True)
    finally:
        chain._nodes.call("anvil_setBalance", chain.relayer(), hex(balance))
    world.exchange.health.advance()
    page = words_of(operator.get(PAGE, headers={"Accept-Language": "en"}).text)
    assert "No alarm" in page
    assert "Alarms that are over" in page
    findings = examine(world.exchange)
    assert find(findings, "alarms").ok
    assert find(findings, "endpoints").ok
    assert sorted(mail.subject for mail in world.mails_to(MAILED)) == [
        "IPX alarm is over: the relayer runs out of money for gas",
        "IPX alarm: the relayer runs out of money for gas",
    ]
