"""A thumb that rests on the glass, what a phone likes, and a page that looks after itself."""

from __future__ import annotations

from typing import Any

import pytest
import quickjs

from tests.support.js import told
from tests.support.live_page import LivePage

HANDS_ON = ["easing_in", "holding", "eased"]


def page(phase: str = "holding", likes: dict[str, str] | None = None, **state: Any) -> LivePage:
    given = {"may": ["stop", "ease", "good", "ready"], **state}
    return LivePage(likes=likes).hears(phase=phase, **given)


def resting(phase: str = "holding") -> LivePage:
    return page(phase, likes={"thumb": "on"})


def eases(live: LivePage) -> int:
    return len({one["id"] for one in live.sent("ease")})


# The thumb of hold-to-consent


@pytest.mark.parametrize("phase", HANDS_ON)
@pytest.mark.parametrize("end", ["lifted", "taken away"])
def test_a_thumb_rests_on_ease_off_and_its_going_is_the_ease(phase: str, end: str) -> None:
    live = resting(phase)
    assert live.down("ease") is True
    live.wait(1_000)
    assert eases(live) == 0
    if end == "lifted":
        live.up("ease")
    else:
        live.taken_away()
    live.wait(500)
    assert eases(live) == 1


def test_no_part_of_the_page_can_keep_the_going_of_a_thumb_to_itself() -> None:
    live = resting()
    live.do(
        "document.getElementById('ease').addEventListener('pointerup', (e) => e.stopPropagation())"
    )
    live.down("ease")
    live.up("ease")
    assert eases(live) == 1


def test_another_finger_s_going_is_not_the_thumb_s() -> None:
    live = resting()
    live.down("ease", pointer=1)
    live.down("stop", pointer=2)
    live.taken_away(pointer=2)
    live.wait(100)
    assert eases(live) == 0


def test_a_second_finger_on_ease_off_is_an_ease() -> None:
    live = resting()
    live.down("ease", pointer=1)
    live.down("ease", pointer=2)
    assert eases(live) == 1


def test_no_good_goes_while_no_thumb_is_there_to_take_it_back() -> None:
    live = resting("easing_in")
    live.press("good", 500)
    live.click("good")
    assert live.sent("good") == []
    live.down("ease", pointer=1)
    live.down("good", pointer=2)
    live.wait(500)
    assert len(live.sent("good")) == 1
    live.wait(800)
    live.click("good")
    assert len(live.sent("good")) == 2


def test_everything_else_goes_without_a_thumb() -> None:
    live = resting("stopped")
    live.press("clear", 1_050)
    assert len(live.sent("clear")) == 1


def test_a_thumb_that_never_comes_eases_within_three_seconds() -> None:
    live = resting("easing_in")
    live.wait(2_800)
    assert eases(live) == 0
    live.wait(300)
    assert eases(live) == 1


def test_a_partner_s_phone_has_no_thumb_whatever_it_likes() -> None:
    live = LivePage("partner", likes={"thumb": "on"}).hears()
    live.wait(4_000)
    assert live.sent("ease") == []
    assert live.look("data-rests") is None


# What the person of this phone likes


@pytest.mark.parametrize(
    ("what", "fact", "on", "key"),
    [
        ("hand", "data-handed", "left", "hand"),
        ("pacer", "data-pacer", "on", "pacer"),
        ("thumb", "data-rests", "on", "thumb"),
    ],
)
def test_what_is_liked_is_kept_on_this_phone_and_put_off_again(
    what: str, fact: str, on: str, key: str
) -> None:
    live = page("positioning")
    assert live.look(fact) is None
    live.click(f"do-{what}", detail=1)
    assert live.look(fact) == on
    kept = live.do("localStorage.kept")
    assert kept[f"saywhen:{key}"] == on
    assert page("positioning", likes={key: on}).look(fact) == on
    live.click(f"do-{what}", detail=1)
    assert live.look(fact) is None
    forgotten = live.do("localStorage.kept")[f"saywhen:{key}"]
    assert page("positioning", likes={key: forgotten}).look(fact) is None


# What a tap does here


