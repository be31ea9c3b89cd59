"""A session at two servers: the one that has the room is killed with hands on."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser

from app.clock import RealClock
from app.core.model import SEATS, Phase
from tests.browser.duo import duo
from tests.support.engine import engine, share
from tests.support.fixtures import SERVE
from tests.support.seeded import lay
from tests.support.serving import serving

pytestmark = pytest.mark.browser
EASED_WITHIN_MS = 3_000 + 2_000  # the promise, and a busy machine


async def test_when_the_rooms_server_is_killed_both_phones_ease_and_a_stop_gets_through(
    tmp_path: Path, launched: Browser
) -> None:
    with engine(tmp_path / "engine", 1) as nodes:
        journal, _ = await share(nodes, RealClock())
        made = await lay(journal, Phase.HOLDING, RealClock().now_ms())
        await journal.close()
        command = [*SERVE, "--port", "0", "--journal", nodes[0].url, "--i-accept-loss"]
        with serving(command) as owner, serving(command) as other:
            token = {"Authorization": f"Bearer {made.tokens['client']}"}
            async with httpx.AsyncClient(headers=token, timeout=30) as http:
                state = await http.get(f"{owner.url}/api/rooms/{made.room}?role=client")
            assert state.json()["phase"] == "eased"  # nothing starts by itself
            async with duo(other.url, launched) as phones:
                await phones.without_direct_line()
                hands = phones.client, phones.partner
                for context, hand, role in zip(phones.contexts, hands, SEATS, strict=True):
                    await context.add_cookies(made.cookies(other.url, role))
                    await hand.page.goto(made.page(other.url, role))
                    await hand.until_phase("eased")
                await phones.go_on_by_good()
                await phones.partner.until_phase("holding")
                owner.process.send_signal(signal.SIGKILL)
                await asyncio.gather(
                    *(hand.until_phase("eased", EASED_WITHIN_MS) for hand in hands)
                )
                await phones.client.tap("STOP")
                await phones.partner.sees("No more pressure")
                await phones.client.sees("on their screen")
