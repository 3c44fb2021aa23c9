"""Chains of title and rectifications of the register, built from their lower neighbours. Holds no logic."""

from typing import Any

from ipx.technologies.office_records import OfficeRecords
from ipx.titles.rectifiers import Rectifiers
from ipx.titles.service import TitleService
from ipx.wiring.base import Base


def build_titles(base: Base, rooms: dict[str, Any], office_records: OfficeRecords) -> TitleService:
    """Build chains of title; ``rooms``: by name, those that they stand on."""
    wanted = ("accounts", "chain", "evidence", "vault", "technologies", "inventions")
    titles = TitleService(
        **base.common,
        **{name: rooms[name] for name in wanted},
        office_records=office_records,
        rectifiers=Rectifiers(gateway=base.outside.chain, keys=base.outside.rectifiers),
        signer=base.outside.signer,
    )
    titles.competing.ask_listed(rooms["catalogue"].is_listed)
    return titles
