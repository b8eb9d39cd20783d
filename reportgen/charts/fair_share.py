"""Turn totals into fair shares: share of the total divided by share of customers, as bars around 1x."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reportgen import formats, palette
from reportgen.charts.layout import MANY, rows
from reportgen.charts.registry import chart
from reportgen.charts.sheet import FULL, LABEL, PT, TEXT, Sheet, width, wrap

if TYPE_CHECKING:
    from reportgen.results import Analysis, Exhibit, Floats

BAR, NAMES, WIDE_NAMES, BESIDE, LONGEST = 3.4, 44.0, 70.0, 5, 6.0
"""Bar height and room for names (of many segments), mm; panels side by side; multiple at which a bar is broken off."""
STRONG = 1.5


def fair_shares(analysis: Analysis, columns: tuple[str, ...]) -> Floats:
    """(k, len(columns)) share of the column's total divided by share of customers; NaN without a total."""
    profile = analysis.profile
    total = profile.total[:, [profile.columns.index(c) for c in columns]]
    whole = np.where(total[-1] > 0, total[-1], np.nan)
    share: Floats = total[:-1] / whole / (profile.size[:-1] / profile.size[-1])[:, None]
    return share


@chart("fair-share")
def fair_share(analysis: Analysis, exhibit: Exhibit, accent: str) -> Sheet:
    """A row per segment, a panel per column; numbers stand to the right of the 1x line or of the bar."""
    sheet = Sheet(FULL)
    y = 0.0
    for first in range(0, len(exhibit.columns), BESIDE):
        y = _band(sheet, analysis, exhibit.columns[first : first + BESIDE], y + (7 if first else 0))
    return sheet.finish(y)


def _band(sheet: Sheet, analysis: Analysis, columns: tuple[str, ...], top: float) -> float:
    shares = fair_shares(analysis, columns)
    many = len(analysis.segments) > MANY
    size, start = (7.4, WIDE_NAMES) if many else (LABEL, NAMES)
    names = [wrap(name, start - 5, size, 600) for name in rows(analysis.segments)]
    pitch = 5.0 if many else 7.4 if all(len(n) == 1 for n in names) else 6.8
    pitch = max(pitch, max(len(n) for n in names) * size * 1.08 * PT + 0.8)
    panel = (FULL - start) / max(len(columns), 3)
    numbers = max(width(formats.multiple(m), TEXT, 600) for m in [*shares.ravel(), 1.0]) + 1.6
    most = float(np.clip(np.nanmax(np.append(shares, 2.0)), 2.0, LONGEST))
    unit = (panel - numbers - 3.5) / most

    titles = [wrap(analysis.story.measures[c].title, panel - 3, LABEL, 600, 3) for c in columns]
    tall = max(len(t) for t in titles) * LABEL * 1.16 * PT
    line = top + tall + 4.6
    end = line + 1.2 + pitch * len(names)
    for j, title in enumerate(titles):
        one = start + j * panel + 1 + unit
        left = start + j * panel + 1
        sheet.lines(left, top + tall - LABEL * 0.58 * PT, title, size=LABEL, weight=600, anchor="bottom",
                    leading=1.16)  # fmt: skip
        sheet.text(left, top + tall + 1.7, "1× = fair share", size=7, colour=palette.GREY)
        sheet.rules([(one, line, one, end)], palette.INK, 0.6)
    sheet.rules([(0, line, FULL, line)], palette.INK, 1.1)
    sheet.rules([(0, line + 1.2 + pitch * i, FULL, line + 1.2 + pitch * i) for i in range(1, len(names))],
                palette.mix(palette.RULE, palette.PAPER, 0.35), 0.5)  # fmt: skip
    for i, name in enumerate(names):
        middle = line + 1.2 + pitch * (i + 0.5)
        colour = palette.segment_colour(i)
        sheet.boxes([(0, middle - 1.9, 1.0, 3.8)], colour)
        sheet.lines(2.8, middle, name, size=size, weight=600, anchor="middle", leading=1.08)
        for j in range(len(columns)):
            _bar(sheet, shares[i, j], start + j * panel + 1, unit, middle, colour)
    return end + 0.4


def _bar(sheet: Sheet, share: float, left: float, unit: float, middle: float, colour: str) -> None:
    one = left + unit
    top = middle - BAR / 2
    text_at = one
    if np.isfinite(share) and share > 1:
        length = (min(share, LONGEST) - 1) * unit
        sheet.boxes([(one, top, length, BAR)], colour)
        if share > LONGEST:  # broken off: a white cut through the bar
            sheet.rules(
                [(one + length - 2.2, top + BAR + 0.3, one + length - 1.2, top - 0.3)], palette.PAPER, 2.0
            )
        text_at = one + length
    elif np.isfinite(share):
        length = min(1 - share, 1.0) * unit
        sheet.boxes([(one - length, top, length, BAR)], palette.mix(palette.RULE, palette.INK_SOFT, 0.12))
    strong = bool(share >= STRONG)
    sheet.text(text_at + 1.2, middle, formats.multiple(share), size=TEXT, weight=600 if strong else 400,
               colour=palette.INK if strong else palette.INK_SOFT)  # fmt: skip
