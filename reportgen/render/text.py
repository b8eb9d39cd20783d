"""Turn sentences into the strings that templates print: clean, joined, wrapped."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

from reportgen.results import Sentence

UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff]")

_RIGHT = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]"
_FROM_THE_RIGHT = re.compile(rf"{_RIGHT}+(?:[ '\"\-]+{_RIGHT}+)*")


def clean(text: str) -> str:
    """``text`` without control characters and bidirectional overrides, in one line of plain spaces."""
    return UNSAFE.sub("", text.replace("\t", " ").replace("\n", " "))


def in_order(text: str) -> str:
    """``text`` with a mark behind each run of Hebrew or Arabic, so that what follows stays behind it.

    The report is written from left to right, and its names may be in any script. Without the mark a number,
    a colon or a bracket after such a name would be set in front of it (Unicode annex 9, "Implicit marks").
    """
    return _FROM_THE_RIGHT.sub("\\g<0>\u200e", text)


def prose(sentences: Iterable[Sentence | str] | Sentence) -> str:
    """Sentences as one paragraph."""
    if isinstance(sentences, Sentence):
        return str(sentences)
    return " ".join(str(sentence).strip() for sentence in sentences)


def wrapped(text: str, first: str = "", rest: str = "") -> str:
    """Lines of at most 72 characters, the width that plain text mail has everywhere."""
    return "\n".join(
        textwrap.fill(
            line,
            72,
            initial_indent=first,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in text.split("\n")
    )
