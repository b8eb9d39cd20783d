"""Turn the kind of an exhibit into the function that draws it.

One module per figure; each registers its function where it stands, with ``@chart("kind")``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from reportgen.charts.sheet import Sheet
    from reportgen.results import Analysis, Exhibit

Draw: TypeAlias = "Callable[[Analysis, Exhibit, str], Sheet]"
"""(analysis, exhibit, accent) -> the finished sheet."""

KINDS: dict[str, Draw] = {}


def chart(kind: str) -> Callable[[Draw], Draw]:
    """Register the decorated function as what draws exhibits of this kind."""

    def register(draw: Draw) -> Draw:
        if kind in KINDS:
            raise ValueError(f"two charts are called {kind!r}")
        KINDS[kind] = draw
        return draw

    return register
