"""Looks one command up in the phase table: is it allowed, what is told first, what follows.

Changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.core.commands import Command, id_of
from app.core.events import CommandDone, Event
from app.core.guards import Asked, quotes_stale_phase
from app.core.model import SEATS, Phase, Role, RoomState, Severity
from app.core.phases import TABLE, AnyRow
from app.core.safety import Alert, alert_id, contact_id
from app.errors import Refused

Rows = tuple[AnyRow, ...]
REASONS = ("not_yours", "stale", "not_now")


def _of(table: Sequence[AnyRow], command: type[Command], by: Role) -> Rows:
    return tuple(row for row in table if row.command is command and by in row.by)


# The table, indexed. Every state that a phone is sent lists which of some twenty commands it may
# send, and each of them is looked up here.
IN_PHASE: dict[tuple[type[Command], Role], dict[Phase, Rows]] = {
    (command, by): {phase: tuple(r for r in rows if phase in r.phases) for phase in Phase}
    for command in {row.command for row in TABLE}
    for by in Role
    if (rows := _of(TABLE, command, by))
}

TELLING = frozenset(row.command for row in TABLE if row.tells is not None)


def decide(
    state: RoomState,
    command: Command,
    now_ms: int,
    by: Role = Role.SERVER,
    table: Sequence[AnyRow] = TABLE,
) -> list[Event]:
    """Return the events that a command leads to; `now_ms` is the server's clock.

    An id that this seat has used before leads to none. Raises Refused with the reason
    `not_yours` (never this role's), `stale` (quotes what is gone) or `not_now`.
    """
    id = id_of(command)
    if id is not None and by in SEATS and id in state.seat(by).recent:
        return []
    asked = Asked(state, command, by, now_ms)
    found = _find(asked, table)
    if isinstance(found, str):
        raise Refused(found)
    events = found.events(asked)
    if id is not None and by in SEATS:
        events.append(CommandDone(at_ms=now_ms, role=by, id=id))
    return events


def alert_for(
    state: RoomState,
    command: Command,
    by: Role,
    now_ms: int,
    table: Sequence[AnyRow] = TABLE,
) -> Alert | None:
    """Return the alert that goes out before a command is decided, or None if there is none."""
    if type(command) not in TELLING:
        return None
    found = _find(Asked(state, command, by, now_ms), table)
    if isinstance(found, str) or found.tells is None:
        return None
    tells, id = found.tells, id_of(command)
    return Alert(
        alert=contact_id(state) if id is None else alert_id(by, id),
        kind=tells.kind,
        by=by,
        cause=tells.cause,
        drill=tells.is_drill,
        severity=tells.severity,
        at_ms=now_ms,
    )


def alert_again(state: RoomState, command: Command, by: Role, now_ms: int) -> Alert | None:
    """Return the alert of a command that was applied before, or None if it no longer matters.

    A pain that only adds to the current flag raises no alert of its own. The one that raised the
    flag still does.
    """
    name = alert_id(by, id_of(command) or "")
    if state.stop is not None and state.stop.stop == name:
        return Alert(name, "stop", by, state.stop.cause, False, Severity.STOP, now_ms)
    alert = alert_for(state, command, by, now_ms)
    return alert if alert is not None and (alert.kind == "ease" or alert.drill) else None


def is_ever_allowed(command: type[Command], by: Role, phase: Phase) -> bool:
    """Return whether the table has any row for this command, role and phase."""
    return bool(IN_PHASE.get((command, by), {}).get(phase))


def is_allowed(state: RoomState, command: Command, now_ms: int, by: Role) -> bool:
    """Return whether `decide` would accept a command with an id not used before."""
    return not isinstance(_find(Asked(state, command, by, now_ms), TABLE), str)


def _find(asked: Asked[Command], table: Sequence[AnyRow]) -> AnyRow | str:
    """Return the first row whose guards all hold, or the reason why there is none."""
    rows = _candidates(asked, table)
    if rows is None:
        return "not_yours"
    if quotes_stale_phase(asked.state, asked.command):
        return "stale"
    reasons = set()
    for row in rows:
        reason = row.broken(asked)
        if reason is None:
            return row
        reasons.add(reason)
    return next((reason for reason in REASONS if reason in reasons), "not_now")


def _candidates(asked: Asked[Command], table: Sequence[AnyRow]) -> Rows | None:
    """Return the rows for this command, role and phase; None if it is never this role's."""
    if table is TABLE:
        by_phase = IN_PHASE.get((type(asked.command), asked.by))
        return None if by_phase is None else by_phase[asked.state.phase]
    rows = _of(table, type(asked.command), asked.by)
    return tuple(row for row in rows if asked.state.phase in row.phases) if rows else None
