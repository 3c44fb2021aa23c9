"""Chapter 2: a technology is described, a document deposited; bad uploads are refused, repeats are harmless."""

import hashlib
import uuid
from typing import Any

from ipx.smoke.client import said, wait_for
from ipx.smoke.report import Step
from ipx.smoke.story import Story, check


def draft(story: Story) -> str:
    """Describe a technology; half a draft is refused."""
    form = story.institute.page("/technologies/new").form(having=["title", "problem"])
    half = story.institute.submit(form, {"title": story.title}, expect=(422,))
    check("problem" in half.text.lower(), "The page does not say that the problem is missing.")
    page = story.institute.submit(
        half.form(having=["title", "problem"]),
        {
            "title": story.title,
            "problem": "Separators of lithium cells shrink when they get hot, and the cell fails.",
            "summary": f"A separator called {story.word} that keeps its shape up to 210 °C.",
            "advantage_text": "Holds its size where polyethylene melts.",
            "advantage_number": "42.5",
            "advantage_unit": "%",
            "advantage_compared_with": "ceramic-coated polyethylene",
            "trl": "4",
            "classes": "H01M 50/403, H01M 10/0525",
        },
    )
    story.technology = page.path.rpartition("/")[2]
    uuid.UUID(story.technology)
    return story.technology


def rights(story: Story) -> str:
    """State two rights: an unpublished application, whose number is a secret, and know-how."""
    story.secret_number = f"10 2026 {int(story.suffix, 16) % 1_000_000:06d}"
    address = f"/technologies/{story.technology}/rights/new"
    values = {"title": f"Heat-stable separator {story.suffix}", "filed_on": "2026-01-15", "number": story.secret_number}
    form = story.institute.page(address).form(having=["kind", "office", "number"])
    story.institute.submit(form, {"kind": "application", "office": "DE", **values})
    form = story.institute.page(address).form(having=["kind", "title"])
    story.institute.submit(form, {"kind": "know-how", "title": f"Process window of {story.word}"})
    found = story.institute.json(f"/technologies/{story.technology}")["rights"]
    check(len(found) == 2, f"Two rights were stated, the technology shows {len(found)}.")
    return "an unpublished application and know-how"


def bad_uploads(story: Story) -> str:
    """Send what must be refused, each with a clear message."""
    lie = b"This is no PDF at all.\n" * 20
    cases: list[tuple[str, dict[str, Any], bytes, tuple[int, ...]]] = [
        ("an empty file", {}, b"", (411, 422)),
        ("a file that is not what it says", {"name": "paper.pdf", "kind": "application/pdf"}, lie, (415, 422)),
        ("a file of a forbidden type", {"name": "run.exe", "kind": "application/x-msdownload"}, b"MZ" * 99, (415, 422)),
        ("another fingerprint than announced", {"sha256": "0" * 64}, b"some text", (409, 422)),
        ("no idempotency key", {"key": ""}, b"some text", (400, 422)),
    ]
    for what, options, body, expected in cases:
        response = story.institute.put(_address(story), body, _headers(body, **options))
        check(response.status_code in expected, f"{what} was answered with {response.status_code}: {said(response)}")
    body = b"some text"
    forged = story.institute.request("PUT", _address(story), data=body, headers=_headers(body))
    check(forged.status_code in (400, 403), f"An upload without form token was answered with {forged.status_code}.")
    foreign = story.outsider.put(_address(story), body, _headers(body))
    check(foreign.status_code in (403, 404), f"An outsider's upload was answered with {foreign.status_code}.")
    left = story.institute.json(f"/technologies/{story.technology}")["documents"]
    check(not left, "A refused upload left a document behind.")
    return f"{len(cases) + 2} kinds of bad uploads refused, nothing stored"


def deposit(story: Story) -> str:
    """Deposit the confidential document, twice with the same key, as after a lost answer."""
    key = str(uuid.uuid4())
    headers = _headers(story.content, name=story.file_name, kind=story.media_type, key=key)
    answers = [story.institute.put(_address(story), story.content, headers) for _ in range(2)]
    for response in answers:
        check(response.ok, f"The deposit was answered with {response.status_code}: {said(response)}")
    found = story.institute.json(f"/technologies/{story.technology}")["documents"]
    check(len(found) == 1, f"The same upload sent twice made {len(found)} documents.")
    story.document = found[0]["id"]
    check(found[0]["size"] == len(story.content), "The stored document has another size.")
    other = story.content + b"\n"
    headers = _headers(other, name=story.file_name, kind=story.media_type, key=key)
    clash = story.institute.put(_address(story), other, headers)
    check(clash.status_code == 409, f"The same key for another file was answered with {clash.status_code}.")
    return f"{len(story.content):,} bytes, sealed; the repeat is the same document"


def stamped(story: Story) -> str:
    """Wait for the time stamp: sealed, included, final."""
    seen: list[str] = []

    def look() -> dict[str, Any] | None:
        stamp: dict[str, Any] = story.institute.json(f"/documents/{story.document}/stamp")
        if not seen or seen[-1] != stamp["state"]:
            seen.append(stamp["state"])
        return stamp if stamp["state"] == "final" else None

    stamp = wait_for(look, f"a final time stamp (seen: {', '.join(seen)})", seconds=story.patience)
    order = [state for state in ("sealed", "included", "final") if state in seen]
    check(seen == order, f"The states came in a strange order: {', '.join(seen)}.")
    return f"{' → '.join(seen)}, block {stamp['block']}"


def _address(story: Story) -> str:
    return f"/technologies/{story.technology}/documents"


def _headers(
    body: bytes, *, name: str = "note.txt", kind: str = "text/plain", sha256: str | None = None, key: str | None = None
) -> dict[str, str]:
    from urllib.parse import quote

    return {
        "Content-Type": kind,
        "X-File-Name": quote(name),
        "X-Content-SHA256": sha256 or hashlib.sha256(body).hexdigest(),
        "X-Document-Role": "confidential",
        "X-Export-Control": "none",
        "Idempotency-Key": str(uuid.uuid4()) if key is None else key,
    }


STEPS = (
    Step("A technology is described; half a draft is refused", draft),
    Step("Two rights are stated", rights),
    Step("Bad uploads are refused", bad_uploads),
    Step("The document is deposited, and once more with the same key", deposit),
    Step("The time stamp becomes final", stamped),
)
