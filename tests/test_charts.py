from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from make_analysis import NAMES, make_analysis, shown
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import PathPatch
from matplotlib.text import Text

from reportgen import fonts, formats, palette
from reportgen.charts import draw
from reportgen.charts.fair_share import fair_shares
from reportgen.charts.layout import overlap, place
from reportgen.charts.levels import MOST, shown_levels
from reportgen.charts.map import half_mass
from reportgen.charts.ranges import spreads
from reportgen.charts.registry import KINDS, chart
from reportgen.charts.scale import Scale, knee, round_values
from reportgen.charts.sheet import FULL, HALF, PT, SMALL, WIDE, Box, Sheet, tidy, width, wrap
from reportgen.charts.standing import standing, title_with_unit
from reportgen.results import Analysis, Exhibit, Hierarchy, Leaf

ACCENT = "#B5302A"
CASES = {
    "five": {},
    "two": {"k": 2, "n": 120},
    "twelve": {"k": 12, "n": 1500},
    "twelve-long": {"k": 12, "n": 1500, "long": True, "extreme": True, "levels": True},
    "dominant": {"k": 7, "n": 1500, "dominant": True, "long": True},
    "dominant-twelve": {"k": 12, "n": 3000, "dominant": True, "long": True},
    "no-money": {"k": 4, "money": False, "categories": False},
    "extreme": {"k": 3, "extreme": True, "levels": True, "seed": 4},
}


@pytest.fixture(scope="module")
def five() -> Analysis:
    return make_analysis()


def drawn(analysis: Analysis, key: str) -> Sheet:
    exhibit = analysis.story.exhibits[key]
    return KINDS[exhibit.kind](analysis, exhibit, ACCENT)


def words(sheet: Sheet) -> list[str]:
    return [t.get_text() for t in sheet.figure.findobj(Text) if t.get_text()]


def marks(sheet: Sheet, name: str) -> int:
    """Separate marks (sub-paths) in what is drawn under this name."""
    found = [p for p in sheet.figure.findobj(PathPatch) if p.get_gid() == name]
    return sum(int(np.sum(p.get_path().codes == 1)) for p in found)


def boxes(sheet: Sheet) -> Iterator[tuple[str, Box]]:
    """Every text and its box in mm: across by the renderer, and from the descenders to the capitals."""
    canvas = FigureCanvasAgg(sheet.figure)
    renderer = canvas.get_renderer()
    for text in sheet.figure.findobj(Text):
        if text.get_text():
            with mpl.rc_context({"text.hinting": "none"}):  # as in the SVG, not rounded to pixels
                extent = text.get_window_extent(renderer)
            base = sheet.height - text.get_transform().transform(text.get_unitless_position())[1] * PT
            size = text.get_fontsize() * PT
            yield text.get_text(), (extent.x0 * PT, base - 0.70 * size, extent.width * PT, 0.86 * size)


def spilled(sheet: Sheet) -> list[str]:
    return [
        f"{text!r} at {x:.1f}..{x + w:.1f} of {sheet.width}, {y:.1f}..{y + h:.1f} of {sheet.height}"
        for text, (x, y, w, h) in boxes(sheet)
        if x < -0.3 or y < -0.3 or x + w > sheet.width + 0.3 or y + h > sheet.height + 0.4
    ]


def collisions(sheet: Sheet) -> list[str]:
    found = list(boxes(sheet))
    return [
        f"{one!r} on {other!r}"
        for n, (one, a) in enumerate(found)
        for other, b in found[n + 1 :]
        if overlap((a[0] + 0.1, a[1] + 0.1, a[2] - 0.2, a[3] - 0.2), b) > 0
    ]


def test_the_checks_below_see_collisions_and_spills() -> None:
    sheet = Sheet(40)
    sheet.text(2, 5, "Premium spenders")
    sheet.text(20, 6, "Heavy revolvers")
    sheet.text(38, 15, "spills")
    sheet.finish(20)
    assert len(collisions(sheet)) == 1
    assert len(spilled(sheet)) == 1


