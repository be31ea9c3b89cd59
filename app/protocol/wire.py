"""Text <-> a closed set of messages. Nothing else in the project parses what phones say.

What may be said is in from_phone.py and to_phone.py. Source: docs/protocol.md.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from app.errors import WireError
from app.protocol.from_phone import FromPhone
from app.protocol.to_phone import Message

MAX_MESSAGE_BYTES = 2048

_DECODER: msgspec.json.Decoder[FromPhone] = msgspec.json.Decoder(FromPhone)
_ENCODER = msgspec.json.Encoder()
_ID = re.compile(r"\A[A-Za-z0-9_-]{1,40}\Z")


def decode(text: str | bytes) -> FromPhone:
    """Read one message of a phone.

    Raises WireError (`malformed`) for anything that is not one of ours; its `id` is the command's,
    if that can be read.
    """
    try:
        return _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as e:
        raise WireError(str(e), _id_in(text)) from e


def encode(message: Message) -> bytes:
    """Return the text of one message to a phone, in UTF-8."""
    return _ENCODER.encode(message)


def frame(message: Message) -> bytes:
    """Return one message to a phone as a whole websocket frame (RFC 6455, 5.2; up to 64 KiB)."""
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


def schema() -> dict[str, Any]:
    """Return the JSON Schemas of every message, both ways."""
    refs, defs = msgspec.json.schema_components([FromPhone, Message], ref_template="#/$defs/{name}")
    from_phone, to_phone = refs
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Say When, protocol version 1",
        "from_phone": from_phone,
        "to_phone": to_phone,
        "$defs": defs,
    }
