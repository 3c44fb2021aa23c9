"""Chapter 3: the evidence is taken away and verified by our own verifier here; titles are recorded."""

import hashlib
import io
from typing import Any

import pikepdf

from ipx.evidence.verification import CHAIN, CONTENT, HOLDS, REFUSED, Anchored, verify_bundle
from ipx.smoke.client import Visitor, wait_for
from ipx.smoke.report import Step
from ipx.smoke.story import Story, check


def bundle(story: Story) -> str:
    """Download the bundle, verify it with the file, and see any change refused."""
    story.bundle = story.institute.download(f"/documents/{story.document}/bundle").content
    digest = hashlib.sha256(story.content).digest()
    verdict = verify_bundle(story.bundle, file_sha256=digest)
    check(verdict.outcome == HOLDS and verdict.reaches(CONTENT), verdict.summary)
    other = verify_bundle(story.bundle, file_sha256=hashlib.sha256(story.content + b".").digest())
    check(other.outcome == REFUSED, "The bundle was accepted with another file.")
    for place in range(0, len(story.bundle), max(len(story.bundle) // 64, 1)):
        changed = bytearray(story.bundle)
        changed[place] ^= 1
        verdict = verify_bundle(bytes(changed), file_sha256=digest)
        check(verdict.outcome != HOLDS, f"A bundle with byte {place} changed was accepted.")
    return "holds with the file; refused with another file and with any changed byte"


class ServedChain:
    """The exchange's own node, as the page Verify asks it; fills the verifier's ChainReader."""

    def __init__(self, visitor: Visitor, transaction: str) -> None:
        self._told: dict[str, Any] = visitor.json(f"/verify/chain?transaction={transaction}")

    def chain_id(self) -> int:
        """Return the chain's id."""
        check(self._told.get("found"), "The exchange's node does not know the anchor's transaction.")
        return int(self._told["chain_id"])

    def anchored_in(self, transaction: str) -> list[Anchored]:
        """Return the anchor in the transaction."""
        told = self._told
        return [
            Anchored(
                contract=told["contract"].lower(),
                sender=told["sender"].lower(),
                root=bytes.fromhex(told["root"]),
                size=int(told["size"]),
                head=bytes.fromhex(told["head"]),
                block_number=told["block_number"],
                block_hash=told["block_hash"],
                block_time=told["block_time"],
            )
        ]

    def final_height(self) -> int | None:
        """Return a height that is final, None when the anchor's block is not."""
        return int(self._told["block_number"]) if self._told["final"] else None


def chain(story: Story) -> str:
    """Verify the bundle once more, now with what the exchange's node says of its transaction."""
    bundle = verify_bundle(story.bundle).bundle
    assert bundle is not None
    served = ServedChain(story.stranger, bundle.anchor.transaction)
    verdict = verify_bundle(story.bundle, file_sha256=hashlib.sha256(story.content).digest(), chain=served)
    check(verdict.reaches(CHAIN), verdict.summary)
    return verdict.summary


def certificate(story: Story) -> str:
    """Download the certificate, which carries the bundle."""
    content = story.institute.download(f"/documents/{story.document}/certificate").content
    check(content.startswith(b"%PDF-"), "The certificate is no PDF.")
    with pikepdf.open(io.BytesIO(content)) as pdf:
        carried = [spec.get_file().read_bytes() for spec in pdf.attachments.values()]
        pages = len(pdf.pages)
    # A bundle grows in its first moments: the block's header comes to it, and an authority's time stamp.
    newest = story.institute.download(f"/documents/{story.document}/bundle").content
    check({story.bundle, newest} & set(carried), "The certificate does not carry the bundle.")
    program = story.stranger.download("/verify.py").content
    check(program in carried, "The certificate does not carry the verifier that is served.")
    return f"a PDF of {pages} page(s) with the bundle and the verifier inside"


def evidence_is_the_owners(story: Story) -> str:
    """Ask for the bundle as others."""
    path = f"/documents/{story.document}/bundle"
    answers = [visitor.status("GET", path) for visitor in (story.stranger, story.outsider, story.company)]
    check(200 not in answers, "Somebody else got the evidence bundle.")
    return "nobody else gets it"


def titles(story: Story) -> str:
    """Record the title of each right and wait until the records are final."""
    page = story.institute.page(f"/technologies/{story.technology}")
    story.institute.press(page, to="/titles")

    def look() -> list[dict[str, Any]] | None:
        found = story.institute.json(f"/technologies/{story.technology}")["rights"]
        records = [right["record"] for right in found]
        refused = [record for record in records if record and record["state"] == "failed"]
        check(not refused, "The contract refused the record of a title.")
        return records if all(record and record["state"] == "final" for record in records) else None

    records = wait_for(look, "final records of title", seconds=story.patience)
    return f"{len(records)} records, {records[0]['evidence']}, block {records[0]['block']}"


STEPS = (
    Step("The evidence bundle verifies, and changes are refused", bundle),
    Step("The chain confirms it", chain),
    Step("The certificate is a PDF with the bundle inside", certificate),
    Step("The evidence is its owner's alone", evidence_is_the_owners),
    Step("The titles are recorded", titles),
)
