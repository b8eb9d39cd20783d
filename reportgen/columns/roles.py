"""Turn a column's name and values into its role: what it is about (METHODS.md 5.2).

A name proposes roles in a fixed order of precedence and the values must agree; the first role that passes
wins. Where no word helps, the values decide alone, and that is a guess which the caller notes. No word stands
here: all are in ``lexicon/tokens.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reportgen.lexicon.english import looks_plural
from reportgen.lexicon.tokens import Phrase, Tokens, has, split_name
from reportgen.results import CALENDAR_YEAR, Role

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reportgen.results import Floats

MOST_CODES = 30
"""More levels than this are not a category for clustering (METHODS.md 1.5)."""
MONEY = frozenset({Role.AMOUNT, Role.BALANCE, Role.LIMIT, Role.INCOME})
"""Roles whose numbers are money, mostly."""
GUESSED_CODES = 12
"""Whole numbers without a telling name are only taken for codes when there are at most so many."""
LOWEST_CODE = -99
"""Codes below zero lie above this."""
FEWEST_STEPS, FAR_FROM_EVEN, BY_CHANCE = 5, 4.0, 2.0
"""Different counts that are enough to see them rise and fall; chi-squared a step; standard errors of a dent."""
FEWEST_SPREAD = 60
"""Whole numbers from which their spread tells ids from quantities."""
REPEATS_EXPECTED = 3.0
"""Pairs of equal numbers that chance would make; where there is none, the numbers are ids."""
MINOR = 10
"""An age below is only taken for a person's where the name says nothing else (the age of a car, of a claim)."""
TIMES = 20.0
"""A ratio beyond one is a percentage where one in ten values is larger, and otherwise how many times."""
YEARS = (1950, 2060)
"""Whole numbers that all lie in between are years, whatever their name."""
HIGHEST_COUNT = 1e9
"""Whole numbers from here on are telephone numbers and the like, whatever their name."""
LONGEST = 400
"""Whole numbers up to here can be so many years, months, weeks or days."""
SMALL = 1000
"""Whole numbers below are counts, where their name says no more."""
LONGEST_STATUS = 4
"""Words in a level of a status; more are sentences."""
SKEWED = 1.1
"""The mean of money is more than so many times its median."""
ALMOST = 0.95
"""Share of values that must lie in a role's range."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """What the values of a column look like."""

    n: int
    known: Floats
    """Values that are there."""
    distinct: int
    integer: bool
    low: float
    high: float
    """Extremes; NaN when nothing is known."""

    @classmethod
    def of(cls, known: Floats, n: int, different: int) -> Shape:
        """Of the known values of n rows, and the number of different ones."""
        whole = bool(known.size) and bool(np.all(known[:1000] == np.floor(known[:1000])))
        whole = whole and bool(np.all(known == np.floor(known)))
        low, high = (float(known.min()), float(known.max())) if known.size else (np.nan, np.nan)
        return cls(n=n, known=known, distinct=different, integer=whole, low=low, high=high)

    def within(self, low: float, high: float) -> bool:
        """Whether 95 % of the values lie in a range."""
        if self.low >= low and self.high <= high:
            return True
        return bool(np.mean((self.known >= low) & (self.known <= high)) >= ALMOST)


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A role, why, and whether it is only a guess."""

    role: Role
    reason: str
    guess: bool = False


def _fits(role: Role, shape: Shape, unit: str) -> bool:
    """Whether the values can have the role that the name proposes."""
    if role is Role.FREQUENCY:
        return shape.within(0, 1)
    if role is Role.SHARE:
        return shape.within(0, 1) or shape.within(0, 100)
    if role is Role.COUNT:
        return shape.integer and 0 <= shape.low <= shape.high < HIGHEST_COUNT and not unit
    if role in (Role.RECENCY, Role.TENURE):
        return shape.within(0, np.inf)
    if role is Role.AGE:
        return shape.within(0, 115) and shape.high > GUESSED_CODES and not unit
    if role in (Role.AMOUNT, Role.BALANCE, Role.LIMIT, Role.INCOME):
        return unit != "%" and (shape.distinct > 12 or shape.high > 20 or not shape.integer)
    return True


