"""What a line says, in one sentence. It must never say more than the audit line behind it."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ipx.core.money import Money
from ipx.history.rules import action_in_words
from ipx.technologies.rules import EvidenceLevel
from ipx.vault.records import Receipt
from ipx.vault.rules import Form, Outcome

# %(it)s: the document, right, listing or other party that the line is about; %(other)s: the organisation let in.
_SENTENCES = {
    "technology:draft:created": _("Technology described"),
    "technology:draft:revised": _("Description changed"),
    "technology:documents:opened": _("Public documents shown to everybody"),
    "technology:documents:closed": _("Public documents shown to the owner only"),
    "review:records:looked": _("Records looked at by a reviewer from outside"),
    "invention:draft:begun": _("Invention disclosure begun"),
    "invention:draft:saved": _("Invention disclosure written on"),
    "invention:record:submitted": _("Invention disclosed to the technology office"),
    "invention:inventor:confirmed": _("An inventor confirmed the disclosure"),
    "invention:inventor:disputed": _("An inventor disputed the disclosure"),
    "invention:inventor:asked_again": _("An inventor was asked again"),
    "invention:inventor:erased": _("Personal data of an inventor erased"),
    "invention:review:asked": _("Questions asked about the disclosure"),
    "invention:review:answered": _("Questions about the disclosure answered"),
    "invention:review:returned": _("Disclosure returned to its inventors"),
    "invention:review:accepted": _("Disclosure accepted"),
    "invention:review:declined": _("Disclosure declined"),
    "invention:technology:linked": _("Technology begun from the disclosure"),
    "invention:iedison:exported": _("Disclosure taken away in the shape of iEdison"),
    "right:particulars:declared": _("Right declared: %(it)s"),
    "right:particulars:revised": _("Particulars of a right changed: %(it)s"),
    "right:title:signed": _("Record of title signed, %(level)s: %(it)s"),
    "right:title:moved": _("Record of title signed over to another account of the holder: %(it)s"),
    "right:title:substantiated": _("Better evidence of title signed by the holder’s wallet: %(it)s"),
    "listing:rectification:proposed": _("Rectification of the listing proposed"),
    "listing:rectification:approved": _("Rectification of the listing approved"),
    "listing:rectification:withdrawn": _("Rectification of the listing taken back"),
    "listing:rectification:carried_out": _("Listing put right; what it said before stays to be seen"),
    "right:title:rectification_announced": _("Rectification of the register announced on the chain: %(it)s"),
    "right:title:rectified": _("Record of title rectified in the register: %(it)s"),
    "right:register_rectification:proposed": _("Rectification of the register proposed: %(it)s"),
    "right:register_rectification:signed": _("Rectification of the register signed by a rectifier: %(it)s"),
    "right:register_rectification:sent": _("Rectification of the register sent to the chain: %(it)s"),
    "right:register_rectification:rectified": _("Rectification of the register carried out: %(it)s"),
    "right:register_rectification:withdrawn": _("Rectification of the register withdrawn: %(it)s"),
    "right:register_rectification:lapsed": _("Rectification of the register lapsed: %(it)s"),
    "right:title:refused": _("Record of title refused by the contract: %(it)s"),
    "right:evidence:instrument_attached": _("Instrument attached to a right: %(it)s"),
    "right:evidence:office_record_matched": _("Compared with the office’s record, and matching: %(it)s"),
    "document:content:deposited": _("Document deposited: %(it)s"),
    "document:content:quarantined": _("Document in quarantine: %(it)s"),
    "document:content:released": _("Document out of quarantine: %(it)s"),
    "document:access:granted": _("%(other)s may read %(it)s"),
    "document:access:revoked": _("%(other)s may not read %(it)s any more"),
    "document:key:handed_over": _("Key handed over to %(other)s: %(it)s"),
    "document:key:resealed": _("Key sealed anew for the recipients of today: %(it)s"),
    "document:custody:intact": _("Stored file whole in %(store)s: %(it)s"),
    "document:custody:missing": _("Stored file missing in %(store)s: %(it)s"),
    "document:custody:damaged": _("Stored file damaged in %(store)s: %(it)s"),
    "document:custody:removed": _("Stored file taken out of %(store)s, as it was moved: %(it)s"),
    "document:access:party_refused": _("Access refused, a name is on the denied-party list or resembles one: %(it)s"),
    "document:export_control:stated": _("Export control stated as %(stated)s: %(it)s"),
    "document:erasure:asked": _("Erasure asked for: %(it)s"),
    "document:content:erased": _("Document erased: key, salt and name destroyed (%(it)s)"),
    "document:erasure:finished": _("Erasure finished in files and store: %(it)s"),
    "document:hold:placed": _("Legal hold placed: %(it)s"),
    "document:hold:lifted": _("Legal hold lifted: %(it)s"),
    "evidence:stamp:made": _("Fingerprint committed to, for the time stamp: %(it)s"),
    "evidence:stamp:erased": _("Opening of the commitment erased: %(it)s"),
    "evidence:stamp:disclosed": _("Time stamp shown to everybody: %(it)s"),
    "evidence:stamp:withdrawn": _("Time stamp shown to everybody no more: %(it)s"),
    "listing:offer:published": _("Listed with terms"),
    "listing:offer:withdrawn": _("Listing withdrawn"),
    "entry:draft:begun": _("Entry to a challenge begun"),
    "entry:draft:saved": _("Entry to a challenge written on"),
    "entry:record:submitted": _("Entry to a challenge submitted"),
    "entry:record:withdrawn": _("Entry to a challenge withdrawn"),
    "entry:shortlist:chosen": _("Entry chosen for the shortlist of a challenge"),
    "entry:award:awarded": _("Entry awarded in a challenge"),
    "entry:award:declined": _("Entry not chosen in a challenge"),
    "entry:option:reminded": _("Organiser told that the option of an award ends"),
    "entry:option:ended": _("Option of an award ended unused"),
    "entry:deal:opened": _("Deal opened by the award of a challenge"),
    "deal:nda:accepted": _("Undertaking of confidentiality accepted by %(it)s"),
    "deal:offer:made": _("Offer made by %(it)s"),
    "deal:offer:countered": _("Counter-offer on the offer of %(it)s"),
    "deal:offer:accepted": _("Offer of %(it)s accepted"),
    "deal:offer:declined": _("Offer of %(it)s declined"),
    "deal:offer:withdrawn": _("Offer withdrawn by %(it)s"),
    "deal:agreement:drawn_up": _("Agreement with %(it)s drawn up"),
    "deal:agreement:signed": _("Agreement with %(it)s signed for the %(side)s"),
    "deal:agreement:withdrawn": _("Agreement with %(it)s withdrawn"),
    "deal:agreement:fee_received": _("Fee of the agreement with %(it)s received by bank transfer, says the licensor"),
    "deal:agreement:active": _("Agreement with %(it)s in force"),
    "deal:agreement:opening_taken": _("Opening of the agreement with %(it)s taken by the %(side)s"),
    "deal:agreement:issue_failed": _("Agreement with %(it)s failed: the licence could not be granted"),
    "payment:checkout:opened": _("Payment of %(money)s asked from %(it)s"),
    "payment:checkout:settled": _("Payment of %(money)s by %(it)s settled"),
    "payment:checkout:cancelled": _("Payment of %(money)s by %(it)s cancelled"),
    "payment:checkout:amount_differs": _("Payment by %(it)s not booked: its amount is not %(money)s"),
    "payment:refund:asked": _("Refund of %(money)s to %(it)s begun"),
    "payment:refund:settled": _("%(money)s refunded to %(it)s"),
    "licence:grant:submitted": _("Grant of the licence to %(it)s sent to the chain"),
    "licence:grant:final": _("Licence granted to %(it)s, final"),
    "licence:grant:refused": _("Grant of the licence to %(it)s refused by the chain"),
    "licence:life:began": _("Licence of %(it)s came into force"),
    "licence:life:notice": _("Notice given under the licence of %(it)s"),
    "licence:life:leaving": _("Licence of %(it)s given up, from a day on"),
    "licence:life:withdrawn": _("Notice under the licence of %(it)s taken back"),
    "licence:life:cured": _("Notice under the licence of %(it)s settled: it was mended"),
    "licence:life:contested": _("Notice under the licence of %(it)s contested"),
    "licence:life:contest_ended": _("Contest about the licence of %(it)s ended"),
    "licence:life:proposed": _("Change of the licence of %(it)s proposed"),
    "licence:life:declined": _("Change of the licence of %(it)s declined"),
    "licence:life:suspended": _("Licence of %(it)s suspended"),
    "licence:life:resumed": _("Licence of %(it)s resumed"),
    "licence:life:converted": _("Licence of %(it)s became non-exclusive"),
    "licence:life:renewed": _("Licence of %(it)s renewed"),
    "licence:life:not_renewed": _("Licence of %(it)s not renewed"),
    "licence:life:terminated": _("Licence of %(it)s terminated"),
    "licence:life:handed_on": _("Licence of %(it)s on its way to another licensee"),
    "licence:life:duty_done": _("Something due under the licence of %(it)s stated as done"),
    "licence:life:duty_received": _("Something due under the licence of %(it)s received"),
    "licence:life:duty_refused": _("Something due under the licence of %(it)s stated as not received"),
    "licence:life:overdue": _("Both sides told what is overdue under the licence of %(it)s"),
    "licence:life:wallet_signed": _("A wallet signed for the licence of %(it)s"),
    "licence:handing:offered": _("Licence of %(it)s to be handed on"),
    "licence:handing:consented": _("Licensor consented to handing on the licence of %(it)s"),
    "licence:handing:accepted": _("Licence of %(it)s taken over"),
    "licence:handing:declined": _("Handing on of the licence of %(it)s declined"),
    "licence:handing:withdrawn": _("Handing on of the licence of %(it)s taken back"),
    "licence:life:surrendered": _("Licence of %(it)s given back"),
    "licence:life:expired": _("Licence of %(it)s expired"),
    "licence:life:access_closed": _("Documents closed to %(it)s after the licence"),
    "licence:life:reminded": _("Both sides told what is due under the licence of %(it)s"),
    "licence:life:sent": _("Change of the licence of %(it)s sent to the chain"),
    "licence:life:refused": _("Change of the licence of %(it)s refused by the chain"),
    "document:measures:reported": _("Report on the measures of secrecy taken away: %(it)s"),
    "history:report:made": _("Audit report taken away as %(form)s"),
    "history:export:made": _("History taken away as %(form)s"),
}
_LEVELS: Mapping[object, object] = {
    EvidenceLevel.DECLARED: _("declared"),
    EvidenceLevel.INSTRUMENT: _("instrument attached"),
    EvidenceLevel.OFFICE_RECORD: _("matches the office’s record"),
}
_OUTCOMES = {
    Outcome.COMPLETE: _("complete"),
    Outcome.ABORTED: _("broken off"),
    Outcome.FAILED: _("failed"),
    None: _("not ended"),
}


def sentence(action: str, details: Mapping[str, Any], *, it: str, other: str = "") -> str:
    """Return the sentence of an audit line; for an unknown action, its own words."""
    template = _SENTENCES.get(action)
    if template is None:
        return f"{action_in_words(action)}: {it}" if it else action_in_words(action)
    values = {
        "it": it,
        "other": other or gettext("another organisation"),
        "money": _money(details),
        "level": str(_LEVELS.get(details.get("evidence"), "")),
        "side": details.get("side", ""),
        "store": details.get("store", ""),
        "form": str(details.get("form", "")).upper(),
        "stated": details.get("now", ""),
    }
    return str(template) % values


def reading(receipt: Receipt, *, name: str) -> str:
    """Return the sentence of a reading."""
    what = (
        gettext("%(it)s read as an age file", it=name) if receipt.form is Form.AGE else gettext("%(it)s read", it=name)
    )
    purpose = gettext("purpose: %(purpose)s", purpose=receipt.purpose) if receipt.purpose else gettext("purpose erased")
    return f"{what} ({_OUTCOMES[receipt.outcome]}; {purpose})"


def _money(details: Mapping[str, Any]) -> str:
    amount, currency = details.get("amount"), details.get("currency")
    return str(Money(amount, currency)) if isinstance(amount, int) and isinstance(currency, str) else ""
