"""Find the order of words that have one: answers of a questionnaire, bands of amounts."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from reportgen.lexicon.tokens import Tokens


def scale_order(levels: Sequence[str], tokens: Tokens) -> list[int] | None:
    """Step of each level in a scale that has them all; None if there is none or two levels share a step.

    ``4/5`` is a step of a scale as well, when all levels are so many of the same number.
    """
    if len(levels) > 1 and all(re.fullmatch(r"\d+ ?/ ?\d+", level) for level in levels):
        pairs = [[int(piece) for piece in level.split("/")] for level in levels]
        most = {pair[1] for pair in pairs}
        if len(most) == 1 and max(pair[0] for pair in pairs) <= max(most):
            return [pair[0] for pair in pairs]
    cleaned = [" ".join(re.sub(r"[-_/]+", " ", level.lower()).split()) for level in levels]
    for scale in tokens.scales:
        steps = [next((i for i, step in enumerate(scale) if word in step), -1) for word in cleaned]
        if min(steps) >= 0 and len(set(steps)) == len(steps):
            return steps
    return None


def band_order(levels: Sequence[str], tokens: Tokens) -> list[tuple[float, float]] | None:
    """Bounds of each level when all are bands (``$60K - $80K``, ``under 18``, ``65+``); else None."""
    signs = "|".join(re.escape(sign.lower()) for sign in sorted(tokens.money, key=len, reverse=True))
    number = r"\d+(?:[.,' ]\d{3})*(?:[.,]\d+)?(?: ?(?:k|m|mio|tsd)\b)?"
    bounds: list[tuple[float, float]] = []
    remainders: set[str] = set()
    for level in levels:
        text = re.sub(
            rf"(?<![a-z])(?:{signs})(?![a-z])|%", "", level.lower().replace("\N{NO-BREAK SPACE}", " ")
        )
        found = list(re.finditer(number, text))
        if not 1 <= len(found) <= 2:
            return None
        values = [_bound(match.group()) for match in found]
        before = text[: found[0].start()].strip()
        after = text[found[-1].end() :].strip()
        if len(found) == 2:
            between = text[found[0].end() : found[1].start()].strip()
            if between not in tokens.to or before or values[0] >= values[1]:
                return None
            if re.match(r"\d+ ?[-–to]+ ?\d+ ?[km]\b", text) and values[0] < values[1] / 1000:
                values[0] *= 1000 if "k" in text else 1
            bounds.append((values[0], values[1]))
            remainders.add(after)
        elif before in tokens.below:
            bounds.append((-np.inf, values[0]))
            remainders.add(after)
        elif before in tokens.above:
            bounds.append((values[0], np.inf))
            remainders.add(after)
        else:
            closing = next(
                (word for word in sorted(tokens.after, key=len, reverse=True) if after.endswith(word)), None
            )
            opening = next((word for word in tokens.after if after.startswith(word)), None)
            if not before and not after:  # a single number beside bands: 0, 1-2, 3+
                bounds.append((values[0], values[0]))
                continue
            if before or (closing is None and opening is None):
                return None
            rest = after.removesuffix(closing) if closing else after.removeprefix(opening or "")
            bounds.append((values[0], np.inf))
            remainders.add(rest.strip())
    units = remainders - {""}
    shortest = min(units, key=len, default="")  # year and years are one
    if any(not unit.startswith(shortest) or len(unit) > len(shortest) + 2 for unit in units):
        return None
    if len(set(bounds)) < len(bounds) or len(bounds) < 2 or all(low == high for low, high in bounds):
        return None
    return bounds


def _bound(text: str) -> float:
    factor = 1.0
    for suffix, size in (("tsd", 1e3), ("mio", 1e6), ("k", 1e3), ("m", 1e6)):
        if text.endswith(suffix):
            text, factor = text.removesuffix(suffix), size
            break
    text = text.replace(" ", "").replace("'", "")
    text = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", text).replace(",", ".")
    return float(text) * factor
