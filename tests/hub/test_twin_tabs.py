"""Which socket of a seat is the newest: reloads, late ones, and tabs whose store was copied."""

from __future__ import annotations

from app.core.model import Role, RoomState
from app.hub.listeners import TABS, Listeners
from app.hub.outbox import Outbox
from app.protocol.view import view

MOVED = 4409


def listeners() -> Listeners:
    return Listeners(lambda role: view(RoomState(room="r"), role, 0, ""))  # type: ignore[arg-type]


def is_open(outbox: Outbox) -> bool:
    return not outbox.is_closing


def test_a_late_socket_of_a_tab_never_turns_out_its_successor() -> None:
    seat = listeners()
    newest = seat.connect(Role.CLIENT, "a", 5)
    late = seat.connect(Role.CLIENT, "a", 4)
    assert is_open(newest) and late.close_code == MOVED
    again = seat.connect(Role.CLIENT, "a", 6)
    assert is_open(again) and newest.close_code == MOVED


def test_a_late_socket_turns_out_nobody_after_the_tab_was_taken_over_either() -> None:
    seat = listeners()
    seat.connect(Role.CLIENT, "a", 5)
    taken = seat.connect(Role.CLIENT, "b", 1)
    assert seat.connect(Role.CLIENT, "a", 4).close_code == MOVED
    assert is_open(taken)
    for n in range(3 * TABS):
        taken = seat.connect(Role.CLIENT, f"c{n}", 1)
    assert len(seat._tabs[Role.CLIENT]) == TABS


def test_a_tab_whose_copy_counted_on_and_went_is_let_in_at_once() -> None:
    seat = listeners()
    copy = seat.connect(Role.CLIENT, "a", 20)
    assert seat.connect(Role.CLIENT, "a", 6).close_code == MOVED, "its copy is there"
    seat.disconnect(Role.CLIENT, copy)
    assert is_open(seat.connect(Role.CLIENT, "a", 7))


def test_programs_that_count_nothing_are_the_newest_each_time() -> None:
    seat = listeners()
    first = seat.connect(Role.CLIENT)
    assert is_open(seat.connect(Role.CLIENT)) and first.close_code == MOVED
