"""Turn the scene into the pages that are not about one segment: overview, profiles, unusual, method, data."""

from __future__ import annotations

import numpy as np

from reportgen import formats
from reportgen.claims import measure
from reportgen.narrative import people
from reportgen.narrative.scene import Lead, Scene
from reportgen.narrative.summary import (
    MOST_NAMES,
    WORTH_SECOND,
    group_names,
    has_all,
    heaviest,
    is_apart,
    lead_sentence,
)
from reportgen.narrative.wording import count, in_ten, of_ten, percent, say, word
from reportgen.results import Condition, Finding, Grade, Sentence, TextPage, Use

_SCALINGS = {
    "yeo-johnson": "Each column was made symmetric (Yeo-Johnson), its outermost hundredth on each side pulled in, and put on one scale.",
    "standard": "Each column was put on one scale by its mean and standard deviation.",
    "minmax": "Each column was put on one scale from its lowest to its highest value.",
    "robust": "Each column was put on one scale by its median and quartiles.",
    "log": "Each column was put on a logarithmic scale and standardised.",
    "rank": "Each column was replaced by the rank of its values.",
}


def overview(scene: Scene) -> TextPage:
    """Who holds what."""
    leads = [x for n, x in enumerate(scene.leads) if n == 0 or x.surplus >= WORTH_SECOND]
    if len(leads) >= 2 and is_apart(scene, leads[0], leads[1]):
        title = say("{a} and {b} sit with different customers", a=scene.speaker.noun(leads[0].column),
                    b=scene.speaker.noun(leads[1].column))  # fmt: skip
    elif leads:
        title = say("Where the {noun} sit" if scene.speaker.words(leads[0].column).plural else "Where the {noun} sits",
                    noun=scene.speaker.noun(leads[0].column))  # fmt: skip
    else:
        title = say("How large the groups are")
    deck: list[Sentence] = []
    for lead in leads[:2]:
        names = group_names(scene, lead)
        verb = scene.speaker.words(lead.column).verb or "account for"
        noun = scene.speaker.of_the(lead.column)
        if has_all(scene, lead):
            deck.append(say("{names} {verb} {noun}.", names=names, verb=verb, noun=noun))
            continue
        if len(lead.segments) > MOST_NAMES:
            top = heaviest(scene, lead)
            deck.append(
                say("{name} alone {verb} {b} of {noun}.", name=scene.name(top), verb=verb, noun=noun,
                    b=percent(scene.facts.share_of_total(lead.column, [top])))
            )  # fmt: skip
            continue
        deck.append(
            say("{names} {verb} {b} of {noun}.", verb=verb, names=names, noun=noun,
                b=percent(scene.facts.share_of_total(lead.column, lead.segments)))
        )  # fmt: skip
    if not leads:
        largest = max(range(scene.facts.k), key=lambda i: (scene.segments[i].size, -i))
        deck.append(
            say("{name} are the largest, with {a} of customers.", name=scene.name(largest),
                a=percent(scene.facts.share([largest])))
        )  # fmt: skip
    body = [
        Finding(
            title=say("{noun}", noun=scene.speaker.title(lead.column)),
            body=(lead_sentence(scene, lead), _least(scene, lead)),
        )
        for lead in leads[:4]
    ]
    return TextPage(title=title, deck=tuple(deck), body=tuple(body[:2]))


def _least(scene: Scene, lead: Lead) -> Sentence:
    """Who has least of it; when it is nothing, that is said of all who have nothing."""
    facts, words = scene.facts, scene.speaker.words(lead.column)
    if has_all(scene, lead):
        return say("Nobody else has any.")
    nothing = [i for i in range(facts.k) if facts.share_of_total(lead.column, [i]).value == 0.0]
    if nothing:
        if len(nothing) <= MOST_NAMES:
            return say("{names} have none.", names=formats.listing([scene.name(i) for i in nothing]))
        together = measure("segments_together", float(len(nothing)), tuple(f"S{i + 1}" for i in nothing))
        return say("{n} groups have none.", n=word(together))
    i = min(range(facts.k), key=lambda i: facts.at("mean", lead.column, i))
    return say(
        "{name} {verb} {a} of {them}, the least for their number." if facts.k > 2 else "{name} {verb} {a} of {them}.", them="them" if words.plural else "it",
        name=scene.name(i), verb=words.verb or "account for", a=percent(facts.share_of_total(lead.column, [i])),
    )  # fmt: skip


