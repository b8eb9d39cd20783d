"""Read the word lists, the shipped ones and the user's, and check them: a broken one is one error."""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import fields, replace
from importlib import resources
from pathlib import Path
from typing import Any

from reportgen.errors import LexiconError
from reportgen.lexicon.english import SMALL_WORDS
from reportgen.lexicon.entries import EMPTY, USER, ActionRule, ColumnEntry, ColumnWords, Reading
from reportgen.lexicon.speaking import FOREIGN, Lexicon
from reportgen.results import Role

_LISTS = (
    "acronyms", "adjectives", "mass", "per", "ordinary", "proper", "averages", "latest", "firsts", "best", "worst",
    "moments", "years", "done", "participles", "met", "verbs", "gone", "guarded",
    "unmarked", "owners", "international",
)  # fmt: skip
"""Keys of a file that hold a list of words..."""
_TABLES = ("units", "compounds", "aggregates")
"""...and tables of texts."""


_BESIDE = ("last", "past", "first")
"""English words of names that no list has, beside the small ones."""


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
    foreign: frozenset[str] = frozenset()
    for path in sorted((folder / "domains").iterdir(), key=lambda p: p.name):
        if path.name.endswith(".toml"):
            part = _read_text(path.read_text("utf-8"), path.name)
            domain = path.name.removesuffix(".toml")
            domains[domain] = part.entries
            domain_actions[domain] = part.actions
            levels.update(part.levels)
            members.update(part.members)
            abbreviations = {**part.abbreviations, **abbreviations}
            if domain == FOREIGN:
                foreign = frozenset(part.abbreviations) - frozenset(common.abbreviations)
            readings += part.readings
            tails.update(part.tails)
    lexicon = replace(
        common, foreign=foreign, english=_english(common, domains, abbreviations), domains=domains,
        domain_actions=domain_actions, levels=levels, members=members, abbreviations=abbreviations,
        readings=readings, tails=tails,
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
        foreign=lexicon.foreign - frozenset(user.abbreviations),
        readings=user.readings + lexicon.readings,
        measured=user.measured + lexicon.measured,
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


def _english(
    common: Lexicon, domains: dict[str, tuple[ColumnEntry, ...]], abbreviations: dict[str, str]
) -> frozenset[str]:
    """All words that are said, and those by which columns with English names are known; there is no dictionary."""
    texts = list(abbreviations.values())
    for domain, entries in [("", common.entries), *domains.items()]:
        for entry in entries:
            texts += [str(getattr(entry.words, item.name)) for item in fields(ColumnWords)]
            texts += [] if domain == FOREIGN else [entry.match.pattern]
    texts += [*common.mass, *common.per, *common.done, *common.participles, *common.met, *common.verbs]
    texts += [*common.adjectives, *common.units.values(), *SMALL_WORDS, *_BESIDE]
    return frozenset(word for text in texts for word in re.findall(r"[^\W\d_]{2,}", text.lower()))


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
                "measured",
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
        measured=tuple(
            _pattern({"measured": pattern}, "measured", place)
            for pattern in _plain_list(data, "measured", place)
        ),
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
    return frozenset(item.lower() for item in _plain_list(data, key, place))


def _plain_list(data: dict[str, Any], key: str, place: str) -> list[str]:
    items = data.get(key, [])
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise LexiconError(f'{place}: {key} must be a list of words, like ["one", "two"].')
    return items


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
