"""Who may sit where: invitations, one-use keys, typed codes that only knock, and seat tokens.

A key behind `#` seats whoever brings it first. A typed code seats nobody: it knocks, both screens
show the same two words, and the inviter lets them in; a display's key does no more than that.
Codes, keys and tokens are stored hashed.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import msgspec

from app.clock import Clock
from app.config import Settings
from app.core.commands import PutDisplayOn, TakeSeat
from app.core.door import may_invite
from app.core.model import Role, RoomId
from app.edge.claims import claim_for, token_for
from app.edge.places import (
    ALPHABET,
    CODE_LENGTH,
    KNOCK_LASTS_MS,
    SHOWN_AT_LEAST_MS,
    Invitation,
    Joined,
    Key,
    Knock,
    Place,
    hash_token,
    holds,
    new_token,
    no_such_room,
    read_code,
    two_words,
)
from app.errors import JournalUnavailable, PairingError, Refused
from app.hub.room import Room
from app.hub.rooms import Rooms
from app.journal.directory import Directory
from app.screen.messages import KnockTold

__all__ = [
    "ALPHABET",
    "CODE_LENGTH",
    "Invitation",
    "Joined",
    "Place",
    "Seats",
    "hash_token",
    "new_token",
    "no_such_room",
    "read_code",
]


class Seats:
    """Makes and honours invitations. `words` are what a knock's two words are drawn from."""

    def __init__(
        self,
        rooms: Rooms,
        directory: Directory,
        clock: Clock,
        settings: Settings,
        words: Sequence[str],
    ) -> None:
        self._rooms = rooms
        self._directory = directory
        self._clock = clock
        self._ttl_ms = settings.code_ttl_s * 1000
        self._words = words
        self._newest: dict[tuple[RoomId, Role], Invitation] = {}

    async def invite(self, room: Room, by: Role, *, role: Role, origin: str) -> Invitation:
        """Invite someone to a seat; an earlier invitation to it is void.

        Raises Refused `not_now` where the seat is held by a phone that is not lost.
        """
        if not may_invite(room.state, by, role):
            raise Refused("not_now")
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        key = new_token()
        expires_ms = self._clock.now_ms() + self._ttl_ms
        await self._void(room, role)
        place = msgspec.json.encode(Place(room.id, role, by))
        made = {"code": hash_token(code), "key": hash_token(key)}
        for kind, hashed in made.items():
            await self._directory.put(kind, hashed, place, room=room.id, expires_ms=expires_ms)
        name = f"{room.id}:{role}"
        await self._directory.put(
            "invitation", name, msgspec.json.encode(made), room=room.id, expires_ms=expires_ms
        )
        await self._directory.purge(self._clock.now_ms())
        made_now = Invitation(code, f"{origin}/join#{key}", expires_ms, role)
        self._newest = {at: one for at, one in self._newest.items() if self._is_good(one)}
        self._newest[room.id, role] = made_now
        return made_now

    def _is_good(self, invitation: Invitation) -> bool:
        return invitation.expires_ms > self._clock.now_ms() + SHOWN_AT_LEAST_MS

    async def all_shown(self, room: Room, by: Role, origin: str) -> list[Invitation]:
        """Give what a lobby shows: to each free seat the newest invitation, or a new one."""
        shown = []
        for role in room.invitable(by):
            known = self.newest(room, role)
            shown.append(known or await self.invite(room, by, role=role, origin=origin))
        return shown

    def newest(self, room: Room, role: Role) -> Invitation | None:
        """Give the newest invitation to a role that nobody has used, while it lasts."""
        known = self._newest.get((room.id, role))
        return known if known is not None and self._is_good(known) else None

    async def _void(self, room: Room, role: Role, used: str | None = None) -> None:
        """Make an invitation void, but for the `used` key: its browser may have heard nothing."""
        now = self._clock.now_ms()
        self._newest.pop((room.id, role), None)
        name = f"{room.id}:{role}"
        earlier = await self._directory.take("invitation", name, now)
        made = msgspec.json.decode(earlier, type=dict[str, str]) if earlier is not None else {}
        for kind, hashed in made.items():
            if hashed != used:
                await self._directory.delete(kind, hashed)
        if used is not None and used in made.values():
            kept = msgspec.json.encode({"key": used})
            expires_ms = now + self._ttl_ms
            await self._directory.put("invitation", name, kept, room=room.id, expires_ms=expires_ms)

    async def use_key(self, key: str, said: str = "") -> Joined | tuple[str, tuple[str, str]]:
        """Take the seat that a key is for; where it is for a display, knock.

        Nobody notices who looks on as they notice who sits, so that is always the host's yes.
        Whoever `said` a claim with it may come again with both. Raises PairingError `no_such_room`.
        """
        hashed = hash_token(key)
        place, token = await (self._claimed(hashed, said) if said else self._taken(hashed))
        if place.role is not Role.DISPLAY:
            return await self.sit(place, token, used=hashed if said else None)
        if not self._is_open(place):
            raise no_such_room()
        return await self.knock(place, said, id=token)

    async def _taken(self, hashed: str) -> tuple[Place, None]:
        found = await self._directory.take("key", hashed, self._clock.now_ms())
        key = msgspec.json.decode(found, type=Key) if found is not None else None
        if key is None or key.claim is not None:
            raise no_such_room()
        return key, None

    async def _claimed(self, hashed: str, said: str) -> tuple[Place, str]:
        """Use a key, or use it again: in one step, so that of many claims one is kept."""
        now = self._clock.now_ms()
        found = await self._directory.get("key", hashed, now)
        key = msgspec.json.decode(found, type=Key) if found is not None else None
        if key is not None and key.claim is None:
            key = msgspec.structs.replace(key, claim=claim_for(said))
            made = msgspec.json.encode(key)
            if not await self._directory.swap("key", hashed, found or b"", made, now):
                return await self._claimed(hashed, said)  # somebody was quicker
        token = token_for(key.claim, said) if key is not None else None
        if key is None or token is None:
            raise no_such_room()
        return key, token

    async def room_of(self, key: str) -> RoomId | None:
        """Tell which room a key leads to, and leave it unused."""
        found = await self._directory.get("key", hash_token(key), self._clock.now_ms())
        return msgspec.json.decode(found, type=Place).room if found is not None else None

    async def join_by_key(self, key: str) -> Joined:
        """Take the seat that a key is for. Raises PairingError `no_such_room`."""
        joined = await self.use_key(key)
        if not isinstance(joined, Joined):
            raise no_such_room()
        return joined

    def _is_open(self, place: Place) -> bool:
        try:
            return may_invite(self._rooms.find(place.room).state, place.by, place.role)
        except PairingError:
            return False

    async def sit(self, place: Place, token: str | None = None, used: str | None = None) -> Joined:
        """Take a seat, or look on; the room itself sees to it that nobody is unseated by this.

        Who comes again with the `token` that holds the seat has it as it is; the `used` key stays
        known for that. Raises PairingError `no_such_room`.
        """
        room = self._rooms.find(place.room)
        token = token or new_token()
        if not holds(room, place.role, token):
            await self._take_seat(room, place.role, token)
            await self._void(room, place.role, used)
        return Joined(place.room, place.role, token)

    async def _take_seat(self, room: Room, role: Role, token: str) -> None:
        hashed, is_display = hash_token(token), role is Role.DISPLAY
        try:
            await room.ask(
                PutDisplayOn(token_hash=hashed)
                if is_display
                else TakeSeat(role=role, token_hash=hashed)
            )
        except Refused as e:
            if e.reason == "journal_down":  # a failure: the key is as good as it was
                raise JournalUnavailable("The journal can't be written.") from e
            if not holds(room, role, token):  # the same browser asked twice at once
                raise no_such_room() from e
        if not is_display:  # the room itself has sent the display before it away
            room.listeners.send_away(role, "moved", 4409)

    async def find_code(self, typed: str) -> Place | None:
        """Look up a typed code; the same work whether it is right, wrong, expired or dead."""
        code = hash_token(read_code(typed))
        found = await self._directory.get("code", code, self._clock.now_ms())
        if found is None:
            return None
        place = msgspec.json.decode(found, type=Place)
        return place if self._is_open(place) else None

    async def knock(
        self, place: Place, said: str = "", id: str | None = None
    ) -> tuple[str, tuple[str, str]]:
        """Knock at a room; gives the knock's id and its two words, and tells the inviter.

        A knock that has its `id` already is the same one, asked for again.
        """
        room = self._rooms.find(place.room)
        known = await self.words_of(id) if id is not None else None
        if id is not None and known is not None:
            return id, known
        id = id or new_token()
        words = two_words(self._words)
        await self._put(id, Knock(place, words, claim=claim_for(said)))
        room.knocking(place.by, id)
        room.tell(place.by, KnockTold(knock=id, words=words, role=place.role.value))
        return id, words

    async def _put(self, id: str, knock: Knock) -> None:
        expires_ms = self._clock.now_ms() + KNOCK_LASTS_MS
        value = msgspec.json.encode(knock)
        await self._directory.put("knock", id, value, room=knock.place.room, expires_ms=expires_ms)

    async def answer(
        self, id: str, said: str = "", *, is_look: bool = False
    ) -> tuple[str, Joined | None]:
        """Tell how a knock stands; once admitted, the seat is handed out, but not to a look.

        Once: but whoever `said` at the door what they say now gets the same seat again.
        """
        now = self._clock.now_ms()
        stored = await self._directory.get("knock", id, now)
        if stored is None:
            return "expired", None
        knock = msgspec.json.decode(stored, type=Knock)
        token = token_for(knock.claim, said)
        if knock.status == "seated":
            return ("expired", None) if is_look else self._again(knock.place, token)
        if knock.status != "admitted" or is_look:
            return knock.status, None
        seated = msgspec.json.encode(msgspec.structs.replace(knock, status="seated"))
        if token is None:
            if not await self._directory.swap("knock", id, stored, seated, now):
                return "expired", None
            return "admitted", await self.sit(knock.place)
        try:  # first the seat: where the disk fails it is tried again
            joined = await self.sit(knock.place, token)
        except PairingError:
            await self._directory.swap("knock", id, stored, seated, now)
            raise
        await self._directory.swap("knock", id, stored, seated, now)
        return "admitted", joined

    def _again(self, place: Place, token: str | None) -> tuple[str, Joined | None]:
        """Give a seat that was handed out to the one who holds it, and to nobody else."""
        if token is None or not holds(self._rooms.find(place.room), place.role, token):
            return "expired", None
        return "admitted", Joined(place.room, place.role, token)

    async def words_of(self, id: str) -> tuple[str, str] | None:
        """Give the two words of a knock, or None once it is over."""
        stored = await self._directory.get("knock", id, self._clock.now_ms())
        return msgspec.json.decode(stored, type=Knock).words if stored else None

    async def admit(self, room: Room, id: str) -> None:
        """Let the one who knocks in. Raises Refused `not_now` where nobody waits."""
        await self._settle(room, id, "admitted")

    async def turn_away(self, room: Room, id: str) -> None:
        """Don't. Raises Refused `not_now` where nobody waits."""
        await self._settle(room, id, "turned_away")

    async def _settle(self, room: Room, id: str, status: str) -> None:
        now = self._clock.now_ms()
        stored = await self._directory.get("knock", id, now)
        knock = msgspec.json.decode(stored, type=Knock) if stored else None
        if knock is None or knock.place.room != room.id or knock.status != "waiting":
            raise Refused("not_now")
        settled = msgspec.json.encode(msgspec.structs.replace(knock, status=status))
        if stored is None or not await self._directory.swap("knock", id, stored, settled, now):
            raise Refused("not_now")
        room.knocking(None, None)
