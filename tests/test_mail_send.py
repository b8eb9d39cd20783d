from __future__ import annotations

import dataclasses
import datetime as dt
import email
import email.policy
import json
import socket
import time

import pytest
from mail_faults import PASSWORD, TOKEN, Server, evidence, main, make_report, start, write_settings

from reportgen import cli
from reportgen.errors import MailError, Undelivered
from reportgen.mail import commands
from reportgen.mail.ledger import Ledger, State
from reportgen.mail.send import Request, preview, recipients, send
from reportgen.mail.settings import from_table

PEOPLE = ["a@example.com", "b@example.com", "c@example.com"]


class FakeClock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []

    def now(self) -> dt.datetime:
        return dt.datetime(2026, 10, 5, 7, 30, tzinfo=dt.UTC) + dt.timedelta(seconds=self.time)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def elapsed(self) -> float:
        return self.time


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return make_report(tmp_path_factory.mktemp("report") / "report.pdf")


@pytest.fixture(autouse=True)
def password(monkeypatch):
    monkeypatch.setenv("REPORTGEN_MAIL_PASSWORD", PASSWORD)


class World:
    """A server, a report and a ledger; ``send`` is one run of the command."""

    def __init__(self, server, report, folder, **settings):
        self.server, self.report, self.folder = server, report, folder
        self.clock, self.said = FakeClock(), []
        self.table = (
            server.settings(ledger=str(folder / "r.db"), to=PEOPLE, per_minute=60, retry_after=[1, 5])
            | settings
        )

    def request(self, **more):
        settings = from_table({**self.table, **more.pop("settings", {})}, "")
        return Request(report=self.report, settings=settings, **more)

    def send(self, **more):
        return send(self.request(**more), clock=self.clock, tell=self.said.append)

    def states(self):
        ledger = Ledger.open(self.folder / "r.db")
        with ledger:
            return {entry.address: entry.state.value for entry in ledger.entries()}

    def taken(self):
        return sorted(taken.recipient for taken in self.server.taken)


@pytest.fixture
def world(report, tmp_path):
    with Server() as server:
        yield World(server, report, tmp_path)


def test_everybody_gets_it_once_and_the_same_command_again_sends_nothing(world):
    result = world.send()
    assert result.complaint() is None
    assert (result.sent_now, world.taken()) == (3, PEOPLE)
    again = world.send()
    assert again.complaint() is None
    assert (again.sent_now, world.taken(), world.server.connections) == (
        0,
        PEOPLE,
        2,
    )  # EHLO twice, for STARTTLS
    assert {taken.sender for taken in world.server.taken} == {"reports@example.com"}
    assert len({taken.message["Message-ID"] for taken in world.server.taken}) == 3


def test_a_new_recipient_is_all_that_is_owed(world):
    world.send()
    world.send(settings={"to": [*PEOPLE, "d@example.com"]})
    assert world.taken() == [*PEOPLE, "d@example.com"]


def test_another_version_of_a_report_is_sent_and_noted(world, tmp_path):
    world.send()
    assert world.said == []
    rebuilt = make_report(tmp_path / "again.pdf", evidence(as_of="2026-10-06"))
    for _ in range(2):
        send(dataclasses.replace(world.request(), report=rebuilt), clock=world.clock, tell=world.said.append)
    (note,) = world.said
    assert note.startswith(
        "note: 3 recipients got another version of «Customer segments, 2026-Q3» (last on 2026-10-05)"
    )
    assert len(world.taken()) == 6


def test_one_refusal_for_good_stops_nobody_and_is_reported(world):
    world.server.script["b@example.com"] = ["550@rcpt"]
    result = world.send()
    assert world.taken() == ["a@example.com", "c@example.com"]
    complaint = result.complaint()
    assert isinstance(complaint, Undelivered)
    assert complaint.exit_code == 4
    assert "2 of 3 recipients sent; 1 recipient refused for good" in str(complaint)
    assert world.send().complaint().exit_code == 4  # still said
    assert world.server.tries["b@example.com"] == 1  # and not tried again
    del world.server.script["b@example.com"]
    assert world.send(retry_failed=True).complaint() is None
    assert world.taken() == PEOPLE


