"""A bibliographic record as the lines of a document's first page: INID code, its meaning, values. Decides nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from ipx.bibliography.words import INID, PHASES, RELATIONS, VALUES

SEVERAL = 6  # values that are shown at once; more are folded


@dataclass(frozen=True)
class InidLine:
    """One field of the first page; ``inid`` is None where ST.9 has no code."""

    inid: str | None
    label: str
    values: Sequence[str]

    @property
    def is_long(self) -> bool:
        """Tell whether the values are better folded."""
        return len(self.values) > SEVERAL


def inid_lines(content: Mapping[str, Any]) -> list[InidLine]:
    """Return what a record says, in the order of the codes; fields that say nothing are left out."""
    found: dict[str, list[str]] = {}
    for inid, value in (*_numbers(content), *_classes(content), *_texts(content), *_relations(content)):
        found.setdefault(inid, []).append(value)
    for inid, value in (*_parties(content), *_international(content)):
        found.setdefault(inid, []).append(value)
    coded = [InidLine(inid, str(INID[inid]), tuple(dict.fromkeys(found[inid]))) for inid in sorted(found)]
    return [*coded, *_without_code(content)]


def _numbers(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    publication, application = content["publication"], content["application"]
    yield "11", _reference(publication)
    yield "19", publication["office"]
    if application and application["number"]:
        yield "21", application["number"]
    if application and application["date"]:
        yield "22", application["date"]
    for priority in content["priorities"]:
        yield "30", _joined(priority["office"], priority["number"], priority["date"], between=", ")
    for inid, name in (("43", "application"), ("45", "grant"), ("46", "claims")):
        if content["publication_dates"][name]:
            yield inid, content["publication_dates"][name]


def _classes(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for each in content["classifications"]:
        about = [_version(each["version"]), VALUES.get(each["value"])]
        said = "; ".join(str(part) for part in about if part)
        scheme = {"ipc": "IPC", "cpc": "CPC", "locarno": "Locarno"}.get(each["scheme"]) or each["office"] or ""
        symbol = f"{scheme} {each['symbol']}" + (f" ({said})" if said else "")
        yield ("51" if each["scheme"] in ("ipc", "locarno") else "52"), symbol
    for symbol in content["field_of_search"]:
        yield "58", symbol


def _version(version: str | None) -> str | None:
    """Return 2006.01 for a version of the modern schemes, as they are printed; old editions as their number."""
    return version[:7].replace("-", ".") if version and "-" in version else version


def _texts(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for inid, name in (("54", "titles"), ("57", "abstracts")):
        for each in content[name]:
            yield inid, each["text"]
    for citation in content["citations"]:
        words = _reference(citation["document"]) if citation["document"] else citation["text"] or ""
        date = citation["document"]["date"] if citation["document"] else None
        phase = PHASES.get(citation["phase"])
        yield "56", _joined(words, citation["name"], date, str(phase) if phase else None, between=", ")


def _relations(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for each in content["relations"]:
        kind = RELATIONS.get(each["kind"])
        granted = _("now %(patent)s", patent=_reference(each["granted"])) if each["granted"] else None
        document = _reference(each["document"])
        yield (
            each["inid"],
            _joined(document, each["document"]["date"], str(kind) if kind else None, granted, between=", "),
        )


def _parties(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("applicants", "inventors", "owners", "agents"):
        for party in content[name]:
            place = _joined(party["city"], party["state"], party["country"], between=", ")
            yield party["inid"], party["name"] + (f" ({place})" if place else "")


def _international(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if content["designated_states"]:
        yield "81", " ".join(content["designated_states"])
    for name in ("international_filing", "international_publication"):
        found = content[name]
        if found:
            yield found["inid"], _joined(_reference(found["document"]), found["document"]["date"], between=", ")


def _without_code(content: Mapping[str, Any]) -> Iterator[InidLine]:
    if content["examiners"]:
        yield InidLine(None, _("Examiner"), tuple(content["examiners"]))
    if content["claims"] is not None:
        yield InidLine(None, _("Claims"), (str(content["claims"]),))
    term = content["term"] or {}
    if term.get("extension_days"):
        yield InidLine(None, _("Term adjustment (35 USC 154(b))"), (_("%(n)s days", n=term["extension_days"]),))
    if term.get("disclaimer"):
        yield InidLine(None, _("Disclaimer"), (term["disclaimer"],))


def _reference(reference: Mapping[str, Any]) -> str:
    return _joined(reference["office"], reference["number"], reference["kind"], between=" ")


def _joined(*parts: str | None, between: str) -> str:
    return between.join(part for part in parts if part)