def profiles(scene: Scene) -> TextPage:
    """What sets the segments apart."""
    both = [
        i for i in range(scene.facts.k)
        if {t.kind for t in scene.traits(i)} & {"high", "very-high", "some", "yes"}
        and {t.kind for t in scene.traits(i)} & {"low", "very-low", "none", "no"}
    ]  # fmt: skip
    if len(both) == scene.facts.k:
        title = say("Every group is high on something and low on something else")
        deck: tuple[Sentence, ...] = (say("So one score for all customers would hide most of what matters."),)
    else:
        title = say("What sets each group apart")
        n = measure("high_and_low", float(len(both)))
        deck = (
            (say("{n} of {k} groups are high on some measures and low on others.", n=word(n), k=scene.of_k()),)
            if len(both) > 1 else ()
        )  # fmt: skip
    most, least = scene.differ_most(), scene.differ_most(least=True)
    if most:
        rest = f", and least in {least}" if least else ""
        deck = (*deck, say("The groups differ most in {a}{rest}.", a=most, rest=rest))
    return TextPage(title=title, deck=deck)


def unusual(scene: Scene) -> TextPage:
    """Who fits no pattern, together."""
    facts, flagged = scene.facts, scene.flagged()
    if not flagged:
        return TextPage(
            title=say("No customer stands far outside the pattern"),
            deck=(say("The most unusual customer is still close to the others."),),
        )
    n = count(measure("unusual", float(flagged)))
    if flagged == 1:  # one person: not even the group is named
        return TextPage(
            title=say("{n} customer fits no pattern", n=word(measure("unusual", 1.0))),
            deck=(say("Unusual is not wrong: check before acting."),),
        )
    counts = np.bincount(facts.member[scene.detection.flagged], minlength=facts.k)
    i = int(counts.argmax())
    here = measure("unusual", float(counts[i]), (f"S{i + 1}",))
    whole = i in scene.scattered()
    title = say(
        "{n} customers {what}; " + people.some_of(int(counts[i]), flagged) + " {name}",
        n=n, what=people.unlike(scene), a=count(here), name=scene.name(i),
    )  # fmt: skip
    part = measure("unusual_share", float(counts[i] / facts.profile.size[i]), (f"S{i + 1}",))
    deck = (
        say("They are {a} of all customers.", a=percent(measure("unusual_share", flagged / facts.n))),
        *((people.scattered(here, part),) if whole else ()),
        say(
            "Unusual is not wrong: a data error, a large client and a fraud look alike from here. Check before acting."
        ),
    )
    return TextPage(title=title, deck=deck)


def method(scene: Scene) -> TextPage:
    """How the segments were found and how far to trust them."""
    clustering, hierarchy = scene.clustering, scene.hierarchy
    built = len({t.column for t in scene.features.transforms})
    title = say("How the groups were found, and how far to trust them")
    k = scene.of_k()
    if clustering.chosen == "asked":
        chosen = say("The number of groups, {k}, was asked for.", k=k)
    elif clustering.tentative:
        chosen = say("No number of groups was stable enough; {k} came closest.", k=k)
    else:
        chosen = say(
            "{k} is the smallest number whose groups come back in every re-run and separate about as well as any.",
            k=k,
        )
    structure = {
        Grade.CLEAR: "Set against made-up tables with the same columns and no groups, the gap is wide: the groups are clear.",
        Grade.WEAK: "Set against made-up tables with the same columns and no groups, the gap is narrow: the borders are blurred.",
        Grade.NONE: "Made-up tables with the same columns and no groups look much the same: there are no natural groups.",
    }[clustering.grade]
    body = [
        Finding(
            title=say("Preparation"),
            body=(
                say("{n} columns were used.", n=count(measure("columns_used", float(built)))),
                say("{text}", text=_SCALINGS.get(scene.features.scaling, _SCALINGS["yeo-johnson"])),
            ),
        ),
        Finding(
            title=say("Groups"),
            body=(say("Customers were grouped by K-means."), chosen, say("{text}", text=structure)),
        ),
        Finding(
            title=say("Second opinion"),
            body=(
                say("A tree of customers (Ward) puts {a} in the matching group.", a=percent(measure("agreement", hierarchy.agreement))),
                say("That is agreement, not proof."),
            ),
        ),
        Finding(
            title=say("Limits"),
            body=(
                say("The groups describe one period and one table."),
                say("They are a summary of behaviour, not a decision about a person."),
            ),
        ),
    ]  # fmt: skip
    return TextPage(title=title, deck=_trust(scene), body=tuple(body))


def _trust(scene: Scene) -> tuple[Sentence, ...]:
    stability = scene.clustering.stability
    if not np.isfinite(stability).all():
        return ()
    weakest = int(np.argmin([s.stability for s in scene.segments]))
    return (
        say(
            "The least stable group, {name}, came back in {a} re-runs on resampled customers.",
            a=of_ten(measure("stability", scene.segments[weakest].stability, (f"S{weakest + 1}",))),
            name=scene.name(weakest),
        ),
    )


