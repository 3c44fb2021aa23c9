"""The whole story of the exchange in a browser: from signing up to a licensee who opens the document.

Every page on the way is examined: no barrier (WCAG 2.2 A and AA, light and dark), no error in the console, no refused
policy, no sideways scrolling on a phone.
"""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.visitor import PATIENCE_MS, Visitor
from tests.small_files import words_in

pytestmark = pytest.mark.browser

MAIL_LOOKS = 80
PASSWORD = "a rather long password"
TITLE = "Membrane that keeps its shape when it is hot"
DECLINED, GOOD = "4000 0000 0000 0002", "4242 4242 4242 4242"


@pytest.mark.timeout(240)
def test_from_signing_up_to_reading_under_a_licence(
    arrive: Callable[[str], Visitor], report: Path, tmp_path: Path
) -> None:
    institute, company = arrive("institute"), arrive("company")
    signs_up(institute, "Ada Brown", "Institute for Membranes", tries_nothing=True)
    describes_a_technology(institute)
    deposits(institute, report)
    bundle = takes_the_bundle(institute, tmp_path)
    verifies(institute, report, bundle, tmp_path)
    records_titles(institute)
    publishes(institute)
    signs_up(company, "Cleo Young", "Halcyon Cells")
    finds_the_listing(company)
    accepts_the_undertaking(company)
    offers(company)
    accepts_the_offer(institute)
    both_sign(institute, company)
    pays(company)
    opens_the_document(company, report)
    sees_the_receipt(institute)
    administrator = arrive("administrator")
    is_invited(administrator, by=institute)
    reads_the_history(administrator)


def signs_up(visitor: Visitor, name: str, organisation: str, *, tries_nothing: bool = False) -> None:
    """``tries_nothing``: send the form empty first. Not everybody does: one address may send it 30 times an hour."""
    email = f"{visitor.name}@example.org"
    visitor.open("/")
    visitor.follow(visitor.page.get_by_role("banner").get_by_role("link", name="Sign up"))
    visitor.look("sign up")
    if tries_nothing:
        visitor.press("Sign up")
        expect(visitor.page.get_by_role("alert").first).to_be_focused()
        visitor.look("sign up, refused")
    visitor.fill(name=name, email=email, organisation_name=organisation, password=PASSWORD)
    visitor.press("Sign up")
    visitor.sees("on its way")
    visitor.look("check mail")
    visitor.press("Open the mailbox")
    mail = mail_to(visitor, email)
    visitor.look("mailbox")
    visitor.follow(mail.get_by_role("link").first)
    visitor.look("verify the address")
    visitor.press("Verify my address")
    visitor.look("sign in")
    visitor.fill(email=email, password=PASSWORD)
    visitor.press("Sign in")
    visitor.sees("What waits for you")
    visitor.look("home, nothing yet")


def mail_to(visitor: Visitor, email: str) -> Locator:
    """Look into the mailbox that is open again and again until there is a mail to somebody: it is sent in its time."""
    mail = visitor.page.locator(f"[data-mail-to='{email}']")
    for _ in range(MAIL_LOOKS):
        if mail.count():
            break
        visitor.page.wait_for_timeout(500)
        visitor.page.reload()
    expect(mail).to_have_count(1)
    return mail


def describes_a_technology(visitor: Visitor) -> None:
    visitor.open("/technologies", "technologies, none yet")
    visitor.open("/technologies/new")
    visitor.fill(
        title=TITLE,
        problem="Separators of lithium cells shrink when they get hot, and the cell fails.",
        summary="A separator that keeps its shape up to 210 °C.",
        advantage_text="Holds its size where polyethylene melts.",
        advantage_number="42.5",
        advantage_unit="% less shrinkage",
        advantage_compared_with="ceramic-coated polyethylene",
        classes="H01M 50/403",
    )
    visitor.page.locator("main [name='trl']").select_option("4")
    visitor.press("Save the draft")
    visitor.sees("The draft is saved")
    visitor.look("technology, empty")


