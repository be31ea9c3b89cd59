"""What events do to the seats and their phones. Used by evolve.py alone."""

from __future__ import annotations

from msgspec.structs import replace

from app.core import events as e
from app.core.model import SEATS, Link, Role, RoomState, Seat


def with_seat(state: RoomState, role: Role, seat: Seat) -> RoomState:
    """Return the state with one seat replaced."""
    if role is Role.CLIENT:
        return replace(state, client=seat)
    return replace(state, partner=seat)


def unready(state: RoomState) -> RoomState:
    """Take both readies back."""
    for role in SEATS:
        seat = state.seat(role)
        if seat.is_ready:
            state = with_seat(state, role, replace(seat, is_ready=False))
    return state


def seated(state: RoomState, event: e.SeatTaken) -> RoomState:
    """Seat a phone: until its own first beat it has the link of the phone before it."""
    seat = replace(
        state.seat(event.role), token_hash=event.token_hash, is_ready=False, heard_ms=event.at_ms
    )
    return with_seat(state, event.role, seat)


def with_presence(state: RoomState, event: e.PresenceChanged) -> RoomState:
    """Write down what a phone says about itself."""
    seat = replace(
        state.seat(event.role),
        link=event.link,
        visible=event.visible,
        sound=event.sound,
        awake=event.awake,
        heard_ms=event.heard_ms,
    )
    state = with_seat(state, event.role, seat)
    assert event.ends_one_phone is not None
    state = replace(
        state,
        contact_no=state.contact_no + event.is_told,
        is_one_phone=state.is_one_phone and not event.ends_one_phone,
    )
    return _lit(state, event.at_ms)


def _lit(state: RoomState, now_ms: int) -> RoomState:
    if any(state.seat(role).link in (Link.LIVE, Link.WEAK) for role in SEATS):
        return replace(state, dark_since_ms=None)
    return state if state.dark_since_ms is not None else replace(state, dark_since_ms=now_ms)


def restarted(state: RoomState, event: e.Restarted) -> RoomState:
    """Mark every phone as lost until it is heard."""
    for role in SEATS:
        seat = state.seat(role)
        if seat.link is not Link.ABSENT:
            lost = replace(seat, link=Link.LOST, visible=True, heard_ms=event.at_ms)
            state = with_seat(state, role, lost)
    return _lit(unready(state), event.at_ms)
