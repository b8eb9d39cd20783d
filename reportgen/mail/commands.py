"""Turn the words of a command line into a Request, and what became of it into lines or JSON.

``send`` and ``sent`` are click commands; ``register`` adds them to a group. Results go to stdout,
progress to stderr, and what went wrong is raised for ``cli.py`` to catch: ``MailError`` (3) when
nothing was sent, ``Undelivered`` (4) when some have the report, or may have.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reportgen.errors import MailError, ReportgenError

if TYPE_CHECKING:  # what is heavy is imported inside the commands: --help answers at once
    from reportgen.mail.ledger import Entry
    from reportgen.mail.send import Request, Sending
    from reportgen.mail.settings import Settings

_PATH = click.Path(path_type=Path)
_STATES = ("pending", "sent", "deferred", "failed", "unknown")


def _common(function: Any) -> Any:
    """The options of every command. ``cli`` acts on ``--debug`` and ``-v`` itself."""
    for option in (
        click.option(
            "--json", "as_json", is_flag=True, envvar="REPORTGEN_JSON", help="One JSON object on stdout."
        ),
        click.option(
            "--debug",
            is_flag=True,
            envvar="REPORTGEN_DEBUG",
            expose_value=False,
            help="The traceback of an error.",
        ),
        click.option(
            "-v", "--verbose", is_flag=True, envvar="REPORTGEN_VERBOSE", expose_value=False, hidden=True
        ),
        click.option("-q", "--quiet", is_flag=True, envvar="REPORTGEN_QUIET", help="No progress on stderr."),
        click.option("--config", type=_PATH, metavar="FILE", help="Default: ./reportgen.toml."),
        click.option(
            "--ledger", metavar="FILE", help="The record of what was sent (default: in the state folder)."
        ),
    ):
        function = option(function)
    return function


def register(group: click.Group) -> None:
    """Add ``send`` and ``sent``."""
    group.add_command(send)
    group.add_command(sent)


@click.command(
    short_help="E-mail a report, to each recipient once.",
    epilog="""\b
Examples:
  reportgen send report.pdf --to anna@example.com --dry-run
  reportgen send report.pdf --to board --bcc archive@example.com --message note.txt
  reportgen send report.pdf --resolve accept

