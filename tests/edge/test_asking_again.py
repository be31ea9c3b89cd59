"""A lost answer costs nobody a seat, and no key, knock or start ever seats a second phone."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import httpx
import pytest

from app.core.commands import Brief
from app.core.model import CommandId, Role
from app.journal.memory import MemoryStore
from app.pairing.places import new_token
from tests.edge.test_summary import after, lived, press
from tests.support.app import ORIGIN, SAME_SITE, Served, bearer, key_of, serve_app
from tests.support.clock import settle
from tests.support.faulty_journal import FaultyJournal

MINE, THEIRS = new_token(), new_token()
CLAIM = "saywhen-claim"


async def join(served: Served, key: str, claim: str | None) -> httpx.Response:
    return await served.join(key=key, **({"claim": claim} if claim else {}))


async def holders(served: Served, room: str, tokens: list[str]) -> int:
    return sum([await served.status(room, token) == 200 for token in set(tokens)])


async def test_the_same_browser_has_its_seat_again_and_nobody_else_has() -> None:
    async with serve_app() as served:
        made = await served.start()
        key = key_of(made["invitation"])
        first = await join(served, key, MINE)
        again = await join(served, key, MINE)
        assert first.status_code == again.status_code == 201
        assert first.json() == again.json()
        for claim in (THEIRS, None):
            assert (await join(served, key, claim)).json()["code"] == "no_such_room"
        assert await served.status(made["room"], first.json()["seat"]["token"]) == 200


BROWSERS = {"a": MINE, "b": THEIRS, "n": None}
ORDERS = sorted(set(itertools.permutations("aabbn")))


async def test_no_order_of_browsers_with_one_key_seats_two() -> None:
    """Two that claim, each twice, and one that doesn't: whoever is first, and nobody after."""
    async with serve_app(rooms_per_min=1000) as served:
        for order in ORDERS:
            made = await served.start()
            got: dict[str, set[str]] = {}
            for who in order:
                answer = await join(served, key_of(made["invitation"]), BROWSERS[who])
                if answer.status_code == 201:
                    got.setdefault(who, set()).add(answer.json()["seat"]["token"])
            tokens = [token for each in got.values() for token in each]
            assert list(got) == [order[0]] and len(tokens) == 1, order
            assert await holders(served, made["room"], tokens) == 1


async def test_two_requests_at_once_with_one_claim_are_one_seat() -> None:
    async with serve_app() as served:
        made = await served.start()
        key = key_of(made["invitation"])
        seats = served.app.state.seats
        both = await asyncio.gather(*(seats.use_key(key, MINE) for _ in range(3)))
        assert len({one.token for one in both}) == 1
        others = await asyncio.gather(
            *(seats.use_key(key, who) for who in (THEIRS, MINE)), return_exceptions=True
        )
        assert [isinstance(one, Exception) for one in others] == [True, False]


async def seen(served: Served, room: str) -> None:
    """The phone in the partner's seat comes: its page beats."""
    served.room(room).beat(Role.PARTNER, 1, 0, True, "on", True)
    await settle()


async def test_a_used_key_is_dead_once_another_phone_was_invited_and_seen() -> None:
    async with serve_app() as served:
        made = await served.start()
        key = key_of(made["invitation"])
        old = (await join(served, key, MINE)).json()["seat"]["token"]
        room = served.room(made["room"])
        await served.clock.pass_ms(11_000)  # it never came
        seats = served.app.state.seats
        newer = await seats.invite(room, Role.CLIENT, role=Role.PARTNER, origin=ORIGIN)
        new = (await join(served, newer.url.split("#")[1], THEIRS)).json()["seat"]["token"]
        assert (await join(served, key, MINE)).status_code == 404
        await seen(served, made["room"])
        await served.clock.pass_ms(11_000)
        assert (await join(served, key, MINE)).status_code == 404
        assert await holders(served, made["room"], [old, new]) == 1


async def test_a_key_that_the_disk_refused_is_not_used_up() -> None:
    store = MemoryStore()
    journal = FaultyJournal(store)
    async with serve_app(store=(journal, store)) as served:
        made = await served.start()
        key = key_of(made["invitation"])
        journal.fail()
        assert (await join(served, key, MINE)).json()["code"] == "journal_down"
        journal.work()
        assert (await join(served, key, MINE)).status_code == 201


async def knocked(served: Served, made: dict[str, Any], claim: str | None) -> str:
    more = {"claim": claim} if claim else {}
    told = (await served.join(code=made["invitation"]["code"], **more)).json()
    return str(told["knock"])


