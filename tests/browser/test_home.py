"""What is chosen on home comes along: to the squares, and to the choice of stretches."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.duo import PORTRAIT, Hand
from tests.support.serving import Served

pytestmark = pytest.mark.browser
LAPTOP = {"width": 1280, "height": 800}


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
    await looks_again_when_it_was_put_by(page)
    await page.get_by_role("button", name="Show both squares").click()
    await laptop.sees("Leave it, and start anew")
    assert laptop.errors == []
    await phone.close()
    await page.close()


async def looks_again_when_it_was_put_by(page: Page) -> None:
    """A page out of the browser's cache shows what was; it is asked for anew."""
    await page.evaluate("globalThis.is_old = true")
    async with page.expect_navigation():
        shown = "new PageTransitionEvent('pageshow', { persisted: true })"
        await page.evaluate(f"setTimeout(() => dispatchEvent({shown}))")
    assert not await page.evaluate("globalThis.is_old")


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
    await hand.sees("Get emergency help now")
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
