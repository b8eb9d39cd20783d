"""Turn a Report into one HTML page, the same for paper and for screens.

The only door to Jinja2. Everything that a template may use is a field of ``Context``, a frozen
dataclass, so a template cannot reach into the program. Text goes in escaped and without control and
bidirectional override characters; nothing of the user's goes into the style sheet except colours
that match ``#RRGGBB``. Pictures, fonts and logo are named as ``asset:...``, which ``writers`` serves
from memory (PDF) or puts in place (HTML).

A section that must stay on one page carries ``fit-0`` in its class; ``writers.pdf`` raises the number
while it spills, and ``report.css`` says what each step gives up. ``_step`` guesses
the first one from the length of the text, so that a second layout is rarely needed.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, select_autoescape
from markupsafe import Markup

from reportgen import fonts, formats, palette
from reportgen.errors import OptionError, RenderError
from reportgen.results import (
    Analysis,
    Brand,
    Case,
    Chart,
    Exhibit,
    Figure,
    Note,
    Report,
    Segment,
    SegmentStory,
    Sentence,
    Story,
    TextPage,
)

if TYPE_CHECKING:
    import jinja2

Medium = Literal["print", "screen"]

LEDGER_ROWS = 100
"""Rows of the preparation ledger on paper; WeasyPrint needs 2 ms for each (DESIGN.md)."""
NOTES_SHOWN = 30
CASES_SHOWN = 10
LANGUAGE = "en"

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff]")
_WARD_SHADES = 5
_LONGEST_BAR = 41
"""Per cent of the page's width."""
_SECTIONS = frozenset({"summary", "overview", "profiles", "unusual", "method", "quality", "definitions"})
_FACES = frozenset({(fonts.SANS, 300), (fonts.SANS, 400), (fonts.SANS, 600), (fonts.SANS, 700),
                    (fonts.SERIF, 400), (fonts.SERIF, 600)})  # fmt: skip
