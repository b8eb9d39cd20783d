from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reportgen.columns import understand
from reportgen.errors import InputError, OptionError
from reportgen.lexicon.tokens import load_tokens
from reportgen.readers import read
from reportgen.results import Columns, Role, Use

TOKENS = load_tokens()
N = 120
RNG = np.random.default_rng(7)
SPEND = [f"{x:.2f}" for x in RNG.lognormal(5, 1, N)]
VISITS = [str(x) for x in RNG.poisson(6, N)]


def columns(
    folder: Path, table: dict[str, Sequence[object]], delimiter: str = "|", **options: object
) -> Columns:
    """Understand a table of these columns, with two ordinary ones beside them."""
    table = {**table, "spend": SPEND, "visits": VISITS}
    lines = [
        delimiter.join(table),
        *(delimiter.join(map(str, row)) for row in zip(*table.values(), strict=True)),
    ]
    path = folder / "t.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return understand(read(path, delimiter=delimiter), tokens=TOKENS, **options)  # type: ignore[arg-type]


def codes(found: Columns) -> list[str]:
    return [note.code for note in found.notes]


def cycle(*cells: object) -> list[object]:
    return [cells[i % len(cells)] for i in range(N)]


def whole(low: int, high: int) -> list[int]:
    return [int(x) for x in np.random.default_rng(3).integers(low, high, N)]


def real(low: float, high: float) -> list[float]:
    return [round(float(x), 3) for x in np.random.default_rng(4).uniform(low, high, N)]


@pytest.mark.parametrize(
    ("name", "cells", "role", "use"),
    [
        ("customer_id", [f"{i:04}" for i in range(N)], Role.ID, Use.LEFT_OUT),
        ("ID", range(5, N + 5), Role.ID, Use.LEFT_OUT),
        ("CLIENTNUM", [708082083 + 37 * i for i in RNG.permutation(N)], Role.ID, Use.LEFT_OUT),
        ("who", [f"k{i}@example.org" for i in range(N)], Role.ID, Use.LEFT_OUT),
        ("row", range(N), Role.ID, Use.LEFT_OUT),
        ("rank of arrival", range(10, 10 + 3 * N, 3), Role.ID, Use.LEFT_OUT),
        ("BALANCE", [f"{x:.4f}" for x in RNG.lognormal(6, 1, N)], Role.BALANCE, Use.CLUSTERING),
        ("BALANCE", sorted(whole(0, 10**7)), Role.BALANCE, Use.CLUSTERING),
        ("CREDIT_LIMIT", whole(500, 9000), Role.LIMIT, Use.CLUSTERING),
        ("MINIMUM_PAYMENTS", real(1, 900), Role.AMOUNT, Use.CLUSTERING),
        ("PURCHASES_TRX", whole(0, 90), Role.COUNT, Use.CLUSTERING),
        ("NumWebPurchases", whole(0, 20), Role.COUNT, Use.CLUSTERING),
        ("Kidhome", cycle(0, 1, 1, 0, 2), Role.COUNT, Use.CLUSTERING),
        ("Dependent_count", cycle(0, 1, 2, 3), Role.COUNT, Use.CLUSTERING),
        ("children", cycle(0, 1, 0), Role.COUNT, Use.CLUSTERING),
        ("PURCHASES_FREQUENCY", real(0, 1), Role.FREQUENCY, Use.CLUSTERING),
        ("PRC_FULL_PAYMENT", real(0, 1), Role.SHARE, Use.CLUSTERING),
        ("share online", real(0, 100), Role.SHARE, Use.CLUSTERING),
        ("Months_Inactive_12_mon", whole(0, 7), Role.RECENCY, Use.CLUSTERING),
        ("days_since_last_order", whole(0, 400), Role.RECENCY, Use.CLUSTERING),
        ("Months_on_book", whole(10, 60), Role.TENURE, Use.CLUSTERING),
        ("Customer_Age", whole(18, 90), Role.AGE, Use.CLUSTERING),
        ("Alter", whole(18, 90), Role.AGE, Use.CLUSTERING),
        ("Umsatz", real(0, 900), Role.AMOUNT, Use.CLUSTERING),
        ("Income", whole(9000, 90000), Role.INCOME, Use.CLUSTERING),
        ("nps", whole(0, 11), Role.SCORE, Use.CLUSTERING),
        ("Total_Ct_Chng_Q4_Q1", real(0, 2), Role.CHANGE, Use.CLUSTERING),
        ("has_card", cycle(0, 1), Role.FLAG, Use.CLUSTERING),
        ("smoker", cycle("no", "yes"), Role.FLAG, Use.CLUSTERING),
        ("Raucher", cycle("ja", "nein"), Role.FLAG, Use.CLUSTERING),
        ("weekend", cycle("TRUE", "FALSE"), Role.FLAG, Use.CLUSTERING),
        ("sex", cycle("male", "female"), Role.CATEGORY, Use.CLUSTERING),
        ("SEX", cycle(1, 2), Role.CATEGORY, Use.CLUSTERING),
        ("Channel", cycle(1, 2, 2), Role.CATEGORY, Use.CLUSTERING),
        ("Region", cycle(1, 2, 3), Role.CATEGORY, Use.CLUSTERING),
        ("OperatingSystems", cycle(1, 2, 3, 8), Role.CATEGORY, Use.CLUSTERING),
        ("shop", [f"shop {i % 60}" for i in range(N)], Role.CATEGORY, Use.PROFILE),
        ("comment", [f"This customer wrote to us {i} times" for i in range(N)], Role.TEXT, Use.LEFT_OUT),
        ("zip", [f"{i:05}" for i in whole(100, 99999)], Role.TEXT, Use.LEFT_OUT),
        ("latitude", real(40, 50), Role.TEXT, Use.LEFT_OUT),
        ("empty", [""] * N, Role.EMPTY, Use.LEFT_OUT),
        ("nothing", cycle("NA", "", "unknown"), Role.EMPTY, Use.LEFT_OUT),
        ("Z_Revenue", [11] * N, Role.CONSTANT, Use.LEFT_OUT),
        ("land", ["DE"] * N, Role.CONSTANT, Use.LEFT_OUT),
        ("Churn", cycle("No", "Yes"), Role.TARGET, Use.PROFILE),
        ("Attrition_Flag", cycle("Existing", "Attrited"), Role.TARGET, Use.PROFILE),
        ("cluster", cycle(0, 1, 2, 3), Role.TARGET, Use.PROFILE),
        ("Naive_Bayes_Classifier_1", real(0, 1), Role.TARGET, Use.PROFILE),
        ("default payment next month", cycle(0, 1), Role.TARGET, Use.PROFILE),
        ("bmi", real(18, 40), Role.SCORE, Use.CLUSTERING),
        ("day", whole(1, 32), Role.SCORE, Use.PROFILE),
        ("#VALUE!", real(0, 9), Role.SCORE, Use.LEFT_OUT),
        ("signup", [f"2020-0{1 + i % 9}-11" for i in range(N)], Role.DATE, Use.LEFT_OUT),
    ],
)
def test_role_and_use_of_one_column(
    tmp_path: Path, name: str, cells: Sequence[object], role: Role, use: Use
) -> None:
    column = columns(tmp_path, {name: cells})[name]
    assert (column.role, column.used_for) == (role, use)
    assert column.reason


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("y", cycle("no", "yes")),
        ("Response", cycle(0, 1)),
        ("Revenue", cycle("TRUE", "FALSE")),
        ("Risk", cycle("good", "bad")),
    ],
)
def test_targets_that_are_only_targets_at_the_end(tmp_path: Path, name: str, cells: list[object]) -> None:
    path = tmp_path / "t.csv"
    rows = [",".join(map(str, row)) for row in zip(SPEND, VISITS, cells, strict=True)]
    path.write_text("\n".join([f"spend,visits,{name}", *rows]))
    assert understand(read(path), tokens=TOKENS)[name].role is Role.TARGET
    assert columns(tmp_path, {name: cells})[name].role is not Role.TARGET


def test_ids_keep_their_text(tmp_path: Path) -> None:
    ids = ["007", "3E5", "12345678901234567890", "12345678901234567891", *(f"{i:05}" for i in range(N - 4))]
    found = columns(tmp_path, {"id": ids})
    assert found.id_column == "id"
    assert tuple(found.customers) == tuple(ids)
    assert found["id"].distinct == N
    assert np.isnan(found["id"].values).all()


def test_ids_of_twenty_digits_are_told_apart(tmp_path: Path) -> None:
    ids = [f"{12345678901234567890 + i}" for i in range(N)]
    assert tuple(columns(tmp_path, {"card": ids}).customers) == tuple(ids)
    assert columns(tmp_path, {"card": ids}).id_column == "card"


def test_which_id_says_who_the_customer_is(tmp_path: Path) -> None:
    table = {
        "Unnamed: 0": range(N),
        "email": [f"a{i}@b.de" for i in range(N)],
        "customer id": [f"{i}.0" for i in RNG.permutation(N)],
    }
    found = columns(tmp_path, table)
    assert found.id_column == "customer id"
    assert [found[name].role for name in table] == [Role.ID] * 3
    assert columns(tmp_path, table, id_column="email").id_column == "email"


@pytest.mark.parametrize(
    ("name", "levels", "outcome"),
    [
        ("status", ("ACTIVE", "CANCELLED"), True),
        ("Customer Status", ("Stayed", "Churned", "Joined"), True),
        ("Vertrag", ("aktiv", "gekündigt", "ruhend"), True),
        ("Donor state", ("Current", "Lapsed donor"), True),
        ("Estado", ("Activo", "Inactivo"), True),
        ("member_status", ("inactive", "active"), True),
        ("Exercise", ("inactive", "active"), False),
        ("Shop hours", ("open", "closed", "part time"), False),
        ("status", ("gold", "silver", "bronze"), False),
        ("status", ("active", "very active", "new"), False),
        ("status", ("single", "married", "former partner"), False),
    ],
)
def test_a_status_of_who_has_left_is_an_outcome(
    tmp_path: Path, name: str, levels: tuple[str, ...], outcome: bool
) -> None:
    column = columns(tmp_path, {name: cycle(*levels)})[name]
    assert (column.role is Role.TARGET) == outcome
    assert column.used_for is (Use.PROFILE if outcome else Use.CLUSTERING)


def test_what_says_the_same_as_an_outcome_is_one(tmp_path: Path) -> None:
    gone = whole(0, 2)
    table = {
        "is_churned": gone,
        "box": ["left" if x else "right" for x in gone],
        "kept": [gone[0], *(1 - x for x in gone[1:])],
    }
    found = columns(tmp_path, table)
    assert found["box"].role is Role.TARGET
    assert found["box"].reason == "it says row by row what is_churned says"
    assert found["kept"].used_for is Use.CLUSTERING  # all but one


@pytest.mark.parametrize("name", ["will_renew", "Renewed", "Readmit 30d", "Readmitted", "Verlängert"])
def test_what_comes_of_it_is_an_outcome(tmp_path: Path, name: str) -> None:
    found = columns(tmp_path, {name: cycle(0, 1, 1), "Auto renew": cycle("yes", "no", "no", "no")})
    assert found[name].role is Role.TARGET
    assert found["Auto renew"].role is Role.FLAG  # how it is paid


def test_rows_are_numbered_without_an_id(tmp_path: Path) -> None:
    found = columns(tmp_path, {})
    assert found.id_column is None
    assert found.customers[:2] == ("1", "2")


def test_transactions_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InputError,
        match=r"t\.csv: customer_id has 40 different values in 120 rows.*give --per-customer customer_id",
    ):
        columns(tmp_path, {"customer_id": [f"C{i % 40}" for i in range(N)]})


@pytest.mark.parametrize("name", ["customer_id", "CustomerID", "client no", "user_id", "Customer", "Kunde"])
@pytest.mark.parametrize("number", ["{}", "{}.0", "1{:05}", "0{:04}", "K-{:03}"])
def test_transactions_are_refused_however_customers_are_numbered(
    tmp_path: Path, name: str, number: str
) -> None:
    rows = 2_000
    rng = np.random.default_rng(3)
    table = {
        "invoice": [f"INV{i}" for i in range(rows)],
        name: [number.format(who) for who in rng.integers(1, 250, rows)],
        "date": [f"2025-{i % 12 + 1:02}-{i % 28 + 1:02}" for i in range(rows)],
        "amount": rng.lognormal(3, 1, rows).round(2).astype(str).tolist(),
    }
    path = tmp_path / "t.csv"
    pd.DataFrame(table).to_csv(path, index=False)
    with pytest.raises(InputError, match=r"249 different values in 2,000 rows.*give --per-customer"):
        understand(read(path), tokens=load_tokens())
    for other in ("branch_id", "Customers"):
        pd.DataFrame(table).rename(columns={name: other}).to_csv(path, index=False)
        assert understand(read(path), tokens=load_tokens()).rows_used == rows


@pytest.mark.parametrize("number", ["{}", "M{:05}", "m{}@mail.org"])
@pytest.mark.parametrize("name", ["member_id", "Customer No", "email"])
def test_a_number_that_few_customers_have_makes_no_transactions(
    tmp_path: Path, name: str, number: str
) -> None:
    have = [number.format(71 * i + 3) if i % 3 == 0 else "" for i in range(N)]
    assert columns(tmp_path, {name: have}).rows_used == N


def people(different: int) -> list[str]:
    """Names of so many persons, one in each of the N rows."""
    sounds = ["ba", "do", "fi", "gu", "ke", "lo", "mi", "nu", "pa", "ri", "so", "tu"]
    pairs = [f"{a}{b}son, {b}{c}".title() for a in sounds for b in sounds for c in sounds[:4]]
    return [pairs[i % different] for i in range(N)]


CHARTS = [f"A{17 * i + 1000}" for i in range(N)]


@pytest.mark.parametrize(
    ("number", "name"), [("Chart #", "Patient"), ("Account No", "Customer"), ("Site Ref", "Client")]
)
@pytest.mark.parametrize("different", [50, N - 4, N])
def test_a_number_goes_before_a_name(tmp_path: Path, number: str, name: str, different: int) -> None:
    found = columns(tmp_path, {number: CHARTS, name: people(different)})
    chosen = name if different == N and number != "Account No" else number
    assert found.id_column == chosen
    assert ("names-repeat" in codes(found)) == (different == 50)


@pytest.mark.parametrize("number", ["Order No", "ID", "Record ID", "Visit ID", "Rental #"])
def test_names_that_repeat_beside_a_number_of_something_else(tmp_path: Path, number: str) -> None:
    with pytest.raises(InputError, match="give --per-customer Customer"):
        columns(tmp_path, {number: CHARTS, "Customer": people(50)})


@pytest.mark.parametrize("write", ["c{}", "K-{}", "{}@mail.org"])
def test_codes_that_repeat_are_no_names(tmp_path: Path, write: str) -> None:
    with pytest.raises(InputError, match="give --per-customer Customer"):
        columns(tmp_path, {"Chart #": CHARTS, "Customer": [write.format(i % 50) for i in range(N)]})


def test_what_customers_share_makes_no_transactions(tmp_path: Path) -> None:
    who = [f"K{i:05}" for i in range(N)]
    shared = [f"A{i % (N // 3)}" for i in range(N)]
    assert columns(tmp_path, {"customer_id": who, "account_id": shared}).id_column == "customer_id"
    with pytest.raises(InputError, match="customer_id has"):
        columns(tmp_path, {"customer_id": shared, "account_id": who})
    assert columns(tmp_path, {"ID": who, "household_id": shared}).id_column == "ID"
    with pytest.raises(InputError, match="account_id has"):
        columns(tmp_path, {"ID": who, "account_id": shared})
    counts = [str(20 + i % 35) for i in range(N)]
    assert columns(tmp_path, {"email": counts}).rows_used == N
    assert columns(tmp_path, {"customer": who, "account_manager_id": shared}).id_column == "customer"


@pytest.mark.parametrize(
    "name", ["buyer_email", "phone", "Customer Name", "buyer_id", "KdNr", "klantnr", "player_id"]
)
def test_whoever_stands_in_many_orders_is_the_customer(tmp_path: Path, name: str) -> None:
    orders = [f"R-{i:05}" for i in range(N)]
    whose = [f"W{(7 * i) % (N // 3):04}" for i in range(N)]
    with pytest.raises(InputError, match="give --per-customer"):
        columns(tmp_path, {"invoice_no": orders, name: whose})


