"""Name every colour of the report once, for charts and style sheets alike (DESIGN.md, "Page").

The six segment colours stay distinct under simulated protanopia, deuteranopia and tritanopia; a
seventh and later segment is drawn in grey tones and told apart by its label, never by colour alone.
"""

from __future__ import annotations

INK = "#14202B"
INK_SOFT = "#46535F"
GREY = "#66727E"
"""The lightest grey that text may have on white (WCAG AA, 4.9:1)."""
RULE = "#C9D1D7"
TINT = "#F3F5F6"
NIGHT = "#0A2233"
SIGNAL = "#B5302A"
PAPER = "#FFFFFF"

SEGMENTS = ("#0A4560", "#B5302A", "#E8A33D", "#1F8A7D", "#9470BC", "#B4BDC4")
SEGMENTS_MORE = ("#5E7F93", "#C98A86", "#8A6A2C", "#7FB8B0", "#6A5480", "#7C868E")
SEGMENTS_NIGHT = ("#4BA3CC", "#E2665C", "#E8A33D", "#35B5A2", "#A98BD6", "#B4BDC4")
"""The same six, light enough for dots on ``NIGHT``."""
DIVERGING = ("#B8672B", "#F7F7F5", "#0A4560")


def segment_colour(position: int) -> str:
    """Colour of the segment at this 0-based position in the report; after twelve they repeat."""
    colours = SEGMENTS + SEGMENTS_MORE
    return colours[position % len(colours)]


def segment_colour_among_grey(position: int) -> str:
    """Colour of the segment where all others are drawn in grey: the two greys are taken to a dark slate."""
    colour = segment_colour(position)
    return mix(colour, INK, 0.55) if position % 12 in (5, 11) else colour


def segment_colour_on_night(position: int) -> str:
    """Colour of the segment at this 0-based position on the cover."""
    if position % 12 < len(SEGMENTS_NIGHT):
        return SEGMENTS_NIGHT[position % 12]
    return legible(segment_colour(position), NIGHT)


def _channels(colour: str) -> tuple[float, float, float]:
    return (int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255)


def luminance(colour: str) -> float:
    """Relative luminance 0..1 of ``#RRGGBB`` (WCAG 2.2)."""
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio 1..21 of two ``#RRGGBB`` colours (WCAG 2.2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def text_on(background: str) -> str:
    """White or ink, whichever reads better on ``background``."""
    return PAPER if contrast(PAPER, background) >= contrast(INK, background) else INK


def mix(one: str, other: str, share: float) -> str:
    """``one`` blended towards ``other`` by ``share`` 0..1, in sRGB."""
    a, b = _channels(one), _channels(other)
    return "#" + "".join(f"{round(255 * (x + (y - x) * share)):02X}" for x, y in zip(a, b, strict=True))


def diverging(position: float) -> str:
    """Colour at -1 (below average) .. 0 .. 1 (above average); beyond is capped."""
    position = max(-1.0, min(1.0, position))
    low, middle, high = DIVERGING
    return mix(middle, high, position) if position >= 0 else mix(middle, low, -position)


def legible(colour: str, background: str = PAPER, ratio: float = 4.5) -> str:
    """``colour``, taken towards ink or white as far as needed to reach a contrast on ``background``."""
    towards = PAPER if luminance(background) < 0.18 else INK
    for step in range(21):
        mixed = mix(colour, towards, step / 20)
        if contrast(mixed, background) >= ratio:
            return mixed
    return towards
