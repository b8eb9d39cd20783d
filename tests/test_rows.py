"""Rows that are no customers: the right table is known, because the rows were put around it."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from reportgen.readers import read
from reportgen.results import Table

RNG = np.random.default_rng(5)
N = 40
CUSTOMERS = [
    (f"C{i:03}", ("North", "South", "West")[i % 3], f"{RNG.lognormal(4, 1):.2f}", str(RNG.poisson(6)))
    for i in range(N)
]
HEADER = ("id", "region", "spend", "visits")
SPEND = sum(round(float(row[2]) * 100) for row in CUSTOMERS) / 100
VISITS = sum(int(row[3]) for row in CUSTOMERS)
COMMA = str.maketrans(",.", ".,")


def table(
    folder: Path, *rows: tuple[str, ...], delimiter: str = ",", body: list[tuple[str, ...]] | None = None
) -> Table:
    lines = [HEADER, *(CUSTOMERS if body is None else body), *rows]
    path = folder / "t.csv"
    path.write_text("".join(delimiter.join(line) + "\n" for line in lines), encoding="utf-8")
    return read(path)


def body(found: Table) -> list[tuple[str, ...]]:
    return [tuple(row) for row in found.cells.itertuples(index=False)]


def assert_customers(found: Table, *lines: int) -> None:
    assert body(found) == CUSTOMERS
    assert [row.line for row in found.set_aside] == list(lines)
    assert found.rows_read == N + len(lines)
    if lines:
        assert [note.code for note in found.notes] == ["rows-set-aside"]


LAST = N + 2
"""The line below the last customer."""


@pytest.mark.parametrize(
    "row",
    [
        ("Total", "", f"{SPEND:.2f}", str(VISITS)),
        ("TOTAL:", "", f"{SPEND:.2f}", str(VISITS)),
        ("", "Total", f"{SPEND:.2f}", str(VISITS)),
        ("Grand total", "all", f"{SPEND:.2f}", str(VISITS)),
        ("Sum", "", f"{SPEND:.2f}", ""),
        ("Gesamt", "", "", str(VISITS)),
        ("Summe", "3", f"{SPEND:.2f}", str(VISITS)),
        ("Total", "", "", ""),
        ("合计", "", f"{SPEND:.2f}", str(VISITS)),
        ("Average", "", f"{SPEND / N:.2f}", f"{VISITS / N:.2f}"),
        ("", "", f"{SPEND:.2f}", str(VISITS)),
        ("40", "3", f"{SPEND:.2f}", str(VISITS)),
        ("Gesamtergebnis", "", f"{SPEND:.2f}", ""),
        ("xyz", "", f"{SPEND:.2f}", ""),
        ("Σύνολο", "", f"{SPEND:.2f}", str(VISITS)),
        ("※ preliminary", "", "", ""),
        ("出典：CRM", "", "", ""),
        ("End-of-report", "", "", ""),
        ("Rows: 40", "", "", ""),
        ("Source: CRM export", "", "", ""),
        ("* without test customers", "", "", ""),
        HEADER,
    ],
)
def test_a_row_below_the_customers(tmp_path: Path, row: tuple[str, ...]) -> None:
    assert_customers(table(tmp_path, row), LAST)


def test_totals_in_other_formats(tmp_path: Path) -> None:
    euros = [(*row[:2], f"{float(row[2]):,.2f} €".translate(COMMA), row[3]) for row in CUSTOMERS]
    found = table(
        tmp_path, ("Summe", "", f"{SPEND:,.2f} €".translate(COMMA), str(VISITS)), delimiter=";", body=euros
    )
    assert body(found) == euros
    assert [row.line for row in found.set_aside] == [LAST]


def test_a_block_below_the_customers(tmp_path: Path) -> None:
    rows = [("Total", "", f"{SPEND:.2f}", str(VISITS)), ("Average", "", f"{SPEND / N:.2f}", f"{VISITS / N:.2f}"),
            ("", "", "", ""), ("Source: CRM", "", "", "")]  # fmt: skip
    assert_customers(table(tmp_path, *rows), LAST, LAST + 1, LAST + 3)


def test_totals_between_the_customers(tmp_path: Path) -> None:
    lines: list[tuple[str, ...]] = []
    expected: list[int] = []
    for start in range(0, N, 10):
        block = CUSTOMERS[start : start + 10]
        lines += block
        lines.append(
            ("Subtotal", "", f"{sum(float(r[2]) for r in block):.2f}", str(sum(int(r[3]) for r in block)))
        )
        expected.append(len(lines) + 1)
    lines.append(("Total", "", f"{SPEND:.2f}", str(VISITS)))
    assert_customers(table(tmp_path, body=lines), *expected, len(lines) + 1)


@pytest.mark.parametrize("label", ["{} Total", "{} Ergebnis", "Summe {}"])
def test_subtotals_as_spreadsheets_write_them(tmp_path: Path, label: str) -> None:
    customers = sorted(CUSTOMERS, key=lambda row: row[1])
    customers[0] = (customers[0][0], "East", *customers[0][2:])  # a group of one
    lines: list[tuple[str, ...]] = []
    for region in ("East", "North", "South", "West"):
        group = [row for row in customers if row[1] == region]
        spend, visits = sum(float(row[2]) for row in group), sum(int(row[3]) for row in group)
        lines += [*group, ("", label.format(region), f"{spend:.2f}", str(visits))]
    lines.append(("", "Grand Total", f"{SPEND:.2f}", str(VISITS)))
    found = table(tmp_path, body=lines)
    assert body(found) == customers
    assert len(found.set_aside) == 5


@pytest.mark.parametrize("label", ["Summe", "xyz"])
def test_a_total_in_thousands_below_whole_numbers(tmp_path: Path, label: str) -> None:
    whole = [(*row[:2], str(round(float(row[2]) * 10)), str(int(row[3]) * 100)) for row in CUSTOMERS]
    sums = [f"{sum(int(row[i]) for row in whole):,}".replace(",", ".") for i in (2, 3)]
    found = table(tmp_path, (label, "", *sums), body=whole)
    assert body(found) == whole
    assert [row.line for row in found.set_aside] == [LAST]


@pytest.mark.parametrize("line", ["Page 2 of 3", "Region South", "Süd:"])
def test_lines_between_the_customers(tmp_path: Path, line: str) -> None:
    rows = [*CUSTOMERS[:15], (line, "", "", ""), *CUSTOMERS[15:30], (line, "", "", ""), *CUSTOMERS[30:]]
    assert_customers(table(tmp_path, body=rows), 17, 33)


def test_customers_known_by_name_only_stay(tmp_path: Path) -> None:
    named = [(f"Ann {chr(65 + i % 26)}ee", *row[1:]) for i, row in enumerate(CUSTOMERS)]
    rows = [*named[:20], ("Region South", "", "", ""), *named[20:]]
    assert body(table(tmp_path, body=rows)) == rows


@pytest.mark.parametrize("label", ["Max", "Total", "Sum Wei", "MEAN"])
def test_customers_with_the_name_of_a_total_stay(tmp_path: Path, label: str) -> None:
    """Some of them have the most orders, or the average number, as others have; tags nobody has."""
    rng = np.random.default_rng(3)
    names = rng.choice(["Anna", "Bert", label, "Jan"], 2_000)
    spend, orders = rng.lognormal(5, 1, 2_000).round(2), rng.integers(0, 9, 2_000)
    rows = [(f"c{i}@ex.com", str(names[i]), str(spend[i]), str(orders[i]), "") for i in range(2_000)]
    path = tmp_path / "t.csv"
    path.write_text(
        "\n".join(",".join(row) for row in [("Email", "First Name", "Spend", "Orders", "Tags"), *rows])
    )
    found = read(path)
    assert (len(found.cells), found.set_aside) == (2_000, ())


def test_averages_and_extremes_below_the_customers(tmp_path: Path) -> None:
    spend, visits = ([float(row[i]) for row in CUSTOMERS] for i in (2, 3))
    mean = ("", "Average", f"{sum(spend) / N:.4f}", f"{sum(visits) / N:.4f}")
    found = table(tmp_path, mean, ("", "Max", str(max(spend)), f"{max(visits):.0f}"))
    assert body(found) == CUSTOMERS
    assert {row.reason for row in found.set_aside} == {
        "a row of averages or extremes: its numbers are those of the columns"
    }


def test_another_table_below_a_blank_row(tmp_path: Path) -> None:
    rows = [("", "", "", ""), ("Region", "Head", "", ""), ("North", "Ann", "", ""), ("South", "Bob", "", "")]
    assert_customers(table(tmp_path, *rows), LAST + 1, LAST + 2, LAST + 3)


def test_customers_below_a_blank_row_stay(tmp_path: Path) -> None:
    found = table(tmp_path, body=[*CUSTOMERS[:30], ("", "", "", ""), *CUSTOMERS[30:]])
    assert body(found) == CUSTOMERS


@pytest.mark.parametrize(
    "again",
    [
        tuple(name.upper() for name in HEADER),
        tuple(name.title() for name in HEADER),
        ("\ufeffid", *HEADER[1:]),
    ],
)
def test_the_header_once_more_written_otherwise(tmp_path: Path, again: tuple[str, ...]) -> None:
    assert_customers(table(tmp_path, body=[*CUSTOMERS[:20], again, *CUSTOMERS[20:]]), 22)


def test_a_header_of_two_lines_and_units_once_more(tmp_path: Path) -> None:
    top = 'id,region,"spend\n[EUR]",visits\n,,EUR,a year\n'
    rows = [",".join(row) + "\n" for row in CUSTOMERS]
    path = tmp_path / "t.csv"
    path.write_text(top + "".join(rows[:20]) + top + "".join(rows[20:]))
    found = read(path)
    assert body(found) == CUSTOMERS
    assert [row.line for row in found.set_aside] == [3, 24, 26]


def test_files_put_one_below_the_other(tmp_path: Path) -> None:
    assert_customers(table(tmp_path, body=[*CUSTOMERS[:20], HEADER, *CUSTOMERS[20:]]), 22)


def test_lines_are_right_beside_quotes_and_blank_lines(tmp_path: Path) -> None:
    lines = [",".join(HEADER), *(",".join(row) for row in CUSTOMERS), f"Total,,{SPEND:.2f},{VISITS}"]
    lines[3] = (
        lines[3].replace("North", '"No\nrth"').replace("South", '"So\nuth"').replace("West", '"We\nst"')
    )
    lines.insert(9, "")
    path = tmp_path / "t.csv"
    path.write_text("\n".join(lines) + "\n")
    found = read(path)
    assert [row.line for row in found.set_aside] == [LAST + 2]
    assert len(body(found)) == N


@pytest.mark.parametrize(
    "row",
    [
        ("Total", "North", "12.50", "3"),  # somebody is called so
        ("Max", "North", "12.50", "3"),
        ("C999", "North", f"{SPEND:.2f}", "3"),  # a large customer
        ("C999", "North", "", ""),  # little is known
        ("Summer", "West", "1.00", "2"),
        ("C999", "Total", "1.00", "2"),
        ("C999", "North", "0", "0"),
        ("Ann Lee", "West", "1.00", "2"),
        ("C999", "", f"{SPEND + 1:.2f}", ""),
        ("C999", "", "", ""),
        ("North Total", "", "12.50", "3"),
        ("North Total", "West", f"{SPEND:.2f}", "3"),
    ],
)
def test_customers_stay_customers(tmp_path: Path, row: tuple[str, ...]) -> None:
    found = table(tmp_path, row)
    assert body(found) == [*CUSTOMERS, row]
    assert found.set_aside == ()


def test_a_category_called_total_stays(tmp_path: Path) -> None:
    brands = [(row[0], ("Shell", "Total")[i % 2], *row[2:]) for i, row in enumerate(CUSTOMERS)]
    assert body(table(tmp_path, body=brands)) == brands


def test_a_category_that_begins_or_ends_like_totals_stays_and_costs_little(tmp_path: Path) -> None:
    kinds = ("Web", "Total Care", "Social Media", "Shop")
    many = [(f"x{i}y", kinds[i % 4], f"{i * 7919 % 9973}.25", str(i % 9)) for i in range(40_000)]
    started = time.monotonic()
    assert body(table(tmp_path, body=many)) == many
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "units",
    [("", "", "EUR", "per year"), ("", "", "€", ""), ("text", "text", "number", "number"),
     ("key", "part of the country", "in thousands of dollars", "in the last twelve months")],
)  # fmt: skip
def test_a_row_of_units_or_descriptions(tmp_path: Path, units: tuple[str, ...]) -> None:
    assert_customers(table(tmp_path, body=[units, *CUSTOMERS]), 2)


IMPORTED = tuple(f'"{{""ImportId"":""{name}""}}"' for name in HEADER)


@pytest.mark.parametrize(
    "below",
    [(("Response ID", "Where?", "How much?", "How often?"), IMPORTED), (IMPORTED,),
     (("text", "text", "decimal", "integer"), ("", "", "EUR", "a year"), ("key", "area", "net", "since May"))],
)  # fmt: skip
def test_several_rows_that_describe_the_columns(tmp_path: Path, below: tuple[tuple[str, ...], ...]) -> None:
    assert_customers(table(tmp_path, body=[*below, *CUSTOMERS]), *range(2, 2 + len(below)))
    names = tuple("a word" for _ in HEADER)  # as IMPORTED, but next to customers of words only
    words = [names, IMPORTED, *((f"C{i}", "North", f"w{i}", f"v{i}") for i in range(N))]
    assert [row.line for row in table(tmp_path, body=words).set_aside] == [2, 3]


def test_customers_below_a_row_of_units_stay(tmp_path: Path) -> None:
    first = ("C999", "North", "refused", "7")
    more = [(*row, row[3], row[3]) for row in (first, *CUSTOMERS)]
    path = tmp_path / "t.csv"
    lines = [(*HEADER, "a", "b"), ("", "", "EUR", "a year", "x", "y"), *more]
    path.write_text("".join(",".join(line) + "\n" for line in lines))
    found = read(path)
    assert (body(found), [row.line for row in found.set_aside]) == (more, [2])


def test_customers_whose_cells_are_json_stay(tmp_path: Path) -> None:
    rows = [tuple(f'"{{""v"":""{cell}""}}"' for cell in row) for row in CUSTOMERS]
    assert len(table(tmp_path, body=rows).cells) == N


@pytest.mark.parametrize("below", ["", "Response"])
def test_questions_above_what_was_asked(tmp_path: Path, below: str) -> None:
    above = ("Who", "How satisfied with:", "", "", "Spend")
    rows = [(f"C{i:03}", str(i % 5 + 1), str(i % 4 + 1), str(i % 3 + 1), str(i * 7)) for i in range(N)]
    path = tmp_path / "t.csv"
    lines = [above, (below, "Price", "Staff", "Speed", below), *rows]
    path.write_text("".join(",".join(line) + "\n" for line in lines))
    found = read(path)
    asked = ["How satisfied with: Price", "How satisfied with: Staff", "How satisfied with: Speed"]
    assert found.header == ("Who", *asked, "Spend")
    assert body(found) == rows
    assert [note.code for note in found.notes] == ["header-two-rows"]
    path.write_text(
        "".join(",".join(line) + "\n" for line in [above, *rows])
    )  # no second row: nothing is joined
    assert body(read(path)) == rows


@pytest.mark.parametrize(
    "first", [("C999", "North", "NA", "NA"), ("C999", "West", "", "n/a"), ("C999", "", "", "")]
)
def test_a_first_customer_of_whom_little_is_known(tmp_path: Path, first: tuple[str, ...]) -> None:
    assert body(table(tmp_path, body=[first, *CUSTOMERS])) == [first, *CUSTOMERS]


def test_no_header_at_all(tmp_path: Path) -> None:
    numbers = [row[2:] for row in CUSTOMERS]
    path = tmp_path / "t.csv"
    path.write_text("".join(",".join(row) + "\n" for row in numbers))
    found = read(path)
    assert body(found) == numbers
    assert found.header == ("column 1", "column 2")
    assert [note.code for note in found.notes] == ["header-missing"]


def test_no_row_is_lost_in_silence(tmp_path: Path) -> None:
    for i in range(30):
        rng = np.random.default_rng(i)
        lines = [list(row) for row in CUSTOMERS]
        for _ in range(4):
            kind = rng.integers(5)
            at = int(rng.integers(len(lines)))
            if kind == 0:
                lines.insert(at, ["Total", "", f"{SPEND:.2f}", str(VISITS)])
            elif kind == 1:
                lines.insert(at, ["remark"])
            elif kind == 2:
                lines[at] = [*lines[at], "more"]
            elif kind == 3:
                lines.insert(at, list(HEADER))
            else:
                lines[at] = ["", *lines[at][1:]]
        found = table(tmp_path, body=[tuple(line) for line in lines])
        assert len(found.cells) + len(found.set_aside) == found.rows_read == len(lines)
        written = {",".join(line) for line in lines}
        assert all(",".join(row) in written for row in body(found))
        assert bool(found.set_aside) == any(note.code == "rows-set-aside" for note in found.notes)


@pytest.mark.parametrize("label", ["*", "", "Summe", "Total"])
def test_a_total_of_amounts_with_the_minus_behind(tmp_path: Path, label: str) -> None:
    saldo = [(-1) ** i * (1000 + 37 * i) for i in range(40)]

    def written(value: int) -> str:
        return f"{abs(value) / 100:.2f}".replace(".", ",") + ("-" if value < 0 else "")

    rows = "".join(f"{10000 + i};{100 + 3 * i},50;{written(s)}\n" for i, s in enumerate(saldo))
    sums = f"{label};{sum(100 + 3 * i + 0.5 for i in range(40)):.2f};".replace(".", ",")
    path = tmp_path / "t.csv"
    path.write_text(f"Debitor;Umsatz;Saldo\n{rows}{sums}{written(sum(saldo))}\n", encoding="utf-8")
    table = read(path)
    assert len(table.cells) == 40
    assert [row.line for row in table.set_aside] == [42]
