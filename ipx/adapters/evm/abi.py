"""The contracts' interfaces, read from contracts/artifacts: encodes calls, decodes results, events and errors.

It must never guess: a value that does not fit the ABI is Invalid, a log that does not is left alone.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError, EncodingError
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from ipx.core.errors import Invalid

ARTIFACTS = Path(__file__).resolve().parents[3] / "contracts" / "artifacts"
_ERROR_TEXT, _PANIC = bytes.fromhex("08c379a0"), bytes.fromhex("4e487b71")  # Error(string), Panic(uint256)


@dataclass(frozen=True)
class Artifact:
    """One compiled contract: its name, ABI, and creation code."""

    name: str
    abi: Sequence[Mapping[str, Any]]
    bytecode: bytes

    def encode_call(self, function: str, arguments: Sequence[object]) -> bytes:
        """Return selector and arguments; structs as mappings by field name or as sequences. Raises Invalid."""
        candidates = [entry for entry in self._entries("function") if entry["name"] == function]
        if not candidates:
            raise Invalid(f"{self.name} has no function {function}.")
        problem: Invalid | None = None
        for entry in candidates:  # overloads: the first that the arguments fit
            try:
                return selector(entry) + encode_values(entry["inputs"], arguments)
            except Invalid as error:
                problem = error
        raise problem or Invalid(f"{self.name}.{function} does not take these arguments.")

    def encode_constructor(self, arguments: Sequence[object]) -> bytes:
        """Return creation code with the constructor's arguments."""
        entries = self._entries("constructor")
        return self.bytecode + encode_values(entries[0]["inputs"] if entries else (), arguments)

    def decode_result(self, function: str, arguments: Sequence[object], data: bytes) -> object:
        """Return a read's result: one value, or a tuple of several, None for none."""
        outputs = next(
            entry["outputs"]
            for entry in self._entries("function")
            if entry["name"] == function and len(entry["inputs"]) == len(arguments)
        )
        values = decode_values(outputs, data)
        return values[0] if len(values) == 1 else tuple(values) or None

    @cached_property
    def events(self) -> Mapping[str, Mapping[str, Any]]:
        """Events by their first topic."""
        return {"0x" + keccak(signature(entry).encode()).hex(): entry for entry in self._entries("event")}

    @cached_property
    def errors(self) -> Mapping[bytes, Mapping[str, Any]]:
        """Custom errors by their selector."""
        return {selector(entry): entry for entry in self._entries("error")}

    def decode_log(self, topics: Sequence[str], data: str) -> tuple[str, dict[str, object]] | None:
        """Return an event's name and arguments by name, or None for an event that is not in the ABI."""
        entry = self.events.get(topics[0]) if topics else None
        if entry is None:
            return None
        indexed = [item for item in entry["inputs"] if item["indexed"]]
        plain = [item for item in entry["inputs"] if not item["indexed"]]
        try:
            words = b"".join(bytes.fromhex(topic[2:]) for topic in topics[1:])
            found = dict(zip((item["name"] for item in indexed), decode_values(indexed, words), strict=True))
            values = decode_values(plain, bytes.fromhex(data[2:]))
        except Invalid:
            return None
        found.update(zip((item["name"] for item in plain), values, strict=True))
        return str(entry["name"]), {item["name"]: found[item["name"]] for item in entry["inputs"]}

    def _entries(self, kind: str) -> list[Mapping[str, Any]]:
        return [entry for entry in self.abi if entry["type"] == kind]


@cache
def load_artifact(name: str, folder: Path = ARTIFACTS) -> Artifact:
    """Read one artifact. Raises Invalid when the file is not there."""
    file = folder / f"{name}.json"
    if not file.is_file():
        raise Invalid(f"The contract {name} has no artifact {file}; run: make contracts")
    content = json.loads(file.read_text(encoding="utf-8"))
    return Artifact(name, content["abi"], bytes.fromhex(content["bytecode"].removeprefix("0x")))


