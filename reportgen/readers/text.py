"""Turn a file into a Table: bytes, encoding, dialect, rows; every cell still text.

Libraries read broken files by guessing in silence (RELIABILITY.md 1); here each guess and each loss is a
note. The order is: refuse what is no delimited text by its content, decode (BOM, strict UTF-8, NUL pattern,
detector), vote on the delimiter, find the header, then parse. Two parsers, one result: Arrow's for files
in which every row has the same number of cells (fast), and the ``csv`` module's for all others (exact line
numbers, rows set aside, quotes that never close). No row is lost: the counts are checked against each other.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import itertools
import re
import stat
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from reportgen.errors import InputError, OptionError
from reportgen.results import Note, SetAside, Table

DELIMITERS = (",", ";", "\t", "|")
SAMPLE = 256 * 1024
"""Characters looked at to find delimiter and header."""
MAX_BYTES = 4 * 1024**3
MAX_COLUMNS = 5_000
MAX_LINES_IN_CELL = 200
"""A quoted cell of more lines is taken for a quote that was never closed."""
MAX_CELL = 131_072
"""Characters, the limit of the csv module."""
MOST_CONTROL = 0.05
"""Share of control characters from which a file is no text."""
CHUNK = 20_000
"""Rows that the exact parser gathers before it hands them to Arrow."""

_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
_SIGNATURES = (
    (b"%PDF", "a PDF document", "export the table as CSV"),
    (b"\x89PNG", "a PNG picture", "give the table it shows as CSV"),
    (b"\xff\xd8\xff", "a JPEG picture", "give the table it shows as CSV"),
    (b"GIF8", "a GIF picture", "give the table it shows as CSV"),
    (b"\x1f\x8b", "a gzip archive", "unpack it first: gunzip"),
    (b"BZh", "a bzip2 archive", "unpack it first: bunzip2"),
    (b"\xfd7zXZ", "an xz archive", "unpack it first: unxz"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", "unpack it first: unzstd"),
    (b"7z\xbc\xaf", "a 7z archive", "unpack it first"),
    (b"PAR1", "a Parquet file", "export the table as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)", "save the sheet as CSV"),
    (b"SQLite format 3", "an SQLite database", "export the table as CSV"),
    (b"{\\rtf", "an RTF document", "export the table as CSV"),
    (b"\x7fELF", "a program", "give a CSV file"),
)
_NUMBER = re.compile(r"\(?[-+−]?\s?\D{0,3}[-+−]?\d[\d.,'’\s]*([eE][-+]?\d+)?\s?\D{0,3}\)?\Z")
_CONTROL = bytes(b for b in range(32) if b not in b"\t\n\r")
_SPACES = ("\ufeff", "\u200b", "\u2060")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Dialect:
    """How records are written; enough for both parsers."""

    delimiter: str
    escape: str | None = None
    """A backslash where quotes inside quotes are escaped with one."""

    def reader(self, lines: Iterator[str] | Sequence[str]) -> Iterator[list[str]]:
        return csv.reader(
            lines, delimiter=self.delimiter, escapechar=self.escape, doublequote=self.escape is None
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Layout:
    """Where the table stands in the text."""

    header: list[str]
    """One name per column, as written; blank ones are empty."""
    cells: int
    """Cells of an ordinary row; more than ``header`` when every row ends in empty ones."""
    body_line: int
    """1-based line at which the data begin."""
    body_offset: int
    """Byte at which the data begin."""
    aside: tuple[SetAside, ...]
    """Rows below the header that are no customers."""
    notes: tuple[Note, ...]


def read(source: Path, *, delimiter: str | None = None, encoding: str | None = None) -> Table:
    """Read delimited text.

    Parameters
    ----------
    source
        The file. Its content decides what it is, not its suffix.
    delimiter
        One character; found by vote among comma, semicolon, tab and pipe when not given.
    encoding
        A Python codec name; found when not given.

    Raises
    ------
    InputError
        The file is no table that can be read: says what was seen and what to do.
    OptionError
        ``delimiter`` or ``encoding`` is not usable.
    """
    if delimiter is not None:
        delimiter = {"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter)
        if len(delimiter) != 1 or delimiter in '"\r\n':
            raise OptionError(
                f"--delimiter: {delimiter!r} is not one character; use for example ';' or 'tab'"
            )
    name = source.name
    data = _load(source)
    with ThreadPoolExecutor(max_workers=1) as pool:  # hashing needs no attention
        digest = pool.submit(_digest, data)
        table = _table(name, data, delimiter, encoding)
    return replace(table, sha256=digest.result())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _table(name: str, data: bytes, delimiter: str | None, encoding: str | None) -> Table:
    """The table in the bytes of a file; its hash is for the caller to fill in."""
    size = len(data)
    _refuse_other_formats(name, data)
    text, codec, notes = _decode(name, data, encoding)
    del data
    text, cleaning = _clean(text)
    notes += cleaning
    if not text[:4096].strip() and not text.strip():
        raise InputError(
            f"{name}: the file has no text in it; give a table with a header and one row per customer"
        )
    _refuse_other_text(name, text)

    complete = len(text) <= SAMPLE
    sample = text[:SAMPLE] if complete else text[: text.rfind(b"\n", 0, SAMPLE) + 1 or SAMPLE]
    head = sample.decode("utf-8", errors="ignore")
    separator = re.match(r'"?sep=(.)"?\s*\n', head, flags=re.IGNORECASE)
    skip = 0
    if separator:
        skip = 1
        if delimiter is None:
            delimiter = separator.group(1)
        notes.append(
            Note(
                code="sep-line",
                message=f"The first line says that the delimiter is {_word(separator.group(1))}.",
                place="line 1",
            )
        )
    dialect = _vote(head, skip, delimiter)
    layout = _lay_out(name, head, skip, dialect, complete)
    notes += layout.notes
    width = len(layout.header)
    if max(width, layout.cells) > MAX_COLUMNS:
        raise InputError(
            f"{name}: {width:,} columns, and at most {MAX_COLUMNS:,} can be read; "
            "keep the columns that describe customers"
        )

    arrow, aside = _parse(name, text, dialect, layout)
    shifted = _nameless_tail(arrow, layout)
    if shifted:
        layout = replace(layout, header=layout.header[:-shifted])
        arrow, aside = _parse_exact(name, text, dialect, layout)
    spaced = _spaced(text, layout, dialect.delimiter)
    del text
    if spaced:
        arrow = pa.Table.from_arrays(
            [pc.utf8_trim_whitespace(c) for c in arrow.columns], names=arrow.column_names
        )
    arrow = _without_blank(arrow)
    aside = sorted([*layout.aside, *aside], key=lambda row: row.line)
    rows = arrow.num_rows + len(aside)
    if len(aside) > max(rows / 2, 1):
        first = aside[0]
        raise InputError(
            f"{name}: {len(aside):,} of {rows:,} rows do not fit the header "
            f"(line {first.line}: {first.reason}); repair the file or give --delimiter"
        )
    if arrow.num_rows == 0:
        raise InputError(f"{name}: a header and no rows; give a table with a header and one row per customer")
    header, naming = _unique(layout.header)
    notes += naming
    if aside:
        listed = ", ".join(f"line {row.line} ({row.reason})" for row in aside[:3])
        notes.append(
            Note(
                code="rows-set-aside",
                message=f"{len(aside):,} of {rows:,} rows could not be used and "
                f"{'was' if len(aside) == 1 else 'were'} set aside: {listed}"
                f"{', ...' if len(aside) > 3 else ''}.",
                place=f"line {aside[0].line}",
                level="warning",
            )
        )
    kind = pd.StringDtype("pyarrow", na_value=float("nan"))
    cells = pd.DataFrame(
        {title: pd.Series(arrow.column(i), dtype=kind, copy=False) for i, title in enumerate(header)},
        copy=False,
    )
    return Table(
        name=name, sha256="", size=size, encoding=codec, delimiter=dialect.delimiter,
        header=header, cells=cells, rows_read=rows, set_aside=tuple(aside), notes=tuple(notes),
    )  # fmt: skip


# --------------------------------------------------------------------------- bytes


def _load(source: Path) -> bytes:
    """The bytes of a regular file of bearable size."""
    name = source.name or str(source)
    try:
        kind = source.stat()
    except FileNotFoundError:
        if source.is_symlink():
            raise InputError(f"{name}: a link to a file that is not there; give the file itself") from None
        raise InputError(f"{name}: no such file; check the name and the folder") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{name}: cannot be opened ({_why(error)}); check the name and the folder") from None
    if stat.S_ISDIR(kind.st_mode):
        raise InputError(f"{name}: a folder; give one CSV file in it")
    if not stat.S_ISREG(kind.st_mode):
        what = "a pipe" if stat.S_ISFIFO(kind.st_mode) else "a device or socket"
        raise InputError(f"{name}: {what}, not a file; save the table to a file first")
    if kind.st_size == 0:
        raise InputError(f"{name}: the file is empty; give a table with a header and one row per customer")
    if kind.st_size > MAX_BYTES:
        raise InputError(
            f"{name}: {kind.st_size:,} bytes, and at most {MAX_BYTES:,} can be read; split the table"
        )
    try:
        return source.read_bytes()
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({_why(error)}); check its permissions") from None


def _why(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


def _refuse_other_formats(name: str, data: bytes) -> None:
    """Binary formats, known by their first bytes."""
    for signature, what, advice in _SIGNATURES:
        if data.startswith(signature):
            raise InputError(f"{name}: {what}, not delimited text; {advice}")
    if data.startswith(b"PK\x03\x04"):
        start = data[:4096]
        if b"xl/" in data or b"[Content_Types]" in start:
            raise InputError(f"{name}: an Excel workbook (.xlsx), not delimited text; save the sheet as CSV")
        raise InputError(f"{name}: a zip archive, not delimited text; unpack it first")


def _refuse_other_text(name: str, text: bytes) -> None:
    """Text that is no table: markup, JSON, or bytes that only look like text."""
    start = text[:4096].lstrip()
    if re.match(rb"<(!doctype|html|\?xml|svg|table|body|head)\b", start, flags=re.IGNORECASE):
        what = "an XML document" if start.startswith(b"<?xml") else "an HTML page"
        raise InputError(f"{name}: {what}, not delimited text; download or export the table as CSV")
    if re.match(rb'(\{\s*"|\[\s*[\[{]|\{\s*\}|\[\s*\])', start):
        raise InputError(f"{name}: JSON, not delimited text; export the table as CSV")


# --------------------------------------------------------------------------- encoding


def _decode(name: str, data: bytes, encoding: str | None) -> tuple[bytes, str, list[Note]]:
    """The file as UTF-8 without byte order mark, the codec it was in, and the guesses made."""
    if encoding is not None:
        try:
            codec = codecs.lookup(encoding).name
            text = data.decode(codec)
        except LookupError:
            raise OptionError(
                f"--encoding: {encoding!r} is not a known encoding; use for example utf-8 or cp1252"
            ) from None
        except UnicodeDecodeError as error:
            raise InputError(
                f"{name}: byte {error.start:,} is not {codec}; leave out --encoding or give the right one"
            ) from None
        return text.removeprefix("\ufeff").encode("utf-8", errors="replace"), codec, []
    for mark, codec in (
        (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
    ):  # fmt: skip
        if data.startswith(mark):
            if codec == "utf-8-sig":
                data = data[len(mark) :]
                break
            return _wide(name, data, codec), codec, []
    else:
        wide = _wide_pattern(data)
        if wide:
            return _wide(name, data, wide), wide, [_guess(wide, "by its pattern of zero bytes")]
    start = data[:65536]
    if len(start) - len(start.translate(None, _CONTROL)) > MOST_CONTROL * len(start):
        raise InputError(f"{name}: binary data, not delimited text; give a CSV file")
    if data.isascii():
        return data, "utf-8", []
    try:
        codecs.utf_8_decode(data, "strict", True)
    except UnicodeDecodeError:
        return _legacy(name, data)
    return data, "utf-8", []


def _wide(name: str, data: bytes, codec: str) -> bytes:
    unit = 4 if "32" in codec else 2
    whole = len(data) - len(data) % unit
    try:
        return data[:whole].decode(codec).removeprefix("\ufeff").encode("utf-8", errors="replace")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name}: looks like {codec} but byte {error.start:,} is not; give --encoding"
        ) from None


def _wide_pattern(data: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark: the zero bytes of Latin letters stand at fixed places."""
    start = data[:4096]
    start = start[: len(start) - len(start) % 4]
    if len(start) < 8:
        return None
    zeros = [start[i::4].count(0) / len(start[i::4]) for i in range(4)]
    if min(zeros[1:]) > 0.9 and zeros[0] < 0.1:
        return "utf-32-le"
    if min(zeros[:3]) > 0.9 and zeros[3] < 0.1:
        return "utf-32-be"
    if min(zeros[1], zeros[3]) > 0.5 and max(zeros[0], zeros[2]) < 0.1:
        return "utf-16-le"
    if min(zeros[0], zeros[2]) > 0.5 and max(zeros[1], zeros[3]) < 0.1:
        return "utf-16-be"
    return None


