"""Before the door: a typed code knocks, within limits, and whoever knocked asks how that stands."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response

from app.pairing import claims
from app.pairing.places import Joined, no_such_room
from app.web import limits, origins
from app.web.bodies import is_head
from app.web.cookies import KNOCK_LASTS_S


def claim_knock(request: Request, response: Response, knock: str, said: str) -> None:
    """Make a page bring its claim whenever it asks about its knock, and nowhere else."""
    response.set_cookie(
        claims.COOKIE,
        said,
        max_age=KNOCK_LASTS_S,
        path=f"/knock/{knock}",
        httponly=True,
        samesite="strict",
        secure=origins.is_https(request),
    )


async def knock_with(request: Request, code: str, said: str) -> tuple[str, tuple[str, str]]:
    """Knock with a typed code. The limits are only for wrong codes."""
    state, who = request.app.state, limits.address(request)
    place = await state.seats.find_code(code)
    if place is None:
        state.limits.codes.check(who)
        state.limits.all_codes.check("all")
        state.limits.codes.count(who)
        state.limits.all_codes.count("all")
        raise no_such_room()
    knocked: tuple[str, tuple[str, str]] = await state.seats.knock(place, said)
    return knocked


async def how_it_stands(request: Request, knock: str, said: str) -> tuple[str, Joined | None]:
    """Return how a knock stands, and the seat once admitted; a HEAD (a preview's) takes no seat."""
    told: tuple[str, Joined | None] = await request.app.state.seats.answer(
        knock, said, is_look=is_head(request)
    )
    return told
