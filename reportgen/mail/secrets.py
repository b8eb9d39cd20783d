"""Turn "the password of this user" into the password, from where passwords may be kept.

The environment first (``REPORTGEN_MAIL_PASSWORD``), then ``password_command``, then the system's
keyring if the keyring package is installed. Never the configuration file, an option or the ledger.
A keyring may be locked and ask a question that nobody answers in cron; schedules use the first two.
"""

from __future__ import annotations

import importlib
import os
import shlex
import subprocess
from collections.abc import Mapping

from reportgen.errors import MailError

PASSWORD_VARIABLE = "REPORTGEN_MAIL_PASSWORD"
TOKEN_VARIABLE = "REPORTGEN_MAIL_TOKEN"
KEYRING_SERVICE = "reportgen"
COMMAND_SECONDS = 60


class Secret:
    """A password or token that does not show itself in a message, a log or a traceback."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself; called where it is handed to the server and nowhere else."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__


def password(
    user: str, command: tuple[str, ...] = (), environment: Mapping[str, str] | None = None
) -> Secret:
    """The password of ``user``; ``MailError`` names the three places when none has it."""
    environment = os.environ if environment is None else environment
    if environment.get(PASSWORD_VARIABLE):
        return _one_line(environment[PASSWORD_VARIABLE], PASSWORD_VARIABLE)
    if command:
        return _run(command, "[mail] password_command")
    from_keyring = _keyring(user)
    if from_keyring:
        return _one_line(from_keyring, "keyring")
    raise MailError(
        f"[mail] user is {user!r} and there is no password: set {PASSWORD_VARIABLE}, "
        f"or [mail] password_command, or store it with `keyring set {KEYRING_SERVICE} {shlex.quote(user)}`"
    )


def token(command: tuple[str, ...] = (), environment: Mapping[str, str] | None = None) -> Secret:
    """An OAuth 2 access token for XOAUTH2, fresh at each call."""
    environment = os.environ if environment is None else environment
    if environment.get(TOKEN_VARIABLE):
        return _one_line(environment[TOKEN_VARIABLE], TOKEN_VARIABLE)
    return _run(command, "[mail] token_command")


def has_token(environment: Mapping[str, str] | None = None) -> bool:
    """Whether a token is given in the environment."""
    return bool((os.environ if environment is None else environment).get(TOKEN_VARIABLE))


def _run(command: tuple[str, ...], what: str) -> Secret:
    """First line of what the command prints. Run without a shell; its own output is never repeated."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_SECONDS, check=False
        )
    except FileNotFoundError:
        raise MailError(f"{what}: {command[0]!r} was not found; give the program with its folder") from None
    except PermissionError:
        raise MailError(f"{what}: {command[0]!r} may not be run; check its permissions") from None
    except subprocess.TimeoutExpired:
        raise MailError(
            f"{what}: {command[0]!r} gave nothing in {COMMAND_SECONDS} seconds; does it ask a question?"
        ) from None
    if done.returncode != 0:
        raise MailError(
            f"{what}: {command[0]!r} ended with code {done.returncode}; run it yourself to see why"
        )
    try:
        lines = done.stdout.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        raise MailError(f"{what}: {command[0]!r} did not print text in UTF-8") from None
    if not lines or not lines[0]:
        raise MailError(f"{what}: {command[0]!r} printed nothing on its first line")
    return _one_line(lines[0], what)


def _one_line(value: str, what: str) -> Secret:
    value = value.rstrip("\r\n")
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise MailError(f"{what}: contains a control character; it must be one line")
    if not value.isascii():
        raise MailError(f"{what}: contains a character outside ASCII, which SMTP cannot carry; change it")
    return Secret(value)


def _keyring(user: str) -> str | None:
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        return None
    try:
        found = keyring.get_password(KEYRING_SERVICE, user)
    except Exception as error:  # keyring's backends raise errors of their own
        raise MailError(
            f"keyring: could not be opened ({type(error).__name__}); in a schedule use {PASSWORD_VARIABLE} "
            "or [mail] password_command"
        ) from None
    return found if isinstance(found, str) else None
