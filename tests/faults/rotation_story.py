"""A story for killing.py: an organisation gets a new key, then the root key is replaced, page by small page.

Whatever the moment of death (K18): every wrapped value opens under exactly one of its organisation's keys, every
organisation's key opens, the exchange's people read on, and the same command goes on to the end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from ipx.accounts.models import OldKeyRow, OrganisationRow, RotationRow
from ipx.accounts.service import KeyRotations
from ipx.core.wrapped_keys import generation_of, root_of
from ipx.embedded import prepare
from ipx.outside import embedded_chain, root_key_file
from ipx.settings import Settings
from ipx.wiring import Exchange
from tests.backups import opened
from tests.faults import inspection
from tests.faults.killing import Report
from tests.key_steps import readable_states, rotations_of, secrets_of, to_the_end
from tests.world import World

PAGE = 3  # a rotation of seven values has several


class RotationStory:
    """Two organisations with some documents; each play rotates the first one's key, and the root key."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def prepare(self) -> dict[str, Any]:
        prepare(self._settings, embedded_chain(self._settings))
        with opened(self._settings) as exchange, World(exchange, works=False) as world:
            owner, other = world.organisation(), world.organisation("Other")
            technology = world.technology(owner)
            world.deposit(owner, technology)
            found = {person.organisation_id: _hex(exchange, person.organisation_id) for person in (owner, other)}
        return {"organisation": owner.organisation_id, "secrets": found}

    def play(self, stage: dict[str, Any], number: int, begin: Callable[[], None], report: Report) -> None:
        with opened(self._settings) as exchange:
            begin()
            self._rotate(exchange, stage, report)

    def resume(self, stage: dict[str, Any], number: int, reported: dict[str, Any]) -> None:
        with opened(self._settings) as exchange:
            self._check_readable(exchange, stage)
            self._rotate(exchange, stage, lambda facts: None)
            self._check_readable(exchange, stage)
            self._check_over(exchange, stage)

    def check(self, stage: dict[str, Any]) -> None:
        with opened(self._settings) as exchange:
            self._check_readable(exchange, stage)
            self._check_over(exchange, stage)
            inspection.check(exchange, settled=False)

    def _rotate(self, exchange: Exchange, stage: dict[str, Any], report: Report) -> None:
        """As ``ipx vault rotate`` does, with smaller pages."""
        rotations, file = _with_small_pages(exchange), root_key_file(self._settings)
        with exchange.database.write() as session:
            begun = rotations.begin_organisation(session, organisation_id=stage["organisation"])
        to_the_end(rotations, begun)
        report({"organisation": True})
        assert file is not None
        file.renew()
        with exchange.database.write() as session:
            moved = rotations.begin_root(session)
        if moved is not None:
            to_the_end(rotations, moved)
        file.forget_old()
        report({"root": True})

    def _check_readable(self, exchange: Exchange, stage: dict[str, Any]) -> None:
        for organisation_id, secrets in stage["secrets"].items():
            assert set(readable_states(exchange, organisation_id).values()) == {1}
            assert _hex(exchange, organisation_id) == secrets

    def _check_over(self, exchange: Exchange, stage: dict[str, Any]) -> None:
        present = bytes.fromhex(exchange.outside.keys.root_key())
        with exchange.database.read() as session:
            assert session.scalars(select(OldKeyRow)).all() == []
            assert session.scalars(select(RotationRow).where(RotationRow.open_key.is_not(None))).all() == []
            rows = session.scalars(select(OrganisationRow)).all()
            assert {root_of(row.wrapped_key) for row in rows} == {present}
            generations = {row.id: generation_of(row.wrapped_key) for row in rows}
        assert generations.pop(stage["organisation"]) > 1
        assert set(generations.values()) == {1}
        assert [path.name for path in (self._settings.data_dir / "keys").glob("root*")] == ["root.key"]


def _with_small_pages(exchange: Exchange) -> KeyRotations:
    usual = rotations_of(exchange)
    small = KeyRotations(
        database=exchange.database,
        durable=exchange.durable,
        keys=exchange.outside.keys,
        audit=usual._audit,
        clock=exchange.outside.clock,
        entropy=exchange.outside.entropy,
        mover="a command",
        page=PAGE,
    )
    small.add(*usual.columns)
    return small


def _hex(exchange: Exchange, organisation_id: str) -> dict[str, str]:
    return {" ".join(place): secret.hex() for place, secret in secrets_of(exchange, organisation_id).items()}


STORY = RotationStory
