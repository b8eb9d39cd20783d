"""Turn a path into the bytes of a table: load, refuse what is none by its content, unpack archives.

Content decides, never a suffix. Everything that can grow is counted while it grows: a file of 200 kB that
unpacks to 200 MB is refused after the first 64 MB, whatever its headers say about its size.
"""

from __future__ import annotations

import io
import os
import re
import stat
import sys
import zipfile
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from reportgen.errors import InputError

STANDARD_INPUT = "-"
MEGABYTE = 1_000_000
CHUNK = 1 << 20
SURELY_FINE = 64 * MEGABYTE
"""Archives that unpack to less are never called bombs."""
MOST_RATIO = 100
"""How many times its size an archive may unpack to; tables are at 3 to 30."""
LARGE = 16 * MEGABYTE
"""Larger files are read by two threads."""
MOST_MEMBERS = 10_000
"""Parts of a workbook."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How much is read at most; each has an option that raises it."""

    bytes: int = 4_000 * MEGABYTE
    """Of the file, and of what it unpacks to (``--max-bytes``)."""
    columns: int = 5_000
    """``--max-columns``"""
    cell: int = 131_072
    """Characters; a row with a longer cell is set aside (``--max-cell``)."""
    ratio: float = MOST_RATIO
    """Of unpacked to packed bytes; whoever raises ``bytes`` is believed about this too."""


class Kind(StrEnum):
    """What the bytes are."""

    TEXT = "text"
    WORKBOOK = "workbook"
    PARQUET = "parquet"


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """Bytes that may hold a table."""

    kind: Kind
    data: bytes
    errors: int = 0
    """Cells of a workbook that hold an error."""
    unsaved: int = 0
    """Formulas of a workbook without a saved result."""


