"""Turn traits into things worth testing, by the rules of the lexicon."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from reportgen.lexicon import USER, ActionRule, split_name
from reportgen.narrative.scene import LIFT, Scene
from reportgen.results import Column, Role, Use

if TYPE_CHECKING:
    from reportgen.results import Bools

GONE = 0.75
"""Share of a segment that must have left for it to be one of former customers."""
MARKED, FEWER = 0.5, 0.5
"""Share of a segment that must have a mark for it to be theirs, and the part of that which others may have of it."""
_KINDS = {"high": ("high", "very-high"), "low": ("low", "very-low", "none"), "very-low": ("very-low", "none")}


def actions_for(scene: Scene, i: int) -> tuple[ActionRule, ...]:
    """The rules whose every trait holds of segment i, in the lexicon's order.

    Who has left needs no warning when activity falls, and who is blocked, protected, in dispute or not to be
    contacted needs no offer: of them only what is written for them is said.
    """
    rules = [rule for rule in scene.lexicon.actions if all(_holds(scene, i, when) for when in rule.when)]
    if _guarded(scene, i):
        return tuple(rule for rule in rules if rule.when and rule.when[0].startswith("guarded:"))
    if _gone(scene, i):
        rules = [r for r in rules if not r.when or r.source == USER or r.when[0].startswith("gone:")]
    return tuple(rules)


def _gone(scene: Scene, i: int) -> bool:
    """Whether most of the segment are no longer customers, by a level or a flag that is a word for it.

    Outcomes count too, which are never traits.
    """
    rows = scene.facts.rows([i])
    for column in scene.facts.columns.used(Use.CLUSTERING, Use.PROFILE):
        named = " ".join(split_name(column.name)) in scene.lexicon.gone and len(column.levels) == 2
        for code, level in enumerate(column.levels):
            left = code == 1 if named else " ".join(split_name(level)) in scene.lexicon.gone
            if left and np.mean(column.values[rows] == code) >= GONE:
                return True
    return False


def _guarded(scene: Scene, i: int) -> bool:
    """Whether a mark before which nothing is sold is theirs: most of the segment have it, and clearly fewer others.

    Outcomes count too, which are never traits, and so does a number of complaints that most others do not have.
    """
    inside = scene.facts.member == i
    for column in scene.facts.columns.used(Use.CLUSTERING, Use.PROFILE):
        marked = _marked(scene, column)
        if marked is None:
            continue
        mine = float(np.mean(marked[inside]))
        others = float(np.mean(marked[~inside])) if not inside.all() else 1.0
        if mine >= MARKED and others <= FEWER * mine:
            return True
    return False


def _marked(scene: Scene, column: Column) -> Bools | None:
    """Who has the mark that the column, or one of its levels, is; None where it is none."""
    named = scene.lexicon.is_guarded(column.name)
    if not column.levels or column.role is Role.FLAG:
        return column.values > 0 if named else None
    codes = [code for code, level in enumerate(column.levels) if _is_mark(scene, level, named=named)]
    return np.isin(column.values, codes) if codes else None


def _is_mark(scene: Scene, level: str, *, named: bool) -> bool:
    """``Blocked`` is, ``No complaint`` is not, ``Full`` is where the column is ``DND``."""
    first, *rest = split_name(level) or [""]
    if first in scene.lexicon.unmarked:
        return scene.lexicon.is_guarded(level) and not scene.lexicon.is_guarded(" ".join(rest))
    return named or scene.lexicon.is_guarded(level)


def _holds(scene: Scene, i: int, when: str) -> bool:
    kind, pattern = when.split(":", 1)
    main = scene.main
    if kind == "guarded":
        return _guarded(scene, i)
    if kind == "gone":
        return _gone(scene, i)
    if kind == "share":
        if main is None or not scene.facts.has(main) or not scene.facts.enough(main, i):
            return False
        share = scene.facts.share_of_total(main, [i]).value
        return bool(share >= LIFT * scene.segments[i].share)
    for trait in scene.segments[i].all_traits:
        if trait.kind not in _KINDS.get(kind, (kind,)):
            continue
        if pattern == "value":
            if trait.column == main:
                return True
        elif re.fullmatch(pattern, " ".join(split_name(trait.column))):
            return True
    return False
