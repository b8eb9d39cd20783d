"""Turn two columns into a plane of average customers, one per segment; area says how many they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reportgen import formats, palette
from reportgen.charts.layout import MANY, heads, key, place
from reportgen.charts.registry import chart
from reportgen.charts.scale import Scale, tick_text
from reportgen.charts.sheet import FULL, LABEL, PT, Sheet, shorten, width, wrap
from reportgen.charts.standing import title_with_unit

if TYPE_CHECKING:
    from reportgen.results import Analysis, Exhibit, Floats, Measure

TOP, LARGEST, GIVES = 6.0, 6.2, 14.0
"""Top of the plane, radius of half of all customers, how much lower the plane is in little space; mm."""


@chart("bubbles")
def bubbles(analysis: Analysis, exhibit: Exhibit, accent: str) -> Sheet:
    """Segment means of the exhibit's first column to the right, of its second upwards."""
    across, up = exhibit.columns[:2]
    measures, profile = analysis.story.measures, analysis.profile
    k = len(analysis.segments)
    tall = 66.0 if k <= MANY else 52.0
    if exhibit.space == "little":
        tall -= GIVES
    x_of, y_of = (profile.mean[:, profile.columns.index(c)] for c in (across, up))
    radius = np.array([max(LARGEST * np.sqrt(s.share / 0.5), 1.0) for s in analysis.segments])
    inset = float(radius.max()) + 2.0
    y_scale = _scale(y_of[:k], TOP + tall, TOP, inset)
    left = max(width(text, 7.4) for _, text in _ticks(y_scale, measures[up], 4)) + 3.0
    x_scale = _scale(x_of[:k], left, FULL - 1.0, inset)
    if _crowded(x_scale(x_of[:k]), y_scale(y_of[:k]), radius):
        x_scale, y_scale = _bent(x_scale, x_of[:k], inset), _bent(y_scale, y_of[:k], inset)
    plane = (left, TOP, FULL - left - 1.0, tall)
    base = TOP + tall

    sheet = Sheet(FULL)
    faint = palette.mix(palette.RULE, palette.PAPER, 0.4)
    sheet.text(
        left,
        1.8,
        shorten(f"↑ {_axis(measures[up], y_scale)}", FULL - left, 7.6, 600),
        size=7.6,
        weight=600,
        colour=palette.INK_SOFT,
    )
    free = base + 4.0
    for tick, label in _ticks(y_scale, measures[up], 4):
        at = y_scale.at(tick)
        if TOP - 0.1 <= at <= base + 0.1 and free - at > 3.6:
            sheet.rules([(left, at, FULL - 1, at)], faint, 0.5)
            sheet.text(left - 2, at, label, size=7.4, colour=palette.GREY, align="right")
            free = at
    free = 0.0
    for tick, label in _ticks(x_scale, measures[across], 5):
        at, half = x_scale.at(tick), width(label, 7.4) / 2
        if at - half >= free and left - 0.1 <= at <= FULL - half:
            sheet.rules([(at, TOP, at, base)], faint, 0.5)
            sheet.text(at, base + 2.6, label, size=7.4, colour=palette.GREY, align="center")
            free = at + half + 1.5
    sheet.rules([(left, base, FULL - 1, base)], palette.INK, 0.8)
    sheet.text(
        FULL - 1,
        base + 7.0,
        shorten(f"{_axis(measures[across], x_scale)} →", FULL - left, 7.6, 600),
        size=7.6,
        weight=600,
        colour=palette.INK_SOFT,
        align="right",
    )

    x, y = x_scale(x_of[:k]), y_scale(y_of[:k])
    for i in np.argsort(-radius, kind="stable"):
        sheet.dots(
            x[i : i + 1],
            y[i : i + 1],
            2 * radius[i],
            palette.segment_colour(int(i)),
            edge=0.3,
            name=f"bubble-{analysis.segments[i].id}",
        )
    names = [wrap(name, 42.0, LABEL, 600) for name in heads(analysis.segments)]
    shares = [formats.percent(s.share) for s in analysis.segments]
    sizes = []
    for name, share in zip(names, shares, strict=True):
        last = width(name[-1] + " ", LABEL, 600) + width(share, LABEL)
        sizes.append((max(*(width(n, LABEL, 600) for n in name), last), len(name) * LABEL * 1.15 * PT))
    marks = [(float(x[i]), float(y[i]), float(radius[i])) for i in range(k)]
    spots = place(marks, sizes, plane)
    for i, spot in enumerate(spots):
        left_of = spot.box[0]
        if spot.tie:
            sheet.rules([spot.tie], palette.INK_SOFT, 0.5)
            sheet.dots(x[i : i + 1], y[i : i + 1], 0.9, palette.INK)
        step = LABEL * 1.15 * PT
        for n, line in enumerate(names[i]):
            at = spot.box[1] + (n + 0.5) * step
            sheet.text(left_of, at, line, size=LABEL, weight=600, halo=True)
            if n == len(names[i]) - 1:
                sheet.text(
                    left_of + width(line + " ", LABEL, 600),
                    at,
                    shares[i],
                    size=LABEL,
                    colour=palette.INK_SOFT,
                    halo=True,
                )
    return sheet.finish(key(sheet, analysis.segments, base + 7.0 + 7.6 * 0.6 * PT))


def _axis(measure: Measure, scale: Scale) -> str:
    unit = title_with_unit(measure).removeprefix(measure.title)
    words = f"Average {measure.noun}{unit}" + (" per customer" if measure.kind == "money" else "")
    words += "" if not measure.gaps else " with a known value" if measure.kind == "money" else ", where known"
    if measure.kind == "flag":
        words = f"{measure.title}, share of customers"
    return f"{words} (log scale)" if scale.knee else words


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


def _ticks(scale: Scale, measure: Measure, about: int) -> list[tuple[float, str]]:
    ticks = scale.ticks(about)
    return [(t, tick_text(t, measure, max(map(abs, ticks)))) for t in ticks]


def _crowded(x: Floats, y: Floats, radius: Floats) -> bool:
    """Whether half of the bubbles lie mostly on another one, so that only the far ones can be read."""
    apart = np.hypot(x[:, None] - x, y[:, None] - y) + np.eye(len(x)) * 1e9
    return bool(np.sum(np.any(apart < 0.6 * (radius[:, None] + radius), axis=1)) >= len(x) / 2)


def _bent(scale: Scale, values: Floats, inset: float) -> Scale:
    """The same axis logarithmic beyond the smaller means, if some are far larger than others."""
    size = np.sort(np.abs(values[values != 0]))
    if len(size) < 3 or size[-1] < 8 * np.median(size):
        return scale
    bend = float(10.0 ** np.floor(np.log10(np.quantile(size, 0.25))))
    flat = Scale(low=min(float(values.min()), 0.0), high=float(values.max()), start=0.0, end=1.0, knee=bend)
    low, high = flat.bend(np.array([flat.low, flat.high]))
    pad = (high - low) * inset / (abs(scale.end - scale.start) - 2 * inset)
    edges = np.sinh(np.array([low - pad, high + pad])) * bend
    return Scale(low=float(edges[0]), high=float(edges[1]), start=scale.start, end=scale.end, knee=bend)
