"""Measure the words of the report (METHODS.md 7): are they true, do they stay true, can they be told apart and read?

    python tests/benchmarks/words.py [--quick] [--only WORD] [--no-verify] [--details]

One table of figures per group of measures, targets beside. What a trait claims is judged here by code of its
own on raw values (`Judge`), at the entry thresholds and at the exit thresholds of METHODS.md 5.3; whole
reports are proved by ``reportgen verify``, called for each table: the share of its claims that hold.

Repeats (halves, seeds, row orders, bootstraps) refit the preparation and K-means at the published number
of segments, with ten starts that never change and ten of the seed's, as the product does. «Still true» asks
of each bootstrap whether the first name's traits hold at the exit thresholds of the segment that stands for
its own: then the name may stay from quarter to quarter (METHODS.md 5.4, step 8).
Tables above 3,000 rows are repeated on 3,000 of their rows, the reference table on all.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.stats import norm, rankdata
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from reportgen import claims, labels, pipeline, preprocess
from reportgen.config import Config
from reportgen.lexicon import Lexicon, title_case
from reportgen.lexicon import load as load_lexicon
from reportgen.results import (
    Analysis,
    Clustering,
    Columns,
    Features,
    Grade,
    Profile,
    Role,
    Segment,
    Sentence,
    Story,
    Trait,
    Use,
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = REPOSITORY.parent / "shared" / "data"
AS_OF = "2026-11-23"
REFERENCE = Config(
    segments=4,
    scaling="minmax",
    features=("PURCHASES_FREQUENCY", "PURCHASES_INSTALLMENTS_FREQUENCY", "PURCHASES_TRX"),
    as_of=AS_OF,
)
DEFAULTS = Config(as_of=AS_OF)
ROWS = 3_000
REPEATS, REPEATS_QUICK = 20, 4
HALVES, HALVES_QUICK = 5, 2
SEED = 20261123
FIXED = 20_240
"""Like the product, which has starts of its own besides those of the seed."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A table and how it is cut."""

    name: str
    path: Path
    config: Config = DEFAULTS
    whole: bool = False
    """Repeats use all rows."""


def cases() -> Iterator[Case]:
    table = SHARED / "CC GENERAL.csv"
    yield Case(name="CC GENERAL, reference", path=table, config=REFERENCE, whole=True)
    yield Case(name="CC GENERAL, defaults", path=table, whole=True)
    for quarter in ("q3", "q2"):
        yield Case(name=f"sample {quarter}", path=REPOSITORY / f"sample_data/customers_2026_{quarter}.csv")
    for path in sorted(SHARED.glob("*.csv")):
        if path.name not in ("CC GENERAL.csv", "cc_empty_column.csv"):
            yield Case(name=path.stem, path=path)


# --------------------------------------------------------------------------- the judge: traits on raw values

MONEY = {Role.AMOUNT, Role.BALANCE, Role.LIMIT, Role.COUNT, Role.INCOME}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """METHODS.md 5.3 and issue 3. «Very high» must be high at exit; shares without an exit leave 5 points."""

    a12: float
    very_a12: float
    members: float
    more: float
    very_more: float
    less: float
    very_less: float
    moderate: float
    mix: float
    mix_members: float
    balanced: float
    both: float
    buyers: float
    level: float
    lift: float
    zero: float
    some: float


ENTRY = Limits(
    a12=0.64, very_a12=0.86, members=0.60, more=1.25, very_more=2.0, less=0.80, very_less=0.33, moderate=0.11,
    mix=0.65, mix_members=0.60, balanced=0.65, both=0.50, buyers=0.50, level=0.70, lift=1.5, zero=0.80, some=0.95,
)  # fmt: skip
EXIT = Limits(
    a12=0.60, very_a12=0.60, members=0.55, more=1.15, very_more=1.15, less=0.87, very_less=0.87, moderate=0.14,
    mix=0.60, mix_members=0.55, balanced=0.70, both=0.45, buyers=0.45, level=0.62, lift=1.3, zero=0.75, some=0.90,
)  # fmt: skip
_SLACK = 1e-9


def a12(mine: Floats, rest: Floats) -> float:
    """P(mine > rest) + P(equal) / 2, by counting in the sorted rest."""
    if not mine.size or not rest.size:
        return float("nan")
    rest = np.sort(rest)
    wins = np.searchsorted(rest, mine, "left") + np.searchsorted(rest, mine, "right")
    return float(wins.sum() / (2.0 * mine.size * rest.size))


