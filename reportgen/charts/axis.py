"""Label an axis: round values below a panel, as many as stand apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reportgen import palette
from reportgen.charts.scale import Scale, tick_text
from reportgen.charts.sheet import Sheet, width

if TYPE_CHECKING:
    from reportgen.results import Measure


def label_axis(sheet: Sheet, scale: Scale, measure: Measure, y: float) -> None:
    """Labels of the axis, zero first and then from the largest, as many as fit apart; all within the panel."""
    ticks = scale.ticks(4)
    widest = max(abs(t) for t in ticks)
    taken: list[tuple[float, float]] = []
    for tick in sorted(ticks, key=lambda t: (t != 0, -abs(t))):
        text = tick_text(tick, measure, widest)
        half = width(text, 7.0) / 2
        x = min(max(scale.at(tick), scale.start + half), scale.end - half)
        if all(x + half + 1.6 <= left or x - half - 1.6 >= right for left, right in taken):
            sheet.text(x, y, text, size=7.0, colour=palette.GREY, align="center")
            taken.append((x - half, x + half))
