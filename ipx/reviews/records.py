"""What the room hands out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ipx.accounts.records import Actor
from ipx.audit.service import By
from ipx.history.policy import REVIEWER
from ipx.reviews.rules import Capacity


@dataclass(frozen=True)
class Review:
    """Somebody from outside may look at records until ``ends_at``.

    ``technology_ids`` is None for the whole organisation. ``person_id`` is known once the person has looked first.
    """

    id: str
    organisation_id: str
    organisation_name: str
    email: str
    person_id: str | None
    capacity: Capacity
    technology_ids: frozenset[str] | None
    reason: str
    granted_by: str
    granted_at: datetime
    ends_at: datetime
    revoked_at: datetime | None

    def is_open(self, now: datetime) -> bool:
        """Tell whether it may be used now."""
        return self.revoked_at is None and now < self.ends_at

    def covers(self, technology_id: str) -> bool:
        """Tell whether a technology of the organisation is among what may be looked at."""
        return self.technology_ids is None or technology_id in self.technology_ids

    @property
    def last_day(self) -> datetime:
        """The last day, as a moment in it (UTC)."""
        return self.ends_at - timedelta(seconds=1)


@dataclass(frozen=True)
class Look:
    """Somebody looked. ``technology_id`` is None where it was about all that is covered."""

    at: datetime
    page: str
    technology_id: str | None


@dataclass(frozen=True)
class ProofLine:
    """A time stamp of a document or a disclosure: what it is called in the history, and how far it is."""

    stamp_id: str
    name: str
    state: str
    block: int | None


@dataclass(frozen=True)
class Reviewer(Actor):
    """A reviewer as the room of history knows him, for one call: he sees the records of the organisation that let him
    in, and acts in the name of his own. It must never become the actor of a request."""

    own_organisation_id: str = ""

    @property
    def by(self) -> By:
        """Return the reviewer as the audit log names him: of his own organisation."""
        return By(person_id=self.person_id, organisation_id=self.own_organisation_id)

    @classmethod
    def of(cls, actor: Actor, review: Review) -> "Reviewer":
        """Return a person as the reviewer of an organisation."""
        return cls(
            person_id=actor.person_id,
            name=actor.name,
            email=actor.email,
            organisation_id=review.organisation_id,
            organisation_name=review.organisation_name,
            roles=frozenset({REVIEWER}),
            own_organisation_id=actor.organisation_id,
        )
