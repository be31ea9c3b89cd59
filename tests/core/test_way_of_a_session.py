"""What a session goes through, and what each tap does on the way."""

from __future__ import annotations

import pytest

from app.core import commands as c
from app.core.evolve import replay
from app.core.model import (
    SEATS,
    Cause,
    Link,
    Phase,
    Place,
    Reason,
    Role,
    Side,
    Wish,
)
from app.core.timing import hold_left_ms
from tests.support.session import Session


def test_nothing_starts_before_both_are_seated_screened_and_briefed() -> None:
    s = Session()
    for role in SEATS:
        s.ask(c.TakeSeat(role=role, token_hash=f"h{role}"))
    s.partner(c.Brief(id=s.id()))
    assert s.phase() is Phase.LOBBY
    s.client(c.PassScreening(list="1"))
    assert s.phase() is Phase.WARMING_UP


def test_no_hold_without_a_drill_that_was_seen_and_answered() -> None:
    s = Session().to_warm_up()
    ready = c.Ready(id=s.id(), phase_no=s.state.phase_no)
    assert s.reason(ready, Role.CLIENT) == "not_now"
    alert = s.stop()
    answer = c.LetGo(id=s.id(), alert=alert)
    assert s.reason(answer, Role.PARTNER) == "not_now"
    s.ask(c.NoteShown(alert=alert, shown_ms=31))
    assert s.reason(ready, Role.CLIENT) == "not_now"
    s.partner(answer)
    assert s.state.drill is not None and s.state.drill.shown_ms == 31
    for role in SEATS:
        s.ready(role)
    assert s.phase() is Phase.POSITIONING


def test_the_first_of_a_stretch_needs_both_and_later_reps_only_the_client() -> None:
    s = Session().to_positioning()
    s.ready(Role.CLIENT)
    assert s.phase() is Phase.POSITIONING
    s.ready(Role.PARTNER)
    assert s.phase() is Phase.EASING_IN
    s.wait(1_000)
    s.good()
    s.wait(25_000 + 7_000 + 15_000)
    assert (s.phase(), s.state.index) == (Phase.POSITIONING, 1)
    s.ready(Role.CLIENT)
    assert s.phase() is Phase.EASING_IN


def test_good_is_deaf_for_the_first_second_of_easing_in() -> None:
    s = Session().to_easing_in()
    s.now_ms += 999
    good = c.TapGood(id=s.id(), phase_no=s.state.phase_no)
    assert s.reason(good, Role.CLIENT) == "not_now"
    s.now_ms += 1
    assert s.reason(good, Role.CLIENT) == "accepted"


def test_easing_in_is_brought_back_after_45_s() -> None:
    s = Session().to_easing_in()
    s.wait(44_999)
    assert s.phase() is Phase.EASING_IN
    s.wait(1)
    assert (s.phase(), s.state.cause) == (Phase.RELEASING, Cause.TOO_LONG)
    s.wait(7_000)
    assert s.phase() is Phase.RESTING


def test_ease_freezes_the_countdown_and_good_resumes_what_was_left() -> None:
    s = Session().to_holding()
    s.wait(10_000)
    s.ease()
    assert (s.phase(), s.state.cause) == (Phase.EASED, Cause.ASKED)
    s.wait(9_000)
    assert hold_left_ms(s.state, s.now_ms) == 15_000
    s.good()
    assert s.phase() is Phase.HOLDING
    s.wait(14_999)
    assert s.phase() is Phase.HOLDING
    s.wait(1)
    assert (s.phase(), s.state.cause) == (Phase.RELEASING, Cause.OVER)


def test_an_ease_while_easing_in_leaves_the_whole_hold() -> None:
    s = Session().to_easing_in()
    s.wait(3_000)
    s.ease()
    s.good()
    assert hold_left_ms(s.state, s.now_ms) == 25_000


def test_eased_for_15_s_without_good_is_brought_back() -> None:
    s = Session().to_eased()
    s.wait(15_000)
    assert (s.phase(), s.state.cause) == (Phase.RELEASING, Cause.TOO_LONG)


