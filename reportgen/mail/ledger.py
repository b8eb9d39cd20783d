"""Turn each step of a delivery into a row that survives a kill at any instant.

One row for each report and recipient, in SQLite (write-ahead log, ``synchronous=FULL``: a commit is
on the disk before the next step is taken). The states::

    pending ----> committing ----> sent | deferred | failed
                       |
                       `-- killed, or the line lost, before the answer --> unknown

``committing`` is written right before the final dot, the last instant at which it is certain that
the server has not taken the message. A row that is still ``committing`` when the next run opens the
ledger becomes ``unknown``: nobody knows, and the ledger says so.

The key is a hash of report and address, the same that makes the Message-ID. So addresses can be
forgotten (``forget``) and the report is still not sent to anyone twice.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

import filelock
import platformdirs

from reportgen.errors import MailError
from reportgen.mail.addresses import Mailbox

FILE_NAME = "reportgen.db"
_VERSION = 1

_SCHEMA = """
create table report (
    sha256     text primary key,
    title      text not null,
    period     text not null,
    file       text not null,
    first_seen text not null
) strict;
create table delivery (
    key        text primary key,
    report     text not null references report,
    address    text,
    role       text not null,
    state      text not null check (state in
                 ('pending', 'committing', 'sent', 'deferred', 'failed', 'unknown')),
    message_id text not null,
    tries      integer not null default 0,
    code       integer,
    reply      text not null default '',
    created    text not null,
    changed    text not null
) strict;
create index delivery_report on delivery (report);
create table holder (
    one   integer primary key check (one = 1),
    pid   integer not null,
    since text not null
) strict;
"""


class State(StrEnum):
    """What is known of one recipient's copy."""

    PENDING = "pending"
    """Not handed over yet: owed."""
    COMMITTING = "committing"
    """The final dot is on its way; seen only while a run is at work or after it was killed."""
    SENT = "sent"
    """The server took the message."""
    DEFERRED = "deferred"
    """Not taken for now: owed."""
    FAILED = "failed"
    """Refused for good; not owed."""
    UNKNOWN = "unknown"
    """The server may have taken it; its answer was lost."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One row of the ledger."""

    key: str
    report: str
    """sha256 of the PDF."""
    title: str
    period: str
    address: str
    """Empty when it has been forgotten."""
    role: str
    """``to``, ``cc`` or ``bcc``."""
    state: State
    message_id: str
    tries: int
    code: int | None
    """Of the server's last answer."""
    reply: str
    created: str
    """ISO time with zone: when the report was first meant for this recipient, and the mail's Date."""
    changed: str


def default_path() -> Path:
    """``reportgen.db`` in the state folder of this user."""
    return Path(platformdirs.user_state_dir("reportgen", appauthor=False)) / FILE_NAME


def key(report: str, mailbox: Mailbox) -> str:
    """What this report to this recipient is known by, in the ledger and in the Message-ID."""
    return hashlib.sha256(f"{report}\n{mailbox.key}".encode()).hexdigest()[:40]


