"""Turn columns into the customers who fit no pattern, each with the reasons.

The score is the mean of two standardised scores: an isolation forest (Liu, Ting & Zhou 2008), which sees
customers extreme for the whole table, and the mean distance to the 20 nearest customers on robustly scaled
values, which also sees those who are odd only where they are; the pair that Bouman, Bukhsh & Heskes (JMLR
25(105), 2024) recommend. On 41 ADBench sets its mean AUROC is .788, above either alone (.767, .745) and above
every one of the 26 methods published for them (METHODS.md 4.2). A customer is flagged above median +
3 upper-side MAD of the score (extreme: 5), a rule that flags next to nobody in a table without unusual
customers (0.4 % of a Gaussian, 2.4 % of a log-normal one; METHODS.md 4.3): how many there are is found.

Scoring needs no segments and can run beside the choice of their number; ``detect`` adds the reasons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from reportgen.results import Anomaly, Column, Columns, Detection, Features, Reason

if TYPE_CHECKING:
    from reportgen.results import Bools, Clustering, Floats, Ints

TREES, TREES_LARGE = 200, 100
NEIGHBOURS = 20
CLIP = 20.0
"""Interquartile ranges from the median beyond which a value is no farther away (METHODS.md 4.2)."""
EXACT_ROWS = 20_000
"""Rows up to which neighbours are sought among all; above, among a sample (METHODS.md 4.2 says 50,000, where
all pairs cost 7 s)."""
REFERENCE, REFERENCE_LARGE = 2_000, 1_000
LARGE = 200_000
"""Rows above which fewer trees and a smaller reference sample keep a million rows under ten seconds."""
QUANTILE_ROWS = 50_000
"""Rows, the first in canonical order, that quartiles are taken from."""
UNUSUAL, EXTREME = 3.0, 5.0
"""Upper-side median absolute deviations above the median (METHODS.md 4.3)."""
MAD_TO_SD = 1.4826
"""Makes the MAD of a normal distribution its standard deviation."""
TAIL_ALL, TAIL_SEGMENT = 0.005, 0.01
"""A value is extreme for everyone, or for its segment, if no larger share is as extreme (METHODS.md 4.4)."""
TAIL_REASON = 0.05
"""A column is worth telling as a second or third reason up to this tail."""
REASONS = 3


def score(columns: Columns, features: Features, *, seed: int) -> Floats:
    """(n,) how unusual each customer is over all behaviour columns; higher is more unusual, median 0.

    Parameters
    ----------
    columns
        The table; ``behaviour`` names the columns looked at, whether or not segments are built from them.
    features
        Gives the canonical order of the rows.
    seed
        Of the forest and of the reference sample on large tables.
    """
    table = _table(columns)
    if table.shape[1] == 0 or len(table) < 3:
        return np.zeros(len(table))
    x = table[features.order]
    with threadpool_limits(1):
        total = _standard(_forest(x, seed)) + _standard(_neighbours(_robust(x), seed))
    scores = np.empty(len(x))
    scores[features.order] = total / 2
    scores -= np.median(scores)
    return scores


def detect(scores: Floats, columns: Columns, features: Features, clustering: Clustering) -> Detection:
    """Flag the customers above the threshold and say what is unusual about each."""
    middle = float(np.median(scores))
    spread = MAD_TO_SD * float(np.median(scores[scores >= middle] - middle))
    if spread <= 0:  # more than half of the customers are the same: any other would be flagged
        spread = float(scores.std())
    threshold, extreme = middle + UNUSUAL * spread, middle + EXTREME * spread
    flagged = scores > threshold if spread > 0 else np.zeros(scores.size, dtype=bool)
    rows = np.flatnonzero(flagged)
    rows = rows[np.lexsort((features.order.argsort()[rows], -scores[rows]))]
    return Detection(
        scores=scores,
        threshold=threshold,
        extreme_threshold=extreme,
        flagged=flagged,
        anomalies=_explain(rows, scores, scores > extreme, columns, features, clustering),
        notes=(),
    )


# ------------------------------------------------------------------ scores


def _table(columns: Columns) -> Floats:
    """(n, b) behaviour columns without missing values; a category is how surprising its level is."""
    parts = []
    for name in columns.behaviour:
        column = columns[name]
        known = column.values[~np.isnan(column.values)]
        if known.size == 0:
            continue
        if column.levels and not column.ordered:
            codes = np.where(np.isnan(column.values), len(column.levels), column.values).astype(np.int64)
            counts = np.bincount(codes, minlength=len(column.levels) + 1)
            parts.append(-np.log(counts[codes] / codes.size))
        else:
            parts.append(np.where(np.isnan(column.values), np.median(known), column.values))
    return np.column_stack(parts) if parts else np.empty((columns.rows_used, 0))


def _robust(x: Floats) -> Floats:
    low, middle, high = np.quantile(x[:QUANTILE_ROWS], [0.25, 0.5, 0.75], axis=0)
    spread = high - low
    spread = np.where(spread > 0, spread, x.std(axis=0))
    return np.asarray(np.clip((x - middle) / np.where(spread > 0, spread, 1), -CLIP, CLIP))


def _forest(x: Floats, seed: int) -> Floats:
    forest = IsolationForest(n_estimators=TREES if len(x) <= LARGE else TREES_LARGE, random_state=seed)
    small = x.astype(np.float32)
    return np.asarray(-forest.fit(small).score_samples(small))


def _neighbours(x: Floats, seed: int) -> Floats:
    n = len(x)
    wanted = min(NEIGHBOURS, n - 1)
    if n <= EXACT_ROWS:
        index = NearestNeighbors(n_neighbors=wanted, algorithm="brute").fit(x)
        return np.asarray(index.kneighbors()[0].mean(axis=1))
    rows = np.random.default_rng([seed, 30]).permutation(n)[: REFERENCE if n <= LARGE else REFERENCE_LARGE]
    index = NearestNeighbors(n_neighbors=wanted, algorithm="brute").fit(x[rows])
    return np.asarray(index.kneighbors(x)[0].mean(axis=1))


def _standard(values: Floats) -> Floats:
    spread = values.std()
    return np.asarray((values - values.mean()) / (spread if spread > 0 else 1.0))


# ------------------------------------------------------------------ reasons


def _explain(
    rows: Ints, scores: Floats, extreme: Bools, columns: Columns, features: Features, clustering: Clustering
) -> tuple[Anomaly, ...]:
    shown = [columns[name] for name in columns.behaviour if _measurable(columns[name])]
    labels = clustering.labels
    members = [np.flatnonzero(labels == i) for i in range(clustering.k)]
    own = labels[rows]
    m, c = len(rows), len(shown)
    value, typical, z = np.empty((m, c)), np.full((m, c), np.nan), np.zeros((m, c))
    # Customers strictly below and above the value, among everyone and in the own segment, and how many there are.
    everyone, segment = np.zeros((2, m, c), dtype=np.int64), np.zeros((2, m, c), dtype=np.int64)
    known, known_own = np.ones((m, c), dtype=np.int64), np.ones((m, c), dtype=np.int64)
    for j, column in enumerate(shown):
        value[:, j] = column.values[rows]
        peers = _sorted(column.values)
        everyone[:, :, j], known[:, j] = _sides(peers, value[:, j]), peers.size
        for i, rows_of_segment in enumerate(members):
            inside = own == i
            peers = _sorted(column.values[rows_of_segment])
            if inside.any() and peers.size:
                segment[:, inside, j], known_own[inside, j] = _sides(peers, value[inside, j]), peers.size
                typical[inside, j] = np.median(peers)
        z[:, j] = _robust_z(column, features, rows)
    missing = np.isnan(value)
    up, up_own = everyone[0] >= everyone[1], segment[0] >= segment[1]
    tail = np.where(missing, 1.0, 1 - everyone.max(axis=0) / known)
    tail_own = np.where(missing, 1.0, 1 - segment.max(axis=0) / known_own)
    anomalies = []
    for r, row in enumerate(rows):
        scope: Literal["everyone", "segment", "combination"]
        if (tail[r] <= TAIL_ALL).any():
            scope, strength, side = "everyone", tail[r], up[r]
        elif (tail_own[r] <= TAIL_SEGMENT).any():
            scope, strength, side = "segment", tail_own[r], up_own[r]
        else:
            scope, strength = "combination", np.minimum(tail[r], tail_own[r])
            side = np.where(tail[r] <= tail_own[r], up[r], up_own[r])
        reasons: list[Reason] = []
        for j in np.lexsort((-z[r], strength))[:REASONS]:
            if missing[r, j] or (reasons and scope != "combination" and strength[j] > TAIL_REASON):
                continue
            beyond = 0 if side[j] else 1
            reasons.append(
                Reason(
                    column=shown[j].name,
                    value=float(value[r, j]),
                    higher=bool(side[j]),
                    beyond_all=float(everyone[beyond, r, j] / known[r, j]),
                    as_extreme=int(known[r, j] - everyone[beyond, r, j] - 1),
                    beyond_segment=float(segment[beyond, r, j] / known_own[r, j]),
                    segment_median=float(typical[r, j]),
                    robust_z=float(z[r, j]),
                )
            )
        anomalies.append(
            Anomaly(
                row=int(row),
                score=float(scores[row]),
                extreme=bool(extreme[row]),
                scope=scope,
                reasons=tuple(reasons),
            )
        )
    return tuple(anomalies)


def _measurable(column: Column) -> bool:
    return column.numeric and bool(np.isfinite(column.values).any())


def _sorted(values: Floats) -> Floats:
    """The known values in order."""
    return np.sort(values[~np.isnan(values)])


def _sides(known: Floats, values: Floats) -> tuple[Ints, Ints]:
    """How many of the sorted ``known`` are strictly below, and strictly above, each value."""
    return np.searchsorted(known, values, "left"), known.size - np.searchsorted(known, values, "right")


def _robust_z(column: Column, features: Features, rows: Ints) -> Floats:
    """Distance from the median in robust standard deviations, on the scale of the feature if there is one."""
    if column.name in features.sources:
        scaled = features.matrix[:, features.sources.index(column.name)]
    else:
        scaled = np.sign(column.values) * np.log1p(np.abs(column.values))
    low, middle, high = np.nanquantile(scaled, [0.25, 0.5, 0.75])
    spread = (high - low) / 1.349
    if not spread > 0:
        spread = float(np.nanstd(scaled)) or 1.0
    return np.asarray(np.nan_to_num(np.abs(scaled[rows] - middle) / spread))
