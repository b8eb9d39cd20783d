"""Turn the numbers of segments that were tried into two lines: how stable, how far apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reportgen import formats, palette
from reportgen.charts.registry import chart
from reportgen.charts.sheet import HALF, PT, Sheet, width

if TYPE_CHECKING:
    from reportgen.results import Analysis, Exhibit, Floats

LEFT, TOP, PLOT = 4.0, 5.5, 34.0


@chart("choice-of-k")
def choice_of_k(analysis: Analysis, exhibit: Exhibit, accent: str) -> Sheet:
    """Stability of the least stable cluster and mean silhouette on one axis up to 1; the chosen k shaded."""
    tried = analysis.clustering.candidates
    k = np.array([c.k for c in tried], dtype=np.float64)
    stable = np.array([min(c.stability, default=np.nan) for c in tried], dtype=np.float64)
    apart = np.array([c.silhouette for c in tried], dtype=np.float64)
    sheet = Sheet(HALF)
    right = HALF - max(width("Separation", 7.8, 600), width("Stability", 7.8, 600)) - 3.5
    step = (right - LEFT) / max(k[-1] - k[0], 1)
    x: Floats = LEFT + step * (k - k[0])
    base = TOP + PLOT
    low = min(0.0, float(np.nanmin(apart, initial=0.0)))

    def height(values: Floats) -> Floats:
        places: Floats = base - 2 - (values - low) / (1 - low) * (PLOT - 4)
        return places

    chosen = int(np.argmin(np.abs(k - analysis.clustering.k)))
    band = min(5.5, step * 0.8) if len(k) > 1 else 5.5
    sheet.boxes(
        [(x[chosen] - band / 2, TOP - 3.5, band, PLOT + 3.5)], palette.mix(palette.PAPER, palette.RULE, 0.32)
    )
    sheet.rules([(LEFT - 2, base, right + 2, base)], palette.INK, 0.8)
    ends: list[tuple[float, float, str, str]] = []
    for name, values, colour in (
        ("Stability", stable, palette.SEGMENTS[0]),
        ("Separation", apart, palette.legible(accent)),
    ):
        known = np.isfinite(values)
        if not known.any():
            continue
        y = height(values)
        sheet.curve(x[known], y[known], colour, 1.5, name=f"line-{name.lower()}")
        sheet.dots(x[known], y[known], 1.2, colour, edge=0.25, name=f"dots-{name.lower()}")
        if known[chosen]:
            sheet.dots(x[chosen : chosen + 1], y[chosen : chosen + 1], 2.4, colour, edge=0.3)
            up = -3.2 if not (name == "Separation" and abs(height(stable)[chosen] - y[chosen]) < 6) else 3.2
            sheet.text(
                float(x[chosen]),
                float(y[chosen]) + up,
                formats.decimal(values[chosen], 2),
                size=8.0,
                weight=600,
                colour=colour,
                align="center",
            )
        last = int(np.flatnonzero(known)[-1])
        ends.append((float(y[last]), float(x[last]), name, colour))
    ends.sort()
    # Names keep apart even where the lines meet.
    short = max(0.0, 3.4 - (ends[-1][0] - ends[0][0])) / 2 if len(ends) == 2 else 0.0
    for (y_end, x_end, name, colour), shift in zip(ends, (-short, short), strict=False):
        sheet.text(x_end + 2.4, y_end + shift, name, size=7.8, weight=600, colour=colour)
    every = 1 if step > 3.5 or len(k) < 2 else 2
    for i, value in enumerate(k):
        if i == chosen or (i % every == 0 and abs(i - chosen) >= every):
            sheet.text(
                float(x[i]),
                base + 2.4,
                formats.count(value),
                size=7.4,
                weight=600 if i == chosen else 400,
                colour=palette.INK if i == chosen else palette.GREY,
                align="center",
            )
    sheet.text(LEFT - 2, base + 6.0, "Number of segments", size=7.4, weight=600, colour=palette.INK_SOFT)
    return sheet.finish(base + 6.0 + 7.4 * 0.6 * PT)
