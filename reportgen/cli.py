"""Turn a command line into a call and its outcome into an exit code; nothing else.

Results go to stdout, everything else to stderr. Whatever goes wrong becomes one line here and only
here, with a traceback only on ``--debug``. What is heavy (pandas, scikit-learn, rich ...) is imported
inside the commands, so that ``--help`` and a mistyped option answer at once.

Signals raise in the main thread instead of killing it, because Python's default for SIGTERM and
SIGHUP skips ``finally`` and would leave half a set behind (RELIABILITY.md 4).
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TextIO

import click

from reportgen import __version__
from reportgen.config import FILE_NAME, PREFIX, SETTINGS, Setting, commented, resolve
from reportgen.errors import MailError, OutputError, ReportgenError, WeakSegmentation
from reportgen.mail import commands as mail

if TYPE_CHECKING:
    from reportgen.results import Note

EXIT_USAGE = 2
EXIT_PIPE = 128 + signal.SIGPIPE
NOTES_SHOWN = 12
"""Without ``--verbose``; the report's last pages list all of them."""
BURST = 1.0
"""Seconds in which a second signal is the same event: closing a terminal sends several."""

# --------------------------------------------------------------------------- what the user sees


_STAGES = {
    "read": "Reading the file",
    "understand": "Understanding its columns",
    "prepare": "Preparing the numbers",
    "segment": "Finding segments",
    "describe": "Finding words",
    "draw": "Drawing charts",
    "typeset": "Typesetting",
    "write": "Writing",
}
"""What the progress bar says at each of ``pipeline.STAGES``."""


class Screen:
    """Where a command's results, notes and progress go; made once per run."""

    def __init__(self) -> None:
        self.quiet = False
        self.verbose = False
        self.json = False
        self.debug = False

    def result(self, text: str) -> None:
        """Print a line of the result on stdout."""
        _write(sys.stdout, text + "\n")

    def result_json(self, found: Mapping[str, object]) -> None:
        """Print the one JSON object of ``--json`` on stdout."""
        _write(sys.stdout, json.dumps(found, ensure_ascii=False, allow_nan=False) + "\n")

    def say(self, text: str) -> None:
        """Print a line on stderr; a closed stderr does not stop anything."""
        with contextlib.suppress(OSError, ValueError):
            _write(sys.stderr, one_line(text) + "\n")

    def notes(self, notes: Sequence[Note]) -> None:
        """Print what was done, guessed or could not be done."""
        if self.quiet:
            return
        shown = notes if self.verbose else notes[:NOTES_SHOWN]
        for note in shown:
            code = f" [{note.code}]" if self.verbose else ""
            self.say(f"{'warning' if note.level == 'warning' else 'note'}{code}: {note.message}")
        if len(shown) < len(notes):
            self.say(f"note: {len(notes) - len(shown)} more notes; -v shows them, and so does the report")

    @contextlib.contextmanager
    def stages(self, names: Sequence[str]) -> Iterator[Callable[[str], None]]:
        """Progress by stage: a bar on a terminal, a line each with ``--verbose``, else nothing."""
        if self.verbose:
            with self._stage_lines() as progress:
                yield progress
        elif self.quiet or not _on_terminal(sys.stderr):
            yield lambda _stage: None
        else:
            with self._stage_bar(names) as progress:
                yield progress

    @contextlib.contextmanager
    def _stage_lines(self) -> Iterator[Callable[[str], None]]:
        started = time.monotonic()

        def progress(stage: str) -> None:
            self.say(f"{time.monotonic() - started:6.2f} s  {stage}")

        yield progress
        progress("done")

    @contextlib.contextmanager
    def _stage_bar(self, names: Sequence[str]) -> Iterator[Callable[[str], None]]:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
        )
        with Progress(
            *columns,
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        ) as bar:
            task = bar.add_task(f"{'Starting':<24}", total=len(names) or None)

            def progress(stage: str) -> None:
                done = names.index(stage) if stage in names else None
                said = f"{_STAGES.get(stage, stage):<24}"
                bar.update(task, description=said, completed=done, refresh=True)  # also a stage of no time

            yield progress


