#!/usr/bin/env bash
# Make this checkout ready to run: WeasyPrint's system libraries, .venv, locked dependencies, the project itself
# (editable), everything byte-compiled. Does nothing when nothing changed. Progress goes to stderr.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

VENV=.venv
PYTHON=$VENV/bin/python
STAMP=$VENV/.reportgen-setup
APT_PACKAGES=(libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-dejavu-core)

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# --- the virtual environment ---------------------------------------------------------------------------------
new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    local candidate
    for candidate in python3.11 python3 python3.12 python3.13 python3.14; do
        if new_enough "$candidate"; then echo "$candidate"; return; fi
    done
    fail "no Python 3.11 or newer on PATH; install one and try again"
}

have_uv() { uv --version >/dev/null 2>&1; }

make_venv() {
    if [ -x "$PYTHON" ]; then
        new_enough "$PYTHON" || fail "$VENV has a Python older than 3.11; remove $VENV and try again"
        return
    fi
    local python
    python=$(find_python)
    say "making $VENV with $("$python" --version)"
    if have_uv; then
        uv venv --quiet --no-python-downloads --python "$(command -v "$python")" "$VENV"
    else
        "$python" -m venv "$VENV" || fail "$python -m venv failed; on Debian: apt-get install python3-venv"
    fi
}

install_packages() {
    say "installing the locked dependencies and the project into $VENV"
    if have_uv; then
        uv pip install --quiet --python "$PYTHON" --compile-bytecode --require-hashes -r requirements-dev.lock
        uv pip install --quiet --python "$PYTHON" --no-deps --no-build-isolation --editable .
    else
        "$PYTHON" -m pip --version >/dev/null 2>&1 || "$PYTHON" -m ensurepip --default-pip >/dev/null
        "$PYTHON" -m pip install --quiet --require-hashes -r requirements-dev.lock
        "$PYTHON" -m pip install --quiet --no-deps --no-build-isolation --editable .
    fi
    # PYTHONDONTWRITEBYTECODE keeps pip from compiling; uncompiled, every start costs seconds. Packages may ship
    # files for other Python versions that do not compile: those are never imported here.
    "$PYTHON" -m compileall -q -j 0 "$("$PYTHON" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
        >/dev/null 2>&1 || true
}

# --- the system libraries ------------------------------------------------------------------------------------
libraries_there() {
    "$PYTHON" - <<'PY' >/dev/null 2>&1
import ctypes, shutil, subprocess, sys
if sys.platform == "linux":
    for name in ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0"):
        ctypes.CDLL(name)
    fonts = subprocess.run([shutil.which("fc-list") or "fc-list", ":", "family"], capture_output=True, check=True)
    sys.exit(b"DejaVu" not in fonts.stdout)
import weasyprint
PY
}

install_libraries() {
    if ! command -v apt-get >/dev/null 2>&1; then
        fail "WeasyPrint's libraries are missing and there is no apt-get here. Install Pango (with pangoft2)," \
            "HarfBuzz (with its subset library), fontconfig and the DejaVu fonts with this system's own package" \
            "manager (macOS: brew install pango), then try again."
    fi
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null 2>&1 || fail "run as root or with sudo: apt-get install ${APT_PACKAGES[*]}"
        as_root=(sudo)
    fi
    say "installing ${APT_PACKAGES[*]}"
    local log
    log=$(mktemp)
    if ! { "${as_root[@]}" apt-get update &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install --yes --no-install-recommends "${APT_PACKAGES[@]}"; } >"$log" 2>&1 </dev/null; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        fail "apt-get could not install ${APT_PACKAGES[*]}"
    fi
    rm -f "$log"
    libraries_there || fail "the libraries were installed but cannot be loaded: ${APT_PACKAGES[*]}"
}

# --- what is to be done --------------------------------------------------------------------------------------
wanted() {
    { pwd; cat pyproject.toml requirements-dev.lock tools/setup.sh; } | cksum
}

make_venv
if [ ! -f "$STAMP" ] || [ "$(cat "$STAMP")" != "$(wanted)" ]; then
    install_packages
    libraries_there || install_libraries
    wanted >"$STAMP"
    say "ready"
fi
