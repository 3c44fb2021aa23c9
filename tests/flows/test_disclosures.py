"""Disclosed stamps: what everybody sees, in which order, and that nothing tells of those that are not disclosed."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, select, text
from werkzeug.test import TestResponse

from ipx.accounts.rules import Role
from ipx.core.errors import Conflict, Forbidden, NotFound
from ipx.evidence.models import DisclosureRow, StampRow
from ipx.evidence.rules import StampState
from ipx.evidence.service import EvidenceService
from ipx.evidence.verification import HOLDS, verify_bundle
from ipx.vault.service import VaultService
from ipx.wiring import Exchange
from tests.pages import Person, words_of
from tests.world import PDF, World

DIGEST = hashlib.sha256(PDF).hexdigest()


@dataclass
class Party:
    """An owner with a document of the same content as everybody's."""

    person: Person
    document: str
    stamp: str

    @property
    def page(self) -> str:
        return f"/documents/{self.document}/evidence"

    def disclose(self) -> TestResponse:
        return self.person.post(f"/documents/{self.document}/disclosure", {"confirmed": "y"}, page=self.page)

    def withdraw(self) -> TestResponse:
        return self.person.post(f"/documents/{self.document}/disclosure/withdraw", page=self.page)


@pytest.fixture(scope="module")
def world(exchange: Exchange) -> Iterator[World]:
    with World(exchange) as world:
        yield world


def party(world: World, name: str) -> Party:
    person = world.organisation(name)
    document = world.deposit(person, world.technology(person, titles=False, document=False))
    stamp = world.read(lambda session: world.service(VaultService).document(session, document_id=document)).stamp_id
    return Party(person, document, stamp)


def anchored(world: World, found: Party) -> Party:
    evidence = world.service(EvidenceService)

    def is_final() -> bool | None:
        world.exchange.batcher.advance()
        state = world.read(lambda session: evidence.stamp_state(session, found.stamp))
        return state is StampState.FINAL or None

    world.until(is_final)
    return found


@pytest.fixture(scope="module")
def parties(world: World) -> tuple[Party, Party]:
    return anchored(world, party(world, "Early")), anchored(world, party(world, "Late"))


@pytest.fixture
def early(parties: tuple[Party, Party]) -> Iterator[Party]:
    yield parties[0]
    parties[0].withdraw()


@pytest.fixture
def late(parties: tuple[Party, Party]) -> Iterator[Party]:
    yield parties[1]
    parties[1].withdraw()


def look(world: World, stamp: str) -> TestResponse:
    return world.app.test_client().get(f"/stamps/{stamp}", headers={"Accept": "text/html"})


def test_stamp_when_disclosed_then_everybody_sees_owner_content_and_proof(world: World, early: Party) -> None:
    assert look(world, early.stamp).status_code == 404
    assert early.disclose().status_code == 302
    page = look(world, early.stamp)
    assert page.status_code == 200
    words = words_of(page.text)
    assert early.person.actor.organisation_name in words
    assert DIGEST in words
    assert early.person.actor.name not in words
    assert "method.pdf" not in words
    bundle = world.app.test_client().get(f"/stamps/{early.stamp}/bundle")
    verdict = verify_bundle(bundle.data, file_sha256=bytes.fromhex(DIGEST))
    assert (verdict.outcome, verdict.bundle and verdict.bundle.opening is not None) == (HOLDS, True)


def test_stamp_when_withdrawn_then_gone_and_the_owner_is_told_that_seen_stays_seen(world: World, early: Party) -> None:
    early.disclose()
    assert "What was seen stays seen" in words_of(early.person.get(early.page).text)
    assert early.withdraw().status_code == 302
    assert "has it still" in words_of(early.person.get(early.page).text)
    for path in (f"/stamps/{early.stamp}", f"/stamps/{early.stamp}/bundle"):
        assert world.app.test_client().get(path).status_code == 404
    kept = world.read(
        lambda session: session.scalars(
            select(DisclosureRow.content_sha256).where(DisclosureRow.stamp_id == early.stamp)
        ).all()
    )
    assert set(kept) == {None}  # nothing is left to compare by
    early.disclose()
    assert look(world, early.stamp).status_code == 200


def test_stamps_when_both_disclosed_then_shown_in_order_on_both_pages(world: World, early: Party, late: Party) -> None:
    late.disclose()
    alone = words_of(look(world, late.stamp).text)
    assert "disclosed timestamps of this file" not in alone
    early.disclose()
    first, second = (words_of(look(world, one.stamp).text) for one in (early, late))
    assert "The earliest of 2 disclosed timestamps of this file." in first
    assert "Number 2 of 2 disclosed timestamps of this file." in second
    order = re.search(r"The earliest first(.*)", first)
    assert order
    names = [one.person.actor.organisation_name for one in (early, late)]
    assert order[1].index(names[0]) < order[1].index(names[1])
    early.withdraw()
    assert words_of(look(world, late.stamp).text) == alone


def test_audit_when_disclosed_and_withdrawn_then_one_line_each_without_the_content(world: World, early: Party) -> None:
    before = len(world.actions(early.document))
    for act in (early.disclose, early.disclose, early.withdraw, early.withdraw):
        act()
    assert world.actions(early.document)[before:] == ["evidence:stamp:disclosed", "evidence:stamp:withdrawn"]
    details = world.read(
        lambda session: (
            session.execute(text("SELECT details FROM audit_lines WHERE action LIKE 'evidence:stamp:%'"))
            .scalars()
            .all()
        )
    )
    assert not [line for line in details if DIGEST in str(line)]


# ── who may ──────────────────────────────────────────────────────────────────────────────────────


