"""Find amounts that belong together and add them up: spending by product, bills by month.

A table often has the parts of what a customer is worth and not the whole. Two kinds of families are added
up: columns whose names share a stem that means money (``MntWines``, ``MntFruits`` ...; products) or differ
in a number, month or year only (``BILL_AMT1`` to ``BILL_AMT6``; periods). A third kind is a guess which the
caller makes only where a table tells of no money at all: columns without telling names that look like amounts
of one size. Windows (``spend_30d``, ``spend_90d``), running sums, averages and extremes are not added up.

A customer's total is the sum of the parts that are known, and missing only where no part is known.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reportgen.lexicon.tokens import Phrase, Tokens, has

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reportgen.results import Floats

BLOCK = 1 << 14
"""Rows that are added up in one go."""
ROWS = 5_000
"""Rows, spread over the table, that say whether columns are running sums."""
FEWEST = 3
"""Columns that make a family."""
MOST = 60
"""Columns of a family at most; more are something else."""
MOST_PERIODS = 400
"""The same, of columns that have no name but a month, a quarter or a year."""
MOST_GUESSED = 20
SAME_SIZE = 30.0
"""The means of columns that are added up on a guess differ by at most this factor."""
RUNNING = 0.98
"""Share of the rows in which the members only grow from one to the next: then they are running sums."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Amount:
    """A column that can be added up."""

    name: str
    words: Phrase
    values: Floats
    unit: str
    scale: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """Columns that are added up."""

    stem: Phrase
    """What the names share; empty for a guess."""
    members: tuple[str, ...]
    """In the order of the table."""
    periods: bool
    """The members are months or years of one thing rather than different things."""


def families(amounts: Sequence[Amount], tokens: Tokens) -> tuple[Family, ...]:
    """Numbered series first, then products among what is left; no column is in two families."""
    found: list[Family] = []
    left = [a for a in amounts if has(a.words, tokens.totals_never) is None and not _window(a.words, tokens)]
    for periods in (True, False):
        if not periods:  # of a net and a gross amount one is in the other
            left = [a for a in left if has(a.words, (*tokens.value_gross, *tokens.value_net)) is None]
        groups: dict[tuple[Phrase, str, str, float], list[Amount]] = {}
        for amount in left:
            for where, stem in _stems(amount.words, tokens, periods=periods):
                groups.setdefault((stem, where, amount.unit, amount.scale), []).append(amount)
        taken: set[str] = set()
        alone = {amount.words for amount in amounts}
        for (stem, _, _, _), members in sorted(groups.items(), key=lambda g: (-len(g[1]), -len(g[0][0]))):
            if (
                not FEWEST <= len(members) <= (MOST if stem else MOST_PERIODS)
                or stem in alone
                or any(m.name in taken for m in members)
            ):
                continue
            if _running(members):
                continue
            taken |= {m.name for m in members}
            found.append(Family(stem=stem, members=tuple(m.name for m in members), periods=periods))
        left = [a for a in left if a.name not in taken]
    return tuple(found)


def guess(amounts: Sequence[Amount]) -> Family | None:
    """All the columns that look like amounts, when they are of one size and none is a sum of others."""
    if not FEWEST <= len(amounts) <= MOST_GUESSED:
        return None
    means = [float(np.nanmean(a.values)) for a in amounts]
    if min(means) <= 0 or max(means) > SAME_SIZE * min(means) or _running(amounts):
        return None
    if len({(a.unit, a.scale) for a in amounts}) > 1:
        return None
    if len({tuple(word for word in a.words if not word.isdecimal()) for a in amounts}) == 1:  # V1, V2, V3
        return None
    return Family(stem=(), members=tuple(a.name for a in amounts), periods=False)


def add_up(parts: Sequence[Floats]) -> Floats:
    """Sum of the known parts; NaN where none is known."""
    total = np.zeros(len(parts[0]))
    for start in range(0, len(total), BLOCK):  # which stay near the processor
        sums = total[start : start + BLOCK]
        unknown = np.ones(len(sums), dtype=bool)
        for part in parts:
            some = part[start : start + BLOCK]
            if np.isnan(some.min()):
                there = ~np.isnan(some)
                unknown &= ~there
                np.add(sums, some, out=sums, where=there)
            else:
                unknown[:] = False
                sums += some
        sums[unknown] = np.nan
    return total


