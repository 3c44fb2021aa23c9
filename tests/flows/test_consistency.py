"""`ipx check`: database, chain, index and stores held against each other, and mended where a program may mend."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.check_command import check
from ipx.core.ports import LISTINGS, SearchDocument
from ipx.technologies.models import TitleRow
from ipx.vault.models import DocumentRow
from tests.audited_world import Audited, as_command, audited_exchange
from tests.exchanges import running_exchange

STRAY = SearchDocument(id="gone", kind=LISTINGS, version=3, title="Withdrawn long ago", summary="", text="")


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    """An exchange of its own, with titles, licences and listings; everything is final."""
    with running_exchange(tmp_path_factory.mktemp("consistent")) as exchange, audited_exchange(exchange) as audited:
        yield audited


@pytest.fixture
def look(audited: Audited, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, dict[str, Any]]]:
    """Run the command as an operator does beside the running exchange, on the same folder."""

    def run(*arguments: str) -> tuple[int, dict[str, Any]]:
        answer = as_command(audited, monkeypatch, check, *arguments, "--json")
        assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.output
        return answer.exit_code, {part["part"]: part for part in json.loads(answer.stdout)}

    return run


Look = Callable[..., tuple[int, dict[str, Any]]]


def test_when_nothing_differs_then_all_four_agree_with_counts(look: Look) -> None:
    code, parts = look()
    assert code == 0, parts
    assert list(parts) == ["database", "chain", "index", "stores"]
    assert all(part["holds"] and any(letter.isdigit() for letter in part["counted"]) for part in parts.values())


def test_index_when_it_lacks_and_has_what_it_should_not_then_named_and_mended(audited: Audited, look: Look) -> None:
    index = audited.world.exchange.outside.index
    public = next(index.entries())
    index.remove(public.kind, public.id, public.version)
    index.put([STRAY])
    code, parts = look()
    assert code == 1
    assert parts["index"]["differences"] == [
        f"{public.kind}:{public.id} is public and cannot be found",
        f"{LISTINGS}:gone is found and not public",
    ]
    assert parts["chain"]["holds"]
    assert parts["stores"]["holds"]

    code, parts = look("--repair")
    assert code == 0, parts
    assert parts["index"]["repaired"] == 2
    assert {(one.id, one.version) for one in index.entries()} >= {(public.id, public.version)}


def test_store_when_a_file_is_damaged_then_named_and_the_rest_is_still_checked(audited: Audited, look: Look) -> None:
    cid = audited.world.read(lambda session: session.scalars(select(DocumentRow.cid)).first())
    folder = next(path for path in (audited.world.exchange.settings.data_dir).rglob(str(cid)) if path.is_dir())
    block = next(folder.iterdir())
    whole = block.read_bytes()
    block.write_bytes(whole[:-1] + bytes((whole[-1] ^ 1,)))
    try:
        code, parts = look("--repair")
        assert code == 1
        assert [line for line in parts["stores"]["differences"] if str(cid) in line]
        assert parts["index"]["holds"]
        assert parts["chain"]["holds"]
    finally:
        block.write_bytes(whole)
    assert look()[0] == 0


def test_chain_when_a_row_differs_then_named_and_never_overwritten(audited: Audited, look: Look) -> None:
    def edit(value: str) -> Callable[[Session], str]:
        def change(session: Session) -> str:
            row = session.scalars(select(TitleRow).where(TitleRow.right_id == audited.right)).one()
            former, row.token = row.token, value
            return former

        return change

    token = audited.world.write(edit("4711"))
    try:
        code, parts = look("--repair")
        assert code == 1
        assert any("4711" in line for line in parts["chain"]["differences"]), parts["chain"]
        assert audited.world.write(edit("4711")) == "4711"
    finally:
        audited.world.write(edit(token))
    assert look()[0] == 0


def test_chain_when_no_node_answers_then_said_and_the_rest_is_still_checked(look: Look) -> None:
    code, parts = look("--rpc", "http://127.0.0.1:9")
    assert code == 1
    assert parts["chain"]["counted"] == "could not be checked"
    assert parts["index"]["holds"]
    assert parts["stores"]["holds"]
