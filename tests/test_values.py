from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.columns.cell_values import distinct, padded
from reportgen.columns.date_cells import (
    Dates,
    nameless_serials,
    never_dates,
    packed_dates,
    read_dates,
    serial_dates,
    short_dates,
)
from reportgen.columns.duration_cells import Durations, durations
from reportgen.columns.number_cells import NumberPattern, Numbers, plain_numbers
from reportgen.columns.scales import band_order, scale_order
from reportgen.lexicon.tokens import load_tokens

TOKENS = load_tokens()
PATTERN = NumberPattern(TOKENS)


def column(cells: list[str]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(cells, pa.large_string())])


def numbers(cells: list[str], mark: str = ".", forced: str | None = None) -> Numbers:
    return PATTERN.read(distinct(column(cells)), mark, forced)


def dates(cells: list[str], **options: bool | float | None) -> Dates | None:
    arguments: dict[str, bool | float | None] = {"day_first": None, **options}
    return read_dates(distinct(column(cells)), TOKENS, **arguments)  # type: ignore[arg-type]


def day(text: str) -> float:
    return float(np.datetime64(text).astype("datetime64[D]").astype(int))


@pytest.mark.parametrize(
    ("cell", "value", "unit"),
    [
        ("1,234,567", 1234567, ""),
        ("1.234.567", 1234567, ""),
        ("1.234,50", 1234.5, ""),
        ("1,234.50", 1234.5, ""),
        ("1'234.50", 1234.5, ""),
        ("1’234.50", 1234.5, ""),
        ("12,34,567", 1234567, ""),
        ("1 234,5", 1234.5, ""),
        ("1\u00a0234,5", 1234.5, ""),
        ("1\u202f234\u202f567,5", 1234567.5, ""),
        ("1\u2009234.5", 1234.5, ""),
        ("$1", 1, "$"),
        ("-$1.50", -1.5, "$"),
        ("$-1.50", -1.5, "$"),
        ("'-1.50", -1.5, ""),
        ("$1,234.00", 1234, "$"),
        ("1 €", 1, "€"),
        ("€ 1,50", 1.5, "€"),
        ("1,50 EUR", 1.5, "€"),
        ("R$ 58,138.00", 58138, "R$"),
        ("CHF 1'200.00", 1200, "CHF"),
        ("(123)", -123, ""),
        ("($1,234.50)", -1234.5, "$"),
        ("12-", -12, ""),
        ("\N{MINUS SIGN}12", -12, ""),
        ("- 12", -12, ""),
        ("+12", 12, ""),
        ("12 %", 12, "%"),
        ("12.5%", 12.5, "%"),
        ("%12,5", 12.5, "%"),
        ("% 45", 45, "%"),
        ("-%5", -5, "%"),
        ("%-5", -5, "%"),
        ("(%1.250,5)", -1250.5, "%"),
        ("٪٤٥", 45, "%"),
        ("45٪", 45, "%"),
        ("1e5", 1e5, ""),
        ("1.5E-3", 1.5e-3, ""),
        (".5", 0.5, ""),
        (",5", 0.5, ""),
        ("5.", 5, ""),
        ("0,125", 0.125, ""),
        ("Fr. 52.-", 52, "CHF"),
        ("52.--", 52, ""),
        ("1'250.–", 1250, ""),
        ("1'250.— CHF", 1250, "CHF"),
        ("-52.-", -52, ""),
        ("52,- kr", 52, "kr"),
        ("52:-", 52, ""),
        ("12,5-", -12.5, ""),
        ("$ (52.33)", -52.33, "$"),
        ("R$ (52,33)", -52.33, "R$"),
        ("(R$ 52,33)", -52.33, "R$"),
        ("(52,33) €", -52.33, "€"),
        ("￥1,234,567", 1234567, "¥"),
        ("￦１２３", 123, "₩"),
    ],
)
def test_one_cell_in_each_shape(cell: str, value: float, unit: str) -> None:
    found = numbers([cell] * 3)
    assert found.values.tolist() == [value] * 3
    assert found.unit == unit
    assert found.numeric
    assert not found.guessed