"""Faces that the sheet uses; each one declared costs time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """An exhibit with its picture and its number."""

    number: int
    exhibit: Exhibit
    chart: Chart
    size: str
    """``wide`` (170 mm), ``main`` (102), ``half`` (81) or ``side`` (58)."""
    source: str
    turn: bool = False
    """It starts a new page."""


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


def render(report: Report, *, medium: Medium) -> str:
    """Fill the templates with ``report``.

    Parameters
    ----------
    report
        Everything that was found, drawn and worded.
    medium
        ``print`` for ``writers.pdf``, ``screen`` for ``writers.html``.

    Returns
    -------
    str
        One HTML page whose pictures, fonts and logo are ``asset:`` addresses.

    Raises
    ------
    RenderError
        A template is missing or broken.
    OptionError
        The accent is not a colour.
    """
    environment = _environment()
    try:
        context = _context(report, medium, environment)
        return environment.get_template("report.html").render(
            {field.name: getattr(context, field.name) for field in fields(context)}
        )
    except TemplateError as error:
        raise RenderError(f"templates: {error}; reinstall reportgen or mend the template") from error


def template_folder() -> Path:
    """Folder of the templates: inside the installed package, beside it in a checkout."""
    here = Path(__file__).resolve().parent
    inside = here / "templates"
    return inside if inside.is_dir() else here.parent / "templates"


def clean(text: str) -> str:
    """``text`` without control characters and bidirectional overrides, in one line of plain spaces."""
    return _UNSAFE.sub("", text.replace("\t", " ").replace("\n", " "))


def readable(colour: str, background: str = palette.PAPER, ratio: float = 4.5) -> str:
    """``colour`` darkened just as far as text on ``background`` needs (WCAG 2.2 AA: 4.5)."""
    for step in range(0, 21):
        mixed = palette.mix(colour, palette.INK, step / 20)
        if palette.contrast(mixed, background) >= ratio:
            return mixed
    return palette.INK


# --------------------------------------------------------------------------- environment


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = Environment(
        loader=FileSystemLoader(template_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(
        count=formats.count, percent=formats.percent, words=formats.words, date=formats.date,
        month=formats.month, listing=formats.listing, prose=prose, tenths=_tenths,
    )  # fmt: skip
    return environment


def _finalize(value: object) -> object:
    """Every printed expression passes here: text is cleaned, markup made by macros stays."""
    if isinstance(value, Markup):
        return value
    if value is None:
        raise RenderError("templates: a missing value was printed; guard it with an if")
    if isinstance(value, (str, Sentence)):
        return clean(str(value))
    return value


def prose(sentences: Iterable[Sentence | str] | Sentence) -> str:
    """Sentences as one paragraph."""
    if isinstance(sentences, Sentence):
        return str(sentences)
    return " ".join(str(sentence).strip() for sentence in sentences)


def _tenths(share: float, whole: float) -> int:
    """Width class 0..20 of a share bar against the longest one."""
    return round(20 * share / whole) if whole > 0 else 0


# --------------------------------------------------------------------------- context


def _context(report: Report, medium: Medium, environment: jinja2.Environment) -> Context:
    analysis, brand = report.analysis, report.brand
    story = analysis.story
    if not _COLOUR.fullmatch(brand.accent):
        raise OptionError(f"--accent {brand.accent!r}: not a colour; write it as #RRGGBB, such as #B5302A")
    room = _ROOM[brand.page] - 1 - _summary_height(story, _SIZES[-1]) - _SIZES[-1].gap
    hero_key = _hero_key(story.exhibits, report.charts, room)
    places = _places(
        story.exhibits, report.charts, [s.id for s in analysis.segments], hero_key, _base(analysis)
    )
    hero = places[hero_key] if hero_key else None
    overview, profiles = _of(places, "overview", hero), _of(places, "profiles", hero)
    if not overview:  # a table without money: its first page of pictures is not left empty
        overview = tuple(placed for placed in profiles if placed.exhibit.kind == "map")
        profiles = tuple(placed for placed in profiles if placed not in overview)
    overview, overview_fit = _fitted(story.overview, overview, brand.page)
    profiles, profiles_fit = _fitted(story.profiles, profiles, brand.page)
    pages = _segment_pages(story, places, brand.page)
    contingency = _contingency(analysis)
    ledger = _ledger(analysis)
    notes = sorted(analysis.notes, key=lambda note: note.level != "warning")
    cases = story.cases if brand.show_ids else ()
    title = clean(story.title)
    return Context(
        medium=medium,
        lang=LANGUAGE,
        css=_css(brand, len(pages), medium, environment),
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
        cover=places.get("cover"),
        logo="asset:logo" if brand.logo else "",
        segments=pages,
        count=formats.words(len(pages)),
        largest=max((segment.share for segment in analysis.segments), default=1.0),
        contents_fit=_first((_contents_height(story, step) for step in range(3)), brand.page),
        headline_long=_is_long(story),
        summary_fit=_first((_summary_height(story, at) + _framed(hero, at) for at in _SIZES), brand.page),
        hero=hero,
        overview_fit=overview_fit,
        profiles_fit=profiles_fit,
        overview=overview,
        profiles=profiles,
        unusual=_of(places, "unusual", hero),
        method=_of(places, "method", hero),
        dendrogram=places.get("dendrogram"),
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


_KINDS = {
    "overview": ("stacked-shares", "bubbles", "fair-share"),
    "profiles": ("heat", "map", "levels"),
    "unusual": ("anomaly-strips",),
    "method": ("choice-of-k", "silhouettes"),
}
"""Which kinds of exhibit stand on which page, in order."""
_HEROES = ("stacked-shares", "levels", "bubbles", "map", "heat")
"""The exhibit of the executive summary: the first of these that the story has."""


def _size(chart: Chart) -> str:
    for limit, name in ((64.0, "side"), (88.0, "half"), (112.0, "main")):
        if chart.width <= limit:
            return name
    return "wide"


def _source(text: str) -> str:
    return text if text.startswith("Source") else f"Source: {text}"


def _base(analysis: Analysis) -> str:
    """What an exhibit rests on when the story does not say."""
    return f"{analysis.table.name}, {formats.count(analysis.columns.rows_used)} customers."


def _places(
    exhibits: Mapping[str, Exhibit],
    charts: Mapping[str, Chart],
    segments: Sequence[str],
    hero: str | None,
    base: str,
) -> dict[str, Placed]:
    """Every exhibit that has both words and picture, numbered in the order of the pages, by chart key."""
    kinds: dict[str, list[str]] = {}
    for key, exhibit in exhibits.items():
        if key in charts:
            kinds.setdefault(exhibit.kind, []).append(key)
    order = [*kinds.get("cover", []), *([hero] if hero else [])]
    kinds_first = (
        _KINDS["overview"]
        if kinds.keys() & set(_KINDS["overview"]) - _hero_kind(exhibits, hero)
        else ("map",)
    )
    for kind in (*kinds_first, *_KINDS["profiles"]):
        order += [key for key in kinds.get(kind, []) if key not in order]
    for segment in segments:
        for kind in ("segment-dots", "distributions"):
            order += [key for key in kinds.get(kind, []) if exhibits[key].segment == segment]
    for kind in (*_KINDS["unusual"], *_KINDS["method"], "dendrogram"):
        order += kinds.get(kind, [])
    order += [key for keys in kinds.values() for key in keys if key not in order]
    shift = 0 if kinds.get("cover") else 1
    return {
        key: Placed(
            number=i + shift,
            exhibit=exhibits[key],
            chart=charts[key],
            size=_size(charts[key]),
            source=_source(exhibits[key].source or base),
        )
        for i, key in enumerate(dict.fromkeys(order))
    }


def _hero_kind(exhibits: Mapping[str, Exhibit], hero: str | None) -> set[str]:
    return {exhibits[hero].kind} if hero else set()


def _hero_key(exhibits: Mapping[str, Exhibit], charts: Mapping[str, Chart], room: float) -> str | None:
    """The exhibit of the executive summary: the first kind of ``_HEROES`` that leaves room for the words."""
    keys = [
        key for kind in _HEROES for key, exhibit in exhibits.items() if exhibit.kind == kind and key in charts
    ]
    if len(keys) < 3:  # each of the two pages that follow keeps a picture
        return None
    return next(
        (key for key in keys if charts[key].height + _around(exhibits[key], charts[key]) <= room), None
    )


def _of(places: Mapping[str, Placed], page: str, hero: Placed | None) -> tuple[Placed, ...]:
    return tuple(
        placed for placed in places.values() if placed.exhibit.kind in _KINDS[page] and placed is not hero
    ) + (tuple(placed for placed in places.values() if _stray(placed, hero)) if page == "profiles" else ())


def _stray(placed: Placed, hero: Placed | None) -> bool:
    """An exhibit of a kind that no page names: shown with the profiles rather than lost."""
    known = {kind for kinds in _KINDS.values() for kind in kinds}
    return placed is not hero and placed.exhibit.kind not in (
        known | {"cover", "dendrogram", "segment-dots", "distributions"}
    )


def _segment_pages(story: Story, places: Mapping[str, Placed], page: str) -> tuple[SegmentPage, ...]:
    pages: list[SegmentPage] = []
    for i, part in enumerate(story.segments):
        own = {p.exhibit.kind: p for p in places.values() if p.exhibit.segment == part.segment.id}
        dots, spread = own.get("segment-dots"), own.get("distributions")
        pages.append(
            SegmentPage(
                story=part,
                anchor=f"segment-{part.segment.id}",
                position=formats.words(i + 1),
                colour=f"c{i + 1}",
                dots=dots,
                spread=spread,
                fit=_first((_segment_height(part, dots, spread, at) for at in _SIZES), page),
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
    return (
        ("File", table.name),
        ("Rows read", formats.count(table.rows_read)),
        ("Rows used", formats.count(columns.rows_used)),
        ("Rows set aside", formats.count(len(table.set_aside))),
        ("Encoding", table.encoding),
        ("Columns separated by", _DELIMITERS.get(table.delimiter, table.delimiter)),
        ("Customer id", columns.id_column or "none; customers are row numbers"),
        ("SHA-256 of the file", table.sha256),
    )


# --------------------------------------------------------------------------- style


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


def _css(brand: Brand, segments: int, medium: Medium, environment: jinja2.Environment) -> Markup:
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


# --------------------------------------------------------------------------- fitting

_EMS = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz0123456789 .,;:-–’()%/",
        (504, 553, 456, 555, 496, 292, 504, 544, 246, 247, 495, 255, 829, 547, 542, 555, 555, 347, 419, 338, 544,
         467, 719, 446, 467, 425, *[497] * 10, 200, 249, 249, 249, 249, 311, 480, 249, 303, 303, 824, 350),
        strict=True,
    )
)  # fmt: skip
"""Advance widths of Source Sans, thousandths of an em; capitals take about 580."""
_FRAME = 17.7
"""One line of title, one of subtitle and the source of an exhibit, mm; the space above it comes on top."""
_ROOM = {"a4": 251.0, "letter": 242.4}
"""Millimetres between the top and bottom margins."""


def _lines(text: str, width: float, size: float = 9.3) -> int:
    """How many lines ``text`` takes in ``width`` mm at ``size`` pt, at least one; nearly right."""
    room, lines, at = width / (size * 0.3528) * 1000, 1, 0.0
    for word in text.split():
        wide = sum(_EMS.get(c, 580) for c in word)
        if at and at + 200 + wide > room:
            lines, at = lines + 1, wide
        else:
            at += wide + (200 if at else 0)
    return lines


def _cover_class(title: str) -> str:
    longest = max((len(word) for word in title.split()), default=0)
    if len(title) <= 36 and longest <= 13:
        return "title-l"
    return "title-m" if len(title) <= 64 and longest <= 20 else "title-s"


@dataclass(frozen=True, slots=True)
class _Sizes:
    """What ``report.css`` makes of a page at one step: pt and mm from line to line, or mm."""

    title: tuple[float, float]
    deck: tuple[float, float]
    body: tuple[float, float]
    head: tuple[float, float]
    """``h4``."""
    small: tuple[float, float]
    number: float
    kicker: float
    """With the space below, on a segment's page."""
    gap: float
    """Above an exhibit."""
    near: float
    """Above a bullet or an action."""
    figures: float
    """Around the row of figures: space above, rule, space within."""
    findings: float
    """Above the findings, and above each of them."""
    finding: float
    notes: float
    """Around the small print."""
    testing: float
    """Within the tinted box of a segment's page."""


