"""What is due in one room, and when: deadlines of the rules, leases, alerts, news, retries.

Deadlines of the rules come from the core, as data; those of leases and alerts are the hub's.
"""

from __future__ import annotations

from typing import Protocol

from app.core import commands as c
from app.core.model import RoomState
from app.core.timing import next_change_of_may, next_deadline
from app.hub.alerts import Alerts
from app.hub.line import Line
from app.hub.listeners import Listeners
from app.hub.presence import Presence

RETRY_MS = 250


class Around(Protocol):
    """What the deadlines need of the room around them."""

    line: Line
    alerts: Alerts
    presence: Presence
    listeners: Listeners
    is_behind: bool

    @property
    def state(self) -> RoomState:
        """The newest committed state."""

    def tick(self) -> None:
        """Let the rules act on the time."""

    def work(self) -> None:
        """Go on with what waits."""


class Deadlines:
    """When one room must act by itself. `told_ms` is when it last told its phones the state."""

    def __init__(self, room: Around, told_ms: int) -> None:
        self._room = room
        # Phones know what had become legal by then through time alone. This is kept so that a
        # timer that is reset in the very millisecond in which it is due skips nothing.
        self._told_ms = told_ms
        self._not_before_ms = 0
        self._is_ticking = False

    def retry_later(self, now_ms: int) -> None:
        """Try again soon, but not at once: the disk did not take it."""
        self._not_before_ms = now_ms + RETRY_MS

    def answered(self, command: c.Command, problem: BaseException | None, now_ms: int) -> None:
        """Note that a tick was dealt with; a refused one must not spin."""
        if isinstance(command, c.Tick):
            self._is_ticking = False
            if problem is not None:
                self.retry_later(now_ms)

    def next_ms(self, now_ms: int) -> int | None:
        """Return when something is due, or None while nothing ever is."""
        room = self._room
        due = [room.presence.pulse.next_ms(), next_change_of_may(room.state, self._told_ms)]
        if len(room.listeners):
            due += [room.alerts.next_ms(), room.listeners.push_by_ms]
        deadline = None if self._is_ticking else next_deadline(room.state)
        if deadline is not None:
            due.append(max(deadline, self._not_before_ms))
        if self.has_unwritten():
            due.append(max(now_ms, self._not_before_ms) + RETRY_MS)
        return min((at for at in due if at is not None), default=None)

    def has_unwritten(self) -> bool:
        """Return whether something that happened could not be written yet."""
        room = self._room
        return bool(room.line.owed) or room.is_behind or room.presence.has_news()

    def do(self, now_ms: int) -> None:
        """Do what is due by now."""
        room = self._room
        room.presence.judge(now_ms)
        self._tick(now_ms)
        for raised in room.alerts.due(now_ms):
            raised.told_ms = now_ms
            room.listeners.alert(raised)
        if room.line.owed or room.is_behind:
            room.work()
        change = next_change_of_may(room.state, self._told_ms)
        by_ms = room.listeners.push_by_ms
        if change is not None and now_ms >= change:
            self._told_ms = now_ms
            room.listeners.push()
        elif by_ms is not None and now_ms >= by_ms:
            room.listeners.push()

    def _tick(self, now_ms: int) -> None:
        deadline = next_deadline(self._room.state)
        is_due = deadline is not None and now_ms >= max(deadline, self._not_before_ms)
        if is_due and not self._is_ticking:
            self._room.tick()
            self._is_ticking = True
