"""Turn ``[mail]`` of ``reportgen.toml``, ``REPORTGEN_MAIL_*`` and the options of ``send`` into Settings.

Precedence: option, environment, file, default. Everything is checked here, so that a wrong key is
found before anything is opened; a key that looks like a secret is refused with the place where
secrets go.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Literal, cast

from reportgen.errors import MailError
from reportgen.mail.addresses import Mailbox, is_list_name, mailbox, one_line
from reportgen.mail.secrets import PASSWORD_VARIABLE, TOKEN_VARIABLE

Delivery = Literal["at-most-once", "at-least-once"]
Tls = Literal["starttls", "implicit", "none"]
Grade = Literal["clear", "weak", "none"]

MAX_SIZE = 10 * 1000 * 1000
"""Bytes of the whole message: Postfix's default limit is 10,240,000."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SECRET_KEYS = ("password", "passwd", "pass", "secret", "token", "api_key", "apikey")
_PREFIX = "REPORTGEN_MAIL_"


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """How and to whom reports are sent. Fields are the keys of ``[mail]``; ``from`` is ``sender`` here."""

    server: str = ""
    port: int = 0
    """0: 587 for starttls, 465 for implicit, 25 for none."""
    tls: Tls = "starttls"
    """``none`` is accepted for a relay on this very machine only, and without a user."""
    ca_file: str = ""
    """PEM file of the authority that signed the server's certificate, instead of the system's."""
    user: str = ""
    password_command: tuple[str, ...] = ()
    token_command: tuple[str, ...] = ()
    """Prints an OAuth 2 access token; then XOAUTH2 is used instead of a password."""
    sender: Mailbox | None = None
    reply_to: Mailbox | None = None
    bounce_to: Mailbox | None = None
    """Envelope sender: where the servers report what they could not deliver."""
    to: tuple[str, ...] = ()
    """Addresses or names of ``lists``."""
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    allowed_domains: tuple[str, ...] = ()
    subject: str = ""
    list_id: str = ""
    """``customer-segments.example.com``; made from the sender's domain when empty."""
    max_size: int = MAX_SIZE
    too_large: Literal["summary", "refuse"] = "summary"
    location: str = ""
    """Where readers find the report when it is too large to attach; the file's own path when empty."""
    delivery: Delivery = "at-most-once"
    per_minute: float = 30.0
    """Messages a minute at most (Exchange Online takes 30)."""
    retry_after: tuple[float, ...] = (1.0, 5.0, 15.0, 60.0)
    """Minutes to wait before each further try of a recipient whom the server put off."""
    ledger: str = ""
    minimum_grade: Grade | None = None
    """The weakest segmentation that is still sent."""

    @property
    def port_used(self) -> int:
        """The port, chosen by ``tls`` when none is given."""
        return self.port or {"starttls": 587, "implicit": 465, "none": 25}[self.tls]


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise MailError(f"{what}: must be text in quotes, not {value!r}")
    return one_line(value, what)


def _texts(value: object, what: str) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list | tuple):
        raise MailError(f"{what}: must be a list of texts, not {value!r}")
    return tuple(_text(item, what) for item in value)


def _command(value: object, what: str) -> tuple[str, ...]:
    import shlex

    if isinstance(value, str):
        try:
            value = shlex.split(value)
        except ValueError as error:
            raise MailError(f"{what}: cannot be split into words ({error})") from None
    return _texts(value, what)


def _whole(low: int, high: int) -> Callable[[object, str], int]:
    def read(value: object, what: str) -> int:
        if isinstance(value, str) and value.strip().isdecimal():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise MailError(f"{what}: must be a whole number from {low} to {high}, not {value!r}")
        return value

    return read


def _number(value: object, what: str) -> float:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise MailError(f"{what}: must be a number, not {value!r}") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 100_000:
        raise MailError(f"{what}: must be a number above 0 and at most 100,000, not {value!r}")
    return float(value)