def title(names: Sequence[str], *, periods: bool = False) -> str:
    """``total of MntWines, MntFruits and 4 more``, ``total of 2024-01 to 2024-12``."""
    if periods:
        return f"total of {names[0]} to {names[-1]}"
    if len(names) == 3:
        return f"total of {names[0]}, {names[1]} and {names[2]}"
    return f"total of {names[0]}, {names[1]} and {len(names) - 2} more"


def _stems(words: Phrase, tokens: Tokens, *, periods: bool) -> list[tuple[str, Phrase]]:
    """What a name could share with the rest of its family, and at which end it stands."""
    if periods:
        rest = _without_period(words, tokens)
        return [("around", rest)] if rest != words and (rest or calendar(words, tokens)) else []
    found = []
    if len(words) > 1 and has(words[:1], tokens.totals_flows):
        found.append(("start", words[:1]))
    if len(words) > 1 and has(words[-1:], tokens.totals_flows):
        found.append(("end", words[-1:]))
    return found


def calendar(words: Phrase, tokens: Tokens) -> bool:
    """Whether a name is nothing but a time: ``2024-01``, ``Jan 24``, ``Q1 2024``, ``2024``."""
    years = [word for word in words if word.isdecimal() and len(word) == 4 and 1900 <= int(word) <= 2100]
    told = [word for word in words if word in tokens.months]
    periods = [
        w for w, after in itertools.pairwise(words) if w in tokens.totals_periods and after.isdecimal()
    ]
    rest = [word for word in words if not word.isdecimal() and word not in (*told, *periods)]
    return bool(years or told) and not rest and len(words) <= 4


def year(words: Phrase, tokens: Tokens) -> tuple[int, Phrase] | None:
    """The one year in a name, and the rest of the name: ``Umsatz 2025``, ``Rev FY25``, ``Sales 2024/25``."""
    found: list[int] = []
    rest: list[str] = []
    begun = 0
    for word in words:
        number = int(word) if word.isdecimal() and len(word) in (2, 4) else 0
        if len(word) == 4 and 1990 <= number <= 2060:
            found.append(number)
            begun = number
        elif len(word) == 2 and number and begun and number == (begun + 1) % 100:
            begun = 0  # 2024/25 is one year
        elif len(word) == 2 and number and rest and (rest[-1],) in tokens.value_years:
            found.append(2000 + number)
            begun = 2000 + number
        else:
            rest.append(word)
            begun = 0
    rest = [word for word in rest if (word,) not in tokens.value_years]
    return (found[0], tuple(rest)) if len(found) == 1 else None


def _window(words: Phrase, tokens: Tokens) -> bool:
    """Whether a number in the name is the length of a window: the last 30 days."""
    return any(
        word.isdecimal() and words[i + 1] in tokens.totals_windows for i, word in enumerate(words[:-1])
    )


def _without_period(words: Phrase, tokens: Tokens) -> Phrase:
    """The name without its number, month or year."""
    keep: list[str] = []
    for i, word in enumerate(words):
        after = words[i + 1] if i + 1 < len(words) else ""
        if word.isdecimal():
            continue
        if word in tokens.totals_periods and after.isdecimal():
            continue
        if word in tokens.months and i in (0, len(words) - 1):
            continue
        keep.append(word)
    return tuple(keep)


def _running(members: Sequence[Amount]) -> bool:
    """Whether each member holds the one before: year to date, last 30 and last 90 days."""
    step = -(-len(members[0].values) // ROWS)
    ordered = sorted((m.values[::step] for m in members), key=lambda values: float(np.nansum(values)))
    table = np.column_stack(ordered)
    table = table[~np.isnan(table).any(axis=1)]
    table = table[table.min(axis=1) < table.max(axis=1)]
    return len(table) > 0 and float(np.mean((np.diff(table, axis=1) >= 0).all(axis=1))) >= RUNNING
