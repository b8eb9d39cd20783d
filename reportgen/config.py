"""Turn options, environment and ``reportgen.toml`` into one checked ``Config``.

Precedence: option > ``REPORTGEN_*`` > ``./reportgen.toml`` or ``--config`` > default. ``SETTINGS`` is
the one table behind the options of the command line, the names of the variables, the keys of the
file, the help and what ``reportgen init`` writes: a setting is added there and in ``Config``, and
nowhere else. The same parser reads a value from wherever it comes, so that a mistake gets the same
sentence everywhere; the sentence opens with the place. This is also the only place that asks what
day it is.
"""

from __future__ import annotations

import csv
import datetime as dt
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal, cast

from reportgen.errors import OptionError
from reportgen.palette import SIGNAL
from reportgen.results import Role

FILE_NAME = "reportgen.toml"
PREFIX = "REPORTGEN_"
OTHER_VARIABLES = (
    "CONFIG", "QUIET", "VERBOSE", "JSON", "DEBUG", "LEDGER", "MAIL_*", "TEST_*",
)  # fmt: skip
"""``REPORTGEN_`` variables that are no build setting: how to run, and what ``send`` and the tests use."""

SEGMENTS_MIN, SEGMENTS_MAX = 2, 12
TEXT_MAX = 200
"""Characters of a title or another text of the cover; more does not fit the page."""
CONFIG_BYTES_MAX = 1_000_000
LOGO_BYTES_MAX = 500_000
"""The whole report is promised under 1 MB."""
LOGO_PIXELS_MAX = 4_000
"""Each side of a PNG logo: 20 times what print needs; more is a mistake or a bomb."""
DEFAULT_SEED = 20

Scaling = Literal["auto", "yeo-johnson", "standard", "minmax", "robust", "log", "rank"]
SCALINGS: tuple[Scaling, ...] = ("auto", "yeo-johnson", "standard", "minmax", "robust", "log", "rank")
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", r"\t": "\t", "pipe": "|", "space": " "}
DECIMALS = {"point": ".", "dot": ".", "comma": ","}


def report_date(environ: Mapping[str, str] | None = None) -> str:
    """The ISO date of a report for which no ``--as-of`` was given: SOURCE_DATE_EPOCH (UTC), else today."""
    epoch = (os.environ if environ is None else environ).get("SOURCE_DATE_EPOCH", "")
    if not epoch:
        return dt.date.today().isoformat()
    try:
        return dt.datetime.fromtimestamp(int(epoch), dt.UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        raise OptionError(
            f"SOURCE_DATE_EPOCH: {shown(epoch)} is not a number of seconds since 1970;"
            " give one, or --as-of DATE"
        ) from None


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """Everything that a user can decide about a build, checked. Stops at ``pipeline``."""

    output: Path = Path("report.pdf")
    """One file (.pdf or .html) or a folder, see ``output_kind``."""
    segments: int | None = None
    """2..12; None: chosen from the data."""
    features: tuple[str, ...] = ()
    """Columns that the segments are built from; empty: all that are fit for it."""
    ignore: tuple[str, ...] = ()
    id_column: str | None = None
    value_column: str | None = None
    roles: Mapping[str, Role] = field(default_factory=dict)
    """Column name -> role that the user insists on (``--as``, ``[roles]``)."""
    scaling: Scaling = "auto"
    seed: int = DEFAULT_SEED
    lexicon: Path | None = None
    strict: bool = False
    title: str | None = None
    period: str | None = None
    organisation: str | None = None
    author: str | None = None
    classification: str | None = None
    accent: str = SIGNAL
    """``#RRGGBB``."""
    logo: tuple[str, bytes] | None = field(default=None, repr=False)
    """(media type, bytes), checked to be what it says."""
    page: Literal["a4", "letter"] = "a4"
    as_of: str = field(default_factory=report_date)
    """ISO date of the report."""
    show_ids: bool = False
    delimiter: str | None = None
    """One character; None: found out. The same for the next two."""
    encoding: str | None = None
    decimal: Literal[".", ","] | None = None
    sheet: str | None = None
    """Name or number of a workbook's sheet; None: the first one with a table."""
    per_customer: str | None = None
    """The column by which rows (purchases, visits) are gathered to customers; None: a row is a customer."""
    max_bytes: int | None = None
    """Raises what is read at most; None: the readers' own limit. The same for the next two."""
    max_columns: int | None = None
    max_cell: int | None = None
    mail: Mapping[str, object] = field(default_factory=dict, repr=False)
    """The ``[mail]`` table as it stands in the file, not checked: ``mail`` knows what belongs there."""

    @property
    def output_kind(self) -> Literal["pdf", "html", "folder"]:
        """What ``output`` asks for, by the end of its name."""
        suffix = self.output.suffix.lower()
        return "pdf" if suffix == ".pdf" else "html" if suffix == ".html" else "folder"

    def as_options(self) -> dict[str, object]:
        """The settings as plain values by their option's name, for the manifest; neither paths nor mail."""
        plain: dict[str, object] = {}
        for setting in SETTINGS:
            value = getattr(self, setting.name)
            if setting.name == "output":
                continue
            if setting.name == "roles":
                value = {column: str(role) for column, role in value.items()}
            elif setting.name == "logo" and value is not None:
                value = value[0]
            elif setting.name == "lexicon" and value is not None:
                value = value.name
            elif isinstance(value, tuple):
                value = list(value)
            plain[setting.key] = value
        return plain


# --------------------------------------------------------------------------- reading one value


class _Wrong(Exception):
    """What is wrong with a value and what to write instead; the place is put before it by ``resolve``."""


def shown(text: object) -> str:
    """``text`` in quotes, on one line, not endless."""
    plain = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(text))
    return f"'{plain if len(plain) <= 60 else plain[:59] + '…'}'"


