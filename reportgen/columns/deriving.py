"""Make columns of dates: the time since an event, the time until what lies ahead, ages of births."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from reportgen.columns import wording as say
from reportgen.columns.drafts import Draft, count_different
from reportgen.columns.identifying import Identifying
from reportgen.lexicon.tokens import has
from reportgen.results import Role, Use

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reportgen.results import Floats, Ints


LONGEST_LEAD = 366.0
"""Days by which joining may run ahead of the last events; a date beyond is none of a customer who just joined."""
FEWEST_LATEST, APART = 0.002, (31.0, 0.05)
"""Share of the dates that a latest one needs behind it, within so many days or this share of the time they cover."""
MOSTLY_PAST = 0.5
"""Share of the dates of what should lie ahead that may be past; beyond, the column does not lie ahead as a whole."""
OLDEST = 110 * 365.2425
UNLIVED = 0.01
"""Share of the customers who would be older than anyone on the latest day of dates that lie ahead."""
FEWEST_TERMS, TERMS, DAYS_ALIKE = 30, 12, 0.2
"""Rows from which whole months tell a term, how many lengths it may have where they are not all whole years, and how
many may begin on one day."""
WHOLE_TERMS = 0.9
BEYOND, LONGEST_GAP, PILED, WIDE = 0.97, 10 * 365.2425, 0.2, 730.0
"""Share of the dates that lie after all joining, days there may be between, share that events have at their end, and
days that nine in ten dates cover."""
LONGEST_JOINING = 30 * 365.2425
"""Days that nine in ten dates of joining cover at most; births cover more."""


class Deriving(Identifying):
    """What follows from the dates of a table, of which the latest that has happened is today."""

    def derive(self, drafts: list[Draft]) -> list[Draft]:
        """Dates become the time since then, years of birth an age; each stands after its source."""
        births = [d for d in drafts if d.role is Role.DATE and has(d.words, self.tokens.birth)]
        others = [d for d in drafts if d.dates is not None and d not in births and d.role is Role.DATE]
        others = [d for d in others if not np.isnan(d.values).all()]
        ahead = self.lie_ahead(others, births)
        latest = max((float(np.nanmax(d.values)) for d in others if d not in ahead), default=None)
        today = self.today([d for d in others if d not in ahead])
        result: list[Draft] = []
        for draft in drafts:
            result.append(draft)
            if draft in births:
                made = self.birth(draft, latest)
            elif draft in ahead:
                made = self.until(draft, latest)
            elif draft in others and not np.isnan(draft.values).all():
                made = self.since(draft, today)
            elif draft.role is Role.DATE and draft.dates is None and draft.numbers is not None:
                made = self.years(draft)
            else:
                continue
            if made is not None:
                draft.reason = f"used as {made.name}"
                self.limit(made)
                result.append(made)
        return result

    def today(self, dated: Sequence[Draft]) -> Draft | None:
        """The column whose latest date is that of the table, from which all that happened before is counted.

        Only dates of joining and of last events are asked, as they have surely happened. One that nobody else comes
        near is a slip, and a date of joining long after the last event is something else; either would make everyone
        look lapsed.
        """
        tokens = self.tokens
        last = [d for d in dated if has(d.words, tokens.recency_date)]
        joined = [d for d in dated if d not in last and has(d.words, tokens.tenure_date)]
        last, joined = ([d for d in some if _supported(d.values)] for some in (last, joined))
        if last:
            most = max(float(np.nanmax(d.values)) for d in last) + LONGEST_LEAD
            last += [d for d in joined if float(np.nanmax(d.values)) <= most]
        return max(last or joined, key=lambda d: float(np.nanmax(d.values)), default=None)

    def lie_ahead(self, dated: Sequence[Draft], births: Sequence[Draft]) -> list[Draft]:
        """Dates of what has not happened yet, by name (contract end, next order) or by lying after what surely has.

        They say nothing of how long ago anything was, and today is not among them.
        """
        tokens = self.tokens
        named = [
            d for d in dated
            if self.names_ahead(d) and not has(d.words, tokens.recency_date) and not has(d.words, tokens.past)
        ]  # fmt: skip
        joined, last = (
            [d for d in dated if d not in named and has(d.words, phrases)]
            for phrases in (tokens.tenure_date, tokens.recency_date)
        )
        surely = [*joined, *last]
        unsaid = [d for d in dated if d not in named and d not in surely]
        found = [d for d in unsaid if any(_unlived(d.values, _born(b)) for b in births)]
        found += [
            d for d in unsaid
            if d not in found and any(_terms(o.values, d.values) for o in dated if o not in named and o is not d)
        ]  # fmt: skip
        if not surely:
            rest = max((float(np.nanmax(d.values)) for d in unsaid if d not in found), default=-np.inf)
            return [*named, *(d for d in found if np.nanmax(d.values) > rest)]
        now = max(float(np.nanmax(d.values)) for d in surely)
        if joined and not last:
            found += [d for d in unsaid if d not in found and _far_beyond(joined, d.values)]
        return [
            d for d in dated
            if (d in (*named, *found) and np.nanmax(d.values) > now)
            or (last and d in unsaid and np.nanmedian(d.values) > now)  # after joining comes all that is done
        ]  # fmt: skip

    def names_ahead(self, draft: Draft) -> bool:
        """Whether a name says that its dates are still to come: ``Valid until``, ``Vertragsende``."""
        if has(draft.words, self.tokens.ahead):
            return True
        return any(word.endswith(ending) for word in draft.words for (ending,) in self.tokens.ahead_endings)

    def until(self, draft: Draft, latest: float | None) -> Draft | None:
        """Days from the table's latest date to one that lies ahead; they describe the segments without making them.

        Where it is past by then nothing is left to wait for: those days are missing, as an average of what is to come
        and of what is over tells neither.
        """
        if latest is None:
            draft.reason = "a date that lies ahead, and no other date says from which day"
            return None
        days = draft.values - latest
        day = say.iso(latest)
        past, known = int(np.sum(days < 0)), int(np.sum(~np.isnan(days)))
        if past > known * MOSTLY_PAST:
            draft.reason = f"a date that should lie ahead, and is before {day} for {past:,} of {known:,}"
            self.note(
                "date-past",
                f"{draft.name} should lie ahead, but {past:,} of its {known:,} dates are before {day}, the latest "
                "date of what has happened; it is not used.",
                draft.name,
            )
            return None
        days[days < 0] = np.nan
        if count_different(days) < 2:
            return None
        over = (
            f"; {say.cells(past)} {say.are(past)} before that day, and {say.counts(past)} as missing"
            if past
            else ""
        )
        self.note(
            "date-ahead",
            f"{draft.name} lies ahead: it is used as the number of days after {day}, the latest date of what has "
            f"happened, and describes the segments without making them{over}.",
            draft.name,
        )
        return Draft(
            name=say.until(draft.name), words=draft.words, place=draft.place, cells=draft.cells, role=Role.SCORE,
            use=Use.PROFILE, reason=f"days after {day}; a date that lies ahead is no behaviour", values=days,
            distinct=count_different(days), derived_from=draft.name, derivation=f"days after {day}",
        )  # fmt: skip

    def since(self, draft: Draft, today: Draft | None) -> Draft | None:
        """Days before the latest date in the table, or in the column where that is later."""
        reference = float(np.nanmax(draft.values))
        days = reference - draft.values
        different = count_different(days)
        if different < 2:
            self.set(draft, Role.CONSTANT, Use.LEFT_OUT, "every row has the same date")
            draft.levels, draft.values = (say.iso(reference),), np.where(np.isnan(draft.values), np.nan, 0.0)
            return None
        whose = draft
        if today is not None and float(np.nanmax(today.values)) > reference:
            whose, reference = today, float(np.nanmax(today.values))
            days = reference - draft.values
        joined = has(draft.words, self.tokens.tenure_date) is not None and not has(
            draft.words, self.tokens.recency_date
        )
        role = Role.TENURE if joined else Role.RECENCY
        day = say.iso(reference)
        self.note(
            "date-derived",
            f"{draft.name} is used as the number of days before {day}, "
            f"{'its latest date' if whose is draft else f'the latest date in {whose.name}'} "
            f"({'time since joining' if joined else 'time since the last event'}).",
            draft.name,
        )
        return Draft(
            name=say.since(draft.name), words=draft.words, place=draft.place, cells=draft.cells, role=role,
            reason=f"days before {day}, the latest date in {whose.name}", values=days, distinct=different,
            derived_from=draft.name, derivation=f"days before {day}",
        )  # fmt: skip

    def years(self, draft: Draft) -> Draft | None:
        """Years of membership before the latest year in a column of years of joining."""
        latest = float(np.nanmax(draft.values))
        values = latest - draft.values
        self.note(
            "date-derived",
            f"{draft.name} is used as the number of years before {latest:g}, its latest year (time since joining).",
            draft.name,
        )
        return Draft(
            name=say.years(draft.name), words=draft.words, place=draft.place, cells=draft.cells, role=Role.TENURE,
            reason=f"years before {latest:g}, the latest year in {draft.name}", values=values,
            distinct=count_different(values), derived_from=draft.name, derivation=f"years before {latest:g}",
        )  # fmt: skip

    def birth(self, draft: Draft, latest: float | None) -> Draft | None:
        """Age at the table's latest date; there is none without a date in the table."""
        if latest is None:
            if draft.dates is None:
                self.set(
                    draft, Role.SCORE, Use.PROFILE, "a year of birth, and no date says which year it is now"
                )
            else:
                draft.reason = "a date of birth, and no other date says which year it is now"
            return None
        self.turn_century(draft, latest)
        year = int(say.iso(latest)[:4])
        if draft.dates is None:
            age, how = year - draft.values, f"{year} minus {draft.name}"
        else:
            age = np.floor((latest - draft.values) / 365.2425)
            how = f"whole years before {say.iso(latest)}"
        self.note(
            "age-derived",
            f"{draft.name} is used as the age in {year}, the year of the latest date in the table.",
            draft.name,
        )
        return Draft(
            name=say.age(draft.name), words=("age",), place=draft.place, cells=draft.cells, role=Role.AGE,
            reason=how, values=age, distinct=count_different(age), derived_from=draft.name, derivation=how,
        )  # fmt: skip

    def turn_century(self, draft: Draft, latest: float) -> None:
        """Births in years of two digits that would lie after the table's latest date were a century before."""
        if draft.dates is None or draft.dates.short is None:
            return
        unborn = draft.dates.short & (draft.values > latest)
        number = int(unborn.sum())
        if not number:
            return
        days = draft.values[unborn].astype("int64").astype("datetime64[D]")
        months = days.astype("datetime64[M]")
        earlier = (months - 1200).astype("datetime64[D]") + (days - months.astype("datetime64[D]"))
        draft.values = draft.values.copy()
        draft.values[unborn] = earlier.astype("int64")
        self.note(
            "birth-century",
            f"{say.cells(number)} of {draft.name} {say.have(number)} a year of two digits that would lie after "
            f"{say.iso(latest)}, the table's latest date; it was taken for a year of the century before.",
            draft.name,
            warning=True,
        )


