"""Technologies between their tables and the frozen forms that the room hands out; finds and maps, decides nothing."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.core.errors import NotFound
from ipx.technologies import policy
from ipx.technologies.models import RightRow, TechnologyRow
from ipx.technologies.records import PublicTechnology, Technology, TechnologyLine, Title
from ipx.technologies.rights import draft_of, number_key, public_right_of, right_of
from ipx.technologies.rules import Advantage, Draft, RightDraft, RightKind, Stage, TitleState


def technology_row(session: Session, technology_id: str) -> TechnologyRow:
    """Return a technology's row. Raises NotFound."""
    row = session.get(TechnologyRow, technology_id)
    if row is None:
        raise NotFound("There is no such technology.")
    return row


def own_row(session: Session, actor: Actor, technology_id: str) -> TechnologyRow:
    """Return the row of a technology of the actor's organisation. Raises NotFound."""
    row = technology_row(session, technology_id)
    policy.check_is_own(actor, row.organisation_id)
    return row


def own_right(session: Session, actor: Actor, right_id: str) -> tuple[RightRow, TechnologyRow]:
    """Return a right of the actor's organisation, and its technology. Raises NotFound."""
    row = session.get(RightRow, right_id)
    if row is None:
        raise NotFound("There is no such right.")
    return row, own_row(session, actor, row.technology_id)


def right_rows(session: Session, technology_ids: Sequence[str]) -> list[RightRow]:
    """Return the rights of these technologies, oldest first."""
    query = select(RightRow).where(RightRow.technology_id.in_(technology_ids))
    return list(session.scalars(query.order_by(RightRow.created_at, RightRow.id)))


def rights_stating(session: Session, right: RightDraft, *, today: date) -> list[RightRow]:
    """Return the rights of all organisations with this office and number, published ones only, oldest first.

    Numbers are compared as offices write them; that of an application is another than the same one of a document.
    """
    query = select(RightRow).where(RightRow.office == right.office, RightRow.number.is_not(None))
    rows = session.scalars(query.order_by(RightRow.created_at, RightRow.id))
    wanted = number_key(right)
    stated = [(row, draft_of(row)) for row in rows]
    return [row for row, said in stated if number_key(said) == wanted and not said.has_secret_number(today)]


def rows_of(session: Session, organisation_id: str) -> list[TechnologyRow]:
    """Return an organisation's technologies, the last changed first."""
    query = select(TechnologyRow).where(TechnologyRow.organisation_id == organisation_id)
    return list(session.scalars(query.order_by(TechnologyRow.changed_at.desc(), TechnologyRow.id)))


def texts_of(session: Session, organisation_id: str) -> dict[str, str]:
    """Return what an organisation says of each of its technologies, drafts too: for its own people to find them by."""
    rows = rows_of(session, organisation_id)
    said = {
        row.id: [row.title, row.problem, row.summary, row.advantage_text, row.advantage_compared_with, *row.classes]
        for row in rows
    }
    for right in right_rows(session, list(said)):
        said[right.technology_id] += [right.title, right.number or ""]
    return {key: "\n".join(texts) for key, texts in said.items()}


def technology_of(session: Session, row: TechnologyRow, *, today: date) -> Technology:
    """Return a technology as its owner sees it."""
    return Technology(
        id=row.id,
        organisation_id=row.organisation_id,
        title=row.title,
        summary=row.summary,
        problem=row.problem,
        advantage=advantage_of(row),
        trl=row.trl,
        classes=tuple(row.classes),
        rights=tuple(right_of(right, today=today) for right in right_rows(session, [row.id])),
        created_at=row.created_at,
        created_by=row.created_by,
        changed_at=row.changed_at,
        revision=row.revision,
        stage=Stage(row.stage) if row.stage else None,
    )


def public_of(session: Session, row: TechnologyRow, *, organisation_name: str, today: date) -> PublicTechnology:
    """Return a technology as others may see it."""
    return PublicTechnology(
        id=row.id,
        organisation_id=row.organisation_id,
        organisation_name=organisation_name,
        title=row.title,
        summary=row.summary,
        problem=row.problem,
        advantage=advantage_of(row),
        trl=row.trl,
        classes=tuple(row.classes),
        rights=tuple(public_right_of(right, today=today) for right in right_rows(session, [row.id])),
        revision=row.revision,
        changed_at=row.changed_at,
        stage=Stage(row.stage) if row.stage else None,
    )


def lines_of(session: Session, rows: Sequence[TechnologyRow], titles: Sequence[Title]) -> list[TechnologyLine]:
    """Return technologies as lines of a list, in the order of the rows."""
    kinds: dict[str, list[RightKind]] = defaultdict(list)
    for right in right_rows(session, [row.id for row in rows]):
        kinds[right.technology_id].append(RightKind(right.kind))
    states: dict[str, list[TitleState]] = defaultdict(list)
    for title in titles:
        states[title.technology_id].append(title.state)
    return [
        TechnologyLine(
            id=row.id,
            title=row.title,
            trl=row.trl,
            right_kinds=tuple(kinds[row.id]),
            title_states=tuple(states[row.id]),
            changed_at=row.changed_at,
        )
        for row in rows
    ]


def fill(row: TechnologyRow, draft: Draft) -> None:
    """Put a checked draft into the row."""
    row.title, row.problem, row.summary = draft.title, draft.problem, draft.summary
    row.trl, row.stage, row.classes = draft.trl, draft.stage, list(draft.classes)
    row.advantage_text, row.advantage_unit = draft.advantage.text, draft.advantage.unit
    row.advantage_compared_with = draft.advantage.compared_with
    # As text: a database's numbers would drop the zeros that tell how exactly something was measured.
    row.advantage_number = None if draft.advantage.number is None else format(draft.advantage.number, "f")


def advantage_of(row: TechnologyRow) -> Advantage:
    """Return the advantage that the row states."""
    return Advantage(
        text=row.advantage_text,
        number=None if row.advantage_number is None else Decimal(row.advantage_number),
        unit=row.advantage_unit,
        compared_with=row.advantage_compared_with,
    )
