"""P6: whatever is lost, repeated or comes in another order, the most severe that came through wins.

Two phones tap what fits the screen they see, which may be an old one. A network loses, repeats and
reorders what they send. Only easing in and holding count as `OK`, for only there force may be on;
stopped and ended count as `STOP`, all else as `EASE`. Then:

1. the room is at least as severe as the most severe signal that came through, unless after it a
   fresh act came: a clear, a ready or a good that was accepted;
2. fresh is only an act that quotes what is on the server, was not applied before, and was tapped
   on a screen that no stop, ease or pain has changed since it was painted;
3. nothing else makes a room less severe: no clock, no link, nothing repeated, nothing refused.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field
from functools import cache

import pytest

from app.core import commands as c
from app.core import events as e
from app.core.model import (
    SEATS,
    After,
    AlertId,
    CommandId,
    FlagId,
    Link,
    Phase,
    Quality,
    Role,
    RoomState,
    Severity,
)
from app.errors import Refused
from tests.support.proof import LONG, proof
from tests.support.session import Session

P = Phase
STARTS = (P.POSITIONING, P.EASING_IN, P.HOLDING, P.EASED, P.RELEASING, P.STOPPED, P.PAUSED)
SIGNALS = {c.Stop: Severity.STOP, c.FlagPain: Severity.STOP, c.EaseOff: Severity.EASE}
SEQUENCES = 2_000 if LONG == 1 else 300_000


def severity(state: RoomState) -> Severity:
    """Return how far from force a room is."""
    if state.phase in (P.STOPPED, P.ENDED):
        return Severity.STOP
    return Severity.OK if state.phase in (P.EASING_IN, P.HOLDING) else Severity.EASE


@dataclass(frozen=True, slots=True)
class Screen:
    """What a phone shows: a state, and how many signals the server had applied by then."""

    state: RoomState
    applied: int


@dataclass(frozen=True, slots=True)
class Sent:
    """A command on its way, and the screen it was tapped on."""

    by: Role
    command: c.Command
    screen: Screen


FITTING = {
    P.POSITIONING: (*["ready"] * 6, "stop", "pause"),
    P.EASING_IN: (*["good"] * 4, "ease", "stop"),
    P.HOLDING: ("good", *["ease"] * 4, "stop", "pain", "pause"),
    P.EASED: (*["good"] * 4, "ease", "ease", "stop"),
    P.RELEASING: ("ease", "stop", "pain"),
    P.RESTING: ("ease", "stop", "pause", "pain"),
    P.PAUSED: (*["ready"] * 6, "stop"),
    P.STOPPED: (*["let_go"] * 3, *["clear"] * 6, "pain", "stop"),
    P.ENDED: ("stop", "good"),
}
ANY = ("ready", "good", "ease", "stop", "pain", "let_go", "clear", "pause", "skip", "end")


def tapped(dice: random.Random, state: RoomState, id: CommandId) -> c.Command:
    """Make the command of a tap from what a screen shows."""
    stop = state.stop.stop if state.stop else AlertId("none")
    quality = dice.choice((None, None, Quality.CRAMP, Quality.SHARP))
    then = dice.choice((After.AGAIN, After.AGAIN, After.SKIP))
    makes: dict[str, Callable[[], c.Command]] = {
        "ready": lambda: c.Ready(id=id, phase_no=state.phase_no),
        "good": lambda: c.TapGood(id=id, phase_no=state.phase_no),
        "ease": lambda: c.EaseOff(id=id),
        "stop": lambda: c.Stop(id=id),
        "pain": lambda: c.FlagPain(id=id, flag=FlagId(dice.choice("fg")), quality=quality),
        "let_go": lambda: c.LetGo(id=id, stop=stop),
        "clear": lambda: c.Clear(id=id, stop=stop, then=then),
        "pause": lambda: c.Pause(id=id),
        "skip": lambda: c.Skip(id=id),
        "end": lambda: c.End(id=id),
    }
    return makes[dice.choice(FITTING[state.phase] if dice.random() < 0.93 else ANY)]()


@dataclass
class Net:
    """Two phones, a room, and what is under way between them."""

    dice: random.Random
    s: Session
    screens: dict[Role, Screen] = field(default_factory=dict)
    under_way: list[Sent] = field(default_factory=list)
    came: list[Sent] = field(default_factory=list)
    done: set[CommandId] = field(default_factory=set)
    most: Severity = Severity.OK
    applied: int = 0
    told: list[str] = field(default_factory=list)

    def look(self, role: Role) -> None:
        """Paint the newest state."""
        self.screens[role] = Screen(self.s.state, self.applied)

    def tap(self) -> None:
        role = self.dice.choice((Role.CLIENT, Role.CLIENT, Role.PARTNER))
        screen = self.screens[role]
        sent = Sent(role, tapped(self.dice, screen.state, self.s.id()), screen)
        self.told.append(f"{role} taps {sent.command}")
        self.under_way.append(sent)

    def deliver(self) -> None:
        """Whatever is under way may be next."""
        if self.under_way:
            self.arrive(self.under_way.pop(self.dice.randrange(len(self.under_way))))

    def repeat(self) -> None:
        if self.under_way or self.came:
            self.arrive(self.dice.choice([*self.under_way, *self.came]))

    def lose(self) -> None:
        if self.under_way:
            self.under_way.pop(self.dice.randrange(len(self.under_way)))

    def arrive(self, sent: Sent) -> None:
        """Deliver it to the server, and check what is promised."""
        before, id, kind = (
            self.s.state,
            getattr(sent.command, "id", CommandId("")),
            type(sent.command),
        )
        is_first = id not in self.done
        self.came.append(sent)
        try:
            events, refused = self.s.ask(sent.command, sent.by), ""
        except Refused as why:
            events, refused = [], why.reason
        self.told.append(f"  came: {sent.by} {sent.command} {refused} -> {self.s.phase()}")
        if not refused:
            self.done.add(id)
        if is_first and kind in SIGNALS:
            # Only the client can ask for an ease or tell of a pain.
            heeded = refused != "not_yours"
            self.most = max(self.most, SIGNALS[kind]) if heeded else self.most
            self.applied += not refused and not _only_told(events)
        if severity(self.s.state) < severity(before):
            assert is_first and not refused, self.story("it was no first delivery")
            assert _is_fresh(sent, before, self.applied), self.story("it was no fresh act")
            self.most = severity(self.s.state)
        self.check()

    def pass_time(self) -> None:
        before = self.s.state
        self.s.wait(self.dice.choice((500, 1_100, 2_100, 10_000, 26_000)))
        self.told.append(f"  time passes -> {self.s.phase()}")
        assert severity(self.s.state) >= severity(before), self.story("the clock made it less")
        self.check()

    def reach(self) -> None:
        """A phone falls silent, is heard again, or the server starts anew."""
        before, role = self.s.state, self.dice.choice(SEATS)
        how = self.dice.choice((Link.LOST, Link.LIVE, Link.LIVE, Link.LIVE, None))
        if self.s.phase() is P.ENDED:
            return
        if how is None:
            self.s.ask(c.Restart())
        else:
            self.s.presence(role, how)
        self.told.append(f"  {role} is {how or 'there when the server restarts'}")
        assert severity(self.s.state) >= severity(before), self.story("a link made it less")
        self.check()

    def check(self) -> None:
        assert severity(self.s.state) >= self.most, self.story(f"{self.most.name} is forgotten")

    def story(self, what: str) -> str:
        return "\n".join([what, *self.told])


def _only_told(events: list[e.Event]) -> bool:
    """An alert, or more of a pain, that left the phase as it was; its screen is the same."""
    return not any(isinstance(event, e.Eased | e.ReleaseStarted | e.Stopped) for event in events)


def _is_fresh(sent: Sent, before: RoomState, applied: int) -> bool:
    quoted, stop = getattr(sent.command, "phase_no", None), getattr(sent.command, "stop", None)
    is_there = quoted == before.phase_no or (before.stop is not None and stop == before.stop.stop)
    is_force = isinstance(sent.command, c.Ready | c.TapGood | c.Clear)
    shown = sent.screen.state.phase_no == before.phase_no and sent.screen.applied == applied
    return is_force and is_there and shown


def test_a_good_that_an_ease_overtook_resumes_nothing() -> None:
    """Eased for lost contact, the client taps good, then ease; the ease comes first."""
    s = Session().to_holding()
    s.lose(Role.PARTNER)
    s.presence(Role.PARTNER)
    good = c.TapGood(id=s.id(), phase_no=s.state.phase_no)
    s.ease()
    assert s.phase() is P.EASED
    assert s.reason(good, Role.CLIENT) == "stale"


@cache
def start(phase: Phase) -> Session:
    return Session().to(phase)


def sequence(seed: int) -> Iterator[str]:
    """Run one; returns how the room's severity rose and fell."""
    dice = random.Random(seed)
    net = Net(dice, copy(start(dice.choice(STARTS))))
    net.s.log = []
    for role in SEATS:
        net.look(role)
    acts = [net.tap] * 8 + [net.deliver] * 8 + [net.repeat, net.repeat, net.lose, net.pass_time]
    acts += [net.pass_time, net.reach]
    for _ in range(50):
        before = severity(net.s.state)
        dice.choice(acts)()
        for role in SEATS:
            if dice.random() < 0.6:
                net.look(role)
        if severity(net.s.state) < before:
            yield f"{before.name} -> {severity(net.s.state).name}"


@pytest.mark.prove
def test_the_most_severe_that_came_through_wins_in_any_order() -> None:
    falls: dict[str, int] = {}
    with proof("P6", "loss, repetition and reordering: the most severe delivered wins") as p:
        for seed in range(SEQUENCES):
            try:
                for fall in sequence(seed):
                    falls[fall] = falls.get(fall, 0) + 1
            except AssertionError as error:
                raise AssertionError(f"sequence({seed}): {error}") from error
            p.trial()
    assert {"STOP -> EASE", "EASE -> OK"} <= {*falls}, "fresh acts were never tried"
