"""One phone for both: nobody else's silence, screen or receipt is waited for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.js import Phone, named, sent, told

GONE = {"phone": "shared", "taken": True, "link": "lost", "ready": False, "visible": True}
HERE = {"phone": "own", "taken": True, "link": "live", "ready": False, "visible": True}
SEATS = {
    "client": {**HERE, "sound": "on", "awake": True},
    "partner": {**GONE, "sound": "on", "awake": False},
}


@pytest.fixture
def phone() -> Phone:
    made = Phone()
    made.connect(seats=SEATS)
    return made


def keep_alive(phone: Phone, ms: int, **state: Any) -> list[dict[str, Any]]:
    """Let time pass while the server answers and the other phone stays silent."""
    effects: list[dict[str, Any]] = []
    for _ in range(ms // 100):
        effects += phone.wait(100)
        phone.hear("beat", n=1, sent_ms=phone.now, server_ms=phone.now, peer_ms=1)
        phone.hear(**told(phone.now, seats=SEATS, **state))
    return effects


def test_the_silence_of_the_phone_that_is_gone_is_no_contact_lost(phone: Phone) -> None:
    keep_alive(phone, 6_000)
    assert (phone.facts["lost"], phone.facts["one_phone"]) == ("no", "yes")
    phone.wait(2_600)
    assert phone.facts["lost"] == "yes"  # its own silence still is


def test_a_stop_asks_for_no_receipt_and_is_sent_until_it_is_written(phone: Phone) -> None:
    phone.tap("stop")
    assert len(sent(keep_alive(phone, 1_600), "stop")) == 3
    assert phone.facts["say_it"] == "no" and phone.facts["severity"] == "stop"
    effects = phone.hear("done", id="t1")
    assert named(effects, "save")[-1]["saved"]["pending"] == []
    assert sent(keep_alive(phone, 1_600), "stop") == []


def test_a_phone_that_is_here_again_counts_again(phone: Phone) -> None:
    phone.hear(**told(phone.now, seq=11, seats={**SEATS, "partner": {**SEATS["client"]}}))
    phone.tap("stop")
    phone.wait(600)
    assert (phone.facts["one_phone"], phone.facts["say_it"]) == ("no", "yes")
