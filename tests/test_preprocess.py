from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from benchmarks.methods import shuffled, table
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from reportgen import preprocess
from reportgen.errors import InputError, OptionError
from reportgen.results import Columns


def skewed(n: int = 600, seed: int = 3) -> Columns:
    rng = np.random.default_rng(seed)
    spend = np.where(rng.random(n) < 0.3, 0.0, np.exp(rng.normal(5, 1.2, n)))
    spend[0] = 1e7
    change = rng.normal(0, 20, n) ** 3 / 400
    gone = rng.random(n) < 0.2
    paid = np.where(gone, 0.0, np.exp(rng.normal(4, 1, n)))
    due = np.where(gone, np.nan, np.exp(rng.normal(3, 1, n)))
    return table(
        {
            "spend": spend,
            "change": change,
            "paid": paid,
            "due": due,
            "plan": rng.choice(5, n, p=[0.5, 0.3, 0.19, 0.005, 0.005]).astype(float),
            "member": (rng.random(n) < 0.3).astype(float),
            "size": rng.integers(0, 3, n).astype(float),
        },
        levels={"plan": ("basic", "plus", "pro", "old", "test"), "size": ("low", "medium", "high")},
        flags=("member",),
        ordered=("size",),
    )


def test_auto_is_yeo_johnson_winsorised_at_one_percent_and_standardised() -> None:
    columns = skewed()
    features = preprocess.preprocess(columns)
    x = columns["spend"].values
    lambda_ = features.transforms[0].lambda_
    assert lambda_ is not None
    y = stats.yeojohnson(x, lmbda=lambda_)
    y = np.clip(y, *np.quantile(y, [0.01, 0.99]))
    np.testing.assert_allclose(features.matrix[:, 0], (y - y.mean()) / y.std(), rtol=1e-8)


@pytest.mark.parametrize("name", ["spend", "change", "paid", "due"])
def test_lambda_is_the_maximum_likelihood_one_of_scipy(name: str) -> None:
    columns = skewed()
    features = preprocess.preprocess(columns)
    x = columns[name].values
    (transform,) = (t for t in features.transforms if t.column == name)
    assert transform.lambda_ == pytest.approx(stats.yeojohnson_normmax(x[~np.isnan(x)]), abs=1e-3)


def test_lambdas_of_the_reference_table_are_those_of_scipy(shared_data: Path) -> None:
    import pandas as pd

    frame = pd.read_csv(shared_data / "CC GENERAL.csv").drop(columns="CUST_ID")
    features = preprocess.preprocess(table({c: frame[c].to_numpy() for c in frame}))
    for transform in features.transforms:
        values = frame[transform.column].dropna()
        if transform.lambda_ is not None:
            assert transform.lambda_ == pytest.approx(stats.yeojohnson_normmax(values), abs=1e-3)
    assert sum(t.lambda_ is not None for t in features.transforms) == 16
    assert features.transforms[-1].column == "TENURE"  # 7 distinct values: nothing to bend
    assert features.transforms[-1].method == "identity"
    (fill,) = (f for f in features.fills if f.column == "MINIMUM_PAYMENTS")
    assert (fill.missing, fill.tied_to) == (313, "PAYMENTS = 0")
    assert fill.tied_share == pytest.approx(240 / 313)
    assert fill.base_share == 0


def test_a_column_far_from_zero_keeps_its_digits() -> None:
    # (x^-3 - 1)/-3 of values around a million is one number in double precision
    x = 1e6 + np.random.default_rng(1).normal(0, 100, 500)
    features = preprocess.preprocess(table({"a": x, "b": np.arange(500.0)}))
    assert np.corrcoef(features.matrix[:, 0], x)[0, 1] > 0.99


def test_one_giant_does_not_own_the_axis() -> None:
    features = preprocess.preprocess(skewed())
    assert np.abs(features.matrix[:, 0]).max() < 4
    assert np.abs(preprocess.preprocess(skewed(), scaling="standard").matrix[:, 0]).max() > 20


@pytest.mark.parametrize("scaling", preprocess.SCALINGS)
def test_transforms_are_all_that_is_needed_to_redo_the_matrix(scaling: str) -> None:
    columns = skewed()
    features = preprocess.preprocess(columns, scaling=scaling)
    assert np.isfinite(features.matrix).all()
    np.testing.assert_array_equal(preprocess.apply(features.transforms, columns), features.matrix)
    first = replace(columns, columns=tuple(replace(c, values=c.values[:50]) for c in columns.columns))
    np.testing.assert_array_equal(preprocess.apply(features.transforms, first), features.matrix[:50])


@pytest.mark.parametrize("scaling", preprocess.SCALINGS)
def test_row_order_changes_nothing(scaling: str) -> None:
    columns = skewed()
    rows = np.random.default_rng(5).permutation(600)
    one = preprocess.preprocess(columns, scaling=scaling)
    other = preprocess.preprocess(shuffled(columns, rows), scaling=scaling)
    assert other.transforms == one.transforms
    np.testing.assert_array_equal(other.matrix, one.matrix[rows])
    np.testing.assert_array_equal(other.matrix[other.order], one.matrix[one.order])


