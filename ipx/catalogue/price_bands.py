"""Bands of fees due at the start, each in its own currency: none is exchanged for another. Pure."""

from ipx.core.money import CURRENCIES, Money, exponent

NO_FEE = "none"
_EDGES = (0, 10_000, 50_000, 250_000)
"""Where bands begin, in major units."""
_TIMES = {"JPY": 100, "KRW": 1_000}
"""Currencies whose unit is worth much less than the others’ have wider bands."""


def price_band(fee: Money | None) -> str:
    """Return the band of a fee, such as ``EUR:10000``: its currency and lower edge in major units."""
    if fee is None or fee.amount == 0:
        return NO_FEE
    major = fee.amount // 10 ** exponent(fee.currency)
    return f"{fee.currency}:{max(edge for edge in _edges(fee.currency) if edge <= major)}"


def band_edges(band: str) -> tuple[str, int, int | None] | None:
    """Return currency, lower edge and the edge that is too high (None: no end); None for what is no such band."""
    currency, _, low = band.partition(":")
    edges = _edges(currency)
    if currency not in CURRENCIES or low not in map(str, edges):
        return None
    place = edges.index(int(low))
    return currency, int(low), edges[place + 1] if place + 1 < len(edges) else None


def band_order(band: str) -> tuple[str, int]:
    """Return what puts bands in order: no fee first, then currency by currency, upwards."""
    found = band_edges(band)
    return ("", 0) if found is None else found[:2]


def _edges(currency: str) -> tuple[int, ...]:
    return tuple(edge * _TIMES.get(currency, 1) for edge in _EDGES)
