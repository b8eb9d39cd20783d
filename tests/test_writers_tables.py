"""segments.csv and customers/*.csv."""

from __future__ import annotations

import csv
import dataclasses
import io

import numpy as np
import pytest
from make_analysis import make_analysis

from reportgen.results import Analysis
from reportgen.writers import tables

FORMULAS = ["=1+1", "+1", "-2+3", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("http://e.x")']


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


def renamed(analysis: Analysis, customers: tuple[str, ...]) -> Analysis:
    return dataclasses.replace(analysis, columns=dataclasses.replace(analysis.columns, customers=customers))


def test_one_row_per_segment_with_mean_and_median_of_every_column() -> None:
    analysis = make_analysis(k=4)
    found = rows(tables.write_segments(analysis))
    assert [row["id"] for row in found] == ["S1", "S2", "S3", "S4"]
    assert sum(int(row["size"]) for row in found) == 800
    assert sum(float(row["share"]) for row in found) == pytest.approx(1)
    for column in analysis.profile.columns:
        j = analysis.profile.columns.index(column)
        line = analysis.profile.clusters.index(analysis.segments[0].cluster)
        assert float(found[0][f"{column} mean"]) == pytest.approx(analysis.profile.mean[line, j])
        assert float(found[0][f"{column} median"]) == pytest.approx(analysis.profile.median[line, j])


def test_every_customer_keeps_its_id_and_its_place() -> None:
    analysis = renamed(make_analysis(k=3, n=60), ("007", *map(str, range(59))))
    found = rows(tables.write_assignments(analysis))
    assert list(found[0]) == ["customer", "segment_id", "segment", "distance", "typicality", "anomaly_score"]
    assert [row["customer"] for row in found] == list(analysis.columns.customers)
    position = analysis.segment_index()
    assert [row["segment_id"] for row in found] == [analysis.segments[i].id for i in position]


def test_typicality_is_one_in_the_middle_and_falls_to_nought() -> None:
    analysis = make_analysis(k=3)
    typical, distance = tables.typicality(analysis), tables.own_distance(analysis)
    for cluster in range(3):
        mine = analysis.clustering.labels == cluster
        assert typical[mine][np.argmin(distance[mine])] == 1
        assert typical[mine][np.argmax(distance[mine])] == 0
        order = np.argsort(distance[mine])
        assert (np.diff(typical[mine][order]) <= 0).all()


@pytest.mark.parametrize("payload", FORMULAS)
def test_no_text_cell_is_a_formula(payload: str) -> None:
    analysis = renamed(make_analysis(k=2, n=60), (payload, *map(str, range(59))))
    segments = tuple(dataclasses.replace(s, name=payload) for s in analysis.segments)
    analysis = dataclasses.replace(analysis, segments=segments)
    assignments = rows(tables.write_assignments(analysis))
    assert assignments[0]["customer"] == "'" + payload
    assert assignments[0]["segment"] == "'" + payload
    assert rows(tables.write_segments(analysis))[0]["name"] == "'" + payload


def test_negative_numbers_stay_numbers() -> None:
    found = rows(tables.write_assignments(make_analysis(k=2)))
    assert any(float(row["anomaly_score"]) < 0 for row in found)


@pytest.mark.parametrize("awkward", ['a "b", c', "x\ny", "", "Ω≈ç", "＝1"])
def test_awkward_ids_come_back_as_they_were(awkward: str) -> None:
    analysis = renamed(make_analysis(k=2, n=60), (awkward, *map(str, range(59))))
    assert rows(tables.write_assignments(analysis))[0]["customer"] == awkward


def test_unusual_customers_highest_score_first() -> None:
    analysis = make_analysis(k=3)
    found = rows(tables.write_anomalies(analysis))
    assert list(found[0]) == list(tables.ANOMALY_COLUMNS)
    assert len(found) == len(analysis.story.cases)
    scores = [float(row["score"]) for row in found]
    assert scores == sorted(scores, reverse=True)
