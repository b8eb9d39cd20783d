"""Turn the cells of a table into drafts: numbers, dates and durations are read, and what was guessed is noted.

How one column is read is in ``values``; here the columns of a table decide together which mark is the decimal one
and whether the day or the month comes first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pyarrow.compute as pc

from reportgen.columns import bulk, date_cells, duration_cells, number_cells
from reportgen.columns import roles as choose
from reportgen.columns import wording as say
from reportgen.columns.drafts import Draft, as_arrow, count_different
from reportgen.errors import OptionError
from reportgen.lexicon.measured import measured
from reportgen.lexicon.tokens import Phrase, Tokens, has, split_name
from reportgen.results import Note, Role, Table

UNDATED = frozenset({Role.CATEGORY, Role.ID, Role.TEXT})
"""Roles that, when the user gives them, keep a column from being read as dates."""
_FEW_DIGITS = re.compile(r"[-+\u2212]?\d{1,5}([.,]\d{1,3})?( ?[^\W\d_]+\.?)?")


class Reading:
    """The cells of a table on the way to numbers and dates, and the notes that gather."""

    def __init__(self, table: Table, tokens: Tokens, decimal: str | None, forced: dict[str, Role]) -> None:
        if decimal not in (None, ".", ","):
            raise OptionError(f"--decimal: {decimal!r} is not a decimal mark; use '.' or ','")
        self.table = table
        self.tokens = tokens
        self.forced_decimal = decimal
        self.forced = forced
        self.pattern = number_cells.NumberPattern(tokens)
        self.n = len(table.cells)
        self.notes: list[Note] = []
        self.codes_guessed: list[str] = []
        self.batteries: dict[str, choose.Choice] = {}
        self.roles_guessed: dict[choose.Choice, list[str]] = {}
        self.periods: frozenset[str] = frozenset()
        self.mark = decimal or "."

    def note(self, code: str, message: str, place: str = "", *, warning: bool = False) -> None:
        """Add a note; its message is on one line."""
        message = re.sub(r"\s*[\n\r\v\f\x85\u2028\u2029]\s*", " ", message)
        self.notes.append(
            Note(code=code, message=message, place=place, level="warning" if warning else "info")
        )

    def read(self) -> list[Draft]:
        """Cells to numbers, dates or text, in three passes: plain numbers, other numbers, dates."""
        drafts = [self.draft(name, i) for i, name in enumerate(self.table.header)]

        def one(draft: Draft) -> None:
            if self.forced_decimal != ",":
                draft.numbers = number_cells.plain_numbers(draft.cells)
            if draft.numbers is not None:
                draft.values = draft.numbers.values
                draft.distinct = count_different(draft.values)
                draft.shape()
                return
            draft.numbers = number_cells.comma_numbers(draft.cells, self.forced_decimal)
            if draft.numbers is not None:
                return
            if self.forced.get(draft.name) not in UNDATED:
                draft.dates = date_cells.plain_dates(draft.cells, self.tokens)
                if draft.dates is not None:
                    return
            draft.numbers = self.with_words(draft, ".", self.forced_decimal)
            steps = number_cells.labelled(draft.by_value()) if draft.numbers.words else None
            if steps is not None:
                told = self.pattern.read(steps, ".", self.forced_decimal)
                if told.numeric and told.read > draft.numbers.read:
                    draft.labelled = told.read - draft.numbers.read
                    draft.numbers = told
            if draft.numbers.numeric and draft.numbers.words:
                closed = self.pattern.read(number_cells.bounds(draft.by_value()), ".", self.forced_decimal)
                if closed.read > draft.numbers.read:
                    draft.open_ends = closed.read - draft.numbers.read
                    draft.numbers = closed
            if not draft.numbers.numeric and self.forced.get(draft.name) not in UNDATED:
                draft.dates = self.dates(draft, None)
                draft.searched = True
                if draft.dates is None and len(draft.by_value().values) > bulk.FEWEST:
                    draft.void_values(self.tokens)  # it will be asked for, and here two are found at a time

        with ThreadPoolExecutor(max_workers=2) as pool:
            list(pool.map(one, drafts))
        if self.forced_decimal is None:
            marks = [
                d.numbers.decimal
                for d in drafts
                if d.numbers is not None and d.numbers.numeric
                if not d.numbers.doubtful and not d.numbers.both_marks
            ]
            by_delimiter = not any(marks) and self.table.delimiter == ";"
            self.mark = "," if marks.count(",") > marks.count(".") or by_delimiter else "."
        for draft in drafts:
            numbers = draft.numbers
            if numbers is not None and numbers.doubtful and self.mark in marks and numbers.numeric:
                read = self.with_words(draft, self.mark, self.mark)  # the rest of the table knows better
                draft.numbers = replace(read, against=numbers.against, guessed=True)
                continue
            if numbers is None or not numbers.guessed or not numbers.numeric:
                continue
            if self.mark == ",":
                draft.numbers = self.with_words(draft, self.mark, self.forced_decimal)
            marked = draft.cells.filter(pc.match_substring_regex(draft.cells, "[.,]"))
            example = str(marked[0]) if len(marked) else ""
            written = "." if "." in example else ","
            meaning = "decimals" if written == self.mark else "thousands"
            why = (
                "as you said"
                if self.forced_decimal
                else "as in the rest of the table"
                if any(marks)
                else "as is usual where semicolons separate the columns"
                if self.mark == ","
                else "and nothing in the table tells which"
            )
            self.note(
                "decimal-guess",
                f"The cells of {draft.name} can be read in two ways ({example}); "
                f"the mark was taken to set off {meaning}, {why}.",
                draft.name,
                warning=True,
            )
        for draft in drafts:
            if draft.numbers is not None and draft.numbers.numeric:
                self.tell_numbers(draft, draft.numbers)
            elif self.forced.get(draft.name) is not Role.TEXT:
                draft.numbers = None
        self.read_dates([d for d in drafts if d.numbers is None])
        for draft in drafts:
            if draft.numbers is None and draft.dates is None and draft.name not in self.forced:
                self.read_durations(draft)
        return drafts

    def without_false_ids(self, draft: Draft) -> Phrase:
        """The words of a name, in which one that is an id in one language and days in another is one of them.

        The Spanish DNI has seven digits or more, and days (Polish ``dni``) have fewer.
        """
        tokens = self.tokens
        either = [word for word in draft.words if word in tokens.time_units and (word,) in tokens.id]
        if not either:
            return draft.words
        some = draft.cells.slice(0, 2_000).to_pylist()
        known = [cell.strip() for cell in some if cell.strip().lower() not in tokens.missing | {""}]
        if sum(_FEW_DIGITS.fullmatch(cell) is not None for cell in known) < max(1, 0.8 * len(known)):
            return draft.words
        return tuple("days" if word in either else word for word in draft.words)

    def draft(self, name: str, place: int) -> Draft:
        """One column, unread. A multiple is none of its words: «miles €» are no airline miles."""
        said = measured(name, self.tokens)
        words = split_name(said.named if said is not None and said.scale > 1.0 else name)
        draft = Draft(
            name=name, words=words, place=place, cells=as_arrow(self.table.cells.iloc[:, place]), header=said
        )
        draft.words = self.without_false_ids(draft)
        return draft

    def with_words(self, draft: Draft, mark: str, forced: str | None) -> number_cells.Numbers:
        """Numbers as they are written, or with a word behind them where that reads more cells."""
        numbers = self.pattern.read(draft.by_value(), mark, forced)
        if not numbers.numeric or numbers.words:
            account = self.pattern.of_account(draft.by_value(), mark, forced)
            if account is not None and account.read > numbers.read:
                return account
            suffixed = self.pattern.with_suffix(draft.by_value(), mark, forced)
            if suffixed is not None and suffixed.read > numbers.read:
                return suffixed
        return numbers

    def dates(self, draft: Draft, day_first: bool | None) -> date_cells.Dates | None:
        """The cells as dates; where the name says so, many of them may be words, and digits without marks are days."""
        named = self.names_date(draft)
        return date_cells.read_dates(
            draft.by_value(), self.tokens, day_first=day_first, compact=named,
            least=date_cells.DATES_BY_NAME if named else date_cells.DATES,
        )  # fmt: skip

    def names_date(self, draft: Draft) -> bool:
        """Whether a name has a word of dates, of births, of since or of last."""
        return has(draft.words, self.tokens.date + self.tokens.birth) is not None or self.names_event(draft)

    def names_event(self, draft: Draft) -> bool:
        """Whether a name is one of "last order" and "member since", and of nothing that is counted or measured.

        Words for a customer say nothing here, and ``days since last order`` has a word that says more.
        """
        tokens = self.tokens
        words = tuple(word for word in draft.words if (word,) not in tokens.customer)
        if has(words, tokens.recency_date + tokens.tenure_date) is None or choose.names_id(
            draft.words, tokens
        ):
            return False
        if any(word in tokens.totals_windows or word in tokens.time_units for word in words if len(word) > 1):
            return False
        if any(has(draft.words, entry.strong) for entry in tokens.roles):
            return False
        paid = [phrase for entry in tokens.roles if entry.role in choose.MONEY for phrase in entry.weak]
        return not any(has(draft.words, (phrase,)) for phrase in paid if phrase not in tokens.events)

    def read_durations(self, draft: Draft) -> None:
        """``00:52:10`` is a number of minutes, unless all of them could be times of day and the name says no more."""
        tokens, words = self.tokens, draft.words
        named = has(words, tokens.durations) is not None or any(
            word.endswith(ending) for word in words for (ending,) in tokens.duration_endings
        )
        hours = any(tokens.time_units.get(word) == 60 and (word,) not in tokens.date for word in words)
        found = duration_cells.durations(draft.by_value(), tokens, named=named, hours=hours)
        if found is None or not (found.sure or named):
            return
        if not found.sure and found.guessed and has(words, tokens.date):
            return  # "call time" 14:30
        read = int((~np.isnan(found.values)).sum())
        draft.numbers = number_cells.Numbers(values=found.values, unit="minutes", read=read)
        draft.unit, draft.timed = "minutes", True
        self.note(
            "duration-read",
            f"The cells of {draft.name} are durations ({found.how}); they were read as minutes"
            f"{', although hours:minutes is possible' if found.guessed else ''}.",
            draft.name,
            warning=found.guessed,
        )

    def tell_numbers(self, draft: Draft, numbers: number_cells.Numbers) -> None:
        """Unit and decimal mark of a column of numbers, and notes of what was no number."""
        draft.unit, draft.decimal = numbers.unit, numbers.decimal or self.mark
        differs = numbers.decimal not in ("", self.mark) and not numbers.both_marks
        if differs and self.forced_decimal is None:
            self.note(
                "decimal-differs",
                f"{draft.name} is written with {say.mark(numbers.decimal)}, "
                f"other columns with {say.mark(self.mark)}.",
                draft.name,
            )
        if numbers.against:
            marked, bare = numbers.against
            meaning = "decimals" if numbers.decimal in marked else "thousands"
            why = "as in the rest of the table" if numbers.guessed else "by the other cells of the column"
            self.note(
                "decimal-guess",
                f"The cells of {draft.name} can be read in two ways ({marked} beside {bare}); "
                f"the mark was taken to set off {meaning}, {why}.",
                draft.name,
                warning=True,
            )
        if numbers.both_marks:
            self.note(
                "decimal-mixed",
                f"{draft.name} has cells with a decimal point and with a decimal comma "
                f"({numbers.both_marks[0]} and {numbers.both_marks[1]}); both were read as decimals.",
                draft.name,
                warning=True,
            )
        if draft.open_ends:
            self.note(
                "open-ends",
                f"{say.cells(draft.open_ends)} of {draft.name} {say.have(draft.open_ends)} no upper or lower end "
                "(25+, <1); the number in it was used.",
                draft.name,
                warning=True,
            )
        if draft.labelled:
            self.note(
                "labelled-steps",
                f"{say.cells(draft.labelled)} of {draft.name} {say.have(draft.labelled)} words behind the number "
                "(10 Extremely likely); the number was used.",
                draft.name,
            )
        if numbers.turned:
            other, count, usual = numbers.turned
            self.note(
                "account-sides",
                f"{say.cells(count)} of {draft.name} {say.have(count)} “{other}” behind the amount and the others "
                f"{f'“{usual}”' if usual else 'no such word'}; it was taken for the other side of an account, "
                "and the amount for negative.",
                draft.name,
                warning=True,
            )
        if numbers.scaled:
            self.note(
                "mixed-units",
                f"Some cells of {draft.name} are percentages and others fractions; percentages were divided by 100.",
                draft.name,
                warning=True,
            )
        elif numbers.units and len(numbers.units) > 1:
            met = sorted(numbers.units.items(), key=lambda item: -item[1])
            listed = ", ".join(f"{count:,} {unit or 'without'}" for unit, count in met[:4])
            self.note(
                "mixed-units",
                f"The cells of {draft.name} have different signs ({listed}); they were read as one.",
                draft.name,
                warning=True,
            )
        errors = sum(k for t, k in (numbers.tokens or {}).items() if t.strip().lower() in self.tokens.errors)
        if errors:
            self.note(
                "error-tokens",
                f"{say.cells(errors)} of {draft.name} {say.are(errors)} errors of a spreadsheet or program "
                f"and {say.counts(errors)} as missing.",
                draft.name,
                warning=True,
            )
        plain = {
            t: k for t, k in (numbers.tokens or {}).items() if t.strip().lower() not in self.tokens.errors
        }
        self.tell_missing(draft, plain)
        if numbers.words:
            most = sorted(numbers.words, key=lambda w: -numbers.words[w] if numbers.words else 0)[:3]
            number = sum(numbers.words.values())
            self.note(
                "words-among-numbers",
                f"{say.cells(number)} of {draft.name} "
                f"{'is no number' if number == 1 else 'are words rather than numbers'} "
                f"({', '.join(f'“{word[:30]}”' for word in most)}) and {say.counts(number)} as missing.",
                draft.name,
                warning=True,
            )
        if numbers.infinite:
            self.note(
                "infinite-values",
                f"{say.cells(numbers.infinite)} of {draft.name} {say.are(numbers.infinite)} infinite or too large to "
                f"calculate with and {say.counts(numbers.infinite)} as missing.",
                draft.name,
                warning=True,
            )

    def tell_missing(self, draft: Draft, tokens: Mapping[str, int]) -> None:
        """A note of the words that say that there is no value, with their number of cells."""
        if tokens:
            number = sum(tokens.values())
            listed = ", ".join(f"“{token}”" for token in list(tokens)[:3])
            self.note(
                "missing-tokens",
                f"{say.cells(number)} of {draft.name} {say.says(number)} {listed} and {say.counts(number)} as missing.",
                draft.name,
            )

    def read_dates(self, drafts: Sequence[Draft]) -> None:
        """Dates; columns that tell day from month decide for those that do not."""
        order: list[bool] = []
        unsure: list[Draft] = []
        for draft in drafts:
            if self.forced.get(draft.name) in UNDATED:
                continue
            if draft.dates is None and not draft.searched:
                draft.dates = self.dates(draft, None)
            if draft.dates is None:
                continue
            if draft.dates.guessed:
                unsure.append(draft)
            elif draft.dates.how in ("day-month-year", "month-day-year"):
                order.append(draft.dates.how == "day-month-year")
        for draft in unsure:
            first = order.count(True) >= order.count(False) if order else None
            draft.dates = self.dates(draft, first)
            if draft.dates is not None:
                why = "as in the other dates" if order else "nothing in the table tells which"
                self.note(
                    "date-order-guess",
                    f"The dates of {draft.name} were read as {draft.dates.how}; {why}.",
                    draft.name,
                    warning=not order,
                )
        for draft in drafts:
            if draft.dates is not None:
                self.tell_dates(draft, draft.dates)

    def tell_dates(self, draft: Draft, dates: date_cells.Dates) -> None:
        """Notes of what was no date, and of what was guessed."""
        name = draft.name
        if dates.never:
            self.note(
                "date-never",
                f"{say.cells(dates.never)} of {name} {say.are(dates.never)} dates that stand "
                f"for none (9999-12-31, 0000-00-00) and {say.counts(dates.never)} as missing.",
                name,
            )
        if dates.tokens:
            listed = ", ".join(f"“{token}”" for token in list(dates.tokens)[:3])
            number = sum(dates.tokens.values())
            self.note(
                "missing-tokens",
                f"{say.cells(number)} of {name} {say.says(number)} {listed} and {say.counts(number)} as missing.",
                name,
            )
        if dates.words:
            listed = ", ".join(f"“{word[:30]}”" for word in dates.lost)
            self.note(
                "words-among-dates",
                f"{say.cells(dates.words)} of {name} {'is no date' if dates.words == 1 else 'are no dates'} "
                f"({listed}) and {say.counts(dates.words)} as missing.",
                name,
                warning=True,
            )
        if dates.turned:
            self.note(
                "date-order-mixed",
                f"{say.cells(dates.turned)} of {name} {say.have(dates.turned)} day and month the other way round "
                f"than most, which are {dates.how}; cells that can be read in both ways were read like most.",
                name,
                warning=True,
            )
        if dates.serials:
            count, example = dates.serials
            self.note(
                "date-numbers",
                f"{say.cells(count)} of {name} {'is a number' if count == 1 else 'are numbers'} among dates "
                f"({example}) and {'was' if count == 1 else 'were'} read as "
                f"{'a day' if count == 1 else 'days'} of a spreadsheet.",
                name,
            )
        if dates.halves:
            late, early = dates.halves
            self.note(
                "date-half-converted",
                f"The dates of {name} after the 12th of a month are written in another way ({late}) than those before "
                f"({early}), as by a spreadsheet that takes the day for the month; in those both may be exchanged. "
                "Export the table again, with dates as 2026-09-30.",
                name,
                warning=True,
            )
        if dates.how in date_cells.PERIODS:
            self.note(
                "date-period",
                f"The cells of {name} are {date_cells.PERIODS[dates.how]}; the first day of each was taken.",
                name,
            )
