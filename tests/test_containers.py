"""Tables in archives, workbooks and Parquet: the same table as from plain text, or one clear error."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import os
import re
import struct
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from reportgen.errors import InputError, OptionError
from reportgen.readers import limits, read, sources
from reportgen.results import Table

ROWS = [("007", "10.5", "3"), ("C2", "20.25", "4"), ("C3", "7", "5"), ("C4", "1234.567", "6")]
HEADER = ("id", "spend", "visits")
CSV = "".join(",".join(row) + "\n" for row in [HEADER, *ROWS]).encode()


def write(folder: Path, content: bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def body(table: Table) -> list[tuple[str, ...]]:
    return [tuple(row) for row in table.cells.itertuples(index=False)]


def codes(table: Table) -> list[str]:
    return [note.code for note in table.notes]


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return stream.getvalue()


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        elapsed = book.add_format({"num_format": "[h]:mm:ss"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for i, row in enumerate(rows):
                for j, cell in enumerate(row):
                    if isinstance(cell, dt.date):
                        sheet.write_datetime(i, j, dt.datetime(cell.year, cell.month, cell.day), day)
                    elif isinstance(cell, dt.timedelta):
                        sheet.write_datetime(i, j, cell, elapsed)
                    elif cell is not None:
                        sheet.write(i, j, cell)
    return path


def refused(path: Path, **options: object) -> str:
    started = time.monotonic()
    with pytest.raises(InputError) as caught:
        read(path, **options)  # type: ignore[arg-type]
    assert time.monotonic() - started < 20
    message = str(caught.value)
    assert "\n" not in message
    assert ";" in message
    return message


# --------------------------------------------------------------------------- archives


@pytest.mark.parametrize(
    "packed",
    [gzip.compress(CSV), gzip.compress(CSV[:20]) + gzip.compress(CSV[20:]), gzip.compress(CSV) + b"\0" * 512,
     zipped(t__csv=CSV), zipped(t__csv=CSV, **{"__MACOSX/._t.csv": b"x"}),
     gzip.compress(CSV.decode().encode("utf-16"))],
)  # fmt: skip
def test_archives_of_one_file(tmp_path: Path, packed: bytes) -> None:
    table = read(write(tmp_path, packed))
    assert table.header == HEADER
    assert body(table) == ROWS
    assert table.size == len(packed)


def test_archives_that_are_refused(tmp_path: Path) -> None:
    two = refused(write(tmp_path, zipped(a__csv=CSV, b__csv=CSV)))
    assert "2 files (a.csv, b.csv)" in two
    assert "cut off" in refused(write(tmp_path, gzip.compress(CSV)[:-12]))
    assert "damaged" in refused(write(tmp_path, gzip.compress(CSV)[:-6] + b"123456"))
    assert "behind the end" in refused(write(tmp_path, gzip.compress(CSV) + b"tail"))
    assert "inside an archive" in refused(write(tmp_path, gzip.compress(gzip.compress(CSV))))
    assert "without a file" in refused(write(tmp_path, zipped()))
    assert "cut off or damaged" in refused(write(tmp_path, zipped(t__csv=CSV * 9)[:-30]))
    assert "a PDF document" in refused(write(tmp_path, gzip.compress(b"%PDF-1.7 ")))
    assert "empty" in refused(write(tmp_path, gzip.compress(b"")))
    assert "Word" in refused(write(tmp_path, zipped(**{"word/document.xml": b"<w/>"})))


def test_bombs_are_refused_early(tmp_path: Path) -> None:
    zeros = b"id,x\n" + b"0" * 300_000_000
    packed = gzip.compress(zeros, 6)
    assert "times its size" in refused(write(tmp_path, packed))
    assert "times its size" in refused(write(tmp_path, zipped(t__csv=zeros)))
    assert "--max-bytes" in refused(write(tmp_path, packed), limits=limits(1_000_000, None, None))


def test_a_workbook_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", {"s": [["a", "b"], [1, 2]]})
    with (
        zipfile.ZipFile(path) as old,
        zipfile.ZipFile(tmp_path / "big.xlsx", "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            padding = b" " * 200_000_000 if "sheet1" in name else b""
            new.writestr(name, old.read(name) + padding)
    data = bytearray((tmp_path / "big.xlsx").read_bytes())
    for size in (i for i in range(len(data) - 4) if struct.unpack_from("<I", data, i)[0] > 200_000_000 and
                 struct.unpack_from("<I", data, i)[0] < 200_010_000):  # fmt: skip
        struct.pack_into("<I", data, size, 900)
    assert "times its size" in refused(write(tmp_path, bytes(data)))


# --------------------------------------------------------------------------- workbooks


def test_a_sheet_is_the_same_table(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        list(HEADER),
        ["007", 10.5, 3],
        ["C2", 20.25, 4],
        ["C3", 7, 5],
        ["C4", 1234.567, 6],
    ]
    table = read(workbook(tmp_path / "t.dat", {"Customers": rows}))
    assert table.header == HEADER
    assert [row[0] for row in body(table)] == [row[0] for row in ROWS]
    assert [[float(cell) for cell in row[1:]] for row in body(table)] == [
        [float(c) for c in r[1:]] for r in ROWS
    ]
    assert body(table)[3][1] == "1234.5670"  # cannot be taken for a number of thousands
    assert (table.encoding, table.delimiter, codes(table)) == ("workbook, sheet Customers", "", [])
    again = read(tmp_path / "t.dat", encoding=table.encoding, delimiter=table.delimiter)
    assert body(again) == body(table)


def test_cells_of_a_sheet(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["id", "when", "ok", "text", "long"],
        ["a", dt.date(2024, 3, 1), True, "two\nlines, one, cell", 12345678901234567.0],
        ["b", dt.date(2024, 3, 2), False, 'say "hi"', 1.0],
        ["c", None, None, None, 2.5],
    ]
    table = read(workbook(tmp_path / "t.xlsx", {"s": rows}))
    assert [row[:4] for row in body(table)] == [
        ("a", "2024-03-01", "TRUE", "two lines, one, cell"), ("b", "2024-03-02", "FALSE", 'say "hi"'),
        ("c", "", "", ""),
    ]  # fmt: skip
    assert codes(table) == ["spreadsheet-rounded"]


def test_durations_keep_what_they_are(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["id", "talk"],
        *(["k", dt.timedelta(seconds=s)] for s in (59, 5_025, 90_061)),
    ]
    table = read(workbook(tmp_path / "t.xlsx", {"s": rows}))
    assert [row[1] for row in body(table)] == ["PT59S", "PT5025S", "PT90061S"]


def test_which_sheet(tmp_path: Path) -> None:
    data: list[list[object]] = [["a", "b"], [1, 2], [3, 4]]
    other: list[list[object]] = [["c", "d"], [5, 6]]
    path = workbook(tmp_path / "t.xlsx", {"cover": [["Report"]], "one": data, "two": other})
    table = read(path)
    assert table.header == ("a", "b")
    assert codes(table) == ["sheet-guess"]
    assert "also holds two" in table.notes[0].message
    for name in ("two", "TWO", "3"):
        chosen = read(path, sheet=name)
        assert chosen.header == ("c", "d")
        assert codes(chosen) == []
    with pytest.raises(OptionError, match="has no sheet 'three'; its sheets are cover, one, two"):
        read(path, sheet="three")
    with pytest.raises(OptionError, match=r"--sheet: t\.csv is no workbook"):
        read(write(tmp_path, CSV), sheet="one")


def test_the_sheet_with_the_customers_comes_before_one_with_remarks(tmp_path: Path) -> None:
    remarks: list[list[object]] = [["Export of the CRM", ""], ["Contact", "the CRM team"], ["Filter", "all"]]
    data: list[list[object]] = [["id", "spend"], *([i, 2 * i] for i in range(60))]
    path = workbook(tmp_path / "t.xlsx", {"Read me": remarks, "Customers": data, "More": data})
    table = read(path)
    assert (table.header, len(table.cells)) == (("id", "spend"), 60)
    assert "The sheet Customers was read; the workbook also holds Read me, More" in table.notes[0].message


def test_a_sheet_with_a_title_and_blank_columns(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["", "Customers of 2026"], [], ["", *HEADER], ["", "007", 1, 2], ["", "008", 3, 4], ["", "009", 3, 4],
    ]  # fmt: skip
    table = read(workbook(tmp_path / "t.xlsx", {"s": rows}))
    assert table.header[-3:] == HEADER
    assert [row[-3:] for row in body(table)] == [("007", "1", "2"), ("008", "3", "4"), ("009", "3", "4")]
    assert "preamble-skipped" in codes(table)


def test_workbooks_that_are_refused(tmp_path: Path) -> None:
    assert "without a sheet" in refused(workbook(tmp_path / "e.xlsx", {"s": []}))
    assert "damaged" in refused(write(tmp_path, (tmp_path / "e.xlsx").read_bytes()[:-200]))
    assert "save the sheet as CSV" in refused(
        write(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4000))
    )


SHEET = (
    '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    "</sheetData></worksheet>"
)


def test_a_sheet_of_seventeen_thousand_million_cells_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", {"s": [["a", "b"], [1, 2]]})
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(tmp_path / "vast.xlsx", "w") as new:
        for name, content in parts.items():
            new.writestr(name, SHEET if "sheet1" in name else content)
    assert "save the sheet as CSV" in refused(tmp_path / "vast.xlsx")


def test_open_document(tmp_path: Path) -> None:
    cell = '<table:table-cell office:value-type="{0}" {1}><text:p>{2}</text:p></table:table-cell>'
    rows = [[("string", "", name) for name in HEADER]]
    rows += [
        [("string", "", a), ("float", f'office:value="{b}"', b), ("float", f'office:value="{c}"', c)]
        for a, b, c in ROWS
    ]
    table = "".join(
        "<table:table-row>" + "".join(cell.format(*c) for c in row) + "</table:table-row>" for row in rows
    )
    spaces = " ".join(
        f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="s">{table}</table:table>'
        "</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    path = tmp_path / "t.csv"
    manifest = (
        '<?xml version="1.0"?><m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    found = read(path)
    assert found.header == HEADER
    assert [[float(c) for c in row[1:]] for row in body(found)] == [
        [float(c) for c in row[1:]] for row in ROWS
    ]


# --------------------------------------------------------------------------- Parquet


def test_parquet_is_the_same_table(tmp_path: Path) -> None:
    pq.write_table(
        pa.table(
            {
                "id": ["007", "C2", None],
                "spend": [10.5, 1234.567, float("nan")],
                "visits": pa.array([3, 4, 12345678901234567], pa.int64()),
                "when": pa.array(
                    [dt.datetime(2024, 3, 1), dt.datetime(2024, 3, 2), None], pa.timestamp("ns")
                ),
                "day": [dt.date(2024, 3, 1), None, dt.date(2024, 3, 3)],
                "ok": [True, None, False],
                "kind": pa.array(["x", "y", "x"]).dictionary_encode(),
                "many": [[1], [2], []],
            }
        ),
        tmp_path / "t.dat",
    )
    table = read(tmp_path / "t.dat")
    assert table.header == ("id", "spend", "visits", "when", "day", "ok", "kind")
    assert body(table) == [
        ("007", "10.5", "3", "2024-03-01", "2024-03-01", "TRUE", "x"),
        ("C2", "1234.5670", "4", "2024-03-02", "", "", "y"),
        ("", "", "12345678901234567", "", "2024-03-03", "FALSE", "x"),
    ]
    assert codes(table) == ["column-not-read"]
    assert (table.encoding, table.delimiter) == ("parquet", "")
    assert body(read(tmp_path / "t.dat", encoding=table.encoding, delimiter=table.delimiter)) == body(table)


def test_parquet_whose_text_is_damaged(tmp_path: Path) -> None:
    """Found by ``make fuzz``: a traceback, long after the file had been read."""
    spoiled = pa.StringArray.from_buffers(
        2, pa.py_buffer(b"\0\0\0\0\3\0\0\0\6\0\0\0"), pa.py_buffer(b"onea\xbfb")
    )
    stream = io.BytesIO()
    pq.write_table(pa.table({"name": spoiled, "n": [1, 2]}), stream)
    assert "damaged" in refused(write(tmp_path, stream.getvalue()))
    stream = io.BytesIO()
    pq.write_table(pa.table({"nameless": ["a", "b"], "n": [1, 2]}), stream, store_schema=False)
    assert "damaged" in refused(write(tmp_path, stream.getvalue().replace(b"nameless", b"name\xff\xfess")))


def test_parquet_that_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1, 2], "b": [1, 2]}), tmp_path / "t.dat")
    whole = (tmp_path / "t.dat").read_bytes()
    assert "Parquet" in refused(write(tmp_path, whole[:-20]))
    assert "--max-columns" in refused(write(tmp_path, whole), limits=limits(None, 1, None))
    pq.write_table(pa.table({"a": pa.array([0] * 30_000_000)}), tmp_path / "t.dat")
    assert "--max-bytes" in refused(tmp_path / "t.dat", limits=limits(200_000_000, None, None))
    pq.write_table(pa.table({"a": [[1], [2]]}), tmp_path / "t.dat")
    assert "single values" in refused(tmp_path / "t.dat")


# --------------------------------------------------------------------------- standard input and limits


def run(*words: str, data: bytes | None = None, cwd: Path) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("REPORTGEN_")}
    done = subprocess.run(
        [sys.executable, "-m", "reportgen", *words],
        cwd=cwd,
        env=own,
        input=data,
        capture_output=True,
        timeout=120,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def test_a_large_file_is_read_by_two_and_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, CSV)
    once = sources.load(path, limits(None, None, None))
    monkeypatch.setattr(sources, "LARGE", 1)
    assert sources.load(path, limits(None, None, None)) == once == CSV
    for size in (len(CSV) - 1, len(CSV) + 1):  # it has grown since it was looked at, or was cut
        assert sources._read_halves(path, size) == CSV
    assert body(read(path)) == ROWS


def test_standard_input(tmp_path: Path) -> None:
    rows = "".join(f"C{i},{i * 37 % 101},{i * 53 % 97}\n" for i in range(60))
    data = b"id,spend,visits\n" + rows.encode()
    (tmp_path / "t.csv").write_bytes(data)
    piped = run("check", "-", "--json", data=gzip.compress(data), cwd=tmp_path)
    assert piped.returncode == 0, piped.stderr
    assert piped.stdout == run("check", "t.csv", "--json", cwd=tmp_path).stdout
    assert run("init", "-", data=data, cwd=tmp_path).returncode == 0
    empty = run("check", "-", data=b"", cwd=tmp_path)
    assert (empty.returncode, empty.stderr.count("\n")) == (2, 1)
    assert "standard input: is empty" in empty.stderr


def test_limits_name_their_option(tmp_path: Path) -> None:
    path = write(tmp_path, CSV * 50)
    assert "--max-bytes" in refused(path, limits=limits(100, None, None))
    assert "--max-columns" in refused(path, limits=limits(None, 2, None))
    long = write(tmp_path, CSV + b"C9," + b"9" * 500 + b",1\n" + b"C10,1,2\n")
    table = read(long, limits=limits(None, None, 200))
    assert [(row.line, row.reason) for row in table.set_aside] == [
        (6, "a cell of more than 200 characters; --max-cell allows more")
    ]
    assert len(body(table)) == 5
    assert len(body(read(long))) == 6


def merged(path: Path, values: list[object], *, top: int = 0, left: int = 0) -> Path:
    """A table whose first column is merged over ten rows each."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(top, left, ("region", "id", "spend"))
        for i in range(40):
            sheet.write_row(top + i + 1, left + 1, (f"C{i}", i * 1.25))
        for i, value in enumerate(values):
            sheet.merge_range(top + i * 10 + 1, left, top + i * 10 + 10, left, value)
    return path


