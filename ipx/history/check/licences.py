"""Our licences, agreements and undertakings against the chain's, and against what was signed. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from ipx.chain.service import TransactionView
from ipx.core.ports import Log
from ipx.deals.claims import AgreementClaim, NdaClaim
from ipx.deals.rules import AgreementState, Side
from ipx.history.check.handings import done_of
from ipx.history.check.records import Difference, unlike
from ipx.history.rebuild.codes import Status
from ipx.history.rebuild.reader import Tip
from ipx.history.rebuild.records import Licence
from ipx.licences.claims import LicenceClaim
from ipx.licences.rules import State
from ipx.life.claims import HandingClaim

AREA, AGREEMENT, UNDERTAKING = "licence", "agreement", "undertaking"
STATUSES: Mapping[str, tuple[Status, ...]] = {
    State.ACTIVE: (Status.ACTIVE, Status.CONVERTED, Status.EXPIRED, Status.NOT_BEGUN),
    State.SUSPENDED: (Status.SUSPENDED,),
    State.TERMINATED: (Status.TERMINATED,),
    # A sealed grant tells the chain no end, and who is suspended at the end of the term is so still.
    State.EXPIRED: (Status.ACTIVE, Status.CONVERTED, Status.EXPIRED, Status.SUSPENDED),
}
A_MOMENT = timedelta(seconds=5)  # between the row's moment and that of its line in the audit log


def licence_differences(
    claims: Sequence[LicenceClaim],
    licences: Mapping[str, Licence],
    agreements: Mapping[str, AgreementClaim],
    transactions: Mapping[str, TransactionView],
    moments: Mapping[tuple[str, str], datetime],
    tip: Tip,
    handings: Sequence[HandingClaim] = (),
) -> list[Difference]:
    """Compare rows with licences by their token. ``moments``: of audit lines, by licence and action; ``handings``: by
    which licences went over to others since they were signed."""
    found: list[Difference] = []
    for claim in claims:
        found += _signed(claim, agreements.get(claim.agreement_id), done_of(claim, handings))
        found += _on_chain(claim, licences.get(claim.token), transactions.get(claim.transaction_id), tip)
        found += _in_time(claim, moments)
    named = {claim.token for claim in claims}
    words = "the chain has it, and no row of ours names it"
    return found + [Difference(AREA, token, "", words) for token in licences if token not in named]


def _on_chain(
    claim: LicenceClaim, licence: Licence | None, transaction: TransactionView | None, tip: Tip
) -> Iterable[Difference]:
    if licence is None:
        if claim.state in STATUSES:
            yield Difference(AREA, claim.id, "token", f"the chain has no licence {claim.token}")
        return
    is_final = tip.final is not None and licence.block <= tip.final
    follows = _is_under_way(licence, tip)
    if not follows and claim.state in STATUSES and licence.status not in STATUSES[claim.state]:
        words = f"called {claim.state}, but on the chain it is {licence.status.name}"
        yield Difference(AREA, claim.id, "state", words)
    elif claim.state not in STATUSES and is_final:
        yield Difference(AREA, claim.id, "state", f"called {claim.state}, but its grant is in a final block")
    is_converted = any(act.name == "Converted" for act in licence.acts)
    if not follows and claim.state in STATUSES and claim.is_converted != is_converted:
        words = f"our table says {claim.is_converted}, but on the chain it is {is_converted}"
        yield Difference(AREA, claim.id, "is_converted", words)
    message = claim.message
    yield from unlike(
        AREA,
        claim.id,
        {
            "message.commitment": (message.get("commitment"), licence.token),
            "message.holder": (str(message.get("holder")).lower(), _first_holder(licence)),
            "message.titles": (_words(message.get("titles")), list(licence.titles)),
            "message.parent": (_word(message.get("parent")), licence.parent or _word("0")),
            "message.authority": (str(message.get("authority")).lower(), licence.authority or "0x" + "0" * 40),
            "message.transferRule": (str(message.get("transferRule")), str(int(licence.transfer_rule))),
            "message.survives": (message.get("survives"), licence.survives),
            "message.start": (str(message.get("start")), str(licence.start)),
            "transaction": (transaction.hash if transaction else None, licence.transaction),
        },
    )
    # Each is what was signed until an act of its own changes it.
    changed = {act.name for act in licence.acts}
    if "Converted" not in changed:
        values = {"message.exclusivity": (str(message.get("exclusivity")), str(int(licence.exclusivity)))}
        yield from unlike(AREA, claim.id, values)
    if "Renewed" not in changed:
        yield from unlike(AREA, claim.id, {"message.end": (str(message.get("end")), str(licence.end))})


def _is_under_way(licence: Licence, tip: Tip) -> bool:
    """Tell whether the newest act may still vanish: our row follows when it no longer can."""
    return bool(licence.acts) and (tip.final is None or licence.acts[-1].block > tip.final)


def _signed(
    claim: LicenceClaim, agreement: AgreementClaim | None, done: Sequence[HandingClaim]
) -> Iterable[Difference]:
    if agreement is None:
        yield Difference(AREA, claim.id, "agreement_id", "there is no such agreement")
        return
    value = agreement.value
    first = (done[0].from_id, done[0].from_name) if done else (claim.licensee_id, claim.licensee_name)
    signatures = (claim.licensor_signature, claim.licensee_signature)
    yield from unlike(
        AREA,
        claim.id,
        {
            "token": (claim.token, agreement.commitment),
            "message": (dict(claim.message), dict(agreement.message)),
            "terms": (dict(claim.terms), _of(value, "terms")),
            "technology_id": (claim.technology_id, _of(value, "technology", "id")),
            "technology_title": (claim.technology_title, _of(value, "technology", "title")),
            "licensor_id": (claim.licensor_id, _of(value, "licensor", "organisation_id")),
            "licensor_name": (claim.licensor_name, _of(value, "licensor", "name")),
            "licensee_id": (first[0], _of(value, "licensee", "organisation_id")),
            "licensee_name": (first[1], _of(value, "licensee", "name")),
        },
    )
    for side, signature in zip((Side.LICENSOR, Side.LICENSEE), signatures, strict=True):
        if agreement.signatures.get(side) != signature:
            yield Difference(AREA, claim.id, f"{side}_signature", "it is not the signature under the agreement")


def _in_time(claim: LicenceClaim, moments: Mapping[tuple[str, str], datetime]) -> Iterable[Difference]:
    for name, action in (("created_at", "licence:grant:submitted"), ("activated_at", "licence:grant:final")):
        ours, told = getattr(claim, name), moments.get((claim.id, action))
        if (ours is None) != (told is None) or (ours and told and abs(ours - told) > A_MOMENT):
            yield Difference(AREA, claim.id, name, f"our table says {ours}, but the audit log says {told}")


def agreement_differences(claims: Sequence[AgreementClaim], licences: Mapping[str, Licence]) -> list[Difference]:
    """Compare agreements with what their commitment opens, with their signatures, and with the chain."""
    return [difference for claim in claims for difference in _of_agreement(claim, licences)]


def _of_agreement(claim: AgreementClaim, licences: Mapping[str, Licence]) -> Iterable[Difference]:
    for side, opens in claim.opens.items():
        if not opens:
            words = f"the value and the {side}'s salt do not give the commitment"
            yield Difference(AGREEMENT, claim.id, "value", words)
        account = str(_of(claim.value, side, "address")).lower()
        if side in claim.signers and not claim.signers[side] == claim.named[side] == account:
            words = f"the signature is of {claim.signers[side]}, not of the {side}'s account {account}"
            yield Difference(AGREEMENT, claim.id, f"{side}_signature", words)
    yield from unlike(
        AGREEMENT,
        claim.id,
        {
            "message.commitment": (claim.message.get("commitment"), claim.commitment),
            "id": (claim.id, _of(claim.value, "agreement")),
            "technology_id": (claim.technology_id, _of(claim.value, "technology", "id")),
            "licensor_id": (claim.licensor_id, _of(claim.value, "licensor", "organisation_id")),
            "licensee_id": (claim.licensee_id, _of(claim.value, "licensee", "organisation_id")),
        },
    )
    licence = licences.get(claim.commitment)
    if claim.state == AgreementState.ACTIVE and licence is None:
        yield Difference(AGREEMENT, claim.id, "state", "called ACTIVE, but the chain has no grant of it")
    if licence is not None and claim.state not in (AgreementState.ACTIVE, AgreementState.GRANTING):
        yield Difference(AGREEMENT, claim.id, "state", f"called {claim.state}, but the chain has its grant")
    if licence is not None and claim.registry != licence.registry:
        yield Difference(AGREEMENT, claim.id, "registry_address", "the grant is in another registry")
    if licence is not None and set(claim.signers) != set(Side):
        yield Difference(AGREEMENT, claim.id, "signatures", "it was granted, but a signature is missing")


def nda_differences(
    claims: Sequence[NdaClaim], accepted: Sequence[Log], transactions: Mapping[str, TransactionView]
) -> list[Difference]:
    """Compare undertakings with what their commitment opens, with their signature, and with the chain's log."""
    by_terms = {str(event.arguments["terms"]): event for event in accepted}
    found = [difference for claim in claims for difference in _of_nda(claim, by_terms, transactions)]
    named = {str(claim.message.get("terms")) for claim in claims}
    words = "the chain has an acceptance that no row of ours names"
    return found + [Difference(UNDERTAKING, terms, "", words) for terms in by_terms if terms not in named]


