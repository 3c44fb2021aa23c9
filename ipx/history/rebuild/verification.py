"""What was rebuilt from logs against what the contracts themselves answer: a node that holds back a log is found out.

The contracts keep the head of all grants of a title, the number of acts and the present holder. It must never correct
what was rebuilt.
"""

from collections.abc import Iterator, Mapping
from typing import Protocol

from ipx.history.rebuild.codes import Status
from ipx.history.rebuild.reader import Registries
from ipx.history.rebuild.records import Licence, Record, Title, Token

Question = tuple[str, str, tuple[str, ...]]


class Contracts(Protocol):
    """Whatever answers for contracts."""

    def answers(self, questions: list[Question], *, block: str) -> list[bytes | None]:
        """Return the answers at a block, None where a call reverts. Raises Unavailable."""


def contradictions(record: Record, registries: Registries, contracts: Contracts, *, block: str) -> list[str]:
    """Return in words what the contracts say otherwise; ``record`` is as of that block. Raises Unavailable."""
    asked = [*_of_titles(record.titles, registries), *_of_licences(record.licences)]
    found = contracts.answers([question for question, _, _ in asked], block=block)
    said = []
    for (question, expected, words), answer in zip(asked, found, strict=True):
        if answer is None or answer[: len(expected)] != expected:
            told = "nothing" if answer is None else "0x" + answer[:32].hex()
            said.append(f"{words}: the logs give 0x{expected.hex()}, the contract answers {told} to {question[1]}.")
    return said


def _of_titles(titles: Mapping[Token, Title], registries: Registries) -> Iterator[tuple[Question, bytes, str]]:
    licences_of = {title: licence for licence, title in registries.title_registry_of.items()}
    for (registry, token), title in titles.items():
        name = f"Title {token}"
        yield (registry, "ownerOf(uint256)", (token,)), _word(title.recorded_holder), f"{name}, holder"
        yield (registry, "nonceOf(uint256)", (token,)), _number(title.nonce), f"{name}, number of acts"
        yield (registry, "evidenceOf(uint256)", (token,)), _number(title.evidence), f"{name}, evidence"
        if registry in licences_of:
            question = (licences_of[registry], "grantHeadOf(uint256)", (token,))
            yield question, _word(title.grant_head), f"{name}, chain of grants"


def _of_licences(licences: Mapping[Token, Licence]) -> Iterator[tuple[Question, bytes, str]]:
    for (registry, token), licence in licences.items():
        name = f"Licence {token}"
        yield (registry, "ownerOf(uint256)", (token,)), _word(licence.holder), f"{name}, holder"
        yield (registry, "nonceOf(uint256)", (token,)), _number(licence.nonce), f"{name}, number of acts"
        if licence.status is not Status.NONE:
            yield (registry, "statusOf(uint256)", (token,)), _number(licence.status), f"{name}, status"


def _word(value: str) -> bytes:
    return bytes.fromhex(value[2:].rjust(64, "0"))


def _number(value: int) -> bytes:
    return value.to_bytes(32)