def _text(value: object, _folder: Path) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise _Wrong(f"{shown(value)} is not text; put it in quotes")
    text = str(value).strip()
    if len(text) > TEXT_MAX:
        raise _Wrong(f"the text has {len(text)} characters; shorten it to at most {TEXT_MAX}")
    for character in text:
        if not character.isprintable() and character not in "\N{SOFT HYPHEN}\N{NO-BREAK SPACE}":
            raise _Wrong(f"{shown(text)} has a line break, a control character or a broken letter; remove it")
    return text or None


def _column(value: object, _folder: Path) -> str | None:
    if not isinstance(value, str):
        raise _Wrong(f"{shown(value)} is not a column name; put it in quotes")
    return value.strip() or None


def _columns(value: object, _folder: Path) -> tuple[str, ...]:
    names: list[str] = []
    listed = isinstance(value, list)
    for item in cast("Iterable[object]", value) if isinstance(value, (list, tuple)) else (value,):
        if not isinstance(item, str):
            raise _Wrong(f"{shown(item)} is not a column name; put it in quotes")
        names += [item] if listed else _split(item)
    return tuple(dict.fromkeys(name for name in (name.strip() for name in names) if name))


def _split(text: str) -> list[str]:
    """``A,"b, c"`` -> ``A`` and ``b, c``."""
    try:
        return next(csv.reader([text], skipinitialspace=True, strict=True), [])
    except csv.Error:
        raise _Wrong(
            f'{shown(text)} has a quotation mark without its partner; write A,B or A,"b, c"'
        ) from None


def _roles(value: object, _folder: Path) -> Mapping[str, Role]:
    pairs: list[tuple[object, str]] = []
    if isinstance(value, dict):  # [roles] COLUMN = "role"
        pairs = [(role, str(column)) for column, role in value.items()]
    else:  # --as role=COLUMN, repeated, or REPORTGEN_AS=role=A,role=B
        items = _split(value) if isinstance(value, str) else value
        for item in cast("Iterable[object]", items):
            before, _, after = str(item).partition("=")
            if not after.strip():
                raise _Wrong(f"{shown(item)} is not ROLE=COLUMN; write for example category=REGION")
            pairs.append((before, after.strip()))
    roles: dict[str, Role] = {}
    for role, column in pairs:
        word = role.strip().lower() if isinstance(role, str) else str(role)
        if word not in [str(r) for r in Role]:
            raise _Wrong(
                f"{shown(role)} for column {shown(column)} is not a role{_nearest(word, map(str, Role))};"
                f" the roles are {', '.join(Role)}"
            )
        if roles.setdefault(column, Role(word)) is not Role(word):
            raise _Wrong(f"column {shown(column)} gets two roles, {roles[column]} and {word}; give one")
    return roles


def _segments(value: object, _folder: Path) -> int | None:
    text = str(value).strip().lower()
    if text in ("", "auto"):
        return None
    asked = (
        int(text) if re.fullmatch(r"[+-]?\d{1,9}", text, re.ASCII) and not isinstance(value, bool) else None
    )
    if asked is None or not SEGMENTS_MIN <= asked <= SEGMENTS_MAX:
        raise _Wrong(
            f"{shown(value)} is not a possible number of segments;"
            f" write a whole number from {SEGMENTS_MIN} to {SEGMENTS_MAX}, or auto"
        )
    return asked


