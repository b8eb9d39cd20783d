"""Turn tokens.toml into the words by which columns and cells are recognised.

A word is compared after ``fold`` (lower case, no accents), a column name after ``split_name``. The words are
data so that a language or a trade is added without touching the code that reads tables.
"""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reportgen.errors import LexiconError

Phrase = tuple[str, ...]
"""Words that stand side by side in a name."""

_NAMES = (
    "id", "id_endings", "each", "customer", "customer_alone", "ranks", "shared", "shared_accounts", "others", "person",
    "called", "contact", "geography", "regions", "category", "durations", "duration_endings", "calendar", "events",
    "date", "ahead", "ahead_endings", "past", "tenure_date", "recency_date", "birth", "birth_alone", "year",
    "flag_prefixes", "currency", "line_numbers", "not_customers", "credit_scores", "staff", "anything", "measures",
    "capacities", "used", "yes_or_no", "places", "coded", "drawn", "drawn_alone", "drawn_levels",
)  # fmt: skip
_SECTIONS = (
    "cells", "rows", "scales", "bands", "money", "multiples", "months", "rates", "periods", "durations", "roles",
    "value", "totals", "rows_of_purchases", "names", "targets", "header",
)  # fmt: skip
UNSPACED = "\u1100"
"""First letter of the scripts that put no space between words (Korean, Japanese, Chinese)."""
TOKENS = Path(__file__).with_name("tokens.toml")


