"""Rows that are copies of others: set aside where an id says that they are one customer, and only there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reportgen.readers import copies, read

N = 400
RNG = np.random.default_rng(5)
TABLE = pd.DataFrame(
    {"customer_id": range(1, N + 1), "spend": RNG.lognormal(4, 1, N).round(2), "visits": RNG.poisson(3, N)}
)
NONE = pd.DataFrame()


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("table", "left"),
    [
        (pd.concat([TABLE] * 2), N),
        (pd.concat([TABLE] * 3).sample(frac=1, random_state=2), N),
        (pd.concat([TABLE, TABLE.head(12)]), N),
        (pd.concat([TABLE, TABLE.head(12), TABLE.tail(3).assign(visits=99)]), N + 3),
        (pd.concat([TABLE[["spend", "visits"]]] * 2), 2 * N),  # two customers may be alike
        (pd.concat([TABLE, TABLE.assign(visits=-1)]), 2 * N),  # two months of each
        (pd.concat([TABLE.assign(customer_id=TABLE["visits"], spend=5)] * 2), 2 * N),  # groups
        (
            pd.concat([TABLE.head(40).assign(n=k // 8) for k in range(16)]),
            640,
        ),  # purchases, some of them alike
    ],
)
def test_copies_are_set_aside(tmp_path: Path, table: pd.DataFrame, left: int, suffix: str) -> None:
    path = tmp_path / f"t.{suffix}"
    if suffix == "csv":
        table.to_csv(path, index=False)
    else:
        table.astype(str).to_parquet(path, index=False)
    found = read(path)
    assert (len(found.cells), found.rows_read, len(found.set_aside)) == (left, len(table), len(table) - left)
    wanted = table.astype(str).reset_index(drop=True)
    if left < len(table):
        wanted = wanted.drop_duplicates()
        assert [row.line for row in found.set_aside] == [
            i + (2 if suffix == "csv" else 1) for i in range(len(table)) if i not in wanted.index
        ]
    assert found.cells.astype(str).to_numpy().tolist() == wanted.to_numpy().tolist()
    notes = [note for note in found.notes if note.code == "rows-copied"]
    assert [note.message.split(" rows ")[0] for note in notes] == (
        [f"{len(table) - left:,} of {len(table):,}"] if left < len(table) else []
    )
    assert "rows-set-aside" not in {note.code for note in found.notes}


def test_copies_beside_rows_that_do_not_fit_and_in_a_long_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "LOOKED_AT", 25)
    lines = TABLE.to_csv(index=False).splitlines()
    path = tmp_path / "t.csv"
    path.write_text("\n".join([*lines[:9], "1,2,3,4,5", *lines[9:12], lines[6], *lines[12:]]) + "\n")
    assert len(read(path).cells) == N + 1  # one in four hundred is not seen in a long table
    path.write_text("\n".join([*lines[:9], "1,2,3,4,5", *lines[9:], *lines[1:]]) + "\n")
    found = read(path)
    assert len(found.cells) == N
    assert [row.line for row in found.set_aside] == [10, *range(N + 3, 2 * N + 3)]
    total = f"Total,{TABLE['spend'].sum():.2f},{TABLE['visits'].sum()}"
    path.write_text("\n".join([*lines, total, *lines[1:]]) + "\n")
    found = read(path)
    assert [row.line for row in found.set_aside] == [N + 2, *range(N + 3, 2 * N + 3)]
