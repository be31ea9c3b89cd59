"""Two programs and a browser through a real nginx, set up as docs/deploy.md has it."""

from __future__ import annotations

import asyncio
import signal
import ssl
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, expect
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake
from websockets.typing import Origin

from tests.browser.duo import browser
from tests.support.fixtures import SERVE
from tests.support.nginx import Nginx, needs_nginx, nginx
from tests.support.program import Program, drill, pair, to_holding
from tests.support.serving import ENDS_WITHIN_S, free_port, serving

pytestmark = needs_nginx


def command(folder: Path, port: int, *more: str) -> list[str]:
    """Serve as docs/deploy.md says."""
    own = ["--port", str(port), "--data-dir", str(folder / "data")]
    return [*SERVE, *own, "--trusted-proxy", "127.0.0.1", *more]


async def stop(by: Program, other: Program) -> str:
    """Stop, and be shown; returns the stop's name. The other one's phone must have it."""
    assert await by.ask("stop") == "done"
    told = await other.until_state(lambda state: state["phase"] == "stopped")
    name = str(told["stop"]["stop"])
    await by.until(lambda m: m["type"] == "fate" and m.get("shown_ms") is not None)
    return name


async def go_on(by: Program, client: Program, partner: Program, name: str) -> None:
    assert await partner.ask("let_go", stop=name) == "done"
    await by.until_state(lambda state: "clear" in state["may"])
    assert await by.ask("clear", stop=name, then="again") == "done"
    await to_holding(client, partner)


async def back(program: Program) -> Program:
    """Connect anew, as often as it takes."""
    await program.close()
    async with asyncio.timeout(20):
        while True:
            again = Program(program.url, program.room, program.role, program.token)
            with suppress(InvalidHandshake, OSError):
                return await again.connect()
            await asyncio.sleep(0.1)


async def test_a_session_goes_through_nginx_and_on_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    with nginx(tmp_path / "nginx", port) as proxy:
        monkeypatch.setenv("SSL_CERT_FILE", str(proxy.ca))
        serve = command(tmp_path, port, "--public-url", proxy.url, "--drain-s", "60")
        with serving(serve) as old:
            client, partner = await pair(proxy.url)
            await drill(client, partner)
            await to_holding(client, partner)
            await go_on(client, client, partner, await stop(client, partner))
            name = await stop(partner, client)
            assert await partner.ask("let_go", stop=name) == "done"
            old.process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(old.process.communicate, timeout=ENDS_WITHIN_S)
        async with httpx.AsyncClient(base_url=proxy.url) as http:
            gone = await http.get(f"/api/rooms/{client.room}")
        assert gone.status_code == 502 and "nginx" in gone.text
        client_back = asyncio.create_task(back(client))
        with serving(serve):
            client, partner = await client_back, await back(partner)
            assert client.state["phase"] == "stopped"
            await go_on(partner, client, partner, name)
            await asyncio.gather(client.close(), partner.close())


async def ways_in(proxy: Nginx) -> tuple[int, int]:
    """Start a room as a page does, and open its live socket; gives both answers."""
    trusting = ssl.create_default_context(cafile=str(proxy.ca))
    form = {"role": "client"}
    async with httpx.AsyncClient(base_url=proxy.url, verify=trusting) as phone:
        page = await phone.post("/start", data=form, headers={"origin": proxy.url})
        if page.status_code != 303:
            return page.status_code, 0
        room = page.headers["location"].split("/")[2]
        cookies = "; ".join(f"{one.name}={one.value}" for one in phone.cookies.jar)
        assert all(one.secure and one.name.startswith("__Host-") for one in phone.cookies.jar)
    url = f"{proxy.url.replace('https', 'wss')}/api/rooms/{room}/live?v=1&role=client"
    headers = {"Cookie": cookies}
    async with connect(
        url, ssl=trusting, origin=Origin(proxy.url), additional_headers=headers
    ) as live:
        assert '"type":"state"' in str(await live.recv())
    return page.status_code, 101


async def test_pages_limits_and_checks_pass_as_the_page_says(tmp_path: Path) -> None:
    port = free_port()
    with (
        nginx(tmp_path / "nginx", port) as proxy,
        serving(command(tmp_path, port), SAYWHEN_ROOMS_PER_MIN="2") as _,
    ):
        assert await ways_in(proxy) == (303, 101)
        trusting = ssl.create_default_context(cafile=str(proxy.ca))
        async with httpx.AsyncClient(base_url=proxy.url, verify=trusting) as outside:
            head, get = await outside.head("/readyz"), await outside.get("/readyz")
            assert (head.status_code, head.content, get.text) == (200, b"", "ready\n")
            assert head.headers["content-length"] == get.headers["content-length"]
            assert (await outside.get("/metrics")).status_code == 404
            made = await outside.post("/api/rooms", json={"role": "client"})
            assert made.json()["invitation"]["url"].startswith(f"{proxy.url}/join#")
            forged = {"x-forwarded-for": "198.51.100.7", "x-forwarded-proto": "http"}
            held_back = await outside.post("/api/rooms", json={"role": "client"}, headers=forged)
            assert held_back.status_code == 429 and held_back.headers["retry-after"]
        way = httpx.AsyncHTTPTransport(local_address="127.0.0.5", verify=trusting)
        async with httpx.AsyncClient(transport=way, base_url=proxy.url) as another:
            assert (await another.post("/api/rooms", json={"role": "client"})).status_code == 201


@pytest.mark.parametrize("names_itself", [True, False])
async def test_with_nginxs_own_host_only_a_server_that_knows_its_address_lets_pages_in(
    tmp_path: Path, names_itself: bool
) -> None:
    port = free_port()
    with nginx(tmp_path / "nginx", port, without="proxy_set_header Host") as proxy:
        more = ["--public-url", proxy.url] if names_itself else []
        with serving(command(tmp_path, port, *more)):
            assert await ways_in(proxy) == ((303, 101) if names_itself else (403, 0))


@pytest.mark.browser
async def test_one_browser_starts_over_https_and_then_over_plain_http_at_the_same_host(
    tmp_path: Path,
) -> None:
    """Browsers refuse to replace a Secure cookie over plain http."""
    port = free_port()
    with nginx(tmp_path / "nginx", port) as proxy:
        serve = command(tmp_path, port, "--public-url", proxy.url)
        with serving(serve):
            async with browser("--ignore-certificate-errors") as one:
                await starts_in(one, proxy.url, f"http://127.0.0.1:{port}", proxy.url)


async def starts_in(one: Browser, *urls: str) -> None:
    context = await one.new_context()
    page = await context.new_page()
    for url in urls:
        await page.goto(url)
        await page.locator("form[action='/start'] button[type=submit]").first.click()
        leave = page.get_by_role("button", name="Leave it, and start anew")
        await page.locator("#room").or_(leave).first.wait_for(state="attached")
        if await leave.count():  # the browser is in the session that it began before
            await leave.click()
        await expect(page.locator("#room")).to_have_attribute("data-link", "live")
    names = [str(cookie.get("name")) for cookie in await context.cookies()]
    assert {"last", "__Host-last"} <= set(names)
    await context.close()
