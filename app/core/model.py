"""The words of a session as types: ids, phases, seats, timers and the frozen state of a room.

Times are integer milliseconds of the server's clock (`_ms`). Source: docs/protocol.md.
Must not know how anything is decided, stored or shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import ClassVar, NewType

import msgspec

RoomId = NewType("RoomId", str)
StretchId = NewType("StretchId", str)
Place = NewType("Place", str)
CommandId = NewType("CommandId", str)
AlertId = NewType("AlertId", str)
FlagId = NewType("FlagId", str)


class Role(StrEnum):
    """A seat in a room, who only looks on (the host's laptop, a display), or the server itself."""

    CLIENT = "client"
    PARTNER = "partner"
    HOST = "host"
    DISPLAY = "display"
    SERVER = "server"


SEATS = (Role.CLIENT, Role.PARTNER)
# Whoever has a token of their own in a room; of several that one browser has, the first counts.
HOLDERS = (Role.CLIENT, Role.PARTNER, Role.HOST, Role.DISPLAY)


def other(role: Role) -> Role:
    """Return the seat across the mat."""
    return Role.PARTNER if role is Role.CLIENT else Role.CLIENT


class Phase(StrEnum):
    """Where a session is. Exactly one at a time."""

    LOBBY = "lobby"
    WARMING_UP = "warming_up"
    POSITIONING = "positioning"
    EASING_IN = "easing_in"
    HOLDING = "holding"
    EASED = "eased"
    RELEASING = "releasing"
    RESTING = "resting"
    PAUSED = "paused"
    STOPPED = "stopped"
    ENDED = "ended"


HANDS_ON = frozenset({Phase.EASING_IN, Phase.HOLDING, Phase.EASED, Phase.RELEASING})
STRETCHING = HANDS_ON | {Phase.POSITIONING, Phase.RESTING, Phase.PAUSED}


class Side(StrEnum):
    """Left or right of the client; both where a stretch has no sides."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"


class Link(StrEnum):
    """What the beats of a seat's phone say of it."""

    ABSENT = "absent"
    LIVE = "live"
    WEAK = "weak"
    LOST = "lost"


class Severity(IntEnum):
    """How urgently force must come off. The more severe always wins."""

    OK = 0
    EASE = 1
    STOP = 2


class Cause(StrEnum):
    """Why a hold was eased, released, paused or stopped."""

    ASKED = "asked"
    CONTACT = "contact"
    HIDDEN = "hidden"
    RESTARTED = "restarted"
    TOO_LONG = "too_long"
    OVER = "over"
    PAIN = "pain"
    ERROR = "error"


class Quality(StrEnum):
    """What a pain is like."""

    SHARP = "sharp"
    SPREADING = "spreading"
    NUMB = "numb"
    WEAK = "weak"
    CRAMP = "cramp"
    ACHE = "ache"


class Wish(StrEnum):
    """How deep the client wants the next repetition."""

    LESS = "less"
    SAME = "same"
    MORE = "more"


class After(StrEnum):
    """What the raiser of a stop may choose once it is cleared."""

    AGAIN = "again"
    SKIP = "skip"
    END = "end"


class Reason(StrEnum):
    """Why a session ended."""

    FINISHED = "finished"
    ENDED_BY_CLIENT = "ended_by_client"
    ENDED_BY_PARTNER = "ended_by_partner"
    SIGNS = "signs"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class RoutineItem:
    """One stretch of a routine: how long (seconds), how often, how much rest (seconds)."""

    stretch: StretchId
    hold_s: int
    reps: int
    rest_s: int = 15
    first_side: Side = Side.LEFT


@dataclass(frozen=True, slots=True)
class Routine:
    """The list of stretches of a session, and the seconds of its warm-up."""

    items: tuple[RoutineItem, ...]
    warm_up_s: int = 300
    name: str | None = None


class StretchFacts(msgspec.Struct, frozen=True):
    """What the rules need to know of a stretch; `expected` are the places where it may be felt."""

    stretch: StretchId
    sided: bool
    way_back_ms: int = msgspec.field(name="come_out_ms")  # as journals have it
    expected: dict[Side, frozenset[Place]]


class Hold(msgspec.Struct, frozen=True):
    """One timed repetition of the unfolded routine; `index` counts holds, `item` stretches."""

    index: int
    item: int
    stretch: StretchId
    side: Side
    rep: int
    reps: int
    hold_ms: int
    rest_ms: int
    way_back_ms: int = msgspec.field(name="come_out_ms")  # as journals have it
    expected: frozenset[Place] = frozenset()


class Seat(msgspec.Struct, frozen=True):
    """One seat and what is known of the phone in it; `heard_ms` is its last beat."""

    token_hash: str | None = None
    link: Link = Link.ABSENT
    visible: bool = True
    sound: str = "unknown"
    awake: bool = False
    heard_ms: int = 0
    is_ready: bool = False
    recent: tuple[CommandId, ...] = ()

    @property
    def is_taken(self) -> bool:
        """Whether a phone holds this seat."""
        return self.token_hash is not None

    @property
    def is_with_us(self) -> bool:
        """Whether its link is live and its page can be seen."""
        return self.link is Link.LIVE and self.visible


class Drill(msgspec.Struct, frozen=True):
    """The stop signal tried out: its alert, how long it took to be shown, and if answered."""

    alert: AlertId
    shown_ms: int | None = None
    is_answered: bool = False


class Flag(msgspec.Struct, frozen=True):
    """A pain flag, as much of it as the client told."""

    flag: FlagId
    quality: Quality | None = None
    place: Place | None = None
    level: int | None = None


class StopState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The stop that is latched. `by` is its raiser; `at_ms` its latest signal.

    `qualities` is all that counts of what was said; `again_from_ms` ends the rest of a cramp.
    """

    stop: AlertId
    by: Role
    cause: Cause
    at_ms: int
    flag: Flag | None = None
    qualities: frozenset[Quality] = frozenset()
    is_let_go: bool = False
    again_from_ms: int = 0


class Rep(msgspec.Struct, frozen=True):
    """The repetition at hand, from its first positioning until that of another one.

    `index` is its hold in the plan; `needs_partner` whether its latest positioning needs both
    readies. `eases` and `stops` are its own. `wish` is how deep the client wanted it, `next_wish`
    how deep the one after it. `felt` lasts longer: as long as the stretch is the same.
    """

    index: int = 0
    needs_partner: bool = False
    eases: int = 0
    stops: int = 0
    wish: Wish | None = None
    next_wish: Wish | None = None
    felt: tuple[Place, bool] | None = None


# What phones are told before the first positioning: the first repetition, untouched.
FIRST_REP = Rep()


class InPhase(msgspec.Struct, frozen=True):
    """What belongs to one phase only. Each phase has a class, so that no other can have it."""

    phase: ClassVar[Phase]


class InRep(InPhase, frozen=True):
    """A phase from the first positioning on: there is a repetition at hand."""

    rep: Rep


class TimedInRep(InRep, frozen=True):
    """A phase of a repetition that counts down."""

    ends_ms: int
    length_ms: int


class Lobby(InPhase, frozen=True, tag="lobby"):
    """Nobody has begun."""

    rep: ClassVar[Rep] = FIRST_REP
    phase = Phase.LOBBY


class WarmingUp(InPhase, frozen=True, tag="warming_up"):
    """They warm up; nothing happens by itself when the time is up."""

    ends_ms: int
    length_ms: int
    rep: ClassVar[Rep] = FIRST_REP
    phase = Phase.WARMING_UP


class Positioning(InRep, frozen=True, tag="positioning"):
    """They get ready for a hold."""

    phase = Phase.POSITIONING


class EasingIn(TimedInRep, frozen=True, tag="easing_in"):
    """The partner starts, slowly."""

    phase = Phase.EASING_IN


class Holding(TimedInRep, frozen=True, tag="holding"):
    """The countdown runs."""

    phase = Phase.HOLDING


class Eased(TimedInRep, frozen=True, tag="eased"):
    """A little less: the hold is frozen with `hold_left_ms` to go, and this countdown runs."""

    cause: Cause
    hold_left_ms: int
    phase = Phase.EASED


class Releasing(TimedInRep, frozen=True, tag="releasing"):
    """The way back; `then` is the phase after it. If that is the end, `reason` says why.

    `is_rep_done` if the hold was held in full.
    """

    cause: Cause
    then: Phase
    reason: Reason | None
    is_rep_done: bool
    phase = Phase.RELEASING


class Resting(TimedInRep, frozen=True, tag="resting"):
    """Between two holds: the repetition is done, held in full or not."""

    phase = Phase.RESTING


class Paused(InRep, frozen=True, tag="paused"):
    """Nobody's hands are on, until both are ready. A repetition that is not done comes again."""

    cause: Cause
    is_rep_done: bool
    phase = Phase.PAUSED


class Stopped(InRep, frozen=True, tag="stopped"):
    """A stop is up; `is_cleared` only between the two events of a clear.

    A repetition that was done when it came (`is_rep_done`) does not come again.
    """

    stop: StopState
    is_rep_done: bool
    is_cleared: bool = False
    phase = Phase.STOPPED


class Ended(InPhase, frozen=True, tag="ended"):
    """It is over. `stop` was up when it ended, and `rep` was at hand: phones are still told both.

    If it ended before the first positioning, `rep` is FIRST_REP.
    """

    rep: Rep
    reason: Reason
    stop: StopState | None = None
    is_kept: bool = False
    phase = Phase.ENDED


At = (
    Lobby | WarmingUp | Positioning | EasingIn | Holding | Eased | Releasing | Resting | Paused
    | Stopped | Ended
)  # fmt: skip

# Made once: every state that is shown is tested against them.
TIMED = (WarmingUp, TimedInRep)
FINISHING = (Releasing, Paused, Stopped)
CAUSED = (Eased, Releasing, Paused)
REASONED = (Releasing, Ended)


class RoomState(msgspec.Struct, frozen=True):
    """The one truth of a room. Made only by `evolve`; equal states are equal rooms.

    `at` holds what only the present phase has; properties of the same names read it. The rest
    outlives a phase. So does `drill`: phones are told of it until the end, and its alert may be
    shown when the warm-up is already over.
    """

    room: RoomId
    seq: int = 0
    opened_ms: int = 0
    host: Role = Role.CLIENT
    host_hash: str | None = None
    display_hash: str | None = None
    at: At = Lobby()
    phase_no: int = 0
    phase_at_ms: int = 0
    routine: Routine = Routine(())
    plan: tuple[Hold, ...] = ()
    client: Seat = Seat()
    partner: Seat = Seat()
    is_briefed: bool = False
    screening_list: str | None = None
    drill: Drill | None = None
    stops: tuple[StretchId, ...] = ()
    closed: tuple[StretchId, ...] = ()
    has_signs: bool = False
    is_one_phone: bool = False
    is_gentle: bool = False
    hold_at_most_ms: int | None = None
    contact_no: int = 0
    shown: tuple[tuple[AlertId, int], ...] = ()
    dark_since_ms: int | None = 0

    @property
    def phase(self) -> Phase:
        """The phase it is in."""
        return self.at.phase

    @property
    def ends_ms(self) -> int | None:
        """When the phase is over, if it counts down."""
        return self.at.ends_ms if isinstance(self.at, TIMED) else None

    @property
    def length_ms(self) -> int:
        """How long the phase lasts; 0 where it does not count down."""
        return self.at.length_ms if isinstance(self.at, TIMED) else 0

    @property
    def rep(self) -> Rep:
        """The repetition that is prepared, under way or just over."""
        return self.at.rep

    @property
    def index(self) -> int:
        """The number of its hold in the plan."""
        return self.at.rep.index

    @property
    def is_rep_done(self) -> bool:
        """Whether the next positioning is for another repetition."""
        if isinstance(self.at, FINISHING):
            return self.at.is_rep_done
        return isinstance(self.at, Resting)

    @property
    def cause(self) -> Cause | None:
        """Why it is eased, released or paused."""
        return self.at.cause if isinstance(self.at, CAUSED) else None

    @property
    def then(self) -> Phase | None:
        """What follows the way back."""
        return self.at.then if isinstance(self.at, Releasing) else None

    @property
    def reason(self) -> Reason | None:
        """Why it ended, or will after the way back."""
        return self.at.reason if isinstance(self.at, REASONED) else None

    @property
    def stop(self) -> StopState | None:
        """The stop that is up, or was when it ended."""
        if isinstance(self.at, Stopped):
            return None if self.at.is_cleared else self.at.stop
        return self.at.stop if isinstance(self.at, Ended) else None

    @property
    def is_kept(self) -> bool:
        """Whether the client keeps the record."""
        return isinstance(self.at, Ended) and self.at.is_kept

    def seat(self, role: Role) -> Seat:
        """Return the seat of client or partner."""
        return self.client if role is Role.CLIENT else self.partner

    def token_hash(self, role: Role) -> str | None:
        """Return the hash of the token that holds a seat, the host's place or a display's."""
        match role:
            case Role.HOST:
                return self.host_hash
            case Role.DISPLAY:
                return self.display_hash
            case Role.SERVER:
                return None
        return self.seat(role).token_hash

    @property
    def needed(self) -> tuple[Role, ...]:
        """The seats whose phones must be here for anything that adds force."""
        return (Role.CLIENT,) if self.is_one_phone else SEATS

    @property
    def hold(self) -> Hold:
        """The hold that is prepared, under way or just over."""
        return self.plan[self.at.rep.index]

    @property
    def is_hands_on(self) -> bool:
        """Whether the partner's hands may be applying force."""
        return self.phase in HANDS_ON
