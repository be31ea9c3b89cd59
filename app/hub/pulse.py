"""Presence as a lease, renewed by the beats of a page. Its end is a command from the clock.

A protocol-level ping proves nothing about the page: a frozen page goes on answering them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from msgspec.structs import replace

from app.core.commands import NotePresence
from app.core.model import SEATS, Link, Role, RoomState, Seat
from app.protocol.constants import LOST_AFTER_MS, WEAK_AFTER_MS

COMES_WITHIN_MS = 10_000  # after that, a phone that took a seat and never came may be replaced

LATE_MS = 250  # a lease whose end is found so late means that the server stood still


@dataclass(slots=True)
class Lease:
    """What the last beat of one phone said; `good` counts beats in time since it was weak."""

    link: Link
    heard_ms: int
    visible: bool
    sound: str
    awake: bool
    good: int = 0

    @property
    def is_awaited(self) -> bool:
        """Whether a phone took this seat and has not been heard yet."""
        return self.link is Link.ABSENT and self.heard_ms > 0

    @property
    def lasts_ms(self) -> float:
        """How long a silence loses the link; infinite if it is lost already or was never there."""
        if self.link in (Link.LIVE, Link.WEAK):
            return LOST_AFTER_MS
        return COMES_WITHIN_MS if self.is_awaited else math.inf

    def says(self, seat: Seat) -> bool:
        """Return whether the room's state knows this already."""
        return (self.link, self.visible, self.sound, self.awake) == (
            seat.link, seat.visible, seat.sound, seat.awake,
        )  # fmt: skip


class Pulse:
    """The leases of both seats of one room."""

    def __init__(self, state: RoomState) -> None:
        self._leases = {role: _lease(state.seat(role)) for role in SEATS}
        self.late_ms = 0  # when a lease was last found long over: the server had stood still

    def beat(self, role: Role, now_ms: int, visible: bool, sound: str, awake: bool) -> None:
        """Renew a lease. A lost link is live at its first beat, a weak one at its second."""
        lease = self._leases[role]
        in_time = now_ms - lease.heard_ms < WEAK_AFTER_MS
        lease.good = lease.good + 1 if in_time else 1
        if lease.link is not Link.WEAK or lease.good >= 2:
            lease.link = Link.LIVE
        lease.heard_ms = now_ms
        lease.visible, lease.sound, lease.awake = visible, sound, awake

    def renew(
        self, role: Role, now_ms: int, visible: bool, sound: str, awake: bool, seat: Seat
    ) -> bool:
        """Renew a lease by a beat that brings no news, as most of what a server gets does.

        Returns False, and does nothing, for a beat that says something new.
        """
        lease = self._leases[role]
        is_same = (
            lease.link is Link.LIVE
            and now_ms - lease.heard_ms < WEAK_AFTER_MS
            and (lease.visible, lease.sound, lease.awake) == (visible, sound, awake)
            and lease.says(seat)
        )
        if is_same:
            lease.heard_ms = now_ms
            lease.good += 1
        return is_same

    def heard_ms(self, role: Role) -> int | None:
        """Return when the phone of a seat was last heard, or None where it never was."""
        return self._leases[role].heard_ms or None

    def expect(self, role: Role, now_ms: int) -> None:
        """Wait for the first beat of a phone that has just taken a seat."""
        self._leases[role].heard_ms = now_ms

    def judge(self, now_ms: int) -> None:
        """End the leases that were not renewed in time."""
        for lease in self._leases.values():
            silent_ms = now_ms - lease.heard_ms
            if silent_ms >= lease.lasts_ms + LATE_MS:
                self.late_ms = now_ms
            if silent_ms >= lease.lasts_ms:
                lease.link = Link.LOST
            elif lease.link is Link.LIVE and silent_ms >= WEAK_AFTER_MS:
                lease.link, lease.good = Link.WEAK, 0

    def next_ms(self) -> int | None:
        """Return when a lease may run out next, or None while there is none to watch."""
        watched = {Link.LIVE: WEAK_AFTER_MS, Link.WEAK: LOST_AFTER_MS, Link.ABSENT: COMES_WITHIN_MS}
        due = [
            lease.heard_ms + watched[lease.link]
            for lease in self._leases.values()
            if lease.link in watched and (lease.link is not Link.ABSENT or lease.is_awaited)
        ]
        return min(due, default=None)

    def as_it_is(self, role: Role, seat: Seat) -> Seat:
        """Return a seat as its lease has it."""
        lease = self._leases[role]
        return replace(
            seat,
            link=lease.link,
            visible=lease.visible,
            sound=lease.sound,
            awake=lease.awake,
            heard_ms=lease.heard_ms,
        )

    def news(self, role: Role, state: RoomState) -> NotePresence | None:
        """Return the command that brings the room news of a seat, or None if there is none."""
        lease = self._leases[role]
        if lease.says(state.seat(role)):
            return None
        return NotePresence(
            role=role,
            link=lease.link,
            visible=lease.visible,
            sound=lease.sound,
            awake=lease.awake,
            heard_ms=lease.heard_ms,
        )


def _lease(seat: Seat) -> Lease:
    return Lease(seat.link, seat.heard_ms, seat.visible, seat.sound, seat.awake)
