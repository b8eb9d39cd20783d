"""Turn the scene into the list of exhibits: which charts the table allows, each with a finding as its title."""

from __future__ import annotations

from typing import Literal

import numpy as np

from reportgen import formats
from reportgen.claims import measure
from reportgen.lexicon import sayable
from reportgen.narrative.comparisons import around, clauses, predicate, whose
from reportgen.narrative.scene import Scene
from reportgen.narrative.wording import against_average, bare, in_ten, percent, piece, say, word
from reportgen.results import Condition, Exhibit, Role, Sentence, Use

MOST_SUMS, MOST_FAIR, MOST_HEAT, MOST_DOTS, SPREAD = 5, 4, 18, 10, 4
MOST_LEVELS = 14
MANY, SUMS_OF_MANY = 7, 3
"""With more segments than this the stacked rows need a key below, and so there are fewer of them."""
TELLING = 0.15
"""How far the share of members above the typical customer must be from a half to be a finding."""
LONG_NAMES = 60
"""Letters of two names together that still leave room for the rest of a title."""
ALIKE, MOST_ALIKE = 0.10, 3
"""Difference in shares up to which the groups hardly differ in a category; so many categories are then named."""
MOST_RANGES, RANGES_OF_MANY = 3, 2


def write(scene: Scene) -> dict[str, Exhibit]:
    """Exhibits by chart key, in the order of the pages."""
    found: list[Exhibit] = [_cover(scene)]
    if len(scene.sums) >= 2:
        found.append(_stacked(scene))
        found.append(_fair(scene))
    elif scene.sums:
        found.append(_stacked(scene))
    bubbles = _bubbles(scene)
    if bubbles is not None:
        found.append(bubbles)
    if bubbles is None or len(scene.sums) < 2:  # else money alone fills the overview
        ranges = _ranges(scene)
        if ranges is not None:
            found.append(ranges)
    found.append(_heat(scene))
    levels = _levels(scene)
    if levels is not None:
        found.append(levels)
    found.append(_map(scene))
    for i in range(scene.facts.k):
        found.append(_dots(scene, i))
        spread = _distributions(scene, i)
        if spread is not None:
            found.append(spread)
    found.append(_strips(scene))
    found.extend(_method(scene))
    return {e.chart: e for e in found}


def _exhibit(
    kind: str,
    title: Sentence,
    subtitle: str | Sentence,
    alt: Sentence,
    *,
    columns: tuple[str, ...] = (),
    segment: str = "",
    space: Literal["little", "usual", "much"] = "usual",
) -> Exhibit:
    return Exhibit(
        chart=f"{kind}:{segment}" if segment else kind,
        kind=kind, title=title, subtitle=subtitle, alt=alt, columns=columns, segment=segment, space=space,
    )  # fmt: skip


def _cover(scene: Scene) -> Exhibit:
    words = say("Each dot is one customer, placed next to those who are alike")
    return _exhibit("cover", words, "", words)


def _main_lead(scene: Scene) -> Sentence:
    """The finding of the shares: who takes most of the first column beyond their number."""
    facts = scene.facts
    column = scene.sums[0]
    i = max(range(facts.k), key=lambda i: facts.share_of_total(column, [i]).value - scene.segments[i].share)
    words = scene.speaker.words(column)
    return say(
        "{name} are {a} of customers and {verb} {b} of {noun}", name=scene.name(i),
        verb=words.verb or "account for", noun=scene.speaker.of_the(column), a=percent(facts.share([i])), b=percent(facts.share_of_total(column, [i])),
    )  # fmt: skip


def _stacked(scene: Scene) -> Exhibit:
    columns = scene.sums[: MOST_SUMS if scene.facts.k <= MANY else SUMS_OF_MANY]
    title = _main_lead(scene)
    alt = say(
        "Stacked rows: each segment's share of customers and of {what}. {finding}.",
        what=formats.listing([scene.speaker.noun(c) for c in columns]), finding=title,
    )  # fmt: skip
    return _exhibit("stacked-shares", title, "Share of total by segment in %, rounded", alt, columns=columns)


