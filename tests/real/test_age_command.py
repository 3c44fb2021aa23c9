"""The stock `age` command (Debian's package) and our sealed files open each other's."""

from __future__ import annotations

import base64
import io
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ipx.core.errors import Tampered
from ipx.vault import sealing
from ipx.vault.document_secret import unwrap_secret
from ipx.vault.models import DocumentRow
from ipx.vault.rules import Form
from ipx.vault.sealed_form import HEADER_SIZE, padded_size
from tests.deposit_world import DepositWorld
from tests.sealing_browser import seal

pytestmark = pytest.mark.real
# Around age's chunks of 64 KiB, and of more than one block of the store.
SIZES = [1, 4_088, 65_536 - HEADER_SIZE, 65_536, 65_537, 3_000_000]


@pytest.fixture(scope="module", autouse=True)
def age() -> str:
    found = shutil.which("age")
    assert found, "install Debian's package age (.ci/packages)"
    return found


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A reader's key file, as `age-keygen` makes it, and the public key in it."""
    file = tmp_path_factory.mktemp("reader") / "key.txt"
    subprocess.run(["age-keygen", "-o", str(file)], check=True, capture_output=True)
    public = subprocess.run(["age-keygen", "-y", str(file)], check=True, capture_output=True, text=True).stdout.strip()
    return file, public


def pdf(size: int) -> bytes:
    return (b"%PDF-1.7\n" + os.urandom(max(size - 9, 0)))[:size]


def opened(data: bytes, key_file: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["age", "-d", "-i", str(key_file)], input=data, capture_output=True, check=False)


@pytest.mark.parametrize("size", [10, *SIZES[1:]])
def test_an_export_opens_with_the_stock_command(tmp_path: Path, reader: tuple[Path, str], size: int) -> None:
    key_file, public = reader
    world = DepositWorld(tmp_path)
    owner, content = world.organisation("owner"), pdf(size)
    document = world.deposit(owner, content)
    export = world.read(owner, document.id, form=Form.AGE, recipient=public)
    assert export.startswith(b"age-encryption.org/v1\n")
    done = opened(export, key_file)
    assert done.returncode == 0, done.stderr
    assert done.stdout == content  # unpadded
    cut = opened(export[:-1], key_file)
    assert cut.returncode != 0


@pytest.mark.parametrize("size", [10, *SIZES[1:]])
def test_what_is_stored_opens_with_its_identity_and_is_padded(tmp_path: Path, size: int) -> None:
    world = DepositWorld(tmp_path)
    owner, content = world.organisation("owner"), pdf(size)
    document = world.deposit(owner, content)
    with world.database.read() as session:
        row = session.get_one(DocumentRow, document.id)
        secret = unwrap_secret(session, world.accounts, row)
        stored = world.store.open(row.cid).read()
    key_file = tmp_path / "identity.txt"
    key_file.write_text(secret.identity)
    done = opened(stored, key_file)
    assert done.returncode == 0, done.stderr
    assert done.stdout[:HEADER_SIZE] == size.to_bytes(HEADER_SIZE, "big")
    assert done.stdout[HEADER_SIZE:] == content + bytes(padded_size(size) - HEADER_SIZE - size)


@pytest.mark.parametrize("size", SIZES)
def test_a_file_of_the_stock_command_opens_here(size: int) -> None:
    identity, content = sealing.new_identity(), os.urandom(size)
    command = ["age", "-r", sealing.recipient_of(identity)]
    made = subprocess.run(command, input=content, capture_output=True, check=True).stdout
    assert b"".join(sealing.decrypted(io.BytesIO(made), identity=identity)) == content
    for spoilt in (made[:-1], made + b"\0", made[:-20] + bytes([made[-20] ^ 1]) + made[-19:]):
        with pytest.raises(Tampered):
            b"".join(sealing.decrypted(io.BytesIO(spoilt), identity=identity))


def test_a_document_sealed_in_a_browser_opens_with_the_commands_of_its_specification(
    tmp_path: Path, reader: tuple[Path, str]
) -> None:
    key_file, public = reader
    content = os.urandom(200_001)
    sealed = seal(content, recipients=[public], owner="0x" + "11" * 20)
    version = opened(base64.b64decode(sealed.note["identity"]), key_file)
    assert version.returncode == 0, version.stderr
    (tmp_path / "version.key").write_bytes(version.stdout)
    size = re.search(rb"# size: (\d+)", version.stdout)
    assert size is not None
    commands = 'age -d -i version.key | tail -c +9 | head -c "$SIZE"'
    done = subprocess.run(
        ["sh", "-c", commands], cwd=tmp_path, env={**os.environ, "SIZE": size[1].decode()}, input=sealed.document,
        capture_output=True, check=True,
    )  # fmt: skip
    assert done.stdout == content
    receipt = opened(base64.b64decode(sealed.note["opening"]), key_file)
    assert sealed.commitment.hex().encode() in receipt.stdout
