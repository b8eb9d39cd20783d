"""Change one thing that matters in a table, in a report's evidence or on its pages; verify must notice.

`make mutations` draws 200 of them: `python tests/mutations.py [HOW_MANY] [SEED]`. The table is the sample's first rows.
A cell is changed behind verify's back: the evidence then carries the checksum of the changed table, so that what the
model and the claims say of it has to show the change.
"""

from __future__ import annotations

import copy
import hashlib
import html
import io
import json
import math
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

import pypdfium2

from reportgen.errors import ReportgenError
from reportgen.verify import VerifyResult, verify

SAMPLE = Path(__file__).resolve().parent.parent / "sample_data" / "customers_2026_q3.csv"
ROWS = 600
NUMBER_WORDS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True)
class Original:
    """A report before anything was changed."""

    folder: Path
    table: Path
    pdf: bytes
    page: str
    """The HTML that it was typeset from."""
    report: Any

    @cached_property
    def evidence(self) -> dict[str, Any]:
        return json.loads(self.report.evidence)

    @cached_property
    def cells(self) -> list[list[str]]:
        return [line.split(",") for line in self.table.read_text(encoding="utf-8").splitlines()]

    # ------------------------------------------------------------------ changed copies

    def verified(self) -> VerifyResult:
        return self.check(self.pdf, self.table)

    def check(self, pdf: bytes, table: Path) -> VerifyResult:
        path = self.folder / "changed.pdf"
        path.write_bytes(pdf)
        return verify(path, table)

    def with_evidence(self, evidence: dict[str, Any] | bytes) -> bytes:
        data = evidence if isinstance(evidence, bytes) else json.dumps(evidence, ensure_ascii=False).encode()
        return replace_evidence(self.pdf, data)

    def with_page(self, page: str) -> bytes:
        from reportgen.writers import pdf

        return pdf.typeset(page, self.report).data

    def with_cell(self, row: int, column: int, text: str) -> Path:
        cells = [list(line) for line in self.cells]
        cells[row][column] = text
        path = self.folder / "changed.csv"
        path.write_text("".join(",".join(line) + "\n" for line in cells), encoding="utf-8")
        return path


def replace_evidence(pdf: bytes, data: bytes) -> bytes:
    document = pypdfium2.PdfDocument(pdf)
    for i in range(document.count_attachments()):
        attachment = document.get_attachment(i)
        if attachment.get_name() == "evidence.json":
            attachment.set_data(data)
    out = io.BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()


def make_original(folder: Path, *, rows: int = ROWS, segments: int = 3) -> Original:
    from reportgen import charts, evidence, pipeline, render
    from reportgen.config import resolve
    from reportgen.results import Brand, Report
    from reportgen.writers import pdf

    table = folder / "customers.csv"
    lines = SAMPLE.read_text(encoding="utf-8").splitlines()[: rows + 1]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    config = resolve({"segments": segments, "as_of": "2026-10-05"}, source=table)
    analysis = pipeline.analyse(table, config)
    brand = Brand(
        title=None, organisation=None, period=None, author=None, classification=None, accent=config.accent,
        logo=None, as_of=config.as_of,
    )  # fmt: skip
    report = Report(
        analysis=analysis, charts=charts.draw(analysis, accent=config.accent), brand=brand,
        evidence=evidence.write_evidence(analysis, brand),
    )  # fmt: skip
    page = render.render(report, medium="print")
    return Original(folder=folder, table=table, pdf=pdf.typeset(page, report).data, page=page, report=report)


# --------------------------------------------------------------------------- cells


@dataclass(frozen=True)
class Change:
    """One thing that was changed, and the files that came of it."""

    what: str
    pdf: bytes
    table: Path


def other_number(text: str, random: Random) -> str:
    """The number with another digit, or with one more: what a slip of a finger does."""
    digits = [i for i, c in enumerate(text) if c.isdigit()]
    i = random.choice(digits[: max(1, len(digits) - 1)])
    return text[:i] + random.choice([d for d in "123456789" if d != text[i]]) + text[i + 1 :]


