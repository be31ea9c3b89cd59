"""The cookies of a browser: few, small, ended with their rooms, and never in the way."""

from __future__ import annotations

import http.client
import re
import socket
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from app.core.commands import Brief, End, Keep, PassScreening
from app.core.model import CommandId, Role
from app.web.cookies import MOST_ENDED, MOST_SEATS
from tests.support.app import SAME_SITE, Served, key_of, serve_app
from tests.support.clock import settle
from tests.support.serving import Served as Running

OWN_HTTPS = {"origin": "https://testserver"}


@pytest.fixture
async def site() -> AsyncIterator[Served]:
    async with serve_app(rooms_per_min=1_000_000) as one:
        yield one


def seat(made: dict[str, Any], role: str = "client") -> str:
    return f"seat_{made['room']}_{role}={made['seat']['token']}"


def ended(answer: httpx.Response) -> set[str]:
    """Name the cookies that an answer takes back, checking that a browser obeys."""
    names = set()
    for one in answer.headers.get_list("set-cookie"):
        if "Max-Age=0" in one:
            names.add(one.partition("=")[0])
            assert "Path=/;" in one and ("; Secure" in one) == one.startswith("__Host-")
    return names


# Through real sockets


def jar(own: str, size: int) -> str:
    """Return a cookie header of so many bytes of other seats, with our own seat last."""
    other = "seat_{:016x}_partner=" + "x" * 22 + "; "
    others = "".join(other.format(n) for n in range(size // 54))
    return others[: size - len(own) - 3] + "x; " + own


async def begun(running: Running) -> tuple[str, str]:
    async with httpx.AsyncClient(base_url=running.url) as client:
        made = (await client.post("/api/rooms", json={"role": "client"})).json()
    return made["room"], seat(made)


async def ways(running: Running, room: str, headers: dict[str, str]) -> tuple[int, int]:
    """Ask for a room by HTTP and by its live socket with the same headers; 101 is a welcome."""
    headers |= {"Origin": running.url}
    async with httpx.AsyncClient(base_url=running.url) as client:
        asked = (await client.get(f"/api/rooms/{room}", headers=headers)).status_code
    url = f"{running.url.replace('http', 'ws')}/api/rooms/{room}/live?v=1"
    try:
        async with connect(url, additional_headers=headers, compression=None) as live:
            assert '"type":"state"' in str(await live.recv())
            return asked, 101
    except InvalidStatus as refused:
        return asked, refused.response.status_code


@pytest.mark.parametrize("seats", [1, 155, 500, 1_000])
async def test_a_browser_of_many_seats_gets_in_or_is_told_why(served: Running, seats: int) -> None:
    room, own = await begun(served)
    cookie = {"Cookie": jar(own, seats * 54)}
    assert await ways(served, room, cookie) == ((200, 101) if seats < 1_000 else (431, 431))
    async with httpx.AsyncClient(base_url=served.url, headers=cookie) as client:
        page = await client.get(f"/room/{room}/client")
        told = await client.get(f"/api/rooms/{room}")
        drawn = re.search(r'href="(/static/[^"]+\.css)"', page.text)
        assert drawn and (await client.get(drawn[1])).status_code == 200
    assert (page.status_code == 200) == (seats < 1_000)
    if page.status_code == 431:
        assert "Too many cookies" in page.text and page.headers["content-type"].startswith("text/")
        assert told.headers["content-type"] == "application/problem+json"
        assert (
            told.json()["code"] == "head_too_big" and "clear the cookies" in told.json()["detail"]
        )
        assert len(ended(page)) == MOST_ENDED


@pytest.mark.parametrize("size", [8_000, 8_190, 8_260, 16_500, 32_300, 33_000, 60_000, 90_000])
async def test_what_http_takes_the_handshake_takes_and_neither_is_silent(
    served: Running, size: int
) -> None:
    room, own = await begun(served)
    asked, shook = await ways(served, room, {"Cookie": jar(own, size)})
    assert (asked, shook) == ((200, 101) if size < 32_500 else (431, 431))


@pytest.mark.parametrize("lines", [80, 125, 130, 300])
async def test_many_header_lines_are_taken_or_refused_by_both(served: Running, lines: int) -> None:
    room, own = await begun(served)
    more = {f"x-{n}": "1" for n in range(lines)} | {"Cookie": own}
    assert await ways(served, room, more) == ((200, 101) if lines < 100 else (431, 431))


@pytest.mark.parametrize(
    "head",
    [
        "POST {path} HTTP/1.1\r\nContent-Length: 0\r\n",
        "POST {path} HTTP/1.1\r\nContent-Length: 3\r\n",
        "GET {path} HTTP/1.0\r\n",
        "GET {path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n",
        "GET {path}&x=\xff HTTP/1.1\r\n",
        "GET {path} HTTP/1.1\r\nX-Odd: \x01\r\n",
        "GET {path} HTTP/1.1\r\nCookie: a=\xe9\r\n",
    ],
    ids=["post", "body", "1.0", "chunked", "path", "control", "latin"],
)
def test_no_handshake_is_left_without_an_answer(served: Running, head: str) -> None:
    host = urlsplit(served.url)
    more = (
        f"Host: {host.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    asked = (head.format(path="/api/rooms/none/live?v=1") + more).encode("latin-1")
    with socket.create_connection((host.hostname, host.port or 80), 5) as sock:
        sock.sendall(asked)
        assert re.match(rb"HTTP/1\.1 (400|403|405) ", sock.recv(4096))


def test_a_head_has_the_length_of_its_get_and_the_line_goes_on(served: Running) -> None:
    host = urlsplit(served.url)
    line = http.client.HTTPConnection(str(host.hostname), host.port, timeout=5)
    for path in ("/healthz", "/api/routines", "/manifest.webmanifest"):
        line.request("HEAD", path)
        head = line.getresponse()
        assert head.read() == b"" and head.status == 200
        line.request("GET", path)
        get = line.getresponse()
        assert len(get.read()) == int(str(head.getheader("content-length"))) > 0
    line.close()


# Few, and ended with their rooms


async def test_a_browser_holds_the_seats_of_50_rooms_and_the_newest_of_them(site: Served) -> None:
    """Keep and forget cookies as a browser would."""
    cookies: dict[str, str] = {}
    rooms = []
    for n in range(155):
        await site.clock.pass_ms(1_000)
        held = "; ".join(f"{name}={value}" for name, value in cookies.items())
        answer = await site.http.post(
            "/api/rooms", json={"role": "client"}, headers=SAME_SITE | {"cookie": held}
        )
        rooms.append(answer.json()["room"])
        for one in answer.headers.get_list("set-cookie"):
            name, _, rest = one.partition("=")
            cookies.pop(name, None)
            if "Max-Age=0" not in one:
                cookies[name] = rest.partition(";")[0]
        seats = [name for name in cookies if name.startswith("seat_")]
        assert len(seats) == min(n + 1, MOST_SEATS)
        site.http.cookies.clear()
    assert [name.split("_")[1] for name in seats] == rooms[-MOST_SEATS:]
    assert sum(len(name) + len(value) + 3 for name, value in cookies.items()) < 4_000


async def test_of_too_many_seats_what_is_over_goes_first_and_what_is_in_use_never(
    site: Served,
) -> None:
    async def started() -> dict[str, Any]:
        await site.clock.pass_ms(1_000)
        return await site.start()

    in_use, kept, over, moved = [await started() for _ in range(4)]
    await site.join(key=key_of(in_use["invitation"]))
    room = site.room(in_use["room"])
    await room.ask(Brief(id=CommandId("b")), Role.PARTNER)
    await room.ask(PassScreening(list="1"), Role.CLIENT)
    for one in (kept, over):
        await site.room(one["room"]).ask(End(id=CommandId("e")), Role.CLIENT)
    await site.room(kept["room"]).ask(Keep(), Role.CLIENT)
    moved["seat"]["token"] = "of another phone"
    foreign = {"room": "00000000000000ff", "seat": {"token": "of another server"}}
    lobbies = [await started() for _ in range(MOST_SEATS)]
    held = "; ".join(map(seat, [in_use, kept, *lobbies, over, moved, foreign]))

    def names(*those: dict[str, Any]) -> set[str]:
        return {seat(one).partition("=")[0] for one in those}

    answer = await site.http.get("/", headers={"cookie": held})
    assert ended(answer) == names(foreign, moved, over, *lobbies[:2])
    own = f"/room/{lobbies[0]['room']}/client"
    answer = await site.http.get(own, headers={"cookie": held})
    assert ended(answer) == names(foreign, moved, over, *lobbies[1:3])
    few = "; ".join(map(seat, [in_use, kept, over, moved, foreign]))
    assert not ended(await site.http.get("/", headers={"cookie": few}))


@pytest.mark.parametrize("secure", ["", "__Host-"])
async def test_the_cookie_of_a_room_that_is_gone_goes_with_the_next_request(
    site: Served, secure: str
) -> None:
    gone, other = await site.start(), await site.start()
    elsewhere = "seat_00000000000000ff_client=of-another-server-at-this-host"
    held = f"{secure}{seat(gone)}; {secure}{seat(other)}; {elsewhere}; last=client~"
    calm = await site.http.get("/", headers={"cookie": held})
    assert "set-cookie" not in calm.headers
    await site.app.state.rooms.erase(site.room(gone["room"]))
    for path in (
        "/",
        "/api/routines",
        f"/room/{gone['room']}/client",
        f"/api/rooms/{gone['room']}",
    ):
        answer = await site.http.get(path, headers={"cookie": held})
        assert ended(answer) == {f"{secure}seat_{gone['room']}_client"}, path
    await settle()


async def test_delete_now_takes_the_cookies_of_both_ways_back(site: Served) -> None:
    made = await site.start()
    held = f"{seat(made)}; __Host-{seat(made)}"
    path = f"/room/{made['room']}/client/delete"
    answer = await site.http.post(path, headers=SAME_SITE | {"cookie": held})
    name = f"seat_{made['room']}_client"
    assert answer.status_code == 303 and ended(answer) == {name, f"__Host-{name}"}


# Https and plain http at one host


async def test_https_and_plain_http_at_one_host_never_share_a_name(site: Served) -> None:
    names = {}
    for origin in ("http://testserver", "https://testserver"):
        headers = {"origin": origin, "hx-request": "true"}
        found = []
        for path, data in (("/start", {"role": "client"}), ("/host", {}), ("/try", {})):
            answer = await site.http.post(path, data=data, headers=headers)
            site.http.cookies.clear()
            found += answer.headers.get_list("set-cookie")
        assert len(found) == 6
        for one in found:
            assert one.startswith("__Host-") == ("; Secure" in one) == origin.startswith("https")
        names[origin] = {re.sub(r"_\w{16}_", "_", one.partition("=")[0]) for one in found}
    plain, secure = names.values()
    assert plain == {"seat_client", "seat_partner", "seat_host", "hosted", "last"}
    assert secure == {f"__Host-{name}" for name in plain}


async def test_either_name_opens_a_seat_and_a_dead_one_does_not_hide_the_other(
    site: Served,
) -> None:
    made = await site.start()
    good, room = seat(made), made["room"]
    dead = f"seat_{room}_client=dead"
    for held in (good, f"__Host-{good}", f"__Host-{dead}; {good}", f"{dead}; __Host-{good}"):
        answer = await site.http.get(f"/api/rooms/{room}", headers={"cookie": held})
        assert answer.status_code == 200, held
    for held in (dead, f"__Host-{dead}", f"{dead}; __Host-{dead}"):
        answer = await site.http.get(f"/api/rooms/{room}", headers={"cookie": held})
        assert answer.status_code == 403, held


@pytest.mark.parametrize(
    ("public", "headers", "is_secure"),
    [
        (None, {}, False),
        (None, {"origin": "http://testserver"}, False),
        (None, OWN_HTTPS, True),
        ("https://say.example", {}, True),
        ("https://say.example", {"origin": "https://say.example"}, True),
        ("https://say.example", {"origin": "http://testserver"}, False),
        ("https://say.example", {"referer": "http://testserver/knock/x"}, False),
        ("https://say.example", {"referer": "http://elsewhere.example/"}, True),
        ("http://say.example", {"referer": "https://say.example:443/"}, False),
    ],
)
async def test_a_cookie_is_secure_where_the_browser_is_on_https(
    public: str | None, headers: dict[str, str], is_secure: bool
) -> None:
    async with serve_app(public_url=public) as one:
        answer = await one.http.post("/api/rooms", json={"role": "client"}, headers=headers)
        assert answer.status_code == 201
        assert ("; Secure" in answer.headers["set-cookie"]) == is_secure
