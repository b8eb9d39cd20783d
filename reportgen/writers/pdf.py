"""Turn the printed page into one PDF that is both PDF/A-3a and PDF/UA-1 (DESIGN.md, "Proof").

The only door to WeasyPrint, and it is imported when the door is opened. Everything that WeasyPrint asks
for comes from ``assets.registry``; any other address ends the run with a RenderError. WeasyPrint writes
PDF/A-3a; what PDF/UA-1 wants besides is put in by ``_metadata`` and ``_finish``.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import unicodedata
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from reportgen.errors import RenderError
from reportgen.results import Note, Report
from reportgen.writers import assets
from reportgen.writers.tables import write_segments

_LOG = logging.getLogger(__name__)
_VARIANT = "pdf/a-3a"
_STEPS = 5
"""Highest ``fit-N`` of report.css."""
_SNUG_STEPS = 3
"""How far a section that may take several pages is tightened to lose a thin last one."""
_THIN = 0.2
"""A last page filled less than this looks like an accident."""
_SECTION = re.compile(r'<section class="([^"]*)" id="([^"]+)"')
_NOTDEF = ".notdef"
_AMBIGUOUS = b"\r\nendstream"
_PADS = 5
_LEVEL = 9


@dataclass(frozen=True, kw_only=True, slots=True)
class Typeset:
    """A document, and what there is to say about making it."""

    data: bytes
    pages: int
    notes: tuple[Note, ...] = ()


def write_pdf(html: str, report: Report) -> bytes:
    """The bytes of report.pdf; see ``typeset``."""
    return typeset(html, report).data


def warm_up() -> None:
    """Import WeasyPrint and start its font engine: something to do while the analysis runs."""
    from weasyprint.text.fonts import FontConfiguration

    FontConfiguration()


def typeset(html: str, report: Report) -> Typeset:
    """Lay out ``html`` (from ``render.render(report, medium="print")``) and write it as PDF.

    A section marked ``onepage`` that spills is laid out again one step tighter, until it fits.

    Raises
    ------
    RenderError
        WeasyPrint failed, asked for something that is not in the report, or warned about the page.
    """
    from weasyprint.urls import FatalURLFetchingError

    try:
        with _log() as messages:
            document, html = _layout_until_fits(html, report)
            data = _write(document, report)
        return Typeset(data=data, pages=len(document.pages), notes=_notes(messages, html))
    except FatalURLFetchingError as error:  # a BaseException
        raise RenderError(f"report.pdf: {error}; only what is inside the report may be used") from None
    except RenderError:
        raise
    except (ValueError, TypeError, KeyError, IndexError, AssertionError, ZeroDivisionError, OSError) as error:
        raise RenderError(f"report.pdf: could not be laid out ({error!r}); run with --debug") from error


# --------------------------------------------------------------------------- layout


def _layout_until_fits(html: str, report: Report) -> tuple[Any, str]:
    """Lay out; where a section spills, find by itself the step at which it fits, and lay out again."""
    document = _layout(html, report)
    tight = _steps(html, document, report)
    if tight:
        _LOG.debug("a second layout: %s", ", ".join(f"{name} at fit-{step}" for name, step in tight.items()))
        html = _at(html, tight)
        document = _layout(html, report)
    return document, html


@dataclass(frozen=True, kw_only=True, slots=True)
class _Extent:
    """How much room a section takes."""

    pages: int
    last: float
    """Share of its last page that is filled, 0..1."""
    step: int
    whole: bool
    """It must stay on one page, and may give up things for it."""

    @property
    def spills(self) -> bool:
        return self.pages > 1 and (self.whole or self.last < _THIN)

    @property
    def limit(self) -> int:
        return _STEPS if self.whole else _SNUG_STEPS


def _steps(html: str, document: Any, report: Report) -> dict[str, int]:
    """The step for each section that needs another than it has; those that spill are laid out alone."""
    first = {name: extent for name, extent in _extents(html, document).items() if extent.spills}
    found: dict[str, int] = {}
    trying = dict(first)
    step = 0
    while trying:
        step += 1
        tried = {name: extent.step + step for name, extent in trying.items()}
        alone = _at(_only(html, set(trying)), tried)
        with _log():  # links lead out of a part of the document
            extents = _extents(alone, _layout(alone, report))
        for name, before in list(trying.items()):
            if extents[name].pages < before.pages and not (before.whole and extents[name].pages > 1):
                found[name] = tried[name]
                del trying[name]
            elif tried[name] >= before.limit:
                if before.whole:
                    found[name] = before.limit
                del trying[name]
    return found


def _extents(html: str, document: Any) -> dict[str, _Extent]:
    first: dict[str, int] = {}
    for number, page in enumerate(document.pages):
        for anchor in page.anchors:
            first.setdefault(anchor, number)
    sections = [(match[2], match[1].split()) for match in _SECTION.finditer(html)]
    ends = [first[name] for name, _ in sections[1:]] + [len(document.pages)]
    extents = {}
    for (name, classes), end in zip(sections, ends, strict=True):
        step = next((int(word[4:]) for word in classes if word.startswith("fit-")), None)
        if step is not None:
            last = max(first[name], end - 1)
            extents[name] = _Extent(
                pages=last - first[name] + 1,
                last=_filled(document.pages[last]),
                step=step,
                whole="onepage" in classes,
            )
    return extents


def _filled(page: Any) -> float:
    """Share of the page's height down to the end of its last box."""
    box = page._page_box
    body = box.children[0].children[0]
    bottom = max((child.position_y + child.height for child in body.children), default=0.0)
    return float((bottom - box.content_box_y()) / box.height)


