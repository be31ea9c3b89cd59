"""Where a session begins: home, the choice of stretches, the laptop's two squares, Try it.

Routing only. Every form works without a script; htmx changes a part of the page where there is one.
"""

from __future__ import annotations

import contextlib
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from app.core.commands import ChooseRoutine
from app.core.model import SEATS, Phase, Role, Routine
from app.errors import AppError, TooFast, WireError
from app.hub.door import Door
from app.pairing import claims
from app.pairing.places import Joined
from app.web import answers, authority, cookies, held, leaving, opening, origins
from app.web.answers import RoomOf, is_partial, page
from app.web.cookies import HOSTED, HOSTED_LASTS_S, LAST, LAST_LASTS_S
from app.web.routine_form import (
    choices_of,
    chosen_in,
    first_choices,
    recalled,
    remembered,
    routine_in,
)
from app.web.ways import way_of

router = APIRouter(include_in_schema=False)


def _last(request: Request) -> tuple[str, Routine | None]:
    role, _, written = next(iter(cookies.read(request, LAST)), "").partition("~")
    library = request.app.state.library
    return ("partner" if role == "partner" else "client"), recalled(written, library)


@router.get("/")
async def home(request: Request, stretch: str = "") -> Response:
    """Show the session this browser is in, or the one big Start; and what it kept."""
    if stretch in request.app.state.library.stretches:
        return RedirectResponse(f"/start?stretch={stretch}", 303)
    role, last = _last(request)
    now = request.app.state.clock.now_ms()
    values: dict[str, Any] = {
        "going": await held.live(request),
        "abandoned": await held.abandoned(request, now),
        "unkept": await held.unkept(request, now),
        "kept": await held.kept(request),
        "ending": await held.ending(request, now),
    }
    return page(request, "pages/home.html", role=role, last=last, **values)


@router.get("/leave")
async def question_page(request: Request) -> Response:
    """Ask whether the session this browser is in is to be left."""
    return await leaving.question_page(request)


@router.post("/leave", dependencies=[origins.SAME_SITE])
async def leave(request: Request) -> Response:
    """End the sessions this browser is in, once asked."""
    asked = await leaving.question(request)
    if asked is not None:
        return asked
    response = RedirectResponse("/", 303)
    await leaving.leave(request, response, await leaving.answered(request))
    return response


@router.get("/start")
async def choose(
    request: Request, stretch: str = "", role: str = "", routine: str = ""
) -> Response:
    """Show the choice of stretches, beginning with what was chosen on home."""
    library, (last_role, last) = request.app.state.library, _last(request)
    preset = library.presets.get(routine)
    chosen = last if routine == LAST else preset.routine if preset else None
    choices = chosen_in(chosen, library) if chosen else first_choices(library, stretch)
    return _builder(request, choices, role if role in SEATS else last_role)


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


@router.post("/start/total", dependencies=[origins.SAME_SITE])
async def total(request: Request) -> Response:
    """Work out how long the chosen stretches take. Changes nothing."""
    choices, role = await _sent(request)
    return _builder(request, choices, role)


@router.post("/start/own", dependencies=[origins.SAME_SITE])
async def start_own(request: Request, claim: Annotated[str, Form()] = "") -> Response:
    """Start a room with the chosen stretches."""
    choices, role = await _sent(request)
    try:
        routine = routine_in(choices)
    except WireError:
        return _builder(request, choices, role, 422)
    return await _go(request, role, routine, claim)


@router.post("/start", dependencies=[origins.SAME_SITE])
async def start(
    request: Request,
    role: Annotated[str, Form()] = "client",
    routine: Annotated[str, Form()] = "",
    claim: Annotated[str, Form()] = "",
) -> Response:
    """Start a room with a preset, or the same as last time."""
    return await _go(request, role, _chosen(request, routine), claim)


def _chosen(request: Request, routine: str) -> Routine:
    last = _last(request)[1] if routine == LAST else None
    return last or opening.routine_of(request, routine.removeprefix(LAST))


async def _go(request: Request, role: str, routine: Routine, claim: str) -> Response:
    asked = await leaving.question(request)
    if asked is not None:
        return asked
    seat = Role.PARTNER if role == "partner" else Role.CLIENT
    joined, _ = await opening.open_room(request, seat, routine, claims.read_claim(claim))
    response = answers.seated_page(request, joined)
    await leaving.leave(request, response, await leaving.answered(request))
    written = f"{seat}~{remembered(routine, request.app.state.library)}"
    _set(request, response, LAST, written, LAST_LASTS_S)
    return response


