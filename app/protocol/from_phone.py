"""Every message a phone may send: the closed set FromPhone. Source: docs/protocol.md.

Most are commands of the core, as they are; the others never reach it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from app.core import commands as c
from app.core.commands import PhoneCommand
from app.core.model import Routine, RoutineItem, Side, StretchId
from app.errors import WireError
from app.protocol.constants import MOST_DIRECT_LINE_CHARS, MOST_ID_CHARS

Number = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
KnockId = Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_ID_CHARS)]


class Beat(msgspec.Struct, frozen=True, tag_field="type", tag="beat"):
    """A sign of life of a page. `sent_ms` is the phone's own clock; it comes back in the answer.

    `faults` counts what went wrong in the page's script since it was loaded.
    """

    n: Number
    sent_ms: int | float
    visible: bool
    sound: Annotated[str, msgspec.Meta(max_length=16)] = "unknown"
    awake: bool = False
    faults: Number = 0


class Seen(msgspec.Struct, frozen=True, tag_field="type", tag="seen"):
    """A page says that it has painted an alert."""

    alert: Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_ID_CHARS)]


class DirectLine(msgspec.Struct, frozen=True, tag_field="type", tag="signal"):
    """What a page says to the other one to lay the direct line; passed on unread, kept nowhere."""

    data: Annotated[str, msgspec.Meta(min_length=2, max_length=MOST_DIRECT_LINE_CHARS)]


class RoutineItemAsked(msgspec.Struct, frozen=True):
    """One stretch of a routine, within the limits of the protocol (seconds)."""

    stretch: Annotated[StretchId, msgspec.Meta(min_length=1, max_length=64)]
    hold_s: Annotated[int, msgspec.Meta(ge=10, le=60)]
    reps: Annotated[int, msgspec.Meta(ge=1, le=5)]
    rest_s: Annotated[int, msgspec.Meta(ge=5, le=60)] = 15
    first_side: Literal["left", "right"] = "left"


class RoutineAsked(msgspec.Struct, frozen=True):
    """A routine as asked for: 1-12 items, 300-600 s of warm-up."""

    items: Annotated[tuple[RoutineItemAsked, ...], msgspec.Meta(min_length=1, max_length=12)]
    warm_up_s: Annotated[int, msgspec.Meta(ge=300, le=600)] = 300
    name: Annotated[str, msgspec.Meta(max_length=80)] | None = None


class PickRoutine(PhoneCommand, frozen=True, tag="routine"):
    """Take another routine, in the lobby."""

    routine: RoutineAsked


class Admit(PhoneCommand, frozen=True, tag="admit"):
    """Let the one who knocks in."""

    knock: KnockId


class TurnAway(PhoneCommand, frozen=True, tag="turn_away"):
    """Don't let the one who knocks in."""

    knock: KnockId


class Invite(PhoneCommand, frozen=True, tag="invite"):
    """Make a new invitation to the other seat, or to the seat or display that `role` says."""

    role: str | None = None


FromPhone = (
    Beat | Seen | DirectLine | PickRoutine | Admit | TurnAway | Invite
    | c.Brief | c.Ready | c.TapGood | c.EaseOff | c.Stop | c.FlagPain | c.LetGo | c.Clear
    | c.MakeWish | c.Feel | c.Pause | c.Skip | c.End | c.OnePhone | c.PutDisplayOff
    | c.ChooseGentler
)  # fmt: skip


def read_routine(asked: Any, id: str | None = None) -> Routine:
    """Return the core's own routine for one that came as decoded JSON or as RoutineAsked.

    Raises WireError, with the command's `id`, naming the field that is off.
    """
    try:
        read = asked if isinstance(asked, RoutineAsked) else msgspec.convert(asked, RoutineAsked)
    except msgspec.ValidationError as e:
        raise WireError(str(e), id) from e
    items = tuple(
        RoutineItem(i.stretch, i.hold_s, i.reps, i.rest_s, Side(i.first_side)) for i in read.items
    )
    return Routine(items, read.warm_up_s, read.name)
