"""Turn the name of a column into the words that its owner would say, with the capitals that he wrote.

What a user writes as one token stays one (``L24M``, ``HubSpot``, ``F&B``, ``kWh``), what he joins for lack of
blanks falls apart (``LastGiftAmount``, ``last_gift``). Which words are abbreviations, and for what, is data:
the lists are in ``common.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

OWN = re.compile(
    r"(?:(?:days (?:since|until)|years since|age from|number of|share of|tenure in days by|total|average|median|"
    r"maximum|minimum) )+"
)
"""What this program itself, or a bracket resolved by it, puts before a user's name."""
CODE = re.compile(r"[^\W\d_]{1,3}\d+[^\W\d_]{0,3}|\d+[^\W\d_]{1,3}")
"""Letters and figures that are one word: ``L24M``, ``Q7``, ``12m``."""
CAPITALS = 4
"""Longest word in capitals that is taken for an abbreviation."""

_PIECE = re.compile(
    r"""
    (?<![^\W_])[^\W\d_](?:[&/][^\W\d_])+(?![^\W_])    # F&B, S/H
    | \d+(?:[-/.]\d+)+                                  # 2008-01, 25/26
    | (?:[^\W_]|(?<=[^\W\d_])['’](?=[^\W\d_]))+         # a word, d'adhésion
    | [%&]
    """,
    re.VERBOSE,
)
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=\d)(?=[A-Z][a-z])")
_FIGURES = re.compile(r"(?<=[^\W\d_]{4})(?=\d)|(?<=\d)(?=[^\W\d_]{4})")
_EDGES = re.compile(r"(?<=[^\W\d])(?=\d)|(?<=\d)(?=[^\W\d])")
_VOWEL = re.compile(r"[aeiouyäöüàâáãåéèêëíìîïóòôõøæœúùûýаеёиоуыэюя]", re.IGNORECASE)


def pieces(name: str) -> Iterator[str]:
    """The words of a name as they are written: ``visitsL24M`` -> ``visits``, ``L24M``."""
    spaced = bool(re.search(r"\s", name.strip()))
    for piece in _PIECE.findall(name):
        # Who sets blanks writes «HubSpot» as one word because it is one.
        for part in [piece] if spaced else _humps(piece):
            yield from _with_figures(part)


def _humps(piece: str) -> list[str]:
    """``LastGift`` -> ``Last``, ``Gift``; a single letter stays with its neighbour: ``kWh``, ``YoY``, ``eBooks``."""
    found: list[str] = []
    for part in _HUMP.split(piece):
        before = found[-1] if found else ""
        behind = len(part) == 1 and part.isalpha() and 0 < len(before) <= 2
        ahead = len(before) == 1 and before.isalpha() and (before.islower() or len(part) <= 2)
        if behind or ahead:
            found[-1] += part
        else:
            found.append(part)
    return found


def _with_figures(part: str) -> Iterator[str]:
    if CODE.fullmatch(part) or not re.search(r"\d", part) or re.search(r"[-/.&]", part):
        yield part
        return
    for bit in _FIGURES.split(part):
        if CODE.fullmatch(bit):
            yield bit
        else:
            yield from _EDGES.split(bit)


def shouts(name: str) -> bool:
    """Whether the name is all capitals and says more than an abbreviation: ``LAST_CHANGED``."""
    return name.isupper() and any(len(word) > CAPITALS for word in re.findall(r"[^\W\d_]+", name))


def as_written(word: str, *, loud: bool) -> bool:
    """Whether the word keeps its capitals; ``loud``: all around it is written in capitals anyway."""
    letters = re.sub(r"[\W\d_]", "", word)
    if not letters:
        return True
    if re.search(r"\d|[&/]", word):
        return True
    if word.isupper():
        return len(letters) <= CAPITALS and (not loud or (len(letters) > 1 and not _VOWEL.search(letters)))
    return word[1:] != word[1:].lower()