class Judge:
    """Whether a trait holds of the members, by raw values only."""

    def __init__(self, columns: Columns, member: Ints) -> None:
        self.columns = columns
        self.member = member

    def holds(self, trait: Trait, segment: int, limits: Limits) -> bool:
        inside = self.member == segment
        if not inside.any() or inside.all():
            return False
        column = self.columns[trait.column]
        x = column.values
        if trait.kind in ("level", "yes", "no"):
            code = (
                float(column.levels.index(trait.level))
                if trait.kind == "level"
                else float(trait.kind == "yes")
            )
            mine, everyone = float((x[inside] == code).mean()), float((x == code).mean())
            return (
                mine >= limits.level - _SLACK and everyone < 0.6 and mine >= limits.lift * everyone - _SLACK
            )
        if trait.kind in ("mix-one", "mix-balanced"):
            return self._mix(trait, inside, limits)
        if trait.kind == "none":
            return float((x[inside] == 0).mean()) >= limits.zero - _SLACK
        if trait.kind == "some":
            return float((x[inside] > 0).mean()) >= limits.some - _SLACK
        return self._level(trait, x, inside, limits)

    def _level(self, trait: Trait, x: Floats, inside: Bools, limits: Limits) -> bool:
        known = ~np.isnan(x)
        mine, rest, everyone = x[inside & known], x[~inside & known], x[known]
        if not mine.size or not rest.size:
            return False
        effect = a12(mine, rest)
        if trait.kind == "moderate":
            return abs(effect - 0.5) <= limits.moderate + _SLACK
        very = trait.kind.startswith("very")
        gate = (limits.very_a12 if very else limits.a12) - _SLACK
        money = self.columns[trait.column].role in MONEY and everyone.min() >= 0 and everyone.mean() > 0
        ratio = mine.mean() / everyone.mean() if money else 1.0
        middle = np.median(everyone)
        if trait.kind.endswith("high"):
            enough = not money or ratio >= (limits.very_more if very else limits.more) - _SLACK
            return bool(effect >= gate and (mine > middle).mean() >= limits.members - _SLACK and enough)
        enough = not money or ratio <= (limits.very_less if very else limits.less) + _SLACK
        return bool(1 - effect >= gate and (mine <= middle).mean() >= limits.members - _SLACK and enough)

    def _mix(self, trait: Trait, inside: Bools, limits: Limits) -> bool:
        parts = np.array([np.nan_to_num(self.columns[p].values[inside]) for p in trait.parts])
        sums = parts.sum(axis=0)
        whole = trait.column if trait.kind == "mix-balanced" else self._whole(trait.parts)
        buyers = self.columns[whole].values[inside] > 0
        if buyers.mean() < limits.buyers - _SLACK or sums.sum() <= 0:
            return False
        if trait.kind == "mix-one":
            own = parts[trait.parts.index(trait.column)]
            mostly = (own > 0.5 * sums) & (sums > 0)
            share = own.sum() / sums.sum()
            return bool(
                share >= limits.mix - _SLACK and mostly.sum() >= limits.mix_members * buyers.sum() - _SLACK
            )
        share = parts[0].sum() / sums.sum()
        low, high = 1 - limits.balanced, limits.balanced
        both = ((parts > 0).all(axis=0) & buyers).sum() / buyers.sum()
        return bool(low - _SLACK < share < high + _SLACK and both >= limits.both - _SLACK)

    def _whole(self, parts: tuple[str, ...]) -> str:
        return next(w.whole for w in self.columns.part_wholes if w.parts == parts)


