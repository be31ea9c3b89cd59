"""What a room promises its two phones, disk or no disk."""

from __future__ import annotations

import pytest

from app.core import commands as c
from app.core.evolve import replay
from app.core.model import After, Cause, CommandId, FlagId, Link, Phase, Role, RoomId, Severity
from app.hub.room import TOLD_WITHIN_MS, Room
from app.journal.memory import MemoryJournal
from tests.support.clock import ManualClock, settle
from tests.support.faulty_journal import FaultyJournal
from tests.support.phones import Mat


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def journal() -> FaultyJournal:
    return FaultyJournal(MemoryJournal())


@pytest.fixture
async def mat(journal: FaultyJournal, clock: ManualClock) -> Mat:
    return await (await Mat.laid(journal, clock)).to_holding()


async def test_a_stop_reaches_both_before_anything_is_written(
    mat: Mat, journal: FaultyJournal
) -> None:
    journal.hang()
    mat.client.ask(c.Stop(id=mat.client.id()))
    for phone in mat.phones:
        phone.read()
    assert [alert.kind for alert in mat.partner.alerts][-1] == "stop"
    assert [alert.kind for alert in mat.client.alerts][-1] == "stop"
    assert mat.phase() is Phase.HOLDING
    await mat.wait(TOLD_WITHIN_MS)
    assert mat.partner.state.severity == "stop"
    journal.go_on()
    await mat.settle()
    assert mat.phase() is Phase.STOPPED


async def test_while_a_stop_is_not_yet_written_nothing_adds_force(
    mat: Mat, journal: FaultyJournal
) -> None:
    await mat.tap(mat.client, c.EaseOff(id=mat.client.id()))
    good = c.TapGood(id=mat.client.id(), phase_no=mat.room.state.phase_no)
    journal.hang()
    mat.partner.ask(c.Stop(id=mat.partner.id()))
    answer = mat.client.ask(good)
    await mat.wait(TOLD_WITHIN_MS)
    assert "good" not in mat.client.state.may
    journal.go_on()
    await mat.settle()
    assert "stale" in str(answer.exception()) or "not_now" in str(answer.exception())
    assert mat.phase() is Phase.STOPPED


async def test_a_stop_is_shown_and_its_raiser_learns_so(mat: Mat) -> None:
    mat.partner.is_painting = False
    stop = c.Stop(id=mat.client.id())
    await mat.tap(mat.client, stop)
    assert mat.client.fates[-1].alert != f"client:{stop.id}"
    await mat.wait(1_000)
    mat.partner.is_painting = True
    await mat.wait(500)
    fate = mat.client.fates[-1]
    assert fate.alert == f"client:{stop.id}"
    assert 1_000 <= fate.shown_ms <= 1_500


async def test_an_alert_is_told_again_every_quarter_second_until_it_was_shown(mat: Mat) -> None:
    mat.partner.is_painting = False
    await mat.tap(mat.client, c.Stop(id=mat.client.id()))
    before = len(mat.partner.alerts)
    await mat.wait(1_000)
    assert len(mat.partner.alerts) - before == 4
    mat.partner.is_painting = True
    await mat.wait(500)
    shown = len(mat.partner.alerts)
    await mat.wait(1_000)
    assert len(mat.partner.alerts) == shown


async def test_stop_ease_and_pain_reach_the_partner_while_the_disk_is_full(
    mat: Mat, journal: FaultyJournal
) -> None:
    journal.fail()
    for command in (
        c.EaseOff(id=mat.client.id()),
        c.Stop(id=mat.client.id()),
        c.FlagPain(id=mat.client.id(), flag=FlagId("f")),
    ):
        mat.client.ask(command)
        await mat.settle()
        assert mat.partner.alerts[-1].alert == f"client:{command.id}"
    await mat.wait(TOLD_WITHIN_MS)
    assert mat.partner.state.severity == "stop"
    assert mat.room.severity() is Severity.STOP


async def test_what_adds_force_is_refused_while_the_disk_is_full(
    mat: Mat, journal: FaultyJournal
) -> None:
    await mat.tap(mat.client, c.EaseOff(id=mat.client.id()))
    journal.fail()
    assert await mat.good() == "journal_down"
    assert mat.phase() is Phase.EASED


async def test_when_the_disk_is_back_the_room_goes_on_and_the_journal_tells_the_truth(
    mat: Mat, journal: FaultyJournal, clock: ManualClock
) -> None:
    journal.fail()
    tapped = clock.now_ms()
    stop = c.Stop(id=mat.client.id())
    answer = mat.client.ask(stop)
    await mat.wait(5_000)
    assert not answer.done()
    journal.work()
    await mat.wait(500)
    assert answer.done() and answer.exception() is None
    assert mat.phase() is Phase.STOPPED
    assert mat.room.state.stop is not None
    assert mat.room.state.stop.at_ms == tapped
    assert replay(await journal.read(RoomId("room"))) == mat.room.state


async def test_a_hold_that_ends_while_the_disk_is_down_is_released_when_it_is_back(
    mat: Mat, journal: FaultyJournal
) -> None:
    journal.fail()
    await mat.wait(30_000)
    assert mat.phase() is Phase.HOLDING
    journal.work()
    await mat.wait(500)
    assert mat.phase() is Phase.RELEASING


