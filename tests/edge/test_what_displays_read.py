"""What a display may read: its state and its page, and nothing of what hurts or was answered."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from app.core.commands import End
from app.core.model import SEATS, CommandId, Phase, Role
from tests.edge.route_calls import KNOWN
from tests.support.app import SAME_SITE, Served, bearer, serve_app
from tests.support.display import Socket, let_in, opened, pass_beating, to_holding

HOLDERS = (Role.CLIENT, Role.PARTNER, Role.HOST, Role.DISPLAY)


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with serve_app(rooms_per_min=1_000) as one:
        yield one


async def test_its_token_opens_the_state_and_its_page_and_nothing_else(served: Served) -> None:
    room = await opened(served)
    token = await let_in(served, Socket(served, room, Role.CLIENT))
    before, opened_up = room.state, set()
    for method, path in KNOWN:
        if "{room}" not in path:
            continue
        for name in HOLDERS:
            at = re.sub(r"{(\w+)}", lambda m: {"room": room.id, "role": name}[m[1]], path)  # noqa: B023
            cookies = f"hosted={room.id}; seat_{room.id}_{name}={token}"
            for headers in (bearer(token), {"cookie": cookies} | SAME_SITE):
                answer = await served.http.request(method, at, headers=headers)
                if answer.status_code < 400:
                    opened_up.add((method, path, name if "{role}" in path else ""))
    assert opened_up == {
        ("GET", "/api/rooms/{room}", ""),
        ("GET", "/room/{room}/{role}", "display"),
        ("GET", "/room/{room}/{role}/cards", "display"),
        ("GET", "/room/{room}/{role}/about", "display"),
    }
    assert room.state == before
    squares = await served.http.post(
        "/host", headers={"cookie": f"hosted={room.id}; seat_{room.id}_host={token}"} | SAME_SITE
    )
    assert room.id not in squares.headers["location"]


TELL: list[dict[str, Any]] = [
    {"type": "stop"},
    {"type": "pain", "flag": "f"},
    {"type": "pain", "flag": "f", "quality": "sharp", "place": "calf_left", "level": 9},
    {"type": "pain", "flag": "f", "quality": "spreading", "place": "buttock_right", "level": 3},
    {"type": "pain", "flag": "f", "quality": "cramp", "level": 5},
    {"type": "pain", "flag": "f", "quality": "ache"},
    {"type": "pain", "flag": "f", "quality": "numb", "place": "foot_left"},
]


async def test_an_answer_that_ends_it_reads_there_like_any_other_end(served: Served) -> None:
    told = []
    for is_screened in (True, False):
        room = await opened(served)
        client = Socket(served, room, Role.CLIENT)
        await let_in(served, client)
        screen = Socket(served, room, Role.DISPLAY)
        if is_screened:
            body = await served.screening()
            body["answers"][next(iter(body["answers"]))] = True
            path, headers = f"/api/rooms/{room.id}/screening", bearer("client's")
            answered = await served.http.post(path, json=body, headers=headers)
            assert answered.json()["outcome"] == "stop"
        else:
            await room.ask(End(id=CommandId("e")), Role.PARTNER)
        assert screen.state["phase"] == "ended"
        text = msgspec.json.encode(screen.inbox).decode().replace(room.id, "")
        told.append(re.sub(r'"seq":\d+', "", text))
    assert told[0] == told[1]


async def seen_by_a_display(told: dict[str, Any], is_felt: str, tapped: str) -> list[str]:
    """Return all that a display is told in a session with this pain and this place felt."""
    seen: list[str] = []
    async with serve_app() as served:
        room = await opened(served)
        client, partner = (Socket(served, room, role) for role in SEATS)
        token = await let_in(served, client)
        screen = Socket(served, room, Role.DISPLAY)

        async def look() -> None:
            await screen.beat()
            state = await served.http.get(f"/api/rooms/{room.id}", headers=bearer(token))
            page = await served.http.get(f"/room/{room.id}/display", headers=bearer(token))
            cards = await served.http.get(f"/room/{room.id}/display/cards", headers=bearer(token))
            seen.extend([state.text, page.text, cards.text])

        await to_holding(room, client, partner)
        await pass_beating(client, partner, ms=33_000)
        assert room.state.phase is Phase.RESTING
        assert await client.ask("feel", place=is_felt) == "done"
        await look()
        assert await client.ask(id=tapped, **told) == "done"
        await look()
        assert await partner.ask("let_go", stop=f"client:{tapped}") == "done"
        await pass_beating(client, partner, ms=2_500)
        if room.state.phase is Phase.STOPPED:
            await look()
            assert await client.ask("clear", stop=f"client:{tapped}", then="end") == "done"
        assert room.state.phase is Phase.ENDED
        await look()
        seen += [msgspec.json.encode(message).decode() for message in screen.inbox]
        return [
            re.sub(r'd\d+|fig\d+|"seq":\d+,|"epoch":"[^"]*",', "", text.replace(room.id, ""))
            for text in seen
        ]


async def test_whatever_hurts_and_wherever_it_is_felt_a_display_is_told_the_same() -> None:
    """Nothing of a pain can be read there, as all is the same without it."""
    plain = await seen_by_a_display(TELL[0], "thigh_back_left", "tap")
    assert any('"stopped"' in text for text in plain)
    for told in TELL[1:]:
        other = await seen_by_a_display(told, "calf_right", "tap")
        if told.get("quality") in ("numb", "spreading"):  # it ends at once: that is seen, not why
            assert {*other} <= {*plain}
        else:
            assert other == plain, told
