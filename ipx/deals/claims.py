"""What our tables say that both sides of a deal signed, row by row, for whoever compares it with the chain itself."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.service import AccountService
from ipx.core import commitment
from ipx.core.canonical import encode
from ipx.core.errors import ExchangeError
from ipx.core.typed_data import TypedData
from ipx.deals.models import AgreementRow, NdaRow, SignatureRow
from ipx.deals.rules import Side
from ipx.licences.agreement import grant_data
from ipx.wallets.service import Signatures


@dataclass(frozen=True)
class AgreementClaim:
    """One agreement. ``opens``: for each side whether its salt and the value give the commitment; ``signers``: the
    account that each signature is of, None for one that is no signature; ``blocks``: as of which contract wallets said
    yes; ``unasked``: those of them that the node no longer has, so that the wallet was not asked again."""

    id: str
    technology_id: str
    licensor_id: str
    licensee_id: str
    value: Mapping[str, Any]
    message: Mapping[str, Any]
    chain_id: int
    registry: str
    commitment: str
    state: str
    opens: Mapping[Side, bool]
    signers: Mapping[Side, str | None]
    named: Mapping[Side, str]
    signatures: Mapping[Side, bytes]
    blocks: Mapping[Side, int]
    unasked: Mapping[Side, int]


@dataclass(frozen=True)
class NdaClaim:
    """One undertaking. ``opens``: as above, the salted name of the technology included; ``block``, ``unasked`` too."""

    id: str
    technology_id: str
    licensor_id: str
    licensee_id: str
    address: str
    value: Mapping[str, Any]
    message: Mapping[str, Any]
    opens: Mapping[Side, bool]
    signer: str | None
    transaction_id: str
    block: int | None
    unasked: int | None


def agreement_claims(session: Session, accounts: AccountService, signatures_of: Signatures) -> Iterator[AgreementClaim]:
    """Return every agreement, oldest first."""
    for row in session.scalars(select(AgreementRow).order_by(AgreementRow.created_at, AgreementRow.id)):
        signatures = session.scalars(select(SignatureRow).where(SignatureRow.agreement_id == row.id)).all()
        data = grant_data(row.message, chain_id=row.chain_id, registry=row.registry_address)
        found = {
            Side(one.side): signatures_of.signer_of(one.address, data, one.signature, block=one.block_number)
            for one in signatures
        }
        yield AgreementClaim(
            id=row.id,
            technology_id=row.technology_id,
            licensor_id=row.licensor_id,
            licensee_id=row.licensee_id,
            value=row.value,
            message=row.message,
            chain_id=row.chain_id,
            registry=row.registry_address.lower(),
            commitment=row.commitment,
            state=row.state,
            opens={side: _opens_agreement(session, accounts, row, side) for side in Side},
            signers={side: _plain(one.address) for side, one in found.items()},
            named={Side(one.side): one.address.lower() for one in signatures},
            signatures={Side(one.side): one.signature for one in signatures},
            blocks={Side(one.side): one.block_number for one in signatures if one.block_number is not None},
            unasked={side: one.unasked for side, one in found.items() if one.unasked is not None},
        )


def nda_claims(
    session: Session, accounts: AccountService, signatures: Signatures, *, chain_id: int, registry: str
) -> Iterator[NdaClaim]:
    """Return every undertaking, oldest first; ``registry``: the contract that acceptances are signed for."""
    for row in session.scalars(select(NdaRow).order_by(NdaRow.accepted_at, NdaRow.id)):
        data = TypedData("Acceptance", row.message, chain_id, registry)
        found = signatures.signer_of(row.address, data, row.signature, block=row.block_number)
        yield NdaClaim(
            id=row.id,
            technology_id=row.technology_id,
            licensor_id=row.licensor_id,
            licensee_id=row.licensee_id,
            address=row.address.lower(),
            value=row.value,
            message=row.message,
            opens={side: _opens_nda(session, accounts, row, side) for side in Side},
            signer=_plain(found.address),
            transaction_id=row.transaction_id,
            block=row.block_number,
            unasked=found.unasked,
        )


def _opens_agreement(session: Session, accounts: AccountService, row: AgreementRow, side: Side) -> bool:
    own, wrapped = _of_side(row, side)
    try:
        salt = accounts.unwrap(session, organisation_id=own, wrapped=wrapped, context=f"agreement/{row.id}")
        owner = str(row.value["licensor"]["address"])
        return "0x" + _committed(commitment.GRANT, row.value, salt, owner) == row.commitment
    except (ExchangeError, KeyError, TypeError):
        return False


def _opens_nda(session: Session, accounts: AccountService, row: NdaRow, side: Side) -> bool:
    own, wrapped = _of_side(row, side)
    try:
        salt = accounts.unwrap(session, organisation_id=own, wrapped=wrapped, context=f"nda/{row.id}")
        terms = _committed(commitment.TERMS, row.value, salt, str(row.value["recipient_address"]))
        subject = hashlib.sha256(b"ipx/nda-subject/v1\x00" + salt + str(row.value["technology_id"]).encode())
        return (row.message["terms"], row.message["subject"]) == ("0x" + terms, "0x" + subject.hexdigest())
    except (ExchangeError, KeyError, TypeError):
        return False


def _of_side(row: AgreementRow | NdaRow, side: Side) -> tuple[str, bytes]:
    if side is Side.LICENSOR:
        return row.licensor_id, row.licensor_salt
    return row.licensee_id, row.licensee_salt


def _committed(tag: str, value: Any, salt: bytes, owner: str) -> str:
    digest = hashlib.sha256(encode(value)).digest()
    return commitment.commit(tag, salt=salt, content_sha256=digest, owner=owner).hex()


def _plain(address: str | None) -> str | None:
    return address.lower() if address else None
