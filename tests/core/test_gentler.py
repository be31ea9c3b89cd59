"""Gentler limits: shorter holds and nothing more, by the client's choice or a clinician's yes."""

from __future__ import annotations

import pytest

from app.core import commands as c
from app.core import events as e
from app.core.model import Phase, Role, Wish
from tests.support.session import FACTS, Session

LONGEST_MS = 20_000


def choose(s: Session, on: bool) -> None:
    s.client(c.ChooseGentler(id=s.id(), on=on))


def test_no_hold_is_longer_than_20_s_from_then_on_and_off_again_in_the_warm_up() -> None:
    s = Session().to(Phase.WARMING_UP)
    before = [hold.hold_ms for hold in s.state.plan]
    assert max(before) > LONGEST_MS, "or nothing is tried"
    choose(s, True)
    assert [hold.hold_ms for hold in s.state.plan] == [min(ms, LONGEST_MS) for ms in before]
    choose(s, False)
    assert [hold.hold_ms for hold in s.state.plan] == before


def test_a_hold_that_begins_after_it_lasts_20_s() -> None:
    s = Session().to(Phase.POSITIONING)
    choose(s, True)
    s.ready(Role.PARTNER)
    s.ready(Role.CLIENT)
    s.wait(2_000)
    s.good()
    assert s.state.length_ms <= LONGEST_MS


def test_nobody_asks_for_more_and_a_wish_for_more_is_taken_back() -> None:
    s = Session().to(Phase.RESTING)
    s.client(c.MakeWish(id=s.id(), next=Wish.MORE))
    choose(s, True)
    assert s.state.rep.next_wish is Wish.SAME
    assert s.reason(c.MakeWish(id=s.id(), next=Wish.MORE), Role.CLIENT) == "not_now"


@pytest.mark.parametrize("phase", [Phase.POSITIONING, Phase.RESTING, Phase.PAUSED])
def test_once_stretching_limits_only_become_gentler(phase: Phase) -> None:
    s = Session().to(phase)
    choose(s, True)
    assert s.reason(c.ChooseGentler(id=s.id(), on=False), Role.CLIENT) == "not_now"


@pytest.mark.parametrize("phase", [Phase.EASING_IN, Phase.HOLDING, Phase.STOPPED])
def test_nothing_is_chosen_while_hands_are_on_or_a_stop_is_up(phase: Phase) -> None:
    s = Session().to(phase)
    assert s.reason(c.ChooseGentler(id=s.id(), on=True), Role.CLIENT) == "not_now"


def test_another_routine_keeps_to_them() -> None:
    s = Session().to(Phase.LOBBY)
    choose(s, True)
    s.client(c.ChooseRoutine(routine=s.state.routine, facts=tuple(FACTS.values())))
    assert max(hold.hold_ms for hold in s.state.plan) <= LONGEST_MS


def test_what_is_chosen_twice_is_written_once() -> None:
    s = Session().to(Phase.WARMING_UP)
    choose(s, True)
    choose(s, True)
    assert [event.is_on for event in s.log if isinstance(event, e.GentlerChosen)] == [True]
