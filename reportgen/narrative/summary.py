"""Turn the scene into the executive summary: headline, figures, findings, what is worth testing, how sure."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from reportgen import formats
from reportgen.claims import measure
from reportgen.narrative import people
from reportgen.narrative.actions import actions_for
from reportgen.narrative.comparisons import (
    SURELY,
    average,
    can_do,
    clauses,
    compare,
    most,
    predicate,
    superlative,
)
from reportgen.narrative.scene import HARDLY, Lead, Scene
from reportgen.narrative.wording import (
    against_average,
    bare,
    count,
    in_ten,
    one_in,
    percent,
    piece,
    say,
    third,
    word,
)
from reportgen.results import Action, Fact, Figure, Finding, Grade, Role, Sentence, Shown, Trait

MOST_FINDINGS, FEWEST_FINDINGS = 5, 3
MOST_ACTIONS = 4
MOST_NAMES = 2
"""More names than this do not fit a sentence that can be read in one breath."""
WORTH_SECOND = 0.08
"""Surplus below which a second concentration is not worth a place in the headline."""
FEW = 0.15
"""Share of customers below which a group counts for less when the sharpest difference is looked for."""
OFTEN = 1.5
"""Times everyone's share of unusual customers from which a group has remarkably many."""
MOST_SUMS = 5
"""Columns among which a superlative is looked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Front:
    """The summary page."""

    headline: tuple[Sentence, ...]
    deck: tuple[Sentence, ...]
    figures: tuple[Figure, ...]
    findings: tuple[Finding, ...]
    actions: tuple[Action, ...]
    grade: tuple[Sentence, ...]


def write(scene: Scene) -> Front:
    """Word the summary."""
    first, second = _pair_of_leads(scene)
    return Front(
        headline=_headline(scene, first, second),
        deck=_deck(scene, first, second),
        figures=_figures(scene, first, second),
        findings=_findings(scene, first, second),
        actions=_actions(scene),
        grade=grade(scene),
    )


def _pair_of_leads(scene: Scene) -> tuple[Lead | None, Lead | None]:
    """The two most telling concentrations: the value column's and one that is held by others, if any is."""
    if not scene.leads:
        return None, None
    first = scene.leads[0]
    rest = [x for x in scene.leads[1:] if not _same_story(scene, first, x)]
    apart = [x for x in rest if is_apart(scene, first, x)]
    overlap = [x for x in rest if set(x.segments) != set(first.segments)]
    choices = (
        [x for x in apart if x.surplus >= 0.10] or [x for x in overlap if x.surplus >= 0.10]
        or [x for x in rest if x.surplus >= WORTH_SECOND]
    )  # fmt: skip
    second = max(choices, key=lambda x: (round(x.surplus, 6), -scene.sums.index(x.column)), default=None)
    return first, second


def is_apart(scene: Scene, one: Lead, other: Lead) -> bool:
    """Whether ``other`` is held by other segments, and those of ``one`` have no more of it than their number."""
    if set(one.segments) & set(other.segments):
        return False
    share = scene.facts.share_of_total(other.column, one.segments).value
    return share <= scene.facts.share(one.segments).value


def _same_story(scene: Scene, one: Lead, other: Lead) -> bool:
    family = {
        p
        for w in scene.facts.columns.part_wholes
        if one.column in (w.whole, *w.parts)
        for p in (w.whole, *w.parts)
    }
    return other.column in family or scene.speaker.noun(one.column) == scene.speaker.noun(other.column)


def _group_share(scene: Scene, lead: Lead) -> Shown:
    return percent(scene.facts.share(lead.segments))


def _together(lead: Lead) -> Fact:
    """How many segments share the lead; the fact names them, since there may be two such leads."""
    return measure("segments_together", float(len(lead.segments)), tuple(f"S{i + 1}" for i in lead.segments))


def _group_total(scene: Scene, lead: Lead) -> Shown:
    return percent(scene.facts.share_of_total(lead.column, lead.segments))


