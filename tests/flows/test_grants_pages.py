"""Agreements made elsewhere, what is left, and what people decide: declared, compared, shown, recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ipx.accounts.rules import Role
from ipx.catalogue.records import Listing
from ipx.core.errors import Conflict
from ipx.deals.records import Offer
from ipx.licences.rules import Exclusivity
from ipx.licences.service import LicenceService
from tests.deal_steps import accept_nda, follow, make_offer
from tests.pages import Person, token_of, words_of
from tests.world import World

FORM: dict[str, Any] = {
    "kind": "licence",
    "holder": "Northern Cells AS",
    "exclusivity": "exclusive",
    "acts": ["make", "use", "sell"],
    "codes": "cpc:H01M 10/0525",
    "territory": "EEA; -NO",
    "start": "2024-03-01",
    "end": "last-to-expire",
}


@pytest.fixture(scope="module")
def taker(world: World) -> Person:
    return world.organisation("Company")


def declare(owner: Person, technology_id: str, **changes: Any) -> Any:
    path = f"/technologies/{technology_id}/grants/new"
    token = token_of(owner.get(path).text)
    return owner.client.post(path, data={**FORM, **changes, "csrf_token": token})


def technology_of(listing: Listing | Offer) -> str:
    assert listing.technology_id is not None
    return listing.technology_id


def accepted(owner: Person, offer: Offer) -> str:
    return follow(owner, owner.post(f"/deals/offers/{offer.id}/accept"))


def test_a_declared_exclusive_licence_stands_in_the_way_and_shows(world: World, owner: Person, taker: Person) -> None:
    listing = world.listing(owner, territory=("DE", "NO"))
    technology_id = technology_of(listing)
    page = follow(owner, declare(owner, technology_id))
    assert "Northern Cells AS" in page
    assert "until the last licensed patent expires" in page
    assert "licence:declared:added" in world.actions(technology_id)
    assert "1 agreement made elsewhere is declared" in words_of(
        owner.get(f"/technologies/{technology_id}/grants/part").text
    )

    shown = words_of(taker.get(f"/listings/{listing.id}").text)
    assert "Exactly these terms cannot be granted any more" in shown
    assert "Northern Cells" not in shown
    accept_nda(taker, listing)
    refused = words_of(make_offer(taker, listing).text)
    assert "stands in the way" in refused
    assert "Northern" not in refused

    entry = world.read(lambda s: world.service(LicenceService).declarations.entries_on(s, technology_id=technology_id))
    ended = follow(owner, owner.post(f"/technologies/{technology_id}/grants/{entry[0].id}/end"))
    assert "over since" in ended
    assert "licence:declared:ended" in world.actions(technology_id)
    assert make_offer(taker, listing).status_code == 302


def test_free_says_on_whose_word(world: World, owner: Person) -> None:
    listing = world.listing(owner, territory=("US",))
    path = f"/technologies/{technology_of(listing)}/grants"
    assert "agreements made elsewhere were not declared" in words_of(owner.get(f"/listings/{listing.id}").text)
    follow(owner, declare(owner, technology_of(listing)))
    stated = follow(owner, owner.post(f"{path}/statement"))
    assert f"Free as declared by {owner.actor.organisation_name}" in stated
    assert f"Free as declared by {owner.actor.organisation_name}" in words_of(owner.get(f"/listings/{listing.id}").text)


def test_what_is_undecided_needs_the_recorded_decision_of_a_named_person(
    world: World, owner: Person, taker: Person
) -> None:
    listing = world.listing(owner)  # CPC H01M
    technology_id = technology_of(listing)
    follow(owner, declare(owner, technology_id, codes="nace:27.20", territory="worldwide"))
    offer = world.offer(taker, listing)
    page = f"/deals/offers/{offer.id}"
    assert "leave open" in accepted(owner, offer)
    shown = words_of(owner.get(page).text)
    assert "the fields of use are worded differently" in shown
    assert "worded differently" not in words_of(taker.get(page).text)

    assert "Write what you weighed" in follow(owner, owner.post(f"{page}/decide", {"reason": " "}))
    assert taker.post(f"{page}/decide", {"reason": "It is fine."}).status_code == 403
    decided = follow(owner, owner.post(f"{page}/decide", {"reason": "Class 27.20 was meant for primary cells only."}))
    assert f"Decided by {owner.actor.name}" in decided
    assert "licence:conflict:decided" in world.actions(technology_id)
    assert "primary cells" in words_of(owner.get(f"/technologies/{technology_id}/grants").text)

    # What was decided covers what was weighed: another grant that leaves it open needs its own decision.
    follow(owner, declare(owner, technology_id, codes="nace:28", territory="worldwide"))
    assert "leave open" in accepted(owner, offer)
    follow(owner, owner.post(f"{page}/decide", {"reason": "Machines are another field."}))
    assert "leave open" not in accepted(owner, offer)
    assert world.read(lambda s: world.deals.offers.offer(s, actor=owner.actor, offer_id=offer.id)).agreement_id


def test_a_clear_conflict_cannot_be_decided_away(world: World, owner: Person, taker: Person) -> None:
    listing = world.listing(owner, exclusivity=Exclusivity.EXCLUSIVE)
    offer = world.offer(taker, listing)
    follow(owner, declare(owner, technology_of(listing), exclusivity="non-exclusive", territory="worldwide"))
    book = world.service(LicenceService).book

    def decide(session: Any) -> Any:
        return book.decide(
            session, actor=owner.actor, technology_id=technology_of(listing), terms=offer.terms, reason="We want it."
        )

    with pytest.raises(Conflict, match="nothing to decide"):
        world.write(decide)
    assert "stands in the way" in accepted(owner, offer)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"codes": "cpc:battery"}, "not a CPC or IPC symbol"),
        ({"territory": "EEA; XX"}, "no country of ISO 3166-1"),
        ({"end": "2020-01-01"}, "lies before the start"),
        ({"end": "soon"}, "write a day"),
        ({"exclusivity": "co-exclusive"}, "how many licensees"),
        ({"acts": []}, "at least 1"),
        ({"start": ""}, "from which day"),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field_and_nothing_is_lost(
    world: World, owner: Person, listing: Listing, changes: dict[str, Any], words: str
) -> None:
    answer = declare(owner, technology_of(listing), **changes)
    assert answer.status_code == 422
    assert words.lower() in words_of(answer.text).lower()
    assert "Northern Cells AS" in answer.text


def test_only_the_owner_sees_its_grants_and_only_deciders_declare(
    world: World, owner: Person, taker: Person, listing: Listing
) -> None:
    place = f"/technologies/{technology_of(listing)}/grants"
    assert taker.get(place).status_code == 404
    assert taker.get(f"{place}/new").status_code == 404
    researcher = world.colleague(owner, Role.RESEARCHER)
    assert researcher.get(place).status_code == 403
    administrator = world.colleague(owner, Role.LAB_ADMINISTRATOR)
    assert administrator.get(place).status_code == 200
    assert administrator.get(f"{place}/new").status_code == 403
    assert administrator.post(f"{place}/statement").status_code == 403


def test_agreements_come_in_from_a_table_row_by_row(world: World, owner: Person, tmp_path: Path) -> None:
    from ipx.licences.agreement_rows import rows_of

    technology_id = technology_of(world.listing(owner))
    table = tmp_path / "agreements.csv"
    head = "technology,kind,holder,exclusivity,acts,codes,territory,start,end\n"
    good = f'{technology_id},option,"Cells, Inc.",exclusive,make; sell,cpc:H01M,US; CA,2024-01-01,2030-12-31\n'
    bad = f"{technology_id},option,Pumps,exclusive,make,cpc:H01M,QQ,2024-01-01,2030-12-31\n"
    table.write_text(head + good + bad)
    declarations = world.service(LicenceService).declarations
    rows = list(rows_of(table.read_text()))
    assert [row.line for row in rows] == [2, 3]
    from ipx.audit.service import THE_EXCHANGE

    def take(session: Any) -> tuple[str, bool]:
        return declarations.take_in(session, technology_id=technology_id, draft=rows[0].draft(), by=THE_EXCHANGE)

    first, again = world.write(take), world.write(take)
    assert (first[1], again) == (True, (first[0], False))
    (entry,) = world.read(lambda s: declarations.entries_on(s, technology_id=technology_id))
    assert entry.holder == "Cells, Inc."
    with pytest.raises(Exception, match="QQ") as refused:
        rows[1].draft()
    assert refused.value.field == "territory"  # type: ignore[attr-defined]