def _only(html: str, names: set[str]) -> str:
    """The page with those sections alone."""
    starts = [(match.start(), match[2]) for match in _SECTION.finditer(html)]
    body = html.index("<body>") + len("<body>")
    ends = [start for start, _ in starts[1:]] + [html.index("</body>")]
    parts = [html[start:end] for (start, name), end in zip(starts, ends, strict=True) if name in names]
    return html[:body] + "".join(parts) + "</body></html>"


def _at(html: str, steps: dict[str, int]) -> str:
    """``html`` with these sections at these steps."""

    def change(match: re.Match[str]) -> str:
        step = steps.get(match[2])
        return match[0] if step is None else re.sub(r"\bfit-\d", f"fit-{step}", match[0])

    return _SECTION.sub(change, html)


def _layout(html: str, report: Report) -> Any:
    from weasyprint import HTML

    page = HTML(string=html, base_url="asset:", url_fetcher=_fetcher(report))
    document = page.render(pdf_variant=_VARIANT)
    document.metadata.generate_rdf_metadata = _metadata(document.metadata.generate_rdf_metadata)
    return document


def _fetcher(report: Report) -> Any:
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    find = assets.registry(report)
    taught = _teach_labels()

    class Locked(URLFetcher):  # type: ignore[misc]  # no stubs
        """Serves the registry and refuses everything else."""

        def fetch(self, url: str, headers: object = None) -> Any:
            asset = find(url)
            if asset is None:
                raise FatalURLFetchingError(f"{url[:80]!r} was asked for")
            data = asset.data
            if taught and url.startswith("asset:chart/"):
                data = data.replace(b"<text ", b"<%s " % _LABEL).replace(b"</text>", b"</%s>" % _LABEL)
            return URLFetcherResponse(url, data, {"Content-Type": asset.media_type})

    return Locked(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)


# --------------------------------------------------------------------------- words in charts

_LABEL = b"chart-label"
"""What ``<text>`` in a chart is called on its way to WeasyPrint; in a logo it keeps its name."""


def _teach_labels() -> bool:
    """Have a chart's words drawn as lines; False where this WeasyPrint does not let itself be taught.

    WeasyPrint lays out every letter of an SVG text by itself, and those not flush left in a layer of their
    own: no kerning, and a third of the time that a report takes. The charts' texts are one line each, with
    a place, a size, a weight, a colour and an anchor, for which this is all that is needed. What is used
    here is WeasyPrint's own and may move with a version; its slower way is then good enough.
    """
    from math import inf

    try:
        from weasyprint.css.properties import INITIAL_VALUES
        from weasyprint.draw.text import draw_emojis, draw_first_line
        from weasyprint.matrix import Matrix
        from weasyprint.svg import TAGS
        from weasyprint.svg.text import Style, TextBox
        from weasyprint.svg.utils import color
        from weasyprint.text.line_break import split_first_line
    except ImportError:
        return False

    def draw(image: Any, node: Any, font_size: float) -> None:
        style = Style(INITIAL_VALUES)
        style.font_config = image.font_config
        style["font_family"] = [name.strip("'\" ") for name in node.get("font-family").split(",")]
        style["font_style"] = node.get("font-style", "normal")
        style["font_weight"] = int(node.get("font-weight", 400))
        style["font_size"] = font_size
        text = node._etree_node.text
        line, _, _, width, _, baseline = split_first_line(text, style, image.context, inf, 0)
        line.reactivate(style)
        box = TextBox(line, style)
        box.baseline = baseline
        x = float(node.get("x")) - width * _ANCHOR[node.get("text-anchor", "start")]
        y = float(node.get("y"))
        image.stream.set_color(color(node.get("fill")))
        image.stream.begin_text()
        emojis = draw_first_line(image.stream, box, "none", "none", Matrix(d=-1, e=x, f=y))
        image.stream.end_text()
        draw_emojis(image.stream, style, x, y, emojis)

    TAGS[_LABEL.decode()] = draw
    return True


