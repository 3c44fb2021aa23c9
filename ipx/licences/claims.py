"""What our table says about grants on the chain, row by row, for whoever compares it with the chain itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.licences.models import LicenceRow


@dataclass(frozen=True)
class LicenceClaim:
    """One row. ``message``: the EIP-712 Grant that both signed; ``terms``: as JSON; ``holder``: since it was handed on;
    ``state``: as it is written there, which need not be one that there is."""

    id: str
    agreement_id: str
    technology_id: str
    technology_title: str
    licensor_id: str
    licensor_name: str
    licensee_id: str
    licensee_name: str
    token: str
    message: Mapping[str, Any]
    licensor_signature: bytes
    licensee_signature: bytes
    terms: Mapping[str, Any]
    state: str
    transaction_id: str
    created_at: datetime
    activated_at: datetime | None
    is_converted: bool
    holder: str | None


def licence_claims(session: Session) -> Iterator[LicenceClaim]:
    """Return every row in the order of issue."""
    names = list(LicenceClaim.__dataclass_fields__)
    for row in session.scalars(select(LicenceRow).order_by(LicenceRow.created_at, LicenceRow.id)):
        yield LicenceClaim(**{name: getattr(row, name) for name in names})
