from __future__ import annotations

import pytest

from reportgen.errors import MailError
from reportgen.mail.addresses import Mailbox, allowed, mailbox, one_line


@pytest.mark.parametrize(
    ("text", "address", "name"),
    [
        ("anna@example.com", "anna@example.com", ""),
        ("Anna Müller <anna@example.com>", "anna@example.com", "Anna Müller"),
        ('"Müller, Anna" <anna@example.com>', "anna@example.com", "Müller, Anna"),
        ("a.b+c@sub.example.co.uk", "a.b+c@sub.example.co.uk", ""),
        ("ops@corp.local", "ops@corp.local", ""),
        ("anna@faß.de", "anna@xn--fa-hia.de", ""),
    ],
)
def test_an_address_is_read(text, address, name):
    assert mailbox(text, "--to") == Mailbox(address=address, name=name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ", "anna", "anna@", "@example.com", "anna@example", "anna@@example.com", "an na@example.com",
        "anna@example.com, bob@example.com", "anna@example.com;bob@example.com",
        "alice@evil.com<bob@good.com>",
        "alice@evil.com <bob@good.com>", "Anna <anna@example.com> <b@example.com>", "<anna@example.com",
        "anna@example.com>", "a..b@example.com", ".a@example.com", "a@-example.com", "a@exa_mple.com",
        '"a b"@example.com', "a@[127.0.0.1]", "ünal@example.com", "a@example.com\r\nBcc: b@example.com",
        "a@example.com\n", "a\x00@example.com", "A\r\nBcc: x@y.example <a@example.com>", "a@example.com\u2028",
        "\u202eanna <a@example.com>",
        "a" * 65 + "@example.com", "a@" + "x" * 64 + ".com", "a@localhost",
        "a(comment)@example.com", "group: a@example.com;", "a%b@c@example.com",
    ],
)  # fmt: skip
def test_anything_else_is_refused_and_named(text):
    with pytest.raises(MailError, match=r"^--to: "):
        mailbox(text, "--to")


@pytest.mark.parametrize("bad", [*"\r\n\x00\x0b\x0c\x1b\x7f\x85\u2028\u2029\u202e\u2066", "\ud800"])
def test_no_control_character_reaches_a_header(bad):
    with pytest.raises(MailError, match="cannot stand in a mail header"):
        one_line(f"Report{bad}Bcc: x@example.com", "--subject")


def test_the_allow_list_allows_its_domains_only():
    inside, outside = mailbox("a@Example.COM", "--to"), mailbox("a@example.com.evil.org", "--to")
    allowed([inside], ("example.com",))
    allowed([inside, outside], ())
    with pytest.raises(MailError, match=r"a@example\.com\.evil\.org"):
        allowed([inside, outside], ("example.com",))
