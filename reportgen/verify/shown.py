"""Turn a number as it is written back into the values that it may stand for.

A shown number is right when the claim's value lies in the range that rounds to it. Each style (``unit``)
has one reader here; half a unit of the last place shown is allowed, and no more. The styles are described
for outsiders in evidence.schema.json.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

SLACK = 1e-9
"""Relative: what adding up in another order may change."""
WORDS = (
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
FRACTIONS = {
    "half": 2, "a third of": 3, "a quarter of": 4, "a fifth of": 5, "a sixth of": 6, "an eighth of": 8,
    "a tenth of": 10,
}  # fmt: skip
NEAR_FRACTION = 0.06
"""How far, relatively, a value may be from a fraction that is said in words."""
NEARLY = 0.0096
"""Share that is lacking, below which ``nearly all`` may be said: 0.95 % is the first that is written 1 in 100."""
ABSENT = "–"

_FIGURES = re.compile(r"([−-]?)(\D*?)([−-]?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(bn|m|k)?(\D*)")
_SIZES = {"bn": 1e9, "m": 1e6, "k": 1e3}


def disagreement(shown: str, unit: str, value: float, levels: tuple[str, ...] = ()) -> str:
    """Why ``shown`` is not ``value`` written as ``unit`` demands; empty when it is.

    ``levels`` are those of the claim's column, for values that stand for one.
    """
    if unit == "level":
        return _level(shown, value, levels)
    if unit not in _STYLES:
        return f"{unit} is not a style that is known"
    if math.isnan(value):
        return "" if shown in (ABSENT, "not comparable with the average") else "there is no such value"
    fits = _STYLES[unit](shown.strip(), value)
    if fits is None:
        return f"“{shown}” cannot be read as {unit}"
    return "" if fits else f"{value:.6g} is not written “{shown}”"


def _level(shown: str, value: float, levels: tuple[str, ...]) -> str:
    """An ordered level by its name; a lexicon may have put it in other words, but not in those of another level."""
    meant = {levels[i] for i in range(len(levels)) if abs(i - value) <= 0.5 + SLACK}
    plain = " ".join(shown.split()).casefold()
    others = {" ".join(level.split()).casefold() for level in levels if level not in meant}
    if not meant:
        return f"{value:.6g} is the place of no level"
    return f"the level is “{sorted(meant)[0]}”" if plain in others else ""


def _near(value: float, center: float, half: float) -> bool:
    return abs(value - center) <= half + SLACK * max(abs(value), abs(center), 1e-12)


def _figures(text: str) -> tuple[float, float, str, str] | None:
    """(number, half a unit of its last place, what stands before, what stands behind)."""
    match = _FIGURES.fullmatch(text)
    if match is None or len(match[4]) > 40:
        return None
    first, before, second, whole, decimals, size, behind = match.groups()
    scale = _SIZES.get(size, 1.0)
    number = float(whole.replace(",", "") + (decimals or "")) * scale
    half = 0.5 * 10.0 ** -(len(decimals) - 1 if decimals else 0) * scale
    return (-number if first or second else number), half, before, behind + (size or "")


def _plain(text: str, value: float) -> bool | None:
    """A number with a unit before or behind: ``$2,154``, ``34``, ``2.7 days``, ``$3.7m``."""
    found = _figures(text)
    if found is None or len(found[2]) > 5:
        return None
    return _near(value, found[0], found[1])


def _count(text: str, value: float) -> bool | None:
    found = _figures(text)
    if found is None or found[2] or found[3] or "." in text:
        return None
    return value == found[0]


def _word(text: str, value: float) -> bool | None:
    lower = text.lower()
    if lower in WORDS:
        return value == WORDS.index(lower)
    return _count(text, value)


def _percent(text: str, value: float) -> bool | None:
    """``53%``; ``0%`` and ``100%`` only when it is so."""
    found = _figures(text)
    if found is None or found[2] or found[3] != "%":
        return None
    if text in ("0%", "100%"):
        return abs(value - found[0] / 100) <= SLACK
    return _near(value, found[0] / 100, found[1] / 100)


def _in_ten(text: str, value: float) -> bool | None:
    """``8 in 10``, ``3 in 100``, ``0.4%``; ``all`` and ``none`` only when it is so, ``nearly all`` only above 99%."""
    lower = text.lower()
    if lower in ("all", "none"):
        return abs(value - (lower == "all")) <= SLACK
    if lower in ("nearly all", "almost none"):
        rest = 1 - value if lower == "nearly all" else value
        return 0 < rest < NEARLY
    match = re.fullmatch(r"(\d{1,3}) in (10|100)", text)
    if match is None:
        return _percent(text, value)
    base = int(match[2])
    part = int(match[1])
    return 0 < part < base and _near(value, part / base, 0.5 / base)


def _of_ten(text: str, value: float) -> bool | None:
    match = re.fullmatch(r"(\d{1,2}) of 10", text)
    return None if match is None else _near(value, int(match[1]) / 10, 0.05)


def _one_in(text: str, value: float) -> bool | None:
    match = re.fullmatch(r"(?:one customer|one) in (\w+|[\d,]+)", text.lower())
    if match is None:
        return None
    whole = WORDS.index(match[1]) if match[1] in WORDS else int(match[1]) if match[1].isdigit() else 0
    return whole > 1 and abs(value * whole - 1) <= NEAR_FRACTION + SLACK


def _share_of_hundred(text: str, value: float) -> bool | None:
    return _percent(text, value / 100)


def _ratio(text: str, value: float) -> bool | None:
    """Against the average, in words: ``3.1 times the average``, ``45% less than average``, ``half the average``."""
    lower = text.lower()
    if lower == "twice the average":
        return _near(value, 2.0, 0.05)
    if lower == "about the average":
        return 0.9 - SLACK <= value <= 1.1 + SLACK
    if lower == "nothing at all":
        return value <= 0
    match = re.fullmatch(r"([\d,.]+) times the average", lower)
    if match is not None:
        found = _figures(match[1])
        return None if found is None else _near(value, found[0], 0.05 if found[0] < 10 else 0.5)
    match = re.fullmatch(r"(.+) the average", lower)
    if match is not None and match[1] in FRACTIONS:
        return abs(value * FRACTIONS[match[1]] - 1) <= NEAR_FRACTION + SLACK
    match = re.fullmatch(r"([\d.,]+%) (more than|less than|of the) average", lower)
    if match is None:
        return None
    return _percent(match[1], {"more than": value - 1, "less than": 1 - value, "of the": value}[match[2]])


_STYLES: dict[str, Callable[[str, float], bool | None]] = {
    "count": _count,
    "word": _word,
    "percent": _percent,
    "in ten": _in_ten,
    "of ten": _of_ten,
    "one in": _one_in,
    "money": _plain,
    "whole": _plain,
    "number": _plain,
    "compact": _plain,
    "share": _percent,
    "share of hundred": _share_of_hundred,
    "ratio": _ratio,
}
