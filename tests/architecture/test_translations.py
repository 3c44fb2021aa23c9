"""The catalogues hold the words that pages say, and no translation loses a value on the way."""

import re
import subprocess
import sys
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from ipx.factory import create_app
from ipx.web.languages import NAMES, tag
from ipx.web.render import day, moment
from ipx.wiring import Exchange

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "frontend" / "translations"
VALUE = re.compile(r"%(?:\((\w+)\)[sd]|%)|\{(\w+)\}")
MARK_UP = re.compile(r"</?\w+[^>]*>")


@cache
def catalogue(language: str) -> Catalog:
    with (FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as source:
        return read_po(source, locale=language)


def singular(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def translations(message: Message) -> list[str]:
    found = [message.string] if isinstance(message.string, str) else list(message.string or ())
    return [text for text in found if text]


def test_catalogues_are_fresh(tmp_path: Path) -> None:
    copy = tmp_path / "words.pot"
    words = subprocess.run(
        [sys.executable, "-m", "babel.messages.frontend", *_extraction(), "-o", str(copy), "."],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert words.returncode == 0, words.stderr
    with copy.open("rb") as source:
        said = {singular(message) for message in read_po(source) if message.id}
    for language in NAMES:
        held = {singular(message) for message in catalogue(language) if message.id}
        assert said == held, f"{language}: run `make translations`"


def _extraction() -> list[str]:
    """Return the arguments that `make translations` extracts with."""
    script = (ROOT / "tools" / "translations").read_text().replace("\\\n", " ")
    line = next(line for line in script.splitlines() if " extract " in line)
    return re.sub(r".*?--quiet (extract .*?) -o .*", r"\1", line).split()


@pytest.mark.parametrize("language", [name for name in NAMES if name != "en"])
def test_translations_keep_every_value_and_all_mark_up(language: str) -> None:
    for message in catalogue(language):
        for text in translations(message) if message.id else ():
            assert sorted(VALUE.findall(text)) == sorted(VALUE.findall(singular(message))), text
            assert sorted(MARK_UP.findall(text)) == sorted(MARK_UP.findall(singular(message))), text


def test_words_of_templates_can_be_filled_in() -> None:
    """Jinja fills values in even where there are none, so a lone % has to be written twice."""
    for message in catalogue("en"):
        if any(path.endswith(".html") for path, _line in message.locations):
            assert "%" not in VALUE.sub("", singular(message)), singular(message)


@pytest.mark.parametrize("language", NAMES)
def test_nothing_is_guessed_or_left_over(language: str) -> None:
    assert not [message.id for message in catalogue(language) if message.id and message.fuzzy]
    assert not catalogue(language).obsolete


def test_every_catalogue_belongs_to_a_language_of_the_switch() -> None:
    assert {path.name for path in FOLDER.iterdir() if path.is_dir()} == set(NAMES)
    assert tag("zh_Hans") == "zh-Hans"


@pytest.mark.parametrize(
    ("preferred", "spoken"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("de-CH,en;q=0.7,zh;q=0.3", "en"),
        ("zh-TW,zh-HK;q=0.9", "en"),
        ("zh;q=0,en;q=0.1", "en"),
        ("fr", "en"),
        ("", "en"),
    ],
)
def test_the_browser_is_asked_for_the_language(exchange: Exchange, preferred: str, spoken: str) -> None:
    answer = create_app(exchange).test_client().get("/verify", headers={"Accept-Language": preferred})
    assert f'<html lang="{spoken}"' in answer.text
    assert "Accept-Language" in answer.headers["Vary"]


def test_dates_are_written_as_the_language_writes_them(exchange: Exchange) -> None:
    app = create_app(exchange)
    at = datetime(2026, 11, 22, 14, 3, tzinfo=UTC)
    with app.test_request_context("/?lang=en"):
        assert day(date(2026, 11, 22)) == "22 Nov 2026"
        assert ">22 Nov 2026, 14:03 UTC</time>" in moment(at)
    with app.test_request_context("/?lang=zh-Hans"):
        assert day(date(2026, 11, 22)) == "2026年11月22日"
        assert ">2026年11月22日 14:03 UTC</time>" in moment(at)


def test_the_switch_keeps_the_page_and_is_remembered(exchange: Exchange) -> None:
    client = create_app(exchange).test_client()
    before = client.get("/links/verify?from=here&lang=en")
    assert 'href="/links/verify?from=here&amp;lang=zh-Hans" hreflang="zh-Hans"' in before.text
    assert '<html lang="zh-Hans"' in client.get("/links/verify?from=here&lang=zh-Hans").text
    assert '<html lang="zh-Hans"' in client.get("/verify", headers={"Accept-Language": "en"}).text
    assert '<html lang="zh-Hans"' in client.get("/verify?lang=tlh").text, "an unknown language changes nothing"
