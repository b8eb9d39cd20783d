"""Build an `Analysis` by hand from planted random customers, without running any stage.

`make_analysis()` is what a card table would give; the arguments bend it into the shapes that break layouts:
2 or 12 segments, names and titles that are too long, one segment that dwarfs the rest, no money at all.
Everything is consistent (sizes add up, means are the means of the columns) and depends on `seed` only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage

from reportgen import formats
from reportgen.results import (
    Action,
    Analysis,
    Anomaly,
    Candidate,
    Case,
    Clustering,
    Column,
    Columns,
    Condition,
    Detection,
    Exhibit,
    Features,
    Figure,
    Finding,
    Grade,
    Hierarchy,
    Leaf,
    Measure,
    Note,
    Profile,
    Reason,
    Role,
    Segment,
    SegmentStory,
    Sentence,
    Story,
    Table,
    TextPage,
    Trait,
    Transform,
    Use,
)

if TYPE_CHECKING:
    from reportgen.results import Floats, Ints

NAMES = (
    "Premium spenders",
    "Heavy revolvers",
    "Cash borrowers",
    "Instalment planners",
    "Occasional shoppers",
    "Dormant cardholders",
    "Weekend shoppers",
    "Travellers",
    "Savers",
    "New joiners",
    "Bargain hunters",
    "Quiet regulars",
)
LONG_NAMES = tuple(
    f"{name}, {tail}"[:45]
    for name, tail in zip(
        NAMES,
        (
            "who buy often and rarely borrow",
            "who owe much and pay little",
            "who withdraw, never shop at all",
            "with many small instalments",
            "who come back once a season",
            "with a large limit left idle",
            "who pay everything in full",
            "who spend abroad more than home",
            "with high balances and few visits",
            "who opened accounts last year",
            "who wait for every single offer",
            "without any marked behaviour",
        ),
        strict=True,
    )
)


@dataclass(frozen=True)
class Spec:
    """One column of the made-up table."""

    name: str
    title: str
    role: Role
    kind: Any
    unit: str = ""
    percent: float = 1.0
    levels: tuple[str, ...] = ()
    missing: float = 0.0


MONEY = (
    Spec("PURCHASES", "Purchases", Role.AMOUNT, "money", "$"),
    Spec("CASH_ADVANCE", "Cash advances", Role.AMOUNT, "money", "$"),
    Spec("BALANCE", "Balance owed", Role.BALANCE, "money", "$"),
    Spec("CREDIT_LIMIT", "Credit limit", Role.LIMIT, "money", "$", missing=0.01),
)
BEHAVIOUR = (
    Spec("TRX", "Transactions", Role.COUNT, "whole"),
    Spec("WITHDRAWALS", "Cash withdrawals", Role.COUNT, "whole"),
    Spec("PAID_IN_FULL", "Months paid in full", Role.SHARE, "share"),
    Spec("USED_PCT", "Limit in use", Role.SHARE, "share", "", 100.0, missing=0.03),
    Spec("TENURE", "Tenure", Role.TENURE, "time", "months"),
    Spec("ONLINE", "Uses the app", Role.FLAG, "flag", levels=("no", "yes")),
)
EXTREME = (
    Spec("TINY", "Fee per transaction", Role.SCORE, "number"),
    Spec("HUGE", "Lifetime turnover of household", Role.AMOUNT, "money", "EUR"),
    Spec("CHANGE", "Change of balance since last year", Role.CHANGE, "money", "$"),
)
CATEGORIES = (
    Spec("REGION", "Region", Role.CATEGORY, "category", levels=("North", "South", "East", "West")),
    Spec("PLAN", "Plan", Role.CATEGORY, "category", levels=("Basic", "Plus", "Premium")),
)
MANY_LEVELS = Spec(
    "JOB",
    "Occupation of the account holder at opening",
    Role.CATEGORY,
    "category",
    levels=tuple(f"Occupation number {i}, with a rather long name" for i in range(14)),
)


def _sizes(n: int, k: int, dominant: bool) -> list[int]:
    weights = np.array([1.0 / (i + 2.5) for i in range(k)])
    if dominant:
        weights = np.array([30.0] + [1.0] * (k - 1))
    sizes = np.maximum(np.floor(weights / weights.sum() * n).astype(int), 8)
    sizes[0] += n - sizes.sum()
    return [int(s) for s in sizes]


def _values(spec: Spec, level: Floats, rng: np.random.Generator) -> Floats:
    """Values of one column; `level` (n,) says how high each customer's segment is on it, about -1.5..1.5."""
    n = len(level)
    noise = rng.normal(size=n)
    if spec.levels and spec.role is not Role.FLAG:
        pull = np.outer(level, np.linspace(-1, 1, len(spec.levels)))
        return np.argmax(pull + rng.gumbel(size=pull.shape), axis=1).astype(np.float64)
    if spec.kind == "flag":
        return (level + noise > 0.4).astype(np.float64)
    if spec.name == "TINY":
        return np.exp(level + 0.5 * noise) * 0.0004
    if spec.name == "HUGE":
        return np.exp(1.2 * level + 0.8 * noise) * 2.4e9
    if spec.name == "CHANGE":
        return 900 * level + 700 * noise
    if spec.kind == "money":
        money = np.exp(6.2 + 1.3 * level + 0.8 * noise)
        money[rng.random(n) < np.clip(0.35 - 0.4 * level, 0, 0.95)] = 0.0
        return np.round(money, 2)
    if spec.kind == "whole":
        return np.floor(np.exp(1.6 + 1.1 * level + 0.6 * noise))
    if spec.kind == "share":
        return np.round(spec.percent / (1 + np.exp(-1.6 * level - noise)), 3)
    return np.clip(np.round(9 + 2 * level + 1.5 * noise), 1, 12)


