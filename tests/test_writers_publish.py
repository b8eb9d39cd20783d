"""A file or a set is there whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from reportgen.errors import OutputError
from reportgen.writers import publish


def manifest(digests: Mapping[str, str]) -> bytes:
    return json.dumps(
        {"tool": "reportgen", "outputs": {name: {"sha256": d} for name, d in digests.items()}}
    ).encode()


def files(mark: str) -> list[tuple[str, bytes]]:
    return [
        ("report.pdf", mark.encode() * 1000),
        ("customers/assignments.csv", mark.encode()),
        ("a.csv", mark.encode()),
    ]


def content(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def beside(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.name.startswith("."))


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "new" / "report.pdf"
    publish.publish_file(target, b"one")
    publish.publish_file(target, b"two")
    assert target.read_bytes() == b"two"
    assert beside(target.parent) == []


def test_a_set_is_published_with_its_manifest_last(tmp_path: Path) -> None:
    digests = publish.publish_folder(tmp_path / "out", files("a"), manifest)
    found = content(tmp_path / "out")
    assert {name: hashlib.sha256(data).hexdigest() for name, data in found.items()} == digests
    assert set(json.loads(found["manifest.json"])["outputs"]) == {name for name, _ in files("a")}
    assert beside(tmp_path) == []


def test_a_set_replaces_a_set_and_drops_what_it_no_longer_has(tmp_path: Path) -> None:
    publish.publish_folder(tmp_path / "out", [*files("a"), ("old.svg", b"x")], manifest)
    publish.publish_folder(tmp_path / "out", files("b"), manifest)
    assert set(content(tmp_path / "out")) == {name for name, _ in files("b")} | {"manifest.json"}
    assert content(tmp_path / "out")["a.csv"] == b"b"


def test_what_somebody_else_put_there_is_kept(tmp_path: Path) -> None:
    publish.publish_folder(tmp_path / "out", files("a"), manifest)
    (tmp_path / "out" / "notes").mkdir()
    (tmp_path / "out" / "notes" / "mine.txt").write_text("mine")
    publish.publish_folder(tmp_path / "out", files("b"), manifest)
    assert (tmp_path / "out" / "notes" / "mine.txt").read_text() == "mine"
    assert (tmp_path / "out" / "a.csv").read_bytes() == b"b"


def test_customers_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    publish.publish_folder(tmp_path / "out", files("a"), manifest)
    assert (tmp_path / "out" / "customers").stat().st_mode & 0o077 == 0
    assert (tmp_path / "out" / "customers" / "assignments.csv").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("foreign", ["photo.jpg", "manifest.json"])
def test_a_folder_that_is_not_ours_is_refused_and_untouched(tmp_path: Path, foreign: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / foreign).write_text('{"tool": "other"}')
    with pytest.raises(OutputError, match="did not make"):
        publish.publish_folder(tmp_path / "out", files("a"), manifest)
    assert set(content(tmp_path / "out")) == {foreign}


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(OutputError, match="is a file"):
        publish.publish_folder(tmp_path / "out", files("a"), manifest)


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is a folder"):
        publish.publish_file(tmp_path, b"x")


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "", "a\\b"])
def test_a_path_outside_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match="inside the folder"):
        publish.publish_folder(tmp_path / "out", [(name, b"x")], manifest)
    assert list(tmp_path.iterdir()) == []


def test_whatever_fails_on_the_way_the_old_set_stays(tmp_path: Path) -> None:
    publish.publish_folder(tmp_path / "out", files("a"), manifest)
    before = content(tmp_path / "out")

    def failing() -> Iterator[tuple[str, bytes]]:
        yield from files("b")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        publish.publish_folder(tmp_path / "out", failing(), manifest)
    assert content(tmp_path / "out") == before
    assert beside(tmp_path) == []


CALLS = ("open", "fsync", "rename", "replace", "fdopen")


@pytest.mark.parametrize("call", CALLS)
def test_the_nth_system_call_fails_for_every_n(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    out = tmp_path / "out"
    publish.publish_folder(out, files("a"), manifest)
    before = content(out)
    original = getattr(os, call)
    for n in range(40):
        count = 0

        def failing(*arguments: object, n: int = n, **named: object) -> object:
            nonlocal count
            count += 1
            if count == n + 1:
                raise OSError(28, "No space left on device")
            return original(*arguments, **named)

        with monkeypatch.context() as patch:
            patch.setattr(os, call, failing)
            try:
                publish.publish_folder(out, files("b"), manifest)
            except OutputError:
                pass
            else:
                break
        after = content(out)
        # Past the swap only the flush of the parent folder can fail: then the new set stands, whole.
        assert after == before or set(after.values()) >= {b"b"}, n
        if after != before:
            publish.publish_folder(out, files("a"), manifest)
        assert beside(tmp_path) == []
    else:
        pytest.fail("never came through")


def test_without_the_exchange_of_names_it_is_two_renames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "_exchange", lambda one, other: False)
    publish.publish_folder(tmp_path / "out", files("a"), manifest)
    publish.publish_folder(tmp_path / "out", files("b"), manifest)
    assert content(tmp_path / "out")["a.csv"] == b"b"
    assert beside(tmp_path) == []


def test_an_interrupted_pair_of_renames_is_mended(tmp_path: Path) -> None:
    publish.publish_folder(tmp_path / "out", files("a"), manifest)
    os.rename(tmp_path / "out", tmp_path / ".out.old-4194305")  # above every pid
    (tmp_path / ".out.tmp-4194305").mkdir()
    publish.publish_folder(tmp_path / "out", files("b"), manifest)
    assert content(tmp_path / "out")["a.csv"] == b"b"
    assert beside(tmp_path) == []


PROGRAM = """
import json, sys, time
from pathlib import Path
from reportgen.writers import publish
def files():
    for i in range(200):
        yield f"f{i}", sys.argv[2].encode() * 5000
        time.sleep(float(sys.argv[3]))
