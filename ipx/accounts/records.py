"""What the room hands out: frozen facts about people, organisations and accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ipx.accounts.rules import Role
from ipx.audit.service import By


@dataclass(frozen=True)
class Account:
    """A custodial on-chain account; ``address`` is checksummed (EIP-55)."""

    id: str
    organisation_id: str
    address: str


@dataclass(frozen=True)
class Organisation:
    """An organisation as others may see it."""

    id: str
    name: str
    country: str | None
    is_demo: bool


@dataclass(frozen=True)
class Actor:
    """Who is asking: a signed-in person acting for an organisation, with roles there."""

    person_id: str
    name: str
    email: str
    organisation_id: str
    organisation_name: str
    roles: frozenset[str]
    unread_notices: int = 0
    is_operator: bool = False  # one whom the settings name: runs the exchange itself
    language: str | None = None  # in which mails are written, as ``web.languages`` names it; None is English

    @property
    def by(self) -> By:
        """Return the actor as the audit log names him."""
        return By(person_id=self.person_id, organisation_id=self.organisation_id)

    def has(self, *roles: Role) -> bool:
        """Tell whether the actor holds any of the roles."""
        return any(role in self.roles for role in roles)


@dataclass(frozen=True)
class Member:
    """A person of an organisation and the roles held there."""

    person_id: str
    name: str
    email: str
    roles: frozenset[str]
    is_verified: bool


@dataclass(frozen=True)
class Token:
    """A token as its person sees it later: never the token itself. ``last_used_at`` is right to five minutes."""

    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class NewToken:
    """A token that was just made; ``secret`` is shown once and then known to its person alone."""

    id: str
    secret: str


@dataclass(frozen=True)
class TokenUse:
    """Whom a valid token acts for; ``is_noted``: its use was written down lately."""

    token_id: str
    actor: Actor
    is_noted: bool


@dataclass(frozen=True)
class Rotation:
    """A rotation of keys: an organisation's, or with no ``organisation_id`` the root key's.

    ``target``: the new generation of the organisation's key, or the id of the new root key. ``total`` values were there
    when it began, ``done`` are wrapped anew.
    """

    id: str
    organisation_id: str | None
    target: str
    total: int
    done: int
    began_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class KeysOverview:
    """How the keys are: id of the root key in use, how many organisation keys there are and how many of them another
    root key wraps still, and the newest rotations."""

    root_key: str
    organisation_keys: int
    under_other_root_keys: int
    rotations: Sequence[Rotation]
