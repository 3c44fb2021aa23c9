"""One behaviour for every root key: in this process, and in AWS KMS (a labelled simulator)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from ipx.adapters.awskms import AwsRootKey
from ipx.adapters.keyvault import RootKeyVault
from ipx.adapters.rootkeys import LocalRootKey
from ipx.core.errors import Invalid, Tampered, Unavailable
from ipx.core.ports import RootKey
from tests.kms_simulator import CREDENTIALS, KmsSimulator, arn

CONTEXT = {"level": "organisation-key", "organisation": "a"}


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[KmsSimulator]:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with KmsSimulator() as running:
        yield running


@pytest.fixture(params=["local", "AWS KMS, simulated"])
def pair(request: pytest.FixtureRequest) -> tuple[RootKey, RootKey]:
    """Two different root keys of one kind."""
    if request.param == "local":
        return LocalRootKey(os.urandom(32)), LocalRootKey(os.urandom(32))
    simulator = request.getfixturevalue("simulator")
    return AwsRootKey(arn(1), endpoint=simulator.url), AwsRootKey(arn(2), endpoint=simulator.url)


def test_what_is_sealed_opens(pair: tuple[RootKey, RootKey]) -> None:
    root, _ = pair
    for plain in (b"", b"k" * 32, os.urandom(4096)):
        sealed = root.seal(plain, CONTEXT)
        assert plain not in sealed or not plain
        assert root.open(sealed, CONTEXT) == plain
        assert root.seal(plain, CONTEXT) != sealed


def test_it_opens_with_no_other_key_context_or_byte(pair: tuple[RootKey, RootKey]) -> None:
    root, other = pair
    sealed = root.seal(b"k" * 32, CONTEXT)
    assert root.id != other.id
    with pytest.raises(Tampered):
        other.open(sealed, CONTEXT)
    for context in ({}, {**CONTEXT, "organisation": "b"}, {**CONTEXT, "more": ""}):
        with pytest.raises(Tampered):
            root.open(sealed, context)
    for changed in (sealed[:-1], sealed + b"\0", sealed[:20] + bytes([sealed[20] ^ 1]) + sealed[21:], b""):
        with pytest.raises(Tampered):
            root.open(changed, CONTEXT)


def test_a_vault_works_on_it_and_moves_to_another(pair: tuple[RootKey, RootKey]) -> None:
    root, other = pair
    before, both, after = (RootKeyVault(lambda ring=ring: ring) for ring in ([root], [other, root], [other]))  # type: ignore[misc]
    key = before.create_organisation_key("a")
    secret = before.wrap("a", key, b"secret", context="c")
    moved = both.rewrap_organisation_key("a", key, root=both.root_key())
    assert after.unwrap("a", moved, secret, context="c") == b"secret"
    assert after.root_key() in after.check([other.id.hex()])
    with pytest.raises(Unavailable):
        after.check([root.id.hex()])
    with pytest.raises(Tampered):
        after.unwrap("b", moved, secret, context="c")


# ── AWS KMS alone ────────────────────────────────────────────────────────────────────────────────


def test_the_service_is_asked_once_for_a_key_that_is_used_often(simulator: KmsSimulator) -> None:
    root = AwsRootKey(arn(1), endpoint=simulator.url)
    vault = RootKeyVault(lambda: [root])
    key = vault.create_organisation_key("an organisation")
    for number in range(20):
        secret = vault.wrap("an organisation", key, b"secret", context=str(number))
        assert vault.unwrap("an organisation", key, secret, context=str(number)) == b"secret"
    assert [operation for operation, _, _ in simulator.trail] == ["Encrypt", "Decrypt"]
    context = simulator.trail[1][2]
    assert context["organisation"] == "an organisation"
    assert context["generation"] == "1"


def test_what_was_opened_is_forgotten_in_time(simulator: KmsSimulator) -> None:
    root = AwsRootKey(arn(1), endpoint=simulator.url, remembered=0.0)
    sealed = root.seal(b"k", CONTEXT)
    assert root.open(sealed, CONTEXT) == root.open(sealed, CONTEXT) == b"k"
    assert [operation for operation, _, _ in simulator.trail].count("Decrypt") == 2
    simulator.trouble = "DisabledException"
    with pytest.raises(Unavailable, match="DisabledException"):
        root.open(sealed, CONTEXT)


@pytest.mark.parametrize("trouble", ["ThrottlingException", "AccessDeniedException", "KMSInternalException"])
def test_a_service_that_refuses_is_unavailable(simulator: KmsSimulator, trouble: str) -> None:
    simulator.trouble = trouble
    root = AwsRootKey(arn(1), endpoint=simulator.url)
    with pytest.raises(Unavailable, match=trouble):
        root.seal(b"k", CONTEXT)


def test_a_key_that_is_not_there_and_a_service_that_is_away_are_unavailable(simulator: KmsSimulator) -> None:
    with pytest.raises(Unavailable, match="NotFoundException"):
        AwsRootKey(arn(9), endpoint=simulator.url).seal(b"k", CONTEXT)
    with pytest.raises(Unavailable, match="cannot be asked"):
        AwsRootKey(arn(1), endpoint="http://127.0.0.1:9").seal(b"k", CONTEXT)


def test_a_wrong_secret_key_is_refused(simulator: KmsSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with pytest.raises(Unavailable, match="InvalidSignature"):
        AwsRootKey(arn(1), endpoint=simulator.url).seal(b"k", CONTEXT)


def test_it_is_asked_in_a_process_that_was_forked_off(simulator: KmsSimulator) -> None:
    """As gunicorn does. A program of its own, since a test process has threads of others."""
    script = (
        "import os, sys\n"
        "from ipx.adapters.awskms import AwsRootKey\n"
        f"root = AwsRootKey({arn(1)!r}, endpoint={simulator.url!r}, remembered=0.0)\n"
        "sealed = root.seal(b'k', {})\n"
        "child = os.fork()\n"
        "if not child: os._exit(0 if root.open(sealed, {}) == b'k' else 1)\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) or root.open(sealed, {}) != b'k')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert [operation for operation, _, _ in simulator.trail] == ["Encrypt", "Decrypt", "Decrypt"]


def test_without_credentials_it_is_unavailable(simulator: KmsSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(Unavailable, match="no credentials"):
        AwsRootKey(arn(1), endpoint=simulator.url).seal(b"k", CONTEXT)


@pytest.mark.parametrize(
    "value", ["arn:aws:kms:eu-central-1:111122223333:alias/ours", "arn:aws:s3:::bucket", "arn:aws:kms:x:1:key/a"]
)
def test_only_the_arn_of_a_key_is_taken(value: str) -> None:
    with pytest.raises(Invalid) as caught:
        AwsRootKey(value)
    assert caught.value.field == "root_key"


def test_without_the_extra_it_says_what_to_install() -> None:
    script = (
        f"import sys; sys.modules['awscrt'] = None\nfrom ipx.adapters.awskms import AwsRootKey\nAwsRootKey({arn(1)!r})"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "pip install 'ipx[aws]'" in done.stderr


def test_settings_choose_it(simulator: KmsSimulator, tmp_path: Any) -> None:
    from ipx.outside import key_vault
    from tests.exchanges import embedded_settings

    settings = embedded_settings(tmp_path, IPX_ROOT_KEY=arn(1), IPX_KMS_ENDPOINT=simulator.url)
    vault = key_vault(settings)
    assert arn(1) in vault.check([])
    assert vault.wrap("a", vault.create_organisation_key("a"), b"s", context="")
    assert not (tmp_path / "keys").exists()