@given(
    st.lists(st.tuples(st.floats(allow_nan=True, width=32), st.floats(-3, 3)), min_size=2, max_size=40),
    st.randoms(),
)
@settings(max_examples=60, deadline=None)
def test_canonical_order_is_a_permutation_that_depends_on_values_only(
    rows: list[tuple[float, float]], random
) -> None:  # type: ignore[no-untyped-def]
    a = np.array(rows)
    order = preprocess.canonical_order(list(a.T))
    assert sorted(order) == list(range(len(rows)))
    moved = random.sample(range(len(rows)), len(rows))
    np.testing.assert_array_equal(
        a[moved][preprocess.canonical_order(list(a[moved].T))] + 0.0, a[order] + 0.0
    )


def test_a_category_block_weighs_as_much_as_one_number() -> None:
    features = preprocess.preprocess(skewed())
    block = features.matrix[:, [i for i, s in enumerate(features.sources) if s == "plan"]]
    assert block.var(axis=0).sum() == pytest.approx(1)
    flag = features.matrix[:, features.sources.index("member")]
    assert flag.var() == pytest.approx(1)


def test_category_blocks_weigh_half_where_they_outnumber_numbers() -> None:
    rng = np.random.default_rng(2)
    names = ("a", "b")
    columns = table(
        {"p": rng.integers(0, 2, 300), "q": rng.integers(0, 2, 300), "x": rng.normal(size=300)},
        levels={"p": names, "q": names},
    )
    features = preprocess.preprocess(columns)
    assert features.matrix[:, :2].var(axis=0).sum() == pytest.approx(0.5)
    assert features.matrix[:, -1].var() == pytest.approx(1)


def test_rare_levels_are_counted_together() -> None:
    (transform,) = (t for t in preprocess.preprocess(skewed()).transforms if t.column == "plan")
    assert transform.levels == ("basic", "plus", "pro", "other levels")
    assert transform.groups == {"old": "other levels", "test": "other levels"}
    assert sum(transform.shares) == pytest.approx(1)


def test_ordered_levels_are_numbers() -> None:
    features = preprocess.preprocess(skewed())
    size = features.matrix[:, features.sources.index("size")]
    codes = skewed()["size"].values
    np.testing.assert_allclose(size, (codes - codes.mean()) / codes.std())


def test_missing_values_that_go_with_another_column_are_said_to() -> None:
    features = preprocess.preprocess(skewed())
    (fill,) = features.fills
    assert (fill.column, fill.tied_to, fill.tied_share, fill.base_share) == ("due", "paid = 0", 1, 0)
    assert [n.code for n in features.notes] == ["missing-not-random"]
    assert float(fill.filled_with) == pytest.approx(np.nanmedian(skewed()["due"].values))


def test_missing_values_at_random_are_only_counted() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=400)
    x[rng.random(400) < 0.15] = np.nan
    features = preprocess.preprocess(table({"x": x, "y": rng.normal(size=400)}))
    assert features.fills[0].missing == np.isnan(x).sum()
    assert features.fills[0].tied_to == ""
    assert features.notes == ()


def test_missing_on_one_side_of_a_number_gives_a_threshold() -> None:
    rng = np.random.default_rng(4)
    age = rng.uniform(18, 80, 500)
    x = np.where(age > 60, np.nan, rng.normal(size=500))
    fill = preprocess.preprocess(table({"x": x, "age": age})).fills[0]
    assert fill.tied_to.startswith("age >= 6")
    assert fill.tied_share > 0.95
    assert fill.base_share < 0.05


def test_a_column_that_says_nothing_is_left_out_with_a_note() -> None:
    columns = table({"x": np.arange(50.0), "same": np.full(50, 3.0), "none": np.full(50, np.nan)})
    features = preprocess.preprocess(columns)
    assert features.sources == ("x",)
    assert [(n.code, n.place) for n in features.notes] == [
        ("column-constant", "same"),
        ("column-constant", "none"),
    ]


def test_nothing_to_cluster_by_is_an_error() -> None:
    with pytest.raises(InputError, match="single value"):
        preprocess.preprocess(table({"same": np.full(50, 3.0)}))


def test_an_unknown_scaling_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(OptionError, match=r"'zscore'.*minmax"):
        preprocess.preprocess(skewed(), scaling="zscore")


def test_minmax_spans_zero_to_one_and_rank_is_even() -> None:
    features = preprocess.preprocess(skewed(), scaling="minmax")
    assert features.matrix[:, 0].min() == 0
    assert features.matrix[:, 0].max() == 1
    rank = preprocess.preprocess(table({"x": np.exp(np.arange(101.0) / 9)}), scaling="rank").matrix[:, 0]
    np.testing.assert_allclose(rank, np.linspace(0, 1, 101), atol=1e-3)
