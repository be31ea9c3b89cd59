"""HTML for people: routing only, the pages are templates. Every form works without JavaScript."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from app.core.commands import ChooseRoutine
from app.core.model import HOLDERS, SEATS, Phase, Role
from app.core.safety import judge_screening
from app.errors import Forbidden, PairingError, TooFast
from app.hub.door import Door
from app.pairing import claims
from app.pairing.places import new_token
from app.screen.render import ROOM
from app.web import answers, authority, held, knocking, leaving, opening, origins
from app.web.answers import RoomOf, is_partial, page
from app.web.files import static
from app.web.screening import Screening, judge
from app.web.ways import way_of

router = APIRouter(include_in_schema=False)
router.add_api_route("/static/{tree}/{name:path}", static)


@router.get("/join")
async def join_page(request: Request) -> Response:
    """Join by link (the key stands behind `#`, where no server sees it) or by code."""
    return page(request, "pages/join.html", problem=None, code="", going=await held.live(request))


@router.post("/join", dependencies=[origins.SAME_SITE])
async def join_code(request: Request, code: Annotated[str, Form()] = "") -> Response:
    """Knock with a typed code; if it is right, ask first before a live session is left."""
    place = await request.app.state.seats.find_code(code)
    asked = await leaving.question(request, to=place.room) if place else None
    if asked is not None:
        return asked
    try:
        said = new_token()
        knock, _ = await knocking.knock_with(request, code, said)
    except (PairingError, TooFast) as e:
        going = await held.live(request)
        values = {"problem": e.code, "code": code[:12], "going": going}
        return page(request, "pages/join.html", e.status, **values)
    leave = [(leaving.LEAVE, str(room)) for room in await leaving.answered(request)]
    query = f"?{urlencode(leave)}" if leave else ""
    response = RedirectResponse(f"/knock/{knock}{query}", 303)
    knocking.claim_knock(request, response, knock, said)
    return response


@router.get("/knock/{knock}")
async def knock_page(request: Request, knock: str) -> Response:
    """Wait before the door; the page asks again by itself. What is left is left once let in."""
    said = claims.read_claim(request.cookies.get(claims.COOKIE))
    status, joined = await knocking.how_it_stands(request, knock, said)
    if joined is not None:
        response = answers.seated_page(request, joined)
        left = request.query_params.getlist(leaving.LEAVE)
        await leaving.leave(request, response, [one for one in left if one != joined.room])
        return response
    words = await request.app.state.seats.words_of(knock)
    template = "parts/knock.html" if is_partial(request) else "pages/knock.html"
    query = f"?{request.url.query}" if request.url.query else ""
    values = {"knock": knock, "status": status, "words": words, "query": query}
    return page(request, template, **values)


def _role(request: Request, room: Door, role: str) -> Role:
    if role not in HOLDERS:
        raise HTTPException(404)
    return authority.authorise(request, room, role)


@router.get("/room/{room}/{role}")
async def room_page(request: Request, room: RoomOf, role: str) -> Response:
    """Show the live page of one seat: every screen it may need is in it."""
    seat = _role(request, room, role)
    return await _for_seat(request, "room/room.html", room, seat)


async def _for_seat(request: Request, template: str, room: Door, seat: Role) -> Response:
    """Show a page that depends on routine and seat alone, but for a host's squares in the lobby."""
    render = request.app.state.render
    values = await _room_values(request, room, seat)
    if values["squares"]:
        return page(request, template, **values)
    key = (seat, room.state.routine, values["is_try"])
    values["path"] = request.url.path.replace(room.id, ROOM)
    made: Response = render.answer(request, render.html_of_room(template, key, **values))
    return made


async def _room_values(request: Request, room: Door, seat: Role) -> dict[str, Any]:
    state = room.state
    library = request.app.state.library
    used = {hold.stretch for hold in state.plan}
    seats, way = request.app.state.seats, way_of(request)
    is_lobby_host = state.phase is Phase.LOBBY and seat is state.host
    squares = await seats.all_shown(room, seat, way.origin) if is_lobby_host else []
    return {
        "room": room.id,
        "role": seat.value,
        "routine": state.routine,
        "plan": state.plan,
        "stretches": [s for id, s in library.stretches.items() if id in used],
        "squares": squares,
        "way": way if squares else None,
        "total_s": library.total_s(state.routine),
        "is_try": request.query_params.get("try") == "1",
    }


