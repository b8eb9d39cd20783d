"""Find where a table stands in a text: its header, what is above it, and what stands between it and the rows."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass, field

from reportgen.errors import InputError
from reportgen.lexicon.tokens import load_tokens, names_id
from reportgen.readers.dialect import DELIMITERS, NUMBER, Dialect, read_records
from reportgen.results import Note, SetAside

REMARKS, FEWEST_BELOW = 6, 5
"""Lines among which the header may stand below remarks, and rows that must follow to tell."""
MOST_BELOW = 4
"""Rows below the header that may describe the columns: questions, ids of a program, types, units."""

_YEAR = re.compile(r"(?:FY ?)?(?:19|20)\d\d(?:\.0)?")
_MONTH = re.compile(r"(?:(?:19|20)\d\d[./-](?:0?[1-9]|1[0-2])|(?:0?[1-9]|1[0-2])[./-](?:19|20)\d\d)")
_SPACES = ("\ufeff", "\u200b", "\u2060")


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """Where the table stands in the text."""

    header: list[str]
    """One name per column, as written; blank ones are empty."""
    cells: int
    """Cells of an ordinary row; more than ``header`` when every row ends in empty ones."""
    body_line: int
    """1-based line at which the data begin."""
    body_offset: int
    """Byte at which the data begin."""
    line_feeds: int = 0
    """Line feeds from there on."""
    aside: tuple[SetAside, ...]
    """Rows below the header that are no customers."""
    units: tuple[tuple[str, ...], ...] = ()
    """The cells of those that hold units or descriptions; files put one below the other repeat them."""
    notes: tuple[Note, ...]


def _numeric(cell: str) -> bool:
    return bool(NUMBER.match(cell.strip()))


def _value(cell: str) -> bool:
    """Whether a cell of the first row is a number and no name: ``12.5 €`` but not ``x1`` or ``Q4``."""
    letters = re.sub(r"(?<=\d)[eE](?=[-+]?\d)|EUR|USD|CHF|GBP", "", cell)
    return _numeric(cell) and not re.search(r"[^\W\d_]|_", letters)


@dataclass(kw_only=True, slots=True)
class _Header:
    """A header while it is being found."""

    records: list[tuple[int, list[str]]]
    """Line and cells of the first records of the file."""
    start: int
    """Which of them is the header."""
    modal: int
    """Cells that most records have."""
    names: list[str]
    line: int
    body: list[tuple[int, list[str]]]
    """The records below it."""
    body_line: int
    ordinary: list[list[str]]
    """Cells of the first ones that are as long as most."""
    aside: list[SetAside] = field(default_factory=list)
    units: list[tuple[str, ...]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    @classmethod
    def of(cls, records: list[tuple[int, list[str]]]) -> _Header:
        """The first record that is filled as a header is, and no remark."""
        widths = Counter(len(cells) for _, cells in records[:2000])
        modal = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))[0]
        start = next(
            (i for i, (_, cells) in enumerate(records[:100])
             if len(cells) >= modal - 1 and sum(map(bool, map(str.strip, cells))) >= min(modal, max(2, modal / 2))),
            0,
        )  # fmt: skip
        start = _below_remarks(records, start, modal)
        line, body = records[start][0], records[start + 1 :]
        found = cls(
            records=records, start=start, modal=modal, names=[_tidy(cell) for cell in records[start][1]], line=line,
            body=body, body_line=body[0][0] if body else line + 1,
            ordinary=[cells for _, cells in body if len(cells) == modal][:500],
        )  # fmt: skip
        if start:
            found.notes.append(
                Note(
                    code="preamble-skipped",
                    message=f"The header is in line {line}; what stands before it was skipped: "
                    f"{' '.join(records[0][1]).strip()[:60]!r}.",
                    place=f"line {records[0][0]}",
                    level="warning",
                )
            )
        return found

    def note(self, code: str, message: str, *, warning: bool = False) -> None:
        """Add a note about the line of the header."""
        self.notes.append(
            Note(
                code=code, message=message, place=f"line {self.line}", level="warning" if warning else "info"
            )
        )

    def cut_number(self, dialect: Dialect, head: str) -> str:
        """A number that the commas of the file cut in two, see ``_cut_number``; remarks above are not looked at."""
        top = next(
            (i for i, (_, cells) in enumerate(self.records[: self.start])
             if len(cells) > 1 and all(map(str.strip, cells))),
            self.start,
        )  # fmt: skip
        return _cut_number([cells for _, cells in self.records[top : top + 2000]], dialect, head)

    def cut_text(self, dialect: Dialect) -> str:
        """A text that the commas of the file cut, where that is why rows are longer than the header; else ``""``.

        Behind a comma of a sentence stands a blank (``Meyer, Anna``), and behind none that parts the columns.
        """
        if dialect.delimiter != "," or self.modal != len(self.names) + 1 or not all(self.names):
            return ""
        blank = [sum(cells[i][:1] == " " for cells in self.ordinary) for i in range(self.modal)]
        most = max(blank)
        if len(self.ordinary) < 5 or most < 0.95 * len(self.ordinary) or sum(blank) > 1.05 * most:
            return ""
        i, row = blank.index(most), self.ordinary[0]
        texts = [cells[i - 1] + cells[i] for cells in self.ordinary]
        return f"{row[i - 1]},{row[i]}" if all(re.search(r"[^\W\d_]", text) for text in texts) else ""

    def fit(self) -> None:
        """Make it as long as the rows are.

        Raises InputError where the names would not stand above their cells.
        """
        names, ordinary = self.names, self.ordinary
        while len(names) > self.modal and not names[-1]:
            names.pop()
        extra = self.modal - len(names)
        if extra <= 0 or not any(cell.strip() for cells in ordinary for cell in cells[-extra:]):
            return
        if extra == 1 and self.body:
            first, second = ({cells[i] for cells in ordinary} for i in (0, 1))
            if len(second) < len(first) == len(ordinary) and names_id(names[0], load_tokens()):
                raise InputError(
                    f"rows have one cell more than the header, though the first cell ({ordinary[0][0]}) is that of "
                    f"{names[0]!r}; give each column a name, and put quotes around cells that have a delimiter in them"
                )
            names.insert(0, "")
            self.note(
                "header-short",
                "The header has one name less than the rows have cells; the first column was taken for the nameless "
                "one.",
                warning=True,
            )
        else:
            names += [""] * extra
            self.note(
                "header-short",
                f"The header names {len(names) - extra} of {len(names)} columns; the others got numbers.",
                warning=True,
            )

    def look_below(self) -> None:
        """Whether it is none, or has a second row: more names, units, dashes."""
        width = len(self.names)
        columns = [
            [text for cells in self.ordinary if i < len(cells) and (text := cells[i].strip())]
            for i in range(width)
        ]
        rest = [column[1:] for column in columns]
        numeric = [
            i
            for i, column in enumerate(rest)
            if len(column) >= 2 and sum(map(_numeric, column)) >= 0.9 * len(column)
        ]
        second = [_tidy(cell) for cell in self.body[0][1]] if self.body else []
        if self.dashes(second):
            second = []
        if self.two_rows(second, numeric) or self.aside:
            return
        named: list[str] = []
        if any(_value(self.names[i]) for i in numeric):  # otherwise it has names, whatever the values are
            named = [
                self.names[i]
                for i in numeric
                if self.names[i] and sum(map(_value, rest[i])) >= 0.9 * len(rest[i])
            ]
        if named and all(map(_value, named)) and not _sequence(named):
            self.names = [""] * width
            self.body_line = self.line
            if self.parted_otherwise():
                return
            self.note(
                "header-missing",
                f"The first row holds values, not names; the columns are called column 1 to column {width}.",
                warning=True,
            )
        else:
            self.units_below(numeric)

    def parted_otherwise(self) -> bool:
        """Whether the line above is the header, with another delimiter than the rows have."""
        above = self.records[self.start - 1][1] if self.start == 1 else []
        parted = [list(map(_tidy, above[0].split(d))) for d in DELIMITERS] if len(above) == 1 else []
        names = next((cells for cells in parted if len(cells) == len(self.names)), [])
        if not all(names) or len(set(names)) < max(2, len(names)) or any(map(_value, names)):
            return False
        self.names = names
        self.line = self.records[0][0]
        self.notes = [note for note in self.notes if note.code != "preamble-skipped"]
        self.note(
            "header-delimiter",
            "The names in the header are separated by another sign than the cells below it.",
        )
        return True

    def dashes(self, second: list[str]) -> bool:
        """Whether a line of dashes, which is set aside, stands below it."""
        found = (
            len(self.ordinary) >= 5
            and len(second) == len(self.names) > 0
            and all(re.fullmatch(r":?-{2,}:?|", cell) for cell in second)
        )
        if found:
            self.aside.append(SetAside(line=self.body[0][0], reason="a line of dashes below the header"))
            self.body_line = self.body[1][0]
        return found

    def two_rows(self, second: list[str], numeric: list[int]) -> bool:
        """Whether it is put together from two rows: itself and the one below, or the groups above and itself."""
        above = self.records[self.start - 1][1] if self.start else []
        both = []
        if len(self.ordinary) >= 5 and len(second) == len(self.names):
            kinds = load_tokens().row_answers
            gap_behind = [not name for name in self.names[1:]] + [False]
            second = [
                "" if cell.casefold() in kinds and name and not gap else cell
                for cell, name, gap in zip(second, self.names, gap_behind, strict=True)
            ]
            both = _of_two_rows(self.names, second, numeric)
            if not both:
                below = [row for row in self.ordinary if row != self.body[0][1]]
                both = _answers_below(self.names, second, numeric, below)
        if both:
            self.body_line = self.body[1][0]
        elif len(above) == len(self.names):  # groups in merged cells, of which most are blank
            both = _of_two_rows([_tidy(cell) for cell in above], self.names, numeric)
            if both and self.start == 1:
                self.notes = [note for note in self.notes if note.code != "preamble-skipped"]
        if both:
            shown = next((title for title in both if title not in self.names), both[-1])
            self.names = both
            self.note("header-two-rows", f"The header has two rows, which were put together: {shown!r}.")
        return bool(both)

    def units_below(self, numeric: list[int]) -> None:
        """Set rows of units or descriptions aside: words where all other rows have numbers, ids of a program.

        Survey programs write several: the names, the questions, and what each question is called inside.
        """
        if len(self.ordinary) < 5:
            return
        top = list(itertools.takewhile(lambda row: len(row[1]) == self.modal, self.body[:MOST_BELOW]))
        coded = max((i + 1 for i, (_, cells) in enumerate(top) if _of_a_program(cells)), default=0)
        if sum(map(_of_a_program, self.ordinary)) > max(1, 0.1 * len(self.ordinary)):
            coded = 0  # the customers themselves are written so
        for place, (line, cells) in enumerate(top):
            if place < coded:
                reason = (
                    "a further header row (questions or descriptions), above one with the ids of a program"
                )
                if _of_a_program(cells):
                    reason = "a further header row: what a program calls the columns inside"
            elif self.describes(place, cells, numeric):
                reason = (
                    "a second header row (units or descriptions): words where all other rows have numbers"
                )
            else:
                break
            if place + 1 == len(self.body):
                break
            self.aside.append(SetAside(line=line, reason=reason))
            self.body_line = self.body[place + 1][0]
            self.units.append(tuple(cell.strip() for cell in cells))

    def describes(self, place: int, cells: list[str], numeric: list[int]) -> bool:
        """Whether a row has words where all rows below it have numbers."""
        first = [cell.strip() for cell in cells]
        void = load_tokens().missing
        words = [i for i in numeric if first[i] and not _numeric(first[i]) and first[i].lower() not in void]
        above = [row for _, row in self.body[:place]]
        others = [row for row in self.ordinary if row != cells and row not in above]  # joined files repeat it
        if len(others) < FEWEST_BELOW - 1:
            return False
        strange = [i for i in words if first[i] not in {row[i].strip() for row in others}]
        blank = all(not first[i] or i in strange for i in numeric)  # units stand only where there are some
        if place and len(strange) < len(numeric) / 2:  # one word may be a slip of the first customer's
            return False
        return bool(strange) and (blank or len(strange) >= len(numeric) / 2)


def lay_out(name: str, head: str, skip: int, dialect: Dialect, complete: bool) -> Layout:
    """Where the table stands in a text, by its beginning.

    Parameters
    ----------
    name
        What messages call the file.
    head
        The beginning of the text.
    skip
        Lines at the top that say something else.
    dialect
        How its records are written.
    complete
        Whether ``head`` is the whole text; otherwise its last record may be cut off.

    Raises
    ------
    InputError
        There are no records, or the commas between them stand in numbers too.
    """
    lines = head.split("\n")
    records = [(line + skip, cells) for line, cells in read_records("\n".join(lines[skip:]), dialect)]
    if not complete and len(records) > 1:
        records.pop()
    if not records:
        raise InputError(
            f"{name}: no rows could be told apart; a quote is probably never closed, or give --delimiter"
        )
    header = _Header.of(records)
    text = header.cut_text(dialect)
    if text:
        raise InputError(
            f"{name}: rows have more cells than the header, as commas stand in texts ({text}) and between the columns; "
            "save it with semicolons between the columns, or with quotes around such texts"
        )
    number = header.cut_number(dialect, head)
    if number:
        raise InputError(
            f"{name}: rows have more cells than the header, as commas stand in numbers ({number}) and between the "
            "columns; save it with semicolons between the columns, or with quotes around such numbers"
        )
    try:
        header.fit()
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    header.look_below()
    above = "".join(line + "\n" for line in lines[: header.body_line - 1])
    return Layout(
        header=header.names, cells=header.modal, body_line=header.body_line,
        body_offset=min(len(above.encode()), len(head.encode())),
        aside=tuple(header.aside), units=tuple(header.units), notes=tuple(header.notes),
    )  # fmt: skip


def _below_remarks(records: list[tuple[int, list[str]]], start: int, modal: int) -> int:
    """The place of the header where what looks like one is a remark: ``Period,2024,,`` or ``Region,(All),,``.

    A remark has blank cells, values, or another number of cells than the rows. The header below it has a name in each
    cell, no two alike, also above the columns of numbers.
    """
    for place in range(start, min(start + REMARKS, len(records) - FEWEST_BELOW)):
        cells = [cell.strip() for cell in records[place][1]]
        if place > start and len(cells) >= modal and all(cells[1:modal]) and not any(map(_value, cells)):
            names = cells[:modal]
            rows = [row for _, row in records[place + 1 : place + 501] if len(row) == len(cells)]
            columns = [[text for row in rows if (text := row[i].strip())] for i in range(modal)]
            numeric = [
                i
                for i, c in enumerate(columns)
                if len(c) >= FEWEST_BELOW and sum(map(_numeric, c)) >= 0.9 * len(c)
            ]
            void = load_tokens().missing
            told = all(
                names[i] and names[i].lower() not in void and names[i] not in columns[i] for i in numeric
            )
            if numeric and told and len(set(names)) == len(names):
                return place
        if (
            len(cells) == modal
            and all(cells)
            and not any(_value(cell) or cell[0].isdigit() for cell in cells)
        ):
            break
    return start


def _cut_number(records: list[list[str]], dialect: Dialect, head: str) -> str:
    """A number that the commas of the file cut in two, where that is why rows are longer than the header; else ``""``.

    The pieces give themselves away: cents have two digits, zero before the single ones, and reach beyond 31 (as no
    day, month or hour does); what follows a thousands comma has three, and the row is shorter where there is none.
    A column without name (R's row names) does not look so, and neither does a delimiter at the end of the rows.
    """
    header, rows = records[0], records[1:]
    width = len(header)
    if dialect.delimiter != "," or not all(cell.strip() for cell in header) or any(map(_value, header)):
        return ""
    longer = [[cell.strip() for cell in cells] for cells in rows if len(cells) > width]
    short = [[cell.strip() for cell in cells] for cells in rows if len(cells) == width]
    if len(longer) < max(5, 0.1 * len(rows)) or sum(not cells[-1] for cells in longer) > 0.5 * len(longer):
        return ""
    for i in range(min(map(len, longer)) - 1):
        if not all(re.fullmatch(r"[-−(]?[^\w,]{0,3}\d{1,9}", cells[i]) for cells in longer):
            continue
        second = [cells[i + 1] for cells in longer]
        cents = [cell for cell in second if re.fullmatch(r"\d\d\D{0,4}", cell)]
        thousands = [cell for cell in second if re.fullmatch(r"\d{3}(?:\.\d{1,2})?\D{0,4}", cell)]
        whole = all(i < len(cells) and re.match(r"[-−(]?\D{0,3}\d{1,3}(?!\d)", cells[i]) for cells in short)
        first = f"{longer[0][i]},{longer[0][i + 1]}"
        if len(cents) >= 0.95 * len(longer):
            padded = any(cell[0] == "0" for cell in cents)
            wide = max(int(cell[:2]) for cell in cents) > 31 and len({cell[:2] for cell in cents}) >= 5
            if padded and wide and f',"{cents[0]}"' not in head:
                return first
        if short and whole and len(thousands) == len(longer) and len(set(second)) >= 5:
            least = min(abs(int(re.sub(r"\D", "", cells[i]))) for cells in longer)
            if least > 0 and any(cell[0] == "0" for cell in thousands):
                return first
    return ""


def _of_a_program(cells: list[str]) -> bool:
    """Whether a row says what a program calls its columns inside: ``{"ImportId":"QID1"}`` in all cells."""
    filled = [text for cell in cells if (text := cell.strip())]
    if len(filled) < max(2, len(cells) / 2):
        return False
    return all(re.fullmatch(r"\{\s*(['\"])\w+\1\s*:.*\}", cell, flags=re.DOTALL) for cell in filled)


def _of_two_rows(upper: list[str], lower: list[str], numeric: list[int]) -> list[str]:
    """Names for a header in two rows: groups (years, channels), and below them names; empty when it is none.

    The upper row repeats itself or has gaps, as merged cells do; the lower one is complete and holds words where
    the rows below have numbers. Only together they tell the columns apart. Or the groups stand above (``Revenue``,
    a gap), years below, and other columns have their name in the upper row and nothing below it.
    """
    if not numeric or not lower or not any(upper) or len(set(upper)) == len(upper):
        return []
    years = _years_below(upper, lower)
    if not years and (not all(lower) or any(map(_value, lower)) or len(set(lower)) == len(lower)):
        return []
    groups: list[str] = []
    for name in upper:
        groups.append(name or (groups[-1] if groups else ""))  # merged cells: the first holds the name
    names = [
        name or group if not group or not name or name == group
        else f"{name} {group}" if _numeric(group) else f"{group} {name}"
        for group, name in zip(groups, lower, strict=True)
    ]  # fmt: skip
    return names if len(set(names)) == len(names) else []


def _answers_below(
    upper: list[str], lower: list[str], numeric: list[int], below: list[list[str]]
) -> list[str]:
    """Names where a question stands above a gap, and below what was asked (``Satisfied with``: ``Price``, ``Staff``).

    Columns with a name of their own have nothing below it or what kind of answer it is (``Open-Ended Response``).
    Empty when the lower row may be a customer: where there is a gap it must be filled, with a word that stands in no
    row below, and all that stands below in one of these columns must be numbers.
    """
    gaps = [i for i, name in enumerate(upper) if not name]
    if not gaps or not upper[0] or len(below) < FEWEST_BELOW - 1:
        return []
    grouped = {*gaps, *(i - 1 for i in gaps)}
    if any(not lower[i] or _numeric(lower[i]) for i in grouped) or not grouped & set(numeric):
        return []
    if any(lower[i] and _numeric(lower[i]) for i in numeric):
        return []
    if any(lower[i] and lower[i] == row[i].strip() for i in range(len(upper)) for row in below):
        return []
    names, group = [], ""
    for i, (name, part) in enumerate(zip(upper, lower, strict=True)):
        group = name or group
        names.append(f"{group.rstrip(' :')}: {part}" if i in grouped else name)
    return names if len(set(names)) == len(names) else []


def _years_below(upper: list[str], lower: list[str]) -> bool:
    """Whether the lower row holds years where the upper one has a group, and nothing else but names of it again.

    Every gap of the upper row has a year below it, and so has the name before the gap: a row of customers has not.
    """
    pairs = list(zip(upper, lower, strict=True))
    gaps = [i for i, name in enumerate(upper) if not name]
    if not gaps or not upper[0]:
        return False
    if any(below and below != above and not _YEAR.fullmatch(below) for above, below in pairs):
        return False
    return all(_YEAR.fullmatch(lower[i]) and _YEAR.fullmatch(lower[i - 1]) for i in gaps)


def _tidy(cell: str) -> str:
    """A name on one line, without invisible characters."""
    for mark in _SPACES:
        cell = cell.replace(mark, "")
    return " ".join(cell.split())


def _sequence(names: list[str]) -> bool:
    """Whether numbers are names after all: years, months (01.2024), or 0 1 2 3 ..."""
    if len(set(names)) < len(names):
        return False
    if len(names) > 2 and all(map(_MONTH.fullmatch, names)):
        return True
    if not all(re.fullmatch(r"\d{1,4}", name) for name in names):
        return False
    values = [int(name) for name in names]
    return all(1900 <= v <= 2100 for v in values) or (
        len(values) > 2 and all(b - a == 1 for a, b in itertools.pairwise(values))
    )
