"""report.pdf: one file that is PDF/A-3a and PDF/UA-1, the same bytes twice, and nothing from outside."""

from __future__ import annotations

import base64
import dataclasses
import itertools
import logging
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Literal

import page
import pypdfium2
import pytest
from make_report import make_report

from reportgen import render
from reportgen.errors import RenderError
from reportgen.results import Note, Report, Sentence
from reportgen.writers import pdf


def typeset(report: Report) -> pdf.Typeset:
    return pdf.typeset(render.render(report, medium="print"), report)


def with_headline(report: Report, text: str) -> Report:
    story = dataclasses.replace(report.analysis.story, headline=(Sentence(text=text),))
    return dataclasses.replace(report, analysis=dataclasses.replace(report.analysis, story=story))


SHAPES = {
    "five": make_report(k=5),
    "two on letter": make_report(k=2, page="letter"),
    "twelve with long names": make_report(k=12, long=True),
    "no money, ids shown": make_report(k=3, money=False, show_ids=True),
}


@pytest.fixture(scope="module", params=list(SHAPES))
def made(request: pytest.FixtureRequest) -> tuple[Report, pdf.Typeset]:
    report = SHAPES[request.param]
    return report, typeset(report)


@pytest.mark.parametrize("profile", ["ua1", "3a"])
def test_conforms(made: tuple[Report, pdf.Typeset], profile: str) -> None:
    result = page.validate_pdf_bytes(made[1].data, profile=profile)
    assert [(failure.rule_id, failure.message) for failure in result.failures] == []


def test_the_validator_would_notice(
    made: tuple[Report, pdf.Typeset], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "_PDFUA", b"</rdf:RDF>")
    assert not page.is_pdf_compliant_bytes(typeset(made[0]).data, profile="ua1")


def test_is_sound_to_another_reader(made: tuple[Report, pdf.Typeset], tmp_path: Path) -> None:
    if shutil.which("qpdf") is None:
        pytest.skip("qpdf is not installed")
    (tmp_path / "report.pdf").write_bytes(made[1].data)
    subprocess.run(["qpdf", "--check", tmp_path / "report.pdf"], check=True, capture_output=True)


def test_has_no_notes_and_is_small(made: tuple[Report, pdf.Typeset]) -> None:
    assert made[1].notes == ()
    assert len(made[1].data) < 1_000_000
    segments = len(made[0].analysis.segments)
    assert made[1].pages <= (24 if segments <= 5 else 19 + segments)