def group_names(scene: Scene, lead: Lead) -> Sentence:
    """Who they are: one or two names, from three on how many groups."""
    if len(lead.segments) > MOST_NAMES:
        return piece("{n} groups", n=word(_together(lead)))
    return piece("{names}", names=formats.listing([scene.name(i) for i in lead.segments]))


def has_all(scene: Scene, lead: Lead) -> bool:
    """Whether nobody outside the lead's segments has anything of the column."""
    others = [i for i in range(scene.facts.k) if i not in lead.segments]
    return bool(others) and scene.facts.share_of_total(lead.column, others).value == 0.0


def lead_sentence(scene: Scene, lead: Lead, *, different: bool = False) -> Sentence:
    """Say who holds it: ``17% of customers make 53% of all purchases.``."""
    words = scene.speaker.words(lead.column)
    if has_all(scene, lead):
        some = scene.facts.share_where([scene.positive(lead.column)])
        return say("Only {a} of customers {some}.", a=percent(some), some=_do(scene, lead.column))
    template = (
        "A different {a} {verb} {b} of {noun}." if different else "{a} of customers {verb} {b} of {noun}."
    )
    return say(
        template, a=_group_share(scene, lead), verb=words.verb or "account for", b=_group_total(scene, lead),
        noun=scene.speaker.of_the(lead.column),
    )  # fmt: skip


def _do(scene: Scene, column: str) -> str:
    """What those with more than nothing do: the lexicon's verb, else «have any»."""
    if can_do(column, scene.speaker):
        return scene.speaker.words(column).some
    return f"have any {scene.speaker.noun(column)}"


def _headline(scene: Scene, first: Lead | None, second: Lead | None) -> tuple[Sentence, ...]:
    if scene.clustering.grade is Grade.NONE:
        largest = max(range(scene.facts.k), key=lambda i: scene.segments[i].size)
        opening = say("No natural groups: customers shade into one another.")
        if first is not None:
            return (opening, lead_sentence(scene, first))
        most = scene.differ_most()
        if most:
            return (opening, say("The {k} slices differ most in {most}.", k=scene.of_k(), most=most))
        share = percent(scene.facts.share([largest]))
        return (opening, say("The largest of {k} slices holds {a} of customers.", k=scene.of_k(), a=share))
    if first is None:
        return _headline_without_sums(scene)
    if second is None:
        return (lead_sentence(scene, first),)
    different = is_apart(scene, first, second)
    return (lead_sentence(scene, first), lead_sentence(scene, second, different=different))


def _headline_without_sums(scene: Scene) -> tuple[Sentence, ...]:
    """No column adds up: the sharpest difference in who is like what."""
    sharp = _sharpest(scene, taken=set())
    largest = max(range(scene.facts.k), key=lambda i: (scene.segments[i].size, -i))
    if sharp is None:
        smallest = min(range(scene.facts.k), key=lambda i: (scene.segments[i].size, i))
        return (
            say(
                "The largest of {k} groups is {a} of customers, the smallest {b}.",
                k=scene.of_k(), a=percent(scene.facts.share([largest])), b=percent(scene.facts.share([smallest])),
            ),
        )  # fmt: skip
    return (
        say(
            "{a} of customers stand apart: they {what}.",
            a=percent(scene.facts.share([sharp.segment])),
            what=clauses([predicate(sharp, scene.speaker)]),
        ),
    )


def _sharpest(scene: Scene, taken: set[int]) -> Trait | None:
    traits = [
        t
        for i in range(scene.facts.k)
        if i not in taken
        for t in scene.traits(i)
        if not t.kind.startswith("mix")
    ]
    # Few customers who differ much are less of a headline than many who do.
    best = max(
        traits,
        key=lambda t: round(t.strength * min(1.0, scene.segments[t.segment].share / FEW), 9),
        default=None,
    )
    # Told by what the group is named by, so that the name and the text agree.
    named = [
        t for t in traits if best and t.segment == best.segment and t in scene.segments[t.segment].traits
    ]
    return max(named, key=lambda t: t.strength) if named else best


