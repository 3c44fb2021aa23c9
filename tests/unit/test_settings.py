"""Settings: read once, checked at once; production refuses simulators, default secrets and plain http."""

from pathlib import Path

import pytest

from ipx.core.errors import Invalid
from ipx.settings import read_settings

PRODUCTION = {
    "IPX_MODE": "production",
    "IPX_PUBLIC_URL": "https://ipx.example",
    "IPX_DATABASE_URL": "postgresql://ipx@db/ipx",
    "IPX_CHAIN_URL": "https://node.example",
    "IPX_CHAIN_KEY": "0x" + "1" * 64,
    "IPX_KUBO_API": "http://kubo:5001",
    "IPX_ELASTICSEARCH_URL": "http://elasticsearch:9200",
    "IPX_STRIPE_SECRET_KEY": "sk_live_x",
    "IPX_STRIPE_WEBHOOK_SECRET": "whsec_x",
    "IPX_SMTP_URL": "smtps://mail.example",
    "IPX_ROOT_KEY": "ab" * 32,
    "IPX_SECRET_KEY": "s" * 40,
}


def test_embedded_mode_needs_no_setting(tmp_path: Path) -> None:
    settings = read_settings({"IPX_DATA_DIR": str(tmp_path)})
    assert settings.embedded
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.database_url == f"sqlite:///{tmp_path / 'ipx.sqlite3'}"


def test_a_complete_production_is_accepted() -> None:
    assert not read_settings(PRODUCTION).embedded


@pytest.mark.parametrize("name", sorted(set(PRODUCTION) - {"IPX_MODE"}))
def test_production_refuses_what_is_missing(name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_settings({key: value for key, value in PRODUCTION.items() if key != name})
    assert name in refusal.value.message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IPX_PUBLIC_URL", "http://ipx.example"),
        ("IPX_DATABASE_URL", "sqlite:///x"),
        ("IPX_STRIPE_API_BASE", "http://127.0.0.1:1/simulator/stripe"),
        ("IPX_SECRET_KEY", "short"),
        ("IPX_DEMO", "1"),
        ("IPX_CHAIN_FINALITY", "soon"),
    ],
)
def test_production_refuses_what_is_unsafe(name: str, value: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_settings({**PRODUCTION, name: value})
    assert name in refusal.value.message


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(Invalid) as refusal:
        read_settings({"IPX_MODE": "production"})
    assert all(name in refusal.value.message for name in ("IPX_CHAIN_URL", "IPX_ROOT_KEY", "IPX_SMTP_URL"))


@pytest.mark.parametrize("name", ["IPX_PORT", "IPX_BATCH_DELAY", "IPX_UPLOAD_LIMIT"])
def test_a_number_that_is_none_is_one_clear_line(name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_settings({name: "abc"})
    assert name in refusal.value.message


def test_a_mode_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Invalid):
        read_settings({"IPX_MODE": "prod"})


def test_several_chain_endpoints_stand_between_commas() -> None:
    settings = read_settings({**PRODUCTION, "IPX_CHAIN_URL": "https://a.example/KEY, https://b.example,"})
    assert settings.chain_urls == ("https://a.example/KEY", "https://b.example")
    assert settings.chain_url == "https://a.example/KEY"
    assert read_settings({}).chain_url is None


@pytest.mark.parametrize("urls", ["https://a.example,b.example", "https://a.example,https://a.example"])
def test_endpoints_that_are_no_addresses_or_named_twice_are_refused(urls: str) -> None:
    with pytest.raises(Invalid, match="IPX_CHAIN_URL"):
        read_settings({**PRODUCTION, "IPX_CHAIN_URL": urls})


def test_operators_are_named_by_address_and_nobody_is_one_in_production_by_default() -> None:
    assert read_settings(PRODUCTION).operators == ()
    assert read_settings({**PRODUCTION, "IPX_OPERATORS": "Ops@ipx.example, b@c.example"}).operators == (
        "ops@ipx.example",
        "b@c.example",
    )
    assert read_settings({}).operators == ("olga@operator.example",)
    assert read_settings({"IPX_DEMO": "0"}).operators == ()
    with pytest.raises(Invalid, match="IPX_OPERATORS"):
        read_settings({**PRODUCTION, "IPX_OPERATORS": "ops"})