def by_name(words: Phrase, shape: Shape, tokens: Tokens, unit: str) -> Choice | None:
    """The first role whose words the name has and whose range the values keep; strong words come first."""
    measured = None if unit in tokens.money.values() else has(words, tokens.measures)
    for strong in (True, False):
        for entry in tokens.roles:
            phrase = has(words, entry.strong if strong else entry.weak)
            if phrase is None:
                continue
            role = Role(entry.role)
            if not _fits(role, shape, unit) or (measured and role in MONEY and not strong):
                continue
            if role is Role.SHARE and not _part_of_whole(words, phrase, shape, tokens, unit):
                if has(words[-1:], tokens.id):
                    continue  # rate_code
                return Choice(role=Role.SCORE, reason=f"“{' '.join(phrase)}” in its name")
            if role is Role.LIMIT and phrase in tokens.capacities and has(words, tokens.used):
                continue  # seats booked
            if role is Role.AGE and not shape.within(MINOR, 115) and not of_customers(words, tokens):
                continue
            if role in (Role.AMOUNT, Role.INCOME) and unit and unit not in tokens.money.values():
                continue  # minutes spent
            if (
                role is Role.AMOUNT
                and phrase in tokens.events
                and shape.integer
                and shape.low >= 0
                and shape.high <= 200
            ):
                return Choice(
                    role=Role.COUNT, reason=f"“{' '.join(phrase)}” in its name, small whole numbers"
                )
            if role is Role.AMOUNT and phrase in tokens.rates_either and _may_be_percent(shape, unit):
                continue  # a discount of 0.15, or of 10, 15 or 20
            counted = _counted(words, phrase, shape, tokens, unit) if role is Role.AMOUNT else None
            if counted is not None:
                return counted
            if role is Role.AMOUNT and not strong and (shape.distinct <= 20 or shape.high <= 20):
                continue
            return Choice(role=role, reason=f"“{' '.join(phrase)}” in its name")
    if measured:
        return Choice(role=Role.SCORE, reason=f"“{' '.join(measured)}” in its name")
    short = short_money(words, tokens)
    if short is not None and _fits(Role.AMOUNT, shape, unit) and _like_money(shape, alone=words == short):
        return Choice(role=Role.AMOUNT, reason=f"“{' '.join(short)}” in its name")
    return None


def short_money(words: Phrase, tokens: Tokens) -> Phrase | None:
    """The letters that stand for money where the rest of a name is a year or a word beside them: CA, CA HT 2025."""
    for phrase in tokens.value_short:
        rest = words[len(phrase) :]
        if words[: len(phrase)] != phrase:
            continue
        before = ("", *rest)
        if all(
            (word,) in tokens.value_short_beside
            or (
                word.isdecimal()
                and (len(word) == 4 or before[i] == "n" or (before[i],) in tokens.value_years)
            )
            for i, word in enumerate(rest)
        ):
            return phrase
    return None


def _like_money(shape: Shape, *, alone: bool) -> bool:
    """Whether values differ as money does: many, and most of them small; whole ones of a bare name also large."""
    if shape.distinct <= MOST_CODES or (alone and shape.integer and shape.high < SMALL):
        return False
    return float(np.mean(shape.known)) > SKEWED * float(np.median(shape.known))


def _may_be_percent(shape: Shape, unit: str) -> bool:
    """Whether values without a sign of money are fractions, or whole numbers up to a hundred."""
    return not unit and shape.within(0, 1 if not shape.integer else 100)


def _counted(words: Phrase, phrase: Phrase, shape: Shape, tokens: Tokens, unit: str) -> Choice | None:
    """Small whole numbers with a word of money beside one that says that they count: years of giving, total covers."""
    if unit or not shape.integer or shape.low < 0 or any(word.isdecimal() for word in words):
        return None
    length = has(words, tokens.totals_lengths)
    if length is not None and shape.high <= LONGEST and has(words, tokens.recency_date) is None:
        return Choice(role=Role.COUNT, reason=f"“{' '.join(length)}” in its name, small whole numbers")
    entry = next(entry for entry in tokens.roles if entry.role == Role.AMOUNT)
    others = tuple(p for p in (*entry.strong, *entry.weak) if p not in tokens.totals_bare)
    if phrase not in tokens.totals_bare or len(words) == len(phrase) or has(words, others):
        return None
    if shape.high >= SMALL or {word for word in words if (word,) not in tokens.totals_bare} <= {
        "grand",
        "all",
    }:
        return None
    reason = f"small whole numbers; “{' '.join(phrase)}” in its name says not of what"
    return Choice(role=Role.COUNT, reason=reason, guess=True)


def of_customers(words: Phrase, tokens: Tokens) -> bool:
    """Whether a name speaks of the customer's own age: ``age``, ``Customer Age``, ``age in years``."""
    ages = next(entry.strong for entry in tokens.roles if entry.role == Role.AGE)
    plain = {word for phrase in (*ages, *tokens.customer, *tokens.year, *tokens.birth) for word in phrase}
    return all(
        word in plain or word in ("in", "years", "of", "at", "last", "jahren", "ans") for word in words
    )


