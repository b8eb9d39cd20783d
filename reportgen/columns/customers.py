"""Gather rows that are purchases or visits to one row per customer (``--per-customer``).

What becomes of a column follows from what it is:

=====================  ============================================================================
the customer           the id
number of an order     ``number of orders`` (of bookings, tickets ...): how many different ones
no such number         ``number of purchases`` (rows) where something is bought, ``number of policies`` where each
                       row has a policy's number, or ``number of rows``
date                   ``days since last X`` (before the latest date of the table) and ``tenure in days``
                       since the first; of purchases with one date, ``days since last purchase``
price and quantity     ``total spend``, ``average spend`` per row and, with orders, ``average order value``,
                       where no other amount is; a price may be that of one piece or of the line
amount, quantity       ``total X`` and ``average X``; of prices only the average
flag                   ``share of rows with X``
category               ``most frequent X`` and ``number of different X``
product, other codes   ``number of different X``
birth, number of line  nothing
any other number       ``average X``
=====================  ============================================================================

A column that has one value per customer (a birthday, a city) is kept as it is. Sums and averages are taken
over the known values and are missing where none is known. Rows without a customer are left out and counted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from reportgen.columns import wording as say
from reportgen.columns.roles import names_id
from reportgen.lexicon.tokens import Tokens, has
from reportgen.results import Note, Role, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reportgen.columns.drafts import Draft
    from reportgen.results import Bools, Floats, Ints

SAME = 0.99
"""Share of customers with one value from which a column is about the customer."""
MOST_LEVELS = 100
"""With more, only their number is told."""
LINE_SLOPE = 0.5
"""Slope of log(price) on log(quantity) from which a price is that of the line: half way between 0 and 1."""
FEWEST_SOLD = 30
SPREAD_OF_QUANTITIES = 0.01
"""Variance of log(quantity) from which anything can be told."""
_SUMMED = frozenset({Role.AMOUNT, Role.COUNT})


def gather_rows(
    table: Table, by: str, drafts: Sequence[Draft], tokens: Tokens, forced: Mapping[str, Role]
) -> Table:
    """One row per different cell of ``by``, in order of appearance.

    Parameters
    ----------
    table
        Rows of purchases, visits ...
    by
        The column that says whose each is.
    drafts
        Its columns, read and decided.
    tokens
        Words for names.
    forced
        Roles that the user gave: ``amount`` makes a price that of the whole line, another role that of one piece.
    """
    cells = table.cells[by].to_numpy(dtype=object).astype(str)
    void = tokens.missing | tokens.errors | {""}
    known = np.array([cell.strip().lower() not in void for cell in cells])
    codes, keys = pd.factorize(cells[known])
    rows = _Rows(codes.astype(np.int64), len(keys), known)
    others = [d for d in drafts if d.name != by and d.role not in (Role.EMPTY, Role.CONSTANT)]
    notes: list[Note] = []
    dropped = [d.name for d in others if _is_line_number(d, tokens) and d.name not in forced]
    others = [d for d in others if d.name not in dropped]
    quantity, price = _priced(others, tokens)
    money = price is not None or any(d.role is Role.AMOUNT and d.sure for d in others)
    bought = money and any(
        has(
            d.words, (*tokens.orders, *tokens.products, *tokens.prices, *tokens.quantities, *tokens.purchases)
        )
        for d in others
    )
    made: dict[str, list[str]] = {by: [str(key) for key in keys]}
    numbered = _numbered(others, tokens)
    count = rows.count
    if numbered is not None:
        count = rows.different(_coded(numbered[0]))
        made[f"number of {numbered[1]}"] = _texts(count)
        others.remove(numbered[0])
        bought = bought and numbered[1] in ("orders", "transactions")
    else:
        made["number of purchases" if bought else "number of rows"] = _texts(count)
    if quantity is not None and price is not None:
        of_line, note = _is_of_line(quantity, price, others, tokens, forced.get(price.name))
        notes.append(note)
        total, there = rows.sums(price.values if of_line else quantity.values * price.values)
        made["total spend"] = _texts(total)
        made["average spend"] = _texts(_divide(total, there))
        if numbered is not None and numbered[1] == "orders":
            made["average order value"] = _texts(_divide(total, count))
        if of_line:  # the average price of a line is what is spent on average
            others.remove(price)
    dated = [d for d in others if d.dates is not None]
    for draft in others:
        event = "purchase" if bought and len(dated) == 1 else draft.name
        if not _gather(made, draft, rows, tokens, event):
            dropped.append(draft.name)
    if dropped:
        notes.append(
            Note(
                code="rows-columns-dropped",
                message=f"{say.listed(dropped)} {'says' if len(dropped) == 1 else 'say'} nothing about a customer when "
                "rows are gathered (the number of a line, a day of birth in some of the rows) and "
                f"{'was' if len(dropped) == 1 else 'were'} left out.",
                place=dropped[0],
            )
        )
    frame = pd.DataFrame(
        {
            name: pd.Series(column, dtype=pd.StringDtype("pyarrow", na_value=float("nan")))
            for name, column in made.items()
        }
    )
    lost = int((~known).sum())
    without = f"; {lost:,} rows without a customer were left out" if lost else ""
    note = Note(
        code="per-customer",
        message=f"{len(cells):,} rows were gathered to {len(keys):,} customers by {by}{without}.",
        place=by,
        level="warning" if lost else "info",
    )
    return replace(
        table, header=tuple(made), cells=frame, rows_gathered=len(cells) - lost,
        notes=(*table.notes, note, *notes),
    )  # fmt: skip


def _numbered(drafts: Sequence[Draft], tokens: Tokens) -> tuple[Draft, str] | None:
    """The column that numbers the orders, or else whatever each row is, and what several of them are called."""
    orders = [d for d in drafts if has(d.words, tokens.orders) and _is_code(d, tokens)]
    if len(orders) == 1:
        word = next((word for word in orders[0].words if word in tokens.things), "")
        return orders[0], tokens.things.get(word, "orders")
    for draft in drafts:
        words = draft.words
        named = len(words) == 2 and words[0] in tokens.things and has(words[1:], tokens.id)
        if named and not orders and _is_code(draft, tokens):
            return draft, tokens.things[words[0]]
    return None


def _is_line_number(draft: Draft, tokens: Tokens) -> bool:
    """Whether a column numbers the lines of an order: named so, and small whole numbers that begin at 0 or 1."""
    if draft.words not in tokens.line_numbers or draft.numbers is None:
        return False
    known = draft.numbers.values[~np.isnan(draft.numbers.values)]
    return bool(known.size and known.min() in (0, 1) and np.all(known == np.floor(known)))


class _Rows:
    """Which customer each row belongs to."""

    def __init__(self, codes: Ints, n: int, known: Bools) -> None:
        self.codes, self.n, self.known = codes, n, known
        self.count: Floats = np.bincount(codes, minlength=n).astype(float)

    def sums(self, values: Floats) -> tuple[Floats, Floats]:
        """Sum (NaN without a known value) and number of known values, per customer."""
        values = values[self.known]
        there = ~np.isnan(values)
        counts = np.bincount(self.codes[there], minlength=self.n).astype(float)
        sums = np.bincount(self.codes[there], weights=values[there], minlength=self.n)
        return np.where(counts > 0, sums, np.nan), counts

    def extremes(self, values: Floats) -> tuple[Floats, Floats]:
        """Smallest and largest known value per customer."""
        values = values[self.known]
        low, high = np.full(self.n, np.inf), np.full(self.n, -np.inf)
        there = ~np.isnan(values)
        np.minimum.at(low, self.codes[there], values[there])
        np.maximum.at(high, self.codes[there], values[there])
        return np.where(np.isinf(low), np.nan, low), np.where(np.isinf(high), np.nan, high)

    def different(self, values: Floats) -> Floats:
        """Number of different known values per customer."""
        pairs = self._pairs(values)[0]
        return np.bincount(pairs[:, 0], minlength=self.n).astype(float)

    def most_frequent(self, values: Floats) -> Floats:
        """The value that most rows of a customer have; of several the smallest; NaN without one."""
        pairs, found, counts = self._pairs(values)
        order = np.lexsort((pairs[:, 1], -counts, pairs[:, 0]))
        first = np.unique(pairs[order, 0], return_index=True)[1]
        result = np.full(self.n, np.nan)
        chosen = pairs[order][first]
        result[chosen[:, 0]] = found[chosen[:, 1]]
        return result

    def _pairs(self, values: Floats) -> tuple[Ints, Floats, Ints]:
        """(customer, number of the value) that occur, the values, and the rows of each pair."""
        values = values[self.known]
        there = ~np.isnan(values)
        found, place = np.unique(values[there], return_inverse=True)
        width = max(len(found), 1)
        both, counts = np.unique(self.codes[there] * width + place, return_counts=True)
        return np.column_stack([both // width, both % width]).astype(np.int64), found, counts.astype(np.int64)


def _is_code(draft: Draft, tokens: Tokens) -> bool:
    """Whether the cells are names of things, also when they are written as numbers."""
    if draft.role in (Role.ID, Role.TEXT) or (
        draft.role is Role.CATEGORY and len(draft.levels) > MOST_LEVELS
    ):
        return True
    named = names_id(draft.words, tokens)
    known = draft.values[~np.isnan(draft.values)]
    return bool(
        named and draft.dates is None and not draft.levels and known.size and np.all(known == np.floor(known))
    )


def _coded(draft: Draft) -> Floats:
    """The number of each row's cell among the different ones, NaN where it is empty."""
    found = draft.by_value()
    coded = found.codes.astype(float)
    empty = [i for i, value in enumerate(found.values.to_pylist()) if not value.strip()]
    coded[np.isin(found.codes, empty)] = np.nan
    return coded


