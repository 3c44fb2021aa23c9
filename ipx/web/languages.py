"""In which language a page speaks: what the address asks for, what was chosen before, what the browser prefers.

Catalogues are read as translators write them (`messages.po`), once a process: nothing to compile, nothing stale.
"""

from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, Response, g, has_app_context, has_request_context, request
from flask_babel import Babel, Domain, get_locale

ENGLISH, CHINESE = "en", "zh_Hans"
NAMES = {ENGLISH: "English", CHINESE: "简体中文"}
COOKIE, ARGUMENT = "locale", "lang"
YEAR_SECONDS = 365 * 24 * 3600
# Readers of traditional characters are asked, not guessed: they get English unless they choose.
_TRADITIONAL = ("hant", "tw", "hk", "mo")
DAY = {ENGLISH: "d MMM yyyy", CHINESE: "y年M月d日"}
MOMENT = {ENGLISH: "d MMM yyyy, HH:mm", CHINESE: "y年M月d日 HH:mm"}


class Catalogues(Domain):  # type: ignore[misc]
    """flask-babel's source of translations, reading the translators' own files."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self._folder = folder

    def get_translations(self) -> NullTranslations:
        """Return the catalogue of the request's language; a page asks a hundred times, so it is looked up once."""
        if not has_app_context():
            return NullTranslations()
        found: NullTranslations | None = g.get("ipx_catalogue")
        if found is None:
            g.ipx_catalogue = found = self._catalogue(spoken())
        return found

    def _catalogue(self, name: str) -> NullTranslations:
        if name not in self.cache:
            self.cache[name] = read_catalogue(self._folder / name / "LC_MESSAGES" / "messages.po")
        found: NullTranslations = self.cache[name]
        return found


class Languages(Babel):  # type: ignore[misc]
    """flask-babel with our catalogues."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.domain_instance = catalogues = Catalogues(folder)
        super().__init__(app, locale_selector=language)
        app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # by the i18n extension
            gettext=lambda text: catalogues.get_translations().gettext(text),
            ngettext=lambda one, many, n: catalogues.get_translations().ngettext(one, many, n),
            newstyle=True,
        )


def read_catalogue(path: Path) -> NullTranslations:
    """Return the translations in a file; without the file, none: everything stays English."""
    return _compiled(path, path.stat().st_mtime_ns) if path.is_file() else NullTranslations()


@lru_cache(maxsize=8)
def _compiled(path: Path, changed: int) -> NullTranslations:
    """Return a file's translations; read once a process and change, as that takes a fifth of a second."""
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source))
    compiled.seek(0)
    return Translations(compiled)


def install(app: Flask, folder: Path) -> None:
    """Speak the reader's language on every page, and remember the one that was chosen by the switch."""
    Languages(app, folder)

    @app.after_request
    def remember(response: Response) -> Response:
        if response.mimetype == "text/html":
            response.vary.add("Accept-Language")
            asked = _known(request.args.get(ARGUMENT, ""))
            if asked:
                response.set_cookie(
                    COOKIE, asked, max_age=YEAR_SECONDS, samesite="Lax", secure=request.is_secure, httponly=True
                )
        return response

    @app.context_processor
    def common() -> dict[str, Any]:
        speaks = spoken()
        return {"locale": speaks, "language_tag": tag(speaks), "other_languages": _others(speaks)}


def language() -> str:
    """Return the language of this request: the address's, the cookie's, the browser's best, else English."""
    if not has_request_context():
        return ENGLISH
    asked = _known(request.args.get(ARGUMENT, "")) or _known(request.cookies.get(COOKIE, ""))
    preferred = (_spoken(name) for name, quality in request.accept_languages if quality > 0)
    return asked or next(filter(None, preferred), ENGLISH)


def spoken() -> str:
    """Return the language of this request, worked out once."""
    return str(get_locale() or ENGLISH)


def is_chosen_here() -> bool:
    """Tell whether the address of this request chooses a language, as the links of the switch do."""
    return _known(request.args.get(ARGUMENT, "")) is not None


def tag(locale: str) -> str:
    """Return a language as HTML writes it: zh-Hans."""
    return locale.replace("_", "-")


def _known(text: str) -> str | None:
    name = text.replace("-", "_")
    return name if name in NAMES else None


def _spoken(preferred: str) -> str | None:
    """Return which of our languages a browser's preference means, if any: zh-CN is Simplified Chinese."""
    parts = preferred.lower().replace("_", "-").split("-")
    if parts[0] == "zh":
        return None if any(part in _TRADITIONAL for part in parts) else CHINESE
    return ENGLISH if parts[0] == "en" else None


def _others(speaks: str) -> list[dict[str, str]]:
    """Return the other languages with the address of this same page in each."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != ARGUMENT]
    return [
        {
            "tag": tag(code),
            "name": name,
            "href": f"{request.script_root}{request.path}?{urlencode([*kept, (ARGUMENT, tag(code))])}",
        }
        for code, name in NAMES.items()
        if code != speaks
    ]
