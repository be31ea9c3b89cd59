"""P3, P4: a page whose parts fail leans to the safe side: pure, without a browser."""

from __future__ import annotations

from typing import Any

import pytest
import quickjs

from tests.support.browser_parts import Browser
from tests.support.js import Phone, call, named, program, sent, told


@pytest.fixture
def phone() -> Phone:
    made = Phone()
    made.connect()
    return made


def posts(effects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [effect["message"] for effect in named(effects, "post")]


@pytest.mark.parametrize("command", ["stop", "ease", "pain"])
def test_an_urgent_tap_goes_first_of_all_that_it_does(phone: Phone, command: str) -> None:
    assert phone.tap(command)[0]["type"] == "send"
    phone.put("closed", code=1006)
    assert phone.tap(command, "t2")[0]["type"] == "post"


def test_what_the_server_has_not_answered_goes_without_the_socket_until_it_has(
    phone: Phone,
) -> None:
    phone.tap("stop")
    assert posts(phone.wait(400)) == []
    (first,) = posts(phone.wait(200))
    assert (first["type"], first["id"]) == ("stop", "t1")
    assert len(posts(phone.wait(3_000))) == 3
    phone.put("posted", id="t1", told={"type": "done", "id": "t1"})
    assert posts(phone.wait(5_000)) == []


@pytest.mark.parametrize(
    "told_", [None, {}, "<html>", 7, {"type": "done"}, {"type": "done", "id": "another"}]
)
def test_only_an_answer_that_names_the_tap_ends_its_posting(phone: Phone, told_: Any) -> None:
    phone.put("closed", code=1006)
    phone.tap("stop")
    phone.put("posted", id="t1", told=told_)
    assert posts(phone.wait(1_500))


def test_a_posted_tap_is_shown_on_this_page_until_a_state_says_what_became_of_it(
    phone: Phone,
) -> None:
    phone.put("closed", code=1006)
    phone.tap("ease")
    for answer in ({"type": "done", "id": "t1"}, {"type": "refused", "id": "t1"}):
        phone.put("posted", id="t1", told=answer)
        assert phone.facts["severity"] == "ease"


def test_what_is_not_urgent_never_goes_without_a_socket(phone: Phone) -> None:
    phone.put("closed", code=1006)
    for command, fields in (("good", {}), ("ready", {}), ("clear", {"then": "again"}), ("end", {})):
        assert posts(phone.tap(command, **fields)) == []
    assert posts(phone.wait(5_000)) == []


def test_a_page_whose_picture_stands_still_does_not_beat(phone: Phone) -> None:
    assert sent(phone.wait(1_500), "beat")
    phone.put("painting", is_live=False)
    assert sent(phone.wait(5_000), "beat") == []
    phone.put("closed", code=1006)
    assert sent(phone.wait(100) + phone.put("opened"), "beat") == []
    phone.hear(**told(phone.now))
    assert sent(phone.wait(600), "beat") == []
    phone.put("painting", is_live=True)
    assert sent(phone.wait(600), "beat")


def test_a_page_that_can_read_nothing_of_what_it_is_told_does_not_beat(phone: Phone) -> None:
    phone.put("closed", code=1006)
    phone.wait(100)
    assert sent(phone.put("opened") + phone.wait(2_000), "beat") == []
    phone.hear(**told(phone.now))
    assert sent(phone.wait(100), "beat")


def test_a_beat_tells_how_often_this_page_failed(phone: Phone) -> None:
    phone.put("status", visible=True, sound="on", awake=True, faults=3)
    assert sent(phone.wait(1_500), "beat")[-1]["faults"] == 3


@pytest.mark.parametrize("saved", [None, 7, "x", [], {"pending": 3}, {"pending": [None, {}, 4]}])
def test_whatever_a_storage_gives_back_a_page_begins(saved: Any) -> None:
    phone = Phone()
    phone.put("restored", saved=saved)
    phone.connect()
    assert phone.facts["phase"] == "holding"
    assert phone.link["pending"] == []


def test_a_screen_that_stands_still_has_lost_contact() -> None:
    phone = Phone()
    phone.connect()
    code = (
        "(now, link) => M.facts.facts({link, failsafe: M.failsafe.failsafe(), is_stuck: true}, now)"
    )
    engine = quickjs.Context()
    engine.eval(program("facts"))
    assert call(engine, code, phone.now, phone.link)["facts"]["lost"] == "yes"


class Clocks:
    """clock.js on two clocks that the test moves; a steady one of None throws."""

    def __init__(self) -> None:
        self._js = quickjs.Context()
        self._js.eval(program("clock") + "let STEADY = 0, WALL = 0;")
        self._js.eval(
            "const now = M.clock.make_clock(() => {"
            " if (STEADY === null) throw 1; return STEADY; }, () => WALL);"
        )

    def read(self, steady: Any, wall: int) -> float:
        told: float = call(self._js, f"() => (STEADY = {steady}, WALL = {wall}, now())")
        return told


def test_the_clock_is_the_steady_one_whatever_the_wall_clock_does() -> None:
    clocks = Clocks()
    assert [clocks.read(at, at * 1_000) for at in (5, 6, 7)] == [5, 6, 7]
    assert clocks.read(8, -99_999) == 8


@pytest.mark.parametrize("broken", ["null", "undefined", "NaN", "40"])
def test_a_clock_that_fails_or_stands_still_goes_on_by_the_wall(broken: str) -> None:
    clocks = Clocks()
    assert clocks.read(40, 1_000) == 40
    times = [clocks.read(broken, 1_000 + 100 * n) for n in range(1, 40)]
    assert times == sorted(times)
    assert times[-1] - times[0] >= 3_800 - 1_000  # it was found out within a second


FAULTS = "(at, reloads) => at.reduce((s, t) => M.faults.faulted(s, t), M.faults.faults(reloads))"
AGAIN = f"(at, reloads, facts, now) => M.faults.is_to_reload(({FAULTS})(at, reloads), facts, now)"


@pytest.fixture(scope="module")
def faults() -> quickjs.Context:
    engine = quickjs.Context()
    engine.eval(program("faults"))
    return engine


@pytest.mark.parametrize(
    ("at", "reloads", "facts", "is_due"),
    [
        ([0, 1, 2], 0, {"phase": "resting"}, True),
        ([0, 1, 2], 0, {"phase": "positioning"}, True),
        ([0, 1], 0, {"phase": "resting"}, False),
        ([-60_000, 1, 2], 0, {"phase": "resting"}, False),
        ([0, 1, 2], 5, {"phase": "resting"}, False),
        *(
            ([0, 1, 2], 0, {"phase": phase}, False)
            for phase in ("easing_in", "holding", "eased", "releasing", "stopped")
        ),
        ([0, 1, 2], 0, {"phase": "ended", "let_go": "no"}, False),
    ],
)
def test_a_page_with_many_faults_loads_itself_again_between_holds_alone(
    faults: quickjs.Context,
    at: list[int],
    reloads: int,
    facts: dict[str, str],
    is_due: bool,
) -> None:
    assert call(faults, AGAIN, at, reloads, facts, 10) is is_due


PART = "M.sound.make_sound(() => NOW)"


@pytest.mark.parametrize(
    "breaks",
    [
        "AudioContext = undefined",
        "AudioContext = class { constructor() { throw new Error('x'); } }",
        "AudioContext.prototype.resume = () => { throw new Error('x'); }",
        "AudioContext.prototype.resume = () => undefined",
        "AudioContext.prototype.resume = () => new Promise(() => {})",
        "Object.defineProperty(navigator, 'audioSession', { get() { throw new Error('x'); } })",
    ],
)
def test_a_sound_that_fails_is_said_and_throws_nothing(breaks: str) -> None:
    page = Browser("sound", PART, f"{breaks};")
    page.do("made.unlock()")
    page.wait(3_000)
    page.do("made.play('stop')")
    assert page.do("made.look()") != "on" or "audioSession" in breaks


@pytest.mark.parametrize(
    "answer",
    ["undefined", "null", "Promise.reject(1)", "new Promise(() => {})", "(() => { throw 1; })()"],
)
def test_a_wake_lock_that_fails_is_none_and_is_asked_for_again(answer: str) -> None:
    page = Browser(
        "wake",
        "M.wake.make_wake(video, () => NOW)",
        f"navigator.wakeLock = {{ request() {{ ASKED += 1; return {answer}; }} }};",
    )
    page.do("made.unlock()")
    page.wait(11_000)
    assert page.do("made.is_awake()") is False
    if "new Promise" not in answer:  # that one is given up by a timer that QuickJS has not
        assert page.do("ASKED") >= 2
