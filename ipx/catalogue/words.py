"""The catalogue's codes in people's words. Translated; decides nothing."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ipx.catalogue.price_bands import NO_FEE, band_edges

FIELD_NAMES = {
    "title": _("Title"),
    "summary": _("Summary"),
    "problem": _("The problem it solves"),
    "advantage": _("What it does better"),
    "measure": _("Measured advantage"),
    "trl": _("Technology readiness level"),
    "stage": _("Stage"),
    "classes": _("Classes (CPC)"),
    "rights": _("Rights"),
}
RIGHT_KINDS = {
    "patent": _("Patent"),
    "application": _("Patent application"),
    "utility-model": _("Utility model"),
    "design": _("Design"),
    "know-how": _("Know-how"),
    "software": _("Software"),
    "data-set": _("Data set"),
    "material": _("Material"),
}
RIGHT_STATUS = {
    "granted": _("granted"),
    "published": _("published by the office"),
    "unpublished": _("not published yet; the number is secret"),
}
EVIDENCE = {
    0: _("declared by the owner"),
    1: _("declared, instrument attached"),
    2: _("matches the office’s record"),
}
STATUS = {
    "granted": _("Granted right"),
    "pending": _("Application pending"),
    "unregistered": _("No registered right"),
}
EXCLUSIVITY = {
    "exclusive": _("Exclusive"),
    "sole": _("Sole"),
    "co-exclusive": _("Co-exclusive"),
    "non-exclusive": _("Non-exclusive"),
}
# Titles of the sections of the Cooperative Patent Classification.
SECTIONS = {
    "A": _("Human necessities"),
    "B": _("Operations and transport"),
    "C": _("Chemistry and metallurgy"),
    "D": _("Textiles and paper"),
    "E": _("Fixed constructions"),
    "F": _("Mechanics, lighting, heating, weapons"),
    "G": _("Physics"),
    "H": _("Electricity"),
    "Y": _("New and cross-sectional technology"),
}
# Readiness in the words of the EU's Horizon programmes (general annex G).
READINESS = {
    1: _("basic principles observed"),
    2: _("concept formulated"),
    3: _("experimental proof of concept"),
    4: _("validated in the laboratory"),
    5: _("validated in a relevant environment"),
    6: _("demonstrated in a relevant environment"),
    7: _("prototype demonstrated in operation"),
    8: _("complete and qualified"),
    9: _("proven in operation"),
}
# Stages of the smart city's life cycle (``technologies.rules.Stage``).
STAGES = {
    "research": _("Research"),
    "incubation": _("Incubation"),
    "conversion": _("Conversion"),
    "production": _("Production"),
    "operation": _("Operation"),
}
READINESS_BANDS = {
    "1-3": _("TRL 1–3: research"),
    "4-6": _("TRL 4–6: development"),
    "7-9": _("TRL 7–9: demonstration and use"),
}


def price_words(band: str) -> str:
    """Return a band of fees in words; what is no such band as it is."""
    if band == NO_FEE:
        return str(gettext("no up-front fee"))
    edges = band_edges(band)
    if edges is None:
        return band
    currency, low, high = edges
    if low == 0:
        return str(gettext("%(currency)s, below %(high)s", currency=currency, high=f"{high:,}"))
    if high is None:
        return str(gettext("%(currency)s %(low)s or more", currency=currency, low=f"{low:,}"))
    return str(gettext("%(currency)s %(low)s to below %(high)s", currency=currency, low=f"{low:,}", high=f"{high:,}"))
