"""After an old backup was restored: acts on titles that the chain has and no row of ours told of.

The relay finds such transactions (``ipx/chain/adopting.py``) and tells when their blocks are final; then the title
follows what the contract said. It must never follow an act twice, nor one that is not the next.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.audit.service import THE_EXCHANGE, AuditService
from ipx.chain.events import TransactionFinal
from ipx.chain.service import FOUND, ChainService, EventView
from ipx.db.events import Events
from ipx.technologies.events import TitleMoved
from ipx.technologies.models import TitleRow
from ipx.technologies.rectified import COUNTED
from ipx.technologies.title_acts import ACCOUNT_CHANGE, REGISTRY, WHOLE_BPS
from ipx.wallets.service import clean_address

CONVEYED, SUBSTANTIATED = "Conveyed", "Substantiated"


class TitleFollowing:
    """Lets titles follow acts that were found on the chain."""

    def __init__(self, *, chain: ChainService, audit: AuditService, events: Events) -> None:
        self._chain = chain
        self._audit = audit
        self._events = events

    def on_final(self, session: Session, event: TransactionFinal) -> None:
        """Follow what a transaction did that was found on the chain; others are for those who sent them."""
        if event.purpose != FOUND:
            return
        found = self._chain.transaction(session, event.transaction_id).hash
        for said in self._chain.events_of(session, contract=REGISTRY, transaction=found):
            if said.event in (CONVEYED, SUBSTANTIATED):
                self._follow(session, said)

    def _follow(self, session: Session, said: EventView) -> None:
        token = f"{int(said.arguments['title']):064x}"
        row = session.scalar(select(TitleRow).where(TitleRow.token == token).with_for_update())
        if row is None or not self._is_next(session, row, said):
            return
        before = row.holder
        if said.event == SUBSTANTIATED:
            row.evidence, row.instrument = int(said.arguments["evidence"]), str(said.arguments["document"])
        elif _changes_account(said, before):
            row.holder = clean_address(str(said.arguments["to"]))
        row.acts, row.act_pending, row.failure = row.acts + 1, False, None
        session.flush()
        self._audit.record(
            session,
            action="right:title:found",
            by=THE_EXCHANGE,
            subject_kind="right",
            subject_id=row.right_id,
            details={
                "token": row.token,
                "act": said.event,
                "from": before,
                "to": row.holder,
                "block": said.block_number,
            },
        )
        if row.holder != before:
            self._events.publish(session, TitleMoved(row.technology_id, row.right_id))

    def _is_next(self, session: Session, row: TitleRow, said: EventView) -> bool:
        """Tell whether an act is the one that our row waits for: the contract counts them, from 0."""
        told = self._chain.events_of(session, contract=REGISTRY, subject=int(row.token, 16))
        acts = [one for one in told if one.event in COUNTED]
        place = (said.block_number, said.log_index)
        return [(one.block_number, one.log_index) for one in acts].index(place) == row.acts


def _changes_account(said: EventView, holder: str) -> bool:
    arguments = said.arguments
    is_whole = (int(arguments["kind"]), int(arguments["shareBps"])) == (ACCOUNT_CHANGE, WHOLE_BPS)
    return is_whole and str(arguments["from"]).lower() == holder.lower()
