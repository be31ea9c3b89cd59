"""Several servers share an engine: either phone of a room may be at any of them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from app.clock import RealClock
from app.core.model import RoomId
from app.protocol.constants import CLOSE_OTHER_VERSION, CLOSE_RESTARTING
from tests.support.engine import Nodes, engine, share
from tests.support.fixtures import SERVE
from tests.support.program import Program, drill, pair, to_holding
from tests.support.serving import Served, serving

EASED_WITHIN_S = 3.0
STOP_WITHIN_S = 2.0  # on a busy machine; docs/performance.md has what an idle one takes


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    with engine(tmp_path_factory.mktemp("engine"), 1) as made:
        yield made


@contextlib.contextmanager
def servers(nodes: Nodes, count: int) -> Iterator[list[Served]]:
    command = [*SERVE, "--port", "0", "--journal", ",".join(nodes.urls), "--i-accept-loss"]
    with contextlib.ExitStack() as open_:
        yield [open_.enter_context(serving(command)) for _ in range(count)]


async def in_a_hold(at: Served, client_at: Served, partner_at: Served) -> tuple[Program, Program]:
    client, partner = await pair(at.url, client_at=client_at.url, partner_at=partner_at.url)
    await drill(client, partner)
    await to_holding(client, partner)
    return client, partner


async def test_a_stop_passes_between_phones_of_three_servers(nodes: Nodes) -> None:
    with servers(nodes, 3) as (a, b, c):
        client, partner = await in_a_hold(a, b, c)
        assert await client.ask("stop") == "done"
        alert = await partner.until(lambda m: m["type"] == "alert" and not m["drill"])
        assert alert["kind"] == "stop"
        await partner.until_phase("stopped")
        for phone in (client, partner):
            await phone.close()


async def test_who_is_far_when_the_owner_is_killed_is_eased_and_can_stop(nodes: Nodes) -> None:
    with servers(nodes, 2) as (a, b):
        client, partner = await in_a_hold(a, b, b)
        a.process.send_signal(signal.SIGKILL)
        killed = time.monotonic()
        assert await client.ask("stop") == "done"
        await partner.until_phase("stopped")
        assert time.monotonic() - killed < EASED_WITHIN_S
        assert [phone.close_code for phone in (client, partner)] == [None, None]
        for phone in (client, partner):
            await phone.close()


async def test_any_server_answers_for_any_room(nodes: Nodes) -> None:
    with servers(nodes, 2) as (a, b):
        client, partner = await pair(a.url)
        async with httpx.AsyncClient(base_url=b.url) as http:
            headers = {"Authorization": f"Bearer {client.token}"}
            path = f"/api/rooms/{client.room}"
            assert (await http.get(path, headers=headers)).json()["phase"] == "warming_up"
            assert (await http.get(path)).status_code == 403
            assert (await http.get("/api/rooms/nowhere", headers=headers)).status_code == 404
        for phone in (client, partner):
            await phone.close()


async def test_a_phone_is_let_in_by_a_code_typed_at_another_server(nodes: Nodes) -> None:
    with servers(nodes, 2) as (a, b):
        async with httpx.AsyncClient(base_url=a.url, timeout=30) as http:
            made = (await http.post("/api/rooms", json={"role": "client"})).json()
        client = await Program(a.url, made["room"], "client", made["seat"]["token"]).connect()
        async with httpx.AsyncClient(base_url=b.url, timeout=30) as http:
            knocked = await http.post("/api/join", json={"code": made["invitation"]["code"]})
            assert knocked.status_code == 202
            knock = knocked.json()["knock"]
            told = await client.until(lambda m: m["type"] == "knock")
            assert told["knock"] == knock and told["words"] == knocked.json()["words"]
            assert await client.ask("admit", knock=knock) == "done"
            seat = (await http.get(f"/api/knocks/{knock}")).json()["seat"]
        partner = await Program(b.url, made["room"], "partner", seat["token"]).connect()
        for phone in (client, partner):
            await phone.close()


async def test_a_stop_passes_while_the_engine_elects_and_is_written_after(tmp_path: Path) -> None:
    with engine(tmp_path, 3) as three, servers(three, 2) as (a, b):
        client, partner = await in_a_hold(a, b, a)
        node = await leader_of(three, client.room)
        three[node].kill()
        began = time.monotonic()
        id = "while-it-elects"
        await client.say({"type": "stop", "id": id})
        await partner.until(
            lambda m: m["type"] == "alert" and m["kind"] == "stop" and not m["drill"]
        )
        assert time.monotonic() - began < STOP_WITHIN_S
        async with asyncio.timeout(60):
            while not any(m.get("id") == id and m["type"] == "done" for m in client.inbox):
                await client.say({"type": "stop", "id": id})  # as a page does until it is answered
                await asyncio.sleep(0.5)
        await partner.until_phase("stopped")
        for phone in (client, partner):
            await phone.close()


async def leader_of(nodes: Nodes, room: str) -> int:
    """Return which node leads the stream that a room's log is in."""
    journal, _ = await share(nodes, RealClock())
    found = await journal.engine.client.jetstream().stream_info(journal._stream(RoomId(room)))
    await journal.close()
    assert found.cluster is not None
    return [node.name for node in nodes].index(str(found.cluster.leader))


async def test_an_old_page_at_another_server_takes_nobodys_place(nodes: Nodes) -> None:
    with servers(nodes, 2) as (a, b):
        client, partner = await pair(a.url)
        url = f"{b.url.replace('http', 'ws', 1)}/api/rooms/{client.room}/live?v=0"
        headers = {"Authorization": f"Bearer {client.token}"}
        async with connect(url, additional_headers=headers) as old:
            assert json.loads(await old.recv()) == {"type": "bye", "reason": "reload"}
            await old.wait_closed()
        assert old.close_code == CLOSE_OTHER_VERSION
        assert await client.ask("stop") == "done" and client.close_code is None
        for phone in (client, partner):
            await phone.close()


async def test_an_owner_that_stood_still_tells_nothing_newer_when_it_wakes(nodes: Nodes) -> None:
    with servers(nodes, 2) as (a, b):
        client, partner = await in_a_hold(a, b, a)
        a.process.send_signal(signal.SIGSTOP)
        await client.until_phase("eased")
        assert await client.ask("stop") == "done"
        taken = client.state["seq"]
        told = len(partner.inbox)
        a.process.send_signal(signal.SIGCONT)
        async with asyncio.timeout(30):
            while partner.close_code is None:
                await asyncio.sleep(0.05)
        assert partner.close_code == CLOSE_RESTARTING
        newer = [m for m in partner.inbox[told:] if m["type"] == "state" and m["seq"] >= taken]
        assert not newer
        again = await Program(b.url, partner.room, "partner", partner.token).connect()
        assert again.state["phase"] == "stopped"
        for phone in (client, again):
            await phone.close()
