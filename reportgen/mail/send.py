"""Turn a report and a list of recipients into deliveries: the sequence, on one page.

Check everything, make the message, take the ledger, hand over what is owed, say what became of each.
Nothing touches the network before every check has passed, and nothing is sent that the ledger does
not owe: running the same command again sends only what is left.
"""

from __future__ import annotations

import datetime as dt
import difflib
import random
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, Protocol

from reportgen import formats
from reportgen.errors import MailError, ReportgenError, Undelivered
from reportgen.mail import secrets, transport
from reportgen.mail.addresses import Mailbox, allowed, is_list_name, mailbox
from reportgen.mail.ledger import Entry, Ledger, State, default_path, key
from reportgen.mail.message import Letter, letter, message, message_id, read_note
from reportgen.mail.picture import exhibit
from reportgen.mail.preflight import Mailable, attachment, inspect
from reportgen.mail.settings import Grade, Settings, complete

Resolve = Literal["resend", "accept"]
_GRADES: tuple[Grade, ...] = ("none", "weak", "clear")
_OWED = (State.PENDING, State.DEFERRED)
_SOME_TIME = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""Every Date has the same length, so any will do to measure a message."""
_JITTER = 0.1
_IDLE_SECONDS = 20.0
"""After a longer pause the server is asked whether it is still there."""


class Clock(Protocol):
    """Time, so that tests need not wait."""

    def now(self) -> dt.datetime:
        """The time of day, with a zone."""

    def sleep(self, seconds: float) -> None:
        """Wait."""

    def elapsed(self) -> float:
        """Seconds since some moment."""


class SystemClock:
    """The clock of this machine."""

    def now(self) -> dt.datetime:
        """The time of day in UTC."""
        return dt.datetime.now(dt.UTC)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def elapsed(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """Who is to get the report, and where they stand in its headers."""

    mailbox: Mailbox
    role: Literal["to", "cc", "bcc"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What the user asked for."""

    report: Path
    settings: Settings
    note: Path | None = None
    attach: tuple[Path, ...] = ()
    allow_personal_data: bool = False
    resolve: Resolve | None = None
    retry_failed: bool = False
    wait: bool = True
    """Whether to wait and try again when the server puts recipients off."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sending:
    """What became of it."""

    report: Mailable
    subject: str
    attached: bool
    """Whether the PDF itself goes along."""
    size: int
    """Bytes of the message; 0 when none was made."""
    ledger: Path
    entries: tuple[Entry, ...]
    """Of this command's recipients, in their order."""
    sent_now: int = 0
    stopped: str = ""
    """Why the run ended early; empty when it did not."""
    files: tuple[Path, ...] = ()
    """Written by a dry run."""

    def complaint(self) -> ReportgenError | None:
        """None when every recipient has the report; else the error that carries the exit code."""
        count = {state: sum(entry.state is state for entry in self.entries) for state in State}
        lost = count[State.UNKNOWN] + count[State.COMMITTING]
        owed = count[State.PENDING] + count[State.DEFERRED]
        if not (lost or owed or count[State.FAILED]) and not self.stopped:
            return None
        parts = []
        if count[State.FAILED]:
            parts.append(f"{_people(count[State.FAILED])} refused for good (--retry-failed to try again)")
        if owed:
            parts.append(f"{_people(owed)} not reached yet (run the same command again)")
        if lost:
            parts.append(
                f"{_people(lost)} unknown: the answer was lost, the report may have arrived "
                "(ask, then --resolve resend or accept)"
            )
        if self.stopped:
            parts.append(self.stopped)
        text = f"{self.report.path}: {count[State.SENT]} of {_people(len(self.entries))} sent; " + "; ".join(
            parts
        )
        return Undelivered(text) if count[State.SENT] or lost else MailError(text)


def _people(number: int) -> str:
    return f"{formats.count(number)} {'recipient' if number == 1 else 'recipients'}"


