"""Notes every step: in the disclosure's own history, in the audit log, and to those whom it concerns.

Notices and mails say that something happened and where to look; never what was disclosed, nor its title.
"""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService, By
from ipx.core.canonical import Json
from ipx.core.ports import Clock, Entropy
from ipx.inventions.box import Box
from ipx.inventions.models import InventionRow, StepRow
from ipx.inventions.rules import Step
from ipx.notices.service import NoticeService
from ipx.web.translating import paragraphs

SUBJECT = "invention"
_NEWS = {
    Step.SUBMITTED: _("An invention disclosure was submitted"),
    Step.ASKED: _("There are questions about an invention disclosure"),
    Step.ANSWERED: _("Questions about an invention disclosure were answered"),
    Step.RETURNED: _("An invention disclosure was returned to its inventors"),
    Step.ACCEPTED: _("An invention disclosure was accepted"),
    Step.DECLINED: _("An invention disclosure was declined"),
    Step.DISPUTED: _("An inventor disputes what an invention disclosure says"),
}
# Of these its writer is told by mail too; the others come from the writer's own side, or can wait.
_MAILED = (Step.ASKED, Step.RETURNED, Step.ACCEPTED, Step.DECLINED, Step.DISPUTED)


class Chronicle:
    """Writes steps down and passes them on."""

    def __init__(
        self,
        *,
        accounts: AccountService,
        audit: AuditService,
        notices: NoticeService,
        clock: Clock,
        entropy: Entropy,
        public_url: str,
    ) -> None:
        self._accounts = accounts
        self._audit = audit
        self._notices = notices
        self._clock = clock
        self._entropy = entropy
        self._public_url = public_url
        self._box = Box(accounts)

    def note(
        self,
        session: Session,
        row: InventionRow,
        step: Step,
        *,
        by: By,
        action: str,
        words: str = "",
        inventor_id: str | None = None,
        details: Mapping[str, Json] | None = None,
    ) -> None:
        """Note a step and tell whom it concerns. ``by`` without a person: the inventor acted by a mailed link."""
        step_id = self._entropy.new_id()
        session.add(
            StepRow(
                id=step_id,
                invention_id=row.id,
                at=self._clock.now(),
                step=step,
                person_id=by.person_id,
                inventor_id=inventor_id,
                sealed_words=self._box.close_words(session, row, step_id, words),
            )
        )
        row.changed_at = self._clock.now()
        session.flush()
        self.record(session, row, action, by=by, details=details)
        self._tell(session, row, step)

    def record(
        self,
        session: Session,
        row: InventionRow,
        action: str,
        *,
        by: By,
        details: Mapping[str, Json] | None = None,
    ) -> None:
        """Write the audit line alone, of what is no step of the review."""
        self._audit.record(
            session, action=action, by=by, subject_kind=SUBJECT, subject_id=row.id, details=details or {}
        )

    def _tell(self, session: Session, row: InventionRow, step: Step) -> None:
        subject = _NEWS.get(step)
        if subject is None:
            return
        link = f"/inventions/{row.id}"
        self._notices.tell(
            session,
            organisation_id=row.organisation_id,
            subject=subject,
            body=_("Who may read it finds it there; to everybody else it is not shown."),
            link=link,
        )
        writer = self._accounts.actor(session, row.created_by)
        if step in _MAILED and writer is not None:
            body = paragraphs(
                _("Dear %(name)s,", name=writer.name),
                _("%(what)s. Sign in to read what it is about:", what=subject),
                f"{self._public_url}{link}\n",
            )
            self._notices.mail(session, to=writer.email, subject=subject, body=body)
