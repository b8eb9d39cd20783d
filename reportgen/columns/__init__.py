"""Turn a Table into Columns: what each column is, what it is used for, and why.

``values`` reads cells, ``roles`` decides what a column is about, ``relations`` finds what repeats; this
module asks them in order and writes down each decision as a reason and each guess as a note. Nothing is
decided from the name of one file or column: words are in ``lexicon/tokens.toml``, thresholds are those of
METHODS.md 1.6.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from reportgen.columns import bulk, relations, totals
from reportgen.columns import roles as choose
from reportgen.columns import values as parse
from reportgen.columns.customers import gather_rows
from reportgen.errors import InputError, OptionError
from reportgen.lexicon.tokens import Phrase, Tokens, has, split_name
from reportgen.results import Column, Columns, Derived, Note, PartWhole, Role, Table, Use

if TYPE_CHECKING:
    from reportgen.results import Bools, Floats

__all__ = ["per_customer", "understand"]

FEWEST_ROWS = 30
FEWEST_COLUMNS = 2
MOSTLY_MISSING = 0.40
NEARLY_CONSTANT = 0.995
UNIQUE = 0.95
"""Share of different values from which a column can be an id (METHODS.md 1.6)."""
SHOWN_LEVELS = 100
"""A text column with at most so many levels still describes segments."""
EXACT = 2.0**53
"""Whole numbers from here on cannot be told apart as floating-point numbers."""
ALIGNED = 0.5
"""Share of the rows with a run of spaces from which their columns are aligned with them."""
FEWEST_NOTES = 20
"""Cells that are all different and so no levels, however many are blank: remarks about single customers."""
FEWEST_ANSWERED = 3
"""Columns with the same answers that make a questionnaire."""
MARKED = 0.01
"""Share of the rows that must be marked, and blank, for blank cells to say no."""
REPEATS = 0.5
"""A customer number with fewer different values than this share of the rows means transactions."""

_CLUSTERED = frozenset(
    {Role.AMOUNT, Role.BALANCE, Role.LIMIT, Role.COUNT, Role.FREQUENCY, Role.SHARE, Role.RECENCY, Role.TENURE,
     Role.AGE, Role.INCOME, Role.SCORE, Role.CHANGE, Role.FLAG, Role.CATEGORY}
)  # fmt: skip
_NEVER_CLUSTERED = frozenset({Role.ID, Role.TEXT, Role.EMPTY, Role.CONSTANT, Role.DATE})
_WORDY = frozenset({Role.ID, Role.TEXT, Role.EMPTY})


@dataclass(kw_only=True, slots=True)
class _Draft:
    """A column while it is being understood."""

    name: str
    words: Phrase
    place: int
    cells: pa.ChunkedArray
    numbers: parse.Numbers | None = None
    dates: parse.Dates | None = None
    open_ends: int = 0
    """Cells such as ``25+``, read as their bound."""
    distinct_cells: parse.Distinct | None = None
    """Only when the cells had to be looked at one by one."""
    role: Role = Role.SCORE
    use: Use = Use.CLUSTERING
    reason: str = ""
    values: Floats = field(default_factory=lambda: np.empty(0))
    levels: tuple[str, ...] = ()
    ordered: bool = False
    distinct: int = 0
    unit: str = ""
    decimal: str = "."
    derived_from: str = ""
    derivation: str = ""
    parts: tuple[str, ...] = ()
    """Columns that this one is the sum of; only for totals made here."""
    sure: bool = True
    """The role is not a guess."""

    looked_at: Floats | None = None
    """The values of which ``present`` is about."""
    present: Floats = field(default_factory=lambda: np.empty(0))

    def known(self) -> Floats:
        """The values that are there; found once for each array of values."""
        if self.looked_at is not self.values:
            there = ~np.isnan(self.values)
            self.present = self.values if there.all() else self.values[there]
            self.looked_at = self.values
        return self.present

    def by_value(self) -> parse.Distinct:
        if self.distinct_cells is None:
            self.distinct_cells = parse.distinct(self.cells)
        return self.distinct_cells


def understand(
    table: Table,
    *,
    tokens: Tokens,
    features: tuple[str, ...] = (),
    ignore: tuple[str, ...] = (),
    id_column: str | None = None,
    value_column: str | None = None,
    decimal: str | None = None,
    roles: Mapping[str, Role] | None = None,
) -> Columns:
    """Understand every column of a table.

    Parameters
    ----------
    table
        n rows of text.
    tokens
        Words for names and cells.
    features
        The columns to build the segments from; all that are fit when empty.
    ignore
        Columns to leave out.
    id_column, value_column
        Whose column says which customer a row is, and which money matters; found when None.
    decimal
        ``.`` or ``,`` for all columns; found column by column when None.
    roles
        Column name -> role, overriding what was found.

    Raises
    ------
    InputError
        Fewer than 30 rows or 2 usable columns, or rows that are transactions rather than customers.
    OptionError
        A column in an option is not in the table, or cannot be used so.
    """
    return _Understanding(table, tokens, decimal, dict(roles or {})).run(
        features=features, ignore=ignore, id_column=id_column, value_column=value_column
    )


def per_customer(
    table: Table,
    by: str,
    *,
    tokens: Tokens,
    decimal: str | None = None,
    roles: Mapping[str, Role] | None = None,
) -> Table:
    """Gather the rows of a table to one row per customer, see ``customers``.

    Parameters
    ----------
    table
        Rows that are purchases, visits, sessions ...
    by
        The column that says whose each is.
    tokens, decimal, roles
        As for ``understand``, about the columns of ``table``; roles of others are not looked at.

    Raises
    ------
    OptionError
        ``by`` is not in the table.
    """
    if by not in table.header:
        raise OptionError(_unknown("--per-customer", by, table.header))
    known = {name: role for name, role in (roles or {}).items() if name in table.header}
    reading = _Understanding(table, tokens, decimal, known)
    drafts = reading.read()
    for draft in drafts:
        reading.decide(draft)
    if len(drafts[table.header.index(by)].by_value().values) < 2:
        raise OptionError(
            f"--per-customer: {_short(by)} has the same value in every row; name the customers' column"
        )
    return gather_rows(table, by, drafts, tokens)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Totals:
    """The columns with the totals among them, and what these are the wholes of."""

    drafts: list[_Draft]
    wholes: tuple[PartWhole, ...]


class _Understanding:
    """One run of ``understand``: the columns on the way and the notes that gather."""

    def __init__(self, table: Table, tokens: Tokens, decimal: str | None, forced: dict[str, Role]) -> None:
        if decimal not in (None, ".", ","):
            raise OptionError(f"--decimal: {decimal!r} is not a decimal mark; use '.' or ','")
        self.table = table
        self.tokens = tokens
        self.forced_decimal = decimal
        self.forced = forced
        self.pattern = parse.NumberPattern(tokens)
        self.n = len(table.cells)
        self.notes: list[Note] = []
        self.codes_guessed: list[str] = []
        self.batteries: dict[str, choose.Choice] = {}
        self.roles_guessed: dict[choose.Choice, list[str]] = {}
        self.mark = decimal or "."

    def note(self, code: str, message: str, place: str = "", *, warning: bool = False) -> None:
        message = re.sub(r"\s*[\n\r\v\f\x85\u2028\u2029]\s*", " ", message)
        self.notes.append(
            Note(code=code, message=message, place=place, level="warning" if warning else "info")
        )

    # ------------------------------------------------------------------ the line

    def run(
        self,
        *,
        features: tuple[str, ...],
        ignore: tuple[str, ...],
        id_column: str | None,
        value_column: str | None,
    ) -> Columns:
        known = self.table.header
        derivable = [*known, *(_since(name) for name in known), *(_age(name) for name in known)]
        for option, names, allowed in (
            ("--features", features, derivable),
            ("--ignore", ignore, derivable),
            ("--id", (id_column,) if id_column else (), known),
            ("--value", (value_column,) if value_column else (), known),
            ("roles", tuple(self.forced), known),
        ):
            for name in names:
                if name not in allowed and not name.startswith("total of "):  # totals are known later
                    raise OptionError(_unknown(option, name, known))
        if self.n < FEWEST_ROWS:
            raise InputError(
                f"{self.table.name}: {self.n} {'row' if self.n == 1 else 'rows'} of customers; "
                f"segments need at least {FEWEST_ROWS}"
            )
        drafts = self.read()
        self.find_batteries(drafts)
        for draft in drafts:
            self.decide(draft)
        self.tell_guesses()
        identity = self.identify(drafts, id_column)
        drafts = self.derive(drafts)
        for draft in drafts:
            if draft.name in ignore:
                draft.use, draft.reason = Use.LEFT_OUT, "left out on request"
        wholes, repeated = self.relate(drafts)
        made = self.totals(drafts, wholes)
        drafts, wholes = made.drafts, (*wholes, *made.wholes)
        self.check_totals(drafts, (*features, *ignore, *((value_column,) if value_column else ())))
        for draft in drafts:
            if draft.name in ignore:
                draft.use, draft.reason = Use.LEFT_OUT, "left out on request"
        behaviour = tuple(d.name for d in drafts if d.use is Use.CLUSTERING)
        if len(behaviour) < FEWEST_COLUMNS and len(features) < FEWEST_COLUMNS:
            self.too_few(drafts, behaviour)
        self.select(drafts, features)
        money = self.value(drafts, wholes, value_column)
        for draft in drafts:
            if draft.use is not Use.CLUSTERING and draft.role is not Role.ID and not features:
                verb = (
                    "is left out"
                    if draft.use is Use.LEFT_OUT
                    else "describes the segments but does not make them"
                )
                code = "column-left-out" if draft.use is Use.LEFT_OUT else "column-profile-only"
                self.note(code, f"{draft.name} {verb}: {draft.reason}.", draft.name)
        for draft in drafts:
            if draft.role is Role.DATE and draft.dates is None and draft.numbers is not None:
                draft.values = _first_of_january(draft.values)  # years of birth, now that ages are made
        customers = (
            tuple(self.table.cells[identity].tolist()) if identity else tuple(map(str, range(1, self.n + 1)))
        )
        return Columns(
            columns=tuple(self.finish(draft) for draft in drafts),
            customers=customers,
            id_column=identity,
            decimal=self.mark,
            rows_read=self.table.rows_read,
            rows_used=self.n,
            part_wholes=wholes,
            derived=repeated,
            behaviour=behaviour,
            value_column=money,
            notes=tuple(self.notes),
        )

    # ------------------------------------------------------------------ cells

    def read(self) -> list[_Draft]:
        """Cells to numbers, dates or text, in three passes: plain numbers, other numbers, dates."""
        drafts = [
            _Draft(name=name, words=split_name(name), place=i, cells=_arrow(self.table.cells.iloc[:, i]))
            for i, name in enumerate(self.table.header)
        ]

        def one(draft: _Draft) -> None:
            if self.forced_decimal != ",":
                draft.numbers = parse.plain_numbers(draft.cells)
            if draft.numbers is not None:
                draft.distinct = _different(draft.numbers.values)
                return
            draft.numbers = parse.comma_numbers(draft.cells, self.forced_decimal)
            if draft.numbers is not None:
                return
            if self.forced.get(draft.name) not in (Role.CATEGORY, Role.ID, Role.TEXT):
                draft.dates = parse.plain_dates(draft.cells, self.tokens)
                if draft.dates is not None:
                    return
            draft.numbers = self.pattern.read(draft.by_value(), ".", self.forced_decimal)
            if not draft.numbers.numeric or draft.numbers.words:
                suffixed = self.pattern.with_suffix(draft.by_value(), ".", self.forced_decimal)
                if suffixed is not None and suffixed.read > draft.numbers.read:
                    draft.numbers = suffixed
            if draft.numbers.numeric and draft.numbers.words:
                closed = self.pattern.read(parse.bounds(draft.by_value()), ".", self.forced_decimal)
                if closed.read > draft.numbers.read:
                    draft.open_ends = closed.read - draft.numbers.read
                    draft.numbers = closed

        with ThreadPoolExecutor(max_workers=2) as pool:
            list(pool.map(one, drafts))
        if self.forced_decimal is None:
            marks = [d.numbers.decimal for d in drafts if d.numbers is not None and d.numbers.numeric]
            by_delimiter = not any(marks) and self.table.delimiter == ";"
            self.mark = "," if marks.count(",") > marks.count(".") or by_delimiter else "."
        for draft in drafts:
            numbers = draft.numbers
            if numbers is None or not numbers.guessed or not numbers.numeric:
                continue
            if self.mark == ",":
                numbers = draft.numbers = self.pattern.read(draft.by_value(), self.mark, self.forced_decimal)
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
        self.read_dates([d for d in drafts if d.numbers is None], compact=False)
        for draft in drafts:
            if draft.numbers is None and draft.dates is None and draft.name not in self.forced:
                self.read_durations(draft)
        return drafts

    def read_durations(self, draft: _Draft) -> None:
        """``00:52:10`` is a number of minutes, unless all of them could be times of day and the name says no more."""
        minutes = parse.durations(draft.by_value(), self.tokens)
        if minutes is None:
            return
        longest = float(np.nanmax(minutes))
        if longest < 24 * 60 and not has(draft.words, self.tokens.durations):
            return
        draft.numbers = parse.Numbers(values=minutes, unit="minutes", read=int((~np.isnan(minutes)).sum()))
        draft.unit = "minutes"
        self.note(
            "duration-read",
            f"The cells of {draft.name} are durations (hours:minutes:seconds); they were read as minutes.",
            draft.name,
        )

    def tell_numbers(self, draft: _Draft, numbers: parse.Numbers) -> None:
        draft.unit, draft.decimal = numbers.unit, numbers.decimal or self.mark
        if numbers.decimal and numbers.decimal != self.mark and self.forced_decimal is None:
            self.note(
                "decimal-differs",
                f"{draft.name} is written with {_mark(numbers.decimal)}, "
                f"other columns with {_mark(self.mark)}.",
                draft.name,
            )
        if draft.open_ends:
            self.note(
                "open-ends",
                f"{_cells(draft.open_ends)} of {draft.name} {_have(draft.open_ends)} no upper or lower end (25+, <1); "
                "the number in it was used.",
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
                f"{_cells(errors)} of {draft.name} {_are(errors)} errors of a spreadsheet or program "
                f"and {_count(errors)} as missing.",
                draft.name,
                warning=True,
            )
        plain = {
            t: k for t, k in (numbers.tokens or {}).items() if t.strip().lower() not in self.tokens.errors
        }
        if plain:
            listed = ", ".join(f"“{token}”" for token in list(plain)[:3])
            self.note(
                "missing-tokens",
                f"{_cells(sum(plain.values()))} of {draft.name} {_say(sum(plain.values()))} {listed} "
                f"and {_count(sum(plain.values()))} as missing.",
                draft.name,
            )
        if numbers.words:
            most = sorted(numbers.words, key=lambda w: -numbers.words[w] if numbers.words else 0)[:3]
            number = sum(numbers.words.values())
            self.note(
                "words-among-numbers",
                f"{_cells(number)} of {draft.name} "
                f"{'is no number' if number == 1 else 'are words rather than numbers'} "
                f"({', '.join(f'“{word[:30]}”' for word in most)}) and {_count(number)} as missing.",
                draft.name,
                warning=True,
            )
        if numbers.infinite:
            self.note(
                "infinite-values",
                f"{_cells(numbers.infinite)} of {draft.name} {_are(numbers.infinite)} infinite or too large to "
                f"calculate with and {_count(numbers.infinite)} as missing.",
                draft.name,
                warning=True,
            )

    def read_dates(self, drafts: Sequence[_Draft], *, compact: bool) -> None:
        """Dates; columns that tell day from month decide for those that do not."""
        order: list[bool] = []
        unsure: list[_Draft] = []
        for draft in drafts:
            if self.forced.get(draft.name) in (Role.CATEGORY, Role.ID, Role.TEXT):
                continue
            if draft.dates is None:
                draft.dates = parse.read_dates(draft.by_value(), self.tokens, day_first=None, compact=compact)
            if draft.dates is None:
                continue
            if draft.dates.never:
                self.note(
                    "date-never",
                    f"{_cells(draft.dates.never)} of {draft.name} {_are(draft.dates.never)} dates that stand for none "
                    f"(9999-12-31, 0000-00-00) and {_count(draft.dates.never)} as missing.",
                    draft.name,
                )
            if draft.dates.guessed:
                unsure.append(draft)
            elif draft.dates.how in ("day-month-year", "month-day-year"):
                order.append(draft.dates.how == "day-month-year")
        for draft in unsure:
            first = order.count(True) >= order.count(False) if order else None
            draft.dates = parse.read_dates(draft.by_value(), self.tokens, day_first=first, compact=compact)
            if draft.dates is not None:
                why = "as in the other dates" if order else "nothing in the table tells which"
                self.note(
                    "date-order-guess",
                    f"The dates of {draft.name} were read as {draft.dates.how}; {why}.",
                    draft.name,
                    warning=not order,
                )

    # ------------------------------------------------------------------ roles

    def decide(self, draft: _Draft) -> None:
        """Role and use of one column, by itself."""
        forced = self.forced.get(draft.name)
        if draft.dates is not None:
            draft.values, draft.role, draft.use = draft.dates.values, Role.DATE, Use.LEFT_OUT
            draft.distinct = _different(draft.values)
            draft.reason = f"dates, written {draft.dates.how}"
        elif draft.numbers is not None:
            self.decide_numbers(draft, draft.numbers, forced)
        else:
            self.decide_words(draft, forced)
        if forced is not None and draft.role is not forced:
            if forced in _WORDY | {Role.CONSTANT, Role.DATE}:
                draft.levels = ()
            draft.role, draft.reason, draft.sure = forced, f"you said that it is {forced.value}", True
            draft.use = (
                Use.PROFILE
                if forced is Role.TARGET
                else Use.LEFT_OUT
                if forced in _NEVER_CLUSTERED
                else Use.CLUSTERING
            )
        if draft.role in _WORDY:
            draft.values = np.full(self.n, np.nan)
        if draft.use is Use.CLUSTERING:
            self.limit(draft)

    def limit(self, draft: _Draft) -> None:
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
            draft.use, draft.reason = Use.PROFILE, f"{_percent(share)} of its cells hold the same value"

    def decide_numbers(self, draft: _Draft, numbers: parse.Numbers, forced: Role | None) -> None:
        tokens, words = self.tokens, draft.words
        draft.values = numbers.values
        draft.distinct = draft.distinct or _different(draft.values)
        shape = choose.Shape.of(draft.known(), len(draft.values), draft.distinct)
        codes = shape.integer and (parse.padded(draft.cells) or max(-shape.low, shape.high) >= EXACT)
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
        outcome = choose.target(words, draft.distinct, draft.place == len(self.table.header) - 1, tokens)
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
        days = (
            shape.integer
            and parse.compact_dates(draft.known())
            and not choose.names_id(words, tokens)
            and forced is None
        )
        if not days and self.is_id_number(draft, shape):
            draft.distinct = self.different_cells(draft)
            return
        if codes and forced is None:
            self.decide_words(draft, forced, "codes rather than numbers")
            return
        if has(words, tokens.person) and draft.distinct > choose.MOST_CODES:
            self.set(draft, Role.TEXT, Use.LEFT_OUT, "a person's name or address")
            return
        if shape.integer and has(words, tokens.birth) and shape.within(1880, 2100):
            self.set(draft, Role.DATE, Use.LEFT_OUT, "a year of birth")
            return
        if days or (shape.integer and shape.low >= 19_000_000 and has(words, tokens.date)):
            draft.dates = parse.read_dates(draft.by_value(), tokens, day_first=None, compact=True)
        if draft.dates is None and has(words, tokens.date):
            draft.dates = parse.serial_dates(draft.values)
        if draft.dates is not None:
            draft.numbers = None
            draft.values = draft.dates.values
            self.note(
                "date-numbers",
                f"The numbers of {draft.name} were read as dates ({draft.dates.how}).",
                draft.name,
            )
            self.set(draft, Role.DATE, Use.LEFT_OUT, f"dates, written as {draft.dates.how}")
            return
        if shape.integer and shape.within(1900, 2100) and shape.low >= 1800 and has(words, tokens.year):
            self.set(draft, Role.SCORE, Use.PROFILE, "a calendar year, not behaviour")
            return
        if shape.integer and shape.low >= 0 and shape.high <= 53 and words and words[-1:] in tokens.calendar:
            self.set(draft, Role.SCORE, Use.PROFILE, "a place in the calendar, not behaviour")
            return
        named = self.named(draft, shape)
        whose = named is None and forced is None and shape.integer and has(words[-1:], tokens.id)
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

    def quantity(self, draft: _Draft, shape: choose.Shape, named: choose.Choice | None) -> None:
        """A column of quantities: sentinels out, then the role."""
        while (value := choose.sentinel(shape)) is not None:
            marked = draft.values == value
            self.note(
                "sentinel",
                f"{_cells(int(marked.sum()))} of {draft.name} {_are(int(marked.sum()))} {value:g}, far from all other "
                "values; it was taken to mean “not known”.",
                draft.name,
                warning=True,
            )
            draft.values = np.where(marked, np.nan, draft.values)
            draft.distinct -= 1
            shape = choose.Shape.of(draft.known(), len(draft.values), draft.distinct)
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

    def tell_guesses(self) -> None:
        """One note for all columns that were guessed in the same way."""
        for choice, names in self.roles_guessed.items():
            self.note(
                "role-guess",
                f"The {'name does' if len(names) == 1 else 'names do'} not say what {_listed(names)} "
                f"{'is' if len(names) == 1 else 'are'} about; by the values "
                f"{'it' if len(names) == 1 else 'each'} was taken for {_a(choice.role)} ({choice.reason}).",
                names[0],
            )
        if self.codes_guessed:
            self.note(
                "codes-guess",
                f"The whole numbers of {_listed(self.codes_guessed)} were taken for codes of groups "
                "rather than for quantities.",
                self.codes_guessed[0],
            )

    def named(self, draft: _Draft, shape: choose.Shape) -> choose.Choice | None:
        """The role that the name tells, by its words or by a sign in it."""
        words = choose.by_name(draft.words, shape, self.tokens, draft.unit)
        return words or choose.by_sign(draft.name, shape, self.tokens, draft.unit)

    def guessed(self, draft: _Draft, choice: choose.Choice) -> None:
        """Remember a guess, to be told with those like it."""
        if choice.guess:
            self.roles_guessed.setdefault(choice, []).append(draft.name)

    def find_batteries(self, drafts: Iterable[_Draft]) -> None:
        """Columns of a questionnaire: three and more with the same few answers, 1 to 5 for example."""
        found: dict[int, list[str]] = {}
        for draft in drafts:
            if draft.numbers is None or _different(draft.numbers.values[:2_000]) > 14:
                continue
            known = np.unique(draft.numbers.values[~np.isnan(draft.numbers.values)])
            answers = known[(known >= 0) & (known <= choose.HIGHEST_ANSWER)]
            beyond = set(known.tolist()) - set(answers.tolist())
            if (
                answers.size in (4, 5, 7, 10)
                and beyond <= {*choose.SENTINELS, *choose.SENTINELS_OF_ANSWERS}
                and np.array_equal(answers, np.arange(1, answers.size + 1))
            ):
                found.setdefault(answers.size, []).append(draft.name)
        for most, names in found.items():
            if len(names) >= FEWEST_ANSWERED:
                choice = choose.Choice(
                    role=Role.SCORE, reason=f"{len(names)} columns with answers from 1 to {most}", guess=True
                )
                self.batteries.update(dict.fromkeys(names, choice))

    def marked(self, draft: _Draft, ways: Mapping[str, str]) -> bool:
        """A column of one mark (``x``, ``yes``) and blank cells, which then say no; whether it is one."""
        yes = {yes for _, yes in self.tokens.booleans} | self.tokens.marks
        [(key, written)] = ways.items()
        if key not in yes:
            return False
        cells = draft.by_value()
        texts = cells.values.to_pylist()
        said = np.array([" ".join(text.split()).casefold() == key for text in texts])
        if draft.numbers is not None:
            said = np.array([text.strip() not in ("", "-", "–", "—") for text in texts])
        blank = np.array([text.strip() in ("", "-", "–", "—") for text in texts])
        rows = int(cells.counts[blank].sum())
        if rows < MARKED * self.n or int(cells.counts[said].sum()) < MARKED * self.n:
            return False
        coded = np.where(said, 1.0, np.where(blank, 0.0, np.nan))
        draft.values, draft.levels, draft.distinct = coded[cells.codes], ("no", written), 2
        self.set(draft, Role.FLAG, Use.CLUSTERING, f"only “{written}” and blank cells")
        self.note(
            "blank-is-no",
            f"{_cells(rows)} of {draft.name} {_are(rows)} blank and all others say “{written}”; "
            "blank was taken to mean no.",
            draft.name,
            warning=True,
        )
        return True

    @staticmethod
    def different_cells(draft: _Draft) -> int:
        """Different cells, as text; empty ones are not counted."""
        if bulk.all_different(bulk.one_array(draft.cells)):
            different = len(draft.cells)
        else:
            different = int(pc.count_distinct(draft.cells).as_py())
        return different - bool(pc.any(pc.equal(draft.cells, "")).as_py())

    def codes(self, draft: _Draft) -> None:
        """Numbers to level codes, in the order of the numbers."""
        known = ~np.isnan(draft.values)
        found = np.unique(draft.values[known])
        coded = np.full(self.n, np.nan)
        coded[known] = np.searchsorted(found, draft.values[known])
        draft.values, draft.levels = coded, tuple(f"{value:.15g}" for value in found)

    def is_id_number(self, draft: _Draft, shape: choose.Shape) -> bool:
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
        steps = np.diff(draft.values)
        rising = unique and bool(np.all(steps > 0))
        if (choose.names_id(draft.words, self.tokens) or has(draft.words, self.tokens.customer)) and (
            named is None or named.role in (Role.COUNT, Role.SCORE) or shape.low >= 1000
        ):
            self.set(
                draft,
                Role.ID,
                Use.LEFT_OUT,
                "its name and its values, all different, say that it is an id",
            )
            return True
        if consecutive and (named is None or nameless or rising):
            self.set(draft, Role.ID, Use.LEFT_OUT, "row numbers: each value is there once, without a gap")
            return True
        why = ""
        if named is None and not draft.unit and unique:
            if rising:
                why = "whole numbers that are all different and only go up"
            elif choose.evenly_spread(shape):
                why = "whole numbers of one length that are all different and evenly spread, as ids are"
        if why:
            self.set(draft, Role.ID, Use.LEFT_OUT, why)
            self.guessed(draft, choose.Choice(role=Role.ID, reason=why, guess=True))
        return bool(why)

    def is_customer_number(self, draft: _Draft) -> bool:
        """Whether a name says that its column tells customers apart."""
        words, tokens = draft.words, self.tokens
        if len(words) > 3 or has(words, tokens.customer) is None or not choose.names_id(words, tokens):
            return False
        if draft.numbers is not None:
            shape = choose.Shape.of(draft.known(), len(draft.values), draft.distinct)
            named = choose.by_name(words, shape, tokens, draft.unit)
            if named is not None and named.role is not Role.COUNT:
                return False
        return draft.name not in self.forced

    def cut_off(self, draft: _Draft, shape: choose.Shape) -> bool:
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

    def set_repeated(self, draft: _Draft) -> bool:
        self.set(draft, Role.ID, Use.LEFT_OUT, "its name says that it is an id, although values repeat")
        return True

    def decide_words(self, draft: _Draft, forced: Role | None, because: str = "") -> None:
        tokens, words = self.tokens, draft.words
        cells = draft.by_value()
        if len(cells.values) > max(SHOWN_LEVELS * 3, 1000):
            self.many_words(draft, cells, because)
            return
        written = cells.values.to_pylist()
        missing = {value for value in written if self.void(value)}
        if {v.upper() for v in missing} & {"NA"} and self.country_codes(
            set(written) - {v for v in missing if v.upper() != "NA"}
        ):
            missing = {value for value in missing if value.upper() != "NA"}
            self.note(
                "na-is-a-country", f"“NA” in {draft.name} is a country code, not a missing value.", draft.name
            )
        tokens_met = [v for v in missing if v]
        if tokens_met:
            count = sum(int(k) for v, k in zip(written, cells.counts, strict=True) if v in missing and v)
            listed = ", ".join(f"“{token}”" for token in sorted(tokens_met)[:3])
            self.note(
                "missing-tokens",
                f"{_cells(count)} of {draft.name} {_say(count)} {listed} and {_count(count)} as missing.",
                draft.name,
            )
        groups: dict[str, dict[str, int]] = {}
        for value, k in zip(written, cells.counts, strict=True):
            if value not in missing:
                groups.setdefault(" ".join(value.split()).casefold(), {})[value] = int(k)
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
        pair = self.boolean(list(groups))
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

    def order(self, draft: _Draft, keys: list[str], names: Mapping[str, str]) -> list[str]:
        """Levels low to high when they have an order (noted), no before yes, else by name."""
        pair = self.boolean(keys)
        if pair is not None:
            return list(pair)
        steps: Sequence[object] | None = parse.scale_order(keys, self.tokens)
        if steps is None:
            steps = parse.band_order(keys, self.tokens)
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

    def many_words(self, draft: _Draft, cells: parse.Distinct, because: str) -> None:
        """Words with (nearly) as many values as rows, or too many levels: ids, names, free text, places."""
        void = self.void_values(cells)
        known = int(cells.counts[~void].sum())
        draft.distinct = int((~void).sum())
        draft.values = np.where(void[cells.codes], np.nan, cells.codes.astype(float))
        draft.levels = ()
        words, tokens = draft.words, self.tokens
        place, person = has(words, tokens.geography), has(words, tokens.person)
        sample = cells.values.filter(pa.array(~void)).slice(0, 200).to_pylist()
        lengthy = bool(sample) and float(np.mean([_is_prose(v) for v in sample])) > 0.3
        named = choose.names_id(words, tokens) or has(words, tokens.customer)
        if place is not None:
            self.set(
                draft, Role.TEXT, Use.LEFT_OUT, f"a place on the map, by “{' '.join(place)}” in its name"
            )
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
        elif parse.clock(cells, tokens):
            self.set(draft, Role.TEXT, Use.LEFT_OUT, "times of day")
        elif person is not None:
            self.set(draft, Role.TEXT, Use.LEFT_OUT, "a person's name or address")
        elif lengthy:
            self.set(draft, Role.TEXT, Use.LEFT_OUT, "free text")
        else:
            self.set(draft, Role.TEXT, Use.LEFT_OUT, f"text with {draft.distinct:,} different values")

    def repeats_customers(self, draft: _Draft, different: int) -> bool:
        """Whether ids of customers stand in a few rows more than once."""
        return self.is_customer_number(draft) and different >= REPEATS * self.n

    def set(self, draft: _Draft, role: Role, use: Use, reason: str) -> None:
        draft.role, draft.use, draft.reason = role, use, reason

    def void(self, cell: str) -> bool:
        text = cell.strip().lower()
        return not text or text in self.tokens.missing or text in self.tokens.errors

    @staticmethod
    def country_codes(levels: Iterable[str]) -> bool:
        """Whether all levels are two capitals, and there are several: then NA is Namibia."""
        filled = [level for level in levels if level]
        return len(filled) >= 4 and all(re.fullmatch(r"[A-Z]{2}", level) for level in filled)

    def boolean(self, keys: Sequence[str]) -> tuple[str, str] | None:
        for no, yes in self.tokens.booleans:
            if set(keys) == {no, yes}:
                return no, yes
        return None

    # ------------------------------------------------------------------ whole table

    def identify(self, drafts: Sequence[_Draft], asked: str | None) -> str | None:
        """Which column says who the customer is; refuses tables of transactions."""
        for draft in drafts:
            if asked is None and draft.name not in self.forced and self.is_repeated_customer(draft):
                seen = draft.by_value()
                raise InputError(
                    f"{self.table.name}: {_short(draft.name)} has {len(seen.values):,} different values in "
                    f"{self.n:,} rows, so a row looks like a transaction and not like a customer; "
                    f"give --per-customer {_quoted(draft.name)} to gather the rows, or name another --id"
                )
        if asked is not None:
            chosen = next(d for d in drafts if d.name == asked)
            chosen.levels = ()
            chosen.values = np.full(self.n, np.nan)
            chosen.distinct = len(chosen.by_value().values)
            self.set(chosen, Role.ID, Use.LEFT_OUT, "you said that it is the id")
        else:
            ids = [d for d in drafts if d.role is Role.ID]
            if not ids:
                return None

            def rank(draft: _Draft) -> tuple[int, int, int]:
                whose = has(draft.words, self.tokens.customer)
                private = has(draft.words, self.tokens.person) is not None
                by_name = has(draft.words, self.tokens.id) is not None
                first = self.tokens.customer.index(whose) if whose else len(self.tokens.customer)
                return (
                    int(private),
                    0 if whose and not private else 1 if by_name else 2,
                    first * 1000 + draft.place,
                )

            chosen = min(ids, key=rank)
        repeats = self.n - chosen.distinct
        if repeats:
            self.note(
                "id-repeats",
                f"{chosen.name} was taken for the id although {repeats:,} of {self.n:,} rows repeat a value "
                "or have none.",
                chosen.name,
                warning=True,
            )
        return chosen.name

    def is_repeated_customer(self, draft: _Draft) -> bool:
        """A customer's number that stands in many rows."""
        whose = has(draft.words, self.tokens.customer)
        if whose is None or draft.role in (
            Role.ID,
            Role.DATE,
            Role.CONSTANT,
            Role.EMPTY,
            Role.TARGET,
            Role.FLAG,
        ):
            return False
        if not choose.names_id(draft.words, self.tokens) or len(draft.words) > 3:
            return False
        if (
            draft.numbers is not None
            and not choose.Shape.of(draft.known(), len(draft.values), draft.distinct).integer
        ):
            return False
        named = choose.by_name(
            draft.words,
            choose.Shape.of(draft.known(), len(draft.values), draft.distinct),
            self.tokens,
            draft.unit,
        )
        if named is not None and draft.numbers is not None and named.role is not Role.COUNT:
            return False
        return choose.MOST_CODES < draft.distinct < REPEATS * self.n

    def derive(self, drafts: list[_Draft]) -> list[_Draft]:
        """Dates become the time since then, years of birth an age; each stands after its source."""
        births = [d for d in drafts if d.role is Role.DATE and has(d.words, self.tokens.birth)]
        others = [d for d in drafts if d.dates is not None and d not in births and d.role is Role.DATE]
        latest = [float(np.nanmax(d.values)) for d in others if not np.isnan(d.values).all()]
        result: list[_Draft] = []
        for draft in drafts:
            result.append(draft)
            if draft in births:
                made = self.birth(draft, max(latest, default=None))
            elif draft in others and not np.isnan(draft.values).all():
                made = self.since(draft)
            else:
                continue
            if made is not None:
                draft.reason = f"used as {made.name}"
                self.limit(made)
                result.append(made)
        return result

    def since(self, draft: _Draft) -> _Draft | None:
        """Days before the latest date in the column."""
        reference = float(np.nanmax(draft.values))
        days = reference - draft.values
        different = _different(days)
        if different < 2:
            self.set(draft, Role.CONSTANT, Use.LEFT_OUT, "every row has the same date")
            return None
        joined = has(draft.words, self.tokens.tenure_date) is not None and not has(
            draft.words, self.tokens.recency_date
        )
        role = Role.TENURE if joined else Role.RECENCY
        day = _iso(reference)
        self.note(
            "date-derived",
            f"{draft.name} is used as the number of days before {day}, its latest date "
            f"({'time since joining' if joined else 'time since the last event'}).",
            draft.name,
        )
        return _Draft(
            name=_since(draft.name), words=draft.words, place=draft.place, cells=draft.cells, role=role,
            reason=f"days before {day}, the latest date in {draft.name}", values=days, distinct=different,
            derived_from=draft.name, derivation=f"days before {day}",
        )  # fmt: skip

    def birth(self, draft: _Draft, latest: float | None) -> _Draft | None:
        """Age at the table's latest date; there is none without a date in the table."""
        if latest is None:
            if draft.dates is None:
                self.set(
                    draft, Role.SCORE, Use.PROFILE, "a year of birth, and no date says which year it is now"
                )
            else:
                draft.reason = "a date of birth, and no other date says which year it is now"
            return None
        year = int(_iso(latest)[:4])
        if draft.dates is None:
            age, how = year - draft.values, f"{year} minus {draft.name}"
        else:
            age = np.floor((latest - draft.values) / 365.2425)
            how = f"whole years before {_iso(latest)}"
        self.note(
            "age-derived",
            f"{draft.name} is used as the age in {year}, the year of the latest date in the table.",
            draft.name,
        )
        return _Draft(
            name=_age(draft.name), words=("age",), place=draft.place, cells=draft.cells, role=Role.AGE,
            reason=how, values=age, distinct=_different(age), derived_from=draft.name, derivation=how,
        )  # fmt: skip

    def relate(self, drafts: Sequence[_Draft]) -> tuple[tuple[PartWhole, ...], tuple[Derived, ...]]:
        """Sums of parts, and columns that repeat others (these leave the clustering)."""
        money = (Role.AMOUNT, Role.BALANCE, Role.LIMIT, Role.COUNT)
        summable = [
            d for d in drafts
            if d.role in money and d.use is not Use.LEFT_OUT and not d.levels
            and d.distinct > (10 if d.role is Role.COUNT else 2)
        ]  # fmt: skip
        wholes: tuple[PartWhole, ...] = ()
        for group in (
            [d for d in summable if d.role is not Role.COUNT],
            [d for d in summable if d.role is Role.COUNT],
        ):
            wholes += relations.part_wholes([d.name for d in group], [d.values for d in group])
        for whole in wholes:
            self.note(
                "part-whole",
                f"{whole.whole} is the sum of {_listed(whole.parts)} in {_percent(whole.holds)} of the rows.",
                whole.whole,
            )
        compared = [
            d for d in drafts
            if d.use is Use.CLUSTERING and d.distinct > 2 and (not d.levels or d.ordered)
        ]  # fmt: skip
        repeated = relations.duplicates(
            [d.name for d in compared], [d.values for d in compared], [whole.whole for whole in wholes]
        )
        if max(len(summable), len(compared)) > relations.MOST_COLUMNS:
            self.note(
                "wide-table",
                f"Only the first {relations.MOST_COLUMNS} columns were searched for sums and repetitions.",
            )
        by_name = {d.name: d for d in drafts}
        for item in repeated:
            by_name[item.column].use = Use.PROFILE
            by_name[item.column].reason = f"it says the same as {item.sources[0]}"
            self.note(
                "repeats-another",
                f"{item.column} puts the customers in the same order as {item.sources[0]}, "
                "so only the latter makes segments.",
                item.column,
            )
        return wholes, repeated

    def totals(self, drafts: list[_Draft], wholes: Sequence[PartWhole]) -> _Totals:
        """Sums of amounts that belong together, where the table does not have them; each after its last part."""
        known = {name for whole in wholes for name in (whole.whole, *whole.parts)}

        def usable(*, sure: bool) -> list[totals.Amount]:
            return [
                totals.Amount(name=d.name, words=d.words, values=d.values, unit=d.unit)
                for d in drafts
                if d.role is Role.AMOUNT and d.sure is sure and d.name not in known
                and d.use is not Use.LEFT_OUT and not d.derived_from and self.is_quantity(d)
            ]  # fmt: skip

        found = list(totals.families(usable(sure=True), self.tokens))
        guessed = None
        if not found and self.rank_value(drafts, wholes, ()) is None:
            guessed = totals.guess(usable(sure=False))
            found += [guessed] if guessed else []
        new: list[_Draft] = []
        identities: list[PartWhole] = []
        by_name = {d.name: d for d in drafts}
        for family in found:
            parts = [by_name[name] for name in family.members]
            total = totals.add_up([part.values for part in parts])
            draft = _Draft(
                name=totals.title(family.members), words=("total", *(family.stem or parts[0].words)),
                place=max(part.place for part in parts), cells=parts[0].cells, role=Role.AMOUNT,
                use=Use.PROFILE, reason="the sum of its parts, which make the segments", values=total,
                distinct=_different(total), unit=parts[0].unit, decimal=parts[0].decimal,
                parts=family.members, derived_from=", ".join(family.members),
                derivation=f"sum of {', '.join(family.members)}",
            )  # fmt: skip
            if draft.name in by_name or draft.distinct < 2:
                continue
            new.append(draft)
            if family is guessed:
                self.note(
                    "total-guess",
                    f"{_listed(family.members)} look like amounts of one kind and were added up; "
                    "where that is wrong, name the money that matters with --value.",
                    draft.name,
                    warning=True,
                )
            else:
                kind = "the same thing in several periods" if family.periods else "parts of one sum"
                self.note(
                    "total-derived",
                    f"{_listed(family.members)} are {kind}, by their names; their sum describes the customers too.",
                    draft.name,
                )
            if family is not guessed and not family.periods and min(np.nanmin(p.values) for p in parts) >= 0:
                identities.append(PartWhole(whole=draft.name, parts=family.members, holds=1.0))
        last = {draft.parts[-1]: draft for draft in new}
        ordered: list[_Draft] = []
        for draft in drafts:
            ordered.append(draft)
            if draft.name in last and not draft.derived_from:
                ordered.append(last[draft.name])
        return _Totals(drafts=ordered, wholes=tuple(identities))

    def check_totals(self, drafts: Sequence[_Draft], names: Sequence[str]) -> None:
        """Names of totals in options, which could not be checked before."""
        known = [d.name for d in drafts]
        for name in names:
            if name.startswith("total of ") and name not in known:
                raise OptionError(_unknown("--features, --ignore or --value", name, known))

    def too_few(self, drafts: Sequence[_Draft], usable: tuple[str, ...]) -> None:
        """Say why nothing is left, with the first reasons."""
        aligned = (
            len(drafts) == 1
            and pc.mean(pc.cast(pc.match_substring(drafts[0].cells, "  "), pa.float64())).as_py()
        )
        if aligned and aligned > ALIGNED:
            raise InputError(
                f"{self.table.name}: its columns are aligned with spaces, which do not tell where a cell ends; "
                "save the table with commas or tabs between the columns"
            )
        if len(drafts) == 1:
            raise InputError(
                f"{self.table.name}: only one column could be told apart ({drafts[0].name[:40]}); "
                "give --delimiter, or a table with at least two columns that describe customers"
            )
        reasons = "; ".join(f"{d.name[:30]}: {d.reason}" for d in drafts if d.name not in usable)
        raise InputError(
            f"{self.table.name}: {len(usable) or 'no'} usable "
            f"{'column' if len(usable) == 1 else 'columns'}, and segments need {FEWEST_COLUMNS} "
            f"({reasons[:300]}); add columns that describe what customers do"
        )

    def select(self, drafts: Sequence[_Draft], features: tuple[str, ...]) -> None:
        """Apply ``--features``: exactly these make the segments."""
        if not features:
            return
        by_name = {d.name: d for d in drafts}
        for name in features:
            draft = by_name.get(name)
            if draft is None:
                raise OptionError(_unknown("--features", name, list(by_name)))
            if draft.role in _NEVER_CLUSTERED or np.isnan(draft.values).all():
                raise OptionError(
                    f"--features: {name} cannot make segments ({draft.role.value}: {draft.reason}); "
                    "name another column"
                )
        for draft in drafts:
            if draft.name in features:
                if draft.use is not Use.CLUSTERING:
                    draft.reason = f"chosen with --features, although {draft.reason}"
                draft.use = Use.CLUSTERING
            elif draft.use is Use.CLUSTERING:
                draft.use = Use.PROFILE
                draft.reason = f"{draft.reason}; not among --features"

    def value(self, drafts: Sequence[_Draft], wholes: Sequence[PartWhole], asked: str | None) -> str | None:
        """The money that matters: a total, else the most spend-like amount, else a balance."""
        by_name = {d.name: d for d in drafts}
        if asked is not None:
            if not self.is_quantity(by_name[asked]):
                raise OptionError(
                    f"--value: {asked} holds no amounts ({by_name[asked].reason}); name a column of numbers"
                )
            return asked

        members = {part for d in drafts for part in d.parts}
        found = self.rank_value(drafts, wholes, members)
        if found is None:
            return None
        chosen, sure = found
        if not sure:
            self.note(
                "value-guess",
                f"{chosen.name} was taken for the money that matters; name another column with --value.",
                chosen.name,
            )
        return chosen.name

    def rank_value(
        self, drafts: Sequence[_Draft], wholes: Sequence[PartWhole], members: Iterable[str]
    ) -> tuple[_Draft, bool] | None:
        """The best column, and whether it is the only one that could be meant; members of a total are not."""
        parts = {*members, *(part for whole in wholes for part in whole.parts)}

        def rank(draft: _Draft) -> tuple[float, bool, bool, float]:
            words = draft.words[1:] if draft.parts else draft.words
            places = [i for i, word in enumerate(self.tokens.value) if has(words, (word,))]
            return (
                min(places, default=len(self.tokens.value)),
                bool(np.nanmin(draft.values) < 0),  # shares of a sum mean little when some of it is negative
                not draft.parts,
                -float(np.nansum(draft.values)),
            )

        usable = [d for d in drafts if d.use is not Use.LEFT_OUT and d.sure and self.is_quantity(d)]
        amounts = [d for d in usable if d.role is Role.AMOUNT and d.name not in members]
        in_table = {w.whole for w in wholes if not w.whole.startswith("total of ")}
        whole = [d for d in amounts if d.name in in_table and d.name not in parts]
        balances = [d for d in usable if d.role is Role.BALANCE]
        for group in (whole, amounts, balances):
            if group:
                return min(group, key=rank), len(group) == 1 and group is whole
        return None

    @staticmethod
    def is_quantity(draft: _Draft) -> bool:
        return not draft.levels and draft.role not in _NEVER_CLUSTERED and draft.known().size > 0

    def finish(self, draft: _Draft) -> Column:
        missing = len(draft.values) - draft.known().size
        if draft.role in _WORDY or draft.role is Role.CONSTANT:
            missing = self.count_void(draft)
        known = draft.known()
        different = 1 if draft.role is Role.CONSTANT else draft.distinct
        return Column(
            name=draft.name, role=draft.role, used_for=draft.use, reason=draft.reason, values=draft.values,
            levels=draft.levels, ordered=draft.ordered, missing=missing, distinct=different,
            integer=bool(known.size) and bool(np.all(known == np.floor(known))), unit=draft.unit,
            decimal=draft.decimal, derived_from=draft.derived_from, derivation=draft.derivation,
        )  # fmt: skip

    def count_void(self, draft: _Draft) -> int:
        column = draft.by_value()
        return int(column.counts[self.void_values(column)].sum())

    def void_values(self, column: parse.Distinct) -> Bools:
        """(d,) which of the different values are missing or error tokens."""
        return bulk.among(column.values, self.tokens.missing | self.tokens.errors | {""})


