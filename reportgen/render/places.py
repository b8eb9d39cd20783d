"""Decide which exhibit stands on which page, in which order, and so under which number."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from reportgen import formats
from reportgen.render.fitting import ROOM, SIZES, around, overflow, summary_height

if TYPE_CHECKING:
    from reportgen.results import Analysis, Chart, Exhibit, Story


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


KINDS = {
    "overview": ("stacked-shares", "bubbles", "fair-share", "ranges"),
    "profiles": ("heat", "levels", "map"),
    "unusual": ("anomaly-strips",),
    "method": ("choice-of-k", "silhouettes"),
    "tree": ("dendrogram",),
}
"""Which kinds of exhibit stand on which page, in order."""
HEROES = ("stacked-shares", "ranges", "levels", "bubbles", "map", "heat")
"""The exhibit of the executive summary: the first of these that the story has."""
GIVES = {"map": 12.0, "bubbles": 14.0}
"""Millimetres that a kind of exhibit is at least lower when it is drawn in little space."""


def _size(chart: Chart) -> str:
    for limit, name in ((64.0, "side"), (88.0, "half"), (112.0, "main")):
        if chart.width <= limit:
            return name
    return "wide"


def _source(text: str) -> str:
    return text if text.startswith("Source") else f"Source: {text}"


def base(analysis: Analysis) -> str:
    """What an exhibit rests on when the story does not say."""
    return f"{analysis.table.name}, {formats.count(analysis.columns.rows_used)} customers."


def places(
    exhibits: Mapping[str, Exhibit],
    charts: Mapping[str, Chart],
    segments: Sequence[str],
    hero: str | None,
    base: str,
) -> dict[str, dict[str, Placed]]:
    """Every exhibit that has both words and picture, by page and chart key, numbered in the order of the pages.

    Pages are ``cover``, ``summary``, ``overview``, ``profiles``, the segments' ids, ``unusual``, ``method``
    and ``tree``.
    """
    left = [key for key in exhibits if key in charts]

    def take(*kinds: str, segment: str = "") -> list[str]:
        taken = [
            key
            for kind in kinds
            for key in left
            if (exhibits[key].kind, exhibits[key].segment) == (kind, segment)
        ]
        left[:] = [key for key in left if key not in taken]
        return taken

    pages = {"cover": take("cover")}
    if hero:
        left.remove(hero)
        pages["summary"] = [hero]
    pages["overview"] = take(*KINDS["overview"])
    if (
        len(pages["overview"]) < 2
    ):  # a table with little or no money: its first page of pictures is not left empty
        pages["overview"] += take("map")
    pages["profiles"] = take(*KINDS["profiles"])
    for segment in segments:
        pages[segment] = take("segment-dots", "distributions", segment=segment)
    for page in ("unusual", "method", "tree"):
        pages[page] = take(*KINDS[page])
    pages["profiles"] += left  # of a kind that no page names: shown rather than lost
    numbers = itertools.count(0 if pages["cover"] else 1)
    return {
        page: {
            key: Placed(
                number=next(numbers),
                exhibit=exhibits[key],
                chart=charts[key],
                size=_size(charts[key]),
                source=_source(exhibits[key].source or base),
            )
            for key in keys
        }
        for page, keys in pages.items()
    }


def hero_key(exhibits: Mapping[str, Exhibit], charts: Mapping[str, Chart], room: float) -> str | None:
    """The exhibit of the executive summary: the first kind of ``HEROES`` that leaves room for the words."""
    return next(
        (key for key in _candidates(exhibits, charts) if _fits(exhibits[key], charts[key], room)), None
    )


def spaces(story: Story, charts: Mapping[str, Chart], page: str) -> Mapping[str, Literal["little", "much"]]:
    """Exhibits to draw lower or taller, by key.

    Lower is the one that would be the summary's, and what makes a page just spill; taller a map that gets the
    second page of the profiles to itself.
    """
    found: dict[str, Literal["little", "much"]] = {}
    first = next(iter(_candidates(story.exhibits, charts)), None)
    if first is not None and not _fits(story.exhibits[first], charts[first], summary_room(story, page)):
        found[first] = "little"
    segments = [part.segment.id for part in story.segments]
    chosen = first or hero_key(story.exhibits, charts, summary_room(story, page))
    placed = places(story.exhibits, charts, segments, chosen, "")
    for words, shown in ((story.overview, placed["overview"]), (story.profiles, placed["profiles"])):
        over = overflow(words, tuple(shown.values()), page)
        gives = {key: GIVES.get(one.exhibit.kind, 0.0) for key, one in shown.items()}
        if over > max(gives.values(), default=0.0):
            rest = tuple(one for one in shown.values() if one.exhibit.kind != "map")
            alone = len(rest) > 1 and overflow(words, rest, page) <= 0
            found |= {key: "much" for key, one in shown.items() if alone and one.exhibit.kind == "map"}
        elif over > 0:
            found |= {key: "little" for key, given in gives.items() if over <= given}
    return found


def summary_room(story: Story, page: str) -> float:
    """Height that the words of the executive summary leave for an exhibit, mm."""
    return ROOM[page] - 1 - summary_height(story, SIZES[-1]) - SIZES[-1].gap


def _candidates(exhibits: Mapping[str, Exhibit], charts: Mapping[str, Chart]) -> list[str]:
    keys = [
        key for kind in HEROES for key, exhibit in exhibits.items() if exhibit.kind == kind and key in charts
    ]
    return keys if len(keys) >= 3 else []  # each of the two pages that follow keeps a picture


def _fits(exhibit: Exhibit, chart: Chart, room: float) -> bool:
    return chart.height + around(exhibit, chart) <= room
