"""Turn an understood table into what ``reportgen check`` shows: a table for people, JSON for machines.

Both say what was decided in ``readers`` and ``columns``, the same calls that ``build`` makes; nothing
is decided here. Sums are exactly rounded (``math.fsum``), so that they do not depend on row order.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

from reportgen import formats
from reportgen.results import Column, Columns, Role, Table, Use

if TYPE_CHECKING:
    from rich.console import RenderableType

_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", " ": "space"}
_LEVELS_SHOWN = 3
_NAMES_SHOWN = 20
"""Columns named in one sentence; the table above it has all of them."""
_USE_STYLE = {Use.CLUSTERING: "bold", Use.PROFILE: "", Use.LEFT_OUT: "dim"}


def as_json(table: Table, columns: Columns) -> dict[str, object]:
    """The object of ``check --json`` (PRODUCT.md); None where a statistic has no meaning.

    With ``--per-customer``, ``rows_read`` and ``rows_set_aside`` are of the file, ``rows_gathered`` became the
    customers, and ``rows_used`` says how many these are.

    ``min`` and ``max`` of a date column are ISO dates; a flag counts as 0 and 1.
    """
    return {
        "rows_read": columns.rows_read,
        "rows_used": columns.rows_used,
        "rows_set_aside": columns.rows_set_aside,
        **({} if columns.rows_gathered is None else {"rows_gathered": columns.rows_gathered}),
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "decimal": columns.decimal,
        "columns": [
            {
                "name": column.name,
                "role": str(column.role),
                "used_for": str(column.used_for),
                "reason": column.reason,
                "missing": column.missing,
                "distinct": column.distinct,
                **_statistics(column),
            }
            for column in columns.columns
        ],
        "notes": [{"code": note.code, "message": note.message} for note in (*table.notes, *columns.notes)],
    }


def _statistics(column: Column) -> dict[str, object]:
    none: dict[str, object] = {"min": None, "max": None, "mean": None, "sum": None}
    known = [value for value in column.values.tolist() if math.isfinite(value)]
    if not known:
        return none
    if column.role is Role.DATE:
        return none | {"min": _day(min(known)), "max": _day(max(known))}
    if not column.numeric or column.ordered:
        return none
    try:
        total = math.fsum(known)
    except OverflowError:
        return none | {"min": min(known), "max": max(known)}
    low, high = min(known), max(known)
    if column.integer or column.role is Role.FLAG:
        return {"min": int(low), "max": int(high), "mean": total / len(known), "sum": int(total)}
    return {"min": low, "max": high, "mean": total / len(known), "sum": total}


def _day(days: float) -> str | None:
    """``16412.0`` days since 1970 -> ``2014-12-08``."""
    try:
        return (dt.date(1970, 1, 1) + dt.timedelta(days=math.floor(days))).isoformat()
    except OverflowError:
        return None


def for_people(table: Table, columns: Columns) -> RenderableType:
    """What ``check`` prints: the file, its columns, what ``build`` would do, and the notes."""
    from rich import box
    from rich.console import Group
    from rich.padding import Padding
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    grid.add_column("Column", overflow="fold")
    grid.add_column("Role", no_wrap=True)
    grid.add_column("Used for", no_wrap=True)
    grid.add_column("Missing", justify="right", no_wrap=True)
    grid.add_column("Values", overflow="fold")
    grid.add_column("Why", overflow="fold")
    for column in columns.columns:
        grid.add_row(
            Text(plain(column.name)),
            Text(str(column.role)),
            Text(str(column.used_for)),
            Text(formats.count(column.missing) if column.missing else ""),
            Text(plain(_values(column))),
            Text(plain(column.reason)),
            style=_USE_STYLE[column.used_for],
        )
    notes = (*table.notes, *columns.notes)
    parts: list[RenderableType] = [
        Text.assemble((plain(table.name), "bold"), ": " + _rows(columns)),
        Text(_file(table, columns)),
        grid,
        Text(plain(_plan(columns))),
    ]
    if notes:
        parts += [Text(), Text("Notes", style="bold")]
    for note in notes:
        parts.append(
            Padding(
                Text.assemble(plain(note.message), (f"  [{note.code}]", "dim")),
                (0, 0, 0, 2),
                style="yellow" if note.level == "warning" else "",
            )
        )
    return Group(*parts)


def plain(text: str) -> str:
    """``text`` on one line, without characters that could steer a terminal."""
    return "".join(c if c.isprintable() or c == "\N{NO-BREAK SPACE}" else " " for c in text)


def _rows(columns: Columns) -> str:
    aside = columns.rows_set_aside
    rows = f"{formats.count(columns.rows_read)} rows read"
    if columns.rows_gathered is not None:
        gathered = (
            f"{formats.count(columns.rows_gathered)} gathered to {formats.count(columns.rows_used)} customers"
        )
        return f"{rows}, {gathered}" + (f", {formats.count(aside)} set aside" if aside else "")
    if not aside:
        return f"{rows}, all used"
    return f"{rows}, {formats.count(columns.rows_used)} used, {formats.count(aside)} set aside"


def _file(table: Table, columns: Columns) -> str:
    mark = "comma" if columns.decimal == "," else "point"
    if not table.delimiter:
        return f"{plain(table.encoding)}, decimal {mark}"
    between = _NAMES.get(table.delimiter, plain(table.delimiter) or "nothing")
    return f"{table.encoding}, columns separated by {between}, decimal {mark}"


def _values(column: Column) -> str:
    known = [value for value in column.values.tolist() if math.isfinite(value)]
    different = f"{formats.count(column.distinct)} different"
    if column.role is Role.CONSTANT and column.numeric and known:
        return formats.number(known[0])
    if column.role is Role.FLAG and column.levels and known:
        return f"{column.levels[-1]}: {formats.percent(sum(known) / len(known))}"
    if column.levels:
        some = ", ".join(column.levels[:_LEVELS_SHOWN])
        return (
            f"{formats.count(column.distinct)}: {some}{', …' if len(column.levels) > _LEVELS_SHOWN else ''}"
        )
    if column.role is Role.DATE and known:
        return f"{_day(min(known))} to {_day(max(known))}"
    if not column.numeric or not known:
        return different if column.distinct else ""
    if _years(column, known):
        return f"{min(known):.0f} to {max(known):.0f}"
    low, high = formats.number(min(known)), formats.number(max(known))
    mean = formats.number(math.fsum(value / len(known) for value in known))
    said = column.unit in "$€£" or column.called  # the header, which stands beside, says it
    return formats.with_unit(f"{low} to {high}, average {mean}", "" if said else column.unit)


def _years(column: Column, known: list[float]) -> bool:
    """Whether the numbers are calendar years, which are written without a comma and have no average."""
    described = column.role is Role.SCORE and column.used_for is Use.PROFILE
    return described and column.integer and min(known) >= 1800 and max(known) <= 2100


def _plan(columns: Columns) -> str:
    """What ``build`` would do, in sentences."""

    def named(chosen: tuple[Column, ...]) -> str:
        names = [column.name for column in chosen[:_NAMES_SHOWN]]
        more = len(chosen) - len(names)
        return formats.listing([*names, f"{formats.count(more)} more"] if more else names)

    made, described, left = (columns.used(use) for use in (Use.CLUSTERING, Use.PROFILE, Use.LEFT_OUT))
    sentences = [
        f"build would form segments of {formats.count(columns.rows_used)} customers from"
        f" {_columns(len(made))}" + (f" ({named(made)})." if made else ".")
    ]
    if described:
        sentences.append(
            _opened(f"{_columns(len(described))} would only describe them ({named(described)}).")
        )
    if left:
        sentences.append(_opened(f"{_columns(len(left))} would be left out ({named(left)})."))
    if columns.id_column is not None:
        sentences.append(f"Customers are told apart by {columns.id_column}.")
    else:
        sentences.append("Customers are told apart by their row number.")
    if columns.value_column is not None:
        sentences.append(f"Their value is measured by {columns.value_column}.")
    sentences += [
        f"{found.whole} is the sum of {formats.listing(found.parts)}." for found in columns.part_wholes
    ]
    return " ".join(sentences)


def _columns(number: int) -> str:
    return f"{formats.words(number)} column{'' if number == 1 else 's'}"


def _opened(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
