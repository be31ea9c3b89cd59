"""Every way a session can go: the real `decide` and `evolve`, from every sketch on, in breadth.

Every command of every role is tried in every state, stale ones too. After each, the laws of laws.py
and the abilities of abilities.py are checked. A law that breaks is reported with its shortest way.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from app.core import commands as c
from app.core import events as e
from app.core.decide import alert_for, decide
from app.core.evolve import evolve_all
from app.core.model import (
    SEATS,
    After,
    AlertId,
    CommandId,
    FlagId,
    Link,
    Phase,
    Place,
    Quality,
    Role,
    RoomState,
    Routine,
    Wish,
)
from app.core.phases import TABLE, AnyRow
from app.core.safety import Alert
from app.errors import Refused
from tests.core.sketch import DRILL, FLAG, NOW, PHASE_NO, SEEN, STOP, Sketch, later, room, sketched
from tests.support.session import FACTS, Session

ID, GONE = CommandId("tap"), AlertId("gone")
KINDS = tuple(dict.fromkeys(row.command for row in TABLE))


class Asking(NamedTuple):
    """A command, who gives it, and whether it quotes what is gone."""

    by: Role
    command: c.Command
    is_stale: bool = False


class Watch(NamedTuple):
    """What the watcher keeps of the way so far, without asking the room.

    `owed` is what must still come before a hold; `raiser` who raised the stop that is up;
    `is_first` whether this positioning needs the partner's ready too.
    """

    owed: frozenset[str] = frozenset()
    raiser: Role | None = None
    is_first: bool = True


@dataclass(slots=True)
class Step:
    """One command in one state: the alert that goes out first; `after` is None where refused."""

    asking: Asking
    before: RoomState
    watch: Watch
    after: RoomState | None = None
    events: Sequence[e.Event] = ()
    alert: Alert | None = None


Rows = Mapping[type[c.Command], Sequence[AnyRow]]
# Names what is wrong with a step, or gives what the watcher keeps after it.
Judge = Callable[[Step], "str | Watch"]


def by_command(table: Sequence[AnyRow]) -> Rows:
    """Sort the rows of a table, so that `decide` need not go through all of them."""
    return {kind: tuple(row for row in table if row.command is kind) for kind in KINDS}


def take(before: RoomState, watch: Watch, asking: Asking, rows: Rows) -> Step:
    """Ask the real rules."""
    step = Step(asking, before, watch)
    command = asking.command
    table = rows[type(command)]
    step.alert = alert_for(before, command, asking.by, NOW, table)
    try:
        step.events = decide(before, command, NOW, asking.by, table)
    except Refused:
        return step
    # A sketch has no ids, so no command need be noted as done.
    step.after = evolve_all(before, (ev for ev in step.events if type(ev) is not e.CommandDone))
    return step


QUALITIES = (Quality.SHARP, Quality.NUMB, Quality.CRAMP)


def askings(
    routine: Routine, qualities: Sequence[Quality] = QUALITIES, seen: Sequence[str] = tuple(SEEN)
) -> list[Asking]:
    """List everything that can be asked of a room, by whom it is meant for and whom not."""
    taps: list[c.Command] = [
        c.Brief(id=ID), c.Ready(id=ID, phase_no=PHASE_NO), c.TapGood(id=ID, phase_no=PHASE_NO),
        c.EaseOff(id=ID), c.Stop(id=ID), c.FlagPain(id=ID, flag=FLAG),
        c.FlagPain(id=ID, flag=FlagId("another")), c.LetGo(id=ID, stop=STOP, alert=DRILL),
        *(c.Clear(id=ID, stop=STOP, then=then) for then in After),
        c.MakeWish(id=ID, next=Wish.SAME), c.MakeWish(id=ID, next=Wish.MORE),
        c.Feel(id=ID, place=Place("calf_left")), c.Pause(id=ID), c.Skip(id=ID), c.End(id=ID),
        c.OnePhone(id=ID), c.PutDisplayOff(id=ID),
        c.ChooseGentler(id=ID, on=True), c.ChooseGentler(id=ID, on=False),
        c.ChooseRoutine(id=ID, routine=routine, facts=tuple(FACTS.values())),
        c.PassScreening(list="1"), c.PassScreening(list="1", is_cleared=True),
        c.FailScreening(), c.Keep(),
    ]  # fmt: skip
    pains = [c.FlagPain(id=ID, flag=FLAG, quality=q) for q in qualities]
    pains += [c.FlagPain(id=ID, flag=FlagId("another"), quality=q) for q in qualities]
    # What was said is taken back, or is told of the stop that is up by its name.
    pains += [c.FlagPain(id=ID, flag=FLAG, qualities=(q,)) for q in qualities]
    pains.append(c.FlagPain(id=ID, flag=FlagId("another"), stop=STOP, qualities=()))
    stale: list[c.Command] = [
        c.Ready(id=ID, phase_no=PHASE_NO - 1), c.TapGood(id=ID, phase_no=PHASE_NO - 1),
        c.LetGo(id=ID, stop=GONE, alert=GONE), *(c.Clear(id=ID, stop=GONE, then=t) for t in After),
    ]  # fmt: skip
    servers: list[c.Command] = [c.Tick(), c.Restart(), c.Fail()]
    servers.append(c.NoteShown(alert=DRILL, shown_ms=40))
    servers.append(c.PutDisplayOn(token_hash="display"))
    for role in SEATS:
        servers.append(c.TakeSeat(role=role, token_hash="another"))
        servers += [presence(role, at) for at in seen if at != "absent"]
    return [
        *(Asking(role, tap) for role in SEATS for tap in taps),
        *(Asking(Role.CLIENT, pain) for pain in pains),
        *(Asking(role, tap, True) for role in SEATS for tap in stale),
        *(Asking(Role.SERVER, command) for command in servers),
    ]


def presence(role: Role, seen: str) -> c.NotePresence:
    """Return the presence that a seat's beats would bring; it takes 3 s of silence to be lost."""
    link, visible = SEEN[seen]
    heard_ms = NOW - 3_000 if link is Link.LOST else NOW
    return c.NotePresence(
        role=role, link=link, visible=visible, sound="on", awake=True, heard_ms=heard_ms
    )


