"""What every test may ask for."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import settings

from tests.support.proof import LONG

pytest_plugins = ["tests.support.fixtures"]
# No test fails for the time that a busy machine takes.
settings.register_profile("busy", deadline=None)
settings.load_profile("busy")

ENDS_WITHIN_S = 600  # a test that waits for ever is named, and ends no run of all

# What a test's file has from here, it starts in a process of its own.
STARTERS = {"serving", "start", "subprocess", "serve_inside"}
# Files that take longest. They go first, so that no worker is left alone with one at the end.
LONGEST = (
    "tests/browser/test_every_phase.py",
    "tests/faults/test_simulation.py",
    "tests/core/test_every_way.py",
    "tests/browser/test_session.py",
    "tests/faults/test_cables.py",
    "tests/browser/test_every_screen.py",
    "tests/faults/test_broken_browsers.py",
    "tests/browser/test_the_other_phone.py",
    "tests/browser/test_without_fingers.py",
    "tests/browser/test_nobody_gets_lost.py",
    "tests/faults/test_broken_pages.py",
    "tests/faults/test_floods.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs another process, and put the longest files first."""
    for item in items:
        file = getattr(item, "module", None)
        needs = {"served", "laying"} & set(getattr(item, "fixturenames", ()))
        is_own = any(getattr(file, name, None) is not None for name in STARTERS)
        if LONG == 1 and inspect.iscoroutinefunction(getattr(item, "obj", None)):
            item.obj = bounded(item.obj)  # type: ignore[attr-defined]
        if is_own or (needs and "tests/browser" in item.nodeid):
            item.add_marker("process")
    order = {file: n for n, file in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.nodeid.partition("::")[0], len(order)))


def bounded(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Return a test that fails where it would not end."""

    @functools.wraps(test)
    async def within(*args: Any, **more: Any) -> None:
        async with asyncio.timeout(ENDS_WITHIN_S):
            await test(*args, **more)

    return within
