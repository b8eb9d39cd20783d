"""Turn names that must stand beside marks into places where none of them touches another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from reportgen import palette
from reportgen.charts.sheet import PT, Box, Sheet, fitting, width, wrap


def overlap(one: Box, other: Box) -> float:
    """Common area of two boxes."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return across * down if across > 0 and down > 0 else 0.0


# --------------------------------------------------------------------------- names above columns


@dataclass(frozen=True, slots=True)
class Banner:
    """Names above columns: in the column where they fit, else growing to the left in storeys."""

    lines: tuple[tuple[str, ...], ...]
    storeys: tuple[int, ...]
    """Lines of text below each name's last line."""
    fits: tuple[bool, ...]
    size: float
    height: float
    """mm, without the coloured rule below."""

    @property
    def step(self) -> float:
        """mm from line to line."""
        return self.size * 1.18 * PT


def banner(
    names: Sequence[str],
    lefts: Sequence[float],
    rights: Sequence[float],
    *,
    size: float = 7.8,
    room: float = 34.0,
) -> Banner:
    """Set each name into its own column, or else above its right end, on a storey where it is alone.

    A name that grows left stands higher than every name that it hangs over, so that the thin lines that tie
    names to columns never cross a word. ``room``: mm that a growing name may take in one line.
    """
    lines: list[tuple[str, ...]] = []
    storeys: list[int] = []
    fits: list[bool] = []
    for i, name in enumerate(names):
        own = rights[i] - lefts[i] - 1.0
        broken = _whole_words(name, own, size)
        fits.append(broken is not None)
        if broken is None:
            broken = wrap(name, min(room, rights[i]), size, 600, 3)
        start = rights[i] - max(width(line, size, 600) for line in broken)
        below = 0
        if not fits[i]:
            for j in range(i):
                if rights[j] > start - 1.4:
                    below = max(below, storeys[j] + len(lines[j]))
        lines.append(tuple(broken))
        storeys.append(below)
    tallest = max(below + len(broken) for below, broken in zip(storeys, lines, strict=True))
    return Banner(tuple(lines), tuple(storeys), tuple(fits), size, tallest * size * 1.18 * PT)


def _whole_words(name: str, room: float, size: float) -> list[str] | None:
    """The name in at most two lines of whole words that fit into ``room``, or None."""
    if any(width(word, size, 600) > room for word in name.split(" ")):
        return None
    broken = wrap(name, room, size, 600, 2)
    return None if any("…" in line for line in broken) else broken


def draw_banner(
    sheet: Sheet, names: Banner, lefts: Sequence[float], rights: Sequence[float], colours: Sequence[str],
    bottom: float, *, centred: bool = False, rule: float = 0.7,
) -> None:  # fmt: skip
    """Draw the names above ``bottom`` (mm), where each column's coloured rule lies."""
    step = names.step
    for i, broken in enumerate(names.lines):
        last = bottom - 1.9 - names.storeys[i] * step
        if names.fits[i]:
            x = (lefts[i] + rights[i]) / 2 if centred else lefts[i]
            align = "center" if centred else "left"
        else:
            x, align = rights[i], "right"
        sheet.lines(x, last, broken, size=names.size, weight=600, align=align, anchor="bottom", leading=1.18)  # type: ignore[arg-type]
        if names.storeys[i]:
            foot = last + step / 2 - 0.2
            sheet.rules([(rights[i] - 0.15, foot, rights[i] - 0.15, bottom)], palette.RULE, 0.5)
    for i, colour in enumerate(colours):
        sheet.boxes([(lefts[i], bottom, rights[i] - lefts[i], rule)], colour, name=f"rule-{i}")


# --------------------------------------------------------------------------- names beside marks


@dataclass(frozen=True, slots=True)
class Spot:
    """Where one label went."""

    box: Box
    tied: bool
    """Far enough from its mark to need a thin line to it."""


def place(
    marks: Sequence[tuple[float, float, float]], sizes: Sequence[tuple[float, float]], frame: Box,
    *, centred: bool = False, taken: Sequence[Box] = (),
) -> list[Spot]:  # fmt: skip
    """Find a place for a label of each size (mm) at each mark (x, y, radius), within ``frame``.

    The nearest place wins where it touches no label already placed, no other mark's middle and nothing
    ``taken``. ``centred``: the best place is on the mark itself.
    """
    spots: list[Spot] = []
    busy = list(taken)
    hearts = [(x - r * 0.8, y - r * 0.8, r * 1.6, r * 1.6) for x, y, r in marks]
    for i, ((x, y, r), (w, h)) in enumerate(zip(marks, sizes, strict=True)):
        best: tuple[float, Box, float] | None = None
        for cx, cy, distance in _ring(x, y, r, w, h, centred):
            box = (
                min(max(cx - w / 2, frame[0]), frame[0] + frame[2] - w),
                min(max(cy - h / 2, frame[1]), frame[1] + frame[3] - h),
                w, h,
            )  # fmt: skip
            padded = (box[0] - 0.8, box[1] - 0.5, w + 1.6, h + 1.0)
            cost = distance + sum(40 + 30 * a for b in busy if (a := overlap(padded, b)))
            if not centred:
                cost += sum(4 + 2 * a for b in hearts if (a := overlap(padded, b)))
            moved = abs(box[0] + w / 2 - cx) + abs(box[1] + h / 2 - cy)
            cost += moved
            if best is None or cost < best[0]:
                best = (cost, box, distance + moved)
            if cost <= distance + 1e-9 and distance <= 1:
                break
        assert best is not None
        _, box, distance = best
        busy.append(box)
        spots.append(Spot(box, distance > 5 if not centred else _outside(x, y, box, 6)))
    return spots


def _outside(x: float, y: float, box: Box, by: float) -> bool:
    across = max(box[0] - x, x - box[0] - box[2], 0)
    down = max(box[1] - y, y - box[1] - box[3], 0)
    return math.hypot(across, down) > by


def _ring(
    x: float, y: float, r: float, w: float, h: float, centred: bool
) -> list[tuple[float, float, float]]:
    """Centres to try, nearest first: (x, y, what the distance costs)."""
    if centred:
        steps = [(x, y, 0.0)]
        for reach in range(2, 60, 2):
            for turn in range(16):
                angle = math.tau * turn / 16
                steps.append((x + 1.6 * reach * math.cos(angle), y + reach * math.sin(angle), float(reach)))
        return steps
    side, above = r + 1.4 + w / 2, r + 0.9 + h / 2
    steps = [
        (x + side, y, 0.0), (x - side, y, 0.6), (x, y - above, 0.8), (x, y + above, 1.0),
        (x + side * 0.9, y - above * 0.8, 1.5), (x + side * 0.9, y + above * 0.8, 1.6),
        (x - side * 0.9, y - above * 0.8, 1.8), (x - side * 0.9, y + above * 0.8, 1.9),
    ]  # fmt: skip
    for reach in range(2, 50, 2):
        for turn in range(12):
            angle = math.tau * turn / 12
            steps.append((
                x + (side + 1.5 * reach) * math.cos(angle), y + (above + reach) * math.sin(angle), 3.0 + reach
            ))  # fmt: skip
    return steps


__all__ = ["Banner", "Spot", "banner", "draw_banner", "fitting", "overlap", "place"]
