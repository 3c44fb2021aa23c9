"""Searches that people keep, with what is new in them by mail or as a feed. Only what is public is in either."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService
from ipx.catalogue.records import Listing
from ipx.core.canonical import Json
from ipx.core.errors import Conflict, Invalid, NotFound, Unavailable
from ipx.core.ports import Clock, Entropy
from ipx.db.session import Database
from ipx.matching.free_rights import Wanted
from ipx.matching.records import Found
from ipx.matching.rules import MOST_SAVED, Search
from ipx.matching.saved_models import SavedSearchRow
from ipx.matching.service import SearchService
from ipx.notices.service import NoticeService
from ipx.web.translating import paragraphs

LONGEST_NAME = 100
MAIL_EVERY = timedelta(days=1)


@dataclass(frozen=True)
class SavedSearch:
    """One kept search."""

    id: str
    name: str
    search: Search
    has_feed: bool
    by_mail: bool
    created_at: datetime


class SavedSearches:
    """Keeping searches, their feeds and their mail."""

    def __init__(
        self,
        *,
        audit: AuditService,
        clock: Clock,
        entropy: Entropy,
        database: Database,
        accounts: AccountService,
        notices: NoticeService,
        search: SearchService,
        public_url: str,
    ) -> None:
        self._audit = audit
        self._clock = clock
        self._entropy = entropy
        self._database = database
        self._accounts = accounts
        self._notices = notices
        self._search = search
        self._public_url = public_url

    def keep(self, session: Session, *, actor: Actor, name: str, search: Search) -> SavedSearch:
        """Keep a search; its mail is off and it has no feed. Raises Invalid (name), Conflict (too many)."""
        name = " ".join("".join(c if c.isprintable() else " " for c in name).split())
        if not name or len(name) > LONGEST_NAME:
            raise Invalid(f"Give the search a name of {LONGEST_NAME} characters at most.", field="name")
        mine = select(func.count()).where(SavedSearchRow.person_id == actor.person_id)
        if (session.scalar(mine) or 0) >= MOST_SAVED:
            raise Conflict(f"{MOST_SAVED} searches are enough; forget one that you do not use any more.")
        now = self._clock.now()
        row = SavedSearchRow(
            id=self._entropy.new_id(),
            person_id=actor.person_id,
            name=name,
            question=_question(search.cleaned()),
            feed_hash=None,
            by_mail=False,
            seen=[],
            looked_at=now,
            created_at=now,
        )
        session.add(row)
        self._note(session, actor, row, "kept")
        return _record(row)

    def searches_of(self, session: Session, *, actor: Actor) -> list[SavedSearch]:
        """Return the actor's searches, the newest first."""
        query = select(SavedSearchRow).where(SavedSearchRow.person_id == actor.person_id)
        rows = session.scalars(query.order_by(SavedSearchRow.created_at.desc(), SavedSearchRow.id))
        return [_record(row) for row in rows]

    def forget(self, session: Session, *, actor: Actor, search_id: str) -> None:
        """Forget a search with its feed and mail. Raises NotFound."""
        row = self._own(session, actor, search_id)
        self._note(session, actor, row, "forgotten")
        session.delete(row)

    def make_feed(self, session: Session, *, actor: Actor, search_id: str) -> str:
        """Return the secret of a new feed address, which is shown once; an earlier address ends. Raises NotFound."""
        row = self._own(session, actor, search_id)
        secret = self._entropy.token(24).hex()
        row.feed_hash = _hash(secret)
        self._note(session, actor, row, "feed-made")
        return secret

    def revoke_feed(self, session: Session, *, actor: Actor, search_id: str) -> None:
        """End the feed's address now. Repeatable. Raises NotFound."""
        row = self._own(session, actor, search_id)
        if row.feed_hash is not None:
            row.feed_hash = None
            self._note(session, actor, row, "feed-revoked")

    def set_mail(self, session: Session, *, actor: Actor, search_id: str, on: bool) -> None:
        """Turn the daily mail on or off; on tells what is new from now on. Raises NotFound, Unavailable."""
        row = self._own(session, actor, search_id)
        if row.by_mail == on:
            return
        if on:
            found = self._newest(session, row)
            if found is None:
                raise Unavailable("The search cannot be reached; try again in a while.")
            row.seen, row.looked_at = [one.thing.id for one in found], self._clock.now()
        row.by_mail = on
        self._note(session, actor, row, "mail-on" if on else "mail-off")

    def feed(self, session: Session, *, secret: str) -> tuple[SavedSearch, list[Found]]:
        """Return a search by the secret of its feed, with the newest of what it finds. Raises NotFound."""
        row = session.scalar(select(SavedSearchRow).where(SavedSearchRow.feed_hash == _hash(secret)))
        if row is None:
            raise NotFound("There is no such feed, or its address was revoked.")
        return _record(row), self._newest(session, row) or []

    def look(self) -> bool:
        """Mail what is new to those whose last mail is a day old: a chore. False: done for now."""
        due = select(SavedSearchRow.id).where(
            SavedSearchRow.by_mail, SavedSearchRow.looked_at <= self._clock.now() - MAIL_EVERY
        )
        with self._database.read() as session:
            ids = list(session.scalars(due))
        for search_id in ids:
            with self._database.write() as session:
                self._look_at(session, search_id)
        return False

    def _look_at(self, session: Session, search_id: str) -> None:
        """Mail what one search has found since; noted in the same transaction, so each thing is told once."""
        row = session.get(SavedSearchRow, search_id, with_for_update=True)
        now = self._clock.now()
        if row is None or not row.by_mail or row.looked_at > now - MAIL_EVERY:
            return
        found = self._newest(session, row)
        if found is None:
            return  # looked at again with the next chore, so that nothing is lost
        # An older thing that moves up because a newer one was withdrawn is not new.
        since = row.looked_at.replace(hour=0, minute=0, second=0, microsecond=0)
        new = [one for one in found if one.thing.id not in row.seen and one.thing.published_at >= since]
        row.seen, row.looked_at = [one.thing.id for one in found], now
        person = self._accounts.actor(session, row.person_id)
        if new and person is not None:
            lines = [f"{one.thing.title}\n{address_of(one, self._public_url)}" for one in new]
            end = _("Change or end these mails: %(link)s", link=f"{self._public_url}/searches\n")
            self._notices.mail(
                session,
                to=person.email,
                subject=_("New for your search: %(name)s", name=row.name),
                body=paragraphs(*lines, end),
            )

    def _newest(self, session: Session, row: SavedSearchRow) -> list[Found] | None:
        """Return the newest of what a search finds, None while the index cannot be reached."""
        search = replace(_search(row.question), newest_first=True)
        page = self._search.search(session, search, today=self._clock.now().date())
        return None if page.resting else list(page.found)

    def _own(self, session: Session, actor: Actor, search_id: str) -> SavedSearchRow:
        row = session.get(SavedSearchRow, search_id, with_for_update=True)
        if row is None or row.person_id != actor.person_id:
            raise NotFound("There is no such search of yours.")
        return row

    def _note(self, session: Session, actor: Actor, row: SavedSearchRow, what: str) -> None:
        session.flush()
        self._audit.record(
            session, action=f"search:saved:{what}", by=actor.by, subject_kind="search", subject_id=row.id
        )


