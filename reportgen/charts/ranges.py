"""Turn columns into ranges: where each segment's typical customer stands, and how far its members spread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reportgen import formats, palette
from reportgen.charts.axis import label_axis
from reportgen.charts.layout import MANY, rows
from reportgen.charts.registry import chart
from reportgen.charts.scale import Scale, knee
from reportgen.charts.sheet import FULL, LABEL, PT, TEXT, Sheet, width, wrap
from reportgen.charts.standing import title_with_unit, written

if TYPE_CHECKING:
    from reportgen.results import Analysis, Exhibit, Floats, Measure

NEARLY_ALL = (0.05, 0.95)
"""The thin line leaves out the lowest and the highest twentieth, among whom a single customer could be seen."""
NAMES, WIDE_NAMES, SHARE, GAP, NUMBER = 40.0, 62.0, 12.0, 7.0, 16.0
"""Room for names (of many segments), the share of customers, between panels and at most for the typical value, mm."""
BAR, DOT = 2.6, 2.4


@chart("ranges")
def ranges(analysis: Analysis, exhibit: Exhibit, accent: str) -> Sheet:
    """A row per segment, a panel per column: nearly all as a line, the middle half as a bar, the typical as a dot."""
    sheet = Sheet(FULL)
    columns = exhibit.columns
    many = len(analysis.segments) > MANY
    size, room = (7.4, WIDE_NAMES) if many else (LABEL, NAMES)
    start = room + SHARE
    names = [wrap(name, room - 3, size, 600) for name in [*rows(analysis.segments), "All customers"]]
    pitch = max(5.0 if many else 7.4, max(len(n) for n in names) * size * 1.08 * PT + 0.8)
    panel = (FULL - start - GAP * (len(columns) - 1)) / max(len(columns), 1)

    measures = [analysis.story.measures[c] for c in columns]
    titles = [wrap(title_with_unit(m), panel - 14, LABEL, 600, 3) for m in measures]
    line = max(len(t) for t in titles) * LABEL * 1.16 * PT + 1.6
    end = line + 1.2 + pitch * len(names)
    sheet.rules([(0, line, FULL, line)], palette.INK, 1.1)
    sheet.rules([(0, line + 1.2 + pitch * i, FULL, line + 1.2 + pitch * i) for i in range(1, len(names))],
                palette.mix(palette.RULE, palette.PAPER, 0.35), 0.5)  # fmt: skip
    sheet.text(start - 6, line - 1.6 - LABEL * 0.4 * PT, "share", size=7, colour=palette.GREY, align="right")
    middles = [line + 1.2 + pitch * (i + 0.5) for i in range(len(names))]
    for i, name in enumerate(names):
        everyone = i == len(analysis.segments)
        if not everyone:
            sheet.boxes([(0, middles[i] - 1.9, 1.0, 3.8)], palette.segment_colour(i))
        sheet.lines(2.8, middles[i], name, size=size, weight=400 if everyone else 600, anchor="middle",
                    leading=1.08, colour=palette.INK_SOFT if everyone else palette.INK)  # fmt: skip
        share = 1.0 if everyone else analysis.segments[i].share
        sheet.text(
            start - 6, middles[i], formats.percent(share), size=TEXT, colour=palette.INK_SOFT, align="right"
        )
    for j, (column, measure) in enumerate(zip(columns, measures, strict=True)):
        left = start + j * (panel + GAP)
        foot = line - 1.6 - LABEL * 0.4 * PT
        sheet.lines(left, foot, titles[j], size=LABEL, weight=600, anchor="bottom", leading=1.16)
        sheet.text(left + panel, foot, "typical", size=7, colour=palette.GREY, align="right")
        _panel(sheet, analysis, column, measure, middles, (left, panel, line, end))
    return sheet.finish(end + 5.2)


def spreads(analysis: Analysis, column: str) -> Floats:
    """(k + 1, 5) lowest drawn, lower quartile, median, upper quartile, highest drawn; by segment, then everyone."""
    values, member = analysis.columns[column].values, analysis.segment_index()
    profile = analysis.profile
    at, k = profile.columns.index(column), len(analysis.segments)
    found = np.full((k + 1, 5), np.nan)
    for i in range(k + 1):
        mine = values if i == k else values[member == i]
        mine = mine[np.isfinite(mine)]
        if len(mine):
            low, high = np.quantile(mine, NEARLY_ALL)
            found[i] = (
                low,
                profile.quartiles[i, at, 0],
                profile.median[i, at],
                profile.quartiles[i, at, 1],
                high,
            )
    return found


def _panel(
    sheet: Sheet,
    analysis: Analysis,
    column: str,
    measure: Measure,
    middles: list[float],
    frame: tuple[float, float, float, float],
) -> None:
    left, panel, line, end = frame
    drawn = spreads(analysis, column)
    known = drawn[np.isfinite(drawn)]
    everyone = len(drawn) - 1
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    if 0 <= low < 0.25 * high:
        low = 0.0
    if not high > low:
        low, high = low - max(abs(low), 1.0) * 0.5, high + max(abs(high), 1.0) * 0.5
    values = analysis.columns[column].values
    bend = knee(values[np.isfinite(values)]) if measure.kind in ("money", "number", "whole") else 0.0
    typical = [
        written(float(value), measure, NUMBER, TEXT, 600) if np.isfinite(value) else ""
        for value in drawn[:, 2]
    ]
    numbers = max(width(text, TEXT, 600) for text in [*typical, "0000"]) + 3.0
    scale = Scale(low=low, high=high, start=left + DOT / 2, end=left + panel - numbers, knee=bend)
    if np.isfinite(drawn[everyone]).all():
        at = scale.at(float(drawn[everyone, 2]))
        sheet.rules([(at, line, at, end)], palette.GREY, 0.6)
    for i, middle in enumerate(middles):
        if not np.isfinite(drawn[i]).all():
            continue
        colour = palette.INK_SOFT if i == everyone else palette.segment_colour(i)
        places = scale(drawn[i])
        sheet.rules([(places[0], middle, places[4], middle)], palette.mix(palette.PAPER, colour, 0.55), 0.9)
        sheet.boxes([(places[1], middle - BAR / 2, max(places[3] - places[1], 0.5), BAR)],
                    palette.mix(palette.PAPER, colour, 0.45))  # fmt: skip
        sheet.dots(places[2:3], np.array([middle]), DOT, colour, edge=0.3, name=f"typical-{column}-{i}")
        sheet.text(left + panel, middle, typical[i], size=TEXT, weight=400 if i == everyone else 600, align="right",
                   colour=palette.INK_SOFT if i == everyone else palette.INK)  # fmt: skip
    sheet.rules([(scale.start, end, scale.end, end)], palette.INK, 0.6)
    label_axis(sheet, scale, measure, end + 2.6)
