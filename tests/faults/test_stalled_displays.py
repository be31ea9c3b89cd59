"""P15 for a display: one that stops reading is cut within 4 s and delays neither phone."""

from __future__ import annotations

import asyncio

import httpx

from tests.faults.neighbour import NO_STOP_TAKES_MS, Neighbour, neighbour
from tests.faults.raw import BEAT, Raw
from tests.faults.test_stalled_readers import (
    CUT_WITHIN_S,
    SMALL,
    WAITS_AT_MOST,
    beat_on,
    until_cut,
)
from tests.support.proof import proof
from tests.support.serving import Served


async def shown(mat: Neighbour, url: str) -> str:
    """Let a display in; gives its token."""
    client = mat.client
    assert await client.ask("invite", role="display") == "done"
    made = await client.until(lambda m: m["type"] == "invitation")
    async with httpx.AsyncClient(base_url=url) as http:
        knock = (await http.post("/api/join", json={"code": made["code"]})).json()["knock"]
        assert await client.ask("admit", knock=knock) == "done"
        told = (await http.get(f"/api/knocks/{knock}")).json()
    assert told["seat"]["role"] == "display"
    return str(told["seat"]["token"])


async def stall(url: str, is_beating: bool) -> tuple[float, int, list[float]]:
    """Stop reading beside two phones that stop; gives when it was cut, what waited, their STOPs."""
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


async def test_a_display_that_stops_reading_is_cut_within_4_s_and_delays_nobody(
    served: Served,
) -> None:
    with (
        proof("P15", "a display that stops reading is cut", "s", CUT_WITHIN_S) as cuts,
        proof("P15", "STOP between the phones beside it meanwhile", "ms") as stops,
    ):
        for cut_s, waited, took in await asyncio.gather(
            stall(served.url, False), stall(served.url, True)
        ):
            cuts.trial(cut_s)
            assert waited < WAITS_AT_MOST
            for ms in took:
                stops.trial(ms)
            assert max(took) < NO_STOP_TAKES_MS
