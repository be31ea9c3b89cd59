"""A routine unfolds into its holds: each side's repetitions together, and time to walk round."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.model import Hold, Routine, RoutineItem, Side
from app.core.routine import total_ms, unfold
from tests.support.session import FACTS, KNEES, LEG

CHANGE_MS = 20_000
ITEMS = st.builds(
    RoutineItem,
    stretch=st.sampled_from([LEG, KNEES]),
    hold_s=st.integers(10, 60),
    reps=st.integers(1, 4),
    rest_s=st.integers(5, 60),
    first_side=st.sampled_from([Side.LEFT, Side.RIGHT]),
)
ROUTINES = st.builds(
    Routine,
    st.lists(ITEMS, min_size=1, max_size=5).map(tuple),
    warm_up_s=st.integers(60, 600),
)


@given(ROUTINES)
def test_whoever_has_to_walk_round_gets_20_s_and_nobody_gets_less_rest_than_asked(
    routine: Routine,
) -> None:
    plan = unfold(routine, FACTS)
    for hold, following in pairwise(plan):
        asked = routine.items[hold.item].rest_s * 1000
        changes = (hold.item, hold.side) != (following.item, following.side)
        assert hold.rest_ms == (max(asked, CHANGE_MS) if changes else asked)
    assert plan[-1].rest_ms == routine.items[-1].rest_s * 1000


@given(ROUTINES)
def test_all_repetitions_of_a_side_come_before_the_other_side(routine: Routine) -> None:
    plan = list(unfold(routine, FACTS))
    assert [hold.index for hold in plan] == [*range(len(plan))]
    for number, item in enumerate(routine.items):
        sides = (
            [Side.BOTH] if item.stretch == KNEES
            else [Side.RIGHT, Side.LEFT] if item.first_side is Side.RIGHT
            else [Side.LEFT, Side.RIGHT]
        )  # fmt: skip
        wanted = [(side, rep) for side in sides for rep in range(1, item.reps + 1)]
        mine = [hold for hold in plan if hold.item == number]
        assert [(hold.side, hold.rep) for hold in mine] == wanted
        for hold in mine:
            told(hold, item)


def told(hold: Hold, item: RoutineItem) -> None:
    facts = FACTS[item.stretch]
    assert (hold.stretch, hold.reps) == (item.stretch, item.reps)
    assert (hold.hold_ms, hold.way_back_ms) == (item.hold_s * 1000, facts.way_back_ms)
    assert hold.expected == facts.expected.get(hold.side, frozenset())


@pytest.mark.parametrize(
    ("items", "total_s"),
    [
        # easing in 10, hold 30, way back 7, rest 15, on each of two sides; 20 to walk round
        ((RoutineItem(LEG, 30, 1, 15),), 2 * 47 + 20 + 15),
        ((RoutineItem(LEG, 30, 1, 40),), 2 * 47 + 40 + 40),
        ((RoutineItem(KNEES, 20, 2, 15),), 2 * (10 + 20 + 6 + 15)),
    ],
)
def test_the_length_that_is_told_is_the_honest_one(
    items: tuple[RoutineItem, ...], total_s: int
) -> None:
    assert total_ms(Routine(items, warm_up_s=300), FACTS) == (300 + total_s) * 1000