_ANCHOR = {"start": 0.0, "middle": 0.5, "end": 1.0}


# --------------------------------------------------------------------------- what is inside


def _write(document: Any, report: Report) -> bytes:
    """The bytes; written again with a pad in the rare case that a stream still ends in a carriage return."""
    for pad in range(_PADS):

        def finish(document: Any, pdf: Any, pad: int = pad) -> None:
            _finish(document, pdf)
            if pad:
                from pydyf import Dictionary  # type: ignore[import-untyped]

                pdf.add_object(Dictionary({"Pad": pad}))

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # WeasyPrint leaves its colour profile open
            data: bytes = document.write_pdf(
                pdf_variant=_VARIANT, pdf_identifier=True, attachments=_attachments(report), finisher=finish
            )
        if _AMBIGUOUS not in data:
            break
    return data


def _attachments(report: Report) -> list[Any]:
    from weasyprint import Attachment

    day = dt.datetime.fromisoformat(report.brand.as_of)
    files = (
        ("evidence.json", "Every claim of this report, the model and the preparation", report.evidence),
        ("segments.csv", "One row per segment: size, share, mean and median of every column",
         write_segments(report.analysis)),
    )  # fmt: skip
    return [
        Attachment(string=data, name=name, description=description, created=day, modified=day,
                   relationship="Data", base_url="asset:", url_fetcher=_fetcher(report))
        for name, description, data in files
    ]  # fmt: skip


