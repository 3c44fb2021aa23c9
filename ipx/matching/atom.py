"""A search as a feed: Atom, RFC 4287. Pure; of each thing it says what everybody may see."""

from collections.abc import Sequence
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from ipx.catalogue.records import Listing
from ipx.matching.records import Found
from ipx.matching.saved import SavedSearch, address_of

NAMESPACE = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"
LONGEST_SUMMARY = 500


def feed_of(saved: SavedSearch, found: Sequence[Found], *, public_url: str) -> bytes:
    """Return the feed, its entries in the given order. ``updated`` is that of the newest entry (RFC 4287, 4.2.15)."""
    feed = Element("feed", xmlns=NAMESPACE)
    _text(feed, "id", f"urn:uuid:{saved.id}")
    _text(feed, "title", saved.name)
    _text(feed, "updated", _moment(max((one.thing.published_at for one in found), default=saved.created_at)))
    _text(SubElement(feed, "author"), "name", "IPX")
    for one in found:
        entry = SubElement(feed, "entry")
        address = address_of(one, public_url)
        _text(entry, "id", address)
        _text(entry, "title", one.thing.title)
        _text(entry, "updated", _moment(one.thing.published_at))
        SubElement(entry, "link", rel="alternate", href=address)
        if one.thing.owner_name:
            _text(SubElement(entry, "author"), "name", one.thing.owner_name)
        _text(entry, "summary", _summary(one))
    written: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def _text(parent: Element, name: str, text: str) -> None:
    # XML 1.0 has no way to write most control characters.
    SubElement(parent, name).text = "".join(c if c.isprintable() else " " for c in text)


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _summary(found: Found) -> str:
    text = " ".join((found.thing.summary if isinstance(found.thing, Listing) else found.thing.text).split())
    return text if len(text) <= LONGEST_SUMMARY else text[:LONGEST_SUMMARY].rsplit(" ", 1)[0] + " …"
