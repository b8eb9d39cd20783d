"""Turn what a user wrote as an address into one that can stand in a header and an envelope.

Python's ``parseaddr`` reads ``alice@evil.com<bob@good.com>`` as Alice and takes the first of two
addresses, so nothing here repairs or guesses: an address is right or it is refused. The syntax is
checked by email-validator (RFC 5321 and IDNA 2008); quoted local parts, address literals and
local parts outside ASCII are refused, because servers on the way may not take them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from email.headerregistry import Address

import email_validator

from reportgen.errors import MailError

_OWN_NETWORKS = ("local", "test")
"""Top-level names that email-validator reserves and that companies and test servers use all the same."""

_NAMED = re.compile(r'\A(?P<name>"[^"\\]*"|[^<>@"\\,;:()\[\]]*?)\s*<(?P<address>[^<>\s]+)>\Z')
_LIST_NAME = re.compile(r"\A[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

for _name in _OWN_NETWORKS:  # the documented way to allow them
    if _name in email_validator.SPECIAL_USE_DOMAIN_NAMES:
        email_validator.SPECIAL_USE_DOMAIN_NAMES.remove(_name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mailbox:
    """An address, and perhaps the name of whose it is."""

    address: str
    """``user@domain``, ASCII: an international domain in its ``xn--`` form."""
    name: str = ""

    @property
    def key(self) -> str:
        """What tells two recipients apart: the address without regard to case."""
        return self.address.casefold()

    @property
    def domain(self) -> str:
        """Lower case, ASCII."""
        return self.address.rpartition("@")[2].casefold()

    def header(self) -> Address:
        """For an ``EmailMessage`` header."""
        return Address(display_name=self.name, addr_spec=self.address)


def one_line(text: str, what: str, limit: int = 400) -> str:
    """``text`` if it can stand in a header; ``what`` names the option or key that it came from.

    Raises
    ------
    MailError
        For a line break or another control character (header injection), a sign that reverses the
        direction of writing (``gpj.exe`` tricks), a lone surrogate, or more than ``limit`` characters.
    """
    for character in text:
        category = unicodedata.category(character)
        if category in ("Cc", "Cs", "Zl", "Zp") or character in _BIDI:
            raise MailError(
                f"{what}: contains U+{ord(character):04X}, which cannot stand in a mail header; "
                "write it on one line without control characters"
            )
    if len(text) > limit:
        raise MailError(f"{what}: {len(text)} characters long; at most {limit} fit in a mail header")
    return text.strip()


def is_list_name(text: str) -> bool:
    """Whether this is the name of a recipient list rather than an address."""
    return bool(_LIST_NAME.match(text))


def mailbox(text: str, what: str) -> Mailbox:
    """``user@example.com`` or ``Name <user@example.com>``, strictly; else ``MailError``."""
    one_line(text, what)
    name, address = "", text.strip()
    if "<" in address or ">" in address:
        named = _NAMED.match(address)
        if named is None:
            raise MailError(
                f"{what}: {_seen(text)} is not one address; write user@example.com or Name <user@example.com>"
            )
        name, address = named["name"].strip('" '), named["address"]
        if "@" in name:
            raise MailError(f"{what}: {_seen(text)} has an address as its name; leave the name out")
    if not address:
        raise MailError(f"{what}: the address is empty")
    try:
        checked = email_validator.validate_email(
            address, check_deliverability=False, allow_smtputf8=False, allow_quoted_local=False,
            allow_domain_literal=False, strict=True,
        )  # fmt: skip
    except email_validator.EmailNotValidError as error:
        more = "; give one address each time" if "," in address or ";" in address else ""
        raise MailError(f"{what}: {_seen(text)} is not a valid address ({_reason(error)}){more}") from None
    if checked.ascii_email is None:  # pragma: no cover - only with allow_smtputf8
        raise MailError(f"{what}: {_seen(text)} cannot be written in ASCII")
    return Mailbox(address=checked.ascii_email, name=name)


def allowed(boxes: Iterable[Mailbox], domains: tuple[str, ...]) -> None:
    """Refuse every recipient outside the allow-list; no list allows all. A domain allows itself only."""
    if not domains:
        return
    outside = sorted({box.address for box in boxes if box.domain not in domains})
    if outside:
        raise MailError(
            f"{', '.join(outside)}: not in a domain that [mail] allowed_domains lists "
            f"({', '.join(domains)}); nothing was sent"
        )


def _seen(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:77] + "...")


def _reason(error: Exception) -> str:
    return str(error).rstrip(".").replace("\n", " ")
