"""Turn the table that a report is checked against into typed columns, as the evidence says they were read.

Reading text and telling an amount from a category is the readers' and columns' work, and that is used here
too; but what they made of the cells is compared with a second, plain reading of the same cells: a number must
be the number that stands in the cell, a level the word that stands there.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from reportgen.errors import InputError, OptionError, ReportError
from reportgen.verify.reading import Evidence, Prepared
from reportgen.verify.results import Failure

if TYPE_CHECKING:
    import numpy.typing as npt

    from reportgen.results import Column, Columns, Table

    Floats = npt.NDArray[np.float64]

_NOT_NUMERIC = frozenset({"id", "text", "empty", "date"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Values:
    """One column of the table."""

    name: str
    role: str
    values: Floats
    """(n,) NaN where missing; codes into ``levels`` for categories and flags."""
    levels: tuple[str, ...]
    ordered: bool
    scale: float
    """How many one of the values is, by the column's name: 1000 for ``(T€)``."""

    @property
    def nominal(self) -> bool:
        """Whether the levels have neither order nor the meaning of yes and no."""
        return bool(self.levels) and not self.ordered and self.role != "flag"

    @property
    def numeric(self) -> bool:
        """Whether mean and median say something."""
        return self.role not in _NOT_NUMERIC and (not self.levels or self.ordered or self.role == "flag")


@dataclass(frozen=True, kw_only=True, slots=True)
class Customers:
    """The table, read."""

    n: int
    rows_read: int
    rows_set_aside: int
    sha256: str
    columns: dict[str, Values]
    findings: tuple[Failure, ...]
    """Where the reading differs from the evidence, or from the plain reading of the cells."""


def read_customers(path: Path, evidence: Evidence, report: str) -> Customers:
    """Read ``path`` as the report's table was read.

    Raises
    ------
    InputError
        The file cannot be read as a table at all.
    ReportError
        It is a table, but not the one that the report is about: other columns, or another number of rows.
    """
    from reportgen import readers

    try:
        table = readers.read(path, delimiter=evidence.delimiter, encoding=evidence.encoding)
    except (InputError, OptionError):
        table = readers.read(path)
    table = _customers_of(table, evidence)
    _same_table(table, evidence, path.name, report)
    understood = _understand(table, evidence, path.name, report)
    columns = {
        c.name: Values(
            name=c.name, role=str(c.role), values=c.values, levels=c.levels, ordered=c.ordered, scale=c.scale
        )
        for c in understood.columns
    }
    findings = [*_differences(understood, evidence), *_misread(table, understood)]
    return Customers(
        n=understood.rows_used, rows_read=understood.rows_read, rows_set_aside=understood.rows_set_aside,
        sha256=table.sha256, columns=columns, findings=tuple(findings),
    )  # fmt: skip


def _customers_of(table: Table, evidence: Evidence) -> Table:
    """The table as it is, or gathered to customers where the report was built with ``--per-customer``."""
    from reportgen import columns
    from reportgen.lexicon.tokens import load_tokens
    from reportgen.results import Role

    written = {p.column for p in evidence.preparation if not p.derived_from}
    new = written - set(table.header)
    if evidence.id_column not in table.header or not any(name.startswith("number of ") for name in new):
        return table
    found = columns.per_customer(table, evidence.id_column, tokens=load_tokens())
    if written == set(found.header):
        return found
    # Roles that were given with --as show in what became of the columns.
    roles = {
        name: role
        for name in table.header
        for made, role in (
            (f"average {name}", Role.SCORE),
            (f"total {name}", Role.AMOUNT),
            (f"most frequent {name}", Role.CATEGORY),
        )
        if made in written and made not in found.header
    }
    roles |= {
        name: Role.AMOUNT
        for name in table.header
        if "total spend" in written and f"average {name}" in found.header and f"average {name}" not in written
    }
    return columns.per_customer(table, evidence.id_column, tokens=load_tokens(), roles=roles)


def _same_table(table: Table, evidence: Evidence, name: str, report: str) -> None:
    written = {p.column for p in evidence.preparation if not p.derived_from}
    header = set(table.header)
    if written != header:
        absent, new = sorted(written - header), sorted(header - written)
        seen = (
            f"column {absent[0]} is not in it"
            if absent
            else f"it has a column {new[0]} that the report does not know"
        )
        raise ReportError(
            f"{name}: not the table of {report}: {seen}; give the table that the report was made from"
        )
    if len(table.cells) != evidence.rows_used:
        raise ReportError(
            f"{name}: not the table of {report}: it has {len(table.cells):,} customers, the report is about "
            f"{evidence.rows_used:,}; give the table that the report was made from"
        )


