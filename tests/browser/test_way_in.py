"""The way into a room: shown, shared, copied, and there again when a phone does not come back."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from app.core.model import Phase
from tests.browser.duo import PORTRAIT, SOON_MS, Hand, scanned
from tests.support.seeded import laid
from tests.support.serving import Served

pytestmark = pytest.mark.browser
STUBS = {
    "there": "share = async ({ url }) => { shared = url; }; write = async (x) => { copied = x; };",
    "refused": "share = async () => { throw new Error(); }; write = share;",
    "throwing": "share = () => { throw new Error(); }; write = share;",
    "nothing given back": "share = () => {}; write = share;",
    "hanging": "share = () => new Promise(() => {}); write = share;",
}


def stubbed(how: str) -> str:
    return f"""globalThis.shared = globalThis.copied = "";
let share, write;
{STUBS.get(how, "")}
Object.defineProperty(navigator, "share", {{ value: share }});
Object.defineProperty(navigator, "clipboard", {{ value: write && {{ writeText: write }} }});"""


@pytest.mark.parametrize("how", [*STUBS, "missing"])
async def test_a_link_is_handed_on_where_the_browser_can_and_nothing_breaks_where_not(
    served: Served, launched: Browser, how: str
) -> None:
    context = await launched.new_context(
        viewport=PORTRAIT,  # type: ignore[arg-type]
        has_touch=True,
    )
    await context.add_init_script(stubbed(how))
    client = Hand(await context.new_page())
    await client.page.goto(served.url)
    await client.tap("Start")
    await client.until_phase("lobby")
    link = await scanned(client.page)
    if how == "missing":
        await expect(client.page.get_by_text("Share")).to_be_hidden()
        await expect(client.page.get_by_text("Copy the link")).to_be_hidden()
    else:
        await client.tap("Share")
        await client.tap("Copy the link")
    said = client.page.get_by_text("Copied", exact=True)
    if how == "there":
        await expect(said).to_be_visible()
        assert await client.page.evaluate("[shared, copied]") == [link, link]
        await expect(said).to_be_hidden(timeout=SOON_MS)
    else:
        await client.page.wait_for_timeout(200)
        await expect(said).to_be_hidden()
    assert client.errors == []
    await context.close()


async def reads(hand: Hand, line: str) -> None:
    shown = hand.page.locator(".other-phone").first
    await expect(shown).to_have_text(line, use_inner_text=True, timeout=SOON_MS)


async def test_invite_in_the_lobby_leads_a_new_phone_to_the_seat_of_one_that_went(
    laying: Served, launched: Browser
) -> None:
    made = laid(laying.url, Phase.LOBBY)
    contexts = [
        await launched.new_context(viewport=PORTRAIT, has_touch=True)  # type: ignore[arg-type]
        for _ in range(3)
    ]
    for context, role in zip(contexts, ("client", "partner"), strict=False):
        await context.add_cookies(made.cookies(laying.url, role))
    client, old, new = [Hand(await context.new_page()) for context in contexts]
    await client.page.goto(made.page(laying.url, "client"))
    await old.page.goto(made.page(laying.url, "partner"))
    await reads(client, "The other phone: here")
    await expect(client.button("Invite a new phone")).to_have_count(0)
    await old.page.goto("about:blank")
    await reads(client, "The other phone: silent")
    await client.tap("Invite a new phone")
    await client.sees("For the new phone")
    await client.sees(laying.url.removeprefix("http://"))
    await new.page.goto(await scanned(client.page))
    await new.sees("You help")
    await reads(client, "The other phone: here")
    await expect(client.page.get_by_text("For the new phone")).to_be_hidden()
    await old.page.goto(made.page(laying.url, "partner"))
    await old.sees("tap Invite a new phone")
    assert client.errors + new.errors == []
    for context in contexts:
        await context.close()