# --------------------------------------------------------------------------- small words


def _arrow(series: pd.Series[str]) -> pa.ChunkedArray:
    array = pa.array(series)
    if isinstance(array, pa.Array):
        array = pa.chunked_array([array])
    array = array.cast(pa.large_string())
    return array.fill_null("") if array.null_count else array


def _different(numbers: Floats) -> int:
    found = np.unique(numbers)  # sorts: NaN last, once
    return int(found.size - bool(found.size and np.isnan(found[-1])))


def _cells(number: int) -> str:
    return "1 cell" if number == 1 else f"{number:,} cells"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _have(number: int) -> str:
    return "has" if number == 1 else "have"


def _say(number: int) -> str:
    return "says" if number == 1 else "say"


def _count(number: int) -> str:
    return "counts" if number == 1 else "count"


def _listed(names: Sequence[str]) -> str:
    """``A, B and C``; long lists are cut."""
    if len(names) > 8:
        return f"{', '.join(names[:6])} and {len(names) - 6} other columns"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _natural(key: str) -> tuple[tuple[int, float, str], ...]:
    """Sort ``2`` before ``10``."""
    pieces = re.split(r"(\d+)", key)
    return tuple((0, float(p), "") if p.isdecimal() else (1, 0.0, p) for p in pieces if p)


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[\w.-]+", name) else f"'{name}'"


