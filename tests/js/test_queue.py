"""One queue for tones and words: one at a time, the urgent at once, the newer for the older."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.ears import WORD_MS, Ears

STOP: dict[str, Any] = {
    "kind": "stop",
    "severity": 2,
    "sound": "stop",
    "key": "stop",
    "is_timely": True,
}
CUES = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["state", "half", "question", "contact", "count"]),
        "severity": st.integers(0, 1),
        "is_timely": st.booleans(),
    },
    optional={
        "sound": st.sampled_from(["ease", "good", "contact", "half", "count", "over"]),
        "key": st.sampled_from(["ease", "good", "way_back", "half", "three"]),
    },
)
ACTS = st.lists(st.tuples(st.integers(0, 1_500), st.one_of(CUES, st.just(STOP))), max_size=12)
VOICES = st.sampled_from(["works", "silent", "fails", "at_once"])
LIKES = st.tuples(st.booleans(), st.booleans())


def played(acts: list[tuple[int, dict[str, Any]]], voice: str, likes: tuple[bool, bool]) -> Ears:
    ears = Ears(voice=voice)
    ears.put("has", sound=likes[0], voice=likes[1])
    for wait_ms, cue in acts:
        ears.wait(wait_ms)
        ears.put("cue", cue=cue)
    return ears


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(ACTS, VOICES, LIKES)
def test_there_are_never_two_at_once(acts: Any, voice: str, likes: tuple[bool, bool]) -> None:
    ears = played(acts, voice, likes)
    ears.wait(60_000)
    in_order = sorted(ears.heard, key=lambda one: one.at)
    for one, later in pairwise(in_order):
        assert one.until <= later.at, (one, later)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(ACTS, VOICES, LIKES)
def test_it_always_falls_silent_again(acts: Any, voice: str, likes: tuple[bool, bool]) -> None:
    ears = played(acts, voice, likes)
    ears.wait(120_000)
    assert ears.state["current"] is None
    assert ears.state["waiting"] == []


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(ACTS, VOICES)
def test_the_tone_of_a_stop_never_waits(acts: Any, voice: str) -> None:
    ears = played(acts, voice, (True, True))
    ears.cue(**STOP)
    sounding = [one for one in ears.heard if one.until > ears.now]
    # Where the same stop is sounding or spoken already, it needs no second one.
    is_said = ears.state["current"]["cue"]["kind"] == "stop" and ears.state["current"]["began"]
    assert [one.name for one in sounding] == ["stop"] or is_said


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(ACTS, LIKES)
def test_what_is_less_severe_cuts_nothing(acts: Any, likes: tuple[bool, bool]) -> None:
    first_of_each = {cue["kind"]: (wait_ms, cue) for wait_ms, cue in reversed(acts)}
    ears = played(list(reversed(first_of_each.values())), "works", likes)
    ears.wait(60_000)
    in_order = sorted(ears.heard, key=lambda one: one.at)
    for one, later in pairwise(in_order):
        assert not one.is_cut or later.severity >= one.severity
    assert not in_order or not in_order[-1].is_cut or not in_order[-1].severity


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(ACTS, VOICES)
def test_one_of_a_kind_waits(acts: Any, voice: str) -> None:
    ears = Ears(voice=voice)
    for wait_ms, cue in acts:
        ears.wait(wait_ms)
        ears.put("cue", cue=cue)
        kinds = [one["cue"]["kind"] for one in ears.state["waiting"]]
        assert len(set(kinds)) == len(kinds)


def names(ears: Ears) -> list[str]:
    return [one.name for one in ears.heard if not one.is_cut]


def test_the_word_of_a_cue_comes_when_its_tone_has_ended() -> None:
    ears = Ears()
    ears.cue(**STOP)
    ears.wait(5_000)
    tone, word = ears.heard
    assert (tone.what, word.what) == ("tone", "word")
    assert word.at == tone.until


def test_a_stop_breaks_into_a_word_and_what_waited_is_dropped() -> None:
    ears = Ears()
    ears.cue("half", sound="half", key="half")
    ears.cue("question", key="question")
    ears.wait(500)
    ears.cue(**STOP)
    ears.wait(10_000)
    assert names(ears) == ["half", "stop", "stop"]
    assert ears.heard[1].is_cut and ears.heard[2].at == 500


def test_a_count_that_comes_late_is_not_said() -> None:
    ears = Ears()
    ears.cue("state", 1, sound="over", key="way_back")
    ears.cue("count", sound="count", key="three", is_timely=True)
    ears.wait(10_000)
    assert names(ears) == ["over", "way_back"]


def test_a_count_breaks_into_a_question() -> None:
    ears = Ears()
    ears.cue("question", key="question")
    ears.wait(300)
    ears.cue("count", sound="count", key="three", is_timely=True)
    ears.wait(5_000)
    assert names(ears) == ["count", "three"]
    assert ears.heard[1].at == 300


def test_words_are_not_spoken_in_the_turn_that_cut_others() -> None:
    """Some browsers drop what is spoken right after cancel()."""
    ears = Ears()
    ears.cue("state", key="start")
    ears.wait(300)
    ears.cue("state", key="paused")
    assert len(ears.heard) == 1
    ears.wait(5_000)
    assert ears.heard[1].at - ears.heard[0].until >= 50


@pytest.mark.parametrize("voice", ["silent", "fails", "at_once"])
def test_a_voice_that_fails_is_noticed_and_the_tones_go_on(voice: str) -> None:
    ears = Ears(voice=voice)
    ears.cue("state", 1, sound="ease", key="ease")
    ears.wait(3_000)
    assert ears.state["is_failed"] is True
    ears.cue(**STOP)
    ears.wait(3_000)
    assert names(ears) == ["ease", "stop"]


def test_a_failed_voice_holds_up_the_next_tone_for_half_a_second_at_most() -> None:
    ears = Ears(voice="silent")
    ears.cue("state", 0, key="start")
    ears.wait(3_000)
    ears.cue("state", 0, key="paused")
    ears.cue("half", 0, sound="half")
    ears.wait(3_000)
    assert ears.heard[0].at <= 3_000 + 500


def test_a_voice_that_comes_back_is_a_voice_again() -> None:
    ears = Ears(voice="fails")
    ears.cue(key="start")
    ears.wait(2_000)
    ears.voice = "works"
    ears.cue(key="paused")
    ears.wait(WORD_MS)
    assert ears.state["is_failed"] is False


def test_where_tones_alone_are_wanted_no_word_is_spoken() -> None:
    ears = Ears()
    ears.put("has", sound=True, voice=False)
    ears.cue(**STOP)
    ears.cue("state", key="start")
    ears.wait(5_000)
    assert names(ears) == ["stop"]


def test_where_no_tone_can_sound_the_word_does_not_wait_for_one() -> None:
    ears = Ears()
    ears.put("has", sound=False, voice=True)
    ears.cue(**STOP)
    ears.wait(100)
    assert names(ears) == ["stop"] and ears.heard[0].what == "word"


def test_what_is_taken_back_is_cut_and_nothing_else() -> None:
    ears = Ears()
    ears.cue("contact", 1, sound="contact", key="contact")
    ears.cue("stop", 2)
    ears.wait(500)
    assert ears.heard[0].is_cut is False
    ears.cue("contact", 2)
    ears.wait(3_000)
    assert ears.state["current"] is None


def test_a_pulse_comes_into_silence_only() -> None:
    ears = Ears()
    ears.cue("state", key="start")
    ears.cue("pulse", sound="pulse", is_filler=True)
    ears.wait(5_000)
    assert names(ears) == ["start"]
    ears.cue("pulse", sound="pulse", is_filler=True)
    assert names(ears) == ["start", "pulse"]


def test_a_voice_that_has_not_failed_yet_has_a_second_and_a_half_to_begin() -> None:
    ears = Ears(voice="silent")
    ears.cue("state", key="start")
    ears.cue("half", sound="half")
    ears.wait(1_490)
    assert names(ears) == []
    ears.wait(20)
    assert names(ears) == ["half"] and ears.state["is_failed"] is True


def test_words_whose_voice_has_gone_while_they_waited_are_passed_over() -> None:
    ears = Ears()
    ears.cue("state", sound="over")
    ears.cue("question", key="half")
    ears.cue("count", sound="count")
    ears.put("has", sound=True, voice=False)
    ears.wait(5_000)
    assert names(ears) == ["over", "count"]