def deposits(visitor: Visitor, report: Path) -> None:
    """See the fingerprint before anything is sent, then the stamp moving, all without loading the page again."""
    page = visitor.page
    page.set_input_files("#upload-confidential-file", report)
    fingerprint = hashlib.sha256(report.read_bytes()).hexdigest()
    upload = page.locator("#upload-confidential")
    expect(upload.locator("[data-upload-hash]")).to_have_text(re.compile(r"^\s*" + r"\s*".join(fingerprint) + r"\s*$"))
    upload.locator("#upload-confidential-control").select_option("none")
    visitor.look("technology, file chosen")
    visitor.press("Seal and deposit")
    page.evaluate("window.stayed = true")
    document = page.locator(".document", has_text=report.name)
    expect(document.locator("[data-stamp='sealed']")).to_be_visible()
    expect(document.locator("[data-stamp='final']")).to_be_visible(timeout=PATIENCE_MS)
    assert page.evaluate("window.stayed"), "the stamp moved by itself"
    visitor.look("technology, stamped")


def takes_the_bundle(visitor: Visitor, folder: Path) -> Path:
    visitor.follow(visitor.page.locator(".document [data-stamp='final']").first)
    visitor.look("evidence")
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("link", name="Evidence bundle").click()
    bundle = folder / download.value.suggested_filename
    download.value.save_as(bundle)
    assert bundle.name.endswith(".ipx-evidence.json")
    return bundle


def verifies(visitor: Visitor, report: Path, bundle: Path, folder: Path) -> None:
    """Green for the file as it was; red, naming the step, when one byte is another."""
    page = visitor.open("/verify")
    page.set_input_files("[data-verify-bundle]", bundle)
    page.set_input_files("[data-verify-file]", report)
    expect(page.locator("[data-verdict='chain']")).to_be_visible()
    visitor.look("verify, genuine")
    changed = folder / "changed.pdf"
    changed.write_bytes(report.read_bytes().replace(b"step by step", b"step by stop"))
    page.set_input_files("[data-verify-file]", changed)
    refused = page.locator("[data-verdict='refused']")
    expect(refused).to_be_visible()
    expect(refused.locator("[data-slot='failed']")).to_contain_text("file")
    expect(page.locator("[data-verdict='chain']")).to_be_hidden()
    visitor.look("verify, refused")


def records_titles(visitor: Visitor) -> None:
    visitor.open("/technologies", "technologies")
    visitor.press(TITLE)
    visitor.press("Add a right")
    visitor.look("add a right")
    visitor.page.locator("main [name='kind']").select_option("know-how")
    visitor.press("Add the right")
    visitor.sees("The right is added")
    visitor.press("Record the titles")
    visitor.sees("Title recorded, final")
    visitor.look("technology, titled")


def publishes(visitor: Visitor) -> None:
    technology = visitor.page.url.partition("#")[0]
    visitor.open(f"{technology}/publish/terms", "packs to begin with")
    visitor.press("Exclusive by field")
    visitor.look("terms, whole")
    visitor.press("Preview")
    visitor.sees("Please correct these terms first")
    visitor.look("terms, to be corrected")
    visitor.page.goto(f"{technology}/publish")
    visitor.look("publish")
    for value in ("filed", "non-exclusive", "make", "use", "worldwide", "fixed"):
        visitor.page.locator(f"main input[value='{value}']").check()
    visitor.fill(filed_on="2026-01-15", months="60", upfront="12,500.00", royalty="2.5", governing_law="Switzerland")
    visitor.press("Preview")
    visitor.sees("This is what everybody will see")
    visitor.look("preview")
    visitor.press("Publish")
    visitor.sees("It can be found in a moment")
    visitor.look("own listing")


def finds_the_listing(visitor: Visitor) -> None:
    visitor.open("/search")
    visitor.page.locator("main [name='q']").fill("hot separators")
    result = visitor.page.get_by_role("link", name=TITLE)
    for _ in range(20):  # a new listing takes a moment to be found
        with visitor.page.expect_navigation():
            visitor.page.locator("main [name='q']").press("Enter")
        if result.count():
            break
        visitor.page.wait_for_timeout(300)
    visitor.look("search, found")
    visitor.follow(result)
    visitor.sees("42.5 % less shrinkage")
    visitor.look("listing")
    word = visitor.page.get_by_role("button", name="Readiness")
    explanation = visitor.page.get_by_text("1 is an observed principle")
    expect(explanation).to_be_hidden()
    word.press("Enter")  # the field's terms explain themselves, without a mouse too
    expect(explanation).to_be_visible()
    visitor.page.keyboard.press("Escape")
    expect(explanation).to_be_hidden()