def _legacy(name: str, data: bytes) -> tuple[bytes, str, list[Note]]:
    """Not UTF-8: mixed lines, or one of the old code pages."""
    lines = data.split(b"\n")
    odd = [i for i, line in enumerate(lines) if not line.isascii()]
    broken: list[int] = []
    for i in odd:
        try:
            codecs.utf_8_decode(lines[i], "strict", True)
        except UnicodeDecodeError:
            broken.append(i)
    if len(broken) < len(odd) / 2:
        for i in broken:
            lines[i] = lines[i].decode("cp1252", errors="replace").encode()
        note = Note(
            code="mixed-encoding",
            message=f"The file is UTF-8, but {len(broken):,} of its lines are not and were read as cp1252; "
            f"the first reads: {_excerpt(lines[broken[0]].decode())}.",
            place=f"line {broken[0] + 1}",
            level="warning",
        )
        return b"\n".join(lines), "utf-8", [note]
    import chardet  # only files in old encodings pay for it

    sample = b"\n".join([lines[0], *(lines[i] for i in odd[:2000])])[:SAMPLE]
    found = str(chardet.detect(sample).get("encoding") or "cp1252").lower()
    codec = "cp1252" if found in ("iso-8859-1", "windows-1252", "ascii", "utf-8") else found
    for attempt in (codec, "cp1252", "latin-1"):
        try:
            text = data.decode(attempt)
            if attempt not in ("cp1252", "latin-1") and _scripts_mixed(
                sample.decode(attempt, errors="replace")
            ):
                continue
        except (UnicodeDecodeError, LookupError):
            continue
        shown = _excerpt(lines[odd[0]].decode(attempt, errors="replace"))
        place = f"line {odd[0] + 1}"
        note = _guess(attempt, f"because it is not UTF-8; {place} then reads: {shown}", place)
        return text.encode("utf-8", errors="replace"), codecs.lookup(attempt).name, [note]
    raise InputError(f"{name}: the text is in no known encoding; give --encoding")


