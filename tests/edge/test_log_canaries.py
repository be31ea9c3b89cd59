"""P18: an exception is told by where it came from, never by what it says; what goes is gone."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from app import logs
from app.config import Settings
from app.core.commands import End, Stop
from app.core.model import CommandId, Role
from app.errors import JournalUnavailable, PairingError, WireError
from app.hub import room as hub_room
from app.journal.memory import MemoryStore
from app.journal.sqlite import SqliteStore
from app.live import desk
from app.pairing.places import hash_token
from tests.edge.test_summary import ROOM, after, in_files, lived, press
from tests.support.app import Served, bearer, key_of, serve_app
from tests.support.clock import settle

PLACE, TOKEN, CODE, ANSWER = "knee_back_left", "token-of-nobody", "BCDF99", "yes-to-surgery"
CANARIES = (PLACE, TOKEN, CODE, ANSWER, "canary")
DAY_MS = 24 * 3_600_000


class Broken(Exception):
    """What a bug may raise: its text quotes everything it was working on."""


def fault() -> Exception:
    """An exception with a cause, a context, a note and parts, each quoting what was typed."""
    try:
        try:
            try:
                dict[str, str]()[CODE]
            except KeyError as missing:
                raise WireError(f"Invalid enum value {ANSWER!r}") from missing
        except WireError:
            raise ExceptionGroup(f"of {TOKEN}", [ValueError(PLACE), OSError(CODE)])  # noqa: B904
    except ExceptionGroup as group:
        broken = Broken(*CANARIES)
        broken.add_note(f"while judging {ANSWER}")
        broken.__cause__ = group
    return broken


@pytest.fixture(params=["json", "console"])
def log(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What the server's own handler writes, set up as the server does it."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    logs.set_up(Settings(log_format=request.param, log_level="debug"))
    structlog.configure(cache_logger_on_first_use=False)
    said = io.StringIO()
    handler = root.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(said)
    yield said
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def says_where_and_not_what(log: io.StringIO, event: str, *files: str) -> None:
    said = log.getvalue()
    assert event in said and "Traceback" not in said
    for canary in CANARIES:
        assert canary not in said, said
    for told in ("Broken", "ExceptionGroup", "WireError", "KeyError", "ValueError", *files):
        assert told in said, (told, said)


def raising(*_: object, **__: object) -> Any:
    raise fault()


async def test_a_fault_in_a_room(log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serve_app() as served:
        room = served.room((await served.start())["room"])
        monkeypatch.setattr(hub_room, "decide", raising)
        answer = room.ask(Stop(id=CommandId("canary")), Role.CLIENT)
        await settle()
        assert isinstance(answer.exception(), Broken)
    says_where_and_not_what(log, "room_failed", "app/hub/room.py:", "test_log_canaries.py:")


async def test_a_fault_in_a_request(log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serve_app() as served:
        monkeypatch.setattr(served.app.state.seats, "find_code", raising)
        answer = await served.join(code=CODE)
        assert answer.status_code == 500
        assert not [canary for canary in CANARIES if canary in answer.text]
    says_where_and_not_what(log, "request_failed", "app/web/api.py:")


async def refusals_at_desk(served: Served, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let a phone ask for an invitation that can't be made, and give what its desk refuses."""
    room = served.room((await served.start())["room"])
    monkeypatch.setattr(served.app.state.seats, "invite", raising)
    outbox, state = room.attach(Role.CLIENT), served.app.state
    counter = desk.Desk(room, Role.CLIENT, outbox, state.rooms, state.seats, served.clock, "")
    counter.read('{"type": "invite", "id": "canary"}')
    await settle()
    told = [str(message) for message in iter(outbox.take, None)]
    return [text for text in told if text.startswith("Refused")]


