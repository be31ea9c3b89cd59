"""The pages about this server: what it keeps, who can use it, who runs it.

Every figure comes from where the code has it; the words are the templates'.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from app.config import Settings
from app.core.timing import ABANDONED_AFTER_MS
from app.hub.keeping import KEPT_LASTS_MS, UNKEPT_LASTS_MS
from app.hub.rooms import LOOK_EVERY_MS
from app.protocol.constants import STANDING_DAYS
from app.web import origins
from app.web.answers import page
from app.web.cookies import (
    HOSTED_LASTS_S,
    KEPT_SEAT_LASTS_S,
    KNOCK_LASTS_S,
    LAST_LASTS_S,
    MOST_SEATS,
    SEAT_LASTS_S,
)
from app.web.held import KEPT_MOST

router = APIRouter(include_in_schema=False)
MINUTE_S, HOUR_S, DAY_S, YEAR_S = 60, 3600, 24 * 3600, 365 * 24 * 3600


@router.get("/what-we-keep")
async def what_we_keep(request: Request) -> Response:
    """Show what is stored, for how long, who sees it, and how to delete it."""
    settings: Settings = request.app.state.settings
    values: dict[str, Any] = {
        **_who(settings),
        "is_memory": settings.journal == "memory",
        "is_https": origins.is_https(request),
        "copies_days": settings.copies_days,
        "code_minutes": _up(settings.code_ttl_s, MINUTE_S),
    }
    return page(request, "pages/what_we_keep.html", **values, **_figures())


def _figures() -> dict[str, int]:
    """Return how long things last, each in the unit in which the page says it."""
    return {
        "unkept_hours": _up(UNKEPT_LASTS_MS, HOUR_S * 1000),
        "kept_months": _months(KEPT_LASTS_MS // 1000),
        "look_minutes": _up(LOOK_EVERY_MS, MINUTE_S * 1000),
        "abandoned_minutes": _up(ABANDONED_AFTER_MS, MINUTE_S * 1000),
        "seat_hours": _up(SEAT_LASTS_S, HOUR_S),
        "kept_seat_months": _months(KEPT_SEAT_LASTS_S),
        "hosted_hours": _up(HOSTED_LASTS_S, HOUR_S),
        "last_months": _months(LAST_LASTS_S),
        "knock_minutes": _up(KNOCK_LASTS_S, MINUTE_S),
        "most_seats": MOST_SEATS,
        "kept_most": KEPT_MOST,
        "standing_days": STANDING_DAYS,
    }


def _up(lasts: int, unit: int) -> int:
    """Count in a unit, rounded up."""
    return -(-lasts // unit)


def _months(lasts_s: int) -> int:
    return _up(12 * lasts_s, YEAR_S)


@router.get("/accessibility")
async def accessibility(request: Request) -> Response:
    """Show for whom this works, how that was tried, and what is not known."""
    return page(request, "pages/accessibility.html", **_who(request.app.state.settings))


@router.get("/imprint")
async def imprint(request: Request) -> Response:
    """Show what the one who runs the server has to say by law; 404 where nothing is set."""
    settings: Settings = request.app.state.settings
    if not settings.imprint:
        raise HTTPException(404)
    return page(request, "pages/imprint.html", lines=settings.imprint.split("\n"))


def _who(settings: Settings) -> dict[str, Any]:
    contact = settings.contact
    is_page = contact.startswith(("https://", "http://")) and " " not in contact
    is_mail = "@" in contact and not is_page and not any(char.isspace() for char in contact)
    link = contact if is_page else f"mailto:{contact}" if is_mail else ""
    return {"operator": settings.operator, "contact": contact, "contact_link": link}
