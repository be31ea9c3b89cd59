"""HTTP that needs no seat: the content, the protocol's schema, and how the server does."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from prometheus_client import generate_latest

from app.errors import JournalUnavailable, PairingError
from app.protocol import wire

router = APIRouter(prefix="/api")
health = APIRouter()


@router.get("/stretches")
async def stretches(request: Request) -> list[dict[str, Any]]:
    """List all stretches."""
    told: list[dict[str, Any]] = request.app.state.library.stretches_json()
    return told


@router.get("/stretches/{stretch}")
async def one_stretch(request: Request, stretch: str) -> dict[str, Any]:
    """Return all about one stretch."""
    library = request.app.state.library
    if stretch not in library.stretches:
        raise PairingError("no_such_stretch", f"There is no stretch called {stretch}.")
    told: dict[str, Any] = library.stretch_json(stretch)
    return told


@router.get("/routines")
async def routines(request: Request) -> list[dict[str, Any]]:
    """List the presets, each with its honest total time."""
    told: list[dict[str, Any]] = request.app.state.library.routines_json()
    return told


@router.get("/body-map")
async def body_map(request: Request) -> dict[str, Any]:
    """List the places of the body map."""
    told: dict[str, Any] = request.app.state.library.body_map_json()
    return told


@router.get("/safety")
async def safety(request: Request) -> dict[str, Any]:
    """Return the screening list, the helper's rules, and when to get help."""
    told: dict[str, Any] = request.app.state.library.safety_json()
    return told


@router.get("/schema")
async def schema() -> dict[str, Any]:
    """Return the JSON Schemas of every message of the live socket."""
    return wire.schema()


@router.get("/docs", response_class=HTMLResponse)
async def docs(request: Request) -> Response:
    """Show every call, in words."""
    page: Response = request.app.state.render.page(
        request, "pages/api.html", openapi=request.app.openapi()
    )
    return page


@health.get("/healthz", response_class=PlainTextResponse)
async def alive() -> str:
    """Answer: the process lives."""
    return "ok\n"


@health.get("/readyz", response_class=PlainTextResponse)
async def ready(request: Request) -> str:
    """Answer 200 if the journal can be written; 503 if not within a second, or before an end."""
    if request.app.state.rooms.is_draining:
        raise PairingError("restarting", "The server restarts. Try again in a minute.", 503)
    journal = request.app.state.journal
    try:
        async with asyncio.timeout(1.0):
            is_writable = await journal.is_writable()
    except TimeoutError:
        is_writable = False
    if not is_writable:
        raise JournalUnavailable("The journal can't be written.")
    return "ready\n"


@health.get("/metrics")
async def metrics(request: Request) -> Response:
    """Return the counters in the form that Prometheus reads."""
    body = generate_latest(request.app.state.metrics.registry)
    return Response(body, media_type="text/plain; version=0.0.4; charset=utf-8")
