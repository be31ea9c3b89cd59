"""What a pain flag leads to, however it is told."""

from __future__ import annotations

import pytest

from app.core import commands as c
from app.core.decide import alert_for
from app.core.model import After, AlertId, Cause, FlagId, Phase, Place, Quality, Reason, Role
from app.core.safety import options, suggestion
from tests.support.session import KNEES, LEG, Session

FLAG = FlagId("f1")


def pain(s: Session, quality: Quality | None = None, flag: FlagId = FLAG, **more: object) -> None:
    s.client(c.FlagPain(id=s.id(), flag=flag, quality=quality, **more))  # type: ignore[arg-type]


def stopped_for(quality: Quality) -> Session:
    s = Session().to_holding()
    pain(s)
    s.let_go()
    pain(s, quality)
    s.now_ms += 2_000
    return s


def test_a_pain_is_a_stop_and_the_same_flag_again_adds_detail() -> None:
    s = Session().to_holding()
    pain(s)
    assert s.state.stop is not None
    assert (s.phase(), s.state.stop.cause) == (Phase.STOPPED, Cause.PAIN)
    stop = s.state.stop.stop
    s.let_go()
    pain(s, Quality.ACHE, level=4)  # an older page's number decides nothing
    pain(s, place=Place("calf_left"))
    assert s.state.stop.stop == stop
    assert s.state.stop.is_let_go
    flag = s.state.stop.flag
    assert flag is not None
    assert (flag.quality, flag.place, flag.level) == (Quality.ACHE, "calf_left", None)


def say(s: Session, *qualities: Quality, flag: FlagId = FLAG, **more: object) -> None:
    s.client(c.FlagPain(id=s.id(), flag=flag, qualities=qualities, **more))  # type: ignore[arg-type]


def test_the_kind_can_be_changed_and_a_second_one_added_until_the_stop_is_cleared() -> None:
    s = stopped_for(Quality.SHARP)
    say(s, Quality.ACHE)
    assert s.state.closed == ()
    assert options(s.state) == (After.AGAIN, After.SKIP, After.END)
    say(s, Quality.ACHE, Quality.SHARP)
    assert s.state.closed == (LEG,)
    assert s.state.stop is not None and s.state.stop.is_let_go, "telling more is no new stop"
    assert s.state.stop.qualities == {Quality.ACHE, Quality.SHARP}
    say(s)
    assert (s.state.closed, s.state.stop.again_from_ms) == ((), 0)


def test_an_older_page_only_adds_to_what_was_told() -> None:
    s = stopped_for(Quality.SHARP)
    pain(s, Quality.ACHE)
    assert s.state.stop is not None
    assert s.state.stop.qualities == {Quality.ACHE, Quality.SHARP}
    assert s.state.closed == (LEG,)


def test_a_stop_may_be_told_to_be_a_pain_and_nothing_is_raised_anew() -> None:
    s = Session().to_holding()
    s.stop()
    s.let_go()
    before = s.state.stop
    assert before is not None
    assert options(s.state) == (After.AGAIN, After.SKIP, After.END)
    say(s, Quality.SHARP, flag=FlagId("f9"), stop=before.stop, place=Place("calf_left"))
    after = s.state.stop
    assert after is not None and (after.stop, after.is_let_go) == (before.stop, True)
    assert (after.cause, s.state.closed) == (Cause.PAIN, (LEG,))


def test_a_pain_that_names_a_stop_that_is_gone_is_a_stop_of_its_own() -> None:
    s = Session().to_holding()
    say(s, Quality.ACHE, stop=AlertId("client:gone"))
    assert s.phase() is Phase.STOPPED
    assert s.state.stop is not None and not s.state.stop.is_let_go


def test_another_kind_does_not_begin_the_rest_of_a_cramp_anew() -> None:
    s = stopped_for(Quality.CRAMP)
    assert s.state.stop is not None
    rests_until = s.state.stop.again_from_ms
    s.now_ms += 9_000
    say(s, Quality.CRAMP, Quality.ACHE)
    assert s.state.stop.again_from_ms == rests_until


def test_sharp_closes_the_stretch_for_today() -> None:
    s = stopped_for(Quality.SHARP)
    assert options(s.state) == (After.SKIP, After.END)
    assert s.state.closed == (LEG,)
    again = c.Clear(id=s.id(), stop=s.state.stop.stop, then=After.AGAIN)  # type: ignore[union-attr]
    assert s.reason(again, Role.CLIENT) == "not_now"
    s.clear(After.SKIP)
    assert s.state.hold.stretch == KNEES


@pytest.mark.parametrize("quality", [Quality.NUMB, Quality.WEAK, Quality.SPREADING])
def test_numb_weak_or_spreading_ends_the_session_once_the_limb_is_down(quality: Quality) -> None:
    s = Session().to_holding()
    pain(s, quality)
    assert options(s.state) == (After.END,)
    assert s.phase() is Phase.STOPPED
    s.let_go()
    assert (s.phase(), s.state.reason) == (Phase.ENDED, Reason.SIGNS)


def test_numb_told_after_the_limb_is_down_ends_at_once() -> None:
    s = stopped_for(Quality.NUMB)
    assert (s.phase(), s.state.reason) == (Phase.ENDED, Reason.SIGNS)


def test_a_numb_flag_stays_whatever_is_told_later() -> None:
    s = Session().to_holding()
    pain(s, Quality.NUMB)
    pain(s, Quality.ACHE)
    pain(s, Quality.CRAMP, flag=FlagId("f2"))
    say(s, Quality.ACHE, flag=FlagId("f2"))
    s.stop()
    assert options(s.state) == (After.END,)
    s.client(c.End(id=s.id()))
    assert s.state.reason is Reason.SIGNS


@pytest.mark.parametrize("quality", [Quality.CRAMP, Quality.ACHE])
def test_a_cramp_or_ache_rests_30_s_before_again(quality: Quality) -> None:
    s = stopped_for(quality)
    assert s.state.stop is not None
    again = c.Clear(id=s.id(), stop=s.state.stop.stop, then=After.AGAIN)
    s.now_ms += 27_999
    assert s.reason(again, Role.CLIENT) == "not_now"
    s.now_ms += 1
    assert s.reason(again, Role.CLIENT) == "accepted"


def test_after_pain_ending_is_suggested_first() -> None:
    assert suggestion(stopped_for(Quality.ACHE).state) is After.END


def test_a_routine_whose_remaining_stretches_are_closed_ends_finished() -> None:
    s = stopped_for(Quality.SHARP)
    s.clear(After.SKIP)
    pain(s, Quality.SHARP, flag=FlagId("f2"))
    s.let_go()
    s.now_ms += 2_000
    s.clear(After.SKIP)
    assert (s.phase(), s.state.reason) == (Phase.ENDED, Reason.FINISHED)


@pytest.mark.parametrize("phase", [Phase.POSITIONING, Phase.HOLDING, Phase.RESTING])
def test_a_pain_is_told_as_a_stop_and_never_as_a_drill(phase: Phase) -> None:
    s = Session().to(phase)
    pain = c.FlagPain(id=s.id(), flag=FlagId("f"))
    told = alert_for(s.state, pain, Role.CLIENT, s.now_ms)
    assert told is not None
    assert (told.kind, told.cause, told.drill) == ("stop", Cause.PAIN, False)
