from __future__ import annotations

import ast
import copy
import json
import math
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from mutations import Original, make_original, replace_evidence

from reportgen.cli import main, program
from reportgen.errors import ReportError, ReportgenError
from reportgen.verify import verify

PACKAGE = Path(__file__).resolve().parent.parent / "reportgen"
FORBIDDEN = {
    "preprocess", "clustering", "hierarchy", "anomalies", "claims", "labels", "narrative", "evidence", "formats",
    "charts", "render", "writers", "pipeline",
}  # fmt: skip


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Original:
    return make_original(tmp_path_factory.mktemp("verify"))


def schema() -> Draft202012Validator:
    return Draft202012Validator(json.loads((PACKAGE / "evidence.schema.json").read_text(encoding="utf-8")))


def reported(pdf: Path) -> dict[str, Any]:
    document = pypdfium2.PdfDocument(pdf)
    attached = [document.get_attachment(i) for i in range(document.count_attachments())]
    found = json.loads(next(bytes(a.get_data()) for a in attached if a.get_name() == "evidence.json"))
    document.close()
    return found


# --------------------------------------------------------------------------- real reports


def test_every_claim_of_an_unchanged_report_holds(original: Original) -> None:
    result = original.verified()
    assert result.failures == ()
    assert result.identical
    assert result.hold == result.claims == len(original.evidence["claims"]) > 100
    only = {c.statistic for c in result.checked if c.how == "evidence only"}
    assert only == {"measure"}
    assert result.recomputed > 0.9 * result.claims
    assert result.printed > 0.8 * result.claims


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("CC GENERAL.csv", ()),
        (
            "CC GENERAL.csv",
            ("-k", "4", "--scaling", "minmax", "--features",
             "PURCHASES_FREQUENCY,PURCHASES_INSTALLMENTS_FREQUENCY,PURCHASES_TRX", "--period", "Q3 2026",
             "--organisation", "Bank 24", "--show-ids"),
        ),
        ("BankChurners.csv", ("--scaling", "rank", "--id", "CLIENTNUM")),
    ],
)  # fmt: skip
def test_every_claim_about_a_real_table_holds(
    shared_data: Path, tmp_path: Path, name: str, options: tuple[str, ...]
) -> None:
    report = tmp_path / "report.pdf"
    assert main(["build", "-q", str(shared_data / name), *options, "-o", str(report)]) == 0
    result = verify(report, shared_data / name)
    assert result.failures == ()
    assert list(schema().iter_errors(reported(report))) == []


def test_roles_decimals_and_id_set_by_hand_are_followed(tmp_path: Path, sample_q3: Path) -> None:
    rows = [line.split(",") for line in sample_q3.read_text(encoding="utf-8").splitlines()[:401]]
    money = rows[0].index("card_spend")
    for row in rows[1:]:
        row[money] = row[money].replace(".", ",")
    table, report = tmp_path / "customers.csv", tmp_path / "report.pdf"
    table.write_text("\n".join(";".join(row) for row in rows), encoding="latin-1")
    options = ["--as", "category=age", "--as", "score=card_spend", "--ignore", "region", "--scaling", "log"]
    assert main(["build", "-q", str(table), "-k", "3", *options, "-o", str(report)]) == 0
    assert verify(report, table).failures == ()


def test_the_command_says_it_in_a_line_and_in_json(original: Original, tmp_path: Path) -> None:
    pdf = tmp_path / "report.pdf"
    pdf.write_bytes(original.pdf)
    good = CliRunner().invoke(program, ["verify", str(pdf), str(original.table)], standalone_mode=False)
    assert good.return_value == 0
    assert good.output.startswith(f"all {len(original.evidence['claims'])} claims hold")
    evidence = copy.deepcopy(original.evidence)
    evidence["claims"][0]["value"] += 1
    pdf.write_bytes(original.with_evidence(evidence))
    bad = CliRunner().invoke(program, ["verify", str(pdf), str(original.table)], standalone_mode=False)
    assert bad.return_value == 1
    assert bad.output.startswith("C001 (cover): expected ")
    told = CliRunner().invoke(
        program, ["verify", str(pdf), str(original.table), "--json"], standalone_mode=False
    )
    assert {f["id"] for f in json.loads(told.stdout)["failures"]} == {"C001"}


# --------------------------------------------------------------------------- evidence.json for outsiders


def test_real_evidence_is_as_the_schema_says(original: Original) -> None:
    Draft202012Validator.check_schema(schema().schema)
    assert list(schema().iter_errors(original.evidence)) == []


