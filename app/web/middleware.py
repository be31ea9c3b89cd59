"""What stands before every route, in its order."""

from __future__ import annotations

from fastapi import FastAPI

from app.config import Settings
from app.web.bodies import BodyLimit, HeadAsGet, HeadLimit
from app.web.forwarded import Forwarded
from app.web.headers import Headers


def install(app: FastAPI) -> None:
    """Put in front of the routes what every request passes through."""
    settings: Settings = app.state.settings
    app.add_middleware(BodyLimit, most=settings.body_max_bytes)
    app.add_middleware(HeadLimit)
    app.add_middleware(HeadAsGet)
    app.add_middleware(Headers)
    if settings.trusted_proxy:
        app.add_middleware(Forwarded, trusted=settings.trusted_proxy)
