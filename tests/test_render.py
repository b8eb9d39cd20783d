"""What the templates make of a report, as HTML."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from make_analysis import make_analysis
from make_report import make_report

from reportgen import palette, render
from reportgen.errors import OptionError
from reportgen.render import context, text
from reportgen.results import Note, Report, Sentence


class Ids(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.headings: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "a":
            self.links.append(str(found.get("href")))
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(tag)


def parsed(html: str) -> Ids:
    parser = Ids()
    parser.feed(html)
    return parser


@pytest.mark.parametrize("medium", ["print", "screen"])
@pytest.mark.parametrize("k", [2, 5, 12])
def test_pages_stand_in_the_order_of_the_design(medium: render.Medium, k: int) -> None:
    html = render.render(make_report(k=k, pictures=False), medium=medium)
    sections = re.findall(r'<section class="[^"]*" id="([^"]+)"', html)
    assert sections == [
        "cover", "contents", "summary", "overview", "profiles",
        *(f"segment-S{i + 1}" for i in range(k)), "unusual", "method", "quality", "definitions",
    ]  # fmt: skip


def test_every_link_leads_to_something_and_no_id_is_there_twice() -> None:
    page = parsed(render.render(make_report(k=5, pictures=False), medium="screen"))
    assert len(page.ids) == len(set(page.ids))
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)


def test_headings_skip_no_level_and_the_title_is_the_only_first_one() -> None:
    levels = [int(h[1]) for h in parsed(render.render(make_report(pictures=False), medium="print")).headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_exhibits_are_numbered_in_the_order_of_the_page() -> None:
    html = render.render(make_report(k=4, pictures=False), medium="print")
    numbers = [int(n) for n in re.findall(r"Exhibit (\d+)\.", html)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_an_exhibit_that_the_story_does_not_have_is_not_there() -> None:
    html = render.render(make_report(pictures=False, money=False, categories=False), medium="print")
    assert "asset:chart/fair-share" not in html
    assert "asset:chart/levels" not in html


def test_text_is_escaped_and_stripped_of_controls_and_overrides() -> None:
    report = make_report(pictures=False)
    story = dataclasses.replace(
        report.analysis.story,
        headline=(Sentence(text="<b>x</b> & \u202eevil\u0007"),),
        title='{{ 7*7 }}"<script>',
    )
    report = dataclasses.replace(report, analysis=dataclasses.replace(report.analysis, story=story))
    html = render.render(report, medium="print")
    assert "&lt;b&gt;x&lt;/b&gt; &amp; evil" in html
    assert "{{ 7*7 }}&#34;&lt;script&gt;" in html
    assert "\u202e" not in html
    assert "\u0007" not in html


def test_nothing_but_assets_is_addressed() -> None:
    for medium in ("print", "screen"):
        html = render.render(make_report(pictures=False), medium=medium)
        for address in re.findall(r'(?:src|href)="([^"]+)"|url\(([^)]+)\)', html):
            assert "".join(address).startswith(("asset:", "#")), address


@pytest.mark.parametrize("accent", ["red", "#12345", "#12345G", "#123456;}", ""])
def test_a_bad_accent_is_a_clear_error_and_never_reaches_the_style(accent: str) -> None:
    report = make_report(pictures=False)
    report = dataclasses.replace(report, brand=dataclasses.replace(report.brand, accent=accent))
    with pytest.raises(OptionError, match="--accent"):
        render.render(report, medium="print")


def test_ids_of_customers_stay_out_unless_asked_for() -> None:
    report = make_report(pictures=False)
    customer = report.analysis.story.cases[0].customer
    assert customer not in render.render(report, medium="print")
    shown = dataclasses.replace(report, brand=dataclasses.replace(report.brand, show_ids=True))
    assert customer in render.render(shown, medium="print")


def test_long_tables_are_capped_and_say_so() -> None:
    report = make_report(pictures=False)
    column = report.analysis.columns.columns[0]
    many = tuple(dataclasses.replace(column, name=f"C{i}") for i in range(300))
    analysis = dataclasses.replace(
        report.analysis, columns=dataclasses.replace(report.analysis.columns, columns=many)
    )
    html = render.render(dataclasses.replace(report, analysis=analysis), medium="print")
    assert ">C99<" in html
    assert ">C100<" not in html
    assert "And 200 more in evidence.json" in html


def test_warnings_come_first_among_the_notes() -> None:
    report = make_report(pictures=False)
    notes = (Note(code="a", message="Calm."), Note(code="b", message="Alarming.", level="warning"))
    table = dataclasses.replace(report.analysis.table, notes=notes)
    report = dataclasses.replace(report, analysis=dataclasses.replace(report.analysis, table=table))
    html = render.render(report, medium="print")
    assert html.index("Alarming.") < html.index("Calm.")


@pytest.mark.parametrize("colour", [palette.segment_colour(i) for i in range(12)])
def test_every_segment_colour_has_a_form_that_reads_on_white(colour: str) -> None:
    assert palette.contrast(render.readable(colour), palette.PAPER) >= 4.5


def test_rendering_does_not_depend_on_anything_else() -> None:
    report = make_report(pictures=False)
    assert render.render(report, medium="print") == render.render(report, medium="print")


def test_an_analysis_without_charts_still_renders() -> None:
    report = dataclasses.replace(make_report(pictures=False), charts={})
    assert "<figure" not in render.render(report, medium="print")


def test_the_title_on_the_cover_shrinks_with_its_length(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: Callable[[str], str] = context._cover_class
    assert [sizes("Five kinds of customer"), sizes("A title of the middle sort, of some words"), sizes("x" * 90)] == [
        "title-l", "title-m", "title-s",
    ]  # fmt: skip


def test_the_analysis_for_tests_is_whole() -> None:
    assert len(make_analysis(k=3).segments) == 3


def _pages_of(report: Report) -> dict[str, list[str]]:
    """Kinds of exhibits by section of the page, in order."""
    html = render.render(report, medium="print")
    sections = re.split(r'<section class="[^"]*" id="([\w-]+)"', html)
    return {
        name: re.findall(r"asset:chart/([\w-]+)", text)
        for name, text in zip(sections[1::2], sections[2::2], strict=True)
    }


def test_a_table_without_money_has_an_exhibit_in_its_summary_and_the_map_on_its_overview() -> None:
    report = make_report(k=4, pictures=False, money=False, categories=False)
    story = report.analysis.story
    exhibits = {key: one for key, one in story.exhibits.items() if one.kind != "bubbles"}
    story = dataclasses.replace(story, exhibits=exhibits)
    pages = _pages_of(dataclasses.replace(report, analysis=dataclasses.replace(report.analysis, story=story)))
    assert pages["summary"] == ["ranges"]
    assert pages["overview"] == ["map"]
    assert pages["profiles"] == ["heat"]


def test_a_full_overview_leaves_the_map_with_the_profiles() -> None:
    pages = _pages_of(make_report(k=4, pictures=False, categories=False))
    assert pages["summary"] == ["stacked-shares"]
    assert pages["overview"] == ["bubbles", "fair-share", "ranges"]
    assert pages["profiles"] == ["heat", "map"]


def test_an_exhibit_too_tall_for_the_summary_is_named_so_that_it_can_be_drawn_lower() -> None:
    report = make_report(k=4, pictures=False)
    story, charts = report.analysis.story, dict(report.charts)
    assert "stacked-shares" not in render.spaces(story, charts, "a4")
    charts["stacked-shares"] = dataclasses.replace(charts["stacked-shares"], height=200.0)
    assert render.spaces(story, charts, "a4")["stacked-shares"] == "little"
    assert "stacked-shares" not in _pages_of(dataclasses.replace(report, charts=charts))["summary"]


def test_a_workbook_has_neither_encoding_nor_delimiter() -> None:
    analysis = make_analysis(k=3)
    for encoding, delimiter in (("utf-8", ";"), ("workbook, sheet Customers", ""), ("parquet", "")):
        table = dataclasses.replace(analysis.table, encoding=encoding, delimiter=delimiter)
        facts = dict(context._file(dataclasses.replace(analysis, table=table)))
        assert all(facts.values())
        assert facts.get("Kind of file", "") in ("", "Workbook, sheet Customers", "Parquet")
        assert ("Columns separated by" in facts) is bool(delimiter)
        assert ("Kind of file" in facts) is not bool(delimiter)


def test_what_follows_a_name_written_from_the_right_stays_behind_it() -> None:
    mark = "\u200e"
    assert text.in_order("They owe 3: more") == "They owe 3: more"
    assert text.in_order("differ in סכום: 20 here") == f"differ in סכום{mark}: 20 here"
    assert text.in_order("High סכום כולל and (רווח)") == f"High סכום כולל{mark} and (רווח{mark})"


def test_a_map_that_gets_a_page_to_itself_is_drawn_taller() -> None:
    report = make_report(k=4, pictures=False)
    story, charts = report.analysis.story, dict(report.charts)
    for key, height in (("heat", 90.0), ("levels", 80.0), ("map", 70.0)):
        charts[key] = dataclasses.replace(charts[key], height=height)
    assert render.spaces(story, charts, "a4")["map"] == "much"
    assert _pages_of(dataclasses.replace(report, charts=charts))["profiles"] == ["heat", "levels", "map"]
    for key, height in (("heat", 50.0), ("levels", 20.0)):
        charts[key] = dataclasses.replace(charts[key], height=height)
    assert render.spaces(story, charts, "a4").get("map") != "much"
    assert _pages_of(dataclasses.replace(report, charts=charts))["profiles"] == ["heat", "levels", "map"]
