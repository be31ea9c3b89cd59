"""The link: when it connects, beats, believes a state, and says that an alert was seen."""

from __future__ import annotations

import pytest

from tests.support.js import Phone, named, sent, told


def opens_after_ms(phone: Phone, times: int) -> list[int]:
    """Refuse every connection at once and give the waits between the tries."""
    waits = []
    for _ in range(times):
        phone.put("closed", code=1006)
        since = phone.now
        while not named(phone.wait(50, step_ms=50), "open"):
            assert phone.now - since < 10_000
        waits.append(phone.now - since - 50)
    return waits


@pytest.mark.parametrize(("phase", "slow_ms"), [("holding", 950), ("positioning", 1_950)])
def test_reconnects_at_0_250_500_ms_and_then_for_ever(phase: str, slow_ms: int) -> None:
    phone = Phone()
    phone.connect(phase=phase)
    assert opens_after_ms(phone, 7) == [0, 200, 450, *[slow_ms] * 4]


def test_a_socket_that_opens_and_says_nothing_starts_no_new_quick_tries() -> None:
    phone = Phone()
    phone.connect()
    opens_after_ms(phone, 3)
    phone.put("opened")
    assert opens_after_ms(phone, 1) == [950]
    phone.put("opened")
    phone.hear(**told(phone.now))
    assert opens_after_ms(phone, 1) == [0]


@pytest.mark.parametrize(("code", "fact"), [(4409, "moved"), (4404, "gone")])
def test_never_reconnects_after_the_seat_moved_or_the_room_is_gone(code: int, fact: str) -> None:
    phone = Phone()
    phone.connect()
    effects = phone.put("closed", code=code) + phone.wait(10_000, step_ms=500) + phone.put("wake")
    assert named(effects, "open") == [] and phone.facts[fact] == "yes"


@pytest.mark.parametrize(("reason", "deleted"), [("deleted", "yes"), ("gone", "no")])
def test_only_what_was_deleted_is_said_to_be(reason: str, deleted: str) -> None:
    phone = Phone()
    phone.connect()
    phone.hear(type="bye", reason=reason)
    phone.put("closed", code=4404)
    assert phone.facts["deleted"] == deleted
    assert phone.facts["gone"] == ("yes" if deleted == "no" else "no")
    assert named(phone.wait(10_000, step_ms=500) + phone.put("wake"), "open") == []


def test_another_protocol_version_reloads_the_page() -> None:
    phone = Phone()
    phone.connect()
    assert named(phone.put("closed", code=4426), "reload")


def test_a_returning_phone_takes_a_fresh_socket_at_once() -> None:
    phone = Phone()
    phone.connect()
    assert named(phone.put("wake"), "open")


def test_a_socket_that_is_open_and_silent_is_replaced() -> None:
    phone = Phone()
    phone.connect()
    assert named(phone.wait(2_900), "open") == []
    assert named(phone.wait(200), "open")


@pytest.mark.parametrize(("phase", "beats"), [("holding", 4), ("positioning", 2)])
def test_beats_twice_as_often_while_hands_are_on(phase: str, beats: int) -> None:
    phone = Phone()
    phone.connect(phase=phase)
    assert len(sent(phone.wait(2_000), "beat")) == beats


@pytest.mark.parametrize(
    ("phase", "spread", "tries"), [("holding", 1.5, 10), ("paused", 1.5, 3), ("paused", 0.5, 10)]
)
def test_without_hands_on_phones_ask_again_each_at_its_own_pace(
    phase: str, spread: float, tries: int
) -> None:
    """After a restart those with hands on are back first; the others don't come all at once."""
    phone = Phone(spread=spread)
    phone.connect(phase=phase)
    for _ in range(3):
        phone.put("closed", code=1006)
        assert len(named(phone.wait(500), "open")) == 1  # a short blip costs nobody more
    opened = 0
    for _ in range(100):
        phone.put("closed", code=1006) if phone.link["status"] == "opening" else None
        opened += len(named(phone.wait(100), "open"))
    assert opened == tries


def test_hiding_is_told_at_once() -> None:
    phone = Phone()
    phone.connect()
    beats = sent(phone.put("status", visible=False, sound="on", awake=True), "beat")
    assert [b["visible"] for b in beats] == [False]


def test_the_offset_is_of_the_quickest_of_the_last_eight_beats() -> None:
    phone = Phone()
    phone.connect()

    def answered(rtt_ms: int, offset_ms: int) -> float:
        server_ms = phone.now - rtt_ms // 2 + offset_ms
        phone.hear("beat", n=0, sent_ms=phone.now - rtt_ms, server_ms=server_ms)
        offset: float = phone.link["offset_ms"]
        return offset

    assert answered(300, 900) == 900
    assert answered(20, 500) == 500
    assert [answered(200, 700) for _ in range(7)] == [500] * 7
    assert answered(200, 700) == 700


def test_an_older_state_is_ignored_and_the_same_seq_is_a_newer_look() -> None:
    phone = Phone()
    phone.connect(seq=10)
    phone.hear(**told(phone.now, seq=9, phase="resting"))
    assert phone.facts["phase"] == "holding"
    phone.hear(**told(phone.now, seq=10, severity="stop"))
    assert phone.facts["severity"] == "stop"


def test_another_epoch_replaces_whatever_was_known() -> None:
    phone = Phone()
    phone.connect(seq=10)
    phone.hear(**told(phone.now, epoch="e2", seq=1, phase="positioning"))
    assert phone.facts["phase"] == "positioning"


def alert(phone: Phone) -> list[dict[str, object]]:
    about = {"by": "client", "cause": None, "drill": False, "at_ms": 0}
    return sent(phone.hear("alert", alert="client:s1", kind="stop", **about), "seen")


def test_seen_is_said_only_after_the_page_has_painted() -> None:
    phone = Phone("partner")
    phone.connect(role="partner")
    assert alert(phone) == [] and phone.facts["severity"] == "stop"
    phone.hear(**told(phone.now, role="partner", seq=11, phase="stopped", severity="stop"))
    assert sent(phone.wait(1_000), "seen") == []
    assert alert(phone) == []  # told again, still not painted
    said = sent(phone.put("painted", alerts=["client:s1"]), "seen")
    assert said == [{"type": "seen", "alert": "client:s1"}]


def test_seen_is_said_again_at_once_when_the_alert_comes_again() -> None:
    phone = Phone("partner")
    phone.connect(role="partner")
    alert(phone)
    phone.put("painted", alerts=["client:s1"])
    assert alert(phone) == [{"type": "seen", "alert": "client:s1"}]


def test_what_a_phone_slept_through_counts_as_silence_and_its_clock_is_learnt_anew() -> None:
    phone = Phone("partner")
    phone.connect(role="partner")
    for n in range(8):
        phone.hear("beat", n=n, sent_ms=phone.now, server_ms=phone.now)
    effects = phone.put("wake", slept_ms=60_000)
    phone.wait(100)
    assert named(effects, "open")
    assert phone.facts["lost"] == "yes"
    phone.put("opened")
    phone.hear("beat", n=9, sent_ms=phone.now, server_ms=phone.now + 60_000)
    assert phone.link["offset_ms"] == 60_000
    phone.wait(100)
    assert phone.facts["lost"] == "no"


def test_a_page_that_comes_back_twice_at_once_opens_one_socket() -> None:
    phone = Phone()
    phone.connect()
    assert named(phone.put("wake"), "open")
    phone.now += 20
    assert not named(phone.put("wake"), "open")
    phone.now += 1_000
    assert named(phone.put("wake"), "open")
