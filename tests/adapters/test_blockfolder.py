"""What only the folder of blocks can show: damage on the disk, a full disk, and kill -9 at any moment."""

import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ipx.adapters.blockfolder import BlockFolder
from ipx.core.errors import NotFound, Tampered, Unavailable
from ipx.core.unixfs import PROFILE, Importer

MIB = PROFILE.chunk_size
CHECKOUT = Path(__file__).parents[2]
CONTENT = random.Random(1).randbytes(MIB + 5)


def put(store: BlockFolder, content: bytes) -> str:
    sink = store.begin()
    sink.write(content)
    return sink.finish().cid


def get(store: BlockFolder, cid: str) -> bytes:
    source = store.open(cid)
    content = source.read()
    source.close()
    return content


def open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def blocks_on_disk(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("files/*/*/*") if path.is_file())


def test_a_damaged_block_is_noticed_and_adding_the_file_again_repairs_it(tmp_path: Path) -> None:
    store = BlockFolder(tmp_path)
    cid = put(store, CONTENT)
    for block in blocks_on_disk(tmp_path):
        good = block.read_bytes()
        block.write_bytes(good[:-1] + bytes((good[-1] ^ 1,)))
        with pytest.raises(Tampered):
            get(store, cid)
        assert put(store, CONTENT) == cid
        assert get(store, cid) == CONTENT


def test_a_lost_block_is_not_found(tmp_path: Path) -> None:
    store = BlockFolder(tmp_path)
    cid = put(store, CONTENT)
    (leaf,) = (block for block in blocks_on_disk(tmp_path) if block.stat().st_size == 5)
    leaf.unlink()
    with pytest.raises(NotFound):
        get(store, cid)