def test_who_is_put_off_is_tried_again_after_longer_and_longer_pauses(world):
    world.server.script["b@example.com"] = ["450@rcpt", "451@end"]
    assert world.send().complaint() is None
    pauses = [seconds for seconds in world.clock.slept if seconds > 30]
    assert len(pauses) == 2
    assert 54 <= pauses[0] <= 66
    assert 270 <= pauses[1] <= 330
    assert "1 recipient put off; trying again in 1 min" in world.said[0]
    assert world.taken() == PEOPLE


def test_after_the_last_pause_who_is_put_off_stays_owed(world):
    world.server.script["b@example.com"] = ["450@rcpt"] * 3
    complaint = world.send().complaint()
    assert complaint.exit_code == 4
    assert "not reached yet (run the same command again)" in str(complaint)
    assert world.states()["b@example.com"] == "deferred"
    assert world.send().complaint() is None
    assert world.taken() == PEOPLE


def test_no_wait_tries_once(world):
    world.server.script["b@example.com"] = ["450@rcpt"]
    assert world.send(wait=False).complaint().exit_code == 4
    assert max(world.clock.slept) <= 1.0


@pytest.mark.parametrize("fault", ["drop@rcpt", "drop@data", "drop@body", "421@rcpt", "421@end"])
def test_a_line_lost_before_the_message_was_taken_is_tried_again(world, fault):
    world.server.script["b@example.com"] = [fault]
    result = world.send()
    if fault == "drop@body" and result.complaint():  # the loss may show only at the final dot
        assert "unknown" in str(result.complaint())
    else:
        assert result.complaint() is None
        assert world.taken() == PEOPLE


@pytest.mark.parametrize("fault", ["drop-before@end", "drop-after@end"])
def test_a_lost_answer_is_unknown_reported_and_never_sent_again_by_itself(world, fault):
    world.server.script["b@example.com"] = [fault]
    before = world.send()
    assert world.states()["b@example.com"] == "unknown"
    assert before.complaint().exit_code == 4
    assert "1 recipient unknown" in str(before.complaint())
    copies = world.taken()
    assert world.send().complaint().exit_code == 4
    assert world.taken() == copies
    accepted = world.send(resolve="accept")
    assert (accepted.complaint(), world.taken()) == (None, copies)


def test_unknown_can_be_sent_again_by_decision_with_the_same_bytes(world):
    world.server.script["b@example.com"] = ["drop-after@end"]
    world.send()
    world.clock.time += 86_400
    assert world.send(resolve="resend").complaint() is None
    first, second = (taken.content for taken in world.server.taken if taken.recipient == "b@example.com")
    assert first == second


def test_accept_without_recipients_takes_all_that_is_unknown(world):
    world.server.script["b@example.com"] = ["drop-after@end"]
    world.send()
    result = send(
        Request(
            report=world.report,
            settings=from_table({"ledger": str(world.folder / "r.db")}, ""),
            resolve="accept",
        ),
        clock=world.clock,
        tell=print,
    )
    assert result.complaint() is None
    assert world.states()["b@example.com"] == "sent"


def test_at_least_once_sends_again_with_the_same_message_id(world):
    world.server.script["b@example.com"] = ["drop-after@end"]
    assert world.send(settings={"delivery": "at-least-once"}).complaint() is None
    copies = [
        taken.message["Message-ID"] for taken in world.server.taken if taken.recipient == "b@example.com"
    ]
    assert len(copies) == 2
    assert len(set(copies)) == 1


def test_a_resend_that_is_put_off_stays_unknown(world):
    world.server.script["b@example.com"] = ["drop-after@end", "450@rcpt", "450@rcpt"]
    result = world.send(settings={"delivery": "at-least-once"})
    assert world.states()["b@example.com"] == "unknown"
    assert result.complaint().exit_code == 4


