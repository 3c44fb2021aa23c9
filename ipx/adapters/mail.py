"""Outgoing mail: over SMTP, or kept in a folder that the embedded mode shows as a page.

It must never let a value end a header line, nor send a password over a line that others can read.
"""

import contextlib
import hashlib
import json
import os
import re
import smtplib
import ssl
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from email import policy
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from email_validator import EmailNotValidError, validate_email

from ipx.core.errors import Invalid, TooLarge, Unavailable
from ipx.core.ports import Mail

LONGEST_SUBJECT = 200  # characters
LARGEST_BODY = 256 * 1024  # bytes of UTF-8
KEPT_IN_MAILBOX = 1000
_SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_DEFAULT_PORTS = {"smtps": 465, "starttls": 587, "smtp": 25}


class SmtpMailer:
    """Mail through the server of a URL: ``smtp://user:password@host:587?starttls=1`` or ``smtps://…``."""

    def __init__(self, url: str, *, sender: str, seconds: float = 30, tls: ssl.SSLContext | None = None) -> None:
        """Read the URL; nothing is sent yet. ``seconds`` limits each answer; ``tls`` replaces the system's trust.

        Raises Invalid for a malformed URL or sender, and for a password on a line that others can read.
        """
        self._read_url(url)
        self._sender = _sender(sender)
        self._seconds = seconds
        self._tls = tls

    def send(self, mail: Mail) -> None:
        """Hand the message over. Raises Invalid when the server will never take it, else Unavailable."""
        message = compose(mail, self._sender)
        server = self._connect()
        try:
            with _delivery_errors():
                self._hand_over(server, message)
        finally:
            # What was accepted stays accepted, whatever the server answers to our farewell.
            with contextlib.suppress(smtplib.SMTPException, OSError):
                server.quit()

    def check(self) -> str:
        """Connect, sign in where there is a password, and leave."""
        server = self._connect()
        with contextlib.suppress(smtplib.SMTPException, OSError):
            server.quit()
        return f"SMTP server {self._host}:{self._port} ({self._security})"

    def _hand_over(self, server: smtplib.SMTP, message: EmailMessage) -> None:
        """Send the message's own bytes: ``send_message`` would put ``>`` before a line that begins with “From”."""
        (to,) = message["To"].addresses
        if to.addr_spec.isascii():
            server.sendmail(self._sender.addr_spec, [to.addr_spec], message.as_bytes(policy=policy.SMTP))
        elif not server.has_extn("smtputf8"):
            raise Invalid("The mail server takes only addresses with ASCII letters before the @.", field="to")
        else:
            data = message.as_bytes(policy=policy.SMTPUTF8)
            server.sendmail(self._sender.addr_spec, [to.addr_spec], data, mail_options=["SMTPUTF8", "BODY=8BITMIME"])

    def _read_url(self, url: str) -> None:
        refusal = Invalid("The mail server must look like smtp://user:password@host:587?starttls=1 or smtps://host.")
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query))
        starttls = options.pop("starttls", "0")
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or options or starttls not in ("0", "1"):
            raise refusal
        self._security = "starttls" if parts.scheme == "smtp" and starttls == "1" else parts.scheme
        self._host = parts.hostname
        try:
            self._port = parts.port or _DEFAULT_PORTS[self._security]
        except ValueError as error:
            raise refusal from error
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        if self._user and self._security == "smtp" and not _is_this_machine(self._host):
            raise Invalid("A mail password needs an encrypted line: add ?starttls=1, or use smtps://.")

    def _connect(self) -> smtplib.SMTP:
        try:
            return self._signed_in()
        except (smtplib.SMTPException, OSError) as error:
            raise Unavailable(f"The mail server {self._host}:{self._port} cannot be used: {error}") from error

    def _signed_in(self) -> smtplib.SMTP:
        tls = self._tls or ssl.create_default_context()
        if self._security == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=self._seconds, context=tls)
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=self._seconds)
        try:
            if self._security == "starttls":
                server.starttls(context=tls)
            server.ehlo_or_helo_if_needed()
            if self._user:
                server.login(self._user, self._password)
        except BaseException:
            server.close()
            raise
        return server


