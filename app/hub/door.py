"""The door: the only way to a room, wherever the room lives.

Whoever wants something of a room holds its `Door`: the live socket, pages and API, pairing, a
practice partner, tests; other servers will. Behind it is a `Room` of this process.

**What is asked.** `ask` takes a command, `beat` a sign of life, `seen` the word of a page that it
has painted an alert, `look` reads the newest state, `pass_on` hands one page's words to the other.
`attach` opens the other direction: an `Outbox`, from which whoever serves that phone takes what it
is told.

**What is told, and in which order.** An urgent command (stop, ease off, pain) puts its alert into
the outboxes of both phones before `ask` returns; nothing is decided or written before. Then, one
command at a time: it is decided, committed and applied; all are told the new state; whoever sent it
is answered. So whoever is told a state can rely on it: no server and no restart takes it back. An
outbox gives alerts first, then the newest state, then answers.

**What never waits.** Nothing here waits for a phone. `beat`, `seen`, `pass_on`, `look`, `attach`
and `leave` end at once. `ask` returns at once too; its answer comes once the journal has the
command, or raises Refused. A phone that does not read fills its own outbox and is cut.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager
from typing import Protocol

from app.core.commands import Command
from app.core.model import Role, RoomId, RoomState
from app.hub.outbox import Outbox
from app.protocol.to_phone import BeatAnswer, Message, StateTold


class Known(Protocol):
    """A room as it is known wherever it lives: enough to list it, and to leave it."""

    @property
    def id(self) -> RoomId:
        """The room's id."""

    @property
    def state(self) -> RoomState:
        """Its newest committed state; it never changes, the next one takes its place."""

    def ask(self, command: Command, by: Role = Role.SERVER) -> asyncio.Future[None]:
        """Take a command; the answer comes once it is committed, or raises Refused."""

    def formers(self, role: Role) -> list[str]:
        """List the token of the phone before: it counts until its successor has been seen."""


class Door(Known, Protocol):
    """What can be asked of a room."""

    @property
    def knock(self) -> tuple[Role, str] | None:
        """Who is asked to let someone in, and the id of that knock."""

    # Commands

    def fail(self) -> None:
        """Stop, because something unexpected went wrong around this room."""

    # A phone's socket

    def attach(self, role: Role, tab: str = "", n: int = 0) -> Outbox:
        """Open an outbox for a phone's new socket; the newest socket of a seat wins.

        The truth and all alerts that the phone has not shown are in it. `n` counts the sockets of
        one `tab`.
        """

    def leave(self, role: Role, outbox: Outbox) -> None:
        """Forget a socket that is closed."""

    def beat(
        self, role: Role, n: int, sent_ms: float, visible: bool, sound: str, awake: bool
    ) -> BeatAnswer:
        """Renew the lease of a seat's phone and return the answer to its beat."""

    def seen(self, role: Role, alert: str) -> None:
        """Note that a phone's page has painted an alert, and tell its raiser."""

    def pass_on(self, by: Role, data: str) -> None:
        """Hand what one page says to the page across the mat, unread."""

    def page_failed(self, faults: int) -> None:
        """Count errors in a page's script, for the operator."""

    # What anybody may be told

    def look(self, role: Role) -> StateTold:
        """Return the newest state as one phone may know it."""

    def tell(self, role: Role, message: Message) -> None:
        """Queue a message for the phone of a seat, if it is connected."""

    def send_away(self, role: Role, reason: str, code: int) -> None:
        """Close the socket of a seat, saying why."""

    # Seats that change hands

    def invitable(self, by: Role) -> tuple[Role, ...]:
        """List the seats that this phone may invite someone to."""

    def knocking(self, at: Role | None, knock: str | None) -> None:
        """Note who is asked to let someone in, or that nobody waits any more."""

    def coming(self, role: Role, token_hash: str) -> AbstractContextManager[None]:
        """Let a phone take a seat within this; raises Refused `not_now` while another takes it."""

    def is_as_when(self, role: Role, held: str | None) -> bool:
        """Return whether no phone has been seen in a seat since its token was `held`."""

    def is_awaited(self, role: Role) -> bool:
        """Return whether a phone has just been given a seat and is still on its way."""
