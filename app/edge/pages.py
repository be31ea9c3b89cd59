"""HTML for people: routing only, the pages are templates. Every form works without JavaScript."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from app.core.model import Phase, Role, other
from app.edge import api, guard
from app.edge.api import RoomOf, Screening
from app.edge.seats import Invitation
from app.errors import PairingError, TooFast
from app.hub.room import Room

router = APIRouter(include_in_schema=False)


def page(request: Request, template: str, status_code: int = 200, **values: Any) -> Response:
    """Give a page."""
    made: Response = request.app.state.render.page(
        request, template, status_code=status_code, **values
    )
    return made


def same_site(request: Request) -> None:
    """Forms of other sites change nothing here."""
    guard.check_origin(request, is_needed=True)


SameSite = Depends(same_site)


@router.get("/")
async def home(request: Request) -> Response:
    """Show the one big Start, and the way in with a code."""
    return page(request, "pages/home.html")


@router.post("/start", dependencies=[SameSite])
async def start(
    request: Request,
    role: Annotated[str, Form()] = "client",
    routine: Annotated[str, Form()] = "",
) -> Response:
    """Start a room and go there."""
    seat = Role.PARTNER if role == "partner" else Role.CLIENT
    joined, invitations = await api.open_room(request, seat, api.routine_of(request, routine))
    response = RedirectResponse(f"/room/{joined.room}/{joined.role}", 303)
    api.set_cookie(request, response, joined)
    await remember(request, joined.room, invitations[other(seat)])
    return response


async def remember(request: Request, room: str, invitation: Invitation) -> None:
    """Keep the newest invitation in memory, so that a reloaded lobby can show it."""
    request.app.state.invitations[room] = invitation


@router.get("/join")
async def join_page(request: Request) -> Response:
    """Join by link (the key stands behind `#`, where no server sees it) or by code."""
    return page(request, "pages/join.html", problem=None, code="")


@router.post("/join", dependencies=[SameSite])
async def join_code(request: Request, code: Annotated[str, Form()] = "") -> Response:
    """Knock with a typed code."""
    try:
        knock, _ = await api.knock_with(request, code)
    except (PairingError, TooFast) as e:
        return page(request, "pages/join.html", e.status, problem=e.code, code=code[:12])
    return RedirectResponse(f"/knock/{knock}", 303)


@router.get("/knock/{knock}")
async def knock_page(request: Request, knock: str) -> Response:
    """Wait before the door; the page asks again by itself."""
    status, joined = await request.app.state.seats.answer(knock)
    if joined is not None:
        response = RedirectResponse(f"/room/{joined.room}/{joined.role}", 303)
        api.set_cookie(request, response, joined)
        return response
    words = await request.app.state.seats.words_of(knock)
    return page(request, "pages/knock.html", knock=knock, status=status, words=words)


def _role(request: Request, room: Room, role: str) -> Role:
    if role not in (Role.CLIENT, Role.PARTNER, Role.HOST):
        raise HTTPException(404)
    return guard.authorise(request, room, role)


@router.get("/room/{room}/{role}")
async def room_page(request: Request, room: RoomOf, role: str) -> Response:
    """Show the live page of one seat: every screen it may need is in it."""
    seat = _role(request, room, role)
    if room.state.phase is Phase.LOBBY:
        await _invite_anew(request, room, seat)
    template = "room/room.html"
    return page(request, template, **_room_values(request, room, seat))


async def _invite_anew(request: Request, room: Room, seat: Role) -> None:
    """A reloaded lobby shows an invitation that still works."""
    if seat is not room.state.host or not room.invitable(seat):
        return
    known = request.app.state.invitations.get(room.id)
    if known is None or known.expires_ms < request.app.state.clock.now_ms() + 60_000:
        origin = guard.origin_of(request)
        free = room.invitable(seat)[0]
        made = await request.app.state.seats.invite(room, seat, role=free, origin=origin)
        await remember(request, room.id, made)


def _room_values(request: Request, room: Room, seat: Role) -> dict[str, Any]:
    state = room.state
    library = request.app.state.library
    known = request.app.state.invitations.get(room.id) if seat is state.host else None
    used = {hold.stretch for hold in state.plan}
    return {
        "room": room.id,
        "role": seat.value,
        "routine": state.routine,
        "plan": state.plan,
        "stretches": [s for id, s in library.stretches.items() if id in used],
        "invitation": known,
        "total_s": library.total_s(state.routine),
        "is_try": request.query_params.get("try") == "1",
    }


@router.get("/room/{room}/{role}/cards")
async def cards(request: Request, room: RoomOf, role: str) -> Response:
    """Show the cards alone, after the routine changed in the lobby."""
    seat = _role(request, room, role)
    return page(request, "room/_cards.html", **_room_values(request, room, seat))


@router.post("/room/{room}/client/screening", dependencies=[SameSite])
async def screening(request: Request, room: RoomOf) -> Response:
    """Judge the form: a ticked box is a yes; none ticked means none of these."""
    if _role(request, room, "client") is not Role.CLIENT:
        raise guard.Forbidden("Only the client answers these.")
    form = await request.form()
    safety = request.app.state.library.safety
    is_none = form.get("none") == "yes"
    answers = {q.id: not is_none and form.get(q.id) == "yes" for q in safety.questions}
    cleared = {q.id: form.get(f"cleared_{q.id}") == "yes" for q in safety.questions}
    if not is_none and not any(answers.values()):
        raise PairingError("tick_or_none", "Tick what applies, or choose None of these.", 422)
    body = Screening(list=safety.version, answers=answers, cleared=cleared)
    outcome = await api.judge(request, room, body)
    advice = [q for q in safety.questions if q.id in outcome["advice"]]
    if request.headers.get("hx-request"):
        return page(request, "parts/screening_outcome.html", advice=advice)
    if advice:
        return page(request, "pages/screening_stop.html", advice=advice)
    return RedirectResponse(f"/room/{room.id}/client", 303)


@router.get("/try")
async def try_page(request: Request) -> Response:
    """Explain Try it: both phones in one window."""
    return page(request, "pages/try.html", room=None)


@router.post("/try", dependencies=[SameSite])
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
    for role in (Role.CLIENT, Role.PARTNER):
        guard.authorise(request, room, role)
    return page(request, "pages/try.html", room=room.id)


@router.get("/help")
async def help_page(request: Request) -> Response:
    """Show when to get help, and how to stop."""
    return page(request, "pages/help.html")


@router.get("/static/{tree}/{name:path}")
async def static(request: Request, tree: str, name: str) -> Response:
    """Give a static file under its hashed name."""
    found: Response | None = request.app.state.render.asset(request, tree, name)
    if found is None:
        raise HTTPException(404)
    return found


@router.get("/favicon.ico")
async def favicon(request: Request) -> Response:
    """Send browsers to the icon."""
    return RedirectResponse(request.app.state.render.url("icons/icon.svg"), 308)
