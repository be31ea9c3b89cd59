"""P26: a session left by accident is back in one tap; nothing that ends or leaves it is a slip."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.browser.duo import LANDSCAPE, PORTRAIT, Duo, Hand, scanned
from tests.support.serving import Served

pytestmark = pytest.mark.browser
SMALL = {"width": 320, "height": 568}
LAPTOP = {"width": 1280, "height": 800}
SHAPES = (PORTRAIT, LANDSCAPE, SMALL)
# What a finger meets at the middle of an element, and whether that is the element.
MET = """(element) => {
  const { x, y, width, height } = element.getBoundingClientRect();
  const met = document.elementFromPoint(x + width / 2, y + height / 2);
  return element.contains(met) ? "" : met?.outerHTML.slice(0, 120) ?? "nothing";
}"""
SAME_PAGE = "() => (globalThis.is_same = true)"
IS_SAME_PAGE = "() => globalThis.is_same === true"


async def can_be_tapped(hand: Hand, *buttons: Any, shapes: Any = (PORTRAIT,)) -> None:
    """A finger at the middle of each meets it, in these shapes."""
    for shape in shapes:
        if hand.page.viewport_size != shape:
            await hand.page.set_viewport_size(shape)
        for button in buttons:
            await button.scroll_into_view_if_needed()
            assert await button.evaluate(MET) == "", (shape, await button.inner_text())
    if len(shapes) > 1:
        await hand.page.set_viewport_size(PORTRAIT)  # type: ignore[arg-type]


def link(hand: Hand, name: str) -> Any:
    return hand.page.get_by_role("link", name=name, exact=True)


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
        await phones.partner.sees("Push off now. Bring them down slowly.")
    await phones.partner.page.go_back()
    assert await phones.partner.page.evaluate(IS_SAME_PAGE)
    await can_be_tapped(phones.partner, phones.partner.button("They're down"))
    url = phones.partner.page.url
    partner = await in_a_new_tab(phones.partner, phones.contexts[1], phones.url)
    await partner.sees("Hands may be on: go back now.")
    await one_tap_back(partner, url, "You help")
    await partner.sees("Push off now. Bring them down slowly.")


async def asks_before_the_end(hand: Hand, shapes: Any = (PORTRAIT,)) -> None:
    """The first tap and a second in its place end nothing; the question can be answered."""
    phase = await hand.phase()
    end = hand.button("End")
    await end.scroll_into_view_if_needed()
    box = await end.bounding_box()
    assert box is not None
    at = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await hand.page.touchscreen.tap(*at)
    await hand.sees("End this session?")
    yes, stay = hand.button("Yes, end it"), hand.button("Go on with it")
    await expect(yes).to_be_enabled()
    met = await hand.page.evaluate("([x, y]) => document.elementFromPoint(x, y)?.textContent", at)
    assert "Yes, end it" not in (met or ""), "the second tap would be in the same place"
    stops = hand.page.get_by_role("button", name="STOP").locator("visible=true")
    for shape in shapes:
        await can_be_tapped(hand, yes, stay, shapes=(shape,))
        met = [await stop.evaluate(MET) for stop in await stops.all()]
        assert not met or "" in met, (phase, shape, "no STOP is free")
    if len(shapes) > 1:
        await hand.page.set_viewport_size(PORTRAIT)  # type: ignore[arg-type]
    await hand.tap("Go on with it")
    await expect(hand.page.get_by_text("End this session?")).to_be_hidden()
    assert await hand.phase() == phase


async def test_end_asks_in_every_phase_and_seat_where_it_stands(phones: Duo) -> None:
    client, partner = phones.client, phones.partner
    both = (client, partner)
    await phones.pair()
    for hand in both:
        await asks_before_the_end(hand)
    await client.tap("None of these")
    await partner.tap("I'll go slowly")
    await client.sees("Try the stop signal")
    for hand in both:
        await asks_before_the_end(hand)
    await client.tap("STOP")
    await partner.tap("They're down")
    for hand in both:
        await hand.tap("We are warm")
    await client.until_phase("positioning")
    for hand in both:
        await asks_before_the_end(hand, SHAPES)
    await client.tap("Pause")
    for hand in both:
        await hand.until_phase("paused")
        await asks_before_the_end(hand)
    for hand in both:
        await hand.tap("Ready")
    await client.until_phase("positioning")
    await a_question_goes_when_hands_come_on(phones)
    await asks_before_the_end(partner)  # the client's own is a press of a second
    await partner.end()
    for hand in both:
        await hand.until_phase("ended")
    await client.sees("The partner ended it.")


async def a_question_goes_when_hands_come_on(phones: Duo) -> None:
    """And it does not come back by itself, when they are off."""
    client, partner = phones.client, phones.partner
    asked = partner.page.get_by_text("End this session?")
    await partner.tap("End")
    await expect(asked).to_be_visible()
    await partner.tap("Ready")
    await client.tap("Ready")
    await partner.until_phase("easing_in")
    await expect(asked).to_be_hidden()
    await client.tap("STOP")
    await partner.tap("They're down")
    await client.sees("Press and hold one")
    await expect(asked).to_be_hidden()


async def to_the_end(phones: Duo) -> None:
    await phones.to_positioning()
    await phones.client.end()
    for hand in (phones.client, phones.partner):
        await hand.until_phase("ended")


async def test_delete_asks_and_the_other_phone_reads_what_happened(phones: Duo) -> None:
    await to_the_end(phones)
    client, partner = phones.client, phones.partner
    await link(client, "See how it went").click()
    delete = client.page.get_by_text("Delete now")
    await delete.click()
    yes = client.button("Yes, delete all of it")
    await can_be_tapped(client, yes)
    box, first = await yes.bounding_box(), await delete.bounding_box()
    assert box and first and box["y"] > first["y"] + first["height"]
    await expect(partner.page.get_by_text("This session was deleted")).to_be_hidden()
    await client.tap("Yes, delete all of it")
    await client.sees("Everything of this session is deleted.")
    await partner.sees("This session was deleted")
    await partner.sees("It was deleted on the other phone.")
    only = link(partner, "Start a new room").locator("visible=true")
    await can_be_tapped(partner, only, shapes=SHAPES)


async def test_the_only_button_of_a_room_that_is_gone_or_moved_can_be_tapped(
    phones: Duo,
) -> None:
    partner, sockets = phones.partner, []

    async def note(socket: Any) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    await partner.page.route_web_socket(re.compile("/live"), note)
    await phones.pair()
    twin = Hand(await phones.contexts[1].new_page())
    await twin.page.goto(partner.page.url)
    await partner.sees("This seat is open elsewhere")
    await can_be_tapped(partner, partner.button("Take it back here"))
    await twin.page.close()
    await partner.tap("Take it back here")
    await partner.until_phase("lobby")
    await sockets[-1].close(code=4404)  # as of a room that is over: nothing says who deleted it
    await partner.sees("This room is gone")
    await expect(partner.page.get_by_text("This session was deleted")).to_be_hidden()
    only = link(partner, "Start a new room").locator("visible=true")
    await can_be_tapped(partner, only, shapes=SHAPES)


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


async def test_the_laptops_squares_follow_the_routine_and_home_put_by_looks_again(
    served: Served, launched: Browser
) -> None:
    page = await launched.new_page(viewport=LAPTOP)  # type: ignore[arg-type]
    laptop = Hand(page)
    await page.goto(served.url)
    await laptop.sees("Scan one each")
    code = await page.locator(".code").first.inner_text()
    async with page.expect_response("**/host") as answered:
        await page.get_by_label("Routine").select_option("hips")
    assert (await answered.value).status == 200
    assert await page.locator(".code").first.inner_text() == code
    phone = await launched.new_page(viewport=PORTRAIT)  # type: ignore[arg-type]
    await phone.goto(await squares(page))
    await expect(phone.locator("#about")).to_contain_text("Hips")
    await page.wait_for_url("**/host")  # it follows
    await page.goto(served.url)
    await laptop.sees("This screen looks on")
    await expect(page.get_by_text("Scan one each")).to_have_count(0)
    await page.get_by_role("button", name="Show both squares").click()
    await laptop.sees("Leave it, and start anew")
    assert laptop.errors == []
    await phone.close()
    await page.close()


async def squares(page: Page) -> str:
    square = page.locator("[data-link-of-square]").first
    return str(await square.get_attribute("data-link-of-square"))


async def test_what_was_chosen_comes_along_and_after_back_the_total_is_right(
    served: Served, launched: Browser
) -> None:
    page = await launched.new_page(viewport=PORTRAIT)  # type: ignore[arg-type]
    hand = Hand(page)
    await page.goto(served.url)
    await page.get_by_label("I help").check()
    await page.get_by_label("Routine").select_option("hips")
    await page.get_by_role("button", name="Choose stretches").click()
    await expect(page.get_by_label("I help")).to_be_checked()
    total = page.locator("#total")
    before = await total.inner_text()
    async with page.expect_response("**/start/total"):
        await page.get_by_label("Figure four").uncheck()
    await expect(total).not_to_have_text(before)
    await page.get_by_role("link", name="Help").click()
    await hand.sees("Get emergency help for")
    await page.go_back()
    is_off = not await page.get_by_label("Figure four").is_checked()
    shorter = re.compile(r"About \d+ minutes")
    await expect(total).to_have_text(shorter)
    if is_off:  # the browser has put it in again: then it is worked out anew
        await expect(total).not_to_have_text(before)
    else:
        await expect(total).to_have_text(before)
    assert hand.errors == []
    await page.close()
