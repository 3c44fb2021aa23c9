"""The register on the chain put right: proposed by a lab administrator, read by its organisation and by rectifiers.

What rectifiers sign and what then goes to the chain is in ``rectifier_signatures``. A proposal is never changed.
"""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService
from ipx.chain.service import ChainService
from ipx.core.canonical import Json
from ipx.core.errors import Conflict, Forbidden, Invalid, NotFound
from ipx.core.ports import Clock, Entropy, Signer
from ipx.core.typed_data import ZERO_WORD
from ipx.technologies.records import Right, Title
from ipx.technologies.rules import TitleState
from ipx.technologies.service import TechnologyService
from ipx.titles import policy
from ipx.titles.instruments import Instruments
from ipx.titles.models import RegisterRectificationRow
from ipx.titles.rectifiers import Rectifiers
from ipx.titles.register import REGISTRY
from ipx.titles.register_reading import RegisterReading
from ipx.titles.register_rows import data_of
from ipx.titles.rules import NEEDS_NO_DOCUMENT, TIME_TO_SIGN, Basis, RegisterState
from ipx.wallets.service import clean_address

_NONCE_BYTES = 6  # free choice: it only tells two rectifications apart that are otherwise the same


class RegisterRectifications:
    """Rectifications of the register."""

    def __init__(
        self,
        *,
        accounts: AccountService,
        audit: AuditService,
        chain: ChainService,
        clock: Clock,
        entropy: Entropy,
        instruments: Instruments,
        rectifiers: Rectifiers,
        signer: Signer,
        technologies: TechnologyService,
    ) -> None:
        self._accounts = accounts
        self._audit = audit
        self._chain = chain
        self._clock = clock
        self._entropy = entropy
        self._instruments = instruments
        self._rectifiers = rectifiers
        self._signer = signer
        self._technologies = technologies
        self.reading = RegisterReading(
            accounts=accounts, chain=chain, instruments=instruments, technologies=technologies
        )

    def propose(
        self, session: Session, *, actor: Actor, right_id: str, to: str, basis: Basis, document_id: str | None
    ) -> str:
        """Propose that the register names ``to`` as the holder of an own right's title; return the proposal's id.

        ``to``: an address; the present holder's for a mere note. ``document_id``: the judgment, decision or agreement,
        deposited as an instrument. Raises NotFound, Forbidden, Invalid, and Conflict: the title is not final yet, or
        another proposal is open.
        """
        policy.check_may_ask_for_rectification(actor)
        right = self._technologies.right(session, actor=actor, right_id=right_id)
        self._instruments.check(session, right=right, document_id=document_id)
        if document_id is None and basis not in NEEDS_NO_DOCUMENT:
            raise Invalid("Name the document that it rests on: deposit it as an instrument first.", field="document")
        address = _address(to)
        self._accounts.hold(session, organisation_id=actor.organisation_id)
        title = self._title(session, right)
        self._check_none_is_open(session, right.id)
        row = self._row(session, actor, right, title, address, basis, document_id)
        session.add(row)
        session.flush()
        details: dict[str, Json] = {
            "basis": row.basis,
            "digest": row.digest,
            "document": document_id,
            "from": row.holder,
            "to": row.to_address,
        }
        self._note(session, actor, "proposed", row, details)
        return row.id

    def withdraw(self, session: Session, *, actor: Actor, rectification_id: str) -> None:
        """Take a proposal back that no rectifier has signed. Raises NotFound, Forbidden, Conflict."""
        policy.check_may_ask_for_rectification(actor)
        row = session.get(RegisterRectificationRow, rectification_id, with_for_update=True)
        if row is None or row.organisation_id != actor.organisation_id:
            raise NotFound("There is no such rectification.")
        if row.sent_act is not None or row.settled_as is not None:
            raise Conflict("It is signed and goes to the chain. From now on only the rectifiers can withdraw it there.")
        row.settled_as, row.settled_at = RegisterState.WITHDRAWN, self._clock.now()
        session.flush()
        self._note(session, actor, "withdrawn", row, {})

    def holders(self, session: Session, *, actor: Actor, right_id: str) -> tuple[str, str]:
        """Return the present holder of an own right's title, and the account that the exchange keeps for the owner.

        Raises NotFound, Conflict (no record that is final).
        """
        title = self._title(session, self._technologies.right(session, actor=actor, right_id=right_id))
        return title.holder, self._accounts.account_of(session, actor.organisation_id).address

    def may_be_proposed(self, session: Session, *, actor: Actor, right_id: str) -> bool:
        """Tell whether the actor could propose one now: the record is final, and none is open. Raises NotFound."""
        try:
            policy.check_may_ask_for_rectification(actor)
            self.holders(session, actor=actor, right_id=right_id)
            self._check_none_is_open(session, right_id)
        except (Conflict, Forbidden):
            return False
        return True

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _title(self, session: Session, right: Right) -> Title:
        titles = self._technologies.titles(session, technology_id=right.technology_id)
        title = next((each for each in titles if each.right_id == right.id), None)
        if title is None or title.state is not TitleState.FINAL:
            raise Conflict("The register has no final record of this title yet; there is nothing to put right.")
        return title

    def _check_none_is_open(self, session: Session, right_id: str) -> None:
        table = RegisterRectificationRow
        query = select(table.id).where(table.right_id == right_id, table.settled_as.is_(None))
        if session.scalar(query.limit(1)) is not None:
            raise Conflict("A rectification of this record is open already. Follow it to its end first.")

    def _row(
        self,
        session: Session,
        actor: Actor,
        right: Right,
        title: Title,
        to: str,
        basis: Basis,
        document_id: str | None,
    ) -> RegisterRectificationRow:
        now = self._clock.now()
        instrument = self._instruments.find(session, document_id)
        row = RegisterRectificationRow(
            id=self._entropy.new_id(),
            organisation_id=actor.organisation_id,
            right_id=right.id,
            holder=title.holder,
            token=f"{title.token:064x}",
            to_address=to,
            basis=str(basis),
            document_id=document_id,
            document="0x" + instrument.stamp.commitment.hex() if instrument else ZERO_WORD,
            nonce=int.from_bytes(self._entropy.token(_NONCE_BYTES)),
            deadline=int((now + self._rectifiers.rule().delay + TIME_TO_SIGN).timestamp()),
            chain_id=self._chain.chain_id,
            contract=self._chain.contract_address(REGISTRY),
            proposed_by=actor.person_id,
            proposed_at=now,
            attempt=0,
        )
        row.digest = "0x" + self._signer.digest(data_of(row)).hex()
        return row

    def _note(
        self, session: Session, actor: Actor, verb: str, row: RegisterRectificationRow, more: Mapping[str, Json]
    ) -> None:
        self._audit.record(
            session,
            action=f"right:register_rectification:{verb}",
            by=actor.by,
            subject_kind="right",
            subject_id=row.right_id,
            details={"rectification": row.id, **more},
        )


def _address(text: str) -> str:
    try:
        return clean_address(text)
    except Invalid as error:
        raise Invalid("This is no address of an account, or a letter in it is wrong.", field="address") from error
