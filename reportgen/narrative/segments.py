"""Turn one named segment into the words of its page."""

from __future__ import annotations

import numpy as np

from reportgen.claims import measure
from reportgen.narrative.actions import actions_for
from reportgen.narrative.comparisons import can_do, compare, doing, portrait
from reportgen.narrative.scene import Scene
from reportgen.narrative.wording import against_average, count, of_ten, percent, piece, say
from reportgen.results import Action, Condition, Figure, Role, SegmentStory, Sentence, Trait, Use

MOST_WHO, FEWEST_WHO = 6, 4
MOST_ACTIONS = 3


def write(scene: Scene, i: int) -> SegmentStory:
    """Word the page of the segment at position i."""
    segment = scene.segments[i]
    telling = _telling(scene, i)
    return SegmentStory(
        segment=segment,
        portrait=portrait(segment, _for_portrait(scene, i, telling), scene.speaker),
        figures=_figures(scene, i),
        who=_who(scene, i, telling),
        apart=_apart(scene, i),
        typical=_typical(scene, i),
        named=_named(scene, i),
        actions=_actions(scene, i),
    )


def _telling(scene: Scene, i: int) -> list[Trait]:
    """Traits worth a line: those of the name, then the strongest, none twice about the same thing."""
    named = list(scene.segments[i].traits)
    kept: list[Trait] = []
    families: set[str] = set()
    for trait in [*named, *scene.traits(i)]:
        subject = scene.speaker.words(trait.column).some or scene.speaker.noun(trait.column)
        key = f"{subject}" if trait.kind != "level" else f"{trait.column}={trait.level}"
        if key in families:
            continue
        families.add(key)
        kept.append(trait)
    return kept


def _for_portrait(scene: Scene, i: int, telling: list[Trait]) -> list[Trait]:
    """One trait per theme, so that the sentence does not say the same twice."""
    themes: set[str] = set()
    kept: list[Trait] = []
    for trait in telling:
        theme = scene.speaker.words(trait.column).name.split(" ")[0]
        if theme not in themes:
            themes.add(theme)
            kept.append(trait)
    return kept


def _figures(scene: Scene, i: int) -> tuple[Figure, ...]:
    facts, speaker = scene.facts, scene.speaker
    found = [
        Figure(
            number=say("{x}", x=percent(facts.share([i]))),
            caption=(piece("of customers ({n})", n=count(facts.count([i])))),
        )
    ]
    for column in scene.sums[:2]:
        part = facts.share_of_total(column, [i])
        if np.isfinite(part.value):
            found.append(
                Figure(
                    number=say("{x}", x=percent(part)),
                    caption=(piece("of all {noun}", noun=speaker.noun(column))),
                )
            )
    main = scene.main
    if main is not None and facts.has(main):
        ratio = facts.ratio(main, [i])
        if np.isfinite(ratio.value):
            found.append(
                Figure(
                    number=say("{x}", x=speaker.value(facts.mean(main, [i]))),
                    caption=(
                        piece(
                            "average {noun}, {ratio}", noun=speaker.noun(main), ratio=against_average(ratio)
                        )
                    ),
                )
            )
    if len(found) < 4:
        again = measure("stability", scene.segments[i].stability, (f"S{i + 1}",))
        if np.isfinite(again.value):
            found.append(
                Figure(number=say("{x}", x=of_ten(again)), caption=(piece("re-runs find this group again")))
            )
    if len(found) < 4:
        odd = int(np.count_nonzero(scene.detection.flagged & (facts.member == i)))
        found.append(
            Figure(
                number=say("{x}", x=count(measure("unusual", float(odd), (f"S{i + 1}",)))),
                caption=piece("member fits no pattern" if odd == 1 else "members fit no pattern"),
            )
        )
    return tuple(found[:4])


def _who(scene: Scene, i: int, telling: list[Trait]) -> tuple[Sentence, ...]:
    sentences: list[Sentence] = []
    said: set[str] = set()
    for trait in telling:
        sentence = compare(trait, scene.facts, scene.speaker)
        if sentence is None or sentence.text in said:
            continue
        said.add(sentence.text)
        sentences.append(sentence)
        if len(sentences) == MOST_WHO:
            return tuple(sentences)
    done = {scene.speaker.words(t.column).some for t in telling}
    for column in scene.facts.columns.columns:
        if len(sentences) >= FEWEST_WHO:
            break
        if column.name not in scene.facts.profile.columns or column.role in (Role.TARGET, Role.CONSTANT):
            continue
        if any(t.column == column.name for t in telling):
            continue
        words = scene.speaker.words(column.name)
        if (
            can_do(column.name, scene.speaker)
            and words.some not in done
            and scene.facts.at("nonzero", column.name) < 0.9
        ):
            done.add(words.some)
            sentence = doing(column.name, i, scene.facts, scene.speaker)
            mine, everyone = (shown.text for shown in sentence.slots)
            if sentence.text not in said and mine != everyone:
                said.add(sentence.text)
                sentences.append(sentence)
    sentences.extend(_targets(scene, i))
    return tuple(sentences)


