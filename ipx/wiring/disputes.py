"""Contests and the life of licences, built from their lower neighbours. Holds no logic."""

from typing import Any

from ipx.catalogue.contested import ContestedListings
from ipx.catalogue.service import CatalogueService
from ipx.contests.rules import Subject
from ipx.contests.service import ContestService
from ipx.life.service import LifeService
from ipx.notices.service import NoticeService
from ipx.technologies.service import TechnologyService
from ipx.vault.service import VaultService
from ipx.wiring.base import Base


def build_contests(
    base: Base,
    vault: VaultService,
    notices: NoticeService,
    catalogue: CatalogueService,
    technologies: TechnologyService,
) -> ContestService:
    """Build contests, and say who finds what can be contested."""
    contests = ContestService(**base.common, events=base.events, vault=vault, notices=notices)
    found = ContestedListings(catalogue=catalogue, technologies=technologies)
    contests.add(Subject.LISTING, found.listing)
    contests.add(Subject.RIGHT, found.right)
    return contests


def build_life(base: Base, rooms: dict[str, Any], notices: NoticeService, contests: ContestService) -> LifeService:
    """Build the life of licences; ``rooms``: by name, those that it stands on."""
    wanted = ("accounts", "chain", "licences", "technologies", "vault", "wallets")
    below = {name: rooms[name] for name in wanted}
    return LifeService(**base.common, **below, contests=contests, notices=notices, public_url=base.settings.public_url)