def test_what_a_tap_does_on_this_page_alone() -> None:
    live = page("warming_up")
    for what in ("help", "sounds", "change_answers", "reload", "reconnect"):
        live.click(f"do-{what}", detail=1)
    live.wait(30)
    assert live.look("open", on="help") is not None
    assert live.sees("sampled")
    assert live.do("document.getElementById('answered')") is None
    assert live.do("RELOADED") == 1
    assert live.do("SOCKETS.length") == 2
    live.hears(phase="warming_up", seq=11)
    live.wait(5_000)
    assert live.sees("sampled")
    live.wait(1_500)
    assert not live.sees("sampled")
    assert live.sent("stop", "ease", "good", "ready") == []


def test_a_move_of_the_warm_up_that_is_skipped_is_skipped_here_alone() -> None:
    timer = {"kind": "warm_up", "length_ms": 300_000, "remaining_ms": 290_000, "ends_ms": None}
    live = page("warming_up", timer=timer)
    assert live.do("document.getElementById('move').text") == "50"
    live.click("do-next_move", detail=1)
    live.wait(30)
    assert live.do("document.getElementById('move').text") == "60"
    live.click("do-next_move", detail=1)
    live.click("do-next_move", detail=1)
    live.click("do-next_move", detail=1)
    live.click("do-next_move", detail=1)
    live.wait(30)
    assert live.do("document.getElementById('move').text") == "0"


def test_what_was_opened_in_a_rest_closes_with_it() -> None:
    live = page("resting")
    live.do("document.getElementById('folded').setAttribute('open', '')")
    live.wait(50)
    assert live.look("open", on="folded") is not None
    live.hears(phase="positioning", seq=11, phase_no=5)
    assert live.look("open", on="folded") is None


@pytest.mark.parametrize(("stretch", "times"), [("calf", 0), ("knees", 1)])
def test_another_routine_has_its_cards_fetched_anew(stretch: str, times: int) -> None:
    live = page("lobby", routine={"items": [{"stretch": "calf"}]})
    live.do("void (TOLD = 0)")
    live.do("document.body.addEventListener('saywhen:routine', () => { TOLD += 1; })")
    live.hears(phase="lobby", seq=11, routine={"items": [{"stretch": stretch}]})
    live.wait(50)
    assert live.do("TOLD") == times


def test_a_new_invitation_has_its_square_fetched_once() -> None:
    live = page("lobby", may=["invite"])
    live.do("void (TOLD = 0)")
    live.do("document.body.addEventListener('saywhen:invitation', () => { TOLD += 1; })")
    for code in ("ABC123", "ABC123", "XYZ789"):
        invitation = {"code": code, "url": "http://a/#k", "expires_ms": 1, "role": "partner"}
        live.says(type="invitation", **invitation)
        live.wait(50)
    assert live.do("TOLD") == 2


# The line straight to the other phone is laid once both are here


@pytest.mark.parametrize(
    ("mine", "other", "hellos"),
    [("live", "live", 1), ("live", "weak", 0), ("lost", "live", 0), ("live", "absent", 0)],
)
@pytest.mark.parametrize("role", ["partner", "display"])
def test_the_direct_line_is_asked_for_once_both_phones_are_live(
    mine: str, other: str, hellos: int, role: str
) -> None:
    live = LivePage(role, before="void (RTCPeerConnection = class {})")
    seat = {"taken": True, "ready": False, "visible": True, "sound": "on", "awake": True}
    seats = {"partner": {**seat, "link": mine}, "client": {**seat, "link": other}}
    live.hears(seats=seats)
    live.wait(1_000)
    assert len(live.sent("signal")) == (hellos if role == "partner" else 0)


def test_after_the_end_no_direct_line_is_laid() -> None:
    live = LivePage("partner", before="void (RTCPeerConnection = class {})")
    live.hears(phase="ended")
    live.wait(500)
    assert live.sent("signal") == []


# A page whose own script fails


def faulty(phase: str, faults: int, reloads: int = 0, **state: Any) -> LivePage:
    live = LivePage(session={"saywhen:reloads": str(reloads)}).hears(phase=phase, **state)
    for _ in range(faults):
        live.happens("error", filename="/static/js/room/main.js")
    live.wait(300)
    return live


