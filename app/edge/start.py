"""Where a session begins: home, the choice of stretches, the laptop's two squares, Try it.

Routing only. Every form works without a script; htmx changes a part of the page where there is one.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from app.core.model import SEATS, Phase, Role, Routine
from app.edge import api, claims, guard
from app.edge.api import RoomOf, is_partial
from app.edge.routine_form import (
    choices_of,
    first_choices,
    recalled,
    remembered,
    routine_in,
)
from app.edge.seats import Joined
from app.edge.ways import way_of
from app.errors import AppError, TooFast, WireError
from app.hub.room import Room

router = APIRouter(include_in_schema=False)
LAST = "last"  # role and routine of the last session, on this browser only
LAST_LASTS_S = 365 * 24 * 3600
HOSTED = "hosted"  # the room of this laptop's two squares


def page(request: Request, template: str, status_code: int = 200, **values: Any) -> Response:
    """Give a page."""
    made: Response = request.app.state.render.page(
        request, template, status_code=status_code, **values
    )
    return made


def _last(request: Request) -> tuple[str, Routine | None]:
    role, _, written = request.cookies.get(LAST, "").partition("~")
    library = request.app.state.library
    return ("partner" if role == "partner" else "client"), recalled(written, library)


@router.get("/")
async def home(request: Request, stretch: str = "") -> Response:
    """Show the one big Start, and the way in with a code."""
    if stretch in request.app.state.library.stretches:
        return RedirectResponse(f"/start?stretch={stretch}", 303)
    role, last = _last(request)
    return page(request, "pages/home.html", role=role, last=last)


@router.get("/start")
async def choose(request: Request, stretch: str = "") -> Response:
    """Show the choice of stretches."""
    choices = first_choices(request.app.state.library, stretch)
    return _builder(request, choices, _last(request)[0])


def _builder(request: Request, choices: list[Any], role: str, status: int = 200) -> Response:
    library = request.app.state.library
    problem, total_s = None, 0
    try:
        routine = routine_in(choices)
        total_s = library.total_s(routine)
    except WireError:
        problem = "none" if not any(one.is_chosen for one in choices) else "bounds"
    values = {"choices": choices, "role": role, "problem": problem, "total_s": total_s}
    return page(request, "pages/start.html", status, **values)


async def _sent(request: Request) -> tuple[list[Any], str]:
    form = await request.form()
    ticked = [str(one) for one in form.getlist("stretch")]
    role = "partner" if form.get("role") == "partner" else "client"
    return choices_of(form, ticked, request.app.state.library), role


@router.post("/start/total", dependencies=[guard.SAME_SITE])
async def total(request: Request) -> Response:
    """Work out how long the chosen stretches take. Changes nothing."""
    choices, role = await _sent(request)
    return _builder(request, choices, role)


@router.post("/start/own", dependencies=[guard.SAME_SITE])
async def start_own(request: Request, claim: Annotated[str, Form()] = "") -> Response:
    """Start a room with the chosen stretches."""
    choices, role = await _sent(request)
    try:
        routine = routine_in(choices)
    except WireError:
        return _builder(request, choices, role, 422)
    return await _go(request, role, routine, claim)


@router.post("/start", dependencies=[guard.SAME_SITE])
async def start(
    request: Request,
    role: Annotated[str, Form()] = "client",
    routine: Annotated[str, Form()] = "",
    claim: Annotated[str, Form()] = "",
) -> Response:
    """Start a room with a preset, or the same as last time."""
    last = _last(request)[1] if routine == LAST else None
    chosen = last or api.routine_of(request, routine.removeprefix(LAST))
    return await _go(request, role, chosen, claim)


async def _go(request: Request, role: str, routine: Routine, claim: str) -> Response:
    seat = Role.PARTNER if role == "partner" else Role.CLIENT
    joined, _ = await api.open_room(request, seat, routine, claims.read_claim(claim))
    response = api.seated_page(request, joined)
    written = f"{seat}~{remembered(routine, request.app.state.library)}"
    _set(request, response, LAST, written, LAST_LASTS_S)
    return response


def _set(request: Request, response: Response, name: str, value: str, lasts_s: int) -> None:
    response.set_cookie(
        name,
        value,
        max_age=lasts_s,
        httponly=True,
        samesite="strict",
        secure=guard.is_https(request),
    )


@router.post("/host", dependencies=[guard.SAME_SITE])
async def host(request: Request, claim: Annotated[str, Form()] = "") -> Response:
    """Open a room for two phones on a laptop that takes neither seat; the same one until used."""
    room = _hosted(request)
    if room is not None:
        return await _squares(request, room, None)
    try:
        routine, said = api.routine_of(request, None), claims.read_claim(claim)
        joined, _ = await api.open_room(request, Role.HOST, routine, said)
    except TooFast as e:
        if not is_partial(request):
            raise
        none = {"room": None, "role": "", "squares": (), "way": None}
        return page(request, "parts/squares.html", e.status, **none)
    return await _squares(request, request.app.state.rooms.find(joined.room), joined)


def _hosted(request: Request) -> Room | None:
    try:
        room: Room = request.app.state.rooms.find(request.cookies.get(HOSTED, ""))
        guard.authorise(request, room, Role.HOST)
    except AppError:
        return None
    is_fresh = room.state.phase is Phase.LOBBY and len(room.invitable(Role.HOST)) == len(SEATS)
    return room if is_fresh else None


async def _squares(request: Request, room: Room, joined: Joined | None) -> Response:
    response: Response
    if is_partial(request):
        way = way_of(request)
        made = await request.app.state.seats.all_shown(room, Role.HOST, way.origin)
        response = page(request, "parts/squares.html", room=room.id, role="", squares=made, way=way)
    else:
        response = RedirectResponse(f"/room/{room.id}/host", 303)
    if joined is not None:
        api.set_cookie(request, response, joined)
        _set(request, response, HOSTED, room.id, 24 * 3600)
    return response


@router.get("/host/{room}")
async def hosted(request: Request, room: RoomOf) -> Response:
    """Tell the laptop's home, as it asks again, to go to the room once a phone has come."""
    guard.authorise(request, room, Role.HOST)
    if len(room.invitable(Role.HOST)) == len(SEATS):
        return Response(status_code=204)
    return Response(status_code=204, headers={"HX-Redirect": f"/room/{room.id}/host"})


@router.get("/try")
async def try_page(request: Request) -> Response:
    """Explain Try it: both phones in one window."""
    return page(request, "pages/try.html", room=None)


@router.post("/try", dependencies=[guard.SAME_SITE])
async def try_it(request: Request) -> Response:
    """Make a room whose both seats are this browser's."""
    routine = api.routine_of(request, None)
    joined, invitations = await api.open_room(request, Role.CLIENT, routine)
    key = invitations[Role.PARTNER].url.split("#")[1]
    partner = await request.app.state.seats.join_by_key(key)
    response = RedirectResponse(f"/try/{joined.room}", 303)
    for seat in (joined, partner):
        api.set_cookie(request, response, seat)
    return response


@router.get("/try/{room}")
async def try_room(request: Request, room: RoomOf) -> Response:
    """Show both phones side by side."""
    for role in SEATS:
        guard.authorise(request, room, role)
    return page(request, "pages/try.html", room=room.id)
