"""Our table of titles follows rectifications of the register, whoever announced and carried them out.

The contract counts every act on a title, so a rectification that is final and whose number our row has not passed is
one that we have not followed; no other mark is needed, and to look again changes nothing.
"""

from collections.abc import Iterator, Mapping

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.audit.service import THE_EXCHANGE, AuditService
from ipx.chain.service import ChainService, EventView
from ipx.core.canonical import Json
from ipx.core.typed_data import ZERO_WORD
from ipx.db.events import Events
from ipx.technologies.events import TitleMoved
from ipx.technologies.models import TechnologyRow, TitleRow
from ipx.technologies.rules import EvidenceLevel, TitleState
from ipx.technologies.title_acts import REGISTRY
from ipx.wallets.service import WalletService
from ipx.web.translating import Text

ANNOUNCED = "right:title:rectification_announced"
COUNTED = frozenset(("Conveyed", "Substantiated", "Rectified"))  # what raises a title's nonce


class RectifiedTitles:
    """Follows final `Rectified` events, and tells owners of announced ones while they can still be contested."""

    def __init__(self, *, audit: AuditService, chain: ChainService, wallets: WalletService, events: Events) -> None:
        self._audit = audit
        self._chain = chain
        self._wallets = wallets
        self._events = events

    def follow(self, session: Session) -> bool:
        """Bring every title in step that was rectified; all owners are told. True when one was."""
        events = self._chain.events_of(session, contract=REGISTRY, event="Rectified", final_only=True)
        tokens = dict.fromkeys(int(str(event.arguments["title"])) for event in events)
        followed = [self._follow(session, token) for token in tokens]
        return any([*self._announced(session), *followed])

    def _announced(self, session: Session) -> Iterator[bool]:
        """Tell the owners of each announcement once; the audit line that it leaves is the mark."""
        events = self._chain.events_of(session, contract=REGISTRY, event="RectificationProposed", final_only=True)
        for event in events:
            token = int(str(event.arguments["title"]))
            title = session.scalar(select(TitleRow).where(TitleRow.token == f"{token:064x}").with_for_update())
            if title is None or self._is_told(session, title, event):
                continue
            details: dict[str, Json] = {
                "token": title.token,
                "digest": str(event.arguments["digest"]),
                "block": event.block_number,
                "not_before": int(event.arguments["notBefore"]),
            }
            self._note(session, ANNOUNCED, title, details)
            self._tell(
                session,
                title,
                _("A rectification of one of your titles was announced"),
                _(
                    "The register’s rectifiers announced that they may record the account %(account)s as the holder of "
                    "a title of yours. It is public, and the page says from when it can be carried out. If it is "
                    "wrong, contest it before then.",
                    account=event.arguments["to"],
                ),
            )
            yield True

    def _is_told(self, session: Session, title: TitleRow, event: EventView) -> bool:
        lines = self._audit.lines_of(session, [("right", title.right_id)])
        told = {line.details["digest"] for line in lines if line.action == ANNOUNCED}
        return str(event.arguments["digest"]) in told

    def _follow(self, session: Session, token: int) -> bool:
        query = select(TitleRow).where(TitleRow.token == f"{token:064x}").with_for_update()
        title = session.scalar(query)
        if title is None or title.state != TitleState.FINAL:
            return False
        events = self._chain.events_of(session, contract=REGISTRY, subject=token, final_only=True)
        counted = [event for event in events if event.event in COUNTED]
        number = max(place for place, event in enumerate(counted) if event.event == "Rectified")
        if title.acts > number:
            return False  # followed before
        self._apply(session, title, counted[number], number + 1)
        return True

    def _apply(self, session: Session, title: TitleRow, event: EventView, acts: int) -> None:
        """Whatever of ours waited with an earlier number is refused by the contract: it holds nothing up."""
        before, document = title.holder, str(event.arguments["document"])
        title.holder, title.instrument = str(event.arguments["holder"]), document
        title.evidence = EvidenceLevel.DECLARED if document == ZERO_WORD else EvidenceLevel.INSTRUMENT
        title.acts, title.act_pending, title.failure = acts, False, None
        session.flush()
        details: dict[str, Json] = {
            "token": title.token,
            "from": before,
            "to": title.holder,
            "basis": int(event.arguments["basis"]),
            "digest": str(event.arguments["digest"]),
            "block": event.block_number,
        }
        self._note(session, "right:title:rectified", title, details)
        body = _(
            "The register’s rectifiers put a record right: the holder is now the account %(account)s.",
            account=title.holder,
        )
        self._tell(session, title, _("The record of a title was rectified"), body)
        if title.holder != before:
            self._events.publish(session, TitleMoved(title.technology_id, title.right_id))

    def _note(self, session: Session, action: str, title: TitleRow, details: Mapping[str, Json]) -> None:
        self._audit.record(
            session,
            action=action,
            by=THE_EXCHANGE,
            subject_kind="right",
            subject_id=title.right_id,
            details=details,
        )

    def _tell(self, session: Session, title: TitleRow, subject: Text, body: Text) -> None:
        technology = session.get_one(TechnologyRow, title.technology_id)
        self._wallets.tell_owners(
            session,
            organisation_id=technology.organisation_id,
            subject=subject,
            body=body,
            link=f"/technologies/{title.technology_id}/rights/{title.right_id}/title",
        )
