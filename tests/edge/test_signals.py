"""P3: a stop, ease or pain that no socket takes goes by POST, as it would have gone there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.core.model import Phase, Role
from app.journal.memory import MemoryStore
from app.live.desk import Desk
from app.protocol.to_phone import AlertTold
from tests.support.app import Served, bearer, key_of, serve_app
from tests.support.clock import settle
from tests.support.faulty_journal import FaultyJournal

STOP = {"type": "stop", "id": "t1"}


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with serve_app() as one:
        yield one


async def paired(served: Served) -> tuple[str, dict[str, str]]:
    made = await served.start()
    joined = (await served.join(key=key_of(made["invitation"]))).json()
    return made["room"], {"client": made["seat"]["token"], "partner": joined["seat"]["token"]}


async def post(served: Served, room: str, token: str, **message: Any) -> tuple[int, Any]:
    answer = await served.http.post(
        f"/api/rooms/{room}/signals", json=message, headers=bearer(token)
    )
    return answer.status_code, answer.json()


@pytest.mark.parametrize("role", ["client", "partner"])
async def test_a_posted_stop_is_told_to_both_and_answered(served: Served, role: str) -> None:
    room, tokens = await paired(served)
    boxes = {one: served.room(room).attach(Role(one)) for one in tokens}
    assert await post(served, room, tokens[role], **STOP) == (200, {"type": "done", "id": "t1"})
    for box in boxes.values():
        told = [m for m in iter(box.take, None) if isinstance(m, AlertTold)]
        assert [m.alert for m in told] == [f"{role}:t1"]


async def test_the_same_tap_by_both_ways_is_one(served: Served) -> None:
    room, tokens = await paired(served)
    here = served.room(room)
    seq = here.state.seq
    assert (await post(served, room, tokens["client"], **STOP))[0] == 200
    once = here.state.seq
    assert once > seq
    assert (await post(served, room, tokens["client"], **STOP))[1]["type"] == "done"
    assert here.state.seq == once


async def test_what_the_rules_refuse_is_refused_here_too(served: Served) -> None:
    room, tokens = await paired(served)
    ease = {"type": "ease", "id": "t1"}
    told = {"type": "refused", "id": "t1", "reason": "not_now"}
    assert await post(served, room, tokens["client"], **ease) == (200, told)
    assert (await post(served, room, tokens["partner"], **ease))[1]["reason"] == "not_yours"


@pytest.mark.parametrize(
    "message",
    [
        {"type": "good", "id": "t1", "phase_no": 0}, {"type": "ready", "id": "t1", "phase_no": 0},
        {"type": "end", "id": "t1"}, {"type": "beat", "n": 1, "sent_ms": 1, "visible": True},
        {"type": "stop"}, {"type": "stop", "id": "no good id"}, {},
    ],
)  # fmt: skip
async def test_nothing_else_is_taken_without_a_socket(
    served: Served, message: dict[str, Any]
) -> None:
    room, tokens = await paired(served)
    before = served.room(room).state
    status, told = await post(served, room, tokens["client"], **message)
    assert (status, told["code"]) == (422, "malformed")
    assert served.room(room).state == before


async def test_a_posted_stop_proves_nothing_about_the_link(served: Served) -> None:
    room, tokens = await paired(served)
    before = served.room(room).state.client
    await post(served, room, tokens["client"], **STOP)
    after = served.room(room).state.client
    assert (after.link, after.heard_ms) == (before.link, before.heard_ms)


async def test_a_hung_journal_keeps_no_stop_from_the_other_phone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.web.api.SIGNAL_ANSWERED_WITHIN_S", 0.05)
    store = MemoryStore()
    journal = FaultyJournal(store)
    async with serve_app((journal, store)) as served:
        room, tokens = await paired(served)
        box = served.room(room).attach(Role.PARTNER)
        journal.hang()
        asking = asyncio.create_task(post(served, room, tokens["client"], **STOP))
        async with asyncio.timeout(5):
            while not box.has_alerts:
                await asyncio.sleep(0)
        told = box.take()
        assert isinstance(told, AlertTold) and told.alert == "client:t1"
        assert await asking == (202, {"type": "told", "id": "t1"})
        journal.go_on()
        await settle()
        assert served.room(room).state.phase is Phase.LOBBY


async def test_what_goes_wrong_in_pages_is_counted_for_the_operator_and_nobody_else(
    served: Served,
) -> None:
    room, _ = await paired(served)
    here, state = served.room(room), served.app.state
    desk = Desk(
        here, Role.CLIENT, here.attach(Role.CLIENT), state.rooms, state.seats, state.clock, ""
    )
    # A page that is loaded again begins anew, and no number that a phone sends is believed.
    for faults in (0, 2, 3, 3, 1, 10**12):
        beat = {"type": "beat", "n": 1, "sent_ms": 1, "visible": True, "faults": faults}
        desk.read(json.dumps(beat))
    text = (await served.http.get("/metrics")).text
    assert "saywhen_page_faults_total 103.0" in text
