"""Rooms by what their starters claimed: the same Start again gives the same room.

Source: docs/protocol.md, "Asking again".
"""

from __future__ import annotations

import hashlib
import hmac

import msgspec
from starlette.datastructures import State

from app.core.model import Phase, Role, RoomId, Routine
from app.edge.claims import Claim, claim_for, token_for
from app.edge.places import Joined, hash_token, new_token
from app.errors import PairingError
from app.hub.room import Room

LASTS_MS = 15 * 60_000


class Started(msgspec.Struct, frozen=True):
    """The room that was started with a claim."""

    room: RoomId
    claim: Claim


async def start(state: State, role: Role, routine: Routine, said: str) -> Joined:
    """Open a room, and note who may have it again."""
    claim = claim_for(said)
    token = token_for(claim, said) or new_token()
    room: Room = await state.rooms.open(role, routine, hash_token(token))
    if claim is not None:
        noted = msgspec.json.encode(Started(room.id, claim))
        lasts = state.clock.now_ms() + LASTS_MS
        name = _name(role, routine, said)
        await state.directory.put("start", name, noted, room=room.id, expires_ms=lasts)
    return Joined(room.id, role, token)


async def again(state: State, role: Role, routine: Routine, said: str) -> Joined | None:
    """Give the room that was started with the same claim, while nothing has happened in it."""
    name = _name(role, routine, said)
    stored = await state.directory.get("start", name, state.clock.now_ms())
    if stored is None:
        return None
    known = msgspec.json.decode(stored, type=Started)
    token = token_for(known.claim, said)
    try:
        room: Room = state.rooms.find(known.room)
    except PairingError:
        return None
    is_theirs = token is not None and _holds(room, role, token)
    return Joined(room.id, role, token or "") if is_theirs and _is_untouched(room, role) else None


def _holds(room: Room, role: Role, token: str) -> bool:
    held = room.state.host_hash if role is Role.HOST else room.state.seat(role).token_hash
    return held is not None and hmac.compare_digest(held, hash_token(token))


def _is_untouched(room: Room, role: Role) -> bool:
    others = [seat for seat in (Role.CLIENT, Role.PARTNER) if seat is not role]
    is_alone = not any(room.state.seat(seat).is_taken for seat in others)
    return room.state.phase is Phase.LOBBY and is_alone


def _name(role: Role, routine: Routine, said: str) -> str:
    """Name a start by all that was asked for: another choice is another room."""
    asked = msgspec.json.encode(routine).decode()
    return hashlib.sha256(f"{said}~{role}~{asked}".encode()).hexdigest()
