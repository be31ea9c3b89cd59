"""How phones come into a room and what the lobby remembers, by what people see."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import Browser, expect

from tests.browser.duo import PORTRAIT, Duo, Hand
from tests.browser.screen import size_px
from tests.support.serving import Served

pytestmark = pytest.mark.browser
THIRTY_ONE_DAYS_MS = 31 * 24 * 3600 * 1000
DEAF_MS = 1_100


async def test_a_laptop_shows_two_squares_and_follows(
    served: Served, launched: Browser, phones: Duo
) -> None:
    laptop = Hand(await launched.new_page(viewport={"width": 1280, "height": 860}))
    await laptop.page.goto(served.url)
    await laptop.sees("Scan one each")
    squares = laptop.page.locator("[data-link-of-square]")
    await expect(squares).to_have_count(2)
    links = [await one.get_attribute("data-link-of-square") for one in await squares.all()]
    await phones.client.page.goto(str(links[0]))
    await phones.client.sees("You lie down")
    await laptop.sees("A room for two phones")
    await phones.partner.page.goto(str(links[1]))
    await phones.partner.sees("You help")
    await phones.client.tap("None of these")
    await phones.partner.tap("I'll go slowly")
    await phones.client.sees("Try the stop signal")
    await laptop.sees("Warm up")
    assert not await laptop.button("STOP").is_visible()
    assert await size_px(laptop.page, ".big-clock") > 0.4 * 860
    await laptop.button("Show on a big screen").click()
    await laptop.sees("For the big screen")
    await expect(phones.client.page.get_by_text("For the big screen")).to_be_hidden()
    assert laptop.errors == []
    await laptop.page.close()


async def test_another_routine_in_the_lobby_changes_both_phones(phones: Duo) -> None:
    client, partner = phones.client, phones.partner
    await phones.pair()
    await client.page.get_by_text("Take another routine").click()
    chosen = client.page.get_by_label("Routine")
    label = await client.page.get_by_role("option").filter(has_text="Hips").inner_text()
    await chosen.select_option(label=label)
    await client.tap("Take this one")
    for hand in (client, partner):
        await hand.sees("Hips")
    await client.tap("None of these")
    await partner.tap("I'll go slowly")
    await client.tap("STOP")
    await partner.tap("They're resting")
    for hand in (client, partner):
        await hand.is_warm()
    for hand in (client, partner):
        await hand.sees("Figure four")


async def test_the_lasting_questions_are_asked_again_each_30_days(phones: Duo) -> None:
    lasting, of_today = "Pregnancy", "Numbness"
    page = phones.client.page
    phones.lays = False  # this phone remembers what it was asked
    await phones.to_warm_up()
    for days_ago, is_asked in ((0, False), (THIRTY_ONE_DAYS_MS, True)):
        kept = json.loads(await page.evaluate("localStorage.getItem('saywhen:standing')"))
        assert set(kept) == {"list", "at_ms"}, "an answer is kept"
        kept["at_ms"] -= days_ago
        await page.evaluate(
            "(kept) => localStorage.setItem('saywhen:standing', kept)", json.dumps(kept)
        )
        await phones.client.start_anew(phones.url)
        await phones.client.sees(of_today)
        assert await page.get_by_label(lasting).is_visible() is is_asked
    await page.reload()
    await phones.client.sees(of_today)


async def test_all_questions_can_be_asked_again(phones: Duo) -> None:
    phones.lays = False  # this phone remembers what it was asked
    await phones.to_warm_up()
    await phones.client.start_anew(phones.url)
    await phones.client.tap("Ask me all of them")
    await phones.client.sees("Pregnancy")


async def test_what_applies_ends_it_and_the_partner_never_learns_what(phones: Duo) -> None:
    client, partner = phones.client, phones.partner
    await phones.pair()
    await client.page.get_by_label("Pregnancy").check()
    await client.tap("These apply")
    await client.tap("Yes, that is so")
    await client.sees("Not today")
    await client.sees("Your partner's phone says only that you ended it")
    await partner.sees("Enough for today")
    assert "pregnan" not in (await partner.page.locator("#room").inner_text()).lower()


async def test_a_new_phone_takes_the_seat_of_one_that_died(phones: Duo, launched: Browser) -> None:
    client = phones.client
    await phones.to_holding()
    await phones.partner.page.close()
    await client.until_phase("paused", 30_000)
    await client.tap("Invite a new phone")
    await client.sees("For the new phone")
    code = await client.page.locator(".door .code").locator("visible=true").inner_text()
    context = await launched.new_context(
        viewport=PORTRAIT,  # type: ignore[arg-type]
        has_touch=True,
    )
    new = Hand(await context.new_page())
    await new.page.goto(phones.url)
    await new.page.get_by_role("link", name="Join with a code").click()
    await new.page.get_by_label("Code on the other phone").fill(code)
    await new.tap("Knock")
    await client.sees("Someone knocks")
    await client.page.wait_for_timeout(DEAF_MS)
    await client.tap("Let them in")
    await new.sees("Paused")
    await new.tap("Ready")
    await client.tap("Ready")
    await client.until_phase("positioning")
    await context.close()


async def test_a_knock_that_has_just_come_up_lets_nobody_in_by_mistake(
    phones: Duo, launched: Browser
) -> None:
    client = phones.client
    await client.page.goto(phones.url)
    await client.tap("Start")
    code = await client.page.locator(".invite .code").inner_text()
    await phones.partner.page.goto(phones.url + "/join")
    await phones.partner.page.get_by_label("Code on the other phone").fill(code)
    await phones.partner.tap("Knock")
    let_in = client.button("Let them in")
    await let_in.wait_for()
    box = await let_in.bounding_box()
    assert box is not None
    await client.page.touchscreen.tap(box["x"] + 20, box["y"] + 10)
    await client.page.wait_for_timeout(DEAF_MS)
    await client.sees("Someone knocks")
    await phones.partner.sees("Knocking")
