"""What a pain flag leads to, however it is told."""

from __future__ import annotations

import pytest

from app.core import commands as c
from app.core.model import After, Cause, FlagId, Phase, Place, Quality, Reason, Role
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
    pain(s, Quality.ACHE, level=4)
    pain(s, place=Place("calf_left"))
    assert s.state.stop.stop == stop
    assert s.state.stop.is_let_go
    flag = s.state.stop.flag
    assert flag is not None
    assert (flag.quality, flag.place, flag.level) == (Quality.ACHE, "calf_left", 4)


@pytest.mark.parametrize("quality", [Quality.SHARP, Quality.SPREADING])
def test_sharp_or_spreading_closes_the_stretch_for_today(quality: Quality) -> None:
    s = stopped_for(quality)
    assert options(s.state) == (After.SKIP, After.END)
    assert s.state.closed == (LEG,)
    again = c.Clear(id=s.id(), stop=s.state.stop.stop, then=After.AGAIN)  # type: ignore[union-attr]
    assert s.reason(again, Role.CLIENT) == "not_now"
    s.clear(After.SKIP)
    assert s.state.hold.stretch == KNEES


@pytest.mark.parametrize("quality", [Quality.NUMB, Quality.WEAK])
def test_numb_or_weak_ends_the_session_once_the_limb_is_down(quality: Quality) -> None:
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
