"""Turn the cells of one column into numbers.

No library reads ``1.234,50``, ``1'234.50``, ``(123)``, ``12-``, ``$1`` or ``12 %`` (RELIABILITY.md 1.2), so
the shapes are spelled out here as patterns. All work is done on the different values of a column, in Arrow,
so that a million rows cost little more than their number of different values. Which mark is the decimal one
is decided per column from cells that can be read in one way only; cells that can be read in both follow the
rest of the table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from reportgen.columns import bulk
from reportgen.columns.cell_values import ODD_SPACE, SAMPLE, Distinct
from reportgen.lexicon.tokens import Tokens

if TYPE_CHECKING:
    from reportgen.results import Bools, Floats, Ints

TOO_LARGE = 1e100
"""Numbers beyond this are taken for missing: their squares would be infinite."""
FEW_WORDS = 0.2
"""A column is one of numbers when at most this share of its cells are words."""
ONE_WORD, FEWEST_BESIDE = 0.6, 8
"""The same, when it is one word or two, and so many different numbers: ``(not set)``, ``undefined``."""
LABELLED = 11
"""A scale has at most so many steps; some of them say what they mean (``10 Extremely likely``)."""
FEWEST_CODES = 30
"""Values that must all differ, and be written alike, to be codes rather than money."""
SUFFIXED = 0.9
"""Share of cells that must have a word behind the number for it to be a unit."""
FEWEST_SUFFIXED = 12
"""With at most so many different values, ``36 months`` and ``60 months`` are levels."""
ABBREVIATED = 0.02
"""Share of cells with a word such as thousand behind the number from which the column is written so."""
GROUPS = 5
"""Cells with a mark, and without one, from which ``1.234`` beside ``987`` is surely a thousand."""
GROUPS_AGAINST = 44
"""Cells with a mark from which it holds beside ``1500``: of so many trimmed decimals one is shorter (99 %)."""
UNGROUPED = 0.1
"""Numbers such as ``1500``, per number with a mark, that may be of any size: slips, and 999999 for "not known"."""
_ODD_MINUS = r"[\x{2212}\x{2010}-\x{2013}\x{FF0D}]"
_ODD_QUOTE = r"[\x{2019}\x{2018}\x{00B4}`]"
_ZEROS = (0x660, 0x6F0, 0x966, 0x9E6, 0xE50)
"""The noughts of Arabic, Persian, Devanagari, Bengali and Thai."""
_ODD_DIGITS = (
    r"[\x{0660}-\x{066C}\x{06F0}-\x{06F9}\x{0966}-\x{096F}\x{09E6}-\x{09EF}\x{0E50}-\x{0E59}"
    r"\x{FF01}-\x{FF5E}\x{FFE0}-\x{FFE6}]"
)
_CENTS = r"^(?:\d+|\d{1,3}(?:[., ']\d{3})+)[.,]\d{1,2}$"
"""A number of which the last mark can only set off decimals."""
ONE_SIDE = 2 / 3
"""Where all amounts say on which side of an account they stand (``Dr``, ``Cr``), the share of the usual side."""
SIDES_APART = 50.0
"""Amounts of two sides differ by less than this factor; in crores of rupees (``2.5 Cr``) they differ by more."""
_TWO_DECIMALS = r"[.,]\d{2}\)?$"
_EXCHANGED = str.maketrans(".,", ",.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Numbers:
    """A column read as numbers."""

    values: Floats
    """(n,) NaN where there is no number."""
    decimal: str = ""
    """Mark that the cells show for certain; empty when they do not tell."""
    guessed: bool = False
    """Cells can be read with either mark."""
    unit: str = ""
    units: Mapping[str, int] | None = None
    """Units and signs met, with their number of cells; the empty one is that of bare numbers."""
    read: int = 0
    """Cells that are numbers."""
    tokens: Mapping[str, int] | None = None
    """Missing and error tokens met, with their number of cells."""
    words: Mapping[str, int] | None = None
    """What was neither a number nor a token, with the number of cells."""
    multiplied: bool = False
    """Words in the cells said that they are thousands or millions."""
    scaled: bool = False
    """Cells with a percent sign stood among fractions and were divided by 100."""
    infinite: int = 0
    """Cells that are infinite or too large to calculate with."""
    different: int = 0
    """Different cells that are numbers."""
    against: tuple[str, str] | None = None
    """A cell with a mark that could be read in two ways, and one that speaks against how it was read."""
    both_marks: tuple[str, str] | None = None
    """Cells with either decimal mark, when both stand in the column."""
    turned: tuple[str, int, str] | None = None
    """A word for the other side of an account, the cells with it, which are below zero, and what the others have."""

    @property
    def numeric(self) -> bool:
        """Whether the column is one of numbers, in spite of some words, or of a word that stands again and again."""
        words = sum((self.words or {}).values())
        most = FEW_WORDS
        if len(self.words or {}) <= 2 and self.different >= FEWEST_BESIDE:
            most = ONE_WORD
        return self.read > 0 and words <= most * (self.read + words)

    @property
    def doubtful(self) -> bool:
        """Whether a mark was taken for the decimal one although cells without it are as good as thousands."""
        return self.against is not None and self.decimal in self.against[0]


def plain_numbers(cells: pa.ChunkedArray) -> Numbers | None:
    """The usual case, at full speed: empty cells and what Arrow reads as a number; else None."""
    numbers = _as_numbers(cells)
    if numbers is None:
        return None
    values: Floats = numbers.to_numpy()
    known = there(values) if numbers.null_count else values
    if len(values) - known.size != numbers.null_count:  # "nan" is a word
        return None
    if known.size and not -TOO_LARGE < known.min() <= known.max() < TOO_LARGE:
        return None
    sure = pc.any(
        pc.match_substring_regex(cells.slice(0, 2000), r"\.(\d{1,2}|\d{4,})$|^-?0?\.|\d{4}\.")
    ).as_py()
    marked = sure or pc.any(pc.match_substring(cells.slice(0, 2000), ".")).as_py() or _fractions(values)
    against = None
    if marked and not sure:  # in the first cells a mark is always followed by three digits
        sure = pc.any(pc.match_substring_regex(cells, r"\.(\d{1,2}|\d{4,})?$|^-?0?\.|\d{4}\.|[eE]")).as_py()
        grouped, against = (None, None) if sure else _grouping(pc.unique(cells), ".")
        if grouped:
            return None  # thousands: read with all patterns
        sure = sure or grouped is False
    return Numbers(
        values=values,
        decimal="." if sure else "",
        guessed=bool(marked and not sure),
        read=len(values) - numbers.null_count,
        against=against,
    )


def there(values: Floats) -> Floats:
    """Those that are no NaN; the array itself, and found fast, where all are."""
    if not np.isnan(values.min(initial=0)):
        return values
    return values[~np.isnan(values)]


def _as_numbers(cells: pa.ChunkedArray) -> Any:
    """What Arrow reads as numbers, missing where a cell is empty; None when a cell is something else."""
    try:
        return cells.cast(pa.float64())
    except pa.ArrowInvalid:  # an empty cell is looked for only now, as most columns have none
        empty = pc.equal(cells, "")
    if not pc.any(empty).as_py():
        return None
    try:
        return pc.if_else(empty, None, cells).cast(pa.float64())
    except pa.ArrowInvalid:
        return None


def comma_numbers(cells: pa.ChunkedArray, forced: str | None) -> Numbers | None:
    """Plain numbers with a decimal comma, at full speed; None for all that needs a closer look."""
    values = bulk.comma_numbers(cells, sure=forced == ",") if forced != "." else None
    if values is None:
        return None
    known = values[~np.isnan(values)]
    if known.size == 0 or not np.abs(known).max() < TOO_LARGE:
        return None
    return Numbers(values=values, decimal=",", read=known.size)


def _fractions(values: Floats) -> bool:
    """Whether any number is not whole."""
    with np.errstate(invalid="ignore"):
        return bool(np.any((values != np.floor(values)) & ~np.isnan(values)))


def _grouping(text: Any, sign: str) -> tuple[bool | None, tuple[str, str] | None]:
    """Whether a sign that is always followed by three digits sets off thousands, and two cells if that is not sure.

    ``987`` beside ``1.234`` and ``12.500``: thousands, for decimals of a fixed length would stand there too, and
    trimmed ones would be shorter now and then. ``1500`` beside them: still thousands when these are few, or as large
    as ``1.234`` is then, and those with the sign are many, or far smaller as decimals than what stands beside them;
    else decimals. None when nothing tells.
    """
    marks = np.asarray(pc.match_substring(text, sign))
    if not marks.any() or marks.all():
        return None, None
    marked, bare = text.filter(pa.array(marks)), text.filter(pa.array(~marks))
    wide = pc.match_substring_regex(bare, r"\d{4}")
    long, short = bare.filter(wide), bare.filter(pc.invert(wide))
    numbers = int(pc.sum(pc.match_substring_regex(short, r"\d")).as_py() or 0)
    if len(long) == 0:
        return (True if len(marked) >= GROUPS and numbers >= GROUPS else None), None
    against = (str(marked[0]), str(long[0]))
    if len(marked) < GROUPS or numbers < GROUPS:
        return False, against
    grouped, ungrouped, middle = (_middle(some) for some in (marked, long, short))
    slips = len(long) <= UNGROUPED * len(marked) or grouped / 10 <= ungrouped <= grouped * 10
    return slips and (len(marked) >= GROUPS_AGAINST or middle > 10 * grouped / 1000), against


def _middle(text: Any) -> float:
    """The median of numbers, whatever their signs and marks."""
    digits = pc.replace_substring_regex(text, r"\D", "")
    return float(np.median(np.array(digits.filter(pc.not_equal(digits, "")).cast(pa.float64()))))


def _lettered_codes(text: Any, column: Distinct) -> Bools:
    """(d,) which values are codes that only look like money with a sign of letters: ``KR000588``.

    They give themselves away by zeros in front, or by being whole, of one length and different in every row.
    """
    some = np.asarray(pc.match_substring_regex(text, r"^\p{L}+\.?\d+$"))
    if not some.any():
        return some
    codes = text.filter(pa.array(some))
    if pc.any(pc.match_substring_regex(codes, r"^\p{L}+\.?0\d")).as_py():
        return some
    one_length = pc.count_distinct(pc.utf8_length(codes)).as_py() == 1
    unlike = int(column.counts[some].sum()) == len(codes) >= FEWEST_CODES
    return some if one_length and unlike and some.mean() > FEW_WORDS else np.zeros_like(some)


def plain_digits(text: Any) -> Any:
    """Full-width digits, those of Arabic, Indian and Thai scripts, and full-width signs of money, as the usual ones."""
    if not pc.any(pc.match_substring_regex(text, _ODD_DIGITS)).as_py():
        return text
    table = {base + i: str(i) for base in _ZEROS for i in range(10)}
    table |= {0xFF01 + i: chr(0x21 + i) for i in range(94)} | {0x66A: "%", 0x66B: ".", 0x66C: ","}
    table |= {0xFFE1: "£", 0xFFE5: "¥", 0xFFE6: "₩"}
    return pa.array([cell.translate(table) for cell in text.to_pylist()], pa.large_string())


def _one_unit(words: set[str]) -> bool:
    """Whether words behind numbers are one word, or its singular and plural: ``month`` and ``months``."""
    shortest = min(words, key=len)
    return all(
        word.startswith(shortest)
        and (len(word) - len(shortest) <= 2 if len(shortest) > 2 else word in (shortest, f"{shortest}s"))
        and (len(shortest) > 1 or word == shortest)  # m and ms are two
        for word in words
    )


_PERCENT_FIRST = r"^(\(|[-+])? ?% ?([-+])? ?(\d[\d., ']*)(\))?$"
"""``%12,5`` and ``-%5``, as in Turkish and Basque."""


class NumberPattern:
    """How numbers may be written, for the money signs that are known."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        signs = sorted(tokens.money, key=len, reverse=True)
        money = "|".join(re.escape(sign) for sign in signs)
        self.suffix = rf"^(?P<head>.*\d) ?(?P<tail>\p{{L}}{{1,12}}\.?|/ ?\d{{1,4}})(?P<sign> ?(?i:{money}))?$"
        sides = "|".join(re.escape(side) for side in sorted(tokens.sides, key=len, reverse=True))
        self.side = rf"^(?P<head>.*\d) ?(?P<tail>(?i:{sides}))\.?$"
        self.units = {sign.lower(): unit for sign, unit in tokens.money.items()}
        self.void = tokens.missing | tokens.missing_in_numbers | tokens.errors | {""}
        self.nothing = re.compile(rf"(?i:{money}) ?[-–—]{{1,2}}|[-–—]{{1,2}} ?(?i:{money})")
        """``$ -``, which is how the accounting format of spreadsheets writes 0."""
        self.patterns = {mark: self._pattern(mark, money) for mark in ".,"}
        self.outside = rf"^((?i:{money})) ?\(([^()]+)\)$"
        self.behind = rf"^\(([^()]+)\) ?((?i:{money}))$"

    @staticmethod
    def _pattern(mark: str, money: str) -> str:
        other = "," if mark == "." else r"\."
        mark = re.escape(mark)
        third = r"\d{3}"
        grouped = "|".join(
            [rf"[1-9]\d{{0,2}}(?:{other}{third})+"]
            + ([rf"[1-9]\d?(?:,\d{{2}})+,{third}"] if other == "," else [])
            + [rf"[1-9]\d{{0,2}}(?:'{third})+", rf"[1-9]\d{{0,2}}(?: {third})+"]
        )
        number = rf"(?:(?:{grouped}|\d+)(?:{mark}\d+)?|{mark}\d+)(?:[eE][+-]?\d+)?"
        whole = rf"[.,:][-\x{{2014}}\x{{2015}}]{{1,2}}|{mark}"  # 52.- and 52,-- and 52:- are whole: no cents
        return (
            rf"^(?P<open>\()? ?(?P<minus1>[-+])? ?(?P<unit1>(?i:{money}))? ?(?P<minus2>[-+])?"
            rf" ?(?P<number>{number})(?P<whole>{whole})?"
            rf" ?(?P<percent>%)?(?P<unit2>(?i:{money}))? ?(?P<minus3>-)? ?(?P<close>\))?$"
        )

    def is_nothing(self, cell: str) -> bool:
        """Whether a cell is a dash beside a sign of money."""
        return len(cell) < 9 and not cell.isalnum() and self.nothing.fullmatch(cell.strip()) is not None

    def read(self, column: Distinct, table_mark: str, forced: str | None = None) -> Numbers:
        """Numbers of a column; ``table_mark`` decides where the column does not.

        A column of many different values is tried on some of them first, so that words cost little.
        """
        against: tuple[str, str] | None = None
        both_marks: tuple[str, ...] = ()
        if len(column.values) > 2 * SAMPLE:
            tried = self.read(column.sample(), table_mark, forced)
            if not tried.numeric and tried.read < SAMPLE / 2:
                return replace(tried, values=np.full(len(column.codes), np.nan))
            if (
                forced is None and tried.decimal and not tried.both_marks
            ):  # they tell; the rest is read so only
                forced, against = tried.decimal, tried.against
        text = plain_digits(column.values)
        text = pc.replace_substring_regex(text, ODD_SPACE, " ")
        text = pc.replace_substring_regex(text, _ODD_MINUS, "-")
        text = pc.utf8_trim(pc.replace_substring_regex(text, _ODD_QUOTE, "'"), " ")
        if pc.any(
            pc.starts_with(text, "'")
        ).as_py():  # '-52.33, so that no spreadsheet takes it for a formula
            text = pc.replace_substring_regex(text, r"^'([-+][\d.,])", r"\1")
        if pc.any(pc.match_substring(text, "(")).as_py():  # $ (52.33)
            text = pc.replace_substring_regex(text, self.outside, r"(\1\2)")
            text = pc.replace_substring_regex(text, self.behind, r"(\1\2)")
        if pc.any(pc.match_substring_regex(text, _PERCENT_FIRST)).as_py():  # %12,5
            text = pc.replace_substring_regex(text, _PERCENT_FIRST, r"\1\2\3%\4")
        decimal, guessed, marks = "", False, [forced] if forced else [".", ","]
        found = {mark: pc.extract_regex(text, self.patterns[mark]) for mark in marks}
        if forced:
            mark = decimal = forced
        else:
            fits = {m: np.asarray(found[m].is_valid()) for m in found}
            lone = {".": fits["."] & ~fits[","], ",": fits[","] & ~fits["."]}
            dots, commas = (int(column.counts[lone[m]].sum()) for m in ".,")
            if dots or commas:
                mark = decimal = "." if dots >= commas else ","
                other = "," if mark == "." else "."
                turned = self._turned(text, found, lone, other) if dots and commas else None
                if turned is not None:
                    both_marks = tuple(str(text.filter(pa.array(lone[m]))[0]) for m in (mark, other))
                    found[mark] = pc.extract_regex(turned, self.patterns[mark])
            else:
                mark = table_mark
                both = pc.struct_field(found["."], "number").filter(pa.array(fits["."]))
                guessed = bool(pc.any(pc.match_substring_regex(both, "[.,]")).as_py())
                for sign, other in ((".", ","), (",", ".")) if guessed else ():
                    grouped, against = _grouping(both, sign)
                    if grouped is not None:
                        mark = decimal = other if grouped else sign
                        guessed = False
                        break
        parts = found[mark]
        keep = np.asarray(parts.is_valid()) & ~_lettered_codes(text, column)
        digits = pc.struct_field(parts, "number")
        digits = pc.replace_substring_regex(digits, "[ ']" if mark == "." else "[ '.]", "")
        digits = pc.replace_substring(digits, ",", "" if mark == "." else ".")
        numbers = np.array(digits.cast(pa.float64()).fill_null(np.nan))

        def has(field: str, sign: str) -> Bools:
            return np.asarray(pc.equal(pc.struct_field(parts, field), sign).fill_null(False))

        opened, closed = has("open", "("), has("close", ")")
        signs = [has(field, "-") for field in ("minus1", "minus2", "minus3")]
        bad = (opened != closed) | (sum(s.astype(int) for s in (opened & closed, *signs)) > 1)
        keep &= ~bad
        numbers[np.logical_or.reduce([opened & closed, *signs])] *= -1
        huge = keep & ~(np.abs(numbers) < TOO_LARGE)
        infinite = int(column.counts[huge].sum())
        numbers[~keep | huge] = np.nan
        percent = has("percent", "%") & keep
        bare = numbers[keep & ~percent]
        scaled = bool(
            percent.any() and bare.size and np.all((bare >= 0) & (bare <= 1)) and np.any(bare % 1 != 0)
        )
        scaled = scaled and float(np.nanmedian(numbers[percent])) > 1
        if scaled:
            numbers[percent] /= 100
        units = self._units(parts, column.counts, keep)
        best = max(units, key=lambda unit: units[unit] if unit else 0) if units else ""
        unit = best if best and units[best] >= column.counts[keep].sum() / 2 and not scaled else ""
        words: dict[str, int] = {}
        tokens: dict[str, int] = {}
        rest = np.flatnonzero(~keep)
        known = self.void
        for index, value in zip(rest, column.values.take(pa.array(rest)).to_pylist(), strict=True):
            count = int(column.counts[index])
            if not value:
                continue
            (tokens if value.strip().lower() in known or self.is_nothing(value) else words)[value] = count
            if value.strip().lower().lstrip("+-") in ("inf", "infinity", "∞"):
                infinite += count
        return Numbers(
            values=numbers[column.codes], decimal=decimal, guessed=guessed, unit=unit, units=units, tokens=tokens,
            words=words, read=int(column.counts[keep].sum()), infinite=infinite, scaled=scaled,
            different=int(np.unique(numbers[keep]).size), against=against,
            both_marks=(both_marks[0], both_marks[1]) if both_marks else None,
        )  # fmt: skip

    @staticmethod
    def _turned(text: Any, found: Mapping[str, Any], lone: Mapping[str, Bools], other: str) -> Any:
        """The cells with the mark that fewer have exchanged, where each cell for itself tells its decimals; else None.

        ``619,58`` and ``148.88``: one or two digits behind the last mark are decimals, three may be thousands.
        """
        for mark in ".,":
            numbers = pc.struct_field(found[mark], "number")
            if not pc.all(pc.match_substring_regex(numbers.filter(pa.array(lone[mark])), _CENTS)).as_py():
                return None
        either = pa.array(np.asarray(found["."].is_valid()) & ~lone["."])
        if pc.any(
            pc.match_substring_regex(pc.struct_field(found["."], "number").filter(either), "[.,]")
        ).as_py():
            return None
        cells, numbers = text.to_pylist(), pc.struct_field(found[other], "number")
        for place in np.flatnonzero(lone[other]):
            number = numbers[int(place)].as_py()
            cells[place] = cells[place].replace(number, number.translate(_EXCHANGED), 1)
        return pa.array(cells, pa.large_string())

    def _units(self, parts: Any, counts: Ints, keep: Bools) -> dict[str, int]:
        """Signs of the cells that are numbers, with their number of cells."""
        found: dict[str, int] = {}
        signed = np.zeros(len(keep), dtype=bool)
        for field in ("unit1", "unit2", "percent"):
            column = pc.struct_field(parts, field)
            some = np.asarray(pc.not_equal(column, "").fill_null(False)) & keep
            signed |= some
            for index in np.flatnonzero(some):
                sign = column[int(index)].as_py().lower()
                unit = "%" if field == "percent" else self.units[sign]
                found[unit] = found.get(unit, 0) + int(counts[index])
        bare = int(counts[keep & ~signed].sum())
        return {**found, **({"": bare} if found and bare else {})}

    def with_suffix(self, column: Distinct, table_mark: str, forced: str | None = None) -> Numbers | None:
        """Numbers that all have the same word behind them (``12 years``, ``4.5/5``), or a multiple (``1.5k``).

        Beside ``1.5k`` a bare ``942`` may stand: what has no word behind it is not multiplied.
        """
        if len(column.values) > 2 * SAMPLE and self.with_suffix(column.sample(), table_mark, forced) is None:
            return None
        text = plain_digits(pc.utf8_trim(pc.replace_substring_regex(column.values, ODD_SPACE, " "), " "))
        parts = pc.extract_regex(text, self.suffix)
        tails = pc.utf8_lower(pc.utf8_rtrim(pc.struct_field(parts, "tail"), "."))
        met = np.asarray(parts.is_valid())
        void = np.asarray(
            pc.is_in(pc.utf8_lower(text), value_set=pa.array(sorted(self.void), pa.large_string()))
        )
        known = int(column.counts[~void].sum())
        if not met.any():
            return None
        words = {str(word) for word in pc.unique(tails.filter(pa.array(met))).to_pylist()}
        multiples = {**self.tokens.multiples, **self.tokens.multiples_beside}
        sizes = words <= set(multiples) and (len(words) > 1 or words <= set(self.tokens.multiples))
        if not sizes and not _one_unit(words):
            return None
        written = int(column.counts[met].sum())
        if written < ABBREVIATED * known:
            return None
        uneven = not sizes and written < SUFFIXED * known
        nothing = pa.scalar("", pa.large_string())
        heads = pc.binary_join_element_wise(
            pc.struct_field(parts, "head"), pc.struct_field(parts, "sign"), nothing
        )
        heads = pc.if_else(parts.is_valid(), heads, text)
        plain = self.read(replace(column, values=heads.fill_null("")), table_mark, forced)
        if not plain.numeric or (not sizes and len(pc.unique(heads)) <= FEWEST_SUFFIXED):
            return None
        if uneven and (plain.words or plain.units):  # 61 beside 58 kg, but not beside house number 12 a
            return None
        if sizes:
            factors = np.array(
                [
                    multiples.get(str(t), 1.0) if ok else 1.0
                    for t, ok in zip(tails.to_pylist(), met, strict=True)
                ]
            )
            return replace(plain, values=plain.values * factors[column.codes], multiplied=True)
        unit = max(words, key=len).replace("/", "of ").replace("  ", " ")
        bare = plain.read - written
        units = {unit: written, "": bare} if uneven and bare > 0 else None
        return replace(plain, unit=unit if written >= plain.read / 2 else "", units=units)

    def of_account(self, column: Distinct, table_mark: str, forced: str | None = None) -> Numbers | None:
        """Amounts of which some have a word for a side of an account behind them: ``36.50 CR`` beside ``14.20``.

        They are below zero. Where all have one, the side of two thirds is the usual one. Only where all have cents, as
        books are kept: ``12 cr`` may be credits of a student, and ``2.5 Cr`` crores.
        """
        if len(column.values) > 2 * SAMPLE and self.of_account(column.sample(), table_mark, forced) is None:
            return None
        text = plain_digits(pc.utf8_trim(pc.replace_substring_regex(column.values, ODD_SPACE, " "), " "))
        parts = pc.extract_regex(text, self.side)
        if parts.null_count == len(parts):
            return None
        heads = pc.if_else(parts.is_valid(), pc.struct_field(parts, "head"), text)
        tails = np.array(pc.utf8_lower(pc.struct_field(parts, "tail")).fill_null("").to_pylist())
        plain = self.read(replace(column, values=heads.fill_null("")), table_mark, forced)
        cents = np.asarray(pc.match_substring_regex(heads, _TWO_DECIMALS))
        values = np.full(len(tails), np.nan)
        values[column.codes] = plain.values
        known = ~np.isnan(values) & (values != 0)
        if not plain.numeric or len(plain.units or ()) > 1 or not known.any() or not cents[known].all():
            return None
        if values[known].min() < 0:
            return None
        cells = {
            str(tail): int(column.counts[known & (tails == tail)].sum()) for tail in np.unique(tails[known])
        }
        usual = max(cells, key=lambda tail: cells[tail])
        if "" in cells and len(cells) == 2:
            usual = ""
        if len(cells) != 2 or (usual and cells[usual] < ONE_SIDE * sum(cells.values())):
            return None
        [other] = cells.keys() - {usual}
        middles = [float(np.median(values[known & (tails == tail)])) for tail in cells]
        if max(middles) > SIDES_APART * min(middles):
            return None
        signs = np.where(tails == other, -1.0, 1.0)
        return replace(
            plain,
            values=plain.values * signs[column.codes],
            turned=(other.upper(), cells[other], usual.upper()),
        )


