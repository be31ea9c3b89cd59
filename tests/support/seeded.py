"""A room in any phase, with both phones' cookies, on a server that runs: no pairing by hand.

`python -m tests.support.seeded DIR` serves as `saywhen serve` does, and lays a room for whoever
asks: `laid(url, Phase.HOLDING)`. `lay` puts one into a journal, for a server that starts later;
there hands that were on are eased, as after any restart.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app import serve
from app.clock import Clock
from app.config import Settings
from app.content.library import Library
from app.core import commands as c
from app.core import events as e
from app.core.evolve import replay
from app.core.model import SEATS, Link, Phase, Role, RoomId, Routine, RoutineItem
from app.journal.port import Journal
from app.main import create_app
from app.pairing.places import hash_token, new_token
from app.web.routine_form import first_choices, routine_in
from tests.support.session import FACTS, KNEES, LEG, Session

# For so long a phone counts as heard that has not come yet: a page may need seconds to come up.
COMES_WITHIN_MS = 15_000
LONG_S = 60
WAY_BACK_MS = 30_000


@dataclass(frozen=True)
class Laid:
    """A room, and the token of each seat, of the laptop that started it, and of a display."""

    room: str
    tokens: dict[str, str]
    events: list[e.Event] = field(default_factory=list, repr=False, compare=False)

    def cookies(self, url: str, *roles: str) -> list[Any]:
        """Return the cookies of these seats, or of all, as a browser takes them."""
        host = str(urlsplit(url).hostname)
        return [
            {"name": f"seat_{self.room}_{role}", "value": token, "domain": host, "path": "/"}
            | {"httpOnly": True, "sameSite": "Strict"}
            for role, token in self.tokens.items()
            if role in (roles or self.tokens)
        ]

    def page(self, url: str, role: str) -> str:
        """Return the address of a seat's page."""
        return f"{url}/room/{self.room}/{role}"


def session_in(phase: Phase, now_ms: int, like: Session | None = None) -> Session:
    """Walk to a phase so that it is reached now, and lasts; like that one if given."""

    def walked(start_ms: int) -> Session:
        if like is None:
            return _walked(phase, start_ms)
        return Session(like.routine, start_ms, facts=like.facts).to(phase)

    passed_ms = walked(now_ms).now_ms - now_ms
    s = walked(now_ms - passed_ms)
    assert s.now_ms == now_ms
    return s


def session_of(library: Library, routine: str = "", only: str = "") -> Session:
    """Begin a session as Start does: with the preset of this name, or with one stretch alone."""
    preset = next(
        (one for one in library.presets.values() if one.name.startswith(routine) and routine),
        library.presets[library.default_preset],
    )
    chosen = preset.routine
    if only:
        [id] = [id for id, one in library.stretches.items() if one.words.name == only]
        chosen = routine_in(first_choices(library, id))
    used = dict.fromkeys(item.stretch for item in chosen.items)
    return Session(chosen, facts=tuple(library.facts(one) for one in used))


def _walked(phase: Phase, start_ms: int) -> Session:
    is_on_the_way_back = phase in (Phase.RELEASING, Phase.RESTING)
    hold_s = 25 if is_on_the_way_back else LONG_S  # the session of the tests waits for its end
    routine = Routine((RoutineItem(LEG, hold_s, 2, LONG_S), RoutineItem(KNEES, 20, 1, LONG_S)))
    way_back_ms = WAY_BACK_MS if phase is Phase.RELEASING else 7_000
    facts = tuple(msgspec.structs.replace(one, way_back_ms=way_back_ms) for one in FACTS.values())
    return Session(routine, start_ms, facts=facts).to(phase)


async def lay(
    journal: Journal,
    phase: Phase,
    now_ms: int,
    host: Role = Role.CLIENT,
    seated: Iterable[Role] = SEATS,
    like: Session | None = None,
) -> Laid:
    """Write a room's log; both phones are in it and heard, but those not `seated` in the lobby."""
    room = RoomId(secrets.token_hex(8))
    tokens = {role.value: new_token() for role in SEATS}
    s = session_in(phase, now_ms, like)
    for role in seated if phase is Phase.LOBBY else ():
        s.ask(c.TakeSeat(role=role, token_hash=""))
    if phase is not Phase.ENDED:
        for role in SEATS:
            if s.state.seat(role).is_taken:
                s.presence(role, Link.LIVE, heard_ms=now_ms + COMES_WITHIN_MS)
    if host is Role.HOST:
        tokens["host"] = new_token()
    if phase is not Phase.ENDED:
        tokens["display"] = new_token()
        s.ask(c.PutDisplayOn(token_hash=hash_token(tokens["display"])))
    events = [_named(event, room, host, tokens) for event in s.log]
    await journal.append(room, 0, events)
    return Laid(room, tokens, events)


def _named(event: e.Event, room: RoomId, host: Role, tokens: dict[str, str]) -> e.Event:
    if isinstance(event, e.RoomOpened):
        held = hash_token(tokens["host"]) if host is Role.HOST else None
        return msgspec.structs.replace(event, room=room, host=host, host_hash=held)
    if isinstance(event, e.SeatTaken):
        return msgspec.structs.replace(event, token_hash=hash_token(tokens[event.role.value]))
    return event


def laid(
    url: str,
    phase: Phase,
    like: Mapping[str, str] | None = None,
    host: Role = Role.CLIENT,
    seated: Sequence[Role] = SEATS,
) -> Laid:
    """Ask a server of this file for a room in a phase; nobody sits in the lobby but `seated`.

    `like` has `routine` and `only`: the session is one that Start began, see `session_of`.
    """
    asked = {"phase": phase.value, "host": host.value, "seated": ",".join(seated)} | dict(
        like or {}
    )
    answer = httpx.post(f"{url}/laid", params=asked)
    answer.raise_for_status()
    return Laid(**answer.json())


async def _lay(request: Request) -> JSONResponse:
    rooms, asked = request.app.state.rooms, request.query_params
    seated = [Role(one) for one in asked["seated"].split(",")]
    made = await lay(
        request.app.state.journal,
        Phase(asked["phase"]),
        request.app.state.clock.now_ms(),
        Role(asked["host"]),
        seated,
        session_of(request.app.state.library, asked["routine"], asked["only"])
        if "routine" in asked
        else None,
    )
    room = rooms.show(rooms.adopt(replay(made.events)))
    room._alarm.set()
    return JSONResponse({"room": made.room, "tokens": made.tokens})


def _app(settings: Settings, clock: Clock) -> FastAPI:
    app = create_app(settings, clock)
    app.router.routes.insert(0, Route("/laid", _lay, methods=["POST"]))
    return app


def main(data_dir: str) -> None:
    """Serve on any free port of this machine, and say where."""
    settings = Settings(host="127.0.0.1", port=0, data_dir=Path(data_dir), rooms_per_min=1000)
    setattr(serve, "create_app", _app)  # noqa: B010 - the program's own, with one door more
    serve.serve(settings, lambda r: print(f"ready: http://127.0.0.1:{r.port}", flush=True))


if __name__ == "__main__":
    main(sys.argv[1])
