from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from benchmarks.methods import auroc, planted, shuffled, table

from reportgen import anomalies, clustering, preprocess
from reportgen.results import Clustering, Columns, Detection, Features


@cache
def case() -> tuple[Columns, Features, Clustering, Detection]:
    """Two groups of 300, and two odd customers: one huge, one odd for its group only."""
    rng = np.random.default_rng(8)
    group = np.repeat([0, 1], 300)
    spend = rng.normal(np.where(group == 0, 100, 200), 6)
    visits = rng.normal(np.where(group == 0, 20, 60), 3)
    spend[0], visits[0] = 4_000, 500
    visits[1] = 40  # between the groups: ordinary for everyone, far out in its own
    columns = table({"spend": spend, "visits": visits, "noise": rng.normal(50, 10, 600)})
    features = preprocess.preprocess(columns)
    found = clustering.cluster(features, k=2, seed=0)
    scores = anomalies.score(columns, features, seed=0)
    return columns, features, found, anomalies.detect(scores, columns, features, found)


def test_the_score_has_median_zero_and_puts_the_giant_first() -> None:
    *_, detection = case()
    assert np.median(detection.scores) == pytest.approx(0, abs=1e-12)
    assert detection.anomalies[0].row == 0
    assert detection.anomalies[0].extreme
    assert detection.anomalies[0].scope == "everyone"


def test_the_threshold_is_three_and_five_upper_side_mads() -> None:
    *_, detection = case()
    scores = detection.scores
    mad = 1.4826 * np.median(scores[scores >= 0])
    assert detection.threshold == pytest.approx(3 * mad)
    assert detection.extreme_threshold == pytest.approx(5 * mad)
    np.testing.assert_array_equal(detection.flagged, scores > detection.threshold)
    assert {a.row for a in detection.anomalies} == set(np.flatnonzero(detection.flagged))
    assert [a.score for a in detection.anomalies] == sorted(
        (a.score for a in detection.anomalies), reverse=True
    )
    assert all(a.extreme == (a.score > detection.extreme_threshold) for a in detection.anomalies)


def test_every_reason_can_be_counted_again() -> None:
    columns, _, found, detection = case()
    assert detection.anomalies
    for anomaly in detection.anomalies:
        assert 1 <= len(anomaly.reasons) <= 3
        for reason in anomaly.reasons:
            x = columns[reason.column].values
            own = x[found.labels == found.labels[anomaly.row]]
            assert reason.value == x[anomaly.row]
            less = (x < reason.value) if reason.higher else (x > reason.value)
            assert reason.beyond_all == less.mean()
            assert reason.as_extreme == (~less).sum() - 1
            less = (own < reason.value) if reason.higher else (own > reason.value)
            assert reason.beyond_segment == pytest.approx(less.mean())
            assert reason.segment_median == np.median(own)
            assert reason.robust_z >= 0


def test_a_customer_ordinary_for_everyone_but_not_in_its_segment() -> None:
    columns, features, found, detection = case()
    scores = detection.scores.copy()
    scores[1] = 50  # whatever the forest thinks: the explanation is under test
    explained = {a.row: a for a in anomalies.detect(scores, columns, features, found).anomalies}[1]
    assert explained.scope == "segment"
    assert explained.reasons[0].column == "visits"
    assert explained.reasons[0].beyond_segment > 0.98


def test_ties_are_counted() -> None:
    rng = np.random.default_rng(1)
    zero = np.where(np.arange(400) < 40, 0.0, rng.uniform(1, 2, 400))
    columns = table({"x": zero, "y": rng.normal(size=400)})
    features = preprocess.preprocess(columns)
    found = clustering.cluster(features, k=2, seed=0)
    scores = np.zeros(400)
    scores[3] = 9.0
    (anomaly,) = anomalies.detect(scores + rng.normal(0, 0.01, 400), columns, features, found).anomalies[:1]
    assert anomaly.row == 3
    for reason in anomaly.reasons:
        if reason.column == "x":  # 39 others have nothing as well: not rarer than anybody
            assert (reason.higher, reason.as_extreme, reason.beyond_all) == (False, 39, 0.9)