def test_a_server_that_cannot_be_reached_leaves_all_owed(world):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    complaint = world.send(settings={"server": "127.0.0.1", "port": port}).complaint()
    assert isinstance(complaint, MailError)
    assert complaint.exit_code == 3
    assert set(world.states().values()) == {"deferred"}
    assert len([seconds for seconds in world.clock.slept if seconds > 30]) == 2
    assert "the connection was refused" in world.said[0]
    assert world.send().complaint() is None


def test_a_wrong_password_sends_nothing_and_leaves_all_owed(world, monkeypatch):
    monkeypatch.setenv("REPORTGEN_MAIL_PASSWORD", "wrong")
    with pytest.raises(MailError, match="signing in"):
        world.send()
    assert set(world.states().values()) == {"pending"}
    assert world.clock.slept == []


def test_trouble_in_the_middle_says_what_was_sent(world, monkeypatch):
    world.server.script["a@example.com"] = ["421@end"]
    world.server.script["b@example.com"] = ["421@rcpt"]
    passwords = iter([PASSWORD, PASSWORD, "expired"])
    monkeypatch.setattr(
        "reportgen.mail.secrets.password",
        lambda *_: __import__("reportgen").mail.secrets.Secret(next(passwords)),
    )
    result = world.send(settings={"to": ["c@example.com", "b@example.com", "a@example.com"]})
    assert "signing in" in result.stopped
    assert result.complaint().exit_code == 4
    assert world.states() == {
        "c@example.com": "sent",
        "b@example.com": "deferred",
        "a@example.com": "deferred",
    }


def test_a_ledger_that_fails_at_its_nth_write_makes_no_duplicate_and_loses_nobody(
    report, tmp_path, monkeypatch
):
    """A full disk at each write in turn; then the same command again with room on the disk."""
    original, n = Ledger._commit, 0
    while True:
        n += 1
        count = 0

        def failing(self, n=n):
            nonlocal count
            count += 1
            if count == n:
                raise MailError("the ledger cannot be written (disk full)")
            return original(self)

        folder = tmp_path / str(n)
        folder.mkdir()
        with Server() as server:
            world = World(server, report, folder)
            with monkeypatch.context() as patch:
                patch.setattr(Ledger, "_commit", failing)
                try:
                    result = world.send()
                except MailError:
                    result = None
                    assert world.taken() == []
            if result is not None and count >= n:
                assert result.complaint().exit_code == 4
            again = world.send()
            states, taken = world.states(), world.taken()
            assert set(taken) | {a for a, state in states.items() if state == "unknown"} == set(PEOPLE)
            assert len(taken) == len(set(taken)), n
            assert (again.complaint() is None) is ("unknown" not in states.values())
        if count < n:
            break
    assert n > 8


def test_the_rate_is_kept(world):
    world.send(settings={"per_minute": 20})
    assert world.clock.slept == [3.0, 3.0]


def test_after_a_long_pause_a_dead_connection_is_replaced(world):
    world.clock.sleep = lambda seconds: (setattr(world.clock, "time", world.clock.time + seconds), drop())

    def drop():
        if run:
            run[0].connection._smtp.sock.shutdown(2)

    run = []
    from reportgen.mail import send as module

    class Spy(module._Run):
        def _pace(self):
            run[:] = [self] if self.connection is not None else []
            super()._pace()

    original, module._Run = module._Run, Spy
    try:
        assert world.send(settings={"per_minute": 1}).complaint() is None
    finally:
        module._Run = original
    assert world.server.tries.total() == 3


def test_cc_and_bcc_and_the_bounce_address(world):
    world.send(
        settings={"to": PEOPLE[:1], "cc": PEOPLE[1:2], "bcc": PEOPLE[2:], "bounce_to": "bounces@example.com"}
    )
    assert world.taken() == PEOPLE
    for taken in world.server.taken:
        assert (taken.message["To"], taken.message["Cc"], taken.sender) == (
            PEOPLE[0],
            PEOPLE[1],
            "bounces@example.com",
        )
        # A Message-ID ends in a hexadecimal digit and the domain, so one in sixteen ends in "c@example.com".
        content = taken.content.replace(taken.message["Message-ID"].encode(), b"")
        assert PEOPLE[2].encode() not in content


