"""Turn a table of numbers into coloured cells with the numbers in them; heat and levels are drawn so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reportgen import palette
from reportgen.charts.layout import banner, draw_banner, heads, key
from reportgen.charts.sheet import FULL, PT, TEXT, Sheet, width, wrap

if TYPE_CHECKING:
    from reportgen.results import Segment

HEIGHT, GAP = 5.0, 0.6
"""Of a cell, mm."""
LOW, MANY_ROWS = 4.1, 13
"""Height of a cell where there are more rows than that."""
TALL, FEW_ROWS = 6.4, 8
"""And where there are no more than that."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of cells, or a heading between rows (no cells)."""

    title: str
    texts: tuple[str, ...] = ()
    positions: tuple[float, ...] = ()
    """-1..1 on the diverging colours."""
    strong: tuple[bool, ...] = ()
    everyone: str = ""


def label_room(titles: Sequence[str], most: float) -> float:
    """Room for the row titles, mm: what they need, at most ``most``."""
    return min(max((width(t, TEXT) for t in titles), default=0.0), most) + 3.0


def draw_grid(
    sheet: Sheet,
    segments: Sequence[Segment],
    lines: Sequence[Line],
    start: float,
    *,
    everyone: bool,
    low: str,
    high: str,
) -> float:
    """Draw header, rows and colour key from the top of the sheet; return how far down they reach."""
    k = len(segments)
    height = LOW if len(lines) > MANY_ROWS else TALL if len(lines) <= FEW_ROWS else HEIGHT
    last = 15.0 if everyone else 0.0
    across = (FULL - start - last) / k
    lefts = [start + i * across + GAP / 2 for i in range(k)]
    rights = [start + (i + 1) * across - GAP / 2 for i in range(k)]
    header = banner(heads(segments), lefts, rights)
    bottom = max(header.height, (2 if everyone else 1) * header.step) + 2.4
    draw_banner(
        sheet, header, lefts, rights, [palette.segment_colour(i) for i in range(k)], bottom, centred=True
    )
    if everyone:
        sheet.lines(
            FULL,
            bottom - 1.9,
            ["All", "customers"],
            size=TEXT,
            colour=palette.GREY,
            align="right",
            anchor="bottom",
            leading=1.18,
        )
    y = bottom + 0.7 + 1.6
    for number, line in enumerate(lines):
        if not line.texts:
            y += 2.6 if number else 0.4
            sheet.lines(0, y + 1.4, wrap(line.title, FULL, TEXT, 600), size=TEXT, weight=600)
            y += 4.6
            continue
        title = wrap(line.title, start - 3.0 + 0.1, TEXT)
        tall = max(height, len(title) * TEXT * 1.02 * PT + 0.5)
        middle = y + tall / 2
        sheet.lines(0, middle, title, size=TEXT, anchor="middle", leading=1.02)
        for i, (text, position, strong) in enumerate(
            zip(line.texts, line.positions, line.strong, strict=True)
        ):
            colour = palette.diverging(position)
            sheet.boxes([(lefts[i], y, rights[i] - lefts[i], tall)], colour)
            sheet.text(
                (lefts[i] + rights[i]) / 2,
                middle,
                text,
                size=TEXT if k < 9 else 7.2,
                weight=600 if strong else 400,
                colour=palette.text_on(colour),
                align="center",
            )
        if everyone:
            sheet.text(FULL, middle, line.everyone, size=TEXT, colour=palette.INK_SOFT, align="right")
        y += tall + (GAP if height == LOW else GAP * 1.5)
    return key(sheet, segments, _scale(sheet, y + 2.6, low, high))


def _scale(sheet: Sheet, y: float, low: str, high: str) -> float:
    """The colours from far below to far above, named at both ends."""
    steps, box = 11, 5.2
    left = FULL / 2 - steps * box / 2
    sheet.text(left - 2, y + 1.25, low, size=7.4, colour=palette.GREY, align="right")
    sheet.text(left + steps * box + 2, y + 1.25, high, size=7.4, colour=palette.GREY)
    for i in range(steps):
        colour = palette.diverging(i / (steps - 1) * 2 - 1)
        sheet.boxes([(left + i * box, y, box - 0.2, 2.5)], colour)
    return y + 3.0
