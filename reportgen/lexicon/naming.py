"""Turn the name of a column into the words that its owner would say, with the capitals that he wrote.

What a user writes as one token stays one (``L24M``, ``HubSpot``, ``F&B``, ``kWh``), what he joins for lack of
blanks falls apart (``LastGiftAmount``, ``last_gift``). Which words are abbreviations, and for what, is data:
the lists are in ``common.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

OWN = re.compile(
    r"(?:(?:days (?:since|until)|years since|age from|number of|share of|tenure in days by|total|average|median|"
    r"maximum|minimum) )+"
)
"""What this program itself, or a bracket resolved by it, puts before a user's name."""
CODE = re.compile(r"[^\W\d_]{1,3}\d+[^\W\d_]{0,3}|\d+[^\W\d_]{1,3}")
"""Letters and figures that are one word: ``L24M``, ``Q7``, ``12m``."""
CAPITALS = 4
"""Longest word in capitals that is taken for an abbreviation."""

_PIECE = re.compile(
    r"""
    (?<![^\W_])[^\W\d_](?:[&/][^\W\d_])+(?![^\W_])    # F&B, S/H
    | \d+(?:[-/.]\d+)+                                  # 2008-01, 25/26
    | (?:[^\W_]|(?<=[^\W\d_])['’](?=[^\W\d_]))+         # a word, d'adhésion
    | [<>≤≥]=?\s?\d+[^\W_]*                            # <24h
    | [%&]
    """,
    re.VERBOSE,
)
_TIME = re.compile(
    r"(?:[a-z]{0,3} ?)?\d+(?:[-/ ][a-z]?\d+)*"
    r"|(?:(?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])\w*)(?:\W?\d+)?|\w+ \d{4}",
    re.IGNORECASE,
)
"""How columns of one thing at several times differ: ``FY21``, ``2024``, ``3``, ``Jan``, ``August 2025``."""
_SPENT = ("spend", "spending", "spent")
LISTED = 3
"""Parts of a sum that are all named."""
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=\d)(?=[A-Z][a-z])")
_FIGURES = re.compile(r"(?<=[^\W\d_]{4})(?=\d)|(?<=\d)(?=[^\W\d_]{4})")
_EDGES = re.compile(r"(?<=[^\W\d])(?=\d)|(?<=\d)(?=[^\W\d])")
_VOWEL = re.compile(r"[aeiouyäöüàâáãåéèêëíìîïóòôõøæœúùûýаеёиоуыэюя]", re.IGNORECASE)


def pieces(name: str) -> Iterator[str]:
    """The words of a name as they are written: ``visitsL24M`` -> ``visits``, ``L24M``."""
    spaced = bool(re.search(r"\s", name.strip()))
    for piece in _PIECE.findall(name):
        # Who sets blanks writes «HubSpot» as one word because it is one.
        for part in [piece] if spaced else _humps(piece):
            yield from _with_figures(part)


_SECTION = re.compile(r"([^\W\d_]\w*(?: \w+){0,2}?)(?: - |\.(?=\w)|::? ?)(?=\w)")
"""What an export puts before the names of one kind of thing: ``traits.plan``, ``Organization - Open deals``."""
_OWNED = re.compile(r"([^\W\d_]+?)(?:[ _-]+|(?<=[a-z])(?=[A-Z]))(?=[^\W\d_])")
PREFIXED, PREFIXED_SHARE = 3, 0.5
"""So many columns, and so large a part of all, begin with what says nothing of any of them."""
_LEFT = frozenset(
    {"since", "age", "for", "id", "of", "from", "by", "with", "to", "no", "number", "type", "name"}
)
"""Alone these are other things: «customer since», «account age»."""


