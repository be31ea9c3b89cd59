"""Who listens to a room: each is told what concerns it, and sent away with the reason."""

from __future__ import annotations

from typing import Any

import pytest

from app.core import events as e
from app.core.model import Cause, Role, Severity
from app.core.safety import Alert
from app.hub.alerts import Raised
from app.hub.keeping import KEPT_LASTS_MS, UNKEPT_LASTS_MS, lasts_until_ms
from app.hub.lag import Lag
from app.hub.listeners import Listeners
from app.hub.outbox import Outbox
from app.journal.memory import MemoryJournal
from app.protocol.to_phone import AlertTold, Bye, DirectLineTold, Done
from tests.support.clock import ManualClock
from tests.support.phones import Mat

EVERYBODY = (Role.CLIENT, Role.PARTNER, Role.HOST, Role.DISPLAY)
STATE: Any = "a state"


@pytest.fixture
def listeners() -> Listeners:
    return Listeners(lambda role: STATE)


def taken(outbox: Outbox) -> list[Any]:
    return list(iter(outbox.take, None))


def connected(listeners: Listeners) -> dict[Role, Outbox]:
    outboxes = {role: listeners.connect(role) for role in EVERYBODY}
    for outbox in outboxes.values():
        assert taken(outbox) == [STATE]
    return outboxes


def test_everybody_is_told_of_a_newer_state_and_what_was_promised_by_then_is_done(
    listeners: Listeners,
) -> None:
    outboxes = connected(listeners)
    listeners.push_by_ms = 7
    listeners.push()
    assert [taken(outbox) for outbox in outboxes.values()] == [[STATE]] * 4
    assert listeners.push_by_ms is None


def test_an_alert_goes_to_who_has_not_shown_it_and_to_who_looks_on(listeners: Listeners) -> None:
    outboxes = connected(listeners)
    alert = Alert("client:s", "stop", Role.CLIENT, Cause.PAIN, False, Severity.STOP, 1)  # type: ignore[arg-type]
    raised = Raised(alert)
    raised.unseen.discard(Role.CLIENT)
    listeners.alert(raised)
    told = {role: taken(outbox) for role, outbox in outboxes.items()}
    assert told[Role.CLIENT] == []
    assert told[Role.PARTNER] == told[Role.HOST] == [raised.message()]
    (shown,) = told[Role.DISPLAY]
    assert isinstance(shown, AlertTold) and shown.kind == "stop" and shown.cause != "pain"


def test_an_alert_that_is_moot_is_taken_back_from_all(listeners: Listeners) -> None:
    outboxes = connected(listeners)
    alert = Alert("client:s", "stop", Role.CLIENT, Cause.ASKED, False, Severity.STOP, 1)  # type: ignore[arg-type]
    listeners.alert(Raised(alert))
    listeners.drop_alerts(["none such", "client:s"])
    assert [taken(outbox) for outbox in outboxes.values()] == [[]] * 4


def test_what_is_for_one_seat_goes_to_no_other(listeners: Listeners) -> None:
    outboxes = connected(listeners)
    listeners.tell(Role.PARTNER, Done(id="a"))
    listeners.pass_on(Role.PARTNER, DirectLineTold(data="s"))
    told = {role: taken(outbox) for role, outbox in outboxes.items()}
    assert told.pop(Role.PARTNER) == [Done(id="a"), DirectLineTold(data="s")]
    assert not any(told.values())


def test_to_tell_or_send_away_who_is_not_there_harms_nobody(listeners: Listeners) -> None:
    listeners.tell(Role.PARTNER, Done(id="a"))
    listeners.pass_on(Role.PARTNER, DirectLineTold(data="s"))
    listeners.send_away(Role.PARTNER, "gone", 4404)
    assert len(listeners) == 0


