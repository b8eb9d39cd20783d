"""Turn the bytes of a text file into clean UTF-8: byte order mark, strict UTF-8, zero pattern, detector.

A detector that is asked first calls valid UTF-8 something else (RELIABILITY.md 1.3), so it is asked last, and
what it says is a note with an excerpt in it. Lines in another encoding than the rest are read by themselves.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

import numpy as np

from reportgen.errors import InputError, OptionError
from reportgen.readers.codepages import badness, choose
from reportgen.results import Note

SAMPLE = 256 * 1024
"""Bytes that the detector sees."""
BLOCK = 1 << 18
"""Bytes that are looked at in one go."""
PIECE = 1 << 17
"""Bytes that are decoded in one go: few enough to stay near the processor."""
MIXED = 0.15
"""How much better lines that are UTF-8 read so than in the code page of the others, where files were put together."""
MOST_CONTROL = 0.05
"""Share of control characters from which a file is no text."""

_CONTROL = bytes(b for b in range(32) if b not in b"\t\n\r")
_JOINERS = rb"(?:\xe2\x80[\x8c\x8d])+"
_INVISIBLE = {
    b"\xc2": rb"(?<!\xc3[\x82-\x9f])\xc2\xad",
    b"\xe2": rb"\xe2(?:\x80[\x8b\x8e\x8f\xaa-\xae]|\x81[\xa0-\xa4\xa6-\xa9])"
    rb"|(?<![\x80-\xff])" + _JOINERS + rb"|" + _JOINERS + rb"(?![\x80-\xff])",
    b"\xef": rb"\xef\xbb\xbf",
}
"""Characters without width or meaning for a cell, by their first byte: soft hyphens (but not behind the letters
by which UTF-8 that was read as Latin-1 gives itself away), spaces without width, marks of direction, byte order marks.
Joiners stay between letters that are not ASCII, where Persian, Hindi and emoji need them."""
_HIDDEN = np.zeros((256, 256), np.bool_)
"""Second and third byte of those of them that begin with ``E2``, as dashes and quotes do too."""
_HIDDEN[0x80, [*range(0x8B, 0x90), *range(0xAA, 0xAF)]] = True
_HIDDEN[0x81, [*range(0xA0, 0xA5), *range(0xA6, 0xAA)]] = True


def decode(name: str, data: bytes, encoding: str | None) -> tuple[bytes, str, list[Note]]:
    """The file as UTF-8 without byte order mark, the codec it was in, and the guesses made."""
    if encoding is not None:
        try:
            codec = codecs.lookup(encoding).name
            text = data.decode(codec)
        except LookupError:
            raise OptionError(
                f"--encoding: {encoding!r} is not a known encoding; use for example utf-8 or cp1252"
            ) from None
        except UnicodeDecodeError as error:
            raise InputError(
                f"{name}: byte {error.start:,} is not {codec}; leave out --encoding or give the right one"
            ) from None
        return text.removeprefix("\ufeff").encode("utf-8", errors="replace"), codec, []
    for mark, codec in (
        (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
    ):  # fmt: skip
        if data.startswith(mark):
            if codec == "utf-8-sig":
                data = data[len(mark) :]
                break
            return _wide(name, data, codec), codec, []
    else:
        wide = _wide_pattern(data)
        if wide:
            return _wide(name, data, wide), wide, [_guess(wide, "by its pattern of zero bytes")]
    start = data[:65536]
    if len(start) - len(start.translate(None, _CONTROL)) > MOST_CONTROL * len(start):
        raise InputError(f"{name}: binary data, not delimited text; give a CSV file")
    if data.isascii():
        return data, "utf-8", []
    return (data, "utf-8", []) if _is_utf8(data) else _legacy(name, data)


def _is_utf8(data: bytes) -> bool:
    """Whether the bytes are strict UTF-8; piece by piece, as the text itself is not needed and can be large."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        for start in range(0, len(data), PIECE):
            decoder.decode(data[start : start + PIECE], start + PIECE >= len(data))
    except UnicodeDecodeError:
        return False
    return True


def _wide(name: str, data: bytes, codec: str) -> bytes:
    unit = 4 if "32" in codec else 2
    whole = len(data) - len(data) % unit
    try:
        return data[:whole].decode(codec).removeprefix("\ufeff").encode("utf-8", errors="replace")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name}: looks like {codec} but byte {error.start:,} is not; give --encoding"
        ) from None


