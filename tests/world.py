"""A whole exchange in one process, entered once a module. Workflows run by themselves; ``settle`` moves the chain."""

from __future__ import annotations

import io
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from ipx.accounts.models import PersonRow
from ipx.accounts.passwords import Passwords
from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.accounts.service import AccountService
from ipx.audit.models import AuditRow
from ipx.catalogue.records import Listing
from ipx.catalogue.rules import Novelty
from ipx.catalogue.service import CatalogueService
from ipx.db.lease import LeaseLostError
from ipx.deals.records import AgreementView, Offer
from ipx.deals.service import DealService
from ipx.factory import create_app
from ipx.payments.models import LedgerLineRow
from ipx.payments.records import Checkout
from ipx.payments.service import PaymentService
from ipx.technologies.rules import Advantage, Draft, RightDraft, RightKind
from ipx.technologies.service import TechnologyService
from ipx.vault.export_control import UNLISTED
from ipx.vault.rules import DocumentRole
from ipx.vault.service import VaultService
from ipx.web.limits import limiter
from tests.exchanges import empty_postgres, running_exchange
from tests.killable import unfinished
from tests.licence_terms import terms
from tests.pages import WEBHOOK, Gate, Person, send, token_of, words_of
from tests.small_files import pdf

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from ipx.wiring import Exchange

PASSWORD = "a rather long password"
PDF = pdf("How the electrolyte is made, step by step.")
EVERYTHING = (Role.OWNER, Role.RESEARCHER, Role.LICENSING_MANAGER)
PATIENCE_SECONDS = 30.0
Kind = TypeVar("Kind")
Found = TypeVar("Found")


@contextmanager
def world_on(request: pytest.FixtureRequest, folder: Path) -> Iterator[World]:
    """Enter a world on the database that a fixture's parameter (``DATABASES``) names."""
    if request.param == "sqlite":
        with World(request.getfixturevalue("exchange")) as world:
            yield world
        return
    with empty_postgres() as url, running_exchange(folder, IPX_DATABASE_URL=url) as exchange, World(exchange) as world:
        yield world


