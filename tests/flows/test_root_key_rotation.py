"""Rotation of the root key: by the command in a process of its own, beside an exchange that runs, and with two keys."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ipx.accounts.models import OrganisationRow
from ipx.core.errors import Conflict, Unavailable
from ipx.core.wrapped_keys import root_of
from ipx.doctor import examine
from ipx.outside import root_key_file
from ipx.settings import Settings
from ipx.wiring import Exchange
from tests.backups import back_up, opened, restore
from tests.exchanges import running_exchange
from tests.key_steps import accounts_of, rotate, rotations_of, secrets_of, to_the_end
from tests.kms_simulator import CREDENTIALS, KmsSimulator, arn
from tests.pages import words_of
from tests.world import World

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_exchange(tmp_path_factory.mktemp("root")) as exchange, World(exchange, works=False) as world:
        yield world


def command(exchange: Exchange, *words: str) -> str:
    """Run ``ipx`` as the operator does; return what it says."""
    settings = exchange.settings
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("IPX_")},
        "IPX_DATA_DIR": str(settings.data_dir),
        "IPX_PORT": str(settings.port),
        "IPX_DEMO": "0",
    }
    done = subprocess.run(
        (sys.executable, "-m", "ipx.cli", *words),
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def roots(exchange: Exchange) -> set[str]:
    with exchange.database.read() as session:
        return {(root_of(key) or b"").hex() for key in session.scalars(select(OrganisationRow.wrapped_key))}


def finding(exchange: Exchange) -> str:
    return next(found.line for found in examine(exchange) if found.name == "keys")


# ── the embedded mode: the key is a file ─────────────────────────────────────────────────────────


def test_the_command_replaces_the_file_under_an_exchange_that_runs(world: World) -> None:
    person = world.organisation()
    world.technology(person, titles=False)
    before, old = secrets_of(world.exchange, person.organisation_id), world.exchange.outside.keys.root_key()
    assert roots(world.exchange) == {old}

    said = command(world.exchange, "vault", "rotate", "--root")

    new = world.exchange.outside.keys.root_key()
    assert new != old
    assert f"Wrapped by the root key {new}" in said
    assert roots(world.exchange) == {new}
    assert [path.name for path in (world.exchange.settings.data_dir / "keys").glob("*root*")] == ["root.key"]
    assert secrets_of(world.exchange, person.organisation_id) == before
    later = world.organisation("Later")  # signs up with the new key, in the process that ran on
    assert secrets_of(world.exchange, later.organisation_id)
    assert roots(world.exchange) == {new}
    assert new in finding(world.exchange)


def test_the_command_rotates_an_organisation_with_progress(world: World) -> None:
    person = world.organisation()
    world.technology(person, titles=False)
    before = secrets_of(world.exchange, person.organisation_id)
    said = command(world.exchange, "vault", "rotate", "--organisation", person.organisation_id)
    assert f"{len(before)} of {len(before)} wrapped anew" in said
    assert secrets_of(world.exchange, person.organisation_id) == before


@pytest.mark.parametrize("words", [(), ("--root", "--organisation", "x")])
def test_the_command_wants_to_know_what(world: World, words: tuple[str, ...]) -> None:
    with pytest.raises(AssertionError, match="Say what to rotate"):
        command(world.exchange, "vault", "rotate", *words)


def test_a_killed_command_goes_on_where_it_was(world: World) -> None:
    old = world.exchange.outside.keys.root_key()
    file = root_key_file(world.exchange.settings)
    assert file is not None
    file.renew()  # and no more: the command died
    new = world.exchange.outside.keys.root_key()
    assert old != new
    late = world.organisation("Between")  # the database still says the old one
    assert old in roots(world.exchange)
    assert secrets_of(world.exchange, late.organisation_id)
    command(world.exchange, "vault", "rotate", "--root")
    assert world.exchange.outside.keys.root_key() == new
    assert roots(world.exchange) == {new}


def test_an_operator_sees_it_and_nobody_else(world: World) -> None:
    person = world.organisation("Watched")
    page = "/operator/keys"
    assert person.get(page).status_code == 403
    object.__setattr__(world.exchange, "settings", replace(world.exchange.settings, operators=(person.email,)))
    rotations = rotations_of(world.exchange)
    begun = world.write(lambda s: rotations.begin_organisation(s, organisation_id=person.organisation_id))
    shown = words_of(person.get(page).text)
    assert "Key of Watched" in shown
    assert f"generation {begun.target}: 0 of {begun.total} wrapped anew" in shown
    assert rotations_under_way(person.json(page)) == [begun.id]
    to_the_end(rotations, begun)
    after = person.get(page).text
    assert "No key is being rotated." in words_of(after)
    assert world.exchange.outside.keys.root_key() in after
    assert rotations_under_way(person.json(page)) == []


def rotations_under_way(overview: Any) -> list[str]:
    return [rotation["id"] for rotation in overview["rotations"] if rotation["ended_at"] is None]


# ── the key is given by the settings ─────────────────────────────────────────────────────────────


def key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


@pytest.fixture
def given(tmp_path: Path) -> Iterator[tuple[Settings, str, str]]:
    """An exchange whose root key is a setting, with one organisation; and the next root key."""
    first, second = key(), key()
    with running_exchange(tmp_path, IPX_ROOT_KEY=first) as exchange:
        with World(exchange, works=False) as world:
            world.technology(world.organisation(), titles=False)
        yield exchange.settings, first, second


def with_keys(settings: Settings, present: str, old: str | None = None) -> Settings:
    return Settings(**{**settings.__dict__, "root_key": present, "root_key_old": old})


def organisations(exchange: Exchange) -> list[str]:
    with exchange.database.read() as session:
        return list(session.scalars(select(OrganisationRow.id)))


def an_organisation(exchange: Exchange) -> str:
    return organisations(exchange)[0]


def test_the_old_key_reads_until_everything_is_under_the_new_one(given: tuple[Settings, str, str]) -> None:
    settings, first, second = given
    with opened(with_keys(settings, first)) as exchange:
        before = secrets_of(exchange, an_organisation(exchange))
    with opened(with_keys(settings, second, first)) as exchange:
        assert secrets_of(exchange, an_organisation(exchange)) == before
        assert "ipx vault rotate --root" in finding(exchange)
        with exchange.database.write() as session:
            begun = rotations_of(exchange).begin_root(session)
        assert begun is not None
        assert to_the_end(rotations_of(exchange), begun).done == begun.total == len(organisations(exchange))
        with exchange.database.write() as session:
            assert rotations_of(exchange).begin_root(session) is None
    with opened(with_keys(settings, second)) as exchange:
        assert secrets_of(exchange, an_organisation(exchange)) == before
    with opened(with_keys(settings, first)) as exchange, pytest.raises(Unavailable, match="IPX_ROOT_KEY"):
        secrets_of(exchange, an_organisation(exchange))


def test_the_root_key_moves_into_the_cloud_and_to_another_there(
    given: tuple[Settings, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, first, _ = given
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with opened(with_keys(settings, first)) as exchange:
        before = secrets_of(exchange, an_organisation(exchange))
    with KmsSimulator() as simulator:
        in_cloud = Settings(**{**settings.__dict__, "kms_endpoint": simulator.url})
        for present, old in ((arn(1), first), (arn(2), arn(1))):
            with opened(with_keys(in_cloud, present, old)) as exchange:
                with exchange.database.write() as session:
                    begun = rotations_of(exchange).begin_root(session)
                assert begun is not None
                assert to_the_end(rotations_of(exchange), begun).done == len(organisations(exchange))
            with opened(with_keys(in_cloud, present)) as exchange:
                assert secrets_of(exchange, an_organisation(exchange)) == before
                rotate(exchange, an_organisation(exchange))
                assert secrets_of(exchange, an_organisation(exchange)) == before
        simulator.trouble = "DisabledException"
        with opened(with_keys(in_cloud, arn(2))) as exchange, pytest.raises(Unavailable, match="DisabledException"):
            secrets_of(exchange, an_organisation(exchange))


def test_a_process_with_the_old_key_alone_wraps_nothing_new(given: tuple[Settings, str, str]) -> None:
    settings, first, second = given
    with opened(with_keys(settings, second, first)) as exchange, exchange.database.write() as session:
        rotations_of(exchange).begin_root(session)
    with opened(with_keys(settings, first)) as exchange, pytest.raises(Unavailable, match="IPX_ROOT_KEY"):  # noqa: SIM117
        with exchange.database.write() as session:
            accounts_of(exchange).create_organisation(session, name="Late", country=None)


def test_a_rotation_under_way_is_ended_before_another_begins(given: tuple[Settings, str, str]) -> None:
    settings, first, second = given
    with opened(with_keys(settings, second, first)) as exchange, exchange.database.write() as session:
        assert rotations_of(exchange).begin_root(session) is not None
    with opened(with_keys(settings, key(), first)) as exchange, pytest.raises(Conflict, match="under way"):  # noqa: SIM117
        with exchange.database.write() as session:
            rotations_of(exchange).begin_root(session)


def test_a_backup_made_before_opens_with_both_keys(given: tuple[Settings, str, str], tmp_path: Path) -> None:
    settings, first, second = given
    backup = tmp_path / "backup"
    with opened(with_keys(settings, first)) as exchange:
        before = secrets_of(exchange, an_organisation(exchange))
        back_up(exchange, backup)
    data = tmp_path / "restored"
    target = Settings(**{**settings.__dict__, "data_dir": data, "database_url": f"sqlite:///{data / 'ipx.sqlite3'}"})
    restore(with_keys(target, second, first), backup)
    with opened(with_keys(target, second, first)) as exchange:
        assert secrets_of(exchange, an_organisation(exchange)) == before
