"""The different cells of one column, on which all reading works: a million rows cost little more than those."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from reportgen.columns import bulk

if TYPE_CHECKING:
    from reportgen.results import Floats, Ints

SAMPLE = 2_000
"""Values on which a column is tried first."""
ODD_SPACE = r"[\x{00A0}\x{1680}\x{2000}-\x{200B}\x{202F}\x{205F}\x{2060}\x{3000}\x{FEFF}\t\n]+"


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


def padded(cells: pa.ChunkedArray) -> bool:
    """Whether whole numbers are written with leading zeros, as codes are: ``007``."""
    first = pc.starts_with(cells, "0")
    if not pc.any(first).as_py():
        return False
    return bool(pc.any(pc.match_substring_regex(cells.filter(first), r"^0\d+$")).as_py())


WORD = r"[^\d\s.,:;/'’()\-]+"
"""A word that is looked up, or counted, later: quicker than all letters of all scripts."""


def field_of(parts: Any, name: str) -> Floats:
    """One field of what a pattern found, as numbers; NaN where there is none."""
    column = pc.struct_field(parts, name)
    column = pc.if_else(pc.equal(column, ""), None, column)
    return np.array(column.cast(pa.float64()).fill_null(np.nan))
