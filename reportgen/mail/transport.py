"""Turn a finished message and one recipient into an Outcome, over a connection that is verified.

smtplib's ``starttls()`` and ``SMTP_SSL`` accept any certificate unless they are given a context
(CPython #91826), so both get one that verifies the chain and the name. There is no way back to plain
text: a server without STARTTLS is refused.

``smtplib.sendmail`` is not used. It sends the message and the final dot in one go; here they are
apart, so that the ledger can be written in between (see ``ledger``). The answer to the dot is awaited
for ten minutes, as RFC 5321 (4.5.3.2.6) asks, because giving up earlier makes duplicates.
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from reportgen.errors import MailError
from reportgen.mail.secrets import Secret

CONNECT_SECONDS = 60.0
COMMAND_SECONDS = 300.0
"""For the answer to any command but the last (RFC 5321, 4.5.3.2)."""
FINAL_SECONDS = 600.0
"""For the answer to the final dot."""


class Kind(StrEnum):
    """What a try came to."""

    SENT = "sent"
    DEFERRED = "deferred"
    """Certainly not taken, and worth another try."""
    FAILED = "failed"
    """Refused for good."""
    UNKNOWN = "unknown"
    """The final dot was sent and no answer came."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of one try for one recipient."""

    kind: Kind
    code: int | None
    """The server's; None when the line was lost."""
    reply: str
    """The server's words, or what happened, on one line."""
    connected: bool
    """Whether the connection can be used for the next recipient."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """Where and as whom to connect."""

    server: str
    port: int
    tls: str
    """``starttls``, ``implicit`` or ``none``."""
    ca_file: str = ""
    user: str = ""
    secret: Callable[[], Secret] | None = None
    """Called for each connection, because tokens run out."""
    oauth: bool = False
    connect_seconds: float = CONNECT_SECONDS
    command_seconds: float = COMMAND_SECONDS
    final_seconds: float = FINAL_SECONDS


class Unreachable(Exception):
    """The server cannot be spoken to for now; worth another try."""

    def __init__(self, reason: str, code: int | None = None) -> None:
        super().__init__(reason)
        self.code = code


class Connection:
    """One session with the server: connected, verified and signed in."""

    def __init__(self, smtp: smtplib.SMTP, endpoint: Endpoint) -> None:
        self._smtp = smtp
        self._endpoint = endpoint

    @property
    def size_limit(self) -> int | None:
        """The largest message the server says it takes (RFC 1870), or None."""
        said = self._smtp.esmtp_features.get("size", "").strip()
        return int(said) if said.isdecimal() and int(said) > 0 else None

    def deliver(self, sender: str, recipient: str, message: bytes, committing: Callable[[], None]) -> Outcome:
        """Hand the message over in a transaction of its own.

        ``committing`` is called right before the final dot; if it raises, the dot is not sent, the
        connection is cut, and the server throws the message away.
        """
        smtp = self._smtp
        options = [f"size={len(message)}"] if "size" in smtp.esmtp_features else []
        try:
            code, reply = smtp.mail(sender, options)
            if code == 250:
                code, reply = smtp.rcpt(recipient)
                if code in (250, 251):
                    code, reply = smtp.docmd("DATA")
            if code != 354:
                return self._refused(code, reply)
            smtp.send(_stuffed(message))
        except smtplib.SMTPServerDisconnected as error:
            return _outcome(
                Kind.DEFERRED, None, f"connection lost before the message was handed over ({error})"
            )
        except (OSError, smtplib.SMTPException) as error:
            self.cut()
            return _outcome(Kind.DEFERRED, None, f"{_what(error)} before the message was handed over")
        except BaseException:  # Ctrl-C: no QUIT into the middle of a message
            self.cut()
            raise
        try:
            committing()
        except BaseException:
            self.cut()
            raise
        try:
            if smtp.sock is not None:
                smtp.sock.settimeout(self._endpoint.final_seconds)
            smtp.send(b".\r\n")
            code, reply = smtp.getreply()
            if smtp.sock is not None:
                smtp.sock.settimeout(self._endpoint.command_seconds)
        except (OSError, smtplib.SMTPException) as error:
            self.cut()
            return _outcome(Kind.UNKNOWN, None, f"no answer to the end of the message ({_what(error)})")
        if 200 <= code <= 299:
            return _outcome(Kind.SENT, code, _words(reply), connected=True)
        if 400 <= code <= 599:
            return self._refused(code, reply, reset=False)
        self.cut()
        return _outcome(Kind.UNKNOWN, None if code < 0 else code, f"an answer that is none: {_words(reply)}")

    def _refused(self, code: int, reply: bytes, *, reset: bool = True) -> Outcome:
        """4xx: not now; 5xx: never. The transaction is taken back so that the next one starts clean."""
        kind = Kind.FAILED if 500 <= code <= 599 else Kind.DEFERRED
        connected = 400 <= code <= 599 and code != 421
        if connected and reset:
            try:
                connected = self._smtp.rset()[0] == 250
            except (OSError, smtplib.SMTPException):
                connected = False
        if not connected:
            self.cut()
        return _outcome(kind, code if code > 0 else None, _words(reply), connected=connected)

    def alive(self) -> bool:
        """Whether the server still answers; asked after a pause."""
        try:
            return self._smtp.noop()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False

    def cut(self) -> None:
        """Close without a word, so that a message in the middle is thrown away by the server."""
        self._smtp.close()

    def quit(self) -> None:
        """Say goodbye; what the server answers no longer matters."""
        with contextlib.suppress(OSError, smtplib.SMTPException):
            if self._smtp.sock is not None:
                self._smtp.sock.settimeout(10.0)
                self._smtp.quit()
        self.cut()


def connect(endpoint: Endpoint) -> Connection:
    """A connection that is encrypted with a verified certificate (unless ``tls`` is none) and signed in.

    Raises
    ------
    Unreachable
        Worth trying again: refused or lost connection, time-out, a 4xx answer.
    MailError
        Not worth trying again: unknown host, certificate, no STARTTLS, sign-in refused, 5xx greeting.
    """
    where = f"{endpoint.server}:{endpoint.port}"
    context = None if endpoint.tls == "none" else _context(endpoint)
    smtp: smtplib.SMTP | None = None
    try:
        if context is not None and endpoint.tls == "implicit":
            smtp = smtplib.SMTP_SSL(
                endpoint.server, endpoint.port, timeout=endpoint.connect_seconds, context=context
            )
        else:
            smtp = smtplib.SMTP(endpoint.server, endpoint.port, timeout=endpoint.connect_seconds)
        if smtp.sock is not None:
            smtp.sock.settimeout(endpoint.command_seconds)
        _hello(smtp, where)
        if context is not None and endpoint.tls == "starttls":
            if not smtp.has_extn("starttls"):
                raise MailError(
                    f"{where}: offers no STARTTLS; nothing is sent unprotected ([mail] tls, port)"
                )
            code, reply = smtp.starttls(context=context)
            _require(code, reply, 220, f"{where}: STARTTLS was refused")
            _hello(smtp, where)
        if endpoint.user:
            _sign_in(smtp, endpoint, where)
    except ssl.SSLCertVerificationError as error:
        _close(smtp)
        raise MailError(
            f"{where}: its certificate cannot be trusted ({error.verify_message.rstrip('.')}); "
            "if the server is yours, name the authority that signed it in [mail] ca_file"
        ) from None
    except ssl.SSLError as error:
        _close(smtp)
        raise MailError(f"{where}: TLS failed ({error.reason or error}); check [mail] port and tls") from None
    except socket.gaierror as error:
        _close(smtp)
        if error.errno == socket.EAI_AGAIN:
            raise Unreachable(f"{where}: the server's name cannot be looked up now") from None
        raise MailError(f"{where}: there is no server of this name; check [mail] server") from None
    except (OSError, smtplib.SMTPException) as error:
        _close(smtp)
        if isinstance(error, smtplib.SMTPResponseException):
            _require(error.smtp_code, error.smtp_error, 0, f"{where}: the connection was refused")
        raise Unreachable(f"{where}: {_what(error)}") from None
    except BaseException:
        _close(smtp)
        raise
    return Connection(smtp, endpoint)


def _hello(smtp: smtplib.SMTP, where: str) -> None:
    code, reply = smtp.ehlo()
    _require(code, reply, 250, f"{where}: the greeting was refused")


def _sign_in(smtp: smtplib.SMTP, endpoint: Endpoint, where: str) -> None:
    assert endpoint.secret is not None
    if not smtp.has_extn("auth"):
        raise MailError(f"{where}: takes no user name here; remove [mail] user, or check the port")
    secret = endpoint.secret()
    try:
        if endpoint.oauth:
            bearer = f"user={endpoint.user}\x01auth=Bearer {secret.reveal()}\x01\x01"
            smtp.auth("XOAUTH2", lambda challenge=None: bearer if challenge is None else "")
        else:
            smtp.login(endpoint.user, secret.reveal())
    except smtplib.SMTPAuthenticationError as error:
        _require(error.smtp_code, error.smtp_error, 0, f"{where}: signing in as {endpoint.user} was refused")
    except (smtplib.SMTPServerDisconnected, smtplib.SMTPResponseException):
        raise
    except smtplib.SMTPException:
        raise MailError(f"{where}: offers no way to sign in that is known here; check [mail] port") from None
    except UnicodeEncodeError:
        raise MailError(f"[mail] user: {endpoint.user!r} has a character outside ASCII") from None


def _context(endpoint: Endpoint) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=endpoint.ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise MailError(f"[mail] ca_file: {endpoint.ca_file} holds no certificate in PEM ({error})") from None


def _require(code: int, reply: bytes | str, wanted: int, what: str) -> None:
    """Pass if the answer is the wanted one; 5xx is for good, anything else may be better later."""
    if code == wanted:
        return
    if 500 <= code <= 599:
        raise MailError(f"{what} ({code} {_words(reply)})")
    raise Unreachable(f"{what} ({code} {_words(reply)})", code if code > 0 else None)


def _close(smtp: smtplib.SMTP | None) -> None:
    if smtp is not None:
        smtp.close()


def _stuffed(message: bytes) -> bytes:
    """The message with every leading dot doubled and a line end at its end (RFC 5321, 4.5.2)."""
    body = (b"." if message.startswith(b".") else b"") + message.replace(b"\r\n.", b"\r\n..")
    return body if body.endswith(b"\r\n") else body + b"\r\n"


def _outcome(kind: Kind, code: int | None, reply: str, *, connected: bool = False) -> Outcome:
    return Outcome(kind=kind, code=code, reply=reply, connected=connected)


def _words(reply: bytes | str) -> str:
    """A server's answer on one line, printable."""
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]


def _what(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    return _words(str(error)) or type(error).__name__
