"""Turn the screen page into report.html: one file that asks nobody for anything.

Charts become inline SVG, because a picture in ``<img>`` cannot use the fonts of the page; fonts and
logo become ``data:`` addresses, the fonts cut down to the characters that the page uses.
"""

from __future__ import annotations

import base64
import html as entities
import io
import re

from reportgen import fonts
from reportgen.errors import RenderError
from reportgen.results import Report
from reportgen.writers import assets

_CHART = re.compile(r'<img src="(asset:chart/[^"]+)" alt="([^"]*)">')
_SCROLLS = re.compile(r'(<div class="(?:picture|scroll)")>')
"""What scrolls sideways on a phone must be reachable by keyboard."""
_ASSET = re.compile(r"asset:[A-Za-z0-9/_.:-]+")
_TAGS = re.compile(r"<[^>]+>")
_ALWAYS = "".join(map(chr, range(32, 127))) + "–—‘’“”…·×−€£¥ "


def write_html(html: str, report: Report) -> bytes:
    """The bytes of report.html, from ``render.render(report, medium="screen")``.

    Raises
    ------
    RenderError
        The page names something that is not in the report.
    """
    find = assets.registry(report)

    def picture(match: re.Match[str]) -> str:
        asset = find(entities.unescape(match[1]))
        if asset is None:
            raise RenderError(f"report.html: there is no {match[1]}; the story and the charts do not agree")
        counter.append(match[1])
        return _inline(asset.data.decode("utf-8"), match[2], f"x{len(counter)}-")

    counter: list[str] = []
    page = _SCROLLS.sub(r'\1 tabindex="0">', _CHART.sub(picture, html))
    characters = frozenset(entities.unescape(_TAGS.sub("", page)) + _ALWAYS)

    def address(match: re.Match[str]) -> str:
        if match[0].startswith("asset:font/"):
            name = match[0].removeprefix("asset:font/")
            return _data("font/woff2", _subset(name, characters))
        asset = find(match[0])
        if asset is None:
            raise RenderError(f"report.html: there is no {match[0]}")
        return _data(asset.media_type, asset.data)

    style_end = page.index("</style>")
    head = _ASSET.sub(address, page[:style_end])
    body = re.sub(r'(?<=src=")asset:logo(?=")', lambda m: address(m), page[style_end:])
    return (head + body).encode("utf-8")


def _data(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"


_SVG = re.compile(r"<svg\b[^>]*>")
_STYLE = re.compile(r"<style\b[^>]*>.*?</style>", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_ID = re.compile(r'(\s(?:id)=")([^"]+)(")')
_REFERENCE = re.compile(r'(url\(#|href="#)([^")]+)')


def _inline(svg: str, alt: str, prefix: str) -> str:
    """``svg`` as an element of the page, with ids of its own and ``alt`` (already escaped) as its name."""
    start = _SVG.search(svg)
    if start is None:
        raise RenderError("report.html: a chart is not SVG")
    body = _METADATA.sub("", _STYLE.sub("", svg[start.end() :]))
    body = _REFERENCE.sub(rf"\g<1>{prefix}\g<2>", _ID.sub(rf"\g<1>{prefix}\g<2>\g<3>", body))
    box = re.search(r'viewBox="([^"]+)"', start[0])
    view = f' viewBox="{box[1]}"' if box else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"{view} '
        f'preserveAspectRatio="xMidYMax slice" role="img" aria-label="{alt}">{body.strip()}'
    )


def _subset(name: str, characters: frozenset[str]) -> bytes:
    """A face with only ``characters``, as WOFF2."""
    from fontTools import subset  # type: ignore[import-untyped]
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    path = next(face.path for face in fonts.faces() if face.path.name == name)
    options = subset.Options(flavor="woff2", layout_features=["kern", "liga", "lnum", "tnum", "locl", "mark"],
                             notdef_outline=True, hinting=False, desubroutinize=True)  # fmt: skip
    with TTFont(path, lazy=True, recalcTimestamp=False) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(text="".join(sorted(characters)))
        cutter.subset(font)
        font.flavor = "woff2"
        buffer = io.BytesIO()
        font.save(buffer, reorderTables=None)
        return buffer.getvalue()
