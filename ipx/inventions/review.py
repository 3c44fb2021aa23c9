"""The technology office's side: questions, return, acceptance, refusal; and the technology that begins here."""

from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.core.errors import Conflict, Invalid
from ipx.inventions import policy
from ipx.inventions.chronicle import Chronicle
from ipx.inventions.models import InventionRow
from ipx.inventions.rules import NEED_WORDS, InventorAnswer, State, Step, checked_words, state_after
from ipx.inventions.shelf import Shelf
from ipx.technologies.rules import Draft as TechnologyDraft
from ipx.technologies.service import TechnologyService

JUDGEMENTS = (Step.ASKED, Step.RETURNED, Step.ACCEPTED, Step.DECLINED)


class Review:
    """Steps of the review."""

    def __init__(self, *, shelf: Shelf, chronicle: Chronicle, technologies: TechnologyService) -> None:
        self._shelf = shelf
        self._chronicle = chronicle
        self._technologies = technologies

    def judge(self, session: Session, *, actor: Actor, invention_id: str, step: Step, words: str = "") -> None:
        """Ask, return, accept or decline, with words where they are needed. Those concerned are told.

        Raises NotFound, Forbidden (also for one's own invention), Invalid, Conflict when the state has moved on.
        """
        if step not in JUDGEMENTS:
            raise Invalid("Choose what is decided.", field="step")
        row = self._shelf.readable_row(session, actor, invention_id, lock=True)
        policy.check_may_judge(actor, created_by=row.created_by, named=self._shelf.named(session, row))
        after = state_after(State(row.state), step)
        needed = step in NEED_WORDS or (step is Step.ACCEPTED and self._is_disputed(session, row))
        kept = checked_words(words, needed=needed)
        row.state = after
        self._chronicle.note(session, row, step, by=actor.by, action=f"invention:review:{step}", words=kept)

    def answer(self, session: Session, *, actor: Actor, invention_id: str, words: str) -> None:
        """Answer the office's questions. Raises NotFound, Forbidden, Invalid, Conflict."""
        row = self._shelf.readable_row(session, actor, invention_id, lock=True)
        policy.check_may_answer(actor, created_by=row.created_by, named=self._shelf.named(session, row))
        after = state_after(State(row.state), Step.ANSWERED)
        kept = checked_words(words, needed=True)
        row.state = after
        self._chronicle.note(session, row, Step.ANSWERED, by=actor.by, action="invention:review:answered", words=kept)

    def begin_technology(self, session: Session, *, actor: Actor, invention_id: str, draft: TechnologyDraft) -> str:
        """Begin a technology from an accepted disclosure and return its id. Only what ``draft`` says is copied: a
        technology's description may be published. Raises NotFound, Forbidden, Invalid, Conflict."""
        row = self._accepted(session, actor, invention_id)
        technology = self._technologies.create(session, actor=actor, draft=draft)
        self._link(session, actor, row, technology.id)
        return technology.id

    def link_technology(self, session: Session, *, actor: Actor, invention_id: str, technology_id: str) -> None:
        """Link an accepted disclosure to a technology that is there. Raises NotFound, Forbidden, Conflict."""
        row = self._accepted(session, actor, invention_id)
        self._technologies.technology(session, actor=actor, technology_id=technology_id)
        self._link(session, actor, row, technology_id)

    def _accepted(self, session: Session, actor: Actor, invention_id: str) -> InventionRow:
        row = self._shelf.readable_row(session, actor, invention_id, lock=True)
        policy.check_may_link(actor)
        if State(row.state) is not State.ACCEPTED:
            raise Conflict("A technology begins with an accepted disclosure; this one is not accepted.")
        if row.technology_id is not None:
            raise Conflict("This disclosure has its technology already.")
        return row

    def _link(self, session: Session, actor: Actor, row: InventionRow, technology_id: str) -> None:
        row.technology_id = technology_id
        self._chronicle.note(
            session,
            row,
            Step.LINKED,
            by=actor.by,
            action="invention:technology:linked",
            details={"technology": technology_id},
        )

    def _is_disputed(self, session: Session, row: InventionRow) -> bool:
        newest = self._shelf.submission_rows(session, row)[-1]
        return any(found.answer == InventorAnswer.DISPUTED for found in self._shelf.inventor_rows(session, newest.id))
