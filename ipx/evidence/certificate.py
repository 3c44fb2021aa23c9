"""The PDF certificate: a scientist hands it to a lawyer. It carries the bundle, and its own checksum.

The bundle is in it twice: as an attachment for people, and on a comment line for verifiers that have no PDF library
(docs/spec/evidence-bundle.md). It must never say more than the bundle proves.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ipx.core.errors import Tampered
from ipx.evidence import bundle as bundles
from ipx.evidence import verification
from ipx.evidence.bundle import Bundle
from ipx.evidence.declaration import draft_declaration
from ipx.evidence.package import BUNDLE_FILE, VERIFIER, verifier
from ipx.evidence.verification import REFUSED, UNREADABLE, ChainReader, Step, Verdict, verify_bundle

if TYPE_CHECKING:
    from cryptography.x509 import Certificate as X509Certificate

ATTACHMENT = BUNDLE_FILE
BUNDLE_LINE = b"\n%ipx-evidence "
CHECKSUM_LINE = b"\n%ipx-certificate-sha256 "
WORDS = "The certificate is byte for byte as it was written."
_POINTER = re.compile(rb"startxref\r?\n(\d+)\r?\n%%EOF")


@dataclass(frozen=True)
class CertificateFacts:
    """What the exchange adds to the bundle: names, where to check, whether the block is final and the chain a simulated
    one, and whether the draft of a declaration is wanted, which a qualified person may complete and sign."""

    title: str
    document: str
    organisation: str
    verify_url: str
    is_final: bool
    is_simulated: bool = False
    with_declaration: bool = False


def write_certificate(bundle: bytes, facts: CertificateFacts) -> bytes:
    """Return the certificate of a full bundle as a PDF. The same input gives the same bytes."""
    from ipx.evidence.certificate_page import draw_page

    read = bundles.read(bundle)
    program = hashlib.sha256(verifier()).hexdigest()
    declaration = draft_declaration(read, document=facts.document, verifier_sha256=program)
    page = draw_page(read, facts, declaration if facts.with_declaration else ())
    return seal(_attach(page, bundle), bundle)


def seal(pdf: bytes, bundle: bytes) -> bytes:
    """Append the bundle's line and the checksum's line, then point to the PDF's content again, as readers expect."""
    covered = pdf.rstrip(b"\r\n") + BUNDLE_LINE + bundle + CHECKSUM_LINE
    return covered + hashlib.sha256(covered).hexdigest().encode() + _ending(covered)


def is_certificate(data: bytes) -> bool:
    """Tell whether the bytes look like a certificate, whole or damaged."""
    return BUNDLE_LINE.strip() in data or CHECKSUM_LINE.strip() in data


def read_certificate(data: bytes) -> tuple[bytes, bool]:
    """Return the bundle inside, and whether something was added to the PDF after us (a signature, a note).

    Raises Tampered when a byte of what we wrote was changed.
    """
    at = data.find(CHECKSUM_LINE)
    covered = data[: at + len(CHECKSUM_LINE)]
    start = covered.rfind(BUNDLE_LINE)
    if at < 0 or start < 0:
        raise Tampered("The certificate lacks its checksum or its bundle.")
    expected = hashlib.sha256(covered).hexdigest().encode() + _ending(covered)
    rest = data[len(covered) :]
    added = rest[len(expected) :]
    if not rest.startswith(expected) or (added and b"startxref" not in added):
        raise Tampered("The certificate was changed after it was written.")
    return covered[start + len(BUNDLE_LINE) : at], bool(added)


def verify_document(
    data: bytes,
    *,
    file_sha256: bytes | None = None,
    chain: ChainReader | None = None,
    tsa_roots: Sequence["X509Certificate"] = (),
) -> Verdict:
    """Check a bundle, or a certificate with the bundle inside. Never raises for any bytes."""
    if not is_certificate(data):
        return verify_bundle(data, file_sha256=file_sha256, chain=chain, tsa_roots=tsa_roots)
    try:
        bundle, was_added_to = read_certificate(data)
    except Tampered as error:
        step = Step("certificate", WORDS, False, error.message)
        return Verdict(REFUSED, None, (step,), f"Refused at the step “certificate”. {error.message}", None)
    detail = "Something was added to the PDF later; only what was there before is checked." if was_added_to else ""
    step = Step("certificate", WORDS, None if was_added_to else True, detail or "Its checksum holds.")
    verdict = verify_bundle(bundle, file_sha256=file_sha256, chain=chain, tsa_roots=tsa_roots)
    if verdict.outcome == UNREADABLE:  # somebody has sealed something else
        form = Step("form", verification.WORDS["form"], False, verdict.summary)
        return Verdict(REFUSED, None, (step, form), f"Refused at the step “form”. {verdict.summary}", None)
    return replace(verdict, steps=(step, *verdict.steps))


def facts_of(bundle: Bundle) -> list[tuple[str, str]]:
    """Return what a bundle states, as label and value, in the order in which it is checked."""
    anchor, opening = bundle.anchor, bundle.opening
    known = [("SHA-256 of the document", opening.content_sha256.hex()), ("Owner's account", opening.owner),
             ("Salt", opening.salt.hex())] if opening else []  # fmt: skip
    return [
        *known,
        ("Commitment", bundle.value.hex()),
        ("Place in the batch", f"leaf {bundle.proof.leaf_index} of {bundle.proof.tree_size}"),
        ("Root of the batch", anchor.root.hex()),
        ("Head of the log", anchor.head.hex()),
        ("Chain", str(anchor.chain_id)),
        ("Contract", anchor.contract),
        ("Anchored by", anchor.sender),
        ("Transaction", anchor.transaction),
        ("Block", f"{anchor.block_number}, {anchor.block_hash}"),
        ("Time of the block", verification.moment(anchor.block_time)),
    ]


def _ending(covered: bytes) -> bytes:
    """Repeat the pointer to the cross-reference table: readers look for it within the last 1,024 bytes."""
    pointers = _POINTER.findall(covered)
    return b"\nstartxref\n" + (pointers[-1] if pointers else b"0") + b"\n%%EOF\n"


def _attach(pdf: bytes, bundle: bytes) -> bytes:
    import io

    import pikepdf

    with pikepdf.open(io.BytesIO(pdf)) as document:
        for name, content, kind, words in (
            (ATTACHMENT, bundle, "application/json", "Evidence bundle: everything that is needed to check this"),
            (VERIFIER, verifier(), "text/x-python", "A program that checks it: python3 verify.py CERTIFICATE"),
        ):
            document.attachments[name] = pikepdf.AttachedFileSpec(
                document,
                content,
                filename=name,
                description=words,
                mime_type=kind,
                creation_date="D:19700101000000Z",  # the same input gives the same bytes
                mod_date="D:19700101000000Z",
            )
        sink = io.BytesIO()
        document.save(sink, deterministic_id=True)
    return sink.getvalue()
