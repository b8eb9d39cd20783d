"""Turn sentences into the strings that templates print: clean, joined, wrapped."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

from reportgen.results import Sentence

UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff]")


def clean(text: str) -> str:
    """``text`` without control characters and bidirectional overrides, in one line of plain spaces."""
    return UNSAFE.sub("", text.replace("\t", " ").replace("\n", " "))


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
