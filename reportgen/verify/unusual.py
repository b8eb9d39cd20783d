"""Turn the raw table into who is unusual, again, from the description in evidence.schema.json.

The score of a customer is the mean of two z-scores: of an isolation forest (200 trees, the evidence's seed, rows
in canonical order, columns as in ``model.anomaly.columns``, single precision) and of the mean distance to the 20
nearest others (values less the median, divided by the interquartile range, or the standard deviation where that is
zero, clipped to +-20; above 20,000 rows the nearest among 2,000 drawn). Missing numbers are the median, a category
is -log of its level's share. Less its median. Unusual: above 3 x 1.4826 x the median of the upper half's distances
from the median; extreme: above 5 x. METHODS.md 4.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reportgen.verify.model import Model
from reportgen.verify.reading import Evidence
from reportgen.verify.table import Customers, Values

if TYPE_CHECKING:
    from reportgen.verify.model import Bools, Floats, Ints

TREES, NEIGHBOURS, CLIP = 200, 20, 20.0
ALL_ROWS, SOME_ROWS = 20_000, 2_000
MOST_ROWS = 200_000
"""More would take minutes; the claims are then compared with the evidence only."""
LIMITS = (3.0, 5.0)
RARE_FOR_ALL, RARE_FOR_SEGMENT = 0.005, 0.01
FEW, FEWEST, MOST_KINDS = 3, 11, 6
"""A kind of unusualness is told when at least 3 customers share it, counted from 11 on; at most six kinds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unusual:
    """Who fits no pattern."""

    flagged: Bools
    extreme: Bools
    threshold: float
    extreme_threshold: float
    kinds: Counter[str]
    """``COLUMN:high``, ``COLUMN:low`` by first reason, and ``combination``."""


def find(evidence: Evidence, customers: Customers, model: Model, order: Ints) -> Unusual | None:
    """Score everybody; None when the evidence does not say how, or the table is too large."""
    if evidence.anomaly_columns is None or customers.n > MOST_ROWS or customers.n < 3:
        return None
    if not set(evidence.anomaly_columns) <= set(customers.columns):
        return None
    columns = [customers.columns[name] for name in evidence.anomaly_columns]
    parts = [_part(column) for column in columns if not np.isnan(column.values).all()]
    if not parts:
        return None
    table = np.column_stack(parts)[order]
    from threadpoolctl import threadpool_limits

    scores = np.empty(customers.n)
    with threadpool_limits(1):
        scores[order] = (_z(_isolation(table, evidence.seed)) + _z(_distance(table, evidence.seed))) / 2
    scores -= np.median(scores)
    middle = float(np.median(scores))
    spread = 1.4826 * float(np.median((scores - middle)[scores >= middle]))
    if spread <= 0:
        spread = float(scores.std())
    flagged = scores > middle + LIMITS[0] * spread if spread > 0 else np.zeros(customers.n, dtype=bool)
    extreme = flagged & (scores > middle + LIMITS[1] * spread)
    return Unusual(
        flagged=flagged, extreme=extreme, threshold=middle + LIMITS[0] * spread,
        extreme_threshold=middle + LIMITS[1] * spread,
        kinds=_kinds(evidence, [c for c in columns if c.numeric], model, flagged),
    )  # fmt: skip


def _part(column: Values) -> Floats:
    x = column.values
    missing = np.isnan(x)
    if column.levels and not column.ordered:
        codes = np.where(missing, -1, x)
        levels, place, counts = np.unique(codes, return_inverse=True, return_counts=True)
        del levels
        return np.asarray(-np.log(counts / codes.size))[place]
    return np.where(missing, np.median(x[~missing]), x)


def _z(x: Floats) -> Floats:
    spread = x.std()
    return np.asarray((x - x.mean()) / (spread if spread > 0 else 1.0))


