"""Answers without a socket count only if they are ours; a clock that fails is left for another;
what is wrong is said in one word."""

from __future__ import annotations

import json
from typing import Any

import pytest
import quickjs

from tests.support.js import call, program
from tests.support.live_page import TROUBLES, LivePage

OURS = {"saywhen": "1", "content-type": "application/json"}
FOREIGN = {"content-type": "application/json"}


def cut_off() -> LivePage:
    """A page whose socket takes nothing, with a STOP on its way by HTTP."""
    live = LivePage().hears()
    live.do("(socket().is_full = true)")
    live.down("stop")
    return live


def posts(live: LivePage) -> int:
    return len(live.posted())


@pytest.mark.parametrize(
    ("headers", "status", "is_ours"),
    [(OURS, 200, True), (FOREIGN, 200, False), (OURS, 302, False), (OURS, 500, False)],
)
def test_only_our_own_answer_ends_the_posting_of_a_stop(
    headers: dict[str, str], status: int, is_ours: bool
) -> None:
    live = cut_off()
    (stop,) = live.posted()
    live.answers_post(status, headers, json.dumps({"type": "done", "id": stop["id"]}))
    live.wait(2_000)
    assert (posts(live) == 1) is is_ours


def test_an_answer_that_never_comes_ends_nothing() -> None:
    live = cut_off()
    live.wait(3_000)
    assert posts(live) >= 3


def test_an_answer_that_is_too_long_is_none_of_ours() -> None:
    live = cut_off()
    (stop,) = live.posted()
    told = {"type": "done", "id": stop["id"], "more": "x" * 300_000}
    live.answers_post(200, OURS, json.dumps(told))
    live.wait(2_000)
    assert posts(live) > 1


# Why there is no contact

PROBLEM = {"content-type": "application/problem+json"}


def problem(status: int, code: str) -> str:
    return json.dumps({"type": f"about:blank#{code}", "status": status, "code": code})


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "unreachable"),
        ((200, FOREIGN, "<html>"), "foreign"),
        ((302, {}, ""), "foreign"),
        ((503, PROBLEM, problem(503, "unwell")), "unwell"),
        ((404, PROBLEM, problem(404, "no_such_room")), "gone"),
        ((404, {}, problem(404, "no_such_room")), "foreign"),
    ],
)
def test_a_page_that_gets_no_socket_asks_and_says_in_one_word_why(
    answer: tuple[int, dict[str, str], str] | None, said: str
) -> None:
    live = LivePage().hears()
    for _ in range(4):
        live.do("socket().onclose({code: 1006})")
        live.wait(2_100)
    assert live.do("POSTED.filter(({method}) => method === 'GET').length") >= 1
    if answer is None:
        live.wait(6_100)
    else:
        live.answers_post(*answer)
        live.wait(50)
    shown = [one for one in TROUBLES if live.sees(f"is-{one}")]
    assert shown == [said]


# The clock of a page


class Clock:
    """One clock of the page over two of the browser's, both the test's."""

    def __init__(self) -> None:
        self._js = quickjs.Context()
        self._js.eval("const performance = { timeOrigin: 0, now: () => 0 };" + program("clock"))
        self._js.eval("let STEADY = 5000, WALL = 900000, THROWS = false;")
        self._js.eval(
            "const steady = () => { if (THROWS) throw new Error('none'); return STEADY; };"
            "const tell = M.clock.make_clock(steady, () => WALL);"
        )

    def do(self, code: str) -> Any:
        return call(self._js, f"() => ({code})")

    def after(self, steady: int, wall: int) -> float:
        return float(self.do(f"(STEADY += {steady}, WALL += {wall}, tell())"))


def test_a_page_goes_by_the_steady_clock_whatever_the_wall_clock_does() -> None:
    clock = Clock()
    told = [clock.after(100, wall) for wall in (100, 3_600_000, -7_200_000, 100)]
    assert told == [5_100, 5_200, 5_300, 5_400]


def test_a_steady_clock_that_stands_still_is_left_for_the_wall_clock_for_good() -> None:
    clock = Clock()
    assert clock.after(100, 100) == 5_100
    assert clock.after(0, 999) == 5_100
    assert clock.after(0, 1) == 5_100
    assert clock.after(0, 500) == 5_600
    assert clock.after(9_000, 100) == 5_700
    assert clock.do("[...M.browser.failures()]") == [["performance.now", 1]]


def test_a_steady_clock_that_fails_is_left_without_a_step() -> None:
    clock = Clock()
    assert clock.after(100, 100) == 5_100
    clock.do("(THROWS = true)")
    assert clock.after(100, 100) == 5_100
    assert clock.after(100, 100) == 5_200


def test_where_there_never_was_one_the_wall_clock_is_the_page_s() -> None:
    clock = Clock()
    clock.do("(STEADY = NaN)")
    assert clock.do("tell()") == 900_000
    assert clock.after(0, 250) == 900_250
