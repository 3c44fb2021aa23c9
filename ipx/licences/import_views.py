"""The page that takes agreements made elsewhere in from a table."""

from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _

from ipx.licences.agreement_tables import COLUMNS, INTO, REQUIRED, AgreementTables
from ipx.licences.grant_words import EXCLUSIVITY, KINDS
from ipx.licences.policy import DECIDERS
from ipx.licences.service import LicenceService
from ipx.technologies.service import TechnologyService
from ipx.web.guards import current_actor, for_roles
from ipx.web.services import provided
from ipx.web.table_import import TableImport
from ipx.web.transactions import db

LABELS = {
    "technology": _("Technology: title, id, or the number of a right"),
    "holder": _("With whom"),
    "kind": _("What it is"),
    "exclusivity": _("Exclusivity"),
    "up_to": _("Up to how many licensees, if co-exclusive"),
    "acts": _("What the other side may do"),
    "field": _("Field of use"),
    "codes": _("Classes of the field"),
    "territory": _("Territory"),
    "start": _("First day"),
    "end": _("Last day, or what ends it"),
    "reserved": _("What you kept"),
    "rights": _("Rights"),
}
USUAL_NAMES = {
    "technology": ("technology", "invention", "title", "family", "patent", "patentnumber", "patentno", "asset"),
    "holder": ("holder", "licensee", "partner", "company", "counterparty", "party", "withwhom"),
    "kind": ("kind", "type", "agreementtype", "agreement"),
    "exclusivity": ("exclusivity", "exclusive"),
    "up_to": ("upto",),
    "acts": ("acts", "rightsgranted", "permittedacts", "use"),
    "field": ("field", "fieldofuse"),
    "codes": ("codes", "cpc", "classes"),
    "territory": ("territory", "territories", "countries", "country"),
    "start": ("start", "startdate", "effective", "effectivedate", "from", "signed", "date"),
    "end": ("end", "enddate", "expires", "expiry", "expirydate", "until", "to"),
    "reserved": ("reserved", "reservedrights"),
    "rights": ("rights", "patents"),
}


def add_to(blueprint: Blueprint) -> None:
    """Add the page to the room's."""
    blueprint.add_url_rule("/licences/import", view_func=take_in_agreements, methods=["GET", "POST"])


@for_roles(*DECIDERS)
def take_in_agreements() -> Any:
    """Take agreements made elsewhere in, step by step."""
    actor = current_actor()
    tables = AgreementTables(
        declarations=provided(LicenceService).declarations, technologies=provided(TechnologyService)
    )
    return TableImport(
        into=INTO,
        endpoint="licences.take_in_agreements",
        back="licences.index",
        title=_("Take in agreements made elsewhere"),
        lede=_(
            "One row for each agreement, the first line with the names of the columns. Lists in a cell are separated "
            "by semicolons or commas. Nothing is taken in before you have seen a preview."
        ),
        back_label=_("To the licences"),
        fields=COLUMNS,
        required=REQUIRED,
        labels=LABELS,
        usual_names=USUAL_NAMES,
        words={"kind": KINDS, "exclusivity": EXCLUSIVITY},
        shown=("holder", _("With whom")),
        preview=lambda table, mapping: tables.preview(db(), actor=actor, table=table, mapping=mapping),
        take_in=lambda table, mapping: tables.take_in(db(), actor=actor, table=table, mapping=mapping),
    ).answer()