def _profile(columns: Columns, names: tuple[str, ...], groups: list[Ints], clusters: list[int]) -> Profile:
    k = len(clusters)
    data = np.column_stack([columns[name].values for name in names])
    parts = [*groups, np.arange(len(data))]
    middle = np.nanmedian(data, axis=0)
    auc = np.empty((k, len(names)))
    for j in range(len(names)):
        ranks = pd.Series(data[:, j]).rank()
        for i, rows in enumerate(groups):
            inside = ranks.iloc[rows].dropna()
            m, rest = len(inside), int(ranks.notna().sum()) - len(inside)
            auc[i, j] = (inside.sum() - m * (m + 1) / 2) / (m * rest) if m and rest else 0.5
    return Profile(
        clusters=tuple(clusters),
        columns=names,
        size=np.array([len(rows) for rows in parts]),
        known=np.array([np.sum(~np.isnan(data[rows]), axis=0) for rows in parts]),
        mean=np.array([np.nanmean(data[rows], axis=0) for rows in parts]),
        median=np.array([np.nanmedian(data[rows], axis=0) for rows in parts]),
        total=np.array([np.nansum(data[rows], axis=0) for rows in parts]),
        nonzero=np.array([np.mean(np.nan_to_num(data[rows]) != 0, axis=0) for rows in parts]),
        above=np.array([np.nanmean(data[rows] > middle, axis=0) for rows in parts]),
        below=np.array([np.nanmean(data[rows] < middle, axis=0) for rows in parts]),
        quartiles=np.array([np.nanquantile(data[rows], [0.25, 0.75], axis=0).T for rows in parts]),
        auc=auc,
        level_shares={
            c.name: np.array(
                [[np.mean(c.values[rows] == code) for code in range(len(c.levels))] for rows in parts]
            )
            for c in columns.columns
            if c.role is Role.CATEGORY
        },
    )


def _hierarchy(matrix: Floats, labels: Ints, k: int) -> Hierarchy:
    link = linkage(matrix, "ward")
    count = min(24, max(k + 2, 3 * k), 30)
    ward = fcluster(link, k, "maxclust") - 1
    leaves_of = fcluster(link, count, "maxclust")
    members = [np.flatnonzero(leaves_of == i) for i in range(1, leaves_of.max() + 1)]
    centres = np.array([matrix[m].mean(axis=0) for m in members])
    tree = linkage(centres, "ward")
    leaves = []
    for rows in members:
        counts = np.bincount(labels[rows], minlength=k)
        leaves.append(
            Leaf(cluster=int(counts.argmax()), purity=float(counts.max() / len(rows)), customers=len(rows))
        )
    contingency = np.zeros((k, k), dtype=np.int64)
    np.add.at(contingency, (labels, ward), 1)
    return Hierarchy(
        method="ward",
        linkage=link,
        labels=ward,
        agreement=0.83,
        adjusted_rand=0.71,
        contingency=contingency,
        tree=tree,
        leaves=tuple(leaves),
        cut=float(tree[-k : len(tree) - k + 2, 2].mean()),
    )


