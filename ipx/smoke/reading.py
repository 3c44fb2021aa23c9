"""Chapter 6: the licensee opens the document in clear and as an age file; nobody else can; receipts are there."""

import contextlib
import hashlib

import pypdfium2
import pyrage

from ipx.smoke.client import said
from ipx.smoke.report import Step
from ipx.smoke.story import Story, check


def in_clear(story: Story) -> str:
    """Download the document: a PDF carries the reader's name on each page, anything else is as it was deposited."""
    body = _open(story, "clear", f"Smoke test {story.suffix}, in clear")
    if story.media_type == "application/pdf":
        return _check_marks(story, body)
    check(body == story.content, "The downloaded document is not the one that was deposited.")
    return f"SHA-256 {hashlib.sha256(body).hexdigest()[:16]}… equal"


def _check_marks(story: Story, body: bytes) -> str:
    with contextlib.closing(pypdfium2.PdfDocument(body)) as copy:
        pages = [" ".join(page.get_textpage().get_text_bounded().split()) for page in copy]
    check(bool(pages), "The downloaded document has no pages.")
    check(all("UTC · receipt" in words for words in pages), "A page does not say by which receipt it was read.")
    return f"{len(pages)} page(s), each with reader, time and receipt"


def as_age_file(story: Story) -> str:
    """Download the document sealed for a fresh key of our own, and open it with the standard library for age."""
    identity = pyrage.x25519.Identity.generate()
    sealed = _open(story, "age", f"Smoke test {story.suffix}, sealed", recipient=str(identity.to_public()))
    check(sealed.startswith(b"age-encryption.org/v1\n"), "The sealed download is no age file.")
    check(story.content[:200] not in sealed, "The sealed download holds the document in clear.")
    check(pyrage.decrypt(sealed, [identity]) == story.content, "The age file opens to another document.")
    return f"{len(sealed):,} bytes, opens to the same document"


def bad_requests(story: Story) -> str:
    """Ask to read without a purpose, and for a key that is none."""
    form = story.company.page(f"/documents/{story.document}/open").form(having=["purpose", "form"])
    story.company.submit(form, {"purpose": "", "form": "clear"}, expect=(422,))
    story.company.submit(form, {"purpose": "A test", "form": "age", "recipient": "age1nonsense"}, expect=(422,))
    return "no purpose, or a key that is none: refused, no receipt"


def others_cannot(story: Story) -> str:
    """Try to open the document as others: signed out, another company, the lab administrator."""
    address = f"/documents/{story.document}/open"
    cases = ((story.stranger, (302, 303)), (story.outsider, (404,)), (story.administrator, (403,)))
    for visitor, expected in cases:
        code = visitor.status("GET", address)
        check(code in expected, f"{visitor.name} got {code} at {address}.")
        facts = visitor.status("GET", f"/documents/{story.document}/file")
        check(facts != 200, f"{visitor.name} got the file as a public one.")
    token = story.outsider.page("/account").csrf
    values = {"purpose": "curiosity", "form": "clear", "csrf_token": token}
    forced = story.outsider.status("POST", address, data=values, headers={"Referer": story.url + "/"})
    check(forced in (403, 404), f"An outsider's request to read was answered with {forced}.")
    return "signed out: asked to sign in; outsider: not found; lab administrator: not allowed"


def receipts(story: Story) -> str:
    """See both readings on the owner's page."""
    for visitor in (story.institute, story.administrator):
        page = visitor.page(f"/documents/{story.document}")
        for words in ("in clear", "sealed"):
            purpose = f"Smoke test {story.suffix}, {words}"
            check(purpose in page.text, f"{visitor.name} does not see the receipt with the purpose “{purpose}”.")
    return "both readings, seen by the owner and the lab administrator"


def _open(story: Story, form: str, purpose: str, recipient: str = "") -> bytes:
    page = story.company.page(f"/documents/{story.document}/open")
    asked = page.form(having=["purpose", "form", "recipient"])
    values = {"purpose": purpose, "form": form, "recipient": recipient}
    if "nationality" in asked.names:  # before the first reading
        values |= {"nationality": "IE", "end_use": "To try the exchange"}
    response = story.company.post_form(asked, values)
    check(response.status_code == 200, f"Opening was answered with {response.status_code}: {said(response)}")
    disposition = response.headers.get("Content-Disposition", "")
    check(disposition.startswith("attachment"), "The document is not handed over as a download.")
    return response.content


STEPS = (
    Step("The licensee reads the document in clear", in_clear),
    Step("The licensee takes it as an age file", as_age_file),
    Step("Reading needs a purpose and a real key", bad_requests),
    Step("Nobody else can read it", others_cannot),
    Step("Each reading left a receipt", receipts),
)
