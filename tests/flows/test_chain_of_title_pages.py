"""A right's chain of title as its owner enters, sees and takes it away; what competes with it; who may look."""

from __future__ import annotations

import csv
import io
import json
import re
import uuid
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from ipx.accounts.rules import Role
from ipx.audit.models import AuditRow
from ipx.audit.service import THE_EXCHANGE
from ipx.bibliography.records import BibliographicRecord
from ipx.bibliography.service import BibliographyService
from ipx.bibliography.uspto.record import records
from ipx.technologies.rules import RightDraft, RightKind
from ipx.technologies.service import TechnologyService
from ipx.titles.models import EntryRow
from ipx.vault.rules import DocumentRole
from tests.pages import Person, words_of

if TYPE_CHECKING:
    from tests.world import World

SAMPLES = Path(__file__).resolve().parents[1] / "uspto_samples"
PATENT = RightDraft(
    kind=RightKind.PATENT,
    title="Messages",
    office="US",
    number="8,930,571",
    kind_code="B2",
    granted_on=date(2015, 1, 6),
)
ASSIGNMENT = {
    "kind": "assignment",
    "givers": "Ada Lovelace",
    "receiver": "Institute",
    "executed_on": "2020-01-31",
    "recorded_on": "2020-02-10",
    "reference": "054321/0123",
}


def right_of(world: World, owner: Person, draft: RightDraft | None = None, *, titles: bool = False) -> tuple[str, str]:
    """Return a technology and a right of it."""
    technologies = world.service(TechnologyService)
    technology_id = world.technology(owner, rights=0, document=False, titles=False)
    stated = draft or RightDraft(kind=RightKind.PATENT, title="Electrolyte", office="US", number=number())
    added = world.write(
        lambda session: technologies.add_right(session, actor=owner.actor, technology_id=technology_id, right=stated)
    )
    if titles:
        world.write(
            lambda session: technologies.register_titles(session, actor=owner.actor, technology_id=technology_id)
        )
        world.settle()
    return technology_id, added.id


def number() -> str:
    return f"99{uuid.uuid4().int % 10**8:08d}"


def page_of(place: tuple[str, str]) -> str:
    return f"/technologies/{place[0]}/rights/{place[1]}/title"


def enter(person: Person, place: tuple[str, str], entry: str = "conveyance", **fields: str) -> str:
    """Send a form; return the page that it leads to."""
    form = f"{page_of(place)}/add/{entry}"
    answer = person.post(form, fields, page=form)
    assert answer.status_code == 302, words_of(answer.text)
    return person.get(answer.location).text


def exported(person: Person, place: tuple[str, str]) -> Any:
    return json.loads(person.get(f"{page_of(place)}/export?form=json").data)


def test_from_nothing_to_a_whole_chain(world: World, owner: Person) -> None:
    place = right_of(world, owner)
    assert "No conveyance is entered yet" in words_of(owner.get(page_of(place)).text)
    mine = owner.actor.organisation_name
    page = words_of(enter(owner, place, **{**ASSIGNMENT, "receiver": mine}))
    assert f"Ada Lovelace → to {mine}" in page
    assert "No inventor is known" in page
    assert "Declared only: no document is attached." in page
    assert exported(owner, place)["holders"] == {mine: "1"}
    assert "right:chain:entered" in world.actions(place[1])


def test_the_names_are_sealed_in_the_table_and_in_no_audit_line(world: World, owner: Person) -> None:
    place = right_of(world, owner)
    enter(owner, place, **{**ASSIGNMENT, "givers": "Zoroaster Quux"})
    columns = select(EntryRow.entry, EntryRow.sealed_content, EntryRow.sha256).where(EntryRow.right_id == place[1])
    ((kind, sealed, sha256),) = world.read(lambda session: list(session.execute(columns)))
    assert kind == "assignment"
    assert b"Zoroaster" not in sealed
    said = select(AuditRow.details).where(AuditRow.action == "right:chain:entered", AuditRow.subject_id == place[1])
    details = world.read(lambda session: session.scalar(said))
    assert details is not None
    assert details["sha256"] == sha256
    assert "Zoroaster" not in json.dumps(details)


def test_an_instrument_stands_behind_an_entry(world: World, owner: Person) -> None:
    place = right_of(world, owner)
    document = world.deposit(owner, place[0], "assignment.pdf", DocumentRole.INSTRUMENT)
    page = enter(owner, place, **{**ASSIGNMENT, "document": document})
    assert "Declared only" not in page
    assert "assignment.pdf" in page
    (entry,) = exported(owner, place)["entries"]
    assert entry["rests_on"] == "instrument attached"
    assert len(entry["document_commitment"]) == 66


