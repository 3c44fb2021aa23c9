"""`ipx backup` of a running exchange under load, and `ipx restore` in another folder, as an operator does them."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from ipx.backup.lacking import BATCH, TRANSACTION
from ipx.db.session import Database
from ipx.settings import read_settings
from ipx.smoke.client import Visitor
from ipx.smoke.command import CHAPTERS
from ipx.smoke.report import Reporter, has_passed, play
from ipx.smoke.story import Story, new_story
from ipx.vault import sealing
from ipx.wiring import build_exchange
from tests.faults import inspection
from tests.faults.depositor import Depositor
from tests.faults.plaintext import Secret, Watch
from tests.faults.running import IPX, Running, running, until
from tests.faults.test_landed_data import FOLDERS

pytestmark = pytest.mark.timeout(600)


def call(exchange: Running, *command: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (str(IPX), *command), env=exchange.environment(), capture_output=True, text=True, input=given, check=False
    )


@contextmanager
def depositing(depositor: Depositor) -> Iterator[None]:
    """Somebody deposits one document after the other meanwhile."""
    over, before = threading.Event(), len(depositor.acknowledged)

    def deposit() -> None:
        while not over.is_set():
            depositor.deposit()

    person = threading.Thread(target=deposit)
    person.start()
    try:
        until(lambda: len(depositor.acknowledged) > before, 60, lambda: "nothing is deposited")
        yield
        passed = len(depositor.acknowledged)
        until(lambda: len(depositor.acknowledged) > passed, 60, lambda: "nothing is deposited any more")
    finally:
        over.set()
        person.join()


def sign_in(person: Story, exchange: Running) -> None:
    """Sign in on the restored exchange, where sessions have ended."""
    person.institute = Visitor(exchange.url, "the institute")
    form = person.institute.page("/sign-in").form(having=["email", "password"])
    person.institute.submit(form, {"email": f"institute-{person.suffix}@smoke.example", "password": person.password})


def test_everything_is_there_again_and_goes_on(tmp_path: Path) -> None:
    out, key = tmp_path / "backups" / "one", tmp_path / "key.txt"
    with running(tmp_path / "before") as exchange:
        exchange.start()
        story = new_story(exchange.url, None, [])
        assert has_passed(play(CHAPTERS, story, Reporter(as_json=False)))
        depositor = Depositor(exchange)
        for _ in range(3):
            depositor.deposit()
        kept = dict(depositor.acknowledged)
        name = f"institute-{story.suffix}@smoke.example"  # of a person; documents are sealed anyway
        with depositing(depositor), Watch(Secret(name.encode()), out.parent, exchange.temp) as watch:
            made = call(exchange, "backup", str(out), "--json", "--identity-file", str(key))
        assert made.returncode == 0, made.stderr
        exchange.stop()
    assert not watch.found
    assert watch.rounds
    facts = json.loads(made.stdout)
    assert (facts["identity"], facts["missing"]) == (None, [])
    assert facts["documents"] >= len(kept) + 1
    assert key.stat().st_mode & 0o777 == 0o600

    with running(tmp_path / "after") as exchange:
        done = call(exchange, "restore", str(out), "--identity", str(key), "--json")
        report = json.loads(done.stdout)
        # The chain's state is taken after the rows: it may know a batch of documents that came in between.
        assert {lack["kind"] for lack in report["lacks"]} <= {BATCH, TRANSACTION}
        assert done.returncode == (3 if report["lacks"] else 0), done.stderr
        exchange.start()
        check_people(exchange, story, depositor, kept)
        built = build_exchange(read_settings(exchange.environment()))
        inspection.check(built)
        built.database.dispose()
        exchange.stop()


def check_people(exchange: Running, story: Story, depositor: Depositor, kept: dict[str, bytes]) -> None:
    """Sign in and find the licence active, the documents readable, and the next deposit final."""
    depositor.exchange = exchange
    for person in (story, depositor.story):
        sign_in(person, exchange)
    assert "Non-exclusive" in story.institute.page(f"/licences/{story.licence}").text
    place = f"/documents/{story.document}/open"
    answer = story.institute.post_form(
        story.institute.page(place).form(to=place), {"purpose": "to see whether it is there", "form": "clear"}
    )
    assert hashlib.sha256(answer.content).hexdigest() == hashlib.sha256(story.content).hexdigest()
    new = depositor.deposit()
    assert set(depositor.await_final()) >= {new, *kept}
    for document, body in kept.items():
        assert depositor.opens(document) == body


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Path, str]]:
    """An exchange at rest, its backup and the identity of it."""
    folder = tmp_path_factory.mktemp("small")
    with running(folder) as exchange:
        exchange.start()
        Depositor(exchange).deposit()
        made = call(exchange, "backup", str(folder / "backup"), "--json")
        exchange.stop()
        yield exchange, folder / "backup", json.loads(made.stdout)["identity"]


def refused(tmp_path: Path, backup: Path, identity: str, **settings: str) -> tuple[str, Running]:
    """Try to restore; return what was said."""
    target = Running(tmp_path / "target", **settings)
    key = tmp_path / "key"
    key.parent.mkdir(exist_ok=True)
    key.write_text(identity)
    done = call(target, "restore", str(backup), "--identity", str(key))
    assert done.returncode == 2, done.stdout
    return done.stderr, target


def test_a_folder_with_data_is_refused(small: tuple[Running, Path, str], tmp_path: Path) -> None:
    _, backup, identity = small
    data = tmp_path / "target" / "data"
    data.mkdir(parents=True)
    (data / "something").write_text("of somebody")
    said, target = refused(tmp_path, backup, identity)
    assert "not empty" in said
    assert {path.name for path in target.data.iterdir()} == {"run.lock", "something"}


def test_another_identity_opens_nothing_and_writes_nothing(small: tuple[Running, Path, str], tmp_path: Path) -> None:
    said, target = refused(tmp_path, small[1], sealing.new_identity())
    assert "not its identity" in said
    assert not target.data.exists()


def test_what_is_no_identity_or_no_database_is_said_in_one_line(
    small: tuple[Running, Path, str], tmp_path: Path
) -> None:
    said, _ = refused(tmp_path, small[1], "AGE-SECRET-KEY-1NOTONE")
    assert said.count("\n") == 1
    assert "not an age identity" in said
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    said, target = refused(tmp_path / "other", small[1], small[2], IPX_DATABASE_URL=nowhere)
    assert said.startswith("The database cannot be used")
    assert not (target.data / "restoring.json").exists()


def test_a_changed_or_shortened_backup_writes_nothing(small: tuple[Running, Path, str], tmp_path: Path) -> None:
    whole = (small[1] / "backup.age").read_bytes()
    middle = len(whole) // 2
    for number, damaged in enumerate((whole[:-1], whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "backup.age").write_bytes(damaged)
        said, target = refused(folder, folder, small[2])
        assert "damaged" in said
        assert not target.data.exists()


def test_an_unfinished_backup_is_none(small: tuple[Running, Path, str], tmp_path: Path) -> None:
    (tmp_path / ".backup.age.partial").write_bytes((small[1] / "backup.age").read_bytes())
    assert "no file backup.age" in refused(tmp_path, tmp_path, small[2])[0]


def test_a_backup_is_never_written_over(small: tuple[Running, Path, str]) -> None:
    exchange, backup, _ = small
    before = (backup / "backup.age").read_bytes()
    done = call(exchange, "backup", str(backup))
    assert done.returncode == 2
    assert "exists" in done.stderr
    assert (backup / "backup.age").read_bytes() == before


def test_an_operators_own_key_opens_it_and_no_other_is_shown(small: tuple[Running, Path, str], tmp_path: Path) -> None:
    own = sealing.new_identity()
    done = call(small[0], "backup", str(tmp_path / "own"), "--recipient", sealing.recipient_of(own))
    assert done.returncode == 0, done.stderr
    assert "AGE-SECRET-KEY" not in done.stdout
    target = Running(tmp_path / "target")
    restored = call(target, "restore", str(tmp_path / "own"), given=own + "\n")
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "Nothing is lacking" in restored.stdout


def test_another_root_key_is_refused(small: tuple[Running, Path, str], tmp_path: Path) -> None:
    said, target = refused(tmp_path, small[1], small[2], IPX_ROOT_KEY="QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=")
    assert "root key" in said
    assert not target.data.exists()


@pytest.mark.parametrize("landed", FOLDERS, ids=lambda path: path.name)
def test_a_backup_of_an_earlier_schema_is_restored_as_it_was_and_brought_up_to_date(
    landed: Path, tmp_path: Path
) -> None:
    with tarfile.open(landed) as archive:
        archive.extractall(tmp_path, filter="data")
    earlier = Running(tmp_path)
    settings = read_settings(earlier.environment())
    database = Database(settings.database_url)
    with database.read() as session:
        schema = session.scalar(text("SELECT version_num FROM alembic_version"))
    key = tmp_path / "key"
    assert call(earlier, "backup", str(tmp_path / "backup"), "--identity-file", str(key)).returncode == 0
    with database.read() as session:  # a backup changes nothing
        assert session.scalar(text("SELECT version_num FROM alembic_version")) == schema
    database.dispose()

    with running(tmp_path / "after") as exchange:
        done = call(exchange, "restore", str(tmp_path / "backup"), "--identity", str(key))
        assert done.returncode == 0, done.stdout + done.stderr
        exchange.start()
        built = build_exchange(read_settings(exchange.environment()))
        until(lambda: inspection.is_settled(built), 60, exchange.said)
        inspection.check(built)
        built.database.dispose()
        exchange.stop()


def test_nothing_starts_on_a_half_restored_folder(small: tuple[Running, Path, str], tmp_path: Path) -> None:
    target = Running(tmp_path)
    target.data.mkdir()
    (target.data / "restoring.json").write_text("{}")
    for command in ("run", "serve", "worker", "backup"):
        done = call(target, command, *([str(tmp_path / "b")] if command == "backup" else []))
        assert done.returncode != 0
        assert "interrupted" in done.stdout + done.stderr, done.stderr
