"""P13: every route the app has, by every method, from every kind of page."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any
from unittest.mock import create_autospec

import pytest
from structlog.testing import capture_logs

from app.journal.memory import MemoryStore
from app.server.connection import EXTENSION, LiveConnection
from tests.edge.route_calls import FOREIGN, KNOWN, SAFE, SEATLESS, Site, routes
from tests.support.app import SAME_SITE, Served, bearer, serve_app

METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"}
PROGRAMS = ("/api/", "/healthz", "/readyz", "/metrics")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    store = MemoryStore()
    async with serve_app(store=(store, store), rooms_per_min=1_000_000) as served:
        one = Site(served, store)
        served.http.event_hooks["response"] = [one.look_at]
        yield one


async def test_the_matrix_knows_every_route_and_each_works_for_our_own_page(site: Site) -> None:
    assert set(routes(site.served.app)) == set(KNOWN)
    for (method, path), call in KNOWN.items():
        known = await site.room(call.stage)
        answer = await site.request(method, path, known, **SAME_SITE)
        assert answer.status_code == call.answer, (method, path, answer.text)


@pytest.mark.slow
async def test_no_other_site_changes_or_reads_anything(site: Site) -> None:
    for (method, path), call in KNOWN.items():
        is_read = method in SAFE and not call.seat
        without: dict[str, str] = {}
        is_needed = method not in SAFE and (method, path) not in SEATLESS
        for origin in () if is_read else (*FOREIGN, *([without] if is_needed else [])):
            known = await site.room(call.stage)
            before = site.all_there_is()
            answer = await site.request(method, path, known, **origin)
            assert answer.status_code == 403, (method, path, origin, answer.text)
            assert site.all_there_is() == before, (method, path)


async def test_no_get_changes_anything(site: Site) -> None:
    for (method, path), call in KNOWN.items():
        if method in SAFE:
            known = await site.room(call.stage)
            before = site.all_there_is()
            for origin in ({}, SAME_SITE, *FOREIGN):
                await site.request(method, path, known, **origin)
                assert site.all_there_is() == before, (method, path, origin)


async def test_head_answers_as_get_does_without_a_body_and_changes_nothing(site: Site) -> None:
    asked = 0
    for (method, path), call in KNOWN.items():
        if method == "GET":
            known = await site.room(call.stage)
            before = site.all_there_is()
            head = await site.request("HEAD", path, known, **SAME_SITE)
            assert site.all_there_is() == before, path
            get = await site.request("GET", path, known, **SAME_SITE)
            assert (head.status_code, head.content) == (get.status_code, b""), path
            said, also = dict(head.headers), dict(get.headers)
            if "html" in also.get("content-type", "") or path == "/metrics":
                # Figures are numbered and the time is counted: each answer has a length of its own.
                assert int(said.pop("content-length")) > 0 < int(also.pop("content-length")), path
            assert said == also, path
            asked += 1
    assert asked > 20
    missing = await site.served.http.head("/nowhere")
    assert (missing.status_code, missing.content) == (404, b"")


async def test_a_head_takes_no_seat_from_who_knocked(site: Site) -> None:
    """A preview of a link asks by HEAD; the seat is handed out once."""
    for path in ("/api/knocks/{knock}", "/knock/{knock}"):
        known = await site.room("knocking")
        room = site.served.room(known["room"])
        await site.served.app.state.seats.admit(room, known["knock"])
        head = await site.request("HEAD", path, known)
        assert (head.status_code, "set-cookie" in head.headers) == (200, False)
        assert not room.state.partner.is_taken
        await site.request("GET", path, known)
        assert room.state.partner.is_taken


async def test_what_two_gets_do_change_is_stated_here(site: Site) -> None:
    """An admitted seat is handed out once; a lobby shows its starter a code that still lives."""
    for path in ("/api/knocks/{knock}", "/knock/{knock}"):
        known = await site.room("knocking")
        room = site.served.room(known["room"])
        await site.served.app.state.seats.admit(room, known["knock"])
        await site.request("GET", path, known)
        seated = site.all_there_is()
        assert room.state.partner.is_taken
        await site.request("GET", path, known)
        assert site.all_there_is() == seated
    known = await site.room("invited")
    await site.served.clock.pass_ms(15 * 60_000)
    before = site.all_there_is()
    await site.request("GET", "/room/{room}/{role}", known, **FOREIGN[0])
    assert site.all_there_is() == before
    shown = await site.request("GET", "/room/{room}/{role}", known)
    assert known["code"] not in shown.text and "/join#" in shown.text


async def test_a_wrong_method_is_405_and_changes_nothing(site: Site) -> None:
    known = await site.room("lobby")
    before = site.all_there_is()
    paths = {path for _, path in KNOWN}
    for path in sorted(paths):
        filled = re.sub(r"{[^}]+}", lambda m: known.get(m[0][1:-1], "x"), path)
        allowed = {one for one, also in KNOWN if also == path}
        for method in METHODS - allowed - ({"HEAD"} if "GET" in allowed else set()):
            answer = await site.served.http.request(method, filled, headers=SAME_SITE)
            where = (method, path, answer.text)
            assert answer.status_code == 405, where
            is_program = path.startswith(PROGRAMS)
            kind = "application/problem+json" if is_program else "text/html"
            assert answer.headers["content-type"].startswith(kind), where
            if is_program and method != "HEAD":
                assert answer.json()["code"] == "method_not_allowed", where
    assert site.all_there_is() == before


async def test_every_kind_of_answer_carries_the_headers(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    http, known = site.served.http, await site.room("lobby")
    await http.get("/nowhere"), await http.get("/api/nowhere")
    await http.post("/api/rooms", content=b" " * 17_000)
    await http.post("/start", content=b" " * 17_000)
    await http.post("/api/rooms", json={})
    for headers in (bearer(known["partner"]), {}):
        await http.delete(f"/api/rooms/{known['room']}", headers=headers)
    for _ in range(21):
        await site.served.join(code="000000")
    for path in ("/favicon.ico", "/api/rooms/{room}", "/static/{tree}/{name:path}"):
        await site.request("GET", path, known)
    await site.request("POST", "/start", known, **SAME_SITE)
    monkeypatch.setattr(site.store, "is_writable", broken)
    await http.get("/readyz")
    monkeypatch.setattr(site.served.app.state.rooms, "find", None)
    with capture_logs():
        await site.request("GET", "/room/{room}/{role}", known)
    expected = {200, 201, 303, 308, 403, 404, 409, 413, 422, 429, 500, 503}
    assert site.statuses >= expected, site.statuses


async def broken() -> bool:
    return False


LIVE = "/api/rooms/{room}/live"


async def handshake(served: Served, room: str, query: str = "v=1", **headers: str) -> list[Any]:
    """Return every event with which the app answers a socket that is closed at once."""
    said: list[Any] = []
    events = [{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1001}]

    async def receive() -> Any:
        return events.pop(0) if events else await asyncio.Future()

    async def send(event: Any) -> None:
        said.append(event)

    pairs = {"host": "testserver"} | headers
    scope = {
        "type": "websocket", "scheme": "ws", "path": LIVE.format(room=room), "root_path": "",
        "query_string": query.encode(), "client": ("192.0.2.9", 4000), "subprotocols": [],
        "headers": [(name.encode(), value.encode()) for name, value in pairs.items()],
        "server": ("testserver", 80), "http_version": "1.1",
        "extensions": {EXTENSION: create_autospec(LiveConnection, instance=True)},
    }  # fmt: skip
    await asyncio.wait_for(served.app(scope, receive, send), 10)
    return said


async def test_every_stranger_at_the_live_socket_is_refused_alike_before_accept(site: Site) -> None:
    served, known, other = site.served, await site.room("lobby"), await site.room("lobby")
    room, own = known["room"], known["client"]
    cookie = {"cookie": f"seat_{room}_client={own}"}
    before = site.all_there_is()
    refused = [
        await handshake(served, "none", authorization=f"Bearer {own}"),
        await handshake(served, "none", **cookie, **SAME_SITE),
        await handshake(served, room),
        await handshake(served, room, **SAME_SITE),
        await handshake(served, room, authorization="Bearer none"),
        await handshake(served, room, authorization=f"Bearer {other['client']}"),
        await handshake(served, room, cookie=f"seat_{room}_client=none", **SAME_SITE),
        await handshake(served, room, cookie=f"seat_{room}_client={other['client']}", **SAME_SITE),
        await handshake(served, room, cookie=f"seat_{other['room']}_client={own}", **SAME_SITE),
        await handshake(served, room, **cookie),
        await handshake(served, room, query=f"v=1&token={own}", **SAME_SITE),
        await handshake(served, room, query="v=2", authorization="Bearer none"),
        *[await handshake(served, room, **cookie, **origin) for origin in FOREIGN],
        *[await handshake(served, room, authorization=f"Bearer {own}", **o) for o in FOREIGN],
    ]
    assert [said for said in refused if said != refused[0]] == []
    assert refused[0] == [{"type": "websocket.close", "code": 1008}]
    assert site.all_there_is() == before
    for welcome in (cookie | SAME_SITE, bearer(own)):
        assert (await handshake(served, room, **welcome))[0] == {"type": "websocket.accept"}
