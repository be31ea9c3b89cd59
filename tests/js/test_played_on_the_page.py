"""What the live page lets be heard: its own taps at once, one voice, silence where it is asked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.js import told
from tests.support.live_page import LivePage

FIRST_HZ = {988: "stop", 880: "ease", 523: "good", 1319: "contact", 659: "pulse", 1047: "count"}


def page(
    role: str = "client", phase: str = "holding", *, tapped: bool = True, **more: Any
) -> LivePage:
    live = LivePage(role, has_sound=True, **more).hears(phase=phase)
    if tapped:
        live.click("name", detail=1)
        live.wait(400)
    return live


def tones(live: LivePage) -> list[str]:
    """Name what was sounded, each tone by its first note, and what goes on once."""
    notes = live.do("TONED")
    names: list[str] = []
    for note, last in zip(notes, [None, *notes], strict=False):
        is_in_stop = last and (last["from"], note["at"] - last["at"]) == (988, 280)
        name = "stop" if is_in_stop else FIRST_HZ.get(note["from"], str(note["from"]))
        if names[-1:] != [name]:
            names.append(name)
    return names


def words(live: LivePage) -> list[str]:
    return [one["text"] for one in live.do("SPOKEN") if one["text"] != " "]


def state(live: LivePage, phase: str, seq: int = 11, **more: Any) -> None:
    live.says(**told(live.now, role=live.role, phase=phase, seq=seq, phase_no=seq, **more))
    live.wait(50)


@pytest.mark.parametrize(
    ("command", "tone"), [("stop", "stop"), ("pain", "stop"), ("ease", "ease"), ("good", "good")]
)
def test_the_client_s_phone_sounds_its_own_tap_at_once_and_says_nothing(
    command: str, tone: str
) -> None:
    live = page(phase="easing_in")
    if command == "good":
        live.press(command, 450)
    else:
        live.down(command)
    assert tones(live)[:1] == [tone]
    assert words(live) == []


def test_nothing_sounds_before_a_tap_of_this_page_has_let_it() -> None:
    live = page(role="partner", tapped=False)
    state(live, "eased")
    assert tones(live) == [] and live.sent("beat")[-1]["sound"] == "off"
    live.click("name", detail=1)
    live.wait(1_100)
    assert live.sent("beat")[-1]["sound"] == "on"


def test_the_partner_s_phone_speaks_what_became() -> None:
    live = page(role="partner")
    state(live, "eased", cause="asked", severity="ease")
    live.wait(1_200)
    assert (tones(live), words(live)[-1]) == (["ease"], "ease")


def test_a_stop_breaks_into_whatever_is_said_and_the_words_of_the_way_back_follow() -> None:
    live = page(role="partner")
    state(live, "eased", cause="asked", severity="ease")
    state(live, "stopped", seq=12, severity="stop")
    live.wait(5_000)
    assert tones(live)[:2] == ["ease", "stop"]
    assert live.do("HUSHED") >= 1
    assert words(live)[-2:] == ["stop", "way_back:calf:left"]


def test_a_stop_that_nobody_shows_is_said_aloud_by_the_phone_of_who_tapped_it() -> None:
    live = page()
    live.down("stop")
    live.wait(2_500)
    assert words(live) == ["say_stop"]


def test_a_second_stop_sounds_at_once_though_the_first_is_being_said() -> None:
    live = page()
    live.down("stop")
    live.wait(1_200)
    while not words(live):
        live.wait(50)
    before = len(live.do("TONED"))
    live.down("stop")
    assert len(live.do("TONED")) > before


def test_a_stop_goes_on_sounding_and_is_quiet_once_they_are_down() -> None:
    live = page(role="partner")
    stop = {
        "stop": "client:s", "by": "client", "cause": "asked", "options": ["again"],
        "suggest": "again", "let_go": False, "flag": None,
    }  # fmt: skip
    state(live, "stopped", severity="stop", stop=stop)
    live.wait(9_000)
    assert "pulse" in tones(live)
    state(live, "stopped", seq=12, severity="stop", stop={**stop, "let_go": True})
    before = len(live.do("TONED"))
    live.wait(5_000)
    assert len(live.do("TONED")) == before


@pytest.mark.parametrize("is_mute", [False, True])
def test_a_voice_that_says_nothing_is_told_from_one_that_spoke(is_mute: bool) -> None:
    live = page(role="partner", phase="easing_in")
    if is_mute:
        live.do("void (speechSynthesis.speak = () => {})")
    state(live, "eased", cause="asked", severity="ease")
    live.wait(3_000)
    assert live.sees("mute") is is_mute


# Silence


def liking(what: str, **data: str) -> str:
    made = json.dumps(["button", {"id": what} | {f"data-{n}": v for n, v in data.items()}])
    return f"void document.getElementById('room').put(grown({made}))"


def choosing(what: str, **data: str) -> LivePage:
    """A partner's phone with a button that its person likes."""
    live = LivePage("partner", before=liking(what, **data), has_sound=True)
    return live.hears(phase="positioning")


