"""Turn real files into what check shows and what init writes, and hold both to what build would do."""

from __future__ import annotations

import csv
import json
import math
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from reportgen import describe, pipeline
from reportgen.config import resolve
from reportgen.results import Role

SAMPLE = Path(__file__).parent.parent / "sample_data" / "customers_2026_q2.csv"
KEYS = ["rows_read", "rows_used", "rows_set_aside", "encoding", "delimiter", "decimal", "columns", "notes"]
COLUMN_KEYS = ["name", "role", "used_for", "reason", "missing", "distinct", "min", "max", "mean", "sum"]


def run(*words: str | Path, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("REPORTGEN_")}
    return subprocess.run(
        [sys.executable, "-m", "reportgen", *map(str, words)],
        cwd=cwd, env=own | environ, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def checked(*words: str | Path, cwd: Path) -> dict[str, Any]:
    done = run("check", *words, "--json", cwd=cwd)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(
        done.stdout, parse_constant=lambda name: pytest.fail(f"{name} in JSON")
    )
    return found


def by_name(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {column["name"]: column for column in found["columns"]}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return checked(SAMPLE, cwd=tmp_path_factory.mktemp("check"))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Forty customers, semicolons, decimal commas, one of each kind of column."""
    lines = ["kunde;umsatz;rabatt_aktiv;region;beitritt;leer;land"]
    for i in range(40):
        region = ("Nord", "Süd", "West")[i % 3]
        amount = f"{i * 37 % 100 + 0.25:.2f}".replace(".", ",")
        joined = f"2024-{i % 12 + 1:02d}-{i % 28 + 1:02d}"
        lines.append(f"{i:05d};{amount};{'ja' if i % 4 else 'nein'};{region};{joined};;DE")
    path = tmp_path / "kunden.csv"
    path.write_text("\n".join(lines) + "\n", encoding="cp1252")
    return path


@pytest.fixture
def codes(tmp_path: Path) -> Path:
    """A table with a column of whole numbers that are codes, which can only be guessed."""
    rows = "".join(f"{i},{i * 37 % 101},{i * 53 % 97},{i % 3 + 1}\n" for i in range(60))
    path = tmp_path / "codes.csv"
    path.write_text("id,milk,fresh,channel\n" + rows)
    return path


# --------------------------------------------------------------------------- JSON


def test_json_has_exactly_the_promised_keys(sample: dict[str, Any]) -> None:
    assert list(sample) == KEYS
    for column in sample["columns"]:
        assert list(column) == COLUMN_KEYS
        assert column["role"] in list(Role)
        assert column["used_for"] in ("clustering", "profile", "left out")
        assert column["reason"]
    assert all(list(note) == ["code", "message"] for note in sample["notes"])


def test_statistics_are_those_of_the_file(sample: dict[str, Any]) -> None:
    with SAMPLE.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert sample["rows_read"] == len(rows) == sample["rows_used"] + sample["rows_set_aside"]
    assert (sample["encoding"], sample["delimiter"], sample["decimal"]) == ("utf-8", ",", ".")
    assert sample["rows_set_aside"] == 0
    header = list(rows[0])
    assert [column["name"] for column in sample["columns"] if column["name"] in header] == header
    numeric = 0
    for name, column in by_name(sample).items():
        if name not in header or column["sum"] is None or column["role"] == "flag":
            continue
        values = [float(row[name]) for row in rows if row[name].strip() not in ("", "NA")]
        assert column["missing"] == len(rows) - len(values)
        assert column["distinct"] == len(set(values))
        assert (column["min"], column["max"]) == (min(values), max(values))
        assert column["sum"] == pytest.approx(math.fsum(values), rel=1e-12)
        assert column["mean"] == pytest.approx(math.fsum(values) / len(values), rel=1e-12)
        numeric += 1
    assert numeric >= 8


def test_what_is_no_number_has_no_statistics(shop: Path) -> None:
    found = checked(shop.name, cwd=shop.parent)
    assert (found["delimiter"], found["decimal"]) == (";", ",")
    columns = by_name(found)
    assert columns["umsatz"]["role"] in ("amount", "score")
    assert columns["umsatz"]["max"] == 99.25
    assert columns["kunde"]["role"] == "id"
    assert columns["leer"]["role"] == "empty"
    assert columns["land"]["role"] == "constant"
    for name in ("kunde", "region", "leer", "land"):
        assert [columns[name][key] for key in ("min", "max", "mean", "sum")] == [None] * 4
    flag = columns["rabatt_aktiv"]
    assert (flag["role"], flag["min"], flag["max"], flag["sum"], flag["mean"]) == ("flag", 0, 1, 30, 0.75)
    date = columns["beitritt"]
    if date["role"] == "date":
        assert (date["min"], date["max"], date["mean"]) == ("2024-01-01", "2024-12-24", None)


def test_options_about_reading_and_roles_are_obeyed(shop: Path) -> None:
    words = ["--ignore", "region", "--as", "text=land", "--encoding", "cp1252", "--delimiter", "semicolon"]
    columns = by_name(checked(shop.name, *words, cwd=shop.parent))
    assert columns["region"]["used_for"] == "left out"
    assert columns["land"]["role"] == "text"
    again = run("check", shop.name, "--as", "text=nirgends", cwd=shop.parent)
    assert again.returncode == 2
    assert "nirgends" in again.stderr
    assert len(again.stderr.splitlines()) == 1


def test_check_is_what_build_decides(shop: Path) -> None:
    config = resolve({"segments": "2"}, source=shop, environ={"SOURCE_DATE_EPOCH": "0"})
    analysis = pipeline.analyse(shop, config)
    assert describe.as_json(analysis.table, analysis.columns) == checked(shop.name, cwd=shop.parent)


def test_check_writes_nothing(shop: Path) -> None:
    run("check", shop.name, cwd=shop.parent)
    assert [path.name for path in shop.parent.iterdir()] == [shop.name]


# --------------------------------------------------------------------------- for people


def test_the_table_for_people_names_every_column_and_the_plan(sample: dict[str, Any], tmp_path: Path) -> None:
    done = run("check", SAMPLE, cwd=tmp_path, COLUMNS="200")
    assert done.returncode == 0
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
    for column in sample["columns"]:
        assert column["name"] in done.stdout
        assert column["reason"].split()[0] in done.stdout
    assert f"{sample['rows_read']:,} rows read" in done.stdout
    assert "build would form segments of" in done.stdout
    assert all(len(line) <= 200 for line in done.stdout.splitlines())


def test_a_table_cannot_steer_the_terminal(tmp_path: Path) -> None:
    rows = "".join(f"{i},{i * 7 % 13},\x1b[31mred,[bold]x[/bold]{i % 3}\n" for i in range(60))
    (tmp_path / "t.csv").write_text("id,\x1b]0;owned\x07spend,[red]c[/red],kind\n" + rows)
    done = run("check", "t.csv", cwd=tmp_path, COLUMNS="200", FORCE_COLOR="1", NO_COLOR="1")
    assert "\x1b[31mred" not in done.stdout
    assert "\x1b]0;" not in done.stdout
    if done.returncode == 0:
        assert "[red]c[/red]" in done.stdout


# --------------------------------------------------------------------------- init


@pytest.mark.parametrize("which", ["sample", "shop", "codes"])
def test_init_writes_the_roles_and_they_change_nothing(
    which: str, shop: Path, codes: Path, tmp_path: Path
) -> None:
    source = {"sample": SAMPLE, "shop": shop, "codes": codes}[which]
    before = checked(source, cwd=tmp_path)
    done = run("init", source, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "reportgen.toml\n")
    roles = tomllib.loads((tmp_path / "reportgen.toml").read_text(encoding="utf-8"))["roles"]
    columns = by_name(before)
    for name, role in roles.items():
        assert columns[name]["role"] == role
    with source.open(newline="", encoding="cp1252") as file:
        header = next(csv.reader(file, delimiter=before["delimiter"]))
    guessed = [name for name in header if name not in roles]
    assert guessed == (["channel"] if which == "codes" else [])
    assert list(roles) == [name for name in header if name not in guessed]
    assert checked(source, cwd=tmp_path) == before


def test_init_of_a_table_that_cannot_be_used_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("")
    done = run("init", "t.csv", cwd=tmp_path)
    assert done.returncode == 2
    assert not (tmp_path / "reportgen.toml").exists()
