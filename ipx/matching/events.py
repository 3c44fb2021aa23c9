"""What search tells other rooms."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Indexed:
    """The index has followed a listing or a need (``kind``) to a version: what is public of it can be found."""

    kind: str
    id: str
    version: int
