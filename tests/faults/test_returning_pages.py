"""P4: a page that comes back, its socket dead though it looks open, shows the truth at once."""

from __future__ import annotations

import pytest

from tests.browser.duo import Duo

pytestmark = pytest.mark.browser
TRUE_WITHIN_MS = 1_000
# Sockets that a phone's system has cut without a word, and clocks that the test moves.
BREAKS = """(() => {
  const sockets = [], real_now = performance.now.bind(performance), real_date = Date.now.bind(Date);
  let ran = 0, slept = 0, is_frozen = false;
  // A page that is frozen ticks no more; this one goes on, and would say at once that it is seen.
  const seen = () => (is_frozen ? "hidden" : "visible");
  Object.defineProperty(document, "visibilityState", { get: seen });
  globalThis.freeze = () => {
    is_frozen = true;
    document.dispatchEvent(new Event("freeze"));
  };
  globalThis.WebSocket = class extends WebSocket {
    constructor(...given) { super(...given); sockets.push(this); }
  };
  globalThis.cut = () => sockets.forEach((one) => { one.onmessage = null; one.send = () => {}; });
  performance.now = () => real_now() + ran;
  Date.now = () => real_date() + ran + slept;
  globalThis.come_back = {
    "from the cache": () => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })),
    "thawed": () => {
      is_frozen = false;
      document.dispatchEvent(new Event("resume"));
    },
    "asleep, its clock with it": () => { slept += 3_600_000; },
    "asleep, its clock running": () => { ran += 3_600_000; },
  };
})();"""
BACK = "(how) => come_back[how]()"


async def test_a_page_that_comes_back_shows_the_truth_within_a_second(phones: Duo) -> None:
    client, partner = phones.client, phones.partner
    await phones.without_direct_line()
    await phones.contexts[0].add_init_script(BREAKS)
    await phones.to_positioning()
    await client.page.evaluate("freeze()")
    await partner.sees("The other phone's screen is off", TRUE_WITHIN_MS)
    await client.page.evaluate("cut()")
    await partner.tap("Pause")
    await partner.until_phase("paused")
    await client.page.evaluate(BACK, "thawed")
    await client.until_phase("paused", TRUE_WITHIN_MS)

    await client.page.evaluate("cut()")
    await partner.tap("STOP")
    await partner.until_phase("stopped")
    await client.page.evaluate(BACK, "asleep, its clock with it")
    await client.until_phase("stopped", TRUE_WITHIN_MS)

    await client.page.evaluate("cut()")
    await partner.page.wait_for_timeout(500)  # so soon, it would be the second of a double tap
    await phones.tell_they_are_down(raiser=partner)
    await client.page.evaluate(BACK, "from the cache")
    await client.sees("Your partner stopped", TRUE_WITHIN_MS)

    await client.page.evaluate("cut()")
    await partner.page.wait_for_timeout(1_500)  # a stop is not cleared within 2 s
    await partner.press("Enough for today", 1_300)
    await partner.until_phase("ended")
    await client.page.evaluate(BACK, "asleep, its clock running")
    await client.until_phase("ended", TRUE_WITHIN_MS)
