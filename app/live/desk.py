"""One phone's messages, each handed to whoever deals with it. Knows no socket.

Reading does not wait for answers: a command is answered `done` or `refused` when its room has
settled it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from app.clock import Clock
from app.core import commands as c
from app.core.model import SEATS, CommandId, Role
from app.errors import AppError, JournalError, Refused, TooFast, WireError
from app.hub.door import Door
from app.hub.line import answered
from app.hub.outbox import Outbox
from app.hub.rooms import Rooms
from app.pairing.seats import Seats
from app.protocol import from_phone, wire
from app.protocol.to_phone import Done, InvitationTold, RefusedCommand

RATE_PER_S = 20
BURST = 40
MOST_FAULTS = 100  # that one beat can add

log = structlog.get_logger()


class Bucket:
    """A token bucket: `RATE_PER_S` on average, `BURST` at once."""

    __slots__ = ("_at_ms", "_clock", "_left")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._left = float(BURST)
        self._at_ms = clock.now_ms()

    def take(self) -> bool:
        """Take one token; return False if none is left."""
        now = self._clock.now_ms()
        self._left = min(BURST, self._left + (now - self._at_ms) * RATE_PER_S / 1000)
        self._at_ms = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Desk:
    """Where the messages of one socket are dealt with; `unanswered` counts its commands."""

    __slots__ = (
        "_bucket", "_faults", "_origin", "_outbox", "_role", "_room", "_rooms", "_seats", "_tasks",
        "unanswered",
    )  # fmt: skip

    def __init__(
        self,
        room: Door,
        role: Role,
        outbox: Outbox,
        rooms: Rooms,
        seats: Seats,
        clock: Clock,
        origin: str,
    ) -> None:
        self._room = room
        self._role = role
        self._outbox = outbox
        self._rooms = rooms
        self._seats = seats
        self._origin = origin
        self._bucket = Bucket(clock)
        self._tasks: set[asyncio.Task[None]] = set()
        self._faults = 0
        self.unanswered = 0

    def read(self, text: str | bytes) -> str | None:
        """Deal with one message and return the alert that a page says in it to have painted.

        Raises WireError for one that is none of ours or too many.
        """
        message = wire.decode(text)
        is_urgent = isinstance(message, c.URGENT) and self._role in SEATS
        if not is_urgent and not self._bucket.take():
            raise TooFast("slow down", getattr(message, "id", None))
        if self._role is Role.DISPLAY and isinstance(message, c.PhoneCommand):
            self._answer(message.id, answered(Refused("not_yours")))
            return None
        match message:
            case from_phone.Beat(n=n, sent_ms=sent, visible=visible, sound=sound, awake=awake):
                answer = self._room.beat(self._role, n, sent, visible, sound, awake)
                self._outbox.answer_beat(answer)
                self._count(message.faults)
            case from_phone.Seen(alert=alert):
                if self._role in SEATS:
                    self._room.seen(self._role, alert)
                return alert
            case from_phone.DirectLine(data=data):
                if self._role in SEATS:
                    self._room.pass_on(self._role, data)
            case from_phone.PickRoutine(id=id, routine=asked):
                self._answer(id, self._pick(id, asked))
            case from_phone.Admit(id=id, knock=knock):
                self._later(id, self._admit(knock))
            case from_phone.TurnAway(id=id, knock=knock):
                self._later(id, self._turn_away(knock))
            case from_phone.Invite(id=id, role=role):
                self._later(id, self._invite(role))
            case _:
                self._check_place(message)
                self._answer(message.id, self._room.ask(message, self._role))
        return None

    def refuse(self, problem: WireError) -> None:
        """Answer a message that could not be dealt with."""
        reason = "too_fast" if isinstance(problem, TooFast) else "malformed"
        self._outbox.reply(RefusedCommand(id=problem.id, reason=reason))

    def close(self) -> None:
        """Forget what is under way for this socket; what has reached the room goes on."""
        for task in self._tasks:
            task.cancel()

    def _count(self, faults: int) -> None:
        """Count the faults that are new since the last beat; any page may send any number."""
        if faults > self._faults:
            self._room.page_failed(min(faults - self._faults, MOST_FAULTS))
        self._faults = faults

    def _pick(self, id: str, asked: from_phone.RoutineAsked) -> asyncio.Future[None]:
        routine = from_phone.read_routine(asked, id)
        try:
            facts = self._rooms.facts(routine)
        except AppError as e:
            raise WireError(str(e), id) from e
        command = c.ChooseRoutine(routine=routine, facts=facts, id=CommandId(id))
        return self._room.ask(command, self._role)

    def _check_place(self, message: c.FlagPain | c.Feel | object) -> None:
        place = getattr(message, "place", None)
        if place is not None and not self._rooms.is_place(place):
            raise WireError("no such place", getattr(message, "id", None))

    async def _admit(self, knock: str) -> None:
        self._check_asked(knock)
        await self._seats.admit(self._room, knock)

    async def _turn_away(self, knock: str) -> None:
        self._check_asked(knock)
        await self._seats.turn_away(self._room, knock)

    def _check_asked(self, knock: str) -> None:
        """Refuse all but the seat that invited: nobody else lets anyone in."""
        if self._room.knock is None or self._room.knock[1] != knock:
            raise Refused("not_now")
        if self._room.knock[0] is not self._role:
            raise Refused("not_yours")

    async def _invite(self, asked: str | None) -> None:
        free = self._room.invitable(self._role)
        role = Role(asked) if asked in (*SEATS, Role.DISPLAY) else next(iter(free), None)
        if role is Role.DISPLAY and self._role is not self._room.state.host:
            raise Refused("not_yours")
        if role is None:
            raise Refused("not_now")
        made = await self._seats.invite(self._room, self._role, role=role, origin=self._origin)
        self._outbox.reply(
            InvitationTold(
                code=made.code, url=made.url, expires_ms=made.expires_ms, role=role.value
            )
        )

    def _later(self, id: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._answer(id, task)

    def _answer(self, id: str, answer: asyncio.Future[None]) -> None:
        self.unanswered += 1
        answer.add_done_callback(lambda done: self._reply(id, done))

    def _reply(self, id: str, done: asyncio.Future[None]) -> None:
        self.unanswered -= 1
        if done.cancelled():
            return
        problem = done.exception()
        if problem is None:
            self._outbox.reply(Done(id=id))
        elif isinstance(problem, Refused):
            self._outbox.reply(RefusedCommand(id=id, reason=problem.reason))
        elif isinstance(problem, JournalError):
            self._outbox.reply(RefusedCommand(id=id, reason="journal_down"))
        else:
            log.error("command_failed", exc_info=problem)
            self._outbox.reply(RefusedCommand(id=id, reason="not_now"))
