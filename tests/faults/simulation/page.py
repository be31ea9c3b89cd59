"""One phone: the page's reducers, socket and screen; it hides, freezes, reloads and dies."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.core.model import Role
from tests.faults.simulation.engine import engine
from tests.faults.simulation.network import Way
from tests.faults.simulation.server import Socket

if TYPE_CHECKING:
    from tests.faults.simulation.world import World

TURN_MS = 250  # as in loop.js
JUMP_MS = 3_000
FRAME_MS = 33


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands on the screen."""

    phase: str
    severity: str
    lost: bool
    over: bool
    seq: int
    phase_no: int
    may: frozenset[str]
    options: tuple[str, ...]
    status: str
    has_line: bool
    stays_ms: float

    @property
    def is_pushing(self) -> bool:
        """Whether it shows a running hold, or easing in, with nothing against it."""
        calm = self.severity == "ok" and not self.lost and not self.over
        return calm and self.phase in ("easing_in", "holding")


class SimPage:
    """The page of one seat."""

    def __init__(self, world: World, index: int, role: Role) -> None:
        self.world = world
        self.index = index
        self.role = role
        self.way = Way(world.clock, world.chance)
        self.skew_ms = world.chance.randint(-3_600_000, 3_600_000)
        self.saved: dict[str, Any] = {}
        self.socket: Socket | None = None
        self.visible = True
        self.is_dead = False
        self.frozen_until = 0
        self.ticked_at = 0
        self.taps = 0
        self.opens = 0
        self.shown: Shown | None = None

    # Its clock and its life

    def now(self) -> int:
        """Return this phone's own time."""
        return self.world.clock.now_ms() + self.skew_ms

    def load(self) -> None:
        """Open the page, anew or again."""
        engine().call("reset", self.index, self.role.value)
        self.put("restored", saved=self.saved)
        self.ticked_at = self.now()
        if self.socket is None:
            self._later()
        self.socket = None

    def _later(self) -> None:
        stays_ms = self.shown.stays_ms if self.shown else TURN_MS
        self.world.clock.after(min(TURN_MS, int(stays_ms) + 1), self.tick)

    @property
    def is_awake(self) -> bool:
        """Whether its script runs now."""
        return not self.is_dead and self.world.clock.now_ms() >= self.frozen_until

    def tick(self) -> None:
        """Do what phone.js does with every turn of the loop."""
        if not self.is_awake:
            return self._later()
        jumped = self.now() - self.ticked_at > JUMP_MS
        self.ticked_at = self.now()
        if jumped:
            self.put("wake")
        self.perform(engine().effects("tick", self.index, self.visible, self.now()))
        self.look()
        self._later()

    def look(self) -> None:
        """Paint: keep what the screen shows now."""
        parts = engine().call("shown", self.index, self.now()).split("|")
        may, options = frozenset(parts[6].split()), tuple(parts[7].split())
        self.shown = Shown(
            parts[0], parts[1], parts[2] == "yes", parts[3] == "yes",
            int(parts[4]), int(parts[5]), may, options, parts[8], parts[9] == "true",
            float(parts[10]),
        )  # fmt: skip
        self.world.watch.painted(self)

    # What goes in and out

    def put(self, type: str, **fields: Any) -> None:
        """Hand the link an input."""
        text = json.dumps({"type": type, **fields})
        self.perform(engine().effects("put", self.index, text, self.now()))

    def perform(self, effects: list[dict[str, Any]]) -> None:
        """Do what the reducers ask for."""
        for effect in effects:
            match effect["type"]:
                case "send" if self.socket is not None:
                    self.socket.say(json.dumps(effect["message"]))
                case "open":
                    self._open()
                case "save":
                    self.saved = effect["saved"]
                case "post":
                    self.world.server.post(self, json.dumps(effect["message"]))
                case "direct":
                    self.world.direct.send(self, effect["message"])

    def _open(self) -> None:
        if self.socket is not None:
            self._hang_up(self.socket)
        self.opens += 1
        self.socket = Socket(self.world.server, self)
        if self.way.is_cut:
            self.socket.drop(1006)
        else:
            self.socket.knock()

    def _hang_up(self, old: Socket) -> None:
        server = old.server
        old.down.is_closed = True
        old.up.send(lambda: server.gone(old))

    def opened(self, socket: Socket) -> None:
        """Hear that the socket stands."""
        if socket is self.socket and self.is_awake:
            self.put("opened")

    def hear(self, socket: Socket, text: str) -> None:
        """Hear a message; a frozen page hears it when it thaws."""
        if self.is_dead or socket is not self.socket:
            return
        if not self.is_awake:
            self.world.clock.call_at(self.frozen_until, lambda: self.hear(socket, text))
            return
        self.perform(engine().effects("hear", self.index, text, self.now()))
        self.look()
        if '"alert"' in text:
            self.world.clock.after(FRAME_MS, self.paint)

    def paint(self) -> None:
        """Send `seen` for what a frame has painted."""
        if self.is_awake and self.visible:
            alerts = json.loads(engine().call("unpainted", self.index))
            if alerts:
                self.put("painted", alerts=alerts)

    def answered(self, id: str, told: dict[str, Any]) -> None:
        """Hear the answer to what was posted."""
        if self.is_awake:
            self.put("posted", id=id, told=told)

    def closed(self, socket: Socket, code: int) -> None:
        """Hear that the socket is gone."""
        if socket is self.socket and not self.is_dead:
            if not self.is_awake:
                self.world.clock.call_at(self.frozen_until, lambda: self.closed(socket, code))
            else:
                self.put("closed", code=code)

    def hear_directly(self, message: dict[str, Any]) -> None:
        """Hear the other page by the direct line."""
        if not self.is_awake:
            return
        self.put("direct", message=message)
        self.look()
        self.world.clock.after(FRAME_MS, self.paint)

    # What a person does with it

    def tap(self, command: str, **fields: Any) -> None:
        """Tap a button."""
        if not self.is_awake or not self.visible:
            return
        self.taps += 1
        id = f"{self.role}-{self.taps}"
        self.world.watch.tapped(self, command, id)
        self.put("tap", id=id, command=command, fields=fields)
        self.look()

    def show(self, visible: bool) -> None:
        """Hide the page or come back to it."""
        self.visible = visible
        if self.is_awake:
            self.put("status", visible=visible, sound="on", awake=True)
            if visible:
                self.put("wake")
                self.paint()

    def reload(self) -> None:
        """Reload: all but what was saved is forgotten."""
        if self.is_dead:
            return
        if self.socket is not None:
            self._hang_up(self.socket)
        self.load()
        self.world.direct.lay()
