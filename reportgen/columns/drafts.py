"""Turn one column of cells into a Draft: all that is known of it while it is being understood."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, overload

import numpy as np
import pandas as pd
import pyarrow as pa

from reportgen.columns import bulk, cell_values, date_cells, number_cells
from reportgen.columns import roles as choose
from reportgen.lexicon.measured import Measured
from reportgen.lexicon.tokens import Phrase, Tokens
from reportgen.results import Role, Use

if TYPE_CHECKING:
    from reportgen.results import Bools, Floats


@dataclass(kw_only=True, slots=True)
class Draft:
    """A column while it is being understood."""

    name: str
    words: Phrase
    place: int
    cells: pa.ChunkedArray
    header: Measured | None = None
    """What its name says of currency and scale."""
    scale: float = 1.0
    called: str = ""
    """The name without its currency and scale, once these are taken for such."""
    numbers: number_cells.Numbers | None = None
    dates: date_cells.Dates | None = None
    searched: bool = False
    """Dates were looked for, without what other columns say of day and month."""
    open_ends: int = 0
    """Cells such as ``25+``, read as their bound."""
    timed: bool = False
    """Its numbers were read from durations."""
    distinct_cells: cell_values.Distinct | None = None
    """Only when the cells had to be looked at one by one."""
    void: Bools | None = None
    """(d,) which of the different cells say that there is no value; only when that was asked."""
    labelled: int = 0
    """Cells such as ``10 Extremely likely``, read as their number."""
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
    seen: choose.Shape | None = None
    """What was found of ``present``."""

    def known(self) -> Floats:
        """The values that are there; found once for each array of values."""
        if self.looked_at is not self.values:
            self.present = number_cells.there(self.values)
            self.looked_at = self.values
        return self.present

    def shape(self) -> choose.Shape:
        """What the values look like; found once for each array of values."""
        known = self.known()
        if self.seen is None or self.seen.known is not known or self.seen.distinct != self.distinct:
            self.seen = choose.Shape.of(known, len(self.values), self.distinct)
        return self.seen

    def by_value(self) -> cell_values.Distinct:
        """The cells gathered by value; found once."""
        if self.distinct_cells is None:
            self.distinct_cells = cell_values.distinct(self.cells)
        return self.distinct_cells

    def void_values(self, tokens: Tokens) -> Bools:
        """(d,) which of the different cells are missing or error tokens; found once."""
        if self.void is None:
            void = tokens.missing | tokens.errors | {""}
            self.void = bulk.among(self.by_value().values, void)
        return self.void


def as_arrow(series: pd.Series[str]) -> pa.ChunkedArray:
    """A column of text as Arrow knows it, without nulls."""
    array = pa.array(series)
    if isinstance(array, pa.Array):
        array = pa.chunked_array([array])
    array = array.cast(pa.large_string())
    return array.fill_null("") if array.null_count else array


class Texts(Sequence[str]):
    """A column of text as a sequence: a million strings are made only when all of them are asked for."""

    def __init__(self, cells: pd.Series[str]) -> None:
        self._cells = cells

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        if isinstance(place, slice):
            return tuple(self._cells.iloc[place].tolist())
        return str(self._cells.iloc[place])

    def __len__(self) -> int:
        return len(self._cells)

    def __iter__(self) -> Iterator[str]:
        return iter(self._cells.tolist())


def count_different(numbers: Floats) -> int:
    """How many different numbers there are; missing ones are not counted."""
    ordered = np.sort(numbers)  # NaN last
    if ordered.size and np.isnan(ordered[-1]):
        ordered = ordered[: np.searchsorted(ordered, np.nan)]
    return int(np.count_nonzero(ordered[1:] != ordered[:-1])) + bool(ordered.size)
