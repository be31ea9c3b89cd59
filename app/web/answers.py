"""What routes answer with, and the room that a path names. Knows no route."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict

from app.hub.door import Door
from app.pairing.places import Invitation, Joined
from app.web import authority, cookies, origins
from app.web.cookies import SEAT_LASTS_S


class Strict(BaseModel):
    """A body of exactly these fields and types."""

    model_config = ConfigDict(extra="forbid", strict=True)


async def find_room(request: Request, room: str) -> Door:
    """Return the room of the path."""
    found: Door = await request.app.state.rooms.find(room)
    return found


RoomOf = Annotated[Door, Depends(find_room)]


def page(request: Request, template: str, status_code: int = 200, **values: Any) -> Response:
    """Return a page."""
    made: Response = request.app.state.render.page(
        request, template, status_code=status_code, **values
    )
    return made


def invitation_json(invitation: Invitation) -> dict[str, Any]:
    """Return an invitation as the protocol has it."""
    return {
        "code": invitation.code,
        "url": invitation.url,
        "expires_ms": invitation.expires_ms,
    }


def seated(joined: Joined) -> dict[str, Any]:
    """Return a seat as the protocol has it."""
    seat = {"role": joined.role.value, "token": joined.token}
    return {"room": joined.room, "seat": seat}


def set_cookie(
    request: Request, response: Response, joined: Joined, lasts_s: int = SEAT_LASTS_S
) -> None:
    """Keep a seat's token in a cookie that no script and no other site can use."""
    name = authority.cookie_name(joined.room, joined.role.value)
    cookies.put(response, name, joined.token, lasts_s, is_https=origins.is_https(request))


def seated_page(request: Request, joined: Joined) -> Response:
    """Send a browser to the seat it has got, whether it asked for a page or htmx for a part."""
    to = f"/room/{joined.room}/{joined.role}"
    response: Response = RedirectResponse(to, 303)
    if is_partial(request):
        response = Response(status_code=204, headers={"HX-Redirect": to})
    set_cookie(request, response, joined)
    return response


def is_partial(request: Request) -> bool:
    """Return whether htmx asks, for a part of the page it is on."""
    return request.headers.get("hx-request") == "true"