def _scripts_mixed(text: str) -> bool:
    """Whether letters of another script stand inside Latin words (Mьller): then the code page is wrong."""
    strange = re.findall(r"[A-Za-z][^\W\d_a-zA-Z]|[^\W\d_a-zA-Z][A-Za-z]", text)
    other = [pair for pair in strange if not all("LATIN" in unicodedata.name(letter, "") for letter in pair)]
    return len(other) > 0.3 * len(re.findall(r"[^\W\d_a-zA-Z]+", text))


def _guess(codec: str, why: str, place: str = "") -> Note:
    return Note(
        code="encoding-guess",
        message=f"The file was read as {codec}, {why}. If letters look wrong, give --encoding.",
        place=place,
        level="warning",
    )


def _excerpt(line: str) -> str:
    """A few words around the first letter beyond ASCII."""
    line = line.strip()
    first = next((i for i, letter in enumerate(line) if ord(letter) > 127), 0)
    piece = line[max(0, first - 12) : first + 20]
    return "«" + "".join(c if c.isprintable() else " " for c in piece).strip() + "»"


def _clean(text: bytes) -> tuple[bytes, list[Note]]:
    """Line feeds only, and none of the control characters that no table means."""
    notes = []
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    before = len(text)
    text = text.translate(None, _CONTROL)
    if len(text) < before:
        count = before - len(text)
        notes.append(
            Note(
                code="control-characters",
                message=f"{count:,} control {'character was' if count == 1 else 'characters were'} "
                "taken out of the text.",
                level="warning",
            )
        )
    return text, notes


