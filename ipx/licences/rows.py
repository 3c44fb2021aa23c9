"""Licences between their table and the frozen form that the room hands out. Decides nothing."""

from typing import Any

from ipx.licences.models import LicenceRow
from ipx.licences.records import Licence
from ipx.licences.rules import State
from ipx.licences.terms_v2.versions import read_any


def licence_of(row: LicenceRow) -> Licence:
    """Return a licence."""
    values: dict[str, Any] = {
        name: getattr(row, name)
        for name in (
            "id",
            "agreement_id",
            "technology_id",
            "technology_title",
            "licensor_id",
            "licensor_name",
            "licensee_id",
            "licensee_name",
            "token",
            "transaction_id",
            "created_at",
            "activated_at",
            "refused",
            "is_converted",
            "renewed_to",
        )
    }
    return Licence(
        **values,
        was_handed_on=row.holder is not None,
        holder=row.holder or row.message["holder"],
        titles=tuple(row.message["titles"]),
        authority=row.message["authority"],
        is_published=any(int(row.message[name]) for name in ("exclusivity", "start", "end")),
        published_end=int(row.message["end"]),
        terms=read_any(row.terms),
        state=State(row.state),
    )
