"""What is sent again, what never is, and when sending ends."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.js import Phone, named, sent, told

LATCHED = {
    "stop": "client:t1", "by": "client", "cause": "asked", "flag": None, "let_go": False,
    "at_ms": 0, "options": ["again", "skip", "end"], "suggest": "again",
}  # fmt: skip
FORCE_AND_REST = [
    ("ready", {}), ("good", {}), ("clear", {"then": "again"}), ("wish", {"next": "more"}),
    ("let_go", {}), ("pause", {}), ("skip", {}), ("end", {}), ("feel", {"place": "calf_left"}),
]  # fmt: skip


@pytest.fixture
def phone() -> Phone:
    made = Phone()
    made.connect()
    return made


def keep_alive(phone: Phone, ms: int, **state: Any) -> list[dict[str, Any]]:
    """Let time pass while the server goes on answering."""
    effects: list[dict[str, Any]] = []
    for _ in range(ms // 100):
        effects += phone.wait(100)
        phone.hear(**told(phone.now, **state))
    return effects


@pytest.mark.parametrize("command", ["stop", "ease", "pain"])
def test_urgent_commands_are_sent_again_with_the_same_id_until_shown_and_written(
    phone: Phone,
    command: str,
) -> None:
    first = sent(phone.tap(command), command)
    again = sent(keep_alive(phone, 1_600), command)
    assert len(again) == 3 and [*first, *again] == first * 4
    phone.hear("fate", alert="client:t1", shown_ms=40)
    assert sent(keep_alive(phone, 600), command) == first  # a server that dies now knows nothing
    phone.hear("done", id="t1")
    assert sent(keep_alive(phone, 1_600), command) == []


@pytest.mark.parametrize(("command", "fields"), FORCE_AND_REST)
def test_nothing_else_is_ever_sent_again(
    phone: Phone,
    command: str,
    fields: dict[str, str],
) -> None:
    assert len(sent(phone.tap(command, **fields), command)) == 1
    phone.put("closed", code=1006)
    effects = phone.wait(1_000) + phone.put("opened") + keep_alive(phone, 2_000)
    assert sent(effects, command) == []


def test_good_is_never_queued_offline(phone: Phone) -> None:
    phone.put("closed", code=1006)
    effects = phone.tap("good")
    assert sent(effects, "good") == [] and named(effects, "refused_locally")
    effects = phone.wait(100) + phone.put("opened") + keep_alive(phone, 2_000)
    assert sent(effects, "good") == []


def offering(phone: Phone, *commands: str) -> None:
    phone.hear(**told(phone.now, may=[*commands, "stop", "ease", "pain"]))


@pytest.mark.parametrize("reason", ["not_now", "journal_down", "stale"])
def test_a_good_that_was_not_taken_is_said_to_be_given_once_more(phone: Phone, reason: str) -> None:
    offering(phone, "good")
    phone.tap("good", id="g1")
    assert phone.facts["refused"] == "no"
    phone.hear("refused", id="g1", reason=reason)
    assert phone.facts["refused"] == "yes"
    keep_alive(phone, 1_000, may=["good"])
    phone.tap("good", id="g2")
    assert phone.facts["refused"] == "no"


def test_a_good_tapped_while_there_is_no_link_is_said_to_be_given_once_more(phone: Phone) -> None:
    offering(phone, "good")
    phone.put("closed", code=1006)
    phone.tap("good")
    assert phone.facts["refused"] == "yes"


def test_a_tap_that_would_be_refused_again_is_not_asked_for(phone: Phone) -> None:
    offering(phone, "ready")
    phone.tap("ready", id="r1")
    phone.tap("ready", id="r2")
    phone.hear("done", id="r1")
    offering(phone, "pause")
    phone.hear("refused", id="r2", reason="not_now")
    assert phone.facts["refused"] == "no"


def test_what_was_not_taken_is_forgotten_after_four_seconds(phone: Phone) -> None:
    offering(phone, "good")
    phone.tap("good", id="g1")
    phone.hear("refused", id="g1", reason="not_now")
    keep_alive(phone, 4_000, may=["good"])
    assert phone.facts["refused"] == "no"


def test_theyre_down_names_the_stop_that_is_shown_before_any_state_does(phone: Phone) -> None:
    phone.hear(
        "alert", alert="partner:9", kind="stop", by="partner", cause="asked", drill=False,
        at_ms=phone.now,
    )  # fmt: skip
    assert sent(phone.tap("let_go"), "let_go")[0]["stop"] == "partner:9"


def test_its_off_me_names_this_phones_own_stop_before_any_state_does(phone: Phone) -> None:
    phone.tap("stop")
    assert sent(phone.tap("let_go"), "let_go")[0]["stop"] == "client:t1"


def test_ready_and_good_quote_the_phase_that_is_shown(phone: Phone) -> None:
    phone.hear(**told(phone.now, seq=11, phase_no=7))
    assert sent(phone.tap("good"), "good") == [{"type": "good", "id": "t1", "phase_no": 7}]
    assert sent(phone.tap("ready"), "ready")[0]["phase_no"] == 7


def test_a_stop_tapped_offline_leaves_at_once_on_reconnect(phone: Phone) -> None:
    phone.put("closed", code=1006)
    assert sent(phone.tap("stop"), "stop") == []
    assert phone.facts["severity"] == "stop"
    phone.wait(100)
    assert sent(phone.put("opened"), "stop") == [{"type": "stop", "id": "t1"}]


def test_a_stop_lost_with_its_socket_leaves_again_at_once_on_reconnect(phone: Phone) -> None:
    phone.tap("stop")
    phone.put("closed", code=1006)
    phone.wait(100)
    assert sent(phone.put("opened"), "stop") == [{"type": "stop", "id": "t1"}]


def test_an_unsettled_stop_survives_a_reload_with_its_id_and_its_fate(phone: Phone) -> None:
    saved = named(phone.tap("stop"), "save")[-1]["saved"]
    page = Phone(now=phone.now + 2_000)
    page.put("restored", saved=saved)
    assert sent(page.connect(), "stop") == [{"type": "stop", "id": "t1"}]
    assert page.facts["say_it"] == "yes"


def test_a_stop_of_more_than_a_minute_ago_is_not_restored(phone: Phone) -> None:
    saved = named(phone.tap("stop"), "save")[-1]["saved"]
    page = Phone(now=phone.now + 60_000)
    page.put("restored", saved=saved)
    assert sent(page.connect(), "stop") == []


def test_no_ghost_stop_after_a_clear(phone: Phone) -> None:
    phone.tap("stop")
    phone.hear("done", id="t1")
    phone.hear(**told(phone.now, seq=11, phase_no=5, phase="stopped", stop=LATCHED))
    waits = {"seq": 11, "phase_no": 5, "phase": "stopped", "stop": LATCHED}
    assert sent(keep_alive(phone, 600, **waits), "stop")  # not shown over there yet
    phone.hear(**told(phone.now, seq=12, phase_no=6, phase="positioning"))
    effects = keep_alive(phone, 2_000, seq=12, phase_no=6, phase="positioning")
    assert sent(effects, "stop") == []
    assert named(effects, "save")[-1]["saved"]["pending"] == []
    phone.put("closed", code=1006)
    assert sent(phone.wait(200) + phone.put("opened"), "stop") == []


def test_an_ease_is_settled_once_the_hold_goes_on(phone: Phone) -> None:
    phone.tap("ease")
    phone.hear(**told(phone.now, seq=11, phase="eased"))
    phone.hear("done", id="t1")
    assert sent(keep_alive(phone, 600, seq=11, phase="eased"), "ease")
    assert sent(keep_alive(phone, 1_000, seq=12, phase="holding"), "ease") == []


def test_an_ended_session_settles_everything(phone: Phone) -> None:
    phone.tap("stop")
    phone.hear(**told(phone.now, seq=11, phase="ended", ended={"reason": "finished"}))
    assert sent(keep_alive(phone, 1_000, seq=11, phase="ended"), "stop") == []


@pytest.mark.parametrize("reason", ["not_now", "stale", "not_yours", "malformed"])
def test_a_final_refusal_ends_the_sending(phone: Phone, reason: str) -> None:
    phone.tap("ease")
    phone.hear("refused", id="t1", reason=reason)
    assert sent(keep_alive(phone, 1_000), "ease") == []
    assert phone.facts["fate"] == "none"


@pytest.mark.parametrize("reason", ["journal_down", "too_fast"])
def test_a_refusal_that_may_pass_does_not(phone: Phone, reason: str) -> None:
    phone.tap("stop")
    phone.hear("refused", id="t1", reason=reason)
    assert sent(keep_alive(phone, 600), "stop")


def test_what_a_pain_is_like_adds_to_the_flag_and_is_sent_until_done(phone: Phone) -> None:
    flag = sent(phone.tap("pain", id="p1"), "pain")[0]["flag"]
    phone.hear("fate", alert="client:p1", shown_ms=30)
    phone.hear("done", id="p1")
    told_so_far: dict[str, Any] = {"quality": None, "qualities": [], "place": None, "level": None}
    pained = {**LATCHED, "stop": "client:p1", "cause": "pain", "flag": told_so_far}
    stopped = {"seq": 11, "phase_no": 5, "phase": "stopped", "severity": "stop", "stop": pained}
    phone.hear(**told(phone.now, **stopped))
    phone.put("closed", code=1006)
    phone.tap("pain", id="p2", toggle="numb")
    phone.wait(100)
    told_again = sent(phone.put("opened") + keep_alive(phone, 600, **stopped), "pain")
    told_more = {"id": "p2", "flag": flag, "stop": "client:p1", "qualities": ["numb"]}
    assert told_again == [{"type": "pain", **told_more}] * 2
    phone.hear("done", id="p2")
    assert sent(keep_alive(phone, 1_000, **stopped), "pain") == []


def test_a_kind_is_said_by_a_tap_and_unsaid_by_another_and_two_quick_taps_both_count(
    phone: Phone,
) -> None:
    phone.tap("pain", id="p1")
    phone.hear("done", id="p1")
    said = {"quality": "ache", "qualities": ["ache"], "place": None, "level": None}
    pained = {**LATCHED, "stop": "client:p1", "cause": "pain", "flag": said, "let_go": True}
    phone.hear(**told(phone.now, seq=11, phase="stopped", severity="stop", stop=pained))
    first = sent(phone.tap("pain", id="p2", toggle="ache"), "pain")
    second = sent(phone.tap("pain", id="p3", toggle="cramp"), "pain")
    third = sent(phone.tap("pain", id="p4", toggle="sharp"), "pain")
    assert [one[0]["qualities"] for one in (first, second, third)] == [
        [], ["cramp"], ["cramp", "sharp"],
    ]  # fmt: skip
    assert (phone.facts["pain_cramp"], phone.facts["pain_ache"]) == ("yes", "no")
    assert phone.facts["fate"] != "sending", "telling more is no alarm"


def test_after_a_stop_a_pain_is_told_of_that_stop_and_raises_no_other(phone: Phone) -> None:
    phone.tap("stop", id="s1")
    phone.hear("done", id="s1")
    stopped = {**LATCHED, "stop": "client:s1", "let_go": True}
    phone.hear(**told(phone.now, seq=11, phase="stopped", severity="stop", stop=stopped))
    (message,) = sent(phone.tap("pain", id="p2", toggle="cramp"), "pain")
    assert message == {
        "type": "pain", "id": "p2", "flag": "p2", "stop": "client:s1", "qualities": ["cramp"],
    }  # fmt: skip
    assert phone.facts["let_go"] == "yes"


def test_a_detail_left_over_starts_no_stop_of_its_own(phone: Phone) -> None:
    phone.tap("pain", id="p1")
    phone.hear("fate", alert="client:p1", shown_ms=30)
    phone.hear("done", id="p1")
    phone.hear(**told(phone.now, seq=11, phase="stopped", stop={**LATCHED, "stop": "client:p1"}))
    phone.tap("pain", id="p2", toggle="ache")
    phone.hear(**told(phone.now, seq=12, phase="positioning"))
    assert sent(keep_alive(phone, 1_000, seq=12, phase="positioning"), "pain") == []


def test_not_on_their_screen_within_half_a_second_says_it_out_loud(phone: Phone) -> None:
    phone.tap("stop")
    phone.wait(400)
    assert (phone.facts["fate"], phone.facts["say_it"]) == ("sending", "no")
    phone.hear("done", id="t1")
    waits = {"seq": 11, "phase": "stopped", "stop": LATCHED}
    phone.hear(**told(phone.now, **waits))
    phone.wait(100)
    assert (phone.facts["fate"], phone.facts["say_it"]) == ("sent", "yes")
    phone.hear("fate", alert="client:t1", shown_ms=700)
    assert (phone.facts["fate"], phone.facts["say_it"]) == ("shown", "no")
