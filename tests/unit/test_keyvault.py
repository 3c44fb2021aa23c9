"""Two levels of wrapped keys: the frozen vectors, what does not open, and where the root key comes from."""

import base64
import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from ipx.adapters.keyvault import RootKeyVault
from ipx.adapters.rootkeys import LocalRootKey, RootKeyFile, held, load_root_key
from ipx.adapters.system import SeededEntropy
from ipx.core.errors import ExchangeError, Invalid, Tampered, Unavailable
from ipx.core.ports import KeyVault
from ipx.core.wrapped_keys import generation_of

CHECKOUT = Path(__file__).parents[2]
VECTORS = json.loads((CHECKOUT / "docs/spec/vectors/key_wrapping.json").read_text(encoding="utf-8"))
SECOND = json.loads((CHECKOUT / "docs/spec/vectors/key_wrapping_2.json").read_text(encoding="utf-8"))
ROOT_KEY = bytes.fromhex(VECTORS["root_key"])
ORGANISATION = VECTORS["organisation"]


class Prepared:
    """Entropy that hands out the vectors' keys and nonces."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = [bytes.fromhex(token) for token in tokens]

    def token(self, size: int) -> bytes:
        token = self.tokens.pop(0)
        assert len(token) == size
        return token

    def new_id(self) -> str:
        raise NotImplementedError


def test_wrapping_gives_the_vectors_of_version_2() -> None:
    prepared = SECOND["organisation_key"]
    nonces = [vector["nonce"] for vector in SECOND["secrets"]]
    root = LocalRootKey(ROOT_KEY, Prepared(prepared["nonce"]))
    assert root.id.hex() == SECOND["root_id"]
    vault: KeyVault = RootKeyVault(lambda: [root], Prepared(prepared["key"], *nonces))
    key = vault.create_organisation_key(ORGANISATION, generation=SECOND["generation"])
    assert key.hex() == prepared["wrapped"]
    for vector in SECOND["secrets"]:
        wrapped = vault.wrap(ORGANISATION, key, bytes.fromhex(vector["secret"]), context=vector["context"])
        assert wrapped.hex() == vector["wrapped"]


@pytest.mark.parametrize("vector", SECOND["secrets"], ids=lambda vector: vector["context"] or "no context")
def test_the_vectors_of_version_2_are_what_the_specification_says(vector: dict[str, str]) -> None:
    """By hand, with nothing of ours but the root key's id."""
    key = SECOND["organisation_key"]
    wrapped = bytes.fromhex(key["wrapped"])
    assert wrapped[:13] == b"\x02" + SECOND["generation"].to_bytes(4, "big") + bytes.fromhex(SECOND["root_id"])
    opened = AESGCM(ROOT_KEY).decrypt(wrapped[13:25], wrapped[25:], key["associated_data"].encode())
    assert opened.hex() == key["key"]
    wrapped = bytes.fromhex(vector["wrapped"])
    assert wrapped[:5] == b"\x02" + SECOND["generation"].to_bytes(4, "big")
    secret = AESGCM(opened).decrypt(wrapped[5:17], wrapped[17:], vector["associated_data"].encode())
    assert secret.hex() == vector["secret"]


@pytest.mark.parametrize("vector", VECTORS["secrets"], ids=lambda vector: vector["context"] or "no context")
def test_the_vectors_of_version_1_open(vector: dict[str, str]) -> None:
    key = bytes.fromhex(VECTORS["organisation_key"]["wrapped"])
    wrapped = bytes.fromhex(vector["wrapped"])
    secret = RootKeyVault(held(ROOT_KEY)).unwrap(ORGANISATION, key, wrapped, context=vector["context"])
    assert secret.hex() == vector["secret"]


@given(secret=st.binary(max_size=300), context=st.text(st.characters(codec="utf-8"), max_size=50))
def test_any_secret_comes_back_in_its_context(secret: bytes, context: str) -> None:
    vault = RootKeyVault(held(ROOT_KEY))
    key = vault.create_organisation_key("a")
    wrapped = vault.wrap("a", key, secret, context=context)
    assert vault.unwrap("a", key, wrapped, context=context) == secret
    assert len(wrapped) == len(secret) + 33
    assert wrapped != vault.wrap("a", key, secret, context=context)


@given(st.data())
def test_any_changed_byte_is_noticed(data: st.DataObject) -> None:
    vault = RootKeyVault(held(ROOT_KEY), SeededEntropy(7))
    good = [vault.create_organisation_key("a")]
    good.append(vault.wrap("a", good[0], b"secret", context="document/1"))
    which = data.draw(st.sampled_from((0, 1)))
    changed = bytearray(good[which])
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    good[which] = bytes(changed)
    with pytest.raises((Tampered, Unavailable)):  # Unavailable: another root key is named
        vault.unwrap("a", good[0], good[1], context="document/1")


