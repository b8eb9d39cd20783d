"""The wheel holds the whole product and nothing else; the locks are complete and name no host."""

from __future__ import annotations

import email
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import reportgen


@pytest.fixture(scope="module")
def project(repository: Path) -> dict[str, Any]:
    return tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(folder),
        str(repository),
    ]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def source_files(folder: Path) -> set[str]:
    """Files of a folder that belong to the product, relative to it."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_templates_are_in_the_package(wheel: zipfile.ZipFile, repository: Path) -> None:
    templates = source_files(repository / "templates")
    assert "report.html" in templates
    assert {f"reportgen/templates/{name}" for name in templates} <= set(wheel.namelist())


def test_every_file_of_the_package_is_in_the_wheel_and_nothing_else(
    wheel: zipfile.ZipFile, repository: Path
) -> None:
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    package = {f"reportgen/{name}" for name in source_files(repository / "reportgen")}
    assert "reportgen/py.typed" in names
    assert package == {name for name in names if not name.startswith("reportgen/templates/")}


def test_metadata(wheel: zipfile.ZipFile) -> None:
    folder = f"reportgen-{reportgen.__version__}.dist-info"
    metadata = email.message_from_bytes(wheel.read(f"{folder}/METADATA"))
    assert metadata["Name"] == "reportgen"
    assert metadata["Version"] == reportgen.__version__
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "MIT"
    assert f"{folder}/licenses/LICENSE" in wheel.namelist()
    assert "reportgen = reportgen.__main__:main" in wheel.read(f"{folder}/entry_points.txt").decode()


def locked(path: Path) -> dict[str, list[Requirement]]:
    """Name -> the pins of it, one for each range of Python versions."""
    pins: dict[str, list[Requirement]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if re.match(r"[A-Za-z0-9]", line):
            pin = Requirement(line.removesuffix("\\").strip())
            pins.setdefault(canonicalize_name(pin.name), []).append(pin)
    return pins


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_lock_satisfies_every_dependency(repository: Path, project: dict[str, Any], name: str) -> None:
    pins = locked(repository / name)
    wanted = list(project["project"]["dependencies"])
    if name == "requirements-dev.lock":
        wanted += project["dependency-groups"]["dev"]
    for line in wanted:
        requirement = Requirement(line)
        found = pins[canonicalize_name(requirement.name)]
        for pin in found:
            (specifier,) = pin.specifier
            assert specifier.operator == "=="
            assert requirement.specifier.contains(specifier.version), (line, str(pin))


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_lock_pins_hashes_and_names_no_host(repository: Path, name: str) -> None:
    text = (repository / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^-", text, flags=re.MULTILINE)
    entries = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    assert all("--hash=sha256:" in entry for entry in entries)


def test_development_tools_use_the_same_versions_as_the_product(repository: Path) -> None:
    product, development = (
        locked(repository / name) for name in ("requirements.lock", "requirements-dev.lock")
    )
    for name, pins in product.items():
        assert set(map(str, pins)) == set(map(str, development[name])), name
