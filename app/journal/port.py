"""What the hub asks of a journal: append, read, erase. Knows no database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.core.events import Event
from app.core.model import RoomId


class Journal(Protocol):
    """A log of events for each room. `epoch` names it: (epoch, seq) is one event for ever."""

    @property
    def epoch(self) -> str:
        """The journal's name, made when it was made."""

    async def append(self, room: RoomId, expected_seq: int, events: Sequence[Event]) -> int:
        """Add events, all or none, and return the new length of the room's log.

        Returns once they would survive a power cut. Raises SeqConflict when the log is not
        `expected_seq` long, JournalUnavailable when the disk does not take them.
        """

    async def read(self, room: RoomId, after_seq: int = 0) -> list[Event]:
        """Return a room's events in order, from the one after `after_seq`; empty if unknown."""

    async def rooms(self) -> list[RoomId]:
        """List every room that has a log, the oldest first."""

    async def erase(self, room: RoomId) -> None:
        """Erase a room: its log, and what the directory has of it."""

    async def is_writable(self) -> bool:
        """Return whether a commit would succeed now."""

    async def close(self) -> None:
        """Finish what is under way."""