def multiple(scene: Scene, column: str, i: int) -> Sentence:
    """``High Spenders spend 3.1 times the average``, ``Credit limits of High Spenders are twice the average``."""
    ratio = against_average(scene.facts.ratio(column, [i]))
    known = scene.speaker.where_known(column, i)
    words = scene.speaker.words(column)
    before, after = around(words.each)
    if words.each and scene.speaker.measures[column].kind == "money":
        return say(
            "{name} {before}{r}{after}{known}", name=scene.name(i), before=before, r=ratio, after=after, known=known
        )  # fmt: skip
    return say(
        "{whose} {be} {r}{known}",
        known=known,
        whose=whose(words.noun, scene.name(i)),
        be=scene.speaker.be(column),
        r=ratio,
    )


def _fair(scene: Scene) -> Exhibit:
    facts = scene.facts
    columns = scene.sums[:MOST_FAIR]
    best = max(
        ((facts.ratio(c, [i]).value, -n, -i, c) for n, c in enumerate(columns) for i in range(facts.k)),
        default=(0.0, 0, 0, columns[0]),
    )
    i, column = -best[2], best[3]
    title = multiple(scene, column, i)
    alt = say("Bars around one fair share for {what}. {finding}.",
              what=formats.listing([scene.speaker.noun(c) for c in columns]), finding=title)  # fmt: skip
    return _exhibit(
        "fair-share",
        title,
        "Share of total divided by share of customers; one is the average customer",
        alt,
        columns=columns,
    )


def _bubbles(scene: Scene) -> Exhibit | None:
    leads = scene.leads
    if len(leads) < 2:
        return None
    x = leads[0].column
    other = [lead for lead in leads[1:] if not set(lead.segments) & set(leads[0].segments)] or list(leads[1:])
    y = other[0].column
    both = scene.high_on_both(x, y)
    nx, ny = scene.speaker.noun(x), scene.speaker.noun(y)
    if not both:
        title = say("No group is high on both {x} and {y}", x=nx, y=ny)
    elif len(both) == 1:
        title = say("Only {name} are high on both {x} and {y}", name=scene.name(both[0]), x=nx, y=ny)
    else:
        together = measure("segments_together", float(len(both)), tuple(f"S{i + 1}" for i in both))
        names = (
            piece("{n} groups", n=word(together)) if len(both) > 2 or sum(len(scene.name(i)) for i in both) > LONG_NAMES
            else piece("{names}", names=formats.listing([scene.name(i) for i in both]))
        )  # fmt: skip
        title = say("{names} are high on both {x} and {y}", names=names, x=nx, y=ny)
    alt = say(
        "Bubbles: average {x} across, average {y} upwards, one bubble per segment. {finding}.",
        x=nx,
        y=ny,
        finding=title,
    )
    known = " with a known value" if scene.speaker.partly(x) or scene.speaker.partly(y) else ""
    subtitle = f"Average per customer{known}; bubble area shows share of customers"
    return _exhibit("bubbles", title, subtitle, alt, columns=(x, y))


def _ranges(scene: Scene) -> Exhibit | None:
    """Where the typical members stand in the columns that tell most: the value first, where there is one."""
    facts = scene.facts
    repeats = {d.column for d in facts.columns.derived}

    def medians(column: str) -> list[float]:
        return [facts.at("median", column, i) for i in range(facts.k)]

    fit = [
        c for c in _ordered_columns(scene)
        if facts.column(c).role not in (Role.FLAG, Role.TARGET) and scene.speaker.measures[c].kind != "flag"
        and c not in repeats and max(medians(c)) > min(medians(c))
    ]  # fmt: skip
    most = MOST_RANGES if facts.k <= MANY else RANGES_OF_MANY
    columns = _telling(scene, fit, most)
    if not columns:
        return None
    column = columns[0]
    low, high = (int(pick(medians(column))) for pick in (np.argmin, np.argmax))
    title = say(
        "The typical {noun} range from {a} to {b} between groups" if scene.speaker.words(column).plural
        else "The typical {noun} ranges from {a} to {b} between groups", noun=scene.speaker.noun(column),
        a=scene.speaker.value(facts.median(column, [low])), b=scene.speaker.value(facts.median(column, [high])),
    )  # fmt: skip
    alt = say(
        "Ranges of {what}: the typical customer, the middle half and nearly all of each segment. {finding}.",
        what=formats.listing([scene.speaker.noun(c) for c in columns]),
        finding=title,
    )
    return _exhibit(
        "ranges",
        title,
        "Dot: the typical customer; bar: the middle half; line: nine in ten; grey rule: typical of all",
        alt,
        columns=columns,
    )


