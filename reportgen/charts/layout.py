"""Turn names that must stand beside marks into places where none of them touches another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reportgen import palette
from reportgen.charts.sheet import FULL, PT, SMALL, Align, Box, Sheet, shorten, width, wrap

if TYPE_CHECKING:
    from reportgen.results import Segment

MANY = 7
"""More segments than this go by their ids (S1, S2 ...) where names would crowd, and a key says who is who."""


def overlap(one: Box, other: Box) -> float:
    """Common area of two boxes."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return across * down if across > 0 and down > 0 else 0.0


# --------------------------------------------------------------------------- names or ids


def heads(segments: Sequence[Segment]) -> list[str]:
    """What stands above a column or on a map: names, or ids that ``key`` explains."""
    return [s.id if len(segments) > MANY else s.name for s in segments]


def rows(segments: Sequence[Segment]) -> list[str]:
    """What stands at the left of a row: names, with the id in front where other exhibits show ids."""
    return [f"{s.id} {s.name}" if len(segments) > MANY else s.name for s in segments]


def key(sheet: Sheet, segments: Sequence[Segment], y: float, notes: Sequence[str] = ()) -> float:
    """Draw who is who, in columns below ``y``, if ids stand for names; return how far down it reaches.

    ``notes`` stand behind the names, in grey.
    """
    if len(segments) <= MANY:
        return y
    size, chip = SMALL, width("S12", SMALL, 600) + 1.6
    lead, gap, step = chip + 1.3, 3.0, size * 1.5 * PT
    notes = notes or [""] * len(segments)
    needs = [lead + width(f"{s.name} {n}", size) for s, n in zip(segments, notes, strict=True)]
    for beside in (4, 3, 2):
        down = -(-len(segments) // beside)
        wide = [max(needs[i : i + down]) for i in range(0, len(segments), down)]
        spare = FULL - sum(wide) - gap * (len(wide) - 1)
        if spare >= 0:
            break
    else:
        wide, spare = [(FULL - gap) / 2] * 2, 0.0
    x, top = 0.0, y + 3.2
    for i, (one, note) in enumerate(zip(segments, notes, strict=True)):
        column, row = divmod(i, down)
        x = sum(wide[:column]) + (gap + spare / max(len(wide) - 1, 1)) * column
        middle, colour = top + step * row, palette.segment_colour(i)
        sheet.boxes([(x, middle - step / 2 + 0.3, chip, step - 0.6)], colour)
        sheet.text(x + chip / 2, middle, one.id, size=size, weight=600, align="center",
                   colour=palette.text_on(colour))  # fmt: skip
        name = shorten(one.name, wide[column] - lead - width(f" {note}", size) + 0.1, size)
        sheet.text(x + lead, middle, name, size=size, colour=palette.INK_SOFT)
        sheet.text(x + lead + width(f"{name} ", size), middle, note, size=size, colour=palette.GREY)
    return top + step * (down - 0.5)


# --------------------------------------------------------------------------- names above columns

APART = 2.6
"""mm at least between the names of neighbouring columns: more than a space, or two names read as one."""
AWAY = 1.5
"""Lines that a name may take more to stand in its own column rather than beside it."""
FLAG = 1.1
"""mm between a name that grows to the left and the line that ties it to its column."""


@dataclass(frozen=True, slots=True)
class Banner:
    """Names above columns: in the column where they fit, else growing to the left in storeys."""

    lines: tuple[tuple[str, ...], ...]
    storeys: tuple[int, ...]
    """Lines of text below each name's last line."""
    fits: tuple[bool, ...]
    size: float
    height: float
    """Millimetres, without the coloured rule below."""

    @property
    def step(self) -> float:
        """Millimetres from line to line."""
        return self.size * 1.18 * PT


def banner(
    names: Sequence[str], lefts: Sequence[float], rights: Sequence[float], *, size: float = 7.8
) -> Banner:
    """Set each name into its own column, or else above its right end, on a storey where it is alone.

    A name that grows left stands higher than every name that it hangs over, so that the thin lines that tie
    names to columns never cross a word. Names are broken as it makes the whole lowest.
    """
    tried = [
        _storeys(names, lefts, rights, size, own, room) for own in (2, 3, 4) for room in (34.0, 48.0, 68.0)
    ]
    return min(tried, key=lambda b: b.height + AWAY * b.step * b.fits.count(False))


def _storeys(
    names: Sequence[str], lefts: Sequence[float], rights: Sequence[float], size: float, own: int, room: float
) -> Banner:
    lines: list[tuple[str, ...]] = []
    storeys: list[int] = []
    fits: list[bool] = []
    for i, name in enumerate(names):
        broken = _whole_words(name, rights[i] - lefts[i] - APART, size, own)
        fits.append(broken is not None)
        below = 0
        if broken is None:
            broken = wrap(name, min(room, rights[i] - FLAG), size, 600, 3)
            start = rights[i] - FLAG - max(width(line, size, 600) for line in broken)
            for j in range(i):
                if rights[j] > start - 1.2:
                    below = max(below, storeys[j] + len(lines[j]))
        lines.append(tuple(broken))
        storeys.append(below)
    tallest = max(below + len(broken) for below, broken in zip(storeys, lines, strict=True))
    return Banner(tuple(lines), tuple(storeys), tuple(fits), size, tallest * size * 1.18 * PT)


def _whole_words(name: str, room: float, size: float, lines: int) -> list[str] | None:
    """The name in at most so many lines of whole words that fit into ``room``, or None."""
    if any(width(word, size, 600) > room for word in name.split(" ")):
        return None
    broken = wrap(name, room, size, 600, lines)
    return None if any("…" in line for line in broken) else broken


def draw_banner(
    sheet: Sheet,
    names: Banner,
    lefts: Sequence[float],
    rights: Sequence[float],
    colours: Sequence[str],
    bottom: float,
    *,
    centred: bool = False,
    rule: float = 0.7,
) -> None:
    """Draw the names above ``bottom`` (mm), where each column's coloured rule lies."""
    step = names.step
    for i, broken in enumerate(names.lines):
        last = bottom - 1.9 - names.storeys[i] * step
        x, align = rights[i] - FLAG, "right"
        if names.fits[i]:
            x, align = ((lefts[i] + rights[i]) / 2, "center") if centred else (lefts[i], "left")
        sheet.lines(
            x, last, broken, size=names.size, weight=600, align=_ALIGN[align], anchor="bottom", leading=1.18
        )
        if not names.fits[i]:
            foot = last - (len(broken) - 1) * step - step * 0.4
            sheet.rules([(rights[i] - 0.1, foot, rights[i] - 0.1, bottom)], palette.RULE, 0.6)
    for i, colour in enumerate(colours):
        sheet.boxes([(lefts[i], bottom, rights[i] - lefts[i], rule)], colour, name=f"rule-{i}")


_ALIGN: dict[str, Align] = {"left": "left", "center": "center", "right": "right"}


# --------------------------------------------------------------------------- names beside marks

FAR = 5.0
"""Distance from which a label is tied to its mark by a thin line."""
Tie = tuple[float, float, float, float]
"""x, y, x, y"""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where one label went."""

    box: Box
    tie: Tie | None
    """The thin line to its mark, when it is too far from it to do without."""


def place(
    marks: Sequence[tuple[float, float, float]],
    sizes: Sequence[tuple[float, float]],
    frame: Box,
    *,
    centred: bool = False,
) -> list[Spot]:
    """Find a place for a label of each size (mm) at each mark (x, y, radius), within ``frame``.

    The cheapest place wins: near the mark, and touching no label already placed, no other mark's middle and
    no line that ties a label to its mark. ``centred``: the best place is on the mark itself.
    """
    near = [sum(math.hypot(x - a, y - b) < 25 for a, b, _ in marks) for x, y, _ in marks]
    order = sorted(range(len(marks)), key=lambda i: -near[i])
    hearts = [(x - r * 0.8, y - r * 0.8, r * 1.6, r * 1.6) for x, y, r in marks]
    spots: dict[int, Spot] = {}
    # The crowded ones choose first; then each looks again, now that all others are known.
    for _ in range(1 if len(marks) < 6 else 3):
        for i in order:
            others = [spot for n, spot in spots.items() if n != i]
            spots[i] = _best(
                marks[i], sizes[i], frame, centred, others, [h for n, h in enumerate(hearts) if n != i]
            )
    return [spots[i] for i in range(len(marks))]


def _best(
    mark: tuple[float, float, float],
    size: tuple[float, float],
    frame: Box,
    centred: bool,
    others: Sequence[Spot],
    hearts: Sequence[Box],
) -> Spot:
    """The cheapest place for one label, the other labels standing where they stand."""
    (x, y, r), (w, h) = mark, size
    ties = [o.tie for o in others if o.tie is not None]
    dear, cheap = (12.0, 4.0) if centred else (80.0, 20.0)
    best: tuple[float, Spot] | None = None
    for cx, cy, distance in _around(x, y, r, w, h, centred):
        if best is not None and distance >= best[0]:
            continue
        left = min(max(cx - w / 2, frame[0]), frame[0] + frame[2] - w)
        top = min(max(cy - h / 2, frame[1]), frame[1] + frame[3] - h)
        distance += abs(left + w / 2 - cx) + abs(top + h / 2 - cy)
        box, padded = (left, top, w, h), (left - 0.8, top - 0.5, w + 1.6, h + 1.0)
        cost = distance + sum(60 + 30 * a for o in others if (a := overlap(padded, o.box)))
        if not centred:
            cost += sum(25 + 4 * a for heart in hearts if (a := overlap(padded, heart)))
        cost += sum(dear for tie in ties if _through(tie, box))
        end, tie = _nearest(x, y, box), None
        if distance > FAR and math.hypot(end[0] - x, end[1] - y) > r + 2.0:
            tie = (x, y, *end)
            cost += sum(dear for o in others if _through(tie, o.box)) + sum(
                cheap for t in ties if _cross(tie, t)
            )
            cost += sum(cheap / 2 for heart in hearts if _through(tie, heart))
        if best is None or cost < best[0]:
            best = (cost, Spot(box, tie))
    assert best is not None
    return best[1]


def _nearest(x: float, y: float, box: Box) -> tuple[float, float]:
    """The point of a box nearest to a point."""
    return min(max(x, box[0]), box[0] + box[2]), min(max(y, box[1]), box[1] + box[3])


def _through(tie: Tie, box: Box) -> bool:
    """Whether a line runs through a box: what is left of it between the box's four sides."""
    ax, ay, bx, by = tie
    first, last = 0.0, 1.0
    for start, length, low, high in (
        (ax, bx - ax, box[0], box[0] + box[2]),
        (ay, by - ay, box[1], box[1] + box[3]),
    ):
        if abs(length) < 1e-9:
            if not low < start < high:
                return False
            continue
        one, other = (low - start) / length, (high - start) / length
        first, last = max(first, min(one, other)), min(last, max(one, other))
    return last - first > 1e-6


def _cross(one: Tie, other: Tie) -> bool:
    """Whether two lines cross."""

    def side(line: Tie, x: float, y: float) -> float:
        return (line[2] - line[0]) * (y - line[1]) - (line[3] - line[1]) * (x - line[0])

    return (
        side(one, *other[:2]) * side(one, *other[2:]) < 0
        and side(other, *one[:2]) * side(other, *one[2:]) < 0
    )


def _around(
    x: float, y: float, r: float, w: float, h: float, centred: bool
) -> list[tuple[float, float, float]]:
    """Centres to try, nearest first: (x, y, what the distance costs)."""
    if centred:
        rings = [(x, y, 0.0)]
        for reach in range(2, 50, 2):
            for turn in range(16):
                angle = math.tau * turn / 16
                rings.append((x + 1.6 * reach * math.cos(angle), y + reach * math.sin(angle), float(reach)))
        return rings
    side, above = r + 1.4 + w / 2, r + 0.9 + h / 2
    near = [
        (x + side, y, 0.0),
        (x - side, y, 0.6),
        (x, y - above, 0.8),
        (x, y + above, 1.0),
        (x + side * 0.9, y - above * 0.8, 1.5),
        (x + side * 0.9, y + above * 0.8, 1.6),
        (x - side * 0.9, y - above * 0.8, 1.8),
        (x - side * 0.9, y + above * 0.8, 1.9),
    ]
    for reach in range(2, 60, 2):
        for turn in range(16):
            angle = math.tau * turn / 16
            near.append(
                (
                    x + (side + 1.5 * reach) * math.cos(angle),
                    y + (above + reach) * math.sin(angle),
                    3.0 + reach,
                )
            )
    return near
