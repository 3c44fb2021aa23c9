"""A wallet in the browser: linked, signed in with, and what is said when it is not there or refuses."""

from collections.abc import Callable

import pytest

from tests.browser.injected_wallet import InjectedWallet
from tests.browser.test_the_whole_story import signs_up
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

EMBEDDED_CHAIN = 31337


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
