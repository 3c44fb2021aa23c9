"""Inventors of a submission: each is asked by mail, confirms or disputes without an account, and can be forgotten."""

from datetime import timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService, hash_token
from ipx.audit.service import By
from ipx.core.errors import Conflict, Invalid, NotFound
from ipx.core.ports import Clock, Entropy
from ipx.inventions import policy
from ipx.inventions.chronicle import Chronicle
from ipx.inventions.disclosure_record import NamedInventor
from ipx.inventions.models import InventionRow, InventorRow
from ipx.inventions.records import Asked
from ipx.inventions.rules import LINK_LIVES, InventorAnswer, Step, checked_words
from ipx.inventions.shelf import Shelf
from ipx.notices.service import NoticeService
from ipx.web.translating import paragraphs

_PAUSE = timedelta(hours=1)  # nobody's mailbox is flooded through us
_USED = "This link has been used already, is too old, or the disclosure was submitted anew. Ask for a new one."


class Inventorship:
    """Who is named as an inventor, and what they say of it."""

    def __init__(
        self,
        *,
        shelf: Shelf,
        chronicle: Chronicle,
        accounts: AccountService,
        notices: NoticeService,
        clock: Clock,
        entropy: Entropy,
        public_url: str,
    ) -> None:
        self._shelf = shelf
        self._chronicle = chronicle
        self._accounts = accounts
        self._notices = notices
        self._clock = clock
        self._entropy = entropy
        self._public_url = public_url

    # ── when something is submitted ──────────────────────────────────────────────────────────────

    def name(
        self,
        session: Session,
        row: InventionRow,
        *,
        submission_id: str,
        previous_id: str | None,
        inventors: list[NamedInventor],
        by: By,
    ) -> None:
        """Put down the inventors of a submission and mail those who have not confirmed the same before."""
        before = self._shelf.inventor_rows(session, previous_id) if previous_id else []
        self._void(session, before)
        for position, named in enumerate(inventors):
            found = self._add(session, row, submission_id, position, named)
            self._carry(session, row, found, named, before)
            if found.person_id == by.person_id and found.answer != InventorAnswer.CONFIRMED:
                self._settle(session, row, found, InventorAnswer.CONFIRMED, by=by)
            elif found.answer == InventorAnswer.OPEN and named.email:
                self._mail(session, row, found, named)

    def _add(
        self, session: Session, row: InventionRow, submission_id: str, position: int, named: NamedInventor
    ) -> InventorRow:
        member = self._accounts.find_by_email(session, email=named.email) if named.email else None
        inventor_id = self._entropy.new_id()
        found = InventorRow(
            id=inventor_id,
            invention_id=row.id,
            submission_id=submission_id,
            position=position,
            person_id=member.person_id if member and member.organisation_id == row.organisation_id else None,
            sealed_entry=self._shelf.box.close_inventor(session, row, inventor_id, named.opening()),
            answer=InventorAnswer.OPEN,
        )
        session.add(found)
        session.flush()
        return found

    def _carry(
        self, session: Session, row: InventionRow, found: InventorRow, named: NamedInventor, before: list[InventorRow]
    ) -> None:
        """Keep a confirmation of the very same words; whoever disputed is asked again."""
        for old in before:
            known = self._shelf.named_inventor(session, row, old)
            if known and known.says_the_same(named) and old.answer == InventorAnswer.CONFIRMED:
                found.answer, found.answered_at, found.asked_at = old.answer, old.answered_at, old.asked_at

    def _void(self, session: Session, before: list[InventorRow]) -> None:
        ids = [old.id for old in before]
        session.execute(update(InventorRow).where(InventorRow.id.in_(ids)).values(link_hash=None, link_ends_at=None))

    # ── links ────────────────────────────────────────────────────────────────────────────────────

    def ask_again(self, session: Session, *, actor: Actor, invention_id: str, inventor_id: str) -> None:
        """Mail a new link to an inventor who has not confirmed. Raises NotFound, Forbidden, Conflict."""
        row = self._shelf.readable_row(session, actor, invention_id, lock=True)
        found = self._newest(session, row, inventor_id)
        if actor.person_id != row.created_by and not actor.has(*policy.OFFICERS):
            raise NotFound("There is no such inventor.")
        named = self._shelf.named_inventor(session, row, found)
        if named is None or not named.email or found.answer == InventorAnswer.CONFIRMED:
            raise Conflict("This inventor has confirmed already, or has no address to write to.")
        if found.asked_at is not None and self._clock.now() - found.asked_at < _PAUSE:
            raise Conflict("This inventor was written to less than an hour ago.")
        self._mail(session, row, found, named)
        details = {"inventor": found.id}
        self._chronicle.record(session, row, "invention:inventor:asked_again", by=actor.by, details=details)

    def asked(self, session: Session, *, token: str) -> Asked:
        """Return what the holder of a link is asked. Raises Invalid when the link is used, old or wrong."""
        found = self._by_link(session, token)
        row = self._shelf.row(session, found.invention_id)
        everybody = self._shelf.inventors(session, row, found.submission_id)
        return Asked(
            inventor=self._shelf.inventor_of(session, row, found),
            title=self._shelf.submitted_title(session, row),
            organisation_name=self._accounts.organisation(session, row.organisation_id).name,
            others=[other.name for other in everybody if other.id != found.id and other.name],
        )

    def answer(self, session: Session, *, token: str, is_right: bool, words: str) -> None:
        """Confirm or dispute by a link, which is used up by it. A dispute needs words. Raises Invalid."""
        found = self._by_link(session, token, lock=True)
        row = self._shelf.row(session, found.invention_id, lock=True)
        kept = checked_words(words, needed=not is_right)
        answer = InventorAnswer.CONFIRMED if is_right else InventorAnswer.DISPUTED
        self._settle(session, row, found, answer, by=By(organisation_id=row.organisation_id), words=kept)

    def _mail(self, session: Session, row: InventionRow, found: InventorRow, named: NamedInventor) -> None:
        token = self._entropy.token(32).hex()
        now = self._clock.now()
        found.link_hash, found.link_ends_at, found.asked_at = hash_token(token), now + LINK_LIVES, now
        session.flush()
        organisation = self._accounts.organisation(session, row.organisation_id).name
        why = _(
            "%(organisation)s names you as an inventor in an invention disclosure. Open this link to read what it says "
            "about you, and confirm or dispute it. You need no account. It works once, for %(days)s days.",
            organisation=organisation,
            days=LINK_LIVES.days,
        )
        body = paragraphs(
            _("Dear %(name)s,", name=named.name),
            why,
            f"{self._public_url}/inventions/inventor/{token}",
            _("If you know nothing of it, dispute it there, or do nothing."),
        )
        self._notices.mail(session, to=named.email, subject=_("Are you an inventor? Please confirm"), body=body)

    def _settle(
        self,
        session: Session,
        row: InventionRow,
        found: InventorRow,
        answer: InventorAnswer,
        *,
        by: By,
        words: str = "",
    ) -> None:
        found.answer, found.answered_at = answer, self._clock.now()
        found.link_hash = found.link_ends_at = None
        self._chronicle.note(
            session,
            row,
            Step(answer),
            by=by,
            action=f"invention:inventor:{answer}",
            words=words,
            inventor_id=found.id,
            details={"inventor": found.id},
        )

    def _by_link(self, session: Session, token: str, *, lock: bool = False) -> InventorRow:
        query = select(InventorRow).where(InventorRow.link_hash == hash_token(token))
        found = session.scalar(query.with_for_update() if lock else query)
        if found is None or not self._shelf.is_open(found):
            raise Invalid(_USED)
        return found

    def _newest(self, session: Session, row: InventionRow, inventor_id: str) -> InventorRow:
        submissions = self._shelf.submission_rows(session, row)
        rows = self._shelf.inventor_rows(session, submissions[-1].id) if submissions else []
        found = next((inventor for inventor in rows if inventor.id == inventor_id), None)
        if found is None:
            raise NotFound("There is no such inventor.")
        return found