def _isolation(table: Floats, seed: int) -> Floats:
    from sklearn.ensemble import IsolationForest

    single = table.astype(np.float32)
    return -np.asarray(
        IsolationForest(n_estimators=TREES, random_state=seed % 2**32).fit(single).score_samples(single)
    )


def _distance(table: Floats, seed: int) -> Floats:
    from sklearn.neighbors import NearestNeighbors

    low, middle, high = np.quantile(table, (0.25, 0.5, 0.75), axis=0)
    spread = np.where(high > low, high - low, table.std(axis=0))
    x = np.clip((table - middle) / np.where(spread > 0, spread, 1.0), -CLIP, CLIP)
    n = len(x)
    search = NearestNeighbors(n_neighbors=min(NEIGHBOURS, n - 1), algorithm="brute")
    if n <= ALL_ROWS:
        return np.asarray(search.fit(x).kneighbors()[0].mean(axis=1))
    drawn = np.random.default_rng([seed, 30]).permutation(n)[:SOME_ROWS]
    return np.asarray(search.fit(x[drawn]).kneighbors(x)[0].mean(axis=1))


# --------------------------------------------------------------------------- by what


def _kinds(evidence: Evidence, columns: list[Values], model: Model, flagged: Bools) -> Counter[str]:
    """First reason of each flagged customer.

    A value is rare for everyone (in its segment) when at most .5 % (1 %) of the known values are as far out on its
    side. The first reason is the rarest value; among equally rare ones the farthest from the median in robust
    standard deviations of the feature (of sign(x) log(1+|x|) for a column without one). When no value is
    rare either way, it is the combination.
    """
    rows = np.flatnonzero(flagged)
    m, c = len(rows), len(columns)
    if not m or not c:
        return Counter()
    rare, rare_own = np.ones((m, c)), np.ones((m, c))
    high, high_own = np.zeros((m, c), dtype=bool), np.zeros((m, c), dtype=bool)
    far = np.zeros((m, c))
    places = {}
    at = 0
    for step in evidence.steps:
        places[step.column] = at
        at += step.width
    for j, column in enumerate(columns):
        x = column.values
        mine = x[rows]
        rare[:, j], high[:, j] = _rarity(x, mine)
        for label in np.unique(model.labels[rows]):
            here = model.labels[rows] == label
            rare_own[here, j], high_own[here, j] = _rarity(x[model.labels == label], mine[here])
        missing = np.isnan(mine)
        rare[missing, j] = rare_own[missing, j] = 1.0
        scaled = (
            model.matrix[:, places[column.name]]
            if column.name in places
            else np.sign(x) * np.log1p(np.abs(x))
        )
        low, middle, top = np.nanquantile(scaled, (0.25, 0.5, 0.75))
        spread = (top - low) / 1.349
        if not spread > 0:
            spread = float(np.nanstd(scaled)) or 1.0
        far[:, j] = np.nan_to_num(np.abs(scaled[rows] - middle) / spread)
    found: Counter[str] = Counter()
    for r in range(m):
        if rare[r].min() <= RARE_FOR_ALL:
            how, side = rare[r], high[r]
        elif rare_own[r].min() <= RARE_FOR_SEGMENT:
            how, side = rare_own[r], high_own[r]
        else:
            found["combination"] += 1
            continue
        j = min(range(c), key=lambda j: (how[j], -far[r, j], j))
        found[f"{columns[j].name}:{'high' if side[j] else 'low'}"] += 1
    return found


def _rarity(values: Floats, mine: Floats) -> tuple[Floats, Bools]:
    """Share of the known values at least as far out as each of mine, on its rarer side; and whether that is up."""
    known = np.sort(values[~np.isnan(values)])
    if not known.size:
        return np.ones(mine.size), np.zeros(mine.size, dtype=bool)
    below = np.searchsorted(known, mine, side="left")
    above = known.size - np.searchsorted(known, mine, side="right")
    return 1 - np.maximum(below, above) / known.size, below >= above