def change_cell(original: Original, random: Random) -> Change | None:
    """A number or a word of a column that is used; the checksum in the evidence follows."""
    used = {p["column"]: p for p in original.evidence["preparation"] if p["used_for"] != "left out"}
    derived = {p["derived_from"] for p in used.values()} - {None}
    header = original.cells[0]
    column = random.choice([i for i, name in enumerate(header) if name in used or name in derived])
    row = random.randrange(1, len(original.cells))
    old = original.cells[row][column]
    levels = (used.get(header[column]) or {}).get("levels")
    if levels:
        new = random.choice([level for level in levels if level.casefold() != old.casefold()])
    elif not any(c.isdigit() for c in old):
        return None
    elif random.random() < 0.15:
        new = ""
    elif header[column] in derived:  # a date: another day of the month
        new = old[:-2] + f"{random.choice([d for d in range(1, 28) if d != int(old[-2:])]):02d}"
    else:
        new = other_number(old, random)
        if float(new) == float(old):
            return None
    table = original.with_cell(row, column, new)
    evidence = copy.deepcopy(original.evidence)
    evidence["source"]["sha256"] = hashlib.sha256(table.read_bytes()).hexdigest()
    return Change(
        f"cell: row {row}, {header[column]}: {old!r} becomes {new!r}", original.with_evidence(evidence), table
    )


# --------------------------------------------------------------------------- evidence


def other_value(value: float, random: Random) -> float:
    factor = random.choice([1.001, 0.99, 1.1, 2.0, 0.5])
    return value * factor if value else random.choice([0.01, 1.0])


def change_evidence(original: Original, random: Random) -> Change | None:
    """One entry of the evidence: a claim's, the model's, a segment's, or the source's."""
    evidence = copy.deepcopy(original.evidence)
    what = random.choice(
        (change_claim, change_claim, change_claim, change_model, change_segment, change_rest)
    )(evidence, random)
    if what is None:
        return None
    return Change(f"evidence: {what}", original.with_evidence(evidence), original.table)


def change_claim(evidence: dict[str, Any], random: Random) -> str | None:
    claim = random.choice(evidence["claims"])
    key = random.choice(
        ("value", "value", "shown", "shown", "text", "text", "segment", "column", "where_column")
    )
    old = claim[key]
    if key == "value":
        claim["value"] = other_value(old, random)
    elif key == "shown":
        claim["shown"] = slip(old, random)
    elif key == "text":
        claim["text"] = slip(old, random)
    elif key == "segment":
        ids = [s["id"] for s in evidence["segments"]]
        claim["segment"] = random.choice([i for i in [*ids, None] if i != old])
        if claim["statistic"] == "measure" and claim["column"] in ("k", "rows_used", "columns_used"):
            return None
    elif key == "column":
        if old is None or claim["statistic"] in ("count", "share_where", "share_of_customers", "measure"):
            return None
        names = [
            p["column"] for p in evidence["preparation"] if p["role"] in ("amount", "balance", "count", "age")
        ]
        claim["column"] = random.choice([name for name in names if name != old])
    else:
        if not old:
            return None
        condition = random.choice(old["all"]) if "all" in old else old
        if isinstance(condition.get("value"), float):
            condition["value"] = condition["value"] * 1.5 + 1
        elif condition["op"] != "missing":
            condition["op"] = "!="
        else:
            return None
    return (
        None
        if claim[key] == old and key != "where_column"
        else f"{claim['id']}.{key}: {old!r} becomes {claim[key]!r}"
    )