def _targets(scene: Scene, i: int) -> list[Sentence]:
    """Outcomes are profiled although the segments were not built from them."""
    found: list[Sentence] = []
    for column in scene.facts.columns.columns:
        if column.role is not Role.TARGET or column.name not in scene.facts.profile.columns:
            continue
        if len(column.levels) != 2 and not set(np.unique(column.values[~np.isnan(column.values)])) <= {
            0.0,
            1.0,
        }:
            continue
        mine, everyone = scene.facts.mean(column.name, [i]), scene.facts.mean(column.name)
        title = scene.speaker.title(column.name)
        if column.levels and column.levels[-1].lower() not in ("yes", "true", "y", "t"):
            title = f"{title} {column.levels[-1]}"
        found.append(
            say("{title}: {mine} (everyone: {all}).", title=title,
                mine=scene.speaker.value(mine), all=scene.speaker.value(everyone))
        )  # fmt: skip
    return found[:1]


def _apart(scene: Scene, i: int) -> tuple[Sentence, ...]:
    """The nearest neighbour, and the column in which the two differ most (categories count too)."""
    facts, speaker = scene.facts, scene.speaker
    j = scene.neighbour[i]
    if facts.k < 2 or i == j:
        return ()
    nearest = say("The nearest group is {name}.", name=scene.name(j))
    gaps: list[tuple[float, int, str]] = []
    for n, column in enumerate(facts.columns.used(Use.CLUSTERING, Use.PROFILE)):
        if column.role in (Role.TARGET, Role.CONSTANT):
            continue
        if column.levels and not column.ordered and column.name in facts.profile.level_shares:
            shares = facts.profile.level_shares[column.name]
            gaps.append((float(np.abs(shares[i] - shares[j]).max()), -n, column.name))
        elif facts.has(column.name):
            gaps.append((facts.apart(column.name, i, j), -n, column.name))
    gaps = [g for g in gaps if np.isfinite(g[0])]
    if not gaps:
        return (nearest,)
    name = max(gaps)[2]
    column, noun = facts.column(name), speaker.noun(name)
    if column.levels and not column.ordered and column.role is not Role.FLAG:
        shares = facts.profile.level_shares[name]
        level = column.levels[int(np.abs(shares[i] - shares[j]).argmax())]
        condition = Condition(column=name, op="==", value=level)
        mine, other = (percent(facts.share_where([condition], [s])) for s in (i, j))
        what = f"{noun} {scene.lexicon.level(name, level)}"
    else:
        statistic = facts.median if column.ordered else facts.mean
        mine, other = (speaker.value(statistic(name, [s])) for s in (i, j))
        what = noun
    if mine.text == other.text:
        return (nearest,)
    return (nearest, say("What differs most is {what}: {a} against {b}.", what=what, a=mine, b=other))


def _typical(scene: Scene, i: int) -> tuple[Sentence, ...]:
    """The medians of a few columns: a member who does not exist, so nobody can be recognised."""
    facts, speaker = scene.facts, scene.speaker
    columns = [c for c in scene.sums if facts.column(c).used_for != "left out"][:2]
    if len(columns) < 2:
        columns = [
            c for c in facts.profile.columns
            if facts.column(c).role not in (Role.TARGET, Role.FLAG, Role.CONSTANT)
        ][:2]  # fmt: skip
    found: list[Sentence] = []
    for column in columns:
        mine, everyone = facts.median(column, [i]), facts.median(column)
        found.append(
            say(
                "{noun} {a} (typical customer: {b}).", noun=speaker.title(column),
                a=speaker.value(mine), b=speaker.value(everyone),
            )
        )  # fmt: skip
    return tuple(found)


def _named(scene: Scene, i: int) -> tuple[Sentence, ...]:
    """The rule behind the name, and of how many it is true."""
    segment, facts = scene.segments[i], scene.facts
    again = measure("stability", segment.stability, (segment.id,))
    found: list[Sentence] = []
    if segment.conditions:
        found.append(say("The name stands for: {rule}.", rule=segment.rule))
        found.append(
            say(
                "That is true of {a} of this group and {b} of everyone else.",
                a=percent(facts.share_where(segment.conditions, [i])),
                b=percent(facts.share_where(segment.conditions, [i], rest=True)),
            )
        )
    else:
        found.append(say("No rule sets this group apart, so it has a plain name."))
    if np.isfinite(again.value):
        found.append(say("Found again in {a} re-runs on resampled data.", a=of_ten(again)))
    if segment.tentative:
        found.append(say("Treat it as tentative."))
    return tuple(found)


def _actions(scene: Scene, i: int) -> tuple[Action, ...]:
    rules = actions_for(scene, i)
    specific = [r for r in rules if r.when]
    chosen = (specific + [r for r in rules if not r.when])[:MOST_ACTIONS]
    return tuple(Action(title=say("{t}", t=r.title), body=(say("{t}", t=r.text),)) for r in chosen)