def _deck(scene: Scene, first: Lead | None, second: Lead | None) -> tuple[Sentence, ...]:
    sentences: list[Sentence] = []
    if scene.clustering.grade is Grade.NONE:
        sentences.append(
            say(
                "The {k} slices below cut a continuum into ranges that can be used.",
                k=scene.of_k(),
            )
        )
        return tuple(sentences)
    sentences.append(
        say("The table of {n} customers falls into {k} groups.", n=scene.count_all(), k=scene.of_k())
    )
    if first is not None and second is not None:
        sentences.extend(_relation(scene, first, second))
    elif first is not None:
        sentences.extend(_other_end(scene, first))
    else:
        noun = scene.differ_most()
        if noun:
            sentences.append(say("They differ most in {noun}.", noun=noun))
        if re.search(r" \d+$", noun):
            sentences.append(say("What these stand for is not in the file: name them in the lexicon."))
    return tuple(sentences)


def _relation(scene: Scene, first: Lead, second: Lead) -> list[Sentence]:
    """Whether those who lead in one thing lead in the other."""
    one, other = scene.speaker.noun(first.column), scene.speaker.noun(second.column)
    if set(second.segments) == set(first.segments):
        return [say("The same customers lead in {one} and in {other}.", one=one, other=other)]
    both = scene.high_on_both(first.column, second.column)
    if is_apart(scene, first, second):
        apart = say("Those who lead in {one} are not those who lead in {other}.", one=one, other=other)
        return (
            [apart, say("Only {name} are high on both.", name=scene.name(both[0]))]
            if len(both) == 1
            else [apart]
        )
    if not both:
        return [say("No group is high on both {one} and {other}.", one=one, other=other)]
    if len(both) == 1:
        return [
            say(
                "Only {name} are high on both {one} and {other}.",
                name=scene.name(both[0]),
                one=one,
                other=other,
            )
        ]
    together = measure("segments_together", float(len(both)), tuple(f"S{i + 1}" for i in both))
    return [say("{n} groups are high on both {one} and {other}.", n=word(together), one=one, other=other)]


def _other_end(scene: Scene, lead: Lead) -> list[Sentence]:
    """Who has least for their number, when that is worth saying."""
    facts = scene.facts
    i = min(range(facts.k), key=lambda i: (facts.ratio(lead.column, [i]).value, i))
    ratio = facts.ratio(lead.column, [i]).value
    if i in lead.segments or not np.isfinite(ratio) or ratio > 0.9 or has_all(scene, lead):
        return [
            say("{names} lead in {one}.", names=group_names(scene, lead), one=scene.speaker.noun(lead.column))
        ]
    words = scene.speaker.words(lead.column)
    return [
        say(
            "At the other end, {name} are {a} of customers and {verb} {b} of the {noun}.", name=scene.name(i),
            noun=bare(words.noun),
            a=percent(facts.share([i])), verb=words.verb or "account for",
            b=percent(facts.share_of_total(lead.column, [i])),
        )
    ]  # fmt: skip


# --------------------------------------------------------------------------- figures


