"""Turn facts into shown numbers and sentences: the only way for a number to get into a text.

`say` fills a template that holds no digit of its own; every number arrives as a `Shown`, which
carries its fact. So a sentence cannot hold a number that no claim stands for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from reportgen import formats
from reportgen.claims import Facts
from reportgen.lexicon import ColumnWords, Lexicon
from reportgen.results import CALENDAR_YEAR, Column, Condition, Fact, Measure, Role, Sentence, Shown

if TYPE_CHECKING:
    from reportgen.results import Floats

_FRACTIONS = {
    2: "half",
    3: "a third of",
    4: "a quarter of",
    5: "a fifth of",
    6: "a sixth of",
    8: "an eighth of",
    10: "a tenth of",
}
FRACTION_WIDTH = 0.06
"""How far, relatively, a ratio may be from a fraction that is said in words."""

FIRST_YEAR, LAST_YEAR = 1850.0, 2150.0
"""Whole numbers between these are calendar years, in a column whose name says so."""

GAPS, MOST_UNKNOWN = 0.05, 0.5
"""Share of customers without a known value from which an average says «where known»; from which it says of how many."""

NEARLY = 0.9905
"""From here «nearly all», and its mirror «almost none»: 99 in 100 is the last that is said in figures."""


def say(template: str, **slots: object) -> Sentence:
    """Fill ``template``; numbers must be `Shown`, other texts (names, nouns) plain strings or sentences."""
    part = piece(template, **slots)
    return Sentence(text=part.text[:1].upper() + part.text[1:], slots=part.slots)


def piece(template: str, **slots: object) -> Sentence:
    """Like `say` for a part of a sentence: it does not begin with a capital."""
    placed: list[tuple[int, Shown]] = []
    parts = re.split(r"\{(\w+)\}", template)
    text = ""
    for i, part in enumerate(parts):
        if i % 2 == 0:
            if re.search(r"\d", part):
                raise ValueError(f"a number is typed into the sentence: {template!r}")
            text += part
            continue
        value = slots[part]
        if isinstance(value, Shown):
            placed.append((len(text), value))
        elif isinstance(value, Sentence):
            placed.extend((len(text), shown) for shown in value.slots)
        text += str(value)
    return Sentence(text=text, slots=tuple(shown for _, shown in placed))


def join(sentences: Sequence[Sentence], glue: str = " ") -> Sentence:
    """Several sentences as one text."""
    return Sentence(
        text=glue.join(s.text for s in sentences), slots=tuple(x for s in sentences for x in s.slots)
    )


# --------------------------------------------------------------------------- numbers


def count(fact: Fact) -> Shown:
    """``8,950``."""
    return Shown(text=formats.count(fact.value), fact=fact, unit="count")


def word(fact: Fact) -> Shown:
    """``five``; from thirteen in figures."""
    return Shown(text=formats.words(round(fact.value)), fact=fact, unit="word")


def percent(fact: Fact) -> Shown:
    """``53%``."""
    return Shown(text=formats.percent(fact.value), fact=fact, unit="percent")


def in_ten(fact: Fact) -> Shown:
    """``8 in 10``, ``3 in 100``; ``all`` and ``none`` only when it is so, ``nearly all`` beyond 99 in 100."""
    if fact.value == 1.0:
        text = "all"
    elif fact.value == 0.0:
        text = "none"
    elif fact.value > NEARLY:
        text = "nearly all"
    elif fact.value < 1 - NEARLY:
        text = "almost none"
    else:
        text = formats.in_ten(fact.value)
    return Shown(text=text, fact=fact, unit="in ten")


def of_ten(fact: Fact) -> Shown:
    """``9 of 10``, for how often something came back."""
    return Shown(text=f"{round(fact.value * 10)} of 10", fact=fact, unit="of ten")


def one_in(fact: Fact) -> Shown | None:
    """``one customer in six`` when the share is near such a fraction, else None."""
    if not 0.09 < fact.value < 0.6:
        return None
    whole = round(1 / fact.value)
    if abs(fact.value * whole - 1) > FRACTION_WIDTH:
        return None
    return Shown(text=f"one customer in {formats.words(whole)}", fact=fact, unit="one in")


def value(fact: Fact, measure: Measure) -> Shown:
    """A mean or median as its column is written: ``$2,154``, ``34``, ``31%``."""
    text = formats.value(fact.value, measure.kind, measure.unit, measure.percent, measure.scale)
    unit = {"money": "money", "whole": "whole", "share": "share", "flag": "share"}.get(measure.kind, "number")
    if measure.percent != 1.0 and unit == "share":
        unit = "share of hundred"
    if measure.scale > 1.0:
        unit = "compact"
    return Shown(text=text, fact=fact, unit=unit, scale=measure.scale)


def big(fact: Fact, measure: Measure) -> Shown:
    """A sum in three figures: ``$3.7m``."""
    text = formats.compact(fact.value * measure.scale, measure.unit)
    return Shown(text=text, fact=fact, unit="compact", scale=measure.scale)


def against_average(fact: Fact) -> Shown:
    """A ratio of means in words (VOICE.md): ``3.1 times the average``, ``45% more than average`` ..."""
    r = fact.value
    if not math.isfinite(r):
        text = "not comparable with the average"
    elif 1.95 <= r < 2.05:
        text = "twice the average"
    elif r >= 1.95:
        text = f"{formats.times(r)} the average"
    elif r > 1.1:
        text = f"{formats.percent(r - 1)} more than average"
    elif r >= 0.9:
        text = "about the average"
    else:
        text = _less(r)
    return Shown(text=text, fact=fact, unit="ratio")


def _less(r: float) -> str:
    for whole, name in _FRACTIONS.items():
        if r > 0 and abs(r * whole - 1) <= FRACTION_WIDTH:
            return f"{name} the average"
    if r >= 0.5:
        return f"{formats.percent(1 - r)} less than average"
    return f"{formats.percent(r)} of the average" if r > 0 else "nothing at all"


# --------------------------------------------------------------------------- columns


class Speaker:
    """Knows how each column is called and written."""

    def __init__(self, facts: Facts, lexicon: Lexicon) -> None:
        self.facts = facts
        self.lexicon = lexicon
        self.measures = {c.name: _measure(c, lexicon) for c in facts.columns.columns}
        self._words: dict[str, ColumnWords] = {}

    def words(self, column: str) -> ColumnWords:
        """Everything the lexicon says of the column."""
        if column not in self._words:
            self._words[column] = self.lexicon.words(column, self.facts.column(column).role)
        return self._words[column]

    def noun(self, column: str) -> str:
        """Inside a sentence."""
        return self.words(column).noun

    def title(self, column: str) -> str:
        """In a table or chart."""
        return self.measures[column].title

    def value(self, fact: Fact) -> Shown:
        """A mean, median or difference of the fact's column as that column is written."""
        column = self.facts.column(fact.column)
        if column.ordered and fact.statistic == "median" and math.isfinite(fact.value):
            level = column.levels[min(max(round(fact.value), 0), len(column.levels) - 1)]
            return Shown(text=self.lexicon.level(fact.column, level), fact=fact, unit="level")
        return value(fact, self.measures[fact.column])

    def values(self, mine: Fact, everyone: Fact) -> tuple[Shown, Shown] | None:
        """Two values as their column is written; None when they look the same, or when nobody's value is known."""
        if not (math.isfinite(mine.value) and math.isfinite(everyone.value)):
            return None
        one, other = self.value(mine), self.value(everyone)
        return None if one.text == other.text else (one, other)

    def partly(self, column: str) -> bool:
        """Whether the column is unknown of so many customers that its averages are not everyone's."""
        return self.facts.has(column) and self.measures[column].gaps

    def where_known(self, column: str, segment: int | None = None) -> Sentence:
        """What stands behind an average that leaves customers out: `` where known``; nothing where few are.

        Where most members are left out, it says of how many: `` where known (not for 60%)``.
        """
        if not self.partly(column):
            return Sentence(text="", slots=())
        if self.facts.unknown(column, segment) <= MOST_UNKNOWN:
            return Sentence(text=" where known", slots=())
        gap = Condition(column=column, op="missing")
        left = self.facts.share_where([gap], [] if segment is None else [segment])
        return piece(" where known (not for {x})", x=percent(left))

    def big(self, fact: Fact) -> Shown:
        """A sum, short."""
        return big(fact, self.measures[fact.column])

    def be(self, column: str) -> str:
        """``is`` or ``are`` after the column's noun."""
        return "are" if self.words(column).plural else "is"

    def of_the(self, column: str) -> str:
        """The column's noun after «53% of»: ``all purchases``, ``the spending``."""
        words = self.words(column)
        return f"all {words.noun}" if words.plural else f"the {bare(words.noun)}"

    def theme(self, column: str) -> str:
        """What the column is about, after «differ in»: its noun, ``smoking`` for smokers."""
        words = self.words(column)
        flag = self.facts.column(column).role is Role.FLAG
        if flag and words.noun.split(" ")[0] in self.lexicon.verbs:
            return f"who {words.noun}"
        return words.yes.lower() if flag and words.yes not in ("", words.name) else bare(words.noun)

    def member(self, column: str, level: str) -> str:
        """What customers with the level are or do; empty when only «the housing is rent» can be said."""
        return self.lexicon.member(column, level, self.facts.column(column).role)

    def with_article(self, column: str, adjective: str) -> str:
        """Noun after «have»: ``a high body mass index``, ``high income``, ``high balances``."""
        words = self.words(column)
        text = f"{adjective} {bare(words.noun)}".strip()
        return text if words.plural or self.lexicon.is_mass(words.noun) else f"{article(text)} {text}"


