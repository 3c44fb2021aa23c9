"""Organisations and the people in them: joining, roles, leaving."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ipx.accounts.entrance import Entrance
from ipx.accounts.events import PersonJoined
from ipx.accounts.keys import ORGANISATION_ACCOUNT, Keys
from ipx.accounts.models import MembershipRow, OrganisationRow, PersonRow
from ipx.accounts.records import Actor, Member, Organisation
from ipx.accounts.rules import LINKS_AN_HOUR, Purpose, Role, check_password, clean_email, clean_name, same_address
from ipx.audit.service import By
from ipx.core.errors import Conflict, Invalid, NotFound

FOUNDERS_ROLES = (Role.OWNER, Role.RESEARCHER, Role.LICENSING_MANAGER)


class People(Entrance, Keys):
    """People and organisations."""

    # ── signing up ───────────────────────────────────────────────────────────────────────────────

    def sign_up(
        self,
        session: Session,
        *,
        email: str,
        name: str,
        password: str,
        organisation_name: str,
        country: str | None = None,
        roles: Sequence[Role] = FOUNDERS_ROLES,
        is_demo: bool = False,
        language: str | None = None,
    ) -> str:
        """Create a person with an organisation of his own and send the verification link. Returns the person's id.

        Raises Invalid, Conflict (the address has an account; a page must not say so, see ``remind``).
        """
        email, name = clean_email(email), clean_name(name, field="name")
        organisation_name = clean_name(organisation_name, field="organisation_name")
        check_password(password, email=email)
        hashed = self._passwords.hash(password)  # before the first statement: it takes long, and nothing is locked yet
        person = self._new_person(session, email=email, name=name, password_hash=hashed, language=language)
        organisation_id = self.create_organisation(session, name=organisation_name, country=country, is_demo=is_demo)
        self._join(session, person_id=person.id, organisation_id=organisation_id, roles=roles)
        self._issue(session, person, Purpose.VERIFY)
        return person.id

    def remind(self, session: Session, *, email: str) -> None:
        """Tell a person by mail, and nobody else, that there is an account already, and how to get in."""
        person = self._person_of(session, clean_email(email), lock=True)
        if person is None:
            return
        purpose = Purpose.FINISH if person.verified_at is None else Purpose.REMIND
        if self._issued_lately(session, person.id, purpose) >= LINKS_AN_HOUR:
            return
        if purpose is Purpose.FINISH:  # whoever owns the address chooses the password, not whoever was quicker
            self._void_links(session, person.id, {Purpose.VERIFY, Purpose.FINISH})
        self._issue(session, person, purpose)

    def create_organisation(self, session: Session, *, name: str, country: str | None, is_demo: bool = False) -> str:
        """Create an organisation with its key and its on-chain account; return its id."""
        organisation_id = self._entropy.new_id()
        session.add(
            OrganisationRow(
                id=organisation_id,
                name=clean_name(name, field="organisation_name"),
                country=country,
                is_demo=is_demo,
                wrapped_key=self._new_key(session, organisation_id),
                created_at=self._clock.now(),
            )
        )
        session.flush()
        self.create_account(session, organisation_id=organisation_id, purpose=ORGANISATION_ACCOUNT)
        self._audit.record(
            session,
            action="account:organisation:created",
            by=By(organisation_id=organisation_id),
            subject_kind="organisation",
            subject_id=organisation_id,
        )
        return organisation_id

    # ── members ──────────────────────────────────────────────────────────────────────────────────

    def add_member(
        self,
        session: Session,
        *,
        by: By,
        organisation_id: str,
        email: str,
        name: str,
        roles: Sequence[Role],
        password: str | None = None,
        language: str | None = None,
    ) -> str:
        """Add a person to an organisation; he gets an invitation by mail to choose a password.

        ``language``: of whoever invites him, until a page speaks another with him.
        """
        email, name = clean_email(email), clean_name(name, field="name")
        if not roles:
            raise Invalid("Choose at least one role.", field="roles")
        hashed = self._passwords.hash(password or self._entropy.token(32).hex())
        person = self._person_of(session, email, lock=True)
        if person is None or self._is_abandoned(session, person):
            person = self._new_person(session, email=email, name=name, password_hash=hashed, language=language)
        elif self._memberships(session, person.id):
            raise Conflict("This person already belongs to an organisation on this exchange.")
        self._join(session, person_id=person.id, organisation_id=organisation_id, roles=roles, by=by)
        if password is None:
            self._issue(session, person, Purpose.INVITE)
        return person.id

    def set_roles(
        self, session: Session, *, by: By, organisation_id: str, person_id: str, roles: Sequence[Role]
    ) -> None:
        """Replace a member's roles, from the next request on. Raises NotFound, Invalid, Conflict (the last owner)."""
        if not roles:
            raise Invalid("Choose at least one role.", field="roles")
        self._refuse_last_owner(session, organisation_id, person_id, stays_owner=Role.OWNER in roles)
        self._delete_memberships(session, person_id, organisation_id)
        self._add_roles(session, person_id, organisation_id, roles, by)

    def remove_member(self, session: Session, *, by: By, organisation_id: str, person_id: str) -> None:
        """Take a person out of an organisation and end his sessions. Raises NotFound, Conflict (the last owner)."""
        self._refuse_last_owner(session, organisation_id, person_id, stays_owner=False)
        self._delete_memberships(session, person_id, organisation_id)
        self._void_links(session, person_id)
        self._end_sessions(session, person_id)
        details = {"organisation": organisation_id}
        self._record_person(session, "account:member:removed", person_id, by=by, details={**details})

    def rename(self, session: Session, *, person_id: str, name: str) -> None:
        """Change how a person is called. What was signed before keeps the old name. Raises Invalid."""
        session.get_one(PersonRow, person_id).name = clean_name(name, field="name")
        self._record_person(session, "account:name:changed", person_id)

    def prefer_language(self, session: Session, *, person_id: str, language: str) -> None:
        """Keep in which language the person reads, for mails."""
        session.get_one(PersonRow, person_id).language = language
        self._record_person(session, "account:language:changed", person_id, details={"language": language})

    def language_of(self, session: Session, *, email: str) -> str | None:
        """Return in which language the person with this address reads; None where nobody knows."""
        return session.scalar(select(PersonRow.language).where(PersonRow.email == same_address(email)))

    def members(self, session: Session, organisation_id: str) -> list[Member]:
        """Return an organisation's people, by name."""
        query = (
            select(PersonRow, MembershipRow.role)
            .join(MembershipRow, MembershipRow.person_id == PersonRow.id)
            .where(MembershipRow.organisation_id == organisation_id)
            .order_by(PersonRow.name, PersonRow.id)
        )
        found: dict[str, tuple[PersonRow, set[str]]] = {}
        for person, role in session.execute(query):
            found.setdefault(person.id, (person, set()))[1].add(role)
        return [
            Member(person.id, person.name, person.email, frozenset(roles), person.verified_at is not None)
            for person, roles in found.values()
        ]

    def member(self, session: Session, *, organisation_id: str, person_id: str) -> Member:
        """Return one of an organisation's people. Raises NotFound."""
        found = next((m for m in self.members(session, organisation_id) if m.person_id == person_id), None)
        if found is None:
            raise NotFound("This person is no member of your organisation.")
        return found

    # ── who is who ───────────────────────────────────────────────────────────────────────────────

    def organisation(self, session: Session, organisation_id: str) -> Organisation:
        """Return an organisation. Raises NotFound."""
        row = self._organisation_row(session, organisation_id)
        return Organisation(id=row.id, name=row.name, country=row.country, is_demo=row.is_demo)

    def hold(self, session: Session, *, organisation_id: str) -> None:
        """Let no other transaction that calls this for the organisation go on until this one ends."""
        self._organisation_row(session, organisation_id, lock=True)

    def names(self, session: Session, person_ids: Sequence[str]) -> dict[str, str]:
        """Return people's names by id."""
        query = select(PersonRow.id, PersonRow.name).where(PersonRow.id.in_(set(person_ids)))
        return dict(iter(session.execute(query)))

    def find_by_email(self, session: Session, *, email: str) -> Actor | None:
        """Return whoever can sign in with this address and belongs to an organisation, or None."""
        person = self._person_of(session, same_address(email))
        return self.actor(session, person.id) if person is not None and person.verified_at is not None else None

    def can_sign_in(self, session: Session, *, person_id: str) -> bool:
        """Tell whether the person's address is verified: without that nobody signs in, in whatever way."""
        person = session.get(PersonRow, person_id)
        return person is not None and person.verified_at is not None

    def actor(self, session: Session, person_id: str) -> Actor | None:
        """Return the person as an actor, or None when there is no such person or no organisation."""
        person = session.get(PersonRow, person_id)
        memberships = self._memberships(session, person_id)
        if person is None or not memberships:
            return None
        organisation = self._organisation_row(session, memberships[0].organisation_id)
        return Actor(
            person_id=person.id,
            name=person.name,
            email=person.email,
            organisation_id=organisation.id,
            organisation_name=organisation.name,
            roles=frozenset(m.role for m in memberships if m.organisation_id == organisation.id),
            language=person.language,
        )

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _new_person(
        self, session: Session, *, email: str, name: str, password_hash: str, language: str | None
    ) -> PersonRow:
        """Add a person, or begin again for one whose links ran out before anybody used them. Raises Conflict."""
        found = self._person_of(session, email, lock=True)
        if found is not None:
            if not self._is_abandoned(session, found):
                raise Conflict("There is already an account with this e-mail address.")
            session.execute(delete(MembershipRow).where(MembershipRow.person_id == found.id))
            found.name, found.password_hash, found.language = name, password_hash, language
            return found
        person = PersonRow(
            id=self._entropy.new_id(),
            email=email,
            name=name,
            password_hash=password_hash,
            verified_at=None,
            created_at=self._clock.now(),
            language=language,
        )
        try:
            with session.begin_nested():
                session.add(person)
        except IntegrityError as error:  # the same address, from a form sent at the same moment
            raise Conflict("There is already an account with this e-mail address.") from error
        return person

    def _is_abandoned(self, session: Session, person: PersonRow) -> bool:
        return person.verified_at is None and not self._has_open_link(session, person.id)

    def _join(
        self, session: Session, *, person_id: str, organisation_id: str, roles: Sequence[Role], by: By | None = None
    ) -> None:
        self._add_roles(session, person_id, organisation_id, roles, by or By(person_id, organisation_id))
        self._events.publish(session, PersonJoined(person_id=person_id, organisation_id=organisation_id))

    def _add_roles(self, session: Session, person_id: str, organisation_id: str, roles: Sequence[Role], by: By) -> None:
        named = sorted(str(role) for role in set(roles))
        for role in named:
            session.add(
                MembershipRow(
                    person_id=person_id, organisation_id=organisation_id, role=role, created_at=self._clock.now()
                )
            )
        session.flush()
        self._record_person(
            session,
            "account:member:roles_set",
            person_id,
            by=by,
            details={"organisation": organisation_id, "roles": [*named]},
        )

    def _delete_memberships(self, session: Session, person_id: str, organisation_id: str) -> None:
        mine = (MembershipRow.person_id == person_id) & (MembershipRow.organisation_id == organisation_id)
        session.execute(delete(MembershipRow).where(mine))

    def _refuse_last_owner(self, session: Session, organisation_id: str, person_id: str, *, stays_owner: bool) -> None:
        """Two owners could otherwise step down at the same moment, so the organisation is held first."""
        self.hold(session, organisation_id=organisation_id)
        self.member(session, organisation_id=organisation_id, person_id=person_id)
        members = self.members(session, organisation_id)
        others = [m for m in members if m.person_id != person_id and Role.OWNER in m.roles and m.is_verified]
        if not stays_owner and not others:
            raise Conflict("An organisation needs an owner who can sign in; make somebody else an owner first.")
