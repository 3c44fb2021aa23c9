"""`ipx audit check`, `rebuild` and `report` on PostgreSQL, with anvil and with geth: all three say the same."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from ipx.adapters.evm.keys import address_of
from ipx.adapters.evm.rpc import Rpc
from ipx.audit_commands import audit_check, audit_rebuild, audit_report
from ipx.embedded import prepare
from ipx.licences.models import LicenceRow
from tests.audited_world import Audited, as_command, audited_exchange
from tests.backups import opened
from tests.chain_clients import MONEY, wait_until
from tests.exchanges import embedded_settings, empty_postgres
from tests.services import address
from tests.table_edits import EDITS

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]
CHAINS = {"anvil": "IPX_TEST_ANVIL_URL", "geth": "IPX_TEST_GETH_URL"}


def fund(url: str, account: str) -> None:
    """Give an account money of the one that a development chain holds unlocked."""
    rpc = Rpc(url)
    payer = rpc.call("eth_accounts")[0]
    rpc.call("eth_sendTransaction", {"from": payer, "to": account, "value": hex(MONEY)})
    wait_until(lambda: int(rpc.call("eth_getBalance", account, "latest"), 16) == MONEY)


@pytest.fixture(scope="module", params=CHAINS)
def audited(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    url, key = address(CHAINS[request.param]), secrets.token_hex(32)
    fund(url, address_of(key))
    with empty_postgres() as database:
        where = {"IPX_DATABASE_URL": database, "IPX_CHAIN_URL": url, "IPX_CHAIN_FINALITY": "0", "IPX_CHAIN_KEY": key}
        settings = embedded_settings(tmp_path_factory.mktemp("audited") / "data", **where)
        settings.data_dir.mkdir(parents=True)
        prepare(settings, None)
        with opened(settings) as exchange, audited_exchange(exchange, waits_for_blocks=True) as audited:
            wait_for_finality(url, is_anvil=request.param == "anvil")
            yield audited


def wait_for_finality(url: str, *, is_anvil: bool) -> None:
    """Wait until the node itself calls final what the exchange, which is told to count no blocks, calls final.

    The check goes by the node's tag. anvil has no blocks but those of transactions, so it is asked for some more.
    """
    rpc = Rpc(url)
    last = int(rpc.call("eth_blockNumber"), 16)
    if is_anvil:
        rpc.call("anvil_mine", hex(8))
    wait_until(lambda: int(rpc.call("eth_getBlockByNumber", "finalized", False)["number"], 16) >= last)


def answer_of(audited: Audited, monkeypatch: pytest.MonkeyPatch, command: Any, *arguments: str) -> Any:
    answer = as_command(audited, monkeypatch, command, *arguments)
    assert answer.exit_code == 0, (answer.output, answer.exception)
    return json.loads(answer.stdout_bytes)


def test_check_when_nobody_edited_then_tables_equal_the_chain(
    audited: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = answer_of(audited, monkeypatch, audit_check, "--json")
    assert report["holds"] is True
    assert min(report["compared"][area] for area in ("titles", "licences", "undertakings")) >= 2


@pytest.mark.parametrize("edit", EDITS[::5], ids=lambda edit: f"{edit.name}-{edit.field}")
def test_check_when_a_table_was_edited_then_names_it(audited: Audited, edit: Any) -> None:
    found = audited.after(lambda session: edit.change(session, audited))
    assert [one for one in found if one.area == edit.area and (not edit.field or one.field == edit.field)], found


def test_report_and_rebuild_when_made_then_name_the_same_grants_with_their_blocks(
    audited: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = audited.owner.organisation_id
    report = answer_of(audited, monkeypatch, audit_report, "--organisation", owner)
    grants = [line for line in report["lines"] if line["section"] == "grant"]
    assert len(grants) == len([line for line in report["lines"] if line["section"] == "ownership"]) == 2
    url = audited.world.exchange.settings.chain_urls[0]
    rebuilt = answer_of(audited, monkeypatch, audit_rebuild, "--rpc", url, "--json")
    assert rebuilt["holds"] is True
    with audited.world.database.read() as session:
        tokens = {session.get_one(LicenceRow, one).token for one in audited.licences}
    licences = {one["token"]: one for one in rebuilt["licences"] if one["token"] in tokens}
    assert set(licences) == tokens
    told = {(one["block"], one["transaction"]) for one in grants}
    assert told == {(one["granted"]["block"], one["granted"]["by"]) for one in licences.values()}


def test_report_when_of_a_day_before_all_of_it_then_knows_no_grant_and_no_title_on_the_chain(
    audited: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, before = audited.owner.organisation_id, datetime(2020, 1, 1, tzinfo=UTC).isoformat()
    report = answer_of(audited, monkeypatch, audit_report, "--organisation", owner, "--as-of", before)
    assert not [line for line in report["lines"] if line["block"] or line["section"] == "grant"]
