"""A wallet in the browser: linked, signed in with, and what is said when it is not there or refuses."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.injected_wallet import InjectedWallet
from tests.browser.test_the_whole_story import (
    accepts_the_undertaking,
    both_sign,
    deposits,
    pays,
    publishes,
    signs_up,
)
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

EMBEDDED_CHAIN = 31337
TITLE = "Glass that a wallet of its own holds"


@pytest.mark.timeout(240)
def test_a_wallet_is_linked_and_signs_in(arrive: Callable[[str], Visitor]) -> None:
    ada = arrive("wallet-owner")
    signs_up(ada, "Ada Brown", "Institute with a Wallet")
    ada.open("/account/wallets", "wallets, none in the browser")
    ada.sees("There is no wallet in this browser")
    wallet = InjectedWallet(EMBEDDED_CHAIN)
    wallet.install(ada.page)
    ada.open("/account/wallets", "wallets, none linked")
    wallet.refuses = True
    ada.press_in_place("Link Test Wallet")
    ada.sees("Nothing was signed")
    ada.look("wallets, refused")
    wallet.refuses = False
    ada.press("Link Test Wallet")
    ada.sees("The wallet is linked")
    ada.look("wallets, one linked")
    ada.open("/organisation/wallet", "wallet of the organisation, none")
    ada.page.get_by_label(wallet.address, exact=False).check()
    ada.press("Make it the wallet of the organisation")
    ada.sees("is your organisation’s now")
    ada.look("wallet of the organisation, named")
    ada.page.get_by_role("banner").get_by_role("button", name="Ada Brown").click()
    ada.follow(ada.page.get_by_role("button", name="Sign out"))
    ada.open("/sign-in/wallet?next=/account", "sign in with a wallet")
    ada.press("Sign in with Test Wallet")
    ada.sees("Your account")
    assert ada.page.url.endswith("/account")


@pytest.mark.timeout(300)
def test_a_title_moves_to_the_wallet_which_signs_the_agreement_and_moves_it_back(
    arrive: Callable[[str], Visitor], report: Path
) -> None:
    owner, company = arrive("wallet-institute"), arrive("wallet-company")
    signs_up(owner, "Eva Horn", "Institute of Glass")
    has_a_recorded_right(owner, report)
    publishes(owner)
    listing = owner.page.url
    wallet = InjectedWallet(EMBEDDED_CHAIN)
    names_the_wallet(owner, wallet)
    custody = moves_the_title(owner)
    signs_up(company, "Leo Falk", "Falk Windows")
    company.page.goto(listing)
    accepts_the_undertaking(company)
    company.press("Make an offer")
    company.fill(message="For windows.")
    company.press("Send the offer")
    signs_with_the_wallet(owner, wallet)
    company.page.goto(owner.page.url)
    company.sees("Signed by Eva Horn")
    brings_it_back(owner, wallet, custody)


def has_a_recorded_right(owner: Visitor, report: Path) -> None:
    owner.open("/technologies/new")
    owner.fill(title=TITLE, problem="Glass breaks.", summary="It does not.", advantage_text="Does not break.")
    owner.press("Save the draft")
    deposits(owner, report)
    owner.press("Add a right")
    owner.page.locator("main [name='kind']").select_option("know-how")
    owner.press("Add the right")
    owner.press("Record the titles")
    owner.sees("Title recorded, final")


def names_the_wallet(owner: Visitor, wallet: InjectedWallet) -> None:
    technology = owner.page.url
    wallet.install(owner.page)
    owner.page.goto("/account/wallets")
    owner.press("Link Test Wallet")
    owner.page.goto("/organisation/wallet")
    owner.page.get_by_label(wallet.address, exact=False).check()
    owner.press("Make it the wallet of the organisation")
    owner.page.goto(technology)


def moves_the_title(owner: Visitor) -> str:
    """Move it, and return the address of the page."""
    owner.page.goto("/technologies")
    owner.press(TITLE)
    owner.page.get_by_text("How is this proven?").first.click()
    owner.press("Who keeps the title")
    owner.look("custody, kept by the exchange")
    owner.press("Sign, and move the title to the wallet")
    owner.sees("Your own wallet holds this title")
    owner.page.reload()
    owner.look("custody, held by the wallet")
    return owner.page.url


def signs_with_the_wallet(owner: Visitor, wallet: InjectedWallet) -> None:
    """On another chain, then unwilling, then as asked."""
    owner.page.goto("/deals")
    owner.press(TITLE)
    owner.press("Accept and draw up the agreement")
    owner.sees("Sign with your wallet")
    wallet.chain, wallet.knows_chains = 1, False
    owner.press_in_place("Sign with Test Wallet")
    owner.sees("The wallet is on another chain")
    owner.look("agreement, wallet on another chain")
    wallet.knows_chains, wallet.refuses = True, True
    owner.press_in_place("Sign with Test Wallet")
    owner.sees("Nothing was signed")
    wallet.refuses = False
    owner.press("Sign with Test Wallet")
    owner.sees("with its own wallet")
    owner.look("agreement, signed by a wallet")


def brings_it_back(owner: Visitor, wallet: InjectedWallet, custody: str) -> None:
    """With another account in the wallet first."""
    owner.page.goto(custody)
    held = wallet.key, wallet.address
    other = InjectedWallet(EMBEDDED_CHAIN)
    wallet.key, wallet.address = other.key, other.address
    owner.press_in_place("Sign with Test Wallet")
    owner.sees("The wallet shows another account")
    owner.look("custody, another account")
    wallet.key, wallet.address = held
    owner.press("Sign with Test Wallet")
    owner.sees("We keep this title for you")


@pytest.mark.timeout(300)
def test_a_companys_wallet_signs_undertaking_and_agreement(arrive: Callable[[str], Visitor], report: Path) -> None:
    owner, company = arrive("glass-institute"), arrive("glass-company")
    signs_up(owner, "Iris Lund", "Institute of Clear Glass")
    has_a_recorded_right(owner, report)
    publishes(owner)
    listing = owner.page.url
    wallet = InjectedWallet(EMBEDDED_CHAIN)
    signs_up(company, "Noa Berg", "Berg Windows")
    names_the_wallet(company, wallet)
    lets_it_take_licences(company)
    company.page.goto(listing)
    accepts_with_the_wallet(company, wallet)
    company.press("Make an offer")
    company.fill(message="For windows.")
    company.press("Send the offer")
    owner.page.goto("/deals")
    owner.press(TITLE)
    owner.press("Accept and draw up the agreement")
    company.page.goto(owner.page.url)
    company.sees("Your own wallet takes the licence")
    company.page.get_by_text("Who signs for you").click()
    company.look("agreement, the wallet takes the licence")
    company.press("Let the exchange sign for us")
    company.sees("Drawn up anew")
    company.page.get_by_text("Who signs for you").click()
    company.look("agreement, drawn up anew")
    company.press("Sign with our own wallet instead")
    company.press("Sign with Test Wallet")
    company.sees("with its own wallet")
    owner.page.reload()
    owner.sees("Signed by Noa Berg")


def lets_it_take_licences(company: Visitor) -> None:
    company.page.goto("/organisation/wallet")
    company.page.get_by_label("Draw up our agreements").check()
    company.press("Keep this")
    company.sees("drawn up for your wallet")
    company.look("wallet of the organisation, takes licences")


def accepts_with_the_wallet(company: Visitor, wallet: InjectedWallet) -> None:
    company.press("Ask for access")
    company.look("undertaking, with a wallet")
    company.press("Draw it up for our wallet")
    company.sees("What is signed")
    wallet.refuses = True
    company.press_in_place("Sign with Test Wallet")
    company.sees("Nothing was signed")
    company.look("undertaking, to be signed by the wallet")
    wallet.refuses = False
    company.press("Sign with Test Wallet")
    company.sees("signed with your own wallet")


@pytest.mark.timeout(300)
def test_a_wallet_that_holds_the_title_signs_a_change_of_the_licence(
    arrive: Callable[[str], Visitor], report: Path
) -> None:
    owner, company = arrive("pane-institute"), arrive("pane-company")
    signs_up(owner, "Ines Roth", "Institute of Panes")
    has_a_recorded_right(owner, report)
    publishes(owner)
    listing = owner.page.url
    signs_up(company, "Ole Krag", "Krag Windows")
    company.page.goto(listing)
    accepts_the_undertaking(company)
    company.press("Make an offer")
    company.fill(message="For panes.")
    company.press("Send the offer")
    owner.page.goto("/deals")
    owner.press(TITLE)
    owner.press("Accept and draw up the agreement")
    both_sign(owner, company)
    pays(company)
    company.press("Open the licence")
    life = company.page.url + "/life"
    wallet = InjectedWallet(EMBEDDED_CHAIN)
    names_the_wallet(owner, wallet)
    moves_the_title(owner)
    both_suspend(owner, company, life)
    owner.page.goto(life)
    owner.sees("Your wallet’s signature is awaited")
    owner.look("life, waits for the wallet")
    company.page.reload()
    company.sees("has not signed yet")
    company.look("life, the other side’s wallet is awaited")
    owner.press("Sign with Test Wallet")
    owner.sees("the step goes to the chain")
    owner.look("life, signed by the wallet")


def both_suspend(owner: Visitor, company: Visitor, life: str) -> None:
    owner.page.goto(life)
    owner.page.get_by_text("Propose something").click()
    owner.page.locator("main input[value='suspend']").check()
    owner.press("Propose it")
    company.page.goto(life)
    company.press("Accept")
