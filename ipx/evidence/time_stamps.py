"""RFC 3161 time stamps: the second clock. Reads and verifies tokens offline, against roots that the verifier is given.

docs/spec/time-stamp.md is the specification. It must never trust a root that the stamps themselves bring.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ipx.core.canonical import Json
from ipx.core.der import with_sorted_certificates
from ipx.core.errors import Invalid, Tampered
from ipx.evidence.bundle_format import Spelling

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, CertificateRevocationList

_HASHES = {
    "2.16.840.1.101.3.4.2.1": hashlib.sha256,
    "2.16.840.1.101.3.4.2.2": hashlib.sha384,
    "2.16.840.1.101.3.4.2.3": hashlib.sha512,
}
# RFC 3161, 4.1: after a revocation for one of these, what was signed before stays valid.
_HARMLESS = ("affiliationChanged", "superseded", "cessationOfOperation")
SHORT_RSA_ENDS = datetime(2031, 1, 1, tzinfo=UTC)
"""NIST SP 800-57 part 1: keys of 112 bits of security (RSA below 3,072) are not to be relied on after 2030."""
APART = timedelta(hours=1)
MOST_PIECES = 64  # of each kind in a bundle


@dataclass(frozen=True)
class TimeStamps:
    """The stamps over one piece of data, oldest first, and what is needed to check them; all DER.

    The first ``responses`` (TimeStampResp) is over the data, each further one over the response before it.
    """

    responses: Sequence[bytes]
    certificates: Sequence[bytes] = field(default=())
    crls: Sequence[bytes] = field(default=())

    def record(self, token: Spelling) -> dict[str, Json]:
        """Return the field ``time_stamp`` of a bundle whose version spells tokens so."""
        return {name: [token.write(piece) for piece in getattr(self, name)] for name in _FIELDS}


_FIELDS = ("responses", "certificates", "crls")


@dataclass(frozen=True)
class Reading:
    """What one stamp says: its time, who says so, and until when it may be relied on without a newer one."""

    time: datetime
    authority: str
    policy: str
    holds_until: datetime


def read_time_stamps(part: Json, token: Spelling) -> TimeStamps:
    """Read the field ``time_stamp`` of a bundle. Raises Tampered for another form than ``record`` writes."""
    if not isinstance(part, Mapping) or set(part) != set(_FIELDS):
        raise Tampered("The field time_stamp must hold responses, certificates and crls.")
    pieces = {name: _pieces(part[name], name, token) for name in _FIELDS}
    if not pieces["responses"]:
        raise Tampered("The field time_stamp holds no response.")
    return TimeStamps(**pieces)


def read_roots(pem: Path) -> list["Certificate"]:
    """Return the certificates of a PEM file. Raises Invalid."""
    from cryptography import x509

    try:
        found = x509.load_pem_x509_certificates(pem.read_bytes())
    except (OSError, ValueError) as error:
        raise Invalid(f"{pem} holds no certificates in PEM form: {error}") from error
    return found


def verify_time_stamps(stamps: TimeStamps, data: bytes, roots: Sequence["Certificate"]) -> list[Reading]:
    """Verify all stamps and return what they say, oldest first; the last one's ``holds_until`` may be over by now.

    Each must be over what it should be, signed by an authority whose chain ends at one of ``roots``, valid and not
    revoked when it signed, and still so when the next one was made. Raises Tampered with the reason.
    """
    readings: list[Reading] = []
    for response in stamps.responses:
        with _any_failure():
            reading = _verify_one(response, data, stamps, roots)
        if readings and not readings[-1].time <= reading.time <= readings[-1].holds_until:
            raise Tampered("A time stamp was renewed after the one before it had run out, or before it was made.")
        readings.append(reading)
        data = response
    return readings


def are_apart(time: datetime, block_time: int) -> bool:
    """Tell whether a stamp and a block (Unix seconds) disagree so much that somebody has to look (K21)."""
    return abs(time.timestamp() - block_time) > APART.total_seconds()


def chain_of(response: bytes, others: Iterable["Certificate"], roots: Sequence["Certificate"]) -> list["Certificate"]:
    """Return the signer's certificate, those between, and its root. Raises Tampered when no root is reached."""
    with _any_failure():
        token = _decoded(response)
        known = {*_load(sorted(token.signed_data.certificates)), *others}
        chain = [_signer(token, known)]
        while chain[-1] not in roots:
            above = next((one for one in (*roots, *known) if one not in chain and _issued(one, chain[-1])), None)
            if above is None:
                raise Tampered("No way leads from the time stamp's certificate to a root that is trusted here.")
            chain.append(above)
    return chain


