"""Turn the sample's report into the pictures of the README: a few of its pages as small PNGs.

Run by ``make gallery``. The pages are found by their bookmarks, so that a new page moves nothing; the date is
fixed, so that the same code gives the same bytes. A picture gets as many colours as its size allows.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pypdfium2
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "sample_data" / "customers_2026_q3.csv"
GALLERY = ROOT / "docs" / "gallery"

AS_OF = "2026-11-23"
WIDTH = 700
"""Pixels: three stand beside each other on a wide screen, and one can still be read by itself."""
PICTURE_BYTES_MAX = 60_000
GALLERY_BYTES_MAX = 400_000
COLOURS = (128, 96, 64, 48, 40, 32, 24, 16)
"""Tried from left to right until a picture is small enough."""

PAGES = {
    "1-cover": None,
    "2-summary": "Executive summary",
    "3-overview": "Overview",
    "4-segment": "S1",
    "5-unusual": "Unusual customers",
    "6-method": "How the segments were found",
}
"""Picture -> the bookmark of its page; None: the first page; S1: the first segment, whatever its name."""


def build(folder: Path) -> Path:
    """The report of the sample, as ``make report`` makes it, with a name and a date on it."""
    report = folder / "report.pdf"
    command = [
        sys.executable, "-m", "reportgen", "build", str(SAMPLE), "--output", str(report), "--as-of", AS_OF,
        "--organisation", "Example Bank", "--period", "Q3 2026", "--quiet",
    ]  # fmt: skip
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)
    return report


def places(document: pypdfium2.PdfDocument) -> dict[str, int]:
    """Picture -> page, from 0."""
    marks = [
        (mark.get_title(), mark.get_dest().get_index()) for mark in document.get_toc() if mark.level == 0
    ]
    index = dict(marks)
    titles = [title for title, _ in marks]
    index["S1"] = marks[titles.index("Profiles") + 1][1]
    return {picture: 0 if title is None else index[title] for picture, title in PAGES.items()}


def with_palette(picture: Image.Image, colours: int) -> Image.Image:
    """The picture in few colours, of which none is made up.

    A colour weighs as much as the root of its area: by area alone, the greys of the type would crowd out the
    colours of the segments. Each group of colours becomes its commonest, so white stays white.
    """
    pixels = np.asarray(picture)
    found, place, area = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True, return_counts=True)
    weighed = Image.fromarray(np.repeat(found, np.sqrt(area).astype(int), axis=0)[np.newaxis])
    groups = weighed.quantize(colours, method=Image.Quantize.MEDIANCUT, kmeans=5)
    group = np.asarray(
        Image.fromarray(found[np.newaxis]).quantize(palette=groups, dither=Image.Dither.NONE)
    ).ravel()
    used, index = np.unique(group, return_inverse=True)
    commonest = [found[group == g][area[group == g].argmax()] for g in used]
    few = Image.fromarray(index[place].reshape(pixels.shape[:2]).astype(np.uint8))
    few.putpalette(np.concatenate(commonest).tolist())
    return few


def png(page: pypdfium2.PdfPage) -> bytes:
    """The page as a PNG with a palette."""
    # Drawn at twice the size and halved: the small type stays legible.
    large = page.render(scale=2 * WIDTH / page.get_width()).to_pil().convert("RGB")
    picture = large.resize((WIDTH, round(WIDTH * large.height / large.width)), Image.Resampling.LANCZOS)
    for colours in COLOURS:
        out = io.BytesIO()
        with_palette(picture, colours).save(out, "PNG", optimize=True)
        if out.tell() <= PICTURE_BYTES_MAX:
            break
    return out.getvalue()


def main() -> None:
    """Write the gallery again."""
    with tempfile.TemporaryDirectory() as folder:
        document = pypdfium2.PdfDocument(build(Path(folder)).read_bytes())
        pictures = {name: png(document[index]) for name, index in places(document).items()}
    total = sum(map(len, pictures.values()))
    if total > GALLERY_BYTES_MAX or max(map(len, pictures.values())) > PICTURE_BYTES_MAX:
        sys.exit(f"gallery: {total:,} bytes; a picture or all together are too large")
    GALLERY.mkdir(parents=True, exist_ok=True)
    for old in GALLERY.glob("*.png"):
        old.unlink()
    for name, data in pictures.items():
        (GALLERY / f"{name}.png").write_bytes(data)
        print(f"{(GALLERY / f'{name}.png').relative_to(ROOT)}  {len(data):,} bytes")


if __name__ == "__main__":
    main()
