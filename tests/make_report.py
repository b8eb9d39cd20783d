"""Build a Report by hand: the made-up analysis, its charts (or stand-ins, which are quick) and a brand."""

from __future__ import annotations

from functools import cache
from typing import Any

from make_analysis import make_analysis

from reportgen.results import Brand, Chart, Exhibit, Report

SIZES = {
    "cover": (210, 297), "segment-dots": (102, 78), "distributions": (170, 29), "choice-of-k": (81, 47),
    "silhouettes": (81, 40),
}  # fmt: skip


def stand_in(key: str, exhibit: Exhibit) -> Chart:
    width, height = SIZES.get(exhibit.kind, (170, 60))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
        f'viewBox="0 0 {width} {height}"><defs><path id="p" d="M0 0h9v9z"/></defs><use href="#p"/>'
        f'<text x="5" y="9" font-family="Report Sans" font-size="4">A chart</text></svg>'
    )
    return Chart(key=key, width=width, height=height, svg=svg.encode())


@cache
def make_report(*, pictures: bool = True, page: Any = "a4", show_ids: bool = False, **shape: Any) -> Report:
    """A report of `make_analysis(**shape)`; pictures: real charts instead of stand-ins."""
    analysis = make_analysis(**shape)
    if pictures:
        from reportgen import charts

        drawn = dict(charts.draw(analysis, accent="#B5302A"))
    else:
        drawn = {key: stand_in(key, exhibit) for key, exhibit in analysis.story.exhibits.items()}
    brand = Brand(
        title=None, organisation="Customer Insight", period=None, author="A. N. Analyst",
        classification="Confidential", accent="#B5302A", logo=None, as_of="2026-11-23", show_ids=show_ids, page=page,
    )  # fmt: skip
    return Report(analysis=analysis, charts=drawn, brand=brand, evidence=b'{"format": 1, "claims": []}\n')
