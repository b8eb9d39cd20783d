"""Write the golden words of the sample again; then read what changed."""

from __future__ import annotations

from pathlib import Path

from reportgen.results import Analysis

HERE = Path(__file__).parent


def words(analysis: Analysis) -> str:
    """Every text of the story on a line of its own, in the order of the document."""
    story = analysis.story
    lines = [story.title, str(story.subtitle), ""]
    lines += [str(s) for s in (*story.headline, *story.deck)]
    lines += [f"{f.number} {f.caption}" for f in story.figures]
    for finding in story.findings:
        lines += [f"* {finding.title}", *(f"  {s}" for s in finding.body)]
    for action in story.actions:
        lines += [f"> {action.title}", *(f"  {s}" for s in action.body)]
    lines += ["", *(str(s) for s in story.grade)]
    for page in story.segments:
        lines += ["", f"{page.segment.id} {page.segment.name} ({page.segment.size})", str(page.portrait)]
        lines += [f"{f.number} {f.caption}" for f in page.figures]
        lines += [f"- {s}" for s in page.who]
        lines += [str(s) for s in (*page.apart, *page.typical, *page.named)]
        lines += [f"> {a.title}: {' '.join(map(str, a.body))}" for a in page.actions]
    for text in (story.overview, story.profiles, story.unusual, story.method, story.quality):
        lines += ["", str(text.title), *(str(s) for s in text.deck)]
        for paragraph in text.body:
            lines += [f"* {paragraph.title}", *(f"  {s}" for s in paragraph.body)]
    lines += ["", *(str(s) for s in story.unusual_kinds), ""]
    lines += [f"[{e.chart}] {e.title} | {e.alt}" for e in story.exhibits.values()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    from reportgen import pipeline
    from reportgen.config import Config

    source = HERE.parent.parent / "sample_data" / "customers_2026_q3.csv"
    text = words(pipeline.analyse(source, Config(as_of="2026-11-23")))
    (HERE / "sample_q3.txt").write_text(text, "utf-8")
