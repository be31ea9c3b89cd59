"""End and Delete ask once more, in another place; whoever is left reads what happened."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.duo import PORTRAIT, Duo, Hand
from tests.browser.finger import MET, SHAPES, can_be_tapped, link

pytestmark = pytest.mark.browser


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
    await partner.tap("They're resting")
    for hand in both:
        await hand.is_warm()
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
    await partner.tap("They're resting")
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
    await expect(partner.page.locator("#room")).to_have_attribute("data-link", "live")
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
