"""Text <-> a closed set of messages. Nothing else in the project parses what phones say.

FromPhone are the core's own phone commands and seven messages that never reach the core;
ToPhone are in screen/messages.py. Source: docs/protocol.md.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import msgspec

from app.core import commands as c
from app.core.commands import PhoneCommand
from app.core.model import Routine, RoutineItem, Side, StretchId
from app.errors import WireError
from app.protocol_constants import MOST_ID_CHARS, MOST_SIGNAL_CHARS
from app.screen.messages import Message

Number = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
KnockId = Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_ID_CHARS)]


class Beat(msgspec.Struct, frozen=True, tag_field="type", tag="beat"):
    """A sign of life of a page. `sent_ms` is the phone's own clock; it comes back in the answer.

    `faults` counts what went wrong in the page's script since it was loaded.
    """

    n: Number
    sent_ms: int | float
    visible: bool
    sound: Annotated[str, msgspec.Meta(max_length=16)] = "unknown"
    awake: bool = False
    faults: Number = 0


class Seen(msgspec.Struct, frozen=True, tag_field="type", tag="seen"):
    """The word of a page that it has painted an alert."""

    alert: Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_ID_CHARS)]


class Signal(msgspec.Struct, frozen=True, tag_field="type", tag="signal"):
    """What a page says to the other one to lay the direct line; passed on unread, kept nowhere."""

    data: Annotated[str, msgspec.Meta(min_length=2, max_length=MOST_SIGNAL_CHARS)]


class RoutineItemAsked(msgspec.Struct, frozen=True):
    """One stretch of a routine, within the limits of the protocol (seconds)."""

    stretch: Annotated[StretchId, msgspec.Meta(min_length=1, max_length=64)]
    hold_s: Annotated[int, msgspec.Meta(ge=10, le=60)]
    reps: Annotated[int, msgspec.Meta(ge=1, le=5)]
    rest_s: Annotated[int, msgspec.Meta(ge=5, le=60)] = 15
    first_side: Literal["left", "right"] = "left"


class RoutineAsked(msgspec.Struct, frozen=True):
    """A routine as asked for: 1-12 items, 300-600 s of warm-up."""

    items: Annotated[tuple[RoutineItemAsked, ...], msgspec.Meta(min_length=1, max_length=12)]
    warm_up_s: Annotated[int, msgspec.Meta(ge=300, le=600)] = 300
    name: Annotated[str, msgspec.Meta(max_length=80)] | None = None


class PickRoutine(PhoneCommand, frozen=True, tag="routine"):
    """Take another routine, in the lobby."""

    routine: RoutineAsked


class Admit(PhoneCommand, frozen=True, tag="admit"):
    """Let the one who knocks in."""

    knock: KnockId


class TurnAway(PhoneCommand, frozen=True, tag="turn_away"):
    """Don't let the one who knocks in."""

    knock: KnockId


class Invite(PhoneCommand, frozen=True, tag="invite"):
    """Make a new invitation to the other seat, or to the seat or display that `role` says."""

    role: str | None = None


FromPhone = (
    Beat | Seen | Signal | PickRoutine | Admit | TurnAway | Invite
    | c.Brief | c.Ready | c.TapGood | c.EaseOff | c.Stop | c.FlagPain | c.LetGo | c.Clear
    | c.MakeWish | c.Feel | c.Pause | c.Skip | c.End | c.OnePhone | c.PutDisplayOff
    | c.ChooseGentler
)  # fmt: skip

_DECODER: msgspec.json.Decoder[FromPhone] = msgspec.json.Decoder(FromPhone)
_ENCODER = msgspec.json.Encoder()
_ID = re.compile(r"\A[A-Za-z0-9_-]{1,40}\Z")


def decode(text: str | bytes) -> FromPhone:
    """Read one message of a phone.

    Raises WireError (`malformed`) for anything that is none of ours; its `id` is the command's
    where one can be made out.
    """
    try:
        return _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as e:
        raise WireError(str(e), _id_in(text)) from e


def encode(message: Message) -> bytes:
    """Give the text of one message to a phone, in UTF-8."""
    return _ENCODER.encode(message)


def frame(message: Message) -> bytes:
    """Give one message to a phone as a whole websocket frame (RFC 6455, 5.2; up to 64 KiB)."""
    text = _ENCODER.encode(message)
    if len(text) < 126:
        return b"\x81" + len(text).to_bytes(1, "big") + text
    return b"\x81\x7e" + len(text).to_bytes(2, "big") + text


def _id_in(text: str | bytes) -> str | None:
    try:
        read = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    found = read.get("id") if isinstance(read, dict) else None
    return found if isinstance(found, str) and _ID.match(found) else None


def read_routine(asked: Any, id: str | None = None) -> Routine:
    """Turn a routine as decoded JSON or as RoutineAsked into the core's own.

    Raises WireError, with the command's `id`, naming the field that is off.
    """
    try:
        read = asked if isinstance(asked, RoutineAsked) else msgspec.convert(asked, RoutineAsked)
    except msgspec.ValidationError as e:
        raise WireError(str(e), id) from e
    items = tuple(
        RoutineItem(i.stretch, i.hold_s, i.reps, i.rest_s, Side(i.first_side)) for i in read.items
    )
    return Routine(items, read.warm_up_s, read.name)


def schema() -> dict[str, Any]:
    """Give the JSON Schemas of every message, both ways."""
    refs, defs = msgspec.json.schema_components([FromPhone, Message], ref_template="#/$defs/{name}")
    from_phone, to_phone = refs
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Say When, protocol version 1",
        "from_phone": from_phone,
        "to_phone": to_phone,
        "$defs": defs,
    }
