"""Turn a seed into two quarters of card customers whose segments and unusual customers are known.

    python sample_data/make_sample.py [FOLDER]

writes ``customers_2026_q2.csv``, ``customers_2026_q3.csv`` and the truth about both (``truth_*.csv``, never
read by the product) into FOLDER (default: the folder of this script). The same seed gives the same bytes.

Method: each customer has a vector of standard normal traits and a segment; a row is a fixed function of the
two. From one quarter to the next the traits are kept with a correlation of ``PERSISTENCE``, so that a
customer who stays in a segment changes a little, and one who moves keeps their habits but behaves like the
new segment.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SEED = 20260930
CUSTOMERS_Q2 = 3_000
LEFT = 0.06
"""Share of the second quarter's customers who are gone in the third."""
JOINED = 0.08
"""New customers of the third quarter, as a share of the second quarter's customers."""
MOVED = 0.07
"""Share of the customers who stayed that changed segment."""
UNUSUAL = 25
"""Planted unusual customers in each quarter."""
STILL_UNUSUAL = 10
"""Of those of the second quarter who stayed, so many are unusual in the same way in the third."""
PERSISTENCE = 0.9
PRICE_RISE = 1.02
"""Every amount of the third quarter is 2 % higher for the same traits."""

COLUMNS = (
    "customer_id", "joined", "region", "plan", "age", "card_spend", "online_spend", "store_spend",
    "transactions", "active_months_share", "cash_withdrawals", "cash_withdrawal_count", "balance_owed",
    "credit_limit", "payments", "minimum_payment", "paid_in_full_share",
)  # fmt: skip
TRAITS = (
    "spend", "online", "no_online", "no_store", "ticket", "active", "cash", "no_cash", "cash_size",
    "use_of_limit", "limit", "paid", "paid_nothing", "minimum", "full",
)  # fmt: skip
REGIONS = ("North", "South", "East", "West", "Central", "Islands")
REGION_SHARES = (0.24, 0.21, 0.17, 0.16, 0.18, 0.04)
PLANS = ("Basic", "Plus", "Gold")
KINDS = (
    "few giant purchases",
    "countless tiny purchases",
    "far over the limit",
    "paid back many times over",
    "giant cash, paid in full",
)
"""What a planted unusual customer does; five of each kind in each quarter."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """How the customers of one planted segment behave; amounts are medians over twelve months, in dollars."""

    share: float
    spend: float
    spread: float
    """Standard deviation of the logarithm of spend."""
    no_spend: float = 0.0
    """Share of the segment that bought nothing by card."""
    online: float
    """Typical share of spend that is online."""
    no_online: float = 0.0
    no_store: float = 0.0
    ticket: float
    """Typical amount of one transaction."""
    active: float
    """Typical share of the months with a purchase."""
    cash: float = 0.0
    no_cash: float = 1.0
    use_of_limit: float
    """Typical balance as a share of the credit limit."""
    limit: float
    paid: float
    """Typical payments as a share of what was spent, withdrawn and owed."""
    paid_nothing: float = 0.0
    full: float
    """Typical share of the bills paid in full."""
    moves_to: tuple[str, ...]
    """Segments that a customer who leaves this one goes to."""


PROFILES = {
    "online regulars": Profile(
        share=0.23, spend=5_200, spread=0.40, online=0.82, no_store=0.08, ticket=46, active=0.95,
        cash=150, no_cash=0.93, use_of_limit=0.06, limit=7_500, paid=0.93, full=0.90,
        moves_to=("store big-ticket buyers", "borrowers who buy"),
    ),
    "store big-ticket buyers": Profile(
        share=0.18, spend=6_800, spread=0.45, online=0.10, no_online=0.22, ticket=240, active=0.62,
        cash=200, no_cash=0.92, use_of_limit=0.18, limit=9_500, paid=0.80, full=0.52,
        moves_to=("online regulars", "occasional users"),
    ),
    "cash users": Profile(
        share=0.19, spend=160, spread=0.80, no_spend=0.55, online=0.30, no_online=0.45, no_store=0.08,
        ticket=60, active=0.12, cash=3_600, no_cash=0.0, use_of_limit=0.55, limit=4_200,
        paid=0.28, paid_nothing=0.03, full=0.03, moves_to=("borrowers who buy", "occasional users"),
    ),
    "occasional users": Profile(
        share=0.25, spend=420, spread=0.65, online=0.45, no_online=0.15, no_store=0.10, ticket=55,
        active=0.25, cash=120, no_cash=0.95, use_of_limit=0.03, limit=3_600, paid=0.72,
        paid_nothing=0.10, full=0.72, moves_to=("online regulars", "store big-ticket buyers", "cash users"),
    ),
    "borrowers who buy": Profile(
        share=0.15, spend=2_600, spread=0.45, online=0.48, no_online=0.02, no_store=0.02, ticket=62,
        active=0.82, cash=1_500, no_cash=0.06, use_of_limit=0.82, limit=5_200, paid=0.30, paid_nothing=0.01,
        full=0.04, moves_to=("cash users", "online regulars"),
    ),
}  # fmt: skip
SEGMENTS = tuple(PROFILES)


@dataclass(kw_only=True, slots=True)
class Population:
    """The customers of one quarter and what is true about them; one row is one customer."""

    number: Ints
    """(n,) running number, written as an id with leading zeros."""
    segment: Ints
    """(n,) index into SEGMENTS."""
    traits: Floats
    """(n, len(TRAITS)) standard normal."""
    joined: Ints
    """(n,) days since 1970-01-01."""
    region: Ints
    """(n,) index into REGIONS, or -1 where it is not known."""
    age: Floats
    """(n,) whole years, NaN where not known."""
    limit_known: NDArray[np.bool_]
    """(n,)"""
    unusual: dict[int, str] = field(default_factory=dict)
    """Number of the customer -> one of KINDS."""


def quantile(share: Floats) -> Floats:
    """The standard normal value below which ``share`` lies (Tukey's lambda approximation)."""
    p = np.clip(share, 1e-6, 1 - 1e-6)
    return (p**0.1349 - (1 - p) ** 0.1349) / 0.1975


def around(typical: Floats, z: Floats, spread: float) -> Floats:
    """A share in (0, 1) around ``typical``: normal on the logit scale."""
    logit = np.log(typical / (1 - typical)) + spread * z
    return 1 / (1 + np.exp(-logit))


def recruit(rng: np.random.Generator, count: int, first_number: int, joined: tuple[date, date]) -> Population:
    """``count`` new customers, numbered from ``first_number`` up, who joined between two dates."""
    shares = [profile.share for profile in PROFILES.values()]
    segment = rng.permutation(np.repeat(np.arange(len(SEGMENTS)), rng.multinomial(count, shares)))
    region = rng.choice(len(REGIONS), size=count, p=REGION_SHARES)
    region[rng.random(count) < 0.006] = -1
    age = np.clip(np.rint(18 + 64 * rng.beta(2.0, 2.6, count)), 18, 90)
    age[rng.random(count) < 0.012] = np.nan
    days = [(day - date(1970, 1, 1)).days for day in joined]
    return Population(
        number=first_number + np.cumsum(rng.integers(1, 6, count)),
        segment=segment,
        traits=rng.standard_normal((count, len(TRAITS))),
        joined=np.sort(rng.integers(days[0], days[1], count)),
        region=region,
        age=age,
        limit_known=rng.random(count) >= 0.001,
    )


def next_quarter(rng: np.random.Generator, before: Population) -> Population:
    """The customers a quarter later: some left, some moved to another segment, some joined."""
    count = len(before.number)
    stay = np.ones(count, dtype=bool)
    stay[rng.choice(count, round(LEFT * count), replace=False)] = False
    segment = before.segment[stay].copy()
    for row in rng.choice(len(segment), round(MOVED * len(segment)), replace=False):
        targets = PROFILES[SEGMENTS[segment[row]]].moves_to
        segment[row] = SEGMENTS.index(targets[rng.integers(len(targets))])
    fresh = rng.standard_normal((len(segment), len(TRAITS)))
    birthday = rng.random(len(segment)) < 0.25
    new = recruit(rng, round(JOINED * count), int(before.number[-1]), (date(2026, 7, 1), date(2026, 9, 25)))
    return Population(
        number=np.concatenate([before.number[stay], new.number]),
        segment=np.concatenate([segment, new.segment]),
        traits=np.vstack(
            [PERSISTENCE * before.traits[stay] + (1 - PERSISTENCE**2) ** 0.5 * fresh, new.traits]
        ),
        joined=np.concatenate([before.joined[stay], new.joined]),
        region=np.concatenate([before.region[stay], new.region]),
        age=np.concatenate([before.age[stay] + birthday, new.age]),
        limit_known=np.concatenate([before.limit_known[stay], new.limit_known]),
    )


def plant(rng: np.random.Generator, people: Population, before: Population | None) -> None:
    """Choose the unusual customers of this quarter, five of each kind; some were so ``before``."""
    kept: list[tuple[int, str]] = []
    if before is not None:
        here = set(people.number.tolist())
        kept = [(number, kind) for number, kind in before.unusual.items() if number in here][:STILL_UNUSUAL]
    free = np.array([number for number in people.number.tolist() if number not in dict(kept)])
    chosen = rng.choice(free, UNUSUAL - len(kept), replace=False).tolist()
    per_kind = UNUSUAL // len(KINDS)
    missing = [kind for kind in KINDS for _ in range(per_kind - sum(k == kind for _, k in kept))]
    people.unusual = dict(sorted([*kept, *zip(chosen, missing, strict=True)]))


def behaviour(people: Population, prices: float) -> dict[str, Floats]:
    """What the customers did in twelve months: (n,) per column, amounts in cents, NaN where missing."""

    def of(name: str) -> Floats:
        return np.array([getattr(profile, name) for profile in PROFILES.values()])[people.segment]

    z = dict(zip(TRAITS, people.traits.T, strict=True))
    spends = z["active"] > quantile(of("no_spend"))
    spend = prices * of("spend") * np.exp(of("spread") * z["spend"]) * spends
    online = around(of("online"), z["online"], 0.45)
    online = np.where(z["no_online"] < quantile(of("no_online")), 0.0, online)
    online = np.where((z["no_store"] < quantile(of("no_store"))) & (online > 0), 1.0, online)
    online_cents = np.rint(100 * spend * online)
    store_cents = np.rint(100 * spend * (1 - online))
    ticket = of("ticket") * np.exp(0.28 * z["ticket"])
    transactions = np.where(spends, np.maximum(1, np.rint(spend / prices / ticket)), 0)
    months = np.where(spends, np.clip(np.rint(12 * around(of("active"), z["active"], 0.5)), 1, 12), 0)
    months = np.minimum(months, transactions)

    withdraws = z["no_cash"] > quantile(of("no_cash"))
    cash = prices * of("cash") * np.exp(0.5 * z["cash"]) * withdraws
    withdrawals = np.where(
        withdraws, np.maximum(1, np.rint(cash / prices / (220 * np.exp(0.3 * z["cash_size"])))), 0
    )

    limit = np.clip(np.rint(of("limit") * np.exp(0.38 * z["limit"]) / 100) * 100, 500, 30_000)
    balance = limit * around(of("use_of_limit"), z["use_of_limit"], 0.55)
    paid = (spend + cash + 0.5 * balance) * around(of("paid"), z["paid"], 0.4)
    paid = np.where(z["paid_nothing"] < quantile(of("paid_nothing")), 0.0, paid)
    minimum = np.maximum(15.0, 0.35 * balance * np.exp(0.25 * z["minimum"]))
    full = np.rint(12 * around(of("full"), z["full"], 0.7))

    values = {
        "online_spend": online_cents,
        "store_spend": store_cents,
        "transactions": transactions,
        "active_months_share": months / 12,
        "cash_withdrawals": np.rint(100 * cash),
        "cash_withdrawal_count": withdrawals,
        "balance_owed": np.rint(100 * balance),
        "credit_limit": 100 * limit,
        "payments": np.rint(100 * paid),
        "minimum_payment": np.rint(100 * minimum),
        "paid_in_full_share": np.where(paid > 0, full, 0) / 12,
    }
    for number, kind in people.unusual.items():
        distort(values, int(np.searchsorted(people.number, number)), kind)
    values["card_spend"] = values["online_spend"] + values["store_spend"]
    values["minimum_payment"] = np.where(values["payments"] > 0, values["minimum_payment"], np.nan)
    values["credit_limit"] = np.where(people.limit_known, values["credit_limit"], np.nan)
    return values


def distort(values: dict[str, Floats], row: int, kind: str) -> None:
    """Make one customer unusual, in place. The size varies with the row."""
    size = 1 + (row % 97) / 130
    if kind == "few giant purchases":
        change = {
            "online_spend": 0.0, "store_spend": 6_150_000 * size, "transactions": 2.0 + row % 3,
            "active_months_share": 1 / 12,
        }  # fmt: skip
    elif kind == "countless tiny purchases":
        change = {
            "online_spend": 92_000 * size, "store_spend": 31_000 * size,
            "transactions": 1_450 * size, "active_months_share": 1.0,
        }  # fmt: skip
    elif kind == "far over the limit":
        change = {"balance_owed": np.rint(values["credit_limit"][row] * 3.5 * size) + 1_900_000}
        change["minimum_payment"] = np.rint(change["balance_owed"] * 0.6)
        change["payments"] = max(values["payments"][row], 4_000.0)
    elif kind == "paid back many times over":
        change = {"payments": 8_400_000 * size, "minimum_payment": 1_500.0, "paid_in_full_share": 0.0}
    else:
        change = {
            "cash_withdrawals": 4_700_000 * size, "cash_withdrawal_count": np.rint(120 * size),
            "payments": 4_900_000 * size, "balance_owed": 1_000.0, "paid_in_full_share": 1.0,
        }  # fmt: skip
    for column, value in change.items():
        values[column][row] = (
            np.rint(value) if column not in ("active_months_share", "paid_in_full_share") else value
        )


def rows_of(people: Population, prices: float) -> Iterator[list[str]]:
    """The lines of the table, every cell as it is written."""
    values = behaviour(people, prices)
    gold = people.traits[:, TRAITS.index("limit")] + 0.8 * people.traits[:, TRAITS.index("ticket")]
    plan = np.digitize(gold, [0.3, 1.5])
    cells = {
        "customer_id": [f"{number:07d}" for number in people.number],
        "joined": [str(date(1970, 1, 1) + timedelta(days=int(day))) for day in people.joined],
        "region": ["" if code < 0 else REGIONS[code] for code in people.region],
        "plan": [PLANS[code] for code in plan],
        "age": ["" if np.isnan(age) else f"{age:.0f}" for age in people.age],
    }
    for column, numbers in values.items():
        if column.endswith("_share"):
            cells[column] = [f"{number:.2f}" for number in numbers]
        elif column in ("transactions", "cash_withdrawal_count"):
            cells[column] = [f"{number:.0f}" for number in numbers]
        else:
            cells[column] = [
                "" if np.isnan(number) else f"{int(number) // 100}.{int(number) % 100:02d}"
                for number in numbers
            ]
    yield list(COLUMNS)
    yield from (list(row) for row in zip(*(cells[column] for column in COLUMNS), strict=True))


def truth_of(people: Population) -> Iterator[list[str]]:
    """Per customer the planted segment, and in what way they are unusual (empty: they are not)."""
    yield ["customer_id", "segment", "unusual"]
    for number, segment in zip(people.number.tolist(), people.segment.tolist(), strict=True):
        yield [f"{number:07d}", SEGMENTS[segment], people.unusual.get(number, "")]


def write(path: Path, rows: Iterator[list[str]]) -> None:
    """Write UTF-8 with commas and \\n, on every system."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer: Any = csv.writer(file, lineterminator="\n")
        writer.writerows(rows)


def make(folder: Path) -> list[Path]:
    """Write both quarters and both truths into ``folder``; returns the four paths."""
    rng = np.random.default_rng(SEED)
    second = recruit(rng, CUSTOMERS_Q2, 1_200, (date(2017, 1, 2), date(2026, 6, 26)))
    plant(rng, second, None)
    third = next_quarter(rng, second)
    plant(rng, third, second)
    written = []
    for quarter, people, prices in (("2026_q2", second, 1.0), ("2026_q3", third, PRICE_RISE)):
        for name, rows in (("customers", rows_of(people, prices)), ("truth", truth_of(people))):
            written.append(folder / f"{name}_{quarter}.csv")
            write(written[-1], rows)
    return written


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent
    target.mkdir(parents=True, exist_ok=True)
    for path in make(target):
        print(path)
