"""What holds for every session, whatever anybody taps and whenever the clock speaks."""

from __future__ import annotations

import itertools
import typing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import commands as c
from app.core import stored
from app.core.decide import decide
from app.core.evolve import replay
from app.core.model import (
    HANDS_ON,
    SEATS,
    After,
    AlertId,
    At,
    FlagId,
    Link,
    Phase,
    Place,
    Quality,
    Role,
    Severity,
    Wish,
)
from app.core.safety import severity_of
from app.core.timing import next_deadline
from app.errors import Refused
from app.protocol.may import may
from tests.core.laws_of_care import misplaced
from tests.support.proof import LONG
from tests.support.session import Session

PHASES = st.sampled_from([p for p in Phase if p is not Phase.LOBBY])
TAPS = st.sampled_from(
    [
        "ready",
        "good",
        "ease",
        "stop",
        "pain",
        "numb",
        "let_go",
        "clear_again",
        "clear_skip",
        "clear_end",
        "wish",
        "feel",
        "pause",
        "skip",
        "end",
        "one_phone",
        "hide",
        "show",
        "lose",
        "back",
        "drill",
        "seen",
        "tick",
        "wait",
        "restart",
        "fail",
    ]
)
STEPS = st.lists(
    st.tuples(TAPS, st.sampled_from([*SEATS]), st.sampled_from([0, 300, 1_000, 2_500, 20_000])),
    max_size=40,
)


def command(s: Session, tap: str, role: Role) -> c.Command:
    """Make the command of a tap as a page would, from what is on the server now."""
    id, state = s.id(), s.state
    stop = state.stop.stop if state.stop else AlertId("none")
    drill = state.drill.alert if state.drill else AlertId("none")
    made: dict[str, c.Command] = {
        "ready": c.Ready(id=id, phase_no=state.phase_no),
        "good": c.TapGood(id=id, phase_no=state.phase_no),
        "ease": c.EaseOff(id=id),
        "stop": c.Stop(id=id),
        "pain": c.FlagPain(id=id, flag=FlagId("f")),
        "numb": c.FlagPain(id=id, flag=FlagId("f"), quality=Quality.NUMB),
        "let_go": c.LetGo(id=id, stop=stop, alert=drill),
        "clear_again": c.Clear(id=id, stop=stop, then=After.AGAIN),
        "clear_skip": c.Clear(id=id, stop=stop, then=After.SKIP),
        "clear_end": c.Clear(id=id, stop=stop, then=After.END),
        "wish": c.MakeWish(id=id, next=Wish.SAME),
        "feel": c.Feel(id=id, place=Place("calf_left")),
        "pause": c.Pause(id=id),
        "skip": c.Skip(id=id),
        "end": c.End(id=id),
        "one_phone": c.OnePhone(id=id),
        "drill": c.Stop(id=id),
        "seen": c.NoteShown(alert=drill, shown_ms=1),
        "tick": c.Tick(),
        "restart": c.Restart(),
        "fail": c.Fail(),
    }
    return made.get(tap) or c.NotePresence(
        role=role,
        link=Link.LOST if tap == "lose" else Link.LIVE,
        visible=tap != "hide",
        sound="on",
        awake=True,
        heard_ms=s.now_ms,
    )


SERVERS = {"hide", "show", "lose", "back", "seen", "tick", "restart", "fail"}


def walk(s: Session, steps: list[tuple[str, Role, int]]) -> list[tuple[Phase, Phase, str]]:
    """Take steps; returns each change of phase with the tap that made it."""
    changes = []
    for tap, role, ms in steps:
        before = s.state
        if tap == "wait":
            s.wait(ms)
        else:
            s.now_ms += ms
            by = Role.SERVER if tap in SERVERS else role
            try:
                s.ask(command(s, tap, role), by)
            except Refused:
                assert s.state == before
        if s.state.phase_no != before.phase_no:
            changes.append((before.phase, s.state.phase, tap))
    return changes


@given(PHASES, STEPS)
@pytest.mark.prove
@settings(max_examples=150 * LONG, deadline=None)
def test_replaying_the_log_gives_the_live_state(
    phase: Phase, steps: list[tuple[str, Role, int]]
) -> None:
    s = Session().to(phase)
    walk(s, steps)
    assert replay(s.log) == s.state
    assert replay(map(stored.decode, map(stored.encode, s.log))) == s.state


def test_every_phase_has_a_class_of_its_own() -> None:
    assert [kind.phase for kind in typing.get_args(At)] == [*Phase]


@given(PHASES, STEPS)
@pytest.mark.prove
@settings(max_examples=150 * LONG, deadline=None)
def test_nothing_of_one_phase_is_left_in_another(
    phase: Phase, steps: list[tuple[str, Role, int]]
) -> None:
    s = Session().to(phase)
    for step in steps:
        walk(s, [step])
        assert misplaced(s.state) is None


@given(PHASES, STEPS)
@pytest.mark.prove
@settings(max_examples=150 * LONG, deadline=None)
def test_force_is_only_ever_added_by_a_persons_tap(
    phase: Phase, steps: list[tuple[str, Role, int]]
) -> None:
    s = Session().to(phase)
    for before, after, tap in walk(s, steps):
        if after is Phase.EASING_IN:
            assert (before, tap) == (Phase.POSITIONING, "ready")
        if after is Phase.HOLDING:
            assert before in (Phase.EASING_IN, Phase.EASED) and tap == "good"


@given(PHASES, st.sampled_from([Role.CLIENT, Role.PARTNER]), st.integers(0, 50_000))
@pytest.mark.prove
@settings(max_examples=120 * LONG, deadline=None)
def test_may_lists_exactly_what_decide_accepts(phase: Phase, role: Role, ms: int) -> None:
    s = Session().to(phase)
    s.now_ms += ms
    listed = set(may(s.state, role, s.now_ms, Severity.OK))
    names = {
        "ready": "ready", "good": "good", "ease": "ease", "stop": "stop", "pain": "pain",
        "let_go": "let_go", "wish": "wish", "feel": "feel", "pause": "pause", "skip": "skip",
        "end": "end",
    }  # fmt: skip
    for tap, name in names.items():
        try:
            decide(s.state, command(s, tap, role), s.now_ms, role)
        except Refused:
            assert name not in listed
        else:
            assert name in listed


@given(PHASES, STEPS)
@pytest.mark.prove
@settings(max_examples=120 * LONG, deadline=None)
def test_hands_on_is_left_only_through_releasing_or_stopped(
    phase: Phase, steps: list[tuple[str, Role, int]]
) -> None:
    s = Session().to(phase)
    seen = [s.state.phase]
    for event in [None, *steps]:
        if event is None:
            continue
        before = len(s.log)
        walk(s, [event])
        for n in range(before, len(s.log)):
            seen.append(replay(s.log[: n + 1]).phase)
    for one, following in itertools.pairwise(seen):
        if one in HANDS_ON and following not in HANDS_ON:
            assert following is Phase.STOPPED or one is Phase.RELEASING


@given(PHASES, STEPS)
@pytest.mark.prove
@settings(max_examples=120 * LONG, deadline=None)
def test_every_room_can_still_end_and_stop_reaches_everything(
    phase: Phase, steps: list[tuple[str, Role, int]]
) -> None:
    s = Session().to(phase)
    walk(s, steps)
    if s.phase() is Phase.ENDED:
        return
    s.stop(Role.PARTNER)
    if s.phase() is not Phase.WARMING_UP:
        assert severity_of(s.state) is Severity.STOP
    s.client(c.End(id=s.id()))
    assert s.phase() is Phase.ENDED
    assert next_deadline(s.state) is None
