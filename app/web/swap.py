"""Your turn now: both phones ask, each at its own last page. Source: docs/protocol.md."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from app.core.model import Role
from app.hub.door import Door
from app.pairing import claims
from app.web import answers, authority, cookies, origins
from app.web.answers import RoomOf, is_partial, page

router = APIRouter()


@router.post("/api/rooms/{room}/swap", status_code=201)
async def swap(request: Request, room: RoomOf) -> Response:
    """Ask to swap seats: 202 until the other one asks too, then 201 with the new seat."""
    role, said = authority.authorise(request, room), request.headers.get(claims.HEADER)
    joined = await request.app.state.swaps.ask(room, role, claims.read_claim(said))
    if joined is None:
        return JSONResponse({"status": "waiting"}, 202)
    response = JSONResponse(answers.seated(joined), 201)
    answers.set_cookie(request, response, joined)
    return response


@router.post("/room/{room}/{role}/swap", dependencies=[origins.SAME_SITE], include_in_schema=False)
async def swap_page(request: Request, room: RoomOf, role: str) -> Response:
    """Ask to swap, from the last page of a session; it asks again by itself."""
    seat = authority.authorise(request, room, role)
    joined = await request.app.state.swaps.ask(room, seat, _token(request, room, seat))
    if joined is None:
        template = "parts/swap.html" if is_partial(request) else "pages/swap.html"
        return page(request, template, room=room.id, role=role, is_waiting=True)
    return answers.seated_page(request, joined)


def _token(request: Request, room: Door, seat: Role) -> str | None:
    held = cookies.read(request, authority.cookie_name(room.id, seat))
    return held[0] if held else None