def fold(text: str) -> str:
    """Lower case without accents: ``Âge`` -> ``age``."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def split_name(name: str) -> Phrase:
    """The words of a column name, lower case: ``NumWebPurchases``, ``CREDIT_LIMIT``, ``BILL_AMT1``."""
    spaced = re.sub(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])", " ", name)
    spaced = re.sub(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])|(?<=[A-ZÀ-Þ])(?=[A-ZÀ-Þ][a-zà-ÿ])", " ", spaced)
    return tuple(re.findall(r"[^\W_]+", fold(spaced)))


@dataclass(frozen=True, kw_only=True, slots=True)
class RoleWords:
    """What names a column of one role has."""

    role: str
    strong: tuple[Phrase, ...]
    weak: tuple[Phrase, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class HeaderWords:
    """What a column's name says of its numbers, see ``measured``; all in lower case."""

    codes: frozenset[str]
    """Currencies that may end a name without brackets."""
    fillers: frozenset[str]
    currencies: Mapping[str, str]
    """Words for a currency that cells do not have -> unit."""
    scales: Mapping[str, float]
    close: Mapping[str, float]
    """Letters that multiply only what is written right beside them."""
    beside: Mapping[str, float]
    """Words that multiply only where a currency is named as well."""
    unsure: frozenset[tuple[str, str]]
    """(word of ``beside``, unit) that may be thousands or millions."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tokens:
    """All words about columns and cells. Cell words are lower case, name words folded phrases."""

    missing: frozenset[str]
    missing_in_numbers: frozenset[str]
    missing_in_flags: frozenset[str]
    """Missing as the third level beside a no and a yes."""
    errors: frozenset[str]
    booleans: tuple[tuple[str, str], ...]
    """(no, yes) pairs."""
    sides: frozenset[str]
    """Words behind an amount that say on which side of an account it stands."""
    marks: frozenset[str]
    """What says yes in a column of these and blank cells."""
    currencies: frozenset[str]
    """Codes of ISO 4217."""
    multiples: Mapping[str, float]
    """Word behind a number -> what it multiplies it by."""
    multiples_beside: Mapping[str, float]
    """The same, only where another word of ``multiples`` stands in the column."""
    row_totals: frozenset[str]
    """How the label of a total row begins."""
    row_answers: frozenset[str]
    """What kind of answer a question has, in a second header row."""
    scales: tuple[tuple[frozenset[str], ...], ...]
    """Ordered scales; each step is a set of words that mean the same."""
    below: tuple[str, ...]
    above: tuple[str, ...]
    after: tuple[str, ...]
    to: tuple[str, ...]
    money: Mapping[str, str]
    """Sign or code as written -> unit."""
    header: HeaderWords
    """What names say of currency and scale."""
    months: Mapping[str, int]
    """Folded month name -> 1..12."""
    never: frozenset[str]
    """Dates, written 1900-01-01, that stand for none where they lie far from the others."""
    quarters: frozenset[str]
    """Folded words beside the number of a quarter."""
    weeks: frozenset[str]
    """Folded words beside the number of a week."""
    time_units: Mapping[str, float]
    """Folded word behind a number of a duration -> minutes."""
    roles: tuple[RoleWords, ...]
    """In order of precedence."""
    value: tuple[Phrase, ...]
    value_behind: tuple[Phrase, ...]
    """Words of the money that matters most, best first."""
    value_years: tuple[Phrase, ...]
    """What stands before a year of two digits."""
    value_worth: tuple[Phrase, ...]
    """What a thing is worth, which its owner does not bring."""
    value_own: tuple[Phrase, ...]
    value_own_surely: tuple[Phrase, ...]
    """The turnover of a customer's own company."""
    value_short: tuple[Phrase, ...]
    value_short_beside: tuple[Phrase, ...]
    """Letters that mean money only alone or beside these, and the values too."""
    value_gross: tuple[Phrase, ...]
    value_net: tuple[Phrase, ...]
    totals_bare: tuple[Phrase, ...]
    totals_lengths: tuple[Phrase, ...]
    """How long something was done, which is no money."""
    totals_flows: tuple[Phrase, ...]
    totals_never: tuple[Phrase, ...]
    totals_singles: tuple[Phrase, ...]
    """Words of one payment, an average or a plan: without payments there is none, and it is not 0."""
    totals_windows: frozenset[str]
    totals_periods: frozenset[str]
    prices: tuple[Phrase, ...]
    quantities: tuple[Phrase, ...]
    orders: tuple[Phrase, ...]
    products: tuple[Phrase, ...]
    unit_prices: tuple[Phrase, ...]
    purchases: tuple[Phrase, ...]
    things: Mapping[str, str]
    """What a row is -> what several are called."""
    id: tuple[Phrase, ...]
    id_endings: tuple[Phrase, ...]
    each: tuple[Phrase, ...]
    """Before a word for the customer they say that something is counted for each."""
    customer: tuple[Phrase, ...]
    customer_alone: tuple[Phrase, ...]
    ranks: tuple[Phrase, ...]
    shared: tuple[Phrase, ...]
    shared_accounts: tuple[Phrase, ...]
    others: tuple[Phrase, ...]
    not_customers: tuple[Phrase, ...]
    credit_scores: tuple[Phrase, ...]
    """Scores that begin far above zero."""
    staff: tuple[Phrase, ...]
    measures: tuple[Phrase, ...]
    capacities: tuple[Phrase, ...]
    used: tuple[Phrase, ...]
    """Words that say how many were taken of what one may have."""
    yes_or_no: tuple[Phrase, ...]
    places: tuple[Phrase, ...]
    coded: tuple[Phrase, ...]
    """Words at the end of a name whose whole numbers are codes, even below zero."""
    drawn: tuple[Phrase, ...]
    """Words of what was drawn by lot."""
    drawn_alone: tuple[Phrase, ...]
    drawn_levels: tuple[Phrase, ...]
    person: tuple[Phrase, ...]
    called: tuple[Phrase, ...]
    anything: tuple[Phrase, ...]
    """Beside a word for an id they say nothing of whose it is."""
    contact: tuple[Phrase, ...]
    geography: tuple[Phrase, ...]
    regions: tuple[Phrase, ...]
    category: tuple[Phrase, ...]
    durations: tuple[Phrase, ...]
    duration_endings: tuple[Phrase, ...]
    calendar: tuple[Phrase, ...]
    events: tuple[Phrase, ...]
    date: tuple[Phrase, ...]
    ahead: tuple[Phrase, ...]
    ahead_endings: tuple[Phrase, ...]
    past: tuple[Phrase, ...]
    tenure_date: tuple[Phrase, ...]
    recency_date: tuple[Phrase, ...]
    birth: tuple[Phrase, ...]
    birth_alone: tuple[Phrase, ...]
    """The whole name of a column that may be a year of birth, by its values."""
    year: tuple[Phrase, ...]
    flag_prefixes: tuple[Phrase, ...]
    currency: tuple[Phrase, ...]
    line_numbers: tuple[Phrase, ...]
    """The whole name of the column that numbers the lines of an order."""
    target_always: tuple[Phrase, ...]
    target_two_levels: tuple[Phrase, ...]
    target_two_levels_last: tuple[Phrase, ...]
    target_at_the_end: tuple[Phrase, ...]
    rfm: tuple[Phrase, ...]
    """Recency, frequency and money, whose first letters are those of their scores."""
    rfm_scores: tuple[Phrase, ...]
    target_endings: tuple[Phrase, ...]
    target_never_before: tuple[Phrase, ...]
    status: tuple[Phrase, ...]
    ended: tuple[Phrase, ...]
    """Words of levels: it is over with the customer."""
    ended_status: tuple[Phrase, ...]
    """The same, only in a column whose name has a word of ``status``."""
    going_on: tuple[Phrase, ...]
    rates_never: tuple[Phrase, ...]
    rates_times: tuple[Phrase, ...]
    rates_either: tuple[Phrase, ...]
    """Told in money or in percent."""


