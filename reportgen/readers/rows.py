"""Find the rows of a table that are no customers: totals, the header once more, remarks at the end.

A label alone is never enough, for a customer may be called Total: the numbers of the row must be the sums of
those above it, or most of its cells must be empty as in no other row. Without a label, sums decide at the end
of the table only.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter
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
MOST_ALONE = 0.2
"""With more rows that have their first cell only than this share, a table is sparse."""
BELOW = 200
"""Rows at the end among which a blank one may end the table."""
TRIED = 200
"""Labels of totals that are tried before the first proves to be one."""
CLOSE = 1e-6

Floats = npt.NDArray[np.float64]


def find_strangers(
    header: Sequence[str], table: pa.Table, tokens: Tokens, units: Sequence[tuple[str, ...]] = ()
) -> list[tuple[int, str]]:
    """Index and reason of each row that is no customer, in order; ``units`` stood below the header and may again."""
    n = table.num_rows
    if n < 3 or table.num_columns < 2:
        return []
    found = dict.fromkeys(_headers(header, table), "the header once more")
    if units:
        for row in list(found):
            for below, written in enumerate(units, start=row + 1):
                if below < n and tuple(_row(table, below)) == written:
                    found[below] = "the units below the header once more"
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
    alone = _alone(table)
    while end - 1 in alone:
        end -= 1
    with np.errstate(over="ignore", invalid="ignore"):  # 1e308 is no total
        _find_totals(table, tokens, found, end)
    for row in alone:
        found.setdefault(row, "a line of its first cell only, which is unlike those of the other rows")
    for row in _below(table):
        found.setdefault(row, "below a blank row, with most cells empty: it is not of this table")
    return sorted(found.items()) if len(found) < n / 2 else []


def _alone(table: pa.Table) -> list[int]:
    """Rows with text in the first cell only, where others are full and their first cells are written in another way.

    So are the names of pages and groups between the rows. A customer of whom nothing is known but the number has a
    number like the others; where the first column holds names, there is no telling, and all stay.
    """
    n = table.num_rows
    if n < 20 or table.num_columns < 3:
        return []
    alone = pc.not_equal(table.column(0), "")
    for column in reversed(table.columns[1:]):
        alone = pc.and_(alone, pc.equal(column, ""))
        if not pc.any(alone).as_py():
            return []
    rows = np.flatnonzero(np.asarray(alone))
    if len(rows) > MOST_ALONE * n:
        return []
    others = np.setdiff1d(np.linspace(0, n - 1, num=min(SAMPLE, n)).astype(int), rows)
    some = _rows(take(table, others[:: len(others) // 50 + 1]))
    if np.mean([not cell for cells in some for cell in cells]) > 0.25:
        return []
    first = table.column(0)
    shapes = Counter(_shape(first[int(row)].as_py()) for row in others)
    usual = {shape for shape, count in shapes.items() if count > 0.01 * len(others)}
    if sum(shapes[shape] for shape in usual) < 0.9 * len(others):
        return []
    texts = {int(row): str(first[int(row)].as_py()) for row in rows}
    return [row for row, text in texts.items() if re.search(r"[^\W\d_]", text) and _shape(text) not in usual]


def _shape(text: str) -> str:
    """How a cell is written: runs of digits and of letters, and the signs between them."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "0", text))