# --------------------------------------------------------------------------- cutting again


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A segmentation with its names."""

    columns: Columns
    features: Features
    centroids: Floats
    """In the order of the report."""
    member: Ints
    segments: tuple[Segment, ...]


def take(columns: Columns, rows: Ints) -> Columns:
    """The same columns for other rows (a subset, an order, a bootstrap)."""
    return replace(
        columns,
        columns=tuple(replace(c, values=c.values[rows]) for c in columns.columns),
        customers=tuple(columns.customers[i] for i in rows),
        rows_read=len(rows),
        rows_used=len(rows),
    )


def cut(columns: Columns, lexicon: Lexicon, scaling: str, k: int, seed: int) -> Cut:
    """Prepare, cluster and name; everything but the choice of k, the stability and the tree."""
    features = preprocess.preprocess(columns, scaling=scaling)
    x = np.ascontiguousarray(features.matrix[features.order])
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)
        starts = [KMeans(n_clusters=k, n_init=10, random_state=s, tol=0.0).fit(x) for s in (FIXED, seed)]
        model = min(starts, key=lambda fit: fit.inertia_)
    sizes = np.bincount(model.labels_, minlength=k)
    rank = np.lexsort((model.cluster_centers_[:, 0], -sizes))
    found = np.argsort(rank)[model.labels_].astype(np.int64)
    member = np.empty(len(x), dtype=np.int64)
    member[features.order] = found
    centroids = np.asarray(model.cluster_centers_)[rank]
    clustering = bare(k, member, centroids)
    profile = claims.profile(columns, clustering)
    facts = claims.Facts(columns, clustering, profile)
    return Cut(
        columns=columns,
        features=features,
        centroids=centroids[list(profile.clusters)],
        member=facts.member,
        segments=labels.name(facts, clustering, lexicon),
    )


def bare(k: int, member: Ints, centroids: Floats) -> Clustering:
    none = np.zeros((0, 0))
    return Clustering(
        k=k, labels=member, centroids=centroids, distances=none, inertia=0.0, chosen="asked", candidates=(),
        stability=np.ones(k), silhouette=np.zeros(k), borderline=np.zeros(k), projection=none,
        projection_variance=0.0, grade=Grade.CLEAR, gap=0.0, tentative=False, seed=0,
    )  # fmt: skip


def nearest(matrix: Floats, centroids: Floats) -> Ints:
    squared = ((matrix[:, None, :] - centroids[None, :, :]) ** 2).sum(axis=2)
    return np.asarray(squared.argmin(axis=1), dtype=np.int64)


def matched(before: Ints, after: Ints, k: int) -> tuple[Ints, Floats]:
    """(k,) the new segment that stands for each old one, one to one, and their Jaccard similarity."""
    both = np.zeros((k, k))
    np.add.at(both, (before, after), 1)
    jaccard = both / np.maximum(both.sum(axis=1)[:, None] + both.sum(axis=0)[None, :] - both, 1)
    rows, found = linear_sum_assignment(-jaccard)
    return np.asarray(found, dtype=np.int64), jaccard[rows, found]


# --------------------------------------------------------------------------- the reader


@dataclass(frozen=True, kw_only=True)
class Meaning:
    column: str
    sense: str
    """``up``, ``down``, ``middle``, ``both`` (a mix in balance), ``idle`` or ``level``."""
    level: int = -1


class Reader:
    """Reads a name with the lexicon at hand and picks the row of a profile table that it fits.

    A phrase that may stand for several columns counts as the mean over these. Nothing of how the name was
    made is known to it: not the segment, not the traits.
    """

    def __init__(self, columns: Columns, profile: Profile, lexicon: Lexicon) -> None:
        self.columns = columns
        self.profile = profile
        self.k = len(profile.clusters)
        self.where = {name: j for j, name in enumerate(profile.columns)}
        self.parts = {p: w.parts for w in columns.part_wholes for p in w.parts}
        self.phrases: dict[str, list[Meaning]] = {}
        for column in columns.used(Use.CLUSTERING, Use.PROFILE):
            if column.role is Role.TARGET:
                continue
            words = lexicon.words(column.name, column.role)
            if column.levels and not column.ordered and column.role is not Role.FLAG:
                for code, level in enumerate(column.levels):
                    self._levels(
                        column.name, code, lexicon.level(column.name, level), words.title, words.name
                    )
                    member = lexicon.member(column.name, level, column.role)
                    if member:
                        self._add(
                            f"Who {title_case(member)}",
                            Meaning(column=column.name, sense="level", level=code),
                        )
                continue
            if column.name not in self.where:
                continue
            up = [words.high, f"High {words.name}", words.users, words.high_adjective, words.yes]
            down = [words.low, f"Low {words.name}", f"No {words.name}", words.nonusers, words.low_adjective]
            down.append(f"without {words.no or words.name}")
            if column.role is Role.FLAG:
                up.append(f"Who {title_case(words.some)}")
                down.append(f"Who {title_case(words.none)}")
            if words.rarely:
                down.append(f"Who Rarely {words.rarely}")
            if words.head:
                up += [f"High {words.head}", words.high_head]
                down += [f"Low {words.head}", words.low_head]
                self._add(f"Moderate {words.head}", Meaning(column=column.name, sense="middle"))
            for text in up:
                self._add(text, Meaning(column=column.name, sense="up"))
            for text in down:
                self._add(text, Meaning(column=column.name, sense="down"))
            self._add(words.name, Meaning(column=column.name, sense="up"))
            self._add(f"Average {words.name}", Meaning(column=column.name, sense="middle"))
            self._add(f"Balanced {words.name}", Meaning(column=column.name, sense="both"))
            self._add(words.inactive, Meaning(column=column.name, sense="idle"))

    def _levels(self, column: str, code: int, text: str, title: str, name: str) -> None:
        level = title_case(text.lower() if text.isupper() and len(text) > 4 else text)
        meaning = Meaning(column=column, sense="level", level=code)
        phrases = (f"{title} {text}", f"{name} {text}", level, f"{name}: {level}", title_case(text.lower()))
        for phrase in phrases:
            self._add(phrase, meaning)
        if text.lower() in ("yes", "true"):
            self._add(name, meaning)
        if text.lower() in ("no", "false"):
            self._add(f"No {name}", meaning)

    def _add(self, phrase: str, meaning: Meaning) -> None:
        if phrase and meaning not in self.phrases.setdefault(phrase.lower(), []):
            self.phrases[phrase.lower()].append(meaning)

    def understood(self, name: str) -> tuple[list[list[Meaning]], list[str]]:
        """Meanings of the phrases found, longest first, and the words that mean nothing to the reader."""
        text = f" {name.lower()} "
        found = []
        for phrase in sorted(self.phrases, key=lambda p: (-len(p), p)):
            if f" {phrase} " in text:
                text = text.replace(f" {phrase} ", " | ", 1)
                found.append(self.phrases[phrase])
        left = [
            w for w in text.split() if w not in ("|", "with", "and", "customers", "who", "average", "mixed")
        ]
        return found, left

    def fit(self, name: str) -> Floats:
        """(k,) how well each row of the profile fits the name."""
        score = np.zeros(self.k)
        for meanings in self.understood(name)[0]:
            score += np.mean([self._fit(m) for m in meanings], axis=0)
        return score

    def _fit(self, meaning: Meaning) -> Floats:
        if meaning.sense == "level":
            shares = self.profile.level_shares[meaning.column][:, meaning.level]
            return np.asarray(shares[: self.k] - shares[self.k])
        if meaning.sense == "idle":
            active = [
                self.where[c.name]
                for c in self.columns.used(Use.CLUSTERING, Use.PROFILE)
                if c.role in (Role.AMOUNT, Role.COUNT, Role.FREQUENCY) and c.name in self.where
            ]
            return np.asarray(np.nanmean(1 - 2 * self.profile.auc[:, active], axis=1))
        effect = np.nan_to_num(2 * self.profile.auc[:, self.where[meaning.column]] - 1)
        if meaning.sense == "up" and meaning.column in self.parts:
            return self._share(meaning.column) + effect
        if meaning.sense == "both":
            first = next((w.parts for w in self.columns.part_wholes if w.whole == meaning.column), ())
            return np.asarray(1 - 2 * np.abs(self._share(first[0]) - 0.5)) if first else np.zeros(self.k)
        if meaning.sense == "middle":
            return np.asarray(0.5 - np.abs(effect))
        return np.asarray(effect if meaning.sense == "up" else -effect)

    def _share(self, part: str) -> Floats:
        sums = sum(self.profile.total[: self.k, self.where[p]] for p in self.parts[part])
        return np.asarray(self.profile.total[: self.k, self.where[part]] / np.maximum(sums, 1e-12))


# --------------------------------------------------------------------------- reading ease


def syllables(word: str) -> int:
    """Groups of vowels (a e i o u y), less a silent «e» or «ed» at the end, at least one; a numeral is one."""
    word = re.sub(r"[^a-z]", "", word.lower())
    if not word:
        return 1
    groups = len(re.findall(r"[aeiouy]+", word))
    silent = re.search(r"[^aeiouyl]e$|[^aeiouytd]ed$|[^aeiouysxzcgh]es$", word)
    if silent and groups > 1:
        groups -= 1
    return max(groups, 1)


@dataclass
class Prose:
    words: int = 0
    sentences: int = 0
    syllables: int = 0
    longest: tuple[int, str] = (0, "")
    too_long: list[str] = field(default_factory=list)
    too_many: list[str] = field(default_factory=list)

    def read(self, sentence: Sentence) -> None:
        ends, at = [], 0
        for shown in sentence.slots:
            at = max(sentence.text.find(shown.text, at), at)
            ends.append(at)
            at += len(shown.text)
        start = 0
        for part in re.split(r"(?<=[.!?])\s+", sentence.text):
            start = sentence.text.index(part, start)
            stop = start + len(part)
            tokens = re.findall(r"\w[\w.,'’%-]*", part)
            self.words += len(tokens)
            self.sentences += 1
            self.syllables += sum(sum(syllables(w) for w in t.split("-")) for t in tokens)
            if len(tokens) > self.longest[0]:
                self.longest = (len(tokens), part)
            if len(tokens) > 22:
                self.too_long.append(part)
            if sum(start <= e < stop for e in ends) > 2:
                self.too_many.append(part)
            start = stop

    @property
    def ease(self) -> float:
        """Flesch (1948)."""
        n, m = max(self.words, 1), max(self.sentences, 1)
        return 206.835 - 1.015 * n / m - 84.6 * self.syllables / n


def prose(story: Story) -> Prose:
    """What an executive reads: headline, deck, findings, grade, and of each segment portrait, who, apart, named."""
    found = Prose()
    for sentence in (*story.headline, *story.deck, *story.grade):
        found.read(sentence)
    for finding in story.findings:
        for sentence in (finding.title, *finding.body):
            found.read(sentence)
    for page in story.segments:
        for sentence in (page.portrait, *page.who, *page.apart, *page.named):
            found.read(sentence)
    return found


# --------------------------------------------------------------------------- one table


@dataclass(frozen=True, kw_only=True)
class Score:
    """A number of successes among so many."""

    good: float = 0.0
    of: float = 0.0

    def __add__(self, other: Score) -> Score:
        return Score(good=self.good + other.good, of=self.of + other.of)

    @property
    def share(self) -> float:
        return self.good / self.of if self.of else float("nan")


def tally(results: Iterable[bool]) -> Score:
    found = list(results)
    return Score(good=sum(found), of=len(found))


@dataclass
class Measured:
    """All figures of one table."""

    case: Case
    k: int
    names: list[str]
    scores: dict[str, Score] = field(default_factory=dict)
    overlap: float = 0.0
    prose: Prose = field(default_factory=Prose)
    remarks: list[str] = field(default_factory=list)
    seconds: float = 0.0


def traits_key(segment: Segment) -> set[tuple[str, str, str]]:
    return {(t.column, t.kind.removeprefix("very-"), t.level) for t in segment.all_traits}


def measure(case: Case, repeats: int, halves: int, verify: bool) -> Measured:
    started = time.perf_counter()
    analysis = pipeline.analyse(case.path, case.config)
    lexicon = load_lexicon(case.config.lexicon).for_table(analysis.table.header)
    segments, k = analysis.segments, analysis.clustering.k
    m = Measured(case=case, k=k, names=[s.name for s in segments])
    judge = Judge(analysis.columns, analysis.segment_index())
    m.scores["true name"] = tally(judge.holds(t, i, ENTRY) for i, s in enumerate(segments) for t in s.traits)
    m.scores["true all"] = tally(
        judge.holds(t, i, ENTRY) for i, s in enumerate(segments) for t in s.all_traits
    )
    for i, s in enumerate(segments):
        for t in s.all_traits:
            if not judge.holds(t, i, ENTRY):
                m.remarks.append(f"untrue: {s.name}: {t.kind} {t.column} {t.level}")
    m.scores["hit"] = tally(s.hit >= 0.5 and s.hit > s.hit_rest for s in segments if s.conditions)
    if verify:
        m.scores["verified"] = proved(case, m)

    m.scores["coverage name"] = tally(any(t.kind != "moderate" for t in s.traits) for s in segments)
    m.scores["coverage"] = tally(any(t.kind != "moderate" for t in s.all_traits) for s in segments)
    m.scores["unique"] = tally(m.names.count(name) == 1 for name in m.names)
    m.scores["short"] = tally(
        len(n.split()) <= labels.MAX_WORDS and len(n) <= labels.MAX_LENGTH for n in m.names
    )
    keys = [traits_key(s) for s in segments]
    pairs = [(a, b) for i, a in enumerate(keys) for b in keys[i + 1 :]]
    m.overlap = max((len(a & b) / max(len(a | b), 1) for a, b in pairs), default=0.0)
    decode(m, analysis, lexicon)
    m.prose = prose(analysis.story)

    rng = np.random.default_rng(SEED)
    n = analysis.columns.rows_used
    held_out(m, analysis, lexicon, halves, rng)
    limit = n if case.whole else min(n, ROWS)
    rows = np.sort(rng.permutation(n)[:limit]).astype(np.int64)
    stay(m, take(analysis.columns, rows), lexicon, repeats, rng)
    m.seconds = time.perf_counter() - started
    return m


def decode(m: Measured, analysis: Analysis, lexicon: Lexicon) -> None:
    reader = Reader(analysis.columns, analysis.profile, lexicon)
    fits = np.array([reader.fit(name) for name in m.names])
    shuffle = np.random.default_rng(SEED).permutation(m.k)
    fits = fits[:, shuffle]
    truth = np.argsort(shuffle)
    _, one = linear_sum_assignment(-fits)
    alone = fits.argmax(axis=1)
    m.scores["decoded one-to-one"] = tally(bool(a == b) for a, b in zip(one, truth, strict=True))
    m.scores["decoded alone"] = tally(bool(a == b) for a, b in zip(alone, truth, strict=True))
    for name, picked, right in zip(m.names, alone, truth, strict=True):
        if picked != right:
            m.remarks.append(f"read as another: {name} -> {m.names[shuffle[picked]]}")
        left = reader.understood(name)[1]
        if left:
            m.remarks.append(f"words the reader does not know: {' '.join(left)} in {name}")


def held_out(
    m: Measured, analysis: Analysis, lexicon: Lexicon, halves: int, rng: np.random.Generator
) -> None:
    """Segments and names from half A, the same claims on half B under A's model."""
    scores = {key: Score() for key in ("name entry", "name exit", "all entry", "all exit")}
    failed: Counter[str] = Counter()
    n = analysis.columns.rows_used
    for half in range(halves):
        rows = rng.permutation(n)[: 2 * ROWS if not m.case.whole else n].astype(np.int64)
        a, b = np.sort(rows[::2]), np.sort(rows[1::2])
        made = cut(take(analysis.columns, a), lexicon, m.case.config.scaling, m.k, half)
        columns = take(analysis.columns, b)
        member = nearest(preprocess.apply(made.features.transforms, columns), made.centroids)
        judge = Judge(columns, member)
        for i, segment in enumerate(made.segments):
            for what, traits in (("name", segment.traits), ("all", segment.all_traits)):
                for when, limits in (("entry", ENTRY), ("exit", EXIT)):
                    held = [judge.holds(t, i, limits) for t in traits]
                    scores[f"{what} {when}"] += tally(held)
                    if when == "exit":
                        for t, ok in zip(traits, held, strict=True):
                            failed[f"{what}: {t.kind} {t.column} {t.level}"] += not ok
    m.scores.update({f"held {key}": value for key, value in scores.items()})
    m.remarks += [f"not on the other half x{c}: {what}" for what, c in failed.most_common(6) if c]