def address_of(found: Found, public_url: str) -> str:
    """Return the whole address of the page of what was found."""
    kind = "listings" if isinstance(found.thing, Listing) else "needs"
    return f"{public_url}/{kind}/{found.thing.id}"


def _hash(secret: str) -> str:
    """Return what is kept of a feed's secret: its SHA-256 in hex; enough, since it has 192 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _question(search: Search) -> dict[str, Json]:
    facets: Mapping[str, Json] = {name: list(values) for name, values in search.facets.items()}
    return {
        "kind": search.kind,
        "words": search.words,
        "facets": facets,
        "deadline": search.deadline,
        **({"exact": True} if search.exact else {}),
        **({"wanted": search.wanted.to_json()} if search.wanted else {}),
    }


def _search(question: Mapping[str, Any]) -> Search:
    wanted = question.get("wanted")  # searches that were kept before it could be asked have none, nor ``exact``
    return Search(
        kind=question["kind"],
        words=question["words"],
        facets=question["facets"],
        deadline=question["deadline"],
        exact=question.get("exact", False),
        wanted=Wanted.from_json(wanted) if wanted else None,
    )


def _record(row: SavedSearchRow) -> SavedSearch:
    return SavedSearch(
        id=row.id,
        name=row.name,
        search=_search(row.question),
        has_feed=row.feed_hash is not None,
        by_mail=row.by_mail,
        created_at=row.created_at,
    )
