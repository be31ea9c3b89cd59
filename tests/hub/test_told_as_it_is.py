"""What phones are told of a signal in each phase; and a tick that is refused does not spin."""

from __future__ import annotations

from typing import Any

import pytest

from app.core import commands as c
from app.core.decide import decide
from app.core.model import Cause, FlagId, Link, Phase, Role, Severity
from app.errors import Refused
from app.hub.room import Room
from app.journal.memory import MemoryJournal
from tests.support.clock import ManualClock, settle
from tests.support.phones import Mat

SPINS = 40


@pytest.fixture
async def mat() -> Mat:
    return await Mat.laid(MemoryJournal(), ManualClock())


async def warming_up(mat: Mat) -> Mat:
    await mat.wait(500)
    assert await mat.tap(mat.partner, c.Brief(id=mat.partner.id())) == "done"
    assert await mat.tap(mat.client, c.PassScreening(list="1")) == "done"
    assert mat.phase() is Phase.WARMING_UP
    return mat


@pytest.mark.parametrize(
    ("phase", "by", "is_drill"),
    [
        ("lobby", Role.CLIENT, False), ("warming_up", Role.CLIENT, True),
        ("warming_up", Role.PARTNER, False), ("positioning", Role.CLIENT, False),
        ("holding", Role.CLIENT, False), ("holding", Role.PARTNER, False),
    ],
)  # fmt: skip
async def test_only_the_client_s_stop_in_the_warm_up_is_a_drill_and_nothing_is_stopped_there(
    mat: Mat, phase: str, by: Role, is_drill: bool
) -> None:
    to = {
        "lobby": lambda: mat.wait(500), "warming_up": lambda: warming_up(mat),
        "positioning": mat.to_positioning, "holding": mat.to_holding,
    }[phase]  # fmt: skip
    await to()
    phone = mat.client if by is Role.CLIENT else mat.partner
    before = len(mat.partner.alerts)
    phone.ask(c.Stop(id=phone.id()))
    latches = phase in ("positioning", "holding")
    assert mat.room.severity() is (Severity.STOP if latches else Severity.OK)
    await mat.settle()
    told = mat.partner.alerts[before]
    assert (told.kind, told.by, told.cause, told.drill) == ("stop", by, Cause.ASKED, is_drill)
    assert (mat.phase() is Phase.STOPPED) is latches


@pytest.mark.parametrize(("link", "cause"), [(Link.LOST, "contact"), (Link.LIVE, "hidden")])
async def test_of_a_phone_that_goes_it_is_told_how(mat: Mat, link: Link, cause: str) -> None:
    await mat.to_holding()
    seat = mat.room.state.client
    gone = c.NotePresence(
        role=Role.CLIENT, link=link, visible=False, sound="on", awake=True, heard_ms=seat.heard_ms
    )
    mat.room.ask(gone)
    await mat.settle()
    assert [a.cause for a in mat.partner.alerts if a.kind == "contact"] == [cause]


async def test_a_drill_that_is_sent_again_after_a_restart_is_told_again_and_a_calm_tap_is_not(
    mat: Mat,
) -> None:
    await warming_up(mat)
    mat.partner.is_painting = False
    drill = c.Stop(id=mat.client.id())
    assert await mat.tap(mat.client, drill) == "done"
    room = Room(mat.room.state, mat.journal, mat.clock)
    for phone in mat.phones:
        phone.reconnect(room)
    mat.room = room
    told = len(mat.partner.alerts)
    assert await mat.tap(mat.client, drill) == "done"
    assert [one.drill for one in mat.partner.alerts[told:]] == [True]


async def test_a_new_pain_while_stopped_is_told_and_more_about_the_one_that_is_up_is_not(
    mat: Mat,
) -> None:
    await mat.to_holding()
    first = c.FlagPain(id=mat.client.id(), flag=FlagId("f"))
    await mat.tap(mat.client, first)
    assert mat.room.state.stop is not None
    told = len(mat.partner.alerts)
    more = c.FlagPain(id=mat.client.id(), flag=FlagId("f"), stop=mat.room.state.stop.stop)
    await mat.tap(mat.client, more)
    assert len(mat.partner.alerts) == told
    another = c.FlagPain(id=mat.client.id(), flag=FlagId("g"))
    await mat.tap(mat.client, another)
    assert [one.alert for one in mat.partner.alerts[told:]] == [f"client:{another.id}"]


async def test_who_comes_to_a_room_that_slept_is_told_again_what_it_has_not_shown(mat: Mat) -> None:
    """Nobody listened, so nothing was left to wake the room for."""
    await mat.to_holding()
    for phone in mat.phones:
        mat.room.listeners.disconnect(phone.role, phone.outbox)
    mat.client.ask(c.Stop(id=mat.client.id()))
    await mat.clock.pass_ms(20_000)
    assert mat.phase() is Phase.STOPPED
    mat.partner.is_painting = False
    mat.partner.reconnect(mat.room)
    before = len(mat.partner.alerts)
    for _ in range(4):
        await mat.clock.pass_ms(250)
        mat.partner.read()
    assert len(mat.partner.alerts) - before >= 3


async def test_each_alert_s_receipt_is_kept_once(mat: Mat) -> None:
    await mat.to_holding()
    for command in (c.EaseOff(id=mat.client.id()), c.Stop(id=mat.client.id())):
        await mat.tap(mat.client, command)
        await mat.settle()
    shown = [alert for alert, _ in mat.room.state.shown]
    assert len(shown) == len(set(shown)) == 3  # the drill's, the ease's and the stop's
    again = c.NoteShown(alert=shown[0], shown_ms=7)
    seq = mat.room.state.seq
    mat.room.ask(again)
    await mat.settle()
    assert mat.room.state.seq == seq


async def test_a_tick_that_is_refused_is_tried_again_in_a_while_and_does_not_spin(
    mat: Mat, monkeypatch: pytest.MonkeyPatch
) -> None:
    await mat.to_holding()
    refused: list[int] = []

    def refuses(state: Any, command: c.Command, now_ms: int, *rest: Any) -> Any:
        if isinstance(command, c.Tick) and len(refused) < SPINS:
            refused.append(now_ms)
            raise Refused("not_now")
        return decide(state, command, now_ms, *rest)

    monkeypatch.setattr("app.hub.room.decide", refuses)
    await mat.wait(25_000)
    assert mat.phase() is Phase.HOLDING and 1 <= len(refused) < SPINS
    before = len(refused)
    await mat.wait(1_000)
    assert 2 <= len(refused) - before <= 5
    monkeypatch.undo()
    await mat.wait(500)
    await settle()
    assert mat.phase() is Phase.RELEASING
