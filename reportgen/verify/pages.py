"""Turn a tagged PDF into its text, block by block in reading order, and its attachment.

What is read is what is on the page: each text object belongs to a marked-content sequence, and the structure
tree says in which order these are read and what they are (ISO 32000-1, 14.7 and 14.8). So a table cell, a
word inside a chart and a sentence can be told apart, which the flat text of a page does not allow.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2
from pypdfium2 import raw

from reportgen.errors import ReportError

MOST_BYTES = 200_000_000
MOST_PAGES = 500
MOST_OBJECTS = 500_000
"""Text objects and structure elements of all pages."""
MOST_DEPTH = 100
EVIDENCE = "evidence.json"

_BLOCKS = frozenset({"P", "H", "H1", "H2", "H3", "H4", "H5", "H6", "LI", "LBody", "TH", "TD", "Caption"})
_LINE_END = "\x02"
"""What pdfium gives for a hyphen at the end of a line."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """One paragraph, heading, list item or table cell, on one page."""

    page: int
    """0-based."""
    tag: str
    text: str
    table: bool
    part: int
    """Which of the sections on the page, 0-based."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """What was read from the PDF."""

    name: str
    evidence: bytes
    pages: int
    blocks: tuple[Block, ...]
    """In reading order."""
    pictures: tuple[tuple[int, int, str], ...]
    """(page, part, alternative text) of each figure."""
    loose: tuple[tuple[int, str], ...]
    """(page, text) that stands outside the structure: running heads and folios."""
    outline: tuple[tuple[str, int], ...]
    """(title, page) of each bookmark."""


def open_report(path: Path) -> Document:
    """Read a report.

    Raises
    ------
    ReportError
        The file is no PDF, is encrypted or not whole, or holds no evidence.
    """
    name = path.name
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ReportError(
            f"{path}: cannot be read ({error.strerror}); give the PDF that build made"
        ) from None
    if len(data) > MOST_BYTES:
        raise ReportError(f"{name}: larger than {MOST_BYTES // 1_000_000} MB; give the PDF that build made")
    if b"%PDF-" not in data[:1024]:
        raise ReportError(f"{name}: not a PDF; give the PDF that build made")
    if b"%%EOF" not in data[-2048:]:
        raise ReportError(f"{name}: the end of the file is missing; ask for the report again")
    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "assword" in str(error):
            raise ReportError(f"{name}: protected by a password; give the PDF as build made it") from None
        raise ReportError(f"{name}: not a PDF that can be read; ask for the report again") from None
    try:
        return _document(pdf, name)
    except pypdfium2.PdfiumError as error:
        raise ReportError(f"{name}: not whole ({error}); ask for the report again") from None
    finally:
        pdf.close()


def _document(pdf: Any, name: str) -> Document:
    evidence = _attachment(pdf, name)
    if not 0 < len(pdf) <= MOST_PAGES:
        raise ReportError(f"{name}: {len(pdf)} pages; a report has 1 to {MOST_PAGES}")
    blocks: list[Block] = []
    pictures: list[tuple[int, int, str]] = []
    loose: list[tuple[int, str]] = []
    budget = _Budget(name)
    for number in range(len(pdf)):
        page = _Page(pdf, number, budget)
        try:
            page.read()
        finally:
            page.close()
        blocks += page.blocks
        pictures += [(number, part, text) for part, text in page.pictures]
        loose += [(number, text) for text in page.loose]
    if not blocks:
        raise ReportError(f"{name}: its pages have no tagged text; give the PDF as build made it")
    return Document(
        name=name, evidence=evidence, pages=len(pdf), blocks=tuple(blocks), pictures=tuple(pictures),
        loose=tuple(loose), outline=tuple(_outline(pdf)),
    )  # fmt: skip


def _attachment(pdf: Any, name: str) -> bytes:
    found = []
    for i in range(min(pdf.count_attachments(), 100)):
        attachment = pdf.get_attachment(i)
        if attachment.get_name() == EVIDENCE:
            found.append(bytes(attachment.get_data()))
    if not found:
        raise ReportError(
            f"{name}: no report of reportgen: there is no {EVIDENCE} in it; give the PDF that build made"
        )
    if len(found) > 1:
        raise ReportError(
            f"{name}: there are {len(found)} files {EVIDENCE} in it; give the PDF as build made it"
        )
    return found[0]


def _outline(pdf: Any) -> Iterator[tuple[str, int]]:
    for i, mark in enumerate(pdf.get_toc(max_depth=2)):
        if i > 1000:
            return
        target = mark.get_dest()
        page = target.get_index() if target is not None else None
        if page is not None:
            yield mark.get_title().replace("\u200e", ""), page  # the mark that orders right-to-left names


class _Budget:
    """Ends the run when a document has more parts than a report can have."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.left = MOST_OBJECTS

    def spend(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise ReportError(
                f"{self.name}: has more parts than a report can have; give the PDF as build made it"
            )


class _Page:
    """One page on the way."""

    def __init__(self, pdf: Any, number: int, budget: _Budget) -> None:
        self.number = number
        self.budget = budget
        self.page = pdf[number]
        self.text_page = self.page.get_textpage()
        self.tree = raw.FPDF_StructTree_GetForPage(self.page)
        self.blocks: list[Block] = []
        self.pictures: list[tuple[int, str]] = []
        self.part = -1
        self.loose: list[str] = []
        self.runs: list[str] = []
        self.read_ids: set[int] = set()
        self.pieces: dict[int, str] = {}

    def close(self) -> None:
        if self.tree:
            raw.FPDF_StructTree_Close(self.tree)
        self.text_page.close()
        self.page.close()

    def read(self) -> None:
        self._texts()
        if self.tree:
            for i in range(raw.FPDF_StructTree_CountChildren(self.tree)):
                child = raw.FPDF_StructTree_GetChildAtIndex(self.tree, i)
                if child:
                    self._walk(child, 0, "", False, False)
        self._flush("", False)
        self.loose += [
            text for number, text in self.pieces.items() if number not in self.read_ids and text.strip()
        ]

    def _texts(self) -> None:
        """Text of each marked-content sequence; -1 is text outside any."""
        pieces: dict[int, list[str]] = {}
        for i in range(raw.FPDFPage_CountObjects(self.page)):
            thing = raw.FPDFPage_GetObject(self.page, i)
            self.budget.spend()
            if raw.FPDFPageObj_GetType(thing) != raw.FPDF_PAGEOBJ_TEXT:
                continue
            size = raw.FPDFTextObj_GetText(thing, self.text_page, None, 0)
            if size <= 2:
                continue
            buffer = (ctypes.c_ushort * (size // 2 + 1))()
            raw.FPDFTextObj_GetText(thing, self.text_page, buffer, size)
            text = bytes(buffer)[: size - 2].decode("utf-16-le", "replace")
            number = raw.FPDFPageObj_GetMarkedContentID(thing)
            pieces.setdefault(number, []).append(text)
        self.pieces = {
            number: "".join(texts) if number >= 0 else " ".join(texts) for number, texts in pieces.items()
        }

    def _walk(self, element: Any, depth: int, tag: str, table: bool, picture: bool) -> None:
        self.budget.spend()
        if depth > MOST_DEPTH:
            raise ReportError(
                f"{self.budget.name}: its structure is nested too deeply; give the PDF as build made it"
            )
        kind = _string(raw.FPDF_StructElement_GetType, element)
        table = table or kind == "Table"
        if kind == "Sect" and depth <= 1:
            self._flush(tag, table)
            self.part += 1
        if kind == "Figure":
            picture = True
            self.pictures.append((max(self.part, 0), _string(raw.FPDF_StructElement_GetAltText, element)))
        starts = kind in _BLOCKS
        if starts:
            self._flush(tag, table)
        inner = kind if starts else tag
        for i in range(raw.FPDF_StructElement_CountChildren(element)):
            child = raw.FPDF_StructElement_GetChildAtIndex(element, i)
            if child:
                self._walk(child, depth + 1, inner, table, picture)
                continue
            number = raw.FPDF_StructElement_GetChildMarkedContentID(element, i)
            if number >= 0 and number not in self.read_ids:
                self.read_ids.add(number)
                if not picture and number in self.pieces:
                    self.runs.append(self.pieces[number])
        if starts:
            self._flush(kind, table)

    def _flush(self, tag: str, table: bool) -> None:
        text = ""
        for run in self.runs:
            text += run if text.endswith(_LINE_END) or not text else " " + run
        text = re.sub(r"\s+", " ", text.replace(_LINE_END, "-")).strip()
        if text:
            self.blocks.append(
                Block(page=self.number, tag=tag, text=text, table=table, part=max(self.part, 0))
            )
        self.runs = []


def _string(function: Any, element: Any) -> str:
    size = function(element, None, 0)
    if size <= 2 or size > 1_000_000:
        return ""
    buffer = ctypes.create_string_buffer(size)
    function(element, buffer, size)
    return bytes(buffer.raw[: size - 2]).decode("utf-16-le", "replace")
