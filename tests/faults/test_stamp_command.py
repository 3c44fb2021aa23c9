"""`ipx stamp` against a running exchange: what it writes and refuses, and `kill -9` between any two steps."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from bench.exchange import RunningExchange
from ipx.accounts.service import AccountService
from ipx.evidence import bundle as bundles
from ipx.evidence import stamp_receipt
from ipx.evidence.models import StampRow
from ipx.settings import PROJECT, read_settings
from ipx.wiring import build_exchange
from tests.web_client import verify_address

IPX = Path(sys.executable).with_name("ipx")
PATIENCE = 240


class Stamper:
    """A person with files, a token and the command."""

    def __init__(self, running: RunningExchange) -> None:
        self.url = running.url
        self.settings = {"IPX_DATA_DIR": str(running.data_dir), "IPX_DEMO": "0"}
        self.exchange = build_exchange(read_settings(self.settings))
        self.exchange.durable.connect()
        self.token = self.new_token()

    def new_token(self) -> str:
        """Make a person, and a token by the operator's command."""
        accounts, email = self.exchange.services[AccountService], f"{uuid.uuid4().hex[:12]}@example.org"
        assert isinstance(accounts, AccountService)
        with self.exchange.database.write() as session:
            person = accounts.sign_up(
                session, email=email, name="Ada", password="a rather long password", organisation_name="Institute"
            )
            verify_address(session, person)
        done = self.ipx("token", "create", "--email", email, **self.settings)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def ipx(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        others = {name: value for name, value in os.environ.items() if not name.startswith("IPX_")}
        return subprocess.run(
            [str(IPX), *arguments],
            env=others | environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def stamp(self, *files: Path, token: str | None = None, more: tuple[str, ...] = ()) -> Any:
        arguments = ("stamp", *map(str, files), "--url", self.url, "--wait", "included", *more)
        return self.ipx(*arguments, IPX_TOKEN=self.token if token is None else token)

    def count(self, commitment: str) -> int:
        with self.exchange.database.read() as session:
            return session.query(StampRow).where(StampRow.commitment == bytes.fromhex(commitment)).count()


@pytest.fixture(scope="module")
def stamper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stamper]:
    with RunningExchange(tmp_path_factory.mktemp("stamping"), IPX_BATCH_DELAY="0.2") as running:
        found = Stamper(running)
        yield found
        found.exchange.database.dispose()
        assert "Traceback" not in running.log, running.log[-4000:]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "how we do it.txt"
    path.write_text("Step by step.")
    return path


def evidence(file: Path) -> Path:
    return file.with_name(file.name + ".ipx-evidence.json")


def receipt(file: Path) -> Path:
    return file.with_name(file.name + ".ipx-stamp.json")


def test_each_file_has_evidence_that_holds(stamper: Stamper, tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.bin" for number in range(3)]
    for number, path in enumerate(files):
        path.write_bytes(bytes([number]) * 3_000_000)
    done = stamper.stamp(*files, more=("--json", "--wait", "final"))
    assert done.returncode == 0, done.stderr
    assert [(Path(line["file"]), line["state"]) for line in json.loads(done.stdout)] == [(f, "final") for f in files]
    for path in files:
        verdict = stamper.ipx("verify", str(evidence(path)), "--file", str(path), "--json")
        assert verdict.returncode == 0, verdict.stdout
        assert stat.S_IMODE(evidence(path).stat().st_mode) == 0o600
        assert not receipt(path).exists()


def test_nothing_but_commitments_is_sent(stamper: Stamper, file: Path) -> None:
    done = stamper.stamp(file, more=("--json",))
    [line] = json.loads(done.stdout)
    found = bundles.read(evidence(file).read_bytes())
    assert line["commitment"] == found.value.hex()
    with stamper.exchange.database.read() as session:
        row = session.query(StampRow).where(StampRow.commitment == found.value).one()
        kept = {name: value.hex() if isinstance(value, bytes) else str(value) for name, value in vars(row).items()}
    assert found.opening is not None
    for secret in (found.opening.salt.hex(), found.opening.content_sha256.hex(), file.name):
        assert secret not in str(kept)
    assert kept["sealed_opening"] == "None"


def test_running_it_again_stamps_nothing_twice(stamper: Stamper, file: Path) -> None:
    first = stamper.stamp(file, file.parent / ".." / file.parent.name / file.name, more=("--json",))
    assert first.returncode == 0, first.stderr
    assert len(json.loads(first.stdout)) == 1
    again = stamper.stamp(file, more=("--json",))
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)[0]["state"] == "stamped before"
    assert json.loads(again.stdout)[0]["commitment"] == json.loads(first.stdout)[0]["commitment"]


def test_the_receipt_alone_is_enough_to_go_on(stamper: Stamper, file: Path) -> None:
    """As after a download from the page: nobody has sent the commitment yet."""
    me = requests.get(f"{stamper.url}/api/v1/me", headers={"Authorization": f"Bearer {stamper.token}"}, timeout=60)
    owner = me.json()["account"]
    digest = hashlib.sha256(file.read_bytes()).digest()
    made = stamp_receipt.commit_file(
        file_name=file.name, file_size=file.stat().st_size, content_sha256=digest, salt=b"s" * 32, owner=owner
    )
    written = stamp_receipt.StampReceipt(stamper.url, owner, [made])
    receipt(file).write_bytes(stamp_receipt.write(written))
    assert stamper.stamp(file).returncode == 0
    opening = bundles.read(evidence(file).read_bytes()).opening
    assert opening is not None
    assert opening.salt == b"s" * 32


@pytest.mark.parametrize("token", ["ipx_" + "0" * 64, "ipx_…", "a b"])
def test_a_bad_token_is_said_and_nothing_is_written(stamper: Stamper, file: Path, token: str) -> None:
    done = stamper.stamp(file, token=token)
    assert done.returncode == 1
    assert "does not accept this token" in done.stderr
    assert not receipt(file).exists()
    assert "Traceback" not in done.stderr


def test_no_exchange_is_said(stamper: Stamper, file: Path) -> None:
    done = stamper.ipx("stamp", str(file), "--url", "http://127.0.0.1:9", "--token", "ipx_1")
    assert done.returncode == 2
    assert "There is no exchange at http://127.0.0.1:9" in done.stderr


def test_what_is_no_exchange_is_said(stamper: Stamper, file: Path) -> None:
    done = stamper.ipx("stamp", str(file), "--url", stamper.url + "/nowhere", "--token", "ipx_1")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_one_file_that_cannot_be_read_stops_all_before_anything_is_sent(stamper: Stamper, file: Path) -> None:
    done = stamper.stamp(file, file.with_name("missing.txt"), file.parent)
    assert done.returncode == 1
    assert "missing.txt: No such file or directory" in done.stderr
    assert "Is a directory" in done.stderr
    assert "Nothing was sent" in done.stderr
    [made] = stamp_receipt.read(receipt(file).read_bytes()).stamps
    assert stamper.count(made.commitment.hex()) == 0


def test_evidence_of_something_else_is_never_replaced(stamper: Stamper, file: Path) -> None:
    assert stamper.stamp(file).returncode == 0
    before = evidence(file).read_bytes()
    file.write_text("Now otherwise.")
    done = stamper.stamp(file)
    assert done.returncode == 1
    assert "about other content" in done.stderr
    assert evidence(file).read_bytes() == before


def test_a_file_that_changed_after_its_receipt_is_refused(stamper: Stamper, file: Path) -> None:
    stamper.stamp(file, file.with_name("missing.txt"))
    file.write_text("Now otherwise.")
    done = stamper.stamp(file)
    assert done.returncode == 1
    assert "has changed since" in done.stderr


def test_a_receipt_for_another_account_is_refused(stamper: Stamper, file: Path) -> None:
    stamper.stamp(file, file.with_name("missing.txt"))
    done = stamper.stamp(file, token=stamper.new_token())
    assert done.returncode == 1
    assert "made for another account" in done.stderr


@pytest.mark.timeout(900)
def test_killed_between_any_two_steps_it_goes_on(stamper: Stamper, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.stamping", str(tmp_path), stamper.url, stamper.token],
        cwd=PROJECT, capture_output=True, text=True, timeout=840, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    *deaths, last = [json.loads(line) for line in done.stdout.splitlines()]
    assert last["deaths"] == len(deaths) >= 12
    names = " ".join(death["died"] for death in deaths)
    for step in ("fsync", "after link", "before http", "after http", "/stamps ", "/stamps/bundles"):
        assert step in names + " ", names
    for death in deaths:
        number = death["number"]
        assert death["left"] == [f"{number}.txt", f"{number}.txt.ipx-evidence.json"], death
