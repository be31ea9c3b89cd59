"""Who may invite whom into a room: to a seat that is free or lost, or to look on."""

from __future__ import annotations

from app.core.model import SEATS, Link, Phase, Role, RoomState


def invitable(state: RoomState, by: Role) -> tuple[Role, ...]:
    """List the seats that `by` may invite someone to: free ones, and those of lost phones."""
    if state.phase is Phase.ENDED or by is Role.DISPLAY:
        return ()
    seats = [(role, state.seat(role)) for role in SEATS if role is not by]
    return tuple(r for r, seat in seats if not seat.is_taken or seat.link is Link.LOST)


def may_invite(state: RoomState, by: Role, role: Role) -> bool:
    """Return whether `by` may invite someone to be `role`; only the host may invite a display."""
    if role is Role.DISPLAY:
        return by is state.host and state.phase is not Phase.ENDED
    return role in invitable(state, by)
