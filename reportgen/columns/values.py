"""Turn the cells of one column into numbers, dates or ordered levels.

No library reads ``1.234,50``, ``1'234.50``, ``(123)``, ``12-``, ``$1`` or ``12 %`` (RELIABILITY.md 1.2), so
the shapes are spelled out here as patterns. All work is done on the different values of a column, in Arrow,
so that a million rows cost little more than their number of different values. Which mark is the decimal one
is decided per column from cells that can be read in one way only; cells that can be read in both follow the
rest of the table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from reportgen.columns import bulk
from reportgen.lexicon.tokens import Tokens, fold

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
SAMPLE = 2_000
"""Values on which a column is tried first."""
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
DATES = 0.95
"""Share of cells that must be dates (METHODS.md 1.6)."""
DATES_BY_NAME = 0.6
"""The same where the name of the column says that it holds dates; what is lost is told."""
MIXED = 0.1
"""Of the cells that tell day from month, the share that may say the other way round than most."""
STRAY = 0.02
"""Of the numbers in a column of days, the share that may lie where no date does."""
FEWEST_CLOCK = 30
"""Different cells such as ``52:10`` from which they are minutes and seconds, though the name says nothing."""

_ODD_SPACE = r"[\x{00A0}\x{1680}\x{2000}-\x{200B}\x{202F}\x{205F}\x{2060}\x{3000}\x{FEFF}\t\n]+"
_ODD_MINUS = r"[\x{2212}\x{2010}-\x{2013}\x{FF0D}]"
_ODD_QUOTE = r"[\x{2019}\x{2018}\x{00B4}`]"
_CENTS = r"^(?:\d+|\d{1,3}(?:[., ']\d{3})+)[.,]\d{1,2}$"
"""A number of which the last mark can only set off decimals."""
_EXCHANGED = str.maketrans(".,", ",.")
_TIME = (
    r"(?:[T ,]+\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s?(?:Z|UTC|GMT|[AaPp]\.?[Mm]\.?)?"
    r"\s?(?:[+-]\d{2}:?\d{2})?(?: \(.*\))?)?"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Distinct:
    """A column by its different values."""

    values: pa.Array
    """(d,) text, in order of appearance."""
    codes: Ints
    """(n,) which value each row has."""
    counts: Ints
    """(d,) rows per value."""

    def sample(self) -> Distinct:
        """Some of the values, spread over all of them, each once."""
        step = -(-len(self.values) // SAMPLE)
        some = self.values.take(pa.array(np.arange(0, len(self.values), step)))
        return Distinct(values=some, codes=np.arange(len(some)), counts=np.ones(len(some), dtype=np.int64))


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


def distinct(cells: pa.ChunkedArray) -> Distinct:
    """Gather equal cells."""
    encoded = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    if isinstance(encoded, pa.Array) and bulk.all_different(encoded):
        n = len(encoded)
        return Distinct(values=encoded, codes=np.arange(n), counts=np.ones(n, dtype=np.int64))
    encoded = encoded.dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0)
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return Distinct(
        values=encoded.dictionary, codes=codes, counts=np.bincount(codes, minlength=len(encoded.dictionary))
    )


def plain_numbers(cells: pa.ChunkedArray) -> Numbers | None:
    """The usual case, at full speed: empty cells and what Arrow reads as a number; else None."""
    numbers = _as_numbers(cells)
    if numbers is None:
        return None
    values: Floats = numbers.to_numpy()
    missing = np.isnan(values)
    if int(np.count_nonzero(missing)) != numbers.null_count:
        return None
    known = values[~missing] if numbers.null_count else values
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


def padded(cells: pa.ChunkedArray) -> bool:
    """Whether whole numbers are written with leading zeros, as codes are: ``007``."""
    first = pc.starts_with(cells, "0")
    if not pc.any(first).as_py():
        return False
    return bool(pc.any(pc.match_substring_regex(cells.filter(first), r"^0\d+$")).as_py())


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


def _plain_digits(text: Any) -> Any:
    """Full-width and Arabic digits, and full-width signs of money, as the usual ones."""
    if not pc.any(
        pc.match_substring_regex(
            text, r"[\x{0660}-\x{0669}\x{06F0}-\x{06F9}\x{FF01}-\x{FF5E}\x{FFE0}-\x{FFE6}]"
        )
    ).as_py():
        return text
    table = {base + i: str(i) for base in (0x660, 0x6F0) for i in range(10)}
    table |= {0xFF01 + i: chr(0x21 + i) for i in range(94)} | {0x66B: ".", 0x66C: ","}
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


class NumberPattern:
    """How numbers may be written, for the money signs that are known."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        signs = sorted(tokens.money, key=len, reverse=True)
        money = "|".join(re.escape(sign) for sign in signs)
        self.suffix = rf"^(?P<head>.*\d) ?(?P<tail>\p{{L}}{{1,12}}\.?|/ ?\d{{1,4}})(?P<sign> ?(?i:{money}))?$"
        self.units = {sign.lower(): unit for sign, unit in tokens.money.items()}
        self.void = tokens.missing | tokens.missing_in_numbers | tokens.errors | {""}
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
        text = _plain_digits(column.values)
        text = pc.replace_substring_regex(text, _ODD_SPACE, " ")
        text = pc.replace_substring_regex(text, _ODD_MINUS, "-")
        text = pc.utf8_trim(pc.replace_substring_regex(text, _ODD_QUOTE, "'"), " ")
        if pc.any(pc.match_substring(text, "(")).as_py():  # $ (52.33)
            text = pc.replace_substring_regex(text, self.outside, r"(\1\2)")
            text = pc.replace_substring_regex(text, self.behind, r"(\1\2)")
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
            (tokens if value.strip().lower() in known else words)[value] = count
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
        text = _plain_digits(pc.utf8_trim(pc.replace_substring_regex(column.values, _ODD_SPACE, " "), " "))
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
            return replace(plain, values=plain.values * factors[column.codes])
        unit = max(words, key=len).replace("/", "of ").replace("  ", " ")
        bare = plain.read - written
        units = {unit: written, "": bare} if uneven and bare > 0 else None
        return replace(plain, unit=unit if written >= plain.read / 2 else "", units=units)