_SIZES = (
    _Sizes((23, 9.53), (12.4, 6.14), (9.3, 4.73), (9.5, 4.45), (8.4, 4.16),
           11.3, 5.53, 5.5, 1.5, 8.0, 5.0, 2.2, 6.5, 7.2),
    _Sizes((21, 8.64), (11.4, 5.43), (8.8, 4.30), (9.5, 4.45), (8.4, 4.16),
           9.9, 5.53, 4.0, 1.5, 5.7, 3.2, 1.5, 6.5, 7.2),
    _Sizes((18, 7.41), (10.6, 4.80), (8.5, 4.06), (8.9, 3.95), (8.0, 3.74),
           8.5, 5.53, 3.0, 1.0, 4.5, 2.4, 1.0, 3.3, 7.2),
    _Sizes((18, 7.41), (10.6, 4.80), (8.2, 3.81), (8.9, 3.95), (8.0, 3.74),
           8.5, 4.33, 3.0, 1.0, 4.5, 2.4, 1.0, 3.3, 4.2),
)  # fmt: skip
"""Steps 0 to 3 of ``report.css``; change both together (``tests/test_writers_pdf.py`` compares them)."""


def _tall(text: str, width: float, size: tuple[float, float]) -> float:
    """Height of a paragraph, mm; what nearly needs another line is given it."""
    return _lines(text, width * 0.985, size[0]) * size[1]


