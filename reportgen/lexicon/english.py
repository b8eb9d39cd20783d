"""English forms of a noun or a level: capitals, plural, its head, and whether it can be said at all."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LONGEST_LEVEL = 40
"""Letters of a level from which it is no word but a text."""
SMALL_WORDS = frozenset(
    ["of", "on", "in", "and", "or", "the", "a", "an", "to", "per", "by", "for", "with", "from", "at", "who"]
)
"""They stay small in a title."""


def title_case(text: str) -> str:
    """``cash advances`` -> ``Cash Advances``; small words stay small, capitals stay."""

    def cased(i: int, word: str) -> str:
        code = re.fullmatch(r"[^\W\d_]+\d+[^\W_]*", word)  # «ml2b»
        if (i and word in SMALL_WORDS) or not word or code or word != word.lower():
            return word  # also «iOS», which has capitals of its own
        return "-".join(part[:1].upper() + part[1:] for part in word.split("-"))

    return " ".join(cased(i, word) for i, word in enumerate(text.split(" ")))


def sentence_case(noun: str) -> str:
    """``cash advances`` -> ``Cash advances``, but ``kWh used``."""
    first = noun.split(" ")[0]
    return noun if first[1:] != first[1:].lower() else noun[:1].upper() + noun[1:]


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """Lower case without accents, as the same word is written by who has no such keys: ``Décédé`` -> ``decede``."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_NO_ACCENT))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


_NO_ACCENT = str.maketrans({"ł": "l", "ø": "o", "æ": "ae", "ı": "i", "ß": "ss", "đ": "d"})
"""Letters that are no others with an accent."""


def is_code(level: str) -> bool:
    """Whether the level is a number or a letter, which tells a reader nothing."""
    return re.fullmatch(r"[\d.,\s]+|.[+-]?|[A-Za-z]\d+", level) is not None


_WINDOW = re.compile(
    r"(?<=\w) (?:(?:in |over |for )?(?:the )?(?:last|past|previous|prior) )?(?:\d+ )?"
    r"(?:(?<=\d )|(?<=last )|(?<=past )|(?<=previous )|(?<=prior ))(?:days|weeks|months|years|quarters)$",
    re.IGNORECASE,
)
"""How long is looked back; no part of what is counted: ``spend last 12 months``, ``visits 90 days``."""


def head_of(noun: str) -> str:
    """``courses completed``, ``visits L24M``, ``fees paid USD``: what stands behind the head is no part of it."""
    noun = _WINDOW.sub("", re.sub(r"(?<=\w) \([^()]*\)$", "", noun))
    words = re.split(r",| (?:of|on|in|per|by|for|with|from|at|to|since|not) ", noun)[0].split(" ")
    while len(words) > 1:
        last = words[-1]
        figures = re.search(r"[\d%(]", last) and not re.search(r"[^\W\d_]{4}", last)
        if not figures and not (last.isupper() and len(last) == 3 and not words[0].isupper()):
            break
        words.pop()
    if len(words) > 1 and re.fullmatch(
        r"\w{3,}[^e\W]ed|driven|paid|held|left|won|lost|sold|sent|used|made", words[-1]
    ):
        words.pop()
    return words[-1]


def sayable(level: str) -> bool:
    """Whether a category's level is a word or a few, and no text or structure that only machines read."""
    text = level.strip()
    return len(text) <= LONGEST_LEVEL and not re.match(r"[\[{<]", text)


def plural_of(noun: str) -> str:
    """``order`` -> ``orders``; what is in capitals gets its s, what is no plain English word stays."""
    before, blank, head = noun.rpartition(" ")
    if (
        " of " in f" {noun} "
        or not head.isascii()
        or not head.isalpha()
        or head.lower().endswith(("s", "children"))
    ):
        return noun
    if head.isupper():
        return f"{before}{blank}{head}s" if len(head) < 4 else noun
    if head.endswith("y") and head[-2:-1] not in "aeiou":
        return f"{before}{blank}{head[:-1]}ies"
    return f"{before}{blank}{head}{'es' if head.endswith(('sh', 'ch', 'x')) else 's'}"


_FOREIGN_PLURAL = re.compile(r"\w+(?:ungen|ingen|heiten|keiten|ionen|gänge|künfte)|children|people|women|men")


def looks_plural(noun: str) -> bool:
    """Whether the noun takes a plural verb, by the ending of its head: ``cash advances`` does, ``status`` does not."""
    head = head_of(noun)
    if head.isupper():  # an abbreviation: OS, POS
        return False
    head = head.lower()
    if _FOREIGN_PLURAL.fullmatch(head):
        return True
    return head.endswith("s") and not head.endswith(("ss", "us", "is"))
