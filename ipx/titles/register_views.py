"""Pages on which the register on the chain is put right: proposed by its organisation, signed by rectifiers."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.core.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from ipx.technologies.forms import RIGHT_LABELS, show_error
from ipx.titles.forms import PressForm
from ipx.titles.labels import BASES, ORIGINS, REGISTER_STATES
from ipx.titles.records import RegisterRectification
from ipx.titles.register_forms import ElsewhereForm, RegisterForm, SimulatedForm, WalletForm
from ipx.titles.rules import Basis, SignatureOrigin
from ipx.titles.service import TitleService
from ipx.wallets.service import WalletService, clean_address, signature_of
from ipx.web.guards import current_actor, for_roles, signed_in
from ipx.web.services import provided
from ipx.web.transactions import db, release

_PROPOSE = "/technologies/<technology_id>/rights/<right_id>/title/register"
_ONE = "/rectifications/<rectification_id>"


def add_to(blueprint: Blueprint) -> None:
    """Add the addresses."""
    for rule, view, methods in (
        (_PROPOSE, propose_for_register, ["GET", "POST"]),
        ("/rectifications", to_sign, ["GET"]),
        (_ONE, register_rectification, ["GET"]),
        (f"{_ONE}/signature", sign_with_wallet, ["POST"]),
        (f"{_ONE}/elsewhere", signed_elsewhere, ["POST"]),
        (f"{_ONE}/simulated", sign_simulated, ["POST"]),
        (f"{_ONE}/withdraw", take_back, ["POST"]),
        (f"{_ONE}/again", send_again, ["POST"]),
    ):
        blueprint.add_url_rule(rule, view_func=view, methods=methods)


@for_roles(Role.LAB_ADMINISTRATOR)
def propose_for_register(technology_id: str, right_id: str) -> Any:
    """Propose that the register's record of a title is put right."""
    actor, service = current_actor(), provided(TitleService)
    rule = service.rectifiers.rule()
    chain = service.chain_of_title(db(), actor=actor, right_id=right_id)
    if chain.technology_id != technology_id:
        raise NotFound(_("There is no such right."))
    holder, account = service.register.holders(db(), actor=actor, right_id=right_id)
    wallet = provided(WalletService).find_organisation_wallet(db(), organisation_id=actor.organisation_id)
    instruments = service.instruments(db(), actor=actor, technology_id=technology_id)
    form = RegisterForm(instruments, holder=holder, account=account, wallet=wallet.address if wallet else None)
    is_sent = form.is_submitted()
    if form.validate_on_submit():
        try:
            found = _proposed(actor, right_id, form)
        except (Invalid, Conflict) as error:
            release()
            show_error(form, error, default="to")
        else:
            flash(_("Proposed. The rectifiers decide; nothing is on the chain yet."), "success")
            return redirect(url_for("titles.register_rectification", rectification_id=found))
    page = {"form": form, "chain": chain, "holder": holder, "rule": rule, "labels": RIGHT_LABELS}
    return render_template("titles/register_propose.html", **page), 422 if is_sent else 200


@signed_in
def to_sign() -> str:
    """Show a rectifier what waits for its signature."""
    actor = current_actor()
    mine = _own_rectifiers(actor)
    waiting = provided(TitleService).register.reading.open_for(db(), actor=actor) if mine else []
    return render_template(
        "titles/register_to_sign.html", mine=mine, waiting=waiting, bases=BASES, states=REGISTER_STATES
    )


@signed_in
def register_rectification(rectification_id: str) -> str:
    """Show one rectification of the register: what is signed, who has signed, and what happens when."""
    actor, service = current_actor(), provided(TitleService)
    mine = _own_rectifiers(actor)
    simulated, rule = service.rectifiers.simulated(), service.rectifiers.rule()
    found = _found(rectification_id, actor, mine)
    is_own = found.organisation_id == actor.organisation_id
    return render_template(
        "titles/register.html",
        one=found,
        rule=rule,
        bases=BASES,
        states=REGISTER_STATES,
        origins=ORIGINS,
        is_own=is_own,
        may_propose=is_own and actor.has(Role.LAB_ADMINISTRATOR),
        mine=[] if is_own else [each for each in mine if each not in found.signers],
        simulated=[each for each in simulated if each not in found.signers],
        elsewhere=ElsewhereForm(),
        press=PressForm(),
    )


