"""Turn the second method's tree into a dendrogram that lies on its side, so that its leaves can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reportgen import formats, palette
from reportgen.charts.layout import MANY
from reportgen.charts.layout import rows as named
from reportgen.charts.registry import chart
from reportgen.charts.scale import Scale
from reportgen.charts.sheet import FULL, PT, TEXT, Sheet, width, wrap

if TYPE_CHECKING:
    from reportgen.results import Analysis, Exhibit

Rule = tuple[float, float, float, float]
NAMES, WIDE_NAMES = 40.0, 66.0
"""Most room for a name (of many segments), mm."""


@chart("dendrogram")
def dendrogram(analysis: Analysis, exhibit: Exhibit, accent: str) -> Sheet:
    """The root at the left, a row per leaf at the right; neighbours of one segment share its name."""
    found = analysis.hierarchy
    tree, leaves = found.tree, found.leaves
    position = {s.cluster: i for i, s in enumerate(analysis.segments)}
    order = _order(tree, len(leaves))
    runs: list[list[int]] = []
    for leaf in order:
        if runs and leaves[runs[-1][0]].cluster == leaves[leaf].cluster:
            runs[-1].append(leaf)
        else:
            runs.append([leaf])
    counts = {leaf: formats.count(leaves[leaf].customers) for leaf in order}
    wide_count = max(width(t, 7.2) for t in counts.values())
    labels = named(analysis.segments)
    many = (
        len(analysis.segments) > MANY
    )  # then there are many runs: names in one line keep the tree on one page
    room = WIDE_NAMES if many else NAMES
    names = [wrap(labels[position[leaves[run[0]].cluster]], room, TEXT, 600) for run in runs]
    wide_name = max(width(line, TEXT, 600) for name in names for line in name)
    right = FULL - wide_name - wide_count - 8.0

    pitch, gap, y = 3.5, 1.2 if many else 1.6, 6.0
    row: dict[int, float] = {}
    sheet = Sheet(FULL)
    for run, name in zip(runs, names, strict=True):
        tall = max(pitch * len(run), len(name) * TEXT * 1.08 * PT + 0.4)
        for n, leaf in enumerate(run):
            row[leaf] = y + tall * (n + 0.5) / len(run)
        colour = palette.segment_colour(position[leaves[run[0]].cluster])
        sheet.boxes([(right + wide_count + 3.4, y + 0.3, 1.0, tall - 0.6)], colour)
        sheet.lines(right + wide_count + 6.0, y + tall / 2, name, size=TEXT, weight=600, anchor="middle",
                    leading=1.08)  # fmt: skip
        for leaf in run:
            sheet.text(right + wide_count + 1.8, row[leaf], counts[leaf], size=7.2, colour=palette.GREY,
                       align="right")  # fmt: skip
        y += tall + gap
    end = y - gap

    highest = float(tree[-1, 2]) if len(tree) else 1.0
    scale = Scale(low=0.0, high=max(highest, found.cut) * 1.04, start=right, end=2.0)
    place: dict[int, tuple[float, float]] = {leaf: (right, row[leaf]) for leaf in order}
    kind: dict[int, int] = {leaf: leaves[leaf].cluster for leaf in order}
    rules: dict[int, list[Rule]] = {}
    for n, (a, b, height, _) in enumerate(tree):
        one, other = int(a), int(b)
        x = scale.at(float(height))
        node = len(leaves) + n
        same = kind[one] if kind[one] == kind[other] and height <= found.cut else -1
        for child in (one, other):
            cx, cy = place[child]
            rules.setdefault(kind[child] if height <= found.cut or kind[child] >= 0 else -1, []).append(
                (x, cy, cx, cy)
            )
        rules.setdefault(same, []).append((x, place[one][1], x, place[other][1]))
        place[node] = (x, (place[one][1] + place[other][1]) / 2)
        kind[node] = same
    for cluster in sorted(rules):
        colour = palette.segment_colour(position[cluster]) if cluster >= 0 else palette.GREY
        sheet.rules(rules[cluster], colour, 1.3 if cluster >= 0 else 0.9)
    if len(tree):
        root_x, root_y = place[len(leaves) + len(tree) - 1]
        sheet.rules([(root_x - 1.6, root_y, root_x, root_y)], palette.GREY, 0.9)
    cut = scale.at(found.cut)
    sheet.rules([(cut, 4.4, cut, end)], palette.SIGNAL, 0.8, dash=(3.0, 2.0), name="cut")
    words = f"cut into {formats.words(analysis.clustering.k)} groups"
    half = width(words, 7.4, 600) / 2
    sheet.text(min(max(cut, half), right - half), 2.0, words, size=7.4, weight=600, colour=palette.SIGNAL,
               align="center")  # fmt: skip
    sheet.text(FULL, 2.0, "Customers, segment", size=7.2, colour=palette.GREY, align="right")
    sheet.text(2.0, end + 3.2, "← less alike", size=7.2, colour=palette.GREY)
    sheet.text(right, end + 3.2, "more alike →", size=7.2, colour=palette.GREY, align="right")
    return sheet.finish(end + 3.2 + 7.2 * 0.6 * PT)


def _order(tree: np.ndarray[tuple[int, ...], np.dtype[np.float64]], leaves: int) -> list[int]:
    """Leaves from top to bottom, so that no branches cross."""
    if not len(tree):
        return list(range(leaves))
    stack, order = [leaves + len(tree) - 1], []
    while stack:
        node = stack.pop()
        if node < leaves:
            order.append(node)
        else:
            stack.extend((int(tree[node - leaves, 1]), int(tree[node - leaves, 0])))
    return order
