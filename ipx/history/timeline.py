"""Puts the audit lines and the receipts of one technology in order, each with its proof. Pure: asks no service.

It must never call a line proven that only our own record speaks for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from flask_babel import gettext as _

from ipx.audit.rules import AuditLine
from ipx.chain.service import TransactionState, TransactionView
from ipx.history import sentences
from ipx.history.records import Proof, TimelineLine
from ipx.history.rules import READ_ACTION, Kind, ProofKind, kind_of
from ipx.history.subjects import Facts, Subject
from ipx.vault.records import Receipt

STAMPED = "evidence:stamp:made"
# These lines name no transaction of their own; they rest on that of the licence.
_REST_ON_THE_GRANT = frozenset(("deal:agreement:signed", "deal:agreement:active", "licence:grant:final"))
_STATES = {TransactionState.MINED: "included", TransactionState.FINAL: "final"}


@dataclass(frozen=True)
class Names:
    """Names for people to read: of organisations, and of the people of the viewer's own organisation only."""

    own_organisation_id: str
    organisations: Mapping[str, str]
    people: Mapping[str, str]

    def organisation(self, organisation_id: str | None) -> str:
        """Return an organisation's name; the exchange's for None."""
        if organisation_id is None:
            return str(_("The exchange"))
        return self.organisations.get(organisation_id, _("an organisation that is no longer here"))

    def actor(self, person_id: str | None, organisation_id: str | None) -> str:
        """Return who acted, as far as the viewer may know: people of other organisations stay unnamed."""
        organisation = self.organisation(organisation_id)
        if person_id is None:
            return organisation
        if organisation_id == self.own_organisation_id:
            return self.people.get(person_id, _("a former member"))
        return str(_("a person of %(organisation)s", organisation=organisation))


def assemble(facts: Facts, names: Names) -> list[TimelineLine]:
    """Return the timeline, oldest first."""
    told = [_of_audit(line, facts, names) for line in facts.lines]
    told += [_of_receipt(receipt, facts, names) for receipt in facts.receipts]
    return sorted(told, key=lambda line: (line.at, line.audit_sequence or 0, line.receipt_sequence or 0))


def _of_audit(line: AuditLine, facts: Facts, names: Names) -> TimelineLine:
    subject = facts.subjects[line.subject_kind, line.subject_id]
    proof = _proof(line, facts, subject)
    let_in = line.details.get("organisation")
    is_anchored = line.action == STAMPED and proof.block_time is not None
    return TimelineLine(
        at=(proof.block_time or line.at) if is_anchored else line.at,
        kind=kind_of(line.action),
        action=line.action,
        what=_anchored(subject, proof)
        if is_anchored
        else sentences.sentence(
            line.action,
            line.details,
            it=subject.name,
            other=names.organisation(let_in) if isinstance(let_in, str) else "",
        ),
        actor=names.actor(None, None) if line.action == STAMPED else names.actor(line.actor_id, line.organisation_id),
        organisation=names.organisation(line.organisation_id),
        proof_kind=proof.kind,
        proof_href=proof.href,
        stamp_state=proof.stamp_state,
        transaction=proof.transaction,
        block=proof.block,
        audit_sequence=line.sequence,
    )


def _of_receipt(receipt: Receipt, facts: Facts, names: Names) -> TimelineLine:
    document = facts.subjects["document", receipt.document_id]
    return TimelineLine(
        at=receipt.opened_at,
        kind=Kind.READ,
        action=READ_ACTION,
        what=sentences.reading(receipt, name=document.name),
        actor=names.actor(receipt.person_id, receipt.organisation_id),
        organisation=names.organisation(receipt.organisation_id),
        proof_kind=ProofKind.PLATFORM,
        proof_href=f"{document.href}#receipts",
        stamp_state=None,
        transaction=None,
        block=None,
        audit_sequence=None,
        receipt_sequence=receipt.sequence,
    )


def _anchored(subject: Subject, proof: Proof) -> str:
    return str(_("Fingerprint anchored in block %(block)s: %(it)s", block=proof.block, it=subject.name))


def _proof(line: AuditLine, facts: Facts, subject: Subject) -> Proof:
    if line.action == STAMPED:
        return _evidence(line, facts, subject)
    transaction = _transaction(line, facts, subject)
    if transaction is None or transaction.state is TransactionState.FAILED:
        return Proof(ProofKind.PLATFORM, href=subject.href)
    is_mined = transaction.state in _STATES
    return Proof(
        ProofKind.CHAIN,
        href=subject.href,
        stamp_state=_STATES.get(transaction.state, "pending"),
        transaction=transaction.hash,
        block=transaction.block_number if is_mined else None,
        block_time=transaction.mined_at if is_mined else None,
    )


def _evidence(line: AuditLine, facts: Facts, subject: Subject) -> Proof:
    stamp = facts.stamps.get(str(line.details.get("stamp")))
    if stamp is None:
        return Proof(ProofKind.PLATFORM, href=subject.href)
    return Proof(
        ProofKind.EVIDENCE,
        href=f"{subject.href}/evidence",
        stamp_state="pending" if stamp.block_number is None else str(stamp.state),
        transaction=stamp.transaction,
        block=stamp.block_number,
        block_time=stamp.included_at,
    )


def _transaction(line: AuditLine, facts: Facts, subject: Subject) -> TransactionView | None:
    found = line.details.get("transaction")
    if found is None and line.action in _REST_ON_THE_GRANT:
        found = subject.transaction_id
    if found is None and line.action.startswith("right:evidence:"):
        found = facts.acts.get((line.subject_id, cast(int, line.details.get("evidence"))))
    return facts.transactions.get(str(found)) if found else None
