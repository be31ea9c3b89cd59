"""What happened in a room, in the past tense. These are what the journal stores.

A closed, tagged set: (room, seq) names one event for ever. `at_ms` is the server's clock.
An event carries its outcome under the rules of its time, so replay asks no rules.
A stored event is never edited. A new outcome is a field that older events lack (None): former.py
fills it by the rules of their time. A changed form gets a step in upcast.py.
"""

from __future__ import annotations

import msgspec

from app.core.model import (
    AlertId,
    Cause,
    CommandId,
    Flag,
    FlagId,
    Link,
    Phase,
    Place,
    Quality,
    Reason,
    Role,
    RoomId,
    Routine,
    StopState,
    StretchFacts,
    StretchId,
    Wish,
)

EVENTS_VERSION = 1


class Happened(
    msgspec.Struct,
    frozen=True,
    tag_field="type",
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,  # else a newer version's field would be dropped silently
):
    """The base of all events."""

    at_ms: int


class Latched(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a stop has led to so far: the stop that is up, closed stretches, signs of a nerve.

    `closed` lists the stretches that are over for today; `has_signs` ends the session.
    """

    stop: StopState
    closed: tuple[StretchId, ...]
    has_signs: bool


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What gentler limits lead to: the longest hold, if any, and the wishes that remain."""

    hold_at_most_ms: int | None
    wish: Wish | None
    next_wish: Wish | None


class RoomOpened(Happened, frozen=True, tag="room_opened"):
    """Someone started a room; `facts` of its stretches are kept so that replay never changes.

    `rest_at_change_ms` is the least rest before a change of side or stretch.
    """

    v: int
    room: RoomId
    host: Role
    host_hash: str | None
    routine: Routine
    facts: tuple[StretchFacts, ...]
    rest_at_change_ms: int | None = None


class RoutineChosen(Happened, frozen=True, tag="routine_chosen"):
    """The host chose another routine in the lobby."""

    routine: Routine
    facts: tuple[StretchFacts, ...]
    rest_at_change_ms: int | None = None


class SeatTaken(Happened, frozen=True, tag="seat_taken"):
    """A phone took a seat, or a new phone took it over; only the token's hash is kept."""

    role: Role
    token_hash: str


class DisplayChanged(Happened, frozen=True, tag="display_changed"):
    """The host let a display in, or with no hash it was put off; the one before it is void."""

    token_hash: str | None = None


class Briefed(Happened, frozen=True, tag="briefed"):
    """The partner accepted the helper's rules."""


class OnePhoneChosen(Happened, frozen=True, tag="one_phone_chosen"):
    """The client goes on with one phone, until another one is here."""


class ScreeningPassed(Happened, frozen=True, tag="screening_passed"):
    """Nothing the client answered told us to stop; the answers are not kept."""

    list: str


class PresenceChanged(Happened, frozen=True, tag="presence_changed"):
    """A seat's link, visibility, sound or wakefulness changed; `heard_ms` is its last beat.

    `is_told`: it went away with hands on, so the phones were alerted. `ends_one_phone`: the client
    no longer goes on with one phone.
    """

    role: Role
    link: Link
    visible: bool
    sound: str
    awake: bool
    heard_ms: int
    is_told: bool = False
    ends_one_phone: bool | None = None


class ReadyMarked(Happened, frozen=True, tag="ready_marked"):
    """A seat said it is ready."""

    role: Role


class ReadyUndone(Happened, frozen=True, tag="ready_undone"):
    """Both readies were taken back."""


class WarmUpStarted(Happened, frozen=True, tag="warm_up_started"):
    """Both are here, screened and briefed."""

    length_ms: int


class DrillTapped(Happened, frozen=True, tag="drill_tapped"):
    """The client tried the stop signal."""

    alert: AlertId


class AlertShown(Happened, frozen=True, tag="alert_shown"):
    """The other phone painted an alert, `shown_ms` after the server received it."""

    alert: AlertId
    shown_ms: int


class DrillAnswered(Happened, frozen=True, tag="drill_answered"):
    """The partner answered the drill."""


class PositioningStarted(Happened, frozen=True, tag="positioning_started"):
    """They get ready for hold `index`."""

    index: int
    needs_partner: bool


class EasingInStarted(Happened, frozen=True, tag="easing_in_started"):
    """The partner may start, slowly."""

    length_ms: int


class HoldStarted(Happened, frozen=True, tag="hold_started"):
    """The client said it is a good stretch: the countdown runs."""

    length_ms: int


class HoldResumed(Happened, frozen=True, tag="hold_resumed"):
    """The client said it is good again; what was left runs on."""

    length_ms: int


class Reassured(Happened, frozen=True, tag="reassured"):
    """The client said during a hold that it is good."""


class Eased(Happened, frozen=True, tag="eased"):
    """The hold was eased, its countdown frozen; `counts` if it is an ease of this repetition."""

    by: Role
    cause: Cause
    length_ms: int
    counts: bool | None = None


class EaseTold(Happened, frozen=True, tag="ease_told"):
    """An ease that the partner was told of, but that changed no phase; `counts` as in Eased."""

    by: Role
    counts: bool | None = None


class ReleaseStarted(Happened, frozen=True, tag="release_started"):
    """The way back began; `then` comes after it. `completes`: the repetition was held in full."""

    cause: Cause
    then: Phase
    reason: Reason | None
    length_ms: int
    completes: bool | None = None


class ReleaseTurned(Happened, frozen=True, tag="release_turned"):
    """What comes after the way back was changed."""

    then: Phase
    reason: Reason | None


class RestStarted(Happened, frozen=True, tag="rest_started"):
    """They are back; they rest."""

    length_ms: int


class WishMade(Happened, frozen=True, tag="wish_made"):
    """The client said how deep the next repetition shall be."""

    next: Wish


class FeltAt(Happened, frozen=True, tag="felt_at"):
    """The client showed where the stretch was felt."""

    place: Place
    expected: bool


class SessionPaused(Happened, frozen=True, tag="session_paused"):
    """Nobody's hands are on; both have to be ready to go on."""

    cause: Cause


class StopSignalled(Happened, frozen=True, tag="stop_told"):
    """A stop signal before the first stretch: both phones were told, and nothing is latched."""

    by: Role


class Stopped(Happened, frozen=True, tag="stopped"):
    """A stop signal (or a pain flag, or an error of the server) was latched.

    It `counts` if it is one more stop of this stretch and session.
    """

    stop: AlertId
    by: Role
    raiser: Role
    cause: Cause
    flag: Flag | None = None
    counts: bool | None = None
    latched: Latched | None = None


class PainTold(Happened, frozen=True, tag="pain_told"):
    """The client told more about a pain, as 0.2 and older stored it: what was told once stayed."""

    flag: Flag
    latched: Latched | None = None


class PainSaid(Happened, frozen=True, tag="pain_said"):
    """All that the client says about a pain; it replaces what was said before."""

    flag: FlagId
    qualities: tuple[Quality, ...] = ()
    place: Place | None = None
    latched: Latched | None = None


class GentlerChosen(Happened, frozen=True, tag="gentler_chosen"):
    """Gentler limits were put on or taken off."""

    is_on: bool
    limits: Limits | None = None


class CameToRest(Happened, frozen=True, tag="let_go"):
    """The pressure is off, and the limb rests."""

    by: Role
    latched: Latched | None = None


class StopCleared(Happened, frozen=True, tag="stop_cleared"):
    """The raiser cleared the stop."""

    stop: AlertId


class StretchSkipped(Happened, frozen=True, tag="stretch_skipped"):
    """The rest of this stretch is left out."""


class SessionEnded(Happened, frozen=True, tag="session_ended"):
    """The session is over."""

    reason: Reason


class RecordKept(Happened, frozen=True, tag="record_kept"):
    """The client chose to keep the record."""


class Restarted(Happened, frozen=True, tag="restarted"):
    """The server came back; nobody's phone has been heard yet."""


class CommandDone(Happened, frozen=True, tag="command_done"):
    """A phone's command took effect; its id is remembered so that it takes effect once."""

    role: Role
    id: CommandId


Event = (
    RoomOpened | RoutineChosen | SeatTaken | DisplayChanged | Briefed | OnePhoneChosen
    | ScreeningPassed | PresenceChanged
    | ReadyMarked | ReadyUndone | WarmUpStarted | DrillTapped | AlertShown | DrillAnswered
    | PositioningStarted | EasingInStarted | HoldStarted | HoldResumed | Reassured | Eased
    | EaseTold | ReleaseStarted | ReleaseTurned | RestStarted | WishMade | FeltAt
    | SessionPaused | StopSignalled | Stopped | PainTold | CameToRest | StopCleared | StretchSkipped
    | SessionEnded | RecordKept | Restarted | CommandDone | PainSaid | GentlerChosen
)  # fmt: skip
