"""A display looks on: let in by the host alone, put off by anybody, and with no say in anything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.core.model import SEATS, Phase, Role
from app.journal.memory import MemoryStore
from app.protocol import from_phone
from app.record.record import record
from tests.support.app import Served, key_of, serve_app
from tests.support.display import Socket, invited, let_in, opened, pass_beating, to_holding

HOSTS = (Role.CLIENT, Role.PARTNER, Role.HOST)
MOVED = ("moved", 4404)
# One of each command that a phone has, as it would be right from the one whose it is.
COMMANDS: list[dict[str, Any]] = [
    {"type": "briefed"}, {"type": "ready", "phase_no": 0}, {"type": "good", "phase_no": 0},
    {"type": "ease"}, {"type": "stop"}, {"type": "pain", "flag": "f", "quality": "numb"},
    {"type": "let_go", "stop": "s"}, {"type": "clear", "stop": "s", "then": "again"},
    {"type": "wish", "next": "same"}, {"type": "feel", "place": "calf_left"}, {"type": "pause"},
    {"type": "gentler", "on": True},
    {"type": "skip"}, {"type": "end"}, {"type": "one_phone"}, {"type": "display_off"},
    {"type": "invite"}, {"type": "invite", "role": "display"}, {"type": "invite", "role": "client"},
    {"type": "admit", "knock": "k"}, {"type": "turn_away", "knock": "k"},
    {"type": "routine", "routine": {"items": [{"stretch": "x", "hold_s": 20, "reps": 1}]}},
]  # fmt: skip
NO_COMMANDS = {"beat", "seen", "signal"}


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with serve_app(rooms_per_min=1_000) as one:
        yield one


@pytest.mark.parametrize("host", HOSTS)
async def test_a_display_comes_in_by_its_code_and_the_hosts_yes(served: Served, host: Role) -> None:
    room = await opened(served, host)
    sat = Socket(served, room, host)
    made = await invited(sat)
    assert made["role"] == "display"
    answer = await served.join(code=made["code"])
    assert answer.status_code == 202
    knock, words = answer.json()["knock"], answer.json()["words"]
    assert await served.ask_knock(knock) == {"status": "waiting"}
    assert sat.told("knock")[-1] == {
        "type": "knock", "knock": knock, "words": words, "role": "display",
    }  # fmt: skip
    assert sat.state["displays"] == 0
    assert await sat.ask("admit", knock=knock) == "done"
    seat = (await served.ask_knock(knock))["seat"]
    assert seat["role"] == "display"
    assert await served.status(room.id, seat["token"]) == 200
    assert sat.state["displays"] == 1
    assert (await served.join(code=made["code"])).status_code == 404


async def test_a_displays_key_only_knocks_and_does_so_once(served: Served) -> None:
    room = await opened(served)
    host = Socket(served, room, Role.CLIENT)
    key = key_of(await invited(host))
    answer = await served.join(key=key)
    assert answer.status_code == 202 and "seat" not in answer.json()
    assert room.state.display_hash is None
    assert (await served.join(key=key)).status_code == 404
    assert await host.ask("turn_away", knock=answer.json()["knock"]) == "done"
    assert await served.ask_knock(answer.json()["knock"]) == {"status": "turned_away"}


async def test_only_who_started_the_room_invites_a_display(served: Served) -> None:
    for host in HOSTS:
        room = await opened(served, host)
        for role in (*HOSTS, Role.DISPLAY):
            asks = Socket(served, room, role)
            answer = await asks.ask("invite", role="display")
            assert answer == ("done" if role is host else "not_yours"), (host, role)
            assert ("invite_display" in asks.state["may"]) is (role is host)


async def test_after_the_end_no_display_comes_in(served: Served) -> None:
    room = await opened(served)
    host = Socket(served, room, Role.CLIENT)
    made = await invited(host)
    early = (await served.join(code=made["code"])).json()["knock"]
    assert await host.ask("admit", knock=early) == "done"
    assert await host.ask("end") == "done"
    assert await host.ask("invite", role="display") == "not_now"
    assert (await served.join(code=made["code"])).status_code == 404
    assert (await served.join(key=key_of(made))).status_code == 404
    assert (await served.http.get(f"/api/knocks/{early}")).status_code == 404
    assert room.state.display_hash is None


async def test_the_newest_display_is_the_only_one(served: Served) -> None:
    room = await opened(served)
    host = Socket(served, room, Role.CLIENT)
    first = await let_in(served, host)
    screen = Socket(served, room, Role.DISPLAY)
    second = await let_in(served, host)
    assert (screen.told("bye")[-1]["reason"], screen.outbox.close_code) == MOVED
    statuses = [await served.status(room.id, token) for token in (first, second)]
    assert statuses == [403, 200]
    assert host.state["displays"] == 1


@pytest.mark.parametrize("who", HOSTS)
async def test_anybody_in_the_room_puts_it_off_at_once(served: Served, who: Role) -> None:
    room = await opened(served, Role.HOST)
    token = await let_in(served, Socket(served, room, Role.HOST))
    screen = Socket(served, room, Role.DISPLAY)
    asks = Socket(served, room, who)
    assert "display_off" in asks.state["may"]
    assert await asks.ask("display_off") == "done"
    assert (screen.told("bye")[-1]["reason"], screen.outbox.close_code) == MOVED
    assert await served.status(room.id, token) == 403
    assert asks.state["displays"] == 0 and "display_off" not in asks.state["may"]
    assert await asks.ask("display_off") == "done"  # it is off: what was asked for is so


async def test_a_display_is_still_let_in_after_a_restart() -> None:
    store = MemoryStore()
    async with serve_app((store, store)) as served:
        room = await opened(served)
        token = await let_in(served, Socket(served, room, Role.CLIENT))
    async with serve_app((store, store)) as again:
        assert await again.status(room.id, token) == 200
        assert again.room(room.id).look(Role.DISPLAY).displays == 1


# No say in anything


def test_the_list_of_commands_below_is_whole() -> None:
    types = {str(one.__struct_config__.tag) for one in from_phone.FromPhone.__args__}
    assert {one["type"] for one in COMMANDS} == types - NO_COMMANDS


@pytest.mark.parametrize("phase", ["lobby", "holding", "stopped", "ended"])
async def test_every_command_of_a_display_is_refused(served: Served, phase: str) -> None:
    room = await opened(served)
    client, partner = (Socket(served, room, role) for role in SEATS)
    await let_in(served, client)
    screen = Socket(served, room, Role.DISPLAY)
    if phase != "lobby":
        await to_holding(room, client, partner)
    if phase in ("stopped", "ended"):
        assert await client.ask("stop") == "done"
        await partner.ask("let_go", stop=client.state["stop"]["stop"])
    if phase == "ended":
        assert await client.ask("end") == "done"
    assert room.state.phase == phase
    quotes: dict[str, Any] = {"phase_no": room.state.phase_no}
    quotes |= {"stop": room.state.stop.stop} if room.state.stop else {}
    before, alerts = room.state, len(client.told("alert"))
    for number, command in enumerate(COMMANDS):
        right = {name: quotes.get(name, value) for name, value in command.items()}
        assert await screen.ask(id=f"x{number}", **right) == "not_yours", command
    assert room.state == before and screen.state["may"] == []
    assert len(client.told("alert")) == alerts and not screen.told("invitation")


async def test_a_display_that_shows_a_stop_proves_nothing_and_its_silence_means_nothing(
    served: Served,
) -> None:
    room = await opened(served)
    client, partner = (Socket(served, room, role) for role in SEATS)
    await let_in(served, client)
    screen = Socket(served, room, Role.DISPLAY)
    await to_holding(room, client, partner)
    await screen.beat()
    await pass_beating(client, partner, ms=6_000)  # and not a word of the display
    assert room.state.phase is Phase.HOLDING
    assert await client.ask("stop") == "done"
    alert = screen.told("alert")[-1]["alert"]
    fates = len(client.told("fate"))
    await screen.say({"type": "seen", "alert": alert})
    await screen.say({"type": "signal", "data": "{}"})
    assert len(client.told("fate")) == fates and not dict(room.state.shown).get(alert)
    assert not partner.told("signal") and not client.told("signal")
    await partner.say({"type": "seen", "alert": alert})
    assert client.told("fate")[-1]["alert"] == alert


async def test_the_record_knows_nothing_of_a_display(served: Served) -> None:
    events = []
    for is_shown in (False, True):
        room = await opened(served)
        client, partner = (Socket(served, room, role) for role in SEATS)
        if is_shown:
            await let_in(served, client)
        await to_holding(room, client, partner)
        if is_shown:
            assert await partner.ask("display_off") == "done"
        await pass_beating(client, partner, ms=3_000)
        assert await client.ask("end") == "done"
        log = await served.app.state.journal.read(room.id)
        events.append(record(log, "e"))
    for told in events:
        del told["room"], told["started_ms"], told["ended_ms"], told["screening"]
    assert events[0] == events[1] and events[0]["holds"]
