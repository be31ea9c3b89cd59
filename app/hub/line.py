"""The line of commands that wait for one room. Those that the disk still has to take go first."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.core.commands import Command, id_of
from app.core.model import AlertId, CommandId, Role


def new_answer() -> asyncio.Future[None]:
    """Return an answer that nobody has to wait for."""
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    future.add_done_callback(lambda f: f.cancelled() or f.exception())
    return future


def answered(problem: Exception | None) -> asyncio.Future[None]:
    """Return an answer that is there already."""
    answer = new_answer()
    if problem is None:
        answer.set_result(None)
    else:
        answer.set_exception(problem)
    return answer


@dataclass(slots=True)
class Waiting:
    """A command on its way through the room; `alert` names the one it raised."""

    command: Command
    by: Role
    at_ms: int
    alert: AlertId | None = None
    answer: asyncio.Future[None] = field(default_factory=new_answer)

    @property
    def id(self) -> CommandId | None:
        """The phone's own id of it, if it has one."""
        return id_of(self.command)


class Line:
    """The commands that wait. `owed` are those told at once that are not on the disk yet."""

    def __init__(self) -> None:
        self.owed: deque[Waiting] = deque()
        self._queue: deque[Waiting] = deque()
        self._current: Waiting | None = None

    def __iter__(self) -> Iterator[Waiting]:
        """Iterate over all commands under way, in order."""
        if self._current is not None:
            yield self._current
        yield from self.owed
        yield from self._queue

    def join(self, waiting: Waiting) -> None:
        """Add a command at the end."""
        self._queue.append(waiting)

    def next(self) -> Waiting | None:
        """Take and return the next command, or None if none waits."""
        self._current = self._queue.popleft() if self._queue else None
        return self._current

    def find(self, by: Role, id: str) -> Waiting | None:
        """Return the command with that phone's id, if it is under way."""
        return next((w for w in self if w.by is by and w.id == id), None)
