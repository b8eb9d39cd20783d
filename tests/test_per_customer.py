"""Rows of purchases gathered to customers, compared with what pandas makes of the same rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reportgen.columns import per_customer, understand
from reportgen.errors import InputError, OptionError
from reportgen.lexicon.tokens import load_tokens
from reportgen.readers import read
from reportgen.results import Role, Table

TOKENS = load_tokens()
RNG = np.random.default_rng(8)
N = 3_000
ROWS = pd.DataFrame(
    {
        "InvoiceNo": 530_000 + RNG.integers(0, 900, N),
        "StockCode": RNG.integers(10_000, 10_200, N),
        "Quantity": RNG.integers(1, 24, N),
        "InvoiceDate": np.datetime64("2011-01-01") + RNG.integers(0, 365, N).astype("timedelta64[D]"),
        "UnitPrice": np.round(RNG.lognormal(1, 0.6, N), 2),
        "CustomerID": [f"{12_000 + x}" for x in RNG.integers(0, 80, N)],
        "online": RNG.integers(0, 2, N),
    }
)
ROWS["InvoiceNo"] = ROWS["InvoiceNo"] * 100 + ROWS["CustomerID"].astype(int) % 100
ROWS["Country"] = ["France" if int(x) % 7 == 0 else "Spain" for x in ROWS["CustomerID"]]


def gathered(folder: Path, rows: pd.DataFrame, by: str = "CustomerID", **options: object) -> Table:
    path = folder / "t.csv"
    rows.to_csv(path, index=False)
    return per_customer(read(path), by, tokens=TOKENS, **options)  # type: ignore[arg-type]


def numbers(table: Table, name: str) -> pd.Series[float]:
    return pd.Series(
        pd.to_numeric(table.cells[name]).to_numpy(dtype=float), index=list(table.cells["CustomerID"])
    )


def test_purchases_become_customers(tmp_path: Path) -> None:
    table = gathered(tmp_path, ROWS)
    spend = ROWS["Quantity"] * ROWS["UnitPrice"]
    groups = ROWS.assign(spend=spend).groupby("CustomerID")
    latest = ROWS["InvoiceDate"].max()
    oracle = {
        "number of orders": groups["InvoiceNo"].nunique(),
        "number of different products": groups["StockCode"].nunique(),
        "total spend": groups["spend"].sum(),
        "average spend": groups["spend"].mean(),
        "average order value": groups["spend"].sum() / groups["InvoiceNo"].nunique(),
        "total Quantity": groups["Quantity"].sum(),
        "average UnitPrice": groups["UnitPrice"].mean(),
        "days since last purchase": (latest - groups["InvoiceDate"].max()).dt.days,
        "tenure in days": (latest - groups["InvoiceDate"].min()).dt.days,
        "share of rows with online": groups["online"].mean(),
    }
    for name, expected in oracle.items():
        found = numbers(table, name)
        assert found.sort_index().to_numpy() == pytest.approx(expected.sort_index().to_numpy(dtype=float)), (
            name
        )
    assert list(table.cells["CustomerID"]) == list(dict.fromkeys(ROWS["CustomerID"]))
    assert dict(zip(table.cells["CustomerID"], table.cells["Country"], strict=True)) == dict(
        zip(ROWS["CustomerID"], ROWS["Country"], strict=True)
    )
    assert "total UnitPrice" not in table.header
    assert (table.rows_read, table.rows_gathered) == (N, N)
    assert len(table.cells) == ROWS["CustomerID"].nunique()
    found = understand(table, tokens=TOKENS, id_column="CustomerID")
    roles = {c.name: c.role for c in found.columns}
    assert roles["number of orders"] is Role.COUNT
    assert roles["total spend"] is Role.AMOUNT
    assert roles["days since last purchase"] is Role.RECENCY
    assert roles["tenure in days"] is Role.TENURE
    assert roles["share of rows with online"] is Role.SHARE
    assert found.value_column == "total spend"


def test_rows_without_a_customer_are_counted(tmp_path: Path) -> None:
    rows = ROWS.copy()
    rows.loc[::10, "CustomerID"] = ""
    table = gathered(tmp_path, rows)
    assert len(table.cells) == rows["CustomerID"].nunique() - 1
    assert (table.rows_read, table.rows_gathered) == (N, N - 300)
    found = understand(table, tokens=TOKENS, id_column="CustomerID")
    assert (found.rows_read, found.rows_used, found.rows_set_aside) == (N, len(table.cells), 300)
    note = next(note for note in table.notes if note.code == "per-customer")
    assert "300 rows without a customer were left out" in note.message
    assert note.level == "warning"


def test_missing_cells_are_not_zero(tmp_path: Path) -> None:
    rows = ROWS[["CustomerID", "InvoiceDate"]].assign(
        amount=ROWS["UnitPrice"].where(ROWS["CustomerID"] != "12001")
    )
    table = gathered(tmp_path, rows)
    total = numbers(table, "total amount")
    assert np.isnan(total["12001"])
    assert total.drop("12001").sum() == pytest.approx(rows["amount"].sum())
    assert numbers(table, "average amount")["12002"] == pytest.approx(
        rows.loc[rows["CustomerID"] == "12002", "amount"].mean()
    )
    assert numbers(table, "number of purchases").sum() == N


def test_without_money_rows_are_only_rows(tmp_path: Path) -> None:
    rows = ROWS[["CustomerID", "InvoiceDate"]].assign(
        channel=np.where(RNG.random(N) < 0.7, "web", "shop"), score=RNG.normal(50, 9, N).round(1)
    )
    table = gathered(tmp_path, rows)
    assert numbers(table, "number of rows").sum() == N
    assert "days since last InvoiceDate" in table.header
    groups = rows.groupby("CustomerID")
    frequent = groups["channel"].agg(lambda c: c.mode().iloc[0])
    assert (
        dict(zip(table.cells["CustomerID"], table.cells["most frequent channel"], strict=True))
        == frequent.to_dict()
    )
    assert numbers(table, "average score").sort_index().to_numpy() == pytest.approx(
        groups["score"].mean().to_numpy()
    )


def test_the_error_for_purchases_names_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    ROWS.to_csv(path, index=False)
    with pytest.raises(InputError, match="give --per-customer CustomerID to gather the rows"):
        understand(read(path), tokens=TOKENS)


def test_columns_that_cannot_gather(tmp_path: Path) -> None:
    with pytest.raises(
        OptionError, match="--per-customer: no column is called 'customerid'; the nearest is 'CustomerID'"
    ):
        gathered(tmp_path, ROWS, by="customerid")
    with pytest.raises(OptionError, match="same value in every row"):
        gathered(tmp_path, ROWS.assign(all="x"), by="all")


def test_a_column_that_is_filled_only_where_no_customer_is_named(tmp_path: Path) -> None:
    rows = ROWS.head(400).assign(CustomerID=["" if i % 2 else f"{i % 40}" for i in range(400)])
    rows["refund"] = [f"{i}.5" if i % 2 else "" for i in range(400)]
    table = gathered(tmp_path, rows)  # a warning of NumPy about a mean of nothing would be an error here
    assert len(table.cells) == 20
    assert set(table.cells["average refund"]) == {""}


def priced(*, of_line: bool, cheap_in_bulk: float, products: bool, name: str = "price") -> pd.DataFrame:
    """Rows with a quantity and a price; what is cheap may be bought in larger numbers."""
    rng = np.random.default_rng(2)
    product = rng.integers(0, 40, N)
    piece = np.exp(rng.normal(2, 0.8, 40))[product] * np.exp(rng.normal(0, 0.1, N))
    quantity = np.ceil(rng.uniform(1, 9, N) * piece**-cheap_in_bulk * np.exp(2 * cheap_in_bulk))
    table = pd.DataFrame(
        {"CustomerID": ROWS["CustomerID"], "order_date": ROWS["InvoiceDate"], "quantity": quantity}
    )
    table[name] = (piece * (quantity if of_line else 1)).round(2)
    return table.assign(sku=[f"S{p}" for p in product]) if products else table


@pytest.mark.parametrize("of_line", [True, False])
@pytest.mark.parametrize(("cheap_in_bulk", "products"), [(0, False), (0, True), (0.9, True)])
def test_a_price_may_be_that_of_the_line(
    tmp_path: Path, of_line: bool, cheap_in_bulk: float, products: bool
) -> None:
    rows = priced(of_line=of_line, cheap_in_bulk=cheap_in_bulk, products=products)
    spent = rows["price"] * (1 if of_line else rows["quantity"])
    table = gathered(tmp_path, rows)
    assert numbers(table, "total spend").sum() == pytest.approx(spent.sum())
    note = next(note for note in table.notes if note.code.startswith("price-of"))
    assert (note.code, note.level) == ("price-of-line" if of_line else "price-of-one", "info")
    assert ("average price" in table.header) is not of_line
    other = Role.SCORE if of_line else Role.AMOUNT
    assert f"--as {other.value}=price" in note.message
    spent = rows["price"] * (rows["quantity"] if of_line else 1)
    table = gathered(tmp_path, rows, roles={"price": other})
    assert numbers(table, "total spend").sum() == pytest.approx(spent.sum())


@pytest.mark.parametrize(
    ("rows", "level"),
    [
        (priced(of_line=False, cheap_in_bulk=0, products=False).assign(quantity=1), "warning"),
        (
            priced(of_line=True, cheap_in_bulk=0, products=False, name="UnitPrice"),
            "info",
        ),  # its name is believed
        (priced(of_line=True, cheap_in_bulk=0.45, products=False).head(60), "warning"),  # in between
    ],
)
def test_what_a_price_is_cannot_always_be_told(tmp_path: Path, rows: pd.DataFrame, level: str) -> None:
    rows.loc[0, "quantity"] += 1  # or else it has one value only
    table = gathered(tmp_path, rows)
    note = next(note for note in table.notes if note.code.startswith("price-of"))
    assert note.level == level


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        ({"policy_no": np.arange(N), "premium": ROWS["UnitPrice"]}, "number of policies"),
        ({"ticket_id": np.arange(N), "hours": ROWS["UnitPrice"]}, "number of tickets"),
        ({"ts": ROWS["InvoiceDate"], "value": ROWS["UnitPrice"]}, "number of rows"),
        (
            {"Rechnungsnr": [f"RE-{i // 2:05}" for i in range(N)], "Netto": ROWS["UnitPrice"]},
            "number of orders",
        ),
        ({"purchase_date": ROWS["InvoiceDate"], "amount": ROWS["UnitPrice"]}, "number of purchases"),
    ],
)
def test_rows_are_called_what_they_are(tmp_path: Path, columns: dict[str, object], name: str) -> None:
    table = gathered(tmp_path, pd.DataFrame({"CustomerID": ROWS["CustomerID"], **columns}))
    assert table.header[1] == name
    assert ("days since last purchase" in table.header) is ("purchase_date" in columns)
    assert [c for c in table.header if c.startswith("number of")] == [name]


def test_days_of_birth_and_numbers_of_lines_are_nothing_that_adds_up(tmp_path: Path) -> None:
    rows = ROWS[["CustomerID", "UnitPrice"]].assign(
        pos=1 + np.arange(N) % 6,
        BirthDate=ROWS["InvoiceDate"],
        born=1990 + np.arange(N) % 30,
        line=5 + 7 * (np.arange(N) % 9),
    )
    table = gathered(tmp_path, rows)
    [note] = [note for note in table.notes if note.code == "rows-columns-dropped"]
    assert note.message.startswith("pos, BirthDate and born say nothing")
    assert not [c for c in table.header if "pos" in c or "irth" in c or "born" in c]
    assert "average line" in table.header  # 5, 12, 19 ... are no numbers of lines
