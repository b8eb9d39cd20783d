"""Turn a number or a date into the one way in which the report writes it.

Every number of the report, in prose, tables and charts, goes through this module, so that a value
is never written in two ways. Locale patterns come from Babel (Unicode CLDR); ``LOCALE`` is the one
place where the language is named. Values are rounded half to even on their shortest decimal form.
"""

from __future__ import annotations

import datetime as dt
import math
from functools import lru_cache

from babel import Locale
from babel.dates import format_date
from babel.numbers import NumberPattern, parse_pattern

LOCALE = "en"
LARGEST = 1e15
"""From here a number is written with a power of ten: its units mean nothing any more."""
MISSING = "–"
"""Stands for a value that does not exist (mean of nobody)."""

_SMALL_NUMBERS = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


_LOCALE = Locale.parse(LOCALE)


@lru_cache(maxsize=16)
def _pattern(digits: int) -> NumberPattern:
    return parse_pattern("#,##0" + ("." + "0" * digits if digits else ""))


@lru_cache(maxsize=8192)
def decimal(value: float, digits: int = 0) -> str:
    """``1234.5`` -> ``1,234`` (``digits`` decimals, grouped; a true minus sign)."""
    if not math.isfinite(value):
        return MISSING
    if abs(value) >= LARGEST:
        return f"{value:.2e}".replace("-", "\N{MINUS SIGN}")
    text: str = _pattern(digits).apply(value, _LOCALE)
    if text.strip("-0.,") == "":
        text = text.lstrip("-")
    return text.replace("-", "\N{MINUS SIGN}")


def count(value: float) -> str:
    """A number of customers or things: ``8,950``."""
    return decimal(value, 0)


def words(value: int) -> str:
    """A small whole number in words, from thirteen in figures: ``five``."""
    return _SMALL_NUMBERS[value] if 0 <= value < len(_SMALL_NUMBERS) else count(value)


def percent(share: float) -> str:
    """A share 0..1: ``53%``; one decimal below 1 % and above 99 %, so that nothing becomes a false 0 or 100."""
    if not math.isfinite(share):
        return MISSING
    magnitude = abs(share)
    near = min(magnitude, abs(1 - magnitude))
    digits = 0
    if 0 < near < 0.0051:
        digits = 1 if near >= 0.00095 else 2
    return decimal(share * 100, digits) + "%"


def in_ten(share: float) -> str:
    """A share in words of people: ``8 in 10``, near the ends ``3 in 100``, beyond that ``0.4%``."""
    if not math.isfinite(share):
        return MISSING
    if 0.055 <= share <= 0.945:
        return (
            f"{round(share * 10)} in 10"
            if 0.15 <= share <= 0.85 or abs(share * 10 - round(share * 10)) <= 0.35
            else f"{round(share * 100)} in 100"
        )
    if 0.0095 <= share <= 0.9905:
        return f"{round(share * 100)} in 100"
    return percent(share)


def _digits(value: float) -> int:
    magnitude = abs(value)
    if magnitude >= 100 or magnitude == 0:
        return 0
    if magnitude >= 10:
        return 1
    if magnitude >= 1:
        return 1
    return 2 if magnitude >= 0.01 else 4


def number(value: float) -> str:
    """A measured value with about three figures that mean something: ``1,234``, ``34``, ``2.7``, ``0.12``."""
    if not math.isfinite(value):
        return MISSING
    return _trim(decimal(value, _digits(value)))


def _trim(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(value: float, unit: str = "") -> str:
    """An amount: ``$2,154``, ``2,154``, ``€0.45``; whole above 10."""
    if not math.isfinite(value):
        return MISSING
    digits = 0 if abs(value) >= 10 or value == 0 else 2
    return with_unit(decimal(value, digits), unit)


def compact(value: float, unit: str = "") -> str:
    """A large amount in three figures: ``$3.7m``, ``12k``, ``850``."""
    if not math.isfinite(value):
        return MISSING
    for size, letter in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if abs(value) >= size * 0.9995:
            scaled = value / size
            return with_unit(_trim(decimal(scaled, 1 if abs(scaled) < 99.5 else 0)) + letter, unit)
    return with_unit(number(value), unit)


def with_unit(text: str, unit: str) -> str:
    """Put a currency sign before and any other unit behind: ``-$5``, ``5 EUR``."""
    if not unit:
        return text
    if unit in "$€£¥₹₩₽₺" or unit in ("R$", "US$", "C$", "A$"):
        sign = "\N{MINUS SIGN}" if text.startswith("\N{MINUS SIGN}") else ""
        return f"{sign}{unit}{text.removeprefix(sign)}"
    return f"{text}\N{NO-BREAK SPACE}{unit}"


def times(ratio: float) -> str:
    """A ratio above one: ``3.1 times``."""
    return (_trim(decimal(ratio, 1)) if ratio < 10 else decimal(ratio, 0)) + " times"


def multiple(ratio: float) -> str:
    """A ratio in figures for tables: ``3.4\N{MULTIPLICATION SIGN}``, ``0.06×``."""
    if not math.isfinite(ratio):
        return MISSING
    return decimal(ratio, 1 if ratio >= 0.095 else 2) + "\N{MULTIPLICATION SIGN}"


def date(iso: str) -> str:
    """``2026-11-23`` -> ``23 November 2026``."""
    text: str = format_date(dt.date.fromisoformat(iso), format="d MMMM y", locale=LOCALE)
    return text


def month(iso: str) -> str:
    """``2026-11-23`` -> ``November 2026``."""
    text: str = format_date(dt.date.fromisoformat(iso), format="MMMM y", locale=LOCALE)
    return text


def listing(items: list[str] | tuple[str, ...]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(items) < 2:
        return "".join(items)
    return ", ".join(items[:-1]) + " and " + items[-1]


def value(amount: float, kind: str, unit: str = "", percent_is: float = 1.0, scale: float = 1.0) -> str:
    """A column's value as ``results.Measure`` says: money, whole, number, share, flag, time or year.

    ``scale``: 1000 where the column is in thousands; such a value is written short, ``€2.1m``, for its last figures
    are not known.
    """
    if not math.isfinite(amount):
        return MISSING
    if scale > 1.0:
        return compact(amount * scale, unit)
    amount *= scale
    if kind in ("share", "flag"):
        return percent(amount / percent_is)
    if kind == "money":
        return money(amount, unit)
    if kind == "year":  # 1990 is no quantity
        return decimal(amount).replace(",", "")
    if kind == "whole":
        return _trim(decimal(amount, 1)) if abs(amount) < 10 else decimal(amount, 0)
    return with_unit(number(amount), unit)
