"""What waits for one phone: alerts are never dropped, of states only the newest waits.

One outbox per open socket. Nobody but the socket's own writer waits here.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from app.screen.messages import AlertTold, BeatAnswer, Bye, Message, SignalTold, StateTold

MAX_REPLIES = 128
MAX_BEATS = 16
MAX_SIGNALS = 12  # of up to 2 KiB each; the line is best effort, so the oldest may go


class Outbox:
    """The messages on their way to one phone. `render` gives the state when its turn comes."""

    def __init__(self, render: Callable[[], StateTold]) -> None:
        self._render = render
        self._alerts: dict[str, AlertTold] = {}
        self._has_news = False
        self._replies: deque[Message] = deque()
        self._beats: deque[BeatAnswer] = deque()
        self._signals: deque[SignalTold] = deque(maxlen=MAX_SIGNALS)
        self._bye: Bye | None = None
        self._waker = asyncio.Event()
        self.close_code: int | None = None
        self.sending_since_ms: int | None = None

    def put_alert(self, alert: AlertTold) -> None:
        """Queue an alert; one copy of it waits at most."""
        self._alerts[alert.alert] = alert
        self._waker.set()

    def drop_alert(self, alert: str) -> None:
        """Take back an alert that has become moot."""
        self._alerts.pop(alert, None)

    def put_state(self) -> None:
        """Say that there is news; the state is made when it is sent."""
        self._has_news = True
        self._waker.set()

    def reply(self, message: Message) -> None:
        """Queue an answer; too many unsent ones mean that this phone does not read."""
        self._replies.append(message)
        if len(self._replies) > MAX_REPLIES:
            self.close("slow", 1013)
        self._waker.set()

    def pass_on(self, signal: SignalTold) -> None:
        """Queue what the other page says to lay the direct line; too many push the oldest out."""
        self._signals.append(signal)
        self._waker.set()

    def answer_beat(self, answer: BeatAnswer) -> None:
        """Queue the answer to a beat; too many unsent ones mean that this phone does not read."""
        self._beats.append(answer)
        if len(self._beats) > MAX_BEATS:
            self.close("slow", 1013)
        self._waker.set()

    def close(self, reason: str, code: int) -> None:
        """Say goodbye; whatever else waits is dropped. The first reason stays."""
        if self.close_code is None:
            self.close_code = code
            self._bye = Bye(reason=reason)  # type: ignore[arg-type]
            self._waker.set()

    @property
    def is_closing(self) -> bool:
        """Whether this phone is being sent away."""
        return self.close_code is not None

    def take(self) -> Message | None:
        """Give the next message to send, the most urgent first, or None where nothing waits."""
        if self._bye is not None:
            bye, self._bye = self._bye, None
            return bye
        if self.is_closing:
            return None
        if self._alerts:
            return self._alerts.pop(next(iter(self._alerts)))
        if self._has_news:
            self._has_news = False
            return self._render()
        if self._replies:
            return self._replies.popleft()
        if self._beats:
            return self._beats.popleft()
        return self._signals.popleft() if self._signals else None

    async def wait(self) -> None:
        """Sleep until something waits."""
        await self._waker.wait()
        self._waker.clear()
