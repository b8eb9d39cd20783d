"""Write one sheet of the workbook on standard input as CSV; run by ``workbook.py`` as a process of its own.

Arguments: the sheet (name or number; empty: the first visible one with a table), bytes of memory, bytes of
CSV. The first line of the answer is JSON: the sheet, or the problem.
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import json
import resource
import sys
from typing import Any

FEWEST_ROWS = 30
"""A sheet with fewer rows is read only where no other has more: it holds remarks or a summary."""
EXACT = 10**15
"""Spreadsheets keep 15 digits."""


def main() -> int:
    """Read, choose, write."""
    asked, memory, most = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    import python_calamine as calamine

    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    except calamine.PasswordError:
        return answer(problem="password")
    except Exception:
        return answer(problem="format")
    visible = [
        sheet.name for sheet in book.sheets_metadata
        if sheet.typ == calamine.SheetTypeEnum.WorkSheet and sheet.visible == calamine.SheetVisibleEnum.Visible
    ]  # fmt: skip
    filled: list[str] = []
    chosen: Any = None
    roomy = False
    if asked:
        names = list(book.sheet_names)
        folded = {name.casefold(): name for name in names}
        if asked.isdecimal() and asked not in names and 0 < int(asked) <= len(names):
            asked = names[int(asked) - 1]
        if asked.casefold() not in folded:
            return answer(problem="sheet", sheets=names)
        chosen = book.get_sheet_by_name(folded[asked.casefold()])
    else:
        for name in visible:
            with contextlib.suppress(Exception):
                sheet = book.get_sheet_by_name(name)
                if sheet.height >= 2 and sheet.width >= 1:
                    filled.append(name)
                    table = sheet.height > FEWEST_ROWS and sheet.width >= 2
                    if chosen is None or (table and not roomy):
                        chosen, roomy = sheet, table
    if chosen is None or chosen.height < 1:
        return answer(problem="none")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    long = merged = 0
    below = merged_below(chosen)
    for number, row in enumerate(chosen.iter_rows()):
        cells = [as_text(cell) for cell in row]
        if below:
            merged += fill(cells, row, number, below)
        long += sum(isinstance(cell, float) and abs(cell) >= EXACT and cell.is_integer() for cell in row)
        writer.writerow(cells)
        if text.tell() > most:
            return answer(problem="large")
    answer(sheet=chosen.name, filled=filled, long=long, merged=merged)
    sys.stdout.buffer.write(text.getvalue().encode("utf-8", errors="replace"))
    return 0


def merged_below(sheet: Any) -> dict[int, list[list[Any]]]:
    """Column -> [first row, last row, text once it is known] of cells that are merged down one column."""
    below: dict[int, list[list[Any]]] = {}
    with contextlib.suppress(Exception):  # only some formats tell
        left = sheet.start[1]  # iter_rows begins with the first row of the sheet, and the first column in use
        for (first, column), (last, end) in sheet.merged_cell_ranges or ():
            if column == end and last > first:
                below.setdefault(column - left, []).append([first, last, ""])
        for spans in below.values():
            spans.sort(reverse=True)  # the next one is the last
    return below


def fill(cells: list[str], row: list[Any], number: int, below: dict[int, list[list[Any]]]) -> int:
    """Repeat the text of a merged cell in the rows below it; a number is one amount, and stays where it is."""
    count = 0
    for column, spans in below.items():
        while spans and spans[-1][1] < number:
            spans.pop()
        if not spans or column >= len(cells) or number < spans[-1][0]:
            continue
        if number == spans[-1][0]:
            spans[-1][2] = cells[column] if isinstance(row[column], str) else ""
        elif spans[-1][2] and not cells[column] and any(cells):
            cells[column] = spans[-1][2]
            count += 1
    return count


def as_text(cell: Any) -> str:
    """A cell as a person would have typed it, numbers in full and with a decimal point that is surely one."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, (int, float)):
        if float(cell).is_integer() and abs(cell) < 1e22:
            return str(int(cell))
        text = repr(float(cell))
        return text + "0" if text[-4:-3] == "." else text  # 1.234 could be a thousand
    if isinstance(cell, dt.datetime):
        midnight = (cell.hour, cell.minute, cell.second) == (0, 0, 0)
        return cell.date().isoformat() if midnight else cell.isoformat(" ", "seconds")
    if isinstance(cell, dt.timedelta):
        return f"PT{cell.total_seconds():.0f}S"  # as ISO 8601 and OpenDocument write durations
    return " ".join(str(cell).split("\n")).strip()


def answer(**told: object) -> int:
    """Write the first line."""
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
