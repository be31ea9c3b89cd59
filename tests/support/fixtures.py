"""One browser and one server for all browser tests; a test that needs faults starts its own."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from tests.browser.duo import Duo, browser, duo
from tests.support import proof
from tests.support.serving import Served, serving

SERVE = [sys.executable, "-m", "app", "serve", "--host", "127.0.0.1"]
# The same on any port, with a door more: tests/support/seeded.py. The folder follows.
LAY = [sys.executable, "-m", "tests.support.seeded"]


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The server of most tests; it lays a room in any phase, too: see tests/support/seeded.py."""
    data = tmp_path_factory.mktemp("data")
    with serving([*LAY, str(data)]) as one:
        yield one


@pytest.fixture(scope="session")
def laying(served: Served) -> Served:
    """The same, where a test asks for rooms itself."""
    return served


@pytest.fixture(scope="session")
async def launched() -> AsyncIterator[Browser]:
    """One browser for all; each test has contexts of its own."""
    async with browser() as one:
        yield one


@pytest.fixture(scope="session")
async def whole() -> AsyncIterator[Browser]:
    """One that draws, speaks and plays as people's browsers do, for tests of that."""
    async with browser(is_whole=True) as one:
        yield one


@pytest.fixture
async def phones(served: Served, launched: Browser) -> AsyncIterator[Duo]:
    async with duo(served.url, launched, lays=True) as both:
        yield both


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what a worker has proved to the run that it works for."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["proofs"] = [asdict(one) for one in proof.PROOFS]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a worker has proved."""
    proved = getattr(node, "workeroutput", {}).get("proofs", [])
    proof.PROOFS.extend(proof.Proof(**one) for one in proved)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the proofs of this run as one table."""
    if proof.PROOFS:
        terminalreporter.section("what was proved")
        terminalreporter.write_line(proof.table(proof.PROOFS))
        terminalreporter.write_line(proof.machine())
    if "PROVE_INTO" in os.environ:
        proof.keep_in(Path(os.environ["PROVE_INTO"]))