def sentence(text: str) -> Sentence:
    """A sentence without claims."""
    return Sentence(text=text)


def _story(
    segments: tuple[Segment, ...], specs: tuple[Spec, ...], columns: Columns, flagged: tuple[Anomaly, ...]
) -> Story:
    measures = {
        s.name: Measure(
            column=s.name,
            title=s.title,
            noun=s.title[0].lower() + s.title[1:],
            kind=s.kind,
            unit=s.unit,
            percent=s.percent,
        )
        for s in specs
    }
    numeric = tuple(s.name for s in specs if columns[s.name].numeric)
    money = tuple(s.name for s in specs if s.kind == "money" and s.role is not Role.CHANGE)
    categories = tuple(s.name for s in specs if s.role is Role.CATEGORY)

    def exhibit(kind: str, title: str, drawn: tuple[str, ...] = (), segment: str = "") -> Exhibit:
        return Exhibit(
            chart=f"{kind}:{segment}" if segment else kind,
            kind=kind,
            title=sentence(title),
            subtitle="Measure, unit, base",
            alt=sentence(f"{title}. What is drawn, in words."),
            source="Source: customer file.",
            columns=drawn,
            segment=segment,
        )

    exhibits = [exhibit("cover", "Each dot is one customer")]
    if money:
        exhibits.append(exhibit("stacked-shares", "One segment makes most purchases", money))
        exhibits.append(exhibit("fair-share", "A spender buys for three", money))
    exhibits.append(exhibit("bubbles", "Only one segment does both", numeric[:2]))
    exhibits.append(
        exhibit("ranges", "The typical age ranges widely", numeric[: 2 if len(segments) > 7 else 3])
    )
    exhibits.append(exhibit("heat", "Who is high and who is low", numeric))
    if categories:
        exhibits.append(exhibit("levels", "Who lives where", categories))
    exhibits.append(exhibit("map", "Segments occupy distinct regions"))
    for s in segments:
        exhibits.append(exhibit("segment-dots", f"{s.name} are high on much", numeric[:9], s.id))
        mixed = (*money[:2], *(c for c in numeric if c not in money), *categories[:1])
        exhibits.append(
            exhibit("distributions", f"{s.name} sit above the rest", mixed[:3] + mixed[-1:], s.id)
        )
    for kind, title in (
        ("anomaly-strips", "Unusual customers stand at the edges"),
        ("choice-of-k", "The most stable choice"),
        ("silhouettes", "The first segment is sharpest"),
        ("dendrogram", "A second method finds the same groups"),
    ):
        exhibits.append(exhibit(kind, title))

    figure = Figure(number=sentence("54%"), caption=sentence("of all purchases come from one segment"))
    finding = Finding(
        title=sentence("Spending rests on one customer in six"),
        body=(sentence("They buy for three and use a fifth of their limit."),),
        target=f"segment-{segments[0].id}",
    )
    action = Action(title=sentence("Protect them"), body=(sentence("Test a retention offer."),))
    page = TextPage(
        title=sentence("What was found"), deck=(sentence("Two sentences say why."),), body=(finding,)
    )
    return Story(
        title="Kinds of cardholder",
        subtitle=sentence("What the customers do with their cards"),
        headline=(sentence("16% of customers make 54% of purchases."), sentence("Others hold the debt.")),
        deck=(sentence("The card serves two almost separate businesses."),),
        figures=(figure,) * 4,
        findings=(finding,) * 3,
        actions=(action,) * 3,
        grade=(sentence("The groups are real but their borders are soft."),),
        overview=page,
        profiles=page,
        segments=tuple(
            SegmentStory(
                segment=s,
                portrait=sentence("They buy often and rarely borrow."),
                figures=(figure,) * 4,
                who=(sentence("45 transactions against an average of 15."),) * 3,
                apart=(sentence("They differ from the next segment in cash."),),
                typical=(sentence("A typical one buys for $755."),),
                named=(sentence("Called so because they spend."),),
                actions=(action,) * 3,
            )
            for s in segments
        ),
        unusual=page,
        cases=tuple(
            Case(
                customer=columns.customers[a.row],
                segment=segments[0].id,
                score=a.score,
                level="extreme" if a.extreme else "unusual",
                reasons=("Purchases are far above all others.",),
            )
            for a in flagged
        ),
        unusual_kinds=(sentence("Most of them buy far more than others."),),
        method=page,
        quality=page,
        definitions=(("Segment", "Customers who behave alike."), ("Unusual", "Unlike all others.")),
        exhibits={e.chart: e for e in exhibits},
        measures=measures,
        claims=(),
    )