async def test_a_knock_that_was_let_in_is_answered_again_to_its_own_claim_alone() -> None:
    async with serve_app() as served:
        made = await served.start()
        knock = await knocked(served, made, MINE)
        await served.app.state.seats.admit(served.room(made["room"]), knock)

        async def asked(claim: str) -> dict[str, Any]:
            path, headers = f"/api/knocks/{knock}", {CLAIM: claim}
            told: dict[str, Any] = (await served.http.get(path, headers=headers)).json()
            served.http.cookies.clear()
            return told

        first = await asked(MINE)
        assert first["status"] == "admitted" and first == await asked(MINE)
        assert (await asked(THEIRS)) == {"status": "expired"}
        assert await served.ask_knock(knock) == {"status": "expired"}


async def test_a_page_that_knocked_is_led_in_again_by_its_cookie() -> None:
    async with serve_app() as served:
        made = await served.start()
        form = {"code": made["invitation"]["code"]}
        led = await served.http.post("/join", data=form, headers=SAME_SITE)
        path = led.headers["location"]
        kept = led.headers["set-cookie"]
        assert f"Path={path}" in kept and "HttpOnly" in kept and "SameSite=strict" in kept
        cookie = {"cookie": kept.partition(";")[0]}
        served.http.cookies.clear()
        knock = path.rpartition("/")[2]
        await served.app.state.seats.admit(served.room(made["room"]), knock)
        for _ in range(2):
            answer = await served.http.get(path, headers=cookie)
            served.http.cookies.clear()
            assert (answer.status_code, answer.headers["location"][-8:]) == (303, "/partner")
        assert "Nobody opened" in (await served.http.get(path)).text


async def test_a_display_s_key_asked_again_is_the_same_knock() -> None:
    async with serve_app() as served:
        made = await served.start()
        room = served.room(made["room"])
        seats = served.app.state.seats
        shown = await seats.invite(room, Role.CLIENT, role=Role.DISPLAY, origin=ORIGIN)
        key = shown.url.split("#")[1]
        first, again = await join(served, key, MINE), await join(served, key, MINE)
        assert first.status_code == 202 and first.json() == again.json()
        assert (await join(served, key, THEIRS)).status_code == 404


async def test_the_same_start_again_is_the_same_room_until_someone_came() -> None:
    async with serve_app() as served:
        form = {"role": "client", "routine": "", "claim": MINE}

        async def start(**changed: str) -> str:
            data = form | changed
            answer = await served.http.post("/start", data=data, headers=SAME_SITE)
            served.http.cookies.clear()
            return str(answer.headers["location"])

        first = await start()
        assert await start() == first
        others = {await start(role="partner"), await start(claim=THEIRS), await start(claim="x")}
        assert len(others | {first}) == 4
        room = served.room(first.split("/")[2])
        invited = await served.app.state.seats.newest(room, Role.CLIENT, Role.PARTNER)
        await join(served, invited.url.split("#")[1], None)
        assert await start() != first


async def test_a_program_that_starts_again_has_its_seat_and_an_invitation_that_works() -> None:
    async with serve_app() as served:
        first, again = [await served.start(claim=MINE) for _ in range(2)]
        assert first["seat"] == again["seat"] and len(served.app.state.rooms) == 1
        assert (await join(served, key_of(again["invitation"]), None)).status_code == 201


async def test_a_swap_whose_answer_was_lost_leads_to_the_same_seat() -> None:
    async with after(lived().log) as served:
        await press(served, "client", "swap")
        first, again = [await press(served, "partner", "swap") for _ in range(2)]
        assert first.status_code == again.status_code == 303
        assert first.headers["location"] == again.headers["location"]
        assert first.headers["set-cookie"] == again.headers["set-cookie"]


async def test_a_program_s_swap_is_told_again_to_its_claim() -> None:
    async with after(lived().log) as served:
        path = next(iter(served.app.state.rooms)).id
        headers = {r: bearer(f"{r}-token") | {CLAIM: MINE} for r in ("client", "partner")}
        told = []
        for role in ("client", "partner", "partner", "client"):
            answer = await served.http.post(f"/api/rooms/{path}/swap", headers=headers[role])
            told.append(answer.json())
        assert told[1] == told[2] != told[3]


