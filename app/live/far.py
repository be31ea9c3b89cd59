"""A phone whose room is another server's: its frames travel by post, unread.

At the server that has the socket, a `FarPhone` stands behind the connection in the phone's place.
At the room's owner, a `FarConnection` stands in for the connection before a phone like any other.
If the owner dies or sends the phone away for a restart, the same socket is attached anew, here or
to the next owner, and the urgent taps of the last moments are sent again: their ids make sure that
each counts once.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import deque
from collections.abc import Coroutine

import msgspec
import structlog
from starlette.applications import Starlette

from app.clock import Clock, pass_ms
from app.core import commands as c
from app.errors import AppError, Elsewhere, JournalError, WireError
from app.hub.door import Door
from app.hub.servers import Servers
from app.journal.post import NotReached, Post
from app.live.desk import Bucket
from app.live.phone import PAUSE_BEHIND_S, Phone, Scope, admitted, attach, close_code
from app.protocol import wire
from app.protocol.constants import CLOSE_RESTARTING
from app.server import connection
from app.server.connection import EXTENSION, LiveConnection

ANSWERED_WITHIN_S = 1.0
UNTAKEN_BYTES = 4 * 1024  # on their way to a far phone; what is more waits in its room's outbox
TAKEN_BYTES = 1024  # after so many its server says that they are taken
AGAIN_MS = 2_000  # urgent taps so old may have died with the owner
ANEW_WITHIN_MS, TRY_AGAIN_MS = 3_000, 100
SID = 8  # characters of a far phone's name, before what it says
FAILED = 1011
TEXT, BINARY, TAKEN, GONE = b"t", b"b", b"k", b"x"  # up
NOW, LATER, HANDS, END = b"!", b".", b"h", b"x"  # down

log = structlog.get_logger()


class Handshake(msgspec.Struct, frozen=True):
    """What a phone has asked its server for, as the room's owner needs it."""

    sid: str
    back: str
    room: str
    scheme: str
    path: str
    query: bytes
    headers: list[tuple[bytes, bytes]]
    client: tuple[str, int] | None


class FarConnection:
    """At the owner: the connection of a phone at another server."""

    def __init__(self, far: Far, shake: Handshake) -> None:
        self.srv = shake.back
        self.told_bytes = 0
        self.room: Door | None = None
        self._taken_bytes = 0
        self._is_over = False
        self._far = far
        self._sid = shake.sid.encode()
        self._phone: connection.Phone | None = None

    @property
    def is_writable(self) -> bool:
        """Whether the phone's server takes more."""
        return not self._is_over and self.told_bytes - self._taken_bytes < UNTAKEN_BYTES

    def attach(self, phone: connection.Phone) -> None:
        """Hand every message to this phone."""
        self._phone = phone

    def write(self, frames: bytes) -> None:
        """Send frames."""
        is_hands_on = self.room is not None and self.room.state.is_hands_on
        self._send(HANDS if is_hands_on else LATER, frames)

    def write_now(self, frame: bytes) -> None:
        """Send a frame that goes before anything else at the phone's server."""
        self._send(NOW, frame)

    def _send(self, kind: bytes, frames: bytes) -> None:
        self.told_bytes += len(frames)
        self._far.send(self.srv, "down", self._sid + kind + frames)

    def prove(self, told_bytes: int) -> None:
        """Do nothing: its own server looks whether the phone reads."""

    def end(self, code: int) -> None:
        """Have the phone's socket closed, or attached anew where this server restarts."""
        if not self._is_over:
            self._far.send(self.srv, "down", self._sid + END + str(code).encode())
            self.leave()

    def cut(self) -> None:
        """End at once."""
        self.end(FAILED)

    def hear(self, kind: bytes, said: bytes) -> None:
        """Deal with what comes up from the phone's server."""
        if self._phone is None:
            return
        if kind == TEXT:
            self._phone.read(said.decode())
        elif kind == BINARY:
            self._phone.read(None)
        elif kind == GONE:
            self.leave()
        elif kind == TAKEN:
            was_full = not self.is_writable
            self._taken_bytes = int(said)
            if was_full and self.is_writable:
                self._phone.flush()

    def leave(self) -> None:
        """Forget the phone: it is gone, or was sent away."""
        if not self._is_over:
            self._is_over = True
            self._far.near_gone(self._sid)
            if self._phone is not None:
                self._phone.leave()


