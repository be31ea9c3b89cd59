"""Static files, under their hashed names."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException


async def static(request: Request, tree: str, name: str) -> Response:
    """Return a static file under its hashed name."""
    found: Response | None = request.app.state.render.asset(request, tree, name)
    if found is None:
        raise HTTPException(404)
    return found
