"""The fast readers of columns must say what the careful ones say, or nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.columns import bulk, totals
from reportgen.columns.cell_values import distinct
from reportgen.columns.date_cells import plain_dates, read_dates
from reportgen.columns.drafts import count_different
from reportgen.columns.number_cells import NumberPattern, comma_numbers
from reportgen.lexicon.tokens import load_tokens
from reportgen.readers import encoding
from reportgen.readers.text import _trim

TOKENS = load_tokens()
PATTERN = NumberPattern(TOKENS)


@pytest.fixture(scope="module", autouse=True)
def short_columns() -> Iterator[None]:
    """Short columns are read fast as well, and text in small pieces."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk, "FEWEST", 1)
        patch.setattr(bulk, "_ROWS", 3)
        patch.setattr(encoding, "PIECE", 3)
        yield


def column(cells: list[str], cut: int = 0) -> pa.ChunkedArray:
    """The cells in two pieces, the first of which does not begin where its bytes do."""
    first = pa.array(["before", *cells[:cut]], pa.large_string()).slice(1)
    return pa.chunked_array([first, pa.array(cells[cut:], pa.large_string())])


def same(fast: np.ndarray, careful: np.ndarray) -> bool:
    return bool(np.array_equal(fast, careful, equal_nan=True))


commas = st.from_regex(r"-?[0-9]{1,5}(,[0-9]{1,4})?", fullmatch=True)
nearly = st.sampled_from(
    ["", "-", ",", "1,", ",5", "-,5", "1,2,3", "5-", "--5", "1-2", "1.5", "1/2", "+5", "007,5", "1 234,5", "9" * 400,
     "0,123", "1,234", "12,345", "1234,567", "-0", "-0,0", "x", "١,٥", "1,5 €"]
)  # fmt: skip


@given(st.lists(commas | nearly, min_size=1, max_size=30) | st.lists(commas, min_size=1, max_size=30),
       st.integers(0, 5), st.sampled_from([None, ",", "."]))  # fmt: skip
@settings(deadline=None)
def test_decimal_commas(cells: list[str], cut: int, forced: str | None) -> None:
    fast = comma_numbers(column(cells, cut), forced)
    if fast is not None:
        careful = PATTERN.read(distinct(column(cells)), ".", forced)
        assert same(fast.values, careful.values)
        assert (fast.decimal, fast.guessed, fast.unit, fast.read, fast.infinite) == (
            careful.decimal, careful.guessed, careful.unit, careful.read, careful.infinite
        )  # fmt: skip
        assert not careful.words
        assert not careful.tokens


def test_plain_decimal_commas_are_read_fast() -> None:
    found = comma_numbers(column(["-1,5", "", "12", "1,234", "1234,5"]), None)
    assert found is not None
    assert same(found.values, np.array([-1.5, np.nan, 12, 1.234, 1234.5]))
    assert comma_numbers(column(["1,234", "1,5"]), None) is None  # the first cell does not tell
    assert comma_numbers(column(["1,234", "12"]), ",") is not None
    assert comma_numbers(column(["1,5", "12"]), ".") is None
    assert comma_numbers(column(["15", "12"]), None) is None


number = st.integers(0, 99).map("{:02}".format)
year = st.sampled_from(["2024", "1999", "2000", "1900", "0001", "9999", "1849", "2201"])
sign = st.sampled_from("-/. ")
times = st.sampled_from(["", " 07:30", "T07:30:59", " 99:99:99", " 7:30", "Z", " 07:30:59Z"])


@st.composite
def dates(draw: st.DrawFn) -> list[str]:
    """Cells that are mostly written alike: dates, impossible ones, and now and then something else."""
    year_first, between, time = draw(st.booleans()), draw(sign), draw(times)
    small = draw(st.sampled_from([number, st.integers(1, 12).map("{:02}".format)]))
    cells = []
    for _ in range(draw(st.integers(1, 12))):
        parts = [
            draw(st.just("2024") | year),
            draw(small),
            draw(st.integers(1, 28).map("{:02}".format) | number),
        ]
        cells.append(
            between.join(
                parts if year_first else parts[::-1] if draw(st.booleans()) else parts[1:] + parts[:1]
            )
        )
    return [draw(st.just(cell + time) | st.just(cell + time) | st.sampled_from(["", cell])) for cell in cells]


@given(dates(), st.integers(0, 5))
@settings(deadline=None, max_examples=300)
def test_dates(cells: list[str], cut: int) -> None:
    fast = plain_dates(column(cells, cut), TOKENS)
    if fast is not None:
        careful = read_dates(distinct(column(cells)), TOKENS, day_first=None)
        assert careful is not None
        assert same(fast.values, careful.values)
        assert (fast.how, fast.guessed, fast.words, fast.never) == (
            careful.how, careful.guessed, careful.words, careful.never
        )  # fmt: skip
        assert not PATTERN.read(distinct(column(cells)), ".").numeric
        assert PATTERN.with_suffix(distinct(column(cells)), ".") is None


