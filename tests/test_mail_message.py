from __future__ import annotations

import dataclasses
import datetime as dt
import email
import email.policy
import re

import pytest
from mail_faults import WORDS, evidence, make_report

from reportgen.errors import MailError
from reportgen.mail.addresses import Mailbox, mailbox
from reportgen.mail.message import file_name, letter, message, message_id, read_note, title_and_period
from reportgen.mail.picture import exhibit
from reportgen.mail.preflight import Attachment, inspect
from reportgen.mail.settings import from_table

NOW = dt.datetime(2026, 10, 5, 7, 30, tzinfo=dt.UTC)
ANNA, BOB = mailbox("Anna Müller <anna@example.com>", ""), mailbox("bob@example.com", "")
SETTINGS = from_table({"from": "Finance <reports@example.com>", "reply_to": "anna@example.com"}, "")


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return inspect(make_report(tmp_path_factory.mktemp("report") / "report.pdf"))


def compose(report, settings=SETTINGS, recipient=ANNA, to=(ANNA,), cc=(BOB,), **more):
    mail = letter(report, settings, to=to, cc=cc, **more)
    return message(mail, message_id(report, recipient, settings.sender), NOW)


def parsed(data):
    return email.message_from_bytes(data, policy=email.policy.default)


def test_the_shape_and_the_headers(report):
    data = compose(report, picture=exhibit(report))
    found = parsed(data)
    assert [part.get_content_type() for part in found.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
        "application/pdf",
    ]  # fmt: skip
    assert found["Subject"] == "Customer segments, 2026-Q3"
    assert found["From"] == "Finance <reports@example.com>"
    assert found["To"] == "Anna Müller <anna@example.com>"
    assert (found["Cc"], found["Reply-To"]) == ("bob@example.com", "anna@example.com")
    assert found["Date"].datetime == NOW
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["X-Auto-Response-Suppress"] == "All"
    assert found["List-Id"] == "<customer-segments.example.com>"
    assert re.fullmatch(r"<[0-9a-f]{40}@example\.com>", found["Message-ID"])
    assert not found.defects
    (pdf,) = found.iter_attachments()
    assert pdf.get_content() == report.pdf
    assert pdf.get_filename() == "Customer segments 2026-Q3.pdf"


def test_it_is_seven_bit_with_short_lines_and_crlf(report):
    data = compose(report, to=tuple(mailbox(f"Ünal {i} <u{i}@example.com>", "") for i in range(50)))
    assert data.isascii()
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert max(map(len, data.split(b"\r\n"))) <= 78


def test_nothing_but_the_date_and_the_recipient_changes_the_bytes(report):
    assert compose(report, picture=exhibit(report)) == compose(report, picture=exhibit(report))
    one, other = compose(report), compose(report, recipient=BOB)
    assert parsed(one)["Message-ID"] != parsed(other)["Message-ID"]
    upper = dataclasses.replace(ANNA, address="Anna@Example.com")
    assert message_id(report, ANNA, BOB) == message_id(report, upper, BOB)


def test_the_body_says_what_the_evidence_says(report):
    found = parsed(compose(report))
    text = " ".join(found.get_body(("plain",)).get_content().split())
    html = found.get_body(("html",)).get_content()
    shown = " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<style>.*?</style>", "", html)).split())
    for sentence in (
        *WORDS["headline"],
        *WORDS["deck"],
        *WORDS["grade"],
        "Only 4 in 100 of the biggest spenders",
    ):
        assert sentence in text
        assert sentence in shown
    assert "High Spenders" in text
    assert "Cash-Advance Users <b>" in text
    assert "Cash-Advance Users &lt;b&gt;" in html
    assert "170" in text
    assert "17%" in text
    assert "Internal" in text
    assert "Example & Söhne" in text
    # what is not the evidence's words has no figures but these
    own = text.replace(report.sha256[:16], "")  # first: it may hold one of the figures by chance
    for sentence in (*WORDS["headline"], *WORDS["grade"], "53%", "17%", "83%", "170", "830", "4 in 100"):
        own = own.replace(sentence, "")
    own = own.replace("2026-Q3", "").replace("5 October 2026", "")
    assert re.findall(r"\d[\d,.]*", own) == ["1.", "3", "1,000"]  # finding 1., 3 pages, about 1,000 customers


def test_html_fetches_nothing_and_runs_nothing(report):
    html = (
        parsed(compose(report, picture=exhibit(report), note="<script>alert(1)</script>"))
        .get_body(("html",))
        .get_content()
    )
    assert not re.search(r"https?://|<script|@import|@font-face|url\(|javascript:|<link|<iframe", html)
    assert re.findall(r'src="([^"]*)"', html) == ["cid:summary@reportgen"]
    assert "&lt;script&gt;" in html


def test_the_picture_is_a_png_with_the_exhibits_alternative_text(report):
    picture = exhibit(report)
    assert picture.png.startswith(b"\x89PNG")
    assert picture.alt == "Bars of purchases."
    assert picture == exhibit(report)
    found = parsed(compose(report, picture=picture))
    (image,) = (part for part in found.walk() if part.get_content_type() == "image/png")
    assert (image["Content-ID"], image.get_content_disposition()) == ("<summary@reportgen>", "inline")


def test_a_report_without_an_exhibit_has_no_picture(tmp_path):
    words = evidence()
    body = (
        "<p>"
        + " ".join((*WORDS["headline"], *(s["name"].replace("<", "&lt;") for s in words["segments"])))
        + " x" * 200
    )
    assert exhibit(inspect(make_report(tmp_path / "r.pdf", words, body=body))) is None