def one_line(text: str) -> str:
    """``text`` on one line, without characters that could steer a terminal."""
    return "".join(c if c.isprintable() or c == "\N{NO-BREAK SPACE}" else " " for c in text).strip()


def _write(stream: TextIO | None, text: str) -> None:
    """Write, whatever characters the text has and the terminal lacks; file names keep their bytes."""
    if stream is None:  # closed by whoever started us
        return
    try:
        stream.write(text)
    except UnicodeEncodeError:
        with_bytes = text.encode(
            stream.encoding or "utf-8", "surrogateescape" if _escapes(text) else "replace"
        )
        stream.flush()
        stream.buffer.write(with_bytes)
    stream.flush()


def _escapes(text: str) -> bool:
    """Whether ``text`` is UTF-8 apart from the undecodable bytes of a file name."""
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return any("\udc80" <= c <= "\udcff" for c in text)


def _on_terminal(stream: TextIO | None) -> bool:
    with contextlib.suppress(ValueError):
        return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"
    return False


# --------------------------------------------------------------------------- options


_RUNNING = "Running"
"""Heading of the options that every command has."""


class _Option(click.Option):
    """An option that knows under which heading the help shows it."""

    def __init__(self, names: Sequence[str], *, group: str, **more: Any) -> None:
        super().__init__(names, **more)
        self.group = group


class _Command(click.Command):
    """A command whose help shows its options in groups."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One section for each group, in the order of the options."""
        groups: dict[str, list[tuple[str, str]]] = {}
        last: list[tuple[str, str]] = []
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx) if isinstance(parameter, click.Option) else None
            if record is not None:
                group = getattr(parameter, "group", _RUNNING)
                (last if group == _RUNNING else groups.setdefault(group, [])).append(record)
        for group, records in (*groups.items(), (_RUNNING, last)):
            with formatter.section(group):
                formatter.write_dl(records, col_max=26)


def _option(setting: Setting) -> Callable[[Any], Any]:
    names = list(setting.flags)
    if setting.flag:
        names[-1] += "/--no-" + names[-1].removeprefix("--")
        return click.option(
            *names, setting.name, cls=_Option, group=setting.group, default=None, help=setting.help
        )
    return click.option(
        *names, setting.name, cls=_Option, group=setting.group, default=None, type=str,
        metavar=setting.metavar, multiple=setting.multiple, help=setting.help,
    )  # fmt: skip


def settings(*, reading: bool) -> Callable[[Any], Any]:
    """Give a command the options of ``SETTINGS``, all of them or those about reading, and ``--config``."""

    def decorate(function: Any) -> Any:
        function = click.option(
            "--config", "config", cls=_Option, group=_RUNNING, metavar="FILE",
            help=f"Settings from this file instead of ./{FILE_NAME}.",
        )(function)  # fmt: skip
        for setting in reversed(SETTINGS):
            if setting.reading or not reading:
                function = _option(setting)(function)
        return function

    return decorate


def running(function: Any) -> Any:
    """Give a command ``-q -v --json --debug`` and, as its first argument, the ``Screen`` that obeys them."""
    import functools

    @functools.wraps(function)
    def run(quiet: bool, verbose: bool, as_json: bool, debug: bool, **given: Any) -> Any:
        screen = click.get_current_context().find_object(Screen) or Screen()
        screen.quiet, screen.verbose, screen.json, screen.debug = quiet, verbose and not quiet, as_json, debug
        if not debug:
            _hush()
        return function(screen, **given)

    for names, name, text in (
        (("--debug",), "debug", "Show the traceback of an error."),
        (("--json",), "as_json", "Print the result as one JSON object."),
        (("-v", "--verbose"), "verbose", "Show each stage with its time, and every note with its code."),
        (("-q", "--quiet"), "quiet", "Print nothing but results and errors."),
    ):
        variable = PREFIX + names[-1].removeprefix("--").upper()
        run = click.option(
            *names, name, cls=_Option, group=_RUNNING, is_flag=True, help=text, envvar=variable
        )(run)  # fmt: skip
    return run


def _hush() -> None:
    """Keep what libraries warn and log off the screen: what a user must know is a note."""
    import logging
    import warnings

    warnings.simplefilter("ignore")  # main() puts the filters back
    logging.getLogger().addHandler(logging.NullHandler())


