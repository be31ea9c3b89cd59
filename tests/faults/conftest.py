"""Fixtures of the faults under real pages."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.browser.duo import duo
from tests.faults.mat import Mat
from tests.support.proxy import Wire, wire_to
from tests.support.serving import Served


@pytest.fixture
async def wired(served: Served, launched: Browser) -> AsyncIterator[Mat[Wire]]:
    """A hold, each phone on a wire of its own, everything by the server."""
    async with (
        wire_to(served.url) as one,
        wire_to(served.url) as two,
        duo(served.url, launched, lays=True) as phones,
    ):
        await phones.without_direct_line()
        mat = Mat(phones, one, two)
        await mat.to_holding()
        yield mat
