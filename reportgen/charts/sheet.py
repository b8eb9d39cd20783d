"""Turn marks and words in millimetres into a matplotlib figure, and that into a small, reproducible SVG.

A `Sheet` is a surface whose origin is the top left corner, as on the page. Charts place every mark
themselves, straight on the figure: no axes, because ticks, spines and clip paths are most of what
matplotlib takes time for, and because the exact place of every word must be known to keep words apart.
What is drawn later lies on top. Text is measured by the advance widths of the report's own font files.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from reportgen import fonts, palette

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.backend_bases import RendererBase

    from reportgen.results import Floats

PT = 25.4 / 72
"""Millimetres in a point."""
FULL = 170.0
"""Width of the page's text, mm (DESIGN.md: A4, margins 20 mm)."""
WIDE = 102.0
HALF = 81.0
CAP = 0.66
"""Height of capitals in em, Source Sans."""
SMALL = 7.0
"""Smallest size of chart text, pt."""
TEXT = 7.8
LABEL = 8.2

Align = Literal["left", "center", "right"]
Box = tuple[float, float, float, float]
"""x, y of the top left corner, width, height; mm."""

_RC = {
    "svg.fonttype": "none",
    "svg.hashsalt": "reportgen",
    "path.simplify": False,
    "path.sketch": None,
    "text.usetex": False,
    "text.parse_math": False,
    "text.hinting": "none",
}


# --------------------------------------------------------------------------- measuring


@cache
def _font(weight: int, style: Literal["normal", "italic"]) -> FT2Font:
    font = FT2Font(str(fonts.face(weight, style).path))
    font.set_size(100, 72)
    return font


@cache
def _advance(character: str, weight: int, style: Literal["normal", "italic"]) -> float:
    """Width in em; what the font lacks is set in a fallback font, whose widths are estimated."""
    font = _font(weight, style)
    if font.get_char_index(ord(character)) == 0:
        if unicodedata.combining(character):
            return 0.0
        return 1.0 if unicodedata.east_asian_width(character) in "WF" else 0.68
    return font.load_char(ord(character), flags=LoadFlags.NO_HINTING).linearHoriAdvance / 6553600


def width(
    text: str, size: float = TEXT, weight: int = 400, style: Literal["normal", "italic"] = "normal"
) -> float:
    """Width of one line of text in mm."""
    return sum(_advance(c, weight, style) for c in text) * size * PT


def printable(text: str) -> str:
    """Text without control characters and line breaks, which an SVG may not hold or a line not show."""
    return (
        "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)
        if not text.isprintable()
        else text
    )


def wrap(text: str, room: float, size: float = TEXT, weight: int = 400, lines: int = 2) -> list[str]:
    """Break `text` into at most `lines` lines of at most `room` mm, as even as can be.

    The last one is cut with an ellipsis only if even that is full; a word that is too long is broken.
    """
    text = printable(text)
    if width(text, size, weight) <= room:
        return [text]
    for count in range(2, lines + 1):
        broken = _fill(text, room, size, weight)
        if len(broken) <= count:
            return _even(text, room, size, weight, len(broken))
    broken = _fill(text, room, size, weight)
    if len(broken) <= lines:
        return broken
    last = " ".join(broken[lines - 1 :])
    return [*broken[: lines - 1], shorten(last, room, size, weight)]


def shorten(text: str, room: float, size: float = TEXT, weight: int = 400) -> str:
    """Cut one line with an ellipsis so that it fits into `room` mm."""
    if width(text, size, weight) <= room:
        return text
    while text and width(text.rstrip(" ,-") + "…", size, weight) > room:
        text = text[:-1]
    return text.rstrip(" ,-") + "…"


def _fill(text: str, room: float, size: float, weight: int) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if width(longer, size, weight) <= room:
            lines[-1] = longer
            continue
        if lines[-1]:
            lines.append("")
        while width(word, size, weight) > room and len(word) > 1:
            cut = len(word) - 1
            while cut > 1 and width(word[:cut] + "-", size, weight) > room:
                cut -= 1
            mark = word.rfind("_", 0, cut) + 1 or word.rfind("-", 0, cut) + 1
            if mark:
                lines[-1:] = [word[:mark], ""]
                word = word[mark:]
            else:
                lines[-1:] = [word[:cut] + "-", ""]
                word = word[cut:]
        lines[-1] = word
    return lines