@pytest.mark.parametrize(
    ("phase", "faults", "reloads", "reloaded"),
    [
        ("lobby", 3, 0, 1), ("resting", 3, 4, 1), ("positioning", 2, 0, 0), ("resting", 3, 5, 0),
        ("easing_in", 3, 0, 0), ("holding", 3, 0, 0), ("eased", 3, 0, 0), ("releasing", 3, 0, 0),
    ],
)  # fmt: skip
def test_after_three_faults_in_a_minute_a_page_loads_itself_anew_between_holds(
    phase: str, faults: int, reloads: int, reloaded: int
) -> None:
    live = faulty(phase, faults, reloads)
    assert live.do("RELOADED") == reloaded
    kept = live.do("sessionStorage.kept")
    assert int(kept["saywhen:reloads"]) == reloads + reloaded


def test_faults_that_are_a_minute_apart_are_no_reason() -> None:
    live = faulty("lobby", 2)
    live.do("(NOW += 60_000)")
    live.happens("error", filename="/static/js/room/main.js")
    live.wait(150)
    assert live.do("RELOADED") == 0


def test_what_the_page_itself_trips_over_is_counted_and_told() -> None:
    live = page("lobby")
    for _ in range(2):
        live.do("socket().onmessage({data: '{'})")
    live.wait(1_200)
    assert live.sent("beat")[-1]["faults"] == 2
    assert live.do("RELOADED") == 0
    live.do("socket().onmessage({data: '{'})")
    live.wait(150)
    assert live.do("RELOADED") == 1


def test_a_page_that_hears_no_finger_does_not_begin() -> None:
    deaf = "void (document.getElementById('room').addEventListener = () => {})"
    with pytest.raises(quickjs.JSException, match="hears no taps"):
        LivePage(before=deaf)


def test_what_escapes_from_htmx_is_no_fault_of_ours() -> None:
    live = page("lobby")
    for _ in range(5):
        live.happens("error", filename="/static/vendor/htmx.js")
    live.wait(1_200)
    assert live.do("RELOADED") == 0
    assert live.sent("beat")[-1]["faults"] == 0
    live.happens("unhandledrejection")
    live.wait(1_200)
    assert live.sent("beat")[-1]["faults"] == 1


# What is painted


def test_nothing_moves_between_a_lifted_finger_and_its_click() -> None:
    """What time alone has changed meanwhile waits: else it could stand where the finger was."""
    live = page()
    left = "document.getElementById('left').textContent"
    live.down("ready")
    before = live.do(left)
    live.do("(NOW += 1_200)")
    live.do("void finger('pointerup', document.getElementById('ready'), 1)")
    assert live.do(left) == before
    live.click("ready", detail=1)
    assert live.do(left) != before and len(live.sent("ready")) == 1


def test_what_does_not_come_onto_the_page_is_written_again_with_the_next_picture() -> None:
    live = page(phase="holding")
    element = "document.getElementById('let_go').parentElement"
    live.do(f"void ({element}.toggleAttribute = () => {{ throw new Error('none'); }})")
    stopped = {**told(live.now, role="client", seq=11, phase="stopped", severity="stop")}
    live.says(**stopped)
    live.wait(50)
    assert live.do(f"{element}.hasAttribute('hidden')") is True
    live.do(f"void delete {element}.toggleAttribute")
    live.wait(120)
    assert live.do(f"{element}.hasAttribute('hidden')") is False


def test_what_has_not_changed_is_not_written_again() -> None:
    live = page(phase="holding")
    live.do("void (WRITTEN = 0)")
    live.do("void (document.getElementById('stopped').toggleAttribute = () => { WRITTEN += 1; })")
    live.wait(300)
    assert live.do("WRITTEN") == 0


def test_the_number_on_the_page_is_the_second_that_is_left() -> None:
    live = page(phase="holding")
    assert live.do("document.getElementById('left').text") == "20"
    live.wait(1_000)
    assert live.do("document.getElementById('left').text") == "19"
