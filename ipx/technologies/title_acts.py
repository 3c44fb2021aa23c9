"""Acts on a recorded title, as messages of TitleRegistry, and how they are queued, whoever signed them."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ipx.chain.service import ChainService, TransactionState
from ipx.core.canonical import Json
from ipx.core.typed_data import ZERO_WORD, TypedData
from ipx.technologies.models import TitleRow

REGISTRY = "TitleRegistry"
REGISTER, SUBSTANTIATE, MOVE = "title:register", "title:substantiate", "title:move"
FUNCTIONS = {REGISTER: "register", SUBSTANTIATE: "substantiate", MOVE: "convey"}
STRUCTS = {REGISTER: "Registration", SUBSTANTIATE: "Substantiation", MOVE: "Conveyance"}
# Long enough for a chain that is down over a holiday; after it nobody can use the signature any more.
SIGNATURE_LIFE = timedelta(days=30)
ACCOUNT_CHANGE = 12  # the same person, another account (contracts/src/lib/ConveyanceKind.sol)
WHOLE_BPS = 10_000
Message = dict[str, Json]


def deadline_from(now: datetime) -> int:
    """Return until when what is signed now counts, in seconds since 1970."""
    return int((now + SIGNATURE_LIFE).timestamp())


def move_message(title: TitleRow, *, to: str, deadline: int) -> Message:
    """Return the Conveyance by which a title goes over to another account of the same holder."""
    return {
        "title": str(int(title.token, 16)),
        "to": to,
        "kind": str(ACCOUNT_CHANGE),
        "shareBps": str(WHOLE_BPS),
        "executed": str(deadline - int(SIGNATURE_LIFE.total_seconds())),
        "document": ZERO_WORD,
        "nonce": str(title.acts),
        "deadline": str(deadline),
    }


def substantiation_message(title: TitleRow, *, evidence: int, document: str, deadline: int) -> Message:
    """Return the Substantiation that brings better evidence; ``document``: a salted commitment as 0x-string."""
    return {
        "title": str(int(title.token, 16)),
        "evidence": str(evidence),
        "document": document,
        "nonce": str(title.acts),
        "deadline": str(deadline),
    }


def data_of(chain: ChainService, act: str, message: Message) -> TypedData:
    """Return what is signed for an act."""
    return TypedData(STRUCTS[act], message, chain.chain_id, chain.contract_address(REGISTRY))


def queue(session: Session, chain: ChainService, act: str, message: Message, signature: bytes, *, key: str) -> str:
    """Queue a signed act; return its transaction's id. The same key again is the same transaction."""
    arguments: list[Json] = [message, "0x" + signature.hex()]
    return chain.submit(session, key=key, contract=REGISTRY, function=FUNCTIONS[act], arguments=arguments, purpose=act)


def act_key(session: Session, chain: ChainService, title: TitleRow) -> str:
    """Return the key of the next act on a title: its number, and an attempt where the contract refused it before."""
    key = first = f"title:{title.right_id}:act:{title.acts}"
    attempt = 1
    while (known := chain.find_transaction(session, key=key)) and known.state is TransactionState.FAILED:
        attempt += 1
        key = f"{first}:{attempt}"
    return key
