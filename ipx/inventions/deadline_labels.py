"""What deadlines are called on pages, and what each assumes. Words only."""

from flask_babel import lazy_gettext as _

from ipx.inventions.deadlines import Duty

_FIRST = _("Assumes that no earlier priority is claimed: with one, the day is earlier.")
_NOT_RECORDED = _("Hangs on an event whose day is not recorded here.")
DUTY_LABELS = {
    Duty.PRIORITY: _("File abroad with priority"),
    Duty.PRIORITY_DESIGN: _("File the design abroad with priority"),
    Duty.PCT_ENTRY: _("PCT: enter the national phase (US, CN, JP and most others)"),
    Duty.PCT_ENTRY_EP: _("PCT: enter the European phase"),
    Duty.EP_EXAMINATION: _("Europe: request examination, pay designations"),
    Duty.EP_RENEWAL: _("Europe: next renewal fee"),
    Duty.EP_UNITARY: _("Europe: request unitary effect"),
    Duty.EP_VALIDATION: _("Europe: validate in the states"),
    Duty.EP_OPPOSITION: _("Europe: end of the opposition period"),
    Duty.US_MAINTENANCE: _("United States: next maintenance fee"),
    Duty.US_RECORDATION: _("United States: record assignments within three months"),
    Duty.CN_EXAMINATION: _("China: request examination"),
    Duty.CN_ANNUITY: _("China: next annual fee"),
    Duty.CN_ASSIGNMENT: _("China: register assignments at CNIPA"),
    Duty.CN_LICENCE: _("China: file licences at CNIPA within three months"),
    Duty.EXPIRY: _("The patent ends at the latest"),
    Duty.BD_DISCLOSE: _("Bayh-Dole: disclose to the agency"),
    Duty.BD_ELECT: _("Bayh-Dole: elect title"),
    Duty.BD_FILE: _("Bayh-Dole: file the first application"),
    Duty.BD_FOREIGN: _("Bayh-Dole: file abroad"),
    Duty.BD_LICENCE: _("Bayh-Dole: confirmatory licence to the government"),
    Duty.BD_STATEMENT: _("Bayh-Dole: statement of support in the application"),
    Duty.BD_UTILISATION: _("Bayh-Dole: reports on utilisation"),
    Duty.BD_MANUFACTURE: _("Bayh-Dole: manufacture in the US when licensing exclusively there"),
}
DUTY_ASSUMPTIONS = {
    Duty.PRIORITY: _FIRST,
    Duty.PRIORITY_DESIGN: _FIRST,
    Duty.PCT_ENTRY: _FIRST,
    Duty.PCT_ENTRY_EP: _FIRST,
    Duty.EP_EXAMINATION: _("Assumes that the search report was published with the application."),
    Duty.EP_RENEWAL: _("Assumes that the application is pending. Six months more with a surcharge are not counted."),
    Duty.EP_UNITARY: _("Counted from the day stated as that of grant."),
    Duty.EP_VALIDATION: _("Counted from the day stated as that of grant; a few states give longer."),
    Duty.EP_OPPOSITION: _("Counted from the day stated as that of grant. Others may oppose until then."),
    Duty.US_MAINTENANCE: _("Assumes a utility patent. Six months more with a surcharge are not counted."),
    Duty.US_RECORDATION: _NOT_RECORDED,
    Duty.CN_EXAMINATION: _FIRST,
    Duty.CN_ANNUITY: _("Assumes that earlier fees were paid; counted from the day of filing."),
    Duty.CN_ASSIGNMENT: _NOT_RECORDED,
    Duty.CN_LICENCE: _NOT_RECORDED,
    Duty.EXPIRY: _("Assumes that fees are paid. Adjustments, extensions and disclaimers are not counted."),
    Duty.BD_DISCLOSE: _("Counted from the first submission here as the inventors’ written disclosure to the office."),
    Duty.BD_ELECT: _(
        "Two years, or 60 days before the statutory year in the US ends. Counted from the first submission, since the "
        "day of disclosure to the agency is not recorded here; it may be up to two months later."
    ),
    Duty.BD_FILE: _("One year after election or before the statutory year ends; assumes election on its last day."),
    Duty.BD_FOREIGN: _("Ten months after the first application; a secrecy order is not considered."),
    Duty.BD_LICENCE: _("To be given to the agency promptly when an application is filed."),
    Duty.BD_STATEMENT: _("Stands in the text of every US application and patent."),
    Duty.BD_UTILISATION: _("Yearly at most, when the agency asks."),
    Duty.BD_MANUFACTURE: _("Unless the agency waives it."),
}
