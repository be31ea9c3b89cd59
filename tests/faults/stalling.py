"""When the server cuts a phone that stops reading; and a display that does so beside phones."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time

import httpx

from tests.faults.neighbour import Neighbour, neighbour
from tests.faults.raw import BEAT, GOOD_BEAT, Raw, message

SMALL = 2_304  # the least a kernel gives
CUT_WITHIN_S = 4.0
LATE_S = 0.5  # for a busy machine to look


async def beat_on(client: Raw) -> None:
    """A page whose script runs while nobody reads its socket."""
    with contextlib.suppress(OSError):
        for n in itertools.count():
            await client.send(message(**GOOD_BEAT | {"n": n}))
            await asyncio.sleep(0.5)


async def until_cut(client: Raw) -> tuple[float, int]:
    """Wait until the server has let go; returns the seconds, and the most that its kernel held."""
    began, most = time.monotonic(), 0
    while time.monotonic() - began < CUT_WITHIN_S + LATE_S:
        state, waits = client.at_server()
        most = max(most, waits)
        if state != "01":
            return time.monotonic() - began, most
        await asyncio.sleep(0.02)
    raise AssertionError(f"still open, {client.at_server()}")


async def shown(mat: Neighbour, url: str) -> str:
    """Let a display in; returns its token."""
    client = mat.client
    assert await client.ask("invite", role="display") == "done"
    made = await client.until(lambda m: m["type"] == "invitation")
    async with httpx.AsyncClient(base_url=url) as http:
        knock = (await http.post("/api/join", json={"code": made["code"]})).json()["knock"]
        assert await client.ask("admit", knock=knock) == "done"
        told = (await http.get(f"/api/knocks/{knock}")).json()
    assert told["seat"]["role"] == "display"
    return str(told["seat"]["token"])


async def stall_display(url: str, is_beating: bool) -> tuple[float, int, list[float]]:
    """Stop reading beside two phones that stop; return when it was cut, what waited, STOPs."""
    async with neighbour(url) as mat:
        display = await Raw.opened(url, mat.client.room, await shown(mat, url), SMALL)
        await display.send(BEAT)
        beats = asyncio.create_task(beat_on(display)) if is_beating else None
        try:
            cutting = asyncio.ensure_future(until_cut(display))
            stops = await mat.stops_during(cutting, every_s=0.02)
        finally:
            if beats is not None:
                beats.cancel()
            display.close()
        await mat.client.until_state(lambda s: s["seats"]["partner"]["link"] == "live")
        assert mat.client.state["displays"] == 1  # it may come back
        return *cutting.result(), stops