@pytest.mark.parametrize(
    "cell",
    [
        "1,23,4",
        "12.34.5",
        "--5",
        "(5",
        "5)",
        "(-5)",
        "1 2",
        "$",
        "%",
        "-%-5",
        "%5%",
        "12x",
        "1e",
        "e5",
        "1-2",
        "12:30",
    ],
)
def test_what_is_no_number(cell: str) -> None:
    assert np.isnan(numbers([cell]).values).all()
    assert numbers([cell]).words == {cell: 1}


def test_cells_that_can_be_read_in_two_ways_follow_the_table() -> None:
    for mark, value in ((".", 1234.0), (",", 1.234)):
        found = numbers(["1,234", "2,500"], mark)
        assert found.values[0] == value
        assert found.guessed
        assert found.decimal == ""


def test_evidence_in_one_cell_decides_the_column() -> None:
    found = numbers(["1,234", "0,5"])
    assert found.values.tolist() == [1.234, 0.5]
    assert found.decimal == ","
    assert not found.guessed


def test_a_forced_mark_is_obeyed() -> None:
    assert numbers(["1.234", "2"], forced=",").values.tolist() == [1234, 2]
    assert numbers(["1,234", "2"], forced=".").values.tolist() == [1234, 2]


def test_tokens_errors_and_words_are_told_apart() -> None:
    cells = ["1"] * 20 + ["NA", "n/a", "", "#DIV/0!", "refused", "-"]
    found = numbers(cells)
    assert found.read == 20
    assert found.tokens == {"NA": 1, "n/a": 1, "#DIV/0!": 1, "-": 1}
    assert found.words == {"refused": 1}
    assert found.numeric
    assert int(np.isnan(found.values).sum()) == 6


def test_mostly_words_are_no_numbers() -> None:
    assert not numbers(["1", "two", "three"]).numeric


@pytest.mark.parametrize("cell", ["inf", "-inf", "1e308", "1e999", "Infinity"])
def test_infinities_become_missing(cell: str) -> None:
    assert plain_numbers(column(["1", cell])) is None
    found = numbers(["1", "2", cell])
    assert np.isnan(found.values[2])
    assert found.infinite == 1


def test_plain_numbers() -> None:
    found = plain_numbers(column(["1.5", "", "-2", "1e3"]))
    assert found is not None
    assert np.array_equal(found.values, [1.5, np.nan, -2, 1000], equal_nan=True)
    assert found.decimal == "."
    assert plain_numbers(column(["1", "nan"])) is None
    assert plain_numbers(column(["1", "x"])) is None


def test_padded_codes() -> None:
    assert padded(column(["007", "12"]))
    assert not padded(column(["0", "0.5", "12"]))


def german(value: float) -> str:
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


def swiss(value: float) -> str:
    return f"{value:,.2f}".replace(",", "'")


def french(value: float) -> str:
    return f"{value:,.2f}".replace(",", "\u202f").replace(".", ",")


def bookkeeper(value: float) -> str:
    return f"(${-value:,.2f})" if value < 0 else f"${value:,.2f}"


def indian(value: float) -> str:
    whole, cents = f"{abs(value):.2f}".split(".")
    head, tail = whole[:-3], whole[-3:]
    while head:
        tail = head[-2:] + "," + tail
        head = head[:-2]
    return ("-" if value < 0 else "") + tail + "." + cents


@settings(max_examples=100, deadline=None)
@given(
    cents=st.lists(st.integers(-(10**11), 10**11), min_size=1, max_size=30),
    write=st.sampled_from([german, swiss, french, bookkeeper, indian, "{:.2f}".format, "{:,.2f}".format]),
)
def test_numbers_written_in_any_country_are_read_back(cents: list[int], write: object) -> None:
    assert callable(write)
    values = [cent / 100 for cent in cents]
    assert numbers([write(value) for value in values]).values.tolist() == pytest.approx(values)


