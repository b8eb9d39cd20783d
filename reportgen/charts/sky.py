"""Turn the two principal components into places on paper, and pick the customers that are drawn."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class View:
    """The part of the plane that fills a box on paper."""

    low: Floats
    high: Floats
    box: Box

    def __call__(self, points: Floats) -> tuple[Floats, Floats]:
        """Places x and y in mm of (m, 2) points; y grows upwards in the plane and downwards on paper."""
        unit = (points - self.low) / np.where(self.high > self.low, self.high - self.low, 1.0)
        left, top, across, down = self.box
        return left + unit[:, 0] * across, top + down - unit[:, 1] * down


def bounds(points: Floats, trim: float) -> tuple[Floats, Floats]:
    """Lower and upper corner (2,) around all points but for the share ``trim`` at each end."""
    low, high = np.quantile(points, [trim, 1 - trim], axis=0)
    return low, high
