"""Parse the rows below a header into columns of text.

Two parsers, one result: Arrow's for files in which every row has the same number of cells (fast), and the ``csv``
module's for all others (exact line numbers, rows set aside, quotes that never close). No row is lost: the counts are
checked against each other.
"""

from __future__ import annotations

import csv
import re

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from reportgen.readers.dialect import Dialect
from reportgen.readers.header import Layout
from reportgen.readers.sources import Limits
from reportgen.results import SetAside

MAX_LINES_IN_CELL = 200
"""A quoted cell of more lines is taken for a quote that was never closed."""
CHUNK = 20_000
"""Rows that the exact parser gathers before it hands them to Arrow."""


def parse(
    text: bytes, dialect: Dialect, layout: Layout, limits: Limits
) -> tuple[pa.Table, list[SetAside], list[int]]:
    """The rows below the header, by the fast parser where its result is provably whole."""
    if dialect.escape is None and len(dialect.delimiter.encode()) == 1:
        arrow = _parse_fast(text, dialect, layout)
        short = not dialect.quoted and _short_lines(text, limits.cell)
        if arrow is not None and (short or not _too_long(arrow, limits.cell)):
            return arrow, [], []
    return parse_exact(text, dialect, layout, limits)


def _parse_fast(text: bytes, dialect: Dialect, layout: Layout) -> pa.Table | None:
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


def parse_exact(
    text: bytes, dialect: Dialect, layout: Layout, limits: Limits
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


def line_numbers(text: bytes, dialect: Dialect, layout: Layout, last: int) -> list[int]:
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
