"""Turn delimited text into columns of text: delimiter, header, rows.

Libraries read broken files by guessing in silence (RELIABILITY.md 1); here each guess and each loss is a
note. The order is: decode, refuse what is no delimited text, vote on the delimiter, find the header, then
parse. Two parsers, one result: Arrow's for files in which every row has the same number of cells (fast), and
the ``csv`` module's for all others (exact line numbers, rows set aside, quotes that never close). No row is
lost: the counts are checked against each other.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from reportgen.errors import InputError
from reportgen.lexicon.tokens import load_tokens
from reportgen.readers.copies import COPY, find_copies
from reportgen.readers.encoding import Signs, clean, decode
from reportgen.readers.rows import find_strangers
from reportgen.readers.sources import Limits
from reportgen.results import Note, SetAside

if TYPE_CHECKING:
    import _csv

DELIMITERS = (",", ";", "\t", "|")
RARE_DELIMITERS = ("^", "~", "¦", "§", ":", "#", "!", " ")
"""Tried when no usual one fits, and taken only when nearly all rows agree; noted."""
RARE = 0.7
"""Votes for the best usual delimiter below which it does not fit."""
SAMPLE = 256 * 1024
"""Characters looked at to find delimiter and header."""
MAX_LINES_IN_CELL = 200
"""A quoted cell of more lines is taken for a quote that was never closed."""
REMARKS, FEWEST_BELOW = 6, 5
"""Lines among which the header may stand below remarks, and rows that must follow to tell."""
CHUNK = 20_000
"""Rows that the exact parser gathers before it hands them to Arrow."""

_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
_NUMBER = re.compile(r"\(?[-+−]?\s?\D{0,3}[-+−]?\d[\d.,'’\s]*([eE][-+]?\d+)?\s?\D{0,3}\)?\Z")
_YEAR = re.compile(r"(?:FY ?)?(?:19|20)\d\d(?:\.0)?")
_MONTH = re.compile(r"(?:(?:19|20)\d\d[./-](?:0?[1-9]|1[0-2])|(?:0?[1-9]|1[0-2])[./-](?:19|20)\d\d)")
_SPACES = ("\ufeff", "\u200b", "\u2060")


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """A table as read, before its header is made unique."""

    header: list[str]
    """One name per column, as written; blank ones are empty."""
    cells: pa.Table
    """Columns ``0``, ``1`` ... of text; no blank rows."""
    aside: list[SetAside]
    notes: list[Note]
    encoding: str
    delimiter: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Dialect:
    """How records are written; enough for both parsers."""

    delimiter: str
    escape: str | None = None
    """A backslash where quotes inside quotes are escaped with one."""
    quoted: bool = True
    """Whether there can be quotes below the header."""

    def reader(self, lines: Iterable[str]) -> _csv.Reader:
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
    line_feeds: int = 0
    """Line feeds from there on."""
    aside: tuple[SetAside, ...]
    """Rows below the header that are no customers."""
    units: tuple[str, ...] = ()
    """The cells of one of them that holds units; files put one below the other repeat it."""
    notes: tuple[Note, ...]


def read_text(
    name: str, data: bytes, *, delimiter: str | None, encoding: str | None, limits: Limits, sure: bool = False
) -> Grid:
    """The table in the bytes of a text file.

    Parameters
    ----------
    name
        What messages call the file.
    data
        Its bytes.
    delimiter
        One character; found by vote among comma, semicolon, tab and pipe when None.
    encoding
        A Python codec name; found when None.
    limits
        How much is read at most.
    sure
        The text was written by us from a sheet: it is no markup, and its first line sets no delimiter.
    """
    text, codec, notes = decode(name, data, encoding)
    del data
    text, cleaning, signs = clean(text)
    notes += cleaning
    if not text[:4096].strip() and not text.strip():
        raise InputError(
            f"{name}: the file has no text in it; give a table with a header and one row per customer"
        )
    if not sure:
        _refuse_other_text(name, text)

    complete = len(text) <= SAMPLE
    sample = text[:SAMPLE] if complete else text[: text.rfind(b"\n", 0, SAMPLE) + 1 or SAMPLE]
    head = sample.decode("utf-8", errors="ignore")
    separator = None if sure else re.match(r'"?sep=(.)"?\s*\n', head, flags=re.IGNORECASE)
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
    if delimiter is None and dialect.delimiter not in DELIMITERS:
        notes.append(
            Note(
                code="delimiter-guess",
                message=f"The columns are separated by {dialect.delimiter!r}, by which nearly all rows have the same "
                "number of cells; where that is wrong, give --delimiter.",
                level="warning",
            )
        )
    layout = _lay_out(name, head, skip, dialect, complete)
    notes += layout.notes
    width = len(layout.header)
    if max(width, layout.cells) > limits.columns:
        raise InputError(
            f"{name}: {max(width, layout.cells):,} columns, and at most {limits.columns:,} are read; "
            "keep the columns that describe customers, or raise --max-columns"
        )

    dialect = replace(dialect, quoted=signs.can_have(b'"') and text.find(b'"', layout.body_offset) >= 0)
    layout = replace(layout, line_feeds=signs.line_feeds - text.count(b"\n", 0, layout.body_offset))
    arrow, aside, lines = _parse(text, dialect, layout, limits)
    shifted = _nameless_tail(arrow, layout)
    if shifted:
        layout = replace(layout, header=layout.header[:-shifted])
        arrow, aside, lines = _parse_exact(text, dialect, layout, limits)
    if _spaced(text, signs, layout, dialect):
        arrow = pa.Table.from_arrays([_trim(c) for c in arrow.columns], names=arrow.column_names)
    if dialect.quoted and text.find(b'="', layout.body_offset) >= 0:
        arrow, unwrapped = _unwrap(arrow)
        if unwrapped:
            notes.append(
                Note(
                    code="formula-text",
                    message=f'{unwrapped:,} cells were written for a spreadsheet (="007") and read without the signs.',
                )
            )
    strange = find_strangers(layout.header, arrow, load_tokens(), layout.units)
    if strange:
        lines = lines or _lines(text, dialect, layout, max(row for row, _ in strange))
        aside += [SetAside(line=lines[row], reason=reason) for row, reason in strange]
        keep = np.ones(arrow.num_rows, dtype=bool)
        keep[[row for row, _ in strange]] = False
        arrow = arrow.filter(pa.array(keep))
    copies = find_copies(layout.header, arrow, load_tokens())
    if copies.size:
        kept = np.setdiff1d(np.arange(arrow.num_rows + len(strange)), [row for row, _ in strange])
        last = int(kept[copies[-1]])
        lines = lines if len(lines) > last else _lines(text, dialect, layout, last)
        aside += [SetAside(line=lines[kept[row]], reason=COPY) for row in copies]
        arrow = arrow.take(pa.array(np.setdiff1d(np.arange(arrow.num_rows), copies)))
    del text
    aside = sorted([*layout.aside, *aside], key=lambda row: row.line)
    return Grid(
        header=layout.header, cells=without_blank(arrow), aside=aside, notes=notes, encoding=codec,
        delimiter=dialect.delimiter,
    )  # fmt: skip


def _refuse_other_text(name: str, text: bytes) -> None:
    """Text that is no table: markup or JSON."""
    start = text[:4096].lstrip()
    if re.match(rb"<(!doctype|html|\?xml|svg|table|body|head)\b", start, flags=re.IGNORECASE):
        what = "an XML document" if start.startswith(b"<?xml") else "an HTML page"
        raise InputError(f"{name}: {what}, not delimited text; download or export the table as CSV")
    if re.match(rb'(\{\s*"|\[\s*[\[{]|\{\s*\}|\[\s*\])', start):
        raise InputError(f"{name}: JSON, not delimited text; export the table as CSV")
    if re.match(
        rb"(insert\s+into|create\s+table|drop\s+table|select\s+\S+\s+from)\s", start, flags=re.IGNORECASE
    ):
        raise InputError(f"{name}: SQL statements, not delimited text; export the table as CSV")


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
    if len(escapes) > 1 and not re.search(r'\\[^"\\]', text):
        escapes = (
            "\\",
            None,
        )  # a backslash stands before quotes only: of two equal readings, it escapes them
    best: tuple[float, int] = (-1.0, 0)
    choice = _Dialect(delimiter=given or ",")
    for delimiter in (given,) if given else DELIMITERS:
        if delimiter not in text:
            continue
        for escape in escapes:
            dialect = _Dialect(delimiter=delimiter, escape=escape)
            rows = [cells for _, cells in itertools.islice(_records(text, dialect), 500)]
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
            other = re.compile("|".join(map(re.escape, others)))
            whole = sum(not other.search(cell) for cell in cells) / max(len(cells), 1)
            decimals = sum(bool(_NUMBER.match(cell)) for cell in cells if "," in cell) / max(len(cells), 1)
            headed = 1.0 if len(rows[0]) in (width, width - 1) else 0.8
            score = agreeing / len(rows) * (whole + (decimals if delimiter != "," else 0)) * headed
            if (score, width) > best:
                best, choice = (score, width), dialect
    if given is None and (best[0] < RARE or best[1] <= 2):
        for delimiter in RARE_DELIMITERS:
            records = _records(text, _Dialect(delimiter=delimiter))
            rows = [cells for _, cells in itertools.islice(records, 500)]
            width = len(rows[0]) if rows else 0
            if (
                len(rows) >= 5
                and width >= 3
                and sum(len(cells) == width for cells in rows) >= 0.95 * len(rows)
            ):
                return _Dialect(delimiter=delimiter)
    return choice


# --------------------------------------------------------------------------- header


def _numeric(cell: str) -> bool:
    return bool(_NUMBER.match(cell.strip()))


def _value(cell: str) -> bool:
    """Whether a cell of the first row is a number and no name: ``12.5 €`` but not ``x1`` or ``Q4``."""
    letters = re.sub(r"(?<=\d)[eE](?=[-+]?\d)|EUR|USD|CHF|GBP", "", cell)
    return _numeric(cell) and not re.search(r"[^\W\d_]|_", letters)


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
    start = _below_remarks(records, start, modal)
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

    top = next(
        (i for i, (_, cells) in enumerate(records[:start]) if len(cells) > 1 and all(map(str.strip, cells))),
        start,
    )
    number = _cut_number([cells for _, cells in records[top : top + 2000]], dialect, head)
    if number:
        raise InputError(
            f"{name}: rows have more cells than the header, as commas stand in numbers ({number}) and between the "
            "columns; save it with semicolons between the columns, or with quotes around such numbers"
        )

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
    units: list[str] = []
    width = len(header)
    columns = [
        [text for cells in ordinary if i < len(cells) and (text := cells[i].strip())] for i in range(width)
    ]
    rest = [column[1:] for column in columns]
    numeric = [
        i
        for i, column in enumerate(rest)
        if len(column) >= 2 and sum(map(_numeric, column)) >= 0.9 * len(column)
    ]
    second = [_tidy(cell) for cell in body[0][1]] if body and len(body[0][1]) == width else []
    if len(ordinary) >= 5 and second and all(re.fullmatch(r":?-{2,}:?|", cell) for cell in second):
        aside.append(SetAside(line=body[0][0], reason="a line of dashes below the header"))
        body_line = body[1][0]
        second = []
    both = _of_two_rows(header, second, numeric) if len(ordinary) >= 5 else []
    if both:
        body_line = body[1][0]
    elif start and len(records[start - 1][1]) == width:  # groups in merged cells, of which most are blank
        both = _of_two_rows([_tidy(cell) for cell in records[start - 1][1]], header, numeric)
        if both and start == 1:
            notes = [note for note in notes if note.code != "preamble-skipped"]
    if both:
        shown = next((title for title in both if title not in header), both[-1])
        header = both
        notes.append(
            Note(
                code="header-two-rows",
                message=f"The header has two rows, which were put together: {shown!r}.",
                place=f"line {header_line}",
            )
        )
    named: list[str] = []
    if any(_value(header[i]) for i in numeric):  # otherwise the header has names, whatever the values are
        named = [header[i] for i in numeric if header[i] and sum(map(_value, rest[i])) >= 0.9 * len(rest[i])]
    if both or aside:
        pass
    elif named and all(map(_value, named)) and not _sequence(named):
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
        void = load_tokens().missing
        words = [i for i in numeric if first[i] and not _numeric(first[i]) and first[i].lower() not in void]
        others = [cells for cells in ordinary if cells != body[0][1]]  # files put together repeat the row
        strange = [i for i in words if first[i] not in {cells[i].strip() for cells in others}]
        blank = all(not first[i] or i in strange for i in numeric)  # units stand only where there are some
        if strange and (blank or len(strange) >= len(numeric) / 2):
            reason = "a second header row (units or descriptions): words where all other rows have numbers"
            aside.append(SetAside(line=body[0][0], reason=reason))
            body_line = body[1][0]
            units = first
    offset = min(len("".join(line + "\n" for line in lines[: body_line - 1]).encode()), len(head.encode()))
    return _Layout(
        header=header,
        cells=modal,
        body_line=body_line,
        body_offset=offset,
        aside=tuple(aside),
        units=tuple(units),
        notes=tuple(notes),
    )


def _below_remarks(records: list[tuple[int, list[str]]], start: int, modal: int) -> int:
    """The place of the header where what looks like one is a remark: ``Period,2024,,`` or ``Region,(All),,``.

    A remark has blank cells, values, or another number of cells than the rows. The header below it has a name in each
    cell, no two alike, also above the columns of numbers.
    """
    for place in range(start, min(start + REMARKS, len(records) - FEWEST_BELOW)):
        cells = [cell.strip() for cell in records[place][1]]
        if place > start and len(cells) >= modal and all(cells[1:modal]) and not any(map(_value, cells)):
            names = cells[:modal]
            rows = [row for _, row in records[place + 1 : place + 501] if len(row) == len(cells)]
            columns = [[text for row in rows if (text := row[i].strip())] for i in range(modal)]
            numeric = [
                i
                for i, c in enumerate(columns)
                if len(c) >= FEWEST_BELOW and sum(map(_numeric, c)) >= 0.9 * len(c)
            ]
            void = load_tokens().missing
            told = all(
                names[i] and names[i].lower() not in void and names[i] not in columns[i] for i in numeric
            )
            if numeric and told and len(set(names)) == len(names):
                return place
        if (
            len(cells) == modal
            and all(cells)
            and not any(_value(cell) or cell[0].isdigit() for cell in cells)
        ):
            break
    return start


def _cut_number(records: list[list[str]], dialect: _Dialect, head: str) -> str:
    """A number that the commas of the file cut in two, where that is why rows are longer than the header; else ``""``.

    The pieces give themselves away: cents have two digits, zero before the single ones, and reach beyond 31 (as no
    day, month or hour does); what follows a thousands comma has three, and the row is shorter where there is none.
    A column without name (R's row names) does not look so, and neither does a delimiter at the end of the rows.
    """
    header, rows = records[0], records[1:]
    width = len(header)
    if dialect.delimiter != "," or not all(cell.strip() for cell in header) or any(map(_value, header)):
        return ""
    longer = [[cell.strip() for cell in cells] for cells in rows if len(cells) > width]
    short = [[cell.strip() for cell in cells] for cells in rows if len(cells) == width]
    if len(longer) < max(5, 0.1 * len(rows)) or any(not cells[-1] for cells in longer):
        return ""
    for i in range(min(map(len, longer)) - 1):
        if not all(re.fullmatch(r"[-−(]?[^\w,]{0,3}\d{1,9}", cells[i]) for cells in longer):
            continue
        second = [cells[i + 1] for cells in longer]
        cents = [cell for cell in second if re.fullmatch(r"\d\d\D{0,4}", cell)]
        thousands = [cell for cell in second if re.fullmatch(r"\d{3}(?:\.\d{1,2})?\D{0,4}", cell)]
        whole = all(i < len(cells) and re.match(r"[-−(]?\D{0,3}\d{1,3}(?!\d)", cells[i]) for cells in short)
        first = f"{longer[0][i]},{longer[0][i + 1]}"
        if len(cents) >= 0.95 * len(longer):
            padded = any(cell[0] == "0" for cell in cents)
            wide = max(int(cell[:2]) for cell in cents) > 31 and len({cell[:2] for cell in cents}) >= 5
            if padded and wide and f',"{cents[0]}"' not in head:
                return first
        if short and whole and len(thousands) == len(longer) and len(set(second)) >= 5:
            least = min(abs(int(re.sub(r"\D", "", cells[i]))) for cells in longer)
            if least > 0 and any(cell[0] == "0" for cell in thousands):
                return first
    return ""


def _of_two_rows(upper: list[str], lower: list[str], numeric: list[int]) -> list[str]:
    """Names for a header in two rows: groups (years, channels), and below them names; empty when it is none.

    The upper row repeats itself or has gaps, as merged cells do; the lower one is complete and holds words where
    the rows below have numbers. Only together they tell the columns apart. Or the groups stand above (``Revenue``,
    a gap), years below, and other columns have their name in the upper row and nothing below it.
    """
    if not numeric or not lower or not any(upper) or len(set(upper)) == len(upper):
        return []
    years = _years_below(upper, lower)
    if not years and (not all(lower) or any(map(_value, lower)) or len(set(lower)) == len(lower)):
        return []
    groups: list[str] = []
    for name in upper:
        groups.append(name or (groups[-1] if groups else ""))  # merged cells: the first holds the name
    names = [
        name or group if not group or not name or name == group
        else f"{name} {group}" if _numeric(group) else f"{group} {name}"
        for group, name in zip(groups, lower, strict=True)
    ]  # fmt: skip
    return names if len(set(names)) == len(names) else []


def _years_below(upper: list[str], lower: list[str]) -> bool:
    """Whether the lower row holds years where the upper one has a group, and nothing else but names of it again.

    Every gap of the upper row has a year below it, and so has the name before the gap: a row of customers has not.
    """
    pairs = list(zip(upper, lower, strict=True))
    gaps = [i for i, name in enumerate(upper) if not name]
    if not gaps or not upper[0]:
        return False
    if any(below and below != above and not _YEAR.fullmatch(below) for above, below in pairs):
        return False
    return all(_YEAR.fullmatch(lower[i]) and _YEAR.fullmatch(lower[i - 1]) for i in gaps)


def _tidy(cell: str) -> str:
    """A name on one line, without invisible characters."""
    for mark in _SPACES:
        cell = cell.replace(mark, "")
    return " ".join(cell.split())


def _sequence(names: list[str]) -> bool:
    """Whether numbers are names after all: years, months (01.2024), or 0 1 2 3 ..."""
    if len(set(names)) < len(names):
        return False
    if len(names) > 2 and all(map(_MONTH.fullmatch, names)):
        return True
    if not all(re.fullmatch(r"\d{1,4}", name) for name in names):
        return False
    values = [int(name) for name in names]
    return all(1900 <= v <= 2100 for v in values) or (
        len(values) > 2 and all(b - a == 1 for a, b in itertools.pairwise(values))
    )


# --------------------------------------------------------------------------- rows


def _parse(
    text: bytes, dialect: _Dialect, layout: _Layout, limits: Limits
) -> tuple[pa.Table, list[SetAside], list[int]]:
    """The rows below the header, by the fast parser where its result is provably whole."""
    if dialect.escape is None and len(dialect.delimiter.encode()) == 1:
        arrow = _parse_fast(text, dialect, layout)
        short = not dialect.quoted and _short_lines(text, limits.cell)
        if arrow is not None and (short or not _too_long(arrow, limits.cell)):
            return arrow, [], []
    return _parse_exact(text, dialect, layout, limits)


def _parse_fast(text: bytes, dialect: _Dialect, layout: _Layout) -> pa.Table | None:
    """Arrow's parser; None when a row has another number of cells or the rows do not add up."""
    body = pa.py_buffer(text).slice(layout.body_offset)
    if body.size == 0 or len(layout.header) > layout.cells:
        return None
    names = [str(i) for i in range(layout.cells)]
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(body),
            read_options=pyarrow.csv.ReadOptions(column_names=names, block_size=2 * 1024**2),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=dialect.delimiter, newlines_in_values=dialect.quoted
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()),
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    lines = layout.line_feeds + (not text.endswith(b"\n"))
    if dialect.quoted:
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


