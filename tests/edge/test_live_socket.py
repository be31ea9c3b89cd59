"""P13: who may open a live socket, and how it deals with what is none of ours."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from tests.support.serving import Served

GOOD = json.dumps({"type": "beat", "n": 1, "sent_ms": 1, "visible": True})


async def _room(served: Served) -> tuple[str, str, str]:
    async with httpx.AsyncClient(base_url=served.url) as http:
        made = (await http.post("/api/rooms", json={"role": "client"})).json()
    ws = served.url.replace("http", "ws", 1)
    return f"{ws}/api/rooms/{made['room']}/live", made["room"], made["seat"]["token"]


async def _open(url: str, token: str, v: str = "1") -> ClientConnection:
    headers = {"Authorization": f"Bearer {token}"}
    return await connect(f"{url}?v={v}", additional_headers=headers, compression=None)


async def _answer(socket: ClientConnection, id: str) -> dict[str, Any]:
    async with asyncio.timeout(5):
        while True:
            message: dict[str, Any] = json.loads(await socket.recv())
            if message.get("id") == id:
                return message


async def test_a_stranger_is_refused_before_the_socket_opens(served: Served) -> None:
    url, room, token = await _room(served)
    bearer = {"Authorization": f"Bearer {token}"}
    cookie = {"Cookie": f"seat_{room}_client={token}"}
    foreign = {"Origin": "http://elsewhere.example"}
    tries = [
        (url.replace(room, "none"), bearer), (url, {"Authorization": "Bearer none"}), (url, {}),
        (url, bearer | foreign), (url, cookie | foreign), (url, cookie),
    ]  # fmt: skip
    for address, headers in tries:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"{address}?v=1", additional_headers=headers)
        assert refused.value.response.status_code == 403
    own = cookie | {"Origin": served.url}
    await (await connect(f"{url}?v=1", additional_headers=own)).close()


async def test_ten_malformed_in_a_row_close_and_nine_and_a_good_one_do_not(served: Served) -> None:
    url, _, token = await _room(served)
    socket = await _open(url, token)
    for text in [*["{"] * 9, GOOD, *["{"] * 9, GOOD]:
        await socket.send(text)
    await socket.send('{"type":"nonsense","id":"a"}')
    assert (await _answer(socket, "a"))["reason"] == "malformed"
    for _ in range(9):
        await socket.send("{")
    await asyncio.wait_for(socket.wait_closed(), 5)
    assert socket.close_code == 1008


async def test_a_command_without_its_fields_is_answered(served: Served) -> None:
    url, _, token = await _room(served)
    socket = await _open(url, token)
    await socket.send('{"type":"ready","id":"b"}')
    assert await _answer(socket, "b") == {"type": "refused", "id": "b", "reason": "malformed"}
    await socket.close()


async def test_another_version_is_told_to_reload(served: Served) -> None:
    url, _, token = await _room(served)
    socket = await _open(url, token, v="2")
    await asyncio.wait_for(socket.wait_closed(), 5)
    assert socket.close_code == 4426


async def test_too_fast_is_refused_and_a_stop_never(served: Served) -> None:
    url, _, token = await _room(served)
    socket = await _open(url, token)
    ids = [f"n{n}" for n in range(80)]
    for id in ids:
        await socket.send(json.dumps({"type": "pause", "id": id}))
    await socket.send('{"type":"stop","id":"s"}')
    answers: dict[str, dict[str, Any]] = {}
    async with asyncio.timeout(10):
        while not {*ids, "s"} <= answers.keys():
            message = json.loads(await socket.recv())
            answers[message.get("id")] = message
    assert answers["s"]["type"] == "done"
    assert "too_fast" in {answers[id]["reason"] for id in ids}
    await socket.close()
