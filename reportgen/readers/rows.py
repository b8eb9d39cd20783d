"""Find the rows of a table that are no customers: totals, the header once more, remarks at the end.

A label alone is never enough, for a customer may be called Total: the numbers of the row must be the sums of
those above it, or most of its cells must be empty as in no other row. Without a label, sums decide at the end
of the table only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from reportgen.lexicon.tokens import Tokens

LAST = 12
"""Rows at the end in which every column is looked at."""
SAMPLE = 1_000
SEARCHED = 200_000
"""In longer tables labels are looked for at the end only."""
MOST_TOTALS = 0.34
"""With more such labels than this share of the rows they are a category."""
CLOSE = 1e-6

Floats = npt.NDArray[np.float64]


def find_strangers(header: Sequence[str], table: pa.Table, tokens: Tokens) -> list[tuple[int, str]]:
    """Index and reason of each row that is no customer, in order."""
    n = table.num_rows
    if n < 3 or table.num_columns < 2:
        return []
    found = dict.fromkeys(_headers(header, table), "the header once more")
    end = n
    for row in range(n - 1, max(n - 1 - LAST, 1), -1):
        if row in found:
            continue
        cells = _row(table, row)
        if not any(cells):
            end = row
            continue
        reason = _remark(table, row, cells)
        if not reason:
            break
        found[row] = reason
        end = row
    with np.errstate(over="ignore", invalid="ignore"):  # 1e308 is no total
        _find_totals(table, tokens, found, end)
    return sorted(found.items()) if len(found) < n / 2 else []


def _find_totals(table: pa.Table, tokens: Tokens, found: dict[int, str], end: int) -> None:
    """Add the total rows; ``end`` is where blank rows and remarks begin."""
    n = table.num_rows
    numbers: dict[int, Floats] = {}
    labels = _labels(table, tokens)
    total: list[int] = []
    if 0 < len(labels) <= max(3, MOST_TOTALS * n):
        begin = 0
        for row in labels:
            if row in found or row < 2:
                continue
            reason = _is_total(table, row, begin, total, numbers)
            if reason:
                found[row] = reason
                total.append(row)
                begin = row + 1
    if end >= 3 and end - 1 not in found and _adds_up(table, end - 1, numbers, total):
        found[end - 1] = "a total row: its numbers are the sums of the columns"


def _row(table: pa.Table, row: int) -> list[str]:
    return [str(column[row].as_py() or "").strip() for column in table.columns]


def _headers(header: Sequence[str], table: pa.Table) -> list[int]:
    """Rows that repeat the header: files that were put one below the other."""
    named = [i for i, name in enumerate(header) if name]
    if len(named) < 2:
        return []
    same = pc.equal(table.column(named[0]), header[named[0]])
    if not pc.any(same).as_py():
        return []
    rows = np.flatnonzero(np.asarray(same))
    return [int(row) for row in rows if all(_row(table, int(row))[i] == header[i] for i in named)]


def _remark(table: pa.Table, row: int, cells: list[str]) -> str:
    """A line of text in the first filled cell and nothing beside it, unlike the cells above."""
    filled = [i for i, cell in enumerate(cells) if cell]
    if len(filled) != 1 or table.num_columns < 3:
        return ""
    place = filled[0]
    text = cells[place]
    if not re.search(r"\s|:|^[*#©†]", text) or not re.search(r"[^\W\d]", text):
        return ""
    above = [str(c) for c in table.column(place).slice(max(0, row - 50), min(50, row)).to_pylist() if c]
    spaced = sum(bool(re.search(r"\s", cell)) for cell in above)
    return "a remark below the table" if spaced <= 0.1 * len(above) or ":" in text else ""


def _labels(table: pa.Table, tokens: Tokens) -> list[int]:
    """Rows with a cell that begins like the label of a total."""
    n = table.num_rows
    words = "|".join(re.escape(word) for word in sorted(tokens.row_totals, key=len, reverse=True))
    pattern = rf"^\s*(?:{words})(?:[\s:.(].*)?$"
    rows: set[int] = set()
    for i, column in enumerate(table.columns[:50]):
        start = 0 if n <= SEARCHED and i < 5 else max(0, n - LAST)
        cells = column.slice(start)
        lettered = pc.utf8_length(cells)
        short = pc.and_(pc.less_equal(lettered, 40), pc.greater_equal(lettered, 2))
        if not pc.any(short).as_py():
            continue
        hits = np.flatnonzero(np.asarray(pc.match_substring_regex(cells, pattern, ignore_case=True)))
        if len(hits) > max(3, MOST_TOTALS * n):
            continue
        rows |= {int(hit) + start for hit in hits if len(str(cells[int(hit)])) <= 40}
    return sorted(rows)


def _is_total(table: pa.Table, row: int, begin: int, totals: list[int], numbers: dict[int, Floats]) -> str:
    """Whether the row with a total's label is one: a sum of all rows or of those since the last total."""
    cells = _row(table, row)
    right = wrong = 0
    for i, cell in enumerate(cells):
        value = _number(cell)
        if value is None or value == 0:
            continue
        column = _column(table, i, numbers)
        for start, skip in ((0, totals), (begin, [])):
            above = np.delete(column[start:row], [t - start for t in skip if t >= start])
            if above.size >= 2 and _close(value, above):
                right += 1
                break
        else:
            wrong += 1
    if right and right >= wrong:
        return "a total row: its numbers are the sums of the columns"
    spread = np.linspace(0, table.num_rows - 1, num=min(SAMPLE, table.num_rows)).astype(int)
    usual = np.mean([np.mean([cell == "" for cell in _row(table, int(r))]) for r in spread[:50]])
    blank = sum(not cell for cell in cells) / len(cells)
    if blank >= 0.5 and usual < 0.25:
        return "a total row, by its label and its empty cells"
    return ""


