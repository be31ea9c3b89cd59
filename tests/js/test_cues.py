"""Who speaks: the partner's phone. The client's sounds only its own taps and failures, and STOP."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.js import call, context

ENGINE = context()
QUIET = {
    "role": "partner", "phase": "holding", "severity": "ok", "lost": "no", "say_it": "no",
    "over": "no", "half": "no", "last3": "no", "asking": "no", "drill": "none", "cause": "none",
    "change": "rep", "next_wish": "none", "good_alert": "none", "stretch": "calf", "side": "left",
    "count": "none", "let_go": "none", "hands_on": "no",
}  # fmt: skip
ANYTHING = st.fixed_dictionaries(
    {
        "phase": st.sampled_from(["easing_in", "holding", "eased", "resting", "ended"]),
        "severity": st.sampled_from(["ok", "ease", "stop"]),
        "next_wish": st.sampled_from(["none", "less", "more"]),
        "good_alert": st.sampled_from(["none", "client:1", "client:2"]),
        **{
            name: st.sampled_from(["yes", "no"])
            for name in ("lost", "say_it", "over", "half", "last3", "asking")
        },
    }
)


def cues(change: dict[str, str], **before: str) -> Any:
    first = {**QUIET, **before}
    return call(ENGINE, "M.cues.cues", first, {**first, **change})


def keys(change: dict[str, str], **before: str) -> list[str]:
    return [cue["key"] for cue in cues(change, **before) if "key" in cue]


def sounds(change: dict[str, str], **before: str) -> list[str]:
    return [cue["sound"] for cue in cues(change, **before) if "sound" in cue]


@settings(max_examples=100, deadline=None)
@given(ANYTHING, ANYTHING)
def test_the_clients_phone_speaks_nothing_but_its_own_failure(
    before: dict[str, str],
    after: dict[str, str],
) -> None:
    spoken = keys(after, role="client", **before)
    failed = before["say_it"] == "no" and after["say_it"] == "yes"
    rings = before["severity"] != "stop" and after["severity"] == "stop"
    assert spoken == (["say_stop"] if failed and not rings else [])


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"severity": "stop", "phase": "stopped"}, "stop"),
        ({"severity": "ease", "phase": "eased", "cause": "asked"}, "ease"),
        ({"severity": "ease", "phase": "eased", "cause": "contact"}, "contact"),
        ({"severity": "ease", "phase": "eased", "cause": "hidden"}, "contact"),
        ({"severity": "ease", "phase": "eased", "cause": "restarted"}, "restarted"),
        ({"lost": "yes"}, "contact"),
        ({"over": "yes"}, "way_back:calf:left"),
        ({"phase": "releasing"}, "way_back:calf:left"),
        ({"good_alert": "client:2"}, "good"),
        ({"half": "yes"}, "half"),
        ({"phase": "resting", "change": "side"}, "switch"),
        ({"phase": "paused"}, "paused"),
        ({"phase": "ended"}, "ended"),
    ],
)
def test_the_partners_phone_speaks(change: dict[str, str], key: str) -> None:
    assert key in keys(change)


def test_lost_contact_in_the_same_frame_does_not_mute_a_stop() -> None:
    assert keys({"severity": "stop", "phase": "stopped", "lost": "yes"}) == ["stop"]


def test_a_good_that_starts_the_hold_is_told_once() -> None:
    assert keys({"phase": "holding", "good_alert": "client:1"}, phase="easing_in") == ["good"]
    assert keys({"good_alert": "client:1"}, phase="easing_in") == []


def test_the_way_back_is_spoken_once_though_the_server_says_it_later() -> None:
    assert keys({"phase": "releasing"}, over="yes") == []


@pytest.mark.parametrize(("left", "key"), [("3", "three"), ("2", "two"), ("1", "one")])
def test_the_last_three_seconds_are_counted_once_each(left: str, key: str) -> None:
    assert keys({"count": left}) == [key]
    assert keys({"count": left}, count=left) == []


def test_nothing_is_said_while_nothing_changes() -> None:
    assert cues({}) == []


def test_nothing_but_the_stop_is_said_while_stopped() -> None:
    stopped = {"severity": "stop", "phase": "stopped", "let_go": "no"}
    assert cues({"half": "yes", "asking": "yes", "lost": "yes"}, **stopped) == []


def test_a_stop_with_hands_on_says_this_stretchs_way_back_too() -> None:
    stopped = {"severity": "stop", "phase": "stopped", "let_go": "no"}
    assert keys(stopped, hands_on="yes") == ["stop", "way_back:calf:left"]
    assert keys(stopped, phase="positioning") == ["stop"]


def test_both_phones_sound_a_stop_and_a_drill() -> None:
    drill = {"phase": "warming_up", "drill": "none", "hands_on": "no"}
    for role in ("client", "partner"):
        assert sounds({"severity": "stop", "let_go": "no"}, role=role) == ["stop"]
        assert sounds({"drill": "tapped"}, role=role, **drill) == ["stop"]
        assert sounds({"drill": "shown"}, role=role, **{**drill, "drill": "tapped"}) == []


def test_what_was_said_of_a_stop_is_taken_back_once_they_are_down() -> None:
    stopped = {"severity": "stop", "phase": "stopped", "let_go": "no"}
    taken = cues({"let_go": "yes"}, **stopped)
    assert {cue["kind"] for cue in taken} == {"stop", "way_back", "again"}
    assert not any("sound" in cue or "key" in cue for cue in taken)


def test_the_clients_phone_sounds_its_own_taps_at_once() -> None:
    for command, sound in (("stop", "stop"), ("pain", "stop"), ("ease", "ease"), ("good", "good")):
        cue = call(ENGINE, "M.cues.own_tap", {"role": "client"}, command, {})
        assert cue["sound"] == sound and "key" not in cue
    assert call(ENGINE, "M.cues.own_tap", {"role": "client"}, "pain", {"quality": "ache"}) is None
    assert call(ENGINE, "M.cues.own_tap", {"role": "client"}, "ready", {}) is None
