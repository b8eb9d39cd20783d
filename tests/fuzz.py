"""Damage real and made tables in many ways, read each, and hold the promise to it: a table or one clear line.

    python tests/fuzz.py [--files 20000] [--seed 1] [--workers 2] [--keep FOLDER]

Each file must be read and understood, or refused with a ReportgenError on one line, in 10 seconds and 1 GB. Files
that break this are kept, with the seed that makes them. Bytes are changed, deleted, doubled and cut; structures are
changed too: delimiters, quotes, encodings, rows that are no customers, cells of all kinds, archives and workbooks.
"""

from __future__ import annotations

import argparse
import datetime as dt
import faulthandler
import gzip
import io
import json
import math
import os
import random
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
SECONDS, MEMORY = 10.0, 1_000_000_000
MOST_MESSAGE = 700
BATCH = 100
SAMPLE = 40_000

JUNK = [
    b'"', b"'", b",", b";", b"\t", b"\n", b"\r", b"\r\n", b"\x00", b"\xff", b"\xef\xbb\xbf", b'""', b'\\"', b"-", b"(",
    b"%", b"$", b"\xe2\x82\xac", b"1e308", b"-1e308", b"inf", b"nan", b"NA", b"#DIV/0!", b"\xe2\x88\x92", b"0001-01-01",
    b"9999-12-31", b"99/99/9999", b'"' * 5, b"|", b"\n\n\n", b" ", b"1.234.567,8", b"00", b"\xc2\xa0", b"a" * 2000,
    b"9" * 400, b"=1+1", b'="007"', b"Total", b"sep=;\n", b"\xe4\xb8\xad", b"\xd9\xa4", b"<html>", b"{", b"\x1a",
    b"1e-400", b"0x10", b"1_000", b"TRUE", b"\xf0\x9f\x98\x80", b"\xed\xa0\x80", b"\\N", b"--", b"+", b"e5", b"1900",
    b"20240101",
]  # fmt: skip


def seeds() -> list[bytes]:
    """Tables to start from: the sample, those beside the checkout, and some made ones."""
    found = [p.read_bytes()[:SAMPLE] for p in sorted((REPOSITORY / "sample_data").glob("customers*.csv"))]
    found += [p.read_bytes()[:SAMPLE] for p in sorted((REPOSITORY.parent / "shared" / "data").glob("*.csv"))]
    r = random.Random(0)
    rows = [f"C{i:04};{r.lognormvariate(5, 1):.2f};{r.randint(0, 9)};{r.choice('abc')};{2000 + i % 20}-0{1 + i % 9}-11"
            for i in range(80)]  # fmt: skip
    found.append(("id;umsatz;besuche;art;seit\n" + "\n".join(rows)).replace(".", ",").encode("cp1252"))
    bought = [
        f"{i},{r.randint(1, 40)},{r.randint(1, 9)},{r.lognormvariate(2, 1):.2f},2024-01-{1 + i % 28:02}"
        for i in range(300)
    ]
    found.append(("invoice,customer_id,quantity,price,date\n" + "\n".join(bought)).encode())
    return found


