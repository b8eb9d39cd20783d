"""Turn a brand and the number of segments into the style sheet; nothing else of the user's gets there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from markupsafe import Markup

from reportgen import fonts, palette
from reportgen.errors import OptionError, RenderError

if TYPE_CHECKING:
    import jinja2

    from reportgen.results import Brand

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_FACES = frozenset({(fonts.SANS, 300), (fonts.SANS, 400), (fonts.SANS, 600), (fonts.SANS, 700),
                    (fonts.SERIF, 400), (fonts.SERIF, 600)})  # fmt: skip
"""Faces that the sheet uses; each one declared costs time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """The few values that the style sheet is told; all made or checked here."""

    print: bool
    """The sheet of paper; else the one of screens (and what these print)."""
    faces: tuple[fonts.Face, ...]
    page: str
    sides: str
    top: str
    bottom: str
    accent: str
    accent_cover: str
    accent_text: str
    ink: str
    soft: str
    grey: str
    rule: str
    tint: str
    night: str
    night_grey: str
    shades: tuple[str, ...]
    segments: tuple[tuple[str, str, str], ...]
    """(class, colour, the same as text)"""


_PAGES = {
    # Both leave 170 mm between the side margins, for which the charts are drawn.
    "a4": ("210mm 297mm", "20mm", "27mm", "19mm"),
    "letter": ("215.9mm 279.4mm", "22.95mm", "22mm", "15mm"),
}


def _against_night(accent: str) -> str:
    """The accent of the cover's band: lightened until it shows on the dark ground (WCAG 2.2: 3 to 1 is
    for text and controls; the band only has to be seen).
    """
    for step in range(11):
        mixed = palette.mix(accent, palette.PAPER, step / 10)
        if palette.contrast(mixed, palette.NIGHT) >= 2.0:
            return mixed
    return palette.PAPER


def css(
    brand: Brand, segments: int, medium: Literal["print", "screen"], environment: jinja2.Environment
) -> Markup:
    """The style sheet of the report.

    Raises OptionError where the accent is no colour.
    """
    if not _COLOUR.fullmatch(brand.accent):
        raise OptionError(f"--accent {brand.accent!r}: not a colour; write it as #RRGGBB, such as #B5302A")
    size, sides, top, bottom = _PAGES[brand.page]
    colours = [palette.segment_colour(i) for i in range(segments)]
    style = Style(
        print=medium == "print",
        faces=tuple(
            f for f in fonts.faces()
            if (f.family, f.weight) in _FACES and (f.style == "normal" or f.family == fonts.SANS)
        ),
        page=size,
        sides=sides,
        top=top,
        bottom=bottom,
        accent=brand.accent.upper(),
        accent_cover=_against_night(brand.accent.upper()),
        accent_text=readable(brand.accent.upper()),
        ink=palette.INK,
        soft=palette.INK_SOFT,
        grey=palette.GREY,
        rule=palette.RULE,
        tint=palette.TINT,
        night=palette.NIGHT,
        night_grey=palette.mix(palette.NIGHT, palette.PAPER, 0.7),
        shades=tuple(palette.mix(palette.PAPER, palette.SEGMENTS[0], share) for share in
                     (0.04, 0.12, 0.22, 0.34, 0.48)),
        segments=tuple((f"c{i + 1}", colour, readable(colour)) for i, colour in enumerate(colours)),
    )  # fmt: skip
    for colour in (style.accent, *colours):
        if not _COLOUR.fullmatch(colour):
            raise RenderError(f"palette: {colour!r} is not a colour")
    source: Any = environment.get_template("report.css").render(style=style)
    return Markup(source)


def readable(colour: str, background: str = palette.PAPER, ratio: float = 4.5) -> str:
    """``colour`` darkened just as far as text on ``background`` needs (WCAG 2.2 AA: 4.5)."""
    for step in range(0, 21):
        mixed = palette.mix(colour, palette.INK, step / 20)
        if palette.contrast(mixed, background) >= ratio:
            return mixed
    return palette.INK