def stay(m: Measured, columns: Columns, lexicon: Lexicon, repeats: int, rng: np.random.Generator) -> None:
    """Names again over seeds, row orders and bootstraps; the last also among segments that came back."""
    scaling, k, n = m.case.config.scaling, m.k, columns.rows_used
    base = cut(columns, lexicon, scaling, k, 0)
    names = [s.name for s in base.segments]
    changed: Counter[tuple[str, str]] = Counter()
    for kind in ("seeds", "orders", "bootstraps"):
        same, again, still = [], [], []
        for r in range(repeats):
            rows = np.arange(n, dtype=np.int64)
            if kind == "orders":
                rows = rng.permutation(n).astype(np.int64)
            elif kind == "bootstraps":
                rows = rng.integers(0, n, n)
            made = cut(take(columns, rows), lexicon, scaling, k, r + 1 if kind == "seeds" else 0)
            found, jaccard = matched(base.member[rows], made.member, k)
            judge = Judge(made.columns, made.member)
            for i in range(k):
                other = made.segments[found[i]].name
                same.append(names[i] == other)
                if kind == "bootstraps":
                    still.append(all(judge.holds(t, int(found[i]), EXIT) for t in base.segments[i].traits))
                    if jaccard[i] >= 0.75:
                        again.append(names[i] == other)
                    if names[i] != other:
                        changed[(names[i], f"{other}{'' if jaccard[i] >= 0.75 else ' (segment moved)'}")] += 1
        m.scores[f"same {kind}"] = tally(same)
        if kind == "bootstraps":
            m.scores["same found again"] = tally(again)
            m.scores["still true"] = tally(still)
    m.remarks += [f"renamed x{c}: {a} -> {b}" for (a, b), c in changed.most_common(8)]


