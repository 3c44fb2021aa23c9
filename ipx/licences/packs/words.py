"""What the packs are for and what they ask, in the reader's language."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _


@dataclass(frozen=True)
class Story:
    """A pack for people: its name, whom it is for, what it settles, and what it leaves to be agreed."""

    title: Any
    for_whom: Any
    fixed: Any
    asked: Any


STORIES = {
    "exclusive-by-field": Story(
        _("Exclusive by field"),
        _("A company that builds a product on the technology and needs to be alone in its field."),
        _(
            "Nobody else in the field, the licensor included; research and teaching stay free. "
            "What is not used becomes non-exclusive."
        ),
        _("The field in words, the fees, the royalty and its minimum by year."),
    ),
    "sole": Story(
        _("Sole"),
        _("A company and an owner who goes on using the technology in the same field."),
        _("One licensee beside the licensor. Otherwise as the exclusive pack."),
        _("The field in words, the fees, the royalty and its minimum by year."),
    ),
    "express": Story(
        _("Express, non-exclusive"),
        _("Anybody who wants to use the technology at a fixed price, today, without talks."),
        _("Non-exclusive, worldwide, one payment, no reports, no sublicences. It begins with the payment."),
        _("The price, and for how long."),
    ),
    "evaluation": Story(
        _("Evaluation"),
        _("A company that has to try the technology before it can decide."),
        _(
            "Making and using for tests, no sales, secrecy, an end after some months. "
            "Results belong to whoever made them."
        ),
        _("How long, and whether it costs something."),
    ),
    "research-only": Story(
        _("Research only"),
        _("Universities and institutes that work with the technology and publish."),
        _("Free of charge, for research and teaching that earn nothing; publications wait a few weeks for a filing."),
        _("How long a publication waits."),
    ),
    "option": Story(
        _("Option"),
        _("A company that needs time to find partners or money before it takes an exclusive licence."),
        _(
            "Nobody else gets an exclusive licence in the field meanwhile. "
            "It can be prolonged once and obliges to nothing."
        ),
        _("The field, the fee and the months."),
    ),
    "material-transfer": Story(
        _("Material transfer"),
        _("Laboratories that give samples, cells or compounds to each other."),
        _("Use in one laboratory, not in people, not passed on; no warranty; an option on what is invented with it."),
        _("What is left out, where it may be used, and until when."),
    ),
    "inter-institutional": Story(
        _("Inter-institutional agreement"),
        _("Institutions that own a technology together and let one of them license it."),
        _(
            "One institution leads: it maintains the patents and licenses for both. "
            "Income is shared after patent costs and its fee."
        ),
        _("How income and patent costs are shared."),
    ),
    "test-bed-pilot": Story(
        _("Pilot in a test-bed"),
        _("A city, a harbour or a hospital that tries a technology in real life, at one place."),
        _("One place, one purpose, an end; each side answers for its own doing; the report is published."),
        _("The purpose, the place, the report and the insurance."),
    ),
    "easy-access": Story(
        _("Easy access"),
        _("Companies that put a technology to use which would otherwise lie idle."),
        _(
            "Free of charge and non-exclusive, for a plan of use and a short report each year. "
            "It ends where nothing is done."
        ),
        _("The plan, as a commitment to it."),
    ),
    "start-up": Story(
        _("Start-up"),
        _("A new company founded on the technology, with more ideas than money."),
        _("Exclusive in its field, nothing upfront: shares instead, a low royalty, minimums only in later years."),
        _("The shares, the royalty and the steps of financing."),
    ),
    "frand": Story(
        _("FRAND commitment"),
        _("Everybody who implements a standard that the patents are essential to."),
        _("The same fair, reasonable and non-discriminatory terms for all who license likewise."),
        _("The standards, and the amount for each unit."),
    ),
}  # fmt: skip
QUESTIONS = {
    "confidentiality.export_class": _("Is it on a list of export control?"),
    "confidentiality.publication_delay_days": _("For how many days does a publication wait?"),
    "diligence.plan": _("Which plan of use?"),
    "fees.equity": _("Which share in the company?"),
    "fees.exit_fee_bps": _("Which part of the proceeds, if the company is sold?"),
    "fees.option_fee": _("What does the option cost?"),
    "fees.patent_cost_future": _("Who bears patent costs to come?"),
    "fees.upfront": _("What is paid at the beginning?"),
    "field_of_use.text": _("For what may it be used?"),
    "funding.revenue_split": _("How is income shared?"),
    "law.forum": _("Who decides disputes?"),
    "law.governing_law": _("Which law governs?"),
    "milestones": _("What has to be reached?"),
    "minimums.by_year": _("How much royalty at least, in which years?"),
    "risk.insurance": _("For how much is the licensee insured?"),
    "royalty.floor_bps": _("Below which rate does the royalty never fall?"),
    "royalty.rate.per_unit": _("How much for each unit?"),
    "royalty.rate.share_bps": _("Which part of sales is paid?"),
    "standards.declared": _("For which standards?"),
    "subject.background_excluded": _("What is not handed over?"),
    "sublicence.income_share": _("Which part of income from sublicences?"),
    "term.end.months": _("For how many months?"),
    "territory.places": _("Where?"),
}
"""The question for each field that some pack asks."""
