"""Hold-to-consent: a thumb stays on EASE OFF while hands are on, and lifting it is the EASE OFF."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.js import call, context

HANDS_ON = ["easing_in", "holding", "eased"]
PUSHED = ["easing_in", "holding"]
OTHERS = ["lobby", "warming_up", "positioning", "releasing", "resting", "paused", "stopped"]
EASE = [{"type": "ease"}]
PLACED_WITHIN_MS = 3_000


class Thumb:
    """One client's thumb on a clock that the test moves, in ms."""

    def __init__(self, chosen: bool = True) -> None:
        self.now = 0
        self._js = context()
        self._js.eval(
            "let T = M.thumb.thumb();"
            "function put(input, now) {"
            " const [n, e] = M.thumb.step(T, input, now); T = n; return e; }"
        )
        self.put("chosen", chosen=chosen)

    def put(self, type: str, **fields: Any) -> list[dict[str, Any]]:
        effects: list[dict[str, Any]] = call(self._js, "put", {"type": type, **fields}, self.now)
        return effects

    def ask(self, name: str) -> Any:
        return call(self._js, f"() => M.thumb.{name}(T)")

    def phase(self, phase: str) -> list[dict[str, Any]]:
        return self.put("phase", phase=phase)

    def wait(self, phase: str, ms: int) -> list[dict[str, Any]]:
        effects: list[dict[str, Any]] = []
        for _ in range(ms // 100):
            self.now += 100
            effects += self.phase(phase)
        return effects

    def rest(self, phase: str) -> None:
        self.phase(phase)
        assert self.put("down", pointer=1) == []


@pytest.mark.parametrize("phase", HANDS_ON)
def test_lifting_the_thumb_is_one_ease(phase: str) -> None:
    thumb = Thumb()
    thumb.rest(phase)
    assert thumb.wait(phase, 60_000) == []
    assert thumb.put("up", pointer=1) == EASE
    assert thumb.wait("eased", 60_000) == []


@pytest.mark.parametrize("phase", PUSHED)
def test_a_thumb_that_never_comes_is_one_that_was_lifted(phase: str) -> None:
    thumb = Thumb()
    assert thumb.phase(phase) + thumb.wait(phase, PLACED_WITHIN_MS - 100) == []
    assert thumb.wait(phase, 100) == EASE
    assert thumb.wait(phase, PLACED_WITHIN_MS - 100) == []  # a second EASE brings it all back


@pytest.mark.parametrize("phase", OTHERS)
def test_where_no_hands_are_on_no_thumb_is_asked_for(phase: str) -> None:
    thumb = Thumb()
    assert thumb.wait(phase, 60_000) == []
    assert thumb.put("down", pointer=1) + thumb.put("up", pointer=1) == []


def test_no_good_while_no_thumb_is_there() -> None:
    thumb = Thumb()
    thumb.phase("easing_in")
    assert (thumb.ask("may_go_on"), thumb.ask("thumb_fact")) == (False, "missing")
    thumb.put("down", pointer=1)
    assert (thumb.ask("may_go_on"), thumb.ask("thumb_fact")) == (True, "on")
    thumb.put("up", pointer=1)
    assert (thumb.ask("may_go_on"), thumb.ask("thumb_fact")) == (False, "missing")


def test_the_thumb_stays_from_easing_in_through_an_ease_to_the_way_back() -> None:
    thumb = Thumb()
    thumb.rest("easing_in")
    for phase in ("holding", "eased", "holding", "releasing"):
        assert thumb.wait(phase, 20_000) == []
    assert thumb.put("up", pointer=1) == []


def test_another_finger_is_not_the_thumb() -> None:
    thumb = Thumb()
    thumb.rest("holding")
    assert thumb.put("up", pointer=2) == []
    assert thumb.put("down", pointer=3) == [] and thumb.ask("takes") is False
    assert thumb.put("up", pointer=1) == EASE


def test_chosen_in_the_middle_of_a_hold_there_is_time_to_place_it() -> None:
    thumb = Thumb(chosen=False)
    assert thumb.wait("holding", 60_000) == []
    thumb.put("chosen", chosen=True)
    assert thumb.wait("holding", PLACED_WITHIN_MS - 100) == []
    assert thumb.wait("holding", 100) == EASE


def test_not_chosen_it_does_nothing() -> None:
    thumb = Thumb(chosen=False)
    assert thumb.wait("holding", 60_000) == []
    assert (thumb.ask("takes"), thumb.ask("may_go_on"), thumb.ask("thumb_fact")) == (
        False,
        True,
        "off",
    )


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("phase"), st.sampled_from(HANDS_ON + OTHERS)),
            st.tuples(st.just("down"), st.integers(1, 3)),
            st.tuples(st.just("up"), st.integers(1, 3)),
            st.tuples(st.just("wait"), st.integers(1, 40)),
        ),
        max_size=40,
    )
)
def test_nobody_pushes_for_longer_than_three_seconds_without_a_thumb(steps: list[Any]) -> None:
    """Whatever fingers do: with hands on either a thumb is there, or an EASE goes within 3 s."""
    thumb = Thumb()
    phase, since = "lobby", None
    for kind, value in steps:
        effects = (
            thumb.wait(phase, value * 100) if kind == "wait"
            else thumb.phase(value) if kind == "phase"
            else thumb.put(kind, pointer=value)
        )  # fmt: skip
        phase = value if kind == "phase" else phase
        is_bare = phase in PUSHED and thumb.ask("thumb_fact") == "missing"
        since = None if effects or not is_bare else (thumb.now if since is None else since)
        assert since is None or thumb.now - since < PLACED_WITHIN_MS
