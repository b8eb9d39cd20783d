"""Turn silhouettes into a bar per segment, with the share of its customers who stand at a border."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reportgen import formats, palette
from reportgen.charts.layout import rows
from reportgen.charts.registry import chart
from reportgen.charts.scale import Scale
from reportgen.charts.sheet import HALF, PT, TEXT, Sheet, width, wrap

if TYPE_CHECKING:
    from reportgen.results import Analysis, Exhibit

NAMES = 34.0


@chart("silhouettes")
def silhouettes(analysis: Analysis, exhibit: Exhibit, accent: str) -> Sheet:
    """A row per segment: name, mean silhouette as a bar from zero, borderline share."""
    found = analysis.clustering
    mean = np.array([found.silhouette[s.cluster] for s in analysis.segments])
    border = [formats.percent(found.borderline[s.cluster]) for s in analysis.segments]
    names = [wrap(name, NAMES - 2, TEXT) for name in rows(analysis.segments)]
    pitch = 5.2 if all(len(n) == 1 for n in names) else 6.6
    texts = [formats.decimal(m, 2) for m in mean]
    low, high = min(0.0, float(np.nanmin(mean))), max(0.1, float(np.nanmax(mean)))
    number = max(width(t, TEXT) for t in texts) + 1.4
    right = HALF - max(width(t, TEXT) for t in [*border, "Borderline"]) - 2.5
    scale = Scale(low=low, high=high, start=NAMES + (number if low < 0 else 0), end=right - number)
    sheet = Sheet(HALF)
    sheet.text(NAMES, 1.6, "Mean silhouette", size=7.4, weight=600, colour=palette.INK_SOFT)
    sheet.text(HALF, 1.6, "Borderline", size=7.4, weight=600, colour=palette.INK_SOFT, align="right")
    top = 5.0
    zero = scale.at(0.0)
    for i in range(len(names)):
        middle = top + pitch * (i + 0.5)
        sheet.lines(0, middle, names[i], size=TEXT, anchor="middle", leading=1.05)
        at = scale.at(float(np.nan_to_num(mean[i])))
        sheet.boxes([(min(zero, at), middle - 1.35, abs(at - zero), 2.7)], palette.segment_colour(i))
        if at < zero:
            sheet.text(at - 1.2, middle, texts[i], size=TEXT, colour=palette.INK_SOFT, align="right")
        else:
            sheet.text(at + 1.2, middle, texts[i], size=TEXT, colour=palette.INK_SOFT)
        sheet.text(HALF, middle, border[i], size=TEXT, colour=palette.INK_SOFT, align="right")
    end = top + pitch * len(names)
    if low < 0:
        sheet.rules([(zero, top, zero, end)], palette.INK_SOFT, 0.6)
    return sheet.finish(end + 0.5 * PT)
