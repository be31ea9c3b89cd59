"""More laws: of time, of what a step leaves alone, and of what comes before the first stretch."""

from __future__ import annotations

from app.core import commands as c
from app.core.former import in_full
from app.core.model import SEATS, Link, Phase, Releasing, Role, RoomState, Stopped, Wish
from app.core.timing import next_deadline
from tests.core.laws import LAWS, law
from tests.core.sketch import NOW, TIMED, left_ms, timers
from tests.core.watch import watched
from tests.core.ways import Step, Watch

P = Phase


@law("a phase begins now and lasts as the protocol says; within it its clock is left alone")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    if a.phase_no == b.phase_no:
        return (a.phase, a.phase_at_ms, a.ends_ms) == (b.phase, b.phase_at_ms, b.ends_ms)
    begins = b.phase_no > a.phase_no and b.phase_at_ms == NOW
    return begins and (b.phase not in TIMED or b.ends_ms == NOW + _length_ms(a, b))


def _length_ms(a: RoomState, b: RoomState) -> int:
    lengths = {
        P.EASING_IN: 45_000,
        P.HOLDING: left_ms(a),
        P.EASED: 15_000,
        P.RELEASING: a.hold.way_back_ms,
        P.RESTING: a.hold.rest_ms,
    }
    return lengths[b.phase]


@law("a hold begins with the whole of its time")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    is_first = (a.phase, b.phase) == (P.EASING_IN, P.HOLDING)
    return not is_first or b.ends_ms == NOW + b.hold.hold_ms


@law("a stop counts its 2 s from its latest signal")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    if b.stop is None:
        return b.phase is not P.STOPPED
    is_new = a.stop is None or a.stop.stop != b.stop.stop
    return b.stop.at_ms == NOW if is_new else a.stop is not None and b.stop.at_ms == a.stop.at_ms


@law("the clock speaks when something is due and never before, and says so beforehand")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    return not isinstance(step.asking.command, c.Tick) or is_due(a)


def is_due(a: RoomState) -> bool:
    """Return whether the clock must act, by the numbers of the protocol."""
    due = {name for name, at in timers(a).items() if at <= NOW}
    return bool(due & {"ends", "client", "partner", "dark"})


@law("of a phone is kept what its beats say; a restart takes all for lost")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    asked = step.asking.command
    for role in SEATS:
        link, visible = a.seat(role).link, a.seat(role).visible
        if isinstance(asked, c.NotePresence) and asked.role is role:
            link, visible = asked.link, asked.visible
        if isinstance(asked, c.Restart) and link is not Link.ABSENT:
            link, visible = Link.LOST, True
        if (b.seat(role).link, b.seat(role).visible) != (link, visible):
            return False
    return True


@law("a phone that goes, another in its seat, a restart and every new phase undo both readies")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    asked = step.asking.command
    gone = isinstance(asked, c.NotePresence) and (asked.link is Link.LOST or not asked.visible)
    undoes = (
        gone or isinstance(asked, c.TakeSeat | c.Restart | c.OnePhone) or a.phase_no != b.phase_no
    )
    return not undoes or not any(b.seat(role).is_ready for role in SEATS)


@law("one phone is the client's choice while the other is gone; another that is here ends it")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    partner = b.partner
    is_here = partner.is_taken and partner.link is Link.LIVE and partner.visible
    if isinstance(step.asking.command, c.OnePhone):
        is_gone = not a.partner.is_taken or a.partner.link is Link.LOST
        return is_gone and not a.is_one_phone and b.is_one_phone
    asked = step.asking.command
    ends = isinstance(asked, c.NotePresence) and asked.role is Role.PARTNER and is_here
    return b.is_one_phone == (a.is_one_phone and not ends)


@law("nobody is unseated: only a free seat, or a lost phone's, is taken")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    for role in SEATS:
        before, after = a.seat(role), b.seat(role)
        if before.token_hash != after.token_hash and before.is_taken:
            return before.link is Link.LOST
    return True


@law("no warm-up before both are seated, screened and briefed; no stretch before the drill")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    if a.phase is P.LOBBY and b.phase is not P.LOBBY:
        return b.phase is P.ENDED or is_told_all(b)
    is_drilled = a.drill is not None and a.drill.is_answered
    return a.phase is not P.WARMING_UP or b.phase in (a.phase, P.ENDED) or is_drilled


