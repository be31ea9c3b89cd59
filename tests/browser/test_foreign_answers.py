"""Whatever answers in place of the server: the page stays, says so, and goes on when it is back."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import TimeoutError as PlaywrightTimeoutError
from playwright.async_api import expect

from tests.browser.duo import SOON_MS, Duo, Hand, scanned
from tests.browser.in_between import InBetween, addresses
from tests.support.proof import LONG, proof

pytestmark = pytest.mark.browser
NO_ANSWER = "No answer from the server just now"
# What answers: a status with a body; 0 is a network that fails, -1 one that never answers.
OF_KNOCK = [(502, "html"), (302, "html"), (0, "html")]
OF_LINK = [(200, "html"), (404, "json"), (204, "empty")]
OF_HOLD = [(404, "json")]
BODY_OF = ("html", "empty", "json", "huge")
MORE = [(status, BODY_OF[status // 7 % 4]) for status in range(200, 600, 7)] if LONG > 1 else []
# Where each address that pages ask is tried below.
SCENES = {
    "/knock/{{ knock }}{{ query }}": "knock",
    "/host": "home",
    "/host/{{ room }}": "home",
    "/start/total": "start",
    "/room/{{ room }}/{{ role }}/about": "lobby",
    "/room/{{ room }}/{{ role }}/cards": "lobby",
    "/room/{{ room }}/{{ role }}/routine": "lobby",
    "/room/{{ room }}/client/screening": "lobby",
    "/room/{{ room }}/{{ role }}/square": "lobby",
    "/room/{{ room }}/{{ role }}/square?to=seat": "lobby",
    "/room/{{ room }}/{{ role }}/invitation": "alone",
    "/room/{{ room }}/{{ role }}/swap": "ended",
    "/room/{{ room }}/client/keep": "ended",
    "/room/{{ room }}/{{ role }}/delete": "ended",
    "/api/rooms/${room}?role=${role}&origin=${origin}": "hold",
    "/api/rooms/${room}/signals?role=${role}": "hold",
    "/healthz": "join",
    "/api/join": "join",
}


@pytest.fixture
async def between(phones: Duo) -> AsyncIterator[InBetween]:
    """Something between the partner's phone, or whose phone a test says, and the server."""
    one = InBetween()
    await one.stand(phones.contexts[1])
    yield one


def test_every_address_that_a_page_asks_is_tried() -> None:
    assert set(addresses()) == set(SCENES)


@pytest.mark.prove
async def test_no_status_makes_a_browser_take_a_foreign_answer_for_ours(
    phones: Duo, between: InBetween
) -> None:
    """The page's own way of asking, on the browser's own network: 204, 304, 401 have their ways."""
    page = phones.partner.page
    await page.goto(phones.url + "/join")
    script = str(await page.locator("script[src*='/join.js']").get_attribute("src"))
    at = script.replace("pages/join.js", "ask.js")
    ask = "async (at) => (await (await import(at)).ask('/healthz')).kind"
    await page.evaluate(ask, at)  # what the page fetches ahead of its script counts once
    with proof("P25", "statuses with foreign bodies, asked by a page") as p:
        for status in range(200, 600, 1 if LONG > 1 else 13):
            between.answers(status, BODY_OF[status % 4])
            assert await page.evaluate(ask, at) in ("foreign", "none"), status
            p.trial()
    between.answers(-1)
    assert await page.evaluate(ask, at) == "none"
    between.answers(None)
    assert await page.evaluate(ask, at) == "ours"


async def knock(phones: Duo) -> None:
    client, partner = phones.client, phones.partner
    await client.page.goto(phones.url)
    await client.tap("Start")
    code = await client.page.locator(".invite .code").inner_text()
    await partner.page.goto(phones.url + "/join")
    await partner.page.get_by_label("Code on the other phone").fill(code)
    await partner.tap("Knock")
    await partner.sees("Knocking")


@pytest.mark.prove
async def test_a_knock_waits_on_through_every_answer_that_is_not_ours(
    phones: Duo, between: InBetween
) -> None:
    await knock(phones)
    with proof("P25", "foreign answers to a knock that waits") as p:
        for status, body in OF_KNOCK + MORE:
            between.answers(status, body)
            await phones.partner.sees(NO_ANSWER)
            await phones.partner.sees("Knocking")
            between.answers(None)
            await expect(phones.partner.page.get_by_text(NO_ANSWER)).to_be_hidden()
            if not await phones.client.button("Let them in").is_visible():
                await knock(phones)  # it lasts two minutes
            p.trial()
    between.answers(502)
    await phones.partner.sees(NO_ANSWER)
    await phones.client.page.wait_for_timeout(1_100)
    await phones.client.tap("Let them in")
    between.answers(None)
    await phones.partner.sees("You help")
    assert "/knock/{{ knock }}{{ query }}" in between.met


