"""The door to notices and mail. Sends nothing itself: a workflow does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from ipx.accounts.events import LinkIssued
from ipx.accounts.service import AccountService
from ipx.core.ports import Clock, Entropy, Mail
from ipx.db.durable import Durable
from ipx.notices.letters import letter_for
from ipx.notices.models import MailRow, NoticeRow
from ipx.web.languages import ENGLISH, NAMES
from ipx.web.translating import Text, Translator

SEND_MAIL = "notices.send_mail"
MAIL_KEPT, NOTICES_KEPT = timedelta(days=30), timedelta(days=365)


@dataclass(frozen=True)
class Notice:
    """One thing to know, with the page where it can be acted on."""

    id: str
    subject: str
    body: str
    link: str
    created_at: datetime
    is_read: bool


class NoticeService:
    """Tells people things."""

    def __init__(
        self,
        *,
        accounts: AccountService,
        translator: Translator,
        clock: Clock,
        entropy: Entropy,
        durable: Durable,
        public_url: str,
    ) -> None:
        self._accounts = accounts
        self._translator = translator
        self._public_url = public_url
        self._clock = clock
        self._entropy = entropy
        self._durable = durable

    def tell(self, session: Session, *, organisation_id: str, subject: Text, body: Text, link: str) -> None:
        """Put a notice before an organisation's people, each in their language; ``link`` is a path of ours."""
        english, others = self._in_all_languages((subject, body))
        session.add(
            NoticeRow(
                id=self._entropy.new_id(),
                organisation_id=organisation_id,
                subject=english[0],
                body=english[1],
                translations=others or None,
                link=link,
                created_at=self._clock.now(),
                read_at=None,
            )
        )

    def mail(self, session: Session, *, to: str, subject: Text, body: Text, language: str | None = None) -> None:
        """Queue one message; it leaves after the transaction, again and again while the mail server is away.

        It is written in the language of whoever has this address, else in ``language``, else in English.
        """
        spoken = self._accounts.language_of(session, email=to) or language
        subject, body = self._translator.say((subject, body), language=spoken)
        mail_id = self._entropy.new_id()
        session.add(
            MailRow(
                id=mail_id,
                recipient=to,
                subject=subject,
                body=body,
                created_at=self._clock.now(),
                sent_at=None,
                refused=None,
            )
        )
        session.flush()
        self._durable.enqueue(session, SEND_MAIL, mail_id, key=mail_id)

    def on_link_issued(self, session: Session, issued: LinkIssued) -> None:
        """Mail a link to its person."""
        letter = letter_for(issued, public_url=self._public_url)
        self.mail(session, to=issued.email, subject=letter.subject, body=letter.body)

    def notices(
        self, session: Session, *, organisation_id: str, language: str = ENGLISH, limit: int = 50
    ) -> list[Notice]:
        """Return an organisation's newest notices, in the reader's language where they were written in it."""
        query = (
            select(NoticeRow)
            .where(NoticeRow.organisation_id == organisation_id)
            .order_by(NoticeRow.created_at.desc(), NoticeRow.id)
            .limit(limit)
        )
        return [
            Notice(row.id, *_words_of(row, language), row.link, row.created_at, row.read_at is not None)
            for row in session.scalars(query)
        ]

    def unread(self, session: Session, *, organisation_id: str) -> int:
        """Return how many notices nobody of the organisation has opened."""
        query = select(func.count()).where(NoticeRow.organisation_id == organisation_id, NoticeRow.read_at.is_(None))
        return session.scalar(query) or 0

    def mark_read(self, session: Session, *, organisation_id: str) -> None:
        """Mark all notices of an organisation as read."""
        session.execute(
            update(NoticeRow)
            .where(NoticeRow.organisation_id == organisation_id, NoticeRow.read_at.is_(None))
            .values(read_at=self._clock.now())
        )

    def blank(self, session: Session, *, below: str, subject: str) -> None:
        """Forget what notices say that lead to a page or to what is below it; they say ``subject`` instead."""
        leading = (NoticeRow.link == below) | NoticeRow.link.startswith(f"{below}/", autoescape=True)
        session.execute(update(NoticeRow).where(leading).values(subject=subject, body="", translations=None))

    def pending_mail(self, session: Session, mail_id: str) -> Mail | None:
        """Return a message that still has to leave, or None. Never a step's result: links in it are keys."""
        row = session.get_one(MailRow, mail_id)
        if row.sent_at is not None or row.refused is not None:
            return None
        return Mail(id=row.id, to=row.recipient, subject=row.subject, body=row.body)

    def mail_left(self, session: Session, mail_id: str, refused: str | None) -> None:
        """Note that a message was handed over, or why it never can be; either way forget its text."""
        row = session.get_one(MailRow, mail_id, with_for_update=True)
        if row.sent_at is not None or row.refused is not None:
            return
        row.sent_at = None if refused else self._clock.now()
        row.refused = refused
        row.body = ""

    def forget_old(self, session: Session) -> None:
        """Delete what nobody needs any more: messages that left, and notices that were read, long ago."""
        now = self._clock.now()
        left = MailRow.sent_at.is_not(None) | MailRow.refused.is_not(None)
        session.execute(delete(MailRow).where(MailRow.created_at < now - MAIL_KEPT, left))
        session.execute(delete(NoticeRow).where(NoticeRow.read_at < now - NOTICES_KEPT))

    def _in_all_languages(self, texts: Sequence[Text]) -> tuple[list[str], dict[str, list[str]]]:
        """Return texts in English, and in each other language that says them otherwise."""
        english = self._translator.say(texts, language=ENGLISH)
        others = {name: self._translator.say(texts, language=name) for name in NAMES if name != ENGLISH}
        return english, {name: said for name, said in others.items() if said != english}


def _words_of(row: NoticeRow, language: str) -> tuple[str, str]:
    subject, body = (row.translations or {}).get(language, (row.subject, row.body))
    return subject, body
