"""Turn facts and named segments into the story: every word of the report, each number with its claim.

The order is that of the document: summary, overview, profiles, one page per segment, unusual customers,
method, data quality, definitions. The modules beside this one write one part each; `narrate` puts them
together and collects the claims from what was really written, so none is missing and none is spare.
"""

from __future__ import annotations

from dataclasses import dataclass

from reportgen import formats
from reportgen.claims import Facts
from reportgen.lexicon import Lexicon
from reportgen.narrative import exhibits, pages, people, segments, summary
from reportgen.narrative.collect import claims_of
from reportgen.narrative.scene import Scene, set_scene
from reportgen.narrative.wording import say
from reportgen.results import (
    Clustering,
    Detection,
    Exhibit,
    Features,
    Hierarchy,
    Segment,
    Sentence,
    Story,
    Table,
    TextPage,
)


def narrate(
    facts: Facts,
    named: tuple[Segment, ...],
    lexicon: Lexicon,
    *,
    table: Table,
    features: Features,
    clustering: Clustering,
    hierarchy: Hierarchy,
    detection: Detection,
    title: str | None,
    period: str | None,
    organisation: str | None,
) -> Story:
    """Word the whole report. ``title``, ``period`` and ``organisation`` are the user's, if given."""
    scene = set_scene(
        facts, named, lexicon,
        table=table, features=features, clustering=clustering, hierarchy=hierarchy, detection=detection,
    )  # fmt: skip
    front = summary.write(scene)
    stories = tuple(segments.write(scene, i) for i in range(facts.k))
    parts = _Parts(
        subtitle=_subtitle(scene, period, organisation),
        front=front,
        overview=pages.overview(scene),
        profiles=pages.profiles(scene),
        unusual=pages.unusual(scene),
        kinds=people.kinds(scene),
        method=pages.method(scene),
        quality=pages.quality(scene),
        drawn=exhibits.write(scene),
    )
    return Story(
        title=title or _title(scene),
        subtitle=parts.subtitle,
        headline=front.headline,
        deck=front.deck,
        figures=front.figures,
        findings=front.findings,
        actions=front.actions,
        grade=front.grade,
        overview=parts.overview,
        profiles=parts.profiles,
        segments=stories,
        unusual=parts.unusual,
        cases=people.cases(scene),
        unusual_kinds=parts.kinds,
        method=parts.method,
        quality=parts.quality,
        definitions=pages.definitions(scene),
        exhibits=parts.drawn,
        measures=scene.speaker.measures,
        claims=claims_of(
            [
                ("cover", parts.subtitle),
                ("summary", front),
                ("overview", parts.overview),
                ("profiles", parts.profiles),
                *((f"segment:{s.segment.id}", s) for s in stories),
                ("anomalies", (parts.unusual, parts.kinds)),
                ("method", parts.method),
                ("quality", parts.quality),
                *((_place(e.kind, e.segment), e) for e in parts.drawn.values()),
            ]
        ),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Parts:
    subtitle: Sentence
    front: summary.Front
    overview: TextPage
    profiles: TextPage
    unusual: TextPage
    kinds: tuple[Sentence, ...]
    method: TextPage
    quality: TextPage
    drawn: dict[str, Exhibit]


_PLACES = {
    "cover": "cover", "stacked-shares": "summary", "fair-share": "overview", "bubbles": "overview", "heat": "profiles",
    "levels": "profiles", "map": "profiles", "anomaly-strips": "anomalies", "choice-of-k": "method",
    "silhouettes": "method", "dendrogram": "method",
}  # fmt: skip


def _place(kind: str, segment: str) -> str:
    return f"segment:{segment}" if segment else _PLACES.get(kind, "exhibits")


def _title(scene: Scene) -> str:
    k = scene.facts.k
    if scene.clustering.grade == "none":
        return f"{formats.words(k).capitalize()} slices of one customer base"
    return f"{formats.words(k).capitalize()} kinds of customer"


def _subtitle(scene: Scene, period: str | None, organisation: str | None) -> Sentence:
    who = f"customers of {organisation}" if organisation else "customers"
    when = f", {period}" if period else ""
    return say(
        "What sets {n} {who} apart{when}, and what is worth testing", n=scene.count_all(), who=who, when=when
    )