def _part_of_whole(words: Phrase, phrase: Phrase, shape: Shape, tokens: Tokens, unit: str) -> bool:
    """Whether a rate or a ratio is a part of something, which can be told in percent."""
    if unit == "%" or shape.within(0, 1):
        return not (words[-1:] != phrase[-1:] and has(words[-1:], tokens.id))  # rate_code
    if has(words, tokens.rates_never):
        return False
    if phrase in tokens.rates_times:
        return bool(np.quantile(shape.known, 0.9) > TIMES)
    return not has(words[-1:], tokens.id) or has(words[-1:], (phrase[-1:],)) is not None


def by_sign(name: str, shape: Shape, tokens: Tokens, unit: str) -> Choice | None:
    """A share or an amount by the ``%`` or the money sign in a name that has no telling word."""
    if "%" in name and not unit.strip("%") and _fits(Role.SHARE, shape, unit):
        return Choice(role=Role.SHARE, reason="“%” in its name")
    for sign in tokens.money:
        if sign.isalpha() and not (len(sign) > 2 and sign.isupper()):
            continue  # kr, Ft and lei are too short to be sure of
        if re.search(rf"(?<!\w){re.escape(sign)}(?!\w)", name) and _fits(Role.AMOUNT, shape, unit):
            return Choice(role=Role.AMOUNT, reason=f"“{sign}” in its name")
    return None


def names_id(words: Phrase, tokens: Tokens) -> bool:
    """Whether a name says that its column holds ids: ``customer_id``, ``No. of customer``, ``Klantnummer``.

    ``Orders per account`` says how many there are for each, not which account it is.
    """
    if any(
        has(words[i : i + 1], tokens.each) and has(words[i + 1 : i + 2], tokens.customer)
        for i in range(len(words))
    ):
        return False
    if has(words[-1:], tokens.id) or has(words[:1], tokens.id):
        return True
    return bool(words) and any(words[-1].endswith(ending[0]) for ending in tokens.id_endings)


def evenly_spread(shape: Shape, *, repeat: bool = False) -> bool:
    """Whether whole numbers are drawn like ids: all different, of one length, anywhere in it with the same chance.

    That all are different must tell something: quantities of the same range would repeat, or not be of eight digits, or
    not fill all numbers of a length from 10,000 to 99,999. With ``repeat`` they
    may repeat, because the name says that they are ids.
    Evenness is Kolmogorov's test at 1 %.
    """
    n = shape.known.size
    if n < FEWEST_SPREAD or shape.low < 1_000 or len(str(int(shape.low))) != len(str(int(shape.high))):
        return False
    width = shape.high - shape.low + 1
    decade = 10.0 ** (len(str(int(shape.low))) - 1)
    whole = shape.low - decade <= 5 * width / n and 10 * decade - shape.high <= 5 * width / n
    if shape.high < 1e7 and not whole and not repeat and n * n / (2 * width) < REPEATS_EXPECTED:
        return False
    place = (np.sort(shape.known) - shape.low) / width
    steps = np.arange(n) / n
    distance = max(float(np.abs(place - steps).max()), float(np.abs(place - steps - 1 / n).max()))
    return bool(distance < 1.63 / np.sqrt(n))


def by_values(shape: Shape, unit: str, tokens: Tokens) -> Choice:
    """What the values alone suggest."""
    if unit == "%":
        return Choice(role=Role.SHARE, reason="its cells are percentages")
    if unit in tokens.money.values():
        return Choice(role=Role.AMOUNT, reason=f"its cells are amounts in {unit}")
    if unit:
        return Choice(role=Role.SCORE, reason=f"its cells are numbers with “{unit}” behind them")
    if shape.integer and shape.low >= YEARS[0] and shape.high <= YEARS[1]:
        return Choice(role=Role.SCORE, reason=CALENDAR_YEAR, guess=True)
    if shape.low >= 0 and shape.high <= 1 and not shape.integer:
        return Choice(role=Role.SHARE, reason="its values lie between 0 and 1", guess=True)
    if shape.integer and shape.low >= 0 and shape.high < SMALL:
        return Choice(role=Role.COUNT, reason="small whole numbers", guess=True)
    if shape.low >= 0 and shape.high >= 1000 and shape.distinct > 20:
        middle = float(np.median(shape.known))
        if float(np.mean(shape.known)) > SKEWED * middle:
            return Choice(
                role=Role.AMOUNT, reason="looks like amounts: large, most of them small", guess=True
            )
    return Choice(role=Role.SCORE, reason="a number; its name says no more", guess=True)