@pytest.mark.parametrize("role", [Role.CLIENT, Role.PARTNER])
async def test_a_silent_phone_is_weak_at_2_s_eased_at_3_s_and_brought_back_at_10_s(
    mat: Mat, role: Role
) -> None:
    silent = mat.client if role is Role.CLIENT else mat.partner
    other = mat.partner if role is Role.CLIENT else mat.client
    await mat.wait(500)
    silent.is_beating = False
    await mat.wait(1_500)
    assert other.state.seats[role].link == "weak"
    await mat.wait(1_000)
    assert mat.phase() is Phase.EASED
    assert other.alerts[-1].kind == "contact"
    assert mat.room.state.cause is Cause.CONTACT
    await mat.wait(7_000)
    assert mat.phase() is Phase.RELEASING
    await mat.wait(7_000)
    assert mat.phase() is Phase.PAUSED


async def test_a_lost_link_is_told_while_the_disk_hangs(mat: Mat, journal: FaultyJournal) -> None:
    await mat.wait(500)
    journal.hang()
    mat.client.is_beating = False
    await mat.wait(3_500)
    assert mat.partner.alerts[-1].kind == "contact"
    assert mat.partner.state.severity == "ease"


async def test_a_hidden_page_eases_at_once(mat: Mat) -> None:
    mat.client.visible = False
    mat.client.beat()
    await mat.settle()
    assert (mat.phase(), mat.room.state.cause) == (Phase.EASED, Cause.HIDDEN)
    assert mat.partner.alerts[-1].cause == "hidden"


async def test_a_returning_link_is_live_at_its_first_beat_a_weak_one_at_its_second(
    mat: Mat,
) -> None:
    mat.client.is_beating = False
    await mat.wait(2_250)
    assert mat.client_link() is Link.WEAK
    mat.client.is_beating = True
    mat.client.beat()
    await mat.settle()
    assert mat.client_link() is Link.WEAK
    mat.client.beat()
    await mat.settle()
    assert mat.client_link() is Link.LIVE
    mat.client.is_beating = False
    await mat.wait(3_500)
    assert mat.client_link() is Link.LOST
    mat.client.is_beating = True
    mat.client.beat()
    await mat.settle()
    assert mat.client_link() is Link.LIVE
    assert mat.phase() is Phase.EASED


@pytest.mark.parametrize(
    "stop", [c.Stop(id=CommandId("s")), c.FlagPain(id=CommandId("p"), flag=FlagId("f"))]
)
async def test_after_a_restart_the_same_stop_is_answered_again_and_told_again(
    mat: Mat, journal: FaultyJournal, clock: ManualClock, stop: c.Stop | c.FlagPain
) -> None:
    mat.partner.is_painting = False
    await mat.tap(mat.client, stop)
    room = Room(replay(await journal.read(RoomId("room"))), journal, clock)
    await room.ask(c.Restart())
    for phone in mat.phones:
        phone.reconnect(room)
    mat.room = room
    mat.partner.is_painting = True
    told = len(mat.partner.alerts)
    assert await mat.tap(mat.client, stop) == "done"
    await mat.settle()
    assert mat.partner.alerts[told].alert == f"client:{stop.id}"
    assert mat.client.fates[-1].alert == f"client:{stop.id}"
    assert mat.phase() is Phase.STOPPED


async def test_a_stop_resent_after_it_was_cleared_stops_nothing(mat: Mat) -> None:
    stop = c.Stop(id=mat.client.id())
    await mat.tap(mat.client, stop)
    name = mat.room.state.stop.stop  # type: ignore[union-attr]
    await mat.tap(mat.partner, c.LetGo(id=mat.partner.id(), stop=name))
    await mat.wait(2_000)
    await mat.tap(mat.client, c.Clear(id=mat.client.id(), stop=name, then=After.AGAIN))
    told = len(mat.partner.alerts)
    assert await mat.tap(mat.client, stop) == "done"
    await mat.wait(1_000)
    assert len(mat.partner.alerts) == told
    assert mat.phase() is Phase.POSITIONING


async def test_an_error_in_a_room_stops_that_room(
    mat: Mat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    answer = None
    with monkeypatch.context() as patched:
        patched.setattr("app.hub.room.decide", broken)
        answer = mat.client.ask(c.TapGood(id=mat.client.id(), phase_no=mat.room.state.phase_no))
        await settle()
    await mat.wait(500)
    assert isinstance(answer.exception(), ZeroDivisionError)
    assert [a.kind for a in mat.partner.alerts][-1] == "stop"
    assert mat.room.severity() is Severity.STOP


async def test_the_newest_socket_of_a_seat_wins(mat: Mat) -> None:
    old = mat.client.outbox
    mat.client.outbox = mat.room.attach(Role.CLIENT)
    assert old.close_code == 4409
    mat.room.listeners.disconnect(Role.CLIENT, old)
    await mat.settle()
    assert mat.client.state.phase == "holding"


async def test_a_phone_that_does_not_read_delays_nobody_and_only_the_newest_state_waits(
    mat: Mat,
) -> None:
    for _ in range(50):
        await mat.tap(mat.client, c.TapGood(id=mat.client.id(), phase_no=mat.room.state.phase_no))
    mat.partner.outbox.put_state()
    waiting = []
    while (message := mat.partner.outbox.take()) is not None:
        waiting.append(type(message).__name__)
    assert waiting.count("StateTold") <= 1


async def test_a_phone_that_took_a_seat_and_never_came_may_be_replaced(
    journal: FaultyJournal, clock: ManualClock
) -> None:
    mat = await Mat.laid(journal, clock)
    mat.partner.is_beating = False
    await mat.wait(9_500)
    assert mat.room.invitable(Role.CLIENT) == ()
    await mat.wait(1_000)
    assert mat.room.invitable(Role.CLIENT) == (Role.PARTNER,)
