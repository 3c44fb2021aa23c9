"""Whether the data folder holds a restore that has not come to its end. Owns one file; nothing may start beside it."""

from pathlib import Path

from ipx.core.errors import Conflict

MARKER = "restoring.json"


def refuse_half_restored(data_dir: Path) -> None:
    """Raise Conflict when a restore into this folder is under way, or was interrupted."""
    if (data_dir / MARKER).exists():
        raise Conflict(
            f"A backup is being restored into {data_dir}, or that was interrupted. Run the same `ipx restore` again."
        )
