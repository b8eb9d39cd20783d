"""Turn values into places on an axis, and choose the few round values that label it.

Linear, or logarithmic at both ends and linear around zero (inverse hyperbolic sine) for skewed values with
zeros and negatives, where a logarithm would lose customers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reportgen import formats

if TYPE_CHECKING:
    from reportgen.results import Floats, Measure


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """Values ``low``..``high`` drawn from ``start`` to ``end`` (mm)."""

    low: float
    high: float
    start: float
    end: float
    knee: float = 0.0
    """Where linear turns into logarithmic; 0: linear throughout."""

    def bend(self, values: Floats) -> Floats:
        """Values as the axis sees them, before they become millimetres."""
        bent: Floats = np.arcsinh(values / self.knee) if self.knee else np.asarray(values, dtype=np.float64)
        return bent

    def __call__(self, values: Floats) -> Floats:
        """Places of the values, mm."""
        low, high = self.bend(np.array([self.low, self.high]))
        span = (high - low) or 1.0
        places: Floats = self.start + (self.bend(values) - low) / span * (self.end - self.start)
        return places

    def at(self, value: float) -> float:
        """The place of one value, mm."""
        return float(self(np.array([value]))[0])

    def ticks(self, about: int = 5) -> list[float]:
        """About so many round values within the range, rising."""
        if not self.knee:
            return round_values(self.low, self.high, about)
        powers = range(
            round(math.log10(self.knee)), 1 + math.floor(math.log10(max(abs(self.low), abs(self.high), 1e-9)))
        )
        values = [0.0, *(10.0**p for p in powers)]
        values = sorted({*values, *(-v for v in values if v)})
        inside = [v for v in values if self.low <= v <= self.high]
        return inside if len(inside) > 1 else round_values(self.low, self.high, about)


def round_values(low: float, high: float, about: int) -> list[float]:
    """Round values (1, 2, 2.5 or 5 times a power of ten apart) within ``low``..``high``."""
    span = high - low
    if not span > 0 or not math.isfinite(span):
        return [low]
    rough = span / max(about, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [float(f"{i * step:.12g}") for i in range(first, last + 1)]


def knee(values: Floats) -> float:
    """Where to bend the axis of these values, or 0 if a linear one shows them well."""
    size = np.abs(values[np.isfinite(values) & (values != 0)])
    if len(size) < 20:
        return 0.0
    low, middle, high = np.quantile(size, [0.05, 0.5, 0.995])
    if high < 12 * middle or low <= 0:
        return 0.0
    return float(
        10.0 ** np.clip(math.floor(math.log10(low)), math.log10(high) - 5, math.log10(high) - 1).round()
    )


def tick_text(value: float, measure: Measure, widest: float) -> str:
    """A value on an axis; compact when the largest one is long."""
    if measure.kind in ("share", "flag", "year"):
        return formats.value(value, measure.kind, "", measure.percent)
    sign = measure.unit if measure.kind == "money" and prefixed(measure.unit) else ""
    if measure.scale > 1.0 or abs(widest * measure.scale) >= 1000:
        return formats.compact(value * measure.scale, sign)
    return formats.with_unit(formats.number(value * measure.scale), sign)


def prefixed(unit: str) -> bool:
    """Whether the unit is a sign in front of the number, not a word behind it."""
    return formats.with_unit("1", unit).endswith("1")
