"""Turn facts into names that are earned: traits by threshold, one name per segment by grammar.

A trait is something that holds of a segment by a rule with numbers (METHODS.md 5.3: Vargha-Delaney's
A12 for direction, a ratio of means for money, a share of members for «most of them»). Names follow

    [Adjective] [Level] [Head noun] with [Qualifier]   High Spenders with One-Off Purchases
    [Users] Who Rarely [Verb]                          Cash-Advance Users Who Rarely Purchase
    Customers with [Qualifier] and [Qualifier]         no head noun is known for the table

Words come from the lexicon; the code here only finds what holds, chooses, and keeps names true, short
and different from each other. Nothing is read but facts, so a name cannot say what no number carries.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import rankdata

from reportgen.claims import Facts
from reportgen.lexicon import ColumnWords, Lexicon, is_code, sayable, title_case
from reportgen.results import Clustering, Column, Condition, Role, Segment, Trait, TraitKind, Use

HIGH, LOW = 0.64, 0.36
"""A12 of a medium effect and its mirror (Vargha & Delaney 2000)."""
VERY_HIGH, VERY_LOW = 0.86, 0.14
MODERATE = 0.11
"""|A12 - .5| up to here is «moderate»."""
MOST = 0.60
"""Share of members beyond everyone's median that a level asks for."""
RATIO_HIGH, RATIO_VERY_HIGH, RATIO_LOW, RATIO_VERY_LOW = 1.25, 2.0, 0.80, 0.33
NEVER = 0.20
"""At most this share of members above zero: «rarely»."""
IDLE = 0.10
"""Most of everyone's average that the typical member of an «inactive» group does of the main thing."""
APART = 0.15
"""How much more often a rule must hold of a segment's members than of everyone else to be theirs."""
HALF = 0.5
"""Ratio of means up to which those who hardly have any have clearly less, though most others have none too."""
EARNED = 0.50
"""Share of members of whom all that a name says must be true."""
LESS_ACTIVE = 0.8
"""Part of an «inactive» group's average of anything that no other group may be below."""
NEARLY_ALL = 0.95
MIX_ONE, MIX_MEMBERS, MIX_BOTH, MIX_BUYERS = 0.65, 0.60, 0.50, 0.50
LEVEL_SHARE, LEVEL_EVERYONE, LEVEL_LIFT = 0.70, 0.60, 1.5
DOMINANT = 0.45
"""Strength from which another trait must be in the name of a segment that does little of the main thing."""
RELATED = 0.75
"""|Spearman| from which two columns say the same thing."""
MIX_SCORE = 0.5
"""A trait that tells more than this goes before «how they buy» in the name of a high or moderate spender."""
IMPORTANT = 0.25
"""Added to the score of a column that the lexicon gives a priority, taken from one that it puts last."""
CLOSE = 0.15
"""Scores this close tell about as much, where two traits say the same thing."""
LACKING = 0.15
"""Taken from the score of a trait that only says what is missing, given to one that nearly all members share."""
MAX_WORDS, MAX_LENGTH = 7, 45
HALVES = 0.8
"""Difference in the share who have a flag from which it tells apart two segments of one rule."""
TWIN_LENGTH = 53
"""Letters of a name with what tells two segments of one rule apart."""

_MONEY = (Role.AMOUNT, Role.BALANCE, Role.LIMIT, Role.COUNT, Role.INCOME)
_ACTIVITY = (Role.AMOUNT, Role.COUNT, Role.FREQUENCY)
_TIMES = (Role.RECENCY, Role.TENURE, Role.AGE)
_NAMELESS = (Role.TARGET, Role.CONSTANT, Role.EMPTY, Role.ID, Role.TEXT, Role.DATE)


def name(facts: Facts, clustering: Clustering, lexicon: Lexicon) -> tuple[Segment, ...]:
    """Name every segment, in the order of the report (Profile rows)."""
    return _Namer(facts, clustering, lexicon).segments()


# --------------------------------------------------------------------------- traits


def traits_of(facts: Facts, segment: int) -> tuple[Trait, ...]:
    """Everything that holds of the segment by rule, strongest first (ties by column order)."""
    found: list[Trait] = []
    for column in facts.columns.used(Use.CLUSTERING, Use.PROFILE):
        if column.role in _NAMELESS:
            continue
        if column.role is Role.FLAG and facts.has(column.name):
            found.extend(_flag(facts, segment, column))
        elif column.levels and not column.ordered:
            found.extend(_levels(facts, segment, column))
        elif facts.has(column.name):
            found.extend(_numeric(facts, segment, column))
    for whole in facts.columns.part_wholes:
        if facts.has(whole.whole) and all(facts.has(p) for p in whole.parts):
            found.extend(_mix(facts, segment, whole.whole, whole.parts))
    return tuple(sorted(found, key=lambda t: -round(t.strength, 9)))