def test_who_chose_silence_hears_nothing_for_this_session_alone() -> None:
    live = LivePage("partner", before=liking("silent", hears="silent"), has_sound=True).hears(
        phase="positioning"
    )
    live.click("silent", detail=1)
    live.wait(1_000)
    before = tones(live)
    state(live, "eased", cause="asked", severity="ease")
    live.wait(1_500)
    assert tones(live) == before and words(live) == []
    assert live.sent("beat")[-1]["sound"] == "muted"
    assert "saywhen:hears" not in live.do("localStorage.kept")
    again = LivePage("partner", has_sound=True, session=live.do("sessionStorage.kept")).hears()
    again.click("name", detail=1)
    again.wait(1_200)
    assert again.sent("beat")[-1]["sound"] == "muted"


def test_who_chose_tones_hears_no_words_and_is_asked_no_more() -> None:
    live = LivePage("partner", before=liking("tones", hears="sounds"), has_sound=True).hears(
        phase="positioning"
    )
    live.click("tones", detail=1)
    live.wait(1_500)
    state(live, "eased", cause="asked", severity="ease")
    live.wait(1_500)
    assert tones(live)[-1] == "ease" and words(live) == []
    assert live.do("localStorage.kept")["saywhen:hears"] == "sounds"


def test_a_pace_that_is_chosen_is_how_quickly_it_speaks() -> None:
    live = LivePage("partner", before=liking("slowly", pace="slow"), has_sound=True).hears(
        phase="positioning"
    )
    live.click("slowly", detail=1)
    live.wait(2_000)
    state(live, "eased", cause="asked", severity="ease")
    live.wait(1_500)
    assert live.do("SPOKEN")[-1]["rate"] == 0.8
    assert live.do("localStorage.kept")["saywhen:pace"] == "slow"


def test_who_only_looks_on_is_silent_until_it_asks_and_never_speaks() -> None:
    live = page(role="display")
    state(live, "stopped", severity="stop")
    live.wait(1_500)
    assert tones(live) == []
    assert live.sent("beat")[-1]["sound"] == "off"
    live.click("do-sounds", detail=1)
    live.wait(500)
    assert tones(live)[0] == "count"
    live.wait(1_000)
    state(live, "easing_in", seq=12)
    state(live, "stopped", seq=13, severity="stop")
    live.wait(2_000)
    assert "stop" in tones(live) and words(live) == []
    live.click("do-sounds", detail=1)
    before = len(live.do("TONED"))
    state(live, "easing_in", seq=14)
    state(live, "stopped", seq=15, severity="stop")
    live.wait(1_500)
    assert len(live.do("TONED")) == before


def test_a_sample_lets_hear_the_three_that_matter() -> None:
    live = page(phase="warming_up")
    live.click("do-sounds", detail=1)
    live.wait(5_000)
    assert tones(live) == ["good", "ease", "stop"]


# What the system takes away


def test_what_the_system_does_not_let_out_is_not_sounded_and_said_to_be_blocked() -> None:
    live = page()
    live.do("(AUDIO_STATE = 'interrupted')")
    before = len(live.do("TONED"))
    live.down("ease")
    assert len(live.do("TONED")) == before
    live.wait(200)
    assert live.sent("beat")[-1]["sound"] == "blocked"


def test_a_tone_that_breaks_in_hushes_the_one_before() -> None:
    live = page(phase="easing_in")
    live.down("ease")
    before = live.do("HUSHED")
    live.down("stop", pointer=2)
    assert live.do("HUSHED") > before
    assert tones(live) == ["ease", "stop"]


def test_a_voice_is_let_loose_once_in_a_tap_and_never_over_words() -> None:
    live = page(role="partner", tapped=False)
    live.wait(500)
    state(live, "eased", cause="asked", severity="ease")
    assert [one["text"] for one in live.do("SPOKEN")][-1:] != [" "]
    live.do("(speechSynthesis.speaking = true)")
    live.click("name", detail=1)
    assert not [one for one in live.do("SPOKEN") if one["text"] == " "]
    live.do("(speechSynthesis.speaking = false)")
    for _ in range(3):
        live.click("name", detail=1)
    assert len([one for one in live.do("SPOKEN") if one["text"] == " "]) == 1