# --------------------------------------------------------------------------- dates


@dataclass(frozen=True, kw_only=True, slots=True)
class Dates:
    """A column read as dates."""

    values: Floats
    """(n,) days since 1970-01-01."""
    how: str
    """``year-month-day``, ``day-month-year`` ..."""
    guessed: bool = False
    """Day and month could be the other way round."""
    words: int = 0
    """Cells that are neither dates nor missing tokens."""
    lost: tuple[str, ...] = ()
    """The most frequent of them."""
    tokens: Mapping[str, int] | None = None
    """Missing and error tokens met, with their number of cells."""
    never: int = 0
    """Cells such as 9999-12-31 and 0000-00-00, which stand for no date."""
    turned: int = 0
    """Cells that have day and month the other way round than most (``12/31/2024`` beside ``31/12/2024``)."""
    short: Bools | None = None
    """(n,) which years were written with two digits; None when none was."""


def _days(year: Floats, month: Floats, day: Floats) -> Floats:
    """Days since 1970-01-01 (proleptic Gregorian), NaN for what is no date."""
    with np.errstate(invalid="ignore"):
        leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
        lengths = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
        whole = np.nan_to_num(month).astype(int)
        whole = np.where((whole >= 1) & (whole <= 12), whole, 0)
        last = lengths[whole] + ((whole == 2) & leap)
        ok = (whole > 0) & (day >= 1) & (day <= last) & (year >= 1850) & (year <= 2200)
        y = year - (month <= 2)
        era = np.floor(y / 400)
        yoe = y - era * 400
        doy = np.floor((153 * (month + np.where(month > 2, -3, 9)) + 2) / 5) + day - 1
        doe = yoe * 365 + np.floor(yoe / 4) - np.floor(yoe / 100) + doy
    return np.where(ok, era * 146097 + doe - 719468, np.nan)