@pytest.mark.parametrize(
    ("cells", "how"),
    [
        (["2014-12-07", "2014-01-31"], "year-month-day"),
        (["2014-12-07 10:20:30", "2014-01-31T00:00:00Z"], "year-month-day"),
        (["2014/12/07", "2014/1/31"], "year-month-day"),
        (["07-12-2014", "31-01-2014"], "day-month-year"),
        (["07.12.2014", "31.1.2014"], "day-month-year"),
        (["12/07/2014", "01/31/2014"], "month-day-year"),
        (["12/7/14", "1/31/14"], "month-day-year"),
        (["7 Dec 2014", "31 January 2014"], "day, month in words, year"),
        (["7. Dezember 2014", "31. Januar 2014"], "day, month in words, year"),
        (["Dec 7, 2014", "Jan 31, 2014"], "day, month in words, year"),
        (["7-Dec-14", "31-Jan-14"], "day, month in words, year"),
        (["7 de diciembre de 2014", "31 de enero de 2014"], "day, month in words, year"),
        (["7 grudnia 2014", "31-sty-14"], "day, month in words, year"),
        (["7. prosince 2014", "31. led 2014"], "day, month in words, year"),
        (["7 Aralık 2014", "31 Oca 2014"], "day, month in words, year"),
        (["7 декабря 2014 г.", "31 янв 2014"], "day, month in words, year"),
        (["7 грудня 2014 р.", "31 січня 2014"], "day, month in words, year"),
        (["7 Δεκεμβρίου 2014", "31-Ιαν-14"], "day, month in words, year"),
        (["2014. december 7.", "2014. január 31."], "day, month in words, year"),
        (["7 decembrie 2014", "31 ian. 2014"], "day, month in words, year"),
        (["7. joulukuuta 2014", "31. tammikuuta 2014"], "day, month in words, year"),
        (["7. des. 2014", "31 januari 2014"], "day, month in words, year"),
        (["So, 07.12.2014", "Fr, 31.01.2014"], "day-month-year"),
        (["Sun 7 Dec 2014", "Fri 31 Jan 2014"], "day, month in words, year"),
        (
            ["Sun Dec 07 2014 10:15:00 GMT+0200 (EET)", "Fri Jan 31 2014 10:15:00 GMT+0200 (EET)"],
            "day, month in words, year",
        ),
        (["20141207T101500", "20140131T101500Z"], "yyyymmddThhmmss"),
        (["2014-12-07 08:12:13+00", "2014-01-31 23:12:13.123456-05"], "year-month-day"),
        (["2014-12-07 08:12:13 CET", "2014-01-31 08:12 PM EST"], "year-month-day"),
        (["2014-12-07 08:12:13 Europe/Berlin", "2014-01-31T08:12+01:00[Europe/Berlin]"], "year-month-day"),
        (["07/12/2014 08:12 UTC+2", "31/01/2014 08:12 MESZ"], "day-month-year"),
        (["Sun Dec  7 08:17:13 UTC 2014", "Fri Jan 31 08:17:13 2014"], "day, month in words, year"),
    ],
)
def test_dates_in_each_shape(cells: list[str], how: str) -> None:
    found = dates(cells)
    assert found is not None
    assert found.values.tolist() == [day("2014-12-07"), day("2014-01-31")]
    assert found.how == how
    assert not found.guessed


@pytest.mark.parametrize(
    ("cells", "start", "how"),
    [
        (["Q4 2014", "Q1/2024"], "2014-10-01", "quarter"),
        (["2014-Q4", "2024-Q1"], "2014-10-01", "quarter"),
        (["4. Quartal 2014", "1. Quartal 2024"], "2014-10-01", "quarter"),
        (["4 кв. 2014", "1 кв. 2024"], "2014-10-01", "quarter"),
        (["2015-W01", "2024-W05"], "2014-12-29", "week"),
        (["KW 53/2015", "KW 5/2024"], "2015-12-28", "week"),
        (["Dec-14", "Mar-24"], "2014-12-01", "month in words, year"),
    ],
)
def test_parts_of_a_year(cells: list[str], start: str, how: str) -> None:
    found = dates(cells)
    assert found is not None
    assert (found.values[0], found.how) == (day(start), how)


@pytest.mark.parametrize(
    "cells", [["X4 2014", "Q5 2014"], ["Filiale 1-2014"] * 3, ["INV2024-01-05", "INV2024-01-06"]]
)
def test_codes_with_a_year_are_no_dates(cells: list[str]) -> None:
    assert dates(cells) is None


def test_words_in_front_of_dates_are_days_of_the_week_or_too_many() -> None:
    named = [f"K{'abcdefgh'[i % 8]} 07.12.{2000 + i}" for i in range(20)]
    assert dates(named) is None
    assert dates([cell.replace("Kh", "Ka") for cell in named]) is not None