# --------------------------------------------------------------------------- commands


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with: reportgen build customers.csv. Every command explains itself with --help.",
)
@click.version_option(__version__, "--version", message="%(prog)s %(version)s")
def program() -> None:
    """Turn a table of customers into an executive report whose every sentence can be proved."""


@program.command(
    cls=_Command,
    short_help="Make the report of a table of customers.",
    epilog="""\b
Examples:
  reportgen build customers.csv
  reportgen build customers.csv -k 4 --title "Our customers" --period "Q3 2026" -o report.pdf
  reportgen build customers.csv -o q3/            the whole set, with tables and charts
  reportgen build customers.csv --features PURCHASES,BALANCE --as category=REGION

\b
Each option can also stand in ./reportgen.toml (reportgen init writes one) or in the environment
(--as-of is REPORTGEN_AS_OF). An option comes before the environment, that before the file.

\b
Exit codes: 0 report written; 1 --strict and the segmentation is weak or none; 2 it cannot be
done (one line says why); 130 stopped with Ctrl-C.
""",
)
@click.argument("data", metavar="DATA")
@settings(reading=False)
@click.option(
    "--send",
    "mailing",
    cls=_Option,
    group=_RUNNING,
    is_flag=True,
    help="E-mail the report as [mail] says, unless its grade is none.",
)
@running
def build(screen: Screen, data: str, mailing: bool, **given: object) -> None:
    """Make the report of the customers in DATA, a table in a text file with one row per customer."""
    source = Path(data)
    config = resolve(given, source=source)
    if mailing and config.output.suffix == ".html":
        raise MailError(f"{config.output}: --send needs a PDF; end --output in .pdf, or name a folder")
    post = mail.prepare(Path(str(given["config"])) if given.get("config") else None) if mailing else None
    from reportgen import pipeline

    gc.disable()  # one report, then the process ends: looking for cycles costs a tenth of the time
    with screen.stages(pipeline.STAGES) as progress:
        result = pipeline.build(source, config, progress=progress, apart=not screen.debug)
    screen.notes(result.notes)
    analysis = result.analysis
    grade = analysis.clustering.grade
    weak = config.strict and grade != "clear"
    found: dict[str, object] = {
        "report": [str(path) for path in result.paths],
        "segments": [
            {"id": s.id, "name": s.name, "size": int(s.size), "share": float(s.share)}
            for s in analysis.segments
        ],
        "k": int(analysis.clustering.k),
        "grade": str(grade),
        "rows_read": analysis.columns.rows_read,
        "rows_used": analysis.columns.rows_used,
        "notes": [{"code": note.code, "message": note.message} for note in result.notes],
        "claims": len(analysis.story.claims),
    }
    if not screen.json:
        for path in result.paths:
            screen.result(str(path))
    trouble: ReportgenError | None = None
    if post is not None and not weak:
        pdf = next(path for path in result.paths if path.suffix == ".pdf")
        found["mail"], lines, trouble = mail.send_built(pdf, post, quiet=screen.quiet)
        if not screen.json:
            for line in lines:
                screen.result(line)
    if screen.json:
        screen.result_json(found)
    if weak:
        raise WeakSegmentation(
            f"{data}: the segmentation is graded {grade}; the report says why and is written,"
            " but --strict asks for a clear one"
        )
    if trouble is not None:
        raise trouble


@program.command(
    cls=_Command,
    short_help="Show what is understood of a table, and what build would do.",
    epilog="""\b
Examples:
  reportgen check customers.csv
  reportgen check customers.csv --json
  reportgen check customers.csv --as category=REGION --ignore BRANCH
""",
)
@click.argument("data", metavar="DATA")
@settings(reading=True)
@running
def check(screen: Screen, data: str, **given: object) -> None:
    """Show what is understood of DATA, column by column, and what build would do with it. Writes nothing."""
    source = Path(data)
    config = resolve(given, source=source)
    from reportgen import describe, pipeline

    table, columns = pipeline.inspect(source, config)
    if screen.json:
        screen.result_json(describe.as_json(table, columns))
        return
    import io

    from rich.console import Console

    terminal = _on_terminal(sys.stdout)
    page = io.StringIO()
    width = None if terminal or os.environ.get("COLUMNS", "").isdigit() else 140
    Console(file=page, width=width, force_terminal=terminal or None).print(
        describe.for_people(table, columns)
    )
    screen.result("\n".join(line.rstrip() for line in page.getvalue().splitlines()))


