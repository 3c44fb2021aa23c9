"""Search as people meet it: pages over HTTP from a server process of its own, with every listing a row of the database.

Freshness is what a company waits: from the answer to its new need until a search finds it.
"""

import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from urllib.parse import quote_plus

import requests

from bench.exchange import RunningExchange
from bench.people import arrive
from bench.recombined import SOURCE, Corpus
from bench.spread import Spread, timed
from ipx.catalogue.service import CatalogueService
from ipx.settings import read_settings
from ipx.smoke import people
from ipx.smoke.story import Story
from ipx.wiring import build_exchange

PAGES, FRESH, WARM = 200, 25, 20
AT_ONCE = 5_000
"""Rows of one transaction."""
PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.02
_MADE = re.compile(r"[\d,]+ of [\d,]+(?= listings and needs have their vector)")
PROBLEM = "Somebody measures how long it takes until a need that was posted a moment ago is found by its words."
CHOICES = (("signed out, words alone", ""), ("one facet chosen", "&status=granted"))


@dataclass(frozen=True)
class Pages:
    """What one engine gave: each way to ask, seconds until a new need was found, and MiB of the server process."""

    asked: dict[str, Spread]
    fresh: Spread
    memory: float


def fill(folder: Path, corpus: Corpus, *, listings: int) -> None:
    """Make an exchange in ``folder`` and put the listings into its database."""
    with RunningExchange(folder, IPX_MEANING="0") as exchange:
        environment = exchange.environment
    built = build_exchange(read_settings(environment))
    catalogue = built.services[CatalogueService]
    assert isinstance(catalogue, CatalogueService)
    left = corpus.listings(listings)
    while some := list(islice(left, AT_ONCE)):
        with built.database.write() as session:
            catalogue.import_listings(session, source=SOURCE, listings=some)
    built.database.dispose()


def measure_meant(folder: Path, corpus: Corpus) -> tuple[float, Spread]:
    """Return the seconds in which the server embeds what ``fill`` put there, while it runs, and pages by words and
    meaning after that, on the embedded engine."""
    exchange = RunningExchange(folder, IPX_MEANING="1")
    exchange.call("reindex")
    with exchange:
        began = time.perf_counter()
        while not _all_meant(exchange.call("doctor")):
            time.sleep(LOOK_SECONDS * 50)
        seconds = time.perf_counter() - began
        return seconds, _pages(exchange.url, corpus.typed(PAGES), "")


def _all_meant(told: str) -> bool:
    """Read it off the line of ``ipx doctor``."""
    made, _, public = next(iter(_MADE.findall(told)), "0 of some").partition(" of ")
    return made == public


def measure_pages(folder: Path, corpus: Corpus, **settings: str) -> Pages:
    """Index what ``fill`` put there, and ask for pages. ``settings`` choose the engine."""
    exchange = RunningExchange(folder, IPX_MEANING="0", **settings)
    exchange.call("reindex")
    with exchange:
        words = corpus.typed(PAGES)
        asked = {name: _pages(exchange.url, words, more) for name, more in CHOICES}
        fresh = _freshness(exchange.url)
        return Pages(asked, fresh, exchange.memory())


def _pages(url: str, words: Sequence[str], more: str) -> Spread:
    http = requests.Session()

    def load(text: str) -> None:
        answer = http.get(f"{url}/search?q={quote_plus(text)}{more}", timeout=60)
        if answer.status_code != 200:
            raise RuntimeError(f"the page for {text!r} answered {answer.status_code}")

    for text in words[:WARM]:
        load(text)
    return Spread.of([timed(load, text) for text in words])


def _freshness(url: str) -> Spread:
    story = arrive(url)
    people.company_signs_up(story)
    return Spread.of([_found_after(story) for _ in range(FRESH)])


def _found_after(story: Story) -> float:
    """Post a need with a word that nothing else has; return the seconds from the answer until it is found by it."""
    word = "".join(secrets.choice(("ka", "lo", "mi", "ne", "ru", "sa", "to", "vi")) for _ in range(7))
    form = story.company.page("/needs/new").form(having=["title", "text"])
    values = {"title": f"Wanted: {word}", "text": PROBLEM, "visibility": "public"}
    story.company.submit(form, values)
    began = time.perf_counter()
    while not story.stranger.json(f"/needs?q={word}&exact=1")["results"]:
        if time.perf_counter() - began > PATIENCE_SECONDS:
            raise RuntimeError(f"{word} was not found within {PATIENCE_SECONDS:.0f} s")
        time.sleep(LOOK_SECONDS)
    return time.perf_counter() - began
