"""Turn the cells of one column into dates: in figures, in words of many languages, as a spreadsheet counts them.

Which of two numbers is the day is decided per column, from the days after the 12th.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from reportgen.columns import bulk
from reportgen.columns.cell_values import ODD_SPACE, SAMPLE, WORD, Distinct, field_of
from reportgen.columns.number_cells import FEWEST_SUFFIXED, plain_digits
from reportgen.lexicon.tokens import Tokens, fold

if TYPE_CHECKING:
    from reportgen.results import Bools, Floats

DATES = 0.95
"""Share of cells that must be dates (METHODS.md 1.6)."""
DATES_BY_NAME = 0.6
"""The same where the name of the column says that it holds dates; what is lost is told."""
MIXED = 0.1
"""Of the cells that tell day from month, the share that may say the other way round than most."""
FIRST_REAL = 1910
"""Years before it are written for none by many systems (1899, 1900, 1904)."""
STRAY = 0.02
"""Of the numbers in a column of days, the share that may lie where no date does."""
FEWEST_PACKED = 5
"""Different numbers that must all be days for digits without marks to be dates."""
FEWEST_HALVES = 6
"""Different dates up to the 12th, and after it, from which two ways of writing are no chance."""
_ZONE = r"(?:Z|UTC|GMT|[A-Z]{2,4}T|MESZ|MEZ|MSK|WIB|[A-Z][A-Za-z]+/[A-Z][A-Za-z_]+)"
"""``CET``, ``PDT``, ``Europe/Berlin``; only behind a time of day."""
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?"
_TIME = (
    rf"(?:[T ,]+{_CLOCK}\s?(?:{_ZONE}|[AaPp]\.?[Mm]\.?)?"
    rf"\s?(?:[+-]\d{{1,2}}(?::?\d{{2}})?)?(?: ?\[{_ZONE}\]| ?{_ZONE}| \(.*\))?)?"
)


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
    halves: tuple[str, str] | None = None
    """A date after the 12th and one up to it, when all of one kind are written so and all of the other differently."""
    serials: tuple[int, str] | None = None
    """Cells among dates that count days as spreadsheets do, and one of them."""
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


_WEEKDAY = rf"(?:(?P<w>{WORD})(?:[.,]{{1,2}} ?| ))?"
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
_MONTH = rf"(?P<m>{WORD})\.?"
_YEAR = r"(?P<y>\d{4}|\d{2})"
_WORDED = (
    rf"^(?:{WORD}\.?,? )?(?P<d>\d{{1,2}})(?:st|nd|rd|th|er)?[-/. ]*(?:de |of )?"
    rf"{_MONTH}[-/., ]*(?:de )?{_YEAR}{_OF_YEAR}{_TIME}$",
    rf"^(?:{WORD}\.?,? )?{_MONTH}[- ](?P<d>\d{{1,2}})(?:st|nd|rd|th)?[-, ]+{_YEAR}{_TIME}$",
    rf"^(?P<y>\d{{4}})[-/., ]+{_MONTH}[-/., ]*(?P<d>\d{{1,2}})\.?{_TIME}$",
    rf"^(?:{WORD} )?{_MONTH} +(?P<d>\d{{1,2}}) {_CLOCK} (?:{_ZONE} )?(?:[+-]\d{{4}} )?(?P<y>\d{{4}})$",
)
_PERIODS = (
    rf"^(?P<w>{WORD})\.? ?(?P<k>\d{{1,2}})[-/., ']+(?P<y>(?:19|20)\d{{2}})$",
    rf"^(?P<y>(?:19|20)\d{{2}})[-/., ]*(?P<w>{WORD})\.? ?(?P<k>\d{{1,2}})$",
    rf"^(?P<k>\d{{1,2}})(?:\.|st|nd|rd|th|er|e|º|ª)? ?(?P<w>{WORD})\.?[-/., ]+(?:de )?(?P<y>(?:19|20)\d{{2}})$",
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
_MASK = (
    r"^(?:[0_ ]{0,4}[-/.][0_ ]{0,4}[-/.][0_ ]{0,4}(?: 0?0:00(?::00)?)?"
    r"|(?i:(?:dd|mm|tt|jj|gg)[-/.](?:mmm?|dd)[-/.](?:yyyy|yy|jjjj|aaaa)|(?:yyyy|jjjj|aaaa)[-/.]mm[-/.](?:dd|tt|jj)))$"
)
"""What forms show where no date was filled in: ``  -  -    ``, ``__/__/____``, ``00/00/00``, ``dd/mm/yyyy``."""
_NO_DAYS = (0.0, 10_101.0, 29_991_231.0, 99_991_231.0, 99_999_999.0)
_COMPACT_MONTH = r"^(?P<y>(?:19|20)\d{2})(?P<m>0[1-9]|1[0-2])$"
_COMPACT = r"^(?P<y>(?:19|20)\d{2})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])$"
_COMPACT_SHORT = r"^(?P<y>\d{2}|\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])$"
"""``230901``, and ``50301`` where a program has cut off the zero of 2005."""


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
    text = plain_digits(pc.utf8_trim_whitespace(pc.replace_substring_regex(column.values, ODD_SPACE, " ")))
    lowered = pc.utf8_lower(text)
    known = pa.array(
        sorted(tokens.missing | tokens.missing_in_numbers | tokens.errors | {""}), pa.large_string()
    )
    void = np.asarray(pc.is_in(lowered, value_set=known))
    open_end = np.asarray(pc.match_substring_regex(text, _NEVER)) & ~void
    if compact:
        open_end |= np.asarray(pc.match_substring_regex(text, _NEVER_COMPACT)) & ~void
    void |= np.asarray(pc.match_substring_regex(text, _MASK)) & ~open_end
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
    halves: tuple[str, str] | None = None

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
        month = field_of(parts, "m")
        take(_days(field_of(parts, "y"), month, np.ones_like(month)), "yyyymm")
        parts = pc.extract_regex(text, _COMPACT)
        take(_days(field_of(parts, "y"), field_of(parts, "m"), field_of(parts, "d")), "yyyymmdd")
    if short:
        parts = pc.extract_regex(text, _COMPACT_SHORT)
        year = field_of(parts, "y")
        take(_days(_century(year), field_of(parts, "m"), field_of(parts, "d")), "yymmdd", year)
    for name in ("year-month-day", "yyyymmddThhmmss"):
        parts = _of_weekdays(pc.extract_regex(text, _NUMBERED[name]))
        take(_days(field_of(parts, "y"), field_of(parts, "m"), field_of(parts, "d")), name)
    for name in ("year-month", "month-year"):
        parts = pc.extract_regex(text, _NUMBERED[name])
        month = field_of(parts, "m")
        take(_days(field_of(parts, "y"), month, np.ones_like(month)), name)
    parts = _of_weekdays(pc.extract_regex(text, _NUMBERED["day and month"]))
    if parts.null_count < len(parts):
        a, b, year = field_of(parts, "a"), field_of(parts, "b"), field_of(parts, "y")
        points = np.asarray(pc.starts_with(pc.struct_field(parts, "s"), ".").fill_null(False))
        here = ~np.isnan(a)
        halves = _halves(text, parts, a, b, days)
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
            year = field_of(parts, "y")
            take(
                _days(_century(year), months(parts), field_of(parts, "d")), "day, month in words, year", year
            )
        parts = pc.extract_regex(text, _WORDED_MONTH)
        if parts.null_count < len(parts):
            year = field_of(parts, "y")
            year = np.where(np.isnan(year), field_of(parts, "y2"), year)
            take(_days(_century(year), months(parts), np.ones_like(year)), "month in words, year", year)
        for pattern in _PERIODS:
            parts = pc.extract_regex(text, pattern)
            if parts.null_count < len(parts):
                for name, found in _periods(parts, tokens).items():
                    take(found, name)
    if not best > 0:
        return None
    serials = _serials_among(text, days, void, column)
    for place, date in serials.items():
        days[place] = date
    if serials and halves is None:
        halves = _halves_among(text, days, list(serials))
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
        never=int(column.counts[open_end].sum()), short=two[column.codes] if two.any() else None, halves=halves,
        serials=(int(column.counts[list(serials)].sum()), str(text[next(iter(serials))])) if serials else None,
    )  # fmt: skip


def _halves(text: Any, parts: Any, a: Floats, b: Floats, days: Floats) -> tuple[str, str] | None:
    """Two dates when day and month tell each other apart in one way of writing, and never in the other.

    A spreadsheet that expects the month first makes a date of 05/02/2021 and leaves 18/02/2021 as it is; the first is
    then written 5/2/2021, or 2021-05-02.
    """
    sure = (a > 12) | (b > 12)
    unsure = ~np.isnan(a) & ~sure
    if sure.sum() < FEWEST_HALVES:
        return None
    if not unsure.any():
        return _halves_among(
            text, days, np.flatnonzero(~np.isnan(days)).tolist(), np.flatnonzero(sure).tolist()
        )
    first, second = (pc.struct_field(parts, name) for name in "ab")
    zero = np.asarray(pc.or_(pc.starts_with(first, "0"), pc.starts_with(second, "0")).fill_null(False))
    single = np.asarray(
        pc.or_(pc.equal(pc.utf8_length(first), 1), pc.equal(pc.utf8_length(second), 1)).fill_null(False)
    )
    if (zero & unsure).any() or (single & sure).any():
        return None
    if (zero & sure).sum() < FEWEST_HALVES or (single & unsure).sum() < FEWEST_HALVES:
        return None
    return str(text[int(np.flatnonzero(zero & sure)[0])]), str(text[int(np.flatnonzero(single & unsure)[0])])


def _halves_among(
    text: Any, days: Floats, some: list[int], others: list[int] | None = None
) -> tuple[str, str] | None:
    """Two dates when all of ``some`` lie in the first twelve days of a month, and all others later."""
    if others is None:
        others = np.setdiff1d(np.flatnonzero(~np.isnan(days)), some).tolist()
        if not (_day_of_month(days[others]) > 12).all():
            return None
    early = _day_of_month(days[some])
    if min(len(some), len(others)) < FEWEST_HALVES or (early > 12).any() or np.unique(early).size < 3:
        return None  # or they are the first days of months
    return str(text[others[0]]), str(text[some[0]])


def _day_of_month(days: Floats) -> Floats:
    """1 to 31."""
    dates = days.astype("datetime64[D]")
    since: Floats = (dates - dates.astype("datetime64[M]")).astype(float)
    return since + 1


def _serials_among(text: Any, days: Floats, void: Bools, column: Distinct) -> dict[int, float]:
    """Places of numbers that count days as spreadsheets do, and these days, when all that is no date is one.

    They lie where the other dates lie, or within a year or so many days of them.
    """
    rest = np.flatnonzero(np.isnan(days) & ~void)
    known = days[~np.isnan(days)]
    if rest.size == 0 or known.size < FEWEST_HALVES:
        return {}
    numbers = text.take(pa.array(rest))
    whole = np.asarray(pc.match_substring_regex(numbers, r"^\d{5}(?:[.,]\d+)?$"))
    if column.counts[rest[whole]].sum() < (1 - STRAY) * column.counts[rest].sum():
        return {}
    rest, numbers = rest[whole], numbers.filter(pa.array(whole))
    found = np.floor(np.array(pc.replace_substring(numbers, ",", ".").cast(pa.float64()))) - 25_569
    room = max(float(np.ptp(known)), 366.0)
    if (found < known.min() - room).any() or (found > known.max() + room).any():
        return {}
    return dict(zip(rest.tolist(), found.tolist(), strict=True))


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
    year, number = field_of(parts, "y"), field_of(parts, "k")
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


def never_years(known: Floats, never: frozenset[str]) -> list[float]:
    """Years of birth that stand for none: 1900 as the first of all and far from the others; 0 and 9999.

    Systems write them when they have only to write something. A single customer may be old, so one needs thirty years
    around it, several need twenty.
    """
    found: list[float] = np.unique(known[(known < 1800) | (known > 2200)]).tolist()
    known = known[(known >= 1800) & (known <= 2200)]
    first = {float(date[:4]) for date in never if int(date[:4]) < FIRST_REAL}
    if known.size and known.min() in first:
        low = float(known.min())
        others = known[known != low]
        if others.size and others.min() - low >= (20 if known.size - others.size > 1 else 30):
            found.append(low)
    return found


def all_are(text: Any, fits: Bools, column: Distinct, tokens: Tokens) -> bool:
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


def packed_dates(values: Floats) -> Dates | None:
    """Numbers under a name of dates as ``17052022``, or as AS/400 counts centuries: ``1220517``; else None.

    All must be days of the years 1900 to 2100, beside what stands for none. One number in fifty is one by chance.
    """
    known = values[~np.isnan(values)]
    none = np.isin(known, _NO_DAYS)
    if np.unique(known[~none][:1000]).size < FEWEST_PACKED or (known < 0).any() or (known % 1 != 0).any():
        return None
    first, rest = np.divmod(values, 1_000_000)
    second, year = np.divmod(rest, 10_000)
    packed = values >= 1_000_000
    orders = {"ddmmyyyy": _days(year, second, first), "mmddyyyy": _days(year, first, second)}
    decade, rest = np.divmod(values, 10_000)
    century = {"cyymmdd": _days(1900 + decade, *np.divmod(rest, 100))}
    filled = ~np.isnan(values) & ~np.isin(values, _NO_DAYS)
    found = {
        how: days
        for how, days in {**orders, **century}.items()
        if not np.isnan(days[filled]).any()
        and (
            how == "cyymmdd"
            or (packed[filled].all() and year[filled].min() >= 1900 and year[filled].max() <= 2100)
        )
        and (how != "cyymmdd" or (decade[filled].max() >= 100 and decade[filled].max() <= 200))
    }
    if not found:
        return None
    how = next(iter(found))
    guessed = len(found) > 1 and not np.array_equal(orders["ddmmyyyy"][filled], orders["mmddyyyy"][filled])
    days = np.where(filled, found[how], np.nan)
    return Dates(values=days, how=how, guessed=guessed, never=int(none.sum()))


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
