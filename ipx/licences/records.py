"""What the room hands out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ipx.licences.rules import State, months_later
from ipx.licences.terms_v2.grant import EndEvent
from ipx.licences.terms_v2.terms import LicenceTerms


@dataclass(frozen=True)
class Licence:
    """One licence as its two parties see it. ``token`` is its id in LicenceRegistry, 0x and 64 hex digits."""

    id: str
    agreement_id: str
    technology_id: str
    technology_title: str
    licensor_id: str
    licensor_name: str
    licensee_id: str
    licensee_name: str
    holder: str
    token: str
    titles: Sequence[str]
    terms: LicenceTerms
    state: State
    transaction_id: str
    created_at: datetime
    activated_at: datetime | None
    refused: str | None

    @property
    def begins_at(self) -> datetime | None:
        """The agreed first day (UTC), else the moment at which the licence became active; None before that."""
        if self.terms.term.start.date is not None:
            return _midnight(self.terms.term.start.date)
        return self.activated_at

    @property
    def ends_at(self) -> datetime | None:
        """The first moment after the term; None before the licence is active, and where the end is no matter of time.

        A term that prolongs itself has no end of its own.
        """
        term, begins = self.terms.term, self.begins_at
        if self.activated_at is None or begins is None or (term.renewal is not None and term.renewal.auto):
            return None
        if term.end.event is EndEvent.DATE and term.end.date is not None:
            return _midnight(term.end.date + timedelta(days=1))
        return months_later(begins, term.end.months) if term.end.months is not None else None

    def is_over(self, now: datetime) -> bool:
        """Tell whether its term has run out."""
        return self.ends_at is not None and self.ends_at <= now


@dataclass(frozen=True)
class Grant:
    """All that is needed to issue a licence: what both signed, and both signatures.

    ``terms``: as they stand in the agreement, of either version.
    """

    agreement_id: str
    technology_id: str
    technology_title: str
    licensor_id: str
    licensor_name: str
    licensee_id: str
    licensee_name: str
    message: dict[str, object]
    licensor_signature: bytes
    licensee_signature: bytes
    terms: Mapping[str, Any]


@dataclass(frozen=True)
class Decision:
    """A named person's decision that terms can be granted although it was undecided beside ``causes`` (ids)."""

    id: str
    technology_id: str
    causes: Sequence[str]
    reason: str
    person_name: str
    decided_at: datetime


@dataclass(frozen=True)
class DeclaredAgreement:
    """An agreement made elsewhere, as its owner declared it. ``rights``: ids; empty means all of the technology."""

    id: str
    technology_id: str
    holder: str
    terms: LicenceTerms
    rights: Sequence[str]
    is_own_use: bool
    declared_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class DeclaredDraft:
    """What a person states about an agreement made elsewhere."""

    holder: str
    terms: LicenceTerms
    rights: Sequence[str] = ()
    is_own_use: bool = False


@dataclass(frozen=True)
class Statement:
    """Who stated, and when, that all agreements made elsewhere are declared; ``entries``: how many there were."""

    owner_name: str
    entries: int
    stated_at: datetime


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