def _figures(scene: Scene, first: Lead | None, second: Lead | None) -> tuple[Figure, ...]:
    facts, speaker = scene.facts, scene.speaker
    found: list[Figure] = []
    for lead in (first, second):
        if lead is None:
            continue
        names = (
            piece("{name}", name=scene.name(lead.segments[0])) if len(lead.segments) == 1
            else piece("{n} groups", n=word(_together(lead)))
        )  # fmt: skip
        if has_all(scene, lead):
            number, noun = percent(facts.share_where([scene.positive(lead.column)])), _do(scene, lead.column)
            caption = piece("of customers {some}, all of them {names}", some=noun, names=names)
            if len(lead.segments) > 1:
                caption = piece("of customers {some}, all of them in {names}", some=noun, names=names)
        else:
            number = _group_total(scene, lead)
            plural = speaker.words(lead.column).plural
            held = facts.column(lead.column).role in (Role.BALANCE, Role.LIMIT)
            come = "sit with" if held else "come from"
            caption = piece(
                "of {noun} {come} {names}, {a} of customers", noun=speaker.of_the(lead.column),
                come=come if plural else third(come), names=names, a=_group_share(scene, lead),
            )  # fmt: skip
        found.append(Figure(number=say("{x}", x=number), caption=caption))
    main = scene.main
    if main is not None and facts.has(main) and 1 - facts.at("nonzero", main) >= HARDLY / 2:
        fact = facts.share_where([scene.zero(main)])
        if fact.value >= HARDLY / 2:
            words = speaker.words(main)
            found.append(
                Figure(
                    number=say("{x}", x=percent(fact)),
                    caption=piece("of all customers {none}", none=words.none or f"have no {words.noun}"),
                )
            )
    largest = max(range(facts.k), key=lambda i: (scene.segments[i].size, -i))
    found.append(
        Figure(
            number=say("{x}", x=percent(facts.share([largest]))),
            caption=piece(
                "of customers form the largest {group}, {name}", group=scene.group, name=scene.name(largest)
            ),
        )
    )
    flagged = measure("unusual", float(scene.flagged()))
    if scene.flagged() != 1:  # one person is no figure
        found.append(
            Figure(
                number=say("{x}", x=count(flagged)),
                caption=piece(
                    "customers {what}, {a} of all",
                    what=people.unlike(scene),
                    a=percent(measure("unusual_share", scene.flagged() / facts.n)),
                ),
            )
        )
    borderline = float(
        np.average(
            scene.clustering.borderline, weights=np.bincount(scene.clustering.labels, minlength=facts.k)
        )
    )
    found.append(
        Figure(
            number=say("{x}", x=percent(measure("borderline", borderline))),
            caption=piece("of customers sit near the border of another {group}", group=scene.group),
        )
    )
    return tuple(found[:4])


# --------------------------------------------------------------------------- findings


def _findings(scene: Scene, first: Lead | None, second: Lead | None) -> tuple[Finding, ...]:
    found: list[Finding] = []
    told: set[int] = set()
    if first is not None:
        found.append(_concentration(scene, first, leading=True))
        told.add(_top(scene, first))
    if second is not None and first is not None:
        found.append(_second(scene, first, second))
        told.add(heaviest(scene, second) if len(second.segments) > MOST_NAMES else _top(scene, second))
    hardly = _hardly(scene)
    if hardly is not None:
        found.append(hardly[1])
        told.add(hardly[0])
    while len(found) < MOST_FINDINGS - 1:
        trait = _sharpest(scene, told)
        if trait is None:
            break
        told.add(trait.segment)
        finding = _portrayed(scene, trait)
        if finding is None:
            continue
        found.append(finding)
    if scene.flagged():
        found.append(_odd(scene))
    return tuple(found[:MOST_FINDINGS])


def _target(i: int) -> str:
    return f"segment-S{i + 1}"


def heaviest(scene: Scene, lead: Lead) -> int:
    """The segment of the lead with the largest part of the total."""
    return max(lead.segments, key=lambda i: (scene.facts.share_of_total(lead.column, [i]).value, -i))


def _top(scene: Scene, lead: Lead) -> int:
    """The segment of the lead with the highest average."""
    return max(lead.segments, key=lambda i: scene.facts.at("mean", lead.column, i))


