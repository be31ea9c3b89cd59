"""What a phone, a page or the clock asks for, in the imperative. A closed, tagged set.

The phone's commands carry the names and fields of docs/protocol.md, so the wire decodes straight
into them; the server's own commands never come over the wire.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from app.core.model import (
    After,
    AlertId,
    CommandId,
    FlagId,
    Link,
    Place,
    Quality,
    Role,
    Routine,
    StretchFacts,
    Wish,
)

Id = Annotated[CommandId, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{1,40}\Z")]


class Command(msgspec.Struct, frozen=True, tag_field="type", kw_only=True):
    """The base of all commands."""


class PhoneCommand(Command, frozen=True):
    """A command of a phone; `id` is the phone's own, so that it is applied once."""

    id: Id


class QuotingCommand(PhoneCommand, frozen=True):
    """A command that means the phase it was tapped in, and is stale in any other."""

    phase_no: int


class Brief(PhoneCommand, frozen=True, tag="briefed"):
    """Accept the helper's rules."""


class Ready(QuotingCommand, frozen=True, tag="ready"):
    """Be ready for what comes after the phase `phase_no`."""


class TapGood(QuotingCommand, frozen=True, tag="good"):
    """Say that it is a good stretch: start, resume or reassure."""


class EaseOff(PhoneCommand, frozen=True, tag="ease"):
    """Ask for a little less."""


class Stop(PhoneCommand, frozen=True, tag="stop"):
    """Stop at once."""


class FlagPain(PhoneCommand, frozen=True, tag="pain"):
    """Stop because it hurts; the same `flag` again, or the name of the `stop` that is up, tells
    more: `qualities` is all it is like, in place of what was told; `quality`, of older programs,
    adds one. Their `level`, 0-10, decides nothing and is kept nowhere.
    """

    flag: Annotated[FlagId, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{1,40}\Z")]
    stop: Annotated[AlertId, msgspec.Meta(min_length=1, max_length=64)] | None = None
    qualities: Annotated[tuple[Quality, ...], msgspec.Meta(max_length=len(Quality))] | None = None
    quality: Quality | None = None
    place: Annotated[Place, msgspec.Meta(min_length=1, max_length=64)] | None = None
    level: Annotated[int, msgspec.Meta(ge=0, le=10)] | None = None


class LetGo(PhoneCommand, frozen=True, tag="let_go"):
    """Say that the push is off; names the stop, or in the warm-up the drill's alert."""

    stop: Annotated[AlertId, msgspec.Meta(min_length=1, max_length=64)] | None = None
    alert: Annotated[AlertId, msgspec.Meta(min_length=1, max_length=64)] | None = None


class Clear(PhoneCommand, frozen=True, tag="clear"):
    """Clear the stop it names, and say what then."""

    stop: Annotated[AlertId, msgspec.Meta(min_length=1, max_length=64)]
    then: After


class MakeWish(PhoneCommand, frozen=True, tag="wish"):
    """Say how deep the next repetition shall be."""

    next: Wish


class Feel(PhoneCommand, frozen=True, tag="feel"):
    """Show where the stretch was felt."""

    place: Annotated[Place, msgspec.Meta(min_length=1, max_length=64)]


class Pause(PhoneCommand, frozen=True, tag="pause"):
    """Take a break."""


class Skip(PhoneCommand, frozen=True, tag="skip"):
    """Leave out the rest of this stretch."""


class End(PhoneCommand, frozen=True, tag="end"):
    """End the session."""


class OnePhone(PhoneCommand, frozen=True, tag="one_phone"):
    """Go on with the client's phone alone, until another one is here."""


class PutDisplayOff(PhoneCommand, frozen=True, tag="display_off"):
    """Let no display look on any more."""


class ChooseGentler(PhoneCommand, frozen=True, tag="gentler"):
    """Hold for 20 s at most and ask for no more, or as the routine says again."""

    on: bool


class ChooseRoutine(Command, frozen=True, tag="choose_routine"):
    """Take another routine; `facts` are those of its stretches, from the content."""

    routine: Routine
    facts: tuple[StretchFacts, ...]
    id: CommandId | None = None


class TakeSeat(Command, frozen=True, tag="take_seat"):
    """Give a seat to the phone whose token has this hash."""

    role: Role
    token_hash: str


class PutDisplayOn(Command, frozen=True, tag="put_display_on"):
    """Let the screen whose token has this hash look on, in place of any other."""

    token_hash: str


class PassScreening(Command, frozen=True, tag="pass_screening"):
    """Nothing of the list stops this client; `is_cleared` where a clinician's yes was needed."""

    list: str
    is_cleared: bool = False


class FailScreening(Command, frozen=True, tag="fail_screening"):
    """Something of the list does: end it kindly."""


class Keep(Command, frozen=True, tag="keep"):
    """Keep the record of a session that has ended."""


class NotePresence(Command, frozen=True, tag="note_presence"):
    """What the beats of a seat's phone say now; `heard_ms` is the last one."""

    role: Role
    link: Link
    visible: bool
    sound: str
    awake: bool
    heard_ms: int

    def says_same(self, other: NotePresence) -> bool:
        """Tell whether another one differs only in when the phone was last heard."""
        return msgspec.structs.replace(other, heard_ms=self.heard_ms) == self


class NoteShown(Command, frozen=True, tag="note_shown"):
    """The other phone painted an alert, `shown_ms` after the server received it."""

    alert: AlertId
    shown_ms: int


class Fail(Command, frozen=True, tag="fail"):
    """Something unexpected went wrong in this room: stop it first."""


class Tick(Command, frozen=True, tag="tick"):
    """A deadline has passed."""


class Restart(Command, frozen=True, tag="restart"):
    """The server came back and read this room from the journal."""


def id_of(command: Command) -> CommandId | None:
    """Give the id by which a command is applied once, or None where it has none."""
    return command.id if isinstance(command, (PhoneCommand, ChooseRoutine)) else None


URGENT = (EaseOff, Stop, FlagPain)
FORCE = (Ready, TapGood, Clear)
