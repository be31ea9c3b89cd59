"""Two people with two phones: what they tap and what they see, on a real server."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.duo import Duo, Hand, duo, scanned
from tests.support.serving import Served

pytestmark = pytest.mark.browser
ONE_STRETCH = "Straight-leg raise"


async def test_the_first_hold_takes_6_taps_of_the_client_and_4_of_the_partner(
    phones: Duo, capsys: pytest.CaptureFixture[str]
) -> None:
    await phones.to_holding()
    counts = len(phones.client.taps), len(phones.partner.taps)
    with capsys.disabled():
        print(f"\ntaps to the first hold: client {counts[0]}, partner {counts[1]}")
    asked = phones.client.taps.count("Yes, we are warm")  # only who leaves the warm-up early
    assert counts[0] - asked <= 6, phones.client.taps
    assert counts[1] <= 4, phones.partner.taps


async def test_ease_freezes_the_countdown_and_good_resumes_it(phones: Duo) -> None:
    await phones.to_holding()
    await phones.client.tap("Ease off")
    await phones.partner.sees("A little less")
    await phones.client.sees("on their screen")
    await phones.client.press("Good")
    await phones.partner.until_phase("holding")
    assert await phones.partner.phase() == "holding"


async def test_a_stop_is_shown_let_go_of_and_cleared(phones: Duo) -> None:
    await phones.to_holding(ONE_STRETCH)
    await phones.client.tap("STOP")
    await phones.partner.sees("No more pressure. Keep hold. Slowly back.")
    await phones.partner.sees("Foot slowly to the floor")
    await phones.client.sees("on their screen")
    await phones.partner.tap("They're resting")
    await phones.client.sees("Press and hold one for a second")
    await phones.client.page.wait_for_timeout(2_000)  # a stop is not cleared within 2 s
    await phones.client.press("Again", 1_300)
    await phones.client.until_phase("positioning")
    await phones.partner.until_phase("positioning")


async def test_the_partner_can_stop_too_and_clears_it(phones: Duo) -> None:
    await phones.to_holding()
    await phones.partner.tap("STOP")
    await phones.client.sees("Stopped")
    await phones.client.tap("It's off me")
    await phones.client.sees("Your partner stopped")
    await phones.partner.page.wait_for_timeout(2_000)
    await phones.partner.press("Enough for today", 1_300)
    await phones.client.until_phase("ended")


async def test_a_short_tap_on_good_is_no_good(phones: Duo) -> None:
    await phones.to_easing_in()
    await phones.client.page.wait_for_timeout(1_100)
    await phones.client.tap("Good")
    await phones.client.page.wait_for_timeout(700)
    assert await phones.partner.phase() == "easing_in"


async def test_any_key_is_stop_while_hands_are_on(phones: Duo) -> None:
    await phones.to_holding()  # GOOD has the focus of the finger that pressed it
    await phones.client.page.keyboard.press("Enter")
    await phones.partner.until_phase("stopped")
    down = phones.partner.button("They're resting")

    async def clicks() -> None:
        await down.focus()  # as after a touch: nobody's choice either
        await phones.partner.page.keyboard.press("PageDown")

    await phones.tell_they_are_down(tap=clicks)


async def test_a_long_touch_on_ease_off_is_one_ease(phones: Duo) -> None:
    await phones.to_holding()
    await phones.client.press("Ease off", 1_000)
    await phones.client.page.wait_for_timeout(500)
    assert await phones.partner.phase() == "eased"


async def test_a_reloaded_phone_keeps_its_seat_and_shows_the_truth(phones: Duo) -> None:
    await phones.to_holding()
    await phones.partner.page.reload()
    await phones.partner.sees("Knees to chest")
    assert await phones.partner.phase() in ("holding", "eased")
    await phones.client.tap("STOP")
    await phones.partner.until_phase("stopped")


async def test_a_partner_who_is_gone_eases_and_coming_back_restarts_nothing(
    phones: Duo,
) -> None:
    await phones.to_holding()
    room_page = phones.partner.page.url
    await phones.partner.page.goto("about:blank")
    await phones.client.until_phase("eased")
    await phones.partner.page.goto(room_page)
    await phones.partner.until_phase("eased")
    await expect(phones.client.page.locator("#room")).to_have_attribute("data-peer", "live")
    assert await phones.client.phase() == "eased"
    await phones.client.press("Good")
    await phones.partner.until_phase("holding")


async def test_a_third_phone_is_refused(phones: Duo, launched: Browser) -> None:
    await phones.pair()
    link = await scanned(phones.client.page)
    context = await launched.new_context()
    third = Hand(await context.new_page())
    await third.page.goto(link)
    await third.sees("This link is used up")
    await context.close()


async def test_the_seat_in_two_tabs_is_open_in_the_newer_only(phones: Duo) -> None:
    await phones.to_warm_up()
    newer = Hand(await phones.contexts[0].new_page())
    await newer.page.goto(phones.client.page.url)
    await newer.sees("Warm up")
    await phones.client.sees("This seat is open elsewhere")
    await newer.page.close()


async def test_a_typed_code_knocks_and_is_let_in(served: Served, launched: Browser) -> None:
    async with duo(served.url, launched) as both:
        await both.client.page.goto(both.url)
        await both.client.tap("Start")
        code = await both.client.page.locator(".invite .code").inner_text()
        await both.partner.page.goto(both.url)
        await both.partner.page.get_by_role("link", name="Join with a code").click()
        await both.partner.page.get_by_label("Code on the other phone").fill(code.lower())
        await both.partner.tap("Knock")
        await both.partner.sees("Knocking")
        words = await both.partner.page.locator(".two-words").inner_text()
        await both.client.sees(words)
        await both.client.page.wait_for_timeout(1_100)  # deaf for its first second
        await both.client.tap("Let them in")
        await both.partner.sees("You help")


async def test_try_it_alone_does_a_hold_in_one_window(served: Served, launched: Browser) -> None:
    page = await launched.new_page(viewport={"width": 1280, "height": 900})
    await page.goto(served.url)
    await page.get_by_role("link", name="Try it").click()
    await page.get_by_role("button", name="Show both phones").click()
    client, partner = (
        page.frame_locator(f'iframe[title="Phone of the one who {who}"]')
        for who in ("lies down", "helps")
    )
    await client.get_by_role("button", name="None of these").click()
    await partner.get_by_role("button", name="I'll go slowly").click()
    await client.get_by_role("button", name="STOP").locator("visible=true").click()
    await partner.get_by_role("button", name="They're resting").locator("visible=true").click()
    for phone in (client, partner):
        await phone.get_by_role("button", name="We are warm", exact=True).click()
    await client.get_by_role("button", name="Yes, we are warm").click()
    for phone in (partner, client):
        await phone.get_by_role("button", name="Ready").locator("visible=true").click()
    await expect(client.locator("#room")).to_have_attribute("data-phase", "easing_in")
    await page.wait_for_timeout(1_100)
    await _press(page, client.get_by_role("button", name="Good").locator("visible=true"))
    await expect(partner.locator("#room")).to_have_attribute("data-phase", "holding")
    await page.close()


async def _press(page: Page, button: object) -> None:
    await button.hover()  # type: ignore[attr-defined]
    await page.mouse.down()
    await page.wait_for_timeout(600)
    await page.mouse.up()


async def test_a_nervous_double_tap_on_stop_is_a_stop_and_nothing_else(phones: Duo) -> None:
    await phones.to_holding()
    stops = phones.client.page.get_by_role("button", name="STOP").locator("visible=true")
    box = await stops.last.bounding_box()
    assert box is not None
    for part in (0.3, 0.5, 0.7):
        y = box["y"] + box["height"] * part
        await phones.client.page.touchscreen.tap(box["x"] + box["width"] / 2, y)
    await phones.partner.until_phase("stopped")
    await phones.partner.sees("No more pressure")
    await phones.client.sees("It's off me")
