"""Turn the written parts of a story into its list of claims, in reading order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, is_dataclass

from reportgen.results import Claim, Figure, Segment, Sentence


def claims_of(parts: Iterable[tuple[str, object]]) -> tuple[Claim, ...]:
    """One claim for every number in every sentence of ``parts`` (place, anything that holds sentences)."""
    found: list[Claim] = []
    for where, part in parts:
        for sentence in _sentences(part):
            for shown in sentence.slots:
                found.append(Claim(id=f"C{len(found) + 1:03d}", where=where, text=sentence.text, shown=shown))
    return tuple(found)


def _sentences(part: object) -> Iterable[Sentence]:
    if isinstance(part, Sentence):
        yield part
    elif isinstance(part, Figure):
        # A figure is read with its caption: "53% of purchases come from ...".
        yield Sentence(
            text=f"{part.number.text} {part.caption.text}", slots=(*part.number.slots, *part.caption.slots)
        )
    elif isinstance(part, tuple):
        for item in part:
            yield from _sentences(item)
    elif is_dataclass(part) and not isinstance(part, Segment):
        for field in fields(part):
            yield from _sentences(getattr(part, field.name))
