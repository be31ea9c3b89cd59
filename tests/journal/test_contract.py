"""What every journal and every directory promises; one suite, each adapter runs it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.clock import RealClock
from app.core import events as e
from app.core.model import RoomId
from app.errors import SeqConflict
from app.journal.directory import Directory
from app.journal.memory import MemoryStore
from app.journal.port import Journal
from app.journal.sqlite import SqliteStore
from tests.support.engine import Nodes, engine, share, wipe

A, B = RoomId("room-a"), RoomId("room-b")
NODES = {"nats-1": 1, "nats-3": 3}


@dataclass
class Store:
    """One adapter: its log and its directory. `purges` is false where the engine does by itself."""

    journal: Journal
    directory: Directory
    purges: bool = True


@pytest.fixture(scope="module", params=["memory", "sqlite", *NODES])
def kind(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str | Nodes]:
    if request.param not in NODES:
        yield request.param
        return
    with engine(tmp_path_factory.mktemp("engine"), NODES[request.param]) as nodes:
        yield nodes


@pytest.fixture
async def store(kind: str | Nodes, tmp_path: Path) -> AsyncIterator[Store]:
    if isinstance(kind, Nodes):
        await wipe(kind)
        journal, directory = await share(kind, RealClock())
        yield Store(journal, directory, purges=False)
        await journal.close()
        return
    made = MemoryStore() if kind == "memory" else SqliteStore.open(tmp_path / "j.db")
    yield Store(made, made)
    await made.close()


def events(*times: int) -> list[e.Event]:
    return [e.Briefed(at_ms=at) for at in times]


async def test_what_was_appended_is_read_in_order(store: Store) -> None:
    assert await store.journal.append(A, 0, events(1, 2)) == 2
    assert await store.journal.append(A, 2, events(3)) == 3
    assert await store.journal.append(B, 0, events(9)) == 1
    assert await store.journal.read(A) == events(1, 2, 3)
    assert await store.journal.read(A, 2) == events(3)
    assert await store.journal.read(RoomId("unknown")) == []
    assert sorted(await store.journal.rooms()) == [A, B]


@pytest.mark.parametrize("expected", [0, 1, 3, 99])
async def test_another_length_is_a_conflict_and_changes_nothing(
    store: Store, expected: int
) -> None:
    await store.journal.append(A, 0, events(1, 2))
    with pytest.raises(SeqConflict):
        await store.journal.append(A, expected, events(7))
    assert await store.journal.read(A) == events(1, 2)


async def test_of_many_who_append_at_once_at_the_same_seq_one_wins(store: Store) -> None:
    tries = [store.journal.append(A, 0, events(n)) for n in range(20)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(result == 1 for result in results) == 1
    assert sum(isinstance(result, SeqConflict) for result in results) == 19
    assert len(await store.journal.read(A)) == 1


async def test_one_rooms_conflict_is_not_anothers(store: Store) -> None:
    rooms = [RoomId(f"r{n}") for n in range(50)]
    await store.journal.append(rooms[7], 0, events(1))
    tries = [store.journal.append(room, 0, events(5)) for room in rooms]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert [isinstance(r, SeqConflict) for r in results] == [n == 7 for n in range(50)]
    assert await store.journal.read(rooms[8]) == events(5)


async def test_an_erased_room_is_gone_from_log_and_directory(store: Store) -> None:
    await store.journal.append(A, 0, events(1))
    await store.journal.append(B, 0, events(1))
    await store.directory.put("code", "k", b"v", room=A, expires_ms=100)
    await store.journal.erase(A)
    assert await store.journal.rooms() == [B]
    assert await store.journal.read(A) == []
    assert await store.directory.get("code", "k", 1) is None
    assert await store.journal.append(A, 0, events(1)) == 1


async def test_a_value_is_there_until_it_expires(store: Store) -> None:
    await store.directory.put("code", "k", b"v", room=A, expires_ms=100)
    assert await store.directory.get("code", "k", 99) == b"v"
    assert await store.directory.get("code", "k", 100) is None
    assert await store.directory.get("key", "k", 99) is None
    assert await store.directory.purge(100) == (1 if store.purges else 0)
    assert await store.directory.get("code", "k", 99) is None or not store.purges


async def test_of_many_who_take_a_value_one_gets_it(store: Store) -> None:
    await store.directory.put("key", "k", b"v", room=A, expires_ms=100)
    taken = await asyncio.gather(*(store.directory.take("key", "k", 1) for _ in range(10)))
    assert sorted(value or b"" for value in taken) == [b""] * 9 + [b"v"]


async def test_an_expired_value_can_not_be_taken(store: Store) -> None:
    await store.directory.put("key", "k", b"v", room=A, expires_ms=100)
    assert await store.directory.take("key", "k", 100) is None


async def test_a_value_is_swapped_only_where_it_is_still_as_expected(store: Store) -> None:
    await store.directory.put("knock", "k", b"waiting", room=A, expires_ms=100)
    swaps = (store.directory.swap("knock", "k", b"waiting", b"admitted", 1) for _ in range(5))
    assert sum(await asyncio.gather(*swaps)) == 1
    assert await store.directory.get("knock", "k", 1) == b"admitted"
    assert not await store.directory.swap("knock", "k", b"admitted", b"late", 100)
    await store.directory.delete("knock", "k")
    assert not await store.directory.swap("knock", "k", b"admitted", b"x", 1)
