"""Turn a mail server that fails by script, and a sender that is killed, into counted outcomes.

``Server`` is a real SMTP server on loopback (aiosmtpd, with STARTTLS and AUTH) that does at each try for
each recipient what a script says: refuse, drop the line before or after it has taken the message, be
slow, kill the sender. The tests use it; run as a program (``make faults-mail``) it sends reports to a
thousand recipients while killing the sender with SIGKILL at aimed and at random instants, in both
delivery modes, and then compares the ledger with what the server really took.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import email
import email.policy
import hashlib
import json
import logging
import os
import random
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

logging.getLogger("mail.log").setLevel(logging.CRITICAL)

USER, PASSWORD, TOKEN = "reports@example.com", "correct horse 7!", "ya29.a-token"

PERMANENT = ("550@rcpt", "552@end", "554@end")
PASSING = (
    "450@rcpt", "451@data", "451@end", "421@rcpt", "421@end", "drop@rcpt", "drop@data", "drop@body",
    "drop-before@end", "drop-after@end", "slow@end", "slow-after@end",
)  # fmt: skip
POINTS = ("greeting", "mail", "rcpt", "data", "body", "end-before", "end-after", "answered")
"""Where the sender is killed on aim: ``end-before`` and ``end-after`` the message is taken."""


# --------------------------------------------------------------------------- the server


class _Smtp(SMTP):
    """aiosmtpd's protocol with the faults that its handler hooks cannot make."""

    book: Server

    async def smtp_DATA(self, arg: str) -> None:
        fault = getattr(self.envelope, "fault", "")
        self.book.at("data")
        if fault == "451@data":
            await self.push("451 try later")
        elif fault == "drop@data":
            self.transport.abort()
        else:
            await super().smtp_DATA(arg)

    async def push(self, status: str | bytes) -> None:
        await super().push(status)
        if str(status).startswith("354"):
            self.book.at("body")
            if getattr(self.envelope, "fault", "") == "drop@body":
                self.transport.abort()


