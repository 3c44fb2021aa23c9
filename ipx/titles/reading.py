"""Reads the chain of title of a right: entries, the register's acts, inventors, and what follows from them.

It asks nobody who may see it: whoever calls has checked that.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.service import AccountService
from ipx.chain.service import ChainService
from ipx.core.ports import Clock
from ipx.evidence.service import EvidenceService
from ipx.inventions.service import InventionService
from ipx.technologies.office_records import OfficeRecords
from ipx.technologies.records import Right, Technology
from ipx.technologies.service import TechnologyService
from ipx.titles.box import Box
from ipx.titles.competing import Competing
from ipx.titles.consents import Requirement, requirement
from ipx.titles.dating import as_of
from ipx.titles.entries import Consent, Conveyance, CoOwnership
from ipx.titles.gaps import Facts, chain_with_gaps
from ipx.titles.holdings import Chain, Dated
from ipx.titles.instruments import Instruments
from ipx.titles.models import EntryRow
from ipx.titles.records import ChainOfTitle, EntryView, Inventor
from ipx.titles.rectifications import Rectifications
from ipx.titles.register import RegisterReader, joined
from ipx.titles.rules import JointAct
from ipx.vault.service import VaultService


class ChainReader:
    """Chains of title, as they stand."""

    def __init__(
        self,
        *,
        accounts: AccountService,
        box: Box,
        chain: ChainService,
        clock: Clock,
        competing: Competing,
        evidence: EvidenceService,
        inventions: InventionService,
        office_records: OfficeRecords,
        rectifications: Rectifications,
        technologies: TechnologyService,
        vault: VaultService,
    ) -> None:
        self._accounts = accounts
        self._box = box
        self._clock = clock
        self._competing = competing
        self._inventions = inventions
        self._office_records = office_records
        self._rectifications = rectifications
        self._register = RegisterReader(chain=chain, accounts=accounts)
        self._technologies = technologies
        self._instruments = Instruments(evidence=evidence, vault=vault)

    def chain(self, session: Session, technology: Technology, right: Right, *, day: date | None = None) -> ChainOfTitle:
        """Return the chain of one right with its gaps, today or as of a ``day``, by all that is known now."""
        today = self._clock.now().date()
        inventors = self._inventors(session, right)
        owner = self._accounts.organisation(session, technology.organisation_id).name
        token = self._token(session, right)
        all_entries = self._entries(session, right, token)
        rectifications = self._rectifications.of_entries(session, entries=all_entries)
        struck = {each.original.id: each.replacement_id for each in rectifications if each.is_done}
        standing = [each for each in all_entries if each.id not in struck]
        entries = standing if day is None else as_of(standing, day)
        facts = Facts(
            owner=owner,
            office=right.particulars.office,
            inventors=[each.name for each in inventors],
            agreements=[each.entry for each in entries if isinstance(each.entry, CoOwnership)],
            consents=[each.entry for each in entries if isinstance(each.entry, Consent)],
            with_document=frozenset(each.id for each in entries if each.instrument or each.block),
            today=day or today,
        )
        chain = chain_with_gaps(_dated(entries, struck), facts)
        return ChainOfTitle(
            right=right,
            technology_id=technology.id,
            technology_title=technology.title,
            organisation_name=owner,
            inventors=inventors,
            entries=_in_order(entries, chain),
            chain=chain,
            requirements=_requirements(chain, facts),
            competitors=self._competing.of_right(session, right=right),
            rectifications=rectifications,
            announcements=() if token is None else self._register.announcements(session, token=token),
            made_at=self._clock.now(),
        )

    def _token(self, session: Session, right: Right) -> int | None:
        titles = self._technologies.titles(session, technology_id=right.technology_id)
        return next((title.token for title in titles if title.right_id == right.id), None)

    def _entries(self, session: Session, right: Right, token: int | None) -> list[EntryView]:
        query = select(EntryRow).where(EntryRow.right_id == right.id).order_by(EntryRow.entered_at, EntryRow.id)
        rows = list(session.scalars(query))
        names = self._accounts.names(session, [row.entered_by for row in rows])
        entered = [self._view(session, row, names.get(row.entered_by, "")) for row in rows]
        return entered if token is None else joined(entered, self._register.acts(session, token=token))

    def _view(self, session: Session, row: EntryRow, entered_by: str) -> EntryView:
        instrument = self._instruments.find(session, row.document_id)
        entry = self._box.open(session, row)
        return EntryView(row.id, entry, instrument, row.releases_id, row.entered_at, entered_by)

    def _inventors(self, session: Session, right: Right) -> list[Inventor]:
        """Return the inventors by the office's newest document; where there is none, by the accepted disclosures."""
        for document in reversed(self._office_records.documents_of(session, right.particulars)):
            names = [party["name"] for party in document.content["inventors"] if party["name"]]
            if names:
                return [Inventor(name, "office") for name in names]
        disclosed = self._inventions.inventors_on(session, technology_id=right.technology_id)
        return [Inventor(each.name, "disclosure") for each in disclosed if each.name]


def _dated(entries: Sequence[EntryView], struck: Mapping[str, str | None]) -> list[Dated]:
    """Return the conveyances; a release names the entry that stands now for the one that it named."""
    return [
        Dated(each.id, each.entry, _standing(each.releases_id, struck))
        for each in entries
        if isinstance(each.entry, Conveyance)
    ]


def _standing(entry_id: str | None, struck: Mapping[str, str | None]) -> str | None:
    while entry_id is not None and struck.get(entry_id) is not None:
        entry_id = struck[entry_id]
    return entry_id


def _in_order(entries: Sequence[EntryView], chain: Chain) -> list[EntryView]:
    by_id = {each.id: each for each in entries}
    ordered = [by_id[step.dated.id] for step in chain.steps]
    return [*ordered, *(each for each in entries if not isinstance(each.entry, Conveyance))]


def _requirements(chain: Chain, facts: Facts) -> dict[JointAct, Requirement]:
    """Return what each act of the owner needs of the others; nothing where it holds alone, or not at all."""
    if len(chain.holders) < 2:
        return {}
    found = {
        act: requirement(
            act,
            by=[facts.owner],
            holders=chain.holders,
            agreements=facts.agreements,
            consents=facts.consents,
            office=facts.office,
        )
        for act in JointAct
    }
    return {act: each for act, each in found.items() if len(each.others) < len(chain.holders)}