_WORD = r"[^\d\s.,:;/'’()\-]+"
"""A word that is looked up, or counted, later: quicker than all letters of all scripts."""
_WEEKDAY = rf"(?:(?P<w>{_WORD})(?:[.,]{{1,2}} ?| ))?"
_OF_YEAR = r"(?: ?(?:г|р|г\.|р\.|року|года))?"
"""What Russian and Ukrainian put behind the year."""
_NUMBERED = {
    "year-month-day": (
        rf"^{_WEEKDAY}(?P<y>\d{{4}})[-/.年년] ?(?P<m>\d{{1,2}})[-/.月월] ?(?P<d>\d{{1,2}})[.日일]?{_TIME}$"
    ),
    "yyyymmddThhmmss": (
        r"^(?P<y>(?:19|20)\d{2})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])T\d{4}(?:\d{2})?(?:[.,]\d+)?Z?$"
    ),
    "year-month": r"^(?P<y>(?:19|20)\d{2})(?:[-/]|[年년] ?)(?P<m>0?[1-9]|1[0-2])[月월]?$",
    "month-year": r"^(?P<m>0?[1-9]|1[0-2])[-/.](?P<y>(?:19|20)\d{2})$",
    "day and month": (
        rf"^{_WEEKDAY}(?P<a>\d{{1,2}})(?P<s>[-/. ]+)(?P<b>\d{{1,2}})[-/. ]+(?P<y>\d{{4}}|\d{{2}}){_OF_YEAR}{_TIME}$"
    ),
}
_WEEKDAYS = 7
"""Different words in front of dates with which they can be days of the week."""
_MONTH = rf"(?P<m>{_WORD})\.?"
_YEAR = r"(?P<y>\d{4}|\d{2})"
_WORDED = (
    rf"^(?:{_WORD}\.?,? )?(?P<d>\d{{1,2}})(?:st|nd|rd|th|er)?[-/. ]*(?:de |of )?"
    rf"{_MONTH}[-/., ]*(?:de )?{_YEAR}{_OF_YEAR}{_TIME}$",
    rf"^(?:{_WORD}\.?,? )?{_MONTH}[- ](?P<d>\d{{1,2}})(?:st|nd|rd|th)?[-, ]+{_YEAR}{_TIME}$",
    rf"^(?P<y>\d{{4}})[-/., ]+{_MONTH}[-/., ]*(?P<d>\d{{1,2}})\.?{_TIME}$",
)
_PERIODS = (
    rf"^(?P<w>{_WORD})\.? ?(?P<k>\d{{1,2}})[-/., ']+(?P<y>(?:19|20)\d{{2}})$",
    rf"^(?P<y>(?:19|20)\d{{2}})[-/., ]*(?P<w>{_WORD})\.? ?(?P<k>\d{{1,2}})$",
    rf"^(?P<k>\d{{1,2}})(?:\.|st|nd|rd|th|er|e|º|ª)? ?(?P<w>{_WORD})\.?[-/., ]+(?:de )?(?P<y>(?:19|20)\d{{2}})$",
)
"""Quarters and weeks: ``Q1 2024``, ``2024-W05``, ``1. Quartal 2024``."""
PERIODS = {
    "quarter": "quarters", "week": "weeks", "year-month": "months", "month-year": "months",
    "month in words, year": "months",
}  # fmt: skip
"""How cells are written that say less than a day, and what they say."""
_WORDED_MONTH = rf"^{_MONTH}(?:[ -/]+(?P<y>\d{{4}})|[-'’/](?P<y2>\d{{2}}))$"
_NEVER = (
    r"^(?:(?:9999|2999)[-/.]|0000[-/.]00|(?:0001|1601|1753)[-/.]01[-/.]01"
    r"|\d{1,2}[-/.]\d{1,2}[-/.](?:9999|2999)|00[-/.]00[-/.]0000|0?1[-/.]0?1[-/.](?:0001|1601|1753))"
)
_NEVER_COMPACT = r"^(?:99991231|99999999|29991231|00000000|0|00010101|10101)$"
_NO_DAYS = (0.0, 10_101.0, 29_991_231.0, 99_991_231.0, 99_999_999.0)
_COMPACT_MONTH = r"^(?P<y>(?:19|20)\d{2})(?P<m>0[1-9]|1[0-2])$"
_COMPACT = r"^(?P<y>(?:19|20)\d{2})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])$"
_COMPACT_SHORT = r"^(?P<y>\d{2}|\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])$"
"""``230901``, and ``50301`` where a program has cut off the zero of 2005."""


def _field(parts: Any, name: str) -> Floats:
    column = pc.struct_field(parts, name)
    column = pc.if_else(pc.equal(column, ""), None, column)
    return np.array(column.cast(pa.float64()).fill_null(np.nan))


def _century(year: Floats) -> Floats:
    """Two-digit years as POSIX reads them: 69..99 are 19xx."""
    return np.where(year < 69, year + 2000, np.where(year < 100, year + 1900, year))


def plain_dates(cells: pa.ChunkedArray, tokens: Tokens) -> Dates | None:
    """Dates that are all written in one of the two usual ways, at full speed; None for all that needs a closer look."""
    parts = bulk.date_parts(cells)
    if parts is None or any(re.match(r"\d+[-/.]\d+[-/.]\d", word) for word in tokens.missing | tokens.errors):
        return None
    filled, year_first, year, month, day = parts
    how = "year-month-day"
    if not year_first:
        day, month = month, day
        days, months = int((day > 12).sum()), int((month > 12).sum())
        if days == months == 0:  # the rest of the table decides
            return None
        how = "day-month-year" if days >= months else "month-day-year"
        if days < months:
            day, month = month, day
    low, high = int(year.min()), int(year.max())
    if low < 1850 or high > 2200 or month.max() > 12 or day.max() > 31:
        return None
    calendar = np.indices((high - low + 1, 13, 32)).reshape(3, -1).astype(float)
    found = _days(calendar[0] + low, calendar[1], calendar[2])[((year - low) * 13 + month) * 32 + day]
    if np.isnan(found).any():
        return None
    values: Floats = np.full(len(filled), np.nan)
    values[filled] = found
    return Dates(values=values, how=how)


