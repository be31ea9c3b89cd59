"""What there is at the door: places, keys, knocks, invitations, tokens. Plain values."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec

from app.core.inviting import may_invite
from app.core.model import Role, RoomId
from app.errors import PairingError
from app.hub.door import Door
from app.pairing.claims import Claim

ALPHABET = "0123456789BCDFGHJKMNPQRTVWXY"  # no vowels, and of look-alikes one each
CODE_LENGTH = 6
KNOCK_LASTS_MS = 120_000
SHOWN_AT_LEAST_MS = 300_000  # an open lobby asks again every 4 minutes: no code dies while typed
READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", " ": None, "-": None})


class Place(msgspec.Struct, frozen=True):
    """What a code or a key leads to: a seat of a room or its display, offered by someone in it."""

    room: RoomId
    role: Role
    by: Role
    held: str | None = None  # the seat's token then; over once a phone with another was seen


class Key(Place, frozen=True):
    """What a one-use key leads to. With a `claim` it is used, and that browser may ask again."""

    claim: Claim | None = None


class Knock(msgspec.Struct, frozen=True):
    """Somebody before the door; `status` goes from waiting to admitted to seated."""

    place: Place
    words: tuple[str, str]
    status: str = "waiting"
    claim: Claim | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """What is shown to be scanned or typed; `url` carries the key behind `#`."""

    code: str
    url: str
    expires_ms: int
    role: Role

    @property
    def address(self) -> str:
        """What to type where nothing can be scanned."""
        return address_of(self.url)


@dataclass(frozen=True, slots=True)
class Joined:
    """A seat that was taken, with the token that holds it."""

    room: RoomId
    role: Role
    token: str


def new_token() -> str:
    """Return a new token or key of 128 random bits."""
    return secrets.token_urlsafe(16)


def hash_token(token: str) -> str:
    """Return what is stored of a token, key or code."""
    return hashlib.sha256(token.encode()).hexdigest()


def read_code(typed: str) -> str:
    """Read a code as people type it: any case, spaces and dashes, o for 0, i and l for 1."""
    return typed.upper().translate(READ_AS)


def no_such_room() -> PairingError:
    """Return the one error for unknown, expired, used and full: all look the same."""
    return PairingError(
        "no_such_room", "There is no such room, or its code is used up. Ask for a new code."
    )


def two_words(words: Sequence[str]) -> tuple[str, str]:
    """Draw the two words of a knock."""
    first = secrets.choice(words)
    return first, secrets.choice([word for word in words if word != first])


def holds(room: Door, role: Role, token: str) -> bool:
    """Return whether a token is the one that holds a seat, the host's place or a display's."""
    held = room.state.token_hash(role)
    return held is not None and hmac.compare_digest(held, hash_token(token))


def leads_in(place: Place, room: Door) -> bool:
    """Return whether a place may be taken now: it may until a phone that took it has been seen."""
    if not may_invite(room.state, place.by, place.role):
        return False
    if place.role is Role.DISPLAY:
        return room.state.token_hash(place.role) == place.held
    is_awaited = room.is_awaited(place.role)
    return not is_awaited and room.is_as_when(place.role, place.held)


def is_over(place: Place, room: Door, token: str | None) -> bool:
    """Return whether another phone than the one that asks was seen in a seat since its offer."""
    is_theirs = token is not None and holds(room, place.role, token)
    return not is_theirs and not room.is_as_when(place.role, place.held)


def address_of(url: str) -> str:
    """Return what to type into a browser, as short as it can be.

    A port that is not https's own needs the scheme: browsers try http there.
    """
    parts = urlsplit(url)
    is_own_port = parts.netloc.rpartition("]")[2].find(":") < 0
    return parts.netloc if parts.scheme == "http" or is_own_port else f"https://{parts.netloc}"
