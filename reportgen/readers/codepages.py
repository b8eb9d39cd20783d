"""Turn bytes in an old encoding into the code page under which they read like a table that somebody wrote.

A detector knows how often letters follow each other in running text; a table is names, units and amounts, in
which it sees box drawing, Latvian or Icelandic (measured on 276 tables in 12 languages: one in four was read
wrong). So its word is one among others: every code page that can hold the bytes is tried, and what stands beyond
ASCII is weighed character by character. A letter must belong to the alphabet of one language and stand in a word
as letters do, a sign must stand where such signs stand, a Han character must be a usual one.
"""

from __future__ import annotations

import codecs
import functools
import itertools
import re
import unicodedata
from collections import Counter

from reportgen.lexicon.tokens import TOKENS, UNSPACED, fold

CELLS = 300
"""Different cells that are weighed."""
LONGEST = 60
"""Characters of a cell that are weighed."""

# What a code page must be better by to be taken instead of Windows' own for the West: how rare it is today.
_RARE = {
    "cp1252": 0.0, "cp1250": 0.02, "cp1251": 0.02, "cp1253": 0.02, "cp1254": 0.06, "cp1255": 0.04,
    "cp1256": 0.04, "cp1257": 0.05, "cp1258": 0.15, "cp874": 0.05, "cp932": 0.02, "gb18030": 0.02, "big5hkscs": 0.04,
    "cp949": 0.03, "euc_jp": 0.04, "iso8859-15": 0.03, "iso8859-2": 0.04, "iso8859-5": 0.06, "iso8859-7": 0.04,
    "iso8859-9": 0.07, "iso8859-8": 0.05, "iso8859-6": 0.07, "iso8859-4": 0.12, "iso8859-13": 0.12,
    "iso8859-16": 0.12, "iso8859-3": 0.15, "iso8859-10": 0.15, "iso8859-14": 0.15, "koi8-r": 0.04, "koi8-u": 0.05,
    "mac-roman": 0.05, "mac-latin2": 0.09, "mac-cyrillic": 0.09, "mac-greek": 0.10, "mac-turkish": 0.10,
    "cp850": 0.06, "cp852": 0.07, "cp437": 0.08, "cp866": 0.05, "cp737": 0.10, "cp857": 0.10, "cp775": 0.12,
    "cp855": 0.13, "cp862": 0.12, "cp869": 0.13, "cp858": 0.07,
}  # fmt: skip
_DETECTED = 0.04
"""What the detector's word weighs."""
_KNOWN = 0.15
"""What it weighs that all words beyond ASCII are in the lexicon."""

# Letters beyond ASCII of languages, and how rarely their tables are seen in an old code page.
_ALPHABETS = (
    ("äöüß", 0.0), ("àâæçéèêëîïôœùûü", 0.0), ("áéíñóúü", 0.0), ("àáâãçéêíóôõú", 0.0), ("àèéìòù", 0.0),
    ("äåöé", 0.0), ("æøåéö", 0.0), ("ąćęłńóśźż", 0.0), ("áčďéěíňóřšťúůýž", 0.0), ("áäčďéíĺľňóôŕšťúýž", 0.01),
    ("áéíóöőúüű", 0.0), ("ăâîșțşţ", 0.0), ("čćđšž", 0.0), ("çğıöşüâîi̇", 0.0), ("àçéèíïóòúü", 0.02),
    ("éèëïóöü", 0.02), ("áéíóúýþðæö", 0.12), ("āčēģīķļņšūž", 0.04), ("ąčęėįšųūž", 0.04), ("äõöüšž", 0.06),
)  # fmt: skip
_LETTERS = frozenset("".join(letters for letters, _ in _ALPHABETS))
_WORDS = "àéèóôåöæ"
"""Latin letters beyond ASCII that are words by themselves."""
_CYRILLIC = "абвгдежзиклмнопрстухчыья"
"""The usual letters of Cyrillic."""
_FINAL = "ςךםןףץ"
"""Letters with which a word ends."""
_EAST = frozenset({"HAN", "KANA", "HANGUL", "HALFWIDTH", "FULLWIDTH"})
_NO_LETTERS = "ªºµƒ²³¹¼½¾"
"""Signs that Python counts among the letters."""
_RUN = re.compile(rf"[^\W\d_{_NO_LETTERS}]+")
_CURRENCY = "€£¥₽₺₴₪₩₫₹￥￡￦"
_QUOTES = "‘’‚“”„«»‹›"
_DASHES = "–—‑·"


_SAME = {"shift_jis": "cp932", "euc_kr": "cp949", "big5": "big5hkscs", "gbk": "gb18030", "gb2312": "gb18030"}
"""Names under which the detector knows a part of a code page."""
_HAN = {
    "cp932": ("euc_jp", 0xCF), "euc_jp": ("euc_jp", 0xCF), "gb18030": ("gb2312", 0xD7), "cp949": ("euc_kr", 0xC8),
    "big5hkscs": ("big5", 0xC6),
}  # fmt: skip
"""The set of usual characters of a code page of the East, and the last row of its first, most usual half."""


