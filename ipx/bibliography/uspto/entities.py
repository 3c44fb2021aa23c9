"""Names of characters (ISO 8879 entity sets) that the USPTO's DTDs define. Pure.

Most are names of HTML as well; the alphabets of ISOgrk1 and ISOcyr1's neighbours in these DTDs are not.
"""

from html.entities import html5

# ISOgrk1: Greek letters as text, where HTML took the mathematical names alone.
_GREEK = {
    "agr": "α", "bgr": "β", "ggr": "γ", "dgr": "δ", "egr": "ε", "zgr": "ζ", "eegr": "η", "thgr": "θ", "igr": "ι",
    "kgr": "κ", "lgr": "λ", "mgr": "μ", "ngr": "ν", "xgr": "ξ", "ogr": "ο", "pgr": "π", "rgr": "ρ", "sgr": "σ",
    "sfgr": "ς", "tgr": "τ", "ugr": "υ", "phgr": "φ", "khgr": "χ", "psgr": "ψ", "ohgr": "ω",
    "Agr": "Α", "Bgr": "Β", "Ggr": "Γ", "Dgr": "Δ", "Egr": "Ε", "Zgr": "Ζ", "EEgr": "Η", "THgr": "Θ", "Igr": "Ι",
    "Kgr": "Κ", "Lgr": "Λ", "Mgr": "Μ", "Ngr": "Ν", "Xgr": "Ξ", "Ogr": "Ο", "Pgr": "Π", "Rgr": "Ρ", "Sgr": "Σ",
    "Tgr": "Τ", "Ugr": "Υ", "PHgr": "Φ", "KHgr": "Χ", "PSgr": "Ψ", "OHgr": "Ω",
}  # fmt: skip


def character(name: str) -> str | None:
    """Return what ``&name;`` stands for; None for a name that no set defines."""
    return html5.get(f"{name};") or _GREEK.get(name)
