"""The audit log: chained in the transaction, and every edit is found."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from ipx.adapters.system import FixedClock
from ipx.audit.models import AuditRow
from ipx.audit.service import AuditService, By
from ipx.core.errors import Invalid
from ipx.db.base import Base
from ipx.db.session import Database

BY = By(person_id="p", organisation_id="o")


@pytest.fixture
def audit() -> AuditService:
    return AuditService(FixedClock())


@pytest.fixture
def database(tmp_path: Path, audit: AuditService) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'audit.sqlite3'}")
    tables = [Base.metadata.tables[name] for name in (AuditRow.__tablename__, "audit_head")]
    Base.metadata.create_all(made.engine, tables=tables)
    made.before_commit(audit.seal)
    yield made
    made.dispose()


def write_lines(database: Database, audit: AuditService, count: int = 5) -> None:
    for number in range(count):
        with database.write() as session:
            audit.record(
                session,
                action="test:line:written",
                by=BY,
                subject_kind="technology",
                subject_id="t",
                details={"number": number},
            )


def test_lines_follow_from_each_other(database: Database, audit: AuditService) -> None:
    write_lines(database, audit)
    with database.read() as session:
        check = audit.check(session)
        lines = audit.lines_of(session, [("technology", "t")])
    assert (check.lines, check.broken_at) == (5, None)
    assert [line.details["number"] for line in lines] == [0, 1, 2, 3, 4]


def test_a_rolled_back_transaction_leaves_no_line(database: Database, audit: AuditService) -> None:
    with database.sessions() as session:
        audit.record(session, action="test:line:lost", by=BY, subject_kind="technology", subject_id="t")
        session.rollback()
    with database.read() as session:
        assert audit.check(session).lines == 0


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE audit_lines SET action = 'test:line:forged' WHERE sequence = 3",
        "UPDATE audit_lines SET actor_id = 'somebody' WHERE sequence = 3",
        "UPDATE audit_lines SET at = '2020-01-01 00:00:00' WHERE sequence = 3",
        "UPDATE audit_lines SET details = '{}' WHERE sequence = 3",
        "UPDATE audit_lines SET previous = hash WHERE sequence = 3",
        "DELETE FROM audit_lines WHERE sequence = 3",
        "DELETE FROM audit_lines WHERE sequence = 5",
        "UPDATE audit_head SET sequence = 4",
    ],
)
def test_every_edit_is_found(database: Database, audit: AuditService, edit: str) -> None:
    write_lines(database, audit)
    with database.engine.begin() as connection:
        connection.execute(text(edit))
    with database.read() as session:
        assert audit.check(session).broken_at is not None


def test_an_action_has_three_parts_and_details_have_a_canonical_form(database: Database, audit: AuditService) -> None:
    with database.read() as session:
        with pytest.raises(ValueError, match="subject:thing:verb"):
            audit.record(session, action="done", by=BY, subject_kind="technology", subject_id="t")
        with pytest.raises(Invalid):
            audit.record(
                session,
                action="a:b:c",
                by=BY,
                subject_kind="x",
                subject_id="y",
                details={"share": 0.5},  # type: ignore[dict-item]
            )
