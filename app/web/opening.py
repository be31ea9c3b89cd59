"""How a session begins: its routine is read and its room opened, or found again by its claim."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from app.core.model import Role, Routine
from app.errors import PairingError
from app.hub.door import Door
from app.pairing.places import Invitation, Joined
from app.protocol import from_phone
from app.web import limits, origins


def routine_of(request: Request, asked: str | dict[str, Any] | None) -> Routine:
    """Read a routine: a preset's id, a routine of one's own, or the default preset."""
    library = request.app.state.library
    if isinstance(asked, dict):
        return from_phone.read_routine(asked)
    name = asked or library.default_preset
    if name not in library.presets:
        raise PairingError("no_such_routine", f"There is no routine called {name}.", 422)
    preset: Routine = library.presets[name].routine
    return preset


async def open_room(
    request: Request, role: Role, routine: Routine, said: str = ""
) -> tuple[Joined, dict[Role, Invitation]]:
    """Open a room for its starter, with an invitation to each free seat.

    Whoever `said` the same claim for the same before gets that room again, while it is untouched.
    """
    state, origin = request.app.state, origins.origin_of(request)
    joined = await state.starts.again(role, routine, said) if said else None
    if joined is None:
        limiter: limits.Limiter = state.limits.rooms
        limiter.check(limits.address(request))
        limiter.count(limits.address(request))
        joined = await state.starts.start(role, routine, said)
    room: Door = await state.rooms.find(joined.room)
    made = await state.seats.all_shown(room, role, origin)
    return joined, {invitation.role: invitation for invitation in made}
