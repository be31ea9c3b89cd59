"""What every journal and every directory promises; one suite, each adapter runs it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.core import events as e
from app.core.model import RoomId
from app.errors import SeqConflict
from app.journal.memory import MemoryStore
from app.journal.sqlite import SqliteStore

Store = MemoryStore | SqliteStore
A, B = RoomId("room-a"), RoomId("room-b")


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    made = MemoryStore() if request.param == "memory" else SqliteStore.open(tmp_path / "j.db")
    yield made
    await made.close()


def events(*times: int) -> list[e.Event]:
    return [e.Briefed(at_ms=at) for at in times]


async def test_what_was_appended_is_read_in_order(store: Store) -> None:
    assert await store.append(A, 0, events(1, 2)) == 2
    assert await store.append(A, 2, events(3)) == 3
    assert await store.append(B, 0, events(9)) == 1
    assert await store.read(A) == events(1, 2, 3)
    assert await store.read(A, 2) == events(3)
    assert await store.read(RoomId("unknown")) == []
    assert await store.rooms() == [A, B]


@pytest.mark.parametrize("expected", [0, 1, 3, 99])
async def test_another_length_is_a_conflict_and_changes_nothing(
    store: Store, expected: int
) -> None:
    await store.append(A, 0, events(1, 2))
    with pytest.raises(SeqConflict):
        await store.append(A, expected, events(7))
    assert await store.read(A) == events(1, 2)


async def test_of_many_who_append_at_once_at_the_same_seq_one_wins(store: Store) -> None:
    tries = [store.append(A, 0, events(n)) for n in range(20)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(result == 1 for result in results) == 1
    assert sum(isinstance(result, SeqConflict) for result in results) == 19
    assert len(await store.read(A)) == 1


async def test_one_rooms_conflict_is_not_anothers(store: Store) -> None:
    rooms = [RoomId(f"r{n}") for n in range(50)]
    await store.append(rooms[7], 0, events(1))
    tries = [store.append(room, 0, events(5)) for room in rooms]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert [isinstance(r, SeqConflict) for r in results] == [n == 7 for n in range(50)]
    assert await store.read(rooms[8]) == events(5)


async def test_an_erased_room_is_gone_from_log_and_directory(store: Store) -> None:
    await store.append(A, 0, events(1))
    await store.append(B, 0, events(1))
    await store.put("code", "k", b"v", room=A, expires_ms=100)
    await store.erase(A)
    assert await store.rooms() == [B]
    assert await store.read(A) == []
    assert await store.get("code", "k", 1) is None
    assert await store.append(A, 0, events(1)) == 1


async def test_a_value_is_there_until_it_expires(store: Store) -> None:
    await store.put("code", "k", b"v", room=A, expires_ms=100)
    assert await store.get("code", "k", 99) == b"v"
    assert await store.get("code", "k", 100) is None
    assert await store.get("key", "k", 99) is None
    assert await store.purge(100) == 1
    assert await store.get("code", "k", 99) is None


async def test_of_many_who_take_a_value_one_gets_it(store: Store) -> None:
    await store.put("key", "k", b"v", room=A, expires_ms=100)
    taken = await asyncio.gather(*(store.take("key", "k", 1) for _ in range(10)))
    assert sorted(value or b"" for value in taken) == [b""] * 9 + [b"v"]


async def test_an_expired_value_can_not_be_taken(store: Store) -> None:
    await store.put("key", "k", b"v", room=A, expires_ms=100)
    assert await store.take("key", "k", 100) is None


async def test_a_value_is_swapped_only_where_it_is_still_as_expected(store: Store) -> None:
    await store.put("knock", "k", b"waiting", room=A, expires_ms=100)
    swaps = (store.swap("knock", "k", b"waiting", b"admitted", 1) for _ in range(5))
    assert sum(await asyncio.gather(*swaps)) == 1
    assert await store.get("knock", "k", 1) == b"admitted"
    assert not await store.swap("knock", "k", b"admitted", b"late", 100)
    await store.delete("knock", "k")
    assert not await store.swap("knock", "k", b"admitted", b"x", 1)
