"""Turn an Analysis into Charts: every exhibit of the story, drawn by the module of its kind.

The only place that imports matplotlib, and only its object interface. A new kind of chart is a new module
here that registers one function with ``@chart("kind")``, and its name in the list below.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

# Where the home folder cannot be written, matplotlib would tell the user about its own font cache.
logging.getLogger("matplotlib").setLevel(logging.ERROR)

from reportgen.charts import (  # noqa: E402, F401  (each registers itself)
    anomaly_strips,
    bubbles,
    choice_of_k,
    cover,
    dendrogram,
    distributions,
    fair_share,
    heat,
    levels,
    map,
    ranges,
    segment_dots,
    silhouettes,
    stacked_shares,
)
from reportgen.charts.registry import KINDS  # noqa: E402
from reportgen.results import Chart  # noqa: E402

if TYPE_CHECKING:
    from reportgen.results import Analysis, Exhibit

__all__ = ["draw", "draw_one"]


def draw(analysis: Analysis, *, accent: str) -> Mapping[str, Chart]:
    """Draw every exhibit of the story, by its key; ``accent`` is ``#RRGGBB``.

    Raises KeyError if an exhibit is of a kind that nobody draws.
    """
    return {
        key: draw_one(analysis, exhibit, accent=accent) for key, exhibit in analysis.story.exhibits.items()
    }


def draw_one(analysis: Analysis, exhibit: Exhibit, *, accent: str) -> Chart:
    """Draw one exhibit of the story, or a variant of it."""
    sheet = KINDS[exhibit.kind](analysis, exhibit, accent)
    return Chart(key=exhibit.chart, svg=sheet.svg(), width=sheet.width, height=sheet.height)
