"""Turn one trait, or one column, of one segment into a sentence that compares it with everyone.

There are as many shapes as a person would use: who does it at all, what they spend on average, who has most of all,
what the typical member has, what all of them are. The lexicon's verbs are taken where it has any; a column that
nobody described gets a plain sentence that is right for any noun.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from reportgen import formats
from reportgen.claims import Facts
from reportgen.narrative.wording import (
    Speaker,
    against_average,
    article,
    bare,
    in_ten,
    one_of,
    percent,
    piece,
    say,
    third,
)
from reportgen.results import Condition, Fact, Role, Segment, Sentence, Shown, Trait

HIGH_KINDS, LOW_KINDS = ("high", "very-high"), ("low", "very-low")
ADDS_UP = (Role.AMOUNT, Role.BALANCE, Role.COUNT, Role.LIMIT, Role.INCOME)
SURELY = 0.95
"""From this share on what members do is said of them without «mostly»."""
AS_MUCH = 0.15
"""Relative difference of two typical members up to which one has «about as much» as the other."""
_DEGREES = {
    "money": ("a lot", "little", "almost nothing"), "whole": ("many", "few", "almost no"),
    "time": ("a lot of time", "little time", "almost no time"), "share": ("a lot", "little", "almost nothing"),
}  # fmt: skip
"""By kind of number what stands for high, low and almost always nothing."""
_DONE = re.compile(r"(\w+ (?:back )?(?:a lot|very little|little|almost nothing))(| (?:on|in|by|online)\b.*)")
_PERFECT = re.compile(r"have (\w+ed|paid|spent|made|been|bought|had)\b")
_IN_TIME = re.compile(r"\b(days|weeks|months|years)\b")
_LOW_WORDS = ("low", "few", "little", "short", "light")

# --------------------------------------------------------------------------- without numbers


def predicate(trait: Trait, speaker: Speaker) -> tuple[str, str]:
    """The trait after «they»: (``are``, ``older``), (``have``, ``high balances``), (empty, ``take cash advances``)."""
    words, kind = speaker.words(trait.column), trait.kind
    column = speaker.facts.column(trait.column)
    if kind in (*HIGH_KINDS, *LOW_KINDS):
        if column.role is Role.AGE:
            return "are", "older" if kind in HIGH_KINDS else "younger"
        if column.role is Role.RECENCY and words.low_adjective.startswith("Recently "):
            said = words.high_adjective if kind in HIGH_KINDS else words.low_adjective
            return "were", _lower(said)
        if (
            column.role is Role.TENURE
            and _IN_TIME.search(words.noun)
            and _degree(trait, speaker).endswith(_lower(words.name))
        ):  # «short days since profile created» is said by nobody
            said = words.high_adjective if kind in HIGH_KINDS else words.low_adjective
            if said:
                return "are", f"{_lower(said)} customers"
        done = _done(trait, speaker)
        if done.startswith("have ") and not _PERFECT.match(done):
            return "have", done.removeprefix("have ")
        return ("", done) if done else ("have", _degree(trait, speaker))
    if kind == "moderate":
        mine = speaker.facts.at("median", trait.column, trait.segment)
        everyone = speaker.facts.at("median", trait.column)
        done = _done(trait, speaker) if speaker.measures[trait.column].kind != "time" else ""
        if abs(mine - everyone) > AS_MUCH * abs(everyone):
            return "are", f"in the middle in {bare(words.noun)}"
        if done:
            return "", done
        return "have", f"{speaker.with_article(trait.column, '')} close to the typical customer's"
    if kind == "mix-one":
        return (
            ("", f"mostly {words.some}")
            if can_do(trait.column, speaker)
            else ("have", f"mostly {words.noun}")
        )
    if kind == "mix-balanced":
        return "have", "a mix of " + " and ".join(speaker.noun(p) for p in trait.parts)
    share = speaker.facts.share_where(trait.conditions, [trait.segment]).value
    mostly = share < SURELY
    if kind == "level":
        said = speaker.member(trait.column, trait.level)
        if not said:
            text = f"“{speaker.lexicon.level(trait.column, trait.level)}” as their {bare(words.noun)}"
            return "have", f"mostly {text}" if mostly else text
    elif kind == "none" and mostly and _done(trait, speaker):
        return "", _done(trait, speaker)
    elif not can_do(trait.column, speaker):
        before, after = around(words.each)
        if speaker.measures[trait.column].kind == "time" and before == "spend ":
            return "", f"spend {'no ' if kind == 'none' else ''}time{after}"
        if kind in ("none", "no"):
            return "have", f"{'almost no' if mostly else 'no'} {bare(words.noun)}"
        return "have", f"some {words.noun}" if kind == "some" else words.noun
    else:
        said = words.some if kind in ("some", "yes") else words.none
        if kind in ("none", "no") and share < 1.0:
            said, found = re.subn(r"\b(never|no|nothing)\b", r"almost \1", said, count=1)
            mostly = mostly and not found
    verb, _, rest = said.partition(" ")
    if verb in ("are", "were"):
        return verb, f"mostly {rest}" if mostly else rest
    if verb == "have" and not mostly:
        return verb, rest
    return "", f"mostly {said}" if mostly else said


def _done(trait: Trait, speaker: Speaker) -> str:
    """``spend a lot on wine``, ``make very few transactions``; empty when the lexicon has no such verb."""
    words, kind = speaker.words(trait.column), speaker.measures[trait.column].kind
    before, after = around(words.each)
    of_what = _DEGREES.get(kind)
    if not words.each or of_what is None or before.endswith("of "):
        return ""
    if (kind == "whole" and not after) or (kind == "time" and before != "spend "):
        return ""
    if kind == "share" and not after.startswith(" of "):
        return ""
    much, little, nothing = of_what
    if trait.kind in HIGH_KINDS:
        return f"{before}{much}{after}"
    if trait.kind == "moderate":
        return f"{before}about as {'many' if kind == 'whole' else 'much'}{after} as the typical customer"
    if trait.kind == "none":
        return f"{before}{nothing}{after}"
    return f"{before}{'very ' if trait.kind == 'very-low' else ''}{little}{after}"


def _degree(trait: Trait, speaker: Speaker) -> str:
    """``high balances``, ``a very low category``, ``many orders``."""
    words = speaker.words(trait.column)
    high = trait.kind in HIGH_KINDS
    own, general = (words.high, f"High {words.name}") if high else (words.low, f"Low {words.name}")
    very = "very " if trait.kind == "very-low" else ""
    if not own or own == general:
        return speaker.with_article(trait.column, f"{very}{'high' if high else 'low'}")
    text = _lower(own)
    if text.startswith("recent ") and not (text.endswith("s") or speaker.lexicon.is_mass(text)):
        return f"{article(text)} {text}"  # «a recent purchase date», but «recent orders»
    return f"{very}{text}" if text.startswith(_LOW_WORDS) else text


def _lower(text: str) -> str:
    """``Recent Opt-In Time`` -> ``recent opt-in time``, but ``many SMS``."""
    return " ".join(
        w if len(w) > 1 and any(p[1:] != p[1:].lower() for p in w.split("-")) else w.lower()
        for w in text.split(" ")
    )


def portrait(segment: Segment, traits: list[Trait], speaker: Speaker) -> Sentence:
    """One sentence without numbers: what the segment is like, strongest first."""
    said = list(dict.fromkeys(predicate(t, speaker) for t in traits))[:3]
    if not said:
        return say("They are close to the typical customer in everything the table measures.")
    return say("They {what}.", what=clauses(said))


def clauses(said: Sequence[tuple[str, str]]) -> str:
    """``are female and older, have high charges and smoke``."""
    grouped: dict[str, list[str]] = {}
    for i, (verb, rest) in enumerate(_together(said)):
        grouped.setdefault(verb or f"#{i}", []).append(rest)
    parts = [
        formats.listing(rests)
        if verb.startswith("#")
        else f"{verb} {formats.listing(sorted(rests, key=lambda r: verb == 'are' and (' ' in r) + ('in the middle' in r)))}"
        for verb, rests in sorted(grouped.items(), key=lambda item: not item[0].startswith(("are", "were")))
    ]
    if len(parts) == 2 and " and " in parts[0]:
        return f"{parts[0]}, and {parts[1]}"
    return formats.listing(parts)


def _together(said: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """``spend a lot``, ``spend a lot on fish`` -> ``spend a lot overall and on fish``."""
    kept: list[tuple[str, str]] = []
    tails: dict[str, list[str]] = {}
    for verb, rest in said:
        found = None if verb else _DONE.fullmatch(rest)
        if found is None:
            kept.append((verb, rest))
            continue
        if found[1] not in tails:
            kept.append(("", found[1]))
        tails.setdefault(found[1], []).append(found[2].strip())
    return [
        (verb, f"{rest} {formats.listing([t or 'overall' for t in tails[rest]])}".removesuffix(" overall"))
        if not verb and rest in tails
        else (verb, rest)
        for verb, rest in kept
    ]


# --------------------------------------------------------------------------- with numbers


def both_in_ten(mine: Fact, everyone: Fact) -> tuple[Shown, Shown] | None:
    """Two shares, finer when tenths would look the same; None when nothing differs."""
    for write in (in_ten, percent):
        one, other = write(mine), write(everyone)
        if one.text != other.text:
            return one, other
    return None


def compare(
    trait: Trait, facts: Facts, speaker: Speaker, *, who: str = "", best: bool = True
) -> Sentence | None:
    """The trait with its number and everyone's: ``8 in 10 take cash advances (everyone: 5 in 10).``.

    ``who`` names the segment when it does not stand before; ``best`` allows «most of all groups».
    """
    i, name, kind = trait.segment, trait.column, trait.kind
    words = speaker.words(name)
    if kind in ("yes", "no", "level"):
        condition = trait.conditions[0]
        if kind == "no" and words.none.startswith(("do not ", "are not ", "have not ")):
            # «None accept marketing» and not «all do not accept marketing»
            kind, condition = "yes", replace(condition, value=1.0)
        shares = both_in_ten(facts.share_where([condition], [i]), facts.share_where([condition]))
        if shares is None:
            return None
        of_who = f" of {who}" if who else ""
        what = (
            speaker.member(name, trait.level)
            if kind == "level"
            else words.some
            if kind == "yes"
            else words.none
        )
        if what:
            return say(
                "{mine}{who} {what} (everyone: {all}).", who=of_who, what=what, mine=shares[0], all=shares[1]
            )
        return say(
            "For {mine} {who} the {noun} {be} “{level}” (everyone: {all}).",
            who=of_who.strip() or "of them", noun=bare(words.noun), be=speaker.be(name),
            level=speaker.lexicon.level(name, trait.level), mine=shares[0], all=shares[1],
        )  # fmt: skip
    if kind == "mix-one":
        whole = next((w.whole for w in facts.columns.part_wholes if w.parts == trait.parts), name)
        return say(
            "{part} {makes} up {mine} of their {whole} (everyone: {all}).",
            part=words.noun, makes="make" if words.plural else "makes", whole=speaker.noun(whole),
            mine=percent(facts.mix(name, trait.parts, [i])), all=percent(facts.mix(name, trait.parts)),
        )  # fmt: skip
    if kind == "mix-balanced":
        shares = both_in_ten(facts.share_where(trait.conditions, [i]), facts.share_where(trait.conditions))
        if shares is None:
            return None
        parts = [speaker.words(p).some if can_do(p, speaker) else "" for p in trait.parts]
        what = (
            f"both {' and '.join(parts)}" if all(parts)
            else "have both " + " and ".join(speaker.noun(p) for p in trait.parts)
        )  # fmt: skip
        return say(
            "{mine}{who} {what} (everyone: {all}).", what=what, who=f" of {who}" if who else "",
            mine=shares[0], all=shares[1],
        )  # fmt: skip
    if kind in ("none", "some") and can_do(name, speaker):
        return doing(name, i, facts, speaker, who=who)
    if kind == "moderate":  # true of the typical member; the average may be drawn away by a few
        sentence = typical(name, i, facts, speaker)
        if sentence is not None:
            return sentence
    return level(name, i, facts, speaker, who=who, best=best)


def can_do(name: str, speaker: Speaker) -> bool:
    """Whether there is a verb for having some of the column, better than «have some ...»."""
    words = speaker.words(name)
    plain = [f"have some {words.noun}", f"hold some {words.noun}", f"have {words.noun}"]
    if speaker.facts.column(name).role is not Role.FLAG:
        plain.append(f"have a {words.noun}")
    return bool(words.some) and words.some not in plain


def doing(name: str, i: int, facts: Facts, speaker: Speaker, *, who: str = "") -> Sentence | None:
    """Say how many do it at all: ``3 in 100 take cash advances (everyone: 5 in 10).``."""
    words = speaker.words(name)
    positive = Condition(column=name, op=">", value=0.0)
    shares = both_in_ten(facts.share_where([positive], [i]), facts.share_where([positive]))
    if shares is None:
        return None
    return say(
        "{mine}{who} {what} (everyone: {all}).", who=f" of {who}" if who else "",
        what=words.some or f"have some {words.noun}", mine=shares[0], all=shares[1],
    )  # fmt: skip


def level(
    name: str, i: int, facts: Facts, speaker: Speaker, *, who: str = "", best: bool = True
) -> Sentence | None:
    """A level against everyone: by ratio for what adds up, by the typical member otherwise."""
    column, words = facts.column(name), speaker.words(name)
    if column.ordered:
        return typical(name, i, facts, speaker)
    adds_up = column.role in ADDS_UP
    mine, everyone = facts.mean(name, [i]), facts.mean(name)
    if best and not who and adds_up and words.adds and facts.k > 2:
        for highest in (True, False):
            if facts.clear_rank(name, i, highest=highest):
                return most(name, i, facts, speaker, highest=highest)
    if adds_up and everyone.value > 0 and mine.value > 0:
        ratio = against_average(facts.ratio(name, [i]))
        same = ratio.text == "about the average"  # «on average, about the average» says it twice
        return say(
            "{what}, {ratio}.", what=average(name, i, facts, speaker, who=who, plain=same), ratio=ratio
        )
    sentence = None if adds_up else typical(name, i, facts, speaker)
    if sentence is not None:
        return sentence
    if speaker.value(mine).text == speaker.value(everyone).text:
        return None
    return say(
        "{what}, against {all} for everyone.", what=average(name, i, facts, speaker, who=who),
        all=speaker.value(everyone),
    )  # fmt: skip


def average(
    name: str, i: int, facts: Facts, speaker: Speaker, *, who: str = "", plain: bool = False
) -> Sentence:
    """``they spend 3,116 on average``, ``their payments average 3,116``; no full stop."""
    words, mean = speaker.words(name), speaker.value(facts.mean(name, [i]))
    known = speaker.where_known(name, i)
    if words.each:
        before, after = around(words.each)
        after = one_of(after) if counts_one(mean, name, speaker) else after
        return piece(
            "{who} {before}{mean}{after}{known}" if plain
            else "{who} {before}{mean}{after} on average{known}",
            who=who or "they",
            before=before,
            mean=mean,
            after=after,
            known=known,
        )  # fmt: skip
    return piece(
        "{whose} {averages} {mean}{known}", known=known, whose=whose(words.noun, who), mean=mean,
        averages="average" if words.plural else "averages",
    )  # fmt: skip


def counts_one(shown: Shown, name: str, speaker: Speaker) -> bool:
    """Whether the number is one of something: ``1 order``."""
    return shown.text == "1" and speaker.measures[name].kind == "whole"


def whose(noun: str, who: str) -> str:
    """``their payments``, ``payments of High Spenders``."""
    return f"{bare(noun)} of {who}" if who else f"their {bare(noun)}"


def around(pattern: str) -> tuple[str, str]:
    """What stands before and after the number."""
    before, found, after = pattern.partition("{x}")
    return (before, after) if found else (f"{pattern} ", "")


def superlative(name: str, speaker: Speaker, *, highest: bool) -> str:
    """``spend the most``, ``place the fewest orders``; empty when the lexicon has no verb for it."""
    words, kind = speaker.words(name), speaker.measures[name].kind
    before, after = around(words.each)
    if not words.each or before.endswith("of ") or kind not in ("money", "whole"):
        return ""
    degree = "the most" if highest else "the fewest" if kind == "whole" and after else "the least"
    return f"{before}{degree}{after}"


def most(name: str, i: int, facts: Facts, speaker: Speaker, *, highest: bool) -> Sentence:
    """``Of all groups, they spend the most: 7,845 on average, against 3,418 for everyone.``."""
    slots: dict[str, Shown | Sentence] = {
        "mine": speaker.value(facts.mean(name, [i])),
        "all": speaker.value(facts.mean(name)),
    }
    slots["known"] = speaker.where_known(name, i)
    tail = ": {mine} on average{known}, against {all} for everyone."
    done = superlative(name, speaker, highest=highest)
    if done:
        return say("Of all groups, they {done}" + tail, done=done, **slots)
    return say(
        "Their {noun} {be} the {which} of all groups" + tail, noun=bare(speaker.noun(name)), be=speaker.be(name),
        which="highest" if highest else "lowest", **slots,
    )  # fmt: skip


def typical(name: str, i: int, facts: Facts, speaker: Speaker) -> Sentence | None:
    """``The typical member is 47 years old, against 39 years for the typical customer.``; None when they look alike."""
    words = speaker.words(name)
    shown = speaker.values(facts.median(name, [i]), facts.median(name))
    if shown is None:
        return None
    pattern = words.typical or (third(words.each) if words.each else "")
    if facts.column(name).ordered and not words.typical:
        pattern = ""
    known = speaker.where_known(name, i)
    tail = "{known}, against {all} for the typical customer."
    if pattern:
        before, after = around(pattern)
        after = one_of(after) if counts_one(shown[0], name, speaker) else after
        return say(
            "The typical member {before}{mine}{after}" + tail,
            before=before,
            after=after,
            mine=shown[0],
            all=shown[1],
            known=known,
        )
    quoted = "The typical member's {noun} {be} “{mine}”{known}, against “{all}” for the typical customer."
    return say(
        quoted if facts.column(name).ordered else "The typical member's {noun} {be} {mine}" + tail, noun=bare(words.noun), be=speaker.be(name),
        mine=shown[0], all=shown[1], known=known,
    )  # fmt: skip
