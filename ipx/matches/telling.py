"""Telling both sides of a match: a notice once for each pair and side, and one mail a day at most."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import lazy_ngettext
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ipx.accounts.rules import Role
from ipx.accounts.service import AccountService
from ipx.catalogue.need_rules import Visibility
from ipx.catalogue.records import Need
from ipx.catalogue.service import CatalogueService
from ipx.core.ports import Clock
from ipx.matches.models import AnswerRow, PairRow, TellingRow
from ipx.matches.rules import DIGEST_EVERY, WORTH_TELLING, Side, next_day
from ipx.notices.service import NoticeService
from ipx.web.translating import paragraphs

AT_ONCE = 200


class Telling:
    """Who is told of what. Names no organisation, and quotes no need, to anybody but its own."""

    def __init__(
        self,
        *,
        accounts: AccountService,
        catalogue: CatalogueService,
        notices: NoticeService,
        clock: Clock,
        public_url: str,
    ) -> None:
        self._accounts = accounts
        self._catalogue = catalogue
        self._notices = notices
        self._clock = clock
        self._public_url = public_url

    def note(self, session: Session, need: Need, pairs: Iterable[PairRow]) -> None:
        """Note who has to be told of these pairs, each once for ever, and tell those whose time has come."""
        now = self._clock.now()
        worth = [pair for pair in pairs if pair.score >= WORTH_TELLING]
        listings = self._catalogue.listings(session, ids=[pair.listing_id for pair in worth])
        owners = {one.id: one.organisation_id for one in listings if one.takes_offers and one.organisation_id}
        for pair in worth if need.organisation_id else ():
            owner = owners.get(pair.listing_id)
            if owner is None:
                continue
            self._add(session, pair, Side.NEED, str(need.organisation_id), now)
            if need.visibility is not Visibility.PRIVATE:
                due = now if need.visibility is Visibility.PUBLIC else next_day(now)
                self._add(session, pair, Side.LISTING, owner, due)
        self.tell_due(session, need_id=need.id)

    def tell_due(self, session: Session, *, need_id: str | None = None) -> bool:
        """Put notices before those whose time has come; one for each organisation and need, or listing.

        True when there may be more to do.
        """
        now = self._clock.now()
        query = select(TellingRow).where(TellingRow.told_at.is_(None), TellingRow.due_at <= now)
        if need_id is not None:
            query = query.where(TellingRow.need_id == need_id)
        query = query.order_by(TellingRow.need_id, TellingRow.listing_id).limit(AT_ONCE)
        rows = list(session.scalars(query.with_for_update(skip_locked=True)))
        for row in rows:
            row.told_at = now
        for need in sorted({row.need_id for row in rows if row.side == Side.NEED}):
            self._tell_seeker(session, [row for row in rows if row.need_id == need and row.side == Side.NEED])
        for row in rows:
            if row.side == Side.LISTING:
                self._tell_owner(session, row)
        return len(rows) == AT_ONCE

    def mail_due(self, session: Session) -> bool:
        """Mail each organisation that was told something since its last mail, at most once a day. False: all done."""
        now = self._clock.now()
        waiting = TellingRow.mailed_at.is_(None) & TellingRow.told_at.is_not(None)
        rows = session.scalars(select(TellingRow).where(waiting).with_for_update(skip_locked=True))
        by_organisation: dict[str, list[TellingRow]] = {}
        for row in rows:
            by_organisation.setdefault(row.organisation_id, []).append(row)
        for organisation_id, found in sorted(by_organisation.items()):
            last = session.scalar(
                select(TellingRow.mailed_at)
                .where(TellingRow.organisation_id == organisation_id, TellingRow.mailed_at.is_not(None))
                .order_by(TellingRow.mailed_at.desc())
                .limit(1)
            )
            if last is None or last <= now - DIGEST_EVERY:
                self._mail(session, organisation_id, found, now)
        return False

    def tell_answers_due(self, session: Session) -> bool:
        """Tell the owners of listings of answers that they may see from now on."""
        now = self._clock.now()
        query = select(AnswerRow).where(AnswerRow.told_at.is_(None), AnswerRow.shown_from <= now).limit(AT_ONCE)
        rows = list(session.scalars(query.with_for_update(skip_locked=True)))
        for row in rows:
            row.told_at = now
            listing = self._catalogue.listing(session, listing_id=row.listing_id)
            if listing.organisation_id is not None:
                self._notices.tell(
                    session,
                    organisation_id=listing.organisation_id,
                    subject=_("Answer to a match: %(title)s", title=listing.title),
                    body=_("The organisation of a need that your listing may meet has answered."),
                    link=f"/listings/{listing.id}/needs",
                )
        return len(rows) == AT_ONCE

    def _add(self, session: Session, pair: PairRow, side: Side, organisation_id: str, due: datetime) -> None:
        insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        values = {"need_id": pair.need_id, "listing_id": pair.listing_id, "side": str(side)}
        values_due = {**values, "organisation_id": organisation_id, "due_at": due}
        session.execute(insert(TellingRow).values(**values_due).on_conflict_do_nothing())

    def _tell_seeker(self, session: Session, rows: list[TellingRow]) -> None:
        need = self._catalogue.find_whole_need(session, need_id=rows[0].need_id)
        if need is None or need.organisation_id is None:
            return
        subject = lazy_ngettext(
            "%(num)s technology for your need: %(title)s",
            "%(num)s technologies for your need: %(title)s",
            len(rows),
            title=need.title,
        )
        self._notices.tell(
            session,
            organisation_id=need.organisation_id,
            subject=subject,
            body=_("We compared what is offered with what you seek. See how well it fits, and answer."),
            link=f"/needs/{need.id}/matches",
        )

    def _tell_owner(self, session: Session, row: TellingRow) -> None:
        """Tell the owner of a listing, unless the need has become private, was withdrawn, or fits no more."""
        need = self._catalogue.find_whole_need(session, need_id=row.need_id)
        pair = session.get(PairRow, (row.need_id, row.listing_id))
        if need is None or pair is None or need.visibility is Visibility.PRIVATE:
            return
        if not need.is_open(self._clock.now().date()):
            return
        listing = self._catalogue.listing(session, listing_id=row.listing_id)
        self._notices.tell(
            session,
            organisation_id=row.organisation_id,
            subject=_("A need that you may meet: %(title)s", title=need.title),
            body=_("It fits your listing “%(title)s”. See what both have in common.", title=listing.title),
            link=f"/listings/{row.listing_id}/needs",
        )

    def _mail(self, session: Session, organisation_id: str, rows: list[TellingRow], now: datetime) -> None:
        for row in rows:
            row.mailed_at = now
        seeking = sum(row.side == Side.NEED for row in rows)
        offering = len(rows) - seeking
        body = paragraphs(
            _("New matches on IPX since the last mail:"),
            _("Technologies for your needs: %(count)s", count=seeking) if seeking else "",
            _("Needs that your listings may meet: %(count)s", count=offering) if offering else "",
            f"{self._public_url}/matches\n",
        )
        for member in self._accounts.members(session, organisation_id):
            if Role.LICENSING_MANAGER in member.roles:
                self._notices.mail(session, to=member.email, subject=_("New matches on IPX"), body=body)
