"""Turn a PDF file into a Mailable report, or say in one sentence why it must not be sent.

A blank, broken, foreign or altered report is never sent: the file must be a whole PDF that opens,
every compressed stream in it must unpack with its checksum, every page must show something, the
evidence must be inside, every sentence with a number that the mail would repeat must be the text of
a claim in that evidence, and the segments' names and the headline must stand in the pages' text.
Files about single persons are refused as attachments, by name and by content.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast

import pypdfium2

from reportgen.errors import MailError

EVIDENCE = "evidence.json"
FORMAT = 1
MIN_TEXT = 200
"""Characters on all pages together; the shortest report has thousands, a blank one none."""
MAX_PDF = 100_000_000
MAX_UNPACKED = 500_000_000

PERSON_FILES = ("assignments.csv", "anomalies.csv", "customers.xlsx")
PERSON_FOLDER = "customers"
_PERSON_COLUMNS = (
    frozenset({"customer", "segment_id"}),
    frozenset({"segment_id", "typicality"}),
    frozenset({"segment_id", "score", "reasons"}),
    frozenset({"segment_id", "anomaly_score"}),
)  # fmt: skip
"""Header cells that together give away a table about persons, whatever the file is called."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One headline figure of the summary."""

    number: str
    caption: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Paragraph:
    """A titled paragraph: a finding or something worth testing."""

    title: str
    body: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SegmentLine:
    """One segment as the summary lists it."""

    id: str
    name: str
    size: int
    share: float
    """0..1 of the customers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mailable:
    """A report that passed the checks, with the words that its mail is made from."""

    path: Path
    pdf: bytes
    sha256: str
    pages: int
    title: str
    period: str
    organisation: str
    as_of: str
    classification: str
    headline: tuple[str, ...]
    deck: tuple[str, ...]
    figures: tuple[Figure, ...]
    findings: tuple[Paragraph, ...]
    actions: tuple[Paragraph, ...]
    grade: Literal["clear", "weak", "none"]
    grade_words: tuple[str, ...]
    segments: tuple[SegmentLine, ...]
    customers: int
    summary_page: int
    """0-based page on which the headline stands."""
    shows_ids: bool
    """Built with ``--show-ids``: single customers are named on its pages."""
    source_sha256: str
    source_id: str
    """Name of the id column, empty if there is none."""
    source_columns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """A further file that goes along."""

    name: str
    data: bytes


def inspect(path: Path) -> Mailable:
    """Check the report at ``path`` and read from its evidence what the mail says.

    Raises
    ------
    MailError
        The first check that failed, with the file's name and what to do.
    """
    try:
        return _inspect(path)
    except _Unfit as unfit:
        raise MailError(f"{path}: {unfit}; build the report again") from None


class _Unfit(Exception):
    """The report must not be sent; the message says what is wrong with it."""


def _inspect(path: Path) -> Mailable:
    pdf = _bytes(path)
    _whole(pdf)
    pages, embedded = _open(pdf)
    if EVIDENCE not in embedded:
        raise _Unfit(f"has no {EVIDENCE} inside, so it is not a reportgen report")
    for name, data in embedded.items():
        if name != EVIDENCE and _about_persons(name, data):
            raise _Unfit(f"a file about single customers is embedded in it ({name})")
    evidence = _evidence(embedded[EVIDENCE])
    report = _summary(path, pdf, evidence, len(pages))
    _unchanged(path, report.sha256)
    page = _stands_in_text(pages, report)
    return replace(report, summary_page=page)


def sha256_of(path: Path) -> str:
    """What the ledger knows this file by."""
    return hashlib.sha256(_bytes(path)).hexdigest()


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_PDF:
            raise _Unfit(f"larger than {MAX_PDF // 1_000_000} MB, which no report is")
        return path.read_bytes()
    except IsADirectoryError:
        raise MailError(f"{path}: is a folder; give the PDF in it ({path / 'report.pdf'})") from None
    except OSError as error:
        raise MailError(
            f"{path}: cannot be read ({error.strerror}); give the PDF that reportgen build wrote"
        ) from None


def _whole(pdf: bytes) -> None:
    """The file begins and ends like a PDF, its table of contents is where it says, its streams unpack."""
    if not pdf.startswith(b"%PDF-"):
        raise _Unfit(f"is not a PDF{' (it is empty)' if not pdf else ''}")
    tail = re.search(rb"startxref\s+(\d+)\s+%%EOF\s*\Z", pdf[-1024:])
    if tail is None:
        raise _Unfit("is cut off (its end is missing)")
    place = int(tail[1])
    if not re.match(rb"xref\s|\d+\s+\d+\s+obj", pdf[place : place + 32]):
        raise _Unfit("is damaged (its table of contents is not where it should be)")
    unpacked = 0
    for start in re.finditer(rb"stream\r?\n(?=\x78)", pdf):
        inflate, at = zlib.decompressobj(), start.end()
        try:
            while not inflate.eof and at < len(pdf):
                unpacked += len(inflate.decompress(pdf[at : at + 65536]))
                at += 65536
                if unpacked > MAX_UNPACKED:
                    raise _Unfit(f"unpacks to more than {MAX_UNPACKED // 1_000_000} MB")
        except zlib.error:
            raise _Unfit("is damaged (a part of it does not unpack)") from None
        if not inflate.eof:
            raise _Unfit("is damaged (a part of it is cut off)")


def _open(pdf: bytes) -> tuple[list[str], dict[str, bytes]]:
    """Text of each page, and the embedded files by name."""
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError:
        raise _Unfit("cannot be opened (encrypted or damaged)") from None
    try:
        texts = []
        for number in range(len(document)):
            page = document[number]
            if next(iter(page.get_objects(max_depth=1)), None) is None:
                raise _Unfit(f"page {number + 1} of {len(document)} is blank")
            texts.append(cast("str", page.get_textpage().get_text_range()))
        if not texts:
            raise _Unfit("has no pages")
        if sum(len(text.strip()) for text in texts) < MIN_TEXT:
            raise _Unfit(f"has no text on its {len(texts)} pages")
        embedded = {}
        for number in range(document.count_attachments()):
            attachment = document.get_attachment(number)
            embedded[str(attachment.get_name())] = bytes(attachment.get_data())
        return texts, embedded
    except pypdfium2.PdfiumError:
        raise _Unfit("is damaged (a page cannot be read)") from None
    finally:
        document.close()


def _evidence(data: bytes) -> Mapping[str, Any]:
    try:
        evidence = json.loads(data)
    except (ValueError, RecursionError):
        raise _Unfit("the evidence inside is damaged") from None
    if not isinstance(evidence, dict) or evidence.get("format") != FORMAT:
        seen = evidence.get("format") if isinstance(evidence, dict) else type(evidence).__name__
        raise _Unfit(f"its evidence has format {seen!r}, this reportgen reads {FORMAT}")
    return evidence


class _Shape(Exception):
    """The evidence lacks something; the message is the key."""


def _summary(path: Path, pdf: bytes, evidence: Mapping[str, Any], pages: int) -> Mailable:
    try:
        report = _table(evidence, "report")
        grade = _text(_table(evidence, "model"), "grade")
        if grade not in ("clear", "weak", "none"):
            raise _Shape("model.grade")
        summary = Mailable(
            path=path,
            pdf=pdf,
            sha256=hashlib.sha256(pdf).hexdigest(),
            pages=pages,
            title=_text(report, "title"),
            period=_text(report, "period", optional=True),
            organisation=_text(report, "organisation", optional=True),
            as_of=_text(report, "as_of", optional=True),
            classification=_text(report, "classification", optional=True),
            headline=_sentences(report, "headline"),
            deck=_sentences(report, "deck"),
            figures=tuple(
                Figure(number=_text(entry, "number"), caption=_text(entry, "caption"))
                for entry in _rows(report, "figures")
            ),
            findings=_paragraphs(report, "findings"),
            actions=_paragraphs(report, "actions"),
            grade=cast('Literal["clear", "weak", "none"]', grade),
            grade_words=_sentences(report, "grade"),
            segments=tuple(_segment(entry) for entry in _rows(evidence, "segments")),
            customers=int(_number(_table(evidence, "source"), "rows_used")),
            summary_page=0,
            shows_ids=report.get("show_ids") is True,
            source_sha256=_text(_table(evidence, "source"), "sha256"),
            source_id=_text(_table(evidence, "source"), "id_column", optional=True),
            source_columns=tuple(_text(entry, "column") for entry in _rows(evidence, "preparation")),
        )
        claims = _rows(evidence, "claims")
        if not (summary.title and summary.headline and summary.segments and claims):
            raise _Shape("title, headline, segments or claims")
        _claimed(summary, claims)
    except _Shape as error:
        raise _Unfit(f"its evidence lacks {error}") from None
    return summary


def _claimed(summary: Mailable, claims: Sequence[Mapping[str, Any]]) -> None:
    """Every sentence with a figure must be the text of a claim, and every headline figure be shown in one."""
    texts = {_plain(_text(claim, "text")) for claim in claims}
    shown = {_plain(_text(claim, "shown", optional=True)) for claim in claims}
    paragraphs = (*summary.findings, *summary.actions)
    sentences = (
        *summary.headline, *summary.deck, *summary.grade_words,
        *(line for paragraph in paragraphs for line in (paragraph.title, *paragraph.body)),
    )  # fmt: skip
    for sentence in sentences:
        if re.search(r"\d", sentence) and _plain(sentence) not in texts:
            raise _Unfit(f"no claim in the evidence proves «{sentence}»")
    for figure in summary.figures:
        if _plain(figure.number) not in shown:
            raise _Unfit(f"no claim in the evidence shows the figure {figure.number}")
    sizes = sum(segment.size for segment in summary.segments)
    if sizes != summary.customers:
        raise _Unfit(f"the segments add up to {sizes} customers, the table has {summary.customers}")


def _unchanged(path: Path, sha256: str) -> None:
    """A manifest in the same folder that lists this file must agree with its bytes."""
    try:
        manifest = json.loads((path.parent / "manifest.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return
    found = re.findall(r'"([0-9a-f]{64})"', json.dumps(_named(manifest, path.name)))
    if found and sha256 not in found:
        raise _Unfit("is not the file that manifest.json beside it lists")


def _named(value: object, name: str) -> list[object]:
    """Whatever a manifest says under the key ``name`` or in an entry that contains it."""
    if isinstance(value, dict):
        if name in value:
            return [value[name]]
        if name in value.values():
            return [value]
        return [found for entry in value.values() for found in _named(entry, name)]
    if isinstance(value, list):
        return [found for entry in value for found in _named(entry, name)]
    return []


def _stands_in_text(pages: Sequence[str], report: Mailable) -> int:
    """Names and headline must be on the pages; returns the page that has the whole headline."""
    plain = [_plain(text) for text in pages]
    everything = "".join(plain)
    for segment in report.segments:
        if _plain(segment.name) not in everything:
            raise _Unfit(f"the segment «{segment.name}» is not in the text of its pages")
    for sentence in report.headline:
        if _plain(sentence) not in everything:
            raise _Unfit(f"its headline «{sentence}» is not in the text of its pages")
    headline = [_plain(sentence) for sentence in report.headline]
    figures = [_plain(figure.caption) for figure in report.figures]

    def found(number: int) -> tuple[int, int]:
        return (sum(part in plain[number] for part in (*headline, *figures)), -number)

    return max(range(len(pages)), key=found)


def _plain(text: str) -> str:
    """For comparing with text taken from a PDF: letters and figures only, without case or ligatures."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in text if character.isalnum() or character in "%$€£¥.,")


