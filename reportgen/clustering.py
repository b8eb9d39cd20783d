"""Turn features into segments: who belongs together, how many groups, and whether there are any.

K-means (scikit-learn, Lloyd's algorithm, best of ten starts) on all customers. The number of segments is
the smallest one whose every cluster comes back in bootstrap samples (Hennig 2007: mean Jaccard similarity of
at least .75) and is large enough, and whose copula-null gap is within .01 of the best: on 72 tables with
planted segments that rule reached an adjusted Rand index of .825, where the largest silhouette reached .717
(METHODS.md 2.2). The gap asks how much tighter the clusters are than those of a single population with the
same columns and the same correlations (a Gaussian copula; the homogeneity test of Hennig & Lin 2015 in the
form of the gap statistic, Tibshirani et al. 2001). What the same statistic says of such single populations
themselves is subtracted, because columns with many zeros look clustered by nature. The grade follows from it.

Choosing works on at most 3,000 rows drawn with a fixed seed; the published fit uses all of them. All fits
run on the canonical order of the rows and with one thread of arithmetic each, so neither the order of
the file nor the number of cores changes a result.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from reportgen.errors import InputError
from reportgen.results import Candidate, Clustering, Features, Grade, Note

if TYPE_CHECKING:
    from reportgen.results import Floats, Ints

T = TypeVar("T")
Blocks = tuple[tuple[int, ...], ...]

KS = tuple(range(2, 9))
"""Numbers of segments tried; 3 to 8 can be chosen (METHODS.md 2.4)."""
SAMPLE = 3_000
"""Rows on which the choice is made."""
SILHOUETTE_SAMPLE = 1_200
BOOTSTRAPS = 20
BOOTSTRAPS_ASKED = 10
"""Bootstrap samples per k, and when the number of segments was given. Each is fitted from random starts only:
with one start at the clusters under test, clusters that do not come back seem to (measured: .94 for .4)."""
ROUND = 10
"""Bootstrap samples after which a k that cannot be kept any more is given up."""
STARTS, STARTS_BOOTSTRAP, STARTS_NULL, STARTS_LARGE = 10, 3, 3, 3
LARGE = 200_000
"""Rows above which the published fit takes ``STARTS_LARGE`` starts: with more rows, starts differ less."""
CHOICE_SEED = 20_240
"""Of the samples, starts and null tables by which the number of segments is chosen and graded."""
NULLS = 4
"""Null tables, and null tables of null tables."""
STABLE = 0.75
"""Mean bootstrap Jaccard from which a cluster counts as found again (Hennig 2007)."""
SMALLEST_SHARE, SMALLEST_ROWS = 0.03, 30
"""A cluster smaller than either is no segment (METHODS.md 2.4)."""
WITHIN = 0.01
"""Gap to the best below which the smaller k is taken."""
CLEAR, WEAK = 0.10, 0.03
"""Corrected gaps from which structure is graded clear or weak (METHODS.md 2.3)."""
BORDERLINE = 0.9
"""Ratio of the distances to the nearest and second nearest centroid above which a customer is borderline."""
ROWS_PER_SEGMENT = 15
"""On small tables no more segments are tried than leave so many rows to each."""


def cluster(features: Features, *, k: int | None, seed: int) -> Clustering:
    """Divide the customers into ``k`` segments, or into as many as the table supports.

    Parameters
    ----------
    features
        The matrix and the canonical order of its rows.
    k
        Number of segments, obeyed if the table has as many different rows; None to choose.
    seed
        Of the starts of the published fit. The choice of the number of segments draws from a seed of its own,
        so that another seed does not tell another story about the same table.

    Raises
    ------
    InputError
        Fewer different rows than segments.
    """
    # Rows in canonical order throughout; only the results are put back into file order.
    x = np.ascontiguousarray(features.matrix[features.order])
    n = len(x)
    distinct = _distinct(x, 2 if k is None else k)
    if distinct < (k or 2):
        raise InputError(
            f"only {distinct} of {n} customers differ in the columns used for clustering, too few for "
            f"{k or 2} segments; use more columns" + (" or ask for fewer segments" if k else "")
        )
    with threadpool_limits(1), warnings.catch_warnings(), _pool() as pool:
        warnings.simplefilter("ignore", ConvergenceWarning)  # a bootstrap sample may have fewer points than k
        trials = _Trials(x, _blocks(features), k, distinct, pool)
        candidates = tuple(trials.candidate(i) for i in trials.ks)
        chosen, tentative = (k, not _at(candidates, k).kept) if k else choose(candidates)
        centroids, inertia = _final(x, trials.start(chosen), seed, pool)
        distances = _distances(x, centroids)
        labels = distances.argmin(axis=1)
        rank = _largest_first(labels, centroids)
        centroids, distances = centroids[rank], distances[:, rank]
        labels = np.argsort(rank)[labels]
        projection, explained = _project(x)
        stability = trials.stability(chosen, labels[trials.rows])
        silhouette = trials.silhouette(labels[trials.rows], chosen)
    near = np.partition(distances, 1, axis=1)[:, :2]
    close = near[:, 0] > BORDERLINE * near[:, 1]
    gap = _at(candidates, chosen).corrected
    back = np.empty(n, dtype=np.int64)
    back[features.order] = np.arange(n)
    notes: tuple[Note, ...] = ()
    if tentative:
        notes = (
            Note(
                code="segments-tentative",
                message=f"Not all of the {chosen} segments come back when the analysis is repeated on "
                "samples of the customers, or one of them is very small: read them as tentative.",
                place="clustering",
                level="warning",
            ),
        )
    return Clustering(
        k=chosen,
        labels=labels[back],
        centroids=centroids,
        distances=distances[back],
        inertia=inertia,
        chosen="asked" if k else "auto",
        candidates=candidates,
        stability=stability,
        silhouette=silhouette,
        borderline=np.bincount(labels, weights=close, minlength=chosen)
        / np.bincount(labels, minlength=chosen),
        projection=projection[back],
        projection_variance=explained,
        grade=grade(gap),
        gap=gap,
        tentative=tentative,
        seed=seed,
        notes=notes,
    )


def choose(candidates: Sequence[Candidate]) -> tuple[int, bool]:
    """The number of segments by METHODS.md 2.4, and whether it is tentative because none qualified."""
    kept = [c for c in candidates if c.kept and c.k >= 3]
    if kept:
        best = max(c.corrected for c in kept)
        return min(c.k for c in kept if c.corrected >= best - WITHIN), False
    few = [c for c in candidates if 3 <= c.k <= 5] or list(candidates)
    return max(few, key=lambda c: (round(min(c.stability), 6), -c.k)).k, True


def grade(gap: float) -> Grade:
    """The grade that a corrected gap earns."""
    return Grade.CLEAR if gap >= CLEAR else Grade.WEAK if gap >= WEAK else Grade.NONE


# ------------------------------------------------------------------ fits


@dataclass(frozen=True, kw_only=True, slots=True)
class _Fit:
    centroids: Floats
    labels: Ints
    inertia: float


def _fit(
    x: Floats,
    k: int,
    seed: int,
    starts: int,
    *,
    weights: Floats | None = None,
    start: Floats | None = None,
    tolerance: float = 1e-4,
) -> _Fit:
    init = "k-means++" if start is None else start
    model = KMeans(
        n_clusters=k, init=init, n_init=starts, random_state=seed, tol=tolerance, algorithm="lloyd"
    )
    model.fit(x, sample_weight=weights)
    return _Fit(centroids=model.cluster_centers_, labels=model.labels_, inertia=float(model.inertia_))


def _pool() -> ThreadPoolExecutor:
    # OpenMP's limit belongs to the thread that sets it, so each worker sets its own.
    return ThreadPoolExecutor(
        max_workers=min(2, os.cpu_count() or 1), initializer=lambda: threadpool_limits(1, user_api="openmp")
    )


def _each(pool: ThreadPoolExecutor, tasks: Sequence[Callable[[], T]]) -> list[T]:
    """Results of the tasks in their order, two of them at a time."""
    return [future.result() for future in [pool.submit(task) for task in tasks]]


def _seeds(seed: int, *place: int, size: int = 1) -> list[int]:
    """Independent seeds for one place of the analysis."""
    state = np.random.SeedSequence([seed, *place]).generate_state(size)
    return [int(s) % 2**31 for s in state]


def _final(x: Floats, start: Floats, seed: int, pool: ThreadPoolExecutor) -> tuple[Floats, float]:
    """Centroids and inertia of the best of several random starts and ``start`` (k, p)."""
    k, large = len(start), len(x) > LARGE
    # Lloyd's rounds go on until nobody moves, so that different starts end at the same segments exactly.
    fit = partial(_fit, x, k, tolerance=1e-4 if large else 0.0)
    tasks = [partial(fit, s, 1) for s in _seeds(seed, 0, k, size=STARTS_LARGE if large else STARTS)]
    best = min(_each(pool, [partial(fit, 0, 1, start=start), *tasks]), key=lambda fit: fit.inertia)
    return best.centroids, best.inertia


def _distances(x: Floats, centroids: Floats) -> Floats:
    """(n, k) Euclidean distances."""
    squared = (x * x).sum(axis=1)[:, None] - 2 * (x @ centroids.T) + (centroids * centroids).sum(axis=1)
    return np.asarray(np.sqrt(np.maximum(squared, 0)))


def _nearest(x: Floats, centroids: Floats) -> Ints:
    return np.asarray(((centroids * centroids).sum(axis=1) - 2 * (x @ centroids.T)).argmin(axis=1))


def _largest_first(labels: Ints, centroids: Floats) -> Ints:
    sizes = np.bincount(labels, minlength=len(centroids))
    return np.asarray(np.lexsort((*np.round(centroids, 6).T[::-1], -sizes)))


def _distinct(x: Floats, enough: int) -> int:
    few = len(np.unique(x[:2_000], axis=0))
    return few if few > max(enough, max(KS)) + 1 or len(x) <= 2_000 else len(np.unique(x, axis=0))


def _at(candidates: Sequence[Candidate], k: int) -> Candidate:
    return next(c for c in candidates if c.k == k)


def _project(x: Floats) -> tuple[Floats, float]:
    """First two principal components (largest loadings positive) and their share of variance."""
    centered = x - x.mean(axis=0)
    values, vectors = np.linalg.eigh(centered.T @ centered)
    vectors = vectors[:, ::-1][:, :2]
    if vectors.shape[1] < 2:
        vectors = np.hstack([vectors, np.zeros((len(vectors), 1))])
    signs = np.sign(vectors[np.abs(vectors).argmax(axis=0), [0, 1]])
    total = float(values.sum())
    return centered @ (vectors * np.where(signs == 0, 1, signs)), float(values[::-1][:2].sum()) / total


# ------------------------------------------------------------------ stability


def jaccard(reference: Ints, other: Ints, k: int) -> Floats:
    """(k,) largest Jaccard similarity of each reference cluster with any cluster of the other labelling."""
    both = np.bincount(reference * k + other, minlength=k * k).reshape(k, k)
    union = both.sum(axis=1)[:, None] + both.sum(axis=0) - both
    return np.asarray((both / np.maximum(union, 1)).max(axis=1))


def _again(x: Floats, draw: Ints, k: int, seed: int) -> Ints:
    """Label all rows by the clusters of a bootstrap sample (drawn rows as weights of the distinct ones)."""
    rows, counts = np.unique(draw, return_counts=True)
    fit = _fit(x[rows], k, seed, STARTS_BOOTSTRAP, weights=counts.astype(np.float64))
    return _nearest(x, fit.centroids).astype(np.int8)


def _log_inertia(x: Floats, k: int, seed: int) -> float:
    return float(np.log(max(_fit(x, k, seed, STARTS_NULL).inertia, 1e-300)))


class _Trials:
    """What is measured on a sample of the rows for each number of segments that is tried."""

    def __init__(self, x: Floats, blocks: Blocks, k: int | None, most: int, pool: ThreadPoolExecutor) -> None:
        n, seed = len(x), CHOICE_SEED
        self.rows = np.sort(np.random.default_rng([seed, 1]).permutation(n)[:SAMPLE])
        self.x = x[self.rows]
        size = len(self.x)
        if k is None:
            self.ks = [i for i in KS if i <= min(most, max(3, size // ROWS_PER_SEGMENT))]
        else:
            self.ks = [i for i in (k - 1, k, k + 1) if 2 <= i <= max(k, most)]
        self._needed = max(SMALLEST_SHARE, SMALLEST_ROWS / n)
        boots = BOOTSTRAPS if k is None else BOOTSTRAPS_ASKED
        bases = [partial(_fit, self.x, i, _seeds(seed, 3, i)[0], STARTS) for i in self.ks]
        draws = [np.random.default_rng([seed, 2, b]).integers(0, size, size) for b in range(boots)]
        nulls = [null_table(self.x, blocks, (seed, 6, b)) for b in range(NULLS)]
        nulls += [null_table(table, blocks, (seed, 7, b)) for b, table in enumerate(nulls)]
        spreads = [
            partial(_log_inertia, table, i, _seeds(seed, 5, i, b)[0])
            for i in self.ks
            for b, table in enumerate(nulls)
        ]
        self._fits = dict(zip(self.ks, _each(pool, bases), strict=True))
        self._again: dict[int, list[Ints]] = {i: [] for i in self.ks}
        for first in range(0, boots, ROUND):
            left = boots - first
            # A cluster that cannot reach a mean of STABLE any more decides its k: no more samples for that.
            wanted = [i for i in self.ks if (self._sum(i) + left >= STABLE * boots).all()]
            tasks = [
                partial(_again, self.x, draws[b], i, _seeds(seed, 4, i, b)[0])
                for i in wanted
                for b in range(first, min(first + ROUND, boots))
            ]
            found = iter(_each(pool, tasks))
            for i in wanted:
                self._again[i] += [next(found) for _ in range(min(ROUND, left))]
        self._logs = np.reshape(_each(pool, spreads), (len(self.ks), 2, NULLS))
        self._some = np.sort(np.random.default_rng([seed, 8]).permutation(size)[:SILHOUETTE_SAMPLE])
        self._pairs = _distances(self.x[self._some], self.x[self._some])
        np.fill_diagonal(self._pairs, 0)

    def start(self, k: int) -> Floats:
        """(k, p) centroids of the sample's own fit."""
        return self._fits[k].centroids

    def candidate(self, k: int) -> Candidate:
        fit = self._fits[k]
        stability = self.stability(k, fit.labels.astype(np.int64))
        smallest = float(np.bincount(fit.labels, minlength=k).min() / len(self.x))
        null, null_of_null = self._logs[self.ks.index(k)]
        gap = float(null.mean() - np.log(max(fit.inertia, 1e-300)))
        widths = self.silhouette(fit.labels.astype(np.int64), k)
        sizes = np.bincount(fit.labels[self._some], minlength=k)
        return Candidate(
            k=k,
            stability=tuple(float(s) for s in stability),
            smallest=smallest,
            gap=gap,
            corrected=gap - float((null_of_null - null).mean()),
            silhouette=float((widths * sizes)[sizes > 0].sum() / sizes.sum()),
            kept=bool(stability.min() >= STABLE and smallest >= self._needed),
        )

    def stability(self, k: int, labels: Ints) -> Floats:
        """(k,) mean Jaccard of the labelling of the sample with the bootstrap fits of as many clusters."""
        found = self._again[k]
        return np.asarray(np.mean([jaccard(labels, other.astype(np.int64), k) for other in found], axis=0))

    def _sum(self, k: int) -> Floats:
        labels = self._fits[k].labels.astype(np.int64)
        similar = [jaccard(labels, other.astype(np.int64), k) for other in self._again[k]]
        return np.asarray(np.sum(similar, axis=0)) if similar else np.zeros(k)

    def silhouette(self, labels: Ints, k: int) -> Floats:
        """(k,) mean silhouette width (Rousseeuw 1987) of the sampled members of each cluster."""
        labels = labels[self._some]
        members = np.eye(k)[labels]
        sizes = members.sum(axis=0)
        sums = self._pairs @ members
        own = sizes[labels]
        inside = sums[np.arange(len(labels)), labels] / np.maximum(own - 1, 1)
        means = np.where(sizes > 0, sums / np.maximum(sizes, 1), np.inf)
        means[np.arange(len(labels)), labels] = np.inf
        outside = means.min(axis=1)
        widths = np.where(own > 1, (outside - inside) / np.maximum(np.maximum(outside, inside), 1e-300), 0)
        return np.asarray(np.bincount(labels, weights=widths, minlength=k) / np.maximum(sizes, 1))


