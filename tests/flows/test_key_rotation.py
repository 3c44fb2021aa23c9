"""Rotation of an organisation's key: all that it wraps is wrapped anew while people go on, and opens as before."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import LargeBinary, select
from sqlalchemy.orm import Session

from ipx.accounts.models import OldKeyRow, OrganisationRow, RotationRow
from ipx.accounts.rules import Role
from ipx.accounts.service import KeyRotations
from ipx.core.errors import NotFound, Tampered
from ipx.core.wrapped_keys import generation_of
from ipx.db.base import Base
from ipx.evidence.service import EvidenceService
from ipx.inventions.rules import Step
from ipx.tables import import_all_tables
from ipx.titles.rules import Basis
from ipx.titles.service import TitleService
from ipx.vault.models import DocumentRow
from tests.api_world import anchor_all
from tests.challenge_world import ChallengeWorld
from tests.custody_steps import name
from tests.exchanges import DATABASES
from tests.flows.test_title_rectifications import entered
from tests.invention_steps import disclosed, judged, officer_of
from tests.key_steps import accounts_of, readable_states, rotate, rotations_of, secrets_of, to_the_end, wrapped_of
from tests.pages import Person
from tests.reading_apart import places_of
from tests.wallet_steps import KeyWallet
from tests.world import PDF, World, world_on

# Columns of bytes that no organisation's key wraps. A new one is named here, or told to ``KeyRotations.add``.
NOT_WRAPPED_BY_ORGANISATIONS = {
    "accounts_old_keys.wrapped_key",
    "accounts_organisations.wrapped_key",
    "chain_attempts.raw",
    "chain_transactions.call_data",
    "deals_ndas.signature",
    "deals_signatures.signature",
    "evidence_batches.head",
    "evidence_batches.previous_head",
    "evidence_batches.root",
    "evidence_batches.subtree_roots",
    "evidence_block_proofs.header",
    "evidence_block_proofs.receipt",
    "evidence_checkpoints.head",
    "evidence_disclosures.content_sha256",
    "evidence_log_heads.root",
    "evidence_log_heads.salt",
    "evidence_stamps.commitment",
    "evidence_time_stamps.response",
    "licences_licences.licensee_signature",
    "licences_licences.licensor_signature",
    "life_handings.holder_signature",
    "life_handings.licensor_signature",
    "matching_sentences.sentences",
    "matching_vectors.vector",
    "payments_events.raw_body",
    "titles_register_signatures.signature",
    "vault_browser_seals.identity",
    "vault_browser_seals.opening",
    "vault_documents.content_sha256",
    "vault_hand_overs.identity",
    "vault_receipts.salt",
    "vault_recipients.answer_sha256",
    "vault_recipients.challenge",
}


@pytest.fixture(scope="module", params=DATABASES)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world_on(request, tmp_path_factory.mktemp("rotation")) as world:
        yield world


@pytest.fixture(scope="module")
def sides(world: World) -> tuple[Person, Person]:
    """An institute and a company with an agreement that both have signed: every kind of wrapped value is there."""
    owner, taker = world.organisation("Institute"), world.organisation("Company")
    agreement = world.agreement(owner, taker)
    invention_id = disclosed(world, owner)
    judged(world, officer_of(world, owner), invention_id, Step.ASKED, "Which glaze?")
    for person in (owner, taker):
        world.sign(person, agreement)
    scored_entry(world, owner, taker)
    put_right(world, owner)
    name(world, taker, KeyWallet())
    listing = world.listing(owner)
    world.write(lambda s: world.deals.ndas.draw_up(s, actor=taker.actor, listing_id=listing.id))
    world.settle()
    return owner, taker


def put_right(world: World, owner: Person) -> None:
    """Enter a conveyance, and propose that it is struck."""
    (_, right_id), entry_id = entered(world, owner)
    keeper = world.colleague(owner, Role.LAB_ADMINISTRATOR)
    world.write(
        lambda session: world.service(TitleService).propose_rectification(
            session,
            actor=keeper.actor,
            right_id=right_id,
            entry_id=entry_id,
            basis=Basis.CLERICAL_ERROR,
            words="The receiver was misspelt in the entry.",
            instead=None,
        )
    )


def scored_entry(world: World, owner: Person, taker: Person) -> None:
    """Let the owner enter a challenge of the taker, and an evaluator score the entry with a remark."""
    run = ChallengeWorld(world, taker).opened()
    entry_id = run.entered(owner)
    judge = run.joined(world.organisation("Judge"))
    run.evaluating()
    run.declare(judge, entry_id)
    run.score(judge, entry_id, 7, 7, remark="Convincing.")


def read(world: World, person: Person, document_id: str) -> bytes:
    form = {"purpose": "to see whether it opens", "form": "clear"}
    answer = person.post(f"/documents/{document_id}/open", form)
    assert answer.status_code == 200, answer.text
    return bytes(answer.data)


def document_of(world: World, owner: Person) -> str:
    mine = DocumentRow.organisation_id == owner.organisation_id
    return world.read(lambda session: session.scalars(select(DocumentRow.id).where(mine).limit(1)).one())


def test_every_column_of_bytes_is_either_rotated_or_known_not_to_be_wrapped(world: World) -> None:
    import_all_tables()
    columns = {
        str(column)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    rotated = {f"{each.value.class_.__tablename__}.{each.value.key}" for each in rotations_of(world.exchange).columns}
    assert rotated.isdisjoint(NOT_WRAPPED_BY_ORGANISATIONS)
    assert rotated | NOT_WRAPPED_BY_ORGANISATIONS == columns


def test_everything_opens_as_before_under_the_new_key_and_nothing_under_the_old(
    world: World, sides: tuple[Person, Person]
) -> None:
    owner, taker = sides
    before = {person.organisation_id: secrets_of(world.exchange, person.organisation_id) for person in sides}
    kinds = {column for secrets in before.values() for column, _ in secrets}
    assert kinds == {str(column.value) for column in rotations_of(world.exchange).columns}, "a kind is not tried"
    old = world.row(OrganisationRow, owner.organisation_id).wrapped_key
    document = document_of(world, owner)

    rotation = rotate(world.exchange, owner.organisation_id)

    assert rotation.done == rotation.total == len(before[owner.organisation_id])
    assert secrets_of(world.exchange, owner.organisation_id) == before[owner.organisation_id]
    assert secrets_of(world.exchange, taker.organisation_id) == before[taker.organisation_id]
    assert world.count(OldKeyRow) == 0
    keys = world.exchange.outside.keys
    for wrapped, context in world.read(lambda s: wrapped_of(world.exchange, s, owner.organisation_id)).values():
        assert generation_of(wrapped) == int(rotation.target)
        with pytest.raises(Tampered):
            keys.unwrap(owner.organisation_id, old, wrapped, context=context)
    assert read(world, owner, document) == PDF
    world.agreement(owner, taker)  # signs by accounts whose keys were wrapped anew, and wraps new salts
    assert "account:key:rotation_ended" in world.actions(owner.organisation_id)


def test_what_was_wrapped_by_the_old_key_is_in_no_file_of_the_database_any_more(
    world: World, sides: tuple[Person, Person]
) -> None:
    if world.database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps its write-ahead log for as long as it likes: docs/decisions/0020")
    owner, _ = sides
    key = world.row(OrganisationRow, owner.organisation_id).wrapped_key
    values = world.read(lambda s: wrapped_of(world.exchange, s, owner.organisation_id)).values()
    old = [key[9:], *(wrapped[9:] for wrapped, _ in values)]
    assert all(files_with(world, secret) for secret in old), "or the search would find nothing"
    rotate(world.exchange, owner.organisation_id)
    world.settle()  # the workflow that was enqueued with it finds it ended, and clears
    assert [secret for secret in old if files_with(world, secret)] == []


def files_with(world: World, secret: bytes) -> list[str]:
    """Which of the database's file and its log hold a secret."""
    return places_of(secret, world.exchange.settings.data_dir, pattern="*.sqlite3*")