def _even(text: str, room: float, size: float, weight: int, count: int) -> list[str]:
    """The same number of lines in the narrowest room that needs no more of them."""
    low, high = room / count, room
    for _ in range(6):
        middle = (low + high) / 2
        if len(_fill(text, middle, size, weight)) <= count and "-" not in "".join(
            line[-1:] for line in _fill(text, middle, size, weight)
        ):
            high = middle
        else:
            low = middle
    return _fill(text, high, size, weight)


def fitting(candidates: Iterable[str], room: float, size: float = TEXT, weight: int = 400) -> str:
    """The first of several ways to write a value that fits into `room` mm, else the last."""
    last = ""
    for last in candidates:
        if width(last, size, weight) <= room:
            break
    return last


# --------------------------------------------------------------------------- drawing


@cache
def _properties(size: float, weight: int, style: Literal["normal", "italic"]) -> FontProperties:
    face = fonts.face(weight, style)
    return FontProperties(family=face.family, weight=weight, style=style, size=size, fname=str(face.path))


class Word(Text):
    """One line of text that is placed without being measured (measuring took half of the drawing time)."""

    def draw(self, renderer: RendererBase) -> None:
        """Hand the words to the SVG as they are; any other renderer measures them as usual."""
        if not isinstance(renderer, MixedModeRenderer):
            super().draw(renderer)
            return
        x, y = self.get_transform().transform(self.get_unitless_position())
        gc = renderer.new_gc()
        gc.set_foreground(self.get_color())
        renderer.open_group("text", self.get_gid())
        high = renderer.get_canvas_width_height()[1]
        renderer.draw_text(gc, x, high - y, self.get_text(), self.get_fontproperties(), 0, mtext=self)
        renderer.close_group("text")
        gc.restore()