def coded(words: Phrase, shape: Shape, tokens: Tokens, named: Choice | None) -> Choice | None:
    """Whole numbers that are names of groups: 1 = male, 2 = female."""
    if not shape.integer or not 2 <= shape.distinct <= MOST_CODES:
        return None
    ending = has(words[-1:], tokens.coded)
    gaps = (
        shape.distinct < shape.high - shape.low + 1
    )  # $source: -6, -8 and 12; steps without a gap are an order
    below = LOWEST_CODE <= shape.low < 0 and gaps and shape.distinct <= GUESSED_CODES
    if ending is not None and named is None and below:
        return Choice(role=Role.CATEGORY, reason=f"codes, by “{ending[0]}” in its name", guess=True)
    phrase = has(words[-2:], tokens.staff) or has(words, tokens.category)
    if shape.high > (9_999 if phrase is None else 1e9):
        return None
    weak = named is None or named.guess or has(words[-2:], tokens.staff) is not None
    if phrase is not None and weak and shape.low >= 0:
        return Choice(role=Role.CATEGORY, reason=f"codes, by “{' '.join(phrase)}” in its name", guess=True)
    if named is not None or shape.distinct > GUESSED_CODES or shape.low < 1:
        return None
    if shape.low == 1 and shape.high == shape.distinct and shape.distinct >= 2:
        counts = np.bincount(shape.known.astype(int))[1:]
        falls = np.diff(np.sign(np.diff(counts)))
        if any(map(looks_plural, (words[:1] + words[-1:]))) and _rises_and_falls(counts):
            return None  # tickets held
        if shape.distinct == 2 or np.count_nonzero(
            falls > 0
        ):  # counts rise once and fall once; codes go up and down
            return Choice(
                role=Role.CATEGORY, reason=f"codes 1 to {shape.distinct} without an order", guess=True
            )
    return None


def _rises_and_falls(counts: NDArray[np.int64]) -> bool:
    """Whether frequencies rise once and fall once but for chance, and are surely not all the same."""
    if counts.size < FEWEST_STEPS:
        return False
    even = float(counts.mean())
    if float(((counts - even) ** 2).sum()) / even < FAR_FROM_EVEN * counts.size:
        return False
    sides = np.minimum(np.maximum.accumulate(counts), np.maximum.accumulate(counts[::-1])[::-1])
    return bool(np.all(sides - counts <= BY_CHANCE * np.sqrt(sides + counts)))


def even(shape: Shape) -> bool:
    """Whether numbers have the same chance each: chi-squared test of few ones, Kolmogorov's of many, at 1 %."""
    n = shape.known.size
    if n < FEWEST_SPREAD or shape.high <= shape.low:
        return False
    if shape.distinct <= MOST_CODES:
        counts = np.unique(shape.known, return_counts=True)[1]
        expected = n / counts.size
        most = counts.size - 1 + 2.33 * np.sqrt(2 * (counts.size - 1)) + 2
        return bool(((counts - expected) ** 2).sum() / expected <= most)
    place = (np.sort(shape.known) - shape.low) / (shape.high - shape.low)
    return bool(np.abs(place - np.arange(n) / n).max() < 1.63 / np.sqrt(n))


def target(
    words: Phrase, levels: int, last: bool, tokens: Tokens, shape: Shape | None = None
) -> Choice | None:
    """An outcome or the output of a model: shown for each segment, never used to make them.

    ``levels`` is the number of different values, ``last`` whether it is the table's last column.
    """
    phrase = has(words, tokens.target_always)
    if phrase is None:
        head = words[:-1] if has(words[-1:], tokens.target_endings) else words
        last_word = has(head[-1:], tokens.target_at_the_end)
        if last_word and (shape is None or shape.distinct <= MOST_CODES or shape.within(0, 1)):
            phrase = last_word
    if phrase is None and levels == 2 and not has(words[-1:], tokens.target_never_before):
        phrase = has(words, tokens.target_two_levels)
        if phrase is None and last:
            phrase = has(words, tokens.target_two_levels_last)
    if phrase is None:
        return None
    return Choice(
        role=Role.TARGET, reason=f"an outcome or a model's output, by “{' '.join(phrase)}” in its name"
    )


