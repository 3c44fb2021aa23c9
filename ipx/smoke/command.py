"""The command `ipx smoke`."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from ipx.smoke import auditing, dealing, depositing, listing, people, proving, reading
from ipx.smoke.report import Chapters, Reporter, has_passed, play
from ipx.smoke.story import Account, Story, new_story

CHAPTERS: Chapters[Story] = (
    ("People", people.STEPS),
    ("Deposit", depositing.STEPS),
    ("Evidence and title", proving.STEPS),
    ("Listing", listing.STEPS),
    ("Deal", dealing.STEPS),
    ("Reading", reading.STEPS),
    ("Audit", auditing.STEPS),
)


def smoke(
    *,
    url: Annotated[str, typer.Option(help="Address of a running exchange.")],
    document: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, readable=True, help="Deposit this confidential file, not a made one."
        ),
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    account: Annotated[
        list[str] | None,
        typer.Option(
            metavar="EMAIL:PASSWORD",
            help="Where mail cannot be read by a program: four existing accounts, in this order: an institute's "
            "founder, its lab administrator, a company's licensing manager, another company's.",
        ),
    ] = None,
    without_payment: Annotated[
        bool,
        typer.Option(
            help="List without a fee and pay nothing: for a payment service that takes no card from a program."
        ),
    ] = False,
    patience: Annotated[
        int, typer.Option(min=1, help="Seconds to wait for the chain at most; a public chain needs half an hour.")
    ] = 300,
) -> None:
    """Play the whole story of the exchange against a running one: sign-up, deposit, evidence, titles, listing, licence,
    payment, reading, audit. Exits 0 only when every step passed.

    It makes organisations, a technology and a licence of its own, and withdraws its listing at the end.
    """
    story = new_story(_address(url), document, [_account(text) for text in account or ()])
    story.is_free, story.patience = without_payment, patience
    reporter = Reporter(as_json=json_output)
    outcomes = play(CHAPTERS, story, reporter)
    reporter.end(story.url, outcomes)
    raise typer.Exit(0 if has_passed(outcomes) else 1)


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise typer.BadParameter("Write the whole address, such as http://127.0.0.1:8000.", param_hint="--url")
    return f"{parts.scheme}://{parts.netloc}"


def _account(text: str) -> Account:
    email, colon, password = text.partition(":")
    if not colon or "@" not in email or not password:
        raise typer.BadParameter("Write it as EMAIL:PASSWORD.", param_hint="--account")
    return Account(email, password)
