"""Turn the first exhibit of the summary page into a PNG, because mail readers show no SVG.

The PDF is tagged, so it says itself where its figures are and what a reader who cannot see one is
told: the figure's alternative text becomes the picture's. The exhibit's title and source stand beside
the figure in the tag tree and are cut out with it.
"""

from __future__ import annotations

import ctypes
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from reportgen.mail.preflight import Mailable

WIDTH = 1072
"""Pixels: twice the 536 that the picture has in the mail, for sharp screens."""
_MARGIN = 8.0
"""Points around the exhibit."""
_TALLEST = 0.6
"""Of the page: what is taller is not one exhibit."""
_COLOURS = 96

Box = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A picture that stands in the body of the mail."""

    png: bytes
    alt: str
    cid: str = "summary@reportgen"


def exhibit(report: Mailable) -> Picture | None:
    """The summary page's first exhibit; None if the page has none that is tagged."""
    document = pypdfium2.PdfDocument(report.pdf)
    try:
        page = document[report.summary_page]
        tree = pdfium.FPDF_StructTree_GetForPage(page.raw)
        if not tree:
            return None
        try:
            found = _find(tree)
            if found is None:
                return None
            figure, whole = found
            alt = _string(pdfium.FPDF_StructElement_GetAltText, figure)
            box = _around(page, figure, whole)
        finally:
            pdfium.FPDF_StructTree_Close(tree)
        if box is None or not alt:
            return None
        return Picture(png=_png(page, box), alt=alt)
    finally:
        document.close()


def _find(tree: Any) -> tuple[Any, Any] | None:
    """The first Figure in reading order, and the nearest element around it that has a Caption as well."""
    for number in range(pdfium.FPDF_StructTree_CountChildren(tree)):
        root = pdfium.FPDF_StructTree_GetChildAtIndex(tree, number)
        for path in _walk((root,)):
            if _kind(path[-1]) == "Figure":
                captioned = (
                    outer
                    for outer in reversed(path[:-1])
                    if any(_kind(child) == "Caption" for child in _children(outer))
                )
                return path[-1], next(captioned, path[-1])
    return None


def _walk(path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """The last element of ``path`` and all below it in reading order, each with the elements around it."""
    yield path
    for child in _children(path[-1]):
        yield from _walk((*path, child))


def _children(element: Any) -> Iterator[Any]:
    for number in range(pdfium.FPDF_StructElement_CountChildren(element)):
        child = pdfium.FPDF_StructElement_GetChildAtIndex(element, number)
        if child:
            yield child


def _kind(element: Any) -> str:
    return _string(pdfium.FPDF_StructElement_GetType, element)


def _around(page: pypdfium2.PdfPage, figure: Any, exhibit: Any) -> Box | None:
    """Left, bottom, right, top in points: of the whole exhibit, or of the figure alone."""
    for element in (exhibit, figure):
        marked = {
            pdfium.FPDF_StructElement_GetMarkedContentIdAtIndex(path[-1], number)
            for path in _walk((element,))
            for number in range(max(0, pdfium.FPDF_StructElement_GetMarkedContentIdCount(path[-1])))
        } - {-1}
        boxes = [
            thing.get_bounds()
            for thing in page.get_objects(max_depth=1)
            if pdfium.FPDFPageObj_GetMarkedContentID(thing.raw) in marked
        ]
        if not boxes:
            continue
        left, bottom = min(box[0] for box in boxes), min(box[1] for box in boxes)
        right, top = max(box[2] for box in boxes), max(box[3] for box in boxes)
        if 0 < top - bottom <= _TALLEST * page.get_height():
            return left, bottom, right, top
    return None


def _png(page: pypdfium2.PdfPage, box: Box) -> bytes:
    wide, high = page.get_size()
    left, right = max(0.0, box[0] - _MARGIN), min(wide, box[2] + _MARGIN)
    bottom, top = max(0.0, box[1] - _MARGIN), min(high, box[3] + _MARGIN)
    image = page.render(
        scale=WIDTH / (right - left),
        crop=(left, bottom, wide - right, high - top),
        fill_color=(255, 255, 255, 255),
    ).to_pil()
    out = io.BytesIO()
    image.convert("RGB").quantize(_COLOURS).save(out, "PNG", optimize=True)
    return out.getvalue()


def _string(read: Callable[[Any, Any, int], int], element: Any) -> str:
    """A string that PDFium writes into a buffer as UTF-16."""
    length = read(element, None, 0)
    if length <= 2:
        return ""
    buffer = ctypes.create_string_buffer(length)
    read(element, buffer, length)
    return buffer.raw[: length - 2].decode("utf-16-le", "replace").strip()
