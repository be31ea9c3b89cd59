"""P11, P12: who may sit where, by key and by typed code."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from typing import Any

import pytest

from app.core.model import Role
from app.errors import Refused
from app.pairing.places import read_code
from tests.support.app import ORIGIN, Served, key_of, serve_app
from tests.support.clock import settle


async def _knock(served: Served, made: dict[str, Any]) -> str:
    answer = await served.join(code=made["invitation"]["code"])
    assert answer.status_code == 202, answer.text
    return str(answer.json()["knock"])


async def _admit(served: Served, room: str, knock: str) -> None:
    await served.app.state.seats.admit(served.room(room), knock)


async def test_a_key_seats_once() -> None:
    async with serve_app() as served:
        made = await served.start()
        key = key_of(made["invitation"])
        first = await served.join(key=key)
        assert first.status_code == 201
        assert first.json()["seat"]["role"] == "partner"
        assert await served.status(made["room"], first.json()["seat"]["token"]) == 200
        assert (await served.join(key=key)).status_code == 404


async def test_a_typed_code_only_knocks_and_admit_hands_the_seat_out_once() -> None:
    async with serve_app() as served:
        made = await served.start()
        outbox = served.room(made["room"]).attach(served.room(made["room"]).state.host)
        answer = await served.join(code=made["invitation"]["code"])
        assert set(answer.json()) == {"knock", "words"}
        told: list[Any] = []
        while (message := outbox.take()) is not None:
            told.append(message)
        shown = [list(m.words) for m in told if hasattr(m, "words")]
        assert shown == [answer.json()["words"]]
        knock = answer.json()["knock"]
        assert await served.ask_knock(knock) == {"status": "waiting"}
        await _admit(served, made["room"], knock)
        admitted = await served.ask_knock(knock)
        assert (admitted["status"], admitted["seat"]["role"]) == ("admitted", "partner")
        assert await served.ask_knock(knock) == {"status": "expired"}


async def test_who_is_turned_away_gets_no_seat() -> None:
    async with serve_app() as served:
        made = await served.start()
        knock = await _knock(served, made)
        await served.app.state.seats.turn_away(served.room(made["room"]), knock)
        assert await served.ask_knock(knock) == {"status": "turned_away"}


async def test_a_knock_ends_after_two_minutes() -> None:
    async with serve_app() as served:
        knock = await _knock(served, await served.start())
        await served.clock.pass_ms(119_999)
        assert (await served.ask_knock(knock))["status"] == "waiting"
        await served.clock.pass_ms(1)
        assert (await served.ask_knock(knock))["status"] == "expired"


@pytest.mark.parametrize("typed", ["0b1-1c d", "OBILCD", "o B-I l-c D"])
def test_a_code_is_read_as_people_type_it(typed: str) -> None:
    assert read_code(typed) == "0B11CD"


async def test_unknown_expired_used_and_full_look_the_same() -> None:
    async with serve_app() as served:
        used = await served.start()
        assert (await served.join(key=key_of(used["invitation"]))).status_code == 201
        old = await served.start()
        answers = [
            await served.join(code="000000"),
            await served.join(code=used["invitation"]["code"]),
            await served.join(key="nothing"),
            await served.join(key=key_of(used["invitation"])),
        ]
        await served.clock.pass_ms(15 * 60_000)
        answers.append(await served.join(code=old["invitation"]["code"]))
        answers.append(await served.join(key=key_of(old["invitation"])))
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.content for answer in answers}) == 1
        assert answers[0].json()["code"] == "no_such_room"


LINES = {"k": ["key"], "a": ["knock a", "admit a", "ask a"], "b": ["knock b", "admit b", "ask b"]}
ORDERS = sorted(set(itertools.permutations("kaaabbb")))


async def test_no_order_of_joins_seats_a_third_device() -> None:
    """A key, and two devices that knock, are let in and ask: every order of the seven steps."""
    assert len(ORDERS) == 140
    async with serve_app(rooms_per_min=1000, wrong_codes_per_min=1000) as served:
        for order in ORDERS:
            steps = [LINES[who][order[:at].count(who)] for at, who in enumerate(order)]
            await _play(served, steps)


async def _play(served: Served, steps: list[str]) -> None:
    tokens: list[str] = []
    knocks: dict[str, str] = {}
    made = await served.start()
    for step in steps:
        what, _, who = step.partition(" ")
        if what == "key":
            answer = await served.join(key=key_of(made["invitation"]))
            tokens += [answer.json()["seat"]["token"]] if answer.status_code == 201 else []
        elif what == "knock":
            answer = await served.join(code=made["invitation"]["code"])
            knocks |= {who: answer.json()["knock"]} if answer.status_code == 202 else {}
        elif who in knocks and what == "admit":
            with contextlib.suppress(Refused):
                await _admit(served, made["room"], knocks[who])
        elif who in knocks:
            told = await served.ask_knock(knocks[who])
            tokens += [told["seat"]["token"]] if "seat" in told else []
    works = [token for token in tokens if await served.status(made["room"], token) == 200]
    assert len(tokens) == len(works) <= 1, steps


async def test_the_token_of_a_lost_phone_counts_until_the_new_one_is_seen() -> None:
    async with serve_app() as served:
        made, old, again = await _lost(served)
        room = made["room"]
        new = (await served.join(key=again.url.split("#")[1])).json()["seat"]["token"]
        assert [await served.status(room, one) for one in (new, old)] == [200, 200]
        _beat(served, room)
        assert [await served.status(room, one) for one in (new, old)] == [200, 403]
        await served.clock.pass_ms(20_000)  # and lost again: what was used stays used
        assert (await served.join(code=again.code)).status_code == 404
        assert (await served.join(key=again.url.split("#")[1])).status_code == 404


async def test_a_phone_that_comes_back_before_the_new_one_is_seen_has_its_seat() -> None:
    async with serve_app() as served:
        made, old, again = await _lost(served)
        room = made["room"]
        new = (await served.join(key=again.url.split("#")[1])).json()["seat"]["token"]
        await served.app.state.seats.come_back(served.room(room), Role.PARTNER, old)
        _beat(served, room)
        assert [await served.status(room, one) for one in (new, old)] == [403, 200]
        await settle()
        assert not served.room(room).invitable(Role.CLIENT)


async def test_a_seat_whose_phone_never_comes_goes_to_another_by_the_same_square_or_code() -> None:
    async with serve_app() as served:
        made = await served.start()
        key, room = key_of(made["invitation"]), made["room"]
        never = (await served.join(key=key)).json()["seat"]["token"]
        await served.clock.pass_ms(9_000)
        for how in ({"key": key}, {"code": made["invitation"]["code"]}):
            assert (await served.join(**how)).status_code == 404, "somebody is on the way"
        await served.clock.pass_ms(2_000)
        knock = await _knock(served, made)
        taken = await served.join(key=key)
        assert taken.status_code == 201
        assert await served.status(room, never) == 403
        _beat(served, room)
        with contextlib.suppress(Refused):
            await _admit(served, room, knock)
        assert "seat" not in await served.ask_knock(knock), "a third device"
        assert await served.status(room, taken.json()["seat"]["token"]) == 200


async def test_an_invitation_asked_for_again_is_the_same_while_it_lasts() -> None:
    """A code that somebody types on the other phone is not killed by a tap on Invite here."""
    async with serve_app() as served:
        made = await served.start()
        seats, room = served.app.state.seats, served.room(made["room"])
        asked = {"role": Role.PARTNER, "origin": "http://192.168.1.5"}
        again = await seats.invite(room, Role.CLIENT, **asked)
        assert again.code == made["invitation"]["code"]
        assert again.url == f"http://192.168.1.5/join#{key_of(made['invitation'])}"
        await served.clock.pass_ms(10 * 60_000 + 1)  # it is about to end: the next one lasts longer
        newer = await seats.invite(room, Role.CLIENT, **asked)
        assert newer.code != again.code
        assert (await served.join(code=again.code)).status_code == 202, "the old one ends by itself"
        assert (await served.join(code=newer.code)).status_code == 202


async def test_of_all_who_come_at_once_to_a_lost_phones_seat_one_gets_it() -> None:
    async with serve_app() as served:
        made, _, again = await _lost(served)
        key = again.url.split("#")[1]
        knock = await _knock(served, {"invitation": {"code": again.code}})
        await _admit(served, made["room"], knock)
        answers = await asyncio.gather(
            *(served.http.post("/api/join", json={"key": key}) for _ in range(5)),
            served.http.get(f"/api/knocks/{knock}"),
        )
        assert sum("seat" in answer.json() for answer in answers) == 1
        await served.clock.pass_ms(9_000)
        for how in ({"key": key}, {"code": again.code}):
            assert (await served.join(**how)).status_code == 404, "somebody is on the way"
        await served.clock.pass_ms(1_000)
        assert (await served.join(key=key)).status_code == 201


async def test_a_used_key_gives_nothing_back_to_a_phone_that_was_replaced() -> None:
    """Not even to the browser that used it, once another phone was seen in the seat."""
    async with serve_app() as served:
        made = await served.start()
        mine = {"key": key_of(made["invitation"]), "claim": "c" * 32}
        assert (await served.join(**mine)).status_code == 201
        _beat(served, made["room"])
        assert (await served.join(**mine)).status_code == 201, "its answer may have been lost"
        await served.clock.pass_ms(5_000)
        seats, room = served.app.state.seats, served.room(made["room"])
        again = await seats.invite(room, Role.CLIENT, role=Role.PARTNER, origin=ORIGIN)
        assert (await served.join(key=again.url.split("#")[1])).status_code == 201
        _beat(served, made["room"])
        await served.clock.pass_ms(60_000)
        assert room.invitable(Role.CLIENT) == (Role.PARTNER,), "it is lost too"
        assert (await served.join(**mine)).status_code == 404


def _beat(served: Served, room: str) -> None:
    served.room(room).beat(Role.PARTNER, 1, 1, True, "on", True)


async def _lost(served: Served) -> tuple[dict[str, Any], str, Any]:
    """A room whose partner's phone was there and is lost, its token, and an invitation."""
    made = await served.start()
    old = (await served.join(key=key_of(made["invitation"]))).json()["seat"]["token"]
    room = served.room(made["room"])
    room.attach(Role.PARTNER)
    _beat(served, made["room"])
    await served.clock.pass_ms(5_000)
    seats = served.app.state.seats
    again = await seats.invite(room, Role.CLIENT, role=Role.PARTNER, origin=ORIGIN)
    return made, old, again
