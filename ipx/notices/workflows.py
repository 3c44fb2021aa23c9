"""Mail leaves here, after the transaction that asked for it."""

import logging

from ipx.core.errors import Invalid, TooLarge
from ipx.core.ports import Mailer
from ipx.db.durable import Durable, Workflow
from ipx.notices.service import SEND_MAIL, NoticeService

log = logging.getLogger("ipx.notices")


class NoticeWorkflows:
    """Durable flows of this room."""

    def __init__(self, *, durable: Durable, notices: NoticeService, mailer: Mailer) -> None:
        self._durable = durable
        self._notices = notices
        self._mailer = mailer

    def workflows(self) -> dict[str, Workflow]:
        """Return the flows by the names under which they are stored."""
        return {SEND_MAIL: self.send_mail}

    def send_mail(self, mail_id: str) -> None:
        """Hand the message over until that works, then note that it left."""
        refused = self._durable.outside(self._hand_over, mail_id)
        self._durable.transaction(self._notices.mail_left, mail_id, refused)

    def _hand_over(self, mail_id: str) -> str | None:
        """Return why the mail server refuses this message for good, or None when it took it."""
        with self._durable.reading() as session:
            mail = self._notices.pending_mail(session, mail_id)
        if mail is None:
            return None
        try:
            self._mailer.send(mail)
        except (Invalid, TooLarge) as error:
            log.warning("the mail %s was refused for good", mail_id)
            return error.message or "refused"
        return None
