"""Reduces all events of the registries to every title and licence on any date, as known on any other. Pure.

Nothing is left out in silence: an event that does not fit what came before it is a *problem*, and problems mean that
logs are missing or that this is no registry of ours.
"""

from collections.abc import Iterable, Mapping

from ipx.history.rebuild.codes import NOBODY, Exclusivity
from ipx.history.rebuild.licences import NO_PARENT, StoredLicence, hangs_on_title, status_of
from ipx.history.rebuild.records import ChainEvent, Gap, Licence, Record, Title, Token
from ipx.history.rebuild.titles import CONVEYED, RECTIFIED, REGISTERED, TitleHistory

ENDLESS = 1 << 62
LICENCE_ACTS = ("LicenceTransferred", "Suspended", "Resumed", "Terminated", "Converted", "Renewed")


class Reducer:
    """All histories. Events come in the chain's order; ``title_registry_of`` pairs licence with title registries."""

    def __init__(self, *, title_registry_of: Mapping[str, str]) -> None:
        self._registry_of = title_registry_of
        self._titles: dict[Token, TitleHistory] = {}
        self._grants: dict[Token, ChainEvent] = {}
        self._changes: dict[Token, list[ChainEvent]] = {}
        self._proposals: dict[tuple[str, str], Token] = {}
        self._moved_to: dict[Token, str] = {}
        self._acts: dict[Token, int] = {}
        self.problems: list[str] = []

    def read(self, events: Iterable[ChainEvent]) -> None:
        """Take events in, in the chain's order."""
        for event in events:
            if event.name == "Transfer":
                self._moved_to[event.registry, event.arguments["tokenId"]] = event.arguments["to"]
            elif event.name == REGISTERED:
                self._register(event)
            elif event.name == "Granted":
                self._grant(event)
            elif event.name in LICENCE_ACTS:
                self._change(event)
            else:
                self._act(event)

    def record(self, *, as_of: int = ENDLESS, known_at: int = ENDLESS) -> Record:
        """Return everything as of one date, as known on another (Unix seconds)."""
        titles = {}
        for token, history in self._titles.items():
            title = history.at(as_of=as_of, known_at=known_at)
            if title is not None:
                titles[token] = title
        licences = self._licences(titles, as_of=as_of, known_at=known_at)
        problems = [*self.problems, *self._unlike_transfers()]
        return Record(as_of, known_at, titles, licences, problems)

    # ── taking events in ─────────────────────────────────────────────────────────────────────────

    def _register(self, event: ChainEvent) -> None:
        token = event.registry, event.arguments["title"]
        if token in self._titles:
            self._problem(event, "registers a title a second time")
            return
        self._titles[token] = TitleHistory(event)
        self._acts[token] = 0

    def _act(self, event: ChainEvent) -> None:
        arguments = event.arguments
        if event.name == "RectificationWithdrawn":
            token = self._proposals.get((event.registry, arguments["digest"]))
        else:
            token = event.registry, arguments["title"]
        if token is None or token not in self._titles:
            self._problem(event, "is about a title that was never registered")
            return
        if event.name == "RectificationProposed":
            self._proposals[event.registry, arguments["digest"]] = token
        if event.name in (CONVEYED, RECTIFIED, "Substantiated"):
            self._count(event, token)
        self._titles[token].events.append(event)

    def _grant(self, event: ChainEvent) -> None:
        token = event.registry, event.arguments["licence"]
        parent, titles = event.arguments["parent"], event.arguments["titles"]
        if token in self._grants:
            self._problem(event, "grants a licence a second time")
            return
        if parent != NO_PARENT and (event.registry, parent) not in self._grants:
            self._problem(event, "names a parent that was never granted")
        self._grants[token], self._changes[token], self._acts[token] = event, [], 0
        registry = self._registry_of.get(event.registry, "")
        for title in titles:
            history = self._titles.get((registry, title))
            if history is None:
                self._problem(event, f"is under the title {title}, which was never registered")
            else:
                history.grants.append((event.time, event.arguments["licence"]))

    def _change(self, event: ChainEvent) -> None:
        token = event.registry, event.arguments["licence"]
        if token not in self._grants:
            self._problem(event, "is about a licence that was never granted")
            return
        self._count(event, token)
        self._changes[token].append(event)

    def _count(self, event: ChainEvent, token: Token) -> None:
        """Nonces are counted without a gap: one that is left out means that a log is missing."""
        expected, given = self._acts[token], event.arguments.get("nonce")
        if given is not None and given != expected:
            self._problem(event, f"has the nonce {given} where {expected} was next: a log is missing")
            expected = given
        self._acts[token] = expected + 1

    def _problem(self, event: ChainEvent, words: str) -> None:
        self.problems.append(f"{event.name} in block {event.block} (transaction {event.transaction}) {words}.")

    # ── what comes of it ─────────────────────────────────────────────────────────────────────────

    def _licences(self, titles: Mapping[Token, Title], *, as_of: int, known_at: int) -> dict[Token, Licence]:
        latest = min(as_of, known_at)
        stored: dict[str, dict[str, StoredLicence]] = {}
        for (registry, token), granted in self._grants.items():
            if granted.time > latest:
                continue
            licence = stored.setdefault(registry, {})[token] = StoredLicence(granted)
            for event in self._changes[registry, token]:
                if event.time <= latest:
                    licence.apply(event)
        found = {}
        for registry, licences in stored.items():
            children = _children(licences)
            for token, licence in licences.items():
                title = titles.get((self._registry_of.get(registry, ""), licence.lead_title))
                gaps = self._gaps(licence, title, known_at)
                found[registry, token] = _licence(licence, licences, children, title, gaps, as_of)
        return found

    def _gaps(self, licence: StoredLicence, title: Title | None, known_at: int) -> tuple[Gap, ...]:
        """Compare who granted, by the register of that moment, with who held by what is known now."""
        event = licence.granted
        if title is None or licence.parent is not None:
            return ()
        history = self._titles[title.registry, title.token]
        if not history.events:
            return ()
        granted_by = history.register_at(event.time, before=event.place).holder
        ownership = history.ownership_at(as_of=event.time, known_at=known_at)
        owners, found = ownership.shares(), []
        if granted_by not in owners:
            words = f"{granted_by} granted it and, by what is known now, held no share of the title then."
            found.append(Gap("granted_without_title", words, event.block, event.transaction))
        if len(owners) > 1:
            words = f"The title had {len(owners)} owners; the consent of the others is not on the chain."
            found.append(Gap("co_owners_not_on_chain", words, event.block, event.transaction))
        return tuple(found)

    def _unlike_transfers(self) -> list[str]:
        """The ERC-721 events say the holders once more; both must agree."""
        found = []
        for token, history in self._titles.items():
            holder = history.register_at(ENDLESS).holder
            if self._moved_to.get(token, holder) != holder:
                found.append(f"The Transfer events name {self._moved_to[token]} as holder of {token[1]}, not {holder}.")
        for token, granted in self._grants.items():
            last = [event.arguments["to"] for event in self._changes[token] if event.name == "LicenceTransferred"]
            holder = last[-1] if last else granted.arguments["holder"]
            if self._moved_to.get(token, holder) != holder:
                found.append(f"The Transfer events name {self._moved_to[token]} as holder of {token[1]}, not {holder}.")
        return found


