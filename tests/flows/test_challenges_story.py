"""A challenge from the call to the licence, by pages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ipx.challenges.models import ChallengeRow, EntryRow
from ipx.challenges.rules import Scenario, State
from ipx.deals.rules import AgreementState
from tests.adapters.stripe_payer import pay
from tests.challenge_world import ChallengeWorld
from tests.deal_steps import press_sign
from tests.pages import Person, hidden, token_of, words_of

PROPOSAL = "The dispatch is solved in seconds, tested on the feeders of two towns through a winter."


def send(person: Person, path: str, page: str, **data: object):
    """Press a button of a page."""
    answer = person.client.post(path, data={"csrf_token": token_of(person.get(page).text), **data})
    assert answer.status_code in (302, 303), words_of(answer.text)
    return answer.headers["Location"]


def drafted_by_page(city: Person, world, title: str, scenario: Scenario) -> str:
    """Fill the form of a call, with a new need, and return the address of the call."""
    shown = city.get("/challenges/new").text
    deadline = (world.clock.now() + timedelta(days=3)).strftime("%Y-%m-%d %H:%M")
    data = {
        "csrf_token": token_of(shown),
        "title": title,
        "text": f"The city seeks an answer for {title}, and shows here what it must do.",
        "scenario": str(scenario),
        "new_need_title": f"Need of {title}",
        "new_need_text": "What runs today is too slow when clouds pass over the town.",
        "deadline": deadline,
        "zone": "UTC",
        "criterion_1": "Fit",
        "weight_1": "60",
        "criterion_2": "Cost",
        "weight_2": "40",
        "criterion_3": "",
        "weight_3": "",
        "ownership": "entrant",
        "confidential_months": "24",
        "award": "licence",
        "exclusivity": "non-exclusive",
        "months": "36",
        "upfront": "12,500",
        "currency": "EUR",
        "governing_law": "Germany",
    }
    answer = city.client.post("/challenges/new", data=data)
    assert answer.status_code == 302, words_of(answer.text)
    return answer.headers["Location"].removesuffix("/organise")


def entered_by_page(entrant: Person, call: str, technology_id: str, title: str) -> str:
    """Accept the terms, choose the technology, write and submit; return the address of the entry."""
    page = f"{call}/enter"
    seen = hidden(entrant.get(page).text, "seen")
    send(entrant, f"{call}/terms", page, seen=seen, accepted="y")
    entry = send(entrant, page, page, technology=technology_id)
    send(entrant, entry, entry, title=title, text=PROPOSAL, then="submit")
    return entry


def scored_by_page(judge: Person, call: str, entry: str, *scores: int) -> None:
    """Declare, then score."""
    page = f"{call}/evaluate"
    if "First say with whom you have ties" in words_of(judge.get(page).text):
        send(judge, page, page, ties="", confirmed="y")
    send(judge, f"{entry}/conflict", page, conflict="none")
    send(judge, f"{entry}/score", f"{entry}/score", **{f"score_{n}": str(one) for n, one in enumerate(scores)})


@pytest.mark.parametrize("scenario", list(Scenario))
def test_each_scenario_is_played_from_the_call_to_the_licence(world, scenario):
    city, winner, other = (world.organisation(name) for name in ("City", "Winner", "Other"))
    judge = world.organisation("University")
    call = drafted_by_page(city, world, f"the scenario {scenario}", scenario)
    assert world.app.test_client().get(call).status_code == 404  # a draft is the organiser's alone
    send(city, f"{call}/open", f"{call}/organise")
    assert f"the scenario {scenario}" in world.app.test_client().get("/challenges").text
    assert f"Need of the scenario {scenario}" in world.app.test_client().get(call).text
    entries = [
        entered_by_page(person, call, str(world.listing(person).technology_id), title)
        for person, title in ((winner, "Better by far"), (other, "Nearly as good"))
    ]
    send(city, f"{call}/evaluators", f"{call}/organise", email=judge.email)
    link = world.link_to(judge.email, "challenges/invitations")
    send(judge, link, link)
    run = ChallengeWorld(world, city, call.rpartition("/")[2])
    run.pass_deadline()
    send(city, f"{call}/evaluation", f"{call}/organise")
    for entry, score in zip(entries, (9, 5), strict=True):
        scored_by_page(judge, call, entry, score, score)
    ids = [entry.rpartition("/")[2] for entry in entries]
    send(city, f"{call}/shortlist", f"{call}/organise", entries=ids)
    reasons = {f"reason_{one}": "The panel weighed fit and cost, as the call says." for one in ids}
    send(city, f"{call}/award", f"{call}/organise", awarded=ids[0], **reasons)
    assert "The panel weighed fit and cost" in words_of(other.get(entries[1]).text)
    assert "Not chosen" in words_of(other.get(entries[1]).text)
    offer = f"/deals/offers/{world.row(EntryRow, ids[0]).offer_id}"
    assert "EUR 12,500.00" in words_of(winner.get(offer).text)  # the pre-agreed terms, not those of the listing
    agreement = winner.post(f"{offer}/accept").headers["Location"]
    for person in (winner, city):
        press_sign(person, agreement.rpartition("/")[2])
    pay(city.post(f"{agreement}/pay").headers["Location"])
    world.until(lambda: city.json(agreement)["state"] == AgreementState.ACTIVE)
    assert "In force since" in words_of(city.get(f"/licences/{city.json(agreement)['licence']}").text)
    assert world.row(ChallengeRow, run.challenge_id).state == State.AWARDED
    assert winner.actor.organisation_name in words_of(world.app.test_client().get(call).text)
