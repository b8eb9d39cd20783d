"""Find rows that are copies of others, id and all: a table that was exported twice, or files with customers in common.

Two customers may be alike in everything but their number; rows that have the same number as well are one customer. A
number that stands in rows that differ is something else (purchases of a customer), and then no row is a copy: that two
purchases are alike says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from reportgen.lexicon.tokens import Tokens, names_id
from reportgen.readers.rows import take

COPY = "a copy of a row above it, in all cells"
FEWEST = 30
"""Different ids from which they are customers rather than groups."""
MOST_COPIES = 10
"""Rows that an id has on average, at most."""
UNIQUE = 0.95
"""Share of the rows that must have an id of their own when the copies are gone."""
TRIED = 200
"""Ids that are looked at first, so that a million purchases need not be compared."""

LOOKED_AT, PIECES = 5_000, 4
"""Ids that are looked for in a long table before all are compared, and in which of its pieces: every so many."""


def find_copies(header: Sequence[str], table: pa.Table, tokens: Tokens) -> npt.NDArray[np.int64]:
    """Index of each row that is a copy of one above it."""
    none = np.empty(0, dtype=np.int64)
    if table.num_rows < FEWEST or table.num_columns < 2:
        return none
    for place in [i for i, name in enumerate(header) if names_id(name, tokens)]:
        if not _may_repeat(table.column(place)):
            continue
        different = pc.count_distinct(table.column(place)).as_py()
        if different == table.num_rows or not max(FEWEST, table.num_rows / MOST_COPIES) <= different:
            continue
        ids = pd.Series(table.column(place).to_numpy())
        repeated = np.flatnonzero((ids.duplicated(keep=False) & (ids != "")).to_numpy())
        if not repeated.size:
            continue
        again = ids.iloc[repeated]
        some = repeated[again.isin(again.drop_duplicates().head(TRIED)).to_numpy()]
        if len(_copies(table, some)) < (len(some) - ids.iloc[some].nunique()) / 2:
            continue  # rows of one id that differ
        copies = _copies(table, repeated)
        left = table.num_rows - len(copies)
        if len(copies) and different >= UNIQUE * left:
            return copies
    return none


def _may_repeat(cells: pa.ChunkedArray) -> bool:
    """Whether ids may stand in a few rows each: of a long column, most differ and some stand elsewhere too."""
    if len(cells) <= 10 * LOOKED_AT:
        return True
    step = len(cells) // LOOKED_AT
    some = take(pa.table([cells], names=[""]), np.arange(0, len(cells), step)).column(0).combine_chunks()
    if pc.count_distinct(some).as_py() < len(some) / 2:
        return False
    begin = met = own = 0
    for number, piece in enumerate(cells.chunks):
        end = begin + len(piece)
        if number % PIECES == 0:
            met += int(pc.sum(pc.is_in(piece, value_set=some)).as_py())
            own += -(-end // step) - -(-begin // step)
        begin = end
    return met > own


def _copies(table: pa.Table, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Which of some rows stand above already among them."""
    cells = table.take(pa.array(rows))
    codes = pd.DataFrame({i: pd.factorize(column.to_numpy())[0] for i, column in enumerate(cells.columns)})
    return np.asarray(rows[codes.duplicated().to_numpy()])