def _children(licences: Mapping[str, StoredLicence]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for token, licence in licences.items():
        if licence.parent is not None:
            found.setdefault(licence.parent, []).append(token)
    return found


def _licence(
    licence: StoredLicence,
    licences: Mapping[str, StoredLicence],
    children: Mapping[str, list[str]],
    title: Title | None,
    gaps: tuple[Gap, ...],
    as_of: int,
) -> Licence:
    event, on_title = licence.granted, hangs_on_title(licence, licences, at=as_of)
    parent = licences.get(licence.parent) if licence.parent else None
    licensor = (title.holder if title else None) if on_title else (parent.holder if parent else None)
    return Licence(
        registry=event.registry,
        token=event.arguments["licence"],
        holder=licence.holder,
        licensor=None if licensor == NOBODY else licensor,
        status=status_of(licence, licences, at=as_of),
        own_status=licence.status,
        parent=licence.parent,
        children=tuple(children.get(event.arguments["licence"], ())),
        survives=licence.survives,
        hangs_on_title=on_title,
        titles=licence.titles,
        authority=licence.authority,
        transfer_rule=licence.transfer_rule,
        exclusivity=Exclusivity(licence.exclusivity),
        is_published=licence.is_published,
        start=licence.start,
        end=licence.end,
        nonce=licence.nonce,
        block=event.block,
        time=event.time,
        transaction=event.transaction,
        last_block=licence.last_block,
        acts=tuple(licence.acts),
        gaps=gaps,
    )
