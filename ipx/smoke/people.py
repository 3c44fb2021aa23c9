"""Chapter 1: an institute and two companies sign up; the institute invites its lab administrator."""

import re
from urllib.parse import urlsplit

from ipx.smoke.client import Visitor, wait_for
from ipx.smoke.failures import LeftOut, NotPossible, StepFailed
from ipx.smoke.pages import Page
from ipx.smoke.report import Step
from ipx.smoke.story import Account, Story, check

MAIL_SECONDS = 20
_LINK = re.compile(r"https?://\S+")
NEEDED = "the institute's founder, its lab administrator, a company, another company"


def answers(story: Story) -> str:
    """Open the first page."""
    response = story.stranger.request("GET", "/")
    check(response.status_code == 200, f"The first page answered {response.status_code}.")
    policy = response.headers.get("Content-Security-Policy", "")
    check("script-src 'self'" in policy and "unsafe" not in policy, "The content security policy is missing or loose.")
    check(response.headers.get("X-Content-Type-Options") == "nosniff", "X-Content-Type-Options is missing.")
    asked = story.stranger.request("GET", "/technologies")
    check(asked.status_code in (302, 303), f"A signed-out visitor got {asked.status_code} at /technologies.")
    return "strict content security policy; signed-out visitors are asked to sign in"


def can_read_mail(story: Story) -> str:
    """Find out how people get their links on this exchange."""
    if story.accounts:
        check(len(story.accounts) == 4, f"--account is needed four times, in this order: {NEEDED}.")
        return "with the accounts that were given"
    if story.stranger.status("GET", "/mailbox", headers={"Accept": "application/json"}) != 200:
        raise NotPossible(
            "This exchange sends real mail, which only people can read. Make four accounts by hand and give them by "
            f"--account EMAIL:PASSWORD, in this order: {NEEDED}."
        )
    return "mail is read at /mailbox"


def refuses_weak_sign_up(story: Story) -> str:
    """Try a password that is too short."""
    if story.accounts:
        raise LeftOut("accounts were given")
    page = _send_sign_up(story, story.stranger, "Weak", "short", expect=422)
    check("12 characters" in page.text, "The page does not say what is wrong with a short password.")
    return "a short password is refused with its cure"


def institute_signs_up(story: Story) -> str:
    """Sign up, verify the address, sign in."""
    return _arrive(story, story.institute, "Institute", 0)


def wrong_password(story: Story) -> str:
    """Try to sign in with a wrong password."""
    email = story.accounts[0].email if story.accounts else _email(story, "Institute")
    form = story.stranger.page("/sign-in").form(having=["email", "password"])
    page = story.stranger.submit(form, {"email": email, "password": "not the password"}, expect=(422,))
    check("wrong" in page.text, "The page does not say that address or password is wrong.")
    return "refused, without saying which of the two is wrong"


def administrator_is_invited(story: Story) -> str:
    """Invite a lab administrator, who sets a password by the link and signs in."""
    if story.accounts:
        return _sign_in(story.administrator, story.accounts[1]) + ", an existing account"
    email = _email(story, "Administrator")
    form = story.institute.page("/organisation/members/new").form(having=["name", "email", "roles"])
    story.institute.submit(form, {"name": f"Ada Smoke {story.suffix}", "email": email, "roles": ["lab_administrator"]})
    page = story.stranger.page(_mailed_link(story, email))
    story.stranger.submit(page.form(having=["password"]), {"password": story.password})
    return _sign_in(story.administrator, Account(email, story.password))


def company_signs_up(story: Story) -> str:
    """Sign the licensee up."""
    return _arrive(story, story.company, "Company", 2)


def outsider_signs_up(story: Story) -> str:
    """Sign up somebody who has no business here."""
    return _arrive(story, story.outsider, "Outsider", 3)


def _arrive(story: Story, visitor: Visitor, name: str, number: int) -> str:
    if story.accounts:
        return _sign_in(visitor, story.accounts[number]) + ", an existing account"
    _send_sign_up(story, visitor, name, story.password)
    email = _email(story, name)
    form = visitor.page("/sign-in").form(having=["email", "password"])
    early = visitor.submit(form, {"email": email, "password": story.password}, expect=(422,))
    check("not verified" in early.text, "Signing in before the address is verified is not refused as such.")
    page = visitor.page(_mailed_link(story, email))
    visitor.submit(page.form(to=page.path))
    return _sign_in(visitor, Account(email, story.password))


def _send_sign_up(story: Story, visitor: Visitor, name: str, password: str, *, expect: int = 200) -> Page:
    form = visitor.page("/sign-up").form(having=["name", "email", "organisation_name", "password"])
    values = {
        "name": f"{name} Smoke {story.suffix}",
        "email": _email(story, name),
        "organisation_name": f"Smoke {name} {story.suffix}",
        "password": password,
    }
    return visitor.submit(form, values, expect=(expect,))


def _sign_in(visitor: Visitor, account: Account) -> str:
    form = visitor.page("/sign-in").form(having=["email", "password"])
    visitor.submit(form, {"email": account.email, "password": account.password})
    page = visitor.page("/account")
    check(account.email in page.text, f"The page /account does not name {account.email}.")
    return account.email


def _email(story: Story, name: str) -> str:
    return f"{name.lower()}-{story.suffix}@smoke.example"


def _mailed_link(story: Story, email: str) -> str:
    def look() -> str | None:
        mails = story.stranger.json("/mailbox")
        bodies = [mail["body"] for mail in mails if mail["to"] == email]
        links = [found for body in bodies for found in _LINK.findall(body)]
        return urlsplit(links[0]).path if links else None

    try:
        return wait_for(look, f"a mail to {email}", seconds=MAIL_SECONDS)
    except KeyError as error:
        raise StepFailed(f"A mail at /mailbox has no field {error}.") from error


STEPS = (
    Step("The exchange answers", answers),
    Step("Links reach people", can_read_mail),
    Step("A weak password is refused", refuses_weak_sign_up),
    Step("An institute signs up, verifies its address, signs in", institute_signs_up),
    Step("A wrong password is refused", wrong_password),
    Step("The institute invites a lab administrator", administrator_is_invited),
    Step("A company signs up", company_signs_up),
    Step("An outsider signs up", outsider_signs_up),
)
