"""`saywhen serve --https` as two phones meet it: trust once, then rooms, cookies and sockets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser
from structlog.testing import capture_logs
from websockets.asyncio.client import connect
from websockets.typing import Origin

from app.config import Settings
from app.https.certificates import fingerprint
from app.main import create_app
from app.serve_https import LOOKS_EVERY_MS, Https
from tests.browser.duo import browser, duo
from tests.support.clock import ManualClock
from tests.support.fixtures import SERVE
from tests.support.serving import Served, serving


@dataclass
class Trusted:
    """The server, its plain page, and what a phone trusts that did as the page says."""

    served: Served
    trust_url: str
    ca: Path

    @property
    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca))


@pytest.fixture(scope="module")
def https(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trusted]:
    folder = tmp_path_factory.mktemp("https") / "data"
    command = [*SERVE, "--https", "--port", "0", "--trust-port", "0", "--data-dir", str(folder)]
    with serving(command) as served:
        line = next(line for line in served.said if "once on each phone" in line)
        yield Trusted(served, line.split("phone:")[1].strip(), folder / "https" / "ca.pem")


def test_the_plain_page_gives_the_ca_that_the_server_is_trusted_by(
    https: Trusted, tmp_path: Path
) -> None:
    crt = httpx.get(f"{https.trust_url}/saywhen.crt")
    assert crt.headers["content-type"] == "application/x-x509-ca-cert"
    taken = tmp_path / "taken.pem"
    taken.write_text(ssl.DER_cert_to_PEM_cert(crt.content))
    context = ssl.create_default_context(cafile=str(taken))
    assert httpx.get(f"{https.served.url}/readyz", verify=context).status_code == 200
    profile = httpx.get(f"{https.trust_url}/saywhen.mobileconfig")
    assert profile.headers["content-type"] == "application/x-apple-aspen-config"
    assert b"com.apple.security.root" in profile.content


def test_both_screens_show_the_same_fingerprint(https: Trusted) -> None:
    shown = fingerprint(https.ca.read_bytes())
    assert any(shown in line for line in https.served.said)
    assert shown in httpx.get(https.trust_url).text


async def test_while_it_runs_dates_are_judged_by_the_calendar_and_people_are_told(
    tmp_path: Path,
) -> None:
    """The server's own clock never steps; the machine's does, when its time is set."""
    clock, calendar = ManualClock(), [ManualClock().now_ms()]
    settings = Settings(https=True, journal="memory", trust_port=0, data_dir=tmp_path)
    with contextlib.closing(Https(settings, clock, lambda: calendar[0])) as https:
        app = create_app(settings, clock)
        with socket.create_server(("127.0.0.1", 0)) as sock, capture_logs() as logs:
            async with https.running(app, sock):
                page = f"http://127.0.0.1:{https.trust.port}/"
                old = https.trust.fingerprint
                first = await asyncio.to_thread(httpx.get, page)
                assert old in first.text and "new certificate" not in first.text

                async def looked(at_ms: int) -> None:
                    calendar[0] = at_ms
                    await clock.pass_ms(LOOKS_EVERY_MS)
                    assert https._task is not None
                    await https._task

                await looked(0)
                assert https.trust.fingerprint == old
                await looked(calendar[0] + 3 * 10 * 365 * 24 * 3600_000 + clock.now_ms())
                new = https.trust.fingerprint
                assert new != old
                told = [one for one in logs if one["event"] == "ca_changed"]
                assert [one["fingerprint"] for one in told] == [new]
                second = await asyncio.to_thread(httpx.get, page)
                assert new in second.text and "new certificate" in second.text
                assert old[:11] in second.text


def test_without_trust_nobody_gets_in(https: Trusted) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(https.served.url)


def test_the_plain_page_gives_nothing_of_a_room_and_leads_on(https: Trusted) -> None:
    for path in ("/join", "/api/rooms/x", "/room/x/client"):
        answer = httpx.get(https.trust_url + path)
        assert answer.status_code == 307
        assert answer.headers["location"] == https.served.url + path
    assert httpx.post(f"{https.trust_url}/api/rooms").status_code == 405
    assert httpx.head(https.trust_url).status_code == 200
    forged = httpx.get(https.trust_url, headers={"host": "<b>"})
    assert "<b>" not in forged.text


async def test_sockets_go_over_tls_and_cookies_are_secure(https: Trusted) -> None:
    url = https.served.url
    with httpx.Client(base_url=url, verify=https.trusting) as http:
        made = http.post("/start", data={"role": "client"}, headers={"origin": url})
        assert made.status_code == 303, made.text
        cookie = next(c for c in http.cookies.jar if c.name.startswith("__Host-seat_"))
        assert cookie.secure
        room = made.headers["location"].split("/")[2]
        live = f"{url.replace('https', 'wss')}/api/rooms/{room}/live?v=1&role=client&tab=t&n=1"
        headers = {"cookie": f"{cookie.name}={cookie.value}"}
        async with connect(
            live, ssl=https.trusting, origin=Origin(url), additional_headers=headers
        ) as socket:
            assert '"state"' in str(await socket.recv())


@pytest.mark.browser
async def test_two_phones_hold_over_https_and_stay_awake(https: Trusted) -> None:
    """In a browser that trusts anyone, as a phone trusts this machine after the page's steps."""
    async with (
        browser("--ignore-certificate-errors") as trusting,
        duo(https.served.url, trusting) as phones,
    ):
        await phones.to_holding()
        await phones.client.tap("STOP")
        await phones.partner.until_phase("stopped")
        for hand in (phones.client, phones.partner):
            assert await hand.page.evaluate("isSecureContext && 'wakeLock' in navigator")
            assert hand.errors == []


@pytest.mark.browser
async def test_the_plain_page_fits_a_phone(https: Trusted, launched: Browser) -> None:
    context = await launched.new_context(viewport={"width": 320, "height": 640})
    page = await context.new_page()
    await page.goto(https.trust_url)
    wide = "document.documentElement.scrollWidth > innerWidth"
    assert not await page.evaluate(wide)
    for summary in await page.locator("summary").all():
        await summary.click()
        assert not await page.evaluate(wide)
    await context.close()
