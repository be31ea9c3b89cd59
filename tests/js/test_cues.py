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


def cues(change: dict[str, str], slots: dict[str, str] | None = None, **before: str) -> Any:
    first = {**QUIET, **before}
    return call(ENGINE, "M.cues.cues", first, {**first, **change}, slots or {"remaining_s": "20"})


def keys(
    change: dict[str, str],
    slots: dict[str, str] | None = None,
    **before: str,
) -> list[str]:
    return [cue["key"] for cue in cues(change, slots, **before) if "key" in cue]


@settings(max_examples=100, deadline=None)
@given(ANYTHING, ANYTHING)
def test_the_clients_phone_speaks_nothing_but_its_own_failure(
    before: dict[str, str],
    after: dict[str, str],
) -> None:
    spoken = keys(after, None, role="client", **before)
    failed = before["say_it"] == "no" and after["say_it"] == "yes"
    assert spoken == (["say_stop"] if failed else [])


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"severity": "stop", "phase": "stopped"}, "stop"),
        ({"severity": "ease", "phase": "eased", "cause": "asked"}, "ease"),
        ({"severity": "ease", "phase": "eased", "cause": "contact"}, "contact"),
        ({"severity": "ease", "phase": "eased", "cause": "hidden"}, "contact"),
        ({"severity": "ease", "phase": "eased", "cause": "restarted"}, "restarted"),
        ({"lost": "yes"}, "contact"),
        ({"over": "yes"}, "way_down:calf:left"),
        ({"phase": "releasing"}, "way_down:calf:left"),
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


def test_the_way_down_is_spoken_once_though_the_server_says_it_later() -> None:
    assert keys({"phase": "releasing"}, over="yes") == []


@pytest.mark.parametrize(("left", "key"), [("3", "three"), ("2", "two"), ("1", "one")])
def test_the_last_three_seconds_are_counted_once_each(left: str, key: str) -> None:
    slots = {"remaining_s": left}
    assert keys({}, slots, last3="yes") == [key]
    assert keys({}, slots, last3="yes", counted=key) == []


def test_nothing_is_said_while_nothing_changes() -> None:
    assert cues({}) == []


def test_nothing_but_the_stop_is_said_while_stopped() -> None:
    assert cues({"half": "yes", "asking": "yes"}, severity="stop", phase="stopped") == []
