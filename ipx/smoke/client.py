"""One visitor of the exchange: cookies, forms, uploads and downloads over HTTP, as a browser would send them."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from ipx.smoke.failures import StepFailed
from ipx.smoke.pages import HtmlForm, Page, Value, read_page

Found = TypeVar("Found")
TIMEOUT_SECONDS = 60
MOST_REDIRECTS = 6
JSON = "application/json"
_REDIRECTS = (301, 302, 303, 307, 308)


class Visitor:
    """A browser without script, signed in or not."""

    def __init__(self, url: str, name: str) -> None:
        self.name = name
        self._base = url.rstrip("/")
        self._http = requests.Session()
        self._http.headers["User-Agent"] = "ipx-smoke"
        # As browsers do (RFC 9110, 9.2.2): a kept connection may be closed at the moment when it is used again.
        patience = Retry(connect=0, read=2, status=0, redirect=0, other=0, allowed_methods=("GET",))
        self._http.mount("http://", HTTPAdapter(max_retries=patience))
        self._http.mount("https://", HTTPAdapter(max_retries=patience))

    # ── pages and forms ──────────────────────────────────────────────────────────────────────────

    def page(self, path: str, *, expect: Sequence[int] = (200,)) -> Page:
        """Open a page, following redirects. Raises StepFailed for another answer."""
        return self._read(self._follow(self.request("GET", path)), expect)

    def submit(
        self, form: HtmlForm, values: Mapping[str, Value] | None = None, *, expect: Sequence[int] = (200,)
    ) -> Page:
        """Send a form as it stands, with ``values`` filled in, and follow where it leads."""
        return self._read(self._follow(self.post_form(form, values)), expect)

    def post_form(self, form: HtmlForm, values: Mapping[str, Value] | None = None) -> requests.Response:
        """Send a form and return the bare answer."""
        # The Referer is what CSRF protection compares over https.
        return self.request("POST", form.action, data=form.filled(values or {}), headers={"Referer": form.action})

    def press(self, page: Page, to: str, values: Mapping[str, Value] | None = None) -> Page:
        """Press the button of the form on ``page`` that goes to an address ending so."""
        return self.submit(page.form(to=to), values)

    # ── data ─────────────────────────────────────────────────────────────────────────────────────

    def json(self, path: str, *, expect: Sequence[int] = (200,)) -> Any:
        """Return what an address says to programs."""
        response = self.request("GET", path, headers={"Accept": JSON})
        self._check(response, expect)
        try:
            return response.json()
        except ValueError as error:
            raise StepFailed(f"{urlsplit(response.url).path} did not answer with JSON.") from error

    def download(self, path: str, *, expect: Sequence[int] = (200,)) -> requests.Response:
        """Return a file."""
        response = self.request("GET", path)
        self._check(response, expect)
        return response

    def status(self, method: str, path: str, **options: Any) -> int:
        """Return only the code of an answer, redirects not followed."""
        return self.request(method, path, **options).status_code

    def put(self, path: str, body: bytes | Iterable[bytes], headers: Mapping[str, str]) -> requests.Response:
        """Send a raw body, as the upload of a page does; the form token comes from the page before."""
        token = self.page("/account").csrf
        sent = {"X-CSRFToken": token, "Referer": self._base + "/", "Accept": JSON, **headers}
        return self.request("PUT", path, data=body, headers=sent)

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send one request; redirects are not followed. Raises StepFailed when nobody answers."""
        url = urljoin(self._base + "/", path)
        try:
            return self._http.request(method, url, timeout=TIMEOUT_SECONDS, allow_redirects=False, **options)
        except requests.RequestException as error:
            raise StepFailed(f"{method} {url} was not answered: {_first_line(error)}") from error

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _follow(self, response: requests.Response) -> requests.Response:
        for _ in range(MOST_REDIRECTS):
            if response.status_code not in _REDIRECTS:
                return response
            response = self.request("GET", self.here(response))
        raise StepFailed(f"{urlsplit(response.url).path} redirects without end.")

    def here(self, response: requests.Response) -> str:
        """Return where a redirect leads: on this exchange always by the address that we were given."""
        target = urljoin(response.url, response.headers.get("Location", ""))
        parts = urlsplit(target)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    def _read(self, response: requests.Response, expect: Sequence[int]) -> Page:
        page = read_page(response.url, response.status_code, response.text)
        if response.status_code not in expect:
            raise StepFailed(f"{page.path} answered {response.status_code}: “{page.heading}”. {_main_words(page)}")
        return page

    def _check(self, response: requests.Response, expect: Sequence[int]) -> None:
        if response.status_code not in expect:
            path = urlsplit(response.url).path
            raise StepFailed(f"{path} answered {response.status_code}: {said(response)}")


def said(response: requests.Response) -> str:
    """Return what a refusal says, in one line; nothing of an answer that is none."""
    if response.ok:
        return ""
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        if "html" in response.headers.get("Content-Type", ""):
            page = read_page(response.url, response.status_code, response.text)
            return f"“{page.heading}”. {_main_words(page)}"
        return response.text[:200]


def wait_for(look: Callable[[], Found | None], what: str, *, seconds: float) -> Found:
    """Look again and again until there is something. Raises StepFailed when it takes longer than ``seconds``."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found is not None:
            return found
        if time.monotonic() > end:
            raise StepFailed(f"Waited {seconds:.0f} s for {what}.")
        time.sleep(0.2)


def _main_words(page: Page) -> str:
    _, _, after = page.text.rpartition(page.heading)
    return after.strip()[:300]


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200]