def _telling(scene: Scene, columns: list[str], most: int) -> tuple[str, ...]:
    """The value first, then whatever sets most groups further apart than the columns before it do."""
    facts = scene.facts
    chosen = [c for c in columns if c == scene.main]
    apart = {c: np.array([abs(2 * facts.at("auc", c, i) - 1) for i in range(facts.k)]) for c in columns}
    chosen = chosen or columns[:1]  # the one that tells two groups apart most, as the summary says
    best = np.max([apart[c] for c in chosen], axis=0, initial=0.0) if chosen else np.zeros(facts.k)
    while len(chosen) < min(most, len(columns)):
        gain = {c: float(np.maximum(apart[c] - best, 0).sum()) for c in columns if c not in chosen}
        chosen.append(max(gain, key=lambda c: (round(gain[c], 6), -columns.index(c))))
        best = np.maximum(best, apart[chosen[-1]])
    return tuple(chosen)


def _ordered_columns(scene: Scene) -> list[str]:
    """Numeric columns by how much they tell the segments apart (best |2 A12 - 1|), sums first among equals."""
    facts = scene.facts
    fit = [
        c
        for c in facts.profile.columns
        if facts.column(c).role not in (Role.CONSTANT, Role.ID)
        and not facts.column(c).ordered
        and facts.known_everywhere(c)
    ]
    strength = {c: max(abs(2 * facts.at("auc", c, i) - 1) for i in range(facts.k)) for c in fit}
    return sorted(fit, key=lambda c: (-round(strength[c], 6), facts.profile.columns.index(c)))


def _known(scene: Scene, columns: tuple[str, ...]) -> str:
    """What an average leaves out, where one of the columns is unknown of more than a few customers."""
    return ", where known" if any(scene.speaker.partly(c) for c in columns) else ""


def _in_table_order(scene: Scene, columns: list[str]) -> tuple[str, ...]:
    lead = [c for c in scene.sums if c in columns]
    rest = [c for c in scene.facts.profile.columns if c in columns and c not in lead]
    return (*lead, *rest)


def _heat(scene: Scene) -> Exhibit:
    columns = _in_table_order(scene, _ordered_columns(scene)[:MOST_HEAT])
    facts = scene.facts
    best = max(
        (
            (abs(2 * facts.at("auc", c, i) - 1), -n, -i, c)
            for n, c in enumerate(columns)
            for i in range(facts.k)
        ),
        default=None,
    )
    if best is None:
        title = say("Who is high and who is low on each measure")
    else:
        i, column = -best[2], best[3]
        title = say(
            "{name} differ most from the rest in {noun}",
            noun=scene.speaker.theme(column),
            name=scene.name(i),
        )
    alt = say(
        "Table of segment averages, shaded by distance from everyone's average. {finding}.", finding=title
    )
    return _exhibit(
        "heat",
        title,
        f"Segment average{_known(scene, columns)}; colour shows the distance from the average of all customers",
        alt,
        columns=columns,
    )


def _levels(scene: Scene) -> Exhibit | None:
    facts = scene.facts
    found = [
        c
        for c in facts.columns.used(Use.CLUSTERING, Use.PROFILE)
        if c.levels and not c.ordered and c.role is Role.CATEGORY and all(sayable(x) for x in c.levels)
    ]
    if not found:
        return None

    def spread(name: str) -> float:
        shares = facts.profile.level_shares[name]
        return float(np.abs(shares[:-1] - shares[-1]).max())

    ordered = sorted(found, key=lambda c: (-round(spread(c.name), 6), c.name))
    chosen: list[str] = []
    rows = 0
    for column in ordered:
        height = min(len(column.levels), 6)
        if rows + height > MOST_LEVELS and chosen:
            continue
        chosen.append(column.name)
        rows += height
    title = _level_title(scene, chosen)
    alt = say("Shares of each level by segment, against everyone. {finding}.", finding=title)
    return _exhibit("levels", title, "Share of the segment's customers, %", alt, columns=tuple(chosen))