def test_a_document_that_is_no_instrument_and_one_of_another_technology_are_refused(
    world: World, owner: Person
) -> None:
    place, other = right_of(world, owner), right_of(world, owner)
    foreign = world.deposit(owner, other[0], "assignment.pdf", DocumentRole.INSTRUMENT)
    form = f"{page_of(place)}/add/conveyance"
    answer = owner.post(form, {**ASSIGNMENT, "document": foreign}, page=form)
    assert answer.status_code == 422
    assert exported(owner, place)["entries"] == []


def test_bad_input_is_told_at_the_field_and_kept(world: World, owner: Person) -> None:
    place = right_of(world, owner)
    form = f"{page_of(place)}/add/conveyance"
    answer = owner.post(form, {**ASSIGNMENT, "share": "three halves", "receiver": "Kept Words Ltd"}, page=form)
    assert answer.status_code == 422
    assert "Write the share as a fraction such as 1/3" in answer.text
    assert "Kept Words Ltd" in answer.text
    assert exported(owner, place)["entries"] == []


def test_inventors_come_from_the_office_and_each_needs_an_assignment(world: World, owner: Person) -> None:
    sample = (SAMPLES / "US08930553.xml").read_bytes()
    sample = sample.replace(b"08930553", b"08930571").replace(b"13648029", b"13648571")
    found = [each for each in records(io.BytesIO(sample)) if isinstance(each, BibliographicRecord)]
    inventors = [party.name for party in found[0].inventors]
    assert len(inventors) > 1
    world.write(lambda session: world.service(BibliographyService).take_in(session, found, by=THE_EXCHANGE))
    place = right_of(world, owner, PATENT)
    mine = owner.actor.organisation_name
    page = words_of(owner.get(page_of(place)).text)
    assert "Inventors by the office’s published document." in page
    for name in inventors:
        assert f"{name} is an inventor, and no assignment by this inventor is recorded." in page
    enter(owner, place, **{**ASSIGNMENT, "givers": inventors[0], "receiver": mine})
    page = words_of(owner.get(page_of(place)).text)
    assert f"{inventors[0]} is an inventor" not in page
    assert f"{inventors[1]} is an inventor" in page
    enter(owner, place, **{**ASSIGNMENT, "givers": "\n".join(inventors[1:]), "receiver": mine})
    assert "No gap is seen" in words_of(owner.get(page_of(place)).text)
    assert exported(owner, place)["holders"] == {mine: "1"}


def test_a_security_interest_is_open_until_it_is_released(world: World, owner: Person) -> None:
    place = right_of(world, owner)
    mine = owner.actor.organisation_name
    enter(owner, place, **{**ASSIGNMENT, "receiver": mine})
    loan = {"kind": "security-interest", "givers": mine, "receiver": "River Bank", "executed_on": "2021-01-01"}
    assert "The security interest of River Bank was never released." in enter(owner, place, **loan)
    entries = exported(owner, place)["entries"]
    secured = next(each["id"] for each in entries if each["content"]["kind"] == "security-interest")
    free = {"kind": "release", "givers": "River Bank", "receiver": mine, "executed_on": "2022-01-01"}
    assert "was never released" not in enter(owner, place, **free, releases=secured)


def test_joint_owners_are_told_whom_to_ask_and_a_consent_answers_it(world: World, owner: Person) -> None:
    place = right_of(world, owner)
    mine = owner.actor.organisation_name
    page = words_of(enter(owner, place, **{**ASSIGNMENT, "receiver": mine, "share": "1/2"}))
    assert "Not recorded: Ada Lovelace" in page
    assert "35 USC 262" in page
    enter(owner, place, "consent", by="Ada Lovelace", act="exclusive-licence", given_on="2024-05-01", words="yes")
    needed = exported(owner, place)["consents_needed"]
    by_act = {each["act"]: each for each in needed}
    assert by_act["exclusive-licence"]["missing"] == []
    assert by_act["non-exclusive-licence"]["rule"] == "free"
    enter(
        owner,
        place,
        "co-ownership",
        parties=f"{mine}\nAda Lovelace",
        non_exclusive_licence="all",
        exclusive_licence="",
        assign_share="",
    )
    by_act = {each["act"]: each for each in exported(owner, place)["consents_needed"]}
    assert (by_act["non-exclusive-licence"]["rule"], by_act["non-exclusive-licence"]["source"]) == ("all", "agreement")


def test_it_can_be_taken_away_in_each_form_with_the_same_entries(world: World, owner: Person) -> None:
    place = right_of(world, owner)
    enter(
        owner, place, **{**ASSIGNMENT, "givers": "=Ada", "receiver_address": "1 High Street", "words": "hereby assigns"}
    )
    table = owner.get(f"{page_of(place)}/export?form=csv").data.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(table))
    assert (row["executed"], row["reference"], row["rests_on"]) == ("2020-01-31", "054321/0123", "declared")
    assert not row["givers"].startswith("="), "no cell is a formula"
    paper = owner.get(f"{page_of(place)}/export?form=pdf")
    assert paper.data.startswith(b"%PDF")
    assert owner.get(f"{page_of(place)}/export?form=docx").status_code == 404


