"""Kinds of lines, kinds of proof, and which action of the audit log is a line of which kind. Pure."""

from enum import StrEnum


class Kind(StrEnum):
    """What a line is about; people filter by it."""

    TECHNOLOGY = "technology"
    DEPOSIT = "deposit"
    ANCHOR = "anchor"
    TITLE = "title"
    LISTING = "listing"
    NDA = "nda"
    OFFER = "offer"
    SIGNATURE = "signature"
    PAYMENT = "payment"
    GRANT = "grant"
    LIFE = "life"
    ACCESS = "access"
    READ = "read"
    EXPORT = "export"


class ProofKind(StrEnum):
    """How a line is proven: by a transaction, by the evidence of a document, or by our own record alone."""

    CHAIN = "chain"
    EVIDENCE = "evidence"
    PLATFORM = "platform"


class ExportForm(StrEnum):
    """Forms in which a history can be taken away."""

    CSV = "csv"
    JSON = "json"
    PDF = "pdf"


PLATFORM_RECORD_ONLY = "platform record only"
EXPORTED = "history:export:made"
REPORTED = "history:report:made"
MEASURES_REPORTED = "document:measures:reported"
READ_ACTION = "document:content:read"  # no audit line: a receipt, which has a hash chain of its own

# The longest beginning that fits decides; what fits none is about the technology itself.
_KINDS = {
    "document:content": Kind.DEPOSIT,
    READ_ACTION: Kind.READ,
    "document:access": Kind.ACCESS,
    "document:custody": Kind.DEPOSIT,
    "document:export_control": Kind.ACCESS,
    "technology:documents": Kind.ACCESS,
    "evidence:": Kind.ANCHOR,
    "right:title": Kind.TITLE,
    "right:register_rectification": Kind.TITLE,
    "right:evidence": Kind.TITLE,
    "listing:": Kind.LISTING,
    "deal:nda": Kind.NDA,
    "deal:offer": Kind.OFFER,
    "deal:agreement": Kind.SIGNATURE,
    "payment:": Kind.PAYMENT,
    "licence:": Kind.GRANT,
    "licence:life": Kind.LIFE,
    "right:chain": Kind.TITLE,
    "history:export": Kind.EXPORT,
    "review:": Kind.ACCESS,
    REPORTED: Kind.EXPORT,
    MEASURES_REPORTED: Kind.EXPORT,
}


def kind_of(action: str) -> Kind:
    """Return the kind of line that an action of the audit log is."""
    fitting = [beginning for beginning in _KINDS if action.startswith(beginning)]
    return _KINDS[max(fitting, key=len)] if fitting else Kind.TECHNOLOGY


def action_in_words(action: str) -> str:
    """Return ``subject:thing:verb`` as a few words, for an action that nobody has written a sentence for."""
    subject, thing, verb = action.split(":")
    return f"{subject}: {thing} {verb}".replace("_", " ")
