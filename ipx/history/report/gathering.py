"""Gathers a report: the chain's own record first, our tables for names, terms and access. It writes nothing.

It must never call a line proven that our own record alone speaks for.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from ipx.accounts.service import AccountService
from ipx.core.errors import ExchangeError, NotFound
from ipx.deals.claims import AgreementClaim
from ipx.deals.service import DealService
from ipx.history.rebuild.codes import ConveyanceKind
from ipx.history.rebuild.records import Act, Licence, Record, Title
from ipx.history.report.chains import chain_exceptions
from ipx.history.report.declared import declared
from ipx.history.report.funding import by_law
from ipx.history.report.records import Line, Period, Section
from ipx.inventions.service import InventionService
from ipx.licences.claims import LicenceClaim
from ipx.licences.service import LicenceService
from ipx.licences.terms_v2.versions import read_any
from ipx.licences.words import in_words
from ipx.life.claims import HandingClaim
from ipx.life.service import LifeService
from ipx.technologies.claims import TitleClaim
from ipx.technologies.records import PublicTechnology
from ipx.technologies.service import TechnologyService
from ipx.titles.service import TitleService
from ipx.vault.records import Document, Grant
from ipx.vault.service import VaultService


class ReportGatherer:
    """Asks the rooms for what a report says of technologies."""

    def __init__(
        self,
        *,
        accounts: AccountService,
        vault: VaultService,
        technologies: TechnologyService,
        licences: LicenceService,
        deals: DealService,
        titles: TitleService,
        inventions: InventionService,
        life: LifeService,
    ) -> None:
        self._accounts = accounts
        self._vault = vault
        self._technologies = technologies
        self._licences = licences
        self._deals = deals
        self._titles = titles
        self._inventions = inventions
        self._life = life

    def technologies(
        self, session: Session, *, technology_id: str | None, organisation_id: str | None
    ) -> list[PublicTechnology]:
        """Return one technology, or all of an organisation. Raises NotFound."""
        if technology_id is not None:
            return [self._technologies.public_view(session, technology_id=technology_id)]
        owner = self._accounts.organisation(session, organisation_id or "")
        found = self._technologies.technologies_of(session, organisation_id=owner.id)
        return [self._technologies.public_view(session, technology_id=line.id) for line in found]

    def gather(
        self, session: Session, technologies: Sequence[PublicTechnology], record: Record, period: Period
    ) -> tuple[list[Line], list[str]]:
        """Return lines and exceptions; ``record`` is as of the date in question."""
        titles = list(self._technologies.title_claims(session))
        licences = list(self._licences.claims(session))
        agreements = {one.id: one for one in self._deals.agreements.claims(session)}
        names = _names(agreements.values(), self._life.handing_claims(session))
        lines: list[Line] = []
        exceptions: list[str] = []
        for technology in technologies:
            own_titles = [one for one in titles if one.technology_id == technology.id]
            own_licences = [one for one in licences if one.technology_id == technology.id]
            for of, exception in _of_titles(technology, own_titles, record, names, period):
                lines += of
                exceptions += exception
            for of, exception in _of_licences(technology, own_licences, agreements, record, names, period):
                lines += of
                exceptions += exception
            elsewhere, exception = declared(session, self._licences, technology, period)
            lines += [*elsewhere, *self._access(session, technology, period)]
            exceptions += exception
            stated = self._inventions.funding.on(session, technology_id=technology.id, as_of=period.as_of)
            funded, exception = by_law(stated, technology, period)
            lines += funded
            exceptions += exception
            day = period.as_of.date()
            chains = self._titles.chains_on(session, technology_id=technology.id, day=day)
            exceptions += chain_exceptions(chains, day=day)
        return sorted(lines, key=lambda line: list(Section).index(line.section)), exceptions

    def _access(self, session: Session, technology: PublicTechnology, period: Period) -> Iterator[Line]:
        documents = self._vault.documents_of(
            session, subject_kind="technology", subject_id=technology.id, with_erased=True
        )
        grants = self._vault.grants_of(session, document_ids=[document.id for document in documents])
        for document in documents:
            if document.created_at > period.as_of or (document.erased_at and document.erased_at <= period.as_of):
                continue
            words = f"{technology.organisation_name} (owner) could open it"
            yield Line(Section.ACCESS, technology.id, _name(document), words, since=document.created_at)
            for grant in grants:
                if grant.document_id == document.id:
                    yield from self._of_grant(session, technology, document, grant, period)
        names = {document.id: _name(document) for document in documents}
        for receipt in self._vault.receipts_of(session, document_ids=list(names)):
            if period.holds(receipt.opened_at):
                words = f"opened by {self._organisation(session, receipt.organisation_id)}"
                subject = names[receipt.document_id]
                yield Line(Section.CHANGE, technology.id, subject, words, since=receipt.opened_at)

    def _of_grant(
        self, session: Session, technology: PublicTechnology, document: Document, grant: Grant, period: Period
    ) -> Iterator[Line]:
        who, subject = self._organisation(session, grant.organisation_id), _name(document)
        ends = min((end for end in (grant.expires_at, grant.revoked_at) if end), default=None)
        if grant.granted_at <= period.as_of and (ends is None or ends > period.as_of):
            words = f"{who} could open it ({grant.source_kind} {grant.source_id})"
            yield Line(Section.ACCESS, technology.id, subject, words, since=grant.granted_at, until=ends)
        if period.holds(grant.granted_at):
            yield Line(Section.CHANGE, technology.id, subject, f"{who} was let in", since=grant.granted_at)
        if period.holds(grant.revoked_at):
            yield Line(Section.CHANGE, technology.id, subject, f"{who} was let in no more", since=grant.revoked_at)

    def _organisation(self, session: Session, organisation_id: str) -> str:
        try:
            return self._accounts.organisation(session, organisation_id).name
        except NotFound:
            return "an organisation that is no longer here"


Found = tuple[list[Line], list[str]]


def _of_titles(
    technology: PublicTechnology,
    claims: Sequence[TitleClaim],
    record: Record,
    names: Mapping[str, str],
    period: Period,
) -> Iterator[Found]:
    titles = {token: title for (_, token), title in record.titles.items()}
    rights = {right.id: right.title or f"unpublished {right.kind}" for right in technology.rights}
    untitled = set(rights) - {claim.right_id for claim in claims}
    own = {claim.own_account: technology.organisation_name for claim in claims if claim.own_account}
    for right_id in sorted(untitled):
        words = f"{technology.organisation_name} declares it; no record of title"
        yield [Line(Section.OWNERSHIP, technology.id, rights[right_id], words)], []
    for claim in claims:
        title, name = titles.get(claim.token), rights.get(claim.right_id, claim.right_id)
        if title is None:
            if claim.state != "failed":
                yield [], [f"{name}: on that date the chain had no record of this title."]
            continue
        yield (
            list(_of_title(technology.id, name, title, _with_accounts(title, {**names, **own}), period)),
            [f"{name}: {gap.words}" for gap in title.gaps],
        )


def _with_accounts(title: Title, names: Mapping[str, str]) -> dict[str, str]:
    """Add the names of accounts that a title went over to: a change of account says that the holder is the same."""
    found = dict(names)
    for act in title.acts:
        is_change = act.name == "Conveyed" and act.kind == ConveyanceKind.ACCOUNT_CHANGE
        if is_change and act.by in found:
            found.setdefault(act.to, found[act.by])
    return found


def _of_title(technology_id: str, name: str, title: Title, names: Mapping[str, str], period: Period) -> Iterator[Line]:
    last = {act.to: act for act in title.acts if act.takes_effect <= period.as_of.timestamp()}
    for holder, share in sorted(title.shares.items()):
        act = last.get(holder)
        words = f"{_called(holder, names)} holds {share}"
        if holder == title.holder:
            words += f", administrative holder; evidence: {title.evidence.name.lower().replace('_', ' ')}"
        yield Line(
            Section.OWNERSHIP,
            technology_id,
            name,
            words,
            since=_moment(act.takes_effect if act else title.registered_time),
            block=act.block if act else title.registered_block,
            transaction=act.transaction if act else title.transaction,
        )
    for interest in title.interests:
        if interest.released is None:
            words = f"{interest.kind.name.lower().replace('_', ' ')} of {_called(interest.holder, names)}"
            yield Line(
                Section.ENCUMBRANCE, technology_id, name, words, block=interest.block, transaction=interest.transaction
            )
    yield from (_change(technology_id, name, act, names) for act in title.acts if period.holds(_moment(act.time)))


def _of_licences(
    technology: PublicTechnology,
    claims: Sequence[LicenceClaim],
    agreements: Mapping[str, AgreementClaim],
    record: Record,
    names: Mapping[str, str],
    period: Period,
) -> Iterator[Found]:
    licences = {token: licence for (_, token), licence in record.licences.items()}
    for claim in claims:
        licence = licences.get(claim.token)
        if licence is None:
            continue
        agreement = agreements.get(claim.agreement_id)
        is_opened = agreement is not None and all(agreement.opens.values()) and agreement.value["terms"] == claim.terms
        exceptions = [f"Licence of {claim.licensee_name}: {gap.words}" for gap in licence.gaps]
        if not is_opened:
            exceptions.append(f"Licence of {claim.licensee_name}: its terms do not open the commitment on the chain.")
        yield list(_of_licence(technology.id, claim, licence, names, period)), exceptions


def _of_licence(
    technology_id: str, claim: LicenceClaim, licence: Licence, names: Mapping[str, str], period: Period
) -> Iterator[Line]:
    first = names.get(str(claim.message.get("holder")).lower(), claim.licensee_name)
    if licence.is_in_force:
        words = f"{licence.status.name.lower()}; {_terms_in_words(claim)}"
        yield Line(
            Section.GRANT,
            technology_id,
            names.get(licence.holder.lower(), claim.licensee_name),
            words,
            since=_moment(licence.time),
            until=_moment(licence.end) if licence.end else None,
            block=licence.block,
            transaction=licence.transaction,
        )
    if period.holds(_moment(licence.time)):
        yield Line(
            Section.CHANGE,
            technology_id,
            first,
            "licence granted",
            since=_moment(licence.time),
            block=licence.block,
            transaction=licence.transaction,
        )
    for act in licence.acts:
        if period.holds(_moment(act.time)):
            yield _change(technology_id, first, act, names)


def _terms_in_words(claim: LicenceClaim) -> str:
    try:
        said = in_words(read_any(dict(claim.terms)))
    except (ExchangeError, KeyError, TypeError, ValueError):
        return "terms that cannot be read"
    return "; ".join(f"{name}: {words}" for name, words in said)


def _change(technology_id: str, subject: str, act: Act, names: Mapping[str, str]) -> Line:
    kind = "handed on" if act.name == "LicenceTransferred" else act.name.lower()
    if act.name == "Conveyed":
        kind = ConveyanceKind(act.kind).name.lower().replace("_", " ")
    words = f"{kind}: {_called(act.by, names)}" + (f" to {_called(act.to, names)}" if act.to else "")
    return Line(
        Section.CHANGE,
        technology_id,
        subject,
        words,
        since=_moment(act.time),
        block=act.block,
        transaction=act.transaction,
    )


def _names(agreements: Iterable[AgreementClaim], handings: Iterable[HandingClaim]) -> dict[str, str]:
    found = {one.address.lower(): one.to_name for one in handings if one.address}
    for agreement in agreements:
        for side in ("licensor", "licensee"):
            party = agreement.value[side]
            found[str(party["address"]).lower()] = str(party["name"])
    return found


def _called(address: str, names: Mapping[str, str]) -> str:
    return f"{names[address]} ({address})" if address in names else address


def _name(document: Document) -> str:
    return document.file_name


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
