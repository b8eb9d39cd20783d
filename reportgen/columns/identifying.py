"""Find which column says who the customer is, and tables whose rows are purchases rather than customers."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from reportgen.columns import roles as choose
from reportgen.columns import wording as say
from reportgen.columns.deciding import Deciding
from reportgen.columns.drafts import Draft
from reportgen.columns.levels import REPEATS
from reportgen.errors import InputError
from reportgen.lexicon.tokens import has
from reportgen.results import Role, Use

REPEATS_BESIDE = 0.8
"""Different customers per row below which rows with a number of their own are not customers."""
NAMES = 0.9
"""Share of the different cells that must be written as names are."""
_NAME = re.compile(r"[^\W\d_][^\d@/\\_]*")
_NEVER_CUSTOMERS = (Role.DATE, Role.CONSTANT, Role.EMPTY, Role.TARGET, Role.FLAG)


class Identifying(Deciding):
    """What the columns say together about whose each row is."""

    def identify(self, drafts: Sequence[Draft], asked: str | None) -> str | None:
        """Which column says who the customer is; refuses tables of transactions."""
        ids = [d for d in drafts if d.role is Role.ID]
        for draft in drafts:
            if asked is None and draft.name not in self.forced and self.is_repeated_customer(draft, ids):
                seen = draft.by_value()
                raise InputError(
                    f"{self.table.name}: {say.short(draft.name)} has {len(seen.values):,} different values in "
                    f"{self.n:,} rows, so a row looks like a transaction and not like a customer; "
                    f"give --per-customer {say.quoted(draft.name)} to gather the rows, or name another --id"
                )
        if asked is not None:
            chosen = next(d for d in drafts if d.name == asked)
            chosen.levels = ()
            chosen.values = np.full(self.n, np.nan)
            chosen.distinct = len(chosen.by_value().values)
            self.set(chosen, Role.ID, Use.LEFT_OUT, "you said that it is the id")
        else:
            self.tell_strange_rows([d for d in drafts if d.role in (Role.ID, Role.TEXT)])
            if not ids:
                return None
            ids = self.without_names(ids)

            def rank(draft: Draft) -> tuple[int, int, int]:
                whose = self.whose(draft)
                private = has(draft.words, self.tokens.person) is not None
                by_name = has(draft.words, self.tokens.id) is not None
                order = has(draft.words, self.tokens.orders) is not None
                if whose < len(self.tokens.customer) and not private:
                    step = 0 if draft.distinct == self.n else 2
                else:
                    step = 1 if by_name and draft.distinct == self.n and not order else 3 if by_name else 4
                return int(private), step, whose * 1000 + draft.place

            chosen = min(ids, key=rank)
        if (
            asked is None
            and has(chosen.words, self.tokens.orders)
            and not has(chosen.words, self.tokens.customer)
        ):
            self.note(
                "rows-may-be-purchases",
                f"{chosen.name} is a number of purchases by its name, and no column says whose they are; "
                "each row was taken for a customer.",
                chosen.name,
                warning=True,
            )
        repeats = self.n - chosen.distinct
        if repeats:
            self.note(
                "id-repeats",
                f"{chosen.name} was taken for the id although {repeats:,} of {self.n:,} rows repeat a value "
                "or have none.",
                chosen.name,
                warning=True,
            )
        return chosen.name

    def without_names(self, ids: Sequence[Draft]) -> list[Draft]:
        """Columns that can be the id without names of persons and firms, which two customers may share.

        They stay where no other column tells all rows apart, or only one that numbers orders.
        """
        if len(ids) < 2:
            return list(ids)
        called = [d for d in ids if d.name not in self.forced and self.holds_names(d)]
        others = [d for d in ids if d not in called and has(d.words, self.tokens.person) is None]
        surely = [d for d in others if d.distinct == self.n and self.tells_customers(d)]
        named = [d for d in surely if choose.names_id(d.words, self.tokens)]
        kept = []
        for draft in ids:
            if draft in called and (named if draft.distinct == self.n else surely):
                self.set(draft, Role.TEXT, Use.LEFT_OUT, "names of persons or firms")
            else:
                kept.append(draft)
        return kept

    def holds_names(self, draft: Draft) -> bool:
        """Whether cells are names of persons or firms by how they are written: ``Reid, Ann``, ``Gudebo``."""
        if draft.numbers is not None or draft.dates is not None:
            return False
        known = np.flatnonzero(~draft.void_values(self.tokens)[:2_000])[:200]
        cells = draft.by_value().values.take(pa.array(known))
        texts = [text.strip() for text in cells.to_pylist()]
        names = [
            _NAME.fullmatch(text) is not None
            and (" " in text or not text[1:].isupper())
            and not text.islower()
            for text in texts
        ]
        return bool(names) and float(np.mean(names)) >= NAMES

    def tells_customers(self, draft: Draft, *, surely: bool = False) -> bool:
        """Whether a column that tells all rows apart may number customers: neither orders and the like nor rows.

        ``surely`` asks for a name that could not be that of any table's number (``ID``, ``Record No``).
        """
        words, tokens = draft.words, self.tokens
        if has(words, (*tokens.orders, *tokens.products, *tokens.purchases, *tokens.not_customers)):
            return False
        if words in tokens.line_numbers or has(words, tokens.ranks) or tokens.things.keys() & set(words):
            return False
        if not surely or has(words, (*tokens.customer, *tokens.contact)):
            return True
        return any((word,) not in (*tokens.id, *tokens.anything) for word in words)

    def tell_strange_rows(self, drafts: Sequence[Draft]) -> None:
        """Say that the rows may be products, countries or employees, where these and no customers tell them apart."""
        if any(has(draft.words, self.tokens.customer + self.tokens.called) for draft in drafts):
            return
        strange = self.tokens.not_customers + self.tokens.products
        for draft in drafts:
            if draft.distinct == self.n and has(draft.words, strange):
                self.note(
                    "rows-may-be-no-customers",
                    f"The rows are told apart by {draft.name}, which does not sound like customers; "
                    "each row was taken for one.",
                    draft.name,
                    warning=True,
                )
                return

    def whose(self, draft: Draft) -> int:
        """The place of the word for a customer in the column's name: the smaller, the more it says; or their number."""
        word = has(draft.words, self.tokens.customer)
        return self.tokens.customer.index(word) if word else len(self.tokens.customer)

    def is_repeated_customer(self, draft: Draft, ids: Sequence[Draft]) -> bool:
        """A customer's number that stands in many rows; ``ids`` are the columns that tell rows apart."""
        words, tokens = draft.words, self.tokens
        own = [d for d in ids if d is not draft and d.distinct == self.n]
        orders = [d for d in own if has(d.words, tokens.orders)]
        whose = has(words, tokens.customer)
        person = has(words, tokens.contact) or (whose and has(words, tokens.person))
        alone = words in tokens.customer_alone or bool(orders and person)
        if not (alone or (whose and choose.names_id(words, tokens))) or len(words) > 3:
            return False
        if draft.role in _NEVER_CUSTOMERS or has(words, tokens.others):
            return False
        if min((self.whose(d) for d in own), default=len(tokens.customer)) <= self.whose(draft) and whose:
            return False  # an account that several customers share still leaves one row for each of them
        named = [d for d in own if choose.names_id(d.words, tokens)]
        telling = named if has(words, tokens.shared) else [d for d in named if len(d.words) > 1]
        if has(words, (*tokens.shared, *tokens.shared_accounts)) and telling and not orders:
            return False
        if draft.role is Role.ID:  # policies of one number each, and clients who have one or two
            return bool(named) and draft.distinct < REPEATS_BESIDE * (self.n - self.count_void(draft))
        if draft.numbers is not None:
            if has(words, tokens.person) and not orders:
                return False  # "email" in numbers is how many were sent
            read = draft.numbers.values  # what was taken for codes has no values any more
            shape = choose.Shape.of(read[~np.isnan(read)], len(read), draft.distinct)
            role = choose.by_name(words, shape, tokens, draft.unit)
            if not shape.integer or (role is not None and role.role is not Role.COUNT):
                return False
            filled = shape.known.size
        else:
            filled = self.n - self.count_void(draft)
        repeated = choose.MOST_CODES < draft.distinct < REPEATS * filled
        teller = next((d for d in own if self.tells_customers(d, surely=True)), None)
        if repeated and teller is not None and not orders and self.holds_names(draft):
            self.note(
                "names-repeat",
                f"{draft.name} has {draft.distinct:,} different names in {self.n:,} rows, and {teller.name} is "
                "different in each row, so each row was taken for a customer; if several rows are of one customer, "
                f"give --per-customer {say.quoted(draft.name)}.",
                draft.name,
                warning=True,
            )
            return False
        return repeated

    def count_void(self, draft: Draft) -> int:
        """How many cells say that there is no value."""
        return int(draft.by_value().counts[draft.void_values(self.tokens)].sum())
