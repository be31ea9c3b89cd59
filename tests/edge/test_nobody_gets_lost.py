"""Home knows what this browser is in, and nothing begins another session without asking."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping

import httpx
import pytest
from msgspec.structs import replace

from app.config import ASSETS
from app.core.commands import End
from app.core.model import CommandId, Phase, Role
from tests.edge.test_summary import ROOM, after
from tests.support.app import SAME_SITE, Served, bearer, key_of, serve_app
from tests.support.clock import settle
from tests.support.session import Session

GO_BACK = re.compile(r'<a class="button primary huge" href="([^"]+)"')
FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
BEGINNINGS: Mapping[str, dict[str, str | list[str]]] = {
    "/start": {"role": "partner", "routine": "hips"},
    "/start/own": {"stretch": ["figure_four", "spinal_twist"], "hold_figure_four": "35"},
    "/host": {"routine": "hips"},
    "/try": {},
}


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with serve_app(rooms_per_min=1000) as one:
        yield one


async def begin(served: Served, role: str = "client") -> str:
    """This browser starts, and the other phone joins; returns the room."""
    before = list(served.http.cookies.jar)
    made = await served.start(role)
    await served.join(key=key_of(made["invitation"]))
    for one in before:
        served.http.cookies.jar.set_cookie(one)
    sit(served, made["room"], role, made["seat"]["token"])
    return str(made["room"])


def sit(served: Served, room: str, role: str, token: str) -> None:
    served.http.cookies.set(f"seat_{room}_{role}", token, domain="testserver.local")


async def home(served: Served) -> str:
    return (await served.http.get("/")).text


async def going(served: Served) -> list[str]:
    """Where home leads back to."""
    return GO_BACK.findall(await home(served))


async def post(served: Served, path: str, data: Mapping[str, str | list[str]]) -> httpx.Response:
    return await served.http.post(path, data=dict(data), headers=SAME_SITE)


def phase(served: Served, room: str) -> Phase:
    return served.room(room).state.phase


@pytest.mark.parametrize(("role", "said"), [("client", "You lie down"), ("partner", "You help")])
async def test_home_leads_back_first_and_says_as_what_and_to_what(
    served: Served, role: str, said: str
) -> None:
    assert "You are in a session" not in await home(served)
    room = await begin(served, role)
    text = await home(served)
    assert GO_BACK.findall(text) == [f"/room/{room}/{role}"]
    assert text.index(said) < text.index("First time together") < text.index("Go back to it")
    assert text.index("Go back to it") < text.index(">Start<")
    assert (await served.http.get(f"/room/{room}/{role}")).status_code == 200


async def test_a_session_that_is_over_or_another_s_or_gone_is_none(served: Served) -> None:
    room, deleted, moved = [await begin(served) for _ in range(3)]
    sit(served, (await other_room(served))["room"], "client", "none")
    for nonsense in ("seat_", "seat__client", "seat_x", "seat_none_client", "seat_none_server"):
        served.http.cookies.set(nonsense, "x", domain="testserver.local")
    assert len(await going(served)) == 3
    await served.room(room).ask(End(id=CommandId("e")), Role.CLIENT)
    await served.app.state.rooms.erase(served.room(deleted))
    sit(served, moved, "client", "another's by now")
    assert await going(served) == []


async def test_what_was_left_for_long_is_one_tap_away_for_a_day_and_asks_nothing(
    served: Served,
) -> None:
    room = await begin(served)
    await served.clock.pass_ms(31 * 60_000)
    assert served.room(room).state.reason == "abandoned"
    text = await home(served)
    assert "so it was closed" in text and GO_BACK.findall(text) == []
    led = re.findall(r'<a class="button big" href="([^"]+)">Go back to it', text)
    assert led == [f"/room/{room}/client"]
    assert (await served.http.get(led[0])).status_code == 200
    assert text.index("Go back to it") < text.index(">Start<")
    served.clock.step_to(served.clock.now_ms() + 24 * 3600_000)
    assert "Go back to it" not in await home(served)
    sit(served, room, "client", served.http.cookies[f"seat_{room}_client"])
    assert (await post(served, "/start", {})).headers["location"].endswith("/client")


async def test_hands_that_may_be_on_are_told_first(served: Served) -> None:
    room = await begin(served)
    assert "Hands may be on" not in await home(served)
    session = served.room(room)
    for at in (Phase.EASING_IN, Phase.HOLDING, Phase.EASED, Phase.RELEASING, Phase.STOPPED):
        put(served, room, at)
        text = await home(served)
        assert text.index("Hands may be on: go back now.") < text.index("Go back to it"), at
    put(served, room, Phase.PAUSED)
    assert "Hands may be on" not in await home(served)
    assert session.state.phase is Phase.PAUSED


def put(served: Served, room: str, at: Phase) -> None:
    """Put a room into a phase as a walked session has it."""
    walked = Session().to(at).state
    mine = served.room(room).state
    served.room(room).state = replace(
        walked, room=mine.room, client=mine.client, partner=mine.partner, routine=mine.routine
    )


async def test_a_laptop_leads_back_once_a_phone_has_come(served: Served) -> None:
    made = await served.start("host")
    sit(served, made["room"], "host", made["seat"]["token"])
    assert await going(served) == []
    assert (await post(served, "/start", {})).headers["location"].startswith("/room/")
    served.http.cookies.clear()
    sit(served, made["room"], "host", made["seat"]["token"])
    await served.join(key=key_of(made["invitations"]["client"]))
    sit(served, made["room"], "host", made["seat"]["token"])
    assert await going(served) == [f"/room/{made['room']}/host"]


async def test_both_seats_in_one_browser_lead_back_to_both(served: Served) -> None:
    tried = (await post(served, "/try", {})).headers["location"]
    text = await home(served)
    assert GO_BACK.findall(text) == [tried] and "You try it alone" in text


@pytest.mark.parametrize("path", BEGINNINGS)
async def test_what_begins_another_session_asks_and_yes_ends_the_first_for_both(
    served: Served, path: str
) -> None:
    room = await begin(served)
    asked = await post(served, path, BEGINNINGS[path])
    assert asked.status_code == 303 and asked.headers["location"].startswith("/leave?")
    question = await served.http.get(asked.headers["location"])
    assert GO_BACK.findall(question.text) == [f"/room/{room}/client"]
    assert f'action="{path}"' in question.text
    assert phase(served, room) is Phase.LOBBY and len(served.app.state.rooms) == 1
    fields: dict[str, list[str]] = {}
    for name, value in FIELD.findall(question.text):
        fields.setdefault(name, []).append(value)
    begun = await post(served, path, fields)
    assert begun.status_code == 303 and not begun.headers["location"].startswith("/leave")
    await settle()
    assert phase(served, room) is Phase.ENDED
    assert served.room(room).state.reason == "ended_by_client"
    (new,) = [one for one in served.app.state.rooms if one.id != room]
    if path in ("/start", "/host"):
        assert new.state.routine.name == "Hips"
    if path == "/start/own":
        assert [(i.stretch, i.hold_s) for i in new.state.routine.items] == [
            ("figure_four", 35),
            ("spinal_twist", 20),
        ]


async def test_an_answer_counts_for_the_sessions_it_names_alone(served: Served) -> None:
    first = await begin(served)
    second = await begin(served)
    sit(served, first, "client", "x")  # only its name is known
    named: dict[str, str | list[str]] = {"leave": [first, "none"]}
    asked = await post(served, "/start", named)
    assert asked.headers["location"].startswith("/leave?")
    assert phase(served, second) is Phase.LOBBY


async def test_with_hands_on_leaving_first_brings_them_down() -> None:
    async with after(Session().to_holding().log) as served:
        for role in ("client", "partner"):
            sit(served, ROOM, role, f"{role}-token")
            begun = await post(served, "/start", {"leave": ROOM})
            assert begun.headers["location"].endswith("/client")
            assert phase(served, ROOM) is Phase.RELEASING
            assert served.room(ROOM).state.then is Phase.ENDED
            served.http.cookies.clear()


async def test_leaving_for_good_begins_nothing(served: Served) -> None:
    room = await begin(served, "partner")
    page = await served.http.get("/leave")
    assert "Leave it for good" in page.text
    assert (await post(served, "/leave", {})).headers["location"].startswith("/leave?")
    left = await post(served, "/leave", {"leave": room})
    assert left.headers["location"] == "/"
    assert served.room(room).state.reason == "ended_by_partner"
    assert (await served.http.get("/leave")).headers["location"] == "/"


async def test_a_laptop_that_leaves_only_looks_away(served: Served) -> None:
    made = await served.start("host")
    await served.join(key=key_of(made["invitations"]["client"]))
    sit(served, made["room"], "host", made["seat"]["token"])
    left = await post(served, "/leave", {"leave": made["room"]})
    assert phase(served, made["room"]) is Phase.LOBBY
    assert f"seat_{made['room']}_host=" in left.headers["set-cookie"]
    assert "Max-Age=0" in left.headers["set-cookie"]
    assert await going(served) == []


async def test_no_address_but_ours_is_asked_for(served: Served) -> None:
    await begin(served)
    for to in ("https://elsewhere.example/", "//elsewhere.example", "/room/x/client/delete", ""):
        page = await served.http.get("/leave", params={"to": to, "x": '"><script>'})
        assert 'action="/leave"' in page.text and "<script>" not in page.text


async def other_room(served: Served) -> dict[str, str]:
    made = await served.http.post("/api/rooms", json={"role": "client"}, headers={"cookie": ""})
    told = made.json()
    served.http.cookies.delete(f"seat_{told['room']}_client")
    offered = told["invitation"]
    return {"room": told["room"], "code": offered["code"], "key": key_of(offered)}


async def test_what_was_chosen_on_home_comes_along(served: Served) -> None:
    page = (await served.http.get("/start?role=partner&routine=hips")).text
    assert 'value="partner" checked' in page
    ticked = re.findall(r'name="stretch" value="(\w+)" checked', page)
    assert set(ticked) == {"figure_four", "hamstring_raise"}
    assert re.search(r'name="hold_figure_four" value="30"', page)
    minutes = served.app.state.library.minutes(served.app.state.library.presets["hips"].routine)
    assert f"About {minutes} minutes" in page
    own: dict[str, str | list[str]] = {"stretch": ["spinal_twist"], "hold_spinal_twist": "45"}
    await post(served, "/start/own", own)
    last = (await served.http.get("/start?role=client&routine=last")).text
    assert 'value="client" checked' in last and 'name="hold_spinal_twist" value="45"' in last
    assert re.findall(r'name="stretch" value="(\w+)" checked', last) == ["spinal_twist"]
    for nonsense in ("?role=x&routine=x", "?routine=", ""):
        assert (await served.http.get(f"/start{nonsense}")).status_code == 200


def test_end_is_asked_about_wherever_it_stands_and_no_urgent_tap_ever_is() -> None:
    ends, urgent = [], re.compile(r'<[^>]*data-asks[^>]*data-tap="(stop|ease|pain)"|'
                                  r'<[^>]*data-tap="(stop|ease|pain)"[^>]*data-asks')  # fmt: skip
    for file in sorted((ASSETS / "templates/room").rglob("*.html")):
        text = file.read_text(encoding="utf-8")
        assert not urgent.search(text), file
        ends += [file.name] * text.count('data-tap="end"')
    assert ends == ["_questions.html"]


async def test_no_other_site_ends_what_this_browser_is_in(served: Served) -> None:
    room = await begin(served)
    for path in (*BEGINNINGS, "/leave", "/join"):
        for headers in ({}, {"origin": "http://elsewhere.example"}):
            answer = await served.http.post(path, data={"leave": room}, headers=headers)
            assert answer.status_code == 403, path
    assert phase(served, room) is Phase.LOBBY


async def test_a_token_in_the_header_is_no_browser(served: Served) -> None:
    made = await served.start()
    text = (await served.http.get("/", headers=bearer(made["seat"]["token"]))).text
    assert "You are in a session" not in text
