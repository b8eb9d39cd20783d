"""Turn categories into a table of shares: how common each level is in each segment, against everyone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reportgen import formats
from reportgen.charts.grid import Line, draw_grid, label_room
from reportgen.charts.registry import chart
from reportgen.charts.sheet import FULL, Sheet

if TYPE_CHECKING:
    from reportgen.results import Analysis, Exhibit, Floats

MOST = 12
"""Levels of one column; the rest are counted together."""
CAP = 0.30
"""Difference in shares at which the colour is full."""
STRONG = 0.10


def shown_levels(names: tuple[str, ...], shares: Floats, most: int = MOST) -> tuple[list[str], Floats]:
    """The levels to draw, most frequent first unless all fit, and their (k+1, levels) shares."""
    if len(names) <= most:
        return list(names), shares
    order = np.argsort(-shares[-1], kind="stable")
    kept, rest = order[: most - 1], order[most - 1 :]
    merged = np.column_stack((shares[:, kept], shares[:, rest].sum(axis=1)))
    return [*(names[i] for i in kept), f"{formats.count(len(rest))} other levels"], merged


@chart("levels")
def levels(analysis: Analysis, exhibit: Exhibit, accent: str) -> Sheet:
    """A block per column of the exhibit, a row per level, a cell per segment and everyone's share."""
    lines, titles = [], []
    for column in exhibit.columns:
        words = analysis.story.measures[column].levels or analysis.columns[column].levels
        names, shares = shown_levels(words, analysis.profile.level_shares[column])
        lines.append(Line(title=analysis.story.measures[column].title))
        for j, name in enumerate(names):
            apart = shares[:-1, j] - shares[-1, j]
            titles.append(name)
            lines.append(Line(
                title=name,
                texts=tuple(formats.percent(s) for s in shares[:-1, j]),
                positions=tuple(float(d) / CAP for d in apart),
                strong=tuple(bool(abs(d) >= STRONG) for d in apart),
                everyone=formats.percent(shares[-1, j]),
            ))  # fmt: skip
    sheet = Sheet(FULL)
    start = max(label_room(titles, 44.0 if len(analysis.segments) < 8 else 38.0), 30.0)
    end = draw_grid(
        sheet, analysis.segments, lines, start, everyone=True,
        low="Rarer than among all", high="More common",
    )  # fmt: skip
    return sheet.finish(end)