@pytest.mark.parametrize("case", CASES)
def test_no_text_lies_on_another_or_leaves_the_figure(case: str) -> None:
    analysis = make_analysis(**CASES[case])  # type: ignore[arg-type]
    wrong = []
    seen: dict[str, int] = {}
    for key, exhibit in analysis.story.exhibits.items():
        seen[exhibit.kind] = seen.get(exhibit.kind, 0) + 1
        if seen[exhibit.kind] > 3:
            continue
        sheet = drawn(analysis, key)
        wrong += [f"{key}: {w}" for w in spilled(sheet) + collisions(sheet)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("case", CASES)
def test_every_exhibit_is_drawn_in_its_width_and_on_one_page(case: str) -> None:
    analysis = make_analysis(**CASES[case])  # type: ignore[arg-type]
    charts = draw(analysis, accent=ACCENT)
    assert list(charts) == list(analysis.story.exhibits)
    widths = {"cover": 210.0, "segment-dots": WIDE, "choice-of-k": HALF, "silhouettes": HALF}
    for key, one in charts.items():
        kind = analysis.story.exhibits[key].kind
        assert one.width == widths.get(kind, FULL)
        assert one.height == 297 if kind == "cover" else 10 < one.height < 225, (key, one.height)


def test_text_is_at_least_seven_points(five: Analysis) -> None:
    for key in five.story.exhibits:
        for text in drawn(five, key).figure.findobj(Text):
            assert not text.get_text() or SMALL <= text.get_fontsize() <= 8.8


def test_text_is_dark_enough_on_paper(five: Analysis) -> None:
    for key, exhibit in five.story.exhibits.items():
        if exhibit.kind in ("stacked-shares", "heat", "levels"):  # some of their text stands on colours
            continue
        for text in drawn(five, key).figure.findobj(Text):
            assert not text.get_text() or palette.contrast(str(text.get_color()), palette.PAPER) >= 4.5


# --------------------------------------------------------------------------- the SVG


def test_svg_is_the_same_in_another_process() -> None:
    script = (
        "import sys, hashlib; sys.path[:0] = sys.argv[1:3]\n"
        "from make_analysis import make_analysis; from reportgen.charts import draw\n"
        "charts = draw(make_analysis(n=200, k=3), accent='#B5302A')\n"
        "print({k: hashlib.sha256(c.svg).hexdigest() for k, c in charts.items()})"
    )
    here = Path(__file__).parent
    runs = [
        subprocess.run(
            [sys.executable, "-c", script, str(here), str(here.parent)],
            capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed, "PATH": ""},
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert runs[0] == runs[1]
    assert "dendrogram" in runs[0]


def test_svg_names_only_the_report_s_fonts_and_fetches_nothing(five: Analysis) -> None:
    for one in draw(five, accent=ACCENT).values():
        svg = one.svg.decode()
        assert set(re.findall(r'font-family="([^"]+)"', svg)) == {f"'{fonts.SANS}', sans-serif"}
        assert "font:" not in svg
        assert "DOCTYPE" not in svg
        assert "<style" not in svg
        assert "clip-path" not in svg
        assert not re.search(r'href="(?!#)', svg)
        assert not re.search(r"\d{4}-\d\d-\d\dT", svg)


def test_svg_of_five_segments_is_small() -> None:
    charts = draw(make_analysis(n=9000, k=5), accent=ACCENT)
    assert sum(len(c.svg) for c in charts.values()) < 600_000


def test_words_and_numbers_reach_the_svg_as_they_are() -> None:
    sheet = Sheet(60)
    for n, text in enumerate(
        ("0.00123", "a < b & c > 0.12345", "M 1 2 \nL 1 2", "$5 and $6", "Größe Ωмега 顧客")
    ):
        sheet.text(1, 5 + 5 * n, text)
    svg = sheet.finish(40).svg().decode()
    assert ">0.00123<" in svg
    assert ">a &lt; b &amp; c &gt; 0.12345<" in svg
    assert ">M 1 2  L 1 2<" in svg
    assert ">$5 and $6<" in svg
    assert ">Größe Ωмега 顧客<" in svg


def test_older_matplotlib_s_font_shorthand_is_written_out() -> None:
    svg = tidy(
        '<svg a="b"><text style="font: italic 600 8.2px \'Report Sans\'; fill: #000">font: 8px x</text></svg>'
    )
    assert 'font-style="italic" font-weight="600" font-size="8.2px" fill="#000">' in svg
    assert ">font: 8px x<" in svg


def test_importing_charts_does_not_import_pyplot() -> None:
    script = "import sys, reportgen.charts; sys.exit('matplotlib.pyplot' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parent.parent)


# --------------------------------------------------------------------------- what is drawn


def test_cover_has_a_dot_per_customer_and_no_words(five: Analysis) -> None:
    sheet = drawn(five, "cover")
    dots = sum(marks(sheet, f"dots-{s.id}") for s in five.segments)
    assert 0.95 * 800 <= dots <= 800
    assert not words(sheet)


def test_stacked_shares_print_totals_and_shares(five: Analysis) -> None:
    texts = words(drawn(five, "stacked-shares"))
    profile = five.profile
    assert "800" in texts
    assert formats.compact(profile.total[-1, profile.columns.index("PURCHASES")], "$") in texts
    largest = max(five.segments, key=lambda s: s.share)
    assert formats.percent(largest.share).removesuffix("%") in texts


@pytest.mark.parametrize("kind", ["stacked-shares", "heat", "map", "bubbles"])
def test_more_than_seven_segments_go_by_ids_and_a_key_says_who_is_who(kind: str) -> None:
    twelve = make_analysis(k=12)
    said = words(drawn(twelve, kind))
    for segment in twelve.segments:
        assert said.count(segment.id) == 2  # on its column or mark, and in the key
        assert said.count(segment.name) == 1


def test_a_grey_segment_stands_out_among_others_in_grey() -> None:
    for position in range(12):
        colour = palette.segment_colour_among_grey(position)
        assert position not in (5, 11) or palette.contrast(colour, palette.RULE) > 3


def test_a_column_of_mixed_signs_has_no_shares() -> None:
    analysis = make_analysis(extreme=True)
    exhibit = replace(analysis.story.exhibits["stacked-shares"], columns=("CHANGE", "PURCHASES"))
    texts = words(KINDS["stacked-shares"](analysis, exhibit, ACCENT))
    assert "Purchases" in texts
    assert not any("Change" in t for t in texts)


def test_ranges_show_the_middle_half_and_nine_in_ten_of_each_segment_and_of_everyone(five: Analysis) -> None:
    exhibit = five.story.exhibits["ranges"]
    column = exhibit.columns[0]
    values, member = five.columns[column].values, five.segment_index()
    drawn = spreads(five, column)
    assert drawn.shape == (6, 5)
    for i in range(6):
        mine = values if i == 5 else values[member == i]
        expected = np.nanquantile(mine, [0.05, 0.25, 0.5, 0.75, 0.95])
        np.testing.assert_allclose(drawn[i], expected)
    sheet = KINDS["ranges"](five, exhibit, ACCENT)
    texts = words(sheet)
    assert "All customers" in texts
    measure = five.story.measures[column]
    for i in range(6):
        assert marks(sheet, f"typical-{column}-{i}") == 1
        value = formats.value(float(drawn[i, 2]), measure.kind, measure.unit, measure.percent)
        assert value in texts or formats.compact(float(drawn[i, 2]), measure.unit) in texts


def test_ranges_of_a_column_with_one_value_or_with_gaps_are_drawn(five: Analysis) -> None:
    exhibit = five.story.exhibits["ranges"]
    name = exhibit.columns[0]
    column = five.columns[name]
    member = five.segment_index()
    at = five.profile.columns.index(name)
    for values in (np.full_like(column.values, 7.0), np.where(member == 1, np.nan, column.values)):
        median, quartiles = five.profile.median.copy(), five.profile.quartiles.copy()
        for i in range(6):
            mine = values[(member == i) & np.isfinite(values)] if i < 5 else values[np.isfinite(values)]
            median[i, at] = np.median(mine) if len(mine) else np.nan
            quartiles[i, at] = np.quantile(mine, [0.25, 0.75]) if len(mine) else np.nan
        columns = replace(
            five.columns,
            columns=tuple(replace(c, values=values) if c.name == name else c for c in five.columns.columns),
        )
        changed = replace(
            five, columns=columns, profile=replace(five.profile, median=median, quartiles=quartiles)
        )
        sheet = KINDS["ranges"](changed, exhibit, ACCENT)
        assert not spilled(sheet) + collisions(sheet)


def test_fair_shares_are_shares_of_total_over_shares_of_customers(five: Analysis) -> None:
    exhibit = five.story.exhibits["fair-share"]
    shares = fair_shares(five, exhibit.columns)
    values = np.nan_to_num(five.columns["PURCHASES"].values)
    mine = five.segment_index() == 0
    assert shares[0, 0] == pytest.approx(values[mine].sum() / values.sum() / mine.mean())
    texts = words(drawn(five, "fair-share"))
    assert all(formats.multiple(m) in texts for m in shares.ravel())


def test_heat_prints_every_mean(five: Analysis) -> None:
    exhibit = five.story.exhibits["heat"]
    texts = words(drawn(five, "heat"))
    for name in exhibit.columns:
        j = five.profile.columns.index(name)
        for mean in five.profile.mean[:-1, j]:
            assert shown(five, name, mean).removesuffix("\N{NO-BREAK SPACE}months") in texts
    assert "Tenure, months" in texts


def test_standing_is_in_standard_deviations_and_ignores_gross_outliers() -> None:
    analysis = make_analysis(n=3000, k=2)
    values = analysis.columns["CREDIT_LIMIT"].values
    before = standing(analysis, ("CREDIT_LIMIT",))
    values[:3] = 1e12
    assert np.allclose(standing(analysis, ("CREDIT_LIMIT",)), before, rtol=0.1)


def test_levels_beyond_twelve_are_counted_together() -> None:
    shares = np.full((3, 20), 0.05)
    names, merged = shown_levels(tuple(f"level {i}" for i in range(20)), shares)
    assert len(names) == MOST
    assert names[-1] == "9 other levels"
    assert merged[:, -1] == pytest.approx(0.45)


def test_levels_print_the_share_of_every_segment_and_of_everyone(five: Analysis) -> None:
    texts = words(drawn(five, "levels"))
    for column in ("REGION", "PLAN"):
        for share in five.profile.level_shares[column].ravel():
            assert formats.percent(share) in texts


def test_map_ellipse_holds_half_of_the_customers() -> None:
    rng = np.random.default_rng(3)
    points = rng.normal(size=(4000, 2)) @ np.array([[8.0, 2.0], [0.0, 3.0]]) + (80, 40)
    centre, outline = half_mass(points)
    assert np.allclose(centre, (80, 40), atol=1.0)
    from matplotlib.path import Path as Outline

    assert Outline(outline).contains_points(points).mean() == pytest.approx(0.5, abs=0.03)


def test_map_names_every_segment_with_its_size(five: Analysis) -> None:
    texts = words(drawn(five, "map"))
    for one in five.segments:
        assert one.name in texts
        assert f"{formats.count(one.size)} customers" in texts


def test_segment_dots_print_this_segment_and_everyone(five: Analysis) -> None:
    exhibit = five.story.exhibits["segment-dots:S2"]
    sheet = drawn(five, "segment-dots:S2")
    texts = words(sheet)
    for j, name in enumerate(exhibit.columns):
        mean = five.profile.mean[:, five.profile.columns.index(name)]
        for value in (mean[1], mean[-1]):
            assert shown(five, name, value).removesuffix("\N{NO-BREAK SPACE}months") in texts
        assert marks(sheet, f"dot-{j}") == 1


def test_distributions_draw_curves_for_numbers_and_bars_for_categories(five: Analysis) -> None:
    exhibit = five.story.exhibits["distributions:S1"]
    assert exhibit.columns[-1] == "REGION"
    sheet = drawn(five, "distributions:S1")
    curves = [p for p in sheet.figure.findobj(PathPatch) if str(p.get_gid()).startswith("segment-")]
    assert len(curves) == 3
    shares = five.profile.level_shares["REGION"]
    assert {formats.percent(s) for s in shares[0]} <= set(words(sheet))


def test_anomaly_strips_show_every_flagged_customer_and_count_them(five: Analysis) -> None:
    sheet = drawn(five, "anomaly-strips")
    total = int(five.detection.flagged.sum())
    assert sum(marks(sheet, f"flagged-{s.id}") for s in five.segments) == total
    assert f"unusual: {total} customers" in words(sheet)


def test_choice_of_k_marks_the_chosen_number(five: Analysis) -> None:
    sheet = drawn(five, "choice-of-k")
    tried = five.clustering.candidates
    assert marks(sheet, "dots-stability") == marks(sheet, "dots-separation") == len(tried)
    chosen = next(c for c in tried if c.k == five.clustering.k)
    assert formats.decimal(min(chosen.stability), 2) in words(sheet)
    assert {"Stability", "Separation", "Number of segments"} <= set(words(sheet))


def test_silhouettes_follow_the_order_of_the_report(five: Analysis) -> None:
    texts = words(drawn(five, "silhouettes"))
    expected = [formats.decimal(five.clustering.silhouette[s.cluster], 2) for s in five.segments]
    assert [t for t in texts if t in expected] == expected


def test_dendrogram_names_segments_and_leaf_sizes(five: Analysis) -> None:
    sheet = drawn(five, "dendrogram")
    texts = words(sheet)
    sizes = sorted(formats.count(leaf.customers) for leaf in five.hierarchy.leaves)
    assert sorted(t for t in texts if t.replace(",", "").isdigit()) == sizes
    assert "cut into five groups" in texts
    named = {five.segments[i].name for i in range(5) if any(
        leaf.cluster == five.segments[i].cluster for leaf in five.hierarchy.leaves
    )}  # fmt: skip
    assert named <= set(texts)
    assert marks(sheet, "cut") == 1


def test_thirty_leaves_of_mixed_segments_fit_on_a_page() -> None:
    analysis = make_analysis(k=12, n=1200, long=True)
    rng = np.random.default_rng(0)
    tree = np.array([[n if n < 1 else 29 + n, n + 1, n + 1.0, n + 2] for n in range(29)], dtype=np.float64)
    leaves = tuple(Leaf(cluster=int(c), purity=0.9, customers=40) for c in rng.integers(0, 12, 30))
    before = analysis.hierarchy
    hierarchy = Hierarchy(
        method="ward", linkage=before.linkage, labels=before.labels, agreement=0.5, adjusted_rand=0.4,
        contingency=before.contingency, tree=tree, leaves=leaves, cut=18.5,
    )  # fmt: skip
    sheet = drawn(replace(analysis, hierarchy=hierarchy), "dendrogram")
    assert sheet.height < 225
    assert not spilled(sheet) + collisions(sheet)


# --------------------------------------------------------------------------- values that break charts


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(np.zeros(800), id="all zero"),
        pytest.param(np.full(800, np.nan), id="all missing"),
        pytest.param(np.full(800, -3.5), id="constant, negative"),
        pytest.param(np.r_[np.zeros(799), 1e15], id="one huge"),
        pytest.param(np.linspace(-1e-9, 1e-9, 800), id="tiny, both signs"),
        pytest.param(np.where(np.arange(800) % 2, 1.0, 0.0), id="zero or one"),
    ],
)
def test_distributions_of_any_values(values: np.ndarray) -> None:
    analysis = make_analysis()
    column = analysis.columns["PURCHASES"]
    columns = tuple(replace(c, values=values) if c is column else c for c in analysis.columns.columns)
    bent = replace(analysis, columns=replace(analysis.columns, columns=columns))
    sheet = drawn(bent, "distributions:S1")
    assert "nan" not in sheet.svg().decode()
    assert not spilled(sheet) + collisions(sheet)


