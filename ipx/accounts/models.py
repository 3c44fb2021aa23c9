"""Tables of people, organisations, their keys and sessions."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class OrganisationRow(Base):
    """An institute or a company; ``wrapped_key`` is its present key, wrapped by a root key."""

    __tablename__ = "accounts_organisations"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    country: Mapped[str | None]
    is_demo: Mapped[bool] = mapped_column(default=False)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


class OldKeyRow(Base):
    """The key that an organisation had before, kept only until nothing is wrapped by it any more."""

    __tablename__ = "accounts_old_keys"

    organisation_id: Mapped[str] = mapped_column(ForeignKey("accounts_organisations.id"), primary_key=True)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    replaced_at: Mapped[datetime]


class RootKeyRow(Base):
    """Which root key (id in hex) wraps new organisation keys, whatever a process was started with: one row."""

    __tablename__ = "accounts_root_key"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    root: Mapped[str]


class RotationRow(Base):
    """A rotation of keys: of an organisation's (``target``: the new generation) or the root key's (``target``: its id).

    ``open_key`` is there until it has ended, and lets there be one of a kind at a time. ``place`` and ``after`` say
    where the next page begins: in which column, after which key. ``mover`` is the process that moved it last.
    """

    __tablename__ = "accounts_rotations"

    id: Mapped[str] = mapped_column(primary_key=True)
    open_key: Mapped[str | None] = mapped_column(unique=True)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("accounts_organisations.id"))
    target: Mapped[str]
    total: Mapped[int]
    done: Mapped[int]
    place: Mapped[int]
    after: Mapped[str]
    mover: Mapped[str]
    moved_at: Mapped[datetime]
    began_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]


class PersonRow(Base):
    """A person who can sign in once the address is verified; ``language`` None: no page spoke another than English."""

    __tablename__ = "accounts_people"

    id: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    verified_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    language: Mapped[str | None]


class MembershipRow(Base):
    """One role of a person in an organisation."""

    __tablename__ = "accounts_memberships"

    person_id: Mapped[str] = mapped_column(ForeignKey("accounts_people.id"), primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("accounts_organisations.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]


class ChainAccountRow(Base):
    """A custodial on-chain account; ``purpose`` is ``organisation`` or the agreement it was made for."""

    __tablename__ = "accounts_chain_accounts"

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("accounts_organisations.id"))
    purpose: Mapped[str]
    address: Mapped[str] = mapped_column(unique=True)
    wrapped_private_key: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("organisation_id", "purpose"),)


class LinkRow(Base):
    """A link sent by mail, kept only as the hash of its token; works once."""

    __tablename__ = "accounts_links"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    person_id: Mapped[str] = mapped_column(ForeignKey("accounts_people.id"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class AttemptRow(Base):
    """How often a wrong password was given for an address lately; the address is kept as a hash only."""

    __tablename__ = "accounts_attempts"

    address_hash: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    since: Mapped[datetime]


class SessionRow(Base):
    """A signed-in browser's session, kept only as the hash of its cookie."""

    __tablename__ = "accounts_sessions"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("accounts_people.id"), index=True)
    data: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class TokenRow(Base):
    """A key by which a program acts for a person at the API, kept only as its hash."""

    __tablename__ = "accounts_tokens"

    id: Mapped[str] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("accounts_people.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("accounts_organisations.id"))
    name: Mapped[str]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
