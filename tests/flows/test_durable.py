"""Durable workflows: exactly once after kill -9, patient while the outside is away, gone when the process ends."""

from __future__ import annotations

import logging
import multiprocessing
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from ipx.core.errors import Conflict, Unavailable
from ipx.db.durable import FAILED_REMEMBERED, REMEMBERED, Durable
from ipx.db.session import Database
from tests.exchanges import DATABASES, empty_postgres
from tests.killable import unfinished

POLLING = timedelta(seconds=0.05)


class Shop:
    """Three workflows over one table and one file that stands for the outside."""

    def __init__(self, url: str, outside: Path) -> None:
        self.database = Database(url)
        self.durable = Durable(self.database, polling=POLLING)
        self.outside = outside
        self.is_away = False
        self.durable.register(
            {"payments.order": self.order, "notices.letter": self.letter, "payments.broken": self.broken}
        )

    def create(self) -> None:
        with self.database.write() as session:
            session.execute(text("CREATE TABLE effects (name TEXT, step TEXT)"))
        self.durable.migrate()

    def order(self, name: str) -> None:
        self.durable.transaction(self.note, name, "taken")
        self.durable.outside(self.ship, name)
        self.durable.transaction(self.note, name, "shipped")
        self.durable.transaction(self.note, name, "closed")

    def letter(self, name: str) -> None:
        self.durable.outside(self.post, name)
        self.durable.transaction(self.note, name, "posted")

    def broken(self, name: str) -> None:
        self.durable.transaction(self.fail, name)

    def note(self, session: Session, name: str, step: str) -> None:
        session.execute(text("INSERT INTO effects VALUES (:name, :step)"), {"name": name, "step": step})

    def fail(self, session: Session, name: str) -> None:
        self.note(session, name, "half")
        raise Conflict("this can never work")

    def ship(self, name: str) -> None:
        with self.outside.open("a") as file:
            file.write(name + "\n")

    def post(self, name: str) -> None:
        if self.is_away:
            raise Unavailable("the post office is closed")
        self.ship(name)

    def enqueue(self, workflow: str, *names: str) -> None:
        with self.database.write() as session:
            for name in names:
                self.durable.enqueue(session, workflow, name, key=name)

    def effects(self) -> Counter[tuple[str, str]]:
        with self.database.read() as session:
            return Counter((row.name, row.step) for row in session.execute(text("SELECT name, step FROM effects")))

    def shipped(self) -> Counter[str]:
        return Counter(self.outside.read_text().split()) if self.outside.exists() else Counter()

    def start(self) -> None:
        self.durable.connect()
        self.durable.start(executor="shop")

    def finish(self, *, seconds: float = 30.0) -> None:
        until(lambda: not unfinished(self.database), seconds=seconds)

    def close(self) -> None:
        self.durable.stop()
        self.database.dispose()


def until(look: Callable[[], Any], *, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'shop.sqlite3'}"
        return
    with empty_postgres() as found:
        yield found


