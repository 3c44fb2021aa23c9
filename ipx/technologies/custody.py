"""Moving a title out of our custody and back: to the organisation's wallet, which alone can sign for it then.

It must never sign in a wallet's stead: the account that the exchange keeps signs only for titles that it holds.
"""

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from ipx.accounts.records import Account, Actor
from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService
from ipx.chain.events import TransactionFinal
from ipx.chain.service import ChainService
from ipx.core.canonical import Json
from ipx.core.errors import Conflict, NotFound
from ipx.core.ports import Clock
from ipx.core.typed_data import TypedData
from ipx.db.events import Events
from ipx.technologies import technology_rows as rows
from ipx.technologies.events import TitleMoved
from ipx.technologies.models import RightRow, TitleRow
from ipx.technologies.policy import check_may_move_title, check_may_record_titles
from ipx.technologies.records import Custody
from ipx.technologies.rights import draft_of
from ipx.technologies.rules import TitleState
from ipx.technologies.title_acts import (
    MOVE,
    SIGNATURE_LIFE,
    SUBSTANTIATE,
    Message,
    act_key,
    data_of,
    deadline_from,
    move_message,
    queue,
)
from ipx.technologies.titles import Titles
from ipx.wallets.service import Proof, WalletService

_OTHER = "What was signed is not about this title as it stands. Open the page again, and sign anew."