def test_days_and_months_the_other_way_round() -> None:
    most = [f"{d:02}/{m:02}/2024" for d in range(1, 29) for m in range(1, 13)]
    found = dates([*most, "02/25/2024", "25.02.2024"])
    assert found is not None
    assert (found.how, found.turned, found.words) == ("day-month-year", 1, 0)
    assert found.values[-2:].tolist() == [day("2024-02-25")] * 2
    turned = [f"{m:02}/{d:02}/2024" for d in range(1, 29) for m in range(1, 13)]
    assert dates([*most, *turned]) is None  # nothing says which half is which


def test_dates_beside_words_are_read_where_the_name_says_so() -> None:
    cells = ["2024-01-31"] * 7 + ["locked", "locked", "gone", "NA"]
    assert dates(cells) is None
    found = dates(cells, least=0.6)
    assert found is not None
    assert (found.words, found.lost, found.tokens) == (3, ("locked", "gone"), {"NA": 1})
    assert dates(cells[3:], least=0.6) is None


def test_years_of_two_digits_are_remembered() -> None:
    found = dates(["12.03.55", "12.03.1955", "1-Mar-55"])
    assert found is not None
    assert found.short is not None
    assert found.short.tolist() == [True, False, True]


@pytest.mark.parametrize("zero", ["０", "٠", "۰", "०", "๐"])
def test_dates_in_digits_of_other_scripts(zero: str) -> None:
    cells = ["2014-12-07", "2014-01-31"]
    found = dates([cell.translate({48 + i: chr(ord(zero) + i) for i in range(10)}) for cell in cells])
    assert found is not None
    assert found.values.tolist() == [day(cell) for cell in cells]


LATE = [f"{d:02}/0{m}/2021" for d, m in zip(range(13, 29), [1, 3, 5, 8] * 4, strict=True)]
EARLY = [(d, m) for d, m in zip([*range(1, 13)] * 2, [1, 3, 5, 8] * 6, strict=True)]


@pytest.mark.parametrize(
    ("early", "halves"),
    [
        ([f"{m}/{d}/2021" for d, m in EARLY], ("13/01/2021", "1/1/2021")),
        ([f"2021-{d:02}-{m:02}" for d, m in EARLY], ("13/01/2021", "2021-01-01")),
        ([str(44_200 + 31 * m + d) for d, m in EARLY if m < 2], None),
        ([f"{d:02}/{m:02}/2021" for d, m in EARLY], None),
        ([f"{d}/{m}/2021" for d, m in EARLY] + ["7/14/2021"], None),
        ([f"2021-{m:02}-01" for d, m in EARLY], None),  # the first days of months
        ([f"2021-{d:02}-{m:02}" for d, m in EARLY] + ["2021-03-30"], None),
        ([f"{d}/{m}/2021" for d, m in EARLY][:4], None),
    ],
)
def test_dates_of_which_a_spreadsheet_has_converted_some(
    early: list[str], halves: tuple[str, str] | None
) -> None:
    found = dates([*LATE, *early])
    assert found is not None
    assert found.halves == halves


def test_days_of_a_spreadsheet_among_dates() -> None:
    early = [day(f"2021-{d:02}-{m:02}") for d, m in EARLY]
    found = dates([*LATE, *(f"{x + 25_569:.0f}" for x in early)])
    assert found is not None
    assert found.values[len(LATE) :].tolist() == early
    assert found.serials == (len(EARLY), "44197")
    assert found.halves == ("13/01/2021", "44197")
    assert dates([*LATE, *(f"{x + 35_569:.0f}" for x in early)]) is None  # too far from the others
    assert dates([*LATE, *(f"{x:.0f}" for x in early), *["none of them"] * 9]) is None


