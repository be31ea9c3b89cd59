"""The tables of docs/protocol.md once more, as abilities: said apart from the rows of the app."""

from __future__ import annotations

from app.core import commands as c
from app.core.model import SEATS, After, Cause, Link, Phase, RoomState, Wish
from tests.core import abilities as can
from tests.core.abilities import Ability, always, stays, to
from tests.core.laws import CLIENT, PARTNER, PUSHING, SERVER, STRETCHING, UNENDED
from tests.core.laws_of_care import fault
from tests.core.sketch import FORCE
from tests.core.told_first import mistold
from tests.core.ways import KINDS, Asking, Step, Watch, told

P = Phase
BEFORE = (P.LOBBY, P.WARMING_UP)
IDLE = (*BEFORE, P.POSITIONING, P.RESTING, P.PAUSED, P.STOPPED)


def free_seat(a: RoomState, asking: Asking) -> bool:
    assert isinstance(asking.command, c.TakeSeat)
    seat = a.seat(asking.command.role)
    return not seat.is_taken or seat.link is Link.LOST


def is_same(a: RoomState, asking: Asking) -> bool:
    return isinstance(asking.command, c.MakeWish) and asking.command.next is Wish.SAME


def is_fresh(a: RoomState, asking: Asking) -> bool:
    return not a.rep.eases and not a.rep.stops and not a.is_gentle


def is_on(asking: Asking) -> bool:
    return isinstance(asking.command, c.ChooseGentler) and asking.command.on