def test_no_customer_flagged_and_one_candidate() -> None:
    analysis = make_analysis()
    detection = replace(
        analysis.detection,
        flagged=np.zeros(800, dtype=bool),
        anomalies=(),
        threshold=99.0,
        extreme_threshold=120.0,
    )
    clustering = replace(analysis.clustering, candidates=analysis.clustering.candidates[2:3])
    calm = replace(analysis, detection=detection, clustering=clustering)
    for key in ("anomaly-strips", "choice-of-k"):
        sheet = drawn(calm, key)
        assert "nan" not in sheet.svg().decode()
        assert not spilled(sheet) + collisions(sheet)


# --------------------------------------------------------------------------- parts


def test_registering_a_kind_twice_is_an_error() -> None:
    with pytest.raises(ValueError, match="heat"):
        chart("heat")(lambda analysis, exhibit, accent: Sheet(1))


def test_an_unknown_kind_is_an_error(five: Analysis) -> None:
    pie = Exhibit(**{f: getattr(five.story.exhibits["heat"], f) for f in Exhibit.__slots__} | {"kind": "pie"})
    with pytest.raises(KeyError):
        draw(replace(five, story=replace(five.story, exhibits={"pie": pie})), accent=ACCENT)


@pytest.mark.parametrize("weight", [400, 600])
def test_widths_are_those_of_the_renderer(weight: int) -> None:
    sheet = Sheet(100)
    for n, text in enumerate((*NAMES, "$1,234,567", "18.4%", "← lower")):
        sheet.text(2, 3 + 4 * n, text, size=8, weight=weight)
    sheet.finish(80)
    for text, (_, _, across, _) in boxes(sheet):
        assert width(text, 8, weight) == pytest.approx(across, rel=0.03, abs=0.4)


