"""What sections, fields, answers and states are called on pages. Words only."""

from flask_babel import lazy_gettext as _

from ipx.inventions.bar_dates import Rule
from ipx.inventions.drafts import Answer
from ipx.inventions.rules import InventorAnswer, State, Step

SECTION_LABELS = {
    "invention": _("The invention"),
    "inventors": _("Inventors"),
    "funding": _("Funding"),
    "third_parties": _("Materials and agreements of others"),
    "publications": _("Publications, talks and theses"),
    "offers": _("Offers, sales and public use"),
    "filings": _("Applications already filed"),
    "related": _("Related work"),
}
SECTION_HINTS = {
    "invention": _("Write it for a colleague of another field. What you do not know yet, leave empty."),
    "inventors": _(
        "Everybody who contributed to the idea itself, not only to the work. Each gets a mail with a link, and "
        "confirms or disputes what is said here."
    ),
    "funding": _("Who paid for the work, under which grant, and what was promised for it."),
    "third_parties": _("What you used that belongs to somebody else, and the agreement under which you have it."),
    "publications": _(
        "What was told to anybody outside, and what is planned: also theses, posters, web pages, and talks to guests."
    ),
    "offers": _("Offers, sales, demonstrations and use in public, secret ones too: a secret sale counts in the US."),
    "filings": _("Applications for the same invention, at any office."),
    "related": _("What comes closest: patents, papers, and earlier disclosures of your own."),
}
ENTRY_LABELS = {
    "inventors": _("Inventor"),
    "funding": _("Source of funding"),
    "third_parties": _("Material or agreement"),
    "publications": _("Publication or talk"),
    "offers": _("Offer, sale or use"),
    "filings": _("Application"),
    "related": _("Related work"),
}
FIELD_LABELS = {
    ("invention", "title"): _("Title"),
    ("invention", "problem"): _("Problem solved"),
    ("invention", "description"): _("How it works"),
    ("invention", "novel"): _("What is new about it"),
    ("invention", "conceived_on"): _("First conceived on"),
    ("invention", "working_since"): _("First worked on"),
    ("inventors", "name"): _("Name"),
    ("inventors", "email"): _("E-mail address"),
    ("inventors", "employer"): _("Employer at the time"),
    ("inventors", "contribution"): _("Contribution"),
    ("funding", "funder"): _("Funder"),
    ("funding", "grant_number"): _("Grant or contract number"),
    ("funding", "us_federal"): _("Money of the US federal government?"),
    ("funding", "obligations"): _("Obligations"),
    ("funding", "note"): _("Note on the funding"),
    ("third_parties", "what"): _("What it is"),
    ("third_parties", "kind"): _("Kind"),
    ("third_parties", "party"): _("Whose it is"),
    ("third_parties", "agreement"): _("Agreement"),
    ("third_parties", "terms"): _("What it asks or forbids"),
    ("publications", "what"): _("Title, and where"),
    ("publications", "kind"): _("Kind"),
    ("publications", "on"): _("Day, past or planned"),
    ("publications", "confidential"): _("Under a duty of confidence?"),
    ("publications", "note"): _("What it told"),
    ("offers", "what"): _("What it was"),
    ("offers", "kind"): _("Kind"),
    ("offers", "party"): _("To whom"),
    ("offers", "on"): _("Day, past or planned"),
    ("offers", "confidential"): _("Under a duty of confidence?"),
    ("filings", "office"): _("Office"),
    ("filings", "number"): _("Number"),
    ("filings", "filed_on"): _("Filed on"),
    ("related", "what"): _("What it is"),
    ("related", "kind"): _("Kind"),
    ("related", "reference"): _("Number or address"),
}
FIELD_HINTS = {
    ("invention", "working_since"): _("The day on which it was first built or shown to work."),
    ("inventors", "email"): _("The link to confirm goes there. Without it the inventor cannot be asked."),
    ("inventors", "employer"): _("Who employed the person when the idea came, guests and students too."),
    ("publications", "on"): _("The day on which it could first be read or heard. A day to come means: planned."),
    ("publications", "confidential"): _("Yes only if everybody who read or heard it had promised to keep it secret."),
    ("offers", "confidential"): _("Yes only if the other side had promised to keep it secret."),
}
CHOICE_LABELS = {
    "yes": _("Yes"),
    "no": _("No"),
    "government-licence": _("Licence for the government"),
    "local-manufacture": _("Manufacture at home"),
    "reporting": _("Reporting"),
    "open-access": _("Open access"),
    "sponsor-option": _("Option of the sponsor"),
    "material": _("Material"),
    "software": _("Software"),
    "data": _("Data"),
    "equipment": _("Equipment"),
    "agreement": _("Agreement"),
    "paper": _("Paper"),
    "preprint": _("Preprint"),
    "talk": _("Talk"),
    "poster": _("Poster"),
    "thesis": _("Thesis"),
    "online": _("On the web"),
    "other": _("Something else"),
    "sale": _("Sale"),
    "offer-for-sale": _("Offer for sale"),
    "public-use": _("Use or demonstration in public"),
    "licence-offer": _("Offer of a licence"),
    "patent": _("Patent or application"),
    "disclosure": _("Earlier disclosure"),
}
ANSWER_LABELS = {
    Answer.UNKNOWN: _("Not known yet"),
    Answer.NONE: _("There is none"),
    Answer.LISTED: _("As follows"),
}
STATE_LABELS = {
    State.DRAFT: _("Draft"),
    State.RECEIVED: _("Received"),
    State.QUESTIONS: _("Questions open"),
    State.RETURNED: _("Returned to the inventors"),
    State.ACCEPTED: _("Accepted"),
    State.DECLINED: _("Declined"),
}
STEP_LABELS = {
    Step.SUBMITTED: _("Submitted"),
    Step.ASKED: _("Questions asked"),
    Step.ANSWERED: _("Questions answered"),
    Step.RETURNED: _("Returned to the inventors"),
    Step.ACCEPTED: _("Accepted"),
    Step.DECLINED: _("Declined"),
    Step.CONFIRMED: _("Inventorship confirmed"),
    Step.DISPUTED: _("Inventorship disputed"),
    Step.LINKED: _("Technology begun"),
}
INVENTOR_ANSWER_LABELS = {
    InventorAnswer.OPEN: _("Not answered yet"),
    InventorAnswer.CONFIRMED: _("Confirmed"),
    InventorAnswer.DISPUTED: _("Disputed"),
}
RULE_LABELS = {
    Rule.EP_NOVELTY: _("Europe: absolute novelty"),
    Rule.US_GRACE: _("United States: year of grace"),
    Rule.US_ON_SALE: _("United States: on-sale bar"),
    Rule.CN_NOVELTY: _("China: absolute novelty"),
    Rule.JP_GRACE: _("Japan: year of grace"),
    Rule.PARIS: _("Priority of the first application"),
}
RULE_ASSUMPTIONS = {
    Rule.EP_NOVELTY: _(
        "Assumes that it told enough to be repeated. File on that day at the latest, before it becomes public. The six "
        "months of Art. 55 (abuse, recognised exhibitions) are not counted on."
    ),
    Rule.US_GRACE: _(
        "Assumes that the inventors told it themselves, or somebody who had it from them. Whoever publishes something "
        "else in between can still take the patent away."
    ),
    Rule.US_ON_SALE: _(
        "Assumes a commercial offer of something that was ready for patenting; secrecy does not help. An entry whose "
        "kind is not stated is counted as an offer for sale."
    ),
    Rule.CN_NOVELTY: _(
        "The six months of Art. 24 (public emergency, recognised exhibition, prescribed meeting, against one’s will) "
        "are not counted on."
    ),
    Rule.JP_GRACE: _(
        "Assumes an own act, a statement at filing, and its proof within 30 days. A PCT application counts with its "
        "own day; the priority day does not help."
    ),
    Rule.PARIS: _(
        "Assumes that this was the first application for the invention anywhere. A last day on which an office is "
        "closed moves to the next open day; the earlier one is shown."
    ),
}
