"""Who may sit where: invitations, one-use keys, typed codes that only knock, and seat tokens.

A key behind `#` seats whoever brings it first. A typed code seats nobody: it knocks, both screens
show the same two words, and the inviter lets them in; a display's key does no more than that.
Codes, keys and tokens are stored hashed.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from app.clock import Clock
from app.config import Settings
from app.core.commands import PutDisplayOn, TakeSeat
from app.core.door import may_invite
from app.core.model import Role, RoomId
from app.errors import PairingError, Refused
from app.hub.room import Room
from app.hub.rooms import Rooms
from app.journal.directory import Directory
from app.screen.messages import KnockTold

ALPHABET = "0123456789BCDFGHJKMNPQRTVWXY"  # no vowels, and of look-alikes one each
CODE_LENGTH = 6
KNOCK_LASTS_MS = 120_000
SHOWN_AT_LEAST_MS = 60_000  # a reloaded lobby shows no code that dies while it is typed
READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", " ": None, "-": None})


class Place(msgspec.Struct, frozen=True):
    """What a code or a key leads to: a seat of a room or its display, offered by someone in it."""

    room: RoomId
    role: Role
    by: Role


class Knock(msgspec.Struct, frozen=True):
    """Somebody before the door; `status` goes from waiting to admitted to seated."""

    place: Place
    words: tuple[str, str]
    status: str = "waiting"


@dataclass(frozen=True, slots=True)
class Invitation:
    """What is shown to be scanned or typed; `url` carries the key behind `#`."""

    code: str
    url: str
    expires_ms: int
    role: Role


@dataclass(frozen=True, slots=True)
class Joined:
    """A seat that was taken, with the token that holds it."""

    room: RoomId
    role: Role
    token: str


def new_token() -> str:
    """Make a token or key of 128 random bits."""
    return secrets.token_urlsafe(16)


def hash_token(token: str) -> str:
    """Give what is stored of a token, key or code."""
    return hashlib.sha256(token.encode()).hexdigest()


def read_code(typed: str) -> str:
    """Read a code as people type it: any case, spaces and dashes, o for 0, i and l for 1."""
    return typed.upper().translate(READ_AS)


def no_such_room() -> PairingError:
    """Unknown, expired, used and full all look the same."""
    return PairingError(
        "no_such_room", "There is no such room, or its code is used up. Ask for a new code."
    )


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

    async def _void(self, room: Room, role: Role) -> None:
        now = self._clock.now_ms()
        self._newest.pop((room.id, role), None)
        earlier = await self._directory.take("invitation", f"{room.id}:{role}", now)
        if earlier is not None:
            for kind, hashed in msgspec.json.decode(earlier).items():
                await self._directory.delete(kind, hashed)

    async def use_key(self, key: str) -> Joined | Place:
        """Take the seat that a key is for; where it is for a display, tell where to knock.

        Nobody notices who looks on as they notice who sits, so that is always the host's yes.
        Raises PairingError `no_such_room`.
        """
        found = await self._directory.take("key", hash_token(key), self._clock.now_ms())
        place = msgspec.json.decode(found, type=Place) if found is not None else None
        if place is None or (place.role is Role.DISPLAY and not self._is_open(place)):
            raise no_such_room()
        return place if place.role is Role.DISPLAY else await self.sit(place)

    async def join_by_key(self, key: str) -> Joined:
        """Take the seat that a key is for. Raises PairingError `no_such_room`."""
        joined = await self.use_key(key)
        if isinstance(joined, Place):
            raise no_such_room()
        return joined

    def _is_open(self, place: Place) -> bool:
        try:
            return may_invite(self._rooms.find(place.room).state, place.by, place.role)
        except PairingError:
            return False

    async def sit(self, place: Place) -> Joined:
        """Take a seat, or look on; the room itself sees to it that nobody is unseated by this.

        Raises PairingError `no_such_room`.
        """
        room = self._rooms.find(place.room)
        token = new_token()
        hashed = hash_token(token)
        is_display = place.role is Role.DISPLAY
        try:
            await room.ask(
                PutDisplayOn(token_hash=hashed)
                if is_display
                else TakeSeat(role=place.role, token_hash=hashed)
            )
        except Refused as e:
            raise no_such_room() from e
        if not is_display:  # the room itself has sent the display before it away
            room.listeners.send_away(place.role, "moved", 4409)
        await self._void(room, place.role)
        return Joined(place.room, place.role, token)

    async def find_code(self, typed: str) -> Place | None:
        """Look up a typed code; the same work whether it is right, wrong, expired or dead."""
        code = hash_token(read_code(typed))
        found = await self._directory.get("code", code, self._clock.now_ms())
        if found is None:
            return None
        place = msgspec.json.decode(found, type=Place)
        return place if self._is_open(place) else None

    @staticmethod
    def no_such_room() -> PairingError:
        """Give the one answer to every code that leads nowhere."""
        return no_such_room()

    async def knock(self, place: Place) -> tuple[str, tuple[str, str]]:
        """Knock at a room; gives the knock's id and its two words, and tells the inviter."""
        room = self._rooms.find(place.room)
        id = new_token()
        first = secrets.choice(self._words)
        second = secrets.choice([word for word in self._words if word != first])
        await self._put(id, Knock(place, (first, second)))
        room.knocking(place.by, id)
        told = KnockTold(knock=id, words=(first, second), role=place.role.value)
        room.tell(place.by, told)
        return id, (first, second)

    async def _put(self, id: str, knock: Knock) -> None:
        expires_ms = self._clock.now_ms() + KNOCK_LASTS_MS
        value = msgspec.json.encode(knock)
        await self._directory.put("knock", id, value, room=knock.place.room, expires_ms=expires_ms)

    async def answer(self, id: str, *, is_look: bool = False) -> tuple[str, Joined | None]:
        """Tell how a knock stands; once admitted, hand the seat out, once, but not to a look."""
        now = self._clock.now_ms()
        stored = await self._directory.get("knock", id, now)
        if stored is None:
            return "expired", None
        knock = msgspec.json.decode(stored, type=Knock)
        if knock.status != "admitted" or is_look:
            return ("expired" if knock.status == "seated" else knock.status), None
        seated = msgspec.json.encode(msgspec.structs.replace(knock, status="seated"))
        if not await self._directory.swap("knock", id, stored, seated, now):
            return "expired", None
        return "admitted", await self.sit(knock.place)

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
