"""Whoever is in a session and joins another is asked first, with a typed code as with a square."""

from __future__ import annotations

import httpx

from app.core.model import Phase
from tests.edge.test_nobody_gets_lost import begin, other_room, phase, post, served, sit
from tests.support.app import SAME_SITE, Served, key_of
from tests.support.clock import settle

__all__ = ["served"]


async def test_a_right_code_asks_and_the_first_is_left_only_once_let_in(served: Served) -> None:
    room, other = await begin(served), await other_room(served)
    wrong = await post(served, "/join", {"code": "000000"})
    assert wrong.status_code == 404 and "No room has this code" in wrong.text
    asked = await post(served, "/join", {"code": other["code"]})
    assert asked.status_code == 409 and "Leave it, and join the other one" in asked.text
    assert served.room(other["room"]).knock is None
    knocked = await post(served, "/join", {"code": other["code"], "leave": room})
    address = knocked.headers["location"]
    waiting = await served.http.get(address)
    assert f'data-hx-get="{address}"' in waiting.text and phase(served, room) is Phase.LOBBY
    knock = address.split("/")[2].split("?")[0]
    await served.app.state.seats.admit(served.room(other["room"]), knock)
    seated = await served.http.get(address)
    assert seated.headers["location"] == f"/room/{other['room']}/partner"
    await settle()
    assert phase(served, room) is Phase.ENDED
    assert phase(served, other["room"]) is Phase.LOBBY


async def by_key(served: Served, key: str, **more: object) -> httpx.Response:
    return await served.http.post("/api/join", json={"key": key} | more, headers=SAME_SITE)


async def test_a_page_with_a_key_is_told_of_the_session_and_the_key_stays_good(
    served: Served,
) -> None:
    room, other = await begin(served), await other_room(served)
    for leave in ([], ["none"]):
        asked = await by_key(served, other["key"], asks=True, leave=leave)
        assert (asked.status_code, asked.json()["code"]) == (409, "in_session")
    assert phase(served, room) is Phase.LOBBY
    page = (await served.http.get("/join")).text
    assert f'data-leave="{room} "' in page and f'href="/room/{room}/client"' in page
    seated = await by_key(served, other["key"], asks=True, leave=[room])
    assert seated.status_code == 201
    await settle()
    assert phase(served, room) is Phase.ENDED


async def test_a_program_that_does_not_ask_joins_as_ever(served: Served) -> None:
    room, other = await begin(served), await other_room(served)
    assert (await by_key(served, other["key"])).status_code == 201
    assert phase(served, room) is Phase.LOBBY


async def test_a_key_or_a_code_to_the_room_one_is_in_asks_nothing(served: Served) -> None:
    made = await served.start()
    sit(served, made["room"], "client", made["seat"]["token"])
    knocked = await post(served, "/join", {"code": made["invitation"]["code"]})
    assert knocked.headers["location"].startswith("/knock/")
    key = key_of(made["invitation"])
    assert (await by_key(served, key, asks=True)).status_code == 201