def read_dates(
    column: Distinct, tokens: Tokens, *, day_first: bool | None, compact: bool = False, least: float = DATES,
    short: bool = False,
) -> Dates | None:  # fmt: skip
    """Dates of a column, or None when fewer than ``least`` of its cells are dates.

    ``day_first`` says how other columns of the table are written, None when that is not known.
    ``compact`` allows 20121231, ``short`` 121231.
    """
    if len(column.values) > 2 * SAMPLE:
        some = read_dates(
            column.sample(), tokens, day_first=day_first, compact=compact, short=short, least=least - 0.15
        )
        if some is None:
            return None
    text = pc.utf8_trim_whitespace(pc.replace_substring_regex(column.values, _ODD_SPACE, " "))
    lowered = pc.utf8_lower(text)
    known = pa.array(
        sorted(tokens.missing | tokens.missing_in_numbers | tokens.errors | {""}), pa.large_string()
    )
    void = np.asarray(pc.is_in(lowered, value_set=known))
    open_end = np.asarray(pc.match_substring_regex(text, _NEVER)) & ~void
    if compact:
        open_end |= np.asarray(pc.match_substring_regex(text, _NEVER_COMPACT)) & ~void
    blank = void
    void = void | open_end
    total = int(column.counts[~void].sum())
    if total == 0:
        return None
    start = text.filter(pa.array(~void)).slice(0, 50)
    if not pc.any(pc.match_substring_regex(start, r"\d")).as_py():
        return None
    days = np.full(len(text), np.nan)
    two = np.zeros(len(text), dtype=bool)
    how, guessed, best, turned = "", False, -1, 0

    def take(found: Floats, name: str, year: Floats | None = None) -> None:
        nonlocal how, best
        new = np.isnan(days) & ~np.isnan(found)
        days[new] = found[new]
        if year is not None:
            two[new] = year[new] < 100
        cells = int(column.counts[new].sum())
        if cells > best and cells:
            how, best = name, cells

    def months(parts: Any) -> Floats:
        names = pc.struct_field(parts, "m").to_pylist()
        return np.array([tokens.months.get(fold(m), 0) if m else 0 for m in names], dtype=float)

    if compact:
        parts = pc.extract_regex(text, _COMPACT_MONTH)
        month = _field(parts, "m")
        take(_days(_field(parts, "y"), month, np.ones_like(month)), "yyyymm")
        parts = pc.extract_regex(text, _COMPACT)
        take(_days(_field(parts, "y"), _field(parts, "m"), _field(parts, "d")), "yyyymmdd")
    if short:
        parts = pc.extract_regex(text, _COMPACT_SHORT)
        year = _field(parts, "y")
        take(_days(_century(year), _field(parts, "m"), _field(parts, "d")), "yymmdd", year)
    for name in ("year-month-day", "yyyymmddThhmmss"):
        parts = _of_weekdays(pc.extract_regex(text, _NUMBERED[name]))
        take(_days(_field(parts, "y"), _field(parts, "m"), _field(parts, "d")), name)
    for name in ("year-month", "month-year"):
        parts = pc.extract_regex(text, _NUMBERED[name])
        month = _field(parts, "m")
        take(_days(_field(parts, "y"), month, np.ones_like(month)), name)
    parts = _of_weekdays(pc.extract_regex(text, _NUMBERED["day and month"]))
    if parts.null_count < len(parts):
        a, b, year = _field(parts, "a"), _field(parts, "b"), _field(parts, "y")
        points = np.asarray(pc.starts_with(pc.struct_field(parts, "s"), ".").fill_null(False))
        here = ~np.isnan(a)
        for these in (points & here, ~points & here):  # 03.04.2024 does not say what 03/04/2024 means
            day_sure = int(column.counts[these & (a > 12)].sum())
            month_sure = int(column.counts[these & (b > 12)].sum())
            if day_sure == month_sure == 0:
                first = day_first is not False or bool(points.any())
                guessed = guessed or (day_first is None and not points.any() and bool(these.any()))
            else:
                first = day_sure >= month_sure
            name = "day-month-year" if first else "month-day-year"
            kept = np.where(these, _century(year), np.nan)
            take(_days(kept, b if first else a, a if first else b), name, year)
            if 0 < min(day_sure, month_sure) <= MIXED * (day_sure + month_sure):
                other = _days(kept, a if first else b, b if first else a)
                turned += int(column.counts[np.isnan(days) & ~np.isnan(other)].sum())
                take(other, name, year)
            elif min(day_sure, month_sure):
                days[these] = (
                    np.nan
                )  # no order holds for the column, and half of the cells do not tell theirs
    if np.isnan(days[~void]).any():
        for pattern in _WORDED:
            parts = pc.extract_regex(text, pattern)
            if parts.null_count == len(parts):
                continue
            year = _field(parts, "y")
            take(_days(_century(year), months(parts), _field(parts, "d")), "day, month in words, year", year)
        parts = pc.extract_regex(text, _WORDED_MONTH)
        if parts.null_count < len(parts):
            year = _field(parts, "y")
            year = np.where(np.isnan(year), _field(parts, "y2"), year)
            take(_days(_century(year), months(parts), np.ones_like(year)), "month in words, year", year)
        for pattern in _PERIODS:
            parts = pc.extract_regex(text, pattern)
            if parts.null_count < len(parts):
                for name, found in _periods(parts, tokens).items():
                    take(found, name)
    if not best > 0:
        return None
    read = int(column.counts[~np.isnan(days)].sum())
    if read < least * total or not read:
        return None
    rest = np.flatnonzero(np.isnan(days) & ~void)
    rest = rest[np.argsort(-column.counts[rest], kind="stable")][:3]
    said = np.flatnonzero(blank & np.asarray(pc.not_equal(text, "")))
    return Dates(
        values=days[column.codes], how=how, guessed=guessed, words=total - read,
        lost=tuple(text.take(pa.array(rest)).to_pylist()), turned=turned,
        tokens={str(column.values[int(i)]): int(column.counts[i]) for i in said},
        never=int(column.counts[open_end].sum()), short=two[column.codes] if two.any() else None,
    )  # fmt: skip