def send(request: Request, *, clock: Clock, tell: Callable[[str], None]) -> Sending:
    """Check, then deliver what is owed. ``tell`` gets a sentence of progress now and then.

    Raises
    ------
    MailError
        When nothing was sent by this call and something must be put right first.
    """
    settings = request.settings
    accepting = request.resolve == "accept" and not (settings.to or settings.cc or settings.bcc)
    if not accepting:
        complete(settings)
    report = inspect(request.report)
    _may_go(report, request)
    with Ledger.locked(ledger_path(settings)) as ledger:
        if accepting:
            return _accept_all(report, ledger, clock)
        people = recipients(settings)
        compose = _composer(request, report, people)
        mail = compose(settings.max_size)
        rows = {key(report.sha256, person.mailbox): person for person in people}
        now = clock.now()
        number, when = ledger.other_version(
            report.sha256, report.title, report.period, [person.mailbox.address for person in people]
        )
        if number and ledger.entries(report.sha256) == []:
            tell(
                f"note: {_people(number)} got another version of «{mail.subject}» (last on {when[:10]}); "
                "this one is a different file and is sent as well"
            )
        ledger.register(report.sha256, report.title, report.period, report.path.resolve(), now)
        owed = [(person.mailbox, person.role, _identity(report, person, settings)) for person in people]
        ledger.owe(report.sha256, owed, now)
        if request.resolve is not None:
            state = State.PENDING if request.resolve == "resend" else State.SENT
            ledger.resolve(report.sha256, rows, state, _RESOLVED[request.resolve], now)
        if request.retry_failed:
            ledger.retry_failed(rows, now)
        run = _Run(request, report, ledger, mail, compose, clock, tell)
        try:
            run.deliver([(row, rows[row]) for row in rows if _is_owed(ledger.get(row), settings)])
        except MailError as error:
            if not run.handed_over:
                raise
            run.stopped = str(error)
        return Sending(
            report=report,
            subject=run.mail.subject,
            attached=run.attached,
            size=run.size,
            ledger=ledger.path,
            entries=tuple(entry for row in rows if (entry := ledger.get(row)) is not None),
            sent_now=run.sent,
            stopped=run.stopped,
        )


_RESOLVED = {"resend": "to be sent again, decided by hand", "accept": "taken as received, decided by hand"}


def preview(request: Request, folder: Path, *, clock: Clock) -> Sending:
    """Write, as ``.eml`` files, exactly the messages that ``send`` would hand over now; send nothing."""
    settings = request.settings
    complete(settings, dry_run=True)
    report = inspect(request.report)
    _may_go(report, request)
    people = recipients(settings)
    mail = _composer(request, report, people)(settings.max_size)
    files, entries, size, now = [], [], 0, clock.now()
    ledger = Ledger.open(ledger_path(settings))
    try:
        for person in people:
            row = key(report.sha256, person.mailbox)
            entry = (ledger.get(row) if ledger is not None else None) or _unwritten(
                row, report, person, settings, now
            )
            if entry.state is State.FAILED and request.retry_failed:
                entry = replace(entry, state=State.PENDING)
            if entry.state in (State.UNKNOWN, State.COMMITTING) and request.resolve == "resend":
                entry = replace(entry, state=State.PENDING)
            entries.append(entry)
            if _is_owed(entry, settings):
                date = now if entry.tries == 0 else dt.datetime.fromisoformat(entry.created)
                data = message(mail, entry.message_id, date)
                size = len(data)
                files.append(_write(folder, person, data))
    finally:
        if ledger is not None:
            ledger.close()
    return Sending(
        report=report,
        subject=mail.subject,
        attached=_has_report(mail, report),
        size=size,
        ledger=ledger_path(settings),
        entries=tuple(entries),
        files=tuple(files),
    )


def recipients(settings: Settings) -> tuple[Recipient, ...]:
    """Everybody once: lists taken apart, addresses checked, To before Cc before Bcc."""
    people: dict[str, Recipient] = {}
    roles: tuple[tuple[Literal["to", "cc", "bcc"], tuple[str, ...]], ...] = (
        ("to", settings.to), ("cc", settings.cc), ("bcc", settings.bcc),
    )  # fmt: skip
    for role, texts in roles:
        for text, what in _members(texts, f"--{role}", settings):
            box = mailbox(text, what)
            people.setdefault(box.key, Recipient(mailbox=box, role=role))
    if not people:
        raise MailError("--to: nobody to send to; give --to ADDRESS or [mail] to in reportgen.toml")
    allowed((person.mailbox for person in people.values()), settings.allowed_domains)
    return tuple(people.values())


def _members(texts: Iterable[str], what: str, settings: Settings) -> Iterator[tuple[str, str]]:
    for text in texts:
        if "@" in text or not is_list_name(text):
            yield text, what
        elif text in settings.lists:
            for member in settings.lists[text]:
                yield member, f"[mail.lists] {text}"
        else:
            near = difflib.get_close_matches(text, settings.lists, n=1)
            hint = (
                f"did you mean {near[0]}?" if near else "an address has an @, a list stands in [mail.lists]"
            )
            raise MailError(f"{what}: {text!r} is neither an address nor a list; {hint}")


