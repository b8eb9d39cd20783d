"""Guess how high a page becomes, and so at which step of the style sheet it fits its paper.

A section that must stay on one page carries ``fit-0`` in its class; ``writers.pdf`` raises the number
while it spills, and ``report.css`` says what each step gives up. The guess is right to a line or so, so
that a second layout is rarely needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from reportgen.render.text import prose

if TYPE_CHECKING:
    from reportgen.render.places import Placed
    from reportgen.results import Chart, Exhibit, Figure, SegmentStory, Story, TextPage

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
ROOM = {"a4": 251.0, "letter": 242.4}
"""Millimetres between the top and bottom margins."""


def lines(text: str, width: float, size: float = 9.3) -> int:
    """How many lines ``text`` takes in ``width`` mm at ``size`` pt, at least one; nearly right."""
    room, lines, at = width / (size * 0.3528) * 1000, 1, 0.0
    for word in text.split():
        wide = sum(_EMS.get(c, 580) for c in word)
        if at and at + 200 + wide > room:
            lines, at = lines + 1, wide
        else:
            at += wide + (200 if at else 0)
    return lines


@dataclass(frozen=True, slots=True)
class Sizes:
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


SIZES = (
    Sizes((23, 9.53), (12.4, 6.14), (9.3, 4.73), (9.5, 4.45), (8.4, 4.16),
           11.3, 5.53, 5.5, 1.5, 8.0, 5.0, 2.2, 6.5, 7.2),
    Sizes((21, 8.64), (11.4, 5.43), (8.8, 4.30), (9.5, 4.45), (8.4, 4.16),
           9.9, 5.53, 4.0, 1.5, 5.7, 3.2, 1.5, 6.5, 7.2),
    Sizes((18, 7.41), (10.6, 4.80), (8.5, 4.06), (8.9, 3.95), (8.0, 3.74),
           8.5, 5.53, 3.0, 1.0, 4.5, 2.4, 1.0, 3.3, 7.2),
    Sizes((18, 7.41), (10.6, 4.80), (8.2, 3.81), (8.9, 3.95), (8.0, 3.74),
           8.5, 4.33, 3.0, 1.0, 4.5, 2.4, 1.0, 3.3, 4.2),
)  # fmt: skip
"""Steps 0 to 3 of ``report.css``; change both together (``tests/test_writers_pdf.py`` compares them)."""


FEW_ACTIONS = 2


def _tall(text: str, width: float, size: tuple[float, float]) -> float:
    """Height of a paragraph, mm; what nearly needs another line is given it."""
    return lines(text, width * 0.985, size[0]) * size[1]


def _figures_height(figures: Sequence[Figure], at: Sizes) -> float:
    captions = max((lines(str(f.caption), 37.5, 8.2) for f in figures), default=0)
    return at.figures + at.number + 3.88 * captions if figures else 0.0


def framed(placed: Placed | None, at: Sizes) -> float:
    """Height of an exhibit with all around it."""
    return _exhibit_height(placed, at.gap) if placed else 0.0


def _deck_height(text: str, at: Sizes) -> float:
    return (2.0 if at is SIZES[0] else 1.4 if at is SIZES[1] else 1.0) + _tall(text, 170, at.deck)


def summary_height(story: Story, at: Sizes) -> float:
    """Height of the executive summary without its exhibit, mm."""
    title = (19.5, 8.47) if is_long(story) and at.title[0] > 19.5 else at.title
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
    if trust_beside(story):
        tested += (10.3 if story.actions else 0.0) + _tall(prose(story.grade), 50, body)
        return top + at.findings + max(found, tested)
    trust = 5.3 + _tall(prose(story.grade) + "x" * 32, 170, at.body)
    return top + at.findings + max(found, tested) + trust


def trust_beside(story: Story) -> bool:
    """Whether how far to trust the segments stands in the box beside the findings, where little else is."""
    return len(story.actions) <= FEW_ACTIONS


def is_long(story: Story) -> bool:
    """Whether the headline needs the smaller type."""
    return any(lines(str(s), 170, 25.5) > 1 for s in story.headline)


def segment_height(part: SegmentStory, dots: Placed | None, spread: Placed | None, at: Sizes) -> float:
    """Height of a segment's page, mm."""
    long = len(part.segment.name) > 30
    title = at.title if at is not SIZES[0] else (23.0, 9.53) if long else (26.0, 10.58)
    height = at.kicker + _tall(part.segment.name, 170, (title[0] * 1.09, title[1]))
    height += _deck_height(str(part.portrait), at) + _figures_height(part.figures, at)
    side = sum(at.near + _tall(str(s), 54.6, at.body) for s in (*part.who, *part.apart))
    side += (at.gap + 4.73) * (bool(part.who) + bool(part.apart))
    height += max(side, framed(dots, at)) + framed(spread, at)
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


def first(heights: Iterable[float], page: str) -> int:
    """The first step whose height fits a page."""
    steps = list(heights)
    return next((i for i, height in enumerate(steps) if height <= ROOM[page] - 1), len(steps))


def overflow(page: TextPage, places: Sequence[Placed], paper: str) -> float:
    """By how many mm the page would spill its paper at the smallest step; negative where it fits."""
    at = SIZES[-1]
    height = _head_height(page, at) + sum(framed(placed, at) for placed in places) + _body_height(page, at)
    return height - (ROOM[paper] - 3)


def fitted(page: TextPage, places: Sequence[Placed], paper: str) -> tuple[tuple[Placed, ...], int]:
    """The exhibits of a page and the step at which they fit it.

    Where none would do, they start pages of their own so that these are about equally full, rather than
    leave one exhibit alone at the top of the last.
    """
    room = ROOM[paper] - 3
    for step, at in enumerate(SIZES):
        heights = [framed(placed, at) for placed in places]
        if _head_height(page, at) + sum(heights) + _body_height(page, at) <= room:
            return tuple(places), step
    at = SIZES[0]
    head, body = _head_height(page, at), _body_height(page, at)
    heights = [framed(placed, at) for placed in places]
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


def _head_height(page: TextPage, at: Sizes) -> float:
    title, step = at.title
    return 5.53 + _tall(str(page.title), 170, (title * 1.09, step)) + _deck_height(prose(page.deck), at)


def _body_height(page: TextPage, at: Sizes) -> float:
    pairs = zip(page.body[::2], (*page.body[1::2], None), strict=False)
    return sum(10.4 + max(_tall(prose(item.body), 81, at.body) for item in pair if item) for pair in pairs)


def _exhibit_height(placed: Placed, gap: float) -> float:
    """Height of an exhibit with all around it, mm."""
    return gap + placed.chart.height + around(placed.exhibit, placed.chart)


def around(exhibit: Exhibit, chart: Chart) -> float:
    """Height of an exhibit's words, mm."""
    width = min(chart.width, 170)
    titles, subtitles = lines(str(exhibit.title), width, 9.9), lines(str(exhibit.subtitle), width, 8.2)
    return _FRAME + 4.45 * (titles - 1) + 4.0 * (subtitles - 1)


def contents_height(story: Story, step: int) -> float:
    """Height of the contents page, mm."""
    rows, line = (3.1, 4.03) if step < 2 else (1.5, 3.53)
    size = 8.4 if step < 2 else 7.9
    head = (112.0, 110.5, 97.0)[step]
    return head + sum(
        rows + line * max(lines(part.segment.name, 44, size * 1.07), lines(str(part.portrait), 50, size))
        for part in story.segments
    )
