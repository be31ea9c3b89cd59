"""May a command add force now? This asks what only the hub knows; `decide` asks the rules."""

from __future__ import annotations

from app.core import commands as c
from app.errors import Refused
from app.hub.line import Waiting

FORCE_WAITS_MS = 1_000  # an older tap is no longer a fresh act of the client


def is_too_old(waiting: Waiting, now_ms: int) -> bool:
    """Return whether a command has waited so long that what it was about is over."""
    return now_ms - waiting.at_ms > FORCE_WAITS_MS


def check_force(
    waiting: Waiting, now_ms: int, *, late_ms: int, is_told: bool, is_restarting: bool
) -> None:
    """Raise Refused before a restart, for a tap too old, or while phones are told something worse.

    `late_ms` is when the server last noticed that it had stood still: a GOOD read after that may be
    as old as the standstill, and nobody can tell. `is_told`: phones were told something worse than
    what is written.
    """
    stood_still = now_ms < late_ms + FORCE_WAITS_MS
    is_good = isinstance(waiting.command, c.TapGood)
    if (stood_still and is_good) or is_told or is_restarting:
        raise Refused("not_now")
    if is_too_old(waiting, now_ms):
        raise Refused("journal_down")