def _understand(table: Table, evidence: Evidence, name: str, report: str) -> Columns:
    """Understand the columns as build did by itself; where the report differs, with the roles, id and mark it names.

    The reading that agrees with most of the evidence's ``preparation`` is taken; what still differs is a finding.
    """
    from reportgen import columns
    from reportgen.lexicon.tokens import load_tokens
    from reportgen.results import Role

    tokens = load_tokens()
    used = tuple(step.column for step in evidence.steps)
    # Totals are made of the amounts that were not left out on request.
    # Of flags, some may be gathered to one category unless they were left out on request.
    gathered = {name for p in evidence.preparation for name in p.derived_from.split(", ")}
    ignored = tuple(
        p.column
        for p in evidence.preparation
        if p.used_for == "left out"
        and (p.role == "amount" or (p.role == "flag" and p.column not in gathered))
    )
    id_column = evidence.id_column if evidence.id_column in table.header else None
    best: Columns | None = None
    most = -1
    why: Exception | None = None
    roles: dict[str, Role] = {}
    by_hand: dict[str, Any] = {"roles": roles, "id_column": id_column}
    ways: tuple[dict[str, Any], ...] = ({}, by_hand, {**by_hand, "decimal": evidence.decimal})
    for options in ways:
        try:
            found = columns.understand(table, tokens=tokens, features=used, ignore=ignored, **options)
        except (InputError, OptionError) as error:
            why, known = error, {}
        else:
            known = {c.name: c for c in found.columns}
            agreeing = sum(p.column in known and _agrees(known[p.column], p) for p in evidence.preparation)
            if agreeing > most:
                best, most = found, agreeing
            if agreeing == len(evidence.preparation):
                break
        for prepared in evidence.preparation:
            column = known.get(prepared.column)
            own = prepared.derived_from or prepared.column == id_column
            if (
                not own
                and not (column is not None and _agrees(column, prepared))
                and prepared.role in set(Role)
            ):
                roles[prepared.column] = Role(prepared.role)
    if best is None:
        raise ReportError(f"{name}: cannot be read as the table of {report} was ({why})")
    return best


def _agrees(column: Column, prepared: Prepared) -> bool:
    return (
        str(column.role) == prepared.role
        and column.missing == prepared.missing
        and (not prepared.levels or prepared.levels == column.levels)
    )


def _differences(understood: Columns, evidence: Evidence) -> list[Failure]:
    found = []
    known = {c.name: c for c in understood.columns}
    for prepared in evidence.preparation:
        column = known.get(prepared.column)
        where = "preparation"
        if column is None:
            found.append(
                Failure(
                    id=f"column:{prepared.column}", where=where, text="", expected="a column", found="none"
                )
            )
            continue
        for what, said, seen in (
            ("role", prepared.role, str(column.role)),
            ("missing", f"{prepared.missing:,}", f"{column.missing:,}"),
            ("levels", ", ".join(prepared.levels), ", ".join(column.levels) if prepared.levels else ""),
        ):
            if said != seen:
                found.append(
                    Failure(
                        id=f"column:{prepared.column}",
                        where=where,
                        text=what,
                        expected=said[:200],
                        found=seen[:200],
                    )
                )
    return found


def _misread(table: Table, understood: Columns) -> list[Failure]:
    """Cells that hold a plain number or word and were read as another."""
    found = []
    for column in understood.columns:
        if column.derived_from or column.name not in table.cells or not np.isfinite(column.values).any():
            continue
        cells = table.cells[column.name]
        known = np.isfinite(column.values)
        if column.levels:
            names = np.array([" ".join(level.split()).casefold() for level in column.levels], dtype=object)
            written, place = np.unique(cells.to_numpy(dtype=object)[known].astype(str), return_inverse=True)
            plain = np.array([" ".join(cell.split()).casefold() for cell in written], dtype=object)[place]
            read = names[column.values[known].astype(np.int64)]
            wrong = (plain != read) & ~(_numbers(pd.Series(plain)) == _numbers(pd.Series(read)))
            if str(column.role) == "flag":  # where only one answer is written, the blank cells are the other
                wrong &= ~(np.isin(plain, ("", "-", "–", "—")) & (column.values[known] == 0))
        elif str(column.role) == "date" or column.decimal != ".":
            continue
        else:
            written = _numbers(cells)[known]
            wrong = np.isfinite(written) & ~np.isclose(written, column.values[known], rtol=1e-12, atol=0)
        if wrong.any():
            row = int(np.flatnonzero(known)[np.flatnonzero(wrong)[0]])
            found.append(
                Failure(
                    id=f"column:{column.name}", where="reading", text=f"row {row + 1}",
                    expected=f"{column.values[row]:.12g}", found=str(cells.iloc[row])[:80],
                )
            )  # fmt: skip
    return found


def _numbers(cells: Any) -> Floats:
    return np.asarray(pd.to_numeric(cells, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan))
