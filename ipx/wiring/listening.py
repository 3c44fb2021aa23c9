"""The table of who listens to what, which flows are durable, and which logs are anchored. Holds no logic."""

from collections.abc import Callable

from ipx.accounts.events import LinkIssued, PasswordChanged
from ipx.accounts.wrapped import WRAPPED as ACCOUNTS
from ipx.catalogue.events import ListingChanged, ListingOpened, NeedChanged
from ipx.chain.events import (
    AlarmBegan,
    AlarmEnded,
    TransactionFailed,
    TransactionFinal,
    TransactionMined,
    TransactionReorged,
)
from ipx.chain.letters import AlarmLetters
from ipx.challenges.wrapped import WRAPPED as CHALLENGES
from ipx.contests.events import ContestEnded
from ipx.deals.wrapped import WRAPPED as DEALS
from ipx.evidence.events import BatchFinal, BatchFrozen, BatchIncluded, BatchReorged
from ipx.evidence.log_head import AUDIT, RECEIPTS
from ipx.evidence.log_heads import AuditSource
from ipx.evidence.wrapped import WRAPPED as EVIDENCE
from ipx.inventions.wrapped import WRAPPED as INVENTIONS
from ipx.licences.events import LicenceActivated, LicenceRefused
from ipx.matches.workflows import MatchWorkflows
from ipx.matching.events import Indexed
from ipx.matching.workflows import MatchingWorkflows
from ipx.notices.workflows import NoticeWorkflows
from ipx.payments.events import CheckoutRefunded, CheckoutSettled, PaymentTroubled
from ipx.payments.workflows import PaymentWorkflows
from ipx.technologies.events import TitleMoved
from ipx.technologies.title_following import TitleFollowing
from ipx.technologies.wrapped import WRAPPED as TECHNOLOGIES
from ipx.titles.wrapped import WRAPPED as TITLES
from ipx.vault.announcements import Announcements
from ipx.vault.events import DocumentQuarantined, DocumentReleased
from ipx.vault.wrapped import WRAPPED as VAULT
from ipx.wiring.base import Base
from ipx.wiring.services import Services


def listen(base: Base, s: Services) -> None:
    """The whole table of who listens to what."""
    events, settings = base.events, base.settings
    letters = AlarmLetters(notices=s.notices, to=settings.operator_email, public_url=settings.public_url)
    events.listen(AlarmBegan, letters.on_alarm_began)
    events.listen(AlarmEnded, letters.on_alarm_ended)
    events.listen(LinkIssued, s.notices.on_link_issued)
    for room in (s.batches, s.technologies):
        events.listen(TransactionMined, _listener(room, "mined"))
        events.listen(TransactionFinal, _listener(room, "final"))
        events.listen(TransactionReorged, _listener(room, "reorged"))
        events.listen(TransactionFailed, _listener(room, "failed"))
    following = TitleFollowing(chain=s.chain, audit=base.audit, events=events)
    events.listen(TransactionFinal, following.on_final)
    events.listen(BatchFrozen, s.second_clock.on_batch_frozen)
    events.listen(BatchIncluded, s.block_proofs.on_included)
    events.listen(BatchReorged, s.block_proofs.on_reorged)
    announcements = Announcements(evidence=s.evidence, notices=s.notices)
    events.listen(BatchFinal, announcements.on_batch_final)
    events.listen(BatchReorged, announcements.on_batch_reorged)
    events.listen(DocumentQuarantined, announcements.on_quarantined)
    events.listen(DocumentReleased, announcements.on_released)
    events.listen(TransactionFinal, s.licences.on_transaction_final)
    events.listen(TransactionFailed, s.licences.on_transaction_failed)
    events.listen(PasswordChanged, s.wallets.on_password_changed)
    events.listen(ListingOpened, s.search.tallies.on_listing_opened)
    events.listen(ListingChanged, s.search.on_listing_changed)
    events.listen(NeedChanged, s.search.on_need_changed)
    events.listen(Indexed, s.matches.on_indexed)
    events.listen(LicenceActivated, s.matches.on_licence_activated)
    events.listen(CheckoutSettled, s.deals.agreements.on_checkout_settled)
    events.listen(CheckoutRefunded, s.deals.agreements.on_checkout_refunded)
    events.listen(PaymentTroubled, s.deals.agreements.on_payment_troubled)
    events.listen(LicenceActivated, s.deals.agreements.on_licence_activated)
    events.listen(LicenceActivated, s.life.on_licence_activated)
    events.listen(LicenceRefused, s.deals.agreements.on_licence_refused)
    events.listen(ContestEnded, s.life.on_contest_ended)
    events.listen(TransactionFinal, s.life.on_transaction_final)
    events.listen(TransactionFailed, s.life.on_transaction_failed)
    events.listen(TitleMoved, s.life.on_title_moved)


def _listener(room: object, what: str) -> Callable[..., None]:
    found: Callable[..., None] = getattr(room, f"on_{what}", None) or getattr(room, f"on_transaction_{what}")
    return found


def name_logs(base: Base, s: Services) -> None:
    """Our own logs whose heads go into every batch."""
    s.batches.heads.add(AUDIT, AuditSource(base.audit))
    s.batches.heads.add(RECEIPTS, s.vault.receipt_log)


def name_wrapped_columns(s: Services) -> None:
    """Everything that organisation keys wrap; what is missing here is lost when a key is rotated."""
    s.rotations.add(*ACCOUNTS, *EVIDENCE, *VAULT, *TECHNOLOGIES, *INVENTIONS, *TITLES, *DEALS, *CHALLENGES)


def match_workflows(base: Base, s: Services) -> MatchWorkflows:
    """The flows of matches, which are also a chore."""
    return MatchWorkflows(
        durable=base.durable,
        database=base.database,
        clock=base.clock,
        catalogue=s.catalogue,
        search=s.search,
        matches=s.matches,
    )


def register_workflows(base: Base, s: Services) -> None:
    """Make every durable flow known by its name."""
    mail = NoticeWorkflows(durable=base.durable, notices=s.notices, mailer=base.outside.mailer)
    matching = MatchingWorkflows(durable=base.durable, database=base.database, search=s.search, events=base.events)
    payments = PaymentWorkflows(durable=base.durable, payments=s.payments)
    for room in (
        mail,
        matching,
        match_workflows(base, s),
        payments,
        s.second_clock,
        s.rotations,
        s.custody,
        s.forgetting.workflows,
        s.inventions.erasures,
    ):
        base.durable.register(room.workflows())
