"""Turn word lists in TOML into a checked `Lexicon`: how columns are called and what segments may be named.

The words of the report are data, so that any user can add or override them with ``--lexicon``
(the format is documented in ``common.toml``). Entries are tried in this order: the user's file, the
domain that fits the table best, ``common.toml``; a role's own words are the last resort, made from
the column's name. `Lexicon` never looks at values; that is for the stages.
"""

from reportgen.lexicon.english import LONGEST_LEVEL, is_code, sayable, title_case
from reportgen.lexicon.entries import USER, ActionRule, ColumnWords
from reportgen.lexicon.loading import load
from reportgen.lexicon.speaking import Lexicon, split_name

__all__ = [
    "LONGEST_LEVEL",
    "USER",
    "ActionRule",
    "ColumnWords",
    "Lexicon",
    "is_code",
    "load",
    "sayable",
    "split_name",
    "title_case",
]