def test_a_secret_opens_nowhere_else() -> None:
    vault = RootKeyVault(held(ROOT_KEY))
    ours, theirs = vault.create_organisation_key("ours"), vault.create_organisation_key("theirs")
    wrapped = vault.wrap("ours", ours, b"secret", context="document/1")
    for organisation, key, context in [
        ("ours", ours, "document/2"),
        ("ours", ours, ""),
        ("theirs", theirs, "document/1"),
        ("ours", theirs, "document/1"),
        ("theirs", ours, "document/1"),
    ]:
        with pytest.raises(Tampered):
            vault.unwrap(organisation, key, wrapped, context=context)
    with pytest.raises(Unavailable):
        RootKeyVault(held(bytes(reversed(ROOT_KEY)))).unwrap("ours", ours, wrapped, context="document/1")
    with pytest.raises(Tampered):
        RootKeyVault(held(ROOT_KEY)).wrap("theirs", ours, b"secret", context="")


def test_an_organisation_key_does_not_open_as_a_secret_nor_the_other_way_round() -> None:
    vault = RootKeyVault(held(ROOT_KEY))
    key = vault.create_organisation_key("a")
    wrapped = vault.wrap("a", key, bytes(32), context="")
    with pytest.raises(Tampered):
        vault.unwrap("a", key, key, context="")
    with pytest.raises((Tampered, Unavailable)):  # Unavailable: its random bytes stand where a root key is named
        vault.wrap("a", wrapped, b"", context="")


@pytest.mark.parametrize(
    "wrapped", [b"", b"\x01", bytes(29), b"\x01" + bytes(27), b"\x02" + bytes(60), b"\x03" + bytes(60)]
)
def test_what_is_no_wrapped_value_is_refused(wrapped: bytes) -> None:
    vault = RootKeyVault(held(ROOT_KEY))
    with pytest.raises(Tampered):
        vault.unwrap("a", vault.create_organisation_key("a"), wrapped, context="")
    with pytest.raises(Tampered):
        vault.wrap("a", wrapped, b"", context="")


def test_no_error_tells_a_key() -> None:
    with pytest.raises(Invalid) as caught:
        load_root_key("c2VjcmV0" * 3, None, create=False)
    assert "c2VjcmV0" not in str(caught.value)


# ── rotation ─────────────────────────────────────────────────────────────────────────────────────

OTHER_ROOT = bytes(reversed(ROOT_KEY))


@given(
    secrets=st.lists(st.tuples(st.binary(max_size=99), st.text(st.characters(codec="utf-8"), max_size=9)), max_size=9)
)
def test_secrets_open_under_the_next_key_alone_once_they_are_wrapped_again(secrets: list[tuple[bytes, str]]) -> None:
    vault = RootKeyVault(held(ROOT_KEY))
    old, new = vault.create_organisation_key("a"), vault.create_organisation_key("a", generation=2)
    before = [(vault.wrap("a", old, secret, context=context), context) for secret, context in secrets]
    after = vault.rewrap("a", before, old_key=old, new_key=new)
    for (secret, context), wrapped in zip(secrets, after, strict=True):
        assert generation_of(wrapped) == 2
        assert vault.unwrap("a", new, wrapped, context=context) == secret
        with pytest.raises(Tampered):
            vault.unwrap("a", old, wrapped, context=context)


def test_a_secret_of_version_1_is_wrapped_again_too() -> None:
    vault = RootKeyVault(held(ROOT_KEY))
    old = bytes.fromhex(VECTORS["organisation_key"]["wrapped"])
    new = vault.create_organisation_key(ORGANISATION, generation=2)
    before = [(bytes.fromhex(vector["wrapped"]), vector["context"]) for vector in VECTORS["secrets"]]
    after = vault.rewrap(ORGANISATION, before, old_key=old, new_key=new)
    for vector, wrapped in zip(VECTORS["secrets"], after, strict=True):
        assert vault.unwrap(ORGANISATION, new, wrapped, context=vector["context"]).hex() == vector["secret"]


def test_a_generation_cannot_be_written_over() -> None:
    vault = RootKeyVault(held(ROOT_KEY))
    key = vault.create_organisation_key("a", generation=2)
    wrapped = vault.wrap("a", key, b"secret", context="")
    third = b"\x02\x00\x00\x00\x03"
    with pytest.raises(Tampered):
        vault.unwrap("a", third + key[5:], third + wrapped[5:], context="")
    with pytest.raises(Tampered):
        vault.unwrap("a", key, third + wrapped[5:], context="")