@pytest.mark.parametrize("form", [{"none": "yes"}, {"pregnancy": "yes"}])
async def test_a_screening_whose_answer_was_lost_says_the_same_again(form: dict[str, str]) -> None:
    async with serve_app() as served:
        made = await served.start()
        key = key_of(made["invitation"])
        token = (await join(served, key, None)).json()["seat"]["token"]
        room = served.room(made["room"])
        if "none" in form:
            await room.ask(Brief(id=CommandId("b")), Role.PARTNER)
        assert token
        cookie = {"cookie": f"seat_{room.id}_client={made['seat']['token']}"}
        ids = [q.id for q in served.app.state.library.safety.questions]
        ticked = {next(i for i in ids if "pregnan" in i): "yes", "sure": "yes"}
        sent = form if "none" in form else ticked
        headers = SAME_SITE | cookie | {"hx-request": "true"}
        path = f"/room/{room.id}/client/screening"
        first, again = [await served.http.post(path, data=sent, headers=headers) for _ in range(2)]
        await settle()
        assert first.status_code == again.status_code == 200
        assert first.text == again.text
        other = {"none": "yes"} if sent != {"none": "yes"} else {ids[0]: "yes"}
        assert (await served.http.post(path, data=other, headers=headers)).status_code == 409


@pytest.mark.parametrize("claim", ["short", "x" * 65, "é" * 30, " " * 30])
async def test_a_claim_that_could_be_guessed_is_none(claim: str) -> None:
    async with serve_app() as served:
        made = await served.start()
        answer = await join(served, key_of(made["invitation"]), claim)
        assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


async def test_neither_claim_nor_token_is_kept_in_the_clear() -> None:
    store = MemoryStore()
    async with serve_app(store=(store, store)) as served:
        made = await served.start(claim=THEIRS)
        token = (await join(served, key_of(made["invitation"]), MINE)).json()["seat"]["token"]
        kept = str(store._entries) + str(store._logs)
        assert not [one for one in (MINE, THEIRS, token, made["seat"]["token"]) if one in kept]


async def test_each_refusal_says_why_in_a_field_of_its_own() -> None:
    async with serve_app() as served:
        made = await served.start()
        path, token = f"/api/rooms/{made['room']}", made["seat"]["token"]
        cookie = {"cookie": f"seat_{made['room']}_client={token}"}
        cases = [
            ({}, "", "no_cookie"),
            ({"cookie": "last=client~"}, "", "no_seat"),
            ({"cookie": cookie["cookie"] + "x"}, "", "seat_moved"),
            (cookie, "?origin=http://elsewhere.example", "foreign_origin"),
            (cookie | {"origin": "http://elsewhere.example"}, "", "foreign_origin"),
        ]
        for headers, query, reason in cases:
            answer = await served.http.get(path + query, headers=headers)
            told = answer.json()
            assert (answer.status_code, told["code"]) == (403, "forbidden")
            assert told["reason"] == reason
        assert (await served.http.get(path + f"?origin={ORIGIN}", headers=cookie)).is_success
        for query in ("", "?origin=http://elsewhere.example"):
            gone = await served.http.get("/api/rooms/0123456789abcdef" + query, headers=cookie)
            assert "reason" not in gone.json() and gone.json()["code"] == "no_such_room"


async def test_a_page_without_its_seat_says_what_to_do() -> None:
    async with serve_app() as served:
        made = await served.start()
        path = f"/room/{made['room']}/client"
        for headers, words in (
            ({}, "This browser sent no cookie"),
            ({"cookie": "last=client~"}, "This phone has no seat here"),
            ({"cookie": f"seat_{made['room']}_client=x"}, "belongs to another phone now"),
        ):
            assert words in (await served.http.get(path, headers=headers)).text
        foreign = {"origin": "https://say.example"}
        answer = await served.http.post("/start", data={"role": "client"}, headers=foreign)
        assert "does not know this address" in answer.text and "--public-url" in answer.text


async def test_a_used_key_seats_nobody_else_when_its_phone_is_lost_and_turns_out_nobody() -> None:
    """A seat whose phone is lost could be taken: not with a key that was used."""
    async with serve_app() as served:
        made = await served.start()
        key, room = key_of(made["invitation"]), served.room(made["room"])
        token = (await join(served, key, MINE)).json()["seat"]["token"]
        outbox = room.attach(Role.PARTNER)
        assert (await join(served, key, MINE)).json()["seat"]["token"] == token
        assert not outbox.is_closing, "the phone was turned out by its own second try"
        await seen(served, made["room"])
        await served.clock.pass_ms(11_000)
        for claim in (THEIRS, None):
            assert (await join(served, key, claim)).status_code == 404
        assert await served.status(made["room"], token) == 200
