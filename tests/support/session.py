"""A session in pure core: commands in, states out, with a clock you turn by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.core import commands as c
from app.core import events as e
from app.core.decide import decide
from app.core.evolve import evolve_all
from app.core.model import (
    SEATS,
    After,
    AlertId,
    CommandId,
    Link,
    Phase,
    Place,
    Role,
    RoomId,
    RoomState,
    Routine,
    RoutineItem,
    Side,
    StretchFacts,
    StretchId,
)
from app.core.routine import REST_AT_CHANGE_MS
from app.core.timing import next_deadline
from app.errors import Refused

# `make prove` runs the same proofs a hundred times as long.
START_MS = 1_764_000_000_000
LEG = StretchId("hamstring_raise")
KNEES = StretchId("knees_to_chest")
FACTS = {
    LEG: StretchFacts(
        LEG,
        True,
        7_000,
        {
            Side.LEFT: frozenset({Place("thigh_back_left")}),
            Side.RIGHT: frozenset({Place("thigh_back_right")}),
        },
    ),
    KNEES: StretchFacts(KNEES, False, 6_000, {Side.BOTH: frozenset({Place("lower_back_centre")})}),
}
ROUTINE = Routine((RoutineItem(LEG, 25, 2, 15), RoutineItem(KNEES, 20, 1, 15)), warm_up_s=300)


@dataclass
class Session:
    """One room without a server. `log` holds every event, in order."""

    routine: Routine = ROUTINE
    now_ms: int = START_MS
    state: RoomState = field(default_factory=lambda: RoomState(RoomId("")))
    log: list[e.Event] = field(default_factory=list)
    facts: tuple[StretchFacts, ...] = tuple(FACTS.values())
    _ids: int = 0

    def __post_init__(self) -> None:
        self._happen(
            [
                e.RoomOpened(
                    at_ms=self.now_ms,
                    v=1,
                    room=RoomId("room"),
                    host=Role.CLIENT,
                    host_hash=None,
                    routine=self.routine,
                    facts=self.facts,
                    rest_at_change_ms=REST_AT_CHANGE_MS,
                )
            ]
        )

    def phase(self) -> Phase:
        """Return the phase now."""
        return self.state.phase

    def id(self) -> CommandId:
        """Make a fresh command id."""
        self._ids += 1
        return CommandId(f"c{self._ids}")

    def ask(self, command: c.Command, by: Role = Role.SERVER) -> list[e.Event]:
        """Decide and evolve; raises Refused."""
        events = decide(self.state, command, self.now_ms, by)
        self._happen(events)
        return events

    def _happen(self, events: Iterable[e.Event]) -> None:
        events = list(events)
        self.log += events
        self.state = evolve_all(self.state, events)

    def reason(self, command: c.Command, by: Role = Role.SERVER) -> str:
        """Return why a command is refused, or `accepted`; check that a refusal changes nothing."""
        before = self.state
        try:
            decide(self.state, command, self.now_ms, by)
        except Refused as refused:
            assert self.state == before
            return refused.reason
        return "accepted"

    def wait(self, ms: int) -> None:
        """Let time pass; both phones that are live stay so, and deadlines are met."""
        until = self.now_ms + ms
        while True:
            due = next_deadline(self.state)
            if due is None or due > until:
                break
            self.now_ms = max(self.now_ms, due)
            self.ask(c.Tick())
        self.now_ms = until

    def presence(
        self, role: Role, link: Link = Link.LIVE, *, visible: bool = True, heard_ms: int = -1
    ) -> None:
        """Send the presence that a seat's beats would bring."""
        heard = self.now_ms if heard_ms < 0 else heard_ms
        self.ask(
            c.NotePresence(
                role=role, link=link, visible=visible, sound="on", awake=True, heard_ms=heard
            )
        )

    def lose(self, role: Role) -> None:
        """Three seconds of silence of one phone."""
        heard = self.now_ms
        self.now_ms += 3_000
        self.presence(role, Link.LOST, heard_ms=heard)

    # Taps

    def client(self, command: c.Command) -> list[e.Event]:
        """Let the client's phone ask."""
        return self.ask(command, Role.CLIENT)

    def partner(self, command: c.Command) -> list[e.Event]:
        """Let the partner's phone ask."""
        return self.ask(command, Role.PARTNER)

    def ready(self, by: Role) -> list[e.Event]:
        """Tap Ready."""
        return self.ask(c.Ready(id=self.id(), phase_no=self.state.phase_no), by)

    def good(self) -> list[e.Event]:
        """Tap GOOD."""
        return self.client(c.TapGood(id=self.id(), phase_no=self.state.phase_no))

    def ease(self) -> list[e.Event]:
        """Tap EASE OFF."""
        return self.client(c.EaseOff(id=self.id()))

    def stop(self, by: Role = Role.CLIENT) -> AlertId:
        """Tap STOP; returns the alert's id."""
        id = self.id()
        self.ask(c.Stop(id=id), by)
        return AlertId(f"{by}:{id}")

    def let_go(self, by: Role = Role.PARTNER) -> None:
        """Tap They're resting, or It's off me."""
        assert self.state.stop is not None
        self.ask(c.LetGo(id=self.id(), stop=self.state.stop.stop), by)

    def clear(self, then: After, by: Role = Role.CLIENT) -> None:
        """Clear the stop that is up."""
        assert self.state.stop is not None
        self.ask(c.Clear(id=self.id(), stop=self.state.stop.stop, then=then), by)

    # The way to each phase

    def to_warm_up(self) -> Session:
        """Pair, screen and brief."""
        for role in SEATS:
            self.ask(c.TakeSeat(role=role, token_hash=f"hash-{role}"))
            self.presence(role)
        self.partner(c.Brief(id=self.id()))
        self.client(c.PassScreening(list="1"))
        assert self.phase() is Phase.WARMING_UP
        return self

    def to_positioning(self) -> Session:
        """Do the drill and say that both are warm."""
        self.to_warm_up()
        alert = self.stop()
        self.ask(c.NoteShown(alert=alert, shown_ms=40))
        self.partner(c.LetGo(id=self.id(), alert=alert))
        for role in SEATS:
            self.ready(role)
        assert self.phase() is Phase.POSITIONING
        return self

    def to_easing_in(self) -> Session:
        """Both ready."""
        self.to_positioning()
        self.ready(Role.PARTNER)
        self.ready(Role.CLIENT)
        assert self.phase() is Phase.EASING_IN
        return self

    def to_holding(self) -> Session:
        """The client says it is good."""
        self.to_easing_in()
        self.wait(2_000)
        self.good()
        assert self.phase() is Phase.HOLDING
        return self

    def to_eased(self) -> Session:
        """The client eases, 5 s into the hold."""
        self.to_holding()
        self.wait(5_000)
        self.ease()
        assert self.phase() is Phase.EASED
        return self

    def to_releasing(self) -> Session:
        """The hold is over."""
        self.to_holding()
        self.wait(25_000)
        assert self.phase() is Phase.RELEASING
        return self

    def to_resting(self) -> Session:
        """The limb is down."""
        self.to_releasing()
        self.wait(7_000)
        assert self.phase() is Phase.RESTING
        return self

    def to_paused(self) -> Session:
        """A break between two holds."""
        self.to_positioning()
        self.client(c.Pause(id=self.id()))
        assert self.phase() is Phase.PAUSED
        return self

    def to_stopped(self) -> Session:
        """A stop in the middle of a hold."""
        self.to_holding()
        self.wait(5_000)
        self.stop()
        assert self.phase() is Phase.STOPPED
        return self

    def to_ended(self) -> Session:
        """The client ends it while nobody's hands are on."""
        self.to_positioning()
        self.client(c.End(id=self.id()))
        assert self.phase() is Phase.ENDED
        return self

    def to(self, phase: Phase) -> Session:
        """Go to a phase by the shortest honest way."""
        if phase is Phase.LOBBY:
            return self
        if phase is Phase.WARMING_UP:
            return self.to_warm_up()
        way: Session = getattr(self, f"to_{phase.value}")()
        return way