def _of_weekdays(parts: Any) -> Any:
    """Dates without those behind words that are too many, or too much alike, to be the days of the week."""
    if parts.null_count == len(parts) or parts.type.get_field_index("w") < 0:
        return parts
    words = pc.struct_field(parts, "w")
    met = pc.fill_null(pc.not_equal(words, ""), False)
    if not pc.any(met).as_py():
        return parts
    different = pc.count_distinct(pc.utf8_lower(words.filter(met))).as_py()
    if different <= _WEEKDAYS:
        return parts
    return parts.take(pa.array(np.arange(len(parts)), mask=np.asarray(met)))


def _periods(parts: Any, tokens: Tokens) -> dict[str, Floats]:
    """The first day of quarters, and of weeks as ISO 8601 numbers them."""
    year, number = _field(parts, "y"), _field(parts, "k")
    words = [fold(word or "") for word in pc.struct_field(parts, "w").to_pylist()]
    quarter = np.array([word in tokens.quarters for word in words]) & (number >= 1) & (number <= 4)
    week = np.array([word in tokens.weeks for word in words]) & (number >= 1) & (number <= 53)
    one = np.ones_like(year)
    fourth = _days(year, one, one * 4)  # of January, always in week 1
    monday = fourth - (fourth + 3) % 7  # 1970-01-01 was a Thursday
    return {
        "quarter": np.where(quarter, _days(year, number * 3 - 2, one), np.nan),
        "week": np.where(week & ~quarter, monday + 7 * (number - 1), np.nan),
    }


def never_dates(values: Floats, never: frozenset[str]) -> list[float]:
    """Dates that stand for none: first or last of all, and far from the others.

    A date of ``never`` needs ten years around it, or thirty when it is met once. Any other needs sixty, more than all
    the others lie apart, and to be rare: a slip in the year. Late ones are counted from, so fifteen years and half as
    far as the others lie apart are enough for them.
    """
    codes = [float(np.datetime64(date).astype("datetime64[D]").astype(int)) for date in sorted(never)]
    found: list[float] = []
    known = values[~np.isnan(values)]
    while known.size:
        low, high = float(known.min()), float(known.max())
        width = (high - low) / 365.25
        for end in (low, high):
            slip = 60.0 if end == low else 15.0
            if width < (10 if end in codes else slip):  # most columns, at once
                continue
            others = known[known != end]
            number = known.size - others.size
            if others.size == 0 or (end not in codes and number > 0.01 * values.size):
                continue
            gap = float(np.abs(others - end).min()) / 365.25
            apart = float(np.ptp(others)) / 365.25 * (1.0 if end == low else 0.5)
            least = (10.0 if number > 1 else 30.0) if end in codes else max(slip, apart)
            if gap >= least:
                found.append(end)
                known = others
                break
        else:
            break
    return found


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