async def test_a_lost_answer_to_a_knock_that_was_let_in_costs_no_seat(phones: Duo) -> None:
    await knock(phones)
    lost: list[int] = []

    async def lose(route: object) -> None:
        answer = await route.fetch(max_redirects=0)  # type: ignore[attr-defined]
        if answer.headers.get("hx-redirect") and not lost:
            lost.append(answer.status)
            await route.abort("connectionreset")  # type: ignore[attr-defined]
        else:
            await route.fulfill(response=answer)  # type: ignore[attr-defined]

    await phones.contexts[1].route("**/knock/*", lose)
    await phones.client.page.wait_for_timeout(1_100)
    await phones.client.tap("Let them in")
    await phones.partner.sees("You help")
    assert lost


async def until_met(between: InBetween, address: str) -> None:
    """Wait until the page has asked that address, and was answered falsely."""
    async with asyncio.timeout(SOON_MS / 1000):
        while address not in between.met:
            await asyncio.sleep(0.05)


@pytest.mark.prove
async def test_a_hold_goes_on_once_the_server_is_back_whatever_answered_meanwhile(
    phones: Duo, between: InBetween
) -> None:
    """Sockets are refused with the server's own code for "gone", and HTTP answers falsely."""
    await phones.without_direct_line()
    await phones.to_holding()
    partner = phones.partner
    check = next(one for one in SCENES if one.startswith("/api/rooms/"))
    for status, body in OF_HOLD + MORE:
        between.met.clear()
        between.answers(status, body)
        await between.cut()
        await partner.sees("Contact lost")
        await partner.sees("Something else answers in place of the server")
        assert check in between.met
        await expect(partner.page.get_by_text("This room is gone")).to_be_hidden()
        between.answers(None)
        with contextlib.suppress(PlaywrightTimeoutError):  # it may be quicker by itself
            await partner.button("Reconnect now").tap(timeout=3_000)
        await expect(partner.page.locator("#room")).to_have_attribute("data-link", "live")
        await expect(partner.page.get_by_text("Contact lost")).to_be_hidden()
    between.answers(200, "json")
    await between.cut()
    await partner.tap("STOP")
    posted = next(one for one in SCENES if one.endswith("/signals?role=${role}"))
    await until_met(between, posted)
    between.answers(None)
    await phones.client.sees("Stopped")


async def test_the_way_in_stays_through_answers_that_are_not_ours(phones: Duo) -> None:
    client, page, between = phones.client, phones.client.page, InBetween()
    await between.stand(phones.contexts[0])
    await page.goto(phones.url)
    await client.tap("Start")
    code = page.locator(".invite .code")
    before = await code.inner_text()
    between.answers(200, "html")
    asked = "document.body.dispatchEvent(new CustomEvent('saywhen:invitation'))"
    address = next(one for one, scene in SCENES.items() if scene == "alone")
    async with asyncio.timeout(SOON_MS / 1000):
        while address not in between.met:  # until its script is there, nothing asks
            await page.evaluate(asked)
            await page.wait_for_timeout(200)
    between.answers(None)
    await expect(page.get_by_text(NO_ANSWER).locator("visible=true")).to_have_count(0)
    assert await code.inner_text() == before


async def test_the_lobby_goes_on_through_answers_that_are_not_ours(phones: Duo) -> None:
    await phones.pair()
    between = InBetween()
    await between.stand(phones.contexts[0])
    client, page = phones.client, phones.client.page
    await page.reload()
    await client.sees("You lie down")
    await page.get_by_text("Take another routine").click()
    label = await page.get_by_role("option").filter(has_text="Hips").inner_text()
    await page.get_by_label("Routine").select_option(label=label)
    between.answers(200, "html")
    await client.tap("Take this one")
    await client.tap("None of these")
    await until_met(between, "/room/{{ room }}/client/screening")
    await client.sees(NO_ANSWER)
    assert await page.locator("#outcome").inner_html() == ""
    between.answers(None)
    await client.sees("It goes on when your partner")
    await client.sees("Hips")
    between.answers(404, "json")
    for event in ("routine", "invitation"):
        await page.evaluate(
            "(event) => document.body.dispatchEvent(new CustomEvent('saywhen:' + event))", event
        )
    await client.sees(NO_ANSWER)
    between.answers(None)
    await expect(page.get_by_text(NO_ANSWER).locator("visible=true")).to_have_count(0)
    assert {one for one, scene in SCENES.items() if scene == "lobby"} <= between.met
    await phones.partner.tap("I'll go slowly")
    await client.sees("Try the stop signal")


