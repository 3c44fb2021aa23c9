"""Chapter 7: the lab administrator sees the whole history, takes it away, and finds the audit chain whole."""

import csv
import io
import json
from typing import Any

import pikepdf

from ipx.core import canonical
from ipx.smoke.client import wait_for
from ipx.smoke.report import Step
from ipx.smoke.story import Story, check

KINDS = ("deposit", "anchor", "title", "listing", "nda", "offer", "signature", "payment", "grant", "read")
ON_CHAIN = ("anchor", "title", "nda", "grant")


def timeline(story: Story) -> str:
    """Look at the timeline as a page."""
    page = story.administrator.page(f"/history/technologies/{story.technology}")
    check(story.title in page.text, "The history does not name the technology.")
    for words in ("Platform record only", "a person of Smoke Company", "final"):
        check(story.accounts or words in page.text, f"The timeline does not say “{words}”.")
    check("a person of" in page.text, "People of other organisations are named.")
    reads = story.administrator.page(f"/history/technologies/{story.technology}?kind=read")
    check("Undertaking of confidentiality accepted" not in reads.text, "The filter by kind shows other kinds.")
    return f"at {page.path}"


def as_json(story: Story) -> str:
    """Download the history as JSON: every kind of line is there, and proven where it can be."""

    def look() -> dict[str, Any] | None:
        body = story.administrator.download(_file(story, "json")).content
        history = json.loads(body)
        check(canonical.encode(history) == body, "The JSON is not canonical.")
        waiting = [line for line in history["lines"] if line["kind"] in ON_CHAIN and line["stamp"] == "included"]
        return None if waiting else history  # the undertaking may still be waiting for its final block

    history = wait_for(look, "all chain records of the history to be final", seconds=story.patience)
    lines = history["lines"]
    expected = [kind for kind in KINDS if not (story.is_free and kind == "payment")]
    missing = [kind for kind in expected if kind not in {line["kind"] for line in lines}]
    check(not missing, f"The history has no line of the kinds {', '.join(missing)}.")
    unproven = [k for k in ON_CHAIN if not any(line["kind"] == k and line["transaction"] for line in lines)]
    check(not unproven, f"No line of the kinds {', '.join(unproven)} names its transaction.")
    times = [line["at"] for line in lines]
    check(times == sorted(times), "The lines are not in order.")
    check(history["audit"]["broken_at"] is None, "The audit log is broken.")
    on_chain = sum(1 for line in lines if line["transaction"])
    return f"{len(lines)} lines of {len({line['kind'] for line in lines})} kinds, {on_chain} on chain"


def as_csv(story: Story) -> str:
    """Download the history as CSV."""
    text = story.administrator.download(_file(story, "csv")).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    check(rows, "The CSV has no line.")
    proofs = {row["proof"] for row in rows}
    check("platform record only" in proofs, "No line of the CSV says “platform record only”.")
    formulas = [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    check(not formulas, f"A cell of the CSV is a formula: {formulas[:1]}.")
    return f"{len(rows)} rows"


def as_pdf(story: Story) -> str:
    """Download the history as PDF."""
    content = story.administrator.download(_file(story, "pdf")).content
    check(content.startswith(b"%PDF-"), "The PDF is none.")
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pages = len(pdf.pages)
    return f"{pages} page(s), {len(content):,} bytes"


def chain_is_whole(story: Story) -> str:
    """Have the exchange verify its two hash chains."""
    chains = story.administrator.json("/history/audit")
    for name in ("audit", "receipts"):
        check(chains[name]["broken_at"] is None, f"The chain “{name}” is broken at {chains[name]['broken_at']}.")
        check(chains[name]["lines"] > 0, f"The chain “{name}” has no line.")
    page = story.administrator.page("/history/audit")
    check("whole" in page.text, "The page does not say that the log is whole.")
    return f"{chains['audit']['lines']} audit lines and {chains['receipts']['lines']} receipt lines, whole"


def others_see_nothing(story: Story) -> str:
    """Try to see the history as others."""
    path = f"/history/technologies/{story.technology}"
    for visitor, expected in ((story.stranger, (302, 303)), (story.company, (404,)), (story.outsider, (404,))):
        code = visitor.status("GET", path)
        check(code in expected, f"{visitor.name} got {code} at {path}.")
    return "it is the owner organisation's alone"


def withdraw(story: Story) -> str:
    """Take the listing out again, so that a test leaves nothing in the market."""
    page = story.institute.page(f"/listings/{story.listing}")
    story.institute.press(page, to="/withdraw")
    code = story.stranger.status("GET", f"/listings/{story.listing}")
    check(code == 404, f"The withdrawn listing is answered with {code}.")
    wait_for(
        lambda: True if not story.stranger.json(f"/search?q={story.word}")["results"] else None,
        "the withdrawn listing to leave the search",
        seconds=60,
    )
    licence = story.company.json(f"/licences/{story.licence}")
    check(licence["state"] == "ACTIVE", "The licence ended with the listing.")
    return "gone from the market; the licence stays"


def sign_out(story: Story) -> str:
    """End the session."""
    page = story.company.page("/account")
    story.company.press(page, to="/sign-out")
    code = story.company.status("GET", f"/licences/{story.licence}")
    check(code in (302, 303), f"After signing out the licence is answered with {code}.")
    return "the session is over"


def _file(story: Story, form: str) -> str:
    return f"/history/technologies/{story.technology}.{form}"


STEPS = (
    Step("The lab administrator sees the timeline", timeline),
    Step("The history as JSON", as_json),
    Step("The history as CSV", as_csv),
    Step("The history as PDF", as_pdf),
    Step("The audit chain is whole", chain_is_whole),
    Step("Others see no history", others_see_nothing),
    Step("The listing is withdrawn", withdraw),
    Step("Signing out ends the session", sign_out),
)
