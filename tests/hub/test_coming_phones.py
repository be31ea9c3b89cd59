"""Of two phones that ask for one seat only one gets it, and an attempt that fails leaves no trace;
what rooms count, and what they are opened with."""

from __future__ import annotations

import pytest

from app.config import ASSETS
from app.content.library import load_library
from app.core import commands as c
from app.core.model import Link, Role
from app.errors import Refused
from app.hub.presence import Presence
from app.hub.room import Room
from app.hub.rooms import Rooms
from app.hub.tally import Uncounted
from app.journal.memory import MemoryJournal
from tests.support.clock import ManualClock
from tests.support.faulty_journal import FaultyJournal
from tests.support.phones import Mat
from tests.support.session import ROUTINE

PARTNER = Role.PARTNER
COMES_MS = 10_000


@pytest.fixture
async def mat() -> Mat:
    return await Mat.laid(MemoryJournal(), ManualClock())


@pytest.fixture
def presence(mat: Mat) -> Presence:
    return mat.room.presence


def comes(presence: Presence, token: str) -> None:
    with presence.coming(PARTNER, token):
        pass


def test_while_one_is_on_its_way_another_is_not_let_in(mat: Mat, presence: Presence) -> None:
    comes(presence, "first")
    assert presence.is_awaited(PARTNER) and not presence.is_awaited(Role.CLIENT)
    with pytest.raises(Refused):
        comes(presence, "second")
    comes(presence, "first")  # it asks again
    comes(presence, "h-partner")  # the phone that had the seat, and did not hear its answer


@pytest.mark.parametrize(("after_ms", "is_awaited"), [(COMES_MS - 1, True), (COMES_MS, False)])
async def test_it_is_waited_for_ten_seconds(
    mat: Mat, presence: Presence, after_ms: int, is_awaited: bool
) -> None:
    comes(presence, "first")
    mat.clock.step_to(mat.clock.now_ms() + after_ms)
    assert presence.is_awaited(PARTNER) is is_awaited
    if is_awaited:
        with pytest.raises(Refused):
            comes(presence, "second")
    else:
        comes(presence, "second")


async def test_a_phone_that_was_seen_is_on_its_way_no_more(mat: Mat, presence: Presence) -> None:
    comes(presence, "first")
    mat.partner.beat()
    assert not presence.is_awaited(PARTNER) and presence.formers(PARTNER) == []
    comes(presence, "second")


async def test_the_phone_before_counts_on_until_its_successor_is_seen(
    mat: Mat, presence: Presence
) -> None:
    assert presence.formers(PARTNER) == []
    comes(presence, "first")
    assert presence.formers(PARTNER) == ["h-partner"]
    await mat.room.ask(
        c.NotePresence(
            role=PARTNER, link=Link.LOST, visible=True, sound="on", awake=True, heard_ms=1
        )
    )
    await mat.room.ask(c.TakeSeat(role=PARTNER, token_hash="first"))
    comes(presence, "first")
    assert presence.formers(PARTNER) == ["h-partner"]
    assert presence.is_as_when(PARTNER, "h-partner") and presence.is_as_when(PARTNER, "first")
    assert not presence.is_as_when(PARTNER, "another")
    mat.partner.beat()
    assert presence.formers(PARTNER) == []


def test_an_attempt_that_fails_leaves_the_one_before_it(mat: Mat, presence: Presence) -> None:
    with pytest.raises(ZeroDivisionError), presence.coming(PARTNER, "first"):
        raise ZeroDivisionError
    assert not presence.is_awaited(PARTNER) and presence.formers(PARTNER) == []
    comes(presence, "second")
    with pytest.raises(ZeroDivisionError), presence.coming(PARTNER, "second"):
        raise ZeroDivisionError
    assert presence.is_awaited(PARTNER)
    with pytest.raises(Refused):
        comes(presence, "third")


class Counted(Uncounted):
    """Remembers what was counted."""

    def __init__(self) -> None:
        self.counts: list[tuple[str, object]] = []

    def shown(self, kind: str, ms: int) -> None:
        self.counts.append((kind, ms))

    def committed(self, ms: int) -> None:
        self.counts.append(("committed", ms))

    def journal_failed(self) -> None:
        self.counts.append(("journal_failed", None))

    def page_failed(self, faults: int) -> None:
        self.counts.append(("page_failed", faults))


async def test_what_a_room_does_is_counted_in_milliseconds() -> None:
    journal, clock, tally = FaultyJournal(MemoryJournal()), ManualClock(), Counted()
    mat = await (await Mat.laid(journal, clock)).to_holding()
    mat.room = Room(mat.room.state, journal, clock, tally)
    for phone in mat.phones:
        phone.reconnect(mat.room)
    mat.partner.is_painting = False
    await mat.tap(mat.client, c.EaseOff(id=mat.client.id()))
    assert tally.counts == [("committed", 0)]
    clock.step_to(clock.now_ms() + 40)
    mat.room.seen(PARTNER, mat.partner.alerts[-1].alert)
    assert ("ease", 40) in tally.counts
    journal.fail()
    mat.room.ask(c.Stop(id=mat.client.id()), Role.CLIENT)
    await mat.settle()
    assert tally.counts[-1] == ("journal_failed", None)
    mat.room.page_failed(3)
    assert tally.counts[-1] == ("page_failed", 3)


@pytest.mark.parametrize("is_briefed", [False, True])
async def test_a_room_is_opened_as_it_is_asked_for(is_briefed: bool) -> None:
    rooms = Rooms(MemoryJournal(), ManualClock(), load_library(ASSETS / "content"))
    room = await rooms.open(Role.CLIENT, ROUTINE, "h", is_briefed=is_briefed)
    assert (room.state.is_briefed, room.state.client.token_hash) == (is_briefed, "h")
    assert rooms.is_place("thigh_back_left") and not rooms.is_place("nowhere")
    assert rooms.here(room.id) is room and len(rooms) == 1
    await rooms.close()