def test_columns_outside_the_segmentation_are_looked_at() -> None:
    from dataclasses import replace

    rng = np.random.default_rng(1)
    columns = table(
        {"x": rng.normal(size=300), "y": rng.normal(size=300), "z": rng.normal(size=300)}, profile=("z",)
    )
    columns["z"].values[7] = 60
    columns = replace(columns, behaviour=("x", "y", "z"))
    features = preprocess.preprocess(columns)
    assert "z" not in features.sources
    found = clustering.cluster(features, k=2, seed=0)
    detection = anomalies.detect(anomalies.score(columns, features, seed=0), columns, features, found)
    assert detection.anomalies[0].row == 7
    assert detection.anomalies[0].reasons[0].column == "z"


def test_missing_values_and_categories_are_no_obstacle() -> None:
    made = planted("mixed", 3, 1, rows=300)
    made.columns["c4"].values[:40] = np.nan
    features = preprocess.preprocess(made.columns)
    found = clustering.cluster(features, k=3, seed=0)
    detection = anomalies.detect(
        anomalies.score(made.columns, features, seed=0), made.columns, features, found
    )
    assert np.isfinite(detection.scores).all()
    assert all(np.isfinite(r.value) for a in detection.anomalies for r in a.reasons)


def test_row_order_changes_nothing() -> None:
    columns, features, _, detection = case()
    rows = np.random.default_rng(2).permutation(600)
    moved = shuffled(columns, rows)
    np.testing.assert_array_equal(
        anomalies.score(moved, preprocess.preprocess(moved), seed=0), detection.scores[rows]
    )
    assert not np.array_equal(anomalies.score(columns, features, seed=1), detection.scores)


@pytest.mark.parametrize(
    ("kind", "most"), [("gaussian", 0.02), ("mixed", 0.02), ("lognormal", 0.04), ("zeros", 0.04)]
)
def test_few_are_flagged_where_nobody_is_unusual(kind: str, most: float) -> None:
    made = planted(kind, 1, 1, rows=2_000)
    features = preprocess.preprocess(made.columns)
    found = clustering.cluster(features, k=3, seed=0)
    scores = anomalies.score(made.columns, features, seed=0)
    assert anomalies.detect(scores, made.columns, features, found).flagged.mean() < most


def test_planted_giants_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    made = planted("lognormal", 3, 4, rows=1_000)
    for row in range(5):
        made.columns[f"c{row}"].values[row] *= 200
    features = preprocess.preprocess(made.columns)
    assert set(np.argsort(-anomalies.score(made.columns, features, seed=0))[:5]) == set(range(5))
    monkeypatch.setattr(anomalies, "EXACT_ROWS", 500)  # the way of large tables
    monkeypatch.setattr(anomalies, "REFERENCE", 300)
    highest = np.argsort(-anomalies.score(made.columns, features, seed=0))[:5]
    assert len({*highest.tolist()} & set(range(5))) >= 4


def test_a_table_of_equals_has_nobody_unusual() -> None:
    x = np.repeat([0.0, 1.0], 40)
    columns = table({"x": x, "y": 1 - x})
    features = preprocess.preprocess(columns)
    found = clustering.cluster(features, k=2, seed=0)
    scores = anomalies.score(columns, features, seed=0)
    assert not anomalies.detect(scores, columns, features, found).flagged.any()


def test_the_score_is_better_than_a_plain_isolation_forest_on_labelled_sets(shared_data: Path) -> None:
    areas = np.array([auroc(path) for path in sorted((shared_data / "anomaly").glob("*.npz"))])
    assert len(areas) == 10
    ours, plain = areas.mean(axis=0)
    assert ours > 0.85
    assert ours > plain + 0.02
