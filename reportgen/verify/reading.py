"""Turn the evidence inside a PDF into typed values, trusting nothing in it.

The evidence is read as what it is: a file from outside. Every key that is used is looked up with its type,
its size is bounded, and whatever is wrong becomes one ReportError that names the key.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from reportgen.errors import ReportError

FORMAT = 1
"""The only format of evidence.json so far."""
MOST_BYTES = 64_000_000
MOST_CLAIMS = 20_000
MOST_COLUMNS = 10_000
MOST_SEGMENTS = 64
MOST_TEXT = 20_000
"""Characters of one sentence."""
MOST_KNOTS = 100_000

STATISTICS = (
    "count", "share_of_customers", "mean", "median", "sum", "share_of_total", "ratio_to_average",
    "share_where", "rank", "mix", "difference", "auc", "measure",
)  # fmt: skip
OPERATORS = (">", ">=", "<", "<=", "==", "!=", "missing")


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """A condition on one customer's raw value."""

    column: str
    op: str
    value: float | str
    of: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """One entry of ``claims``."""

    id: str
    where: str
    text: str
    statistic: str
    column: str
    segments: tuple[str, ...]
    """Empty: everyone."""
    conditions: tuple[Condition, ...]
    value: float
    """NaN for null."""
    shown: str
    unit: str
    scale: float
    """What the value is multiplied by before it is written: 1000 where the column is in thousands."""
    against: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """How one column becomes its part of the feature matrix: one entry of ``model.transform``."""

    column: str
    kind: str
    method: str
    fill: float | None
    power: float | None
    low: float | None
    high: float | None
    center: float
    scale: float
    knots: tuple[float, ...]
    levels: tuple[str, ...]
    groups: Mapping[str, str]
    shares: tuple[float, ...]
    weight: float

    @property
    def width(self) -> int:
        """Columns of the matrix."""
        return 1 if self.kind == "numeric" else len(self.levels)


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """One entry of ``segments``."""

    id: str
    name: str
    rule: str
    conditions: tuple[Condition, ...]
    size: int
    share: float
    stability: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """One entry of ``preparation``."""

    column: str
    role: str
    used_for: str
    missing: int
    levels: tuple[str, ...]
    derived_from: str
    gaps_tied_to: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """evidence.json, as far as it is checked."""

    sha256: str
    source: str
    rows_read: int
    rows_used: int
    encoding: str
    delimiter: str
    decimal: str
    id_column: str | None
    report: Mapping[str, Any]
    preparation: tuple[Prepared, ...]
    k: int
    seed: int
    steps: tuple[Step, ...]
    centroids: tuple[tuple[float, ...], ...]
    grade: str
    measures: Mapping[str, float]
    """Only single numbers; lists by segment are ``key:S1`` ..."""
    anomaly_columns: tuple[str, ...] | None
    software: Mapping[str, str]
    segments: tuple[Segment, ...]
    claims: tuple[Claim, ...]


def parse(data: bytes, name: str) -> Evidence:
    """Read evidence.json; ``name`` is the report's, for messages.

    Raises
    ------
    ReportError
        It is no evidence of a format known here; says which key is wrong.
    """
    return _Reader(name).evidence(_load(data, name))


def _load(data: bytes, name: str) -> Any:
    if len(data) > MOST_BYTES:
        raise ReportError(
            f"{name}: its evidence.json is larger than {MOST_BYTES // 1_000_000} MB; ask for the report again"
        )

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) != len(items):
            raise ValueError("a key stands twice in one object")
        return found

    def constant(text: str) -> NoReturn:
        raise ValueError(f"{text} is no number in JSON")

    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=pairs, parse_constant=constant)
    except RecursionError:
        reason = "it is nested too deeply"
    except (UnicodeDecodeError, ValueError) as error:
        reason = str(error)[:120]
    raise ReportError(f"{name}: its evidence.json cannot be read ({reason}); ask for the report again")


