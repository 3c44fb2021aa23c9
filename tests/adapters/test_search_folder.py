"""What only the embedded search index has: a folder that lives on, can be damaged, and a process that is killed."""

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ipx.adapters.tantivy_folder import IndexFolder
from ipx.adapters.tantivy_index import TantivyIndex
from ipx.core.errors import Conflict, Unavailable
from ipx.core.ports import LISTINGS, SearchDocument, SearchQuery
from tests.adapters.search_probe import found, listing, shelf


def test_embedded_index_survives_a_restart_with_its_versions(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path)
    index.put([listing("a", version=5, title="Fifth")])
    index.remove(LISTINGS, "b", 3)
    index.close()
    again = TantivyIndex(tmp_path)
    again.put([listing("a", version=4, title="Fourth"), listing("b", version=2, title="Old")])
    assert found(again) == ["a"]
    assert found(again, "fifth") == ["a"]


def test_embedded_index_has_one_writer_and_readers_that_follow(tmp_path: Path) -> None:
    writer, reader = TantivyIndex(tmp_path), TantivyIndex(tmp_path)
    writer.put([listing("a", title="One")])
    assert found(reader, "one") == ["a"]
    with pytest.raises(Unavailable):
        reader.put([listing("b")])
    writer.rebuild(iter([listing("a", title="Two")]))
    assert found(reader, "two") == ["a"]
    writer.close()
    reader.put([listing("b", title="Two")])
    assert sorted(found(writer, "two")) == ["a", "b"]


def test_embedded_index_refuses_a_second_rebuild_at_once(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path)

    def rows() -> Iterator[SearchDocument]:
        with pytest.raises(Conflict):
            index.rebuild(iter(()))
        yield listing("a")

    assert index.rebuild(rows()) == 1


def test_the_very_first_put_may_come_during_the_very_first_rebuild(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path)

    def rows() -> Iterator[SearchDocument]:
        yield from (listing(f"old-{number}", title="Old") for number in range(600))
        index.put([listing("new", title="New")])  # there is no generation yet: it makes one, and switches to it
        yield from (listing(f"older-{number}", title="Old") for number in range(600))

    index.rebuild(rows())
    assert found(index, "new") == ["new"]
    assert index.search(SearchQuery(kind=LISTINGS)).total == 1201
    assert not index.needs_rebuild()


def current_generation(folder: Path) -> Path:
    return folder / str(json.loads((folder / "current.json").read_text())["generation"])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 0xFF
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def damage_file(how: Callable[[Path], object], ending: str) -> Callable[[Path], object]:
    return lambda folder: how(next(current_generation(folder).glob(f"*.{ending}")))


def make_older(folder: Path) -> None:
    pointer = folder / "current.json"
    pointer.write_text(json.dumps(json.loads(pointer.read_text()) | {"layout": 0}))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "pointer": lambda folder: (folder / "current.json").write_bytes(b"{"),
    "layout": make_older,
    "gone": lambda folder: current_generation(folder).rename(folder / "elsewhere"),
    "meta": lambda folder: cut(current_generation(folder) / "meta.json"),
} | {
    f"{how.__name__} {ending}": damage_file(how, ending)
    for how in (flip, cut, Path.unlink)
    for ending in ("store", "term", "idx", "pos", "fast", "fieldnorm")
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_embedded_index_reports_damage_and_a_rebuild_cures_it(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    index = TantivyIndex(tmp_path)
    index.rebuild(iter(shelf()))
    index.close()
    damage(tmp_path)
    again = TantivyIndex(tmp_path)
    assert again.needs_rebuild()
    for call in (again.check, lambda: found(again), lambda: again.put([listing("a")])):
        with pytest.raises(Unavailable, match="rebuilt"):
            call()
    assert again.rebuild(iter(shelf())) == 60
    assert not again.needs_rebuild()
    assert again.search(SearchQuery(kind=LISTINGS, words="device")).total == 60
    assert TantivyIndex(tmp_path).check() == "tantivy: 60 documents"


def test_embedded_index_keeps_what_was_damaged_until_the_next_switch(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path)
    index.rebuild(iter(shelf()))
    index.close()
    flip(next(current_generation(tmp_path).glob("*.store")))
    again = TantivyIndex(tmp_path)
    again.rebuild(iter(shelf()))
    assert len(list(tmp_path.glob("damaged-*"))) == 1
    again.rebuild(iter(shelf()))
    assert sorted(path.name.partition("-")[0] for path in tmp_path.iterdir()) == ["current.json", "generation"]


def test_embedded_check_finds_damage_that_came_later(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path)
    index.rebuild(iter(shelf()))
    flip(next(current_generation(tmp_path).glob("*.store")))
    assert not index.needs_rebuild()
    with pytest.raises(Unavailable):
        index.check()
    assert index.needs_rebuild()


WRITES_FOR_EVER = """
import sys
from pathlib import Path
from ipx.adapters.tantivy_index import TantivyIndex
from ipx.core.ports import SearchDocument
index, version = TantivyIndex(Path(sys.argv[1])), int(sys.argv[2])
while True:
    version += 1
    index.put([SearchDocument(str(n), "listings", version, f"Edition e{version}x", "", "") for n in range(20)])
    if version % 5 == 0:
        index.remove("listings", "19", version)
    print(version, flush=True)
    if version % 7 == 0:
        index.rebuild(SearchDocument(str(n), "listings", version, f"Edition e{version}x", "", "") for n in range(19))
"""


def test_embedded_index_survives_kill_9_while_it_writes(tmp_path: Path) -> None:
    random.seed(11)
    version = 0
    for _ in range(4):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITES_FOR_EVER, str(tmp_path), str(version)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        acknowledged = [int(child.stdout.readline()) for _ in range(random.randint(3, 12))]
        time.sleep(random.random() / 20)
        child.send_signal(signal.SIGKILL)
        acknowledged += [int(line) for line in child.stdout.read().split()]
        child.stdout.close()
        child.wait()
        version = acknowledged[-1]
        index = TantivyIndex(tmp_path)
        assert index.check().startswith("tantivy: ")
        # Each write is there as a whole: the last acknowledged one, or the one that was under way.
        totals = [index.search(SearchQuery(kind=LISTINGS, words=f"e{v}x")).total for v in (version, version + 1)]
        assert sorted(totals) in ([0, 19], [0, 20])
        index.put([listing("0", version=1, title="Too old")])
        assert found(index, "too old") == []
        index.close()
        version += 1
    leftovers = [path for path in tmp_path.glob("generation-*") if path != current_generation(tmp_path)]
    TantivyIndex(tmp_path).rebuild(iter(shelf()))
    assert not any(path.exists() for path in leftovers)
    assert IndexFolder(tmp_path).complete()