def without_blank(table: pa.Table) -> pa.Table:
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


def _unwrap(arrow: pa.Table) -> tuple[pa.Table, int]:
    """Cells such as ``="007"``, which keep a spreadsheet from dropping the zeros, without the signs."""
    pattern, count, columns = r'^="([^"]*)"$', 0, []
    for column in arrow.columns:
        met = pc.sum(pc.match_substring_regex(column, pattern)).as_py() or 0
        count += met
        columns.append(pc.replace_substring_regex(column, pattern, r"\1") if met else column)
    return pa.Table.from_arrays(columns, names=arrow.column_names), count


def _short_lines(text: bytes, most: int) -> bool:
    """Whether no line can have more bytes than ``most``: there is a line feed in every piece of half that length."""
    step = max(1, most // 2)
    return all(
        text.find(b"\n", start, start + step) >= 0 for start in range(0, len(text) - len(text) % step, step)
    )


def _too_long(arrow: pa.Table, most: int) -> bool:
    """Whether a cell has more bytes than ``most``; where a piece of a column has no more, none of its cells has."""
    return any(
        (pc.max(pc.binary_length(piece)).as_py() or 0) > most
        for column in arrow.columns
        for piece in column.chunks
        if piece.nbytes - 8 * len(piece) > most  # all of its text, without where the cells begin
    )


def _begins(piece: pa.LargeStringArray) -> npt.NDArray[np.int64]:
    """Where each cell begins in the text of a piece, and where the last one ends."""
    return np.frombuffer(piece.buffers()[1], np.int64)[piece.offset : piece.offset + len(piece) + 1]


def _parse_exact(
    text: bytes, dialect: _Dialect, layout: _Layout, limits: Limits
) -> tuple[pa.Table, list[SetAside], list[int]]:
    """The csv module's parser, row by row: a ragged row or a quote that never closes costs that row only.

    Returns the rows, those set aside, and the line at which each row begins.
    """
    begins: list[int] = []
    width = len(layout.header)
    csv.field_size_limit(limits.cell)
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
            if isinstance(error, _NeverClosed):
                problem = "a quote that is never closed"
            elif "field larger" in str(error):
                problem = f"a cell of more than {limits.cell:,} characters; --max-cell allows more"
            else:
                problem = f"cannot be read: {error}"
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
            begins.append(start + offset)
            if len(rows) >= CHUNK:
                flush()
    flush()
    schema = pa.schema([(str(i), pa.large_string()) for i in range(width)])
    return pa.Table.from_batches(batches, schema=schema), aside, begins


def _lines(text: bytes, dialect: _Dialect, layout: _Layout, last: int) -> list[int]:
    """Lines at which the rows of the fast parser begin, up to row ``last``."""
    lines = text[layout.body_offset :].decode("utf-8", errors="replace").split("\n")
    reader = dialect.reader(line + "\n" for line in lines)
    begins: list[int] = []
    start = 0
    for cells in reader:
        if cells:
            begins.append(layout.body_line + start)
            if len(begins) > last:
                break
        start = reader.line_num
    return begins


def _nameless_tail(arrow: pa.Table, layout: _Layout) -> int:
    """How many columns at the right end have no name and next to no values.

    They come from a delimiter at the end of every line; a row that has a value there is shifted.
    """
    tail = 0
    for i in range(arrow.num_columns - 1, 0, -1):
        if layout.header[i] or not any(layout.header):
            break
        filled = arrow.num_rows - (pc.sum(pc.equal(arrow.column(i), "")).as_py() or 0)
        if filled == 0 or filled > 0.01 * arrow.num_rows:
            break
        tail += 1
    return tail


def _spaced(text: bytes, signs: Signs, layout: _Layout, dialect: _Dialect) -> bool:
    """Whether any cell can begin or end with space."""
    if dialect.quoted:
        return True
    marks = [b" ", b"\t"]
    if signs.largest > 127:  # a single byte is found much faster than two
        wide = (b"\xc2\xa0", b"\xe2\x80", b"\xe3\x80\x80")
        marks += [mark for mark in wide if text.find(mark[:1], layout.body_offset) >= 0]
    return any(
        signs.can_have(mark[:1]) and text.find(mark, layout.body_offset) >= 0
        for mark in marks
        if mark != dialect.delimiter.encode()
    )


_EDGES = np.zeros((2, 256), dtype=bool)
"""Bytes with which a space of any kind begins, and ends."""
_EDGES[:, :33] = True
_EDGES[0, [0xC2, 0xE1, 0xE2, 0xE3]] = True
_EDGES[1, 0x80:] = True


def _trim(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Without space around the cells; pieces in which no cell begins or ends with what can be one stay as they are."""
    pieces = []
    for piece in column.chunks:
        data = piece.buffers()[2]
        begins, text = _begins(piece), np.frombuffer(data if data is not None else b"", np.uint8)
        if text.size:  # of an empty cell its neighbours are seen, which does no harm
            first, last = text[np.minimum(begins[:-1], len(text) - 1)], text[begins[1:] - 1]
            if _EDGES[0][first].any() or _EDGES[1][last].any():
                piece = pc.utf8_trim_whitespace(piece)
        pieces.append(piece)
    return pa.chunked_array(pieces, pa.large_string())
