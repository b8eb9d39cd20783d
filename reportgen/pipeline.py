"""Turn a customer table into a report: the program on one page.

`analyse` is pure (it reads the file and nothing else), `build` writes. Two cores are there, so what
does not depend on each other runs side by side: the typesetter's process starts and loads its
libraries while the table is read, and the tree and the anomaly scores, which do not depend on the
number of segments, are computed while that number is chosen. Results never depend on the timing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reportgen.config import Config
    from reportgen.desk import Document
    from reportgen.lexicon import Lexicon
    from reportgen.results import Analysis, Brand, Columns, Note, Table

Progress = Callable[[str], None]

LARGE = 100_000
"""Rows from which the tree and the scores take turns: each holds a copy of the features."""

STAGES = ("read", "understand", "prepare", "segment", "describe", "draw", "typeset", "write")
"""What ``progress`` is told, in this order."""


def _silent(stage: str) -> None:
    del stage


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildResult:
    """What a build made."""

    analysis: Analysis
    paths: tuple[Path, ...]
    """The files for people: report.pdf, report.html, or the folder's."""
    notes: tuple[Note, ...]


def inspect(source: Path, config: Config, *, progress: Progress = _silent) -> tuple[Table, Columns]:
    """Read and understand ``source`` exactly as `build` would."""
    from reportgen import columns, readers
    from reportgen.lexicon.tokens import load_tokens

    progress("read")
    table = readers.read(
        source,
        delimiter=config.delimiter,
        encoding=config.encoding,
        sheet=config.sheet,
        limits=readers.limits(config.max_bytes, config.max_columns, config.max_cell),
    )
    progress("understand")
    roles, decimal, identity = config.roles, config.decimal, config.id_column
    if config.per_customer is not None:
        rows = table
        table = columns.per_customer(
            rows, config.per_customer, tokens=load_tokens(), decimal=decimal, roles=roles
        )
        roles = {
            name: role for name, role in roles.items() if name in table.header or name not in rows.header
        }
        decimal, identity = None, identity or config.per_customer
    understood = columns.understand(
        table,
        tokens=load_tokens(),
        features=config.features,
        ignore=config.ignore,
        id_column=identity,
        value_column=config.value_column,
        decimal=decimal,
        roles=roles,
    )
    return table, understood


def analyse(source: Path, config: Config, *, progress: Progress = _silent) -> Analysis:
    """Go down the line: table, columns, features, segments, words. Writes nothing."""
    from threadpoolctl import threadpool_limits

    from reportgen import anomalies, claims, clustering, hierarchy, labels, narrative, preprocess
    from reportgen.results import Analysis

    table, columns = inspect(source, config, progress=progress)
    progress("prepare")
    lexicon = _lexicon(config, table, columns)
    table = replace(table, cells=table.cells.iloc[:0])  # understood: a million rows of text weigh 300 MB
    features = preprocess.preprocess(columns, scaling=config.scaling)
    progress("segment")
    beside_us = 2 if columns.rows_used <= LARGE else 1
    # One thread for each of the two: the sums of several threads differ in the last bit from run to run.
    with threadpool_limits(1), ThreadPoolExecutor(max_workers=beside_us) as beside:
        growing = beside.submit(hierarchy.grow, features, seed=config.seed)
        scoring = beside.submit(anomalies.score, columns, features, seed=config.seed)
        clusters = clustering.cluster(features, k=config.segments, seed=config.seed)
        tree, scores = growing.result(), scoring.result()
    linked = hierarchy.link(tree, features, clusters)
    detection = anomalies.detect(scores, columns, features, clusters)
    progress("describe")
    profile = claims.profile(columns, clusters)
    facts = claims.Facts(columns, clusters, profile)
    segments = labels.name(facts, clusters, lexicon)
    story = narrative.narrate(
        facts,
        segments,
        lexicon,
        table=table,
        features=features,
        clustering=clusters,
        hierarchy=linked,
        detection=detection,
        title=config.title,
        period=config.period,
        organisation=config.organisation,
    )
    return Analysis(
        table=table,
        columns=columns,
        features=features,
        clustering=clusters,
        hierarchy=linked,
        detection=detection,
        profile=profile,
        segments=segments,
        story=story,
    )


