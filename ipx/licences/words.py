"""Licence terms as facts for a page or a report, in the reader's language. The codes are binding."""

from flask_babel import lazy_gettext as _

from ipx.licences.rules import Act
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.licences.wording.clauses import clauses_of

ACTS = {
    Act.MAKE: _("make"),
    Act.HAVE_MADE: _("have made"),
    Act.USE: _("use"),
    Act.SELL: _("sell"),
    Act.OFFER: _("offer"),
    Act.IMPORT: _("import"),
    Act.PRACTISE: _("practise"),
    Act.COPY: _("copy"),
    Act.MODIFY: _("modify"),
}


def in_words(terms: LicenceTerms) -> list[tuple[str, str]]:
    """Return the terms as (clause, its sentences)."""
    return [(clause.title, " ".join(sentence.text for sentence in clause.sentences)) for clause in clauses_of(terms)]
