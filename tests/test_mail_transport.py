from __future__ import annotations

import socket
import ssl
import threading
import time

import pytest
from mail_faults import PASSWORD, TOKEN, USER, Server

from reportgen.errors import MailError
from reportgen.mail.secrets import Secret
from reportgen.mail.transport import Connection, Endpoint, Kind, Unreachable, connect

MESSAGE = b"Subject: x\r\n\r\n.leading dot\r\n..two\r\nend\r\n.\r\nafter a lone dot"


def endpoint(server, **more):
    values = {"server": "localhost", "port": server.port, "tls": server.tls, "ca_file": server.ca_file}
    if server.auth:
        values |= {"user": USER, "secret": lambda: Secret(PASSWORD)}
    return Endpoint(
        **(values | {"connect_seconds": 5.0, "command_seconds": 5.0, "final_seconds": 5.0} | more)
    )


def deliver(connection, to="a@example.com", committing=lambda: None):
    return connection.deliver("reports@example.com", to, MESSAGE, committing)


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_message_arrives_unchanged_over_verified_tls_after_signing_in(tls):
    with Server(tls=tls) as server:
        connection = connect(endpoint(server))
        assert connection.size_limit == 50_000_000
        outcome = deliver(connection)
        connection.quit()
    assert (outcome.kind, outcome.code, outcome.reply) == (Kind.SENT, 250, "taken")
    assert server.taken[0].content == MESSAGE + b"\r\n"
    assert server.logins
    assert connection._smtp.sock is None


def test_one_connection_carries_many_transactions():
    with Server(script={"b@example.com": ["550@rcpt"]}) as server:
        connection = connect(endpoint(server))
        kinds = [deliver(connection, f"{name}@example.com").kind for name in "abc"]
        connection.quit()
    assert kinds == [Kind.SENT, Kind.FAILED, Kind.SENT]
    assert [taken.recipient for taken in server.taken] == ["a@example.com", "c@example.com"]


@pytest.mark.parametrize(
    ("fault", "kind", "code", "committed"),
    [
        ("450@rcpt", Kind.DEFERRED, 450, False),
        ("421@rcpt", Kind.DEFERRED, 421, False),
        ("550@rcpt", Kind.FAILED, 550, False),
        ("451@data", Kind.DEFERRED, 451, False),
        ("drop@rcpt", Kind.DEFERRED, None, False),
        ("drop@data", Kind.DEFERRED, None, False),
        ("451@end", Kind.DEFERRED, 451, True),
        ("421@end", Kind.DEFERRED, 421, True),
        ("552@end", Kind.FAILED, 552, True),
        ("554@end", Kind.FAILED, 554, True),
        ("drop-before@end", Kind.UNKNOWN, None, True),
        ("drop-after@end", Kind.UNKNOWN, None, True),
        ("slow@end", Kind.SENT, 250, True),
    ],
)
def test_each_fault_has_its_outcome(fault, kind, code, committed):
    said = []
    with Server(script={"a@example.com": [fault]}) as server:
        connection = connect(endpoint(server))
        outcome = deliver(connection, committing=lambda: said.append(len(server.taken)))
        if outcome.connected:
            assert connection.alive()
            assert deliver(connection, "b@example.com").kind is Kind.SENT
        connection.cut()
    assert (outcome.kind, outcome.code) == (kind, code)
    assert bool(said) is committed
    assert said in ([], [0])  # the ledger was told before the server could take the message
    assert "\n" not in outcome.reply


def test_silence_after_the_final_dot_is_unknown_and_before_it_deferred():
    with Server(script={"a@example.com": ["slow@end"]}, slow=2.0) as server:
        connection = connect(endpoint(server, final_seconds=0.3))
        assert deliver(connection).kind is Kind.UNKNOWN
    with Server() as server:
        server.handle_MAIL = _sleeping
        connection = connect(endpoint(server, command_seconds=0.3))
        assert deliver(connection).kind is Kind.DEFERRED


async def _sleeping(*_):
    import asyncio

    await asyncio.sleep(1.0)
    return "250 OK"


def test_when_the_ledger_cannot_be_written_the_message_is_not_completed():
    def broken():
        raise MailError("disk full")

    with Server() as server:
        connection = connect(endpoint(server))
        with pytest.raises(MailError, match="disk full"):
            deliver(connection, committing=broken)
        time.sleep(0.2)
        assert not server.taken
        assert not connection.alive()


def test_a_certificate_that_is_not_verified_is_refused():
    for tls in ("starttls", "implicit"):
        with (
            Server(tls=tls) as server,
            pytest.raises(MailError, match=r"certificate cannot be trusted.*ca_file"),
        ):
            connect(endpoint(server, ca_file=""))
        with (
            Server(tls=tls, certificate_for="other.example.com") as server,
            pytest.raises(MailError, match="certificate cannot be trusted"),
        ):
            connect(endpoint(server))
        assert not server.logins


