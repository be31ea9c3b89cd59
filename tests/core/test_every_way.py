"""P5: no shortcut to a hold, no end of hands-on without the way back, and always a way to the end.

All ways through small routines are tried, with the real `decide` and `evolve`. Then the phase table
is spoilt in every place, one at a time, and each spoilt table must be noticed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from app.core import commands as c
from app.core.model import (
    HOLDERS,
    Link,
    Phase,
    Quality,
    Role,
    RoomState,
    Routine,
    RoutineItem,
    Severity,
)
from app.core.phases import TABLE
from app.protocol.may import Facts, ask_rules, facts, may
from tests.core.laws import told_of
from tests.core.mutants import Ground, Mutant, caught, differs, ground, mutants
from tests.core.protocol_table import judge
from tests.core.reading import Read
from tests.core.sketch import NOW
from tests.core.ways import Asking, Broken, Ways, askings, search
from tests.support.proof import LONG, proof
from tests.support.session import KNEES, LEG

ONE = Routine((RoutineItem(KNEES, 20, 1, 15),))
TWO = Routine((RoutineItem(KNEES, 20, 1, 15), RoutineItem(KNEES, 20, 1, 15)))
SIDES = Routine((RoutineItem(LEG, 25, 1, 15),))
MIXED = Routine((RoutineItem(KNEES, 20, 1, 15), RoutineItem(LEG, 25, 1, 15)))


def is_gentler(asking: Asking) -> bool:
    asked = asking.command
    return isinstance(asked, c.ChooseGentler) or (
        isinstance(asked, c.PassScreening) and asked.is_cleared
    )


def without_cramps(asking: Asking) -> bool:
    is_cramp = Quality.CRAMP in told_of(asking.command)
    return not is_cramp and not is_gentler(asking) and not isinstance(asking.command, c.Feel)


def without_losses(asking: Asking) -> bool:
    """Leave out what takes a phone away."""
    match asking.command:
        case c.NotePresence(link=link, visible=visible):
            return link is Link.LIVE and visible
        case c.Restart():
            return False
    return not is_gentler(asking)


def everything(asking: Asking) -> bool:
    return True


Choice = tuple[str, Routine, Callable[[Asking], bool]]
SLICES: list[Choice] = [
    ("one hold, every loss of contact", ONE, without_cramps),
    ("two holds, every pain", TWO, without_losses),
]
WHOLE: list[Choice] = [
    ("two stretches, everything", TWO, everything),
    ("two sides, everything", SIDES, everything),
    ("a stretch and two sides, everything", MIXED, everything),
]


@cache
def gone(what: str) -> Ways:
    """Go all ways of a choice, once for all tests."""
    _, routine, wanted = next(choice for choice in (*SLICES, *WHOLE) if choice[0] == what)
    return search(routine, judge, asked=[one for one in askings(routine) if wanted(one)])


@cache
def grounds() -> list[Ground]:
    chosen = [*SLICES, WHOLE[0]] if LONG > 1 else SLICES
    return [ground(gone(what)) for what, _, _ in chosen]


@pytest.mark.prove
@pytest.mark.parametrize("what", [what for what, _, _ in [*SLICES, *(WHOLE if LONG > 1 else [])]])
def test_every_way_keeps_every_law_and_leads_to_an_end(what: str) -> None:
    with proof("P5", f"every way of {what}") as p:
        ways = gone(what)
        assert {node.sketch.phase for node in ways.nodes} == {*Phase}
        dead = ways.dead_ends()
        assert not dead, ways.way_to(dead[0])
        p.what += f": {len(ways.nodes):,} states, {len(ways.starts):,} edges"
        p.trial(times=ways.tried)


# Why these can't be told from the true table: none decides differently in any state that was found.
PUSHED = "while pushing no phone is lost: its loss has eased it"
SURVIVORS = {
    "Brief -> brief: by both": "the row above takes the partner's",
    "Stop -> tell_stop: by both": "the row above takes the client's",
    "Clear -> clear_skip: not asked, is_offered":
        "skip is barred only by signs, and with signs letting go has ended the session",
    "Clear -> clear_end: not asked, is_offered": "to end is always offered",
    "Tick -> end_after_release: not asked, leads_to_ended":
        "the rows above have taken the other two ways a release can lead",
    "Tick -> release_lost: not in easing_in": PUSHED,
    "Tick -> release_lost: not in holding": PUSHED,
    "Restart -> restart: not in easing_in": "the row above has eased it",
    "Restart -> restart: not in holding": "the row above has eased it",
}  # fmt: skip
WIDENED = ": also in "


def spoilt() -> list[Mutant]:
    """List the mutants that remove something or open it to both, and a few that add phases."""
    every = mutants()
    added = [mutant for mutant in every if WIDENED in mutant.name]
    return [m for m in every if WIDENED not in m.name] + added[:: 1 if LONG > 1 else 6]


@pytest.mark.prove
def test_no_row_no_guard_and_no_phase_of_the_table_is_idle() -> None:
    """Each is taken away in turn; what survives is listed with its reason, and differs nowhere."""
    with proof("P5", "the phase table spoilt in one place, each mutant caught") as p:
        survivors = []
        for mutant in spoilt():
            if caught(mutant, grounds()) is None:
                assert not differs(mutant, grounds()), f"{mutant.name}: differs, and nobody says so"
                survivors.append(mutant.name)
            p.trial()
        taken = {name for name in survivors if WIDENED not in name}
        p.what += f", but {len(taken)} that differ nowhere"
        assert taken == {*SURVIVORS}


@pytest.mark.slow
def test_a_broken_law_is_told_with_its_shortest_way() -> None:
    name = "TapGood -> start_hold: not asked, not_deaf"
    mutant = next(m for m in mutants() if m.name == name)
    with pytest.raises(Broken) as told:
        search(ONE, judge, mutant.table)
    first, *way = str(told.value).splitlines()
    assert first == "Broken: GOOD is deaf in the first second of easing in:"
    assert "a room opens" in way[0] and "TapGood" in way[-1] and "Ready" in way[-2]


def test_a_dead_end_is_found() -> None:
    """Without any row that leads to `ended`, no state has a way there."""
    table = tuple(row for row in TABLE if Phase.ENDED not in row.to)
    ways = search(ONE, lambda step: step.watch, table, at_most=200)
    assert ways.dead_ends() == [*range(len(ways.nodes))]
    assert ways.way_to(len(ways.nodes) - 1)[0] == "a room opens"


AROUND = [(False, False, False), (True, True, True)]  # held back, can invite, is knocked at


def test_equal_facts_have_equal_answers_in_every_state_and_may_gives_them() -> None:
    """`may` remembers what the rules said by the facts that their guards look at."""
    said: dict[Facts, list[tuple[str, ...]]] = {}
    for what, _, _ in SLICES:
        for state, _ in gone(what).states():
            for role in HOLDERS:
                known = facts(state, role, NOW)
                answers = [ask_rules(state, role, NOW, *around) for around in AROUND]
                assert said.setdefault(known, answers) == answers, (known, state)
                assert may(state, role, NOW, Severity.OK) == answers[0], state
    assert len({answers[0] for answers in said.values()}) > 30


# What a command quotes of the state that it is asked about: equal to it, whatever it is.
QUOTED = {"phase_no", "at.stop.stop", "drill.alert", "routine"}


def looked_at(state: RoomState, role: Role) -> tuple[set[str], set[str]]:
    """Return the fields that the rules read for all commands of a phone, and that `facts` reads."""
    rules, key = Read(state), Read(state)
    ask_rules(rules.state, role, NOW, False, False, False)
    facts(key.state, role, NOW)
    rules.forget()
    key.forget()
    return rules.names, key.names


def test_nothing_that_a_guard_looks_at_is_missing_in_the_facts() -> None:
    """Whoever writes a guard that looks at something new is told here to add it to `facts`."""
    for what, _, _ in SLICES:
        for state, _ in [*gone(what).states()][::4]:
            for role in HOLDERS:
                rules, key = looked_at(state, role)
                assert rules - QUOTED <= key, (rules - QUOTED - key, role, state)