def is_told_all(s: RoomState) -> bool:
    """Return whether nothing is left to do in the lobby."""
    seated = s.client.is_taken and (s.partner.is_taken or s.is_one_phone)
    return seated and s.screening_list is not None and s.is_briefed


@law("a drill is answered by the partner, once it was shown, or with one phone by the client")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    if isinstance(step.asking.command, c.NoteShown):
        return all(alert != step.asking.command.alert for alert, _ in a.shown)
    was, is_now = (drill is not None and drill.is_answered for drill in (a.drill, b.drill))
    if a.phase is not P.WARMING_UP or was or not is_now:
        return was <= is_now or a.phase is not P.WARMING_UP
    if a.is_one_phone and step.asking.by is Role.CLIENT:
        return a.drill is not None
    return step.asking.by is Role.PARTNER and a.drill is not None and a.drill.shown_ms is not None


@law("only the client's stop in the warm-up is the drill")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    is_tried = isinstance(step.asking.command, c.Stop) and b.drill != a.drill
    return not is_tried or (step.asking.by is Role.CLIENT and a.phase is P.WARMING_UP)


@law("gentler limits are the client's to choose; once stretching they are only put on")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    asked = step.asking.command
    if isinstance(asked, c.PassScreening):
        return b.is_gentle == (a.is_gentle or asked.is_cleared)
    if not isinstance(asked, c.ChooseGentler):
        return a.is_gentle == b.is_gentle
    is_before = a.phase in (P.LOBBY, P.WARMING_UP)
    return b.is_gentle == asked.on and (asked.on or is_before)


@law("no `more` after an ease or a stop in that repetition; felt is told once per stretch")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    asked = step.asking.command
    if isinstance(asked, c.MakeWish) and asked.next is Wish.MORE:
        return not a.rep.eases and not a.rep.stops and not a.is_gentle
    if isinstance(asked, c.Feel):
        return a.rep.felt is None and b.rep.felt is not None
    return b.rep.felt == a.rep.felt or a.hold.item != b.hold.item


@law("what ends after the way back stays ended")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    return a.then is not P.ENDED or b.phase is not P.RELEASING or b.then is P.ENDED


@law("an ease and a stop of a repetition are remembered until the next")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    is_same = a.hold == b.hold or b.phase is P.ENDED
    return not is_same or (b.rep.eases >= a.rep.eases and b.rep.stops >= a.rep.stops)


@law("an event says all that came of it, so that no rule is asked when it is read again")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    return all(in_full(b, event) is event for event in step.events)


# What has no class of its own phase: the phases in which it may be anything but its default.
ELSEWHERE_DEFAULT: dict[str, frozenset[Phase]] = {
    "drill": frozenset(P) - {P.LOBBY},
    "stops": frozenset(P) - {P.LOBBY, P.WARMING_UP},
    "closed": frozenset(P) - {P.LOBBY, P.WARMING_UP},
    "has_signs": frozenset({P.STOPPED, P.ENDED}),
}
WISHED_IN = (P.RESTING, P.PAUSED, P.STOPPED, P.ENDED)
READY_IN = (P.WARMING_UP, P.POSITIONING, P.PAUSED)


def misplaced(s: RoomState) -> str | None:
    """Name what is set in a phase that cannot have it, or None."""
    blank = RoomState(s.room)
    for name, phases in ELSEWHERE_DEFAULT.items():
        if s.phase not in phases and getattr(s, name) != getattr(blank, name):
            return name
    if s.phase not in WISHED_IN and s.rep.next_wish is not None:
        return "next_wish"
    if s.phase not in READY_IN and any(s.seat(role).is_ready for role in SEATS):
        return "is_ready"
    if isinstance(s.at, Stopped) and s.at.is_cleared:
        return "is_cleared"
    if isinstance(s.at, Releasing) and (s.at.reason is None) is (s.at.then is P.ENDED):
        return "reason"
    return None


@law("what only some phases have is in no other")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    return misplaced(b) is None


def fault(step: Step) -> str | Watch:
    """Name the law that a step breaks; else return what the watcher keeps."""
    a, b = step.before, step.after
    if b is None:
        return step.watch
    for words, keeps in LAWS:
        if not keeps(step, a, b):
            return f"Broken: {words}"
    if (next_deadline(b) is not None and (next_deadline(b) or 0) <= NOW) != is_due(b):
        return "Broken: what is due is not the next deadline"
    return watched(step)