def _below(table: pa.Table) -> list[int]:
    """The rows below a blank one near the end, when most of their cells are empty as in hardly a row above."""
    n = table.num_rows
    most = min(BELOW, n // 5)
    if not most or table.num_columns < 3:
        return []
    last = _rows(table.slice(n - most))
    blank = [i for i, cells in enumerate(last) if not any(cells)]
    inside = [i for i in blank if any(any(cells) for cells in last[i:])]
    if not inside:
        return []
    begin = inside[0]
    below = [i for i in range(begin, most) if any(last[i])]
    spread = np.linspace(0, n - most - 1, num=min(50, n - most)).astype(int)
    usual = [np.mean([not cell for cell in cells]) for cells in _rows(take(table, spread))]
    if max(usual) >= 0.5 or np.mean(usual) >= 0.2:
        return []
    if any(sum(map(bool, last[i])) > len(last[i]) / 2 for i in below):
        return []
    return [n - most + i for i in below]


def _find_totals(table: pa.Table, tokens: Tokens, found: dict[int, str], end: int) -> None:
    """Add the total rows; ``end`` is where blank rows and remarks begin."""
    n = table.num_rows
    numbers: dict[tuple[int, bool], Floats] = {}
    labels = _labels(table, tokens)
    total: list[int] = []
    if 0 < len(labels) <= max(3, MOST_TOTALS * n):
        begin = tried = 0
        for row, label in labels.items():
            if row in found or row < (1 if label[0] else 2):
                continue
            tried += 1
            if tried > TRIED and not total:
                break  # a category, and each try adds up the rows above
            reason = _is_total(table, row, begin, total, numbers, label)
            if reason:
                found[row] = reason
                total.append(row)
                begin = row + 1
    if (
        end >= 3
        and end - 1 not in found
        and any(_adds_up(table, end - 1, numbers, total, turned=turned) for turned in (False, True))
    ):
        found[end - 1] = "a total row: its numbers are the sums of the columns"


def _row(table: pa.Table, row: int) -> list[str]:
    return [str(column[row].as_py() or "").strip() for column in table.columns]


def _rows(table: pa.Table) -> list[list[str]]:
    """The cells of a few rows."""
    columns = [[str(cell or "").strip() for cell in column.to_pylist()] for column in table.columns]
    return [list(cells) for cells in zip(*columns, strict=True)]


def _headers(header: Sequence[str], table: pa.Table) -> list[int]:
    """Rows that repeat the header: files that were put one below the other."""
    named = [i for i, name in enumerate(header) if name]
    if len(named) < 2:
        return []
    # One column is looked at first, and none that was put together from lines or may carry a byte order mark.
    plain = [i for i in named[1:] if " " not in header[i]] or named[1:]
    asked = header[plain[0]]
    ways = sorted({asked, asked.lower(), asked.upper(), asked.title(), asked.capitalize()})
    column = table.column(plain[0])
    same = pc.is_in(column, value_set=pa.array(ways, column.type))
    if not pc.any(same).as_py():
        return []
    rows = np.flatnonzero(np.asarray(same))
    if len(rows) > table.num_rows / 2:
        return []
    wanted = {i: header[i].casefold() for i in named}
    return [
        int(row)
        for row in rows
        if all(_plain(cells[i]) == wanted[i] for cells in [_row(table, int(row))] for i in named)
    ]


def _plain(cell: str) -> str:
    """A cell as the header is written, in lower case: on one line and without byte order mark."""
    return " ".join(cell.replace("\ufeff", "").split()).casefold()


def _remark(table: pa.Table, row: int, cells: list[str]) -> str:
    """A line of text in the first filled cell and nothing beside it, unlike the cells above."""
    filled = [i for i, cell in enumerate(cells) if cell]
    if len(filled) != 1 or table.num_columns < 3:
        return ""
    place = filled[0]
    text = cells[place]
    if not re.search(r"\s|[:：]|^[*#©†※＊]", text) or not re.search(r"[^\W\d]", text):
        return ""
    above = [str(c) for c in table.column(place).slice(max(0, row - 50), min(50, row)).to_pylist() if c]
    spaced = sum(bool(re.search(r"\s", cell)) for cell in above)
    return "a remark below the table" if spaced <= 0.1 * len(above) or re.search("[:：※]", text) else ""


def _labels(table: pa.Table, tokens: Tokens) -> dict[int, tuple[str, bool]]:
    """Rows with a cell that begins like the label of a total, or that ends so (``North Total``).

    Each with what else is in the label, and whether that stands before it.

    A spreadsheet writes its subtotals in the second way; there the sums alone decide.
    """
    n = table.num_rows
    words = "|".join(re.escape(word) for word in sorted(tokens.row_totals, key=len, reverse=True))
    begins = re.compile(rf"\s*(?:{words})(?:[\s:.(]+(.*))?$", re.IGNORECASE)
    pattern = rf"^(?:.*\s)?(?:{words})(?:[\s:.(].*)?$"
    rows: dict[int, tuple[str, bool]] = {}
    whole = 5 if n <= SEARCHED else 0
    end = max(0, n - LAST)
    places = [(0, column) for column in table.columns[:whole]]
    places += [(end, column.slice(end)) for column in table.columns[whole:50]]
    for (start, cells), hits in zip(places, _matches([cells for _, cells in places], pattern), strict=True):
        texts = {int(hit) + start: str(cells[int(hit)]) for hit in hits[: n // 2 + 1]}
        sure = {
            row: ((match[1] or "").strip(), False)
            for row, text in texts.items()
            if len(text) <= 40 and (match := begins.match(text))
        }
        behind = {
            row: (match[1].strip(), True)
            for row, text in texts.items()
            if row not in sure and (match := re.fullmatch(rf"(.*\S)\s+(?:{words})", text, re.IGNORECASE))
        }
        often = {some for some, count in Counter(behind.values()).items() if count > LAST}  # a category
        behind = {row: some for row, some in behind.items() if some not in often}
        for some in (behind, sure):
            if len(some) <= max(3, MOST_TOTALS * n):
                rows |= some
    return dict(sorted(rows.items()))


def _matches(columns: Sequence[pa.ChunkedArray], pattern: str) -> list[npt.NDArray[np.int64]]:
    """Places of each column where a cell has a pattern, whatever its capitals; columns of long cells only have none."""
    cells = pa.chunked_array([piece for column in columns for piece in column.chunks], pa.large_string())
    cells = cells.combine_chunks()  # the pattern is prepared once, and not for each of many small pieces
    lettered = pc.utf8_length(cells)
    short = np.asarray(pc.and_(pc.less_equal(lettered, 40), pc.greater_equal(lettered, 2)))
    met = np.asarray(pc.match_substring_regex(cells, pattern, ignore_case=True))
    cuts = np.cumsum([len(column) for column in columns])[:-1]
    return [
        np.flatnonzero(one) if some.any() else np.empty(0, dtype=np.int64)
        for one, some in zip(np.split(met, cuts), np.split(short, cuts), strict=True)
    ]


def _is_total(
    table: pa.Table,
    row: int,
    begin: int,
    totals: list[int],
    numbers: dict[tuple[int, bool], Floats],
    label: tuple[str, bool],
) -> str:
    """Whether the row with a total's label is one: a sum of all rows or of those since the last total.

    ``label`` is the rest of the label, and whether it stands before it: then only sums count, and they must be more
    than the other numbers. One row is enough for a sum where it is of the group that the label names.
    """
    rest, behind = label
    cells = _row(table, row)
    group = len(rest) > 1 and rest in _row(table, row - 1)
    if behind and not group and all(cells):
        return ""
    fewest = 1 if group else 2
    only_sum = behind or group
    sums = others = wrong = 0
    for i, cell in enumerate(cells):
        if _number(cell) in (None, 0):
            continue
        found = {
            _summary(value, above, fewest)
            for value, column in _readings(table, i, cell, numbers)
            for start, skip in ((0, totals), (begin, []))
            for above in (np.delete(column[start:row], [t - start for t in skip if t >= start]),)
        }
        if "sum" in found:
            sums += 1
        elif "other" in found and not only_sum:
            others += 1
        elif "usual" not in found or only_sum:
            wrong += 1
    spread = np.linspace(0, table.num_rows - 1, num=min(SAMPLE, table.num_rows)).astype(int)
    usual = np.mean([cell == "" for cells in _rows(take(table, spread[:50])) for cell in cells])
    blank = sum(not cell for cell in cells) / len(cells)
    right = sums + others
    if sums and (right >= wrong if blank > usual and not behind else right > wrong):
        return "a total row: its numbers are the sums of the columns"
    if others > wrong and (others > 1 or not wrong):  # a customer may have one such number
        return "a row of averages or extremes: its numbers are those of the columns"
    if blank >= 0.5 and usual < 0.25 and not behind:
        return "a total row, by its label and its empty cells"
    return ""


def _readings(
    table: pa.Table, i: int, cell: str, numbers: dict[tuple[int, bool], Floats]
) -> list[tuple[float, Floats]]:
    """A number and its column; and both read the other way where ``1.455`` may be a thousand or a small number."""
    ways: list[tuple[float, Floats]] = []
    for turned in (False, True):
        value = _number(cell, turned=turned)
        if value is not None and (not turned or value != _number(cell)):
            if turned and table.num_rows > SEARCHED:
                break
            ways.append((value, _column(table, i, numbers, turned=turned)))
    return ways


def _summary(value: float, above: Floats, fewest: int = 2) -> str:
    """What a number is of those above it, as precisely as it is written: their ``sum``, an ``other`` summary, or none.

    ``usual``: a mean, median, smallest or largest that several of them are too, as of small counts; it says nothing,
    for the customers called Max have the most orders as often as any others.
    """
    known = above[~np.isnan(above)]
    if known.size < fewest:
        return ""
    total = float(known.sum())
    if np.count_nonzero(known) >= fewest and _same(value, total):
        return "sum"
    some = [total / known.size]
    if known.size <= SEARCHED:
        some += [float(np.median(known)), float(known.min()), float(known.max())]
    if not any(_same(value, one) for one in some):
        return ""
    return "other" if np.count_nonzero(known == value) <= 1 else "usual"


def _same(value: float, one: float) -> bool:
    return abs(value - one) <= CLOSE * max(abs(one), 1.0) + 0.0051


def _adds_up(
    table: pa.Table,
    last: int,
    numbers: dict[tuple[int, bool], Floats],
    totals: list[int],
    *,
    turned: bool,
) -> bool:
    """Whether two or more numbers of the last row, and most of them, are the sums of their columns.

    One is enough where it has four digits and stands alone beside a text, in a table whose rows are full.
    """
    cells = _row(table, last)
    values = {
        i: value
        for i, cell in enumerate(cells)
        if (value := _number(cell, turned=turned)) is not None and value != 0
    }
    if turned and (last > SEARCHED or all(value == _number(cells[i]) for i, value in values.items())):
        return False
    fewest = 1 if _one_sum(table, last, cells, values) else 2
    if len(values) < fewest:
        return False
    values = dict(
        sorted(values.items(), key=lambda item: not _is_float(cells[item[0]]))
    )  # read fast, and often enough
    spread = np.unique(np.linspace(0, last - 1, num=min(SAMPLE, last)).astype(int))
    hopeful: list[int] = []
    needed = max(float(fewest), len(values) / 2)
    sampled = take(table.select(list(values)), spread)
    for looked_at, (i, value) in enumerate(values.items()):
        if len(hopeful) + len(values) - looked_at < needed:
            return False
        some = _numbers(sampled.column(looked_at), turned=turned)
        mean = float(np.nanmean(some)) if not np.isnan(some).all() else 0.0
        if mean != 0 and 0.3 <= value / (mean * (last - len(totals))) <= 3.0:
            hopeful.append(i)
    if len(hopeful) < needed:
        return False
    right = 0
    for i in hopeful:
        above = np.delete(_column(table, i, numbers, turned=turned)[:last], totals)
        total = float(np.nansum(above))
        same = abs(values[i] - total) <= CLOSE * abs(total) + 0.0051
        right += same and int(np.count_nonzero(~np.isnan(above))) >= 2
    return right >= needed


def _one_sum(table: pa.Table, last: int, cells: list[str], values: dict[int, float]) -> bool:
    """Whether the only number of a row may be enough: long, and in cells that are empty as in no other row."""
    filled = [cell for cell in cells if cell]
    if len(values) != 1 or len(filled) > 2 or len(cells) < 3 or last < 10:
        return False
    digits = re.sub(r"\D", "", cells[next(iter(values))]).strip("0")
    spread = np.linspace(0, last - 1, num=min(50, last)).astype(int)
    usual = [sum(not cell for cell in cells) for cells in _rows(take(table, spread))]
    return len(digits) >= 4 and max(usual) < len(cells) - len(filled)


def take(table: pa.Table, rows: npt.NDArray[np.signedinteger]) -> pa.Table:
    """Some rows, in ascending order; piece by piece, as Arrow would put whole columns together first."""
    pieces, begin = [], 0
    for batch in table.to_batches():
        end = begin + batch.num_rows
        first, last = np.searchsorted(rows, (begin, end))
        if first < last:
            pieces.append(batch.take(pa.array(rows[first:last] - begin)))
        begin = end
    return pa.Table.from_batches(pieces, schema=table.schema)


def _column(
    table: pa.Table, i: int, numbers: dict[tuple[int, bool], Floats], *, turned: bool = False
) -> Floats:
    if (i, turned) not in numbers:
        numbers[i, turned] = _numbers(table.column(i), turned=turned)
    return numbers[i, turned]


def _numbers(column: pa.ChunkedArray, *, turned: bool = False) -> Floats:
    """Numbers of a column, NaN where there is none; roughly, for a comparison that proves itself."""
    if not turned or not pc.any(pc.match_substring_regex(column, r"\.\d{3}(?:\D|$)")).as_py():
        with contextlib.suppress(pa.ArrowInvalid):
            plain = pc.if_else(pc.equal(column, ""), None, column).cast(pa.float64())
            return np.asarray(plain.to_numpy(), dtype=float)
    return np.array(
        [np.nan if (v := _number(str(c), turned=turned)) is None else v for c in column.to_pylist()]
    )


_SHAPE = re.compile(
    r"[^\d\w]*[-+−(]?\s*(?:[A-Z]{0,3}[$€£]?)?\s*([-−]?)\s*(\d[\d.,' \u00a0\u202f]*)\s*\D{0,5}\Z"
)


def _is_float(cell: str) -> bool:
    with contextlib.suppress(ValueError):
        float(cell)
        return True
    return False


def _number(cell: str, *, turned: bool = False) -> float | None:
    """``1.234,50 €`` -> 1234.5; None for what is no number; ``turned``: 1.234 is a thousand, and 1,234 is not."""
    with contextlib.suppress(ValueError):
        if not turned or cell[-4:-3] != ".":
            return float(cell)
    match = _SHAPE.match(cell.strip())
    if match is None or not cell:
        return None
    digits = re.sub(r"[' \u00a0\u202f]", "", match[2]).rstrip(".,")
    marks = [m for m in digits if m in ".,"]
    if len(marks) > 1 and len(set(marks)) == 1:
        digits = digits.replace(marks[0], "")
    elif marks:
        whole, part = digits.rsplit(marks[-1], 1)
        third = len(marks) == 1 and len(part) == 3 and marks[0] == ("." if turned else ",")
        digits = re.sub(r"[.,]", "", digits) if third else re.sub(r"[.,]", "", whole) + "." + part
    try:
        value = float(digits)
    except ValueError:
        return None
    behind = (
        re.match(r"\s*[-−]\W*$", cell.strip()[match.end(2) :]) and match[2].strip()[-1] not in ".,"
    )  # 12-, not 12.-
    return -value if behind or re.search(r"[-−(]", cell.strip()[: match.start(2)]) else value