@program.command(
    cls=_Command,
    short_help="Write a commented reportgen.toml.",
    epilog="""\b
Examples:
  reportgen init                     every setting, explained, in comments
  reportgen init customers.csv       and the role of each column, as found
""",
)
@click.argument("data", metavar="[DATA]", required=False)
@settings(reading=True)
@running
def init(screen: Screen, data: str | None, **given: object) -> None:
    """Write a commented reportgen.toml in this folder, with the roles of the columns when DATA is given."""
    target = Path(FILE_NAME)
    if os.path.lexists(target):
        raise OutputError(f"{target}: is already there; edit it, or remove it first")
    source = Path(data) if data is not None else None
    config = resolve(given, source=source)
    values = {
        setting.name: getattr(config, setting.name)
        for setting in SETTINGS
        if given.get(setting.name) not in (None, ()) and setting.name != "roles"
    }
    roles: list[tuple[str, str, str]] = [(column, role, "") for column, role in config.roles.items()]
    guessed: frozenset[str] = frozenset()
    if source is not None:
        from reportgen import pipeline

        found = [c for c in pipeline.inspect(source, config)[1].columns if not c.derived_from]
        roles = [(c.name, c.role, f"{c.used_for}: {c.reason}") for c in found]
        # A role that was guessed is told apart from one that is given; the file must not turn one into the other.
        given_back = replace(config, roles={c.name: c.role for c in found})
        stated = pipeline.inspect(source, given_back)[1]
        guessed = frozenset(c.name for c in found if stated[c.name].reason != c.reason) - set(config.roles)
    about = source.name if source is not None else ""
    text = commented(values=values, roles=roles, guessed=guessed, about=about)
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise OutputError(f"{target}: cannot be written ({error.strerror}); choose another folder") from None
    if screen.json:
        screen.result_json({"config": str(target), "roles": {name: str(role) for name, role, _ in roles}})
    else:
        screen.result(str(target))


@program.command(
    cls=_Command,
    short_help="Recompute every claim of a report from its table.",
    epilog="""\b
Examples:
  reportgen verify customers-report.pdf customers.csv
  reportgen verify customers-report.pdf customers.csv --json

\b
Exit codes: 0 every claim holds; 1 some do not (each is named, with what the report says and what
the data say); 2 it cannot be done.
""",
)
@click.argument("report", metavar="REPORT")
@click.argument("data", metavar="DATA")
@running
def verify(screen: Screen, report: str, data: str) -> int:
    """Recompute every claim in REPORT, a PDF made by build, from the table in DATA."""
    from reportgen import verify as verifying

    result = verifying.verify(Path(report), Path(data))
    if screen.json:
        screen.result_json(
            {
                "claims": result.claims,
                "hold": result.hold,
                "recomputed": result.recomputed,
                "printed": result.printed,
                "identical": result.identical,
                "failures": [
                    {"id": f.id, "where": f.where, "text": f.text, "expected": f.expected, "found": f.found}
                    for f in result.failures
                ],
            }
        )
        return 1 if result.failures else 0
    for failure in result.failures:
        told = f"{failure.id} ({failure.where}): expected {failure.expected}, found {failure.found}"
        screen.result(one_line(f"{told}: {failure.text}" if failure.text else told))
    held = f"all {result.claims}" if result.hold == result.claims else f"{result.hold} of {result.claims}"
    screen.result(f"{held} claims hold; {result.recomputed} were recomputed from the table")
    if not result.identical and not screen.quiet:
        screen.say(f"note: {data} is not byte for byte the table that the report was made from")
    return 1 if result.failures else 0


mail.register(program)  # send, sent


# --------------------------------------------------------------------------- from outcome to exit code


