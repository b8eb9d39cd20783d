"""Turn word lists in TOML into a checked `Lexicon`: how columns are called and what segments may be named.

The words of the report are data, so that any user can add or override them with ``--lexicon``
(the format is documented in ``common.toml``). Entries are tried in this order: the user's file, the
domain that fits the table best, ``common.toml``; a role's own words are the last resort, made from
the column's name. `Lexicon` never looks at values; that is for the stages.
"""

from __future__ import annotations

import difflib
import itertools
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from importlib import resources
from pathlib import Path
from typing import Any

from reportgen.errors import LexiconError
from reportgen.lexicon import naming
from reportgen.lexicon.moments import MONTHS, moment, month_of
from reportgen.results import Role

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SPLIT = re.compile(r"[^\w$%]+|_+", re.UNICODE)
_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
"""``No. of orders`` has an of of its own, and ``N° of orders`` no word for a number."""
_COUNTED = re.compile(r"^\s*#\s*(?:of\b)?", re.IGNORECASE)
"""A leading «#» counts what follows."""
_LETTERS_DIGITS = re.compile(r"(?<=[^\W\d])(?=\d)|(?<=\d)(?=[^\W\d])", re.UNICODE)
_AGGREGATE = re.compile(r"\s*([\w ]+?)\s*\((.*)\)\s*|\s*(\w+) of (.*)", re.IGNORECASE)
"""``SUM(Sales)``, and a pivot table's ``Sum of Sales``."""
_NUMBER_OF = re.compile(r"number of (.+)", re.IGNORECASE)
_KEY = re.compile(r"(.+) (?:id|number|code)", re.IGNORECASE)
"""What is counted is not the number it goes by: ``COUNT(Order ID)`` counts orders."""
_MARK = re.compile(
    r"^(?:flag|ind|yn) (?=.)|(?<=.) (?:ind|indicator|flag|flg|yn|y n|y/n|bool)$", re.IGNORECASE
)
_ENGLISH = frozenset({"number", "num", "no", "count", "cnt"})
"""Beside these a noun in the singular gets an English plural."""
_COUNT = "#"
"""Marks a column that is told apart by «number of»."""
_SINCE = re.compile(r"(?:days|years) since ")
_AGE = "age from "
_N = re.compile(r"^[Nn](?:\.|[º°])\s?(?=\w)")
_MONTH = re.compile(r"((?:19|20)\d\d)[-/.](0[1-9]|1[0-2])(?:[-/.]01)?")
_DAY = re.compile(r"\b(?:19|20)\d\d \d\d (?!01\b)\d\d\b")
LONGEST_LEVEL = 40
"""Letters of a level from which it is no word but a text."""
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
    """Overrides how values are written: money, number, whole, share, flag, time, year."""
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
class Reading:
    """What a word that has several meanings stands for in some names: ``exp`` in ``Exp Date``."""

    words: tuple[str, ...]
    """One word, or several that stand together, in lower case."""
    when: re.Pattern[str]
    """Against the lower-case words of the whole name, joined by a space, whole."""
    said: str


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
    readings: tuple[Reading, ...] = ()
    """Tried in order, before ``abbreviations``: what a word with several meanings stands for beside which others."""
    tails: Mapping[re.Pattern[str], str] = field(default_factory=dict)
    """What stands behind the name of a thing and does not make another thing of it: ``excl vat``."""
    compounds: Mapping[str, str] = field(default_factory=dict)
    """Words that belong together: ``no show`` -> ``no-show``."""
    aggregates: Mapping[str, str] = field(default_factory=dict)
    """What a database or a pivot table calls a calculation: ``avg`` -> ``average``."""
    ordinary: frozenset[str] = frozenset()
    """Short words that are no abbreviations, even in capitals: ``AGE``."""
    proper: frozenset[str] = frozenset()
    """Words with a capital wherever they stand: months and days."""
    averages: frozenset[str] = frozenset()
    """Words of columns whose values do not add up; ``-stufe`` is the end of a word."""
    latest: frozenset[str] = frozenset()
    """Words for the last time of something."""
    firsts: frozenset[str] = frozenset()
    """Words for the first time of something."""
    best: frozenset[str] = frozenset()
    """What brackets behind a name call the good end of a scale: ``(1 = best)``."""
    worst: frozenset[str] = frozenset()
    moments: frozenset[str] = frozenset()
    """Words that only say that a column holds a day or a time: ``date``."""
    years: frozenset[str] = frozenset()
    """Words of columns that hold a calendar year."""
    done: frozenset[str] = frozenset()
    """Participles of what customers did themselves: they «have churned», but «are suspended»."""
    participles: frozenset[str] = frozenset()
    """Those that do not end in -ed."""
    gone: frozenset[str] = frozenset()
    """Words of customers who are no longer customers: ``cancelled``."""
    met: frozenset[str] = frozenset()
    """Participles of what is done with customers and not with their record: ``seen``."""
    verbs: frozenset[str] = frozenset()
    """Verbs with which the name of a flag begins: ``accepts``."""
    apart: Mapping[str, str] = field(default_factory=dict)
    """Column -> what is put behind its words, because another column has the same, see `telling_apart`."""
    loud: bool = False
    """Whether the names of the table's columns are in capitals."""
    table: tuple[str, ...] = ()
    """The words of the table's columns, see `for_table`."""
    made: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Columns that were added up of others -> their parts."""
    daily: bool = False
    """Whether columns are named by days: then ``2025-08-01`` is a day and not a month."""
    domain: str = ""
    """Name of the domain whose words are used; empty: general words only."""
    domains: Mapping[str, tuple[ColumnEntry, ...]] = field(default_factory=dict)
    domain_actions: Mapping[str, tuple[ActionRule, ...]] = field(default_factory=dict)

    def for_table(self, names: Iterable[str], made: Mapping[str, tuple[str, ...]] | None = None) -> Lexicon:
        """The lexicon with the words of the domain that most of the columns ``names`` belong to.

        ``made``: columns that were added up, with the names of their parts.
        """
        names = tuple(names)
        words = tuple(" ".join(split_name(name)) for name in names)
        capitals = [name.isupper() for name in names if name.lower() != name.upper()]
        self = replace(self, loud=2 * sum(capitals) > len(capitals), made=made or {})
        self = replace(self, daily=any(_DAY.search(text) for text in words))
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

    def telling_apart(self, columns: Iterable[tuple[str, Role]]) -> Lexicon:
        """The lexicon in which no two of the ``columns`` are called the same: each gets what distinguishes it."""
        called: dict[str, list[tuple[str, Role]]] = {}
        for name, role in columns:
            words = self.words(name, role)
            for key in {words.title.lower(), words.noun.lower()}:
                called.setdefault(key, []).append((name, role))
        apart: dict[str, str] = {}
        for same in called.values():
            if len(same) < 2:
                continue
            units = [self._measured_in(name) for name, _ in same]
            nouns = [self.words(*column) for column in same]
            counted = [w.title.lower() == f"number of {w.noun.lower()}" for w in nouns]
            if len(same) == 2 and sum(counted) == 1:  # «purchases» are money, «number of purchases» are not
                apart.update(
                    {name: _COUNT for (name, _), number in zip(same, counted, strict=True) if number}
                )
                continue
            inside = [" ".join(_BRACKETS.findall(name)).strip() for name, _ in same]
            born = [self.expand(name[len(_AGE) :]) if name.startswith(_AGE) else "" for name, _ in same]
            for tails in (
                [f"by {text}" if text else "" for text in born],
                [f"in {unit}" if unit not in ("", "thousand", "million") else "" for unit in units],
                [f"({text})" if text else "" for text in inside],
                [f"(“{name.strip()}”)" for name, _ in same],
            ):
                if len(set(tails)) == len(same):
                    apart.update({name: tail for (name, _), tail in zip(same, tails, strict=True) if tail})
                    break
        return replace(self, apart=apart)

    def _measured_in(self, name: str) -> str:
        """The unit that a name ends with, in brackets or not: ``dataGB`` -> ``GB``."""
        last = split_name(name)[-1:]
        if re.search(r"\d\W*[^\W\d_]+\W*$", name):
            last = []  # «(30 days)» is how long is looked back
        return self.plain(name)[1] or (self.units.get(last[0], "") if last else "")

    def expand(self, name: str) -> str:
        """A column name as words: ``NumDealsPurchases`` -> ``number of deals purchases``, ``visits_L24M`` as is."""
        name = re.sub(r"^[Nn][º°]\s?", "no ", name)
        own = naming.OWN.match(name)
        before = own.group() if own else ""
        written = name[len(before) :]
        loud = written.isupper() and (self.loud or not self.table or naming.shouts(written))
        if month := self._month(written):
            return before + month
        found: list[str] = []
        for piece, said in self._in_context(list(naming.pieces(written))):
            if said is not None:
                found.append(said)
                continue
            code = re.fullmatch(r"([^\W\d_]+)(\d+)", piece)
            parts = [code[1], code[2]] if code and code[1].lower() in self.abbreviations else [piece]
            found.extend(self._said(part, loud=loud) for part in parts)
        if "average" in found and found[-1] == "minimum":
            found[-1] = "minutes"  # «AvgTripMin»
        text = before + " ".join(word for word in found if word)
        for apart, together in self.compounds.items():
            if apart in text.lower():
                text = re.sub(rf"(?<!\w){re.escape(apart)}(?!\w)", together, text, flags=re.IGNORECASE)
        text = re.sub(r"\bof of\b", "of", text).removesuffix(" of").strip()
        text = re.sub(r"\b(total|average) (?=(.* )?\1\b)", "", text)
        return text or name.strip()

    def _in_context(self, pieces: list[str]) -> list[tuple[str, str | None]]:
        """Each piece, and what it stands for where its neighbours tell."""
        low = [piece.lower() for piece in pieces]
        whole = " ".join(low)
        told: list[tuple[str, str | None]] = []
        rules = [rule for rule in self.readings if rule.words[0] in low and rule.when.fullmatch(whole)]
        i = 0
        while i < len(pieces):
            rule = next((r for r in rules if tuple(low[i : i + len(r.words)]) == r.words), None)
            told.append((pieces[i], rule.said if rule else None))
            i += len(rule.words) if rule else 1
        return told

    def _month(self, name: str) -> str:
        """``Aug-25`` -> ``August 2025``, where other months of the table have the same number and it is no day."""
        found = re.fullmatch(r"([^\W\d_]{3,9})\W+((?:19|20)?\d\d)", name.strip())
        if not found or (at := month_of(found[1])) is None:
            return ""
        with_it = [words.split(" ") for words in self.table if re.fullmatch(rf"\w+ {found[2]}", words)]
        if len(found[2]) == 2 and len({month_of(word) for word, _ in with_it} - {None}) < 2:
            return ""
        return f"{MONTHS[at - 1]} {found[2] if len(found[2]) == 4 else '20' + found[2]}"

    def _said(self, piece: str, *, loud: bool) -> str:
        low = piece.lower()
        if piece == "&":
            return "and"
        if (month := _MONTH.fullmatch(piece)) and not self.daily:
            return f"{MONTHS[int(month[2]) - 1]} {month[1]}"
        if low in self.abbreviations:
            return self.abbreviations[low]
        if low in self.acronyms and not (piece == low and low in self.ordinary):
            return piece.upper()
        if low in self.proper:
            return piece.capitalize()
        keep = low not in self.ordinary and naming.as_written(piece, loud=loud)
        return piece if keep else low

    def plain(self, name: str) -> tuple[str, str]:
        """A name without what is no word, and its unit: ``Annual Income (k$)`` -> ``Annual Income``, ``thousand``."""
        calculated = _AGGREGATE.fullmatch(name)
        if calculated:
            how, what = calculated[1] or calculated[3], calculated[2] or calculated[4]
            said = self.aggregates.get(how.strip().lower())
            if said is not None and what.strip():
                inner, unit = self.plain(what)
                return f"{said} {inner.strip()}".strip(), unit
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
        counted = _N.sub("numero ", bare)  # «N. ordini»
        keys = dict.fromkeys(" ".join(split_name(text)) for text in (name, bare, counted))
        own = next(
            (e.of(key) for key in keys for e in self.entries if e.fits(key, self.table)), ColumnWords()
        )
        if own == ColumnWords():
            own = self._with_tail(keys)
        if not own.noun and name in self.made:
            own = self._added_up(self.made[name])
        if unit and not own.unit:
            own = replace(own, unit=unit)
        default = self.roles.get(role, ColumnWords())
        when = "" if own.noun or self.daily or role not in _OF_TIME else moment(name)
        if when:  # «a high amount of August 2025», where a table says it by its head
            own = replace(own, noun=f"{_OF_TIME[role]} of {when}", title=own.title or when, plural=False)
        noun = own.noun or self.expand(bare)
        title = own.title or _sentence_case(noun)
        if not own.noun:
            if role is Role.FLAG and not own.some:
                own, noun = self._flag(own, noun)
                title = own.title or _sentence_case(noun)
            elif since := _SINCE.match(name):
                own, noun = self._since(own, name[since.end() :], role, since[0])
                title = own.title or _sentence_case(noun)
            else:
                own, noun = self._counted(own, noun, role, split_name(name))
        turned = self._turned(name)
        if turned:
            noun, title = f"{noun} ({turned})", f"{title} ({turned})"
            own = replace(own, name=f"{own.name or title_case(own.noun or self.expand(bare))} ({turned})")
        tail = self.apart.get(name, "")
        named = own.name or title_case(noun)
        if tail == _COUNT:
            noun = f"number of {noun}"
            own, named = replace(own, plural=False, noun=noun), title_case(noun)
            default = replace(default, high="High {Noun}", low="Low {Noun}")
        elif tail:
            if tail == f"in {own.unit}":  # said once: «data in GB» and not «data in GB, GB»
                own = replace(own, unit="")
            noun, title, named = f"{noun} {tail}", f"{title} {tail}", f"{named} {tail}"
        plural = own.plural if own.plural is not None else _looks_plural(noun)
        averaged = self._is_average(noun if own.noun else f"{noun} {' '.join(split_name(bare))}")
        if role is Role.COUNT and (not plural or (averaged and not own.noun)):
            default = replace(default, high="High {Noun}", low="Low {Noun}")
        texts: dict[str, Any] = {}
        for item in fields(ColumnWords):
            mine, general = getattr(own, item.name), getattr(default, item.name)
            chosen = general if mine in EMPTY else mine
            if isinstance(chosen, str):
                chosen = chosen.replace("{noun}", noun).replace("{Noun}", named).replace("{title}", title)
            texts[item.name] = chosen
        adds = own.adds if own.adds is not None else not averaged
        texts.update(title=title, noun=noun, name=named, plural=plural, adds=adds)
        return ColumnWords(**texts)

    def _turned(self, name: str) -> str:
        """What the brackets behind a name say of a scale whose low end is the good one: ``1 = best``."""
        for inside in _BRACKETS.findall(name):
            ends = re.findall(r"(\d+)\s*[=:]\s*([^\W\d_]+(?: [^\W\d_]+)*)", inside)
            if len(ends) < 2:
                continue
            low, high = min(ends, key=lambda e: int(e[0])), max(ends, key=lambda e: int(e[0]))
            if low[1].lower() in self.best or high[1].lower() in self.worst:
                return f"{low[0]} = {low[1]}"
        return ""

    def _with_tail(self, keys: Iterable[str]) -> ColumnWords:
        """``omzet excl btw``: the words of ``omzet``, with the tail in English behind them."""
        for name, (pattern, said) in itertools.product(keys, self.tails.items()):
            found = re.fullmatch(rf"(.+) (?:{pattern.pattern})", name)
            if not found:
                continue
            base = found[1]
            asked = (base, self.expand(base).lower())
            own = next((e.of(key) for key in asked for e in self.entries if e.fits(key, self.table)), None)
            if own is None or not own.noun:
                continue
            # A segment is named by the thing alone, unless the table has it with and without its tail.
            alone = sum(other == base or other.startswith(f"{base} ") for other in self.table) < 2
            named = own.name or title_case(own.noun)
            return replace(
                own, noun=f"{own.noun} {said}", title=f"{own.title or _sentence_case(own.noun)} {said}",
                name=named if alone else f"{named} {title_case(said)}", plural=_looks_plural(own.noun),
            )  # fmt: skip
        return ColumnWords()

    def _added_up(self, parts: Sequence[str]) -> ColumnWords:
        """What a sum of columns is called: ``giving from FY21 to FY25``, ``total spend``, ``wine and fish sales``."""
        what, how = naming.sum_of([self.expand(self.plain(part)[0]) for part in parts])
        if not what:
            return ColumnWords()
        keys = {" ".join(split_name(part)) for part in parts}
        others = [text for text in self.table if text not in keys]
        bare, own = what.lower().split(" ")[-1], ColumnWords()
        if how.startswith("from ") or how[:1].isdecimal():
            noun = f"{what} {how}"
        elif not any(bare in self.expand(text).lower().split(" ") for text in others):
            noun = f"total {what}"  # nothing else in the table could be meant
            own = next((e.of(noun) for e in self.entries if e.fits(noun, self.table)), ColumnWords())
            own = replace(own, some=own.some or f"have some {what}", none=own.none or f"have no {what}")
        elif how.startswith("on "):
            noun = f"{what} {how}"
        else:
            noun = f"{how} {what}"
        return replace(
            own, noun=noun, name=title_case(noun), title=_sentence_case(noun), plural=_looks_plural(what)
        )

    def _is_average(self, text: str) -> bool:
        """Whether a word of the text says that the values do not add up."""
        words = re.findall(r"[^\W\d_]+|ø", text.lower())
        if any(word in self.averages for word in words):
            return True
        pairs = [f"{one} {other}" for one, other in itertools.pairwise(words)]
        ends = tuple(end[1:] for end in self.averages if end.startswith("-"))
        return any(pair in self.averages for pair in pairs) or any(word.endswith(ends) for word in words)

    def is_year(self, name: str) -> bool:
        """Whether the name says that the column holds a calendar year."""
        words = {*split_name(name), *self.words(name, Role.SCORE).noun.lower().split()}
        return bool(words & self.years)

    def _counted(self, own: ColumnWords, noun: str, role: Role, name: list[str]) -> tuple[ColumnWords, str]:
        """``number of pageviews``: they have many pageviews. The title says «number of» all the same."""
        found = _NUMBER_OF.fullmatch(noun)
        what = found[1] if found else ""
        if not found and role is Role.COUNT and noun.endswith(" count") and not noun.endswith(" of count"):
            what = noun.removesuffix(" count")
        elif not found and role is Role.COUNT and (window := re.fullmatch(r"(.+) count( \S*\d\S*)", noun)):
            return replace(own, plural=True), f"{_plural_of(window[1])}{window[2]}"
        elif not found and role is Role.COUNT and noun.lower().startswith("n ") and name[0] == "n":
            what = noun[2:]
        if not what:
            return own, noun
        if self._is_participle(what):  # «number of times contacted»
            return replace(own, plural=True), what
        if not found and noun.startswith("N "):
            own = replace(own, title=own.title or f"Number of {what}")
        key = _KEY.fullmatch(what)
        head = what if key is None else key[1]
        english = key is not None or not _ENGLISH.isdisjoint((name[0], name[-1]))
        return (
            replace(own, plural=True, title=own.title or _sentence_case(noun)),
            _plural_of(head) if english else head,
        )

    def _since(self, own: ColumnWords, name: str, role: Role, since: str) -> tuple[ColumnWords, str]:
        """``days since Last Gift Date``: days since the last gift; a recent gift, or none that is."""
        event = self.expand(self.plain(name)[0])
        event = re.sub(r"^maximum ", "last ", event)
        first, _, rest = event.partition(" ")
        last = first.lower() in self.latest
        begun = first.lower() in self.firsts and bool(rest)
        words = (rest if last and rest else event).split(" ")
        while len(words) > 1 and words[-1].lower() in self.moments:
            kept = words[-1].lower() in ("date", "day", "time", "datum")
            if kept and not (last or begun) and not self._is_participle(words[-2]):
                break  # «days since start date»
            words.pop()
        core = " ".join(words)
        if last and rest and core.lower() not in self.moments and not self._is_participle(core):
            noun = (
                f"{since}the {first} {core}"
                if first in ("last", "latest", "most")
                else f"{since}{first} {core}"
            )
        elif begun and len(words) > 1 and first.isascii() and first.lower() == "first":
            noun = f"{since}the {core}"
        elif last and rest:
            noun = f"{since}{first} {core}"
        else:
            noun = f"{since}{'the ' if core.lower() in self.moments else ''}{core}"
        if role is Role.TENURE and not (own.high or own.low or self._is_participle(core)):
            # «short days since the first gift» is said by nobody.
            what = title_case(core)
            own = replace(own, high=f"No Recent {what}", low=f"Recent {what}")
        if role is not Role.RECENCY or own.high or own.low:
            return replace(own, plural=True), noun
        named = title_case(core)
        if core.lower() in self.moments:
            own = replace(own, priority=-1)
        if self._is_participle(core):
            if core.lower() not in self.met:
                return replace(own, plural=True), noun
            own = replace(own, high_adjective=f"Not Recently {named}", low_adjective=f"Recently {named}")
        else:
            if first.lower() in ("last", "latest", "recent") and not self.is_mass(core):
                named = title_case(_plural_of(core))
            own = replace(own, high=f"No Recent {named}", low=f"Recent {named}")
        return replace(own, plural=True), noun

    def _is_participle(self, text: str) -> bool:
        last = text.lower().split(" ")[-1]
        return (
            last in self.participles or last in self.done or re.fullmatch(r"\w{3,}[^e\W]ed", last) is not None
        )

    def _flag(self, own: ColumnWords, noun: str) -> tuple[ColumnWords, str]:
        """``has locker``: they «have a locker»; ``is active``: «are active»; ``lapsed ind``: «have lapsed»."""
        noun = _MARK.sub("", _MARK.sub("", noun)) or noun
        verb, _, rest = noun.partition(" ")
        if not rest:
            return self._marked(own, noun)
        if verb in self.verbs:
            plain = f"{verb.removesuffix('s')} {rest}"
            return replace(own, some=plain, none=f"do not {plain}"), noun
        if verb not in ("has", "have", "is", "was"):
            return self._marked(own, noun)
        if self._is_participle(rest):
            return self._marked(own, rest, is_so=verb in ("is", "was"))
        if verb in ("is", "was"):
            if (
                " " not in rest
                and re.fullmatch(r"\w{2,}[^aeiou\W](er|or)", rest)
                and rest not in self.adjectives
            ):
                return replace(own, some=f"are {rest}s", none=f"are not {rest}s"), rest  # «is payer»
            if " " in rest and rest.lower().split(" ")[-1] not in self.adjectives:
                return own, rest  # «is business order»: who is that?
            return replace(own, some=f"are {rest}", none=f"are not {rest}"), rest
        bare = _looks_plural(rest) or self.is_mass(rest)
        article = "" if bare else "an " if rest[0].lower() in "aeiou" else "a "
        return replace(own, some=f"have {article}{rest}", none=f"have no {rest}"), rest

    def _marked(self, own: ColumnWords, noun: str, *, is_so: bool = False) -> tuple[ColumnWords, str]:
        """A flag that is named by a participle: «are suspended», «have churned», «hard-bounced customers»."""
        if not self._is_participle(noun):
            return own, noun
        words = noun.split(" ")
        own = replace(own, high_adjective="-".join(title_case(word) for word in words))
        if words[-1].lower() in self.done and not is_so:
            return replace(own, some=f"have {noun}", none=f"have not {noun}"), noun
        if len(words) == 1 or is_so:
            return replace(own, some=f"are {noun}", none=f"are not {noun}"), noun
        return own, noun

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


_OF_TIME = {Role.AMOUNT: "amount", Role.BALANCE: "balance", Role.LIMIT: "limit", Role.COUNT: "count",
            Role.INCOME: "income"}  # fmt: skip
"""What a column is called that is named by a time only; whose money it is nobody says."""

_LISTS = (
    "acronyms", "adjectives", "mass", "per", "ordinary", "proper", "averages", "latest", "firsts", "best", "worst",
    "moments", "years", "done", "participles", "met", "verbs", "gone",
)  # fmt: skip
"""Keys of a file that hold a list of words..."""
_TABLES = ("units", "compounds", "aggregates")
"""...and tables of texts."""
USER = "user"
"""Source of the entries that the user's own file gives."""
EMPTY = ("", None, 0)
"""Field values that mean «not said here»."""
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
        code = re.fullmatch(r"[^\W\d_]+\d+[^\W_]*", word)  # «ml2b»
        if (i and word in _SMALL_WORDS) or not word or code or word != word.lower():
            return word  # also «iOS», which has capitals of its own
        return "-".join(part[:1].upper() + part[1:] for part in word.split("-"))

    return " ".join(cased(i, word) for i, word in enumerate(text.split(" ")))