def ended(words: Phrase, levels: Sequence[str], tokens: Tokens) -> Choice | None:
    """A status of which one level says that it is over with the customer, and another that it goes on.

    Words that are said of other things as well (open and closed, active and inactive) need a name that says status.
    """
    status = has(words, tokens.status) is not None
    ends = (*tokens.ended, *tokens.ended_status) if status else tokens.ended
    found = [split_name(level) for level in levels]
    over = [level for level, said in zip(levels, found, strict=True) if has(said, ends)]
    on = [
        level for level, said in zip(levels, found, strict=True)
        if has(said, tokens.going_on) and not has(said, (*tokens.ended, *tokens.ended_status))
    ]  # fmt: skip
    if not over or not on or max(map(len, found)) > LONGEST_STATUS:
        return None
    return Choice(role=Role.TARGET, reason=f"an outcome, by “{over[0]}” beside “{on[0]}” among its levels")


SENTINELS = (-1.0, -9.0, -99.0, -999.0, -9999.0, 99.0, 999.0, 9999.0, 99999.0, 999999.0)
SENTINELS_OF_ANSWERS = (99.0, 98.0, 97.0, 88.0, 77.0)
"""Codes of questionnaires for "no answer", "refused", "does not apply"."""
HIGHEST_ANSWER = 11
FEWEST_ANSWERS = 3


FEWEST_KNOWN = 30
"""Other values that must be there for one to stand for "not known"."""
YOUNGEST_ADULT = 15
NO_AGE = 99.0
FEWEST_NO_AGE = 0.01
"""Share of 99 among ages, of which none comes near, from which it is no age."""
NEVER_COUNTED = frozenset(value for value in SENTINELS if value < 0)
NEVER_BELOW_ZERO: tuple[Role, ...] = (
    Role.AGE, Role.COUNT, Role.INCOME, Role.LIMIT, Role.RECENCY, Role.TENURE, Role.FREQUENCY,
)  # fmt: skip
LEAST_CREDIT, MOST_CREDIT = 250, 1_000
"""Between these lie the scores of credit bureaus of which 0 means that there is none."""


def impossible(words: Phrase, shape: Shape, tokens: Tokens, unit: str) -> float | None:
    """A number that cannot be what the name says, or None.

    -1 as the only one below zero among counts, incomes and times since; 0 or often 99 among the ages of adults; 0 among
    credit scores, which begin at 300. Only where the name fits all other values; but then however rare it is.
    """
    value = shape.low if shape.low <= 0 else shape.high
    least, roles = 0, NEVER_BELOW_ZERO
    credit = value in (0, *NEVER_COUNTED) and has(words, tokens.credit_scores) is not None
    if credit:
        least, roles = LEAST_CREDIT, (Role.SCORE,)
    elif value in (0, NO_AGE):
        least, roles = YOUNGEST_ADULT, (Role.AGE,)
    elif value not in NEVER_COUNTED:
        return None
    if not any(has(words, (*entry.strong, *entry.weak)) for entry in tokens.roles if entry.role in roles):
        return None
    others = shape.known[shape.known != value]
    if others.size < FEWEST_KNOWN or others.min() < least:
        return None
    if credit and others.max() > MOST_CREDIT:
        return None
    far = others.max() <= NO_AGE - 5 and others.size <= (1 - FEWEST_NO_AGE) * shape.known.size
    if value == NO_AGE and not far:
        return None
    named = by_name(words, Shape.of(others, shape.n, shape.distinct - 1), tokens, unit)
    return value if named is not None and named.role in roles else None


def sentinel(shape: Shape) -> float | None:
    """A number that stands for "not known": alone below zero or far above all others, and frequent."""
    if shape.known.size < FEWEST_KNOWN or not shape.integer:
        return None
    if not {shape.low, shape.high} & {*SENTINELS, *SENTINELS_OF_ANSWERS}:
        return None
    answers = shape.known[(shape.known >= 0) & (shape.known <= HIGHEST_ANSWER)]
    scale = np.unique(answers).size >= FEWEST_ANSWERS and answers.size >= shape.known.size / 2
    if scale and shape.high in SENTINELS_OF_ANSWERS:
        beyond = shape.known[(shape.known < 0) | (shape.known > HIGHEST_ANSWER)]
        if np.isin(beyond, (*SENTINELS_OF_ANSWERS, *SENTINELS)).all() and beyond.size >= max(
            2, 0.002 * shape.n
        ):
            return shape.high
    if shape.distinct < 10 and not (scale and shape.high <= HIGHEST_ANSWER and shape.low in SENTINELS):
        return None
    for value in SENTINELS:
        if value not in (shape.low, shape.high):
            continue
        others = shape.known[shape.known != value]
        share = 1 - others.size / shape.known.size
        if others.size == 0 or share < 0.01:
            continue
        if value < 0 and others.min() >= 0 and (value != -1 or share >= 0.05):
            return value
        if value > 0 and others.max() * 4 < value:
            return value
    return None
