"""Turn word lists in TOML into a checked `Lexicon`: how columns are called and what segments may be named.

The words of the report are data, so that any user can add or override them with ``--lexicon``
(the format is documented in ``common.toml``). Entries are tried in this order: the user's file, the
domain that fits the table best, ``common.toml``; a role's own words are the last resort, made from
the column's name. `Lexicon` never looks at values; that is for the stages.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from importlib import resources
from pathlib import Path
from typing import Any

from reportgen.errors import LexiconError
from reportgen.results import Role

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SPLIT = re.compile(r"[^\w$%]+|_+", re.UNICODE)
_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_OF_OF = re.compile(r"(?:number of(?: of)+|^n[º°]? of) ")
"""``No. of orders`` has an of of its own, and ``N° of orders`` no word for a number."""
_COUNTED = re.compile(r"^\s*#\s*(?:of\b)?", re.IGNORECASE)
"""A leading «#» counts what follows."""
_LETTERS_DIGITS = re.compile(r"(?<=[^\W\d])(?=\d)|(?<=\d)(?=[^\W\d])", re.UNICODE)

CAPITALS = 4
"""Longest word in capitals that is taken for an abbreviation."""
DOMAIN_MIN_MATCHES = 2
"""A domain's words are used when at least so many columns match its entries..."""
DOMAIN_MIN_SHARE = 0.3
"""...and they are at least this share of the columns."""


def split_name(name: str) -> list[str]:
    """``MntWines`` -> ``[mnt, wines]``, ``PURCHASES_TRX`` -> ``[purchases, trx]``, lower case, digits apart."""
    spaced = _CAMEL.sub(" ", name)
    spaced = _LETTERS_DIGITS.sub(" ", spaced)
    return [word.lower() for word in _SPLIT.split(spaced) if word]


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnWords:
    """How one column is spoken of. Every text may hold ``{noun}``, ``{Noun}`` (name style) and ``{title}``."""

    title: str = ""
    """For tables and charts, sentence case: ``Cash advances``."""
    noun: str = ""
    """Inside a sentence, no article: ``cash advances``."""
    plural: bool | None = None
    """Whether ``noun`` takes a plural verb; None: decided by its ending."""
    name: str = ""
    """``noun`` in a segment name, Title Case: ``Cash Advances``."""
    verb: str = ""
    """What a group does with its part of the total: ``17% of customers {verb} 53% of purchases``."""
    some: str = ""
    """What customers with more than zero do, plural verb: ``take cash advances``."""
    none: str = ""
    """What customers with zero do: ``never take cash advances``."""
    each: str = ""
    """Plural verb of the average: ``They {each} 3,116 on average``; the number stands behind it or where ``{x}`` is:
    ``spend {x} on wine``. Empty: «Their {noun} average 3,116»."""
    typical: str = ""
    """What the typical member is or has, singular, the number where ``{x}`` is: ``is {x} old``."""
    member: str = ""
    """Categories: what customers with a level are or do, plural, the level where ``{level}`` is: ``are {level}``."""
    rarely: str = ""
    """Head of ``... Who Rarely {rarely}``: ``Purchase``."""
    head: str = ""
    """Who they are when this is the main column: ``Spenders`` in ``High Spenders``."""
    high_head: str = ""
    """The same with its level, where «High ...» is not said: ``Heavy Browsers``."""
    low_head: str = ""
    users: str = ""
    """Who does much of it: ``Cash-Advance Users``."""
    nonusers: str = ""
    """Who does none of it, or lacks it: ``Non-Smokers``."""
    inactive: str = ""
    """Name of those who do hardly anything, when this is the main column: ``Inactive Customers``."""
    high: str = ""
    """Qualifier of a high value after ``with``: ``High Balances``."""
    low: str = ""
    """Qualifier of a low value after ``with``."""
    high_adjective: str = ""
    """Before the head: ``Long-Standing``."""
    low_adjective: str = ""
    yes: str = ""
    """Flags: the qualifier after ``with`` when nearly all have it."""
    no: str = ""
    """Flags: the qualifier when hardly any has it, after ``without``."""
    unit: str = ""
    """Unit of time or measure: ``months``. Never a currency: that comes from the file or the user."""
    adds: bool | None = None
    """Whether the values of several customers may be added up; None: unless the noun is an average or a rate."""
    kind: str = ""
    """Overrides how values are written: money, number, whole, share, flag, time."""
    priority: int = 0
    """Main column: the highest wins among value columns; below 0 never leads a name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnEntry:
    """Words for the columns whose name matches."""

    match: re.Pattern[str]
    """Against the lower-case words of the name joined by a space, whole."""
    words: ColumnWords
    source: str
    needs: re.Pattern[str] | None = None
    """Only when some other column of the table matches this: ``duration`` is that of a call where there are calls."""

    def fits(self, words: str, table: Iterable[str]) -> bool:
        """Whether the entry speaks of the column ``words`` in a table with these columns' words."""
        if not self.match.fullmatch(words):
            return False
        return self.needs is None or any(self.needs.fullmatch(other) for other in table if other != words)

    def of(self, words: str) -> ColumnWords:
        """The entry's words for the column: ``{1}`` stands for the first group of ``match``."""
        found = self.match.fullmatch(words)
        if found is None or not found.groups():
            return self.words
        said: dict[str, Any] = {}
        for item in fields(ColumnWords):
            text = getattr(self.words, item.name)
            if isinstance(text, str) and "{" in text:
                for i, group in enumerate(found.groups(), start=1):
                    text = text.replace(f"{{{i}}}", group or "")
                said[item.name] = text
        return replace(self.words, **said)


