"""Measure `reportgen build` against the import floor of the machine at hand, beside the limits.

    python tests/benchmarks/bench.py [--large] [--runs N]

The import floor is the wall time of a fresh Python that imports what any program of this kind must import,
from byte-compiled packages. Ratios to it carry over from machine to machine; seconds do not. Floor and build
run alternately (A B A B ...), so that what else the machine does hits both alike; medians are compared.

This process stays small on purpose: Linux counts what the parent held at the start of a child into the
child's ru_maxrss, so nothing large is imported here.
"""

from __future__ import annotations

import argparse
import compileall
import importlib.util
import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median

REPOSITORY = Path(__file__).resolve().parents[2]
REFERENCE = REPOSITORY.parent / "shared" / "data" / "CC GENERAL.csv"
FLOOR_IMPORTS = (
    "pandas", "sklearn.cluster", "sklearn.ensemble", "scipy.cluster.hierarchy", "matplotlib.figure", "jinja2",
    "weasyprint",
)  # fmt: skip
LARGE_ROWS = (250_000, 1_000_000)
"""The smaller one only shows how the cost grows."""
SEED = 20260930
MB = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Run:
    """One process, from start to end."""

    seconds: float
    largest: int
    """Peak resident bytes of the largest process of the tree (ru_maxrss)."""
    tree: int = 0
    """Peak of the proportional set sizes of the whole tree, sampled; 0 where it was not asked for."""


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    data: Path
    options: tuple[str, ...] = ()
    ratio: float = math.inf
    """Limit, as a multiple of the import floor."""
    seconds: float = math.inf
    memory: float
    """Limit in bytes."""


def children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *children(child)]
    return found


