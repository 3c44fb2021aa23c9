"""Who sees what of a challenge, in every state; and what never leaks."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

import pytest

from ipx.accounts.rules import Role
from ipx.challenges.rules import State
from tests.challenge_world import SECRET, ChallengeWorld
from tests.pages import Person, words_of

TITLE = "Dispatch that only this call seeks"
STATES = (State.DRAFT, State.OPEN, State.CLOSED, State.EVALUATING, State.SHORTLISTED, State.AWARDED)
ASKING = (
    "stranger",
    "other",
    "city",
    "city clerk",
    "entrant",
    "entrant clerk",
    "rival",
    "judge",
    "tied judge",
    "former",
)


@dataclass
class Scene:
    """A challenge in one state, and everybody who might ask about it."""

    run: ChallengeWorld
    people: dict[str, Person]  # all but the stranger
    title: str
    entry: str
    state: State = State.DRAFT

    def get(self, who: str, path: str):
        client = self.run.world.app.test_client() if who == "stranger" else self.people[who].client
        return client.get(path)

    def advance(self) -> None:
        """Go to the next state."""
        run, judges = self.run, (self.people["judge"], self.people["tied judge"])
        match self.state:
            case State.DRAFT:
                run.write(run.service.calls.open, actor=run.city.actor, challenge_id=run.challenge_id)
                self._enter()
            case State.OPEN:
                run.pass_deadline()
            case State.CLOSED:
                run.write(run.service.evaluation.begin, actor=run.city.actor, challenge_id=run.challenge_id)
                for judge, in_conflict in zip(judges, (False, True), strict=True):
                    run.declare(judge, self.entry, in_conflict=in_conflict)
                run.score(judges[0], self.entry, 7, 7)
            case State.EVALUATING:
                run.shortlist(self.entry)
            case _:
                run.award(self.entry)
        self.state = STATES[STATES.index(self.state) + 1]

    def _enter(self) -> None:
        run, former = self.run, self.people["former"]
        self.entry = run.entered(self.people["entrant"])
        run.begun(self.people["rival"], str(run.world.listing(self.people["rival"]).technology_id))  # a draft
        for judge in ("judge", "tied judge", "former"):
            run.joined(self.people[judge])
        gone = {"actor": run.city.actor, "challenge_id": run.challenge_id}
        run.write(run.service.panel.remove, **gone, evaluator_id=run.evaluator_row(former).id)


@pytest.fixture(scope="module")
def scenes(world):
    """The same challenge, looked at in every state: what each address answered to each who asked."""
    alone = [who for who in ASKING if who != "stranger" and "clerk" not in who]
    people = {who: world.organisation(who.title()) for who in alone}
    people["city clerk"] = world.colleague(people["city"], Role.RESEARCHER)
    people["entrant clerk"] = world.colleague(people["entrant"], Role.LAB_ADMINISTRATOR)
    title = f"{TITLE} {uuid.uuid4().hex}"  # set twice in a world when its tests are not run in one go
    scene = Scene(ChallengeWorld(world, people["city"]).drafted(title=title), people, title, entry="none")
    answers = {}
    for state in STATES:
        assert scene.state is state
        for who in ASKING:
            for name, path in addresses(scene).items():
                answer = scene.get(who, path)
                answers[state, who, name] = (answer.status_code, answer.text)
        if state is not State.AWARDED:
            scene.advance()
    return scene, answers


def addresses(scene: Scene) -> dict[str, str]:
    call, entry = f"/challenges/{scene.run.challenge_id}", f"/challenges/entries/{scene.entry}"
    return {
        "call": call,
        "organise": f"{call}/organise",
        "write": f"{call}/write",
        "evaluate": f"{call}/evaluate",
        "list": "/challenges",
        "entry": entry,
        "record": f"{entry}/record.json",
        "bundle": f"{entry}/bundle",
        "read": f"{entry}/read",
        "score": f"{entry}/score",
    }


READERS = {
    State.DRAFT: set(),
    State.OPEN: {("entrant", "entry"), ("entrant", "record")},
    State.CLOSED: {("entrant", "entry"), ("entrant", "record")},
    State.EVALUATING: {("entrant", "entry"), ("entrant", "record"), ("city", "read"), ("judge", "score")},
    State.SHORTLISTED: {("entrant", "entry"), ("entrant", "record"), ("city", "read")},
    State.AWARDED: {("entrant", "entry"), ("entrant", "record"), ("city", "read")},
}


@pytest.mark.parametrize("state", STATES)
def test_the_text_of_an_entry_is_read_by_these_alone(scenes, state):
    _, answers = scenes
    reading = {(who, name) for (at, who, name), (_, text) in answers.items() if at is state and SECRET in text}
    assert reading == READERS[state]


@pytest.mark.parametrize("state", STATES)
def test_whose_an_entry_is_stays_hidden_until_the_shortlist(scenes, state):
    scene, answers = scenes
    name = scene.people["entrant"].actor.organisation_name
    knowing = {who for (at, who, _), (_, text) in answers.items() if at is state and name in text}
    own = {"entrant", "entrant clerk"}  # their own name stands at the top of every page
    if state is State.AWARDED:
        assert knowing == set(ASKING)  # the winner's name is public
    elif state is State.SHORTLISTED:
        assert knowing == {*own, "city"}
    else:
        assert knowing == own


@pytest.mark.parametrize("state", STATES)
def test_the_call_is_public_from_its_opening_on(scenes, state):
    scene, answers = scenes
    seeing = {who for who in ASKING if answers[state, who, "call"][0] == 200}
    assert seeing == ({"city", "city clerk"} if state is State.DRAFT else set(ASKING))
    listing = {who for who in ASKING if scene.title in answers[state, who, "list"][1]}
    assert listing == ({"city", "city clerk"} if state is State.DRAFT else set(ASKING))


@pytest.mark.parametrize("state", STATES)
def test_only_the_organiser_organises_and_only_the_panel_evaluates(scenes, state):
    _, answers = scenes
    assert {who for who in ASKING if answers[state, who, "organise"][0] == 200} == {"city"}
    panel = set() if state is State.DRAFT else {"judge", "tied judge"}
    assert {who for who in ASKING if answers[state, who, "evaluate"][0] == 200} == panel


def test_nothing_falls_over(scenes):
    _, answers = scenes
    assert not [key for key, (status, _) in answers.items() if status >= 500]


@pytest.mark.parametrize("path", ["open", "cancel", "evaluation", "evaluators", "shortlist", "award"])
@pytest.mark.parametrize("who", [who for who in ASKING if who != "city"])
def test_nobody_else_takes_a_step(scenes, path, who):
    scene, _ = scenes
    run, person = scene.run, scene.people.get(who)
    before = run.world.actions(run.challenge_id)
    data = {"reason": "I should like it to end here.", "email": "somebody@example.org", "entries": scene.entry}
    address = f"/challenges/{run.challenge_id}/{path}"
    answer = person.post(address, data) if person else run.world.app.test_client().post(address, data=data)
    assert answer.status_code in (400, 401, 403, 404), words_of(answer.text)
    assert run.world.actions(run.challenge_id) == before


def test_audit_lines_tell_every_step_and_no_words(scenes):
    scene, _ = scenes
    run = scene.run
    said = run.world.actions(run.challenge_id)
    steps = (
        "call:drafted",
        "call:opened",
        "terms:accepted",
        "call:closed",
        "evaluation:begun",
        "conflict:declared",
        "score:given",
        "award:decided",
    )
    assert [f"challenge:{step}" for step in steps if f"challenge:{step}" not in said] == []
    of_entry = run.world.actions(scene.entry)
    for step in (
        "draft:begun",
        "record:submitted",
        "shortlist:chosen",
        "deal:opened",
    ):
        assert f"entry:{step}" in of_entry


@pytest.mark.parametrize("state", STATES)
def test_a_page_that_waits_for_people_or_a_date_shows_no_bar_that_moves(scenes, state):
    _, answers = scenes
    moving = {(who, name) for (at, who, name), (_, text) in answers.items() if at is state and "<progress" in text}
    assert moving == set()


def test_the_deadline_is_written_as_all_dates_by_both_clocks(scenes):
    _, answers = scenes
    _, text = answers[State.OPEN, "city", "call"]
    day = r"\d{1,2} [A-Z][a-z]+ \d{4}, \d\d:\d\d"
    assert re.search(rf"{day} UTC \(by the clock of Europe/Berlin: {day}\)", words_of(text))