class Ledger:
    """The ledger at ``path``, locked against a second run for as long as it is open.

    ``Ledger.open`` reads without the lock, for listing and dry runs.
    """

    def __init__(
        self, path: Path, connection: sqlite3.Connection, lock: filelock.BaseFileLock | None
    ) -> None:
        self.path = path
        self._connection = connection
        self._lock = lock

    @classmethod
    def open(cls, path: Path) -> Self | None:
        """For reading; None when there is no ledger yet."""
        if not path.is_file():
            return None
        return cls(path, _connect(path, create=False), None)

    @classmethod
    def locked(cls, path: Path) -> Self:
        """For writing. What an earlier run left in ``committing`` is ``unknown`` from here on.

        Raises
        ------
        MailError
            When another run holds the ledger (its process is named), or it cannot be written.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = filelock.FileLock(f"{path}.lock", mode=0o600)
            lock.acquire(timeout=0)
        except filelock.Timeout:
            raise MailError(
                f"{path}: {_holder(path)} is sending with this ledger; wait until it has ended"
            ) from None
        except (OSError, NotImplementedError) as error:
            raise MailError(
                f"{path}: the ledger cannot be written ({error}); choose another with --ledger"
            ) from None
        try:
            ledger = cls(path, _connect(path, create=True), lock)
            with ledger._commit() as cursor:
                cursor.execute("insert or replace into holder values (1, ?, ?)", (os.getpid(), _iso(_now())))
                cursor.execute("update delivery set state = 'unknown' where state = 'committing'")
        except BaseException:
            lock.release()
            raise
        return ledger

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file and the lock. Rows stay as they are, also those in ``committing``."""
        self._connection.close()
        if self._lock is not None:
            self._lock.release()

    def register(self, report: str, title: str, period: str, file: Path, now: dt.datetime) -> None:
        """Note the report itself."""
        with self._commit() as cursor:
            cursor.execute(
                "insert into report values (?, ?, ?, ?, ?) on conflict do nothing",
                (report, title, period, str(file), _iso(now)),
            )

    def owe(self, report: str, recipients: Iterable[tuple[Mailbox, str, str]], now: dt.datetime) -> None:
        """Note who is to get the report: (mailbox, role, message_id).

        Who is known keeps the state, and keeps ``created`` (the mail's Date) once a try was made, so
        that a second try sends the same bytes.
        """
        with self._commit() as cursor:
            for box, role, message_id in recipients:
                cursor.execute(
                    "insert into delivery (key, report, address, role, state, message_id, created, changed)"
                    " values (?, ?, ?, ?, 'pending', ?, ?, ?)"
                    " on conflict (key) do update set address = excluded.address,"
                    " created = iif(state = 'pending' and tries = 0, excluded.created, created)"
                    " where state not in ('sent', 'failed')",
                    (key(report, box), report, box.address, role, message_id, _iso(now), _iso(now)),
                )

    def committing(self, row: str, now: dt.datetime) -> None:
        """Write, before the final dot, that from now on the outcome may be unknown."""
        with self._commit() as cursor:
            cursor.execute(
                "update delivery set state = 'committing', tries = tries + 1, code = null, reply = '',"
                " changed = ? where key = ? and state in ('pending', 'deferred', 'unknown')",
                (_iso(now), row),
            )
            if cursor.rowcount != 1:
                raise MailError(
                    f"{self.path}: the ledger was changed by something else; nothing more was sent"
                )

    def settle(self, row: str, state: State, code: int | None, reply: str, now: dt.datetime) -> None:
        """Write what became of a try. A try that ended before the final dot is counted here."""
        with self._commit() as cursor:
            cursor.execute(
                "update delivery set tries = tries + (state <> 'committing'), state = ?, code = ?, reply = ?,"
                " changed = ? where key = ?",
                (state.value, code, reply[:500], _iso(now), row),
            )

    def resolve(self, report: str, rows: Iterable[str], state: State, reply: str, now: dt.datetime) -> int:
        """Turn these ``unknown`` rows of the report into ``state``; returns how many there were."""
        with self._commit() as cursor:
            changed = 0
            for row in rows:
                cursor.execute(
                    "update delivery set state = ?, reply = ?, changed = ?"
                    " where key = ? and report = ? and state = 'unknown'",
                    (state.value, reply, _iso(now), row, report),
                )
                changed += cursor.rowcount
        return changed

    def retry_failed(self, rows: Iterable[str], now: dt.datetime) -> None:
        """Owe the report again to recipients whom the server had refused for good."""
        with self._commit() as cursor:
            for row in rows:
                cursor.execute(
                    "update delivery set state = 'pending', changed = ? where key = ? and state = 'failed'",
                    (_iso(now), row),
                )

    def get(self, row: str) -> Entry | None:
        """The row with this key."""
        return next(iter(self._select("where key = ?", (row,))), None)

    def entries(self, report: str | None = None) -> list[Entry]:
        """All rows, or those of one report, oldest first."""
        if report is None:
            return self._select("order by delivery.created, delivery.rowid", ())
        return self._select("where report = ? order by delivery.created, delivery.rowid", (report,))

    def other_version(
        self, report: str, title: str, period: str, addresses: Iterable[str]
    ) -> tuple[int, str]:
        """How many of these got another file of the same title and period, and when the last one did."""
        wanted = {address.casefold() for address in addresses}
        found = [
            entry
            for entry in self._select(
                "where report <> ? and title = ? and period = ?", (report, title, period)
            )
            if entry.state is State.SENT and entry.address.casefold() in wanted
        ]
        return len({entry.address.casefold() for entry in found}), max((e.changed for e in found), default="")

    def forget(self, before: dt.datetime) -> int:
        """Remove addresses and answers from rows last changed before this time; returns how many.

        They are gone from the file's free space as well. State and key stay, so that the report is not
        sent to them again.
        """
        with self._commit() as cursor:
            cursor.execute(
                "update delivery set address = null, reply = '' where changed < ? and address is not null",
                (_iso(before),),
            )
            forgotten = cursor.rowcount
        try:
            self._connection.execute("vacuum")
            self._connection.execute("pragma wal_checkpoint(truncate)").fetchall()
        except sqlite3.Error as error:
            raise MailError(f"{self.path}: the ledger cannot be written ({error})") from None
        return forgotten

    def _select(self, where: str, values: tuple[str, ...]) -> list[Entry]:
        try:
            found = self._connection.execute(
                "select key, report, title, period, coalesce(address, ''), role, state, message_id, tries,"
                " code, reply, created, changed"
                f" from delivery join report on report.sha256 = delivery.report {where}",
                values,
            ).fetchall()
        except sqlite3.Error as error:
            raise MailError(f"{self.path}: the ledger cannot be read ({error})") from None
        return [
            Entry(
                key=row[0], report=row[1], title=row[2], period=row[3], address=row[4], role=row[5],
                state=State(row[6]), message_id=row[7], tries=row[8], code=row[9], reply=row[10],
                created=row[11], changed=row[12],
            )
            for row in found
        ]  # fmt: skip

    @contextmanager
    def _commit(self) -> Iterator[sqlite3.Cursor]:
        """One transaction, on the disk when this returns."""
        try:
            cursor = self._connection.cursor()
            cursor.execute("begin immediate")
            try:
                yield cursor
            except BaseException:
                self._connection.rollback()
                raise
            self._connection.commit()
        except sqlite3.Error as error:
            raise MailError(
                f"{self.path}: the ledger cannot be written ({error}); nothing more was sent"
            ) from None


