"""What the hub asks of a journal: append, read, erase. Knows no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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


ENDED, KEPT, OPEN = "ended", "kept", "open"


@dataclass(frozen=True, slots=True)
class Head:
    """The last commit of a room's log, where several servers write.

    `by` names its server; the log is `seq` events long and stands at `at` in the engine; the room's
    time is `shift_ms` ahead of that server's clock, and was `time_ms` at its last event.
    """

    by: str
    seq: int
    at: int
    shift_ms: int
    time_ms: int
    is_: str

    @property
    def is_kept(self) -> bool:
        """Whether the client keeps the room's record."""
        return self.is_ == KEPT


class SharedJournal(Journal, Protocol):
    """A journal that several servers write to. Whoever wrote a room's last commit owns the room.

    `append` raises Fenced where that is another server by now.
    """

    async def owner(self, room: RoomId) -> Head | None:
        """Return the last commit of a room, maybe not the newest; None: there is no such room."""

    def head(self, room: RoomId) -> Head | None:
        """Return the last commit as of the last read or append."""

    def shift(self, room: RoomId, shift_ms: int) -> None:
        """Note how far a room's time is ahead of this server's clock, for the commits to come."""

    def forget(self, room: RoomId) -> None:
        """Forget what is known of a room's log, which stays as it is."""
