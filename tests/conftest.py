from __future__ import annotations

import signal
from pathlib import Path

import pytest
from hypothesis import settings

# No timed assertions: a busy machine is no failure. The same examples in every run.
settings.register_profile("reportgen", deadline=None, derandomize=True)
settings.load_profile("reportgen")

# A shell that starts the tests in the background has them ignore Ctrl-C, and what they start would ignore it too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real tables that stands beside the checkout; not part of the project."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not (folder / "CC GENERAL.csv").is_file():
        pytest.skip("the real tables (../shared/data) are not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def sample_q2() -> Path:
    return REPOSITORY / "sample_data" / "customers_2026_q2.csv"


@pytest.fixture(scope="session")
def sample_q3() -> Path:
    return REPOSITORY / "sample_data" / "customers_2026_q3.csv"
