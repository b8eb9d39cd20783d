"""Turn one named segment into the words of its page."""

from __future__ import annotations

from collections import Counter

import numpy as np

from reportgen import formats
from reportgen.claims import measure
from reportgen.lexicon import sayable
from reportgen.narrative.actions import actions_for
from reportgen.narrative.comparisons import (
    HIGH_KINDS,
    LOW_KINDS,
    can_do,
    clauses,
    compare,
    doing,
    portrait,
    predicate,
    typical,
)
from reportgen.narrative.scene import Scene
from reportgen.narrative.wording import against_average, bare, count, in_ten, of_ten, percent, piece, say
from reportgen.results import Action, Condition, Figure, Role, SegmentStory, Sentence, Trait, Use

MOST_WHO, FEWEST_WHO = 6, 4
MOST_TYPICAL = 2
MOST_ACTIONS = 3
MOST_SUPERLATIVES, MOST_PLAIN, MOST_ALIKE = 2, 2, 3
"""Sentences of one shape on a page; what is beyond is said in another way, or together."""
MOST_SHAPE = 2
"""Sentences that begin with the same two words."""
_LEVELS = (*HIGH_KINDS, *LOW_KINDS)
MANY, NEARLY_EVERYTHING = 6, 0.8
"""From so many measures, and so large a part of them on one side of the average, the whole is worth a sentence."""
WORTH_SAYING = 0.05
"""Difference in shares below which a column that sets nobody apart is not worth a line."""
YES = ("yes", "true", "y", "t", "1")


def write(scene: Scene, i: int) -> SegmentStory:
    """Word the page of the segment at position i."""
    segment = scene.segments[i]
    telling = _telling(scene, i)
    who = _who(scene, i, telling)
    return SegmentStory(
        segment=segment,
        portrait=portrait(segment, _for_portrait(scene, i, telling), scene.speaker),
        figures=_figures(scene, i),
        who=who,
        apart=_apart(scene, i),
        typical=_typical(scene, i, who),
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
        name = scene.speaker.words(trait.column).name
        theme = name if any(c.isdigit() for c in name) else name.split(" ")[0]
        if theme not in themes and not any(scene.echo(trait.column, t.column) for t in kept):
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
        if np.isfinite(part.value) and part.value > 0:
            found.append(
                Figure(
                    number=say("{x}", x=percent(part)),
                    caption=piece("of {noun}", noun=speaker.of_the(column)),
                )
            )
    main = scene.main
    if main is not None and facts.has(main) and facts.enough(main, i):
        mean, ratio = facts.mean(main, [i]), facts.ratio(main, [i])
        noun = bare(speaker.noun(main))
        if np.isfinite(ratio.value):
            what = f"average {noun}" if " per " in noun else f"{noun} per customer"
            what += " with a known value" if speaker.partly(main) else ""
            against = (
                piece("{what}, {ratio}", what=what, ratio=against_average(ratio)) if ratio.value > 0
                else piece("{what} (everyone: {all})", what=what, all=speaker.value(facts.mean(main)))
            )  # fmt: skip
            found.append(Figure(number=say("{x}", x=speaker.value(mean)), caption=against))
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
                caption=piece("{what}", what=_unlike(scene, i, odd)),
            )
        )
    return tuple(found[:4])


def _unlike(scene: Scene, i: int, odd: int) -> str:
    if i in scene.scattered():
        return "members are unlike everyone and each other"
    return "member fits no pattern" if odd == 1 else "members fit no pattern"


