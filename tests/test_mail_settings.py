from __future__ import annotations

import os
import sys

import pytest

from reportgen.errors import MailError
from reportgen.mail import secrets
from reportgen.mail.settings import KEYS, Settings, complete, from_table, load, with_options


def test_the_file_the_environment_and_the_options_in_this_order(tmp_path):
    file = tmp_path / "r.toml"
    file.write_text(
        '[mail]\nserver = "a.example.com"\nuser = "u"\nfrom = "f@example.com"\nto = "board"\n'
        'max_size = "5 MB"\n[mail.lists]\nboard = ["a@example.com"]\n'
    )
    settings = load(file, {"REPORTGEN_MAIL_SERVER": "b.example.com", "REPORTGEN_MAIL_PASSWORD": "x"})
    assert (settings.server, settings.user, settings.max_size) == ("b.example.com", "u", 5_000_000)
    assert settings.port_used == 587
    assert settings.lists == {"board": ("a@example.com",)}
    changed = with_options(settings, {"bcc": ("x@example.com",), "subject": None, "from": "g@example.com"})
    assert (changed.to, changed.bcc) == ((), ("x@example.com",))
    assert changed.sender is not None
    assert changed.sender.address == "g@example.com"


def test_reportgen_toml_of_this_folder_is_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load(None, {}) == Settings()
    (tmp_path / "reportgen.toml").write_text('[mail]\nserver = "here.example.com"\n[build]\nx = 1\n')
    assert load(None, {}).server == "here.example.com"


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"sever": "x"}, "did you mean server"),
        ({"password": "x"}, "secrets are never read from this file"),
        ({"Token": "x"}, "REPORTGEN_MAIL_TOKEN"),
        ({"port": 0}, "whole number"),
        ({"port": True}, "whole number"),
        ({"tls": "ssl"}, "starttls, implicit, none"),
        ({"server": "x.com:587"}, "has its own key"),
        ({"server": "x.com/mail"}, "name of a server"),
        ({"server": "x\r\ny"}, "cannot stand"),
        ({"max_size": "ten"}, "10 MB"),
        ({"max_size": "5 b"}, "less than any message"),
        ({"per_minute": 0}, "above 0"),
        ({"retry_after": "soon"}, "number"),
        ({"retry_after": 5}, "list of minutes"),
        ({"lists": {"a b": ["x@example.com"]}}, "name of a list"),
        ({"lists": {"a": []}}, "empty"),
        ({"lists": ["x"]}, "table of lists"),
        ({"to": 5}, "list of texts"),
        ({"subject": 5}, "text in quotes"),
        ({"subject": "a\nb"}, "cannot stand"),
        ({"list_id": "a b"}, "name like"),
        ({"password_command": "pass 'x"}, "split into words"),
        ({"from": "nobody"}, "not a valid address"),
        ({"delivery": "exactly-once"}, "at-most-once"),
    ],
)
def test_a_wrong_key_or_value_is_named(table, says):
    with pytest.raises(MailError, match=says) as error:
        from_table(table, "r.toml")
    assert str(error.value).startswith("r.toml: [mail] ")


def test_every_key_has_a_reader_and_can_stand_in_the_environment():
    assert load(None, {"REPORTGEN_MAIL_TO": "a@example.com, b@example.com"}).to == (
        "a@example.com",
        "b@example.com",
    )
    assert load(None, {"REPORTGEN_LEDGER": "/x.db"}).ledger == "/x.db"
    assert load(None, {"REPORTGEN_MAIL_RETRY_AFTER": "1, 2.5"}).retry_after == (1.0, 2.5)
    with pytest.raises(MailError, match="did you mean REPORTGEN_MAIL_SERVER"):
        load(None, {"REPORTGEN_MAIL_SERVR": "x"})
    assert "from" in KEYS


@pytest.mark.parametrize(
    ("content", "says"),
    [("[mail", "not a TOML file"), ("mail = 3", "must be a table"), (None, "cannot be read")],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path, content, says):
    file = tmp_path / "r.toml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(MailError, match=says):
        load(file, {})


