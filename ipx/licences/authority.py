"""Whether both sides have to sign the exchange's account for deadlines into a grant. Pure."""

from ipx.licences.terms_v2.conduct import MissedDiligence
from ipx.licences.terms_v2.price import Shortfall
from ipx.licences.terms_v2.terms import LicenceTerms

_CHANGES = (MissedDiligence.CONVERT, MissedDiligence.TERMINATE, Shortfall.CONVERT, Shortfall.TERMINATE)


def needs_authority(terms: LicenceTerms) -> bool:
    """Tell whether the terms let something follow a deadline that changes the right: only then is anybody named."""
    ending = terms.termination
    return (
        (ending is not None and (ending.breach_cure_days is not None or ending.convenience_notice_days is not None))
        or (terms.diligence is not None and terms.diligence.failure in _CHANGES)
        or (terms.minimums is not None and terms.minimums.consequence in _CHANGES)
        or terms.term.renewal is not None
    )