# --------------------------------------------------------------------------- dialect


def _word(delimiter: str) -> str:
    return _NAMES.get(delimiter, repr(delimiter))


def _records(text: str, dialect: _Dialect) -> Iterator[tuple[int, list[str]]]:
    """First line (from 1) and cells of each record of a short text; stops where the csv module gives up."""
    reader = csv.reader(
        [line + "\n" for line in text.split("\n")],
        delimiter=dialect.delimiter, escapechar=dialect.escape, doublequote=dialect.escape is None,
    )  # fmt: skip
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error:
        return


def _vote(head: str, skip: int, given: str | None) -> _Dialect:
    """The delimiter under which the rows agree best and the cells look most like single values.

    A row counts when it has the most common number of cells; a cell is whole when no other
    delimiter is in it. So ``1,5;2,5`` is two decimal commas rather than three cells.
    """
    text = "\n".join(head.split("\n")[skip:])
    escapes: tuple[str | None, ...] = (None, "\\") if re.search(r'\\"(?=[^,;|\t\n])', text) else (None,)
    best: tuple[float, int] = (-1.0, 0)
    choice = _Dialect(delimiter=given or ",")
    for delimiter in (given,) if given else DELIMITERS:
        if delimiter not in text:
            continue
        for escape in escapes:
            dialect = _Dialect(delimiter=delimiter, escape=escape)
            rows = [cells for _, cells in _records(text, dialect)][:500]
            if not rows:
                continue
            widths = Counter(len(cells) for cells in rows)
            width, agreeing = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
            if width < 2 and not given:
                continue
            others = [d for d in DELIMITERS if d not in (delimiter, ",")] + (
                [","] if delimiter != "," else []
            )
            cells = [cell for row in rows if len(row) == width for cell in row if cell]
            whole = sum(not any(other in cell for other in others) for cell in cells) / max(len(cells), 1)
            decimals = sum(bool(_NUMBER.match(cell)) for cell in cells if "," in cell) / max(len(cells), 1)
            headed = 1.0 if len(rows[0]) in (width, width - 1) else 0.8
            score = agreeing / len(rows) * (whole + (decimals if delimiter != "," else 0)) * headed
            if (score, width) > best:
                best, choice = (score, width), dialect
    return choice


