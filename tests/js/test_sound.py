"""P4: the sound of a phone heals by itself, or says that it is blocked; never "on" and silent."""

from __future__ import annotations

import pytest

from tests.support.browser_parts import Browser


@pytest.fixture
def page() -> Browser:
    return Browser("sound", "M.sound.make_sound(() => NOW)")


@pytest.fixture
def tapped(page: Browser) -> Browser:
    page.do("made.unlock()")
    page.wait(500)
    return page


def test_nothing_is_made_before_a_tap_and_then_for_playback(page: Browser) -> None:
    page.wait(1_000)
    assert page.do("made.look()") == "off" and page.do("MADE.length") == 0
    page.do("made.unlock()")
    page.wait(100)
    assert page.do("made.look()") == "on"
    assert page.do("MADE.map((c) => c.session)") == ["playback"]


@pytest.mark.parametrize("state", ["suspended", "interrupted"])
def test_a_sound_that_the_system_took_is_asked_back_until_it_comes(
    tapped: Browser, state: str
) -> None:
    tapped.do(f"MADE[0].state = '{state}', REFUSES = true")
    tapped.wait(5_000)
    assert tapped.do("made.look()") == "blocked"
    assert tapped.do("MADE[0].resumed") >= 3
    tapped.do("REFUSES = false")
    tapped.wait(2_100)
    assert tapped.do("made.look()") == "on" and tapped.do("MADE.length") == 1


def test_what_one_tap_could_not_wake_is_made_anew_in_the_next(tapped: Browser) -> None:
    tapped.do("MADE[0].state = 'interrupted', MADE[0].refuses = true")
    tapped.do("made.unlock()")
    tapped.wait(2_100)
    assert tapped.do("made.look()") == "blocked"
    tapped.do("made.unlock()")
    tapped.wait(100)
    assert tapped.do("made.look()") == "on" and tapped.do("MADE.length") == 2
    assert tapped.do("MADE[0].state") == "closed"


def test_a_clock_that_stands_still_while_it_says_running_is_made_anew(tapped: Browser) -> None:
    tapped.do("FREEZES = true")
    tapped.wait(1_900)
    assert tapped.do("MADE.length") == 1
    tapped.wait(200)
    assert tapped.do("MADE.length") == 2
    tapped.do("FREEZES = false")
    tapped.wait(100)
    assert tapped.do("made.look()") == "on"


def test_a_page_that_stood_still_with_its_sound_is_not_taken_for_a_frozen_clock(
    tapped: Browser,
) -> None:
    tapped.do("NOW += 60_000")
    tapped.do("made.look()")
    tapped.wait(3_000)
    assert tapped.do("MADE.length") == 1
    assert tapped.do("made.look()") == "on"


def test_a_closed_one_is_made_anew(tapped: Browser) -> None:
    tapped.do("MADE[0].state = 'closed'")
    tapped.wait(2_100)
    assert tapped.do("made.look()") == "on" and tapped.do("MADE.length") == 2


def test_a_hidden_page_asks_for_no_sound_and_a_seen_one_does(tapped: Browser) -> None:
    tapped.shows(False)
    tapped.do("MADE[0].state = 'interrupted'")
    tapped.wait(10_000)
    assert tapped.do("MADE[0].resumed") == 1
    tapped.shows(True)
    tapped.wait(100)
    assert tapped.do("made.look()") == "on"
