"""Links in mails: keys to one act of one person, for a while, once. Only their hashes are stored."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ipx.accounts.events import LinkIssued
from ipx.accounts.models import LinkRow, OrganisationRow, PersonRow
from ipx.accounts.room import AccountRoom, hash_token
from ipx.accounts.rules import LINK_HOURS, LINKS_AN_HOUR, PASSWORD_LINKS, Purpose, same_address
from ipx.core.errors import Invalid


class Links(AccountRoom):
    """Issuing and using links."""

    def send_link(self, session: Session, *, email: str, purpose: Purpose) -> None:
        """Send a link if the address has an account; say nothing either way. A few an hour at most."""
        person = self._person_of(session, same_address(email))
        if person is None or (purpose is Purpose.VERIFY and person.verified_at is not None):
            return
        if self._issued_lately(session, person.id, purpose) < LINKS_AN_HOUR:
            self._issue(session, person, purpose)

    def check_link(self, session: Session, *, token: str, purposes: Collection[Purpose]) -> Purpose:
        """Return what an unused link is for. Raises Invalid when it is used up, old, wrong or for something else."""
        return Purpose(self._link_row(session, token, purposes).purpose)

    def _issue(self, session: Session, person: PersonRow, purpose: Purpose) -> None:
        token = self._entropy.token(32).hex()
        session.add(
            LinkRow(
                token_hash=hash_token(token),
                purpose=purpose,
                person_id=person.id,
                expires_at=self._clock.now() + timedelta(hours=LINK_HOURS[purpose]),
                used_at=None,
            )
        )
        memberships = self._memberships(session, person.id)
        organisation = session.get(OrganisationRow, memberships[0].organisation_id) if memberships else None
        issued = LinkIssued(
            person_id=person.id,
            email=person.email,
            name=person.name,
            purpose=purpose,
            token=token,
            organisation_name=organisation.name if organisation else "",
        )
        self._events.publish(session, issued)

    def _use_link(self, session: Session, token: str, purposes: Collection[Purpose]) -> PersonRow:
        row = self._link_row(session, token, purposes, lock=True)
        row.used_at = self._clock.now()
        return session.get_one(PersonRow, row.person_id)

    def _link_row(self, session: Session, token: str, purposes: Collection[Purpose], *, lock: bool = False) -> LinkRow:
        row = session.get(LinkRow, hash_token(token), with_for_update=lock or None)
        now = self._clock.now()
        if row is None or row.purpose not in purposes or row.used_at is not None or row.expires_at <= now:
            raise Invalid("This link has been used already or is too old. Ask for a new one.")
        return row

    def _void_links(self, session: Session, person_id: str, purposes: Collection[Purpose] = tuple(Purpose)) -> None:
        """Make every open link of a person useless."""
        query = update(LinkRow).where(LinkRow.person_id == person_id, LinkRow.used_at.is_(None))
        session.execute(query.where(LinkRow.purpose.in_(purposes)).values(used_at=self._clock.now()))

    def _has_open_link(self, session: Session, person_id: str) -> bool:
        query = select(LinkRow.token_hash).where(
            LinkRow.person_id == person_id,
            LinkRow.purpose.in_((*PASSWORD_LINKS, Purpose.VERIFY)),
            LinkRow.used_at.is_(None),
            LinkRow.expires_at > self._clock.now(),
        )
        return session.scalar(query.limit(1)) is not None

    def _issued_lately(self, session: Session, person_id: str, purpose: Purpose) -> int:
        an_hour_ago = self._clock.now() - timedelta(hours=1)
        query = select(func.count()).where(
            LinkRow.person_id == person_id,
            LinkRow.purpose == purpose,
            LinkRow.expires_at > an_hour_ago + timedelta(hours=LINK_HOURS[purpose]),
        )
        return session.scalar(query) or 0