def accepts_the_undertaking(visitor: Visitor) -> None:
    visitor.press("Ask for access")
    visitor.look("undertaking")
    visitor.page.locator("main [name='accepted']").check()
    visitor.press("Accept the undertaking")
    visitor.look("room")


def offers(visitor: Visitor) -> None:
    visitor.press("Make an offer")
    visitor.look("make an offer")
    visitor.fill(message="For cells of stationary stores.")
    visitor.press("Send the offer")
    visitor.look("offer, theirs")


def accepts_the_offer(visitor: Visitor) -> None:
    visitor.open("/", "home, something waits")
    visitor.open("/deals", "deals")
    visitor.press(TITLE)
    visitor.look("offer, ours to answer")
    visitor.press("Accept and draw up the agreement")
    visitor.look("agreement")


def both_sign(institute: Visitor, company: Visitor) -> None:
    company.page.goto(institute.page.url)
    for visitor in (institute, company):
        visitor.page.locator("main [name='confirmed']").check()
        visitor.press("Sign the agreement")
        visitor.look(f"agreement, signed by the {visitor.name}")


def pays(visitor: Visitor) -> None:
    """First with a card that is declined, then with a good one."""
    visitor.refusals.add(402)
    visitor.press("Pay", exact=False)
    visitor.look("payment")
    visitor.fill(number=DECLINED, expiry="12/34", cvc="123", name="Cleo Young")
    visitor.press("Pay", exact=False)
    visitor.sees("card was declined")
    visitor.look("payment, declined")
    visitor.fill(number=GOOD, expiry="12/34", cvc="123", name="Cleo Young")
    visitor.press("Pay", exact=False)
    visitor.sees("The licence is in force")
    visitor.look("agreement, in force")


def opens_the_document(visitor: Visitor, report: Path) -> None:
    visitor.press("Open the licence")
    visitor.look("licence")
    visitor.press("Read")
    visitor.look("document, licensed")
    visitor.press("Open")
    visitor.look("open the document")
    visitor.fill(purpose="To set up our pilot line", end_use="Our own cells, in our own plant")
    visitor.page.locator("main [name='nationality']").select_option("IE")
    visitor.page.locator("main input[value='clear']").check()
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name="Open and leave a receipt").click()
    (words,) = words_in(download.value.path().read_bytes())
    assert "step by step" in words
    assert "receipt" in words


def sees_the_receipt(visitor: Visitor) -> None:
    visitor.page.goto("/technologies")
    visitor.press(TITLE)
    visitor.look("technology, licensed")
    visitor.follow(visitor.page.locator(".document__name a").first)
    visitor.sees("To set up our pilot line")
    visitor.look("document, receipts")
    for path in ("/licences", "/notices", "/account", "/attribution", "/nowhere"):
        visitor.refusals.add(404)
        visitor.open(path)


def is_invited(visitor: Visitor, *, by: Visitor, email: str = "administrator@example.org") -> None:
    by.open("/organisation")
    by.press("Invite a member")
    by.fill(name="Lin Archer", email=email)
    by.page.locator("main input[value='lab_administrator']").check()
    by.look("invite")
    by.press("Send the invitation")
    by.sees(email)
    visitor.page.goto("/mailbox")
    visitor.follow(mail_to(visitor, email).locator("a").first)
    visitor.look("choose a password")
    visitor.fill(password=PASSWORD)
    visitor.press("Set the password")
    visitor.fill(email=email, password=PASSWORD)
    visitor.press("Sign in")
    visitor.sees("The records")


def reads_the_history(visitor: Visitor) -> None:
    expect(visitor.page.locator("main")).to_contain_text("whole", timeout=PATIENCE_MS)  # htmx brings it
    visitor.look("home of the administrator")
    visitor.open("/history")
    visitor.press(TITLE)
    visitor.look("history of the technology")
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("link", name="CSV").click()
    assert TITLE.encode() in download.value.path().read_bytes()
    visitor.open("/history/audit")
    visitor.page.get_by_role("link", name="Check again now").click()
    visitor.sees("whole")
