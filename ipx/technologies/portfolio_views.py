"""The page that takes a portfolio in: the table, its columns, a preview, and then the import."""

from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _

from ipx.technologies.forms import RIGHT_LABELS
from ipx.technologies.policy import SIGNERS
from ipx.technologies.portfolio import Portfolios
from ipx.technologies.portfolio_rows import FIELDS, INTO, REQUIRED
from ipx.web.guards import current_actor, for_roles
from ipx.web.services import provided
from ipx.web.table_import import TableImport
from ipx.web.transactions import db

FIELD_LABELS = {
    "technology": _("Title of the technology"),
    "problem": _("Problem solved"),
    "summary": _("Non-confidential summary"),
    "trl": _("Technology readiness level"),
    "classes": _("CPC or IPC classes"),
    "right_kind": _("Kind of right"),
    "right_title": _("Title of the right"),
    "office": _("Office"),
    "number": _("Number"),
    "kind_code": _("Kind code"),
    "filed_on": _("Filed on"),
    "published_on": _("Published on"),
    "granted_on": _("Granted on"),
}
# Names of columns that spreadsheets and docketing systems use, without signs and in small letters.
USUAL_NAMES = {
    "technology": ("technology", "title", "family", "invention", "familytitle", "technologytitle"),
    "problem": ("problem", "problemsolved"),
    "summary": ("summary", "abstract"),
    "trl": ("trl",),
    "classes": ("classes", "cpc", "ipc", "classification"),
    "right_kind": ("rightkind", "kindofright", "type", "righttype", "status"),
    "right_title": ("righttitle", "titleofright"),
    "office": ("office", "country", "countrycode", "jurisdiction", "authority", "cc"),
    "number": (
        "number", "no", "patentnumber", "patentno", "publicationnumber", "publicationno", "pubno", "applicationnumber",
    ),
    "kind_code": ("kindcode", "kind"),
    "filed_on": ("filedon", "filed", "filingdate"),
    "published_on": ("publishedon", "published", "publicationdate"),
    "granted_on": ("grantedon", "granted", "grantdate", "issuedate"),
}  # fmt: skip


def add_to(blueprint: Blueprint) -> None:
    """Add the page to the room's."""
    blueprint.add_url_rule("/technologies/import", view_func=portfolio, methods=["GET", "POST"])


@for_roles(*SIGNERS)
def portfolio() -> Any:
    """Take a portfolio in, step by step."""
    service, actor = provided(Portfolios), current_actor()
    return TableImport(
        into=INTO,
        endpoint="technologies.portfolio",
        back="technologies.index",
        title=_("Take in a portfolio"),
        lede=_(
            "One row for each right in each office, the first line with the names of the columns. "
            "Nothing is taken in before you have seen a preview."
        ),
        back_label=_("To the technologies"),
        fields=FIELDS,
        required=REQUIRED,
        labels=FIELD_LABELS,
        usual_names=USUAL_NAMES,
        words={"right_kind": {str(kind): label for kind, label in RIGHT_LABELS.items()}},
        shown=("right", _("Right")),
        preview=lambda table, mapping: service.preview(db(), actor=actor, table=table, mapping=mapping),
        take_in=lambda table, mapping: service.take_in(db(), actor=actor, table=table, mapping=mapping),
    ).answer()
