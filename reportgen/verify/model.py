"""Turn the evidence's model and the raw table into features, assignments and what follows from them.

Formulas, for one customer with raw value x:

* numeric column: missing -> ``fill``; then by ``method``: ``yeo-johnson`` with power l:
  ((1+x)^l - 1)/l for x >= 0 (log(1+x) when l = 0), -((1-x)^(2-l) - 1)/(2-l) for x < 0 (-log(1-x) when l = 2);
  ``log``: sign(x) log(1+|x|); ``rank``: position between the knots, 0 to 1 (knots that coincide count as their
  middle); then clip to ``low`` .. ``high``, subtract ``center``, divide by ``scale``;
* category: one number per level l: ([x = l] - p_l) / sqrt(p_l) * weight, rare levels first replaced by ``groups``;
* assignment: the centroid with the smallest Euclidean distance;
* borderline: distance to the nearest centroid > .9 of the distance to the second nearest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reportgen.errors import ReportError
from reportgen.verify.reading import Evidence, Step
from reportgen.verify.table import Customers, Values

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]

BORDERLINE = 0.9
EXACT_WARD = 10_000
"""Rows up to which Ward's tree has one leaf per customer, so that it can be grown again here."""
MOST_CELLS = 400_000_000
_TIE = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """The model, applied."""

    matrix: Floats
    """(n, p)"""
    labels: Ints
    """(n,) 0-based segment."""
    near: Bools
    """(n,) near the border of another segment."""
    tied: int
    """Customers whose two nearest centroids are equally far, as far as numbers can tell."""
    inertia: float


def apply(evidence: Evidence, customers: Customers, report: str) -> Model:
    """Compute every customer's features and segment."""
    width = sum(step.width for step in evidence.steps)
    for i, row in enumerate(evidence.centroids):
        if len(row) != width:
            raise ReportError(
                f"{report}: evidence.json, model.centroids[{i}]: {len(row)} numbers for {width} columns of the matrix; "
                "the report was changed or is not ours"
            )
    if width * customers.n > MOST_CELLS:
        raise ReportError(
            f"{report}: evidence.json, model.transform: {width:,} columns of features are too many"
        )
    matrix = np.empty((customers.n, width))
    at = 0
    with np.errstate(all="ignore"):
        for step in evidence.steps:
            column = customers.columns.get(step.column)
            if column is None:
                raise ReportError(
                    f"{report}: evidence.json, model.columns: {step.column!r} is not in the table"
                )
            matrix[:, at : at + step.width] = feature(step, column)
            at += step.width
        matrix = np.nan_to_num(matrix, nan=0.0, posinf=1e150, neginf=-1e150)
        centroids = np.asarray(evidence.centroids)
        distances = np.empty((customers.n, evidence.k))
        for j, centroid in enumerate(centroids):
            distances[:, j] = np.sqrt(((matrix - centroid) ** 2).sum(axis=1))
        labels = distances.argmin(axis=1)
        if evidence.k > 1:
            two = np.partition(distances, 1, axis=1)
            near = two[:, 0] > BORDERLINE * two[:, 1]
            tied = int((two[:, 1] - two[:, 0] <= _TIE * two[:, 1]).sum())
        else:
            near, tied = np.zeros(customers.n, dtype=bool), 0
        inertia = float((distances.min(axis=1) ** 2).sum())
    return Model(matrix=matrix, labels=labels, near=near, tied=tied, inertia=inertia)


def feature(step: Step, column: Values) -> Floats:
    """(n, width) numbers of one column."""
    x = column.values
    if step.fill is not None:
        x = np.where(np.isnan(x), step.fill, x)
    if step.kind == "category":
        return _indicators(step, column, x)
    if step.method == "yeo-johnson" and step.power is not None:
        x = _bend(x, step.power)
    elif step.method == "log":
        x = np.sign(x) * np.log1p(np.abs(x))
    elif step.method == "rank":
        x = _position(x, np.asarray(step.knots))
    if step.low is not None:
        x = np.maximum(x, step.low)
    if step.high is not None:
        x = np.minimum(x, step.high)
    return np.asarray((x - step.center) / step.scale)[:, None]


def _bend(x: Floats, power: float) -> Floats:
    high, low = np.maximum(x, 0), np.maximum(-x, 0)
    up = np.log1p(high) if power == 0 else ((high + 1) ** power - 1) / power
    down = np.log1p(low) if power == 2 else ((low + 1) ** (2 - power) - 1) / (2 - power)
    return np.where(x >= 0, up, -down)


def _position(x: Floats, knots: Floats) -> Floats:
    places = np.arange(knots.size) / (knots.size - 1)
    distinct = np.unique(knots)
    middle = np.array([places[knots == value].mean() for value in distinct])
    return np.asarray(np.interp(x, distinct, middle))


def _indicators(step: Step, column: Values, x: Floats) -> Floats:
    place = {level: i for i, level in enumerate(step.levels)}
    lookup = np.array([place.get(step.groups.get(level, level), -1) for level in column.levels] or [-1])
    codes = np.where((x >= 0) & (x < len(lookup)), x, 0).astype(np.int64)
    met = lookup[codes][:, None] == np.arange(len(step.levels))[None, :]
    shares = np.asarray(step.shares)
    return np.asarray((met - shares) / np.sqrt(shares) * step.weight)


def canonical_order(columns: list[Values]) -> Ints:
    """(n,) rows in the order of a 64-bit hash of their values: the order in which everything random was drawn.

    The hash starts at 0 and takes in one column after the other: h = mix(h xor mix(bits of x)), mix being the
    finaliser of SplitMix64; equal hashes keep the order of the file.
    """
    state = np.zeros(columns[0].values.size, dtype=np.uint64)
    for column in columns:
        x = column.values + 0.0
        x = np.where(np.isnan(x), np.nan, x)
        state = _mix(state ^ _mix(x.view(np.uint64)))
    return np.argsort(state, kind="stable").astype(np.int64)


def _mix(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    bits = bits + np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        bits = (bits ^ (bits >> np.uint64(shift))) * np.uint64(factor)
    return bits ^ (bits >> np.uint64(31))


def projection_variance(matrix: Floats) -> float:
    """Share of the variance that the first two principal components carry."""
    centered = matrix - matrix.mean(axis=0)
    values = np.sort(np.linalg.eigvalsh(centered.T @ centered))[::-1]
    return float(values[:2].sum() / values.sum()) if values.sum() > 0 else 1.0


def agreement(model: Model, order: Ints, k: int) -> float | None:
    """Share of customers whom Ward's tree, cut at k groups, puts in the matching group; None above 10,000 rows.

    Groups are matched one to one so that the share is largest (Hungarian method).
    """
    n = len(model.labels)
    if n > EXACT_WARD or n <= k:
        return None
    import fastcluster
    from scipy.optimize import linear_sum_assignment
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    linkage = fastcluster.linkage_vector(np.ascontiguousarray(model.matrix[order]), method="ward")
    # The first n - k mergers, as a graph of leaves and inner nodes: its components are the groups.
    kept = linkage[: n - k, :2].astype(np.int64)
    nodes = np.arange(n, n + len(kept))
    ends = np.concatenate([kept[:, 0], kept[:, 1]])
    graph = coo_array((np.ones(ends.size), (np.concatenate([nodes, nodes]), ends)), shape=(2 * n, 2 * n))
    components = connected_components(graph, directed=False)[1][:n]
    _, groups = np.unique(components, return_inverse=True)
    both = np.zeros((k, k))
    np.add.at(both, (model.labels[order], groups), 1)
    rows, columns = linear_sum_assignment(-both)
    return float(both[rows, columns].sum() / n)
