"""The idea of the Pollock benchmark: one table, polluted in every way that files are; what is not exact is said.

The pollutions follow PVLDB 16(8), "Pollock: A Data Loading Benchmark"; the files are made here. Each is read without
any option. Then the table is exactly the one that was written, or a note or an error says that it is not.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from reportgen.errors import InputError
from reportgen.readers import read
from reportgen.results import Table

RNG = np.random.default_rng(83)
HEADER = ["DATE", "TIME", "Qty", "PRODUCTID", "Price", "ProductType", "ProductDescription", "URL", "Comments"]
ROWS = [
    [
        f"{1 + i % 12:02}/{1 + i % 28:02}/2018", f"{i % 24:02}:{i * 7 % 60:02}", str(RNG.integers(1, 90)),
        f"P{1000 + i}", f"{RNG.lognormal(4, 1):.2f}", ("Book", "Laptop", "Mug, large")[i % 3],
        f'a "fine" thing no. {i}' if i % 9 == 0 else "plain",
        f"https://example.org/{i}?a=1;b=2", "two\nlines" if i == 40 else f"ok {i}",
    ]
    for i in range(83)
]  # fmt: skip
Rows = list[list[str]]


def written(rows: Rows, **how: object) -> str:
    stream = io.StringIO()
    options: dict[str, object] = {"lineterminator": "\n", **how}
    csv.writer(stream, **options).writerows(rows)  # type: ignore[arg-type]
    return stream.getvalue()


CLEAN = written([HEADER, *ROWS])
LINES = CLEAN.split("\n")
PLAIN = [[cell.replace("\n", " ").replace('"', "'") for cell in row] for row in ROWS]
"""The same without newlines and quotes in cells."""
SIMPLE = written([HEADER, *PLAIN]).split("\n")


def line(number: int, change: Callable[[str], str]) -> str:
    lines = list(SIMPLE)
    lines[number] = change(lines[number])
    return "\n".join(lines)


def cell(row: int, value: str) -> tuple[str, Rows]:
    rows = [list(r) for r in ROWS]
    rows[row][6] = value
    return written([HEADER, *rows]), rows


def wide(count: int) -> tuple[str, Rows]:
    header = [f"c{i}" for i in range(count)]
    rows = [[str(i * j % 97) for j in range(count)] for i in range(1, 40)]
    return written([header, *rows]), rows


PLURAL: dict[str, tuple[str | bytes, Rows | None, list[str] | None]] = {}
"""Name -> (file, right rows, right header); None where there is no right one."""


def add(name: str, content: str | bytes, rows: Rows | None = ROWS, header: list[str] | None = HEADER) -> None:
    PLURAL[name] = (content, rows, header)


EXACT = (
    "source", "no trailing newline", "record CR", "record CRLF", "delimiter ;", "delimiter tab", "delimiter |",
    "all quoted", "utf-8 mark", "utf-16", "utf-32", "escape backslash", "blank lines", "blank lines at the end",
    "spaces around", "wide", "long cell", "sep line",
)  # fmt: skip
"""These must be exact, and no warning about them is a false alarm."""

add("source", CLEAN)
add("no trailing newline", CLEAN.rstrip("\n"))
add("record CR", written([HEADER, *PLAIN]).replace("\n", "\r"), PLAIN)
add("record CRLF", written([HEADER, *PLAIN], lineterminator="\r\n"), PLAIN)
add("record mixed", "\r\n".join(SIMPLE[:30]) + "\n" + "\n".join(SIMPLE[30:]), PLAIN)
for sign, name in ((";", ";"), ("\t", "tab"), ("|", "|")):
    add(f"delimiter {name}", written([HEADER, *ROWS], delimiter=sign))
for sign in (" ", "~", ":", "\x1f", "^"):
    add(f"delimiter {sign!r}", written([HEADER, *ROWS], delimiter=sign))
add("delimiter ', '", "\n".join(", ".join(row) for row in [HEADER, *[[c.replace(",", "") for c in r] for r in PLAIN]]),
    [[c.replace(",", "") for c in r] for r in PLAIN])  # fmt: skip
add("all quoted", written([HEADER, *ROWS], quoting=csv.QUOTE_ALL))
add("quote '", written([HEADER, *ROWS], quotechar="'"))
add("quote none", "\n".join(",".join(row) for row in [HEADER, *PLAIN]), PLAIN)
add("escape backslash", written([HEADER, *ROWS], escapechar="\\", doublequote=False))
add("utf-8 mark", b"\xef\xbb\xbf" + CLEAN.encode())
add("utf-16", CLEAN.encode("utf-16"))
add("utf-32", CLEAN.encode("utf-32"))
add("cp1252", CLEAN.replace("plain", "schön").encode("cp1252"),
    [[c.replace("plain", "schön") for c in row] for row in ROWS])  # fmt: skip
add("sep line", "sep=,\n" + CLEAN)
add("blank lines", "\n\n".join(SIMPLE), PLAIN)
add("blank lines at the end", CLEAN + "\n\n\n")
add("spaces around", "\n".join(" , ".join(row) for row in [HEADER, *[[c.replace(",", "") for c in r] for r in PLAIN]]),
    [[c.replace(",", "") for c in r] for r in PLAIN])  # fmt: skip
add("wide", *wide(600), [f"c{i}" for i in range(600)])
long, long_rows = cell(5, "x" * 100_000)
add("long cell", long, long_rows)
add("cell too long", cell(5, "x" * 200_000)[0], ROWS[:5] + ROWS[6:])
add("no header", written(ROWS), ROWS, None)
add("header twice", written([HEADER, HEADER, *ROWS]))
add(
    "header of two lines",
    written([HEADER, ["mm/dd", "hh", "pieces", "key", "EUR", "kind", "text", "link", "text"], *ROWS]),
)
add("header blank", written([["DATE", "TIME", "", *HEADER[3:]], *ROWS]), ROWS, None)
add("header same names", written([["DATE", "DATE", *HEADER[2:]], *ROWS]), ROWS, None)
add("header one less", written([HEADER[1:], *ROWS]), ROWS, None)
add("header one more", written([[*HEADER, "more"], *ROWS]), None, None)
add("preamble", "Export of products\nmade today\n\n" + CLEAN)
add("preamble in cells", "Export of products,,,,,,,,\n,,,,,,,,\n" + CLEAN)
add("footer", CLEAN + "83 rows\n")
add("footer in cells", CLEAN + "Source: shop,,,,,,,,\n")
add("two tables", CLEAN + "\n\nother,table\n1,2\n3,4\n")
add("header only", SIMPLE[0] + "\n", None)
add("one row", "\n".join(SIMPLE[:2]), PLAIN[:1])
add("empty", "", None)
add("only newlines", "\n\n\n", None)
add("trailing delimiter", "\n".join(text + "," for text in SIMPLE if text), PLAIN, None)
for number in (1, 20, 83):
    others = PLAIN[: number - 1] + PLAIN[number:]
    add(f"cell less in row {number}", line(number, lambda text: text.rpartition(",")[0]), others)
    add(f"cell more in row {number}", line(number, lambda text: text + ",more"), others)
    add(f"empty cell more in row {number}", line(number, lambda text: text + ","), PLAIN)
    add(f"many cells more in row {number}", line(number, lambda text: text + ",more" * 20), others)
    add(f"missing delimiter in row {number}", line(number, lambda text: text.replace(",", "", 1)), others)
    add(f"open quote in row {number}", line(number, lambda text: '"' + text), others)
    stray = [list(row) for row in PLAIN]
    stray[number - 1][7] = stray[number - 1][7].replace("example", 'exa"mple')
    add(f"stray quote in row {number}", line(number, lambda text: text.replace("example", 'exa"mple')), stray)
    add(f"space delimiter in row {number}", line(number, lambda text: text.replace(",", " ")), others)
    add(f"semicolons in row {number}", line(number, lambda text: text.replace(",", ";")), others)
    add(f"NUL in row {number}", line(number, lambda text: text.replace("plain", "pl\0ain")), PLAIN)
    accents = (
        line(number, lambda text: text.replace("ok", "öö")) + "\n01/01/2018,00:00,1,é,1.00,é,é,é,é\n" * 2
    )
    add(f"cp1252 in row {number}", accents.encode().replace("öö".encode(), "öö".encode("cp1252")), None)


def body(table: Table) -> Rows:
    return [list(row) for row in table.cells.itertuples(index=False)]


def outcome(folder: Path, name: str) -> str:
    """``exact``, ``said`` or ``silent``."""
    content, rows, header = PLURAL[name]
    path = folder / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    try:
        table = read(path)
    except InputError:
        return "said" if rows is None or name not in EXACT else "refused"
    same = rows is not None and body(table) == rows and (header is None or list(table.header) == header)
    if same:
        return "exact"
    return "said" if table.notes else "silent"


@pytest.mark.parametrize("name", PLURAL)
def test_exact_or_said(tmp_path: Path, name: str) -> None:
    found = outcome(tmp_path, name)
    assert found in ("exact", "said"), name
    if name in EXACT:
        assert found == "exact"
        assert [note.code for note in read(tmp_path / "t.csv").notes if note.level == "warning"] == []


def test_most_are_exact(tmp_path: Path) -> None:
    found = {name: outcome(tmp_path, name) for name in PLURAL if PLURAL[name][1] is not None}
    exact = sum(result == "exact" for result in found.values())
    assert exact >= 0.85 * len(found), sorted(name for name, result in found.items() if result != "exact")
