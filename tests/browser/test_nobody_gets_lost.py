"""P26: a session left by accident is back in one tap, and Back leaves none by a slip."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, BrowserContext, expect

from tests.browser.duo import PORTRAIT, Duo, Hand, scanned
from tests.browser.finger import SHAPES, can_be_tapped, link
from tests.browser.test_asked_once_more import to_the_end
from tests.support.serving import Served

pytestmark = pytest.mark.browser
LAPTOP = {"width": 1280, "height": 800}
SAME_PAGE = "() => (globalThis.is_same = true)"
IS_SAME_PAGE = "() => globalThis.is_same === true"


async def one_tap_back(hand: Hand, url: str, says: str) -> None:
    """Home leads back by one tap, to the same seat."""
    back = link(hand, "Go back to it")
    await expect(back).to_be_visible()
    await hand.sees(says)
    await can_be_tapped(hand, back)
    box = await back.bounding_box()
    assert box is not None
    await hand.page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await hand.page.wait_for_url(url)


@asynccontextmanager
async def reopened(launched: Browser, context: BrowserContext, url: str) -> AsyncIterator[Hand]:
    """The same phone, its browser closed and opened again: what it stores, and no more."""
    stored = await context.storage_state()
    again = await launched.new_context(
        viewport=PORTRAIT,  # type: ignore[arg-type]
        has_touch=True,
        is_mobile=True,
        storage_state=stored,
    )
    hand = Hand(await again.new_page())
    await hand.page.goto(url)
    yield hand
    assert hand.errors == []
    await again.close()


async def in_a_new_tab(hand: Hand, context: BrowserContext, url: str) -> Hand:
    await hand.page.close()
    again = Hand(await context.new_page())
    await again.page.goto(url)
    return again


async def test_home_puts_it_first_and_nothing_is_larger(served: Served, launched: Browser) -> None:
    context = await launched.new_context(viewport=PORTRAIT)  # type: ignore[arg-type]
    hand = Hand(await context.new_page())
    await hand.page.goto(served.url)
    await hand.page.get_by_role("button", name="Start").click()
    await hand.sees("You lie down")
    await hand.page.goto(served.url)
    for shape in (*SHAPES, LAPTOP):
        await hand.page.set_viewport_size(shape)  # type: ignore[arg-type]
        back = await link(hand, "Go back to it").bounding_box()
        all = await hand.page.locator("main :is(a, button):visible").all()
        boxes = [box for one in all if (box := await one.bounding_box())]
        assert back and len(boxes) > 5
        assert back["width"] * back["height"] == max(b["width"] * b["height"] for b in boxes)
        assert back["y"] == min(b["y"] for b in boxes)
        assert back["y"] + back["height"] <= shape["height"], (shape, "not without scrolling")
    await context.close()


async def test_closed_tab_or_browser_in_the_lobby_is_one_tap_away_for_both(
    phones: Duo, launched: Browser
) -> None:
    await phones.pair()
    await phones.client.tap("None of these")
    await phones.client.sees("Nothing you answered")
    for hand, context, says in zip(
        (phones.client, phones.partner), phones.contexts, ("You lie down", "You help"), strict=True
    ):
        url = hand.page.url
        again = await in_a_new_tab(hand, context, phones.url)
        await one_tap_back(again, url, says)
        await again.until_phase("lobby")
        await again.page.close()
        async with reopened(launched, context, phones.url) as after:
            await expect(after.page.get_by_text("Hands may be on")).to_have_count(0)
            await one_tap_back(after, url, says)
            await after.until_phase("lobby")
            if says == "You lie down":  # the questions are answered as they were
                await after.sees("Nothing you answered")


async def test_back_asks_once_a_second_leaves_and_home_leads_back(phones: Duo) -> None:
    await phones.pair()
    client, page = phones.client, phones.client.page
    url = page.url
    await page.evaluate(SAME_PAGE)
    await client.tap("None of these")  # a part of the page is swapped
    await client.tap("End")
    await client.tap("Go on with it")
    await page.go_back()
    await client.sees("Leave this session?")
    await page.wait_for_timeout(300)
    assert await page.evaluate(IS_SAME_PAGE)
    assert await client.phase() == "lobby", "another page was put in its place"
    await can_be_tapped(client, client.button("Stay"), link(client, "Leave"))
    await client.tap("Stay")
    await expect(page.get_by_text("Leave this session?")).to_be_hidden()
    assert page.url == url
    for _ in range(2):
        await page.go_back()
    await client.sees("You are in a session")
    await one_tap_back(client, url, "You lie down")
    await client.until_phase("lobby")
    await page.go_back()
    await client.sees("Leave this session?")
    await link(client, "Leave").click()
    await one_tap_back(client, url, "You lie down")
    await is_asked_again(phones.partner)


async def is_asked_again(partner: Hand) -> None:
    """After a reload, and after coming forward to it."""
    page = partner.page
    await page.reload()
    await partner.until_phase("lobby")
    await page.go_back()
    await partner.sees("Leave this session?")
    await page.go_back()
    await page.go_forward()
    await partner.until_phase("lobby")
    await page.go_back()
    await partner.sees("Leave this session?")
    await page.go_forward()
    await expect(page.get_by_text("Leave this session?")).to_be_hidden()


async def test_with_hands_on_back_covers_nothing_and_home_says_go_back_now(
    phones: Duo, launched: Browser
) -> None:
    await phones.to_easing_in()
    for hand in (phones.client, phones.partner):
        page = hand.page
        await page.evaluate(SAME_PAGE)
        for _ in range(2):
            await page.go_back()
            await hand.sees("You are still in the session.")
        assert await page.evaluate(IS_SAME_PAGE), "the page was left"
        await expect(page.get_by_text("Leave this session?")).to_be_hidden()
        stops = page.get_by_role("button", name="STOP").locator("visible=true")
        assert await stops.count()
        await can_be_tapped(hand, *await stops.all())
    url = phones.client.page.url
    await phones.client.page.close()
    async with reopened(launched, phones.contexts[0], phones.url) as client:
        await client.sees("Hands may be on: go back now.")
        await one_tap_back(client, url, "You lie down")
        await client.tap("STOP")  # there at once, in whatever phase
        await phones.partner.sees("No more pressure. Keep hold. Slowly back.")
    await phones.partner.page.go_back()
    assert await phones.partner.page.evaluate(IS_SAME_PAGE)
    await can_be_tapped(phones.partner, phones.partner.button("They're resting"))
    url = phones.partner.page.url
    partner = await in_a_new_tab(phones.partner, phones.contexts[1], phones.url)
    await partner.sees("Hands may be on: go back now.")
    await one_tap_back(partner, url, "You help")
    await partner.sees("No more pressure. Keep hold. Slowly back.")


async def test_what_is_kept_is_found_again_on_home(phones: Duo, launched: Browser) -> None:
    await to_the_end(phones)
    client = phones.client
    await client.page.goto(phones.url)
    await client.sees("Not kept yet")
    record = client.page.locator(".records a")
    await record.click()
    await client.tap("Keep")
    await client.sees("You find it again on this site's first page, in this browser.")
    async with reopened(launched, phones.contexts[0], phones.url) as later:
        await later.sees("Kept in this browser")
        await later.sees("you lay down")
        await can_be_tapped(later, later.page.locator(".records a"))
        await later.page.locator(".records a").click()
        await later.sees("Your session")
        await later.page.get_by_text("Delete now").click()
        await later.tap("Yes, delete all of it")
        await later.sees("Everything of this session is deleted.")
        await later.page.goto(phones.url)
        await expect(later.page.locator(".records")).to_have_count(0)


async def test_a_square_asks_before_it_takes_a_phone_out_of_its_session(
    phones: Duo, launched: Browser
) -> None:
    await phones.pair()
    third = Hand(await launched.new_page(viewport=PORTRAIT))  # type: ignore[arg-type]
    await third.page.goto(phones.url)
    await third.page.get_by_role("button", name="Start").click()
    square = await scanned(third.page)
    partner = phones.partner
    await partner.page.goto(square)
    await partner.sees("Leave it, and join the other one")
    await partner.sees("Go back to it")
    await partner.page.get_by_role("button", name="Leave it, and join the other one").click()
    await partner.sees("You help")
    await phones.client.sees("The partner ended it.")
    await third.page.close()
