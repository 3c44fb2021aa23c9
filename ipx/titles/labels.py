"""Coded words of a chain of title as people read them."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ipx.titles.consents import BY_AGREEMENT
from ipx.titles.holdings import Gap
from ipx.titles.rules import Basis, ConsentRule, ConveyanceKind, GapCode, JointAct, RegisterState, SignatureOrigin
from ipx.web.render import day

KINDS = {
    ConveyanceKind.ASSIGNMENT: _("Assignment"),
    ConveyanceKind.PARTIAL_ASSIGNMENT: _("Assignment of a share"),
    ConveyanceKind.NUNC_PRO_TUNC: _("Assignment, now for then (nunc pro tunc)"),
    ConveyanceKind.MERGER: _("Merger"),
    ConveyanceKind.NAME_CHANGE: _("Change of name"),
    ConveyanceKind.SECURITY_INTEREST: _("Security interest"),
    ConveyanceKind.RELEASE: _("Release"),
    ConveyanceKind.LICENCE: _("Licence"),
    ConveyanceKind.GOVERNMENT_INTEREST: _("Government interest"),
    ConveyanceKind.COURT_ORDER: _("Court order"),
    ConveyanceKind.CORRECTION: _("Correction"),
    ConveyanceKind.ACCOUNT_CHANGE: _("Change of account"),
    ConveyanceKind.AGREEMENT_TO_ASSIGN: _("Agreement to assign later"),
}
ACTS = {
    JointAct.NON_EXCLUSIVE_LICENCE: _("Grant a non-exclusive licence"),
    JointAct.EXCLUSIVE_LICENCE: _("Grant an exclusive licence"),
    JointAct.ASSIGN_SHARE: _("Assign its share"),
}
RULES = {
    ConsentRule.FREE: _("free: nobody has to be asked"),
    ConsentRule.NOTICE: _("the others have to be told first"),
    ConsentRule.MAJORITY: _("a majority by shares"),
    ConsentRule.ALL: _("consent of all others"),
    ConsentRule.NOT_KNOWN: _("not known here"),
}
BASES = {
    Basis.CLERICAL_ERROR: _("An error of writing"),
    Basis.COURT_JUDGMENT: _("A court’s judgment"),
    Basis.OFFICE_DECISION: _("A decision of the office"),
    Basis.ARBITRAL_AWARD: _("An arbitral award"),
    Basis.AGREEMENT_OF_PARTIES: _("An agreement of the parties"),
    Basis.SUCCESSION: _("Succession"),
    Basis.INSOLVENCY: _("Insolvency"),
    Basis.LOST_KEY: _("A lost key"),
}
REGISTER_STATES = {
    RegisterState.PROPOSED: _("Proposed, not signed yet"),
    RegisterState.ANNOUNCING: _("On its way to the chain"),
    RegisterState.ANNOUNCED: _("Announced; the public delay runs"),
    RegisterState.SENT: _("Being carried out"),
    RegisterState.RECTIFIED: _("Carried out"),
    RegisterState.WITHDRAWN: _("Withdrawn"),
    RegisterState.LAPSED: _("Lapsed: nobody may carry it out any more"),
}
ORIGINS = {
    SignatureOrigin.WALLET: _("signed here with its own wallet"),
    SignatureOrigin.ELSEWHERE: _("signed elsewhere"),
    SignatureOrigin.SIMULATED: _("simulated"),
}
GAPS = {
    GapCode.ORIGIN_NOT_KNOWN: _("No inventor is known, so those who convey first are taken for the first owners."),
    GapCode.INVENTOR_WITHOUT_ASSIGNMENT: _("%(party)s is an inventor, and no assignment by this inventor is recorded."),
    GapCode.AGREES_TO_ASSIGN: _("%(party)s agreed to assign, which conveys nothing yet; an assignment is missing."),
    GapCode.ASSIGNOR_NOT_HOLDER: _("%(party)s conveyed and held nothing at that day."),
    GapCode.RESTS_ON_GAP: _("%(party)s received this right from somebody who did not hold it."),
    GapCode.CONVEYS_MORE_THAN_HELD: _("%(party)s conveyed more than was held: %(other)s."),
    GapCode.NAME_MISMATCH: _(
        "%(party)s is written another way than %(other)s. Are they one? A change of name is missing."
    ),
    GapCode.SECURITY_INTEREST_NOT_RELEASED: _("The security interest of %(party)s was never released."),
    GapCode.RELEASE_OF_NOTHING: _("%(party)s released an interest, and none of theirs was open."),
    GapCode.JOINT_OWNER_WITHOUT_CONSENT: _("The consent of %(party)s as a joint owner is not recorded (%(other)s)."),
    GapCode.CONSENT_RULE_NOT_KNOWN: _("Whether %(party)s as a joint owner had to consent is not known here."),
    GapCode.OWNER_NOT_HOLDER: _("%(party)s keeps this right here and holds no share by this chain."),
    GapCode.UNDATED: _("When this was signed is not stated."),
    GapCode.NO_INSTRUMENT: _("Declared only: no document is attached."),
    GapCode.RECORDATION_OPEN: _("To be recorded at the USPTO until %(day)s, or before a later purchase (35 USC 261)."),
    GapCode.RECORDATION_MISSED: _(
        "Not recorded within three months, by %(day)s (35 USC 261). Recording late still helps."
    ),
    GapCode.RECORDED_LATE: _("Recorded after %(day)s, when three months were over (35 USC 261)."),
    GapCode.LATER_PURCHASE: _(
        "On %(day)s, before this was recorded, %(other)s received an interest from the same giver."
    ),
    GapCode.NOT_REGISTERED: _("In China an assignment takes effect when CNIPA registers it (Patent Law, Art. 10)."),
}
# These do not break the chain: what is declared, and what can still be done in time.
REMARKS = frozenset((GapCode.NO_INSTRUMENT, GapCode.RECORDATION_OPEN, GapCode.RECORDED_LATE, GapCode.UNDATED))


def gap_words(gap: Gap) -> str:
    """Return a gap as a sentence."""
    other = gettext("the joint owners’ agreement") if gap.other == BY_AGREEMENT else gap.other
    return str(GAPS[gap.code]) % {"party": gap.party, "other": other, "day": day(gap.day)}