def _of_nda(
    claim: NdaClaim, accepted: Mapping[str, Log], transactions: Mapping[str, TransactionView]
) -> Iterable[Difference]:
    for side, opens in claim.opens.items():
        if not opens:
            words = f"the value and the {side}'s salt do not give what was signed"
            yield Difference(UNDERTAKING, claim.id, "value", words)
    event, transaction = accepted.get(str(claim.message.get("terms"))), transactions.get(claim.transaction_id)
    if event is not None:
        told = (str(event.arguments["signer"]).lower(), str(event.arguments["subject"]), event.transaction)
        ours = (claim.address, str(claim.message.get("subject")), transaction.hash if transaction else None)
        names = ("address", "message.subject", "transaction")
        yield from unlike(
            UNDERTAKING, claim.id, {name: (one, two) for name, one, two in zip(names, ours, told, strict=True)}
        )
    elif transaction is None or transaction.state in ("MINED", "FINAL"):
        yield Difference(UNDERTAKING, claim.id, "message.terms", "the chain has no acceptance of it")
    yield from unlike(
        UNDERTAKING,
        claim.id,
        {
            "signature": (claim.signer, claim.address),
            "message.signer": (str(claim.message.get("signer")).lower(), claim.address),
            "technology_id": (claim.technology_id, claim.value.get("technology_id")),
            "licensor_id": (claim.licensor_id, claim.value.get("discloser_id")),
            "licensee_id": (claim.licensee_id, claim.value.get("recipient_id")),
        },
    )


def _first_holder(licence: Licence) -> str:
    transfers = [act for act in licence.acts if act.name == "LicenceTransferred"]
    return transfers[0].by if transfers else licence.holder


def _of(value: Mapping[str, object], *names: str) -> object:
    """Return what stands in a value under these names, None where there is nothing."""
    found: object = value
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _word(number: object) -> str:
    try:
        return f"0x{int(str(number)):064x}"
    except ValueError:
        return str(number)


def _words(numbers: object) -> list[str]:
    return [_word(number) for number in numbers] if isinstance(numbers, list) else []
