"""`saywhen serve --https` as two phones meet it: trust once, then rooms, cookies and sockets."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser
from websockets.asyncio.client import connect
from websockets.typing import Origin

from app.https.certificates import fingerprint
from tests.browser.duo import browser, duo
from tests.support.fixtures import SERVE
from tests.support.serving import Served, serving


@dataclass
class Https:
    """The server, its plain page, and what a phone trusts that did as the page says."""

    served: Served
    trust_url: str
    ca: Path

    @property
    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca))


@pytest.fixture(scope="module")
def https(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Https]:
    folder = tmp_path_factory.mktemp("https") / "data"
    command = [*SERVE, "--https", "--port", "0", "--trust-port", "0", "--data-dir", str(folder)]
    with serving(command) as served:
        line = next(line for line in served.said if "once on each phone" in line)
        yield Https(served, line.split("phone:")[1].strip(), folder / "https" / "ca.pem")


def test_the_plain_page_gives_the_ca_that_the_server_is_trusted_by(
    https: Https, tmp_path: Path
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


def test_both_screens_show_the_same_fingerprint(https: Https) -> None:
    shown = fingerprint(https.ca.read_bytes())
    assert any(shown in line for line in https.served.said)
    assert shown in httpx.get(https.trust_url).text


def test_without_trust_nobody_gets_in(https: Https) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(https.served.url)


def test_the_plain_page_gives_nothing_of_a_room_and_leads_on(https: Https) -> None:
    for path in ("/join", "/api/rooms/x", "/room/x/client"):
        answer = httpx.get(https.trust_url + path)
        assert answer.status_code == 307
        assert answer.headers["location"] == https.served.url + path
    assert httpx.post(f"{https.trust_url}/api/rooms").status_code == 405
    forged = httpx.get(https.trust_url, headers={"host": "<b>"})
    assert "<b>" not in forged.text


async def test_sockets_go_over_tls_and_cookies_are_secure(https: Https) -> None:
    url = https.served.url
    with httpx.Client(base_url=url, verify=https.trusting) as http:
        made = http.post("/start", data={"role": "client"}, headers={"origin": url})
        assert made.status_code == 303, made.text
        cookie = next(c for c in http.cookies.jar if c.name.startswith("seat_"))
        assert cookie.secure
        room = made.headers["location"].split("/")[2]
        live = f"{url.replace('https', 'wss')}/api/rooms/{room}/live?v=1&role=client&tab=t&n=1"
        headers = {"cookie": f"{cookie.name}={cookie.value}"}
        async with connect(
            live, ssl=https.trusting, origin=Origin(url), additional_headers=headers
        ) as socket:
            assert '"state"' in str(await socket.recv())


@pytest.mark.browser
async def test_two_phones_hold_over_https_and_stay_awake(https: Https) -> None:
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
async def test_the_plain_page_fits_a_phone(https: Https, launched: Browser) -> None:
    context = await launched.new_context(viewport={"width": 320, "height": 640})
    page = await context.new_page()
    await page.goto(https.trust_url)
    wide = "document.documentElement.scrollWidth > innerWidth"
    assert not await page.evaluate(wide)
    for summary in await page.locator("summary").all():
        await summary.click()
        assert not await page.evaluate(wide)
    await context.close()
