"""Turn columns into small distributions: grey is everyone, colour the segment, each with the same area."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reportgen import formats, palette
from reportgen.charts.axis import label_axis
from reportgen.charts.levels import shown_levels
from reportgen.charts.registry import chart
from reportgen.charts.scale import Scale, knee
from reportgen.charts.sheet import FULL, HALF, PT, Sheet, shorten, width, wrap
from reportgen.charts.standing import title_with_unit

if TYPE_CHECKING:
    from reportgen.results import Analysis, Column, Exhibit, Floats, Measure

BESIDE, GAP, PLOT, BINS, BARS = 4, 6.0, 18.0, 100, 4
"""Panels in a row, mm between them, height of a curve, bins of a curve, levels as bars."""


@chart("distributions")
def distributions(analysis: Analysis, exhibit: Exhibit, accent: str) -> Sheet:
    """A panel per column of the exhibit, four in a row."""
    me = next(i for i, s in enumerate(analysis.segments) if s.id == exhibit.segment)
    colour = palette.segment_colour_among_grey(me)
    inside = analysis.segment_index() == me
    columns = exhibit.columns
    beside = min(BESIDE, max(len(columns), 1))
    panel = min((FULL - GAP * (beside - 1)) / beside, HALF)
    titles = [wrap(title_with_unit(analysis.story.measures[c]), panel, 8.0, 600) for c in columns]
    sheet = Sheet(FULL)
    y = 0.0
    for first in range(0, len(columns), beside):
        rows = range(first, min(first + beside, len(columns)))
        head = max(len(titles[j]) for j in rows) * 8.0 * 1.15 * PT
        for j in rows:
            left = (j - first) * (panel + GAP)
            column, measure = analysis.columns[columns[j]], analysis.story.measures[columns[j]]
            sheet.lines(left, y + 1.7, titles[j], size=8.0, weight=600, leading=1.15)
            if column.levels and not (column.ordered and len(column.levels) > BARS):
                _bars(sheet, column, inside, left, y + head + 2.0, panel, colour)
            else:
                _curves(sheet, column.values, measure, inside, left, y + head + 2.4, panel, colour)
        y += head + PLOT + 2.4 + 5.0 + (4 if first + beside < len(columns) else 0)
    return sheet.finish(y)


def density(values: Floats, low: float, high: float, narrowest: float) -> Floats:
    """(BINS,) share of ``values`` per bin width between ``low`` and ``high``, smoothed (Scott's rule)."""
    counts, _ = np.histogram(values, bins=BINS, range=(low, high))
    if not counts.sum():
        return np.zeros(BINS)
    step = (high - low) / BINS
    quartiles = np.quantile(values, [0.25, 0.75])
    spread = min(float(values.std()), float(quartiles[1] - quartiles[0]) / 1.35 or np.inf)
    width_ = max(0.9 * spread * len(values) ** -0.2, narrowest, 1.5 * step) / step
    reach = int(np.ceil(3 * width_))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width_) ** 2)
    # Mirrored at both ends: nothing leaks below zero.
    padded = np.pad(counts.astype(np.float64), reach, mode="symmetric" if reach <= BINS else "edge")
    smooth: Floats = np.convolve(padded, weights / weights.sum(), mode="valid")
    return smooth / max(len(values), 1)


def _curves(
    sheet: Sheet,
    values: Floats,
    measure: Measure,
    inside: Floats,
    left: float,
    top: float,
    panel: float,
    colour: str,
) -> None:
    known = np.isfinite(values)
    every, mine = values[known], values[known & inside]
    base = top + PLOT
    if not len(every):
        sheet.rules([(left, base, left + panel, base)], palette.INK, 0.6)
        return
    bend = knee(every) if measure.kind in ("money", "number", "whole") else 0.0
    low, high = (float(q) for q in np.quantile(every, [0.002, 0.997]))
    if every.min() >= 0 and low < 0.25 * high:
        low = 0.0
    if measure.kind in ("share", "flag") and every.min() >= 0 and every.max() <= measure.percent * 1.0001:
        low, high = 0.0, measure.percent if high > 0.3 * measure.percent else high
    if not high > low:
        low, high = float(every.min()), float(every.max())
    if not high > low:
        low, high = low - max(abs(low), 1.0) * 0.5, high + max(abs(high), 1.0) * 0.5
    scale = Scale(low=low, high=high, start=left, end=left + panel, knee=bend)
    start, end = scale.bend(np.array([low, high]))
    distinct = np.unique(scale.bend(every[:5000]))
    coarse = len(distinct) <= 30 and len(distinct) > 1
    narrowest = 0.35 * float(np.median(np.diff(distinct))) if coarse else (end - start) / 50
    grey = density(scale.bend(every), start, end, narrowest)
    own = density(scale.bend(mine), start, end, narrowest) if len(mine) else np.zeros(BINS)
    tallest = float(max(grey.max(), own.max(), 1e-12))
    x = left + (np.arange(BINS) + 0.5) / BINS * panel
    up = PLOT / tallest
    grey_y, own_y = base - (grey * up).clip(0, PLOT), base - (own * up).clip(0, PLOT)
    sheet.area(x, grey_y, base, palette.mix(palette.PAPER, palette.RULE, 0.65), name=f"all-{left:.0f}")
    sheet.area(x, own_y, base, colour, alpha=0.25)
    sheet.curve(x, own_y, colour, 1.3, name=f"segment-{left:.0f}")
    sheet.rules([(left, base, left + panel, base)], palette.INK, 0.6)
    label_axis(sheet, scale, measure, base + 2.3)


def _bars(
    sheet: Sheet, column: Column, inside: Floats, left: float, top: float, panel: float, colour: str
) -> None:
    codes = column.values
    known = np.isfinite(codes)
    shares = np.array(
        [
            [np.mean(codes[rows] == code) if rows.any() else 0.0 for code in range(len(column.levels))]
            for rows in (known & inside, known)
        ]
    )
    names, shares = shown_levels(column.levels, shares, BARS)
    tall = (PLOT + 4.0) / max(len(names), 3)
    most = max(float(shares.max()), 1e-9)
    for j, name in enumerate(names):
        y = top + j * tall
        mine, every = formats.percent(shares[0, j]), formats.percent(shares[1, j])
        right = left + panel
        sheet.text(right, y + 1.4, every, size=7.0, colour=palette.GREY, align="right")
        at = right - width(every, 7.0) - 2.0
        sheet.text(at, y + 1.4, mine, size=7.2, weight=600, align="right")
        room = at - width(mine, 7.2, 600) - 1.5 - left
        sheet.text(left, y + 1.4, shorten(name, room, 7.2), size=7.2, colour=palette.INK_SOFT)
        bar = min(0.85, (tall - 3.8) / 2)
        sheet.boxes([(left, y + 2.85, panel * shares[0, j] / most, bar)], colour)
        sheet.boxes([(left, y + 2.85 + bar + 0.15, panel * shares[1, j] / most, bar)], palette.RULE)
