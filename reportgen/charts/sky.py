"""Turn the two principal components into places on paper, and pick the customers that are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from reportgen.charts.sheet import Box
    from reportgen.results import Analysis, Floats, Ints


def sample(analysis: Analysis, most: int) -> tuple[Ints, Ints]:
    """Rows to draw (every so-manieth customer of those sorted by place, at most ``most``) and their segments.

    By place rather than by chance: the picture does not depend on the order of the rows in the file.
    """
    segment = analysis.segment_index()
    points = analysis.clustering.projection
    order = np.lexsort((points[:, 1], points[:, 0], segment))
    step = max(1.0, len(order) / most)
    rows = order[np.floor(np.arange(0, len(order), step)).astype(np.int64)]
    return rows, segment[rows]


def view(points: Floats, box: Box, *, trim: float) -> tuple[Floats, Floats]:
    """Places x and y in mm that fill ``box``, but for the share ``trim`` of customers at each end."""
    low, high = np.quantile(points, [trim, 1 - trim], axis=0)
    span = np.where(high > low, high - low, 1.0)
    unit = (points - low) / span
    return box[0] + unit[:, 0] * box[2], box[1] + box[3] - unit[:, 1] * box[3]
