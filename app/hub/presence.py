"""Who is there: the beats of a room's phones renew their leases, and news of them is written.

Judged before renewed: after a standstill of the server beats may come before the timer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.core import commands as c
from app.core.model import SEATS, Phase, Role, other
from app.hub.pulse import Pulse
from app.screen.messages import BeatAnswer

if TYPE_CHECKING:
    from app.hub.room import Room


class Presence:
    """Both seats of one room."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.pulse = Pulse(room.state)

    def beat(
        self, role: Role, n: int, sent_ms: float, visible: bool, sound: str, awake: bool
    ) -> BeatAnswer:
        """Renew the lease of a seat's phone and give the answer to its beat."""
        now = self._room.now_ms()
        if role in SEATS and self._is_open:
            seat = self._room.state.seat(role)
            if not self.pulse.renew(role, now, visible, sound, awake, seat):
                self.judge(now)
                self.pulse.beat(role, now, visible, sound, awake)
                self._note(role)
        peer_ms = self.pulse.heard_ms(other(role)) if role in SEATS else None
        return BeatAnswer(n=n, sent_ms=sent_ms, server_ms=now, peer_ms=peer_ms)

    def judge(self, now_ms: int) -> None:
        """Let leases run out, and ask for what that says to be written."""
        self.pulse.judge(now_ms)
        if self._is_open:
            for role in SEATS:
                self._note(role)

    def has_news(self) -> bool:
        """Tell whether something of a seat is not written yet."""
        room = self._room
        return self._is_open and any(self.pulse.news(role, room.state) for role in SEATS)

    @property
    def _is_open(self) -> bool:
        return self._room.state.phase is not Phase.ENDED

    def _note(self, role: Role) -> None:
        news = self.pulse.news(role, self._room.state)
        if news is None:
            return
        asked = (w.command for w in self._room.line if isinstance(w.command, c.NotePresence))
        if not any(command.says_same(news) for command in asked):
            self._room.ask(news)