@pytest.mark.parametrize("resumed", [False, True])
def test_a_second_ease_in_the_same_repetition_brings_it_down(resumed: bool) -> None:
    s = Session().to_eased()
    if resumed:
        s.good()
    s.ease()
    assert (s.phase(), s.state.cause) == (Phase.RELEASING, Cause.ASKED)


def test_an_ease_on_the_way_back_is_only_told() -> None:
    s = Session().to_releasing()
    ends = s.state.ends_ms
    s.ease()
    assert (s.phase(), s.state.ends_ms) == (Phase.RELEASING, ends)


@pytest.mark.parametrize("role", SEATS)
@pytest.mark.parametrize("phase", [Phase.EASING_IN, Phase.HOLDING])
def test_lost_contact_eases_and_after_10_s_of_silence_brings_it_down(
    phase: Phase, role: Role
) -> None:
    s = Session().to(phase)
    s.lose(role)
    assert (s.phase(), s.state.cause) == (Phase.EASED, Cause.CONTACT)
    s.wait(6_999)
    assert s.phase() is Phase.EASED
    s.wait(1)
    assert (s.phase(), s.state.cause) == (Phase.RELEASING, Cause.CONTACT)
    s.wait(7_000)
    assert (s.phase(), s.state.cause) == (Phase.PAUSED, Cause.CONTACT)


def test_contact_coming_back_restarts_nothing_the_clients_good_does() -> None:
    s = Session().to_holding()
    s.lose(Role.PARTNER)
    s.presence(Role.PARTNER)
    assert s.phase() is Phase.EASED
    s.good()
    assert s.phase() is Phase.HOLDING


def test_good_while_a_phone_is_gone_or_hidden_is_refused_and_not_kept() -> None:
    s = Session().to_holding()
    s.presence(Role.PARTNER, visible=False)
    assert (s.phase(), s.state.cause) == (Phase.EASED, Cause.HIDDEN)
    good = c.TapGood(id=s.id(), phase_no=s.state.phase_no)
    assert s.reason(good, Role.CLIENT) == "not_now"
    s.presence(Role.PARTNER)
    assert s.phase() is Phase.EASED


@pytest.mark.parametrize("phase", [Phase.WARMING_UP, Phase.POSITIONING, Phase.PAUSED])
@pytest.mark.parametrize("hidden", [False, True])
def test_both_readies_are_undone_when_either_phone_goes(phase: Phase, hidden: bool) -> None:
    s = Session()
    if phase is Phase.WARMING_UP:
        s.to_warm_up()
        alert = s.stop()
        s.ask(c.NoteShown(alert=alert, shown_ms=1))
        s.partner(c.LetGo(id=s.id(), alert=alert))
    else:
        s.to(phase)
    s.ready(Role.CLIENT)
    assert s.state.client.is_ready
    if hidden:
        s.presence(Role.PARTNER, visible=False)
    else:
        s.lose(Role.PARTNER)
    assert not s.state.client.is_ready


def test_a_stop_in_the_warm_up_takes_a_ready_back() -> None:
    s = Session().to_warm_up()
    alert = s.stop()
    s.ask(c.NoteShown(alert=alert, shown_ms=1))
    s.partner(c.LetGo(id=s.id(), alert=alert))
    s.ready(Role.CLIENT)
    s.stop()
    assert (s.phase(), s.state.client.is_ready) == (Phase.WARMING_UP, False)


@pytest.mark.parametrize("phase", [Phase.EASING_IN, Phase.HOLDING, Phase.EASED, Phase.RELEASING])
def test_end_with_hands_on_goes_by_the_way_back(phase: Phase) -> None:
    s = Session().to(phase)
    s.partner(c.End(id=s.id()))
    assert s.phase() is Phase.RELEASING
    s.wait(7_000)
    assert (s.phase(), s.state.reason) == (Phase.ENDED, Reason.ENDED_BY_PARTNER)


@pytest.mark.parametrize("phase", [Phase.EASING_IN, Phase.HOLDING, Phase.EASED, Phase.RELEASING])
def test_pause_with_hands_on_goes_by_the_way_back(phase: Phase) -> None:
    s = Session().to(phase)
    s.client(c.Pause(id=s.id()))
    assert s.phase() is Phase.RELEASING
    s.wait(7_000)
    assert s.phase() is Phase.PAUSED
    s.ready(Role.CLIENT)
    assert s.phase() is Phase.PAUSED
    s.ready(Role.PARTNER)
    assert s.phase() is Phase.POSITIONING
    assert s.state.rep.needs_partner
    assert s.state.index == (1 if phase is Phase.RELEASING else 0)


