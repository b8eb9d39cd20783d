"""Turn profiles into a heat table: real values printed, colour says how far from the average."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reportgen.charts.grid import GAP, Line, draw_grid, label_room
from reportgen.charts.registry import chart
from reportgen.charts.sheet import FULL, TEXT, Sheet
from reportgen.charts.standing import CAP, STRONG, standing, title_with_unit, written

if TYPE_CHECKING:
    from reportgen.results import Analysis, Exhibit


@chart("heat")
def heat(analysis: Analysis, exhibit: Exhibit, accent: str) -> Sheet:
    """A row per column of the exhibit, a cell per segment: its mean."""
    profile, measures = analysis.profile, analysis.story.measures
    k = len(analysis.segments)
    far = standing(analysis, exhibit.columns)
    titles = [title_with_unit(measures[c]) for c in exhibit.columns]
    start = max(label_room(titles, 46.0 if k < 8 else 40.0), 34.0)
    room = (FULL - start) / k - GAP - 0.8
    lines = []
    for j, name in enumerate(exhibit.columns):
        means = profile.mean[:k, profile.columns.index(name)]
        size = TEXT if k < 9 else 7.2
        lines.append(Line(
            title=titles[j],
            texts=tuple(written(m, measures[name], room, size, 600) for m in means),
            positions=tuple(float(d) / CAP for d in far[:, j]),
            strong=tuple(bool(abs(d) >= STRONG) for d in far[:, j]),
        ))  # fmt: skip
    sheet = Sheet(FULL)
    end = draw_grid(
        sheet, analysis.segments, lines, start, everyone=False, low="Below average", high="Above average"
    )
    return sheet.finish(end)