# ------------------------------------------------------------------ null tables


def _blocks(features: Features) -> Blocks:
    """Matrix columns of each table column: a category is drawn as one thing."""
    blocks = []
    at = 0
    for transform in features.transforms:
        width = 1 if transform.kind == "numeric" else len(transform.levels)
        blocks.append(tuple(range(at, at + width)))
        at += width
    return tuple(blocks)


def null_table(x: Floats, blocks: Blocks, seed: tuple[int, ...]) -> Floats:
    """A table like ``x`` from one population: the same columns and normal-scores correlations, no groups.

    Each column (or block of indicators) keeps exactly its values; only their order over the rows is that of
    a correlated normal draw. The levels of a category are put in the order in which they lie along the first
    principal component, so that one latent number can carry most of what they have to do with the rest.
    """
    rng = np.random.default_rng(seed)
    n = len(x)
    latent = np.empty((n, len(blocks)))
    first = _project(x)[0][:, 0] if any(len(block) > 1 for block in blocks) else latent[:, 0]
    for j, block in enumerate(blocks):
        if len(block) == 1:
            latent[:, j] = x[:, block[0]]
        else:
            codes = x[:, list(block)].argmax(axis=1)
            means = np.bincount(codes, weights=first, minlength=len(block)) / np.maximum(
                np.bincount(codes, minlength=len(block)), 1
            )
            latent[:, j] = means.argsort().argsort()[codes]
    scores = ndtri((rankdata(latent, axis=0) - 0.5) / n)
    scores -= scores.mean(axis=0)
    norm = np.sqrt((scores * scores).sum(axis=0))
    scores /= np.where(norm > 0, norm, 1)
    values, vectors = np.linalg.eigh(scores.T @ scores)
    drawn = rng.standard_normal((n, len(blocks))) @ (vectors * np.sqrt(np.maximum(values, 0))).T
    out = np.empty_like(x)
    source, target = np.argsort(latent, axis=0, kind="stable"), np.argsort(drawn, axis=0, kind="stable")
    for j, block in enumerate(blocks):
        for column in block:
            out[target[:, j], column] = x[source[:, j], column]
    return out
