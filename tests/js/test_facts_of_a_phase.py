"""What the page makes of a state: the most severe first, and nothing of it before a stretch."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.js import Phone, call, context, sent, told

BEFORE = ["lobby", "warming_up", "ended"]
STRETCHING = ["positioning", "easing_in", "holding", "eased", "releasing", "resting", "paused"]
SEAT = {"taken": True, "link": "live", "ready": False, "visible": True, "awake": True}


def facts(phase: str, *, tap: str | None = None, **state: Any) -> dict[str, str]:
    phone = Phone()
    phone.connect(phase=phase, **state)
    phone.put("status", visible=True, sound=state.get("mine", "on"), awake=True)
    if tap:
        phone.tap(tap)
    return phone.facts


@pytest.mark.parametrize("phase", BEFORE)
@pytest.mark.parametrize("severity", ["ok", "ease", "stop"])
def test_before_the_first_stretch_and_after_the_last_a_phase_is_what_it_is(
    phase: str, severity: str
) -> None:
    assert facts(phase, severity=severity)["phase"] == phase


@pytest.mark.parametrize("phase", STRETCHING)
def test_a_stop_is_on_the_screen_before_any_phase_says_so(phase: str) -> None:
    assert facts(phase, severity="stop")["phase"] == "stopped"
    assert facts(phase, tap="stop")["phase"] == "stopped"
    assert facts(phase, tap="pain")["phase"] == "stopped"


@pytest.mark.parametrize("phase", STRETCHING)
def test_an_ease_shows_where_something_is_pushed(phase: str) -> None:
    shown = "eased" if phase in ("easing_in", "holding") else phase
    assert facts(phase, severity="ease")["phase"] == shown


@pytest.mark.parametrize(("waited_ms", "say_it"), [(400, "no"), (500, "yes"), (5_000, "yes")])
def test_a_tap_that_is_not_shown_over_there_is_to_be_said_aloud(
    waited_ms: int, say_it: str
) -> None:
    phone = Phone()
    phone.connect()
    phone.tap("stop")
    phone.wait(waited_ms)
    assert phone.facts["say_it"] == say_it
    phone.hear("fate", alert="client:t1", shown_ms=12)
    assert phone.facts["say_it"] == "no"


@pytest.mark.parametrize("phase", ["lobby", "holding", "paused"])
@pytest.mark.parametrize(
    ("link", "visible", "sound", "said"),
    [
        ("live", True, "blocked", "there"), ("live", True, "off", "there"),
        ("live", True, "on", "none"), ("live", False, "blocked", "none"),
        ("weak", True, "blocked", "none"), ("lost", True, "blocked", "none"),
    ],
)  # fmt: skip
def test_of_a_phone_that_is_silent_it_is_said_while_it_is_here_and_somebody_is_stretched(
    phase: str, link: str, visible: bool, sound: str, said: str
) -> None:
    seats = {
        "client": {**SEAT, "sound": "on"},
        "partner": {**SEAT, "link": link, "visible": visible, "sound": sound},
    }
    assert facts(phase, seats=seats)["silence"] == ("none" if phase in BEFORE else said)


@pytest.mark.parametrize(
    ("role", "fact", "taken"),
    [
        ("partner", "invited", {"seats": {"client": SEAT, "partner": {**SEAT, "link": "live"}}}),
        ("display", "invited_display", {"displays": 1}),
    ],
)
def test_an_invitation_is_shown_until_whom_it_was_for_is_here(
    role: str, fact: str, taken: dict[str, Any]
) -> None:
    absent = {**SEAT, "link": "absent", "taken": False, "sound": "on"}
    free = {"seats": {"client": {**SEAT, "sound": "on"}, "partner": absent}, "displays": 0}
    phone = Phone()
    phone.connect(phase="lobby", may=["invite"], **free)
    url = "http://a/#k"
    phone.hear("invitation", code="ABC123", url=url, expires_ms=1, role=role)
    assert phone.facts[fact] == "yes"
    phone.hear(**told(phone.now, phase="lobby", may=["invite"], seq=11, **free))
    assert phone.facts[fact] == "yes"
    phone.hear(**told(phone.now, phase="lobby", may=["invite"], seq=12, **{**free, **taken}))
    assert phone.facts[fact] == "no"


def test_what_the_server_told_is_over_with_a_state_that_knows_of_it() -> None:
    phone = Phone()
    phone.connect(role="client")
    alert = {"alert": "partner:s", "kind": "stop", "by": "partner", "cause": "asked"}
    phone.hear("alert", **alert, drill=False, at_ms=1)
    assert phone.facts["severity"] == "stop"
    phone.hear(**told(phone.now, seq=11, phase="positioning"))
    assert phone.facts["severity"] == "ok"


@pytest.mark.parametrize("spoilt", [{"v": 2}, {"seats": None}])
def test_a_state_that_is_none_of_ours_changes_nothing(spoilt: dict[str, Any]) -> None:
    phone = Phone()
    phone.connect()
    phone.hear(**told(phone.now, seq=11, phase="resting", **spoilt))
    assert phone.facts["phase"] == "holding"


def test_a_drill_that_nobody_saw_is_forgotten_after_ten_seconds() -> None:
    phone = Phone()
    phone.connect(phase="warming_up")
    phone.tap("stop")
    assert phone.facts["fate"] == "sending"
    phone.hear("done", id="t1")
    assert phone.facts["fate"] == "sent"
    phone.wait(11_000)
    assert phone.facts["fate"] == "none"


@pytest.mark.parametrize("is_gentle", [False, True])
def test_gentler_is_put_on_where_it_is_off_and_off_where_it_is_on(is_gentle: bool) -> None:
    phone = Phone()
    phone.connect(phase="positioning", gentle=is_gentle)
    (message,) = sent(phone.tap("gentler"), "gentler")
    assert message["on"] is not is_gentle


@pytest.mark.parametrize(
    ("is_https", "off_ms", "said"),
    [
        (True, 300_000, "clock"), (True, -300_000, "clock"), (True, 299_999, "unreachable"),
        (True, None, "unreachable"), (False, 300_000, "unreachable"),
    ],
)  # fmt: skip
def test_a_clock_that_is_five_minutes_off_is_why_a_certificate_is_not_taken(
    is_https: bool, off_ms: int | None, said: str
) -> None:
    seen = {
        "answer": {"kind": "none", "code": None, "reason": None}, "is_online": True,
        "is_https": is_https, "clock_off_ms": off_ms, "is_restarting": False,
    }  # fmt: skip
    assert call(context(), "M.diagnose.diagnose", seen) == said