def _wide_pattern(data: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark: the zero bytes of Latin letters stand at fixed places."""
    start = data[:4096]
    start = start[: len(start) - len(start) % 4]
    if len(start) < 8:
        return None
    zeros = [start[i::4].count(0) / len(start[i::4]) for i in range(4)]
    if min(zeros[1:]) > 0.9 and zeros[0] < 0.1:
        return "utf-32-le"
    if min(zeros[:3]) > 0.9 and zeros[3] < 0.1:
        return "utf-32-be"
    if min(zeros[1], zeros[3]) > 0.5 and max(zeros[0], zeros[2]) < 0.1:
        return "utf-16-le"
    if min(zeros[0], zeros[2]) > 0.5 and max(zeros[1], zeros[3]) < 0.1:
        return "utf-16-be"
    return None


def _legacy(name: str, data: bytes) -> tuple[bytes, str, list[Note]]:
    """Not UTF-8: mixed lines, or one of the old code pages."""
    lines = data.split(b"\n")
    odd = [i for i, line in enumerate(lines) if not line.isascii()]
    broken: list[int] = []
    for i in odd:
        try:
            codecs.utf_8_decode(lines[i], "strict", True)
        except UnicodeDecodeError:
            broken.append(i)
    codec = "cp1252"
    mixed = len(broken) < len(odd) / 2
    if not mixed:
        import chardet  # only files in old encodings pay for it

        sample = b"\n".join([lines[0], *(lines[i] for i in odd[:2000])])[:SAMPLE]
        codec = choose(data, sample, str(chardet.detect(sample).get("encoding") or "cp1252"))
        known = set(broken)
        good = b"\n".join(
            lines[i] for i in odd[:2000] if i not in known
        )  # by chance, or as files were put together
        mixed = bool(good) and badness(good.decode(), "utf-8") + MIXED < badness(
            good.decode(codec, "replace"), codec
        )
    if mixed:
        for i in broken:
            lines[i] = lines[i].decode(codec, errors="replace").encode()
        note = Note(
            code="mixed-encoding",
            message=f"The file is UTF-8, but {len(broken):,} of its lines are not and were read as {codec}; "
            f"the first reads: {_excerpt(lines[broken[0]].decode())}.",
            place=f"line {broken[0] + 1}",
            level="warning",
        )
        return b"\n".join(lines), "utf-8", [note]
    text = data.decode(codec)
    shown = _excerpt(lines[odd[0]].decode(codec, errors="replace"))
    place = f"line {odd[0] + 1}"
    note = _guess(codec, f"because it is not UTF-8; {place} then reads: {shown}", place)
    return text.encode("utf-8", errors="replace"), codecs.lookup(codec).name, [note]


def _guess(codec: str, why: str, place: str = "") -> Note:
    return Note(
        code="encoding-guess",
        message=f"The file was read as {codec}, {why}. If letters look wrong, give --encoding.",
        place=place,
        level="warning",
    )


def _excerpt(line: str) -> str:
    """A few words around the first letter beyond ASCII."""
    line = line.strip()
    first = next((i for i, letter in enumerate(line) if ord(letter) > 127), 0)
    start = max(0, first - 12)
    start = max(line.rfind(" ", 0, start), start - 12) + 1 if start else 0  # at the beginning of a word
    piece = line[start : first + 20]
    return "«" + "".join(c if c.isprintable() else " " for c in piece).strip() + "»"


@dataclass(frozen=True, kw_only=True, slots=True)
class Signs:
    """Which bytes a text has: enough to know that most signs that would need care are not there."""

    least: int
    """The smallest byte."""
    above: int
    """The smallest byte above a line feed."""
    largest: int
    line_feeds: int

    def can_have(self, sign: bytes) -> bool:
        """Whether a byte can be in the text."""
        least = self.above if sign > b"\n" else self.least
        return least <= sign[0] <= self.largest

    @property
    def control(self) -> bool:
        """Whether a character below space is there that is neither tab nor line feed."""
        return self.least < ord("\t") or self.above < ord(" ")


def survey(text: bytes, size: int = BLOCK) -> Signs:
    """Look at all bytes of a text once, block by block; much faster than to search for one sign after the other."""
    least = above = 255
    largest = line_feeds = 0
    wrapped, flags = np.empty(size, np.uint8), np.empty(size, np.bool_)
    for start in range(0, len(text), size):
        block = np.frombuffer(text, np.uint8, count=min(size, len(text) - start), offset=start)
        higher = np.subtract(
            block, np.uint8(11), out=wrapped[: len(block)]
        )  # 10 and less wrap round to the largest
        least, largest = min(least, int(block.min())), max(largest, int(block.max()))
        above = min(above, int(higher.min()))
        line_feeds += int(np.count_nonzero(np.equal(block, 10, out=flags[: len(block)])))
    return Signs(least=least, above=min(above + 11, 255), largest=largest, line_feeds=line_feeds)


def _hidden(text: bytes) -> bool:
    """Whether a character without width can be in a text with dashes and quotes; a pattern takes long to say so."""
    for start in range(0, len(text), BLOCK):
        block = np.frombuffer(text, np.uint8, count=min(BLOCK + 2, len(text) - start), offset=start)
        places = np.flatnonzero(block[:-2] == 0xE2)
        if _HIDDEN[block[places + 1], block[places + 2]].any():
            return True
    return False


def clean(text: bytes) -> tuple[bytes, list[Note], Signs]:
    """Line feeds only, and none of the control characters that no table means; and which bytes are left."""
    notes = []
    signs = survey(text)
    if signs.can_have(b"\r") and b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        signs = survey(text)
    if signs.control:
        before = len(text)
        text = text.translate(None, _CONTROL)
        signs = survey(text)
        count = before - len(text)
        notes.append(
            Note(
                code="control-characters",
                message=f"{count:,} control {'character was' if count == 1 else 'characters were'} "
                "taken out of the text.",
                level="warning",
            )
        )
    invisible = 0
    if signs.largest >= 0xEF and text.find(b"\n\xef\xbb\xbf") >= 0:  # where files were put together
        text = text.replace(b"\n\xef\xbb\xbf", b"\n")
    for first, pattern in _INVISIBLE.items() if signs.largest >= 0xC2 else ():
        if text.find(first) >= 0 and (first != b"\xe2" or _hidden(text)):
            text, count = re.subn(pattern, b"", text)
            invisible += count
    if invisible:
        notes.append(
            Note(
                code="invisible-characters",
                message=f"{invisible:,} {'character' if invisible == 1 else 'characters'} that cannot be seen (spaces "
                f"without width, soft hyphens) {'was' if invisible == 1 else 'were'} taken out of the text.",
            )
        )
    return text, notes, signs
