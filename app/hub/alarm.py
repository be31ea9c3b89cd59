"""The one timer of a room: it sleeps until the next deadline, then asks for what is due.

No sleeps anywhere else. Deadlines are data of the core; the leases' and the alerts' are the hub's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.clock import Clock, Timer
from app.core import commands as c
from app.core.timing import next_change_of_may, next_deadline

if TYPE_CHECKING:
    from app.hub.room import Room

RETRY_MS = 250


class Alarm:
    """Wakes one room at the right time, never twice for the same thing."""

    def __init__(self, room: Room, clock: Clock) -> None:
        self._room = room
        self._clock = clock
        self._timer: Timer | None = None
        self._at_ms: int | None = None
        # Up to when phones were told what time alone has made legal. Kept, so that a timer set anew
        # in the very millisecond it was due forgets nothing.
        self._told_ms = clock.now_ms()
        self._not_before_ms = 0
        self._is_ticking = False
        self._is_cancelled = False

    def set(self) -> None:
        """Sleep until what comes next."""
        with self._room.stopping_for_errors():
            self._sleep_until(self._next_ms())

    def _sleep_until(self, at: int | None) -> None:
        if self._is_cancelled or (at == self._at_ms and self._timer is not None):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._at_ms = at
        self._timer = None if at is None else self._clock.call_at(at, self._wake)

    def ensure(self) -> None:
        """Sleep until what comes next, unless asleep already: leases only ever get longer."""
        if self._timer is None:
            self.set()

    def cancel(self) -> None:
        """Never wake again."""
        self._is_cancelled = True
        if self._timer is not None:
            self._timer.cancel()

    def retry_later(self) -> None:
        """The disk did not take it: try again soon, not at once."""
        self._not_before_ms = self._clock.now_ms() + RETRY_MS

    def answered(self, command: c.Command, problem: BaseException | None) -> None:
        """Note that a tick was dealt with; a refused one must not spin."""
        if isinstance(command, c.Tick):
            self._is_ticking = False
            if problem is not None:
                self.retry_later()

    def _next_ms(self) -> int | None:
        room, now = self._room, self._clock.now_ms()
        due = [room.presence.pulse.next_ms(), next_change_of_may(room.state, self._told_ms)]
        if len(room.listeners):
            due += [room.alerts.next_ms(), room.listeners.push_by_ms]
        deadline = None if self._is_ticking else next_deadline(room.state)
        if deadline is not None:
            due.append(max(deadline, self._not_before_ms))
        if self._tries_again():
            due.append(max(now, self._not_before_ms) + RETRY_MS)
        return min((at for at in due if at is not None), default=None)

    def _tries_again(self) -> bool:
        return bool(self._room.line.owed) or self._room.presence.has_news()

    def _wake(self) -> None:
        self._timer = None
        with self._room.stopping_for_errors():
            now, at = self._clock.now_ms(), self._next_ms()
            if at is not None and at > now and not self._tries_again():
                self._sleep_until(at)  # beats renewed what would have run out
                return
            self._do_what_is_due(self._room, now)
        self.set()

    def _do_what_is_due(self, room: Room, now: int) -> None:
        room.presence.judge(now)
        self._tick(now)
        for raised in room.alerts.due(now):
            raised.told_ms = now
            room.listeners.alert(raised)
        if room.line.owed:
            room.work()
        change = next_change_of_may(room.state, self._told_ms)
        by_ms = room.listeners.push_by_ms
        if change is not None and now >= change:
            self._told_ms = now
            room.listeners.push()
        elif by_ms is not None and now >= by_ms:
            room.listeners.push()

    def _tick(self, now: int) -> None:
        deadline = next_deadline(self._room.state)
        is_due = deadline is not None and now >= max(deadline, self._not_before_ms)
        if is_due and not self._is_ticking:
            self._room.ask(c.Tick())
            self._is_ticking = True