def revocation_addresses(certificate: "Certificate") -> list[str]:
    """Return where the certificate's issuer publishes what it has revoked (RFC 5280, 4.2.1.13), http only."""
    from cryptography import x509

    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return []
    names = [name.value for point in points for name in point.full_name or ()]
    return [name for name in names if isinstance(name, str) and name.startswith(("http://", "https://"))]


@contextmanager
def _any_failure() -> Iterator[None]:
    """Whatever a library makes of a stranger's bytes, to us they are damaged: it has many kinds of errors for that."""
    try:
        yield
    except Tampered:
        raise
    except Exception as error:
        raise Tampered(f"The time stamp cannot be read: {error}") from error


def _verify_one(response: bytes, data: bytes, stamps: TimeStamps, roots: Sequence["Certificate"]) -> Reading:
    token = _decoded(response)
    info = token.tst_info
    imprint = info.message_imprint
    algorithm = _HASHES.get(imprint.hash_algorithm.dotted_string)
    if algorithm is None or algorithm(data).digest() != imprint.message:
        raise Tampered("The time stamp is over something else.")
    others = _load(stamps.certificates)
    chain = chain_of(response, others, roots)
    _check_signature(token, data, chain, roots)
    _check_revocation(chain, _load_crls(stamps.crls), info.gen_time)
    return Reading(info.gen_time, _name(chain[0]), info.policy.dotted_string, _end(chain))


def _check_signature(token: Any, data: bytes, chain: Sequence["Certificate"], roots: Sequence["Certificate"]) -> None:
    from rfc3161_client import VerificationError, VerifierBuilder

    builder = VerifierBuilder(
        roots=[one for one in chain if one in roots], intermediates=[one for one in chain[1:] if one not in roots]
    )
    signed_inside = token.signed_data.certificates
    if not signed_inside:
        builder = builder.tsa_certificate(chain[0])
    try:
        builder.build().verify_message(token, data)
    except (VerificationError, ValueError) as error:
        raise Tampered(f"The time stamp's signature does not hold: {error}") from error


def _check_revocation(
    chain: Sequence["Certificate"], crls: Sequence["CertificateRevocationList"], time: datetime
) -> None:
    """A certificate that was revoked before, or because its key was no longer its owner's alone, proves nothing."""
    from cryptography import x509

    for certificate, issuer in pairwise(chain):
        for crl in crls:
            if crl.issuer != issuer.subject or not crl.is_signature_valid(cast(Any, issuer.public_key())):
                continue
            entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
            if entry is None:
                continue
            try:
                reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
            except x509.ExtensionNotFound:
                reason = x509.ReasonFlags.unspecified
            if entry.revocation_date_utc <= time or reason.value not in _HARMLESS:
                raise Tampered(f"The certificate of {_name(certificate)} was revoked ({reason.value}).")


def _end(chain: Sequence["Certificate"]) -> datetime:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    ends = [certificate.not_valid_after_utc for certificate in chain]
    keys = [certificate.public_key() for certificate in chain]
    if any(isinstance(key, RSAPublicKey) and key.key_size < 3072 for key in keys):
        ends.append(SHORT_RSA_ENDS)
    return min(ends)


def _decoded(response: bytes) -> Any:
    from rfc3161_client import decode_timestamp_response

    return decode_timestamp_response(with_sorted_certificates(response))


def _signer(token: Any, known: Iterable["Certificate"]) -> "Certificate":
    for signer in token.signed_data.signer_infos:
        for certificate in known:
            if certificate.issuer == signer.issuer and certificate.serial_number == signer.serial_number:
                return certificate
    raise Tampered("The certificate of who signed the time stamp is not there.")


def _load(pieces: Iterable[bytes]) -> list["Certificate"]:
    from cryptography import x509

    return [x509.load_der_x509_certificate(der) for der in pieces]


def _load_crls(pieces: Iterable[bytes]) -> list["CertificateRevocationList"]:
    from cryptography import x509

    return [x509.load_der_x509_crl(der) for der in pieces]


def _issued(issuer: "Certificate", certificate: "Certificate") -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _name(certificate: "Certificate") -> str:
    return certificate.subject.rfc4514_string()


def _pieces(value: Json, name: str, token: Spelling) -> list[bytes]:
    if not isinstance(value, list) or len(value) > MOST_PIECES:
        raise Tampered(f"The field {name} must be a list.")
    return [_piece(text, name, token) for text in value]


def _piece(text: Json, name: str, token: Spelling) -> bytes:
    if not isinstance(text, str) or not token.pattern.fullmatch(text):
        raise Tampered(f"In the field {name} something is not base64 as this version writes it.")
    return token.read(text)
