"""Turn raw columns and assignments into facts: the only place where a number becomes something that can be said.

`profile` measures every column by segment once; `Facts` answers questions about it. Each answer is a
`Fact` that names its statistic, column, segments and condition, so that ``verify`` (which shares no
code with this module) can compute it again from the table. All statistics are on raw values.

Formulas (documented for outsiders in evidence.schema.json):

* ``share_of_total``: the segments' sum / everyone's sum (columns without negative values only);
* ``ratio_to_average``: mean of the segments / mean of everyone;
* ``share_where``: customers of the segments who meet the condition / customers of the segments
  (a missing value meets no condition);
* ``mix``: sum of one part / sum of the parts, over the segments' customers;
* ``auc``: A12 = P(in > out) + P(in = out)/2 (Vargha & Delaney 2000, J. Educ. Behav. Stat. 25), from mid-ranks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import rankdata

from reportgen.lexicon.moments import moment
from reportgen.results import (
    Clustering,
    Column,
    Columns,
    Condition,
    Fact,
    Profile,
    Role,
    Use,
)  # fmt: skip

if TYPE_CHECKING:
    from reportgen.results import Bools, Floats, Ints


EQUAL = 1e-9
"""Relative: means this close are the same, whatever the order of adding up."""

FEWEST_PERIODS, SAME_SUM, MOSTLY_SUM = 3, 0.01, 0.9
"""So many columns named by a time have a total in the file where another is their sum, for so many customers."""

ENOUGH, ENOUGH_SHARE = 10, 0.10
"""So many known values, and so large a share of the members, before a statistic speaks of a segment."""


def profile(columns: Columns, clustering: Clustering) -> Profile:
    """Measure every column that is used, by segment and for everyone.

    Segments are put in the order of the report: highest mean of the value column first, else largest first.
    """
    k = clustering.k
    used = columns.used(Use.CLUSTERING, Use.PROFILE)
    numeric = [c for c in used if c.numeric and c.role is not Role.CONSTANT]
    order = _report_order(columns, clustering)
    position = np.empty(k, dtype=np.int64)
    position[list(order)] = np.arange(k)
    member = position[clustering.labels]
    rows = [np.flatnonzero(member == i) for i in range(k)]
    n, c = len(member), len(numeric)
    shape = (k + 1, c)
    known = np.zeros(shape, dtype=np.int64)
    mean, median, total, nonzero, above, below = (np.full(shape, np.nan) for _ in range(6))
    quartiles = np.full((*shape, 2), np.nan)
    auc = np.full((k, c), np.nan)
    for j, column in enumerate(numeric):
        x = column.values
        ok = ~np.isnan(x)
        if not ok.any():
            continue
        everyone_median = float(np.median(x[ok]))
        for i, index in enumerate([*rows, np.arange(n)]):
            mine = x[index][ok[index]]
            known[i, j] = len(mine)
            if not len(mine):
                nonzero[i, j] = 0.0
                continue
            low, mid, high = np.quantile(mine, (0.25, 0.5, 0.75))
            mean[i, j], median[i, j], total[i, j] = mine.mean(), mid, mine.sum()
            quartiles[i, j] = low, high
            nonzero[i, j] = np.count_nonzero(mine) / len(index)
            above[i, j] = np.count_nonzero(mine > everyone_median) / len(mine)
            below[i, j] = np.count_nonzero(mine < everyone_median) / len(mine)
        ranks = rankdata(x[ok])
        mine_of = member[ok]
        sums = np.bincount(mine_of, weights=ranks, minlength=k)
        sizes = np.bincount(mine_of, minlength=k)
        rest = sizes.sum() - sizes
        with np.errstate(invalid="ignore", divide="ignore"):
            auc[:, j] = (sums - sizes * (sizes + 1) / 2) / (sizes * rest)
    level_shares = {}
    for column in used:
        if column.levels:
            codes = np.where(np.isnan(column.values), -1, column.values).astype(np.int64)
            counts = np.zeros((k + 1, len(column.levels)))
            for i, index in enumerate([*rows, np.arange(n)]):
                seen = codes[index]
                counts[i] = np.bincount(seen[seen >= 0], minlength=len(column.levels)) / max(len(index), 1)
            level_shares[column.name] = counts
    return Profile(
        clusters=order,
        columns=tuple(c.name for c in numeric),
        size=np.array([*(len(r) for r in rows), n], dtype=np.int64),
        known=known,
        mean=mean,
        median=median,
        total=total,
        nonzero=nonzero,
        above=above,
        below=below,
        quartiles=quartiles,
        auc=auc,
        level_shares=level_shares,
    )


def enough(profile: Profile) -> Bools:
    """(k + 1, columns) of whom a column is known of enough customers, see `Facts.enough`; the last is everyone."""
    size = profile.size[:, None]
    known = profile.known
    found: Bools = (known > 0) & (known >= np.minimum(ENOUGH, size / 2)) & (known / size >= ENOUGH_SHARE)
    return found


def _report_order(columns: Columns, clustering: Clustering) -> tuple[int, ...]:
    if columns.value_column is None:
        return tuple(range(clustering.k))
    x = columns[columns.value_column].values
    means = []
    for cluster in range(clustering.k):
        mine = x[clustering.labels == cluster]
        mine = mine[~np.isnan(mine)]
        means.append(float(mine.mean()) if len(mine) else -np.inf)
    return tuple(sorted(range(clustering.k), key=lambda i: (-means[i], i)))


class Facts:
    """Answers about the table, each one a `Fact`.

    ``segments`` everywhere is a sequence of 0-based positions in the report; empty means everyone.
    """

    def __init__(self, columns: Columns, clustering: Clustering, profile: Profile) -> None:
        self.columns = columns
        self.profile = profile
        self.k = clustering.k
        self.n = len(clustering.labels)
        position = np.empty(self.k, dtype=np.int64)
        position[list(profile.clusters)] = np.arange(self.k)
        self.member: Ints = position[clustering.labels]
        self._index = {name: j for j, name in enumerate(profile.columns)}
        # A million rows take a megabyte for each mask, so only the latest are kept.
        self._holds = lru_cache(maxsize=64)(self._meets)
        self._rows = lru_cache(maxsize=64)(self._members)
        self._spread = lru_cache(maxsize=4096)(self._error)

    # ------------------------------------------------------------------ plumbing

    def has(self, column: str) -> bool:
        """Whether statistics of the column exist."""
        return column in self._index

    @cached_property
    def periods(self) -> Mapping[str, str]:
        """Column of one month or year -> the column that is the sum of all of them, derived or in the file.

        What is to be said of one month among many is said of their total.
        """
        found = self.columns.periods()
        used = [
            c for c in self.columns.used(Use.CLUSTERING, Use.PROFILE) if self.has(c.name) and not c.levels
        ]
        months = [c for c in used if moment(c.name) and c.name not in found]
        if len(months) < FEWEST_PERIODS:
            return found
        added = np.sum([np.nan_to_num(c.values) for c in months], axis=0)
        for column in used:
            if column in months or column.derived_from:
                continue
            with np.errstate(invalid="ignore"):
                same = np.abs(column.values - added) <= SAME_SUM * np.maximum(np.abs(added), 1.0)
            if np.count_nonzero(same) >= MOSTLY_SUM * self.n:
                return {**found, **{c.name: column.name for c in months}}
        return found

    def enough(self, column: str, segment: int) -> bool:
        """Whether the column is known of enough members to speak of the segment.

        The value of one or two persons is not a trait of their group, and printing it would say what they have.
        In a segment so small that ten are most of it, half of the members are enough.
        """
        return bool(enough(self.profile)[segment, self._index[column]])

    def known_everywhere(self, column: str) -> bool:
        """Whether the column is known of enough members of every segment."""
        return all(self.enough(column, i) for i in range(self.k))

    def mostly_known(self, column: str, segment: int) -> bool:
        """Whether the column is known of at least half of the segment's members."""
        known = int(self.profile.known[segment, self._index[column]])
        return known > 0 and 2 * known >= int(self.profile.size[segment])

    def unknown(self, column: str, segment: int | None = None) -> float:
        """Share of the segment's (everyone's) customers of whom the column is not known."""
        row = self.k if segment is None else segment
        return 1.0 - float(self.profile.known[row, self._index[column]]) / float(self.profile.size[row])

    def column(self, name: str) -> Column:
        """The column of that name."""
        return self.columns[name]

    def at(self, statistic: str, column: str, segment: int | None = None) -> float:
        """One number of the profile: ``mean``, ``median``, ``nonzero``, ``auc`` ...; segment None is everyone."""
        array: Any = getattr(self.profile, statistic)
        return float(array[self.k if segment is None else segment, self._index[column]])

    def _ids(self, segments: Sequence[int]) -> tuple[str, ...]:
        return tuple(f"S{i + 1}" for i in segments)

    def rows(self, segments: Sequence[int]) -> Bools:
        """(n,) who is in the segments."""
        return self._rows(tuple(segments))

    def _members(self, segments: tuple[int, ...]) -> Bools:
        chosen = np.zeros(self.k, dtype=bool)
        chosen[list(segments or range(self.k))] = True
        mask: Bools = chosen[self.member]
        return mask

    def _values(self, column: str, segments: Sequence[int]) -> Floats:
        x = self.columns[column].values[self.rows(segments)]
        return x[~np.isnan(x)]

    def _sum(self, column: str, segments: Sequence[int]) -> tuple[float, float]:
        """(sum, known values), from the profile where it has them."""
        if column in self._index:
            j, rows = self._index[column], list(segments) or [self.k]
            known = self.profile.known[rows, j]
            return float(np.nansum(self.profile.total[rows, j])), float(known.sum())
        x = self._values(column, segments)
        return float(x.sum()), float(len(x))

    def _meets(self, condition: Condition) -> Bools:
        column = self.columns[condition.column]
        x = column.values
        if condition.op == "missing":
            return np.isnan(x)
        if condition.of:
            whole = np.zeros(self.n)
            for part in condition.of:
                whole = whole + np.nan_to_num(self.columns[part].values)
            with np.errstate(invalid="ignore", divide="ignore"):
                x = np.where(whole > 0, np.nan_to_num(x) / whole, np.nan)
        value: float
        if isinstance(condition.value, str):
            value = float(column.levels.index(condition.value))
        else:
            value = condition.value
        ok = ~np.isnan(x)
        compare = {
            ">": np.greater, ">=": np.greater_equal, "<": np.less,
            "<=": np.less_equal, "==": np.equal, "!=": np.not_equal,
        }  # fmt: skip
        result: Bools = compare[condition.op](x, value) & ok
        return result

    def meets(self, conditions: Sequence[Condition]) -> Bools:
        """(n,) who meets all conditions."""
        mask = np.ones(self.n, dtype=bool)
        for condition in conditions:
            mask = mask & self._holds(condition)
        return mask

    # ------------------------------------------------------------------ facts

    def everyone(self) -> Fact:
        """How many customers there are."""
        return Fact(statistic="count", value=float(self.n))

    def count(self, segments: Sequence[int] = (), where: Sequence[Condition] = ()) -> Fact:
        """Customers of the segments (who meet all of ``where``)."""
        value = float(np.count_nonzero(self.rows(segments) & self.meets(where)))
        return Fact(
            statistic="count",
            value=value,
            segments=self._ids(segments),
            where=tuple(where),
            column=where[0].column if where else "",
        )

    def share(self, segments: Sequence[int]) -> Fact:
        """The segments' share of customers."""
        value = float(np.count_nonzero(self.rows(segments)) / self.n)
        return Fact(statistic="share_of_customers", value=value, segments=self._ids(segments))

    def mean(self, column: str, segments: Sequence[int] = ()) -> Fact:
        """Mean of the known values."""
        total, known = self._sum(column, segments)
        value = total / known if known else float("nan")
        return Fact(statistic="mean", value=value, column=column, segments=self._ids(segments))

    def median(self, column: str, segments: Sequence[int] = ()) -> Fact:
        """Median of the known values: what the typical customer has."""
        if column in self._index and len(segments) < 2:
            value = self.at("median", column, segments[0] if segments else None)
        else:
            x = self._values(column, segments)
            value = float(np.median(x)) if len(x) else float("nan")
        return Fact(statistic="median", value=value, column=column, segments=self._ids(segments))

    def total(self, column: str, segments: Sequence[int] = ()) -> Fact:
        """Sum of the known values."""
        value = self._sum(column, segments)[0]
        return Fact(statistic="sum", value=value, column=column, segments=self._ids(segments))

    def share_of_total(self, column: str, segments: Sequence[int]) -> Fact:
        """The segments' part of everyone's sum."""
        whole = self._sum(column, ())[0]
        value = self._sum(column, segments)[0] / whole if whole > 0 else float("nan")
        return Fact(statistic="share_of_total", value=value, column=column, segments=self._ids(segments))

    def ratio(self, column: str, segments: Sequence[int]) -> Fact:
        """Mean of the segments against the mean of everyone."""
        whole = self.mean(column).value
        value = self.mean(column, segments).value / whole if whole > 0 else float("nan")
        return Fact(statistic="ratio_to_average", value=value, column=column, segments=self._ids(segments))

    def share_where(
        self, conditions: Sequence[Condition], segments: Sequence[int] = (), *, rest: bool = False
    ) -> Fact:
        """Share of the segments' customers who meet all conditions; with ``rest`` of all the other customers."""
        if rest:
            segments = [i for i in range(self.k) if i not in segments]
        mask = self.rows(segments)
        value = float(np.count_nonzero(mask & self.meets(conditions))) / max(int(mask.sum()), 1)
        return Fact(
            statistic="share_where",
            value=value,
            column=conditions[0].column,
            segments=self._ids(segments),
            where=tuple(conditions),
        )

    def mix(self, part: str, parts: Sequence[str], segments: Sequence[int] = ()) -> Fact:
        """Sum of one part against the sum of the parts."""
        whole = sum(self._sum(p, segments)[0] for p in parts)
        value = self._sum(part, segments)[0] / whole if whole > 0 else float("nan")
        return Fact(
            statistic="mix", value=value, column=part, segments=self._ids(segments), against=tuple(parts)
        )

    def auc(self, column: str, segment: int) -> Fact:
        """A12 of the segment against the rest."""
        return Fact(
            statistic="auc",
            value=self.at("auc", column, segment),
            column=column,
            segments=self._ids([segment]),
        )

    def rank(self, column: str, segment: int) -> Fact:
        """Position of the segment's mean among all segments, 1 is highest."""
        means = [self.at("mean", column, i) for i in range(self.k)]
        value = 1.0 + sum(m > means[segment] for m in means)
        return Fact(statistic="rank", value=value, column=column, segments=self._ids([segment]))

    def difference(self, column: str, segment: int, other: int) -> Fact:
        """Mean of one segment less the mean of another."""
        value = self.at("mean", column, segment) - self.at("mean", column, other)
        return Fact(
            statistic="difference",
            value=value,
            column=column,
            segments=self._ids([segment]),
            against=self._ids([other]),
        )

    def sides(self, segment: int) -> tuple[int, int, int]:
        """In how many of the measures behind the segments its mean is above everyone's, below, and of how many."""
        means = [
            (self.at("mean", c.name, segment), self.at("mean", c.name))
            for c in self.columns.used(Use.CLUSTERING)
            if self.has(c.name) and not c.levels and c.role is not Role.FLAG and self.enough(c.name, segment)
        ]
        known = [(mine, everyone) for mine, everyone in means if np.isfinite(mine) and np.isfinite(everyone)]
        apart = [m - e for m, e in known if abs(m - e) > EQUAL * max(abs(m), abs(e))]
        return sum(d > 0 for d in apart), sum(d < 0 for d in apart), len(known)

    def apart(self, column: str, one: int, other: int) -> float:
        """How far two segments lie apart, |2 A12 - 1| of one against the other, 0..1."""
        x, y = self._values(column, [one]), self._values(column, [other])
        if not len(x) or not len(y):
            return float("nan")
        ranks = rankdata(np.concatenate([x, y]))[: len(x)].sum()
        a12 = (ranks - len(x) * (len(x) + 1) / 2) / (len(x) * len(y))
        return abs(2 * float(a12) - 1)

    def clear_rank(self, column: str, segment: int, *, highest: bool, z: float = 2.58) -> bool:
        """Whether the segment's mean is highest (lowest) and the 99 % interval to the runner-up excludes 0."""
        sign = 1.0 if highest else -1.0
        means = [sign * self.at("mean", column, i) for i in range(self.k)]
        others = [(m, i) for i, m in enumerate(means) if i != segment]
        if not others or not np.isfinite(means).all() or not self.known_everywhere(column):
            return False  # nobody knows who is first where one is not known
        best, runner = max(others)
        if means[segment] <= best:
            return False
        error = 0.0
        for i in (segment, runner):
            error += self._spread(column, i)
        return bool(means[segment] - best > z * error**0.5)

    def _error(self, column: str, segment: int) -> float:
        """Squared standard error of the segment's mean; infinite for fewer than two known values."""
        x = self._values(column, [segment])
        return float(x.var(ddof=1)) / len(x) if len(x) > 1 else float("inf")


def measure(name: str, value: float, segments: tuple[str, ...] = ()) -> Fact:
    """A figure about the model, found again in evidence.json under ``model.measures``."""
    return Fact(statistic="measure", value=value, column=name, segments=segments)