def slip(text: str, random: Random) -> str:
    """Another digit, or another number word, in a text."""
    digits = list(re.finditer(r"\d+", text))
    if digits:
        m = random.choice(digits)
        return text[: m.start()] + other_digit(m[0], random) + text[m.end() :]
    for word in ("all", "none", "half", "twice", "about"):
        if re.search(rf"\b{word}\b", text, flags=re.IGNORECASE):
            return re.sub(rf"\b{word}\b", "one customer in nine", text, count=1, flags=re.IGNORECASE)
    words = [m for m in re.finditer(r"\w+", text) if m[0].lower() in NUMBER_WORDS]
    if not words:
        return text
    m = random.choice(words)
    new = random.choice([w for w in NUMBER_WORDS if w != m[0].lower()])
    return text[: m.start()] + (new.capitalize() if m[0][0].isupper() else new) + text[m.end() :]


def other_digit(number: str, random: Random) -> str:
    i = random.randrange(len(number))
    return number[:i] + random.choice([d for d in "123456789" if d != number[i]]) + number[i + 1 :]


def change_model(evidence: dict[str, Any], random: Random) -> str | None:
    model = evidence["model"]
    kind = random.choice(("centroid", "transform", "measure", "k", "columns", "gap"))
    if kind == "centroid":
        i, j = random.randrange(model["k"]), random.randrange(len(model["centroids"][0]))
        model["centroids"][i][j] += random.choice([0.01, -0.2, 1.0])
        return f"centroid {i}, {j}"
    if kind == "transform":
        column = random.choice(model["columns"])
        step = model["transform"][column]
        keys = ("weight",) if step["kind"] == "category" else ("lambda", "center", "scale", "low", "high")
        key = random.choice([k for k in keys if isinstance(step.get(k), float)])
        if key in ("low", "high") and step[key] == 0.0:
            return None
        inward = {"low": 0.9, "high": 0.9}
        step[key] = step[key] * inward.get(key, 1.02) if step[key] else 0.02
        if key == "low" and original_low_is_slack(step):
            return None
        return f"transform of {column}, {key}"
    if kind == "measure":
        named = sorted(
            {c["column"] for c in evidence["claims"] if c["statistic"] == "measure" and not c["segment"]}
        )
        key = random.choice([n for n in named if n in model["measures"]])
        model["measures"][key] += 1
        return f"measure {key}"
    if kind == "k":
        model["k"] += 1
        return "k"
    if kind == "gap":
        old = model["grade"]
        model["grade"] = random.choice([g for g in ("clear", "weak", "none") if g != old])
        return "grade"
    model["columns"] = model["columns"][::-1]
    return "order of the columns"


def original_low_is_slack(step: dict[str, Any]) -> bool:
    """A lower limit of nearly nothing limits nobody."""
    return math.isclose(step["low"], 0.0, abs_tol=1e-6)


def change_segment(evidence: dict[str, Any], random: Random) -> str | None:
    segment = random.choice(evidence["segments"])
    key = random.choice(("name", "size", "share", "stability", "conditions"))
    old = segment[key]
    if key == "name":
        segment["name"] = old.replace("High", "Low") if "High" in old else "Loyal " + old
    elif key == "size":
        segment["size"] += random.choice([-1, 1, 10])
    elif key == "conditions":
        if not old:
            return None
        segment["conditions"] = old[:-1] if len(old) > 1 else [{**old[0], "op": "missing"}]
        if not segment["conditions"]:
            return None
    else:
        segment[key] = old * 0.99
    return f"{segment['id']}.{key}"


def change_rest(evidence: dict[str, Any], random: Random) -> str | None:
    key = random.choice(("sha256", "rows_used", "rows_read", "headline", "missing", "role"))
    if key == "sha256":
        evidence["source"]["sha256"] = "0" * 64
    elif key in ("rows_used", "rows_read"):
        evidence["source"][key] += 1
    elif key == "headline":
        evidence["report"]["headline"][0] = slip(evidence["report"]["headline"][0], random)
    else:
        prepared = random.choice(evidence["preparation"])
        prepared[key] = (
            prepared[key] + 1 if key == "missing" else "recency" if prepared["role"] != "recency" else "count"
        )
    return key


# --------------------------------------------------------------------------- pages


