"""Rooms by what their starters claimed: the same Start again gives the same room.

Source: docs/protocol.md, "Asking again".
"""

from __future__ import annotations

import hashlib

import msgspec

from app.clock import Clock
from app.core.model import Phase, Role, RoomId, Routine
from app.errors import PairingError
from app.hub.door import Door
from app.hub.rooms import Rooms
from app.journal.directory import Directory
from app.pairing.claims import Claim, claim_for, token_for
from app.pairing.places import Joined, hash_token, holds, new_token

LASTS_MS = 15 * 60_000


class Started(msgspec.Struct, frozen=True):
    """The room that was started with a claim."""

    room: RoomId
    claim: Claim


class Starts:
    """The rooms of this server that were started with a claim."""

    def __init__(self, rooms: Rooms, directory: Directory, clock: Clock) -> None:
        self._rooms = rooms
        self._directory = directory
        self._clock = clock

    async def start(self, role: Role, routine: Routine, said: str) -> Joined:
        """Open a room, and note by whose claim it may be had again."""
        claim = claim_for(said)
        token = token_for(claim, said) or new_token()
        room = await self._rooms.open(role, routine, hash_token(token))
        if claim is not None:
            name, noted = _name(role, routine, said), msgspec.json.encode(Started(room.id, claim))
            lasts_ms = self._clock.now_ms() + LASTS_MS
            await self._directory.put("start", name, noted, room=room.id, expires_ms=lasts_ms)
        return Joined(room.id, role, token)

    async def again(self, role: Role, routine: Routine, said: str) -> Joined | None:
        """Return the room that was started with that claim, while nothing has happened in it."""
        name = _name(role, routine, said)
        stored = await self._directory.get("start", name, self._clock.now_ms())
        if stored is None:
            return None
        known = msgspec.json.decode(stored, type=Started)
        token = token_for(known.claim, said)
        try:
            room = await self._rooms.find(known.room)
        except PairingError:
            return None
        is_theirs = token is not None and holds(room, role, token)
        is_free = is_theirs and _is_untouched(room, role)
        return Joined(room.id, role, token or "") if is_free else None


def _is_untouched(room: Door, role: Role) -> bool:
    others = [seat for seat in (Role.CLIENT, Role.PARTNER) if seat is not role]
    is_alone = not any(room.state.seat(seat).is_taken for seat in others)
    return room.state.phase is Phase.LOBBY and is_alone


def _name(role: Role, routine: Routine, said: str) -> str:
    """Return a name made from all that was asked for: another choice is another room."""
    asked = msgspec.json.encode(routine).decode()
    return hashlib.sha256(f"{said}~{role}~{asked}".encode()).hexdigest()
