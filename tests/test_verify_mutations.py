"""One thing that matters changed, in the table, in the evidence or on the pages: verify names it.

`make mutations` draws 200 at random; these are chosen by hand.
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from mutations import Original, change_page, make_original, other_number

from reportgen.errors import ReportError
from reportgen.verify import Failure

Evidence = dict[str, Any]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Original:
    return make_original(tmp_path_factory.mktemp("mutations"))


def ids(failures: tuple[Failure, ...]) -> set[str]:
    return {failure.id for failure in failures}


# --------------------------------------------------------------------------- cells

CELLS = [
    (3, "card_spend"), (40, "online_spend"), (77, "transactions"), (123, "balance_owed"), (200, "credit_limit"),
    (311, "payments"), (402, "minimum_payment"), (480, "age"), (555, "paid_in_full_share"), (599, "cash_withdrawals"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "name"), CELLS)
def test_a_changed_cell_shows_by_the_checksum_and_without_it(original: Original, row: int, name: str) -> None:
    column = original.cells[0].index(name)
    old = original.cells[row][column] or "77"
    table = original.with_cell(row, column, other_number(old, Random(row)))
    openly = original.check(original.pdf, table)
    assert "source" in ids(openly.failures)
    assert not openly.identical
    evidence = copy.deepcopy(original.evidence)
    evidence["source"]["sha256"] = hashlib.sha256(table.read_bytes()).hexdigest()
    behind = original.check(original.with_evidence(evidence), table)
    assert behind.identical
    assert behind.failures
    # The checksum is also printed in the table of what was read.
    assert ids(behind.failures) - {"text"} == ids(openly.failures) - {"source"}


def test_a_row_for_another_segment_names_the_claims_about_both(original: Original) -> None:
    cells = original.cells
    spend = [float(row[cells[0].index("card_spend")] or 0) for row in cells[1:]]
    most, least = spend.index(max(spend)) + 1, spend.index(min(spend)) + 1
    changed = [*cells[:most], [cells[most][0], *cells[least][1:]], *cells[most + 1 :]]
    table = original.folder / "changed.csv"
    table.write_text("".join(",".join(line) + "\n" for line in changed), encoding="utf-8")
    found = ids(original.check(original.pdf, table).failures)
    assert len(found) > 20
    assert {i for i in found if i.startswith("segment:")}


# --------------------------------------------------------------------------- evidence


def claim(evidence: Evidence, **wanted: Any) -> Evidence:
    return next(c for c in evidence["claims"] if all(c[key] == value for key, value in wanted.items()))


def set_claim(key: str, change: Callable[[Any], Any], **wanted: Any) -> Callable[[Evidence], str]:
    def apply(evidence: Evidence) -> str:
        found = claim(evidence, **wanted)
        found[key] = change(found[key])
        return str(found["id"])

    return apply


def at(change: Callable[[Evidence], Any], named: str) -> Callable[[Evidence], str]:
    def apply(evidence: Evidence) -> str:
        change(evidence)
        return named

    return apply


def digit(text: str) -> str:
    return re.sub(r"\d", lambda m: str((int(m[0]) + 1) % 9 + 1), text, count=1)


def put(path: str, value: Any) -> Callable[[Evidence], None]:
    def apply(evidence: Evidence) -> None:
        *way, last = [int(p) if p.isdigit() else p for p in path.split("/")]
        holder: Any = evidence
        for key in way:
            holder = holder[key]
        holder[last] = value(holder[last]) if callable(value) else value

    return apply


def up(value: float) -> float:
    return value * 1.0001 + 1e-6


def swapped(centroids: list[Any]) -> list[Any]:
    return [centroids[1], centroids[0], *centroids[2:]]


EVIDENCE: dict[str, Callable[[Evidence], str]] = {
    "count": set_claim("value", lambda v: v + 1, statistic="count", segment="S1"),
    "share of customers": set_claim("value", up, statistic="share_of_customers"),
    "mean": set_claim("value", up, statistic="mean", segment="S2"),
    "median": set_claim("value", up, statistic="median", segment="S1"),
    "share of total": set_claim("value", up, statistic="share_of_total"),
    "ratio": set_claim("value", up, statistic="ratio_to_average"),
    "share where": set_claim("value", up, statistic="share_where"),
    "measure": set_claim("value", lambda v: v + 1, statistic="measure", column="unusual", segment=None),
    "stability": set_claim("value", up, statistic="measure", column="stability"),
    "stability in the measures": at(put("model/measures/stability", up), "C"),
    "stability of a segment": at(put("segments/1/stability", up), "C"),
    "no value": set_claim("value", lambda v: None, statistic="mean"),
    "shown": set_claim("shown", digit, statistic="mean", segment="S1"),
    "shown percent": set_claim("shown", digit, unit="percent"),
    "shown ratio": set_claim("shown", lambda v: "twice the average", unit="ratio"),
    "shown word": set_claim("shown", lambda v: "nine", unit="word"),
    "text digit": set_claim("text", digit, statistic="share_of_total"),
    "text word": set_claim("text", lambda v: v.replace("customers", "accounts"), where="summary", unit="percent"),
    "segment of a claim": set_claim("segment", lambda v: "S2", statistic="mean", segment="S1"),
    "everyone of a claim": set_claim("segment", lambda v: None, statistic="median", segment="S1"),
    "column": set_claim("column", lambda v: "age", statistic="mean", segment="S1"),
    "statistic": set_claim("statistic", lambda v: "median", statistic="mean", segment="S1"),
    "condition": set_claim(
        "where_column", lambda v: {"column": "age", "op": ">", "value": 50.0}, statistic="share_where"
    ),
    "level that is not there": set_claim(
        "where_column", lambda v: {"column": "region", "op": "==", "value": "Moon"}, statistic="share_where"
    ),
    "column that is not there": set_claim("column", lambda v: "wealth", statistic="mean"),
    "checksum": at(put("source/sha256", "0" * 64), "source"),
    "rows read": at(put("source/rows_read", 601), "source"),
    "segment size": at(put("segments/0/size", lambda v: v + 1), "segment:S1"),
    "segment share": at(put("segments/1/share", up), "segment:S2"),
    "segment name": at(put("segments/2/name", "Loyal Customers"), "segment:S3"),
    "segment rule": at(put("segments/0/conditions/0", {"column": "age", "op": ">", "value": 1.0}), "segment:S1"),
    "grade": at(put("model/grade", "none"), "model"),
    "gap": at(put("model/measures/gap", 0.01), "model"),
    "centroid": at(put("model/centroids/0/0", lambda v: v + 0.2), "model"),
    "centroids swapped": at(put("model/centroids", swapped), "segment:S1"),
    "scale": at(put("model/transform/card_spend/scale", up), "model"),
    "power": at(put("model/transform/balance_owed/lambda", lambda v: v + 0.01), "model"),
    "seed": at(put("model/seed", 99), "model"),
    "columns of the score": at(put("model/anomaly/columns", lambda v: v[1:]), "model"),
    "missing": at(put("preparation/4/missing", lambda v: v + 1), "column:plan"),
    "headline": at(put("report/headline/0", digit), "text"),
    "figure": at(put("report/figures/0/number", "99%"), "text"),
}  # fmt: skip


@pytest.mark.parametrize("what", EVIDENCE)
def test_a_change_in_the_evidence_is_named(original: Original, what: str) -> None:
    evidence = copy.deepcopy(original.evidence)
    named = EVIDENCE[what](evidence)
    result = original.check(original.with_evidence(evidence), original.table)
    found = ids(result.failures)
    assert named in found or (named == "C" and any(i.startswith("C") for i in found)), [
        (f.id, f.expected, f.found) for f in result.failures[:5]
    ]


def test_the_most_of_all_groups_is_said_of_the_extreme_segment_only(original: Original) -> None:
    evidence = copy.deepcopy(original.evidence)
    found = next(
        c for c in evidence["claims"] if "of all groups" in c["text"].lower() and c["statistic"] == "mean"
    )
    turned = {"most": "least", "least": "most", "fewest": "most", "highest": "lowest", "lowest": "highest"}
    found["text"] = re.sub(r"the (\w+)", lambda m: f"the {turned.get(m[1], m[1])}", found["text"], count=1)
    failures = original.check(original.with_evidence(evidence), original.table).failures
    assert any(f.id == found["id"] and re.match(r"number \d+ of 3", f.found) for f in failures)


@pytest.mark.parametrize("name", ["columns_above", "columns_below"])
def test_sides_of_the_average_are_counted_again(original: Original, name: str) -> None:
    evidence = copy.deepcopy(original.evidence)
    told = next(c for c in evidence["claims"] if c["column"] in ("columns_above", "columns_below"))
    told["column"] = name
    told["value"] += 1
    evidence["model"]["measures"][f"{name}:{told['segment']}"] = told["value"]
    result = original.check(original.with_evidence(evidence), original.table)
    assert told["id"] in ids(result.failures)
    assert next(c.how for c in result.checked if c.id == told["id"]) == "recomputed"


def test_a_claim_that_is_gone_leaves_its_number_without_one(original: Original) -> None:
    evidence = copy.deepcopy(original.evidence)
    gone = next(c for c in evidence["claims"] if c["where"] == "summary" and c["unit"] == "percent")
    evidence["claims"] = [c for c in evidence["claims"] if c["text"] != gone["text"]]
    failures = original.check(original.with_evidence(evidence), original.table).failures
    assert any(f.id == "text" and gone["shown"].rstrip("%") in f.found for f in failures)


def test_another_number_of_segments_is_refused(original: Original) -> None:
    evidence = copy.deepcopy(original.evidence)
    evidence["model"]["k"] = 4
    with pytest.raises(ReportError, match="segments"):
        original.check(original.with_evidence(evidence), original.table)


# --------------------------------------------------------------------------- pages


def test_a_digit_on_a_page_is_named_with_what_should_stand_there(original: Original) -> None:
    sentence = next(
        c for c in original.evidence["claims"] if c["where"] == "summary" and c["unit"] == "percent"
    )
    wrong = sentence["text"].replace(sentence["shown"], digit(sentence["shown"]), 1)
    start = original.page.index('id="summary"')
    page = original.page[:start] + original.page[start:].replace(sentence["text"], wrong, 1)
    assert page != original.page
    failures = original.check(original.with_page(page), original.table).failures
    assert sentence["id"] in ids(failures)
    named = next(f for f in failures if f.id == sentence["id"])
    assert named.expected == sentence["text"]
    assert wrong in named.found


def test_a_sentence_that_was_put_in_belongs_to_no_claim(original: Original) -> None:
    page = original.page.replace(
        '<p class="trust">', '<p>Revenue will grow by 47% next year.</p><p class="trust">', 1
    )
    failures = original.check(original.with_page(page), original.table).failures
    assert any("47" in f.found and f.where == "page 3" for f in failures)


@pytest.mark.parametrize(("said", "stray"), [("S1", False), ("S2", True)])
def test_a_segments_page_may_say_its_own_id_only(original: Original, said: str, stray: bool) -> None:
    start = original.page.index("<h2", original.page.index('id="segment-S1"'))
    page = f"{original.page[:start]}<p>{said}</p>{original.page[start:]}"
    failures = original.check(original.with_page(page), original.table).failures
    assert any(f.text == said for f in failures) is stray


def test_a_table_on_a_page_repeats_the_evidence(original: Original) -> None:
    size = original.evidence["segments"][0]["size"]
    page = original.page.replace(f'<td class="n">{size}</td>', f'<td class="n">{size + 1}</td>', 1)
    assert page != original.page
    failures = original.check(original.with_page(page), original.table).failures
    assert any(f.found == str(size + 1) for f in failures)


@pytest.mark.parametrize("seed", range(2))
def test_numbers_on_the_pages_drawn_at_random(original: Original, seed: int) -> None:
    random = Random(seed)
    change = None
    while change is None:
        change = change_page(original, random)
    assert original.check(change.pdf, change.table).failures, change.what
