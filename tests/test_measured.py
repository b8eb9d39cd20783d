"""What names say of their numbers: currency and scale, read, written out, and proved."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from mutations import replace_evidence
from test_columns import SPEND, columns, whole
from test_columns import N as ROWS
from test_verify import reported

from reportgen.cli import program
from reportgen.columns import understand
from reportgen.lexicon.measured import measured
from reportgen.lexicon.tokens import load_tokens
from reportgen.readers import read
from reportgen.results import Role
from reportgen.verify import verify

TOKENS = load_tokens()
N = 300


@pytest.mark.parametrize(
    ("name", "unit", "scale", "bare"),
    [
        ("Umsatz (€)", "€", 1, "Umsatz"), ("Umsatz [€]", "€", 1, "Umsatz"), ("Umsatz in EUR", "€", 1, "Umsatz"),
        ("Revenue USD", "$", 1, "Revenue"), ("amount_inr", "₹", 1, "amount"), ("Sales (Rs.)", "₹", 1, "Sales"),
        ("Spend (€/month)", "€", 1, "Spend"), ("Balance (CHF)", "CHF", 1, "Balance"),
        ("Umsatz (T€)", "€", 1e3, "Umsatz"), ("Umsatz (Tsd. €)", "€", 1e3, "Umsatz"),
        ("Umsatz TEUR", "€", 1e3, "Umsatz"), ("Annual Income (k$)", "$", 1e3, "Annual Income"),
        ("Sales (000s)", "", 1e3, "Sales"),
        ("Sales ($000)", "$", 1e3, "Sales"), ("Umsatz (x 1.000)", "", 1e3, "Umsatz"),
        ("Facturación (miles €)", "€", 1e3, "Facturación"), ("Przychód (tys. zł)", "zł", 1e3, "Przychód"),
        ("Fatturato (migliaia €)", "€", 1e3, "Fatturato"), ("Omsättning (tkr)", "kr", 1e3, "Omsättning"),
        ("Ciro (bin TL)", "₺", 1e3, "Ciro"), ("Balance (lakh)", "", 1e5, "Balance"),
        ("Sales (€m)", "€", 1e6, "Sales"), ("Umsatz (Mio. €)", "€", 1e6, "Umsatz"),
        ("Turnover (₹ crore)", "₹", 1e7, "Turnover"), ("MRR_EUR_k", "€", 1e3, "MRR"),
        ("gross_fares_cents", "", 0.01, "gross_fares"), ("Price in cents", "", 0.01, "Price"),
    ],
)  # fmt: skip
def test_what_a_name_says_of_its_numbers(name: str, unit: str, scale: float, bare: str) -> None:
    said = measured(name, TOKENS)
    assert said is not None
    assert (said.unit, said.scale, said.bare) == (unit, scale, bare)


@pytest.mark.parametrize(
    "name",
    ["Top", "Can", "All", "EUR", "R", "Award miles", "Data (GB)", "Usage (kWh)", "Margin (%)", "Amount (M)",
     "Spend mad", "Visits (30 days)", "Distance m", "Spend 12m", "Score (1-100)", "Rate per cent", "Volume (m)",
     "Cost ($ mil)", "Revenue (€ / $)"],
)  # fmt: skip
def test_what_says_nothing_clear_of_its_numbers(name: str) -> None:
    assert measured(name, TOKENS) is None


def _table(folder: Path, name: str, each: float = 1.0, sign: str = "") -> Path:
    rng = np.random.default_rng(2)
    big = np.arange(N) % 3 == 0
    spent = (rng.gamma(9, 1, N) * np.where(big, 300, 20) * each).round(2)
    table = pd.DataFrame(
        {
            "Customer ID": [f"C{i:04}" for i in range(N)],
            name: [f"{sign}{value}" for value in spent],
            "Orders": rng.poisson(np.where(big, 12, 2)),
            "Vitamin K": rng.integers(0, 90, N),
        }
    )
    path = folder / "t.csv"
    table.to_csv(path, index=False)
    return path


@pytest.mark.parametrize(
    ("name", "sign", "unit", "scale"),
    [
        ("Revenue ($)", "", "$", 1.0), ("Revenue (T€)", "", "€", 1e3), ("Revenue (€)", "$", "$", 1.0),
        ("Revenue (000s)", "$", "$", 1e3), ("Revenue in cents", "", "", 1.0),  # 12.34 is no number of cents
    ],
)  # fmt: skip
def test_the_name_of_money_gives_its_currency_unless_the_cells_do(
    tmp_path: Path, name: str, sign: str, unit: str, scale: float
) -> None:
    found = understand(read(_table(tmp_path, name, sign=sign)), tokens=TOKENS)
    column = found[name]
    assert (column.role, column.unit, column.scale) == (Role.AMOUNT, unit, scale)
    assert found["Vitamin K"].scale == 1.0
    assert ("scale-by-name" in {note.code for note in found.notes}) is (scale != 1.0)


def test_thousands_are_written_out_and_proved(tmp_path: Path) -> None:
    table, pdf = _table(tmp_path, "Revenue (T€)"), tmp_path / "r.pdf"
    built = CliRunner().invoke(program, ["build", str(table), "-q", "-o", str(pdf)])
    assert built.exit_code == 0, built.output
    assert verify(pdf, table).failures == ()
    claims = [c for c in reported(pdf)["claims"] if c["column"] == "Revenue (T€)" and "scale" in c]
    mean = next(c for c in claims if c["statistic"] == "mean")
    assert mean["scale"] == 1000
    assert mean["value"] < 10_000
    assert mean["shown"].startswith("€")
    assert mean["shown"].endswith(("k", "m"))
    assert not any("thousand" in c["text"] for c in claims)
    told = " ".join(c["text"] for c in claims)
    assert "T€" not in told


def test_a_scale_that_the_name_does_not_give_is_noticed(tmp_path: Path) -> None:
    table, pdf = _table(tmp_path, "Revenue (T€)"), tmp_path / "r.pdf"
    assert CliRunner().invoke(program, ["build", str(table), "-q", "-o", str(pdf)]).exit_code == 0
    other = tmp_path / "other"
    other.mkdir()
    said = verify(pdf, table)
    evidence = reported(pdf)
    for claim in evidence["claims"]:
        if claim.get("scale") == 1000 and claim["unit"] == "compact":
            claim["scale"], claim["value"] = 100, claim["value"] * 10
            break
    changed = other / "r.pdf"
    changed.write_bytes(replace_evidence(pdf.read_bytes(), json.dumps(evidence).encode()))
    failures = verify(changed, table).failures
    assert said.failures == ()
    assert any("no such scale" in failure.found for failure in failures)


# --------------------------------------------------------------------------- columns


@pytest.mark.parametrize(
    ("name", "unit", "scale", "called"),
    [
        ("Umsatz (€)", "€", 1, "Umsatz"), ("Umsatz [€]", "€", 1, "Umsatz"), ("Umsatz in EUR", "€", 1, "Umsatz"),
        ("CA HT (€)", "€", 1, "CA HT"), ("Umsatz (€, netto)", "€", 1, "Umsatz"), ("revenue_usd", "$", 1, "revenue"),
        ("amount_inr", "₹", 1, "amount"), ("Recharge Amt FY (Rs.)", "₹", 1, "Recharge Amt FY"),
        ("Opłata (zł/mies.)", "zł", 1, "Opłata"), ("Total $ spent", "$", 1, "Total $ spent"),
        ("Umsatz (T€)", "€", 1e3, "Umsatz"), ("Umsatz TEUR", "€", 1e3, "Umsatz"), ("CA (k€)", "€", 1e3, "CA"),
        ("Umsatz (Tsd. €)", "€", 1e3, "Umsatz"), ("Umsatz in Tsd", "", 1e3, "Umsatz"),
        ("Sales (000s)", "", 1e3, "Sales"),
        ("Revenue, $000", "$", 1e3, "Revenue"), ("Omzet (x 1.000)", "", 1e3, "Omzet"), ("Rev (€m)", "€", 1e6, "Rev"),
        ("Facturación (miles €)", "€", 1e3, "Facturación"), ("Przychód (tys. zł)", "zł", 1e3, "Przychód"),
        ("Omsättning (tkr)", "kr", 1e3, "Omsättning"), ("Ciro (bin TL)", "₺", 1e3, "Ciro"),
        ("Fatturato (migliaia €)", "€", 1e3, "Fatturato"), ("Omsättning (milj. kr)", "kr", 1e6, "Omsättning"),
        ("Revenue (in 1,000 EUR)", "€", 1e3, "Revenue"), ("Receita (R$ mil)", "R$", 1e3, "Receita"),
        ("Sales (lakh)", "", 1e5, "Sales"), ("Amount (INR Cr)", "₹", 1e7, "Amount"),
        ("Выручка, тыс. руб.", "₽", 1e3, "Выручка"),
    ],
)  # fmt: skip
def test_currency_and_scale_of_a_name(
    tmp_path: Path, name: str, unit: str, scale: float, called: str
) -> None:
    amounts = [f"{float(x) + 20:.1f}" for x in SPEND]
    found = columns(tmp_path, {name: amounts})
    column = found[name]
    assert (column.role, column.unit, column.scale, column.called) == (Role.AMOUNT, unit, scale, called)
    assert column.values.tolist() == [float(x) for x in amounts]  # as in the file
    assert (found["spend"].unit, found["spend"].scale) == ("", 1)


@pytest.mark.parametrize(
    "name",
    ["Revenue ($ mil)", "Rate (EUR/USD)", "Energie (kWh)", "Umsatz (%)", "Amount all", "Amount try", "Top 1000 amount",
     "Amount MN", "Spend bin", "Amount (m)", "Spend per cent", "Amount T EUR", "Spend (last 30 days)", "EUR"],
)  # fmt: skip
def test_what_is_no_clear_currency_or_scale(tmp_path: Path, name: str) -> None:
    column = columns(tmp_path, {name: [f"{float(x) + 20:.1f}" for x in SPEND]})[name]
    assert (column.unit, column.scale, column.called) == ("", 1, "")


@pytest.mark.parametrize(
    ("name", "cells", "unit", "scale"),
    [
        ("Umsatz (€)", [f"${x}" for x in SPEND], "$", 1),
        ("Umsatz (k€)", [f"${x}" for x in SPEND], "$", 1),
        ("Umsatz (k€)", [f"€{x}" for x in SPEND], "€", 1e3),
        ("Umsatz (€)", [f"{x}k" for x in SPEND], "€", 1),
        ("Umsatz (k€)", [f"{x}k" for x in SPEND], "€", 1),
        ("fares_cents", whole(200, 90_000), "", 0.01),
        ("fares_cents", SPEND, "", 1),
        ("Followers (000s)", whole(200, 90_000), "", 1e3),
        ("Visits (EUR)", whole(0, 30), "", 1),
    ],
)
def test_cells_and_role_decide_whether_the_name_is_followed(
    tmp_path: Path, name: str, cells: Sequence[object], unit: str, scale: float
) -> None:
    role = {"roles": {name: Role.COUNT}} if name.startswith("Visits") else {}
    column = columns(tmp_path, {name: cells}, **role)[name]
    assert (column.unit, column.scale) == (unit, scale)


def test_thousands_are_not_added_to_ones(tmp_path: Path) -> None:
    names = ("Umsatz Wein", "Umsatz Bier", "Umsatz Brot", "Umsatz Reis", "Umsatz Käse (T€)")
    cells = [[f"{x:.1f}" for x in np.random.default_rng(i).lognormal(4, 1, ROWS)] for i in range(len(names))]
    found = columns(tmp_path, dict(zip(names, cells, strict=True)))
    assert [c.parts for c in found.columns if c.parts] == [names[:4]]
