"""What waits for one phone: the most urgent first, the newest state, and never without end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.hub.outbox import Outbox
from app.protocol.to_phone import AlertTold, BeatAnswer, Bye, DirectLineTold, Done

MOST_REPLIES, MOST_BEATS, MOST_DIRECT_LINE = 128, 16, 12
STATE: Any = "the state as it is then"


class Wakes:
    """Counts how often the socket is woken."""

    def __init__(self, outbox: Outbox) -> None:
        self.count = 0
        outbox.wake = self

    def __call__(self) -> None:
        self.count += 1


@pytest.fixture
def outbox() -> Outbox:
    return Outbox(lambda: STATE)


def alert(name: str) -> AlertTold:
    return AlertTold(alert=name, kind="stop", by="client", cause=None, drill=False, at_ms=1)


def beat(n: int) -> BeatAnswer:
    return BeatAnswer(n=n, sent_ms=0, server_ms=0, peer_ms=None)


def taken(outbox: Outbox) -> list[Any]:
    return list(iter(outbox.take, None))


def test_alerts_go_first_then_state_answers_beats_and_the_direct_line(
    outbox: Outbox,
) -> None:
    outbox.pass_on(DirectLineTold(data="s"))
    outbox.answer_beat(beat(1))
    outbox.reply(Done(id="a"))
    outbox.reply(Done(id="b"))
    outbox.put_state()
    outbox.put_alert(alert("x"))
    outbox.put_alert(alert("y"))
    assert outbox.has_alerts and not outbox.is_empty
    assert taken(outbox) == [
        alert("x"), alert("y"), STATE, Done(id="a"), Done(id="b"), beat(1),
        DirectLineTold(data="s"),
    ]  # fmt: skip
    assert outbox.is_empty and not outbox.has_alerts


def test_of_an_alert_one_copy_waits_and_of_states_one(outbox: Outbox) -> None:
    for _ in range(3):
        outbox.put_alert(alert("x"))
        outbox.put_state()
    assert taken(outbox) == [alert("x"), STATE]


def test_an_alert_that_has_become_moot_is_taken_back(outbox: Outbox) -> None:
    outbox.put_alert(alert("x"))
    outbox.drop_alert("x")
    outbox.drop_alert("none such")
    assert outbox.is_empty and taken(outbox) == []


@pytest.mark.parametrize("what", ["alert", "state", "reply", "beat", "signal"])
def test_whatever_waits_is_there_and_wakes_the_socket(outbox: Outbox, what: str) -> None:
    wakes = Wakes(outbox)
    put: dict[str, Callable[[], None]] = {
        "alert": lambda: outbox.put_alert(alert("x")),
        "state": outbox.put_state,
        "reply": lambda: outbox.reply(Done(id="a")),
        "beat": lambda: outbox.answer_beat(beat(1)),
        "signal": lambda: outbox.pass_on(DirectLineTold(data="s")),
    }
    assert outbox.is_empty
    put[what]()
    assert wakes.count == 1 and not outbox.is_empty
    assert len(taken(outbox)) == 1 and outbox.is_empty


def test_who_reads_no_answers_is_sent_away_as_slow(outbox: Outbox) -> None:
    for n in range(MOST_REPLIES):
        outbox.reply(Done(id=str(n)))
    assert not outbox.is_closing
    outbox.reply(Done(id="one more"))
    assert (outbox.is_closing, outbox.close_code) == (True, 1013)
    assert taken(outbox) == [Bye(reason="slow")]


def test_who_reads_no_beats_is_sent_away_as_slow(outbox: Outbox) -> None:
    for n in range(MOST_BEATS):
        outbox.answer_beat(beat(n))
    assert not outbox.is_closing
    outbox.answer_beat(beat(99))
    assert (outbox.is_closing, outbox.close_code) == (True, 1013)


def test_of_signals_the_oldest_go(outbox: Outbox) -> None:
    for n in range(MOST_DIRECT_LINE + 3):
        outbox.pass_on(DirectLineTold(data=str(n)))
    assert [one.data for one in taken(outbox)] == [str(n) for n in range(3, MOST_DIRECT_LINE + 3)]


def test_goodbye_is_the_last_word_said_once_and_the_first_reason_stays(outbox: Outbox) -> None:
    wakes = Wakes(outbox)
    outbox.put_alert(alert("x"))
    outbox.put_state()
    outbox.close("moved", 4409)
    outbox.close("gone", 4404)
    assert wakes.count == 3
    assert not outbox.is_over and not outbox.is_empty and not outbox.has_alerts
    assert taken(outbox) == [Bye(reason="moved")]
    outbox.put_alert(alert("y"))
    assert outbox.is_over and outbox.is_empty and taken(outbox) == []
    assert outbox.close_code == 4409