@router.get("/room/{room}/{role}/cards")
async def cards(request: Request, room: RoomOf, role: str) -> Response:
    """Show the cards alone, after the routine changed in the lobby."""
    seat = _role(request, room, role)
    return await _for_seat(request, "room/_cards.html", room, seat)


@router.get("/room/{room}/{role}/about")
async def about(request: Request, room: RoomOf, role: str) -> Response:
    """Show the routine's name and length alone, after it changed in the lobby."""
    seat = _role(request, room, role)
    return await _for_seat(request, "room/_about.html", room, seat)


@router.get("/room/{room}/{role}/square")
async def square(request: Request, room: RoomOf, role: str, to: str = "display") -> Response:
    """Show the square of an invitation, to who made it: to a seat, or to a display."""
    by = _role(request, room, role)
    if to != "seat" and by is not room.state.host:
        raise Forbidden("Only who started the room invites a display.")
    made = await request.app.state.seats.newest(
        room, by, *(SEATS if to == "seat" else (Role.DISPLAY,))
    )
    return page(request, "parts/square.html", square=made, way=way_of(request))


@router.get("/room/{room}/{role}/invitation")
async def invitation(request: Request, room: RoomOf, role: str) -> Response:
    """Show again how to come in, while a lobby waits: an invitation lasts a quarter of an hour."""
    by = _role(request, room, role)
    if by is not room.state.host:
        raise Forbidden("Only who started the room shows this.", "not_yours")
    values = await _room_values(request, room, by)
    if not values["squares"]:
        return Response(status_code=204)
    if room.state.host is Role.HOST:
        return page(request, "parts/plates.html", **values)
    return page(request, "parts/way_in.html", square=values["squares"][0], **values)


@router.post("/room/{room}/{role}/routine", dependencies=[origins.SAME_SITE])
async def change_routine(
    request: Request, room: RoomOf, role: str, routine: Annotated[str, Form()] = ""
) -> Response:
    """Take another preset, in the lobby; only for whoever started the room."""
    seat = _role(request, room, role)
    chosen = opening.routine_of(request, routine)
    facts = request.app.state.rooms.facts(chosen)
    await room.ask(ChooseRoutine(routine=chosen, facts=facts), seat)
    if is_partial(request):
        return Response(status_code=204)
    return RedirectResponse(f"/room/{room.id}/{role}", 303)


@router.post("/room/{room}/client/screening", dependencies=[origins.SAME_SITE])
async def answer_screening(request: Request, room: RoomOf) -> Response:
    """Judge the form: ticked boxes, or the button that says none of these; never both.

    What would end the session is asked once more: a slip of the finger ends nothing.
    """
    if _role(request, room, "client") is not Role.CLIENT:
        raise Forbidden("Only the client answers these.")
    form = await request.form()
    safety = request.app.state.library.safety
    is_none = form.get("none") == "yes"
    answers = {q.id: form.get(q.id) == "yes" for q in safety.questions}
    cleared = {q.id: form.get(f"cleared_{q.id}") == "yes" for q in safety.questions}
    if is_none == any(answers.values()):  # Enter on a ticked box presses the form's first button
        raise PairingError("tick_or_none", "Tick what applies, or choose None of these.", 422)
    _, ends = judge_screening(safety.questions, answers, cleared)
    if ends and form.get("sure") != "yes" and room.state.phase is Phase.LOBBY:
        ticked = [name for name in form if form[name] == "yes" and name != "some"]
        asked = [q for q in safety.questions if q.id in ends]
        return page(
            request, _part(request, "screening_sure"), room=room.id, advice=asked, ticked=ticked
        )
    body = Screening(list=safety.version, answers=answers, cleared=cleared)
    outcome = await judge(request, room, body, may_know=True)
    advice = [q for q in safety.questions if q.id in outcome["advice"]]
    if is_partial(request) or advice:
        return page(request, _part(request, "screening_outcome"), advice=advice)
    return RedirectResponse(f"/room/{room.id}/client", 303)


def _part(request: Request, name: str) -> str:
    """Return the template of a part, or of the page that shows only that part."""
    return f"parts/{name}.html" if is_partial(request) else f"pages/{name}.html"


@router.get("/help")
async def help_page(request: Request) -> Response:
    """Show when to get help, and how to stop."""
    return page(request, "pages/help.html")


@router.get("/favicon.ico")
async def favicon(request: Request) -> Response:
    """Send browsers to the icon."""
    return RedirectResponse(request.app.state.render.url("icons/icon.svg"), 308)
