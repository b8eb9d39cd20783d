"""Read columns that are written in one plain way, at full speed: dates, decimal commas, cells that all differ.

Most columns of a large table are written alike from the first row to the last. For those the answer of the
careful readers in ``values`` is known beforehand, and is found here from the bytes of the cells, without
gathering equal cells and without a pattern. Every function proves that its answer is the careful one's, or
returns None, and then the careful one is asked; so nothing is ever decided here.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from reportgen.results import Bools, Floats

    Ints = npt.NDArray[np.signedinteger]
    Bytes = npt.NDArray[np.uint8]
    Words = npt.NDArray[np.uint64]

TRIED = 4_000
"""Cells that must all differ before it is asked whether all do."""
FEWEST = 5_000
"""In shorter columns the careful way costs nothing."""
_WORD = 8
"""Bytes of a machine word."""


def bytes_of(cells: pa.Array) -> tuple[Ints, Bytes]:
    """Where each cell begins, and the end of the last, in the bytes of a column without missing cells."""
    _, places, data = cells.buffers()
    begins = np.frombuffer(places, np.int64)[cells.offset : cells.offset + len(cells) + 1]
    return begins, np.frombuffer(data if data is not None else b"", np.uint8)


def one_array(cells: pa.ChunkedArray) -> pa.Array:
    """The column in one piece."""
    array = cells.combine_chunks()
    return array if isinstance(array, pa.Array) else pa.concat_arrays(array.chunks)


def _mixed(words: Words) -> Words:
    """Numbers whose every bit depends on all bits of the words, one to one (the finalizer of MurmurHash3)."""
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        words = (words ^ (words >> np.uint64(33))) * np.uint64(factor)
    return words ^ (words >> np.uint64(33))


def all_different(cells: pa.Array) -> bool:
    """Whether no two cells are equal, where that can be proved fast.

    The last eight bytes of each cell are a number; when these ascend, as they do in a list by number, no two cells are
    equal. Else the length, the first and the last eight bytes of each cell become one number. Equal cells have equal
    numbers; so when no two numbers are equal, no two cells are. Otherwise nothing is known.
    """
    n = len(cells)
    if n < FEWEST:
        return False
    tried = cells.slice(0, TRIED).to_pylist()
    if len(set(tried)) < len(tried):
        return False
    begins, data = bytes_of(cells)
    low, high = int(begins[0]), int(begins[-1])
    room = np.zeros(high - low + 2 * _WORD, np.uint8)  # so that no word reaches beyond the ends
    room[_WORD:-_WORD] = data[low:high]
    words = np.ndarray((len(room) - _WORD + 1,), np.dtype("<u8"), buffer=room.data, strides=(1,))
    lengths = np.diff(begins)
    blank = (8 * (_WORD - np.minimum(lengths, _WORD))).astype(np.uint64)
    end = words[begins[1:] - low]
    ascending = (end.byteswap() << blank) >> blank
    if (ascending[1:] > ascending[:-1]).all():
        return True
    first = (words[begins[:-1] - low + _WORD] << blank) >> blank
    last = end >> blank
    numbers = _mixed(_mixed(first + lengths.astype(np.uint64)) + last)
    numbers.sort()
    return bool((numbers[1:] != numbers[:-1]).all())


def among(values: pa.Array, words: Collection[str]) -> Bools:
    """(d,) which values are one of some words, written in small letters, whatever their capitals.

    Letters are made small only in values that end like one of the words: hardly any of a million ids does.
    """
    value_set = pa.array(sorted(words), pa.large_string())
    if len(values) < FEWEST:
        return np.asarray(pc.is_in(pc.utf8_lower(values), value_set=value_set))
    begins, data = bytes_of(values)
    endings = np.zeros(256, dtype=bool)
    endings[
        [ord(way) for word in words for way in word[-1:].lower() + word[-1:].upper() if way.isascii()]
    ] = True
    endings[128:] = True  # beyond ASCII
    hopeful = np.diff(begins) == 0
    if data.size:
        hopeful |= endings[data[begins[1:] - 1]]
    places = np.flatnonzero(hopeful)
    found = np.zeros(len(values), dtype=bool)
    found[places] = np.asarray(pc.is_in(pc.utf8_lower(values.take(pa.array(places))), value_set=value_set))
    return found


# --------------------------------------------------------------------------- decimal commas


def comma_numbers(cells: pa.ChunkedArray, *, sure: bool) -> Floats | None:
    """Numbers of a column with decimal commas and no other sign than a minus in front, else None.

    Unless it is ``sure`` that commas set off decimals, the first cell must say so, or no cell may say otherwise:
    ``1,5`` and ``1234,567`` can be read in one way only, ``1,234`` in two.
    """
    first = str(cells[0]) if len(cells) else ""
    array = one_array(cells)
    begins, text = bytes_of(array)
    if len(array) < FEWEST or begins[0] == begins[-1]:
        return None
    if not _only_commas(text[begins[0] : begins[FEWEST]])[0]:  # words, mostly
        return None
    text = text[begins[0] : begins[-1]]
    plain_signs, signs = _only_commas(text)
    if not plain_signs:
        return None
    commas = signs == 0
    if not commas.any():
        return None
    begins = begins - begins[0]
    lengths, ends = np.diff(begins), begins[1:]
    if not sure and not re.fullmatch(r"-?(?!\d{1,3},\d{3}$)\d+,\d+", first):
        short = (lengths >= len("1,234")) & (lengths <= len("-123,456"))
        if commas[ends[short] - len(",234")].any():
            return None
    plain = pa.LargeStringArray.from_buffers(
        len(array), pa.py_buffer(begins), pa.py_buffer(text + commas * np.uint8(ord(".") - ord(",")))
    )
    if not lengths.all():
        plain = pc.if_else(pa.array(lengths > 0), plain, None)
    try:
        values: Floats = plain.cast(pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:  # two commas in a cell, a minus behind it
        return None
    return values


def _only_commas(text: Bytes) -> tuple[bool, Bytes]:
    """Whether a text is made of digits, commas and minuses, and each byte less a comma."""
    signs = text - np.uint8(
        ord(",")
    )  # comma 0, minus 1, point 2, slash 3, digits 4 to 13; what is smaller wraps
    return not ((signs.size and signs.max() > 13) or (signs == 2).any() or (signs == 3).any()), signs


# --------------------------------------------------------------------------- dates

_ROWS = 1 << 14
"""Rows of text that are looked at in one go, so that they stay near the processor."""
_DIGIT = ord("0")
_DATES = {
    "0000-00-00": ((0, 1, 2, 3), (5, 6), (8, 9)),
    "00-00-0000": ((6, 7, 8, 9), (0, 1), (3, 4)),
}
"""How a date is written, and where its year and the other two numbers stand."""
_TIMES = ("", " 00:00", " 00:00:00")
_ALSO = {ord("-"): b"-/.", ord(" "): b" T"}


def date_parts(cells: pa.ChunkedArray) -> tuple[Bools, bool, Ints, Ints, Ints] | None:
    """Numbers of a column in which every cell is empty or like ``2026-12-31`` or ``31.12.2026``, maybe with a time.

    Returns which cells are filled and whether the year stands first; then, of the filled cells, the year and the
    other two numbers in the order of writing. None when the cells are not all written in the same way.
    """
    array = one_array(cells)
    begins, text = bytes_of(array)
    lengths = np.diff(begins)
    length = int(lengths[:FEWEST].max()) if len(lengths) >= FEWEST else 0
    filled = lengths > 0
    if length == 0 or not ((lengths == length) | ~filled).all():
        return None
    table = text[begins[0] : begins[-1]].reshape(-1, length)
    for date, places in _DATES.items():
        for time in _TIMES:
            if len(date + time) == length:
                parts = _written(table, (date + time).encode(), places)
                if parts is not None:
                    return filled, date.startswith("0000"), *parts
    return None


def _written(
    table: Bytes, shape: bytes, places: tuple[tuple[int, ...], ...]
) -> tuple[Ints, Ints, Ints] | None:
    """Numbers at some places of rows of bytes that all have a shape: 0 is any digit, signs are the same in all rows."""
    first = table[0].tobytes()
    for sign, met in zip(shape, first, strict=True):
        if sign != _DIGIT and met not in _ALSO.get(sign, bytes([sign])):
            return None
    digit = np.frombuffer(shape, np.uint8) == _DIGIT
    least = np.where(digit, np.uint8(_DIGIT), np.frombuffer(first, np.uint8))
    room = np.where(digit, np.uint8(9), np.uint8(0))
    parts = [np.empty(len(table), dtype=np.int32) for _ in places]
    for start in range(0, len(table), _ROWS):
        block = table[start : start + _ROWS] - least
        if (block > room).any():
            return None
        for part, columns in zip(parts, places, strict=True):
            number = part[start : start + _ROWS]
            number[:] = block[:, columns[0]]
            for column in columns[1:]:
                number *= 10
                number += block[:, column]
    year, one, other = parts
    return year, one, other
