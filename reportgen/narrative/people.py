"""Turn flagged customers into sentences: about one person for customers/, counted together for the report."""

from __future__ import annotations

from collections import Counter

from reportgen import formats
from reportgen.claims import measure
from reportgen.lexicon import LONGEST_LEVEL, sayable
from reportgen.narrative.scene import Scene
from reportgen.narrative.wording import count, percent, say
from reportgen.results import Anomaly, Case, Fact, Reason, Sentence

MOST_KINDS = 6
FEW, LEAST_PEOPLE = 3, 11
"""A kind of unusualness with fewer customers than the second is not counted (small cells; RELIABILITY.md 2.6),
with fewer than the first not mentioned."""


def cases(scene: Scene) -> tuple[Case, ...]:
    """Every flagged customer with its reasons, highest score first."""
    return tuple(
        Case(
            customer=scene.facts.columns.customers[anomaly.row],
            segment=f"S{int(scene.facts.member[anomaly.row]) + 1}",
            score=anomaly.score,
            level="extreme" if anomaly.extreme else "unusual",
            reasons=tuple(_reason(scene, anomaly, reason) for reason in anomaly.reasons),
        )
        for anomaly in scene.detection.anomalies
    )


def _reason(scene: Scene, anomaly: Anomaly, reason: Reason) -> str:
    measure_ = scene.speaker.measures[reason.column]
    column = scene.facts.column(reason.column)
    if column.levels and not column.ordered:
        level = scene.lexicon.level(reason.column, column.levels[int(reason.value)])
        shown = level if sayable(level) else f"{level[:LONGEST_LEVEL]}…"
    else:
        shown = formats.value(reason.value, measure_.kind, measure_.unit, measure_.percent, measure_.scale)
        if measure_.kind == "flag":
            shown = "yes" if reason.value else "no"
    more = "more" if reason.higher else "less"
    segment = scene.name(int(scene.facts.member[anomaly.row]))
    if anomaly.scope == "combination":
        return f"{measure_.title} {shown}: ordinary alone, unusual together with the rest"
    if reason.beyond_all >= 0.99 or anomaly.scope == "everyone":
        if reason.as_extreme == 0:
            return f"{measure_.title} {shown}: nobody has {more}"
        if reason.as_extreme <= 20:
            others = "customer has" if reason.as_extreme == 1 else "customers have"
            return f"{measure_.title} {shown}: only {formats.words(reason.as_extreme)} other {others} as much or {more}"
        return f"{measure_.title} {shown}: {more} than {formats.percent(reason.beyond_all)} of customers"
    return f"{measure_.title} {shown}: {more} than {formats.percent(reason.beyond_segment)} of {segment}"


def _first_reasons(scene: Scene) -> Counter[tuple[str, bool]]:
    """Flagged customers by the column and the side of their strongest reason."""
    return Counter(
        (a.reasons[0].column, a.reasons[0].higher)
        for a in scene.detection.anomalies
        if a.reasons and a.scope != "combination"
    )


def unlike(scene: Scene) -> str:
    """What flagged customers do: where most of a segment are flagged it would be wrong that they fit no pattern."""
    return "are unlike the rest" if scene.scattered() else "fit no pattern"


def some_of(number: int, flagged: int) -> str:
    """How a sentence goes on from ``flagged`` customers to the ``number`` of them of whom it speaks next."""
    return "all {a} are" if number == flagged else "{a} of them are"


def scattered(here: Fact, part: Fact) -> Sentence:
    """Of a segment of whom most are flagged: what that means."""
    return say(
        "The {a} are {b} of their group: its members are few, and far from everyone else and from each other.",
        a=count(here),
        b=percent(part),
    )


def commonest(scene: Scene) -> Sentence | None:
    """What most of the flagged customers stand out by, when enough do so by the same thing."""
    together = sum(a.scope == "combination" for a in scene.detection.anomalies)
    (column, higher), number = min(
        _first_reasons(scene).items(), key=lambda item: (-item[1], item[0]), default=(("", True), 0)
    )
    if together >= max(number, LEAST_PEOPLE):
        n = count(measure("unusual:combination", float(together)))
        return say("In all, {n} stand out by a combination of values that are not rare alone.", n=n)
    if number < LEAST_PEOPLE:
        return None
    n = count(measure(f"unusual:{column}:{'high' if higher else 'low'}", float(number)))
    return say(
        "In all, {n} stand out by {level} {noun}, more than by anything else.", n=n,
        level="very high" if higher else "very low", noun=scene.speaker.noun(column),
    )  # fmt: skip


def kinds(scene: Scene) -> tuple[Sentence, ...]:
    """What flagged customers stand out by, counted: each by its strongest reason."""
    anomalies = scene.detection.anomalies
    first = _first_reasons(scene)
    total = len(anomalies)
    found: list[Sentence] = []
    few: dict[str, list[str]] = {}
    shown = told = 0
    for (column, higher), number in sorted(first.items(), key=lambda item: (-item[1], item[0])):
        if number < FEW or told == MOST_KINDS:
            break
        shown += number
        told += 1
        level, noun = "very high" if higher else "very low", scene.speaker.noun(column)
        if number < LEAST_PEOPLE:
            few.setdefault(level, []).append(noun)
            continue
        fact = measure(f"unusual:{column}:{'high' if higher else 'low'}", float(number))
        found.append(say("{n} stand out by {level} {noun}.", n=count(fact), level=level, noun=noun))
    for level, nouns in few.items():  # each kind by itself, too few to be counted
        what = formats.listing(nouns) if len(nouns) < 2 else f"{', '.join(nouns[:-1])} or {nouns[-1]}"
        found.append(say("A few stand out by {level} {what}.", level=level, what=what))
    together = sum(a.scope == "combination" for a in anomalies)
    if together >= LEAST_PEOPLE:
        found.append(
            say("{n} have no value that is rare alone: it is the combination that is rare.",
                n=count(measure("unusual:combination", float(together))))
        )  # fmt: skip
        shown += together
    if total > 1 and not found:
        found.append(say("Each of them stands out by something else."))
    elif total - shown >= LEAST_PEOPLE:
        found.append(
            say("{n} stand out by something else.", n=count(measure("unusual:other", float(total - shown))))
        )
    extreme = sum(a.extreme for a in anomalies)
    if extreme >= LEAST_PEOPLE:
        found.append(
            say("In all, {n} are extremely unusual, {a} of all customers.", n=count(measure("extreme", float(extreme))),
                a=percent(measure("extreme_share", extreme / scene.facts.n)))
        )  # fmt: skip
    return tuple(found)
