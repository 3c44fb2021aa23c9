"""What one run knows: who plays and what was made so far. Fresh names each time, so it runs on any exchange."""

import mimetypes
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from ipx.smoke.client import Visitor
from ipx.smoke.failures import StepFailed

# A word that stands in no other text: the listing must be found by it.
_SYLLABLES = ("ka", "lo", "mi", "ne", "ru", "sa", "to", "vi", "xe", "zu")


@dataclass(frozen=True)
class Account:
    """Somebody who can sign in."""

    email: str
    password: str


@dataclass
class Story:
    """One run. Empty fields are filled by the steps that make the thing."""

    url: str
    file_name: str
    media_type: str
    content: bytes
    accounts: list[Account]
    is_free: bool = False
    patience: float = 300.0
    suffix: str = field(default_factory=lambda: secrets.token_hex(3))
    word: str = field(default_factory=lambda: "".join(secrets.choice(_SYLLABLES) for _ in range(6)))
    password: str = field(default_factory=lambda: "smoke " + secrets.token_urlsafe(18))
    institute: Visitor = field(init=False)
    administrator: Visitor = field(init=False)
    company: Visitor = field(init=False)
    outsider: Visitor = field(init=False)
    stranger: Visitor = field(init=False)
    company_name: str = ""
    technology: str = ""
    document: str = ""
    bundle: bytes = b""
    secret_number: str = ""
    listing: str = ""
    nda: str = ""
    offer: str = ""
    agreement: str = ""
    licence: str = ""

    def __post_init__(self) -> None:
        self.institute = Visitor(self.url, "the institute's founder")
        self.administrator = Visitor(self.url, "the lab administrator")
        self.company = Visitor(self.url, "the company")
        self.outsider = Visitor(self.url, "another company")
        self.stranger = Visitor(self.url, "somebody signed out")

    @property
    def title(self) -> str:
        """The technology's title."""
        return f"Smoke test: separator {self.word}"


def new_story(url: str, document: Path | None, accounts: list[Account]) -> Story:
    """Return a story about a document, or about one that is made here."""
    if document is None:
        text = f"Confidential description of a separator membrane, made by ipx smoke. {secrets.token_hex(16)}\n"
        return Story(url, "description.txt", "text/plain", (text * 400).encode(), accounts)
    media_type = mimetypes.guess_type(document.name)[0] or "application/octet-stream"
    return Story(url, document.name, media_type, document.read_bytes(), accounts)


def check(holds: object, otherwise: str) -> None:
    """Raise StepFailed unless it holds."""
    if not holds:
        raise StepFailed(otherwise)