# --------------------------------------------------------------------------- grammar


def bare(noun: str) -> str:
    """``a partner`` -> ``partner``."""
    return re.sub(r"^(an?|the) ", "", noun)


def article(text: str) -> str:
    """``a`` or ``an``, by the first letter."""
    return "an" if text[:1].lower() in "aeiou" else "a"


def third(verb: str) -> str:
    """A plural verb phrase for one person: ``spend on wine`` -> ``spends on wine``."""
    first, blank, rest = verb.partition(" ")
    if first in _THIRD:
        return _THIRD[first] + blank + rest
    if first.endswith(("s", "sh", "ch", "x", "o")):
        return f"{first}es{blank}{rest}"
    if first.endswith("y") and first[-2:-1] not in "aeiou":
        return f"{first[:-1]}ies{blank}{rest}"
    return f"{first}s{blank}{rest}"


def one_of(after: str) -> str:
    """What follows a number, when that is one: `` orders`` -> `` order``, `` contacts with the bank`` -> ...``."""
    found = re.fullmatch(r"( .*?)(\w+)((?: (?:of|on|in|per|by|for|with|from|at|to|a)\b.*)?)", after)
    if found is None or " or " in found[1] or " and " in found[1]:
        return after
    return f"{found[1]}{singular(found[2])}{found[3]}"


