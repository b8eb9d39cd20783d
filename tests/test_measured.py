"""What names say of their numbers: currency and scale, read, written out, and proved."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from mutations import replace_evidence
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
