"""Turn all results into one scene: who leads in what, so that every page tells the same story."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from reportgen.claims import Facts, measure
from reportgen.lexicon import Lexicon
from reportgen.narrative.wording import Speaker, count
from reportgen.results import (
    Clustering,
    Column,
    Condition,
    Detection,
    Features,
    Grade,
    Hierarchy,
    Role,
    Segment,
    Shown,
    Table,
    Trait,
    Use,
)  # fmt: skip

LIFT = 1.3
"""A segment leads in a column when its share of the total is at least so many times its share of customers."""
GROUP_LIFT = 1.15
ALONE = 0.7
"""Part of a group's surplus that its first segment must have to be named alone: else the others belong to the story."""
HIGH = 1.25
"""A segment is high on a column when its average is at least so many times everyone's."""
HARDLY = 0.20
"""Share of all customers with nothing at all in the main column that makes it worth a finding."""
MUCH = 0.5
"""|2 A12 - 1| from which a segment differs much from the rest, which is said of no measure as «least»."""
READING = 10
"""From so many of which nobody has fewer, whole numbers may be readings, which do not add up."""
MOSTLY = 0.5
"""Share of a segment that must be flagged as unusual for «fits no pattern» to be wrong: the segment is the pattern."""
SMALL = 0.25
"""Largest share of the customers that is «few» of them."""
ECHO = 0.5
"""Rank correlation from which two columns whose names differ by a number say the same."""
_FLOWS = (Role.AMOUNT, Role.BALANCE, Role.LIMIT, Role.INCOME, Role.COUNT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Lead:
    """A group of segments that holds much of one column's total."""

    column: str
    segments: tuple[int, ...]
    share: float
    """Of customers."""
    total: float
    """Of the column's sum."""

    @property
    def surplus(self) -> float:
        """How much more of the total than of the customers."""
        return self.total - self.share


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """What the writers of the pages share."""

    facts: Facts
    segments: tuple[Segment, ...]
    lexicon: Lexicon
    speaker: Speaker
    table: Table
    features: Features
    clustering: Clustering
    hierarchy: Hierarchy
    detection: Detection
    sums: tuple[str, ...]
    """Columns whose totals mean something, most telling first."""
    leads: tuple[Lead, ...]
    """At most one per column: the value column's first, then by surplus."""
    neighbour: tuple[int, ...]
    """(k,) the nearest other segment, by centroid."""

    def count_all(self) -> Shown:
        """All customers."""
        return count(self.facts.everyone())

    def name(self, i: int) -> str:
        """Of the segment at position i."""
        return self.segments[i].name

    def traits(self, i: int) -> tuple[Trait, ...]:
        """All that holds of segment i, strongest first, without «moderate»."""
        return tuple(t for t in self.segments[i].all_traits if t.kind != "moderate")

    @property
    def group(self) -> str:
        """What a segment is called: a slice where there are no natural groups."""
        return "slice" if self.clustering.grade is Grade.NONE else "group"

    @property
    def main(self) -> str | None:
        """The column that matters most."""
        value = self.facts.columns.value_column
        return value if value is not None and self.facts.has(value) else None

    def lexicon_same(self, column: str, others: set[str]) -> bool:
        """Whether the column is spoken of like one of the others, so that both would say the same."""
        words = self.speaker.words(column)
        mine = {words.noun, words.some} - {""}
        return any(mine & {self.speaker.words(o).noun, self.speaker.words(o).some} for o in others)

    def echo(self, one: str, other: str) -> bool:
        """Whether two columns say one thing at two times: a month and the sum of all, or two months that go together."""
        periods = self.facts.periods
        for a, b in ((one, other), (other, one)):
            if periods.get(a) == b:
                return True
        if one == other or re.sub(r"\d+", "", one) != re.sub(r"\d+", "", other):
            return False
        x, y = (self.facts.column(name).values for name in (one, other))
        step = max(1, len(x) // 4000)
        x, y = x[::step], y[::step]
        known = ~(np.isnan(x) | np.isnan(y))
        if known.sum() < 3 or np.ptp(x[known]) == 0 or np.ptp(y[known]) == 0:
            return False
        return bool(np.corrcoef(rankdata(x[known]), rankdata(y[known]))[0, 1] >= ECHO)

    def differ_most(self, *, least: bool = False) -> str:
        """The nouns of the two measures that tell the segments apart most (or of the one that does least).

        The least is not said where it is much all the same: every other of a few measures may tell them apart wholly.
        """
        strength: dict[str, float] = {}
        periods = self.facts.periods
        for name in self.facts.profile.columns:
            column = self.facts.column(name)
            if column.role in (Role.TARGET, Role.CONSTANT, Role.ID) or name in periods:
                continue
            effects = [abs(2 * self.facts.at("auc", name, i) - 1) for i in range(self.facts.k)]
            if np.isfinite(effects).all() and self.facts.known_everywhere(name):
                noun = self.speaker.theme(name)
                strength[noun] = max(strength.get(noun, 0.0), max(effects))
        ordered = sorted(strength, key=lambda n: (-round(strength[n], 6), n))
        if len(ordered) < 3:
            return ""
        if least:
            return ordered[-1] if strength[ordered[-1]] < MUCH else ""
        first, second = sorted(ordered[:2], key=lambda noun: (" and " in noun, noun.startswith("who ")))
        glue = ", and " if " and " in f"{first} {second}" else " and "
        return f"{first}{glue}{'in ' if second.startswith('who ') else ''}{second}"

    def high_on_both(self, one: str, other: str) -> list[int]:
        """The segments whose averages lie clearly above everyone's in both columns."""
        return [
            i for i in range(self.facts.k) if all(self.facts.ratio(c, [i]).value >= HIGH for c in (one, other))
        ]  # fmt: skip

    def of_k(self) -> Shown:
        """The number of segments, in words."""
        from reportgen.narrative.wording import word

        return word(measure("k", float(self.facts.k)))

    def flagged(self) -> int:
        """How many customers are flagged as unusual."""
        return int(np.count_nonzero(self.detection.flagged))

    def scattered(self) -> tuple[int, ...]:
        """The segments of whom most are flagged: few and far apart, they are a kind of their own and yet unusual."""
        counts = np.bincount(self.facts.member[self.detection.flagged], minlength=self.facts.k)
        sizes = self.facts.profile.size[:-1]
        few = sizes <= SMALL * self.facts.n
        return tuple(int(i) for i in np.flatnonzero(few & (counts > MOSTLY * sizes)))

    def positive(self, column: str) -> Condition:
        """More than nothing."""
        return Condition(column=column, op=">", value=0.0)

    def zero(self, column: str) -> Condition:
        """Nothing at all."""
        return Condition(column=column, op="==", value=0.0)


def set_scene(
    facts: Facts,
    segments: tuple[Segment, ...],
    lexicon: Lexicon,
    *,
    table: Table,
    features: Features,
    clustering: Clustering,
    hierarchy: Hierarchy,
    detection: Detection,
) -> Scene:
    """Find out who leads in what."""
    speaker = Speaker(facts, lexicon)
    sums = _sums(facts, speaker)
    centroids = clustering.centroids[list(facts.profile.clusters)]
    apart = np.linalg.norm(centroids[:, None, :] - centroids[None, :, :], axis=2)
    np.fill_diagonal(apart, np.inf)
    return Scene(
        facts=facts, segments=segments, lexicon=lexicon, speaker=speaker, table=table, features=features,
        clustering=clustering, hierarchy=hierarchy, detection=detection, sums=sums, leads=_leads(facts, sums),
        neighbour=tuple(int(j) for j in apart.argmin(axis=1)),
    )  # fmt: skip


def _sums(facts: Facts, speaker: Speaker) -> tuple[str, ...]:
    """Columns that add up, in the order in which an executive asks: the value, what else is large, no parts twice."""
    parts = {p for w in facts.columns.part_wholes for p in w.parts if w.whole in facts.profile.columns}
    repeats = {d.column for d in facts.columns.derived}
    periods = facts.periods

    def fit(column: Column) -> bool:
        if column.role not in _FLOWS or not facts.has(column.name) or column.levels:
            return False
        if not speaker.words(column.name).adds or column.name in periods:
            return False
        values = (
            column.values
        )  # a share of the total would say of a segment without values that it has nothing
        if not facts.known_everywhere(column.name) or np.nanmin(values) < 0 or not np.nansum(values) > 0:
            return False
        return column.role is not Role.COUNT or not _is_measured(facts, column)

    found = [c for c in facts.columns.used(Use.CLUSTERING, Use.PROFILE) if fit(c)]
    value = facts.columns.value_column

    def order(column: Column) -> tuple[object, ...]:
        return (
            column.name != value,
            column.name in repeats,
            column.name in parts,
            column.role is Role.COUNT,
            -speaker.words(column.name).priority,
            _FLOWS.index(column.role),
        )

    return tuple(c.name for c in sorted(found, key=order))


def _is_measured(facts: Facts, column: Column) -> bool:
    """Whether whole numbers are rather a reading than a count: everyone has many, and about as many (a blood pressure)."""
    low = float(np.nanmin(column.values))
    return low >= READING and low >= facts.at("median", column.name) / 2


def _leads(facts: Facts, sums: tuple[str, ...]) -> tuple[Lead, ...]:
    found: list[Lead] = []
    for column in sums:
        lead = _lead(facts, column)
        if lead is not None:
            found.append(lead)
    if not found:
        return ()
    value = facts.columns.value_column
    first = [x for x in found if x.column == value]
    rest = sorted((x for x in found if x.column != value), key=lambda x: -round(x.surplus, 6))
    return tuple(first + rest)


def _lead(facts: Facts, column: str) -> Lead | None:
    """The one segment, or the few, with clearly more of the column than their number."""
    sizes = facts.profile.size[:-1] / facts.n
    totals = np.array([facts.share_of_total(column, [i]).value for i in range(facts.k)])
    if not np.isfinite(totals).all():
        return None
    by_lift = sorted(range(facts.k), key=lambda i: -totals[i] / sizes[i])
    group = [i for i in by_lift if totals[i] / sizes[i] >= GROUP_LIFT][: max(1, facts.k // 2)]
    if not group:
        return None
    top = [by_lift[0]]
    if totals[top[0]] / sizes[top[0]] >= LIFT and (
        len(group) == 1
        or totals[top[0]] - sizes[top[0]] >= ALONE * (totals[group].sum() - sizes[group].sum())
    ):
        group = top
    share, total = float(sizes[group].sum()), float(totals[group].sum())
    if total / share < GROUP_LIFT or share > 0.75:
        return None
    return Lead(column=column, segments=tuple(sorted(group)), share=share, total=total)
