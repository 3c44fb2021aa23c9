"""What is due when a grant begins, and whether the grant waits for it. Pure.

Terms name money in many places; nothing here ever adds two of them up.
"""

from ipx.core.money import Money
from ipx.licences.terms_v2.grant import GrantKind, StartEvent
from ipx.licences.terms_v2.price import InvoiceVia
from ipx.licences.terms_v2.terms import LicenceTerms

_OPTIONS = (GrantKind.OPTION, GrantKind.SPONSOR_OPTION)


def fee_at_the_start(terms: LicenceTerms) -> Money | None:
    """Return the one fee that is due at the beginning, None where there is none.

    For an option that is its option fee; its up-front fee, if any, belongs to the licence that may follow.
    """
    if terms.fees is None:
        return None
    fee = terms.fees.option_fee if terms.grant.kind in _OPTIONS else terms.fees.upfront
    return fee if fee is not None and fee.amount > 0 else None


def fee_by_card(terms: LicenceTerms) -> Money | None:
    """Return what is paid on the hosted page: the fee at the start, unless it goes by bank transfer."""
    by_bank = terms.payment is not None and terms.payment.invoice_via is InvoiceVia.BANK
    return None if by_bank else fee_at_the_start(terms)


def waits_for_payment(terms: LicenceTerms) -> bool:
    """Tell whether the grant begins with a payment: one without a fee begins when both sides have signed."""
    return terms.term.start.event is StartEvent.ON_PAYMENT and fee_at_the_start(terms) is not None
