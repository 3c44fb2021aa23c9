"""Our titles against those that the contracts' logs give. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from ipx.chain.service import TransactionView
from ipx.history.check.records import Difference, unlike
from ipx.history.rebuild.reader import Tip
from ipx.history.rebuild.records import Title
from ipx.technologies.claims import TitleClaim
from ipx.technologies.rules import TitleState

AREA = "title"
ON_CHAIN = (TitleState.INCLUDED, TitleState.FINAL)


def title_differences(
    claims: Sequence[TitleClaim],
    titles: Mapping[str, Title],
    transactions: Mapping[str, TransactionView],
    tip: Tip,
) -> list[Difference]:
    """Compare rows with titles by their token; a title of ours that no row names is a difference too."""
    found: list[Difference] = []
    for claim in claims:
        found += _of_claim(claim, titles.get(claim.token), transactions.get(claim.transaction_id), tip)
    named = {claim.token for claim in claims}
    words = "the chain has it, and no row of ours names it"
    return found + [Difference(AREA, token, "", words) for token in titles if token not in named]


def _of_claim(
    claim: TitleClaim, title: Title | None, transaction: TransactionView | None, tip: Tip
) -> Iterable[Difference]:
    subject = claim.right_id
    yield from _secrets(claim)
    if title is None:
        if claim.state in ON_CHAIN:
            yield Difference(AREA, subject, "token", f"the chain has no title {claim.token}")
        return
    is_final = tip.final is not None and title.registered_block <= tip.final
    if claim.state not in ON_CHAIN and is_final:
        yield Difference(AREA, subject, "state", f"called {claim.state}, but it is in a final block")
        return
    if claim.state == TitleState.FINAL and not is_final:
        yield Difference(AREA, subject, "state", "called FINAL, but its block is not final")
    values: dict[str, tuple[object, object]] = {
        "block_number": (claim.block, title.registered_block),
        "block_time": (claim.block_time, datetime.fromtimestamp(title.registered_time, UTC)),
        "transaction": (transaction.hash if transaction else None, title.transaction),
    }
    if not (claim.act_pending and title.nonce == claim.acts + 1):  # while a title moves, the chain knows it first
        values["holder"] = (claim.holder, title.recorded_holder)
    if not claim.act_pending or title.nonce < claim.acts or title.nonce > claim.acts + 1:
        values |= {
            "acts": (claim.acts, title.nonce),
            "evidence": (claim.evidence, int(title.evidence)),
            "instrument": (claim.document, title.document),
        }
    yield from unlike(AREA, subject, values)


def _secrets(claim: TitleClaim) -> Iterable[Difference]:
    if not claim.opens:
        yield Difference(AREA, claim.right_id, "record", "the record and its salt do not give the token")
    if not claim.names_right:
        yield Difference(AREA, claim.right_id, "record", "the record is about another right or technology")
    if claim.own_account is None:
        yield Difference(AREA, claim.right_id, "account_id", "it is not the account of the organisation that owns it")
