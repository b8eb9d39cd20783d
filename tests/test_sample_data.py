"""The sample is what its script makes, and holds what sample_data/README.md says was planted."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import PowerTransformer

QUARTERS = ("2026_q2", "2026_q3")


@pytest.fixture(scope="module")
def script(repository: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "make_sample", repository / "sample_data" / "make_sample.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses looks its own module up
    spec.loader.exec_module(module)
    return module


def table(folder: Path, quarter: str) -> pd.DataFrame:
    customers = pd.read_csv(folder / f"customers_{quarter}.csv", dtype={"customer_id": str})
    truth = pd.read_csv(folder / f"truth_{quarter}.csv", dtype=str, keep_default_na=False)
    assert list(truth["customer_id"]) == list(customers["customer_id"])
    return customers.join(truth[["segment", "unusual"]])


@pytest.fixture(scope="module")
def quarters(sample_q2: Path) -> dict[str, pd.DataFrame]:
    return {quarter: table(sample_q2.parent, quarter) for quarter in QUARTERS}


@pytest.fixture(params=QUARTERS)
def customers(request: pytest.FixtureRequest, quarters: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return quarters[request.param]


def test_script_makes_the_files_byte_for_byte(script: ModuleType, sample_q2: Path, tmp_path: Path) -> None:
    made = script.make(tmp_path)
    assert sorted(path.name for path in made) == sorted(path.name for path in sample_q2.parent.glob("*.csv"))
    for path in made:
        assert path.read_bytes() == (sample_q2.parent / path.name).read_bytes(), path.name


def test_files_stay_small(sample_q2: Path, sample_q3: Path) -> None:
    assert max(sample_q2.stat().st_size, sample_q3.stat().st_size) < 400_000


def test_ids_are_unique_and_keep_leading_zeros(customers: pd.DataFrame) -> None:
    assert customers["customer_id"].is_unique
    assert customers["customer_id"].str.fullmatch(r"0\d{6}").all()


def test_spend_is_the_sum_of_its_parts_to_the_cent(customers: pd.DataFrame) -> None:
    cents = (customers[["card_spend", "online_spend", "store_spend"]] * 100).round().astype(int)
    assert (cents["card_spend"] == cents["online_spend"] + cents["store_spend"]).all()
    assert 0.05 < (cents["card_spend"] == 0).mean() < 0.15


def test_nothing_bought_means_no_transactions(customers: pd.DataFrame) -> None:
    assert ((customers["card_spend"] == 0) == (customers["transactions"] == 0)).all()
    assert ((customers["cash_withdrawals"] == 0) == (customers["cash_withdrawal_count"] == 0)).all()


def test_minimum_payment_is_missing_exactly_where_nothing_was_paid(customers: pd.DataFrame) -> None:
    assert (customers["minimum_payment"].isna() == (customers["payments"] == 0)).all()
    assert 0.02 < customers["minimum_payment"].isna().mean() < 0.06


def test_other_missing_values_are_few(customers: pd.DataFrame) -> None:
    missing = customers.isna().sum()
    missing = missing[missing > 0].drop("minimum_payment")
    assert set(missing.index) == {"region", "age", "credit_limit"}
    assert missing.max() < 0.02 * len(customers)


def test_amounts_are_skewed(customers: pd.DataFrame) -> None:
    assert (customers[["card_spend", "cash_withdrawals", "balance_owed", "payments"]].skew() > 2).all()


def test_customers_stay_leave_join_and_move(quarters: dict[str, pd.DataFrame]) -> None:
    before, after = (quarters[quarter].set_index("customer_id") for quarter in QUARTERS)
    stayed = before.index.intersection(after.index)
    assert (len(before), len(after), len(stayed)) == (3_000, 3_060, 2_820)
    assert (before.loc[stayed, "segment"] != after.loc[stayed, "segment"]).sum() == 197
    assert (before.loc[stayed, "joined"] == after.loc[stayed, "joined"]).all()
    assert after.loc[after.index.difference(before.index), "joined"].min() >= "2026-07-01"


def test_unusual_customers_are_planted(quarters: dict[str, pd.DataFrame], script: ModuleType) -> None:
    before, after = (quarters[quarter].set_index("customer_id")["unusual"] for quarter in QUARTERS)
    for unusual in (before, after):
        assert unusual[unusual != ""].value_counts().to_dict() == dict.fromkeys(script.KINDS, 5)
    both = before.index.intersection(after.index)
    assert ((before[both] != "") & (before[both] == after[both])).sum() == 10


def test_planted_segments_can_be_found(customers: pd.DataFrame) -> None:
    numbers = customers.select_dtypes("number")
    scaled = PowerTransformer().fit_transform(numbers.fillna(numbers.median()))
    labels = KMeans(5, n_init=10, random_state=0).fit_predict(scaled)
    assert adjusted_rand_score(customers["segment"], labels) > 0.95


def test_region_age_and_joining_say_nothing_about_the_segment(customers: pd.DataFrame) -> None:
    counts = pd.crosstab(customers["segment"], customers["region"]).to_numpy(dtype=float)
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    cramers_v = np.sqrt(((counts - expected) ** 2 / expected).sum() / counts.sum() / (min(counts.shape) - 1))
    assert cramers_v < 0.06
    for numbers in (customers["age"], pd.to_datetime(customers["joined"]).astype("int64")):
        between = numbers.groupby(customers["segment"]).transform("mean").var()
        assert between / numbers.var() < 0.01