@pytest.fixture
def shop(url: str, tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(url, tmp_path / "outside")
    shop.create()
    shop.start()
    yield shop
    shop.close()


def work_until_killed(url: str, outside: Path) -> None:
    Shop(url, outside).start()
    time.sleep(60)


def test_killed_in_the_middle_everything_happens_once(url: str, tmp_path: Path) -> None:
    """SIGKILL a worker again and again while it works on a heap of orders."""
    names = [f"order{number}" for number in range(16)]
    shop = Shop(url, tmp_path / "outside")
    shop.create()
    shop.durable.connect()
    shop.enqueue("payments.order", *names)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.loaded"])
    chance, kills = random.Random(7), 0
    while unfinished(shop.database) and kills < 8:
        worker = context.Process(target=work_until_killed, args=(url, shop.outside))
        before = len(shop.effects())
        worker.start()
        until(lambda before=before: len(shop.effects()) > before or not unfinished(shop.database))  # type: ignore[misc]
        time.sleep(chance.uniform(0, 0.15))
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        worker.join()
        kills += 1
    assert kills >= 3
    shop.start()
    shop.finish()
    assert shop.effects() == Counter({(name, step): 1 for name in names for step in ("taken", "shipped", "closed")})
    assert set(shop.shipped()) == set(names)  # at least once; our ids make a second time harmless
    shop.close()


def test_what_was_rolled_back_never_runs(shop: Shop) -> None:
    with shop.database.sessions() as session:
        shop.durable.enqueue(session, "payments.order", "never", key="never")
        session.rollback()
    shop.enqueue("payments.order", "real")
    shop.finish()
    assert {name for name, _ in shop.effects()} == {"real"}


def test_the_same_key_runs_once_however_often_and_from_everywhere(shop: Shop) -> None:
    barrier, errors = threading.Barrier(6), []

    def press() -> None:
        barrier.wait()
        try:
            for name in ("one", "two"):
                shop.enqueue("payments.order", name)
        except Exception as error:  # noqa: BLE001 - the test wants to know of any
            errors.append(error)

    threads = [threading.Thread(target=press) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shop.finish()
    shop.enqueue("payments.order", "one", "one")
    shop.finish()
    assert errors == []
    assert set(shop.effects().values()) == {1}
    assert shop.shipped() == Counter({"one": 1, "two": 1})


def test_letters_that_cannot_leave_do_not_hold_up_payments(shop: Shop) -> None:
    shop.is_away = True
    shop.enqueue("notices.letter", *(f"letter{number}" for number in range(40)))
    time.sleep(0.3)
    shop.enqueue("payments.order", "urgent")
    until(lambda: shop.effects()["urgent", "closed"] == 1, seconds=10)
    shop.is_away = False
    shop.finish()
    assert sum(step == "posted" for _, step in shop.effects()) == 40


def test_a_process_that_waits_for_the_outside_can_end_and_the_next_goes_on(shop: Shop) -> None:
    shop.is_away = True
    shop.enqueue("notices.letter", "late")
    until(lambda: unfinished(shop.database))
    time.sleep(1.0)
    began = time.monotonic()
    shop.durable.stop()
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join(5)
            assert not thread.is_alive(), f"{thread.name} would hold the process up"
    assert time.monotonic() - began < 6
    assert unfinished(shop.database)
    shop.is_away = False
    shop.start()
    shop.finish()
    assert shop.effects() == Counter({("late", "posted"): 1})


def test_a_workflow_that_fails_leaves_nothing_half_done_and_is_logged(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="ipx.durable"):
        shop.enqueue("payments.broken", "x")
        shop.finish()
        until(lambda: "payments.broken" in caplog.text)
    assert "ended with Conflict" in caplog.text
    assert shop.effects() == Counter()


def test_finished_workflows_are_forgotten_after_a_while_and_unfinished_never(shop: Shop) -> None:
    shop.enqueue("payments.order", "old")
    shop.enqueue("payments.broken", "x")
    shop.finish()
    shop.is_away = True
    shop.enqueue("notices.letter", "waiting")
    until(lambda: unfinished(shop.database))
    now = datetime.now(UTC)
    assert shop.durable.forget_finished(now=now) is False
    assert rows(shop) == 3
    shop.durable.forget_finished(now=now + REMEMBERED + timedelta(minutes=1))
    assert rows(shop) == 2
    shop.durable.forget_finished(now=now + FAILED_REMEMBERED + timedelta(minutes=1))
    assert rows(shop) == 1
    assert unfinished(shop.database) == ["notices.letter:waiting"]
    shop.is_away = False
    shop.finish()


def rows(shop: Shop) -> int:
    prefix = "" if shop.database.engine.dialect.name == "sqlite" else "dbos."
    with shop.database.read() as session:
        counts = [
            session.scalar(text(f"SELECT count(DISTINCT workflow_uuid) FROM {prefix}{table}"))
            for table in ("workflow_status", "workflow_input")
        ]
    assert counts[0] == counts[1]
    return counts[0] or 0


def test_a_workflow_that_nobody_knows_cannot_be_enqueued(shop: Shop) -> None:
    with pytest.raises(LookupError), shop.database.write() as session:
        shop.durable.enqueue(session, "payments.nothing", key="x")
    unconnected = Durable(shop.database, polling=POLLING)
    unconnected.register({"payments.order": shop.order})
    with pytest.raises(LookupError), shop.database.write() as session:
        unconnected.enqueue(session, "payments.order", "x", key="x")