# --------------------------------------------------------------------------- header


def _numeric(cell: str) -> bool:
    return bool(_NUMBER.match(cell.strip()))


def _lay_out(name: str, head: str, skip: int, dialect: _Dialect, complete: bool) -> _Layout:
    """Find the header, what stands before it, and the number of cells of a row."""
    lines = head.split("\n")
    records = [(line + skip, cells) for line, cells in _records("\n".join(lines[skip:]), dialect)]
    if not complete and len(records) > 1:
        records.pop()  # it may be cut off
    if not records:
        raise InputError(
            f"{name}: no rows could be told apart; a quote is probably never closed, or give --delimiter"
        )
    notes: list[Note] = []
    widths = Counter(len(cells) for _, cells in records[:2000])
    modal = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))[0]

    def filled(cells: list[str]) -> int:
        return sum(bool(cell.strip()) for cell in cells)

    start = next(
        (i for i, (_, cells) in enumerate(records[:100])
         if len(cells) >= modal - 1 and filled(cells) >= min(modal, max(2, modal / 2))),
        0,
    )  # fmt: skip
    if start:
        notes.append(
            Note(
                code="preamble-skipped",
                message=f"The header is in line {records[start][0]}; what stands before it was skipped: "
                f"{' '.join(records[0][1]).strip()[:60]!r}.",
                place=f"line {records[0][0]}",
                level="warning",
            )
        )
    header = [_tidy(cell) for cell in records[start][1]]
    body = records[start + 1 :]
    ordinary = [cells for _, cells in body if len(cells) == modal][:500]
    header_line = records[start][0]
    body_line = records[start + 1][0] if body else header_line + 1

    # A header of another length than the rows.
    while len(header) > modal and not header[-1]:
        header.pop()
    if len(header) < modal and ordinary:
        extra = modal - len(header)
        if any(cell.strip() for cells in ordinary for cell in cells[-extra:]):
            if extra == 1 and start + 1 < len(records):
                header.insert(0, "")
                notes.append(
                    Note(
                        code="header-short",
                        message="The header has one name less than the rows have cells; "
                        "the first column was taken for the nameless one.",
                        place=f"line {header_line}",
                        level="warning",
                    )
                )  # fmt: skip
            else:
                header += [""] * extra
                notes.append(
                    Note(
                        code="header-short",
                        message=f"The header names {len(header) - extra} of {len(header)} columns; "
                        "the others got numbers.",
                        place=f"line {header_line}",
                        level="warning",
                    )
                )

    # No header at all, or a second one below it.
    aside: list[SetAside] = []
    width = len(header)
    columns = [
        [cells[i].strip() for cells in ordinary if i < len(cells) and cells[i].strip()] for i in range(width)
    ]
    rest = [column[1:] for column in columns]
    numeric = [
        i
        for i, column in enumerate(rest)
        if len(column) >= 2 and sum(map(_numeric, column)) >= 0.9 * len(column)
    ]
    named = [header[i] for i in numeric if header[i]]
    if named and all(map(_numeric, named)) and not _sequence(named):
        header = [""] * width
        body_line = header_line
        notes.append(
            Note(
                code="header-missing",
                message="The first row holds values, not names; "
                f"the columns are called column 1 to column {width}.",
                place=f"line {header_line}",
                level="warning",
            )
        )
    elif len(ordinary) >= 5 and body and len(body[0][1]) == modal:
        first = [cell.strip() for cell in body[0][1]]
        strange = [i for i in numeric if first[i] and not _numeric(first[i]) and first[i] not in rest[i]]
        if numeric and len(strange) >= max(1, len(numeric) / 2):
            aside.append(
                SetAside(
                    line=body[0][0], reason="a second header row: words where all other rows have numbers"
                )
            )
            body_line = body[1][0]
    offset = min(len("".join(line + "\n" for line in lines[: body_line - 1]).encode()), len(head.encode()))
    return _Layout(
        header=header,
        cells=modal,
        body_line=body_line,
        body_offset=offset,
        aside=tuple(aside),
        notes=tuple(notes),
    )