_SIGNATURES = (
    (b"%PDF", "a PDF document", "export the table as CSV"),
    (b"\x89PNG", "a PNG picture", "give the table it shows as CSV"),
    (b"\xff\xd8\xff", "a JPEG picture", "give the table it shows as CSV"),
    (b"GIF8", "a GIF picture", "give the table it shows as CSV"),
    (b"BZh", "a bzip2 archive", "unpack it first: bunzip2"),
    (b"\xfd7zXZ", "an xz archive", "unpack it first: unxz"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", "unpack it first: unzstd"),
    (b"7z\xbc\xaf", "a 7z archive", "unpack it first"),
    (b"Rar!", "a rar archive", "unpack it first"),
    (b"SQLite format 3", "an SQLite database", "export the table as CSV"),
    (b"ARROW1", "an Arrow file", "save the table as Parquet or CSV"),
    (b"OBJ\x01", "an Avro file", "save the table as Parquet or CSV"),
    (b"$FL2", "an SPSS file", "export the table as CSV"),
    (b"{\\rtf", "an RTF document", "export the table as CSV"),
    (b"\x7fELF", "a program", "give a CSV file"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_PARQUET = b"PAR1"
_UNSAVED = (b"</f></c>", b"</f><v/>", b"</f><v />")
"""How a formula ends that no spreadsheet has computed; one whose result is empty has ``<v></v>``."""
_standard_input: bytes | None = None


def shown_name(source: Path) -> str:
    """What messages call it."""
    return "standard input" if str(source) == STANDARD_INPUT else source.name or str(source)


def load(source: Path, limits: Limits) -> bytes:
    """The bytes of a regular file, or of standard input for ``-``, of bearable size."""
    name = shown_name(source)
    if str(source) == STANDARD_INPUT:
        return _load_standard_input(name, limits)
    try:
        kind = source.stat()
    except FileNotFoundError:
        if source.is_symlink():
            raise InputError(f"{name}: a link to a file that is not there; give the file itself") from None
        raise InputError(f"{name}: no such file; check the name and the folder") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{name}: cannot be opened ({_why(error)}); check the name and the folder") from None
    if stat.S_ISDIR(kind.st_mode):
        raise InputError(f"{name}: a folder; give one CSV file in it")
    if not stat.S_ISREG(kind.st_mode):
        what = "a pipe" if stat.S_ISFIFO(kind.st_mode) else "a device or socket"
        raise InputError(
            f"{name}: {what}, not a file; save the table to a file first, or pipe it in and give -"
        )
    if kind.st_size == 0:
        raise InputError(f"{name}: the file is empty; give a table with a header and one row per customer")
    if kind.st_size > limits.bytes:
        raise InputError(
            f"{name}: {kind.st_size:,} bytes, and at most {limits.bytes:,} are read; "
            "split the table, or raise --max-bytes"
        )
    try:
        return source.read_bytes() if kind.st_size < LARGE else _read_halves(source, kind.st_size)
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({_why(error)}); check its permissions") from None


def _read_halves(source: Path, size: int) -> bytes:
    """The bytes of a large file, both halves at once: most of the time goes into memory that is touched at first.

    Where it has grown, was cut or comes in pieces meanwhile, it is read the plain way.
    """
    whole = io.BytesIO(bytes(size))
    middle = size // 2

    def read(place: int, room: memoryview) -> int:
        with source.open("rb", buffering=0) as file, room:
            file.seek(place)
            return file.readinto(room) or 0

    with whole.getbuffer() as room, ThreadPoolExecutor(max_workers=2) as pool:
        met = sum(pool.map(read, (0, middle), (room[:middle], room[middle:])))
    return whole.getvalue() if met == size == source.stat().st_size else source.read_bytes()


def _load_standard_input(name: str, limits: Limits) -> bytes:
    """All of standard input, once per run: a second reading gets the same bytes."""
    global _standard_input  # a pipe can be read only once, and init reads its table twice
    if _standard_input is None:
        if sys.stdin is None or sys.stdin.closed:
            raise InputError(f"{name}: is closed; pipe a table into it, or name a file")
        if os.isatty(sys.stdin.fileno()):
            raise InputError(f"{name}: is a terminal; pipe a table into it, or name a file")
        try:
            found = sys.stdin.buffer.read(limits.bytes + 1)
        except OSError as error:
            raise InputError(f"{name}: cannot be read ({_why(error)}); pipe a table into it") from None
        if len(found) > limits.bytes:
            raise InputError(
                f"{name}: more than {limits.bytes:,} bytes; split the table, or raise --max-bytes"
            )
        _standard_input = found
    if not _standard_input:
        raise InputError(f"{name}: is empty; pipe a table with a header and one row per customer into it")
    return _standard_input


def _why(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


# --------------------------------------------------------------------------- what it is


def open_content(name: str, data: bytes, limits: Limits) -> Content:
    """What the bytes are, unpacked when they are an archive of one file.

    Raises
    ------
    InputError
        They are something else: says what; or too much, or damaged.
    """
    content = _plain(name, data, limits)
    if content is not None:
        return content
    if data.startswith(_GZIP):
        inner = _gunzip(name, data, limits)
    else:
        inner = _unzip(name, data, _only_member(name, data), limits)
    if not inner:
        raise InputError(f"{name}: the file in the archive is empty; give a table with a header and rows")
    if inner[257:262] == b"ustar":
        raise InputError(f"{name}: a tar archive; unpack it first and give one of its files")
    content = _plain(name, inner, limits)
    if content is None:
        raise InputError(f"{name}: an archive inside an archive; unpack it first")
    return content


def _plain(name: str, data: bytes, limits: Limits) -> Content | None:
    """What is no archive; None for gzip and zip."""
    for signature, what, advice in _SIGNATURES:
        if data.startswith(signature):
            raise InputError(f"{name}: {what}, not a table of customers; {advice}")
    if data.startswith(_PARQUET):
        return Content(kind=Kind.PARQUET, data=data)
    if data.startswith(_OLE):
        return Content(kind=Kind.WORKBOOK, data=data)
    if data.startswith(_GZIP):
        return None
    if data.startswith(_ZIP) or data.startswith(b"PK\x05\x06"):
        members = _members(name, data)
        names = {member.filename for member in members}
        if any(n.startswith("xl/") for n in names) or b"opendocument.spreadsheet" in data[:200]:
            errors, unsaved = _weigh(name, data, members, limits)
            return Content(kind=Kind.WORKBOOK, data=data, errors=errors, unsaved=unsaved)
        for start, what in (("word/", "a Word document"), ("ppt/", "a PowerPoint document"),
                            ("Index/", "an Apple Numbers document"), ("META-INF/", "a packed document")):  # fmt: skip
            if any(n.startswith(start) for n in names):
                raise InputError(f"{name}: {what}, not a table of customers; export the table as CSV")
        return None
    return Content(kind=Kind.TEXT, data=data)


# --------------------------------------------------------------------------- archives


def _count(name: str, size: int, packed: int, limits: Limits) -> None:
    """Refuse what unpacks to too much."""
    if size > limits.bytes:
        raise InputError(
            f"{name}: unpacks to more than {limits.bytes:,} bytes; split the table, or raise --max-bytes"
        )
    if size > SURELY_FINE and size > limits.ratio * packed:
        raise InputError(
            f"{name}: unpacks to more than {limits.ratio:.0f} times its size, as no table does; "
            "where it is one, say how large with --max-bytes"
        )


def _inflate(name: str, packed: memoryview, window: int, limits: Limits, whole: int) -> Iterator[bytes]:
    """What deflated bytes unpack to, piece by piece, counted; then the packed bytes that are left."""
    size = 0
    unpacker = zlib.decompressobj(window)
    at = 0
    rest = b""
    while not unpacker.eof:
        if not rest and at >= len(packed):
            raise InputError(f"{name}: the archive is cut off; copy or download it again")
        if not rest:
            rest = bytes(packed[at : at + CHUNK])
            at += len(rest)
        piece = unpacker.decompress(rest, CHUNK)
        rest = unpacker.unconsumed_tail
        size += len(piece)
        _count(name, size, whole, limits)
        if piece:
            yield piece


def _gunzip(name: str, data: bytes, limits: Limits) -> bytes:
    """All members of a gzip file, one after the other."""
    pieces: list[bytes] = []
    view = memoryview(data)
    size = at = 0
    while at < len(data):
        if not data.startswith(_GZIP, at):
            if data[at:].strip(b"\0"):
                raise InputError(f"{name}: something stands behind the end of the archive; unpack it first")
            break
        unpacker = zlib.decompressobj(31)
        try:
            while not unpacker.eof:
                chunk = unpacker.unconsumed_tail or view[at : at + CHUNK]
                if not len(chunk):
                    raise InputError(
                        f"{name}: a gzip archive that is cut off; copy or download it again"
                    ) from None
                if not unpacker.unconsumed_tail:
                    at += len(chunk)
                piece = unpacker.decompress(chunk, CHUNK)
                size += len(piece)
                _count(name, size, len(data), limits)
                pieces.append(piece)
        except zlib.error:
            raise InputError(f"{name}: a gzip archive that is damaged; copy or download it again") from None
        at -= len(unpacker.unused_data)
    return b"".join(pieces)


def _members(name: str, data: bytes) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, EOFError, OSError, NotImplementedError):
        raise InputError(
            f"{name}: a zip archive that is cut off or damaged; copy or download it again"
        ) from None
    if len(members) > MOST_MEMBERS:
        raise InputError(f"{name}: a zip archive of {len(members):,} files; unpack it and give one of them")
    return members


def _only_member(name: str, data: bytes) -> zipfile.ZipInfo:
    """The one file of a zip archive; what systems add by themselves does not count."""
    members = [
        m for m in _members(name, data)
        if not m.is_dir() and not re.search(r"(^|/)(__MACOSX/|\.DS_Store$|\._|Thumbs\.db$|desktop\.ini$)", m.filename)
    ]  # fmt: skip
    if not members:
        raise InputError(f"{name}: a zip archive without a file in it; give the table itself")
    if len(members) > 1:
        listed = ", ".join(m.filename[:60] for m in members[:5]) + (", ..." if len(members) > 5 else "")
        raise InputError(
            f"{name}: a zip archive of {len(members):,} files ({listed}); unpack it and give one"
        )
    if members[0].flag_bits & 0x1:
        raise InputError(f"{name}: a zip archive with a password; unpack it first")
    return members[0]


def _unzip(name: str, data: bytes, member: zipfile.ZipInfo, limits: Limits) -> bytes:
    pieces: list[bytes] = []
    size = 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(member) as file:
            while piece := file.read(CHUNK):
                size += len(piece)
                _count(name, size, len(data), limits)
                pieces.append(piece)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        ValueError,
        OSError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        if isinstance(error, NotImplementedError):
            raise InputError(f"{name}: a zip archive packed in an unusual way; unpack it first") from None
        raise InputError(
            f"{name}: a zip archive that is cut off or damaged; copy or download it again"
        ) from None
    return b"".join(pieces)


def _weigh(name: str, data: bytes, members: list[zipfile.ZipInfo], limits: Limits) -> tuple[int, int]:
    """Unpack a workbook once to count its bytes, as headers can lie; error cells in it, and formulas without result."""
    _count(name, sum(m.file_size for m in members), len(data), limits)
    view, size, errors, unsaved = memoryview(data), 0, 0, 0
    for member in members:
        if member.compress_type != zipfile.ZIP_DEFLATED:
            continue
        start = member.header_offset
        local = view[start : start + 30]
        if len(local) < 30 or bytes(local[:4]) != _ZIP:
            raise InputError(f"{name}: a workbook that is cut off or damaged; copy or download it again")
        skip = int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little")
        packed = view[start + 30 + skip : start + 30 + skip + member.compress_size]
        sheet = "worksheets/" in member.filename
        tail = b""
        try:
            for piece in _inflate(name, packed, -15, limits, len(data)):
                size += len(piece)
                _count(name, size, len(data), limits)
                if sheet:
                    text = tail + piece
                    errors += text.count(b' t="e"') - tail.count(b' t="e"')
                    unsaved += sum(text.count(mark) - tail.count(mark) for mark in _UNSAVED)
                    tail = text[-9:]
        except zlib.error:
            raise InputError(f"{name}: a workbook that is damaged; copy or download it again") from None
    return errors, unsaved