def _concentration(scene: Scene, lead: Lead, *, leading: bool) -> Finding:
    facts, speaker = scene.facts, scene.speaker
    words = speaker.words(lead.column)
    people = one_in(facts.share(lead.segments))
    whole = facts.share_of_total(lead.column, lead.segments)
    i = _top(scene, lead)
    if has_all(scene, lead) and len(lead.segments) == 1:
        title = say("{noun} belong to one group alone" if words.plural else "{noun} belongs to one group alone",
                    noun=words.noun)  # fmt: skip
        nobody = say("In the other groups nobody {does}.", does=third(_do(scene, lead.column)))
        return Finding(title=title, body=(nobody, *_about(scene, i, lead.column)[:1]), target=_target(i))
    if people is not None:
        title = say("{a} of {noun} {rest} on {b}", a=percent(whole), noun=speaker.of_the(lead.column), b=people,
                    rest="rest" if words.plural else "rests")  # fmt: skip
    else:
        title = say(
            "{noun} lean on {n}" if words.plural else "{noun} leans on {n}", noun=words.noun,
            n="one group" if len(lead.segments) == 1
            else piece("{n} groups", n=word(_together(lead))),
        )  # fmt: skip
    return Finding(title=title, body=_about(scene, i, lead.column), target=_target(i))


def _about(scene: Scene, i: int, column: str) -> tuple[Sentence, ...]:
    """Two sentences on segment i: its average in ``column``, and the sharpest other thing."""
    sentences: list[Sentence] = []
    mean, ratio = scene.facts.mean(column, [i]), scene.facts.ratio(column, [i])
    if np.isfinite(ratio.value) and mean.value > 0:
        sentences.append(_against(scene, i, column))
    other = _other_trait(scene, i, column)
    if other is not None:
        sentences.append(other)
    return tuple(sentences)


def _against(scene: Scene, i: int, column: str) -> Sentence:
    """``High Spenders spend 3,116 on average, 3.1 times the average.``."""
    return say(
        "{what}, {ratio}.", what=average(column, i, scene.facts, scene.speaker, who=scene.name(i)),
        ratio=against_average(scene.facts.ratio(column, [i])),
    )  # fmt: skip


def _other_trait(scene: Scene, i: int, column: str) -> Sentence | None:
    """The next thing to say of segment i that is not about ``column``: the mix first, then the strongest."""

    def other(t: Trait) -> bool:
        return t.kind.startswith("mix") or (t.column != column and not scene.echo(t.column, column))

    named = [t for t in scene.segments[i].traits if other(t) and t.kind != "moderate"]
    rest = [t for t in scene.traits(i) if other(t) and t not in named]
    for trait in [*named, *rest]:
        sentence = compare(trait, scene.facts, scene.speaker)
        if sentence is not None:
            return sentence
    return None


def _second(scene: Scene, first: Lead, second: Lead) -> Finding:
    words = scene.speaker.words(second.column)
    apart = is_apart(scene, first, second)
    noun, verb = words.noun, words.verb or "account for"
    share = _group_total(scene, second).fact.value
    if apart:
        title = (
            say("Other customers {verb} most of the {noun}", verb=verb, noun=bare(noun)) if share > 0.5
            else say("Other customers lead in {noun}", noun=noun)
        )  # fmt: skip
    elif len(second.segments) == 1:
        title = say("{name} lead in {noun}", name=scene.name(second.segments[0]), noun=noun)
    else:
        title = say(
            "{n} groups {verb} most of the {noun}" if share > 0.5
            else "{n} groups {verb} more than their part of the {noun}",
            n=word(_together(second)), verb=verb, noun=bare(noun),
        )  # fmt: skip
    many = len(second.segments) > MOST_NAMES
    top = heaviest(scene, second) if many else _top(scene, second)
    named = [top] if len(second.segments) > MOST_NAMES else list(second.segments)
    alone = (
        "{names} alone {verb} {b} of {noun}."
        if len(named) < len(second.segments)
        else "{names} {verb} {b} of {noun}."
    )
    body = [
        say(alone, names=formats.listing([scene.name(i) for i in named]), verb=verb,
            noun=scene.speaker.of_the(second.column),
            b=percent(scene.facts.share_of_total(second.column, named)))
    ]  # fmt: skip
    if has_all(scene, second):
        body = [
            say("{names} {verb} {noun}; nobody else {does}.", names=group_names(scene, second), verb=verb,
                noun=scene.speaker.of_the(second.column), does=third(_do(scene, second.column)))
        ]  # fmt: skip
    elif apart:
        i = max(first.segments, key=lambda i: scene.facts.at("mean", first.column, i))
        fact = scene.facts.share_of_total(second.column, [i])
        only = "only " if fact.value < scene.segments[i].share / 2 else ""
        body.append(
            say("{name} {verb} {only}{a} of {them}.", name=scene.name(i), verb=verb, only=only, a=percent(fact),
                them="them" if words.plural else "it")
        )  # fmt: skip
    else:
        body.append(
            say("{what}, against {all} for everyone.",
                what=average(second.column, top, scene.facts, scene.speaker,
                             who=scene.name(top) if len(named) > 1 else ""),
                all=scene.speaker.value(scene.facts.mean(second.column)))
        )  # fmt: skip
    return Finding(title=title, body=tuple(body), target=_target(top))