# --------------------------------------------------------------------------- the evidence, read with care


def _table(parent: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = parent.get(key)
    if not isinstance(value, dict):
        raise _Shape(key)
    return value


def _rows(parent: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = parent.get(key)
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise _Shape(key)
    return value


def _text(parent: Mapping[str, Any], key: str, *, optional: bool = False) -> str:
    value = parent.get(key)
    if value is None and optional:
        return ""
    if not isinstance(value, str):
        raise _Shape(key)
    return value.strip()


def _number(parent: Mapping[str, Any], key: str) -> float:
    value = parent.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Shape(key)
    return float(value)


def _sentences(parent: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = parent.get(key)
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise _Shape(key)
    return tuple(entry.strip() for entry in value if entry.strip())


def _paragraphs(parent: Mapping[str, Any], key: str) -> tuple[Paragraph, ...]:
    return tuple(
        Paragraph(title=_text(entry, "title"), body=_sentences(entry, "body")) for entry in _rows(parent, key)
    )


def _segment(entry: Mapping[str, Any]) -> SegmentLine:
    return SegmentLine(
        id=_text(entry, "id"),
        name=_text(entry, "name"),
        size=int(_number(entry, "size")),
        share=_number(entry, "share"),
    )


# --------------------------------------------------------------------------- files about persons


def attachment(path: Path, report: Mailable, *, allow_personal_data: bool) -> Attachment:
    """Read a further attachment; refuse one about single customers unless that is insisted on."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MailError(f"--attach {path}: cannot be read ({error.strerror})") from None
    if not data:
        raise MailError(f"--attach {path}: is empty")
    if not allow_personal_data:
        reason = _about_persons(path.name, data, report.source_id, report.source_columns)
        if path.resolve().parent.name == PERSON_FOLDER:
            reason = reason or f"it lies in the folder {PERSON_FOLDER}"
        if hashlib.sha256(data).hexdigest() == report.source_sha256:
            reason = "it is the customer table that the report was made from"
        if reason:
            raise MailError(
                f"--attach {path}: is about single customers ({reason}); leave it out, "
                "or insist with --allow-personal-data"
            )
    return Attachment(name=path.name, data=data)


def _about_persons(name: str, data: bytes, source_id: str = "", source_columns: tuple[str, ...] = ()) -> str:
    """Why this file is about single persons, or ``""``. Looks inside workbooks and zip archives."""
    if Path(name.replace("\\", "/")).name.casefold() in PERSON_FILES:
        return "by its name"
    if PERSON_FOLDER in Path(name.replace("\\", "/")).parts[:-1]:
        return f"it lies in a folder {PERSON_FOLDER}"
    if data.startswith(b"PK\x03\x04"):
        return _archive_about_persons(data, source_id, source_columns)
    return _about_by_cells(_header(data), source_id, source_columns)


def _about_by_cells(cells: set[str], source_id: str, source_columns: tuple[str, ...]) -> str:
    """The same from the column names that a table has, however they are written."""
    if any(columns <= cells for columns in _PERSON_COLUMNS):
        return "by its columns"
    if source_id and _cell(source_id) in cells:
        return f"it has the column {source_id}"
    source = {_cell(column) for column in source_columns}
    if len(source) > 2 and len(source & cells) * 2 > len(source):
        return "it has the columns of the customer table"
    return ""


def _cell(text: str) -> str:
    """``Segment id``, ``SEGMENT_ID`` and ``segment-id`` are one name."""
    return re.sub(r"[\W_]+", "_", text.strip().strip("\"'").casefold())


def _archive_about_persons(data: bytes, source_id: str, source_columns: tuple[str, ...]) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            if "[Content_Types].xml" in names:
                return _about_by_cells(_workbook_cells(archive, names), source_id, source_columns)
            for name in names[:1000]:
                with archive.open(name) as member:
                    reason = _about_persons(name, member.read(65536), source_id, source_columns)
                if reason:
                    return f"{name} in it, {reason}"
    except (zipfile.BadZipFile, RuntimeError, OSError, NotImplementedError, zlib.error):
        return "it is an archive that cannot be looked into"
    return ""


def _workbook_cells(archive: zipfile.ZipFile, names: Iterable[str]) -> set[str]:
    """The first texts of a workbook: Excel keeps them in one list, others in the sheets."""
    texts: set[str] = set()
    for name in names:
        if name == "xl/sharedStrings.xml" or re.match(r"xl/worksheets/[^/]+\.xml\Z", name):
            with archive.open(name) as member:
                start = member.read(262144).decode("utf-8", "replace")
            texts |= {_cell(text) for text in re.findall(r"<t[^>]*>([^<]{1,200})</t>", start)}
    return texts


def _header(data: bytes) -> set[str]:
    """The cells of the first lines of a text table, lower case; of JSON, its keys; else nothing."""
    start = data[:65536].decode("utf-8-sig", "replace")
    return {_cell(cell) for line in _first_lines(start) for cell in line}


def _first_lines(text: str) -> Iterator[list[str]]:
    for line in text.splitlines()[:5]:
        for delimiter in ",;\t|":
            if delimiter in line:
                try:
                    yield next(csv.reader([line[:20000]], delimiter=delimiter), [])
                except csv.Error:
                    yield line[:20000].split(delimiter)
    yield re.findall(r'"([^"\n]{1,100})"\s*:', text[:20000])