class Stopped(SystemExit):
    """A signal asked the run to end; ``code`` is 128 + its number."""


@contextlib.contextmanager
def _signals() -> Iterator[None]:
    """Let SIGINT, SIGTERM and SIGHUP unwind the stack, so that what was begun is cleaned up."""
    quiet_until = 0.0

    def stop(number: int, _frame: FrameType | None) -> None:
        nonlocal quiet_until
        now = time.monotonic()
        if now < quiet_until:
            return
        quiet_until = now + BURST
        raise Stopped(128 + number)

    before: dict[signal.Signals, Any] = {}
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with contextlib.suppress(ValueError):  # not the main thread: signals are somebody else's
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
                before[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code; the one place where errors are caught."""
    import warnings

    words = list(sys.argv[1:] if arguments is None else arguments)
    screen = Screen()
    screen.debug = "--debug" in words
    if os.environ.get("_REPORTGEN_COMPLETE"):  # a shell asks for completions
        program.main(words, prog_name="reportgen")
    try:
        with warnings.catch_warnings(), _signals():
            try:
                return _run(words, screen)
            except BaseException as error:
                if screen.debug and not isinstance(
                    error, (Stopped, click.exceptions.Exit, click.ClickException)
                ):
                    import traceback

                    screen_trace = "".join(traceback.format_exception(error))
                    with contextlib.suppress(OSError, ValueError):
                        _write(sys.stderr, screen_trace)
                return _outcome(error, screen)
    except Stopped as stopped:  # while an error was being reported
        return int(stopped.code or 0)


def _run(words: list[str], screen: Screen) -> int:
    """As Click's own ``main``, which however gives broken pipes and Ctrl-C exit code 1: weak, here."""
    with program.make_context("reportgen", words, obj=screen) as context:
        code = program.invoke(context)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code if isinstance(code, int) else 0


def _outcome(error: BaseException, screen: Screen) -> int:
    """Say what ended the run, in one line, and which exit code that is."""
    match error:
        case click.exceptions.Exit():
            return error.exit_code
        case Stopped() | SystemExit():
            return error.code if isinstance(error.code, int) else EXIT_USAGE
        case KeyboardInterrupt() | click.Abort():
            return 128 + signal.SIGINT
        case click.exceptions.NoArgsIsHelpError():
            with contextlib.suppress(OSError):
                _write(sys.stderr, error.format_message() + "\n")
            return EXIT_USAGE
        case click.UsageError():
            asked = error.ctx.command_path if error.ctx is not None else "reportgen"
            screen.say(f"reportgen: {error.format_message().rstrip('.')}; see {asked} --help")
            return EXIT_USAGE
        case click.ClickException():
            screen.say(f"reportgen: {error.format_message()}")
            return EXIT_USAGE
        case ReportgenError():
            screen.say(f"reportgen: {error}")
            return error.exit_code
        case BrokenPipeError():
            _close_stdout()
            return EXIT_PIPE
        case MemoryError():
            screen.say("reportgen: out of memory; give it more, or fewer columns (--ignore) or rows")
            return EXIT_USAGE
        case OSError() if error.strerror:
            _close_stdout()
            about = f"{error.filename}: " if error.filename is not None else ""
            screen.say(f"reportgen: {about}{error.strerror}; see to that and run it again")
            return EXIT_USAGE
    if type(error).__name__ == "FatalURLFetchingError":  # WeasyPrint's, a BaseException
        screen.say(f"reportgen: the document asked for something from outside, which is refused: {error}")
        return EXIT_USAGE
    screen.say(
        f"reportgen: this is a bug: {type(error).__name__}: {str(error)[:300]}{_where(error)};"
        " run it again with --debug for the traceback, and report it"
    )
    return EXIT_USAGE


def _where(error: BaseException) -> str:
    """`` (columns.py, line 12)``: the innermost line of ours."""
    found, trace = "", error.__traceback__
    here = str(Path(__file__).parent)
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file.startswith(here):
            found = f" ({Path(file).name}, line {trace.tb_lineno})"
        trace = trace.tb_next
    return found


def _close_stdout() -> None:
    """Point stdout nowhere, so that what is left in its buffer fails nobody at exit."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
