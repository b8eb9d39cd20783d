"""Find columns that repeat others: sums of parts and duplicates (METHODS.md 1.6).

Sums are searched by brute force on at most 2,000 rows (64 of them first) and then checked on all; sums of
three and more parts by least squares, whose coefficients are 0 and 1 when the identity is exact. Duplicates
are pairs of columns whose rank correlation is beyond .98.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from reportgen.results import Derived, PartWhole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reportgen.results import Floats

ROWS = 2_000
FIRST_ROWS = 64
HOLDS = 0.95
"""Share of rows in which a sum must be right."""
SAME_ORDER = 0.98
"""|Spearman| beyond which one column says what the other says."""
EXACT_LINE = 0.99999
"""|Pearson| beyond which one column is the other, shifted and scaled."""
SAME_MEAN = 0.1
"""The means of parts may miss that of the whole by so much, because rows may be wrong or missing."""
MOST_PARTS = 60
"""In wider tables only sums of two parts are looked for."""
MOST_COLUMNS = 120
"""In wider tables only the first so many columns are compared."""


def _spread(n: int) -> slice:
    return slice(None, None, max(1, -(-n // ROWS)))


def _tolerance(columns: Floats) -> float:
    """Half a unit of the last written place, per column; 0.005 for money with cents."""
    known = columns[~np.isnan(columns)]
    for places in range(5):
        if np.allclose(known, np.round(known, places), rtol=0, atol=1e-9):
            return 0.5 * 10.0**-places if places else 0.01
    return 1e-4


def part_wholes(names: Sequence[str], values: Sequence[Floats]) -> tuple[PartWhole, ...]:
    """Sums among columns that are never negative: the whole and its two or more parts."""
    usable = [i for i, v in enumerate(values) if np.nanmin(v) >= 0][:MOST_COLUMNS]
    if len(usable) < 3:
        return ()
    n = len(values[0])
    sample = np.column_stack([values[i][_spread(n)] for i in usable])
    tolerances = np.array([_tolerance(sample[:, j]) for j in range(len(usable))])
    filled = np.mean(sample > 0, axis=0)
    means = np.nanmean(sample, axis=0)
    first = sample[:: max(1, len(sample) // FIRST_ROWS)][:FIRST_ROWS]
    found: list[tuple[int, tuple[int, ...]]] = []
    parts = [j for j in range(len(usable)) if filled[j] >= 0.05]
    for whole in parts:
        rest = [j for j in parts if j != whole and means[j] < means[whole]]
        if len(rest) < 2:
            continue
        pairs = np.array(list(itertools.combinations(rest, 2)))
        sums = means[pairs[:, 0]] + means[pairs[:, 1]]
        pairs = pairs[np.abs(sums - means[whole]) <= SAME_MEAN * means[whole]]
        limits = tolerances[pairs].sum(axis=1) + tolerances[whole] + 1e-6 * first[:, [whole]]
        gaps = np.abs(first[:, pairs[:, 0]] + first[:, pairs[:, 1]] - first[:, [whole]])
        known = ~np.isnan(gaps)
        right = (gaps <= limits).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        hits: list[tuple[float, tuple[int, ...]]] = [
            (float(np.nanmean(gaps[:, i])), (int(pairs[i, 0]), int(pairs[i, 1])))
            for i in np.flatnonzero(right >= 0.85)
        ]
        if not hits and len(parts) <= MOST_PARTS:
            many = _many_parts(sample, whole, rest)
            hits = [(0.0, many)] if many else []
        for _, chosen in sorted(hits):
            if _informative(sample, whole, chosen):
                found.append((whole, chosen))
                break
    results = []
    for whole, chosen in found:
        total = values[usable[whole]]
        addends = [values[usable[j]] for j in chosen]
        gap = np.abs(np.sum(addends, axis=0) - total)
        known = ~np.isnan(gap)
        limit = sum(tolerances[j] for j in (*chosen, whole)) + 1e-6 * total[known]
        holds = float(np.mean(gap[known] <= limit)) if known.any() else 0.0
        if holds >= HOLDS:
            results.append(
                PartWhole(
                    whole=names[usable[whole]], parts=tuple(names[usable[j]] for j in chosen), holds=holds
                )
            )
    return tuple(results)


def _informative(sample: Floats, whole: int, chosen: tuple[int, ...]) -> bool:
    """Each part matters in some rows; otherwise the whole merely equals the other part."""
    total = sample[:, whole]
    return all(np.mean((sample[:, j] > 0) & (sample[:, j] < total)) >= 0.02 for j in chosen) and not any(
        np.nanmax(np.abs(sample[:, j] - total)) == 0 for j in chosen
    )


def _many_parts(sample: Floats, whole: int, rest: Sequence[int]) -> tuple[int, ...]:
    """Three or more columns that add up to ``whole``: coefficients of 1, the others 0."""
    rows = ~np.isnan(sample[:, [whole, *rest]]).any(axis=1)
    if rows.sum() < 3 * len(rest) or len(rest) < 3:
        return ()
    some = np.flatnonzero(rows)[: max(500, 4 * len(rest))]
    matrix = sample[some][:, rest]
    target = sample[some][:, whole]
    scale = matrix.std(axis=0)
    scale[scale == 0] = 1
    coefficients, _, rank, _ = np.linalg.lstsq(matrix / scale, target, rcond=None)
    if rank < len(rest):
        return ()
    coefficients = coefficients / scale
    ones = np.abs(coefficients - 1) < 0.02
    zeros = np.abs(coefficients) * matrix.mean(axis=0) < 0.01 * target.mean()
    if ones.sum() < 3 or not np.all(ones | zeros):
        return ()
    chosen = tuple(int(j) for j, one in zip(rest, ones, strict=True) if one)
    total = sample[rows][:, whole]  # of all rows, not only of those that were fitted
    gap = np.abs(sample[rows][:, chosen].sum(axis=1) - total)
    return chosen if np.mean(gap <= 0.01 + 1e-4 * total) >= HOLDS else ()


def duplicates(names: Sequence[str], values: Sequence[Floats], wholes: Sequence[str]) -> tuple[Derived, ...]:
    """Columns that put the customers in the same order as an earlier or more general one.

    The whole of a sum is kept rather than its part, and otherwise the column that stands first. Rows in which
    both columns hold their most frequent value (two zeros: no cash advances, none counted) tell nothing about
    the order of the others and are not compared; otherwise zeros alone would make two columns look alike.
    """
    names, values = names[:MOST_COLUMNS], values[:MOST_COLUMNS]
    if len(names) < 2:
        return ()
    sample = np.column_stack([v[_spread(len(v))] for v in values])
    ranks = _ranks(sample)
    near = np.argwhere(np.triu(np.abs(ranks.T @ ranks) > SAME_ORDER - 0.01, 1))
    dropped: dict[str, Derived] = {}
    for i, j in near:
        keep, drop = (
            (names[j], names[i]) if names[j] in wholes and names[i] not in wholes else (names[i], names[j])
        )
        if drop in dropped or keep in dropped:
            continue
        a, b = values[i], values[j]
        both = ~np.isnan(a) & ~np.isnan(b)
        if both.mean() < 0.5 * max((~np.isnan(a)).mean(), (~np.isnan(b)).mean()) or both.sum() < 10:
            continue
        a, b = a[both], b[both]
        if len(a) > 50_000:
            step = -(-len(a) // 50_000)
            a, b = a[::step], b[::step]
        same = float(np.mean(np.abs(a - b) <= 1e-9 * np.maximum(np.abs(a), np.abs(b))))
        line = abs(float(np.corrcoef(a, b)[0, 1]))
        varied = (a != _mode(a)) | (b != _mode(b))
        pair = _ranks(np.column_stack([a, b])[varied])
        order = abs(float(pair[:, 0] @ pair[:, 1]))
        if order <= SAME_ORDER:
            continue
        if same > HOLDS:
            found = Derived(column=drop, sources=(keep,), relation="duplicate", holds=same)
        elif line > EXACT_LINE:
            found = Derived(column=drop, sources=(keep,), relation="linear", holds=line)
        else:
            found = Derived(column=drop, sources=(keep,), relation="duplicate", holds=order)
        dropped[drop] = found
    return tuple(dropped[name] for name in names if name in dropped)


def _mode(column: Floats) -> float:
    """The most frequent value."""
    found, counts = np.unique(column, return_counts=True)
    return float(found[counts.argmax()])


def _ranks(matrix: Floats) -> Floats:
    """Average ranks, centred, of length one; missing values at the middle."""
    ranks = np.empty_like(matrix)
    for j in range(matrix.shape[1]):
        column = matrix[:, j]
        known = ~np.isnan(column)
        ordered = np.sort(column[known])
        ranks[:, j] = 0.0
        low = np.searchsorted(ordered, column[known], side="left")
        high = np.searchsorted(ordered, column[known], side="right")
        average = (low + high) / 2.0
        ranks[known, j] = average - average.mean()
    lengths = np.sqrt((ranks**2).sum(axis=0))
    lengths[lengths == 0] = 1
    return np.asarray(ranks / lengths)
