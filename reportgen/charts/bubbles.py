"""Turn two columns into a plane: where each segment's average customer stands, area says how many they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reportgen import formats, palette
from reportgen.charts.layout import place
from reportgen.charts.registry import chart
from reportgen.charts.scale import Scale, round_values, tick_text
from reportgen.charts.sheet import FULL, LABEL, PT, Sheet, shorten, width, wrap
from reportgen.charts.standing import title_with_unit

if TYPE_CHECKING:
    from reportgen.results import Analysis, Exhibit, Floats, Measure

TOP, PLOT, LARGEST = 6.0, 66.0, 6.2
"""Top and height of the plane, radius of half of all customers; mm."""


@chart("bubbles")
def bubbles(analysis: Analysis, exhibit: Exhibit, accent: str) -> Sheet:
    """Segment means of the exhibit's first column to the right, of its second upwards."""
    across, up = exhibit.columns[:2]
    measures, profile = analysis.story.measures, analysis.profile
    k = len(analysis.segments)
    x_of, y_of = (profile.mean[:, profile.columns.index(c)] for c in (across, up))
    radius = np.array([max(LARGEST * np.sqrt(s.share / 0.5), 1.0) for s in analysis.segments])
    y_ticks = round_values(*_range(y_of[:k]), 4)
    labels = [tick_text(t, measures[up], max(map(abs, y_ticks))) for t in y_ticks]
    left = max(width(t, 7.4) for t in labels) + 3.0
    plane = (left, TOP, FULL - left - 1.0, PLOT)
    x_scale = _scale(x_of[:k], left, FULL - 1.0, radius.max() + 2.0)
    y_scale = _scale(y_of[:k], TOP + PLOT, TOP, radius.max() + 2.0)
    base = TOP + PLOT

    sheet = Sheet(FULL)
    faint = palette.mix(palette.RULE, palette.PAPER, 0.4)
    sheet.text(left, 1.8, shorten(f"↑ {_axis(measures[up])}", FULL - left, 7.6, 600), size=7.6, weight=600,
               colour=palette.INK_SOFT)  # fmt: skip
    for tick, label in zip(y_ticks, labels, strict=True):
        y = y_scale.at(tick)
        if TOP - 0.1 <= y <= base + 0.1:
            sheet.rules([(left, y, FULL - 1, y)], faint, 0.5)
            sheet.text(left - 2, y, label, size=7.4, colour=palette.GREY, align="right")
    ticks = round_values(x_scale.low, x_scale.high, 5)
    free = 0.0
    for tick in ticks:
        x, label = x_scale.at(tick), tick_text(tick, measures[across], max(map(abs, ticks)))
        half = width(label, 7.4) / 2
        if x - half < free or not left - 0.1 <= x <= FULL - half:
            continue
        sheet.rules([(x, TOP, x, base)], faint, 0.5)
        sheet.text(x, base + 2.6, label, size=7.4, colour=palette.GREY, align="center")
        free = x + half + 1.5
    sheet.rules([(left, base, FULL - 1, base)], palette.INK, 0.8)
    sheet.text(FULL - 1, base + 7.0, shorten(f"{_axis(measures[across])} →", FULL - left, 7.6, 600), size=7.6,
               weight=600, colour=palette.INK_SOFT, align="right")  # fmt: skip

    x, y = x_scale(x_of[:k]), y_scale(y_of[:k])
    for i in np.argsort(-radius, kind="stable"):
        sheet.dots(x[i : i + 1], y[i : i + 1], 2 * radius[i], palette.segment_colour(int(i)), edge=0.3,
                   name=f"bubble-{analysis.segments[i].id}")  # fmt: skip
    names = [wrap(s.name, 42.0, LABEL, 600) for s in analysis.segments]
    shares = [formats.percent(s.share) for s in analysis.segments]
    sizes = []
    for name, share in zip(names, shares, strict=True):
        last = width(name[-1] + " ", LABEL, 600) + width(share, LABEL)
        sizes.append((max(*(width(n, LABEL, 600) for n in name), last), len(name) * LABEL * 1.15 * PT))
    marks = [(float(x[i]), float(y[i]), float(radius[i])) for i in range(k)]
    spots = place(marks, sizes, plane)
    for i, spot in enumerate(spots):
        left_of = spot.box[0]
        if spot.tied:
            bx, by, w, h = spot.box
            to = (min(max(marks[i][0], bx), bx + w), min(max(marks[i][1], by), by + h))
            sheet.rules([(marks[i][0], marks[i][1], *to)], palette.INK_SOFT, 0.5)
        step = LABEL * 1.15 * PT
        for n, line in enumerate(names[i]):
            at = spot.box[1] + (n + 0.5) * step
            sheet.text(left_of, at, line, size=LABEL, weight=600, halo=True)
            if n == len(names[i]) - 1:
                sheet.text(left_of + width(line + " ", LABEL, 600), at, shares[i], size=LABEL,
                           colour=palette.INK_SOFT, halo=True)  # fmt: skip
    return sheet.finish(base + 7.0 + 7.6 * 0.6 * PT)


def _axis(measure: Measure) -> str:
    if measure.kind == "flag":
        return f"{measure.title}, share of customers"
    noun = title_with_unit(measure).removeprefix(measure.title)
    return (
        f"Average {measure.noun}{noun} per customer"
        if measure.kind == "money"
        else f"Average {measure.noun}{noun}"
    )


def _range(values: Floats) -> tuple[float, float]:
    """From zero where that is near, with room around."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    span = high - low or abs(high) or 1.0
    if 0 <= low < 1.2 * span:
        low = 0.0
    return low, high + 0.02 * (high - low)


def _scale(values: Floats, start: float, end: float, inset: float) -> Scale:
    """A scale on which the largest bubble stays within ``start``..``end``."""
    low, high = _range(values)
    room = abs(end - start) - 2 * inset
    pad = (high - low or 1.0) * inset / room
    return Scale(low=low - pad, high=high + pad, start=start, end=end)
