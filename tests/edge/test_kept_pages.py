"""A live page is made once for all rooms alike, and gives nothing of one room to another."""

from __future__ import annotations

from typing import Any

import httpx

from tests.support.app import Served, bearer, serve_app

SHORT = {
    "items": [{"stretch": "hamstring_raise", "hold_s": 10, "reps": 1, "rest_s": 5}],
    "warm_up_s": 300,
    "name": "Ours {room}",
}


async def live_page(served: Served, **room: Any) -> tuple[str, str, httpx.Response]:
    made = await served.start(**room)
    path = f"/room/{made['room']}/client"
    answer = await served.http.get(path, headers=bearer(made["seat"]["token"]))
    return made["room"], made["invitation"]["url"], answer


async def seat_page(served: Served, **room: Any) -> tuple[str, str]:
    """Return the page of a partner, who has no squares: it is kept."""
    made = await served.start(**room)
    key = made["invitation"]["url"].split("#")[1]
    joined = (await served.join(key=key)).json()
    path = f"/room/{made['room']}/partner"
    answer = await served.http.get(path, headers=bearer(joined["seat"]["token"]))
    assert answer.status_code == 200
    return made["room"], answer.text


async def test_two_rooms_alike_have_the_same_page_but_for_their_own_name() -> None:
    async with serve_app() as served:
        (one, first), (two, second) = await seat_page(served), await seat_page(served)
        assert one in first and one not in second
        assert first.replace(one, "-") == second.replace(two, "-")


async def test_another_routine_has_another_page() -> None:
    async with serve_app() as served:
        (one, first), (two, second) = (
            await seat_page(served),
            await seat_page(served, routine=SHORT),
        )
        assert first.replace(one, "-") != second.replace(two, "-")


async def test_a_page_with_an_invitation_is_never_kept() -> None:
    async with serve_app() as served:
        _, _, first = await live_page(served)
        _, _, second = await live_page(served)
        assert first.status_code == second.status_code == 200
        assert "qr-code" in first.text and first.text != second.text
        assert not served.app.state.render._kept