def has(words: Phrase, phrases: tuple[Phrase, ...]) -> Phrase | None:
    """The first of ``phrases`` that stands in ``words``, or None.

    Words that are written without spaces between them (``購入金額``) are looked for inside the name.
    """
    unspaced = any(not word.isascii() and max(word) >= UNSPACED for word in words)
    for phrase in phrases:
        n = len(phrase)
        if n == 1:
            if phrase[0] in words:
                return phrase
            if unspaced and min(phrase[0]) >= UNSPACED and any(phrase[0] in word for word in words):
                return phrase
        elif any(words[i : i + n] == phrase for i in range(len(words) - n + 1)):
            return phrase
    return None


def names_id(name: str, tokens: Tokens) -> bool:
    """Whether the name of a column says, at its beginning or its end, that it holds an id."""
    words = split_name(name)
    return bool(words) and (
        words in tokens.customer_alone
        or has(words[-1:], tokens.id) is not None
        or has(words[:1], tokens.id) is not None
        or any(words[-1].endswith(ending[0]) for ending in tokens.id_endings)
    )


@functools.lru_cache(maxsize=4)
def load_tokens(path: Path = TOKENS) -> Tokens:
    """Read and check the words; LexiconError names the file, the key and the fix."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise LexiconError(f"{path.name}: cannot be read ({error}); restore the file") from None
    except tomllib.TOMLDecodeError as error:
        raise LexiconError(f"{path.name}: not valid TOML ({error}); repair it") from None
    return _Reader(path.name).tokens(raw)


class _Reader:
    """Checks each key on the way; the file's name is in every error."""

    def __init__(self, file: str) -> None:
        self.file = file

    def tokens(self, raw: dict[str, Any]) -> Tokens:
        self._only(raw, "", *_SECTIONS)
        cells = self._section(
            raw,
            "cells",
            "missing missing_in_numbers missing_in_flags errors booleans marks sides currencies never",
        )
        periods = self._section(raw, "periods", "quarters weeks")
        rows = self._section(raw, "rows", "totals answers")
        bands = self._section(raw, "bands", "below above after to")
        names = self._section(raw, "names", " ".join(_NAMES))
        totals = self._section(raw, "totals", "flows never singles windows periods bare lengths")
        bought = self._section(
            raw, "rows_of_purchases", "prices quantities orders products unit_prices purchases things"
        )
        targets = self._section(
            raw,
            "targets",
            "always rfm rfm_scores at_the_end endings two_levels never_before two_levels_last "
            "status ended ended_status going_on",
        )
        rates = self._section(raw, "rates", "never times either")
        phrases = {key: self._phrases(names, key, "names.") for key in _NAMES}
        return Tokens(
            missing=self._cells(cells, "missing"),
            missing_in_numbers=self._cells(cells, "missing_in_numbers"),
            missing_in_flags=self._cells(cells, "missing_in_flags"),
            errors=self._cells(cells, "errors"),
            booleans=self._booleans(cells),
            sides=self._cells(cells, "sides"),
            marks=self._cells(cells, "marks"),
            currencies=self._cells(cells, "currencies"),
            multiples=self._multiples(self._table(raw, "multiples"), "multiples."),
            multiples_beside=self._multiples(
                self._table(self._table(raw, "multiples"), "beside_others"), "multiples.beside_others."
            ),
            row_totals=frozenset(word.casefold() for word in self._words(rows, "totals", "rows.")),
            row_answers=frozenset(word.casefold() for word in self._words(rows, "answers", "rows.")),
            scales=self._scales(raw),
            below=self._words(bands, "below", "bands."),
            above=self._words(bands, "above", "bands."),
            after=self._words(bands, "after", "bands."),
            to=self._words(bands, "to", "bands."),
            money=self._money(raw),
            header=self._header(raw),
            months=self._months(raw),
            never=self._dates(cells, "never", "cells."),
            quarters=frozenset(map(fold, self._words(periods, "quarters", "periods."))),
            weeks=frozenset(map(fold, self._words(periods, "weeks", "periods."))),
            time_units=self._time_units(self._table(raw, "durations")),
            roles=self._roles(raw),
            value=self._phrases(self._table(raw, "value"), "words", "value."),
            value_behind=self._phrases(self._table(raw, "value"), "behind", "value."),
            value_years=self._phrases(self._table(raw, "value"), "years", "value."),
            value_worth=self._phrases(self._table(raw, "value"), "worth", "value."),
            value_own=self._phrases(self._table(raw, "value"), "own", "value."),
            value_own_surely=self._phrases(self._table(raw, "value"), "own_surely", "value."),
            value_short=self._phrases(self._table(raw, "value"), "short", "value."),
            value_short_beside=self._phrases(self._table(raw, "value"), "short_beside", "value."),
            value_gross=self._phrases(self._table(raw, "value"), "gross", "value."),
            value_net=self._phrases(self._table(raw, "value"), "net", "value."),
            totals_bare=self._phrases(totals, "bare", "totals."),
            totals_lengths=self._phrases(totals, "lengths", "totals."),
            totals_flows=self._phrases(totals, "flows", "totals."),
            totals_never=self._phrases(totals, "never", "totals."),
            totals_singles=self._phrases(totals, "singles", "totals."),
            totals_windows=frozenset(self._words(totals, "windows", "totals.")),
            totals_periods=frozenset(self._words(totals, "periods", "totals.")),
            prices=self._phrases(bought, "prices", "rows_of_purchases."),
            quantities=self._phrases(bought, "quantities", "rows_of_purchases."),
            orders=self._phrases(bought, "orders", "rows_of_purchases."),
            products=self._phrases(bought, "products", "rows_of_purchases."),
            unit_prices=self._phrases(bought, "unit_prices", "rows_of_purchases."),
            purchases=self._phrases(bought, "purchases", "rows_of_purchases."),
            things=self._things(bought),
            target_always=self._phrases(targets, "always", "targets."),
            target_two_levels=self._phrases(targets, "two_levels", "targets."),
            target_two_levels_last=self._phrases(targets, "two_levels_last", "targets."),
            rfm=self._phrases(targets, "rfm", "targets."),
            rfm_scores=self._phrases(targets, "rfm_scores", "targets."),
            target_at_the_end=self._phrases(targets, "at_the_end", "targets."),
            target_endings=self._phrases(targets, "endings", "targets."),
            target_never_before=self._phrases(targets, "never_before", "targets."),
            status=self._phrases(targets, "status", "targets."),
            ended=self._phrases(targets, "ended", "targets."),
            ended_status=self._phrases(targets, "ended_status", "targets."),
            going_on=self._phrases(targets, "going_on", "targets."),
            rates_never=self._phrases(rates, "never", "rates."),
            rates_either=self._phrases(rates, "either", "rates."),
            rates_times=self._phrases(rates, "times", "rates."),
            **phrases,
        )

    def _error(self, key: str, right: str) -> LexiconError:
        return LexiconError(f"{self.file}: {key} must be {right}")

    def _section(self, raw: dict[str, Any], key: str, known: str) -> dict[str, Any]:
        """A table of the file that holds none but the ``known`` keys, which are given with spaces between them."""
        table = self._table(raw, key)
        self._only(table, f"{key}.", *known.split())
        return table

    def _only(self, table: dict[str, Any], prefix: str, *known: str) -> None:
        for key in table:
            if key not in known:
                raise LexiconError(f"{self.file}: unknown key {prefix}{key}; known are {', '.join(known)}")

    def _table(self, raw: dict[str, Any], key: str) -> dict[str, Any]:
        table = raw.get(key)
        if not isinstance(table, dict):
            raise self._error(key, "a table")
        return table

    def _words(self, table: dict[str, Any], key: str, prefix: str) -> tuple[str, ...]:
        words = table.get(key)
        if not isinstance(words, list) or not all(isinstance(word, str) and word for word in words):
            raise self._error(prefix + key, "a list of words")
        return tuple(words)

    def _phrases(self, table: dict[str, Any], key: str, prefix: str) -> tuple[Phrase, ...]:
        return tuple(split_name(word.lower()) for word in self._words(table, key, prefix))

    def _cells(self, cells: dict[str, Any], key: str) -> frozenset[str]:
        return frozenset(word.lower() for word in self._words(cells, key, "cells."))

    def _booleans(self, cells: dict[str, Any]) -> tuple[tuple[str, str], ...]:
        pairs = cells.get("booleans")
        if not isinstance(pairs, list) or not all(isinstance(p, list) and len(p) == 2 for p in pairs):
            raise self._error("cells.booleans", "a list of pairs: no, yes")
        return tuple((str(no).lower(), str(yes).lower()) for no, yes in pairs)

    def _scales(self, raw: dict[str, Any]) -> tuple[tuple[frozenset[str], ...], ...]:
        scales = raw.get("scales")
        if not isinstance(scales, list):
            raise self._error("scales", "a list of tables with name and steps")
        found = []
        for scale in scales:
            steps = scale.get("steps") if isinstance(scale, dict) else None
            if not isinstance(steps, list) or not all(isinstance(step, list) and step for step in steps):
                raise self._error("scales.steps", "a list of lists of words, low to high")
            found.append(tuple(frozenset(str(word).lower() for word in step) for step in steps))
        return tuple(found)

    def _money(self, raw: dict[str, Any]) -> dict[str, str]:
        money = self._table(raw, "money")
        if not all(isinstance(unit, str) for unit in money.values()):
            raise self._error("money", "signs and their units")
        return dict(money)

    def _header(self, raw: dict[str, Any]) -> HeaderWords:
        header = self._section(raw, "header", "codes fillers currencies scales close beside unsure")
        currencies = self._table(header, "currencies")
        if not all(isinstance(unit, str) and unit for unit in currencies.values()):
            raise self._error("header.currencies", "words and their units")
        unsure = self._table(header, "unsure")
        return HeaderWords(
            codes=frozenset(word.casefold() for word in self._words(header, "codes", "header.")),
            fillers=frozenset(word.casefold() for word in self._words(header, "fillers", "header.")),
            currencies={word.casefold(): unit for word, unit in currencies.items()},
            scales=self._sizes(header, "scales"),
            close=self._sizes(header, "close"),
            beside=self._sizes(header, "beside"),
            unsure=frozenset(
                (word.casefold(), unit)
                for word in unsure
                for unit in self._words(unsure, word, "header.unsure.")
            ),
        )

    def _sizes(self, header: dict[str, Any], key: str) -> dict[str, float]:
        sizes = self._table(header, key)
        for word, size in sizes.items():
            if isinstance(size, bool) or not isinstance(size, (int, float)) or not 0 < size < 1e15:
                raise self._error(f"header.{key}.{word}", "a number above 0")
        return {word.casefold(): float(size) for word, size in sizes.items()}

    def _things(self, bought: dict[str, Any]) -> dict[str, str]:
        things = self._table(bought, "things")
        if not all(isinstance(several, str) and several for several in things.values()):
            raise self._error("rows_of_purchases.things", "words and what several are called")
        return {fold(word): several for word, several in things.items()}

    def _multiples(self, table: dict[str, Any], prefix: str) -> dict[str, float]:
        found = {word: factor for word, factor in table.items() if not isinstance(factor, dict)}
        for word, factor in found.items():
            if isinstance(factor, bool) or not isinstance(factor, (int, float)) or factor <= 1:
                raise self._error(prefix + word, "a number above 1")
        return {word: float(factor) for word, factor in found.items()}

    def _months(self, raw: dict[str, Any]) -> dict[str, int]:
        months: dict[str, int] = {}
        table = self._table(raw, "months")
        for key in table:
            if key not in map(str, range(1, 13)):
                raise self._error(f"months.{key}", "a month from 1 to 12")
            for word in self._words(table, key, "months."):
                months[fold(word)] = int(key)
        return months

    def _dates(self, table: dict[str, Any], key: str, prefix: str) -> frozenset[str]:
        words = self._words(table, key, prefix)
        if not all(re.fullmatch(r"\d{4}-\d{2}-\d{2}", word) for word in words):
            raise self._error(prefix + key, "a list of dates like 1900-01-01")
        return frozenset(words)

    def _time_units(self, table: dict[str, Any]) -> dict[str, float]:
        sizes = {"days": 1440.0, "hours": 60.0, "minutes": 1.0, "seconds": 1 / 60}
        self._only(table, "durations.", *sizes)
        return {
            fold(word): size for key, size in sizes.items() for word in self._words(table, key, "durations.")
        }

    def _roles(self, raw: dict[str, Any]) -> tuple[RoleWords, ...]:
        roles = raw.get("roles")
        if not isinstance(roles, list) or not all(
            isinstance(r, dict) and isinstance(r.get("role"), str) for r in roles
        ):
            raise self._error("roles", "a list of tables with role, strong and weak")
        return tuple(
            RoleWords(
                role=r["role"],
                strong=self._phrases(r, "strong", f"roles.{r['role']}."),
                weak=self._phrases(r, "weak", f"roles.{r['role']}."),
            )
            for r in roles
        )