class _Reader:
    """Looks keys up with their type; a wrong one ends the run by its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def wrong(self, key: str, what: str) -> NoReturn:
        raise ReportError(f"{self.name}: evidence.json, {key}: {what}; the report was changed or is not ours")

    def get(self, holder: Any, key: str, where: str) -> Any:
        if not isinstance(holder, dict):
            self.wrong(where or "top level", "should be an object")
        if key not in holder:
            self.wrong(f"{where}.{key}".lstrip("."), "is missing")
        return holder[key]

    def text(self, value: Any, key: str, most: int = MOST_TEXT) -> str:
        if not isinstance(value, str) or len(value) > most:
            self.wrong(key, "should be a text" if not isinstance(value, str) else "is too long")
        return value

    def optional(self, value: Any, key: str) -> str:
        return "" if value is None else self.text(value, key)

    def number(self, value: Any, key: str) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.wrong(key, "should be a number")
        try:
            found = float(value)
        except OverflowError:
            found = math.inf
        if not math.isfinite(found) or abs(found) > 1e300:
            self.wrong(key, "is too large a number")
        return found

    def whole(self, value: Any, key: str, low: int, high: int) -> int:
        found = self.number(value, key)
        if found != math.floor(found) or not low <= found <= high:
            self.wrong(key, f"should be a whole number from {low:,} to {high:,}")
        return int(found)

    def items(self, value: Any, key: str, most: int) -> list[Any]:
        if not isinstance(value, list) or len(value) > most:
            self.wrong(
                key, "should be a list" if not isinstance(value, list) else f"has more than {most:,} entries"
            )
        return value

    def texts(self, value: Any, key: str, most: int = MOST_COLUMNS) -> tuple[str, ...]:
        if value is None:
            return ()
        return tuple(self.text(item, f"{key}[{i}]") for i, item in enumerate(self.items(value, key, most)))

    def numbers(self, value: Any, key: str, most: int) -> tuple[float, ...]:
        return tuple(self.number(item, f"{key}[{i}]") for i, item in enumerate(self.items(value, key, most)))

    # ------------------------------------------------------------------ parts

    def evidence(self, raw: Any) -> Evidence:
        version = self.get(raw, "format", "")
        if isinstance(version, int) and not isinstance(version, bool) and version > FORMAT:
            raise ReportError(
                f"{self.name}: its evidence has format {version:.6g}, and this version of reportgen reads {FORMAT}; "
                "verify it with the version that made it, or a newer one"
            )
        if version != FORMAT or isinstance(version, bool):
            self.wrong("format", f"should be {FORMAT}")
        source, model = self.get(raw, "source", ""), self.get(raw, "model", "")
        k = self.whole(self.get(model, "k", "model"), "model.k", 1, MOST_SEGMENTS)
        report = raw.get("report", {})
        if not isinstance(report, dict):
            self.wrong("report", "should be an object")
        segments = self.segments(self.get(raw, "segments", ""), k)
        preparation = self.preparation(self.get(raw, "preparation", ""))
        id_column = source.get("id_column") if isinstance(source, dict) else None
        anomaly = model.get("anomaly")
        if anomaly is not None and not isinstance(anomaly, dict):
            self.wrong("model.anomaly", "should be an object")
        software = model.get("software", {})
        if not isinstance(software, dict):
            self.wrong("model.software", "should be an object")
        return Evidence(
            sha256=self.text(self.get(source, "sha256", "source"), "source.sha256", 64),
            source=self.text(self.get(source, "name", "source"), "source.name"),
            rows_read=self.whole(self.get(source, "rows_read", "source"), "source.rows_read", 1, 10**10),
            rows_used=self.whole(self.get(source, "rows_used", "source"), "source.rows_used", 1, 10**10),
            encoding=self.text(self.get(source, "encoding", "source"), "source.encoding", 300),
            delimiter=self.text(self.get(source, "delimiter", "source"), "source.delimiter", 4),
            decimal=self.text(self.get(source, "decimal", "source"), "source.decimal", 1),
            id_column=None if id_column is None else self.text(id_column, "source.id_column"),
            report=report,
            preparation=preparation,
            k=k,
            seed=self.whole(self.get(model, "seed", "model"), "model.seed", 0, 2**63 - 1),
            steps=self.steps(model),
            centroids=self.centroids(self.get(model, "centroids", "model"), k),
            grade=self.text(self.get(model, "grade", "model"), "model.grade", 20),
            measures=self.measures(self.get(model, "measures", "model"), segments),
            anomaly_columns=None
            if anomaly is None
            else self.texts(self.get(anomaly, "columns", "model.anomaly"), "model.anomaly.columns"),
            software={
                str(key): self.text(value, f"model.software.{key}", 60) for key, value in software.items()
            },
            segments=segments,
            claims=self.claims(self.get(raw, "claims", ""), segments),
        )

    def preparation(self, raw: Any) -> tuple[Prepared, ...]:
        found = []
        for i, item in enumerate(self.items(raw, "preparation", MOST_COLUMNS)):
            at = f"preparation[{i}]"
            found.append(
                Prepared(
                    column=self.text(self.get(item, "column", at), f"{at}.column"),
                    role=self.text(self.get(item, "role", at), f"{at}.role", 40),
                    used_for=self.text(self.get(item, "used_for", at), f"{at}.used_for", 40),
                    missing=self.whole(self.get(item, "missing", at), f"{at}.missing", 0, 10**10),
                    levels=self.texts(item.get("levels"), f"{at}.levels"),
                    derived_from=self.optional(item.get("derived_from"), f"{at}.derived_from"),
                    gaps_tied_to=self.optional(item.get("gaps_tied_to"), f"{at}.gaps_tied_to"),
                )
            )
        if len({p.column for p in found}) != len(found):
            self.wrong("preparation", "names a column twice")
        return tuple(found)

    def steps(self, model: Any) -> tuple[Step, ...]:
        columns = self.texts(self.get(model, "columns", "model"), "model.columns")
        transforms = self.get(model, "transform", "model")
        if (
            not isinstance(transforms, dict)
            or set(transforms) != set(columns)
            or len(set(columns)) != len(columns)
        ):
            self.wrong("model.transform", "should have one entry for each of model.columns")
        if not columns:
            self.wrong("model.columns", "is empty")
        return tuple(self.step(column, transforms[column]) for column in columns)

    def step(self, column: str, raw: Any) -> Step:
        at = f"model.transform.{column}"
        kind = self.text(self.get(raw, "kind", at), f"{at}.kind", 20)
        method = self.text(raw.get("method", "identity"), f"{at}.method", 20)
        if kind not in ("numeric", "category") or method not in ("yeo-johnson", "log", "rank", "identity"):
            self.wrong(at, "has a kind or method that is not known")

        def number(key: str) -> float | None:
            return None if raw.get(key) is None else self.number(raw[key], f"{at}.{key}")

        groups = raw.get("groups", {})
        if not isinstance(groups, dict) or not all(isinstance(v, str) for v in groups.values()):
            self.wrong(f"{at}.groups", "should name a level for each level")
        step = Step(
            column=column, kind=kind, method=method, fill=number("fill"), power=number("lambda"),
            low=number("low"), high=number("high"),
            center=number("center") or 0.0, scale=1.0 if number("scale") is None else number("scale") or 0.0,
            knots=self.numbers(raw.get("knots", []), f"{at}.knots", MOST_KNOTS),
            levels=self.texts(raw.get("levels"), f"{at}.levels"), groups=groups,
            shares=self.numbers(raw.get("shares", []), f"{at}.shares", MOST_COLUMNS),
            weight=1.0 if number("weight") is None else number("weight") or 0.0,
        )  # fmt: skip
        if (
            step.scale == 0
            or len(step.shares) != len(step.levels)
            or any(share <= 0 for share in step.shares)
        ):
            self.wrong(at, "cannot be calculated with")
        if (kind == "category" and not step.levels) or (method == "rank" and len(step.knots) < 2):
            self.wrong(at, "is not complete")
        return step

    def centroids(self, raw: Any, k: int) -> tuple[tuple[float, ...], ...]:
        rows = self.items(raw, "model.centroids", MOST_SEGMENTS)
        if len(rows) != k:
            self.wrong("model.centroids", f"has {len(rows)} rows for {k} segments")
        return tuple(self.numbers(row, f"model.centroids[{i}]", MOST_KNOTS) for i, row in enumerate(rows))

    def measures(self, raw: Any, segments: tuple[Segment, ...]) -> dict[str, float]:
        if not isinstance(raw, dict) or len(raw) > MOST_CLAIMS:
            self.wrong("model.measures", "should be an object")
        found: dict[str, float] = {}
        for key, value in raw.items():
            if value is None or isinstance(value, bool):
                continue
            if isinstance(value, list):
                numbers = self.numbers(value, f"model.measures.{key}", MOST_SEGMENTS)
                found.update((f"{key}:{s.id}", v) for s, v in zip(segments, numbers, strict=False))
            else:
                found[key] = self.number(value, f"model.measures.{key}")
        return found

    def segments(self, raw: Any, k: int) -> tuple[Segment, ...]:
        found = []
        for i, item in enumerate(self.items(raw, "segments", MOST_SEGMENTS)):
            at = f"segments[{i}]"
            stability = self.get(item, "stability", at)
            found.append(
                Segment(
                    id=self.text(self.get(item, "id", at), f"{at}.id", 10),
                    name=self.text(self.get(item, "name", at), f"{at}.name", 300),
                    rule=self.text(self.get(item, "rule", at), f"{at}.rule"),
                    conditions=tuple(
                        self.condition(c, f"{at}.conditions[{j}]")
                        for j, c in enumerate(self.items(item.get("conditions", []), f"{at}.conditions", 20))
                    ),
                    size=self.whole(self.get(item, "size", at), f"{at}.size", 0, 10**10),
                    share=self.number(self.get(item, "share", at), f"{at}.share"),
                    stability=math.nan if stability is None else self.number(stability, f"{at}.stability"),
                )
            )
        if [s.id for s in found] != [f"S{i + 1}" for i in range(k)]:
            self.wrong("segments", f"should be S1 to S{k}, in this order")
        return tuple(found)

    def condition(self, raw: Any, at: str) -> Condition:
        op = self.text(self.get(raw, "op", at), f"{at}.op", 10)
        if op not in OPERATORS:
            self.wrong(f"{at}.op", f"should be one of {' '.join(OPERATORS)}")
        value: float | str = 0.0
        if op != "missing":
            given = self.get(raw, "value", at)
            value = (
                self.text(given, f"{at}.value")
                if isinstance(given, str)
                else self.number(given, f"{at}.value")
            )
        return Condition(
            column=self.text(self.get(raw, "column", at), f"{at}.column"), op=op, value=value,
            of=self.texts(raw.get("of"), f"{at}.of", 100),
        )  # fmt: skip

    def claims(self, raw: Any, segments: tuple[Segment, ...]) -> tuple[Claim, ...]:
        found = [
            self.claim(item, f"claims[{i}]") for i, item in enumerate(self.items(raw, "claims", MOST_CLAIMS))
        ]
        if len({claim.id for claim in found}) != len(found):
            self.wrong("claims", "has an id twice")
        known = {s.id for s in segments}
        for claim in found:
            if not known.issuperset(claim.segments) or len(set(claim.segments)) != len(claim.segments):
                self.wrong(f"claims, {claim.id}.segment", "names a segment that is not there, or one twice")
        return tuple(found)

    def claim(self, raw: Any, at: str) -> Claim:
        statistic = self.text(self.get(raw, "statistic", at), f"{at}.statistic", 40)
        if statistic not in STATISTICS:
            self.wrong(f"{at}.statistic", "is not a statistic that is known")
        where = raw.get("where_column")
        conditions = (
            where.get("all", [where]) if isinstance(where, dict) else ([] if where is None else where)
        )
        segment = self.optional(self.get(raw, "segment", at), f"{at}.segment")
        value = self.get(raw, "value", at)
        return Claim(
            id=self.text(self.get(raw, "id", at), f"{at}.id", 40),
            where=self.text(self.get(raw, "where", at), f"{at}.where", 60),
            text=self.text(self.get(raw, "text", at), f"{at}.text"),
            statistic=statistic,
            column=self.optional(self.get(raw, "column", at), f"{at}.column"),
            segments=tuple(segment.split("+")) if segment else (),
            conditions=tuple(
                self.condition(c, f"{at}.where_column[{i}]")
                for i, c in enumerate(self.items(conditions, f"{at}.where_column", 20))
            ),
            value=math.nan if value is None else self.number(value, f"{at}.value"),
            shown=self.text(self.get(raw, "shown", at), f"{at}.shown", 200),
            unit=self.text(self.get(raw, "unit", at), f"{at}.unit", 40),
            scale=self.number(raw.get("scale", 1.0), f"{at}.scale"),
            against=self.texts(raw.get("against"), f"{at}.against", 100),
        )