def test_who_is_sent_away_is_told_why_and_listens_no_more(listeners: Listeners) -> None:
    outboxes = connected(listeners)
    listeners.send_away(Role.CLIENT, "gone", 4404)
    assert (taken(outboxes[Role.CLIENT]), len(listeners)) == ([Bye(reason="gone")], 3)
    listeners.send_all_away("restarting", 1012)
    for role in EVERYBODY[1:]:
        assert taken(outboxes[role]) == [Bye(reason="restarting")]
        assert outboxes[role].close_code == 1012
    assert len(listeners) == 0


def test_only_the_socket_that_listens_is_forgotten(listeners: Listeners) -> None:
    old = listeners.connect(Role.CLIENT)
    newest = listeners.connect(Role.CLIENT)
    assert (old.close_code, len(listeners)) == (4409, 1)
    listeners.disconnect(Role.CLIENT, old)
    assert len(listeners) == 1
    listeners.disconnect(Role.CLIENT, newest)
    assert len(listeners) == 0


@pytest.mark.parametrize(
    ("before", "comes", "is_turned_out"),
    [
        ([("a", 2)], ("a", 1), True),
        ([("a", 2)], ("a", 2), False),  # a copied tab counts on from where its original was
        ([("a", 2)], ("b", 1), False),
        ([("a", 2)], ("", 0), False),
        ([("a", 5), ("b", 1)], ("a", 4), True),
        ([("a", 5), ("a", 7), ("b", 1)], ("a", 6), True),
        ([("a", 5), *((f"t{n}", 1) for n in range(7))], ("a", 4), True),
        ([("a", 5), *((f"t{n}", 1) for n in range(8))], ("a", 4), False),  # eight are remembered
        ([("a", 5), *((f"t{n}", 1) for n in range(7)), ("a", 6), ("c", 1)], ("a", 5), True),
    ],
)
def test_a_socket_that_its_own_tab_gave_up_turns_out_nobody(
    listeners: Listeners, before: list[tuple[str, int]], comes: tuple[str, int], is_turned_out: bool
) -> None:
    outboxes = [listeners.connect(Role.CLIENT, *one) for one in before]
    late = listeners.connect(Role.CLIENT, *comes)
    codes = (late.close_code, outboxes[-1].close_code)
    assert codes == ((4409, None) if is_turned_out else (None, 4409))


def test_where_nobody_is_any_more_whoever_comes_is_the_newest(listeners: Listeners) -> None:
    last = listeners.connect(Role.CLIENT, "a", 9)
    listeners.disconnect(Role.CLIENT, last)
    assert listeners.connect(Role.CLIENT, "a", 1).close_code is None


async def test_a_room_that_closes_sends_all_away_and_takes_nothing_more() -> None:
    clock = ManualClock()
    mat = await (await Mat.laid(MemoryJournal(), clock)).to_holding()
    mat.client.read()
    mat.partner.read()
    await mat.room.close("restarting", 1012)
    for phone in mat.phones:
        assert phone.outbox.close_code == 1012
        assert phone.read() == [Bye(reason="restarting")]
    seq = mat.room.state.seq
    assert await mat.good() == "journal_down"
    await clock.pass_ms(60_000)
    assert mat.room.state.seq == seq


def test_a_kept_log_lasts_a_year_from_the_last_time_and_another_a_day_from_its_last_event() -> None:
    kept = [e.RecordKept(at_ms=at) for at in (100, 300, 200)]
    others: list[e.Event] = [e.Briefed(at_ms=at) for at in (500, 900, 700)]
    assert lasts_until_ms([*others, *kept]) == 300 + KEPT_LASTS_MS
    assert lasts_until_ms(others) == 900 + UNKEPT_LASTS_MS
    assert lasts_until_ms([]) == UNKEPT_LASTS_MS
    assert (KEPT_LASTS_MS, UNKEPT_LASTS_MS) == (365 * 86_400_000, 86_400_000)


async def test_the_watch_over_the_loop_ends() -> None:
    clock = ManualClock()
    late: list[int] = []
    lag = Lag(clock, late.append)
    lag.end()
    lag.watch()
    await clock.pass_ms(250)
    lag.end()
    await clock.pass_ms(1_000)
    assert late == [0, 0]
