"""Turn the cells of one column into minutes: ``00:52:10``, ``2h 27m``, ``PT25H15M``; and know times of day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from reportgen.columns.cell_values import SAMPLE, WORD, Distinct, field_of
from reportgen.columns.date_cells import all_are
from reportgen.columns.number_cells import FEW_WORDS
from reportgen.lexicon.tokens import Tokens, fold

if TYPE_CHECKING:
    from reportgen.results import Floats

FEWEST_CLOCK = 30
"""Different cells such as ``52:10`` from which they are minutes and seconds, though the name says nothing."""
_DURATION = (
    rf"^(?:(?P<d>\d{{1,4}}) ?(?P<u>(?:{WORD})?)\.?,? )?"
    r"(?P<h>\d{1,4}):(?P<m>[0-5]\d):(?P<s>[0-5]\d(?:\.\d+)?)(?:,\d+)?$"
)
_ISO_DURATION = r"^P(?:(?P<d>\d+)D)?(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?)?$"
_TWO_PARTS = r"^(?P<m>\d{1,4}):(?P<s>[0-5]\d)$"
_AMOUNT = r"\d+(?:[.,]\d+)?"
_WORDED_DURATION = (
    rf"^(?P<n1>{_AMOUNT}) ?(?P<u1>{WORD})\.?,? ?(?:(?P<n2>{_AMOUNT}) ?(?P<u2>(?:{WORD})?)\.?,? ?)?"
    rf"(?:(?P<n3>{_AMOUNT}) ?(?P<u3>{WORD})\.?,? ?)?(?:(?P<n4>{_AMOUNT}) ?(?P<u4>{WORD})\.?)?$"
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
    if all_are(text, ~np.isnan(minutes), column, tokens):
        sure = float(np.nanmax(minutes)) >= 24 * 60 or not np.isnan(iso).all()
        return Durations(values=minutes[column.codes], how="hours:minutes:seconds", sure=sure)
    minutes = _worded_minutes(text, column, tokens)
    if all_are(text, ~np.isnan(minutes), column, tokens):
        return Durations(values=minutes[column.codes], how="hours and minutes in words")
    parts = pc.extract_regex(text, _TWO_PARTS)
    first, second = field_of(parts, "m"), field_of(parts, "s")
    if not all_are(text, ~np.isnan(first), column, tokens):
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
    each = [(field_of(parts, name), size) for name, size in (("d", 1440), ("h", 60), ("m", 1), ("s", 1 / 60))]
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
    return all_are(text, np.asarray(pc.match_substring_regex(text, _CLOCK)), column, tokens)