def make_analysis(
    *,
    n: int = 800,
    k: int = 5,
    seed: int = 1,
    long: bool = False,
    dominant: bool = False,
    money: bool = True,
    categories: bool = True,
    extreme: bool = False,
    levels: bool = False,
) -> Analysis:
    """An analysis of `n` made-up customers in `k` planted segments (2..12).

    long: 45-character segment names and 40-character column titles. dominant: the first segment holds nearly
    everyone. money, categories: whether the table has such columns. extreme: tiny, huge and negative columns.
    levels: a category of 14 levels with long names.
    """
    rng = np.random.default_rng(seed)
    specs: tuple[Spec, ...] = (
        *(MONEY if money else ()),
        *BEHAVIOUR,
        *(EXTREME if extreme else ()),
        *(CATEGORIES if categories else ()),
        *((MANY_LEVELS,) if levels else ()),
    )
    if long:
        specs = tuple(
            Spec(**{**vars(s), "title": f"{s.title} as recorded at the end of the year"[:40].strip()})
            for s in specs
        )
    labels = np.repeat(np.arange(k), _sizes(n, k, dominant))
    labels = labels[rng.permutation(n)]
    levels_of = rng.uniform(-1.4, 1.4, size=(k, len(specs)))

    made = []
    for j, spec in enumerate(specs):
        values = _values(spec, levels_of[labels, j], rng)
        if spec.missing:
            values = np.where(rng.random(n) < spec.missing, np.nan, values)
        made.append(
            Column(
                name=spec.name,
                role=spec.role,
                used_for=Use.CLUSTERING,
                reason="planted",
                values=values,
                levels=spec.levels,
                missing=int(np.isnan(values).sum()),
                distinct=len(np.unique(values)),
                integer=bool(np.all(np.nan_to_num(values) % 1 == 0)),
                unit=spec.unit,
            )
        )
    columns = Columns(
        columns=tuple(made),
        customers=tuple(f"C{10001 + i}" for i in range(n)),
        id_column="CUST_ID",
        decimal=".",
        rows_read=n,
        rows_used=n,
        behaviour=tuple(s.name for s in specs),
        value_column="PURCHASES" if money else None,
    )

    numeric = tuple(c.name for c in made if c.numeric)
    raw = np.column_stack([columns[name].values for name in numeric])
    raw = np.arcsinh(np.where(np.isnan(raw), np.nanmedian(raw, axis=0), raw))
    matrix = (raw - raw.mean(axis=0)) / raw.std(axis=0)
    features = Features(
        matrix=matrix,
        sources=numeric,
        scaling="yeo-johnson",
        order=np.lexsort(matrix.T),
        transforms=tuple(Transform(column=name, kind="numeric") for name in numeric),
    )

    centroids = np.array([matrix[labels == i].mean(axis=0) for i in range(k)])
    distances = np.linalg.norm(matrix[:, None, :] - centroids, axis=2)
    _, power, axes = np.linalg.svd(matrix - matrix.mean(axis=0), full_matrices=False)
    candidates = tuple(
        Candidate(
            k=c,
            stability=tuple(np.clip(0.97 - 0.03 * abs(c - k) - 0.01 * np.arange(c), 0.3, 1)),
            smallest=0.05,
            gap=0.02,
            corrected=0.03 - 0.002 * abs(c - k),
            silhouette=0.28 - 0.012 * abs(c - k),
            kept=c <= k,
        )
        for c in range(2 if k < 3 else 3, max(8, k) + 1)
    )
    clustering = Clustering(
        k=k,
        labels=labels,
        centroids=centroids,
        distances=distances,
        inertia=float((distances[np.arange(n), labels] ** 2).sum()),
        chosen="auto",
        candidates=candidates,
        stability=np.linspace(0.97, 0.78, k),
        silhouette=np.linspace(0.41, -0.02, k),
        borderline=np.linspace(0.0, 0.18, k),
        projection=matrix @ axes[:2].T,
        projection_variance=float((power[:2] ** 2).sum() / (power**2).sum()),
        grade=Grade.WEAK,
        gap=0.03,
        tentative=False,
        seed=seed,
    )

    value = columns["PURCHASES" if money else "TRX"].values
    order = [int(i) for i in np.argsort([-np.nanmean(value[labels == i]) for i in range(k)])]
    groups = [np.flatnonzero(labels == i) for i in order]
    profile = _profile(columns, numeric, groups, order)
    segments = tuple(
        Segment(
            id=f"S{i + 1}",
            cluster=cluster,
            name=(LONG_NAMES if long else NAMES)[i],
            rule="spending at least 1.25 times the average",
            traits=(Trait(segment=i, column=numeric[0], kind="high", strength=0.6),),
            all_traits=(Trait(segment=i, column=numeric[0], kind="high", strength=0.6),),
            conditions=(Condition(column=numeric[0], op=">", value=0.0),),
            hit=0.82,
            hit_rest=0.2,
            size=len(groups[i]),
            share=len(groups[i]) / n,
            stability=float(clustering.stability[cluster]),
            tentative=False,
        )
        for i, cluster in enumerate(order)
    )

    nearest = distances[np.arange(n), labels]
    scores = (nearest - np.median(nearest)) / (np.subtract(*np.percentile(nearest, [75, 25])) / 1.35)
    scores[rng.choice(n, 5, replace=False)] += np.array([3.0, 4.0, 5.0, 7.0, 9.0])
    threshold, extreme_threshold = float(np.quantile(scores, 0.98)), float(np.quantile(scores, 0.995))
    flagged = scores > threshold
    anomalies = tuple(
        Anomaly(
            row=int(row),
            score=float(scores[row]),
            extreme=bool(scores[row] > extreme_threshold),
            scope="everyone",
            reasons=(
                Reason(
                    column=numeric[0],
                    value=float(np.nan_to_num(columns[numeric[0]].values[row])),
                    higher=True,
                    beyond_all=0.99,
                    as_extreme=3,
                    beyond_segment=0.98,
                    segment_median=1.0,
                    robust_z=3.4,
                ),
            ),
        )
        for row in np.argsort(-scores)[: int(flagged.sum())]
    )
    detection = Detection(
        scores=scores,
        threshold=threshold,
        extreme_threshold=extreme_threshold,
        flagged=flagged,
        anomalies=anomalies,
    )

    header = ("CUST_ID", *(s.name for s in specs))
    cells = pd.DataFrame({"CUST_ID": columns.customers} | {c.name: _cells(c) for c in made}, dtype="str")
    text = cells.to_csv(index=False).encode()
    return Analysis(
        table=Table(
            name="made-up customers.csv",
            sha256=hashlib.sha256(text).hexdigest(),
            size=len(text),
            encoding="utf-8",
            delimiter=",",
            header=header,
            cells=cells,
            rows_read=n,
            notes=(Note(code="made-up", message="These customers do not exist."),),
        ),
        columns=columns,
        features=features,
        clustering=clustering,
        hierarchy=_hierarchy(matrix, labels, k),
        detection=detection,
        profile=profile,
        segments=segments,
        story=_story(segments, specs, columns, anomalies),
    )


def _cells(column: Column) -> list[str]:
    """The column as it would stand in a file."""
    if column.levels:
        return [column.levels[int(v)] for v in column.values]
    return ["" if np.isnan(v) else repr(float(v)) for v in column.values]


def shown(analysis: Analysis, column: str, value: float) -> str:
    """`value` of `column` as the report writes it."""
    measure: Mapping[str, Measure] = analysis.story.measures
    m = measure[column]
    return formats.value(value, m.kind, m.unit, m.percent)
