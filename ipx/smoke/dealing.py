"""Chapter 5: undertaking, offer, agreement, two signatures, payment, grant; with a wrong card and a forged webhook."""

import json
from typing import Any
from urllib.parse import urljoin, urlsplit

from ipx.smoke.client import Visitor, said, wait_for
from ipx.smoke.failures import LeftOut, NotPossible
from ipx.smoke.pages import Page, read_page
from ipx.smoke.report import Step
from ipx.smoke.story import Story, check

PAYMENT_SECONDS = 60
DECLINED, GOOD = "4000000000000002", "4242424242424242"


def offer_needs_undertaking(story: Story) -> str:
    """Try to read and to make an offer without the promise of confidentiality."""
    reading = story.company.status("GET", f"/documents/{story.document}/open")
    check(reading in (403, 404), f"The company could open the document before any deal ({reading}).")
    address = f"/listings/{story.listing}/offer"
    page = story.company.page(address)
    check(page.path.endswith("/nda"), f"Who wants to make an offer without the undertaking is shown {page.path}.")
    forced = {"message": "Too early.", "submit_key": story.suffix, "csrf_token": page.csrf}
    story.company.status("POST", address, data=forced, headers={"Referer": page.url})
    check(story.title not in story.company.page("/deals").text, "An offer was taken without the undertaking.")
    own = story.institute.status("GET", f"/listings/{story.listing}/nda")
    check(own == 409, f"The institute could accept an undertaking to itself ({own}).")
    return "no reading and no offer without it"


def accept_undertaking(story: Story) -> str:
    """Accept the undertaking; the box has to be ticked."""
    address = f"/listings/{story.listing}/nda"
    form = story.company.page(address).form(having=["accepted"])
    unticked = story.company.submit(form, expect=(422,))
    page = story.company.submit(unticked.form(having=["accepted"]), {"accepted": True})
    story.nda = page.path.rpartition("/")[2]
    again = story.company.submit(unticked.form(having=["accepted"]), {"accepted": True})
    check(again.path == page.path, "Accepting again made a second undertaking.")
    check(story.company.page(address).path == page.path, "The accepted undertaking does not lead to its room.")
    return "accepted once"


def make_offer(story: Story) -> str:
    """Send the same offer twice, as by a double click."""
    form = story.company.page(f"/listings/{story.listing}/offer").form(having=["message", "submit_key"])
    values = {"message": f"For cells of our line {story.suffix}."}
    pages = [story.company.submit(form, values) for _ in range(2)]
    check(pages[0].path == pages[1].path, "A double submit made two offers.")
    story.offer = pages[0].path.rpartition("/")[2]
    foreign = story.outsider.status("GET", f"/deals/offers/{story.offer}")
    check(foreign == 404, f"An outsider got {foreign} for the offer.")
    return "a double submit is one offer"


def accept_offer(story: Story) -> str:
    """Accept the offer for the licensor."""
    page = story.institute.page(f"/deals/offers/{story.offer}")
    agreement = story.institute.press(page, to="/accept")
    story.agreement = agreement.path.rpartition("/")[2]
    again = story.institute.submit(page.form(to="/accept"), expect=(200, 409))
    check(again.path.endswith((story.offer, story.agreement, "/accept")), "Accepting again led somewhere else.")
    return _state(story, "SIGNING")


def sign(story: Story) -> str:
    """Sign for both sides; a signature under other terms is refused."""
    path = f"/deals/agreements/{story.agreement}"
    form = story.company.page(path).form(to="/sign", having=["commitment", "confirmed"])
    other = story.company.submit(form, {"commitment": "0x" + "0" * 64, "confirmed": True}, expect=(200, 409))
    check("not those of this agreement" in other.text, "A signature under other terms is not refused as such.")
    story.company.submit(form, {}, expect=(422,))
    check(not _agreement(story.company, story)["signatures"], "A refused signature counts.")
    for visitor in (story.institute, story.company):
        page = visitor.page(path)
        visitor.submit(page.form(to="/sign", having=["commitment"]), {"confirmed": True})
    if story.is_free:
        return "signed by both; other terms refused"
    return _state(story, "AWAITING_PAYMENT") + ", signed by both; other terms refused"


def wrong_card(story: Story) -> str:
    """Try to pay with a card that the bank declines."""
    _leave_out_if_free(story)
    page = _payment_page(story)
    declined = story.company.submit(page.form(having=["number", "cvc"]), _card(DECLINED), expect=(402,))
    check("declined" in declined.text, "The payment page does not say that the card was declined.")
    return "declined, nothing paid; " + _state(story, "AWAITING_PAYMENT")


