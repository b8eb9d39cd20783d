"""Turn customers and money totals into rows of shares: who brings what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reportgen import formats, palette
from reportgen.charts.layout import MANY, banner, draw_banner, heads, key
from reportgen.charts.registry import chart
from reportgen.charts.sheet import FULL, LABEL, PT, TEXT, Sheet, width, wrap

if TYPE_CHECKING:
    from reportgen.results import Analysis, Exhibit, Floats

PITCH, BAR, GAP = 6.9, 5.1, 0.35
LOW_PITCH, LOW_BAR = 5.6, 4.4
"""The same where a key stands below, or where there is little space."""


@chart("stacked-shares")
def stacked_shares(analysis: Analysis, exhibit: Exhibit, accent: str) -> Sheet:
    """One row for customers and one per column of the exhibit; a column of mixed signs has no shares."""
    profile, k = analysis.profile, len(analysis.segments)
    pitch, bar = (LOW_PITCH, LOW_BAR) if k > MANY or exhibit.space == "little" else (PITCH, BAR)
    rows: list[tuple[str, str, Floats]] = [
        ("Customers", formats.count(profile.size[k]), profile.size[:k] / profile.size[k])
    ]
    for name in exhibit.columns:
        total = profile.total[:, profile.columns.index(name)]
        if total[k] == 0 or np.any(total[:k] * np.sign(total[k]) < 0):
            continue
        measure = analysis.story.measures[name]
        unit = measure.unit if measure.kind == "money" else ""
        rows.append((measure.title, formats.compact(total[k] * measure.scale, unit), total[:k] / total[k]))

    label = min(max(width(title, LABEL, 600) for title, _, _ in rows), 38.0)
    start = max(label + 3 + max(width(total, TEXT) for _, total, _ in rows) + 2.6, 36.0)
    room = FULL - start
    edges = start + np.concatenate(([0.0], np.cumsum(rows[0][2]))) * room
    lefts, rights = (edges[:-1] + GAP / 2).tolist(), (edges[1:] - GAP / 2).tolist()
    names = banner(heads(analysis.segments), lefts, rights)
    sheet = Sheet(FULL)
    bottom = names.height + 2.4
    colours = [palette.segment_colour(i) for i in range(k)]
    draw_banner(sheet, names, lefts, rights, colours, bottom)

    y = bottom + 0.7 + (1.4 if k > MANY else 2.2)
    for title, total_text, shares in rows:
        middle = y + bar / 2
        sheet.lines(0, middle, wrap(title, label + 0.2, LABEL, 600), size=LABEL, weight=600, anchor="middle",
                    leading=1.06)  # fmt: skip
        sheet.text(start - 2.6, middle, total_text, size=TEXT, colour=palette.GREY, align="right")
        edges = start + np.concatenate(([0.0], np.cumsum(shares))) * room
        for i in range(k):
            across = edges[i + 1] - edges[i] - GAP
            sheet.boxes([(edges[i] + GAP / 2, y, max(across, 0.12), bar)], colours[i])
            percent = formats.percent(shares[i]).removesuffix("%")
            if across > width(percent, TEXT, 600) + 1.6:
                sheet.text((edges[i] + edges[i + 1]) / 2, middle, percent, size=TEXT, weight=600,
                           colour=palette.text_on(colours[i]), align="center")  # fmt: skip
        y += pitch
    return sheet.finish(key(sheet, analysis.segments, y - pitch + bar) + 0.8 * PT)