def places(original: Original) -> list[tuple[int, int, str]]:
    """(start, end, text) of numbers in the prose of the page: digits, and number words of claims."""
    page = original.page
    begin, end = page.index('id="summary"'), page.index('id="quality"')
    hidden = [
        m.span()
        for m in re.finditer(
            r"<table.*?</table>|<svg.*?</svg>|<[^>]*>|Exhibit \d+\.|\bPage \d+", page, re.DOTALL
        )
    ]
    hidden += [m.span() for m in re.finditer(r'<div class="ordinal">.*?</div>', page, re.DOTALL)]
    hidden += [m.span() for m in re.finditer(r"&#?\w+;", page)]
    found = []
    words = "|".join(NUMBER_WORDS)
    for m in re.finditer(rf"\d+|\b(?:{words})\b", page[begin:end], re.IGNORECASE):
        span = (m.start() + begin, m.end() + begin)
        if not any(a <= span[0] < b for a, b in hidden):
            found.append((*span, m[0]))
    claimed = {html.escape(c["text"]) for c in original.evidence["claims"]}

    def in_claim(start: int, end: int, text: str) -> bool:
        around = page[max(0, start - 200) : end + 200]
        return text.isdigit() or any(t in around and text.lower() in t.lower() for t in claimed)

    return [place for place in found if in_claim(*place)]


def change_page(original: Original, random: Random) -> Change | None:
    """A digit or a number word on the pages from the summary to the method."""
    start, end, old = random.choice(places(original))
    new = slip(old, random)
    page = original.page[:start] + new + original.page[end:]
    pdf = original.with_page(page)
    around = re.sub(r"<[^>]*>", "|", page[start - 40 : end + 40]).strip()
    if not printed_differs(original.pdf, pdf):
        return None  # the sentence was left out so that the page stays one page
    return Change(f"page: {old!r} becomes {new!r} in «{' '.join(around.split())}»", pdf, original.table)


def printed_differs(one: bytes, other: bytes) -> bool:
    from reportgen.verify import pages

    def text(data: bytes) -> list[str]:
        document = pages._document(pypdfium2.PdfDocument(data), "x")
        return [b.text for b in document.blocks]

    return text(one) != text(other)


# --------------------------------------------------------------------------- run


def outcome(original: Original, change: Change) -> str:
    """``caught`` with what was said first, or empty."""
    try:
        result = original.check(change.pdf, change.table)
    except ReportgenError as error:
        return f"refused: {error}"
    if not result.failures:
        return ""
    first = result.failures[0]
    return f"{len(result.failures)} failures: {first.id}: expected {first.expected[:60]}, found {first.found[:60]}"


def draw(original: Original, how_many: int, seed: int) -> Iterator[Change]:
    random = Random(seed)
    kinds = (change_cell, change_evidence, change_page)
    made = 0
    while made < how_many:
        change = kinds[made % len(kinds)](original, random)
        if change is not None:
            made += 1
            yield change


def main() -> int:
    how_many = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    began = time.monotonic()
    caught: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        original = make_original(Path(folder))
        clean = original.verified()
        print(f"unchanged: {clean.hold} of {clean.claims} claims hold, {len(clean.failures)} failures")
        for change in draw(original, how_many, seed):
            kind = change.what.split(":")[0]
            tried[kind] += 1
            said = outcome(original, change)
            caught[kind] += bool(said)
            if not said:
                print(f"MISSED {change.what}")
            elif "-v" in sys.argv:
                print(f"{change.what[:150]} -> {said[:160]}")
    for kind in sorted(tried):
        print(f"{kind:10} {caught[kind]} of {tried[kind]} caught")
    total, all_ = sum(caught.values()), sum(tried.values())
    print(f"{'all':10} {total} of {all_} caught, {time.monotonic() - began:.0f} s")
    return 0 if total == all_ and not clean.failures else 1


if __name__ == "__main__":
    sys.exit(main())
