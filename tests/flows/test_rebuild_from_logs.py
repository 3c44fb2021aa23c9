"""Titles and licences rebuilt from logs alone are what the contracts store, on every date; on anvil and on geth."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from ipx.audit_commands import audit_rebuild
from ipx.core import commitment
from ipx.core.canonical import Json, encode
from ipx.core.errors import Invalid, Unavailable
from ipx.core.opening import write_opening
from ipx.history.rebuild.reader import RegistryReader
from ipx.history.rebuild.rebuilding import Rebuilt, rebuild, registries_at
from ipx.history.rebuild.records import Record
from tests.chain_clients import CLIENTS, running_client
from tests.registry_player import Player, fields, word

EVENT = 60  # seconds between two acts, where time can be made to pass


@pytest.fixture(scope="module", params=CLIENTS)
def player(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Player]:
    folder = tmp_path_factory.mktemp("client")
    with running_client(request.param, folder) as client:
        yield Player(client, folder / "registries")


def url_of(player: Player) -> str:
    url = player.rpc._url
    return url if isinstance(url, str) else url()


def rebuilt(player: Player) -> Rebuilt:
    found = rebuild(RegistryReader(url_of(player)), player.registries)
    assert found.contradictions == []
    return found


def now(player: Player, found: Rebuilt) -> Record:
    return found.record(as_of=found.tip.time, known_at=found.tip.time)


def test_story_when_rebuilt_then_equals_what_the_contracts_store(player: Player) -> None:
    alice, bob, carol, licensee, bank = (player.account() for _ in range(5))
    title = player.register(alice)
    assert player.convey(title, alice, bob, kind=2, bps=3_000)
    assert player.convey(title, alice, bank, kind=6, bps=0)
    licence = player.grant(alice, licensee, [title], authority=carol, transferRule=2)
    assert licence is not None
    below = player.grant(licensee, bob, [title], parent=licence)
    outliving = player.grant(licensee, carol, [title], parent=licence, survives=True)
    assert below is not None
    assert outliving is not None
    assert player.convey(title, bank, alice, kind=7, bps=0)
    assert player.change(licence, title, "terminate", carol, reason=1)
    assert player.convey(title, alice, carol, document="0x" + "ab" * 32)
    record = now(player, rebuilt(player))
    (licences, titles), *_ = player.registries.title_registry_of.items()
    found = record.titles[titles, word(title)]
    assert fields(found, player.stored_title(title)) == player.stored_title(title)
    assert found.shares == {carol.lower(): Fraction(7, 10), bob.lower(): Fraction(3, 10)}
    assert [(one.kind.name, one.released is not None) for one in found.interests] == [("SECURITY_INTEREST", True)]
    assert found.grants == [word(token) for token in (licence, below, outliving)]
    for token in (licence, below, outliving):
        stored = player.stored_licence(token, title)
        assert fields(record.licences[licences, word(token)], stored) == stored
    assert record.licences[licences, word(below)].status.name == "TERMINATED", "it ended with its parent"
    assert record.licences[licences, word(outliving)].hangs_on_title
    assert record.licences[licences, word(outliving)].licensor == carol.lower()
    assert record.problems == []


OPERATIONS = (
    "convey", "partial", "interest", "release", "account", "by_party", "name", "rectify", "withdraw", "substantiate",
    "grant", "publish", "sublicense", "transfer", "suspend", "resume", "terminate", "convert", "renew",
)  # fmt: skip


class History:
    """One random history: what was done, and after each act what the contracts stored at that block."""

    def __init__(self, player: Player, draw: Any) -> None:
        self.player, self.draw = player, draw
        self.people = [player.account() for _ in range(4)]
        self.titles: list[int] = []
        self.licences: list[tuple[int, int]] = []
        self.snapshots: list[tuple[int, dict[int, Any], dict[int, Any]]] = []
        for _ in range(draw(st.integers(1, 2))):
            self.titles.append(player.register(self.anybody()))

    def anybody(self) -> str:
        return self.draw(st.sampled_from(self.people))

    def holder_of(self, title: int) -> str:
        return str(self.player.ask("TitleRegistry", "ownerOf", title))

    def step(self, operation: str) -> None:
        self.player.pass_time(self.draw(st.integers(1, EVENT)))
        getattr(self, f"_{operation}", self._change_status(operation))()
        block, time = self.player.now()
        stored = ({title: self.player.stored_title(title, block) for title in self.titles},
                  {one: self.player.stored_licence(one, title, block) for one, title in self.licences})  # fmt: skip
        self.snapshots.append((time, *stored))

    def _title(self) -> int:
        return self.draw(st.sampled_from(self.titles))

    def _document(self) -> str:
        return "0x" + self.draw(st.sampled_from(["00", "cd"])) * 32

    def _convey(self) -> None:
        title = self._title()
        kind = self.draw(st.sampled_from([1, 3, 4, 10, 11]))
        self.player.convey(title, self.holder_of(title), self.anybody(), kind=kind, document=self._document())

    def _partial(self) -> None:
        title = self._title()
        bps = self.draw(st.integers(1, 9_999))
        self.player.convey(title, self.holder_of(title), self.anybody(), kind=2, bps=bps)

    def _interest(self) -> None:
        title = self._title()
        kind = self.draw(st.sampled_from([6, 8, 9]))
        self.player.convey(title, self.holder_of(title), self.anybody(), kind=kind, bps=0)

    def _release(self) -> None:
        self.player.convey(self._title(), self.anybody(), self.anybody(), kind=7, bps=0)

    def _account(self) -> None:
        title = self._title()
        self.player.convey(title, self.holder_of(title), self.anybody(), kind=12)

    def _by_party(self) -> None:
        kind, bps = self.draw(st.sampled_from([(1, 500), (2, 1_000), (12, 0), (6, 0), (11, 100)]))
        self.player.convey(self._title(), self.anybody(), self.anybody(), kind=kind, bps=bps)

    def _name(self) -> None:
        title = self._title()
        self.player.convey(title, self.holder_of(title), self.holder_of(title), kind=5, bps=0)

    def _rectify(self) -> None:
        basis = self.draw(st.integers(1, 8))
        self.player.rectify(self._title(), self.anybody(), basis=basis, document=self._document())

    def _withdraw(self) -> None:
        self.player.rectify(self._title(), self.anybody(), basis=1, withdraw=True)

    def _substantiate(self) -> None:
        title, evidence = self._title(), self.draw(st.integers(1, 2))
        self.player.substantiate(title, self.holder_of(title), evidence=evidence, document="0x" + "ef" * 32)

    def _grant(self, **changes: Any) -> None:
        lead = self._title()
        holder = self.holder_of(lead)
        titles = [lead, *(other for other in self.titles if other != lead and self.holder_of(other) == holder)]
        changes.setdefault("transferRule", self.draw(st.integers(0, 2)))
        self._keep(self.player.grant(holder, self.anybody(), titles, authority=self.people[0], **changes), lead)

    def _publish(self) -> None:
        _, time = self.player.now()
        start = self.draw(st.sampled_from([0, time, time + 3 * EVENT]))
        end = self.draw(st.sampled_from([0, time + 4 * EVENT, time + 100 * EVENT]))
        self._grant(exclusivity=self.draw(st.integers(1, 4)), start=start, end=end)

    def _sublicense(self) -> None:
        if not self.licences:
            return self._grant()
        parent, lead = self.draw(st.sampled_from(self.licences))
        licensor = str(self.player.ask("LicenceRegistry", "ownerOf", parent))
        survives = self.draw(st.booleans())
        holder = self.anybody()
        return self._keep(self.player.grant(licensor, holder, [lead], parent=parent, survives=survives), lead)

    def _keep(self, licence: int | None, lead: int) -> None:
        if licence is not None:
            self.licences.append((licence, lead))

    def _transfer(self) -> None:
        if not self.licences:
            return self._grant(transferRule=2)
        licence, title = self.draw(st.sampled_from(self.licences))
        holder = str(self.player.ask("LicenceRegistry", "ownerOf", licence))
        licensor = str(self.player.ask("LicenceRegistry", "licensorOf", licence, title))
        self.player.transfer(licence, title, holder, self.anybody(), licensor)
        return None

    def _change_status(self, action: str) -> Any:
        def change() -> None:
            if not self.licences:
                return self._grant()
            licence, title = self.draw(st.sampled_from(self.licences))
            licensor = str(self.player.ask("LicenceRegistry", "licensorOf", licence, title))
            _, end, _ = self.player.ask("LicenceRegistry", "termOf", licence)
            later = end + 50 * EVENT if end and action == "renew" else 0
            self.player.change(licence, title, action, licensor, end=later)
            return None

        return change


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_history_when_played_then_the_rebuild_equals_the_contracts_on_every_date(
    player: Player, data: st.DataObject
) -> None:
    if player.client.anvil is None:
        pytest.skip("the story above is enough where a block takes a second")
    history = History(player, data.draw)
    for operation in data.draw(st.lists(st.sampled_from(OPERATIONS), min_size=4, max_size=14)):
        history.step(operation)
    found = rebuilt(player)
    (licences, titles), *_ = player.registries.title_registry_of.items()
    for time, stored_titles, stored_licences in history.snapshots:
        record = found.record(as_of=time, known_at=time)
        for title, stored in stored_titles.items():
            assert fields(record.titles[titles, word(title)], stored) == stored
            assert sum(record.titles[titles, word(title)].shares.values()) == 1
        for licence, stored in stored_licences.items():
            assert fields(record.licences[licences, word(licence)], stored) == stored
    assert found.reducer.problems == []


def run(player: Player, *arguments: str) -> Any:
    app = typer.Typer()
    app.command()(audit_rebuild)
    licences = player.address("LicenceRegistry")
    return CliRunner().invoke(app, ["--rpc", url_of(player), "--contract", licences, *arguments])


def test_command_when_run_then_tells_titles_licences_and_only_what_openings_open(
    player: Player, tmp_path: Path
) -> None:
    alice, licensee = player.account(), player.account()
    title = player.register(alice)
    salt = secrets.token_bytes(32)
    value: dict[str, Json] = {"terms": {"exclusivity": "exclusive"}, "agreement": "x"}
    digest = hashlib.sha256(encode(value)).digest()
    token = "0x" + commitment.commit(commitment.GRANT, salt=salt, content_sha256=digest, owner=alice).hex()
    assert player.grant(alice, licensee, [title], commitment=token) is not None
    (tmp_path / "held.json").write_bytes(write_opening("grant", value=value, salt=salt, owner=alice))
    (tmp_path / "other.json").write_bytes(write_opening("grant", value=value, salt=bytes(32), owner=alice))
    (tmp_path / "spoilt.json").write_text("{}")
    answer = run(player, "--json", "--openings", str(tmp_path))
    assert answer.exit_code == 0, answer.output
    content = json.loads(answer.output)
    licence = next(one for one in content["licences"] if one["token"] == token)
    assert licence["terms"] == {"exclusivity": "exclusive"}
    assert licence["status"] == "active"
    assert set(content["unused_openings"]) == {"other.json", "spoilt.json"}
    assert all(one["terms"] is None for one in content["licences"] if one["token"] != token)
    assert content["holds"] is True
    assert "exclusivity sealed" in run(player).output


def test_dates_when_before_the_grant_then_it_is_not_there(player: Player) -> None:
    alice = player.account()
    title = player.register(alice)
    _, before = player.now()
    player.pass_time(5)
    licence = player.grant(alice, player.account(), [title])
    assert licence is not None
    found = rebuilt(player)
    (registry, titles), *_ = player.registries.title_registry_of.items()
    earlier = found.record(as_of=before, known_at=found.tip.time)
    assert (registry, word(licence)) not in earlier.licences
    assert earlier.titles[titles, word(title)].grants == []
    assert (titles, word(title)) not in found.record(as_of=found.tip.time, known_at=before - 1).titles


def test_node_when_it_holds_back_a_log_then_it_is_found_out(player: Player) -> None:
    alice = player.account()
    title = player.register(alice)
    granted = player.grant(alice, player.account(), [title])
    assert granted is not None
    hidden = word(granted)

    class Withholding(RegistryReader):
        def logs(self, *arguments: Any, **options: Any) -> Iterator[dict[str, Any]]:
            for log in super().logs(*arguments, **options):
                if hidden not in log["topics"]:
                    yield log

    found = rebuild(Withholding(url_of(player)), player.registries)
    assert any(word(title) in words and "chain of grants" in words for words in found.contradictions)


def test_registries_when_named_by_the_licences_then_found_and_others_refused(player: Player) -> None:
    reader = RegistryReader(url_of(player))
    (licences, titles), *_ = player.registries.title_registry_of.items()
    assert registries_at(reader, [player.address("LicenceRegistry")]).title_registry_of == {licences: titles}
    assert registries_at(reader, [titles]).titles_only == [titles]
    with pytest.raises(Unavailable):
        registries_at(reader, ["0x" + "12" * 20])
    with pytest.raises(Invalid):
        registries_at(reader, [])
