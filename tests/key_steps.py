"""Steps that the tests of keys share."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ipx.accounts.models import OldKeyRow, OrganisationRow
from ipx.accounts.service import AccountService, KeyRotations, Rotation
from ipx.core.errors import ExchangeError
from ipx.wiring import Exchange

Place = tuple[str, str]


def rotations_of(exchange: Exchange) -> KeyRotations:
    found = exchange.services[KeyRotations]
    assert isinstance(found, KeyRotations)
    return found


def accounts_of(exchange: Exchange) -> AccountService:
    found = exchange.services[AccountService]
    assert isinstance(found, AccountService)
    return found


def wrapped_of(exchange: Exchange, session: Session, organisation_id: str) -> dict[Place, tuple[bytes, str]]:
    """Everything that an organisation's key wraps: by column and row, what is stored and its context."""
    return {
        (str(column.value), value.key): (value.wrapped, value.context)
        for column in rotations_of(exchange).columns
        for value in column.page(session, organisation_id, after="", limit=100_000)
    }


def secrets_of(exchange: Exchange, organisation_id: str) -> dict[Place, bytes]:
    """The same, opened as the rooms do."""
    accounts = accounts_of(exchange)
    with exchange.database.read() as session:
        return {
            place: accounts.unwrap(session, organisation_id=organisation_id, wrapped=wrapped, context=context)
            for place, (wrapped, context) in wrapped_of(exchange, session, organisation_id).items()
        }


def readable_states(exchange: Exchange, organisation_id: str) -> dict[Place, int]:
    """Return under how many of the organisation's keys each value opens, present and old, by trying each."""
    keys = exchange.outside.keys
    with exchange.database.read() as session:
        old = session.get(OldKeyRow, organisation_id)
        present = session.get_one(OrganisationRow, organisation_id)
        mine = [present.wrapped_key] + ([old.wrapped_key] if old else [])
        values = wrapped_of(exchange, session, organisation_id)
    counts = dict.fromkeys(values, 0)
    for place, (wrapped, context) in values.items():
        for key in mine:
            try:
                keys.unwrap(organisation_id, key, wrapped, context=context)
                counts[place] += 1
            except ExchangeError:
                continue
    return counts


def rotate(exchange: Exchange, organisation_id: str, rotations: KeyRotations | None = None) -> Rotation:
    """Give an organisation a new key, to the end."""
    rotations = rotations or rotations_of(exchange)
    with exchange.database.write() as session:
        rotation = rotations.begin_organisation(session, organisation_id=organisation_id)
    return to_the_end(rotations, rotation)


def to_the_end(rotations: KeyRotations, rotation: Rotation) -> Rotation:
    while rotation.ended_at is None:
        rotation = rotations.advance(rotation.id)
    return rotation
