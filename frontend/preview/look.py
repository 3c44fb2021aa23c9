"""Photographs the preview: light and dark, wide and phone; runs axe on each. Needs chromium and playwright.

python frontend/preview/look.py [PAGE ...]     pictures go to frontend/preview/out/
"""

from __future__ import annotations

import logging
import shutil
import sys
import threading

from playwright.sync_api import Page, sync_playwright
from serve import FRONTEND, HERE, create_app
from werkzeug.serving import make_server

PAGES = ["/gallery", "/", "/verify", "/error/404", "/live"]
OUT = HERE / "out"
AXE = FRONTEND / "node_modules/axe-core/axe.min.js"


def violations(page: Page) -> list[str]:
    """What axe finds (WCAG 2.2 AA and its best practices), one line each."""
    found = page.evaluate(
        "async () => (await axe.run(document, {runOnly: ['wcag2a','wcag2aa','wcag21a',"
        "'wcag21aa','wcag22aa','best-practice']}))"
        ".violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ') + ' ' + n.failureSummary).join(' | '))"
    )
    return list(found)


def main(wanted: list[str]) -> int:
    OUT.mkdir(exist_ok=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, create_app(), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    root = f"http://127.0.0.1:{server.port}"
    bad = 0
    with sync_playwright() as p:
        browser = p.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        for theme in ("light", "dark"):
            for width in (1280, 390):
                context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
                context.add_cookies([{"name": "preview_role", "value": "lab_administrator", "url": root}])
                for path in wanted or PAGES:
                    page = context.new_page()
                    page.on("console", lambda m, path=path: print("console", path, m.text))
                    page.on("pageerror", lambda e, path=path: print("error", path, e))
                    if path == "/":
                        context.clear_cookies()
                    page.goto(root + path, wait_until="networkidle")
                    name = (path.strip("/").replace("/", "-") or "home") + f"-{theme}-{width}"
                    page.screenshot(path=OUT / f"{name}.png", full_page=True)
                    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                        print("wider than the window:", name)
                    page.evaluate(AXE.read_text("utf-8"))
                    for line in violations(page):
                        bad += 1
                        print("axe", name, line)
                    page.close()
                context.close()
        browser.close()
    server.shutdown()
    print(f"{bad} violations")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
