"""Turn an Analysis into the CSV files: one row per segment, per customer, per unusual customer.

A text cell that a spreadsheet would run as a formula (it starts with ``= + - @``, tab or carriage
return) gets a leading apostrophe (OWASP ASVS 5, 1.2.10; CWE-1236); numbers never do. Numbers are
rounded to nine significant digits, so that the last bits of a sum, which depend on the machine, do
not change the file.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from reportgen.claims import enough
from reportgen.results import Analysis

if TYPE_CHECKING:
    import pandas as pd

    from reportgen.results import Floats

DIGITS = 6
"""Decimals of distance, typicality and score."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def guard(text: str) -> str:
    """``text`` as a spreadsheet may safely open it: ``=1+1`` -> ``'=1+1``."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def typicality(analysis: Analysis) -> Floats:
    """How typical each customer is of the own segment, (n,) from 0 to 1.

    1 is the member nearest to the middle of its segment, 0 the farthest; between them it is the share of
    the other members that are farther away. Members at the same distance get the same value; the only
    member of a segment gets 1.
    """
    import numpy as np
    import pandas as pd

    labels = analysis.clustering.labels
    distance = pd.Series(own_distance(analysis))
    rank = distance.groupby(labels).rank(method="min")
    size = distance.groupby(labels).transform("size")
    result: Floats = np.where(size > 1, 1 - (rank - 1) / np.maximum(size - 1, 1), 1.0)
    return result


def own_distance(analysis: Analysis) -> Floats:
    """Distance of each customer to the middle of its own segment, (n,), in the scale of the features."""
    import numpy as np

    clustering = analysis.clustering
    result: Floats = clustering.distances[np.arange(len(clustering.labels)), clustering.labels]
    return result


def assignments(analysis: Analysis) -> pd.DataFrame:
    """Every customer in file order: customer, segment_id, segment, distance, typicality, anomaly_score."""
    import numpy as np
    import pandas as pd

    position = analysis.segment_index()
    ids = np.array([segment.id for segment in analysis.segments], dtype=object)
    names = np.array([segment.name for segment in analysis.segments], dtype=object)
    return pd.DataFrame(
        {
            "customer": pd.array(list(analysis.columns.customers), dtype="str"),
            "segment_id": pd.array(ids[position], dtype="str"),
            "segment": pd.array(names[position], dtype="str"),
            "distance": np.round(own_distance(analysis), DIGITS),
            "typicality": np.round(typicality(analysis), DIGITS),
            "anomaly_score": np.round(analysis.detection.scores, DIGITS),
        }
    )


ANOMALY_COLUMNS = ("customer", "segment_id", "score", "level", "reasons")


def anomalies(analysis: Analysis) -> list[tuple[str, str, float, str, str]]:
    """Every unusual customer, highest score first: customer, segment_id, score, level, reasons."""
    return [
        (case.customer, case.segment, round(case.score, DIGITS), case.level, "; ".join(case.reasons))
        for case in analysis.story.cases
    ]


def write_segments(analysis: Analysis) -> bytes:
    """segments.csv: id, name, size, share, then mean and median of every profiled column.

    Both are empty where the column is known of too few members: they would say what one or two persons have.
    """
    profile = analysis.profile
    told = enough(profile)
    header = ["id", "name", "size", "share"]
    for column in profile.columns:
        header += [f"{column} mean", f"{column} median"]
    row_of = {cluster: row for row, cluster in enumerate(profile.clusters)}
    rows: list[list[object]] = []
    for segment in analysis.segments:
        row = row_of[segment.cluster]
        line: list[object] = [guard(segment.id), guard(segment.name), segment.size, _number(segment.share)]
        for j in range(len(profile.columns)):
            both = (profile.mean[row, j], profile.median[row, j]) if told[row, j] else (math.nan, math.nan)
            line += [_number(float(x)) for x in both]
        rows.append(line)
    return _csv([guard(name) for name in header], rows)


def write_assignments(analysis: Analysis) -> bytes:
    """customers/assignments.csv; a million rows take about a second (pyarrow)."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.csv as pcsv

    table = pa.Table.from_pandas(assignments(analysis), preserve_index=False)
    for name in ("customer", "segment_id", "segment"):
        text = table.column(name).cast(pa.string())
        dangerous = pc.match_substring_regex(text, r"^[=+\-@\t\r]")
        safe = pc.if_else(dangerous, pc.binary_join_element_wise("'", text, ""), text)
        table = table.set_column(table.schema.get_field_index(name), name, safe)
    buffer = io.BytesIO()
    options = pcsv.WriteOptions(include_header=False, quoting_style="needed")
    buffer.write((",".join(table.column_names) + "\n").encode())
    pcsv.write_csv(table, buffer, write_options=options)
    return buffer.getvalue()


def write_anomalies(analysis: Analysis) -> bytes:
    """customers/anomalies.csv."""
    rows = [
        [guard(customer), guard(segment), score, level, guard(reasons)]
        for customer, segment, score, level, reasons in anomalies(analysis)
    ]
    return _csv(list(ANOMALY_COLUMNS), rows)


def _number(value: float) -> str:
    """Nine significant digits at most, without a trailing ``.0``; empty when there is no value."""
    return f"{value:.9g}" if math.isfinite(value) else ""


def _csv(header: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    buffer = io.StringIO(newline="")
    # The csv module does not quote a lone carriage return, on which readers stumble.
    awkward = any("\r" in str(cell) for row in (header, *rows) for cell in row)
    writer = csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL if awkward else csv.QUOTE_MINIMAL)
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue().encode("utf-8")
