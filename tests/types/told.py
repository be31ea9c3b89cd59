"""Writes the types of what the server tells, and of what it shares, from what it has itself.

`python -m tests.types.told` writes told.d.ts and constants.d.ts of static/js/room anew; a test
holds them to the classes and constants.
"""

from __future__ import annotations

import typing
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any

from app.config import ASSETS
from app.protocol import to_phone
from app.screen import constants

ROOM = ASSETS / "static/js/room"
MADE = "Made by `python -m tests.types.told`.\n"
HEAD = f"// What the server tells (app/protocol/to_phone.py). {MADE}"
SHARED = f"// Numbers that pages share with the server, which makes the script.\n// {MADE}"
SIMPLE = {str: "string", int: "number", float: "number", bool: "boolean", NoneType: "null"}
# The one mapping that is told; who only looks on may ask for a seat that there is not.
SEATS = "{ client: SeatTold; partner: SeatTold; [role: string]: SeatTold | undefined }"


def files() -> dict[str, str]:
    """Return the text of each file by its name."""
    return {"told.d.ts": _told(), "constants.d.ts": _constants()}


def _constants() -> str:
    kinds = {int: "number", list: "readonly string[]"}
    lines = [
        f"export const {name}: {kinds[type(value)]};" for name, value in constants.values().items()
    ]
    return "\n".join([SHARED, *lines, ""])


def _told() -> str:
    parts: dict[type, str] = {}
    for message in typing.get_args(to_phone.Message):
        _add(message, parts)
    union = "".join(f"\n  | {one.__name__}" for one in typing.get_args(to_phone.Message))
    return "\n".join([HEAD, *parts.values(), f"export type Told ={union};\n"])


def _add(struct: type, parts: dict[type, str]) -> None:
    """Write down a struct, after those it is made of."""
    if struct in parts:
        return
    hints = typing.get_type_hints(struct)
    lines = [f"  {name}: {_type(hint, parts)};" for name, hint in hints.items()]
    if issubclass(struct, to_phone.ToPhone):
        lines.insert(0, f'  type: "{struct.__struct_config__.tag}";')
    parts[struct] = f"export type {struct.__name__} = {{\n" + "\n".join(lines) + "\n};\n"


def _type(hint: Any, parts: dict[type, str]) -> str:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is dict and args[1] is to_phone.SeatTold:
        _add(to_phone.SeatTold, parts)
        return SEATS
    if origin is typing.Literal:
        return " | ".join(f'"{one}"' for one in args)
    if origin in (UnionType, typing.Union):
        return " | ".join(dict.fromkeys(_type(one, parts) for one in args))
    if origin is tuple and args[1:] == (...,):
        return f"{_type(args[0], parts)}[]"
    if origin is tuple:
        return f"[{', '.join(_type(one, parts) for one in args)}]"
    return SIMPLE.get(hint) or _named(hint, parts)


def _named(hint: Any, parts: dict[type, str]) -> str:
    if isinstance(hint, typing.NewType):
        return _type(hint.__supertype__, parts)
    if issubclass(hint, StrEnum):
        return " | ".join(f'"{one.value}"' for one in hint)
    _add(hint, parts)
    return str(hint.__name__)


if __name__ == "__main__":
    for name, text in files().items():
        (ROOM / name).write_text(text, encoding="utf-8")