def _level_title(scene: Scene, columns: list[str]) -> Sentence:
    """The level that a segment has more often than everyone by most, or that nothing differs."""
    facts, name = scene.facts, columns[0]
    shares = facts.profile.level_shares[name]
    apart = shares[:-1] - shares[-1]
    if np.abs(apart).max() < ALIKE:
        nouns = list(dict.fromkeys(scene.speaker.theme(c) for c in columns))[:MOST_ALIKE]
        return say("The groups hardly differ in {what}", what=formats.listing(nouns))
    telling = apart.copy()  # «100% of Female Customers are female» tells nobody anything
    for n, segment in enumerate(scene.segments):
        if any(t.column == name and t.kind == "level" for t in segment.traits):
            telling[n] = 0.0
    if telling.max() >= ALIKE:
        apart = telling
    i, code = np.unravel_index(int(np.argmax(apart)), apart.shape)
    level = facts.column(name).levels[int(code)]
    condition = Condition(column=name, op="==", value=level)
    mine, everyone = facts.share_where([condition], [int(i)]), facts.share_where([condition])
    member = scene.speaker.member(name, level)
    if member:
        return say(
            "{a} of {name} {member}, against {b} of everyone", a=percent(mine), name=scene.name(int(i)),
            member=member, b=percent(everyone),
        )  # fmt: skip
    return say(
        "For {a} of {name} the {noun} {be} “{level}”, against {b} of everyone", a=percent(mine), name=scene.name(int(i)),
        noun=bare(scene.speaker.noun(name)), be=scene.speaker.be(name),
        level=scene.lexicon.level(name, level), b=percent(everyone),
    )  # fmt: skip


def _map(scene: Scene) -> Exhibit:
    near = float(
        np.average(
            scene.clustering.borderline, weights=np.bincount(scene.clustering.labels, minlength=scene.facts.k)
        )
    )
    title = say(
        "{a} of customers sit near the border of another {group}",
        group=scene.group,
        a=percent(measure("borderline", near)),
    )
    alt = say("Map of customers, the more alike the closer. {finding}.", finding=title)
    subtitle = say(
        "Each dot is a customer; ellipses hold about half of each segment. The picture keeps {a} of the differences",
        a=percent(measure("projection_variance", scene.clustering.projection_variance)),
    )
    return _exhibit("map", title, subtitle, alt, space="usual" if scene.sums else "much")


def _dots(scene: Scene, i: int) -> Exhibit:
    facts = scene.facts
    strength = {c: abs(2 * facts.at("auc", c, i) - 1) for c in _ordered_columns(scene)}
    top = sorted(strength, key=lambda c: -round(strength[c], 6))[:MOST_DOTS]
    columns = _in_table_order(scene, top)
    periods = facts.periods
    traits = [t for t in scene.traits(i) if t.column not in periods] or scene.traits(i)
    up = [t for t in traits if t.kind in ("high", "very-high", "some")]
    down = [t for t in traits if t.kind in ("low", "very-low", "none")]
    # What they have much of tells more than that they have any.
    told = [min(found, key=lambda t: t.kind in ("some", "none")) for found in (up, down) if found]
    if told:
        title = say("Above all, they {what}", what=clauses([predicate(t, scene.speaker) for t in told]))
    else:
        title = say("They lie close to the average throughout")
    alt = say(
        "One row per measure, {name} against the other segments. {finding}.",
        name=scene.name(i),
        finding=title,
    )
    return _exhibit(
        "segment-dots", title,
        f"Distance from the average of all customers{_known(scene, columns)}; grey: other segments", alt,
        columns=columns, segment=f"S{i + 1}",
    )  # fmt: skip


def _distributions(scene: Scene, i: int) -> Exhibit | None:
    facts = scene.facts
    fit = [
        c for c in _ordered_columns(scene)
        if facts.column(c).role not in (Role.TARGET,) and facts.column(c).used_for is not Use.LEFT_OUT
    ]  # fmt: skip
    lead = [c for c in scene.sums if c in fit][:2]
    strength = sorted(
        (c for c in fit if c not in lead), key=lambda c: -round(abs(2 * facts.at("auc", c, i) - 1), 6)
    )
    columns = tuple((lead + strength)[:SPREAD])
    if len(columns) < 2:
        return None
    column = _telling_half(scene, i, columns)
    mine = facts.share_where([_above_typical(scene, column)], [i])
    title = say("{a} {more} than the typical customer", a=in_ten(mine), more=_more(scene, column))
    alt = say("Small distributions of {what}, the segment against everyone. {finding}.",
              what=formats.listing([scene.speaker.noun(c) for c in columns]), finding=title)  # fmt: skip
    return _exhibit(
        "distributions", title, "Distribution of customers; grey: everyone, colour: this segment", alt,
        columns=columns, segment=f"S{i + 1}",
    )  # fmt: skip