def _hardly(scene: Scene) -> tuple[int, Finding] | None:
    """The group that hardly does the main thing, when it is large enough to matter."""
    main = scene.main
    if main is None:
        return None
    facts, words = scene.facts, scene.speaker.words(main)
    for i in range(facts.k):
        kinds = {t.kind for t in scene.segments[i].all_traits if t.column == main}
        if not kinds & {"none", "very-low"} or scene.segments[i].share < 0.1:
            continue
        nothing = facts.share_where([scene.zero(main)], [i])
        people = one_in(facts.share([i]))
        who = people if people is not None else say("{a} of customers", a=percent(facts.share([i])))
        nothing_much = nothing.value >= 0.15
        if words.rarely and nothing.value < 0.5 and words.each and "{x}" not in words.each:
            what = f"{words.each} little"
        elif words.rarely:
            what = f"hardly {words.rarely.lower()}"
        elif words.each and "{x}" not in words.each and nothing.value < 0.5:
            what = f"{words.each} little"
        else:
            what = f"have {'hardly any' if nothing_much else 'few' if words.plural else 'little'} {bare(words.noun)}"
        if people is not None:
            what = f"hardly {third(words.rarely.lower())}" if what.startswith("hardly ") else third(what)
        title = say("{who} {what}", who=who, what=what)
        body: list[Sentence] = []
        if nothing_much:
            body.append(
                say("{a} of {name} {none}.", a=percent(nothing), name=scene.name(i),
                    none=words.none or f"have no {words.noun}")
            )  # fmt: skip
        else:
            body.append(_against(scene, i, main))
        body.extend(_instead(scene, i, main) or _more(scene, i, {main}))
        return i, Finding(title=title, body=tuple(body), target=_target(i))
    return None


def _instead(scene: Scene, i: int, main: str) -> list[Sentence]:
    """What those who hardly do the main thing do or hold instead."""
    facts, speaker = scene.facts, scene.speaker
    for trait in scene.traits(i):
        if trait.column == main or trait.kind not in ("high", "very-high", "some"):
            continue
        sentence = compare(trait, facts, speaker)
        if sentence is not None:
            return [sentence]
    # Nothing is high by rule: say what most of them do all the same (an «inactive» group may draw cash).
    for column in scene.sums:
        if column == main:
            continue
        positive = scene.positive(column)
        mine, everyone = facts.share_where([positive], [i]), facts.share_where([positive])
        if mine.value >= 0.5 and mine.value - everyone.value >= 0.05 and speaker.words(column).some:
            return [
                say("Yet {a} {some}, against {b} of everyone.", some=speaker.words(column).some,
                    a=in_ten(mine), b=in_ten(everyone))
            ]  # fmt: skip
    return []


