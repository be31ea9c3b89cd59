"""P13: whose request may change what; over every route that the app has."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

import pytest
from fastapi import FastAPI

from app.config import spelt
from app.main import ROUTERS
from tests.support.app import SAME_SITE, Served, bearer, key_of, serve_app

FOREIGN = {"origin": "http://elsewhere.example"}


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with serve_app(rooms_per_min=1000) as one:
        yield one


def calls(app: FastAPI, room: str, role: str) -> Iterator[tuple[str, str]]:
    """Return every method and path, about this room."""
    filled = {
        "room": room,
        "role": role,
        "knock": "k",
        "stretch": "s",
        "slug": "x",
        "tree": "t",
        "name:path": "n",
    }
    for path, methods in _routes(app):
        for method in methods - {"HEAD"}:
            yield method, re.sub(r"{([^}]+)}", lambda m: filled[m[1]], path)


def _routes(app: FastAPI) -> Iterator[tuple[str, set[str]]]:
    for router in ROUTERS:
        for route in router.routes:
            yield getattr(route, "path"), set(getattr(route, "methods"))  # noqa: B009


async def test_a_cookie_without_our_origin_changes_nothing(served: Served) -> None:
    made = await served.start()
    cookie = {"cookie": f"seat_{made['room']}_client={made['seat']['token']}"}
    room = served.room(made["room"])
    before, rooms = room.state, len(served.app.state.rooms)
    seen = 0
    for method, path in calls(served.app, made["room"], "client"):
        if method == "GET":
            await served.http.request(method, path, headers=cookie)
        elif made["room"] in path or not path.startswith("/api"):
            for origin in ({}, FOREIGN):
                answer = await served.http.request(
                    method,
                    path,
                    headers=cookie | origin,
                    json={"keep": True} if method == "PUT" else await served.screening(),
                )
                assert answer.status_code == 403, (method, path, answer.text)
                seen += 1
    assert seen >= 12
    assert room.state == before
    assert len(served.app.state.rooms) == rooms


async def test_a_seat_counts_in_its_own_room_and_not_from_another_site(served: Served) -> None:
    one, other = await served.start(), await served.start()
    path = f"/api/rooms/{one['room']}"
    token = one["seat"]["token"]
    assert (await served.http.get(path, headers=bearer(token))).status_code == 200
    assert (await served.http.get(path, headers=bearer(token) | FOREIGN)).status_code == 403
    assert (await served.http.get(path, headers=bearer(other["seat"]["token"]))).status_code == 403
    assert (await served.http.get(path)).status_code == 403
    cookie = {"cookie": f"seat_{one['room']}_client={token}"} | SAME_SITE
    assert (await served.http.delete(path, headers=cookie)).status_code == 204


async def test_only_the_client_answers_the_screening_and_keeps_the_record(served: Served) -> None:
    made = await served.start()
    joined = (await served.join(key=key_of(made["invitation"]))).json()
    partner = bearer(joined["seat"]["token"])
    path = f"/api/rooms/{made['room']}"
    body = await served.screening()
    screened = await served.http.post(f"{path}/screening", json=body, headers=partner)
    kept = await served.http.put(f"{path}/record", json={"keep": True}, headers=partner)
    erased = await served.http.delete(path, headers=partner)
    assert [a.status_code for a in (screened, kept, erased)] == [403, 403, 409]


@pytest.mark.parametrize(
    ("public", "host", "origin", "is_ours"),
    [
        ("https://Übung.example:443", "xn--bung-zra.example", "https://xn--bung-zra.example", True),
        ("https://Übung.example.", "127.0.0.1:8000", "https://xn--bung-zra.example", True),
        ("https://Übung.example.", "127.0.0.1:8000", "https://xn--bung-zra.example.", True),
        ("https://say.example:8443", "say.example:8443", "https://say.example:8443", True),
        (None, "SAY.example:443", "https://say.example", True),
        (None, "say.example:80", "http://say.example", True),
        (None, "say.example.", "http://say.example.", True),
        (None, "[fd00:0::1]:8000", "http://[fd00::1]:8000", True),
        (None, "say.example:443", "http://say.example", False),
        (None, "say.example", "https://say.example:8443", False),
        (None, "say.example", "https://say.example/", False),
        (None, "say.example", "https://me@say.example", False),
        (None, "me@say.example", "https://say.example", False),
        (None, "", "http://", False),
        (None, "null", "null", False),
        ("https://say.example", "127.0.0.1:8000", "https://say.example.evil", False),
        ("https://say.example", "127.0.0.1:8000", "https://say.example:444", False),
    ],
)
async def test_an_origin_is_ours_however_it_is_spelt(
    public: str | None, host: str, origin: str, is_ours: bool
) -> None:
    async with serve_app(public_url=public) as one:
        headers = {"host": host, "origin": origin}
        answer = await one.http.post("/api/rooms", json={"role": "client"}, headers=headers)
        assert answer.status_code == (201 if is_ours else 403)
        if is_ours:
            link = answer.json()["invitation"]["url"].partition("/join")[0]
            assert link == (spelt(public) if public else spelt(f"http://{host}"))