def test_the_cover_sheet_has_its_seven_items(world: World, owner: Person) -> None:
    place = right_of(world, owner)
    enter(
        owner,
        place,
        **{**ASSIGNMENT, "givers": "Ada Lovelace\nBob Noyce | 2020-01-05"},
        receiver_address="1 High Street",
        words="hereby assigns",
        correspondent="Carol, 2 Low Road",
    )
    (entry,) = exported(owner, place)["entries"]
    sheet = json.loads(owner.get(f"{page_of(place)}/entries/{entry['id']}/cover-sheet.json").data)
    assert sheet["1_conveying"] == ["Ada Lovelace", "Bob Noyce"]
    assert sheet["2_receiving"] == {"name": "Institute", "address": "1 High Street"}
    assert sheet["3_interest"]["description"] == "hereby assigns"
    assert sheet["4_identification"]["office"] == "US"
    assert sheet["5_correspondence"] == "Carol, 2 Low Road"
    assert [each["on"] for each in sheet["6_executed"]] == ["2020-01-31", "2020-01-05"]
    assert sheet["7_signature"] is None
    assert owner.get(f"{page_of(place)}/entries/nothing/cover-sheet.json").status_code == 404


# ── records that compete ─────────────────────────────────────────────────────────────────────────


def test_two_technologies_with_one_number_see_each_other_and_nothing_that_is_secret(
    world: World, owner: Person
) -> None:
    said = number()
    published = RightDraft(kind=RightKind.PATENT, title="A", office="US", number=said, granted_on=date(2015, 1, 6))
    rival = world.organisation("Rival")
    mine, theirs = right_of(world, owner, published), right_of(world, rival, published)
    for person, place, other in ((owner, mine, rival), (rival, theirs, owner)):
        page = owner.get(page_of(place)).text if person is owner else rival.get(page_of(place)).text
        assert "a technology that is not listed" in words_of(page)
        assert other.actor.organisation_name not in page
    listed = world.listing(rival, theirs[0])
    assert "Another listing states the same number" not in rival.get(f"/listings/{listed.id}").text
    page = owner.get(page_of(mine)).text
    assert rival.actor.organisation_name in page
    contested = re.search(rf'href="([^"]*contest[^"]*{theirs[1]}[^"]*)"', page)
    assert contested is not None
    assert owner.get(contested[1]).status_code == 200
    assert owner.actor.organisation_name not in rival.get(page_of(theirs)).text


def test_two_listings_of_one_number_name_each_other_to_everybody(world: World, owner: Person) -> None:
    stated = RightDraft(kind=RightKind.PATENT, title="A", office="US", number=number(), granted_on=date(2015, 1, 6))
    rival = world.organisation("Rival")
    mine, theirs = (world.listing(person, right_of(world, person, stated)[0]) for person in (owner, rival))
    anybody = world.app.test_client()
    for listing, other in ((mine, theirs), (theirs, mine)):
        page = anybody.get(f"/listings/{listing.id}").text
        assert "Another listing states the same number" in page
        assert f"/listings/{other.id}" in page


def test_an_unpublished_number_competes_with_nothing(world: World, owner: Person) -> None:
    said = number()
    secret = RightDraft(kind=RightKind.APPLICATION, title="A", office="US", number=said)
    rival = world.organisation("Rival")
    mine, theirs = right_of(world, owner, secret), right_of(world, rival, secret)
    public = right_of(
        world,
        world.organisation("Third"),
        RightDraft(kind=RightKind.APPLICATION, title="A", office="US", number=said, published_on=date(2015, 1, 6)),
    )
    assert public
    for person, place in ((owner, mine), (rival, theirs)):
        assert "Stated twice" not in person.get(page_of(place)).text


# ── who may look ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["", "/export?form=json", "/add/conveyance"])
def test_strangers_find_nothing_and_colleagues_without_the_role_are_refused(
    world: World, owner: Person, path: str
) -> None:
    place = right_of(world, owner)
    stranger = world.organisation("Stranger")
    assert stranger.get(page_of(place) + path).status_code == 404
    assert world.colleague(owner, Role.RESEARCHER).get(page_of(place) + path).status_code == 403
    assert world.colleague(owner, Role.LAB_ADMINISTRATOR).get(page_of(place) + path).status_code == 200
    assert world.app.test_client().get(page_of(place) + path).status_code in (302, 401)


def test_a_stranger_enters_nothing(world: World, owner: Person) -> None:
    place = right_of(world, owner)
    stranger = world.organisation("Stranger")
    assert stranger.post(f"{page_of(place)}/add/conveyance", ASSIGNMENT).status_code == 404
    researcher = world.colleague(owner, Role.RESEARCHER)
    assert researcher.post(f"{page_of(place)}/add/conveyance", ASSIGNMENT).status_code == 403
    assert exported(owner, place)["entries"] == []