def _portrayed(scene: Scene, trait: Trait) -> Finding | None:
    """What makes one more group worth knowing: its superlative if it has one, else its sharpest trait."""
    i = trait.segment
    share = percent(scene.facts.share([i]))
    best = _superlative(scene, i)
    if best is not None:
        column, which = best
        words = scene.speaker.words(column)
        highest = which == "highest"
        if np.isfinite(ratio := scene.facts.ratio(column, [i]).value) and ratio > 0:
            first = say(
                "{what}, against {all} for everyone.",
                what=average(column, i, scene.facts, scene.speaker, who=scene.name(i)),
                all=scene.speaker.value(scene.facts.mean(column)),
            )  # fmt: skip
        else:
            first = most(column, i, scene.facts, scene.speaker, highest=highest)
        done = superlative(column, scene.speaker, highest=highest)
        title = (
            say("{a} of customers {done}", a=share, done=done) if done
            else say("The {which} {noun} {sit} with {a} of customers", which=which, noun=bare(words.noun), a=share,
                     sit="sit" if words.plural else "sits")
        )  # fmt: skip
        more = _more(scene, i, {column})
        return Finding(title=title, body=(first, *more), target=_target(i))
    sentence = compare(trait, scene.facts, scene.speaker)
    if sentence is None:
        return None
    title = say("{name} are {a} of customers", name=scene.name(i), a=share)
    more = _more(scene, i, {trait.column})
    if scene.sums and _says_itself(scene, trait):
        # «All are female» of Female Customers says nothing: what they bring does.
        column = scene.sums[0]
        brought = say(
            "They {verb} {b} of {noun}.", verb=scene.speaker.words(column).verb or "account for",
            b=percent(scene.facts.share_of_total(column, [i])), noun=scene.speaker.of_the(column),
        )  # fmt: skip
        return Finding(title=title, body=(brought, *(more or (sentence,))), target=_target(i))
    return Finding(title=title, body=(sentence, *more), target=_target(i))


def _says_itself(scene: Scene, trait: Trait) -> bool:
    """Whether the name already says what the trait says: all of them are what they are called."""
    if trait.kind not in ("level", "yes", "no", "some", "none"):
        return False
    return (
        trait in scene.segments[trait.segment].traits
        and scene.facts.share_where(trait.conditions, [trait.segment]).value >= SURELY
    )


def _superlative(scene: Scene, i: int) -> tuple[str, str] | None:
    """The first column that adds up in which the group is clearly highest or lowest, and its traits say so too."""
    kinds = {
        t.column: t.kind
        for t in reversed(scene.traits(i))
        if t.kind in ("high", "very-high", "low", "very-low")
    }
    for column in scene.sums[: MOST_SUMS if scene.facts.k > 2 else 0]:
        kind = kinds.get(column, "")
        for words, which in ((("high", "very-high"), "highest"), (("low", "very-low"), "lowest")):
            if kind in words and scene.facts.clear_rank(column, i, highest=which == "highest"):
                return column, which
    return None


def _more(scene: Scene, i: int, told: set[str]) -> tuple[Sentence, ...]:
    for trait in scene.traits(i):
        if trait.column in told or any(scene.echo(trait.column, other) for other in told):
            continue
        if not scene.lexicon_same(trait.column, told):
            sentence = compare(trait, scene.facts, scene.speaker)
            if sentence is not None:
                return (sentence,)
    return ()


