"""P3: as long as a wire carries anything, a STOP comes through it, and a hold is held."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest
from playwright.async_api import expect

from tests.faults.mat import Mat
from tests.support.proof import LONG, proof
from tests.support.proxy import Wire

pytestmark = [pytest.mark.browser, pytest.mark.prove]
WAYS = 3 * min(LONG, 10)
SHOWN_WITHIN_MS = 3_500


def ways(wired: Mat[Wire]) -> Iterator[tuple[Callable[[Wire], None], Wire]]:
    """Each fault, on the one wire and on the other, for ever."""
    faults = itertools.cycle((Wire.lose, Wire.dribble, Wire.slow))
    wires = itertools.cycle((wired.client, wired.partner))
    return zip(faults, wires, strict=False)


async def test_a_stop_comes_through_a_wire_that_is_slow_dribbles_or_loses_it(
    wired: Mat[Wire],
) -> None:
    with proof("P3", "STOP by a wire that is slow, dribbles or is reset over it") as p3:
        for fault, wire in itertools.islice(ways(wired), WAYS):
            fault(wire)
            await wired.phones.client.tap("STOP")
            await wired.phones.partner.until_phase("stopped", SHOWN_WITHIN_MS)
            await wired.phones.client.sees("On their screen", SHOWN_WITHIN_MS)
            p3.trial()
            wire.mend()
            await wired.is_live()
            await wired.go_again()


async def test_a_slow_wire_eases_nobody_for_nothing(wired: Mat[Wire]) -> None:
    """An alarm that comes for nothing is an alarm that is switched off."""
    wired.client.slow()
    wired.partner.dribble()
    await wired.phones.partner.page.wait_for_timeout(5_000)
    for hand in (wired.phones.client, wired.phones.partner):
        assert await hand.phase() == "holding"
        await expect(hand.page.locator("#room")).to_have_attribute("data-lost", "no")
