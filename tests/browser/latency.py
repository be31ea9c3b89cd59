"""Finger on one page to painted on the other, by the pages' own clocks (one machine, one clock)."""

from __future__ import annotations

import statistics

from tests.browser.duo import Duo

NOTE_TAP = """() => addEventListener("pointerdown", (event) => {
  window.tapped_at = performance.timeOrigin + event.timeStamp;
}, true)"""
NOTE_PAINT = """() => {
  const told = document.querySelector('.stopped [data-show="let_go:!yes"]');
  new MutationObserver(() => {
    if (!told.closest("[hidden]")) requestAnimationFrame(() => setTimeout(() => {
      window.painted_at ??= performance.timeOrigin + performance.now();
    }));
  }).observe(document.querySelector("#room"), { subtree: true, attributeFilter: ["hidden"] });
}"""
PAINTED = """() => new Promise((done) => {
  const look = () => (window.painted_at ? done(window.painted_at) : setTimeout(look, 5));
  look();
})"""


async def finger_to_paint_ms(phones: Duo, trials: int) -> list[float]:
    """Stop again and again (each takes They're resting back) and give the times, ms."""
    await phones.client.page.evaluate(NOTE_TAP)
    await phones.partner.page.evaluate(NOTE_PAINT)
    times = []
    for _ in range(trials):
        await phones.partner.page.evaluate("window.painted_at = undefined")
        await phones.client.tap("STOP")
        painted = await phones.partner.page.evaluate(PAINTED)
        times.append(painted - await phones.client.page.evaluate("window.tapped_at"))
        await phones.partner.tap("They're resting")
        await phones.client.sees("Press and hold one for a second")
        await phones.client.page.wait_for_timeout(800)  # a tap within 700 ms is the same tap
    return times


def p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]
