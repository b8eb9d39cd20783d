"""How long templates, layout and PDF take against WeasyPrint alone on the same page (DESIGN.md; limit 2.5x).

Both run in processes of their own, alternating, from the same prepared report: ours from the import of
``render`` to the PDF (PDF/A-3a and PDF/UA-1, attachments, checked to fit), WeasyPrint's from its import to a
plain PDF of the finished HTML, its pictures and fonts served from memory. CPU time, best of the runs.
"""

from __future__ import annotations

import argparse
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
REFERENCE = REPOSITORY.parent / "shared" / "data" / "CC GENERAL.csv"
LIMIT = 2.5


def prepare(data: Path, folder: Path) -> None:
    """Analyse and draw; leave the report, and the page with all that it asks for, in ``folder``."""
    from reportgen import desk, pipeline, render
    from reportgen.config import resolve
    from reportgen.results import Brand
    from reportgen.writers import assets

    config = resolve({"as_of": "2026-10-05"}, source=data)
    brand = Brand(
        title=None, organisation=None, period=None, author=None, classification=None, accent=config.accent,
        logo=None, as_of=config.as_of,
    )  # fmt: skip
    report = desk.draw(desk._slim(pipeline.analyse(data, config)), brand)
    page = render.render(report, medium="print")
    find = assets.registry(report)
    names = {word.strip("\"'()") for word in page.replace(",", " ").split() if "asset:" in word}
    served = {}
    for name in names:
        address = "asset:" + name.partition("asset:")[2].partition('"')[0].partition(")")[0].strip("\"'")
        asset = find(address)
        if asset is not None:
            served[address] = (asset.media_type, asset.data)
    (folder / "report.pickle").write_bytes(pickle.dumps(report))
    (folder / "page.pickle").write_bytes(pickle.dumps((page, served)))


def ours(folder: Path) -> Callable[[], bytes]:
    report = pickle.loads((folder / "report.pickle").read_bytes())

    def write() -> bytes:
        from reportgen import render
        from reportgen.writers import pdf

        return pdf.typeset(render.render(report, medium="print"), report).data

    return write


def theirs(folder: Path) -> Callable[[], bytes]:
    page, served = pickle.loads((folder / "page.pickle").read_bytes())

    def write() -> bytes:
        from weasyprint import HTML
        from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

        class Memory(URLFetcher):
            def fetch(self, url, headers=None):
                if url not in served:  # else it would be left out, and the comparison with it
                    raise FatalURLFetchingError(url)
                media_type, data = served[url]
                return URLFetcherResponse(url, data, {"Content-Type": media_type})

        pdf: bytes = HTML(string=page, base_url="asset:", url_fetcher=Memory()).write_pdf()
        return pdf

    return write


def once(kind: str, folder: Path) -> float:
    """CPU seconds of one process, from the first import of what typesets to the bytes."""
    done = subprocess.run(
        [sys.executable, __file__, "--child", kind, "--folder", str(folder)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return float(done.stdout.split()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--child", choices=("ours", "theirs"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        write = {"ours": ours, "theirs": theirs}[options.child](options.folder)
        start = time.process_time()
        assert write().startswith(b"%PDF-")
        print(time.process_time() - start)
        return
    if not REFERENCE.is_file():
        sys.exit("the reference table is not there: ../shared/data/CC GENERAL.csv, beside this checkout")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(REFERENCE, folder)
        times = [(once("theirs", folder), once("ours", folder)) for _ in range(options.runs)]
    plain, full = (min(column) for column in zip(*times, strict=True))
    verdict = "ok" if full <= LIMIT * plain else "OVER"
    print(
        f"WeasyPrint alone {plain:.2f} s, reportgen {full:.2f} s of CPU: {full / plain:.2f}x of {LIMIT}x {verdict}"
    )


if __name__ == "__main__":
    main()
