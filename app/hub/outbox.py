"""What waits for one phone: alerts are never dropped, of states only the newest waits.

Each open socket has an outbox, and is woken for whatever comes. Nothing here waits for a phone.
"""

from __future__ import annotations

from collections.abc import Callable

from app.protocol.constants import CLOSE_SLOW
from app.protocol.to_phone import AlertTold, BeatAnswer, Bye, DirectLineTold, Message, StateTold

MAX_REPLIES = 128
MAX_BEATS = 16
MAX_DIRECT_LINE = 12  # up to 2 KiB each; the direct line is best effort, so the oldest may go


class Outbox:
    """The messages on their way to one phone. `render` makes the state when its turn comes."""

    __slots__ = (
        "_alerts", "_beats", "_bye", "_direct_line", "_has_news", "_render", "_replies",
        "close_code", "wake",
    )  # fmt: skip

    def __init__(self, render: Callable[[], StateTold]) -> None:
        self._render = render
        self._alerts: dict[str, AlertTold] = {}
        self._has_news = False
        # Lists: they take no memory while they are empty, and seldom hold two.
        self._replies: list[Message] = []
        self._beats: list[BeatAnswer] = []
        self._direct_line: list[DirectLineTold] = []
        self._bye: Bye | None = None
        self.wake: Callable[[], None] = nobody
        self.close_code: int | None = None

    def put_alert(self, alert: AlertTold) -> None:
        """Queue an alert; one copy of it waits at most."""
        self._alerts[alert.alert] = alert
        self.wake()

    def drop_alert(self, alert: str) -> None:
        """Take back an alert that has become moot."""
        self._alerts.pop(alert, None)

    def put_state(self) -> None:
        """Note that there is news; the state is made when it is sent."""
        self._has_news = True
        self.wake()

    def reply(self, message: Message) -> None:
        """Queue an answer; too many unsent ones mean that this phone does not read."""
        self._replies.append(message)
        if len(self._replies) > MAX_REPLIES:
            self.close("slow", CLOSE_SLOW)
        self.wake()

    def pass_on(self, words: DirectLineTold) -> None:
        """Queue what the other page says to lay the direct line; too many push the oldest out."""
        self._direct_line.append(words)
        del self._direct_line[:-MAX_DIRECT_LINE]
        self.wake()

    def answer_beat(self, answer: BeatAnswer) -> None:
        """Queue the answer to a beat; too many unsent ones mean that this phone does not read."""
        self._beats.append(answer)
        if len(self._beats) > MAX_BEATS:
            self.close("slow", CLOSE_SLOW)
        self.wake()

    def close(self, reason: str, code: int) -> None:
        """End with goodbye; whatever else waits is dropped. The first reason stays."""
        if self.close_code is None:
            self.close_code = code
            self._bye = Bye(reason=reason)  # type: ignore[arg-type]
            self.wake()

    @property
    def is_closing(self) -> bool:
        """Whether this phone is being sent away."""
        return self.close_code is not None

    def take(self) -> Message | None:
        """Return the next message to send, the most urgent first, or None if nothing waits."""
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
            return self._replies.pop(0)
        if self._beats:
            return self._beats.pop(0)
        return self._direct_line.pop(0) if self._direct_line else None

    @property
    def has_alerts(self) -> bool:
        """Whether an alert waits."""
        return bool(self._alerts) and not self.is_closing

    @property
    def is_over(self) -> bool:
        """Whether goodbye was said and the socket can be closed."""
        return self.is_closing and self._bye is None

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        if self.is_closing:
            return self._bye is None
        waiting = (
            self._alerts or self._has_news or self._replies or self._beats or self._direct_line
        )
        return not waiting


def nobody() -> None:
    """Wake nobody: there is no socket yet, or none any more."""
