"""The watcher: what must still come before a hold, judged by the commands and not by the room.

After a stop: that the limb rests, the raiser's clear, both readies and the client's *good*. Before
any other hold: the readies (between two holds of one stretch not the partner's) and the *good*.
"""

from __future__ import annotations

from app.core import commands as c
from app.core.model import Link, Phase, Role, RoomState
from tests.core.sketch import FLAG, FORCE, STOP
from tests.core.ways import Step, Watch

P = Phase
ALL = frozenset({"let_go", "clear", "client", "partner", "good"})
LATCHED = {"let_go", "clear"}


def is_signal(step: Step, b: RoomState) -> bool:
    """Return whether a step is a new stop signal, and not only more about a pain."""
    asked = step.asking.command
    if isinstance(asked, c.FlagPain) and step.before.phase is P.STOPPED:
        return asked.flag != FLAG and asked.stop != STOP
    return b.phase is P.STOPPED and isinstance(asked, c.Stop | c.FlagPain | c.Fail)


def watched(step: Step) -> Watch:
    """Keep what follows for the watcher from a step that was accepted."""
    a, b, watch = step.before, step.after, step.watch
    assert b is not None
    if b.phase is P.ENDED:
        return Watch()
    if is_signal(step, b):
        by = step.asking.by
        takes_over = watch.raiser is None or by is Role.CLIENT
        return Watch(ALL, by if takes_over else watch.raiser)
    owed, raiser = watch.owed, watch.raiser
    match step.asking.command:
        case c.LetGo() if a.phase is P.STOPPED:
            owed -= {"let_go"}
        case c.Clear():
            owed, raiser = owed - {"clear"}, None
        case c.Ready() if a.phase is P.POSITIONING:
            owed -= {step.asking.by, *({"partner"} if a.is_one_phone else ())}
        case c.TapGood() if b.phase is P.HOLDING:
            owed -= {"good"}
    if b.phase is P.EASED:
        owed |= {"good"}
    if b.phase is P.POSITIONING:
        return _positioned(step, b, Watch(owed, raiser, watch.is_first))
    if b.phase not in (*FORCE, P.STOPPED):
        owed = (owed & LATCHED) | (ALL - LATCHED)
    return Watch(owed, raiser)


def _positioned(step: Step, b: RoomState, watch: Watch) -> Watch:
    """Demand the readies anew on arriving here, and when a phone or the server goes or changes."""
    a, asked, owed, is_first = step.before, step.asking.command, watch.owed, watch.is_first
    enters = a.phase_no != b.phase_no
    if enters:
        is_first = a.phase is not P.RESTING or a.hold.item != b.hold.item
        is_first = is_first or isinstance(asked, c.Skip)
    gone = isinstance(asked, c.NotePresence) and (asked.link is Link.LOST or not asked.visible)
    if enters or gone or isinstance(asked, c.TakeSeat | c.Restart | c.OnePhone):
        owed = (owed & LATCHED) | {"client", "good"} | ({"partner"} if is_first else set())
    return watch._replace(owed=owed, is_first=is_first)