def test_recipients_in_bcc_stand_nowhere(report):
    data = compose(report, recipient=BOB, to=(), cc=())
    assert b"bob@example.com" not in data
    assert parsed(data)["To"] == "undisclosed-recipients:;"
    assert "Bcc" not in parsed(data)


def test_too_large_a_report_is_pointed_to(report):
    settings = dataclasses.replace(SETTINGS, location=r"\\share\reports\q3.pdf")
    found = parsed(compose(report, settings, with_report=False))
    assert not list(found.iter_attachments())
    assert found.get_content_type() == "multipart/mixed"
    assert r"\\share\reports\q3.pdf" in found.get_body(("plain",)).get_content()
    assert str(report.path) in parsed(compose(report, with_report=False)).get_body(
        ("plain",)
    ).get_content().replace("\n", "")


def test_the_note_stands_in_both_bodies(report):
    found = parsed(compose(report, note="Dear all,\n\nsee page 3.\nAnna"))
    assert "Finance writes:" in found.get_body(("plain",)).get_content()
    assert "see page 3.<br>Anna" in found.get_body(("html",)).get_content()


def test_further_attachments_keep_their_bytes_and_names(report):
    extras = (
        Attachment(name="Zahlen für März.csv", data=b"a,b\n1,\xff\n"),
        Attachment(name="x.eml", data=b"Hi"),
    )
    found = parsed(compose(report, attachments=extras))
    assert [(p.get_filename(), p.get_payload(decode=True)) for p in found.iter_attachments()][1:] == [
        (extra.name, extra.data) for extra in extras
    ]


@pytest.mark.parametrize(
    ("title", "period", "subject", "name"),
    [
        ("Customers", "Q3 2026", "Customers, Q3 2026", "Customers Q3 2026.pdf"),
        ("Customers Q3 2026", "Q3 2026", "Customers Q3 2026", "Customers Q3 2026.pdf"),
        ("Customers", "", "Customers", "Customers.pdf"),
        ("Kunden: März/April", "", "Kunden: März/April", "Kunden März April.pdf"),
        ("../../etc/passwd", "", "../../etc/passwd", "etc passwd.pdf"),
        ("...", "", "...", "Report.pdf"),
        ("顧客" * 60, "", "顧客" * 60, "顧客" * 40 + ".pdf"),
    ],
)
def test_subject_and_file_name_are_for_people(title, period, subject, name):
    assert (title_and_period(title, period), file_name(title, period)) == (subject, name)


@pytest.mark.parametrize("length", [1, 60, 300])
def test_names_of_any_script_and_length_survive(report, length):
    title = ("Kundengruppen für Österreich 顧客 " * 20)[:length].strip()
    changed = dataclasses.replace(report, title=title, period="")
    found = parsed(compose(changed))
    assert found["Subject"] == title
    (pdf,) = found.iter_attachments()
    assert pdf.get_filename() == file_name(title, "")


def test_a_long_domain_does_not_break_the_message_id(report):
    settings = from_table({"from": "r@" + ".".join(["long-label-of-a-domain"] * 6) + ".example.com"}, "")
    data = compose(report, settings)
    assert parsed(data)["Message-ID"] == message_id(report, ANNA, settings.sender)


# --------------------------------------------------------------------------- header injection

INJECTIONS = [
    "a\r\nBcc: evil@example.com",
    "a\nX: y",
    "a\rX: y",
    "a\x00b",
    "a\x0bb",
    "a\x0cb",
    "a\x1cb",
    "a\x85b",
    "a\u2028b",
    "a\u2029b",
]


@pytest.mark.parametrize("bad", INJECTIONS)
def test_header_injection_is_refused_through_every_value(report, bad):
    values = [
        lambda: compose(dataclasses.replace(report, title=bad)),
        lambda: compose(dataclasses.replace(report, period=bad)),
        lambda: compose(report, dataclasses.replace(SETTINGS, subject=bad)),
        lambda: compose(report, attachments=(Attachment(name=bad, data=b"x"),)),
        lambda: from_table({"subject": bad}, ""),
        lambda: from_table({"list_id": bad}, ""),
        lambda: from_table({"from": bad}, ""),
        lambda: from_table({"reply_to": f"{bad} <a@example.com>"}, ""),
        lambda: from_table({"bounce_to": f"a@example.com{bad}"}, ""),
        lambda: mailbox(f"{bad} <a@example.com>", "--to"),
        lambda: mailbox(f"a@example.com{bad}", "--cc"),
        lambda: compose(
            report, dataclasses.replace(SETTINGS, sender=Mailbox(address="a@example.com", name=bad))
        ),
        lambda: compose(report, to=(Mailbox(address="a@example.com", name=bad),)),
        lambda: compose(report, cc=(Mailbox(address=f"a{bad}@example.com"),)),
        lambda: compose(report, dataclasses.replace(SETTINGS, list_id=bad)),
    ]
    for number, make in enumerate(values):
        with pytest.raises(MailError):
            pytest.fail(f"value {number} came through: {make()!r}")


def test_the_note_is_plain_text(tmp_path):
    path = tmp_path / "note.txt"
    path.write_bytes(b"\xef\xbb\xbfDear all,\r\nhello\tworld\r\n")
    assert read_note(path) == "Dear all,\nhello    world\n"
    for data, says in (
        (b"\xff\xfe\x00", "UTF-8"),
        (b" \n", "empty"),
        (b"a\x1b[31m", "control"),
        (b"x" * 30_000, "at most"),
    ):
        path.write_bytes(data)
        with pytest.raises(MailError, match=says):
            read_note(path)
    with pytest.raises(MailError, match="cannot be read"):
        read_note(tmp_path / "none.txt")
