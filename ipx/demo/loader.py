"""Loads the demonstration through the services, like everything else, so that it is stamped and recorded.

May be killed at any moment and called again: it goes on where it stopped, and changes nothing that is there.
"""

from collections.abc import Callable
from functools import partial
from io import BytesIO

from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.rules import Purpose, Role
from ipx.accounts.service import AccountService
from ipx.audit.service import THE_EXCHANGE, By
from ipx.bibliography.records import BibliographicRecord
from ipx.bibliography.service import BibliographyService
from ipx.catalogue.service import CatalogueService
from ipx.challenges.service import ChallengeService
from ipx.core.errors import NotFound
from ipx.core.ports import Clock
from ipx.db.session import Database
from ipx.demo import chains, records
from ipx.demo.challenges import DemoChallenges
from ipx.demo.disclosures import DemoDisclosure, disclosures
from ipx.demo.inventions import Invention, Paper, read_inventions
from ipx.demo.needs import NEEDS, DemoNeed
from ipx.demo.papers import paper_pdf
from ipx.demo.people import EVERYBODY, ORGANISATIONS, PASSWORD, DemoAccount, DemoOrganisation, spokesperson
from ipx.demo.sources import AIR_FORCE, EU, NASA, SBIR
from ipx.demo.steps import Steps
from ipx.inventions.rules import Step
from ipx.inventions.service import InventionService
from ipx.matching.service import SearchService
from ipx.technologies.rules import RightDraft
from ipx.technologies.service import TechnologyService
from ipx.titles.service import TitleService
from ipx.vault.export_control import UNLISTED
from ipx.vault.service import DocumentRole, VaultService

EDITION = "5"
"""Raise it when steps are added: a loaded exchange then does the new ones at its next start."""


