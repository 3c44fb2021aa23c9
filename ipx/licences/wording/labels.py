"""The words of the schema's lists in the reader's language."""

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _

from ipx.licences.rules import Act
from ipx.licences.terms_v2.ending import Obligation, Published
from ipx.licences.terms_v2.grant import FlowDown, Region, Reserved, Scheme
from ipx.licences.terms_v2.parties import PartyType, RightType, Secrecy
from ipx.licences.terms_v2.price import Deduction, MilestoneKind, Period

# One list for each type: words of two types may be spelt alike, and would be one key.
_LISTS: tuple[dict[Any, Any], ...] = (
    {
        Act.MAKE: _("make"),
        Act.HAVE_MADE: _("have made"),
        Act.USE: _("use"),
        Act.SELL: _("sell"),
        Act.OFFER: _("offer"),
        Act.IMPORT: _("import"),
        Act.PRACTISE: _("practise"),
        Act.COPY: _("copy"),
        Act.MODIFY: _("modify"),
    },
    {
        Reserved.RESEARCH: _("research"),
        Reserved.TEACHING: _("teaching"),
        Reserved.GOVERNMENT: _("use by governments"),
        Reserved.HUMANITARIAN: _("humanitarian use"),
    },
    {
        Scheme.CPC: _("CPC"),
        Scheme.NACE: _("NACE"),
        Scheme.NAICS: _("NAICS"),
        Scheme.FREE: _("as agreed"),
    },
    {
        FlowDown.FIELD_AND_TERRITORY: _("field and territory"),
        FlowDown.CONFIDENTIALITY: _("confidentiality"),
        FlowDown.AUDIT: _("audit"),
        FlowDown.INDEMNITY: _("indemnity"),
        FlowDown.DILIGENCE: _("diligence"),
        FlowDown.TERMINATION: _("termination"),
        FlowDown.EXPORT_CONTROL: _("export control"),
    },
    {
        Deduction.TAXES: _("taxes"),
        Deduction.FREIGHT_AND_INSURANCE: _("freight and insurance"),
        Deduction.RETURNS: _("returns"),
        Deduction.DISCOUNTS: _("discounts"),
        Deduction.DUTIES: _("duties"),
    },
    {
        PartyType.COMPANY: _("company"),
        PartyType.UNIVERSITY: _("university"),
        PartyType.RESEARCH_INSTITUTE: _("research institute"),
        PartyType.PUBLIC_BODY: _("public body"),
        PartyType.FOUNDATION: _("foundation"),
        PartyType.PERSON: _("person"),
    },
    {
        RightType.PATENT: _("patents"),
        RightType.APPLICATION: _("patent applications"),
        RightType.UTILITY_MODEL: _("utility models"),
        RightType.DESIGN: _("designs"),
        RightType.KNOW_HOW: _("know-how"),
        RightType.SOFTWARE: _("software"),
        RightType.DATA_SET: _("a data set"),
        RightType.MATERIAL: _("material"),
        RightType.MIXED: _("rights of several kinds"),
    },
    {
        Secrecy.SECRET: _("secret"),
        Secrecy.PARTLY_PUBLISHED: _("partly published"),
        Secrecy.PUBLISHED: _("published"),
    },
    {
        MilestoneKind.TECHNICAL: _("technical"),
        MilestoneKind.REGULATORY: _("regulatory"),
        MilestoneKind.SALES: _("sales"),
        MilestoneKind.FINANCING: _("financing"),
    },
    {
        Period.MONTHLY: _("every month"),
        Period.QUARTERLY: _("every quarter"),
        Period.HALF_YEARLY: _("every half-year"),
        Period.YEARLY: _("every year"),
    },
    {
        Published.PARTIES: _("the parties"),
        Published.SUBJECT: _("what is licensed"),
        Published.EXCLUSIVITY: _("the exclusivity"),
        Published.FIELD_OF_USE: _("the field of use"),
        Published.TERRITORY: _("the territory"),
        Published.TERM: _("the term"),
        Published.PRICE: _("the price"),
    },
    {
        Obligation.GOVERNMENT_LICENCE: _("a licence for the government"),
        Obligation.LOCAL_MANUFACTURE: _("manufacture in its country"),
        Obligation.REPORTING: _("reports"),
    },
)
_LABELS = {type(next(iter(words))): words for words in _LISTS}
REGIONS = {
    Region.EU: _("the European Union (EU)"),
    Region.EEA: _("the European Economic Area (EEA)"),
    Region.EFTA: _("the European Free Trade Association (EFTA)"),
    Region.EPC: _("the states of the European Patent Convention (EPC)"),
    Region.UPC: _("the states of the Unified Patent Court (UPC)"),
    Region.EAPC: _("the states of the Eurasian Patent Convention (EAPC)"),
    Region.ARIPO: _("the states of ARIPO"),
    Region.OAPI: _("the states of OAPI"),
    Region.GCC: _("the states of the Gulf Cooperation Council (GCC)"),
    Region.BENELUX: _("the Benelux states"),
    Region.ASEAN: _("the ASEAN states"),
    Region.MERCOSUR: _("the MERCOSUR states"),
    Region.USMCA: _("Canada, Mexico and the United States (USMCA)"),
}


def label(word: StrEnum) -> str:
    """Return the label of a word of the schema."""
    return str(_LABELS[type(word)][word])
