"""Turn one segment's profile into dot rows: where it stands among the others, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reportgen import palette
from reportgen.charts.registry import chart
from reportgen.charts.scale import Scale
from reportgen.charts.sheet import PT, TEXT, WIDE, Sheet, width, wrap
from reportgen.charts.standing import STRONG, standing, title_with_unit, written

if TYPE_CHECKING:
    from reportgen.results import Analysis, Exhibit

FARTHEST = 2.5
"""Standard deviations; dots beyond stand at the edge."""
NUMBER = 14.6
"""Most that a number may take, mm."""


@chart("segment-dots")
def segment_dots(analysis: Analysis, exhibit: Exhibit, accent: str) -> Sheet:
    """A row per column: this segment's dot on a stem from the average, the others grey, and both means."""
    k = len(analysis.segments)
    me = next(i for i, s in enumerate(analysis.segments) if s.id == exhibit.segment)
    measures, profile = analysis.story.measures, analysis.profile
    colour = palette.segment_colour_among_grey(me)
    far = standing(analysis, exhibit.columns).clip(-FARTHEST, FARTHEST)
    titles = [title_with_unit(measures[c]) for c in exhibit.columns]
    label = min(max((width(t, TEXT, 600) for t in titles), default=0), 41.0)
    broken = [wrap(t, label + 0.1, TEXT, 600) for t in titles]
    pitch = 6.6 if all(len(b) == 1 for b in broken) else 7.4

    means = [(profile.mean[me, profile.columns.index(c)], profile.mean[k, profile.columns.index(c)])
             for c in exhibit.columns]  # fmt: skip
    mine = [
        written(a, measures[c], NUMBER, TEXT, 600) for c, (a, _) in zip(exhibit.columns, means, strict=True)
    ]
    all_of = [written(b, measures[c], NUMBER, TEXT) for c, (_, b) in zip(exhibit.columns, means, strict=True)]
    wide_all = max(width(t, TEXT) for t in [*all_of, "customers"])
    first = WIDE - wide_all - 3.0
    wide_mine = max(width(t, TEXT, 600) for t in [*mine, "segment"])
    scale = Scale(
        low=min(float(far.min(initial=0)), -0.8), high=max(float(far.max(initial=0)), 0.8),
        start=label + 4.0, end=first - wide_mine - 3.5,
    )  # fmt: skip
    sheet = Sheet(WIDE)
    sheet.lines(first, 1.6, ["This", "segment"], size=TEXT, weight=600, align="right")
    sheet.lines(WIDE, 1.6, ["All", "customers"], size=TEXT, colour=palette.GREY, align="right")
    line = 7.4
    sheet.rules([(0, line, WIDE, line)], palette.INK, 0.9)
    top = line + 0.9
    end = top + pitch * len(titles)
    zero = scale.at(0.0)
    sheet.rules([(0, top + pitch * i, WIDE, top + pitch * i) for i in range(1, len(titles) + 1)],
                palette.mix(palette.RULE, palette.PAPER, 0.35), 0.5)  # fmt: skip
    sheet.rules([(zero, line, zero, end + 0.8)], palette.INK_SOFT, 0.6)
    for j in range(len(titles)):
        middle = top + pitch * (j + 0.5)
        strong = bool(abs(far[me, j]) >= STRONG)
        sheet.lines(
            0, middle, broken[j], size=TEXT, weight=600 if strong else 400, anchor="middle", leading=1.05
        )
        others = scale(np.delete(far[:, j], me))
        sheet.dots(
            others, np.full(len(others), middle), 1.7, palette.mix(palette.RULE, palette.INK_SOFT, 0.05)
        )
        at = scale.at(float(far[me, j]))
        sheet.rules([(zero, middle, at, middle)], colour, 2.2)
        sheet.dots(np.array([at]), np.array([middle]), 2.9, colour, edge=0.3, name=f"dot-{j}")
        sheet.text(first, middle, mine[j], size=TEXT, weight=600, align="right")
        sheet.text(WIDE, middle, all_of[j], size=TEXT, colour=palette.GREY, align="right")
    y = end + 2.6
    half = width("average", 7.2, 600) / 2
    sheet.text(zero, y, "average", size=7.2, weight=600, colour=palette.INK_SOFT, align="center")
    for word, align, x in (("← lower", "right", zero - half - 3), ("higher →", "left", zero + half + 3)):
        sheet.text(x, y, word, size=7.2, colour=palette.GREY, align=align)  # type: ignore[arg-type]
    return sheet.finish(y + 7.2 * 0.6 * PT)
