"""Two levels of wrapped keys: the frozen vectors, what does not open, and where the root key comes from."""

import base64
import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.adapters.keyvault import RootKeyVault, load_root_key
from ipx.adapters.system import SeededEntropy
from ipx.core.errors import ExchangeError, Invalid, Tampered, Unavailable
from ipx.core.ports import KeyVault

CHECKOUT = Path(__file__).parents[2]
VECTORS = json.loads((CHECKOUT / "docs/spec/vectors/key_wrapping.json").read_text(encoding="utf-8"))
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


def test_wrapping_gives_the_vectors() -> None:
    prepared = VECTORS["organisation_key"]
    nonces = [vector["nonce"] for vector in VECTORS["secrets"]]
    vault: KeyVault = RootKeyVault(ROOT_KEY, Prepared(prepared["key"], prepared["nonce"], *nonces))
    key = vault.create_organisation_key(ORGANISATION)
    assert key.hex() == prepared["wrapped"]
    for vector in VECTORS["secrets"]:
        wrapped = vault.wrap(ORGANISATION, key, bytes.fromhex(vector["secret"]), context=vector["context"])
        assert wrapped.hex() == vector["wrapped"]


@pytest.mark.parametrize("vector", VECTORS["secrets"], ids=lambda vector: vector["context"] or "no context")
def test_the_vectors_open(vector: dict[str, str]) -> None:
    key = bytes.fromhex(VECTORS["organisation_key"]["wrapped"])
    wrapped = bytes.fromhex(vector["wrapped"])
    secret = RootKeyVault(ROOT_KEY).unwrap(ORGANISATION, key, wrapped, context=vector["context"])
    assert secret.hex() == vector["secret"]


@given(secret=st.binary(max_size=300), context=st.text(st.characters(codec="utf-8"), max_size=50))
def test_any_secret_comes_back_in_its_context(secret: bytes, context: str) -> None:
    vault = RootKeyVault(ROOT_KEY)
    key = vault.create_organisation_key("a")
    wrapped = vault.wrap("a", key, secret, context=context)
    assert vault.unwrap("a", key, wrapped, context=context) == secret
    assert len(wrapped) == len(secret) + 29
    assert wrapped != vault.wrap("a", key, secret, context=context)


@given(st.data())
def test_any_changed_byte_is_noticed(data: st.DataObject) -> None:
    vault = RootKeyVault(ROOT_KEY, SeededEntropy(7))
    good = [vault.create_organisation_key("a")]
    good.append(vault.wrap("a", good[0], b"secret", context="document/1"))
    which = data.draw(st.sampled_from((0, 1)))
    changed = bytearray(good[which])
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    good[which] = bytes(changed)
    with pytest.raises(Tampered):
        vault.unwrap("a", good[0], good[1], context="document/1")


def test_a_secret_opens_nowhere_else() -> None:
    vault = RootKeyVault(ROOT_KEY)
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
    with pytest.raises(Tampered):
        RootKeyVault(bytes(reversed(ROOT_KEY))).unwrap("ours", ours, wrapped, context="document/1")
    with pytest.raises(Tampered):
        RootKeyVault(ROOT_KEY).wrap("theirs", ours, b"secret", context="")


def test_an_organisation_key_does_not_open_as_a_secret_nor_the_other_way_round() -> None:
    vault = RootKeyVault(ROOT_KEY)
    key = vault.create_organisation_key("a")
    wrapped = vault.wrap("a", key, bytes(32), context="")
    with pytest.raises(Tampered):
        vault.unwrap("a", key, key, context="")
    with pytest.raises(Tampered):
        vault.wrap("a", wrapped, b"", context="")


@pytest.mark.parametrize("wrapped", [b"", b"\x01", bytes(29), b"\x01" + bytes(27), b"\x02" + bytes(60)])
def test_what_is_no_wrapped_value_is_refused(wrapped: bytes) -> None:
    vault = RootKeyVault(ROOT_KEY)
    with pytest.raises(Tampered):
        vault.unwrap("a", vault.create_organisation_key("a"), wrapped, context="")
    with pytest.raises(Tampered):
        vault.wrap("a", wrapped, b"", context="")


def test_no_error_tells_a_key() -> None:
    with pytest.raises(Invalid) as caught:
        load_root_key("c2VjcmV0" * 3, None, create=False)
    assert "c2VjcmV0" not in str(caught.value)


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


def test_processes_that_start_together_get_the_same_key(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from ipx.adapters.keyvault import load_root_key;"
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
        RootKeyVault(bytes(31))
