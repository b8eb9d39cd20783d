"""Name what verifying hands back: what held, what did not, and how each claim was checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """One thing in the report that does not hold."""

    id: str
    """Of the claim, ``C017``; for what is no claim ``source``, ``model``, ``segment:S1``, ``column:AGE``, ``text``."""
    where: str
    """Place in the report: ``summary``, ``segment:S1``, ``page 4`` ..."""
    text: str
    """The sentence that it stands in; empty when it stands in none."""
    expected: str
    """What the report says."""
    found: str
    """What the table, or the page, says."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """How one claim was checked."""

    id: str
    where: str
    statistic: str
    how: Literal["recomputed", "evidence only"]
    """``evidence only``: compared with the rest of the evidence, since the table alone does not give it."""
    printed: Literal["page", "alternative text", "not printed"]
    """Where its sentence was found; a page that must be one page may have left it out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifyResult:
    """A report, checked against a table."""

    claims: int
    """Claims in the evidence."""
    failures: tuple[Failure, ...]
    """Claims first, in their order; then what is not about one claim."""
    checked: tuple[Checked, ...]
    """One per claim."""
    identical: bool
    """The table is byte for byte the one that the report was made from."""

    @property
    def hold(self) -> int:
        """Claims that hold."""
        failed = {failure.id for failure in self.failures}
        return sum(checked.id not in failed for checked in self.checked)

    @property
    def recomputed(self) -> int:
        """Claims computed again from the table."""
        return sum(checked.how == "recomputed" for checked in self.checked)

    @property
    def printed(self) -> int:
        """Claims whose sentence stands in the document."""
        return sum(checked.printed != "not printed" for checked in self.checked)
