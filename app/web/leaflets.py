"""Pages to read: the stretches, and what is good to know. Routing only; nothing needs a script."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from app.web.answers import page

router = APIRouter(include_in_schema=False)


@router.get("/stretches")
async def stretches(request: Request) -> Response:
    """List all stretches."""
    return page(request, "pages/stretches.html")


@router.get("/stretches/{stretch}")
async def one_stretch(request: Request, stretch: str) -> Response:
    """Show one stretch; 404 for one that has no file."""
    found = request.app.state.library.stretches.get(stretch)
    if found is None:
        raise HTTPException(404)
    return page(request, "pages/stretch.html", stretch=found)


@router.get("/learn")
async def learn(request: Request) -> Response:
    """List what is good to know."""
    return page(request, "pages/learn.html", leaflet=None)


@router.get("/learn/{slug}")
async def one_leaflet(request: Request, slug: str) -> Response:
    """Show one page to learn from; 404 for one that has no file."""
    found = request.app.state.library.learn.get(slug)
    if found is None:
        raise HTTPException(404)
    return page(request, "pages/learn.html", leaflet=found)