def _gather(made: dict[str, list[str]], draft: Draft, rows: _Rows, tokens: Tokens, event: str) -> bool:
    """Add what becomes of a column; False when it says nothing about a customer."""
    values, name = draft.values, draft.name
    if _is_code(draft, tokens):
        if has(draft.words, tokens.person) is None and has(draft.words, tokens.geography) is None:
            what = "products" if has(draft.words, tokens.products) else name
            made.setdefault(f"number of different {what}", _texts(rows.different(_coded(draft))))
        return True
    if np.isnan(values).all():
        return True
    low, high = rows.extremes(values)
    some = ~np.isnan(low)
    same = float(np.mean(low[some] == high[some])) if some.any() else 0.0
    if same >= SAME and rows.count.max() > 1:  # about the customer
        most = rows.most_frequent(values)
        made[name] = (
            _words(most, draft.levels) if draft.levels else _days(most) if draft.dates else _texts(most)
        )
        return True
    if draft.role is Role.DATE and has(draft.words, tokens.birth):  # a child's, say: no event
        return False
    if draft.dates is not None:
        latest = float(np.nanmax(values))
        made[f"days since last {event}"] = _texts(latest - high)
        made["tenure in days" if event == "purchase" else f"tenure in days, by {name}"] = _texts(latest - low)
    elif draft.role is Role.FLAG:
        total, count = rows.sums(values)
        made[f"share of rows with {name}"] = _texts(_divide(total, count))
    elif draft.levels:
        made[f"most frequent {name}"] = _words(rows.most_frequent(values), draft.levels)
        made[f"number of different {name}"] = _texts(rows.different(values))
    elif draft.role in _SUMMED and has(draft.words, tokens.prices) is None:
        _add_sum(made, name, rows, values)
    else:
        total, count = rows.sums(values)
        made[f"average {name}"] = _texts(_divide(total, count))
    return True


