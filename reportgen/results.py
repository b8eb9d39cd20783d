"""Name every result that one stage hands to the next; the file to read first.

A customer table goes down a line of functions, each of which returns one of these frozen
results::

    Table -> Columns -> Features -> Clustering -> Hierarchy, Detection -> Profile -> Segments
          -> Story -> Charts -> Report -> files

Conventions used throughout: ``n`` customers (rows used), ``p`` matrix columns, ``c`` table columns,
``k`` clusters. Rows are always in file order. Numbers stay numbers until ``narrative`` or a
template words them; nothing here knows a colour or a format.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]


SUM_OF_PERIODS = "sum of the periods "
"""How the derivation begins of a column that adds up one thing over several times."""

CALENDAR_YEAR = "a calendar year, not behaviour"
"""Why a column of years describes only; such numbers are written without a comma."""


class Role(StrEnum):
    """What a column is about; the words, the checks and the use follow from it (PRODUCT.md)."""

    ID = "id"
    AMOUNT = "amount"  # a flow of money: purchases, charges, payments
    BALANCE = "balance"  # a stock: balance owed, savings, points
    LIMIT = "limit"  # a capacity granted: credit limit, seats
    COUNT = "count"  # whole numbers of events or things
    FREQUENCY = "frequency"  # how often, 0..1
    SHARE = "share"  # a part of a whole, 0..1 or 0..100
    RECENCY = "recency"  # time since the last event: high means long ago
    TENURE = "tenure"  # time since joining
    AGE = "age"
    INCOME = "income"
    SCORE = "score"
    CHANGE = "change"  # a ratio or difference of two periods
    FLAG = "flag"  # yes / no
    CATEGORY = "category"
    DATE = "date"
    TEXT = "text"
    CONSTANT = "constant"
    EMPTY = "empty"
    TARGET = "target"  # an outcome or a model's output: profiled, never clustered


class Use(StrEnum):
    """What a column is used for."""

    CLUSTERING = "clustering"
    PROFILE = "profile"
    LEFT_OUT = "left out"


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """Something that was done, guessed or could not be done, as a value rather than an exception."""

    code: str
    """Stable, lower case with hyphens, e.g. ``column-left-out``."""
    message: str
    """One sentence for people, complete by itself."""
    place: str = ""
    """The column, line or stage that it is about; empty for the whole table."""
    level: Literal["info", "warning"] = "info"


# --------------------------------------------------------------------------- 1 readers


@dataclass(frozen=True, kw_only=True, slots=True)
class SetAside:
    """One row of the file that was not used."""

    line: int
    """1-based line of the file at which the row starts."""
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A file as read: every cell still text."""

    name: str
    """File name without folders."""
    sha256: str
    """Of the bytes of the file as it lies on disk."""
    size: int
    """Bytes."""
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    """Column names as written (made unique; blank ones named ``column N``)."""
    cells: pd.DataFrame
    """n x c of pandas ``str`` dtype; surrounding space stripped; an empty cell is ``""``, never missing."""
    rows_read: int
    """Data rows in the file, set aside or not."""
    rows_gathered: int | None = None
    """Rows of the file that became these customers (``--per-customer``); None where each row is one."""
    set_aside: tuple[SetAside, ...] = ()
    notes: tuple[Note, ...] = ()


