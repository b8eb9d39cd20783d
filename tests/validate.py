"""Prove that the reports are what they say: PDF/UA-1, PDF/A-3a and sound (DESIGN.md, "Proof"); `make validate`.

Builds the report of the sample and of every table in ``--data`` and checks each with page-validation and
``qpdf --check``. Prints a line per table; ends with 1 if anything failed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import page
import pypdfium2

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "sample_data" / "customers_2026_q3.csv"
DATA = Path(os.environ.get("REPORTGEN_DATA", ROOT.parent / "shared" / "data"))
PROFILES = ("ua1", "3a")
LIMIT = 1_000_000
"""Bytes of a report."""


def build(table: Path, report: Path, options: list[str]) -> str:
    """Make the report; what went wrong, or nothing."""
    done = subprocess.run(
        [sys.executable, "-m", "reportgen", "build", str(table), "-o", str(report), "--as-of", "2026-11-23", "-q",
         *options],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stderr.strip() or f"ended with {done.returncode}" if done.returncode else ""


def failures(report: Path) -> Iterator[tuple[str, str]]:
    """(check, what it says) of everything that is wrong."""
    data = report.read_bytes()
    for profile in PROFILES:
        with contextlib.redirect_stdout(sys.stderr):
            found = page.validate_pdf_bytes(data, profile=profile).failures
        for failure in found:
            yield profile, f"{failure.rule_id}: {failure.message}"
    if shutil.which("qpdf"):
        done = subprocess.run(["qpdf", "--check", str(report)], capture_output=True, text=True, check=False)
        if done.returncode or "WARNING" in done.stdout + done.stderr:
            yield "qpdf", (done.stderr or done.stdout).strip().splitlines()[-1]
    if len(data) > LIMIT:
        yield "size", f"{len(data)} bytes"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA, help="folder of tables (default: %(default)s)")
    parser.add_argument("options", nargs="*", help="options of build, such as -- -k 12")
    asked = parser.parse_args()
    tables = [SAMPLE, *sorted(asked.data.glob("*.csv"))]
    if len(tables) == 1:
        print(f"validate: no tables in {asked.data}, only the sample is checked", file=sys.stderr)
    if not shutil.which("qpdf"):
        print("validate: qpdf is not installed (apt-get install qpdf), its check is skipped", file=sys.stderr)
    heads = (
        f"{'table':<40}{'pages':>6}{'kB':>6}" + "".join(f"{c:>6}" for c in (*PROFILES, "qpdf")) + f"{'s':>7}"
    )
    print(heads, "-" * len(heads), sep="\n")
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, table in enumerate(tables):
            report, start = Path(folder) / f"{number}.pdf", time.perf_counter()
            error = build(table, report, asked.options)
            if error:
                wrong += 1
                print(f"{table.name:<40}  no report: {error}")
                continue
            found = list(failures(report))
            counts = [sum(check == name for check, _ in found) for name in (*PROFILES, "qpdf")]
            shown = [f"{c or 'ok':>6}" for c in counts]
            if not shutil.which("qpdf"):
                shown[-1] = f"{'-':>6}"
            with contextlib.closing(pypdfium2.PdfDocument(report)) as document:
                pages = len(document)
            size, took = report.stat().st_size // 1000, time.perf_counter() - start
            print(f"{table.name[:38]:<40}{pages:>6}{size:>6}{''.join(shown)}{took:>7.1f}", flush=True)
            for check, message in found:
                print(f"    {check}: {message[:140]}")
            wrong += bool(found)
    print("-" * len(heads), f"{len(tables) - wrong} of {len(tables)} without a failure", sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