@pytest.mark.parametrize(
    ("cells", "how", "first"),
    [
        ([17_052_022, 5_062_021, 24_031_999, 1_012_020, 9_092_022, 0], "ddmmyyyy", "2022-05-17"),
        ([5_172_022, 6_052_021, 12_311_999, 1_012_020, 9_092_022], "mmddyyyy", "2022-05-17"),
        ([5_042_022, 6_052_021, 12_111_999, 1_012_020, 9_092_022], "ddmmyyyy?", "2022-04-05"),
        ([1_220_517, 1_210_605, 991_231, 1_000_101, 1_090_922], "cyymmdd", "2022-05-17"),
        ([1_220_517, 1_210_605, 991_231, 1_000_101, 1_091_322], "", ""),
        ([17_052_022, 5_062_021, 24_031_999, 1_012_020, 31_022_022], "", ""),
        ([17_052_022, 5_062_021, 24_031_999, 1_012_020, 9_092_822], "", ""),
        ([220_517, 210_605, 991_231, 101, 90_922], "", ""),  # no century
        ([17_052_022, 5_062_021], "", ""),
    ],
)
def test_days_in_digits_without_marks(cells: list[int], how: str, first: str) -> None:
    found = packed_dates(np.array([*cells, np.nan]))
    if not how:
        assert found is None
        return
    assert found is not None
    assert found.how + "?" * found.guessed == how
    assert found.values[0] == day(first)
    assert np.isnan(found.values[-1])
    assert found.never == cells.count(0)


def test_dates_that_do_not_tell_day_from_month() -> None:
    found = dates(["03/04/2014", "05/06/2014"])
    assert found is not None
    assert found.guessed
    assert found.values[0] == day("2014-04-03")
    american = dates(["03/04/2014", "05/06/2014"], day_first=False)
    assert american is not None
    assert american.values[0] == day("2014-03-04")
    dotted = dates(["03.04.2014", "05.06.2014"])
    assert dotted is not None
    assert not dotted.guessed


def test_compact_and_serial_dates() -> None:
    found = dates(["20141207", "20140131"], compact=True)
    assert found is not None
    assert found.values.tolist() == [day("2014-12-07"), day("2014-01-31")]
    assert dates(["20141207", "20140131"]) is None
    serial = serial_dates(np.array([41980.0, 41670.0, np.nan]))
    assert serial is not None
    assert serial.values[0] == day("2014-12-07")


def test_what_is_no_date() -> None:
    assert dates(["31-02-2014"] * 3) is None
    assert dates(["2014-13-01"] * 3) is None
    assert dates(["1.5", "2.5"]) is None
    assert dates(["Kim", "Lee"]) is None
    assert dates(["", "NA"]) is None
    kept = dates(["2014-01-31"] * 98 + ["NA", "soon"])
    assert kept is not None
    assert kept.words == 1


@settings(max_examples=50, deadline=None)
@given(st.lists(st.dates(), min_size=1, max_size=20).map(lambda d: [x for x in d if 1850 <= x.year <= 2200]))
def test_all_days_of_the_calendar(found: list[object]) -> None:
    cells = [str(one) for one in found]
    if cells:
        read = dates(cells)
        assert read is not None
        assert read.values.tolist() == [day(cell) for cell in cells]


@pytest.mark.parametrize(
    "ordered",
    [
        ["Low", "Medium", "High"],
        ["little", "moderate", "quite rich", "rich"],
        ["Uneducated", "High School", "College", "Graduate", "Post-Graduate", "Doctorate"],
        ["S", "M", "L", "XL"],
        ["Bronze", "Silver", "Gold"],
        ["never", "sometimes", "always"],
        ["niedrig", "mittel", "hoch"],
    ],
)
def test_scales(ordered: list[str]) -> None:
    steps = scale_order(ordered, TOKENS)
    assert steps is not None
    assert steps == sorted(steps)


def test_what_is_no_scale() -> None:
    assert scale_order(["Low", "Medium", "Blue"], TOKENS) is None
    assert scale_order(["low", "little"], TOKENS) is None


@pytest.mark.parametrize(
    "ordered",
    [
        ["Less than $40K", "$40K - $60K", "$60K - $80K", "$80K - $120K", "$120K +"],
        ["<18", "18-24", "25-34", "65+"],
        ["under 18", "18 to 24", "over 24"],
        ["0-1,000", "1,001-10,000", "more than 10,000"],
        ["unter 20", "20 - 40", "über 40"],
        ["18-24 years", "25-34 years", "35+ years"],
    ],
)
def test_bands(ordered: list[str]) -> None:
    bounds = band_order(ordered, TOKENS)
    assert bounds is not None
    assert bounds == sorted(bounds)