def test_a_second_rotation_goes_one_further(world: World, sides: tuple[Person, Person]) -> None:
    owner, _ = sides
    before = secrets_of(world.exchange, owner.organisation_id)
    first = rotate(world.exchange, owner.organisation_id)
    second = rotate(world.exchange, owner.organisation_id)
    assert int(second.target) == int(first.target) + 1
    assert secrets_of(world.exchange, owner.organisation_id) == before


def test_a_proof_is_made_from_an_opening_that_was_wrapped_anew(world: World, sides: tuple[Person, Person]) -> None:
    owner, _ = sides
    document = document_of(world, owner)
    rotate(world.exchange, owner.organisation_id)
    stamp = world.row(DocumentRow, document).stamp_id
    anchor_all(world)
    bundle = world.read(lambda session: world.service(EvidenceService).bundle(session, stamp_id=stamp))
    assert hashlib.sha256(PDF).hexdigest().encode() in bundle


def test_begun_twice_it_is_one_rotation(world: World) -> None:
    person = world.organisation()
    rotations = rotations_of(world.exchange)

    def begin(session: Session) -> Any:
        return rotations.begin_organisation(session, organisation_id=person.organisation_id)

    first, second = world.write(begin), world.write(begin)
    assert first.id == second.id
    assert to_the_end(rotations, first).ended_at is not None
    with pytest.raises(NotFound):
        world.write(lambda s: rotations.begin_organisation(s, organisation_id="nobody"))


