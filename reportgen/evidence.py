"""Turn an Analysis into evidence.json: every claim, the model and the preparation, for whoever wants to check.

The file is attached to the PDF and documented by ``reportgen/evidence.schema.json``. From it and the
table alone anyone can compute again which customer is in which segment, and every number in the text.
It holds nothing about a single customer.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from reportgen.results import Analysis, Brand, Claim, Condition, Sentence, Transform, Use

FORMAT = 1
MODEL_DIGITS = 12
"""Significant digits of model figures: beyond the noise of the last bit, so that the bytes are the same."""


def write_evidence(analysis: Analysis, brand: Brand) -> bytes:
    """evidence.json as UTF-8, keys in a fixed order, one claim per line."""
    head = {
        "format": FORMAT,
        "source": _source(analysis),
        "report": _report(analysis, brand),
        "preparation": _preparation(analysis),
        "model": _model(analysis),
        "segments": _segments(analysis),
    }
    claims = ",\n".join("    " + _dump(_claim(c)) for c in analysis.story.claims)
    body = json.dumps(_clean(head), ensure_ascii=False, indent=1, allow_nan=False)
    return (
        (body.rstrip("}\n") + ',\n "claims": [\n' + claims + "\n ]\n}\n").encode("utf-8")
        if claims
        else _empty(head)
    )


def _empty(head: dict[str, Any]) -> bytes:
    return (json.dumps(_clean({**head, "claims": []}), ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def _dump(value: object) -> str:
    return json.dumps(_clean(value), ensure_ascii=False, allow_nan=False)


def _clean(value: Any) -> Any:
    """JSON has no NaN: null stands for what does not exist; floats keep the digits that mean something."""
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return float(f"{value:.{MODEL_DIGITS}g}")
    if isinstance(value, dict):
        return {str(k): _clean(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(v) for v in value]
    return value


def _source(analysis: Analysis) -> dict[str, Any]:
    table, columns = analysis.table, analysis.columns
    return {
        "name": table.name,
        "sha256": table.sha256,
        "rows_read": columns.rows_read,
        "rows_used": columns.rows_used,
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "decimal": columns.decimal,
        "id_column": columns.id_column,
    }


def _texts(sentences: Sequence[Sentence]) -> list[str]:
    return [s.text for s in sentences]


def _report(analysis: Analysis, brand: Brand) -> dict[str, Any]:
    """What a message about the report needs to say, as it stands in the report."""
    story = analysis.story
    return {
        "title": story.title,
        "period": brand.period,
        "organisation": brand.organisation,
        "as_of": brand.as_of,
        "classification": brand.classification,
        "show_ids": brand.show_ids,
        "headline": _texts(story.headline),
        "deck": _texts(story.deck),
        "figures": [{"number": f.number.text, "caption": f.caption.text} for f in story.figures],
        "findings": [{"title": f.title.text, "body": _texts(f.body)} for f in story.findings],
        "actions": [{"title": a.title.text, "body": _texts(a.body)} for a in story.actions],
        "grade": _texts(story.grade),
    }


def _preparation(analysis: Analysis) -> list[dict[str, Any]]:
    fills = {f.column: f.filled_with for f in analysis.features.fills}
    ties = {f.column: f.tied_to for f in analysis.features.fills}
    return [
        {
            "column": c.name,
            "role": str(c.role),
            "used_for": str(c.used_for),
            "reason": c.reason,
            "missing": c.missing,
            "filled_with": fills.get(c.name),
            "gaps_tied_to": ties.get(c.name) or None,
            "levels": list(c.levels) if c.levels and c.used_for is not Use.LEFT_OUT else None,
            "ordered": c.ordered,
            "derived_from": c.derived_from or None,
            "derivation": c.derivation or None,
        }
        for c in analysis.columns.columns
    ]


def _model(analysis: Analysis) -> dict[str, Any]:
    clustering = analysis.clustering
    order = [s.cluster for s in analysis.segments]
    return {
        "k": clustering.k,
        "seed": clustering.seed,
        "columns": [t.column for t in analysis.features.transforms],
        "scaling": analysis.features.scaling,
        "transform": {t.column: _transform(t) for t in analysis.features.transforms},
        "centroids": clustering.centroids[order].tolist(),
        "grade": str(clustering.grade),
        "measures": _measures(analysis),
        "candidates": [asdict(c) for c in clustering.candidates],
        "anomaly": {"columns": list(analysis.columns.behaviour)},
        "software": {name: version(name) for name in ("numpy", "scikit-learn", "fastcluster")},
    }


def _transform(transform: Transform) -> dict[str, Any]:
    plain = asdict(transform)
    del plain["column"]
    plain["lambda"] = plain.pop("lambda_")
    kept = {k: v for k, v in plain.items() if v not in (None, (), {})}
    kept["groups"] = dict(transform.groups)
    if not kept["groups"]:
        del kept["groups"]
    return kept


def _measures(analysis: Analysis) -> dict[str, Any]:
    """Figures about the model: what claims with the statistic ``measure`` refer to, by name and segment."""
    clustering, hierarchy, detection = analysis.clustering, analysis.hierarchy, analysis.detection
    order = [s.cluster for s in analysis.segments]
    measures: dict[str, Any] = {
        "gap": clustering.gap,
        "inertia": clustering.inertia,
        "silhouette": clustering.silhouette[order].tolist(),
        "borderline_by_segment": clustering.borderline[order].tolist(),
        "adjusted_rand": hierarchy.adjusted_rand,
        "tentative": clustering.tentative,
        "unusual_threshold": detection.threshold,
        "extreme_threshold": detection.extreme_threshold,
    }
    for claim in analysis.story.claims:
        fact = claim.shown.fact
        if fact.statistic == "measure":
            measures[measure_key(fact.column, fact.segments)] = fact.value
    return measures


def measure_key(name: str, segments: Sequence[str]) -> str:
    """The key of a measure in ``model.measures``: ``stability``, ``stability:S1``."""
    return ":".join((name, "+".join(segments))) if segments else name


def _segments(analysis: Analysis) -> list[dict[str, Any]]:
    return [
        {
            "id": s.id,
            "name": s.name,
            "rule": s.rule,
            "conditions": [_condition(c) for c in s.conditions],
            "size": s.size,
            "share": s.share,
            "stability": s.stability,
            "tentative": s.tentative,
        }
        for s in analysis.segments
    ]


def _condition(condition: Condition) -> dict[str, Any]:
    plain: dict[str, Any] = {"column": condition.column, "op": condition.op}
    if condition.op != "missing":
        plain["value"] = condition.value
    if condition.of:
        plain["of"] = list(condition.of)
    return plain


def _where(conditions: Sequence[Condition]) -> dict[str, Any] | None:
    if not conditions:
        return None
    if len(conditions) == 1:
        return _condition(conditions[0])
    return {"all": [_condition(c) for c in conditions]}


def _claim(claim: Claim) -> dict[str, Any]:
    fact = claim.shown.fact
    plain: dict[str, Any] = {
        "id": claim.id,
        "where": claim.where,
        "text": claim.text,
        "statistic": fact.statistic,
        "column": fact.column or None,
        "segment": "+".join(fact.segments) or None,
        "where_column": _where(fact.where),
        "value": fact.value,
        "shown": claim.shown.text,
        "unit": claim.shown.unit,
    }
    if claim.shown.scale != 1.0:
        plain["scale"] = claim.shown.scale
    if fact.against:
        plain["against"] = list(fact.against)
    return plain
