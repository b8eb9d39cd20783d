"""What an entry of the word lists holds: the words for a column, for a word in its context, for an action."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

USER = "user"
"""Source of the entries that the user's own file gives."""
EMPTY = ("", None, 0)
"""Field values that mean «not said here»."""


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
