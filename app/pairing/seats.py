"""Who may sit where: invitations, keys, typed codes that only knock, and seat tokens.

A key behind `#` seats whoever brings it first. A typed code seats nobody: it knocks, both screens
show the same two words, and the inviter lets them in. A display's key only knocks, too. All of them
lead in until a phone that came by them was seen. Codes, keys and tokens are stored hashed.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from app.clock import Clock
from app.config import Settings
from app.core.commands import PutDisplayOn, TakeSeat
from app.core.inviting import may_invite
from app.core.model import Role, RoomId
from app.errors import JournalUnavailable, PairingError, Refused
from app.hub.door import Door
from app.hub.rooms import Rooms
from app.journal.directory import Directory
from app.pairing.claims import claim_for, token_for
from app.pairing.places import (
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
    is_over,
    leads_in,
    new_token,
    no_such_room,
    read_code,
    two_words,
)
from app.protocol.constants import CLOSE_SLOW
from app.protocol.to_phone import KnockTold


class Seats:
    """Makes and honours invitations. A knock's two words are drawn from `words`."""

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
        self._newest: dict[tuple[RoomId, Role, Role], tuple[Place, Invitation]] = {}

    async def invite(self, room: Door, by: Role, *, role: Role, origin: str) -> Invitation:
        """Invite someone to a seat, by the invitation that stands already while it lasts.

        It is over once a phone that came by it was seen. Raises Refused `not_now` if a phone that
        is not lost holds the seat.
        """
        if not may_invite(room.state, by, role):
            raise Refused("not_now")
        known = await self.newest(room, by, role)
        if known is not None:
            _, _, key = known.url.partition("#")
            return replace(known, url=f"{origin}/join#{key}")
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        key = new_token()
        now = self._clock.now_ms()
        expires_ms = now + self._ttl_ms
        place = Place(room.id, role, by, room.state.token_hash(role))
        for kind, hashed in (("code", hash_token(code)), ("key", hash_token(key))):
            value = msgspec.json.encode(place)
            await self._directory.put(kind, hashed, value, room=room.id, expires_ms=expires_ms)
        await self._directory.purge(now)
        made = Invitation(code, f"{origin}/join#{key}", expires_ms, role)
        self._newest = {at: one for at, one in self._newest.items() if self._lasts(one[1])}
        self._newest[room.id, role, by] = place, made
        return made

    def _lasts(self, invitation: Invitation) -> bool:
        return invitation.expires_ms > self._clock.now_ms() + SHOWN_AT_LEAST_MS

    async def all_shown(self, room: Door, by: Role, origin: str) -> list[Invitation]:
        """Return what a lobby shows: an invitation to each free seat."""
        free = room.invitable(by)
        return [await self.invite(room, by, role=role, origin=origin) for role in free]

    async def newest(self, room: Door, by: Role, *roles: Role) -> Invitation | None:
        """Return the newest invitation of `by` to one of these roles that leads in, or None."""
        known = [self._newest[at] for role in roles if (at := (room.id, role, by)) in self._newest]
        good = [one for place, one in known if self._lasts(one) and await self._is_open(place)]
        return max(good, key=lambda one: one.expires_ms, default=None)

    async def _use_up(self, room: Door, role: Role) -> None:
        for at in [at for at in self._newest if at[:2] == (room.id, role)]:
            _, made = self._newest.pop(at)
            for kind, secret in (("code", made.code), ("key", made.url.partition("#")[2])):
                await self._directory.delete(kind, hash_token(secret))

    async def use_key(self, key: str, said: str = "") -> Joined | tuple[str, tuple[str, str]]:
        """Take the seat that a key is for; if it is for a display, knock.

        People notice who has a seat, but not who looks on, so a display always needs the host's
        yes. Whoever `said` a claim with the key may come again with both. Raises PairingError
        `no_such_room`.
        """
        hashed = hash_token(key)
        place, token = await self._claimed(hashed, said)
        if place.role is not Role.DISPLAY:
            if is_over(place, await self._rooms.find(place.room), token):
                raise no_such_room()
            return await self.sit(place, token)
        if not await self._is_open(place):
            raise no_such_room()
        if not said:
            await self._directory.delete("key", hashed)
        return await self.knock(place, said, id=token)

    async def _claimed(self, hashed: str, said: str) -> tuple[Place, str | None]:
        """Use a key, or use it again, in one step, so that only one of many claims is kept.

        Another claim gets in only if whoever came before was never seen.
        """
        now = self._clock.now_ms()
        found = await self._directory.get("key", hashed, now)
        key = msgspec.json.decode(found, type=Key) if found is not None else None
        token = token_for(key.claim, said) if key is not None else None
        if key is not None and token is not None:
            return key, token
        is_used = key is not None and key.claim is not None and key.role is Role.DISPLAY
        if key is None or is_used or not await self._is_open(key):
            raise no_such_room()
        key = msgspec.structs.replace(key, claim=claim_for(said))
        claimed = msgspec.json.encode(key)
        if not await self._directory.swap("key", hashed, found or b"", claimed, now):
            return await self._claimed(hashed, said)  # somebody was quicker
        return key, token_for(key.claim, said)

    async def room_of(self, key: str) -> RoomId | None:
        """Return which room a key leads to, and leave it unused."""
        found = await self._directory.get("key", hash_token(key), self._clock.now_ms())
        return msgspec.json.decode(found, type=Place).room if found is not None else None

    async def join_by_key(self, key: str) -> Joined:
        """Take the seat that a key is for. Raises PairingError `no_such_room`."""
        joined = await self.use_key(key)
        if not isinstance(joined, Joined):
            raise no_such_room()
        return joined

    async def _is_open(self, place: Place) -> bool:
        try:
            room = await self._rooms.find(place.room)
        except PairingError:
            return False
        return leads_in(place, room)

    async def sit(self, place: Place, token: str | None = None) -> Joined:
        """Take a seat, or look on; the room itself makes sure that this unseats nobody.

        Whoever comes again with the `token` that holds the seat gets it as it is. Raises
        PairingError `no_such_room`.
        """
        room = await self._rooms.find(place.room)
        token = token or new_token()
        if not holds(room, place.role, token):
            await self._take_seat(room, place.role, token)
        return Joined(place.room, place.role, token)

    async def _take_seat(self, room: Door, role: Role, token: str) -> None:
        try:
            if role is Role.DISPLAY:
                await room.ask(PutDisplayOn(token_hash=hash_token(token)))
                await self._use_up(room, role)
            else:
                await self.give(room, role, hash_token(token))
        except Refused as e:
            if e.reason == "journal_down":  # a failure: the key is as good as before
                raise JournalUnavailable("The journal can't be written.") from e
            if not holds(room, role, token):  # the same browser asked twice at once
                raise no_such_room() from e

    async def give(self, room: Door, role: Role, token_hash: str) -> None:
        """Seat a phone; the one before it counts until this one is seen.

        Raises Refused if the seat's phone is not lost, or another one has just got the seat.
        """
        with room.coming(role, token_hash):
            await room.ask(TakeSeat(role=role, token_hash=token_hash))
        # Silent for long, but it may come back first: its page tries again, as after any cut.
        room.send_away(role, "slow", CLOSE_SLOW)

    async def come_back(self, room: Door, role: Role, token: str) -> None:
        """Let the previous phone have its seat again; raise if another one was seen since."""
        if hash_token(token) in room.formers(role) and not holds(room, role, token):
            try:
                await self.give(room, role, hash_token(token))
            except Refused as e:
                raise no_such_room() from e

    async def find_code(self, typed: str) -> Place | None:
        """Look up a typed code, with the same work whether it is right, wrong, expired or dead."""
        code = hash_token(read_code(typed))
        found = await self._directory.get("code", code, self._clock.now_ms())
        if found is None:
            return None
        place = msgspec.json.decode(found, type=Place)
        return place if await self._is_open(place) else None

    async def knock(
        self, place: Place, said: str = "", id: str | None = None
    ) -> tuple[str, tuple[str, str]]:
        """Knock at a room and tell the inviter; return the knock's id and its two words.

        A knock that has its `id` already is the same one, asked for again.
        """
        room = await self._rooms.find(place.room)
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
        """Return how a knock stands. Once it is admitted the seat is handed out, but not to a look.

        It is handed out once; whoever `said` at the door what they say now gets it again.
        """
        now = self._clock.now_ms()
        stored = await self._directory.get("knock", id, now)
        if stored is None:
            return "expired", None
        knock = msgspec.json.decode(stored, type=Knock)
        token = token_for(knock.claim, said)
        if knock.status == "seated":
            return ("expired", None) if is_look else await self._again(knock.place, token)
        if knock.status != "admitted" or is_look:
            return knock.status, None
        await self._rooms.find(knock.place.room)  # nothing is used up if it is elsewhere
        seated = msgspec.json.encode(msgspec.structs.replace(knock, status="seated"))
        if token is None:
            if not await self._directory.swap("knock", id, stored, seated, now):
                return "expired", None
            return "admitted", await self.sit(knock.place)
        try:  # first the seat: if the disk fails it is tried again
            joined = await self.sit(knock.place, token)
        except PairingError:
            await self._directory.swap("knock", id, stored, seated, now)
            raise
        await self._directory.swap("knock", id, stored, seated, now)
        return "admitted", joined

    async def _again(self, place: Place, token: str | None) -> tuple[str, Joined | None]:
        """Return a seat that was handed out to the one who holds it, and to nobody else."""
        if token is None or not holds(await self._rooms.find(place.room), place.role, token):
            return "expired", None
        return "admitted", Joined(place.room, place.role, token)

    async def words_of(self, id: str) -> tuple[str, str] | None:
        """Return the two words of a knock, or None once it is over."""
        stored = await self._directory.get("knock", id, self._clock.now_ms())
        return msgspec.json.decode(stored, type=Knock).words if stored else None

    async def admit(self, room: Door, id: str) -> None:
        """Let the one who knocks in. Raises Refused `not_now` where nobody waits."""
        await self._settle(room, id, "admitted")

    async def turn_away(self, room: Door, id: str) -> None:
        """Turn the one who knocks away. Raises Refused `not_now` where nobody waits."""
        await self._settle(room, id, "turned_away")

    async def _settle(self, room: Door, id: str, status: str) -> None:
        now = self._clock.now_ms()
        stored = await self._directory.get("knock", id, now)
        knock = msgspec.json.decode(stored, type=Knock) if stored else None
        if knock is None or knock.place.room != room.id or knock.status != "waiting":
            raise Refused("not_now")
        settled = msgspec.json.encode(msgspec.structs.replace(knock, status=status))
        if stored is None or not await self._directory.swap("knock", id, stored, settled, now):
            raise Refused("not_now")
        room.knocking(None, None)
