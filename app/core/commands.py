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
    """Be ready for whatever follows phase `phase_no`."""


class TapGood(QuotingCommand, frozen=True, tag="good"):
    """Start or resume the hold, or reassure the partner: it is a good stretch."""


class EaseOff(PhoneCommand, frozen=True, tag="ease"):
    """Ask for a little less."""


class Stop(PhoneCommand, frozen=True, tag="stop"):
    """Stop at once."""


class FlagPain(PhoneCommand, frozen=True, tag="pain"):
    """Stop because it hurts, or tell more about a pain.

    It tells more if `flag` is the one already up, or if `stop` names the stop that is up. Then
    `qualities` replaces all that was told before. Older programs send one `quality`, which is
    added, and a `level` (0-10), which decides nothing and is stored nowhere.
    """

    flag: Annotated[FlagId, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{1,40}\Z")]
    stop: Annotated[AlertId, msgspec.Meta(min_length=1, max_length=64)] | None = None
    qualities: Annotated[tuple[Quality, ...], msgspec.Meta(max_length=len(Quality))] | None = None
    quality: Quality | None = None
    place: Annotated[Place, msgspec.Meta(min_length=1, max_length=64)] | None = None
    level: Annotated[int, msgspec.Meta(ge=0, le=10)] | None = None


class LetGo(PhoneCommand, frozen=True, tag="let_go"):
    """Confirm that the push is off; names the stop, or in the warm-up the drill's alert."""

    stop: Annotated[AlertId, msgspec.Meta(min_length=1, max_length=64)] | None = None
    alert: Annotated[AlertId, msgspec.Meta(min_length=1, max_length=64)] | None = None


class Clear(PhoneCommand, frozen=True, tag="clear"):
    """Clear the stop it names; `then` is what follows."""

    stop: Annotated[AlertId, msgspec.Meta(min_length=1, max_length=64)]
    then: After


class MakeWish(PhoneCommand, frozen=True, tag="wish"):
    """Choose how deep the next repetition shall be."""

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
    """Stop any display from looking on."""


class ChooseGentler(PhoneCommand, frozen=True, tag="gentler"):
    """Turn gentler limits on (holds of 20 s at most, no wish for more), or off again."""

    on: bool


class ChooseRoutine(Command, frozen=True, tag="choose_routine"):
    """Take another routine; `facts` are those of its stretches, from the content."""

    routine: Routine
    facts: tuple[StretchFacts, ...]
    id: CommandId | None = None


class TakeSeat(Command, frozen=True, tag="take_seat"):
    """Seat the phone whose token has this hash."""

    role: Role
    token_hash: str


class PutDisplayOn(Command, frozen=True, tag="put_display_on"):
    """Let the display whose token has this hash look on; it replaces any other."""

    token_hash: str


class PassScreening(Command, frozen=True, tag="pass_screening"):
    """Nothing on the list stops this client; `is_cleared` if a clinician's yes was needed."""

    list: str
    is_cleared: bool = False


class FailScreening(Command, frozen=True, tag="fail_screening"):
    """Something on the list stops this client: end the session kindly."""


class Keep(Command, frozen=True, tag="keep"):
    """Keep the record of a session that has ended."""


class NotePresence(Command, frozen=True, tag="note_presence"):
    """What the beats of a seat's phone say now; `heard_ms` is when the last one came."""

    role: Role
    link: Link
    visible: bool
    sound: str
    awake: bool
    heard_ms: int

    def says_same(self, other: NotePresence) -> bool:
        """Return whether another one differs only in when the phone was last heard."""
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
    """Return the id that makes a command apply only once, or None if it has none."""
    return command.id if isinstance(command, (PhoneCommand, ChooseRoutine)) else None


URGENT = (EaseOff, Stop, FlagPain)
FORCE = (Ready, TapGood, Clear)
