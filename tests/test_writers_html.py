"""report.html: one file that asks for nothing."""

from __future__ import annotations

import dataclasses
import re

import pytest
from make_report import make_report

from reportgen import render
from reportgen.errors import RenderError
from reportgen.results import Report
from reportgen.writers import html


def made(report: Report) -> str:
    return html.write_html(render.render(report, medium="screen"), report).decode("utf-8")


def test_every_address_is_inside_the_page() -> None:
    page = made(make_report(k=3))
    addresses = re.findall(r'\b(?:src|href|xlink:href)="([^"]*)"|url\(([^)]*)\)', page)
    assert addresses
    for address in map("".join, addresses):
        assert address.startswith(("#", "data:")) or re.fullmatch(r"#?[\w.-]+", address), address[:80]
    assert "<script" not in page
    assert "asset:" not in page.split("@media print")[0]
    assert "Content-Security-Policy" in page


def test_charts_are_pictures_with_a_name_and_ids_of_their_own() -> None:
    report = make_report(k=3)
    page = made(report)
    assert page.count('role="img"') == len(report.charts)
    assert '<img src="asset:chart' not in page
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    targets = set(re.findall(r'(?:xlink:href="|href="|url\()#([^")]+)', page))
    assert targets <= set(ids)


def test_fonts_are_cut_down_and_the_file_stays_small() -> None:
    page = made(make_report(k=12, long=True))
    assert page.count("data:font/woff2") >= 5
    assert len(page) < 2_000_000


def test_the_same_bytes_twice() -> None:
    assert made(make_report(k=2)) == made(make_report(k=2))


def test_the_logo_comes_along() -> None:
    report = make_report(k=2, pictures=False)
    brand = dataclasses.replace(
        report.brand, logo=("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    )
    assert "data:image/svg+xml;base64," in made(dataclasses.replace(report, brand=brand))


def test_a_picture_that_is_not_there_is_an_error() -> None:
    report = make_report(k=2, pictures=False)
    page = render.render(report, medium="screen").replace("asset:chart/cover.svg", "asset:chart/none.svg")
    with pytest.raises(RenderError, match="none"):
        html.write_html(page, report)
