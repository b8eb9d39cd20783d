"""Turn an Analysis into customers.xlsx: assignments and unusual customers, formatted for people.

No cell is ever a live formula or link, whatever the file said (pandas' own Excel writer makes both;
RELIABILITY.md 2.3). The creation date is the report's, so that the same input gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from reportgen.results import Analysis, Note
from reportgen.writers import tables

if TYPE_CHECKING:
    import xlsxwriter

ROW_LIMIT = 200_000
"""More customers than this stay in the CSV: Excel ends at 1,048,576 rows and is slow long before."""


def too_long(analysis: Analysis) -> Note | None:
    """The note for a table that has no workbook, None if it has one."""
    customers = len(analysis.columns.customers)
    if customers <= ROW_LIMIT:
        return None
    return Note(
        code="no-workbook",
        message=f"customers.xlsx is not written for more than {ROW_LIMIT:,} customers; "
        "assignments.csv has them all.",
        place="customers.xlsx",
    )


def write_workbook(analysis: Analysis, as_of: str) -> bytes | None:
    """The bytes of customers/customers.xlsx; None when there are too many customers (``too_long`` says so).

    ``as_of`` is the report's date, ISO.
    """
    if too_long(analysis):
        return None
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
         "strings_to_numbers": False, "nan_inf_to_errors": True},
    )  # fmt: skip
    created = dt.datetime.fromisoformat(as_of)
    book.set_properties({"title": "Customers and their segments", "created": created})
    frame = tables.assignments(analysis)
    _sheet(
        book,
        "Assignments",
        (("Customer", 16), ("Segment id", 11), ("Segment", 42), ("Distance", 11), ("Typicality", 11),
         ("Anomaly score", 15)),
        ("", "", "", "0.00", "0%", "0.00"),
        zip(*(frame[name].tolist() for name in frame.columns), strict=True),
        len(frame),
    )  # fmt: skip
    rows = tables.anomalies(analysis)
    _sheet(
        book,
        "Unusual customers",
        (("Customer", 16), ("Segment id", 11), ("Score", 10), ("Level", 12), ("Reasons", 110)),
        ("", "", "0.00", "", ""),
        rows,
        len(rows),
    )
    book.close()
    return buffer.getvalue()


def _sheet(
    book: xlsxwriter.Workbook,
    name: str,
    header: Sequence[tuple[str, int]],
    formats: Sequence[str],
    rows: Iterable[Sequence[object]],
    length: int,
) -> None:
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True, "bottom": 1, "valign": "top"})
    cells = [book.add_format({"num_format": pattern}) if pattern else None for pattern in formats]
    for j, (title, width) in enumerate(header):
        sheet.set_column(j, j, width, cells[j])
        sheet.write_string(0, j, title, bold)
    for i, row in enumerate(rows, start=1):
        for j, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(i, j, value)
            elif isinstance(value, (int, float)):
                sheet.write_number(i, j, value, cells[j])
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(length, 1), len(header) - 1)
