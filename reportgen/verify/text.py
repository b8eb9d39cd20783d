"""Turn the blocks of the document into sentences found, changed, left out and unclaimed.

Text is compared without white space and hyphens, because typesetting breaks lines at both. A sentence must stand
whole: what is before its first and after its last letter may not belong to the same word or number. A claim's
sentence is looked for in its own section of the document, so that a change on one page is not hidden by the
same words on another. What is left over is searched for sentences that are nearly one of those that are
missing, and for numbers that belong to no claim.
"""

from __future__ import annotations

import datetime as dt
import difflib
import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reportgen.verify.pages import Block, Document
from reportgen.verify.reading import Claim, Evidence
from reportgen.verify.results import Failure
from reportgen.verify.shown import disagreement

LIKE = 0.75
"""Similarity (difflib ratio) from which a text on the page is a sentence of the report, changed."""
TWIN = 0.90
"""The same, for a second copy of a sentence that was found."""

_DROPPED = re.compile("[\\s\\-\u2010\u2011\u00ad\u0002\ufffe\u200b\u200e\u2060“”()]")
"""What line breaking changes, and the marks that readers of PDF put elsewhere beside right-to-left names."""
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+(?=[A-Z0-9“\"(])")
_FIXED = {
    "Contents": "contents",
    "Executive summary": "summary",
    "Overview": "overview",
    "Profiles": "profiles",
    "Unusual customers": "anomalies",
    "How the segments were found": "method",
    "Data quality and preparation": "quality",
    "Definitions": "definitions",
}
"""Bookmarks and the sections that begin there."""
_PROSE = ("cover", "contents", "summary", "overview", "profiles", "segment:", "anomalies", "method")
"""Sections in which every number must belong to a claim."""
_FURNITURE = re.compile(
    r"\bPage \d+|\bExhibit \d+\.?|The other [\d,]+ are in customers/anomalies\.csv|And [\d,]+ more in evidence\.json"
)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def squash(text: str) -> str:
    """The text without what line breaking may change."""
    return _DROPPED.sub("", unicodedata.normalize("NFKC", text))


@dataclass
class Section:
    """One section of the document, and which of its characters belong to a sentence that was found."""

    name: str
    blocks: list[Block] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    text: str = ""
    starts: list[int] = field(default_factory=list)
    """Where each block begins in ``text``."""
    tight: str = ""
    back: list[int] = field(default_factory=list)
    """Position in ``text`` of each character of ``tight``."""
    claimed: bytearray = field(default_factory=bytearray)
    """By character of ``text``."""

    def close(self) -> None:
        """Put the blocks together."""
        parts = []
        at = 0
        for block in self.blocks:
            text = unicodedata.normalize("NFKC", block.text)
            self.starts.append(at)
            parts.append(text)
            at += len(text) + 1
        self.text = "\n".join(parts)
        self.back = [i for i, c in enumerate(self.text) if not _DROPPED.match(c)]
        self.tight = "".join(self.text[i] for i in self.back)
        self.claimed = bytearray(len(self.text))

    def find(self, sentence: str) -> list[tuple[int, int]]:
        """Spans in ``text`` where the sentence stands whole."""
        wanted = squash(sentence)
        found = []
        at = self.tight.find(wanted) if wanted else -1
        while at >= 0:
            first, last = self.back[at], self.back[at + len(wanted) - 1]
            if self._whole(first, last):
                found.append((first, last + 1))
            at = self.tight.find(wanted, at + 1)
        return found

    def _whole(self, first: int, last: int) -> bool:
        before, after = self.text[max(first - 1, 0) : first], self.text[last + 1 : last + 3]
        if self.text[first].isalnum() and before and (before.isalnum() or before in ".,−-+$€£"):
            return False
        if self.text[last].isalnum() and after[:1].isalnum():
            return False
        return not (self.text[last].isdigit() and re.match(r"[.,]\d|%", after))

    def claim(self, span: tuple[int, int]) -> None:
        """Mark the span as accounted for."""
        self.claimed[span[0] : span[1]] = b"\x01" * (span[1] - span[0])

    def free(self) -> list[tuple[int, int]]:
        """Spans of sentences and short runs of blocks of which nothing was found."""
        left = [(a, b) for a, b in self.pieces() if not any(self.claimed[a:b])]
        return left + _pairs(left)

    def pieces(self, *, pairs: bool = False) -> list[tuple[int, int]]:
        """Spans of the sentences of all blocks; with ``pairs`` those of two neighbours as well."""
        found: list[tuple[int, int]] = []
        for block, start in zip(self.blocks, self.starts, strict=True):
            end = start + len(unicodedata.normalize("NFKC", block.text))
            cuts = [start, *(start + m.end() for m in _SENTENCE_END.finditer(self.text[start:end])), end]
            found += itertools.pairwise(cuts)
        return found + _pairs(found) if pairs else found


def _pairs(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Neighbours taken together: a figure and its caption."""
    return [(a, d) for (a, b), (c, d) in itertools.pairwise(spans) if c - b <= 1]


def sections(document: Document, evidence: Evidence) -> list[Section]:
    """Cut the document at its bookmarks."""
    names = {s.name: f"segment:{s.id}" for s in evidence.segments}
    begins: dict[int, list[str]] = {0: ["cover"]}
    for title, page in document.outline:
        name = _FIXED.get(title) or names.get(title)
        if name is not None:
            begins.setdefault(page, []).append(name)
    parts = dict.fromkeys(range(document.pages), 1)
    for page, part in [(b.page, b.part) for b in document.blocks] + [p[:2] for p in document.pictures]:
        parts[page] = max(parts[page], part + 1)
    found = {"cover": Section(name="cover")}
    current = "cover"
    place = {}
    for page, many in parts.items():
        new = begins.get(page, [])[-many:]
        # A page with more parts than bookmarks begins with the end of a section.
        for part, name in enumerate([current] * (many - len(new)) + new):
            place[page, part] = name
            found.setdefault(name, Section(name=name))
            current = name
    for block in document.blocks:
        found[place[block.page, block.part]].blocks.append(block)
    for page, part, text in document.pictures:
        found[place[page, part]].pictures.append(text)
    for section in found.values():
        section.close()
    return list(found.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """How the words of the report were found."""

    printed: dict[str, str]
    """Claim id -> ``page``, ``alternative text`` or ``not printed``."""
    failures: tuple[Failure, ...]


def read(document: Document, evidence: Evidence) -> Reading:
    """Look for every claim's sentence, then for what belongs to none."""
    cut = sections(document, evidence)
    printed: dict[str, str] = {}
    failures: list[Failure] = []
    missing: dict[tuple[str, str], list[Claim]] = {}
    for (where, text), claims in _by_sentence(evidence.claims).items():
        found = _look(cut, where, text)
        if not found:
            missing[where, text] = claims
        for claim in claims:
            printed[claim.id] = found or "not printed"
    for section in cut:
        if section.name == "contents":
            for claim in evidence.claims:
                for span in section.find(claim.text):
                    section.claim(span)
    for (where, text), claims in missing.items():
        near = _nearest(cut, where, text)
        elsewhere = (
            "" if near else _look(cut, "", text)
        )  # an exhibit may stand in the section before or after
        if elsewhere:
            printed.update((claim.id, elsewhere) for claim in claims)
        if near:
            for claim in claims:
                failures.append(
                    Failure(
                        id=claim.id, where=where, text=text, expected=_shorter(text),
                        found=f"sentence not found; nearest text: {_shorter(near)}",
                    )
                )  # fmt: skip
    failures += _names(cut, evidence)
    failures += _said(cut, evidence)
    failures += _tables(cut, evidence)
    failures += _twins(cut, evidence)
    failures += _unclaimed(cut, document, evidence)
    return Reading(printed=printed, failures=tuple(failures))


def _by_sentence(claims: Iterable[Claim]) -> dict[tuple[str, str], list[Claim]]:
    found: dict[tuple[str, str], list[Claim]] = {}
    for claim in claims:
        found.setdefault((claim.where, claim.text), []).append(claim)
    return found


def _of(cut: Sequence[Section], where: str) -> list[Section]:
    """The sections in which a claim made at ``where`` stands; all when that is not known."""
    return [s for s in cut if s.name == where] or list(cut)


def _look(cut: Sequence[Section], where: str, text: str) -> str:
    found = ""
    wanted = squash(text)
    for section in _of(cut, where):
        for span in section.find(text):
            section.claim(span)
            found = "page"
        if not found and any(squash(alt) == wanted for alt in section.pictures):
            found = "alternative text"
    return found


def _nearest(cut: Sequence[Section], where: str, text: str) -> str:
    """The text in the claim's section that is most like ``text``, if any is; it is marked as accounted for."""
    wanted = squash(text)
    best, chosen, owner = LIKE, None, None
    for section in _of(cut, where):
        for span in section.free():
            ratio = _ratio(wanted, squash(section.text[span[0] : span[1]]), best)
            if ratio > best:
                best, chosen, owner = ratio, span, section
    found = ""
    if chosen is not None and owner is not None:
        found = owner.text[chosen[0] : chosen[1]].replace("\n", " ").strip()
        owner.claim(chosen)
    for section in _of(cut, where):
        for alt in section.pictures:
            ratio = _ratio(wanted, squash(alt), best)
            if ratio > best:
                best, found = ratio, alt
    return found


def _ratio(wanted: str, seen: str, least: float) -> float:
    if not wanted or not seen or 2 * min(len(wanted), len(seen)) / (len(wanted) + len(seen)) <= least:
        return 0.0
    matcher = difflib.SequenceMatcher(None, wanted, seen, autojunk=False)
    if matcher.quick_ratio() <= least:
        return 0.0
    return matcher.ratio()


def _shorter(text: str) -> str:
    return text if len(text) <= 240 else text[:237] + "..."


# --------------------------------------------------------------------------- what is no claim


def _names(cut: Sequence[Section], evidence: Evidence) -> list[Failure]:
    """Each segment's name must head its page."""
    found = []
    for segment in evidence.segments:
        mine = [s for s in cut if s.name == f"segment:{segment.id}"]
        heads = [b.text for s in mine for b in s.blocks if b.tag == "H2"]
        if squash(segment.name) not in [squash(head) for head in heads]:
            found.append(
                Failure(
                    id=f"segment:{segment.id}", where=f"segment:{segment.id}", text="name", expected=segment.name,
                    found=heads[0] if heads else "no page with this heading",
                )
            )  # fmt: skip
    return found


def _said(cut: Sequence[Section], evidence: Evidence) -> list[Failure]:
    """What the evidence says that the summary says (an e-mail about the report says it too) must stand there.

    A page that must be one page may leave sentences out, but not the headline and the grade, and what is
    nearly a sentence of the page is one that was changed.
    """
    found = []
    summary = [s for s in cut if s.name == "summary"]
    claimed = {claim.text for claim in evidence.claims}
    for key, sentence in _report_texts(evidence.report):
        if not summary or sentence in claimed:
            continue  # a claim's sentence was looked for as such
        spans = [(s, span) for s in summary for span in s.find(sentence)]
        for section, span in spans:
            section.claim(span)
        if spans:
            continue
        near = _nearest(summary, "summary", sentence) or _like(summary, sentence)
        if near or key in ("headline", "grade"):
            found.append(
                Failure(
                    id="text", where="summary", text=_shorter(sentence), expected=_shorter(sentence),
                    found=f"nearest text: {_shorter(near)}" if near else "not in the document",
                )
            )  # fmt: skip
    return found


def _report_texts(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(key, sentence) of all that ``report`` repeats of the summary."""
    for key in ("headline", "deck", "grade", "figures", "findings", "actions"):
        given = report.get(key)
        for item in given[:50] if isinstance(given, list) else []:
            if isinstance(item, str):
                yield key, item
            elif isinstance(item, dict) and key == "figures":
                yield key, f"{item.get('number')} {item.get('caption')}"
            elif isinstance(item, dict):
                body = item.get("body")
                for text in [item.get("title"), *(body[:20] if isinstance(body, list) else [])]:
                    if isinstance(text, str):
                        yield key, text


def _like(cut: Sequence[Section], sentence: str) -> str:
    """A sentence or pair of blocks on the page, found or not, that is nearly this one."""
    wanted, best, found = squash(sentence), LIKE, ""
    for section in cut:
        for first, last in section.pieces(pairs=True):
            seen = section.text[first:last]
            ratio = _ratio(wanted, squash(seen), best)
            if ratio > best:
                best, found = ratio, seen.replace("\n", " ").strip()
    return found


def _tables(cut: Sequence[Section], evidence: Evidence) -> list[Failure]:
    """Tables that repeat the evidence: the segments at a glance, what was read, and every column."""
    found = []

    def fail(section: Section, block: Block, what: str, expected: str) -> None:
        where = f"page {block.page + 1}"
        found.append(
            Failure(id="text", where=where, text=f"table, {what}", expected=expected, found=block.text)
        )

    segments = {squash(s.name): s for s in evidence.segments}
    columns = {squash(p.column): p for p in evidence.preparation}
    facts = {"Rows read": f"{evidence.rows_read:,}", "Rows used": f"{evidence.rows_used:,}",
             "SHA-256 of the file": evidence.sha256}  # fmt: skip
    for section in cut:
        for i, head in enumerate(section.blocks):
            row = list(itertools.takewhile(lambda b: b.tag == "TD", section.blocks[i + 1 : i + 8]))
            key = squash(head.text)
            if head.tag != "TH" or not head.table or not row:
                continue
            if section.name == "contents" and key in segments and len(row) >= 2:
                segment = segments[key]
                if row[0].text != f"{segment.size:,}":
                    fail(section, row[0], segment.name, f"{segment.size:,}")
                if disagreement(row[1].text, "percent", segment.share):
                    fail(section, row[1], segment.name, f"{segment.share:.1%}")
            elif section.name == "quality" and len(row) == 1 and head.text in facts:
                if squash(row[0].text) != squash(facts[head.text]):
                    fail(section, row[0], head.text, facts[head.text])
            elif section.name == "quality" and len(row) == 5 and key in columns:
                column = columns[key]
                missing = f"{column.missing:,}" if column.missing else "–"
                for block, text in zip(
                    (row[0], row[1], row[3]), (column.role, column.used_for, missing), strict=True
                ):
                    if squash(block.text) != squash(text):
                        fail(section, block, column.column, text)
    return found


def _twins(cut: Sequence[Section], evidence: Evidence) -> list[Failure]:
    """Text that is nearly a claim's sentence although that stands elsewhere in the section: a changed copy."""
    found = []
    texts: dict[str, dict[str, str]] = {}
    for claim in evidence.claims:
        texts.setdefault(claim.where, {})[squash(claim.text)] = claim.id
    for section in cut:
        for span in section.free():
            seen = section.text[span[0] : span[1]]
            if any(section.claimed[span[0] : span[1]]) or section.name in ("quality", "definitions"):
                continue
            tight = squash(seen)
            for wanted, claim_id in texts.get(section.name, {}).items():
                if tight != wanted and _ratio(wanted, tight, TWIN) > TWIN:
                    section.claim(span)
                    found.append(
                        Failure(
                            id=claim_id, where=section.name, text=_shorter(seen.replace("\n", " ")),
                            expected=_shorter(next(c.text for c in evidence.claims if c.id == claim_id)),
                            found=f"a changed copy: {_shorter(seen)}",
                        )
                    )  # fmt: skip
                    break
    return found


def _unclaimed(cut: Sequence[Section], document: Document, evidence: Evidence) -> list[Failure]:
    """Numbers in the prose that belong to no claim."""
    known = _known_texts(evidence)
    digits = _known_digits(evidence)
    found = []
    for section in cut:
        if not section.name.startswith(_PROSE):
            continue
        own = section.name.partition(":")[2]  # a segment's page may say its id, and no other's
        for text in (*known, own) if own else known:
            for span in section.find(text):
                section.claim(span)
        for match in _FURNITURE.finditer(section.text):
            section.claim(match.span())
        for i, (block, start) in enumerate(zip(section.blocks, section.starts, strict=True)):
            end = section.starts[i + 1] - 1 if i + 1 < len(section.starts) else len(section.text)
            if block.table or _ordinal(section, i):
                continue
            for match in _NUMBER.finditer(section.text, start, end):
                if any(section.claimed[match.start() : match.end()]) or match[0] in digits:
                    continue
                if section.name == "contents" and match.end() == end and block.tag in ("LI", "LBody", "P"):
                    continue  # the number of a page
                found.append(_stray(f"page {block.page + 1}", block.text, match[0]))
    heads = {squash(text) for text in (*known, *(title for title, _ in document.outline))}
    for page, text in document.loose:
        left = _FURNITURE.sub(" ", unicodedata.normalize("NFKC", text))
        for token in _NUMBER.findall(left):
            if token != str(page + 1) and token not in digits and not any(token in head for head in heads):
                found.append(_stray(f"page {page + 1}, outside the text", text, token))
    return found


def _stray(where: str, text: str, number: str) -> Failure:
    return Failure(
        id="text", where=where, text=_shorter(text), expected="every number to belong to a claim",
        found=f"{number}, which belongs to none",
    )  # fmt: skip


def _ordinal(section: Section, i: int) -> bool:
    """The number of a finding: alone in its block, before a heading."""
    block = section.blocks[i]
    return (
        re.fullmatch(r"\d{1,2}", block.text) is not None
        and i + 1 < len(section.blocks)
        and section.blocks[i + 1].tag == "H4"
    )


def _known_texts(evidence: Evidence) -> list[str]:
    """Texts with numbers that are no claims: names, and what the user put on the report."""
    report = evidence.report
    texts = [s.name for s in evidence.segments] + [s.rule for s in evidence.segments]
    texts.append(f"{evidence.source}, {evidence.rows_used:,} customers")  # the source under each exhibit
    put_on = ("title", "period", "organisation", "classification", "author")
    texts += [str(report[key]) for key in put_on if report.get(key)]
    try:
        day = dt.date.fromisoformat(str(report.get("as_of")))
        texts += [f"{_MONTHS[day.month - 1]} {day.year}", f"{day.day} {_MONTHS[day.month - 1]} {day.year}"]
    except ValueError:
        pass
    return [text for text in dict.fromkeys(texts) if any(c.isdigit() for c in text)]


def _known_digits(evidence: Evidence) -> set[str]:
    """Numbers that are part of a column's name or of a level."""
    found: set[str] = set()
    for prepared in evidence.preparation:
        for text in (prepared.column, *prepared.levels):
            found.update(_NUMBER.findall(text))
    return found


# --------------------------------------------------------------------------- inside a sentence


def spare(evidence: Evidence) -> list[Failure]:
    """Check each sentence by itself: it holds its claims' numbers in their order, and no other."""
    names = sorted({s.rule for s in evidence.segments} | set(_known_texts(evidence)), key=len, reverse=True)
    digits = _known_digits(evidence)
    found = []
    for (where, text), claims in _by_sentence(evidence.claims).items():
        left = text
        at = 0
        for claim in claims:
            at, left, there = _take(left, claim.shown, at)
            if not there:
                at, left, there = _take(left, claim.shown, 0)
            if not there and not _again(text, claim.shown):
                found.append(
                    Failure(
                        id=claim.id, where=where, text=text, expected=claim.shown,
                        found="the sentence does not hold this number",
                    )
                )  # fmt: skip
        for name in names:
            left = left.replace(name, " ")
        for token in _NUMBER.findall(left):
            if token not in digits:
                found.append(
                    Failure(
                        id=claims[0].id, where=where, text=text, expected="every number to belong to a claim",
                        found=f"{token}, which belongs to none",
                    )
                )  # fmt: skip
    return found


def _again(text: str, shown: str) -> bool:
    """Two sentences with the same words at one place: the number was taken for the first."""
    return re.search(_pattern(shown), text) is not None


def _take(text: str, shown: str, at: int) -> tuple[int, str, bool]:
    """Blank the shown number out, from ``at`` on."""
    match = re.compile(_pattern(shown)).search(text, at)
    if match is None:
        return at, text, False
    return (
        match.end(),
        text[: match.start()] + " " * (match.end() - match.start()) + text[match.end() :],
        True,
    )


def _pattern(shown: str) -> str:
    first, rest = shown[:1], shown[1:]
    start = f"[{re.escape(first.lower())}{re.escape(first.upper())}]" if first.isalpha() else re.escape(first)
    return rf"(?<![\w.,−]){start}{re.escape(rest)}(?![\w%]|[.,]\d)" if shown else r"(?!)"