def _figures_height(figures: Sequence[Figure], at: _Sizes) -> float:
    captions = max((_lines(str(f.caption), 37.5, 8.2) for f in figures), default=0)
    return at.figures + at.number + 3.88 * captions if figures else 0.0


def _framed(placed: Placed | None, at: _Sizes) -> float:
    """Height of an exhibit with all around it."""
    return _exhibit_height(placed, at.gap) if placed else 0.0


def _deck_height(text: str, at: _Sizes) -> float:
    return (2.0 if at is _SIZES[0] else 1.4 if at is _SIZES[1] else 1.0) + _tall(text, 170, at.deck)


def _summary_height(story: Story, at: _Sizes) -> float:
    """Height of the executive summary without its exhibit, mm."""
    title = (19.5, 8.47) if _is_long(story) and at.title[0] > 19.5 else at.title
    top = 5.53 + sum(_tall(str(s), 170, (title[0] * 1.09, title[1])) for s in story.headline)
    top += _deck_height(prose(story.deck), at) + _figures_height(story.figures, at)
    found = 5.33 + sum(
        at.finding + _tall(str(f.title), 92.5, at.head) + _tall(prose(f.body) + " Page 10", 92.5, at.body)
        for f in story.findings
    )
    body = (min(at.body[0], 8.8), min(at.body[1], 4.37))
    tested = 12.3 + sum(
        2 * at.near + 0.35 + _tall(str(a.title), 50, at.head) + _tall(prose(a.body), 50, body)
        for a in story.actions
    )
    trust = 5.3 + _tall(prose(story.grade) + "x" * 32, 170, at.body)
    return top + at.findings + max(found, tested) + trust


