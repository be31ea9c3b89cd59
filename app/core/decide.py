"""May this happen, and what follows? The phase table, read for one command. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.commands import Command
from app.core.events import CommandDone, Event
from app.core.guards import Asked, Guard, quotes_stale_phase
from app.core.model import SEATS, Role, RoomState
from app.core.phases import TABLE, Row
from app.errors import Refused

BY_COMMAND = {row.command: tuple(r for r in TABLE if r.command is row.command) for row in TABLE}
REASONS = ("not_yours", "stale", "not_now")


def decide(
    state: RoomState,
    command: Command,
    now_ms: int,
    by: Role = Role.SERVER,
    table: Sequence[Row] = TABLE,
) -> list[Event]:
    """Give the events that a command leads to; `now_ms` is the server's clock.

    An id that this seat has used before leads to none. Raises Refused with the reason
    `not_yours` (never this role's), `stale` (quotes what is gone) or `not_now`.
    """
    id = getattr(command, "id", None)
    if id is not None and by in SEATS and id in state.seat(by).recent:
        return []
    asked = Asked(state, command, by, now_ms)
    events = _row_for(asked, table).effect(asked)
    if id is not None and by in SEATS:
        events.append(CommandDone(at_ms=now_ms, role=by, id=id))
    return events


def _row_for(asked: Asked, table: Sequence[Row]) -> Row:
    known = BY_COMMAND.get(type(asked.command), ()) if table is TABLE else table
    rows = [row for row in known if row.command is type(asked.command) and asked.by in row.by]
    if not rows:
        raise Refused("not_yours")
    if quotes_stale_phase(asked.state, asked.command):
        raise Refused("stale")
    rows = [row for row in rows if asked.state.phase in row.phases]
    broken = [next((g for g in row.guards if not g.holds(asked)), None) for row in rows]
    for row, guard in zip(rows, broken, strict=True):
        if guard is None:
            return row
    raise Refused(_reason(broken))


def _reason(broken: Sequence[Guard | None]) -> str:
    given = {guard.reason for guard in broken if guard is not None}
    return next((reason for reason in REASONS if reason in given), "not_now")
