"""What must hold after every step, whatever the faults: judged from outside, by what was shown."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.core import events as e
from app.core.evolve import replay
from app.core.model import Phase, Role, other
from app.protocol.to_phone import Done, Message, RefusedCommand, StateTold

if TYPE_CHECKING:
    from tests.faults.simulation.page import Shown, SimPage
    from tests.faults.simulation.world import World

BLIND_MS = 3_500
OVER_MS = 250 + 20  # a turn of the page's loop; its clock lags by what a message travels
DELIVERED_WITHIN_MS = 600
URGENT = ("stop", "ease", "pain")
FRESH = ("good", "ready")  # what adds force, tapped by a finger
EASE_SLACK_MS = 3_000
ARRIVES_WITHIN_MS = 4_000
BEFORE_ALL = ("connecting", "ended")
NOT_LATCHED = (*BEFORE_ALL, "lobby", "warming_up")


class Broken(AssertionError):
    """A promise was broken in this seed."""


@dataclass
class Tap:
    """A tap of a person: when, and which phase stood on the screen."""

    role: Role
    command: str
    id: str
    at_ms: int
    phase_no: int


class Watch:
    """The witness of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.taps: dict[str, Tap] = {}
        self.heard_ms: dict[Role, int] = {}
        self.refused: set[str] = set()
        self.urgent_read_ms: dict[str, int] = {}
        self._meant: dict[tuple[str, int], Any] = {}
        self._before: dict[Role, Shown] = {}
        self._eased_at: dict[Role, int] = {}
        self._stops: dict[Role, list[tuple[int, int]]] = {Role.CLIENT: [], Role.PARTNER: []}
        self._judged = len(world.log)
        self.worst_blind_ms = 0
        self.worst_over_ms = 0

    @property
    def now(self) -> int:
        """The server's time."""
        return self._world.clock.now_ms()

    def fail(self, why: str) -> None:
        """Fail, naming the seed and what it broke."""
        raise Broken(f"seed {self._world.seed} at {self.now}: {why}")

    # What is heard on the way

    def tapped(self, page: SimPage, command: str, id: str) -> None:
        """A person tapped."""
        phase_no = page.shown.phase_no if page.shown else -1
        tap = self.taps[id] = Tap(page.role, command, id, self.now, phase_no)
        self._world.note(f"tap {page.role} {command} {id} (phase_no {phase_no})")
        if command in ("stop", "pain") and self._has_path(page.role, self.now):
            self._world.clock.after(DELIVERED_WITHIN_MS, lambda: self._was_delivered(tap))

    def received(self, role: Role, text: str) -> None:
        """The server reads a message."""
        message = json.loads(text)
        if message["type"] == "beat" and message["visible"]:
            self.heard_ms[role] = self.now
        elif message["type"] in URGENT:
            self.urgent_read_ms.setdefault(message["id"], self.now)

    def told(self, role: Role, message: Message) -> None:
        """The server tells a phone: committed means on the disk, and one name means one thing."""
        if isinstance(message, RefusedCommand) and message.reason != "journal_down":
            self.refused.add(message.id or "")
        if isinstance(message, Done) and not self._is_on_disk(message.id):
            self.fail(f"{message.id} was answered done and is not on the disk")
        if isinstance(message, StateTold):
            self._told_state(message)

    def _told_state(self, m: StateTold) -> None:
        if m.seq > len(self._world.log):
            self.fail(f"state {m.seq} was told, the disk has {len(self._world.log)}")
        stop = (m.stop.stop, m.stop.by, m.stop.let_go) if m.stop else None
        index = m.step.index if m.step else None
        meant = (m.phase, m.phase_no, m.cause, stop, index)
        if self._meant.setdefault((m.epoch, m.seq), meant) != meant:
            self.fail(f"state {m.seq} was told with two meanings")

    def _is_on_disk(self, id: str) -> bool:
        return any(isinstance(x, e.CommandDone) and x.id == id for x in self._world.log)

    # What stands on the screens

    def painted(self, page: SimPage) -> None:
        """A page has painted."""
        shown = page.shown
        assert shown is not None
        before = self._before.get(page.role, shown)
        self._before[page.role] = shown
        if shown.is_pushing:
            self._is_not_blind(page)
        if shown.phase == "holding" and shown.is_pushing:
            self._is_not_over(page, shown)
        if shown.severity != before.severity:
            self._changed(page, before, shown)

    def _is_not_blind(self, page: SimPage) -> None:
        if page.role is not Role.PARTNER or not page.visible:
            return
        blind_ms = self.now - self.heard_ms.get(Role.CLIENT, self.now)
        self.worst_blind_ms = max(self.worst_blind_ms, blind_ms)
        if blind_ms > BLIND_MS:
            self.fail(f"the partner sees a running hold {blind_ms} ms after the client's last beat")

    def _is_not_over(self, page: SimPage, shown: Shown) -> None:
        log = self._world.log[: shown.seq]
        for event in reversed(log):
            if isinstance(event, e.HoldStarted | e.HoldResumed):
                over_ms = self.now - (event.at_ms + event.length_ms)
                self.worst_over_ms = max(self.worst_over_ms, over_ms)
                if over_ms > OVER_MS:
                    self.fail(f"{page.role} sees a hold {over_ms} ms over its end")
                return

    def _changed(self, page: SimPage, before: Shown, shown: Shown) -> None:
        self._world.note(f"{page.role} shows {shown.phase} {shown.severity} (seq {shown.seq})")
        if shown.severity == "stop":
            self._stops[page.role].append((self.now, self.now))
        elif before.severity == "stop" and shown.phase not in BEFORE_ALL:
            self._stop_may_fall(page, shown)
        if shown.severity == "ease":
            self._eased_at[page.role] = self.now
        if before.severity == "ease" and before.phase == "eased" and shown.is_pushing:
            self._ease_may_fall(page)

    def _stop_may_fall(self, page: SimPage, shown: Shown) -> None:
        """Only what its raiser has cleared, or what was refused, goes from the screen."""
        state = replay(self._world.log[: shown.seq])
        if state.stop is not None:
            self.fail(f"{page.role} shows no stop though {state.stop.stop} is not cleared")
        for tap in self.taps.values():
            is_open = tap.command in ("stop", "pain") and tap.role is page.role
            if is_open and tap.id not in self.refused and not self._is_on_disk(tap.id):
                self.fail(f"{page.role} shows no stop though {tap.id} is not on the disk")

    def _ease_may_fall(self, page: SimPage) -> None:
        """Only a tap since then goes on; a phone that was away finds the next stretch begun."""
        since = self._eased_at.get(page.role, 0) - EASE_SLACK_MS
        fresh = [t for t in self.taps.values() if t.command in FRESH and t.at_ms >= since]
        if not fresh:
            self.fail(f"{page.role} goes on from an ease without a good")

    # A stop gets through where there is a way

    def _has_path(self, role: Role, since_ms: int) -> bool:
        """Whether any way leads to the other page now, and none of it was broken since."""
        world = self._world
        by_server = self._goes_by_server(role) and world.broken_ms < since_ms
        is_shown = world.pages[other(role)].visible and self._can_latch(role)
        by_line = world.direct.is_up and is_shown and self._knows_line(role)
        return by_server or (by_line and world.direct_broken_ms < since_ms)

    def _knows_line(self, role: Role) -> bool:
        shown = self._world.pages[role].shown
        return shown is not None and shown.has_line

    def _can_latch(self, role: Role) -> bool:
        shown = self._world.pages[role].shown
        peer = self._world.pages[other(role)].shown
        both = (shown, peer)
        return all(s is not None and s.phase not in NOT_LATCHED for s in both)

    def _goes_by_server(self, role: Role) -> bool:
        world = self._world
        pages = world.pages.values()
        peer = world.pages[other(role)].shown
        is_on = peer is not None and peer.phase not in NOT_LATCHED
        return is_on and world.server.is_up and all(
            p.is_awake and p.visible and p.shown is not None and p.shown.status == "open"
            and p.way.is_open("up") and p.way.is_open("down")
            and any(one is p.socket for one, _ in world.server.sockets)
            for p in pages
        )  # fmt: skip

    def _was_delivered(self, tap: Tap) -> None:
        if not self._has_path(tap.role, tap.at_ms):
            return
        seen = self._before.get(other(tap.role))
        was_shown = any(at >= tap.at_ms for at, _ in self._stops[other(tap.role)])
        is_shown = seen is not None and seen.severity == "stop"
        if not (was_shown or is_shown or self._world.truth.phase is Phase.ENDED):
            self.fail(f"{tap.id} is not on the other screen after {DELIVERED_WITHIN_MS} ms")

    # What the disk says

    def step(self) -> None:
        """Look at what was written since the last step."""
        log = self._world.log
        if len(log) == self._judged:
            return
        for at in range(self._judged, len(log)):
            event = log[at]
            self._world.note(f"    {at + 1} {type(event).__name__}")
            if isinstance(event, e.HoldStarted | e.HoldResumed):
                self._was_wanted(at)
            if isinstance(event, e.Stopped) and event.cause == "error":
                self.fail("an unexpected error")
        self._judged = len(log)

    def _was_wanted(self, at: int) -> None:
        """Force is only ever added by a fresh tap of the client on what is on the server."""
        log = self._world.log
        before = replay(log[:at])
        done = next((x for x in log[at : at + 3] if isinstance(x, e.CommandDone)), None)
        tap = self.taps.get(done.id) if done is not None else None
        if tap is None or tap.command != "good" or tap.role is not Role.CLIENT:
            self.fail("a hold runs that nobody has asked for")
            return
        if tap.phase_no != before.phase_no:
            self.fail(f"good of phase {tap.phase_no} counted in phase {before.phase_no}")
        ending_ms = self._world.server.ending_ms
        if ending_ms is not None and tap.at_ms > ending_ms:
            self.fail(f"good {tap.id} counted on a server that was told to end")
        for urgent in self.taps.values():
            is_newer = urgent.command in URGENT and urgent.at_ms > tap.at_ms
            if is_newer and self.urgent_read_ms.get(urgent.id, self.now) < log[at].at_ms:
                self.fail(f"good {tap.id} counted after {urgent.id}")

    def healed(self) -> None:
        """Everything works for a while: what was tapped has arrived."""
        if self._world.truth.phase is Phase.ENDED:
            return
        for page in self._world.pages.values():
            if page.shown is not None and page.shown.status == "final":
                self.fail(f"{page.role} was turned out by nobody but itself")
        for tap in self.taps.values():
            is_old = tap.at_ms < self.now - ARRIVES_WITHIN_MS
            is_lost = is_old and tap.command in ("stop", "pain") and not self._is_on_disk(tap.id)
            if is_lost and tap.id not in self.refused:
                self.fail(f"{tap.id} never arrived")
