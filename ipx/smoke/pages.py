"""Reads a page as a browser without script would: its forms with their hidden fields, its links, its words. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from ipx.smoke.failures import StepFailed

Value = str | bool | Sequence[str]
Pairs = list[tuple[str, str]]
_TICKS = ("checkbox", "radio")
_BUTTONS = ("submit", "button", "image", "reset")


@dataclass
class Control:
    """One field as it stands on the page; ``is_on`` for a tick, or a value that is sent by itself."""

    name: str
    kind: str
    value: str
    is_on: bool = True
    choices: list[str] = field(default_factory=list)


@dataclass
class HtmlForm:
    """A form: where it goes, how, and its fields."""

    action: str
    method: str
    controls: list[Control] = field(default_factory=list)

    @property
    def names(self) -> set[str]:
        """The names of all fields, buttons included."""
        return {control.name for control in self.controls}

    def filled(self, values: Mapping[str, Value]) -> Pairs:
        """Return what a browser would send after a person has filled in ``values``.

        True ticks a box; a list ticks or selects several. Raises StepFailed for a field or a choice that the form has
        not: nobody could have entered it.
        """
        unknown = set(values) - self.names
        if unknown:
            raise StepFailed(f"The form at {self.action} has no field {', '.join(sorted(unknown))}.")
        sent: Pairs = []
        for control in self.controls:
            if control.name in values:
                sent += _entered(control, values[control.name])
            elif control.is_on and control.kind not in _BUTTONS:
                sent.append((control.name, control.value))
        self._refuse_unknown_choices(values)
        return sent

    def _refuse_unknown_choices(self, values: Mapping[str, Value]) -> None:
        for name, value in values.items():
            offered = {c.value for c in self.controls if c.name == name and c.kind in (*_TICKS, *_BUTTONS)}
            chosen = [value] if isinstance(value, str) else [] if isinstance(value, bool) else value
            if offered and not set(chosen) <= offered:
                raise StepFailed(f"The field {name} at {self.action} does not offer {', '.join(chosen)}.")


def _entered(control: Control, value: Value) -> Iterator[tuple[str, str]]:
    if control.kind in _TICKS:
        is_chosen = (
            value if isinstance(value, bool) else control.value in ([value] if isinstance(value, str) else value)
        )
        if is_chosen:
            yield control.name, control.value
    elif control.kind in _BUTTONS:
        if control.value == value:
            yield control.name, control.value
    elif isinstance(value, str):
        if control.choices and value not in control.choices:
            raise StepFailed(f"The field {control.name} does not offer {value}.")
        yield control.name, value
    elif not isinstance(value, bool):
        for item in value:
            yield control.name, item


@dataclass
class Page:
    """A page that was read: its address, answer code, headings, words, forms, links and metadata."""

    url: str
    status: int
    text: str = ""
    heading: str = ""
    forms: list[HtmlForm] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    csrf: str = ""

    @property
    def path(self) -> str:
        """The path of the address."""
        return urlsplit(self.url).path

    def form(self, *, to: str | None = None, having: Sequence[str] = ()) -> HtmlForm:
        """Return the first posting form whose address ends with ``to`` and that has these fields. Raises StepFailed."""
        for form in self.forms:
            goes_there = to is None or urlsplit(form.action).path.endswith(to)
            if form.method == "post" and goes_there and set(having) <= form.names:
                return form
        wanted = f" to {to}" if to else ""
        fields = f" with the fields {', '.join(having)}" if having else ""
        raise StepFailed(f"The page {self.path} (“{self.heading}”) has no form{wanted}{fields}.")

    def link(self, beginning: str) -> str:
        """Return the path of the first link that begins so. Raises StepFailed."""
        found = next((link for link in self.links if urlsplit(link).path.startswith(beginning)), None)
        if found is None:
            raise StepFailed(f"The page {self.path} (“{self.heading}”) has no link to {beginning}….")
        return urlsplit(found).path


def read_page(url: str, status: int, html: str) -> Page:
    """Read a page."""
    reader = _Reader(url, status)
    reader.feed(html)
    reader.close()
    reader.page.text = " ".join(" ".join(reader.words).split())
    return reader.page


class _Reader(HTMLParser):
    def __init__(self, url: str, status: int) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page(url, status)
        self.words: list[str] = []
        self._form: HtmlForm | None = None
        self._open: Control | None = None
        self._heading: list[str] | None = None
        self._mute = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        present = {name for name, _ in attrs}
        if tag == "form":
            action = urljoin(self.page.url, values.get("action", "")) if values.get("action") else self.page.url
            self._form = HtmlForm(action, values.get("method", "get").lower())
            self.page.forms.append(self._form)
        elif tag == "a" and values.get("href"):
            self.page.links.append(urljoin(self.page.url, values["href"]))
        elif tag == "meta" and values.get("name") == "csrf-token":
            self.page.csrf = values.get("content", "")
        elif tag == "h1":
            self._heading = []
        elif tag in ("script", "style", "template"):
            self._mute += 1
        else:
            self._control(tag, values, present)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "h1" and self._heading is not None:
            self.page.heading = self.page.heading or " ".join("".join(self._heading).split())
            self._heading = None
        elif tag in ("textarea", "select"):
            if self._open is not None and tag == "textarea":  # its first line end belongs to the mark-up
                self._open.value = self._open.value.replace("\r\n", "\n").removeprefix("\n")
            self._open = None
        elif tag in ("script", "style", "template"):
            self._mute = max(self._mute - 1, 0)

    def handle_data(self, data: str) -> None:
        if self._mute:
            return
        if self._open is not None and self._open.kind == "textarea":
            self._open.value += data
            return
        self.words.append(data)
        if self._heading is not None:
            self._heading.append(data)

    def _control(self, tag: str, values: Mapping[str, str], present: set[str]) -> None:
        if tag == "option":
            self._option(values, present)
        elif self._form is None or "disabled" in present or not values.get("name"):
            return
        elif tag == "input":
            kind = values.get("type", "text").lower()
            value = values.get("value", "on" if kind in _TICKS else "")
            is_on = "checked" in present if kind in _TICKS else kind != "file"
            self._form.controls.append(Control(values["name"], kind, value, is_on))
        elif tag == "button":
            self._form.controls.append(Control(values["name"], values.get("type", "submit"), values.get("value", "")))
        elif tag in ("textarea", "select"):
            kind = "select-multiple" if "multiple" in present else tag
            self._open = Control(values["name"], kind, "", is_on=tag == "textarea")
            self._form.controls.append(self._open)

    def _option(self, values: Mapping[str, str], present: set[str]) -> None:
        select = self._open
        if select is None or not select.kind.startswith("select"):
            return
        value = values.get("value", "")
        select.choices.append(value)
        # A browser sends the option that is selected, and where none is, the first one.
        if "selected" in present or (not select.is_on and select.kind == "select"):
            select.value, select.is_on = value, True