@signed_in
def sign_with_wallet(rectification_id: str) -> Response:
    """Take what a rectifier's own wallet signed on the page."""
    form = WalletForm()
    return _take(rectification_id, form, SignatureOrigin.WALLET)


@for_roles(Role.LAB_ADMINISTRATOR)
def signed_elsewhere(rectification_id: str) -> Response:
    """Take a signature that a rectifier made with a tool of its own."""
    return _take(rectification_id, ElsewhereForm(), SignatureOrigin.ELSEWHERE)


@for_roles(Role.LAB_ADMINISTRATOR)
def sign_simulated(rectification_id: str) -> Response:
    """Let a simulated rectifier sign; the embedded mode alone has any."""
    actor, service, form = current_actor(), provided(TitleService), SimulatedForm()
    if not form.validate_on_submit() or form.rectifier.data not in service.rectifiers.simulated():
        raise NotFound(_("There is no such simulated rectifier."))
    found = _found(rectification_id, actor, [])
    signature = service.rectifiers.sign(form.rectifier.data, found.data)
    proof = provided(WalletService).signatures.of_data(form.rectifier.data, found.data, signature)
    return _done(
        rectification_id,
        lambda: service.signatures.add(
            db(), actor=actor, rectification_id=rectification_id, proof=proof, origin=SignatureOrigin.SIMULATED
        ),
        _("The simulated rectifier has signed."),
    )


@for_roles(Role.LAB_ADMINISTRATOR)
def take_back(rectification_id: str) -> Response:
    """Take a proposal back that nobody has signed."""
    service = provided(TitleService).register
    return _done(
        rectification_id,
        lambda: service.withdraw(db(), actor=current_actor(), rectification_id=rectification_id),
        _("The proposal is taken back. The register stays as it is."),
    )


@for_roles(Role.LAB_ADMINISTRATOR)
def send_again(rectification_id: str) -> Response:
    """Send again what the contract refused."""
    service = provided(TitleService).signatures
    return _done(
        rectification_id,
        lambda: service.send_again(db(), actor=current_actor(), rectification_id=rectification_id),
        _("It is sent again."),
    )


def _proposed(actor: Actor, right_id: str, form: RegisterForm) -> str:
    return provided(TitleService).register.propose(
        db(),
        actor=actor,
        right_id=right_id,
        to=form.chosen(),
        basis=Basis(form.basis.data),
        document_id=form.document.data or None,
    )


def _own_rectifiers(actor: Actor) -> list[str]:
    """Return the wallets of the person that are rectifiers; the chain is asked, and nothing is locked meanwhile."""
    wallets = provided(WalletService).wallets_of(db(), person_id=actor.person_id)
    release()
    return [each.address for each in wallets if provided(TitleService).rectifiers.includes(each.address)]


def _found(rectification_id: str, actor: Actor, mine: list[str]) -> RegisterRectification:
    reading = provided(TitleService).register.reading
    return reading.one(db(), actor=actor, rectification_id=rectification_id, is_rectifier=bool(mine))


def _take(rectification_id: str, form: Any, origin: SignatureOrigin) -> Response:
    actor, service = current_actor(), provided(TitleService)
    found = _found(rectification_id, actor, _own_rectifiers(actor))
    release()  # a contract wallet is asked on the chain, and nothing is locked meanwhile

    def take() -> None:
        if not form.validate_on_submit():
            raise Invalid(_("Say which account signed, and what it signed."))
        address = clean_address(form.address.data)
        if not service.rectifiers.includes(address):
            raise Forbidden(_("%(address)s is no rectifier of the register.", address=address))
        proof = provided(WalletService).signatures.of_data(address, found.data, signature_of(form.signature.data))
        if origin is SignatureOrigin.WALLET and address not in _own_rectifiers(actor):
            raise Forbidden(_("Link this wallet to your account first; then sign with it."))
        service.signatures.add(db(), actor=actor, rectification_id=rectification_id, proof=proof, origin=origin)

    return _done(rectification_id, take, _("The signature is kept."))


def _done(rectification_id: str, act: Any, words: str) -> Response:
    try:
        act()
    except Refused as error:
        release()
        flash(error.message, "error")
    else:
        flash(words, "success")
    return redirect(url_for("titles.register_rectification", rectification_id=rectification_id))
