"""What leans to the safe side: severity, what a stop offers next, which commands raise an alert,
and the judgement of the screening.

Source: docs/protocol.md; docs/phases.md. Everything here is a function of its arguments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from app.core import commands as c
from app.core.evolve import CLOSING, CRAMPS
from app.core.model import (
    HANDS_ON,
    SEATS,
    STRETCHING,
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
class Alert:
    """What is told to both phones before anything is written; `at_ms` when the server knew."""

    alert: AlertId
    kind: Kind
    by: Role
    cause: Cause | None
    drill: bool
    severity: Severity
    at_ms: int


def alert_id(by: Role, id: str) -> AlertId:
    """Name the alert of a command: the same after a restart."""
    return AlertId(f"{by}:{id}")


def contact_id(state: RoomState) -> AlertId:
    """Name the next alert of the server's own."""
    return AlertId(f"server:{state.contact_no + 1}")


def alert_for(state: RoomState, command: c.Command, by: Role, now_ms: int) -> Alert | None:
    """Give the alert a command raises before it is decided, or None where it raises none."""
    match command:
        case c.Stop(id=id) if by in SEATS and state.phase is not Phase.ENDED:
            is_drill = by is Role.CLIENT and state.phase is Phase.WARMING_UP
            latches = state.phase in STRETCHING or state.phase is Phase.STOPPED
            severity = Severity.STOP if latches else Severity.OK
            return Alert(alert_id(by, id), "stop", by, Cause.ASKED, is_drill, severity, now_ms)
        case c.FlagPain(id=id) if by is Role.CLIENT and _is_new_pain(state, command):
            alert = alert_id(by, id)
            return Alert(alert, "stop", by, Cause.PAIN, False, Severity.STOP, now_ms)
        case c.EaseOff(id=id) if by is Role.CLIENT and state.phase in HANDS_ON:
            alert = alert_id(by, id)
            return Alert(alert, "ease", by, Cause.ASKED, False, Severity.EASE, now_ms)
        case c.NotePresence() if by is Role.SERVER and goes_away(state, command):
            cause = Cause.CONTACT if command.link is Link.LOST else Cause.HIDDEN
            alert = contact_id(state)
            return Alert(alert, "contact", by, cause, False, Severity.EASE, now_ms)
        case c.Fail() if state.phase in STRETCHING or state.phase is Phase.STOPPED:
            alert = contact_id(state)
            return Alert(alert, "stop", Role.SERVER, Cause.ERROR, False, Severity.STOP, now_ms)
    return None


def alert_again(state: RoomState, command: c.Command, by: Role, now_ms: int) -> Alert | None:
    """Give the alert of a command that was applied before, or None where it matters no more.

    A pain that only adds to the flag that is up raises no alert of its own; the one that raised the
    flag still does.
    """
    name = alert_id(by, getattr(command, "id", ""))
    if state.stop is not None and state.stop.stop == name:
        return Alert(name, "stop", by, state.stop.cause, False, Severity.STOP, now_ms)
    alert = alert_for(state, command, by, now_ms)
    return alert if alert is not None and (alert.kind == "ease" or alert.drill) else None


def _is_new_pain(state: RoomState, pain: c.FlagPain) -> bool:
    return state.phase in STRETCHING or (
        state.phase is Phase.STOPPED and not adds_to_flag(state, pain)
    )


def adds_to_flag(state: RoomState, pain: c.FlagPain) -> bool:
    """Tell whether a pain only adds detail to the stop that is up: by its name or its flag's."""
    stop = state.stop
    if stop is None:
        return False
    return stop.stop == pain.stop or (stop.flag is not None and stop.flag.flag == pain.flag)


def goes_away(state: RoomState, presence: c.NotePresence) -> bool:
    """Tell whether a phone that is needed becomes lost or hidden while hands are on."""
    seat = state.seat(presence.role)
    lost = presence.link is Link.LOST and seat.link is not Link.LOST
    hidden = not presence.visible and seat.visible
    return state.is_hands_on and presence.role in state.needed and (lost or hidden)


def severity_of(state: RoomState) -> Severity:
    """Tell how urgently force must come off in this state."""
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
    if state.stop.qualities & CLOSING or state.hold.stretch in state.closed:
        return (After.SKIP, After.END)
    return (After.AGAIN, After.SKIP, After.END)


def suggestion(state: RoomState) -> After:
    """Tell which option of a stop comes first. A stop of the server's own counts nowhere."""
    if len(state.stops) >= 3 or (state.stop is not None and state.stop.cause is Cause.PAIN):
        return After.END
    if state.stops.count(state.hold.stretch) >= 2:
        return After.SKIP
    return options(state)[0]


def rests_after_cramp(state: RoomState, now_ms: int) -> bool:
    """Tell whether a cramp or ache still wants its 30 s before `again`."""
    stop = state.stop
    return stop is not None and bool(stop.qualities & CRAMPS) and now_ms < stop.again_from_ms


class Question(Protocol):
    """What the judgement needs of a screening question."""

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