def _who(scene: Scene, i: int, telling: list[Trait]) -> tuple[Sentence, ...]:
    """What sets the members apart, each thing once: the name's traits, then the strongest."""
    facts, speaker = scene.facts, scene.speaker
    found: list[Sentence] = []
    alike: dict[bool, list[str]] = {True: [], False: []}
    told: list[str] = []
    more: list[Trait] = []
    shapes: Counter[str] = Counter()
    superlatives = plain = 0
    for n, trait in enumerate(telling):
        if len(found) == MOST_WHO:
            break
        if any(scene.echo(trait.column, other) for other in told):
            continue
        if plain >= MOST_PLAIN and n >= len(scene.segments[i].traits) and _is_plain(scene, trait):
            alike[trait.kind in HIGH_KINDS].append(speaker.words(trait.column).noun)
            continue
        sentence = compare(trait, facts, speaker, best=superlatives < MOST_SUPERLATIVES)
        if sentence is None or sentence in found:
            continue
        shape = " ".join(sentence.text.split(" ")[:2])
        if shapes[shape] >= MOST_SHAPE and n >= len(scene.segments[i].traits) and trait.kind in _LEVELS:
            more.append(trait)
            continue
        shapes[shape] += 1
        found.append(sentence)
        told.append(trait.column)
        superlatives += "of all groups" in sentence.text.lower()
        plain += _is_plain(scene, trait)
    also = _also(alike)
    if more:
        said = tuple(dict.fromkeys(predicate(t, speaker) for t in more[:MOST_ALIKE]))
        what = clauses(said)
        are = what.startswith("are ")
        line = say("They are also {what}.", what=what[4:]) if are else say("They also {what}.", what=what)
        also = [line, *also]
    beside = _beside(scene, i)
    room = MOST_WHO - len(also) - len(beside)
    found = [*found[:1], *beside, *found[1:room], *also]
    done = {speaker.words(t.column).some for t in telling}
    for column in facts.columns.columns:
        if len(found) >= FEWEST_WHO:
            break
        if column.name not in facts.profile.columns or column.role in (Role.TARGET, Role.CONSTANT):
            continue
        if any(t.column == column.name for t in telling):
            continue
        some = speaker.words(column.name).some
        if can_do(column.name, speaker) and some not in done and facts.at("nonzero", column.name) < 0.9:
            done.add(some)
            gap = facts.at("nonzero", column.name, i) - facts.at("nonzero", column.name)
            sentence = doing(column.name, i, facts, speaker) if abs(gap) >= WORTH_SAYING else None
            if sentence is not None:
                found.append(sentence)
    return (*found, *_targets(scene, i))


def _is_plain(scene: Scene, trait: Trait) -> bool:
    """Whether only the general sentence fits: a number of a column for which nobody wrote a verb."""
    words = scene.speaker.words(trait.column)
    return trait.kind in _LEVELS and not (words.each or words.typical)


def _also(alike: dict[bool, list[str]]) -> list[Sentence]:
    """Columns that would each get the same sentence, named together."""
    parts = [
        f"{'high' if high else 'low'} in {formats.listing(alike[high][:MOST_ALIKE])}"
        for high in (True, False)
        if alike[high]
    ]
    return [say("They are also {what}.", what=", and ".join(parts))] if parts else []


def _beside(scene: Scene, i: int) -> list[Sentence]:
    """On which side of the average they lie in nearly everything, if it is nearly always the same."""
    segment = (f"S{i + 1}",)
    above, below, all_ = scene.facts.sides(i)
    if all_ < MANY:
        return []
    for number, which in ((above, "above"), (below, "below")):
        if number == all_:
            return [
                say("They lie {which} the average in all {m} measures.", which=which,
                    m=count(measure(f"columns_{which}", float(number), segment)))
            ]  # fmt: skip
        if number >= NEARLY_EVERYTHING * all_:
            return [
                say(
                    "They lie {which} the average in {n} of {m} measures.", which=which,
                    n=count(measure(f"columns_{which}", float(number), segment)),
                    m=count(measure("columns_compared", float(all_), segment)),
                )
            ]  # fmt: skip
    return []


def _targets(scene: Scene, i: int) -> list[Sentence]:
    """Outcomes are profiled although the segments were not built from them."""
    facts, speaker = scene.facts, scene.speaker
    for column in facts.columns.columns:
        if column.role is not Role.TARGET or column.name not in facts.profile.columns:
            continue
        if not facts.enough(column.name, i):
            continue
        known = column.values[~np.isnan(column.values)]
        if len(column.levels) != 2 and not set(np.unique(known)) <= {0.0, 1.0}:
            continue
        mine, everyone = speaker.value(facts.mean(column.name, [i])), speaker.value(facts.mean(column.name))
        if mine.text == everyone.text:
            return []
        named = column.levels[-1] if column.levels else ""
        if can_do(column.name, speaker) and (not named or named.lower() in YES):
            return [
                say(
                    "{mine} {what} (everyone: {all}).",
                    what=speaker.words(column.name).some,
                    mine=mine,
                    all=everyone,
                )
            ]
        level = (
            "“yes”" if not named or named.lower() in YES else f"“{speaker.lexicon.level(column.name, named)}”"
        )
        return [
            say(
                "For {mine} the {noun} {be} {level} (everyone: {all}).", noun=bare(speaker.noun(column.name)),
                be=speaker.be(column.name), level=level, mine=mine, all=everyone,
            )
        ]  # fmt: skip
    return []


