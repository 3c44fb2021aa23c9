"""Who holds which share of a right, conveyance by conveyance in the order of effect. Pure.

Fractions are exact. Where an instrument gives more than its giver has, it gives what there is, and a gap is noted;
what rests on nothing moves nothing. Joint first holders are presumed to hold equal shares: nothing else is stated
(UK Patents Act 1977, s 36(1), says so where nobody agreed otherwise; other countries leave it open).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from ipx.titles.entries import Conveyance
from ipx.titles.names import match, name_key
from ipx.titles.rules import CONVEYS_SHARE, GIVES_INTEREST, ConveyanceKind, GapCode

NOTHING = Fraction(0)
_RENAMES = frozenset((ConveyanceKind.NAME_CHANGE, ConveyanceKind.ACCOUNT_CHANGE))


@dataclass(frozen=True)
class Dated:
    """A conveyance under the name by which others point at it; ``releases`` is such a name."""

    id: str
    conveyance: Conveyance
    releases: str | None = None


@dataclass(frozen=True)
class Gap:
    """Something to look into: where, about whom, and by which day if there is one. ``code`` is frozen."""

    code: GapCode
    entry_id: str | None = None
    party: str = ""
    other: str = ""
    day: date | None = None


@dataclass(frozen=True)
class Move:
    """A share that went from one party to another; nothing, where the giver held nothing."""

    giver: str
    receiver: str
    share: Fraction


@dataclass(frozen=True)
class Interest:
    """What somebody holds in a right other than a share; ``released_by`` is an entry, None while it is open."""

    entry_id: str
    kind: ConveyanceKind
    holder: str
    grantors: tuple[str, ...]
    released_by: str | None = None


@dataclass(frozen=True)
class Step:
    """One conveyance and what it did: shares before and after, by party."""

    dated: Dated
    moves: tuple[Move, ...]
    before: Mapping[str, Fraction]
    after: Mapping[str, Fraction]


@dataclass(frozen=True)
class Chain:
    """A whole chain: where it begins, its steps, who holds now, which interests there are, what is missing."""

    first_holders: Mapping[str, Fraction]
    steps: Sequence[Step]
    holders: Mapping[str, Fraction]
    interests: Sequence[Interest]
    gaps: Sequence[Gap]


def in_order(entries: Iterable[Dated]) -> list[Dated]:
    """Return conveyances in the order in which they take effect; those without any day last, as they were entered."""
    return sorted(entries, key=lambda one: one.conveyance.takes_effect or date.max)


def follow(entries: Sequence[Dated], *, inventors: Sequence[str]) -> Chain:
    """Return the chain that the conveyances make; ``inventors`` hold the right at its beginning."""
    ordered = in_order(entries)
    roots, gaps = _roots(ordered, inventors)
    book = _Book(shares=dict(roots), gaps=gaps)
    steps = [book.apply(entry) for entry in ordered]
    holders = {name: share for name, share in book.shares.items() if share}
    return Chain(roots, steps, holders, tuple(book.interests), tuple(book.gaps))


def _roots(ordered: Sequence[Dated], inventors: Sequence[str]) -> tuple[dict[str, Fraction], list[Gap]]:
    """Return the first holders. Where no inventor is known, givers who never received it are taken for them."""
    names, gaps = _different(inventors), []
    if not names:
        gaps.append(Gap(GapCode.ORIGIN_NOT_KNOWN))
        said = [one.conveyance for one in ordered if one.conveyance.kind in CONVEYS_SHARE | _RENAMES]
        received = {name_key(each.receiver) for each in said}
        givers = _different(giver.name for each in said for giver in each.givers)
        names = [name for name in givers if name_key(name) not in received]
    return {name: Fraction(1, len(names)) for name in names}, gaps


def _different(names: Iterable[str]) -> list[str]:
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(name_key(name), name)
    return [name for key, name in found.items() if key]


@dataclass
class _Book:
    shares: dict[str, Fraction]
    gaps: list[Gap]
    interests: list[Interest] = field(default_factory=list)
    once: set[str] = field(default_factory=set)  # who ever held something

    def apply(self, dated: Dated) -> Step:
        before = self._held()
        kind = dated.conveyance.kind
        moves: tuple[Move, ...] = ()
        if kind in CONVEYS_SHARE:
            moves = self._convey(dated)
        elif kind in _RENAMES:
            moves = self._rename(dated)
        elif kind is ConveyanceKind.RELEASE:
            self._release(dated)
        elif kind in GIVES_INTEREST:
            self._give_interest(dated)
        return Step(dated, moves, before, self._held())

    def _convey(self, dated: Dated) -> tuple[Move, ...]:
        said = dated.conveyance
        givers = list(dict.fromkeys(self._party(dated, giver.name) for giver in said.givers))
        held = {name: self.shares.get(name, NOTHING) for name in givers}
        total = sum(held.values(), NOTHING)
        if said.share is not None and said.share > total > 0:
            self._note(GapCode.CONVEYS_MORE_THAN_HELD, dated, ", ".join(givers), f"{said.share} > {total}")
        part = Fraction(1) if said.share is None or said.share >= total else said.share / total
        receiver = self._receiver(said.receiver)
        self.shares.setdefault(receiver, NOTHING)
        moves = tuple(Move(name, receiver, held[name] * part) for name in givers)
        for move in moves:
            self.shares[move.giver] = self.shares.get(move.giver, NOTHING) - move.share
            self.shares[receiver] += move.share
        return moves

    def _rename(self, dated: Dated) -> tuple[Move, ...]:
        """One party goes over to another name, or account, with everything that it has."""
        old, new = self._party(dated, dated.conveyance.givers[0].name), self._receiver(dated.conveyance.receiver)
        self.interests = [replace(one, holder=new) if one.holder == old else one for one in self.interests]
        if old == new:
            return ()
        share = self.shares.get(old, NOTHING)
        self.shares[old] = NOTHING
        self.shares[new] = self.shares.get(new, NOTHING) + share
        return (Move(old, new, share),)

    def _give_interest(self, dated: Dated) -> None:
        grantors = tuple(self._party(dated, giver.name) for giver in dated.conveyance.givers)
        self.interests.append(Interest(dated.id, dated.conveyance.kind, dated.conveyance.receiver, grantors))

    def _release(self, dated: Dated) -> None:
        """A release closes the interest that it names; without a name, the giver's open security interests."""
        givers = {name_key(giver.name) for giver in dated.conveyance.givers}
        closed = [one for one in self.interests if one.released_by is None and self._is_released(one, dated, givers)]
        if not closed:
            self._note(GapCode.RELEASE_OF_NOTHING, dated, dated.conveyance.givers[0].name)
        self.interests = [replace(one, released_by=dated.id) if one in closed else one for one in self.interests]

    def _is_released(self, one: Interest, dated: Dated, givers: set[str]) -> bool:
        if dated.releases is not None:
            return one.entry_id == dated.releases
        return one.kind is ConveyanceKind.SECURITY_INTEREST and name_key(one.holder) in givers

    def _party(self, dated: Dated, name: str) -> str:
        """Return the holder that a giver is; notes a name that is only alike, and a giver that holds nothing."""
        holding = [each for each, share in self.shares.items() if share]
        found, is_alike = match(name, holding)
        if found is not None:
            if is_alike:
                self._note(GapCode.NAME_MISMATCH, dated, name, found)
            return found
        known, _ = match(name, self.shares)
        is_interested = any(name_key(one.holder) == name_key(name) for one in self.interests)
        if not (is_interested and dated.conveyance.kind in GIVES_INTEREST | {ConveyanceKind.NAME_CHANGE}):
            rests = known is not None and known not in self.once
            self._note(GapCode.RESTS_ON_GAP if rests else GapCode.ASSIGNOR_NOT_HOLDER, dated, name)
        return known or name

    def _receiver(self, name: str) -> str:
        known, is_alike = match(name, self.shares)
        return known if known is not None and not is_alike else name

    def _held(self) -> dict[str, Fraction]:
        self.once |= {name for name, share in self.shares.items() if share}
        return dict(self.shares)

    def _note(self, code: GapCode, dated: Dated, party: str, other: str = "") -> None:
        self.gaps.append(Gap(code, dated.id, party, other))
