"""What accounts tell other rooms."""

from dataclasses import dataclass

from ipx.accounts.rules import Purpose


@dataclass(frozen=True)
class LinkIssued:
    """A person has to get a mail; ``token`` is the key in its link and in no table.

    ``organisation_name``: where the person belongs, empty when nowhere.
    """

    person_id: str
    email: str
    name: str
    purpose: Purpose
    token: str
    organisation_name: str = ""


@dataclass(frozen=True)
class PersonJoined:
    """A person has become a member of an organisation."""

    person_id: str
    organisation_id: str


@dataclass(frozen=True)
class PasswordChanged:
    """A person has chosen a new password by a link: whatever else opened sessions for him ends."""

    person_id: str
