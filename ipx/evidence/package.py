"""What goes with a bundle, so that nothing of ours is needed later: verify.py, and all of it in one ZIP.

It must never hold the document itself: evidence and document are kept apart, and handed out apart.
"""

import io
import zipfile
from functools import cache
from pathlib import Path

VERIFIER = "verify.py"
BUNDLE_FILE, CERTIFICATE_FILE = "evidence.ipx-evidence.json", "certificate.pdf"
FIRST_DAY_OF_ZIP = (1980, 1, 1, 0, 0, 0)  # the same input gives the same bytes

README = """\
Evidence of date and content
============================

evidence.ipx-evidence.json  the evidence bundle: all that is needed to check date and content
certificate.pdf             the same in words for people, with the bundle inside
verify.py                   a program that checks both; it needs Python 3.8 or later and nothing else

Keep the document itself beside these files, unchanged. It is not in here.

To check, open a terminal in this folder:

    python3 verify.py evidence.ipx-evidence.json --file DOCUMENT

and, for the last step, with the address of any node of the chain (it need not be ours):

    python3 verify.py evidence.ipx-evidence.json --file DOCUMENT --rpc URL --require chain

Or drop bundle and document on the page {verify_url}: they are read in the browser and not uploaded.

Only a check against the chain makes it genuine. It proves that whoever made the commitment had this document, or its
SHA-256, not later than the time of the block. It does not prove who invented it, who owns it, that it is new, or that
nobody had it earlier. The bundle opens the commitment: show it only to people who may know that you had the document.
"""


@cache
def verifier() -> bytes:
    """Return the program verify.py, as it is served and shipped."""
    return Path(__file__).with_name(VERIFIER).read_bytes()


def write_package(*, bundle: bytes, certificate: bytes, verify_url: str) -> bytes:
    """Return the ZIP of bundle, certificate, program and a few plain lines. The same input gives the same bytes."""
    files = {
        "README.txt": README.format(verify_url=verify_url).encode(),
        BUNDLE_FILE: bundle,
        CERTIFICATE_FILE: certificate,
        VERIFIER: verifier(),
    }
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, FIRST_DAY_OF_ZIP)
            entry.external_attr = 0o644 << 16
            package.writestr(entry, content, compress_type=zipfile.ZIP_DEFLATED)
    return sink.getvalue()