@pytest.mark.parametrize("version", ["1", "2"])
def test_an_organisation_key_moves_to_another_root_key_and_opens_the_same_secrets(version: str) -> None:
    before = RootKeyVault(held(ROOT_KEY))
    first = bytes.fromhex(VECTORS["organisation_key"]["wrapped"])
    key = first if version == "1" else before.create_organisation_key(ORGANISATION)
    secret = before.wrap(ORGANISATION, key, b"secret", context="c")
    both = RootKeyVault(held(OTHER_ROOT, ROOT_KEY))
    moved = both.rewrap_organisation_key(ORGANISATION, key, root=both.root_key())
    after = RootKeyVault(held(OTHER_ROOT))
    assert after.unwrap(ORGANISATION, moved, secret, context="c") == b"secret"
    with pytest.raises(Unavailable, match=both.root_key()):
        before.unwrap(ORGANISATION, moved, secret, context="c")


def test_the_named_root_key_wraps_whatever_stands_first() -> None:
    both = RootKeyVault(held(OTHER_ROOT, ROOT_KEY))
    old = RootKeyVault(held(ROOT_KEY))
    key = both.create_organisation_key("a", root=old.root_key())
    assert old.unwrap("a", key, both.wrap("a", key, b"s", context=""), context="") == b"s"
    with pytest.raises(Unavailable):
        old.create_organisation_key("a", root=both.root_key())


def test_a_file_is_renewed_once_and_read_again_by_who_runs(tmp_path: Path) -> None:
    file = RootKeyFile(tmp_path / "root.key", create=True)
    running = RootKeyVault(RootKeyFile(tmp_path / "root.key", create=True).ring)
    key, old = running.create_organisation_key("a"), running.root_key()
    file.renew()
    new = running.root_key()
    assert new != old
    assert file.is_renewed
    file.renew()  # goes on where it was, which is the end
    assert running.root_key() == new
    assert stat.S_IMODE((tmp_path / "root.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "root.old.key").stat().st_mode) == 0o600
    moved = running.rewrap_organisation_key("a", key, root=new)
    file.forget_old()
    assert running.wrap("a", moved, b"", context="")
    with pytest.raises(Tampered):
        running.wrap("a", b"\x01" + key[13:], b"", context="")
    with pytest.raises(Unavailable):
        running.wrap("a", key, b"", context="")


# ── the root key ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        ROOT_KEY.hex(),
        ROOT_KEY.hex().upper(),
        base64.b64encode(ROOT_KEY).decode(),
        f" {base64.b64encode(ROOT_KEY).decode()}\n",
    ],
)
def test_root_key_is_read_in_hex_and_base64(text: str) -> None:
    assert load_root_key(text, None, create=False) == ROOT_KEY


def test_root_key_is_read_in_either_alphabet_of_base64() -> None:
    key = bytes(range(224, 256))
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        assert load_root_key(encode(key).decode(), None, create=False) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "changeme",
        "a" * 43 + "=",
        ROOT_KEY.hex()[:-2],
        "x" * 64,
        base64.b64encode(bytes(31)).decode(),
        "0" * 64,
        "ä" * 64,
    ],
)
def test_what_is_no_root_key_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        load_root_key(text, None, create=False)
    assert caught.value.field == "root_key"


def test_the_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "root.key"
    key = load_root_key(None, path, create=True)
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["root.key"]
    assert load_root_key(None, path, create=True) == key == load_root_key(None, path, create=False)


def test_a_file_that_vanishes_under_a_running_process_is_not_replaced(tmp_path: Path) -> None:
    vault = RootKeyVault(RootKeyFile(tmp_path / "root.key", create=True).ring)
    key = vault.create_organisation_key("a")
    (tmp_path / "root.key").unlink()
    assert vault.wrap("a", key, b"", context="")
    assert list(tmp_path.iterdir()) == []


def test_processes_that_start_together_get_the_same_key(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from ipx.adapters.rootkeys import load_root_key;"
        "sys.stdin.read(); print(load_root_key(None, Path(sys.argv[1]), create=True).hex())"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "root.key")]
    children = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT)
        for _ in range(3)
    ]
    for child in children:
        assert child.stdin is not None
        child.stdin.close()
    keys = set()
    for child in children:
        assert child.stdout is not None
        keys.add(child.stdout.read().strip())
        child.stdout.close()
        child.wait()
    assert len(keys) == 1
    assert len(keys.pop()) == 64


def test_the_file_is_not_made_outside_embedded_mode(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="does not exist"):
        load_root_key(None, tmp_path / "root.key", create=False)
    with pytest.raises(Invalid, match="no root key"):
        load_root_key(None, None, create=True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    load_root_key(None, path, create=True)
    path.chmod(0o640)
    with pytest.raises(Invalid, match="chmod 600"):
        load_root_key(None, path, create=True)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"not a key"])
def test_a_damaged_file_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "root.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(Invalid):
        load_root_key(None, path, create=True)
    assert path.read_bytes() == content


def test_a_folder_in_the_place_of_the_file_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    path.mkdir(mode=0o700)
    with pytest.raises(Unavailable):
        load_root_key(None, path, create=True)


def test_the_vault_takes_32_bytes_only() -> None:
    with pytest.raises(ExchangeError):
        LocalRootKey(bytes(31))