def _tidy(cell: str) -> str:
    """A name on one line, without invisible characters."""
    for mark in _SPACES:
        cell = cell.replace(mark, "")
    return " ".join(cell.split())


def _sequence(names: list[str]) -> bool:
    """Whether numbers are names after all: years, or 0 1 2 3 ..."""
    if not all(re.fullmatch(r"\d{1,4}", name) for name in names) or len(set(names)) < len(names):
        return False
    values = [int(name) for name in names]
    return all(1900 <= v <= 2100 for v in values) or (
        len(values) > 2 and all(b - a == 1 for a, b in itertools.pairwise(values))
    )


def _unique(written: list[str]) -> tuple[tuple[str, ...], list[Note]]:
    """Names for all columns, no two alike."""
    notes: list[Note] = []
    taken = set(filter(None, written))
    header: list[str] = []
    for i, name in enumerate(written, start=1):
        if not name:
            new = f"column {i}"
            while new in taken:
                new += "'"
            if any(written):
                notes.append(
                    Note(
                        code="header-blank", message=f"Column {i} has no name; it is called {new}.", place=new
                    )
                )
        elif name in header:
            copy = 2
            while f"{name} ({copy})" in taken:
                copy += 1
            new = f"{name} ({copy})"
            notes.append(
                Note(
                    code="header-duplicate",
                    message=f"The name {name} stands twice in the header; column {i} is called {new}.",
                    place=new,
                    level="warning",
                )
            )
        else:
            new = name
        taken.add(new)
        header.append(new)
    return tuple(header), notes


# --------------------------------------------------------------------------- rows


def _parse(name: str, text: bytes, dialect: _Dialect, layout: _Layout) -> tuple[pa.Table, list[SetAside]]:
    """The rows below the header, by the fast parser where its result is provably whole."""
    if dialect.escape is None and len(dialect.delimiter.encode()) == 1:
        arrow = _parse_fast(text, dialect, layout)
        if arrow is not None:
            return arrow, []
    return _parse_exact(name, text, dialect, layout)


def _parse_fast(text: bytes, dialect: _Dialect, layout: _Layout) -> pa.Table | None:
    """Arrow's parser; None when a row has another number of cells or the rows do not add up."""
    body = pa.py_buffer(text).slice(layout.body_offset)
    if body.size == 0 or len(layout.header) > layout.cells:
        return None
    names = [str(i) for i in range(layout.cells)]
    quoted = text.find(b'"', layout.body_offset) >= 0
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(body),
            read_options=pyarrow.csv.ReadOptions(column_names=names, block_size=4 * 1024**2),
            parse_options=pyarrow.csv.ParseOptions(delimiter=dialect.delimiter, newlines_in_values=quoted),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()),
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    lines = text.count(b"\n", layout.body_offset) + (not text.endswith(b"\n"))
    if quoted:
        lines -= sum(pc.sum(pc.count_substring(column, "\n")).as_py() or 0 for column in table.columns)
    if lines != table.num_rows:
        start = max(layout.body_offset - 1, 0)
        blank = sum(len(run) - 1 for run in re.findall(rb"\n{2,}", memoryview(text)[start:]))
        if lines - blank != table.num_rows:
            return None
    width = len(layout.header)
    for extra in table.columns[width:]:
        if not pc.all(pc.equal(extra, "")).as_py():
            return None
    table = table.select(names[:width])
    return table


