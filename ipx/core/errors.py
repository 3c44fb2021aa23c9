"""The error tree of the exchange; the web layer maps it to HTTP once, in one place.

ExchangeError
├── Refused            the request cannot be done as asked; the person can change something
│   ├── Invalid        a value is wrong; names the field and the cure
│   ├── TooLarge       more bytes than allowed
│   ├── Conflict       the state has moved on, or a duplicate with different content
│   └── Forbidden      the actor may not do this
├── NotFound           nothing there that the actor may know of
├── Tampered           stored or received bytes are not what they must be
└── Unavailable        an outside system is down; the only branch worth retrying
"""


class ExchangeError(Exception):
    """Base of every error that the exchange raises on purpose."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Refused(ExchangeError):
    """The request cannot be done as asked."""


class Invalid(Refused):
    """A value is wrong. ``field`` names it when one field is to blame."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class TooLarge(Refused):
    """More bytes than the limit that the message states."""


class Conflict(Refused):
    """The state has moved on, or the same key was used for something else."""


class Forbidden(Refused):
    """The actor may not do this."""


class NotFound(ExchangeError):
    """Nothing there that the actor may know of."""


class Tampered(ExchangeError):
    """Bytes are not what a hash, a tag or a signature says they must be."""


class Unavailable(ExchangeError):
    """An outside system did not answer; trying again later may succeed."""
