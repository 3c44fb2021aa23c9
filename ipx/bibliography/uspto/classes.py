"""Classifications: IPC of both generations, CPC with its combination sets, Locarno, and the office's own."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from ipx.bibliography.records import Classification
from ipx.bibliography.uspto.reading import Reading, text_at, text_of

VALUES = {"I": "inventive", "N": "additional", "A": "additional"}
POSITIONS = {"F": "first", "L": "later"}
_SEVENTH_EDITION = re.compile(r"([A-H][0-9]{2}[A-Z])\s*([0-9]{1,4})/([0-9]{2,6})")


def classifications(page: Element, reading: Reading) -> tuple[Classification, ...]:
    """Return all symbols of a document, in its order: IPC and Locarno (INID 51), CPC and national (52)."""
    return (
        *_old_ipc(page),
        *(_modern(each, "ipc", reading) for each in page.findall("classifications-ipcr/classification-ipcr")),
        *_cpc(page, reading),
        *_locarno(page),
        *_national(page),
    )


def field_of_search(page: Element) -> tuple[str, ...]:
    """Return where the examiner searched (INID 58), as written."""
    found = []
    for name in ("us-field-of-classification-search", "field-of-search"):
        for each in page.findall(f"{name}/*"):
            symbols = [text_of(part) for part in each.iter() if part.tag.endswith("-classification")]
            if not symbols and not len(each):
                symbols = [text_of(each)]
            found += [symbol for symbol in symbols if symbol]
    return tuple(found)


def _old_ipc(page: Element) -> Iterator[Classification]:
    """IPC up to the seventh edition: one main class, and others, with no word on inventive or additional."""
    for block in page.findall("classification-ipc"):
        edition = (text_at(block, "edition") or "").lstrip("0") or None
        for part in block:
            text = text_of(part)
            if text and part.tag in ("main-classification", "further-classification"):
                position = "first" if part.tag.startswith("main") else "later"
                yield Classification("ipc", _readable(text), version=edition, position=position)


def _readable(symbol: str) -> str:
    found = _SEVENTH_EDITION.fullmatch(symbol)
    return f"{found[1]} {int(found[2])}/{found[3]}" if found else symbol


def _cpc(page: Element, reading: Reading) -> Iterator[Classification]:
    block = page.find("classifications-cpc")
    if block is None:
        return
    for each in (*block.findall("main-cpc/classification-cpc"), *block.findall("further-cpc/classification-cpc")):
        yield _modern(each, "cpc", reading)
    for combination in block.findall("further-cpc/combination-set"):
        group = reading.number(combination, "group-number") or 0
        for rank in combination.findall("combination-rank"):
            place = (group, reading.number(rank, "rank-number") or 0)
            for each in rank.findall("classification-cpc"):
                yield _modern(each, "cpc", reading, combination=place)


def _modern(
    element: Element, scheme: str, reading: Reading, combination: tuple[int, int] | None = None
) -> Classification:
    value, position = text_at(element, "classification-value"), text_at(element, "symbol-position")
    return Classification(
        scheme,
        _symbol(element),
        version=reading.date(
            element, "cpc-version-indicator/date" if scheme == "cpc" else "ipc-version-indicator/date"
        ),
        value=VALUES.get(value or ""),
        position=POSITIONS.get(position or ""),
        level=text_at(element, "classification-level"),
        office=text_at(element, "generating-office/country"),
        combination=combination,
    )


def _symbol(element: Element) -> str:
    section, cls, subclass, group, subgroup = (
        text_at(element, name) or "" for name in ("section", "class", "subclass", "main-group", "subgroup")
    )
    return f"{section}{cls}{subclass}" + (f" {group}/{subgroup}" if group else "")


def _locarno(page: Element) -> Iterator[Classification]:
    for block in page.findall("classification-locarno"):
        for part in block:
            text = text_of(part)
            if text and part.tag.endswith("-classification"):
                position = "first" if part.tag.startswith("main") else "later"
                yield Classification("locarno", text, version=text_at(block, "edition"), position=position)


def _national(page: Element) -> Iterator[Classification]:
    for block in page.findall("classification-national"):
        office = text_at(block, "country")
        for part in block:
            # Blanks stand for digits here (“705 26”), so they are kept.
            text = "".join(part.itertext()).strip("\n")
            if text.strip() and part.tag.endswith("-classification"):
                position = "first" if part.tag.startswith("main") else "later"
                yield Classification("national", text, position=position, office=office)
