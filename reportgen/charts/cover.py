"""Turn customers into the cover's art: each dot one customer, placed next to those who behave alike.

The page gives the night background and the words; this is light on it, and carries no text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reportgen import palette
from reportgen.charts.registry import chart
from reportgen.charts.sheet import Sheet
from reportgen.charts.sky import View, bounds, sample

if TYPE_CHECKING:
    from reportgen.results import Analysis, Exhibit

WIDTH, HEIGHT = 210.0, 297.0
TOP, BOTTOM = 118.0, 261.0
"""mm between which the dots lie: below the title, above the last line."""
DOTS = 6500


@chart("cover")
def cover(analysis: Analysis, exhibit: Exhibit, accent: str) -> Sheet:
    """Dots of up to ``DOTS`` customers, transparent around them."""
    sheet = Sheet(WIDTH)
    rows, segment = sample(analysis, DOTS)
    points = analysis.clustering.projection
    x, y = View(*bounds(points, 0.003), (5.0, TOP, WIDTH - 8, BOTTOM - TOP - 1))(points[rows])
    inside = (x > -1) & (x < WIDTH + 1) & (y > TOP - 8) & (y < BOTTOM)
    # The fewer customers there are, the larger each one is drawn.
    size = float(np.clip(0.62 * (4000 / max(len(rows), 1)) ** 0.25, 0.5, 1.3))
    for i, one in enumerate(analysis.segments):
        colour = palette.segment_colour_on_night(i)
        here = inside & (segment == i)
        sheet.dots(x[here], y[here], size, colour, alpha=0.92, name=f"dots-{one.id}")
    return sheet.finish(HEIGHT)
