"""Once through the server that many companies run: a Postfix of our own on loopback, in a folder of its own.

Needs Postfix (``apt-get install postfix``) and root, because Postfix's master process does; skipped without.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
import trustme
from mail_faults import make_report

from reportgen.mail.ledger import State
from reportgen.mail.preflight import inspect
from reportgen.mail.send import Request, SystemClock, send
from reportgen.mail.settings import from_table

pytestmark = [
    pytest.mark.skipif(
        shutil.which("postfix") is None, reason="Postfix is not installed (apt-get install postfix)"
    ),
    pytest.mark.skipif(os.geteuid() != 0, reason="Postfix's master process needs root"),
]

_SERVICES = """
postlog   unix-dgram n - n - 1 postlogd
pickup    unix n - n 60 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
smtp      unix - - n - - smtp
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
local     unix - n n - - local
virtual   unix - n n - - virtual
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
"""


@pytest.fixture
def postfix():
    """(port, ca_file, folder of the mailboxes) of a running Postfix that takes mail for three people."""
    folder = Path(tempfile.mkdtemp(prefix="reportgen-postfix-"))
    folder.chmod(0o755)
    for name in ("conf", "queue", "data", "boxes"):
        (folder / name).mkdir()
    user = pwd.getpwnam("postfix")
    os.chown(folder / "data", user.pw_uid, user.pw_gid)
    nobody = pwd.getpwnam("nobody")
    os.chown(folder / "boxes", nobody.pw_uid, nobody.pw_gid)
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    people = folder / "people"
    people.write_text("".join(f"{name}@example.com {name}/\n" for name in ("anna", "bob", "carol")))
    (folder / "conf" / "main.cf").write_text(
        f"""compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
mail_owner = postfix
myhostname = localhost
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_tls_security_level = encrypt
smtpd_tls_chain_files = {folder}/server.pem
virtual_mailbox_domains = example.com
virtual_mailbox_base = {folder}/boxes
virtual_mailbox_maps = texthash:{people}
virtual_uid_maps = static:{nobody.pw_uid}
virtual_gid_maps = static:{nobody.pw_gid}
alias_maps =
message_size_limit = 10240000
"""
    )
    (folder / "conf" / "master.cf").write_text(f"127.0.0.1:{port} inet n - n - - smtpd\n{_SERVICES}")
    command = ["postfix", "-c", str(folder / "conf")]
    started = subprocess.run([*command, "start"], capture_output=True, text=True, timeout=60, check=False)
    try:
        assert started.returncode == 0, started.stderr
        yield port, str(folder / "ca.pem"), folder
    finally:
        subprocess.run([*command, "stop"], capture_output=True, timeout=60, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def test_a_report_goes_through_postfix_into_the_mailboxes_unchanged(postfix, tmp_path):
    port, ca_file, folder = postfix
    pdf = make_report(tmp_path / "report.pdf")
    settings = from_table(
        {
            "server": "localhost", "port": port, "ca_file": ca_file, "ledger": str(tmp_path / "r.db"),
            "from": "Finance <reports@example.com>", "to": ["Anna Müller <anna@example.com>"],
            "cc": ["nobody-here@example.com"], "bcc": ["bob@example.com", "carol@example.com"],
            "per_minute": 10_000, "retry_after": [0.05],
        },
        "",
    )  # fmt: skip
    request = Request(report=pdf, settings=settings)
    result = send(request, clock=SystemClock(), tell=print)
    log = (folder / "log").read_text()
    states = {entry.address.partition("@")[0]: entry for entry in result.entries}
    assert {name: entry.state for name, entry in states.items()} == {
        "anna": State.SENT, "bob": State.SENT, "carol": State.SENT, "nobody-here": State.FAILED,
    }, log  # fmt: skip
    assert states["nobody-here"].code == 550
    assert result.complaint().exit_code == 4
    assert send(request, clock=SystemClock(), tell=print).sent_now == 0

    deadline, delivered = time.monotonic() + 30, {}
    while len(delivered) < 3 and time.monotonic() < deadline:
        time.sleep(0.2)
        delivered = {path.parts[-3]: path for path in (folder / "boxes").glob("*/new/*")}
    assert sorted(delivered) == ["anna", "bob", "carol"], (folder / "log").read_text()
    for name, path in delivered.items():
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert message["Message-ID"] == states[name].message_id
        assert (message["To"], message["Cc"]) == ("Anna Müller <anna@example.com>", "nobody-here@example.com")
        assert message["Subject"] == "Customer segments, 2026-Q3"
        (attached,) = message.iter_attachments()
        assert hashlib.sha256(attached.get_content()).hexdigest() == inspect(pdf).sha256
        assert "17% of customers make 53% of purchases." in message.get_body(("plain",)).get_content()
    time.sleep(0.5)
    assert len(list((folder / "boxes").glob("*/new/*"))) == 3
