"""Measure reading and understanding a million customers against a plain pandas.read_csv of the same file.

    python tests/benchmarks/reading.py [ROWS] [--runs N]

Both run by turns in one process, so that what else the machine does hits both alike; the median ratio counts.
The promise is 2.5 for 1,000,000 rows of 18 columns.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

PROMISE = 2.5


def table(rows: int, path: Path) -> None:
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


def main() -> int:
    """Print each run and the median; 1 when the promise is not kept."""
    from reportgen.columns import understand
    from reportgen.lexicon.tokens import load_tokens
    from reportgen.readers import read

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("rows", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    tokens = load_tokens()
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        table(asked.rows, path)
        for _ in range(asked.runs):
            started = time.perf_counter()
            pd.read_csv(path)
            plain = time.perf_counter() - started
            started = time.perf_counter()
            found = read(path)
            reading = time.perf_counter() - started
            understand(found, tokens=tokens)
            both = time.perf_counter() - started
            ratios.append(both / plain)
            print(
                f"pandas {plain:.2f} s, read {reading:.2f} s, understand {both - reading:.2f} s: {both / plain:.2f}"
            )
    print(f"median {median(ratios):.2f} (promise: {PROMISE})")
    return 0 if median(ratios) <= PROMISE else 1


if __name__ == "__main__":
    sys.exit(main())