class Node(NamedTuple):
    """Where a way can be: the room, and what the watcher keeps."""

    sketch: Sketch
    watch: Watch


class Broken(AssertionError):
    """A law was broken; the text is the way that broke it."""


@dataclass(slots=True)
class Ways:
    """What a search found: all nodes, how each was first come to, and who leads where."""

    base: RoomState
    nodes: list[Node] = field(default_factory=list)
    came: list[tuple[int, str | Asking]] = field(default_factory=list)
    starts: array[int] = field(default_factory=lambda: array("l"))
    ends: array[int] = field(default_factory=lambda: array("l"))
    tried: int = 0
    known: dict[Node, int] = field(default_factory=dict)

    def add(self, node: Node, start: int, how: str | Asking) -> None:
        """Note an edge, and its end if it is new."""
        number = self.known.setdefault(node, len(self.nodes))
        if number == len(self.nodes):
            self.nodes.append(node)
            self.came.append((start, how))
        if start >= 0:
            self.starts.append(start)
            self.ends.append(number)

    def way_to(self, number: int) -> list[str]:
        """List the steps of the shortest way to a node."""
        steps: list[str] = []
        while number >= 0:
            number, how = self.came[number]
            steps.append(how if isinstance(how, str) else told(how))
        return steps[::-1]

    def states(self) -> Iterator[tuple[RoomState, Watch]]:
        """Return every state that was found."""
        for node in self.nodes:
            yield room(node.sketch, self.base), node.watch

    def dead_ends(self) -> list[int]:
        """List the nodes from which no way leads to `ended`."""
        back: dict[int, list[int]] = {}
        for start, end in zip(self.starts, self.ends, strict=True):
            back.setdefault(end, []).append(start)
        left = [n for n, node in enumerate(self.nodes) if node.sketch.phase is Phase.ENDED]
        alive = set(left)
        while left:
            fresh = [n for n in back.get(left.pop(), ()) if n not in alive]
            alive.update(fresh)
            left += fresh
        return [n for n in range(len(self.nodes)) if n not in alive]


def search(
    routine: Routine, judge: Judge, table: Sequence[AnyRow] = TABLE,
    asked: Sequence[Asking] | None = None, at_most: int = 10**7,
) -> Ways:  # fmt: skip
    """Go every way from an open room on; raises Broken at the first step the judge faults."""
    ways, rows = Ways(Session(routine).state), by_command(table)
    asked = askings(routine) if asked is None else asked
    ways.add(Node(Sketch(), Watch()), -1, "a room opens")
    for number, node in enumerate(ways.nodes):
        if number > at_most:
            break
        before = room(node.sketch, ways.base)
        assert sketched(before) == node.sketch, (sketched(before), node.sketch)
        for how, sketch in later(node.sketch, before):
            ways.add(Node(sketch, node.watch), number, how)
        for asking in asked:
            _try(ways, judge, number, take(before, node.watch, asking, rows))
    return ways


def _try(ways: Ways, judge: Judge, number: int, step: Step) -> None:
    ways.tried += 1
    found = judge(step)
    if isinstance(found, str):
        way = [*ways.way_to(number), told(step.asking)]
        raise Broken(f"{found}:\n  " + "\n  ".join(way))
    if step.after is not None:
        ways.add(Node(sketched(step.after), found), number, step.asking)


def told(asking: Asking) -> str:
    """Return a command in one line."""
    fields = {
        name: str(getattr(asking.command, name))
        for name in asking.command.__struct_fields__
        if name not in ("id", "routine", "facts", "heard_ms", "sound", "awake")
    }
    stale = " (stale)" if asking.is_stale else ""
    return f"{asking.by}: {type(asking.command).__name__} {fields or ''}{stale}"