def test_recipients_are_taken_from_lists_once_each():
    table = {
        "to": ["board", "A@example.com"], "cc": ["c@example.com"], "bcc": ["c@example.com", "d@example.com"],
        "lists": {"board": ["a@example.com", "Bob <b@example.com>"]},
    }  # fmt: skip
    assert [(p.mailbox.address, p.role) for p in recipients(from_table(table, ""))] == [
        ("a@example.com", "to"), ("b@example.com", "to"), ("c@example.com", "cc"), ("d@example.com", "bcc"),
    ]  # fmt: skip
    for change, says in (
        ({"to": ["bord"]}, "did you mean board"),
        ({"to": ["nobody"], "lists": {}}, "an address has an @"),
        ({"to": [], "cc": [], "bcc": []}, "nobody to send to"),
        ({"allowed_domains": ["example.org"]}, "not in a domain"),
        ({"lists": {"board": ["x@@y"]}}, r"\[mail.lists\] board"),
    ):
        with pytest.raises(MailError, match=says):
            recipients(from_table(table | change, ""))


# --------------------------------------------------------------------------- size, grade, note


def test_the_servers_limit_leaves_the_report_out_and_says_where_it_is(report, tmp_path):
    with Server(size=40_000) as server:
        world = World(server, report, tmp_path, location="https://intranet.example.com/q3")
        result = world.send()
        assert (result.attached, result.complaint()) == (False, None)
        assert len(server.taken) == 3
        (body,) = {taken.message.get_body(("plain",)).get_content() for taken in server.taken}
        assert "too large to attach" in body
        assert "https://intranet.example.com/q3" in body
    with Server(size=40_000) as server:
        (tmp_path / "2").mkdir()
        with pytest.raises(MailError, match="at most 40,000 may be sent"):
            World(server, report, tmp_path / "2", too_large="refuse").send()
        assert not server.taken


def test_max_size_is_kept_before_the_server_is_asked(world):
    assert not world.send(settings={"max_size": 40_000}).attached
    with pytest.raises(MailError, match="even without the report"):
        world.send(settings={"max_size": 11_000, "to": ["d@example.com"]})


def test_a_refusal_for_size_by_the_server_is_final(world):
    world.server.script["b@example.com"] = ["552@end"]
    assert world.send().complaint().exit_code == 4
    assert world.states()["b@example.com"] == "failed"


def test_a_weak_report_is_held_back_when_so_configured(world, tmp_path):
    weak = make_report(tmp_path / "weak.pdf", evidence(model={"grade": "weak"}))
    with pytest.raises(MailError, match="graded weak"):
        send(
            dataclasses.replace(world.request(settings={"minimum_grade": "clear"}), report=weak),
            clock=world.clock, tell=print,
        )  # fmt: skip
    nothing = make_report(tmp_path / "none.pdf", evidence(model={"grade": "none"}))
    write_settings(tmp_path, world.table | {"per_minute": 100_000})
    settings = commands.prepare(tmp_path / "reportgen.toml")
    found, _, trouble = commands.send_built(nothing, settings)
    assert "minimum_grade is weak" in str(trouble)
    assert found["exit_code"] == 3
    assert commands.send_built(weak, settings)[2] is None


def test_a_report_that_names_customers_is_not_sent_unless_insisted_on(world, tmp_path):
    found = evidence()
    found["report"] = found["report"] | {"show_ids": True}
    named = make_report(tmp_path / "named.pdf", found)
    request = dataclasses.replace(world.request(), report=named)
    with pytest.raises(MailError, match="names single customers"):
        send(request, clock=world.clock, tell=print)
    with pytest.raises(MailError, match="names single customers"):
        preview(request, tmp_path / "out", clock=world.clock)
    request = dataclasses.replace(request, allow_personal_data=True)
    assert send(request, clock=world.clock, tell=print).complaint() is None


