"""Turn a checked report into the mail that carries it: the summary in the body, the PDF attached.

The shape is multipart/mixed( alternative( text, related( HTML, picture ) ), PDF ), 7-bit throughout,
so that no server on the way has to change a byte. Everything but the time is a function of the report,
the settings and the recipient, MIME boundaries and Message-ID included: the second try of a delivery
sends the same bytes as the first, and software that drops repeated Message-IDs can do so.
"""

from __future__ import annotations

import datetime as dt
import mimetypes
import re
from dataclasses import dataclass
from email.headerregistry import Address, Group
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from reportgen import formats, palette, render
from reportgen.errors import MailError
from reportgen.mail.addresses import Mailbox, one_line
from reportgen.mail.ledger import key
from reportgen.mail.picture import Picture
from reportgen.mail.preflight import Attachment, Mailable
from reportgen.mail.settings import Settings

_POLICY = SMTP.clone(cte_type="7bit")
NOTE_LIMIT = 20_000
_UNFIT_FOR_NAMES = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """The mail, all but the recipient."""

    sender: Mailbox
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    reply_to: Mailbox | None
    subject: str
    list_id: str
    text: str
    html: str
    picture: Picture | None
    attachments: tuple[Attachment, ...]
    """The report first, unless it is too large to go along."""


def letter(
    report: Mailable,
    settings: Settings,
    *,
    to: tuple[Mailbox, ...],
    cc: tuple[Mailbox, ...],
    note: str = "",
    attachments: tuple[Attachment, ...] = (),
    picture: Picture | None = None,
    with_report: bool = True,
) -> Letter:
    """Word the mail. ``with_report`` False leaves the PDF out and says where it is.

    Raises
    ------
    MailError
        When a value that goes into a header holds a line break or other control character.
    """
    assert settings.sender is not None
    title = one_line(report.title, "the report's title")
    period = one_line(report.period, "the report's period")
    subject = one_line(settings.subject, "--subject") or title_and_period(title, period)
    name = file_name(title, period)
    for extra in attachments:
        one_line(extra.name, "--attach", 200)
    pages = f"{report.pages} {'page' if report.pages == 1 else 'pages'}"
    if with_report:
        where = f"The full report ({pages}) is attached: {name}"
    else:
        place = settings.location or str(report.path.resolve())
        size = _megabytes(len(report.pdf))
        where = f"The full report ({pages}, {size}) is too large to attach. It is here: {place}"
    words: dict[str, object] = {
        "language": formats.LOCALE,
        "report": report,
        "subject": subject,
        "sender": settings.sender.name or settings.sender.address,
        "note": [part for part in re.split(r"\n\s*\n", note.strip()) if part.strip()],
        "picture": picture,
        "where": where,
        "proof": "Every number in this summary is in the evidence inside that file; "
        "reportgen verify recomputes it.",
        "footer": _footer(report, settings),
        "palette": palette,
        "colours": [palette.segment_colour(position) for position in range(len(report.segments))],
    }
    return Letter(
        sender=settings.sender,
        to=to,
        cc=cc,
        reply_to=settings.reply_to,
        subject=subject,
        list_id=settings.list_id or f"customer-segments.{settings.sender.domain}",
        text=render.email("email.txt", words),
        html=render.email("email.html", words),
        picture=picture,
        attachments=((Attachment(name=name, data=report.pdf),) if with_report else ()) + attachments,
    )


def _footer(report: Mailable, settings: Settings) -> list[str]:
    lines = []
    if report.classification:
        lines.append(report.classification)
    if report.as_of:
        lines.append(
            f"Report of {formats.date(report.as_of)}, about {formats.count(report.customers)} customers."
        )
    lines.append(f"Sent automatically. Fingerprint of the report: {report.sha256[:16]}")
    if settings.reply_to is not None:
        lines.append(f"Questions, or to leave this list: {settings.reply_to.address}")
    return lines


def title_and_period(title: str, period: str) -> str:
    """``Customer segments, 2026-Q3``; the period is not said twice."""
    return title if not period or period.casefold() in title.casefold() else f"{title}, {period}"


