"""The vectors of docs/spec/licence-life.md: what each story leaves, what follows next, and what each side may do."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ipx.core.errors import Conflict, Forbidden
from ipx.deals.rules import Side
from ipx.licences.terms_v2.versions import read_any
from ipx.life.acts import moves_of
from ipx.life.folding import due_steps
from ipx.life.rules import Ground, Kind, Outcome, Proposal, Standing
from tests.life_player import Player

VECTORS = json.loads((Path(__file__).resolve().parents[2] / "docs/spec/vectors/licence_life.json").read_text())
REFUSALS: dict[str, type[Exception]] = {"conflict": Conflict, "forbidden": Forbidden}


def played(case: dict[str, Any]) -> Player:
    """Play a story; an act that the table refuses must be refused as the story says."""
    player = Player(read_any(VECTORS["terms"][case["terms"]]))
    assert player.now == datetime.fromisoformat(VECTORS["began"])
    for part in case["story"]:
        player.now = datetime.fromisoformat(part["at"])
        player.catch_up()
        if "act" in part:
            take(player, part)
        elif "contest_ended" in part:
            player.end_contest(player.steps[part["answers"]].id, Outcome(part["contest_ended"]))
    player.catch_up()
    return player


def take(player: Player, part: dict[str, Any]) -> None:
    """Take an act, or see it refused."""
    values: dict[str, Any] = {}
    if "answers" in part:
        values["answers"] = player.steps[part["answers"]].id
    if "ground" in part:
        values["ground"] = Ground(part["ground"])
    if "proposal" in part:
        values["proposal"] = Proposal(part["proposal"])
    if "duty" in part:
        values["duty"] = part["duty"]
    kind, side = Kind(part["act"]), Side(part["by"])
    if "refused" in part:
        with pytest.raises(REFUSALS[part["refused"]]):
            player.act(kind, side, **values)
        return
    player.act(kind, side, **values)


def told(player: Player) -> dict[str, Any]:
    """Return what a story leaves, as the vectors spell it."""
    life, numbers = player.life, {step.id: number for number, step in enumerate(player.steps)}
    return {
        "steps": [[step.kind, str(step.side) if step.side else None, step.at.isoformat()] for step in player.steps],
        "standing": life.standing,
        "converted": life.is_converted,
        "end": life.end.isoformat() if life.end else None,
        "contested": sorted(numbers[name] for name in life.contested),
        "next": [[due.kind, due.at.isoformat()] for due in due_steps(life, player.terms)],
        "may": {str(side): may(player, side, numbers) for side in Side},
    }


def may(player: Player, side: Side, numbers: dict[str, int]) -> list[str]:
    moves = moves_of(player.life, player.terms, side, player.now)
    single = {
        "leaving": moves.may_leave,
        "surrendered": moves.may_surrender,
        "handed-on": moves.may_hand_on,
        "renewed": moves.may_renew,
        "not-renewed": moves.may_refuse_renewal,
    }
    return [
        *(f"notice {ground}" for ground in moves.grounds),
        *(f"proposed {what}" for what in moves.proposals),
        *(name for name, is_open in single.items() if is_open),
        *(f"{kind} to {numbers[name]}" for name, kinds in moves.answers.items() for kind in kinds),
    ]


@pytest.mark.parametrize("case", VECTORS["stories"], ids=lambda case: case["name"])
def test_the_vectors(case: dict[str, Any]) -> None:
    assert told(played(case)) == case["leaves"]


def test_the_vectors_reach_every_kind_of_step_and_every_state() -> None:
    stories = VECTORS["stories"]
    assert {step[0] for case in stories for step in case["leaves"]["steps"]} == set(Kind)
    assert {case["leaves"]["standing"] for case in stories} == set(Standing)
    assert {part["refused"] for case in stories for part in case["story"] if "refused" in part} == set(REFUSALS)
    parts = [part for case in stories for part in case["story"]]
    assert {part["ground"] for part in parts if "ground" in part} == set(Ground)
    assert {part["proposal"] for part in parts if "proposal" in part} == set(Proposal)
