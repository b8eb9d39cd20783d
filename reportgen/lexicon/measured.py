"""Turn the end of a column's name into what it says of the numbers: their currency, and how many of it one is.

``Umsatz (T€)``, ``Revenue USD``, ``Sales, $000``, ``Przychód (tys. zł)``, ``gross_fares_cents``. Brackets are read
word by word: a currency, a multiple, both in one (``TEUR``); other words beside a currency say nothing (``€ netto``),
but those that may multiply and do not say by how much leave everything open (``$ mil``). Without brackets only the
last words count, and only currencies that are no words of their own. The words are data (``[header]`` of tokens.toml).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from reportgen.lexicon.tokens import Tokens

_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_APART = re.compile(r"[,;|]|/|\b(?:per|pro|por|par|p\.\s?a)\b", re.IGNORECASE)
"""What follows is another remark, or what the money is paid for: ``€/month``."""
_THOUSANDS = re.compile(r"[x×*]?['’]?(?:1[.,' ]?)?(?:000)s?")
"""``000``, ``'000s``, ``1.000``, ``x1000``."""
_TAIL = re.compile(r"[^\s,_;:-]+")
FEWEST_LETTERS = 2
"""A name has at least so many letters and figures beside its currency."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """What the name of a column says of its numbers."""

    unit: str = ""
    """The currency, as a sign in the cells would give it."""
    scale: float = 1.0
    """How many one is: 1000 for thousands, 0.01 for cents."""
    bare: str = ""
    """The name without that."""
    written: str = ""
    """How it was said: ``T€``."""

    @property
    def named(self) -> str:
        """The name as it would be without a multiple: ``Umsatz (€)``."""
        return f"{self.bare} ({self.unit})" if self.unit else self.bare


def measured(name: str, tokens: Tokens) -> Measured | None:
    """What ``name`` says of its numbers; None where it says nothing, or nothing clear."""
    words = _Words(tokens)
    found = []
    for bracket in _BRACKETS.finditer(name):
        parts = [part for part in _APART.split(bracket[1]) if part.strip()]
        said = [told for told in map(words.bracket, parts) if told is not None]
        if len(said) == 1 and (said[0].unit or len(parts) == 1):
            bare = f"{name[: bracket.start()].rstrip()} {name[bracket.end() :].lstrip()}".strip()
            found.append(replace(said[0], bare=bare, written=bracket[1].strip()))
        elif said:
            return None
    if not found:
        head, bracket_, rest = name, "", ""
        if "(" in name:
            head, bracket_, rest = name.partition("(")
        told = words.tail(head)
        if told is not None:
            found = [replace(told, bare=f"{told.bare} {bracket_}{rest}".strip())]
    if not found:
        signs = {
            tokens.money[piece] for piece in name.split() if piece in tokens.money and not piece.isalnum()
        }
        found = [Measured(unit=unit, bare=name) for unit in signs if "." not in unit]
    if len(found) != 1 or len(re.findall(r"[^\W_]", _BRACKETS.sub("", found[0].bare))) < FEWEST_LETTERS:
        return None
    return found[0]


class _Words:
    """Says of one word what it is."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.header = tokens.header
        self.money = _currencies(tokens)

    def bracket(self, text: str) -> Measured | None:
        """What stands in brackets."""
        said = self.words(text.split())
        if said is None or (not said.unit and said.written):
            return None
        return said

    def words(self, pieces: Sequence[str]) -> Measured | None:
        """Unit and scale of several words; ``written`` holds those that say nothing. None where that is not clear."""
        units: set[str] = set()
        scales: set[float] = set()
        open_: list[str] = []
        other: list[str] = []
        for piece in _joined(pieces):
            word = piece.casefold()
            plain = word.strip(".'’*:")
            if plain in self.header.fillers or not plain:
                continue
            unit, scale = self.word(word, plain)
            if unit:
                units.add(unit)
            if scale != 1.0:
                scales.add(scale)
            if not unit and scale == 1.0:
                (open_ if plain in self.header.beside or plain in self.header.close else other).append(plain)
        if open_ and units:
            if len(open_) > 1 or (open_[0], *units) in self.header.unsure:
                return None
            scales.add(self.header.beside.get(open_[0]) or self.header.close[open_[0]])
        elif open_:
            return None
        if len(units) > 1 or len(scales) > 1 or not (units or scales):
            return None
        return Measured(
            unit=next(iter(units), ""), scale=next(iter(scales), 1.0), bare="", written=" ".join(other)
        )

    def word(self, word: str, plain: str) -> tuple[str, float]:
        """Unit and scale of one word, ``("", 1.0)`` for any other: ``€``, ``tsd.``, ``teur``, ``$000``."""
        for known in (word, plain):
            if known in self.money:
                return self.money[known], 1.0
            if known in self.header.scales:
                return "", self.header.scales[known]
        if _THOUSANDS.fullmatch(plain):
            return "", 1e3
        for sign, unit in self.money.items():
            for rest in (plain.removeprefix(sign), plain.removesuffix(sign)):
                rest = rest.strip(".'’")
                if rest == plain or not rest:
                    continue
                if _THOUSANDS.fullmatch(rest):
                    return unit, 1e3
                for sizes in (self.header.scales, self.header.close):
                    if rest in sizes:
                        return unit, sizes[rest]
        return "", 1.0

    def tail(self, name: str) -> Measured | None:
        """What stands at the end of a name without brackets; the longest end that says something."""
        pieces = list(_TAIL.finditer(name))
        for first in range(max(1, len(pieces) - 4), len(pieces)):
            at = pieces[first].start()
            ending = [piece[0] for piece in pieces[first:]]
            if not self.may_end(ending, comma="," in name[pieces[first - 1].end() : at]):
                continue
            said = self.words(ending)
            before = pieces[first - 1][0].casefold()
            if before in self.header.close or before in self.header.beside or before == "per":
                return None  # «T EUR», «per cent»
            if said is not None and not said.written:
                return replace(said, bare=name[:at].rstrip(" ,;:_-–"), written=name[at:].strip())
        return None

    def may_end(self, pieces: Sequence[str], *, comma: bool) -> bool:
        """Whether the last words of a name, that are not in brackets, can be meant as what its numbers are."""
        money = False
        introduced = comma or (pieces[0].casefold() in self.header.fillers and len(pieces) > 1)
        for piece in pieces:
            word = piece.casefold()
            plain = word.strip(".'’")
            unit, scale = self.word(word, plain)
            if unit and scale == 1.0:
                if plain not in self.header.codes and plain.isalnum():
                    return False  # «all», «top» and «try» are words
                money = True
            elif unit:
                money = True
            elif scale != 1.0:
                money = money or plain in self.header.scales or plain.endswith("000s")
            elif plain not in self.header.fillers and plain not in self.header.beside:
                return False
        return money or introduced


@functools.lru_cache(maxsize=4)
def _sorted_money(items: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return dict(
        sorted(((word.casefold().rstrip("."), unit) for word, unit in items), key=lambda i: -len(i[0]))
    )


def _currencies(tokens: Tokens) -> dict[str, str]:
    """Every sign, code and word of a currency, the longest first."""
    return _sorted_money((*tokens.money.items(), *tokens.header.currencies.items()))


def _joined(pieces: Sequence[str]) -> list[str]:
    """``1 000`` is one word, and so is ``x 1.000``."""
    text = re.sub(r"(?<!\S)1 000(?!\S)", "1000", " ".join(pieces))
    return text.split()
