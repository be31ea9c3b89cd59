"""A whole session on both phones: which tones and words, in which order, how long after the event.

Exact, because clock, voice and server are the test's; the browsers' own part is in
browser/test_door_to_door.py.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tests.support.ears import Ears, Sounded
from tests.support.js import Phone, told

FRAME_MS = 50
HOLD_MS = 25_000
STEP = {"index": 0, "count": 2, "stretch": "calf", "side": "left", "rep": 1, "reps": 1}
NEXT = {**STEP, "side": "right"}
A_STOP = {
    "stop": "client:9", "by": "client", "cause": "asked", "flag": None, "let_go": False,
    "at_ms": 0, "options": ["again", "skip", "end"], "suggest": "again",
}  # fmt: skip


class Mat:
    """Both phones at one server that says what the test says."""

    def __init__(self) -> None:
        self.phones = {role: Phone(role) for role in ("client", "partner")}
        self.ears = {role: Ears() for role in self.phones}
        self.began = self.phones["client"].now
        self.seq = 0
        self.phase_no = 1
        self.touched_at = -1_000_000
        self.is_cut = False
        for phone in self.phones.values():
            phone.connect(**self._state(phase="warming_up", timer=None, role=phone_role(phone)))

    def _state(self, **changed: Any) -> dict[str, Any]:
        self.seq += 1
        fresh = {"seq": self.seq, "phase_no": self.phase_no, "step": {**STEP, "wish": None}}
        return {**fresh, **changed}

    def say(self, phase: str, lasts_ms: int | None = None, **changed: Any) -> None:
        """Send both a new state; `lasts_ms` is its timer."""
        self.phase_no += 1
        kinds = {"holding": "hold", "releasing": "come_out", "resting": "rest"}
        for phone in self.phones.values():
            now = phone.now
            timer = lasts_ms and {
                "kind": kinds[phase], "length_ms": lasts_ms, "remaining_ms": lasts_ms,
                "ends_ms": now + lasts_ms,
            }  # fmt: skip
            state = self._state(phase=phase, timer=timer, role=phone_role(phone), **changed)
            phone.hear(**told(now, **state))
        self.wait(FRAME_MS)

    def wait(self, ms: int) -> None:
        for _ in range(ms // FRAME_MS):
            for role, phone in self.phones.items():
                now = phone.now + FRAME_MS
                if not self.is_cut:
                    phone.hear("beat", n=0, sent_ms=phone.now, server_ms=phone.now, peer_ms=now)
                phone.wait(FRAME_MS, FRAME_MS)
                self.ears[role].wait(FRAME_MS)
                self.ears[role].look(phone.facts, self.touched_at)

    def script(self, role: str, since: int = 0) -> list[tuple[int, str, str]]:
        """What was heard from `since` on: ms after it, tone or word, which; - if it was cut."""
        heard = [one for one in self.ears[role].heard if one.at >= since]
        return [(one.at - since, one.what, one.name + ("-" if one.is_cut else "")) for one in heard]

    @property
    def now(self) -> int:
        return self.ears["partner"].now


def phone_role(phone: Phone) -> str:
    return str(phone.link["role"])


@pytest.fixture
def mat() -> Mat:
    return Mat()


def hold(mat: Mat) -> int:
    """Ease in for three seconds, then begin a hold; returns when it began."""
    mat.say("positioning")
    mat.wait(1_000)
    mat.say("easing_in")
    mat.wait(3_000)
    began = mat.now
    mat.say("holding", HOLD_MS)
    return began


def stop(mat: Mat) -> int:
    at = mat.now
    mat.say("stopped", stop=A_STOP, severity="stop", cause="asked")
    return at


def never_two_voices(mat: Mat) -> None:
    """Not on one phone, and not across the mat."""
    words = [one for ears in mat.ears.values() for one in ears.heard if one.what == "word"]
    for one, later in pairwise(sorted(words, key=begins)):
        assert one.until <= later.at, (one, later)
    for ears in mat.ears.values():
        for one, later in pairwise(sorted(ears.heard, key=begins)):
            assert one.until <= later.at, (one, later)


def begins(one: Sounded) -> int:
    return one.at


def test_the_drill_sounds_on_both_phones_and_is_taken_back_when_answered(mat: Mat) -> None:
    mat.wait(500)
    drill = {"alert": "client:1", "shown_ms": None, "answered": False}
    at = mat.now
    mat.say("warming_up", drill=drill)
    mat.wait(7_000)
    mat.say("warming_up", drill={**drill, "shown_ms": 40, "answered": True})
    mat.wait(5_000)
    pulses = [(4_050, "tone", "pulse"), (6_050, "tone", "pulse")]
    assert mat.script("partner", at) == [(50, "tone", "stop"), (1_170, "word", "stop"), *pulses]
    assert mat.script("client", at) == [(50, "tone", "stop"), (2_050, "tone", "pulse"), *pulses]
    never_two_voices(mat)


def test_a_hold_is_told_by_the_partners_phone_alone_and_to_the_second(mat: Mat) -> None:
    began = hold(mat)
    mat.wait(HOLD_MS)
    mat.say("releasing", 7_000, cause="over", severity="ease")
    mat.wait(7_000)
    mat.say("resting", 15_000, next=NEXT)
    mat.wait(3_000)
    mat.say("resting", 12_000, next={**NEXT, "wish": "less"})
    mat.wait(3_000)
    assert mat.script("client") == []
    assert mat.script("partner", began - 3_000) == [
        (0, "tone", "count"), (80, "word", "start"),
        (3_050, "tone", "good"), (3_450, "word", "good"),
        (15_500, "tone", "half"), (15_940, "word", "half"), (16_840, "word", "question:calf:0"),
        (25_000, "tone", "count"), (25_080, "word", "three"),
        (26_000, "tone", "count"), (26_080, "word", "two"),
        (27_000, "tone", "count"), (27_080, "word", "one"),
        (28_000, "tone", "over"), (28_760, "word", "way_back:calf:left"),
        (35_150, "word", "switch"), (38_200, "word", "rest_less"),
    ]  # fmt: skip
    never_two_voices(mat)


def test_an_ease_in_the_middle_of_a_question_is_heard_at_once(mat: Mat) -> None:
    hold(mat)
    mat.wait(14_000)
    at = mat.now
    assert mat.script("partner")[-1][2] == "question:calf:0"
    mat.say("eased", cause="asked", severity="ease")
    mat.wait(2_000)
    assert mat.script("partner", at) == [(50, "tone", "ease"), (750, "word", "ease")]
    assert mat.script("partner")[-3][2] == "question:calf:0-"
    assert mat.script("client") == []
    never_two_voices(mat)


def test_a_stop_is_two_cycles_its_words_and_a_quiet_pulse_until_they_are_down(mat: Mat) -> None:
    hold(mat)
    mat.wait(12_600)
    at = stop(mat)
    mat.wait(20_000)
    down = mat.now
    mat.say("stopped", stop={**A_STOP, "let_go": True}, severity="stop", cause="asked")
    mat.wait(5_000)
    told_it = mat.script("partner", at)
    assert told_it[:4] == [
        (50, "tone", "stop"), (1_170, "word", "stop"), (2_070, "word", "way_back:calf:left"),
        (4_050, "tone", "pulse"),
    ]  # fmt: skip
    loud = [ms for ms, what, name in told_it if (what, name) == ("tone", "stop")]
    assert loud == [50, 12_050]
    assert mat.script("client", at)[0] == (50, "tone", "stop")
    assert {name for _, _, name in mat.script("client", at)} == {"stop", "pulse"}
    assert mat.script("partner", down + FRAME_MS) == [] == mat.script("client", down + FRAME_MS)
    never_two_voices(mat)


def test_who_taps_something_is_not_reminded_for_twelve_seconds(mat: Mat) -> None:
    hold(mat)
    at = stop(mat)
    mat.wait(6_000)
    mat.touched_at = mat.now
    mat.wait(11_000)
    loud = [ms for ms, _, name in mat.script("partner", at) if name == "stop"]
    assert loud == [50, 1_170]
    mat.wait(2_500)
    assert mat.script("partner", at)[-2:] == [(18_050, "tone", "stop"), (19_170, "word", "stop")]


def test_a_stop_that_nobody_showed_is_loud_and_spoken_by_the_clients_phone(mat: Mat) -> None:
    hold(mat)
    at = mat.now
    mat.phones["client"].tap("stop")
    mat.wait(10_000)
    assert mat.script("client", at) == [
        (50, "tone", "stop"), (1_170, "word", "say_stop"), (4_050, "tone", "stop"),
        (5_170, "word", "say_stop"),
        (8_050, "tone", "stop"), (9_170, "word", "say_stop"),
    ]  # fmt: skip


def test_lost_contact_sounds_on_both_phones_and_is_spoken_by_the_partners(mat: Mat) -> None:
    hold(mat)
    mat.wait(5_000)
    at = mat.now
    mat.is_cut = True
    mat.wait(4_000)
    assert mat.script("client", at) == [(2_450, "tone", "contact")]
    assert mat.script("partner", at) == [(2_450, "tone", "contact"), (3_050, "word", "contact")]
    never_two_voices(mat)