class FarPhone:
    """At the server that has the socket: what stands behind the connection in the phone's place."""

    def __init__(self, far: Far, scope: Scope, live: LiveConnection, clock: Clock) -> None:
        self.owner = ""
        self.is_hands_on = False
        self._far = far
        self._scope = scope
        self._live = live
        self._clock = clock
        self._bucket = Bucket(clock)
        self._sid = b""
        self._held: list[bytes] = []
        self._is_begun = False
        self._is_gone = self._is_moving = False
        self._near: Phone | None = None  # once the room is this server's own
        self._got_bytes = self._said_bytes = 0
        self._said: deque[tuple[int, str]] = deque(maxlen=16)

    async def open(self, owner: str) -> int:
        """Ask the owner to let this phone in; return 0, or the code to close its socket with."""
        self._far.forget(self._sid)
        self.owner, self._sid = owner, secrets.token_hex(SID // 2).encode()
        self._got_bytes = self._said_bytes = 0
        self._far.here[self._sid] = self
        code = await self._far.ask_in(owner, self._handshake())
        if code:
            self._far.forget(self._sid)
        return code

    def _handshake(self) -> Handshake:
        scope = self._scope
        return Handshake(
            sid=self._sid.decode(),
            back=self._far.srv,
            room=scope["path_params"]["room"],
            scheme=scope["scheme"],
            path=scope["path"],
            query=scope["query_string"],
            headers=[(k, v) for k, v in scope["headers"]],
            client=scope["client"] and (scope["client"][0], scope["client"][1]),
        )

    def begin(self) -> None:
        """Pass on what waits, and what the phone says from now on."""
        self._is_begun = True
        self._live.attach(self)
        self.flush()

    def read(self, text: str | None) -> float:
        """Pass a message on; return how long (s) the next has to wait, in a flood."""
        if self._near is not None:
            return self._near.read(text)
        if text is None:
            self._up(BINARY)
        else:
            if '"beat"' not in text:  # what is urgent goes out again if the room moves
                self._said.append((self._clock.now_ms(), text))
            self._up(TEXT, text.encode())
        return 0.0 if self._bucket.take() else PAUSE_BEHIND_S

    def flush(self) -> None:
        """Send what waits."""
        if self._near is not None:
            self._near.flush()
        elif self._is_begun:
            held, self._held = self._held, []
            for frames in held:
                self._write(LATER, frames)

    def leave(self) -> None:
        """Forget the socket: it ends."""
        self._is_gone = True
        self._far.forget(self._sid)
        if self._near is not None:
            self._near.leave()
        elif self._sid:
            self._up(GONE)

    def _up(self, kind: bytes, said: bytes = b"") -> None:
        self._far.send(self.owner, "up", self._sid + kind + said)

    def hear(self, kind: bytes, said: bytes) -> None:
        """Deal with what comes down from the room's owner."""
        if kind == END:
            self._far.forget(self._sid)
            self._far.later(self._ended(int(said)))
            return
        self.is_hands_on = kind == HANDS or (kind == NOW and self.is_hands_on)
        if kind == NOW and self._is_begun:
            self._write(NOW, said)
        elif self._held or not self._is_begun or not self._live.is_writable:
            self._held.append(said)
        else:
            self._write(kind, said)

    def _write(self, kind: bytes, frames: bytes) -> None:
        if kind == NOW:
            self._live.write_now(frames)
        else:
            self._live.write(frames)
        self._got_bytes += len(frames)
        if self._got_bytes - self._said_bytes >= TAKEN_BYTES:
            self._said_bytes = self._got_bytes
            self._up(TAKEN, str(self._got_bytes).encode())

    async def _ended(self, code: int) -> None:
        if code == CLOSE_RESTARTING:
            await self.anew()
        elif not self._is_gone:
            self._live.end(code)

    def lost(self) -> None:
        """Close the socket: the phone finds a server that reaches its room."""
        self._far.forget(self._sid)
        self._live.end(CLOSE_RESTARTING)

    async def anew(self) -> None:
        """Attach the same socket to whoever owns the room now, or end it: its page comes back."""
        if self._is_moving:
            return
        self._is_moving = True
        is_attached = False
        try:
            is_attached = await self._is_attached_in_time()
        except Exception:
            log.exception("socket_failed")
        self._is_moving = False
        if not is_attached and not self._is_gone:
            self._live.end(CLOSE_RESTARTING)

    async def _is_attached_in_time(self) -> bool:
        self._held.clear()  # a state of the owner that is gone; its successor tells a newer one
        until_ms = self._clock.now_ms() + ANEW_WITHIN_MS
        while not self._is_gone and self._clock.now_ms() < until_ms:
            try:
                if await self._attached():
                    return True
            except JournalError:  # nobody can take the room yet
                pass
            except AppError:
                return False
            await pass_ms(self._clock, TRY_AGAIN_MS)
        return False

    async def _attached(self) -> bool:
        try:
            room, role = await admitted(self._scope)
        except Elsewhere as elsewhere:
            if await self.open(elsewhere.srv):
                return False
        else:
            if self._is_gone:
                return True
            self._far.forget(self._sid)
            self._near = attach(self._scope, _Kept(self._live, self), room, role)
        self._repeat()
        return True

    def _repeat(self) -> None:
        since_ms = self._clock.now_ms() - AGAIN_MS
        said, self._said = list(self._said), deque(maxlen=self._said.maxlen)
        for at_ms, text in said:
            if at_ms >= since_ms and _is_urgent(text):
                self.read(text)


class _Kept:
    """A connection that keeps handing its messages to the far phone, which passes them on."""

    def __init__(self, live: LiveConnection, phone: FarPhone) -> None:
        self._live = live
        self._phone = phone
        self.write, self.write_now = live.write, live.write_now
        self.prove, self.end, self.cut = live.prove, live.end, live.cut

    @property
    def told_bytes(self) -> int:
        return self._live.told_bytes

    @property
    def is_writable(self) -> bool:
        return self._live.is_writable

    def attach(self, phone: connection.Phone) -> None:
        """Do nothing: the far phone stays attached."""


def _is_urgent(text: str) -> bool:
    with contextlib.suppress(WireError):
        return isinstance(wire.decode(text), c.URGENT)
    return False


class Far:
    """All far phones of one server: those that are here, and those whose rooms are."""

    def __init__(self, app: Starlette, post: Post, servers: Servers, clock: Clock) -> None:
        self.srv = post.srv
        self.here: dict[bytes, FarPhone] = {}
        self._near: dict[bytes, FarConnection] = {}
        self._app = app
        self._post = post
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()
        servers.when_dead.append(self._dead)
        servers.when_away.append(self._away)
        post.when_back.append(self._back)

    async def start(self) -> None:
        """Hear from now on what comes by post."""
        await self._post.answer(f"sw.s.{self.srv}.open", self._open)
        await self._post.listen(f"sw.s.{self.srv}.up", self._up)
        await self._post.listen(f"sw.s.{self.srv}.down", self._down)

    def phone(self, scope: Scope, live: LiveConnection) -> FarPhone:
        """Return what stands behind a connection whose room is another server's."""
        return FarPhone(self, scope, live, self._clock)

    def send(self, srv: str, way: str, data: bytes) -> None:
        """Send to a server, up to a room or down to a phone; lost while the engine is away."""
        self._post.send(f"sw.s.{srv}.{way}", data)

    def forget(self, sid: bytes) -> None:
        """Pass nothing more to a phone that is here."""
        self.here.pop(sid, None)

    def near_gone(self, sid: bytes) -> None:
        """Pass nothing more from a phone whose room is here."""
        self._near.pop(sid, None)

    def later(self, work: Coroutine[object, object, None]) -> None:
        """Do this in a task of its own."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def ask_in(self, owner: str, shake: Handshake) -> int:
        """Ask a room's owner to let a phone in; return 0, or the code to close its socket with."""
        asked = msgspec.msgpack.encode(shake)
        try:
            return int(await self._post.ask(f"sw.s.{owner}.open", asked, ANSWERED_WITHIN_S))
        except NotReached:
            return CLOSE_RESTARTING

    # The owner's side

    async def _open(self, data: bytes) -> bytes:
        shake = msgspec.msgpack.decode(data, type=Handshake)
        live = FarConnection(self, shake)
        scope: Scope = {
            "type": "websocket",
            "app": self._app,
            "scheme": shake.scheme,
            "path": shake.path,
            "path_params": {"room": shake.room},
            "query_string": shake.query,
            "headers": shake.headers,
            "client": shake.client,
            "extensions": {EXTENSION: live},
        }
        try:
            room, role = await admitted(scope)
        except Elsewhere:  # it was mine a moment ago
            return str(CLOSE_RESTARTING).encode()
        except AppError as refusal:
            return str(close_code(refusal)).encode()
        live.room = room
        self._near[shake.sid.encode()] = live
        attach(scope, live, room, role)
        return b"0"

    def _up(self, data: bytes) -> None:
        live = self._near.get(data[:SID])
        if live is not None:
            live.hear(data[SID : SID + 1], data[SID + 1 :])

    # The side that has the socket

    def _down(self, data: bytes) -> None:
        phone = self.here.get(data[:SID])
        if phone is not None:
            phone.hear(data[SID : SID + 1], data[SID + 1 :])

    def _dead(self, srv: str) -> None:
        """Attach the phones of a dead owner anew, hands-on first; forget those that it had."""
        orphans = [phone for phone in self.here.values() if phone.owner == srv]
        for phone in sorted(orphans, key=lambda one: not one.is_hands_on):
            self.later(phone.anew())
        for live in [one for one in self._near.values() if one.srv == srv]:
            live.leave()

    def _back(self) -> None:
        """Attach all far phones anew: what was on its way to or from them may be lost."""
        for phone in sorted(self.here.values(), key=lambda one: not one.is_hands_on):
            self.later(phone.anew())
        for live in list(self._near.values()):
            live.end(CLOSE_RESTARTING)

    def _away(self) -> None:
        """Send the far phones to another server: from here nobody reaches their rooms."""
        for phone in list(self.here.values()):
            phone.lost()
