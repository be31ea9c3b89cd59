"""P20: through the very doors a phone uses: every yes stops, and the partner never hears of it.

test_screening.py has every combination of the judgement alone.
"""

from __future__ import annotations

import html
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from app.config import ASSETS
from app.content.library import load_library
from app.core.commands import TakeSeat
from app.core.model import Phase, Role
from app.hub.outbox import Outbox
from app.hub.room import Room
from app.journal.memory import MemoryStore
from app.pairing.places import hash_token
from app.protocol import wire
from tests.support.app import SAME_SITE, Served, bearer, serve_app
from tests.support.clock import settle
from tests.support.proof import LONG, proof

LIBRARY = load_library(ASSETS / "content")
QUESTIONS = LIBRARY.safety.questions
IDS = [question.id for question in QUESTIONS]
CLEARABLE = {question.id for question in QUESTIONS if question.clearable}
TICKED_AT_MOST = 3
SHARE = 1 if LONG > 1 else 12  # of the ways with three ticked, each so manieth in `make test`


def ways() -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """Every choice of at most three questions, and of those a clinician is said to have cleared."""
    for count in range(TICKED_AT_MOST + 1):
        for number, ticked in enumerate(itertools.combinations(IDS, count)):
            if count == TICKED_AT_MOST and number % SHARE:
                continue
            for cleared in itertools.product((False, True), repeat=count):
                yield frozenset(ticked), frozenset(itertools.compress(ticked, cleared))


def stopped_by(ticked: frozenset[str], cleared: frozenset[str]) -> list[str]:
    return [id for id in IDS if id in ticked and not (id in CLEARABLE and id in cleared)]


@dataclass
class Lobby:
    """A room with both phones in the lobby; all that anyone but the client may read of it."""

    served: Served
    room: Room
    partner: Outbox

    @classmethod
    async def opened(cls, served: Served) -> Lobby:
        routine = LIBRARY.presets[LIBRARY.default_preset].routine
        room = await served.app.state.rooms.open(Role.CLIENT, routine, hash_token("client"))
        await room.ask(TakeSeat(role=Role.PARTNER, token_hash=hash_token("partner")))
        lobby = cls(served, room, room.attach(Role.PARTNER))
        assert lobby.heard()
        return lobby

    def heard(self) -> str:
        """Return all that waits for the partner's phone, as it would be sent."""
        told = []
        while (message := self.partner.take()) is not None:
            told.append(wire.encode(message).decode())
        return "\n".join(told)

    async def by_program(
        self, ticked: frozenset[str], cleared: frozenset[str], token: str = "client"
    ) -> httpx.Response:
        answers = {id: id in ticked for id in IDS}
        body = {"list": LIBRARY.safety.version, "answers": answers}
        body |= {"cleared": dict.fromkeys(cleared, True)}
        path = f"/api/rooms/{self.room.id}/screening"
        return await self.served.http.post(path, json=body, headers=bearer(token))

    async def by_form(self, sent: dict[str, str]) -> httpx.Response:
        cookie = {"cookie": f"seat_{self.room.id}_client=client"}
        path = f"/room/{self.room.id}/client/screening"
        return await self.served.http.post(path, data=sent, headers=cookie | SAME_SITE)

    async def check(self, stops: list[str], store: MemoryStore) -> None:
        """The room goes on or has ended; what led to it is nowhere."""
        await settle()
        state = self.room.state
        assert (state.phase is Phase.ENDED) == bool(stops)
        path = f"/api/rooms/{self.room.id}"
        read = await self.served.http.get(path, headers=bearer("partner"))
        told: dict[str, Any] = read.json()
        assert told["ended"] == ({"reason": "ended_by_client"} if stops else None)
        assert "screened" not in told["todo"]
        heard = self.heard()
        assert heard, "the partner was told of the change"
        journal = repr(store._logs[self.room.id])
        for place in (heard, read.text, journal, repr(store._entries)):
            assert not [id for id in IDS if f'"{id}"' in place or f"'{id}'" in place], place
            assert "answers" not in place and "advice" not in place


