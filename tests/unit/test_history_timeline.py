"""The timeline tells each audit line and receipt in words, names only who may be named, and never claims a proof."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ipx.audit.rules import AuditLine
from ipx.chain.service import TransactionState, TransactionView
from ipx.evidence.records import StampView
from ipx.evidence.rules import StampState
from ipx.history.records import TimelineLine
from ipx.history.rules import Kind, ProofKind, action_in_words, kind_of
from ipx.history.subjects import Facts, Subject
from ipx.history.timeline import Names, assemble
from ipx.vault.records import Receipt
from ipx.vault.rules import Form, Outcome, SourceKind

START = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
BLOCK_TIME = START + timedelta(seconds=5)
OWN, OTHER = "own-organisation", "other-organisation"
NAMES = Names(OWN, {OWN: "Institute", OTHER: "Company"}, {"ada": "Ada Lindqvist", "bob": "Bob"})


def audit_line(action: str, subject: tuple[str, str], *, by=("ada", OWN), sequence=1, **details: Any) -> AuditLine:
    return AuditLine(
        sequence=sequence,
        at=START + timedelta(seconds=sequence),
        action=action,
        actor_id=by[0],
        organisation_id=by[1],
        subject_kind=subject[0],
        subject_id=subject[1],
        details=details,
        previous="",
        hash="",
    )


def transaction(state: TransactionState, id: str = "tx") -> TransactionView:
    is_mined = state in (TransactionState.MINED, TransactionState.FINAL)
    return TransactionView(
        id=id,
        key="k",
        purpose="p",
        contract="LicenceRegistry",
        function="grant",
        arguments=[],
        state=state,
        note=None,
        sender=None,
        to="0x",
        hash="0x" + "ab" * 32,
        block_number=7 if is_mined else None,
        block_hash="0x" + "cd" * 32 if is_mined else None,
        block_time=int(BLOCK_TIME.timestamp()) if is_mined else None,
        gas_used=None,
        gas_price=None,
        created_at=START,
    )


def stamp(state: StampState) -> StampView:
    is_anchored = state is not StampState.SEALED
    return StampView(
        id="stamp",
        organisation_id=OWN,
        owner="0x",
        commitment=bytes(32),
        subject_kind="document",
        subject_id="d",
        state=state,
        created_at=START,
        batch_id=None,
        batch_size=None,
        chain_id=1 if is_anchored else None,
        transaction="0x" + "ef" * 32 if is_anchored else None,
        block_number=5 if is_anchored else None,
        block_hash=None,
        block_time=int(BLOCK_TIME.timestamp()) if is_anchored else None,
    )


SUBJECTS = (
    Subject("technology", "t", "Separator", "/technologies/t"),
    Subject("right", "r", "Know-how", "/technologies/t#record-r", "tx"),
    Subject("document", "d", "method.pdf", "/documents/d"),
    Subject("document", "odd", "100 %(it)s {0}.pdf", "/documents/odd"),
    Subject("agreement", "a", "Company", "/deals/agreements/a", "tx"),
    Subject("licence", "l", "Company", "/licences/l", "tx"),
    Subject("checkout", "c", "Company", "/deals/agreements/a"),
    Subject("nda", "n", "Company", "/deals/rooms/n", "tx"),
)


def told(*lines: AuditLine, state=TransactionState.FINAL, stamps=(), receipts=(), acts=None) -> list[TimelineLine]:
    facts = Facts(
        technology=cast(Any, SimpleNamespace(id="t", title="Separator")),
        subjects={(subject.kind, subject.id): subject for subject in SUBJECTS},
        lines=lines,
        stamps={found.id: found for found in stamps},
        transactions={"tx": transaction(state)},
        acts=acts or {},
        receipts=receipts,
    )
    return assemble(facts, NAMES)


def only(lines: list[TimelineLine]) -> TimelineLine:
    (line,) = lines
    return line


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("technology:draft:created", Kind.TECHNOLOGY),
        ("document:content:deposited", Kind.DEPOSIT),
        ("document:access:granted", Kind.ACCESS),
        ("evidence:stamp:made", Kind.ANCHOR),
        ("right:title:signed", Kind.TITLE),
        ("right:particulars:declared", Kind.TECHNOLOGY),
        ("listing:offer:published", Kind.LISTING),
        ("deal:offer:made", Kind.OFFER),
        ("deal:agreement:signed", Kind.SIGNATURE),
        ("payment:refund:asked", Kind.PAYMENT),
        ("licence:grant:final", Kind.GRANT),
        ("licence:life:expired", Kind.LIFE),
        ("right:chain:entered", Kind.TITLE),
        ("history:export:made", Kind.EXPORT),
        ("something:quite:new", Kind.TECHNOLOGY),
    ],
)
def test_action_when_sorted_then_of_the_expected_kind(action, kind):
    assert kind_of(action) is kind


def test_person_when_of_the_own_organisation_then_named():
    assert only(told(audit_line("technology:draft:created", ("technology", "t")))).actor == "Ada Lindqvist"


def test_person_when_of_another_organisation_then_only_the_organisation_is_named():
    line = only(told(audit_line("deal:nda:accepted", ("nda", "n"), by=("bob", OTHER))))
    assert line.actor == "a person of Company"
    assert "Bob" not in line.what


def test_actor_when_nobody_then_the_organisation_or_the_exchange():
    granted = audit_line("licence:grant:final", ("licence", "l"), by=(None, None))
    opened = audit_line("payment:checkout:opened", ("checkout", "c"), by=(None, OTHER), sequence=2)
    assert [line.actor for line in told(granted, opened)] == ["The exchange", "Company"]


def test_person_when_gone_then_a_former_member():
    assert only(told(audit_line("technology:draft:revised", ("technology", "t"), by=("eve", OWN)))).actor == (
        "a former member"
    )


@pytest.mark.parametrize(
    ("state", "stamp_state", "block", "words"),
    [
        (TransactionState.QUEUED, "pending", None, "not in a block yet"),
        (TransactionState.MINED, "included", 7, "block 7, not final yet"),
        (TransactionState.FINAL, "final", 7, "block 7, final"),
        (TransactionState.REORGED, "pending", None, "not in a block yet"),
    ],
)
def test_title_when_on_its_way_then_the_line_says_how_far(state, stamp_state, block, words):
    line = only(told(audit_line("right:title:signed", ("right", "r"), transaction="tx", evidence=0), state=state))
    assert (line.proof_kind, line.stamp_state, line.block) == (ProofKind.CHAIN, stamp_state, block)
    assert line.proof_in_words == words
    assert line.is_proven == (block is not None)
    assert line.what == "Record of title signed, declared: Know-how"


def test_title_when_refused_by_the_contract_then_platform_record_only():
    refused = audit_line("right:title:refused", ("right", "r"), by=(None, None), transaction="tx")
    line = only(told(refused, state=TransactionState.FAILED))
    assert (line.proof_kind, line.transaction, line.proof_in_words) == (
        ProofKind.PLATFORM,
        None,
        "platform record only",
    )


def test_signature_when_the_licence_is_granted_then_rests_on_its_transaction():
    signed = audit_line("deal:agreement:signed", ("agreement", "a"), side="licensor")
    drawn_up = audit_line("deal:agreement:drawn_up", ("agreement", "a"), by=(None, None), sequence=2)
    lines = told(signed, drawn_up)
    assert lines[0].what == "Agreement with Company signed for the licensor"
    assert [line.proof_kind for line in lines] == [ProofKind.CHAIN, ProofKind.PLATFORM]


def test_better_evidence_when_brought_to_the_chain_then_rests_on_that_act():
    attached = audit_line("right:evidence:instrument_attached", ("right", "r"), document="x", evidence=1)
    assert only(told(attached, acts={("r", 1): "tx"})).block == 7
    assert only(told(attached, acts={("r", 2): "tx"})).proof_kind is ProofKind.PLATFORM


def test_stamp_when_anchored_then_told_at_the_time_of_the_block():
    made = audit_line("evidence:stamp:made", ("document", "d"), by=(None, OWN), sequence=3, stamp="stamp")
    line = only(told(made, stamps=[stamp(StampState.FINAL)]))
    assert (line.at, line.block, line.stamp_state) == (BLOCK_TIME, 5, "final")
    assert line.what == "Fingerprint anchored in block 5: method.pdf"
    assert line.proof_href == "/documents/d/evidence"


def test_stamp_when_pending_then_told_at_its_own_time_and_not_proven():
    made = audit_line("evidence:stamp:made", ("document", "d"), by=(None, OWN), sequence=3, stamp="stamp")
    line = only(told(made, stamps=[stamp(StampState.SEALED)]))
    assert (line.at, line.stamp_state, line.is_proven) == (START + timedelta(seconds=3), "pending", False)


@pytest.mark.parametrize(
    ("form", "outcome", "purpose", "words"),
    [
        (Form.CLEAR, Outcome.COMPLETE, "due diligence", "method.pdf read (complete; purpose: due diligence)"),
        (Form.AGE, Outcome.ABORTED, "audit", "method.pdf read as an age file (broken off; purpose: audit)"),
        (Form.CLEAR, None, None, "method.pdf read (not ended; purpose erased)"),
    ],
)
def test_reading_when_told_then_with_outcome_and_purpose(form, outcome, purpose, words):
    receipt = Receipt(
        id="x",
        document_id="d",
        organisation_id=OTHER,
        person_id="bob",
        purpose=purpose,
        form=form,
        recipient=None,
        source_kind=SourceKind.LICENCE,
        source_id="l",
        opened_at=START,
        outcome=outcome,
        closed_at=None,
        delivered_bytes=None,
        delivered_sha256=None,
        sequence=9,
        hash="",
    )
    line = only(told(receipts=[receipt]))
    assert (line.what, line.actor, line.kind) == (words, "a person of Company", Kind.READ)
    assert (line.proof_in_words, line.audit_sequence, line.receipt_sequence) == ("platform record only", None, 9)


def test_lines_when_of_different_sources_then_in_order_of_time():
    late = audit_line("technology:draft:revised", ("technology", "t"), sequence=8)
    early = audit_line("technology:draft:created", ("technology", "t"), sequence=1)
    made = audit_line("evidence:stamp:made", ("document", "d"), by=(None, OWN), sequence=2, stamp="stamp")
    lines = told(late, early, made, stamps=[stamp(StampState.INCLUDED)])
    assert [line.audit_sequence for line in lines] == [1, 2, 8]


def test_payment_when_told_then_with_its_amount():
    settled = audit_line("payment:checkout:settled", ("checkout", "c"), by=(None, None), amount=1250050, currency="EUR")
    assert only(told(settled)).what == "Payment of EUR 12,500.50 by Company settled"


def test_access_when_granted_then_says_to_whom():
    granted = audit_line("document:access:granted", ("document", "d"), by=(None, OWN), organisation=OTHER)
    assert only(told(granted)).what == "Company may read method.pdf"


def test_action_when_unknown_then_told_in_its_own_words():
    line = only(told(audit_line("right:colour:painted_red", ("right", "r"))))
    assert line.what == "right: colour painted red: Know-how"
    assert action_in_words("a:b:c_d") == "a: b c d"


def test_name_when_it_holds_a_format_sign_then_told_as_it_is():
    odd = audit_line("document:content:deposited", ("document", "odd"))
    assert only(told(odd)).what == "Document deposited: 100 %(it)s {0}.pdf"


def test_organisation_when_no_longer_here_then_said_so():
    granted = audit_line("document:access:granted", ("document", "d"), by=(None, OWN), organisation="gone")
    assert only(told(granted)).what == "an organisation that is no longer here may read method.pdf"