def test_plain_dates_are_read_fast() -> None:
    for cells, how in (
        (["2024-02-29", "", "1999-12-31"], "year-month-day"),
        (["2024/02/29T07:30:00", "1999/12/31T00:00:00"], "year-month-day"),
        (["29.02.2024 07:30", "01.02.1999 07:30"], "day-month-year"),
        (["02/29/2024", "02/01/1999"], "month-day-year"),
    ):
        found = plain_dates(column(cells), TOKENS)
        assert found is not None
        assert found.how == how
    for cells in (
        ["01.02.2024"],
        ["2023-02-29"],
        ["2024-01-01", "2024/01/01"],
        ["2024-01-01", "n/a"],
        ["", ""],
    ):
        assert plain_dates(column(cells), TOKENS) is None


words = st.text(st.sampled_from("ab1 ä"), max_size=20) | st.text(max_size=4)


@given(st.lists(words, min_size=1, max_size=40), st.integers(0, 5))
@settings(deadline=None)
def test_cells_that_all_differ(cells: list[str], cut: int) -> None:
    array = bulk.one_array(column(cells, cut))
    assert not bulk.all_different(array) or len(set(cells)) == len(cells)
    found = distinct(column(cells, cut))
    assert [found.values[int(code)].as_py() for code in found.codes] == cells
    assert found.values.to_pylist() == list(dict.fromkeys(cells))
    assert found.counts.tolist() == [cells.count(value) for value in dict.fromkeys(cells)]


def test_a_million_ids_are_seen_to_differ() -> None:
    ids = [f"C{i}" for i in range(20_000)]  # C10 stands before C9 by its letters
    listed = [f"CUSTOMER-{i:07}" for i in range(20_000)]
    for some in (ids, ids[::-1], listed, listed[::-1]):
        assert bulk.all_different(pa.array(some, pa.large_string()))
        assert not bulk.all_different(pa.array([*some, some[7]], pa.large_string()))
        assert not bulk.all_different(pa.array([*some, some[-1]], pa.large_string()))


@given(
    st.lists(words | st.sampled_from(["N/A", "n/a", "nän", "NÄN", "", "K", "\u212a", "k"]), min_size=1),
    st.integers(0, 3),
)
@settings(deadline=None)
def test_among_words(cells: list[str], start: int) -> None:
    array = pa.array(["x"] * start + cells, pa.large_string()).slice(start)
    known = {"n/a", "", "nän", "k", "a1"}
    careful = np.asarray(pc.is_in(pc.utf8_lower(array), value_set=pa.array(sorted(known), pa.large_string())))
    assert same(bulk.among(array, known), careful)


def test_space_of_every_kind_is_trimmed() -> None:
    letters = [chr(i) for i in range(1, 0x3100) if not 0xD800 <= i < 0xE000] + ["\ufeff", "😀"]
    for pattern in ("{}a", "a{}", "{}", "a{}a"):
        for start in range(0, len(letters), 7):
            cells = [pattern.format(letter) for letter in letters[start : start + 7]]
            assert (
                _trim(column(cells, 3)).to_pylist() == pc.utf8_trim_whitespace(column(cells, 3)).to_pylist()
            )


@given(st.binary(max_size=20) | st.text(max_size=10).map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(deadline=None)
def test_utf8_piece_by_piece(data: bytes) -> None:
    try:
        data.decode("utf-8", "strict")
        strict = True
    except UnicodeDecodeError:
        strict = False
    assert encoding._is_utf8(data) is strict


@given(st.binary(max_size=20), st.integers(1, 8))
@settings(deadline=None)
def test_the_bytes_of_a_text_are_surveyed_block_by_block(data: bytes, block: int) -> None:
    signs = encoding.survey(data, block)
    assert signs.control is any(byte < 32 and byte not in b"\t\n" for byte in data)
    assert signs.line_feeds == data.count(b"\n")
    assert signs.largest == max(data, default=0)
    assert all(signs.can_have(bytes([byte])) for byte in data)
    absent = (b'"', b" ", b"\t", b"\r")
    if data and min(data) > ord('"'):
        assert not any(map(signs.can_have, absent))


numbers = st.lists(st.sampled_from([np.nan, -0.0, 0.0, 1.5, 2.0, np.inf, 1e300, -7.0]), max_size=12)


@given(numbers)
def test_different_numbers_are_counted(some: list[float]) -> None:
    assert count_different(np.array(some, dtype=float)) == len({value for value in some if value == value})


def rows_of(parts: int) -> st.SearchStrategy[list[list[float]]]:
    """Tables of so many columns."""
    return st.lists(
        st.lists(st.sampled_from([np.nan, 0.0, 1.5, -2.0]), min_size=parts, max_size=parts), min_size=1
    )


@given(st.integers(1, 9).flatmap(rows_of))
def test_parts_are_added_up(rows: list[list[float]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(totals, "BLOCK", 2)
        found = totals.add_up(list(np.array(rows).T))
    for total, row in zip(found, rows, strict=True):
        known = [value for value in row if value == value]
        assert total == sum(known) if known else np.isnan(total)