def ledger_path(settings: Settings) -> Path:
    """Where the ledger is kept."""
    return Path(settings.ledger).expanduser() if settings.ledger else default_path()


def _may_go(report: Mailable, request: Request) -> None:
    least = request.settings.minimum_grade
    if least is not None and _GRADES.index(report.grade) < _GRADES.index(least):
        raise MailError(
            f"{report.path}: its segmentation is graded {report.grade}, and [mail] minimum_grade is {least}; "
            "look at the report, then send it by hand if it is right"
        )
    if report.shows_ids and not request.allow_personal_data:
        raise MailError(
            f"{report.path}: names single customers (--show-ids); build it without, "
            "or insist with --allow-personal-data"
        )


def _composer(request: Request, report: Mailable, people: tuple[Recipient, ...]) -> Callable[[int], Letter]:
    """A function that gives the mail that fits into so many bytes: with the report, else without it."""
    settings = request.settings
    note = read_note(request.note) if request.note is not None else ""
    extras = tuple(
        attachment(path, report, allow_personal_data=request.allow_personal_data) for path in request.attach
    )
    image = exhibit(report)

    def compose(limit: int) -> Letter:
        sizes = []
        for with_report in (True, False):
            mail = letter(
                report,
                settings,
                to=tuple(person.mailbox for person in people if person.role == "to"),
                cc=tuple(person.mailbox for person in people if person.role == "cc"),
                note=note,
                attachments=extras,
                picture=image,
                with_report=with_report,
            )
            sizes.append(len(message(mail, _identity(report, people[0], settings), _SOME_TIME)))
            if sizes[-1] <= limit:
                return mail
            if settings.too_large == "refuse":
                break
        raise MailError(
            f"{report.path}: the message has {formats.count(min(sizes))} bytes"
            + (" even without the report" if len(sizes) == 2 else "")
            + f", at most {formats.count(limit)} may be sent ([mail] max_size, or the server's limit)"
        )

    return compose


def _identity(report: Mailable, person: Recipient, settings: Settings) -> str:
    assert settings.sender is not None
    return message_id(report, person.mailbox, settings.sender)


def _is_owed(entry: Entry | None, settings: Settings) -> bool:
    if entry is None:
        return False
    return entry.state in _OWED or (entry.state is State.UNKNOWN and settings.delivery == "at-least-once")


def _has_report(mail: Letter, report: Mailable) -> bool:
    return any(part.data is report.pdf for part in mail.attachments)


def _accept_all(report: Mailable, ledger: Ledger, clock: Clock) -> Sending:
    """``--resolve accept`` without recipients: all that is unknown of this report is taken as received."""
    known = ledger.entries(report.sha256)
    ledger.resolve(report.sha256, [row.key for row in known], State.SENT, _RESOLVED["accept"], clock.now())
    return Sending(
        report=report,
        subject="",
        attached=False,
        size=0,
        ledger=ledger.path,
        entries=tuple(ledger.entries(report.sha256)),
    )


def _unwritten(row: str, report: Mailable, person: Recipient, settings: Settings, now: dt.datetime) -> Entry:
    """The row that ``send`` would write, for a dry run that writes none."""
    moment = now.isoformat(timespec="seconds")
    return Entry(
        key=row,
        report=report.sha256,
        title=report.title,
        period=report.period,
        address=person.mailbox.address,
        role=person.role,
        state=State.PENDING,
        message_id=_identity(report, person, settings),
        tries=0,
        code=None,
        reply="",
        created=moment,
        changed=moment,
    )


def _write(folder: Path, person: Recipient, data: bytes) -> Path:
    path = folder / (re.sub(r"[^A-Za-z0-9@._+-]", "_", person.mailbox.address) + ".eml")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise MailError(f"--output {folder}: cannot be written ({error.strerror})") from None
    return path


