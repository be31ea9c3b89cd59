"""What the page of a display is a function of, and what a host's phone keeps of its invitation."""

from __future__ import annotations

import pytest

from tests.support.js import Phone, call, context, sent, told

PHASES = ["lobby", "warming_up", "positioning", "easing_in", "holding", "eased", "releasing",
          "resting", "paused", "stopped"]  # fmt: skip


def display(phase: str = "holding") -> Phone:
    phone = Phone("display")
    severity = {"stopped": "stop", "eased": "ease", "paused": "ease"}.get(phase, "ok")
    phone.connect(role="display", host=False, phase=phase, displays=1, may=[], severity=severity)
    return phone


@pytest.mark.parametrize("phase", PHASES)
def test_a_display_that_hears_nothing_says_so_in_every_phase(phase: str) -> None:
    phone = display(phase)
    phone.wait(2_400)
    assert phone.facts["lost"] == "no"
    phone.wait(200)
    assert phone.facts["lost"] == "yes"
    phone.put("closed", code=1006)
    phone.wait(5_000)
    assert phone.facts["lost"] == "yes"
    phone.connect(role="display", phase=phase, displays=1, may=[])
    phone.wait(100)
    assert phone.facts["lost"] == "no"


def test_after_the_end_a_display_waits_for_nothing() -> None:
    phone = display("ended")
    phone.wait(60_000)
    assert phone.facts["lost"] == "no"


def test_a_stop_is_on_a_display_before_any_state() -> None:
    phone = display()
    alert = {"alert": "client:a", "kind": "stop", "by": "client", "cause": "asked"}
    phone.hear("alert", drill=False, at_ms=0, **alert)
    assert (phone.facts["phase"], phone.facts["severity"]) == ("stopped", "stop")


def test_a_display_that_is_left_alone_only_beats() -> None:
    phone = display()
    effects = phone.wait(2_000)
    assert {e["message"]["type"] for e in effects if e["type"] == "send"} == {"beat"}


def test_an_invitation_of_a_display_is_not_one_to_a_seat_and_goes_once_used() -> None:
    phone = Phone()
    may = ["stop", "invite", "invite_display"]
    phone.connect(phase="paused", displays=0, may=may)
    (message,) = sent(phone.tap("invite", role="display"), "invite")
    assert message["role"] == "display"
    phone.hear("invitation", code="ABC234", url="u", expires_ms=1, role="display")
    assert (phone.facts["invited_display"], phone.facts["invited"]) == ("yes", "no")
    phone.hear(**told(phone.now, phase="paused", displays=1, may=may))
    phone.hear(**told(phone.now, phase="paused", displays=0, may=may))
    assert phone.facts["invited_display"] == "no", "a code that is used up is shown again"
    phone.hear("invitation", code="ABC235", url="u", expires_ms=1, role="display")
    assert phone.tap("forget") == []
    assert phone.facts["invited_display"] == "no"


def test_a_knock_of_a_display_is_told_from_a_knock_at_a_seat() -> None:
    for role, facts in (("display", ("yes", "no")), ("partner", ("no", "yes"))):
        phone = Phone()
        phone.connect(phase="paused", displays=0, may=["admit"])
        phone.hear("knock", knock="k", words=["a", "b"], role=role)
        assert (phone.facts["knock_display"], phone.facts["knock"]) == facts


def test_who_looks_on_lets_be_heard_what_matters_across_a_room_and_never_a_word() -> None:
    engine = context()
    for role in ("display", "host"):
        assert call(engine, "M.onlooker.looks_on", role)
    for role in ("client", "partner"):
        assert not call(engine, "M.onlooker.looks_on", role)
    for sound in ("stop", "pulse", "ease", "contact", "over"):
        cue = {"kind": "state", "severity": 1, "sound": sound, "key": "words"}
        heard = call(engine, "M.onlooker.quietly", cue)
        assert heard == {"kind": "state", "severity": 1, "sound": sound}
    for sound in ("good", "half", "count"):
        assert call(engine, "M.onlooker.quietly", {"kind": "state", "sound": sound}) is None
    assert call(engine, "M.onlooker.quietly", {"kind": "way_back", "key": "words"}) is None
    taken_back = {"kind": "stop", "severity": 2}
    assert call(engine, "M.onlooker.quietly", taken_back) == taken_back
