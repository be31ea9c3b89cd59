"""HTTP for programs: rooms, seats, knocks, screening.

Routing only: the rules are in the core, seats in seats.py. Source: docs/protocol.md, "HTTP".
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from app.core.commands import URGENT, FailScreening, PassScreening
from app.core.model import SEATS, Phase, Reason, Role, Routine, other
from app.core.safety import judge_screening
from app.edge import claims, cookies, guard, leaving, started, wire
from app.edge.bodies import is_head
from app.edge.seats import Invitation, Joined, no_such_room
from app.errors import PairingError, Refused, WireError
from app.hub.room import Room

SEAT_LASTS_S = 24 * 3600
SIGNAL_ANSWERED_WITHIN_S = 1.5  # before the page gives its request up
KNOCK_LASTS_S = 120

router = APIRouter(prefix="/api")


Said = Annotated[str, Field(pattern=claims.PATTERN)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class NewRoom(Strict):
    role: Literal["client", "partner", "host"]
    routine: str | dict[str, Any] | None = None
    claim: Said | None = None


class Join(Strict):
    key: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    code: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    asks: bool = False
    leave: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=200)] = []
    claim: Said | None = None


class Screening(Strict):
    list: str
    answers: dict[str, bool]
    cleared: dict[str, bool] = {}


def find_room(request: Request, room: str) -> Room:
    """Give the room of the path."""
    found: Room = request.app.state.rooms.find(room)
    return found


RoomOf = Annotated[Room, Depends(find_room)]


def told(invitation: Invitation) -> dict[str, Any]:
    """Give an invitation as the protocol has it."""
    return {
        "code": invitation.code,
        "url": invitation.url,
        "expires_ms": invitation.expires_ms,
    }


def seated(joined: Joined) -> dict[str, Any]:
    """Give a seat as the protocol has it."""
    seat = {"role": joined.role.value, "token": joined.token}
    return {"room": joined.room, "seat": seat}


def set_cookie(
    request: Request, response: Response, joined: Joined, lasts_s: int = SEAT_LASTS_S
) -> None:
    """Keep a seat's token in a cookie that no script and no other site can use."""
    name = guard.cookie_name(joined.room, joined.role.value)
    cookies.put(response, name, joined.token, lasts_s, is_https=guard.is_https(request))


def seated_page(request: Request, joined: Joined) -> Response:
    """Send a browser to the seat it has got, whether it asks for a page or htmx does for a part."""
    to = f"/room/{joined.room}/{joined.role}"
    response: Response = RedirectResponse(to, 303)
    if is_partial(request):
        response = Response(status_code=204, headers={"HX-Redirect": to})
    set_cookie(request, response, joined)
    return response


def is_partial(request: Request) -> bool:
    """Tell whether htmx asks, for a part of the page it is on."""
    return request.headers.get("hx-request") == "true"


def routine_of(request: Request, asked: str | dict[str, Any] | None) -> Routine:
    """Read a routine: a preset's id, a routine of one's own, or the default preset."""
    library = request.app.state.library
    if isinstance(asked, dict):
        return wire.read_routine(asked)
    name = asked or library.default_preset
    if name not in library.presets:
        raise PairingError("no_such_routine", f"There is no routine called {name}.", 422)
    preset: Routine = library.presets[name].routine
    return preset


async def open_room(
    request: Request, role: Role, routine: Routine, said: str = ""
) -> tuple[Joined, dict[Role, Invitation]]:
    """Open a room for its starter, with an invitation to each free seat.

    Whoever `said` the same claim for the same before has that room again, while it is untouched.
    """
    state, origin = request.app.state, guard.origin_of(request)
    joined = await started.again(state, role, routine, said) if said else None
    if joined is None:
        limiter: guard.Limiter = state.limits.rooms
        limiter.check(guard.address(request))
        limiter.count(guard.address(request))
        joined = await started.start(state, role, routine, said)
    room: Room = state.rooms.find(joined.room)
    made = await state.seats.all_shown(room, role, origin)
    return joined, {invitation.role: invitation for invitation in made}


@router.post("/rooms", status_code=201)
async def start_room(request: Request, body: NewRoom, response: Response) -> dict[str, Any]:
    """Start a room; the answer holds the starter's seat and the invitations."""
    guard.check_origin(request, is_needed=False)
    role = Role(body.role)
    routine = routine_of(request, body.routine)
    joined, made = await open_room(request, role, routine, body.claim or "")
    set_cookie(request, response, joined)
    answer = seated(joined)
    if role is Role.HOST:
        answer["invitations"] = {seat.value: told(invite) for seat, invite in made.items()}
    else:
        answer["invitation"] = told(made[other(role)])
    return answer


@router.post("/join")
async def join(request: Request, body: Join) -> Response:
    """Take the seat a key is for, or knock: with a typed code, and with a display's key."""
    guard.check_origin(request, is_needed=False)
    if (body.key is None) == (body.code is None):
        raise WireError("Send either a key or a code.")
    said = body.claim or ""
    if body.key is None:
        knock, words = await knock_with(request, body.code or "", said)
    else:
        seats = request.app.state.seats
        if body.asks and (to := await seats.room_of(body.key)) is not None:
            leaving.check_left(request, to, body.leave)
        joined = await seats.use_key(body.key, said)
        if isinstance(joined, Joined):
            response = JSONResponse(seated(joined), 201)
            set_cookie(request, response, joined)
            await leaving.leave(request, response, set(body.leave) - {joined.room})
            return response
        knock, words = joined
    response = JSONResponse({"knock": knock, "words": words}, 202)
    if said:
        claim_knock(request, response, knock, said)
    return response