def structure(data: bytes, r: random.Random) -> bytes:
    """Another way to write a table, or another table."""
    kind = r.randrange(14)
    lines = data.split(b"\n")
    if kind == 0:
        return data.replace(r.choice([b",", b";", b"\t"]), r.choice([b",", b";", b"\t", b"|", b":", b" "]))
    if kind == 1:
        return data.decode("utf-8", "replace").encode(
            r.choice(["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-7"])
        )
    if kind == 2:
        return data.replace(b"\n", r.choice([b"\r", b"\r\n", b"\n\n", b"\n\r", b",\n", b";\n"]))
    if kind == 3:
        return b"\n".join(lines[r.randrange(min(5, len(lines))) :])
    if kind == 4:
        return b"\n".join([r.choice(JUNK)] * r.randint(1, 4) + lines)
    if kind == 5:
        return b"\n".join(lines[:1] + r.sample(lines[1:], min(len(lines) - 1, r.choice([5, 31, 60]))))
    if kind == 6:
        cells = [line.split(b",") for line in lines]
        place = r.randrange(max(len(cells[0]), 1))
        for row in cells[r.randrange(2) :]:
            if place < len(row) and r.random() < 0.7:
                row[place] = r.choice(JUNK).replace(b"\n", b"")
        return b"\n".join(b",".join(row) for row in cells)
    if kind == 7:
        cells = [line.split(b",") for line in lines]
        return b"\n".join(b",".join(row * r.choice([2, 5])) for row in cells[:40])
    if kind == 8:
        return b"\n".join(b'"' + line.replace(b",", b'","') + b'"' for line in lines)
    if kind == 9:
        return b"\n".join(
            [*lines, r.choice([b"Total", b"Sum", b"Source: x", b"*"]) + b"," * lines[0].count(b",")]
        )
    if kind == 10:
        return lines[0] + b"\n" + b"\n".join([lines[-2]] * r.choice([1, 40, 400])) if len(lines) > 2 else data
    if kind == 11:
        return (
            data.replace(b".", b",")
            if r.random() < 0.5
            else data.replace(b"0", r.choice([b"", b"-", b" ", b"O"]))
        )
    if kind == 12:
        half = len(lines) // 2
        return b"\n".join([*lines[:half], lines[0], *lines[half:]])
    return b"\n".join(line + b"," + str(i % r.choice([1, 2, 7, 99])).encode() for i, line in enumerate(lines))


def wrap(data: bytes, r: random.Random) -> bytes:
    """The table in an archive, a workbook or Parquet."""
    kind = r.randrange(4)
    if kind == 0:
        return gzip.compress(data, mtime=0)
    stream = io.BytesIO()
    if kind == 1:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(zipfile.ZipInfo("t.csv"), data, zipfile.ZIP_DEFLATED)
        return stream.getvalue()
    rows = [line.split(",") for line in data.decode("utf-8", "replace").split("\n")[:60]]
    if kind == 2:
        import xlsxwriter

        with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_numbers": True}) as book:
            book.set_properties({"created": dt.datetime(2026, 1, 1)})
            sheet = book.add_worksheet()
            for i, row in enumerate(rows):
                sheet.write_row(i, 0, row[:200])
        return stream.getvalue()
    import pyarrow as pa
    import pyarrow.parquet as pq

    width = min(len(rows[0]), 200)
    columns = [pa.array([row[j] if j < len(row) else None for row in rows[1:]]) for j in range(width)]
    pq.write_table(pa.table(columns, names=[f"{rows[0][j]}{j}" for j in range(width)]), stream)
    return stream.getvalue()


def damage(data: bytes, r: random.Random) -> bytes:
    """Bytes changed, deleted, inserted, doubled, cut."""
    found = bytearray(data)
    for _ in range(r.choice([1, 3, 10, 100])):
        if len(found) < 10:
            break
        at, kind = r.randrange(len(found)), r.random()
        if kind < 0.5:
            found[at : at + r.choice([0, 0, 1, 5])] = r.choice(JUNK)
        elif kind < 0.7:
            del found[at : at + r.choice([1, 10, 200])]
        elif kind < 0.85:
            found[at] = r.randrange(256)
        else:
            other = r.randrange(len(found))
            found[at:at] = found[other : other + 200]
    return bytes(found[: r.randrange(1, len(found))] if r.random() < 0.1 and len(found) > 1 else found)


def mutated(tables: list[bytes], seed: int) -> bytes:
    """The file of this seed; always the same."""
    r = random.Random(seed)
    data = r.choice(tables)
    for _ in range(r.choice([0, 0, 1, 1, 2, 3])):
        data = structure(data, r)[: 8 * SAMPLE]
    if r.random() < 0.6:
        data = damage(data, r)
    if r.random() < 0.12:
        data = wrap(data, r)
        if r.random() < 0.5:
            data = damage(data, r)
    return data


def peak() -> int:
    """Most memory since ``forget``, bytes."""
    text = Path("/proc/self/status").read_text()
    return int(text.split("VmHWM:")[1].split()[0]) * 1024