def _numeric(facts: Facts, i: int, column: Column) -> Iterable[Trait]:
    name = column.name
    a12 = facts.at("auc", name, i)
    if not np.isfinite(a12) or not facts.mostly_known(name, i) or not facts.enough(name, i):
        return  # what is known of a few says nothing of the group
    strength = abs(2 * a12 - 1)
    everyone, mine = facts.at("mean", name), facts.at("mean", name, i)
    median = facts.at("median", name)
    above = facts.at("above", name, i)
    # Zero is a value, not a gap, and the first of ordered levels is not «none».
    size = float(facts.profile.size[i])
    zero_share = facts.at("known", name, i) / size - facts.at("nonzero", name, i)
    by_ratio = column.role in _MONEY and everyone > 0 and not bool(np.nanmin(column.values) < 0)
    ratio = mine / everyone if by_ratio else float("nan")
    at_or_below = 1 - above
    more = Condition(column=name, op=">", value=median)
    less = Condition(column=name, op="<=", value=median)
    zero = Condition(column=name, op="==", value=0.0)
    # Of a time since something, or an age, zero is today and not none.
    starts_at_zero = not column.levels and column.role not in _TIMES and bool(np.nanmin(column.values) >= 0)
    hardly = starts_at_zero and 1 - zero_share <= NEVER and a12 < 0.5
    some_have = 1 - facts.at("nonzero", name) < 0.9
    if hardly and ((some_have and ratio <= HALF) or _theirs(facts, i, (zero,))):
        yield Trait(segment=i, column=name, kind="none", strength=strength, conditions=(zero,))
    some = Condition(column=name, op=">", value=0.0)
    nonzero = facts.at("nonzero", name, i)
    if starts_at_zero and nonzero >= NEARLY_ALL and facts.at("nonzero", name) < 0.8 and a12 > 0.5:
        yield Trait(segment=i, column=name, kind="some", strength=strength, conditions=(some,))
    if a12 >= HIGH and above >= MOST and (not by_ratio or ratio >= RATIO_HIGH):
        kind: TraitKind = (
            "very-high" if a12 >= VERY_HIGH and (not by_ratio or ratio >= RATIO_VERY_HIGH) else "high"
        )
        yield Trait(segment=i, column=name, kind=kind, strength=strength, conditions=(more,))
    elif a12 <= LOW and at_or_below >= MOST and (not by_ratio or ratio <= RATIO_LOW):
        kind = "very-low" if a12 <= VERY_LOW and (not by_ratio or ratio <= RATIO_VERY_LOW) else "low"
        yield Trait(segment=i, column=name, kind=kind, strength=strength, conditions=(less,))
    elif abs(a12 - 0.5) <= MODERATE:
        x = column.values[~np.isnan(column.values)]
        low, high = (float(q) for q in np.quantile(x, (0.15, 0.85)))
        middle = (Condition(column=name, op=">=", value=low), Condition(column=name, op="<=", value=high))
        yield Trait(segment=i, column=name, kind="moderate", strength=strength, conditions=middle)


def _theirs(facts: Facts, i: int, conditions: Sequence[Condition]) -> bool:
    """Whether it holds of clearly more of the members than of everyone else: what nearly all do is no trait."""
    mine = facts.share_where(conditions, [i]).value
    return mine - facts.share_where(conditions, [i], rest=True).value >= APART


def _flag(facts: Facts, i: int, column: Column) -> Iterable[Trait]:
    values: tuple[tuple[TraitKind, float], ...] = (("yes", 1.0), ("no", 0.0))
    for kind, value in values:
        condition = Condition(column=column.name, op="==", value=value)
        trait = _by_share(facts, i, condition, kind, "")
        if trait is not None:
            yield trait


def _levels(facts: Facts, i: int, column: Column) -> Iterable[Trait]:
    for level in column.levels:
        if not sayable(level):
            continue
        condition = Condition(column=column.name, op="==", value=level)
        trait = _by_share(facts, i, condition, "level", level)
        if trait is not None:
            yield trait


def _by_share(facts: Facts, i: int, condition: Condition, kind: TraitKind, level: str) -> Trait | None:
    mine = facts.share_where([condition], [i]).value
    everyone = facts.share_where([condition]).value
    if mine < LEVEL_SHARE or everyone >= LEVEL_EVERYONE or mine < LEVEL_LIFT * everyone:
        return None
    strength = mine - facts.share_where([condition], [i], rest=True).value
    return Trait(
        segment=i, column=condition.column, kind=kind, strength=strength, level=level, conditions=(condition,)
    )


def _mix(facts: Facts, i: int, whole: str, parts: tuple[str, ...]) -> Iterable[Trait]:
    buys = Condition(column=whole, op=">", value=0.0)
    if facts.share_where([buys], [i]).value < MIX_BUYERS:
        return
    buyers = facts.count([i], [buys]).value
    for part in parts:
        share = facts.mix(part, parts, [i]).value
        mostly = Condition(column=part, op=">", value=0.5, of=parts)
        if share >= MIX_ONE and facts.count([i], [mostly]).value >= MIX_MEMBERS * buyers:
            strength = share - facts.mix(part, parts).value
            yield Trait(
                segment=i,
                column=part,
                kind="mix-one",
                strength=max(strength, 0.0),
                parts=parts,
                conditions=(mostly,),
            )
    if len(parts) == 2:
        share = facts.mix(parts[0], parts, [i]).value
        both = tuple(Condition(column=part, op=">", value=0.0) for part in parts)
        using = facts.count([i], both).value / max(buyers, 1.0)
        if 1 - MIX_ONE < share < MIX_ONE and using >= MIX_BOTH:
            everyone = facts.count([], both).value / max(facts.count([], [buys]).value, 1.0)
            yield Trait(
                segment=i, column=whole, kind="mix-balanced", strength=max(using - everyone, 0.0),
                parts=parts, conditions=both,
            )  # fmt: skip


