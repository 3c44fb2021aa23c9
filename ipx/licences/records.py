"""What the room hands out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ipx.core.typed_data import ZERO_ADDRESS
from ipx.licences.rules import State, months_later
from ipx.licences.terms_v2.grant import EndEvent
from ipx.licences.terms_v2.terms import LicenceTerms


@dataclass(frozen=True)
class Reservation:
    """What somebody may still call for on terms that were agreed before, such as by the option of an award.

    It counts as an option for these terms, from ``begins`` until it ends; ``link``: its page for the owner, ours.
    """

    id: str
    technology_id: str
    holder: str
    terms: LicenceTerms
    begins: datetime
    ends: datetime
    link: str


@dataclass(frozen=True)
class Licence:
    """One licence as its two parties see it. ``token`` is its id in LicenceRegistry, 0x and 64 hex digits.

    ``authority``: the account that both signed in to change its status, zeros where none; ``published_end``: the end
    that the chain was told, in Unix seconds, 0 where none; ``is_converted``: it is non-exclusive by now;
    ``was_handed_on``: its licensee is not the one who signed.
    """

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
    authority: str = ZERO_ADDRESS
    is_published: bool = False
    published_end: int = 0
    is_converted: bool = False
    renewed_to: datetime | None = None
    was_handed_on: bool = False

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
        renewal = self.terms.term.renewal
        return None if renewal is not None and renewal.auto else self.term_ends_at

    @property
    def term_ends_at(self) -> datetime | None:
        """The same of the term that runs now, also where it may prolong itself then."""
        term, begins = self.terms.term, self.begins_at
        if self.renewed_to is not None:
            return self.renewed_to
        if self.activated_at is None or begins is None:
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
class Licensee:
    """Who holds a licence from now on. ``address``: the account that holds it on the chain."""

    organisation_id: str
    name: str
    address: str


@dataclass(frozen=True)
class LicenceChange:
    """What changes about a licence in force; None leaves a thing as it is."""

    state: State | None = None
    is_converted: bool | None = None
    licensee: Licensee | None = None
    renewed_to: datetime | None = None


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
