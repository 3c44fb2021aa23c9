"""What technologies tell other rooms."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TechnologyRevised:
    """What a technology says, or one of its rights, has changed."""

    technology_id: str
    revision: int


@dataclass(frozen=True)
class TitleRegistered:
    """The record of title of a right is in a block; comes once."""

    technology_id: str
    right_id: str
    token: int


@dataclass(frozen=True)
class TitleMoved:
    """A title has gone over to another account, in a final block: its owner moved it, or the register was rectified.
    Comes once."""

    technology_id: str
    right_id: str
