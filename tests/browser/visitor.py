"""Somebody at a browser who notices everything: errors, refused policies, barriers, pages that scroll sideways."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Response, ViewportSize, expect, sync_playwright

AXE = Path(__file__).resolve().parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = (
    "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
PATIENCE_MS = 20_000
PICTURES = os.environ.get("IPX_PICTURES")  # a folder, for people who want to see what the tests saw

# All rules of WCAG 2.2 A and AA; in the other scheme only what a colour can break.
_ALL = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa']}"
_COLOURS = "{runOnly: {type: 'rule', values: ['color-contrast', 'link-in-text-block']}}"
_AXE = (
    "async () => (await axe.run(document, OPTIONS)).violations.map(v => "
    "v.id + ': ' + v.nodes.map(n => n.target.join(' ') + ' – ' + n.failureSummary).join(' | '))"
)


@contextmanager
def launched() -> Iterator[Browser]:
    """Start Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """One person: ``page`` is what is in front of them, ``problems`` what nobody should ever see."""

    def __init__(self, browser: Browser, site: str, name: str, seen: set[str]) -> None:
        self.name = name
        self.problems: list[str] = []
        self._seen = seen
        self.refusals = {422}
        self._context = browser.new_context(viewport=WIDE, locale="en-GB", base_url=site, color_scheme="light")
        self._context.set_default_timeout(PATIENCE_MS)
        self.page = self._context.new_page()
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self._note(f"error in a script: {error}"))
        self.page.on("response", self._answer)

    def open(self, path: str, name: str | None = None) -> Page:
        """Go to an address and look around."""
        self.page.goto(path)
        self.look(name or path)
        return self.page

    def look(self, name: str) -> None:
        """Examine the page that is open, once under each name: light and dark, wide and on a phone."""
        self.page.wait_for_load_state()
        if name in self._seen:
            return
        self._seen.add(name)
        if not self.page.evaluate("typeof axe === 'object'"):
            self.page.evaluate(AXE.read_text("utf-8"))
        self._examine(name, "light", _ALL)
        self._picture(name, "light-1280")
        self.page.emulate_media(color_scheme="dark")
        self._examine(name, "dark", _COLOURS)
        self._picture(name, "dark-1280")
        self.page.set_viewport_size(PHONE)
        wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            self._note(f"{name} scrolls sideways by {wide} pixels on a phone")
        self._picture(name, "dark-390")
        self.page.emulate_media(color_scheme="light")
        self._picture(name, "light-390")
        self.page.set_viewport_size(WIDE)

    def press(self, label: str, *, exact: bool = True) -> None:
        """Press the button, or follow the link, that says this and leads to another page."""
        main = self.page.locator("main")
        button = main.get_by_role("button", name=label, exact=exact)
        self.follow(button.or_(main.get_by_role("link", name=label, exact=exact)).first)

    def press_in_place(self, label: str) -> None:
        """Press a button that leads to no other page."""
        self.page.locator("main").get_by_role("button", name=label, exact=True).click()

    def follow(self, target: Locator) -> None:
        """Click what leads to another page, and wait until that is there."""
        with self.page.expect_navigation():
            target.click()

    def fill(self, **values: str) -> None:
        """Fill in fields by their names."""
        for name, value in values.items():
            self.page.locator(f"main [name='{name}']").fill(value)

    def sees(self, text: str | re.Pattern[str]) -> None:
        """Wait until the page says this."""
        said = self.page.locator("main").get_by_text(text).filter(visible=True)
        expect(said.first).to_be_visible(timeout=PATIENCE_MS)

    def leave(self) -> None:
        """Close the browser window; fail if anything was wrong on the way."""
        self._context.close()
        assert not self.problems, "\n".join(self.problems)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _note(self, problem: str) -> None:
        self.problems.append(f"{self.name}: {problem}")

    def _listen(self, message: ConsoleMessage) -> None:
        # Chromium reports each answer of 400 and above as well; those are judged in _answer.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self._note(f"console at {self.page.url}: {message.text}")

    def _answer(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.refusals:
            self._note(f"{response.request.method} {response.url} answered {response.status}")

    def _examine(self, name: str, scheme: str, rules: str) -> None:
        for found in self.page.evaluate(_AXE.replace("OPTIONS", rules)):
            self._note(f"axe on {name}, {scheme}: {found}")

    def _picture(self, name: str, kind: str) -> None:
        if PICTURES:
            file = re.sub(r"\W+", "-", f"{len(self._seen):02d}-{self.name}-{name}").strip("-")
            self.page.screenshot(path=Path(PICTURES) / f"{file}-{kind}.png", full_page=True)