def test_what_is_no_band() -> None:
    assert band_order(["A1", "B2"], TOKENS) is None
    assert band_order(["18-24", "old"], TOKENS) is None
    assert band_order(["1", "2"], TOKENS) is None
    assert band_order(["40-20", "20-30"], TOKENS) is None


# --------------------------------------------------------------------------- thousands, suffixes, other digits


def test_points_beside_bare_numbers_are_thousands() -> None:
    cells = ["1.234", "12.500", "987", "150", "3.000", "42", "2.750", "9.125", "17", "640"]
    assert plain_numbers(column(cells)) is None
    found = numbers(cells)
    assert (found.decimal, found.guessed) == (",", False)
    assert found.values.tolist() == [1234, 12500, 987, 150, 3000, 42, 2750, 9125, 17, 640]
    commas = numbers([cell.replace(".", ",") for cell in cells], mark=",")
    assert (commas.decimal, commas.values[0]) == (".", 1234)


def test_points_beside_long_numbers_are_decimals() -> None:
    cells = ["1.234", "12.500", "1987", "150", "3.125", "42"]
    found = plain_numbers(column(cells))
    assert found is not None
    assert (found.decimal, found.guessed, found.values[0]) == (".", False, 1.234)
    commas = numbers([cell.replace(".", ",") for cell in cells])
    assert (commas.decimal, commas.guessed, commas.values[0]) == (",", False, 1.234)


GROUPED = [f"{i % 9 + 1}.{100 + 7 * i % 900:03}" for i in range(40)]
SHORT = [str(7 + 23 * i) for i in range(40)]


@pytest.mark.parametrize(
    ("cells", "thousands", "against"),
    [
        ([*SHORT, *GROUPED], True, None),
        ([*SHORT, "1500", *GROUPED], True, (GROUPED[0], "1500")),  # one was typed without the mark
        ([*SHORT, *["999999"] * 5, *GROUPED], True, (GROUPED[0], "999999")),
        ([*SHORT[10:], *(str(1300 + 17 * i) for i in range(40)), *GROUPED[:6]], True, (GROUPED[0], "1300")),
        ([*SHORT[:8], "1500", "2500", *(f"{i}.125" for i in range(210, 220))], False, ("210.125", "1500")),
        ([*GROUPED, "9999"], False, (GROUPED[0], "9999")),  # decimals of a fixed length
        ([*SHORT, "1500", *GROUPED[:3]], False, (GROUPED[0], "1500")),
        ([*SHORT, "1500", *GROUPED, "2.5"], False, None),
        ([*SHORT, "1500", *GROUPED, "0.125"], False, None),
    ],
)
def test_numbers_without_the_mark_speak_for_or_against_thousands(
    cells: list[str], thousands: bool, against: tuple[str, str] | None
) -> None:
    plain = plain_numbers(column(cells))
    assert (plain is None) is thousands
    factor = 1000 if thousands else 1
    right = [float(cell) * (factor if "." in cell else 1) for cell in cells]
    for found in (plain or numbers(cells), numbers([cell.replace(".", ",") for cell in cells], mark=",")):
        assert found.values.tolist() == pytest.approx(right)
        assert not found.guessed
        assert found.against == against or tuple(a.replace(",", ".") for a in found.against or ()) == against
        assert found.doubtful is (against is not None and not thousands)


@pytest.mark.parametrize(
    ("cells", "values", "both"),
    [
        (["619,58", "148.88", "7"], [619.58, 148.88, 7], ("148.88", "619,58")),
        (["1.619,58 €", "$ 2,148.88", "7,5"], [1619.58, 2148.88, 7.5], ("1.619,58 €", "$ 2,148.88")),
        (["619,58", "148.88", "-3,1", "1.234"], [619.58, np.nan, -3.1, 1234], None),  # a point in two senses
        (["619,58", "2.148.880"], [619.58, 2148880], None),
    ],
)
def test_both_marks_in_one_column_are_decimals(
    cells: list[str], values: list[float], both: tuple[str, str] | None
) -> None:
    found = numbers(cells)
    assert found.values.tolist() == pytest.approx(values, nan_ok=True)
    assert found.both_marks == both


def test_points_that_nothing_explains_are_a_guess() -> None:
    found = plain_numbers(column(["1.234", "12.500", "3.125"]))
    assert found is not None
    assert found.guessed


