"""What an entry of a chain of title must say before it is taken. Pure: cleans, checks, names the field."""

import re
from dataclasses import replace
from datetime import date
from fractions import Fraction

from ipx.core.errors import Invalid
from ipx.titles.entries import Consent, Conveyance, CoOwnership, Entry, Giver
from ipx.titles.names import name_key
from ipx.titles.rules import (
    CONVEYS_SHARE,
    LONGEST_ADDRESS,
    LONGEST_NAME,
    LONGEST_REFERENCE,
    LONGEST_WORDS,
    MOST_GIVERS,
    ConveyanceKind,
)

_SHARE = re.compile(r"[0-9]{1,9}(/0*[1-9][0-9]{0,8}|\.[0-9]{1,9})?%?", re.ASCII)
EARLIEST = date(1790, 4, 10)  # the first patent act of the US; older instruments are typing errors


def checked(entry: Entry, *, today: date) -> Entry:
    """Return the entry cleaned. Raises Invalid, naming the field."""
    if isinstance(entry, Conveyance):
        return _conveyance(entry, today)
    if isinstance(entry, Consent):
        by = _name(entry.by, "by", "Say which joint owner consents.")
        _check_day(entry.given_on, "given_on", today)
        return replace(entry, by=by, words=_text(entry.words, "words", LONGEST_WORDS))
    return _co_ownership(entry, today)


def checked_reason(words: str) -> str:
    """Return why something is to be rectified, without needless blanks. Raises Invalid for what is no sentence."""
    reason = " ".join(words.split())
    if not 10 <= len(reason) <= LONGEST_WORDS:
        raise Invalid("Say what was wrong, in a sentence.", field="reason")
    return reason


def read_share(text: str | None) -> Fraction | None:
    """Return a share written as ``1/3``, ``33.5 %`` or ``all``; None for nothing or all. Raises Invalid."""
    cleaned = (text or "").strip().lower().replace(" ", "")
    if cleaned in ("", "all", "everything"):
        return None
    if not _SHARE.fullmatch(cleaned):
        raise Invalid("Write the share as a fraction such as 1/3, or as 25 %.", field="share")
    share = Fraction(cleaned.removesuffix("%")) / (100 if cleaned.endswith("%") else 1)
    if not 0 < share <= 1:
        raise Invalid("A share of the whole right lies above nothing and is at most the whole (1).", field="share")
    return share


def _conveyance(entry: Conveyance, today: date) -> Conveyance:
    if entry.kind is ConveyanceKind.ACCOUNT_CHANGE:
        raise Invalid("A change of account stands in the register on the chain alone.", field="kind")
    givers = _givers(entry, today)
    receiver = _name(entry.receiver, "receiver", "Say who receives the interest.")
    for name in ("effective_on", "recorded_on"):
        _check_day(getattr(entry, name), name, today)
    cleaned = replace(
        entry,
        givers=givers,
        receiver=receiver,
        receiver_address=_text(entry.receiver_address, "receiver_address", LONGEST_ADDRESS),
        reference=" ".join(_text(entry.reference, "reference", LONGEST_REFERENCE).split()),
        words=_text(entry.words, "words", LONGEST_WORDS),
        correspondent=_text(entry.correspondent, "correspondent", LONGEST_ADDRESS),
    )
    _check_sense(cleaned)
    return cleaned


def _givers(entry: Conveyance, today: date) -> tuple[Giver, ...]:
    if len(entry.givers) > MOST_GIVERS:
        raise Invalid(f"At most {MOST_GIVERS} parties convey in one entry; make a second one.", field="givers")
    cleaned = tuple(Giver(_name(one.name, "givers", "Say who conveys."), one.executed_on) for one in entry.givers)
    if not cleaned:
        raise Invalid("Say who conveys: one name in each line.", field="givers")
    if len({name_key(one.name) for one in cleaned}) < len(cleaned):
        raise Invalid("A name stands here twice.", field="givers")
    for one in cleaned:
        _check_day(one.executed_on, "givers", today)
    return cleaned


def _check_sense(entry: Conveyance) -> None:
    if entry.share is not None and entry.kind not in CONVEYS_SHARE:
        raise Invalid("This kind conveys no share; leave the share empty.", field="share")
    if entry.kind is ConveyanceKind.PARTIAL_ASSIGNMENT and (entry.share is None or entry.share == 1):
        raise Invalid("A partial assignment says which share, such as 1/2.", field="share")
    if entry.kind is ConveyanceKind.NUNC_PRO_TUNC and entry.effective_on is None:
        raise Invalid("Say from which day it counts (nunc pro tunc: now for then).", field="effective_on")
    if entry.is_exclusive is not None and entry.kind is not ConveyanceKind.LICENCE:
        raise Invalid("Only a licence is exclusive or not.", field="is_exclusive")
    if entry.kind is not ConveyanceKind.CORRECTION and name_key(entry.receiver) in {
        name_key(one.name) for one in entry.givers
    }:
        raise Invalid("Nobody conveys to himself; for a new name write the old and the new one.", field="receiver")
    if entry.executed_on and entry.recorded_on and entry.recorded_on < entry.executed_on:
        raise Invalid("It cannot be recorded before it was signed.", field="recorded_on")


def _co_ownership(entry: CoOwnership, today: date) -> CoOwnership:
    parties = tuple(_name(name, "parties", "Name the joint owners, one in each line.") for name in entry.parties)
    if len({name_key(name) for name in parties}) < 2:
        raise Invalid("Name at least two joint owners, one in each line.", field="parties")
    if not entry.rules:
        raise Invalid("Say what they agreed about at least one of the acts.", field="rules")
    _check_day(entry.executed_on, "executed_on", today)
    return replace(entry, parties=parties, words=_text(entry.words, "words", LONGEST_WORDS))


def _check_day(day: date | None, name: str, today: date) -> None:
    if day is not None and day > today:
        raise Invalid("This day has not come yet; state what has happened.", field=name)
    if day is not None and day < EARLIEST:
        raise Invalid("This day lies before the first patent act; look at the year.", field=name)


def _name(text: str, name: str, missing: str) -> str:
    cleaned = " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())
    if not name_key(cleaned):
        raise Invalid(missing, field=name)
    if len(cleaned) > LONGEST_NAME:
        raise Invalid(f"A name has {LONGEST_NAME} characters at most.", field=name)
    return cleaned


def _text(text: str, name: str, longest: int) -> str:
    cleaned = "".join(mark for mark in text.replace("\r\n", "\n") if mark.isprintable() or mark == "\n").strip()
    if len(cleaned) > longest:
        raise Invalid(f"Use {longest} characters at most; this has {len(cleaned)}.", field=name)
    return cleaned
