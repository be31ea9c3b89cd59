"""What leans to the safe side: alerts, severity, what a stop offers next, and how a screening is
judged.

Source: docs/protocol.md; docs/phases.md. Everything here is a function of its arguments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from app.core import commands as c
from app.core.model import (
    After,
    AlertId,
    Cause,
    Link,
    Phase,
    Role,
    RoomState,
    Severity,
)

Kind = Literal["stop", "ease", "good", "contact"]


@dataclass(frozen=True, slots=True)
class Tells:
    """What a row of the phase table tells both phones before anything is written.

    `severity` counts until the command is committed; from then on the state's own does.
    """

    kind: Kind
    severity: Severity
    cause: Cause
    is_drill: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """What both phones are told before anything is written; `at_ms` is when the server knew."""

    alert: AlertId
    kind: Kind
    by: Role
    cause: Cause | None
    drill: bool
    severity: Severity
    at_ms: int


def alert_id(by: Role, id: str) -> AlertId:
    """Return the name of a command's alert: the same after a restart."""
    return AlertId(f"{by}:{id}")


def contact_id(state: RoomState) -> AlertId:
    """Return the name of the next alert that the server raises itself."""
    return AlertId(f"server:{state.contact_no + 1}")


def adds_to_flag(state: RoomState, pain: c.FlagPain) -> bool:
    """Return whether a pain only adds detail to the stop that is up, named by stop or by flag."""
    stop = state.stop
    if stop is None:
        return False
    return stop.stop == pain.stop or (stop.flag is not None and stop.flag.flag == pain.flag)


def goes_away(state: RoomState, presence: c.NotePresence) -> bool:
    """Return whether a phone that is needed becomes lost or hidden."""
    seat = state.seat(presence.role)
    lost = presence.link is Link.LOST and seat.link is not Link.LOST
    hidden = not presence.visible and seat.visible
    return presence.role in state.needed and (lost or hidden)


def severity_of(state: RoomState) -> Severity:
    """Return how urgently force must come off in this state."""
    if state.phase is Phase.STOPPED:
        return Severity.STOP
    if state.phase in (Phase.EASED, Phase.PAUSED):
        return Severity.EASE
    if state.phase is Phase.RELEASING and state.cause is not Cause.OVER:
        return Severity.EASE
    return Severity.OK


def todo(state: RoomState) -> tuple[str, ...]:
    """List what is still to be done before the warm-up, or before the first stretch."""
    if state.phase is Phase.LOBBY:
        open_items = {
            "seat:client": not state.client.is_taken,
            "seat:partner": not (state.partner.is_taken or state.is_one_phone),
            "screened": state.screening_list is None,
            "briefed": not state.is_briefed,
        }
        return tuple(name for name, is_open in open_items.items() if is_open)
    if state.phase is Phase.WARMING_UP:
        return () if state.drill is not None and state.drill.is_answered else ("drill",)
    return ()


def options(state: RoomState) -> tuple[After, ...]:
    """List what the raiser of the stop may choose; empty while nothing is stopped."""
    if state.stop is None:
        return ()
    if state.has_signs:
        return (After.END,)
    if state.hold.stretch in state.closed:
        return (After.SKIP, After.END)
    return (After.AGAIN, After.SKIP, After.END)


def suggestion(state: RoomState) -> After:
    """Return which option of a stop comes first. Stops that the server raised do not count."""
    if len(state.stops) >= 3 or (state.stop is not None and state.stop.cause is Cause.PAIN):
        return After.END
    if state.stops.count(state.hold.stretch) >= 2:
        return After.SKIP
    return options(state)[0]


def rests_after_cramp(state: RoomState, now_ms: int) -> bool:
    """Return whether a cramp or ache still needs the rest of its 30 s before `again`."""
    return state.stop is not None and now_ms < state.stop.again_from_ms


class Question(Protocol):
    """What `judge_screening` needs to know of a screening question."""

    @property
    def id(self) -> str: ...
    @property
    def clearable(self) -> bool: ...


def judge_screening(
    questions: Sequence[Question], answers: Mapping[str, bool], cleared: Mapping[str, bool]
) -> tuple[Literal["passed", "stop"], list[str]]:
    """Judge a screening: any yes stops, unless it is clearable and cleared.

    `answers` has a bool for every question's id (KeyError else); `cleared` for those a clinician
    cleared. Returns the outcome and the ids whose advice applies.
    """
    advice = [
        q.id for q in questions if answers[q.id] and not (q.clearable and cleared.get(q.id, False))
    ]
    return ("stop" if advice else "passed"), advice