def test_decimals_further_down_are_seen() -> None:
    found = plain_numbers(column(["1.234"] * 3000 + ["0.5", "2.25"]))
    assert found is not None
    assert not found.guessed


@pytest.mark.parametrize(
    ("cells", "values", "unit"),
    [
        ([f"{i} years" for i in range(20)], list(range(20)), "years"),
        ([f"{i},5 kg" for i in range(20)], [i + 0.5 for i in range(20)], "kg"),
        (["1.5k", "2M", "700", "3K", "12k", "9k", "8k", "1k", "4k", "5k", "6k"],
         [1500, 2e6, 700, 3000, 12000, 9000, 8000, 1000, 4000, 5000, 6000], ""),
        (["$1.5k", "$2k", "NA"], [1500, 2000, np.nan], "$"),
        (["2 Mio. €", "1,5 Mio. €", "900 Tsd. €"], [2e6, 1.5e6, 9e5], "€"),
        (["3.2 lakh", "1.1 crore", "4.0 lakh"], [3.2e5, 1.1e7, 4e5], ""),
        ([f"{i / 10:.1f}/5" for i in range(50)], [i / 10 for i in range(50)], "of 5"),
        (["2 Mio. Stück"] * 3, [np.nan] * 3, None),
        (["1 month", *(f"{i} months" for i in range(2, 20))], list(range(1, 20)), "months"),
        ([f"{i} Jahre" if i > 1 else "1 Jahr" for i in range(1, 20)], list(range(1, 20)), "jahre"),
        ([f"{i} kg" if i % 2 else str(i) for i in range(21)], list(range(21)), ""),
        ([f"{i} kg" if i % 3 else str(i) for i in range(21)], list(range(21)), "kg"),
        ([f"{i} m" if i % 3 else f"{i} ms" for i in range(21)], [], None),
        ([f"{i} a" if i % 3 else f"{i} b" for i in range(21)], [], None),  # numbers of houses
        ([f"{i} kg" if i % 3 else "heavy" for i in range(21)], [], None),
    ],
)  # fmt: skip
def test_words_behind_numbers(cells: list[str], values: list[float], unit: str | None) -> None:
    found = PATTERN.with_suffix(distinct(column(cells)), ".")
    if unit is None:
        assert found is None
        return
    assert found is not None
    assert found.values.tolist() == pytest.approx(values, nan_ok=True)
    assert found.unit == unit
    bare = sum(cell.isdigit() for cell in cells)
    assert (found.units or {}).get("", 0) == (bare if "kg" in cells[1] else 0)


def test_few_levels_with_a_word_stay_levels() -> None:
    assert PATTERN.with_suffix(distinct(column(["36 months", "60 months"] * 20)), ".") is None
    assert PATTERN.with_suffix(distinct(column(["5 km", "3 miles"] * 20)), ".") is None


def test_digits_of_other_scripts() -> None:
    assert numbers(["１，２３４．５０", "２"]).values.tolist() == [1234.5, 2]
    assert numbers(["٤٢", "۴۲"]).values.tolist() == [42, 42]


def test_signs_that_differ_are_counted() -> None:
    found = numbers(["$1", "$2", "€3", "4"])
    assert found.units == {"$": 2, "€": 1, "": 1}
    assert found.unit == "$"


def test_dates_that_stand_for_none() -> None:
    found = dates(["2024-01-01", "9999-12-31", "0000-00-00", "2024-01-03"])
    assert found is not None
    assert (found.never, found.words) == (2, 0)
    assert np.isnan(found.values[1:3]).all()
    assert dates(["9999-12-31"] * 3) is None


def test_seconds_since_1970() -> None:
    for factor, how in ((1, "seconds since 1970"), (1000, "milliseconds since 1970")):
        found = serial_dates(np.array([1417910400.0, 1417996800.0]) * factor)
        assert found is not None
        assert found.how == how
        assert found.values.tolist() == [day("2014-12-07"), day("2014-12-08")]


NEVER = TOKENS.never