def _supported(days: Floats) -> bool:
    """Whether the latest of some dates has others near it; a slip in the year stands alone."""
    known = days[~np.isnan(days)]
    behind = min(known.size - 1, 1 + int(FEWEST_LATEST * known.size))
    near = float(np.partition(known, known.size - 1 - behind)[known.size - 1 - behind])
    latest = float(known.max())
    return latest - near <= max(APART[0], APART[1] * (latest - float(known.min())))


def _born(draft: Draft) -> Floats:
    """Days of birth, of years their middle."""
    return draft.values if draft.dates is not None else (draft.values - 1969.5) * 365.2425


def _unlived(days: Floats, born: Floats) -> bool:
    """Whether people would be older than anyone is on the latest of some dates, and are not on the earliest."""
    born = born[~np.isnan(born)]
    if not born.size or not _supported(days):
        return False
    first, latest = np.nanquantile(days, 0.05), np.nanmax(days)
    old = int(np.sum(latest - born > OLDEST))
    return old >= max(3, UNLIVED * born.size) and not np.any(first - born > OLDEST)


def _terms(start: Floats, end: Floats) -> bool:
    """Whether some dates are others and a few lengths of whole months (12, 24 or 36), and reach beyond them all.

    Where most begin on the same days of the month, as all do in dates that are months, nothing is told.
    """
    both = ~(np.isnan(start) | np.isnan(end))
    if both.sum() < FEWEST_TERMS or np.nanmax(end) <= np.nanmax(start) + APART[0]:
        return False
    step = max(1, int(both.sum()) // 10_000)
    first, last = (days[both][::step].astype("int64").astype("datetime64[D]") for days in (start, end))
    if np.mean(last > first) < WHOLE_TERMS:
        return False
    day, months = _day_of_month(first)
    if np.bincount(day).max() > DAYS_ALIKE * day.size:
        return False
    for more in (0, 1):  # a year ends on the same day, or on the day before
        end_day, end_months = _day_of_month(last + more)
        whole = end_day == day
        if np.mean(whole) >= WHOLE_TERMS:
            lengths = np.unique((end_months - months)[whole])
            return lengths.size <= TERMS or bool(np.all(lengths % 12 == 0))
    return False


def _day_of_month(days: NDArray[np.datetime64]) -> tuple[Ints, Ints]:
    """The day of the month from 0, and the months since 1970."""
    months = days.astype("datetime64[M]")
    return (days - months.astype("datetime64[D]")).astype("int64"), months.astype("int64")


def _far_beyond(joined: Sequence[Draft], days: Floats) -> bool:
    """Whether (nearly) all dates lie long after all joining, without the pile that last events make at their end.

    Customers join until the day of the table, so nothing that happened lies a year after the last of them. Where
    decades lie between or within, the dates of joining may be births.
    """
    known = days[~np.isnan(days)]
    latest = max(joined, key=lambda d: float(np.nanmax(d.values))).values
    now = float(np.nanmax(latest))
    if known.size < FEWEST_TERMS or not _supported(latest) or not _supported(days):
        return False
    if np.mean(known > now) < BEYOND or float(np.median(known)) - now < LONGEST_LEAD:
        return False
    if float(np.quantile(known, 0.05)) - now > LONGEST_GAP or _covered(latest) > LONGEST_JOINING:
        return False
    low, high = float(known.min()), float(known.max())
    return _covered(known) >= WIDE and float(np.mean(known > high - (high - low) / 10)) <= PILED


def _covered(days: Floats) -> float:
    """Days that nine in ten dates cover."""
    return float(np.subtract(*np.nanquantile(days, (0.95, 0.05))))
