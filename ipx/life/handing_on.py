"""Handing a licence on: the licensee names who is to take it over, the licensor consents where the terms ask for it,
and who takes it over says yes last. Only then does anything go to the chain; nothing before that binds anybody.
"""

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ipx.accounts.records import Account, Actor
from ipx.accounts.rules import Role
from ipx.core.canonical import Json
from ipx.core.errors import Conflict, Forbidden, Invalid, NotFound
from ipx.deals.policy import may_negotiate
from ipx.deals.rules import Side
from ipx.licences.records import Licence
from ipx.life.acts import Act, check
from ipx.life.models import HandingRow, StepRow
from ipx.life.policy import may_act
from ipx.life.records import HandingView
from ipx.life.room import terms_of
from ipx.life.rules import OPEN_HANDINGS, Chain, Handing, Kind, Reason, needs_consent
from ipx.life.wallet_acts import WalletActs

LONGEST_WORDS = 2000
_GONE = "This is not open any more; reload the page."


class HandingOn(WalletActs):
    """What the three sides do until the licence goes over."""

    def hand_on(self, session: Session, *, actor: Actor, licence_id: str, email: str, words: str) -> None:
        """Offer the actor's licence to the organisation of whoever has this address.

        Raises Forbidden, NotFound, Conflict (the terms or the state do not allow it), Invalid (address, words).
        """
        licence = self._licences.licence(session, actor=actor, licence_id=licence_id)
        self._check_may_hand_on(session, actor, licence)
        if self._open_handing(session, licence.id) is not None:
            raise Conflict("The licence is being handed on already. Withdraw that first.")
        taker = self._taker(session, licence, email)
        asks = needs_consent(terms_of(licence))
        row = HandingRow(
            id=self._entropy.new_id(),
            licence_id=licence.id,
            number=session.scalar(select(func.count()).where(HandingRow.licence_id == licence.id)) or 0,
            state=Handing.ASKED if asks else Handing.OFFERED,
            from_id=licence.licensee_id,
            from_name=licence.licensee_name,
            to_id=taker.organisation_id,
            to_name=taker.organisation_name,
            words=_clean(words),
            offered_by=actor.person_id,
            offered_at=self._clock.now(),
        )
        session.add(row)
        session.flush()
        self._note_handing(session, licence, row, "offered", actor)
        if asks:
            subject = _("Your consent is asked for to hand a licence on")
            body = _("To %(name)s. The page says more.", name=row.to_name)
            self._tell_side(session, licence, licence.licensor_id, subject, body)
        else:
            self._tell_taker(session, licence, row)

    def answer_handing(self, session: Session, *, actor: Actor, licence_id: str, is_accepted: bool) -> None:
        """Consent for the licensor, or say no. Raises Forbidden, NotFound, Conflict."""
        licence = self._licences.licence(session, actor=actor, licence_id=licence_id)
        if may_act(actor, licence) is not Side.LICENSOR:
            raise Forbidden("Only the licensor consents to this.")
        row = self._locked(session, licence, Handing.ASKED)
        if not is_accepted:
            self._settle(session, licence, row, Handing.DECLINED, actor)
            self._tell_side(session, licence, row.from_id, _("Declined: handing the licence on"), _("By the licensor."))
            return
        row.state, row.consented_by = Handing.OFFERED, actor.person_id
        session.flush()
        self._note_handing(session, licence, row, "consented", actor)
        self._tell_side(session, licence, row.from_id, _("The licensor consents to handing the licence on"), "")
        self._tell_taker(session, licence, row)

    def withdraw_handing(self, session: Session, *, actor: Actor, licence_id: str) -> None:
        """Take back, for the licensee, what nobody has taken over yet, or what waits before the chain: for a wallet, or
        because it was refused. Raises Forbidden, NotFound, Conflict (the chain is about to have it)."""
        licence = self._licences.licence(session, actor=actor, licence_id=licence_id)
        if may_act(actor, licence) is not Side.LICENSEE:
            raise Forbidden("Only the licensee takes this back.")
        row = self._locked(session, licence, *OPEN_HANDINGS)
        step = self._step_of(session, row)
        if _is_under_way(step):
            raise Conflict("It is on its way to the chain and can no longer be taken back.")
        if step is not None:
            step.chain, step.failure = Chain.FAILED, "taken back"
        self._settle(session, licence, row, Handing.WITHDRAWN, actor)
        self._send_next(session, licence)  # what waited behind it
        subject, body = _("The licence is not handed on"), _("It was taken back.")
        if row.accepted_by is not None:
            self._tell_side(session, licence, row.to_id, subject, body, "/licences")
        self._tell_side(session, licence, licence.licensor_id, subject, body)

    def handing(self, session: Session, *, actor: Actor, licence_id: str) -> HandingView:
        """Return what is offered to the actor's organisation, with the licence itself. Raises NotFound."""
        row = self._offered_to(session, actor, licence_id)
        return self._handing_view(session, self._licences.known(session, licence_id=licence_id), row)

    def decline_handing(self, session: Session, *, actor: Actor, licence_id: str) -> None:
        """Say no to taking a licence over. Raises Forbidden, NotFound, Conflict."""
        may_negotiate(actor)
        self._offered_to(session, actor, licence_id)
        licence = self._licences.known(session, licence_id=licence_id)
        row = self._locked(session, licence, Handing.OFFERED)
        self._settle(session, licence, row, Handing.DECLINED, actor)
        body = _("By %(name)s.", name=row.to_name)
        self._tell_side(session, licence, row.from_id, _("Declined: taking the licence over"), body)

    def take_over(self, session: Session, *, actor: Actor, licence_id: str, own_wallet: bool) -> None:
        """Take a licence over, with an account that the exchange makes for it or with the organisation's own wallet.

        From now on it is on its way to the chain; it goes over when that is final. Raises Forbidden, NotFound,
        Conflict.
        """
        may_negotiate(actor)
        self._offered_to(session, actor, licence_id)
        licence = self._licences.known(session, licence_id=licence_id)
        row = self._locked(session, licence, Handing.OFFERED)
        life = self._life(session, licence.id)
        check(life, terms_of(licence), Act(Kind.HANDED_ON, Side.LICENSEE, self._clock.now()))
        row.address = self._account_for(session, actor, row, own_wallet=own_wallet).address
        row.state, row.accepted_by, row.step_id = Handing.ACCEPTED, actor.person_id, self._entropy.new_id()
        session.flush()
        self._note_handing(session, licence, row, "accepted", actor, step=row.step_id, holder=row.address)
        self._take(session, licence, actor.by, Kind.HANDED_ON, Reason.NONE, id=row.step_id, side=Side.LICENSEE)
        body = _("To %(name)s. It goes over when the chain says so; the page shows it.", name=row.to_name)
        self._tell_both(session, licence, _("The licence is handed on"), body)

    def _check_may_hand_on(self, session: Session, actor: Actor, licence: Licence) -> None:
        side = may_act(actor, licence)
        if side is not Side.LICENSEE:
            raise Forbidden("Only who holds a licence hands it on.")
        now = self._clock.now()
        if licence.activated_at is None or licence.begins_at is None or licence.begins_at > now:
            raise Conflict("This licence is not in force yet.")
        self._catch_up(session, self._lock(session, licence), licence)
        check(self._life(session, licence.id), terms_of(licence), Act(Kind.HANDED_ON, side, now))

    def _taker(self, session: Session, licence: Licence, email: str) -> Actor:
        found = self._accounts.find_by_email(session, email=email)
        if found is None or not found.has(Role.LICENSING_MANAGER):
            raise Invalid(
                "No licensing manager has this address here. Who takes a licence over needs an account with that role.",
                field="email",
            )
        if found.organisation_id in (licence.licensor_id, licence.licensee_id):
            raise Invalid("This organisation is a side of the licence already.", field="email")
        return found

    def _account_for(self, session: Session, actor: Actor, row: HandingRow, *, own_wallet: bool) -> Account:
        """Return what holds the licence: a fresh account, so that nobody can link it on the chain, or the wallet."""
        if not own_wallet:
            purpose = f"licence:{row.id}"
            return self._accounts.create_account(session, organisation_id=actor.organisation_id, purpose=purpose)
        wallet = self._wallets.find_organisation_wallet(session, organisation_id=actor.organisation_id)
        if wallet is None:
            raise Conflict("Your organisation has named no wallet. An owner names it first.")
        return Account(id="", organisation_id=actor.organisation_id, address=wallet.address)

    def _locked(self, session: Session, licence: Licence, *states: Handing) -> HandingRow:
        """Return the open handing in one of these states, nobody else changing it. Raises Conflict."""
        self._catch_up(session, self._lock(session, licence), licence)
        row = self._open_handing(session, licence.id)
        if row is None or row.state not in states:
            raise Conflict(_GONE)
        return row

    def _offered_to(self, session: Session, actor: Actor, licence_id: str) -> HandingRow:
        row = self._open_handing(session, licence_id)
        if row is None or row.to_id != actor.organisation_id or row.state == Handing.ASKED:
            raise NotFound("No such licence is offered to your organisation, or not any more.")
        return row

    def _settle(self, session: Session, licence: Licence, row: HandingRow, state: Handing, actor: Actor) -> None:
        row.state, row.settled_at = state, self._clock.now()
        session.flush()
        self._note_handing(session, licence, row, str(state), actor)

    def _note_handing(
        self, session: Session, licence: Licence, row: HandingRow, what: str, actor: Actor, **more: Json
    ) -> None:
        details: dict[str, Json] = {"handing": row.id, "from": row.from_id, "to": row.to_id, **more}
        self._note(session, licence, f"licence:handing:{what}", actor.by, details)

    def _tell_taker(self, session: Session, licence: Licence, row: HandingRow) -> None:
        body = _("%(name)s wants to hand its licence on to you. Read its terms, and say yes or no.", name=row.from_name)
        path = f"/licences/{licence.id}/take-over"
        self._tell_side(session, licence, row.to_id, _("A licence is offered to you"), body, path=path)

    def _step_of(self, session: Session, row: HandingRow) -> StepRow | None:
        return session.get_one(StepRow, row.step_id) if row.step_id else None

    def _handing_view(self, session: Session, licence: Licence, row: HandingRow) -> HandingView:
        terms = terms_of(licence)
        wallet = self._wallets.find_organisation_wallet(session, organisation_id=row.to_id)
        return HandingView(
            licence=licence,
            terms=terms,
            state=Handing(row.state),
            from_name=row.from_name,
            to_name=row.to_name,
            words=row.words,
            offered_at=row.offered_at,
            needs_consent=needs_consent(terms),
            fee=terms.assignment.fee if terms.assignment else None,
            wallet=wallet.address if wallet else None,
            may_withdraw=not _is_under_way(self._step_of(session, row)),
        )


def _is_under_way(step: StepRow | None) -> bool:
    return step is not None and step.chain == Chain.SENT


def _clean(words: str) -> str:
    cleaned = words.strip()
    if len(cleaned) > LONGEST_WORDS:
        raise Invalid("Write it in 2,000 characters or fewer; the other sides read it.", field="words")
    return cleaned
