"""Turn a Table into Columns: what each column is, what it is used for, and why.

``reading`` turns cells into numbers and dates (with ``number_cells``, ``date_cells``, ``duration_cells`` and ``bulk``),
``levels`` (words) and ``deciding`` (numbers) give one column its role (with ``roles`` and ``scales``), ``identifying``
finds who the customer is, ``deriving`` makes columns of dates, ``whole`` looks at all columns together (with
``relations``, ``totals`` and ``dummies``), ``customers`` gathers rows. Each decision is a reason and each guess a note.
Nothing is decided from the name of one file or column: words are in ``lexicon/tokens.toml``, thresholds are those of
METHODS.md 1.6.
"""

from __future__ import annotations

from collections.abc import Mapping

from reportgen.columns import wording as say
from reportgen.columns.customers import gather_rows
from reportgen.columns.whole import Understanding
from reportgen.errors import OptionError
from reportgen.lexicon.tokens import Tokens
from reportgen.results import Columns, Role, Table

__all__ = ["per_customer", "understand"]


def understand(
    table: Table,
    *,
    tokens: Tokens,
    features: tuple[str, ...] = (),
    ignore: tuple[str, ...] = (),
    id_column: str | None = None,
    value_column: str | None = None,
    decimal: str | None = None,
    roles: Mapping[str, Role] | None = None,
) -> Columns:
    """Understand every column of a table.

    Parameters
    ----------
    table
        n rows of text.
    tokens
        Words for names and cells.
    features
        The columns to build the segments from; all that are fit when empty.
    ignore
        Columns to leave out.
    id_column, value_column
        Whose column says which customer a row is, and which money matters; found when None.
    decimal
        ``.`` or ``,`` for all columns; found column by column when None.
    roles
        Column name -> role, overriding what was found.

    Raises
    ------
    InputError
        Fewer than 30 rows or 2 usable columns, or rows that are transactions rather than customers.
    OptionError
        A column in an option is not in the table, or cannot be used so.
    """
    return Understanding(table, tokens, decimal, dict(roles or {})).run(
        features=features, ignore=ignore, id_column=id_column, value_column=value_column
    )


def per_customer(
    table: Table,
    by: str,
    *,
    tokens: Tokens,
    decimal: str | None = None,
    roles: Mapping[str, Role] | None = None,
) -> Table:
    """Gather the rows of a table to one row per customer, see ``customers``.

    Parameters
    ----------
    table
        Rows that are purchases, visits, sessions ...
    by
        The column that says whose each is.
    tokens, decimal, roles
        As for ``understand``, about the columns of ``table``; roles of others are not looked at. The role ``amount``
        makes a price that of the whole line, another role that of one piece.

    Raises
    ------
    OptionError
        ``by`` is not in the table.
    """
    if by not in table.header:
        raise OptionError(say.unknown("--per-customer", by, table.header))
    known = {name: role for name, role in (roles or {}).items() if name in table.header}
    reading = Understanding(table, tokens, decimal, known)
    drafts = reading.read()
    for draft in drafts:
        reading.decide(draft)
    if len(drafts[table.header.index(by)].by_value().values) < 2:
        raise OptionError(
            f"--per-customer: {say.short(by)} has the same value in every row; name the customers' column"
        )
    return gather_rows(table, by, drafts, tokens, known)