def _seed(value: object, _folder: Path) -> int:
    text = str(value).strip()
    if isinstance(value, bool) or not re.fullmatch(r"\d{1,10}", text, re.ASCII) or int(text) >= 2**32:
        raise _Wrong(f"{shown(value)} is not a seed; write a whole number from 0 to {2**32 - 1}")
    return int(text)


def _flag(value: object, _folder: Path) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in ("1", "true", "yes", "on"):
        return True
    if text in ("0", "false", "no", "off"):
        return False
    raise _Wrong(f"{shown(value)} is neither true nor false; write one of them")


def _word(words: tuple[str, ...], value: object) -> str:
    text = str(value).strip().lower()
    if text not in words:
        raise _Wrong(f"{shown(value)} is not known{_nearest(text, words)}; write one of {', '.join(words)}")
    return text


def _scaling(value: object, _folder: Path) -> str:
    return _word(SCALINGS, value)


def _page(value: object, _folder: Path) -> str:
    return _word(("a4", "letter"), value)


def _accent(value: object, _folder: Path) -> str:
    text = str(value).strip()
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", text):
        raise _Wrong(f"{shown(value)} is not a colour; write it as #RRGGBB, in quotes, for example '#0A4560'")
    return text.upper()


def _date(value: object, _folder: Path) -> str:
    text = value.isoformat() if isinstance(value, dt.date) else str(value).strip()
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            raise ValueError
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        raise _Wrong(f"{shown(text)} is not a date; write it as YYYY-MM-DD, for example 2026-09-30") from None


def _delimiter(value: object, _folder: Path) -> str | None:
    text = str(value)
    word = text.strip().lower()
    if word == "auto" or not text:
        return None
    character = DELIMITERS.get(word, text)
    if (
        len(character) != 1
        or character.isalnum()
        or character in "\"'\r\n.-+"
        or not (character.isprintable() or character == "\t")
    ):
        raise _Wrong(
            f"{shown(value)} cannot separate columns; write one character such as ';',"
            " or comma, semicolon, tab, pipe, space, auto"
        )
    return character


def _encoding(value: object, _folder: Path) -> str | None:
    import codecs

    text = str(value).strip()
    if text.lower() in ("", "auto"):
        return None
    try:
        name = codecs.lookup(text).name
        "a,1".encode(name).decode(name)
        if name.replace("_", "-") in (
            "idna",
            "punycode",
            "unicode-escape",
            "raw-unicode-escape",
            "undefined",
        ):
            raise LookupError
    except (LookupError, ValueError, TypeError):
        raise _Wrong(
            f"{shown(value)} is not a text encoding; write for example utf-8, cp1252, utf-16, or auto"
        ) from None
    return name


def _decimal(value: object, _folder: Path) -> str | None:
    text = str(value).strip().lower()
    if text in ("", "auto"):
        return None
    mark = DECIMALS.get(text, text)
    if mark not in (".", ","):
        raise _Wrong(f"{shown(value)} is not a decimal mark; write . or , (or point, comma, auto)")
    return mark


def _size(value: object, _folder: Path) -> int:
    """``500 MB``, ``8G`` or a plain number."""
    text = str(value).strip().upper().replace(",", "").replace("_", "")
    match = re.fullmatch(r"(\d{1,15})\s*([KMGT]?)B?", text, re.ASCII)
    size = int(match[1]) * 1000 ** " KMGT".index(match[2] or " ") if match else 0
    if isinstance(value, bool) or not 0 < size <= 10**15:
        raise _Wrong(f"{shown(value)} is not a size; write a whole number, or for example 8G or 500M")
    return size


def _path(value: object, folder: Path) -> Path | None:
    if not isinstance(value, str):
        raise _Wrong(f"{shown(value)} is not a path; put it in quotes")
    if "\0" in value:
        raise _Wrong(f"{shown(value)} is not a path; remove the NUL character")
    return folder / Path(value).expanduser() if value else None


def _output(value: object, folder: Path) -> Path | None:
    path = _path(value, folder)
    if path is None:
        return None
    if path.suffix.lower() in (".pdf", ".html"):
        if path.is_dir() or str(value).endswith("/"):
            raise _Wrong(f"{shown(value)} is a folder, but ends like a file; give another name")
    elif path.exists() and not path.is_dir():
        raise _Wrong(
            f"{shown(value)} is a file, not a folder; end the name in .pdf or .html, or name a folder"
        )
    return path