def _is_long(story: Story) -> bool:
    """Whether the headline needs the smaller type."""
    return any(_lines(str(s), 170, 25.5) > 1 for s in story.headline)


def _segment_height(part: SegmentStory, dots: Placed | None, spread: Placed | None, at: _Sizes) -> float:
    """Height of a segment's page, mm."""
    long = len(part.segment.name) > 30
    title = at.title if at is not _SIZES[0] else (23.0, 9.53) if long else (26.0, 10.58)
    height = at.kicker + _tall(part.segment.name, 170, (title[0] * 1.09, title[1]))
    height += _deck_height(str(part.portrait), at) + _figures_height(part.figures, at)
    side = sum(at.near + _tall(str(s), 54.6, at.body) for s in (*part.who, *part.apart))
    side += (at.gap + 4.73) * (bool(part.who) + bool(part.apart))
    height += max(side, _framed(dots, at)) + _framed(spread, at)
    if part.typical or part.named:
        height += at.notes + max(_tall(prose(s) + "x" * 18, 81, at.small) for s in (part.typical, part.named))
    if part.actions:
        body = (min(at.body[0], 8.8), min(at.body[1], 4.37))
        height += (
            at.gap
            + at.testing
            + 5.73
            + max(_tall(str(a.title), 49, at.head) + _tall(prose(a.body), 49, body) for a in part.actions)
        )
    return height


def _first(heights: Iterable[float], page: str) -> int:
    """The first step whose height fits a page."""
    steps = list(heights)
    return next((i for i, height in enumerate(steps) if height <= _ROOM[page] - 1), len(steps))