_DURATION = (
    rf"^(?:(?P<d>\d{{1,4}}) ?(?P<u>(?:{_WORD})?)\.?,? )?"
    r"(?P<h>\d{1,4}):(?P<m>[0-5]\d):(?P<s>[0-5]\d(?:\.\d+)?)(?:,\d+)?$"
)
_ISO_DURATION = r"^P(?:(?P<d>\d+)D)?(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?)?$"
_TWO_PARTS = r"^(?P<m>\d{1,4}):(?P<s>[0-5]\d)$"
_AMOUNT = r"\d+(?:[.,]\d+)?"
_WORDED_DURATION = (
    rf"^(?P<n1>{_AMOUNT}) ?(?P<u1>{_WORD})\.?,? ?(?:(?P<n2>{_AMOUNT}) ?(?P<u2>(?:{_WORD})?)\.?,? ?)?"
    rf"(?:(?P<n3>{_AMOUNT}) ?(?P<u3>{_WORD})\.?,? ?)?(?:(?P<n4>{_AMOUNT}) ?(?P<u4>{_WORD})\.?)?$"
)
_CLOCK = r"^(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?(?: ?[AaPp]\.?[Mm]\.?)?$"


@dataclass(frozen=True, kw_only=True, slots=True)
class Durations:
    """A column read as durations."""

    values: Floats
    """(n,) minutes."""
    how: str
    """How they are written, in words."""
    sure: bool = True
    """Whether they cannot be times of day."""
    guessed: bool = False
    """``52:10`` may be hours and minutes as well."""


def durations(
    column: Distinct, tokens: Tokens, *, named: bool = False, hours: bool = False
) -> Durations | None:
    """Minutes of cells that are written ``00:52:10``, ``PT25H15M``, ``2h 27m`` or ``52:10``; else None.

    ``named`` says that the name is one of durations, ``hours`` that it speaks of hours.
    """
    tried = column.sample() if len(column.values) > 2 * SAMPLE else None
    if tried is not None and durations(tried, tokens, named=named, hours=hours) is None:
        return None
    text = pc.utf8_trim_whitespace(column.values)
    if not pc.any(pc.match_substring_regex(text.slice(0, 200), r"\d:\d\d|\d ?[^\d\s.,;/'-]")).as_py():
        return None
    minutes = np.full(len(text), np.nan)
    iso = _parts_in_minutes(pc.extract_regex(text, _ISO_DURATION))
    written = pc.extract_regex(text, _DURATION)
    units = {fold(word) for word in pc.unique(pc.struct_field(written, "u")).to_pylist() if word}
    if all(
        tokens.time_units.get(unit) == 24 * 60 for unit in units
    ):  # 4 days 21:43:00, but not 4 May 21:43:00
        minutes = _parts_in_minutes(written)
    minutes = np.where(np.isnan(minutes), iso, minutes)
    if _all_are(text, ~np.isnan(minutes), column, tokens):
        sure = float(np.nanmax(minutes)) >= 24 * 60 or not np.isnan(iso).all()
        return Durations(values=minutes[column.codes], how="hours:minutes:seconds", sure=sure)
    minutes = _worded_minutes(text, column, tokens)
    if _all_are(text, ~np.isnan(minutes), column, tokens):
        return Durations(values=minutes[column.codes], how="hours and minutes in words")
    parts = pc.extract_regex(text, _TWO_PARTS)
    first, second = _field(parts, "m"), _field(parts, "s")
    if not _all_are(text, ~np.isnan(first), column, tokens):
        return None
    beyond = int((first > 24).sum())
    if not named and (beyond < 2 or len(text) < FEWEST_CLOCK):
        return None
    minutes = first * 60 + second if hours else first + second / 60
    return Durations(
        values=minutes[column.codes], how="hours:minutes" if hours else "minutes:seconds",
        sure=beyond > 0, guessed=not hours,
    )  # fmt: skip


def _parts_in_minutes(parts: Any) -> Floats:
    """Days, hours, minutes and seconds in minutes; NaN where there are none."""
    each = [(_field(parts, name), size) for name, size in (("d", 1440), ("h", 60), ("m", 1), ("s", 1 / 60))]
    there = ~np.logical_and.reduce([np.isnan(found) for found, _ in each])
    total: Floats = np.sum([np.nan_to_num(found) * size for found, size in each], axis=0)
    return np.where(there, total, np.nan)


def _worded_minutes(text: Any, column: Distinct, tokens: Tokens) -> Floats:
    """``2h 27m``, ``1h05`` and ``45 min`` in minutes, if the cells have two units; NaN for the rest."""
    parts = pc.extract_regex(text, _WORDED_DURATION)
    minutes = np.full(len(text), np.nan)
    if int(column.counts[np.asarray(parts.is_valid())].sum()) < FEW_WORDS * int(column.counts.sum()):
        return minutes  # most columns of text
    met: set[float] = set()
    for place in np.flatnonzero(np.asarray(parts.is_valid())):
        total, last = 0.0, np.inf
        cell = parts[int(place)].as_py()
        for number, unit in ((cell[f"n{i}"], cell[f"u{i}"]) for i in range(1, 5)):
            if not number:
                continue
            size = tokens.time_units.get(fold(unit), 0.0) if unit else (1.0 if last == 60 else 0.0)
            if not 0 < size < last:  # an unknown word, or minutes before hours
                break
            total, last = total + size * float(number.replace(",", ".")), size
            met.add(size)
        else:
            minutes[place] = total
    return minutes if len(met) > 1 else np.full(len(text), np.nan)


