"""Turn a draft into its role and its use, by its name and its values and without looking at other columns.

Words are decided in ``levels``, numbers here. The only exceptions are questionnaires, which are known by several
columns with the same answers. Thresholds are those of METHODS.md 1.6; words are in ``lexicon/tokens.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from reportgen.columns import cell_values, date_cells, number_cells, totals
from reportgen.columns import roles as choose
from reportgen.columns import wording as say
from reportgen.columns.drafts import Draft, count_different
from reportgen.columns.levels import REPEATS, SHOWN_LEVELS, UNIQUE, Levels
from reportgen.lexicon.tokens import Phrase, has, split_name
from reportgen.results import CALENDAR_YEAR, Role, Use

if TYPE_CHECKING:
    from reportgen.results import Floats

MOSTLY_MISSING = 0.40
NEARLY_CONSTANT = 0.995
EXACT = 2.0**53
"""Whole numbers from here on cannot be told apart as floating-point numbers."""
FEWEST_ROWS = 30
SHORTEST_PHONE = 1e5
"""Smaller numbers are no phone numbers."""
SOME, MOST_SUMMED, CENT = 2_000, 40, 0.015
"""Rows that show a sum, amounts at most among which it is looked for, and by how much rounding may miss it."""
SCALES = (4, 5, 7, 10)
"""The highest answers that a questionnaire may have, of which 1 is the lowest."""
_SAID = (*range(1, SCALES[-1] + 1), *choose.SENTINELS, *choose.SENTINELS_OF_ANSWERS)
"""Answers, and what stands for none."""
FEWEST_ANSWERED = 3
"""Columns with the same answers that make a questionnaire."""
NEVER_CLUSTERED = frozenset({Role.ID, Role.TEXT, Role.EMPTY, Role.CONSTANT, Role.DATE})
BIRTHS, GENERATION = (1900, 2015, 2000), 20
"""Years between which births lie, the latest middle of them, and years between the old and the young."""
WORDY = frozenset({Role.ID, Role.TEXT, Role.EMPTY})


class Deciding(Levels):
    """One column after the other gets its role, its use and the reason."""

    def decide(self, draft: Draft) -> None:
        """Role and use of one column, by itself."""
        forced = self.forced.get(draft.name)
        if draft.dates is not None:
            draft.values, draft.role, draft.use = self.real_dates(draft), Role.DATE, Use.LEFT_OUT
            draft.distinct = count_different(draft.values)
            draft.reason = f"dates, written {draft.dates.how}"
        elif draft.numbers is not None:
            self.decide_numbers(draft, draft.numbers, forced)
        else:
            self.decide_words(draft, forced)
        if forced is not None and draft.role is not forced:
            if forced in WORDY | {Role.CONSTANT, Role.DATE}:
                draft.levels = ()
            draft.role, draft.reason, draft.sure = forced, f"you said that it is {forced.value}", True
            draft.use = (
                Use.PROFILE
                if forced is Role.TARGET
                else Use.LEFT_OUT
                if forced in NEVER_CLUSTERED
                else Use.CLUSTERING
            )
        if draft.role in WORDY:
            draft.values = np.full(self.n, np.nan)
        if draft.use is not Use.LEFT_OUT and forced is None and self.is_drawn(draft):
            self.set(draft, draft.role, Use.LEFT_OUT, "by its name it was drawn by lot")
            self.unguess(draft)
        if draft.use is Use.CLUSTERING:
            self.limit(draft)

    def is_drawn(self, draft: Draft) -> bool:
        """Whether a column holds what was drawn by lot, as the buckets and groups of tests are."""
        tokens, words = self.tokens, draft.words
        if has(words, tokens.drawn):
            return True
        if words not in tokens.drawn_alone:
            return False
        if draft.numbers is None:
            return bool(draft.levels) and all(
                has(split_name(level), tokens.drawn_levels) for level in draft.levels
            )
        return choose.even(draft.shape())

    def unguess(self, draft: Draft) -> None:
        """Forget a guess about a column that was decided otherwise."""
        for names in (*self.roles_guessed.values(), self.codes_guessed):
            names[:] = [name for name in names if name != draft.name]

    def scores_of_rfm(self, drafts: Sequence[Draft]) -> None:
        """Scores that were made of recency, frequency and money, beside these: they say nothing that those do not."""
        found: dict[str, list[Draft]] = {}
        tokens = self.tokens
        for draft in drafts:
            if draft.numbers is None or draft.use is not Use.CLUSTERING or draft.name in self.forced:
                continue
            of = [word for word in draft.words if (word,) in tokens.rfm]
            rest = [word for word in draft.words if (word,) not in (*tokens.rfm, *tokens.rfm_scores)]
            if len(of) != 1 or rest or (len(draft.words) == 1 and len(of[0]) > 1):
                continue
            known = draft.numbers.values[~np.isnan(draft.numbers.values)]
            if draft.distinct <= SCALES[-1] and np.isin(known, np.arange(SCALES[-1] + 1)).all():
                found.setdefault(of[0][0], []).append(draft)
        scores = [draft for same in found.values() for draft in same]
        others = {draft.role for draft in drafts if draft not in scores}
        if len(found) < len("rfm") or Role.AMOUNT not in others or not others & {Role.RECENCY, Role.DATE}:
            return
        for draft in scores:
            draft.levels, draft.values = (), draft.numbers.values if draft.numbers else draft.values
            self.set(draft, Role.SCORE, Use.PROFILE, "a score made of recency, frequency or money")
            self.unguess(draft)

    def partly_predicted(self, drafts: Sequence[Draft]) -> None:
        """An amount that is the sum of another one and of a model's output is a model's output in part."""
        step = max(1, -(-self.n // SOME))
        models = [
            d for d in drafts
            if d.role is Role.TARGET and d.numbers is not None and not d.levels and d.distinct > choose.MOST_CODES
        ]  # fmt: skip
        amounts = [
            d for d in drafts
            if d.role is Role.AMOUNT and d.use is not Use.LEFT_OUT and not d.levels and d.name not in self.forced
            and d.distinct > choose.MOST_CODES
        ]  # fmt: skip
        for model in models if len(amounts) <= MOST_SUMMED else ():
            for whole in amounts:
                rest = whole.values[::step] - model.values[::step]
                for part in (d for d in amounts if d is not whole and d.role is Role.AMOUNT):
                    gap = np.abs(rest - part.values[::step])
                    gap = gap[~np.isnan(gap)]
                    if gap.size >= FEWEST_ROWS and np.mean(gap <= CENT) >= choose.ALMOST:
                        why = f"the sum of {part.name} and {model.name}, a model's output"
                        self.set(whole, Role.TARGET, Use.PROFILE, why)
                        self.unguess(whole)
                        break

    def like_outcomes(self, drafts: Sequence[Draft]) -> None:
        """A column of two levels that says row by row what an outcome says is the same outcome."""
        two = [d for d in drafts if len(d.levels) == 2 and d.name not in self.forced]
        outcomes = [d for d in two if d.role is Role.TARGET]
        for draft in (d for d in two if d.use is Use.CLUSTERING):
            for outcome in outcomes:
                both = ~(np.isnan(draft.values) | np.isnan(outcome.values))
                same = draft.values[both] == outcome.values[both]
                if both.sum() >= max(FEWEST_ROWS, MOSTLY_MISSING * self.n) and (same.all() or not same.any()):
                    self.set(draft, Role.TARGET, Use.PROFILE, f"it says row by row what {outcome.name} says")
                    break

    def limit(self, draft: Draft) -> None:
        """Columns that are fit by role but say too little to make segments."""
        missing = 1 - draft.known().size / len(draft.values)
        if missing > MOSTLY_MISSING:
            draft.use, draft.reason = Use.PROFILE, f"{missing:.0%} of its cells are missing"
            return
        known = draft.known()
        some = known[:: max(1, known.size // 1000)]
        if known.size == 0 or np.mean(some == np.median(some)) < 0.9:
            return
        middle = np.median(known)
        share = float(np.mean(known == middle))
        if share >= NEARLY_CONSTANT:
            draft.use, draft.reason = Use.PROFILE, f"{say.percent(share)} of its cells hold the same value"

    def decide_numbers(self, draft: Draft, numbers: number_cells.Numbers, forced: Role | None) -> None:
        """Role and use of a column of numbers."""
        tokens, words = self.tokens, draft.words
        draft.values = numbers.values
        draft.distinct = draft.distinct or count_different(draft.values)
        shape = draft.shape()
        codes = shape.integer and (cell_values.padded(draft.cells) or max(-shape.low, shape.high) >= EXACT)
        if codes:  # as text, because 007 is not 7 and twenty digits do not fit into a number
            draft.distinct = self.different_cells(draft)
        if draft.distinct == 0:
            self.set(draft, Role.EMPTY, Use.LEFT_OUT, "it has no values")
            return
        if draft.name.strip().lower() in tokens.errors | tokens.missing:
            self.set(draft, Role.SCORE, Use.LEFT_OUT, "its name is an error of a spreadsheet")
            return
        if draft.distinct == 1:
            if shape.low == 1 and forced is None and self.marked(draft, {"1": "1"}):
                return
            reason = (
                "every row has the same value"
                if not np.isnan(draft.values).any()
                else "only one value, or none"
            )
            self.set(draft, Role.CONSTANT, Use.LEFT_OUT, reason)
            return
        last = draft.place == len(self.table.header) - 1
        outcome = choose.target(words, draft.distinct, last, tokens, shape)
        if outcome is not None:
            if draft.distinct <= 2 and set(np.unique(shape.known)) <= {0.0, 1.0}:
                draft.levels = ("0", "1")
            self.set(draft, outcome.role, Use.PROFILE, outcome.reason)
            return
        place = has(words, tokens.geography)
        if place is not None and forced is None and not self.is_counted(draft, shape):
            self.set(
                draft, Role.TEXT, Use.LEFT_OUT, f"a place on the map, by “{' '.join(place)}” in its name"
            )
            return
        if self.cut_off(draft, shape) and forced is None:
            return
        dates = self.numbered_dates(draft, shape) if forced is None or forced is Role.DATE else None
        if dates is not None:
            draft.numbers, draft.dates = None, dates
            self.note(
                "date-numbers", f"The numbers of {draft.name} were read as dates ({dates.how}).", draft.name
            )
            self.tell_dates(draft, dates)
            draft.values = self.real_dates(draft)
            draft.distinct = count_different(draft.values)
            self.set(draft, Role.DATE, Use.LEFT_OUT, f"dates, written as {dates.how}")
            return
        if not draft.timed and self.is_id_number(draft, shape):
            draft.distinct = self.different_cells(draft)
            return
        if codes and forced is None:
            self.decide_words(draft, forced, "codes rather than numbers")
            return
        if (
            has(words, tokens.person)
            and draft.distinct > choose.MOST_CODES
            and not self.is_measured(draft, shape)
        ):
            self.set(draft, Role.TEXT, Use.LEFT_OUT, "a person's name or address")
            return
        if words in tokens.birth_alone and self.are_births(shape):
            words = draft.words = (*words, "birth")
        if shape.integer and has(words, tokens.birth) and self.are_years(shape):
            draft.values = self.real_years(draft)
            draft.distinct = count_different(draft.values)
            self.set(draft, Role.DATE, Use.LEFT_OUT, "a year of birth")
            return
        years = shape.integer and shape.within(1900, 2100) and shape.low >= 1800 and has(words, tokens.year)
        if years or (
            shape.integer
            and choose.YEARS[0] <= shape.low <= shape.high <= choose.YEARS[1]
            and self.names_event(draft)
        ):
            if has(words, tokens.tenure_date) and not has(words, (*tokens.recency_date, *tokens.ahead)):
                self.set(draft, Role.DATE, Use.LEFT_OUT, "a year of joining")
            else:
                self.set(draft, Role.SCORE, Use.PROFILE, CALENDAR_YEAR)
            return
        if shape.integer and shape.low >= 0 and shape.high <= 53 and words and words[-1:] in tokens.calendar:
            self.set(draft, Role.SCORE, Use.PROFILE, "a place in the calendar, not behaviour")
            return
        named = self.named(draft, shape)
        if self.is_code(draft, shape, named) and forced is None:
            self.set(draft, Role.TEXT, Use.LEFT_OUT, "whole numbers that name something")
            draft.values = np.full(self.n, np.nan)
            return
        ending = has(words[-1:], tokens.id) if choose.names_id(words, tokens) else None
        if has(words[-1:], tokens.contact) and shape.high < SHORTEST_PHONE:
            ending = None  # how many e-mails
        if ending and named is not None and len(words) > 1 and named.role in (Role.AMOUNT, Role.INCOME):
            named = choose.by_name(words[-1:], shape, tokens, draft.unit)  # sales_rep_no is no sales
        whose = named is None and forced is None and shape.integer and (ending or self.is_place(draft, shape))
        if (
            whose and draft.distinct > choose.MOST_CODES
        ):  # branch_id: numbers that name something, not quantities
            draft.distinct = self.different_cells(draft)
            if draft.distinct > SHOWN_LEVELS:
                self.set(draft, Role.TEXT, Use.LEFT_OUT, f"codes, by “{whose[0]}” in its name")
                draft.values = np.full(self.n, np.nan)
            else:
                self.codes(draft)
                self.set(
                    draft,
                    Role.CATEGORY,
                    Use.PROFILE,
                    f"{draft.distinct} codes are too many to make segments from",
                )
            return
        two = draft.distinct == 2 and shape.low == 0 and shape.high == 1
        if forced is Role.CATEGORY or (forced is Role.FLAG and draft.distinct == 2):
            self.codes(draft)
        elif two and not (
            named is not None
            and named.role is Role.COUNT
            and not draft.unit
            and has(words, tokens.yes_or_no) is None
        ):
            draft.levels = ("0", "1")
            self.set(draft, Role.FLAG, Use.CLUSTERING, "only 0 and 1")
        else:
            code = None
            if whose and draft.distinct > 2:
                code = choose.Choice(
                    role=Role.CATEGORY, reason=f"codes, by “{whose[0]}” in its name", guess=True
                )
            elif forced is None and draft.name not in self.batteries:
                code = choose.coded(words, shape, tokens, named)
            if code is not None:
                self.codes(draft)
                self.set(draft, code.role, Use.CLUSTERING, code.reason)
                self.codes_guessed.append(draft.name)
            else:
                self.quantity(draft, shape, named)

    def numbered_dates(self, draft: Draft, shape: choose.Shape) -> date_cells.Dates | None:
        """Dates that are written as numbers: 20261231, 261231, the days of a spreadsheet, the seconds of a program."""
        tokens, words, known = self.tokens, draft.words, draft.known()
        if choose.names_id(words, tokens):
            return None
        dated = has(words, tokens.date) is not None
        named = dated or has(words, tokens.birth) is not None or self.names_event(draft)
        compact = shape.integer and date_cells.compact_dates(known, named=named)
        short = shape.integer and named and not compact and date_cells.short_dates(known)
        if compact or short or (dated and shape.integer and shape.low >= 19_000_000):
            found = date_cells.read_dates(
                draft.by_value(), tokens, day_first=None, compact=not short, short=short,
                least=1 - number_cells.ONE_WORD if named else date_cells.DATES,
            )  # fmt: skip
            if found is not None:
                return found
        packed = date_cells.packed_dates(draft.values) if named and shape.integer else None
        if packed is not None:
            if packed.guessed:
                self.note(
                    "date-order-guess",
                    f"The dates of {draft.name} were read as {packed.how}; nothing in the column tells which.",
                    draft.name,
                    warning=True,
                )
            return packed
        measured = any(has(words, entry.strong) for entry in tokens.roles)
        if has(words, tokens.birth) and not measured and shape.integer:
            found = date_cells.birth_serials(draft.values)
            if found is not None:
                return found
        if dated or (named and date_cells.nameless_serials(known)):
            return date_cells.serial_dates(draft.values)
        return None

    @staticmethod
    def are_years(shape: choose.Shape) -> bool:
        """Whether whole numbers are years, beside a few of what is written for none (0, 9999)."""
        if shape.within(1880, 2100):
            return True
        none = np.isin(shape.known, (0.0, *choose.SENTINELS))
        years = shape.known[~none]
        return years.size >= shape.known.size / 2 and bool(np.all((years >= 1880) & (years <= 2100)))

    @staticmethod
    def are_births(shape: choose.Shape) -> bool:
        """Whether years lie as far back and as far apart as those in which the customers of one firm were born."""
        if not shape.integer or not shape.within(BIRTHS[0], BIRTHS[1]) or shape.distinct < GENERATION:
            return False
        early, middle, late = np.quantile(shape.known, (0.05, 0.5, 0.95))
        return bool(BIRTHS[0] <= shape.low and middle <= BIRTHS[2] and late - early >= GENERATION)

    def without(self, draft: Draft, values: Floats, value: float, what: str) -> Floats:
        """The values without one that means “not known”; ``what`` it is, and what is strange about it, is noted."""
        marked = values == value
        number = int(marked.sum())
        self.note(
            "sentinel",
            f"{say.cells(number)} of {draft.name} {say.are(number)} {what}; "
            f"{'it was' if number == 1 else 'they were'} taken to mean “not known”.",
            draft.name,
            warning=True,
        )
        return np.where(marked, np.nan, values)

    def real_years(self, draft: Draft) -> Floats:
        """Years of birth without those that stand for none: 1900 far from all others."""
        years = draft.values
        for value in date_cells.never_years(draft.known(), self.tokens.never):
            years = self.without(draft, years, value, f"{value:g}, far from all other years")
        return years

    def real_dates(self, draft: Draft) -> Floats:
        """The days of a draft without those that stand for none: 1900-01-01 far from all others."""
        assert draft.dates is not None
        days = draft.dates.values
        for value in date_cells.never_dates(days, self.tokens.never):
            days = self.without(draft, days, value, f"{say.iso(value)}, far from all other dates")
        return days

    def quantity(self, draft: Draft, shape: choose.Shape, named: choose.Choice | None) -> None:
        """A column of quantities: sentinels out, then the role."""
        while True:
            value, why = choose.sentinel(shape), "far from all other values"
            if value is None:
                value = choose.impossible(draft.words, shape, self.tokens, draft.unit)
                why = why if value is not None and value >= 0 else "which cannot be"
            if value is None:
                break
            draft.values = self.without(draft, draft.values, value, f"{value:g}, {why}")
            draft.distinct -= 1
            shape = draft.shape()
            named = self.named(draft, shape)
        answers = self.batteries.get(draft.name) if named is None else None
        choice = answers or named or choose.by_values(shape, draft.unit, self.tokens)
        draft.sure = not choice.guess
        years = (
            choice.guess and shape.integer and choose.YEARS[0] <= shape.low <= shape.high <= choose.YEARS[1]
        )
        self.set(draft, choice.role, Use.PROFILE if years else Use.CLUSTERING, choice.reason)
        self.guessed(draft, choice)
        if choice.role in (Role.FREQUENCY, Role.SHARE):
            top = 1.0 if choice.role is Role.FREQUENCY or shape.within(0, 1) else 100.0
            beyond = int(((shape.known < 0) | (shape.known > top)).sum())
            if beyond:
                self.note(
                    "out-of-range",
                    f"{beyond:,} {'cell lies' if beyond == 1 else 'cells lie'} outside 0 to {top:g} "
                    f"in {draft.name}.",
                    draft.name,
                    warning=True,
                )

    def find_periods(self, drafts: Iterable[Draft]) -> None:
        """Numbers that have no name but a month or a year are one thing at several times, and of one role."""
        found = [
            d for d in drafts
            if d.numbers is not None and not d.sure and not d.levels and d.role in (Role.AMOUNT, Role.COUNT, Role.SCORE)
            and d.use is Use.CLUSTERING and totals.calendar(d.words, self.tokens)
        ]  # fmt: skip
        if len(found) < totals.FEWEST or min(float(d.known().min()) for d in found) < 0:
            return
        role = Role.COUNT if all(d.role is Role.COUNT for d in found) else Role.AMOUNT
        choice = choose.Choice(
            role=role, reason=f"{len(found)} columns without a name but a month or a year", guess=True
        )
        self.periods = frozenset(d.name for d in found)
        for names in self.roles_guessed.values():
            names[:] = [name for name in names if name not in self.periods]
        for draft in found:
            draft.role, draft.reason = role, choice.reason
            self.guessed(draft, choice)

    def tell_guesses(self) -> None:
        """One note for all columns that were guessed in the same way."""
        for choice, names in self.roles_guessed.items():
            if not names:
                continue
            self.note(
                "role-guess",
                f"The {'name does' if len(names) == 1 else 'names do'} not say what {say.listed(names)} "
                f"{'is' if len(names) == 1 else 'are'} about; by the values "
                f"{'it' if len(names) == 1 else 'each'} was taken for {say.a(choice.role)} ({choice.reason}).",
                names[0],
            )
        if self.codes_guessed:
            self.note(
                "codes-guess",
                f"The whole numbers of {say.listed(self.codes_guessed)} were taken for codes of groups "
                "rather than for quantities.",
                self.codes_guessed[0],
            )

    def named(self, draft: Draft, shape: choose.Shape) -> choose.Choice | None:
        """The role that the name tells, by its words or by a sign in it."""
        words = choose.by_name(draft.words, shape, self.tokens, draft.unit)
        if words is not None and words.role is not Role.AMOUNT:
            return words
        name = draft.header.named if draft.header is not None and draft.header.scale > 1.0 else draft.name
        sign = choose.by_sign(name, shape, self.tokens, draft.unit)
        return (
            sign if sign is not None and sign.role is Role.SHARE else words or sign
        )  # "Discount %" is no money

    def find_batteries(self, drafts: Sequence[Draft]) -> None:
        """Columns of a questionnaire: three and more with the same few answers, 1 to 5 for example."""
        found: dict[int, list[str]] = {}
        for draft in drafts:
            if draft.numbers is None:
                continue
            if not np.isin(number_cells.there(draft.numbers.values[:2_000]), _SAID).all():
                continue
            said = np.unique(number_cells.there(draft.numbers.values))
            answers = said[(said >= 1) & (said <= SCALES[-1])]
            if np.isin(said, _SAID).all() and answers.size in SCALES and answers[-1] == answers.size:
                found.setdefault(answers.size, []).append(draft.name)
        for most, names in found.items():
            if len(names) >= FEWEST_ANSWERED:
                choice = choose.Choice(
                    role=Role.SCORE, reason=f"{len(names)} columns with answers from 1 to {most}", guess=True
                )
                self.batteries.update(dict.fromkeys(names, choice))
                self.join_battery(drafts, set(names), most)

    def join_battery(self, drafts: Sequence[Draft], names: set[str], most: int) -> None:
        """Columns beside those of a questionnaire, with answers of the same scale, of which nobody gave some."""
        choice = choose.Choice(
            role=Role.SCORE, reason=f"it stands beside columns with answers from 1 to {most}", guess=True
        )
        for way in (drafts, drafts[::-1]):
            beside = False
            for draft in way:
                beside = draft.name in names or (beside and self.may_answer(draft, most))
                if beside and draft.name not in names:
                    names.add(draft.name)
                    self.batteries.setdefault(draft.name, choice)

    def may_answer(self, draft: Draft, most: int) -> bool:
        """Whether whole numbers may be answers from 1 to ``most``; not where the name ends with a word for groups."""
        if draft.numbers is None or has(draft.words[-1:], (*self.tokens.category, *self.tokens.id)):
            return False
        if not np.isin(number_cells.there(draft.numbers.values[:2_000]), _SAID).all():
            return False
        said = np.unique(number_cells.there(draft.numbers.values))
        answers = said[(said >= 1) & (said <= most)]
        others = said[(said < 1) | (said > most)]
        none = (*choose.SENTINELS, *choose.SENTINELS_OF_ANSWERS)
        return bool(
            answers.size >= FEWEST_ANSWERED and answers[-1] >= most - 1 and np.isin(others, none).all()
        )

    def codes(self, draft: Draft) -> None:
        """Numbers to level codes, in the order of the numbers."""
        known = ~np.isnan(draft.values)
        found = np.unique(draft.values[known])
        coded = np.full(self.n, np.nan)
        coded[known] = np.searchsorted(found, draft.values[known])
        draft.values, draft.levels = coded, tuple(f"{value:.15g}" for value in found)

    def is_id_number(self, draft: Draft, shape: choose.Shape) -> bool:
        """Numbers that name rows: an id by name, row numbers, or whole numbers that only go up."""
        if not shape.integer:
            codes = self.is_customer_number(draft) and draft.distinct >= UNIQUE * self.n and not draft.unit
            if codes:  # 123456789.987654321, of which a number keeps too few digits
                self.set(
                    draft,
                    Role.ID,
                    Use.LEFT_OUT,
                    "its name and its values, all different, say that it is an id",
                )
            return codes
        if self.is_customer_number(draft) and FEWEST_ROWS < draft.distinct < UNIQUE * self.n:
            return draft.distinct >= REPEATS * self.n and self.set_repeated(draft)
        if draft.distinct < UNIQUE * self.n or shape.known.size < UNIQUE * self.n:
            return False
        unique = draft.distinct == self.n
        consecutive = unique and shape.high - shape.low == self.n - 1
        named = self.named(draft, shape)
        nameless = re.fullmatch(r"(column|unnamed:?) ?\d*", draft.name, flags=re.IGNORECASE) is not None
        ranked = has(draft.words, self.tokens.ranks) is not None
        steps = np.diff(draft.values)
        rising = unique and bool(np.all(steps > 0))
        told = tuple(word for word in draft.words if len(word) > 1)  # N° client
        alone = len(told) == 1 and has(told, self.tokens.customer) is not None
        if (choose.names_id(draft.words, self.tokens) or alone) and (
            named is None
            or named.role in (Role.COUNT, Role.SCORE)
            or (shape.low >= 1000 and has(draft.words[-1:], self.tokens.id) is not None)
        ):
            self.set(
                draft,
                Role.ID,
                Use.LEFT_OUT,
                "its name and its values, all different, say that it is an id",
            )
            return True
        if consecutive and (named is None or ranked or nameless or rising):
            self.set(draft, Role.ID, Use.LEFT_OUT, "row numbers: each value is there once, without a gap")
            return True
        why = ""
        if (named is None or ranked) and not draft.unit and unique:
            if rising:
                why = "whole numbers that are all different and only go up"
            elif choose.evenly_spread(shape):
                why = "whole numbers of one length that are all different and evenly spread, as ids are"
        if why:
            self.set(draft, Role.ID, Use.LEFT_OUT, why)
            self.guessed(draft, choose.Choice(role=Role.ID, reason=why, guess=True))
        return bool(why)

    def is_counted(self, draft: Draft, shape: choose.Shape) -> bool:
        """Whether a name with a word for a place ends with what was done there: postal orders, city trips."""
        done = choose.by_name(draft.words[-1:], shape, self.tokens, draft.unit)
        return done is not None and done.role in (Role.COUNT, Role.AMOUNT, Role.SHARE, Role.FREQUENCY)

    def is_measured(self, draft: Draft, shape: choose.Shape) -> bool:
        """Whether a name with a word for a person is about what was done: an e-mail open rate, orders by phone.

        A number is no e-mail address, and one of a few digits no phone.
        """
        numbered = has(draft.words[-1:], self.tokens.id) and not has(draft.words[-1:], self.tokens.contact)
        if has(draft.words, self.tokens.contact) and shape.high < SHORTEST_PHONE and not numbered:
            return True
        named = choose.by_name(draft.words, shape, self.tokens, draft.unit)
        measured = named is not None and named.role not in (Role.SCORE, Role.AGE)
        return measured and not has(draft.words[-1:], self.tokens.id)

    def is_place(self, draft: Draft, shape: choose.Shape) -> Phrase | None:
        """The word for a place whose number a column holds: few numbers, or all of one length, and never 0."""
        if draft.unit or shape.low < 1 or len(draft.words) > 2:
            return None
        digits = {len(str(int(shape.low))), len(str(int(shape.high)))}
        if draft.distinct > choose.MOST_CODES and (len(digits) > 1 or max(digits) < 3):
            return None
        return has(draft.words[-1:], self.tokens.places)

    def is_code(self, draft: Draft, shape: choose.Shape, named: choose.Choice | None) -> bool:
        """Whole numbers that name a card or a firm and that not all customers have, or that stand in several rows."""
        if not shape.integer or draft.unit or draft.distinct <= choose.MOST_CODES:
            return False
        if named is None:
            return draft.distinct >= UNIQUE * shape.known.size and choose.evenly_spread(shape)
        number = named.role is Role.COUNT and has(draft.words[-1:], self.tokens.id)
        return bool(number) and choose.evenly_spread(shape, repeat=True)

    def cut_off(self, draft: Draft, shape: choose.Shape) -> bool:
        """Long numbers of which a spreadsheet has kept a few digits (``4.01E+12``): ids that are lost."""
        if not shape.integer or shape.low < 1e10:
            return False
        rounded = pc.match_substring_regex(draft.cells, r"^\d(?:[.,]\d{1,6})?[eE]\+?1\d$")
        if not pc.mean(pc.cast(rounded, pa.float64())).as_py() >= choose.ALMOST:
            return False
        self.set(draft, Role.TEXT, Use.LEFT_OUT, "long numbers that a spreadsheet has cut off")
        self.note(
            "spreadsheet-rounded",
            f"The numbers of {draft.name} were cut off by a spreadsheet ({draft.cells[0]}); "
            "ids that are written so cannot be told apart, so keep them as text.",
            draft.name,
            warning=True,
        )
        return True
