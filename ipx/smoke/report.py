"""What the person at the terminal sees: each step with its result and time; or the same as JSON."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Generic, TypeVar

from rich.console import Console
from rich.text import Text

from ipx.smoke.failures import LeftOut, NotPossible, StepFailed

Context = TypeVar("Context")
PASSED, FAILED, NOT_POSSIBLE, LEFT_OUT = "passed", "failed", "not possible here", "left out"
_MARKS = {PASSED: ("✓", "green"), LEFT_OUT: ("–", "dim")}


@dataclass(frozen=True)
class Step(Generic[Context]):
    """One step of the story: what it is, and what plays it; the words it returns are shown beside the result."""

    title: str
    play: Callable[[Context], str]


Chapters = Sequence[tuple[str, Sequence[Step[Context]]]]


@dataclass(frozen=True)
class Outcome:
    """How one step went; ``seconds`` of wall time."""

    step: str
    result: str
    seconds: float
    detail: str

    @property
    def stops_the_story(self) -> bool:
        """Tell whether the steps after it cannot be played."""
        return self.result in (FAILED, NOT_POSSIBLE)


class Reporter:
    """Prints outcomes as they come, or nothing until the end when JSON is asked for."""

    def __init__(self, *, as_json: bool, console: Console | None = None) -> None:
        self._as_json = as_json
        self._console = console or Console(highlight=False, soft_wrap=True)

    def begin(self, chapter: str) -> None:
        """Print a heading."""
        if not self._as_json:
            self._console.print(Text(f"\n{chapter}", style="bold"))

    def show(self, outcome: Outcome) -> None:
        """Print one line."""
        if self._as_json:
            return
        mark, style = _MARKS.get(outcome.result, ("✗", "bold red"))
        line = Text.assemble((f" {mark} ", style), f"{outcome.seconds:6.1f} s  ", outcome.step)
        if outcome.detail and not outcome.stops_the_story:
            line.append(f"  {outcome.detail}", style="dim")
        self._console.print(line)
        if outcome.stops_the_story:
            self._console.print(Text(f"            {outcome.result}: {outcome.detail}", style="red"))

    def end(self, url: str, outcomes: Sequence[Outcome]) -> None:
        """Print the sum."""
        passed = has_passed(outcomes)
        seconds = sum(outcome.seconds for outcome in outcomes)
        if self._as_json:
            steps = [asdict(outcome) | {"seconds": round(outcome.seconds, 3)} for outcome in outcomes]
            summary = {"url": url, "passed": passed, "seconds": round(seconds, 3), "steps": steps}
            print(json.dumps(summary, indent=2, ensure_ascii=False))  # noqa: T201 - JSON for a program
            return
        left_out = sum(outcome.result == LEFT_OUT for outcome in outcomes)
        count = f"{len(outcomes)} steps in {seconds:.1f} s" + (f", {left_out} left out" if left_out else "")
        words = f"\nThe whole story passed: {count}." if passed else f"\nStopped after {count}. The story did not pass."
        self._console.print(Text(words, style="bold green" if passed else "bold red"))


def has_passed(outcomes: Sequence[Outcome]) -> bool:
    """Tell whether the whole story passed; what was left out on request does not count."""
    return not any(outcome.stops_the_story for outcome in outcomes)


def play(chapters: Chapters[Context], context: Context, reporter: Reporter) -> list[Outcome]:
    """Play step after step until one does not pass. Returns what happened."""
    outcomes: list[Outcome] = []
    for chapter, steps in chapters:
        reporter.begin(chapter)
        for step in steps:
            outcome = _play_one(step, context)
            outcomes.append(outcome)
            reporter.show(outcome)
            if outcome.stops_the_story:
                return outcomes
    return outcomes


def _play_one(step: Step[Context], context: Context) -> Outcome:
    began = time.monotonic()
    try:
        result, detail = PASSED, step.play(context)
    except LeftOut as reason:
        result, detail = LEFT_OUT, str(reason)
    except NotPossible as reason:
        result, detail = NOT_POSSIBLE, str(reason)
    except StepFailed as reason:
        result, detail = FAILED, str(reason)
    except Exception as error:  # noqa: BLE001 - an answer of another shape than promised is a failed step, no crash
        result, detail = FAILED, f"The exchange answered in an unexpected way ({type(error).__name__}: {error})."
    return Outcome(step.title, result, time.monotonic() - began, detail)
