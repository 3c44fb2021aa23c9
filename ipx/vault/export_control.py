"""What a document is for export control: not reviewed, on no list, or an entry of a list. Pure.

The entry is a code of a list, such as 3E001 of Annex I of Regulation (EU) 2021/821 and of the United States' Commerce
Control List, ML22.a of the EU's Common Military List, or USML XI(d). Whether it is the right one is the owner's word.
"""

import re

from ipx.core.errors import Invalid

UNREVIEWED = "unreviewed"
UNLISTED = "none"

_ENTRY = re.compile(
    r"[0-9][A-E][0-9]{3}(\.[a-z0-9]{1,3}){0,4}"  # dual use: category, group, number, sub-entries
    r"|ML[1-9][0-9]?(\.[a-z0-9]{1,3}){0,4}"  # military list
    r"|USML [IVX]{1,5}(\([a-z0-9]{1,4}\)){0,4}"
)


def clean_export_control(text: str) -> str:
    """Return ``unreviewed``, ``none`` or the code of an entry as lists write it. Raises Invalid."""
    cleaned = " ".join(text.split())
    if cleaned.lower() in (UNREVIEWED, UNLISTED):
        return cleaned.lower()
    head, dot, rest = cleaned.partition(".")
    entry = cleaned if cleaned.startswith("USML") else head.upper() + dot + rest.lower()
    if not _ENTRY.fullmatch(entry):
        raise Invalid(
            "Write the entry of the export-control list as the list does, such as 3E001, 5A002.a.1, ML22.a or "
            "USML XI(d); none when no list names it; unreviewed when nobody has looked yet.",
            field="entry",
        )
    return entry


def is_reviewed(export_control: str) -> bool:
    """Tell whether somebody has compared the document with the lists."""
    return export_control != UNREVIEWED
