"""Plays a story again and again in processes that die at its n-th boundary, resumes it, and looks at what is there.

A program of its own, so that it can fork: it has one thread and no connection, its children have what they need.

    python -m tests.faults.killing STORY DATA_FOLDER --first 1 --step 2 [--with-anvil]      one JSON line for each death
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from signal import SIGKILL
from typing import Any, Protocol

from ipx.settings import Settings, read_settings
from tests.faults.boundaries import Boundaries

Report = Callable[[dict[str, Any]], None]


class Story(Protocol):
    """What is played. Every method runs in a process of its own."""

    def prepare(self) -> dict[str, Any]:
        """Make what the plays begin with, on new data; return what they have to know."""

    def play(self, stage: dict[str, Any], number: int, begin: Callable[[], None], report: Report) -> None:
        """Play it once; call ``begin`` where boundaries begin to count, and report what was acknowledged."""

    def resume(self, stage: dict[str, Any], number: int, reported: dict[str, Any]) -> None:
        """After a death: let the exchange and the person go on, and check what is there."""

    def check(self, stage: dict[str, Any]) -> None:
        """Check everything, at the very end."""


@dataclass
class Ended:
    """How a child ended, and everything that it reported."""

    status: int
    reported: dict[str, Any]

    @property
    def was_killed(self) -> bool:
        return os.WIFSIGNALED(self.status) and os.WTERMSIG(self.status) == SIGKILL

    def must_succeed(self) -> dict[str, Any]:
        if self.status:
            raise SystemExit(f"a child failed ({self.status}): {self.reported.get('error')}")
        return self.reported


def forked(act: Callable[[Report], None]) -> Ended:
    """Run ``act`` in a child process; it reports through a pipe, which survives its death."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        status = 1
        try:
            act(lambda facts: _write(writer, facts))
            status = 0
        except BaseException:  # noqa: BLE001 - this process ends here, whatever it was
            _write(writer, {"error": traceback.format_exc()})
        finally:
            sys.stdout.flush()
            os._exit(status)
    os.close(writer)
    reported: dict[str, Any] = {}
    with os.fdopen(reader) as lines:
        for line in lines:
            reported |= json.loads(line)
    return Ended(os.waitpid(child, 0)[1], reported)


def _write(writer: int, facts: dict[str, Any]) -> None:
    os.write(writer, json.dumps(facts).encode() + b"\n")


def iterate(story: Story, settings: Settings, *, first: int, step: int, with_anvil: bool) -> int:
    """Let the story die at boundary first, first + step, … until it ends alive; return how often it died."""
    stage = forked(lambda report: report(story.prepare())).must_succeed()
    deaths = 0
    while True:
        number = first + deaths * step
        ended = forked(partial(_play, story, settings, stage, number, with_anvil))
        if not ended.was_killed:
            ended.must_succeed()
            break
        deaths += 1
        say({"number": number, **ended.reported})
        forked(partial(_resume, story, stage, number, ended.reported)).must_succeed()
    forked(lambda report: story.check(stage)).must_succeed()
    return deaths


def _play(
    story: Story, settings: Settings, stage: dict[str, Any], number: int, with_anvil: bool, report: Report
) -> None:
    def die(name: str) -> None:
        report({"died": name})
        if with_anvil:
            kill_anvil(settings)

    story.play(stage, number, Boundaries(number, die).install, report)


def _resume(story: Story, stage: dict[str, Any], number: int, reported: dict[str, Any], report: Report) -> None:
    story.resume(stage, number, reported)


def kill_anvil(settings: Settings) -> None:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        os.kill(json.loads((settings.data_dir / "chain" / "process.json").read_text())["pid"], SIGKILL)


def say(facts: dict[str, Any]) -> None:
    print(json.dumps(facts), flush=True)  # noqa: T201 - for the test that started us


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("story")
    parser.add_argument("data", type=Path)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--with-anvil", action="store_true")
    asked = parser.parse_args()
    settings = read_settings({**os.environ, "IPX_DATA_DIR": str(asked.data), "IPX_DEMO": "0", "IPX_BATCH_DELAY": "0"})
    story = importlib.import_module(f"tests.faults.{asked.story}_story").STORY(settings)
    importlib.import_module("tests.loaded")
    try:
        deaths = iterate(story, settings, first=asked.first, step=asked.step, with_anvil=asked.with_anvil)
        say({"deaths": deaths})
    finally:
        kill_anvil(settings)


if __name__ == "__main__":
    main()
