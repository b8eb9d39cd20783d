"""Find how records are written: the delimiter, and how quotes inside quotes are.

The delimiter is found by vote; the ``csv`` module then reads the records of a short text.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import _csv

DELIMITERS = (",", ";", "\t", "|")
RARE_DELIMITERS = ("^", "~", "¦", "§", ":", "#", "!", " ")
"""Tried when no usual one fits, and taken only when nearly all rows agree; noted."""
RARE = 0.7
"""Votes for the best usual delimiter below which it does not fit."""
NUMBER = re.compile(r"\(?[-+−]?\s?\D{0,3}[-+−]?\d[\d.,'’\s]*([eE][-+]?\d+)?\s?\D{0,3}\)?\Z")
"""How numbers are written, roughly."""

_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialect:
    """How records are written; enough for both parsers."""

    delimiter: str
    escape: str | None = None
    """A backslash where quotes inside quotes are escaped with one."""
    quoted: bool = True
    """Whether there can be quotes below the header."""

    def reader(self, lines: Iterable[str]) -> _csv.Reader:
        """The ``csv`` module's reader of some lines."""
        return csv.reader(
            lines, delimiter=self.delimiter, escapechar=self.escape, doublequote=self.escape is None
        )


def in_words(delimiter: str) -> str:
    """What a message calls a delimiter."""
    return _NAMES.get(delimiter, repr(delimiter))


def read_records(text: str, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
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


_QUOTED_LINE = re.compile(rb'^"((?:[^"\n]|"")*)"[,;\t]*$', re.MULTILINE)
"""A line that is one quoted cell, and empty ones behind it."""


def unquote_lines(text: bytes, head: str) -> tuple[bytes, str]:
    """Text and its beginning without the quotes around whole lines (``"10,""Meyer"",5"``), where each has them.

    So writes a spreadsheet in which all of a table stood in the first column. As they are where there are no columns
    in the quotes: then it is a list.
    """
    lines = [line for line in head.split("\n")[:500] if line.strip()]
    if len(lines) < 3 or not all(_QUOTED_LINE.fullmatch(line.encode()) for line in lines[:-1]):
        return text, head
    inner = "\n".join(line[1 : line.rindex('"')].replace('""', '"') for line in lines[:-1])
    rows = [cells for _, cells in read_records(inner, vote(inner, 0, None))]
    if len(rows[0]) < 2 or sum(len(cells) == len(rows[0]) for cells in rows) < 0.9 * len(rows):
        return text, head
    text = _QUOTED_LINE.sub(lambda line: line[1].replace(b'""', b'"'), text)
    return text, text[: len(head.encode())].decode("utf-8", errors="ignore")


def vote(head: str, skip: int, given: str | None) -> Dialect:
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
    parted = True
    choice = Dialect(delimiter=given or ",")
    for delimiter in (given,) if given else DELIMITERS:
        if delimiter not in text:
            continue
        for escape in escapes:
            dialect = Dialect(delimiter=delimiter, escape=escape)
            rows = [cells for _, cells in itertools.islice(read_records(text, dialect), 500)]
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
            decimals = sum(bool(NUMBER.match(cell)) for cell in cells if "," in cell) / max(len(cells), 1)
            headed = 1.0 if len(rows[0]) in (width, width - 1) else 0.8
            score = agreeing / len(rows) * (whole + (decimals if delimiter != "," else 0)) * headed
            if (score, width) > best:
                best, choice = (score, width), dialect
                parted = len(rows[0]) > 1  # a header in one piece: what is found are decimal commas, perhaps
    if given is None and (best[0] < RARE or best[1] <= 2 or not parted):
        for delimiter in RARE_DELIMITERS:
            records = read_records(text, Dialect(delimiter=delimiter))
            rows = [cells for _, cells in itertools.islice(records, 500)]
            width = len(rows[0]) if rows else 0
            if rows and re.fullmatch(r'("[^"]*" )+"[^"]*"', text.split("\n", 1)[0]):
                width = len(rows[-1])  # R writes its row names without a name above them
            if (
                len(rows) >= 5
                and width >= 3
                and len(rows[0]) in (width, width - 1)
                and sum(len(cells) == width for cells in rows[1:]) >= 0.95 * (len(rows) - 1)
            ):
                return Dialect(delimiter=delimiter)
    return choice
