"""HTTP for programs: rooms, seats, knocks, screening.

The rules are in the core, seats in pairing/. Source: docs/protocol.md, "HTTP".
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import Field

from app.core.commands import URGENT
from app.core.model import SEATS, Role, other
from app.errors import Forbidden, Refused, WireError
from app.pairing import claims
from app.pairing.places import Joined
from app.protocol import wire
from app.web import authority, leaving, origins
from app.web.answers import RoomOf, Strict, invitation_json, seated, set_cookie
from app.web.knocking import claim_knock, how_it_stands, knock_with
from app.web.opening import open_room, routine_of
from app.web.screening import Screening, judge

SIGNAL_ANSWERED_WITHIN_S = 1.5  # before the page gives up its request

router = APIRouter(prefix="/api")


Said = Annotated[str, Field(pattern=claims.PATTERN)]


class NewRoom(Strict):
    role: Literal["client", "partner", "host"]
    routine: str | dict[str, Any] | None = None
    claim: Said | None = None


class Join(Strict):
    key: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    code: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    asks: bool = False
    leave: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=200)] = Field(
        default_factory=list
    )
    claim: Said | None = None


@router.post("/rooms", status_code=201)
async def start_room(request: Request, body: NewRoom, response: Response) -> dict[str, Any]:
    """Start a room; the answer holds the starter's seat and the invitations."""
    origins.check_origin(request, is_needed=False)
    role = Role(body.role)
    routine = routine_of(request, body.routine)
    joined, made = await open_room(request, role, routine, body.claim or "")
    set_cookie(request, response, joined)
    answer = seated(joined)
    if role is Role.HOST:
        answer["invitations"] = {
            seat.value: invitation_json(invite) for seat, invite in made.items()
        }
    else:
        answer["invitation"] = invitation_json(made[other(role)])
    return answer


@router.post("/join")
async def join(request: Request, body: Join) -> Response:
    """Take the seat a key is for, or knock: with a typed code, and with a display's key."""
    origins.check_origin(request, is_needed=False)
    if (body.key is None) == (body.code is None):
        raise WireError("Send either a key or a code.")
    said = body.claim or ""
    if body.key is None:
        knock, words = await knock_with(request, body.code or "", said)
    else:
        seats = request.app.state.seats
        if body.asks and (to := await seats.room_of(body.key)) is not None:
            await leaving.check_left(request, to, body.leave)
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


@router.get("/knocks/{knock}")
async def ask_knock(request: Request, knock: str, response: Response) -> dict[str, Any]:
    """Return how a knock stands; once admitted, hand out the seat, once, or again to its claim."""
    said = claims.read_claim(request.headers.get(claims.HEADER))
    status, joined = await how_it_stands(request, knock, said)
    if joined is None:
        return {"status": status}
    set_cookie(request, response, joined)
    return {"status": status, **seated(joined)}


@router.get("/rooms/{room}")
async def read_state(request: Request, room: RoomOf, origin: str = "") -> Response:
    """Return the state as this seat may know it.

    A page whose socket is refused names its `origin`: browsers send one with sockets, not here.
    """
    role = authority.authorise(request, room)
    if origin:
        origins.check_named_origin(request, origin)
    return Response(wire.encode(room.look(role)), media_type="application/json")


@router.post("/rooms/{room}/signals")
async def signal(request: Request, room: RoomOf) -> Response:
    """Take a stop, ease or pain that could not go by the socket; answer as the socket would.

    If the journal hangs the answer is 202: both phones are told, and it will be written.
    """
    role = authority.authorise(request, room)
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
async def answer_screening(request: Request, room: RoomOf, body: Screening) -> dict[str, Any]:
    """Judge the client's answers in memory; only that they passed is kept."""
    if authority.authorise(request, room, None) is not Role.CLIENT:
        raise Forbidden("Only the client answers these.")
    return await judge(request, room, body)
