"""Turn command lines into exit codes, files, stdout and stderr, as PRODUCT.md promises.

What a user sees is tested from outside, in processes of its own. What cannot be brought about from
outside (no memory, a bug, a library's own BaseException) is raised in ``pipeline.build`` in this process.
"""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reportgen import __version__, pipeline
from reportgen.cli import NOTES_SHOWN, Screen, main, one_line
from reportgen.config import SETTINGS
from reportgen.errors import InputError
from reportgen.results import Note

SAMPLE = Path(__file__).parent.parent / "sample_data" / "customers_2026_q2.csv"
HEAVY = {"numpy", "pandas", "scipy", "sklearn", "matplotlib", "jinja2", "weasyprint", "rich", "babel"}


def run(*words: str | Path, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("REPORTGEN_")}
    return subprocess.run(
        [sys.executable, "-m", "reportgen", *map(str, words)],
        cwd=cwd, env=own | environ, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def one_error(done: subprocess.CompletedProcess[str], code: int = 2) -> str:
    """The one line on stderr of a run that failed as it should."""
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("reportgen: ")
    return lines[0]


# --------------------------------------------------------------------------- help


@pytest.mark.parametrize(
    "words", [["--help"], ["build", "--help"], ["check", "-h"], ["--version"], ["build", "--titel"]]
)
def test_help_and_mistakes_import_nothing_heavy(words: list[str], tmp_path: Path) -> None:
    code = "import sys; from reportgen.cli import main; main(); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert not HEAVY & set(done.stderr.split())
    assert "reportgen.cli" in done.stderr


def test_help_is_fast(tmp_path: Path) -> None:
    times = []
    for _ in range(5):
        started = time.perf_counter()
        assert run("--help", cwd=tmp_path).returncode == 0
        times.append(time.perf_counter() - started)
    assert min(times) < 0.5  # 0.07 s measured; the limit allows for machines that are busy


def test_help_documents_every_option(tmp_path: Path) -> None:
    text = run("build", "--help", cwd=tmp_path).stdout
    for setting in SETTINGS:
        assert setting.flags[-1] in text
    for heading in (
        "Output:",
        "Segments:",
        "Columns:",
        "Reading the file:",
        "The document:",
        "Running:",
        "Examples:",
    ):
        assert heading in text
    for command in ("build", "check", "init", "verify"):
        assert f"  {command}" in run("--help", cwd=tmp_path).stdout
    assert run("--version", cwd=tmp_path).stdout == f"reportgen {__version__}\n"


def test_no_command_shows_the_help_and_is_an_error(tmp_path: Path) -> None:
    done = run(cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: reportgen ")


# --------------------------------------------------------------------------- mistakes, from outside


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["build"], "Missing argument 'DATA'; see reportgen build --help"),
        (["build", "a.csv", "--titel", "x"], "No such option"),
        (["biuld", "a.csv"], "No such command 'biuld'"),
        (["build", "a.csv", "-k", "1"], "--segments: '1' is not a possible number of segments"),
        (["build", "a.csv", "--accent", "red"], "--accent: 'red' is not a colour"),
        (["build", "a.csv", "-o", "a.csv/"], "a.csv"),
        (["build", "absent.csv"], "absent.csv"),
        (["build", "."], "."),
        (["check", "absent\n.csv"], "absent .csv"),
        (["check", "a.csv", "--config", "none.toml"], "--config: 'none.toml' is not there"),
        (["verify", "absent.pdf", "a.csv"], "absent.pdf"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(words: list[str], says: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("")
    assert says in one_error(run(*words, cwd=tmp_path))
    assert {path.name for path in tmp_path.iterdir()} == {"a.csv"}


def test_debug_shows_the_traceback_before_the_line(tmp_path: Path) -> None:
    done = run("check", "absent.csv", "--debug", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("Traceback")
    assert done.stderr.splitlines()[-1].startswith("reportgen: absent.csv")
    assert run("check", "absent.csv", cwd=tmp_path, REPORTGEN_DEBUG="1").stderr.startswith("Traceback")


# --------------------------------------------------------------------------- a build, from outside


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("built")
    (folder / "tmp").mkdir()
    return folder, run(
        "build", SAMPLE, "--json", "-k", "3",
        cwd=folder, SOURCE_DATE_EPOCH="1790812800", TMPDIR=str(folder / "tmp"),
    )  # fmt: skip


def test_a_build_leaves_no_temporary_file(
    built: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    folder, done = built
    assert done.returncode == 0, done.stderr
    assert list((folder / "tmp").iterdir()) == []
    (tmp_path / "few.csv").write_text("id,spend\n1,2\n")
    one_error(run("build", "few.csv", cwd=tmp_path, TMPDIR=str(folder / "tmp")))
    assert list((folder / "tmp").iterdir()) == []


def test_a_build_works_where_tmpdir_does_not_exist(tmp_path: Path) -> None:
    done = run("build", SAMPLE, "-q", "-k", "3", "-o", "r.pdf", cwd=tmp_path, TMPDIR=str(tmp_path / "gone"))
    assert done.returncode == 0, done.stderr  # Python falls back to another folder
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF-")


def test_build_json_is_one_object(built: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, done = built
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert list(found) == ["report", "segments", "k", "grade", "rows_read", "rows_used", "notes", "claims"]
    assert found["report"] == ["customers_2026_q2-report.pdf"]
    assert (folder / found["report"][0]).read_bytes().startswith(b"%PDF-")
    assert found["k"] == len(found["segments"]) == 3
    assert [list(segment) for segment in found["segments"]] == [["id", "name", "size", "share"]] * 3
    assert sum(segment["size"] for segment in found["segments"]) == found["rows_used"] <= found["rows_read"]
    assert sum(segment["share"] for segment in found["segments"]) == pytest.approx(1)
    assert found["grade"] in ("clear", "weak", "none")
    assert found["claims"] > 10
    assert all(list(note) == ["code", "message"] for note in found["notes"])


def test_notes_go_to_stderr_and_no_bar_without_a_terminal(
    built: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    _, done = built
    assert "\x1b" not in done.stderr
    assert all(line.startswith(("note", "warning")) for line in done.stderr.splitlines())


def test_quiet_prints_the_path_only_and_verbose_the_stages(tmp_path: Path) -> None:
    quiet = run("build", SAMPLE, "-q", "-k", "3", "-o", "r.html", cwd=tmp_path)
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "r.html\n", "")
    verbose = run("build", SAMPLE, "-v", "-k", "3", "-o", "r.html", cwd=tmp_path)
    assert verbose.stdout == "r.html\n"
    for stage in pipeline.STAGES:
        assert f" s  {stage}\n" in verbose.stderr


def test_strict_writes_the_report_and_exits_with_1_when_there_are_no_groups(tmp_path: Path) -> None:
    import random

    chance = random.Random(7)
    rows = "".join(
        f"{chance.gauss(50, 9):.3f},{chance.gauss(20, 3):.3f},{chance.gauss(5, 1):.3f}\n" for _ in range(400)
    )
    (tmp_path / "noise.csv").write_text("balance,purchases,payments\n" + rows)
    done = run("build", "noise.csv", "--strict", "-q", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert done.stdout == "noise-report.pdf\n"
    assert (tmp_path / "noise-report.pdf").read_bytes().startswith(b"%PDF-")
    assert len(done.stderr.splitlines()) == 1
    assert "--strict" in done.stderr


def test_a_bar_on_a_terminal_only_and_gone_at_the_end(tmp_path: Path) -> None:
    import pty

    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "reportgen", "build", str(SAMPLE), "-k", "3", "-o", "r.html"],
        cwd=tmp_path, stderr=follower, stdout=subprocess.PIPE,
        env=os.environ | {"TERM": "xterm", "NO_COLOR": "1"},
    )  # fmt: skip
    os.close(follower)
    shown = b"".join(iter(lambda: _read(leader), b""))
    stdout, _ = process.communicate(timeout=120)
    os.close(leader)
    assert process.returncode == 0, shown
    assert stdout == b"r.html\n"
    assert "Reading the file" in shown.decode()
    assert b"\x1b[3" not in shown  # NO_COLOR


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other side was closed
        return b""


# --------------------------------------------------------------------------- verify, from outside


def test_verify_holds_for_the_table_and_not_for_another(
    built: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, done = built
    report = json.loads(done.stdout)["report"][0]
    claims = json.loads(done.stdout)["claims"]
    held = run("verify", report, SAMPLE, cwd=folder)
    assert (held.returncode, held.stderr) == (0, ""), held.stdout
    assert held.stdout.startswith(f"all {claims} claims hold; ")
    lines = SAMPLE.read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "fewer.csv").write_text("".join([*lines[:1500], *lines[1600:]]), encoding="utf-8")
    fewer = run("verify", report, "fewer.csv", cwd=folder)
    assert fewer.returncode == 2
    assert "not the table of" in fewer.stderr
    header, *rows = csv.reader(lines)
    for row in rows[1500:1600]:
        row[header.index("balance_owed")] = "9999.99"
    (folder / "other.csv").write_text(
        "\n".join(",".join(r) for r in [header, *rows]) + "\n", encoding="utf-8"
    )
    other = run("verify", report, "other.csv", "--json", cwd=folder)
    assert other.returncode == 1, other.stderr
    found = json.loads(other.stdout)
    assert list(found) == ["claims", "hold", "recomputed", "printed", "identical", "failures"]
    assert found["claims"] == claims > found["hold"]
    assert not found["identical"]
    assert list(found["failures"][0]) == ["id", "where", "text", "expected", "found"]
    told = run("verify", report, "other.csv", cwd=folder)
    assert told.returncode == 1
    assert len(told.stdout.splitlines()) == len(found["failures"]) + 1
    assert f"{found['hold']} of {claims} claims hold" in told.stdout


# --------------------------------------------------------------------------- signals and pipes, from outside

SLOW = """
import sys, time
from pathlib import Path
from reportgen import cli, pipeline
def build(source, config, *, progress, apart):
    try:
        print("ready", flush=True)
        time.sleep(30)
    finally:
        Path("cleaned").write_text("")
pipeline.build = build
sys.exit(cli.main(["build", "x.csv"]))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_cleans_up_and_says_nothing(number: signal.Signals, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    _, stderr = process.communicate(timeout=20)
    assert process.returncode == 128 + number
    assert (tmp_path / "cleaned").exists()
    assert stderr == ""


def test_a_reader_that_has_gone_is_not_an_error_message(tmp_path: Path) -> None:
    code = """
import sys
from reportgen import cli
sys.stdout.close = lambda: None
@cli.program.command()
@cli.running
def shout(screen):
    for _ in range(10000):
        screen.result("x" * 100)
sys.exit(cli.main(["shout"]))
"""
    reader, writer = os.pipe()
    process = subprocess.Popen([sys.executable, "-c", code], stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    os.read(reader, 100)
    os.close(reader)
    _, stderr = process.communicate(timeout=20)
    assert (process.returncode, stderr) == (141, "")


def test_closed_or_full_output_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("")
    command = f"{sys.executable} -m reportgen"
    closed = subprocess.run(f"{command} check a.csv >&- 2>&-", shell=True, cwd=tmp_path, timeout=60)
    assert closed.returncode == 2
    full = subprocess.run(
        f"{command} init >/dev/full", shell=True, cwd=tmp_path, timeout=60, stderr=subprocess.PIPE, text=True
    )
    assert full.returncode == 2
    assert full.stderr.startswith("reportgen: No space left on device")
    assert len(full.stderr.splitlines()) == 1


# --------------------------------------------------------------------------- raised inside


class FatalURLFetchingError(BaseException):
    """Of the same name as WeasyPrint's."""


@pytest.fixture
def fails(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    for name in list(os.environ):
        if name.startswith("REPORTGEN_"):
            monkeypatch.delenv(name)

    def fail(error: BaseException) -> None:
        def build(*_: Any, **__: Any) -> None:
            raise error

        monkeypatch.setattr(pipeline, "build", build, raising=False)

    return fail


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (InputError("x.csv: is empty; give a table"), 2, "reportgen: x.csv: is empty; give a table\n"),
        (InputError("x\n\x1b[2J.csv: odd"), 2, "reportgen: x  [2J.csv: odd\n"),
        (MemoryError(), 2, "reportgen: out of memory;"),
        (RecursionError("deep"), 2, "reportgen: this is a bug: RecursionError: deep"),
        (KeyError("x"), 2, "reportgen: this is a bug: KeyError: 'x' (cli.py, line "),
        (ValueError("two\nlines"), 2, "ValueError: two lines"),
        (
            OSError(28, "No space left on device", "/tmp/r.pdf"),
            2,
            "reportgen: /tmp/r.pdf: No space left on device;",
        ),
        (
            FatalURLFetchingError("file:///etc/passwd"),
            2,
            "asked for something from outside, which is refused: file:",
        ),
        (KeyboardInterrupt(), 130, ""),
        (SystemExit(7), 7, ""),
    ],
)
def test_whatever_goes_wrong_is_one_line(
    fails: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str],
    error: BaseException, code: int, says: str,
) -> None:  # fmt: skip
    fails(error)
    assert main(["build", "x.csv"]) == code
    stdout, stderr = capsys.readouterr()
    assert stdout == ""
    assert says in stderr
    assert len(stderr.splitlines()) == (1 if says else 0)
    assert "Traceback" not in stderr


def test_a_bug_says_how_to_get_the_traceback(
    fails: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    fails(KeyError("x"))
    assert main(["build", "x.csv"]) == 2
    assert "--debug" in capsys.readouterr().err
    assert main(["build", "x.csv", "--debug"]) == 2
    assert capsys.readouterr().err.startswith("Traceback (most recent call last):")


def test_the_handlers_and_filters_are_put_back(fails: Callable[[BaseException], None]) -> None:
    import warnings

    before = (
        [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)],
        list(warnings.filters),
    )
    fails(InputError("x"))
    main(["build", "x.csv"])
    assert before == (
        [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)], list(warnings.filters),
    )  # fmt: skip


def test_what_libraries_warn_and_log_stays_off_the_screen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def build(*_: Any, **__: Any) -> None:
        import logging
        import warnings

        warnings.warn("library", RuntimeWarning, stacklevel=1)
        logging.getLogger("library").warning("library")
        raise InputError("x")

    monkeypatch.setattr(pipeline, "build", build, raising=False)
    assert main(["build", "x.csv"]) == 2
    assert capsys.readouterr().err == "reportgen: x\n"


# --------------------------------------------------------------------------- notes


def test_many_notes_are_cut_short_unless_verbose(capsys: pytest.CaptureFixture[str]) -> None:
    notes = [
        Note(code=f"code-{i}", message=f"message {i}", level="warning" if i == 1 else "info")
        for i in range(40)
    ]
    screen = Screen()
    screen.notes(notes)
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == ["note: message 0", "warning: message 1"]
    assert len(lines) == NOTES_SHOWN + 1
    assert lines[-1].startswith(f"note: {40 - NOTES_SHOWN} more notes; -v shows them")
    screen.verbose = True
    screen.notes(notes)
    assert capsys.readouterr().err.splitlines()[39] == "note [code-39]: message 39"


def test_text_of_a_table_cannot_steer_the_terminal() -> None:
    assert one_line("a\x1b]0;x\x07\r\nb\u202ec\u2028d é 名\N{NO-BREAK SPACE}") == "a ]0;x   b c d é 名"


def test_names_that_are_not_utf8_come_out_as_they_are(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.csv")
    done = subprocess.run(
        [sys.executable, "-m", "reportgen", "check", name], cwd=tmp_path, capture_output=True, timeout=60
    )
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


# --------------------------------------------------------------------------- init


def test_init_writes_a_file_that_changes_nothing(tmp_path: Path) -> None:
    done = run("init", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "reportgen.toml\n", "")
    assert "# title = " in (tmp_path / "reportgen.toml").read_text()
    again = one_error(run("init", cwd=tmp_path))
    assert again == "reportgen: reportgen.toml: is already there; edit it, or remove it first"


def test_init_takes_over_options_about_reading(tmp_path: Path) -> None:
    import tomllib

    words = ["--delimiter", "tab", "--ignore", "A,B", "--id", "C", "--as", "text=D", "--decimal", "comma"]
    assert run("init", *words, cwd=tmp_path).returncode == 0
    found = tomllib.loads((tmp_path / "reportgen.toml").read_text())
    assert found == {
        "delimiter": "\t",
        "ignore": ["A", "B"],
        "id": "C",
        "decimal": ",",
        "roles": {"D": "text"},
    }
