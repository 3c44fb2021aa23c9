"""A running exchange and a real browser, once for each test process."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.exchange import RunningExchange
from tests.browser.visitor import AXE, Visitor, launched
from tests.small_files import pdf

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an exchange of our own."""
    if shutil.which("chromium") is None:
        pytest.skip("no chromium here: install Debian's package chromium to drive the pages in a browser")
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: run `npm ci` in frontend/")
    with RunningExchange(tmp_path_factory.mktemp("browser"), IPX_BATCH_DELAY="1") as exchange:
        yield exchange.url
        assert "Traceback" not in exchange.log, exchange.log[-4000:]


@pytest.fixture
def arrive(site: str) -> "Iterator[Callable[[str], Visitor]]":
    """Return a maker of visitors, each with a browser context of its own; at the end nobody may have seen a problem."""
    with launched() as browser:
        visitors: list[Visitor] = []
        seen: set[str] = set()

        def new(name: str) -> Visitor:
            visitors.append(Visitor(browser, site, name, seen))
            return visitors[-1]

        yield new
        for visitor in visitors:
            visitor.leave()


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A file to deposit; its words are its own."""
    path = tmp_path / "membrane report.pdf"
    path.write_bytes(pdf("How the membrane is made, step by step."))
    return path