_OPEN_END = r"^(?:(?:[<>]=?|[≤≥]) ?)?(?P<bound>[^<>≤≥+]*\d[^<>≤≥+]*?) ?\+?$"


def bounds(column: Distinct) -> Distinct:
    """The values without the signs of an open end: ``25+``, ``>25`` and ``< 1`` become 25, 25 and 1."""
    parts = pc.extract_regex(pc.utf8_trim_whitespace(column.values), _OPEN_END)
    return replace(
        column, values=pc.if_else(parts.is_valid(), pc.struct_field(parts, "bound"), column.values)
    )


_LABEL = r"^(?P<step>\d{1,2}) ?[-\x{2013}\x{2014}:=.)(]? ?\(?\p{L}[^\d]*$"


def labelled(column: Distinct) -> Distinct | None:
    """The values of a scale without what they mean: ``10 Extremely likely`` and ``1 - very bad`` become 10 and 1.

    None where other cells are no steps of a scale, where two labels say the same, or no step stands alone.
    """
    if len(column.values) > 3 * LABELLED:
        return None
    text = pc.utf8_trim_whitespace(column.values)
    parts = pc.extract_regex(text, _LABEL)
    steps = pc.match_substring_regex(text, r"^(?:\d|10)(?:[.,]0+)?$")
    met, alone = np.asarray(parts.is_valid()), np.asarray(steps)
    labels = pc.struct_field(parts, "step").filter(parts.is_valid())
    if not met.any() or not alone.any() or len(pc.unique(labels)) != met.sum():
        return None
    if met.sum() + alone.sum() > 2 * LABELLED or max(int(step) for step in labels.to_pylist()) >= LABELLED:
        return None
    return replace(column, values=pc.if_else(parts.is_valid(), pc.struct_field(parts, "step"), text))
