"""Measure the methods against tables whose truth is known: ``python tests/benchmarks/methods.py``.

Prints one line per table and a summary: planted segments found with k given and with k chosen (adjusted Rand
index), single populations graded none, unusual customers ranked (AUROC on ADBench sets, which are read from
``../shared/data/anomaly`` where that exists). The generator is not the one that METHODS.md was tuned on.
Tests take small fixed parts of it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from reportgen import anomalies, clustering, preprocess
from reportgen.results import Column, Columns, Grade, Role, Use

ANOMALY_SETS = Path(__file__).resolve().parents[3] / "shared" / "data" / "anomaly"


def table(
    values: Mapping[str, np.ndarray],
    *,
    levels: Mapping[str, tuple[str, ...]] | None = None,
    flags: tuple[str, ...] = (),
    ordered: tuple[str, ...] = (),
    profile: tuple[str, ...] = (),
) -> Columns:
    """Columns as the columns stage would hand them on; categories are codes into ``levels``."""
    levels = dict(levels or {})
    columns = []
    for name, column in values.items():
        x = np.asarray(column, dtype=np.float64)
        role = Role.AMOUNT
        if name in flags:
            role, levels[name] = Role.FLAG, ("no", "yes")
        elif name in levels:
            role = Role.CATEGORY
        columns.append(
            Column(
                name=name,
                role=role,
                used_for=Use.PROFILE if name in profile else Use.CLUSTERING,
                reason="made for a test",
                values=x,
                levels=levels.get(name, ()),
                ordered=name in ordered,
                missing=int(np.isnan(x).sum()),
                distinct=np.unique(x[~np.isnan(x)]).size,
            )
        )
    n = len(columns[0].values)
    return Columns(
        columns=tuple(columns),
        customers=tuple(str(i + 1) for i in range(n)),
        id_column=None,
        decimal=".",
        rows_read=n,
        rows_used=n,
        behaviour=tuple(c.name for c in columns if c.used_for is Use.CLUSTERING),
    )


def shuffled(columns: Columns, rows: np.ndarray) -> Columns:
    """The same table with its rows in another order."""
    return replace(
        columns,
        columns=tuple(replace(c, values=c.values[rows]) for c in columns.columns),
        customers=tuple(columns.customers[i] for i in rows),
    )


@dataclass(frozen=True)
class Planted:
    """A synthetic table, and to which group each customer belongs (one group: a single population)."""

    name: str
    columns: Columns
    truth: np.ndarray

    @property
    def k(self) -> int:
        """Planted groups."""
        return int(self.truth.max()) + 1


KINDS = ("gaussian", "lognormal", "outliers", "zeros", "mixed")


def planted(
    kind: str, k: int, seed: int, *, rows: int = 1_500, separation: float = 5.0, noise: int = 3
) -> Planted:
    """A customer table with ``k`` groups in eight correlated columns, and ``noise`` columns without any.

    Centres lie at least ``separation`` within-group standard deviations apart. ``lognormal``, ``outliers``
    (lognormal, and 1 % of the cells times 50) and ``zeros`` (what is below a cut counts as nothing) distort
    the scale; ``mixed`` turns two columns into a flag and a category of four levels.
    """
    rng = np.random.default_rng([seed, k, KINDS.index(kind)])
    p = 8
    truth = rng.choice(k, size=rows, p=rng.dirichlet(np.full(k, 12.0)))
    centers = np.zeros((k, p))
    if k > 1:
        while True:
            centers = rng.normal(size=(k, p))
            gaps = np.linalg.norm(centers[:, None] - centers, axis=2)[np.triu_indices(k, 1)]
            if gaps.min() > 0.5 * gaps.max():
                break
        centers *= separation / gaps.min()
    mixing = np.eye(p) + 0.25 * rng.normal(size=(p, p))
    mixing /= np.linalg.norm(mixing, axis=1)[:, None]
    x = centers[truth] + rng.normal(size=(rows, p)) @ mixing.T
    x = np.hstack([x, rng.normal(size=(rows, noise))])
    values: dict[str, np.ndarray] = {}
    levels: dict[str, tuple[str, ...]] = {}
    flags: tuple[str, ...] = ()
    for j in range(x.shape[1]):
        column = x[:, j]
        z = (column - column.mean()) / column.std()
        if kind in ("lognormal", "outliers"):
            column = np.exp(6 + 0.9 * z)
            if kind == "outliers":
                column = np.where(rng.random(rows) < 0.01, column * 50, column)
        elif kind == "zeros" and j % 2 == 0:
            column = np.where(z < np.quantile(z, 0.3), 0.0, np.exp(4 + 0.9 * z))
        elif kind == "mixed" and j == 0:
            column, flags = (z > 0.2).astype(float), (f"c{j}",)
        elif kind == "mixed" and j == 1:
            column = np.digitize(z, [-0.7, 0.3, 1.2]).astype(float)
            levels[f"c{j}"] = ("none", "blue", "gold", "black")
        values[f"c{j}"] = column
    return Planted(
        name=f"{kind} k={k} seed={seed}", columns=table(values, levels=levels, flags=flags), truth=truth
    )


def single_populations() -> Iterator[Planted]:
    """Tables in which there is nothing to find."""
    for kind in KINDS:
        for seed in (1, 2, 3):
            yield planted(kind, 1, seed, rows=2_000)


def rand(a: np.ndarray, b: np.ndarray) -> float:
    """Adjusted Rand index."""
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(a, b))


def auroc(path: Path) -> tuple[float, float]:
    """Area under the ROC curve of the score, and of a plain isolation forest, on one labelled set."""
    from sklearn.ensemble import IsolationForest
    from sklearn.metrics import roc_auc_score

    data = np.load(path)
    x, y = data["X"].astype(float), data["y"]
    columns = table({f"c{j}": x[:, j] for j in range(x.shape[1])})
    scores = anomalies.score(columns, preprocess.preprocess(columns), seed=0)
    plain = -IsolationForest(random_state=0).fit(x).score_samples(x)
    return float(roc_auc_score(y, scores)), float(roc_auc_score(y, plain))


def segments() -> None:
    """Print what becomes of planted segments."""
    given, chosen, off, graded = [], [], [], []
    print("table                               k found ARI k given  ARI auto    gap  grade     s")
    for separation in (4.0, 6.0):
        for kind in KINDS:
            for k in (3, 4, 5, 6):
                case = planted(kind, k, 7, separation=separation)
                features = preprocess.preprocess(case.columns)
                begun = time.perf_counter()
                auto = clustering.cluster(features, k=None, seed=0)
                seconds = time.perf_counter() - begun
                asked = clustering.cluster(features, k=k, seed=0)
                given.append(rand(case.truth, asked.labels))
                chosen.append(rand(case.truth, auto.labels))
                off.append(abs(auto.k - k))
                graded.append(auto.grade is not Grade.NONE)
                name = f"{case.name} sep={separation:.0f}"
                print(
                    f"{name:34} {k:2} {auto.k:5} {given[-1]:11.3f} {chosen[-1]:9.3f} {auto.gap:6.3f} "
                    f"{auto.grade:>6} {seconds:5.1f}{' tentative' if auto.tentative else ''}"
                )
    print(
        f"planted: ARI with k given {np.mean(given):.3f}, chosen {np.mean(chosen):.3f}; "
        f"k exact {np.mean(np.equal(off, 0)):.0%}, within 1 {np.mean(np.less(off, 2)):.0%}, "
        f"graded weak or clear {np.mean(graded):.0%}"
    )


def nothing() -> None:
    """Print what becomes of single populations."""
    honest = []
    for case in single_populations():
        features = preprocess.preprocess(case.columns)
        auto = clustering.cluster(features, k=None, seed=0)
        scores = anomalies.score(case.columns, features, seed=0)
        flagged = anomalies.detect(scores, case.columns, features, auto).flagged.mean()
        honest.append(auto.grade is Grade.NONE)
        largest = max(c.corrected for c in auto.candidates)
        print(
            f"{case.name:34}  1 {auto.k:5} {'':21} {auto.gap:6.3f} {auto.grade:>6}  "
            f"largest gap {largest:.3f}, flagged {flagged:.1%}"
        )
    print(f"single populations graded none: {sum(honest)} of {len(honest)}")


def unusual() -> None:
    """Print how well labelled unusual rows are ranked."""
    sets = sorted(ANOMALY_SETS.glob("*.npz"))
    if not sets:
        print(f"no labelled sets in {ANOMALY_SETS}")
        return
    areas = np.array([auroc(path) for path in sets])
    for path, (ours, plain) in zip(sets, areas, strict=True):
        print(f"{path.stem:34} AUROC {ours:.3f}, isolation forest {plain:.3f}")
    print(f"mean AUROC {areas[:, 0].mean():.3f}, isolation forest {areas[:, 1].mean():.3f}")


def main() -> None:
    """Print everything."""
    started = time.perf_counter()
    segments()
    nothing()
    unusual()
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
