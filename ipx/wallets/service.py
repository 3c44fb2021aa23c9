"""The door to wallets: linked by a signature, signed in with, named as an organisation's. It holds no key of any."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ipx.accounts.events import PasswordChanged
from ipx.accounts.records import Actor, Member
from ipx.accounts.rules import Role
from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService, By
from ipx.core.errors import Conflict, Forbidden, Invalid, NotFound
from ipx.core.ports import ChainGateway, Clock, Entropy, Signer
from ipx.notices.service import NoticeService
from ipx.wallets import letters
from ipx.wallets.challenges import Challenges
from ipx.wallets.models import OrganisationWalletRow, WalletRow
from ipx.wallets.policy import may_name_wallet
from ipx.wallets.records import Attribution, Challenge, OrganisationWallet, Proof, Taken, Wallet
from ipx.wallets.rules import WALLETS_EACH, Purpose, clean_address
from ipx.wallets.signatures import Signatures, signature_of
from ipx.web.translating import Text, paragraphs

__all__ = [
    "Attribution",
    "Challenge",
    "OrganisationWallet",
    "Proof",
    "Purpose",
    "Signatures",
    "Taken",
    "Wallet",
    "WalletService",
    "clean_address",
    "signature_of",
]

_UNKNOWN = (
    "This wallet is not linked to an account here. Sign in with your e-mail address and password, and link it on the "
    "page of your account."
)


class WalletService:
    """Wallets of people and of organisations. ``challenges`` and ``signatures`` are its parts."""

    def __init__(
        self,
        *,
        audit: AuditService,
        clock: Clock,
        entropy: Entropy,
        accounts: AccountService,
        notices: NoticeService,
        signer: Signer,
        gateway: ChainGateway,
        public_url: str,
    ) -> None:
        self._audit = audit
        self._clock = clock
        self._entropy = entropy
        self._accounts = accounts
        self._notices = notices
        self._public_url = public_url.rstrip("/")
        self.challenges = Challenges(clock=clock, entropy=entropy, gateway=gateway, public_url=public_url)
        self.signatures = Signatures(signer=signer, gateway=gateway)

    # ── one's own ────────────────────────────────────────────────────────────────────────────────

    def admit(self, session: Session, *, proof: Proof) -> Actor:
        """Return whom a wallet signs in. Raises Forbidden: linked to nobody, or to somebody who cannot sign in."""
        row = session.scalar(select(WalletRow).where(WalletRow.open_key == proof.address))
        if row is None:
            raise Forbidden(_UNKNOWN)
        actor = self._accounts.actor(session, row.person_id)
        if actor is None or not self._accounts.can_sign_in(session, person_id=row.person_id):
            raise Forbidden("You belong to no organisation any more. Ask an owner to invite you again.")
        row.used_at = self._clock.now()
        self._note(session, "account:session:opened", actor.by, row)
        return actor

    def link(self, session: Session, *, actor: Actor, proof: Proof) -> Wallet:
        """Link a wallet to the person, who is told by mail. Raises Conflict (somebody's already, or too many)."""
        self._accounts.hold(session, organisation_id=actor.organisation_id)
        mine = self.wallets_of(session, person_id=actor.person_id)
        if any(wallet.address == proof.address for wallet in mine):
            raise Conflict("This wallet is linked to your account already.")
        if len(mine) >= WALLETS_EACH:
            raise Conflict(f"{WALLETS_EACH} wallets are enough; unlink one that you do not use any more.")
        row = self._add(session, actor, proof)
        self._note(session, "account:wallet:linked", actor.by, row, block=row.block_number)
        self._notices.mail(
            session,
            to=actor.email,
            subject=_("A wallet was linked to your account"),
            body=letters.linked(actor.name, row.address, f"{self._public_url}/account/wallets"),
        )
        return _wallet(row)

    def unlink(self, session: Session, *, actor: Actor, wallet_id: str) -> None:
        """Let a wallet open no session any more. Harmless when it was unlinked. Raises NotFound."""
        row = session.get(WalletRow, wallet_id, with_for_update=True)
        if row is None or row.person_id != actor.person_id:
            raise NotFound("There is no such wallet of yours.")
        if row.open_key is not None:
            row.open_key, row.unlinked_at = None, self._clock.now()
            self._note(session, "account:wallet:unlinked", actor.by, row)

    def on_password_changed(self, session: Session, event: PasswordChanged) -> None:
        """Unlink all wallets of the person: who chooses a new password may have lost one of them to a thief."""
        mine = select(WalletRow).where(WalletRow.person_id == event.person_id, WalletRow.open_key.is_not(None))
        for row in session.scalars(mine):
            row.open_key, row.unlinked_at = None, self._clock.now()
            self._note(session, "account:wallet:unlinked", By(person_id=event.person_id), row)

    def wallets_of(self, session: Session, *, person_id: str) -> list[Wallet]:
        """Return the wallets that are linked to a person, oldest first."""
        return self._linked(session, [person_id])

    # ── the organisation's ───────────────────────────────────────────────────────────────────────

    def candidates(self, session: Session, *, actor: Actor) -> list[Wallet]:
        """Return the wallets that members of the actor's organisation have linked: what can be named as its own."""
        members = self._accounts.members(session, actor.organisation_id)
        return self._linked(session, [member.person_id for member in members])

    def find_organisation_wallet(self, session: Session, *, organisation_id: str) -> OrganisationWallet | None:
        """Return the organisation's wallet, or None."""
        row = self._row_of(session, organisation_id)
        return None if row is None else _organisation_wallet(row)

    def name_for_organisation(self, session: Session, *, actor: Actor, wallet_id: str) -> OrganisationWallet:
        """Name a member's linked wallet as the organisation's. All owners are told. Raises Forbidden, Invalid, Conflict
        (there is one; it has to be removed first)."""
        may_name_wallet(actor)
        self._accounts.hold(session, organisation_id=actor.organisation_id)
        chosen = next((one for one in self.candidates(session, actor=actor) if one.id == wallet_id), None)
        if chosen is None:
            raise Invalid("Choose a wallet that a member of your organisation has linked.", field="wallet")
        if self._row_of(session, actor.organisation_id) is not None:
            raise Conflict("Your organisation has a wallet. Remove it first, then name another one.")
        row = OrganisationWalletRow(
            id=self._entropy.new_id(),
            organisation_id=actor.organisation_id,
            open_key=actor.organisation_id,
            address=chosen.address,
            is_contract=chosen.is_contract,
            named_by=actor.person_id,
            named_at=self._clock.now(),
            removed_at=None,
            signs_deals=False,
        )
        session.add(row)
        session.flush()
        self._tell_owners(session, actor, row, "named")
        return _organisation_wallet(row)

    def choose_for_deals(self, session: Session, *, actor: Actor, signs: bool) -> None:
        """Say whether agreements of the organisation as a licensee are drawn up for its wallet. All owners are told.
        Raises Forbidden, Conflict (no wallet)."""
        may_name_wallet(actor)
        self._accounts.hold(session, organisation_id=actor.organisation_id)
        row = self._row_of(session, actor.organisation_id)
        if row is None:
            raise Conflict("Your organisation has named no wallet. Name it first.")
        if row.signs_deals == signs:
            return
        row.signs_deals = signs
        verb = "chosen_for_deals" if signs else "not_for_deals"
        self._tell_owners(session, actor, row, verb)

    def remove_from_organisation(self, session: Session, *, actor: Actor) -> None:
        """Take the organisation's wallet back: it is offered for nothing any more. Titles that it holds on the chain
        stay with it, and only it can sign them back. Harmless without one. Raises Forbidden."""
        may_name_wallet(actor)
        self._accounts.hold(session, organisation_id=actor.organisation_id)
        row = self._row_of(session, actor.organisation_id)
        if row is None:
            return
        row.open_key, row.removed_at = None, self._clock.now()
        self._tell_owners(session, actor, row, "removed")

    def tell_owners(self, session: Session, *, organisation_id: str, subject: Text, body: Text, link: str) -> None:
        """Tell what happened about an organisation's keys: every owner by mail, everybody in the page. ``link`` is a
        path of ours."""
        for owner in self._owners(session, organisation_id):
            text = paragraphs(_("Dear %(name)s,", name=owner.name), body, f"{self._public_url}{link}\n")
            self._notices.mail(session, to=owner.email, subject=subject, body=text)
        self._notices.tell(session, organisation_id=organisation_id, subject=subject, body=body, link=link)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _add(self, session: Session, actor: Actor, proof: Proof) -> WalletRow:
        row = WalletRow(
            id=self._entropy.new_id(),
            person_id=actor.person_id,
            address=proof.address,
            open_key=proof.address,
            is_contract=proof.is_contract,
            block_number=proof.block.number if proof.block else None,
            linked_at=self._clock.now(),
            used_at=None,
            unlinked_at=None,
        )
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError as error:
            raise Conflict("This wallet is linked to another account. Unlink it there first.") from error
        return row

    def _linked(self, session: Session, person_ids: Sequence[str]) -> list[Wallet]:
        query = select(WalletRow).where(WalletRow.person_id.in_(person_ids), WalletRow.open_key.is_not(None))
        return [_wallet(row) for row in session.scalars(query.order_by(WalletRow.linked_at, WalletRow.id))]

    def _row_of(self, session: Session, organisation_id: str) -> OrganisationWalletRow | None:
        return session.scalar(select(OrganisationWalletRow).where(OrganisationWalletRow.open_key == organisation_id))

    def _note(self, session: Session, action: str, by: By, row: WalletRow, *, block: int | None = None) -> None:
        self._audit.record(
            session,
            action=action,
            by=by,
            subject_kind="person",
            subject_id=row.person_id,
            details={"wallet": row.id, "contract": row.is_contract, "block": block},
        )

    def _tell_owners(self, session: Session, actor: Actor, row: OrganisationWalletRow, verb: str) -> None:
        self._audit.record(
            session,
            action=f"account:organisation_wallet:{verb}",
            by=actor.by,
            subject_kind="organisation",
            subject_id=row.organisation_id,
            details={"wallet": row.id, "address": row.address, "contract": row.is_contract},
        )
        self.tell_owners(
            session,
            organisation_id=row.organisation_id,
            subject=_("The wallet of your organisation was changed"),
            body=letters.organisation_wallet(verb, row.address, actor.name),
            link="/organisation/wallet",
        )

    def _owners(self, session: Session, organisation_id: str) -> list[Member]:
        members = self._accounts.members(session, organisation_id)
        return [member for member in members if Role.OWNER in member.roles and member.is_verified]


def _wallet(row: WalletRow) -> Wallet:
    return Wallet(row.id, row.person_id, row.address, row.is_contract, row.linked_at, row.used_at)


def _organisation_wallet(row: OrganisationWalletRow) -> OrganisationWallet:
    return OrganisationWallet(
        row.organisation_id, row.address, row.is_contract, row.named_by, row.named_at, row.signs_deals
    )
