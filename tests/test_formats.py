"""Every number of the report is written in one way; these are the ways."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen import formats


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.534, "53%"), (0.0, "0%"), (1.0, "100%"), (0.004, "0.4%"), (0.9967, "99.7%"), (0.0002, "0.02%"),
        (0.006, "1%"), (float("nan"), formats.MISSING),
    ],
)  # fmt: skip
def test_percent(share: float, text: str) -> None:
    assert formats.percent(share) == text


@given(st.floats(min_value=1e-6, max_value=1 - 1e-6))
def test_a_share_that_is_not_nothing_is_never_written_as_nothing_or_all(share: float) -> None:
    text = formats.percent(share)
    if 0.0001 <= share <= 0.9999:
        assert text not in ("0%", "100%")


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.8, "8 in 10"), (0.79, "8 in 10"), (0.03, "3 in 100"), (0.14, "14 in 100"), (0.98, "98 in 100"),
        (0.004, "0.4%"), (0.996, "99.6%"), (0.5, "5 in 10"),
    ],
)  # fmt: skip
def test_in_ten(share: float, text: str) -> None:
    assert formats.in_ten(share) == text


@given(st.floats(min_value=0.001, max_value=0.999))
def test_in_ten_is_never_far_from_the_share(share: float) -> None:
    text = formats.in_ten(share)
    if text.endswith("%"):
        return
    part, base = text.split(" in ")
    assert math.isclose(int(part) / int(base), share, abs_tol=0.5 / int(base) + 1e-9)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (2154.4, "$", "$2,154"), (-5.25, "$", "−$5.25"), (0.0, "", "0"), (3116.2, "", "3,116"),
        (12.0, "EUR", "12\N{NO-BREAK SPACE}EUR"),
    ],
)  # fmt: skip
def test_money(value: float, unit: str, text: str) -> None:
    assert formats.money(value, unit) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3_712_345, "3.7m"),
        (12_000, "12k"),
        (850, "850"),
        (1_500_000_000, "1.5bn"),
        (999_950, "1m"),
        (-2500, "−2.5k"),
    ],
)
def test_compact(value: float, text: str) -> None:
    assert formats.compact(value) == text


def test_small_numbers_are_words_and_lists_end_with_and() -> None:
    assert formats.words(5) == "five"
    assert formats.words(13) == "13"
    assert formats.listing(["a", "b", "c"]) == "a, b and c"
    assert formats.listing(["a"]) == "a"


def test_dates_are_written_in_full() -> None:
    assert formats.date("2026-11-03") == "3 November 2026"
    assert formats.month("2026-11-03") == "November 2026"


@given(
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from(["money", "whole", "number", "share", "flag", "time"]),
)
def test_any_value_is_written_in_one_line(value: float, kind: str) -> None:
    text = formats.value(value, kind)
    assert text
    assert "nan" not in text.lower()
    assert "inf" not in text.lower()


def test_a_calendar_year_has_no_comma() -> None:
    assert formats.value(1990.4, "year") == "1990"
    assert formats.value(1990.4, "number") == "1,990"
