"""The screen stays awake while it can, and the page never says so where it can't know."""

from __future__ import annotations

import pytest

from tests.support.browser_parts import Browser

MADE = "M.wake.make_wake(video, () => NOW)"


@pytest.fixture
def page() -> Browser:
    return Browser("wake", MADE, "navigator.wakeLock = wakeLock;")


@pytest.fixture
def plain() -> Browser:
    """A page over http: no browser has a wake lock there."""
    return Browser("wake", MADE)


def test_a_lock_is_asked_for_in_a_tap_and_said_only_once_it_is_there(page: Browser) -> None:
    page.wait(10_000)
    assert page.do("ASKED") == 0 and page.do("made.is_awake()") is False
    page.do("made.unlock()")
    assert page.do("made.is_awake()") is True
    page.do("made.unlock()")
    page.wait(20_000)
    assert page.do("ASKED") == 1 and page.do("PLAYED") == 0


def test_a_lock_that_went_with_the_page_is_asked_for_when_it_is_seen_again(page: Browser) -> None:
    page.do("made.unlock()")
    page.shows(False)
    page.do("LOCK.end()")
    page.wait(20_000)
    assert page.do("made.is_awake()") is False and page.do("ASKED") == 1
    page.shows(True)
    assert page.do("made.is_awake()") is True and page.do("ASKED") == 2


def test_a_lock_that_went_while_the_page_is_seen_comes_back_within_five_seconds(
    page: Browser,
) -> None:
    page.do("made.unlock()")
    page.wait(6_000)
    page.do("LOCK.end()")
    assert page.do("made.is_awake()") is False
    page.wait(5_000)
    assert page.do("made.is_awake()") is True


def test_a_refused_lock_is_asked_for_again_and_the_film_plays_from_the_next_tap(
    page: Browser,
) -> None:
    page.do("REFUSES = true")
    page.do("made.unlock()")
    assert page.do("made.is_awake()") is False and page.do("PLAYED") == 0
    page.do("made.unlock()")
    assert page.do("PLAYED") == 1
    page.do("REFUSES = false")
    page.do("made.unlock()")
    assert page.do("made.is_awake()") is True and page.do("video.paused") is True


def test_on_http_a_film_plays_from_the_first_tap_on_and_nothing_is_promised(plain: Browser) -> None:
    plain.do("REFUSES = true")
    plain.do("made.unlock()")
    plain.do("REFUSES = false")
    plain.do("made.unlock()")
    assert plain.do("PLAYED") == 2 and plain.do("video.paused") is False
    plain.do("made.unlock()")
    assert plain.do("PLAYED") == 2
    plain.do("video.currentTime = 1.9, video.timeupdate()")
    assert plain.do("video.currentTime") == 1.9
    plain.do("video.currentTime = 2.1, video.timeupdate()")
    assert plain.do("video.currentTime") == 0
    plain.wait(20_000)
    assert plain.do("made.is_awake()") is False


def test_without_a_tap_nothing_plays_however_often_the_page_is_shown(plain: Browser) -> None:
    for is_shown in (False, True, False, True):
        plain.shows(is_shown)
    assert plain.do("PLAYED") == 0


def test_a_film_that_stopped_with_the_page_goes_on_when_it_is_seen_again(plain: Browser) -> None:
    plain.do("made.unlock()")
    plain.do("video.pause()")
    plain.shows(False)
    assert plain.do("PLAYED") == 1
    plain.shows(True)
    assert plain.do("PLAYED") == 2 and plain.do("video.paused") is False