def _lexicon(value: object, folder: Path) -> Path | None:
    path = _path(value, folder)
    if path is not None and not path.is_file():
        raise _Wrong(f"{shown(value)} is {_seen(path)}; give the path of a lexicon (.toml)")
    return path


def _logo(value: object, folder: Path) -> tuple[str, bytes] | None:
    path = _path(value, folder)
    if path is None:
        return None
    if not path.is_file():
        raise _Wrong(f"{shown(value)} is {_seen(path)}; give the path of a PNG or SVG file")
    try:
        with path.open("rb") as file:
            content = file.read(LOGO_BYTES_MAX + 1)
    except OSError as error:
        raise _Wrong(f"{shown(value)} cannot be read ({error.strerror}); check its permissions") from None
    if len(content) > LOGO_BYTES_MAX:
        raise _Wrong(f"{shown(value)} is larger than {LOGO_BYTES_MAX // 1000} kB; make it smaller")
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return ("image/png", _whole_png(content, value))
    if b"<svg" in content or b":svg" in content:
        return ("image/svg+xml", _sound_svg(content, value))
    raise _Wrong(f"{shown(value)} is neither PNG nor SVG by its content; convert it to one of them")


def _whole_png(content: bytes, value: object) -> bytes:
    """``content`` if its chunks are whole up to the end mark and the picture has a sensible size."""
    import zlib

    at = 8
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4])
        body = content[at + 4 : at + 8 + length]
        check = content[at + 8 + length : at + 12 + length]
        if len(check) < 4 or zlib.crc32(body) != int.from_bytes(check):
            break
        if body[:4] == b"IHDR":
            size = (int.from_bytes(body[4:8]), int.from_bytes(body[8:12]))
            if not all(0 < side <= LOGO_PIXELS_MAX for side in size):
                raise _Wrong(
                    f"{shown(value)} has {size[0]} x {size[1]} pixels;"
                    f" make it at most {LOGO_PIXELS_MAX} on each side"
                )
        elif at == 8:
            break
        if body[:4] == b"IEND":
            return content
        at += 12 + length
    raise _Wrong(f"{shown(value)} is a damaged PNG; save it again")


def _sound_svg(content: bytes, value: object) -> bytes:
    """``content`` if it is well-formed XML with an ``svg`` root and no entities of its own."""
    from xml.etree import ElementTree

    try:
        if b"<!ENTITY" in content:
            raise ValueError
        root = ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError, LookupError):
        raise _Wrong(
            f"{shown(value)} is a damaged SVG, or one with entities; save it again as plain SVG"
        ) from None
    if root.tag not in ("svg", "{http://www.w3.org/2000/svg}svg"):
        raise _Wrong(f"{shown(value)} is neither PNG nor SVG by its content; convert it to one of them")
    return content


def _seen(path: Path) -> str:
    return "a folder" if path.is_dir() else "no regular file" if path.exists() else "not there"


# --------------------------------------------------------------------------- the settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """One thing that a user can decide, wherever it is written."""

    name: str
    """Field of ``Config``."""
    flags: tuple[str, ...]
    """On the command line; the last one is the key: ``--as-of`` is ``as-of`` in the file."""
    parse: Callable[[object, Path], object]
    """(value as written, folder that paths are relative to) -> value of the field; raises ``_Wrong``."""
    help: str
    group: Literal["Output", "Segments", "Columns", "Reading the file", "The document"]
    metavar: str = ""
    example: str = ""
    """The TOML literal that ``init`` shows in a comment."""
    multiple: bool = False
    flag: bool = False
    reading: bool = False
    """About reading and understanding the table: ``check`` and ``init`` take it as well."""

    @property
    def key(self) -> str:
        """In ``reportgen.toml``: the option's name without the dashes."""
        return "roles" if self.name == "roles" else self.flags[-1].lstrip("-")

    @property
    def variable(self) -> str:
        """In the environment."""
        return PREFIX + self.flags[-1].lstrip("-").replace("-", "_").upper()


