"""An owner with one document, and everything that is done about who may read it."""

from datetime import date, timedelta
from typing import Any

from ipx.accounts.models import PersonRow
from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.vault.records import Document
from ipx.vault.screening import PartyRefused
from tests.deposit_world import DepositWorld

READERS = [Role.RESEARCHER]
TEXT = b"A method of making solid electrolytes at room temperature.\n"


class SharingWorld(DepositWorld):
    """An owner with one document, and everything that is done about it."""

    def begin(self, **deposit: Any) -> None:
        self.owner = self.organisation("ada")
        self.document = self.deposit_text(self.owner, **deposit)

    def deposit_text(self, actor: Actor, content: bytes = TEXT, **changes: Any) -> Document:
        """Deposit a text: readers of another organisation get a PDF marked, and this as it is."""
        return self.deposit(actor, content, **{"file_name": "method.txt", "media_type": "text/plain", **changes})

    def verified(self, name: str, roles: Any = READERS, of: Actor | None = None) -> Actor:
        made = self.colleague(of, name, roles) if of else self.organisation(name, roles)
        with self.database.write() as session:
            row = session.get_one(PersonRow, made.person_id)
            row.verified_at = row.created_at
        return made

    def grant(self, to: Actor, by: Actor | None = None, **changes: Any) -> str:
        asked: dict[str, Any] = {
            "email": to.email,
            "whole_organisation": False,
            "reason": "evaluates the coating",
            "nda": "NDA 7",
            "until": self.today() + timedelta(days=30),
        }
        with self.database.write() as session:
            return self.sharing.grant(
                session, actor=by or self.owner, document_id=self.document.id, **{**asked, **changes}
            )

    def revoke(self, grant_id: str, by: Actor | None = None) -> None:
        with self.database.write() as session:
            self.sharing.revoke(session, actor=by or self.owner, document_id=self.document.id, grant_id=grant_id)

    def classify(self, stated: str, by: Actor | None = None) -> None:
        with self.database.write() as session:
            self.sharing.classify(session, actor=by or self.owner, document_id=self.document.id, export_control=stated)

    def note(self, refusal: PartyRefused) -> None:
        with self.database.write() as session:
            self.sharing.screenings.note(session, refusal)

    def decide(self, by: Actor, *, clear: bool, reason: str = "another date of birth") -> None:
        with self.database.write() as session:
            found = self.sharing.screenings.of(session, owner_id=self.owner.organisation_id)[0]
            self.sharing.screenings.decide(session, actor=by, screening_id=found.id, clear=clear, reason=reason)

    def today(self) -> date:
        return self.clock.now().date()

    def actions(self) -> list[str]:
        with self.database.read() as session:
            return [line.action for line in self.audit.lines_of(session, [("document", self.document.id)])]