def _without_blank(table: pa.Table) -> pa.Table:
    """Without the rows in which every cell is empty; spreadsheets leave them below a table."""
    blank = pc.equal(table.column(0), "")
    for column in table.columns[1:]:
        if not pc.any(blank).as_py():
            return table
        blank = pc.and_(blank, pc.equal(column, ""))
    return table.filter(pc.invert(blank)) if pc.any(blank).as_py() else table


class _NeverClosed(Exception):
    """A quoted cell runs over more lines than a cell can have."""


class _Lines:
    """The lines of a text for ``csv.reader``, which can be sent back to an earlier one."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        if self.lines and not self.lines[-1]:
            self.lines.pop()
        self.at = 0
        self.limit = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self.at >= len(self.lines):
            raise StopIteration
        if self.at >= self.limit:
            raise _NeverClosed
        line = self.lines[self.at]
        self.at += 1
        return line + "\n"


def _parse_exact(
    name: str, text: bytes, dialect: _Dialect, layout: _Layout
) -> tuple[pa.Table, list[SetAside]]:
    """The csv module's parser, row by row: a ragged row or a quote that never closes costs that row only."""
    width = len(layout.header)
    lines = _Lines(text[layout.body_offset :].decode("utf-8", errors="replace"))
    offset = layout.body_line
    aside: list[SetAside] = []
    batches: list[pa.RecordBatch] = []
    rows: list[list[str]] = []
    reader = dialect.reader(lines)

    def flush() -> None:
        if rows:
            arrays = [pa.array(column, pa.large_string()) for column in zip(*rows, strict=True)]
            batches.append(pa.RecordBatch.from_arrays(arrays, names=[str(i) for i in range(width)]))
            rows.clear()

    while True:
        start = lines.at
        lines.limit = start + MAX_LINES_IN_CELL
        problem = ""
        try:
            cells = next(reader, None)
        except (_NeverClosed, csv.Error) as error:
            cells = []
            problem = (
                "a quote that is never closed"
                if isinstance(error, _NeverClosed)
                else f"cannot be read: {error}"
            )
            reader = dialect.reader(lines)
        if cells is None:
            break
        if not problem and len(cells) != width:
            if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
                del cells[width:]
            elif not any(cell.strip() for cell in cells):
                continue
            else:
                problem = f"{len(cells)} {'cell' if len(cells) == 1 else 'cells'} instead of {width}"
        if problem:
            aside.append(SetAside(line=start + offset, reason=problem))
            if lines.at > start + 1:  # a quote ran on into the rows below: they are read by themselves
                lines.at = start + 1
                reader = dialect.reader(lines)
        elif any(cells) and any(cell.strip() for cell in cells):
            rows.append(cells)
            if len(rows) >= CHUNK:
                flush()
    flush()
    schema = pa.schema([(str(i), pa.large_string()) for i in range(width)])
    return pa.Table.from_batches(batches, schema=schema), aside


def _nameless_tail(arrow: pa.Table, layout: _Layout) -> int:
    """How many columns at the right end have no name and next to no values.

    They come from a delimiter at the end of every line; a row that has a value there is shifted.
    """
    tail = 0
    for i in range(arrow.num_columns - 1, 0, -1):
        filled = arrow.num_rows - (pc.sum(pc.equal(arrow.column(i), "")).as_py() or 0)
        if layout.header[i] or not any(layout.header) or filled == 0 or filled > 0.01 * arrow.num_rows:
            break
        tail += 1
    return tail


def _spaced(text: bytes, layout: _Layout, delimiter: str) -> bool:
    """Whether any cell can begin or end with space."""
    marks = [b" ", b"\t", b'"']
    if not text.isascii():
        marks += [b"\xc2\xa0", b"\xe2\x80", b"\xe3\x80\x80"]
    return any(text.find(mark, layout.body_offset) >= 0 for mark in marks if mark != delimiter.encode())