@dataclass
class World:
    """An exchange and the people on it."""

    exchange: Exchange
    works: bool = True  # False: somebody else runs the workflows
    waits_for_blocks: bool = False  # True: the chain makes blocks when it likes, so nothing moving is not the end

    def __post_init__(self) -> None:
        self.app = create_app(self.exchange)
        self.gate = Gate(self.app.wsgi_app)
        self.database = self.exchange.database
        self.clock = self.exchange.outside.clock
        self.service(AccountService)._passwords = Passwords(memory_kib=64)  # the real thing, but quick

    def __enter__(self) -> Self:
        self._limited, limiter.enabled = limiter.enabled, False
        self._server = make_server(self.exchange.settings.host, self.exchange.settings.port, self.gate, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        if self.works:
            self.exchange.durable.start(executor="world")
        return self

    def __exit__(self, *exc: object) -> None:
        if self.works:
            self.exchange.durable.stop()
            self.exchange.durable.connect()  # the exchange may be used by tests after us
            self.exchange.outside.index.close()  # or no process of theirs could write the index
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        limiter.enabled = self._limited

    # ── services and rows ────────────────────────────────────────────────────────────────────────

    def service(self, kind: type[Kind]) -> Kind:
        found = self.exchange.services[kind]
        assert isinstance(found, kind)
        return found

    @property
    def deals(self) -> DealService:
        return self.service(DealService)

    @property
    def payments(self) -> PaymentService:
        return self.service(PaymentService)

    def write(self, act: Callable[[Session], Found]) -> Found:
        with self.database.write() as session:
            return act(session)

    def read(self, look: Callable[[Session], Found]) -> Found:
        with self.database.read() as session:
            return look(session)

    def row(self, table: type[Kind], key: Any) -> Kind:
        """Return a row, cut loose from the database."""

        def look(session: Session) -> Kind:
            found = session.get_one(table, key)
            session.expunge_all()
            return found

        return self.read(look)

    def count(self, table: type[Any], *where: Any) -> int:
        return self.read(lambda session: session.scalar(select(func.count()).select_from(table).where(*where)) or 0)

    def actions(self, subject_id: str) -> list[str]:
        """Return what the audit log says about a subject, oldest first."""
        query = select(AuditRow.action).where(AuditRow.subject_id == subject_id).order_by(AuditRow.sequence)
        return self.read(lambda session: list(session.scalars(query)))

    # ── time ─────────────────────────────────────────────────────────────────────────────────────

    def settle(self) -> None:
        """Move the chain and wait for the workflows until nothing happens any more."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            moved = self._advance()
            if not moved and not self._unfinished():
                if not self._advance():
                    return
            elif not moved:
                time.sleep(0.05)
            assert time.monotonic() < end, f"still busy: {self._unfinished()}"

    def until(self, look: Callable[[], Found | None], *, seconds: float = PATIENCE_SECONDS) -> Found:
        """Look again and again, moving the chain, until there is something."""
        end = time.monotonic() + seconds
        while True:
            found = look()
            if found:
                return found
            assert time.monotonic() < end, "it did not happen"
            if not self.works or not self._advance():
                time.sleep(0.05)

    def _advance(self) -> bool:
        """Move the chain as the worker does: a process of a test before us may have had the lease."""
        try:
            return self.exchange.relay.advance()
        except LeaseLostError:
            return True

    def _unfinished(self) -> list[str]:
        return unfinished(self.database, on_chain=self.waits_for_blocks) if self.works else []

    # ── people ───────────────────────────────────────────────────────────────────────────────────

    def organisation(self, name: str = "Institute", roles: Sequence[Role] = EVERYTHING) -> Person:
        """Sign a person up with an organisation of her own, verified and signed in."""
        email = f"{uuid.uuid4().hex[:12]}@example.org"
        accounts = self.service(AccountService)
        person_id = self.write(
            lambda session: accounts.sign_up(
                session,
                email=email,
                name=f"Ada of {name}",
                password=PASSWORD,
                organisation_name=f"{name} {email[:6]}",
                roles=roles,
            )
        )
        return self._person(person_id, email)

    def colleague(self, of: Person, *roles: Role) -> Person:
        """Add a person to somebody's organisation, verified and signed in."""
        email = f"{uuid.uuid4().hex[:12]}@example.org"
        accounts = self.service(AccountService)
        person_id = self.write(
            lambda session: accounts.add_member(
                session,
                by=of.actor.by,
                organisation_id=of.organisation_id,
                email=email,
                name="Colleague",
                roles=roles,
                password=PASSWORD,
            )
        )
        return self._person(person_id, email)

    def actor(self, person_id: str) -> Actor:
        found = self.read(lambda session: self.service(AccountService).actor(session, person_id))
        assert found is not None
        return found

    def sign_in(self, email: str, password: str = PASSWORD, client: FlaskClient | None = None) -> FlaskClient:
        """Return a browser that is signed in."""
        client = client or self.app.test_client()
        token = token_of(client.get("/sign-in").text)
        answer = client.post("/sign-in", data={"email": email, "password": password, "csrf_token": token})
        assert answer.status_code == 302, answer.text
        return client

    def _person(self, person_id: str, email: str) -> Person:
        verified = update(PersonRow).where(PersonRow.id == person_id).values(verified_at=self.clock.now())
        self.write(lambda session: session.execute(verified))
        return Person(self.actor(person_id), email, self.sign_in(email))

    def try_in(self, email: str, password: str = PASSWORD) -> TestResponse:
        """Try to sign in with a new browser."""
        return send(self.app.test_client(), "/sign-in", email=email, password=password)

    def mails_to(self, email: str) -> list[Any]:
        """Return the mail that reached somebody, newest first."""
        self.settle()
        return [one for one in self.exchange.outside.mailer.messages(200) if one.to == email]  # type: ignore[attr-defined]

    def link_to(self, email: str, what: str) -> str:
        """Return the path of the newest link of a kind, such as set-password, that was mailed to somebody."""
        for mail in self.mails_to(email):
            found = re.search(rf"{re.escape(self.exchange.settings.public_url)}(/{what}/\S+)", mail.body)
            if found:
                return found[1]
        raise AssertionError(f"no mail with {what} for {email}")

    # ── technologies and listings ────────────────────────────────────────────────────────────────

    def technology(self, owner: Person, *, rights: int = 1, document: bool = True, titles: bool = True) -> str:
        """Describe a technology with rights, a confidential document, and final titles; return its id."""
        technologies = self.service(TechnologyService)
        draft = Draft(
            title=f"Solid electrolyte {uuid.uuid4().hex[:6]}",
            problem="Liquid electrolytes burn.",
            summary="A solid electrolyte that conducts at room temperature.",
            advantage=Advantage(text="Does not burn", number=Decimal(3), unit="×", compared_with="liquids"),
            trl=4,
            classes=("H01M 10/0562",),
        )

        def describe(session: Session) -> str:
            found = technologies.create(session, actor=owner.actor, draft=draft)
            for number in range(rights):
                right = RightDraft(kind=RightKind.KNOW_HOW, title=f"Know-how {number}")
                technologies.add_right(session, actor=owner.actor, technology_id=found.id, right=right)
            if titles:
                technologies.register_titles(session, actor=owner.actor, technology_id=found.id)
            return found.id

        technology_id = self.write(describe)
        if document:
            self.deposit(owner, technology_id)
        self.settle()
        return technology_id

    def deposit(
        self,
        owner: Person,
        technology_id: str,
        name: str = "method.pdf",
        role: DocumentRole = DocumentRole.CONFIDENTIAL,
        content: bytes = PDF,
    ) -> str:
        document = self.service(VaultService).deposit(
            owner.actor,
            subject_kind="technology",
            subject_id=technology_id,
            role=role,
            file_name=name,
            media_type="application/pdf",
            length=len(content),
            stream=io.BytesIO(content),
            idempotency_key=uuid.uuid4().hex,
            export_control=UNLISTED,
        )
        return document.id

    def listing(self, owner: Person, technology_id: str | None = None, **changes: Any) -> Listing:
        """Publish a listing, of a new technology unless one is given; ``terms`` are whole terms, or name changes."""
        technology_id = technology_id or self.technology(owner)
        stated = changes.pop("terms", None) or terms(**changes)
        return self.write(
            lambda session: self.service(CatalogueService).publish(
                session, actor=owner.actor, technology_id=technology_id, terms=stated, novelty=Novelty.CLEARED
            )
        )

    # ── deals ────────────────────────────────────────────────────────────────────────────────────

    def offer(self, taker: Person, listing: Listing) -> Offer:
        """Accept the undertaking and make an offer."""

        def act(session: Session) -> Offer:
            self.deals.ndas.accept(session, actor=taker.actor, listing_id=listing.id)
            return self.deals.offers.make(
                session, actor=taker.actor, listing_id=listing.id, message="We want it.", submit_key=uuid.uuid4().hex
            )

        return self.write(act)

    def agreement(self, owner: Person, taker: Person, listing: Listing | None = None, **changes: Any) -> AgreementView:
        """Bring a deal to its agreement, which nobody has signed."""
        offer = self.offer(taker, listing or self.listing(owner, **changes))
        return self.write(lambda session: self.deals.accept_offer(session, actor=owner.actor, offer_id=offer.id))

    def sign(self, person: Person, agreement: AgreementView) -> AgreementView:
        return self.write(
            lambda session: self.deals.agreements.sign(
                session, actor=person.actor, agreement_id=agreement.id, commitment=agreement.commitment
            )
        )

    def signed(self, owner: Person, taker: Person, listing: Listing | None = None, **changes: Any) -> AgreementView:
        """Bring a deal to where both have signed."""
        agreement = self.agreement(owner, taker, listing, **changes)
        self.sign(owner, agreement)
        return self.sign(taker, agreement)

    def view(self, person: Person, agreement: AgreementView) -> AgreementView:
        """Return an agreement as it stands."""
        return self.read(
            lambda session: self.deals.agreements.agreement(session, actor=person.actor, agreement_id=agreement.id)
        )

    # ── payments ─────────────────────────────────────────────────────────────────────────────────

    def checkout(self, agreement: AgreementView) -> Checkout:
        found = self.read(lambda session: self.payments.find_by_agreement(session, agreement_id=agreement.id))
        assert found is not None
        return found

    def pay_page(self, taker: Person, agreement: AgreementView) -> str:
        """Press *Pay* and return the address of the hosted page."""
        answer = taker.post(f"/deals/agreements/{agreement.id}/pay")
        assert answer.status_code == 303, (answer.status_code, words_of(answer.text))
        return str(answer.headers["Location"])

    @contextmanager
    def notifications_held(self, *, lost: bool = False) -> Iterator[list[tuple[bytes, str]]]:
        """Let no notification through until the end of the block.

        The payment service repeats them afterwards, unless they are lost: then it believes that we have them.
        """
        self.gate.answer, self.gate.seen = 200 if lost else 503, []
        try:
            yield self.gate.seen
        finally:
            self.gate.answer = None

    @contextmanager
    def payment_service_down(self) -> Iterator[None]:
        self.gate.is_down = True
        try:
            yield
        finally:
            self.gate.is_down = False

    def held(self, kind: str, *, about: str) -> tuple[bytes, str]:
        """Wait for a notification of a kind about an id, as those of former tests are repeated meanwhile."""
        wanted = (f'"type": "{kind}"'.encode(), about.encode())
        return self.until(lambda: next((seen for seen in self.gate.seen if all(w in seen[0] for w in wanted)), None))

    def notify(self, body: bytes, signature: str) -> TestResponse:
        """Deliver a notification."""
        return self.app.test_client().post(WEBHOOK, data=body, headers={"Stripe-Signature": signature})

    def balances(self) -> dict[str, int]:
        """Return the sum of every account of the ledger, by account and currency; what is zero is left out."""
        query = select(LedgerLineRow.account, LedgerLineRow.currency, func.sum(LedgerLineRow.amount))
        query = query.group_by(LedgerLineRow.account, LedgerLineRow.currency)
        rows = self.read(lambda s: s.execute(query).all())
        return {f"{account} {currency}": total for account, currency, total in rows if total}
