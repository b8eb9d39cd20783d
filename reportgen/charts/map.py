"""Turn customers into a map: the closer two dots, the more alike their behaviour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reportgen import formats, palette
from reportgen.charts.layout import MANY, heads, key, place
from reportgen.charts.registry import chart
from reportgen.charts.sheet import FULL, PT, Box, Sheet, width, wrap
from reportgen.charts.sky import View, bounds, sample

if TYPE_CHECKING:
    from reportgen.results import Analysis, Bools, Exhibit, Floats

DOTS = 3600
NAME, COUNT = 8.2, 7.4
GIVES = 12.0
"""How much lower the map is in little space, mm."""


@chart("map")
def map_of_customers(analysis: Analysis, exhibit: Exhibit, accent: str) -> Sheet:
    """Dots of a sample, an ellipse around the inner half of each segment, its name and size at the centre."""
    points = analysis.clustering.projection
    everyone = analysis.segment_index()

    ellipses = [half_mass(points[everyone == i]) for i in range(len(analysis.segments))]
    low, high = bounds(points, 0.006)
    for _, outline in ellipses:  # however far out a small segment lies, it is seen whole
        low, high = np.minimum(low, outline.min(axis=0)), np.maximum(high, outline.max(axis=0))
    ratio = (high[1] - low[1]) / max(high[0] - low[0], 1e-9)
    many = len(analysis.segments) > MANY  # then a key needs room below
    least, most = (96.0, 128.0) if exhibit.space == "much" else (54.0, 54.0) if many else (62.0, 78.0)
    height = float(np.clip(FULL * ratio * 0.72, least, most)) - (GIVES if exhibit.space == "little" else 0.0)
    sheet = Sheet(FULL)
    frame = (1.5, 1.5, FULL - 3, height - 3)
    view = View(low, high, frame)
    rows, segment = sample(analysis, DOTS)
    x, y = view(points[rows])

    marks, sizes, texts, outlines = [], [], [], []
    counts = [f"{formats.count(one.size)} customers" for one in analysis.segments]
    for head, count, (middle_of, outline) in zip(heads(analysis.segments), counts, ellipses, strict=True):
        outlines.append(np.column_stack(view(outline)))
        centre = np.column_stack(view(middle_of[None, :]))[0]
        name = wrap(head, 36, NAME, 600)
        below = "" if many else count
        texts.append((name, below))
        across = max(*(width(line, NAME, 600) for line in name), width(below, COUNT))
        sizes.append((across + 0.6, (len(name) * NAME + (COUNT if below else 0)) * 1.18 * PT))
        marks.append((float(centre[0].clip(3, FULL - 3)), float(centre[1].clip(3, height - 3)), 1.0))
    spots = place(marks, sizes, frame, centred=True)

    bare = _free_of([s.box for s in spots], x, y)
    inside = (x > 0.5) & (x < FULL - 0.5) & (y > 0.5) & (y < height - 0.5)
    for i, one in enumerate(analysis.segments):
        colour = palette.segment_colour(i)
        here = inside & bare & (segment == i)
        sheet.dots(x[here], y[here], 0.5, colour, alpha=0.75, name=f"dots-{one.id}")
    for i, (one, outline) in enumerate(zip(analysis.segments, outlines, strict=True)):
        colour = palette.segment_colour(i)
        tint = palette.mix(palette.PAPER, colour, 0.12)
        sheet.closed(outline, line=colour, line_width=1.1, fill=tint, alpha=0.72, name=f"half-{one.id}")
    for (mx, my, _), spot in zip(marks, spots, strict=True):
        if spot.tie:
            sheet.rules([spot.tie], palette.INK_SOFT, 0.5)
            sheet.dots(np.array([mx]), np.array([my]), 1.0, palette.INK_SOFT)
    for (name, count), spot in zip(texts, spots, strict=True):
        middle, step = spot.box[0] + spot.box[2] / 2, NAME * 1.18 * PT
        for n, line in enumerate(name):
            sheet.text(
                middle, spot.box[1] + (n + 0.5) * step, line, size=NAME, weight=600, align="center", halo=True
            )
        sheet.text(
            middle, spot.box[1] + spot.box[3] - COUNT * 0.59 * PT, count, size=COUNT, colour=palette.INK_SOFT,
            align="center", halo=True,
        )  # fmt: skip
    return sheet.finish(
        key(sheet, analysis.segments, height, [formats.count(s.size) for s in analysis.segments])
    )


def half_mass(points: Floats) -> tuple[Floats, Floats]:
    """Centre (2,) and outline (m, 2) of an ellipse that holds half of the points."""
    centre = np.median(points, axis=0)
    kept = points
    for _ in range(2):
        spread = np.cov(kept.T) if len(kept) > 3 else np.eye(2)
        spread = np.atleast_2d(spread) + np.eye(2) * 1e-3
        inverse = np.linalg.inv(spread)
        away = np.einsum("ij,jk,ik->i", points - centre, inverse, points - centre)
        kept = points[away <= np.median(away)]
        if len(kept) > 3:
            centre = kept.mean(axis=0)
    away = np.einsum("ij,jk,ik->i", points - centre, inverse, points - centre)
    values, vectors = np.linalg.eigh(spread)
    turn = np.linspace(0, 2 * np.pi, 73)
    circle = np.column_stack((np.cos(turn), np.sin(turn))) * np.sqrt(values * np.median(away))
    return centre, circle @ vectors.T + centre


def _free_of(boxes: list[Box], x: Floats, y: Floats) -> Bools:
    """Which points lie under no name."""
    free: Bools = np.ones(len(x), dtype=np.bool_)
    for left, top, across, down in boxes:
        free &= ~((x > left - 0.4) & (x < left + across + 0.4) & (y > top - 0.3) & (y < top + down + 0.3))
    return free
