"""Turn delimited text into columns of text.

Libraries read broken files by guessing in silence (RELIABILITY.md 1); here each guess and each loss is a note. The
order is: decode (``encoding``), refuse what is no delimited text, vote on the delimiter (``dialect``), find the header
(``header``), parse (``parsing``), and set aside the rows that are no customers (``rows``, ``copies``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from reportgen.errors import InputError
from reportgen.lexicon.tokens import load_tokens
from reportgen.readers.copies import COPY, find_copies
from reportgen.readers.dialect import DELIMITERS, Dialect, in_words, unquote_lines, vote
from reportgen.readers.encoding import Signs, clean, decode
from reportgen.readers.header import Layout, lay_out
from reportgen.readers.parsing import line_numbers, parse, parse_exact
from reportgen.readers.rows import find_strangers
from reportgen.readers.sources import Limits
from reportgen.results import Note, SetAside

SAMPLE = 256 * 1024
"""Characters looked at to find delimiter and header."""


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
                message=f"The first line says that the delimiter is {in_words(separator.group(1))}.",
                place="line 1",
            )
        )
    if head.startswith('"'):
        long = len(text)
        text, head = unquote_lines(text, head)
        if len(text) < long:
            notes.append(
                Note(
                    code="lines-quoted",
                    message="Each line stood in quotes as a whole, as one cell; they were taken off.",
                    level="warning",
                )
            )
    dialect = vote(head, skip, delimiter)
    if delimiter is None and dialect.delimiter not in DELIMITERS:
        notes.append(
            Note(
                code="delimiter-guess",
                message=f"The columns are separated by {dialect.delimiter!r}, by which nearly all rows have the same "
                "number of cells; where that is wrong, give --delimiter.",
                level="warning",
            )
        )
    layout = lay_out(name, head, skip, dialect, complete)
    notes += layout.notes
    width = len(layout.header)
    if max(width, layout.cells) > limits.columns:
        raise InputError(
            f"{name}: {max(width, layout.cells):,} columns, and at most {limits.columns:,} are read; "
            "keep the columns that describe customers, or raise --max-columns"
        )

    dialect = replace(dialect, quoted=signs.can_have(b'"') and text.find(b'"', layout.body_offset) >= 0)
    layout = replace(layout, line_feeds=signs.line_feeds - text.count(b"\n", 0, layout.body_offset))
    arrow, aside, lines = parse(text, dialect, layout, limits)
    shifted = _nameless_tail(arrow, layout)
    if shifted:
        layout = replace(layout, header=layout.header[:-shifted])
        arrow, aside, lines = parse_exact(text, dialect, layout, limits)
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
    header, arrow, unquoted = _unquote(layout.header, arrow, load_tokens().missing | {""})
    if unquoted:
        layout = replace(layout, header=header)
        notes.append(
            Note(
                code="quotes-taken-off",
                message=f"All cells of {unquoted:,} {'column' if unquoted == 1 else 'columns'} stand in quotes "
                "that are no double quotes, or behind an apostrophe; they were read without.",
            )
        )
    strange = find_strangers(layout.header, arrow, load_tokens(), layout.units)
    if strange:
        lines = lines or line_numbers(text, dialect, layout, max(row for row, _ in strange))
        aside += [SetAside(line=lines[row], reason=reason) for row, reason in strange]
        keep = np.ones(arrow.num_rows, dtype=bool)
        keep[[row for row, _ in strange]] = False
        arrow = arrow.filter(pa.array(keep))
    copies = find_copies(layout.header, arrow, load_tokens())
    if copies.size:
        kept = np.setdiff1d(np.arange(arrow.num_rows + len(strange)), [row for row, _ in strange])
        last = int(kept[copies[-1]])
        lines = lines if len(lines) > last else line_numbers(text, dialect, layout, last)
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


def without_blank(table: pa.Table) -> pa.Table:
    """Without the rows in which every cell is empty; spreadsheets leave them below a table."""
    blank = pc.equal(table.column(0), "")
    for column in table.columns[1:]:
        if not pc.any(blank).as_py():
            return table
        blank = pc.and_(blank, pc.equal(column, ""))
    return table.filter(pc.invert(blank)) if pc.any(blank).as_py() else table


def _unwrap(arrow: pa.Table) -> tuple[pa.Table, int]:
    """Cells such as ``="007"``, which keep a spreadsheet from dropping the zeros, without the signs."""
    pattern, count, columns = r'^="([^"]*)"$', 0, []
    for column in arrow.columns:
        met = pc.sum(pc.match_substring_regex(column, pattern)).as_py() or 0
        count += met
        columns.append(pc.replace_substring_regex(column, pattern, r"\1") if met else column)
    return pa.Table.from_arrays(columns, names=arrow.column_names), count


_QUOTES = frozenset(
    ["''", "‘’", "’’", "‚‘", "‚’", "“”", "””", "„“", "„”", "«»", "»«", "‹›", "›‹", "``", "´´", "`´", "`'"]
)
"""Opening and closing quotes that stand around all cells of some exports."""
_APOSTROPHE = r"^'([-+]?\d.*)$"
"""How spreadsheets are told that a number is text."""


def _unquote(header: list[str], arrow: pa.Table, void: frozenset[str]) -> tuple[list[str], pa.Table, int]:
    """Columns of which all cells stand in the same quotes, other than double ones, without these; and how many.

    The first cell of a column says nearly always that none does. A cell without a value (``void``) may stand without.
    """
    none = pa.array(sorted(void), pa.large_string())
    columns, count, signs = [], 0, set()
    for column in arrow.columns:
        start = [cell for cell in column.slice(0, 100).to_pylist() if cell.lower() not in void]
        first = start[0] if len(start) > 1 else ""
        pair = first[:1] + first[-1:]
        if pair in _QUOTES and len(first) > 1:
            inner = "[^'].*[^']|[^']|" if pair == "''" else f"[^{pair}]*"
            pattern = f"^{pair[0]}((?s:{inner})){pair[1]}$"
        elif first[:1] == "'" and not all(re.fullmatch(r"'\d\d", cell) for cell in start):  # the class of '85
            pattern = _APOSTROPHE
        else:
            columns.append(column)
            continue
        if pc.all(
            pc.or_(pc.is_in(pc.utf8_lower(column), value_set=none), pc.match_substring_regex(column, pattern))
        ).as_py():
            column, count = pc.replace_substring_regex(column, pattern, r"\1"), count + 1
            signs |= {pair} & _QUOTES
        columns.append(column)
    for pair in signs:
        if all(not name or (len(name) > 1 and name[0] + name[-1] == pair) for name in header):
            header = [name[1:-1].strip() for name in header]
    return header, pa.Table.from_arrays(columns, names=arrow.column_names), count


def _begins(piece: pa.LargeStringArray) -> npt.NDArray[np.int64]:
    """Where each cell begins in the text of a piece, and where the last one ends."""
    return np.frombuffer(piece.buffers()[1], np.int64)[piece.offset : piece.offset + len(piece) + 1]


def _nameless_tail(arrow: pa.Table, layout: Layout) -> int:
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


def _spaced(text: bytes, signs: Signs, layout: Layout, dialect: Dialect) -> bool:
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
