"""Turn a Report into the Context: every field that a template may use, and nothing that leads further."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from reportgen import formats
from reportgen.render.fitting import (
    SIZES,
    contents_height,
    first,
    fitted,
    framed,
    is_long,
    segment_height,
    summary_height,
    trust_beside,
)  # fmt: skip
from reportgen.render.places import Placed, base, hero_key, places, summary_room
from reportgen.render.text import clean

if TYPE_CHECKING:
    from markupsafe import Markup

    from reportgen.results import (
        Analysis,
        Brand,
        Case,
        Note,
        Report,
        Segment,
        SegmentStory,
        Sentence,
        Story,
    )  # fmt: skip

Medium = Literal["print", "screen"]

LEDGER_ROWS = 100
"""Rows of the preparation ledger on paper; WeasyPrint needs 2 ms for each (DESIGN.md)."""
NOTES_SHOWN = 30
CASES_SHOWN = 10
LANGUAGE = "en"

_WARD_SHADES = 5
_LONGEST_BAR = 41
"""Per cent of the page's width."""
_SECTIONS = frozenset({"summary", "overview", "profiles", "unusual", "method", "quality", "definitions"})


@dataclass(frozen=True, kw_only=True, slots=True)
class SegmentPage:
    """What one segment's page shows."""

    story: SegmentStory
    anchor: str
    position: str
    """In words: ``one``."""
    colour: str
    """Class of its colour: ``c1``."""
    dots: Placed | None
    spread: Placed | None
    fit: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerRow:
    """One column in the preparation ledger."""

    column: str
    role: str
    use: str
    reason: str
    missing: str
    filled_with: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ContingencyRow:
    """One segment, and where Ward's tree puts its customers."""

    segment: Segment
    colour: str
    cells: tuple[tuple[str, int, bool], ...]
    """(customers, shade 0..5, whether it is the matching group)"""


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseRow:
    """One unusual customer, for a report that may show ids."""

    case: Case
    segment: str
    colour: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """One way in which customers are unusual: its sentence in two, and a bar beside it."""

    number: str
    words: str
    length: float
    """Per cent of the page's width, 0 without a bar."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """All that a template sees."""

    medium: Medium
    lang: str
    css: Markup
    story: Story
    brand: Brand
    title: str
    date: str
    month: str
    footer: str
    cover_class: str
    cover: Placed | None
    logo: str
    """``asset:logo`` or empty."""
    segments: tuple[SegmentPage, ...]
    count: str
    """Number of segments in words."""
    largest: float
    """Share of the largest segment."""
    contents_fit: int
    headline_long: bool
    summary_fit: int
    trust_beside: bool
    """How far to trust the segments stands beside the findings, not below."""
    hero: Placed | None
    overview_fit: int
    profiles_fit: int
    overview: tuple[Placed, ...]
    profiles: tuple[Placed, ...]
    unusual: tuple[Placed, ...]
    method: tuple[Placed, ...]
    dendrogram: Placed | None
    kinds: tuple[Kind, ...]
    cases: tuple[CaseRow, ...]
    cases_more: int
    flagged: tuple[tuple[Segment, str, int], ...]
    """(segment, colour, flagged customers)"""
    contingency: tuple[ContingencyRow, ...]
    grade: str
    ledger: tuple[LedgerRow, ...]
    ledger_more: int
    notes: tuple[Note, ...]
    notes_more: int
    file: tuple[tuple[str, str], ...]
    """Label and value: what was read."""
    anchors: frozenset[str]
    """Ids of the sections, where a finding may point to."""


def make_context(report: Report, medium: Medium, css: Markup) -> Context:
    """All that the templates show of ``report``, in ``medium`` with the style sheet ``css``."""
    analysis, brand = report.analysis, report.brand
    story = analysis.story
    placed = places(
        story.exhibits,
        report.charts,
        [s.id for s in analysis.segments],
        hero_key(story.exhibits, report.charts, summary_room(story, brand.page)),
        base(analysis),
    )
    hero = _only(placed.get("summary", {}))
    overview, overview_fit = fitted(story.overview, tuple(placed["overview"].values()), brand.page)
    profiles, profiles_fit = fitted(story.profiles, tuple(placed["profiles"].values()), brand.page)
    pages = _segment_pages(story, placed, brand.page)
    contingency = _contingency(analysis)
    ledger = _ledger(analysis)
    notes = sorted(analysis.notes, key=lambda note: note.level != "warning")
    cases = story.cases if brand.show_ids else ()
    title = clean(story.title)
    return Context(
        medium=medium,
        lang=LANGUAGE,
        css=css,
        story=story,
        brand=brand,
        title=title,
        date=formats.date(brand.as_of),
        month=brand.period or formats.month(brand.as_of),
        footer=" · ".join(
            clean(part) for part in (brand.organisation, brand.period or formats.month(brand.as_of),
                                     brand.classification) if part
        ),
        cover_class=_cover_class(title),
        cover=_only(placed["cover"]),
        logo="asset:logo" if brand.logo else "",
        segments=pages,
        count=formats.words(len(pages)),
        largest=max((segment.share for segment in analysis.segments), default=1.0),
        contents_fit=first((contents_height(story, step) for step in range(3)), brand.page),
        headline_long=is_long(story),
        summary_fit=first((summary_height(story, at) + framed(hero, at) for at in SIZES), brand.page),
        trust_beside=trust_beside(story),
        hero=hero,
        overview_fit=overview_fit,
        profiles_fit=profiles_fit,
        overview=overview,
        profiles=profiles,
        unusual=tuple(placed["unusual"].values()),
        method=tuple(placed["method"].values()),
        dendrogram=_only(placed["tree"]),
        kinds=_kinds(story.unusual_kinds),
        cases=_case_rows(analysis, cases[:CASES_SHOWN]),
        cases_more=max(0, len(cases) - CASES_SHOWN),
        flagged=_flagged(analysis),
        contingency=contingency,
        grade=analysis.clustering.grade.value,
        ledger=tuple(ledger[:LEDGER_ROWS]),
        ledger_more=max(0, len(ledger) - LEDGER_ROWS),
        notes=tuple(notes[:NOTES_SHOWN]),
        notes_more=max(0, len(notes) - NOTES_SHOWN),
        file=_file(analysis),
        anchors=_SECTIONS | {page.anchor for page in pages},
    )  # fmt: skip


def _cover_class(title: str) -> str:
    longest = max((len(word) for word in title.split()), default=0)
    if len(title) <= 36 and longest <= 13:
        return "title-l"
    return "title-m" if len(title) <= 64 and longest <= 20 else "title-s"


def _only(page: Mapping[str, Placed]) -> Placed | None:
    return next(iter(page.values()), None)


def _segment_pages(
    story: Story, placed: Mapping[str, Mapping[str, Placed]], page: str
) -> tuple[SegmentPage, ...]:
    pages: list[SegmentPage] = []
    for i, part in enumerate(story.segments):
        own = {p.exhibit.kind: p for p in placed[part.segment.id].values()}
        dots, spread = own.get("segment-dots"), own.get("distributions")
        pages.append(
            SegmentPage(
                story=part,
                anchor=f"segment-{part.segment.id}",
                position=formats.words(i + 1),
                colour=f"c{i + 1}",
                dots=dots,
                spread=spread,
                fit=first((segment_height(part, dots, spread, at) for at in SIZES), page),
            )
        )
    tightest = max((one.fit for one in pages), default=0)  # they look alike
    return tuple(replace(one, fit=tightest) for one in pages)


def _contingency(analysis: Analysis) -> tuple[ContingencyRow, ...]:
    table = analysis.hierarchy.contingency
    clusters = [segment.cluster for segment in analysis.segments]
    if table.shape != (len(clusters), len(clusters)):
        return ()
    rows = []
    for i, segment in enumerate(analysis.segments):
        line = [int(table[segment.cluster, other]) for other in clusters]
        whole = sum(line) or 1
        cells = tuple(
            (formats.count(n), 0 if n == 0 else 1 + min(_WARD_SHADES - 1, n * _WARD_SHADES // whole), j == i)
            for j, n in enumerate(line)
        )
        rows.append(ContingencyRow(segment=segment, colour=f"c{i + 1}", cells=cells))
    return tuple(rows)


def _ledger(analysis: Analysis) -> list[LedgerRow]:
    fills = {fill.column: fill for fill in analysis.features.fills}
    return [
        LedgerRow(
            column=column.name,
            role=column.role.value,
            use=column.used_for.value,
            reason=column.reason,
            missing=formats.count(column.missing) if column.missing else formats.MISSING,
            filled_with=fills[column.name].filled_with if column.name in fills else formats.MISSING,
        )
        for column in analysis.columns.columns
    ]


def _case_rows(analysis: Analysis, cases: Sequence[Case]) -> tuple[CaseRow, ...]:
    position = {segment.id: i for i, segment in enumerate(analysis.segments)}
    return tuple(
        CaseRow(
            case=case,
            segment=analysis.segments[position[case.segment]].name,
            colour=f"c{position[case.segment] + 1}",
        )
        for case in cases
    )


def _kinds(sentences: Sequence[Sentence]) -> tuple[Kind, ...]:
    """Sentences that count customers of one kind get a bar; those that count across kinds do not."""
    counts = [
        s.slots[0].fact.value if s.slots and s.slots[0].fact.column.startswith("unusual:") else 0.0
        for s in sentences
    ]
    most = max(counts, default=0.0) or 1.0
    found = []
    for sentence, count in zip(sentences, counts, strict=True):
        number = sentence.slots[0].text if sentence.slots else ""
        split = len(number) if sentence.text.startswith(number) else 0
        found.append(
            Kind(
                number=sentence.text[:split],
                words=sentence.text[split:],
                length=round(_LONGEST_BAR * count / most, 1),
            )
        )
    return tuple(found)


def _flagged(analysis: Analysis) -> tuple[tuple[Segment, str, int], ...]:
    counts = {segment.id: 0 for segment in analysis.segments}
    for case in analysis.story.cases:
        counts[case.segment] += 1
    return tuple((segment, f"c{i + 1}", counts[segment.id]) for i, segment in enumerate(analysis.segments))


_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}


def _file(analysis: Analysis) -> tuple[tuple[str, str], ...]:
    table, columns = analysis.table, analysis.columns
    written: tuple[tuple[str, str], ...] = (
        ("Encoding", table.encoding),
        ("Columns separated by", _DELIMITERS.get(table.delimiter, table.delimiter)),
    )
    if not table.delimiter:  # a workbook or Parquet: no text, so neither encoding nor delimiter
        written = (("Kind of file", table.encoding[:1].upper() + table.encoding[1:]),)
    used: tuple[tuple[str, str], ...] = (("Rows used", formats.count(columns.rows_used)),)
    if columns.rows_gathered is not None:
        used = (
            ("Rows gathered", formats.count(columns.rows_gathered)),
            ("Customers", formats.count(columns.rows_used)),
        )
    return (
        ("File", table.name),
        ("Rows read", formats.count(table.rows_read)),
        *used,
        ("Rows set aside", formats.count(columns.rows_set_aside)),
        *written,
        ("Customer id", columns.id_column or "none; customers are row numbers"),
        ("SHA-256 of the file", table.sha256),
    )
