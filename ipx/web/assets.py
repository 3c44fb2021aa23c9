"""The built front end as templates see it: addresses of its files, by Vite's manifest."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from flask import Flask, url_for
from markupsafe import Markup

log = logging.getLogger(__name__)
YEAR_SECONDS = 365 * 24 * 3600


class Chunk(TypedDict, total=False):
    """One line of the manifest; only what is read here."""

    file: str
    css: list[str]


@dataclass
class Assets:
    """Reads `manifest.json` below `dist`, again whenever a build has rewritten it.

    A missing build is no error: pages are readable without styles and scripts. It is logged once, with the cure.
    """

    dist: Path
    endpoint: str = "static"
    _chunks: dict[str, Chunk] = field(default_factory=dict)
    _read_at: int = -1

    @property
    def built(self) -> bool:
        """Whether there is anything to serve (for `ipx doctor`)."""
        return (self.dist / "manifest.json").is_file()

    def url(self, name: str) -> str:
        """The address of a built file, or of a file in `frontend/public`, by its source name."""
        return url_for(self.endpoint, filename=self._chunk(name).get("file", name))

    def tags(self, entry: str) -> Markup:
        """The stylesheets and the module of an entry, for the page's head."""
        chunk = self._chunk(entry)
        sheets = [
            Markup('<link rel="stylesheet" href="{}">').format(url_for(self.endpoint, filename=sheet))
            for sheet in chunk.get("css", [])
        ]
        scripts = [
            Markup('<script type="module" src="{}"></script>').format(url_for(self.endpoint, filename=file))
            for file in [chunk.get("file")]
            if file
        ]
        return Markup("\n").join([*sheets, *scripts])

    def install(self, app: Flask) -> None:
        """Offer `asset_url` and `asset_tags` to every template; let browsers keep what is named by its content."""
        app.jinja_env.globals.update(asset_url=self.url, asset_tags=self.tags)
        app.get_send_file_max_age = keep_for  # type: ignore[method-assign]

    def _chunk(self, name: str) -> Chunk:
        manifest = self.dist / "manifest.json"
        try:
            changed = manifest.stat().st_mtime_ns
        except FileNotFoundError:
            changed = 0
        if changed != self._read_at:
            self._read_at = changed
            if changed:
                self._chunks = json.loads(manifest.read_text("utf-8"))
            else:
                self._chunks = {}
                log.error("the front end is not built; run `npm ci && npm run build` in frontend/")
        return self._chunks.get(name, Chunk())


def keep_for(filename: str | None) -> int | None:
    """How long a browser may keep a file without asking: Vite names those in `assets/` by a hash of their content."""
    return YEAR_SECONDS if filename and filename.startswith("assets/") else None