# --------------------------------------------------------------------------- dry run


def test_a_dry_run_writes_exactly_the_bytes_that_go(world, tmp_path):
    note = tmp_path / "note.txt"
    note.write_text("See page 3.")
    extra = tmp_path / "segments.csv"
    extra.write_text("a,b\n1,2\n")
    request = world.request(note=note, attach=(extra,), settings={"cc": ["Ünal <u@example.com>"]})
    dry = preview(request, tmp_path / "out", clock=world.clock)
    assert not (tmp_path / "r.db").exists()
    assert world.server.connections == 0
    request = dataclasses.replace(request, settings=dataclasses.replace(request.settings, per_minute=100_000))
    send(request, clock=world.clock, tell=print)
    went = {taken.recipient: taken.content for taken in world.server.taken}
    assert {path.name.removesuffix(".eml"): path.read_bytes() for path in dry.files} == went
    assert preview(request, tmp_path / "out2", clock=world.clock).files == ()  # nothing is owed


def test_a_dry_run_after_a_try_writes_the_bytes_of_the_next_try(world, tmp_path):
    world.server.script["b@example.com"] = ["451@end"]
    world.send(wait=False)
    world.clock.time += 1000
    (path,) = preview(world.request(), tmp_path / "out", clock=world.clock).files
    world.clock.time += 1000
    world.send()
    assert path.read_bytes() == world.server.taken[-1].content


# --------------------------------------------------------------------------- the command line


