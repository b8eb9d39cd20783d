"""Turn a column name that is nothing but a time into words: ``2025-08-01`` -> ``August 2025``.

A pivot table names its columns by months. «A high 2025-08-01» is no English; «a high amount of August 2025» is.
"""

from __future__ import annotations

import re

from reportgen.lexicon.tokens import fold, load_tokens

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_YEAR = r"(?P<year>(?:19[89]|20[0-9])\d)"
_MIDNIGHT = r"(?:[T ]00:00(?::00(?:\.0+)?)?)?"
_NUMBERED = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_YEAR}[-/._](?P<month>0?[1-9]|1[0-2])(?:[-/.]0?1)?{_MIDNIGHT}",
        rf"(?P<month>0[1-9]|1[0-2])[-/._ ]{_YEAR}",
        rf"{_YEAR}(?P<month>0[1-9]|1[0-2])",
    )
)
_WORDED = (
    re.compile(rf"(?P<word>[^\W\d_]{{3,}})\.?[-/._' ]{{0,2}}{_YEAR}"),
    re.compile(rf"{_YEAR}[-/._ ]?(?P<word>[^\W\d_]{{3,}})\.?"),
)
_ONLY_YEAR = re.compile(_YEAR)
_QUARTER = (
    re.compile(rf"{_YEAR}[-/._ ]?[Qq](?P<quarter>[1-4])"),
    re.compile(rf"[Qq](?P<quarter>[1-4])[-/._ ]?{_YEAR}"),
)


def month_of(word: str) -> int | None:
    """The number from 1 to 12 of a month's name or short name in any language of the tokens."""
    return load_tokens().months.get(fold(word))


def moment(name: str) -> str:
    """The month, quarter or year that the name is; empty where it is, or may be, anything else."""
    name = name.strip()
    for pattern in _NUMBERED:
        if found := pattern.fullmatch(name):
            return f"{MONTHS[int(found['month']) - 1]} {found['year']}"
    for pattern in _WORDED:
        if found := pattern.fullmatch(name):
            number = month_of(found["word"])
            return f"{MONTHS[number - 1]} {found['year']}" if number else ""
    for pattern in _QUARTER:
        if found := pattern.fullmatch(name):
            return f"Q{found['quarter']} {found['year']}"
    return name if _ONLY_YEAR.fullmatch(name) else ""
