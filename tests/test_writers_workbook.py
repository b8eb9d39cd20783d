"""customers.xlsx."""

from __future__ import annotations

import dataclasses
import io
import re
import zipfile

import pytest
from make_analysis import make_analysis

from reportgen.writers import workbook


def parts(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name).decode("utf-8") for name in archive.namelist()}


def made(customer: str = "007") -> dict[str, str]:
    analysis = make_analysis(k=2, n=60)
    columns = dataclasses.replace(analysis.columns, customers=(customer, *map(str, range(59))))
    data = workbook.write_workbook(dataclasses.replace(analysis, columns=columns), "2026-11-23")
    assert data is not None
    return parts(data)


@pytest.mark.parametrize(
    "payload", ["=1+1", "+1", "@SUM(A1)", "http://example.com", "=HYPERLINK(1)", "{=A1}"]
)
def test_no_cell_is_a_live_formula_or_link(payload: str) -> None:
    files = made(payload)
    sheets = "".join(text for name, text in files.items() if name.startswith("xl/worksheets/"))
    assert "<f>" not in sheets
    assert "<f " not in sheets
    assert "hyperlink" not in sheets
    assert payload in files["xl/sharedStrings.xml"]


def test_ids_stay_text_numbers_stay_numbers_and_the_header_is_frozen() -> None:
    files = made()
    sheet = files["xl/worksheets/sheet1.xml"]
    assert 'state="frozen"' in sheet
    assert "<autoFilter" in sheet
    assert "<t>007</t>" in files["xl/sharedStrings.xml"]
    assert re.search(r'<c r="D2" s="\d+"><v>', sheet)


def test_same_bytes_twice_and_the_date_is_the_reports() -> None:
    analysis = make_analysis(k=2, n=60)
    one, two = (workbook.write_workbook(analysis, "2026-11-23") for _ in range(2))
    assert one == two
    assert one is not None
    assert "2026-11-23" in parts(one)["docProps/core.xml"]


def test_above_the_limit_there_is_a_note_and_no_workbook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "ROW_LIMIT", 59)
    analysis = make_analysis(k=2, n=60)
    assert workbook.write_workbook(analysis, "2026-11-23") is None
    note = workbook.too_long(analysis)
    assert note is not None
    assert note.code == "no-workbook"
