from __future__ import annotations

import io
import json
import random
import zipfile

import pytest
from mail_faults import SEGMENTS, WORDS, evidence, make_report

from reportgen.errors import MailError
from reportgen.mail.preflight import attachment, inspect


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return make_report(tmp_path_factory.mktemp("report") / "report.pdf")


def refuses(path, says):
    with pytest.raises(MailError, match=says) as error:
        inspect(path)
    assert str(error.value).startswith(f"{path}: ")


def test_a_whole_report_of_ours_passes(report):
    found = inspect(report)
    assert (found.title, found.period, found.grade, found.customers) == (
        "Customer segments",
        "2026-Q3",
        "clear",
        1000,
    )
    assert found.headline == tuple(WORDS["headline"])
    assert [segment.name for segment in found.segments] == [segment["name"] for segment in SEGMENTS]
    assert found.summary_page == 1


def test_what_is_no_whole_pdf_is_refused(report, tmp_path):
    pdf = report.read_bytes()
    bad = tmp_path / "bad.pdf"
    for data, says in (
        (b"", "is empty"),
        (b"<html>login</html>", "not a PDF"),
        (pdf[: len(pdf) // 2], "cut off"),
        (pdf[:-10], "cut off"),
        (pdf[:2000] + pdf[2100:], "table of contents is not where"),
    ):
        bad.write_bytes(data)
        refuses(bad, says)
    refuses(tmp_path / "missing.pdf", "cannot be read")
    refuses(tmp_path, "is a folder")


def test_no_damaged_byte_changes_what_is_sent(report, tmp_path):
    """A flipped byte either is found or changes nothing that anybody reads."""
    pdf, rng, bad = report.read_bytes(), random.Random(1), tmp_path / "bad.pdf"
    whole, refused = inspect(report), 0
    for _ in range(150):
        at = rng.randrange(len(pdf))
        bad.write_bytes(pdf[:at] + bytes([pdf[at] ^ (1 << rng.randrange(8))]) + pdf[at + 1 :])
        try:
            found = inspect(bad)
        except MailError:
            refused += 1
        else:
            assert (found.headline, found.segments, found.figures) == (
                whole.headline,
                whole.segments,
                whole.figures,
            )
    assert refused > 75


def test_a_foreign_or_blank_pdf_is_refused(tmp_path):
    path = tmp_path / "r.pdf"
    refuses(make_report(path, more={"evidence.json": b""}), "has no evidence.json inside")
    refuses(make_report(path, body="<p>x</p>"), "has no text on its 1 pages")
    blank = "<p>" + "word " * 90 + "</p><div style='break-before:page'></div>"
    refuses(make_report(path, body=blank), "page 2 of 2 is blank|is not in the text")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"format": 2}, "format 2"),
        ({"report": None}, "lacks"),
        ({"claims": []}, "lacks"),
        ({"segments": []}, "lacks"),
        ({"model": {"grade": "superb"}}, r"lacks model\.grade"),
        ({"source": {"rows_used": 5, "sha256": ""}}, "add up to 1000 customers, the table has 5"),
        ({"segments": [SEGMENTS[0] | {"size": True}, SEGMENTS[1]]}, "lacks size"),
    ],
)
def test_evidence_that_is_not_as_promised_is_refused(tmp_path, changes, says):
    inside = {"evidence.json": json.dumps(evidence() | changes).encode()}
    path = make_report(tmp_path / "r.pdf", more=inside)
    refuses(path, says)


def test_a_sentence_with_a_figure_must_be_a_claim(tmp_path):
    found = evidence()
    found["claims"] = [claim for claim in found["claims"] if "4 in 100" not in claim["text"]]
    refuses(make_report(tmp_path / "r.pdf", found), "no claim in the evidence proves «Only 4 in 100")
    found = evidence()
    found["claims"] = [claim | {"shown": "1"} for claim in found["claims"]]
    refuses(make_report(tmp_path / "r.pdf", found), "no claim in the evidence shows the figure 53%")


def test_names_and_headline_must_stand_on_the_pages(tmp_path):
    shown, told = evidence(), evidence()
    shown["segments"] = [SEGMENTS[0], SEGMENTS[1] | {"name": "Somebody else"}]
    inside = {"evidence.json": json.dumps(told).encode()}
    refuses(
        make_report(tmp_path / "r.pdf", shown, more=inside), "«Cash-Advance Users <b>» is not in the text"
    )
    shown = evidence(headline=["Another story."])
    refuses(make_report(tmp_path / "r.pdf", shown, more=inside), "headline «17% of customers")


