"""docs/way-of-a-stop.md tells the truth of the phones too: its functions run at a STOP."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.browser.duo import Duo, Hand
from tests.support.way import is_in_order, steps

pytestmark = pytest.mark.browser
FOLDER = re.compile(r".*/static/[^/]+/")
# The scripts between a finger and the wire, as the browser itself has them on its stack.
NOTE_STACKS = """
  Error.stackTraceLimit = 60;
  globalThis.sent = {};
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (text) {
    sent[JSON.parse(text).type] ??= new Error().stack;
    return send.call(this, text);
  };
"""


class Called:
    """What functions of the page's scripts are called."""

    def __init__(self, session: Any) -> None:
        self._session = session

    @classmethod
    async def of(cls, hand: Hand) -> Called:
        session = await hand.page.context.new_cdp_session(hand.page)
        await session.send("Profiler.enable")
        await session.send("Profiler.startPreciseCoverage", {"callCount": True, "detailed": False})
        return cls(session)

    async def take(self) -> set[tuple[str, str]]:
        """List the functions that were called since the last look."""
        looked = await self._session.send("Profiler.takePreciseCoverage")
        return {
            (FOLDER.sub("static/", script["url"]), function["functionName"])
            for script in looked["result"]
            for function in script["functions"]
            if function["ranges"][0]["count"]
        }


def on_stack(stack: str) -> list[str]:
    """List the scripts on a stack, the outermost first."""
    files = [FOLDER.sub("static/", url) for url in re.findall(r"(http\S+?\.js)", stack)]
    return list(dict.fromkeys(reversed(files)))


async def test_each_phones_part_of_the_walk_is_what_its_scripts_do(phones: Duo) -> None:
    await phones.without_direct_line()
    for context in phones.contexts:
        await context.add_init_script(NOTE_STACKS)
    await phones.to_holding()
    client, partner = [await Called.of(hand) for hand in (phones.client, phones.partner)]
    await phones.client.tap("STOP")
    await phones.client.sees("on their screen")
    for called, part in ((client, "The client's phone"), (partner, "The partner's phone")):
        ran = await called.take()
        assert set(steps(part)) <= ran, f"{part}: {set(steps(part)) - ran}"
    stack = on_stack(await phones.client.page.evaluate("sent.stop"))
    walk = [file for file, _ in steps("The client's phone")]
    assert stack[0] == walk[0], "a finger comes in somewhere else"
    assert is_in_order([file for file in walk if file in stack], stack), stack
    seen = on_stack(await phones.partner.page.evaluate("sent.seen"))
    assert seen[-1] in (steps("The partner's phone")[-1][0], "static/js/browser.js"), seen
