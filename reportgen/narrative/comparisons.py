"""Turn one trait of one segment into a sentence that compares it with everyone."""

from __future__ import annotations

from reportgen.claims import Facts
from reportgen.narrative.wording import Speaker, against_average, in_ten, percent, say
from reportgen.results import Condition, Role, Segment, Sentence, Trait


def phrase(trait: Trait, speaker: Speaker) -> str:
    """The trait as a few words without a number: ``high balances``, ``hardly any cash advances``."""
    words = speaker.words(trait.column)
    noun = words.noun
    column = speaker.facts.column(trait.column)
    kind = trait.kind
    if kind in ("high", "very-high"):
        text = _lower(words.high) if words.high else f"high {noun}"
        return text
    if kind in ("low", "very-low"):
        if words.low and not (kind == "very-low" and column.role in (Role.AMOUNT, Role.COUNT)):
            return _lower(words.low)
        return f"hardly any {noun}" if kind == "very-low" else f"low {noun}"
    if kind == "none":
        return f"almost no {noun}"
    if kind == "some":
        return noun
    if kind == "moderate":
        return f"{noun} close to the typical customer's"
    if kind == "mix-one":
        return f"mostly {noun}"
    if kind == "mix-balanced":
        return "a mix of " + " and ".join(speaker.noun(p) for p in trait.parts)
    if kind == "yes":
        return _lower(words.yes) if words.yes else noun
    if kind == "no":
        return f"no {noun}"
    level = speaker.lexicon.level(trait.column, trait.level)
    return level if level.lower() in speaker.lexicon.adjectives else f"{words.title.lower()} {level}"


def _lower(text: str) -> str:
    return " ".join(w if len(w) > 1 and w.isupper() else w.lower() for w in text.split(" "))


def portrait(segment: Segment, traits: list[Trait], speaker: Speaker) -> Sentence:
    """One sentence without numbers: what the segment is like, strongest first."""
    phrases = list(dict.fromkeys(phrase(t, speaker) for t in traits))[:3]
    if not phrases:
        return say("Close to the typical customer in everything the table measures.")
    if len(phrases) == 1:
        return say("{a}.", a=phrases[0])
    return say("{a} and {b}.", a=", ".join(phrases[:-1]), b=phrases[-1])


def compare(trait: Trait, facts: Facts, speaker: Speaker) -> Sentence | None:
    """The trait with its number and everyone's: ``8 in 10 take cash advances (everyone: 5 in 10).``."""
    i, name, kind = trait.segment, trait.column, trait.kind
    column = facts.column(name)
    words = speaker.words(name)
    if kind == "level":
        condition = trait.conditions[0]
        text = speaker.lexicon.level(name, trait.level)
        return say(
            "{title} is {level} for {mine} (everyone: {all}).",
            title=words.title, level=text,
            mine=in_ten(facts.share_where([condition], [i])), all=in_ten(facts.share_where([condition])),
        )  # fmt: skip
    if kind in ("yes", "no"):
        condition = trait.conditions[0]
        what = words.some if kind == "yes" else words.none
        return say(
            "{mine} {what} (everyone: {all}).", what=what,
            mine=in_ten(facts.share_where([condition], [i])), all=in_ten(facts.share_where([condition])),
        )  # fmt: skip
    if kind == "mix-one":
        whole = next((w.whole for w in facts.columns.part_wholes if w.parts == trait.parts), name)
        return say(
            "{part} {be} {mine} of their {whole} (everyone: {all}).",
            part=words.noun, be=speaker.be(name), whole=speaker.noun(whole),
            mine=percent(facts.mix(name, trait.parts, [i])), all=percent(facts.mix(name, trait.parts)),
        )  # fmt: skip
    if kind == "mix-balanced":
        return say(
            "{mine} use both {parts} (everyone: {all}).",
            parts=" and ".join(speaker.noun(p) for p in trait.parts),
            mine=in_ten(facts.share_where(trait.conditions, [i])), all=in_ten(facts.share_where(trait.conditions)),
        )  # fmt: skip
    if kind in ("none", "some") and can_do(name, speaker):
        return doing(name, i, facts, speaker)
    return level(name, i, facts, speaker, column.role)


def can_do(name: str, speaker: Speaker) -> bool:
    """Whether the lexicon has a verb for having some of the column, better than «have some ...»."""
    words = speaker.words(name)
    return bool(words.some) and not words.some.startswith(("have some ", "hold some ", "have a "))


def doing(name: str, i: int, facts: Facts, speaker: Speaker) -> Sentence:
    """Say how many do it at all: ``3 in 100 take cash advances (everyone: 5 in 10).``."""
    words = speaker.words(name)
    positive = Condition(column=name, op=">", value=0.0)
    what = words.some or f"have some {words.noun}"
    return say(
        "{mine} {what} (everyone: {all}).", what=what,
        mine=in_ten(facts.share_where([positive], [i])), all=in_ten(facts.share_where([positive])),
    )  # fmt: skip


def level(name: str, i: int, facts: Facts, speaker: Speaker, role: Role) -> Sentence | None:
    """A level against everyone: by ratio for what adds up, by the typical member otherwise."""
    words = speaker.words(name)
    mine, everyone = facts.mean(name, [i]), facts.mean(name)
    if facts.column(name).ordered:
        mine, everyone = facts.median(name, [i]), facts.median(name)
        if mine.value == everyone.value:
            return None
        return say(
            "{title}: {mine} for the typical member (everyone: {all}).",
            title=words.title, mine=speaker.value(mine), all=speaker.value(everyone),
        )  # fmt: skip
    adds_up = role in (Role.AMOUNT, Role.BALANCE, Role.COUNT, Role.LIMIT, Role.INCOME)
    for highest in (True, False):
        if adds_up and words.adds and facts.clear_rank(name, i, highest=highest) and facts.k > 2:
            return say(
                "The {which} {noun} of all segments: {mine} on average (everyone: {all}).",
                which="highest" if highest else "lowest", noun=words.noun,
                mine=speaker.value(mine), all=speaker.value(everyone),
            )  # fmt: skip
    if adds_up and everyone.value > 0 and mine.value > 0 and words.each:
        return say(
            "They {each} {mine} on average, {ratio}.",
            each=words.each, mine=speaker.value(mine), ratio=against_average(facts.ratio(name, [i])),
        )  # fmt: skip
    typical, all_typical = facts.median(name, [i]), facts.median(name)
    if (
        not adds_up
        and typical.value != all_typical.value
        and speaker.value(typical).text != speaker.value(all_typical).text
    ):
        return say(
            "{title}: {mine} for the typical member (everyone: {all}).",
            title=words.title, mine=speaker.value(typical), all=speaker.value(all_typical),
        )  # fmt: skip
    return say(
        "{title}: {mine} on average (everyone: {all}).",
        title=words.title, mine=speaker.value(mine), all=speaker.value(everyone),
    )  # fmt: skip
