"""Mail as a server receives it, what a server may answer, and the mailbox of the embedded mode."""

import email
import email.policy
import smtplib
import socket
import socketserver
import ssl
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ipx.adapters.mail import KEPT_IN_MAILBOX, LARGEST_BODY, LONGEST_SUBJECT, MailboxMailer, SmtpMailer
from ipx.core.errors import Invalid, TooLarge, Unavailable
from ipx.core.ports import Mail, Mailer

SENDER = "IPX <no-reply@exchange.example>"
MAIL = Mail("0b9ed5d4-6a0f-4b4c-9b7e-1a1f0f1c2d3e", "ann@lab.example", "Your offer", "Hello Ann,\n\n.\nIPX\n")


# ── a server of a few lines, real enough for smtplib ─────────────────────────────────────────────


class SmtpServer(socketserver.ThreadingTCPServer):
    """Speaks SMTP on loopback and keeps what it gets; ``replies`` overrides the answer to a verb."""

    def __init__(self, tls: ssl.SSLContext | None, tls_from_start: bool, replies: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.tls, self.tls_from_start, self.replies = tls, tls_from_start, replies
        self.received: list[bytes] = []
        self.commands: list[str] = []

    def handle_error(self, request: object, client_address: object) -> None:
        """Be silent about a client that hangs up, as one does that mistrusts the certificate."""

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def last(self) -> EmailMessage:
        return email.message_from_bytes(self.received[-1].replace(b"\r\n", b"\n"), policy=email.policy.default)


class Conversation(socketserver.StreamRequestHandler):
    server: SmtpServer

    def handle(self) -> None:
        if self.server.tls_from_start:
            self.encrypt()
        self.reply("220 ready")
        while line := self.rfile.readline().decode():
            self.server.commands.append(line.strip())
            verb = line.split()[0].upper()
            special = getattr(self, f"on_{verb.lower()}", None)
            if special:
                special()
            else:
                self.reply(self.server.replies.get(verb, "250 ok"))
            if verb == "QUIT":
                return

    def finish(self) -> None:
        super().finish()
        self.request.close()  # the server knows only the socket that it accepted, not the encrypted one

    def reply(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def encrypt(self) -> None:
        assert self.server.tls is not None
        self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        self.setup()

    def on_ehlo(self) -> None:
        offers = ["250-test", "250-SIZE 1000000", "250-AUTH PLAIN"]
        if self.server.tls and not self.server.tls_from_start:
            offers.append("250-STARTTLS")
        if "SMTPUTF8" not in self.server.replies:
            offers += ["250-SMTPUTF8", "250-8BITMIME"]
        self.reply("\r\n".join([*offers, "250 HELP"]))

    def on_starttls(self) -> None:
        self.reply("220 go on")
        self.encrypt()

    def on_auth(self) -> None:
        self.reply(self.server.replies.get("AUTH", "235 welcome"))

    def on_data(self) -> None:
        self.reply("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        self.server.received.append(b"".join(lines))
        self.reply(self.server.replies.get("DATA", "250 taken"))

    def on_quit(self) -> None:
        self.reply(self.server.replies.get("QUIT", "221 bye"))


Serve = Callable[..., SmtpServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[SmtpServer] = []

    def start(tls: ssl.SSLContext | None = None, *, tls_from_start: bool = False, **replies: str) -> SmtpServer:
        server = SmtpServer(tls, tls_from_start, replies)
        servers.append(server)
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return the server's context with a certificate for 127.0.0.1, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(datetime.now(UTC) - timedelta(days=1))
    builder = builder.not_valid_after(datetime.now(UTC) + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    file.write_bytes(
        certificate
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=certificate.decode())


def mailer(server: SmtpServer) -> SmtpMailer:
    return SmtpMailer(f"smtp://127.0.0.1:{server.port}", sender=SENDER)


# ── what arrives ─────────────────────────────────────────────────────────────────────────────────


def test_a_mail_arrives_as_it_was_meant(serve: Serve) -> None:
    server = serve()
    real: Mailer = mailer(server)
    real.send(MAIL)
    assert server.last["Message-ID"] == f"<{MAIL.id}@exchange.example>"
    assert server.last["From"] == SENDER
    assert server.last["To"] == MAIL.to
    assert server.last["Subject"] == MAIL.subject
    assert server.last["Auto-Submitted"] == "auto-generated"
    assert abs(server.last["Date"].datetime - datetime.now(UTC)) < timedelta(minutes=1)
    assert server.last.get_content_type() == "text/plain"
    assert server.last.get_content() == MAIL.body
    assert "rcpt TO:<ann@lab.example>" in server.commands


def test_a_repeat_has_the_same_message_id(serve: Serve) -> None:
    server = serve()
    for _ in range(2):
        mailer(server).send(MAIL)
    first, second = (email.message_from_bytes(data) for data in server.received)
    assert first["Message-ID"] == second["Message-ID"]


def test_any_letters_arrive_and_only_ascii_travels(serve: Serve) -> None:
    server = serve()
    body = "Grüße – 你好 🔋\n.\n..\nFrom here\n" + "long " * 500 + "\n\x00\x1b[31m\n"
    mailer(server).send(Mail("a", "ann@müller.example", "Angebot über 5 € für 电池", body))
    assert server.received[0].isascii()
    assert server.last["Subject"] == "Angebot über 5 € für 电池"
    assert server.last["To"] == "ann@xn--mller-kva.example"
    assert server.last.get_content() == body
    assert max(map(len, server.received[0].split(b"\r\n"))) < 100


def test_a_local_part_with_other_letters_needs_a_server_that_takes_it(serve: Serve) -> None:
    mail = Mail("a", "jürgen@lab.example", "x", "y")
    able, unable = serve(), serve(SMTPUTF8="no")
    mailer(able).send(mail)
    assert "rcpt TO:<jürgen@lab.example>" in able.commands
    with pytest.raises(Invalid):
        mailer(unable).send(mail)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x00", "\x0b", "\x85", "\u2028", "\ud800"])
def test_no_value_can_begin_another_header(serve: Serve, end: str) -> None:
    server = serve()
    evil = f"x{end}Bcc: eve@evil.example"
    for mail in (
        Mail("a", MAIL.to, evil, "y"),
        Mail("a", f"ann@lab.example{end}Bcc: eve@evil.example", "x", "y"),
        Mail(f"a{end}b", MAIL.to, "x", "y"),
    ):
        with pytest.raises(Invalid):
            mailer(server).send(mail)
    mailer(server).send(Mail("a", MAIL.to, "x", f"y\r\n.\r\nRCPT TO:<eve@evil.example>{end}"))
    assert server.last["Bcc"] is None
    assert not any("eve" in command for command in server.commands)


@pytest.mark.parametrize(
    ("mail", "field"),
    [
        (Mail("a", "", "x", "y"), "to"),
        (Mail("a", "ann", "x", "y"), "to"),
        (Mail("a", "ann@lab.example, bob@lab.example", "x", "y"), "to"),
        (Mail("a", "Ann <ann@lab.example>", "x", "y"), "to"),
        (Mail("a", MAIL.to, " ", "y"), "subject"),
        (Mail("", MAIL.to, "x", "y"), "id"),
        (Mail("a>b", MAIL.to, "x", "y"), "id"),
        (Mail("a" * 200, MAIL.to, "x", "y"), "id"),
    ],
)
def test_a_wrong_value_is_named_before_anything_is_sent(tmp_path: Path, mail: Mail, field: str) -> None:
    nowhere = SmtpMailer("smtp://127.0.0.1:1", sender=SENDER)
    for either in (nowhere, MailboxMailer(tmp_path)):
        with pytest.raises(Invalid) as caught:
            either.send(mail)
        assert caught.value.field == field


def test_sizes_are_limited(serve: Serve) -> None:
    server = serve()
    mailer(server).send(Mail("a", MAIL.to, "x" * LONGEST_SUBJECT, "y" * LARGEST_BODY))
    assert len(server.last.get_content()) == LARGEST_BODY + 1  # the line end that every text gets
    for subject, body in [("x" * (LONGEST_SUBJECT + 1), "y"), ("x", "ü" * (LARGEST_BODY // 2 + 1))]:
        with pytest.raises(TooLarge):
            mailer(server).send(Mail("a", MAIL.to, subject, body))


# ── what a server may answer ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("replies", "error"),
    [
        ({"RCPT": "550 no such user"}, Invalid),
        ({"RCPT": "450 greylisted"}, Unavailable),
        ({"RCPT": "530 authentication required"}, Unavailable),
        ({"DATA": "554 no"}, Invalid),
        ({"DATA": "451 later"}, Unavailable),
        ({"MAIL": "421 closing"}, Unavailable),
        ({"MAIL": "553 sender not allowed"}, Unavailable),
    ],
)
def test_an_answer_decides_whether_a_retry_makes_sense(
    serve: Serve, replies: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        mailer(serve(**replies)).send(MAIL)


def test_a_bad_farewell_does_not_undo_a_delivery(serve: Serve) -> None:
    server = serve(QUIT="500 never")
    mailer(server).send(MAIL)
    assert len(server.received) == 1


def test_a_server_that_is_down_or_silent_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(Unavailable):
            SmtpMailer(f"smtp://127.0.0.1:{port}", sender=SENDER, seconds=0.05).send(MAIL)
    down = SmtpMailer(f"smtp://127.0.0.1:{port}", sender=SENDER)
    with pytest.raises(Unavailable):
        down.send(MAIL)
    with pytest.raises(Unavailable):
        down.check()


# ── who may see it ───────────────────────────────────────────────────────────────────────────────

Contexts = tuple[ssl.SSLContext, ssl.SSLContext]


def test_starttls_encrypts_before_the_password(serve: Serve, tls: Contexts) -> None:
    server = serve(tls[0])
    url = f"smtp://ann%40x:p%3Aw@localhost:{server.port}?starttls=1"
    SmtpMailer(url, sender=SENDER, tls=tls[1]).send(MAIL)
    verbs = [command.split()[0].upper() for command in server.commands]
    assert verbs[:4] == ["EHLO", "STARTTLS", "EHLO", "AUTH"]
    assert "AUTH PLAIN AGFubkB4AHA6dw==" in server.commands
    assert len(server.received) == 1


def test_smtps_encrypts_from_the_start(serve: Serve, tls: Contexts) -> None:
    server = serve(tls[0], tls_from_start=True)
    real = SmtpMailer(f"smtps://localhost:{server.port}", sender=SENDER, tls=tls[1])
    real.send(MAIL)
    assert len(server.received) == 1
    assert real.check() == f"SMTP server localhost:{server.port} (smtps)"


def test_a_certificate_that_nobody_vouches_for_is_not_believed(serve: Serve, tls: Contexts) -> None:
    server = serve(tls[0])
    with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
        SmtpMailer(f"smtp://localhost:{server.port}?starttls=1", sender=SENDER).send(MAIL)
    assert server.received == []


def test_a_server_that_cannot_encrypt_gets_no_password(serve: Serve) -> None:
    server = serve()
    with pytest.raises(Unavailable):
        SmtpMailer(f"smtp://ann:secret@localhost:{server.port}?starttls=1", sender=SENDER).send(MAIL)
    assert not any(command.startswith("AUTH") for command in server.commands)


def test_a_refused_password_is_not_the_recipients_fault_and_is_not_told(serve: Serve) -> None:
    server = serve(AUTH="535 no")
    with pytest.raises(Unavailable) as caught:
        SmtpMailer(f"smtp://ann:sesame@localhost:{server.port}", sender=SENDER).send(MAIL)
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["", "localhost:25", "http://localhost", "smtp://", "smtp://h:port", "smtp://h?starttls=yes", "smtp://h?tls=1"],
)
def test_a_malformed_url_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="must look like"):
        SmtpMailer(url, sender=SENDER)


def test_a_password_needs_an_encrypted_line() -> None:
    with pytest.raises(Invalid, match="encrypted"):
        SmtpMailer("smtp://ann:secret@mail.example", sender=SENDER)


@pytest.mark.parametrize("sender", ["", "IPX", "a@", "a b@c.example", "a@b.example\nBcc: c@d.example", "ü@b.example"])
def test_a_malformed_sender_is_refused(sender: str) -> None:
    with pytest.raises(Invalid, match="sender"):
        SmtpMailer("smtp://localhost", sender=sender)


def test_default_ports_follow_the_security() -> None:
    for url, port in (("smtp://h", 25), ("smtp://h?starttls=1", 587), ("smtps://h", smtplib.SMTP_SSL_PORT)):
        assert SmtpMailer(url, sender=SENDER)._port == port


# ── the mailbox ──────────────────────────────────────────────────────────────────────────────────


def test_the_mailbox_lists_the_newest_first(tmp_path: Path) -> None:
    mailbox = MailboxMailer(tmp_path / "mailbox")
    mails = [Mail(f"mail-{number}", MAIL.to, f"Nº {number}", "Grüße\n\x00") for number in range(5)]
    for mail in mails:
        mailbox.send(mail)
    assert mailbox.messages(3) == mails[:1:-1]
    assert MailboxMailer(tmp_path / "mailbox").messages(99) == mails[::-1]
    assert mailbox.check().startswith("embedded mailbox, 5 messages")
    assert stat.S_IMODE((tmp_path / "mailbox").stat().st_mode) == 0o700


def test_the_mailbox_keeps_a_repeated_mail_once(tmp_path: Path) -> None:
    mailbox = MailboxMailer(tmp_path)
    for _ in range(3):
        mailbox.send(MAIL)
    assert mailbox.messages(10) == [MAIL]


def test_the_mailbox_forgets_the_oldest(tmp_path: Path) -> None:
    mailbox = MailboxMailer(tmp_path)
    for number in range(KEPT_IN_MAILBOX):
        (tmp_path / f"{number:020}-{number:016x}.json").write_text("{}")
    mailbox.send(MAIL)
    assert len(list(tmp_path.iterdir())) == KEPT_IN_MAILBOX
    assert mailbox.messages(1) == [MAIL]


def test_a_mailbox_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(Unavailable):
        MailboxMailer(tmp_path / "taken")
