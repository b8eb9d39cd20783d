"""Names are earned: the reference's four, true of their members, unique, short, the same in any order."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reportgen import labels, pipeline
from reportgen.claims import Facts
from reportgen.config import Config
from reportgen.lexicon import load
from reportgen.results import Analysis

REFERENCE = Config(
    segments=4,
    scaling="minmax",
    features=("PURCHASES_FREQUENCY", "PURCHASES_INSTALLMENTS_FREQUENCY", "PURCHASES_TRX"),
    as_of="2026-11-23",
)
FOUR = {
    "Moderate Spenders",
    "High Spenders with One-Off Purchases",
    "High Spenders with Balanced Purchases",
    "Inactive Customers",
}


@pytest.fixture(scope="module")
def reference(shared_data: Path) -> Analysis:
    return pipeline.analyse(shared_data / "CC GENERAL.csv", REFERENCE)


@pytest.fixture(scope="module")
def defaults(shared_data: Path) -> Analysis:
    return pipeline.analyse(shared_data / "CC GENERAL.csv", Config(as_of="2026-11-23"))


def test_the_reference_segmentation_gets_exactly_its_four_names(reference: Analysis) -> None:
    assert {s.name for s in reference.segments} == FOUR


def test_the_reference_has_the_sizes_that_were_measured(reference: Analysis) -> None:
    sizes = {s.name: s.size for s in reference.segments}
    expected = {
        "Inactive Customers": 3994,
        "High Spenders with Balanced Purchases": 2700,
        "High Spenders with One-Off Purchases": 713,
        "Moderate Spenders": 1543,
    }
    for name, size in expected.items():
        assert abs(sizes[name] - size) <= 0.02 * size, name


def test_inactive_is_said_with_what_the_other_columns_say(reference: Analysis) -> None:
    words = " ".join(
        str(s)
        for s in (
            *[b for f in reference.story.findings for b in f.body],
            *_page(reference, "Inactive Customers"),
        )
    )
    assert "take cash advances" in words or "cash advances" in words


def _page(analysis: Analysis, name: str) -> tuple[object, ...]:
    return next(p.who for p in analysis.story.segments if p.segment.name == name)


def test_with_the_defaults_the_same_customers_are_not_called_inactive(defaults: Analysis) -> None:
    assert {s.name for s in defaults.segments} == {
        "High Spenders with Balanced Purchases",
        "High Spenders with Cash Advances",
        "Moderate Spenders with One-Off Purchases",
        "Moderate Spenders with Installment Purchases",
        "Cash-Advance Users Who Rarely Purchase",
    }


@pytest.mark.parametrize("seed", [1, 7])
def test_shuffled_rows_and_another_seed_get_the_same_names_and_sizes(
    reference: Analysis, shared_data: Path, tmp_path: Path, seed: int
) -> None:
    header, *rows = (shared_data / "CC GENERAL.csv").read_text("utf-8").splitlines()
    order = np.random.default_rng(seed).permutation(len(rows))
    file = tmp_path / "shuffled.csv"
    file.write_text("\n".join([header, *(rows[i] for i in order)]) + "\n", "utf-8")
    from dataclasses import replace

    again = pipeline.analyse(file, replace(REFERENCE, seed=seed))
    before = {s.name: s.size for s in reference.segments}
    after = {s.name: s.size for s in again.segments}
    assert set(before) == set(after)
    for name in before:
        assert abs(before[name] - after[name]) <= 0.01 * len(rows)


@pytest.mark.parametrize(
    "table",
    [
        "Wholesale customers data",
        "insurance",
        "marketing_campaign",
        "rfm_data",
        "german_credit_data",
        "cc_first_117_rows",
    ],
)
def test_names_are_unique_short_and_true_of_their_members(shared_data: Path, table: str) -> None:
    analysis = pipeline.analyse(shared_data / f"{table}.csv", Config(as_of="2026-11-23"))
    names = [s.name for s in analysis.segments]
    assert len(set(names)) == len(names)
    for segment in analysis.segments:
        assert len(segment.name.split()) <= labels.MAX_WORDS + 1, segment.name
        assert len(segment.name) <= labels.MAX_LENGTH + 8, segment.name
        assert not segment.conditions or segment.hit > segment.hit_rest, segment.name
        assert not segment.conditions or segment.hit >= 0.5, segment.name


def test_the_hit_rate_is_what_counting_gives(defaults: Analysis) -> None:
    facts = Facts(defaults.columns, defaults.clustering, defaults.profile)
    member = defaults.segment_index()
    for i, segment in enumerate(defaults.segments):
        holds = facts.meets(segment.conditions)
        assert segment.hit == pytest.approx(holds[member == i].mean())
        assert segment.hit_rest == pytest.approx(holds[member != i].mean())


def test_no_trait_claims_what_its_threshold_denies(defaults: Analysis) -> None:
    facts = Facts(defaults.columns, defaults.clustering, defaults.profile)
    seen = set()
    for i, segment in enumerate(defaults.segments):
        for trait in segment.all_traits:
            seen.add(trait.kind)
            x = defaults.columns[trait.column].values
            inside, outside = x[defaults.segment_index() == i], x[defaults.segment_index() != i]
            inside, outside = inside[~np.isnan(inside)], outside[~np.isnan(outside)]
            if trait.kind in ("high", "very-high"):
                assert np.median(inside) > np.median(outside)
            if trait.kind in ("low", "very-low"):
                assert np.median(inside) <= np.median(outside)
            if trait.kind == "none":
                assert (inside == 0).mean() >= 0.8
            if trait.kind == "some":
                assert (inside > 0).mean() >= 0.95
            if trait.kind == "mix-one":
                share = facts.mix(trait.column, trait.parts, [i]).value
                assert share >= 0.65
    assert {"high", "low", "moderate", "mix-one", "mix-balanced", "none", "some"} <= seen


def test_levels_and_flags_become_names_that_can_be_read(shared_data: Path) -> None:
    credit = pipeline.analyse(shared_data / "german_credit_data.csv", Config(as_of="2026-11-23", segments=12))
    names = {s.name for s in credit.segments}
    assert "Customers Who Rent Their Home" in names
    assert not any("Rent Housing" in name for name in names)
    clients = pipeline.analyse(
        shared_data / "marketing_campaign.csv", Config(as_of="2026-11-23", segments=12)
    )
    assert "High Spenders Who Accepted Campaign 5" in {s.name for s in clients.segments}


def _table(path: Path, columns: dict[str, object]) -> Path:
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """Three kinds of customer in words that are awkward: a year, JSON cells, an average that most have."""
    rng = np.random.default_rng(11)
    kind = np.repeat([0, 1, 2], 150)
    cells = np.array(['[{"$amount": 12.5, "when": "x"}]', '[{"$amount": 0, "when": "yy"}]', "[]"])
    file = _table(
        tmp_path_factory.mktemp("odd") / "odd.csv",
        {
            "customer_id": [f"C{i:05d}" for i in range(450)],
            "Class Year": np.array([1968, 1990, 2012])[kind] + rng.integers(-4, 5, 450),
            "basket": cells[kind],
            "Average Order Value": np.where(kind == 2, 40, 42) * (rng.random(450) > 0.3) * rng.uniform(0.9, 1.1, 450),
            "Spend": np.array([900, 300, 20])[kind] * rng.lognormal(0, 0.2, 450),
            "COUNT(Tickets)": rng.poisson(np.array([2, 20, 6])[kind]),
            "Hard Bounced": np.where(rng.random(450) < 0.05, "yes", "no"),
        },
    )  # fmt: skip
    return pipeline.analyse(file, Config(as_of="2026-11-23", segments=3))


def _every_text(analysis: Analysis) -> str:
    return "\n".join(
        [*(c.text for c in analysis.story.claims), *(str(e.title) for e in analysis.story.exhibits.values()),
         *(f"{s.name}: {s.rule}" for s in analysis.segments)]
    )  # fmt: skip


def test_a_year_is_written_as_one_and_cells_that_only_machines_read_are_not_said(odd: Analysis) -> None:
    text = _every_text(odd)
    assert odd.story.measures["Class Year"].kind == "year"
    assert not re.search(r"\b[12],\d{3}\b.{0,20}class year|class year[^.]{0,40}\b[12],\d{3}\b", text)
    assert "class year" in text.lower()
    assert "{" not in text
    assert "levels" not in odd.story.exhibits or "basket" not in odd.story.exhibits["levels"].columns


def test_tickets_are_counted_in_words(odd: Analysis) -> None:
    text = _every_text(odd)
    assert "tickets" in text
    assert not re.search(r"\bthe count\b|many count|number of tickets", text.lower())


def test_what_most_others_have_too_names_nobody(odd: Analysis) -> None:
    for segment in odd.segments:
        for trait in segment.traits:
            if trait.kind in ("some", "mix-one"):
                assert segment.hit >= 1.5 * segment.hit_rest
    assert "Customers with Average Order Value" not in _every_text(odd)
    assert "have average order value" not in _every_text(odd)
    assert "average order value above zero" not in _every_text(odd)


def test_inactive_stands_for_next_to_nothing_and_says_so(reference: Analysis) -> None:
    inactive = next(s for s in reference.segments if s.name == "Inactive Customers")
    assert inactive.rule == "purchases of at most a tenth of everyone's average"
    assert len({s.rule for s in reference.segments}) == len(reference.segments)
    assert inactive.hit > 0.5 > inactive.hit_rest


def test_two_groups_of_one_name_are_told_apart_by_what_differs(reference: Analysis) -> None:
    facts = Facts(reference.columns, reference.clustering, reference.profile)
    namer = labels._Namer(facts, reference.clustering, load())
    twins = [labels._Name(text="Customers with High X", traits=()) for _ in range(4)]
    names = [n.text for n in namer._ranked(twins)]
    assert len(set(names)) == 4
    assert sum(" and Most " in n or " and Highest " in n for n in names) == 1


def test_every_name_that_may_be_chosen_is_true_of_half_and_of_clearly_fewer_others(
    defaults: Analysis,
) -> None:
    facts = Facts(defaults.columns, defaults.clustering, defaults.profile)
    namer = labels._Namer(facts, defaults.clustering, load())
    checked = 0
    for i in range(facts.k):
        for option in namer._options(i):
            conditions = tuple(c for t in option.traits for c in t.conditions)
            mine, rest = (facts.share_where(conditions, [i], rest=r).value for r in (False, True))
            assert mine >= 0.5, option.text
            assert mine > rest, option.text
            checked += 1
    assert checked > 2 * facts.k


def _three_kinds(path: Path, features: tuple[str, ...] = (), **columns: object) -> Analysis:
    rng = np.random.default_rng(4)
    kind = np.array([0, 1, 2, 2])[np.arange(600) % 4]
    frame = {
        "customer_id": [f"C{i:04}" for i in range(600)],
        "visits": rng.poisson(np.array([0.6, 2.2, 14.0])[kind]),
        "spend": (rng.gamma(6, 1, 600) * np.array([25.0, 6.0, 160.0])[kind]).round(2),
        "items": rng.poisson(np.array([4, 4, 30])[kind]),
    }
    pd.DataFrame({**frame, **columns}).to_csv(path, index=False)
    return pipeline.analyse(path, Config(as_of="2026-11-23", segments=3, features=features))


def test_nobody_is_called_inactive_who_does_more_than_another_group(tmp_path: Path) -> None:
    analysis = _three_kinds(tmp_path / "t.csv")
    visits = analysis.profile.mean[:, analysis.profile.columns.index("visits")]
    assert sorted(v < 4 for v in visits[:-1]) == [False, True, True]
    assert not [s.name for s in analysis.segments if "Inactive" in s.name]


def test_what_nearly_all_lack_is_no_trait_of_a_group(tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    owed = np.where(rng.random(600) < 0.15, rng.gamma(2, 5, 600).round(2), 0.0)
    shown = np.where(np.arange(600) % 4 >= 2, rng.poisson(3, 600), 0)  # only one group has any
    built = ("visits", "spend", "items")
    analysis = _three_kinds(tmp_path / "t.csv", built, money_owed=owed, no_shows=shown)
    nothing = {t.column for s in analysis.segments for t in s.all_traits if t.kind == "none"}
    assert nothing == {"no_shows"}


def test_who_buys_nothing_is_no_low_spender_and_two_halves_of_one_kind_are_told_apart(tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    kind = np.repeat([0, 1, 2], 200)
    file = _table(
        tmp_path / "t.csv",
        {
            "customer_id": [f"C{i:04}" for i in range(600)],
            "Total Spent": np.where(kind == 2, rng.gamma(6, 20, 600), 0).round(2),
            "Total Orders": np.where(kind == 2, 1 + rng.poisson(3, 600), 0),
            "Accepts Newsletter": np.where(kind == 2, rng.random(600) < 0.5, kind == 1),
        },
    )
    analysis = pipeline.analyse(file, Config(as_of="2026-11-23", segments=4))
    nothing = [s for s in analysis.segments if analysis.profile.mean[int(s.id[1:]) - 1].max() <= 1]
    assert {s.name for s in nothing} == {
        "Inactive Customers Who Accept Newsletter",
        "Inactive Customers Who Do Not Accept Newsletter",
    }
    assert len({s.conditions for s in nothing}) == 2
    namer = labels._Namer(
        Facts(analysis.columns, analysis.clustering, analysis.profile), analysis.clustering, load()
    )
    assert "Non-Spenders" in {n.text for i in range(4) for n in namer._options(i)}
    assert not [n.text for i in range(4) for n in namer._options(i) if n.text.startswith("Low Spenders")]


def test_zero_days_are_today_and_an_average_above_zero_is_no_trait(tmp_path: Path) -> None:
    rng = np.random.default_rng(12)
    buys = np.arange(600) % 2 == 1
    file = _table(
        tmp_path / "t.csv",
        {
            "customer_id": [f"C{i:04}" for i in range(600)],
            "Total Spent": np.where(buys, rng.gamma(6, 20, 600), 0).round(2),
            "Orders": np.where(buys, 1 + rng.poisson(3, 600), 0),
            "AOV": np.where(buys, rng.gamma(9, 5, 600), 0).round(2),
            "Days Since Last Visit": np.where(buys, 0, rng.poisson(90, 600)),
        },
    )
    analysis = pipeline.analyse(file, Config(as_of="2026-11-23", segments=2))
    kinds = {(t.column, t.kind) for s in analysis.segments for t in s.all_traits}
    assert ("Orders", "some") in kinds
    assert not kinds & {("AOV", "some"), ("Days Since Last Visit", "none"), ("Days Since Last Visit", "some")}
    assert "above zero" not in _every_text(analysis)