def test_wrap_keeps_words_whole_until_none_fits() -> None:
    assert wrap("Premium spenders", 50) == ["Premium spenders"]
    assert wrap("Premium spenders", 16) == ["Premium", "spenders"]
    for text in ("AVERAGE_MONTHLY_BALANCE_OF_THE_HOUSEHOLD", "Supercalifragilisticexpialidocious", "a" * 90):
        lines = wrap(text, 20, lines=2)
        assert len(lines) <= 2
        assert all(width(line) <= 20.01 for line in lines)


def test_round_values() -> None:
    assert round_values(0, 3433, 4) == [0, 1000, 2000, 3000]
    assert round_values(-0.2, 0.41, 4) == [-0.2, 0.0, 0.2, 0.4]
    assert round_values(5, 5, 4) == [5]


def test_skewed_values_bend_the_axis_and_even_ones_do_not() -> None:
    rng = np.random.default_rng(0)
    assert knee(np.r_[np.zeros(500), np.exp(rng.normal(6, 1.5, 500))]) in (1, 10, 100)
    assert knee(rng.normal(50, 10, 1000)) == 0
    scale = Scale(low=0, high=20000, start=0, end=40, knee=10)
    assert scale.ticks() == [0, 10, 100, 1000, 10000]
    assert np.all(np.diff(scale(np.array(scale.ticks()))) > 0)


