"""A page that is hidden, asleep or stuck says so, and vouches for nothing that it does not show."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.js import told
from tests.support.live_page import LivePage

STOP = {
    "type": "alert", "alert": "partner:s", "kind": "stop", "by": "partner", "cause": "asked",
    "drill": False, "at_ms": 1_000_000,
}  # fmt: skip

FRAME_MS = 16
TURN_MS = 250 + FRAME_MS


def page(**state: Any) -> LivePage:
    return LivePage().hears(**state)


def opened(live: LivePage) -> int:
    return int(live.do("SOCKETS.length"))


def last_beat(live: LivePage) -> dict[str, Any]:
    return live.sent("beat")[-1]


# `seen` is said by who shows it


def test_seen_is_said_once_a_frame_has_shown_it_and_once_only() -> None:
    live = page()
    live.says(**STOP)
    assert live.sent("seen") == []
    live.wait(100)
    assert [one["alert"] for one in live.sent("seen")] == ["partner:s"]
    live.wait(1_000)
    assert len(live.sent("seen")) == 1


def test_what_is_told_is_on_the_page_with_the_next_frame_and_seen_is_said_right_after_it() -> None:
    live = page()
    while live.now % FRAME_MS:
        live.wait(1)
    live.says(**STOP)
    live.wait(FRAME_MS - 1)
    assert live.sent("seen") == []
    live.wait(1)
    assert live.look("data-phase") == "stopped" and live.sees("stopped")
    live.wait(1)
    assert [one["alert"] for one in live.sent("seen")] == ["partner:s"]


@pytest.mark.parametrize("is_told", [True, False])
@pytest.mark.parametrize("has_frames", [True, False])
def test_a_hidden_page_says_seen_of_nothing_until_it_is_shown(
    is_told: bool, has_frames: bool
) -> None:
    """Some browsers hide a page without a word, and some go on giving it frames."""
    live = page()
    live.do(f"(FRAMES_WHEN_HIDDEN = {str(has_frames).lower()})")
    live.hides(is_told=is_told)
    live.says(**STOP)
    live.wait(2_000)
    assert live.sent("seen") == []
    live.shows()
    live.do("answers()")
    live.says(**told(live.now, role="client"))
    live.wait(100)
    assert [one["alert"] for one in live.sent("seen")] == ["partner:s"]


def test_a_page_whose_picture_did_not_come_onto_it_says_neither_seen_nor_that_it_lives() -> None:
    live = page()
    live.do("void (document.getElementById('room').setAttribute = () => {})")
    live.says(**told(live.now, role="client", seq=11, phase="eased"))
    live.says(**STOP)
    live.wait(100)
    beats = len(live.sent("beat"))
    live.wait(2_000)
    assert live.sent("seen") == []
    assert len(live.sent("beat")) <= beats + 1


def test_a_page_without_frames_still_paints_beats_and_says_seen() -> None:
    live = LivePage(before="FRAMES = false").hears()
    live.says(**STOP)
    live.wait(500)
    assert live.look("data-phase") == "stopped"
    assert len(live.sent("seen")) == 1 and live.sent("beat")


def test_a_page_that_is_seen_and_gets_no_frames_any_more_is_stuck_and_silent() -> None:
    live = page()
    live.do("(STALLS = true)")
    live.wait(400)
    beats = len(live.sent("beat"))
    live.wait(2_000)
    assert len(live.sent("beat")) == beats
    live.wait(500)
    assert live.do("document.documentElement.hasAttribute('data-stuck')") is True
    assert live.look("data-lost") == "yes"
    live.do("(STALLS = false)")
    live.wait(300)
    assert live.do("document.documentElement.hasAttribute('data-stuck')") is False
    assert live.look("data-lost") == "no"


# How often it looks


def frames_in(live: LivePage, ms: int) -> int:
    before = int(live.do("ASKED"))
    live.wait(ms)
    return int(live.do("ASKED")) - before


@pytest.mark.parametrize("phase", ["lobby", "positioning", "holding", "resting", "ended"])
def test_a_page_on_which_nothing_happens_asks_for_four_frames_a_second(phase: str) -> None:
    live = page(phase=phase)
    live.wait(500)
    assert 40 <= frames_in(live, 10_000) <= 46


def test_while_a_tap_is_on_its_way_or_hands_are_on_in_silence_it_looks_ten_times_a_second() -> None:
    live = page()
    live.wait(500)
    live.do("void (socket().send = () => {})")
    live.tap("stop")
    assert frames_in(live, 1_000) >= 9
    live = page()
    live.wait(500)
    live.do("(ANSWERS = false)")
    live.wait(2_400)
    assert live.look("data-link") == "weak"
    assert frames_in(live, 1_000) >= 9


def test_the_seconds_change_with_the_frame_after_they_did() -> None:
    live = page()
    ends_ms = live.now + 19_870
    timer = {"kind": "hold", "length_ms": 25_000, "remaining_ms": 19_870, "ends_ms": ends_ms}
    live.says(**told(live.now, role="client", seq=11, timer=timer))
    seen = set()
    for _ in range(700):
        live.wait(10)
        left = int(live.do("document.getElementById('left').textContent"))
        late_ms = left * 1_000 - (ends_ms - live.now)  # below 1000 if it shows the right second
        seen.add(left)
        assert 0 <= late_ms < 1_000 + FRAME_MS + 10, f"{left} with {ends_ms - live.now} ms left"
    assert len(seen) >= 7


@pytest.mark.parametrize("lack", ["NO_TIMEOUT", "NO_INTERVAL"])
def test_a_page_with_one_kind_of_timer_paints_beats_and_says_seen(lack: str) -> None:
    live = LivePage(before=f"{lack} = true").hears()
    live.wait(3_000)
    beats = len(live.sent("beat"))
    shown = live.do("document.getElementById('left').textContent")
    live.says(**STOP)
    live.wait(2_000)
    assert len(live.sent("seen")) == 1
    assert len(live.sent("beat")) >= beats + 3
    assert live.do("document.getElementById('left').textContent") != shown


# What it says of itself


@pytest.mark.parametrize("way", ["visibilitychange", "pagehide", "freeze", "nothing"])
def test_a_page_that_goes_says_so_at_once_or_with_its_next_turn(way: str) -> None:
    live = page()
    live.wait(600)
    assert last_beat(live)["visible"] is True
    if way in ("visibilitychange", "nothing"):
        live.hides(is_told=way == "visibilitychange")
    else:
        live.happens(way)
    live.wait(0 if way != "nothing" else 200)
    assert last_beat(live)["visible"] is False


def test_a_hidden_page_goes_on_beating_and_says_that_it_is_hidden() -> None:
    live = page()
    live.hides()
    live.wait(3_000)
    assert len(live.sent("beat")) >= 5
    assert last_beat(live)["visible"] is False
    live.shows()
    live.do("answers()")
    live.says(**told(live.now, role="client"))
    live.wait(200)
    assert last_beat(live)["visible"] is True


# What comes back may hold a dead socket


def test_a_page_that_comes_back_takes_a_fresh_socket_once() -> None:
    for way in ("visibilitychange", "resume", "pageshow", "online"):
        live = page()
        live.wait(1_000)
        before = opened(live)
        if way == "visibilitychange":
            live.hides()
            live.shows()
        elif way == "resume":
            live.do("document.dispatchEvent(new Event('resume'))")
        else:
            live.happens(way, persisted=True)
        assert opened(live) == before + 1, way
        live.happens("online")
        live.wait(200)
        assert opened(live) == before + 1, way


def test_a_page_shown_for_the_first_time_or_hidden_takes_none() -> None:
    live = page()
    live.wait(1_000)
    live.happens("pageshow", persisted=False)
    live.hides()
    assert opened(live) == 1


@pytest.mark.parametrize(("slept_ms", "fresh"), [(2_900, 0), (3_200, 1)])
def test_a_phone_that_slept_takes_a_fresh_socket_and_counts_the_sleep_as_silence(
    slept_ms: int, fresh: int
) -> None:
    """Its steady clock stands still while it sleeps; the wall clock goes on."""
    live = page()
    live.wait(1_000)
    live.do(f"(SLEPT += {slept_ms})")
    live.wait(TURN_MS)
    assert opened(live) == 1 + fresh
    assert live.look("data-lost") == ("yes" if fresh else "no")


def test_a_page_whose_script_stood_still_takes_a_fresh_socket() -> None:
    live = page()
    live.wait(1_000)
    live.do("(NOW += 3_200)")
    live.wait(110)
    assert opened(live) == 2


# The socket and the other way


@pytest.mark.parametrize("command", ["stop", "ease", "pain"])
@pytest.mark.parametrize("fault", ["(socket().is_full = true)", "(socket().readyState = 3)"])
def test_a_socket_that_takes_nothing_is_given_up_and_what_is_urgent_goes_without(
    command: str, fault: str
) -> None:
    live = page()
    live.do(fault)
    live.down(command)
    assert [one["type"] for one in live.posted()] == [command]
    live.wait(100)
    assert opened(live) == 2


def test_what_is_not_urgent_never_goes_without_a_socket() -> None:
    live = page(phase="positioning", may=["ready"])
    live.do("(socket().is_full = true)")
    live.tap("ready")
    assert live.posted() == []


def test_what_an_old_socket_still_says_counts_no_more() -> None:
    live = page()
    live.do("(OLD = socket())")
    live.happens("online")
    live.hears(seq=12)
    for late in ("onclose({code: 4409})", "onclose({code: 4404})"):
        live.do(f"OLD.{late}")
    live.do(f"OLD.onmessage({{data: JSON.stringify({{...{_state(live)}, seq: 99}})}})")
    live.wait(50)
    assert live.look("data-link") == "live"
    assert live.look("data-phase") == "holding"


def _state(live: LivePage) -> str:
    return json.dumps(told(live.now, role="client", phase="ended"))


def test_a_page_that_was_turned_out_gives_its_tab_up_and_comes_back_by_none() -> None:
    live = page()
    name = live.do("socket().url").split("tab=")[1].split("&")[0]
    live.do("socket().onclose({code: 4409})")
    live.wait(3_000)
    assert opened(live) == 1
    assert live.do("JSON.stringify(sessionStorage.kept)").count(name) == 0


def test_each_socket_of_a_tab_counts_on() -> None:
    live = page()
    for _ in range(3):
        live.wait(500)
        live.happens("online")
    urls = live.do("SOCKETS.map(({url}) => url)")
    assert [url.split("&n=")[1] for url in urls] == ["1", "2", "3", "4"]
    assert len({url.split("&tab=")[1].split("&")[0] for url in urls}) == 1


def test_an_urgent_tap_outlives_its_page() -> None:
    live = page()
    live.down("stop")
    (stop,) = {one["id"] for one in live.sent("stop")}
    kept = live.do("sessionStorage.kept")
    again = LivePage(session=kept)
    again.hears()
    assert {one["id"] for one in again.sent("stop")} == {stop}
