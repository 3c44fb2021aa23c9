"""Writers on SQLite take turns: in their order, whatever becomes of each of them."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from ipx.db import turns
from ipx.db.session import Database
from ipx.db.turns import Turns


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    found = Database(f"sqlite:///{tmp_path / 'turns.sqlite3'}")
    with found.write() as session:
        session.execute(text("CREATE TABLE parents (id INTEGER PRIMARY KEY)"))
        session.execute(
            text(
                "CREATE TABLE lines (id INTEGER PRIMARY KEY, who TEXT, parent INTEGER"
                " REFERENCES parents(id) DEFERRABLE INITIALLY DEFERRED)"
            )
        )
    yield found
    found.dispose()


def write(database: Database, who: str, parent: int | None = None) -> None:
    with database.write() as session:
        session.execute(text("INSERT INTO lines (who, parent) VALUES (:who, :parent)"), {"who": who, "parent": parent})


def lines(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(text("SELECT who FROM lines ORDER BY id")))


def test_writers_write_in_the_order_in_which_they_came(database: Database) -> None:
    names = [f"writer {number}" for number in range(12)]
    with ThreadPoolExecutor(len(names)) as pool, database.write() as session:
        session.execute(text("INSERT INTO lines (who) VALUES ('first')"))
        for name in names:
            pool.submit(write, database, name)
            time.sleep(0.02)  # so that they come one after the other
        assert lines(database) == [], "whoever reads does not wait"
    assert lines(database) == ["first", *names]


def test_who_fails_at_the_start_in_the_middle_or_at_the_commit_passes_the_turn_on(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as session:
        session.execute(text("INSERT INTO lines (who) VALUES ('gone')"))
        raise ZeroDivisionError
    with pytest.raises(IntegrityError):
        write(database, "an orphan", parent=7)  # found out by the commit
    with database.sessions() as session:
        session.execute(text("INSERT INTO lines (who) VALUES ('never committed')"))
    write(database, "the next")
    assert lines(database) == ["the next"]


def test_another_process_that_writes_is_waited_for(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    other = sqlite3.connect(database.engine.url.database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(1) as pool:
        mine = pool.submit(write, database, "mine")
        time.sleep(0.05)
        assert not mine.done()
        other.execute("INSERT INTO lines (who) VALUES ('other')")
        other.execute("COMMIT")
        mine.result(timeout=20)
    other.close()
    assert lines(database) == ["other", "mine"]


def test_nobody_waits_for_ever(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 0.05)
    with database.write() as session:
        session.execute(text("INSERT INTO lines (who) VALUES ('slow')"))
        with ThreadPoolExecutor(1) as pool, pytest.raises(OperationalError, match="locked"):
            pool.submit(write, database, "impatient").result()
    write(database, "later")
    assert lines(database) == ["slow", "later"]


def test_a_turn_is_neither_lost_nor_given_twice_when_patience_ends_as_it_comes() -> None:
    queue, having, most, served = Turns(), [0], [0], [0]
    guard = threading.Lock()

    def work() -> None:
        for _ in range(200):
            try:
                queue.take(0.0005)
            except TimeoutError:
                continue
            with guard:
                having[0] += 1
                most[0] = max(most[0], having[0])
                served[0] += 1
            time.sleep(0.0002)
            with guard:
                having[0] -= 1
            queue.pass_on()

    with ThreadPoolExecutor(8) as pool:
        for _ in range(8):
            pool.submit(work)
    assert most[0] == 1
    assert served[0] > 0
    queue.take(1)  # it is free again