def test_rows_with_a_number_of_their_own_and_clients_of_one_or_two(tmp_path: Path) -> None:
    clients = [f"C{int(i / 1.6)}" for i in range(N)]
    with pytest.raises(InputError, match="client_id has"):
        columns(tmp_path, {"policy_no": [f"P{i}" for i in range(N)], "client_id": clients})
    found = columns(tmp_path, {"txn_id": [f"T{i}" for i in range(N)]})
    assert [n.place for n in found.notes if n.code == "rows-may-be-purchases"] == ["txn_id"]


@pytest.mark.parametrize(
    ("name", "others", "told"),
    [
        ("sku", (), True),
        ("Product Name", (), True),
        ("EmployeeNumber", (), True),
        ("Country", (), True),
        ("customer_id", ("Country",), False),
        ("vin", ("last name",), False),
        ("id", (), False),
        ("card no", (), False),
    ],
)
def test_rows_that_do_not_sound_like_customers(
    tmp_path: Path, name: str, others: tuple[str, ...], told: bool
) -> None:
    found = columns(tmp_path, {title: [f"{title[0]}{i:05}x" for i in range(N)] for title in (name, *others)})
    said = [n.place for n in found.notes if n.code == "rows-may-be-no-customers"]
    assert said == ([name] if told else [])


def test_the_id_without_gaps_comes_first(tmp_path: Path) -> None:
    gaps = [f"U{i}" if i % 50 else "" for i in range(N)]
    found = columns(tmp_path, {"user_id": gaps, "id": [f"cus_{i:05}" for i in range(N)]})
    assert found.id_column == "id"
    ip = {"CONFIRM_IP": [f"10.{i % 7}.{i // 200}.{i % 200}" for i in range(N)]}
    assert columns(tmp_path, {**ip, "Email": [f"a{i}@b.org" for i in range(N)]}).id_column == "Email"


