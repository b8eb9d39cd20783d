"""Turn a Report into one HTML page, the same for paper and for screens.

The only door to Jinja2. Everything that a template may use is a field of ``Context``, a frozen
dataclass, so a template cannot reach into the program. Text goes in escaped and without control and
bidirectional override characters; nothing of the user's goes into the style sheet except colours
that match ``#RRGGBB``. Pictures, fonts and logo are named as ``asset:...``, which ``writers`` serves
from memory (PDF) or puts in place (HTML).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, select_autoescape
from markupsafe import Markup

from reportgen import formats
from reportgen.errors import RenderError
from reportgen.render.context import Medium, make_context
from reportgen.render.places import spaces
from reportgen.render.style import css, readable
from reportgen.render.text import UNSAFE, clean, in_order, prose, wrapped
from reportgen.results import Report, Sentence

if TYPE_CHECKING:
    import jinja2

__all__ = ["Medium", "clean", "email", "readable", "render", "spaces", "template_folder"]


def render(report: Report, *, medium: Medium) -> str:
    """Fill the templates with ``report``.

    Parameters
    ----------
    report
        Everything that was found, drawn and worded.
    medium
        ``print`` for ``writers.pdf``, ``screen`` for ``writers.html``.

    Returns
    -------
    str
        One HTML page whose pictures, fonts and logo are ``asset:`` addresses.

    Raises
    ------
    RenderError
        A template is missing or broken.
    OptionError
        The accent is not a colour.
    """
    environment = _environment()
    try:
        style = css(report.brand, len(report.analysis.segments), medium, environment)
        shown = make_context(report, medium, style)
        return environment.get_template("report.html").render(
            {field.name: getattr(shown, field.name) for field in fields(shown)}
        )
    except TemplateError as error:
        raise RenderError(f"templates: {error}; reinstall reportgen or mend the template") from error


def template_folder() -> Path:
    """Folder of the templates: inside the installed package, beside it in a checkout."""
    here = Path(__file__).resolve().parent.parent
    inside = here / "templates"
    return inside if inside.is_dir() else here.parent / "templates"


# --------------------------------------------------------------------------- environment


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = Environment(
        loader=FileSystemLoader(template_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(
        count=formats.count, percent=formats.percent, words=formats.words, date=formats.date,
        month=formats.month, listing=formats.listing, prose=prose, tenths=_tenths,
    )  # fmt: skip
    return environment


def _finalize(value: object) -> object:
    """Every printed expression passes here: text is cleaned, markup made by macros stays."""
    if isinstance(value, Markup):
        return value
    if value is None:
        raise RenderError("templates: a missing value was printed; guard it with an if")
    if isinstance(value, (str, Sentence)):
        return in_order(clean(str(value)))
    return value


def _tenths(share: float, whole: float) -> int:
    """Width class 0..20 of a share bar against the longest one."""
    return round(20 * share / whole) if whole > 0 else 0


# --------------------------------------------------------------------------- e-mail


def email(template: Literal["email.html", "email.txt"], words: Mapping[str, object]) -> str:
    """Fill the body of a mail with ``words``; only the HTML one is escaped."""
    return _mail_environment().get_template(template).render(words)


@lru_cache(maxsize=1)
def _mail_environment() -> jinja2.Environment:
    environment = Environment(
        loader=FileSystemLoader(template_folder()),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        finalize=lambda value: UNSAFE.sub("", value) if type(value) is str else value,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters.update(
        count=formats.count, percent=formats.percent, wrap=wrapped,
        dots=lambda text, width: f"{text} ".ljust(width, "."), right=lambda text, width: text.rjust(width),
    )  # fmt: skip
    return environment
