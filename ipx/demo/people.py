"""The invented organisations and people of the demonstration, and the one password of all. Never used in production."""

from collections.abc import Sequence
from dataclasses import dataclass

from ipx.accounts.rules import Role
from ipx.settings import DEMO_OPERATOR

PASSWORD = "demo-exchange-2026"  # noqa: S105 - printed at the start on purpose; settings refuse demo data in production


@dataclass(frozen=True)
class DemoOrganisation:
    """An invented organisation."""

    key: str
    name: str
    country: str


@dataclass(frozen=True)
class DemoAccount:
    """A person who can sign in with PASSWORD; the address is verified."""

    email: str
    name: str
    organisation: str
    roles: Sequence[Role]
    role_in_words: str


ORGANISATIONS = (
    DemoOrganisation("institute", "Aldenau Institute of Materials", "DE"),
    DemoOrganisation("laboratory", "Norrvik National Laboratory", "NO"),
    DemoOrganisation("company", "Carrick Cell Systems Ltd", "IE"),
    DemoOrganisation("city", "City of Tannbrück", "DE"),
    DemoOrganisation("operator", "IPX Operations", "IE"),
)
ACCOUNTS = (
    DemoAccount(
        "ada@institute.example",
        "Ada Brandt",
        "institute",
        (Role.RESEARCHER, Role.OWNER),
        "researcher and owner of the institute: deposits",
    ),
    DemoAccount(
        "luis@institute.example",
        "Luis Ferreira",
        "institute",
        (Role.LICENSING_MANAGER,),
        "licensing manager of the institute: publishes, accepts, signs",
    ),
    DemoAccount(
        "carl@company.example",
        "Carl O’Dea",
        "company",
        (Role.LICENSING_MANAGER,),
        "licensing manager of a company: searches, offers, signs, pays",
    ),
    DemoAccount(
        "mara@city.example",
        "Mara Lindqvist",
        "city",
        (Role.LICENSING_MANAGER, Role.OWNER),
        "licensing manager of a city: organises challenges, awards, signs, pays",
    ),
    DemoAccount(
        "lena@institute.example",
        "Lena Vogt",
        "institute",
        (Role.LAB_ADMINISTRATOR,),
        "lab administrator of the institute: history and audit",
    ),
    DemoAccount(
        "ingrid@laboratory.example",
        "Ingrid Moen",
        "laboratory",
        (Role.OWNER, Role.RESEARCHER, Role.LICENSING_MANAGER),
        "runs a laboratory: a chain of title with gaps, a contested conversion",
    ),
    DemoAccount(
        DEMO_OPERATOR,
        "Olga Maliks",
        "operator",
        (Role.OWNER,),
        "operator of the exchange: the chain's queue, gas and endpoints",
    ),
)
# They keep the other organisations going; nobody needs them to play the story.
OTHERS = (
    DemoAccount(
        "niamh@company.example",
        "Niamh Byrne",
        "company",
        (Role.OWNER, Role.RESEARCHER),
        "owner and researcher of the company",
    ),
)
EVERYBODY = (*ACCOUNTS, *OTHERS)


def spokesperson(organisation: str, role: Role) -> DemoAccount:
    """Return the first of an organisation's people who holds a role."""
    return next(account for account in EVERYBODY if account.organisation == organisation and role in account.roles)