async def test_what_was_chosen_anew_meanwhile_is_never_overtaken_by_what_was_sent_before(
    phones: Duo,
) -> None:
    """None of these, no answer, then a tick: the first must not come after the second."""
    await phones.pair()
    between = InBetween()
    await between.stand(phones.contexts[0])
    client, page = phones.client, phones.client.page
    await page.reload()
    between.answers(502)
    await client.tap("None of these")
    await client.sees(NO_ANSWER)
    async with page.expect_response(re.compile("screening")):
        pass
    between.answers(None)  # it waits between two tries: the tick must end it, not hurry it
    await page.get_by_label("Pregnancy").check()
    await page.wait_for_timeout(2_000)
    assert await client.phase() == "lobby"
    await client.tap("These apply")
    await client.tap("Yes, that is so")
    await client.sees("Not today")


async def test_home_and_the_choice_of_stretches_wait_for_the_server_too(
    phones: Duo, between: InBetween
) -> None:
    page, hand = phones.partner.page, phones.partner
    await page.set_viewport_size({"width": 1280, "height": 860})
    between.answers(502)
    await page.goto(phones.url)
    await hand.sees(NO_ANSWER)
    between.answers(None)
    await hand.sees("Scan one each")
    between.answers(404, "html")
    await hand.sees(NO_ANSWER)
    between.answers(None)
    await expect(page.get_by_text(NO_ANSWER)).to_be_hidden()
    await page.goto(phones.url + "/start")
    before = await page.locator("#total").inner_text()
    between.answers(200, "html")
    await page.get_by_label("Figure four").uncheck()
    await hand.sees(NO_ANSWER)
    assert await page.locator("#total").inner_text() == before
    between.answers(None)
    await expect(page.locator("#total")).not_to_have_text(before)
    assert {one for one, scene in SCENES.items() if scene in ("home", "start")} <= between.met


@pytest.mark.prove
async def test_a_link_stays_good_until_the_server_has_taken_it(
    phones: Duo, between: InBetween
) -> None:
    client, partner, page = phones.client, phones.partner, phones.partner.page
    await client.page.goto(phones.url)
    await client.tap("Start")
    link = await scanned(client.page)
    with proof("P25", "foreign answers to a link that was scanned") as p:
        for status, body in OF_LINK + MORE:
            between.answers(status, body)
            await page.goto("about:blank")
            await page.goto(link)
            await partner.sees("Your link is still good")
            await page.reload()
            await partner.sees("Your link is still good")
            p.trial()
    key = link.split("#")[1]
    assert not any(key in body for body in between.bodies_sent), "a stranger was given the key"
    await partner.sees("Try again")
    between.answers(None)
    await partner.sees("You help")


async def test_the_answer_to_a_join_may_be_lost_and_the_seat_is_not(
    phones: Duo, between: InBetween
) -> None:
    client, partner = phones.client, phones.partner
    await client.page.goto(phones.url)
    await client.tap("Start")
    link, lost = await scanned(client.page), list[int]()

    async def lose(route: object) -> None:
        answer = await route.fetch()  # type: ignore[attr-defined]
        lost.append(answer.status)
        await route.abort("connectionreset")  # type: ignore[attr-defined]

    await phones.contexts[1].route("**/api/join", lose)
    await partner.page.goto(link)
    await partner.sees("Your link is still good")
    await phones.contexts[1].unroute("**/api/join", lose)
    await partner.page.reload()
    await partner.sees("You help")
    assert lost[0] == 201
    other = Hand(await phones.browser.new_page())
    await other.page.goto(link)
    await other.sees("This link is used up")
    await other.page.close()


async def test_the_end_waits_for_the_server_too(phones: Duo) -> None:
    await phones.to_positioning()
    between = InBetween()
    await between.stand(phones.contexts[0])
    client, page = phones.client, phones.client.page
    await phones.partner.end()
    await client.sees("Enough for today")
    between.answers(502)
    await client.tap("Your turn now")
    await client.sees(NO_ANSWER)
    between.answers(None)
    await client.sees("Now the other one taps")
    await page.goto(re.sub(r"#.*", "", page.url) + "/summary")
    for button, after in (
        ("Keep", "It stays on this server"),
        ("Yes, delete", "Everything of this session"),
    ):
        if button != "Keep":
            await page.get_by_text("Delete now").click()
        between.answers(200, "html")
        await client.tap(button)
        await client.sees(NO_ANSWER)
        between.answers(None)
        await client.sees(after)
    assert {one for one, scene in SCENES.items() if scene == "ended"} <= between.met