class DemoLoader:
    """Loads records, organisations, technologies."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        accounts: AccountService,
        technologies: TechnologyService,
        vault: VaultService,
        catalogue: CatalogueService,
        search: SearchService,
        inventions: InventionService,
        challenges: ChallengeService,
        titles: TitleService,
        bibliography: BibliographyService,
    ) -> None:
        """Take the services; ``accounts`` must verify addresses by itself (``load.verifying_accounts``)."""
        self._database = database
        self._clock = clock
        self._accounts = accounts
        self._technologies = technologies
        self._vault = vault
        self._catalogue = catalogue
        self._search = search
        self._inventions = inventions
        self._titles = titles
        self._bibliography = bibliography
        self._steps = Steps(database, clock)
        self._examples = DemoChallenges(
            steps=self._steps, clock=clock, catalogue=catalogue, challenges=challenges, actor=self._actor
        )

    def load(self, progress: Callable[[str], None]) -> None:
        """Load what is missing, telling ``progress`` a line at a time."""
        if self._steps.made(f"edition:{EDITION}") is not None:
            return
        self._load_records(progress)
        self._load_people()
        inventions = read_inventions(self._clock.now().date())
        progress(f"Demo data: {len(inventions)} technologies of {len(ORGANISATIONS)} invented organisations")
        for invention in inventions:
            self._load_invention(invention)
        for need in NEEDS:
            manager = self._actor(need.owner, Role.LICENSING_MANAGER)
            self._steps.once(f"need:{need.key}", partial(self._post_need, manager, need))
        for disclosure in disclosures(self._clock.now().date()):
            self._load_disclosure(disclosure)
        self._examples.load()
        self._steps.once(f"edition:{EDITION}", lambda session: "")

    # ── public records ───────────────────────────────────────────────────────────────────────────

    def _load_records(self, progress: Callable[[str], None]) -> None:
        now = self._clock.now()
        listings, needs = self._catalogue.import_listings, self._catalogue.import_needs
        imports: dict[str, Callable[[Session], int]] = {
            NASA.name: lambda session: listings(session, source=NASA, listings=records.nasa_listings(now)),
            SBIR.name: lambda session: listings(session, source=SBIR, listings=records.sbir_listings()),
            AIR_FORCE.name: lambda session: needs(session, source=AIR_FORCE, needs=records.air_force_needs()),
            EU.name: lambda session: needs(session, source=EU, needs=records.eu_needs(now)),
        }
        for name, run in imports.items():
            count = self._steps.once(f"records:{name}", partial(_counted, run))
            progress(f"Demo data: {name}, {int(count):,} records")
        self._steps.once(f"index:{EDITION}", self._ask_for_index)

    def _ask_for_index(self, session: Session) -> str:
        self._search.ask_for_rebuild(session, key=f"demo-{EDITION}")
        return ""

    # ── people ───────────────────────────────────────────────────────────────────────────────────

    def _load_people(self) -> None:
        for organisation in ORGANISATIONS:
            self._steps.once(_organisation_step(organisation.key), partial(self._create, organisation))
        for account in EVERYBODY:
            organisation_id = self._made(_organisation_step(account.organisation))
            self._steps.once(_person_step(account), partial(self._join, account, organisation_id))

    def _create(self, organisation: DemoOrganisation, session: Session) -> str:
        return self._accounts.create_organisation(
            session, name=organisation.name, country=organisation.country, is_demo=True
        )

    def _join(self, account: DemoAccount, organisation_id: str, session: Session) -> str:
        person_id = self._accounts.add_member(
            session,
            by=By(organisation_id=organisation_id),
            organisation_id=organisation_id,
            email=account.email,
            name=account.name,
            roles=account.roles,
            password=PASSWORD,
        )
        self._accounts.send_link(session, email=account.email, purpose=Purpose.VERIFY)
        return person_id

    def _actor(self, owner: str, role: Role) -> Actor:
        with self._database.read() as session:
            actor = self._accounts.actor(session, self._made(_person_step(spokesperson(owner, role))))
        assert actor is not None
        return actor

    # ── technologies ─────────────────────────────────────────────────────────────────────────────

    def _load_invention(self, invention: Invention) -> None:
        researcher = self._actor(invention.owner, Role.RESEARCHER)
        manager = self._actor(invention.owner, Role.LICENSING_MANAGER)
        key = invention.key
        technology_id = self._steps.once(f"technology:{key}", partial(self._describe, researcher, invention))
        for paper in invention.papers:
            self._deposit(researcher, technology_id, invention, paper)
        for number, right in enumerate(invention.rights):
            self._steps.once(f"right:{key}:{number}", partial(self._add_right, researcher, technology_id, right))
        if invention.terms is not None:
            self._steps.once(f"listing:{key}", partial(self._publish, manager, technology_id, invention))
        if key == chains.TECHNOLOGY:
            self._load_chain(manager, self._made(f"right:{key}:{chains.RIGHT}"), invention.rights[chains.RIGHT])

    def _load_chain(self, manager: Actor, right_id: str, right: RightDraft) -> None:
        record = chains.office_record(right, manager.organisation_name)
        self._steps.once(f"office-record:{right_id}", partial(self._take_in, record))
        assert right.filed_on is not None
        for number, conveyance in enumerate(chains.conveyances(manager.organisation_name, right.filed_on)):
            enter = partial(self._titles.enter, actor=manager, right_id=right_id, entry=conveyance)
            self._steps.once(f"conveyance:{right_id}:{number}", enter)

    def _take_in(self, record: BibliographicRecord, session: Session) -> str:
        self._bibliography.take_in(session, [record], by=THE_EXCHANGE)
        return ""

    def _describe(self, actor: Actor, invention: Invention, session: Session) -> str:
        return self._technologies.create(session, actor=actor, draft=invention.draft).id

    def _deposit(self, actor: Actor, technology_id: str, invention: Invention, paper: Paper) -> None:
        """Deposit a paper; it opens transactions of its own, and its key makes a repeat harmless."""
        step = f"document:{invention.key}:{paper.file}"
        if self._steps.made(step) is not None:
            return
        content = paper_pdf(paper, owner=actor.organisation_name, technology=invention.draft.title)
        document = self._vault.deposit(
            actor,
            subject_kind="technology",
            subject_id=technology_id,
            role=DocumentRole.CONFIDENTIAL,
            file_name=paper.file,
            media_type="application/pdf",
            length=len(content),
            stream=BytesIO(content),
            idempotency_key=f"demo.{step}",
            export_control=UNLISTED,
        )
        self._steps.once(step, lambda session: document.id)

    def _add_right(self, actor: Actor, technology_id: str, right: RightDraft, session: Session) -> str:
        return self._technologies.add_right(session, actor=actor, technology_id=technology_id, right=right).id

    def _publish(self, actor: Actor, technology_id: str, invention: Invention, session: Session) -> str:
        """Record the titles and list the technology: both are the licensing manager's."""
        assert invention.terms is not None
        assert invention.novelty is not None
        self._technologies.register_titles(session, actor=actor, technology_id=technology_id)
        listing = self._catalogue.publish(
            session,
            actor=actor,
            technology_id=technology_id,
            terms=invention.terms,
            novelty=invention.novelty,
            filed_on=invention.filed_on,
        )
        return listing.id

    # ── disclosures ──────────────────────────────────────────────────────────────────────────────

    def _load_disclosure(self, disclosure: DemoDisclosure) -> None:
        researcher = self._actor("institute", Role.RESEARCHER)
        manager = self._actor("institute", Role.LICENSING_MANAGER)
        step = f"disclosure:{disclosure.key}"
        invention_id = self._steps.once(step, partial(self._disclose, researcher, disclosure))
        if disclosure.accepted:
            self._steps.once(f"{step}:accepted", partial(self._accept, manager, invention_id, disclosure))

    def _disclose(self, actor: Actor, disclosure: DemoDisclosure, session: Session) -> str:
        title = str(disclosure.sections["invention"].entries[0]["title"])
        invention_id = self._inventions.begin(session, actor=actor, title=title)
        for section, typed in disclosure.sections.items():
            self._inventions.save_section(
                session, actor=actor, invention_id=invention_id, section=section, typed=typed, quietly=False
            )
        self._inventions.submit(session, actor=actor, invention_id=invention_id)
        return invention_id

    def _accept(self, actor: Actor, invention_id: str, disclosure: DemoDisclosure, session: Session) -> str:
        review, words = self._inventions.review, disclosure.accepted
        review.judge(session, actor=actor, invention_id=invention_id, step=Step.ACCEPTED, words=words)
        if disclosure.technology:
            technology_id = self._made(f"technology:{disclosure.technology}")
            review.link_technology(session, actor=actor, invention_id=invention_id, technology_id=technology_id)
        return invention_id

    def _post_need(self, actor: Actor, need: DemoNeed, session: Session) -> str:
        posted = self._catalogue.post_need(session, actor=actor, draft=need.draft)
        return posted.id

    def _made(self, step: str) -> str:
        made = self._steps.made(step)
        if made is None:
            raise NotFound(f"The demo step {step} is not done yet.")
        return made


def _organisation_step(key: str) -> str:
    return f"organisation:{key}"


def _person_step(account: DemoAccount) -> str:
    return f"person:{account.email}"


def _counted(run: Callable[[Session], int], session: Session) -> str:
    return str(run(session))