@dataclass(frozen=True, kw_only=True, slots=True)
class ActionRule:
    """Something worth testing with a segment, tied to what was found (never causal, never an order)."""

    key: str
    when: tuple[str, ...]
    """Traits that must all hold, ``high:purchases``: kind of trait, then a pattern on the column's words."""
    title: str
    text: str
    source: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lexicon:
    """All words, checked."""

    entries: tuple[ColumnEntry, ...]
    roles: Mapping[Role, ColumnWords]
    abbreviations: Mapping[str, str]
    acronyms: frozenset[str]
    levels: Mapping[str, str]
    """Words for coded or terse levels: ``column words = level`` -> text."""
    actions: tuple[ActionRule, ...]
    adjectives: frozenset[str] = frozenset()
    """Levels that stand before a noun: ``female``, ``retired``."""
    members: Mapping[str, str] = field(default_factory=dict)
    """What customers with a level are or do: ``column words = level`` -> ``rent their home``."""
    mass: frozenset[str] = frozenset()
    """Nouns without «a»: ``spending``, ``income``."""
    per: frozenset[str] = frozenset()
    """Words before which a stroke means «per»."""
    units: Mapping[str, str] = field(default_factory=dict)
    """What stands in brackets behind a name -> the unit of its numbers."""
    table: tuple[str, ...] = ()
    """The words of the table's columns, see `for_table`."""
    domain: str = ""
    """Name of the domain whose words are used; empty: general words only."""
    domains: Mapping[str, tuple[ColumnEntry, ...]] = field(default_factory=dict)
    domain_actions: Mapping[str, tuple[ActionRule, ...]] = field(default_factory=dict)

    def for_table(self, names: Iterable[str]) -> Lexicon:
        """The lexicon with the words of the domain that most of the columns ``names`` belong to."""
        words = tuple(" ".join(split_name(name)) for name in names)
        best, best_count = "", 0
        for domain, entries in self.domains.items():
            matched = sum(any(entry.fits(text, words) for entry in entries) for text in words)
            if matched > best_count:
                best, best_count = domain, matched
        if best_count < DOMAIN_MIN_MATCHES or best_count < DOMAIN_MIN_SHARE * len(words):
            return replace(self, table=words)
        user = tuple(entry for entry in self.entries if entry.source == USER)
        rest = tuple(entry for entry in self.entries if entry.source != USER)
        return replace(
            self,
            table=words,
            domain=best,
            entries=user + self.domains[best] + rest,
            actions=(
                *(a for a in self.actions if a.source == USER),
                *self.domain_actions.get(best, ()),
                *(a for a in self.actions if a.source != USER),
            ),
        )

    def expand(self, name: str) -> str:
        """A column name as words: ``NumDealsPurchases`` -> ``number of deals purchases``."""
        words = split_name(name)
        # In a name that is not all capitals, a short word that is stays so: ``Has PT``.
        capitals = {w.lower() for w in _SPLIT.split(name) if w.isupper() and 1 < len(w) <= CAPITALS}
        kept = self.acronyms | (capitals if not name.isupper() else frozenset())
        expanded = [self.abbreviations.get(word, word) for word in words]
        text = " ".join(word for word in expanded if word).removesuffix(" of")
        text = _OF_OF.sub("number of ", text)
        return " ".join(w.upper() if w in kept else w for w in text.split()) or name.strip()

    def plain(self, name: str) -> tuple[str, str]:
        """A name without what is no word, and its unit: ``Annual Income (k$)`` -> ``Annual Income``, ``thousand``."""
        unit = ""
        bare = name
        for inside in _BRACKETS.findall(name):
            unit = unit or self.units.get(" ".join(inside.lower().split()), "")
        bare = _COUNTED.sub("", _BRACKETS.sub(" ", bare))
        parts = [part.strip() for part in bare.split("/")]
        if len(parts) == 2 and parts[0] and parts[1].lower() in self.per:
            bare = f"{parts[0]} per {parts[1]}"
        return (bare, unit) if split_name(bare) else (name, unit)

    def words(self, name: str, role: Role) -> ColumnWords:
        """How the column ``name`` of ``role`` is spoken of; every field that the role needs is filled."""
        bare, unit = self.plain(name)
        keys = dict.fromkeys(" ".join(split_name(text)) for text in (name, bare))
        own = next(
            (e.of(key) for key in keys for e in self.entries if e.fits(key, self.table)), ColumnWords()
        )
        if unit and not own.unit:
            own = replace(own, unit=unit)
        default = self.roles.get(role, ColumnWords())
        noun = own.noun or self.expand(bare)
        if role is Role.FLAG and not own.noun and not own.some:
            own, noun = self._flag(own, noun)
        title = own.title or (noun[:1].upper() + noun[1:])
        named = own.name or title_case(noun)
        plural = own.plural if own.plural is not None else _looks_plural(noun)
        texts: dict[str, Any] = {}
        for item in fields(ColumnWords):
            mine, general = getattr(own, item.name), getattr(default, item.name)
            chosen = general if mine in EMPTY else mine
            if isinstance(chosen, str):
                chosen = chosen.replace("{noun}", noun).replace("{Noun}", named).replace("{title}", title)
            texts[item.name] = chosen
        adds = own.adds if own.adds is not None else not _AVERAGE.search(noun)
        texts.update(title=title, noun=noun, name=named, plural=plural, adds=adds)
        return ColumnWords(**texts)

    def _flag(self, own: ColumnWords, noun: str) -> tuple[ColumnWords, str]:
        """``has locker``: they «have a locker»; ``is active``: they «are active»."""
        verb, _, rest = noun.partition(" ")
        if not rest or verb not in ("has", "have", "is", "was"):
            return own, noun
        if verb in ("is", "was"):
            return replace(own, some=f"are {rest}", none=f"are not {rest}"), rest
        bare = _looks_plural(rest) or self.is_mass(rest)
        article = "" if bare else "an " if rest[0].lower() in "aeiou" else "a "
        return replace(own, some=f"have {article}{rest}", none=f"have no {rest}"), rest

    def level(self, name: str, level: str) -> str:
        """A category's level in words: from ``[levels]``, else as written with underscores as spaces."""
        key = f"{' '.join(split_name(name))} = {level.strip().lower()}"
        known = self.levels.get(key)
        return known if known is not None else level.replace("_", " ").strip()

    def member(self, name: str, level: str, role: Role) -> str:
        """What customers with the level are or do, plural verb: ``rent their home``; empty when nobody said so."""
        key = f"{' '.join(split_name(name))} = {level.strip().lower()}"
        if key in self.members:
            return self.members[key]
        text = self.level(name, level)
        pattern = self.words(name, role).member
        if pattern and not is_code(text):
            return pattern.replace("{level}", text)
        return f"are {text.lower()}" if text.lower() in self.adjectives else ""

    def is_mass(self, noun: str) -> bool:
        """Whether the noun takes no «a»: its head is a mass noun."""
        return _head_of(noun).lower() in self.mass