def _add_sum(made: dict[str, list[str]], name: str, rows: _Rows, values: Floats) -> None:
    total, count = rows.sums(values)
    made[f"total {name}"] = _texts(total)
    made[f"average {name}"] = _texts(_divide(total, count))


def _priced(drafts: Sequence[Draft], tokens: Tokens) -> tuple[Draft | None, Draft | None]:
    """A quantity and the price of one, in a table without another amount."""
    numbers = [d for d in drafts if not d.levels and d.dates is None and not np.isnan(d.values).all()]
    prices = [d for d in numbers if has(d.words, tokens.prices)]
    quantities = [d for d in numbers if has(d.words, tokens.quantities)]
    others = [
        d for d in numbers if d.role is Role.AMOUNT and d.sure and d not in prices and d not in quantities
    ]
    if len(prices) == len(quantities) == 1 and not others:
        return quantities[0], prices[0]
    return None, None


def _is_of_line(
    quantity: Draft, price: Draft, drafts: Sequence[Draft], tokens: Tokens, forced: Role | None
) -> tuple[bool, Note]:
    """Whether a price is that of the whole line, and the note that says so.

    The price of a line grows with the quantity, that of one piece does not: the slope of log(price) on log(quantity) is
    near 1 or near 0 (below, where much of what is cheap is bought). Rows of the same product are compared with each
    other where there is a column of products, for dear things are bought in smaller numbers.
    """
    slope, error = _slope(quantity, price, drafts, tokens)
    unsure = ""
    if forced is not None:
        of_line, why = forced is Role.AMOUNT, f"you said that it is {say.a(forced)}"
    elif has(price.words, tokens.unit_prices):
        of_line, why = False, "its name says so"
    elif np.isnan(slope):
        of_line, why, unsure = False, "too few quantities differ to tell", "; make sure that it is so"
    else:
        of_line = slope >= LINE_SLOPE
        why = f"it {'grows' if of_line else 'does not grow'} with {quantity.name}"
        if abs(slope - LINE_SLOPE) < 2 * error:
            why, unsure = f"{why}, though not clearly", "; make sure that it is so"
    meaning = (
        "the price of the whole line and was added up as it is"
        if of_line
        else f"the price of one and was multiplied by {quantity.name}"
    )
    other = "score" if of_line else "amount"
    return of_line, Note(
        code="price-of-line" if of_line else "price-of-one",
        message=f"{price.name} was taken for {meaning}, because {why}{unsure}; "
        f"--as {other}={say.quoted(price.name)} takes it for the {'price of one' if of_line else 'line'} instead.",
        place=price.name,
        level="warning" if unsure else "info",
    )


