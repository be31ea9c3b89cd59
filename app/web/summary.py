"""What stays of a session: its record for programs, its summary for people, Keep and Delete now.

The forms work without a script; htmx only spares the new page. Source: docs/protocol.md.
"""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from app.core.commands import Keep
from app.core.model import SEATS, Phase, Role
from app.errors import Forbidden, Refused
from app.hub.door import Door
from app.pairing.places import Joined
from app.record import strips
from app.record.csv_record import csv_of, wants_csv
from app.record.record import for_partner, record, told_in_order
from app.web import answers, authority, cookies, held, origins
from app.web.answers import RoomOf, Strict, is_partial, page
from app.web.cookies import KEPT_SEAT_LASTS_S

router = APIRouter()


class KeepRecord(Strict):
    """What a program sends to keep a record."""

    keep: Literal[True]


@router.get("/api/rooms/{room}/record")
async def read_record(
    request: Request, room: RoomOf, format: Literal["csv", "json"] | None = None
) -> Response:
    """Return the record: JSON, or CSV by Accept; `format` asks for a file to keep."""
    role = authority.authorise(request, room)
    if role not in SEATS:
        raise Forbidden("Only who took part reads the record.")
    told = await _record_of(request, room, role)
    is_csv = format == "csv" or (format is None and wants_csv(request.headers.get("accept", "")))
    headers = {"vary": "accept"}
    if is_csv or format:
        name = f"say-when-{room.id}.{'csv' if is_csv else 'json'}"
        headers["content-disposition"] = f'attachment; filename="{name}"'
    if is_csv:
        return Response(csv_of(told), headers=headers, media_type="text/csv")
    return JSONResponse(told, headers=headers)


async def _record_of(request: Request, room: Door, role: Role) -> dict[str, Any]:
    journal = request.app.state.journal
    told = record(await journal.read(room.id), journal.epoch)
    return told if role is Role.CLIENT else for_partner(told)


@router.put("/api/rooms/{room}/record", status_code=204)
async def keep_record(request: Request, room: RoomOf, body: KeepRecord) -> None:
    """Keep the record; only the client may."""
    await _keep(room, authority.authorise(request, room))


async def _keep(room: Door, role: Role) -> None:
    if role is not Role.CLIENT:
        raise Forbidden("Only the client keeps the record.")
    await room.ask(Keep(), Role.CLIENT)


@router.delete("/api/rooms/{room}", status_code=204)
async def erase_room(request: Request, room: RoomOf) -> None:
    """Erase a room."""
    await _erase(request, room, authority.authorise(request, room))


async def _erase(request: Request, room: Door, role: Role) -> None:
    if not _may_erase(room, role):
        raise Refused("not_now")
    await request.app.state.rooms.erase(room, by=role)


def _may_erase(room: Door, role: Role) -> bool:
    """Return whether a seat may: both after the end, the client once kept, the lobby's starter."""
    state = room.state
    is_theirs = role is Role.CLIENT or (role in SEATS and not state.is_kept)
    is_over = state.phase is Phase.ENDED and is_theirs
    return is_over or (state.phase is Phase.LOBBY and role is state.host)


# The same for people


def _seat(request: Request, room: Door, role: str) -> Role:
    if role not in SEATS:
        raise HTTPException(404)
    return authority.authorise(request, room, role)


@router.get("/room/{room}/{role}/summary", include_in_schema=False)
async def summary(request: Request, room: RoomOf, role: str) -> Response:
    """Show what happened; before the end, send to the room itself."""
    seat = _seat(request, room, role)
    if room.state.phase is not Phase.ENDED:
        return RedirectResponse(f"/room/{room.id}/{role}", 303)
    told = await _record_of(request, room, seat)
    return page(
        request,
        "pages/summary.html",
        **await _keeping(request, room, seat),
        record=told,
        minutes=_minutes(told),
        sheet=strips.sheet(told, request.app.state.library),
        draw_strip=strips.draw,
        told_in_order=told_in_order,
        full_name=strips.full_name,
    )


async def _keeping(request: Request, room: Door, seat: Role) -> dict[str, Any]:
    earlier = [one for one in await held.kept(request) if one.room is not room]
    return {
        "room": room.id,
        "dropped": earlier[held.KEPT_MOST - 1 :],
        "role": seat.value,
        "is_kept": room.state.is_kept,
        "kept_until": await held.kept_until(request, room) if room.state.is_kept else None,
        "may_erase": _may_erase(room, seat),
    }


def _minutes(record: dict[str, Any]) -> int:
    """Return the minutes since the warm-up began; 0 if it was not reached."""
    started_ms, ended_ms = record["started_ms"], record["ended_ms"]
    return 0 if started_ms is None else max(1, round((ended_ms - started_ms) / 60_000))


@router.post("/room/{room}/{role}/keep", dependencies=[origins.SAME_SITE], include_in_schema=False)
async def keep(request: Request, room: RoomOf, role: str) -> Response:
    """Keep the record, and with it the cookie that opens it."""
    await _keep(room, _seat(request, room, role))
    response: Response = RedirectResponse(f"/room/{room.id}/{role}/summary", 303)
    if is_partial(request):
        response = page(request, "parts/keep.html", **await _keeping(request, room, Role.CLIENT))
    for token in cookies.read(request, authority.cookie_name(room.id, Role.CLIENT))[:1]:
        seat = Joined(room.id, Role.CLIENT, token)
        answers.set_cookie(request, response, seat, KEPT_SEAT_LASTS_S)
        await held.forget_oldest(request, response, room)
    return response


@router.post(
    "/room/{room}/{role}/delete", dependencies=[origins.SAME_SITE], include_in_schema=False
)
async def delete(request: Request, room: RoomOf, role: str) -> Response:
    """Erase the session from this server; cookies.py sees to this browser."""
    await _erase(request, room, _seat(request, room, role))
    return RedirectResponse("/deleted", 303)


@router.get("/deleted", include_in_schema=False)
async def deleted(request: Request) -> Response:
    """Show that it is gone."""
    return page(request, "pages/deleted.html")
