"""P15: a phone that stops reading is cut within 4 s and delays nobody; little waits for it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from dataclasses import dataclass

import httpx
import pytest

from app.core.model import Role
from app.hub.outbox import MAX_BEATS, MAX_DIRECT_LINE, MAX_REPLIES, Outbox
from app.protocol import wire
from app.protocol.to_phone import AlertTold, BeatAnswer, DirectLineTold, RefusedCommand, StateTold
from tests.faults.inside import serve_inside
from tests.faults.neighbour import NO_STOP_TAKES_MS, Neighbour, neighbour
from tests.faults.raw import BEAT, PING, PONG, Raw, frame, message, seated
from tests.faults.stalling import CUT_WITHIN_S, SMALL, beat_on, stall_display, until_cut
from tests.support.program import Program
from tests.support.proof import LONG, proof
from tests.support.serving import Served

LOST_WITHIN_S = 4.0  # of the last beat: 3 s, and time to tell
WAITS_AT_MOST = 64 * 1024
CHANGES_PER_S = 50


@dataclass
class Mat:
    """A room started on a laptop: it and the partner change the room, the client stalls."""

    host: Program
    partner: Program
    client: Raw
    url: str
    token: str

    @classmethod
    async def laid(cls, url: str, received: int | None) -> Mat:
        async with httpx.AsyncClient(base_url=url) as http:
            made = (await http.post("/api/rooms", json={"role": "host"})).json()
            keys = {r: i["url"].split("#")[1] for r, i in made["invitations"].items()}
            tokens = {"host": made["seat"]["token"]}
            for role in ("client", "partner"):
                joined = (await http.post("/api/join", json={"key": keys[role]})).json()
                tokens[role] = joined["seat"]["token"]
        host = await Program(url, made["room"], "host", tokens["host"]).connect()
        partner = await Program(url, made["room"], "partner", tokens["partner"]).connect()
        client = await Raw.opened(url, made["room"], tokens["client"], received)
        await client.send(BEAT)
        await partner.until_state(lambda s: s["seats"]["client"]["link"] == "live")
        return cls(host, partner, client, url, tokens["client"])

    async def change(self) -> None:
        """Change the room 50 times a second, for ever: within the rate of two phones."""
        with contextlib.suppress(Exception):
            for n in itertools.count():
                for program in (self.host, self.partner):
                    await program.say({"type": "pause", "id": f"c{n}"})
                    program.inbox[:-40] = []
                    await asyncio.sleep(1 / CHANGES_PER_S)

    async def close(self) -> None:
        self.client.close()
        await asyncio.gather(self.host.close(), self.partner.close())


async def dribble(client: Raw) -> None:
    """Read one byte every 100 ms."""
    with contextlib.suppress(OSError):
        while await client.read_some(1):
            await asyncio.sleep(0.1)


async def stall(url: str, kind: str, received: int | None) -> tuple[float, int, list[float]]:
    """Stop reading in a room that changes; return when it was cut, what waited, STOPs."""
    mat = await Mat.laid(url, received)
    works = [asyncio.create_task(mat.change())]
    if kind != "silent":
        works.append(asyncio.create_task(beat_on(mat.client)))
    if kind == "dribbling":
        works.append(asyncio.create_task(dribble(mat.client)))
    peer = Neighbour(mat.partner, mat.partner)
    try:
        cutting = asyncio.ensure_future(until_cut(mat.client))
        stops = await peer.stops_during(cutting, every_s=0.2)
        async with asyncio.timeout(LOST_WITHIN_S):
            await mat.partner.until_state(lambda s: s["seats"]["client"]["link"] == "lost")
    finally:
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)
        await mat.close()
    return *cutting.result(), stops


@pytest.mark.prove
async def test_a_phone_that_stops_reading_is_cut_within_4_s_and_delays_nobody(
    served: Served,
) -> None:
    kinds = [("silent", SMALL), ("silent", None), ("beating", SMALL), ("beating", None)]
    kinds += [("dribbling", SMALL), ("dribbling", None)]
    with (
        proof("P15", "a phone that stops reading is cut", "s", CUT_WITHIN_S) as cuts,
        proof("P15", "unsent in the kernel for it", "bytes", WAITS_AT_MOST) as kernel,
        proof("P15", "STOP of its peer and of a neighbour meanwhile", "ms") as stops,
    ):
        for _ in range(max(1, LONG // 10)):
            async with neighbour(served.url) as beside:
                tries = asyncio.gather(
                    *(stall(served.url, *kind) for kind in kinds),
                    *(stall_display(served.url, is_beating) for is_beating in (False, True)),
                )
                beside_ms = await beside.stops_during(tries)
            whose = [*kinds, "a silent display", "a display that beats"]
            for kind, (cut_s, waited, peer_ms) in zip(whose, await tries, strict=True):
                cuts.trial(cut_s)
                kernel.trial(waited)
                for took in peer_ms:
                    stops.trial(took)
                assert max(peer_ms) < NO_STOP_TAKES_MS, kind
                assert waited < WAITS_AT_MOST, kind
            for took in beside_ms:
                stops.trial(took)
            assert max(beside_ms) < NO_STOP_TAKES_MS


async def test_a_page_that_is_frozen_is_told_as_lost_though_its_browser_answers_pings(
    served: Served,
) -> None:
    mat = await Mat.laid(served.url, None)
    answered = 0

    async def answer_pings() -> None:
        nonlocal answered
        while True:
            payload = await mat.client.until(PING)
            await mat.client.send(frame(payload, PONG))
            answered += 1

    others = [asyncio.create_task(mat.change()), asyncio.create_task(answer_pings())]
    try:
        await mat.partner.until_state(lambda state: state["seats"]["client"]["link"] == "lost")
        assert answered >= 2
        assert mat.client.at_server()[0] == "01"
    finally:
        for other in others:
            other.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await mat.close()


@pytest.mark.prove
async def test_what_waits_for_a_phone_in_process_and_kernel_is_at_most_64_kib() -> None:
    async with serve_inside() as inside:
        client = await seated(inside.url, SMALL)
        (connection,) = (
            one
            for one in inside.server.server_state.connections
            if one.transport.get_extra_info("peername")[1] == client.ports[1]
        )
        (room,) = inside.app.state.rooms
        with proof("P15", "waits for it, kernel included", "bytes", WAITS_AT_MOST) as waits:
            for n in range(400):
                await client.send(frame(b"x" * 100, PING) + message(type="stop", id=f"s{n}"))
                room.listeners.push()
                await asyncio.sleep(0)
                state, kernel = client.at_server()
                if state != "01":
                    break
                ours = connection.transport.get_write_buffer_size()
                waits.trial(kernel + ours + most_in_an_outbox(room.look(Role.CLIENT)))
            assert waits.figures and max(waits.figures) < WAITS_AT_MOST
        client.close()


def most_in_an_outbox(state: StateTold) -> int:
    """Fill an outbox with the largest of all it takes before it closes, and weigh it."""
    outbox = Outbox(lambda: state)
    outbox.put_state()
    for _ in range(MAX_DIRECT_LINE * 2):
        outbox.pass_on(DirectLineTold(data="x" * 1_800))
    for n in range(MAX_REPLIES):
        outbox.reply(RefusedCommand(id=f"{n:040}", reason="journal_down"))
    for n in range(MAX_BEATS):
        outbox.answer_beat(BeatAnswer(n=n, sent_ms=2.0**53, server_ms=2**53, peer_ms=2**53))
    for n in range(40):
        name = f"partner:{n:040}"
        outbox.put_alert(
            AlertTold(
                alert=name, kind="contact", by="partner", cause="asked", drill=False, at_ms=2**53
            )
        )
    size = 0
    while (told := outbox.take()) is not None:
        size += len(wire.encode(told)) + 4
    assert not outbox.is_closing
    return size
