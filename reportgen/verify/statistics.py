"""Turn a claim and the raw table into the number that the claim should have.

Formulas, on raw values, missing ones left out; ``members`` are the customers of the claim's segments, taken
together, or everyone:

* ``count``: members who meet the conditions; ``share_of_customers``: members / everyone;
* ``mean``, ``median``, ``sum``: of the column over members;
* ``share_of_total``: members' sum / everyone's sum; ``ratio_to_average``: members' mean / everyone's mean;
* ``share_where``: members who meet all conditions / all members (a missing value meets none but ``missing``);
* ``rank``: 1 + number of segments with a higher mean than the segment's;
* ``mix``: members' sum of the column / members' sum of all columns in ``against``;
* ``difference``: members' mean - mean of the segments in ``against``;
* ``auc``: share of pairs (member, other customer) in which the member has more, ties counting one half (A12);
* ``measure``: a figure about the model, see ``measure``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from reportgen.verify import model as modelling
from reportgen.verify import unusual as anomalies
from reportgen.verify.reading import Claim, Condition, Evidence, Segment
from reportgen.verify.table import Customers, Values

if TYPE_CHECKING:
    from reportgen.verify.model import Bools, Floats, Ints, Model
    from reportgen.verify.unusual import Unusual

DIGITS = 4e-12
"""The evidence keeps twelve significant digits: a limit this near to a raw value is that value."""
SAME = 1e-9
"""Relative: what adding up in another order may change."""


class NotComputable(Exception):
    """The claim asks for something that the table cannot give; the message says what."""


def same(said: float, computed: float, scale: float = 0.0) -> bool:
    """Whether two numbers are the same but for the order of adding up; ``scale`` is the size of what was subtracted."""
    if math.isnan(said) or math.isnan(computed):
        return math.isnan(said) and math.isnan(computed)
    return abs(said - computed) <= SAME * max(abs(said), abs(computed), scale) + 1e-15


class Calculator:
    """Computes claims from one table and one model."""

    def __init__(self, evidence: Evidence, customers: Customers, model: Model) -> None:
        self.evidence = evidence
        self.customers = customers
        self.model = model
        self.n = customers.n
        self._members: dict[tuple[str, ...], Bools] = {}
        self._met: dict[Condition, Bools] = {}
        self._order: Ints | None = None
        self._unusual: Unusual | None = None
        self._scored = False
        self._agreement: float | None = None
        self._grown = False

    # ------------------------------------------------------------------ who

    def members(self, segments: tuple[str, ...]) -> Bools:
        """(n,) who is in the segments; everyone for none."""
        if segments not in self._members:
            if segments:
                numbers = [int(s[1:]) - 1 for s in segments]
                self._members[segments] = np.isin(self.model.labels, numbers)
            else:
                self._members[segments] = np.ones(self.n, dtype=bool)
        return self._members[segments]

    def column(self, name: str) -> Values:
        """The column of that name."""
        if name not in self.customers.columns:
            raise NotComputable(f"no column {name!r}" if name else "no column is named")
        return self.customers.columns[name]

    def known(self, name: str, segments: tuple[str, ...]) -> Floats:
        """Known values of the column over the members."""
        column = self.column(name)
        if not column.numeric:
            raise NotComputable(f"{name} holds no numbers")
        x = column.values[self.members(segments)]
        return x[~np.isnan(x)]

    def meets(self, condition: Condition) -> Bools:
        """(n,) for whom the condition holds."""
        if condition not in self._met:
            self._met[condition] = self._meets(condition)
        return self._met[condition]

    def _meets(self, condition: Condition) -> Bools:
        column = self.column(condition.column)
        x = column.values
        if condition.op == "missing":
            return np.isnan(x)
        if condition.of:
            parts = np.nansum([self.column(part).values for part in condition.of], axis=0)
            with np.errstate(all="ignore"):
                x = np.where(parts > 0, np.where(np.isnan(x), 0.0, x) / parts, np.nan)
        if isinstance(condition.value, str):
            if condition.value not in column.levels:
                raise NotComputable(f"{condition.column} has no level {condition.value!r}")
            limit = float(column.levels.index(condition.value))
        else:
            limit = condition.value
        known = ~np.isnan(x)
        equal = known & (np.abs(x - limit) <= DIGITS * abs(limit))
        with np.errstate(invalid="ignore"):
            above, below = known & ~equal & (x > limit), known & ~equal & (x < limit)
        return {
            ">": above, ">=": above | equal, "<": below, "<=": below | equal, "==": equal, "!=": known & ~equal,
        }[condition.op]  # fmt: skip

    def meets_all(self, conditions: tuple[Condition, ...]) -> Bools:
        """(n,) for whom all conditions hold."""
        mask = np.ones(self.n, dtype=bool)
        for condition in conditions:
            mask = mask & self.meets(condition)
        return mask

    # ------------------------------------------------------------------ statistics

    def compute(self, claim: Claim) -> tuple[float, float]:
        """The claim's value, and the size of what was subtracted to get it.

        Raises
        ------
        NotComputable
            The claim does not say enough, or names what is not there.
        """
        compute: Callable[[Claim], float] = getattr(self, f"_{claim.statistic}")
        with np.errstate(all="ignore"):
            value = compute(claim)
        scale = 0.0
        if claim.statistic == "difference":
            scale = float(
                np.abs(self.column(claim.column).values[~np.isnan(self.column(claim.column).values)]).mean()
            )
        elif claim.statistic in ("sum", "mean"):
            x = self.known(claim.column, claim.segments)
            scale = (
                float(np.abs(x).sum() if claim.statistic == "sum" else np.abs(x).mean()) if x.size else 0.0
            )
        return value, scale

    def _count(self, claim: Claim) -> float:
        return float(np.count_nonzero(self.members(claim.segments) & self.meets_all(claim.conditions)))

    def _share_of_customers(self, claim: Claim) -> float:
        return float(np.count_nonzero(self.members(claim.segments)) / self.n)

    def _mean(self, claim: Claim) -> float:
        x = self.known(claim.column, claim.segments)
        return float(x.mean()) if x.size else math.nan

    def _median(self, claim: Claim) -> float:
        x = self.known(claim.column, claim.segments)
        return float(np.median(x)) if x.size else math.nan

    def _sum(self, claim: Claim) -> float:
        return float(self.known(claim.column, claim.segments).sum())

    def _share_of_total(self, claim: Claim) -> float:
        whole = float(self.known(claim.column, ()).sum())
        return float(self.known(claim.column, claim.segments).sum()) / whole if whole > 0 else math.nan

    def _ratio_to_average(self, claim: Claim) -> float:
        everyone, mine = self.known(claim.column, ()), self.known(claim.column, claim.segments)
        if not everyone.size or not mine.size or not everyone.mean() > 0:
            return math.nan
        return float(mine.mean() / everyone.mean())

    def _share_where(self, claim: Claim) -> float:
        if not claim.conditions:
            raise NotComputable("no condition is given")
        members = self.members(claim.segments)
        return float(
            np.count_nonzero(members & self.meets_all(claim.conditions))
            / max(int(np.count_nonzero(members)), 1)
        )

    def _rank(self, claim: Claim) -> float:
        if len(claim.segments) != 1:
            raise NotComputable("a rank is that of one segment")
        return float(self.rank(claim.column, claim.segments[0]))

    def rank(self, column: str, segment: str) -> int:
        """Position of the segment's mean, 1 being the highest."""
        means = {s.id: self.known(column, (s.id,)) for s in self.evidence.segments}
        mine = means[segment].mean()
        return 1 + sum(x.size > 0 and bool(x.mean() > mine) for x in means.values())

    def _mix(self, claim: Claim) -> float:
        if claim.column not in claim.against:
            raise NotComputable("the part is not among the parts")
        whole = sum(float(self.known(part, claim.segments).sum()) for part in claim.against)
        return float(self.known(claim.column, claim.segments).sum()) / whole if whole > 0 else math.nan

    def _difference(self, claim: Claim) -> float:
        if not set(claim.against) <= {s.id for s in self.evidence.segments} or not claim.against:
            raise NotComputable("it does not say against which segments")
        mine, others = self.known(claim.column, claim.segments), self.known(claim.column, claim.against)
        return float(mine.mean() - others.mean()) if mine.size and others.size else math.nan

    def _auc(self, claim: Claim) -> float:
        column = self.column(claim.column)
        inside = self.members(claim.segments)
        mine = self.known(claim.column, claim.segments)
        others = column.values[~inside]
        others = np.sort(others[~np.isnan(others)])
        if not mine.size or not others.size:
            return math.nan
        below = np.searchsorted(others, mine, side="left").astype(np.float64)
        upto = np.searchsorted(others, mine, side="right")
        return float((below + upto).sum() / 2 / mine.size / others.size)

    # ------------------------------------------------------------------ measures

    def _measure(self, claim: Claim) -> float:
        value = self.measure(claim.column, claim.segments)
        if value is None:
            raise NotComputable("evidence only")
        return value

    def measure(self, name: str, segments: tuple[str, ...]) -> float | None:
        """A figure about the model, recomputed; None when the table and the model do not give it.

        ``k``, ``rows_read``, ``rows_used``, ``rows_set_aside``, ``columns_used``, ``columns_left_out``,
        ``segments_together``; ``borderline``: share of members whose nearest centroid is more than .9 as far as
        the second; ``projection_variance``: share of the variance in two principal components; ``agreement``
        with Ward's tree; ``unusual``, ``unusual_share``, ``extreme``, ``extreme_share``, ``unusual:COLUMN:high|low``,
        ``unusual:combination``, ``unusual:other``; ``tied:COLUMN``: share of the customers without a value in the
        column for whom the condition ``gaps_tied_to`` holds; ``columns_compared``: columns of numbers, neither flags
        nor with levels, that the segments were built from and that are known of enough members (at least ten or half
        of them, and a tenth of them);
        ``columns_above``, ``columns_below``: in how many of them the first is larger, or smaller.
        """
        evidence = self.evidence
        members = self.members(segments)
        plain: dict[str, Callable[[], float]] = {
            "k": lambda: float(evidence.k),
            "rows_read": lambda: float(self.customers.rows_read),
            "rows_used": lambda: float(self.n),
            "rows_set_aside": lambda: float(self.customers.rows_set_aside),
            "columns_used": lambda: float(len(evidence.steps)),
            "columns_left_out": lambda: float(sum(p.used_for == "left out" for p in evidence.preparation)),
            "segments_together": lambda: float(len(segments)),
            "borderline": lambda: float(self.model.near[members].mean()) if members.any() else math.nan,
            "projection_variance": lambda: modelling.projection_variance(self.model.matrix),
        }
        if name == "segments_together" and not segments:
            return None
        if name in plain:
            return plain[name]()
        if name == "agreement" and not segments:
            return self.agreement()
        if name in ("columns_compared", "columns_above", "columns_below"):
            return self._sides(name, segments)
        if name.startswith("tied:"):
            return self._tied(name.removeprefix("tied:"))
        if name.split(":")[0] in ("unusual", "unusual_share", "extreme", "extreme_share"):
            return self._odd(name, members)
        return None

    def _sides(self, name: str, segments: tuple[str, ...]) -> float:
        """On which side of everyone's mean the members' means lie; one that is the same but for rounding is on none."""
        signs = []
        for prepared in self.evidence.preparation:
            if prepared.used_for != "clustering" or prepared.levels or prepared.role == "flag":
                continue
            column = self.customers.columns.get(prepared.column)
            if column is None or not column.numeric:
                continue
            mine, everyone = self.known(prepared.column, segments), self.known(prepared.column, ())
            members = int(np.count_nonzero(self.members(segments)))
            if mine.size and 10 * mine.size >= members and (mine.size >= 10 or 2 * mine.size >= members):
                m, e = float(mine.mean()), float(everyone.mean())
                signs.append(0 if same(m, e) else 1 if m > e else -1)
        if name == "columns_compared":
            return float(len(signs))
        return float(signs.count(1 if name == "columns_above" else -1))

    def order(self) -> Ints:
        """Rows in canonical order: by the columns used for clustering, then the others that unusualness looks at."""
        if self._order is None:
            used = [p.column for p in self.evidence.preparation if p.used_for == "clustering"]
            rest = [name for name in self.evidence.anomaly_columns or () if name not in used]
            columns = [
                self.customers.columns[name] for name in [*used, *rest] if name in self.customers.columns
            ]
            self._order = modelling.canonical_order(columns) if columns else np.arange(self.n)
        return self._order

    def agreement(self) -> float | None:
        """Ward's agreement, grown once."""
        if not self._grown:
            self._grown = True
            self._agreement = modelling.agreement(self.model, self.order(), self.evidence.k)
        return self._agreement

    def unusual(self) -> Unusual | None:
        """Who is unusual, scored once."""
        if not self._scored:
            self._scored = True
            self._unusual = anomalies.find(self.evidence, self.customers, self.model, self.order())
        return self._unusual

    def _odd(self, name: str, members: Bools) -> float | None:
        found = self.unusual()
        if found is None:
            return None
        first, _, kind = name.partition(":")
        who = found.extreme if first.startswith("extreme") else found.flagged
        if not kind:
            number = float(np.count_nonzero(who & members))
            return number / max(int(np.count_nonzero(members)), 1) if first.endswith("_share") else number
        if first != "unusual":
            return None
        if kind == "other":
            ranked = sorted(
                ((k, v) for k, v in found.kinds.items() if k != "combination"),
                key=lambda item: (-item[1], item[0].rpartition(":")[0], item[0].endswith(":high")),
            )
            told = [v for _, v in ranked if v >= anomalies.FEW][: anomalies.MOST_KINDS]
            together = found.kinds["combination"]
            return float(
                np.count_nonzero(found.flagged)
                - sum(told)
                - (together if together >= anomalies.FEWEST else 0)
            )
        return float(found.kinds[kind])

    def _tied(self, name: str) -> float | None:
        text = next((p.gaps_tied_to for p in self.evidence.preparation if p.column == name), "")
        absent = np.isnan(self.column(name).values)
        for sign in (" = ", " >= ", " <= "):
            other, found, word = text.rpartition(sign)
            if not found or other not in self.customers.columns or not absent.any():
                continue
            column = self.customers.columns[other]
            if word in column.levels:
                limit = float(column.levels.index(word))
            else:
                try:
                    limit = float(word)
                except ValueError:
                    return None
            x = column.values[absent]
            equal = np.abs(x - limit) <= 5e-6 * abs(limit)  # the condition is written with six digits
            with np.errstate(invalid="ignore"):
                holds = {" = ": equal, " >= ": (x >= limit) | equal, " <= ": (x <= limit) | equal}[sign]
            return float(holds.mean())
        return None

    def hit(self, segment: Segment) -> float:
        """Share of the segment's customers for whom the conditions behind its name hold."""
        members = self.members((segment.id,))
        return float(
            np.count_nonzero(members & self.meets_all(segment.conditions))
            / max(int(np.count_nonzero(members)), 1)
        )
