"""*Keep* says where it is found again, and there it is: home lists what this browser can open."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from app.core import events as e
from app.core.model import RoomId
from app.journal.memory import MemoryStore
from app.web.held import KEPT_MOST
from tests.edge.test_summary import as_room
from tests.support.app import SAME_SITE, Served, bearer, serve_app
from tests.support.session import Session

DAY_MS = 24 * 3600_000
LISTED = re.compile(r'<a href="(/room/[^"]+/summary)"')
CAN_T_BE_OPENED = "can't be opened or deleted here any more"
FIRST = "feedfacecafe0001"


def names(count: int) -> list[str]:
    return [f"feedfacecafe{number:04d}" for number in range(1, count + 1)]


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """One browser that has lain down in fourteen sessions, one after the other."""
    memory = MemoryStore()
    for number, name in enumerate(names(14)):
        session = Session(now_ms=Session().now_ms + number * 3600_000).to_ended()
        log = [
            replace(event, room=RoomId(name)) if isinstance(event, e.RoomOpened) else event
            for event in as_room(session.log)
        ]
        await memory.append(RoomId(name), 0, log)
    async with serve_app(store=(memory, memory)) as one:
        one.clock.step_to(Session().now_ms + 14 * 3600_000)
        yield one


def sit(served: Served, room: str, role: str = "client") -> None:
    served.http.cookies.set(f"seat_{room}_{role}", f"{role}-token", domain="testserver.local")


async def listed(served: Served) -> list[str]:
    return LISTED.findall((await served.http.get("/")).text)


async def keep(served: Served, room: str) -> str:
    sit(served, room)
    path = f"/room/{room}/client"
    before = (await served.http.get(f"{path}/summary")).text
    assert (await served.http.post(f"{path}/keep", headers=SAME_SITE)).status_code == 303
    return before


async def test_what_is_kept_is_listed_with_its_day_routine_and_seat(served: Served) -> None:
    before = await keep(served, FIRST)
    assert "Kept, you find it again on this site's first page, in this browser." in before
    after = (await served.http.get(f"/room/{FIRST}/client/summary")).text
    assert "You find it again on this site's first page, in this browser." in after
    home = (await served.http.get("/")).text
    assert LISTED.findall(home) == [f"/room/{FIRST}/client/summary"]
    assert "Kept in this browser" in home and "Not kept yet" not in home
    shown = home[home.index("Kept in this browser") :]
    assert re.search(r"<time datetime=[^>]+>\d+ November 2025, \d\d:\d\d</time>", shown)
    assert "Your own choice" in shown and "you lay down" in shown
    served.clock.step_to(served.clock.now_ms() + 30 * DAY_MS)
    assert await listed(served) == [f"/room/{FIRST}/client/summary"]


async def test_until_it_is_kept_it_is_listed_for_a_day_and_to_both(served: Served) -> None:
    sit(served, FIRST, "partner")
    home = (await served.http.get("/")).text
    assert "Not kept yet" in home and "you helped" in home
    assert LISTED.findall(home) == [f"/room/{FIRST}/partner/summary"]
    served.clock.step_to(served.clock.now_ms() + DAY_MS)
    assert await listed(served) == []


async def test_delete_takes_it_off_the_list_and_the_cookie_with_it(served: Served) -> None:
    await keep(served, FIRST)
    deleted = await served.http.post(f"/room/{FIRST}/client/delete", headers=SAME_SITE)
    assert deleted.status_code == 303
    assert f"seat_{FIRST}_client" not in served.http.cookies
    assert await listed(served) == []


async def test_the_newest_twelve_are_listed_and_who_keeps_one_more_is_told_first(
    served: Served,
) -> None:
    for name in names(KEPT_MOST):
        assert CAN_T_BE_OPENED not in await keep(served, name)
    told = await keep(served, names(13)[-1])
    assert CAN_T_BE_OPENED in told and f'href="/room/{FIRST}/client/summary"' in told
    newest = [f"/room/{name}/client/summary" for name in reversed(names(13)[1:])]
    assert await listed(served) == newest
    assert f"seat_{FIRST}_client" not in served.http.cookies
    assert served.room(FIRST).state.is_kept, "what leaves the list is still the client's to open"
    answer = await served.http.get(f"/api/rooms/{FIRST}/record", headers=bearer("client-token"))
    assert answer.status_code == 200


async def test_the_line_of_cookies_that_keeping_leaves_is_short(served: Served) -> None:
    for name in names(14):
        await keep(served, name)
    line = "; ".join(f"{name}={value}" for name, value in served.http.cookies.items())
    assert len(served.http.cookies) == KEPT_MOST and len(line) < 1_000


# Twelve months


KEPT_LASTS_MS = 365 * DAY_MS
AGAIN = "Keep it for 12 months from today"


async def pass_time(served: Served, ms: int) -> None:
    """Be so much later, and have the server look what is over."""
    served.clock.step_to(served.clock.now_ms() + ms)
    await served.app.state.rooms.sweep()


def there(served: Served) -> bool:
    return FIRST in {str(room.id) for room in served.app.state.rooms}


async def test_a_kept_record_ends_twelve_months_after_it_was_kept(served: Served) -> None:
    await keep(served, FIRST)
    page = (await served.http.get(f"/room/{FIRST}/client/summary")).text
    assert "It stays on this server until" in page and AGAIN in page
    assert re.search(r'<time datetime="2026-11-2\d', page)
    await pass_time(served, KEPT_LASTS_MS - 1)
    assert there(served)
    await pass_time(served, 1)
    assert not there(served)
    assert await served.app.state.journal.read(RoomId(FIRST)) == []
    assert await listed(served) == []


async def test_kept_again_it_stays_twelve_months_more(served: Served) -> None:
    await keep(served, FIRST)
    await pass_time(served, KEPT_LASTS_MS - DAY_MS)
    again = await served.http.post(f"/room/{FIRST}/client/keep", headers=SAME_SITE)
    assert again.status_code == 303
    assert f"Max-Age={KEPT_LASTS_MS // 1000}" in again.headers["set-cookie"]
    await pass_time(served, KEPT_LASTS_MS - 1)
    assert there(served)
    await pass_time(served, 1)
    assert not there(served)


async def test_home_says_a_month_before_that_a_record_ends(served: Served) -> None:
    await keep(served, FIRST)
    await pass_time(served, KEPT_LASTS_MS - 32 * DAY_MS)
    assert "It ends on" not in (await served.http.get("/")).text
    await pass_time(served, 3 * DAY_MS)
    assert "It ends on" in (await served.http.get("/")).text
    await served.http.post(f"/room/{FIRST}/client/keep", headers=SAME_SITE)
    assert "It ends on" not in (await served.http.get("/")).text


@pytest.mark.parametrize("is_kept", [True, False])
async def test_a_log_that_makes_no_sense_goes_when_its_time_is_over(is_kept: bool) -> None:
    memory, last_ms = MemoryStore(), Session().now_ms
    log: list[e.Event] = [e.HoldStarted(at_ms=last_ms, length_ms=1)]
    log += [e.RecordKept(at_ms=last_ms)] if is_kept else []
    await memory.append(RoomId(FIRST), 0, log)
    lasts_ms = KEPT_LASTS_MS if is_kept else DAY_MS
    async with serve_app(store=(memory, memory)) as one:
        one.clock.step_to(last_ms + lasts_ms - 1)
        await one.app.state.rooms.sweep()
        assert await memory.rooms() == [RoomId(FIRST)]
        one.clock.step_to(last_ms + lasts_ms)
        await one.app.state.rooms.sweep()
        assert await memory.rooms() == []


async def test_home_looks_at_each_room_once(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another server's room is read from its log to be listed."""
    for name in names(3):
        sit(served, name)
    rooms, looked = served.app.state.rooms, []
    real = rooms.look_at

    async def look_at(room: str) -> object:
        looked.append(room)
        return await real(room)

    monkeypatch.setattr(rooms, "look_at", look_at)
    await served.http.get("/")
    assert sorted(looked) == names(3)