def choose(data: bytes, sample: bytes, detected: str) -> str:
    """The code page that all of ``data`` can be in and under which ``sample`` reads best; ``latin-1`` if none."""
    try:
        found = codecs.lookup(detected).name
    except LookupError:
        found = ""
    found = _SAME.get(found, found)
    weights: dict[str, float] = {}
    for codec in {*_RARE, found} - {"", "ascii", "utf-8", "iso8859-1"}:
        try:
            text = sample.decode(codec)
        except (UnicodeDecodeError, LookupError):
            continue
        weights[codec] = badness(text, codec) + _RARE.get(codec, 0.15) - _DETECTED * (codec == found)
    for codec in sorted(weights, key=lambda one: (weights[one], one)):
        try:
            data.decode(codec)
        except UnicodeDecodeError:
            continue
        return codec
    return "latin-1"


def badness(text: str, codec: str) -> float:
    """Mean over the characters beyond ASCII of how little they stand as in a table that somebody wrote."""
    signs: list[float] = []
    weight = 0.0
    latin: list[str] = []
    scripts: Counter[str] = Counter()
    known = words = 0
    for cell in _cells(text):
        signs += [
            _sign(sign, cell[i - 1 : i], cell[i + 1 : i + 2])
            for i, sign in enumerate(cell)
            if sign > "\x7f" and not (sign.isalpha() and sign not in _NO_LETTERS)
        ]
        for match in _RUN.finditer(cell):
            word = match.group()
            if word.isascii():
                continue
            words += 1
            known += _known(word)
            pairs = [(letter, _script(letter)) for letter in word if letter > "\x7f" and letter.isalpha()]
            if not pairs:
                continue
            scripts.update(name for _, name in pairs)
            latin += [letter for letter, name in pairs if name == "LATIN"]
            weight += _word(word, pairs, codec) + _beside(word, len(pairs), match, cell)
    if scripts:
        main = max(scripts, key=lambda name: scripts[name])
        weight += 0.6 * sum(n for name, n in scripts.items() if name != main and not {name, main} <= _EAST)
    weight += _foreign(latin) + sum(signs)
    found = weight / max(len(signs) + sum(scripts.values()), 1)
    worst = max(signs, default=0.0)
    if (
        worst >= 1.0
    ):  # a control character, or a sign in the middle of a word: one is enough to doubt a code page
        found += 0.5 if worst > 1.0 else 0.06
    return found - _KNOWN * known / max(words, 1)


def _cells(text: str) -> list[str]:
    """The different cells beyond ASCII of a text, roughly; all numbers are alike."""
    cells: dict[str, None] = {}
    for cell in re.split(r"[\t\r\n,;|\"]+", text):
        if cell.isascii():
            continue
        cells[re.sub(r"\d+", "0", cell.strip(" "))[:LONGEST]] = None
        if len(cells) >= CELLS:
            break
    return list(cells)


def _beside(word: str, beyond: int, match: re.Match[str], cell: str) -> float:
    """How strange a word is beside its numbers: in ``10 Û`` and ``103 ад`` it is a sign misread."""
    start, end = match.span()
    if word[0] >= UNSPACED:
        return 0.0
    if beyond == len(word):
        around = cell[max(start - 2, 0) : start] + cell[end : end + 2]
        if len(word) == 1 and word[0] > "\u0250" and re.search(r"[a-z]{3}", cell):
            return 0.3  # spend (д)
        return 0.5 * len(word) if len(word) <= 2 and re.search(r"\d", around) else 0.0
    touched = (word[0] > "\x7f" and cell[start - 1 : start].isdigit()) or (
        word[-1] > "\x7f" and cell[end : end + 1].isdigit()
    )
    return 0.3 if touched else 0.0


def _foreign(letters: list[str]) -> float:
    """How many Latin letters beyond ASCII are not of the one language that has most of them."""
    counts = Counter(letter.lower() for letter in letters)
    rest = min(
        0.35 * sum(n for letter, n in counts.items() if letter not in alphabet) + rare * len(letters)
        for alphabet, rare in _ALPHABETS
    )
    return rest + 0.5 * sum(n for letter, n in counts.items() if letter not in _LETTERS)


def _script(letter: str) -> str:
    """``LATIN``, ``GREEK``, ``HAN`` ..."""
    if letter <= "\x7f":
        return "LATIN"
    name = unicodedata.name(letter, "?").split()[0]
    return {"CJK": "HAN", "HIRAGANA": "KANA", "KATAKANA": "KANA", "KATAKANA-HIRAGANA": "KANA"}.get(name, name)