USER = "user"
"""Source of the entries that the user's own file gives."""
EMPTY = ("", None, 0)
"""Field values that mean «not said here»."""
_AVERAGE = re.compile(
    r"\b(per|average|mean|median|rate|ratio|percentage|score|highest|lowest|index)\b", re.IGNORECASE
)
_SMALL_WORDS = {
    "of",
    "on",
    "in",
    "and",
    "or",
    "the",
    "a",
    "an",
    "to",
    "per",
    "by",
    "for",
    "with",
    "from",
    "at",
    "who",
}


def title_case(text: str) -> str:
    """``cash advances`` -> ``Cash Advances``; small words stay small, capitals stay."""

    def cased(i: int, word: str) -> str:
        if (i and word in _SMALL_WORDS) or not word or word != word.lower():
            return word  # also «iOS», which has capitals of its own
        return "-".join(part[:1].upper() + part[1:] for part in word.split("-"))

    return " ".join(cased(i, word) for i, word in enumerate(text.split(" ")))


def is_code(level: str) -> bool:
    """Whether the level is a number or a letter, which tells a reader nothing."""
    return re.fullmatch(r"[\d.,\s]+|.[+-]?|[A-Za-z]\d+", level) is not None


def _head_of(noun: str) -> str:
    return re.split(r",| (?:of|on|in|per|by|for|with|from|at|to|since) ", noun)[0].split(" ")[-1]


