"""Turn the numbers of segments that were tried into two lines: how stable, how far apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reportgen import formats, palette
from reportgen.charts.registry import chart
from reportgen.charts.sheet import HALF, PT, Sheet, width

if TYPE_CHECKING:
    from reportgen.results import Analysis, Exhibit, Floats

LEFT, TOP = 4.0, 6.0
BANDS = ((TOP, 15.0), (TOP + 21.0, 15.0))
"""Top and height of each line's band, mm; each has a scale of its own, from zero."""


@chart("choice-of-k")
def choice_of_k(analysis: Analysis, exhibit: Exhibit, accent: str) -> Sheet:
    """Stability of the least stable cluster, and the gap to tables without groups; the chosen k shaded."""
    tried = analysis.clustering.candidates
    k = np.array([c.k for c in tried], dtype=np.float64)
    stable = np.array([min(c.stability, default=np.nan) for c in tried], dtype=np.float64)
    apart = np.array([c.corrected for c in tried], dtype=np.float64)
    sheet = Sheet(HALF)
    right = HALF - max(width("Separation", 7.8, 600), width("Stability", 7.8, 600)) - 4.0
    step = (right - LEFT) / max(k[-1] - k[0], 1)
    x: Floats = LEFT + step * (k - k[0])
    base = BANDS[-1][0] + BANDS[-1][1] + 3.0
    chosen = int(np.argmin(np.abs(k - analysis.clustering.k)))
    band = min(5.5, step * 0.8)
    sheet.boxes(
        [(x[chosen] - band / 2, 0.5, band, base - 0.5)], palette.mix(palette.PAPER, palette.RULE, 0.32)
    )
    sheet.rules([(LEFT - 2, base, right + 2, base)], palette.INK, 0.8)
    lines = (("Stability", stable, palette.SEGMENTS[0]), ("Separation", apart, palette.legible(accent)))
    for (top, tall), (name, values, colour) in zip(BANDS, lines, strict=True):
        known = np.isfinite(values)
        if not known.any():
            continue
        low, high = min(0.0, float(values[known].min())), max(float(values[known].max()), 1e-9)
        if name == "Stability":
            high = 1.0
        y = top + (high - values) / (high - low) * tall
        sheet.curve(x[known], y[known], colour, 1.5, name=f"line-{name.lower()}")
        sheet.dots(x[known], y[known], 1.2, colour, edge=0.25, name=f"dots-{name.lower()}")
        if known[chosen]:
            sheet.dots(x[chosen : chosen + 1], y[chosen : chosen + 1], 2.4, colour, edge=0.3)
            sheet.text(
                float(x[chosen]),
                float(y[chosen]) - 3.3,
                formats.decimal(values[chosen], 2 if abs(values[chosen]) >= 0.095 else 3),
                size=8.0,
                weight=600,
                colour=colour,
                align="center",
            )
        last = int(np.flatnonzero(known)[-1])
        sheet.text(float(x[last]) + 2.6, float(y[last]), name, size=7.8, weight=600, colour=colour)
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
