"""In the lobby who started the room may take another routine; later, and others, may not."""

from __future__ import annotations

import httpx
import pytest

from app.core.commands import Brief
from app.core.model import CommandId, Phase, Role
from tests.support.app import SAME_SITE, Served, bearer, key_of, serve_app


async def pair(served: Served) -> tuple[str, dict[str, str]]:
    made = await served.start()
    joined = (await served.join(key=key_of(made["invitation"]))).json()
    return made["room"], {one["seat"]["role"]: one["seat"]["token"] for one in (made, joined)}


async def take(served: Served, room: str, role: str, token: str, routine: str) -> httpx.Response:
    return await served.http.post(
        f"/room/{room}/{role}/routine",
        data={"routine": routine},
        headers=bearer(token) | SAME_SITE,
    )


async def test_the_host_takes_another_and_cards_and_length_follow() -> None:
    async with serve_app() as served:
        room, tokens = await pair(served)
        taken = await take(served, room, "client", tokens["client"], "lower_back")
        assert taken.status_code == 303
        library = served.app.state.library
        assert served.room(room).state.routine == library.presets["lower_back"].routine
        for role, token in tokens.items():
            for part in ("cards", "about"):
                path = f"/room/{room}/{role}/{part}"
                answer = await served.http.get(path, headers=bearer(token))
                assert answer.status_code == 200 and "<html" not in answer.text
                told = answer.text
                if part == "cards":
                    for item in library.presets["lower_back"].routine.items:
                        assert library.stretches[item.stretch].words.name in told
                else:
                    assert library.presets["lower_back"].name in told


@pytest.mark.parametrize(
    ("role", "routine", "status"), [("partner", "long", 409), ("client", "?", 422)]
)
async def test_others_and_unknown_routines_change_nothing(
    role: str, routine: str, status: int
) -> None:
    async with serve_app() as served:
        room, tokens = await pair(served)
        before = served.room(room).state.routine
        answer = await take(served, room, role, tokens[role], routine)
        assert answer.status_code == status
        assert served.room(room).state.routine == before


async def test_after_the_lobby_it_stays() -> None:
    async with serve_app() as served:
        room, tokens = await pair(served)
        await served.http.post(
            f"/api/rooms/{room}/screening",
            json=await served.screening(),
            headers=bearer(tokens["client"]),
        )
        await served.room(room).ask(Brief(id=CommandId("b")), Role.PARTNER)
        assert served.room(room).state.phase is Phase.WARMING_UP
        answer = await take(served, room, "client", tokens["client"], "long")
        assert answer.status_code == 409
