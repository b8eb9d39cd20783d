"""Turn a run into manifest.json: what went in, what came out, and how.

Everything but ``timings`` depends only on input, options and versions; the timings are the clock's, so
the manifest is the one file of the set whose bytes differ between two runs.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from importlib import metadata

import reportgen
from reportgen import fonts
from reportgen.results import Report

FORMAT = 1
TOOL = "reportgen"
_LIBRARIES = (
    "babel", "chardet", "fastcluster", "fonttools", "jinja2", "matplotlib", "numpy", "pandas", "pyarrow",
    "pydyf", "scikit-learn", "scipy", "weasyprint", "xlsxwriter",
)  # fmt: skip


def write_manifest(
    report: Report,
    *,
    outputs: Mapping[str, str],
    options: Mapping[str, object],
    timings: Mapping[str, float],
) -> bytes:
    """The bytes of manifest.json.

    Parameters
    ----------
    report
        The report that was written.
    outputs
        SHA-256 of every other file of the set, by path inside the folder; ``publish`` hands it over.
    options
        The options in force, as they may be shown: no secrets.
    timings
        Seconds by stage.
    """
    table, columns, clustering = report.analysis.table, report.analysis.columns, report.analysis.clustering
    content = {
        "format": FORMAT,
        "tool": TOOL,
        "version": reportgen.__version__,
        "as_of": report.brand.as_of,
        "input": {"name": table.name, "sha256": table.sha256, "bytes": table.size,
                  "encoding": table.encoding, "delimiter": table.delimiter},
        "rows": {"read": table.rows_read, "used": columns.rows_used, "set_aside": columns.rows_set_aside},
        "options": dict(options),
        "seed": clustering.seed,
        "segments": clustering.k,
        "outputs": {name: {"sha256": digest} for name, digest in sorted(outputs.items())},
        "versions": _versions(),
        "fonts": {
            face.path.name: hashlib.sha256(face.path.read_bytes()).hexdigest() for face in fonts.faces()
        },
        "timings": {stage: round(seconds, 3) for stage, seconds in timings.items()},
    }  # fmt: skip
    return (json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n").encode("utf-8")


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions
