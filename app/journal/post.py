"""The post between servers: small messages by subject, sent without waiting, maybe lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

Hear = Callable[[bytes], None]
Answer = Callable[[bytes], Awaitable[bytes]]


class NotReached(Exception):
    """Nobody answered in time."""


class NobodyThere(NotReached):
    """Nobody listens to this subject: its server's connection is closed."""


class Post(Protocol):
    """One server's post. `srv` names this server."""

    when_back: list[Callable[[], None]]  # called once the engine is reached again

    @property
    def srv(self) -> str:
        """This server's name."""

    def send(self, subject: str, data: bytes) -> bool:
        """Send to whoever listens; return False while the engine is away. Never waits."""

    async def ask(self, subject: str, data: bytes, within_s: float) -> bytes:
        """Ask whoever listens. Raises NobodyThere at once, NotReached after `within_s`."""

    async def listen(self, subject: str, hear: Hear) -> None:
        """Hear what is sent to a subject, in the order in which each server sends it."""

    async def answer(self, subject: str, answer: Answer) -> None:
        """Answer what is asked at a subject."""
