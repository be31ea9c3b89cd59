"""A room that notes which of its facts somebody looks at, by the names of its fields."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from app.core.model import RoomState

INTO = ("client", "partner", "at", "at.rep", "at.stop", "at.stop.flag", "drill")


class Read:
    """A copy of a room that is read like any other; `names` are the fields that were read."""

    def __init__(self, state: RoomState) -> None:
        self.names: set[str] = set()
        self.state: RoomState = self._watched(state, "")

    def _watched(self, part: Any, path: str) -> Any:
        kind: type[msgspec.Struct] = type(part)
        whole = {name: getattr(part, name) for name in kind.__struct_fields__}
        for name, value in whole.items():
            if f"{path}{name}" in INTO and value is not None:
                whole[name] = self._watched(value, f"{path}{name}.")
        copy = _watching(kind)(**whole)
        _WATCHES[id(copy)] = (self.names, path)
        return copy

    def forget(self) -> None:
        """Note nothing more."""
        for watch in [key for key, (names, _) in _WATCHES.items() if names is self.names]:
            del _WATCHES[watch]


_WATCHES: dict[int, tuple[set[str], str]] = {}


@cache
def _watching(kind: type[msgspec.Struct]) -> Any:
    fields = frozenset(kind.__struct_fields__)

    def read(self: Any, name: str) -> Any:
        if name in fields:
            names, path = _WATCHES[id(self)]
            names.add(f"{path}{name}")
        return object.__getattribute__(self, name)

    return msgspec.defstruct(
        f"Watched{kind.__name__}", (), bases=(kind,), frozen=True,
        namespace={"__getattribute__": read},
    )  # fmt: skip
