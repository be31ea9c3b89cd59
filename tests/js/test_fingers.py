"""From a finger or a key to the wire, on the live page itself: what goes, and how often."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.js import told
from tests.support.live_page import LivePage

STOP = {
    "stop": "client:s", "by": "client", "cause": "asked", "options": ["again", "skip", "end"],
    "suggest": "again", "let_go": False, "flag": None,
}  # fmt: skip
URGENT = ["stop", "ease", "pain"]
KEY_STOPS = ["positioning", "easing_in", "holding", "eased", "releasing"]
KEY_RESTS = ["lobby", "warming_up", "resting", "paused", "stopped", "ended"]


def page(phase: str = "holding", role: str = "client", **state: Any) -> LivePage:
    given = {"may": ["stop", "ease", "good", "ready", "let_go", "clear"], **state}
    if phase == "stopped":
        given = {"stop": STOP, "severity": "stop", **given}
    return LivePage(role).hears(phase=phase, **given)


def ids(live: LivePage, *types: str) -> list[str]:
    """Whose taps went out, each once however often it is sent again."""
    return list(dict.fromkeys(one["id"] for one in live.sent(*types)))


@pytest.mark.parametrize("command", URGENT)
def test_an_urgent_tap_goes_as_the_finger_comes_down_and_its_click_is_no_second_one(
    command: str,
) -> None:
    live = page()
    assert live.down(command) is True
    assert len(live.sent(command)) == 1
    live.wait(100)
    live.up(command)
    assert len(ids(live, command)) == 1


@pytest.mark.parametrize("command", URGENT)
def test_an_urgent_tap_goes_by_a_click_alone(command: str) -> None:
    """A screen reader's, or a browser's that has no pointers."""
    for detail in (0, 1):
        live = page()
        live.click(command, detail=detail)
        assert len(live.sent(command)) == 1


def test_the_word_on_a_button_is_the_button() -> None:
    live = page()
    live.tap("stop-word")
    assert len(ids(live, "stop")) == 1


def test_no_other_button_of_a_mouse_is_a_finger() -> None:
    live = page()
    live.down("stop", button=2)
    assert live.sent("stop") == []


@pytest.mark.parametrize(
    ("command", "phase"), [("stop", "warming_up"), ("pain", "warming_up"), ("ease", "holding")]
)
@pytest.mark.parametrize(("after_ms", "taps"), [(650, 1), (710, 2)])
def test_a_double_tap_in_one_phase_is_one_tap_for_700_ms(
    command: str, phase: str, after_ms: int, taps: int
) -> None:
    live = page(phase=phase)
    live.down(command)
    live.wait(after_ms)
    live.down(command)
    assert len(ids(live, command)) == taps


@pytest.mark.parametrize("moves", ["phase", "phase_no"])
def test_a_second_stop_counts_at_once_where_the_phase_has_changed_between(moves: str) -> None:
    """The first was answered by a new hold: within 0.7 s the second is about another thing."""
    live = page(phase="easing_in", phase_no=4)
    live.down("stop")
    live.says(type="refused", id=ids(live, "stop")[0], reason="stale")
    live.says(**told(live.now, role="client", seq=12, **{
        "phase": "easing_in", "phase_no": 4,
        **({"phase": "holding"} if moves == "phase" else {"phase_no": 6}),
    }))  # fmt: skip
    live.wait(50)
    live.down("stop")
    assert len(ids(live, "stop")) == 2


def test_a_second_ease_within_700_ms_is_a_nervous_finger_in_any_phase() -> None:
    """A second EASE brings it all back."""
    live = page(phase="holding")
    live.down("ease")
    live.says(**told(live.now, role="client", seq=12, phase="eased", phase_no=5))
    live.wait(100)
    live.down("ease")
    assert len(ids(live, "ease")) == 1


# GOOD is a press of 0.4 s, clearing one of a second


@pytest.mark.parametrize(
    ("command", "phase", "ms"), [("good", "easing_in", 400), ("clear", "stopped", 1_000)]
)
def test_what_adds_force_is_a_press_and_goes_while_the_finger_is_down(
    command: str, phase: str, ms: int
) -> None:
    live = page(phase=phase)
    live.wait(500)
    live.down(command)
    live.wait(ms - 20)
    assert live.sent(command) == []
    live.wait(40)
    assert len(live.sent(command)) == 1
    live.wait(2_000)
    live.up(command)
    assert len(live.sent(command)) == 1


@pytest.mark.parametrize("command", ["good", "clear"])
def test_a_press_that_was_lifted_or_taken_away_is_none(command: str) -> None:
    live = page(phase="stopped" if command == "clear" else "easing_in")
    live.press(command, 300)
    live.down(command)
    live.wait(200)
    live.taken_away()
    live.wait(2_000)
    assert live.sent(command) == []


def test_of_a_good_that_was_lifted_too_early_the_page_says_so_for_a_moment() -> None:
    live = page(phase="easing_in")
    live.press("clear", 100)
    live.down("good")
    live.wait(100)
    live.taken_away()
    live.wait(50)
    assert not live.sees("short")
    live.press("good", 300)
    live.wait(50)
    assert live.sees("short")
    live.wait(2_750)
    assert not live.sees("short")


def test_a_second_finger_elsewhere_does_not_keep_a_press_going() -> None:
    live = page(phase="easing_in")
    live.down("good")
    live.wait(200)
    live.down("ready", pointer=2)
    live.up("ready", pointer=2)
    live.wait(500)
    assert live.sent("good") == []


def test_a_good_of_a_screen_reader_is_one_click() -> None:
    live = page(phase="easing_in")
    live.click("good", detail=1)
    assert live.sent("good") == []
    live.click("good")
    assert len(live.sent("good")) == 1


# What comes under a finger that has done its work


def test_the_click_that_ends_an_urgent_touch_is_no_tap_of_what_came_under_it() -> None:
    live = page(role="partner")
    live.down("stop")
    live._finger("pointerup", "stop", 1, {})
    live.click("let_go", detail=1)
    assert live.sent("let_go") == []


def test_the_second_of_a_double_tap_on_stop_is_not_it_is_off_me() -> None:
    live = page()
    live.tap("stop")
    live.says(**told(live.now, role="client", seq=11, phase="stopped", stop=STOP, severity="stop"))
    live.wait(200)
    live.tap("let_go")
    assert live.sent("let_go") == []
    live.wait(400)
    live.tap("let_go")
    assert len(live.sent("let_go")) == 1


def test_a_screen_reader_says_it_is_off_me_when_it_means_it() -> None:
    live = page()
    live.click("stop")
    live.says(**told(live.now, role="client", seq=11, phase="stopped", stop=STOP, severity="stop"))
    live.wait(100)
    live.click("let_go")
    assert len(live.sent("let_go")) == 1


def test_what_is_hidden_is_not_tapped() -> None:
    live = page()
    live.tap("let_go")
    assert live.sent("let_go") == []


@pytest.mark.parametrize(
    ("type", "phase", "stops"),
    [
        ("pointerdown", "easing_in", 1), ("pointerdown", "resting", 0), ("click", "holding", 1),
        ("click", "eased", 1), ("keydown", "releasing", 1), ("keydown", "paused", 0),
    ],
)  # fmt: skip
def test_what_the_page_cannot_read_is_stop_with_hands_on_and_else_nothing(
    type: str, phase: str, stops: int
) -> None:
    live = page(phase=phase)
    live.unreadable(type)
    assert len(live.sent("stop")) == stops


# More about a pain is no alarm


@pytest.mark.parametrize(
    ("button", "said"), [("sharp", {"qualities": ["sharp"]}), ("calf", {"place": "calf_left"})]
)
def test_more_about_a_pain_is_told_by_a_click_of_its_own_and_is_no_second_stop(
    button: str, said: dict[str, Any]
) -> None:
    live = page(phase="stopped")
    assert live.down(button) is False
    assert live.sent("pain") == []
    live.up(button)
    (told_,) = live.sent("pain")
    assert told_["stop"] == STOP["stop"]
    assert {name: told_.get(name) for name in ("qualities", "place")} == {
        "qualities": None, "place": None, **said,
    }  # fmt: skip


# Keys


ANY_KEYS = ["a", "Enter", " ", "PageDown", "ArrowRight", "F5"]


@pytest.mark.parametrize(
    ("phase", "key"),
    [*((phase, "PageUp") for phase in KEY_STOPS), *(("holding", key) for key in ANY_KEYS)],
)
def test_any_key_of_the_client_is_stop_from_positioning_on(phase: str, key: str) -> None:
    live = page(phase=phase)
    assert live.key(key) is True
    assert len(live.sent("stop")) == 1


@pytest.mark.parametrize("phase", KEY_RESTS)
def test_where_nothing_is_pushed_a_key_of_the_client_is_none(phase: str) -> None:
    live = page(phase=phase)
    assert live.key("a") is False
    assert live.sent("stop") == []


@pytest.mark.parametrize(
    "event",
    [
        {"key": "Tab"}, {"key": "Shift"}, {"key": "Control"}, {"key": "Alt"}, {"key": "Meta"},
        {"key": "a", "repeat": True}, {"key": "r", "ctrlKey": True}, {"key": "r", "metaKey": True},
    ],
)  # fmt: skip
def test_what_moves_the_focus_or_is_held_down_is_no_signal(event: dict[str, Any]) -> None:
    live = page()
    assert live.key(**event) is False
    assert live.sent("stop") == []


@pytest.mark.parametrize("key", ["Enter", " "])
def test_enter_works_a_control_that_tab_went_to_and_is_stop_on_one_that_a_finger_touched(
    key: str,
) -> None:
    live = page()
    live.key("Tab")
    assert live.key(key, on="good") is False
    live.down("good")
    live.taken_away()
    assert live.key(key, on="good") is True
    assert len(live.sent("stop")) == 1


def test_another_key_on_a_control_is_stop() -> None:
    live = page()
    live.key("Tab")
    assert live.key("a", on="good") is True


@pytest.mark.parametrize(
    ("phase", "went"),
    [("stopped", "let_go"), ("positioning", "ready"), ("resting", "ready")],
)
def test_a_key_of_the_partner_is_they_are_resting_or_else_ready(phase: str, went: str) -> None:
    live = page(phase=phase, role="partner")
    live.key("PageDown")
    assert [one["type"] for one in live.sent("let_go", "ready", "stop")] == [went]


def test_a_partner_who_types_or_has_gone_to_a_control_by_tab_presses_nothing_else() -> None:
    live = page(phase="positioning", role="partner")
    live.key("a", on="name")
    live.key("Tab")
    live.key("a", on="away")
    assert live.sent("ready") == []
    live.down("away")
    live.taken_away()
    live.key("a", on="away")
    assert len(live.sent("ready")) == 1