def test_a_manifest_beside_the_report_must_agree(report, tmp_path):
    copy = tmp_path / "report.pdf"
    copy.write_bytes(report.read_bytes())
    digest = inspect(copy).sha256
    for manifest in (
        {"outputs": {"report.pdf": digest}},
        {"outputs": [{"name": "report.pdf", "sha256": digest}]},
        {"outputs": {"other.pdf": "0" * 64}},
    ):
        (tmp_path / "manifest.json").write_text(json.dumps(manifest))
        inspect(copy)
    for manifest in (
        {"outputs": {"report.pdf": {"sha256": "1" * 64}}},
        {"x": [{"path": "report.pdf", "h": "1" * 64}]},
    ):
        (tmp_path / "manifest.json").write_text(json.dumps(manifest))
        refuses(copy, "manifest.json beside it")


def test_an_embedded_file_about_persons_is_found(tmp_path):
    table = b"customer,segment_id,segment,distance\n007,S1,High,0.1\n"
    refuses(
        make_report(tmp_path / "r.pdf", more={"members.csv": table}),
        "a file about single customers is embedded",
    )


# --------------------------------------------------------------------------- attachments

HEADER = b"customer,segment_id,segment,distance,typicality,anomaly_score\n"


def _zip(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/"), data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("assignments.csv", b"x"),
        ("Customers.XLSX", b"x"),
        ("harmless.csv", HEADER + b"007,S1,High,1,1,1\n"),
        ("harmless.txt", HEADER.replace(b",", b";")),
        ("harmless.csv", b"\xef\xbb\xbf" + HEADER),
        ("harmless.csv", b"customer,segment_id,score,level,reasons\n"),
        ("mine.csv", b"Customer_ID,spend\n1,2\n"),
        ("mine.csv", b"who,spend,visits,age_of_card\nx,1,2,3\n"),
        ("nice.csv", b"Customer;Segment id;Segment\n"),
        ("rows.json", b'[{"customer": "007", "segment_id": "S1"}]'),
        ("all.zip", _zip(**{"a.csv": HEADER})),
        ("all.zip", _zip(**{"customers__x.csv": b"x"})),
        ("all.zip", _zip(**{"inner.zip": _zip(**{"assignments.csv": b"x"})})),
        ("broken.zip", _zip(**{"a.csv": HEADER})[:60]),
    ],
)
def test_a_file_about_persons_is_not_attached(report, tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    found = inspect(report)
    with pytest.raises(MailError, match="about single customers"):
        attachment(path, found, allow_personal_data=False)
    assert attachment(path, found, allow_personal_data=True).data == data


def test_a_workbook_about_persons_is_not_attached(report, tmp_path):
    import pandas as pd

    for names in (("customer", "segment_id"), ("Customer", "Segment id")):
        frame = pd.DataFrame({names[0]: ["007"], names[1]: ["S1"], "distance": [1.0]})
        frame.to_excel(tmp_path / "list.xlsx", index=False, engine="xlsxwriter")
        with pytest.raises(MailError, match="by its columns"):
            attachment(tmp_path / "list.xlsx", inspect(report), allow_personal_data=False)


def test_the_folder_and_the_source_table_give_a_file_away(report, tmp_path):
    import dataclasses
    import hashlib

    (tmp_path / "customers").mkdir()
    path = tmp_path / "customers" / "x.txt"
    path.write_bytes(b"anything")
    with pytest.raises(MailError, match="folder customers"):
        attachment(path, inspect(report), allow_personal_data=False)
    table = tmp_path / "c.csv"
    table.write_bytes(b"a,b\n1,2\n")
    found = dataclasses.replace(inspect(report), source_sha256=hashlib.sha256(b"a,b\n1,2\n").hexdigest())
    with pytest.raises(MailError, match="customer table"):
        attachment(table, found, allow_personal_data=False)


def test_other_files_are_attached(report, tmp_path):
    for name, data in {
        "segments.csv": b"segment_id,segment,customers,share\nS1,High,170,0.17\n",
        "chart.svg": b"<svg/>",
        "slides.zip": _zip(**{"a.txt": b"hello"}),
    }.items():
        (tmp_path / name).write_bytes(data)
        assert attachment(tmp_path / name, inspect(report), allow_personal_data=False).name == name
    (tmp_path / "empty").write_bytes(b"")
    for name in ("empty", "missing"):
        with pytest.raises(MailError, match=f"--attach .*{name}"):
            attachment(tmp_path / name, inspect(report), allow_personal_data=False)