def _looks_plural(noun: str) -> bool:
    head = _head_of(noun)
    if head.isupper():  # an abbreviation: OS, POS
        return False
    head = head.lower()
    return head.endswith("s") and not head.endswith(("ss", "us", "is"))


# --------------------------------------------------------------------------- reading


def load(user_file: Path | None = None) -> Lexicon:
    """Read the shipped word lists and, before them, ``user_file``.

    Raises LexiconError naming file, key and fix when a list is broken.
    """
    folder = resources.files(__package__)
    common = _read_text((folder / "common.toml").read_text("utf-8"), "common.toml")
    domains: dict[str, tuple[ColumnEntry, ...]] = {}
    domain_actions: dict[str, tuple[ActionRule, ...]] = {}
    levels, members = dict(common.levels), dict(common.members)
    abbreviations = dict(common.abbreviations)
    for path in sorted((folder / "domains").iterdir(), key=lambda p: p.name):
        if path.name.endswith(".toml"):
            part = _read_text(path.read_text("utf-8"), path.name)
            domain = path.name.removesuffix(".toml")
            domains[domain] = part.entries
            domain_actions[domain] = part.actions
            levels.update(part.levels)
            members.update(part.members)
            abbreviations = {**part.abbreviations, **abbreviations}
    lexicon = replace(
        common, domains=domains, domain_actions=domain_actions, levels=levels, members=members,
        abbreviations=abbreviations,
    )  # fmt: skip
    if user_file is None:
        return lexicon
    try:
        text = user_file.read_text("utf-8")
    except OSError as error:
        raise LexiconError(
            f"{user_file}: cannot be read ({error.strerror}); give the path of a TOML file."
        ) from None
    except UnicodeDecodeError:
        raise LexiconError(f"{user_file}: is not UTF-8 text; save it as UTF-8.") from None
    user = _read_text(text, str(user_file), source=USER)
    return replace(
        lexicon,
        entries=user.entries + lexicon.entries,
        roles={role: _merge(user.roles.get(role), words) for role, words in lexicon.roles.items()},
        abbreviations={**lexicon.abbreviations, **user.abbreviations},
        acronyms=lexicon.acronyms | user.acronyms,
        adjectives=lexicon.adjectives | user.adjectives,
        members={**lexicon.members, **user.members},
        mass=lexicon.mass | user.mass,
        per=lexicon.per | user.per,
        units={**lexicon.units, **user.units},
        levels={**lexicon.levels, **user.levels},
        actions=user.actions + lexicon.actions,
    )


def _merge(first: ColumnWords | None, second: ColumnWords) -> ColumnWords:
    if first is None:
        return second
    said = {
        f.name: getattr(first, f.name) for f in fields(ColumnWords) if getattr(first, f.name) not in EMPTY
    }
    return replace(second, **said)


def _read_text(text: str, place: str, *, source: str = "") -> Lexicon:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LexiconError(f"{place}: is not valid TOML ({error}); mend that place.") from None
    for key in data:
        _known(
            key,
            (
                "column",
                "role",
                "abbreviations",
                "acronyms",
                "adjectives",
                "mass",
                "per",
                "units",
                "levels",
                "members",
                "action",
            ),
            place,
            key,
        )
    entries = tuple(
        _entry(item, f"{place}, [[column]] number {i}", source or place)
        for i, item in enumerate(_list(data, "column", place), start=1)
    )
    roles: dict[Role, ColumnWords] = {}
    for key, item in _table(data, "role", place).items():
        _known(key, tuple(str(r) for r in Role), place, f"role.{key}")
        roles[Role(key)] = _column_words(_dict(item, place, f"role.{key}"), f"{place}, [role.{key}]")
    actions = tuple(
        _action(item, f"{place}, [[action]] number {i}", source or place)
        for i, item in enumerate(_list(data, "action", place), start=1)
    )
    return Lexicon(
        entries=entries,
        roles=roles,
        abbreviations=_texts(data, "abbreviations", place),
        acronyms=_words(data, "acronyms", place),
        adjectives=_words(data, "adjectives", place),
        levels={k.lower(): v for k, v in _texts(data, "levels", place).items()},
        members={k.lower(): v for k, v in _texts(data, "members", place).items()},
        mass=_words(data, "mass", place),
        per=_words(data, "per", place),
        units={k.lower(): v for k, v in _texts(data, "units", place).items()},
        actions=actions,
    )


