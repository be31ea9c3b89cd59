"""May a command add force now? What only the hub knows of; the rules' own answer is decide's."""

from __future__ import annotations

from app.core import commands as c
from app.errors import Refused
from app.hub.line import Waiting

FORCE_WAITS_MS = 1_000  # a tap older than this is no fresh act of the client any more


def is_too_old(waiting: Waiting, now_ms: int) -> bool:
    """Tell whether a command has waited for so long that what it was about is over."""
    return now_ms - waiting.at_ms > FORCE_WAITS_MS


def check_force(
    waiting: Waiting, now_ms: int, *, late_ms: int, is_told: bool, is_restarting: bool
) -> None:
    """Raise Refused while something worse is told, before a restart, or for a tap too old.

    `late_ms` is when a standstill of the server was last found: after it a GOOD may be as old as
    that, and nobody can tell. `is_told`: phones were told of something worse than is written.
    """
    stood_still = now_ms < late_ms + FORCE_WAITS_MS
    is_good = isinstance(waiting.command, c.TapGood)
    if (stood_still and is_good) or is_told or is_restarting:
        raise Refused("not_now")
    if is_too_old(waiting, now_ms):
        raise Refused("journal_down")