@cache
def certificate(name: str) -> tuple[ssl.SSLContext, bytes]:
    """A server's TLS context for ``name``, and the authority that signed its certificate (PEM)."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context, authority.cert_pem.bytes()


@dataclass
class Taken:
    """One message that the server took responsibility for."""

    recipient: str
    sender: str
    content: bytes

    @property
    def message(self) -> email.message.EmailMessage:
        return email.message_from_bytes(self.content, policy=email.policy.default)


@dataclass
class Server:
    """A scripted SMTP server; ``with Server(...) as server`` runs it on a free port."""

    script: dict[str, list[str]] = field(default_factory=dict)
    """What happens at each try for a recipient, first first; nothing left: the message is taken."""
    mail_script: list[str] = field(default_factory=list)
    """What happens at each MAIL FROM, e.g. ``421 busy``; an empty text is all right."""
    tls: str = "starttls"
    auth: bool = True
    size: int = 50_000_000
    slow: float = 0.05
    taken: list[Taken] = field(default_factory=list)
    tries: Counter[str] = field(default_factory=Counter)
    logins: list[str] = field(default_factory=list)
    hit: threading.Event = field(default_factory=threading.Event)
    connections: int = 0
    kill_at: tuple[str, int] | None = None
    victim: int = 0
    certificate_for: str = "localhost"

    def __enter__(self) -> Server:
        context, authority = certificate(self.certificate_for)
        self._folder = tempfile.TemporaryDirectory()
        self.ca_file = str(Path(self._folder.name) / "ca.pem")
        Path(self.ca_file).write_bytes(authority)
        book = self

        class Running(Controller):
            def factory(self) -> SMTP:
                protocol = type("Protocol", (_Smtp,), {"book": book})
                with warnings.catch_warnings():
                    warnings.simplefilter(
                        "ignore"
                    )  # AUTH over implicit TLS: aiosmtpd does not see that it is safe
                    return protocol(self.handler, **self.SMTP_kwargs)

            def _trigger_server(self) -> None:
                self.port = self.server.sockets[0].getsockname()[1]
                super()._trigger_server()

        more: dict[str, object] = {}
        if self.tls == "starttls":
            more |= {"tls_context": context, "require_starttls": True}
        if self.auth:
            more |= {
                "auth_required": True, "authenticator": self._authenticate,
                "auth_require_tls": self.tls == "starttls",
            }  # fmt: skip
        else:
            more |= {"auth_exclude_mechanism": ["LOGIN", "PLAIN", "XOAUTH2"]}
        self._controller = Running(
            self, hostname="127.0.0.1", port=0, data_size_limit=self.size, server_hostname="localhost",
            ssl_context=context if self.tls == "implicit" else None, ready_timeout=20, **more,
        )  # fmt: skip
        self._controller.start()
        self.port = self._controller.port
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()
        self._folder.cleanup()

    def settings(self, **more: object) -> dict[str, object]:
        """Keys of ``[mail]`` with which reports reach this server."""
        return {
            "server": "localhost", "port": self.port, "tls": self.tls, "ca_file": self.ca_file,
            "user": USER if self.auth else "", "from": "Finance Analytics <reports@example.com>",
            "per_minute": 100_000, "retry_after": [0.001, 0.001, 0.001], **more,
        }  # fmt: skip

    def at(self, point: str) -> None:
        """Kill the sender if this is where and when it shall die."""
        if self.kill_at is None or self.kill_at[0] != point or not self.victim:
            return
        self.kill_at = (point, self.kill_at[1] - 1)
        if self.kill_at[1] <= 0:
            self.kill_at = None
            os.kill(self.victim, signal.SIGKILL)

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        good = (
            isinstance(data, LoginPassword)
            and data.login == USER.encode()
            and data.password == PASSWORD.encode()
        )
        self.logins.append(mechanism)
        return AuthResult(success=good, handled=False)

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        import base64

        said = base64.b64decode(args[1]).decode()
        self.logins.append("XOAUTH2")
        if said == f"user={USER}\x01auth=Bearer {TOKEN}\x01\x01":
            return AuthResult(success=True)
        await server.challenge_auth(b'{"status":"401"}')
        return AuthResult(success=False, handled=False)

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.connections += 1
        self.at("greeting")
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        self.at("mail")
        answer = self.mail_script.pop(0) if self.mail_script else ""
        if answer == "drop":
            server.transport.abort()
        if answer.startswith("421"):
            asyncio.get_running_loop().call_later(0.02, server.transport.close)
        if answer:
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.tries[address] += 1
        self.at("rcpt")
        steps = self.script.get(address, [])
        fault = steps[0] if steps and steps[0] in PERMANENT else steps.pop(0) if steps else ""
        envelope.fault = fault
        self.hit.set()
        if fault == "drop@rcpt":
            server.transport.abort()
        if fault == "421@rcpt":
            asyncio.get_running_loop().call_later(0.02, server.transport.close)
        if fault.endswith("@rcpt") and fault[:3].isdecimal():
            return f"{fault[:3]} said at RCPT"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        fault = envelope.fault
        self.at("end-before")
        if fault == "slow@end":
            await asyncio.sleep(self.slow)
        if fault in ("drop-before@end", "garbage-before@end"):
            server.transport.abort()
            return "451 never seen"
        if fault == "421@end":
            asyncio.get_running_loop().call_later(0.02, server.transport.close)
        if fault.endswith("@end") and fault[:3].isdecimal():
            return f"{fault[:3]} said at the end of DATA"
        self.taken.append(Taken(envelope.rcpt_tos[0], envelope.mail_from, envelope.original_content))
        self.at("end-after")
        if fault == "slow-after@end":
            await asyncio.sleep(self.slow)
        if fault == "drop-after@end":
            server.transport.abort()
        if self.kill_at is not None and self.kill_at[0] == "answered":
            asyncio.get_running_loop().call_later(random.uniform(0, 0.01), self.at, "answered")
        return "250 taken"


# --------------------------------------------------------------------------- a small report

WORDS = {
    "title": "Customer segments",
    "period": "2026-Q3",
    "organisation": "Example & Söhne",
    "as_of": "2026-10-05",
    "classification": "Internal",
    "headline": ["17% of customers make 53% of purchases.", "45% take 99% of the cash."],
    "deck": ["The card serves two kinds of customer."],
    "figures": [{"number": "53%", "caption": "of purchases come from High Spenders, 17% of customers"}],
    "findings": [
        {
            "title": "Borrowing is somebody else",
            "body": ["Only 4 in 100 of the biggest spenders took any cash."],
        }
    ],
    "actions": [{"title": "High Spenders", "body": ["A retention desk, tried first with a few."]}],
    "grade": ["Asked again on resampled data, 9 in 10 customers land in the same group."],
}
SEGMENTS = [
    {"id": "S1", "name": "High Spenders", "rule": "r", "size": 170, "share": 0.17, "stability": 0.97},
    {
        "id": "S2",
        "name": "Cash-Advance Users <b>",
        "rule": "r",
        "size": 830,
        "share": 0.83,
        "stability": 0.95,
    },
]


def evidence(**changes: object) -> dict[str, object]:
    """An evidence.json as PRODUCT.md says; ``changes`` replace parts of ``report`` or of the whole."""
    report = WORDS | {key: value for key, value in changes.items() if key in WORDS}
    texts = [*report["headline"], *report["deck"], *report["grade"]]
    for part in (*report["findings"], *report["actions"]):
        texts += [part["title"], *part["body"]]
    claims = [
        {"id": f"C{i:03}", "where": "summary", "text": text, "statistic": "count", "column": None,
         "segment": None, "where_column": None, "value": 1, "shown": "53%", "unit": "percent"}
        for i, text in enumerate(texts, 1)
    ]  # fmt: skip
    whole = {
        "format": 1,
        "source": {"name": "c.csv", "sha256": "0" * 64, "rows_read": 1000, "rows_used": 1000,
                   "encoding": "utf-8", "delimiter": ",", "decimal": ".", "id_column": "customer_id"},
        "report": report,
        "preparation": [{"column": name} for name in ("customer_id", "Spend", "Visits", "Age of card")],
        "model": {"k": 2, "grade": "clear", "measures": {}},
        "segments": SEGMENTS, "claims": claims,
    }  # fmt: skip
    return whole | {key: value for key, value in changes.items() if key not in WORDS}


def make_report(
    path: Path,
    found: dict[str, object] | None = None,
    *,
    body: str = "",
    more: dict[str, bytes] | None = None,
) -> Path:
    """A PDF of the shape of a report: summary, a tagged exhibit, the names, and the evidence inside."""
    from html import escape

    import weasyprint

    found = evidence() if found is None else found
    report = found["report"]
    names = "".join(
        f"<h2>{escape(segment['name'])}</h2><p>{'Words about them. ' * 12}</p>"
        for segment in found["segments"]
    )
    svg = (
        "<svg xmlns='http://www.w3.org/2000/svg' width='300' height='60'>"
        "<rect width='200' height='40' fill='#0A4560'/></svg>"
    )
    page = body or (
        "<p>Cover</p><section style='break-before:page'>"
        f"<h1>{' '.join(map(escape, report['headline']))}</h1><p>{' '.join(map(escape, report['deck']))}</p>"
        + "".join(f"<p>{escape(f['number'])} {escape(f['caption'])}</p>" for f in report["figures"])
        + "<figure><figcaption>Share of purchases</figcaption>"
        f"<img alt='Bars of purchases.' src=\"data:image/svg+xml,{svg.replace('#', '%23')}\"></figure>"
        f"</section><section style='break-before:page'>{names}</section>"
    )
    inside = {"evidence.json": json.dumps(found).encode()} | (more or {})
    weasyprint.HTML(string=f"<html lang=en><title>Report</title><body>{page}").write_pdf(
        path,
        pdf_variant="pdf/ua-1",
        attachments=[weasyprint.Attachment(string=data, name=name) for name, data in inside.items() if data],
    )
    return path


# --------------------------------------------------------------------------- the sender


def start(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
    """``reportgen ARGUMENTS`` in ``folder``."""
    return subprocess.Popen(
        [sys.executable, "-m", "reportgen", *arguments],
        cwd=folder,
        env=os.environ | {"REPORTGEN_MAIL_PASSWORD": PASSWORD, "PYTHONWARNINGS": "ignore"} | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def write_settings(folder: Path, settings: dict[str, object]) -> None:
    """``reportgen.toml`` with this ``[mail]`` table."""
    lines = [
        f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in settings.items() if value != ""
    ]
    (folder / "reportgen.toml").write_text("[mail]\n" + "\n".join(lines) + "\n", "utf-8")


# --------------------------------------------------------------------------- the campaigns


@dataclass
class Count:
    """What a mode came to."""

    recipients: int = 0
    campaigns: int = 0
    kills: int = 0
    aimed: int = 0
    points: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    taken: int = 0
    lost: int = 0
    duplicates: int = 0
    ids: int = 0
    permanent: int = 0
    permanent_reported: int = 0
    unknown: int = 0
    unknown_taken: int = 0
    damaged: int = 0
    wrong_exit: int = 0


def campaign(mode: str, seed: int, people: int, kills: int, folder: Path, pdf: Path, count: Count) -> None:
    """One report to ``people`` recipients; the sender is killed ``kills`` times and started again."""
    rng = random.Random(seed)
    addresses = [f"r{seed}-{i}@example.com" for i in range(people)]
    script = {}
    for address in addresses:
        steps = [rng.choice(PASSING) for _ in range(rng.choice((0, 0, 1, 1, 2)))]
        if rng.random() < 0.08:
            steps.append(rng.choice(PERMANENT))
        script[address] = steps
    doomed = {address for address, steps in script.items() if steps and steps[-1] in PERMANENT}
    with Server(script=script, slow=0.03) as server:
        server.mail_script = [
            rng.choice(("", "", "", "", "", "", "", "421 busy", "451 later", "drop")) for _ in range(60)
        ]
        write_settings(
            folder,
            server.settings(to=addresses, ledger=str(folder / "state.db"), delivery=mode),
        )
        done = 0
        while done < kills:
            server.kill_at = (rng.choice(POINTS), rng.randint(1, 4)) if rng.random() < 0.6 else None
            aimed = server.kill_at
            process = start(folder, "send", str(pdf), "--json")
            server.victim = process.pid
            timer = threading.Timer(30.0 if aimed else rng.uniform(0.05, 1.2), process.kill)
            timer.start()
            process.communicate()
            timer.cancel()
            count.runs += 1
            if process.returncode == -signal.SIGKILL:
                done += 1
                count.kills += 1
                if aimed is not None and server.kill_at is None:
                    count.aimed += 1
                    count.points[aimed[0]] += 1
            elif process.returncode in (0, 4):
                break  # it got through: nothing is left to be killed at
        server.kill_at = None
        for _ in range(40):
            process = start(folder, "send", str(pdf), "--json")
            out, error = process.communicate()
            count.runs += 1
            if not out:
                raise SystemExit(
                    f"{mode}, seed {seed}: no result, exit {process.returncode}: {error.decode()}"
                )
            result = json.loads(out)
            states = {entry["address"]: entry for entry in result["recipients"]}
            if not any(entry["state"] in ("pending", "deferred") for entry in states.values()) and (
                mode == "at-most-once" or not any(e["state"] == "unknown" for e in states.values())
            ):
                break
        _compare(mode, addresses, doomed, states, server, pdf, process.returncode, count)
    count.campaigns += 1


def _compare(
    mode: str, addresses: list[str], doomed: set[str], states: dict[str, dict[str, object]],
    server: Server, pdf: Path, exit_code: int, count: Count,
) -> None:  # fmt: skip
    """What the ledger says against what the server took."""
    taken: dict[str, list[Taken]] = defaultdict(list)
    for entry in server.taken:
        taken[entry.recipient].append(entry)
    digest = hashlib.sha256(pdf.read_bytes()).hexdigest()
    unknown = 0
    for address in addresses:
        state, copies = str(states.get(address, {}).get("state", "missing")), taken[address]
        count.recipients += 1
        count.taken += len(copies)
        count.duplicates += max(0, len(copies) - 1)
        count.ids += len({copy.message["Message-ID"] for copy in copies}) > 1
        count.lost += (state == "sent" and not copies) or state in ("missing", "pending", "deferred")
        unknown += state == "unknown"
        count.unknown_taken += state == "unknown" and bool(copies)
        if address in doomed and not copies and state != "unknown":
            count.permanent += 1
            count.permanent_reported += state == "failed" and str(states[address]["code"]).startswith("5")
        count.lost += address not in doomed and state == "failed"
        for copy in copies:
            parts = [
                part.get_payload(decode=True)
                for part in copy.message.walk()
                if part.get_content_type() == "application/pdf"
            ]
            count.damaged += [hashlib.sha256(part).hexdigest() for part in parts] != [digest]
    count.unknown += unknown
    clean = all(entry["state"] == "sent" for entry in states.values())
    count.wrong_exit += exit_code != (0 if clean else 4)


def main() -> int:
    """Both modes; exit code 1 when a promise does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--recipients", type=int, default=1000, help="over both modes")
    parser.add_argument("--kills", type=int, default=300, help="over both modes, at least")
    parser.add_argument("--seed", type=int, default=6)
    given = parser.parse_args()
    people = 40
    campaigns = -(-given.recipients // people)
    started, ok = time.monotonic(), True
    counts = {"at-most-once": Count(), "at-least-once": Count()}
    with tempfile.TemporaryDirectory() as name:
        pdf = make_report(Path(name) / "report.pdf")
        number = 0
        while number < campaigns or sum(c.kills for c in counts.values()) < given.kills:
            mode = ("at-most-once", "at-least-once")[number % 2]
            folder = Path(name) / f"campaign-{number}"
            folder.mkdir()
            kills = -(-given.kills // campaigns) + 1
            campaign(mode, given.seed * 1000 + number, people, kills, folder, pdf, counts[mode])
            number += 1
            total = sum(c.kills for c in counts.values())
            print(
                f"campaign {number}: {total} kills, {time.monotonic() - started:.0f} s",
                file=sys.stderr,
                flush=True,
            )
    print(f"\n{dt.date.today()}: {time.monotonic() - started:.0f} s")
    for mode, count in counts.items():
        print(f"\n{mode}")
        print(
            f"  campaigns {count.campaigns}, recipients {count.recipients}, sender started {count.runs} times"
        )
        print(f"  kills {count.kills}, of them aimed {count.aimed}: {dict(sorted(count.points.items()))}")
        print(f"  messages taken by the server {count.taken}, damaged {count.damaged}")
        print(f"  lost silently {count.lost}, duplicates {count.duplicates}")
        print(f"  recipients with more than one Message-ID {count.ids}")
        print(f"  permanent refusals reported {count.permanent_reported} of {count.permanent}")
        print(f"  reported unknown {count.unknown} (of them really delivered {count.unknown_taken})")
        print(f"  wrong exit codes {count.wrong_exit}")
        ok = ok and not (count.lost or count.ids or count.damaged or count.wrong_exit)
        ok = ok and count.permanent == count.permanent_reported
    ok = ok and counts["at-most-once"].duplicates == 0 and counts["at-least-once"].unknown == 0
    killed = sum(count.kills for count in counts.values())
    reached = sum(count.recipients for count in counts.values())
    ok = ok and killed >= given.kills and reached >= given.recipients
    verdict = "all promises hold" if ok else "A PROMISE IS BROKEN"
    print(f"\n{verdict}: {reached} recipients, {killed} kills")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
