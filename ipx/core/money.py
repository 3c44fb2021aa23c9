"""Money as integer minor units with an ISO 4217 currency; never a float."""

from dataclasses import dataclass

from ipx.core.errors import Invalid

# Minor units per major unit where it is not 100 (ISO 4217 exponents of currencies that we accept).
_EXPONENTS = {"JPY": 0, "KRW": 0}
CURRENCIES = ("USD", "EUR", "GBP", "CHF", "CNY", "HKD", "JPY", "KRW")


def exponent(currency: str) -> int:
    """Return the number of decimals of ``currency`` (ISO 4217)."""
    return _EXPONENTS.get(currency, 2)


@dataclass(frozen=True, order=True)
class Money:
    """An amount in minor units (cents) of one currency."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in CURRENCIES:
            raise Invalid(f"{self.currency} is not a currency of this exchange; choose one of {', '.join(CURRENCIES)}.")
        if self.amount < 0:
            raise Invalid("An amount of money cannot be negative.")

    def __str__(self) -> str:
        return f"{self.currency} {self.major()}"

    def major(self) -> str:
        """Return the amount in major units with thousands separators, for people."""
        places = exponent(self.currency)
        if places == 0:
            return f"{self.amount:,}"
        whole, part = divmod(self.amount, 10**places)
        return f"{whole:,}.{part:0{places}d}"


def parse_money(text: str, currency: str) -> Money:
    """Read an amount in major units as a person types it, such as ``12,500.50``.

    Raises Invalid when it is not a plain decimal number or has more decimals than the currency.
    """
    cleaned = text.strip().replace(",", "").replace(" ", "").replace("\u202f", "").replace("'", "")
    whole, _, part = cleaned.partition(".")
    places = exponent(currency)
    if not whole.isdecimal() or (part and not part.isdecimal()) or not whole.isascii() or not part.isascii():
        raise Invalid(f"“{text}” is not an amount; write it like 12500 or 12500.50.")
    if len(part) > places or len(whole) > 13:
        raise Invalid(f"“{text}” is not an amount in {currency}: it has too many digits.")
    return Money(int(whole) * 10**places + int(part.ljust(places, "0") or "0"), currency)
