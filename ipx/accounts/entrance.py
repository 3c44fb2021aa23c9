"""Signing in, passwords, and the end of sessions. A password is hashed before the first look at the database:
hashing is slow on purpose, and nothing may be locked meanwhile.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ipx.accounts.events import PasswordChanged
from ipx.accounts.links import Links
from ipx.accounts.models import AttemptRow, LinkRow, PersonRow, SessionRow
from ipx.accounts.rules import (
    ATTEMPTS,
    ATTEMPTS_MINUTES,
    PASSWORD_LINKS,
    PASSWORD_LONGEST,
    Purpose,
    check_password,
    same_address,
)
from ipx.core.errors import Forbidden

WRONG = "The e-mail address or the password is wrong."
LINKS_KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Claim:
    """Somebody says to be this person; ``stored`` is the hash to compare with, None when there is nobody."""

    address: str
    stored: str | None


@dataclass(frozen=True)
class Answer:
    """Whether the password fits a claim; ``renewed`` is a stronger hash of it where ours is of an older kind."""

    claim: Claim
    fits: bool
    renewed: str | None


class Entrance(Links):
    """Signing in."""

    def authenticate(self, session: Session, *, email: str, password: str) -> str:
        """Do all of signing in at once: ``claim``, ``compare``, ``admit``. A page does them one by one."""
        return self.admit(session, answer=self.compare(self.claim(session, email=email), password))

    def claim(self, session: Session, *, email: str) -> Claim:
        """Look up what a password has to fit. Raises Forbidden after too many failures; reads only."""
        address = same_address(email)
        self._refuse_flood(session.get(AttemptRow, _hash(address)))
        return Claim(address, session.scalar(select(PersonRow.password_hash).where(PersonRow.email == address)))

    def compare(self, claim: Claim, password: str) -> Answer:
        """Compare; slow, so call it with no transaction open. Takes as long for a person who does not exist."""
        password = password[: PASSWORD_LONGEST + 1]
        fits = self._passwords.verify(claim.stored, password)
        is_outdated = fits and claim.stored is not None and self._passwords.is_outdated(claim.stored)
        return Answer(claim, fits, self._passwords.hash(password) if is_outdated else None)

    def admit(self, session: Session, *, answer: Answer) -> str:
        """Return the person's id. Raises Forbidden with one text for every reason, but an unverified address.

        Commit also when it raises: the failure is counted.
        """
        address = answer.claim.address
        attempts = session.get(AttemptRow, _hash(address), with_for_update=True)
        self._refuse_flood(attempts)
        person = self._person_of(session, address)
        if not answer.fits or person is None or person.password_hash != answer.claim.stored:
            self._count_failure(session, attempts, address)
            raise Forbidden(WRONG)
        if person.verified_at is None:
            raise Forbidden(
                "This address is not verified yet: open the link in the mail we sent, or ask for a new one."
            )
        if attempts is not None:
            session.delete(attempts)
        person.password_hash = answer.renewed or person.password_hash
        self._record_person(session, "account:session:opened", person.id)
        return person.id

    def verify_email(self, session: Session, *, token: str) -> str:
        """Use a verification link; return the person's id. Raises Invalid when it is used up, old or wrong."""
        person = self._use_link(session, token, {Purpose.VERIFY})
        person.verified_at = self._clock.now()
        self._record_person(session, "account:email:verified", person.id)
        return person.id

    def set_password(self, session: Session, *, token: str, password: str) -> str:
        """Use a link to set a password; ends every session of the person and every other link. Raises Invalid."""
        check_password(password, email="")
        hashed = self._passwords.hash(password)
        person = self._use_link(session, token, PASSWORD_LINKS)
        check_password(password, email=person.email)
        person.password_hash = hashed
        person.verified_at = person.verified_at or self._clock.now()
        self._void_links(session, person.id)
        self._forget_attempts(session, person.email)
        self._end_sessions(session, person.id)
        self._record_person(session, "account:password:changed", person.id)
        self._events.publish(session, PasswordChanged(person.id))
        return person.id

    def end_sessions(self, session: Session, *, person_id: str) -> None:
        """End every session of a person, as when a machine was lost."""
        self._end_sessions(session, person_id)
        self._record_person(session, "account:session:all_ended", person_id)

    def forget_old(self, session: Session) -> None:
        """Delete what has lost its meaning: old links, and failures that do not count any more."""
        now = self._clock.now()
        session.execute(delete(LinkRow).where(LinkRow.expires_at < now - LINKS_KEPT))
        session.execute(delete(AttemptRow).where(AttemptRow.since < now - timedelta(minutes=ATTEMPTS_MINUTES)))

    def _end_sessions(self, session: Session, person_id: str) -> None:
        mine = SessionRow.person_id == person_id
        session.execute(update(SessionRow).where(mine).values(expires_at=self._clock.now()))

    def _refuse_flood(self, attempts: AttemptRow | None) -> None:
        if attempts is not None and attempts.failures >= ATTEMPTS and self._counts(attempts):
            raise Forbidden(
                f"Too many wrong passwords for this address. Wait {ATTEMPTS_MINUTES} minutes, or choose a new password."
            )

    def _counts(self, attempts: AttemptRow) -> bool:
        return attempts.since > self._clock.now() - timedelta(minutes=ATTEMPTS_MINUTES)

    def _count_failure(self, session: Session, attempts: AttemptRow | None, address: str) -> None:
        if attempts is None:
            attempts = AttemptRow(address_hash=_hash(address), failures=0, since=self._clock.now())
            session.add(attempts)
        elif not self._counts(attempts):
            attempts.failures, attempts.since = 0, self._clock.now()
        attempts.failures += 1
        session.flush()

    def _forget_attempts(self, session: Session, address: str) -> None:
        session.execute(delete(AttemptRow).where(AttemptRow.address_hash == _hash(address)))


def _hash(address: str) -> str:
    """Return the name under which failures are counted: people mistype, and strangers' addresses are not kept."""
    return hashlib.sha256(f"ipx/attempt/{address}".encode()).hexdigest()
