"""Your turn now: the same two phones in a new room with their seats swapped, once both asked.

Each takes its new seat by asking again; no token is ever stored. Source: docs/protocol.md.
"""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from app.core.model import SEATS, Phase, Role, RoomId, other
from app.edge import api, claims, cookies, guard
from app.edge.api import RoomOf, is_partial
from app.edge.seats import Joined, Place, new_token
from app.edge.start import page
from app.errors import PairingError, Refused
from app.hub.room import Room

router = APIRouter()
ASKED_LASTS_MS = 15 * 60_000


class Swap(msgspec.Struct, frozen=True):
    """Who has asked to swap, and the new room once there is one."""

    asked: tuple[Role, ...]
    room: RoomId | None = None
    salt: str = ""


@router.post("/api/rooms/{room}/swap", status_code=201)
async def swap(request: Request, room: RoomOf) -> Response:
    """Ask to swap seats: 202 until the other one asks too, then 201 with the new seat."""
    role, said = guard.authorise(request, room), request.headers.get(claims.HEADER)
    joined = await _ask(request, room, role, claims.read_claim(said))
    if joined is None:
        return JSONResponse({"status": "waiting"}, 202)
    response = JSONResponse(api.seated(joined), 201)
    api.set_cookie(request, response, joined)
    return response


@router.post("/room/{room}/{role}/swap", dependencies=[guard.SAME_SITE], include_in_schema=False)
async def swap_page(request: Request, room: RoomOf, role: str) -> Response:
    """Ask to swap, from the last page of a session; it asks again by itself."""
    seat = guard.authorise(request, room, role)
    joined = await _ask(request, room, seat, _token(request, room, seat))
    if joined is None:
        template = "parts/swap.html" if is_partial(request) else "pages/swap.html"
        return page(request, template, room=room.id, role=role, is_waiting=True)
    return api.seated_page(request, joined)


def _token(request: Request, room: Room, seat: Role) -> str | None:
    held = cookies.read(request, guard.cookie_name(room.id, seat))
    return held[0] if held else None


async def _ask(request: Request, room: Room, role: Role, said: str | None) -> Joined | None:
    """Ask; who `said` the same before has the same seat again, however often the answer is lost."""
    if room.state.phase is not Phase.ENDED or role not in SEATS:
        raise Refused("not_now")
    wanted = await _note(request, room, role)
    if wanted.room is None:
        return None
    place = Place(wanted.room, other(role), other(role))
    token = claims.derived(wanted.salt, said) if wanted.salt and said else None
    joined: Joined = await request.app.state.seats.sit(place, token)
    return joined


async def _note(request: Request, room: Room, role: Role) -> Swap:
    """Note that `role` asks; whoever makes it two opens the new room, and only one does."""
    directory, now = request.app.state.directory, request.app.state.clock.now_ms()
    stored = await directory.get("swap", room.id, now)
    if stored is None:
        noted = Swap((role,))
        lasts = now + ASKED_LASTS_MS
        await directory.put(
            "swap", room.id, msgspec.json.encode(noted), room=room.id, expires_ms=lasts
        )
        return noted
    known = msgspec.json.decode(stored, type=Swap)
    if known.room is not None or role in known.asked:
        return known
    noted = Swap(SEATS, await _open(request, room), new_token())
    if await directory.swap("swap", room.id, stored, msgspec.json.encode(noted), now):
        return noted
    raise PairingError("try_again", "You both asked in the same moment. Ask once more.", 409)


async def _open(request: Request, room: Room) -> RoomId:
    state = room.state
    host = other(state.host) if state.host in SEATS else Role.PARTNER
    opened: Room = await request.app.state.rooms.open(host, state.routine, None, is_briefed=True)
    return opened.id