def _set(request: Request, response: Response, name: str, value: str, lasts_s: int) -> None:
    cookies.put(response, name, value, lasts_s, is_https=origins.is_https(request))


@router.post("/host", dependencies=[origins.SAME_SITE])
async def host(
    request: Request,
    routine: Annotated[str, Form()] = "",
    claim: Annotated[str, Form()] = "",
) -> Response:
    """Open a room for two phones on a laptop that takes no seat; the same one until it is used."""
    room, chosen = await _hosted(request), _chosen(request, routine)
    if room is not None:
        if routine and room.state.routine != chosen:
            facts = request.app.state.rooms.facts(chosen)
            await room.ask(ChooseRoutine(routine=chosen, facts=facts), Role.HOST)
        return await _squares(request, room, None)
    going = await held.live(request)
    if going and is_partial(request):
        to = going[0].path if Role.HOST in going[0].roles else "/"
        return Response(status_code=204, headers={"HX-Redirect": to})
    asked = await leaving.question(request)
    if asked is not None:
        return asked
    try:
        said = claims.read_claim(claim)
        joined, _ = await opening.open_room(request, Role.HOST, chosen, said)
    except TooFast as e:
        if not is_partial(request):
            raise
        none: dict[str, Any] = {"room": None, "role": "", "squares": (), "way": None}
        return page(request, "parts/squares.html", e.status, **none, wait_s=e.retry_after_s)
    return await _squares(request, await request.app.state.rooms.find(joined.room), joined)


async def _hosted(request: Request) -> Door | None:
    for id in cookies.read(request, HOSTED):
        with contextlib.suppress(AppError):
            room: Door = await request.app.state.rooms.find(id)
            authority.authorise(request, room, Role.HOST)
            is_lobby = room.state.phase is Phase.LOBBY
            if is_lobby and len(room.invitable(Role.HOST)) == len(SEATS):
                return room
    return None


async def _squares(request: Request, room: Door, joined: Joined | None) -> Response:
    response: Response
    if is_partial(request):
        way = way_of(request)
        made = await request.app.state.seats.all_shown(room, Role.HOST, way.origin)
        response = page(request, "parts/squares.html", room=room.id, role="", squares=made, way=way)
    else:
        response = RedirectResponse(f"/room/{room.id}/host", 303)
    if joined is not None:
        answers.set_cookie(request, response, joined)
        _set(request, response, HOSTED, room.id, HOSTED_LASTS_S)
        await leaving.leave(request, response, await leaving.answered(request))
    return response


@router.get("/host/{room}")
async def hosted(request: Request, room: RoomOf) -> Response:
    """Send the laptop's home page, which keeps asking, to the room once a phone has come."""
    authority.authorise(request, room, Role.HOST)
    if len(room.invitable(Role.HOST)) == len(SEATS):
        return Response(status_code=204)
    return Response(status_code=204, headers={"HX-Redirect": f"/room/{room.id}/host"})


@router.get("/try")
async def try_page(request: Request) -> Response:
    """Explain Try it: both phones in one window."""
    return page(request, "pages/try.html", room=None)


@router.post("/try", dependencies=[origins.SAME_SITE])
async def try_it(request: Request) -> Response:
    """Open a room in which this browser has both seats."""
    asked = await leaving.question(request)
    if asked is not None:
        return asked
    routine = opening.routine_of(request, None)
    joined, invitations = await opening.open_room(request, Role.CLIENT, routine)
    key = invitations[Role.PARTNER].url.split("#")[1]
    partner = await request.app.state.seats.join_by_key(key)
    response = RedirectResponse(f"/try/{joined.room}", 303)
    for seat in (joined, partner):
        answers.set_cookie(request, response, seat)
    await leaving.leave(request, response, await leaving.answered(request))
    return response


@router.get("/try/{room}")
async def try_room(request: Request, room: RoomOf) -> Response:
    """Show both phones side by side."""
    for role in SEATS:
        authority.authorise(request, room, role)
    return page(request, "pages/try.html", room=room.id)
