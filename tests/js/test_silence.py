"""What can't be heard is said all the time, one thing at a time, and never over a lost contact."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.js import Phone

SEAT: dict[str, Any] = {"taken": True, "link": "live", "ready": False, "visible": True}


def silence(sound: str, peer_sound: str, *, phase: str = "holding", **peer: Any) -> str:
    phone = Phone()
    other = {**SEAT, "sound": peer_sound, **peer}
    phone.connect(phase=phase, seats={"client": {**SEAT, "sound": sound}, "partner": other})
    phone.put("status", visible=True, sound=sound, awake=True)
    return phone.facts["silence"]


@pytest.mark.parametrize(
    ("sound", "peer_sound", "said"),
    [
        ("on", "on", "none"), ("on", "unknown", "none"), ("blocked", "on", "here"),
        ("off", "blocked", "here"), ("on", "blocked", "there"), ("on", "off", "there"),
        ("on", "muted", "there"), ("muted", "muted", "there"), ("muted", "on", "chosen"),
    ],
)  # fmt: skip
def test_one_silence_is_said_at_a_time(sound: str, peer_sound: str, said: str) -> None:
    assert silence(sound, peer_sound) == said


def test_a_phone_that_is_gone_or_hidden_is_said_first() -> None:
    assert silence("on", "off", link="lost") == "none"
    assert silence("on", "off", visible=False) == "none"


@pytest.mark.parametrize("phase", ["lobby", "warming_up", "ended"])
def test_before_and_after_hands_are_on_a_strip_is_in_nobodys_way(phase: str) -> None:
    assert silence("blocked", "blocked", phase=phase) == "none"