@pytest.mark.parametrize(
    ("name", "cells", "role", "use"),
    [
        ("heart_rate", lambda r: r.normal(72, 9, N).round(), Role.SCORE, Use.CLUSTERING),
        ("hourly_rate", lambda r: r.gamma(9, 4, N).round(2), Role.AMOUNT, Use.CLUSTERING),
        ("current_ratio", lambda r: r.gamma(4, 0.5, N).round(2), Role.SCORE, Use.CLUSTERING),
        ("dti_ratio", lambda r: (100 * r.beta(3, 6, N)).round(1), Role.SHARE, Use.CLUSTERING),
        ("rate_code", lambda r: r.integers(1, 6, N), Role.CATEGORY, Use.CLUSTERING),
        ("Email Open Rate", lambda r: r.beta(2, 5, N).round(3), Role.SHARE, Use.CLUSTERING),
        ("age", lambda r: r.integers(5, 91, N), Role.AGE, Use.CLUSTERING),
        ("vehicle_age", lambda r: r.integers(0, 25, N), Role.COUNT, Use.CLUSTERING),
        ("rooms", lambda r: r.integers(1, 8, N), Role.COUNT, Use.CLUSTERING),
        ("loyalty_card", lambda r: np.where(np.arange(N) % 3, r.integers(26 * 10**11, 27 * 10**11, N).astype(str), ""),
         Role.TEXT, Use.LEFT_OUT),
        ("PatNum", lambda r: r.integers(10_000, 90_000, N // 2).repeat(2), Role.TEXT, Use.LEFT_OUT),
        ("sales_rep_no", lambda r: r.choice([4711, 4712, 4850, 5120], N), Role.CATEGORY, Use.CLUSTERING),
        ("private_label_share", lambda r: r.beta(2, 5, N).round(3), Role.SHARE, Use.CLUSTERING),
        ("segment_miles", lambda r: r.poisson(900, N), Role.BALANCE, Use.CLUSTERING),
        ("kmeans_label", lambda r: r.integers(0, 5, N), Role.TARGET, Use.PROFILE),
        ("default_payment_method", lambda r: r.choice(["card", "cash"], N), Role.CATEGORY, Use.CLUSTERING),
        ("opgezegd", lambda r: r.choice(["ja", "nee"], N), Role.TARGET, Use.PROFILE),
        ("lapsed", lambda r: r.choice([0, 1], N, p=[0.9, 0.1]), Role.TARGET, Use.PROFILE),
        ("First Name", lambda r: r.choice([f"Ann{i}" for i in range(20)], N), Role.TEXT, Use.LEFT_OUT),
        ("region", lambda r: r.choice(["N", "S"], N), Role.CATEGORY, Use.CLUSTERING),
        ("spend_rank", lambda r: r.integers(1, 2000, N), Role.SCORE, Use.CLUSTERING),
        ("account balance", lambda r: r.choice(90_000, N, replace=False) + 1_000, Role.BALANCE, Use.CLUSTERING),
    ],
)  # fmt: skip
def test_a_word_in_a_name_is_not_its_meaning(
    tmp_path: Path, name: str, cells: Callable[[np.random.Generator], Sequence[object]], role: Role, use: Use
) -> None:
    column = columns(tmp_path, {name: [str(x) for x in cells(np.random.default_rng(5))]})[name]
    assert (column.role, column.used_for) == (role, use)


def test_na_among_regions_is_north_america(tmp_path: Path) -> None:
    column = columns(tmp_path, {"region": cycle("EMEA", "NA", "APAC", "LATAM")})["region"]
    assert (column.missing, column.levels) == (0, ("APAC", "EMEA", "LATAM", "NA"))


@pytest.mark.parametrize(
    ("best", "other"),
    [
        ("total spend", "spend_rank"),
        ("total spend", "avg spend"),
        ("Lifetime Giving", "Last Gift Amt"),
        ("Umsatz lfd. Jahr", "Umsatz Vorjahr"),
        ("spend amount", "€/m²"),
    ],
)
def test_the_money_that_matters(tmp_path: Path, best: str, other: str) -> None:
    rng = np.random.default_rng(8)
    table = {name: [f"{x:.2f}" for x in rng.lognormal(6, 1, 300)] for name in (other, best)}
    path = tmp_path / "t.csv"
    pd.DataFrame({**table, "visits": rng.poisson(4, 300)}).to_csv(path, index=False)
    assert understand(read(path), tokens=TOKENS).value_column == best


def test_flags_and_categories_have_levels(tmp_path: Path) -> None:
    found = columns(
        tmp_path, {"smoker": cycle("Yes", "No", ""), "sex": cycle("m", "f"), "Channel": cycle(2, 1)}
    )
    assert found["smoker"].levels == ("No", "Yes")
    assert np.array_equal(found["smoker"].values[:3], [1, 0, np.nan], equal_nan=True)
    assert found["smoker"].missing == N // 3
    assert found["sex"].levels == ("f", "m")
    assert found["Channel"].levels == ("1", "2")
    assert found["Channel"].values[:2].tolist() == [1, 0]
    assert "codes-guess" in codes(found)


def test_levels_with_an_order(tmp_path: Path) -> None:
    found = columns(
        tmp_path,
        {
            "risk class": cycle("Medium", "High", "Low", "Unknown"),
            "band": cycle("$40K - $60K", "Less than $40K", "$60K +"),
        },
    )
    assert found["risk class"].levels == ("Low", "Medium", "High")
    assert found["risk class"].ordered
    assert found["risk class"].missing == N // 4
    assert found["band"].levels == ("Less than $40K", "$40K - $60K", "$60K +")
    assert found["band"].numeric
    assert codes(found).count("ordered-levels") == 2


def test_a_constant_word_keeps_its_level(tmp_path: Path) -> None:
    column = columns(tmp_path, {"land": ["DE", *cycle("DE", "")[1:]]})["land"]
    assert column.role is Role.CONSTANT
    assert column.levels == ("DE",)
    assert (len(column.values), column.missing, column.distinct) == (N, N // 2, 1)


def test_levels_in_other_capitals_are_one(tmp_path: Path) -> None:
    found = columns(tmp_path, {"plan": cycle("Gold", "Gold", "gold", "Basic")})
    assert found["plan"].levels == ("Basic", "Gold")
    assert "levels-merged" in codes(found)


def test_namibia_is_not_missing(tmp_path: Path) -> None:
    found = columns(tmp_path, {"country": cycle("DE", "NA", "FR", "ZA", "")})
    assert found["country"].levels == ("DE", "FR", "NA", "ZA")
    assert found["country"].missing == N // 5
    assert "NA" not in columns(tmp_path, {"plan": cycle("Gold", "Basic", "NA")})["plan"].levels


def test_a_comma_table(tmp_path: Path) -> None:
    euros = [f"{float(x) * 1000:,.2f} €".translate(str.maketrans(",.", ".,")) for x in SPEND]
    points = [f"{1 + i % 9}.{100 + i}" for i in range(N)]
    found = columns(
        tmp_path,
        {
            "Umsatz": euros,
            "Anteil": [f"{x:.3f}".replace(".", ",") for x in real(0, 1)],
            "Quote": [str(x).replace(".", ",") for x in real(0, 1)],
            "Punkte": points,
        },
        ";",
    )
    assert found.decimal == ","
    assert found["Umsatz"].values.tolist() == pytest.approx([float(x) * 1000 for x in SPEND])
    assert found["Umsatz"].unit == "€"
    assert found["Punkte"].values[0] == 1100
    assert "decimal-guess" in codes(found)


def test_decimal_option(tmp_path: Path) -> None:
    cells = [f"{1 + i % 9},{100 + i}" for i in range(N)]
    assert columns(tmp_path, {"amount": cells})["amount"].values[0] == 1100
    assert columns(tmp_path, {"amount": cells}, decimal=",")["amount"].values[0] == 1.1
    with pytest.raises(OptionError, match="--decimal"):
        columns(tmp_path, {}, decimal=";")


def test_words_and_errors_among_numbers_are_noted(tmp_path: Path) -> None:
    cells: list[object] = [*real(1, 100)]
    cells[3], cells[9], cells[11] = "refused", "#DIV/0!", "NA"
    found = columns(tmp_path, {"payments": cells})
    assert found["payments"].role is Role.AMOUNT
    assert found["payments"].missing == 3
    assert {"words-among-numbers", "error-tokens", "missing-tokens"} <= set(codes(found))


def test_infinities_do_not_poison(tmp_path: Path) -> None:
    cells: list[object] = [*real(1, 100)]
    cells[3], cells[9] = "inf", "1e308"
    found = columns(tmp_path, {"payments": cells})
    assert np.isfinite(np.nanvar(found["payments"].values))
    assert "infinite-values" in codes(found)


def test_sentinels(tmp_path: Path) -> None:
    found = columns(
        tmp_path,
        {
            "pdays": [-1 if i % 2 else 3 + i for i in range(N)],
            "age": [999 if i % 10 == 0 else 20 + i % 50 for i in range(N)],
        },
    )
    assert found["pdays"].missing == N // 2
    assert found["pdays"].used_for is Use.PROFILE
    assert found["age"].missing == N // 10
    assert found["age"].role is Role.AGE
    assert codes(found).count("sentinel") == 2


def test_mostly_missing_and_nearly_constant_only_describe(tmp_path: Path) -> None:
    found = columns(tmp_path, {"payments": [x if i % 5 < 2 else "" for i, x in enumerate(real(1, 100))]})
    assert found["payments"].used_for is Use.PROFILE
    assert found["payments"].reason == "60% of its cells are missing"
    path = tmp_path / "t.csv"
    rows = [
        f"{x},{i % 7},{int(i == 5)},{int(i % 100 == 5)}"
        for i, x in enumerate(np.random.default_rng(1).lognormal(4, 1, 1000))
    ]
    path.write_text("\n".join(["spend,visits,rare,less rare", *rows]))
    flags = understand(read(path), tokens=TOKENS)
    assert flags["rare"].used_for is Use.PROFILE
    assert flags["less rare"].used_for is Use.CLUSTERING


def test_dates_become_time_since(tmp_path: Path) -> None:
    days = [f"{1 + i % 28:02}-{1 + i % 12:02}-2014" for i in range(N)]
    found = columns(
        tmp_path, {"Dt_Customer": days, "last order": days, "Year_Birth": [1950 + i % 40 for i in range(N)]}
    )
    joined = found["days since Dt_Customer"]
    assert (joined.role, joined.derived_from) == (Role.TENURE, "Dt_Customer")
    assert joined.values.min() == 0
    assert joined.derivation.startswith("days before 2014-")
    assert found["days since last order"].role is Role.RECENCY
    age = found["age from Year_Birth"]
    assert age.role is Role.AGE
    assert age.values[0] == 64
    assert age.derivation == "2014 minus Year_Birth"
    assert [c.name for c in found.columns][:2] == ["Dt_Customer", "days since Dt_Customer"]
    assert {"date-derived", "age-derived"} <= set(codes(found))


def test_without_a_date_a_year_of_birth_stays_one(tmp_path: Path) -> None:
    found = columns(tmp_path, {"Year_Birth": [1950 + i % 40 for i in range(N)]})
    assert found["Year_Birth"].used_for is Use.PROFILE
    assert "no date says which year it is now" in found["Year_Birth"].reason


def test_ambiguous_dates_follow_the_others(tmp_path: Path) -> None:
    unsure = [f"0{1 + i % 9}/0{1 + i % 5}/2014" for i in range(N)]
    sure = [f"0{1 + i % 9}/{13 + i % 9}/2014" for i in range(N)]
    found = columns(tmp_path, {"a date": unsure})
    assert "day-month-year" in found["a date"].reason or "days since" in found["a date"].reason
    assert "date-order-guess" in codes(found)
    american = columns(tmp_path, {"a date": unsure, "b date": sure})
    assert american["a date"].values[1] == float(
        (np.datetime64("2014-02-02") - np.datetime64("1970-01-01")).astype(int)
    )
    assert american["a date"].values[2] == float(
        (np.datetime64("2014-03-03") - np.datetime64("1970-01-01")).astype(int)
    )
    assert american["a date"].values[5] == float(
        (np.datetime64("2014-06-01") - np.datetime64("1970-01-01")).astype(int)
    )


def test_parts_and_wholes(tmp_path: Path) -> None:
    one = np.where(RNG.random(N) < 0.3, 0, RNG.lognormal(4, 1, N)).round(2)
    two = np.where(RNG.random(N) < 0.3, 0, RNG.lognormal(4, 1, N)).round(2)
    three = RNG.lognormal(3, 1, N).round(2)
    table = {"web sales": one, "store sales": two, "all sales": (one + two).round(2), "fees": three}
    found = columns(tmp_path, table)
    assert [(w.whole, w.parts) for w in found.part_wholes] == [("all sales", ("web sales", "store sales"))]
    assert found.part_wholes[0].holds == 1
    assert found.value_column == "all sales"
    assert set(table) <= set(found.behaviour)
    found = columns(tmp_path, {**table, "all sales": (one + two + three).round(2)})
    assert found.part_wholes[0].parts == ("web sales", "store sales", "fees")


@pytest.mark.parametrize("rows", [500, 501, 2_345])
def test_three_parts_of_more_rows_than_are_fitted(tmp_path: Path, rows: int) -> None:
    parts = np.random.default_rng(1).lognormal(4, 1, (3, rows)).round(2)
    table = {"a_sales": parts[0], "b_sales": parts[1], "c_sales": parts[2], "all": parts.sum(axis=0).round(2)}
    pd.DataFrame(table).to_csv(tmp_path / "t.csv", index=False)
    found = understand(read(tmp_path / "t.csv"), tokens=TOKENS)
    assert [(w.whole, w.parts, w.holds) for w in found.part_wholes] == [("all", tuple(table)[:3], 1)]


def test_duplicates_leave_the_clustering(tmp_path: Path) -> None:
    found = columns(tmp_path, {"euros": [float(x) * 0.9 for x in SPEND], "again": VISITS})
    assert {(d.column, d.sources, d.relation) for d in found.derived} == {
        ("spend", ("euros",), "linear"), ("visits", ("again",), "duplicate"),
    }  # fmt: skip
    assert found["spend"].used_for is Use.PROFILE


def test_zeros_alone_do_not_make_a_duplicate(tmp_path: Path) -> None:
    none = RNG.random(N) < 0.7
    found = columns(
        tmp_path,
        {
            "cash": np.where(none, 0, RNG.lognormal(4, 1, N)).round(2),
            "fees": np.where(none, 0, RNG.lognormal(4, 1, N)).round(2),
        },
    )
    assert found.derived == ()


def test_value_column(tmp_path: Path) -> None:
    assert columns(tmp_path, {"fees": real(1, 10)}).value_column == "spend"
    assert columns(tmp_path, {"fees": real(1, 10)}, value_column="fees").value_column == "fees"
    with pytest.raises(OptionError, match=r"--value: no column is called 'fee'; the nearest is 'fees'"):
        columns(tmp_path, {"fees": real(1, 10)}, value_column="fee")
    with pytest.raises(OptionError, match="--value: plan holds no amounts"):
        columns(tmp_path, {"plan": cycle("a", "b", "c")}, value_column="plan")


def test_features_and_ignore(tmp_path: Path) -> None:
    table = {"fees": real(1, 10), "id": range(1, N + 1), "plan": cycle("a", "b", "c")}
    found = columns(tmp_path, table, features=("spend", "fees"), ignore=("plan",))
    assert [c.name for c in found.used(Use.CLUSTERING)] == ["fees", "spend"]
    assert found["visits"].used_for is Use.PROFILE
    assert found["plan"].used_for is Use.LEFT_OUT
    assert found.behaviour == ("fees", "spend", "visits")
    with pytest.raises(OptionError, match=r"--features: no column is called 'Spent'; the nearest is 'spend'"):
        columns(tmp_path, table, features=("Spent",))
    with pytest.raises(OptionError, match="--features: id cannot make segments"):
        columns(tmp_path, table, features=("id",))
    with pytest.raises(OptionError, match="--ignore: no column is called 'x'"):
        columns(tmp_path, table, ignore=("x",))


def test_roles_can_be_given(tmp_path: Path) -> None:
    found = columns(
        tmp_path, {"children": cycle(0, 1, 2)}, roles={"children": Role.CATEGORY, "visits": Role.TARGET}
    )
    assert found["children"].role is Role.CATEGORY
    assert found["children"].levels == ("0", "1", "2")
    assert found["visits"].used_for is Use.PROFILE


def test_too_small_tables_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("spend,visits\n" + "1.5,2\n" * 29)
    with pytest.raises(InputError, match=r"t\.csv: 29 rows of customers; segments need at least 30"):
        understand(read(path), tokens=TOKENS)
    path.write_text("spend,plan\n" + "".join(f"{x},a\n" for x in SPEND))
    with pytest.raises(
        InputError, match=r"1 usable column, and segments need 2 \(plan: every row has the same value\)"
    ):
        understand(read(path), tokens=TOKENS)
    path.write_text("spend\n" + "\n".join(SPEND))
    with pytest.raises(InputError, match=r"only one column could be told apart \(spend\); give --delimiter"):
        understand(read(path), tokens=TOKENS)


def test_every_column_left_out_has_a_note(tmp_path: Path) -> None:
    found = columns(tmp_path, {"const": ["x"] * N, "churn": cycle(0, 1)})
    assert {(n.code, n.place) for n in found.notes} >= {
        ("column-left-out", "const"),
        ("column-profile-only", "churn"),
    }


def test_the_reference_table(shared_data: Path) -> None:
    table = read(shared_data / "CC GENERAL.csv")
    start = time.perf_counter()
    found = understand(table, tokens=TOKENS)
    assert time.perf_counter() - start < 2
    roles = {c.name: c.role.value for c in found.columns}
    assert roles == {
        "CUST_ID": "id", "BALANCE": "balance", "BALANCE_FREQUENCY": "frequency", "PURCHASES": "amount",
        "ONEOFF_PURCHASES": "amount", "INSTALLMENTS_PURCHASES": "amount", "CASH_ADVANCE": "amount",
        "PURCHASES_FREQUENCY": "frequency", "ONEOFF_PURCHASES_FREQUENCY": "frequency",
        "PURCHASES_INSTALLMENTS_FREQUENCY": "frequency", "CASH_ADVANCE_FREQUENCY": "frequency",
        "CASH_ADVANCE_TRX": "count", "PURCHASES_TRX": "count", "CREDIT_LIMIT": "limit", "PAYMENTS": "amount",
        "MINIMUM_PAYMENTS": "amount", "PRC_FULL_PAYMENT": "share", "TENURE": "tenure",
    }  # fmt: skip
    assert len(found.behaviour) == 17
    assert found.value_column == "PURCHASES"
    assert found["MINIMUM_PAYMENTS"].missing == 313
    assert found["CREDIT_LIMIT"].missing == 1
    (sum_of_parts,) = found.part_wholes
    assert sum_of_parts.parts == ("ONEOFF_PURCHASES", "INSTALLMENTS_PURCHASES")
    assert sum_of_parts.holds == pytest.approx(0.998, abs=0.001)


@pytest.mark.parametrize(
    ("name", "clustered", "identity"),
    [
        ("BankChurners.csv", 19, "CLIENTNUM"), ("Wholesale customers data.csv", 8, None),
        ("bank-full.csv", 13, None),
        ("cc_empty_column.csv", 17, "CUST_ID"), ("cc_first_117_rows.csv", 17, "CUST_ID"),
        ("default of credit card clients.csv", 23, "ID"), ("german_credit_data.csv", 9, "column 1"),
        ("google_review_ratings.csv", 24, "User"), ("insurance.csv", 7, None),
        ("marketing_campaign.csv", 25, "ID"),
        ("online_shoppers_intention.csv", 17, None), ("rfm_data.csv", 3, "CustomerID"),
    ],
)  # fmt: skip
def test_real_tables(shared_data: Path, name: str, clustered: int, identity: str | None) -> None:
    found = understand(read(shared_data / name), tokens=TOKENS)
    assert len(found.behaviour) == clustered
    assert found.id_column == identity


def test_a_year_of_birth_is_a_date(tmp_path: Path) -> None:
    found = columns(
        tmp_path,
        {
            "Year_Birth": [1950 + i % 40 for i in range(N)],
            "signup": [f"2020-01-{1 + i % 28:02}" for i in range(N)],
        },
    )
    expected = (np.datetime64("1950-01-01") - np.datetime64("1970-01-01")).astype(int)
    assert found["Year_Birth"].values[0] == expected
    assert found["age from Year_Birth"].values[0] == 70


# --------------------------------------------------------------------------- totals


def skewed(seed: int, mean: float = 5.0) -> list[object]:
    return [round(float(x), 2) for x in np.random.default_rng(seed).lognormal(mean, 1, N)]


def plain(folder: Path, table: dict[str, Sequence[object]], **options: object) -> Columns:
    """Understand a table of these columns and nothing else."""
    path = folder / "t.csv"
    rows = ["|".join(map(str, row)) for row in zip(*table.values(), strict=True)]
    path.write_text("\n".join(["|".join(table), *rows]) + "\n", encoding="utf-8")
    return understand(read(path), tokens=TOKENS, **options)  # type: ignore[arg-type]


def test_products_are_added_up(tmp_path: Path) -> None:
    parts = {"MntWines": skewed(1), "MntFruits": skewed(2), "MntFish": skewed(3), "MntGold": skewed(4)}
    gaps: dict[str, Sequence[object]] = {name: ["" if i in (3, 5) else x for i, x in enumerate(cells)]
                                         for name, cells in parts.items()}  # fmt: skip
    gaps["MntGold"] = ["" if i == 5 else x for i, x in enumerate(parts["MntGold"])]
    found = plain(tmp_path, {**gaps, "visits": VISITS})
    total = found["total of MntWines, MntFruits and 2 more"]
    assert (total.role, total.used_for) == (Role.AMOUNT, Use.PROFILE)
    assert total.derived_from == "MntWines, MntFruits, MntFish, MntGold"
    assert total.derivation == "sum of MntWines, MntFruits, MntFish, MntGold"
    oracle = np.sum(list(parts.values()), axis=0)
    oracle[3], oracle[5] = (
        float(str(parts["MntGold"][3])),
        np.nan,
    )  # the known parts; missing only without any
    assert total.values == pytest.approx(oracle, nan_ok=True)
    assert total.missing == 1
    assert found.value_column == total.name
    assert total.name not in found.behaviour
    assert found.part_wholes[-1].whole == total.name
    assert found.part_wholes[-1].parts == tuple(parts)
    assert [c.name for c in found.columns][4] == total.name
    assert "total-derived" in codes(found)


@pytest.mark.parametrize(
    "names",
    [
        ["BILL_AMT1", "BILL_AMT2", "BILL_AMT3"],
        ["spend_2023", "spend_2024", "spend_2025"],
        ["jan_sales", "feb_sales", "mar_sales"],
        ["Umsatz Jan", "Umsatz Feb", "Umsatz März"],
        ["sales_q1", "sales_q2", "sales_q3"],
        ["revenue 2025-01", "revenue 2025-02", "revenue 2025-03"],
    ],
)
def test_periods_are_added_up_but_are_no_parts(tmp_path: Path, names: list[str]) -> None:
    table = {name: skewed(i) for i, name in enumerate(names)}
    found = plain(tmp_path, {**table, "visits": VISITS})
    total = found[f"total of {names[0]}, {names[1]} and {names[2]}"]
    assert total.values == pytest.approx(np.sum(list(table.values()), axis=0))
    assert found.part_wholes == ()
    assert found.value_column == total.name
    assert [found[name].used_for for name in names] == [Use.CLUSTERING] * 3


@pytest.mark.parametrize(
    "names",
    [
        ["spend_30d", "spend_90d", "spend_365d"],
        ["avg_sales", "max_sales", "last_sales"],
        ["net sales", "gross sales", "sales budget"],
        ["spend", "online spend", "store spend"],
        ["price 1", "price 2", "price 3"],
        ["spend home", "spend food", "payments"],
    ],
)
def test_what_is_not_added_up(tmp_path: Path, names: list[str]) -> None:
    found = plain(tmp_path, {**{name: skewed(i) for i, name in enumerate(names)}, "visits": VISITS})
    assert not [c.name for c in found.columns if c.derived_from]


def test_running_sums_are_not_added_up(tmp_path: Path) -> None:
    steps = np.cumsum([skewed(1), skewed(2), skewed(3)], axis=0)
    table: dict[str, Sequence[object]] = {
        f"spend {year}": list(steps[i]) for i, year in enumerate((2023, 2024, 2025))
    }
    assert not [c.name for c in plain(tmp_path, {**table, "visits": VISITS}).columns if c.derived_from]


def test_a_whole_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    parts = {"wine sales": skewed(1), "fruit sales": skewed(2), "fish sales": skewed(3)}
    whole = [f"{x:.2f}" for x in np.sum(list(parts.values()), axis=0)]
    found = plain(tmp_path, {**parts, "all sales": whole, "visits": VISITS})
    assert not [c.name for c in found.columns if c.derived_from]
    assert found.value_column == "all sales"


def test_nameless_amounts_are_added_up_only_where_there_is_no_other_money(tmp_path: Path) -> None:
    table: dict[str, Sequence[object]] = {
        name: skewed(i, 8) for i, name in enumerate(["Fresh", "Milk", "Frozen"])
    }
    found = plain(tmp_path, {**table, "visits": VISITS})
    assert found.value_column == "total of Fresh, Milk and Frozen"
    assert found.part_wholes == ()
    assert "total-guess" in codes(found)
    paid = plain(tmp_path, {**table, "revenue": skewed(9), "visits": VISITS})
    assert paid.value_column == "revenue"
    assert not [c.name for c in paid.columns if c.derived_from]
    table["Frozen"] = skewed(3, 15)
    assert not [c.name for c in plain(tmp_path, {**table, "visits": VISITS}).columns if c.derived_from]


def test_columns_without_names_are_not_added_up(tmp_path: Path) -> None:
    for names in (["V1", "V2", "V3", "V4"], [f"thing {'abcdefghijklmnopqrstuvwxy'[i]}" for i in range(25)]):
        table: dict[str, Sequence[object]] = {name: skewed(i, 8) for i, name in enumerate(names)}
        assert not [c.name for c in plain(tmp_path, {**table, "visits": VISITS}).columns if c.derived_from]


def test_totals_in_options(tmp_path: Path) -> None:
    table: dict[str, Sequence[object]] = {f"Mnt{name}": skewed(i) for i, name in enumerate("ABCD")}
    table["visits"] = VISITS
    name = "total of MntA, MntB and 2 more"
    assert plain(tmp_path, table, value_column=name).value_column == name
    assert plain(tmp_path, table, value_column="MntA").value_column == "MntA"
    assert plain(tmp_path, table, features=(name, "visits"))[name].used_for is Use.CLUSTERING
    assert plain(tmp_path, table, ignore=(name,))[name].used_for is Use.LEFT_OUT
    assert plain(tmp_path, table, ignore=("MntA",)).value_column == "total of MntB, MntC and MntD"
    with pytest.raises(OptionError, match="no column is called 'total of X'"):
        plain(tmp_path, table, value_column="total of X")


# --------------------------------------------------------------------------- cells, from the file to the numbers

CENTS = [int(x) for x in np.random.default_rng(11).lognormal(11, 1, N)]
MONEY = [cents / 100 for cents in CENTS]
SWAP = str.maketrans(",.", ".,")


@pytest.mark.parametrize(
    ("cells", "unit"),
    [
        ([f"{x:.2f}" for x in MONEY], ""),
        ([f"{x:,.2f}" for x in MONEY], ""),
        ([f"{x:,.2f}".translate(SWAP) for x in MONEY], ""),
        ([f"{x:,.2f}".replace(",", "'") for x in MONEY], ""),
        ([f"{x:,.2f}".replace(",", "\u202f").replace(".", ",") for x in MONEY], ""),
        ([f"{x:,.2f}".replace(",", "\u00a0").replace(".", ",") + "\u00a0€" for x in MONEY], "€"),
        ([f"R$ {x:,.2f}" for x in MONEY], "R$"),
        ([f"${x:,.2f}" for x in MONEY], "$"),
        ([f"{x:,.2f} kr" for x in MONEY], "kr"),
        ([f"{x:.2f} EUR" for x in MONEY], "€"),
        ([repr(x) for x in MONEY], ""),
        ([f"{x:.10e}" for x in MONEY], ""),
        ([f"+{x:.2f}" for x in MONEY], ""),
        ([f'="{x:.2f}"' for x in MONEY], ""),
        ([f'"{x:,.2f}"' for x in MONEY], ""),
    ],
)
def test_money_in_every_writing_is_the_same_money(tmp_path: Path, cells: list[str], unit: str) -> None:
    found = columns(tmp_path, {"revenue": cells})["revenue"]
    assert found.role is Role.AMOUNT
    assert found.values == pytest.approx(MONEY, rel=1e-9)
    assert (found.unit, found.missing) == (unit, 0)


@pytest.mark.parametrize(
    "write", ["({:.2f})", "-{:.2f}", "{:.2f}-", "\N{MINUS SIGN}{:.2f}", "($ {:.2f})", "-$ {:.2f}"]
)
def test_negative_money_in_every_writing(tmp_path: Path, write: str) -> None:
    cells = [write.format(x) if i % 3 == 0 else f"{x:.2f}" for i, x in enumerate(MONEY)]
    found = columns(tmp_path, {"balance": cells})["balance"]
    assert found.values == pytest.approx([-x if i % 3 == 0 else x for i, x in enumerate(MONEY)])


def test_german_points_without_decimals(tmp_path: Path) -> None:
    whole = [int(x * 3) for x in MONEY]
    found = columns(tmp_path, {"Umsatz": [f"{x:,}".replace(",", ".") for x in whole]})
    assert found["Umsatz"].values.tolist() == whole
    assert "decimal-guess" not in codes(found)
    large = [f"{1000 + x:,}".replace(",", ".") for x in whole]  # nothing tells: said
    assert "decimal-guess" in codes(columns(tmp_path, {"Umsatz": large}))


@pytest.mark.parametrize(
    "token",
    ["NA", "n/a", "NULL", "None", "unknown", "k.A.", "keine Angabe", "unbekannt", "inconnu", "non renseigné",
     "desconocido", "sin datos", "não informado", "sconosciuto", "onbekend", "okänd", "brak danych", "неизвестно",
     "不明", "未知", "?", "-", "#DIV/0!", "#N/A", "#WERT!", "#NV"],
)  # fmt: skip
def test_missing_in_several_languages(tmp_path: Path, token: str) -> None:
    cells = [token if i % 10 == 0 else f"{x:.2f}" for i, x in enumerate(MONEY)]
    words = [token if i % 10 == 0 else ("a", "b", "c")[i % 3] for i in range(N)]
    found = columns(tmp_path, {"revenue": cells, "kind": words})
    assert found["revenue"].missing == N // 10
    assert found["revenue"].values[1] == MONEY[1]
    assert {"missing-tokens", "error-tokens"} & set(codes(found))
    if token != "None":  # which can be an answer
        assert (found["kind"].levels, found["kind"].missing) == (("a", "b", "c"), N // 10)


@pytest.mark.parametrize(
    ("credit", "debit", "every", "read"),
    [
        (" CR", "", 3, True),
        ("DR.", "", 2, True),
        (" Cr", " Dr", 4, True),
        (" Cr", " Dr", 2, False),  # either may be the usual side
        (" kg", "", 3, False),
    ],
)
def test_the_other_side_of_an_account_is_below_zero(
    tmp_path: Path, credit: str, debit: str, every: int, read: bool
) -> None:
    cells = [f"{x:,.2f}{debit if i % every else credit}" for i, x in enumerate(MONEY)]
    found = columns(tmp_path, {"balance": cells, "kind": ["a", "b", "c"] * (N // 3)})
    assert ("account-sides" in codes(found)) is read
    if read:
        assert found["balance"].values.tolist() == [x if i % every else -x for i, x in enumerate(MONEY)]
        assert f"“{credit.strip(' .').upper()}”" in note_of(found, "account-sides")


@pytest.mark.parametrize(
    "cells", [["12 cr", "15", "9", "30 cr"], ["2.50 Cr", "850,000.00", "1.25 Cr", "640,000.00"]]
)
def test_credits_of_students_and_crores_are_no_side_of_an_account(tmp_path: Path, cells: list[str]) -> None:
    found = columns(tmp_path, {"balance": cycle(*cells), "kind": ["a", "b", "c"] * (N // 3)})
    assert "account-sides" not in codes(found)


def test_days_without_marks_are_dates_only_under_a_name_of_dates(tmp_path: Path) -> None:
    cells = [f"{1 + i % 28:02}{1 + i % 12:02}{2000 + i % 20}" for i in range(N)]
    found = columns(tmp_path, {"Eintrittsdatum": cells, "points": cells})
    assert found["Eintrittsdatum"].role is Role.DATE
    assert "(ddmmyyyy)" in note_of(found, "date-numbers")
    assert found["points"].role is not Role.DATE


def test_signs_that_differ_are_noted(tmp_path: Path) -> None:
    cells = [f"{'$€'[i % 4 == 0]}{x:.2f}" for i, x in enumerate(MONEY)]
    assert "mixed-units" in codes(columns(tmp_path, {"revenue": cells}))


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("last order", "%Y-%m-%d"), ("last order", "%d.%m.%Y"), ("last order", "%Y/%m/%d"), ("last order", "%d %b %Y"),
        ("last order", "%B %d, %Y"), ("last order", "%Y-%m-%dT%H:%M:%SZ"), ("last order date", "%Y%m%d"),
        ("last order", "%m/%d/%Y"), ("last order", "%d/%m/%y"), ("last order date", "serial"),
        ("last order date", "epoch"),
    ],
)  # fmt: skip
def test_days_in_every_writing_are_the_same_days(tmp_path: Path, name: str, write: str) -> None:
    import datetime as dt

    days = [
        dt.date(2023, 1, 1) + dt.timedelta(days=int(x)) for x in np.random.default_rng(2).integers(0, 700, N)
    ]
    start = dt.date(1970, 1, 1)
    cells: list[object]
    if write == "serial":
        cells = [(day - dt.date(1899, 12, 30)).days for day in days]
    elif write == "epoch":
        cells = [(day - start).days * 86400 + 3600 for day in days]
    else:
        cells = [day.strftime(write) for day in days]
    found = columns(tmp_path, {name: cells})
    assert found[name].role is Role.DATE
    assert found[name].values.tolist() == [(day - start).days for day in days]
    assert found[f"days since {name}"].role is Role.RECENCY
    assert found[f"days since {name}"].values.tolist() == [(max(days) - day).days for day in days]


def test_dates_that_stand_for_none_are_missing(tmp_path: Path) -> None:
    cells = ["9999-12-31" if i % 4 == 0 else f"2024-01-{1 + i % 28:02}" for i in range(N)]
    found = columns(tmp_path, {"last order": cells})
    assert found["last order"].missing == N // 4
    assert "date-never" in codes(found)


# --------------------------------------------------------------------------- tables that nobody tuned to


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Возраст", Role.AGE), ("Wiek", Role.AGE), ("Yaş", Role.AGE), ("Ηλικία", Role.AGE), ("年齢", Role.AGE),
        ("年龄(岁)", Role.AGE), ("나이", Role.AGE), ("Ålder", Role.AGE), ("Età", Role.AGE),
        ("Количество заказов", Role.COUNT), ("Liczba zamówień", Role.COUNT), ("購入回数", Role.COUNT),
        ("주문횟수", Role.COUNT), ("Aantal bestellingen", Role.COUNT), ("Sipariş Sayısı", Role.COUNT),
        ("Qtd compras", Role.COUNT), ("Anz. Belege", Role.COUNT), ("Número de visitas", Role.COUNT),
        ("Сумма покупок", Role.AMOUNT), ("購入金額", Role.AMOUNT), ("消费金额", Role.AMOUNT), ("구매금액", Role.AMOUNT),
        ("Wartość zakupów", Role.AMOUNT), ("Toplam Harcama", Role.AMOUNT), ("Ποσό αγορών", Role.AMOUNT),
        ("Försäljning", Role.AMOUNT), ("Omzet", Role.AMOUNT), ("Fatturato", Role.AMOUNT),
        ("avg_daily_rate", Role.AMOUNT),
        ("Rest €/Monat", Role.AMOUNT), ("Something (CHF)", Role.AMOUNT), ("Total Giving", Role.AMOUNT),
        ("feature adoption %", Role.SHARE), ("Доход", Role.INCOME), ("年収", Role.INCOME), ("Баллы", Role.BALANCE),
        ("Оценка", Role.SCORE), ("満足度", Role.SCORE),
    ],
)  # fmt: skip
def test_names_in_other_languages(tmp_path: Path, name: str, role: Role) -> None:
    cells = whole(18, 90) if role in (Role.AGE, Role.COUNT, Role.SCORE, Role.SHARE) else real(20, 900)
    assert columns(tmp_path, {name: cells})[name].role is role


@pytest.mark.parametrize(
    "name",
    ["客户编号", "顧客番号", "고객번호", "Klantnummer", "Kundnummer", "Numer klienta", "Κωδικός πελάτη",
     "Номер клиента", "Vertragsnr", "Müşteri No", "mystery"],
)  # fmt: skip
def test_ids_by_name_or_by_their_spread(tmp_path: Path, name: str) -> None:
    cells = np.random.default_rng(9).choice(np.arange(1000, 2000), N, replace=False)
    found = columns(tmp_path, {name: cells.tolist()})
    assert (found[name].role, found.id_column) == (Role.ID, name)
    assert ("role-guess" in codes(found)) is (name == "mystery")


def test_quantities_are_not_taken_for_ids(tmp_path: Path) -> None:
    some = np.random.default_rng(9).integers(1000, 2000, N).tolist()  # repeats by chance
    assert columns(tmp_path, {"mystery": some})["mystery"].role is not Role.ID
    wide = np.random.default_rng(9).lognormal(10, 1, N).astype(int).tolist()
    assert columns(tmp_path, {"mystery": wide})["mystery"].role is not Role.ID


@pytest.mark.parametrize("sign", ["KR", "CHF", "Rs", "USD"])
def test_codes_that_begin_like_money_are_ids(tmp_path: Path, sign: str) -> None:
    numbers = np.random.default_rng(9).choice(10**6, N, replace=False)
    for cells in ([f"{sign}{x:06d}" for x in numbers], [f"{sign}{x % 900_000 + 100_000}" for x in numbers]):
        found = columns(tmp_path, {"reference": cells})
        assert (found["reference"].role, found.id_column) == (Role.ID, "reference")
    money = [f"{sign}{x / 100:.2f}" for x in numbers]
    assert columns(tmp_path, {"reference": money})["reference"].values.tolist() == pytest.approx(
        numbers / 100
    )


@pytest.mark.parametrize("write", [str, lambda i: f"U{i:05d}"])
def test_an_id_that_repeats_now_and_then_stays_the_id(tmp_path: Path, write: object) -> None:
    cells = [write(5000 + 7 * (i % 100)) for i in range(N)]  # type: ignore[operator]
    found = columns(tmp_path, {"user_id": cells})
    assert found.id_column == "user_id"
    assert "id-repeats" in codes(found)


def test_numbers_of_one_column_that_are_short_for_thousands_and_millions(tmp_path: Path) -> None:
    truth = [round(float(x), 1 - len(str(int(x)))) for x in np.random.default_rng(5).lognormal(8, 3, N)]
    cells = [f"{x / 1e6:g}M" if x >= 1e6 else f"{x / 1e3:g}K" if x >= 1e3 else f"{x:g}" for x in truth]
    assert {cell[-1] for cell in cells} >= {"K", "M"}
    found = columns(tmp_path, {"followers": cells, "worth": [f"${cell}" for cell in cells]})
    for name in ("followers", "worth"):
        assert found[name].values.tolist() == pytest.approx(truth)
        assert found[name].missing == 0


def test_no_answer_in_a_questionnaire(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    answers = rng.integers(1, 6, (N, 3))
    gone = rng.random((N, 3)) < 0.1
    gone[:3] = True
    cells = np.where(gone, rng.choice([98, 99], (N, 3)), answers)
    table = {f"Q{j + 1}_price": cells[:, j].tolist() for j in range(3)}
    found = columns(tmp_path, table)
    for j, name in enumerate(table):
        assert found[name].role is Role.SCORE
        assert found[name].missing == gone[:, j].sum()
        assert np.nansum(found[name].values) == answers[:, j][~gone[:, j]].sum()
    assert "sentinel" in codes(found)


@pytest.mark.parametrize("low", [0, 1, 3])
@pytest.mark.parametrize(
    "name",
    ["How likely are you to recommend us?", "Likelihood to recommend (0-10)", "Overall, how satisfied are you?",
     "How would you rate our price?", "Weiterempfehlung"],
)  # fmt: skip
def test_a_question_is_a_score_whatever_was_answered(tmp_path: Path, name: str, low: int) -> None:
    assert columns(tmp_path, {name: whole(low, 11)})[name].role is Role.SCORE


def test_what_stands_beside_answers_is_an_answer(tmp_path: Path) -> None:
    asked = {name: list(np.roll(whole(1, 6), len(name))) for name in ("Quality", "Delivery", "Price")}
    table = {
        "Cars": whole(2, 5), "orders": VISITS, **asked, "Staff": whole(2, 6),
        "Product range": [99 if i % 20 == 0 else x for i, x in enumerate(whole(3, 6))],
        "Opinion": whole(1, 5), "Sales channel": whole(1, 5), "Floors": whole(1, 4), "Visits to shops": whole(2, 6),
    }  # fmt: skip
    found = columns(tmp_path, table)
    for name in (*asked, "Staff", "Product range", "Opinion"):
        assert found[name].role is Role.SCORE, name
    assert found["Product range"].missing == 6
    assert found["Sales channel"].role is Role.CATEGORY
    assert found["Floors"].role is not Role.SCORE
    assert found["Visits to shops"].role is Role.COUNT
    assert found["Cars"].role is Role.COUNT  # not beside them


def test_answers_that_are_not_bell_shaped_are_no_codes(tmp_path: Path) -> None:
    found = columns(tmp_path, {f"item {c}": cycle(1, 5, 1, 5, 2, 3, 4) for c in "abc"})
    assert {found[f"item {c}"].role for c in "abc"} == {Role.SCORE}
    assert columns(tmp_path, {"item": cycle(1, 5, 1, 5, 2, 3, 4)})["item"].role is Role.CATEGORY


@pytest.mark.parametrize("mark", ["x", "✓", "Y", "1", "ja", "●"])
def test_blank_beside_a_mark_is_no(tmp_path: Path, mark: str) -> None:
    found = columns(tmp_path, {"vip": cycle(mark, "", "", mark, "")})
    assert (found["vip"].role, found["vip"].missing) == (Role.FLAG, 0)
    assert np.nansum(found["vip"].values) == 2 * N / 5
    assert "blank-is-no" in codes(found)


def test_blank_beside_another_word_is_missing(tmp_path: Path) -> None:
    found = columns(tmp_path, {"country": cycle("DE", "", ""), "old": cycle("2", "")})
    assert {found["country"].role, found["old"].role} == {Role.CONSTANT}


@pytest.mark.parametrize(
    ("no", "yes"), [("όχι", "ναι"), ("✗", "✓"), ("☐", "☑"), ("нет", "да"), ("não", "sim"), ("hayır", "evet")]
)
def test_yes_and_no_in_other_signs(tmp_path: Path, no: str, yes: str) -> None:
    found = columns(tmp_path, {"agrees": cycle(yes, no, yes)})["agrees"]
    assert (found.role, found.levels) == (Role.FLAG, (no, yes))


def test_durations_are_minutes_and_times_of_day_are_not(tmp_path: Path) -> None:
    seconds = whole(60, 20_000)
    written = [f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}" for s in seconds]
    long = [f"{100 + s // 3600}:{s // 60 % 60:02}:{s % 60:02}" for s in seconds]
    found = columns(tmp_path, {"call duration": written, "something": long, "arrival": written})
    assert found["call duration"].values.tolist() == pytest.approx([s / 60 for s in seconds])
    assert found["something"].values.tolist() == pytest.approx([6000 + s / 60 for s in seconds])
    assert found["arrival"].used_for is Use.LEFT_OUT
    assert codes(found).count("duration-read") == 2


def test_so_many_of_so_many_is_a_scale(tmp_path: Path) -> None:
    found = columns(tmp_path, {"rating": cycle("3/5", "5/5", "1/5", "4/5")})["rating"]
    assert (found.ordered, found.levels) == (True, ("1/5", "3/5", "4/5", "5/5"))


@pytest.mark.parametrize(
    "write",
    [
        "{0.year}年{0.month}月{0.day}日", "{0.year}년 {0.month}월 {0.day}일", "{0.year}. {0.month}. {0.day}.",
        "{0.year}{0.month:02}{0.day:02}",
    ],
)  # fmt: skip
def test_dates_of_the_far_east_and_of_programs(tmp_path: Path, write: str) -> None:
    days = np.datetime64("2019-03-05") + np.random.default_rng(2).integers(0, 2000, N)
    cells = [write.format(day) for day in days.tolist()]
    found = columns(tmp_path, {"erfasst": cells, "other": cells})
    for name in ("erfasst", "other"):
        assert found[name].values.tolist() == days.astype(int).tolist()


def test_months_are_dates(tmp_path: Path) -> None:
    found = columns(tmp_path, {"cohort": cycle("03/2024", "12/2023", "01/2025")})["cohort"]
    assert found.values[:2].tolist() == [19783, 19692]


def test_calendar_years_without_a_name_only_describe(tmp_path: Path) -> None:
    found = columns(tmp_path, {"cohort": cycle(*range(2013, 2026))})
    assert found["cohort"].used_for is Use.PROFILE
    assert "role-guess" in codes(found)


def test_codes_of_six_digits(tmp_path: Path) -> None:
    found = columns(tmp_path, {"NAICS Code": cycle(423450, 541511, 722511)})
    assert found["NAICS Code"].role is Role.CATEGORY


def test_ids_in_blocks_are_no_free_text(tmp_path: Path) -> None:
    cells = [f"DE{i % 90 + 10} 5001 0517 {i:04} 7890 {i % 80 + 10}" for i in range(N)]
    hashes = [f"{i:064x}" for i in whole(0, 10**6)]
    found = columns(tmp_path, {"IBAN": cells, "digest": hashes})
    assert {found["IBAN"].role, found["digest"].role} == {Role.ID}


def test_units_that_are_no_money_make_no_amounts(tmp_path: Path) -> None:
    found = columns(tmp_path, {"reach": [f"{x} km" for x in real(1, 90)]})["reach"]
    assert (found.role, found.unit) == (Role.SCORE, "km")


def test_open_ends_are_their_bound(tmp_path: Path) -> None:
    visits = whole(0, 40)
    found = columns(tmp_path, {"orders": [f"{x}+" if x == 39 else "<1" if x == 0 else x for x in visits]})
    assert found["orders"].values.tolist() == [max(x, 1) for x in visits]
    assert "open-ends" in codes(found)
    assert "words-among-numbers" not in codes(found)


def test_percentages_among_fractions(tmp_path: Path) -> None:
    truth = [round(x, 2) for x in real(0, 1)]
    found = columns(tmp_path, {"share": [f"{x:.2f}" if i % 3 else f"{x:.0%}" for i, x in enumerate(truth)]})
    assert found["share"].values.tolist() == pytest.approx(truth)
    assert found["share"].unit == ""
    assert "divided by 100" in next(n.message for n in found.notes if n.code == "mixed-units")


def test_points_in_a_table_of_semicolons_are_thousands(tmp_path: Path) -> None:
    truth = whole(1000, 10_000)
    table = {"Umsatz": [f"{x:,}".replace(",", ".") for x in truth]}
    path = tmp_path / "t.csv"
    for mark, values in ((";", truth), ("|", [x / 1000 for x in truth])):
        path.write_text(
            "\n".join([f"Umsatz{mark}n", *(f"{x}{mark}{i % 9}" for i, x in enumerate(table["Umsatz"]))])
        )
        found = understand(read(path), tokens=TOKENS)
        assert found["Umsatz"].values.tolist() == values
        assert "decimal-guess" in codes(found)


def test_ids_that_look_like_decimals(tmp_path: Path) -> None:
    cells = [f"{500_000_000 + 31 * i}.{1_900_000_000 - 17 * i}" for i in range(N)]
    found = columns(tmp_path, {"Client ID": cells})
    assert (found.id_column, found.customers[3]) == ("Client ID", cells[3])


def test_a_length_of_an_account_is_no_id(tmp_path: Path) -> None:
    assert columns(tmp_path, {"Account Length": whole(1, 300)})["Account Length"].role is Role.TENURE


def test_places_are_no_ids(tmp_path: Path) -> None:
    cells = [10_000 + 17 * i for i in range(N)]
    for name in ("Código Postal", "zip code", "Postal code of customer"):
        assert columns(tmp_path, {name: cells})[name].role is Role.TEXT


def test_numbers_that_a_spreadsheet_cut_off(tmp_path: Path) -> None:
    found = columns(tmp_path, {"EAN card": [f"4.{i:02d}E+12" for i in range(N)]})
    assert found["EAN card"].used_for is Use.LEFT_OUT
    assert "spreadsheet-rounded" in codes(found)


def test_remarks_about_a_few_customers_are_not_shown(tmp_path: Path) -> None:
    cells = [f"called on day {i}" if i % 4 == 0 else "" for i in range(N)]
    found = columns(tmp_path, {"note": cells})["note"]
    assert (found.role, found.used_for, found.levels) == (Role.TEXT, Use.LEFT_OUT, ())


@pytest.mark.parametrize("write", ["%b-%y", "%B %Y", "%b %Y", "%m/%Y"])
def test_months_in_words_are_dates(tmp_path: Path, write: str) -> None:
    days = [date(2012 + i % 13, 1 + i % 12, 1) for i in range(N)]
    found = columns(tmp_path, {"customer since": [day.strftime(write) for day in days]})
    assert found["customer since"].role is Role.DATE
    assert found["customer since"].values.tolist() == [(day - date(1970, 1, 1)).days for day in days]


def test_one_cell_is_told_in_the_singular(tmp_path: Path) -> None:
    found = columns(tmp_path, {"age": ["k.A.", *whole(18, 90)[1:]], "rank": ["?!", *whole(0, 900)[1:]]})
    messages = [note.message for note in found.notes]
    assert "1 cell of age says “k.A.” and counts as missing." in messages
    assert "1 cell of rank is words rather than numbers (“?!”) and counts as missing." not in messages
    assert any(m.startswith("1 cell of rank is no number (“?!”) and counts as missing") for m in messages)


def test_months_as_numbers_are_dates(tmp_path: Path) -> None:
    months = [202_300 + 100 * (i % 3) + 1 + i % 12 for i in range(N)]
    found = columns(tmp_path, {"cohort": months})["cohort"]
    assert found.values.tolist() == [(date(m // 100, m % 100, 1) - date(1970, 1, 1)).days for m in months]


@pytest.mark.parametrize(
    ("many", "role", "use"),
    [
        (20, Role.CATEGORY, Use.CLUSTERING), (50, Role.CATEGORY, Use.PROFILE), (105, Role.TEXT, Use.LEFT_OUT),
    ],
)  # fmt: skip
def test_ids_of_something_else_are_codes(tmp_path: Path, many: int, role: Role, use: Use) -> None:
    found = columns(tmp_path, {"agent_id": [4711 + 13 * (i % many) for i in range(N)]})["agent_id"]
    assert (found.role, found.used_for) == (role, use)


def test_telephone_numbers_are_not_counted(tmp_path: Path) -> None:
    numbers = np.random.default_rng(1).integers(2 * 10**9, 10**10, N).tolist()
    assert columns(tmp_path, {"contact": numbers})["contact"].role is Role.ID


def test_columns_that_are_aligned_with_spaces_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_text(
        "\n".join(
            f"{a:<12}{b:<12}{c}"
            for a, b, c in [("id", "spend", "visits"), *zip(range(N), SPEND, VISITS, strict=True)]
        )
    )
    with pytest.raises(InputError, match="aligned with spaces"):
        understand(read(path), tokens=TOKENS)


@pytest.mark.parametrize(
    "ordered",
    [
        ("0", "1-2", "3-5", "6+"),
        ("<1 year", "1-2 years", "3-5 years", "5+ years"),
        ("< 20k", "20k - 40k", "> 40k"),
    ],
)
def test_bands_beside_single_numbers_and_plurals(tmp_path: Path, ordered: tuple[str, ...]) -> None:
    found = columns(tmp_path, {"band": cycle(*reversed(ordered), "prefer not to say")})["band"]
    assert (found.ordered, found.levels) == (True, ordered)
    assert found.missing > 0


def test_seconds_since_1970_are_dates_however_they_are_spread(tmp_path: Path) -> None:
    seconds = np.random.default_rng(8).integers(1_700_000_000, 1_760_000_000, N).tolist()
    assert columns(tmp_path, {"created_at": seconds})["created_at"].role is Role.DATE


def test_minutes_spent_are_no_money(tmp_path: Path) -> None:
    cells = [f"{x // 3600}:{x // 60 % 60:02}:{x % 60:02}" for x in whole(60, 900_000)]
    assert columns(tmp_path, {"time_spent": cells})["time_spent"].role is Role.SCORE


@pytest.mark.parametrize(("no", "yes"), [("N", "J"), ("N", "S"), ("N", "O"), ("N", "T"), ("N", "Y")])
def test_letters_for_yes_and_no(tmp_path: Path, no: str, yes: str) -> None:
    found = columns(tmp_path, {"abo": cycle(yes, no)})["abo"]
    assert (found.role, found.levels) == (Role.FLAG, (no, yes))


# --------------------------------------------------------------------------- what says "not known", and what says no


def note_of(found: Columns, code: str) -> str:
    return next(note.message for note in found.notes if note.code == code)


@pytest.mark.parametrize(
    ("name", "cells", "role", "missing"),
    [
        ("Age", [0 if i % 12 == 0 else 18 + i % 60 for i in range(N)], Role.AGE, 10),
        ("Alter", [0 if i == 7 else 18 + i % 60 for i in range(N)], Role.AGE, 1),
        ("Age", [i % 80 for i in range(N)], Role.AGE, 0),  # children
        ("Age", [99 if i % 12 == 0 else 18 + i % 60 for i in range(N)], Role.AGE, 10),
        ("Age", [99 if i == 7 else 18 + i % 60 for i in range(N)], Role.AGE, 0),
        ("Age", [99 if i % 12 == 0 else 18 + i % 80 for i in range(N)], Role.AGE, 0),
        ("Orders", [-1 if i in (3, 50) else i % 31 for i in range(N)], Role.COUNT, 2),
        ("Anzahl Bestellungen", [-1 if i in (3, 50) else i % 4 for i in range(N)], Role.COUNT, 2),
        ("Orders", [-(i % 3) if i % 20 == 0 else i % 31 for i in range(N)], Role.SCORE, 0),  # returned ones
        ("Umsatz", [-1 if i in (3, 50) else 17 * i for i in range(N)], Role.AMOUNT, 0),
        ("weight", [0 if i % 12 == 0 else 48 + i % 60 for i in range(N)], Role.SCORE, 0),
        *(
            (
                "Household income",
                [-1 if i % k == 0 else 9000 + 91 * i for i in range(N)],
                Role.INCOME,
                -(-N // k),
            )
            for k in (3, 10, 25, 60, N)
        ),
        ("Net income", [-(i % 4) if i % 9 == 0 else 9000 + 91 * i for i in range(N)], Role.INCOME, 0),
        ("Days since last visit", [-1 if i % 40 == 0 else i for i in range(N)], Role.RECENCY, 3),
        ("FICO", [0 if i % 20 == 0 else 450 + i for i in range(N)], Role.SCORE, 6),
        ("Credit Score", [0 if i == 9 else 450 + i for i in range(N)], Role.SCORE, 1),
        ("Credit Score", [0 if i % 20 == 0 else 2 * i for i in range(N)], Role.SCORE, 0),  # 0 to 238
        ("Quality score", [0 if i % 20 == 0 else 450 + i for i in range(N)], Role.SCORE, 0),
    ],
)
def test_a_number_that_cannot_be_what_the_name_says(
    tmp_path: Path, name: str, cells: list[int], role: Role, missing: int
) -> None:
    found = columns(tmp_path, {name: cells})
    assert (found[name].role, found[name].missing) == (role, missing)
    assert codes(found).count("sentinel") == bool(missing)


@pytest.mark.parametrize(
    ("cells", "levels", "missing", "said"),
    [
        (cycle("Y", "-"), ("no", "Y"), 0, "“-” and all others say “Y”; “-” was taken to mean no"),
        (cycle("Y", "-", "", "NA"), ("no", "Y"), 30, "blank or “-” and all others say “Y”; blank or “-” was"),
        (cycle("1", "-", "NA"), ("no", "1"), 40, "“-” and all others say “1”; “-” was taken to mean no"),
        (cycle("有", "無", "不明"), ("無", "有"), 40, ""),
        (cycle("není", "je"), ("není", "je"), 0, ""),
        (cycle("oui", "non", "NC"), ("non", "oui"), 40, ""),
        (cycle("EVET", "HAYIR", "Hayır", "BİLİNMİYOR"), ("HAYIR", "EVET"), 30, ""),
        (cycle("yes", "no", "TBD"), ("no", "yes"), 40, ""),
    ],
)
def test_what_is_missing_in_a_flag_is_said_once(
    tmp_path: Path, cells: list[object], levels: tuple[str, str], missing: int, said: str
) -> None:
    found = columns(tmp_path, {"newsletter": cells})
    column = found["newsletter"]
    assert (column.role, column.levels, column.missing) == (Role.FLAG, levels, missing)
    assert codes(found).count("blank-is-no") == bool(said)
    assert codes(found).count("missing-tokens") == bool(missing)
    if said:
        assert said in note_of(found, "blank-is-no")
    if missing:
        assert f"{missing} cells of newsletter say" in note_of(found, "missing-tokens")


@pytest.mark.parametrize(
    "pair",
    [
        "FALSCH WAHR", "FAUX VRAI", "FALSO VERO", "FALSO VERDADERO", "FAŁSZ PRAWDA", "YANLIŞ DOĞRU", "FALSKT SANT",
        "HAMIS IGAZ", "NEPRAVDA PRAVDA", "ЛОЖЬ ИСТИНА", "ONWAAR WAAR", "FALS ADEVĂRAT", "EPÄTOSI TOSI", "H E", "F V",
        "nie tak", "ne ano", "nem igen", "ΟΧΙ ΝΑΙ", "nu da", "ні так", "ei kyllä", "nej ja", "いいえ はい", "無 有",
        "無し 有り", "× ○", "否 是", "无 有", "아니오 예", "없음 있음", "偽 真",
    ],
)  # fmt: skip
def test_no_and_yes_of_many_languages(tmp_path: Path, pair: str) -> None:
    no, yes = pair.split()
    column = columns(tmp_path, {"newsletter": cycle(yes, no, yes)})["newsletter"]
    assert (column.role, column.levels, column.missing) == (Role.FLAG, (no, yes), 0)


@pytest.mark.parametrize(
    "word",
    [
        "n/v", "N/C", "N/I", "b/d", "není", "neuvedeno", "bilinmiyor", "BELİRTİLMEMİŞ", "saknas", "Uppgift saknas",
        "未回答", "不明", "－", "н/д", "δ/υ", "Δ.Α.", "TBD", "weiß nicht", "Keine Angabe", "não informado", "sin datos",
        "non renseigné", "n.d.", "k. A.", "ukendt", "tuntematon", "nieznany", "brak danych",
    ],
)  # fmt: skip
def test_missing_in_many_languages(tmp_path: Path, word: str) -> None:
    found = columns(tmp_path, {"tariff": cycle("basic", "gold", word), "points": [word, *whole(0, 900)[1:]]})
    assert (found["tariff"].levels, found["tariff"].missing) == (("basic", "gold"), 40)
    assert found["points"].missing == 1
    assert "words-among-numbers" not in codes(found)


def test_codes_that_are_missing_only_in_flags_stay_levels(tmp_path: Path) -> None:
    found = columns(tmp_path, {"state": cycle("NC", "SC", "VA"), "office": cycle("NC", "main")})
    assert found["state"].levels == ("NC", "SC", "VA")
    assert found["office"].levels == ("main", "NC")


def test_a_mark_in_two_senses_is_told(tmp_path: Path) -> None:
    turnover = [f"{1 + i % 9}.{100 + i}" if i % 3 == 0 else str(100 + 3 * i) for i in range(N)]
    turnover[7] = "1500"
    mixed = [f"{x:.2f}".replace(".", ",.."[i % 3]) for i, x in enumerate(np.linspace(20, 900, N))]
    found = columns(tmp_path, {"Umsatz": turnover, "Beitrag": mixed})
    assert found["Umsatz"].values[:3].tolist() == [1100, 103, 106]
    assert "(1.100 beside 1500); the mark was taken to set off thousands" in note_of(found, "decimal-guess")
    assert found["Beitrag"].values.tolist() == pytest.approx([float(x.replace(",", ".")) for x in mixed])
    assert "both were read as decimals" in note_of(found, "decimal-mixed")
    assert [n.level for n in found.notes if n.code in ("decimal-guess", "decimal-mixed")] == ["warning"] * 2


def test_the_rest_of_the_table_decides_what_a_column_leaves_in_doubt(tmp_path: Path) -> None:
    cells = [f"{1 + i % 9}.{100 + i}" if i < 3 else str(900 + 3 * i) for i in range(N)]
    for other, value in ((SPEND, 1.1), ([x.replace(".", ",") for x in SPEND], 1100)):
        path = tmp_path / "t.csv"
        rows = [";".join(row) for row in zip(cells, other, VISITS, strict=True)]
        path.write_text("\n".join(["Umsatz;Betrag;visits", *rows]))
        found = understand(read(path), tokens=TOKENS)
        assert found["Umsatz"].values[0] == value
        assert "can be read in two ways (1.100 beside" in note_of(found, "decimal-guess")


def test_money_by_its_name_is_never_an_id(tmp_path: Path) -> None:
    cells = [f"{20 + 3 * i},{i:02} / {i}" for i in range(N)]
    clock = [f"{i // 60:02}:{i % 60:02}:30" for i in range(N)]
    found = columns(tmp_path, {"Umsatz": cells, "Saldo": clock, "Bill": [f"B-{i:05}" for i in range(N)]})
    assert found["Saldo"].role is not Role.ID
    assert (found["Umsatz"].role, found.id_column) == (Role.TEXT, "Bill")
    assert "Umsatz is money by its name" in note_of(found, "amounts-unread")


def test_a_unit_that_some_cells_leave_out_is_told(tmp_path: Path) -> None:
    found = columns(tmp_path, {"weight": [f"{50 + i % 40} kg" if i % 3 else 50 + i % 40 for i in range(N)]})
    assert (found["weight"].unit, found["weight"].missing) == ("kg", 0)
    assert "(80 kg, 40 without)" in note_of(found, "mixed-units")


@pytest.mark.parametrize("first", ["0 Not at all likely", "0 - not at all", "0 (never)", "0: never"])
def test_a_scale_whose_ends_say_what_they_mean(tmp_path: Path, first: str) -> None:
    steps = [first, *range(1, 10), "10 Extremely likely"]
    found = columns(tmp_path, {"NPS": cycle(*steps)})
    values = found["NPS"].values
    assert (values.min(), values.max(), found["NPS"].role) == (0, 10, Role.SCORE)
    assert (values == 10).sum() == [*cycle(*steps)].count("10 Extremely likely")
    assert "labelled-steps" in codes(found)


def test_levels_that_begin_with_a_number_stay_words(tmp_path: Path) -> None:
    rooms = columns(tmp_path, {"flat": cycle("1 room", "2 rooms", "3 rooms", "castle")})["flat"]
    assert rooms.role is Role.CATEGORY


@pytest.mark.parametrize("word", ["undefined", "(not set)", "keine Antwort gegeben"])
def test_one_word_among_many_numbers_is_missing(tmp_path: Path, word: str) -> None:
    amounts = [f"{3 * i}.50" if i % 5 > 1 else word for i in range(N)]
    found = columns(tmp_path, {"NPS": cycle(*range(11), word, word, word), "amount": amounts})
    assert (found["NPS"].role, found["amount"].role) == (Role.SCORE, Role.AMOUNT)
    assert found["amount"].missing == amounts.count(word)
    assert codes(found).count("words-among-numbers") + codes(found).count("missing-tokens") == 2


@pytest.mark.parametrize(
    ("name", "levels", "mixed"),
    [
        ("Currency", ("usd", "eur", "jpy"), True),
        ("Währung", ("EUR", "CHF"), True),
        ("billed in", ("EUR", "SEK", "XPF"), True),
        ("moneda", ("euro", "peso"), True),
        ("band", ("all", "top"), False),  # codes of the lek and the pa'anga
        ("store", ("USD", "EUR", "web"), False),
        ("currency", ("eur", "EUR"), False),
    ],
)
def test_several_currencies_are_said(tmp_path: Path, name: str, levels: tuple[str, ...], mixed: bool) -> None:
    found = columns(tmp_path, {name: cycle(*levels), "orders": whole(0, 40)})
    notes = [note for note in found.notes if note.code == "currencies-mixed"]
    assert [(note.place, note.level) for note in notes] == ([(name, "warning")] if mixed else [])
    if mixed:
        assert f"The amounts (spend) are in {len(levels)} currencies" in notes[0].message
        assert found[name].used_for is Use.PROFILE
    no_money = columns(tmp_path, {name: cycle(*levels), "orders": whole(0, 40)}, ignore=("spend",))
    assert "currencies-mixed" not in codes(no_money)


def pivot(*, blank: str = "", lost: float = 0.0) -> dict[str, list[str]]:
    """Spending by product as a pivot table writes it: nothing where there is none, and the total."""
    rng = np.random.default_rng(6)
    spent = np.where(rng.random((N, 4)) < 0.5, 0, rng.integers(1, 90, (N, 4)) * 1.0)
    spent[spent.sum(axis=1) == 0, 0] = 5
    total = spent.sum(axis=1) + (rng.random(N) < lost) * 7.0
    cells = [[blank if x == 0 else f"{x:.2f}" for x in column] for column in spent.T]
    return dict(zip(("tea", "jam", "soap", "rope"), cells, strict=True)) | {
        "Grand Total": [f"{x:.2f}" for x in total]
    }


@pytest.mark.parametrize("blank", ["", "-"])
def test_blank_parts_of_a_sum_are_nothing(tmp_path: Path, blank: str) -> None:
    table = pivot(blank=blank)
    found = columns(tmp_path, table)
    for name in ("tea", "jam", "soap", "rope"):
        column = found[name]
        assert [f"{x:.2f}" for x in column.values] == [
            cell if cell != blank else "0.00" for cell in table[name]
        ]
        assert (column.role, column.used_for, column.missing) == (Role.AMOUNT, Use.CLUSTERING, 0)
    assert [(w.whole, w.parts) for w in found.part_wholes] == [
        ("Grand Total", ("tea", "jam", "soap", "rope"))
    ]
    assert codes(found).count("blank-is-zero") == 1
    assert not {"missing-tokens", "role-guess"} & set(codes(found))
    found = columns(tmp_path, table, ignore=("Grand Total",))
    assert found["tea"].missing == table["tea"].count(blank)


@pytest.mark.parametrize(
    ("table", "blank"),
    [
        (pivot(lost=0.3), ""),  # in every third row something else is in the total
        ({k: v for k, v in pivot().items() if k != "Grand Total"}, ""),
        ({**pivot(), "rope": [cell or "0.00" for cell in whole(0, 90)]}, ""),
        (pivot(blank="unknown"), "unknown"),
    ],
)
def test_blank_parts_without_proof_are_missing(
    tmp_path: Path, table: dict[str, Sequence[object]], blank: str
) -> None:
    found = columns(tmp_path, table)
    assert found["tea"].missing == list(table["tea"]).count(blank) > 0
    assert "blank-is-zero" not in codes(found)


# --------------------------------------------------------------------------- dates and durations as they are met


def days_of(*, start: str = "2023-01-01", width: int = 700) -> list[date]:
    places = np.random.default_rng(2).integers(0, width, N).tolist()
    return [date.fromordinal(date.fromisoformat(start).toordinal() + place) for place in places]


def since_1970(days: Sequence[date]) -> list[int]:
    return [(day - date(1970, 1, 1)).days for day in days]


def serial(day: date) -> int:
    return (day - date(1899, 12, 30)).days


@pytest.mark.parametrize("write", ["%d.%m.%y", "%m/%d/%y", "%d-%b-%y"])
def test_births_lie_before_the_dates_of_the_table(tmp_path: Path, write: str) -> None:
    births = days_of(start="1935-01-01", width=25_000)
    table = {"Geburtsdatum": [day.strftime(write) for day in births], "last order": days_of()}
    found = columns(tmp_path, table)
    assert found["Geburtsdatum"].values.tolist() == since_1970(births)
    assert found["age from Geburtsdatum"].values.min() > 15
    assert "birth-century" in codes(found)
    joined = [day.strftime(write) for day in days_of(start="2030-01-01")]
    kept = columns(tmp_path, {"contract end": joined, "last order": days_of()})
    assert kept["contract end"].values.min() >= since_1970([date(2030, 1, 1)])[0]


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Last Order", Role.RECENCY), ("last_purchase", Role.RECENCY), ("Member since", Role.TENURE),
        ("Letzter Kauf", Role.RECENCY), ("Kunde seit", Role.TENURE), ("最終購入日", Role.RECENCY),
        ("Zákazník od", Role.TENURE),
    ],
)  # fmt: skip
@pytest.mark.parametrize("write", ["serial", "{:%y%m%d}", "{:%Y%m%d}"])
def test_numbers_under_last_and_since_are_dates(tmp_path: Path, name: str, role: Role, write: str) -> None:
    days = days_of()
    cells = [serial(day) if write == "serial" else write.format(day) for day in days]
    found = columns(tmp_path, {name: cells})
    assert found[name].values.tolist() == since_1970(days)
    assert found[f"days since {name}"].role is role
    assert "date-numbers" in codes(found)


@pytest.mark.parametrize(
    ("name", "cells", "role"),
    [
        ("days since last order", whole(0, 600), Role.RECENCY),
        ("hours since last order", whole(30_000, 40_000), Role.RECENCY),
        ("last order", whole(0, 600), Role.RECENCY),
        ("last order amount", whole(44_000, 46_000), Role.AMOUNT),
        ("last order no", RNG.permutation(np.arange(44_000, 46_000))[:N].tolist(), Role.ID),
        ("Customer", RNG.permutation(np.arange(44_000, 46_000))[:N].tolist(), Role.ID),
        ("last order total", whole(44_000, 46_000), Role.RECENCY),
        ("last meter reading", whole(27_000, 39_000), Role.SCORE),
        ("balance", whole(44_000, 46_000), Role.BALANCE),
        ("points", [int(f"2301{1 + i % 28:02}") for i in range(N)], Role.BALANCE),
    ],
)
def test_numbers_that_are_no_dates(tmp_path: Path, name: str, cells: Sequence[object], role: Role) -> None:
    assert columns(tmp_path, {name: cells})[name].role is role


def test_births_as_days_of_a_spreadsheet(tmp_path: Path) -> None:
    births = days_of(start="1935-01-01", width=25_000)
    table = {"Geburtsdatum": [serial(day) for day in births], "last order": days_of()}
    found = columns(tmp_path, {**table, "birth weight": [2_000 + 60 * i for i in RNG.permutation(N)]})
    assert found["Geburtsdatum"].values.tolist() == since_1970(births)
    assert found["birth weight"].role is Role.SCORE


@pytest.mark.parametrize(
    ("name", "joined"),
    [("Member since", True), ("Kunde seit", True), ("Year Joined", True), ("Last purchase", False),
     ("Model year", False), ("Membership ends, year", False)],
)  # fmt: skip
def test_years_of_joining_are_tenure(tmp_path: Path, name: str, joined: bool) -> None:
    years = [2004 + i % 20 for i in range(N)]
    found = columns(tmp_path, {name: years})
    if joined:
        made = found[f"years since {name}"]
        assert (made.role, made.used_for, made.derived_from) == (Role.TENURE, Use.CLUSTERING, name)
        assert made.values.tolist() == [2023 - year for year in years]
        assert "date-derived" in codes(found)
    else:
        assert (found[name].used_for, found[name].reason) == (Use.PROFILE, "a calendar year, not behaviour")
    asked = columns(tmp_path, {name: years}, roles={name: Role.SCORE})
    assert asked[name].role is Role.SCORE
    assert asked[name].values.tolist() == years


@pytest.mark.parametrize(
    "name",
    ["ENROL_DT", "Enrolled", "Move In", "Admission Date", "Data primo ordine", "Eerste bestelling", "Erstkauf",
     "Première commande", "Primera compra", "Onboarded", "Activation", "Contract start", "Opened", "Vertragsbeginn"],
)  # fmt: skip
def test_first_days_are_tenure(tmp_path: Path, name: str) -> None:
    days = [f"20{10 + i % 13}-0{1 + i % 9}-{10 + i % 19}" for i in range(N)]
    assert columns(tmp_path, {name: days})[f"days since {name}"].role is Role.TENURE


@pytest.mark.parametrize(
    "name", ["Yrs Member", "Years with us", "Years as a customer", "subscription_months"]
)
def test_lengths_of_membership_are_tenure(tmp_path: Path, name: str) -> None:
    assert columns(tmp_path, {name: whole(1, 30)})[name].role is Role.TENURE


@pytest.mark.parametrize("write", ["%Y%m%d", "%d.%m.%Y", "%Y-%m-%d"])
@pytest.mark.parametrize("lost", [3, 15, 40])
def test_words_among_dates_are_told(tmp_path: Path, write: str, lost: int) -> None:
    days = days_of()
    cells = ["gesperrt"] * lost + [day.strftime(write) for day in days[lost:]]
    found = columns(tmp_path, {"Letzter Kauf": cells})
    assert found["Letzter Kauf"].values[lost:].tolist() == since_1970(days[lost:])
    assert found["Letzter Kauf"].missing == lost
    told = next(note for note in found.notes if note.code == "words-among-dates")
    assert (told.level, told.message) == (
        "warning",
        f"{lost} cells of Letzter Kauf are no dates (“gesperrt”) and count as missing.",
    )


def test_words_and_days_that_do_not_exist(tmp_path: Path) -> None:
    days = [f"{day:%d.%m.%Y}" for day in days_of()]
    found = columns(
        tmp_path, {"last": ["31.02.2023", "k.A.", *days[2:]], "remark": ["see file"] * 15 + days[15:]}
    )
    messages = [note.message for note in found.notes]
    assert "1 cell of last is no date (“31.02.2023”) and counts as missing." in messages
    assert "1 cell of last says “k.A.” and counts as missing." in messages
    assert found["remark"].role is Role.CATEGORY  # its name does not say that it holds dates


@pytest.mark.parametrize("never", ["01.01.1900", "31.12.2099", "01.01.1970", "31.12.9999", "01.01.1753"])
def test_dates_for_none_are_not_the_latest_or_first(tmp_path: Path, never: str) -> None:
    cells = [f"{day:%d.%m.%Y}" for day in days_of()]
    found = columns(tmp_path, {"last order": [*[never] * 12, *cells[12:]]})
    assert found["last order"].missing == 12
    assert found["days since last order"].values[12:].max() < 700
    assert {"sentinel", "date-never"} & set(codes(found))


@pytest.mark.parametrize(
    ("written", "missing", "oldest"),
    [(["1900"] * 9, 9, 1938), (["1900"], 1, 1938), (["0"] * 20, 20, 1938), (["9999"] * 3, 3, 1938),
     (["1900", "1893", "1899"], 0, 1893), (["1920"] * 9, 0, 1920), (["1900"] * 9 + ["1912"], 0, 1900)],
)  # fmt: skip
def test_years_of_birth_for_none(tmp_path: Path, written: list[str], missing: int, oldest: int) -> None:
    years = [*written, *(str(1938 + i % 67) for i in range(N - len(written)))]
    found = columns(tmp_path, {"BIRTH_YR": years, "last order": [f"{day:%Y-%m-%d}" for day in days_of()]})
    assert (found["BIRTH_YR"].role, found["BIRTH_YR"].missing) == (Role.DATE, missing)
    assert np.nanmin(found["BIRTH_YR"].values) == np.datetime64(f"{oldest}-01-01").astype(int)
    assert np.isnan(found["age from BIRTH_YR"].values).sum() == missing
    assert codes(found).count("sentinel") == bool(missing)


@pytest.mark.parametrize(
    "mask",
    ["  -  -    ", "  /  /    ", "/  /", "--", "__/__/____", "00.00.0000", "0000-00-00", "00/00/00", "dd/mm/yyyy",
     "00/00/0000 00:00:00", "TT.MM.JJJJ"],
)  # fmt: skip
@pytest.mark.parametrize("every", [3, 8])
def test_dates_that_were_not_filled_in(tmp_path: Path, mask: str, every: int) -> None:
    days = days_of()
    cells = [mask if i % every == 0 else f"{day:%m-%d-%Y}" for i, day in enumerate(days)]
    found = columns(tmp_path, {"CIRCACTIVE": cells})
    assert (found["CIRCACTIVE"].role, found["CIRCACTIVE"].missing) == (Role.DATE, len(cells[::every]))
    assert {"missing-tokens", "date-never"} & set(codes(found))
    words = ["a/b" if i % 2 else mask for i in range(N)]
    assert columns(tmp_path, {"path": words})["path"].role is not Role.DATE


def dashed(dash: str, every: int = 3) -> list[str]:
    return [f"${x:.2f}" if i % every else dash for i, x in enumerate(real(1, 100))]


BLANK = ["" if i % 9 == 0 else str(10 + i % 50) for i in range(N)]


@pytest.mark.parametrize(
    ("table", "zeros"),
    [
        ({"Lifetime Donations": dashed("-"), "age": BLANK}, 40),
        ({"Lifetime Donations": dashed("-"), "Cafe sales": dashed("—", 4), "age": BLANK}, 70),
        ({"Lifetime Donations": dashed("-")}, 0),  # nothing says how missing is written
        ({"Lifetime Donations": dashed("-", 9), "age": BLANK}, 0),  # few are not known now and then
        ({"Lifetime Donations": ["$0.00", *dashed("-")[1:]], "age": BLANK}, 0),
        ({"Lifetime Donations": dashed("-"), "age": BLANK, "tier": ["-", *"abc" * 39, "a", "b"]}, 0),
        ({"Lifetime Donations": dashed("-"), "age": [*BLANK[:-1], "-"]}, 0),
        ({"Average donation": dashed("-"), "age": BLANK}, 0),
        ({"Last purchase amount": dashed("-"), "age": BLANK}, 0),
        ({"Household income": dashed("-"), "age": BLANK}, 0),
        ({"Average donation": dashed("$ -")}, 40),  # the accounting format
        ({"Lifetime Donations": dashed("$-", 9)}, 14),
    ],
)
def test_a_dash_among_amounts(tmp_path: Path, table: dict[str, list[object]], zeros: int) -> None:
    found = columns(tmp_path, {"who": [f"C{i:03}" for i in range(N)], **table})
    amounts = [found[name] for name in table if name not in ("age", "tier")]
    dashes = sum(
        str(cell).strip("$ ") in "-—" for name in table for cell in table[name] if name not in ("age", "tier")
    )
    written = sum(cell == "$0.00" for name in table for cell in table[name])
    assert sum(int((column.values == 0).sum()) for column in amounts) == zeros + written
    assert sum(column.missing for column in amounts) == (0 if zeros else dashes)
    assert ("dash-is-zero" in codes(found)) is bool(zeros)
    assert "words-among-numbers" not in codes(found)


def spread_to(end: str, days: int) -> list[str]:
    back = np.linspace(0, days, N).astype(int)
    return [str(day) for day in np.datetime64(end) - np.random.default_rng(3).permutation(back)]


@pytest.mark.parametrize(
    ("joined", "last", "days"),
    [
        (spread_to("2024-09-29", 3000), spread_to("2025-09-30", 364), (366, 0)),
        (spread_to("2025-09-30", 3000), spread_to("2025-07-31", 364), (0, 61)),
        (spread_to("2025-09-30", 3000), spread_to("2025-09-30", 364), (0, 0)),
        (
            spread_to("2027-12-31", 3000),
            spread_to("2025-09-30", 364),
            (0, 0),
        ),  # that is no joining
        (spread_to("2025-09-30", 3000), ["2026-09-30", *spread_to("2025-09-29", 364)[1:]], (0, 0)),  # a slip
    ],
)
def test_time_is_counted_to_the_date_of_the_table(
    tmp_path: Path, joined: list[str], last: list[str], days: tuple[int, int]
) -> None:
    found = columns(tmp_path, {"joined": joined, "last order": last})
    since = [found[f"days since {name}"] for name in ("joined", "last order")]
    assert tuple(int(column.values.min()) for column in since) == days
    said = {note.place: note.message for note in found.notes if note.code == "date-derived"}
    for name, own, other, shift in zip(said, (joined, last), (last, joined), days, strict=True):
        told, whose = (max(other), "the latest date in ") if shift else (max(own), "its latest date ")
        assert found[f"days since {name}"].derivation == f"days before {told}"
        assert f"days before {told}, {whose}" in said[name]


def test_numbers_for_no_date(tmp_path: Path) -> None:
    days = days_of()
    compact = [99991231, 0, *(int(f"{day:%Y%m%d}") for day in days[2:])]
    numbers = [0, *(serial(day) for day in days[1:])]
    found = columns(tmp_path, {"last order": compact, "sign up date": numbers})
    assert found["last order"].values[2:].tolist() == since_1970(days[2:])
    assert found["sign up date"].values[1:].tolist() == since_1970(days[1:])
    assert {"date-never", "words-among-dates"} <= set(codes(found))


@pytest.mark.parametrize(
    "name", ["Gesprächsdauer", "Duração da chamada", "Czas rozmowy", "Délka hovoru", "Süre"]
)
@pytest.mark.parametrize("write", ["{0:02}:{1:02}:{2:02}", "PT{0}H{1}M{2}S", "{0}h {1}m {2}s"])
def test_durations_are_never_ids(tmp_path: Path, name: str, write: str) -> None:
    seconds = np.random.default_rng(5).permutation(9_000)[:N].tolist()
    cells = [write.format(s // 3600, s // 60 % 60, s % 60) for s in seconds]
    found = columns(tmp_path, {name: cells, "E-Mail": [f"u{i}@x.org" for i in range(N)]})
    assert found.id_column == "E-Mail"
    assert found[name].values.tolist() == pytest.approx([s / 60 for s in seconds])
    assert found[name].unit == "minutes"


def test_minutes_and_seconds(tmp_path: Path) -> None:
    cells = [f"{s // 60:02}:{s % 60:02}" for s in whole(60, 3_100)]
    found = columns(
        tmp_path, {"Session duration": cells, "Call time": [f"{i % 24:02}:{i % 60:02}" for i in range(N)]}
    )
    assert found["Session duration"].values.tolist() == pytest.approx([s / 60 for s in whole(60, 3_100)])
    assert [note.level for note in found.notes if note.code == "duration-read"] == ["warning"]
    assert found["Call time"].reason == "times of day"


def test_times_of_day_are_no_ids(tmp_path: Path) -> None:
    cells = [f"{8 + i // 60:02}:{i % 60:02}:{i * 7 % 60:02}" for i in range(N)]
    found = columns(tmp_path, {"arrival": cells})
    assert (found["arrival"].reason, found.id_column) == ("times of day", None)


def test_a_few_days_the_other_way_round_are_told(tmp_path: Path) -> None:
    days = days_of()
    cells = [f"{day:%m/%d/%Y}" if i % 40 == 0 else f"{day:%d/%m/%Y}" for i, day in enumerate(days)]
    cells[40] = "12/25/2023"
    found = columns(tmp_path, {"last order": cells})
    assert found["last order"].values[40] == since_1970([date(2023, 12, 25)])[0]
    assert "date-order-mixed" in codes(found)


def test_quarters_are_told(tmp_path: Path) -> None:
    found = columns(tmp_path, {"Letztes Quartal": cycle("Q1 2024", "Q3/2023", "2023-Q4")})
    assert found["Letztes Quartal"].values[:3].tolist() == since_1970(
        [date(2024, 1, 1), date(2023, 7, 1), date(2023, 10, 1)]
    )
    assert "date-period" in codes(found)


def dates_of(first: str, days: Sequence[int]) -> list[str]:
    return [str(np.datetime64(first) + int(day)) for day in days]


@pytest.mark.parametrize(
    "name", ["contract_end", "next_order_date", "Ablauf", "membership expiry", "some_day"]
)
def test_dates_that_lie_ahead_are_not_counted_from(tmp_path: Path, name: str) -> None:
    rng = np.random.default_rng(4)
    last, ahead = rng.integers(0, 270, N), rng.integers(400, 3000, N)
    found = columns(
        tmp_path,
        {
            "last_order": dates_of("2026-01-01", last),
            name: dates_of("2026-01-01", ahead),
            "birth_date": dates_of("1960-05-05", rng.integers(0, 9000, N)),
        },
    )
    until = found[f"days until {name}"]
    assert (until.role, until.used_for) == (Role.SCORE, Use.PROFILE)
    assert until.values.tolist() == (ahead - last.max()).tolist()
    assert found["days since last_order"].values.tolist() == (last.max() - last).tolist()
    assert found["age from birth_date"].values.max() <= 66
    assert [n.place for n in found.notes if n.code == "date-ahead"] == [name]


@pytest.mark.parametrize(
    "name",
    [
        "Vertragsende", "Kursende", "Einddatum", "Data fine", "Data de término", "Umowa do", "Slutdatum",
        "Bitiş Tarihi", "Fin de contrat", "Échéance", "Vencimiento", "Vence", "Validade", "Ważne do", "Giltig till",
        "Utløpsdato", "Konec smlouvy", "Lejárat", "Renewal", "valid to", "Næste ordre", "Срок до", "到期日",
    ],
)  # fmt: skip
def test_dates_that_lie_ahead_are_known_by_name(tmp_path: Path, name: str) -> None:
    rng = np.random.default_rng(4)
    start, end = rng.integers(0, 900, N), rng.integers(600, 3000, N)
    end[:3] = 100
    found = columns(
        tmp_path,
        {
            "Start Date": dates_of("2024-01-01", start),
            name: dates_of("2024-01-01", end),
            "birth_date": dates_of("1960-05-05", rng.integers(0, 9000, N)),
        },
    )
    days = found[f"days until {name}"].values
    late = end >= start.max()
    assert days[late].tolist() == (end - start.max())[late].tolist()
    assert np.isnan(days[~late]).all()  # what is over is no part of an average of days to wait
    assert found["age from birth_date"].values.max() <= 67


@pytest.mark.parametrize("name", ["Erstspende", "Wochenende", "Data do cadastro", "Ważne od"])
def test_words_like_those_of_an_end_are_none(tmp_path: Path, name: str) -> None:
    days = np.random.default_rng(4).integers(0, 900, (2, N))
    found = columns(
        tmp_path,
        {"Start Date": dates_of("2024-01-01", days[0]), name: dates_of("2024-06-01", days[1])},
    )
    assert found[f"days since {name}"].used_for is Use.CLUSTERING
    assert not {"date-ahead", "date-past"} & set(codes(found))


def test_what_should_lie_ahead_and_is_mostly_past_is_not_used(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    found = columns(
        tmp_path,
        {
            "last_donation": dates_of("2024-01-01", rng.integers(0, 900, N)),
            "next_eligible": dates_of("2024-01-01", rng.integers(0, 1000, N)),
        },
    )
    assert found["next_eligible"].used_for is Use.LEFT_OUT
    assert "date-past" in codes(found)
    assert [c.derived_from for c in found.columns if c.derived_from] == ["last_donation"]


YEARS_OF_TERMS = np.array([1, 2, 3, 5])


@pytest.mark.parametrize("start", ["Start Date", "Qx"])
@pytest.mark.parametrize("shift", [0, -1])
def test_whole_years_after_another_date_lie_ahead(tmp_path: Path, start: str, shift: int) -> None:
    rng = np.random.default_rng(4)
    first = np.datetime64("2022-01-01") + rng.integers(0, 1400, N)
    years = rng.choice(YEARS_OF_TERMS, N)
    month = first.astype("datetime64[M]")
    end = (month + 12 * years).astype("datetime64[D]") + (first - month) + shift
    found = columns(tmp_path, {start: [str(d) for d in first], "Zz": [str(d) for d in end]})
    assert [n.place for n in found.notes if n.code == "date-ahead"] == ["Zz"]
    assert found[f"days since {start}"].values.max() < 1400
    anywhere = columns(
        tmp_path,
        {start: [str(d) for d in first], "Zz": [str(d) for d in end + rng.integers(0, 25, N)]},
    )
    assert "date-ahead" not in codes(anywhere)


def test_months_that_all_begin_on_the_first_tell_no_term(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    first = np.datetime64("2022-01") + rng.integers(0, 40, N)
    visit = first + rng.integers(0, 18, N)
    found = columns(tmp_path, {"Qx": [f"{d}-01" for d in first], "Zz": [f"{d}-01" for d in visit]})
    assert "date-ahead" not in codes(found)


@pytest.mark.parametrize(
    ("covered", "earliest", "ahead"),
    [
        (1500, 1500, True),
        (1500, 0, False),  # what is done from the first day on
        (1500, 9000, False),
        (15_000, 15_000, False),  # births: decades before all else, or over decades
    ],
)
def test_dates_long_after_all_joining_lie_ahead(
    tmp_path: Path, covered: int, earliest: int, ahead: bool
) -> None:
    rng = np.random.default_rng(4)
    found = columns(
        tmp_path,
        {
            "Start Date": dates_of("1978-01-01", rng.integers(0, covered, N)),
            "Zz": dates_of("1978-01-01", earliest + rng.integers(0, 3000, N)),
        },
    )
    assert ("date-ahead" in codes(found)) is ahead


def test_last_events_of_a_closed_year_do_not_lie_ahead(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    found = columns(
        tmp_path,
        {
            "Start Date": dates_of("2018-01-01", rng.integers(0, 365, N)),
            "Zz": dates_of("2024-01-01", -np.minimum(rng.exponential(200, N).astype(int), 1800)),
        },
    )
    assert "date-ahead" not in codes(found)


@pytest.mark.parametrize(("first_born", "ahead"), [(1938, True), (1960, False)])
def test_nobody_is_so_old_on_a_day_that_has_come(tmp_path: Path, first_born: int, ahead: bool) -> None:
    rng = np.random.default_rng(4)
    births = np.datetime64(f"{first_born}-01-01") + rng.integers(0, 12_000, N)
    found = columns(
        tmp_path,
        {
            "birth_date": [str(d) for d in births],
            "Zz": dates_of("2027-01-01", rng.integers(0, 9500, N)),
        },
    )
    assert (found["Zz"].reason.startswith("a date that lies ahead")) is ahead


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Opóźnienie (dni)", Role.COUNT), ("Liczba dni", Role.COUNT), ("Dni bez zakupu", Role.COUNT),
        ("dni", Role.COUNT), ("Dni od logowania", Role.RECENCY), ("Sessions per user", Role.COUNT),
        ("Orders per account", Role.COUNT), ("Posts per user", Role.COUNT),
    ],
)  # fmt: skip
def test_days_and_what_is_counted_for_each_are_no_ids(tmp_path: Path, name: str, role: Role) -> None:
    days = [str(d) for d in np.random.default_rng(3).integers(0, 250, N)]
    found = columns(tmp_path, {"Nr klienta": [str(1000 + i) for i in range(N)], name: days}, ";")
    assert (found[name].role, found[name].used_for) == (role, Use.CLUSTERING)
    assert found.id_column == "Nr klienta"


@pytest.mark.parametrize("name", ["DNI", "DNI cliente", "Nº DNI"])
@pytest.mark.parametrize("letter", ["", "K"])
def test_dni_is_an_id_where_its_numbers_are_long(tmp_path: Path, name: str, letter: str) -> None:
    numbers = np.random.default_rng(3).choice(40_000_000, N, replace=False) + 20_000_000
    assert columns(tmp_path, {name: [f"{d}{letter}" for d in numbers]})[name].role is Role.ID


@pytest.mark.parametrize(
    "name",
    [
        "Geb.-Jahr", "Geb.Jahr", "GebJahr", "Jahrgang", "Geburtsj.", "Année naiss.", "Año nac.", "Anno nasc.",
        "Rok ur.", "Doğum yılı", "Född år", "Geboortejr", "Fødselsår", "YOB", "birthyr",
    ],
)  # fmt: skip
def test_years_of_birth_in_short(tmp_path: Path, name: str) -> None:
    rng = np.random.default_rng(4)
    born = rng.integers(1938, 2006, N)
    ordered = dates_of("2025-01-01", rng.integers(0, 365, N))
    found = columns(tmp_path, {"last_order": ordered, name: [str(year) for year in born]})
    assert found[f"age from {name}"].values.tolist() == (2025 - born).tolist()


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("Jahrgang", 2016, 2026), ("Jahrgang", 5, 13), ("Jahrgang", 1985, 2024), ("Jahrgang Wein", 1938, 2006)],
)
def test_years_of_a_class_are_no_births(tmp_path: Path, name: str, low: int, high: int) -> None:
    rng = np.random.default_rng(4)
    found = columns(
        tmp_path,
        {
            "last_order": dates_of("2025-01-01", rng.integers(0, 365, N)),
            name: [str(year) for year in rng.integers(low, high, N)],
        },
    )
    assert "age-derived" not in codes(found)


def test_what_has_ended_is_past(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    found = columns(
        tmp_path,
        {
            "last_order": dates_of("2026-01-01", rng.integers(0, 270, N)),
            "trial_end": dates_of("2025-01-01", rng.integers(0, 300, N)),
        },
    )
    assert found["days since trial_end"].used_for is Use.CLUSTERING


def test_without_a_day_that_is_past_there_is_none_to_count_from(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    found = columns(
        tmp_path,
        {
            "retirement_date": dates_of("2026-01-01", rng.integers(0, 9000, N)),
            "birth_date": dates_of("1960-05-05", rng.integers(0, 9000, N)),
        },
    )
    assert {found[name].used_for for name in ("retirement_date", "birth_date")} == {Use.LEFT_OUT}
    assert not [column for column in found.columns if column.derived_from]


def test_a_slip_in_the_year_moves_nobody_else(tmp_path: Path) -> None:
    days = np.random.default_rng(4).integers(0, 270, N)
    cells = dates_of("2026-01-01", days)
    cells[17] = "2062-03-01"
    found = columns(tmp_path, {"last_order": cells})
    values = found["days since last_order"].values
    assert np.isnan(values[17])
    assert np.nanmax(values) < 270
    assert "sentinel" in codes(found)


@pytest.mark.parametrize(
    "names",
    [
        [f"2024-{m:02}" for m in range(1, 13)],
        [f"{m:02}.2024" for m in range(1, 13)],
        [f"2024-{m:02}-01" for m in range(1, 13)],
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug"],
        ["Q1 2023", "Q2 2023", "Q3 2023", "Q4 2023"],
        ["2020", "2021", "2022", "2023"],
    ],
)
def test_columns_named_by_a_time_only_are_one_thing(tmp_path: Path, names: list[str]) -> None:
    rng = np.random.default_rng(2)
    level = np.where(rng.random(N) < 0.3, 300, 40)
    table: dict[str, object] = {"customer": [f"K{i:04}" for i in range(N)]}
    table |= {name: rng.gamma(2, level / 2).round(2) for name in names}
    path = tmp_path / "t.csv"
    pd.DataFrame(table).to_csv(path, index=False)
    found = understand(read(path), tokens=TOKENS)
    total = found[f"total of {names[0]} to {names[-1]}"]
    assert {found[name].role for name in names} == {Role.AMOUNT}
    assert (found.rows_used, found.value_column) == (N, total.name)
    assert np.allclose(total.values, sum(found[name].values for name in names))
    assert found.periods() == dict.fromkeys(names, total.name)


def test_names_that_only_begin_with_a_time_are_no_periods(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    names = ["may visit", "march fee", "1st", "Q1", "Q2", "Q3", "Q4"]  # questions, or quarters
    found = columns(tmp_path, {name: rng.gamma(2, 900, N).round(2).tolist() for name in names})
    assert not [
        column for column in found.columns if column.name.startswith("total of") and " to " in column.name
    ]


@pytest.mark.parametrize(
    ("name", "values", "role"),
    [
        ("pct_mobile", [10 + (i * 37 % 800) / 10 for i in range(N)], Role.SCORE),
        ("Mobile orders %", [(i * 37 % 1000) / 10 for i in range(N)], Role.SHARE),
        ("Email", [i * 7 % 45 for i in range(N)], Role.COUNT),
        ("mobile", [600_000_000 + i * 7919 for i in range(N)], Role.ID),
        ("postal_orders", [i * 7 % 25 for i in range(N)], Role.COUNT),
        ("postal code", [10_000 + i * 7919 % 80_000 for i in range(N)], Role.TEXT),
        ("Sales Rep", [11 + i * 7 % 5 for i in range(N)], Role.CATEGORY),
        ("ADVISOR", [(113, 127, 204, 311)[i * 7 % 4] for i in range(N)], Role.CATEGORY),
        ("Code redemptions", [i * 7 % 25 for i in range(N)], Role.COUNT),
        ("Days to pay", [i * 7 % 29 for i in range(N)], Role.COUNT),
        ("paid 30 days", [20 + i * 37 % 997 / 10 for i in range(N)], Role.AMOUNT),
        ("Previous Reading", [10_000 + i * 37 % 9973 for i in range(N)], Role.SCORE),
        ("Unit Rate p/kWh", [20 + i * 7 % 11 for i in range(N)], Role.SCORE),
        ("Annual kWh", [1000 + i * 37 % 9973 for i in range(N)], Role.SCORE),
        ("kWh cost", [1000 + i * 37 % 9973 for i in range(N)], Role.AMOUNT),
    ],
)
def test_a_word_for_a_person_a_place_or_money_is_not_yet_its_meaning(
    tmp_path: Path, name: str, values: list[float], role: Role
) -> None:
    assert columns(tmp_path, {name: values})[name].role is role


@pytest.mark.parametrize("name", ["Últ. pedido", "LST_TXN_DT", "date_dern_achat", "updated_at", "visited"])
def test_what_is_done_after_all_have_joined_lies_not_ahead(tmp_path: Path, name: str) -> None:
    joined = [f"{2015 + i % 6}-03-{1 + i % 28:02}" for i in range(N)]
    done = [f"2025-0{1 + i % 9}-{1 + i % 28:02}" for i in range(N)]
    found = columns(tmp_path, {"signup_date": joined, name: done})
    assert found[f"days since {name}"].role is Role.RECENCY


@pytest.mark.parametrize(
    "name",
    ["Rent", "Avg fare", "Tips", "Arrears", "Copay", "Pledge", "Tuition", "Discount", "Average check",
     "Scontrino medio", "Gem. bestelwaarde", "Miete", "Loyer", "Propina"],
)  # fmt: skip
def test_money_of_many_trades(tmp_path: Path, name: str) -> None:
    assert columns(tmp_path, {name: SPEND[::-1]})[name].role is Role.AMOUNT


@pytest.mark.parametrize(
    ("name", "cells"),
    [("Discount", real(0, 0.4)), ("Sconto medio", cycle(0, 5, 10, 15, 20, 25)), ("Commission", whole(0, 60)),
     ("Discount %", real(0, 40)), ("Sales %", real(0, 100))],
)  # fmt: skip
def test_percentages_are_no_money(tmp_path: Path, name: str, cells: list[object]) -> None:
    assert columns(tmp_path, {name: cells})[name].role is not Role.AMOUNT


@pytest.mark.parametrize(
    ("name", "cells", "role"),
    [
        ("Consec Yrs Giving", whole(0, 40), Role.COUNT),
        ("Total Covers", whole(0, 200), Role.COUNT),
        ("Months of payments", whole(0, 60), Role.COUNT),
        ("Arrears Days", whole(0, 200), Role.COUNT),
        ("Spend last months", whole(0, 200), Role.AMOUNT),
        ("Total", whole(0, 900), Role.AMOUNT),
        ("Grand Total", whole(0, 900), Role.AMOUNT),
        ("Total Rent", whole(0, 900), Role.AMOUNT),
        ("Total usd", whole(0, 900), Role.AMOUNT),
        ("Total Covers", whole(0, 9000), Role.AMOUNT),
        ("Spend last 12 months", whole(0, 100), Role.AMOUNT),
        ("Years giving", real(0, 5000), Role.AMOUNT),
    ],
)
def test_small_whole_numbers_with_a_word_of_money(
    tmp_path: Path, name: str, cells: list[object], role: Role
) -> None:
    assert columns(tmp_path, {name: cells})[name].role is role


@pytest.mark.parametrize(
    ("names", "value"),
    [
        (("Largest Gift Amt", "Lifetime Giving"), "Lifetime Giving"),
        (("First order amount", "Rent"), "Rent"),
        (("Revenue gross", "Revenue net"), "Revenue net"),
        (("Fatturato lordo", "Fatturato netto"), "Fatturato netto"),
        (("Umsatz brutto", "Gebühren netto"), "Umsatz brutto"),
        (("Market Rent", "Actual Rent"), "Actual Rent"),
        (("iap_rev", "gems_balance"), "iap_rev"),
        (("Annual kWh", "Billed GBP"), "Billed GBP"),
        (("Direct Debit GBP", "Billed Last 12M GBP"), "Billed Last 12M GBP"),
        (("F&B-Umsatz", "Gesamtumsatz"), "Gesamtumsatz"),
    ],
)
def test_which_money_matters_by_its_words(tmp_path: Path, names: tuple[str, str], value: str) -> None:
    few = [round(float(x) * 0.7, 2) for x in np.random.default_rng(5).lognormal(5, 1, N)]
    many = [round(x * 1.2 + 40 * (i % 7), 2) for i, x in enumerate(few)]
    other = np.random.default_rng(6).integers(0, 12, N)
    for order in (names, names[::-1]):
        table = {name: many if name == names[0] else few for name in order}
        path = tmp_path / "t.csv"
        pd.DataFrame({**table, "visits": other, "score": other[::-1]}).to_csv(path, index=False)
        assert understand(read(path), tokens=TOKENS).value_column == value


def test_money_of_which_most_is_missing_goes_behind(tmp_path: Path) -> None:
    rare = [f"{x}" if i % 3 == 0 else "" for i, x in enumerate(SPEND)]
    assert columns(tmp_path, {"Lifetime donations": rare}).value_column == "spend"


BILLED = np.random.default_rng(5).lognormal(5, 1, N).round(2)


@pytest.mark.parametrize(
    ("name", "cells", "role"),
    [
        ("CA", BILLED, Role.AMOUNT),
        ("CA 2025 (k€)", BILLED, Role.AMOUNT),
        ("CA HT 2025", BILLED, Role.AMOUNT),
        ("CA N-1", BILLED, Role.AMOUNT),
        ("CA cumulé", BILLED.round(0).astype(int), Role.AMOUNT),
        ("CA", BILLED.round(0).astype(int) % 900, Role.COUNT),  # of California, or marks of a course
        ("CA", real(8, 11), Role.SCORE),  # calcium
        ("CA 125", (BILLED / 10).round(2), Role.SCORE),  # an antigen
        ("CA", cycle(0, 1, 1), Role.FLAG),
        ("CA", cycle("CA", "NY", "TX"), Role.CATEGORY),
        ("Encours autorisé", BILLED, Role.LIMIT),
    ],
)
def test_the_chiffre_d_affaires_is_money_where_its_values_are(
    tmp_path: Path, name: str, cells: Sequence[object], role: Role
) -> None:
    assert columns(tmp_path, {name: cells})[name].role is role


def measured(folder: Path, *names: str, **factors: float) -> str | None:
    """The value column of a table of amounts; one is as much larger as ``factors`` says, by its place."""
    rng = np.random.default_rng(8)
    amounts = [(rng.lognormal(5, 1, N) * factors.get(f"f{i}", 1.0)).round(2) for i in range(len(names))]
    lines = ["|".join(("no", "visits", *names))]
    lines += ["|".join(map(str, row)) for row in zip(range(7, N + 7), VISITS, *amounts, strict=True)]
    path = folder / "t.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return understand(read(path, delimiter="|"), tokens=TOKENS).value_column


@pytest.mark.parametrize(
    ("names", "value"),
    [
        (("Rev FY25", "Rev FY24"), "Rev FY25"),
        (("Umsatz 2024", "Umsatz 2025"), "Umsatz 2025"),
        (("Sales 2024/25", "Sales 2023/24"), "Sales 2024/25"),
        (("CA N", "CA N-1"), "CA N"),
        (("Revenue", "Revenue LY"), "Revenue"),
        (("Umsatz", "Umsatz Vorjahr"), "Umsatz"),
        (("Umsatz 2025 netto", "Umsatz 2025 brutto", "Umsatz 2024 brutto"), "Umsatz 2025 netto"),
        (("Original Advance", "Current Balance", "Indexed Valuation"), "Current Balance"),
        (("Annual Premium", "Sum Insured"), "Annual Premium"),
        (("Jaarpremie", "Verzekerd bedrag", "Afkoopwaarde"), "Jaarpremie"),
        (("Property Value",), "Property Value"),
        (("Company revenue", "Total won"), "Total won"),
    ],
)
def test_the_money_that_matters_is_the_latest_and_not_what_a_thing_is_worth(
    tmp_path: Path, names: tuple[str, ...], value: str
) -> None:
    factors = {f"f{i}": 1.0 if name == value else 21.0 for i, name in enumerate(names)}
    assert measured(tmp_path, *names, **factors) == value


def test_the_turnover_of_a_customer_is_its_size_where_it_dwarfs_what_it_pays(tmp_path: Path) -> None:
    assert measured(tmp_path, "Annual Revenue", "Actual Revenue (won)", f0=300) == "Actual Revenue (won)"
    assert measured(tmp_path, "Annual Revenue", "Monthly Revenue", f0=12) == "Annual Revenue"
    assert measured(tmp_path, "spend 30", "spend 60", f0=20) == "spend 30"  # no years
    assert measured(tmp_path, "Annual Revenue", "Last invoice amount", f0=300) == "Annual Revenue"
    found = columns(tmp_path, {"Annual Revenue": BILLED * 1000})
    assert (found["Annual Revenue"].role, found.value_column) == (Role.INCOME, "spend")
    assert "role-guess" in codes(found)


@pytest.mark.parametrize(
    "name",
    [
        "Abbruch",
        "Abandon",
        "Port-out Req",
        "dropped_out",
        "Résiliation",
        "uitval",
        "Rezygnacja",
        "Avslutad",
        "iptal",
    ],
)
@pytest.mark.parametrize("cells", [(0, 1, 0), ("no", "yes", "no"), ("x", "", "")])
def test_leaving_is_an_outcome_in_many_languages(
    tmp_path: Path, name: str, cells: tuple[object, ...]
) -> None:
    left = columns(tmp_path, {name: cycle(*cells)})[name]
    assert (left.role, left.used_for) == (Role.TARGET, Use.PROFILE)


FEW = [int(x) for x in np.random.default_rng(11).binomial(11, 0.35, N) + 1]
EVEN = [1] * 20 + [2] * 18 + [3] * 22 + [4] * 19 + [5] * 21 + [6] * 20
DENTED = [1] * 8 + [2] * 20 + [3] * 30 + [4] * 24 + [5] * 26 + [6] * 9 + [7] * 3


@pytest.mark.parametrize(
    ("name", "cells", "role", "use"),
    [
        ("SMS consent", cycle(0, 1, 1), Role.FLAG, Use.CLUSTERING),
        ("Emails opt-in", cycle(0, 1, 1), Role.FLAG, Use.CLUSTERING),
        ("claims", cycle(0, 1, 1), Role.COUNT, Use.CLUSTERING),
        ("Avg Seats/Order", real(1, 60), Role.SCORE, Use.CLUSTERING),
        ("Seats", whole(5, 60), Role.LIMIT, Use.CLUSTERING),
        ("Seats booked", FEW, Role.COUNT, Use.CLUSTERING),
        ("photos", EVEN, Role.COUNT, Use.CLUSTERING),
        ("hats", DENTED, Role.COUNT, Use.CLUSTERING),  # 24 between 30 and 26 is chance
        ("hats", EVEN, Role.CATEGORY, Use.CLUSTERING),
        ("wave", DENTED, Role.CATEGORY, Use.CLUSTERING),
        ("status", DENTED, Role.CATEGORY, Use.CLUSTERING),
        ("Site", [100 + i % 14 for i in range(N)], Role.CATEGORY, Use.CLUSTERING),
        ("Home Filiale", [100 + i % 40 for i in range(N)], Role.CATEGORY, Use.PROFILE),
        ("Site", whole(0, 14), Role.COUNT, Use.CLUSTERING),  # 0 is no place
        ("Shop", whole(5, 600), Role.COUNT, Use.CLUSTERING),  # nor are numbers of any length
        ("Time on site", whole(1, 90), Role.COUNT, Use.CLUSTERING),
        ("$source", cycle(-6, -8, 12), Role.CATEGORY, Use.CLUSTERING),
        ("status", cycle(-2, -1, 0, 1, 2), Role.SCORE, Use.CLUSTERING),  # steps, as of being late
        ("random_bucket", whole(0, 9999), Role.SCORE, Use.LEFT_OUT),
        ("bucket", EVEN, Role.CATEGORY, Use.LEFT_OUT),
        ("bucket", DENTED, Role.CATEGORY, Use.CLUSTERING),
        ("Test group", cycle("A", "B"), Role.CATEGORY, Use.LEFT_OUT),
        ("split", cycle("train", "train", "test"), Role.CATEGORY, Use.LEFT_OUT),
        ("split", cycle("full", "half", "third"), Role.CATEGORY, Use.CLUSTERING),
        ("Ferritin (ng/mL)", whole(7, 278), Role.SCORE, Use.CLUSTERING),
        ("BP systolic", whole(90, 170), Role.SCORE, Use.CLUSTERING),
    ],
)
def test_codes_counts_and_lots_by_name_and_values(
    tmp_path: Path, name: str, cells: Sequence[object], role: Role, use: Use
) -> None:
    found = columns(tmp_path, {name: cells})
    assert (found[name].role, found[name].used_for) == (role, use)
    if use is Use.LEFT_OUT:
        assert not any(note.code in ("role-guess", "codes-guess") for note in found.notes)


def test_scores_of_recency_frequency_and_money_say_nothing_that_these_do_not(tmp_path: Path) -> None:
    scores: dict[str, Sequence[object]] = {
        "R": cycle(1, 2, 3, 4, 5),
        "F_Score": cycle(2, 3, 1, 1, 4, 5, 2),
        "Monetary Score": cycle(5, 4, 4, 3, 2, 1, 1, 2, 3),
    }
    total: dict[str, Sequence[object]] = {"RFM_Sum": whole(3, 16)}
    raw: dict[str, Sequence[object]] = {"days since last order": whole(1, 400)}
    found = columns(tmp_path, {**raw, **scores, **total})
    assert {found[name].used_for for name in (*scores, *total)} == {Use.PROFILE}
    assert not {"role-guess", "codes-guess"} & set(codes(found))
    alone = columns(tmp_path, scores)  # then they are all there is of recency
    assert {alone[name].used_for for name in scores} == {Use.CLUSTERING}


def test_an_amount_that_is_a_prediction_in_part_makes_no_segments(tmp_path: Path) -> None:
    predicted = (BILLED / 3).round(2)
    historic = np.random.default_rng(12).lognormal(4, 1, N).round(2)
    table = {
        "Historic Customer Lifetime Value": historic,
        "Predicted Customer Lifetime Value": predicted,
        "Total Customer Lifetime Value": (historic + predicted).round(2),
    }
    found = columns(tmp_path, table)
    assert found["Total Customer Lifetime Value"].role is Role.TARGET
    assert found.value_column != "Total Customer Lifetime Value"
    other = columns(tmp_path, {**table, "Total Customer Lifetime Value": (historic * 1.4).round(2)})
    assert other["Total Customer Lifetime Value"].role is Role.AMOUNT