def singular(noun: str) -> str:
    """``purchases`` -> ``purchase``."""
    if noun == "children":
        return "child"
    if noun.endswith("ies"):
        return f"{noun[:-3]}y"
    if noun.endswith(("sses", "shes", "ches", "xes")):
        return noun[:-2]
    return noun[:-1] if noun.endswith("s") and not noun.endswith("ss") else noun


_THIRD = {"have": "has", "are": "is", "were": "was", "do": "does", "had": "had", "made": "made"}


def _are_years(known: Floats) -> bool:
    """Whether all values are whole numbers of our times."""
    if not len(known) or known.min() < FIRST_YEAR or known.max() > LAST_YEAR:
        return False
    return bool((known == np.floor(known)).all())


def _measure(column: Column, lexicon: Lexicon) -> Measure:
    words = lexicon.words(column.name, column.role)
    kind, unit, hundred = words.kind, words.unit, 1.0
    known = column.values[~(column.values != column.values)]
    top = float(known.max()) if len(known) else 0.0
    low = float(known.min()) if len(known) else 0.0
    if column.role is Role.FLAG or (column.role is Role.TARGET and column.levels):
        kind = "flag"
    elif column.levels and not column.ordered:
        kind = "category"
    elif not kind:
        kind = {
            Role.AMOUNT: "money", Role.BALANCE: "money", Role.LIMIT: "money", Role.INCOME: "money",
            Role.COUNT: "whole", Role.FREQUENCY: "share", Role.SHARE: "share",
            Role.RECENCY: "time", Role.TENURE: "time", Role.AGE: "time",
        }.get(column.role, "number")  # fmt: skip
    if kind == "share":
        if column.unit == "%" or (top > 2.0 and top <= 100.5 and low >= 0):
            hundred = 100.0
        elif top > 2.0 or low < 0:
            kind = "number"
    years = column.reason == CALENDAR_YEAR or lexicon.is_year(column.name)
    if kind in ("number", "whole", "money") and years and _are_years(known):
        kind, unit = "year", ""
    if kind in ("money", "number", "whole") and column.unit and column.unit != "%":
        unit = column.unit
    title = words.title
    return Measure(
        column=column.name,
        title=title,
        noun=words.noun,
        kind=kind,  # type: ignore[arg-type]
        unit=unit,
        scale=column.scale,
        percent=hundred,
        gaps=len(column.values) - len(known) > GAPS * len(column.values),
        levels=tuple(lexicon.level(column.name, level) for level in column.levels),
    )
