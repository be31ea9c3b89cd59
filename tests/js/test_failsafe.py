"""What a phone concludes alone: contact lost, the way back, the most severe."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.js import Phone, call, context, named, told

HANDS_ON = ["easing_in", "holding", "eased", "releasing"]


@pytest.mark.parametrize("phase", HANDS_ON)
def test_contact_is_lost_at_two_and_a_half_seconds_before_any_reconnect(phase: str) -> None:
    phone = Phone()
    phone.connect(phase=phase)
    effects = phone.wait(2_400)
    assert phone.facts["lost"] == "no"
    effects += phone.wait(100)
    assert phone.facts["lost"] == "yes" and named(effects, "open") == []
    effects += phone.wait(1_000)
    order = [e["type"] for e in effects if e["type"] in ("lost", "open")]
    assert order == ["lost", "open"]


@pytest.mark.parametrize("phase", ["lobby", "positioning", "resting", "paused", "stopped"])
def test_silence_with_hands_off_is_not_lost_contact(phase: str) -> None:
    phone = Phone()
    phone.connect(phase=phase)
    phone.wait(5_000)
    assert phone.facts["lost"] == "no"


def test_only_a_message_ends_lost_contact() -> None:
    phone = Phone()
    phone.connect()
    phone.wait(3_200)
    phone.put("opened")
    phone.wait(100)
    assert phone.facts["lost"] == "yes"
    phone.hear(**told(phone.now, phase="eased"))
    phone.wait(100)
    assert phone.facts["lost"] == "no"


def test_who_hears_the_server_no_more_counts_on_from_the_last_beat_of_the_other() -> None:
    """The server would say so at 3 s; a phone whose own link is bad as well can't be told."""
    phone = Phone("partner")
    phone.connect(role="partner")
    phone.wait(2_000)
    phone.hear("beat", n=1, sent_ms=phone.now, server_ms=phone.now, peer_ms=phone.now - 1_900)
    phone.wait(1_300)
    assert phone.facts["severity"] == "ok"
    phone.wait(100)
    assert (phone.facts["severity"], phone.facts["lost"]) == ("ease", "yes")


def test_a_state_that_says_the_other_is_live_counts_until_the_next_beat() -> None:
    """After a restart the first beat's answer may know only of a time long ago."""
    phone = Phone("partner")
    phone.connect(role="partner", phase="eased")
    phone.hear("beat", n=1, sent_ms=phone.now, server_ms=phone.now, peer_ms=phone.now - 9_000)
    phone.hear(**told(phone.now, role="partner", seq=11, phase_no=5))
    phone.wait(500)
    assert (phone.facts["severity"], phone.facts["lost"]) == ("ok", "no")


@pytest.mark.parametrize("role", ["client", "partner"])
def test_contact_coming_back_restarts_nothing_until_a_good_even_if_nobody_else_noticed(
    role: str,
) -> None:
    phone = Phone(role)
    phone.connect(role=role)
    phone.wait(2_600)
    assert phone.facts["lost"] == "yes"
    phone.hear(**told(phone.now, role=role))
    phone.wait(1_000)
    phone.hear(**told(phone.now, role=role))
    assert phone.facts["lost"] == "no"
    assert (phone.facts["phase"], phone.facts["severity"]) == ("eased", "ease")
    good = {"type": "alert", "alert": "client:g1", "kind": "good", "by": "client"}
    phone.hear(**good, cause=None, drill=False, at_ms=phone.now)
    phone.wait(100)
    assert (phone.facts["phase"], phone.facts["severity"]) == ("holding", "ok")


def test_the_way_back_is_shown_by_own_clock_until_the_phase_changes() -> None:
    phone = Phone("partner")
    phone.connect(role="partner")
    phone.put("closed", code=1006)
    effects = phone.wait(19_900)
    assert phone.facts["over"] == "no"
    effects = phone.wait(100)
    assert phone.facts["over"] == "yes" and named(effects, "over")
    phone.wait(5_000)
    assert phone.facts["over"] == "yes" and phone.facts["phase"] == "holding"
    phone.hear(**told(phone.now, role="partner", seq=11, phase_no=5, phase="releasing"))
    phone.wait(100)
    assert phone.facts["over"] == "no"


def test_the_clock_that_ends_a_hold_is_the_servers() -> None:
    phone = Phone()
    phone.connect()
    phone.hear("beat", n=0, sent_ms=phone.now, server_ms=phone.now + 15_000)
    phone.wait(4_900)
    assert phone.facts["over"] == "no" and phone.picture["slots"]["remaining_s"] == "1"
    phone.wait(100)
    assert phone.facts["over"] == "yes"
    phone.hear("beat", n=1, sent_ms=phone.now, server_ms=phone.now + 14_000)
    phone.wait(100)
    assert phone.facts["over"] == "yes"  # a better look at the clock takes no way back back


@pytest.mark.parametrize("severity", ["ok", "ease", "stop"])
def test_the_most_severe_of_state_alert_and_own_tap_is_shown(severity: str) -> None:
    phone = Phone()
    phone.connect(severity=severity)
    phone.tap("ease")
    assert phone.facts["severity"] == ("stop" if severity == "stop" else "ease")
    about = {"by": "partner", "cause": None, "drill": False, "at_ms": 0}
    phone.hear("alert", alert="partner:s1", kind="stop", **about)
    assert (phone.facts["severity"], phone.facts["phase"]) == ("stop", "stopped")


def test_the_drill_latches_nothing() -> None:
    phone = Phone("partner")
    phone.connect(role="partner", phase="warming_up", timer=None)
    about = {"by": "client", "cause": None, "drill": True, "at_ms": 0}
    phone.hear("alert", alert="client:d", kind="stop", **about)
    assert (phone.facts["severity"], phone.facts["phase"]) == ("ok", "warming_up")


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 60_000),
    st.integers(-100_000, 100_000),
    st.none() | st.integers(-100_000, 100_000),
)
def test_a_countdown_never_leaves_its_length(
    length_ms: int,
    server_now: int,
    ends_ms: int | None,
) -> None:
    timer = {"kind": "hold", "length_ms": length_ms, "remaining_ms": length_ms, "ends_ms": ends_ms}
    code = "(t, n) => [M.countdown.remaining_ms(t, n), M.countdown.ring(t, n)]"
    left_ms, ring = call(ENGINE, code, timer, server_now)
    assert 0 <= left_ms <= length_ms and 0 <= ring <= 1


ENGINE = context()


def test_seconds_are_counted_as_people_count_down() -> None:
    counted = call(ENGINE, "(all) => all.map(M.countdown.seconds)", [3_000, 2_999, 2_001, 1, 0])
    assert counted == [3, 3, 3, 1, 0]


def test_the_partner_is_to_ask_20_s_into_easing_in() -> None:
    timer = {"kind": "ask", "length_ms": 45_000, "remaining_ms": 45_000, "ends_ms": 45_000}
    code = "(t, n) => M.countdown.is_asking(t, n)"
    assert [call(ENGINE, code, timer, at) for at in (19_999, 20_000)] == [False, True]
