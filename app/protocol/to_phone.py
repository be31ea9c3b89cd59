"""Every message the server tells a phone: the closed set ToPhone. Source: docs/protocol.md.

They carry ids and numbers; the words are on the phone already. Turned into text by wire.py.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from app.core.model import Routine


class ToPhone(msgspec.Struct, frozen=True, tag_field="type", kw_only=True):
    """The base of all messages to phones."""


class BeatAnswer(ToPhone, frozen=True, tag="beat"):
    """The answer to a beat: the server's clock, and when it last heard the phone across the mat."""

    n: int
    sent_ms: int | float
    server_ms: int
    peer_ms: int | None = None


class Done(ToPhone, frozen=True, tag="done"):
    """The command is committed."""

    id: str


class RefusedCommand(ToPhone, frozen=True, tag="refused"):
    """The command changed nothing. `id` is null where none could be read."""

    id: str | None
    reason: str


class AlertTold(ToPhone, frozen=True, tag="alert"):
    """An alert, ahead of any state; the page answers `seen` once it has painted it."""

    alert: str
    kind: Literal["stop", "ease", "good", "contact"]
    by: str
    cause: str | None
    drill: bool
    at_ms: int


class Fate(ToPhone, frozen=True, tag="fate"):
    """The other page painted this phone's alert, `shown_ms` after the server received it."""

    alert: str
    shown_ms: int


class KnockTold(ToPhone, frozen=True, tag="knock"):
    """Somebody typed the code for `role`; both screens show the same two words."""

    knock: str
    words: tuple[str, str]
    role: str


class InvitationTold(ToPhone, frozen=True, tag="invitation"):
    """A new invitation to a seat, or to a display."""

    code: str
    url: str
    expires_ms: int
    role: str


class DirectLineTold(ToPhone, frozen=True, tag="signal"):
    """What the other page says to lay the direct line; passed on unread."""

    data: str


class Bye(ToPhone, frozen=True, tag="bye"):
    """The last message before the server closes."""

    reason: Literal["restarting", "moved", "gone", "deleted", "reload", "slow"]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One hold of the routine; `index` counts from 0 over `count` holds."""

    index: int
    count: int
    stretch: str
    side: str
    rep: int
    reps: int
    wish: str | None


class TimerTold(msgspec.Struct, frozen=True, kw_only=True):
    """What counts down; `ends_ms` is null while it is frozen."""

    kind: Literal["warm_up", "ask", "hold", "eased", "come_out", "rest"]
    length_ms: int
    remaining_ms: int
    ends_ms: int | None


class FlagTold(msgspec.Struct, frozen=True, kw_only=True):
    """What the client told of a pain; `quality` is the gravest of `qualities`."""

    quality: str | None
    qualities: tuple[str, ...]
    place: str | None
    level: int | None


class StopTold(msgspec.Struct, frozen=True, kw_only=True):
    """The latched stop, and what its raiser may choose."""

    stop: str
    by: str
    cause: str
    flag: FlagTold | None
    let_go: bool
    at_ms: int
    options: tuple[str, ...]
    suggest: str


class FeltTold(msgspec.Struct, frozen=True, kw_only=True):
    """Where the client felt this stretch, and whether it should be felt there."""

    place: str
    expected: bool


class EndTold(msgspec.Struct, frozen=True, kw_only=True):
    """How the session ended."""

    reason: str


class DrillTold(msgspec.Struct, frozen=True, kw_only=True):
    """The drill: `shown_ms` is null until the partner's page painted it."""

    alert: str
    shown_ms: int | None
    answered: bool


class SeatTold(msgspec.Struct, frozen=True, kw_only=True):
    """One seat, as the other phone may know it; a `shared` phone is the client's, for both.

    `silent_since_ms`: when a phone whose link is lost was last heard.
    """

    phone: Literal["own", "shared", "none"]
    taken: bool
    link: str
    ready: bool
    visible: bool
    sound: str
    awake: bool
    silent_since_ms: int | None = None


class StateTold(ToPhone, frozen=True, tag="state"):
    """The whole truth for one phone."""

    v: int
    epoch: str
    seq: int
    phase_no: int
    now_ms: int
    role: str
    room: str
    host: bool
    phase: str
    cause: str | None
    todo: tuple[str, ...]
    routine: Routine
    step: Step | None
    next: Step | None
    needs_partner: bool
    gentle: bool
    timer: TimerTold | None
    drill: DrillTold | None
    stop: StopTold | None
    closed: tuple[str, ...]
    felt: FeltTold | None
    wishes: tuple[str, ...]
    severity: str
    ended: EndTold | None
    seats: dict[str, SeatTold]
    displays: int
    restarting: bool
    may: tuple[str, ...]


Message = (
    BeatAnswer | Done | RefusedCommand | AlertTold | Fate | KnockTold | InvitationTold
    | DirectLineTold | Bye | StateTold
)  # fmt: skip
