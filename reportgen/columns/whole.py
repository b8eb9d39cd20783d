"""Turn decided drafts into Columns: what follows from what, and which money matters.

Here columns are looked at together: sums, repetitions and dummies are found, totals are made, and what was asked for in
options is done.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from reportgen.columns import dummies, relations, totals
from reportgen.columns import roles as choose
from reportgen.columns import wording as say
from reportgen.columns.deciding import EXACT, FEWEST_ROWS, MOSTLY_MISSING, NEVER_CLUSTERED, WORDY
from reportgen.columns.deriving import Deriving
from reportgen.columns.drafts import Draft, Texts, count_different
from reportgen.errors import InputError, OptionError
from reportgen.lexicon.tokens import has, split_name
from reportgen.results import SUM_OF_PERIODS, Column, Columns, Derived, PartWhole, Role, Use

if TYPE_CHECKING:
    from reportgen.results import Floats

FEWEST_COLUMNS = 2
COUNTED = frozenset({Role.COUNT, Role.SCORE})
"""Roles of what is no money and may be counted in thousands all the same."""
DASHES = frozenset({"-", "–", "—"})
"""Cells that books write for nothing."""
FEWEST_AMOUNTS = 10
"""Different values from which a column can be an amount that was summed."""
FEWEST_BLANK, PROVED = 10, 0.99
"""Rows with blank parts that a sum must have, and the share of them in which it must be right."""
FEWEST_DASHES, MOST_DASHES = 0.2, 0.95
"""Share of the cells of an amount that are dashes: more than what is ever not known, and some amounts are left."""
LARGER = 20.0
"""What a customer's own company turns over is so many times what it pays to us; a year is twelve months."""
EXACTLY = 0.9999
"""From here two columns say the same, below it nearly the same."""
ALIGNED = 0.5
"""Share of the rows with a run of spaces from which their columns are aligned with them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Totals:
    """The columns with the totals among them, and what these are the wholes of."""

    drafts: list[Draft]
    wholes: tuple[PartWhole, ...]


class Understanding(Deriving):
    """One run of ``understand``: the line from the table to its columns."""

    def run(
        self,
        *,
        features: tuple[str, ...],
        ignore: tuple[str, ...],
        id_column: str | None,
        value_column: str | None,
    ) -> Columns:
        """See ``understand``."""
        known = self.table.header
        made_of = (say.since, say.years, say.age)
        derivable = [*known, *(make(name) for make in made_of for name in known)]
        for option, names, allowed in (
            ("--features", features, derivable),
            ("--ignore", ignore, derivable),
            ("--id", (id_column,) if id_column else (), known),
            ("--value", (value_column,) if value_column else (), known),
            ("roles", tuple(self.forced), known),
        ):
            for name in names:
                if name not in allowed and not may_be_made(name, known):  # what is made is known later
                    raise OptionError(say.unknown(option, name, known))
        if self.n < FEWEST_ROWS:
            raise InputError(
                f"{self.table.name}: {self.n} {'row' if self.n == 1 else 'rows'} of customers; "
                f"segments need at least {FEWEST_ROWS}"
            )
        drafts = self.read()
        sums = self.fill_blank_parts(drafts, ignore)
        self.dashes_are_zero(drafts, ignore)
        self.find_batteries(drafts)
        for draft in drafts:
            self.decide(draft)
        self.like_outcomes(drafts)
        self.like_their_whole(drafts, sums)
        self.find_periods(drafts)
        self.own_turnover(drafts)
        self.scores_of_rfm(drafts)
        self.partly_predicted(drafts)
        self.tell_guesses()
        identity = self.identify(drafts, id_column)
        self.measure(drafts)
        drafts = self.derive(self.gather_dummies(drafts, ignore))
        for draft in drafts:
            if draft.name in ignore:
                draft.use, draft.reason = Use.LEFT_OUT, "left out on request"
        wholes, repeated = self.relate(drafts)
        self.currencies(drafts)
        made = self.totals(drafts, wholes)
        drafts, wholes = made.drafts, (*wholes, *made.wholes)
        self.check_made(
            drafts, ("--features", features), ("--ignore", ignore), ("--value", (value_column or "",))
        )
        for draft in drafts:
            if draft.name in ignore:
                draft.use, draft.reason = Use.LEFT_OUT, "left out on request"
        behaviour = tuple(d.name for d in drafts if d.use is Use.CLUSTERING)
        if len(behaviour) < FEWEST_COLUMNS and len(features) < FEWEST_COLUMNS:
            self.too_few(drafts, behaviour)
        self.select(drafts, features)
        money = self.value(drafts, wholes, value_column)
        for draft in drafts:
            if draft.use is not Use.CLUSTERING and draft.role is not Role.ID and not features:
                verb = (
                    "is left out"
                    if draft.use is Use.LEFT_OUT
                    else "describes the segments but does not make them"
                )
                code = "column-left-out" if draft.use is Use.LEFT_OUT else "column-profile-only"
                self.note(code, f"{draft.name} {verb}: {draft.reason}.", draft.name)
        for draft in drafts:
            if draft.role is Role.DATE and draft.dates is None and draft.numbers is not None:
                draft.values = _first_of_january(draft.values)  # years of birth, now that ages are made
        customers = Texts(self.table.cells[identity]) if identity else tuple(map(str, range(1, self.n + 1)))
        return Columns(
            columns=tuple(self.finish(draft) for draft in drafts),
            customers=customers,
            id_column=identity,
            decimal=self.mark,
            rows_read=self.table.rows_read,
            rows_used=self.n,
            rows_gathered=self.table.rows_gathered,
            part_wholes=wholes,
            derived=repeated,
            behaviour=behaviour,
            value_column=money,
            notes=tuple(self.notes),
        )

    def fill_blank_parts(self, drafts: Sequence[Draft], ignore: tuple[str, ...]) -> tuple[PartWhole, ...]:
        """Blank cells of the parts of a sum are 0 where the sum proves it: a pivot table leaves out what is not there.

        The whole must be the sum of its parts in (nearly) all rows in which a part is blank, so that a sum by chance,
        or a part that is not known, changes nothing. Returns the sums that prove it.
        """
        proving: list[PartWhole] = []
        amounts = [
            d for d in drafts
            if d.numbers is not None and not (d.numbers.words or d.numbers.infinite) and d.name not in ignore
            and self.forced.get(d.name) not in (*NEVER_CLUSTERED, Role.CATEGORY, Role.FLAG)
            and set(d.numbers.tokens or ()) <= DASHES
        ]  # fmt: skip
        values = [d.numbers.values for d in amounts if d.numbers is not None]
        step = max(1, -(-self.n // relations.ROWS))
        some = [v[::step] for v in values]  # a sum that is not in a sample is not in the table
        usable = [
            i for i, v in enumerate(some)
            if not np.isnan(v).all() and 0 <= np.nanmin(v) <= np.nanmax(v) < EXACT
            and np.unique(v).size > FEWEST_AMOUNTS
        ]  # fmt: skip
        if len(usable) > relations.MOST_PARTS or not any(np.isnan(some[i]).any() for i in usable):
            return ()
        names = [amounts[i].name for i in usable]
        for found in relations.part_wholes(names, [np.nan_to_num(some[i], nan=0.0) for i in usable]):
            whole, *parts = (usable[names.index(name)] for name in (found.whole, *found.parts))
            blank = {i: np.isnan(values[i]) & ~np.isnan(values[whole]) for i in parts}
            filled = np.sum([np.where(np.isnan(values[i]), 0.0, values[i]) for i in parts], axis=0)
            right = np.abs(filled - values[whole]) <= 0.005 * (len(parts) + 1) + 1e-6 * values[whole]
            rows = np.any(list(blank.values()), axis=0)
            holds = float(right[~np.isnan(values[whole])].mean())
            if rows.sum() < FEWEST_BLANK or right[rows].mean() < PROVED or holds < relations.HOLDS:
                continue
            proving.append(found)
            changed = [i for i in parts if blank[i].any()]
            for i in changed:
                draft = amounts[i]
                assert draft.numbers is not None
                there = np.where(blank[i], 0.0, values[i])
                draft.numbers = replace(draft.numbers, values=there)
                draft.values, draft.distinct = there, count_different(there)
                self.notes = [n for n in self.notes if (n.code, n.place) != ("missing-tokens", draft.name)]
            self.note(
                "blank-is-zero",
                f"Blank cells of {say.listed([amounts[i].name for i in changed])} were taken for 0, because only then "
                f"is {found.whole} the sum of {say.listed(found.parts)} (in {say.percent(holds)} of the rows).",
                amounts[changed[0]].name,
                warning=True,
            )
        return tuple(proving)

    def dashes_are_zero(self, drafts: Sequence[Draft], ignore: tuple[str, ...]) -> None:
        """A dash among amounts is how books and spreadsheets write 0; with a sign of money before it, it surely is.

        A dash alone is taken for 0 only where nothing else can be meant: no amount of the column is written as 0, the
        dashes are too many to be not known, cells that are not known are blank in this table, and dashes stand in no
        column of words, dates, ages or the like.
        """
        free = [
            d for d in drafts
            if d.numbers is not None and d.numbers.tokens and d.name not in ignore and d.name not in self.forced
            and self.n >= FEWEST_ROWS
        ]  # fmt: skip
        for draft in free:
            assert draft.numbers is not None
            tokens = draft.numbers.tokens or {}
            signed = {t for t in tokens if self.pattern.nothing.fullmatch(t.strip())}
            if signed:
                self.take_for_zero(draft, signed)
        amounts = [d for d in free if self.may_be_nothing(d)]
        if not amounts or not any(pc.any(pc.equal(d.cells, "")).as_py() for d in drafts):
            return
        counted = [d for d in drafts if d.numbers is not None and self.is_flow(d, (Role.AMOUNT, Role.COUNT))]
        others = [d for d in drafts if d not in counted]
        dashes = pa.array(sorted(DASHES), pa.large_string())
        if any(pc.any(pc.is_in(d.cells, value_set=dashes)).as_py() for d in others):
            return
        for draft in amounts:
            self.take_for_zero(
                draft, {t for t in (draft.numbers and draft.numbers.tokens) or {} if t.strip() in DASHES}
            )

    def is_flow(self, draft: Draft, roles: tuple[Role, ...]) -> bool:
        """Whether a column of numbers has by its name one of some roles."""
        named = self.named(draft, choose.Shape.of(*self.known_of(draft)))
        return named is not None and named.role in roles

    def known_of(self, draft: Draft) -> tuple[Floats, int, int]:
        """The numbers of a draft that is not decided yet, its rows and how many different numbers there are."""
        assert draft.numbers is not None
        values = draft.numbers.values
        return values[~np.isnan(values)], self.n, count_different(values)

    def may_be_nothing(self, draft: Draft) -> bool:
        """Whether the dashes of a column stand among amounts of which none is 0, and that 0 can be added to."""
        assert draft.numbers is not None
        dashes = {t: k for t, k in (draft.numbers.tokens or {}).items() if t.strip() in DASHES}
        if not FEWEST_DASHES * self.n <= sum(dashes.values()) <= MOST_DASHES * self.n:
            return False
        known, _, different = self.known_of(draft)
        if draft.numbers.words or known.size < FEWEST_ROWS or different <= FEWEST_AMOUNTS or known.min() <= 0:
            return False
        single = (*self.tokens.totals_singles, *self.tokens.prices, *self.tokens.unit_prices)
        return has(draft.words, single) is None and self.is_flow(draft, (Role.AMOUNT,))

    def take_for_zero(self, draft: Draft, said: set[str]) -> None:
        """Read some cells as 0, and say so."""
        numbers = draft.numbers
        assert numbers is not None
        cells = draft.by_value()
        zero = np.asarray(pc.is_in(cells.values, value_set=pa.array(sorted(said), pa.large_string())))[
            cells.codes
        ]
        kept = {t: k for t, k in (numbers.tokens or {}).items() if t not in said}
        values = np.where(zero, 0.0, numbers.values)
        draft.numbers = replace(numbers, values=values, tokens=kept, read=numbers.read + int(zero.sum()))
        draft.values, draft.distinct = values, count_different(values)
        self.notes = [n for n in self.notes if (n.code, n.place) != ("missing-tokens", draft.name)]
        self.tell_missing(
            draft, {t: k for t, k in kept.items() if t.strip().lower() not in self.tokens.errors}
        )
        alone = any(t.strip() in DASHES for t in said)
        why = (
            " no other cell of the column is 0, and what is not known is blank in this table" if alone else ""
        )
        number = int(zero.sum())
        self.note(
            "dash-is-zero",
            f"{say.cells(number)} of {draft.name} {say.says(number)} {', '.join(f'“{t}”' for t in sorted(said)[:3])}, "
            f"which was taken for 0 as books write it{':' if why else ''}{why}.",
            draft.name,
            warning=alone,
        )

    def like_their_whole(self, drafts: Sequence[Draft], sums: Sequence[PartWhole]) -> None:
        """Parts of money are money, where their names say nothing else."""
        by_name = {d.name: d for d in drafts}
        for found in sums:
            whole = by_name[found.whole]
            for part in (by_name[name] for name in found.parts):
                if (
                    whole.role is Role.AMOUNT
                    and whole.sure
                    and not part.sure
                    and part.use is not Use.LEFT_OUT
                ):
                    part.role, part.reason, part.sure = Role.AMOUNT, f"a part of {whole.name}", True
                    for names in self.roles_guessed.values():
                        names[:] = [name for name in names if name != part.name]

    def own_turnover(self, drafts: Sequence[Draft]) -> None:
        """The turnover of a customer's own company is how large it is, where another money is what it pays to us."""
        tokens = self.tokens
        money = [
            d for d in drafts
            if d.role is Role.AMOUNT and d.sure and d.use is not Use.LEFT_OUT and self.is_quantity(d)
            and d.name not in self.forced
        ]  # fmt: skip
        sized = [d for d in money if has(d.words, (*tokens.value_own, *tokens.value_own_surely))]
        passing = (*tokens.value_behind, *tokens.value_worth)
        paid = [
            d for d in money
            if d not in sized and has(d.words, tokens.value) and not has(d.words, passing)
            and np.nanmax(d.values) > 0
        ]  # fmt: skip
        if not sized or not paid:
            return
        most = max(_middle(d) for d in paid)
        for draft in sized:
            if has(draft.words, tokens.value_own_surely) or _middle(draft) >= LARGER * most:
                choice = choose.Choice(
                    role=Role.INCOME, reason="the turnover of the customer's own company", guess=True
                )
                self.set(draft, choice.role, draft.use, choice.reason)
                self.guessed(draft, choice)

    def gather_dummies(self, drafts: list[Draft], ignore: tuple[str, ...]) -> list[Draft]:
        """Columns of 0 and 1 that are one category become that category, which stands after the last of them.

        The words that a single column would hold are written and decided like any other column of words, so that the
        same customers make the same segments, whichever way the table is written.
        """
        flags = [
            d for d in drafts
            if d.role is Role.FLAG and d.use is not Use.LEFT_OUT and d.name not in self.forced
            and d.name not in ignore
        ]  # fmt: skip
        prefixes = frozenset(" ".join(words) for words in self.tokens.flag_prefixes)
        after: dict[str, Draft] = {}
        names = set(self.table.header)
        for hot in dummies.one_hots([d.name for d in flags], [d.values for d in flags], prefixes):
            members = [flags[i] for i in hot.members]
            listed = [d.name for d in members]
            title = hot.title if hot.title not in names else dummies.one_of(listed)
            place = np.full(self.n, len(members) if hot.rest else len(members) + 1)
            for i, member in enumerate(members):
                place[member.values == 1] = i
            words = pa.array([*hot.levels, dummies.NONE, ""], pa.large_string()).take(pa.array(place))
            last = max(members, key=lambda d: d.place)
            made = Draft(
                name=title, words=split_name(title), place=last.place, cells=pa.chunked_array([words]),
                derived_from=", ".join(listed), derivation=f"which of {len(members)} columns is 1",
            )  # fmt: skip
            if title in names or sum(not self.void(level) for level in hot.levels) < 2:
                continue
            names.add(title)
            self.note(
                "dummies-gathered",
                f"{say.listed(listed)} say in 0 and 1 what one column with {len(members)} levels would say; "
                f"they were taken for that column ({title}).",
                title,
            )
            self.decide_words(made, None)
            if made.use is Use.CLUSTERING:
                self.limit(made)
            for member in members:
                member.use = Use.LEFT_OUT
                member.reason = f"one of the {len(members)} columns that say “{title}”"
            after[last.name] = made
        return [d for draft in drafts for d in (draft, after.get(draft.name)) if d is not None]

    def relate(self, drafts: Sequence[Draft]) -> tuple[tuple[PartWhole, ...], tuple[Derived, ...]]:
        """Sums of parts, and columns that repeat others (these leave the clustering)."""
        money = (Role.AMOUNT, Role.BALANCE, Role.LIMIT, Role.COUNT)
        summable = [
            d for d in drafts
            if d.role in money and d.use is not Use.LEFT_OUT and not d.levels
            and d.distinct > (10 if d.role is Role.COUNT else 2)
        ]  # fmt: skip
        wholes: tuple[PartWhole, ...] = ()
        for group in (
            [d for d in summable if d.role is not Role.COUNT],
            [d for d in summable if d.role is Role.COUNT],
        ):
            wholes += relations.part_wholes([d.name for d in group], [d.values for d in group])
        for whole in wholes:
            self.note(
                "part-whole",
                f"{whole.whole} is the sum of {say.listed(whole.parts)} in {say.percent(whole.holds)} of the rows.",
                whole.whole,
            )
        compared = [
            d for d in drafts
            if d.use is Use.CLUSTERING and d.distinct > 2 and (not d.levels or d.ordered)
        ]  # fmt: skip
        repeated = relations.duplicates(
            [d.name for d in compared], [d.values for d in compared], [whole.whole for whole in wholes]
        )
        if max(len(summable), len(compared)) > relations.MOST_COLUMNS:
            self.note(
                "wide-table",
                f"Only the first {relations.MOST_COLUMNS} columns were searched for sums and repetitions.",
            )
        by_name = {d.name: d for d in drafts}
        for item in repeated:
            by_name[item.column].use = Use.PROFILE
            nearly = "" if item.holds > EXACTLY else "nearly "
            by_name[item.column].reason = f"it says {nearly}the same as {item.sources[0]}"
            self.note(
                "repeats-another",
                f"{item.column} puts the customers in {nearly}the same order as {item.sources[0]}, "
                "so only the latter makes segments.",
                item.column,
            )
        return wholes, repeated

    def currencies(self, drafts: Sequence[Draft]) -> None:
        """Amounts in several currencies: said, for nothing here can change money; the column makes no segments."""
        money = (Role.AMOUNT, Role.BALANCE, Role.LIMIT, Role.INCOME)
        codes = self.tokens.currencies | {sign.casefold() for sign in self.tokens.money}
        usual = {sign.casefold() for sign in self.tokens.money}
        amounts = [
            d.name for d in drafts
            if d.role in money and d.use is not Use.LEFT_OUT and not codes & set(d.words)  # "spend usd" is in dollars
        ]  # fmt: skip
        for draft in drafts:
            levels = {level.casefold() for level in draft.levels}
            if draft.role not in (Role.CATEGORY, Role.TARGET) or len(levels) < 2 or not amounts:
                continue
            # "top" and "all" are codes too; one of them at least is of money that is met often.
            if not (levels <= codes and levels & usual) and not has(draft.words, self.tokens.currency):
                continue
            listed = (
                say.listed(draft.levels) if len(levels) <= 8 else f"{', '.join(draft.levels[:6])} and others"
            )
            self.note(
                "currencies-mixed",
                f"The amounts ({say.listed(amounts)}) are in {len(levels)} currencies, by {draft.name} ({listed}), and "
                "were compared and added as they are; build one currency at a time.",
                draft.name,
                warning=True,
            )
            if draft.use is Use.CLUSTERING and draft.name not in self.forced:
                draft.use, draft.reason = Use.PROFILE, "it says in which currency the amounts are"

    def measure(self, drafts: Sequence[Draft]) -> None:
        """Currency and scale from the name of money, where the cells name no other currency.

        Numbers that are no money may be thousands as well, by the brackets in their name: «Vitamin K» are not.
        """
        for draft in drafts:
            said, numbers = draft.header, draft.numbers
            if said is None or numbers is None or draft.levels or draft.timed:
                continue
            money = draft.role in choose.MONEY
            signs = {unit for unit in numbers.units or () if unit} | ({draft.unit} if draft.unit else set())
            counted = draft.role in COUNTED and not said.unit and re.search(r"[(\[]", draft.name) is not None
            if (said.unit and signs - {said.unit}) or len(signs) > 1 or not (money or counted):
                continue
            scale = 1.0 if numbers.multiplied else said.scale
            if scale < 1.0 and not (money and draft.shape().integer):
                continue  # 2.50 is no number of cents
            draft.unit, draft.scale, draft.called = said.unit or draft.unit, scale, said.bare
            if scale != 1.0:
                self.note(
                    "scale-by-name",
                    f"{draft.name} is in {say.scale(scale)}, by “{said.written}” in its name; the report writes its "
                    "values out, and the evidence keeps those of the file.",
                    draft.name,
                )

    def totals(self, drafts: list[Draft], wholes: Sequence[PartWhole]) -> _Totals:
        """Sums of amounts that belong together, where the table does not have them; each after its last part."""
        known = {name for whole in wholes for name in (whole.whole, *whole.parts)}

        def usable(*, sure: bool) -> list[totals.Amount]:
            return [
                totals.Amount(name=d.name, words=d.words, values=d.values, unit=d.unit, scale=d.scale)
                for d in drafts
                if ((d.role is Role.AMOUNT and d.sure is sure) or d.name in self.periods) and d.name not in known
                and d.use is not Use.LEFT_OUT and not d.derived_from and self.is_quantity(d)
            ]  # fmt: skip

        found = list(totals.families(usable(sure=True), self.tokens))
        guessed = None
        if not found and self.rank_value(drafts, wholes, ()) is None:
            guessed = totals.guess(usable(sure=False))
            found += [guessed] if guessed else []
        new: list[Draft] = []
        identities: list[PartWhole] = []
        by_name = {d.name: d for d in drafts}
        for family in found:
            parts = [by_name[name] for name in family.members]
            total = totals.add_up([part.values for part in parts])
            draft = Draft(
                name=totals.title(family.members, periods=family.periods and not family.stem),
                words=("total", *(family.stem or parts[0].words)),
                place=max(part.place for part in parts), cells=parts[0].cells, role=parts[0].role,
                use=Use.PROFILE, reason="the sum of its parts, which make the segments", values=total,
                distinct=count_different(total), unit=parts[0].unit, scale=parts[0].scale,
                decimal=parts[0].decimal,
                parts=family.members, derived_from=", ".join(family.members),
                derivation=(SUM_OF_PERIODS if family.periods else "sum of ") + ", ".join(family.members),
            )  # fmt: skip
            if draft.name in by_name or draft.distinct < 2:
                continue
            new.append(draft)
            if family is guessed:
                self.note(
                    "total-guess",
                    f"{say.listed(family.members)} look like amounts of one kind and were added up; "
                    "where that is wrong, name the money that matters with --value.",
                    draft.name,
                    warning=True,
                )
            else:
                kind = "the same thing in several periods" if family.periods else "parts of one sum"
                self.note(
                    "total-derived",
                    f"{say.listed(family.members)} are {kind}, by their names; their sum describes the customers too.",
                    draft.name,
                )
            if (
                family is not guessed
                and not family.periods
                and min(float(p.known().min()) for p in parts) >= 0
            ):
                identities.append(PartWhole(whole=draft.name, parts=family.members, holds=1.0))
        last = {draft.parts[-1]: draft for draft in new}
        ordered: list[Draft] = []
        for draft in drafts:
            ordered.append(draft)
            if draft.name in last and not draft.derived_from:
                ordered.append(last[draft.name])
        return _Totals(drafts=ordered, wholes=tuple(identities))

    def check_made(self, drafts: Sequence[Draft], *options: tuple[str, Sequence[str]]) -> None:
        """Names of totals and gathered columns in options, which could not be checked before."""
        known = [d.name for d in drafts]
        for option, names in options:
            for name in filter(None, names):
                if name not in known:
                    raise OptionError(say.unknown(option, name, known))

    def too_few(self, drafts: Sequence[Draft], usable: tuple[str, ...]) -> None:
        """Say why nothing is left, with the first reasons."""
        aligned = (
            len(drafts) == 1
            and pc.mean(pc.cast(pc.match_substring(drafts[0].cells, "  "), pa.float64())).as_py()
        )
        if aligned and aligned > ALIGNED:
            raise InputError(
                f"{self.table.name}: its columns are aligned with spaces, which do not tell where a cell ends; "
                "save the table with commas or tabs between the columns"
            )
        if len(drafts) == 1:
            raise InputError(
                f"{self.table.name}: only one column could be told apart ({drafts[0].name[:40]}); "
                "give --delimiter, or a table with at least two columns that describe customers"
            )
        reasons = "; ".join(f"{d.name[:30]}: {d.reason}" for d in drafts if d.name not in usable)
        raise InputError(
            f"{self.table.name}: {len(usable) or 'no'} usable "
            f"{'column' if len(usable) == 1 else 'columns'}, and segments need {FEWEST_COLUMNS} "
            f"({reasons[:300]}); add columns that describe what customers do"
        )

    def select(self, drafts: Sequence[Draft], features: tuple[str, ...]) -> None:
        """Apply ``--features``: exactly these make the segments."""
        if not features:
            return
        by_name = {d.name: d for d in drafts}
        for name in features:
            draft = by_name.get(name)
            if draft is None:
                raise OptionError(say.unknown("--features", name, list(by_name)))
            if draft.role in NEVER_CLUSTERED or np.isnan(draft.values).all():
                raise OptionError(
                    f"--features: {name} cannot make segments ({draft.role.value}: {draft.reason}); "
                    "name another column"
                )
        for draft in drafts:
            if draft.name in features:
                if draft.use is not Use.CLUSTERING:
                    draft.reason = f"chosen with --features, although {draft.reason}"
                draft.use = Use.CLUSTERING
            elif draft.use is Use.CLUSTERING:
                draft.use = Use.PROFILE
                draft.reason = f"{draft.reason}; not among --features"

    def value(self, drafts: Sequence[Draft], wholes: Sequence[PartWhole], asked: str | None) -> str | None:
        """The money that matters: a total, else the most spend-like amount, else a balance."""
        by_name = {d.name: d for d in drafts}
        if asked is not None:
            if not self.is_quantity(by_name[asked]):
                raise OptionError(
                    f"--value: {asked} holds no amounts ({by_name[asked].reason}); name a column of numbers"
                )
            return asked

        members = {part for d in drafts for part in d.parts}
        found = self.rank_value(drafts, wholes, members)
        if found is None:
            return None
        chosen, sure = found
        if not sure:
            self.note(
                "value-guess",
                f"{chosen.name} was taken for the money that matters; name another column with --value.",
                chosen.name,
            )
        return chosen.name

    def rank_value(
        self, drafts: Sequence[Draft], wholes: Sequence[PartWhole], members: Iterable[str]
    ) -> tuple[Draft, bool] | None:
        """The best column, and whether it is the only one that could be meant; members of a total are not."""
        parts = {*members, *(part for whole in wholes for part in whole.parts)}

        def rank(draft: Draft) -> tuple[bool, float, bool, bool, float]:
            words = draft.words[1:] if draft.parts else draft.words
            words = tuple(  # billed last 12 months: how long is looked back, and not one bill
                word for word, after in zip(words, (*words[1:], ""), strict=True)
                if not (after[:1].isdigit() and (word,) in self.tokens.recency_date)
            )  # fmt: skip
            places = [i for i, word in enumerate(self.tokens.value) if has(words, (word,))]
            return (
                "/" in draft.name
                or has(words, self.tokens.value_behind) is not None
                or draft.known().size < (1 - MOSTLY_MISSING) * self.n,
                min(places, default=len(self.tokens.value)),
                bool(np.nanmin(draft.values) < 0),  # shares of a sum mean little when some of it is negative
                not draft.parts,
                -float(np.nansum(draft.values)) * draft.scale,
            )

        usable = [d for d in drafts if d.use is not Use.LEFT_OUT and d.sure and self.is_quantity(d)]
        amounts = [d for d in usable if d.role is Role.AMOUNT and d.name not in members]
        in_table = {w.whole for w in wholes if not w.whole.startswith("total of ")}
        worth = [d for d in amounts if has(d.words, self.tokens.value_worth)]
        amounts = [d for d in amounts if d not in worth]
        whole = [d for d in amounts if d.name in in_table and d.name not in parts]
        balances = [d for d in usable if d.role is Role.BALANCE]
        # Of a thing that is worth much a loan is paid, or a premium; other money beside it is only about the loan.
        valued = any(has(d.words, self.tokens.value_worth) and self.is_quantity(d) for d in drafts)
        told = [d for d in amounts if not rank(d)[0] and has(d.words, self.tokens.value)]
        for group in (whole, *((told, balances) if valued else ()), amounts, balances, worth):
            if group:
                best = min(group, key=rank)
                latest = self.latest_year(self.net_of(best, amounts) or best, amounts or group)
                chosen = self.net_of(latest, amounts) or latest
                return chosen, chosen is best and len(group) == 1 and group is whole
        return None

    def latest_year(self, draft: Draft, others: Sequence[Draft]) -> Draft:
        """Of the same money at several years (Rev FY24, Rev FY25) that of the latest."""
        told = totals.year(draft.words, self.tokens)
        if told is None or draft.parts:
            return draft
        same = [(told[0], draft)]
        for other in others:
            when = totals.year(other.words, self.tokens)
            if when is None or when[1] != told[1] or other.unit != draft.unit or other is draft:
                continue
            if other.known().size >= (1 - MOSTLY_MISSING) * self.n and np.nansum(other.values) > 0:
                same.append((when[0], other))
        return max(same, key=lambda item: item[0])[1]

    def net_of(self, gross: Draft, amounts: Sequence[Draft]) -> Draft | None:
        """The net amount beside a gross one of the same name."""
        tokens = self.tokens
        if has(gross.words, tokens.value_gross) is None:
            return None

        def plain(draft: Draft) -> set[str]:
            said = (*tokens.value_gross, *tokens.value_net)
            return {word for word in draft.words if (word,) not in said}

        return next((d for d in amounts if has(d.words, tokens.value_net) and plain(d) == plain(gross)), None)

    @staticmethod
    def is_quantity(draft: Draft) -> bool:
        """Whether a column holds numbers that can be added up."""
        return not draft.levels and draft.role not in NEVER_CLUSTERED and draft.known().size > 0

    def finish(self, draft: Draft) -> Column:
        """A draft as the column that leaves this stage."""
        missing = len(draft.values) - draft.known().size
        if draft.role in WORDY or draft.role is Role.CONSTANT:
            missing = self.count_void(draft)
        known = draft.known()
        different = 1 if draft.role is Role.CONSTANT else draft.distinct
        some = known[:1000]  # most columns show fractions at once
        return Column(
            name=draft.name, role=draft.role, used_for=draft.use, reason=draft.reason, values=draft.values,
            levels=draft.levels, ordered=draft.ordered, missing=missing, distinct=different,
            integer=bool(known.size) and bool(np.all(some == np.floor(some)) and np.all(known == np.floor(known))),
            unit=draft.unit, decimal=draft.decimal, derived_from=draft.derived_from, derivation=draft.derivation,
            parts=draft.parts, scale=draft.scale, called=draft.called,
        )  # fmt: skip


def _middle(draft: Draft) -> float:
    """The median of the amounts that are not 0."""
    known = draft.known()
    return float(np.median(known[known > 0])) if np.any(known > 0) else 0.0


def may_be_made(name: str, header: Sequence[str]) -> bool:
    """Whether a column of that name, which is not in the table, may be made of several that are."""
    made = name.startswith(("total of ", "one of ")) or " or " in name
    return made or sum(column.casefold().startswith(name.casefold()) for column in header) >= 2


def _first_of_january(years: Floats) -> Floats:
    """Days since 1970-01-01 of the first day of each year; NaN for what is no year."""
    known = np.where((years >= 1) & (years <= 9999), years, np.nan)
    days = np.full(len(years), np.nan)
    whole = known[~np.isnan(known)].astype(int)
    start = np.datetime64("1970-01-01")
    days[~np.isnan(known)] = ((whole - 1970).astype("datetime64[Y]").astype("datetime64[D]") - start).astype(
        float
    )
    return days
