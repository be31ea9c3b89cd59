"""What only an engine that several servers share has to promise, on a real node."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from app.clock import RealClock
from app.core import events as e
from app.core.model import RoomId
from app.errors import ConfigError, Fenced, JournalUnavailable, SeqConflict
from app.journal.nats import NatsJournal
from app.journal.nats_directory import STREAM, NatsDirectory
from app.journal.nats_engine import Engine, Stored
from tests.support.engine import Nodes, engine, share, wipe

A = RoomId("room-a")


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    with engine(tmp_path_factory.mktemp("engine"), 1) as made:
        yield made


@pytest.fixture
async def two(nodes: Nodes) -> AsyncIterator[tuple[NatsJournal, NatsJournal]]:
    """The journal as two servers have it."""
    await wipe(nodes)
    one, _ = await share(nodes, RealClock())
    other, _ = await share(nodes, RealClock())
    yield one, other
    await one.close()
    await other.close()


def events(*times: int) -> list[e.Event]:
    return [e.Briefed(at_ms=at) for at in times]


async def test_all_servers_have_one_name_for_the_journal(
    two: tuple[NatsJournal, NatsJournal],
) -> None:
    one, other = two
    assert one.epoch == other.epoch and one.srv != other.srv


async def test_whoever_was_overtaken_is_fenced_and_learns_by_whom(
    two: tuple[NatsJournal, NatsJournal],
) -> None:
    one, other = two
    await one.append(A, 0, events(1))
    assert await other.read(A) == events(1)
    await other.append(A, 1, events(2))
    with pytest.raises(Fenced) as fenced:
        await one.append(A, 1, events(3))
    assert fenced.value.by == other.srv
    assert await one.read(A) == events(1, 2)


async def test_a_server_that_overtook_itself_is_not_fenced(
    two: tuple[NatsJournal, NatsJournal],
) -> None:
    one, _ = two
    await one.append(A, 0, events(1))
    with pytest.raises(SeqConflict) as conflict:
        await one.append(A, 0, events(2))
    assert not isinstance(conflict.value, Fenced)


async def test_a_reading_that_is_overtaken_by_a_commit_takes_nothing_back(
    two: tuple[NatsJournal, NatsJournal], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = two
    await one.append(A, 0, events(1))
    fetched, go_on = asyncio.Event(), asyncio.Event()
    real = one.engine.all

    async def slow(stream: str, subject: str) -> list[Stored]:
        found = await real(stream, subject)
        fetched.set()
        await go_on.wait()
        return found

    monkeypatch.setattr(one.engine, "all", slow)
    reading = asyncio.create_task(one.read(A))
    await fetched.wait()
    await one.append(A, 1, events(2))
    go_on.set()
    assert await reading == events(1)
    assert await one.append(A, 2, events(3)) == 3


async def test_a_commit_that_follows_none_counts_for_nobody_and_stands_in_nobodys_way(
    two: tuple[NatsJournal, NatsJournal],
) -> None:
    one, other = two
    await one.append(A, 0, events(1))
    forked = {"Sw-After": "0", "Sw-By": "x", "Sw-Seq": "1", "Sw-Shift": "0", "Sw-Time": "9"}
    subject = one._subject(A)
    await one.engine.append(subject, b'[{"type":"briefed","at_ms":9}]', {**forked, "Sw-Is": "open"})
    assert await one.read(A) == await other.read(A) == events(1)
    assert await one.append(A, 1, events(2)) == 2
    assert await other.read(A) == events(1, 2)


async def test_a_room_erased_by_another_server_takes_no_late_commit(
    two: tuple[NatsJournal, NatsJournal],
) -> None:
    one, other = two
    await one.append(A, 0, events(1))
    await other.erase(A)
    with pytest.raises(SeqConflict):
        await one.append(A, 1, events(2))
    assert await other.read(A) == []


async def test_where_the_engine_is_away_nothing_is_said_to_be_written(nodes: Nodes) -> None:
    await wipe(nodes)
    journal, _ = await share(nodes, RealClock())
    await journal.append(A, 0, events(1))
    nodes[0].stop()
    try:
        with pytest.raises(JournalUnavailable):
            await journal.append(A, 1, events(2))
        assert not await journal.is_writable()
    finally:
        nodes[0].wake()
    async with asyncio.timeout(20):
        while not await journal.is_writable():
            await asyncio.sleep(0.05)
    with pytest.raises(SeqConflict):  # it was written after all, and the answer was lost
        await journal.append(A, 1, events(3))
    assert await journal.read(A) == events(1, 2)
    await journal.close()


async def test_the_engine_deletes_what_has_expired_by_itself(nodes: Nodes) -> None:
    await wipe(nodes)
    journal, _ = await share(nodes, RealClock())
    directory = NatsDirectory(journal.engine, RealClock(), margin_s=0)
    soon = RealClock().now_ms() + 1_000
    await directory.put("code", "k", b"v", room=A, expires_ms=soon)
    assert len(await journal.engine.subjects(STREAM)) == 2
    async with asyncio.timeout(20):
        while await journal.engine.subjects(STREAM):
            await asyncio.sleep(0.1)
    await journal.close()


async def test_nothing_of_an_erased_room_can_be_read_in_any_file(nodes: Nodes) -> None:
    await wipe(nodes)
    journal, directory = await share(nodes, RealClock())
    room = RoomId("room-that-is-erased")
    for n in range(16):  # what is alone in its file goes with the file
        await journal.append(RoomId(f"neighbour-{n}"), 0, events(1))
    await journal.append(room, 0, [e.SeatTaken(at_ms=1, role="client", token_hash="a-hash")])  # type: ignore[arg-type]
    await directory.put("knock", "a-key", b"two words", room=room, expires_ms=2**45)
    await journal.erase(room)
    await journal.close()
    files = [path.read_bytes() for path in nodes[0].folder.rglob("*") if path.is_file()]
    assert files
    for secret in (b"room-that-is-erased", b"a-hash", b"a-key", b"two words"):
        assert not any(secret in data for data in files)


@pytest.mark.parametrize("key", ["a.b", "*", ">", "with space", "ü", "a:b", "%"])
async def test_no_key_reaches_another_ones_entry(nodes: Nodes, key: str) -> None:
    await wipe(nodes)
    journal, directory = await share(nodes, RealClock())
    await directory.put("code", "other", b"o", room=A, expires_ms=2**45)
    assert await directory.get("code", key, 1) is None
    await directory.put("code", key, b"v", room=A, expires_ms=2**45)
    assert await directory.take("code", key, 1) == b"v"
    assert await directory.get("code", "other", 1) == b"o"
    await journal.close()


async def test_an_engine_of_one_node_is_refused_unless_its_loss_is_accepted(nodes: Nodes) -> None:
    with pytest.raises(ConfigError, match="--i-accept-loss"):
        await Engine.open(nodes.urls, tries=1)


async def test_an_engine_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(ConfigError) as problem:
        await Engine.open(["nats://me:secret@127.0.0.1:1"], tries=1)
    assert "127.0.0.1:1" in str(problem.value) and "secret" not in str(problem.value)
