"""Turn a draft of words into its role and its levels: categories, flags, ids, names, free text.

Thresholds are those of METHODS.md 1.6; words are in ``lexicon/tokens.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from reportgen.columns import bulk, cell_values, duration_cells, scales
from reportgen.columns import roles as choose
from reportgen.columns import wording as say
from reportgen.columns.drafts import Draft
from reportgen.columns.reading import Reading
from reportgen.lexicon.tokens import has
from reportgen.results import Role, Use

UNIQUE = 0.95
"""Share of different values from which a column can be an id (METHODS.md 1.6)."""
SHOWN_LEVELS = 100
"""A text column with at most so many levels still describes segments."""
FEWEST_NOTES = 5
"""Cells that are all different and so no levels, however many are blank: remarks about single customers."""
MARKED = 0.01
"""Share of the rows that must be marked, and blank, for blank cells to say no."""
BLANK = frozenset({"", "-", "–", "—", "－"})
"""Cells that say no where all others say yes."""
REPEATS = 0.5
"""A customer number with fewer different values than this share of the rows means transactions."""


class Levels(Reading):
    """The columns of words get their role, their use and the reason; and what those of numbers need of it."""

    def set(self, draft: Draft, role: Role, use: Use, reason: str) -> None:
        """Write a decision down."""
        draft.role, draft.use, draft.reason = role, use, reason

    def guessed(self, draft: Draft, choice: choose.Choice) -> None:
        """Remember a guess, to be told with those like it."""
        if choice.guess:
            self.roles_guessed.setdefault(choice, []).append(draft.name)

    def set_repeated(self, draft: Draft) -> bool:
        """An id of which some values stand in several rows."""
        self.set(draft, Role.ID, Use.LEFT_OUT, "its name says that it is an id, although values repeat")
        return True

    def decide_words(self, draft: Draft, forced: Role | None, because: str = "") -> None:
        """Role and use of a column of words, and its levels."""
        tokens, words = self.tokens, draft.words
        cells = draft.by_value()
        if len(cells.values) > max(SHOWN_LEVELS * 3, 1000):
            self.many_words(draft, cells, because)
            return
        written = cells.values.to_pylist()
        missing = {value for value in written if self.void(value)}
        if {v.upper() for v in missing} & {"NA"} and self.country_codes(
            draft, set(written) - {v for v in missing if v.upper() != "NA"}
        ):
            missing = {value for value in missing if value.upper() != "NA"}
            self.note(
                "na-is-a-country",
                f"“NA” in {draft.name} is a country or a region, not a missing value.",
                draft.name,
            )
        levels = {_key(value) for value in written if value not in missing}
        if len(levels) == 1:  # 無 is a missing value elsewhere, and the no of 有
            missing = {value for value in missing if self.boolean(draft, [_key(value), *levels]) is None}
        unsure = {_key(value) for value in written} & tokens.missing_in_flags
        if unsure and self.boolean(draft, list(levels - unsure)) is not None:
            missing |= {value for value in written if _key(value) in unsure}
        count_of = dict(zip(written, cells.counts.tolist(), strict=True))
        self.tell_missing(draft, {value: count_of[value] for value in sorted(missing) if value})
        groups: dict[str, dict[str, int]] = {}
        for value, k in zip(written, cells.counts, strict=True):
            if value not in missing:
                groups.setdefault(_key(value), {})[value] = int(k)
        names = {key: max(sorted(ways), key=lambda way: ways[way]) for key, ways in groups.items()}
        merged = sum(len(ways) > 1 for ways in groups.values())
        if merged and len(groups) <= SHOWN_LEVELS:
            self.note(
                "levels-merged",
                f"{merged} {'level' if merged == 1 else 'levels'} of {draft.name} "
                f"{'is' if merged == 1 else 'are'} written with different capitals or spaces; "
                "each counts as one.",
                draft.name,
            )
        draft.distinct = len(groups)
        counts = {key: sum(ways.values()) for key, ways in groups.items()}
        known = sum(counts.values())
        if not groups:
            self.set(draft, Role.EMPTY, Use.LEFT_OUT, "it has no values")
            return
        if draft.name.strip().lower() in tokens.errors:
            self.set(draft, Role.TEXT, Use.LEFT_OUT, "its name is an error of a spreadsheet")
            return
        if len(groups) == 1:
            if forced is None and known < self.n and self.marked(draft, names):
                return
            draft.levels = tuple(names.values())
            draft.values = np.array([np.nan if value in missing else 0.0 for value in written])[cells.codes]
            reason = "every row has the same value" if known == self.n else "only one value, or none"
            self.set(draft, Role.CONSTANT, Use.LEFT_OUT, reason)
            return
        place = has(words, tokens.geography)
        if has(words, tokens.called) and forced is None:
            self.set(draft, Role.TEXT, Use.LEFT_OUT, "a person's name or address")
            return
        if (
            (len(groups) >= UNIQUE * known and known >= min(FEWEST_NOTES, UNIQUE * self.n))
            or (len(groups) > choose.MOST_CODES and self.repeats_customers(draft, len(groups)))
            or len(groups) > SHOWN_LEVELS
            or (place is not None and len(groups) > choose.MOST_CODES)
        ):
            self.many_words(draft, cells, because)
            return
        order = self.order(draft, list(groups), names)
        draft.levels = tuple(names[key] for key in order)
        position = {value: float(order.index(key)) for key, ways in groups.items() for value in ways}
        draft.values = np.array([position.get(value, np.nan) for value in written])[cells.codes]
        last = draft.place == len(self.table.header) - 1
        outcome = choose.target(words, len(groups), last, tokens) or choose.ended(
            words, [names[key] for key in order], tokens
        )
        pair = self.boolean(draft, list(groups))
        if outcome is not None:
            self.set(draft, outcome.role, Use.PROFILE, outcome.reason)
        elif len(groups) > choose.MOST_CODES:
            self.set(
                draft, Role.CATEGORY, Use.PROFILE, f"{len(groups)} levels are too many to make segments from"
            )
        elif pair is not None:
            self.set(draft, Role.FLAG, Use.CLUSTERING, f"only “{draft.levels[0]}” and “{draft.levels[1]}”")
        elif draft.ordered:
            self.set(draft, Role.CATEGORY, Use.CLUSTERING, f"{len(groups)} levels with an order")
        else:
            self.set(draft, Role.CATEGORY, Use.CLUSTERING, because or f"{len(groups)} levels")

    def order(self, draft: Draft, keys: list[str], names: Mapping[str, str]) -> list[str]:
        """Levels low to high when they have an order (noted), no before yes, else by name."""
        pair = self.boolean(draft, keys)
        if pair is not None:
            return list(pair)
        steps: Sequence[object] | None = scales.scale_order(keys, self.tokens)
        if steps is None:
            steps = scales.band_order(keys, self.tokens)
        if steps is None:
            return sorted(keys, key=_natural)
        ranked = [
            key for _, key in sorted(zip(steps, keys, strict=True), key=lambda item: (item[0], item[1]))
        ]
        draft.ordered = True
        self.note(
            "ordered-levels",
            f"The levels of {draft.name} were taken in this order: "
            f"{' < '.join(names[key] for key in ranked)}.",
            draft.name,
        )
        return ranked

    def many_words(self, draft: Draft, cells: cell_values.Distinct, because: str) -> None:
        """Words with (nearly) as many values as rows, or too many levels: ids, names, free text, places."""
        void = draft.void_values(self.tokens)
        known = int(cells.counts[~void].sum())
        draft.distinct = int((~void).sum())
        if draft.name in self.forced:  # otherwise no value of such a column is ever asked for
            draft.values = np.where(void[cells.codes], np.nan, cells.codes.astype(float))
        draft.levels = ()
        words, tokens = draft.words, self.tokens
        place, person = has(words, tokens.geography), has(words, tokens.person)
        sample = cells.values.take(pa.array(np.flatnonzero(~void)[:200])).to_pylist()
        lengthy = bool(sample) and float(np.mean([_is_prose(v) for v in sample])) > 0.3
        named = choose.names_id(words, tokens) or has(words, tokens.customer)
        if place is not None:
            self.set(
                draft, Role.TEXT, Use.LEFT_OUT, f"a place on the map, by “{' '.join(place)}” in its name"
            )
        elif not named and not lengthy and self.is_money(draft, sample):
            self.set(
                draft, Role.TEXT, Use.LEFT_OUT, "money by its name, but its cells cannot be read as numbers"
            )
            self.note(
                "amounts-unread",
                f"{draft.name} is money by its name, but its cells cannot be read as numbers "
                f"({', '.join(f'“{cell[:30]}”' for cell in sample[:2])}); write them alike, as plain numbers.",
                draft.name,
                warning=True,
            )
        elif duration_cells.clock(cells, tokens):
            self.set(draft, Role.TEXT, Use.LEFT_OUT, "times of day")
        elif draft.distinct >= UNIQUE * known and known >= UNIQUE * self.n and not lengthy:
            reason = (
                "its name and its values, all different, say that it is an id"
                if named
                else (
                    "every value is different"
                    if draft.distinct == known
                    else "nearly every value is different"
                )
            )
            self.set(draft, Role.ID, Use.LEFT_OUT, reason)
            if not named and person is None:
                self.guessed(draft, choose.Choice(role=Role.ID, reason=reason, guess=True))
        elif self.repeats_customers(draft, draft.distinct):
            self.set_repeated(draft)
        elif person is not None:
            self.set(draft, Role.TEXT, Use.LEFT_OUT, "a person's name or address")
        elif lengthy:
            self.set(draft, Role.TEXT, Use.LEFT_OUT, "free text")
        else:
            self.set(draft, Role.TEXT, Use.LEFT_OUT, f"text with {draft.distinct:,} different values")

    def marked(self, draft: Draft, ways: Mapping[str, str]) -> bool:
        """A column of one mark (``x``, ``yes``) and blank cells, which then say no; whether it is one."""
        yes = {_key(yes) for _, yes in self.tokens.booleans} | self.tokens.marks
        [(key, written)] = ways.items()
        if key not in yes:
            return False
        cells = draft.by_value()
        texts = cells.values.to_pylist()
        said = np.array([_key(text) == key for text in texts])
        if draft.numbers is not None:
            said[np.unique(cells.codes[~np.isnan(draft.values)])] = True
        blank = np.array([text.strip() in BLANK for text in texts])
        rows = int(cells.counts[blank].sum())
        if rows < MARKED * self.n or int(cells.counts[said].sum()) < MARKED * self.n:
            return False
        coded = np.where(said, 1.0, np.where(blank, 0.0, np.nan))
        draft.values, draft.levels, draft.distinct = coded[cells.codes], ("no", written), 2
        outcome = choose.target(draft.words, 2, draft.place == len(self.table.header) - 1, self.tokens)
        if outcome is not None:
            self.set(draft, outcome.role, Use.PROFILE, outcome.reason)
        else:
            self.set(draft, Role.FLAG, Use.CLUSTERING, f"only “{written}” and blank cells")
        signs = sorted({text.strip() for text in texts} & BLANK)
        empty = " or ".join(f"“{sign}”" if sign else "blank" for sign in signs)
        self.note(
            "blank-is-no",
            f"{say.cells(rows)} of {draft.name} {say.are(rows)} {empty} and all others say “{written}”; "
            f"{empty} was taken to mean no.",
            draft.name,
            warning=True,
        )
        # A dash that says no is not missing, whatever was noted before.
        self.notes = [
            note for note in self.notes if (note.code, note.place) != ("missing-tokens", draft.name)
        ]
        neither = np.flatnonzero(~said & ~blank)
        self.tell_missing(draft, {texts[i]: int(cells.counts[i]) for i in neither})
        return True

    def void(self, cell: str) -> bool:
        """Whether a cell says that there is no value."""
        text = cell.strip().lower()
        return not text or text in self.tokens.missing or text in self.tokens.errors

    def boolean(self, draft: Draft, keys: Sequence[str]) -> tuple[str, str] | None:
        """The no and the yes, when these are all the levels; a region N or S is north or south."""
        if all(len(key) == 1 for key in keys) and has(draft.words, self.tokens.category):
            return None
        for no, yes in self.tokens.booleans:
            if set(keys) == {_key(no), _key(yes)}:
                return _key(no), _key(yes)
        return None

    def country_codes(self, draft: Draft, levels: Iterable[str]) -> bool:
        """Whether all levels are capitals, and there are several: then NA is Namibia, or North America."""
        filled = [level for level in levels if level]
        if has(draft.words, self.tokens.regions):  # beside EMEA and APAC
            return len(filled) >= 3 and all(re.fullmatch(r"[A-Z]{2,5}", level) for level in filled)
        return len(filled) >= 4 and all(re.fullmatch(r"[A-Z]{2}", level) for level in filled)

    def is_money(self, draft: Draft, sample: Sequence[str]) -> bool:
        """Whether a name speaks of money and most cells have digits that are no code of letters and digits."""
        money = (Role.AMOUNT, Role.INCOME, Role.BALANCE, Role.LIMIT)
        if not any(has(draft.words, entry.strong) for entry in self.tokens.roles if entry.role in money):
            return False
        if has(draft.words, self.tokens.durations):  # time spent
            return False
        amounts = sum(
            re.search(r"(^|[^\w/-])\d+([.,:' ]\d+)*([^\w/-]|$)", cell) is not None for cell in sample
        )
        return amounts > len(sample) / 2

    def is_customer_number(self, draft: Draft) -> bool:
        """Whether a name says that its column tells customers apart."""
        words, tokens = draft.words, self.tokens
        if len(words) > 3 or has(words, tokens.customer) is None or not choose.names_id(words, tokens):
            return False
        if has(words, tokens.others):
            return False
        if words[-1:] not in tokens.customer_alone and has(words[-1:], tokens.customer) and len(words) > 1:
            return False  # the number of customers
        if draft.numbers is not None:
            shape = draft.shape()
            named = choose.by_name(words, shape, tokens, draft.unit)
            if named is not None and named.role is not Role.COUNT:
                return False
        return draft.name not in self.forced

    def repeats_customers(self, draft: Draft, different: int) -> bool:
        """Whether ids of customers stand in a few rows more than once."""
        return self.is_customer_number(draft) and different >= REPEATS * self.n

    @staticmethod
    def different_cells(draft: Draft) -> int:
        """Different cells, as text; empty ones are not counted."""
        if bulk.all_different(bulk.one_array(draft.cells)):
            different = len(draft.cells)
        else:
            different = int(pc.count_distinct(draft.cells).as_py())
        return different - bool(pc.any(pc.equal(draft.cells, "")).as_py())


def _key(text: str) -> str:
    """A level without regard to capitals and spaces; the two i of Turkish are one, as ``HAYIR`` is ``hayır``."""
    key = " ".join(text.split()).casefold()
    return key if key.isascii() else key.replace("i\u0307", "i").replace("ı", "i")


def _natural(key: str) -> tuple[tuple[int, float, str], ...]:
    """Sort ``2`` before ``10``."""
    pieces = re.split(r"(\d+)", key)
    return tuple((0, float(p), "") if p.isdecimal() else (1, 0.0, p) for p in pieces if p)


def _is_prose(cell: str) -> bool:
    """Whether a cell is a sentence or more, rather than a code in blocks."""
    return len(re.findall(r"[^\W\d_]{2,}", cell)) > 3 and " " in cell.strip()