def forged_webhook(story: Story) -> str:
    """Tell the exchange, with a wrong signature, that the money is there."""
    event = {
        "id": f"evt_forged_{story.suffix}",
        "object": "event",
        "type": "checkout.session.completed",
        "data": {"object": {"id": "cs_forged", "payment_status": "paid"}},
    }
    body = json.dumps(event).encode()
    for signature in ("", "t=1,v1=" + "0" * 64):
        headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
        code = story.stranger.status("POST", "/payments/webhook", data=body, headers=headers)
        check(code == 400, f"A forged notification was answered with {code}.")
    return "refused with 400"


def pay(story: Story) -> str:
    """Pay with a card that works, and wait until the exchange has heard of it from the payment service."""
    _leave_out_if_free(story)
    page = _payment_page(story)
    response = story.company.post_form(page.form(having=["number", "cvc"]), _card(GOOD))
    check(response.status_code == 303, f"Paying was answered with {response.status_code}: {said(response)}")
    back = story.company.here(response)
    check(back.startswith(f"/deals/agreements/{story.agreement}"), f"After paying the browser is sent to {back}.")
    story.company.page(back)

    def look() -> str | None:
        seen = _agreement(story.company, story)
        return str(seen["state"]) if seen["checkout"] == "PAID" else None

    state = wait_for(look, "the payment to be booked", seconds=PAYMENT_SECONDS)
    return f"paid, agreement {state}"


def granted(story: Story) -> str:
    """Wait for the licence to be active on chain."""

    def look() -> dict[str, Any] | None:
        seen = _agreement(story.company, story)
        check(seen["state"] != "ISSUE_FAILED", "The licence could not be granted.")
        return seen if seen["state"] == "ACTIVE" else None

    story.licence = wait_for(look, "the licence to be active", seconds=story.patience)["licence"]
    licence: dict[str, Any] = story.company.json(f"/licences/{story.licence}")
    check(licence["state"] == "ACTIVE", f"The licence is {licence['state']}.")
    check(licence["documents"] == [story.document], "The licence does not open the document.")
    for visitor, expected in ((story.institute, 200), (story.outsider, 404)):
        code = visitor.status("GET", f"/licences/{story.licence}")
        check(code == expected, f"{visitor.name} got {code} for the licence.")
    return f"active, block {licence['block']}"


def _leave_out_if_free(story: Story) -> None:
    if story.is_free:
        raise LeftOut("there is no fee in this run")


def _payment_page(story: Story) -> Page:
    page = story.company.page(f"/deals/agreements/{story.agreement}")
    response = story.company.post_form(page.form(to="/pay"))
    check(response.status_code == 303, f"The button “Pay” was answered with {response.status_code}: {said(response)}")
    target = urljoin(response.url, response.headers.get("Location", ""))
    if "/simulator/" not in target:
        raise NotPossible(
            f"The payment page is at {urlsplit(target).netloc}: a payment service that takes no card from a program. "
            "Play the story with --without-payment, or where payments are simulated."
        )
    answer = story.company.request("GET", story.company.here(response))
    check(answer.status_code == 200, f"The payment page answered {answer.status_code}.")
    return read_page(answer.url, answer.status_code, answer.text)


def _card(number: str) -> dict[str, str]:
    return {"number": number, "expiry": "12/34", "cvc": "123", "name": "Smoke Test"}


def _agreement(visitor: Visitor, story: Story) -> dict[str, Any]:
    seen: dict[str, Any] = visitor.json(f"/deals/agreements/{story.agreement}")
    return seen


def _state(story: Story, expected: str) -> str:
    state = _agreement(story.company, story)["state"]
    check(state == expected, f"The agreement is {state} instead of {expected}.")
    return f"agreement {state}"


STEPS = (
    Step("Nothing is read or offered without the undertaking", offer_needs_undertaking),
    Step("The company accepts the undertaking", accept_undertaking),
    Step("The company makes an offer", make_offer),
    Step("The institute accepts it", accept_offer),
    Step("Both sides sign; other terms are refused", sign),
    Step("A declined card pays nothing", wrong_card),
    Step("A forged payment notification is refused", forged_webhook),
    Step("The company pays", pay),
    Step("The licence is granted on chain", granted),
)