class Sheet:
    """A figure of `width` mm, filled from the top; `finish` says how high it became."""

    def __init__(self, width: float) -> None:
        self.width = width
        self.height = 0.0
        self.figure = Figure(figsize=(width * PT, 1), dpi=72)
        self.figure.patch.set_visible(False)
        self._place = Affine2D()
        self._level = 0

    def finish(self, height: float) -> Sheet:
        """Fix the height in mm and return the sheet."""
        self.height = round(height, 2)
        self.figure.set_size_inches(self.width / 25.4, self.height / 25.4)
        self._place.clear().scale(1 / PT, -1 / PT).translate(0, self.height / PT)
        return self

    def _add(self, artist: Artist, name: str) -> None:
        self._level += 1
        artist.set_zorder(self._level)
        artist.set_transform(self._place)
        artist.set_clip_on(False)
        if name:
            artist.set_gid(name)
        self.figure.add_artist(artist)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = TEXT,
        weight: int = 400,
        style: Literal["normal", "italic"] = "normal",
        colour: str = palette.INK,
        align: Align = "left",
        halo: bool = False,
    ) -> None:
        """One line whose capitals are centred on the height `y`."""
        text = printable(text)
        if not text:
            return
        base = y + CAP / 2 * size * PT
        if halo:
            self._halo(x, y, width(text, size, weight, style), size, align)
        word = Word(
            x,
            base,
            text,
            color=colour,
            fontproperties=_properties(size, weight, style),
            ha=align,
            va="baseline",
            parse_math=False,
        )
        self._add(word, "")

    def _halo(self, x: float, y: float, text_width: float, size: float, align: Align) -> None:
        """A soft white stroke behind the words (the outline of the letters would take 10 kB a name)."""
        left = x - {"left": 0.0, "center": 0.5, "right": 1.0}[align] * text_width
        height = size * 0.95
        inset = min(height / 2 * PT - 0.5, text_width / 2)
        self._path(
            Path([(left + inset, y), (left + text_width - inset, y)]),
            line=palette.PAPER,
            line_width=height,
            alpha=0.8,
            round_ends=True,
        )

    def lines(
        self,
        x: float,
        y: float,
        lines: Sequence[str],
        *,
        size: float = TEXT,
        weight: int = 400,
        colour: str = palette.INK,
        align: Align = "left",
        leading: float = 1.2,
        anchor: Literal["top", "middle", "bottom"] = "top",
    ) -> None:
        """Several lines of text; `y` is the middle of the first one, of all, or of the last."""
        step = size * leading * PT
        start = y - {"top": 0.0, "middle": 0.5, "bottom": 1.0}[anchor] * step * (len(lines) - 1)
        for i, line in enumerate(lines):
            self.text(x, start + i * step, line, size=size, weight=weight, colour=colour, align=align)

    def _path(
        self,
        path: Path,
        *,
        line: str = "none",
        line_width: float = 0.0,
        fill: str = "none",
        alpha: float = 1.0,
        dash: tuple[float, ...] = (),
        round_ends: bool = False,
        name: str = "",
    ) -> None:
        path.should_simplify = False
        patch = PathPatch(path, facecolor=fill, edgecolor=line, linewidth=line_width)
        if alpha < 1:
            patch.set_alpha(alpha)
        if dash:
            patch.set_linestyle((0, dash))
        patch.set_joinstyle("round")
        patch.set_capstyle("round" if round_ends else "butt")
        self._add(patch, name)

    def boxes(self, boxes: Iterable[Box], colour: str, *, alpha: float = 1.0, name: str = "") -> None:
        """Filled rectangles of one colour, as one path; those without area are left out."""
        corners = [
            ((x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y))
            for x, y, w, h in boxes
            if w > 0 and h > 0
        ]
        if corners:
            vertices = np.array(corners).reshape(-1, 2)
            codes = np.tile(
                [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY], len(corners)
            )
            self._path(Path(vertices, codes.astype(Path.code_type)), fill=colour, alpha=alpha, name=name)

    def rules(
        self,
        rules: Iterable[tuple[float, float, float, float]],
        colour: str = palette.RULE,
        line_width: float = 0.5,
        *,
        dash: tuple[float, ...] = (),
        name: str = "",
    ) -> None:
        """Straight lines (x, y, x, y) of one colour and width in pt, as one path."""
        vertices = np.array(list(rules), dtype=np.float64).reshape(-1, 2)
        if len(vertices):
            codes = np.tile([Path.MOVETO, Path.LINETO], len(vertices) // 2).astype(Path.code_type)
            self._path(Path(vertices, codes), line=colour, line_width=line_width, dash=dash, name=name)

    def curve(
        self,
        x: Floats,
        y: Floats,
        colour: str,
        line_width: float = 1.2,
        *,
        name: str = "",
    ) -> None:
        """A line through points."""
        self._path(
            Path(np.column_stack((x, y))), line=colour, line_width=line_width, name=name, round_ends=True
        )

    def area(
        self, x: Floats, y: Floats, base: float, colour: str, *, alpha: float = 1.0, name: str = ""
    ) -> None:
        """The area between a line through points and the height `base`."""
        outline = np.column_stack((np.r_[x[0], x, x[-1]], np.r_[base, y, base]))
        self._path(Path(outline), fill=colour, alpha=alpha, name=name)

    def dots(
        self,
        x: Floats,
        y: Floats,
        diameter: float,
        colour: str,
        *,
        alpha: float = 1.0,
        edge: float = 0.0,
        name: str = "",
    ) -> None:
        """Round dots of `diameter` mm as one path; `edge` mm of white around each sets it off from others."""
        if not len(x):
            return
        if edge:
            self.dots(x, y, diameter + 2 * edge, palette.PAPER)
        vertices = np.repeat(np.round(np.column_stack((x, y)) / PT, 1) * PT, 2, axis=0)
        codes = np.tile([Path.MOVETO, Path.LINETO], len(x)).astype(Path.code_type)
        self._path(
            Path(vertices, codes),
            line=colour,
            line_width=diameter / PT,
            alpha=alpha,
            round_ends=True,
            name=name,
        )

    def closed(
        self,
        points: Floats,
        *,
        line: str,
        line_width: float,
        fill: str = "none",
        alpha: float = 1.0,
        name: str = "",
    ) -> None:
        """A closed smooth outline through (m, 2) points: fill of `alpha`, then line."""
        if fill != "none":
            self._path(Path(points, closed=False), fill=fill, alpha=alpha)
        self._path(Path(points), line=line, line_width=line_width, name=name)

    def svg(self) -> bytes:
        """The sheet as an SVG file: text as text in the report's fonts, the same bytes every time."""
        buffer = io.StringIO()
        with mpl.rc_context(_RC):  # type: ignore[arg-type]
            FigureCanvasSVG(self.figure).print_svg(  # type: ignore[no-untyped-call]
                buffer, metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
            )
        return tidy(buffer.getvalue()).encode()


# --------------------------------------------------------------------------- SVG

_HEAD = re.compile(
    r"<!DOCTYPE.*?>\s*|<metadata>.*?</metadata>\s*|<defs>\s*<style.*?</style>\s*</defs>\s*", re.DOTALL
)
_TAG = re.compile(r"<[^>]*>")
_GROUP = re.compile(r'<g id="([^"]+)">\s*<(path|text) ([^>]*>(?:[^<]*</text>)?)\s*</g>\s*')
_NUMBERED = re.compile(r"(?:text|patch)_\d+")
_DOT = re.compile(r"M (\S+ \S+) \nL \1 ?\n?")
_TURN = re.compile(r' transform="rotate\(-?0 [^"]*"')
_DECIMALS = re.compile(r"(?<=\.\d\d)\d+")
_ZEROS = re.compile(r"(\.\d*?)0+(?=[^\d.]|$)")
_SHORTHAND = re.compile(r"font: (?:(italic) )?(?:(\d+) )?([\d.]+)px ([^;\"]+)")
_STYLE = re.compile(r'style="([^"]*)"')
_USUAL = {
    ("font-weight", "400"), ("font-style", "normal"), ("text-anchor", "start"), ("stroke-linejoin", "round"),
    ("font-family", f"'{fonts.SANS}'"),
}  # fmt: skip
"""What need not be said of each element: the default, or said of the whole."""


def tidy(svg: str) -> str:
    """Matplotlib's SVG without what is not drawn, with two decimals, and as WeasyPrint reads it fastest.

    A group around one element becomes its id, a style becomes attributes, opacity that of the one colour:
    each group, style sheet and transparent layer costs the typesetter as much as the drawing itself.
    Only tags are touched: words and numbers between them stay as they are.
    """
    svg = _GROUP.sub(_alone, _TAG.sub(_tidy_tag, _HEAD.sub("", svg, count=3)))
    family = f"font-family=\"'{fonts.SANS}', sans-serif\""
    return svg.replace('<g id="figure_1">', f'<g stroke-linejoin="round" {family}>', 1)


def _alone(match: re.Match[str]) -> str:
    name, tag, rest = match.groups()
    return f"<{tag} {rest}\n" if _NUMBERED.fullmatch(name) else f'<{tag} id="{name}" {rest}\n'


def _tidy_tag(match: re.Match[str]) -> str:
    tag = match.group()
    if tag.startswith("<path"):
        tag = _DOT.sub(r"M\1h.01", tag)
        tag = _ZEROS.sub(_trimmed, _DECIMALS.sub("", tag))
        tag = tag.replace(" \nL ", "L").replace(" \nz\n", "z").replace("z\nM", "zM").replace("M ", "M")
        tag = _STYLE.sub(_attributes, tag.replace(' \n"', '"'))
    elif tag.startswith("<text"):
        tag = _ZEROS.sub(_trimmed, _DECIMALS.sub("", _TURN.sub("", tag)))
        # WeasyPrint ignores the shorthand that matplotlib before 3.11 writes.
        tag = _STYLE.sub(_attributes, _SHORTHAND.sub(_longhand, tag))
    elif tag.startswith("<svg"):
        tag = _DECIMALS.sub("", tag)
    return tag


def _trimmed(match: re.Match[str]) -> str:
    return "" if match[1] == "." else match[1]


def _longhand(match: re.Match[str]) -> str:
    style, weight, size, family = match.groups()
    return (
        f"font-style: {style or 'normal'}; font-weight: {weight or 400}; "
        f"font-size: {size}px; font-family: {family}"
    )


def _attributes(match: re.Match[str]) -> str:
    found = dict(part.strip().split(": ", 1) for part in match[1].split(";") if part.strip())
    opacity = found.pop("opacity", "")
    if opacity:
        found["stroke-opacity" if found.get("fill") == "none" else "fill-opacity"] = opacity
    return " ".join(f'{name}="{value}"' for name, value in found.items() if (name, value) not in _USUAL)