def type_of(parameter: Mapping[str, Any]) -> str:
    """Return the canonical ABI type, tuples written out."""
    kind = str(parameter["type"])
    if not kind.startswith("tuple"):
        return kind
    inner = ",".join(type_of(component) for component in parameter["components"])
    return f"({inner}){kind.removeprefix('tuple')}"


def signature(entry: Mapping[str, Any]) -> str:
    """Return name and types, the text whose Keccak-256 names a function, event or error."""
    return f"{entry['name']}({','.join(type_of(item) for item in entry['inputs'])})"


def selector(entry: Mapping[str, Any]) -> bytes:
    """Return the first four bytes of the signature's Keccak-256."""
    return bytes(keccak(signature(entry).encode())[:4])


def encode_values(parameters: Sequence[Mapping[str, Any]], values: Sequence[object]) -> bytes:
    """Return ABI-encoded values. Raises Invalid when they do not fit."""
    if len(parameters) != len(values):
        raise Invalid(f"{len(parameters)} arguments were expected, not {len(values)}.")
    try:
        plain = [_to_abi(parameter, value) for parameter, value in zip(parameters, values, strict=True)]
        return bytes(encode([type_of(parameter) for parameter in parameters], plain))
    except (EncodingError, ValueError, TypeError, KeyError, OverflowError) as error:
        raise Invalid(f"The arguments do not fit the contract: {error}") from error


def decode_values(parameters: Sequence[Mapping[str, Any]], data: bytes) -> list[object]:
    """Return values as the port promises them: bytes and addresses as 0x-strings. Raises Invalid."""
    try:
        values = decode([type_of(parameter) for parameter in parameters], data)
    except (DecodingError, ValueError, OverflowError) as error:
        raise Invalid(f"The node's answer does not fit the contract: {error}") from error
    return [_from_abi(str(parameter["type"]), value) for parameter, value in zip(parameters, values, strict=True)]


def _to_abi(parameter: Mapping[str, Any], value: Any) -> Any:
    kind = str(parameter["type"])
    if kind.endswith("]"):
        item = {**parameter, "type": kind[: kind.rindex("[")]}
        return [_to_abi(item, element) for element in value]
    if kind == "tuple":
        parts = parameter["components"]
        values = [value[part["name"]] for part in parts] if isinstance(value, Mapping) else list(value)
        return tuple(_to_abi(part, element) for part, element in zip(parts, values, strict=True))
    if kind.startswith("bytes"):
        plain = bytes.fromhex(value.removeprefix("0x")) if isinstance(value, str) else bytes(value)
        if kind != "bytes" and len(plain) != int(kind.removeprefix("bytes")):
            raise ValueError(f"{kind} takes {kind.removeprefix('bytes')} bytes, not {len(plain)}")  # eth_abi pads
        return plain
    if kind.startswith(("uint", "int")) and isinstance(value, str):
        return int(value, 16) if value.startswith("0x") else int(value)
    return value


def _from_abi(kind: str, value: Any) -> object:
    if isinstance(value, (list, tuple)):
        return [_from_abi(kind.partition("[")[0], item) for item in value]
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return to_checksum_address(value) if kind == "address" else value


def revert_reason(data: bytes, artifacts: Sequence[Artifact]) -> str:
    """Return why a contract reverted, in its own words, or the bare bytes."""
    head, body = data[:4], data[4:]
    if head == _ERROR_TEXT:
        return str(decode(["string"], body)[0])
    if head == _PANIC:
        return f"Panic({decode(['uint256'], body)[0]:#x})"
    for artifact in artifacts:
        entry = artifact.errors.get(head)
        if entry is not None:
            values = zip((item["name"] for item in entry["inputs"]), decode_values(entry["inputs"], body), strict=True)
            return f"{entry['name']}({', '.join(f'{name}: {value}' for name, value in values)})"
    return "0x" + data.hex() if data else "no reason given"
