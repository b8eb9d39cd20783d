"""Turn a column's name and values into its role: what it is about (METHODS.md 5.2).

A name proposes roles in a fixed order of precedence and the values must agree; the first role that passes
wins. Where no word helps, the values decide alone, and that is a guess which the caller notes. No word stands
here: all are in ``lexicon/tokens.toml``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reportgen.lexicon.tokens import Phrase, Tokens, has
from reportgen.results import Role

if TYPE_CHECKING:
    from reportgen.results import Floats

MOST_CODES = 30
"""More levels than this are not a category for clustering (METHODS.md 1.5)."""
GUESSED_CODES = 12
"""Whole numbers without a telling name are only taken for codes when there are at most so many."""
ALMOST = 0.95
"""Share of values that must lie in a role's range."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """What the values of a column look like."""

    n: int
    known: Floats
    """Values that are there."""
    distinct: int
    integer: bool
    low: float
    high: float
    """Extremes; NaN when nothing is known."""

    @classmethod
    def of(cls, known: Floats, n: int, different: int) -> Shape:
        """Of the known values of n rows, and the number of different ones."""
        whole = bool(known.size) and bool(np.all(known[:1000] == np.floor(known[:1000])))
        whole = whole and bool(np.all(known == np.floor(known)))
        low, high = (float(known.min()), float(known.max())) if known.size else (np.nan, np.nan)
        return cls(n=n, known=known, distinct=different, integer=whole, low=low, high=high)

    def within(self, low: float, high: float) -> bool:
        """Whether 95 % of the values lie in a range."""
        if self.low >= low and self.high <= high:
            return True
        return bool(np.mean((self.known >= low) & (self.known <= high)) >= ALMOST)


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A role, why, and whether it is only a guess."""

    role: Role
    reason: str
    guess: bool = False


def _fits(role: Role, shape: Shape, unit: str) -> bool:
    """Whether the values can have the role that the name proposes."""
    if role is Role.FREQUENCY:
        return shape.within(0, 1)
    if role is Role.SHARE:
        return shape.within(0, 1) or shape.within(0, 100)
    if role is Role.COUNT:
        return shape.integer and shape.low >= 0 and not unit
    if role in (Role.RECENCY, Role.TENURE):
        return shape.within(0, np.inf)
    if role is Role.AGE:
        return shape.within(10, 115) and not unit
    if role in (Role.AMOUNT, Role.BALANCE, Role.LIMIT, Role.INCOME):
        return unit != "%" and (shape.distinct > 12 or shape.high > 20 or not shape.integer)
    return True


def by_name(words: Phrase, shape: Shape, tokens: Tokens, unit: str) -> Choice | None:
    """The first role whose words the name has and whose range the values keep; strong words come first."""
    for strong in (True, False):
        for entry in tokens.roles:
            phrase = has(words, entry.strong if strong else entry.weak)
            if phrase is None:
                continue
            role = Role(entry.role)
            if not _fits(role, shape, unit):
                continue
            if (
                role is Role.AMOUNT
                and phrase in tokens.events
                and shape.integer
                and shape.low >= 0
                and shape.high <= 200
            ):
                return Choice(
                    role=Role.COUNT, reason=f"“{' '.join(phrase)}” in its name, small whole numbers"
                )
            if role is Role.AMOUNT and not strong and (shape.distinct <= 20 or shape.high <= 20):
                continue
            return Choice(role=role, reason=f"“{' '.join(phrase)}” in its name")
    return None


def by_values(shape: Shape, unit: str) -> Choice:
    """What the values alone suggest."""
    if unit == "%":
        return Choice(role=Role.SHARE, reason="its cells are percentages")
    if unit:
        return Choice(role=Role.AMOUNT, reason=f"its cells are amounts in {unit}")
    if shape.low >= 0 and shape.high <= 1 and not shape.integer:
        return Choice(role=Role.SHARE, reason="its values lie between 0 and 1", guess=True)
    if shape.integer and shape.low >= 0 and shape.high < 1000:
        return Choice(role=Role.COUNT, reason="small whole numbers", guess=True)
    if shape.low >= 0 and shape.high >= 1000 and shape.distinct > 20:
        middle = float(np.median(shape.known))
        if float(np.mean(shape.known)) > 1.1 * middle:
            return Choice(
                role=Role.AMOUNT, reason="looks like amounts: large, most of them small", guess=True
            )
    return Choice(role=Role.SCORE, reason="a number; its name says no more", guess=True)


def coded(words: Phrase, shape: Shape, tokens: Tokens, named: Choice | None) -> Choice | None:
    """Whole numbers that are names of groups: 1 = male, 2 = female."""
    if not shape.integer or not 2 <= shape.distinct <= MOST_CODES or shape.low < -9 or shape.high > 9_999:
        return None
    phrase = has(words, tokens.category)
    weak = named is None or named.guess
    if phrase is not None and weak and shape.low >= 0:
        return Choice(role=Role.CATEGORY, reason=f"codes, by “{' '.join(phrase)}” in its name", guess=True)
    if named is not None or shape.distinct > GUESSED_CODES or shape.low < 1:
        return None
    if shape.low == 1 and shape.high == shape.distinct and shape.distinct >= 2:
        counts = np.bincount(shape.known.astype(int))[1:]
        falls = np.diff(np.sign(np.diff(counts)))
        if shape.distinct == 2 or np.count_nonzero(
            falls > 0
        ):  # counts rise once and fall once; codes go up and down
            return Choice(
                role=Role.CATEGORY, reason=f"codes 1 to {shape.distinct} without an order", guess=True
            )
    return None


def target(words: Phrase, levels: int, last: bool, tokens: Tokens) -> Choice | None:
    """An outcome or the output of a model: shown for each segment, never used to make them."""
    phrase = has(words, tokens.target_always)
    if phrase is None and levels == 2:
        phrase = has(words, tokens.target_two_levels)
        if phrase is None and last:
            phrase = has(words, tokens.target_two_levels_last)
    if phrase is None:
        return None
    return Choice(
        role=Role.TARGET, reason=f"an outcome or a model's output, by “{' '.join(phrase)}” in its name"
    )


SENTINELS = (-1.0, -9.0, -99.0, -999.0, -9999.0, 99.0, 999.0, 9999.0, 99999.0, 999999.0)


def sentinel(shape: Shape) -> float | None:
    """A number that stands for "not known": alone below zero or far above all others, and frequent."""
    if shape.known.size < 30 or shape.distinct < 10:
        return None
    for value in SENTINELS:
        if value not in (shape.low, shape.high):
            continue
        others = shape.known[shape.known != value]
        share = 1 - others.size / shape.known.size
        if others.size == 0 or share < 0.01:
            continue
        if value < 0 and others.min() >= 0 and shape.integer and (value != -1 or share >= 0.05):
            return value
        if value > 0 and others.max() * 4 < value and shape.integer:
            return value
    return None
