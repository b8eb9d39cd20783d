from __future__ import annotations

import datetime as dt
import os
import sqlite3
import stat
import subprocess
import sys

import pytest

from reportgen.errors import MailError
from reportgen.mail.addresses import mailbox
from reportgen.mail.ledger import Ledger, State, key

NOW = dt.datetime(2026, 10, 5, 7, 30, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(days=40)
REPORT = "a" * 64
ANNA, BOB = mailbox("anna@example.com", ""), mailbox("bob@example.com", "")
ROWS = [key(REPORT, ANNA), key(REPORT, BOB)]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "reportgen.db"


def fill(ledger, now=NOW):
    ledger.register(REPORT, "Segments", "Q3", path_of_report := __file__, now)
    ledger.owe(REPORT, [(ANNA, "to", "<1@x>"), (BOB, "bcc", "<2@x>")], now)
    return path_of_report


def test_a_row_goes_from_state_to_state(path):
    with Ledger.locked(path) as ledger:
        fill(ledger)
        assert [row.state for row in ledger.entries(REPORT)] == [State.PENDING, State.PENDING]
        ledger.committing(ROWS[0], NOW)
        ledger.settle(ROWS[0], State.SENT, 250, "ok", NOW)
        ledger.settle(ROWS[1], State.DEFERRED, 450, "later", NOW)
        fill(ledger, LATER)  # the same command again changes nothing
        first, second = ledger.entries()
    assert (first.state, first.tries, first.code, first.reply) == (State.SENT, 1, 250, "ok")
    assert (second.state, second.tries, second.created) == (State.DEFERRED, 1, NOW.isoformat())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_who_is_settled_cannot_be_committed_again(path):
    with Ledger.locked(path) as ledger:
        fill(ledger)
        for state in (State.SENT, State.FAILED):
            ledger.settle(ROWS[0], state, 250, "", NOW)
            with pytest.raises(MailError, match="changed by something else"):
                ledger.committing(ROWS[0], NOW)


def test_a_killed_commit_is_unknown_at_the_next_start(path):
    code = (
        "import sys, os, signal; from pathlib import Path; sys.path.insert(0, sys.argv[2])\n"
        "import test_mail_ledger as t\n"
        "ledger = t.Ledger.locked(Path(sys.argv[1])); t.fill(ledger); ledger.committing(t.ROWS[0], t.NOW)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path), os.path.dirname(__file__)], check=False)
    assert done.returncode == -9
    with Ledger.locked(path) as ledger:
        assert [row.state for row in ledger.entries()] == [State.UNKNOWN, State.PENDING]
        assert ledger.resolve(REPORT, ROWS, State.SENT, "accepted", NOW) == 1
        assert [row.state for row in ledger.entries()] == [State.SENT, State.PENDING]


def test_a_second_run_is_told_who_holds_the_ledger(path):
    with Ledger.locked(path):
        with pytest.raises(MailError, match=rf"process {os.getpid()}"):
            Ledger.locked(path)
        reader = Ledger.open(path)
        assert reader is not None
        reader.close()
    Ledger.locked(path).close()


def test_forgetting_removes_addresses_from_the_file_and_keeps_the_rest(path):
    with Ledger.locked(path) as ledger:
        fill(ledger)
        ledger.settle(ROWS[0], State.SENT, 250, "queued for anna@example.com", NOW)
        ledger.settle(ROWS[1], State.SENT, 250, "ok", LATER)
        assert ledger.forget(NOW + dt.timedelta(days=1)) == 1
        assert ledger.forget(NOW + dt.timedelta(days=1)) == 0
        anna, bob = ledger.entries()
        assert (anna.address, anna.reply, anna.state) == ("", "", State.SENT)
        assert bob.address == "bob@example.com"
        for file in path.parent.iterdir():
            assert b"anna" not in file.read_bytes(), file
        fill(ledger, LATER)  # the same command again: still sent, and still forgotten
        assert (ledger.entries()[0].state, ledger.entries()[0].address) == (State.SENT, "")


def test_a_forgotten_address_that_is_still_owed_comes_back_with_the_command(path):
    with Ledger.locked(path) as ledger:
        fill(ledger)
        ledger.settle(ROWS[0], State.DEFERRED, 450, "", NOW)
        ledger.forget(LATER)
        fill(ledger, LATER)
        assert ledger.entries()[0].address == "anna@example.com"


def test_what_is_no_ledger_is_refused(tmp_path):
    text = tmp_path / "x.db"
    text.write_bytes(b"not a database, but a text of some length" * 30)
    other = tmp_path / "y.db"
    connection = sqlite3.connect(other)
    connection.execute("pragma user_version = 7")
    connection.close()
    for path, says in ((text, "not a ledger"), (other, "version 7"), (tmp_path, "ledger")):
        with pytest.raises(MailError, match=says):
            Ledger.locked(path).close()
    (tmp_path / "file").write_text("")
    with pytest.raises(MailError, match="cannot be written"):
        Ledger.locked(tmp_path / "file" / "x.db")
    assert Ledger.open(tmp_path / "none.db") is None


def test_a_full_disk_is_said_and_nothing_is_half_written(path):
    with Ledger.locked(path) as ledger:
        fill(ledger)
        pages = ledger._connection.execute("pragma page_count").fetchone()[0]
        ledger._connection.execute(f"pragma max_page_count = {pages}").fetchall()
        many = [(mailbox(f"r{i}@example.com", ""), "to", "<x@x>") for i in range(2000)]
        with pytest.raises(MailError, match=r"cannot be written .*full.*nothing more was sent"):
            ledger.owe(REPORT, many, NOW)
        assert len(ledger.entries()) == 2
        assert ledger._connection.execute("pragma integrity_check").fetchone()[0] == "ok"
