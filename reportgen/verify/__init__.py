"""Turn a report and a table into which claims hold, with code that shares nothing with the code that made them.

The report's PDF carries evidence.json: the model, and every claim with its statistic, value and text. Here the
table is read, each customer is put into a segment by the model, every statistic is computed again from raw
values, every number is compared with the way it is written, and every sentence is looked for on the pages
(METHODS.md 7: "claim truth", 100 %). ``evidence.md`` beside this package tells outsiders how to do the same.

Reading and typing the table is shared with ``build`` (``readers``, ``columns``), and checked against a second, plain
reading of the cells; nothing else is.
"""

from __future__ import annotations

import math
from pathlib import Path

from reportgen.errors import ReportError
from reportgen.verify import consistency, model, pages, reading, shown, table, text
from reportgen.verify.consistency import write
from reportgen.verify.results import Checked, Failure, VerifyResult
from reportgen.verify.statistics import Calculator, NotComputable, same

__all__ = ["Checked", "Failure", "VerifyResult", "verify"]

OTHER_TABLE = 0.5
"""When another file is given and a larger share of its figures would be written otherwise, it is another table: one
changed row moves many figures, but few of them far enough to be written otherwise."""


def verify(report: Path, data: Path) -> VerifyResult:
    """Check every claim of ``report`` against ``data``.

    Raises
    ------
    ReportError
        The PDF is not a report of ours, is not whole, or is not about this table; says which.
    InputError
        ``data`` cannot be read as a table.
    """
    document = pages.open_report(report)
    evidence = reading.parse(document.evidence, document.name)
    customers = table.read_customers(data, evidence, document.name)
    applied = model.apply(evidence, customers, document.name)
    calculator = Calculator(evidence, customers, applied)
    words = text.read(document, evidence)

    levels = {prepared.column: prepared.levels for prepared in evidence.preparation}
    numbers: list[Failure] = []
    checked: list[Checked] = []
    wrong_figures = recomputed = 0
    for claim in evidence.claims:
        how = "recomputed"
        said = write(claim.value)

        def fail(expected: str, found: str, claim: reading.Claim = claim) -> None:
            numbers.append(
                Failure(id=claim.id, where=claim.where, text=claim.text, expected=expected, found=found)
            )

        if claim.statistic == "measure":
            key = ":".join((claim.column, "+".join(claim.segments))) if claim.segments else claim.column
            measure = evidence.measures.get(key)
            if measure is None or not same(claim.value, measure):
                fail(said, f"{write(measure)} in the evidence's model.measures")
            stability = consistency.stability(evidence, claim.column, claim.segments)
            if stability is not None and not same(claim.value, stability):
                fail(said, f"{write(stability)} by the evidence's segments")
        try:
            value, scale = calculator.compute(claim)
            recomputed += 1
            if not same(claim.value, value, scale) and not _tied(claim.value, value, applied.tied):
                wrong_figures += bool(
                    shown.disagreement(
                        claim.shown, claim.unit, value * claim.scale, levels.get(claim.column, ())
                    )
                )
                fail(f"{claim.shown} ({said})", write(value))
        except NotComputable as error:
            if str(error) == "evidence only":
                how = "evidence only"
            else:
                fail(claim.shown, f"not computable: {error}")
        reason = shown.disagreement(
            claim.shown, claim.unit, claim.value * claim.scale, levels.get(claim.column, ())
        )
        if reason:
            fail(claim.shown, reason)
        column = customers.columns.get(claim.column)
        if claim.scale != 1.0 and (column is None or claim.scale != column.scale):
            fail(f"{claim.shown}, in units of {claim.scale:g}", "no such scale in the name of the column")
        order = consistency.superlative(claim, calculator)
        if order:
            fail(claim.text, order)
        checked.append(
            Checked(
                id=claim.id, where=claim.where, statistic=claim.statistic, how=how,  # type: ignore[arg-type]
                printed=words.printed[claim.id],  # type: ignore[arg-type]
            )
        )  # fmt: skip
    identical = customers.sha256 == evidence.sha256
    if not identical and recomputed and wrong_figures > OTHER_TABLE * recomputed:
        raise ReportError(
            f"{data.name}: not the table of {document.name}: {wrong_figures:,} of {recomputed:,} figures differ; "
            f"give the table that the report was made from (sha256 {evidence.sha256[:12]}...)"
        )
    other = [
        *customers.findings,
        *consistency.source(evidence, customers),
        *consistency.structure(evidence, calculator),
    ]
    claims_first = _once([*numbers, *text.spare(evidence), *words.failures, *other])
    places = {claim.id: i for i, claim in enumerate(evidence.claims)}
    claims_first.sort(key=lambda failure: places.get(failure.id, len(places)))
    return VerifyResult(
        claims=len(evidence.claims), failures=tuple(claims_first), checked=tuple(checked), identical=identical
    )


def _once(failures: list[Failure]) -> list[Failure]:
    return list(dict.fromkeys(failures))


def _tied(said: float, computed: float, tied: int) -> bool:
    """Customers exactly between two centroids may be counted with either: only counts can show it."""
    return tied > 0 and said == math.floor(said) and abs(said - computed) <= tied
