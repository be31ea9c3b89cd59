"""P12, P13: what a proxy says of a phone is believed where the proxy was named, else never."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from app import cli, config
from app.config import Settings
from app.errors import ConfigError
from tests.edge.test_route_matrix import handshake
from tests.support.app import ORIGIN, Served, key_of, serve_app

PROXY, OTHER_PROXY, PHONE = "192.0.2.1", "10.1.2.3", "203.0.113.7"
NAMED = f"{PROXY},10.1.0.0/16"
AT_MOST = 5
FEW: dict[str, Any] = {"wrong_codes_per_min": AT_MOST}


def peer(served: Served, address: str) -> httpx.AsyncClient:
    """Speak to the app from an address of the network, not from one that a header claims."""
    transport = httpx.ASGITransport(
        app=served.app, raise_app_exceptions=False, client=(address, 4000)
    )
    return httpx.AsyncClient(transport=transport, base_url=ORIGIN)


async def guess(http: httpx.AsyncClient, *forwarded: str) -> int:
    headers = [("x-forwarded-for", value) for value in forwarded]
    return (await http.post("/api/join", json={"code": "000000"}, headers=headers)).status_code


async def start(http: httpx.AsyncClient, **headers: str) -> tuple[str, str]:
    """Start a room; returns the cookie and the link that it answers."""
    answer = await http.post("/api/rooms", json={"role": "client"}, headers=headers)
    http.cookies.clear()
    assert answer.status_code == 201, answer.text
    return answer.headers["set-cookie"], answer.json()["invitation"]["url"]


@pytest.mark.parametrize("named", [(), (PROXY,)])
async def test_a_forged_header_of_a_stranger_changes_nothing(named: tuple[str, ...]) -> None:
    more = FEW | ({"trusted_proxy": named} if named else {})
    async with serve_app(**more) as served, peer(served, PHONE) as http:
        forged = [f"198.51.100.{n}" for n in range(AT_MOST)]
        assert [await guess(http, each) for each in forged] == [404] * AT_MOST
        assert await guess(http, "198.51.100.200", PROXY) == 429
        cookie, url = await start(http, **{"x-forwarded-proto": "https"})
        assert "Secure" not in cookie and url.startswith(f"{ORIGIN}/join#")


async def test_behind_a_proxy_each_phone_has_its_own_limits() -> None:
    async with serve_app(trusted_proxy=NAMED, **FEW) as served, peer(served, PROXY) as http:
        for phone in ("203.0.113.7", "203.0.113.8", "2001:db8::7"):
            tries = [await guess(http, phone) for _ in range(AT_MOST + 1)]
            assert tries == [404] * AT_MOST + [429], phone


async def test_what_a_phone_itself_claims_before_the_proxy_is_not_believed() -> None:
    """The rightmost hop that is none of the proxies' counts, in one header or in many."""
    async with serve_app(trusted_proxy=NAMED, **FEW) as served, peer(served, OTHER_PROXY) as http:
        claims = [f"198.51.100.{n}, {PHONE}, {PROXY}" for n in range(AT_MOST - 1)]
        assert [await guess(http, claim) for claim in claims] == [404] * (AT_MOST - 1)
        assert await guess(http, "198.51.100.100", PHONE) == 404
        assert await guess(http, PROXY, f"{PHONE}:5678") == 429


@pytest.mark.parametrize("spelling", [PROXY, f"::ffff:{PROXY}", f"::ffff:{OTHER_PROXY}"])
async def test_the_proxys_scheme_makes_cookies_secure_and_links_https(spelling: str) -> None:
    async with serve_app(trusted_proxy=NAMED) as served, peer(served, spelling) as http:
        cookie, url = await start(http, **{"x-forwarded-proto": "https"})
        assert "Secure" in cookie and url.startswith("https://testserver/join#")
        cookie, url = await start(http, **{"x-forwarded-proto": "https://evil.example/"})
        assert "Secure" not in cookie and url.startswith(f"{ORIGIN}/join#")


async def test_a_live_socket_behind_the_proxy_makes_https_links(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The handshake's own address is no proxy's; only the named one's word of https counts."""
    seen: list[tuple[str, str]] = []
    async with serve_app(trusted_proxy=f"{PROXY},192.0.2.9") as served:
        made = await served.start()
        assert (await served.join(key=key_of(made["invitation"]))).status_code == 201

        def note(connection: Any) -> str:
            seen.append((connection.client.host, connection.scope["scheme"]))
            return ORIGIN

        monkeypatch.setattr("app.live.phone.origin_of", note)
        more = {"x-forwarded-proto": "https", "x-forwarded-for": PHONE}
        token = f"Bearer {made['seat']['token']}"
        await handshake(served, made["room"], authorization=token, **more)
    assert seen == [(PHONE, "wss")]


@pytest.mark.parametrize(
    "given",
    ["*", "", " ", ",", "127.0.0.1,", "127.0.0.1,*", "localhost", "0.0.0.0/0", "::/0", "10.1.2.3/8",
     "127.0.0.1 10.0.0.1", "unix:"],
)  # fmt: skip
@pytest.mark.parametrize("how", ["flag", "environment"])
def test_proxies_are_named_one_by_one_or_the_start_is_refused(
    given: str, how: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if how == "environment":
        monkeypatch.setenv("SAYWHEN_TRUSTED_PROXY", given)
    flags = [f"--trusted-proxy={given}"] if how == "flag" else []
    monkeypatch.setattr("app.serve.serve", lambda *_: pytest.fail("it started"))
    assert cli.main(["serve", *flags]) == 2
    said = capsys.readouterr()
    name = "--trusted-proxy" if how == "flag" else "SAYWHEN_TRUSTED_PROXY"
    assert said.out == "" and said.err.count("\n") == 1
    assert f"{name} is {given!r} but should be addresses or networks" in " ".join(said.err.split())


def test_addresses_and_networks_of_both_kinds_are_taken() -> None:
    given = {"SAYWHEN_TRUSTED_PROXY": "127.0.0.1, 10.1.0.0/16,::1,fd00::/8"}
    settings = config.load(given, {"trusted_proxy": None})
    assert settings.trusted_proxy == ("127.0.0.1/32", "10.1.0.0/16", "::1/128", "fd00::/8")
    assert config.load({}, {}).trusted_proxy == ()
    with pytest.raises(ConfigError):
        config.load({}, {"trusted_proxy": ""})
    assert Settings(trusted_proxy=settings.trusted_proxy) == settings