def test_labels_of_crowded_marks_keep_apart() -> None:
    spots = place([(50 + i * 0.1, 40.0, 2.0) for i in range(12)], [(28.0, 6.0)] * 12, (0, 0, 170, 80))
    assert not any(overlap(a.box, b.box) for n, a in enumerate(spots) for b in spots[n + 1 :])


def test_legible_colours_reach_the_contrast_and_leave_good_ones() -> None:
    assert palette.legible("#B5302A") == "#B5302A"
    for colour in ("#FFE100", "#FFFFFF", "#00FFAA"):
        assert palette.contrast(palette.legible(colour), palette.PAPER) >= 4.5
        assert palette.contrast(palette.legible(colour, palette.NIGHT), palette.NIGHT) >= 4.5


def test_every_face_is_there() -> None:
    assert all(f.path.is_file() for f in fonts.faces())
    assert {(f.family, f.weight, f.style) for f in fonts.faces()} == {
        (family, weight, style)
        for family in (fonts.SANS, fonts.SERIF)
        for weight, style in (
            (300, "normal"),
            (400, "normal"),
            (600, "normal"),
            (700, "normal"),
            (400, "italic"),
        )
    }


def test_shares_drawn_in_little_space_are_lower_and_as_clear(five: Analysis) -> None:
    exhibit = five.story.exhibits["stacked-shares"]
    usual = drawn(five, "stacked-shares")
    low = KINDS["stacked-shares"](five, replace(exhibit, space="little"), ACCENT)
    assert low.height < usual.height - len(exhibit.columns)
    assert words(low) == words(usual)
    assert not spilled(low) + collisions(low)


@pytest.mark.parametrize("case", ["five", "twelve", "twelve-long", "dominant"])
def test_what_is_drawn_in_little_space_gives_what_render_counts_on(case: str) -> None:
    from reportgen.render.places import GIVES

    analysis = make_analysis(**CASES[case])  # type: ignore[arg-type]
    for kind, gives in GIVES.items():
        low = KINDS[kind](analysis, replace(analysis.story.exhibits[kind], space="little"), ACCENT)
        assert low.height <= drawn(analysis, kind).height - gives + 0.01, kind
        assert not spilled(low) + collisions(low)


def test_a_unit_of_counting_stands_in_words_behind_the_title(five: Analysis) -> None:
    measure = next(m for m in five.story.measures.values() if m.kind == "money")
    assert title_with_unit(replace(measure, title="Income", unit="thousand")) == "Income, in thousands"
    assert title_with_unit(replace(measure, title="Income", unit="$")) == "Income"
