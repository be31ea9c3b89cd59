"""Nobody leaves a live session by a slip: whatever would begin another asks first, on a page.

Whoever then leaves ends it for both, as *End* does, so that nobody waits for a ghost; with hands on
the way back comes first. A laptop or a big screen only stops looking on.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from app.core.commands import End
from app.core.model import CommandId
from app.errors import PairingError, Refused
from app.web import held

LEAVE = "leave"  # the field that names a room whose leaving was answered with yes
TO = "to"  # the address that the answer goes to
ASKING = ("/leave", "/start", "/start/own", "/host", "/try", "/join")
MOST_FIELDS, MOST_CHARS = 60, 80


async def question(request: Request, *, to: str = "") -> Response | None:
    """Return the page that asks, or None if no session is left or all of them were answered for.

    `to` is the room to go to; its own session is not left by that. The page has an address of its
    own, so that Back never leads to a form that would be sent again. Only after a typed code it has
    none, because no address may hold a code.
    """
    form = await request.form()
    answered = form.getlist(LEAVE)
    going = [one for one in await held.live(request) if one.room.id != to]
    if all(one.room.id in answered for one in going):
        return None
    fields = [(n, v) for n, v in form.multi_items() if isinstance(v, str) and n != LEAVE]
    path = request.url.path
    if path == "/join":
        return _page(request, going, path, fields, 409)
    query = [(n, v[:MOST_CHARS]) for n, v in fields if n != TO][:MOST_FIELDS]
    return RedirectResponse(f"/leave?{urlencode([(TO, path), *query])}", 303)


async def question_page(request: Request) -> Response:
    """Return that page at its own address."""
    going = await held.live(request)
    if not going:
        return RedirectResponse("/", 303)
    query = request.query_params.multi_items()
    to = request.query_params.get(TO, "")
    fields = [(n, v) for n, v in query if n not in (TO, LEAVE)]
    return _page(request, going, to if to in ASKING else "/leave", fields)


def _page(
    request: Request,
    going: list[held.Session],
    to: str,
    fields: Iterable[tuple[str, str]],
    status: int = 200,
) -> Response:
    """Return a page that asks whether to leave these; `to` gets the answer, and the fields sent."""
    values = {"going": going, "fields": fields, "to": to}
    made: Response = request.app.state.render.page(
        request, "pages/leave.html", status_code=status, **values
    )
    return made


async def answered(request: Request) -> list[Any]:
    """List the rooms that this form says to leave."""
    return (await request.form()).getlist(LEAVE)


async def check_left(request: Request, to: str, leave: list[str]) -> None:
    """Raise PairingError `in_session` if a page would have to ask first."""
    if any(one.room.id not in (to, *leave) for one in await held.live(request)):
        raise PairingError("in_session", "This browser is in a session.", 409)


async def leave(request: Request, response: Response, rooms: Iterable[Any]) -> None:
    """Leave these rooms, where this browser is in them."""
    named = set(rooms)
    for one in await held.live(request):
        if one.room.id not in named:
            continue
        if one.seat is None:
            held.forget(request, response, one.room.id)
            continue
        try:
            await one.room.ask(End(id=CommandId(secrets.token_hex(8))), one.seat)
        except Refused as refused:
            if refused.reason != "not_now":  # it was over in the same moment
                raise
