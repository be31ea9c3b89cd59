"""P12: a guessed code lets nobody in, guesses are few, and no wrong code looks like another."""

from __future__ import annotations

import random
import statistics
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.core.model import Role, RoomId
from app.errors import Refused
from app.journal.directory import Directory
from app.journal.memory import MemoryStore
from app.journal.sqlite import SqliteStore
from app.pairing.places import ALPHABET, CODE_LENGTH
from tests.support.app import ORIGIN, Served, key_of, serve_app
from tests.support.proof import LONG, proof

EACH_PER_MIN, ALL_PER_MIN = 20, 30
CODES = len(ALPHABET) ** CODE_LENGTH
CODE_LASTS_MIN = 15
PROXY = "192.0.2.1"
UNBOUND: dict[str, Any] = {
    "wrong_codes_per_min": 1_000_000,
    "wrong_codes_per_min_server": 1_000_000,
}


async def type_code(served: Served, code: str, address: str) -> Any:
    headers = {"x-forwarded-for": address}
    return await served.http.post("/api/join", json={"code": code}, headers=headers)


@dataclass
class Guessers:
    """Many addresses that guess; every window of a minute must hold what was promised."""

    served: Served
    seed: int
    answers: Counter[int] = field(default_factory=Counter)
    _told: deque[tuple[int, str]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    async def guess(self, right: str) -> None:
        """One wrong guess, of an address that comes back or of one never seen."""
        code = "".join(self.random.choices(ALPHABET, k=CODE_LENGTH))
        address = f"203.0.113.{self.random.randrange(12)}"
        if self.random.random() < 0.3:
            address = f"2001:db8::{self.random.randrange(2**32):x}"[:30]
        status = (
            await type_code(self.served, "000000" if code == right else code, address)
        ).status_code
        self.answers[status] += 1
        now = self.served.clock.now_ms()
        while self._told and self._told[0][0] <= now - 60_000:
            self._told.popleft()
        if status == 404:
            self._told.append((now, address))
        by_address = Counter(address for _, address in self._told)
        assert max(by_address.values(), default=0) <= EACH_PER_MIN
        assert len(self._told) <= ALL_PER_MIN
        assert status in (404, 429)


@pytest.mark.prove
async def test_hours_of_guesses_stay_within_the_limits_and_lock_no_honest_phone_out() -> None:
    minutes = min(2_400, 60 * LONG)
    with proof("P12", "guesses of many addresses; one was let in or an honest code refused") as p:
        async with serve_app(trusted_proxy="127.0.0.1", rooms_per_min=1_000_000) as served:
            guessers = Guessers(served, seed=12)
            made = await served.start()
            for minute in range(minutes):
                if minute % 10 == 0:
                    made = await served.start()
                for _ in range(45):
                    await guessers.guess(made["invitation"]["code"])
                    await served.clock.pass_ms(guessers.random.randrange(2_600))
                    p.trial()
                await honest(served, made, "203.0.113.1")
            assert guessers.answers[404] >= minutes * ALL_PER_MIN * 0.6
            assert guessers.answers[429] >= minutes


async def honest(served: Served, made: dict[str, Any], address: str) -> None:
    """A right code knocks from the very address that guesses come from, and seats nobody."""
    answer = await type_code(served, made["invitation"]["code"], address)
    assert answer.status_code == 202 and set(answer.json()) == {"knock", "words"}
    assert await served.ask_knock(answer.json()["knock"]) == {"status": "waiting"}
    assert not served.room(made["room"]).state.partner.is_taken


@pytest.mark.prove
def test_how_likely_a_guess_is_to_knock() -> None:
    """How likely 15 minutes of answered guesses are to hit one open invitation, of 28^6 codes."""
    chance = ALL_PER_MIN * CODE_LASTS_MIN / CODES
    what = f"chance that the {ALL_PER_MIN * CODE_LASTS_MIN} answered guesses of 15 min knock"
    with proof("P12", what, allowed=1e-6) as p:
        assert CODES == 28**6 == 481_890_304
        assert chance < 1e-6
        p.trial(chance)


@pytest.mark.prove
async def test_how_likely_a_flood_of_guesses_is_to_knock() -> None:
    """A right code is never refused for others' guesses, so a guesser learns from a 429 as well."""
    tries = 300 * min(LONG, 20)
    with proof("P12", "chance that 15 min of guesses, as fast as one core answers, knock") as p:
        async with serve_app() as served:
            began = time.perf_counter()
            for _ in range(tries):
                await type_code(served, "000000", "203.0.113.1")
            rate = tries / (time.perf_counter() - began)
        p.trial(rate * 60 * CODE_LASTS_MIN / CODES, times=tries)


@pytest.mark.prove
async def test_a_guesser_who_hits_gets_a_knock_and_no_seat() -> None:
    with proof("P12", "codes guessed right, nobody admitted: seats handed out") as p:
        async with serve_app(rooms_per_min=1_000_000) as served:
            for _ in range(20 * LONG):
                made = await served.start()
                room = served.room(made["room"])
                knocks = []
                for address in ("203.0.113.1", "203.0.113.2"):
                    answer = await type_code(served, made["invitation"]["code"], address)
                    knocks.append(str(answer.json()["knock"]))
                for knock in knocks:
                    assert await served.status(room.id, knock) == 403
                    assert (await served.join(key=knock)).status_code == 404
                    assert await served.ask_knock(knock) == {"status": "waiting"}
                await served.clock.pass_ms(120_000)
                for knock in knocks:
                    with pytest.raises(Refused):
                        await served.app.state.seats.admit(room, knock)
                    assert await served.ask_knock(knock) == {"status": "expired"}
                assert not room.state.partner.is_taken
                p.trial()


class Counting:
    """A directory that notes which of its doors was used."""

    def __init__(self, inner: Directory) -> None:
        self._inner = inner
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.calls.append(name)
        return getattr(self._inner, name)


async def wrong_codes(served: Served) -> dict[str, tuple[str, str]]:
    """Make a code and a key for each way to be wrong."""
    made = {name: await served.start() for name in ("used", "full", "newer", "gone", "expired")}
    await served.join(key=key_of(made["used"]["invitation"]))
    seats, full = served.app.state.seats, served.room(made["full"]["room"])
    first = (await served.join(key=key_of(made["full"]["invitation"]))).json()
    assert first["seat"]["role"] == "partner"
    await served.clock.pass_ms(CODE_LASTS_MIN * 60_000 + 1)  # expires them all; two are made anew
    again = await seats.invite(full, Role.CLIENT, role=Role.PARTNER, origin=ORIGIN)
    full.beat(Role.PARTNER, 1, 1, True, "on", True)  # the phone that was lost is back
    newer = served.room(made["newer"]["room"])
    void = await seats.invite(newer, Role.CLIENT, role=Role.PARTNER, origin=ORIGIN)
    await served.join(key=void.url.split("#")[1])
    newer.beat(Role.PARTNER, 1, 1, True, "on", True)  # by it a phone came, and was seen
    await served.app.state.rooms.erase(served.room(made["gone"]["room"]))
    await served.clock.pass_ms(0)
    assert full.invitable(Role.CLIENT) == ()
    codes = {name: (m["invitation"]["code"], key_of(m["invitation"])) for name, m in made.items()}
    late = {"full": again, "newer": void}
    codes |= {name: (one.code, key_of({"url": one.url})) for name, one in late.items()}
    return codes | {"unknown": ("000000", "nothing"), "malformed": ("' OR 1=1 --é", "\x00 '")}


async def test_every_wrong_code_is_the_same_work_and_the_same_answer() -> None:
    store = MemoryStore()
    counting = Counting(store)
    async with serve_app(store=(store, counting), **UNBOUND) as served:
        done: dict[str, Any] = {}
        for name, (code, key) in (await wrong_codes(served)).items():
            for how, typed in (("code", code), ("key", key)):
                counting.calls.clear()
                answer = await served.join(**{how: typed})
                done[f"{name} {how}"] = (answer.status_code, answer.content, tuple(counting.calls))
    codes = {done[name] for name in done if name.endswith("code")}
    keys = {done[name] for name in done if name.endswith("key")}
    assert len(codes) == len(keys) == 1, done
    assert codes.pop()[::2] == (404, ("get",))
    assert keys.pop()[::2] == (404, ("get",))


@pytest.mark.prove
async def test_no_wrong_code_takes_longer_than_another(tmp_path: Path) -> None:
    """Only a figure: what keeps it so is the same work, counted above."""
    what = "greatest over least median time of a wrong, used, full, expired, malformed code"
    store = SqliteStore.open(tmp_path / "saywhen.db")
    with proof("P12", what, "x", allowed=3) as p:
        async with serve_app(store=(store, store), **UNBOUND) as served:
            codes = {name: code for name, (code, _) in (await wrong_codes(served)).items()}
            took: dict[str, list[float]] = {name: [] for name in codes}
            for _ in range(100 * min(LONG, 20)):
                for name, code in codes.items():
                    began = time.perf_counter()
                    assert (await served.join(code=code)).status_code == 404
                    took[name].append(time.perf_counter() - began)
        medians = [statistics.median(times) for times in took.values()]
        p.trial(max(medians) / min(medians), times=sum(map(len, took.values())))
        assert max(medians) < 3 * min(medians)


async def test_a_room_that_is_gone_takes_its_codes_with_it() -> None:
    store = MemoryStore()
    async with serve_app(store=(store, store)) as served:
        made = await served.start()
        assert any(room == made["room"] for _, room, _ in store._entries.values())
        await served.app.state.rooms.erase(served.room(RoomId(made["room"])))
        assert not any(room == made["room"] for _, room, _ in store._entries.values())
