"""Turn anomaly scores into a strip per segment: the crowd in grey, those beyond the threshold in colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reportgen import formats, palette
from reportgen.charts.layout import MANY, rows
from reportgen.charts.registry import chart
from reportgen.charts.scale import Scale
from reportgen.charts.sheet import FULL, LABEL, PT, Sheet, width, wrap

if TYPE_CHECKING:
    from reportgen.results import Analysis, Exhibit, Floats

CROWD, FLAGGED = 1600, 800
"""Most ordinary and most flagged customers drawn."""
NAMES, WIDE_NAMES, END = 46.0, 66.0, 154.0


@chart("anomaly-strips")
def anomaly_strips(analysis: Analysis, exhibit: Exhibit, accent: str) -> Sheet:
    """A strip per segment along the score, the threshold as a line, how many are flagged at the right."""
    found, segments = analysis.detection, analysis.segments
    segment, scores = analysis.segment_index(), found.scores
    many = len(segments) > MANY
    start = WIDE_NAMES if many else NAMES
    names = [wrap(name, start - 7, LABEL, 600) for name in rows(segments)]
    pitch = 6.6 if many else 9.4
    low, high = float(np.quantile(scores, 0.001)), float(scores.max())
    limit = found.threshold
    stretched = high > 4 * max(limit, 1e-9) and limit > 0
    low = min(low, limit)
    high = max(high, limit + 0.25 * (limit - low) + 1e-9)
    scale = Scale(low=low, high=high, start=start, end=END - 1.5, knee=limit if stretched else 0.0)
    cut = scale.at(limit)

    sheet = Sheet(FULL)
    top = 5.4
    end = top + pitch * len(segments)
    sheet.boxes([(cut, top, END - cut, end - top)], palette.mix(palette.PAPER, palette.SIGNAL, 0.07))
    sheet.rules(
        [(0, top + pitch * i, FULL, top + pitch * i) for i in range(1, len(segments))],
        palette.mix(palette.RULE, palette.PAPER, 0.35),
        0.5,
    )
    number = int(found.flagged.sum())
    head = f"unusual: {formats.count(number)} customer{'' if number == 1 else 's'}"
    wide = width(head, 7.8, 600)
    sheet.text(
        min(cut + 1, END - wide) if cut + 1 + wide < END + 1 else cut - 1,
        2.2,
        head,
        size=7.8,
        weight=600,
        colour=palette.SIGNAL,
        align="left" if cut + 1 + wide < END + 1 else "right",
    )
    sheet.text(FULL, 2.2, "Flagged", size=7.8, weight=600, align="right")

    x = scale(scores.clip(low, None))
    step = max(1, int(np.ceil(len(scores) / CROWD)))
    more = max(1, int(np.ceil(found.flagged.sum() / FLAGGED)))
    for i, one in enumerate(segments):
        middle = top + pitch * (i + 0.5)
        colour = palette.segment_colour(i)
        sheet.boxes([(0, middle - 2.0, 1.0, 4.0)], colour)
        sheet.lines(2.8, middle, names[i], size=LABEL, weight=600, anchor="middle", leading=1.08)
        mine = np.flatnonzero(segment == i)
        mine = mine[np.argsort(scores[mine], kind="stable")]
        crowd, odd = mine[~found.flagged[mine]][::step], mine[found.flagged[mine]][::-1][::more]
        sheet.dots(
            x[crowd], middle + _spread(len(crowd), pitch * 0.3), 0.5, "#C3CBD1", name=f"crowd-{one.id}"
        )
        strong = palette.legible(colour, palette.PAPER, 3.0)
        sheet.dots(x[odd], middle + _spread(len(odd), pitch * 0.27), 1.15, strong, name=f"flagged-{one.id}")
        sheet.text(
            FULL, middle, formats.count(int(found.flagged[mine].sum())), size=8.8, weight=600, align="right"
        )
    sheet.rules([(cut, top - 1.0, cut, end)], palette.SIGNAL, 0.9)
    sheet.rules([(start, end, END, end)], palette.INK, 0.8)
    sheet.text(start, end + 2.6, "ordinary", size=7.2, colour=palette.GREY)
    sheet.text(END, end + 2.6, "more unusual →", size=7.2, weight=600, colour=palette.INK_SOFT, align="right")
    return sheet.finish(end + 2.6 + 7.2 * 0.6 * PT)


def _spread(count: int, reach: float) -> Floats:
    """Heights within +-reach that look scattered and are always the same (a sine, far beyond its period)."""
    heights: Floats = (np.abs(np.sin(np.arange(1, count + 1) * 12.9898) * 43758.5453) % 1.0 * 2 - 1) * reach
    return heights
