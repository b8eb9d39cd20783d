"""Turn what the evidence says of the file, the model and the segments into what of it does not hold."""

from __future__ import annotations

import math
import re

import numpy as np

from reportgen.verify.reading import Claim, Evidence
from reportgen.verify.results import Failure
from reportgen.verify.statistics import Calculator, NotComputable, same
from reportgen.verify.table import Customers

CLEAR, WEAK = 0.10, 0.03
"""Corrected gaps from which structure is graded clear or weak (METHODS.md 2.3)."""


def write(value: float | None) -> str:
    """A number in a message."""
    return "none" if value is None or math.isnan(value) else f"{value:.12g}"


def stability(evidence: Evidence, name: str, segments: tuple[str, ...]) -> float | None:
    """What the evidence's segments say of the measure ``stability``; None for other measures."""
    if name != "stability":
        return None
    chosen = [s for s in evidence.segments if s.id in segments or not segments]
    total = sum(s.size for s in chosen)
    return sum(s.size * s.stability for s in chosen) / total if total else None


_EXTREME = re.compile(
    r"\bthe (highest|lowest|most|least|fewest)\b.* of all (?:groups|segments)"
    r"|^Of all groups, .*\bthe (most|least|fewest)\b"
    r"|\bhave the (highest|lowest)\b"
)


def superlative(claim: Claim, calculator: Calculator) -> str:
    """``The highest ... of all groups``: the first claim of such a sentence must be the extreme one."""
    match = _EXTREME.search(
        claim.text[:1].lower() + claim.text[1:] if claim.text.startswith("The ") else claim.text
    )
    if match is None or claim.statistic != "mean" or len(claim.segments) != 1:
        return ""
    try:
        rank = calculator.rank(claim.column, claim.segments[0])
    except NotComputable:
        return ""
    wanted = 1 if (match[1] or match[2] or match[3]) in ("highest", "most") else calculator.evidence.k
    return "" if rank == wanted else f"number {rank} of {calculator.evidence.k}"


def source(evidence: Evidence, customers: Customers) -> list[Failure]:
    """What the evidence says of the file."""
    found = []
    for what, said, seen in (
        ("sha256", evidence.sha256, customers.sha256),
        ("rows_read", f"{evidence.rows_read:,}", f"{customers.rows_read:,}"),
        ("rows_used", f"{evidence.rows_used:,}", f"{customers.n:,}"),
    ):
        if said != seen:
            found.append(Failure(id="source", where="source", text=what, expected=said, found=seen))
    return found


def structure(evidence: Evidence, calculator: Calculator) -> list[Failure]:
    """Segments and model against the table and against themselves."""
    model = calculator.model
    found: list[Failure] = []

    def fail(at: str, what: str, expected: object, seen: object) -> None:
        found.append(Failure(id=at, where=at, text=what, expected=str(expected), found=str(seen)))

    sizes = np.bincount(model.labels, minlength=evidence.k)
    for i, segment in enumerate(evidence.segments):
        at = f"segment:{segment.id}"
        if abs(int(sizes[i]) - segment.size) > model.tied:
            fail(at, "size", f"{segment.size:,}", f"{int(sizes[i]):,}")
        if not same(segment.share, segment.size / calculator.n):
            fail(at, "share", write(segment.share), write(segment.size / calculator.n))
        if not math.isnan(segment.stability) and not 0 <= segment.stability <= 1:
            fail(at, "stability", write(segment.stability), "not between 0 and 1")
        stated = [
            c for c in evidence.claims if c.statistic == "share_where" and c.conditions == segment.conditions
        ]
        others = tuple(s.id for s in evidence.segments if s is not segment)
        if segment.conditions and not {(segment.id,), others} <= {c.segments for c in stated}:
            try:
                hit = write(calculator.hit(segment))
            except NotComputable as error:
                hit = str(error)
            fail(at, "rule", "a claim for how many the rule is true of", f"none; it is true of {hit}")
    if sum(s.size for s in evidence.segments) != calculator.n:
        fail(
            "segments",
            "sizes",
            f"{sum(s.size for s in evidence.segments):,} together",
            f"{calculator.n:,} customers",
        )
    gap = evidence.measures.get("gap")
    if gap is not None:
        grade = "clear" if gap >= CLEAR else "weak" if gap >= WEAK else "none"
        if grade != evidence.grade:
            fail("model", "grade", evidence.grade, f"{grade}, by a gap of {gap:.3f}")
    inertia = evidence.measures.get("inertia")
    if inertia is not None and not math.isclose(inertia, model.inertia, rel_tol=1e-6):
        fail("model", "inertia", write(inertia), write(model.inertia))
    for i, segment in enumerate(evidence.segments):
        stored = evidence.measures.get(f"borderline_by_segment:{segment.id}")
        mine = model.near[model.labels == i]
        if stored is not None and mine.size and abs(stored - mine.mean()) > (model.tied + 1e-6) / mine.size:
            fail(f"segment:{segment.id}", "borderline", write(stored), write(float(mine.mean())))
    unusual = calculator.unusual()
    if unusual is not None:
        for key, value in (
            ("unusual_threshold", unusual.threshold),
            ("extreme_threshold", unusual.extreme_threshold),
        ):
            stored = evidence.measures.get(key)
            if stored is not None and not math.isclose(stored, value, rel_tol=1e-6, abs_tol=1e-9):
                fail("model", key, write(stored), write(value))
    return found
