"""Measure reading and understanding a million customers against a plain pandas.read_csv of the same file.

    python tests/benchmarks/reading.py [ROWS] [--runs N] [--kind cards|commas|words]

Both run by turns in one process, so that what else the machine does hits both alike; the median ratio counts.
The promise is 2.5 for 1,000,000 rows of 18 columns. Beside it stands the ratio of processor times, each the least of
all runs, which says more where others are at work: pandas and we use two processors in different degrees.

The other kinds have no promise: with decimal commas pandas is told of them while we find them, and of text it says
neither how many values differ nor which are dates.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

PROMISE = 2.5


def cards(rows: int, path: Path) -> None:
    """Card customers, made: an id, amounts with six decimals and many zeros, frequencies, counts, gaps."""
    rng = np.random.default_rng(1)
    columns: dict[str, object] = {"CUST_ID": [f"C{i:07}" for i in range(rows)]}
    for i in range(9):
        amounts = rng.lognormal(5, 1.2, rows).round(6)
        columns[f"AMOUNT_{'ABCDEFGHI'[i]}"] = np.where(rng.random(rows) < 0.05 * i, 0.0, amounts)
    for i in range(5):
        columns[f"FREQUENCY_{'ABCDE'[i]}"] = (rng.integers(0, 13, rows) / 12).round(6)
    columns["TRX"] = rng.poisson(9, rows)
    columns["PAYMENTS"] = np.where(rng.random(rows) < 0.03, np.nan, rng.lognormal(6, 1, rows).round(6))
    columns["TENURE"] = rng.integers(6, 13, rows)
    pd.DataFrame(columns).to_csv(path, index=False)


def commas(rows: int, path: Path) -> None:
    """A German export, made: semicolons, decimal commas, dates with the day first, a few words."""
    rng = np.random.default_rng(2)
    columns: dict[str, object] = {"Kundennummer": np.arange(rows) + 100_000}
    for i in range(8):
        columns[f"Umsatz_{i}"] = rng.lognormal(5, 1, rows).round(2)
    for i in range(3):
        columns[f"Anzahl_{i}"] = rng.poisson(5, rows)
    columns["Region"] = rng.choice(["Nord", "Süd", "Ost", "West"], rows)
    columns["seit"] = _days(rng, rows).strftime("%d.%m.%Y")
    pd.DataFrame(columns).to_csv(path, index=False, sep=";", decimal=",")


def words(rows: int, path: Path) -> None:
    """Mostly text, made: an id, names that repeat, groups, a day and a time, a few numbers with gaps."""
    rng = np.random.default_rng(3)
    pd.DataFrame(
        {
            "customer_id": [f"K{i:07}" for i in range(rows)],
            "name": [f"Kunde {i}" for i in rng.integers(0, rows, rows)],
            "city": rng.choice(["Berlin", "München", "Köln", "Hamburg", "Bonn", "Ulm"], rows),
            "plan": rng.choice(["basic", "plus", "premium"], rows),
            "newsletter": rng.choice(["yes", "no"], rows),
            "satisfaction": rng.choice(["Low", "Medium", "High"], rows),
            "joined": _days(rng, rows).strftime("%Y-%m-%d"),
            "last_purchase": _days(rng, rows) + pd.to_timedelta(rng.integers(0, 86_400, rows), unit="s"),
            "age": rng.integers(18, 90, rows),
            "visits": rng.poisson(4, rows),
            "total_spend": rng.lognormal(5, 1, rows).round(2),
            "income": np.where(rng.random(rows) < 0.1, np.nan, rng.lognormal(10, 0.5, rows).round(0)),
        }
    ).to_csv(path, index=False)


def _days(rng: np.random.Generator, rows: int) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(
        np.datetime64("2015-01-01") + rng.integers(0, 3_600, rows).astype("timedelta64[D]")
    )


KINDS = {"cards": cards, "commas": commas, "words": words}


def main() -> int:
    """Print each run and the median; 1 when the promise is not kept."""
    from reportgen.columns import understand
    from reportgen.lexicon.tokens import load_tokens
    from reportgen.readers import read

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("rows", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--kind", choices=KINDS, default="cards")
    asked = parser.parse_args()
    tokens = load_tokens()
    told: dict[str, Any] = {"sep": ";", "decimal": ","} if asked.kind == "commas" else {}
    ratios: list[float] = []
    spent: dict[str, list[float]] = {"pandas": [], "we": []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        KINDS[asked.kind](asked.rows, path)
        for _ in range(asked.runs):
            started, before = time.perf_counter(), time.process_time()
            pd.read_csv(path, **told)
            plain = time.perf_counter() - started
            spent["pandas"].append(time.process_time() - before)
            started, before = time.perf_counter(), time.process_time()
            found = read(path)
            reading = time.perf_counter() - started
            understand(found, tokens=tokens)
            both = time.perf_counter() - started
            spent["we"].append(time.process_time() - before)
            del found
            ratios.append(both / plain)
            print(
                f"pandas {plain:.2f} s, read {reading:.2f} s, understand {both - reading:.2f} s: {both / plain:.2f}"
            )
    least, plain = min(spent["we"]), min(spent["pandas"])
    print(f"processor time: pandas {plain:.2f} s, we {least:.2f} s: {least / plain:.2f}")
    promise = f" (promise: {PROMISE})" if asked.kind == "cards" else ""
    print(f"median {median(ratios):.2f}{promise}")
    return 0 if median(ratios) <= PROMISE or not promise else 1


if __name__ == "__main__":
    sys.exit(main())