def claim_knock(request: Request, response: Response, knock: str, said: str) -> None:
    """Let a page bring its claim whenever it asks for its knock, and nowhere else."""
    response.set_cookie(
        claims.COOKIE,
        said,
        max_age=KNOCK_LASTS_S,
        path=f"/knock/{knock}",
        httponly=True,
        samesite="strict",
        secure=guard.is_https(request),
    )


async def knock_with(request: Request, code: str, said: str) -> tuple[str, tuple[str, str]]:
    """Knock with a typed code. A right one is looked up before the counters are."""
    state, who = request.app.state, guard.address(request)
    place = await state.seats.find_code(code)
    if place is None:
        state.limits.codes.check(who)
        state.limits.all_codes.check("all")
        state.limits.codes.count(who)
        state.limits.all_codes.count("all")
        raise no_such_room()
    knocked: tuple[str, tuple[str, str]] = await state.seats.knock(place, said)
    return knocked


@router.get("/knocks/{knock}")
async def ask_knock(request: Request, knock: str, response: Response) -> dict[str, Any]:
    """Tell how a knock stands; once admitted, hand out the seat, once, or again to its claim."""
    said = claims.read_claim(request.headers.get(claims.HEADER))
    status, joined = await ask_seats(request, knock, said)
    if joined is None:
        return {"status": status}
    set_cookie(request, response, joined)
    return {"status": status, **seated(joined)}


async def ask_seats(request: Request, knock: str, said: str) -> tuple[str, Joined | None]:
    """Tell how a knock stands, with the seat once admitted; a HEAD, as of a preview, takes none."""
    told: tuple[str, Joined | None] = await request.app.state.seats.answer(
        knock, said, is_look=is_head(request)
    )
    return told


@router.get("/rooms/{room}")
async def read_state(request: Request, room: RoomOf, origin: str = "") -> Response:
    """Give the state as this seat may know it.

    A page whose socket is refused names its `origin`: browsers send it with sockets, not here.
    """
    role = guard.authorise(request, room)
    if origin:
        guard.check_named_origin(request, origin)
    return Response(wire.encode(room.view(role)), media_type="application/json")


@router.post("/rooms/{room}/signals")
async def signal(request: Request, room: RoomOf) -> Response:
    """Take a stop, ease or pain that could not go by the socket; answered as it would be there.

    Where the journal hangs the answer is 202: it is told to both phones and will be written.
    """
    role = guard.authorise(request, room)
    message = wire.decode(await request.body())
    if not isinstance(message, URGENT) or role not in SEATS:
        raise WireError("Only stop, ease and pain of a seat are taken here.")
    answer = room.ask(message, role)
    told: dict[str, str] = {"type": "done", "id": message.id}
    try:
        await asyncio.wait_for(asyncio.shield(answer), SIGNAL_ANSWERED_WITHIN_S)
    except TimeoutError:
        return JSONResponse({"type": "told", "id": message.id}, 202)
    except Refused as refused:
        told = {"type": "refused", "id": message.id, "reason": refused.reason}
    return JSONResponse(told)


@router.post("/rooms/{room}/screening")
async def screen(request: Request, room: RoomOf, body: Screening) -> dict[str, Any]:
    """Judge the client's answers in memory; only that they passed is kept."""
    if guard.authorise(request, room, None) is not Role.CLIENT:
        raise guard.Forbidden("Only the client answers these.")
    return await judge(request, room, body)


async def judge(
    request: Request, room: Room, body: Screening, *, may_know: bool = False
) -> dict[str, Any]:
    """Judge a screening and tell the room its outcome; raises Refused outside the lobby.

    Where the room `may_know` it already, an answer that was lost is given again.
    """
    safety = request.app.state.library.safety
    if room.state.phase is not Phase.LOBBY and not may_know:
        raise Refused("not_now")
    ids = {question.id for question in safety.questions}
    if body.list != safety.version:
        raise WireError("list: this is another version of the questions. Load the page again.")
    if set(body.answers) != ids:
        missing = ", ".join(sorted(ids ^ set(body.answers)))
        raise WireError(f"answers: every question once, please ({missing})")
    outcome, advice = judge_screening(safety.questions, body.answers, body.cleared)
    passed = outcome == "passed"
    if room.state.phase is not Phase.LOBBY and not _knows(room, passed):
        raise Refused("not_now")
    if room.state.phase is Phase.LOBBY:
        is_cleared = any(body.answers.values())  # or it would not have passed
        passes = PassScreening(list=body.list, is_cleared=is_cleared)
        await room.ask(passes if passed else FailScreening(), Role.CLIENT)
    return {"outcome": outcome, "advice": advice}


def _knows(room: Room, passed: bool) -> bool:
    """Tell whether the room is where this outcome has led it."""
    state = room.state
    if passed:
        return state.screening_list is not None and state.phase is not Phase.ENDED
    return state.reason is Reason.ENDED_BY_CLIENT