def clock(column: Distinct, tokens: Tokens) -> bool:
    """Whether all cells are times of day: ``14:30``, ``2:30 pm``."""
    if len(column.values) > 2 * SAMPLE and not clock(column.sample(), tokens):
        return False
    text = pc.utf8_trim_whitespace(column.values)
    return _all_are(text, np.asarray(pc.match_substring_regex(text, _CLOCK)), column, tokens)


def _all_are(text: Any, fits: Bools, column: Distinct, tokens: Tokens) -> bool:
    """Whether nearly all cells that say something are of one kind."""
    known = pa.array(
        sorted(tokens.missing | tokens.missing_in_numbers | tokens.errors | {""}), pa.large_string()
    )
    void = np.asarray(pc.is_in(pc.utf8_lower(text), value_set=known))
    total = int(column.counts[~void].sum())
    return total > 0 and int(column.counts[fits].sum()) >= DATES * total


def compact_dates(known: Floats, *, named: bool = False) -> bool:
    """Whether all numbers are days written 20261231, or months written 202612; one in 27 or 8 is one by chance.

    Where the name says that they are dates, a few may be none (20240231, 99991231).
    """
    if named:
        known = known[~np.isin(known, _NO_DAYS)]
    if known.size == 0:
        return False
    low, high = float(known.min()), float(known.max())
    if low >= 190_001 and high <= 210_012 and high - low >= 100:
        return bool(np.all((known % 100 >= 1) & (known % 100 <= 12)))
    if not named and (low < 19_000_101 or high > 21_001_231):
        return False
    year, rest = np.divmod(known, 10_000)
    month, day = np.divmod(rest, 100)
    valid = ~np.isnan(_days(year, month, day))
    return bool(valid.mean() >= 1 - STRAY) if named else bool(valid.all())


def short_dates(known: Floats) -> bool:
    """Whether all numbers are days written 261231; one in 27 is one by chance, so there must be some of them."""
    if known.size == 0 or np.unique(known[:1000]).size < FEWEST_SUFFIXED or known.max() > 991_231:
        return False
    if known.min() < 101 or np.median(known) < 10_101 or (known != np.floor(known)).any():
        return False
    year, rest = np.divmod(known, 10_000)
    month, day = np.divmod(rest, 100)
    return not np.isnan(_days(_century(year), month, day)).any()


def serial_dates(values: Floats) -> Dates | None:
    """Numbers that count days as spreadsheets do, or seconds or milliseconds since 1970; else None.

    A few that are far from it (0, -1) are none.
    """
    known = values[~np.isnan(values)]
    if known.size == 0:
        return None
    for low, high, least, factor, start, how in (
        (20_000.0, 60_200.0, 30.0, 1.0, 25_569.0, "spreadsheet day number"),  # 1954 to 2064, since 1899-12-30
        (315_532_800.0, 2_524_608_000.0, 0.0, 86_400.0, 0.0, "seconds since 1970"),  # 1980 to 2050
        (315_532_800e3, 2_524_608_000e3, 0.0, 86_400e3, 0.0, "milliseconds since 1970"),
    ):
        there = (known >= low) & (known <= high)
        if there.mean() < 1 - STRAY:
            continue
        if float(np.ptp(known[there])) < least:
            return None
        days = np.floor(np.where((values >= low) & (values <= high), values, np.nan) / factor) - start
        strange, number = np.unique(known[~there], return_counts=True)
        lost = tuple(f"{value:.15g}" for value in strange[np.argsort(-number, kind="stable")][:3])
        return Dates(values=days, how=how, words=int((~there).sum()), lost=lost)
    return None


def birth_serials(values: Floats) -> Dates | None:
    """Numbers under a name of births as days of a spreadsheet: too large for ages, years and weights at birth."""
    known = values[~np.isnan(values)]
    there = (values >= 3_654) & (values <= 47_484)  # 1910 to 2029
    lost = known.size - int(there.sum())
    if known.size < FEWEST_SUFFIXED or lost > STRAY * known.size or np.median(known) < 8_000:
        return None
    strange = np.unique(known[(known < 3_654) | (known > 47_484)])[:3]
    return Dates(
        values=np.where(there, np.floor(values) - 25_569, np.nan), how="spreadsheet day number", words=lost,
        lost=tuple(f"{value:.15g}" for value in strange),
    )  # fmt: skip