def test_the_schema_describes_every_key() -> None:
    def walk(part: Any, path: str) -> None:
        if not isinstance(part, dict):
            return
        for name, inner in part.get("properties", {}).items():
            assert inner.get("description"), f"{path}.{name}"
        for key in ("properties", "$defs"):
            for name, inner in part.get(key, {}).items():
                walk(inner, f"{path}.{name}")
        for key in ("items", "additionalProperties"):
            walk(part.get(key), f"{path}.{key}")
        for inner in part.get("oneOf", []):
            walk(inner, path)

    walk(schema().schema, "")


def test_the_schema_knows_the_statistics_and_styles_that_verify_knows() -> None:
    from reportgen.verify import reading, shown

    claim = schema().schema["properties"]["claims"]["items"]["properties"]
    assert {s["const"] for s in claim["statistic"]["oneOf"]} == set(reading.STATISTICS)
    assert {s["const"] for s in claim["unit"]["oneOf"]} == {*shown._STYLES, "level"}


def test_the_code_for_outsiders_works(shared_data: Path, tmp_path: Path) -> None:
    table = tmp_path / "customers.csv"
    table.write_bytes((shared_data / "CC GENERAL.csv").read_bytes())
    assert main(["build", "-q", str(table), "-o", str(tmp_path / "report.pdf")]) == 0
    (tmp_path / "evidence.json").write_text(json.dumps(reported(tmp_path / "report.pdf")), encoding="utf-8")
    guide = (PACKAGE / "evidence.md").read_text(encoding="utf-8")
    code = "".join(part.split("```")[0] for part in guide.split("```python")[1:])
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_verify_shares_no_code_with_what_made_the_words() -> None:
    for path in (PACKAGE / "verify").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{a.name}" for a in node.names)]
            elif isinstance(node, ast.Import):
                names = [a.name for a in node.names]
            for name in names:
                parts = name.split(".")
                assert not (parts[0] == "reportgen" and len(parts) > 1 and parts[1] in FORBIDDEN), (
                    f"{path.name}: {name}"
                )


# --------------------------------------------------------------------------- not ours, not whole, not this table