def without_prefix(names: Sequence[str], owners: frozenset[str]) -> dict[str, str]:
    """Name -> the name without the word that most names of the table begin with, where that says nothing.

    That is the section of an export, whatever it is called, or the thing that every row is (``owners``).
    """
    shorter: dict[str, str] = {}
    for pattern in (_SECTION, _OWNED):
        found = {name: match for name in names if (match := pattern.match(shorter.get(name, name)))}
        begins = [match[1].lower() for match in found.values()]
        often = {
            word for word in set(begins)
            if begins.count(word) >= max(PREFIXED, PREFIXED_SHARE * len(names))
            and (pattern is _SECTION or word in owners)
        }  # fmt: skip
        for name, match in found.items():
            rest = match.string[match.end() :]
            if match[1].lower() not in often or not re.search(r"[^\W\d_]{2}", rest):
                continue
            if pattern is _SECTION or rest.lower() not in _LEFT:
                shorter[name] = rest
    said = [shorter.get(name, name).lower() for name in names]
    return {name: rest for name, rest in shorter.items() if said.count(rest.lower()) == 1}


def _humps(piece: str) -> list[str]:
    """``LastGift`` -> ``Last``, ``Gift``; a single letter stays with its neighbour: ``kWh``, ``YoY``, ``eBooks``."""
    found: list[str] = []
    for part in _HUMP.split(piece):
        before = found[-1] if found else ""
        behind = len(part) == 1 and part.isalpha() and 0 < len(before) <= 2
        ahead = len(before) == 1 and before.isalpha() and (before.islower() or len(part) <= 2)
        if behind or ahead:
            found[-1] += part
        else:
            found.append(part)
    return found


def _with_figures(part: str) -> Iterator[str]:
    if CODE.fullmatch(part) or not re.search(r"\d", part) or re.search(r"[-/.&<>≤≥]", part):
        yield part
        return
    for bit in _FIGURES.split(part):
        if CODE.fullmatch(bit):
            yield bit
        else:
            yield from _EDGES.split(bit)


def sum_of(names: Sequence[str]) -> tuple[str, str]:
    """What columns that were added up have in common, and how they differ, from the words of their names.

    ``FY21 giving``, ``FY22 giving``, ``FY23 giving`` -> ``giving``, ``from FY21 to FY23``; what differs in no time is
    listed: ``spend on wine``, ``spend on fish`` ... -> ``spend``, ``on wine, fish and fruit``.
    """
    split = [name.split(" ") for name in names]
    shortest = min(len(words) for words in split)
    before = next((i for i in range(shortest) if len({words[i] for words in split}) > 1), shortest)
    rest = shortest - before
    after = next((i for i in range(rest) if len({words[-1 - i] for words in split}) > 1), rest)
    head, tail = split[0][:before], split[0][len(split[0]) - after :]
    own = [" ".join(words[before : len(words) - after]) for words in split]
    if not all(own) or not (head or tail):
        return "", ""
    times = [re.search(r"\d+$", text) for text in own]
    if all(_TIME.fullmatch(text) for text in own):
        first, last = own[0], own[-1]
        if times[0] and times[-1] and int(times[0][0]) > int(times[-1][0]):
            first, last = last, first
        when = [word for word in tail if re.search(r"\d", word)]
        what = " ".join([*head, *(word for word in tail if word not in when)])
        between = "from " if not first.isdecimal() or len(first) == 4 else ""
        return what, " ".join([f"{between}{first} to {last}", *when])
    listed = f"{', '.join(own[:-1])} and {own[-1]}" if len(own) <= LISTED else f"{own[0]}, {own[1]} and other"
    if head[-1:] == ["on"] or (head or tail)[-1] in _SPENT:
        what = " ".join([*head, *tail]).removesuffix(" on")
        return what, f"on {listed}{'' if len(own) <= LISTED else ' things'}"
    return " ".join([*head, *tail]), listed


def shouts(name: str) -> bool:
    """Whether the name is all capitals and says more than an abbreviation: ``LAST_CHANGED``."""
    return name.isupper() and any(len(word) > CAPITALS for word in re.findall(r"[^\W\d_]+", name))


def as_written(word: str, *, loud: bool) -> bool:
    """Whether the word keeps its capitals; ``loud``: all around it is written in capitals anyway."""
    letters = re.sub(r"[\W\d_]", "", word)
    if not letters:
        return True
    if re.search(r"\d|[&/]", word):
        return True
    if word.isupper():
        return len(letters) <= CAPITALS and (not loud or (len(letters) > 1 and not _VOWEL.search(letters)))
    return word[1:] != word[1:].lower()
