"""Your turn now: the same two phones in a new room with their seats swapped, once both asked.

Each takes its new seat by asking again; no token is ever stored. Source: docs/protocol.md.
"""

from __future__ import annotations

import msgspec

from app.clock import Clock
from app.core.model import SEATS, Phase, Role, RoomId, other
from app.errors import PairingError, Refused
from app.hub.door import Door
from app.hub.rooms import Rooms
from app.journal.directory import Directory
from app.pairing import claims
from app.pairing.places import Joined, Place, new_token
from app.pairing.seats import Seats

ASKED_LASTS_MS = 15 * 60_000


class Swap(msgspec.Struct, frozen=True):
    """Who has asked to swap, and the new room once there is one."""

    asked: tuple[Role, ...]
    room: RoomId | None = None
    salt: str = ""


class Swaps:
    """Who has asked to swap, in every room of this server."""

    def __init__(self, rooms: Rooms, directory: Directory, seats: Seats, clock: Clock) -> None:
        self._rooms = rooms
        self._directory = directory
        self._seats = seats
        self._clock = clock

    async def ask(self, room: Door, role: Role, said: str | None) -> Joined | None:
        """Ask to swap; return None until the other has asked too. Raises Refused before the end.

        Whoever `said` the same before gets the same seat again, however often answers are lost.
        """
        if room.state.phase is not Phase.ENDED or role not in SEATS:
            raise Refused("not_now")
        wanted = await self._note(room, role)
        if wanted.room is None:
            return None
        place = Place(wanted.room, other(role), other(role))
        token = claims.derived(wanted.salt, said) if wanted.salt and said else None
        return await self._seats.sit(place, token)

    async def _note(self, room: Door, role: Role) -> Swap:
        """Note that `role` asks; the second to ask opens the new room, and only one does."""
        now = self._clock.now_ms()
        stored = await self._directory.get("swap", room.id, now)
        if stored is None:
            noted = Swap((role,))
            value, lasts_ms = msgspec.json.encode(noted), now + ASKED_LASTS_MS
            await self._directory.put("swap", room.id, value, room=room.id, expires_ms=lasts_ms)
            return noted
        known = msgspec.json.decode(stored, type=Swap)
        if known.room is not None or role in known.asked:
            return known
        noted = Swap(SEATS, await self._open(room), new_token())
        if await self._directory.swap("swap", room.id, stored, msgspec.json.encode(noted), now):
            return noted
        raise PairingError("try_again", "You both asked in the same moment. Ask once more.", 409)

    async def _open(self, room: Door) -> RoomId:
        state = room.state
        host = other(state.host) if state.host in SEATS else Role.PARTNER
        opened = await self._rooms.open(host, state.routine, None, is_briefed=True)
        return opened.id