def nameless_serials(known: Floats) -> bool:
    """Whether numbers look like days of a spreadsheet and not like money or numbers of orders.

    Days lie in some decades up to these, have any last digit, repeat as chance lets them, and their parts are
    hours and not cents.
    """
    if known.size < FEWEST_SUFFIXED:
        return False
    there = known[(known >= 25_569) & (known <= 54_789)]  # 1970 to 2049
    if there.size < (1 - STRAY) * known.size or there.max() < 40_179:  # nothing since 2010
        return False
    width = float(np.ptp(there))
    if not 30 <= width <= 40 * 365.25 or float(np.mean(there % 10 == 0)) > 0.4:
        return False
    whole = there == np.floor(there)
    if not whole.all() and float(np.mean(np.abs(there * 100 - np.round(there * 100)) > 1e-6)) < 0.3:
        fractions = np.unique(np.round(there % 1, 6))
        if fractions.size > 3:  # one hour of the day is no amount: 45170.5
            return False
    days = np.floor(there)
    alike = np.unique(days).size < days.size
    return alike or days.size**2 < 6 * width


# --------------------------------------------------------------------------- levels


def scale_order(levels: Sequence[str], tokens: Tokens) -> list[int] | None:
    """Step of each level in a scale that has them all; None if there is none or two levels share a step.

    ``4/5`` is a step of a scale as well, when all levels are so many of the same number.
    """
    if len(levels) > 1 and all(re.fullmatch(r"\d+ ?/ ?\d+", level) for level in levels):
        pairs = [[int(piece) for piece in level.split("/")] for level in levels]
        most = {pair[1] for pair in pairs}
        if len(most) == 1 and max(pair[0] for pair in pairs) <= max(most):
            return [pair[0] for pair in pairs]
    cleaned = [" ".join(re.sub(r"[-_/]+", " ", level.lower()).split()) for level in levels]
    for scale in tokens.scales:
        steps = [next((i for i, step in enumerate(scale) if word in step), -1) for word in cleaned]
        if min(steps) >= 0 and len(set(steps)) == len(steps):
            return steps
    return None


def band_order(levels: Sequence[str], tokens: Tokens) -> list[tuple[float, float]] | None:
    """Bounds of each level when all are bands (``$60K - $80K``, ``under 18``, ``65+``); else None."""
    signs = "|".join(re.escape(sign.lower()) for sign in sorted(tokens.money, key=len, reverse=True))
    number = r"\d+(?:[.,' ]\d{3})*(?:[.,]\d+)?(?: ?(?:k|m|mio|tsd)\b)?"
    bounds: list[tuple[float, float]] = []
    remainders: set[str] = set()
    for level in levels:
        text = re.sub(
            rf"(?<![a-z])(?:{signs})(?![a-z])|%", "", level.lower().replace("\N{NO-BREAK SPACE}", " ")
        )
        found = list(re.finditer(number, text))
        if not 1 <= len(found) <= 2:
            return None
        values = [_bound(match.group()) for match in found]
        before = text[: found[0].start()].strip()
        after = text[found[-1].end() :].strip()
        if len(found) == 2:
            between = text[found[0].end() : found[1].start()].strip()
            if between not in tokens.to or before or values[0] >= values[1]:
                return None
            if re.match(r"\d+ ?[-–to]+ ?\d+ ?[km]\b", text) and values[0] < values[1] / 1000:
                values[0] *= 1000 if "k" in text else 1
            bounds.append((values[0], values[1]))
            remainders.add(after)
        elif before in tokens.below:
            bounds.append((-np.inf, values[0]))
            remainders.add(after)
        elif before in tokens.above:
            bounds.append((values[0], np.inf))
            remainders.add(after)
        else:
            closing = next(
                (word for word in sorted(tokens.after, key=len, reverse=True) if after.endswith(word)), None
            )
            opening = next((word for word in tokens.after if after.startswith(word)), None)
            if not before and not after:  # a single number beside bands: 0, 1-2, 3+
                bounds.append((values[0], values[0]))
                continue
            if before or (closing is None and opening is None):
                return None
            rest = after.removesuffix(closing) if closing else after.removeprefix(opening or "")
            bounds.append((values[0], np.inf))
            remainders.add(rest.strip())
    units = remainders - {""}
    shortest = min(units, key=len, default="")  # year and years are one
    if any(not unit.startswith(shortest) or len(unit) > len(shortest) + 2 for unit in units):
        return None
    if len(set(bounds)) < len(bounds) or len(bounds) < 2 or all(low == high for low, high in bounds):
        return None
    return bounds


def _bound(text: str) -> float:
    factor = 1.0
    for suffix, size in (("tsd", 1e3), ("mio", 1e6), ("k", 1e3), ("m", 1e6)):
        if text.endswith(suffix):
            text, factor = text.removesuffix(suffix), size
            break
    text = text.replace(" ", "").replace("'", "")
    text = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", text).replace(",", ".")
    return float(text) * factor