def test_what_is_missing_or_unsafe_is_said():
    sender = {"from": "f@example.com"}
    with pytest.raises(MailError, match="sender is missing"):
        complete(Settings())
    with pytest.raises(MailError, match="server: missing"):
        complete(from_table(sender, ""))
    complete(from_table(sender, ""), dry_run=True)
    with pytest.raises(MailError, match="unprotected"):
        complete(from_table(sender | {"server": "x.example.com", "tls": "none"}, ""))
    with pytest.raises(MailError, match="never sent without TLS"):
        complete(from_table(sender | {"server": "localhost", "tls": "none", "user": "u"}, ""))
    complete(from_table(sender | {"server": "localhost", "tls": "none"}, ""))
    with pytest.raises(MailError, match="needs user"):
        complete(from_table(sender | {"server": "x.example.com", "token_command": "t"}, ""))


# --------------------------------------------------------------------------- secrets


def test_the_password_comes_from_the_environment_then_the_command(monkeypatch):
    monkeypatch.setattr(secrets, "_keyring", lambda user: None)
    command = (sys.executable, "-c", "print('from command'); print('second line')")
    assert secrets.password("u", command, {"REPORTGEN_MAIL_PASSWORD": "from env"}).reveal() == "from env"
    assert secrets.password("u", command, {}).reveal() == "from command"
    monkeypatch.setattr(secrets, "_keyring", lambda user: "from keyring")
    assert secrets.password("u", (), {}).reveal() == "from keyring"
    assert secrets.token(command, {}).reveal() == "from command"
    assert secrets.token((), {"REPORTGEN_MAIL_TOKEN": "t"}).reveal() == "t"


def test_without_a_password_the_three_places_are_named(monkeypatch):
    monkeypatch.setattr(secrets, "_keyring", lambda user: None)
    with pytest.raises(MailError, match=r"REPORTGEN_MAIL_PASSWORD.*password_command.*keyring set"):
        secrets.password("u", (), {})


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("raise SystemExit(3)", "ended with code 3"),
        ("pass", "printed nothing"),
        ("import sys; sys.stdout.buffer.write(b'\\xff\\n')", "UTF-8"),
        ("print('p\\x01q')", "control character"),
        ("print('pässword')", "outside ASCII"),
    ],
)
def test_a_command_that_gives_no_secret_is_named_but_not_quoted(code, says):
    with pytest.raises(MailError, match=says) as error:
        secrets.password("u", (sys.executable, "-X", "utf8", "-c", code), {})
    assert "p\x01q" not in str(error.value)


def test_a_command_that_is_not_there_or_hangs(monkeypatch, tmp_path):
    with pytest.raises(MailError, match="was not found"):
        secrets.password("u", ("no-such-program-here",), {})
    file = tmp_path / "not-executable"
    file.write_text("x")
    if os.geteuid() != 0:
        with pytest.raises(MailError, match="may not be run"):
            secrets.password("u", (str(file),), {})
    monkeypatch.setattr(secrets, "COMMAND_SECONDS", 0.2)
    with pytest.raises(MailError, match="does it ask a question"):
        secrets.password("u", (sys.executable, "-c", "import time; time.sleep(9)"), {})


def test_a_secret_does_not_show_itself():
    secret = secrets.Secret("hunter2")
    assert "hunter2" not in f"{secret!r} {secret} {[secret]}"


def test_the_keyring_is_asked_if_it_is_installed(monkeypatch):
    import types

    fake = types.ModuleType("keyring")
    fake.get_password = lambda service, user: f"{service}/{user}"
    monkeypatch.setitem(sys.modules, "keyring", fake)
    assert secrets.password("u", (), {}).reveal() == "reportgen/u"

    def locked(service, user):
        raise RuntimeError("locked")

    fake.get_password = locked
    with pytest.raises(MailError, match="could not be opened"):
        secrets.password("u", (), {})
