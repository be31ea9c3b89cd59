"""How a stop is latched, let go of and cleared, and what it never costs."""

from __future__ import annotations

from app.core import commands as c
from app.core.model import After, Cause, Phase, Reason, Role, Severity
from app.core.safety import severity_of, suggestion
from tests.support.session import LEG, Session


def test_after_a_stop_the_way_back_is_let_go_clear_both_ready_and_good() -> None:
    s = Session().to_stopped()
    assert severity_of(s.state) is Severity.STOP
    assert s.state.stop is not None
    clear = c.Clear(id=s.id(), stop=s.state.stop.stop, then=After.AGAIN)
    s.now_ms += 5_000
    assert s.reason(clear, Role.CLIENT) == "not_now"
    s.let_go()
    assert s.reason(clear, Role.PARTNER) == "not_yours"
    s.client(clear)
    assert (s.phase(), s.state.index) == (Phase.POSITIONING, 0)
    s.ready(Role.CLIENT)
    assert s.phase() is Phase.POSITIONING
    s.ready(Role.PARTNER)
    assert s.phase() is Phase.EASING_IN


def test_a_stop_is_not_cleared_within_2_s() -> None:
    s = Session().to_stopped()
    s.let_go()
    assert s.state.stop is not None
    clear = c.Clear(id=s.id(), stop=s.state.stop.stop, then=After.END)
    s.now_ms += 1_999
    assert s.reason(clear, Role.CLIENT) == "not_now"
    s.now_ms += 1
    assert s.reason(clear, Role.CLIENT) == "accepted"


def test_a_late_clear_clears_nothing() -> None:
    s = Session().to_stopped()
    assert s.state.stop is not None
    first = s.state.stop.stop
    s.let_go()
    s.stop()
    assert s.state.stop.stop != first or not s.state.stop.is_let_go
    s.let_go()
    s.now_ms += 3_000
    assert s.reason(c.Clear(id=s.id(), stop=first, then=After.END), Role.CLIENT) == "stale"


def test_a_new_stop_while_stopped_takes_let_go_back() -> None:
    s = Session().to_stopped()
    s.let_go()
    s.stop(Role.PARTNER)
    assert s.state.stop is not None
    assert not s.state.stop.is_let_go


def test_the_clients_stop_makes_the_client_its_raiser_never_the_other_way() -> None:
    s = Session().to_holding()
    s.stop(Role.PARTNER)
    s.stop(Role.CLIENT)
    s.stop(Role.PARTNER)
    assert s.state.stop is not None
    assert s.state.stop.by is Role.CLIENT


def test_again_after_a_hold_held_in_full_leads_to_the_next() -> None:
    s = Session().to_releasing()
    s.stop()
    s.let_go()
    s.now_ms += 2_000
    s.clear(After.AGAIN)
    assert s.state.index == 1


def test_skip_and_end_after_a_stop() -> None:
    s = Session().to_stopped()
    s.let_go()
    s.now_ms += 2_000
    s.clear(After.SKIP)
    assert s.phase() is Phase.POSITIONING
    assert s.state.hold.stretch != LEG
    s.stop()
    s.let_go()
    s.now_ms += 2_000
    s.clear(After.END)
    assert (s.phase(), s.state.reason) == (Phase.ENDED, Reason.ENDED_BY_CLIENT)


def test_after_two_stops_on_a_stretch_skip_comes_first_after_three_end() -> None:
    s = Session().to_positioning()
    suggested = []
    for _ in range(3):
        s.stop()
        s.stop()
        suggested.append(suggestion(s.state))
        s.let_go()
        s.now_ms += 2_000
        s.clear(After.AGAIN)
    assert suggested == [After.AGAIN, After.SKIP, After.END]


def test_a_stop_by_an_error_counts_nowhere_and_the_client_clears_it() -> None:
    s = Session().to_holding()
    s.ask(c.Fail())
    assert s.state.stop is not None
    assert (s.state.stop.cause, s.state.stops) == (Cause.ERROR, ())
    s.let_go()
    s.now_ms += 2_000
    s.clear(After.AGAIN)
    assert s.phase() is Phase.POSITIONING