@pytest.mark.parametrize("place", [{}, {"top": 3, "left": 2}])
def test_text_of_cells_merged_down_a_column_holds_for_all_of_them(
    tmp_path: Path, place: dict[str, int]
) -> None:
    table = read(merged(tmp_path / "t.xlsx", ["North", "South", "West", "East"], **place))
    assert [row[0] for row in body(table)] == [
        name for name in ("North", "South", "West", "East") for _ in range(10)
    ]
    assert codes(table) == ["merged-cells"]
    assert "36 empty cells" in table.notes[0].message


def test_an_amount_in_merged_cells_is_one_amount(tmp_path: Path) -> None:
    table = read(merged(tmp_path / "t.xlsx", [100, 200, 300, 400]))
    assert [row[0] for row in body(table) if row[0]] == ["100", "200", "300", "400"]
    assert codes(table) == []


def test_formulas_that_nothing_has_computed_are_said(tmp_path: Path) -> None:
    computed = tmp_path / "computed.xlsx"
    with xlsxwriter.Workbook(str(computed)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ("id", "spend", "double"))
        for i in range(40):
            sheet.write_row(i + 1, 0, (f"C{i}", i))
            sheet.write_formula(i + 1, 2, f"B{i + 2}*2", value=i * 2 if i else "")
    assert codes(read(computed)) == []
    bare = tmp_path / "bare.xlsx"
    with zipfile.ZipFile(computed) as old, zipfile.ZipFile(bare, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, re.sub(rb"</f><v>[^<]*</v>", b"</f><v/>", old.read(name)))
    table = read(bare)
    assert codes(table) == ["formulas-unsaved"]
    assert "40 formulas" in table.notes[0].message