def run(capsys, *arguments):
    code = cli.main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def here(world, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_settings(tmp_path, world.table | {"per_minute": 100_000, "retry_after": [0.001]})
    return world


def test_send_prints_a_line_for_each_recipient(here, capsys):
    here.server.script["b@example.com"] = ["550@rcpt"]
    code, out, err = run(capsys, "send", here.report)
    assert code == 4
    assert [line.split()[:3] for line in out.splitlines()] == [
        ["sent", "to", "a@example.com"], ["failed", "to", "b@example.com"], ["sent", "to", "c@example.com"],
    ]  # fmt: skip
    assert "550 said at RCPT" in out
    assert err.startswith(f"reportgen: {here.report}: 2 of 3 recipients sent")
    assert err.count("\n") == 1


def test_send_json_and_sent_json(here, capsys):
    code, out, _ = run(capsys, "send", here.report, "--to", "x@example.com", "--json", "--subject", "Zahlen")
    assert code == 0
    result = json.loads(out)
    assert (result["exit_code"], result["sent_now"], result["attached"], result["subject"]) == (
        0,
        1,
        True,
        "Zahlen",
    )
    assert result["recipients"][0]["state"] == "sent"
    assert here.server.taken[0].message["Subject"] == "Zahlen"
    code, out, _ = run(capsys, "sent", "--json")
    (row,) = json.loads(out)["deliveries"]
    assert (code, row["address"], row["title"], row["state"]) == (
        0,
        "x@example.com",
        "Customer segments",
        "sent",
    )
    code, out, _ = run(capsys, "sent", here.report, "--state", "unknown")
    assert (code, out) == (0, "")
    code, out, _ = run(capsys, "sent", here.report)
    assert "x@example.com" in out
    code, out, _ = run(capsys, "sent", "--forget-before", "2999-01-01")
    assert (code, out) == (0, "1 address forgotten\n")
    code, out, _ = run(capsys, "sent")
    assert "(forgotten)" in out


def test_errors_are_one_line_with_exit_code_3(here, capsys, tmp_path):
    for arguments, says in (
        (("send", tmp_path / "none.pdf"), "cannot be read"),
        (("send", here.report, "--to", "a@b@c.example"), "not a valid address"),
        (("send", here.report, "--subject", "a\nBcc: x@example.com"), "cannot stand in a mail header"),
        (("send", here.report, "--message", tmp_path / "none.txt"), "--message"),
        (("send", here.report, "--attach", tmp_path / "none.txt"), "--attach"),
        (("send", here.report, "--config", tmp_path / "none.toml"), "cannot be read"),
        (("sent", "--forget-before", "yesterday"), "is not a date"),
    ):
        code, out, err = run(capsys, *arguments)
        assert (code, out) == (3, ""), arguments
        assert says in err
        assert err.count("\n") == 1
    assert not here.server.taken


def test_dry_run_needs_no_server_and_no_password(tmp_path, report, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REPORTGEN_MAIL_PASSWORD")
    monkeypatch.setenv("REPORTGEN_LEDGER", str(tmp_path / "l.db"))
    code, out, _ = run(
        capsys, "send", report, "--dry-run", "--from", "f@example.com", "--to", "a@example.com"
    )
    assert (code, out) == (0, "report-mail/a@example.com.eml\n")
    found = email.message_from_bytes((tmp_path / out.strip()).read_bytes(), policy=email.policy.default)
    assert found["To"] == "a@example.com"
    assert list(tmp_path.glob("l.db*")) == []


def test_secrets_stand_nowhere(here, tmp_path, monkeypatch, capsys):
    code, out, err = run(capsys, "send", here.report, "--json")
    assert code == 0
    monkeypatch.setenv("REPORTGEN_MAIL_TOKEN", TOKEN)
    code, out2, err2 = run(capsys, "send", here.report, "--to", "z@example.com", "--debug")
    assert code != 2
    for text in (out, err, out2, err2):
        assert PASSWORD not in text
        assert TOKEN not in text
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert PASSWORD.encode() not in path.read_bytes(), path
            assert TOKEN.encode() not in path.read_bytes(), path


def test_build_send_does_both(here, tmp_path, capsys, sample_q3):
    code, out, err = run(capsys, "build", sample_q3, "--send", "-o", "q3.pdf", "--period", "Q3", "--json")
    assert code == 0, err
    result = json.loads(out)
    assert result["mail"]["sent_now"] == 3
    assert here.taken() == PEOPLE
    (attached,) = here.server.taken[0].message.iter_attachments()
    assert attached.get_content() == (tmp_path / "q3.pdf").read_bytes()
    assert here.server.taken[0].message.get_body(("html",)) is not None
    code, _, err = run(capsys, "build", sample_q3, "--send", "-o", "q3.html")
    assert (code, "needs a PDF" in err) == (3, True)


def test_two_runs_at_once(here, tmp_path):
    here.server.script["a@example.com"] = ["slow@end"]
    here.server.slow = 1.5
    first = start(tmp_path, "send", str(here.report))
    assert here.server.hit.wait(20)
    time.sleep(0.2)
    second = start(tmp_path, "send", str(here.report))
    out, err = second.communicate(timeout=30)
    assert second.returncode == 3
    assert f"process {first.pid}".encode() in err
    assert out == b""
    assert first.wait(30) == 0
    assert here.taken() == PEOPLE
    first.communicate()


def test_a_stopped_run_goes_on_where_it_was(here, tmp_path):
    import signal

    here.server.script["b@example.com"] = ["slow@end"]
    here.server.slow = 1.0
    process = start(tmp_path, "send", str(here.report))
    deadline = time.monotonic() + 20
    while not here.server.tries["b@example.com"] and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    time.sleep(1.2)
    again = start(tmp_path, "send", str(here.report), "--json")
    out, _ = again.communicate(timeout=30)
    states = {entry["address"]: entry["state"] for entry in json.loads(out)["recipients"]}
    copies = here.taken()
    assert copies.count("b@example.com") <= 1
    assert states["a@example.com"] == states["c@example.com"] == "sent"
    assert states["b@example.com"] == ("sent" if again.returncode == 0 else "unknown")


def test_a_few_kills_in_both_modes(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["mail_faults", "--recipients", "40", "--kills", "8", "--seed", "1"])
    assert main() == 0, capsys.readouterr().out


def test_states_are_complete():
    assert {state.value for state in State} == {
        "pending",
        "committing",
        "sent",
        "deferred",
        "failed",
        "unknown",
    }
