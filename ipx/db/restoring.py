"""What the data folder says of restored backups: one under way, and what the last one lacks. Owns two files."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ipx.core.durable_files import replace_durably, sync_folder
from ipx.core.errors import Conflict

MARKER = "restoring.json"
REPORT = "restore-report.json"


def refuse_half_restored(data_dir: Path) -> None:
    """Raise Conflict when a restore into this folder is under way, or was interrupted."""
    if (data_dir / MARKER).exists():
        raise Conflict(
            f"A backup is being restored into {data_dir}, or that was interrupted. Run the same `ipx restore` again."
        )


def keep_report(data_dir: Path, record: Mapping[str, Any]) -> None:
    """Write down what a restore found; it stays until somebody has dealt with it."""
    replace_durably(data_dir / REPORT, (json.dumps(record, indent=1) + "\n").encode())


def find_report(data_dir: Path) -> dict[str, Any] | None:
    """Return what the last restore found (fields of ``ipx.backup.report.Report``), None when none is open."""
    try:
        record = json.loads((data_dir / REPORT).read_text("utf-8"))
    except FileNotFoundError:
        return None
    return dict(record)


def put_report_away(data_dir: Path, *, at: datetime) -> None:
    """Keep the report under a name with the day, where nobody is reminded of it. Harmless when there is none."""
    try:
        (data_dir / REPORT).rename(data_dir / f"restore-report-dealt-with-{at:%Y%m%dT%H%M%S}.json")
    except FileNotFoundError:
        return
    sync_folder(data_dir)