def refused(pdf: Path, table: Path) -> str:
    with pytest.raises(ReportError) as caught:
        verify(pdf, table)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_file_that_is_no_report_is_refused(original: Original, tmp_path: Path) -> None:
    pdf = tmp_path / "some.pdf"
    assert "absent.pdf" in refused(tmp_path / "absent.pdf", original.table)
    pdf.write_bytes(b"customer_id,spend\n1,2\n")
    assert "not a PDF" in refused(pdf, original.table)
    pdf.write_bytes(original.pdf[: len(original.pdf) // 2])
    assert "end of the file is missing" in refused(pdf, original.table)
    pdf.write_bytes(b"%PDF-1.7\nrubbish\n%%EOF\n")
    assert "can be read" in refused(pdf, original.table)
    document = pypdfium2.PdfDocument.new()
    document.new_page(100, 100)
    document.save(pdf)
    document.close()
    assert "no report of reportgen" in refused(pdf, original.table)


def test_evidence_of_another_kind_is_refused(original: Original, tmp_path: Path) -> None:
    pdf = tmp_path / "report.pdf"
    for data, said in (
        (b"", "evidence"),
        (b"\xff\xfe", "cannot be read"),
        (b"[1, 2", "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
        (b'{"format": 1, "format": 1}', "twice"),
        (b'{"format": NaN}', "no number"),
        (b'{"format": 2}', "format 2"),
        (b'{"format": 1e999}', "format"),
        (b'{"format": true}', "format"),
        (b"{}", "format: is missing"),
        (b"[]", "should be an object"),
        (b'{"format": ' + b"9" * 5000 + b"}", "cannot be read"),
    ):
        pdf.write_bytes(replace_evidence(original.pdf, data))
        assert said in refused(pdf, original.table), data[:40]


def test_another_table_is_refused(original: Original, tmp_path: Path, sample_q2: Path) -> None:
    pdf, other = tmp_path / "report.pdf", tmp_path / "other.csv"
    pdf.write_bytes(original.pdf)
    lines = original.table.read_text(encoding="utf-8").splitlines()
    other.write_text("\n".join(lines[:-1]), encoding="utf-8")
    assert "599 customers" in refused(pdf, other)
    other.write_text("\n".join(line.rpartition(",")[0] for line in lines), encoding="utf-8")
    assert "paid_in_full_share is not in it" in refused(pdf, other)
    quarter = sample_q2.read_text(encoding="utf-8").splitlines()
    other.write_text("\n".join([quarter[0], *quarter[-600:]]), encoding="utf-8")
    assert "figures differ" in refused(pdf, other)
    with pytest.raises(ReportgenError):
        verify(pdf, tmp_path / "absent.csv")


# --------------------------------------------------------------------------- hostile evidence

STRANGE = (
    None, True, -1, 0, 1e308, 10**400, "", "S1+S1", "x" * 30_000, [], {}, [[]], [None], {"all": []},
    {"column": "age", "op": "missing"}, math.pi,
)  # fmt: skip


def paths(part: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(part, dict):
        return [p for key, inner in part.items() for p in ((*here, key), *paths(inner, (*here, key)))]
    if isinstance(part, list):
        few = part if len(part) < 6 else part[:3]
        return [p for i, inner in enumerate(few) for p in ((*here, i), *paths(inner, (*here, i)))]
    return []


def test_strange_evidence_never_ends_in_a_traceback(
    original: Original, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reportgen import verify as whole
    from reportgen.verify import unusual

    monkeypatch.setattr(unusual, "MOST_ROWS", 0)  # for time
    customers: dict[str, Any] = {}
    read = whole.table.read_customers

    def once(path: Path, evidence: Any, name: str) -> Any:  # the table is the same every time
        key = json.dumps([p.column for p in evidence.preparation] + [s.column for s in evidence.steps])
        if key not in customers:
            customers[key] = read(path, evidence, name)
        return customers[key]

    monkeypatch.setattr(whole.table, "read_customers", once)
    document = whole.pages.open_report(_written(original))
    monkeypatch.setattr(whole.pages, "open_report", lambda path: document)
    draw = random.Random(20)
    every = paths(original.evidence)
    for _ in range(250):
        evidence = copy.deepcopy(original.evidence)
        path = draw.choice(every)
        holder = evidence
        for key in path[:-1]:
            holder = holder[key]
        if draw.random() < 0.15 and isinstance(holder, dict):
            del holder[path[-1]]
        else:
            holder[path[-1]] = draw.choice(STRANGE)
        data = json.dumps(evidence).encode()
        object.__setattr__(document, "evidence", data)
        message = ""
        try:
            whole.verify(Path("report.pdf"), original.table)
        except ReportgenError as error:
            message = str(error)
        assert "\n" not in message, path


def _written(original: Original) -> Path:
    path = original.folder / "strange.pdf"
    path.write_bytes(original.pdf)
    return path


def test_a_report_whose_names_are_written_from_the_right_holds(tmp_path: Path) -> None:
    chance = random.Random(5)
    lines = ["מספר לקוח,סכום,הזמנות,פעיל"]
    for n in range(240):
        kind = n % 3
        spent, orders = ((40, 2), (180, 9), (800, 21))[kind]
        lines.append(
            f"{10_000 + n},₪{chance.gauss(spent, spent / 8):.2f},{max(1, round(chance.gauss(orders, 1)))},"
            f"{'לא' if kind == 1 else 'כן'}"
        )
    table = tmp_path / "he.csv"
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    report = tmp_path / "he.pdf"
    built = CliRunner().invoke(program, ["build", str(table), "-q", "-o", str(report)])
    assert built.exit_code == 0, built.output
    result = verify(report, table)
    assert result.failures == ()
    assert any("סכום" in segment["name"] for segment in reported(report)["segments"])


def test_numbers_in_thousands_are_shown_as_they_are_and_checked(tmp_path: Path) -> None:
    rng = random.Random(3)
    groups = [rng.choice((60, 300, 2000)) for _ in range(150)]
    rows = [f"K{i};{1 + g // 60};{g * rng.uniform(0.8, 1.2):.1f}" for i, g in enumerate(groups)]
    table, report = tmp_path / "t.csv", tmp_path / "r.pdf"
    table.write_text("\n".join(["Kundennr;Bestellungen;Umsatz (T€)", *rows]) + "\n", encoding="utf-8")
    assert main(["build", "-q", str(table), "-o", str(report)]) == 0
    assert verify(report, table).failures == ()
    evidence = reported(report)
    scaled = [claim for claim in evidence["claims"] if "scale" in claim]
    assert scaled
    assert all(claim["scale"] == 1000 and "€" in claim["shown"] for claim in scaled)
    schema().validate(evidence)
    whole = report.read_bytes()
    for wrong in (1.0, 1e6):
        changed = copy.deepcopy(evidence)
        for claim in changed["claims"]:
            if "scale" in claim:
                claim["scale"] = wrong
        report.write_bytes(replace_evidence(whole, json.dumps(changed).encode()))
        failed = {failure.id for failure in verify(report, table).failures}
        assert failed >= {claim["id"] for claim in scaled}
