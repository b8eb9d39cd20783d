"""Turn finished bytes into files that are there whole or not at all.

One file goes to a temporary name beside its target, is flushed to disk and takes the target's name in
one step. A set goes to a folder ``.<name>.tmp-<pid>`` beside its target, manifest.json last, and takes
the target's place in one step (``renameat2`` with RENAME_EXCHANGE on Linux; two renames elsewhere, of
which the next run mends an interrupted pair). Whatever happens in between, even ``kill -9``, what stood
there before still stands. Left-overs of killed runs are swept by the next one.

A folder that reportgen did not make is never replaced, and files that somebody else put into one that
it did make are kept. A lock file beside the target keeps a second run out.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from types import FrameType

from reportgen.errors import OutputError

MANIFEST = "manifest.json"
PRIVATE = "customers"
"""The folder about persons: readable by its owner only."""

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
"""linux/fs.h"""


def publish_file(target: Path, data: bytes) -> None:
    """Write ``data`` to ``target``, replacing what is there in one step.

    Raises
    ------
    OutputError
        The file cannot be written; what stood there is untouched.
    """
    target = _resolved(target)
    if target.is_dir():
        raise OutputError(f"{target}: is a folder; give a file name, or a folder name without .pdf or .html")
    with _output_errors(target), _stoppable():
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target)
        temporary = _temporary(target)
        try:
            _write(temporary, data)
            os.replace(temporary, target)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        _sync_folder(target.parent)


def publish_folder(
    target: Path,
    files: Iterable[tuple[str, bytes]],
    manifest: Callable[[Mapping[str, str]], bytes],
) -> dict[str, str]:
    """Write a set of files as the folder ``target``, whole or not at all.

    Parameters
    ----------
    target
        The folder; made if it is not there, replaced if it is a set of ours.
    files
        Path inside the folder and bytes, one after another (a generator keeps memory low).
    manifest
        Given the SHA-256 of every file by path, the bytes of manifest.json, which is written last.

    Returns
    -------
    dict
        SHA-256 by path, manifest.json included.

    Raises
    ------
    OutputError
        The folder cannot be written or is not ours; what stood there is untouched.
    """
    target = _resolved(target)
    with _output_errors(target), _stoppable():
        target.parent.mkdir(parents=True, exist_ok=True)
        with _locked(target):
            _sweep(target)
            check_target(target)
            staging = _temporary(target)
            try:
                staging.mkdir()
                digests = _stage(staging, files)
                content = manifest(dict(digests))
                _keep_foreign(target, staging)
                _write(staging / MANIFEST, content)
                digests[MANIFEST] = hashlib.sha256(content).hexdigest()
                _sync_tree(staging)
                _swap(staging, target)
                _sync_folder(target.parent)
            finally:
                # After the swap the old set lies here; before it, the unfinished new one.
                shutil.rmtree(staging, ignore_errors=True)
            return digests


def check_target(target: Path) -> None:
    """Refuse a target that is not free and not a set of ours; worth asking before the work begins.

    Raises
    ------
    OutputError
        ``target`` is a file, or a folder with things in it and without a manifest of ours.
    """
    target = _resolved(target)
    if not target.exists():
        return
    if not target.is_dir():
        raise OutputError(f"{target}: is a file; give a folder, or a name ending in .pdf or .html")
    if any(target.iterdir()) and _manifest(target) is None:
        raise OutputError(
            f"{target}: has files in it that reportgen did not make (no {MANIFEST} of ours); "
            "give a new or an empty folder"
        )


# --------------------------------------------------------------------------- staging


def _stage(staging: Path, files: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    digests: dict[str, str] = {}
    for name, data in files:
        parts = PurePosixPath(name).parts
        if not parts or name.startswith("/") or ".." in parts or "\\" in name:
            raise OutputError(f"{name!r}: not a path inside the folder")
        path = staging.joinpath(*parts)
        private = parts[0] == PRIVATE
        path.parent.mkdir(mode=0o700 if private else 0o777, parents=True, exist_ok=True)
        _write(path, data, mode=0o600 if private else 0o666)
        digests[name] = hashlib.sha256(data).hexdigest()
    return digests


def _write(path: Path, data: bytes, mode: int = 0o666) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _manifest(folder: Path) -> dict[str, object] | None:
    try:
        content = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) and content.get("tool") == "reportgen" else None


def _keep_foreign(old: Path, staging: Path) -> None:
    """Copy what somebody else put into our old folder; a name that the new set uses is the new set's."""
    content = _manifest(old) if old.is_dir() else None
    if content is None:
        return
    outputs = content.get("outputs")
    ours = {*(outputs if isinstance(outputs, dict) else ()), MANIFEST}
    for path in sorted(old.rglob("*")):
        inside = path.relative_to(old)
        copy = staging / inside
        if inside.as_posix() in ours or copy.exists() or copy.is_symlink():
            continue
        if path.is_symlink() or path.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, copy, follow_symlinks=False)


