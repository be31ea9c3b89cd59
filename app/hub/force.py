"""May a command add force now? What only the hub knows of; the rules' own answer is decide's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.core import commands as c
from app.core.safety import severity_of
from app.errors import Refused
from app.hub.line import Waiting

if TYPE_CHECKING:
    from app.hub.room import Room

FORCE_WAITS_MS = 1_000  # a tap older than this is no fresh act of the client any more


def check_force(room: Room, waiting: Waiting) -> None:
    """Raise Refused while something worse is told, before a restart, or for a tap too old.

    After a standstill of the server a GOOD may be as old as that, and nobody can tell.
    """
    now = room.now_ms()
    room.presence.judge(now)
    stood_still = now < room.presence.pulse.late_ms + FORCE_WAITS_MS
    is_good = isinstance(waiting.command, c.TapGood)
    is_told = room.severity() > severity_of(room.state)
    if (stood_still and is_good) or is_told or room.is_restarting:
        raise Refused("not_now")
    if now - waiting.at_ms > FORCE_WAITS_MS:
        raise Refused("journal_down")