def test_disclosure_when_not_confirmed_then_asks_again(early: Party, world: World) -> None:
    answer = early.person.post(f"/documents/{early.document}/disclosure", page=early.page)
    assert answer.status_code == 422
    assert "Tick the box" in answer.text
    assert look(world, early.stamp).status_code == 404


def test_disclosure_when_a_researcher_or_a_stranger_asks_then_refused(world: World, early: Party, late: Party) -> None:
    researcher = world.colleague(early.person, Role.RESEARCHER)
    page = words_of(researcher.get(early.page).text)
    assert "Disclose this timestamp" not in page
    path = f"/documents/{early.document}/disclosure"
    assert researcher.post(path, {"confirmed": "y"}).status_code == 403
    assert late.person.post(path, {"confirmed": "y"}).status_code == 404
    disclosures = world.service(EvidenceService).disclosures
    for actor, refusal in ((researcher.actor, Forbidden), (late.person.actor, NotFound)):
        for act in (disclosures.disclose, disclosures.withdraw):
            with pytest.raises(refusal):
                world.write(partial(act, actor=actor, stamp_id=early.stamp))
    assert look(world, early.stamp).status_code == 404


def test_disclosure_when_the_opening_is_erased_then_ends_and_cannot_be_made(world: World) -> None:
    erased = party(world, "Forgetful")
    erased.disclose()
    assert look(world, erased.stamp).status_code == 200
    evidence = world.service(EvidenceService)
    world.write(lambda session: evidence.erase_opening(session, stamp_id=erased.stamp))
    assert look(world, erased.stamp).status_code == 404
    with pytest.raises(Conflict, match="erased"):
        world.write(
            lambda session: evidence.disclosures.disclose(session, actor=erased.person.actor, stamp_id=erased.stamp)
        )


def test_stamp_when_disclosed_before_it_is_in_a_block_then_has_no_place_yet(world: World, early: Party) -> None:
    early.disclose()
    pending = party(world, "Hasty")
    pending.disclose()
    words = words_of(look(world, pending.stamp).text)
    assert "It has no place in the order until it is in a block." in words
    assert "of 2 disclosed" not in words_of(look(world, early.stamp).text)
    assert world.app.test_client().get(f"/stamps/{pending.stamp}/bundle").status_code == 409
    pending.withdraw()


# ── nobody learns by guessing ────────────────────────────────────────────────────────────────────


@contextmanager
def statements(world: World) -> Iterator[list[tuple[str, str]]]:
    """Every statement that reaches the database meanwhile, with its values."""
    seen: list[tuple[str, str]] = []
    ours = threading.get_ident()

    def note(connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool) -> None:
        if threading.get_ident() == ours:  # the workflows have threads of their own
            seen.append((statement, str([bytes(v) if isinstance(v, memoryview) else v for v in values])))

    event.listen(world.database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(world.database.engine, "before_cursor_execute", note)


def observed(world: World, act: Callable[[], TestResponse]) -> tuple[int, bytes, list[tuple[str, str]]]:
    with statements(world) as seen:
        answer = act()
    return answer.status_code, re.sub(rb"datetime=\S+", b"", answer.data), seen


def test_pages_when_a_rival_holds_the_same_text_undisclosed_then_nothing_differs(world: World, early: Party) -> None:
    """The same answer, by the same statements over the same rows: there is nothing to measure."""
    early.disclose()
    asked = [f"/stamps/{early.stamp}", f"/stamps/{early.stamp}/bundle", "/stamps/nothing"]
    before = [observed(world, partial(world.app.test_client().get, path)) for path in asked]
    rival = anchored(world, party(world, "Rival"))
    after = [observed(world, partial(world.app.test_client().get, path)) for path in asked]
    assert after == before
    nothing = "0" * len(rival.stamp)
    undisclosed = observed(world, lambda: look(world, rival.stamp))
    missing = observed(world, lambda: look(world, nothing))
    assert undisclosed[0] == missing[0] == 404
    assert undisclosed[1].replace(rival.stamp.encode(), nothing.encode()) == missing[1]
    assert [statement for statement, _ in undisclosed[2]] == [statement for statement, _ in missing[2]]


def test_disclosing_when_a_rival_holds_the_same_text_undisclosed_then_nothing_differs(world: World) -> None:
    """Neither the act of disclosing a guess nor the page afterwards tells of the rival's stamp."""

    def guess(content: bytes) -> tuple[list[str], int]:
        person = world.organisation("Guesser")
        evidence = world.service(EvidenceService)
        stamp = world.write(lambda session: stamped(evidence, session, person, content))
        with statements(world) as seen:
            world.write(lambda session: evidence.disclosures.disclose(session, actor=person.actor, stamp_id=stamp))
            shown = world.read(lambda session: evidence.disclosures.shown(session, stamp_id=stamp))
        return [statement for statement, _ in seen], len(shown.claims)

    def stamped(evidence: EvidenceService, session: Any, person: Person, content: bytes) -> str:
        digest = hashlib.sha256(content).digest()
        who = person.organisation_id
        return evidence.stamp(
            session, organisation_id=who, content_sha256=digest, subject_kind="document", subject_id="guess"
        ).id

    rival = world.organisation("Secretive")
    world.write(lambda session: stamped(world.service(EvidenceService), session, rival, b"what a rival holds"))
    assert guess(b"what a rival holds") == guess(b"what nobody holds")


def test_table_when_a_stamp_is_not_disclosed_then_holds_nothing_that_a_guess_could_meet(
    world: World, late: Party
) -> None:
    row = world.row(StampRow, late.stamp)
    stored = b"".join(str(value).encode() if not isinstance(value, bytes) else value for value in vars(row).values())
    assert bytes.fromhex(DIGEST) not in stored
    assert DIGEST.encode() not in stored