def _sync_tree(folder: Path) -> None:
    for path, _, _ in os.walk(folder):
        _sync_folder(Path(path))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some file systems cannot
            raise
    finally:
        os.close(descriptor)


# --------------------------------------------------------------------------- swapping


def _swap(staging: Path, target: Path) -> None:
    """Put ``staging`` in the place of ``target``; what stood there lies in ``staging`` afterwards."""
    if not target.exists():
        os.rename(staging, target)
        return
    if _exchange(staging, target):
        return
    aside = target.with_name(f".{target.name}.old-{os.getpid()}")
    os.rename(target, aside)
    try:
        os.rename(staging, target)
    except BaseException:
        os.rename(aside, target)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two names in one step; False where the system cannot."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    result = rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    if result == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(code, os.strerror(code), str(other))


def _temporary(target: Path) -> Path:
    return target.with_name(f".{target.name}.tmp-{os.getpid()}")


def _sweep(target: Path) -> None:
    """Remove what runs that are dead left beside ``target``, and mend an interrupted pair of renames."""
    pattern = re.compile(re.escape(f".{target.name}.") + r"(tmp|old)-(\d+)")
    for path in sorted(target.parent.iterdir()):
        match = pattern.fullmatch(path.name)
        if match is None or (_alive(int(match[2])) and int(match[2]) != os.getpid()):
            continue
        if match[1] == "old" and not target.exists():
            os.rename(path, target)
        elif path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


# --------------------------------------------------------------------------- guards


@contextmanager
def _locked(target: Path) -> Iterator[None]:
    """Hold ``.<name>.lock`` beside the target; a second run is told who holds it."""
    path = target.with_name(f".{target.name}.lock")
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise OutputError(
                f"{target}: another run (process {holder or 'unknown'}) is writing there; wait for it to end"
            ) from None
        try:
            if os.fstat(descriptor).st_ino == os.stat(path).st_ino:
                break  # not one that its holder has just removed
        except FileNotFoundError:
            pass
        os.close(descriptor)
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode("ascii"), 0)
        yield
    finally:
        with suppress(OSError):
            path.unlink()
        os.close(descriptor)


@contextmanager
def _output_errors(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        remedy = {
            errno.ENOSPC: "free some space",
            errno.EDQUOT: "free some space",
            errno.EACCES: "choose a place where you may write",
            errno.EPERM: "choose a place where you may write",
            errno.EROFS: "choose a place where you may write",
            errno.ENAMETOOLONG: "choose a shorter name",
        }.get(error.errno or 0, "choose another place with -o")
        raise OutputError(f"{target}: {reason.lower()}; nothing was changed, {remedy}") from error


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let SIGTERM and SIGHUP clean up: by default Python dies at once and leaves its temporary files."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous: dict[int, object] = {}

    def stop(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            previous[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for number in previous:
            signal.signal(number, signal.SIG_DFL)


def _resolved(target: Path) -> Path:
    """``target`` with its links followed, so that a link keeps pointing at what is replaced."""
    return Path(os.path.realpath(target))