@pytest.mark.prove
async def test_every_yes_stops_unless_cleared_and_the_partner_hears_no_answer() -> None:
    store = MemoryStore()
    what = f"every {TICKED_AT_MOST} of {len(IDS)} questions, cleared or not, by program"
    with proof("P20", what) as p:
        async with serve_app(store=(store, store)) as served:
            for ticked, cleared in ways():
                lobby, stops = await Lobby.opened(served), stopped_by(ticked, cleared)
                answer = await lobby.by_program(ticked, cleared)
                expected = {"outcome": "stop" if stops else "passed", "advice": stops}
                assert answer.json() == expected, (ticked, cleared)
                assert "set-cookie" not in answer.headers
                await lobby.check(stops, store)
                await served.app.state.rooms.erase(lobby.room)
                p.trial()


async def test_the_form_judges_as_programs_are_judged() -> None:
    store = MemoryStore()
    async with serve_app(store=(store, store)) as served:
        for ticked, cleared in ways():
            if len(ticked) not in (1, 2):
                continue
            lobby, stops = await Lobby.opened(served), stopped_by(ticked, cleared)
            sent = dict.fromkeys(ticked, "yes") | {f"cleared_{id}": "yes" for id in cleared}
            sent["sure"] = "yes"
            answer = await lobby.by_form(sent)
            assert answer.status_code == (200 if stops else 303), (ticked, cleared)
            assert ("set-cookie" not in answer.headers and "location" not in answer.headers) or (
                answer.headers["location"] == f"/room/{lobby.room.id}/client"
            )
            advised = {q.id for q in QUESTIONS if q.advice in html.unescape(answer.text)}
            assert advised >= set(stops) and bool(advised) == bool(stops)
            await lobby.check(stops, store)


async def test_clearing_what_cannot_be_cleared_or_was_not_ticked_changes_nothing() -> None:
    store = MemoryStore()
    async with serve_app(store=(store, store)) as served:
        for id in IDS:
            for cleared in (frozenset(IDS), frozenset(IDS) - {id}):
                lobby = await Lobby.opened(served)
                stops = stopped_by(frozenset({id}), cleared)
                answer = await lobby.by_program(frozenset({id}), cleared)
                assert answer.json()["advice"] == stops
                assert bool(stops) == (id not in CLEARABLE or id not in cleared)
        lobby = await Lobby.opened(served)
        assert (await lobby.by_program(frozenset(), frozenset(IDS))).json()["advice"] == []


async def test_no_other_seat_and_no_other_phase_answers() -> None:
    async with serve_app() as served:
        lobby = await Lobby.opened(served)
        assert (await lobby.by_program(frozenset(), frozenset(), "partner")).status_code == 403
        assert (await lobby.by_program(frozenset(IDS[:1]), frozenset())).json()["advice"]
        for ticked in (frozenset[str](), frozenset(IDS[:1])):
            again = await lobby.by_program(ticked, frozenset())
            assert (again.status_code, again.json()["code"]) == (409, "not_now")


async def test_a_form_that_says_both_a_yes_and_none_is_asked_again() -> None:
    """The button `None of these` is the form's first: a press of Enter on a ticked box is it."""
    async with serve_app() as served:
        for id in IDS:
            lobby = await Lobby.opened(served)
            answer = await lobby.by_form({id: "yes", "none": "yes"})
            assert answer.status_code == 422, id
            assert lobby.room.state.phase is Phase.LOBBY
            assert "screened" in json.loads(wire.encode(lobby.room.look(Role.CLIENT)))["todo"]


async def test_standing_answers_are_the_phones_own() -> None:
    """The server says which questions last; it asks all of them of every room and keeps none."""
    standing = {question.id for question in QUESTIONS if question.standing}
    assert standing and standing < set(IDS)
    async with serve_app() as served:
        for _ in range(2):
            told = (await served.http.get("/api/safety")).json()["screening"]["questions"]
            assert {q["id"] for q in told if q["standing"]} == standing
            lobby = await Lobby.opened(served)
            body = {"list": LIBRARY.safety.version, "cleared": {}}
            body |= {"answers": {id: False for id in IDS if id not in standing}}
            path = f"/api/rooms/{lobby.room.id}/screening"
            short = await served.http.post(path, json=body, headers=bearer("client"))
            assert (short.status_code, lobby.room.state.phase) == (422, Phase.LOBBY)
            assert (await lobby.by_program(frozenset(), frozenset())).json()["outcome"] == "passed"