def _minutes(value: object, what: str) -> tuple[float, ...]:
    if isinstance(value, str):
        value = [part for part in value.split(",") if part.strip()]
    if not isinstance(value, list | tuple):
        raise MailError(f"{what}: must be a list of minutes like [1, 5, 15, 60], not {value!r}")
    return tuple(_number(item, what) for item in value)


def _one_of(*choices: str) -> Callable[[object, str], str]:
    def read(value: object, what: str) -> str:
        if value not in choices:
            raise MailError(f"{what}: must be one of {', '.join(choices)}, not {value!r}")
        return str(value)

    return read


def _size(value: object, what: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kKmM]?)[bB]?\s*", value) if isinstance(value, str) else None
    if found is None:
        raise MailError(f'{what}: must be a size like "10 MB", not {value!r}')
    size = int(float(found[1]) * {"": 1, "k": 1000, "m": 1_000_000}[found[2].lower()])
    if size < 10_000:
        raise MailError(f"{what}: {size} bytes is less than any message; did you mean {found[1]} MB?")
    return size


def _host(value: object, what: str) -> str:
    text = _text(value, what)
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*", text):
        raise MailError(
            f"{what}: {text!r} is not the name of a server; write smtp.example.com (the port has its own key)"
        )
    return text


def _domain_name(value: object, what: str) -> str:
    text = _text(value, what).removeprefix("<").removesuffix(">")
    if text and not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", text):
        raise MailError(f"{what}: {text!r} must be a name like reports.example.com")
    return text


def _domains(value: object, what: str) -> tuple[str, ...]:
    return tuple(_domain_name(item.removeprefix("@"), what).casefold() for item in _texts(value, what))


def _mailbox(value: object, what: str) -> Mailbox:
    return mailbox(_text(value, what), what)


def _lists(value: object, what: str) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, Mapping):
        raise MailError(f"{what}: must be a table of lists, e.g. [mail.lists] board = [...], not {value!r}")
    lists = {}
    for name, members in value.items():
        if not is_list_name(name):
            raise MailError(f"{what}: {name!r} cannot be the name of a list; use letters, digits, - and _")
        lists[name] = _texts(members, f"{what}.{name}")
        if not lists[name]:
            raise MailError(f"{what}.{name}: the list is empty")
    return lists


_READERS: dict[str, Callable[[object, str], object]] = {
    "server": _host,
    "port": _whole(1, 65535),
    "tls": _one_of("starttls", "implicit", "none"),
    "ca_file": _text,
    "user": _text,
    "password_command": _command,
    "token_command": _command,
    "from": _mailbox,
    "reply_to": _mailbox,
    "bounce_to": _mailbox,
    "to": _texts,
    "cc": _texts,
    "bcc": _texts,
    "lists": _lists,
    "allowed_domains": _domains,
    "subject": _text,
    "list_id": _domain_name,
    "max_size": _size,
    "too_large": _one_of("summary", "refuse"),
    "location": _text,
    "delivery": _one_of("at-most-once", "at-least-once"),
    "per_minute": _number,
    "retry_after": _minutes,
    "ledger": _text,
    "minimum_grade": _one_of("clear", "weak", "none"),
}
KEYS = tuple(_READERS)
"""The keys of ``[mail]``, in the order in which ``reportgen init`` shows them."""


def load(config: Path | None, environment: Mapping[str, str]) -> Settings:
    """Settings from ``config`` (or ``./reportgen.toml`` if it is there) and the environment.

    Raises
    ------
    MailError
        For a file that cannot be read, an unknown key (with the nearest one) or a wrong value.
    """
    path = config
    if path is None and environment.get("REPORTGEN_CONFIG"):
        path = Path(environment["REPORTGEN_CONFIG"])
    if path is None and Path("reportgen.toml").is_file():
        path = Path("reportgen.toml")
    table: Mapping[str, object] = {}
    if path is not None:
        try:
            table = cast("Mapping[str, object]", tomllib.loads(path.read_text("utf-8-sig")).get("mail", {}))
        except OSError as error:
            raise MailError(f"{path}: cannot be read ({error.strerror})") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise MailError(f"{path}: is not a TOML file ({error})") from None
        if not isinstance(table, Mapping):
            raise MailError(f"{path}: mail must be a table; write [mail] on a line of its own")
    settings = from_table(table, str(path) if path is not None else "")
    return _from_environment(settings, environment)


