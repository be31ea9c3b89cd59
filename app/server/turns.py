"""Whose handshake goes first when many phones come back at once: those with hands on.

After a restart all phones ask within a second or two, and to answer them all takes several seconds.
In each turn of the event loop only a few handshakes begin, so that phones that are back are heard.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

EACH_TURN = 4
OTHERS_EACH_TURN = 1  # of the four, at least: whoever says that hands are on can't keep others out


class Turns:
    """The handshakes that wait; `begin` of each is called once, in a later turn of the loop."""

    def __init__(self) -> None:
        self._first: deque[Callable[[], None]] = deque()
        self._others: deque[Callable[[], None]] = deque()
        self._is_due = False

    def join(self, begin: Callable[[], None], *, is_hands_on: bool) -> None:
        """Wait with the hands-on ones, or with the others."""
        (self._first if is_hands_on else self._others).append(begin)
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._take)

    def _take(self) -> None:
        loop = asyncio.get_running_loop()
        others = min(len(self._others), max(OTHERS_EACH_TURN, EACH_TURN - len(self._first)))
        for queue, count in ((self._first, EACH_TURN - others), (self._others, others)):
            for _ in range(min(count, len(queue))):
                loop.call_soon(queue.popleft())  # each by itself: an error ends one, not the rest
        self._is_due = bool(self._first or self._others)
        if self._is_due:
            loop.call_soon(self._take)