async def test_a_fault_behind_a_command(log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serve_app() as served:
        assert len(await refusals_at_desk(served, monkeypatch)) == 1
    says_where_and_not_what(log, "command_failed", "app/live/desk.py:", "test_log_canaries.py:")


async def test_a_fault_in_a_task_or_a_callback_that_nobody_awaits(log: io.StringIO) -> None:
    async def forgotten(typed: str) -> None:
        raise fault()

    tasks = [asyncio.ensure_future(forgotten("canary"))]
    asyncio.get_running_loop().call_soon(raising, *CANARIES)
    await settle()
    tasks.clear()
    assert log.getvalue().count("Broken") == 2
    says_where_and_not_what(log, "Task exception was never retrieved")
    assert "Exception in callback raising" in log.getvalue()


def test_a_librarys_own_line(log: io.StringIO) -> None:
    library = logging.getLogger("uvicorn.error")
    library.error("Exception in ASGI application\n%s", TOKEN, exc_info=fault())
    says_where_and_not_what(log, "Exception in ASGI application")


def test_what_the_system_or_the_database_says_is_told(log: io.StringIO) -> None:
    """Nobody typed it, and whoever mends the disk needs it."""
    full = OSError(errno.ENOSPC, "canary", "/home/canary/data")
    for cause in (full, sqlite3.OperationalError("disk I/O error"), PairingError("canary", CODE)):
        error = JournalUnavailable("canary")
        error.__cause__ = cause
        structlog.get_logger("x").error("journal_gone", exc_info=error)
    said = log.getvalue()
    assert "No space left on device" in said and "disk I/O error" in said
    assert "PairingError" in said and not [canary for canary in CANARIES if canary in said]


def test_lines_are_still_whole_and_a_long_chain_ends(log: io.StringIO) -> None:
    error: Exception | None = None
    for _ in range(1_000):
        deeper = ValueError("canary")
        deeper.__cause__, error = error, deeper
    assert error is not None
    error.__context__ = error
    structlog.get_logger("x").error("deep", exc_info=error, rooms=3)
    said = log.getvalue()
    assert said.count("ValueError") == logs.EXCEPTIONS and "canary" not in said
    if said.startswith("{"):
        line = json.loads(said)
        assert (line["event"], line["level"], line["rooms"]) == ("deep", "error", 3)


# What goes is gone


async def lobby(served: Served) -> dict[str, str]:
    """Leave in a room all that a lobby can: a name, a code, a key, a knock, tokens; then end it."""
    item = {"stretch": "hamstring_raise", "hold_s": 20, "reps": 2}
    routine = {"items": [item], "name": "routine-canary"}
    made = await served.start(routine=routine)
    knock = (await served.join(code=made["invitation"]["code"])).json()["knock"]
    await served.app.state.seats.admit(served.room(made["room"]), knock)
    seat = (await served.ask_knock(knock))["seat"]
    left = {"room": made["room"], "name": "routine-canary", "knock": knock}
    left |= {"client": hash_token(made["seat"]["token"]), "partner": hash_token(seat["token"])}
    for secret in (made["seat"]["token"], seat["token"], made["invitation"]["code"]):
        left[f"never {secret}"] = secret
    left[f"never {key_of(made['invitation'])}"] = key_of(made["invitation"])
    await served.room(made["room"]).ask(End(id=CommandId("end-canary")), Role.CLIENT)
    return left | {"id": "end-canary"}


@pytest.mark.parametrize("how", ["a day later", "asked for"])
async def test_no_file_and_no_metric_knows_a_room_that_is_gone(tmp_path: Path, how: str) -> None:
    store = SqliteStore.open(tmp_path / "saywhen.db")
    async with after(lived().log, (store, store)) as served:
        began_ms = served.clock.now_ms()
        left = await lobby(served) | {
            "lived": ROOM,
            "place": "knee_back_right",
            "felt": "calf_left",
        }
        for name, mark in left.items():
            assert (mark.encode() in in_files(tmp_path)) == ("never" not in name), name
        if how == "asked for":
            assert (await press(served, "client", "delete")).status_code == 303
            await served.app.state.rooms.erase(served.room(left["room"]))
        else:
            for until_ms in (DAY_MS - 1, DAY_MS + 11 * 60_000):
                assert ROOM.encode() in in_files(tmp_path)
                served.clock.step_to(began_ms + until_ms)
                await served.clock.pass_ms(0)
                await served.app.state.rooms._sweeping
        metrics = (await served.http.get("/metrics")).text
        gone = in_files(tmp_path)
    for name, mark in left.items():
        assert mark.encode() not in gone + in_files(tmp_path), name
        assert mark not in metrics, name


async def test_an_erased_room_never_comes_back() -> None:
    """Its phones were live: what its clock would have noted of them is noted nowhere."""
    store = MemoryStore()
    async with serve_app(store=(store, store)) as served:
        made = await served.start()
        await served.join(key=key_of(made["invitation"]))
        room = served.room(made["room"])
        outbox = room.attach(Role.CLIENT)
        room.beat(Role.CLIENT, 1, 1, True, "on", True)
        await settle()
        token = bearer(made["seat"]["token"])
        erased = await served.http.delete(f"/api/rooms/{made['room']}", headers=token)
        assert (erased.status_code, outbox.close_code) == (204, 4404)
        room.beat(Role.PARTNER, 1, 1, True, "on", True)
        room.ask(Stop(id=CommandId("late")), Role.CLIENT)
        await served.clock.pass_ms(15_000)
        served.clock.step_to(served.clock.now_ms() + 40 * 60_000)
        await served.clock.pass_ms(1_000)
        assert store._logs == {} and store._entries == {}
