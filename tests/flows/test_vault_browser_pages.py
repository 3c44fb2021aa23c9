"""Documents that a browser sealed, through HTTP: what the pages say and offer, and their erasure."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyrage
import pytest
from sqlalchemy import select

from ipx.accounts.rules import Role
from ipx.accounts.service import AccountService, KeyRotations
from ipx.evidence.bundle import COMMITMENT
from ipx.evidence.models import StampRow
from ipx.vault.browser_models import BrowserSealRow
from ipx.vault.canary import Canary
from ipx.vault.denied_party_file import DeniedPartyFile
from ipx.vault.erasures import Erasures
from ipx.vault.models import DocumentRow, ScreeningRow
from ipx.vault.rules import SourceKind
from ipx.vault.service import VaultService
from tests.exchanges import DATABASES
from tests.pages import Person, send, token_of, words_of
from tests.reading_apart import places_of
from tests.sealing_browser import Sealed, age_file, open_version, seal
from tests.small_files import words_in
from tests.world import World, world_on

MARKER = "canary-sealed-page-8810"
SECRET = f"{MARKER}: the bath has 412 K.".encode() * 300


@pytest.fixture(scope="module", params=DATABASES)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world_on(request, tmp_path_factory.mktemp("sealed")) as world:
        yield world


@dataclass
class Kept:
    """An owner, her key file, and a document sealed for it."""

    ada: Person
    key_file: Any
    sealed: Sealed
    document: str


def makes_a_recipient(person: Person) -> Any:
    """Make a key as the page does, and prove that its file was kept."""
    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    given = {"label": "safe", "understood": "y", "recipient": public}
    assert send(person.client, "/organisation/recipients", **given).status_code == 302
    page = person.client.get("/organisation/recipients").text
    assert "waits for its key file" in words_of(page)
    part = page[page.index(f'data-recipient="{public}"') :]
    challenge = re.search(r'data-challenge="([^"]+)"', part)
    action = re.search(r'action="([^"]+)"', part)
    assert challenge is not None
    assert action is not None
    answer = pyrage.decrypt(base64.b64decode(challenge[1]), [identity]).decode()
    for said, state in (("0" * 64, "waits for its key file"), (answer, "active")):
        person.post(action[1], {"answer": said}, page="/organisation/recipients")
        assert state in words_of(person.client.get("/organisation/recipients").text)
    return identity


def grants(world: World, kept: Kept, reader: Person) -> None:
    world.write(
        lambda session: world.service(VaultService).grant(
            session,
            by=kept.ada.actor.by,
            document_id=kept.document,
            organisation_id=reader.organisation_id,
            source_kind=SourceKind.NDA,
            source_id=f"nda-{kept.document}-{reader.organisation_id}",
        )
    )


def hands_over(person: Person, kept: Kept, *, to: Person, recipient: str, sealed_key: bytes) -> Any:
    """Send a version key, sealed for the recipient of an organisation, as the page does."""
    identity = base64.b64encode(sealed_key).decode()
    said = {"organisation": to.organisation_id, "recipients": recipient, "identity": identity}
    headers = {"X-CSRFToken": token_of(person.client.get("/technologies").text), "Accept": "application/json"}
    return person.client.post(f"/documents/{kept.document}/hand-over", json=said, headers=headers)


def put(person: Person, path: str, body: bytes, name: str = "Second run") -> Any:
    headers = {
        "X-CSRFToken": token_of(person.client.get("/technologies").text),
        "X-File-Name": name,
        "X-Export-Control": "none",
        "Idempotency-Key": base64.urlsafe_b64encode(body[-12:]).decode().strip("=").replace("_", "-"),
        "Accept": "application/json",
    }
    return person.client.put(path, data=body, content_type="application/octet-stream", headers=headers)


@pytest.fixture
def kept(world: World) -> Kept:
    ada = world.organisation()
    technology = world.technology(ada, document=False)
    place = f"/technologies/{technology}/documents/sealed"
    assert "has no active recipient yet" in words_of(ada.client.get(place).text)
    key_file = makes_a_recipient(ada)
    page = ada.client.get(place).text
    assert str(key_file.to_public()) in page
    assert "What this way lacks" in words_of(page)
    owner = world.read(lambda session: world.service(AccountService).account_of(session, ada.organisation_id).address)
    sealed = seal(SECRET, recipients=[str(key_file.to_public())], owner=owner)
    answer = put(ada, place, sealed.body)
    assert answer.status_code == 201, answer.text
    return Kept(ada, key_file, sealed, answer.json["document"])


def test_page_when_sealed_in_a_browser_then_offers_what_there_is_and_nothing_else(world: World, kept: Kept) -> None:
    place = f"/documents/{kept.document}"
    page = kept.ada.client.get(place).text
    assert "never seen by us" in words_of(page)
    for missing in (f"{place}/find", f"{place}/pages"):
        assert missing not in page
    assert f'data-key="{place}/key.age"' in kept.ada.client.get(f"{place}/open").text
    key = kept.ada.client.get(f"{place}/key.age").data
    assert pyrage.decrypt(key, [kept.key_file]) == kept.sealed.version_key
    answer = send(kept.ada.client, f"{place}/open", purpose="to see it again")
    assert open_version(kept.sealed.version_key, answer.data) == SECRET
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Second run.age"'
    answer.close()
    assert "to see it again" in kept.ada.client.get(place).text
    assert kept.ada.post(f"{place}/find", {"purpose": "to find it"}).status_code == 422
    assert kept.ada.client.get(f"{place}/pages").status_code in (404, 409)
    stamp = world.row(DocumentRow, kept.document).stamp_id
    world.until(lambda: world.exchange.batcher.advance() or bool(world.row(StampRow, stamp).batch_id))
    world.settle()
    bundle = kept.ada.client.get(f"{place}/bundle").data
    assert json.loads(bundle)["disclosure"] == COMMITMENT
    for refused in ("certificate", "evidence.zip"):
        assert kept.ada.client.get(f"{place}/{refused}").status_code == 409
    evidence = kept.ada.client.get(f"{place}/evidence").text
    assert "Download the complete evidence bundle" in evidence
    assert f"{place}/certificate" not in evidence
    report = kept.ada.client.get(f"/history/documents/{kept.document}/measures.pdf").data
    assert report.startswith(b"%PDF")


def test_hand_over_when_posted_then_the_reader_opens_and_strangers_see_nothing(world: World, kept: Kept) -> None:
    place, ben, eve = f"/documents/{kept.document}", world.organisation("Company"), world.organisation("Others")
    grants(world, kept, ben)
    assert "Somebody waits for the key" in words_of(kept.ada.client.get(place).text)
    assert "Pending: its key was not handed over yet" in words_of(ben.client.get(place).text)
    assert ben.client.get(f"{place}/key.age").status_code == 422  # nothing is declared, and nothing was handed over
    key = str(makes_a_recipient(ben).to_public())
    sealed_key = age_file(kept.sealed.version_key, [key])
    for person, status in ((eve, 404), (ben, 404), (kept.ada, 201)):
        answer = hands_over(person, kept, to=ben, recipient=key, sealed_key=sealed_key)
        assert answer.status_code == status, answer.text
    send(ben.client, f"{place}/open", purpose="our assessment", nationality="IE", end_use="our pilot line").close()
    assert ben.client.get(f"{place}/key.age").data == sealed_key
    assert ben.client.get(f"{place}/opening.age").status_code == 404
    assert 'data-opening=""' in ben.client.get(f"{place}/open").text
    report = kept.ada.client.get(f"/history{place}/measures.pdf").data
    assert "Key sealed for Company" in " ".join(words_in(report))
    for path in ("", "/open", "/key.age", "/opening.age", "/hand-over"):
        assert eve.client.get(place + path).status_code == 404, path


def test_key_when_the_reader_has_not_declared_then_no_answer_holds_it_and_afterwards_it_is_given(
    world: World, kept: Kept
) -> None:
    place, ben = f"/documents/{kept.document}", world.organisation("Company")
    grants(world, kept, ben)
    key = str(makes_a_recipient(ben).to_public())
    sealed_key = age_file(kept.sealed.version_key, [key])
    assert hands_over(kept.ada, kept, to=ben, recipient=key, sealed_key=sealed_key).status_code == 201
    spellings = (sealed_key, base64.b64encode(sealed_key)[:200], kept.sealed.version_key)

    def answers() -> list[Any]:
        shown = [ben.client.get(place + path) for path in ("", "/open", "/key.age", "/opening.age", "/hand-over")]
        shown += [ben.client.get(path) for path in ("/notices", "/organisation/recipients", "/declarations")]
        return [*shown, ben.post(f"{place}/open", {"purpose": "to look"}, page=f"{place}/open")]

    for answer in answers():
        assert not [one for one in spellings if one in answer.data], answer.request.path
    refused = ben.client.get(f"{place}/key.age")
    assert refused.status_code == 422
    assert "name your nationality" in words_of(refused.text)
    opened = send(ben.client, f"{place}/open", purpose="to look", nationality="IE", end_use="our pilot line")
    assert opened.status_code == 200
    opened.close()
    assert ben.client.get(f"{place}/key.age").data == sealed_key


def test_key_when_the_reader_resembles_a_denied_party_then_is_refused_and_noted(
    world: World, kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, ben = f"/documents/{kept.document}", world.organisation("Company")
    grants(world, kept, ben)
    key = str(makes_a_recipient(ben).to_public())
    sealed_key = age_file(kept.sealed.version_key, [key])
    assert hands_over(kept.ada, kept, to=ben, recipient=key, sealed_key=sealed_key).status_code == 201
    send(ben.client, f"{place}/open", purpose="to look", nationality="IE", end_use="our pilot line").close()
    assert ben.client.get(f"{place}/key.age").data == sealed_key
    name = world.read(lambda session: world.service(AccountService).organisation(session, ben.organisation_id).name)
    (tmp_path / "denied.csv").write_text(f"id,name\nX-1,{name}\n")
    screenings = world.service(VaultService).sharing.screenings
    monkeypatch.setattr(screenings, "_denied", DeniedPartyFile(tmp_path / "denied.csv"))
    refused = ben.client.get(f"{place}/key.age")
    assert refused.status_code == 403
    assert sealed_key not in refused.data
    noted = world.read(lambda session: list(session.scalars(select(ScreeningRow.party_id))))
    assert ben.organisation_id in noted


def test_hand_over_when_a_researcher_asks_then_is_forbidden(world: World, kept: Kept) -> None:
    rita = world.colleague(kept.ada, Role.RESEARCHER)
    assert rita.client.get(f"/documents/{kept.document}/hand-over").status_code == 403
    assert rita.client.get("/organisation/recipients").status_code == 403


def test_erasure_when_sealed_in_a_browser_then_keys_opening_and_file_are_gone(world: World, kept: Kept) -> None:
    key = base64.b64decode(kept.sealed.note["identity"])
    # On PostgreSQL the rows are in no file of ours.
    assert bool(_files_with(world, key)) == world.exchange.settings.database_url.startswith("sqlite")
    given = {"reason": "it is over", "number": kept.document[:8], "confirmed": "y"}
    send(kept.ada.client, f"/documents/{kept.document}/erasure", **given)
    world.until(lambda: _is_erased(world, kept.document))
    row, sealed = world.row(DocumentRow, kept.document), world.row(BrowserSealRow, kept.document)
    assert (row.file_name, sealed.identity, sealed.opening) == ("erased.age", None, None)
    assert kept.ada.client.get(f"/documents/{kept.document}/key.age").status_code in (403, 404, 409)
    paper = kept.ada.client.get(f"/documents/{kept.document}/erasure/certificate").data
    assert _files_with(world, key) == []
    assert not world.exchange.outside.store.has(row.cid)
    assert "never had a key" in " ".join(words_in(paper))


def test_canary_when_all_was_done_then_nothing_of_the_document_is_in_the_data_folder(world: World, kept: Kept) -> None:
    send(kept.ada.client, f"/documents/{kept.document}/open", purpose="to look at it").close()
    folder = world.exchange.settings.data_dir
    digest = re.search(rb"content_sha256: ([0-9a-f]{64})", kept.sealed.version_key)
    assert digest is not None
    markers = [MARKER, "AGE-SECRET-KEY-1", digest[1].decode(), "secret recipe.txt"]
    report = Canary(markers).search(Path(folder))
    assert not report.found, report


def test_rotation_when_sealed_in_a_browser_then_has_nothing_to_wrap_anew(world: World, kept: Kept) -> None:
    before = world.row(BrowserSealRow, kept.document)
    rotations = world.service(KeyRotations)
    begun = world.write(lambda session: rotations.begin_organisation(session, organisation_id=kept.ada.organisation_id))

    def has_ended() -> bool:
        found = world.read(rotations.overview).rotations
        return any(one.id == begun.id and one.ended_at is not None for one in found)

    world.until(has_ended)
    after = world.row(BrowserSealRow, kept.document)
    assert (after.identity, after.opening) == (before.identity, before.opening)
    answer = send(kept.ada.client, f"/documents/{kept.document}/open", purpose="to see it after the rotation")
    assert open_version(kept.sealed.version_key, answer.data) == SECRET


def _files_with(world: World, content: bytes) -> list[str]:
    """The files of the data folder that hold these bytes."""
    return places_of(content[40:120], world.exchange.settings.data_dir)


def _is_erased(world: World, document_id: str) -> bool:
    found = world.read(lambda session: world.service(Erasures).find(session, document_id=document_id))
    return found is not None and found.scrubbed_at is not None
