"""Somebody to measure with: an institute that has signed up, with one technology to deposit documents at."""

import hashlib
import re
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import requests

from ipx.smoke import depositing, listing, people
from ipx.smoke.client import wait_for
from ipx.smoke.story import Story, new_story

MEBIBYTE = 1024 * 1024


def arrive(url: str) -> Story:
    """Sign an institute up, as `ipx smoke` does."""
    story = new_story(url, None, [])
    people.institute_signs_up(story)
    return story


def publish(story: Story) -> str:
    """Describe a technology with one document, publish it, and return the path of its listing once it can be found."""
    depositing.draft(story)
    depositing.rights(story)
    depositing.deposit(story)
    listing.publish(story)
    wait_for(
        lambda: story.stranger.json(f"/search?q={story.word}")["results"] or None,
        "the listing in the index",
        seconds=listing.INDEX_SECONDS,
    )
    return f"/listings/{story.listing}"


@dataclass(frozen=True)
class Desk:
    """Deposits confidential files at one technology, as the page's upload does."""

    url: str
    cookies: dict[str, str]
    token: str

    @classmethod
    def of(cls, story: Story) -> "Desk":
        """Let the institute describe one more technology, and take over its session."""
        depositing.draft(story)
        answer = story.institute.request("GET", f"/technologies/{story.technology}")
        token = re.search(r'name="csrf-token" content="([^"]+)"', answer.text)
        assert token is not None
        sent = answer.request.headers["Cookie"]
        name, _, value = sent.partition("=")
        address = f"{story.url}/technologies/{story.technology}/documents"
        return cls(url=address, cookies={name: value}, token=token[1])

    def deposit(self, path: Path, http: requests.Session) -> float:
        """Compute the fingerprint, send the file, wait for the acknowledgement. Returns the seconds it took."""
        began = time.perf_counter()
        with path.open("rb") as stream:
            fingerprint = hashlib.file_digest(stream, "sha256").hexdigest()
            stream.seek(0)
            answer = http.put(self.url, data=stream, cookies=self.cookies, headers=self._headers(path, fingerprint))
        seconds = time.perf_counter() - began
        assert answer.status_code == 201, answer.text
        return seconds

    def _headers(self, path: Path, fingerprint: str) -> dict[str, str]:
        return {
            "Accept": "application/json",
            "Content-Type": "application/pdf",
            "Idempotency-Key": str(uuid.uuid4()),
            "X-Content-SHA256": fingerprint,
            "X-CSRFToken": self.token,
            "X-Document-Role": "confidential",
            "X-File-Name": path.name,
        }