def _word(word: str, pairs: list[tuple[str, str]], codec: str) -> float:
    """What is strange about the letters beyond ASCII of a word, which are given with their scripts."""
    script, n = pairs[0][1], len(pairs)
    if script in _EAST:
        rest = 0.3 * bool(re.search(r"[a-z]", word))  # A類, but hardly an Eastern letter in a Western word
        return rest + sum(_eastern(letter, name, codec, len(word)) for letter, name in pairs)
    if len({name for _, name in pairs}) > 1 or (script != "LATIN" and n < len(word)):
        return 1.0 * n
    weight = 0.0
    for before, letter in itertools.pairwise(word):
        if letter.isupper() and before.islower() and max(before, letter) > "\x7f":
            weight += 0.5
        if before in _FINAL:
            weight += 0.5
    if script == "LATIN":
        if n > 0.7 * len(word) and len(word) >= 3:
            weight += 0.5 * n
        if len(word) == 1 and word.lower() not in _WORDS:
            weight += 0.3
        plain = [letter for letter in word if letter <= "\x7f"]
        if len(plain) >= 2 and all(letter.isupper() for letter in plain):
            weight += 0.5 * sum(letter.islower() and letter != "ß" for letter, _ in pairs)
    elif script == "CYRILLIC":
        weight += 0.1 * sum(letter.lower() not in _CYRILLIC for letter in word)
    elif script not in ("GREEK", "HEBREW"):
        weight += 0.05 * n
    return weight


def _eastern(letter: str, script: str, codec: str, length: int) -> float:
    """How unusual a letter of a code page of the East is."""
    if script in ("KANA", "FULLWIDTH"):
        return 0.0 if codec in ("cp932", "euc_jp") or script == "FULLWIDTH" else 0.3
    if script == "HALFWIDTH":
        return 0.05 if length >= 3 else 0.5
    if script not in ("HAN", "HANGUL"):
        return 1.0
    usual, last = _HAN.get(codec, ("gb2312", 0xD7))
    try:
        lead = letter.encode(usual)[0]
    except UnicodeEncodeError:
        return 0.7
    if script == "HANGUL":
        return 0.0
    return 0.05 if lead <= last else 0.5


def _sign(sign: str, before: str, after: str) -> float:
    """How strange a sign that is no letter is between its neighbours."""
    between = before.isalpha() and after.isalpha()
    beside = before.isalpha() or after.isalpha()
    number = before.isdigit() or after.isdigit()
    kind = unicodedata.category(sign)
    if kind in ("Cc", "Co", "Cn") or "\u2500" <= sign <= "\u25ff" or sign == "\ufffd":
        return 1.5 if kind == "Cc" else 1.0
    if kind[0] == "M":
        return 0.0 if before.isalpha() or unicodedata.category(before or " ")[0] == "M" else 0.5
    if sign in _CURRENCY:
        return 1.0 if between else 0.3 if beside else 0.0
    if sign in "\u00a0\u202f\u2009":
        return 0.0 if number or after in (*_CURRENCY, "%") else 0.1 if between else 0.3
    if sign in _QUOTES:
        return 0.4 if (sign in "„«‚‹“" and before.isalpha()) or sign in "‚‹›" else 0.1
    if sign in _DASHES or sign in "…•":
        return 0.05 if sign in "’–·" or not beside else 0.3
    if sign >= UNSPACED and kind[0] in "PSNZLM":
        return (
            0.0
            if "\u3000" <= sign <= "\u303f" or "\uff00" <= sign <= "\uff60" or sign >= "\uffe0"
            else 0.3 + 0.6 * beside
        )
    if sign in "¿¡":
        return 0.0 if after.isalpha() and not before.isalpha() else 1.0
    if sign == "¤":
        return 1.0
    if sign in "²³":
        return 0.0 if before == "m" and not after.isalpha() else 1.0 if beside else 0.3
    if sign == "°" and (before in ("n", "N") or after in ("C", "F")):
        return 0.0
    if sign in "°ºª№‰½¼¾":
        return 1.0 if between else 0.0 if number else 0.3
    return 1.0 if between else 0.6 if beside else 0.3


@functools.cache
def _lexicon() -> tuple[frozenset[str], re.Pattern[str]]:
    """All words beyond ASCII by which columns and cells are recognised; those without spaces as a pattern."""
    words = {
        word
        for word in re.findall(r"[^\W\d_]+", TOKENS.read_text(encoding="utf-8").casefold())
        if not word.isascii()
    }
    east = sorted((word for word in words if min(word) >= UNSPACED and len(word) > 1), key=len, reverse=True)
    return frozenset(words | {fold(word) for word in words}), re.compile(
        "|".join(map(re.escape, east)) or r"(?!)"
    )


def _known(word: str) -> bool:
    """Whether a word beyond ASCII is one by which columns or cells are recognised."""
    words, east = _lexicon()
    return (len(word) > 1 and word.casefold() in words) or (min(word) >= UNSPACED and bool(east.search(word)))
