"""Turn a customer table into a report: the program on one page.

`analyse` is pure (it reads the file and nothing else), `build` writes. Two cores are there, so what
does not depend on each other runs side by side: the typesetter's process starts and loads its
libraries while the table is read, and the tree and the anomaly scores, which do not depend on the
number of segments, are computed while that number is chosen. Results never depend on the timing.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reportgen.config import Config
    from reportgen.lexicon import Lexicon
    from reportgen.results import Analysis, Columns, Note, Table

Progress = Callable[[str], None]

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
    table = readers.read(source, delimiter=config.delimiter, encoding=config.encoding)
    progress("understand")
    understood = columns.understand(
        table,
        tokens=load_tokens(),
        features=config.features,
        ignore=config.ignore,
        id_column=config.id_column,
        value_column=config.value_column,
        decimal=config.decimal,
        roles=config.roles,
    )
    return table, understood


def analyse(source: Path, config: Config, *, progress: Progress = _silent) -> Analysis:
    """Go down the line: table, columns, features, segments, words. Writes nothing."""
    from reportgen import anomalies, claims, clustering, hierarchy, labels, narrative, preprocess
    from reportgen.results import Analysis

    table, columns = inspect(source, config, progress=progress)
    progress("prepare")
    lexicon = _lexicon(config, table)
    features = preprocess.preprocess(columns, scaling=config.scaling)
    progress("segment")
    with ThreadPoolExecutor(max_workers=1) as beside:
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


def _lexicon(config: Config, table: Table) -> Lexicon:
    from reportgen.lexicon import load

    return load(config.lexicon).for_table(table.header)