def _apart(scene: Scene, i: int) -> tuple[Sentence, ...]:
    """The nearest neighbour, and the column in which the two differ most (categories count too)."""
    facts = scene.facts
    j = scene.neighbour[i]
    if facts.k < 2 or i == j:
        return ()
    nearest = say("The nearest group is {name}.", name=scene.name(j))
    gaps: list[tuple[float, int, str]] = []
    for n, column in enumerate(facts.columns.used(Use.CLUSTERING, Use.PROFILE)):
        if column.role in (Role.TARGET, Role.CONSTANT) or not all(sayable(x) for x in column.levels):
            continue
        if column.name in facts.periods:
            continue  # one month of many: the total says it
        if column.levels and not column.ordered and column.name in facts.profile.level_shares:
            shares = facts.profile.level_shares[column.name]
            gaps.append((float(np.abs(shares[i] - shares[j]).max()), -n, column.name))
        elif facts.has(column.name) and all(
            facts.enough(column.name, s) and facts.mostly_known(column.name, s) for s in (i, j)
        ):
            gaps.append((facts.apart(column.name, i, j), -n, column.name))
    gaps = [g for g in gaps if np.isfinite(g[0])]
    if not gaps:
        return (nearest,)
    differ = _difference(scene, max(gaps)[2], i, j)
    return (nearest,) if differ is None else (nearest, differ)


def _difference(scene: Scene, name: str, i: int, j: int) -> Sentence | None:
    """The column in which segment i differs most from its neighbour j, with both figures."""
    facts, speaker = scene.facts, scene.speaker
    column, noun = facts.column(name), bare(speaker.noun(name))
    if column.role is Role.FLAG or (column.levels and not column.ordered):
        if column.role is Role.FLAG:
            condition = Condition(column=name, op="==", value=1.0)
            what = speaker.words(name).some
        else:
            shares = facts.profile.level_shares[name]
            level = column.levels[int(np.abs(shares[i] - shares[j]).argmax())]
            condition = Condition(column=name, op="==", value=level)
            text = f"“{speaker.lexicon.level(name, level)}”"
            what = speaker.member(name, level) or f"have {text} as their {noun}"
        mine, other = (in_ten(facts.share_where([condition], [s])) for s in (i, j))
        template = "The two differ most in one thing: {a} {what} here, {b} there."
    else:
        what = noun
        statistic = facts.median if column.ordered else facts.mean
        mine, other = (speaker.value(statistic(name, [s])) for s in (i, j))
        template = (
            "The two differ most in {what}: {a} is typical here, {b} there." if column.ordered
            else "The two differ most in {what}: {a} on average here, {b} there."
        )  # fmt: skip
    if mine.text == other.text:
        return None
    plain = column.role is Role.FLAG or (column.levels and not column.ordered)
    template = (
        template if plain or not speaker.partly(name) else template.replace(" there.", " there, where known.")
    )
    return say(template, what=what, a=mine, b=other)


def _typical(scene: Scene, i: int, said: tuple[Sentence, ...]) -> tuple[Sentence, ...]:
    """The medians of a few columns: a member who does not exist, so nobody can be recognised."""
    facts = scene.facts
    lead = [c for c in scene.sums[:3] if facts.column(c).used_for != "left out"]
    measured = [
        c for c in facts.profile.columns
        if facts.column(c).role not in (Role.TARGET, Role.FLAG, Role.CONSTANT) and c not in lead
        and c not in facts.periods and facts.mostly_known(c, i) and facts.enough(c, i)
    ]  # fmt: skip
    telling = [t.column for t in scene.traits(i) if t.column in measured]
    found: list[Sentence] = []
    for column in dict.fromkeys([*lead, *telling, *measured]):
        sentence = typical(column, i, facts, scene.speaker)
        if sentence is not None and sentence not in said:
            found.append(sentence)
        if len(found) == MOST_TYPICAL:
            break
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
