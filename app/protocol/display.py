"""What a display may know: the partner's view without pain, places, reasons, or who wants in.

Anybody who passes by can read a display. Knows no HTML.
"""

from __future__ import annotations

from msgspec.structs import replace

from app.core.model import Cause, Reason
from app.protocol import to_phone as m

NOT_TOLD = "none"


def for_display(told: m.StateTold) -> m.StateTold:
    """Return a state without what concerns only the two people."""
    stop = None if told.stop is None or (told.ended and told.stop.let_go) else _stop(told.stop)
    return replace(
        told,
        drill=None,
        stop=stop,
        # A rest while stopped reveals a cramp; what comes next, or that nothing does, a sharp pain.
        timer=None if told.stop else told.timer,
        next=None if told.stop or told.ended else told.next,
        closed=(),
        felt=None,
        wishes=(),
        gentle=False,
        ended=m.EndTold(reason=Reason.FINISHED) if told.ended else None,
        may=(),
    )


def _stop(stop: m.StopTold) -> m.StopTold:
    """Return that it is stopped, and whether they rest: not why, and not how it may go on."""
    return replace(stop, cause=_cause(stop.cause), flag=None, options=(), suggest=NOT_TOLD)


def alert_for_display(alert: m.AlertTold) -> m.AlertTold:
    """Return an alert in which a pain looks like any other stop."""
    return replace(alert, cause=_cause(alert.cause) if alert.cause else None)


def _cause(cause: str) -> str:
    return Cause.ASKED.value if cause == Cause.PAIN else cause