def forget() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def examine(path: Path, seed: int) -> str:
    """Read and understand; what became of it: ``read``, ``refused`` or what is wrong."""
    from reportgen import describe
    from reportgen.columns import per_customer, understand
    from reportgen.errors import ReportgenError
    from reportgen.lexicon.tokens import load_tokens
    from reportgen.readers import read

    tokens = load_tokens()
    try:
        table = read(path)
        if table.rows_read != len(table.cells) + len(table.set_aside):
            return f"{table.rows_read} rows read, {len(table.cells)} and {len(table.set_aside)} set aside"
        if len(set(table.header)) != len(table.header) or not all(table.header):
            return "names that are empty or stand twice"
        if seed % 10 == 0:
            table = per_customer(table, table.header[seed // 10 % len(table.header)], tokens=tokens)
        columns = understand(table, tokens=tokens)
        for column in columns.columns:
            known = column.values[column.values == column.values]
            if len(column.values) != len(table.cells):
                return f"{column.name}: {len(column.values)} values"
            if known.size and not abs(known).max() < 1e101:
                return f"{column.name}: values without end"
            if column.levels and known.size and not 0 <= known.min() <= known.max() < len(column.levels):
                return f"{column.name}: codes without a level"
        json.dumps(describe.as_json(table, columns), allow_nan=False)
        if any("\n" in note.message or not note.code for note in (*table.notes, *columns.notes)):
            return "a note of several lines"
    except ReportgenError as error:
        message = str(error)
        if "\n" in message or len(message) > MOST_MESSAGE or ";" not in message:
            return f"message: {message[:200]!r}"
        return "refused"
    except Exception:
        return "traceback: " + traceback.format_exc(limit=-3)
    return "read"


def batch(first: int, count: int, keep: str) -> tuple[Counter[str], list[str], float, int]:
    """Files ``first`` ... ``first + count - 1``: outcomes, failures, slowest, largest."""
    faulthandler.enable()
    tables = seeds()
    outcomes: Counter[str] = Counter()
    failures: list[str] = []
    slowest, largest = 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        for seed in range(first, first + count):
            data = mutated(tables, seed)
            path.write_bytes(data)
            forget()
            faulthandler.dump_traceback_later(6 * SECONDS, exit=True)
            started = time.monotonic()
            outcome = examine(path, seed)
            seconds, memory = time.monotonic() - started, peak()
            faulthandler.cancel_dump_traceback_later()
            slowest, largest = max(slowest, seconds), max(largest, memory)
            if seconds > SECONDS or memory > MEMORY:
                outcome = f"took {seconds:.1f} s and {memory / 1e6:.0f} MB"
            outcomes[outcome if outcome in ("read", "refused") else "failed"] += 1
            if outcome not in ("read", "refused"):
                failures.append(f"file {seed}: {outcome}")
                if keep:
                    (Path(keep) / f"{seed}.dat").write_bytes(data)
    return outcomes, failures, slowest, largest


def main() -> int:
    """Run batches, print what was found, 1 when a file failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--keep", default="")
    asked = parser.parse_args()
    outcomes: Counter[str] = Counter()
    slowest, largest, failed = 0.0, 0, 0
    started = time.monotonic()
    firsts = [asked.seed * 10_000_000 + i * BATCH for i in range(math.ceil(asked.files / BATCH))]
    with ProcessPoolExecutor(asked.workers, mp_context=get_context("spawn")) as pool:
        counts = [min(BATCH, asked.files - i * BATCH) for i in range(len(firsts))]
        for done, failures, seconds, memory in pool.map(batch, firsts, counts, [asked.keep] * len(firsts)):
            outcomes += done
            slowest, largest = max(slowest, seconds), max(largest, memory)
            for failure in failures:
                print(failure, flush=True)
                failed += 1
    print(
        f"{sum(outcomes.values()):,} files: {outcomes['read']:,} read, {outcomes['refused']:,} refused, "
        f"{failed:,} failed; slowest {slowest:.1f} s, largest {largest / 1e6:.0f} MB, "
        f"{time.monotonic() - started:.0f} s in all"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
