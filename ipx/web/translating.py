"""Words in a language that nobody's request asks for: of mails, and of notices that are read later."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from flask import Flask
from flask_babel import force_locale
from flask_babel.speaklater import LazyString

from ipx.web.languages import ENGLISH, NAMES, Languages

Text: TypeAlias = str | LazyString
"""What is said as it is, or (``lazy_gettext``) in each reader's language."""


class Translator:
    """Says texts in any of our languages, in a worker as in a request."""

    def __init__(self, folder: Path) -> None:
        self._app = Flask("ipx.translating")  # flask-babel's functions ask an application for the catalogues
        Languages(self._app, folder)

    def say(self, texts: Sequence[Text], *, language: str | None) -> list[str]:
        """Return texts in a language; in English where it is None or none of ours."""
        spoken = language if language in NAMES else ENGLISH
        with self._app.app_context(), force_locale(spoken):
            return [str(text) for text in texts]


def said_later(write: Callable[[], str]) -> LazyString:
    """Return a text that is written anew in each language, by a function that calls ``gettext``."""
    return LazyString(write)


def paragraphs(*parts: Text) -> LazyString:
    """Return parts as paragraphs, each in the reader's language; empty ones are left out."""
    return LazyString(lambda: "\n\n".join(text for text in map(str, parts) if text))
