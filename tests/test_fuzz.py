"""A few of the damaged tables of ``make fuzz``, with every run of the tests."""

from __future__ import annotations

from pathlib import Path

import fuzz
import pytest


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_damaged_tables_are_read_or_refused(tmp_path: Path) -> None:
    tables = fuzz.seeds()
    path = tmp_path / "t.csv"
    # The later ones once went wrong: notes of several lines.
    for seed in (*range(40), 20000158, 20000279, 20000777, 20001172, 20001474, 20001907, 20002119, 20002806):
        path.write_bytes(fuzz.mutated(tables, seed))
        assert fuzz.examine(path, seed) in ("read", "refused"), seed


def test_the_file_of_a_seed_is_always_the_same() -> None:
    tables = fuzz.seeds()
    assert all(fuzz.mutated(tables, seed) == fuzz.mutated(tables, seed) for seed in range(20))