\b
Exit codes: 0 every recipient has it; 3 nothing was sent; 4 some have it, or it is unknown.
""",
)
@click.argument("report", type=_PATH)
@click.option("--to", multiple=True, metavar="ADDRESS|LIST", help="Recipient or list; repeat for more.")
@click.option("--cc", multiple=True, metavar="ADDRESS|LIST", help="Copy, seen by all.")
@click.option("--bcc", multiple=True, metavar="ADDRESS|LIST", help="Copy, seen by nobody.")
@click.option("--from", "sender", metavar="ADDRESS", help="Sender, e.g. 'Finance <reports@example.com>'.")
@click.option("--reply-to", metavar="ADDRESS", help="Who gets the answers.")
@click.option("--subject", metavar="TEXT", help="Default: the report's title and period.")
@click.option("--message", type=_PATH, metavar="FILE", help="A note of yours (text) above the summary.")
@click.option("--attach", multiple=True, type=_PATH, metavar="FILE", help="A further file.")
@click.option("--allow-personal-data", is_flag=True, help="Attach files about single customers all the same.")
@click.option("--dry-run", is_flag=True, help="Write the messages as .eml files and send nothing.")
@click.option("-o", "--output", type=_PATH, metavar="FOLDER", help="Where --dry-run writes.")
@click.option("--resolve", type=click.Choice(["resend", "accept"]), help="Decide about unknown recipients.")
@click.option("--retry-failed", is_flag=True, help="Try recipients again who were refused for good.")
@click.option(
    "--delivery", type=click.Choice(["at-most-once", "at-least-once"]), help="When an answer is lost."
)
@click.option("--no-wait", is_flag=True, help="Try each recipient once; the next run tries the rest.")
@_common
def send(
    report: Path,
    message: Path | None,
    attach: tuple[Path, ...],
    allow_personal_data: bool,
    dry_run: bool,
    output: Path | None,
    resolve: Any,
    retry_failed: bool,
    no_wait: bool,
    config: Path | None,
    quiet: bool,
    as_json: bool,
    sender: str | None,
    **options: Any,
) -> None:
    """E-mail REPORT.pdf: its summary in the message, the PDF attached.

    Run it again to send only what is still owed; nobody gets a report twice. Server and sender stand in
    [mail] of reportgen.toml; the password comes from REPORTGEN_MAIL_PASSWORD, password_command or the
    keyring. Recipients given here replace all of those in [mail].
    """
    from reportgen.mail.send import Request
    from reportgen.mail.settings import load, with_options

    settings = with_options(load(config, os.environ), {"from": sender, **options})
    request = Request(
        report=report,
        settings=settings,
        note=message,
        attach=attach,
        allow_personal_data=allow_personal_data,
        resolve=resolve,
        retry_failed=retry_failed,
        wait=not no_wait,
    )
    finish(run(request, dry_run=dry_run, output=output, quiet=quiet), dry_run=dry_run, as_json=as_json)


def run(
    request: Request, *, dry_run: bool = False, output: Path | None = None, quiet: bool = False
) -> Sending:
    """Send, or write what would be sent."""
    from reportgen.mail.send import SystemClock, preview
    from reportgen.mail.send import send as deliver

    if dry_run:
        folder = output if output is not None else Path(f"{request.report.stem}-mail")
        return preview(request, folder, clock=SystemClock())
    return deliver(request, clock=SystemClock(), tell=_teller(quiet))


def prepare(config: Path | None) -> Settings:
    """The settings for ``build --send``, checked before the long work: server, sender, recipients."""
    from dataclasses import replace

    from reportgen.mail.send import recipients
    from reportgen.mail.settings import complete, load

    settings = load(config, os.environ)
    complete(settings)
    recipients(settings)
    if settings.minimum_grade is None:
        settings = replace(settings, minimum_grade="weak")
    return settings


def send_built(
    report: Path, settings: Settings, *, quiet: bool = False
) -> tuple[dict[str, object], list[str], ReportgenError | None]:
    """What ``build --send`` does with ``prepare``'s settings after the report is published.

    Returns what became of it, for JSON and as lines, and what is wrong with it.
    """
    from reportgen.mail.send import Request

    try:
        result = run(Request(report=report, settings=settings), quiet=quiet)
    except MailError as error:
        return {"exit_code": error.exit_code, "stopped": str(error)}, [], error
    return (
        result_as_json(result, dry_run=False),
        [_line(entry) for entry in result.entries],
        result.complaint(),
    )


def finish(result: Sending, *, dry_run: bool, as_json: bool) -> None:
    """Print what became of it; raise when somebody does not have the report."""
    if as_json:
        click.echo(json.dumps(result_as_json(result, dry_run=dry_run), ensure_ascii=False, indent=2))
    elif dry_run:
        for path in result.files:
            click.echo(_shown(path))
    else:
        for entry in result.entries:
            click.echo(_line(entry))
    complaint = None if dry_run else result.complaint()
    if complaint is not None:
        raise complaint


def result_as_json(result: Sending, *, dry_run: bool) -> dict[str, object]:
    """What ``--json`` prints."""
    complaint = None if dry_run else result.complaint()
    return {
        "report": _shown(result.report.path),
        "sha256": result.report.sha256,
        "subject": result.subject,
        "grade": result.report.grade,
        "exit_code": 0 if complaint is None else complaint.exit_code,
        "dry_run": dry_run,
        "attached": result.attached,
        "size": result.size,
        "sent_now": result.sent_now,
        "ledger": _shown(result.ledger),
        "stopped": result.stopped,
        "recipients": [entry_as_json(entry) for entry in result.entries],
        "files": [_shown(path) for path in result.files],
    }


def entry_as_json(entry: Entry) -> dict[str, object]:
    """One recipient in ``--json``."""
    return {
        "address": entry.address,
        "as": entry.role,
        "state": _state(entry),
        "message_id": entry.message_id,
        "tries": entry.tries,
        "code": entry.code,
        "reply": entry.reply,
        "changed": entry.changed,
    }


@click.command(short_help="List what was sent to whom.")
@click.argument("report", required=False, type=_PATH)
@click.option("--state", type=click.Choice(_STATES), help="Only these.")
@click.option(
    "--forget-before", metavar="DATE", help="Remove the addresses of all that is older (YYYY-MM-DD)."
)
@_common
def sent(
    report: Path | None,
    state: str | None,
    forget_before: str | None,
    ledger: str | None,
    config: Path | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """List what was sent to whom (of REPORT.pdf only, if given), or forget old addresses.

    Forgetting removes the addresses and the servers' answers, and keeps that there was a delivery, so
    that the same report still goes to nobody twice.
    """
    from reportgen.mail.ledger import Ledger
    from reportgen.mail.preflight import sha256_of
    from reportgen.mail.send import ledger_path
    from reportgen.mail.settings import load, with_options

    path = ledger_path(with_options(load(config, os.environ), {"ledger": ledger}))
    forgotten = 0
    if forget_before is not None:
        before = _date(forget_before)
        if path.is_file():
            with Ledger.locked(path) as book:
                forgotten = book.forget(before)
    entries = []
    reader = Ledger.open(path)
    if reader is not None:
        with reader:
            entries = reader.entries(sha256_of(report) if report is not None else None)
    if state is not None:
        entries = [entry for entry in entries if _state(entry) == state]
    if as_json:
        listed = [
            {"report": e.report, "title": e.title, "period": e.period, **entry_as_json(e)} for e in entries
        ]
        result = {"ledger": _shown(path), "forgotten": forgotten, "deliveries": listed}
        click.echo(json.dumps(result, ensure_ascii=False, indent=2))
        return
    if forget_before is not None:
        click.echo(f"{forgotten} {'address' if forgotten == 1 else 'addresses'} forgotten")
        return
    if not entries and not quiet:
        click.echo(f"{_shown(path)}: nothing listed", err=True)
    for entry in entries:
        click.echo(f"{entry.changed}  {_line(entry)}  [{' '.join((entry.title, entry.period)).strip()}]")


def _state(entry: Entry) -> str:
    """A row in ``committing`` belongs to a run that is at work or was killed: its outcome is not known."""
    return "unknown" if entry.state == "committing" else entry.state.value


def _line(entry: Entry) -> str:
    answer = f"{entry.code or ''} {entry.reply}".strip()
    return f"{_state(entry):<9} {entry.role:<3} {entry.address or '(forgotten)'}" + (
        f"  {answer}" if answer else ""
    )


def _shown(path: Path) -> str:
    """A path as text, whatever bytes are in its name."""
    return os.fsencode(path).decode("utf-8", "replace")


def _date(text: str) -> dt.datetime:
    try:
        return dt.datetime.combine(dt.date.fromisoformat(text), dt.time(), dt.UTC)
    except ValueError:
        raise MailError(f"--forget-before {text}: is not a date; write it as 2026-12-31") from None


def _teller(quiet: bool) -> Callable[[str], None]:
    def tell(text: str) -> None:
        if not quiet:
            click.echo(text, err=True)

    return tell
