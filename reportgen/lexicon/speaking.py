"""How the columns of a table are called and spoken of: `Lexicon`, all words in one place."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from reportgen.lexicon import naming
from reportgen.lexicon.english import (
    folded,
    head_of,
    is_code,
    looks_plural,
    plural_of,
    sentence_case,
    title_case,
)
from reportgen.lexicon.entries import EMPTY, USER, ActionRule, ColumnEntry, ColumnWords, Reading
from reportgen.lexicon.moments import MONTHS, moment, month_of
from reportgen.results import Role

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SPLIT = re.compile(r"[^\w$%]+|_+", re.UNICODE)
_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
"""What stands in brackets is a unit or a remark, no part of the name."""
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
_RECENCY = re.compile(r"(?:average )?recency(?: (?:in )?(days|weeks|months|years))?", re.IGNORECASE)
_AGE = "age from "
_N = re.compile(r"^[Nn](?:\.|[º°])\s?(?=\w)")
"""``N. ordini``, ``N° commandes``: the number of them."""
_MONTH = re.compile(r"((?:19|20)\d\d)[-/.](0[1-9]|1[0-2])(?:[-/.]01)?")
_DAY = re.compile(r"\b(?:19|20)\d\d \d\d (?!01\b)\d\d\b")
FOREIGN = "languages"
"""The domain whose entries and abbreviations are words of other languages."""
DOMAIN_MIN_MATCHES = 2
"""A domain's words are used when at least so many columns match its entries..."""
DOMAIN_MIN_SHARE = 0.3
"""...and they are at least this share of the columns."""
_OF_TIME = {Role.AMOUNT: "amount", Role.BALANCE: "balance", Role.LIMIT: "limit", Role.COUNT: "count",
            Role.INCOME: "income"}  # fmt: skip
"""What a column is called that is named by a time only; whose money it is nobody says."""


