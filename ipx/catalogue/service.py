"""The door to listings and needs. Holds public pictures only: nothing an office or an owner keeps secret gets here."""

from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService
from ipx.catalogue.claims import ListingRectificationClaim, rectification_claims
from ipx.catalogue.events import ListingChanged, ListingOpened
from ipx.catalogue.imports import add_missing, add_source
from ipx.catalogue.models import ListingRow, NeedRow
from ipx.catalogue.need_desk import NeedDesk
from ipx.catalogue.picture import picture_of
from ipx.catalogue.policy import check_is_own, check_may_publish
from ipx.catalogue.records import Listing, Need, Source
from ipx.catalogue.rectifying import ListingRectifications
from ipx.catalogue.rows import listing_of, listing_values, need_values
from ipx.catalogue.rules import Novelty, State, check_novelty
from ipx.catalogue.shelves import find_row, listing_row
from ipx.core.canonical import Json
from ipx.core.errors import Conflict
from ipx.core.ports import Clock, Entropy
from ipx.db.events import Events
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.technologies.service import TechnologyService
from ipx.vault.service import VaultService


class CatalogueService(NeedDesk):
    """Listings and needs: what changes listings is here, needs in ``NeedDesk``, what only reads in ``Shelves``."""

    def __init__(
        self,
        *,
        audit: AuditService,
        events: Events,
        clock: Clock,
        entropy: Entropy,
        accounts: AccountService,
        technologies: TechnologyService,
        vault: VaultService,
    ) -> None:
        self._audit = audit
        self._events = events
        self._clock = clock
        self._entropy = entropy
        self._accounts = accounts
        self._technologies = technologies
        self._vault = vault
        self.rectifications = ListingRectifications(
            audit=audit,
            events=events,
            clock=clock,
            entropy=entropy,
            accounts=accounts,
            technologies=technologies,
            vault=vault,
        )

    # ── listings of this exchange ────────────────────────────────────────────────────────────────

    def preview(
        self,
        session: Session,
        *,
        actor: Actor,
        technology_id: str,
        terms: LicenceTerms,
        novelty: Novelty,
        filed_on: date | None,
    ) -> Listing:
        """Return the listing as ``publish`` would make it, and keep nothing. Raises what ``publish`` raises."""
        check_may_publish(actor)
        self._technologies.technology(session, actor=actor, technology_id=technology_id)
        check_novelty(novelty, filed_on, today=self._clock.now().date())
        technology = self._technologies.public_view(session, technology_id=technology_id)
        if not technology.summary.strip():
            raise Conflict("Write the non-confidential summary of this technology first; the listing shows it.")
        found = find_row(session, technology_id)
        is_out = found is not None and found.state == State.PUBLISHED
        return picture_of(
            technology,
            id=found.id if found else self._entropy.new_id(),
            version=found.version + 1 if found else 1,
            owner_is_demo=self._accounts.organisation(session, technology.organisation_id).is_demo,
            terms=terms,
            novelty=novelty,
            filed_on=filed_on,
            at=found.published_at if found and is_out else self._clock.now(),  # new terms make it no newer
        )

    def is_listed(self, session: Session, technology_id: str) -> bool:
        """Tell whether a technology has a published listing."""
        found = find_row(session, technology_id)
        return found is not None and found.state == State.PUBLISHED

    def publish(
        self,
        session: Session,
        *,
        actor: Actor,
        technology_id: str,
        terms: LicenceTerms,
        novelty: Novelty,
        filed_on: date | None = None,
    ) -> Listing:
        """List a technology, or list it again with its present picture and these terms; ListingChanged follows.

        Its public documents and images open to everybody. Raises Forbidden, NotFound, Invalid (the statement is not
        whole), Conflict (there is no summary to show, or a colleague published it at the same moment).
        """
        row = find_row(session, technology_id, lock=True)
        listing = self.preview(
            session, actor=actor, technology_id=technology_id, terms=terms, novelty=novelty, filed_on=filed_on
        )
        if row is None:
            row = ListingRow(id=listing.id)
            session.add(row)
        for name, value in listing_values(listing).items():
            setattr(row, name, value)
        _flush_only_one(session)
        self._vault.open_public_documents(session, by=actor.by, subject_kind="technology", subject_id=technology_id)
        day = filed_on.isoformat() if filed_on else None
        self._changed(session, actor, row, "listing:offer:published", {"novelty": str(novelty), "filed_on": day})
        return listing

    def withdraw(self, session: Session, *, actor: Actor, listing_id: str) -> Listing:
        """Take a listing out; ListingChanged follows. Deals under way go on. Repeatable. Raises Forbidden, NotFound."""
        check_may_publish(actor)
        row = listing_row(session, listing_id, lock=True)
        check_is_own(actor, row.organisation_id)
        assert row.technology_id is not None
        if row.state == State.PUBLISHED:
            row.state, row.version = State.WITHDRAWN, row.version + 1
            session.flush()
            self._vault.close_public_documents(
                session, by=actor.by, subject_kind="technology", subject_id=row.technology_id
            )
            self._changed(session, actor, row, "listing:offer:withdrawn", {})
        return listing_of(row, {})

    def rectification_claims(self, session: Session) -> list[ListingRectificationClaim]:
        """Return what our tables say of every rectification of a listing, for a comparison with the audit lines."""
        return list(rectification_claims(session))

    def note_opened(self, session: Session, *, listing: Listing) -> None:
        """Tell that somebody outside its organisation looks at a listing; records of others are not counted."""
        if listing.organisation_id is not None:
            self._events.publish(session, ListingOpened(listing.id))

    # ── imports ──────────────────────────────────────────────────────────────────────────────────

    def import_listings(self, session: Session, *, source: Source, listings: Iterable[Listing]) -> int:
        """Add public records of others; those that are here stay as they are. Returns how many are new.

        No event follows: index them in one go (``SearchService.rebuild``).
        """
        add_source(session, source)
        return add_missing(session, ListingRow, source, map(listing_values, listings))

    def import_needs(self, session: Session, *, source: Source, needs: Iterable[Need]) -> int:
        """Add public needs of others, like ``import_listings``."""
        add_source(session, source)
        return add_missing(session, NeedRow, source, map(need_values, needs))

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _changed(
        self, session: Session, actor: Actor, row: ListingRow, action: str, details: Mapping[str, Json]
    ) -> None:
        facts: Mapping[str, Json] = {"technology": row.technology_id, "version": row.version}
        self._audit.record(
            session,
            action=action,
            by=actor.by,
            subject_kind="listing",
            subject_id=row.id,
            details={**facts, **details},
        )
        self._events.publish(session, ListingChanged(row.id, row.version))


def _flush_only_one(session: Session) -> None:
    """Write; a technology has one listing, so the second of two that begin at once loses."""
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict("Somebody of your organisation listed this at the same moment. Reload to see it.") from error
