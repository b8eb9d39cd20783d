"""Turn a draft into its role and its use, by its name and its values and without looking at other columns.

The only exceptions are questionnaires, which are known by several columns with the same answers. Thresholds are those
of METHODS.md 1.6; words are in ``lexicon/tokens.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from reportgen.columns import bulk, cell_values, date_cells, duration_cells, number_cells, scales, totals
from reportgen.columns import roles as choose
from reportgen.columns import wording as say
from reportgen.columns.drafts import Draft, count_different
from reportgen.columns.reading import Reading
from reportgen.lexicon.tokens import has
from reportgen.results import Role, Use

if TYPE_CHECKING:
    from reportgen.results import Floats

MOSTLY_MISSING = 0.40
NEARLY_CONSTANT = 0.995
UNIQUE = 0.95
"""Share of different values from which a column can be an id (METHODS.md 1.6)."""
SHOWN_LEVELS = 100
"""A text column with at most so many levels still describes segments."""
EXACT = 2.0**53
"""Whole numbers from here on cannot be told apart as floating-point numbers."""
FEWEST_ROWS = 30
FEWEST_NOTES = 5
"""Cells that are all different and so no levels, however many are blank: remarks about single customers."""
SCALES = (4, 5, 7, 10)
"""The highest answers that a questionnaire may have, of which 1 is the lowest."""
_SAID = (*range(1, SCALES[-1] + 1), *choose.SENTINELS, *choose.SENTINELS_OF_ANSWERS)
"""Answers, and what stands for none."""
FEWEST_ANSWERED = 3
"""Columns with the same answers that make a questionnaire."""
MARKED = 0.01
"""Share of the rows that must be marked, and blank, for blank cells to say no."""
BLANK = frozenset({"", "-", "–", "—", "－"})
"""Cells that say no where all others say yes."""
REPEATS = 0.5
"""A customer number with fewer different values than this share of the rows means transactions."""
NEVER_CLUSTERED = frozenset({Role.ID, Role.TEXT, Role.EMPTY, Role.CONSTANT, Role.DATE})
WORDY = frozenset({Role.ID, Role.TEXT, Role.EMPTY})


class Deciding(Reading):
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
        if draft.use is Use.CLUSTERING:
            self.limit(draft)

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
        if place is not None and forced is None:
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
        if shape.integer and has(words, tokens.birth) and shape.within(1880, 2100):
            self.set(draft, Role.DATE, Use.LEFT_OUT, "a year of birth")
            return
        years = shape.integer and shape.within(1900, 2100) and shape.low >= 1800 and has(words, tokens.year)
        if years or (
            shape.integer
            and choose.YEARS[0] <= shape.low <= shape.high <= choose.YEARS[1]
            and self.names_event(draft)
        ):
            self.set(draft, Role.SCORE, Use.PROFILE, "a calendar year, not behaviour")
            return
        if shape.integer and shape.low >= 0 and shape.high <= 53 and words and words[-1:] in tokens.calendar:
            self.set(draft, Role.SCORE, Use.PROFILE, "a place in the calendar, not behaviour")
            return
        named = self.named(draft, shape)
        if self.is_code(draft, shape, named) and forced is None:
            self.set(draft, Role.TEXT, Use.LEFT_OUT, "whole numbers that name something")
            draft.values = np.full(self.n, np.nan)
            return
        ending = has(words[-1:], tokens.id)
        if ending and named is not None and len(words) > 1 and named.role in (Role.AMOUNT, Role.INCOME):
            named = choose.by_name(words[-1:], shape, tokens, draft.unit)  # sales_rep_no is no sales
        whose = named is None and forced is None and shape.integer and ending
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
        elif two and not (named is not None and named.role is Role.COUNT and not draft.unit):
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
        measured = any(has(words, entry.strong) for entry in tokens.roles)
        if has(words, tokens.birth) and not measured and shape.integer:
            found = date_cells.birth_serials(draft.values)
            if found is not None:
                return found
        if dated or (named and date_cells.nameless_serials(known)):
            return date_cells.serial_dates(draft.values)
        return None

    def real_dates(self, draft: Draft) -> Floats:
        """The days of a draft without those that stand for none: 1900-01-01 far from all others."""
        assert draft.dates is not None
        days = draft.dates.values
        for value in date_cells.never_dates(days, self.tokens.never):
            marked = days == value
            number = int(marked.sum())
            self.note(
                "sentinel",
                f"{say.cells(number)} of {draft.name} {say.are(number)} {say.iso(value)}, "
                f"far from all other dates; {'it was' if number == 1 else 'they were'} taken to mean “not known”.",
                draft.name,
                warning=True,
            )
            days = np.where(marked, np.nan, days)
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
            marked = draft.values == value
            self.note(
                "sentinel",
                f"{say.cells(int(marked.sum()))} of {draft.name} {say.are(int(marked.sum()))} {value:g}, "
                f"{why}; it was taken to mean “not known”.",
                draft.name,
                warning=True,
            )
            draft.values = np.where(marked, np.nan, draft.values)
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
        return words or choose.by_sign(draft.name, shape, self.tokens, draft.unit)

    def guessed(self, draft: Draft, choice: choose.Choice) -> None:
        """Remember a guess, to be told with those like it."""
        if choice.guess:
            self.roles_guessed.setdefault(choice, []).append(draft.name)

    def find_batteries(self, drafts: Iterable[Draft]) -> None:
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

    def marked(self, draft: Draft, ways: Mapping[str, str]) -> bool:
        """A column of one mark (``x``, ``yes``) and blank cells, which then say no; whether it is one."""
        yes = {_key(yes) for _, yes in self.tokens.booleans} | self.tokens.marks
        [(key, written)] = ways.items()
        if key not in yes:
            return False
        cells = draft.by_value()
        texts = cells.values.to_pylist()
        said = np.array([_key(text) == key for text in texts])
        if draft.numbers is not None:
            said[np.unique(cells.codes[~np.isnan(draft.values)])] = True
        blank = np.array([text.strip() in BLANK for text in texts])
        rows = int(cells.counts[blank].sum())
        if rows < MARKED * self.n or int(cells.counts[said].sum()) < MARKED * self.n:
            return False
        coded = np.where(said, 1.0, np.where(blank, 0.0, np.nan))
        draft.values, draft.levels, draft.distinct = coded[cells.codes], ("no", written), 2
        self.set(draft, Role.FLAG, Use.CLUSTERING, f"only “{written}” and blank cells")
        signs = sorted({text.strip() for text in texts} & BLANK)
        empty = " or ".join(f"“{sign}”" if sign else "blank" for sign in signs)
        self.note(
            "blank-is-no",
            f"{say.cells(rows)} of {draft.name} {say.are(rows)} {empty} and all others say “{written}”; "
            f"{empty} was taken to mean no.",
            draft.name,
            warning=True,
        )
        # A dash that says no is not missing, whatever was noted before.
        self.notes = [
            note for note in self.notes if (note.code, note.place) != ("missing-tokens", draft.name)
        ]
        neither = np.flatnonzero(~said & ~blank)
        self.tell_missing(draft, {texts[i]: int(cells.counts[i]) for i in neither})
        return True

    @staticmethod
    def different_cells(draft: Draft) -> int:
        """Different cells, as text; empty ones are not counted."""
        if bulk.all_different(bulk.one_array(draft.cells)):
            different = len(draft.cells)
        else:
            different = int(pc.count_distinct(draft.cells).as_py())
        return different - bool(pc.any(pc.equal(draft.cells, "")).as_py())

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

    def is_measured(self, draft: Draft, shape: choose.Shape) -> bool:
        """Whether a name with a word for a person is about what was done: an e-mail open rate, orders by phone."""
        named = choose.by_name(draft.words, shape, self.tokens, draft.unit)
        measured = named is not None and named.role not in (Role.SCORE, Role.AGE)
        return measured and not has(draft.words[-1:], self.tokens.id)

    def is_code(self, draft: Draft, shape: choose.Shape, named: choose.Choice | None) -> bool:
        """Whole numbers that name a card or a firm and that not all customers have, or that stand in several rows."""
        if not shape.integer or draft.unit or draft.distinct <= choose.MOST_CODES:
            return False
        if named is None:
            return draft.distinct >= UNIQUE * shape.known.size and choose.evenly_spread(shape)
        number = named.role is Role.COUNT and has(draft.words[-1:], self.tokens.id)
        return bool(number) and choose.evenly_spread(shape, repeat=True)

    def is_customer_number(self, draft: Draft) -> bool:
        """Whether a name says that its column tells customers apart."""
        words, tokens = draft.words, self.tokens
        if len(words) > 3 or has(words, tokens.customer) is None or not choose.names_id(words, tokens):
            return False
        if has(words, tokens.others):
            return False
        if words[-1:] not in tokens.customer_alone and has(words[-1:], tokens.customer) and len(words) > 1:
            return False  # the number of customers
        if draft.numbers is not None:
            shape = draft.shape()
            named = choose.by_name(words, shape, tokens, draft.unit)
            if named is not None and named.role is not Role.COUNT:
                return False
        return draft.name not in self.forced

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

    def set_repeated(self, draft: Draft) -> bool:
        """An id of which some values stand in several rows."""
        self.set(draft, Role.ID, Use.LEFT_OUT, "its name says that it is an id, although values repeat")
        return True

    def decide_words(self, draft: Draft, forced: Role | None, because: str = "") -> None:
        """Role and use of a column of words, and its levels."""
        tokens, words = self.tokens, draft.words
        cells = draft.by_value()
        if len(cells.values) > max(SHOWN_LEVELS * 3, 1000):
            self.many_words(draft, cells, because)
            return
        written = cells.values.to_pylist()
        missing = {value for value in written if self.void(value)}
        if {v.upper() for v in missing} & {"NA"} and self.country_codes(
            draft, set(written) - {v for v in missing if v.upper() != "NA"}
        ):
            missing = {value for value in missing if value.upper() != "NA"}
            self.note(
                "na-is-a-country",
                f"“NA” in {draft.name} is a country or a region, not a missing value.",
                draft.name,
            )
        levels = {_key(value) for value in written if value not in missing}
        if len(levels) == 1:  # 無 is a missing value elsewhere, and the no of 有
            missing = {value for value in missing if self.boolean(draft, [_key(value), *levels]) is None}
        unsure = {_key(value) for value in written} & tokens.missing_in_flags
        if unsure and self.boolean(draft, list(levels - unsure)) is not None:
            missing |= {value for value in written if _key(value) in unsure}
        count_of = dict(zip(written, cells.counts.tolist(), strict=True))
        self.tell_missing(draft, {value: count_of[value] for value in sorted(missing) if value})
        groups: dict[str, dict[str, int]] = {}
        for value, k in zip(written, cells.counts, strict=True):
            if value not in missing:
                groups.setdefault(_key(value), {})[value] = int(k)
        names = {key: max(sorted(ways), key=lambda way: ways[way]) for key, ways in groups.items()}
        merged = sum(len(ways) > 1 for ways in groups.values())
        if merged and len(groups) <= SHOWN_LEVELS:
            self.note(
                "levels-merged",
                f"{merged} {'level' if merged == 1 else 'levels'} of {draft.name} "
                f"{'is' if merged == 1 else 'are'} written with different capitals or spaces; "
                "each counts as one.",
                draft.name,
            )
        draft.distinct = len(groups)
        counts = {key: sum(ways.values()) for key, ways in groups.items()}
        known = sum(counts.values())
        if not groups:
            self.set(draft, Role.EMPTY, Use.LEFT_OUT, "it has no values")
            return
        if draft.name.strip().lower() in tokens.errors:
            self.set(draft, Role.TEXT, Use.LEFT_OUT, "its name is an error of a spreadsheet")
            return
        if len(groups) == 1:
            if forced is None and known < self.n and self.marked(draft, names):
                return
            draft.levels = tuple(names.values())
            draft.values = np.array([np.nan if value in missing else 0.0 for value in written])[cells.codes]
            reason = "every row has the same value" if known == self.n else "only one value, or none"
            self.set(draft, Role.CONSTANT, Use.LEFT_OUT, reason)
            return
        place = has(words, tokens.geography)
        if has(words, tokens.called) and forced is None:
            self.set(draft, Role.TEXT, Use.LEFT_OUT, "a person's name or address")
            return
        if (
            (len(groups) >= UNIQUE * known and known >= min(FEWEST_NOTES, UNIQUE * self.n))
            or (len(groups) > choose.MOST_CODES and self.repeats_customers(draft, len(groups)))
            or len(groups) > SHOWN_LEVELS
            or (place is not None and len(groups) > choose.MOST_CODES)
        ):
            self.many_words(draft, cells, because)
            return
        order = self.order(draft, list(groups), names)
        draft.levels = tuple(names[key] for key in order)
        position = {value: float(order.index(key)) for key, ways in groups.items() for value in ways}
        draft.values = np.array([position.get(value, np.nan) for value in written])[cells.codes]
        last = draft.place == len(self.table.header) - 1
        outcome = choose.target(words, len(groups), last, tokens)
        pair = self.boolean(draft, list(groups))
        if outcome is not None:
            self.set(draft, outcome.role, Use.PROFILE, outcome.reason)
        elif len(groups) > choose.MOST_CODES:
            self.set(
                draft, Role.CATEGORY, Use.PROFILE, f"{len(groups)} levels are too many to make segments from"
            )
        elif pair is not None:
            self.set(draft, Role.FLAG, Use.CLUSTERING, f"only “{draft.levels[0]}” and “{draft.levels[1]}”")
        elif draft.ordered:
            self.set(draft, Role.CATEGORY, Use.CLUSTERING, f"{len(groups)} levels with an order")
        else:
            self.set(draft, Role.CATEGORY, Use.CLUSTERING, because or f"{len(groups)} levels")

    def order(self, draft: Draft, keys: list[str], names: Mapping[str, str]) -> list[str]:
        """Levels low to high when they have an order (noted), no before yes, else by name."""
        pair = self.boolean(draft, keys)
        if pair is not None:
            return list(pair)
        steps: Sequence[object] | None = scales.scale_order(keys, self.tokens)
        if steps is None:
            steps = scales.band_order(keys, self.tokens)
        if steps is None:
            return sorted(keys, key=_natural)
        ranked = [
            key for _, key in sorted(zip(steps, keys, strict=True), key=lambda item: (item[0], item[1]))
        ]
        draft.ordered = True
        self.note(
            "ordered-levels",
            f"The levels of {draft.name} were taken in this order: "
            f"{' < '.join(names[key] for key in ranked)}.",
            draft.name,
        )
        return ranked

    def many_words(self, draft: Draft, cells: cell_values.Distinct, because: str) -> None:
        """Words with (nearly) as many values as rows, or too many levels: ids, names, free text, places."""
        void = draft.void_values(self.tokens)
        known = int(cells.counts[~void].sum())
        draft.distinct = int((~void).sum())
        if draft.name in self.forced:  # otherwise no value of such a column is ever asked for
            draft.values = np.where(void[cells.codes], np.nan, cells.codes.astype(float))
        draft.levels = ()
        words, tokens = draft.words, self.tokens
        place, person = has(words, tokens.geography), has(words, tokens.person)
        sample = cells.values.take(pa.array(np.flatnonzero(~void)[:200])).to_pylist()
        lengthy = bool(sample) and float(np.mean([_is_prose(v) for v in sample])) > 0.3
        named = choose.names_id(words, tokens) or has(words, tokens.customer)
        if place is not None:
            self.set(
                draft, Role.TEXT, Use.LEFT_OUT, f"a place on the map, by “{' '.join(place)}” in its name"
            )
        elif not named and not lengthy and self.is_money(draft, sample):
            self.set(
                draft, Role.TEXT, Use.LEFT_OUT, "money by its name, but its cells cannot be read as numbers"
            )
            self.note(
                "amounts-unread",
                f"{draft.name} is money by its name, but its cells cannot be read as numbers "
                f"({', '.join(f'“{cell[:30]}”' for cell in sample[:2])}); write them alike, as plain numbers.",
                draft.name,
                warning=True,
            )
        elif duration_cells.clock(cells, tokens):
            self.set(draft, Role.TEXT, Use.LEFT_OUT, "times of day")
        elif draft.distinct >= UNIQUE * known and known >= UNIQUE * self.n and not lengthy:
            reason = (
                "its name and its values, all different, say that it is an id"
                if named
                else (
                    "every value is different"
                    if draft.distinct == known
                    else "nearly every value is different"
                )
            )
            self.set(draft, Role.ID, Use.LEFT_OUT, reason)
            if not named and person is None:
                self.guessed(draft, choose.Choice(role=Role.ID, reason=reason, guess=True))
        elif self.repeats_customers(draft, draft.distinct):
            self.set_repeated(draft)
        elif person is not None:
            self.set(draft, Role.TEXT, Use.LEFT_OUT, "a person's name or address")
        elif lengthy:
            self.set(draft, Role.TEXT, Use.LEFT_OUT, "free text")
        else:
            self.set(draft, Role.TEXT, Use.LEFT_OUT, f"text with {draft.distinct:,} different values")

    def is_money(self, draft: Draft, sample: Sequence[str]) -> bool:
        """Whether a name speaks of money and most cells have digits that are no code of letters and digits."""
        money = (Role.AMOUNT, Role.INCOME, Role.BALANCE, Role.LIMIT)
        if not any(has(draft.words, entry.strong) for entry in self.tokens.roles if entry.role in money):
            return False
        if has(draft.words, self.tokens.durations):  # time spent
            return False
        amounts = sum(
            re.search(r"(^|[^\w/-])\d+([.,:' ]\d+)*([^\w/-]|$)", cell) is not None for cell in sample
        )
        return amounts > len(sample) / 2

    def repeats_customers(self, draft: Draft, different: int) -> bool:
        """Whether ids of customers stand in a few rows more than once."""
        return self.is_customer_number(draft) and different >= REPEATS * self.n

    def set(self, draft: Draft, role: Role, use: Use, reason: str) -> None:
        """Write a decision down."""
        draft.role, draft.use, draft.reason = role, use, reason

    def void(self, cell: str) -> bool:
        """Whether a cell says that there is no value."""
        text = cell.strip().lower()
        return not text or text in self.tokens.missing or text in self.tokens.errors

    def country_codes(self, draft: Draft, levels: Iterable[str]) -> bool:
        """Whether all levels are capitals, and there are several: then NA is Namibia, or North America."""
        filled = [level for level in levels if level]
        if has(draft.words, self.tokens.regions):  # beside EMEA and APAC
            return len(filled) >= 3 and all(re.fullmatch(r"[A-Z]{2,5}", level) for level in filled)
        return len(filled) >= 4 and all(re.fullmatch(r"[A-Z]{2}", level) for level in filled)

    def boolean(self, draft: Draft, keys: Sequence[str]) -> tuple[str, str] | None:
        """The no and the yes, when these are all the levels; a region N or S is north or south."""
        if all(len(key) == 1 for key in keys) and has(draft.words, self.tokens.category):
            return None
        for no, yes in self.tokens.booleans:
            if set(keys) == {_key(no), _key(yes)}:
                return _key(no), _key(yes)
        return None


def _key(text: str) -> str:
    """A level without regard to capitals and spaces; the two i of Turkish are one, as ``HAYIR`` is ``hayır``."""
    key = " ".join(text.split()).casefold()
    return key if key.isascii() else key.replace("i\u0307", "i").replace("ı", "i")


def _natural(key: str) -> tuple[tuple[int, float, str], ...]:
    """Sort ``2`` before ``10``."""
    pieces = re.split(r"(\d+)", key)
    return tuple((0, float(p), "") if p.isdecimal() else (1, 0.0, p) for p in pieces if p)


def _is_prose(cell: str) -> bool:
    """Whether a cell is a sentence or more, rather than a code in blocks."""
    return len(re.findall(r"[^\W\d_]{2,}", cell)) > 3 and " " in cell.strip()
