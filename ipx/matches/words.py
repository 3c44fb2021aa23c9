"""Matches in people's words: the parts of a score, the reasons, and a sentence why. Translated; decides nothing."""

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from ipx.catalogue.records import Need
from ipx.matches.records import Match
from ipx.matches.rights import Rights
from ipx.matches.rules import PartName, Reason

PARTS = {
    PartName.WORDS: _("Words"),
    PartName.MEANING: _("Meaning"),
    PartName.CLASSES: _("Classes"),
    PartName.READINESS: _("Readiness"),
    PartName.RIGHTS: _("Free rights"),
    PartName.BUDGET: _("Budget"),
}
REASONS = {
    Reason.TOO_EARLY: _("Too early for us"),
    Reason.RIGHTS_NOT_FREE: _("The rights we need are not free"),
    Reason.PRICE: _("The price"),
    Reason.WRONG_FIELD: _("Another field"),
    Reason.SOLVED: _("Solved already"),
    Reason.OTHER: _("Another reason"),
}
RIGHTS = {
    Rights.FREE: _("free where it is wanted, as declared"),
    Rights.PARTLY: _("partly free or undecided"),
    Rights.TAKEN: _("not free where it is wanted"),
    Rights.NOT_OFFERED: _("not offered where, or as, it is wanted"),
}


def why(match: Match) -> str:
    """Return one sentence that says why the two fit, and where they do not."""
    parts = [_words(match), _readiness(match), str(RIGHTS[match.rights]) if match.rights else ""]
    for part in match.split.parts:
        if part.name is PartName.MEANING and part.points * 2 >= part.most > 0:
            parts.append(gettext("close in meaning"))
        if part.name is PartName.CLASSES and part.points * 2 >= part.most > 0:
            parts.append(gettext("the same class"))
        if part.name is PartName.BUDGET and part.is_stated:
            within = part.points == part.most
            parts.append(gettext("the fee is within the budget") if within else gettext("the fee is above the budget"))
    return "; ".join(part for part in parts if part) + "."


def _words(match: Match) -> str:
    if not match.words:
        part = next(part for part in match.split.parts if part.name is PartName.WORDS)
        # The engine also counts other forms of a word, leaking for leak, which are not named.
        in_other_forms = part.points * 2 >= part.most > 0
        return str(gettext("words in common, in other forms") if in_other_forms else gettext("few words in common"))
    return str(gettext("both speak of %(words)s", words=", ".join(match.words[:4])))


def _readiness(match: Match) -> str:
    if match.gap is None:
        return ""
    if match.gap == 0:
        return str(gettext("ready as far as it must be"))
    if match.gap < 0:
        return str(ngettext("%(num)s readiness level too early", "%(num)s readiness levels too early", -match.gap))
    return str(ngettext("%(num)s readiness level further", "%(num)s readiness levels further", match.gap))


def opening_words(need: Need | None) -> str:
    """Return the words with which a deal begins that came from a need, empty where it came from none."""
    return str(gettext("This is about our need “%(title)s”.", title=need.title)) if need else ""