def _connect(path: Path, *, create: bool) -> sqlite3.Connection:
    try:
        if create and not path.exists():
            path.touch(mode=0o600)
        connection = sqlite3.connect(path, timeout=10, isolation_level=None)
        connection.execute("pragma synchronous = full")
        connection.execute("pragma secure_delete = on")
        connection.execute("pragma foreign_keys = on")
        version = connection.execute("pragma user_version").fetchone()[0]
        if version == 0 and create:
            connection.execute("pragma journal_mode = wal").fetchall()
            connection.executescript(f"begin immediate; {_SCHEMA} pragma user_version = {_VERSION}; commit;")
        elif version != _VERSION:
            raise MailError(
                f"{path}: is a ledger of version {version}, and this reportgen reads {_VERSION}; "
                "choose another with --ledger"
            )
    except sqlite3.Error as error:
        raise MailError(
            f"{path}: is not a ledger that can be opened ({error}); choose another with --ledger"
        ) from None
    except OSError as error:
        raise MailError(f"{path}: the ledger cannot be written ({error.strerror})") from None
    return connection


def _holder(path: Path) -> str:
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=1)
        pid, since = connection.execute("select pid, since from holder").fetchone()
        connection.close()
    except (sqlite3.Error, TypeError):
        return "another reportgen"
    return f"another reportgen (process {pid}, since {since})"


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _iso(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="seconds")
