"""The record of a session, derived from its events by replay and never kept twice.

Source: docs/protocol.md, "The record". A mark's `at_ms` counts from the start of easing in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from app.core import events as e
from app.core.evolve import evolve
from app.core.former import in_full
from app.core.model import HANDS_ON, Cause, Flag, Phase, Quality, Role, RoomId, RoomState
from app.core.routine import items_json

RECORD_VERSION = 1


@dataclass(slots=True)
class _Attempt:
    """One try at a hold, while the events are read."""

    told: dict[str, Any]
    started_ms: int
    held_ms: int = 0
    running_since_ms: int | None = None
    is_full: bool = False
    is_stopped: bool = False
    marks: list[dict[str, Any]] = field(default_factory=list)

    def mark(self, at_ms: int, kind: str, by: Role) -> None:
        self.marks.append({"at_ms": at_ms - self.started_ms, "kind": kind, "by": by.value})

    def freeze(self, at_ms: int) -> None:
        if self.running_since_ms is not None:
            self.held_ms += at_ms - self.running_since_ms
            self.running_since_ms = None

    def result(self) -> dict[str, Any]:
        outcome = "short" if self.held_ms else "not_begun"
        outcome = "stopped" if self.is_stopped else outcome
        outcome = "full" if self.is_full else outcome
        return {**self.told, "held_ms": self.held_ms, "outcome": outcome, "marks": self.marks}


class _Reader:
    """Reads events in order, with the state before each of them."""

    def __init__(self) -> None:
        self.state = RoomState(RoomId(""))
        self.attempts: list[_Attempt] = []
        self.stops: list[dict[str, Any]] = []
        self.flags: dict[str, dict[str, Any]] = {}
        self.felt: list[dict[str, Any]] = []
        self.passed_ms: int | None = None
        self.started_ms: int | None = None
        self.ended_ms: int | None = None

    def read(self, event: e.Event) -> None:
        event = in_full(self.state, event)
        self._lists(event)
        if isinstance(event, e.EasingInStarted):
            self.attempts.append(_Attempt(self._hold(), event.at_ms))
        elif self.attempts and self.state.phase in HANDS_ON:
            self._marks(self.attempts[-1], event)
        self.state = evolve(self.state, event)

    def _hold(self) -> dict[str, Any]:
        hold, wish = self.state.hold, self.state.rep.wish
        return {
            "index": hold.index,
            "stretch": hold.stretch,
            "side": hold.side.value,
            "rep": hold.rep,
            "planned_ms": hold.hold_ms,
            "wish": wish.value if wish else None,
        }

    def _marks(self, hold: _Attempt, event: e.Event) -> None:
        match event:
            case e.HoldStarted(at_ms=at) | e.HoldResumed(at_ms=at):
                hold.mark(at, "good", Role.CLIENT)
                hold.running_since_ms = at
            case e.Reassured(at_ms=at):
                hold.mark(at, "good", Role.CLIENT)
            case e.Eased(at_ms=at, by=by, cause=cause):
                hold.freeze(at)
                hold.mark(at, "ease" if cause is Cause.ASKED else cause.value, by)
            case e.EaseTold(at_ms=at, by=by):
                hold.mark(at, "ease", by)
            case e.PresenceChanged(at_ms=at, is_told=True, visible=visible) if not self._eases():
                hold.mark(at, "contact" if visible else "hidden", Role.SERVER)
            case e.Restarted(at_ms=at) if not self._eases():
                hold.mark(at, "restarted", Role.SERVER)
            case e.ReleaseStarted(at_ms=at, cause=cause, then=then):
                hold.freeze(at)
                hold.is_full = cause is Cause.OVER
                if cause is Cause.ASKED and then is Phase.RESTING:  # the second ease of the rep
                    hold.mark(at, "ease", Role.CLIENT)
            case e.Stopped(at_ms=at, by=by, cause=cause):
                hold.freeze(at)
                hold.is_stopped = True
                hold.mark(at, "pain" if cause is Cause.PAIN else "stop", by)

    def _eases(self) -> bool:
        """Return whether a lost contact brings an Eased now, which is then its mark."""
        return self.state.phase.value in ("easing_in", "holding")

    def _lists(self, event: e.Event) -> None:
        match event:
            case e.ScreeningPassed(at_ms=at):
                self.passed_ms = at
            case e.WarmUpStarted(at_ms=at):
                self.started_ms = at
            case e.SessionEnded(at_ms=at):
                self.ended_ms = at
            case e.Stopped(at_ms=at, by=by, cause=cause, flag=flag):
                where = self._hold()
                stop = {"at_ms": at, "by": by.value, "cause": cause.value}
                self.stops.append({**stop, **{k: where[k] for k in ("stretch", "side", "rep")}})
                if flag is not None:
                    self._flag(flag, at)
            case e.PainTold(at_ms=at, flag=flag):
                self._flag(flag, at)
            case e.PainSaid(at_ms=at, flag=name, qualities=told, place=place):
                self._flag(Flag(name, place=place), at, told)
            case e.FeltAt(place=place, expected=expected):
                hold = self.state.hold
                felt = {"stretch": hold.stretch, "side": hold.side.value}
                self.felt.append({**felt, "place": place, "expected": expected})

    def _flag(self, flag: Flag, at_ms: int, told: tuple[Quality, ...] = ()) -> None:
        known = self.flags.get(flag.flag, {"at_ms": at_ms})
        told = (flag.quality,) if flag.quality else told
        self.flags[flag.flag] = {
            "at_ms": known["at_ms"],
            "stretch": self.state.hold.stretch,
            "side": self.state.hold.side.value,
            "quality": told[0].value if told else None,
            "qualities": [quality.value for quality in told],
            "place": flag.place,
            "level": flag.level,
        }


def record(events: Iterable[e.Event], epoch: str) -> dict[str, Any]:
    """Return the record of a room's whole log as plain JSON data.

    `epoch` names the journal it comes from; times are ms of the server's clock.
    """
    reader = _Reader()
    for event in events:
        reader.read(event)
    state = reader.state
    return {
        "v": RECORD_VERSION,
        "room": state.room,
        "epoch": epoch,
        "started_ms": reader.started_ms,
        "ended_ms": reader.ended_ms,
        "reason": state.reason.value if reader.ended_ms is not None and state.reason else None,
        "routine": _routine(state),
        "screening": {"list": state.screening_list, "passed_ms": reader.passed_ms},
        "holds": [attempt.result() for attempt in reader.attempts],
        "stops": reader.stops,
        "flags": list(reader.flags.values()),
        "felt": reader.felt,
    }


def told_in_order(record: dict[str, Any]) -> list[dict[str, Any]]:
    """List the stops and the pains in order of time; a stop for a pain is listed as that pain."""
    flags = record["flags"]
    pained = {flag["at_ms"] for flag in flags}
    stops = [s for s in record["stops"] if s["cause"] != "pain" or s["at_ms"] not in pained]
    return sorted([*stops, *flags], key=lambda told: int(told["at_ms"]))


def for_partner(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record as the partner may have it: a pain is in it, but not its kind or place."""
    kept: dict[str, Any] = {"quality": None, "qualities": [], "place": None, "level": None}
    return {**record, "flags": [{**flag, **kept} for flag in record["flags"]]}


def _routine(state: RoomState) -> dict[str, Any]:
    routine = state.routine
    return {
        "name": routine.name,
        "warm_up_s": routine.warm_up_s,
        "items": items_json(routine),
    }
