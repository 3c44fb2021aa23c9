"""Why a file cannot be worked on; the reasons are the words of ``core.port_records.Unfitness``."""


class Unfit(Exception):
    """A file that the job cannot or will not work on."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
