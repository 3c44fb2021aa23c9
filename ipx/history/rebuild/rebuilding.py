"""The whole way: read the registries from a node, reduce, and hold the outcome against the contracts' own answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from ipx.core.errors import Invalid
from ipx.history.rebuild.reader import Registries, RegistryReader, Tip
from ipx.history.rebuild.records import Record
from ipx.history.rebuild.reducer import Reducer
from ipx.history.rebuild.verification import contradictions


@dataclass(frozen=True)
class Rebuilt:
    """What one node's logs give: the reducer, which answers for any date, the block read up to, and contradictions."""

    reducer: Reducer
    tip: Tip
    chain_id: int
    contradictions: Sequence[str]

    def record(self, *, as_of: int, known_at: int) -> Record:
        """Return everything as of one date, as known on another (Unix seconds)."""
        return self.reducer.record(as_of=as_of, known_at=known_at)


def rebuild(reader: RegistryReader, registries: Registries) -> Rebuilt:
    """Rebuild every title and licence. Raises Unavailable, Tampered."""
    tip = reader.tip()
    reducer = Reducer(title_registry_of=registries.title_registry_of)
    reducer.read(reader.events(registries, tip))
    now = reducer.record(as_of=tip.time, known_at=tip.time)
    said = contradictions(now, registries, reader, block=hex(tip.height))
    return Rebuilt(reducer, tip, reader.chain_id(), said)


def registries_at(reader: RegistryReader, contracts: Sequence[str], *, first_block: int = 0) -> Registries:
    """Return the registries behind the addresses of licence registries; other addresses are taken for registries of
    title alone. Raises Unavailable where there is no contract, Invalid without an address.
    """
    if not contracts:
        raise Invalid("Name the LicenceRegistry: it knows its TitleRegistry.")
    pairs, alone = {}, []
    for contract in (contract.lower() for contract in contracts):
        titles = reader.title_registry_of(contract)
        if titles is None:
            alone.append(contract)
        else:
            pairs[contract] = titles
    return Registries(pairs, [contract for contract in alone if contract not in pairs.values()], first_block)
