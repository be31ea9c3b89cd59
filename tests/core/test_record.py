"""The record says what happened, and only that."""

from __future__ import annotations

import json

from app.core import commands as c
from app.core.model import After, FlagId, Phase, Place, Quality, Role
from app.record.record import record
from tests.support.session import Session


def test_the_record_tells_each_hold_with_its_marks() -> None:
    s = Session().to_holding()
    s.wait(10_000)
    s.ease()
    s.wait(4_000)
    s.good()
    s.wait(15_000 + 7_000)
    s.client(c.Feel(id=s.id(), place=Place("calf_left")))
    s.wait(15_000)
    s.ready(Role.CLIENT)
    s.wait(2_000)
    s.good()
    s.wait(3_000)
    s.client(c.FlagPain(id=s.id(), flag=FlagId("f"), quality=Quality.SHARP, level=7))
    s.let_go()
    s.now_ms += 3_000
    s.clear(After.END)
    told = json.loads(json.dumps(record(s.log, "epoch")))
    full, stopped = told["holds"]
    assert (full["outcome"], full["held_ms"], full["planned_ms"]) == ("full", 25_000, 25_000)
    assert [(m["at_ms"], m["kind"]) for m in full["marks"]] == [
        (2_000, "good"), (12_000, "ease"), (16_000, "good"),
    ]  # fmt: skip
    assert (stopped["outcome"], stopped["held_ms"]) == ("stopped", 3_000)
    assert stopped["marks"][-1] == {"at_ms": 5_000, "kind": "pain", "by": "client"}
    assert told["flags"][0]["quality"] == "sharp"
    assert told["felt"][0] == {
        "stretch": "hamstring_raise", "side": "left", "place": "calf_left", "expected": False,
    }  # fmt: skip
    assert told["reason"] == "ended_by_client"
    assert told["ended_ms"] == s.now_ms


def test_a_hold_that_was_eased_away_is_short_and_one_never_begun_says_so() -> None:
    s = Session().to_holding()
    s.wait(5_000)
    s.ease()
    s.wait(15_000 + 7_000 + 15_000)
    s.ready(Role.CLIENT)
    s.wait(45_000 + 7_000)
    assert s.phase() is Phase.RESTING
    outcomes = [hold["outcome"] for hold in record(s.log, "x")["holds"]]
    assert outcomes == ["short", "not_begun"]


def test_losing_contact_is_marked_once() -> None:
    s = Session().to_holding()
    s.lose(Role.PARTNER)
    s.ask(c.Restart())
    kinds = [mark["kind"] for mark in record(s.log, "x")["holds"][0]["marks"]]
    assert kinds == ["good", "contact", "restarted"]


def test_the_ease_that_brings_it_down_is_marked_too() -> None:
    s = Session().to_holding()
    s.wait(4_000)
    s.ease()
    s.wait(2_000)
    s.ease()
    assert s.phase() is Phase.RELEASING
    marks = record(s.log, "x")["holds"][0]["marks"]
    assert [(mark["at_ms"], mark["kind"], mark["by"]) for mark in marks] == [
        (2_000, "good", "client"), (6_000, "ease", "client"), (8_000, "ease", "client"),
    ]  # fmt: skip


def test_a_pause_is_no_ease() -> None:
    s = Session().to_holding()
    s.partner(c.Pause(id=s.id()))
    assert [m["kind"] for m in record(s.log, "x")["holds"][0]["marks"]] == ["good"]