def _sentence_case(noun: str) -> str:
    """``cash advances`` -> ``Cash advances``, but ``kWh used``."""
    first = noun.split(" ")[0]
    return noun if first[1:] != first[1:].lower() else noun[:1].upper() + noun[1:]


def is_code(level: str) -> bool:
    """Whether the level is a number or a letter, which tells a reader nothing."""
    return re.fullmatch(r"[\d.,\s]+|.[+-]?|[A-Za-z]\d+", level) is not None


_WINDOW = re.compile(
    r"(?<=\w) (?:(?:in |over |for )?(?:the )?(?:last|past|previous|prior) )?(?:\d+ )?"
    r"(?:(?<=\d )|(?<=last )|(?<=past )|(?<=previous )|(?<=prior ))(?:days|weeks|months|years|quarters)$",
    re.IGNORECASE,
)
"""How long is looked back; no part of what is counted: ``spend last 12 months``, ``visits 90 days``."""


def _head_of(noun: str) -> str:
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


def _plural_of(noun: str) -> str:
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


def _looks_plural(noun: str) -> bool:
    head = _head_of(noun)
    if head.isupper():  # an abbreviation: OS, POS
        return False
    head = head.lower()
    if _FOREIGN_PLURAL.fullmatch(head):
        return True
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
    readings, tails = common.readings, dict(common.tails)
    for path in sorted((folder / "domains").iterdir(), key=lambda p: p.name):
        if path.name.endswith(".toml"):
            part = _read_text(path.read_text("utf-8"), path.name)
            domain = path.name.removesuffix(".toml")
            domains[domain] = part.entries
            domain_actions[domain] = part.actions
            levels.update(part.levels)
            members.update(part.members)
            abbreviations = {**part.abbreviations, **abbreviations}
            readings += part.readings
            tails.update(part.tails)
    lexicon = replace(
        common, domains=domains, domain_actions=domain_actions, levels=levels, members=members,
        abbreviations=abbreviations, readings=readings, tails=tails,
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
    lists: dict[str, Any] = {key: getattr(lexicon, key) | getattr(user, key) for key in _LISTS}
    tables: dict[str, Any] = {key: {**getattr(lexicon, key), **getattr(user, key)} for key in _TABLES}
    return replace(
        lexicon,
        readings=user.readings + lexicon.readings,
        tails=dict(user.tails) | {key: said for key, said in lexicon.tails.items() if key not in user.tails},
        entries=user.entries + lexicon.entries,
        roles={role: _merge(user.roles.get(role), words) for role, words in lexicon.roles.items()},
        abbreviations={**lexicon.abbreviations, **user.abbreviations},
        members={**lexicon.members, **user.members},
        **lists,
        **tables,
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
                "reading",
                "tails",
                *_LISTS,
                *_TABLES,
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
    lists: dict[str, Any] = {key: _words(data, key, place) for key in _LISTS}
    tables: dict[str, Any] = {
        key: {k.lower(): v for k, v in _texts(data, key, place).items()} for key in _TABLES
    }
    readings = tuple(
        _reading(item, f"{place}, [[reading]] number {i}")
        for i, item in enumerate(_list(data, "reading", place), start=1)
    )
    tails = {
        _pattern({"tails": key}, "tails", place): said for key, said in _texts(data, "tails", place).items()
    }
    return Lexicon(
        entries=entries,
        roles=roles,
        readings=readings,
        tails=tails,
        abbreviations=_texts(data, "abbreviations", place),
        levels={k.lower(): v for k, v in _texts(data, "levels", place).items()},
        members={k.lower(): v for k, v in _texts(data, "members", place).items()},
        actions=actions,
        **lists,
        **tables,
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


def _reading(item: dict[str, Any], place: str) -> Reading:
    for key in item:
        _known(key, ("word", "when", "as"), place, key)
    for key in ("word", "as"):
        if not isinstance(item.get(key), str):
            raise LexiconError(f'{place}: needs {key} = "...".')
    return Reading(
        words=tuple(item["word"].lower().split()),
        when=_pattern({"when": item.get("when", ".*")}, "when", place),
        said=item["as"],
    )


def _pattern(item: dict[str, Any], key: str, place: str) -> re.Pattern[str]:
    pattern = item[key]
    if not isinstance(pattern, str):
        raise LexiconError(f"{place}: {key} must be text in quotes, not {pattern!r}.")
    try:
        return re.compile(pattern.lower())
    except re.error as error:
        raise LexiconError(f"{place}: {key} = {pattern!r} is not a valid pattern ({error}).") from None


KINDS = ("money", "number", "whole", "share", "flag", "time", "year")
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