ABILITIES = (
    # before you begin
    Ability(c.TakeSeat, (SERVER,), UNENDED, free_seat, can.warms_up),
    Ability(c.Brief, (PARTNER,), (P.LOBBY,), always, can.warms_up),
    Ability(c.Brief, (CLIENT,), (P.LOBBY,), can.one_phone, can.warms_up),
    Ability(c.OnePhone, (CLIENT,), IDLE, can.may_use_one, can.goes_alone),
    Ability(c.PassScreening, (CLIENT,), (P.LOBBY,), always, can.warms_up),
    Ability(c.FailScreening, (CLIENT,), (P.LOBBY,), always, to(P.ENDED)),
    Ability(c.ChooseRoutine, (CLIENT,), (P.LOBBY,), can.is_host, stays),
    Ability(c.Stop, (CLIENT,), (P.WARMING_UP,), can.drill_open, can.renames_drill),
    Ability(c.PutDisplayOn, (SERVER,), UNENDED, always, can.shows("display")),
    Ability(c.PutDisplayOff, SEATS, UNENDED, always, can.shows(None)),
    Ability(c.NoteShown, (SERVER,), tuple(P), lambda a, _: not a.shown, can.is_shown),
    Ability(c.LetGo, (PARTNER,), (P.WARMING_UP,), can.names_drill,
            lambda a, b: b.drill is not None and b.drill.is_answered),
    Ability(c.LetGo, (CLIENT,), (P.WARMING_UP,), can.is_drill,
            lambda a, b: b.drill is not None and b.drill.is_answered),
    Ability(c.ChooseGentler, (CLIENT,), BEFORE, always, can.is_gentler),
    Ability(c.ChooseGentler, (CLIENT,), (P.POSITIONING, P.RESTING, P.PAUSED),
            lambda a, asking: is_on(asking), can.is_gentler),
    # stop signals and pain
    Ability(c.Stop, SEATS, BEFORE, always, stays),
    Ability(c.Stop, SEATS, (*STRETCHING, P.STOPPED), always, to(P.STOPPED)),
    Ability(c.FlagPain, (CLIENT,), STRETCHING, always, to(P.STOPPED)),
    Ability(c.FlagPain, (CLIENT,), (P.STOPPED,), can.not_(can.adds), to(P.STOPPED)),
    Ability(c.FlagPain, (CLIENT,), (P.STOPPED,), can.adds, can.tells_more),
    Ability(c.Fail, (SERVER,), (*STRETCHING, P.STOPPED), always, to(P.STOPPED)),
    Ability(c.LetGo, SEATS, (P.STOPPED,), can.names_stop, can.let_go_of),
    Ability(c.Clear, SEATS, (P.STOPPED,), can.clears(After.AGAIN), can.goes_on),
    Ability(c.Clear, SEATS, (P.STOPPED,), can.clears(After.SKIP), can.skips),
    Ability(c.Clear, SEATS, (P.STOPPED,), can.clears(After.END), to(P.ENDED)),
    # ease off, and lost contact
    Ability(c.EaseOff, (CLIENT,), PUSHING, can.first_ease, to(P.EASED)),
    Ability(c.EaseOff, (CLIENT,), (P.EASED,), can.first_ease, can.eases_on),
    Ability(c.EaseOff, (CLIENT,), FORCE, can.not_(can.first_ease),
            can.brings_down(Cause.ASKED, P.RESTING)),
    Ability(c.EaseOff, (CLIENT,), (P.RELEASING,), always, stays),
    Ability(c.NotePresence, (SERVER,), PUSHING, can.is_away, to(P.EASED)),
    Ability(c.NotePresence, (SERVER,), PUSHING, can.not_(can.is_away), stays),
    Ability(c.NotePresence, (SERVER,), (*IDLE, P.EASED, P.RELEASING), always, stays),
    Ability(c.Restart, (SERVER,), PUSHING, always, to(P.EASED)),
    Ability(c.Restart, (SERVER,), (*IDLE, P.EASED, P.RELEASING), always, stays),
    # ready and good
    Ability(c.Ready, SEATS, (P.WARMING_UP,), can.all_of(can.can_ready, can.is_last_ready),
            to(P.POSITIONING)),
    Ability(c.Ready, SEATS, (P.POSITIONING,), can.all_of(can.can_ready, can.is_last_ready),
            to(P.EASING_IN)),
    Ability(c.Ready, SEATS, (P.PAUSED,), can.all_of(can.can_ready, can.is_last_ready),
            can.goes_on),
    Ability(c.Ready, SEATS, (P.WARMING_UP, P.POSITIONING, P.PAUSED),
            can.all_of(can.can_ready, can.not_(can.is_last_ready)), stays),
    Ability(c.TapGood, (CLIENT,), (P.EASING_IN,), can.all_of(can.both_here, can.due("deaf")),
            to(P.HOLDING)),
    Ability(c.TapGood, (CLIENT,), (P.HOLDING,), lambda _, asking: not asking.is_stale, stays),
    Ability(c.TapGood, (CLIENT,), (P.EASED,), can.both_here, to(P.HOLDING)),
    # between the holds, and out
    Ability(c.MakeWish, (CLIENT,), (P.RESTING,), is_same, stays),
    Ability(c.MakeWish, (CLIENT,), (P.RESTING,), is_fresh, stays),
    Ability(c.Feel, (CLIENT,), (P.RESTING,), lambda a, _: a.rep.felt is None, stays),
    Ability(c.Skip, (CLIENT,), (P.POSITIONING, P.RESTING, P.PAUSED), always, can.skips),
    Ability(c.Pause, SEATS, FORCE, always, can.brings_down(Cause.ASKED, P.PAUSED)),
    Ability(c.Pause, SEATS, (P.RELEASING,), lambda a, _: a.then is not P.ENDED,
            can.turns(P.PAUSED)),
    Ability(c.Pause, SEATS, (P.POSITIONING, P.RESTING), always, to(P.PAUSED)),
    Ability(c.End, SEATS, FORCE, always, can.brings_down(Cause.ASKED, P.ENDED)),
    Ability(c.End, SEATS, (P.RELEASING,), always, can.turns(P.ENDED)),
    Ability(c.End, SEATS, IDLE, always, to(P.ENDED)),
    Ability(c.Keep, (CLIENT,), (P.ENDED,), always, lambda a, b: b.is_kept),
    # the clock
    Ability(c.Tick, (SERVER,), FORCE, can.due("client", "partner"),
            can.brings_down(Cause.CONTACT, P.PAUSED)),
    Ability(c.Tick, (SERVER,), (P.EASING_IN, P.EASED), can.due_not_lost("ends"),
            can.brings_down(Cause.TOO_LONG, P.RESTING)),
    Ability(c.Tick, (SERVER,), (P.HOLDING,), can.due_not_lost("ends"),
            can.brings_down(Cause.OVER, P.RESTING)),
    Ability(c.Tick, (SERVER,), (P.RELEASING,), can.ends_into(P.RESTING), to(P.RESTING)),
    Ability(c.Tick, (SERVER,), (P.RELEASING,), can.ends_into(P.PAUSED), to(P.PAUSED)),
    Ability(c.Tick, (SERVER,), (P.RELEASING,), can.ends_into(P.ENDED), to(P.ENDED)),
    Ability(c.Tick, (SERVER,), (P.RESTING,), can.due("ends"), can.goes_on),
    Ability(c.Tick, (SERVER,), IDLE, can.is_quiet, to(P.ENDED)),
)  # fmt: skip

OF = {kind: tuple(able for able in ABILITIES if able.command is kind) for kind in KINDS}


def judge(step: Step) -> str | Watch:
    """Name the ability that is lost or the law broken, or return what the watcher keeps."""
    asking, a, b = step.asking, step.before, step.after
    wrong = mistold(step)
    if wrong is not None:
        return f"{wrong}: {told(asking)} in {a.phase}"
    for able in OF[type(asking.command)]:
        if asking.by not in able.by or a.phase not in able.phases or not able.when(a, asking):
            continue
        if b is None or not able.then(a, b):
            return f"Lost: {told(asking)} in {a.phase}{' is refused' if b is None else ''}"
    return fault(step)