class TitleCustody:
    """Who holds a title on the chain, and how that changes without a change of owner."""

    def __init__(
        self,
        *,
        accounts: AccountService,
        wallets: WalletService,
        titles: Titles,
        chain: ChainService,
        audit: AuditService,
        clock: Clock,
        events: Events,
    ) -> None:
        self._accounts = accounts
        self._wallets = wallets
        self._titles = titles
        self._chain = chain
        self._audit = audit
        self._clock = clock
        self._events = events

    def of(self, session: Session, *, actor: Actor, right_id: str) -> Custody:
        """Return who holds the title of a right of the actor's organisation. Raises NotFound."""
        right, title = self._own(session, actor, right_id)
        account = self._accounts.account_of(session, actor.organisation_id)
        wallet = self._wallets.find_organisation_wallet(session, organisation_id=actor.organisation_id)
        return Custody(
            right_id=right.id,
            technology_id=right.technology_id,
            right_title=draft_of(right).title,
            token=int(title.token, 16),
            holder=title.holder,
            account=account.address,
            wallet=wallet.address if wallet else None,
            state=TitleState(title.state),
            is_moving=title.act_pending,
            failure=title.failure,
        )

    def move_out(self, session: Session, *, actor: Actor, right_id: str) -> None:
        """Sign the title over to the organisation's wallet, with the account that the exchange keeps.

        Raises Forbidden, Conflict (no wallet, not in custody, another act under way). All owners are told.
        """
        check_may_move_title(actor)
        right, title = self._own(session, actor, right_id, lock=True)
        data = self.to_move_out(session, actor=actor, right_id=right_id)
        account = self._accounts.account_of(session, actor.organisation_id)
        signature = self._accounts.sign(session, account_id=account.id, data=data)
        self._queue(session, actor, right, title, dict(data.message), signature)

    def to_move_out(self, session: Session, *, actor: Actor, right_id: str) -> TypedData:
        """Return what the account that the exchange keeps would sign. Raises Conflict (see ``move_out``)."""
        _, title = self._own(session, actor, right_id)
        account = self._accounts.account_of(session, actor.organisation_id)
        wallet = self._wallets.find_organisation_wallet(session, organisation_id=actor.organisation_id)
        self._refuse_unready(title)
        if wallet is None:
            raise Conflict("Your organisation has named no wallet yet. An owner names it first.")
        if title.holder != account.address:
            raise Conflict("This title is not in our custody, so we cannot sign for it.")
        message = move_message(title, to=wallet.address, deadline=deadline_from(self._clock.now()))
        return data_of(self._chain, MOVE, message)

    def to_move_back(self, session: Session, *, actor: Actor, right_id: str, deadline: int | None = None) -> TypedData:
        """Return what the wallet signs to bring the title back into custody. Raises Conflict."""
        _, title = self._own(session, actor, right_id)
        account = self._accounts.account_of(session, actor.organisation_id)
        self._refuse_unready(title)
        if title.holder == account.address:
            raise Conflict("This title is in our custody already.")
        return self._back(title, account, deadline or deadline_from(self._clock.now()))

    def move_back(self, session: Session, *, actor: Actor, right_id: str, proof: Proof) -> None:
        """Queue what the wallet has signed. Raises Forbidden, Conflict (something else was signed, or too long ago)."""
        check_may_move_title(actor)
        right, title = self._own(session, actor, right_id, lock=True)
        account = self._accounts.account_of(session, actor.organisation_id)
        self._refuse_unready(title)
        data = self._back(title, account, int(str(proof.data.message["deadline"])) if proof.data else 0)
        if proof.data != data or proof.address != title.holder or title.holder == account.address:
            raise Conflict(_OTHER)
        self._queue(session, actor, right, title, dict(data.message), proof.signature)

    # ── better evidence for what a wallet holds ──────────────────────────────────────────────────

    def to_substantiate(
        self, session: Session, *, actor: Actor, right_id: str, deadline: int | None = None
    ) -> TypedData | None:
        """Return what the wallet that holds the title signs so that the chain learns of better evidence; None where it
        holds none, or nothing is lacking. Raises Conflict (the deadline is over)."""
        right, title = self._own(session, actor, right_id)
        if title.holder == self._accounts.account_of(session, actor.organisation_id).address:
            return None
        until = self._checked(deadline) if deadline else deadline_from(self._clock.now())
        message = self._titles.to_substantiate(session, right=right, deadline=until)
        return data_of(self._chain, SUBSTANTIATE, message) if message else None

    def substantiate(self, session: Session, *, actor: Actor, right_id: str, proof: Proof) -> None:
        """Queue what the wallet has signed. Raises Forbidden, Conflict (something else was signed, or too long ago)."""
        check_may_record_titles(actor)
        right, title = self._own(session, actor, right_id, lock=True)
        deadline = int(str(proof.data.message["deadline"])) if proof.data else 0
        data = self.to_substantiate(session, actor=actor, right_id=right_id, deadline=deadline)
        if data is None or proof.data != data or proof.address != title.holder:
            raise Conflict(_OTHER)
        key = act_key(session, self._chain, title)
        queue(session, self._chain, SUBSTANTIATE, dict(data.message), proof.signature, key=key)
        title.act_pending, title.failure = True, None
        session.flush()
        details: Message = {"token": title.token, "evidence": right.evidence, "holder": title.holder}
        self._audit.record(
            session,
            action="right:title:substantiated",
            by=actor.by,
            subject_kind="right",
            subject_id=right.id,
            details=details,
        )

    def on_final(self, session: Session, event: TransactionFinal) -> None:
        """The move is in a final block: from now on the new holder alone signs."""
        _, right_id, _, number, *_ = event.key.split(":")
        title = session.get(TitleRow, right_id)
        if title is None or title.acts != int(number):
            return  # told before
        message = self._chain.transaction(session, event.transaction_id).arguments[0]
        assert isinstance(message, dict)
        title.holder = str(message["to"])
        title.acts, title.act_pending, title.failure = title.acts + 1, False, None
        session.flush()
        right = session.get_one(RightRow, right_id)
        self._events.publish(session, TitleMoved(right.technology_id, right_id))

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _own(self, session: Session, actor: Actor, right_id: str, *, lock: bool = False) -> tuple[RightRow, TitleRow]:
        right, _ = rows.own_right(session, actor, right_id)
        title = session.get(TitleRow, right_id, with_for_update=lock or None)
        if title is None:
            raise NotFound("The title of this right is not recorded yet.")
        return right, title

    def _refuse_unready(self, title: TitleRow) -> None:
        if title.state != TitleState.FINAL:
            raise Conflict("The record of this title is not final yet; try again in a minute.")
        if title.act_pending:
            raise Conflict("Another act about this title is on its way; try again when it is final.")

    def _back(self, title: TitleRow, account: Account, deadline: int) -> TypedData:
        message = move_message(title, to=account.address, deadline=self._checked(deadline))
        return data_of(self._chain, MOVE, message)

    def _checked(self, deadline: int) -> int:
        """Return a deadline between now and that of a signature of this moment. Raises Conflict for others."""
        now = self._clock.now()
        if not now.timestamp() < deadline <= (now + SIGNATURE_LIFE).timestamp():
            raise Conflict("The page was open for too long. Open it again, and sign anew.")
        return deadline

    def _queue(
        self,
        session: Session,
        actor: Actor,
        right: RightRow,
        title: TitleRow,
        message: dict[str, Json],
        signature: bytes,
    ) -> None:
        key = act_key(session, self._chain, title)
        transaction = queue(session, self._chain, MOVE, message, signature, key=key)
        title.act_pending, title.failure = True, None
        session.flush()
        details: Message = {
            "token": title.token,
            "from": title.holder,
            "to": message["to"],
            "transaction": transaction,
        }
        self._audit.record(
            session,
            action="right:title:moved",
            by=actor.by,
            subject_kind="right",
            subject_id=right.id,
            details=details,
        )
        self._wallets.tell_owners(
            session,
            organisation_id=actor.organisation_id,
            subject=_("A title is moved to another account"),
            body=_(
                "The record of the title of a right goes to the account %(account)s, as %(name)s decided.",
                account=message["to"],
                name=actor.name,
            ),
            link=f"/rights/{right.id}/custody",
        )