def test_a_worker_ends_what_a_command_left(world: World) -> None:
    person = world.organisation()
    world.technology(person, titles=False)
    left = KeyRotations(**dependencies(world), mover="a command that was killed")
    left.add(*rotations_of(world.exchange).columns)
    rotation = world.write(lambda s: left.begin_organisation(s, organisation_id=person.organisation_id))
    world.until(lambda: world.row(RotationRow, rotation.id).ended_at)
    assert set(readable_states(world.exchange, person.organisation_id).values()) == {1}
    assert world.count(OldKeyRow) == 0


def test_people_read_and_deposit_while_pages_are_wrapped(world: World) -> None:
    owner = world.organisation()
    technology = world.technology(owner, titles=False)
    document = document_of(world, owner)
    small = KeyRotations(**dependencies(world), mover="here", page=1)
    small.add(*rotations_of(world.exchange).columns)
    rotation = world.write(lambda s: small.begin_organisation(s, organisation_id=owner.organisation_id))
    new: list[str] = []
    while rotation.ended_at is None:
        assert read(world, owner, document) == PDF
        if len(new) < 3:
            new.append(world.deposit(owner, technology))
        assert set(readable_states(world.exchange, owner.organisation_id).values()) == {1}
        rotation = small.advance(rotation.id)
    for each in (document, *new):
        assert read(world, owner, each) == PDF
    assert rotation.done == rotation.total  # what was new was never under the old key


def test_what_is_erased_while_its_page_is_under_way_stays_erased(world: World) -> None:
    owner = world.organisation()
    world.technology(owner, titles=False)
    stamp = world.row(DocumentRow, document_of(world, owner)).stamp_id
    evidence = world.service(EvidenceService)
    meddled = Meddling(
        world.exchange.outside.keys,
        lambda: world.write(lambda session: evidence.erase_opening(session, stamp_id=stamp)),
    )
    rotations = KeyRotations(**{**dependencies(world), "keys": meddled}, mover="here")
    rotations.add(*rotations_of(world.exchange).columns)
    assert rotate(world.exchange, owner.organisation_id, rotations).ended_at is not None
    assert meddled.has_acted
    left = world.read(lambda session: wrapped_of(world.exchange, session, owner.organisation_id))
    assert stamp not in {key for _, key in left}


def test_a_rotation_waits_for_whoever_is_about_to_wrap(world: World) -> None:
    """Or what he wraps by the old key would be seen by nobody, and lost with it."""
    person = world.organisation()
    accounts = accounts_of(world.exchange)
    rotations = rotations_of(world.exchange)
    ended = threading.Event()

    def meanwhile() -> None:
        rotate(world.exchange, person.organisation_id, rotations)
        ended.set()

    thread = threading.Thread(target=meanwhile)
    with world.database.write() as session:
        accounts.create_account(session, organisation_id=person.organisation_id, purpose="made meanwhile")
        thread.start()
        assert not ended.wait(0.5), "it did not wait"
    thread.join(30)
    assert ended.is_set()
    assert set(readable_states(world.exchange, person.organisation_id).values()) == {1}
    assert len(secrets_of(world.exchange, person.organisation_id)) == 2


def test_the_next_page_begins_where_the_last_one_ended(world: World) -> None:
    owner = world.organisation()
    technology = world.technology(owner, titles=False)
    for _ in range(4):
        world.deposit(owner, technology)
    small = KeyRotations(**dependencies(world), mover="here", page=2)
    small.add(*rotations_of(world.exchange).columns)
    rotation = rotate(world.exchange, owner.organisation_id, small)
    assert rotation.done == rotation.total == 1 + 5 + 5


class Meddling:
    """A vault of keys during whose work something happens, once."""

    def __init__(self, keys: Any, act: Callable[[], object]) -> None:
        self._keys = keys
        self._act = act
        self.has_acted = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._keys, name)

    def rewrap(self, organisation_id: str, values: Any, **keys: bytes) -> list[bytes]:
        done: list[bytes] = self._keys.rewrap(organisation_id, values, **keys)
        if not self.has_acted and any(context.startswith("evidence-stamp/") for _, context in values):
            self.has_acted = True
            self._act()
        return done


def dependencies(world: World) -> dict[str, Any]:
    exchange = world.exchange
    return {
        "database": exchange.database,
        "durable": exchange.durable,
        "keys": exchange.outside.keys,
        "audit": rotations_of(exchange)._audit,
        "clock": exchange.outside.clock,
        "entropy": exchange.outside.entropy,
    }