def test_a_server_without_starttls_gets_nothing():
    with Server(tls="none", auth=False) as server:
        with pytest.raises(MailError, match="offers no STARTTLS"):
            connect(endpoint(server, tls="starttls"))
        connection = connect(endpoint(server))
        assert deliver(connection).kind is Kind.SENT
        connection.quit()


def test_tls_on_the_wrong_port_is_said():
    with Server(tls="none", auth=False) as server, pytest.raises(MailError, match="TLS failed"):
        connect(endpoint(server, tls="implicit"))


def test_a_refused_sign_in_is_final_and_does_not_show_the_password():
    said = pytest.raises(MailError, match=r"signing in as reports@example\.com was refused")
    with Server() as server, said as error:
        connect(endpoint(server, secret=lambda: Secret("wrong one")))
    assert "wrong one" not in str(error.value)
    with (
        Server(auth=False) as server,
        pytest.raises(MailError, match=r"takes no user name|no way to sign in"),
    ):
        connect(endpoint(server, user="u", secret=lambda: Secret("p")))


def test_oauth():
    with Server() as server:
        connection = connect(endpoint(server, oauth=True, secret=lambda: Secret(TOKEN)))
        assert deliver(connection).kind is Kind.SENT
        connection.quit()
        with pytest.raises(MailError, match="signing in"):
            connect(endpoint(server, oauth=True, secret=lambda: Secret("old token")))
    assert "XOAUTH2" in server.logins


def test_a_server_that_is_not_there():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(Unreachable, match="the connection was refused"):
        connect(Endpoint(server="127.0.0.1", port=port, tls="starttls"))
    with pytest.raises((MailError, Unreachable), match=r"no server of this name|cannot be looked up"):
        connect(Endpoint(server="no-such-host.invalid", port=25, tls="starttls"))
    with pytest.raises(MailError, match="holds no certificate"):
        connect(Endpoint(server="127.0.0.1", port=port, tls="starttls", ca_file=__file__))


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ([b"554 go away\r\n"], MailError),
        ([b"421 busy\r\n"], Unreachable),
        ([b"garbage\r\n"], Unreachable),
        ([b"220 " + b"x" * 10_000 + b"\r\n"], (MailError, Unreachable)),
        ([], Unreachable),
        ([b"220 hi\r\n", b"500 what\r\n"], MailError),
        ([b"220 hi\r\n", b"250-localhost\r\n250 STARTTLS\r\n", b"454 no TLS today\r\n"], Unreachable),
    ],
)
def test_strange_servers(lines, error):
    with _canned(lines) as port, pytest.raises(error):
        connect(Endpoint(server="127.0.0.1", port=port, tls="starttls", connect_seconds=2, command_seconds=2))


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(b"hello there\r\n", Kind.UNKNOWN), (b"250-taken\r\n", Kind.UNKNOWN), (b"354 more\r\n", Kind.UNKNOWN),
     (b"250-a\r\n250 b\r\n", Kind.SENT), (b"599 never\r\n", Kind.FAILED), (b"x" * 9000, Kind.UNKNOWN)],
)  # fmt: skip
def test_an_answer_to_the_final_dot_that_is_none_is_unknown(answer, kind):
    before = [b"220 hi\r\n", b"250 localhost\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"]
    with _canned([*before, answer], data_at=5) as port:
        connection = connect(
            Endpoint(server="127.0.0.1", port=port, tls="none", command_seconds=2, final_seconds=2)
        )
        assert isinstance(connection, Connection)
        outcome = connection.deliver("a@example.com", "b@example.com", MESSAGE, lambda: None)
        connection.cut()
    assert outcome.kind is kind


class _canned:
    """A server that says these lines, one after each command (or after the final dot at ``data_at``)."""

    def __init__(self, lines, data_at=-1):
        self.lines, self.data_at = lines, data_at

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        return self.listener.getsockname()[1]

    def __exit__(self, *_):
        self.listener.close()
        self.thread.join(5)

    def _serve(self):
        peer, _ = self.listener.accept()
        peer.settimeout(3)
        with peer, peer.makefile("rb") as reader:
            try:
                for number, line in enumerate(self.lines):
                    if number == self.data_at:
                        while reader.readline() not in (b".\r\n", b""):
                            pass
                    elif number:
                        reader.readline()
                    peer.sendall(line)
            except OSError:
                pass


def test_the_context_verifies():
    from reportgen.mail.transport import _context

    context = _context(Endpoint(server="x", port=1, tls="starttls"))
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
