"""Words that notes and errors about columns have in common: how many cells, which columns, what is near."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

import numpy as np

from reportgen.results import Role


def cells(number: int) -> str:
    """``1 cell``, ``2 cells``."""
    return "1 cell" if number == 1 else f"{number:,} cells"


def are(number: int) -> str:
    """``is`` or ``are``."""
    return "is" if number == 1 else "are"


def have(number: int) -> str:
    """``has`` or ``have``."""
    return "has" if number == 1 else "have"


def says(number: int) -> str:
    """``says`` or ``say``."""
    return "says" if number == 1 else "say"


def counts(number: int) -> str:
    """``counts`` or ``count``."""
    return "counts" if number == 1 else "count"


def listed(names: Sequence[str]) -> str:
    """``A, B and C``; long lists are cut."""
    if len(names) > 8:
        return f"{', '.join(names[:6])} and {len(names) - 6} other columns"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def quoted(name: str) -> str:
    """A name as it is typed in a shell."""
    return name if re.fullmatch(r"[\w.-]+", name) else f"'{name}'"


def since(name: str) -> str:
    """Name of the column that is made of a date."""
    return f"days since {name}"


def years(name: str) -> str:
    """Name of the column that is made of a year."""
    return f"years since {name}"


def until(name: str) -> str:
    """Name of the column that is made of a date that lies ahead."""
    return f"days until {name}"


def age(name: str) -> str:
    """Name of the column that is made of a day or year of birth."""
    return f"age from {name}"


def iso(days: float) -> str:
    """``16412.0`` days since 1970 -> ``2014-12-08``."""
    return str(np.datetime64("1970-01-01") + np.timedelta64(int(days), "D"))


def mark(mark: str) -> str:
    """A decimal mark in words."""
    return "a decimal comma" if mark == "," else "a decimal point"


def a(role: Role) -> str:
    """A role with its article."""
    return ("an " if role.value[0] in "aeiou" else "a ") + role.value


def percent(share: float) -> str:
    """A share, rounded down so that 100 % is all."""
    return f"{np.floor(share * 1000) / 10:g} %" if share < 1 else "100 %"


def scale(scale: float) -> str:
    """What numbers stand for of which one is ``scale``: ``thousands``."""
    known = {
        1e3: "thousands",
        1e5: "lakhs",
        1e6: "millions",
        1e7: "crores",
        1e9: "billions",
        0.01: "hundredths",
    }
    return known.get(scale, f"units of {scale:,g}")


def unknown(option: str, name: str, known: Sequence[str]) -> str:
    """The error about a column that is not there, with the nearest name."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
    folded = {k.casefold(): k for k in known}
    close = folded.get(name.casefold()) or (near[0] if near else "")
    return f"{option}: no column is called {short(name)!r}; the nearest is {short(close)!r}"


def short(name: str) -> str:
    """A name that leaves room for the rest of a message."""
    return name if len(name) <= 80 else name[:79] + "…"
