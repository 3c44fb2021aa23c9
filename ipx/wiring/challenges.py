"""Challenges, built from their lower neighbours. Holds no logic."""

from collections.abc import Mapping
from typing import Any

from ipx.challenges.awards import Awards
from ipx.challenges.calls import Calls
from ipx.challenges.entries import Entries
from ipx.challenges.evaluation import Evaluation
from ipx.challenges.licensing import Licensing, reservations
from ipx.challenges.options import Options
from ipx.challenges.panel import Panel
from ipx.challenges.service import ChallengeService
from ipx.challenges.shelf import Shelf
from ipx.notices.service import NoticeService
from ipx.wiring.base import Base


def build_challenges(base: Base, *, notices: NoticeService, rooms: Mapping[str, Any]) -> ChallengeService:
    """Return the door to challenges; ``rooms``: the services of rooms to their left, by the rooms' names."""
    catalogue, technologies = rooms["catalogue"], rooms["technologies"]
    shelf = Shelf(
        **base.common,
        accounts=rooms["accounts"],
        catalogue=catalogue,
        notices=notices,
        public_url=base.settings.public_url,
    )
    evaluation = Evaluation(shelf=shelf, technologies=technologies)
    licensing = Licensing(catalogue=catalogue, deals=rooms["deals"], licences=rooms["licences"])
    rooms["licences"].book.add(reservations)
    return ChallengeService(
        database=base.database,
        calls=Calls(shelf=shelf, catalogue=catalogue),
        entries=Entries(
            shelf=shelf,
            catalogue=catalogue,
            technologies=technologies,
            evidence=rooms["evidence"],
            licensing=licensing,
        ),
        panel=Panel(shelf=shelf),
        evaluation=evaluation,
        options=Options(shelf=shelf),
        awards=Awards(shelf=shelf, evaluation=evaluation, licensing=licensing),
    )
