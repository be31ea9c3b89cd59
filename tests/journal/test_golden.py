"""P19: what any release wrote is read for ever, and what a newer one wrote is never guessed at.

A folder of `golden/` is one release: its logs, the states they led to, and a database as SQL.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import typing
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.core import events as e
from app.core.model import Phase, RoomId
from app.core.stored import decode
from app.core.upcast import Body, Upcasts
from app.errors import JournalTooNew
from app.journal.schema import APPLICATION_ID, FORMAT
from app.journal.sqlite import SqliteStore
from tests.journal.golden.make import HERE, state_of
from tests.support.proof import proof

# Never change a line: a release's folder is what it wrote. A new release adds a line.
RELEASES = {
    "v0.1.0": "5fc4fa78debdb55ea8152c894c31edf9d164db254c75a960fa60f10eb1babc86",
    "v0.2.0": "e9951ee3aa4ff88543571125a58a44372b92550da8135b94bb82209954e81090",
    "v0.3.0": "47853654f2755b54eb6307dc1cadec8bcc2a335262c7cfd7d43cb31c2ae6b33b",
    "v0.4.0": "05dfb6456cfd4e8bbb00fe0881ff120dc97855c00f38e487e2b64f29e6263e29",
}
# Up to 0.4 these were kept for ever. In other phases nothing read them.
READ_IN = {
    "hold_left_ms": {Phase.EASING_IN, Phase.HOLDING, Phase.EASED},
    "is_rep_done": {*Phase} - {Phase.ENDED},
}
NO_MORE_WRITTEN: set[Any] = {e.PainTold}
LOGS = sorted(HERE.glob("*/*.jsonl"))
DUMPS = sorted(HERE.glob("*/*.sql"))
FUTURE = b'{"type":"levitated","at_ms":1}'


def read(log: Path) -> list[e.Event]:
    return [decode(body) for body in log.read_bytes().splitlines()]


def recorded(release: Path) -> dict[str, Any]:
    """Return the states of a release, without what had been left over from an earlier phase."""
    states: dict[str, Any] = json.loads((release / "states.json").read_bytes())
    for state in states.values():
        for name, phases in READ_IN.items():
            if state["phase"] not in phases:
                del state[name]
    return states


def agrees(recorded: Any, now: Any) -> bool:
    """A state may have gained fields since; what it had, it still has."""
    if isinstance(recorded, dict) and isinstance(now, dict):
        return all(name in now and agrees(recorded[name], now[name]) for name in recorded)
    if isinstance(recorded, list) and isinstance(now, list):
        return len(recorded) == len(now) and all(map(agrees, recorded, now))
    return bool(recorded == now)


@pytest.mark.prove
def test_every_golden_log_replays_to_its_recorded_state() -> None:
    with proof("P19", "golden logs of every release, event by event") as p:
        for log in LOGS:
            events = read(log)
            assert agrees(recorded(log.parent)[log.stem], state_of(events)), log
            p.trial(times=len(events))


@pytest.mark.prove
@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: f"{dump.parent.name}-{dump.stem}")
async def test_every_golden_database_opens_and_replays(dump: Path, tmp_path: Path) -> None:
    file = tmp_path / "saywhen.db"
    with closing(sqlite3.connect(file)) as db:
        db.executescript(dump.read_text(encoding="utf-8"))
    with proof("P19", f"golden database {dump.parent.name} {dump.stem}") as p:
        for _ in ("first", "upgraded"):
            store = SqliteStore.open(file)
            for room in await store.rooms():
                assert agrees(recorded(dump.parent)[room], state_of(await store.read(room)))
                p.trial()
            assert await store.get("code", "ABC", 0) == b"{}"
            assert await store.append(RoomId("new"), 0, [e.Briefed(at_ms=1)]) == 1
            await store.erase(RoomId("new"))
            await store.close()
        assert p.trials >= 4
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == FORMAT


def test_the_golden_logs_hold_every_kind_of_event() -> None:
    newest = HERE / max(RELEASES)
    seen = {type(event) for log in newest.glob("*.jsonl") for event in read(log)}
    assert seen == set(typing.get_args(e.Event)) - NO_MORE_WRITTEN
    assert {type(event) for log in LOGS for event in read(log)} >= NO_MORE_WRITTEN
    assert {log.stem for log in newest.glob("*.jsonl")} == set(recorded(newest))


def test_golden_journals_are_never_edited() -> None:
    assert {folder.name for folder in HERE.glob("v*")} == set(RELEASES)
    for release, digest in RELEASES.items():
        files = sorted((HERE / release).iterdir())
        found = hashlib.sha256(b"".join(f.name.encode() + f.read_bytes() for f in files))
        assert found.hexdigest() == digest, release


def _named(body: Body) -> Body:
    rest = {name: value for name, value in body.items() if name != "name"}
    return {**rest, "v": 1, "room": body["name"], "host": "client", "host_hash": None, "facts": []}


def _by_the_partner(body: Body) -> Body:
    return {**body, "by": "partner", "v": 2}


def _in_ms(body: Body) -> Body:
    return {"type": "let_go", "at_ms": body["at_s"] * 1000, "by": body["by"]}


INVENTED: Upcasts = {
    ("room_opened", 0): _named,
    ("hands_off", None): _by_the_partner,
    ("hands_off", 2): _in_ms,
}


def test_an_older_versions_event_is_decoded_by_its_upcast() -> None:
    old = b'{"type":"room_opened","at_ms":7,"v":0,"name":"r","routine":{"items":[]}}'
    opened = decode(old, INVENTED)
    assert isinstance(opened, e.RoomOpened) and (opened.v, opened.room) == (1, "r")
    assert decode(b'{"type":"hands_off","at_s":2}', INVENTED) == e.CameToRest(
        at_ms=2000,
        by="partner",  # type: ignore[arg-type]
    )
    for log in LOGS:  # today's events pass through untouched
        assert [decode(body, INVENTED) for body in log.read_bytes().splitlines()] == read(log)


@pytest.mark.parametrize(
    "stored",
    [
        FUTURE,
        b'{"type":"briefed","at_ms":1,"mood":"good"}',
        b'{"type":"eased","at_ms":1,"by":"client","cause":"telepathy","length_ms":1}',
        b'{"type":"room_opened","at_ms":7,"v":2,"room":"r","host":"client","host_hash":null,'
        b'"routine":{"items":[]},"facts":[]}',
        b'{"type":"room_opened","at_ms":7,"v":0,"room":"r","host":"client","host_hash":null,'
        b'"routine":{"items":[]},"facts":[]}',
    ],
    ids=["type", "field", "value", "newer", "older without an upcast"],
)
def test_what_this_version_does_not_know_is_not_guessed_at(stored: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode(stored)


async def test_a_journal_with_an_unknown_event_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "saywhen.db"
    store = SqliteStore.open(file)
    await store.append(RoomId("r"), 0, [e.Briefed(at_ms=1)])
    await store.close()
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
        db.execute("PRAGMA user_version = 1")  # no checksums to mend
        db.execute("UPDATE events SET body = ?", (FUTURE,))
        db.commit()
    before = file.read_bytes()
    with pytest.raises(JournalTooNew, match="levitated"):
        SqliteStore.open(file)
    assert file.read_bytes() == before
