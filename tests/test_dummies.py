"""Columns of 0 and 1 that are one category, compared with the table that has the category itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reportgen.columns import understand
from reportgen.errors import OptionError
from reportgen.lexicon.tokens import load_tokens
from reportgen.preprocess import preprocess
from reportgen.readers import read
from reportgen.results import Columns, Use

N = 400
RNG = np.random.default_rng(11)
REGION = RNG.choice(["North", "South", "East", "West"], N, p=[0.4, 0.3, 0.2, 0.1])
BASE = pd.DataFrame({"spend": RNG.lognormal(4, 1, N).round(2), "visits": RNG.poisson(6, N)})


def understood(folder: Path, table: pd.DataFrame, **options: object) -> Columns:
    table.to_csv(folder / "t.csv", index=False)
    return understand(read(folder / "t.csv"), tokens=load_tokens(), **options)  # type: ignore[arg-type]


def dummies(levels: object, names: dict[str, str], **write: object) -> pd.DataFrame:
    """A column for each level, called as ``names`` says."""
    yes, no = write.get("yes", 1), write.get("no", 0)
    return pd.DataFrame({name: np.where(levels == level, yes, no) for level, name in names.items()})


@pytest.mark.parametrize(
    ("pattern", "title", "marks"),
    [
        ("region_{}", "region", (1, 0)),
        ("Region {}", "Region", ("True", "False")),
        ("homeRegion{}", "homeRegion", (1, 0)),
        ("region={}", "region", ("yes", "no")),
        ("is_{}", "one of North, South and 2 more", (1, 0)),
        ("{}", "one of North, South and 2 more", ("1.0", "0.0")),
    ],
)
def test_dummies_make_the_matrix_of_the_category(
    tmp_path: Path, pattern: str, title: str, marks: tuple[object, object]
) -> None:
    names = {level: pattern.format(level) for level in ("North", "South", "East", "West")}
    written = dummies(REGION, names, yes=marks[0], no=marks[1])
    found = understood(tmp_path, pd.concat([BASE, written], axis=1))
    single = understood(tmp_path, BASE.assign(**{title: REGION}))
    assert found[title].levels == single[title].levels == ("East", "North", "South", "West")
    assert (preprocess(found).matrix == preprocess(single).matrix).all()
    assert {found[name].used_for for name in names.values()} == {Use.LEFT_OUT}
    assert found[title].derived_from == ", ".join(names.values())
    assert [note.place for note in found.notes if note.code == "dummies-gathered"] == [title]


def test_two_sets_side_by_side_a_missing_level_and_an_order(tmp_path: Path) -> None:
    size = RNG.choice(["small", "large", "medium", ""], N, p=[0.5, 0.29, 0.2, 0.01])
    gender = RNG.choice(["M", "F"], N)
    table = pd.concat(
        [
            dummies(gender, {"M": "sex_M"}),
            dummies(size, {"large": "size_large", "small": "size_small", "medium": "size_medium"}),
            BASE,
            dummies(gender, {"F": "sex_F"}),
        ],
        axis=1,
    )
    found = understood(tmp_path, table)
    assert found["size"].levels == ("small", "medium", "large")
    assert found["size"].ordered
    assert found["size"].missing == (size == "").sum() > 0
    assert [found["sex"].levels[int(v)] for v in found["sex"].values] == gender.tolist()


def test_the_level_that_was_dropped_is_the_rest(tmp_path: Path) -> None:
    names = {"South": "region_South", "East": "region_East", "North": "region_North"}
    found = understood(tmp_path, pd.concat([BASE, dummies(REGION, names)], axis=1))
    assert found["region"].levels == ("East", "none of these", "North", "South")
    assert (found["region"].values == 1).sum() == (REGION == "West").sum()


@pytest.mark.parametrize(
    "flags",
    [
        {"has_app": RNG.random(N) < 0.5, "has_card": RNG.random(N) < 0.5},
        {"opt_mail": RNG.random(N) < 0.5, "opt_phone": RNG.random(N) < 0.6, "opt_post": RNG.random(N) < 0.4},
        {"vip": np.arange(N) == 5, "blocked": np.arange(N) == 9},  # rare ones hardly ever meet
        {"member": np.arange(N) > 3, "banned": np.arange(N) == 1},
        {"product_loan": REGION == "North", "product_card": REGION == "West"},  # and half have none
    ],
)
def test_flags_that_are_no_category_stay_flags(tmp_path: Path, flags: dict[str, object]) -> None:
    found = understood(tmp_path, BASE.assign(**{k: np.asarray(v).astype(int) for k, v in flags.items()}))
    assert [c.name for c in found.columns] == ["spend", "visits", *flags]


def test_gathered_columns_in_options(tmp_path: Path) -> None:
    table = pd.concat([BASE, pd.get_dummies(pd.Series(REGION, name="region"), prefix="region")], axis=1)
    found = understood(tmp_path, table, features=("spend", "region"))
    assert {c.name for c in found.used(Use.CLUSTERING)} == {"spend", "region"}
    assert understood(tmp_path, table, ignore=("region",))["region"].used_for is Use.LEFT_OUT
    found = understood(tmp_path, table, features=("spend", "region_East"))
    assert {c.name for c in found.used(Use.CLUSTERING)} == {"spend", "region_East"}
    with pytest.raises(
        OptionError, match=r"^--features: no column is called 'regio'; the nearest is 'region'$"
    ):
        understood(tmp_path, table, features=("spend", "regio"))
    assert understood(tmp_path, table.assign(region=REGION))["region"].derived_from == ""
