"""A lease by itself: weak after 2 s, lost after 3, and what a beat has to say is said."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from app.core.model import Link, Role, RoomState
from app.hub.pulse import Pulse
from tests.support.session import Session

NOW = 1_764_000_000_000
WEAK_MS, LOST_MS, COMES_MS, LATE_MS = 2_000, 3_000, 10_000, 250
SAID = {"visible": True, "sound": "on", "awake": True}
CLIENT, PARTNER = Role.CLIENT, Role.PARTNER


def state(**client: Any) -> RoomState:
    """Both were heard just now."""
    opened = Session().state
    heard = {"link": Link.LIVE, "heard_ms": NOW, "token_hash": "t", **SAID}
    return replace(
        opened,
        client=replace(opened.client, **{**heard, **client}),
        partner=replace(opened.partner, **heard),
    )


def link(pulse: Pulse, role: Role = CLIENT) -> Link:
    return pulse.as_it_is(role, state().seat(role)).link


def beat(pulse: Pulse, now_ms: int, role: Role = CLIENT, **said: Any) -> None:
    pulse.beat(role, now_ms, **{**SAID, **said})


@pytest.mark.parametrize(
    ("silent_ms", "found"),
    [
        (0, Link.LIVE), (WEAK_MS - 1, Link.LIVE), (WEAK_MS, Link.WEAK),
        (LOST_MS - 1, Link.WEAK), (LOST_MS, Link.LOST), (3_600_000, Link.LOST),
    ],
)  # fmt: skip
def test_silence_is_judged_by_its_length(silent_ms: int, found: Link) -> None:
    pulse = Pulse(state())
    pulse.judge(NOW + silent_ms)
    assert link(pulse) is link(pulse, PARTNER) is found


def test_what_is_lost_stays_lost_and_is_not_weak_again() -> None:
    pulse = Pulse(state(link=Link.LOST))
    pulse.judge(NOW + WEAK_MS)
    assert link(pulse) is Link.LOST


@pytest.mark.parametrize(
    ("link_was", "heard_ms", "after_ms", "found"),
    [
        (Link.ABSENT, NOW, COMES_MS - 1, Link.ABSENT),
        (Link.ABSENT, NOW, COMES_MS, Link.LOST),
        (Link.ABSENT, 0, 3_600_000, Link.ABSENT),  # nobody ever took that seat
    ],
)
def test_who_took_a_seat_is_waited_for_ten_seconds(
    link_was: Link, heard_ms: int, after_ms: int, found: Link
) -> None:
    pulse = Pulse(state(link=link_was, heard_ms=heard_ms))
    pulse.judge(NOW + after_ms)
    assert link(pulse) is found
    fresh = Pulse(state(link=Link.ABSENT, heard_ms=0))
    fresh.expect(CLIENT, NOW)
    fresh.judge(NOW + COMES_MS)
    assert link(fresh) is Link.LOST


@pytest.mark.parametrize(("over_ms", "is_late"), [(LATE_MS - 1, False), (LATE_MS, True)])
def test_a_lease_found_long_over_tells_of_a_standstill(over_ms: int, is_late: bool) -> None:
    pulse = Pulse(state())
    pulse.judge(NOW + LOST_MS + over_ms)
    assert pulse.late_ms == (NOW + LOST_MS + over_ms if is_late else 0)


def test_what_is_lost_already_tells_of_no_standstill() -> None:
    pulse = Pulse(state(link=Link.LOST))
    beat(pulse, NOW + LOST_MS, PARTNER)
    pulse.judge(NOW + LOST_MS + LATE_MS)
    assert pulse.late_ms == 0


def test_a_weak_link_is_live_at_its_second_beat_in_a_row() -> None:
    pulse = Pulse(state())
    at = NOW + WEAK_MS
    pulse.judge(at)
    beat(pulse, at)
    assert link(pulse) is Link.WEAK
    pulse.judge(at + WEAK_MS)
    beat(pulse, at + WEAK_MS)  # not in time: the first one again
    assert link(pulse) is Link.WEAK
    beat(pulse, at + WEAK_MS + 500)
    assert link(pulse) is Link.LIVE


@pytest.mark.parametrize("was", [Link.LOST, Link.ABSENT])
def test_a_link_that_was_gone_is_live_at_its_first_beat(was: Link) -> None:
    pulse = Pulse(state(link=was))
    beat(pulse, NOW + 60_000)
    assert link(pulse) is Link.LIVE
    assert pulse.heard_ms(CLIENT) == NOW + 60_000


NEWS = [("visible", False), ("sound", "muted"), ("awake", False)]


@pytest.mark.parametrize(("name", "value"), NEWS)
def test_what_a_beat_says_anew_is_news_until_the_room_knows_it(name: str, value: Any) -> None:
    known = state()
    pulse = Pulse(known)
    assert pulse.news(CLIENT, known) is None
    assert not pulse.renew(CLIENT, NOW + 500, **{**SAID, name: value}, seat=known.client)
    beat(pulse, NOW + 500, **{name: value})
    told = pulse.news(CLIENT, known)
    assert told is not None and getattr(told, name) == value
    assert (told.role, told.link, told.heard_ms) == (CLIENT, Link.LIVE, NOW + 500)
    assert getattr(pulse.as_it_is(CLIENT, known.client), name) == value
    assert pulse.news(CLIENT, state(**{name: value})) is None
    assert pulse.news(PARTNER, known) is None


def test_a_beat_that_says_what_is_known_only_renews() -> None:
    known = state()
    pulse = Pulse(known)
    assert pulse.renew(CLIENT, NOW + WEAK_MS - 1, **SAID, seat=known.client)  # type: ignore[arg-type]
    assert pulse.heard_ms(CLIENT) == NOW + WEAK_MS - 1
    pulse.judge(NOW + WEAK_MS)
    assert (link(pulse), link(pulse, PARTNER)) == (Link.LIVE, Link.WEAK)


@pytest.mark.parametrize(
    ("known", "after_ms"),
    [
        (state(), WEAK_MS),  # it has to be judged first
        (state(link=Link.LOST), 500),
        (state(link=Link.WEAK), 500),
    ],
)
def test_a_beat_that_ends_a_silence_is_more_than_a_renewal(known: RoomState, after_ms: int) -> None:
    pulse = Pulse(known)
    assert not pulse.renew(CLIENT, NOW + after_ms, **SAID, seat=known.client)  # type: ignore[arg-type]
    assert pulse.heard_ms(CLIENT) == NOW


def test_what_the_room_has_not_written_yet_is_not_known() -> None:
    pulse = Pulse(state())
    unwritten = state(link=Link.LOST).client
    assert not pulse.renew(CLIENT, NOW + 500, **SAID, seat=unwritten)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("client", "next_ms"),
    [
        ({"link": Link.LIVE}, NOW + 100 + WEAK_MS),
        ({"link": Link.WEAK}, NOW + 100 + LOST_MS),
        ({"link": Link.ABSENT}, NOW + 100 + COMES_MS),
        ({"link": Link.LOST}, None),
        ({"link": Link.ABSENT, "heard_ms": 0}, None),
    ],
)
def test_the_next_end_of_a_lease_is_watched(client: dict[str, Any], next_ms: int | None) -> None:
    opened = state(**{"heard_ms": NOW + 100, **client})
    gone = replace(opened, partner=replace(opened.partner, link=Link.LOST))
    assert Pulse(gone).next_ms() == next_ms
    both = Pulse(opened).next_ms()
    assert both == min(NOW + WEAK_MS, next_ms or NOW + WEAK_MS)


def test_who_was_never_heard_was_never_heard() -> None:
    assert Pulse(state(link=Link.ABSENT, heard_ms=0)).heard_ms(CLIENT) is None