def proportional(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return 1024 * int(line.split()[1])
    return 0


def watch(pid: int, done: threading.Event, peak: list[int]) -> None:
    """Sample the memory of the tree below ``pid`` until it is done."""
    while not done.wait(0.05):
        total = 0
        try:
            for member in [pid, *children(pid)]:
                total += proportional(member)
        except OSError:  # a process ended between two reads
            pass
        peak[0] = max(peak[0], total)


def run(command: list[str], *, tree: bool = False) -> Run:
    """Run ``command`` to its end; a failure ends the benchmark with what it said."""
    peak, done = [0], threading.Event()
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        watcher = threading.Thread(target=watch, args=(process.pid, done, peak), daemon=True)
        if tree:
            watcher.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        done.set()
        process.returncode = os.waitstatus_to_exitcode(status)
        if tree:
            watcher.join()
        if process.returncode:
            said.seek(0)
            text = said.read().decode(errors="replace")
            sys.exit(f"{' '.join(command)}\nended with {process.returncode}:\n{text}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Run(seconds=seconds, largest=usage.ru_maxrss * unit, tree=peak[0])


def floor_command() -> list[str]:
    return [sys.executable, "-c", "\n".join(f"import {name}" for name in FLOOR_IMPORTS)]


def build_command(case: Case, folder: Path) -> list[str]:
    program = str(Path(sys.executable).with_name("reportgen"))
    always = ["--as-of", "2026-10-01", "--quiet", "--output", str(folder / "report.pdf")]
    return [program, "build", str(case.data), *case.options, *always]


def byte_compile() -> None:
    """Compile the project as an installer would; refuse to measure packages that are not compiled."""
    compileall.compile_dir(REPOSITORY / "reportgen", quiet=1)
    for name in FLOOR_IMPORTS:
        spec = importlib.util.find_spec(name.partition(".")[0])  # the top one: nothing is imported for it
        if spec is None or spec.cached is None or not Path(spec.cached).exists():
            sys.exit(f"{name} is not byte-compiled: remove .venv/.reportgen-setup and run `make setup`")


def enlarge(rows: int, folder: Path) -> Path:
    """The reference table resampled with replacement to ``rows`` x 17 (no id), amounts jittered by 5 %."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    import pyarrow.csv

    rng = np.random.default_rng(SEED)
    table = pd.read_csv(REFERENCE).drop(columns="CUST_ID")
    table = table.iloc[rng.integers(0, len(table), rows)].reset_index(drop=True)
    whole = (table["PURCHASES"] - table["ONEOFF_PURCHASES"] - table["INSTALLMENTS_PURCHASES"]).abs() < 0.01
    floats = table.select_dtypes("float").columns
    amounts = floats[~floats.str.endswith("FREQUENCY") & (floats != "PRC_FULL_PAYMENT")]
    table[amounts] = (table[amounts] * np.exp(rng.normal(0, 0.05, (rows, len(amounts))))).round(6)
    parts = table["ONEOFF_PURCHASES"] + table["INSTALLMENTS_PURCHASES"]
    table["PURCHASES"] = table["PURCHASES"].where(~whole, parts.round(6))
    path = folder / f"large_{rows}.csv"
    pyarrow.csv.write_csv(pa.Table.from_pandas(table, preserve_index=False), path)
    return path


def cell(value: float, limit: float, text: str) -> str:
    """A measured value with its limit and whether it is kept."""
    if math.isinf(limit):
        return text.format(value)
    return f"{text.format(value)} of {text.format(limit)} {'ok' if value <= limit else 'OVER'}"


def show(rows: list[list[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    print(flush=True)


def measure(case: Case, runs: int, folder: Path) -> list[str]:
    """One line of the table: a run to warm up, in which the tree's memory is sampled, then the timed ones."""
    command = build_command(case, folder)
    first = run(command, tree=True)
    floors, builds = [], []
    for _ in range(runs):
        floors.append(run(floor_command()))
        builds.append(run(command))
    floor = median(one.seconds for one in floors)
    seconds = median(one.seconds for one in builds)
    largest = max(one.largest for one in [first, *builds])
    return [
        case.name,
        f"{floor:.2f} s",
        cell(seconds, case.seconds, "{:.2f} s"),
        cell(seconds / floor, case.ratio, "{:.2f}x"),
        cell(largest / MB, case.memory / MB, "{:,.0f} MB"),
        cell(first.tree / MB, case.memory / MB, "{:,.0f} MB"),
    ]


def measure_large(folder: Path) -> list[list[str]]:
    """A line for each size, one run each, and how the time grew."""
    lines, times = [], []
    for rows in LARGE_ROWS:
        limit = 45.0 if rows == LARGE_ROWS[-1] else math.inf
        with ProcessPoolExecutor(1, get_context("spawn")) as aside:
            data = aside.submit(enlarge, rows, folder).result()
        case = Case(name=f"{rows:,} x 17", data=data, seconds=limit, memory=2_500 * MB)
        floor, once = run(floor_command()), run(build_command(case, folder), tree=True)
        times.append(once.seconds)
        lines.append(
            [
                case.name,
                f"{floor.seconds:.2f} s",
                cell(once.seconds, limit, "{:.1f} s"),
                f"{once.seconds / floor.seconds:.1f}x",
                cell(once.largest / MB, case.memory / MB, "{:,.0f} MB"),
                cell(once.tree / MB, case.memory / MB, "{:,.0f} MB"),
            ]
        )
        data.unlink()
    small, large = LARGE_ROWS
    allowed = large * math.log(large) / (small * math.log(small))
    lines.append(["growth (n log n)", "", cell(times[1] / times[0], allowed, "{:.2f}x"), "", "", ""])
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure reportgen build against the import floor.")
    parser.add_argument("--large", action="store_true", help="also 1,000,000 x 17 (takes minutes)")
    parser.add_argument("--runs", type=int, default=5, help="timed runs of each, alternating with the floor")
    options = parser.parse_args()
    if not REFERENCE.is_file():
        sys.exit("the reference table is not there: ../shared/data/CC GENERAL.csv, beside this checkout")
    byte_compile()
    run(floor_command())
    heads = ["case", "import floor", "build", "ratio", "largest process", "all processes"]
    cases = [
        Case(name="CC GENERAL, auto", data=REFERENCE, ratio=3.0, memory=700 * MB),
        Case(name="CC GENERAL, -k 4", data=REFERENCE, options=("-k", "4"), ratio=2.2, memory=700 * MB),
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        show([heads, *(measure(case, options.runs, folder) for case in cases)])
        if options.large:
            show([heads, *measure_large(folder)])


if __name__ == "__main__":
    main()
