"""FROZEN. What was submitted to a challenge, as bytes that are hashed and stamped. Pure.

docs/spec/challenges.md is the specification; docs/spec/vectors/challenge_entry.json its vectors.
"""

from ipx.core import canonical

FORMAT = "ipx/challenge-entry/v1"


def write_entry_record(
    *,
    challenge_id: str,
    entry_id: str,
    organisation_id: str,
    technology_id: str,
    terms: str,
    title: str,
    text: str,
    at: int,
) -> bytes:
    """Return the canonical record. ``terms``: SHA-256 of the entry terms as hex; ``at``: seconds since 1970 (UTC)."""
    return canonical.encode(
        {
            "format": FORMAT,
            "challenge": challenge_id,
            "entry": entry_id,
            "organisation": organisation_id,
            "technology": technology_id,
            "terms": terms,
            "title": title,
            "text": text,
            "submitted_at": at,
        }
    )
