"""Turn what can go wrong into one tree of errors, each with one sentence for the user.

The tree (raised anywhere, caught once, in ``cli.py``)::

    ReportgenError            exit 2   the base; never raised itself
    |-- InputError            exit 2   the table cannot be used (names the file, what was seen, what to do)
    |-- OptionError           exit 2   an option, environment variable or configuration key is wrong
    |-- LexiconError          exit 2   a lexicon file is wrong (file, key, fix)
    |-- OutputError           exit 2   the result cannot be written
    |-- RenderError           exit 2   the document could not be typeset
    |-- ReportError           exit 2   a PDF is not one of ours, or not whole, or not of this table
    |-- WeakSegmentation      exit 1   ``--strict`` and the segmentation is graded weak or none
    |-- MailError             exit 3   nothing was sent: settings, address, secret, message, server or lock
    `-- Undelivered           exit 4   some recipients were not reached, or it is not known whether they were

A message is one line of three parts: the file or option, what was seen, what to do.
"""

from __future__ import annotations


class ReportgenError(Exception):
    """Base of every error that reportgen raises on purpose; ``exit_code`` is the process's."""

    exit_code = 2


class InputError(ReportgenError):
    """The table cannot be used."""


class OptionError(ReportgenError):
    """An option, an environment variable or a configuration key is wrong."""


class LexiconError(ReportgenError):
    """A lexicon file is wrong: which file, which key, what would be right."""


class OutputError(ReportgenError):
    """The result cannot be written where it was asked for."""


class RenderError(ReportgenError):
    """The document could not be typeset."""


class ReportError(ReportgenError):
    """A PDF is not a reportgen report, is not whole, or was not made from this table."""


class WeakSegmentation(ReportgenError):
    """``--strict`` was given and the segmentation is graded weak or none."""

    exit_code = 1


class MailError(ReportgenError):
    """Nothing was sent: a setting, an address, a secret, the message, the server or the lock."""

    exit_code = 3


class Undelivered(ReportgenError):
    """The report reached some recipients, and not all, or it is not known whether it reached one."""

    exit_code = 4