SETTINGS: tuple[Setting, ...] = (
    Setting(
        name="output",
        flags=("-o", "--output"),
        parse=_output,
        group="Output",
        metavar="PATH",
        example='"reports/customers.pdf"',
        help="Where to. Ends in .pdf or .html: that one file. Anything else: a folder with the whole set"
        " (report, evidence, tables, charts). Default: <name of DATA>-report.pdf in the current folder.",
    ),
    Setting(
        name="strict",
        flags=("--strict",),
        parse=_flag,
        group="Output",
        flag=True,
        example="true",
        help="Exit with 1 when the segmentation is graded weak or none. The report is written all the same.",
    ),
    Setting(
        name="segments",
        flags=("-k", "--segments"),
        parse=_segments,
        group="Segments",
        metavar="N|auto",
        example="4",
        help="How many segments, 2 to 12, or auto: as many as the data support. Default: auto.",
    ),
    Setting(
        name="features",
        flags=("--features",),
        parse=_columns,
        group="Segments",
        metavar="A,B",
        multiple=True,
        reading=True,
        example='["PURCHASES", "BALANCE"]',
        help="The columns that the segments are built from; all others still describe them. Default: every"
        " column that is fit for it. Put a name that has a comma in double quotes.",
    ),
    Setting(
        name="scaling",
        flags=("--scaling",),
        parse=_scaling,
        group="Segments",
        metavar="METHOD",
        example='"minmax"',
        help="How columns are made comparable: auto, yeo-johnson, standard, minmax, robust, log or rank."
        " Default: auto.",
    ),
    Setting(
        name="seed",
        flags=("--seed",),
        parse=_seed,
        group="Segments",
        metavar="N",
        example=str(DEFAULT_SEED),
        help=f"Where random choices start; the same seed gives the same report. Default: {DEFAULT_SEED}.",
    ),
    Setting(
        name="lexicon",
        flags=("--lexicon",),
        parse=_lexicon,
        group="Segments",
        metavar="FILE",
        example='"our-words.toml"',
        help="A file of your own names and naming rules for segments.",
    ),
    Setting(
        name="ignore",
        flags=("--ignore",),
        parse=_columns,
        group="Columns",
        metavar="A,B",
        multiple=True,
        reading=True,
        example='["BRANCH"]',
        help="Columns to leave out altogether.",
    ),
    Setting(
        name="id_column",
        flags=("--id",),
        parse=_column,
        group="Columns",
        metavar="COLUMN",
        reading=True,
        example='"CUST_ID"',
        help="The column that tells customers apart. Default: found, else the row number.",
    ),
    Setting(
        name="value_column",
        flags=("--value",),
        parse=_column,
        group="Columns",
        metavar="COLUMN",
        reading=True,
        example='"PURCHASES"',
        help="The money that matters: what a segment is worth. Default: found.",
    ),
    Setting(
        name="roles",
        flags=("--as",),
        parse=_roles,
        group="Columns",
        metavar="ROLE=COLUMN",
        multiple=True,
        reading=True,
        help="What a column is about, when it was misunderstood; may be repeated. Roles: "
        + ", ".join(Role)
        + ".",
    ),
    Setting(
        name="delimiter",
        flags=("--delimiter",),
        parse=_delimiter,
        group="Reading the file",
        metavar="CHAR",
        reading=True,
        example='"semicolon"',
        help="What separates columns: one character, or comma, semicolon, tab, pipe, space. Default: found.",
    ),
    Setting(
        name="encoding",
        flags=("--encoding",),
        parse=_encoding,
        group="Reading the file",
        metavar="NAME",
        reading=True,
        example='"cp1252"',
        help="Text encoding of the file, such as utf-8 or cp1252. Default: found.",
    ),
    Setting(
        name="decimal",
        flags=("--decimal",),
        parse=_decimal,
        group="Reading the file",
        metavar="MARK",
        reading=True,
        example='"comma"',
        help="Decimal mark of the numbers: point or comma. Default: found, column by column.",
    ),
    Setting(
        name="sheet",
        flags=("--sheet",),
        parse=_text,
        group="Reading the file",
        metavar="NAME|N",
        reading=True,
        example='"Customers"',
        help="Which sheet of a workbook: its name, or its number from 1. Default: the first one with a table.",
    ),
    Setting(
        name="per_customer",
        flags=("--per-customer",),
        parse=_column,
        group="Reading the file",
        metavar="COLUMN",
        reading=True,
        example='"CUSTOMER_ID"',
        help="The rows are purchases or visits: gather them to one row for each customer by this column,"
        " with the days since the last one, their number, and the sum and mean of every amount.",
    ),
    Setting(
        name="max_bytes",
        flags=("--max-bytes",),
        parse=_size,
        group="Reading the file",
        metavar="SIZE",
        reading=True,
        example='"8G"',
        help="Read files up to this size, also when unpacked. Default: 4G.",
    ),
    Setting(
        name="max_columns",
        flags=("--max-columns",),
        parse=_size,
        group="Reading the file",
        metavar="N",
        reading=True,
        example="10000",
        help="Read tables of up to so many columns. Default: 5000.",
    ),
    Setting(
        name="max_cell",
        flags=("--max-cell",),
        parse=_size,
        group="Reading the file",
        metavar="N",
        reading=True,
        example="1000000",
        help="Read cells of up to so many characters; a row with a longer one is set aside. Default: 131072.",
    ),
    Setting(
        name="title",
        flags=("--title",),
        parse=_text,
        group="The document",
        metavar="TEXT",
        example='"Our card customers"',
        help="Title on the cover. Default: made from the table.",
    ),
    Setting(
        name="period",
        flags=("--period",),
        parse=_text,
        group="The document",
        metavar="TEXT",
        example='"Q3 2026"',
        help="The time that the data are about, as it should be printed.",
    ),
    Setting(
        name="organisation",
        flags=("--organisation",),
        parse=_text,
        group="The document",
        metavar="TEXT",
        example='"Example Bank"',
        help="Whose report it is.",
    ),
    Setting(
        name="author",
        flags=("--author",),
        parse=_text,
        group="The document",
        metavar="TEXT",
        example='"Customer Analytics"',
        help="Who answers for it.",
    ),
    Setting(
        name="classification",
        flags=("--classification",),
        parse=_text,
        group="The document",
        metavar="TEXT",
        example='"Confidential"',
        help="Who may read it; printed on every page.",
    ),
    Setting(
        name="as_of",
        flags=("--as-of",),
        parse=_date,
        group="The document",
        metavar="DATE",
        example='"2026-09-30"',
        help="Date of the report, YYYY-MM-DD. Default: SOURCE_DATE_EPOCH if it is set, else today.",
    ),
    Setting(
        name="accent",
        flags=("--accent",),
        parse=_accent,
        group="The document",
        metavar="#RRGGBB",
        example='"#0A4560"',
        help=f"Colour of the cover and of rules. Default: {SIGNAL}.",
    ),
    Setting(
        name="logo",
        flags=("--logo",),
        parse=_logo,
        group="The document",
        metavar="FILE",
        example='"logo.svg"',
        help=f"PNG or SVG for the cover, at most {LOGO_BYTES_MAX // 1000} kB.",
    ),
    Setting(
        name="page",
        flags=("--page",),
        parse=_page,
        group="The document",
        metavar="a4|letter",
        example='"letter"',
        help="Paper. Default: a4.",
    ),
    Setting(
        name="show_ids",
        flags=("--show-ids",),
        parse=_flag,
        group="The document",
        flag=True,
        example="true",
        help="Print customer ids and single customers' values in the report."
        " Default: nothing about one person.",
    ),
)
"""In the order of the help and of ``reportgen.toml``."""