# --------------------------------------------------------------------------- names


@dataclass(frozen=True, kw_only=True, slots=True)
class _Name:
    text: str
    traits: tuple[Trait, ...]

    @property
    def fits(self) -> bool:
        return len(self.text.split()) <= MAX_WORDS and len(self.text) <= MAX_LENGTH


class _Namer:
    def __init__(self, facts: Facts, clustering: Clustering, lexicon: Lexicon) -> None:
        self.facts = facts
        self.clustering = clustering
        self.lexicon = lexicon
        self.k = facts.k
        self.related = _relations(facts)
        self._words: dict[str, ColumnWords] = {}
        self.allowed = self._allowed()
        self.all_traits = [tuple(t for t in traits_of(facts, i) if self._is_had(t)) for i in range(self.k)]
        single = facts.periods  # one month of many does not name anybody: their total does
        self.traits = [
            tuple(t for t in ts if t.column in self.allowed and t.column not in single)
            for ts in self.all_traits
        ]
        self.main = self._main_column()

    # -------------------------------------------------------------- what may be said

    def _allowed(self) -> set[str]:
        """Columns that the segments were built from, their sums, what goes with these, and part-wholes."""
        built = {c.name for c in self.facts.columns.used(Use.CLUSTERING)}
        allowed = set(built)
        for column in self.facts.columns.used(Use.PROFILE):
            summed = column.derived_from.split(", ") if column.derivation.startswith("sum of ") else [""]
            if all(part in built for part in summed) or any(
                self.related.get((column.name, other), 0.0) >= RELATED for other in built
            ):
                allowed.add(column.name)
        for whole in self.facts.columns.part_wholes:
            if whole.whole in allowed:
                allowed.update(whole.parts)
        return allowed

    def words(self, column: str) -> ColumnWords:
        if column not in self._words:
            self._words[column] = self.lexicon.words(column, self.facts.column(column).role)
        return self._words[column]

    def _is_had(self, trait: Trait) -> bool:
        """Whether «some» is something to have: above zero, an average or a rate only says that there was anything."""
        words = self.words(trait.column)
        return trait.kind != "some" or bool(words.adds) or words.some != f"have some {words.noun}"

    def _main_column(self) -> str | None:
        value = self.facts.columns.value_column
        if value is not None and value in self.allowed and self.facts.has(value):
            return value
        order = (Role.AMOUNT, Role.BALANCE, Role.COUNT)
        candidates = [
            (-self.words(c.name).priority, order.index(c.role), j, c.name)
            for j, c in enumerate(self.facts.columns.used(Use.CLUSTERING, Use.PROFILE))
            if c.name in self.allowed and c.role in order and self.facts.has(c.name)
            and self.words(c.name).head and self.words(c.name).priority >= 0
        ]  # fmt: skip
        return min(candidates)[-1] if candidates else None

    # -------------------------------------------------------------- choosing

    def segments(self) -> tuple[Segment, ...]:
        options = [self._options(i) for i in range(self.k)]
        chosen = self._by_rule(options, self._different(options))
        return tuple(self._segment(i, chosen[i]) for i in range(self.k))

    def _segment(self, i: int, named: _Name) -> Segment:
        conditions = tuple(dict.fromkeys(c for t in named.traits for c in t.conditions))
        hit = self.facts.share_where(conditions, [i]).value if conditions else float("nan")
        rest = self.facts.share_where(conditions, [i], rest=True).value if conditions else float("nan")
        cluster = self.facts.profile.clusters[i]
        size = int(self.facts.profile.size[i])
        return Segment(
            id=f"S{i + 1}",
            cluster=cluster,
            name=named.text,
            rule=self._rule(named.traits),
            traits=named.traits,
            all_traits=self.all_traits[i],
            conditions=conditions,
            hit=hit,
            hit_rest=rest,
            size=size,
            share=size / self.facts.n,
            stability=float(self.clustering.stability[cluster]),
            tentative=bool(self.clustering.tentative or self.clustering.stability[cluster] < 0.75),
        )

    def _different(self, options: list[list[_Name]]) -> list[_Name]:
        """The first option of each that nobody else has; segments are served strongest claim first."""
        chosen = [names[0] for names in options]
        for _ in range(self.k):
            texts = [n.text for n in chosen]
            doubled = [i for i in range(self.k) if texts.count(texts[i]) > 1]
            if not doubled:
                return chosen
            # The name stays with the segment that it fits best; the one with the weaker claim gives way.
            claim = [min((t.strength for t in n.traits), default=0.0) for n in chosen]
            taken = set(texts)
            changed = False
            for i in sorted(doubled, key=lambda i: (round(claim[i], 1), self.facts.profile.size[i], -i)):
                if [n.text for n in chosen].count(chosen[i].text) < 2:
                    continue
                other = next((n for n in options[i] if n.text not in taken), None)
                if other is not None:
                    chosen[i] = other
                    taken.add(other.text)
                    changed = True
            if not changed:
                break
        return self._ranked(chosen)

    def _ranked(self, chosen: list[_Name]) -> list[_Name]:
        """Last resort: who has more and who less of what tells those of one name apart most."""
        texts = [n.text for n in chosen]
        for text in dict.fromkeys(texts):
            same = [i for i in range(self.k) if texts[i] == text]
            if len(same) < 2:
                continue
            column = self._telling(same)
            if column is None:
                ladder = [title_case(_ordinal(j)) for j in range(len(same))]
                for word, i in zip(ladder, same, strict=True):
                    chosen[i] = _Name(text=f"{word} {text}", traits=chosen[i].traits)
                continue
            same.sort(key=lambda i: -self.facts.at("mean", column, i))
            few = ("Fewer", "Fewest") if self.words(column).plural else ("Lower", "Lowest")
            many = ("More", "Most") if self.words(column).plural else ("Higher", "Highest")
            middle = (
                ["Middle"]
                if len(same) == 3
                else [f"{title_case(_ordinal(j))}-{many[1]}" for j in range(1, len(same) - 1)]
            )
            ladder = [many[0], few[0]] if len(same) == 2 else [many[1], *middle, few[1]]
            for word, i in zip(ladder, same, strict=True):
                joint = " and " if " with " in text else " with "
                chosen[i] = _Name(
                    text=f"{text}{joint}{word} {self.words(column).name}", traits=chosen[i].traits
                )
        return chosen

    def _by_rule(self, options: list[list[_Name]], chosen: list[_Name]) -> list[_Name]:
        """Two segments of one rule get one name, and behind it what most of the one and few of the other have.

        «Inactive Customers» and «Non-Spenders» who both buy nothing read like two kinds of customer; they may be
        two halves of one that accept e-mail or do not.
        """
        # Who does nothing is one kind of customer, even where the second half has found another name.
        firsts = [
            names[0] if all(t.kind == "none" for t in names[0].traits) else chosen[i]
            for i, names in enumerate(options)
        ]
        rules = [frozenset(c for t in named.traits for c in t.conditions) for named in firsts]
        for i in range(self.k):
            twins = [j for j in range(self.k) if rules[j] == rules[i]]
            if len(twins) != 2 or not rules[i] or twins[0] != i:
                continue
            one, other = twins
            shared = [n for n in options[one] if n.text in {m.text for m in options[other]}]
            same = next(
                (n for n in shared if frozenset(c for t in n.traits for c in t.conditions) == rules[i]), None
            )
            if same is None:
                continue
            for has, lacks in self._halves(one, other):
                pair = [
                    _Name(text=_with(same.text, self._phrase(t)), traits=(*same.traits, t))
                    for t in (has, lacks)
                ]
                told = all(
                    self._earned(t.segment, n) and len(n.text) <= TWIN_LENGTH and n.text != same.text
                    for t, n in zip((has, lacks), pair, strict=True)
                )
                if told and not {n.text for n in pair} & {n.text for n in chosen}:
                    for trait, named in zip((has, lacks), pair, strict=True):
                        chosen[trait.segment] = named
                    break
        return chosen

    def _halves(self, one: int, other: int) -> list[tuple[Trait, Trait]]:
        """Flags that most members of one segment have and few of the other, the clearest first."""
        found: list[tuple[float, int, tuple[Trait, Trait]]] = []
        for n, column in enumerate(self.facts.columns.used(Use.CLUSTERING)):
            if column.role is not Role.FLAG or column.name not in self.allowed:
                continue
            yes, no = (Condition(column=column.name, op="==", value=v) for v in (1.0, 0.0))
            shares = [self.facts.share_where([yes], [s]).value for s in (one, other)]
            gap = abs(shares[0] - shares[1])
            if gap < HALVES:
                continue
            first, second = (one, other) if shares[0] > shares[1] else (other, one)
            pair = (
                Trait(segment=first, column=column.name, kind="yes", strength=gap, conditions=(yes,)),
                Trait(segment=second, column=column.name, kind="no", strength=gap, conditions=(no,)),
            )
            found.append((-round(gap, 6), n, pair))
        return [pair for *_, pair in sorted(found, key=lambda item: item[:2])]

    def _telling(self, same: list[int]) -> str | None:
        """The measure in which the segments of one name lie furthest apart, and in which no two are alike."""
        found: list[tuple[float, int, str]] = []
        for n, name in enumerate(self.facts.profile.columns):
            if name not in self.allowed or self.facts.column(name).role in (Role.FLAG, *_NAMELESS):
                continue
            means = [self.facts.at("mean", name, i) for i in same]
            if np.isfinite(means).all() and len(set(means)) == len(means):
                gap = min(self.facts.apart(name, i, j) for i in same for j in same if i < j)
                found.append((round(gap, 6), -n, name))
        return max(found)[2] if found else None

    # -------------------------------------------------------------- grammar

    def _options(self, i: int) -> list[_Name]:
        """Names that are true of the segment and short enough, best first; never empty."""
        names: list[_Name] = []
        head = self._head(i)
        candidates = self._candidates(i, head)
        headed = list(self._headed(i, head, candidates)) if head is not None else []
        headless = list(self._headless(candidates))
        # «Customers with Average Balances» says less than anything that sets them apart.
        plain = head is not None and head.kind == "moderate" and not self.words(head.column).head
        names.extend([*headless, *headed] if plain else [*headed, *headless])
        fitting = [n for n in dict.fromkeys(names) if n.fits and self._earned(i, n)]
        if fitting:
            return fitting
        plain_names = (
            _Name(text="Average Customers", traits=(t,)) for t in self.traits[i] if t.kind == "moderate"
        )
        earned = next((n for n in plain_names if self._earned(i, n)), None)
        return [earned or _Name(text="Mixed Customers", traits=())]

    def _earned(self, i: int, named: _Name) -> bool:
        """Whether all that the name says is true of at least half of the members, and of clearly fewer others.

        Each trait holds by its own rule, but two that most members have may be had together by few. The middle
        range is wide enough to hold many others too.
        """
        conditions = tuple(dict.fromkeys(c for t in named.traits for c in t.conditions))
        if not conditions:
            return True
        mine = self.facts.share_where(conditions, [i]).value
        plain = all(t.kind == "moderate" for t in named.traits)
        rest = self.facts.share_where(conditions, [i], rest=True).value
        return mine >= EARNED and mine - rest >= (0.0 if plain else APART)

    def _head(self, i: int) -> Trait | None:
        if self.main is None:
            return None
        mine = [t for t in self.traits[i] if t.column == self.main]
        nothing = next((t for t in mine if self._nothing(t)), None)
        if nothing is not None:
            return nothing  # who does nothing of it is not said to do little
        for kinds in (("very-high", "high"), ("very-low",), ("none",), ("low",), ("moderate",)):
            for trait in mine:
                if trait.kind in kinds:
                    return trait
        return None

    def _candidates(self, i: int, head: Trait | None) -> list[tuple[float, Trait]]:
        """Other traits with a distinctiveness score, best first (METHODS.md 5.4, step 3)."""
        scored: list[tuple[float, Trait]] = []
        for trait in self.traits[i]:
            if trait.kind == "moderate" or trait is head or not self._phrase(trait):
                continue
            if trait.kind in ("some", "mix-one") and not self._rare_elsewhere(trait):
                continue
            if trait.kind.startswith("mix") and self.main not in (trait.column, *self._wholes(trait)):
                continue
            if head is not None and not trait.kind.startswith("mix") and self._repeats(trait, head):
                continue
            scored.append((self._score(trait), trait))
        scored.sort(key=lambda pair: (not pair[1].kind.startswith("mix"), -round(pair[0], 9)))
        groups: list[list[tuple[float, Trait]]] = []
        for score, trait in scored:
            same = next((g for g in groups if self._same_thing(trait, g[0][1])), None)
            if same is None:
                groups.append([(score, trait)])
            else:
                same.append((score, trait))
        return [(group[0][0], self._spokesman(group)) for group in groups]

    def _rare_elsewhere(self, trait: Trait) -> bool:
        """Whether what the trait says sets the segment apart: what most others have too names nobody."""
        mine = self.facts.share_where(trait.conditions, [trait.segment]).value
        everyone = self.facts.share_where(trait.conditions).value
        return everyone < LEVEL_EVERYONE and mine >= LEVEL_LIFT * everyone

    def _spokesman(self, group: list[tuple[float, Trait]]) -> Trait:
        """Which of the traits that say the same thing is said: among those that tell about as much, always
        the same column, so that another sample of the customers does not get another name.
        """
        best, first = group[0]
        if first.kind.startswith("mix"):
            return first
        order = [c.name for c in self.facts.columns.columns]
        close = [
            (-self.words(t.column).priority, order.index(t.column), -round(score, 9), n, t)
            for n, (score, t) in enumerate(group)
            if score >= best - CLOSE and not t.kind.startswith("mix") and self._same_thing(t, first)
        ]
        return min(close, key=lambda item: item[:4])[-1]

    def _repeats(self, trait: Trait, head: Trait) -> bool:
        """Whether the head says it already: same column, same phrase, related, or part of a low total."""
        main = self.facts.column(head.column)
        low_sum = main.derivation.startswith("sum of ") and _direction(head) == _direction(trait) == "down"
        return (
            trait.column == head.column
            or (not self.words(head.column).head and self._phrase(trait) == self._phrase(head))
            or self.related.get((trait.column, head.column), 0.0) >= RELATED
            or (low_sum and trait.column in main.derived_from.split(", "))
        )

    def _wholes(self, trait: Trait) -> tuple[str, ...]:
        return tuple(w.whole for w in self.facts.columns.part_wholes if w.parts == trait.parts)

    def _score(self, trait: Trait) -> float:
        """How much the trait tells: distinct, about something that matters, and better said than left out."""
        priority = self.words(trait.column).priority
        weight = IMPORTANT if priority > 0 else -IMPORTANT if priority < 0 else 0.0
        said = LACKING if trait.kind == "some" else -LACKING if _direction(trait) == "down" else 0.0
        if trait.kind == "level" and is_code(self.lexicon.level(trait.column, trait.level)):
            weight -= IMPORTANT
        return self._distinct(trait) + weight + said

    def _distinct(self, trait: Trait) -> float:
        """Strength less half of the strongest in the same direction elsewhere."""
        direction = _direction(trait)
        if direction in ("up", "down") and trait.kind not in ("yes", "no"):
            # By A12 whether or not the other's trait holds by rule: a threshold there would make this jump.
            sign = 1 if direction == "up" else -1
            effects = [
                sign * (2 * self.facts.at("auc", trait.column, j) - 1)
                for j in range(self.k)
                if j != trait.segment
            ]
            return trait.strength - 0.5 * max((e for e in effects if np.isfinite(e) and e > 0), default=0.0)
        others = [
            t.strength
            for j in range(self.k)
            if j != trait.segment
            for t in self.traits[j]
            if t.column == trait.column and t.level == trait.level and _direction(t) == _direction(trait)
        ]
        return trait.strength - 0.5 * max(others, default=0.0)

    def _same_thing(self, one: Trait, other: Trait) -> bool:
        if one.kind.startswith("mix") or other.kind.startswith("mix"):
            return any(
                a == b or self.related.get((a, b), 0.0) >= RELATED
                for a in {one.column, *one.parts}
                for b in {other.column, *other.parts}
            )
        return (
            one.column == other.column
            or self._phrase(one) == self._phrase(other)
            or self.related.get((one.column, other.column), 0.0) >= RELATED
        )

    def _headed(self, i: int, head: Trait, candidates: list[tuple[float, Trait]]) -> Iterable[_Name]:
        words = self.words(head.column)
        if head.kind in ("very-low", "none"):
            yield from self._rarely(i, head, candidates)
        level = {
            "very-high": "High", "high": "High", "moderate": "Moderate",
            "low": "Low", "very-low": "Low", "none": "Low",
        }[head.kind]  # fmt: skip
        own = {"High": words.high_head, "Low": words.low_head}.get(level, "")
        called = bool(words.head)
        base = (own or f"{level} {words.head}") if called else f"Customers with {self._level_phrase(head)}"
        if self._nothing(head):
            called = bool(words.nonusers)
            base = words.nonusers or f"Customers with {self._phrase(head)}"
        joint = " with " if called else " and "
        mixes = [t for _, t in candidates if t.kind.startswith("mix")]
        others = [(s, t) for s, t in candidates if not t.kind.startswith("mix")]
        if head.kind in ("low", "very-low", "none"):
            mixes = []
        telling = [(s, t) for s, t in others if t.strength >= DOMINANT]
        strong = [(s, t) for s, t in telling if _direction(t) == "up"]
        if head.kind == "moderate" and not telling and all(t.kind == "mix-balanced" for t in mixes):
            # In the middle in everything that counts: nothing is more to the point than the plain name.
            yield _Name(text=base, traits=(head,))
        if head.kind == "moderate" and telling:
            mixes = [t for t in mixes if t.kind == "mix-one"]
        dominant = [t for s, t in strong if mixes and s > MIX_SCORE]
        ordered = [*dominant, *mixes, *(t for _, t in others if t not in dominant)]
        for trait in ordered:
            yield self._joined(base, joint, head, trait)
        yield _Name(text=base, traits=(head,))

    def _joined(self, base: str, joint: str, head: Trait, trait: Trait) -> _Name:
        entity = "" if " and " not in joint else self._entity(trait)
        if entity:  # «Smokers with High Charges»
            how = self._phrase(head) if self._nothing(head) else self._level_phrase(head)
            return _Name(text=_with(entity, how), traits=(head, trait))
        adjective = self._adjective(trait)
        phrase = self._phrase(trait)
        text = f"{adjective} {base}" if adjective else f"{base}{joint}{phrase}"
        if not adjective and phrase.startswith("Who "):
            text = f"{base} {phrase}"
        return _Name(text=text, traits=(head, trait))

    def _rarely(self, i: int, head: Trait, candidates: list[tuple[float, Trait]]) -> Iterable[_Name]:
        """Those who hardly do the main thing: named by what they do instead, or «inactive» if nothing."""
        words = self.words(head.column)
        doing = [
            t for _, t in candidates if t.kind in ("high", "very-high", "some") and t.strength >= DOMINANT
        ]
        for trait in doing:
            users = self.words(trait.column).users
            if users and words.rarely:
                yield _Name(text=f"{users} Who Rarely {words.rarely}", traits=(head, trait))
        if not doing and words.inactive and self._inactive(i, head.column):
            yield _Name(text=words.inactive, traits=(self._idle(i, head),))

    def _idle(self, i: int, head: Trait) -> Trait:
        """The head of an «inactive» group with the condition that the word stands for, which «low» does not."""
        if head.kind == "none":
            return head
        limit = IDLE * self.facts.at("mean", head.column)
        return replace(head, conditions=(Condition(column=head.column, op="<=", value=limit),))

    def _inactive(self, i: int, head: str) -> bool:
        """Whether the typical member does next to nothing of the main thing, and little or none of any other.

        That is every flow, count and frequency that the segments were built from.
        """
        if self.facts.at("median", head, i) > IDLE * self.facts.at("mean", head):
            return False  # a few orders are few, and not none
        for column in self.facts.columns.used(Use.CLUSTERING, Use.PROFILE):
            if (
                column.name not in self.allowed
                or column.role not in _ACTIVITY
                or not self.facts.has(column.name)
            ):
                continue
            kinds = {t.kind for t in self.traits[i] if t.column == column.name}
            if not kinds & {"low", "very-low", "none"}:
                return False
            mine = self.facts.at("mean", column.name, i)
            others = [self.facts.at("mean", column.name, j) for j in range(self.k) if j != i]
            if any(other < LESS_ACTIVE * mine for other in others):
                return False  # who does less of it is not called so
        recent = [c.name for c in self.facts.columns.used(Use.CLUSTERING) if c.role is Role.RECENCY]
        return not any(t.column in recent and t.kind in ("low", "very-low") for t in self.traits[i])

    def _nothing(self, trait: Trait) -> bool:
        """Whether next to none of the members have any: then they have «no orders», which is less than «few»."""
        if trait.kind != "none":
            return False
        return self.facts.share_where(trait.conditions, [trait.segment]).value >= NEARLY_ALL

    def _headless(self, candidates: list[tuple[float, Trait]]) -> Iterable[_Name]:
        traits = [t for _, t in candidates]
        if not traits:
            return
        for first in range(len(traits)):
            one = traits[first]
            for two in traits[first + 1 :]:
                if not self._same_thing(one, two):
                    yield self._pair(one, two)
            yield self._alone(one)

    def _entity(self, trait: Trait) -> str:
        words = self.words(trait.column)
        if trait.kind in ("high", "very-high", "some", "yes"):
            return words.users
        return words.nonusers if trait.kind == "no" or self._nothing(trait) else ""

    def _alone(self, trait: Trait) -> _Name:
        entity = self._entity(trait)
        adjective = self._adjective(trait)
        if entity:
            return _Name(text=entity, traits=(trait,))
        if adjective:
            return _Name(text=f"{adjective} Customers", traits=(trait,))
        return _Name(text=_with("Customers", self._phrase(trait)), traits=(trait,))

    def _pair(self, one: Trait, two: Trait) -> _Name:
        for first, second in ((one, two), (two, one)):
            entity = self._entity(first)
            if entity:
                adjective = self._adjective(second)
                text = f"{adjective} {entity}" if adjective else _with(entity, self._phrase(second))
                return _Name(text=text, traits=(one, two))
        adjectives = {t.kind == "level": self._adjective(t) for t in (one, two)}
        if len(adjectives) == 2 and all(adjectives.values()):
            return _Name(text=f"{adjectives[False]} {adjectives[True]} Customers", traits=(one, two))
        for first, second in ((one, two), (two, one)):
            adjective = self._adjective(first)
            if adjective:
                return _Name(text=_with(f"{adjective} Customers", self._phrase(second)), traits=(one, two))
        text, more = self._phrase(one), self._phrase(two)
        if text.startswith("Who ") and not more.startswith(
            "Who "
        ):  # «... with Small Loans Who Rent», not the other way
            text, more = more, text
        elif text.startswith("Who "):
            more = f"and {more.removeprefix('Who ')}"
        if more.startswith(("Who ", "and ")):
            return _Name(text=f"{_with('Customers', text)} {more}", traits=(one, two))
        if more.startswith("without "):
            return _Name(text=f"{_with('Customers', text)} {more}", traits=(one, two))
        return _Name(text=f"{_with('Customers', text)} and {more}", traits=(one, two))

    # -------------------------------------------------------------- words of one trait

    def _adjective(self, trait: Trait) -> str:
        words = self.words(trait.column)
        if trait.kind == "level":
            text = self.lexicon.level(trait.column, trait.level)
            return title_case(text.lower()) if text.lower() in self.lexicon.adjectives else ""
        if trait.kind in ("high", "very-high", "yes"):
            return words.high_adjective
        return words.low_adjective if trait.kind in ("low", "very-low", "none") else ""

    def _level_phrase(self, trait: Trait) -> str:
        words = self.words(trait.column)
        if trait.kind in ("high", "very-high"):
            return words.high or f"High {words.name}"
        if trait.kind == "moderate":
            return f"Average {words.name}"
        return words.low or f"Low {words.name}"

    def _phrase(self, trait: Trait) -> str:
        """The trait after «with»; empty when it cannot be said well."""
        words = self.words(trait.column)
        kind = trait.kind
        if kind == "mix-one":
            return words.name
        if kind == "mix-balanced":
            return f"Balanced {words.name}"
        if kind == "some":
            return words.name if self.facts.column(trait.column).role in _ACTIVITY else ""
        if kind in ("high", "very-high", "low", "very-low"):
            return self._level_phrase(trait)
        if kind == "none":
            little = words.low and not (
                self._nothing(trait) and words.low in (f"Low {words.name}", f"Few {words.name}")
            )
            return words.low if little else f"No {words.name}"
        if kind == "yes":
            return words.yes if words.yes not in ("", words.name) else _who(words.some, words.name)
        if kind == "no":
            if words.no not in ("", words.name) or words.none.startswith("have ") or "marked “" in words.none:
                return f"without {words.no or words.name}"
            return _who(words.none, words.name)
        return self._level_text(trait)

    def _member(self, trait: Trait) -> str:
        return self.lexicon.member(trait.column, trait.level, self.facts.column(trait.column).role)

    def _level_text(self, trait: Trait) -> str:
        text = self.lexicon.level(trait.column, trait.level)
        words = self.words(trait.column)
        member = self._member(trait)
        if member:
            return f"Who {title_case(member)}"
        if is_code(text):
            return f"{words.name} {text}"
        if text.lower() in ("yes", "true", "no", "false"):
            return words.name if text.lower() in ("yes", "true") else f"No {words.name}"
        shouted = text.isupper() and len(text) > 4 and not any(letter.isdigit() for letter in text)
        level = title_case(text.lower() if shouted else text)
        return level if words.name.lower() in level.lower() else f"{words.name}: {level}"

    # -------------------------------------------------------------- the rule in words

    def _rule(self, traits: Sequence[Trait]) -> str:
        """What a customer must be for the name to fit, in words."""
        return "; ".join(dict.fromkeys(self._rule_of(t) for t in traits)) or "no rule holds"

    def _rule_of(self, trait: Trait) -> str:
        noun = self.words(trait.column).noun
        kind = trait.kind
        if kind in ("high", "very-high"):
            return f"{noun} above the typical customer's"
        if kind in ("low", "very-low"):
            if trait.conditions[0].value != self.facts.at("median", trait.column):
                return f"{noun} of at most a tenth of everyone's average"
            return f"{noun} at or below the typical customer's"
        if kind == "moderate":
            return f"{noun} in the middle range"
        if kind == "none":
            return f"no {noun}"
        if kind == "some":
            return f"some {noun}"
        if kind == "mix-one":
            return f"more than half by {noun}"
        if kind == "mix-balanced":
            return " and ".join(f"some {self.words(p).noun}" for p in trait.parts)
        title = self.words(trait.column).title
        if kind in ("yes", "no"):
            words = self.words(trait.column)
            return f"they {words.some if kind == 'yes' else words.none}"
        member = self._member(trait)
        return f"they {member}" if member else f"{title}: {self.lexicon.level(trait.column, trait.level)}"


