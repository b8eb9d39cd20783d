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
    from reportgen.results import Floats


LONGEST_LEAD = 366.0
"""Days by which joining may run ahead of the last events; a date beyond is none of a customer who just joined."""
FEWEST_LATEST, APART = 0.002, (31.0, 0.05)
"""Share of the dates that a latest one needs behind it, within so many days or this share of the time they cover."""


class Deriving(Identifying):
    """What follows from the dates of a table, of which the latest that has happened is today."""

    def derive(self, drafts: list[Draft]) -> list[Draft]:
        """Dates become the time since then, years of birth an age; each stands after its source."""
        births = [d for d in drafts if d.role is Role.DATE and has(d.words, self.tokens.birth)]
        others = [d for d in drafts if d.dates is not None and d not in births and d.role is Role.DATE]
        others = [d for d in others if not np.isnan(d.values).all()]
        ahead = self.lie_ahead(others)
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

    def lie_ahead(self, dated: Sequence[Draft]) -> list[Draft]:
        """Dates of what has not happened yet, by name (contract end, next order) or by lying after what surely has.

        They say nothing of how long ago anything was, and today is not among them.
        """
        tokens = self.tokens
        named = [
            d for d in dated
            if has(d.words, tokens.ahead) and not has(d.words, tokens.recency_date) and not has(d.words, tokens.past)
        ]  # fmt: skip
        joined, last = (
            [d for d in dated if d not in named and has(d.words, phrases)]
            for phrases in (tokens.tenure_date, tokens.recency_date)
        )
        surely = [*joined, *last]
        if not surely:
            return named
        now = max(float(np.nanmax(d.values)) for d in surely)
        return [
            d for d in dated
            if (d in named and np.nanmax(d.values) > now)
            or (last and d not in surely and np.nanmedian(d.values) > now)  # after joining comes all that is done
        ]  # fmt: skip

    def until(self, draft: Draft, latest: float | None) -> Draft | None:
        """Days from the table's latest date to one that lies ahead; they describe the segments without making them."""
        if latest is None:
            draft.reason = "a date that lies ahead, and no other date says from which day"
            return None
        days = draft.values - latest
        if count_different(days) < 2:
            return None
        day = say.iso(latest)
        self.note(
            "date-ahead",
            f"{draft.name} lies ahead: it is used as the number of days after {day}, the latest date of what has "
            "happened, and describes the segments without making them.",
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