publish.publish_folder(Path(sys.argv[1]), files(), lambda d: json.dumps({"tool": "reportgen", "outputs": d}).encode())
"""


def start(target: Path, mark: str, pause: float) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, target, mark, str(pause)],
        cwd=Path(__file__).parent.parent, stderr=subprocess.PIPE,
    )  # fmt: skip


def wait_for(tmp_path: Path, pattern: str) -> None:
    for _ in range(400):
        if list(tmp_path.glob(pattern)):
            return
        time.sleep(0.02)
    pytest.fail("the other run never began")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_killed_run_leaves_the_old_set_and_the_next_one_sweeps(
    tmp_path: Path, number: signal.Signals
) -> None:
    out = tmp_path / "out"
    publish.publish_folder(out, files("a"), manifest)
    before = content(out)
    run = start(out, "b", 0.05)
    wait_for(tmp_path, ".out.tmp-*/f1")
    run.send_signal(number)
    run.communicate()
    assert content(out) == before
    if number is not signal.SIGKILL:
        assert beside(tmp_path) == []
    publish.publish_folder(out, files("c"), manifest)
    assert content(out)["a.csv"] == b"c"
    assert beside(tmp_path) == []


def test_a_second_run_is_told_who_holds_the_place(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = start(out, "b", 0.05)
    wait_for(tmp_path, ".out.tmp-*/f1")
    with pytest.raises(OutputError, match=f"another run .process {run.pid}."):
        publish.publish_folder(out, files("c"), manifest)
    run.kill()
    run.communicate()


def test_a_link_keeps_pointing_at_the_set(tmp_path: Path) -> None:
    publish.publish_folder(tmp_path / "real", files("a"), manifest)
    (tmp_path / "latest").symlink_to("real")
    publish.publish_folder(tmp_path / "latest", files("b"), manifest)
    assert (tmp_path / "latest").is_symlink()
    assert content(tmp_path / "real")["a.csv"] == b"b"