def test_the_first_guess_of_fit_is_right(
    made: tuple[Report, pdf.Typeset], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What render computes from the sizes of the sheet is what the sheet does: no second layout."""
    layouts = []
    layout = pdf._layout
    monkeypatch.setattr(pdf, "_layout", lambda *given: layouts.append(1) or layout(*given))
    typeset(made[0])
    assert len(layouts) == 1


LOGOS = {
    "image/png": base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAYAAACp8Z5+AAAAEklEQVR4nGP4z8DwHxkzkC4AADxAH+FggXe0AAAAAElFTkSuQmCC"
    ),
    "image/svg+xml": b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 20"><circle cx="10" cy="10" r="9"/>'
    b'<text x="80" y="15" text-anchor="end">Acme</text></svg>',
}


@pytest.mark.parametrize("kind", LOGOS)
def test_a_logo_stands_on_the_cover_of_a_report_that_conforms(kind: str) -> None:
    report = make_report(k=2, pictures=False)
    report = dataclasses.replace(report, brand=dataclasses.replace(report.brand, logo=(kind, LOGOS[kind])))
    made = typeset(report)
    for profile in ("ua1", "3a"):
        assert page.validate_pdf_bytes(made.data, profile=profile).failures == []
    if kind == "image/png":
        cover = pypdfium2.PdfDocument(made.data)[0]
        assert any(thing.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE for thing in cover.get_objects())


def test_a_chart_s_words_are_set_as_lines_and_read_as_written() -> None:
    report = make_report(k=5)
    document = pypdfium2.PdfDocument(typeset(report).data)
    text = "\n".join(document[i].get_textpage().get_text_bounded() for i in range(len(document)))
    for words in (
        "Mean silhouette",
        "1× = fair share",
        "Below average",
        "Number of segments",
        "more unusual →",
    ):
        assert words in text


def test_the_classification_stands_on_every_page() -> None:
    document = pypdfium2.PdfDocument(typeset(make_report(k=2, pictures=False)).data)
    for i in range(len(document)):
        assert "Confidential" in document[i].get_textpage().get_text_bounded()


def test_summary_contents_and_segments_stay_on_one_page(made: tuple[Report, pdf.Typeset]) -> None:
    report, result = made
    document = pypdfium2.PdfDocument(result.data)
    outline = [(item.get_title(), item.get_dest().get_index()) for item in document.get_toc()]
    names = [segment.name.strip() for segment in report.analysis.segments]
    starts = dict(outline)
    order = ["Contents", "Executive summary", "Overview"]
    assert [starts[b] - starts[a] for a, b in itertools.pairwise(order)] == [1, 1]
    pages = [starts[name] for name in names] + [starts["Unusual customers"]]
    assert [b - a for a, b in itertools.pairwise(pages)] == [1] * len(names)


@pytest.mark.parametrize("size", ["a4", "letter"])
def test_a_name_longer_than_a_line_is_broken_at_the_margin(size: Literal["a4", "letter"]) -> None:
    name = "Naive_Bayes_Classifier_" * 7
    notes = (Note(code="column-left-out", message=f"{name} is left out: it is empty.", level="warning"),)
    report = make_report(k=2, page=size, pictures=False)
    table = dataclasses.replace(report.analysis.table, notes=notes)
    report = dataclasses.replace(report, analysis=dataclasses.replace(report.analysis, table=table))
    quality = text_of(typeset(report), "is left out: it is empty.")
    edge = max(quality.get_charbox(i)[2] for i in range(quality.count_chars())) / 72 * 25.4
    margin = {"a4": 210.0, "letter": 215.9}[size] / 2 + 85  # 170 mm are set
    assert margin - 10 < edge <= margin + 0.5


def text_of(made: pdf.Typeset, words: str) -> pypdfium2.PdfTextPage:
    """The text of the page that has some words."""
    document = pypdfium2.PdfDocument(made.data)
    pages = (document[i].get_textpage() for i in range(len(document)))
    return next(found for found in pages if words in found.get_text_bounded())


def test_carries_evidence_and_segments(made: tuple[Report, pdf.Typeset]) -> None:
    report, result = made
    document = pypdfium2.PdfDocument(result.data)
    found = {}
    for i in range(document.count_attachments()):
        attachment = document.get_attachment(i)
        found[attachment.get_name()] = bytes(attachment.get_data())
    assert found["evidence.json"] == report.evidence
    assert found["segments.csv"].startswith(b"id,name,size,share,")
    assert set(found) == {"evidence.json", "segments.csv"}


def test_says_whose_it_is() -> None:
    document = pypdfium2.PdfDocument(typeset(make_report(k=2, pictures=False)).data)
    metadata = document.get_metadata_dict()
    assert metadata["Title"] == make_report(k=2, pictures=False).analysis.story.title
    assert metadata["Author"] == "A. N. Analyst"
    assert metadata["CreationDate"].startswith("D:20261123")


def test_two_processes_write_the_same_bytes() -> None:
    program = (
        "import hashlib, sys; sys.path.insert(0, 'tests'); from make_report import make_report; "
        "from reportgen import render; from reportgen.writers import pdf; r = make_report(k=2); "
        "print(hashlib.sha256(pdf.write_pdf(render.render(r, medium='print'), r)).hexdigest())"
    )
    hashes = {
        subprocess.run(
            [sys.executable, "-c", program], check=True, capture_output=True, text=True,
            cwd=Path(__file__).parent.parent, env={"PATH": "/usr/bin:/bin", "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(hashes) == 1


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="http://example.com/a.png" alt="x">',
        '<img src="file:///etc/passwd" alt="x">',
        '<img src="data:image/png;base64,AAAA" alt="x">',
        '<img src="asset:chart/none.svg" alt="x">',
        '<img src="../secret.png" alt="x">',
        '<link rel="stylesheet" href="http://example.com/a.css">',
        '<p style="background:url(http://example.com/a.png)">x</p>',
        "<style>@import url(file:///etc/passwd);</style>",
        '<object data="file:///etc/passwd"></object>',
        '<embed src="http://example.com/a.png">',
    ],
)
def test_nothing_is_fetched_from_anywhere(markup: str) -> None:
    report = make_report(k=2, pictures=False)
    html = render.render(report, medium="print").replace("</h1>", "</h1>" + markup)
    with pytest.raises(RenderError):
        pdf.write_pdf(html, report)


def test_an_attachment_from_outside_is_refused() -> None:
    report = make_report(k=2, pictures=False)
    html = render.render(report, medium="print").replace(
        "<title>", '<link rel="attachment" href="file:///etc/passwd"><title>'
    )
    with pytest.raises(RenderError):
        pdf.write_pdf(html, report)


def test_a_script_without_a_font_becomes_one_note(monkeypatch: pytest.MonkeyPatch) -> None:
    # U+13000: Egyptian hieroglyphs, for which hardly a machine has a font.
    result = typeset(
        with_headline(make_report(k=2, pictures=False), "Kinds \U00013000\U00013001 of customer")
    )
    for note in result.notes:
        assert note.code == "script-without-font"
        assert "Egyptian" in note.message
    assert len(result.notes) <= 1


def test_what_is_logged_is_an_error_and_reaches_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    report = make_report(k=2, pictures=False)
    html = render.render(report, medium="print").replace("<style>", "<style>p{colour-me:bad}")
    with pytest.raises(RenderError, match="colour-me"):
        pdf.write_pdf(html, report)
    assert capsys.readouterr() == ("", "")
    assert logging.getLogger("weasyprint").propagate or True


def test_no_stream_ends_in_a_carriage_return(made: tuple[Report, pdf.Typeset]) -> None:
    assert b"\r\nendstream" not in made[1].data


def test_a_page_that_is_far_too_long_gives_up_its_exhibit_and_still_fits() -> None:
    report = make_report(k=3)
    finding = dataclasses.replace(
        report.analysis.story.findings[0],
        body=(Sentence(text="A sentence of the longer sort that says who and how much. " * 7),),
    )
    story = dataclasses.replace(report.analysis.story, findings=(finding,) * 5)
    report = dataclasses.replace(report, analysis=dataclasses.replace(report.analysis, story=story))
    document = pypdfium2.PdfDocument(typeset(report).data)
    starts = {item.get_title(): item.get_dest().get_index() for item in document.get_toc()}
    assert starts["Overview"] - starts["Executive summary"] == 1


def test_a_weasyprint_that_cannot_be_taught_draws_the_words_of_charts_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    report = make_report(k=2)
    monkeypatch.setitem(sys.modules, "weasyprint.matrix", None)  # as if it had moved
    assert pdf._teach_labels() is False
    made = typeset(report)
    assert made.notes == ()
    text = "".join(one.get_textpage().get_text_range() for one in pypdfium2.PdfDocument(made.data))
    assert "ordinary" in text  # stands in a chart only