def _known(key: str, known: tuple[str, ...], place: str, shown: str) -> None:
    if key in known:
        return
    near = difflib.get_close_matches(key, known, n=1)
    fix = f"did you mean {near[0]!r}?" if near else "known are " + ", ".join(known) + "."
    raise LexiconError(f"{place}: unknown key {shown!r}; {fix}")


def _dict(item: object, place: str, key: str) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise LexiconError(f"{place}: {key} must be a table of keys and values, not {item!r}.")
    return item


def _table(data: dict[str, Any], key: str, place: str) -> dict[str, Any]:
    return _dict(data.get(key, {}), place, key)


def _list(data: dict[str, Any], key: str, place: str) -> list[dict[str, Any]]:
    items = data.get(key, [])
    if not isinstance(items, list):
        raise LexiconError(f"{place}: write [[{key}]] with double brackets, one for each entry.")
    return [_dict(item, place, key) for item in items]


def _words(data: dict[str, Any], key: str, place: str) -> frozenset[str]:
    items = data.get(key, [])
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise LexiconError(f'{place}: {key} must be a list of words, like ["one", "two"].')
    return frozenset(item.lower() for item in items)


def _texts(data: dict[str, Any], key: str, place: str) -> dict[str, str]:
    table = _table(data, key, place)
    for name, value in table.items():
        if not isinstance(value, str):
            raise LexiconError(f"{place}: {key}.{name} must be text in quotes, not {value!r}.")
    return table


def _entry(item: dict[str, Any], place: str, source: str) -> ColumnEntry:
    if "match" not in item:
        raise LexiconError(f'{place}: needs match = "pattern of the column\'s words".')
    rest = {k: v for k, v in item.items() if k not in ("match", "needs")}
    return ColumnEntry(
        match=_pattern(item, "match", place),
        needs=_pattern(item, "needs", place) if "needs" in item else None,
        words=_column_words(rest, place),
        source=source,
    )


def _pattern(item: dict[str, Any], key: str, place: str) -> re.Pattern[str]:
    pattern = item[key]
    if not isinstance(pattern, str):
        raise LexiconError(f"{place}: {key} must be text in quotes, not {pattern!r}.")
    try:
        return re.compile(pattern.lower())
    except re.error as error:
        raise LexiconError(f"{place}: {key} = {pattern!r} is not a valid pattern ({error}).") from None


KINDS = ("money", "number", "whole", "share", "flag", "time")
_WANTED: dict[str, tuple[type, str]] = {
    "plural": (bool, "true or false"), "adds": (bool, "true or false"), "priority": (int, "a whole number"),
}  # fmt: skip


def _column_words(item: dict[str, Any], place: str) -> ColumnWords:
    known = tuple(f.name for f in fields(ColumnWords))
    for key, value in item.items():
        _known(key, known, place, key)
        wanted, called = _WANTED.get(key, (str, "text in quotes"))
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            raise LexiconError(f"{place}: {key} must be {called}, not {value!r}.")
    kind = item.get("kind", "")
    if kind and kind not in KINDS:
        raise LexiconError(f"{place}: kind must be one of {', '.join(KINDS)}, not {kind!r}.")
    return ColumnWords(**item)


def _action(item: dict[str, Any], place: str, source: str) -> ActionRule:
    for key in item:
        _known(key, ("key", "when", "title", "text"), place, key)
    for key in ("key", "title", "text"):
        if not isinstance(item.get(key), str):
            raise LexiconError(f'{place}: needs {key} = "...".')
    when = item.get("when", [])
    if not isinstance(when, list) or not all(isinstance(w, str) and ":" in w for w in when):
        raise LexiconError(f'{place}: when must be a list of traits, like ["high:balance"].')
    return ActionRule(
        key=item["key"], when=tuple(when), title=item["title"], text=item["text"], source=source
    )
