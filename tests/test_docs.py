"""What README, CONTRIBUTING and docs/ say is so: paths, targets, options, notes, stages, and the examples run."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click
import pytest

from reportgen import clustering, hierarchy
from reportgen.cli import main, program
from reportgen.columns import deciding, whole
from reportgen.config import OTHER_VARIABLES, SETTINGS
from reportgen.mail.secrets import PASSWORD_VARIABLE, TOKEN_VARIABLE
from reportgen.mail.settings import KEYS

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/notes.md", "docs/sending.md")
PREPARED = ("build/", "dist/", ".venv")
"""What commands make; it need not be there."""


@pytest.fixture(scope="module")
def documents(repository: Path) -> dict[str, str]:
    return {name: (repository / name).read_text("utf-8") for name in DOCUMENTS}


# --------------------------------------------------------------------------- the examples


@dataclass
class Command:
    line: str
    expected: list[str] = field(default_factory=list)


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """(language, content) of the fenced blocks, in order."""
    for match in re.finditer(r"^```(\w+)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL):
        yield match[1], match[2]


def commands(block: str) -> list[Command]:
    found: list[Command] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append(Command(line[2:]))
        else:
            found[-1].expected.append(line)
    return found


def differs(expected: list[str], output: str) -> str | None:
    """The first shown line that did not come, in order; ``...`` stands for anything, lines or letters."""
    lines = iter(output.splitlines())
    for shown in expected:
        if shown == "...":
            continue
        pattern = ".*".join(re.escape(part) for part in shown.split("..."))
        if not any(re.fullmatch(pattern, line.rstrip()) for line in lines):
            return shown
    return None


def test_the_examples_of_the_readme_run_and_print_what_is_shown(
    documents: dict[str, str], repository: Path, tmp_path: Path
) -> None:
    """One folder, from top to bottom, as a reader would do it (six builds: the slowest test here)."""
    shutil.copytree(
        repository / "sample_data", tmp_path / "sample_data", ignore=shutil.ignore_patterns("__pycache__")
    )
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("REPORTGEN_", "SOURCE_DATE_EPOCH"))}
    environment = clean | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    environment |= {"XDG_STATE_HOME": str(tmp_path / "state")}
    ran = 0
    for language, block in blocks(documents["README.md"]):
        named = re.match(r"# ([\w.-]+\.toml)\n", block)
        if language == "toml" and named:
            (tmp_path / named[1]).write_text(block, "utf-8")
        if language != "console":
            continue
        for command in commands(block):
            done = subprocess.run(
                ["bash", "-c", command.line], cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, check=False,
            )  # fmt: skip
            assert done.returncode == 0, f"$ {command.line}\n{done.stdout}"
            assert "bug" not in done.stdout, f"$ {command.line}\n{done.stdout}"
            missing = differs(command.expected, done.stdout)
            assert missing is None, f"$ {command.line}\ndid not print: {missing}\n{done.stdout}"
            ran += 1
    assert ran > 10


def test_a_report_with_a_period_verifies(sample_q2: Path, tmp_path: Path) -> None:
    """What the README's example of ``--period`` makes must pass the README's example of ``verify``."""
    report = tmp_path / "report.pdf"
    made = main(["build", str(sample_q2), "--period", "Q3 2026", "--output", str(report), "--quiet"])
    assert made == 0
    assert main(["verify", str(report), str(sample_q2), "--quiet"]) == 0


def test_every_example_names_a_command_that_exists(documents: dict[str, str]) -> None:
    for name, text in documents.items():
        for word in re.findall(r"`reportgen ([a-z]+)", text):
            assert word in program.commands, f"{name}: reportgen {word}"
    for command in program.commands:
        assert f"reportgen {command}" in documents["README.md"], command


def test_what_is_shown_is_compared_line_by_line() -> None:
    assert differs(["a", "...", "c ...e"], "a\nb\nc d e\n") is None
    assert differs(["a", "x"], "a\nb\n") == "x"
    assert differs(["b", "a"], "a\nb\n") == "a"


# --------------------------------------------------------------------------- options, variables, exit codes


def flags(command: click.Command) -> set[str]:
    """Every way to write an option of the command, ``--help`` too."""
    context = click.Context(command)
    return {
        flag
        for parameter in command.get_params(context)
        for flag in (*parameter.opts, *parameter.secondary_opts)
        if flag.startswith("-")
    } | {"-h", "--help"}


def test_every_option_of_build_is_in_the_readme(documents: dict[str, str]) -> None:
    text = documents["README.md"]
    for flag in sorted(flags(program.commands["build"])):
        assert re.search(rf"(?<![\w-]){re.escape(flag)}(?![\w-])", text), f"{flag} is not described"


def test_every_option_in_the_documents_exists(documents: dict[str, str]) -> None:
    known = {"--version"}.union(*(flags(command) for command in program.commands.values()))
    for name, text in documents.items():
        shell = "".join(block for language, block in blocks(text) if language == "sh")
        for span in [
            *re.findall(r"`([^`\n]+)`", text),
            *(b for lang, b in blocks(text) if lang == "console"),
        ]:
            if re.match(r"(pip|uv|python|git)\b", span) or span in shell:
                continue
            for flag in re.findall(r"(?<![\w-])--[a-z][a-z-]*", span):
                assert flag in known or flag == "--no-deps", f"{name}: {flag} in {span!r}"


def test_variables_in_the_documents_exist(documents: dict[str, str]) -> None:
    known = {f"REPORTGEN_{setting.key.upper().replace('-', '_')}" for setting in SETTINGS}
    known |= {f"REPORTGEN_{name}" for name in OTHER_VARIABLES} | {
        "REPORTGEN_",
        PASSWORD_VARIABLE,
        TOKEN_VARIABLE,
    }
    known |= {f"REPORTGEN_MAIL_{key.upper()}" for key in KEYS}
    for name, text in documents.items():
        for variable in re.findall(r"\bREPORTGEN_[A-Z_]*", text):
            assert variable in known, f"{name}: {variable}"


def test_thresholds_in_the_readme_are_those_of_the_code(documents: dict[str, str]) -> None:
    text = documents["README.md"]
    assert f"| clear | at least {clustering.CLEAR:.2f} |" in text
    assert f"| weak | at least {clustering.WEAK:.2f} |" in text
    assert f"above {clustering.SAMPLE:,} the number of segments" in text
    assert f"Above {hierarchy.EXACT_ROWS:,} customers" in text
    assert f"At least {deciding.FEWEST_ROWS} customers and two columns" in text
    assert whole.FEWEST_COLUMNS == 2


# --------------------------------------------------------------------------- paths, targets, stages


def test_every_path_in_the_documents_exists(documents: dict[str, str], repository: Path) -> None:
    places = re.compile(
        r"(?<![\w/])(?:reportgen|templates|tests|sample_data|tools|docs|\.ci|\.github)/[\w./-]*\w/?"
    )
    roots = re.compile(r"[\w.-]+\.(?:md|lock)|pyproject\.toml|Makefile|LICENSE")
    for name, text in documents.items():
        found = set(re.findall(r"\]\(([^)#:]+)\)", text)) | set(re.findall(r'src="([^"]+)"', text))
        for span in re.findall(r"`([^`\n]+)`", text):
            found |= {span} if places.fullmatch(span) or roots.fullmatch(span) else set()
        for _, block in blocks(text):
            found |= set(places.findall(block))
        for path in sorted(found):
            if not path.startswith(PREPARED):
                folder = repository if not path.startswith("..") else (repository / name).parent
                assert (folder / path).exists(), f"{name}: {path}"


def test_targets_are_documented_and_exist(documents: dict[str, str], repository: Path) -> None:
    makefile = (repository / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, flags=re.MULTILINE))
    named = set()
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        inline = "\n".join(re.findall(r"`([^`\n]+)`", documents[name]))
        shell = "\n".join(block for language, block in blocks(documents[name]) if language == "sh")
        named |= set(re.findall(r"^make ([a-z][a-z-]*)", f"{inline}\n{shell}", flags=re.MULTILINE))
    assert named - targets == set(), "named, but not in the Makefile"
    table = set(re.findall(r"^\| `make ([a-z-]+)` \|", documents["CONTRIBUTING.md"], flags=re.MULTILINE))
    assert targets - table == set(), "in the Makefile, but not in CONTRIBUTING's table of commands"


def test_every_module_has_its_place_in_contributing(documents: dict[str, str], repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))
    layers = next(c for c in project["tool"]["importlinter"]["contracts"] if c["type"] == "layers")["layers"]
    ordered = [module for layer in layers for module in re.findall(r"\w+", layer)]
    text = documents["CONTRIBUTING.md"]
    for module in ordered:
        if module != "__main__":
            assert re.search(rf"`reportgen/{module}(\.py|/)`", text), f"{module} is not named"


def test_every_stage_of_the_table_is_called(documents: dict[str, str], repository: Path) -> None:
    rows = re.findall(r"^\| \d+ \| `reportgen/(\w+)[./]", documents["CONTRIBUTING.md"], flags=re.MULTILINE)
    assert len(rows) >= 12
    line = "".join(
        (repository / "reportgen" / name).read_text("utf-8") for name in ("pipeline.py", "desk.py")
    )
    for module in rows:
        assert re.search(rf"import [\w, ]*\b{module}\b|from reportgen\.{module}\b", line), (
            f"{module} is no stage"
        )


# --------------------------------------------------------------------------- notes


def note_codes(package: Path) -> dict[str, str]:
    """Code -> the file that gives it: ``Note(code=...)``, ``self.note("...")``, ``code = "..." if ... else "..."``."""
    found: dict[str, str] = {}
    for path in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            given: list[ast.expr] = []
            if isinstance(node, ast.Call):
                called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                if called == "Note":
                    given = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
                elif called == "note":
                    given = node.args[:1]
            elif isinstance(node, ast.Assign):
                names = [target.id for target in node.targets if isinstance(target, ast.Name)]
                given = [node.value] if names == ["code"] else []
            for text in (c for expression in given for c in ast.walk(expression)):
                if isinstance(text, ast.Constant) and re.fullmatch(r"[a-z]+(-[a-z]+)*", str(text.value)):
                    found[str(text.value)] = path.name
    return found


def test_every_note_is_documented_and_every_documented_note_exists(
    documents: dict[str, str], repository: Path
) -> None:
    codes = note_codes(repository / "reportgen")
    rows = re.findall(r"^\| `([a-z-]+)` \|", documents["docs/notes.md"], flags=re.MULTILINE)
    assert len(rows) == len(set(rows)), "a note stands twice in docs/notes.md"
    assert {c: codes[c] for c in codes.keys() - set(rows)} == {}, "not in docs/notes.md"
    assert set(rows) - codes.keys() == set(), "in docs/notes.md, but nothing gives it"


# --------------------------------------------------------------------------- manners


def test_documents_name_no_machine_and_do_not_boast(documents: dict[str, str]) -> None:
    for name, text in documents.items():
        prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        assert not re.search(r"/work/|/home/|/tmp/|/root/|localhost", text), name
        for host in re.findall(r"https?://([^/\s)]+)", text):
            assert host in ("keepachangelog.com", "semver.org"), f"{name}: {host}"
        assert "!" not in prose.replace("![", "").replace("#DIV/0!", ""), name
        boasts = (
            r"\b(powerful|seamless|blazing|world-class|cutting-edge|revolutionary|easily|effortless|leverage"
            r"|utili[sz]e|insights?)\b"
        )
        assert not re.search(boasts, prose, flags=re.IGNORECASE), (name, re.search(boasts, prose))


def test_the_gallery_is_there_and_small(repository: Path) -> None:
    pictures = sorted((repository / "docs" / "gallery").glob("*.png"))
    assert len(pictures) == 6
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in pictures)
    assert max(path.stat().st_size for path in pictures) <= 60_000
    assert sum(path.stat().st_size for path in pictures) <= 400_000
    shown = re.findall(r'src="docs/gallery/([^"]+)"', (repository / "README.md").read_text("utf-8"))
    assert shown == [path.name for path in pictures]