def test_what_ends_after_the_way_back_is_not_turned_into_a_pause() -> None:
    s = Session().to_holding()
    s.client(c.End(id=s.id()))
    assert s.reason(c.Pause(id=s.id()), Role.PARTNER) == "not_now"


def test_no_more_after_an_ease_or_a_stop_in_that_repetition() -> None:
    s = Session().to_resting()
    assert s.reason(c.MakeWish(id=s.id(), next=Wish.MORE), Role.CLIENT) == "accepted"
    s = Session().to_eased()
    s.wait(15_000 + 7_000)
    assert s.phase() is Phase.RESTING
    assert s.reason(c.MakeWish(id=s.id(), next=Wish.MORE), Role.CLIENT) == "not_now"
    s.client(c.MakeWish(id=s.id(), next=Wish.LESS))
    s.wait(15_000)
    assert s.state.rep.wish is Wish.LESS


def test_where_it_was_felt_is_asked_once_a_stretch() -> None:
    s = Session().to_resting()
    s.client(c.Feel(id=s.id(), place=Place("thigh_back_left")))
    assert s.state.rep.felt == ("thigh_back_left", True)
    assert s.reason(c.Feel(id=s.id(), place=Place("calf_left")), Role.CLIENT) == "not_now"


def test_a_whole_routine_ends_finished_and_replays_to_the_same_state() -> None:
    s = Session().to_positioning()
    sides = []
    while s.phase() is not Phase.ENDED:
        sides.append(s.state.hold.side)
        if s.state.rep.needs_partner:
            s.ready(Role.PARTNER)
        s.ready(Role.CLIENT)
        s.wait(1_500)
        s.good()
        hold = s.state.hold
        s.wait(hold.hold_ms + hold.way_back_ms + hold.rest_ms)
    assert s.state.reason is Reason.FINISHED
    assert sides == [Side.LEFT, Side.LEFT, Side.RIGHT, Side.RIGHT, Side.BOTH]
    assert replay(s.log) == s.state


def test_a_restart_eases_whoever_had_hands_on_and_nothing_resumes_by_itself() -> None:
    for phase, after in {
        Phase.EASING_IN: Phase.EASED,
        Phase.HOLDING: Phase.EASED,
        Phase.EASED: Phase.EASED,
        Phase.RELEASING: Phase.RELEASING,
        Phase.STOPPED: Phase.STOPPED,
        Phase.PAUSED: Phase.PAUSED,
        Phase.POSITIONING: Phase.POSITIONING,
    }.items():
        s = Session().to(phase)
        s.ask(c.Restart())
        assert s.phase() is after
        assert {s.state.client.link, s.state.partner.link} == {Link.LOST}


def test_thirty_minutes_without_a_live_link_abandon_a_room() -> None:
    s = Session().to_positioning()
    for role in SEATS:
        s.lose(role)
    s.wait(30 * 60_000 - 1)
    assert s.phase() is Phase.POSITIONING
    s.wait(1)
    assert (s.phase(), s.state.reason) == (Phase.ENDED, Reason.ABANDONED)


def test_a_command_of_another_phase_is_stale_and_a_wrong_roles_is_not_theirs() -> None:
    s = Session().to_holding()
    old = c.TapGood(id=s.id(), phase_no=s.state.phase_no - 1)
    assert s.reason(old, Role.CLIENT) == "stale"
    assert s.reason(c.TapGood(id=s.id(), phase_no=s.state.phase_no), Role.PARTNER) == "not_yours"
    assert s.reason(c.EaseOff(id=s.id()), Role.PARTNER) == "not_yours"


def test_the_same_id_is_applied_once() -> None:
    s = Session().to_holding()
    ease = c.EaseOff(id=s.id())
    s.client(ease)
    before = s.state
    assert s.client(ease) == []
    assert s.state == before