_PDFUA = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">\
<pdfuaid:part>1</pdfuaid:part></rdf:Description>\
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">\
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">\
<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>\
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>\
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>\
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">\
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>\
<pdfaProperty:category>internal</pdfaProperty:category>\
<pdfaProperty:description>Part of ISO 14289 to which the document conforms</pdfaProperty:description>\
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description></rdf:RDF>"""
"""What says "PDF/UA-1" in the metadata, and the extension schema that PDF/A wants for saying it."""


def _metadata(original: Callable[..., bytes]) -> Callable[..., bytes]:
    def generate(*arguments: Any, **named: Any) -> bytes:
        data = original(*arguments, **named)
        head, end, tail = data.rpartition(b"</rdf:RDF>")
        if not end or tail.strip():
            raise RenderError("report.pdf: WeasyPrint's metadata has a new shape; use the locked version")
        return head + _PDFUA

    return generate


def _finish(document: Any, pdf: Any) -> None:
    """Give header cells their scope, mark what repeats on every page, leave the metadata readable."""
    objects: list[Any] = pdf.objects
    for thing in objects:
        extra = getattr(thing, "extra", None)
        if extra and extra.get("Type") == "/Metadata":
            thing.compress = False
    _scope(objects)
    _artifacts(objects, pdf)
    for thing in objects:
        if getattr(thing, "stream", None) is not None and thing.compress:
            _compress(thing)


def _compress(stream: Any) -> None:
    """Compress a stream once (pydyf would do it again for every look at it), so that it ends clearly.

    A stream that ends in a carriage return, as one compressed stream in 256 does, reads with the line feed
    before ``endstream`` as one end of line, and its /Length as wrong (ISO 19005-3, 6.1.7.1).
    """
    stream.compress = False
    raw = stream.data.split(b"stream\n", 1)[1].removesuffix(b"\nendstream")
    packed = zlib.compress(raw, _LEVEL)
    if packed.endswith(b"\r") and (stream.extra.get("Type") == "/EmbeddedFile" or "Length1" in stream.extra):
        return  # what is inside must stay as it is
    while packed.endswith(b"\r"):
        raw += b"\n"
        packed = zlib.compress(raw, _LEVEL)
    stream.stream = [packed]
    stream.extra["Filter"] = "/FlateDecode"


def _target(objects: list[Any], reference: bytes) -> Any:
    return objects[int(reference.split()[0])]


def _kids(element: Any) -> list[bytes]:
    kids = element.get("K", [])
    return [kid for kid in kids if isinstance(kid, bytes)]


def _scope(objects: list[Any]) -> None:
    """A header cell in a row that also has data heads the row, any other heads its column."""
    for row in objects:
        if isinstance(row, dict) and row.get("S") == "/TR":
            cells = [_target(objects, kid) for kid in _kids(row)]
            data = any(cell.get("S") == "/TD" for cell in cells)
            for cell in cells:
                if cell.get("S") == "/TH":
                    cell["A"]["Scope"] = "/Row" if data else "/Column"


def _artifacts(objects: list[Any], pdf: Any) -> None:
    """Running heads and folios are tagged but in no tree: turn them into pagination artifacts.

    WeasyPrint marks the content of margin boxes like any other and leaves it out of the structure tree;
    PDF/UA-1 wants it marked as artifact (ISO 14289-1, 7.8).
    """
    root = _target(objects, pdf.catalog["StructTreeRoot"])
    reachable = set()
    pending = list(root["K"])
    while pending:
        reference = pending.pop()
        number = int(reference.split()[0])
        if number in reachable:
            continue
        reachable.add(number)
        thing = objects[number]
        if isinstance(thing, dict):
            pending += _kids(thing)
    parents = _target(objects, root["ParentTree"])["Nums"]
    streams = _page_streams(objects)
    pages = list(pdf.page_references)
    for number, entries in zip(parents[::2], parents[1::2], strict=True):
        if not isinstance(entries, list):
            continue  # an annotation
        orphans = {mcid for mcid, reference in enumerate(entries)
                   if int(reference.split()[0]) not in reachable}  # fmt: skip
        if orphans:
            _mark(streams[pages[number]], orphans)
            while entries and len(entries) - 1 in orphans:
                entries.pop()
            for mcid in orphans:
                if mcid < len(entries):
                    entries[mcid] = b"null"


def _page_streams(objects: list[Any]) -> dict[bytes, Any]:
    streams: dict[bytes, Any] = {}
    for thing in objects:
        if isinstance(thing, dict) and thing.get("Type") == "/Page":
            page: Any = thing
            streams[page.reference] = _target(objects, page["Contents"])
    return streams


def _mark(stream: Any, orphans: set[int]) -> None:
    commands = stream.stream
    for i in range(len(commands) - 1):
        properties = commands[i]
        if isinstance(properties, dict) and properties.get("MCID") in orphans and commands[i + 1] == b"BDC":
            commands[i - 1] = "/Artifact"
            properties.clear()
            properties["Type"] = "/Pagination"


# --------------------------------------------------------------------------- log


@contextmanager
def _log() -> Iterator[list[str]]:
    """Collect what WeasyPrint logs, instead of letting it reach anybody's terminal."""
    messages: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            messages.append(record.getMessage())

    logger = logging.getLogger("weasyprint")
    handlers, level, propagate = logger.handlers[:], logger.level, logger.propagate
    logger.handlers, logger.propagate = [Collector(level=logging.WARNING)], False
    logger.setLevel(logging.WARNING)
    try:
        yield messages
    finally:
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


def _notes(messages: list[str], html: str) -> tuple[Note, ...]:
    """Missing glyphs become one note a script; anything else that was logged is an error."""
    missing: dict[str, set[str]] = {}
    for message in messages:
        if not message.startswith(_NOTDEF):
            raise RenderError(f"report.pdf: {message[:200]}; a defect of the templates, please report it")
        code = re.search(r"\(U\+([0-9A-F]+)\)", message)
        if code:
            character = chr(int(code[1], 16))
            missing.setdefault(_script(character), set()).add(character)
    return tuple(
        Note(
            code="script-without-font",
            message=f"No installed font has {script} characters ({len(characters)} different ones in this "
            "report), so they are printed as empty boxes; install a Noto font for that script.",
            place="report.pdf",
            level="warning",
        )
        for script, characters in sorted(missing.items())
    )


def _script(character: str) -> str:
    """Name of a character's script, from the first word of its Unicode name: ``Devanagari``."""
    name = unicodedata.name(character, "")
    if name.startswith("CJK"):
        return "Chinese"
    return name.split(" ")[0].split("-")[0].capitalize() if name else "unassigned"
