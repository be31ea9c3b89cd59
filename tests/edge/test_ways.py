"""By which address phones come: what stands beside a code, from wherever it is looked at."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import HTTPConnection

from app.config import Settings
from app.https import addresses
from app.https.addresses import for_phones, is_loopback
from app.pairing.places import address_of
from app.web.ways import Way, way_of
from tests.support.app import SAME_SITE, Served, serve_app
from tests.support.js import call, context

HERE = ["10.8.0.3", "127.0.0.1", "169.254.7.7", "172.17.0.1", "192.168.1.5", "2001:db8::7"]


@pytest.fixture(autouse=True)
def interfaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "addresses", lambda: list(HERE))
    monkeypatch.setattr(addresses, "outward", lambda: "192.168.1.5")


async def lobby(served: Served, host: str, path: str = "/start", **more: str) -> str:
    """The lobby of a phone or laptop that came by this Host."""
    headers = {"host": host, "origin": f"http://{host}", **more}
    started = await served.http.post(path, headers=headers)
    if started.status_code != 303:
        return started.text
    page = await served.http.get(started.headers["location"], headers=headers)
    assert page.status_code == 200
    return page.text


def shown(text: str) -> tuple[str, str]:
    """The address that is to be typed, and the origin of the square."""
    address = re.search(r'class="address" translate="no">([^<]+)<', text)
    square = re.search(r'data-link-of-square="([^"]+)/join#', text)
    assert address is not None and square is not None
    return address[1], square[1]


@pytest.mark.parametrize("path", ["/start", "/host"])
@pytest.mark.parametrize(
    "host",
    ["localhost:8000", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST.:8000", "a.localhost:8000"],
)
async def test_a_laptop_at_localhost_shows_an_address_that_phones_can_reach(
    host: str, path: str
) -> None:
    async with serve_app(host="0.0.0.0") as served:
        text = await lobby(served, host, path)
        assert shown(text) == ("192.168.1.5:8000", "http://192.168.1.5:8000")
        assert "10.8.0.3:8000" in text and "2001:db8" not in text, "others, of the same kind"
        assert "listens on this machine alone" not in text


async def test_whoever_comes_by_an_address_shows_that_one() -> None:
    for host in ("192.168.1.5:8000", "say.example", "10.0.0.9"):
        async with serve_app(host="0.0.0.0") as served:
            text = await lobby(served, host)
            assert shown(text) == (host, f"http://{host}")
            assert "If a phone can't open it" not in text


async def test_a_phone_that_comes_by_the_shown_address_is_at_home_there() -> None:
    async with serve_app(host="0.0.0.0") as served:
        _, origin = shown(await lobby(served, "localhost:8000"))
        headers = {"host": origin.removeprefix("http://"), "origin": origin}
        assert (await served.http.post("/start", headers=headers)).status_code == 303


@pytest.mark.parametrize("bound", ["127.0.0.1", "localhost", "::1", "127.0.0.9"])
async def test_a_server_on_loopback_says_that_phones_can_t_reach_it(bound: str) -> None:
    async with serve_app(host=bound) as served:
        text = await lobby(served, "localhost:8000")
        assert "Phones can't reach this server" in text and "--host 0.0.0.0" in text
        served.http.cookies.clear()  # another browser: this one is in a session now
        assert (
            "Phones can't reach"
            in (
                await served.http.post(
                    "/host", headers=SAME_SITE | {"hx-request": "true", **AT_HOME}
                )
            ).text
        )


AT_HOME = {"host": "localhost:8000", "origin": "http://localhost:8000"}


def way_by(host: str, server: tuple[str, int | None], scheme: str = "http") -> Way:
    """The way as somebody is told who asked for `host` and came to the socket `server`."""
    app = SimpleNamespace(state=SimpleNamespace(settings=Settings(host="0.0.0.0")))
    headers = [(b"host", host.encode())]
    scope = {"type": "http", "scheme": scheme, "path": "/", "query_string": b"", "app": app}
    return way_of(HTTPConnection({**scope, "headers": headers, "server": server}))


@pytest.mark.parametrize(
    ("host", "server", "scheme"),
    [
        ("localhost:8000", ("127.0.0.1", 8000), "http"),
        ("localhost:8000", ("::ffff:127.0.0.1", 8000), "ws"),
        ("[::1]:8000", ("::1", 8000), "http"),
        ("localhost", ("127.0.0.1", 80), "http"),
        ("localhost", ("127.0.0.1", 443), "wss"),
        ("localhost:8000", ("/run/saywhen.sock", None), "http"),
    ],
)
def test_localhost_is_this_machine_where_the_socket_is_its_own(
    host: str, server: tuple[str, int | None], scheme: str
) -> None:
    way = way_by(host, server, scheme)
    assert way.is_known and way.origin.split("://")[1].startswith("192.168.1.5")


@pytest.mark.parametrize(
    ("host", "server"),
    [
        ("localhost:8080", ("172.17.0.2", 8000)),  # a container: its address is nobody's outside
        ("localhost:8000", ("172.17.0.2", 8000)),
        ("localhost:9000", ("127.0.0.1", 8000)),  # a tunnel from another machine
        ("localhost", ("127.0.0.1", 8000)),
    ],
)
async def test_through_a_container_or_a_tunnel_no_address_is_made_up(
    host: str, server: tuple[str, int]
) -> None:
    way = way_by(host, server)
    assert (way.origin, way.is_known, way.is_reachable) == (f"http://{host}", False, False)
    async with serve_app() as served:
        told = served.app.state.render.html("parts/reach.html", way=way)
    assert "the way here is not known" in told and "this machine alone" not in told


async def test_a_public_url_decides() -> None:
    async with serve_app(host="127.0.0.1", public_url="https://say.example") as served:
        headers = AT_HOME | {"origin": "https://say.example", "hx-request": "true"}
        text = (await served.http.post("/host", headers=headers)).text
        assert shown(text) == ("say.example", "https://say.example")
        assert "listens on this machine alone" not in text


async def test_programs_are_told_the_same_way() -> None:
    async with serve_app(host="0.0.0.0") as served:
        headers = {"host": "localhost:8000"}
        made = await served.http.post("/api/rooms", json={"role": "client"}, headers=headers)
        assert made.json()["invitation"]["url"].startswith("http://192.168.1.5:8000/join#")


@pytest.mark.parametrize(
    ("bound", "outward", "found"),
    [
        ("0.0.0.0", "192.168.1.5", ["192.168.1.5", "10.8.0.3", "172.17.0.1", "169.254.7.7"]),
        ("0.0.0.0", "", ["10.8.0.3", "172.17.0.1", "192.168.1.5", "169.254.7.7"]),
        ("::", "10.8.0.3", ["10.8.0.3", "172.17.0.1", "192.168.1.5", "169.254.7.7", "2001:db8::7"]),
        ("192.168.1.5", "10.8.0.3", ["192.168.1.5"]),
        ("laptop.example", "", ["laptop.example"]),
        ("127.0.0.1", "192.168.1.5", []),
    ],
)
def test_the_likeliest_address_is_named_first(
    monkeypatch: pytest.MonkeyPatch, bound: str, outward: str, found: list[str]
) -> None:
    monkeypatch.setattr(addresses, "outward", lambda: outward)
    assert for_phones(bound) == found


@pytest.mark.parametrize("host", ["", "localhost.example", "192.168.1.5", "say", "127.example"])
def test_what_is_not_this_machine_is_left_alone(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("url", "typed"),
    [
        ("http://192.168.1.5:8000/join#k", "192.168.1.5:8000"),
        ("http://say.example/join#k", "say.example"),
        ("https://say.example/join#k", "say.example"),
        ("https://192.168.1.5:8000/join#k", "https://192.168.1.5:8000"),
        ("https://[2001:db8::7]:8443/join#k", "https://[2001:db8::7]:8443"),
        ("https://[2001:db8::7]/join#k", "[2001:db8::7]"),
    ],
)
def test_what_is_to_be_typed_is_as_short_as_it_can_be(url: str, typed: str) -> None:
    assert address_of(url) == typed
    link: dict[str, Any] = call(context(), "M.link.link", "client")
    code = "(link, url) => M.facts.address_of(url)"
    assert call(context(), code, link, url) == typed


@pytest.mark.slow
async def test_an_open_lobby_never_shows_a_code_that_is_over() -> None:
    """Its page asks again each four minutes."""
    async with serve_app() as served:
        started = await served.http.post("/start", headers=SAME_SITE)
        address = f"{started.headers['location']}/invitation"
        for _ in range(20):
            part = (await served.http.get(address)).text
            code = re.search(r'class="code" translate="no">([^<]+)<', part)
            assert code is not None
            await served.clock.pass_ms(4 * 60_000 + 30_000)
            answer = await served.http.post("/api/join", json={"code": code[1]})
            assert answer.status_code == 202