def proved(case: Case, m: Measured) -> Score:
    """Build the report and let ``reportgen verify`` look at it."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.pdf"
        build = [sys.executable, "-m", "reportgen", "build", str(case.path), "--output", str(report)]
        if case.config.segments:
            build += ["-k", str(case.config.segments), "--scaling", case.config.scaling]
            build += ["--features", ",".join(case.config.features)]
        subprocess.run(build, check=True, capture_output=True, cwd=REPOSITORY)
        check = [sys.executable, "-m", "reportgen", "verify", str(report), str(case.path), "--json"]
        done = subprocess.run(check, capture_output=True, text=True, cwd=REPOSITORY, check=False)
    try:
        found = json.loads(done.stdout)
    except ValueError:
        m.remarks.append(f"verify: {done.stderr.strip()}")
        return Score(good=0, of=1)
    m.remarks += [f"verify: {failure}" for failure in found["failures"][:6]]
    return Score(good=found["hold"], of=found["claims"])


# --------------------------------------------------------------------------- tables without segments


def write_csv(path: Path, x: Floats) -> Path:
    header = ",".join(("customer", *(f"measure_{chr(97 + j)}" for j in range(x.shape[1]))))
    lines = [f"C{i:05d}," + ",".join(f"{v:.6g}" for v in row) for i, row in enumerate(x)]
    path.write_text("\n".join([header, *lines]) + "\n", "utf-8")
    return path


def one_population(table: Path, rng: np.random.Generator, n: int) -> Floats:
    """A single population with the columns and the rank correlations of a real table (Gaussian copula)."""
    _, columns = pipeline.inspect(table, DEFAULTS)
    used = [
        c for c in columns.used(Use.CLUSTERING) if c.numeric and c.role is not Role.FLAG and c.distinct > 9
    ]
    raw = np.column_stack([np.where(np.isnan(c.values), np.nanmedian(c.values), c.values) for c in used])
    raw = raw[rng.permutation(len(raw))[: max(n, ROWS)]]
    scores = norm.ppf((np.apply_along_axis(rankdata, 0, raw) - 0.5) / len(raw))
    drawn = rng.multivariate_normal(np.zeros(raw.shape[1]), np.corrcoef(scores.T), size=n, method="eigh")
    return np.column_stack([np.quantile(raw[:, j], norm.cdf(drawn[:, j])) for j in range(raw.shape[1])])


def null_tables(quick: bool) -> Iterator[tuple[str, Floats]]:
    rng = np.random.default_rng(SEED)
    yield "pure noise (uniform)", rng.random((2_000, 6))
    yield "one log-normal blob", np.exp(rng.normal(size=(2_000, 6)))
    if quick:
        return
    for i in range(3):
        yield f"Gaussian {i + 1}", rng.multivariate_normal(np.zeros(8), _correlation(8, rng), size=2_000)
    for i in range(3):
        drawn = rng.multivariate_normal(np.zeros(8), _correlation(8, rng), size=2_000)
        yield f"log-normal {i + 1}", np.exp(drawn * rng.uniform(0.4, 1.4, size=8))
    real = (
        "CC GENERAL", "BankChurners", "marketing_campaign", "rfm_data", "Wholesale customers data",
        "google_review_ratings",
    )  # fmt: skip
    for name in real:
        if (SHARED / f"{name}.csv").exists():
            yield f"one population like {name}", one_population(SHARED / f"{name}.csv", rng, 2_000)


def _correlation(p: int, rng: np.random.Generator) -> Floats:
    loads = rng.normal(size=(p, 2))
    table = loads @ loads.T + np.diag(rng.uniform(0.5, 2.0, size=p))
    scale = np.sqrt(np.diag(table))
    return np.asarray(table / np.outer(scale, scale))


def null_honesty(quick: bool) -> bool:
    rows, good = [], []
    with tempfile.TemporaryDirectory() as folder:
        for i, (name, x) in enumerate(null_tables(quick)):
            analysis = pipeline.analyse(write_csv(Path(folder) / f"null{i}.csv", x), DEFAULTS)
            text = " ".join(
                [analysis.story.title, *map(str, analysis.story.grade), *map(str, analysis.story.deck)]
            )
            said = "slices" in analysis.story.title.lower() and "no natural groups" in text.lower()
            good.append(analysis.clustering.grade is Grade.NONE and said)
            gap = f"{analysis.clustering.gap:+.3f}"
            rows.append([name, str(analysis.clustering.k), gap, str(analysis.clustering.grade), yes(said)])
    rows.append(["all", "", "", f"{sum(good)}/{len(good)}", ""])
    show(
        "Honesty about nothing (target: all graded none, and said)",
        ["table", "k", "gap", "grade", "said"],
        rows,
    )
    return all(good)


# --------------------------------------------------------------------------- printing


def yes(value: bool) -> str:
    return "yes" if value else "NO"


def show(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(str(r[j])) for r in [header, *rows]) for j in range(len(header))]
    print(f"\n{title}")
    for row in [header, ["-" * w for w in widths], *rows]:
        print("  ".join(str(c).ljust(w) if j == 0 else str(c).rjust(w) for j, (c, w) in enumerate(
            zip(row, widths, strict=True))))  # fmt: skip
    sys.stdout.flush()


def percent(score: Score | None) -> str:
    return (
        "-"
        if score is None or not score.of
        else f"{100 * score.share:.1f}"
        if score.good < score.of
        else "100"
    )


Group = tuple[str, tuple[tuple[str, str, float], ...]]
"""Title; then heading, key of the score, target in percent."""
GROUPS: tuple[Group, ...] = (
    ("Truth, % (judged again on raw values)", (
        ("name's traits", "true name", 100), ("all traits", "true all", 100), ("rule fits members", "hit", 100),
        ("claims verified", "verified", 100),
    )),
    ("Truth on the other half, %", (
        ("name, entry", "held name entry", 95), ("name, exit", "held name exit", 99),
        ("all, entry", "held all entry", 95), ("all, exit", "held all exit", 99),
    )),
    ("Coverage, distinctiveness, decodability, %", (
        ("says something", "coverage", 100), ("in the name", "coverage name", 95), ("unique", "unique", 100),
        ("short", "short", 100), ("one-to-one", "decoded one-to-one", 95), ("alone", "decoded alone", 85),
    )),
    ("Stability: the same name, %", (
        ("seeds", "same seeds", 95), ("row orders", "same orders", 95), ("bootstraps", "same bootstraps", 95),
        ("of those found again", "same found again", 95), ("still true at exit", "still true", 95),
    )),
)  # fmt: skip


def report(results: Sequence[Measured]) -> list[str]:
    missed = []
    for title, items in GROUPS:
        items = tuple(item for item in items if any(item[1] in m.scores for m in results))
        header = ["table", "k", *(head for head, _, _ in items)]
        if title.startswith("Coverage"):
            header.append("max overlap")
        rows = []
        for m in results:
            row = [m.case.name, str(m.k), *(percent(m.scores.get(key)) for _, key, _ in items)]
            rows.append(row + ([f"{m.overlap:.2f}"] if title.startswith("Coverage") else []))
        total = {key: sum((m.scores.get(key, Score()) for m in results), Score()) for _, key, _ in items}
        tail = [""] if title.startswith("Coverage") else []
        rows.append(["all", "", *(percent(total[key]) for _, key, _ in items), *tail])
        rows.append(
            ["target", "", *(f">= {target:g}" if target < 100 else "100" for _, _, target in items), *tail]
        )
        show(title, header, rows)
        missed += [
            f"{title}: {head}: {percent(total[key])} (target {target:g})"
            for head, key, target in items
            if total[key].of and 100 * total[key].share < target
        ]
    rows = [
        [m.case.name, f"{m.prose.ease:.0f}", str(m.prose.sentences), f"{m.prose.words / m.prose.sentences:.1f}",
         str(m.prose.longest[0]), f"{100 * len(m.prose.too_long) / m.prose.sentences:.1f}", str(len(m.prose.too_many))]
        for m in results
    ]  # fmt: skip
    rows.append(["target", ">= 55", "", "", "<= 22", "0", "0"])
    header = ["table", "Flesch ease", "sentences", "words each", "longest", "% over 22", "over 2 numbers"]
    show("Readability of the prose", header, rows)
    missed += [f"Readability: {m.case.name}: ease {m.prose.ease:.0f}" for m in results if m.prose.ease < 55]
    missed += [f"Readability: over 22 words: {t}" for m in results for t in m.prose.too_long[:1]]
    missed += [f"Readability: over 2 numbers: {t}" for m in results for t in m.prose.too_many[:1]]
    return missed


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the words of the report.")
    parser.add_argument("--quick", action="store_true", help="two tables, few repeats, two null tables")
    parser.add_argument("--only", default="", help="only tables whose name holds this")
    parser.add_argument(
        "--no-verify", action="store_true", help="do not build and verify a report of each table"
    )
    parser.add_argument("--details", action="store_true", help="names and remarks of each table")
    options = parser.parse_args()
    if not SHARED.exists():
        print(f"{SHARED} is not there: only the sample is measured", file=sys.stderr)
    started = time.perf_counter()
    chosen = [c for c in cases() if c.path.exists() and options.only.lower() in c.name.lower()]
    if options.quick and not options.only:
        chosen = [c for c in chosen if c.name in ("sample q3", "Wholesale customers data")]
    repeats, halves = (REPEATS_QUICK, HALVES_QUICK) if options.quick else (REPEATS, HALVES)
    results = []
    for case in chosen:
        results.append(measure(case, repeats, halves, not options.no_verify))
        print(f"{case.name}: {results[-1].seconds:.0f} s", file=sys.stderr)
    missed = report(results)
    honest = True if options.only else null_honesty(options.quick)
    if options.details:
        for m in results:
            print(f"\n{m.case.name}: {'; '.join(m.names)}")
            print("\n".join(f"  {r}" for r in m.remarks))
            print("\n".join(f"  long: {t}" for t in m.prose.too_long))
            print("\n".join(f"  numbers: {t}" for t in m.prose.too_many))
    if not honest:
        missed.append("Honesty about nothing: a single population was given groups")
    print(
        f"\n{'All targets are met.' if not missed else 'Short of target:'} ({time.perf_counter() - started:.0f} s)"
    )
    print("\n".join(f"  {line}" for line in missed))
    return 0 if honest and all(m.scores["true all"].share == 1 for m in results) else 1


if __name__ == "__main__":
    sys.exit(main())
