"""What the catalogue tells other rooms."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ListingChanged:
    """A listing was published, published again or withdrawn; ``version`` is the one it has now."""

    listing_id: str
    version: int


@dataclass(frozen=True)
class ListingOpened:
    """The page of a published listing was looked at by somebody outside its organisation; nobody is named."""

    listing_id: str


@dataclass(frozen=True)
class NeedChanged:
    """A need was posted or changed; ``version`` is the one it has now."""

    need_id: str
    version: int
