"""Steps that change a right, brought to the chain one after the other: a licence's acts are counted there.

It must never sign again what may still be mined: a new attempt begins only when the contract has refused for good.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.audit.service import THE_EXCHANGE, By
from ipx.chain.events import TransactionFailed, TransactionFinal
from ipx.core.canonical import Json
from ipx.core.typed_data import ZERO_WORD, TypedData
from ipx.deals.rules import Side
from ipx.licences.records import Licence, LicenceChange
from ipx.licences.rules import State
from ipx.licences.service import REGISTRY
from ipx.life.models import StepRow
from ipx.life.rules import Action, Chain, Kind
from ipx.life.signers import Signer, Signers

PURPOSE = "licence:life"
TITLE_AWAITED = _("Your own wallet holds the title, so only it can bring this step to the chain. Sign on the page.")
LICENCE_AWAITED = _("Your own wallet holds the licence, so only it can bring this step to the chain. Sign on the page.")
FUNCTIONS = {
    Action.TRANSFER: "transfer",
    Action.SUSPEND: "suspend",
    Action.RESUME: "resume",
    Action.TERMINATE: "terminate",
    Action.CONVERT: "convert",
    Action.RENEW: "renew",
}
SIGNATURE_LIFE = timedelta(days=30)  # as for titles: a chain that is down over a holiday
MOST_ATTEMPTS = 3
COUNTED = frozenset(("LicenceTransferred", "Suspended", "Resumed", "Terminated", "Converted", "Renewed"))
_STATES = {
    Kind.SUSPENDED: State.SUSPENDED,
    Kind.RESUMED: State.ACTIVE,
    Kind.TERMINATED: State.TERMINATED,
    Kind.SURRENDERED: State.TERMINATED,
}


class ChainActs(Signers):
    """Sending, and following what was sent."""

    def _send_next(self, session: Session, licence: Licence, *, new: StepRow | None = None) -> None:
        """Sign and queue the oldest act that waits, unless one is under way; where a side's own wallet has to sign,
        ask for that instead. ``new``: the step that was just taken, where that is why we look."""
        row = self._next(session, licence)
        if row is None:
            return
        wallets = self._wallets_awaited(session, licence, row)
        if not wallets:
            self._send(session, licence, row)
        elif new is None or new is row:  # else they were asked for before
            for signer in wallets:
                self._ask_for_wallet(session, licence, row, signer)

    def _next(self, session: Session, licence: Licence) -> StepRow | None:
        """Return the oldest act that waits, None while one is under way."""
        rows = [row for row in self._rows(session, licence.id) if row.chain is not None]
        if any(row.chain == Chain.SENT for row in rows):
            return None
        return next((row for row in rows if row.chain == Chain.WAITING), None)

    def _wallets_awaited(self, session: Session, licence: Licence, row: StepRow) -> list[Signer]:
        """Return the own wallets that still have to sign an act: all of them, when what they signed counts no more."""
        signers = self._signers(session, licence, row)
        handing = self._handing_of(session, row)
        signed = self._signed(handing) if handing else {}
        return [one for one in signers if one.is_wallet and one.side not in signed]

    def _send(self, session: Session, licence: Licence, row: StepRow) -> None:
        """Sign with the accounts that the exchange keeps, where all wallets that have to sign have done so."""
        handing = self._handing_of(session, row)
        signed = self._signed(handing) if handing else {}
        deadline = handing.deadline if handing and signed else None
        data = self._data_of(session, licence, row, deadline or self._deadline())
        signers = self._signers(session, licence, row)
        signatures = [
            signed[one.side]
            if one.side in signed
            else self._accounts.sign(session, account_id=one.account_id, data=data)
            for one in signers
        ]
        self._queue(session, licence, row, data, signers, signatures, by=THE_EXCHANGE)

    def _data_of(self, session: Session, licence: Licence, row: StepRow, deadline: int) -> TypedData:
        """Return what is signed for a step; ``deadline`` in seconds since 1970."""
        handing = self._handing_of(session, row)
        if handing is None:
            return self._data("StatusChange", self._message(session, licence, row, deadline))
        message: dict[str, Json] = {
            "licence": str(int(licence.token, 16)),
            "title": str(licence.titles[0]),
            "to": handing.address,
            "document": ZERO_WORD,
            "nonce": str(self._acts_on_chain(session, licence)),
            "deadline": str(deadline),
        }
        return self._data("LicenceTransfer", message)

    def _message(self, session: Session, licence: Licence, row: StepRow, deadline: int) -> dict[str, Json]:
        """Return the StatusChange of a step; ``deadline`` in seconds since 1970."""
        assert row.action is not None
        return {
            "licence": str(int(licence.token, 16)),
            "title": str(licence.titles[0]),
            "action": str(row.action),
            "reason": str(row.reason),
            "document": ZERO_WORD,
            "end": str(_end_on_chain(licence, row.until)) if row.action == Action.RENEW else "0",
            "nonce": str(self._acts_on_chain(session, licence)),
            "deadline": str(deadline),
        }

    def _data(self, struct: str, message: dict[str, Json]) -> TypedData:
        return TypedData(struct, message, self._chain.chain_id, self._chain.contract_address(REGISTRY))

    def _deadline(self) -> int:
        """Return until when what is signed now counts, in seconds since 1970."""
        return int((self._clock.now() + SIGNATURE_LIFE).timestamp())

    def _queue(
        self,
        session: Session,
        licence: Licence,
        row: StepRow,
        data: TypedData,
        signers: Sequence[Signer],
        signatures: Sequence[bytes],
        *,
        by: By,
        block: int | None = None,
    ) -> None:
        """Bring a signed act to the chain. ``block``: as of which a contract wallet accepted the signature."""
        row.attempt += 1
        function = FUNCTIONS[Action(row.action or 0)]
        given: list[Json] = ["0x" + signature.hex() for signature in signatures]
        # The contract's transfer takes two signatures, the second empty where nobody's consent is needed.
        given = [*given, "0x"][:2] if row.kind == Kind.HANDED_ON else [signers[0].address, *given]
        row.transaction_id = self._chain.submit(
            session,
            key=f"life:{row.id}:{row.attempt}",
            contract=REGISTRY,
            function=function,
            arguments=[dict(data.message), *given],
            purpose=PURPOSE,
        )
        row.chain, row.failure = Chain.SENT, None
        session.flush()
        details: dict[str, Json] = {
            "step": row.id,
            "transaction": row.transaction_id,
            "by": signers[0].address,
            "block": block,
        }
        self._note(session, licence, "licence:life:sent", by, details)

    def _ask_for_wallet(self, session: Session, licence: Licence, row: StepRow, signer: Signer) -> None:
        """Tell a side that its wallet is awaited."""
        details: dict[str, Json] = {"step": row.id, "attempt": row.attempt + 1}
        self._note(session, licence, "licence:life:wallet_asked", THE_EXCHANGE, details)
        body, to = TITLE_AWAITED, licence.licensor_id
        if signer.side is Side.LICENSEE:
            body, to = LICENCE_AWAITED, licence.licensee_id
        self._tell_side(session, licence, to, _("Your wallet’s signature is awaited"), body)

    def _acts_on_chain(self, session: Session, licence: Licence) -> int:
        """Return how many acts the chain has counted for the licence, transfers too."""
        events = self._chain.events_of(session, contract=REGISTRY, subject=int(licence.token, 16))
        return sum(event.event in COUNTED for event in events)

    # ── what the chain tells ─────────────────────────────────────────────────────────────────────

    def on_transaction_final(self, session: Session, event: TransactionFinal) -> None:
        """The act can no longer be undone: from now on the licence is what it says."""
        row = self._of(session, event.purpose, event.transaction_id)
        if row is None or row.chain != Chain.SENT:
            return
        row.chain = Chain.FINAL
        session.flush()
        self._take_effect(session, self._licences.known(session, licence_id=row.licence_id), row)
        self._send_next(session, self._licences.known(session, licence_id=row.licence_id))

    def on_transaction_failed(self, session: Session, event: TransactionFailed) -> None:
        """The contract refused: sign anew, with what the chain says now, a few times; then a person has to look."""
        row = self._of(session, event.purpose, event.transaction_id)
        if row is None or row.chain != Chain.SENT:
            return
        licence = self._licences.known(session, licence_id=row.licence_id)
        is_last = row.attempt >= MOST_ATTEMPTS
        row.chain, row.failure = Chain.FAILED if is_last else Chain.WAITING, event.reason
        self._forget_signatures(session, row)
        session.flush()
        details: dict[str, Json] = {"step": row.id, "transaction": event.transaction_id, "attempt": row.attempt}
        self._note(session, licence, "licence:life:refused", THE_EXCHANGE, details)
        if is_last:
            body = _("The chain refused it; the licence stands there as before. Open its page to send it again.")
            self._tell_both(session, licence, _("A step of the licence is not on the chain"), body)
        self._send_next(session, licence)

    def _of(self, session: Session, purpose: str, transaction_id: str) -> StepRow | None:
        if purpose != PURPOSE:
            return None
        found = session.scalar(select(StepRow).where(StepRow.transaction_id == transaction_id))
        if found is not None:
            self._lock(session, self._licences.known(session, licence_id=found.licence_id))
        return found

    def _take_effect(self, session: Session, licence: Licence, row: StepRow) -> None:
        """Change the licence itself, which is what grants are compared with, and who may read its documents."""
        kind = Kind(row.kind)
        change = LicenceChange(
            state=_STATES.get(kind),
            is_converted=True if kind is Kind.CONVERTED else None,
            renewed_to=row.until if kind is Kind.RENEWED else None,
            licensee=self._arrive(session, licence, row),
        )
        self._licences.change(session, licence_id=licence.id, change=change, step=row.id)
        self._follow(session, self._licences.known(session, licence_id=licence.id), row)


def goes_on_chain(licence: Licence, kind: Kind) -> bool:
    """Tell whether a step is an act of the contract: it cannot prolong a published grant that has no end there."""
    return kind is not Kind.RENEWED or not licence.is_published or licence.published_end > 0


def _end_on_chain(licence: Licence, until: datetime | None) -> int:
    """Return the new end in Unix seconds; a sealed grant tells the chain none."""
    return int(until.timestamp()) if licence.is_published and until is not None else 0
