"""Turn the font packages into the list of faces that the report is set in, for charts and pages alike.

Source Sans and Source Serif (Adobe, OFL) come from PyPI as static TTFs, so that every machine has the same
files. The report names them by private family names: an installed font of the real name can then never
stand in for them. Static files because WeasyPrint takes 110 ms longer for variable ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

SANS = "Report Sans"
SERIF = "Report Serif"


@dataclass(frozen=True, kw_only=True, slots=True)
class Face:
    """One font file."""

    family: str
    """``Report Sans`` or ``Report Serif``."""
    weight: int
    """CSS: 300, 400, 600 or 700."""
    style: Literal["normal", "italic"]
    path: Path


_FAMILIES = {
    SANS: ("font_source_sans_pro", "SourceSansPro"),
    SERIF: ("font_source_serif_pro", "SourceSerifPro"),
}
_CUTS: tuple[tuple[int, Literal["normal", "italic"], str], ...] = (
    (300, "normal", "Light"),
    (400, "normal", "Regular"),
    (600, "normal", "Semibold"),
    (700, "normal", "Bold"),
    (400, "italic", "It"),
)


def _folder(package: str) -> Path:
    """Where the package keeps its files; found without importing it (the import lists two folders)."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"No module named {package!r}", name=package)
    return Path(spec.origin).parent / "files"


@cache
def faces() -> tuple[Face, ...]:
    """Every face of the report, in a fixed order."""
    return tuple(
        Face(family=family, weight=weight, style=style, path=_folder(package) / f"{stem}-{cut}.ttf")
        for family, (package, stem) in _FAMILIES.items()
        for weight, style, cut in _CUTS
    )


@cache
def face(weight: int = 400, style: Literal["normal", "italic"] = "normal", family: str = SANS) -> Face:
    """The one face of that weight and style; KeyError if the report does not use it."""
    for one in faces():
        if (one.family, one.weight, one.style) == (family, weight, style):
            return one
    raise KeyError((family, weight, style))
