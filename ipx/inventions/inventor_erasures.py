"""Erases the personal data of an inventor: entry, salt, words, and the place in the draft. The record stays provable.

It must never bring anything back: from ``ask`` on nobody sees the data; what follows only destroys, and the erasure
register knows of it before, so that no older backup does.
"""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.audit.service import THE_EXCHANGE, By
from ipx.core.canonical import Json
from ipx.core.errors import NotFound
from ipx.core.ports import Clock
from ipx.db.durable import Durable, Workflow
from ipx.db.scrubbing import Scrubber
from ipx.inventions import policy
from ipx.inventions.chronicle import Chronicle
from ipx.inventions.disclosure_record import NamedInventor
from ipx.inventions.drafts import TypedSection, to_json
from ipx.inventions.models import InventionRow, InventorRow, StepRow
from ipx.inventions.rules import InventorAnswer
from ipx.inventions.shelf import Shelf
from ipx.vault.erasure_register import Entry
from ipx.vault.register_keeping import RegisterKeeper

ERASE = "inventions.erase_inventor"
INVENTOR = "inventor"


class InventorErasures:
    """Erases inventors, and does it again after a restore (``RegisterKeeper.add``)."""

    kind = INVENTOR

    def __init__(
        self,
        *,
        shelf: Shelf,
        chronicle: Chronicle,
        clock: Clock,
        durable: Durable,
        keeper: RegisterKeeper,
        scrubber: Scrubber,
    ) -> None:
        self._shelf = shelf
        self._chronicle = chronicle
        self._clock = clock
        self._durable = durable
        self._keeper = keeper
        self._scrubber = scrubber

    def ask(self, session: Session, *, actor: Actor, invention_id: str, inventor_id: str) -> None:
        """Have an inventor's data erased in every submission of the disclosure; it cannot be called back.

        Raises NotFound, Forbidden.
        """
        row = self._shelf.readable_row(session, actor, invention_id, lock=True)
        policy.check_may_erase(actor)
        found = session.get(InventorRow, inventor_id)
        if found is None or found.invention_id != row.id:
            raise NotFound("There is no such inventor.")
        for marked in self._mark(session, row, found, by=actor.by):
            self._durable.enqueue(session, ERASE, marked.id, key=marked.id)

    def entries(self, session: Session) -> Iterator[Entry]:
        """Give what the erasure register must have of this room."""
        query = select(InventorRow).where(InventorRow.erased_at.is_not(None)).order_by(InventorRow.erased_at)
        for row in session.scalars(query):
            assert row.erased_at is not None
            yield Entry(INVENTOR, row.id, row.erased_at, {"invention": row.invention_id})

    def erase_again(self, session: Session, entry: Entry) -> None:
        """Do what a restored backup does not know of; repeatable. A backup from before the submission has nothing."""
        found = session.get(InventorRow, entry.id)
        if found is None:
            return
        row = self._shelf.row(session, found.invention_id, lock=True)
        if found.erased_at is None:
            self._mark(session, row, found, by=THE_EXCHANGE)
            found.erased_at = entry.at
        self._shred_row(session, found)

    # ── the flow ─────────────────────────────────────────────────────────────────────────────────

    def workflows(self) -> dict[str, Workflow]:
        """Return the flow by the name under which it is stored."""
        return {ERASE: self.erase_inventor}

    def erase_inventor(self, inventor_id: str) -> None:
        """Enter it into the register, destroy entry and words, clear the database's files."""
        self._durable.outside(self._keeper.keep)
        self._durable.transaction(self.shred, inventor_id)
        self._durable.outside(self._scrubber.scrub)

    def shred(self, session: Session, inventor_id: str) -> None:
        """Destroy what is sealed of an inventor that was marked; repeatable."""
        self._shred_row(session, session.get_one(InventorRow, inventor_id))

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _mark(self, session: Session, row: InventionRow, found: InventorRow, *, by: By) -> list[InventorRow]:
        """Mark every row of the person and return them; none when that was done before."""
        named = self._shelf.named_inventor(session, row, found)
        if named is None:
            return []
        marked = [one for one in self._all_of(session, row) if self._is_same(session, row, one, named)]
        self._drop_from_draft(session, row, named)
        for one in marked:
            one.erased_at = self._clock.now()
            one.link_hash = one.link_ends_at = None
            if one.answer == InventorAnswer.OPEN:
                one.asked_at = None
        session.flush()
        details: dict[str, Json] = {"inventors": [one.id for one in marked]}
        self._chronicle.record(session, row, "invention:inventor:erased", by=by, details=details)
        return marked

    def _all_of(self, session: Session, row: InventionRow) -> list[InventorRow]:
        return list(session.scalars(select(InventorRow).where(InventorRow.invention_id == row.id)))

    def _is_same(self, session: Session, row: InventionRow, one: InventorRow, named: NamedInventor) -> bool:
        """Tell whether a row of any submission names the same person: by address, or by name where there is none."""
        other = self._shelf.named_inventor(session, row, one)
        return other is not None and _is_person(named, other.name, other.email)

    def _drop_from_draft(self, session: Session, row: InventionRow, named: NamedInventor) -> None:
        draft = self._shelf.draft(session, row)
        typed = draft.get("inventors", TypedSection())
        kept = tuple(
            entry
            for entry in typed.entries
            if not _is_person(named, str(entry.get("name", "")), str(entry.get("email", "")))
        )
        draft["inventors"] = TypedSection(typed.answer, kept)
        self._shelf.box.close_draft(session, row, to_json(draft))

    def _shred_row(self, session: Session, found: InventorRow) -> None:
        found.sealed_entry = None
        steps = session.scalars(select(StepRow).where(StepRow.inventor_id == found.id))
        for step in steps:
            step.sealed_words = None
        session.flush()


def _is_person(named: NamedInventor, name: str, email: str) -> bool:
    if named.email and email.strip():
        return named.email == email.strip().lower()
    return named.name == " ".join(name.split())