def quality(scene: Scene) -> TextPage:
    """What was read, what was missing, what was left out."""
    facts, columns = scene.facts, scene.facts.columns
    read, used = (
        measure("rows_read", float(columns.rows_read)),
        measure("rows_used", float(columns.rows_used)),
    )
    if columns.rows_gathered is not None:
        deck = [
            say(
                "The file has {all} rows, which were gathered to {n} customers.",
                n=count(used),
                all=count(read),
            )
        ]
    elif columns.rows_set_aside:
        deck = [say("{n} of {all} rows were used.", n=count(used), all=count(read))]
    else:
        deck = [say("All {n} rows of the file were used.", n=count(used))]
    if columns.rows_set_aside:
        aside = measure("rows_set_aside", float(columns.rows_set_aside))
        deck.append(
            say(
                "{x} row could not be used and was set aside."
                if aside.value == 1
                else "{x} rows could not be used and were set aside.",
                x=word(aside),
            )
        )
    body: list[Finding] = []
    missing = [c for c in columns.used(Use.CLUSTERING, Use.PROFILE) if c.missing and not c.derived_from]
    missing.sort(key=lambda c: -c.missing)
    fills = {f.column: f for f in scene.features.fills}
    for column in missing[:3]:
        fact = facts.count([], [Condition(column=column.name, op="missing")])
        sentences = [
            say(
                "{n} customers have no {noun} on record.", n=count(fact), noun=scene.speaker.noun(column.name)
            )
            if fact.value != 1
            else say(
                "{n} customer has no {noun} on record.",
                n=word(fact),
                noun=_lower(scene.speaker.title(column.name)),
            )
        ]
        fill = fills.get(column.name)
        if fill is not None and fill.tied_to:
            tie = measure(f"tied:{column.name}", fill.tied_share)
            sentences.append(
                say(
                    "For {a} of them {tie}, so the gaps are not random.",
                    a=in_ten(tie),
                    tie=_tie(scene, fill.tied_to),
                )
            )
        if fill is not None:
            sentences.append(
                say("The typical value stands in for grouping; averages leave these customers out.")
            )
        body.append(Finding(title=say("{t}", t=scene.speaker.title(column.name)), body=tuple(sentences)))
    if not missing:
        body.append(
            Finding(title=say("Missing values"), body=(say("No value is missing in the columns used."),))
        )
    left = [c for c in columns.columns if c.used_for is Use.LEFT_OUT]
    if left:
        fact = measure("columns_left_out", float(len(left)))
        body.append(
            Finding(
                title=say("Left out"),
                body=(
                    say("{n} columns were left out; the table below says why.", n=word(fact)) if len(left) > 1
                    else say("{n} column was left out; the table below says why.", n=word(fact)),
                ),
            )
        )  # fmt: skip
    return TextPage(
        title=say("What was in the file, and what was done to it"), deck=tuple(deck), body=tuple(body)
    )


def _lower(title: str) -> str:
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _tie(scene: Scene, tied_to: str) -> str:
    """``PAYMENTS = 0`` in words."""
    name, _, value = tied_to.partition(" = ")
    if name in scene.speaker.measures:
        noun = scene.speaker.noun(name)
        if value == "0":
            return f"the {noun} {scene.speaker.be(name)} nil"
        return f"the {noun} {scene.speaker.be(name)} {value}"
    return "the same other column has gaps too"


def definitions(scene: Scene) -> tuple[tuple[str, str], ...]:
    """Terms, in the order in which a reader meets them."""
    found = [
        ("Segment", "A group of customers whose values are alike, found by K-means. Its name is a rule; the page of the segment prints it."),
        ("Average", "The mean: everyone's values added up and divided by their number. Used for money, since it adds up to the total."),
        ("Typical", "The median: half have more, half have less. A few very large values do not move it."),
        ("Everyone", "All customers in the file, members of the segment among them."),
        ("Found again", "How much of a segment comes back, on average, when the grouping is repeated on resampled customers (bootstrap Jaccard similarity)."),
        ("Clear, weak, none", "How far the groups stand out from made-up tables with the same columns and the same correlations but no groups (copula null)."),
        ("Near a border", "Almost as close to the centre of another segment as to its own."),
        ("Unusual", "Few neighbours and easy to set apart (isolation forest and nearest neighbours), beyond a limit taken from the scores themselves."),
    ]  # fmt: skip
    if scene.sums:
        found.insert(
            4,
            (
                "Fair share",
                "A segment's share of a total divided by its share of customers. One means exactly its part.",
            ),
        )
    if any(scene.speaker.partly(c) for c in scene.facts.profile.columns):
        found.insert(
            3,
            ("Where known", "Averages and typical values leave out the customers whose value is unknown. The share of a total counts them as nothing."),
        )  # fmt: skip
    return tuple(found)
