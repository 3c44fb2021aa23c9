"""age files (https://age-encryption.org/v1): the only file that knows the age library.

Streams both ways. It must never write an identity anywhere, nor hand one to a reader of a document.
"""

from collections.abc import Iterable, Iterator, Sequence

import pyrage

from ipx.core.errors import Invalid, Tampered
from ipx.vault.piping import ErrorKeepingWriter, PieceReader, Pump, Reader, Writer


def new_identity() -> str:
    """Return a new X25519 identity (``AGE-SECRET-KEY-1…``); the library draws it from the operating system."""
    return str(pyrage.x25519.Identity.generate())


def recipient_of(identity: str) -> str:
    """Return the public half (``age1…``) of an identity."""
    return str(pyrage.x25519.Identity.from_str(identity).to_public())


def check_identity(identity: str) -> str:
    """Return an identity without blanks. Raises Invalid."""
    cleaned = identity.strip()
    try:
        pyrage.x25519.Identity.from_str(cleaned)
    except pyrage.IdentityError:
        # Without the cause, whose text could hold a part of the secret.
        raise Invalid("This is not an age identity. It begins with AGE-SECRET-KEY-1.", field="identity") from None
    return cleaned


def check_recipient(recipient: str) -> str:
    """Return a reader's public key without blanks. Raises Invalid."""
    cleaned = recipient.strip()
    try:
        return str(pyrage.x25519.Recipient.from_str(cleaned))
    except pyrage.RecipientError as error:
        message = "This is not an age public key. It begins with age1; the command age-keygen prints it."
        if cleaned.upper().startswith("AGE-SECRET-KEY-"):
            message = "This is your secret key: keep it to yourself, and paste the public key that begins with age1."
        raise Invalid(message, field="recipient") from error


def encrypt(pieces: Iterable[bytes], sink: Writer, *, recipient: str, others: Sequence[str] = ()) -> None:
    """Write an age file of the pieces for one recipient, and any others. Raises what ``pieces`` and ``sink`` raise."""
    reader, writer = PieceReader(pieces), ErrorKeepingWriter(sink)
    try:
        pyrage.encrypt_io(reader, writer, [pyrage.x25519.Recipient.from_str(each) for each in (recipient, *others)])
    except pyrage.EncryptError as error:
        raise reader.error or writer.error or error from None


def decrypt(source: Reader, sink: Writer, *, identity: str) -> None:
    """Write the content of an age file. Raises Tampered; every byte written before is authentic."""
    reader, writer = PieceReader(_pieces_of(source)), ErrorKeepingWriter(sink)
    try:
        pyrage.decrypt_io(reader, writer, [pyrage.x25519.Identity.from_str(identity)])
    except (OSError, pyrage.DecryptError) as error:
        changed = Tampered("The sealed document was changed after it was sealed.")
        raise reader.error or writer.error or changed from error


def decrypted(source: Reader, *, identity: str) -> Pump:
    """Return the content of an age file piece by piece."""
    return Pump(lambda writer: decrypt(source, writer, identity=identity))


def encrypted(pieces: Iterable[bytes], *, recipient: str) -> Pump:
    """Return an age file of the pieces, piece by piece."""
    return Pump(lambda writer: encrypt(pieces, writer, recipient=recipient))


def _pieces_of(source: Reader) -> Iterator[bytes]:
    while piece := source.read(1 << 18):
        yield piece