def _odd(scene: Scene) -> Finding:
    facts = scene.facts
    flagged = measure("unusual", float(scene.flagged()))
    if scene.flagged() == 1:  # one person: not even the group is named
        return Finding(
            title=say("{n} customer fits no pattern", n=word(flagged)),
            body=(say("Unusual is not wrong: check before acting."),),
            target="unusual",
        )
    title = say("{n} customers {what}", n=count(flagged), what=people.unlike(scene))
    counts = np.bincount(facts.member[scene.detection.flagged], minlength=facts.k)
    rates = counts / facts.profile.size[:-1]
    many = [i for i in range(facts.k) if rates[i] >= OFTEN * scene.flagged() / facts.n]
    body: list[Sentence] = []
    if many:
        i = max(many, key=lambda i: (counts[i], -i))
        whole = i in scene.scattered()
        here, part = (
            measure(what, float(number[i]), (f"S{i + 1}",))
            for what, number in (("unusual", counts), ("unusual_share", rates))
        )
        of_them = people.some_of(int(counts[i]), int(counts.sum()))
        body.append(
            say(of_them + " {name}.", name=scene.name(i), a=count(here)) if whole
            else say(of_them + " {name}, {b} of that group.", name=scene.name(i), a=count(here), b=percent(part))
        )  # fmt: skip
        if whole:
            body.append(people.scattered(here, part))
    else:
        body.append(
            say("They are {a} of all and spread over the groups.",
                a=percent(measure("unusual_share", scene.flagged() / facts.n)))
        )  # fmt: skip
    kind = people.commonest(scene)
    if kind is not None:
        body.append(kind)
    body.append(say("Unusual is not wrong: check before acting."))
    return Finding(title=title, body=tuple(body), target="unusual")


# --------------------------------------------------------------------------- worth testing, and how sure


def _actions(scene: Scene) -> tuple[Action, ...]:
    """A different thing to test for each of the most important groups; the same for two where no other is left."""
    found: dict[str, tuple[str, list[int]]] = {}
    left: list[int] = []
    for i in sorted(range(scene.facts.k), key=lambda i: -_importance(scene, i)):
        rule = next((r for r in actions_for(scene, i) if r.when and r.key not in found), None)
        if rule is None:
            left.append(i)
        elif len(found) < MOST_ACTIONS:
            found[rule.key] = (rule.text, [i])
    if len(found) < MOST_ACTIONS:
        for i in left:
            same = next(
                (r for r in actions_for(scene, i) if r.when and len(found[r.key][1]) < MOST_NAMES), None
            )
            if same is not None:
                found[same.key][1].append(i)
    return tuple(
        Action(
            title=say("{names}", names=formats.listing([scene.name(i) for i in members])),
            body=(say("{text}", text=text),),
        )
        for text, members in found.values()
    )


def _importance(scene: Scene, i: int) -> float:
    shares = [scene.facts.share_of_total(c, [i]).value for c in scene.sums[:3]]
    return max([*(s for s in shares if np.isfinite(s)), scene.segments[i].share])


def grade(scene: Scene) -> tuple[Sentence, ...]:
    """How far to trust the groups, in words an executive understands."""
    clustering = scene.clustering
    sizes = np.bincount(clustering.labels, minlength=clustering.k)
    found = measure("stability", float(np.average(clustering.stability, weights=sizes)))
    near = measure("borderline", float(np.average(clustering.borderline, weights=sizes)))
    sentences: list[Sentence] = []
    group = scene.group
    if clustering.grade is Grade.CLEAR:
        sentences.append(
            say(
                "The groups are clear: they separate far better than groups in made-up tables that hold none."
            )
        )
    elif clustering.grade is Grade.WEAK:
        sentences.append(
            say(
                "The groups are real but blurred: they separate better than groups in made-up tables that hold none, but not by far."
            )
        )
    else:
        sentences.append(
            say("There are no natural groups: made-up tables that hold none can be sliced just as well.")
        )
    if np.isfinite(found.value):
        sentences.append(
            say(
                "The search, repeated on random draws of the customers, finds {group}s that share {a} of their members with these.",
                a=percent(found),
                group=group,
            )
        )
    sentences.append(
        say("{b} of customers sit near the border of another {group}.", b=percent(near), group=group)
    )
    if clustering.tentative:
        sentences.append(
            say("At least one {group} did not come back reliably: treat it as tentative.", group=group)
        )
    return tuple(sentences)
