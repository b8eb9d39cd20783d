"""Turn an Analysis into the finished document, in a process of its own.

Drawing and typesetting need matplotlib and WeasyPrint, which take as long to load as a table takes to
read. So the desk is opened first: its process loads them on the second core while this one analyses.
A process of its own also keeps the memory and the crashes of layout away from the analysis. The two
talk in pickles over private pipes; nothing is shared and nothing but these bytes decides the result.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO, Literal, cast

from reportgen.errors import RenderError, ReportgenError

if TYPE_CHECKING:
    from types import TracebackType

    import pandas as pd

    from reportgen.results import Analysis, Brand, Chart, Note, Report

Medium = Literal["print", "screen"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """What comes back from the desk."""

    pages: Mapping[Medium, bytes]
    """``print``: the PDF; ``screen``: the HTML page."""
    charts: Mapping[str, Chart]
    evidence: bytes
    notes: tuple[Note, ...]


class Desk:
    """A process that is loading its libraries, and then makes one document.

    Use as a context manager, opened before the analysis. Where no process can be started, or with
    ``here=True``, the document is made in this process.
    """

    def __init__(self, *, here: bool = False) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        if not here:
            self._start()

    def __enter__(self) -> Desk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
        if self._folder is not None:
            self._folder.cleanup()

    def _start(self) -> None:
        """Start the process, with a folder for its temporary files that this process removes.

        The libraries leave font files behind when their process is killed, as it is when the table is refused.
        """
        try:
            self._folder = tempfile.TemporaryDirectory(prefix="reportgen-", ignore_cleanup_errors=True)
            environment = {
                **os.environ,
                "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
                "TMPDIR": self._folder.name,
            }
            self._process = subprocess.Popen(
                [sys.executable, "-m", "reportgen.desk"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
            )
        except OSError:  # no room or no rights for either: the document is made in this process
            self._process = None

    def give(self, analysis: Analysis, brand: Brand, media: tuple[Medium, ...]) -> None:
        """Hand the work over; `take` gets the document. In between this process is free."""
        self._order = (analysis, brand, media)
        if self._process is not None:
            assert self._process.stdin is not None
            try:
                pickle.dump((_slim(analysis), brand, media), self._process.stdin, protocol=5)
                self._process.stdin.flush()
            except OSError:
                raise RenderError(_ended(self._process)) from None

    def take(self) -> Document:
        """The document, when it is done.

        Raises
        ------
        RenderError
            The page could not be laid out, or the desk's process came to an end.
        """
        if self._process is None:
            return make(*self._order)
        assert self._process.stdout is not None
        try:
            answer = pickle.load(self._process.stdout)
        except (EOFError, pickle.UnpicklingError):
            raise RenderError(_ended(self._process)) from None
        if isinstance(answer, ReportgenError):
            raise answer
        assert isinstance(answer, Document)
        return answer


def make(analysis: Analysis, brand: Brand, media: tuple[Medium, ...]) -> Document:
    """Draw, write the evidence, fill the templates, typeset."""
    from reportgen import render
    from reportgen.writers import html, pdf

    report = draw(analysis, brand)
    pages: dict[Medium, bytes] = {}
    notes: tuple[Note, ...] = ()
    if "print" in media:
        typeset = pdf.typeset(render.render(report, medium="print"), report)
        pages["print"], notes = typeset.data, typeset.notes
    if "screen" in media:
        pages["screen"] = html.write_html(render.render(report, medium="screen"), report)
    return Document(pages=pages, charts=report.charts, evidence=report.evidence, notes=notes)


def draw(analysis: Analysis, brand: Brand) -> Report:
    """Draw the charts as high as the pages allow, and write the evidence: all that the templates need."""
    from reportgen import charts, evidence, render
    from reportgen.results import Report

    drawn = dict(charts.draw(analysis, accent=brand.accent))
    for key, space in render.spaces(analysis.story, drawn, brand.page).items():
        # A lower picture in the summary is better than none, and a map alone on a page fills it.
        fitting = replace(analysis.story.exhibits[key], space=space)
        drawn[key] = charts.draw_one(analysis, fitting, accent=brand.accent)
    written = evidence.write_evidence(analysis, brand)
    return Report(analysis=analysis, charts=drawn, brand=brand, evidence=written)


def report_of(analysis: Analysis, brand: Brand, document: Document) -> Report:
    """The report as the other writers want it."""
    from reportgen.results import Report

    return Report(analysis=analysis, charts=document.charts, brand=brand, evidence=document.evidence)


def _slim(analysis: Analysis) -> Analysis:
    """The analysis without what no page shows: cells (and so pandas), ids, the feature matrix, all distances."""
    features, clustering = analysis.features, analysis.clustering
    return replace(
        analysis,
        table=replace(analysis.table, cells=cast("pd.DataFrame", None)),
        columns=replace(analysis.columns, customers=()),
        features=replace(features, matrix=features.matrix[:0], order=features.order[:0]),
        clustering=replace(clustering, distances=clustering.distances[:0]),
    )


def _ended(process: subprocess.Popen[bytes]) -> str:
    code = process.wait()
    reason = "was killed, most likely for want of memory" if code in (-9, 137) else f"ended with code {code}"
    return f"report: the typesetting process {reason}; nothing was written, try a smaller table or --debug"


def _main(orders: BinaryIO, answers: BinaryIO) -> None:
    """The life of the desk's process: load, wait for the order, answer, end."""
    import gc
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, which ends this process
    gc.disable()  # one document, then the process ends: collecting costs a sixth of the layout
    _load()
    try:
        order = pickle.load(orders)
    except EOFError:
        return
    answer: Document | ReportgenError
    try:
        answer = make(*order)
    except ReportgenError as error:
        answer = error
    pickle.dump(answer, answers, protocol=5)
    answers.flush()


def _load() -> None:
    """Import what `make` needs, and let it look at the fonts."""
    from reportgen import charts, evidence, render  # noqa: F401
    from reportgen.writers import pdf

    pdf.warm_up()


if __name__ == "__main__":
    # What a library prints must not get between the pickles.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    from reportgen import desk  # the same module under its own name, so that pickles find its classes

    desk._main(sys.stdin.buffer, answers)
