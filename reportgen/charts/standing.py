"""Turn a profile into how high each segment stands in each column, and its values into words.

Heat table and dot rows show the same thing: the segment's mean minus everyone's, in standard deviations.
The standard deviation is that of the values between the 1st and the 99th percentile (the rest moved to
these), because a few gross outliers would otherwise make every segment look average.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from reportgen import formats
from reportgen.charts.scale import prefixed
from reportgen.charts.sheet import fitting

if TYPE_CHECKING:
    from reportgen.results import Analysis, Floats, Measure

CAP = 1.25
"""Standard deviations at which the colour is full."""
_COUNTED_IN = {"thousand": "in thousands", "million": "in millions"}
STRONG = 0.7
"""Standard deviations from which a number is set bold."""


def standing(analysis: Analysis, columns: Sequence[str]) -> Floats:
    """(k, len(columns)) distance of each segment's mean from everyone's, in standard deviations."""
    profile = analysis.profile
    at = [profile.columns.index(c) for c in columns]
    means = profile.mean[:, at]
    spread = np.ones(len(at))
    for j, name in enumerate(columns):
        values = analysis.columns[name].values
        values = values[np.isfinite(values)]
        if len(values):
            low, high = np.quantile(values, [0.01, 0.99])
            if low == high:
                low, high = values.min(), values.max()
            spread[j] = np.clip(values, low, high).std()
    spread[~(spread > 0)] = np.inf
    far: Floats = np.nan_to_num((means[:-1] - means[-1]) / spread)
    return far


def title_with_unit(measure: Measure) -> str:
    """The column's title; a unit that would stand behind every number stands here instead."""
    said = measure.unit.lower() in measure.title.lower().split()
    if measure.unit and not said and not prefixed(measure.unit) and measure.kind not in ("share", "flag"):
        return f"{measure.title}, {_COUNTED_IN.get(measure.unit, measure.unit)}"
    return measure.title


def written(value: float, measure: Measure, room: float, size: float, weight: int = 400) -> str:
    """A value as the report writes it; compact only where it would not fit into ``room`` mm."""
    unit = measure.unit if prefixed(measure.unit) else ""
    plain = formats.value(value, measure.kind, unit, measure.percent, measure.scale)
    if measure.kind in ("share", "flag"):
        return plain
    value *= measure.scale
    return fitting((plain, formats.compact(value, unit), formats.compact(value)), room, size, weight)