@dataclass
class _Run:
    """One run over the recipients who are owed the report: rounds, with pauses between them."""

    request: Request
    report: Mailable
    ledger: Ledger
    mail: Letter
    compose: Callable[[int], Letter]
    clock: Clock
    tell: Callable[[str], None]
    sent: int = 0
    handed_over: bool = False
    """Whether a final dot may have gone out in this run."""
    size: int = 0
    stopped: str = ""
    connection: transport.Connection | None = None
    last: float | None = None
    """When the last transaction began."""
    random: random.Random = field(default_factory=random.Random)

    @property
    def attached(self) -> bool:
        return _has_report(self.mail, self.report)

    def deliver(self, owed: list[tuple[str, Recipient]]) -> None:
        """Every recipient once; those put off again after each pause, until the pauses are used up."""
        pauses = self.request.settings.retry_after if self.request.wait else ()
        try:
            for pause in (0.0, *pauses):
                if not owed:
                    return
                if pause:
                    self.tell(
                        f"{_people(len(owed))} put off; trying again in {formats.number(pause)} min "
                        "(Ctrl-C is safe: the same command goes on from here)"
                    )
                    self._hang_up()
                    self.clock.sleep(pause * 60 * (1 + self.random.uniform(-_JITTER, _JITTER)))
                owed = self._round(owed)
        finally:
            self._hang_up()

    def _round(self, owed: list[tuple[str, Recipient]]) -> list[tuple[str, Recipient]]:
        """One try for each; returns those who are owed another."""
        again: list[tuple[str, Recipient]] = []
        for position, (row, person) in enumerate(owed):
            self._pace()
            try:
                connection = self._connected()
            except transport.Unreachable as trouble:
                for late, _ in owed[position:]:
                    self.ledger.settle(
                        late, self._untaken(late), trouble.code, str(trouble), self.clock.now()
                    )
                self.tell(str(trouble))
                return again + owed[position:]
            outcome = self._hand_over(connection, row, person)
            self.ledger.settle(row, State(outcome.kind.value), outcome.code, outcome.reply, self.clock.now())
            self.sent += outcome.kind is transport.Kind.SENT
            if not outcome.connected:
                self.connection = None
            if _is_owed(self.ledger.get(row), self.request.settings):
                again.append((row, person))
        return again

    def _untaken(self, row: str) -> State:
        """The state after a try that did not get to the server: unknown stays unknown."""
        entry = self.ledger.get(row)
        return State.UNKNOWN if entry is not None and entry.state is State.UNKNOWN else State.DEFERRED

    def _hand_over(self, connection: transport.Connection, row: str, person: Recipient) -> transport.Outcome:
        settings = self.request.settings
        assert settings.sender is not None
        entry = self.ledger.get(row)
        assert entry is not None
        data = message(self.mail, entry.message_id, dt.datetime.fromisoformat(entry.created))
        self.size = len(data)

        def committing() -> None:
            self.ledger.committing(row, self.clock.now())
            self.handed_over = True

        outcome = connection.deliver(
            (settings.bounce_to or settings.sender).address, person.mailbox.address, data, committing
        )
        if entry.state is State.UNKNOWN and outcome.kind is transport.Kind.DEFERRED:
            # an earlier copy may have arrived all the same
            outcome = replace(outcome, kind=transport.Kind.UNKNOWN)
        return outcome

    def _pace(self) -> None:
        """Wait until the next message may go; afterwards the connection may have gone stale."""
        gap = 60.0 / self.request.settings.per_minute
        now = self.clock.elapsed()
        if self.last is not None:
            pause = self.last + gap - now
            if pause > 0:
                self.clock.sleep(pause)
            if self.connection is not None and pause > _IDLE_SECONDS and not self.connection.alive():
                self._hang_up()
        self.last = self.clock.elapsed()

    def _connected(self) -> transport.Connection:
        if self.connection is None:
            self.connection = transport.connect(endpoint(self.request.settings))
            limit = self.connection.size_limit
            if limit is not None and limit < self.request.settings.max_size:
                self.mail = self.compose(limit)
        return self.connection

    def _hang_up(self) -> None:
        if self.connection is not None:
            self.connection.quit()
            self.connection = None


def endpoint(settings: Settings) -> transport.Endpoint:
    """Where to connect, and how to get the secret when it is needed."""
    oauth = bool(settings.token_command) or secrets.has_token()

    def secret() -> secrets.Secret:
        if oauth:
            return secrets.token(settings.token_command)
        return secrets.password(settings.user, settings.password_command)

    return transport.Endpoint(
        server=settings.server,
        port=settings.port_used,
        tls=settings.tls,
        ca_file=settings.ca_file,
        user=settings.user,
        secret=secret,
        oauth=oauth,
    )
