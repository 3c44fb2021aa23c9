"""The draft of a declaration that a qualified person may complete and sign: words for counsel, not legal advice.

United States: Federal Rules of Evidence 902(13) and 902(14), with the certification and the notice of 902(11); unsworn
declarations, 28 U.S.C. § 1746. It must never state more than the bundle proves, nor that anybody has checked anything.
"""

from collections.abc import Sequence

from ipx.evidence.bundle import Bundle
from ipx.evidence.verification import moment

BLANK = "____________________"


def draft_declaration(bundle: Bundle, *, document: str, verifier_sha256: str) -> Sequence[str]:
    """Return the paragraphs, with blanks for what only the person who signs can say."""
    anchor = bundle.anchor
    content = bundle.opening.content_sha256.hex() if bundle.opening else BLANK
    return (
        (
            "A draft for counsel in the United States. It has no effect until a qualified person has checked every "
            "sentence, struck out what does not apply, completed the blanks and signed. Who offers it must give the "
            "adverse party reasonable written notice and make record and declaration available for inspection (Fed. R. "
            "Evid. 902(11)). It goes to authenticity alone."
        ),
        (
            f"1. I am {BLANK}, {BLANK} (position and employer). I am qualified to make this declaration by {BLANK} "
            "(knowledge, training, experience), and I make it of my own knowledge."
        ),
        (
            "2. The process (Rule 902(13)). The evidence bundle that is attached to this certificate was generated "
            "by an electronic process. The SHA-256 (FIPS 180-4) of a document was joined with a random salt and the "
            "owner's account to a commitment; commitments were joined, as the leaves of a Merkle tree (RFC 6962), "
            f"to one root; the root was recorded by the transaction {anchor.transaction} in the log of the contract "
            f"{anchor.contract} on the blockchain with the chain id {anchor.chain_id}, in block "
            f"{anchor.block_number}, which bears the time {moment(anchor.block_time)}."
        ),
        (
            "3. The process produces an accurate result. No way is known to find two contents with the same SHA-256: "
            "any change of the document, or of what lies between it and the root, leads to another root. On "
            f"{BLANK} (date) I repeated every step with {BLANK} (program and version; the program verify.py attached "
            f"to this certificate has the SHA-256 {verifier_sha256}) against the node {BLANK} of the chain, operated "
            f"by {BLANK}. The verdict was: {BLANK}, at the level {BLANK}."
        ),
        (
            f"4. The copy (Rule 902(14)). On {BLANK} (date) I computed the SHA-256 of the file “{document}”, copied "
            f"from {BLANK} (device, storage medium or file). It was {BLANK}. The bundle names {content}. By this "
            "process of digital identification the copy is authenticated as the document that the bundle is about."
        ),
        (
            "5. I say nothing here about who invented, wrote or owns what the document describes, whether it is new, "
            "or whether anybody had it earlier."
        ),
        (
            "I declare under penalty of perjury under the laws of the United States of America that the foregoing is "
            f"true and correct (28 U.S.C. § 1746). Executed on {BLANK} (date) at {BLANK} (place)."
        ),
        f"Signature: {BLANK}{BLANK}     Name: {BLANK}{BLANK}",
    )