def _is_prose(cell: str) -> bool:
    """Whether a cell is a sentence or more, rather than a code in blocks."""
    return len(re.findall(r"[^\W\d_]{2,}", cell)) > 3 and " " in cell.strip()


def _since(name: str) -> str:
    return f"days since {name}"


def _age(name: str) -> str:
    return f"age from {name}"


def _iso(days: float) -> str:
    return str(np.datetime64("1970-01-01") + np.timedelta64(int(days), "D"))


def _first_of_january(years: Floats) -> Floats:
    """Days since 1970-01-01 of the first day of each year; NaN for what is no year."""
    known = np.where((years >= 1) & (years <= 9999), years, np.nan)
    days = np.full(len(years), np.nan)
    whole = known[~np.isnan(known)].astype(int)
    start = np.datetime64("1970-01-01")
    days[~np.isnan(known)] = ((whole - 1970).astype("datetime64[Y]").astype("datetime64[D]") - start).astype(
        float
    )
    return days


def _mark(mark: str) -> str:
    return "a decimal comma" if mark == "," else "a decimal point"


def _a(role: Role) -> str:
    return ("an " if role.value[0] in "aeiou" else "a ") + role.value


def _percent(share: float) -> str:
    return f"{np.floor(share * 1000) / 10:g} %" if share < 1 else "100 %"


def _unknown(option: str, name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
    folded = {k.casefold(): k for k in known}
    close = folded.get(name.casefold()) or (near[0] if near else "")
    return f"{option}: no column is called {_short(name)!r}; the nearest is {_short(close)!r}"


def _short(name: str) -> str:
    """A name that leaves room for the rest of a message."""
    return name if len(name) <= 80 else name[:79] + "…"
