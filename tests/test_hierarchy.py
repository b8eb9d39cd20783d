from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from benchmarks.methods import planted, rand, shuffled, table
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster import hierarchy as scipy_hierarchy
from sklearn.metrics import adjusted_rand_score

from reportgen import clustering, hierarchy, preprocess
from reportgen.results import Clustering, Features


@cache
def case() -> tuple[Features, Clustering]:
    made = planted("gaussian", 4, 2, rows=700, separation=6)
    features = preprocess.preprocess(made.columns)
    return features, clustering.cluster(features, k=4, seed=0)


def test_the_exact_tree_is_scipys() -> None:
    features, _ = case()
    ours = hierarchy.grow(features, seed=0).linkage
    theirs = scipy_hierarchy.linkage(features.matrix, "ward")
    np.testing.assert_allclose(ours[:, 2], theirs[:, 2], rtol=1e-9)
    for k in (2, 4, 9):
        assert (
            adjusted_rand_score(
                scipy_hierarchy.fcluster(ours, k, "maxclust"), scipy_hierarchy.fcluster(theirs, k, "maxclust")
            )
            == 1
        )


@given(st.integers(2, 40), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_weighted_ward_equals_ward_of_repeated_rows(m: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    centers, weights = rng.normal(size=(m, 3)), rng.integers(1, 5, m)
    linkage = hierarchy.weighted_ward(centers, weights)
    assert scipy_hierarchy.is_valid_linkage(linkage)
    repeated = scipy_hierarchy.linkage(np.repeat(centers, weights, axis=0), "ward")
    np.testing.assert_allclose(linkage[:, 2], repeated[len(repeated) - (m - 1) :, 2], atol=1e-9)


def test_weighted_ward_with_ties_is_a_valid_tree() -> None:
    centers = np.array([[float(i), float(j)] for i in range(5) for j in range(5)])
    linkage = hierarchy.weighted_ward(centers, np.ones(25, dtype=np.int64))
    assert scipy_hierarchy.is_valid_linkage(linkage)
    assert (np.diff(linkage[:, 2]) >= 0).all()


@pytest.mark.parametrize("exact", [True, False])
def test_the_tree_finds_what_k_means_found_where_the_groups_are_plain(
    exact: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    features, found = case()
    if not exact:
        monkeypatch.setattr(hierarchy, "EXACT_ROWS", 500)
        monkeypatch.setattr(hierarchy, "MICRO", 100)
    linked = hierarchy.link(hierarchy.grow(features, seed=0), features, found)
    assert linked.method == ("ward" if exact else "weighted ward of micro-clusters")
    assert len(linked.linkage) == (699 if exact else len(linked.linkage))
    assert scipy_hierarchy.is_valid_linkage(linked.linkage)
    assert linked.agreement > 0.9
    assert linked.agreement == (linked.labels == found.labels).mean()
    assert linked.adjusted_rand == pytest.approx(rand(linked.labels, found.labels))
    np.testing.assert_array_equal(linked.contingency.sum(axis=1), np.bincount(found.labels))
    np.testing.assert_array_equal(np.diag(linked.contingency).sum() / 700, linked.agreement)


def test_the_labels_are_scipys_cut_and_the_cut_line_makes_it() -> None:
    features, found = case()
    linked = hierarchy.link(hierarchy.grow(features, seed=0), features, found)
    assert rand(scipy_hierarchy.fcluster(linked.linkage, 4, "maxclust"), linked.labels) == 1
    assert rand(scipy_hierarchy.fcluster(linked.linkage, linked.cut, "distance"), linked.labels) == 1


def test_the_drawn_tree_is_the_top_of_the_whole_one() -> None:
    features, found = case()
    linked = hierarchy.link(hierarchy.grow(features, seed=0), features, found)
    t = len(linked.leaves)
    assert 12 <= t <= 30
    assert scipy_hierarchy.is_valid_linkage(linked.tree)
    assert len(linked.tree) == t - 1
    np.testing.assert_array_equal(linked.tree[:, 2], linked.linkage[-(t - 1) :, 2])
    assert sum(leaf.customers for leaf in linked.leaves) == 700
    branches = scipy_hierarchy.fcluster(linked.linkage, t, "maxclust")
    assert sorted(np.bincount(branches)[1:]) == sorted(leaf.customers for leaf in linked.leaves)
    for leaf in linked.leaves:
        assert 1 / found.k <= leaf.purity <= 1
    # the four branches under the cut carry the customers of the four groups
    four = scipy_hierarchy.fcluster(linked.tree, linked.cut, "distance")
    customers = np.bincount(four, weights=[leaf.customers for leaf in linked.leaves])[1:]
    assert sorted(customers) == sorted(np.bincount(linked.labels))


@pytest.mark.parametrize("exact", [True, False])
def test_row_order_changes_nothing(exact: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not exact:
        monkeypatch.setattr(hierarchy, "EXACT_ROWS", 500)
        monkeypatch.setattr(hierarchy, "MICRO", 100)
    made = planted("gaussian", 4, 2, rows=700, separation=4)
    rows = np.random.default_rng(3).permutation(700)
    results = []
    for columns in (made.columns, shuffled(made.columns, rows)):
        features = preprocess.preprocess(columns)
        found = clustering.cluster(features, k=4, seed=0)
        results.append(hierarchy.link(hierarchy.grow(features, seed=0), features, found))
    np.testing.assert_array_equal(results[1].labels, results[0].labels[rows])
    np.testing.assert_array_equal(results[1].tree, results[0].tree)
    assert results[1].leaves == results[0].leaves


def test_few_customers_have_few_leaves() -> None:
    features = preprocess.preprocess(table({"x": np.arange(30.0), "y": np.arange(30.0) % 7}))
    found = clustering.cluster(features, k=2, seed=0)
    linked = hierarchy.link(hierarchy.grow(features, seed=0), features, found)
    assert sum(leaf.customers for leaf in linked.leaves) == 30


def test_many_equal_rows_make_fewer_micro_clusters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hierarchy, "EXACT_ROWS", 100)
    x = np.arange(300.0) % 12
    features = preprocess.preprocess(table({"x": x, "y": x % 5}))
    found = clustering.cluster(features, k=3, seed=0)
    linked = hierarchy.link(hierarchy.grow(features, seed=0), features, found)
    assert len(linked.linkage) == 11
    assert len(linked.leaves) == 12


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=80))
def test_adjusted_rand_is_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    contingency = np.zeros((4, 4), dtype=np.int64)
    for a, b in pairs:
        contingency[a, b] += 1
    a, b = zip(*pairs, strict=True)
    assert hierarchy.adjusted_rand(contingency) == pytest.approx(adjusted_rand_score(a, b), abs=1e-9)
