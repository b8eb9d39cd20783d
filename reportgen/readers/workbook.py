"""Turn one sheet of a workbook into delimited text, which then goes the way of all text.

The workbook is opened in a process of its own with a limit on memory and time: a file of a few kilobytes can
ask for a sheet of 17 thousand million cells. That process (``sheets.py``) knows python-calamine and nothing else.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from reportgen.errors import InputError, OptionError
from reportgen.results import Note

SECONDS = 600
_CHILD = Path(__file__).with_name("sheets.py")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """A sheet as delimited text."""

    name: str
    text: bytes
    """UTF-8, comma, line feeds; the line is the row of the sheet."""
    notes: tuple[Note, ...]


def read_sheet(
    name: str, data: bytes, sheet: str | None, *, most_bytes: int, errors: int = 0, unsaved: int = 0
) -> Sheet:
    """The asked sheet, else the first visible one that holds a table.

    Raises
    ------
    InputError
        The workbook cannot be read, or has no sheet with a table.
    OptionError
        There is no such sheet.
    """
    memory = max(2_000_000_000, 12 * len(data))
    command = [
        sys.executable,
        "-I",
        str(_CHILD),
        sheet if sheet is not None else "",
        str(memory),
        str(most_bytes),
    ]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise InputError(f"{name}: a workbook that takes too long to read; save the sheet as CSV") from None
    head, _, text = done.stdout.partition(b"\n")
    try:
        told = json.loads(head) if done.returncode == 0 else {"problem": ""}
    except ValueError:
        told = {"problem": ""}
    if "problem" in told:
        why = {
            "password": "a workbook with a password; save a copy without one",
            "none": "a workbook without a sheet that holds a table; give one with a header and rows",
            "large": "a sheet that is too large; save it as CSV, or raise --max-bytes",
            "format": "not a workbook that can be read (an old or other Office document?); save the sheet as CSV",
        }.get(told["problem"], "a workbook that is damaged or too large; save the sheet as CSV")
        if told["problem"] == "sheet":
            names = ", ".join(told["sheets"][:8])
            raise OptionError(f"--sheet: {name} has no sheet {sheet!r}; its sheets are {names}")
        raise InputError(f"{name}: {why}")
    notes = []
    if len(told["filled"]) > 1 and sheet is None:
        others = ", ".join(n for n in told["filled"] if n != told["sheet"])
        notes.append(
            Note(
                code="sheet-guess",
                message=f"The sheet {told['sheet']} was read; the workbook also holds {others[:200]}. "
                "Name another with --sheet.",
                place=told["sheet"],
                level="warning",
            )
        )
    if told["long"]:
        notes.append(
            Note(
                code="spreadsheet-rounded",
                message=f"{told['long']:,} numbers have 16 and more digits, of which a spreadsheet keeps 15: "
                "ids that are written so cannot be told apart; keep them as text.",
                place=told["sheet"],
                level="warning",
            )
        )
    if errors:
        notes.append(
            Note(
                code="error-cells",
                message=f"{errors:,} cells of the workbook hold an error such as #DIV/0!; they are read as empty.",
                place=told["sheet"],
                level="warning",
            )
        )
    if unsaved:
        notes.append(
            Note(
                code="formulas-unsaved",
                message=f"{unsaved:,} formulas of the workbook have no saved results and are read as empty; "
                "open it in a spreadsheet program and save it, then they have.",
                place=told["sheet"],
                level="warning",
            )
        )
    if told["merged"]:
        notes.append(
            Note(
                code="merged-cells",
                message=f"{told['merged']:,} empty cells are merged with the one above and were read as holding "
                "the same text.",
                place=told["sheet"],
            )
        )
    return Sheet(name=told["sheet"], text=text, notes=tuple(notes))
