"""What has to hold of terms before anybody signs them: their fee can be paid, their days are not over. Pure."""

from datetime import date

from ipx.core.errors import Conflict
from ipx.licences.dues import fee_by_card
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.payments.rules import check_payable


def check_dues(terms: LicenceTerms) -> None:
    """Raise Conflict where a fee is to be paid by card and no card can pay it."""
    by_card = fee_by_card(terms)
    if by_card is not None:
        check_payable(by_card)


def check_dates(terms: LicenceTerms, *, today: date) -> None:
    """Raise Conflict where the term is over before it can be signed, or over before it begins."""
    end, start = terms.term.end.date, terms.term.start.date
    if end is not None and end < today:
        raise Conflict(f"The term of these terms ended on {end}; agree on a later end first.")
    if end is not None and start is not None and end < start:
        raise Conflict(f"These terms end on {end}, before they begin on {start}; agree on other days first.")