def _fitted(page: TextPage, places: Sequence[Placed], paper: str) -> tuple[tuple[Placed, ...], int]:
    """The exhibits of a page and the step at which they fit it.

    Where none would do, they start pages of their own so that these are about equally full, rather than
    leave one exhibit alone at the top of the last.
    """
    room = _ROOM[paper] - 3
    for step, at in enumerate(_SIZES):
        heights = [_framed(placed, at) for placed in places]
        if _head_height(page, at) + sum(heights) + _body_height(page, at) <= room:
            return tuple(places), step
    at = _SIZES[0]
    head, body = _head_height(page, at), _body_height(page, at)
    heights = [_framed(placed, at) for placed in places]
    return tuple(
        replace(placed, turn=i in turns)
        for turns in [_turns(head, heights, body, room)]
        for i, placed in enumerate(places)
    ), 0


def _turns(head: float, heights: Sequence[float], body: float, room: float) -> frozenset[int]:
    """Before which exhibits to turn the page: as few pages as can be, and the fullest as empty as can be."""
    best: tuple[int, float, tuple[int, ...]] | None = None
    for pages in range(len(heights)):
        for turns in combinations(range(1, len(heights)), pages):
            ends = (0, *turns, len(heights))
            filled = [sum(heights[i:j]) for i, j in pairwise(ends)]
            filled[0] += head
            filled[-1] += body
            tried = (pages, max(filled), turns)
            if max(filled) <= room and (best is None or tried < best):
                best = tried
    return frozenset(best[2]) if best else frozenset()


def _head_height(page: TextPage, at: _Sizes) -> float:
    title, step = at.title
    return 5.53 + _tall(str(page.title), 170, (title * 1.09, step)) + _deck_height(prose(page.deck), at)


def _body_height(page: TextPage, at: _Sizes) -> float:
    pairs = zip(page.body[::2], (*page.body[1::2], None), strict=False)
    return sum(10.4 + max(_tall(prose(item.body), 81, at.body) for item in pair if item) for pair in pairs)


def _exhibit_height(placed: Placed, gap: float) -> float:
    """Height of an exhibit with all around it, mm."""
    return gap + placed.chart.height + _around(placed.exhibit, placed.chart)


def _around(exhibit: Exhibit, chart: Chart) -> float:
    """Height of an exhibit's words, mm."""
    width = min(chart.width, 170)
    titles, subtitles = _lines(str(exhibit.title), width, 9.9), _lines(str(exhibit.subtitle), width, 8.2)
    return _FRAME + 4.45 * (titles - 1) + 4.0 * (subtitles - 1)


def _contents_height(story: Story, step: int) -> float:
    """Height of the contents page, mm."""
    rows, line = (3.1, 4.03) if step < 2 else (1.5, 3.53)
    size = 8.4 if step < 2 else 7.9
    head = (112.0, 110.5, 97.0)[step]
    return head + sum(
        rows + line * max(_lines(part.segment.name, 44, size * 1.07), _lines(str(part.portrait), 50, size))
        for part in story.segments
    )


# --------------------------------------------------------------------------- e-mail


def email(template: Literal["email.html", "email.txt"], words: Mapping[str, object]) -> str:
    """Fill the body of a mail with ``words``; only the HTML one is escaped."""
    return _mail_environment().get_template(template).render(words)


@lru_cache(maxsize=1)
def _mail_environment() -> jinja2.Environment:
    environment = Environment(
        loader=FileSystemLoader(template_folder()),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        finalize=lambda value: _UNSAFE.sub("", value) if type(value) is str else value,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters.update(
        count=formats.count, percent=formats.percent, wrap=_wrapped,
        dots=lambda text, width: f"{text} ".ljust(width, "."), right=lambda text, width: text.rjust(width),
    )  # fmt: skip
    return environment


def _wrapped(text: str, first: str = "", rest: str = "") -> str:
    """Lines of at most 72 characters, the width that plain text mail has everywhere."""
    return "\n".join(
        textwrap.fill(
            line,
            72,
            initial_indent=first,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in text.split("\n")
    )
