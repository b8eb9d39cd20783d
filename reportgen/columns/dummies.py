"""Find columns of 0 and 1 that are one category, written as a column for each of its levels (dummies, one-hot).

Taken one by one such columns weigh as much as so many numbers, and because exactly one of them is 1 in a row, any table
falls into clear groups along them. What shows them is in the cells: no row has two of them, and (nearly) every row has
one. That must say something: were the columns independent, several rows would have two (``TOGETHER``). Where the first
level was dropped, as programs of statistics like it, the rest is a level of its own; then the names must agree as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reportgen.results import Bools, Floats

ROWS = 2_000
"""Rows, spread over the table, in which sets are looked for; all rows must then agree."""
MOST_LEVELS = 100
NEARLY_ALWAYS = 0.98
"""Share of the rows in which one of the columns is 1; in the others the level is missing."""
TOGETHER = 10.0
"""Rows in which two of the columns would be 1 by chance, at least, if none has."""
TOGETHER_OF_REST, FEWEST_OF_REST = 30.0, 0.5
"""The same, and the share of the rows with a 1, where the rest of the rows is a level."""
NONE = "none of these"
_SIGNS = " _-.:=/|[]()"


@dataclass(frozen=True, kw_only=True, slots=True)
class OneHot:
    """Columns that are one category."""

    members: tuple[int, ...]
    """Places among the columns that were given."""
    title: str
    levels: tuple[str, ...]
    """What each column says when it is 1."""
    stem: str
    """What the names share, without signs; empty where they share nothing."""
    rest: bool
    """Rows without a 1 are a level of their own, ``NONE``; otherwise the level is missing there."""


def one_hots(names: Sequence[str], values: Sequence[Floats], prefixes: frozenset[str]) -> tuple[OneHot, ...]:
    """The categories among columns of 0 and 1, in the order of their first columns.

    Parameters
    ----------
    names, values
        The columns; NaN is missing.
    prefixes
        Words that many flags begin with (``is``, ``has``): they say nothing of what belongs together.
    """
    if len(names) < 2:
        return ()
    ones = np.column_stack([v[:: max(1, -(-len(v) // ROWS))] == 1 for v in values]).astype(np.float64)
    apart = ones.T @ ones == 0
    found: list[OneHot] = []
    left = set(range(len(names)))

    def take(chosen: Sequence[int], *, rest: bool = False) -> None:
        if not 2 <= len(chosen) <= MOST_LEVELS or not left.issuperset(chosen):
            return
        if not apart[np.ix_(chosen, chosen)][~np.eye(len(chosen), dtype=bool)].all():
            return
        if not _one_in_each([values[i] == 1 for i in chosen], rest=rest):
            return
        if rest and any(np.isnan(values[i]).any() for i in chosen):
            return
        found.append(_named([names[i] for i in chosen], tuple(chosen), prefixes, rest=rest))
        left.difference_update(chosen)

    groups = _by_stem(names, prefixes)
    for group in groups:
        take(group)
    for first in range(len(names)):
        if first not in left:
            continue
        run = [first]
        for other in sorted(left):
            if other > first:
                if not apart[other, run].all():
                    break
                run.append(other)
        take(run)
    shares = ones.mean(axis=0)
    for one, other in np.argwhere(np.triu(apart & (np.add.outer(shares, shares) >= NEARLY_ALWAYS), 1)):
        take((int(one), int(other)))
    for group in groups:
        take(group, rest=True)
    return tuple(sorted(found, key=lambda hot: hot.members))


def _one_in_each(ones: Sequence[Bools], *, rest: bool) -> bool:
    """Whether no row has two and (nearly) all have one, although chance would give some rows two."""
    n = len(ones[0])
    counts = np.zeros(n, dtype=np.int32)
    for column in ones:
        counts += column
    shares = np.array([column.mean() for column in ones])
    together = n * (shares.sum() ** 2 - (shares**2).sum()) / 2
    if counts.max() > 1 or shares.min() == 0:
        return False
    if rest:
        return bool(together >= TOGETHER_OF_REST and shares.sum() >= FEWEST_OF_REST)
    return bool(together >= TOGETHER and shares.sum() >= NEARLY_ALWAYS)


def _by_stem(names: Sequence[str], prefixes: frozenset[str]) -> list[tuple[int, ...]]:
    """Columns whose names begin alike, the largest groups first, and of these those that have more in common."""
    groups: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        for cut in re.finditer(rf"(?<=\w)[{re.escape(_SIGNS)}]|(?<=[a-z])(?=[A-Z0-9])", name):
            stem = name[: cut.start()].strip(_SIGNS).casefold()
            if stem not in prefixes:
                groups.setdefault(stem, []).append(i)
    return [
        tuple(group)
        for _, group in sorted(groups.items(), key=lambda item: (-len(item[1]), -len(item[0])))
        if len(group) > 1
    ]


def _named(names: Sequence[str], members: tuple[int, ...], prefixes: frozenset[str], *, rest: bool) -> OneHot:
    """``region_North`` and ``region_South``: the levels North and South of region."""
    first, last = min(names), max(names)
    alike = first[
        : next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    ]
    common = ""
    for cut in re.finditer(rf"(?<=[{re.escape(_SIGNS)}])|(?<=[a-z])(?=[A-Z0-9]|$)", alike):
        begun = alike[: cut.end()]
        if begun.endswith(tuple(_SIGNS)) or all(re.match(r"[A-Z0-9]", name[cut.end() :]) for name in names):
            common = begun  # and not in the middle of a word
    stem = common.strip(_SIGNS)
    levels = [name[len(common) :].strip(_SIGNS) for name in names]
    if len({level.casefold() for level in levels if level}) < len(names):
        stem, levels = "", list(names)
    if stem.casefold() in prefixes:
        stem = ""
    return OneHot(
        members=members, title=stem or one_of(levels), levels=tuple(levels), stem=stem, rest=rest
    )  # fmt: skip


def one_of(names: Iterable[str]) -> str:
    """``male or female``; ``one of red, green and 3 more``."""
    names = list(names)
    if len(names) == 2:
        return f"{names[0]} or {names[1]}"
    if len(names) == 3:
        return f"one of {names[0]}, {names[1]} and {names[2]}"
    return f"one of {names[0]}, {names[1]} and {len(names) - 2} more"
