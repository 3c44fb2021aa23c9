"""Mails alarms to the operator, once when one begins and once when it ends."""

from datetime import UTC

from sqlalchemy.orm import Session

from ipx.chain.events import AlarmBegan, AlarmEnded
from ipx.chain.rules import AlarmKind
from ipx.notices.service import NoticeService

SUBJECTS = {
    AlarmKind.STUCK: "transactions are stuck",
    AlarmKind.MONEY: "the relayer runs out of money for gas",
    AlarmKind.FEES: "gas costs more than the cap",
    AlarmKind.ENDPOINT: "a chain endpoint cannot be relied on",
    AlarmKind.LAG: "the mirror of the chain stays behind",
}
CALM = "Nothing is lost meanwhile: the queue keeps its order, and no nonce is given away."


class AlarmLetters:
    """``to`` is the operator's address; without one alarms are shown and logged, but not mailed."""

    def __init__(self, *, notices: NoticeService, to: str | None, public_url: str) -> None:
        self._notices = notices
        self._to = to
        self._public_url = public_url

    def on_alarm_began(self, session: Session, began: AlarmBegan) -> None:
        """Say what is wrong and where to look."""
        since = began.since.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
        self._mail(session, f"IPX alarm: {SUBJECTS[began.kind]}", f"Since {since}: {_what(began)}.\n\n{CALM}")

    def on_alarm_ended(self, session: Session, ended: AlarmEnded) -> None:
        """Say that it is over."""
        self._mail(session, f"IPX alarm is over: {SUBJECTS[ended.kind]}", f"It is over. It was: {_what(ended)}.")

    def _mail(self, session: Session, subject: str, text: str) -> None:
        if self._to:
            body = f"{text}\n\nThe present state: {self._public_url}/operator/chain\n"
            self._notices.mail(session, to=self._to, subject=subject, body=body)


def _what(alarm: AlarmBegan | AlarmEnded) -> str:
    return f"{alarm.subject}, {alarm.note}" if alarm.subject else alarm.note