def _slope(quantity: Draft, price: Draft, drafts: Sequence[Draft], tokens: Tokens) -> tuple[float, float]:
    """Slope of log(price) on log(quantity) and its standard error; NaN where too little is known."""
    usable = (quantity.values > 0) & (price.values > 0)  # not where one is missing
    if usable.sum() < FEWEST_SOLD:
        return np.nan, np.nan
    x, y = np.log(quantity.values[usable]), np.log(price.values[usable])
    groups = np.zeros(len(x), dtype=np.int64)
    products = [d for d in drafts if has(d.words, tokens.products) and (d.levels or _is_code(d, tokens))]
    if products:
        codes = products[0].by_value().codes[usable]
        # Where hardly any product was sold twice, all rows are compared.
        if len(np.unique(codes)) <= len(codes) / 2:
            groups = np.unique(codes, return_inverse=True)[1]
    rows = np.bincount(groups)
    x = x - (np.bincount(groups, weights=x) / rows)[groups]
    y = y - (np.bincount(groups, weights=y) / rows)[groups]
    spread = float(x @ x)
    if spread < SPREAD_OF_QUANTITIES * len(x):
        return np.nan, np.nan
    slope = float(x @ y) / spread
    freedom = max(len(x) - len(rows) - 1, 1)
    return slope, float(np.sqrt(((y - slope * x) ** 2).sum() / freedom / spread))


def _divide(total: Floats, count: Floats) -> Floats:
    return np.asarray(total / np.where(count > 0, count, np.nan))


def _texts(values: Floats) -> list[str]:
    """Numbers in full, with a decimal point that is surely one; empty where missing."""

    def one(value: float) -> str:
        if np.isnan(value):
            return ""
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        text = repr(value)
        return text + "0" if text[-4:-3] == "." else text

    return [one(float(value)) for value in values]


def _words(values: Floats, levels: Sequence[str]) -> list[str]:
    return ["" if np.isnan(value) else levels[int(value)] for value in values]


def _days(values: Floats) -> list[str]:
    start = np.datetime64("1970-01-01")
    return ["" if np.isnan(value) else str(start + np.timedelta64(int(value), "D")) for value in values]