_COMMAND_LINE_ONLY = ("config", "quiet", "verbose", "json", "debug")
_OTHER_WORDS = {
    "k": "segments", "clusters": "segments", "as": "roles", "columns": "features", "sep": "delimiter",
    "separator": "delimiter", "date": "as-of", "out": "output", "organization": "organisation",
    "company": "organisation", "colour": "accent", "color": "accent",
}  # fmt: skip
"""Keys that people try, and the key that they mean."""


def _nearest(word: str, known: Iterable[str]) -> str:
    """`` (did you mean 'title'?)`` or nothing."""
    import difflib

    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" (did you mean '{near[0]}'?)" if near else ""


# --------------------------------------------------------------------------- from everywhere to one Config


def resolve(
    options: Mapping[str, object] | None = None,
    *,
    source: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Config:
    """Every setting from the first place that has it.

    Parameters
    ----------
    options : what stood on the command line, by field of ``Config``, plus ``config`` (path of the
        file). None, ``()`` and a missing entry mean "not given"; an empty text means "none".
    source : the table; names the default output, and is never overwritten.
    environ : instead of the process's.

    Raises
    ------
    OptionError : one sentence that names the place, what stands there and what to write.
    """
    environ = os.environ if environ is None else environ
    options = options or {}
    tables, file = read_file(options.get("config"), environ)
    _check_variables(environ)
    values: dict[str, object] = {}
    for setting in SETTINGS:
        option = options.get(setting.name)
        variable = environ.get(setting.variable, "")
        if option is not None and option != ():
            place, raw, folder = setting.flags[-1], option, Path()
        elif variable:
            place, raw, folder = setting.variable, variable, Path()
        elif file is not None and setting.key in tables:
            place, raw, folder = f"{file}: {setting.key}", tables[setting.key], file.parent
        else:
            continue
        try:
            value = setting.parse(raw, folder)
        except _Wrong as wrong:
            raise OptionError(f"{place}: {wrong}") from None
        if value is not None:
            values[setting.name] = value
    if "output" not in values and source is not None:
        values["output"] = default_output(source)
    if "as_of" not in values:
        values["as_of"] = report_date(environ)
    if "mail" in tables:
        values["mail"] = tables["mail"]
    config = Config(**values)  # type: ignore[arg-type]  # each parser returns its field's type
    _check_together(config, source)
    return config


def default_output(source: Path) -> Path:
    """``<stem>-report.pdf`` in the current folder; of ``customers.csv.gz`` the stem is ``customers``."""
    name = source.name
    if name.lower().endswith((".gz", ".zip")):
        name = name[: name.rindex(".")]
    stem = Path(name).stem if name not in ("", "-") else "customers"
    return Path(f"{stem}-report.pdf")


def read_file(
    given: object = None, environ: Mapping[str, str] | None = None
) -> tuple[dict[str, object], Path | None]:
    """The configuration file's keys, hyphens for underscores, and where it lies; ``({}, None)`` without one.

    ``given`` is the value of ``--config``. Values are as written; keys are known ones.
    """
    environ = os.environ if environ is None else environ
    place = "--config" if given else PREFIX + "CONFIG"
    named = given or environ.get(PREFIX + "CONFIG", "")
    path = Path(str(named)).expanduser() if named else Path(FILE_NAME)
    if not named and not path.exists():
        return {}, None
    if not path.is_file() and str(path) != os.devnull:
        place = f"{place}: {shown(path)}" if named else str(path)
        raise OptionError(f"{place} is {_seen(path)}; give the path of a TOML file")
    return _keys(_toml(path), path), path


def _toml(path: Path) -> dict[str, object]:
    import tomllib

    try:
        with path.open("rb") as file:
            content = file.read(CONFIG_BYTES_MAX + 1)
    except OSError as error:
        raise OptionError(f"{path}: cannot be read ({error.strerror}); check its permissions") from None
    if len(content) > CONFIG_BYTES_MAX:
        raise OptionError(
            f"{path}: larger than {CONFIG_BYTES_MAX // 1_000_000} MB; this cannot be a configuration"
        )
    try:
        return tomllib.loads(content.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError:
        raise OptionError(f"{path}: is not UTF-8 text; save it as UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise OptionError(
            f"{path}: is not TOML: {reason}; text needs quotes, and so do names with spaces"
        ) from None


def _keys(table: dict[str, object], path: Path) -> dict[str, object]:
    """``table`` with checked keys; sections only where they belong."""
    known = {setting.key for setting in SETTINGS}
    checked: dict[str, object] = {}
    for written, value in table.items():
        key = written.replace("_", "-")
        if key in ("roles", "mail"):
            if not isinstance(value, dict):
                raise OptionError(f"{path}: {key} is not a section; write [{key}] on a line of its own")
        elif key in _COMMAND_LINE_ONLY:
            raise OptionError(f"{path}: {key} belongs on the command line; remove it here and give --{key}")
        elif key not in known:
            meant = _OTHER_WORDS.get(key.lower())
            hint = f" (did you mean '{meant}'?)" if meant else _nearest(key.lower(), (*known, "mail"))
            what = "section" if isinstance(value, dict) else "key"
            raise OptionError(
                f"{path}: {shown(written)} is not a known {what}{hint}; reportgen build --help lists them"
            )
        if key in checked:
            raise OptionError(
                f"{path}: {key} stands there twice, with hyphen and with underscore; remove one"
            )
        checked[key] = value
    return checked


def _check_variables(environ: Mapping[str, str]) -> None:
    known = [setting.variable for setting in SETTINGS]
    other = [PREFIX + name for name in OTHER_VARIABLES]
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or variable in known or variable in other:
            continue
        if any(name.endswith("*") and variable.startswith(name[:-1]) for name in other):
            continue
        hint = _nearest(variable, (*known, *other))
        raise OptionError(
            f"{variable}: is not a known variable{hint}; unset it, or see reportgen build --help"
        )


def _check_together(config: Config, source: Path | None) -> None:
    """What is right by itself can still contradict something else."""
    both = [name for name in config.features if name in config.ignore]
    if both:
        raise OptionError(f"--features and --ignore: {shown(both[0])} is in both; keep it in one")
    if config.id_column is not None and config.id_column in (*config.features, *config.ignore):
        where = "--features" if config.id_column in config.features else "--ignore"
        raise OptionError(f"--id and {where}: {shown(config.id_column)} is in both; keep it in one")
    if config.value_column is not None and config.value_column in config.ignore:
        raise OptionError(f"--value and --ignore: {shown(config.value_column)} is in both; keep it in one")
    if source is not None and _same(config.output, source):
        raise OptionError(f"--output: {shown(config.output)} is the table itself; give another name")


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one.absolute() == other.absolute()


# --------------------------------------------------------------------------- the file that init writes


MAIL_EXAMPLE = """\
# --- E-mail: server and recipients of reportgen send
# [mail]
# server = "smtp.example.com"       # port 587 with STARTTLS; tls = "implicit" for port 465
# user = "reports@example.com"      # the password: REPORTGEN_MAIL_PASSWORD, password_command or keyring, never here
# password_command = ["pass", "show", "smtp/reports"]
# from = "Customer Analytics <reports@example.com>"
# reply_to = "anna@example.com"
# to = ["board"]                    # addresses, or names of lists
# allowed_domains = ["example.com"] # nobody else gets it
# max_size = "10 MB"                # a larger message goes without the PDF and says where it is;
# too_large = "summary"             # or "refuse": then it does not go at all
# location = "https://intranet.example.com/reports"
# delivery = "at-most-once"         # at-least-once: send again when the server's answer was lost
# per_minute = 30
# retry_after = [1, 5, 15, 60]      # minutes
# minimum_grade = "weak"            # what is graded less is not sent
# [mail.lists]
# board = ["Anna Müller <anna@example.com>", "bob@example.com"]
"""
"""``[mail]`` as an example; the table itself is read by ``mail``."""


def commented(
    *,
    values: Mapping[str, object] | None = None,
    roles: Iterable[tuple[str, str, str]] = (),
    guessed: frozenset[str] = frozenset(),
    about: str = "",
) -> str:
    """The text of a ``reportgen.toml`` in which every setting stands, explained.

    Parameters
    ----------
    values : settings that are to hold, by field of ``Config``; all others stand in comments.
    roles : (column, role, why) of every column of a table, in its order.
    guessed : columns whose role stands in a comment, because stating it would say more than was found.
    about : what the roles were found in.
    """
    values = values or {}
    lines = [
        "# Settings of reportgen for this folder.",
        "# A line that starts with # is only an example: remove the # to use it.",
        "# Options on the command line come first, then REPORTGEN_* variables, then this file.",
        "# Paths are relative to this file.",
    ]
    group = ""
    for setting in SETTINGS:
        if setting.name == "roles":
            continue
        if setting.group != group:
            group = setting.group
            lines += ["", f"# --- {group}"]
        lines += ["", *_wrapped(setting.help)]
        if values.get(setting.name) is not None:
            lines.append(f"{setting.key} = {_literal(values[setting.name])}")
        else:
            lines.append(f"# {setting.key} = {setting.example}")
    lines += ["", "# --- What each column is about", ""]
    lines += _wrapped(
        (f"As found in {about}; change a word where it is wrong." if about
         else "Only where a column is misunderstood.")
        + " The roles: " + ", ".join(Role) + "."
    )  # fmt: skip
    roles = list(roles)
    lines.append("[roles]")
    if not roles:
        lines.append('# REGION = "category"')
    for column, role, why in roles:
        mark = "# " if column in guessed else ""
        why = f"a guess; remove the # to confirm it: {why}" if column in guessed else why
        line = f"{_literal_key(column)} = {_literal(role)}"
        lines.append(mark + (f"{line}  # {_one_line(why)}" if why else line))
    return "\n".join([*lines, "", MAIL_EXAMPLE])


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(_one_line(text), width=98, initial_indent="# ", subsequent_indent="# ")


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _literal(value: object) -> str:
    """A TOML value: text, whole number, boolean or list of texts."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_literal(item) for item in value) + "]"
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if ord(c) >= 32 and ord(c) != 127 else f"\\u{ord(c):04X}" for c in escaped) + '"'


def _literal_key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _literal(name)


assert {setting.name for setting in SETTINGS} | {"mail"} == {f.name for f in fields(Config)}, (
    "SETTINGS and Config"
)
