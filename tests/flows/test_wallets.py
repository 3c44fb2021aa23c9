"""Wallets are linked and signed in with by EIP-4361: once, in time, by the right account, on our site."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from ipx.accounts.rules import Role
from ipx.audit.models import AuditRow
from ipx.wallets.models import ChallengeRow, OrganisationWalletRow, WalletRow
from ipx.wallets.service import WalletService
from ipx.wallets.sign_in_message import read_message
from tests.deal_steps import follow, grow_stale
from tests.pages import send, token_of, words_of
from tests.wallet_steps import ContractWallet, KeyWallet, answered, asked, link, sign_in

OWN, ENTRANCE, OURS = "/account/wallets", "/sign-in/wallet", "/organisation/wallet"


@pytest.fixture
def ada(world):
    return world.organisation("Wallets")


@pytest.fixture
def wallet(ada):
    """A wallet that is linked to ada."""
    wallet = KeyWallet()
    assert link(ada, wallet).status_code == 302
    return wallet


def last_line(world, action):
    query = select(AuditRow).where(AuditRow.action == action).order_by(AuditRow.sequence.desc()).limit(1)
    return world.read(lambda session: session.scalars(query).one().details)


def is_signed_in(client) -> bool:
    return client.get("/account").status_code == 200


# ── linking and signing in ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", [lambda world: KeyWallet(), ContractWallet], ids=["key", "contract"])
def test_a_linked_wallet_signs_in(world, ada, kind):
    wallet = kind(world)
    assert "The wallet is linked" in follow(ada, link(ada, wallet))
    client = world.app.test_client()
    assert sign_in(world, wallet, client).status_code == 302
    assert ada.actor.name in client.get("/account").text
    assert client.get("/account/tokens").text.count("We ask for your password first") == 0  # it is a fresh sign-in
    assert {"account:wallet:linked", "account:session:opened"} <= set(world.actions(ada.actor.person_id))
    assert any(
        "A wallet was linked" in mail.subject and wallet.address in mail.body for mail in world.mails_to(ada.email)
    )
    is_contract = isinstance(wallet, ContractWallet)
    noted = last_line(world, "account:wallet:linked")
    assert noted["contract"] is is_contract
    assert (noted["block"] is not None) is is_contract  # the block at which the wallet was asked
    assert wallet.address not in str(noted)  # a person's address is no business of the log


def test_signing_in_leads_back_and_never_elsewhere(world, wallet):
    for target, expected in (("/deals", "/deals"), ("//evil.example", "/")):
        client = world.app.test_client()
        message = asked(client, ENTRANCE, wallet.address)
        token = token_of(client.get(ENTRANCE).text)
        data = {"csrf_token": token, "message": message, "signature": wallet.sign_text(message)}
        answer = client.post(f"{ENTRANCE}?next={target}", data=data)
        assert answer.headers["Location"] == expected


def test_addresses_without_capitals_and_recovery_ids_from_zero_are_taken(world, ada, wallet):
    client = world.app.test_client()
    message = asked(client, ENTRANCE, wallet.address.lower())
    assert wallet.address in message
    signed = bytes.fromhex(wallet.sign_text(message)[2:])
    bare = "0x" + (signed[:64] + bytes([signed[64] - 27])).hex()
    assert answered(client, ENTRANCE, message, bare).status_code == 302


def test_a_wallet_that_nobody_linked_opens_nothing(world):
    client = world.app.test_client()
    answer = sign_in(world, KeyWallet(), client)
    assert answer.status_code == 422
    assert "not linked to an account here" in words_of(answer.text)
    assert not is_signed_in(client)


def test_an_unlinked_wallet_opens_nothing_and_can_be_linked_elsewhere(world, ada, wallet):
    other = world.organisation("Others")
    assert "linked to another account" in words_of(link(other, wallet).text)
    row = world.read(
        lambda session: session.scalars(select(WalletRow.id).where(WalletRow.open_key == wallet.address)).one()
    )
    assert other.post(f"{OWN}/{row}/unlink", page=OWN).status_code == 404  # not hers
    assert "unlinked" in follow(ada, ada.post(f"{OWN}/{row}/unlink", page=OWN))
    assert "not linked" in words_of(sign_in(world, wallet).text)
    assert link(other, wallet).status_code == 302


def test_somebody_who_left_the_organisation_cannot_sign_in(world, ada):
    gone, wallet = world.colleague(ada, Role.RESEARCHER), KeyWallet()
    link(gone, wallet)
    ada.post(f"/organisation/members/{gone.actor.person_id}/remove", page="/organisation")
    client = world.app.test_client()
    assert "no organisation any more" in words_of(sign_in(world, wallet, client).text)
    assert not is_signed_in(client)


def test_a_new_password_by_mail_unlinks_the_wallets(world, ada, wallet):
    send(world.app.test_client(), "/links/reset", email=ada.email)
    path = world.link_to(ada.email, "set-password")
    assert send(world.app.test_client(), path, password="another rather long password").status_code == 302
    client = world.app.test_client()
    assert "not linked to an account here" in words_of(sign_in(world, wallet, client).text)
    assert not is_signed_in(client)
    assert world.actions(ada.actor.person_id).count("account:wallet:unlinked") == 1


def test_linking_asks_for_a_fresh_sign_in(world, ada):
    grow_stale(world, ada)
    assert "We ask for your password first" in words_of(ada.get(OWN).text)
    answer = link(ada, KeyWallet())
    assert "/sign-in?next=" in answer.headers["Location"]
    assert world.count(WalletRow, WalletRow.person_id == ada.actor.person_id) == 0


# ── what does not count ──────────────────────────────────────────────────────────────────────────


def test_a_signature_counts_once(world, wallet):
    client = world.app.test_client()
    message = asked(client, ENTRANCE, wallet.address)
    signature = wallet.sign_text(message)
    assert answered(client, ENTRANCE, message, signature).status_code == 302
    client.post("/sign-out", data={"csrf_token": token_of(client.get("/account").text)})
    again = answered(client, ENTRANCE, message, signature)
    assert again.status_code == 422
    assert "Begin again" in words_of(again.text)
    assert not is_signed_in(client)


def test_a_signature_counts_once_even_when_it_was_refused(world, wallet):
    client = world.app.test_client()
    message = asked(client, ENTRANCE, wallet.address)
    assert answered(client, ENTRANCE, message, "0x00").status_code == 422
    assert answered(client, ENTRANCE, message, wallet.sign_text(message)).status_code == 422
    nonce = read_message(message).nonce
    assert world.row(ChallengeRow, nonce).used_at is not None


def test_a_message_counts_only_in_the_browser_that_asked_for_it(world, wallet):
    victim, thief = world.app.test_client(), world.app.test_client()
    message = asked(victim, ENTRANCE, wallet.address)
    asked(thief, ENTRANCE, wallet.address)
    assert "another attempt" in words_of(answered(thief, ENTRANCE, message, wallet.sign_text(message)).text)
    assert not is_signed_in(thief)


def test_a_message_for_linking_does_not_sign_in_and_the_other_way_round(world, ada, wallet):
    message = asked(ada.client, OWN, wallet.address)
    assert "was used already" in words_of(answered(ada.client, ENTRANCE, message, wallet.sign_text(message)).text)
    client, other = world.organisation().client, KeyWallet()
    message = asked(client, ENTRANCE, other.address)
    assert "was used already" in words_of(answered(client, OWN, message, other.sign_text(message)).text)


def test_a_message_counts_for_five_minutes(world, wallet):
    client = world.app.test_client()
    message = asked(client, ENTRANCE, wallet.address)
    nonce, earlier = read_message(message).nonce, world.clock.now() - timedelta(minutes=5)
    stored = read_message(message)
    old = as_of(stored, earlier)
    world.write(lambda s: s.execute(update(ChallengeRow).where(ChallengeRow.nonce == nonce).values(message=old)))
    assert "longer than five minutes" in words_of(answered(client, ENTRANCE, old, wallet.sign_text(old)).text)
    assert not is_signed_in(client)


def as_of(message, issued) -> str:
    return replace(message, issued_at=issued, expires_at=issued + timedelta(minutes=5)).text()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("127.0.0.1:", "evil.example:", "written for evil.example"),
        ("Chain ID: ", "Chain ID: 1", "is for chain 1"),
        ("Nonce: ", "Nonce: a", "another attempt"),
        ("moves nothing", "moves something", "not the one that we asked"),
        ("Version: 1", "Version: 2", "not what EIP-4361 allows"),
        ("\n\nURI", "\nURI", "a line is missing"),
    ],
)
def test_a_message_that_deviates_is_refused(world, wallet, old, new, words):
    client = world.app.test_client()
    message = asked(client, ENTRANCE, wallet.address).replace(old, new)
    answer = answered(client, ENTRANCE, message, wallet.sign_text(message))
    assert answer.status_code == 422
    assert words in words_of(answer.text)
    assert not is_signed_in(client)


def test_another_account_of_the_wallet_is_named(world, wallet):
    client, other = world.app.test_client(), KeyWallet()
    message = asked(client, ENTRANCE, wallet.address)
    answer = words_of(answered(client, ENTRANCE, message, other.sign_text(message)).text)
    assert f"Another account signed: {other.address}" in answer


def test_what_is_no_signature_is_refused(world, wallet):
    for signature in ("", "0x", "zz", "0x" + "00" * 65, "0x" + "11" * 9000):
        client = world.app.test_client()
        message = asked(client, ENTRANCE, wallet.address)
        assert answered(client, ENTRANCE, message, signature).status_code == 422
        assert not is_signed_in(client)


@pytest.mark.parametrize("kind", ["Wallet", "NoWallet"])
def test_a_contract_that_does_not_accept_is_refused(world, ada, kind):
    wallet, stranger = ContractWallet(world, kind), KeyWallet()
    message = asked(ada.client, OWN, wallet.address)
    answer = answered(ada.client, OWN, message, stranger.sign_text(message))
    assert "does not accept this signature" in words_of(answer.text)
    assert world.count(WalletRow, WalletRow.address == wallet.address) == 0


def test_no_address_gets_no_message(world):
    client = world.app.test_client()
    token = token_of(client.get(ENTRANCE).text)
    wrong = KeyWallet().address[:-1] + "g"
    for address in ("", "0x12", wrong):
        answer = client.post(f"{ENTRANCE}/challenge", data={"csrf_token": token, "address": address})
        assert answer.status_code == 422


# ── the organisation's ───────────────────────────────────────────────────────────────────────────


def test_an_owner_names_and_removes_the_wallet_of_the_organisation(world, ada, wallet):
    second = world.colleague(ada, Role.OWNER)
    chosen = world.read(lambda s: world.service(WalletService).candidates(s, actor=ada.actor))[0]
    assert "is your organisation’s now" in words_of(follow(ada, ada.post(OURS, {"wallet": chosen.id}, page=OURS)))
    assert wallet.address in second.get(OURS).text
    again = ada.post(OURS, {"wallet": chosen.id}, page=OURS)
    assert "Your organisation has a wallet" in words_of(again.text)
    assert "not your organisation’s any more" in follow(second, second.post(f"{OURS}/remove", page=OURS))
    assert world.count(OrganisationWalletRow, OrganisationWalletRow.open_key == ada.organisation_id) == 0
    for owner in (ada, second):
        subjects = [mail.subject for mail in world.mails_to(owner.email)]
        assert subjects.count("The wallet of your organisation was changed") == 2
    actions = world.actions(ada.organisation_id)
    assert {"account:organisation_wallet:named", "account:organisation_wallet:removed"} <= set(actions)


def test_nobody_else_decides_about_it(world, ada, wallet):
    chosen = world.read(lambda s: world.service(WalletService).candidates(s, actor=ada.actor))[0]
    manager, stranger = world.colleague(ada, Role.LICENSING_MANAGER), world.organisation("Strangers")
    assert manager.post(OURS, {"wallet": chosen.id}, page="/account").status_code == 403
    assert manager.post(f"{OURS}/remove", page="/account").status_code == 403
    assert stranger.post(OURS, {"wallet": chosen.id}, page=OURS).status_code == 422  # not a wallet of theirs
    assert wallet.address not in stranger.get(OURS).text
    assert world.count(OrganisationWalletRow, OrganisationWalletRow.address == wallet.address) == 0


def test_deciding_asks_for_a_fresh_sign_in(world, ada, wallet):
    chosen = world.read(lambda s: world.service(WalletService).candidates(s, actor=ada.actor))[0]
    grow_stale(world, ada)
    for path, data in ((OURS, {"wallet": chosen.id}), (f"{OURS}/remove", {})):
        assert "/sign-in?next=" in ada.post(path, data, page="/account").headers["Location"]
    assert world.count(OrganisationWalletRow, OrganisationWalletRow.organisation_id == ada.organisation_id) == 0