def from_table(table: Mapping[str, object], origin: str) -> Settings:
    """The checked ``[mail]`` table of the file ``origin``."""
    values = {}
    for key, value in table.items():
        what = f"{origin}: [mail] {key}"
        if key.casefold() in _SECRET_KEYS:
            raise MailError(
                f"{what}: secrets are never read from this file; remove it and use the environment variable "
                f"{TOKEN_VARIABLE if 'token' in key.casefold() else PASSWORD_VARIABLE}, password_command or the keyring"
            )
        if key not in _READERS:
            near = difflib.get_close_matches(key, KEYS, n=1)
            raise MailError(f"{what}: unknown key" + (f"; did you mean {near[0]}?" if near else ""))
        values[_field(key)] = _READERS[key](value, what)
    return replace(Settings(), **values)  # type: ignore[arg-type]


def _from_environment(settings: Settings, environment: Mapping[str, str]) -> Settings:
    values = {}
    for name, text in sorted(environment.items()):
        if not name.startswith(_PREFIX) or name in (PASSWORD_VARIABLE, TOKEN_VARIABLE) or not text:
            continue
        key = name.removeprefix(_PREFIX).lower()
        if key == "lists" or key not in _READERS:
            near = difflib.get_close_matches(key, KEYS, n=1)
            hint = f"; did you mean {_PREFIX}{near[0].upper()}?" if near else ""
            raise MailError(f"{name}: unknown variable{hint}")
        value: object = text
        if key in ("to", "cc", "bcc", "allowed_domains"):
            value = [part.strip() for part in text.split(",") if part.strip()]
        values[_field(key)] = _READERS[key](value, name)
    if "ledger" not in values and environment.get("REPORTGEN_LEDGER"):
        values["ledger"] = _text(environment["REPORTGEN_LEDGER"], "REPORTGEN_LEDGER")
    return replace(settings, **values)  # type: ignore[arg-type]


def with_options(settings: Settings, options: Mapping[str, object]) -> Settings:
    """Settings with the options of the command line laid over them; None is "not given"."""
    values = {
        _field(key): _READERS[key](value, f"--{key.replace('_', '-')}")
        for key, value in options.items()
        if value is not None and value != ()
    }
    if values.keys() & {"to", "cc", "bcc"}:  # recipients on the command line replace those of the file
        values = {"to": (), "cc": (), "bcc": ()} | values
    return replace(settings, **values)  # type: ignore[arg-type]


def complete(settings: Settings, *, dry_run: bool = False) -> None:
    """Refuse settings with which nothing can be sent; a dry run needs no server."""
    if settings.sender is None:
        raise MailError("--from: the sender is missing; give --from or [mail] from in reportgen.toml")
    if dry_run:
        return
    if not settings.server:
        raise MailError(
            "[mail] server: missing; name your mail server in reportgen.toml or REPORTGEN_MAIL_SERVER"
        )
    if settings.tls == "none":
        if settings.server.casefold() not in _LOOPBACK:
            raise MailError(
                f'[mail] tls = "none" would send the report unprotected to {settings.server}; '
                'use "starttls" or "implicit" (none is for a relay on this machine)'
            )
        if settings.user:
            raise MailError('[mail] tls = "none" and user: a password is never sent without TLS')
    if settings.token_command and not settings.user:
        raise MailError("[mail] token_command needs user: the account that the token is for")


def _field(key: str) -> str:
    return "sender" if key == "from" else key


assert {_field(key) for key in KEYS} == {entry.name for entry in fields(Settings)}