def _telling_half(scene: Scene, i: int, columns: tuple[str, ...]) -> str:
    """The first column, unless about half of the members are above the typical customer in it: then the most telling."""

    def off(column: str) -> float:
        return abs(scene.facts.share_where([_above_typical(scene, column)], [i]).value - 0.5)

    fit = [c for c in columns if scene.facts.column(c).role is not Role.FLAG]
    if not fit or (fit[0] == columns[0] and off(columns[0]) >= TELLING):
        return columns[0]
    return max(fit, key=lambda c: (round(off(c), 6), -columns.index(c)))


def _more(scene: Scene, column: str) -> str:
    """``spend more``, ``place more orders``, ``have a higher age``."""
    words, kind = scene.speaker.words(column), scene.speaker.measures[column].kind
    before, after = around(words.each)
    if words.each and kind in ("money", "whole") and not before.endswith("of "):
        return f"{before}more{after}"
    if scene.facts.column(column).role is Role.AGE:
        return "are older"
    if kind != "money" and words.plural:
        return f"have more {words.noun}"
    return f"have {scene.speaker.with_article(column, 'higher')}"


def _above_typical(scene: Scene, column: str) -> Condition:
    return Condition(column=column, op=">", value=scene.facts.at("median", column))


def _strips(scene: Scene) -> Exhibit:
    facts = scene.facts
    counts = np.bincount(facts.member[scene.detection.flagged], minlength=facts.k)
    rates = counts / facts.profile.size[:-1]
    if not counts.any():
        title = say("No customer passes the limit")
    elif counts.sum() == 1:  # one person: not even the group is named
        title = say("{n} customer passes the limit", n=word(measure("unusual", 1.0)))
    else:
        i = int(rates.argmax())
        title = say(
            "Unusual customers are most frequent among {name}: {a} of the group", name=scene.name(i),
            a=percent(measure("unusual_share", float(rates[i]), (f"S{i + 1}",))),
        )  # fmt: skip
    alt = say(
        "Strips of dots by segment along a score of unusualness, with the limit. {finding}.", finding=title
    )
    return _exhibit(
        "anomaly-strips",
        title,
        "Score of unusualness; each dot is a customer (a sample of the ordinary ones)",
        alt,
    )


def _method(scene: Scene) -> list[Exhibit]:
    clustering = scene.clustering
    found: list[Exhibit] = []
    if len([c for c in clustering.candidates if c.stability]) >= 2:
        if clustering.chosen == "asked":
            title = say("{k} groups were asked for", k=scene.of_k())
        elif clustering.tentative:
            title = say("{k} groups come closest to being stable", k=scene.of_k())
        else:
            title = say("{k} groups are stable and separate about as well as any number", k=scene.of_k())
        alt = say("Lines of stability and separation by number of groups. {finding}.", finding=title)
        found.append(
            _exhibit(
                "choice-of-k",
                title,
                "Stability of the least stable group; separation: gap to tables without groups",
                alt,
            )
        )
    i = max(range(scene.facts.k), key=lambda i: clustering.silhouette[scene.segments[i].cluster])
    title = say("{name} stand apart most clearly", name=scene.name(i))
    alt = say("Bars of mean silhouette by segment with the share near a border. {finding}.", finding=title)
    found.append(
        _exhibit("silhouettes", title, "Mean silhouette by segment; share of members near a border", alt)
    )
    agreement = measure("agreement", scene.hierarchy.agreement)
    title = say("A second method puts {a} of customers in the matching group", a=percent(agreement))
    alt = say("Tree of customers by Ward's method, leaves named by segment. {finding}.", finding=title)
    found.append(
        _exhibit(
            "dendrogram",
            title,
            "Ward's tree, cut at the number of segments; leaves: main segment and customers",
            alt,
        )
    )
    return found
