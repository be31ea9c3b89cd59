"""What follows from an event once it is committed, besides the new state that everyone is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.core import events as e
from app.core.model import Cause, CommandId, Phase, Role, RoomState, Severity
from app.core.safety import Alert, alert_id
from app.protocol.constants import CLOSE_GONE

# For these alone no phone is told a new state: no screen would look different.
QUIET = (e.AlertShown,)


@dataclass(frozen=True, slots=True)
class TellGood:
    """Tell both phones, as an alert, that the client is well."""

    alert: Alert


@dataclass(frozen=True, slots=True)
class SendAway:
    """Close the socket of a seat."""

    role: Role
    reason: str
    code: int


@dataclass(frozen=True, slots=True)
class ExpectPhone:
    """Wait for the first beat of a phone that has just taken a seat."""

    role: Role


@dataclass(frozen=True, slots=True)
class CoverAlerts:
    """Note that all alerts are committed: a stop for an error covers what could not be written."""


Reaction = TellGood | SendAway | ExpectPhone | CoverAlerts


def receive(event: e.Event, by: Role, id: CommandId | None) -> Reaction | None:
    """Return what follows from an event of the command with that `id`, which `by` sent."""
    match event:
        case e.HoldStarted() | e.HoldResumed() | e.Reassured():
            name = alert_id(by, id or "")
            return TellGood(Alert(name, "good", by, None, False, Severity.OK, event.at_ms))
        case e.SeatTaken():
            return ExpectPhone(event.role)
        case e.DisplayChanged():
            return SendAway(Role.DISPLAY, "moved", CLOSE_GONE)
        case e.Stopped(cause=Cause.ERROR):
            return CoverAlerts()
    return None


def is_news(events: Sequence[e.Event], by: Role, state: RoomState) -> bool:
    """Return whether phones are told the state anew; a phone that was refused is told, too."""
    if not events:
        return by is not Role.SERVER
    is_quiet = all(isinstance(event, QUIET) for event in events)
    return not is_quiet or state.phase is Phase.WARMING_UP
