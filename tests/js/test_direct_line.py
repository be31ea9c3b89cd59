"""The direct line: whichever copy comes first counts, and nothing else depends on it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.js import Phone, named, sent, told

STOP = {"type": "alert", "alert": "client:s1", "kind": "stop", "cause": "asked", "by": "client"}
EASE = STOP | {"alert": "client:e1", "kind": "ease"}


def direct(effects: list[dict[str, Any]], type: str) -> list[dict[str, Any]]:
    return [e["message"] for e in named(effects, "direct") if e["message"]["type"] == type]


@pytest.fixture
def client() -> Phone:
    phone = Phone("client")
    phone.connect()
    phone.put("direct_line", is_open=True)
    return phone


@pytest.fixture
def partner() -> Phone:
    phone = Phone("partner")
    phone.connect(role="partner")
    phone.put("direct_line", is_open=True)
    return phone


@pytest.mark.parametrize(
    ("command", "kind", "cause"),
    [("stop", "stop", "asked"), ("pain", "stop", "pain"), ("ease", "ease", "asked")],
)
def test_an_urgent_tap_goes_both_ways_under_one_name(
    client: Phone, command: str, kind: str, cause: str
) -> None:
    effects = client.tap(command)
    (copy,) = direct(effects, "alert")
    assert (copy["alert"], copy["kind"], copy["cause"]) == ("client:t1", kind, cause)
    assert len(sent(effects, command)) == 1


@pytest.mark.parametrize("command", ["ready", "good", "clear", "let_go", "end", "wish"])
def test_what_adds_force_and_all_else_never_goes_by_it(client: Phone, command: str) -> None:
    assert named(client.tap(command), "direct") == []


@pytest.mark.parametrize("phase", ["lobby", "warming_up", "ended"])
def test_the_drill_tests_the_server_s_way(client: Phone, phase: str) -> None:
    client.hear(**told(client.now, seq=11, phase=phase))
    assert named(client.tap("stop"), "direct") == []


def test_a_stop_heard_directly_is_shown_and_answered_the_same_way(partner: Phone) -> None:
    partner.put("closed", code=1006)
    partner.put("direct", message=STOP)
    assert (partner.facts["phase"], partner.facts["severity"]) == ("stopped", "stop")
    effects = partner.put("painted", alerts=["client:s1"])
    assert direct(effects, "seen") == [{"type": "seen", "alert": "client:s1"}]


def test_what_was_shown_by_it_is_still_sent_until_the_server_has_it(client: Phone) -> None:
    client.tap("stop")
    client.now += 40
    client.put("direct", message={"type": "seen", "alert": "client:t1"})
    assert (client.facts["fate"], client.facts["say_it"]) == ("shown", "no")
    assert client.picture["slots"]["fate_ms"] == "40"
    assert client.facts["severity"] == "stop"
    assert len(sent(client.wait(600), "stop")) == 1
    client.hear("done", id="t1")
    assert sent(client.wait(1_000), "stop") == []


def test_a_tap_made_before_the_line_stood_is_said_when_it_does(client: Phone) -> None:
    client.put("direct_line", is_open=False)
    assert named(client.tap("stop"), "direct") == []
    assert len(direct(client.put("direct_line", is_open=True), "alert")) == 1


def test_a_state_that_does_not_know_of_it_takes_nothing_back(partner: Phone) -> None:
    partner.put("direct", message=STOP)
    partner.hear(**told(partner.now, seq=11, role="partner"))
    assert partner.facts["severity"] == "stop"
    partner.hear("alert", **{k: v for k, v in STOP.items() if k != "type"}, drill=False, at_ms=1)
    partner.hear(**told(partner.now, seq=13, role="partner", phase="positioning"))
    assert partner.facts["severity"] == "ok"


def test_told_by_nobody_else_it_is_over_ten_seconds_after_the_server_is_heard(
    partner: Phone,
) -> None:
    partner.put("direct", message=STOP)
    partner.wait(30_000)
    assert partner.facts["severity"] == "stop"
    for second in range(11):
        state = told(partner.now, seq=11 + second, role="partner", phase="positioning")
        assert partner.facts["severity"] == "stop"
        partner.hear(**state)
        partner.wait(1_000)
    assert partner.facts["severity"] == "ok"


def test_an_ease_matters_only_with_hands_on(partner: Phone) -> None:
    partner.put("direct", message=EASE)
    assert partner.facts["severity"] == "ease"
    partner.hear(**told(partner.now, seq=11, role="partner", phase="resting"))
    assert partner.facts["severity"] == "ok"


@pytest.mark.parametrize(
    "message",
    [
        STOP | {"alert": "partner:s1"},
        STOP | {"alert": "client:" + "s" * 90},
        STOP | {"alert": 7},
        STOP | {"kind": "good"},
        STOP | {"type": "state", "phase": "holding"},
        {"type": "seen", "alert": "client:unknown"},
        {"type": "done", "id": "t1"},
        None,
        7,
    ],
)
def test_nothing_but_the_other_phone_s_own_signals_counts(partner: Phone, message: Any) -> None:
    before = partner.facts
    assert partner.put("direct", message=message) == []
    assert partner.facts == before


def test_a_partner_can_stop_and_never_ease_by_it(client: Phone) -> None:
    client.put("direct", message=EASE | {"alert": "partner:e1"})
    assert client.facts["severity"] == "ok"
    client.put("direct", message=STOP | {"alert": "partner:s1"})
    assert client.facts["severity"] == "stop"


def test_a_second_copy_is_shown_once_and_answered_again(partner: Phone) -> None:
    partner.put("direct", message=STOP)
    partner.put("painted", alerts=["client:s1"])
    assert direct(partner.put("direct", message=STOP), "seen")
    told_too = {k: v for k, v in STOP.items() if k != "type"} | {"drill": False, "at_ms": 1}
    assert sent(partner.hear("alert", **told_too), "seen") == [
        {"type": "seen", "alert": "client:s1"}
    ]
    assert len(partner.link["alerts"]) == 1


def test_signals_are_handed_on_unread(partner: Phone) -> None:
    assert partner.hear("signal", data="x") == [{"type": "line_words", "data": "x"}]


def test_it_is_over_then_whatever_else_this_phone_was_told(partner: Phone) -> None:
    good = {"alert": "client:g", "kind": "good", "by": "client", "cause": None, "drill": False}
    partner.hear("alert", **good, at_ms=1)
    partner.put("direct", message=STOP)
    for second in range(12):
        partner.hear(**told(partner.now, seq=11 + second, role="partner", phase="positioning"))
        partner.wait(1_000)
    assert partner.facts["severity"] == "ok"
