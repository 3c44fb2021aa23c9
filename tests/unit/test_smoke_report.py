"""The story stops at the first step that does not pass, and the report says so to people and to programs."""

import io
import json

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from ipx.smoke.client import Visitor, said, wait_for
from ipx.smoke.command import CHAPTERS, smoke
from ipx.smoke.failures import LeftOut, NotPossible, StepFailed
from ipx.smoke.report import FAILED, LEFT_OUT, NOT_POSSIBLE, PASSED, Reporter, Step, play
from ipx.smoke.story import new_story


def passes(context: list[str]) -> str:
    context.append("played")
    return "well done"


def fails(context: list[str]) -> str:
    raise StepFailed("the page said no")


def cannot(context: list[str]) -> str:
    raise NotPossible("there is no mailbox")


def surprises(context: list[str]) -> str:
    return dict[str, str]()["id"]


def told(*steps: Step[list[str]], as_json: bool = False) -> tuple[str, list[str], list[str]]:
    sink, played = io.StringIO(), list[str]()
    reporter = Reporter(as_json=as_json, console=Console(file=sink, width=200, highlight=False))
    outcomes = play([("Chapter", steps)], played, reporter)
    reporter.end("http://x", outcomes)
    return sink.getvalue(), [outcome.result for outcome in outcomes], played


def test_story_when_every_step_passes_then_says_so():
    text, results, _ = told(Step("One", passes), Step("Two", passes))
    assert results == [PASSED, PASSED]
    assert "The whole story passed: 2 steps" in text
    assert "well done" in text


@pytest.mark.parametrize(
    ("step", "result", "words"),
    [
        (fails, FAILED, "the page said no"),
        (cannot, NOT_POSSIBLE, "there is no mailbox"),
        (surprises, FAILED, "unexpected way (KeyError: 'id')"),
    ],
)
def test_story_when_a_step_does_not_pass_then_stops_there(step, result, words):
    text, results, played = told(Step("One", passes), Step("Two", step), Step("Three", passes))
    assert results == [PASSED, result]
    assert played == ["played"]
    assert words in text
    assert "did not pass" in text
    assert "Three" not in text


def test_report_when_json_then_one_document_and_nothing_else(capsys):
    told(Step("One", passes), Step("Two", fails), as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert (found["passed"], found["url"]) == (False, "http://x")
    assert [(step["step"], step["result"]) for step in found["steps"]] == [("One", PASSED), ("Two", FAILED)]


def test_chapters_when_read_then_every_step_has_a_title_of_its_own():
    titles = [step.title for _, steps in CHAPTERS for step in steps]
    assert len(titles) == len(set(titles)) > 40


def test_command_when_nobody_answers_then_exit_code_1():
    app = typer.Typer()
    app.command()(smoke)
    result = CliRunner().invoke(app, ["--url", "http://127.0.0.1:9", "--json"])
    assert result.exit_code == 1
    assert json.loads(result.stdout)["steps"][0]["result"] == FAILED


@pytest.mark.parametrize(
    "arguments",
    [
        ["--url", "exchange.example"],
        ["--url", "http://x", "--account", "no-password@x.example"],
        ["--url", "http://x", "--document", "/nowhere/at/all"],
        [],
    ],
)
def test_command_when_called_wrongly_then_exit_code_2(arguments):
    app = typer.Typer()
    app.command()(smoke)
    assert CliRunner().invoke(app, arguments).exit_code == 2


def test_story_when_new_then_its_names_are_its_own(tmp_path):
    first, second = new_story("http://x", None, []), new_story("http://x", None, [])
    assert first.word != second.word
    assert first.suffix != second.suffix
    assert first.content != second.content
    paper = tmp_path / "Über.pdf"
    paper.write_bytes(b"%PDF-1.7\n")
    given = new_story("http://x", paper, [])
    assert (given.file_name, given.media_type, given.content) == ("Über.pdf", "application/pdf", b"%PDF-1.7\n")


def test_wait_when_it_never_comes_then_fails_in_time():
    with pytest.raises(StepFailed, match="Waited 0 s for a sign"):
        wait_for(lambda: None, "a sign", seconds=0)
    assert wait_for(lambda: "found", "a sign", seconds=0) == "found"


def test_redirect_when_it_names_the_public_address_then_followed_at_the_given_one():
    import requests

    response = requests.Response()
    response.url, response.headers["Location"] = "http://127.0.0.1:8000/a", "https://public.example/b?c=1"
    assert Visitor("http://127.0.0.1:8000", "x").here(response) == "/b?c=1"


def test_refusal_when_problem_json_or_page_then_said_in_one_line():
    import requests

    response = requests.Response()
    response.status_code, response.url = 422, "http://x/y"
    response._content = b'{"title": "No", "detail": "The file is empty."}'
    assert said(response) == "The file is empty."
    response._content, response.headers["Content-Type"] = b"<h1>No</h1><p>Try again.</p>", "text/html"
    assert said(response) == "“No”. Try again."
    response.status_code = 200
    assert said(response) == ""


def leaves_out(context: list[str]) -> str:
    raise LeftOut("there is no fee")


def test_story_when_a_step_is_left_out_on_request_then_goes_on():
    text, results, played = told(Step("One", leaves_out), Step("Two", passes))
    assert results == [LEFT_OUT, PASSED]
    assert played == ["played"]
    assert "The whole story passed: 2 steps" in text
    assert "1 left out" in text
