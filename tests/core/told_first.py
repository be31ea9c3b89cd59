"""What both phones are told before anything is decided, in the words of docs/protocol.md.

Said apart from the column `tells` of the phase table, which it is held against in every state.
"""

from __future__ import annotations

from app.core import commands as c
from app.core.model import SEATS, Cause, Link, Phase, RoomState, Severity
from app.core.safety import severity_of
from tests.core.abilities import adds, is_away
from tests.core.laws import CLIENT, HANDS_ON, PARTNER, SERVER, STRETCHING
from tests.core.ways import Asking, Step

P = Phase
LATCHES = (*STRETCHING, P.STOPPED)
Told = tuple[str, Severity, Cause, bool]
STOP, EASE, OK = Severity.STOP, Severity.EASE, Severity.OK


def told_first(a: RoomState, asking: Asking) -> Told | None:
    """Return the kind, severity and cause of the alert, and whether it is the drill; or None."""
    by, asked = asking.by, asking.command
    match asked:
        case c.Stop() if by in SEATS and a.phase in LATCHES:
            return "stop", STOP, Cause.ASKED, False
        case c.Stop() if by in SEATS and a.phase is not P.ENDED:
            return "stop", OK, Cause.ASKED, by is CLIENT and a.phase is P.WARMING_UP
        case c.FlagPain() if by is CLIENT and a.phase in LATCHES:
            tells_more = a.phase is P.STOPPED and adds(a, asking)
            return None if tells_more else ("stop", STOP, Cause.PAIN, False)
        case c.EaseOff() if by is CLIENT and a.phase in HANDS_ON:
            return "ease", EASE, Cause.ASKED, False
        case c.NotePresence(link=link) if a.phase in HANDS_ON and is_away(a, asking):
            cause = Cause.CONTACT if link is Link.LOST else Cause.HIDDEN
            return "contact", EASE, cause, False
        case c.Fail() if by is SERVER and a.phase in LATCHES:
            return "stop", STOP, Cause.ERROR, False
    return None


def mistold(step: Step) -> str | None:
    """Return what is wrong with the alert of a step, or with what the state keeps of it."""
    alert, b = step.alert, step.after
    told = None if alert is None else (alert.kind, alert.severity, alert.cause, alert.drill)
    if told != told_first(step.before, step.asking):
        return f"Told first: {told}"
    if alert is None:
        return None
    if b is None:
        return "An alert of what is refused"
    if severity_of(b) < alert.severity and b.phase is not P.RELEASING:
        return "Once written it is less severe than what was told"
    return None if _keeps_name(step, b) else "The state has not the name of what was told"


def _keeps_name(step: Step, b: RoomState) -> bool:
    """What is up is known by its alert: phones name it when they let go and clear."""
    a, alert = step.before, step.alert
    assert alert is not None
    if alert.severity is STOP and not (b.stop and b.stop.stop == alert.alert):
        return False
    is_tried = alert.drill and not (a.drill and a.drill.is_answered)
    if is_tried and not (b.drill and b.drill.alert == alert.alert):
        return False
    if step.asking.by in (CLIENT, PARTNER):
        return alert.by is step.asking.by
    return alert.alert == f"server:{b.contact_no}" and b.contact_no == a.contact_no + 1
