"""A laptop in the room: one square to scan for each seat, and neither seat for itself."""

from __future__ import annotations

import re

import httpx

from tests.support.app import SAME_SITE, Served, serve_app

PART = SAME_SITE | {"hx-request": "true"}


async def host(served: Served, headers: dict[str, str]) -> httpx.Response:
    return await served.http.post("/host", headers=headers)


def squares(answer: httpx.Response) -> list[str]:
    return re.findall(r'class="code" translate="no">([^<]+)<', answer.text)


async def test_home_shows_a_square_for_each_seat_and_the_same_ones_again() -> None:
    async with serve_app() as served:
        first = await host(served, PART)
        again = await host(served, PART)
        assert len(set(squares(first))) == 2
        assert squares(again) == squares(first)
        assert len(served.app.state.rooms) == 1


async def test_without_a_script_the_squares_are_a_page() -> None:
    async with serve_app() as served:
        led = await host(served, SAME_SITE)
        assert led.status_code == 303
        page = await served.http.get(led.headers["location"])
        assert page.status_code == 200 and len(set(squares(page))) == 2


async def test_the_laptop_goes_to_the_room_once_a_phone_has_come() -> None:
    async with serve_app() as served:
        await host(served, PART)
        room = served.http.cookies["hosted"]
        waiting = await served.http.get(f"/host/{room}", headers=PART)
        assert (waiting.status_code, "hx-redirect" in waiting.headers) == (204, False)
        code = squares(await host(served, PART))[0]
        laptop = "; ".join(f"{name}={value}" for name, value in served.http.cookies.items())
        knock = (await served.join(code=code)).json()["knock"]
        await served.app.state.seats.admit(served.room(room), knock)
        assert (await served.ask_knock(knock))["status"] == "admitted"
        come = await served.http.get(f"/host/{room}", headers=PART | {"cookie": laptop})
        assert come.headers["hx-redirect"] == f"/room/{room}/host"
        again = await host(served, PART | {"cookie": laptop})
        assert again.headers["hx-redirect"] == f"/room/{room}/host"
        assert len(served.app.state.rooms) == 1


async def test_the_squares_take_the_routine_that_is_chosen_beside_them() -> None:
    async with serve_app() as served:
        presets = served.app.state.library.presets
        first = await choose(served, "lower_back")
        room = served.room(served.http.cookies["hosted"])
        assert room.state.routine == presets["lower_back"].routine
        again = await choose(served, "hips")
        assert squares(again) == squares(first) and len(served.app.state.rooms) == 1
        assert room.state.routine == presets["hips"].routine
        assert (await choose(served, "nonsense")).status_code == 422
        await choose(served, "last")  # nothing was started here yet: that is the default
        assert room.state.routine == presets[served.app.state.library.default_preset].routine


async def choose(served: Served, routine: str) -> httpx.Response:
    return await served.http.post("/host", data={"routine": routine}, headers=PART)


async def test_too_many_rooms_leave_home_usable() -> None:
    async with serve_app(rooms_per_min=1) as served:
        await served.start()
        answer = await host(served, PART)
        assert answer.status_code == 429 and "<html" not in answer.text


async def test_whoever_is_not_the_laptop_can_t_ask_for_it() -> None:
    async with serve_app() as served:
        await host(served, PART)
        room = served.http.cookies["hosted"]
        served.http.cookies.clear()
        assert (await served.http.get(f"/host/{room}")).status_code == 403
