"""What a need may say, who may see it, and which changes would break a promise. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from ipx.catalogue.rules import clean_keywords, clean_need
from ipx.core.countries import COUNTRIES
from ipx.core.errors import Conflict, Invalid
from ipx.core.money import CURRENCIES
from ipx.technologies.rules import clean_class

LONGEST_CONSTRAINTS = 5_000
MOST_CLASSES, MOST_COUNTRIES = 30, 100
LOWEST_TRL, HIGHEST_TRL = 1, 9


class Visibility(StrEnum):
    """Who sees a need."""

    PUBLIC = "public"
    ANONYMOUS = "anonymous"  # everybody reads the text; whose it is, nobody
    PRIVATE = "private"  # its organisation alone; in no index


@dataclass(frozen=True)
class NeedDraft:
    """A need as its organisation writes it.

    ``trl_min`` and ``trl_max``: technology readiness levels, 1 to 9, both included. ``territory``: ISO 3166 codes,
    empty for the whole world. Budgets are in minor units of ``currency``. ``exclusive``: nothing else will do.
    """

    title: str
    text: str
    visibility: Visibility = Visibility.PUBLIC
    constraints: str = ""
    keywords: Sequence[str] = ()
    trl_min: int | None = None
    trl_max: int | None = None
    classes: Sequence[str] = ()
    territory: Sequence[str] = ()
    exclusive: bool = False
    budget_min: int | None = None
    budget_max: int | None = None
    currency: str | None = None
    closes: date | None = None

    def checked(self, *, today: date) -> "NeedDraft":
        """Return the draft in its kept form. Raises Invalid naming the field."""
        title, text = clean_need(self.title, self.text)
        constraints = "".join(c for c in self.constraints.replace("\r\n", "\n") if c.isprintable() or c == "\n").strip()
        if len(constraints) > LONGEST_CONSTRAINTS:
            raise Invalid(f"Use {LONGEST_CONSTRAINTS:,} characters at most.", field="constraints")
        if self.closes is not None and self.closes < today:
            raise Invalid("This day has passed; a need is open until a day to come.", field="closes")
        _check_readiness(self.trl_min, self.trl_max)
        _check_budget(self.budget_min, self.budget_max, self.currency)
        has_budget = self.budget_min is not None or self.budget_max is not None
        return replace(
            self,
            title=title,
            text=text,
            constraints=constraints,
            keywords=clean_keywords(self.keywords),
            classes=_checked_classes(self.classes),
            territory=_checked_territory(self.territory),
            currency=self.currency if has_budget else None,
        )


def check_may_become(before: Visibility, after: Visibility) -> None:
    """Raise Conflict where a change could not be kept: a name that everybody has read cannot be taken back."""
    if before is Visibility.PUBLIC and after is Visibility.ANONYMOUS:
        raise Conflict(
            "Your organisation’s name has stood beside this need. Withdraw it and post another one anonymously."
        )


def shown_since(visibility: Visibility, at: datetime) -> datetime:
    """Return the moment that everybody sees as that of posting.

    Of an anonymous need the day alone: the minute could be compared with what else an organisation did in it.
    """
    return at.replace(hour=0, minute=0, second=0, microsecond=0) if visibility is Visibility.ANONYMOUS else at


def _check_readiness(lowest: int | None, highest: int | None) -> None:
    for name, level in (("trl_min", lowest), ("trl_max", highest)):
        if level is not None and not LOWEST_TRL <= level <= HIGHEST_TRL:
            raise Invalid("A readiness level is a number from 1 to 9.", field=name)
    if lowest is not None and highest is not None and lowest > highest:
        raise Invalid("The highest readiness level lies below the lowest one; exchange them.", field="trl_max")


def _check_budget(lowest: int | None, highest: int | None, currency: str | None) -> None:
    if lowest is None and highest is None:
        return
    if currency not in CURRENCIES:
        raise Invalid(f"Choose the currency of the budget: {', '.join(CURRENCIES)}.", field="currency")
    for name, amount in (("budget_min", lowest), ("budget_max", highest)):
        if amount is not None and amount < 0:
            raise Invalid("A budget cannot be negative.", field=name)
    if lowest is not None and highest is not None and lowest > highest:
        raise Invalid("The upper end of the budget lies below the lower one; exchange them.", field="budget_max")


def _checked_classes(classes: Sequence[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(clean_class(symbol) for symbol in classes if symbol.strip()))
    if len(found) > MOST_CLASSES:
        raise Invalid(f"Give {MOST_CLASSES} classes at most.", field="classes")
    return found


def _checked_territory(territory: Sequence[str]) -> tuple[str, ...]:
    codes = tuple(dict.fromkeys(code.strip().upper() for code in territory if code.strip()))
    for code in codes:
        if code not in COUNTRIES:
            message = f"“{code[:20]}” is not a country code; write ISO 3166 codes such as DE, US, CN."
            raise Invalid(message, field="territory")
    if len(codes) > MOST_COUNTRIES:
        raise Invalid(f"Name {MOST_COUNTRIES} countries at most, or none for the whole world.", field="territory")
    return codes
