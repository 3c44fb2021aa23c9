"""Bearer tokens (RFC 6750): by one, a program acts for a person at the API. Only their hashes are stored."""

import hmac
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.models import TokenRow
from ipx.accounts.people import People
from ipx.accounts.records import NewToken, Token, TokenUse
from ipx.accounts.room import hash_token
from ipx.accounts.rules import TOKEN_PREFIX, TOKENS_EACH, clean_name, same_address
from ipx.audit.service import By
from ipx.core.errors import Conflict, NotFound

USE_NOTED_EVERY = timedelta(minutes=5)


class Tokens(People):
    """Making, using and revoking tokens."""

    def create_token(self, session: Session, *, person_id: str, name: str, by: By | None = None) -> NewToken:
        """Make a token for a person; it acts for the person's organisation, with the roles held there at the time of
        use. Raises Invalid, Conflict (too many, or no organisation)."""
        name = clean_name(name, field="name")
        actor = self.actor(session, person_id)
        if actor is None:
            raise Conflict("A person without an organisation can have no token.")
        self.hold(session, organisation_id=actor.organisation_id)
        if sum(token.revoked_at is None for token in self.tokens_of(session, person_id=person_id)) >= TOKENS_EACH:
            raise Conflict(f"{TOKENS_EACH} tokens are enough; revoke one that is not used any more.")
        secret = TOKEN_PREFIX + self._entropy.token(32).hex()
        row = TokenRow(
            id=self._entropy.new_id(),
            token_hash=hash_token(secret),
            person_id=person_id,
            organisation_id=actor.organisation_id,
            name=name,
            created_at=self._clock.now(),
        )
        session.add(row)
        session.flush()
        self._record_person(session, "account:token:made", person_id, by=by, details={"token": row.id})
        return NewToken(row.id, secret)

    def tokens_of(self, session: Session, *, person_id: str) -> list[Token]:
        """Return a person's tokens, newest first, the revoked ones too."""
        query = select(TokenRow).where(TokenRow.person_id == person_id)
        rows = session.scalars(query.order_by(TokenRow.created_at.desc(), TokenRow.id))
        return [Token(row.id, row.name, row.created_at, row.last_used_at, row.revoked_at) for row in rows]

    def revoke_token(self, session: Session, *, person_id: str, token_id: str, by: By | None = None) -> None:
        """End a token now. Harmless when it has ended. Raises NotFound."""
        row = session.get(TokenRow, token_id, with_for_update=True)
        if row is None or row.person_id != person_id:
            raise NotFound("There is no such token.")
        if row.revoked_at is None:
            row.revoked_at = self._clock.now()
            self._record_person(session, "account:token:revoked", person_id, by=by, details={"token": token_id})

    def use_token(self, session: Session, secret: str) -> TokenUse | None:
        """Return whom a token acts for; None when it is unknown, revoked, or its person has left the organisation.

        Looked up by the hash of a random secret, so how long it takes tells nothing about any other token. Reads only.
        """
        hashed = hash_token(secret)
        row = session.scalar(select(TokenRow).where(TokenRow.token_hash == hashed))
        if row is None or not hmac.compare_digest(row.token_hash, hashed) or row.revoked_at is not None:
            return None
        actor = self.actor(session, row.person_id)
        if actor is None or actor.organisation_id != row.organisation_id:
            return None
        last, now = row.last_used_at, self._clock.now()
        return TokenUse(row.id, actor, last is not None and timedelta() <= now - last < USE_NOTED_EVERY)

    def note_token_use(self, session: Session, *, token_id: str) -> None:
        """Write down that a token was used."""
        session.get_one(TokenRow, token_id).last_used_at = self._clock.now()

    def person_by_email(self, session: Session, email: str) -> str:
        """Return the id of a person whose address is verified, for the operator. Raises NotFound."""
        person = self._person_of(session, same_address(email))
        if person is None or person.verified_at is None:
            raise NotFound("Nobody with this e-mail address can sign in.")
        return person.id