def _lexicon(config: Config, table: Table, columns: Columns) -> Lexicon:
    from reportgen.lexicon import load
    from reportgen.results import Use

    used = [(c.name, c.role) for c in columns.used(Use.CLUSTERING, Use.PROFILE)]
    made = {c.name: c.parts for c in columns.columns if c.parts}
    called = {c.name: c.called for c in columns.columns if c.called}
    return load(config.lexicon).for_table(table.header, made, called).telling_apart(used)


def build(source: Path, config: Config, *, progress: Progress = _silent, apart: bool = True) -> BuildResult:
    """Make the report of ``source`` and publish it as ``config.output`` asks: one file, or the whole set.

    ``apart=False`` draws and typesets in this process: slower, but a debugger sees it.
    """
    from reportgen.desk import Desk, Medium
    from reportgen.writers import publish, workbook

    kind = config.output_kind
    if kind == "folder":
        publish.check_target(config.output)
    media: tuple[Medium, ...] = ("print", "screen")
    if kind != "folder":
        media = ("print",) if kind == "pdf" else ("screen",)
    clock = _Clock(progress)
    with Desk(here=not apart) as desk:
        analysis = analyse(source, config, progress=clock)
        clock("draw")
        brand = _brand(config)
        desk.give(analysis, brand, media)
        tables = _tables(analysis, config) if kind == "folder" else {}
        clock("typeset")
        document = desk.take()
    clock("write")
    notes = (*analysis.notes, *document.notes)
    if kind == "folder":
        long = workbook.too_long(analysis)
        notes = notes if long is None else (*notes, long)
        paths = _publish_set(analysis, brand, document, tables, config, clock)
    else:
        publish.publish_file(config.output, document.pages[media[0]])
        paths = (config.output,)
    return BuildResult(analysis=analysis, paths=paths, notes=notes)


def _brand(config: Config) -> Brand:
    from reportgen.results import Brand

    return Brand(
        title=config.title,
        organisation=config.organisation,
        period=config.period,
        author=config.author,
        classification=config.classification,
        accent=config.accent,
        logo=config.logo,
        as_of=config.as_of,
        show_ids=config.show_ids,
        page=config.page,
    )


def _tables(analysis: Analysis, config: Config) -> dict[str, bytes]:
    """The files of the set that need no page: made while the page is typeset."""
    from reportgen.writers import tables, workbook

    files = {
        "segments.csv": tables.write_segments(analysis),
        "customers/assignments.csv": tables.write_assignments(analysis),
        "customers/anomalies.csv": tables.write_anomalies(analysis),
    }
    book = workbook.write_workbook(analysis, config.as_of)
    if book is not None:
        files["customers/customers.xlsx"] = book
    return files


def _publish_set(
    analysis: Analysis,
    brand: Brand,
    document: Document,
    tables: dict[str, bytes],
    config: Config,
    clock: _Clock,
) -> tuple[Path, ...]:
    """The folder of PRODUCT.md, whole or not at all."""
    from reportgen.desk import report_of
    from reportgen.writers import manifest, publish

    report = report_of(analysis, brand, document)
    files = {
        "report.pdf": document.pages["print"],
        "report.html": document.pages["screen"],
        "evidence.json": document.evidence,
        **{f"charts/{key.replace(':', '-')}.svg": chart.svg for key, chart in document.charts.items()},
        **tables,
    }
    digests = publish.publish_folder(
        config.output,
        files.items(),
        lambda outputs: manifest.write_manifest(
            report, outputs=outputs, options=config.as_options(), timings=clock.seconds()
        ),
    )
    return tuple(config.output / name for name in sorted(digests))


class _Clock:
    """Passes the stages on and keeps how long each took."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._marks: list[tuple[str, float]] = []

    def __call__(self, stage: str) -> None:
        self._marks.append((stage, time.perf_counter()))
        self._progress(stage)

    def seconds(self) -> dict[str, float]:
        """Seconds by stage, up to now."""
        ends = [t for _, t in self._marks[1:]] + [time.perf_counter()]
        return {stage: end - start for (stage, start), end in zip(self._marks, ends, strict=True)}