def _with(head: str, phrase: str) -> str:
    return f"{head} {phrase}" if phrase.startswith(("without ", "Who ")) else f"{head} with {phrase}"


def _who(verb: str, name: str) -> str:
    """A flag as a part of a name: «Who Accepted Campaign 4», or «with» its noun where the verb is only «have»."""
    return name if verb.startswith(("have ", "hold ")) or "marked “" in verb else f"Who {title_case(verb)}"


def _direction(trait: Trait) -> str:
    if trait.kind in ("high", "very-high", "some", "yes"):
        return "up"
    if trait.kind in ("low", "very-low", "none", "no"):
        return "down"
    return trait.kind


def _ordinal(position: int) -> str:
    return ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
            "eleventh", "twelfth")[position]  # fmt: skip


def _relations(facts: Facts) -> dict[tuple[str, str], float]:
    """|Spearman| of every pair of measured columns, on at most 4,000 evenly spaced rows of the sorted table."""
    names = [n for n in facts.profile.columns if facts.column(n).role not in _NAMELESS]
    if not names:
        return {}
    step = max(1, facts.n // 4000)
    order = np.argsort(facts.column(names[0]).values, kind="stable")[::step]
    ranks = []
    for column in names:
        x = facts.column(column).values[order]
        middle = facts.at("median", column)
        filled = np.where(np.isnan(x), middle if np.isfinite(middle) else 0.0, x)
        ranks.append(rankdata(filled))
    centred = np.array(ranks) - np.mean(ranks, axis=1, keepdims=True)
    length = np.sqrt((centred**2).sum(axis=1))
    length[length == 0] = np.inf
    table = np.abs((centred / length[:, None]) @ (centred / length[:, None]).T)
    return {
        (a, b): round(float(table[i, j]), 6)
        for i, a in enumerate(names)
        for j, b in enumerate(names)
        if i != j
    }
