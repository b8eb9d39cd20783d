from __future__ import annotations

import math

import pytest

from reportgen.verify.shown import disagreement

RIGHT = [
    ("8,950", "count", 8950.0),
    ("five", "word", 5.0),
    ("Five", "word", 5.0),
    ("13", "word", 13.0),
    ("53%", "percent", 0.534),
    ("0.3%", "percent", 0.0031),
    ("99.9%", "percent", 0.99921),
    ("100%", "percent", 1.0),
    ("−12%", "percent", -0.12),
    ("8 in 10", "in ten", 0.8027),
    ("98 in 100", "in ten", 0.9818),
    ("All", "in ten", 1.0),
    ("none", "in ten", 0.0),
    ("0.4%", "in ten", 0.0041),
    ("Nearly all", "in ten", 0.9996),
    ("almost none", "in ten", 0.0041),
    ("9 of 10", "of ten", 0.866),
    ("one customer in six", "one in", 0.1718),
    ("$2,154", "money", 2153.5001),
    ("2,154", "money", 2154.4999),
    ("−$5.20", "money", -5.2),
    ("0.45", "money", 0.4501),
    ("34", "whole", 33.9),
    ("2.7", "number", 2.74),
    ("11.5\u00a0months", "number", 11.513),
    ("31%", "share", 0.312),
    ("31%", "share of hundred", 31.2),
    ("$3.7m", "compact", 3_740_000.0),
    ("12k", "compact", 12_040.0),
    ("850", "compact", 850.2),
    ("twice the average", "ratio", 2.04),
    ("3.1 times the average", "ratio", 3.106),
    ("45% more than average", "ratio", 1.4531),
    ("about the average", "ratio", 0.93),
    ("half the average", "ratio", 0.51),
    ("a fifth of the average", "ratio", 0.205),
    ("38% less than average", "ratio", 0.6201),
    ("42% of the average", "ratio", 0.4231),
    ("nothing at all", "ratio", 0.0),
]
WRONG = [
    ("8,951", "count", 8950.0),
    ("8,950.0", "count", 8950.0),
    ("6", "word", 5.0),
    ("four", "word", 5.0),
    ("54%", "percent", 0.534),
    ("0%", "percent", 0.001),
    ("100%", "percent", 0.9999),
    ("12%", "percent", -0.12),
    ("7 in 10", "in ten", 0.8027),
    ("10 in 10", "in ten", 0.9818),
    ("all", "in ten", 0.999),
    ("none", "in ten", 0.001),
    ("nearly all", "in ten", 0.98),
    ("nearly all", "in ten", 1.0),
    ("almost none", "in ten", 0.02),
    ("almost none", "in ten", 0.0),
    ("8 in 20", "in ten", 0.4),
    ("8 of 10", "of ten", 0.866),
    ("one customer in five", "one in", 0.1718),
    ("one customer in one", "one in", 1.0),
    ("$2,155", "money", 2153.5001),
    ("$2.154", "money", 2154.0),
    ("21,54", "money", 2154.0),
    ("−$2,154", "money", 2154.0),
    ("$3.8m", "compact", 3_740_000.0),
    ("3.7k", "compact", 3_740_000.0),
    ("31%", "share of hundred", 0.312),
    ("twice the average", "ratio", 2.1),
    ("3.2 times the average", "ratio", 3.106),
    ("45% less than average", "ratio", 1.4531),
    ("about the average", "ratio", 1.2),
    ("half the average", "ratio", 0.54),
    ("a third of the average", "ratio", 0.205),
    ("nothing at all", "ratio", 0.2),
    ("", "percent", 0.5),
    ("NaN", "number", 1.0),
    ("1" * 400, "number", 1.0),
    ("53%", "permille", 0.53),
]


@pytest.mark.parametrize(("shown", "unit", "value"), RIGHT)
def test_what_is_rounded_as_its_style_demands_holds(shown: str, unit: str, value: float) -> None:
    assert disagreement(shown, unit, value) == ""


@pytest.mark.parametrize(("shown", "unit", "value"), WRONG)
def test_anything_else_does_not(shown: str, unit: str, value: float) -> None:
    assert disagreement(shown, unit, value) != ""


def test_a_level_is_named_and_no_other() -> None:
    levels = ("Low", "Middle", "High")
    assert disagreement("Middle", "level", 1.0, levels) == ""
    assert disagreement("Middle", "level", 1.5, levels) == ""
    assert disagreement("of middle size", "level", 1.0, levels) == ""
    assert "Middle" in disagreement("high", "level", 1.0, levels)
    assert disagreement("High", "level", 7.0, levels) != ""


def test_what_does_not_exist_is_a_dash() -> None:
    assert disagreement("–", "money", math.nan) == ""
    assert disagreement("$5", "money", math.nan) != ""