def test_a_disk_that_refuses_a_block_ends_the_file_and_nothing_of_it_stays(tmp_path: Path) -> None:
    store = BlockFolder(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    sink = store.begin()
    resource.setrlimit(resource.RLIMIT_FSIZE, (MIB // 2, hard))  # a real refusal by the kernel: EFBIG
    try:
        with pytest.raises(Unavailable):
            sink.write(CONTENT)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    with pytest.raises(ValueError, match="failed"):
        sink.write(b"the rest")
    with pytest.raises(ValueError, match="failed"):
        sink.finish()
    sink.abort()
    assert list(store.files()) == []
    assert list((tmp_path / "incoming").iterdir()) == []
    assert get(store, put(store, CONTENT)) == CONTENT


def test_a_disk_that_refuses_a_later_block_ends_the_file_too(tmp_path: Path) -> None:
    store = BlockFolder(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    sink = store.begin()
    for _ in range(3):
        sink.write(CONTENT)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MIB // 2, hard))
    try:
        with pytest.raises(Unavailable, match="too large"):
            for number in range(9):  # in a thread: told while the rest comes, or at the end
                sink.write(random.Random(number).randbytes(MIB))
            sink.root()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    with pytest.raises(ValueError, match="failed"):
        sink.finish()
    sink.abort()
    assert list(store.files()) == []
    assert list((tmp_path / "incoming").iterdir()) == []


def test_a_file_that_is_given_up_leaves_nothing_open(tmp_path: Path) -> None:
    store = BlockFolder(tmp_path)
    before = open_files()
    for number in range(5):
        sink = store.begin()
        sink.write(random.Random(number).randbytes(14 * MIB))  # most of its blocks wait for the disk still
        sink.abort()
    assert open_files() == before
    assert list((tmp_path / "incoming").iterdir()) == []


def test_another_process_that_starts_leaves_a_file_being_written_alone(tmp_path: Path) -> None:
    sink = BlockFolder(tmp_path).begin()
    sink.write(CONTENT)
    again = BlockFolder(tmp_path)
    assert get(again, sink.finish().cid) == CONTENT


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(Unavailable):
        BlockFolder(tmp_path / "taken")


def test_blocks_are_for_the_owner_only(tmp_path: Path) -> None:
    put(BlockFolder(tmp_path), CONTENT)
    assert (tmp_path / "files").stat().st_mode & 0o077 == 0


# Writes and deletes files for ever; says what is done only when it is done.
WRITER = """
import random, sys
from pathlib import Path
from ipx.adapters.blockfolder import BlockFolder

store, rng = BlockFolder(Path(sys.argv[1])), random.Random(sys.argv[2])
print("ready", flush=True)
while True:
    sink = store.begin()
    for _ in range(rng.randrange(40)):
        sink.write(rng.randbytes(65_552))
    cid = sink.finish().cid
    print("finished", cid, flush=True)
    if rng.random() < 0.3:
        print("deleting", cid, flush=True)
        store.delete(cid)
        print("deleted", cid, flush=True)
"""


def run_and_kill(folder: Path, rng: random.Random) -> dict[str, set[str]]:
    """Run the writer for a random while, kill it, and return the CIDs of its whole lines by their verb."""
    command = [sys.executable, "-c", WRITER, str(folder), str(rng.random())]
    said: dict[str, set[str]] = {"finished": set(), "deleting": set(), "deleted": set()}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(rng.uniform(0, 0.25))
        child.send_signal(signal.SIGKILL)
        for line in child.stdout:
            if line.endswith("\n"):
                verb, cid = line.split()
                said[verb].add(cid)
    return said


def cid_of(content: bytes) -> str:
    importer = Importer()
    importer.feed(content)
    importer.finish()
    return str(importer.root)


def test_after_kill_9_every_finished_file_is_whole_and_no_half_file_is_visible(tmp_path: Path) -> None:
    rng = random.Random(20261122)
    visible: set[str] = set()
    for _ in range(10):
        said = run_and_kill(tmp_path, rng)
        must_be = (visible | said["finished"]) - said["deleting"]
        store = BlockFolder(tmp_path)
        visible = set(store.files())
        assert must_be <= visible
        assert not said["deleted"] & visible
        assert list((tmp_path / "incoming").iterdir()) == []
        for cid in visible:
            assert cid_of(get(store, cid)) == cid
    assert len(visible) > 10


# Forks a child for each system call that changes the folder, and kills the child just before that call.
AT_EVERY_STEP = """
import itertools, os, random, signal, sys
from pathlib import Path
from ipx.adapters.blockfolder import BlockFolder

CONTENT = random.Random(1).randbytes((2 << 20) + 5)
CHANGES = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir"}

def put(store):
    sink = store.begin()
    for start in range(0, len(CONTENT), 300_000):
        sink.write(CONTENT[start : start + 300_000])
    return sink.finish().cid

def work(folder, fatal):
    steps = itertools.count(1)
    sys.addaudithook(
        lambda event, _: os.kill(os.getpid(), signal.SIGKILL) if event in CHANGES and next(steps) == fatal else None
    )
    store = BlockFolder(folder)
    store.delete(put(store))
    put(store), put(store)
    os._exit(0)

for fatal in itertools.count(1):
    folder = Path(sys.argv[1], str(fatal))
    child = os.fork() or work(folder, fatal)
    _, status = os.waitpid(child, 0)
    store = BlockFolder(folder)
    for cid in store.files():
        assert store.open(cid).read() == CONTENT, fatal
        assert {block.name for block in (folder / "files" / cid[-2:] / cid).iterdir()} == KNOWN, fatal
    assert not list((folder / "incoming").iterdir()), fatal
    cid = put(store)
    KNOWN = {block.name for block in (folder / "files" / cid[-2:] / cid).iterdir()}
    assert len(KNOWN) == 4, fatal
    if status == 0:
        print(fatal - 1, "steps survived")
        break
    assert os.WTERMSIG(status) == signal.SIGKILL, fatal
"""


def test_a_kill_before_any_single_step_leaves_whole_files_only(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", AT_EVERY_STEP, str(tmp_path)], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) > 50
