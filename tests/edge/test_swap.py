"""Your turn now: both ask, a new room opens, seats swapped, and nothing of the old one leaks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from app.core.model import Phase, Role
from app.journal.memory import MemoryStore
from tests.edge.test_summary import PARTS, ROOM, after, cookie, lived, press
from tests.support.app import Served, bearer, serve_app
from tests.support.session import Session

SWAP = f"/api/rooms/{ROOM}/swap"


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with after(lived().log) as one:
        yield one


async def ask(served: Served, role: str) -> httpx.Response:
    answer = await served.http.post(SWAP, headers=bearer(f"{role}-token"))
    served.http.cookies.clear()
    return answer


async def test_it_waits_for_the_other_then_swaps_the_seats(served: Served) -> None:
    assert (await ask(served, "client")).json() == {"status": "waiting"}
    assert (await ask(served, "client")).status_code == 202
    second = await ask(served, "partner")
    first = await ask(served, "client")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["seat"]["role"] == "partner"
    assert second.json()["seat"]["role"] == "client"
    assert first.json()["room"] == second.json()["room"] != ROOM
    for seated in (first.json(), second.json()):
        assert await served.status(seated["room"], seated["seat"]["token"]) == 200


async def test_the_new_room_asks_the_new_client_and_drills_anew(served: Served) -> None:
    await ask(served, "client")
    seated = (await ask(served, "partner")).json()
    await ask(served, "client")
    room, token = served.room(seated["room"]), seated["seat"]["token"]
    told = (await served.http.get(f"/api/rooms/{room.id}", headers=bearer(token))).json()
    assert room.state.phase is Phase.LOBBY
    assert told["todo"] == ["screened"]
    assert room.state.routine == served.room(ROOM).state.routine
    await served.http.post(
        f"/api/rooms/{room.id}/screening", json=await served.screening(), headers=bearer(token)
    )
    assert room.state.phase is Phase.WARMING_UP
    told = (await served.http.get(f"/api/rooms/{room.id}", headers=bearer(token))).json()
    assert told["todo"] == ["drill"]


async def test_it_is_offered_only_after_the_end_and_only_to_the_two() -> None:
    async with after(Session().to_positioning().log) as served:
        answer = await ask(served, "client")
        assert (answer.status_code, answer.json()["code"]) == (409, "not_now")
    async with after(lived().log) as served:
        assert (await served.http.post(SWAP)).status_code == 403
        assert (await served.http.post(SWAP, headers=bearer("nobody"))).status_code == 403


async def test_pressed_on_the_last_page_it_waits_and_then_leads_to_the_new_seat(
    served: Served,
) -> None:
    waiting = await press(served, "partner", "swap", **PARTS)
    assert waiting.status_code == 200 and "<html" not in waiting.text
    assert "<html" in (await press(served, "partner", "swap")).text
    led = await press(served, "client", "swap")
    assert led.status_code == 303 and led.headers["location"].endswith("/partner")
    followed = await press(served, "partner", "swap", **PARTS)
    assert followed.status_code == 204 and followed.headers["hx-redirect"].endswith("/client")


async def test_who_asked_is_still_known_after_a_restart() -> None:
    memory = MemoryStore()
    async with after(lived().log, (memory, memory)) as served:
        await ask(served, "client")
    async with serve_app(store=(memory, memory)) as served:
        assert (await ask(served, "partner")).status_code == 201


async def test_a_wish_to_swap_is_over_after_a_quarter_of_an_hour(served: Served) -> None:
    await ask(served, "client")
    await served.clock.pass_ms(15 * 60_000)
    assert (await ask(served, "partner")).status_code == 202


async def test_a_seat_taken_twice_is_the_newest_one_s(served: Served) -> None:
    """Asked again after an answer that got lost: the seat moves, it is never doubled."""
    await ask(served, "client")
    first = (await ask(served, "partner")).json()
    assert (await ask(served, "partner")).status_code == 404
    await served.clock.pass_ms(10_000)  # nobody came with the first answer
    again = (await ask(served, "partner")).json()
    assert first["room"] == again["room"]
    assert await served.status(first["room"], first["seat"]["token"]) == 403
    assert await served.status(again["room"], again["seat"]["token"]) == 200
    assert served.room(first["room"]).state.seat(Role.PARTNER).token_hash is None


async def test_a_cookie_swaps_only_with_an_origin_of_ours(served: Served) -> None:
    answer = await served.http.post(SWAP, headers=cookie("client"))
    assert answer.status_code == 403