class MailboxMailer:
    """Mail that stays on this machine, as files in a folder, for the embedded mode; never for production."""

    def __init__(self, folder: Path) -> None:
        """Open the folder, making it when it is new; its owner alone may read it, for it holds sign-in links."""
        self._folder = folder
        with _disk_errors():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def send(self, mail: Mail) -> None:
        """Keep the message; one with an id that is here already is not kept twice."""
        compose(mail, Address("IPX", "mailbox", "localhost"))  # refuses what SMTP would refuse
        mark = hashlib.sha256(mail.id.encode()).hexdigest()[:16]
        with _disk_errors():
            if any(self._folder.glob(f"*-{mark}.json")):
                return
            draft = self._folder / f"{mark}.{os.getpid()}.draft"
            draft.write_text(json.dumps(asdict(mail), ensure_ascii=False, indent=1), encoding="utf-8")
            draft.replace(self._folder / f"{time.time_ns():020}-{mark}.json")
            for forgotten in self._newest_first()[KEPT_IN_MAILBOX:]:
                forgotten.unlink(missing_ok=True)

    def messages(self, limit: int) -> list[Mail]:
        """Return the newest messages first, ``limit`` at most."""
        with _disk_errors():
            return [Mail(**json.loads(path.read_text(encoding="utf-8"))) for path in self._newest_first()[:limit]]

    def check(self) -> str:
        """Tell how many messages are kept."""
        with _disk_errors():
            return f"embedded mailbox, {len(self._newest_first())} messages; none of them leaves this machine"

    def _newest_first(self) -> list[Path]:
        return sorted(self._folder.glob("*.json"), reverse=True)


def compose(mail: Mail, sender: Address) -> EmailMessage:
    """Return the message as it travels. Raises Invalid naming the field, TooLarge."""
    if not _SAFE_ID.fullmatch(mail.id):
        raise Invalid("The id of a mail must be letters, digits, dots and dashes.", field="id")
    if not mail.subject.strip() or any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in mail.subject):
        raise Invalid("The subject of a mail must be one line of text.", field="subject")
    if len(mail.subject) > LONGEST_SUBJECT:
        raise TooLarge(f"The subject of a mail may have {LONGEST_SUBJECT} characters.")
    if len(mail.body.encode("utf-8", errors="replace")) > LARGEST_BODY:
        raise TooLarge(f"The text of a mail may have {LARGEST_BODY // 1024} KiB.")
    message = EmailMessage()
    message["From"] = sender
    message["To"] = _recipient(mail.to)
    message["Subject"] = mail.subject
    message["Date"] = datetime.now(UTC)
    message["Message-ID"] = f"<{mail.id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: holiday answers must not come back
    # Quoted-printable whatever the text: control characters and long lines then cannot disturb a server.
    message.set_content(mail.body.encode("utf-8", errors="replace").decode(), cte="quoted-printable")
    return message


def _recipient(text: str) -> Address:
    try:
        found = validate_email(text, check_deliverability=False, globally_deliverable=False, test_environment=True)
    except EmailNotValidError as error:
        raise Invalid(f"This is not a mail address: {error}", field="to") from error
    return Address(username=found.ascii_local_part or found.local_part, domain=found.ascii_domain)


def _sender(text: str) -> Address:
    """Read the operator's own address; ``no-reply@localhost``, the default, is no address to send to."""
    name, address = parseaddr(text)
    refusal = Invalid("The sender must look like: IPX <no-reply@example.org>", field="mail_from")
    try:
        sender = Address(name, addr_spec=address)
    except (ValueError, IndexError, HeaderParseError) as error:
        raise refusal from error
    if not text.isprintable() or not sender.username or not sender.domain or not sender.addr_spec.isascii():
        raise refusal
    return sender


def _is_this_machine(host: str) -> bool:
    with contextlib.suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


@contextlib.contextmanager
def _delivery_errors() -> Iterator[None]:
    """Tell apart what will never be taken (5xx about this message) from what may be taken later."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        ((code, reply),) = error.recipients.values()
        _raise_for(code, reply, error)
    except smtplib.SMTPDataError as error:
        _raise_for(error.smtp_code, error.smtp_error, error)
    except (smtplib.SMTPException, OSError) as error:
        raise Unavailable(f"The mail server did not take the message: {error}") from error


def _raise_for(code: int, reply: bytes | str, error: Exception) -> None:
    text = reply.decode("utf-8", errors="replace") if isinstance(reply, bytes) else reply
    if code >= 500 and code != 530:  # 530: our password is missing, which is not the recipient's fault
        raise Invalid(f"The mail server refuses the message: {code} {text}", field="to") from error
    raise Unavailable(f"The mail server does not take the message now: {code} {text}") from error


@contextlib.contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(f"The mailbox folder cannot be used: {error.strerror}.") from error