def _close(value: float, above: Floats) -> bool:
    """Whether a number is sum, mean or another summary of those above it, as precisely as it is written."""
    known = above[~np.isnan(above)]
    if known.size < 2:
        return False
    total = float(known.sum())
    some = [total, total / known.size]
    if known.size <= SEARCHED:
        some += [float(np.median(known)), float(known.min()), float(known.max())]
    return any(abs(value - one) <= CLOSE * max(abs(one), 1.0) + 0.0051 for one in some)


def _adds_up(table: pa.Table, last: int, numbers: dict[int, Floats], totals: list[int]) -> bool:
    """Whether two or more numbers of the last row, and most of them, are the sums of their columns."""
    cells = _row(table, last)
    values = {i: value for i, cell in enumerate(cells) if (value := _number(cell)) is not None and value != 0}
    if len(values) < 2:
        return False
    spread = np.unique(np.linspace(0, last - 1, num=min(SAMPLE, last)).astype(int))
    hopeful: list[int] = []
    needed = max(2.0, len(values) / 2)
    for looked_at, (i, value) in enumerate(values.items()):
        if len(hopeful) + len(values) - looked_at < needed:
            return False
        some = _numbers(_take(table.column(i), spread))
        mean = float(np.nanmean(some)) if not np.isnan(some).all() else 0.0
        if mean != 0 and 0.3 <= value / (mean * (last - len(totals))) <= 3.0:
            hopeful.append(i)
    if len(hopeful) < needed:
        return False
    right = 0
    for i in hopeful:
        above = np.delete(_column(table, i, numbers)[:last], totals)
        total = float(np.nansum(above))
        same = abs(values[i] - total) <= CLOSE * abs(total) + 0.0051
        right += same and int(np.count_nonzero(~np.isnan(above))) >= 2
    return right >= 2 and right >= len(values) / 2


def _take(column: pa.ChunkedArray, rows: npt.NDArray[np.signedinteger]) -> pa.ChunkedArray:
    """Some rows, in order; piece by piece, as Arrow would put the whole column together first."""
    ends = np.cumsum([len(piece) for piece in column.chunks])
    cuts = np.searchsorted(rows, ends)
    pieces = [
        piece.take(pa.array(rows[begin:end] - (stop - len(piece))))
        for piece, stop, begin, end in zip(column.chunks, ends, [0, *cuts[:-1]], cuts, strict=True)
        if begin < end
    ]
    return pa.chunked_array([pa.concat_arrays(pieces)])


def _column(table: pa.Table, i: int, numbers: dict[int, Floats]) -> Floats:
    if i not in numbers:
        numbers[i] = _numbers(table.column(i))
    return numbers[i]


def _numbers(column: pa.ChunkedArray) -> Floats:
    """Numbers of a column, NaN where there is none; roughly, for a comparison that proves itself."""
    try:
        plain = pc.if_else(pc.equal(column, ""), None, column).cast(pa.float64())
        return np.asarray(plain.to_numpy(), dtype=float)
    except pa.ArrowInvalid:
        return np.array([np.nan if (v := _number(str(c))) is None else v for c in column.to_pylist()])


_SHAPE = re.compile(
    r"[^\d\w]*[-+−(]?\s*(?:[A-Z]{0,3}[$€£]?)?\s*([-−]?)\s*(\d[\d.,' \u00a0\u202f]*)\s*\D{0,5}\Z"
)


def _number(cell: str) -> float | None:
    """``1.234,50 €`` -> 1234.5; None for what is no number."""
    try:
        return float(cell)
    except ValueError:
        pass
    match = _SHAPE.match(cell.strip())
    if match is None or not cell:
        return None
    digits = re.sub(r"[' \u00a0\u202f]", "", match[2]).rstrip(".,")
    marks = [m for m in digits if m in ".,"]
    if len(marks) > 1 and len(set(marks)) == 1:
        digits = digits.replace(marks[0], "")
    elif marks:
        whole, part = digits.rsplit(marks[-1], 1)
        third = len(marks) == 1 and len(part) == 3 and marks[0] == ","
        digits = re.sub(r"[.,]", "", digits) if third else re.sub(r"[.,]", "", whole) + "." + part
    try:
        value = float(digits)
    except ValueError:
        return None
    return -value if re.search(r"[-−(]", cell[: match.start(2)]) else value
