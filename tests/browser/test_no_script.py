"""Without JavaScript every page but the live room works, and the room says what it needs."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from tests.browser.duo import PORTRAIT, Duo, Hand
from tests.support.serving import Served

pytestmark = pytest.mark.browser


@pytest.fixture
async def plain(launched: Browser) -> AsyncIterator[Hand]:
    """A phone whose browser runs no script."""
    context = await launched.new_context(
        viewport=PORTRAIT,  # type: ignore[arg-type]
        has_touch=True,
        java_script_enabled=False,
    )
    yield Hand(await context.new_page())
    await context.close()


async def click(hand: Hand, label: str) -> None:
    await hand.page.get_by_role("button", name=label).click()


async def says_what_it_needs(hand: Hand) -> None:
    """What stands in a noscript is looked for by its tag: the tool reads no text there."""
    said = hand.page.locator("noscript p")
    await expect(said).to_be_visible()
    await expect(said).to_contain_text("needs JavaScript")


async def test_the_choice_of_stretches_tells_its_time_and_starts(
    served: Served, plain: Hand
) -> None:
    await plain.page.goto(served.url)
    await plain.page.get_by_label("I help").check()
    await plain.page.get_by_label("Routine").select_option("lower_back")
    await plain.page.get_by_role("button", name="Choose stretches").click()
    assert await plain.page.get_by_label("I help").is_checked()
    await plain.page.get_by_label("Figure four").uncheck()
    await plain.page.get_by_label("Knees to the side").uncheck()
    before = await plain.page.locator("#total").inner_text()
    await click(plain, "Work out the time")
    after = await plain.page.locator("#total").inner_text()
    assert before != after and "minutes" in after
    assert not await plain.page.get_by_label("Figure four").is_checked()
    await click(plain, "Start")
    await says_what_it_needs(plain)
    await asks_before_another(served, plain)


async def asks_before_another(served: Served, plain: Hand) -> None:
    """What is gone on with, or left, without a script."""
    room = plain.page.url
    await plain.page.goto(served.url)
    await click(plain, "Start")
    await plain.sees("You are in a session")
    await plain.page.get_by_role("link", name="Go back to it").click()
    assert plain.page.url == room
    await plain.page.goto(served.url)
    await click(plain, "Start")
    await click(plain, "Leave it, and start anew")
    await says_what_it_needs(plain)
    assert plain.page.url != room


async def test_numbers_out_of_bounds_are_told_and_nothing_is_lost(
    served: Served, plain: Hand
) -> None:
    await plain.page.goto(served.url + "/start")
    await plain.page.get_by_label("Seconds").first.fill("90")
    await click(plain, "Work out the time")
    await plain.sees("Seconds go from 10 to 60")
    assert await plain.page.get_by_label("Seconds").first.input_value() == "90"


async def test_a_code_knocks_and_the_page_asks_again_by_itself(
    served: Served, plain: Hand, phones: Duo
) -> None:
    await phones.client.page.goto(served.url)
    await phones.client.tap("Start")
    code = await phones.client.page.locator(".invite .code").inner_text()
    await plain.page.goto(served.url)
    await plain.page.get_by_role("link", name="Join with a code").click()
    await plain.page.get_by_label("Code on the other phone").fill("000 000")
    await click(plain, "Knock")
    await plain.sees("No room has this code")
    await plain.page.get_by_label("Code on the other phone").fill(code)
    await click(plain, "Knock")
    await plain.sees("Knocking")
    await phones.client.sees("Someone knocks")
    await phones.client.page.wait_for_timeout(1_100)  # deaf for its first second
    await phones.client.tap("Let them in")
    await says_what_it_needs(plain)


async def test_a_picture_fills_the_screen_at_a_tap_and_can_be_held_still(
    served: Served, plain: Hand
) -> None:
    page = plain.page
    await page.goto(served.url + "/stretches/hamstring_raise")
    first = page.locator("#large-left")
    loop, still = first.locator(".loop svg"), first.locator(".two svg")
    small = await loop.bounding_box()
    assert small and small["width"] > PORTRAIT["width"] - 60  # as wide as the page
    await expect(still.first).to_be_hidden()
    await page.get_by_role("link", name="Enlarge: Left leg").click()
    box, large = await first.bounding_box(), await loop.bounding_box()
    assert box and (box["width"], box["height"]) == (PORTRAIT["width"], PORTRAIT["height"])
    assert large and large["width"] * large["height"] > 2 * small["width"] * small["height"]
    await first.get_by_role("link", name="Close").click()
    assert await loop.bounding_box() != large
    await page.get_by_label("Hold the pictures still").check()
    await expect(loop).to_be_hidden()
    assert await still.count() == 2
    await expect(still.last).to_be_visible()


async def test_whoever_wants_less_motion_has_two_pictures(served: Served, plain: Hand) -> None:
    await plain.page.emulate_media(reduced_motion="reduce")
    await plain.page.goto(served.url + "/learn/warm-up")
    await expect(plain.page.locator(".loop svg").first).to_be_hidden()
    await expect(plain.page.locator(".two svg").first).to_be_visible()
    await expect(plain.page.get_by_label("Hold the pictures still")).to_be_hidden()


async def test_every_leaflet_can_be_read_and_walked(served: Served, plain: Hand) -> None:
    await plain.page.goto(served.url)
    for link, words in (
        ("The stretches", "Knees to the side"),
        ("Knees to the side", "The way back"),
        ("Start with this stretch", "Choose stretches and times"),
    ):
        await plain.page.get_by_role("link", name=link).first.click()
        await plain.sees(words)
    await plain.page.get_by_role("link", name="Help").click()
    await plain.sees("Get emergency help now")
