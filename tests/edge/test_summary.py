"""The end of a session: its summary, its record as a file, *Keep* and *Delete now*."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from app.core import commands as c
from app.core import events as e
from app.core.model import SEATS, After, FlagId, Phase, Place, Quality, Role, RoomId, Wish
from app.journal.directory import Directory
from app.journal.memory import MemoryStore
from app.journal.port import Journal
from app.journal.sqlite import SqliteStore
from app.pairing.places import hash_token
from app.record.record import record, told_in_order
from tests.support.app import SAME_SITE, Served, bearer, serve_app
from tests.support.session import Session

ROOM = RoomId("feedfacecafe0001")
PARTS = {"hx-request": "true"}


def lived(s: Session | None = None) -> Session:
    """Left once eased and once out of contact; right stopped for a pain, which ends it."""
    s = (s or Session()).to_eased()
    s.wait(4_000)
    s.good()
    s.wait(20_000 + 7_000)
    s.client(c.Feel(id=s.id(), place=Place("calf_left")))
    s.client(c.MakeWish(id=s.id(), next=Wish.LESS))
    s.wait(15_000)
    s.ready(Role.CLIENT)
    s.wait(3_000)
    s.good()
    s.wait(4_000)
    s.lose(Role.PARTNER)
    s.presence(Role.PARTNER)
    s.wait(2_000)
    s.good()
    s.wait(14_000 + 7_000)
    s.wait(25_000)
    s.ready(Role.CLIENT)
    s.wait(2_000)
    s.good()
    s.wait(9_000)
    flag = c.FlagPain(
        id=s.id(), flag=FlagId("f"), quality=Quality.SHARP, place=Place("knee_back_right"), level=6
    )
    s.client(flag)
    s.let_go()
    s.now_ms += 3_000
    s.clear(After.END)
    assert s.phase() is Phase.ENDED
    return s


def as_room(log: list[e.Event]) -> list[e.Event]:
    """The same events in a room whose tokens are `client-token` and `partner-token`."""
    made: list[e.Event] = []
    for event in log:
        if isinstance(event, e.RoomOpened):
            event = msgspec.structs.replace(event, room=ROOM)
        if isinstance(event, e.SeatTaken):
            token = hash_token(f"{event.role}-token")
            event = msgspec.structs.replace(event, token_hash=token)
        made.append(event)
    return made


def cookie(role: str) -> dict[str, str]:
    return {"cookie": f"seat_{ROOM}_{role}={role}-token"}


@asynccontextmanager
async def after(
    log: list[e.Event], store: tuple[Journal, Directory] | None = None
) -> AsyncIterator[Served]:
    memory = MemoryStore()
    store = store or (memory, memory)
    await store[0].append(ROOM, 0, as_room(log))
    async with serve_app(store=store) as served:
        yield served


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with after(lived().log) as one:
        yield one


async def open_summary(served: Served, role: str) -> httpx.Response:
    return await served.http.get(f"/room/{ROOM}/{role}/summary", headers=cookie(role))


async def press(served: Served, role: str, what: str, **more: str) -> httpx.Response:
    headers = cookie(role) | SAME_SITE | more
    return await served.http.post(f"/room/{ROOM}/{role}/{what}", headers=headers)


async def test_both_read_the_same_summary_in_plain_words(served: Served) -> None:
    for role in SEATS:
        answer = await open_summary(served, role)
        assert answer.status_code == 200, answer.text
        for said in (
            "3 holds",
            "The one on the mat ended it.",
            "Ease off at 7 s",
            "Contact lost at",
            "Pain at",
            "A stop is never counted against anyone.",
            "Straight-leg raise · Right leg",
            "Left calf",
            "Expected there: no.",
            "within 24 hours",
        ):
            assert said in answer.text, said
        of_pain = ("Sharp", "Right behind the knee", "This stretch is done for today.")
        assert [said in answer.text for said in of_pain] == [role is Role.CLIENT] * 3
        assert answer.text.count("<h1") == 1
        assert not re.search(r"<style\b|\sstyle=|screening", answer.text)


async def test_what_a_partner_keeps_leaves_out_the_kind_and_the_place_of_pain(
    served: Served,
) -> None:
    path = f"/api/rooms/{ROOM}/record"
    told = {}
    for role in SEATS:
        for form in ("json", "csv"):
            answer = await served.http.get(f"{path}?format={form}", headers=cookie(role))
            told[role, form] = answer.text
    assert "knee_back_right" in told[Role.CLIENT, "json"]
    for form in ("json", "csv"):
        assert not re.search("sharp|knee_back_right", told[Role.PARTNER, form])
    (mine,), (theirs,) = (json.loads(told[role, "json"])["flags"] for role in SEATS)
    assert (mine["qualities"], mine["place"]) == (["sharp"], "knee_back_right")
    assert (theirs["qualities"], theirs["quality"], theirs["place"]) == ([], None, None)
    assert (theirs["stretch"], theirs["at_ms"]) == (mine["stretch"], mine["at_ms"])


def test_stops_and_pains_are_told_in_the_order_of_time() -> None:
    s = Session().to_holding()
    s.client(c.FlagPain(id=s.id(), flag=FlagId("f"), qualities=(Quality.ACHE,)))
    s.let_go()
    s.wait(40_000)
    s.clear(After.AGAIN)
    s.stop()
    told = told_in_order(record(s.log, "epoch"))
    assert [one.get("cause", "a pain") for one in told] == ["a pain", "asked"]


async def test_before_the_end_the_summary_leads_back_to_the_room() -> None:
    async with after(Session().to_positioning().log) as served:
        answer = await open_summary(served, "partner")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/room/{ROOM}/partner")


async def test_no_seat_no_summary(served: Served) -> None:
    path = f"/room/{ROOM}"
    assert (await served.http.get(f"{path}/client/summary")).status_code == 403
    assert (await served.http.get(f"{path}/nobody/summary")).status_code == 404
    gone = await served.http.get("/room/none/client/summary")
    assert gone.status_code == 404 and "This room is gone" in gone.text


async def test_only_the_client_keeps_the_record(served: Served) -> None:
    assert "/client/keep" not in (await open_summary(served, "partner")).text
    assert (await press(served, "partner", "keep")).status_code == 403
    assert not served.room(ROOM).state.is_kept
    assert (await press(served, "client", "keep")).status_code == 303
    assert served.room(ROOM).state.is_kept
    served.clock.step_to(served.clock.now_ms() + 25 * 3600_000)
    await served.clock.pass_ms(1_000)
    assert "<h2>Kept</h2>" in (await open_summary(served, "client")).text


async def test_a_kept_record_can_still_be_opened_next_month(served: Served) -> None:
    kept = await press(served, "client", "keep")
    assert f"Max-Age={365 * 24 * 3600}" in kept.headers["set-cookie"]


async def test_once_kept_only_the_client_deletes(served: Served) -> None:
    assert "/partner/delete" in (await open_summary(served, "partner")).text
    await press(served, "client", "keep")
    assert "/partner/delete" not in (await open_summary(served, "partner")).text
    assert (await press(served, "partner", "delete")).status_code == 409
    assert (await press(served, "client", "delete")).status_code == 303


async def test_keeping_with_htmx_answers_with_that_part_alone(served: Served) -> None:
    part = await press(served, "client", "keep", **PARTS)
    assert part.status_code == 200
    assert part.text.startswith('<section id="keep"') and "<html" not in part.text


async def test_keeping_and_deleting_work_without_a_script(served: Served) -> None:
    text = (await open_summary(served, "client")).text
    forms = re.findall(r'<form method="post" action="([^"]+)"', text)
    assert forms == [f"/room/{ROOM}/client/keep", f"/room/{ROOM}/client/delete"]
    for action in forms:
        pressed = await served.http.post(action, headers=cookie("client") | SAME_SITE)
        assert pressed.status_code == 303
    assert f"seat_{ROOM}_client=" in pressed.headers["set-cookie"]
    assert "Max-Age=0" in pressed.headers["set-cookie"]
    said = await served.http.get(pressed.headers["location"])
    assert "Everything of this session is deleted." in said.text
    assert (await open_summary(served, "client")).status_code == 404


async def test_a_form_of_another_site_is_refused(served: Served) -> None:
    for what in ("keep", "delete"):
        for origin in ({}, {"origin": "http://elsewhere.example"}):
            path = f"/room/{ROOM}/client/{what}"
            answer = await served.http.post(path, headers=cookie("client") | origin)
            assert answer.status_code == 403
    assert not served.room(ROOM).state.is_kept


async def read(served: Served, accept: str | None = None, **query: str) -> httpx.Response:
    headers = bearer("partner-token") | ({"accept": accept} if accept else {})
    return await served.http.get(f"/api/rooms/{ROOM}/record", headers=headers, params=query)


async def test_the_record_is_json_unless_a_table_is_asked_for(served: Served) -> None:
    for accept in (None, "*/*", "application/json, text/csv", "text/csv;q=0.5, */*"):
        answer = await read(served, accept)
        assert answer.headers["content-type"] == "application/json", accept
        assert "content-disposition" not in answer.headers
    for accept in ("text/csv", "text/*", "application/json;q=0.3, Text/CSV;q=0.9"):
        answer = await read(served, accept)
        assert answer.headers["content-type"].startswith("text/csv"), accept
        assert answer.headers["vary"] == "accept"


async def test_the_links_of_the_page_give_files(served: Served) -> None:
    text = (await open_summary(served, "partner")).text
    for path in re.findall(r'href="([^"]+)" download', text):
        plain = path.replace("&amp;", "&")
        answer = await served.http.get(plain, headers=cookie("partner"))
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].startswith('attachment; filename="say-when-')
    assert (await read(served, format="xlsx")).status_code == 422


async def test_the_table_has_every_hold_and_every_mark(served: Served) -> None:
    told: dict[str, Any] = (await read(served)).json()
    rows = list(csv.DictReader(io.StringIO((await read(served, "text/csv")).text)))
    holds = [row for row in rows if row["kind"] == "hold"]
    assert [int(row["held_ms"]) for row in holds] == [hold["held_ms"] for hold in told["holds"]]
    for number, hold in enumerate(told["holds"], 1):
        marks = [r for r in rows if r["hold"] == str(number) and r["kind"] != "hold"]
        assert [(int(r["at_ms"]), r["kind"], r["by"]) for r in marks] == [
            (mark["at_ms"], mark["kind"], mark["by"]) for mark in hold["marks"]
        ]


async def test_after_delete_now_no_file_knows_the_room_or_a_place(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "saywhen.db")
    async with after(lived().log, (store, store)) as served:
        for mark in (ROOM, "knee_back_right", "calf_left", "ease"):
            assert mark.encode() in in_files(tmp_path), mark
        await press(served, "client", "keep")
        assert (await press(served, "client", "delete")).status_code == 303
        left = in_files(tmp_path)
    for mark in (ROOM, "knee_back_right", "calf_left", hash_token("client-token")):
        assert mark.encode() not in left + in_files(tmp_path), mark


def in_files(folder: Path) -> bytes:
    return b"\n".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