def split_name(name: str) -> list[str]:
    """``MntWines`` -> ``[mnt, wines]``, ``PURCHASES_TRX`` -> ``[purchases, trx]``, lower case, digits apart."""
    spaced = _CAMEL.sub(" ", name)
    spaced = _LETTERS_DIGITS.sub(" ", spaced)
    return [word.lower() for word in _SPLIT.split(spaced) if word]


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
    foreign: frozenset[str] = frozenset()
    """Keys of ``abbreviations`` that are no abbreviations but words of another language."""
    english: frozenset[str] = frozenset()
    """Words that the lists themselves say or know in English."""
    international: frozenset[str] = frozenset()
    """Words that are the same in English and in the others: ``spa``."""
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
    measured: tuple[re.Pattern[str], ...] = ()
    """Names whose last word is a unit, because an earlier one says what is measured: ``avg distance m``."""
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
    guarded: frozenset[str] = frozenset()
    """Words of marks before which nothing is sold: ``self excluded``."""
    unmarked: frozenset[str] = frozenset()
    """Levels that say that a mark is not set: ``no``."""
    owners: frozenset[str] = frozenset()
    """What a row may be: before most names of a table it says nothing, ``customer_city``."""
    shorter: Mapping[str, str] = field(default_factory=dict)
    """Column -> its name without the currency and the scale of its numbers, and without what most names of the table
    begin with, see `naming.without_prefix`."""
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

    def for_table(
        self,
        names: Iterable[str],
        made: Mapping[str, tuple[str, ...]] | None = None,
        called: Mapping[str, str] | None = None,
    ) -> Lexicon:
        """The lexicon with the words of the domain that most of the columns ``names`` belong to.

        ``made``: columns that were added up, with the names of their parts; ``called``: names without the currency and
        the scale of the numbers, where they have them.
        """
        names = tuple(names)
        measured = {name: (called or {}).get(name, name) for name in names}
        prefixed = naming.without_prefix(tuple(measured.values()), self.owners)
        shorter = {name: prefixed.get(said, said) for name, said in measured.items()}
        self = replace(self, shorter={name: said for name, said in shorter.items() if said != name})
        words = tuple(" ".join(split_name(shorter[name])) for name in names)
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
                [f"in {unit}" if unit else "" for unit in units],
                [f"in {self._currency(name)}" if self._currency(name) else "" for name, _ in same],
                [f"({text})" if text else "" for text in inside],
                [f"(“{name.strip()}”)" for name, _ in same],
            ):
                if len(set(tails)) == len(same):
                    apart.update({name: tail for (name, _), tail in zip(same, tails, strict=True) if tail})
                    break
        return replace(self, apart=apart)

    def _currency(self, name: str) -> str:
        """What stands behind the words of a name and is the currency of its numbers: ``revenue_usd`` -> ``USD``."""
        tail = name.partition(self.shorter.get(name, name))[2].strip(" _,;:-")
        if "(" in tail or "[" in tail:
            return ""  # said as it stands
        tail = re.sub(r"^in\s", "", tail)
        return tail.upper() if len(tail) == 3 and tail.isalpha() else tail

    def _measured_in(self, name: str) -> str:
        """The unit that a name ends with, in brackets or not: ``dataGB`` -> ``GB``."""
        last = split_name(name)[-1:]
        if re.search(r"\d\W*[^\W\d_]+\W*$", name):
            last = []  # «(30 days)» is how long is looked back
        return self.plain(name)[1] or (self.units.get(last[0], "") if last else "")

    def _short(self, name: str) -> str:
        """The name without what most names of the table begin with; what this program puts before it stays."""
        own = naming.OWN.match(name) if name not in self.shorter else None
        before = own.group() if own else ""
        return before + self.shorter.get(name[len(before) :], name[len(before) :])

    def expand(self, name: str) -> str:
        """A column name as words: ``NumDealsPurchases`` -> ``number of deals purchases``, ``visits_L24M`` as is."""
        name = self._short(name)
        name = re.sub(r"^[Nn][º°]\s?", "no ", name)
        own = naming.OWN.match(name)
        before = own.group() if own else ""
        written = name[len(before) :]
        loud = written.isupper() and (self.loud or not self.table or naming.shouts(written))
        if month := self._month(written):
            return before + month
        found: list[str] = []
        told = self._in_context(list(naming.pieces(written)))
        if self._is_half_translated(told, loud=loud):
            kept = (p if self._keeps(p, loud=loud) else p.lower() for p, _ in told)
            return (before + " ".join("and" if p == "&" else p for p in kept)).strip()
        for piece, said in told:
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

    def _is_half_translated(self, told: Sequence[tuple[str, str | None]], *, loud: bool) -> bool:
        """Whether a word of another language would be said in English beside one that stays: «verzekerd amount».

        A number of something is one in any language: «anzahl» is not such a word.
        """
        low = [piece.lower() for piece, said in told if said is None]
        if not any(
            word in self.foreign and self.abbreviations[word] not in ("number of", "") for word in low
        ):
            return False
        return any(
            piece.lower() not in self.abbreviations
            and piece.lower() not in self.acronyms
            and piece.lower() not in self.english
            and piece.lower() not in self.international
            and not re.search(r"\d|%|&", piece)
            and not self._keeps(piece, loud=loud)
            for piece, said in told
            if said is None
        )

    def _keeps(self, piece: str, *, loud: bool) -> bool:
        """Whether the word keeps the capitals it is written with."""
        return piece.lower() not in self.ordinary and naming.as_written(piece, loud=loud)

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
        low = piece.replace("İ", "i").lower()  # else a dot of its own stays behind the i
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
        return piece if self._keeps(piece, loud=loud) else low

    def plain(self, name: str) -> tuple[str, str]:
        """A name without what is no word, and its unit: ``Data Used (GB)`` -> ``Data Used``, ``GB``."""
        name = self.shorter.get(name, name)
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
        if not unit and (last := self._last_unit(name)):
            unit = self.units.get(last, last)
            bare = re.sub(rf"(?<=[^\W_])[\s_-]+{last}\s*$", "", bare, flags=re.IGNORECASE)
        return (bare, unit) if split_name(bare) else (name, unit)

    def _last_unit(self, name: str) -> str:
        """The last word of a name, where it is the unit of what an earlier one says is measured, and no minimum."""
        words = split_name(name)
        text = " ".join(words)
        if len(words) < 2 or not any(pattern.fullmatch(text) for pattern in self.measured):
            return ""
        largest = " ".join([*words[:-1], "max"])
        return "" if words[-1] == "min" and largest in self.table else words[-1]

    def words(self, name: str, role: Role) -> ColumnWords:
        """How the column ``name`` of ``role`` is spoken of; every field that the role needs is filled."""
        given, name = name, self._short(name)
        bare, unit = self.plain(name)
        counted = _N.sub("numero ", bare)  # «N. ordini»
        keys = dict.fromkeys(" ".join(split_name(text)) for text in (given, name, bare, counted))
        own = next(
            (e.of(key) for key in keys for e in self.entries if e.fits(key, self.table)), ColumnWords()
        )
        if own == ColumnWords():
            own = self._with_tail(keys)
        if own == ColumnWords() and any(word in self.foreign for key in keys for word in key.split(" ")):
            # What one word of the name proves to be foreign is said as in a table of that language.
            others = self.domains.get(FOREIGN, ())
            own = next((e.of(key) for key in keys for e in others if e.fits(key, self.table)), own)
        if not own.noun and given in self.made:
            own = self._added_up(self.made[given])
        if unit and not own.unit:
            own = replace(own, unit=unit)
        default = self.roles.get(role, ColumnWords())
        when = "" if own.noun or self.daily or role not in _OF_TIME else moment(name)
        if when:  # «a high amount of August 2025», where a table says it by its head
            own = replace(own, noun=f"{_OF_TIME[role]} of {when}", title=own.title or when, plural=False)
        noun = own.noun or self.expand(bare)
        title = own.title or sentence_case(noun)
        if not own.noun:
            if role is Role.FLAG and not own.some:
                own, noun = self._flag(own, noun)
                title = own.title or sentence_case(noun)
            elif since := _SINCE.match(name):
                own, noun = self._since(own, name[since.end() :], role, since[0])
                title = own.title or sentence_case(noun)
            elif role is Role.RECENCY and (found := _RECENCY.fullmatch(noun)):
                own, noun = self._recency(own, found[1] or unit)
                title = own.title or sentence_case(noun)
            else:
                own, noun = self._counted(own, noun, role, split_name(name))
        turned = self._turned(name)
        if turned:
            noun, title = f"{noun} ({turned})", f"{title} ({turned})"
            own = replace(own, name=f"{own.name or title_case(own.noun or self.expand(bare))} ({turned})")
        tail = self.apart.get(given, "")
        named = own.name or title_case(noun)
        if tail == _COUNT:
            noun = f"number of {noun}"
            own, named = replace(own, plural=False, noun=noun), title_case(noun)
            default = replace(default, high="High {Noun}", low="Low {Noun}")
        elif tail:
            if tail == f"in {own.unit}":  # said once: «data in GB» and not «data in GB, GB»
                own = replace(own, unit="")
            noun, title, named = f"{noun} {tail}", f"{title} {tail}", f"{named} {tail}"
        plural = own.plural if own.plural is not None else looks_plural(noun)
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
                own, noun=f"{own.noun} {said}", title=f"{own.title or sentence_case(own.noun)} {said}",
                name=named if alone else f"{named} {title_case(said)}", plural=looks_plural(own.noun),
            )  # fmt: skip
        return ColumnWords()

    def _added_up(self, parts: Sequence[str]) -> ColumnWords:
        """What a sum of columns is called: ``giving from FY21 to FY25``, ``total spend``, ``wine and fish sales``."""
        what, how = naming.sum_of([self.expand(self.plain(part)[0]) for part in parts])
        if not what:
            return ColumnWords()
        if any(word in self.foreign for word in what.lower().split(" ")):
            what = self.expand(what)  # «spesa skipass» stays, but what all parts share is spending
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
            own, noun=noun, name=title_case(noun), title=sentence_case(noun), plural=looks_plural(what)
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
            return replace(own, plural=True), f"{plural_of(window[1])}{window[2]}"
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
            replace(own, plural=True, title=own.title or sentence_case(noun)),
            plural_of(head) if english else head,
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
                named = title_case(plural_of(core))
            own = replace(own, high=f"No Recent {named}", low=f"Recent {named}")
        return replace(own, plural=True), noun

    def _recency(self, own: ColumnWords, unit: str) -> tuple[ColumnWords, str]:
        """``Recency``: a low one is the good one, and «with low recency» would be read the other way round."""
        own = replace(
            own,
            plural=False,
            high_adjective=own.high_adjective or "Not Recently Active",
            low_adjective=own.low_adjective or "Recently Active",
        )
        if unit:
            own = replace(own, unit=unit, typical=own.typical or "was last active {x} ago")
        return own, "recency"

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
        bare = looks_plural(rest) or self.is_mass(rest)
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
        key = f"{' '.join(split_name(self._short(name)))} = {level.strip().lower()}"
        known = self.levels.get(key)
        return known if known is not None else level.replace("_", " ").strip()

    def member(self, name: str, level: str, role: Role) -> str:
        """What customers with the level are or do, plural verb: ``rent their home``; empty when nobody said so."""
        key = f"{' '.join(split_name(self._short(name)))} = {level.strip().lower()}"
        if key in self.members:
            return self.members[key]
        text = self.level(name, level)
        pattern = self.words(name, role).member
        if pattern and not is_code(text):
            return pattern.replace("{level}", text)
        return f"are {text.lower()}" if text.lower() in self.adjectives else ""

    def is_guarded(self, text: str) -> bool:
        """Whether words of the column or level are those of a mark before which nothing is sold, accents or none."""
        spoken = f" {folded(' '.join(split_name(text)))} "
        return any(f" {folded(phrase)} " in spoken for phrase in self.guarded)

    def is_mass(self, noun: str) -> bool:
        """Whether the noun takes no «a»: its head is a mass noun."""
        return head_of(noun).lower() in self.mass
