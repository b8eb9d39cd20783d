"""Turn a file into a Table: every cell still text, every guess and every loss a note.

``sources`` loads and unpacks, ``text`` reads delimited text (with ``encoding``, ``dialect``, ``header`` and
``parsing``), ``workbook`` and ``columnar`` open spreadsheets and Parquet, ``rows`` and ``copies`` find rows that are
no customers; here they are asked in order. What a file is, its content says.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from reportgen.errors import InputError, OptionError
from reportgen.lexicon.tokens import load_tokens
from reportgen.readers.copies import COPY, find_copies
from reportgen.readers.sources import Content, Kind, Limits, load, open_content, shown_name
from reportgen.readers.text import Grid, read_text, without_blank
from reportgen.results import Note, SetAside, Table

__all__ = ["Limits", "limits", "read"]

# A table is read once in a process, and Arrow's own allocator spends as long on fresh memory as the reading takes.
pa.set_memory_pool(pa.system_memory_pool())

DEFAULT_LIMITS = Limits()
SHEET = "workbook, sheet "
"""How ``Table.encoding`` says which sheet was read; ``read`` takes it back."""
PARQUET = "parquet"


def limits(most_bytes: int | None, most_columns: int | None, longest_cell: int | None) -> Limits:
    """Limits as the options say them; None is the default. Who raises the bytes is believed about bombs."""
    return Limits(
        bytes=most_bytes or DEFAULT_LIMITS.bytes,
        columns=most_columns or DEFAULT_LIMITS.columns,
        cell=longest_cell or DEFAULT_LIMITS.cell,
        ratio=DEFAULT_LIMITS.ratio if most_bytes is None else float("inf"),
    )


def read(
    source: Path,
    *,
    delimiter: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Table:
    """Read a table from delimited text, a workbook or Parquet, each of them packed with gzip or zip or not.

    Parameters
    ----------
    source
        The file; ``-`` is standard input. Its content decides what it is, not its suffix.
    delimiter
        One character; found by vote among comma, semicolon, tab and pipe when not given.
    encoding
        A Python codec name; found when not given. What ``Table.delimiter`` and ``Table.encoding`` say of a
        table can always be given back, and then the same table is read.
    sheet
        Name or number of a sheet; the first one with a table when not given.
    limits
        How much is read at most.

    Raises
    ------
    InputError
        The file is no table that can be read: says what was seen and what to do.
    OptionError
        ``delimiter``, ``encoding`` or ``sheet`` is not usable.
    """
    if encoding is not None and (encoding.startswith(SHEET) or encoding == PARQUET):
        sheet = sheet or encoding.removeprefix(SHEET) if encoding != PARQUET else sheet
        encoding = None
    if delimiter is not None:
        delimiter = {"tab": "\t", "\\t": "\t", "": None}.get(delimiter, delimiter)
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise OptionError(f"--delimiter: {delimiter!r} is not one character; use for example ';' or 'tab'")
    name = shown_name(source)
    data = load(source, limits)
    with ThreadPoolExecutor(max_workers=1) as pool:  # hashing needs no attention
        digest = pool.submit(lambda: hashlib.sha256(data).hexdigest())
        content = open_content(name, data, limits)
        if sheet is not None and content.kind is not Kind.WORKBOOK:
            raise OptionError(f"--sheet: {name} is no workbook; leave it out")
        grid = _grid(name, content, delimiter, encoding, sheet, limits)
        table = _table(name, grid, len(data))
    return replace(table, sha256=digest.result())


def _grid(
    name: str,
    content: Content,
    delimiter: str | None,
    encoding: str | None,
    sheet: str | None,
    limits: Limits,
) -> Grid:
    """The table by the kind of its container."""
    if content.kind is Kind.PARQUET:
        header, cells, more = read_parquet(name, content.data, limits)
        cells = without_blank(cells)
        copies = find_copies(header, cells, load_tokens())
        cells = (
            cells.take(pa.array(np.setdiff1d(np.arange(cells.num_rows), copies))) if copies.size else cells
        )
        aside = [SetAside(line=int(row) + 1, reason=COPY) for row in copies]
        grid = Grid(header=header, cells=cells, aside=aside, notes=more, encoding=PARQUET, delimiter="")
    elif content.kind is Kind.WORKBOOK:
        from reportgen.readers.workbook import read_sheet

        found = read_sheet(
            name, content.data, sheet, most_bytes=limits.bytes, errors=content.errors, unsaved=content.unsaved
        )
        if not found.text.strip(b',\n "'):
            raise InputError(f"{name}: the sheet {found.name} is empty; name another with --sheet")
        grid = read_text(name, found.text, delimiter=",", encoding="utf-8", limits=limits, sure=True)
        grid = replace(grid, encoding=SHEET + found.name, delimiter="", notes=[*found.notes, *grid.notes])
    else:
        grid = read_text(name, content.data, delimiter=delimiter, encoding=encoding, limits=limits)
    return grid


def read_parquet(name: str, data: bytes, limits: Limits) -> tuple[list[str], pa.Table, list[Note]]:
    """See ``columnar``; its library is loaded only when it is needed."""
    from reportgen.readers import columnar

    return columnar.read_parquet(name, data, limits)


def _table(name: str, grid: Grid, size: int) -> Table:
    """The table with names for all columns; the file's hash is for the caller to fill in."""
    aside, arrow = grid.aside, grid.cells
    rows = arrow.num_rows + len(aside)
    misfits = [row for row in aside if row.reason != COPY]
    if len(misfits) > max(rows / 2, 1):
        first = misfits[0]
        raise InputError(
            f"{name}: {len(misfits):,} of {rows:,} rows do not fit the header "
            f"(line {first.line}: {first.reason}); repair the file or give --delimiter"
        )
    if arrow.num_rows == 0:
        raise InputError(f"{name}: a header and no rows; give a table with a header and one row per customer")
    header, naming = _unique(grid.header)
    notes = [*grid.notes, *naming]
    if misfits:
        listed = ", ".join(f"line {row.line} ({row.reason})" for row in misfits[:3])
        notes.append(
            Note(
                code="rows-set-aside",
                message=f"{len(misfits):,} of {rows:,} rows could not be used and "
                f"{'was' if len(misfits) == 1 else 'were'} set aside: {listed}"
                f"{', ...' if len(misfits) > 3 else ''}.",
                place=f"line {misfits[0].line}",
                level="warning",
            )
        )
    copied = len(aside) - len(misfits)
    if copied:
        line = next(row.line for row in aside if row.reason == COPY)
        notes.append(
            Note(
                code="rows-copied",
                message=f"{copied:,} of {rows:,} rows {'is a copy' if copied == 1 else 'are copies'} of others, id and "
                f"all (the first in line {line}), and {'was' if copied == 1 else 'were'} set aside: "
                "each customer counts once.",
                place=f"line {line}",
                level="warning",
            )
        )
    notes = [replace(note, message=" ".join(note.message.splitlines())) for note in notes]
    kind = pd.StringDtype("pyarrow", na_value=float("nan"))
    cells = pd.DataFrame(
        {title: pd.Series(arrow.column(i), dtype=kind, copy=False) for i, title in enumerate(header)},
        copy=False,
    )
    return Table(
        name=name, sha256="", size=size, encoding=grid.encoding, delimiter=grid.delimiter,
        header=header, cells=cells, rows_read=rows, set_aside=tuple(aside), notes=tuple(notes),
    )  # fmt: skip


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
