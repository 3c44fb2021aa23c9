"""What licences tell other rooms."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LicenceActivated:
    """A grant is final on chain: the right exists."""

    licence_id: str
    agreement_id: str
    technology_id: str
    licensor_id: str
    licensee_id: str


@dataclass(frozen=True)
class LicenceRefused:
    """The chain refused a grant for good; whoever took money for it gives it back."""

    licence_id: str
    agreement_id: str
    reason: str
