"""Turn an ``asset:`` address into bytes in memory; nothing else can be asked for.

=====================  =====================================================
``asset:chart/KEY.svg``  a chart of the report
``asset:font/NAME``      a face of ``reportgen.fonts``
``asset:logo``           the logo given by ``--logo``
``asset:tab/RRGGBB.svg`` the colour tab that hangs from the top edge of a page
=====================  =====================================================
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from reportgen import fonts
from reportgen.results import Report

_TAB = re.compile(r"asset:tab/([0-9A-F]{6})\.svg")
_TAB_SIZE = (13, 4)
"""Millimetres (DESIGN.md, "Page")."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asset:
    """Bytes and their media type."""

    media_type: str
    data: bytes


def registry(report: Report) -> Callable[[str], Asset | None]:
    """A function from address to asset, None for anything that is not ours."""
    charts: Mapping[str, bytes] = {
        f"asset:chart/{key}.svg": chart.svg for key, chart in report.charts.items()
    }
    faces: Mapping[str, Path] = {f"asset:font/{face.path.name}": face.path for face in fonts.faces()}

    def find(address: str) -> Asset | None:
        address = unquote(address)
        if address in charts:
            return Asset(media_type="image/svg+xml", data=charts[address])
        if address in faces:
            return Asset(media_type="font/ttf", data=faces[address].read_bytes())
        if address == "asset:logo" and report.brand.logo is not None:
            return Asset(media_type=report.brand.logo[0], data=report.brand.logo[1])
        if tab := _TAB.fullmatch(address):
            return Asset(media_type="image/svg+xml", data=_tab(tab[1]))
        return None

    return find


def _tab(colour: str) -> bytes:
    width, height = _TAB_SIZE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
        f'viewBox="0 0 {width} {height}"><rect width="{width}" height="{height}" fill="#{colour}"/></svg>'
    ).encode()