@pytest.mark.parametrize(
    ("others", "strange", "out"),
    [
        ("2023-01-01", ["1900-01-01"] * 3, ["1900-01-01"]),
        ("2023-01-01", ["2099-12-31"], ["2099-12-31"]),
        ("2023-01-01", ["1970-01-01", "1970-01-01", "1900-01-01"], ["1900-01-01", "1970-01-01"]),
        ("1982-01-01", ["1970-01-01"] * 3, ["1970-01-01"]),
        ("1982-01-01", ["1970-01-01"], []),
        ("1975-01-01", ["1970-01-01"] * 3, []),
        ("2023-01-01", ["1970-01-02"] * 3, []),
        ("2023-01-01", ["2104-03-01"] * 3, ["2104-03-01"]),
        ("2023-01-01", ["2104-03-01"] * 30, []),
    ],
)
def test_dates_far_from_the_others_that_systems_write_for_none(
    others: str, strange: list[str], out: list[str]
) -> None:
    usual = day(others) + np.arange(300.0)
    values = np.array([*usual, np.nan, *map(day, strange)])
    assert never_dates(values, NEVER) == list(map(day, out))
    assert never_dates(np.array([day(strange[0])] * 5), NEVER) == []


def minutes(cells: list[str], **options: bool) -> Durations | None:
    return durations(distinct(column(cells)), TOKENS, **options)


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["00:52:10", "25:00:00"], [52 + 1 / 6, 1500]),
        (["PT25H15M00S", "09:15:00"], [1515, 555]),
        (["PT52M", "P1DT1H"], [52, 1500]),
        (["4 days 21:43:00", "0 days, 00:01:30"], [4 * 1440 + 21 * 60 + 43, 1.5]),
        (["2h 27m", "1h05", "45 min", "3h"], [147, 65, 45, 180]),
        (["2 Std. 27 Min.", "1,5 h"], [147, 90]),
        (["1h 5m 30s", "20s"], [65.5, 1 / 3]),
        (["2 ч 27 мин", "45 мин"], [147, 45]),
    ],
)
def test_durations(cells: list[str], values: list[float]) -> None:
    found = minutes(cells)
    assert found is not None
    assert found.values.tolist() == pytest.approx(values)
    assert found.sure


def test_two_parts_of_a_duration() -> None:
    cells = [f"{i:02}:{(7 * i) % 60:02}" for i in range(10, 60)]
    found = minutes(cells)
    assert found is not None
    assert (found.values[3], found.sure, found.guessed) == (13 + 31 / 60, True, True)
    assert minutes(cells[:20]) is None
    short = minutes(cells[:5], named=True)
    assert short is not None
    assert (short.sure, short.guessed) == (False, True)
    hours = minutes(cells[:5], named=True, hours=True)
    assert hours is not None
    assert (hours.values[3], hours.guessed) == (13 * 60 + 31, False)


@pytest.mark.parametrize(
    "cells",
    [
        ["45 min", "30 min"], ["5m", "7m"], ["12 Main", "5 High"], ["4 May 21:43:00", "5 May 10:00:00"],
        ["5m 2h", "27m 1h"],
        ["60:40", "50:50", "70:30"], ["P", "PT"], ["1d4", "2d7"], ["2y 3m", "5y 1m"],
    ],
)  # fmt: skip
def test_what_is_no_duration(cells: list[str]) -> None:
    assert minutes(cells) is None


def test_days_in_six_digits() -> None:
    cells = [f"{y:02}{m:02}15" for y in (19, 20, 23) for m in range(1, 13)]
    assert short_dates(np.array(cells, dtype=float))
    found = dates(cells, short=True)
    assert found is not None
    assert found.values[3] == day("2019-04-15")
    assert not short_dates(np.array([*cells, "190230"], dtype=float))
    assert not short_dates(np.array(cells[:5], dtype=float))


def test_days_of_a_spreadsheet_without_a_word_for_dates() -> None:
    rng = np.random.default_rng(1)
    days = rng.integers(44_900, 45_700, 200).astype(float)
    assert nameless_serials(days)
    assert nameless_serials(days + 0.375)
    assert nameless_serials(np.append(days, 0.0))
    orders = rng.permutation(np.arange(44_900.0, 45_700.0))[:200]
    assert not nameless_serials(orders)  # all different: numbers of orders
    assert not nameless_serials(np.round(days / 100) * 100)
    assert not nameless_serials(days + np.round(rng.random(200), 2))  # cents
    assert not nameless_serials(rng.integers(300, 60_000, 200).astype(float))