# --------------------------------------------------------------------------- 2 columns


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column, understood: typed values, a role and a use."""

    name: str
    """As in the header; a derived column has a name of its own, see ``derived_from``."""
    role: Role
    used_for: Use
    reason: str
    """Why this role and this use, as a phrase a user understands: ``every value is different``."""
    values: Floats
    """(n,) what was read, NaN where missing. Flags are 0/1; categories are codes into ``levels``
    (-1 never stands here: NaN); dates are days since 1970-01-01; NaN throughout for id and text."""
    levels: tuple[str, ...] = ()
    """Level names of a category, flag (no-word, yes-word) or ordinal column, in code order."""
    ordered: bool = False
    """Whether the levels have an order (Low < Medium < High); then codes are used as numbers."""
    missing: int = 0
    distinct: int = 0
    """Different values, missing not counted."""
    integer: bool = False
    """All values are whole numbers."""
    unit: str = ""
    """``$``, ``EUR``, ``%`` ... only when the cells or the header say so; else empty."""
    decimal: str = "."
    """Decimal mark seen in the cells."""
    derived_from: str = ""
    """The header column that this one was computed from (days since a date, age from a birth year)."""
    derivation: str = ""
    """How, e.g. ``days before 2014-12-07``; empty when not derived."""
    parts: tuple[str, ...] = ()
    """The columns that were added up, where this one is their sum."""
    scale: float = 1.0
    """How many one of ``values``, which are the file's, is by the header: 1000 for ``Umsatz (T€)``, 0.01 for cents."""
    called: str = ""
    """The name without its currency and scale; empty where it has none."""

    @property
    def numeric(self) -> bool:
        """Whether mean and median of ``values`` say something (flags count: the mean is a share)."""
        return (not self.levels or self.ordered or self.role is Role.FLAG) and self.role not in (
            Role.ID, Role.TEXT, Role.EMPTY, Role.DATE,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class PartWhole:
    """``whole = sum(parts)`` in nearly all rows: an identity found in the data."""

    whole: str
    parts: tuple[str, ...]
    holds: float
    """Share of rows, 0..1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Derived:
    """``column`` repeats others (duplicate, linear or ratio) and adds nothing to the clustering."""

    column: str
    sources: tuple[str, ...]
    relation: Literal["duplicate", "linear", "ratio", "product", "difference"]
    holds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """The table, understood."""

    columns: tuple[Column, ...]
    """In header order; derived ones follow their source."""
    customers: Sequence[str]
    """(n,) the id as written in the file, or the 1-based data row number."""
    id_column: str | None
    decimal: str
    """``.`` or ``,``: the mark that most numeric columns use."""
    rows_read: int
    """Data rows in the file, set aside or not."""
    rows_used: int
    """n, the customers."""
    rows_gathered: int | None = None
    """Rows of the file that became these customers (``--per-customer``); None where each row is one."""
    part_wholes: tuple[PartWhole, ...] = ()
    derived: tuple[Derived, ...] = ()
    behaviour: tuple[str, ...] = ()
    """Columns fit for clustering, whether or not ``--features`` chose them; anomalies look at all of these."""
    value_column: str | None = None
    """The money that matters: ``--value``, else by role (total of a part-whole, then amounts, ...)."""
    notes: tuple[Note, ...] = ()

    @property
    def rows_set_aside(self) -> int:
        """Rows of the file that no customer is made of."""
        return self.rows_read - (self.rows_used if self.rows_gathered is None else self.rows_gathered)

    def __getitem__(self, name: str) -> Column:
        """The column of that name; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def periods(self) -> dict[str, str]:
        """Columns that are one theme at several times (``BILL_AMT1`` ... ``BILL_AMT6``) -> their derived total."""
        sums = [c for c in self.columns if c.derivation.startswith(SUM_OF_PERIODS)]
        return {name: c.name for c in sums for name in c.parts}

    def used(self, *uses: Use) -> tuple[Column, ...]:
        """The columns used for any of ``uses``."""
        return tuple(c for c in self.columns if c.used_for in uses)


# --------------------------------------------------------------------------- 3 preprocess


@dataclass(frozen=True, kw_only=True, slots=True)
class Transform:
    """How one table column becomes its part of the feature matrix; complete, so that anyone can redo it.

    Numeric: fill missing with ``fill``; apply ``method`` (``yeo-johnson`` with ``lambda_``, ``log``,
    ``rank`` with ``knots``, or nothing); clip to ``low``..``high`` (transformed scale); subtract
    ``center``; divide by ``scale``. Category: fill; for level l the indicator
    ``([x = l] - p_l) / sqrt(p_l) * weight`` (FAMD, block-normalised; METHODS.md 1.5).
    """

    column: str
    kind: Literal["numeric", "category"]
    method: str = "identity"
    """``yeo-johnson``, ``log``, ``rank`` or ``identity``."""
    fill: float | None = None
    """Raw value (or level code) that stands for a missing one."""
    lambda_: float | None = None
    low: float | None = None
    high: float | None = None
    center: float = 0.0
    scale: float = 1.0
    knots: tuple[float, ...] = ()
    """``rank`` only: sorted raw quantiles; the position is interpolated between them, 0..1."""
    levels: tuple[str, ...] = ()
    """Category only: the level of each indicator, in matrix order; the last may be ``other levels``."""
    groups: Mapping[str, str] = field(default_factory=dict)
    """Category only: rare level -> the level it is counted as."""
    shares: tuple[float, ...] = ()
    """Category only: p_l of each indicator."""
    weight: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Fill:
    """Missing values of one column and what stands for them."""

    column: str
    missing: int
    filled_with: str
    """For people and evidence: the median or most frequent level as text."""
    tied_to: str = ""
    """A condition that goes with missingness (``PAYMENTS = 0``); empty when it looks random."""
    tied_share: float = float("nan")
    """Share of the missing rows for which ``tied_to`` holds."""
    base_share: float = float("nan")
    """Share of the other rows for which ``tied_to`` holds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Features:
    """The numbers that the algorithms see."""

    matrix: Floats
    """(n, p) scaled, no missing values."""
    sources: tuple[str, ...]
    """(p,) the table column behind each matrix column."""
    transforms: tuple[Transform, ...]
    """One per table column, in matrix order."""
    scaling: str
    order: Ints
    """(n,) rows sorted by their values: what is fitted on ``matrix[order]`` does not depend on row order."""
    fills: tuple[Fill, ...] = ()
    notes: tuple[Note, ...] = ()


# --------------------------------------------------------------------------- 4 clustering


class Grade(StrEnum):
    """How much natural structure there is (METHODS.md 2.3)."""

    CLEAR = "clear"
    WEAK = "weak"
    NONE = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """One number of segments that was tried."""

    k: int
    stability: tuple[float, ...]
    """(k,) mean bootstrap Jaccard per cluster, 0..1; empty if it was not measured."""
    smallest: float
    """Share of customers in the smallest cluster."""
    gap: float
    """Copula-null gap, not corrected."""
    corrected: float
    """Gap minus the same statistic on null tables."""
    silhouette: float
    """Mean over a sample."""
    kept: bool
    """Every cluster stable enough and large enough."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clustering:
    """K-means: who belongs together. Clusters are numbered 0..k-1, largest first."""

    k: int
    labels: Ints
    """(n,) cluster of each customer."""
    centroids: Floats
    """(k, p) in the scale of ``Features.matrix``."""
    distances: Floats
    """(n, k) Euclidean distance to each centroid."""
    inertia: float
    chosen: Literal["auto", "asked"]
    candidates: tuple[Candidate, ...]
    """Those tried, by k (with ``-k N`` at least that N)."""
    stability: Floats
    """(k,) mean bootstrap Jaccard of the published clusters."""
    silhouette: Floats
    """(k,) mean silhouette of a cluster's (sampled) members."""
    borderline: Floats
    """(k,) share of a cluster's members almost as near to another centroid (ratio of distances > .9)."""
    projection: Floats
    """(n, 2) first two principal components, for pictures only; sign fixed."""
    projection_variance: float
    """Share of variance that the two components carry, 0..1."""
    grade: Grade
    gap: float
    """Corrected copula gap at k, from which the grade follows."""
    tentative: bool
    """No k passed the stability and size rule, or the asked-for k does not."""
    seed: int
    notes: tuple[Note, ...] = ()


# --------------------------------------------------------------------------- 5 hierarchy


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaf:
    """One leaf of the drawn tree: a branch of the full one."""

    cluster: int
    """K-means cluster of most of its customers."""
    purity: float
    """Share of its customers in that cluster."""
    customers: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Hierarchy:
    """Ward's tree, the second opinion."""

    method: Literal["ward", "weighted ward of micro-clusters"]
    linkage: Floats
    """(m-1, 4) scipy linkage of m leaves (customers, or micro-clusters)."""
    labels: Ints
    """(n,) the tree cut at k, numbered to agree with K-means as far as possible."""
    agreement: float
    """Share of customers in the matching group (Hungarian matching), 0..1."""
    adjusted_rand: float
    contingency: Ints
    """(k, k) customers by K-means cluster (rows) and Ward group (columns)."""
    tree: Floats
    """(t-1, 4) scipy linkage of the ``leaves``, for drawing."""
    leaves: tuple[Leaf, ...]
    """(t,) at most 30."""
    cut: float
    """Height at which the tree falls into k groups."""


# --------------------------------------------------------------------------- 6 anomalies


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """Why one customer stands out, in one column."""

    column: str
    value: float
    """Raw."""
    higher: bool
    beyond_all: float
    """Share of all customers strictly less extreme on that side, 0..1."""
    as_extreme: int
    """How many other customers are at least as extreme on that side (ties counted)."""
    beyond_segment: float
    """The same share within the own segment."""
    segment_median: float
    robust_z: float
    """Distance from the median of all in robust standard deviations of the scaled feature."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Anomaly:
    """One flagged customer."""

    row: int
    """0-based position among the rows used."""
    score: float
    extreme: bool
    scope: Literal["everyone", "segment", "combination"]
    """Extreme against all customers; ordinary overall but not in its segment; or only in combination."""
    reasons: tuple[Reason, ...]
    """At most three, strongest first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Detection:
    """Who fits no pattern."""

    scores: Floats
    """(n,) higher is more unusual; median 0."""
    threshold: float
    extreme_threshold: float
    flagged: Bools
    """(n,)"""
    anomalies: tuple[Anomaly, ...]
    """Highest score first."""
    notes: tuple[Note, ...] = ()


# --------------------------------------------------------------------------- 7 claims


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """Raw-value statistics of every profiled column, by segment and for everyone.

    Rows 0..k-1 of every array are the segments in the order of the report, row k is "everyone".
    Missing cells are left out of means, medians and sums.
    """

    clusters: tuple[int, ...]
    """(k,) cluster number behind each row: highest mean of the value column first, else largest first."""

    columns: tuple[str, ...]
    """(c,) numeric columns (flags and ordered categories are among them)."""
    size: Ints
    """(k+1,) customers."""
    known: Ints
    """(k+1, c) customers with a value."""
    mean: Floats
    median: Floats
    total: Floats
    """(k+1, c) sum."""
    nonzero: Floats
    """(k+1, c) share of all the segment's customers whose value is not zero (missing counts as zero)."""
    above: Floats
    """(k+1, c) share of known values strictly above everyone's median."""
    below: Floats
    """(k+1, c) share of known values strictly below everyone's median."""
    quartiles: Floats
    """(k+1, c, 2) lower and upper quartile."""
    auc: Floats
    """(k, c) A12 = P(in > out) + P(in = out) / 2, segment against the rest (Vargha & Delaney 2000)."""
    level_shares: Mapping[str, Floats]
    """Category column -> (k+1, levels) share of the segment's customers with that level."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """A condition on a customer's raw value: ``PURCHASES > 0``, ``plan == gold``, ``ONEOFF / PURCHASES > 0.5``.

    A missing value meets no condition but ``missing``.
    """

    column: str
    op: Literal[">", ">=", "<", "<=", "==", "!=", "missing"]
    value: float | str = 0.0
    of: tuple[str, ...] = ()
    """When given, the column is first divided by the sum of these (a share of the whole)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """One number that can be said, with all that is needed to compute it again from the table.

    ``statistic`` is one of PRODUCT.md's: count, share_of_customers, mean, median, sum, share_of_total,
    ratio_to_average, share_where, rank, mix, difference, auc; or ``measure``: a figure about the model
    (``column`` names it), found in evidence.json's ``model.measures``. ``segments`` empty means everyone.
    """

    statistic: str
    value: float
    column: str = ""
    segments: tuple[str, ...] = ()
    """Segment ids; several are taken together as one group."""
    where: tuple[Condition, ...] = ()
    """All must hold."""
    against: tuple[str, ...] = ()
    """``mix``: the parts (columns) of the whole. ``difference``, ``rank``: the segments compared with."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A fact as it is written: the number's text and the style that it is written in."""

    text: str
    fact: Fact
    unit: str
    """Style, documented in evidence.schema.json: ``count``, ``percent``, ``in ten``, ``ratio`` ..."""
    scale: float = 1.0
    """What ``fact.value`` was multiplied by: the table is in thousands, and the text is not."""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A fact as it stands in the report: one entry of evidence.json's ``claims``."""

    id: str
    where: str
    """``summary``, ``segment:S1``, ``anomalies`` ..."""
    text: str
    """The sentence, heading or caption as printed."""
    shown: Shown
    """The number as it stands in ``text``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """Text whose every number is a claim. ``str(sentence)`` is what is printed."""

    text: str
    slots: tuple[Shown, ...] = ()
    """In the order in which they stand in ``text``."""

    def __str__(self) -> str:
        return self.text


# --------------------------------------------------------------------------- 8 labels

TraitKind = Literal[
    "very-high", "high", "moderate", "low", "very-low", "none", "some",
    "mix-one", "mix-balanced", "level", "yes", "no",
]  # fmt: skip
"""Levels, then how two parts mix, then categories and flags."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trait:
    """Something that holds of a segment by rule, and may name it (METHODS.md 5.3)."""

    segment: int
    """0-based position in the report."""
    column: str
    kind: TraitKind
    strength: float
    """|2 A12 - 1|, or for shares |share in the segment - share in the rest|; 0..1."""
    level: str = ""
    """Category traits: the level as written in the file."""
    parts: tuple[str, ...] = ()
    """Mix traits: the parts of the whole ``column`` (``column`` itself is the leading part of ``mix-one``)."""
    conditions: tuple[Condition, ...] = ()
    """What it means for one member."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """A named cluster."""

    id: str
    """``S1`` ... in the order of the report."""
    cluster: int
    """Row of ``Clustering.centroids``."""
    name: str
    rule: str
    """The rule that earned the name, in words: ``spending at least 1.25 times the average and ...``."""
    traits: tuple[Trait, ...]
    """What the name says, head first."""
    all_traits: tuple[Trait, ...]
    """Everything that holds by rule, strongest first."""
    conditions: tuple[Condition, ...]
    """Member-level conditions behind the name (all must hold)."""
    hit: float
    """Share of the segment's customers for whom all ``conditions`` hold."""
    hit_rest: float
    """The same share among everyone else."""
    size: int
    share: float
    stability: float
    """Mean bootstrap Jaccard, 0..1."""
    tentative: bool


# --------------------------------------------------------------------------- 9 narrative


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A headline figure: a number set large, and its caption."""

    number: Sentence
    caption: Sentence


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A numbered finding of the executive summary."""

    title: Sentence
    body: tuple[Sentence, ...]
    target: str = ""
    """Anchor of the page that shows more: ``segment-S1``, ``unusual`` ..."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """Something worth testing: an option, never an order."""

    title: Sentence
    body: tuple[Sentence, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Exhibit:
    """The words around one chart, and what it draws."""

    chart: str
    """Key of the chart: its kind, and for a segment's own charts the id: ``segment-dots:S1``."""
    kind: str
    """``stacked-shares``, ``fair-share``, ``bubbles``, ``ranges``, ``heat``, ``levels``, ``map``, ``segment-dots``,
    ``distributions``, ``anomaly-strips``, ``choice-of-k``, ``silhouettes``, ``dendrogram``, ``cover``."""
    title: Sentence
    """States the finding."""
    subtitle: str | Sentence
    """Measure, unit, base; a sentence when it holds a number."""
    alt: Sentence
    """What a reader who cannot see it is told, from the same facts."""
    source: str = ""
    columns: tuple[str, ...] = ()
    """Table columns drawn, in order."""
    segment: str = ""
    """Segment id of a segment's own chart."""
    space: Literal["little", "usual", "much"] = "usual"
    """Height to draw in: ``much`` where it has most of a page to itself, ``little`` where words leave little."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SegmentStory:
    """One segment page."""

    segment: Segment
    portrait: Sentence
    figures: tuple[Figure, ...]
    who: tuple[Sentence, ...]
    apart: tuple[Sentence, ...]
    """What sets it apart from its nearest neighbour."""
    typical: tuple[Sentence, ...]
    named: tuple[Sentence, ...]
    """Why it is called so, with the share for whom the rule holds."""
    actions: tuple[Action, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One unusual customer, worded. ``customer`` is printed only when ids may be shown."""

    customer: str
    segment: str
    """Segment id."""
    score: float
    level: Literal["unusual", "extreme"]
    reasons: tuple[str, ...]
    """Sentences about one person: for customers/ and, only with ``--show-ids``, the report."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TextPage:
    """Title, deck and paragraphs of a page that is not about one segment."""

    title: Sentence
    deck: tuple[Sentence, ...]
    body: tuple[Finding, ...] = ()
    """Short titled paragraphs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """How the report words one column."""

    column: str
    title: str
    """Sentence case, for tables and charts: ``Cash advances``. At most about 28 characters."""
    noun: str
    """Inside a sentence: ``cash advances``."""
    kind: Literal["money", "number", "whole", "share", "flag", "category", "time", "year"]
    """How its values are written: money in the table's currency, whole numbers, percentages ..."""
    unit: str = ""
    """Currency sign, ``months`` ... or empty."""
    scale: float = 1.0
    """How many one of the column's values is, see ``Column.scale``. Wherever a value is written, in prose, tables and
    charts, it is value x scale: ``€2.1m`` and never 2,079 thousand; facts and evidence keep the file's values."""
    levels: tuple[str, ...] = ()
    """The levels of a category, flag or ordinal column in words, in code order."""
    percent: float = 1.0
    """``share`` only: what 100 % is written as in the file, 1 or 100."""
    gaps: bool = False
    """Whether it is unknown of so many customers that its averages must say so."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """Every word of the report."""

    title: str
    """Of the cover: from ``--title`` or made from the table."""
    subtitle: Sentence
    headline: tuple[Sentence, ...]
    deck: tuple[Sentence, ...]
    figures: tuple[Figure, ...]
    """Four."""
    findings: tuple[Finding, ...]
    """Three to five, most important first."""
    actions: tuple[Action, ...]
    grade: tuple[Sentence, ...]
    """How far to trust the segments, in words, for the first page."""
    overview: TextPage
    profiles: TextPage
    segments: tuple[SegmentStory, ...]
    unusual: TextPage
    cases: tuple[Case, ...]
    """Every flagged customer, highest score first."""
    unusual_kinds: tuple[Sentence, ...]
    """What makes customers unusual, counted over all of them, without naming one."""
    method: TextPage
    quality: TextPage
    definitions: tuple[tuple[str, str], ...]
    """Term, meaning."""
    exhibits: Mapping[str, Exhibit]
    """By chart key, in the order of the pages."""
    measures: Mapping[str, Measure]
    """By column name."""
    claims: tuple[Claim, ...]


# --------------------------------------------------------------------------- 10 charts


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """One drawn exhibit, without its title (the template sets that)."""

    key: str
    svg: bytes
    width: float
    """Millimetres."""
    height: float
    """Millimetres."""


# --------------------------------------------------------------------------- all


@dataclass(frozen=True, kw_only=True, slots=True)
class Analysis:
    """Everything that was found; what ``analyse`` returns."""

    table: Table
    columns: Columns
    features: Features
    clustering: Clustering
    hierarchy: Hierarchy
    detection: Detection
    profile: Profile
    segments: tuple[Segment, ...]
    """In the order of the report."""
    story: Story

    @property
    def notes(self) -> tuple[Note, ...]:
        """All notes, in the order of the stages."""
        return (
            *self.table.notes, *self.columns.notes, *self.features.notes,
            *self.clustering.notes, *self.detection.notes,
        )  # fmt: skip

    def segment_index(self) -> Ints:
        """(n,) position in ``segments`` of each customer's segment."""
        import numpy as np

        position = np.empty(self.clustering.k, dtype=np.int64)
        for i, segment in enumerate(self.segments):
            position[segment.cluster] = i
        return position[self.clustering.labels]


@dataclass(frozen=True, kw_only=True, slots=True)
class Brand:
    """Whose document it is, and how it is dressed."""

    title: str | None
    organisation: str | None
    period: str | None
    author: str | None
    classification: str | None
    accent: str
    """``#RRGGBB``."""
    logo: tuple[str, bytes] | None
    """(media type, bytes)"""
    as_of: str
    """ISO date of the report."""
    show_ids: bool = False
    page: Literal["a4", "letter"] = "a4"


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What the templates are filled with, and all that the writers write."""

    analysis: Analysis
    charts: Mapping[str, Chart]
    brand: Brand
    evidence: bytes
    """evidence.json, exactly as attached."""