def file_name(title: str, period: str) -> str:
    """``Customer segments 2026-Q3.pdf``: the report named for people, with nothing a file system minds."""
    name = title if not period or period.casefold() in title.casefold() else f"{title} {period}"
    name = " ".join(_UNFIT_FOR_NAMES.sub(" ", name).split()).strip(". ")
    return (name[:80].rstrip(". ") or "Report") + ".pdf"


def message_id(report: Mailable, recipient: Mailbox, sender: Mailbox) -> str:
    """The same for every try of this report to this recipient, and different for every other."""
    return f"<{key(report.sha256, recipient)}@{sender.domain}>"


def message(mail: Letter, identity: str, date: dt.datetime) -> bytes:
    """The bytes that go to one recipient: ``identity`` is the Message-ID, ``date`` the Date."""
    out = EmailMessage(policy=_POLICY)
    try:
        out["Date"] = format_datetime(date.astimezone(dt.UTC).replace(microsecond=0))
        out["From"] = mail.sender.header()
        if mail.reply_to is not None:
            out["Reply-To"] = mail.reply_to.header()
        out["To"] = _addresses(mail.to) or (Group(display_name="undisclosed-recipients"),)
        if mail.cc:
            out["Cc"] = _addresses(mail.cc)
        out["Subject"] = mail.subject
        out["Message-ID"] = identity
        out["List-Id"] = f"<{mail.list_id}>"
        if mail.reply_to is not None:
            out["List-Unsubscribe"] = f"<mailto:{mail.reply_to.address}?subject=unsubscribe>"
        out["Auto-Submitted"] = "auto-generated"
        out["X-Auto-Response-Suppress"] = "All"
        for name, value in out.items():  # all were checked at the door; this is the second lock
            one_line(str(value), f"the header {name}", 1_000_000)
        out.set_content(mail.text, cte="quoted-printable")
        out.add_alternative(mail.html, subtype="html", cte="quoted-printable")
        if mail.picture is not None:
            html = out.get_payload()[1]  # type: ignore[index]
            assert isinstance(html, EmailMessage)
            html.add_related(
                mail.picture.png,
                "image",
                "png",
                cid=f"<{mail.picture.cid}>",
                filename="summary.png",
                disposition="inline",
            )
        for attachment in mail.attachments:
            kind = mimetypes.guess_type(attachment.name)[0] or "application/octet-stream"
            main, _, sub = kind.partition("/")
            if main in ("text", "message", "multipart"):  # as bytes, so that not one of them is changed
                main, sub = "application", "octet-stream"
            out.add_attachment(attachment.data, main, sub, filename=attachment.name)
        if not out.is_multipart() or out.get_content_subtype() != "mixed":
            out.make_mixed()
    except (ValueError, UnicodeError) as error:
        raise MailError(f"the message's headers: {error}; nothing was sent") from None
    for number, part in enumerate(out.walk()):
        if part is not out:
            del part["MIME-Version"]
        if part.is_multipart():
            # "=_" cannot occur in quoted-printable or base64, so a boundary is never in the contents
            part.set_boundary(f"=_reportgen-{number}-{identity[1:21]}")
    return out.as_bytes()


def _addresses(boxes: tuple[Mailbox, ...]) -> tuple[Address, ...]:
    return tuple(box.header() for box in boxes)


def _megabytes(size: int) -> str:
    return f"{formats.decimal(size / 1_000_000, 1)} MB"


def read_note(path: Path) -> str:
    """The words of ``--message``: plain text, UTF-8."""
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise MailError(f"--message {path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise MailError(f"--message {path}: is not text in UTF-8; save it as plain text") from None
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    if not text.strip():
        raise MailError(f"--message {path}: is empty")
    if len(text) > NOTE_LIMIT:
        raise MailError(f"--message {path}: {len(text)} characters; a note has at most {NOTE_LIMIT}")
    if any(not character.isprintable() and character != "\n" for character in text):
        raise MailError(f"--message {path}: contains control characters; save it as plain text")
    return text
