"""What an old state may not do again. Runs in the transaction that fills the database, on the schema of the backup.

A letter that waited when the backup was made has left since, or its link was replaced: it is not sent again. Whoever
was signed in then may have been signed out since. Payments go on: they are idempotent at the service by our ids.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, text

MAIL_FLOW = "notices.send_mail"
WHY = "not sent: the exchange was restored from a backup that was made before it left"


@dataclass(frozen=True)
class Fenced:
    """How many letters are not sent, how many sessions and unused links ended with the restore."""

    letters: int
    sessions: int
    links: int


def fence(connection: Connection) -> Fenced:
    """End letters, sessions, links and leases of the old state; free unfinished workflows for any worker."""
    flows = "workflow_status" if connection.dialect.name == "sqlite" else "dbos.workflow_status"

    def change(statement: str, **values: str) -> int:
        return connection.execute(text(statement), values).rowcount

    change(
        f"UPDATE {flows} SET status = 'CANCELLED' WHERE name = :flow AND status NOT IN ('SUCCESS', 'ERROR')",  # noqa: S608
        flow=MAIL_FLOW,
    )
    change(
        f"UPDATE {flows} SET status = 'ENQUEUED', executor_id = NULL, owner_xid = NULL, started_at_epoch_ms = NULL"  # noqa: S608
        " WHERE status = 'PENDING' AND queue_name IS NOT NULL"
    )
    # A holder of before finds another epoch than his (ipx/db/lease.py).
    change("UPDATE leases SET epoch = epoch + 1, holder = 'a backup', expires_at = '1970-01-01 00:00:00+00:00'")
    return Fenced(
        letters=change(
            "UPDATE notices_mails SET refused = :why, body = '' WHERE sent_at IS NULL AND refused IS NULL", why=WHY
        ),
        sessions=change("DELETE FROM accounts_sessions"),
        links=change("DELETE FROM accounts_links"),
    )
